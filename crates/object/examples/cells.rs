//! Objects without a collector: classes, handles, slots, and a structure so deep that recursion would not free it.
//!
//! `cargo run -p exuvia-object --example cells`
#![allow(
    unsafe_code,
    clippy::print_stdout,
    reason = "whoever makes a class vouches for it, and an example shows something"
)]

use exuvia_object::{Class, Config, OutOfMemory, Ref, Slot, Space, Traverse};
use std::ptr::NonNull;

/// A cell of a list. What it refers to is in `next`; the derive says so to whoever asks.
#[derive(Traverse)]
struct Cell {
    value: u64,
    next: Slot<Cell>,
}

/// The cells' space, and the class that says how to size, visit and drop them.
struct Cells {
    space: Box<Space>,
    class: Class,
}

impl Cells {
    fn new() -> Self {
        Self {
            space: Space::new(Config::default()),
            class: Class::of::<Cell>(),
        }
    }

    fn cell(&self, value: u64, next: Option<Ref<Cell>>) -> Result<Ref<Cell>, OutOfMemory> {
        let cell = Cell {
            value,
            next: Slot::new(next),
        };
        // SAFETY: the class describes cells. It outlives them: whoever has the cells borrows this.
        unsafe { self.space.allocate(NonNull::from(&self.class), cell) }
    }
}

fn main() -> Result<(), OutOfMemory> {
    let cells = Cells::new();
    let mut list = cells.cell(0, None)?;
    for value in 1..1_000_000 {
        list = cells.cell(value, Some(list))?;
    }
    let heap = cells.space.heap();
    let second = list.next.get().expect("there are many");
    println!(
        "the second cell holds {}, with {} references",
        second.value,
        second.count()
    );
    println!("{} cells, {} bytes each", heap.blocks_live(), list.size());

    // Both handles go, and with them a million cells, in constant stack.
    drop((list, second));
    println!("{} cells", heap.blocks_live());
    Ok(())
}
