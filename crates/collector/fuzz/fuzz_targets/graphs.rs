//! Takes bytes for steps of a program with objects, finalizers, weak handles and failing allocations, and compares what
//! lives with a model.
#![no_main]

#[path = "../../tests/graph/mod.rs"]
mod graph;

use graph::program::run_bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| run_bytes(data));
