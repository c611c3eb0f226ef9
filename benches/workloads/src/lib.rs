//! What is measured: workloads over any [`Allocator`] and over any [`Nodes`], one process for each measurement.
//!
//! Times are the process's own CPU time, so that other programs on the machine disturb as little as they can.

pub mod allocators;
pub mod nodes;

pub use allocators::Allocator;
pub use nodes::Nodes;

use std::time::Duration;

/// The CPU time that this process has used.
pub fn cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the structure is ours to be written.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Nanoseconds of CPU time that one of the `count` operations in `work` took.
pub fn ns_each(count: usize, work: impl FnOnce()) -> f64 {
    let start = cpu_time();
    work();
    (cpu_time() - start).as_nanos() as f64 / count as f64
}

/// The median of several measurements, which must be an odd number.
pub fn median(mut measurements: Vec<f64>) -> f64 {
    measurements.sort_by(f64::total_cmp);
    measurements[measurements.len() / 2]
}

/// Bytes of this process that are in memory.
pub fn bytes_resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * 4096
}

/// Numbers that look random and are the same in every run (xorshift).
pub struct Random(u64);

impl Random {
    /// The sequence that begins with a seed, which must not be zero.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((u128::from(self.0) * bound as u128) >> 64) as usize
    }

    /// The numbers below `len`, in random order.
    pub fn permutation(&mut self, len: usize) -> Vec<usize> {
        let mut numbers: Vec<usize> = (0..len).collect();
        for index in (1..len).rev() {
            numbers.swap(index, self.below(index + 1));
        }
        numbers
    }
}
