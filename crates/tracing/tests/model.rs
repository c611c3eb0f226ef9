//! Random sequences of calls, allocations and releases against a naive model: a table with a chain for every block.

use exuvia_heap::{Config, Heap, Kind, Zeal};
use exuvia_tracing::{Host, Mode, Place, Tracer};
use proptest::prelude::*;
use std::cell::Cell;
use std::collections::HashMap;
use std::ptr::NonNull;
use std::rc::Rc;

/// Frames that stand where their cell says.
struct Cells;

impl Host for Cells {
    type Frame = Rc<Cell<Place>>;

    fn place(&self, frame: &Self::Frame) -> Place {
        frame.get()
    }

    fn keep(&self, _: &Self::Frame) {}

    fn let_go(&self, _: &dyn Fn(usize) -> bool) {}
}

#[derive(Clone, Debug)]
enum Step {
    Enter(usize),
    Leave,
    Move(u32),
    Allocate(Kind, usize),
    Release(usize),
    Resize(usize, usize),
    Trim,
    NextEpoch,
    Clear,
    ResetPeak,
    Tidy,
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![8 => 16..600_usize, 1 => 600..40_000_usize, 1 => 500_000..700_000_usize]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize).prop_map(Step::Enter),
        3 => Just(Step::Leave),
        4 => (0..3_u32).prop_map(Step::Move),
        12 => (prop::sample::select(Kind::ALL.to_vec()), size())
            .prop_map(|(kind, size)| Step::Allocate(kind, size)),
        6 => any::<usize>().prop_map(Step::Release),
        3 => (any::<usize>(), size()).prop_map(|(index, size)| Step::Resize(index, size)),
        1 => Just(Step::Trim),
        1 => Just(Step::NextEpoch),
        1 => Just(Step::Clear),
        1 => Just(Step::ResetPeak),
        1 => Just(Step::Tidy),
    ]
}

/// What is known of a block: its size, and its chain unless it was allocated before tracing or clearing.
type Known = (usize, Option<(Vec<Place>, usize)>);

/// What must be true, in the simplest way to say it.
struct Model {
    frames_max: usize,
    stack: Vec<Rc<Cell<Place>>>,
    blocks: Vec<(NonNull<u8>, Known)>,
    peak: usize,
}

impl Model {
    fn here(&self) -> (Vec<Place>, usize) {
        let places = self.stack.iter().rev().map(|frame| frame.get());
        (places.take(self.frames_max).collect(), self.stack.len())
    }

    fn bytes(&self) -> usize {
        let traced = self.blocks.iter().filter(|(_, (_, chain))| chain.is_some());
        traced.map(|(_, (size, _))| size).sum()
    }

    fn take_step(&mut self, heap: &Heap, tracer: &Tracer<Cells>, step: Step) {
        match step {
            Step::Enter(code) => {
                let frame = Rc::new(Cell::new(Place { code, position: 0 }));
                tracer.enter(Rc::clone(&frame));
                self.stack.push(frame);
            }
            Step::Leave => {
                if self.stack.pop().is_some() {
                    tracer.leave();
                }
            }
            Step::Move(position) => {
                if let Some(top) = self.stack.last() {
                    top.set(Place {
                        position,
                        ..top.get()
                    });
                }
            }
            Step::Allocate(kind, size) => {
                let block = heap.allocate(kind, size).unwrap();
                self.blocks.push((block, (size, Some(self.here()))));
            }
            Step::Release(index) if !self.blocks.is_empty() => {
                let (block, (size, _)) = self.blocks.swap_remove(index % self.blocks.len());
                release(block, size);
            }
            Step::Resize(index, new) if !self.blocks.is_empty() => {
                let (index, here) = (index % self.blocks.len(), self.here());
                let (block, (old, _)) = self.blocks[index];
                // SAFETY: the block lives with this size, and is replaced.
                #[allow(unsafe_code, reason = "the heap hands out raw memory")]
                let moved = unsafe { Heap::resize(block, old, new) }.unwrap();
                self.blocks[index] = (moved, (new, Some(here)));
            }
            Step::Release(_) | Step::Resize(..) => {}
            Step::Trim => heap.trim(),
            Step::NextEpoch => heap.next_epoch(),
            Step::Clear => {
                tracer.clear(heap);
                self.blocks.iter_mut().for_each(|(_, known)| known.1 = None);
                self.peak = 0;
            }
            Step::Tidy => tracer.tidy(heap),
            Step::ResetPeak => {
                tracer.reset_peak();
                self.peak = self.bytes();
            }
        }
        self.peak = self.peak.max(self.bytes());
    }

    fn check(&self, heap: &Heap, tracer: &Tracer<Cells>) {
        heap.verify().unwrap();
        tracer.verify(heap).unwrap();
        let mut found = HashMap::new();
        tracer.for_each_trace(heap, |trace| {
            let chain = (tracer.places(trace.site), tracer.depth(trace.site));
            found.insert(trace.block, (trace.size, Some(chain)));
        });
        let traced = self.blocks.iter().filter(|(_, (_, chain))| chain.is_some());
        assert_eq!(found, traced.cloned().collect());
        assert_eq!(tracer.bytes_traced(), self.bytes());
        // A block that moves to grow is there twice for a moment.
        assert!(tracer.bytes_traced_peak() >= self.peak);
    }
}

#[allow(unsafe_code, reason = "the heap hands out raw memory")]
fn release(block: NonNull<u8>, size: usize) {
    // SAFETY: the model releases a block once, with its size.
    unsafe { Heap::release(block, size) }
}

fn run(heap: &Heap, frames_max: u16, steps: Vec<Step>) {
    let untraced = heap.allocate(Kind::Buffer, 77).unwrap();
    let tracer = Tracer::start(heap, Cells, frames_max, Mode::Exact);
    let mut model = Model {
        frames_max: frames_max.into(),
        stack: Vec::new(),
        blocks: vec![(untraced, (77, None))],
        peak: 0,
    };
    for step in steps {
        model.take_step(heap, &tracer, step);
        model.check(heap, &tracer);
    }
    tracer.stop(heap);
    heap.verify().unwrap();
    let (half, rest) = model.blocks.split_at(model.blocks.len() / 2);
    half.iter()
        .for_each(|(block, (size, _))| release(*block, *size));
    heap.verify().unwrap();
    rest.iter()
        .for_each(|(block, (size, _))| release(*block, *size));
    assert_eq!(heap.blocks_live(), 0);
}

/// Thirty-two sequences of each sort; `PROPTEST_CASES` asks for another number.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(32),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn traces_are_what_the_model_says(
        frames_max in 1..5_u16,
        steps in prop::collection::vec(step(), 1..80),
    ) {
        run(&Heap::new(Config::default()), frames_max, steps);
    }

    #[test]
    fn traces_of_a_zealous_heap_are_what_the_model_says(
        frames_max in 1..5_u16,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let zeal = Zeal { poison: true, fences: true, ..Zeal::default() };
        run(&Heap::new(Config { limit: None, zeal }), frames_max, steps);
    }
}

#[test]
fn sampling_estimates_what_lives() {
    let heap = Heap::new(Config::default());
    let tracer = Tracer::start(&heap, Cells, 1, Mode::Sampled { bytes: 4096 });
    let (mut kept, mut bytes) = (Vec::new(), 0);
    for index in 0..60_000_usize {
        let size = 16 + index * 31 % 500;
        let block = heap.allocate(Kind::Untracked, size).unwrap();
        if index % 3 == 0 {
            kept.push((block, size));
            bytes += size;
        } else {
            release(block, size);
        }
    }
    tracer.verify(&heap).unwrap();
    heap.verify().unwrap();
    let blocks: usize = tracer.usage(&heap).iter().map(|one| one.blocks).sum();
    let within = |found: usize, real: usize| found.abs_diff(real) < real / 10;
    assert!(
        within(tracer.bytes_traced(), bytes),
        "{} of {bytes} bytes",
        tracer.bytes_traced()
    );
    assert!(
        within(blocks, kept.len()),
        "{blocks} of {} blocks",
        kept.len()
    );
    assert!(
        tracer.blocks_traced() * 5 < kept.len(),
        "few blocks have a trace"
    );
    kept.iter().for_each(|(block, size)| release(*block, *size));
    assert_eq!((tracer.bytes_traced(), tracer.blocks_traced()), (0, 0));
}

#[test]
fn without_memory_for_numbers_blocks_have_no_trace_and_nothing_fails() {
    let heap = Heap::new(Config::default());
    let first = heap.allocate(Kind::Buffer, 16).unwrap();
    let tracer = Tracer::start(&heap, Cells, 1, Mode::Exact);
    heap.set_limit(Some(heap.bytes_committed()));
    let second = heap.allocate(Kind::Buffer, 16).unwrap();
    assert_eq!((tracer.blocks_traced(), tracer.bytes_traced()), (0, 0));
    tracer.verify(&heap).unwrap();
    heap.set_limit(None);
    let third = heap.allocate(Kind::Buffer, 16).unwrap();
    assert_eq!((tracer.blocks_traced(), tracer.bytes_traced()), (1, 16));
    for block in [first, second, third] {
        release(block, 16);
    }
    tracer.verify(&heap).unwrap();
}

#[test]
fn what_is_allocated_in_a_pause_has_no_trace() {
    let heap = Heap::new(Config::default());
    let tracer = Tracer::start(&heap, Cells, 1, Mode::Exact);
    let first = tracer.pause(|| heap.allocate(Kind::Buffer, 50).unwrap());
    assert_eq!((tracer.blocks_traced(), tracer.bytes_traced()), (0, 0));
    let second = heap.allocate(Kind::Buffer, 50).unwrap();
    assert_eq!((tracer.blocks_traced(), tracer.bytes_traced()), (1, 50));
    release(first, 50);
    tracer.verify(&heap).unwrap();
    release(second, 50);
    assert_eq!(tracer.bytes_traced(), 0);
}

#[test]
fn a_heap_without_an_owner_is_still_observed() {
    let heap = Heap::new(Config::default());
    let tracer = Tracer::start(&heap, Cells, 1, Mode::Exact);
    let block = heap.allocate(Kind::Buffer, 50).unwrap();
    drop(heap);
    assert_eq!(tracer.bytes_traced(), 50);
    release(block, 50);
    assert_eq!(tracer.bytes_traced(), 0);
}
