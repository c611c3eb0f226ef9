//! Takes bytes for steps on a heap and compares the heap with the model after every step.
#![no_main]

#[path = "../../tests/common/mod.rs"]
mod common;

use common::steps::run_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| run_bytes(data));
