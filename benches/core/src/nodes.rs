//! The collectors: ours through its safe face, and each peer with the smallest cell that it allows.

mod bacon_rajan;
mod dumpster;
mod exuvia;
mod gc_arena;
mod gcmodule;
mod jrsonnet;
mod rust_cc;

use bench_workloads::{Nodes, nodes};
use std::cell::UnsafeCell;

pub const SUBJECTS: [&str; 9] = [
    "exuvia",
    "bacon_rajan_cc",
    "rust-cc",
    "rust-cc, every 10,000",
    "gcmodule",
    "jrsonnet-gcmodule",
    "dumpster",
    "dumpster, every 10,000",
    "gc-arena",
];

/// Some drop lists, and mark graphs, by recursion: they get a stack that is large enough for it.
const STACK_LARGE: usize = 12 << 30;
/// A thread that does not recurse can do with this.
const STACK_SMALL: usize = 128 << 10;

/// Whether there is anything to measure.
pub fn has(row: &str, subject: &str) -> bool {
    match subject {
        // The subjects with a comma are those whose collections are asked for.
        "rust-cc, every 10,000" | "dumpster, every 10,000" => row.starts_with("cycle"),
        // It collects the whole heap each time: minutes.
        "gcmodule" | "jrsonnet-gcmodule" => row != "cycle-beside",
        _ => true,
    }
}

/// Runs a workload for collectors, if it is one.
pub fn run(row: &str, subject: &str) -> Option<f64> {
    if !SUBJECTS.contains(&subject) || !has(row, subject) {
        return None;
    }
    let stack_size = if subject == "exuvia" {
        STACK_SMALL
    } else {
        STACK_LARGE
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack_size);
        let running = thread.spawn_scoped(scope, || run_here(row, subject));
        running.ok()?.join().ok()?
    })
}

fn run_here(row: &str, subject: &str) -> Option<f64> {
    match subject {
        "exuvia" => nodes::run(row, &exuvia::Exuvia::default()),
        "bacon_rajan_cc" => nodes::run(row, &bacon_rajan::BaconRajan),
        "rust-cc" => nodes::run(row, &rust_cc::RustCc::<true>),
        "rust-cc, every 10,000" => on_demand(row, rust_cc::RustCc::<false>),
        "gcmodule" => nodes::run(row, &gcmodule::GcModule),
        "jrsonnet-gcmodule" => nodes::run(row, &jrsonnet::Jrsonnet),
        "dumpster" => nodes::run(row, &dumpster::Dumpster::<true>),
        "dumpster, every 10,000" => on_demand(row, dumpster::Dumpster::<false>),
        "gc-arena" => gc_arena::run(row),
        _ => None,
    }
}

fn on_demand(row: &str, nodes: impl Nodes) -> Option<f64> {
    nodes.disable();
    nodes::run(row, &nodes)
}

/// A changeable field of one word, so that no peer pays for borrow flags.
struct Slot<T>(UnsafeCell<Option<T>>);

impl<T> Slot<T> {
    fn empty() -> Self {
        Self(UnsafeCell::new(None))
    }

    fn set(&self, target: Option<T>) {
        // SAFETY: nobody holds a reference into the field, and what is replaced is dropped after that.
        drop(unsafe { std::mem::replace(&mut *self.0.get(), target) });
    }

    fn get(&self) -> Option<&T> {
        // SAFETY: collectors read fields while the program does not run.
        unsafe { (*self.0.get()).as_ref() }
    }
}
