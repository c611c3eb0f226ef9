//! Sequences of operations against a naive model: a vector of the blocks that live.

use super::{Block, assert_holds};
use exuvia_heap::{Config, FailAt, Heap, Kind, Side, Zeal};

/// More steps than this find nothing new, but take long.
const STEPS_MAX: usize = 200;
/// The longest block: beyond the smallest that gets a mapping of its own.
const SIZE_MAX: usize = 1_500_000;
/// The most bytes that one step allocates.
const STEP_BYTES_MAX: usize = 100_000;

/// One thing that a program may do with a heap.
#[derive(Clone, Debug)]
pub enum Step {
    Allocate {
        kind: Kind,
        size: usize,
        count: usize,
    },
    Release(usize),
    ReleaseMany {
        from: usize,
        step: usize,
    },
    KeepOneIn(usize),
    Resize(usize, usize),
    Trim,
    Tidy(usize),
    NextEpoch,
    Number(usize),
    DropNumbers,
    Limit(Option<usize>),
    /// A walk in which every so many objects seen one is released and a buffer allocated.
    Walk(usize),
    /// An allocation that is tried after so many others fails, or all from there on.
    Fail {
        after: u64,
        is_once: bool,
    },
}

impl Step {
    /// The step that five bytes stand for.
    fn from_bytes(bytes: &[u8]) -> Self {
        let (low, high) = (
            usize::from(bytes[1]) | usize::from(bytes[2]) << 8,
            usize::from(bytes[3]),
        );
        let size = match bytes[4] % 4 {
            0 | 1 => low % 160,
            2 => low % 9_000,
            _ => (low * 23) % SIZE_MAX,
        };
        match bytes[0] % 17 {
            0..=4 => Self::Allocate {
                kind: Kind::ALL[usize::from(bytes[0]) / 17 % 3],
                size,
                count: (high + 1).min(1 + STEP_BYTES_MAX / (size + 1)),
            },
            5 | 6 => Self::Release(low),
            7 => Self::ReleaseMany {
                from: low,
                step: 1 + high % 4,
            },
            8 => Self::KeepOneIn(2 + high % 60),
            9 | 10 => Self::Resize(high * 257, size),
            11 => Self::Trim,
            12 => Self::Tidy(high),
            13 => Self::NextEpoch,
            14 if high < 128 => Self::Number(low),
            14 => Self::Walk(1 + low % 50),
            15 => Self::Fail {
                after: low as u64 % 500,
                is_once: high < 192,
            },
            _ if high == 0 => Self::DropNumbers,
            _ if high < 64 => Self::Limit(None),
            _ => Self::Limit(Some(100_000 + low * 70)),
        }
    }
}

/// Takes bytes for the modes of a heap and for steps on it: the body of the fuzz target.
pub fn run_bytes(data: &[u8]) {
    let Some((&modes, data)) = data.split_first() else {
        return;
    };
    let zeal = Zeal {
        poison: modes & 1 != 0,
        fences: modes & 2 != 0,
        ..Zeal::default()
    };
    let heap = Heap::new(Config {
        zeal,
        ..Config::default()
    });
    run(
        &heap,
        data.chunks_exact(5).take(STEPS_MAX).map(Step::from_bytes),
    );
}

/// Takes the steps on a heap and in the model, and compares the two after each.
pub fn run(heap: &Heap, steps: impl IntoIterator<Item = Step>) {
    let mut blocks: Vec<Block> = vec![];
    for (number, step) in steps.into_iter().enumerate() {
        let before = heap.bytes_committed();
        match step {
            Step::Allocate { kind, size, count } => {
                for _ in 0..count {
                    blocks.extend(Block::new(heap, kind, size, number as u8));
                }
            }
            Step::Release(index) if !blocks.is_empty() => {
                blocks.swap_remove(index % blocks.len()).release();
            }
            Step::ReleaseMany { from, step } if !blocks.is_empty() => {
                let mut index = from % blocks.len();
                while index < blocks.len() {
                    blocks.swap_remove(index).release();
                    index += step;
                }
            }
            Step::KeepOneIn(one_in) => {
                for (index, block) in std::mem::take(&mut blocks).into_iter().enumerate() {
                    if index % one_in == 0 {
                        blocks.push(block)
                    } else {
                        block.release()
                    }
                }
            }
            Step::Resize(index, size) if !blocks.is_empty() => {
                let index = index % blocks.len();
                let _ = blocks[index].resize(size);
            }
            Step::Trim => heap.trim(),
            Step::Tidy(pools) => heap.tidy(pools),
            Step::NextEpoch => heap.next_epoch(),
            Step::Number(index) if !blocks.is_empty() => {
                let block = blocks[index % blocks.len()].block;
                // SAFETY: the block lives.
                if let Ok(number) = unsafe { Heap::side_or_new(block, Side::Collector) } {
                    number.set(number.get() + 1);
                }
            }
            // SAFETY: no number is used any more.
            Step::DropNumbers => unsafe { heap.drop_side(Side::Collector) },
            Step::Limit(limit) => heap.set_limit(limit),
            Step::Walk(every) => walk(heap, &mut blocks, every),
            Step::Fail { after, is_once } => {
                heap.fail_allocations(Some(match is_once {
                    true => FailAt::Once(after),
                    false => FailAt::From(after),
                }));
            }
            _ => {}
        }
        let limit = heap.limit().unwrap_or(usize::MAX);
        assert!(heap.bytes_committed() <= limit.max(before));
        assert_holds(heap, &blocks);
    }
    heap.fail_allocations(None);
    blocks.into_iter().for_each(Block::release);
    assert_holds(heap, &[]);
    // SAFETY: no number is used any more.
    unsafe { heap.drop_side(Side::Collector) };
    heap.trim();
    assert_eq!((heap.bytes_committed(), heap.bytes_reserved()), (0, 0));
}

fn walk(heap: &Heap, blocks: &mut Vec<Block>, every: usize) {
    for kind in [Kind::Tracked, Kind::Untracked] {
        let mut seen = 0;
        heap.for_each_object(kind, |_| {
            seen += 1;
            if seen % every == 0 && blocks.len() > 1 {
                blocks.swap_remove(seen * 7 % blocks.len()).release();
                blocks.extend(Block::new(heap, Kind::Buffer, seen % 9000, 0));
            }
        });
    }
}
