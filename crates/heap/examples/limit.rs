//! A bounded heap: what happens at the limit, what a peak leaves behind, and what goes back to the system.
//!
//! `cargo run -p exuvia-heap --example limit`
#![allow(
    unsafe_code,
    clippy::print_stdout,
    reason = "blocks are raw memory, and an example shows something"
)]

use exuvia_heap::{Config, Heap, Kind, OutOfMemory};
use std::ptr::NonNull;

const MIB: usize = 1 << 20;

fn show(what: &str, heap: &Heap) {
    println!(
        "{what:34} {:>4} MiB asked for, {:>4} MiB from the system",
        heap.bytes_live() / MIB,
        heap.bytes_committed() / MIB
    );
}

fn main() -> Result<(), OutOfMemory> {
    let heap = Heap::new(Config {
        limit: Some(64 * MIB),
        ..Config::default()
    });

    // Blocks of 100 bytes, until there is no room: an error like any other, and nothing is lost.
    let mut blocks: Vec<NonNull<u8>> = Vec::new();
    while let Ok(block) = heap.allocate(Kind::Buffer, 100) {
        blocks.push(block);
    }
    show("at the limit:", &heap);
    assert!(heap.bytes_committed() <= 64 * MIB);

    // One in a thousand stays. What lies between goes back, a page at a time.
    let kept: Vec<NonNull<u8>> = blocks.iter().copied().step_by(1000).collect();
    for (index, block) in blocks.into_iter().enumerate() {
        if index % 1000 != 0 {
            // SAFETY: from `allocate` with that size, and forgotten here.
            unsafe { Heap::release(block, 100) };
        }
    }
    show("one block in a thousand kept:", &heap);
    heap.trim();
    show("trimmed:", &heap);

    // A large block grows where it lies, or its pages move: nothing is copied.
    let small = heap.allocate(Kind::Buffer, MIB)?;
    // SAFETY: from `allocate` with that size; the old address is not used any more.
    let large = unsafe { Heap::resize(small, MIB, 40 * MIB)? };
    show("with an array of 40 MiB:", &heap);
    // SAFETY: from `resize` with that size.
    unsafe { Heap::release(large, 40 * MIB) };

    heap.verify().expect("the heap is in order");
    for block in kept {
        // SAFETY: as above.
        unsafe { Heap::release(block, 100) };
    }
    show("everything released:", &heap);
    Ok(())
}
