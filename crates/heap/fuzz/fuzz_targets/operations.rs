//! Takes bytes for steps on a heap, five bytes each, and compares the heap with the model after every step.
#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

use common::steps::{Step, run};
use exuvia_heap::{Config, Heap, Kind, Zeal};
use libfuzzer_sys::fuzz_target;

/// More steps than this find nothing new, but take long.
const STEPS_MAX: usize = 200;
/// The longest block: beyond the smallest that gets a mapping of its own.
const SIZE_MAX: usize = 1_500_000;
/// The most bytes that one step allocates.
const STEP_BYTES_MAX: usize = 100_000;

fuzz_target!(|data: &[u8]| {
    let Some((&modes, data)) = data.split_first() else { return };
    let zeal = Zeal { poison: modes & 1 != 0, fences: modes & 2 != 0, ..Zeal::default() };
    let heap = Heap::new(Config { zeal, ..Config::default() });
    run(&heap, data.chunks_exact(5).take(STEPS_MAX).map(step));
});

fn step(bytes: &[u8]) -> Step {
    let (low, high) = (usize::from(bytes[1]) | usize::from(bytes[2]) << 8, usize::from(bytes[3]));
    let size = match bytes[4] % 4 {
        0 | 1 => low % 160,
        2 => low % 9_000,
        _ => (low * 23) % SIZE_MAX,
    };
    match bytes[0] % 16 {
        0..=4 => Step::Allocate {
            kind: Kind::ALL[usize::from(bytes[0]) / 16 % 3],
            size,
            count: (high + 1).min(1 + STEP_BYTES_MAX / (size + 1)),
        },
        5 | 6 => Step::Release(low),
        7 => Step::ReleaseMany { from: low, step: 1 + high % 4 },
        8 => Step::KeepOneIn(2 + high % 60),
        9 | 10 => Step::Resize(high * 257, size),
        11 => Step::Trim,
        12 => Step::Tidy(high),
        13 => Step::NextEpoch,
        14 if high < 128 => Step::Number(low),
        14 => Step::Walk(1 + low % 50),
        _ if high == 0 => Step::DropNumbers,
        _ if high < 64 => Step::Limit(None),
        _ => Step::Limit(Some(100_000 + low * 70)),
    }
}
