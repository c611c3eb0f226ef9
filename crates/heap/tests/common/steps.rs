//! Sequences of operations against a naive model: a vector of the blocks that live.

use super::{Block, assert_holds};
use exuvia_heap::{Heap, Kind, Side};

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
            _ => {}
        }
        let limit = heap.limit().unwrap_or(usize::MAX);
        assert!(heap.bytes_committed() <= limit.max(before));
        assert_holds(heap, &blocks);
    }
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
