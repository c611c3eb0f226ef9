//! The memory report: who holds the memory, what the heap makes of it, and what the collector did.

mod json;
mod text;

use crate::Runtime;
use exuvia_collector::{GenerationStatistics, Mode};
use exuvia_heap::{CountingAllocator, Statistics};
use exuvia_object::Generation;
pub use exuvia_vm::memory::usage::{LineUsage, TypeUsage};

/// How many lines a report lists at most.
const LINES_MAX: usize = 100;

/// A runtime's memory at one moment. Printed, it is a table; see [`to_json`](Self::to_json) for programs.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MemoryReport {
    /// What the heap holds, by kind and size class of blocks.
    pub heap: Statistics,
    /// The most bytes that the heap may take from the system.
    pub limit: Option<usize>,
    /// How the old generation is collected.
    pub mode: Mode,
    /// Collections by generation, youngest first. Those that the report itself asks for are not counted.
    pub generations: [GenerationStatistics; 3],
    /// What only the collector could free.
    pub cycles: Cycles,
    /// What the objects of each type take, most bytes first. The bytes add up to what lives on the heap.
    pub types: Vec<TypeUsage>,
    /// What each line allocated that lives, most bytes first; `None` unless allocations are traced
    /// (`Settings::tracemalloc`).
    pub lines: Option<Vec<LineUsage>>,
    /// What is allocated outside of the heap, if that is counted.
    pub third_party: Option<ThirdParty>,
}

/// Objects that kept each other alive, so that only the collector could free them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cycles {
    /// How many there were, those that were found for the report included.
    pub objects: usize,
    /// How many of them were found for the report: garbage that waited.
    pub found_at_report: usize,
    /// How many of each type, most first; `None` unless [`Runtime::track_cycles`] asked for it.
    pub types: Option<Vec<(String, usize)>>,
}

/// Memory that Rust code allocates for itself: this crate, the compiler, arithmetic on large integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThirdParty {
    /// Bytes in use.
    pub bytes_live: usize,
    /// The most bytes that were ever in use.
    pub bytes_peak: usize,
}

impl ThirdParty {
    /// What an allocator has counted.
    pub fn of(allocator: &CountingAllocator) -> Self {
        Self {
            bytes_live: allocator.bytes_live(),
            bytes_peak: allocator.bytes_peak(),
        }
    }
}

impl MemoryReport {
    /// The report of a runtime. Collects what is garbage first, so that what it shows is what the program holds.
    pub fn take(runtime: &mut Runtime) -> Self {
        let vm = runtime.inner();
        let generations = vm.memory.collector.statistics();
        let before = vm.memory.collected_total;
        vm.collect(Generation::Old);
        let objects = vm.memory.collected_total;
        let types = vm.memory.garbage_types.as_ref().map(|types| {
            let mut types: Vec<_> = types.clone().into_iter().collect();
            types.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            types
        });
        Self {
            heap: vm.heap().statistics(),
            limit: vm.heap().limit(),
            mode: vm.memory.collector.mode(),
            generations,
            cycles: Cycles {
                objects,
                found_at_report: objects - before,
                types,
            },
            types: vm.memory_by_type(),
            lines: vm.tracer().map(|_| vm.memory_by_line(LINES_MAX)),
            third_party: None,
        }
    }

    /// Bytes that blocks have beyond what was asked for.
    pub fn bytes_lost_to_rounding(&self) -> usize {
        self.heap
            .bytes_in_blocks
            .saturating_sub(self.heap.bytes_live)
    }

    /// Bytes taken from the system that belong to no block in use: free blocks, free pools and what the heap needs itself.
    pub fn bytes_lost_to_fragmentation(&self) -> usize {
        let used = self.heap.bytes_in_blocks + self.heap.bytes_side;
        self.heap.bytes_committed.saturating_sub(used)
    }
}
