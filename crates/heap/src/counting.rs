//! A global allocator that counts: what other crates allocate for themselves, in a band of its own.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system's allocator, with counts of what is live and what was at most.
///
/// ```
/// use exuvia_heap::CountingAllocator;
///
/// #[global_allocator]
/// static OTHERS: CountingAllocator = CountingAllocator::new();
///
/// let before = OTHERS.bytes_live();
/// let text = "x".repeat(1000);
/// assert!(OTHERS.bytes_live() >= before + text.len());
/// ```
#[derive(Debug, Default)]
pub struct CountingAllocator {
    live: AtomicUsize,
    peak: AtomicUsize,
}

impl CountingAllocator {
    /// One that has counted nothing yet.
    pub const fn new() -> Self {
        Self {
            live: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        }
    }

    /// Bytes asked for and not freed.
    pub fn bytes_live(&self) -> usize {
        self.live.load(Relaxed)
    }

    /// The most bytes that were ever live, or since [`reset_peak`](Self::reset_peak).
    ///
    /// With several threads at work a little less than the true figure.
    pub fn bytes_peak(&self) -> usize {
        self.peak.load(Relaxed)
    }

    /// Makes the peak what is live now.
    pub fn reset_peak(&self) {
        self.peak.store(self.bytes_live(), Relaxed);
    }

    fn add(&self, size: usize) {
        let live = self.live.fetch_add(size, Relaxed).wrapping_add(size);
        if live > self.peak.load(Relaxed) {
            self.peak.fetch_max(live, Relaxed);
        }
    }

    fn subtract(&self, size: usize) {
        self.live.fetch_sub(size, Relaxed);
    }
}

// SAFETY: every call is the system allocator's; what is added only counts.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            self.add(layout.size());
        }
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            self.add(layout.size());
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.subtract(layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        if !moved.is_null() {
            self.subtract(layout.size());
            self.add(new_size);
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_live_and_its_peak() {
        let allocator = CountingAllocator::new();
        let layout = Layout::from_size_align(1000, 8).unwrap();
        // SAFETY: each block is freed once, with the layout it has.
        unsafe {
            let block = allocator.alloc(layout);
            assert_eq!(allocator.bytes_live(), 1000);
            let block = allocator.realloc(block, layout, 3000);
            assert_eq!(allocator.bytes_live(), 3000);
            allocator.dealloc(block, Layout::from_size_align(3000, 8).unwrap());
        }
        assert_eq!((allocator.bytes_live(), allocator.bytes_peak()), (0, 3000));
        allocator.reset_peak();
        assert_eq!(allocator.bytes_peak(), 0);
    }
}
