//! The allocators: ours, and each peer by the calls that it offers for blocks whose size the caller knows.

use bench_workloads::{Allocator, allocators};
use exuvia_heap::{Config, Heap, Kind, OwnedHeap};
use std::ffi::c_void;
use std::ptr::NonNull;

pub const SUBJECTS: [&str; 6] = [
    "exuvia", "mimalloc", "jemalloc", "snmalloc", "rpmalloc", "system",
];

/// Runs a workload for allocators, if it is one.
pub fn run(row: &str, subject: &str) -> Option<f64> {
    match subject {
        "exuvia" => allocators::run(row, &Exuvia(Heap::new(Config::default()))),
        "mimalloc" => allocators::run(row, &MiMalloc),
        "jemalloc" => allocators::run(row, &Jemalloc),
        "snmalloc" => allocators::run(row, &SnMalloc),
        "rpmalloc" => {
            // SAFETY: called once, before any other of its functions.
            unsafe { rpmalloc_sys::rpmalloc_initialize() };
            allocators::run(row, &RpMalloc)
        }
        "system" => allocators::run(row, &System),
        _ => None,
    }
}

struct Exuvia(OwnedHeap);

impl Allocator for Exuvia {
    #[inline(always)]
    fn allocate(&self, size: usize) -> *mut u8 {
        let block = self.0.allocate(Kind::Buffer, size);
        block.expect("there is no limit").as_ptr()
    }

    #[inline(always)]
    unsafe fn release(&self, block: *mut u8, size: usize) {
        // SAFETY: the caller's.
        unsafe { Heap::release(NonNull::new_unchecked(block), size) };
    }

    unsafe fn resize(&self, block: *mut u8, old: usize, new: usize) -> *mut u8 {
        // SAFETY: the caller's.
        let moved = unsafe { Heap::resize(NonNull::new_unchecked(block), old, new) };
        moved.expect("there is no limit").as_ptr()
    }

    fn trim(&self) {
        self.0.trim();
    }
}

/// The alignment that everybody gives without being asked.
const ALIGN: usize = 8;

/// An allocator of functions that need no object.
macro_rules! allocator {
    ($name:ident:
        allocate($size:ident) => $allocate:expr,
        release($block:ident, $of:ident) => $release:expr,
        resize($moved:ident, $old:ident, $new:ident) => $resize:expr
        $(, trim => $trim:expr)?
    ) => {
        struct $name;

        impl Allocator for $name {
            #[inline(always)]
            fn allocate(&self, $size: usize) -> *mut u8 {
                // SAFETY: any size may be asked for.
                unsafe { $allocate }.cast()
            }

            #[inline(always)]
            unsafe fn release(&self, block: *mut u8, $of: usize) {
                let $block = block.cast::<c_void>();
                // SAFETY: the caller's.
                let _ = unsafe { $release };
            }

            unsafe fn resize(&self, block: *mut u8, $old: usize, $new: usize) -> *mut u8 {
                let $moved = block.cast::<c_void>();
                // SAFETY: the caller's.
                unsafe { $resize }.cast()
            }

            $(
                fn trim(&self) {
                    // SAFETY: blocks in use stay.
                    unsafe { $trim };
                }
            )?
        }
    };
}

allocator!(MiMalloc:
    allocate(size) => libmimalloc_sys::mi_malloc(size),
    release(block, size) => libmimalloc_sys::mi_free_size(block, size),
    resize(block, _old, new) => libmimalloc_sys::mi_realloc(block, new),
    trim => libmimalloc_sys::mi_collect(true)
);
allocator!(Jemalloc:
    allocate(size) => tikv_jemalloc_sys::mallocx(size, 0),
    release(block, size) => tikv_jemalloc_sys::sdallocx(block, size, 0),
    resize(block, _old, new) => tikv_jemalloc_sys::rallocx(block, new, 0),
    trim => purge_jemalloc()
);
allocator!(SnMalloc:
    allocate(size) => snmalloc_sys::sn_rust_alloc(ALIGN, size),
    release(block, size) => snmalloc_sys::sn_rust_dealloc(block, ALIGN, size),
    resize(block, old, new) => snmalloc_sys::sn_rust_realloc(block, ALIGN, old, new)
);
allocator!(RpMalloc:
    allocate(size) => rpmalloc_sys::rpmalloc(size),
    release(block, _size) => rpmalloc_sys::rpfree(block),
    resize(block, _old, new) => rpmalloc_sys::rprealloc(block, new),
    trim => rpmalloc_sys::rpmalloc_thread_collect()
);
allocator!(System:
    allocate(size) => libc::malloc(size),
    release(block, _size) => libc::free(block),
    resize(block, _old, new) => libc::realloc(block, new),
    trim => libc::malloc_trim(0)
);

/// Gives back what jemalloc keeps: `arena.4096.purge` means all arenas.
unsafe fn purge_jemalloc() {
    let null = std::ptr::null_mut();
    // SAFETY: a name that exists, and no value to read or write.
    unsafe {
        tikv_jemalloc_sys::mallctl(c"thread.tcache.flush".as_ptr(), null, null.cast(), null, 0);
        tikv_jemalloc_sys::mallctl(c"arena.4096.purge".as_ptr(), null, null.cast(), null, 0);
    }
}
