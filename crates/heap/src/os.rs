//! What is asked of the operating system: aligned mappings, giving pages back, moving a mapping.
//!
//! Anonymous private memory, zeroed and backed by pages only when touched. Under Miri the same from the program's
//! allocator, so that it sees every access.

#[cfg(not(unix))]
compile_error!("exuvia-heap takes its memory with mmap; this system has none");

#[cfg(not(miri))]
pub(crate) use mapped::{
    advise_huge_pages, decommit, has_huge_pages, page_size, remap, reserve, unmap,
};
#[cfg(miri)]
pub(crate) use simulated::{
    advise_huge_pages, decommit, has_huge_pages, page_size, remap, reserve, unmap,
};

#[cfg(not(miri))]
mod mapped {
    use crate::OutOfMemory;
    use std::ptr::{self, NonNull};

    /// The unit in which the system takes and gives memory, in bytes.
    pub(crate) fn page_size() -> usize {
        // SAFETY: asks for a number.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).expect("the system has pages")
    }

    fn map(size: usize, protection: libc::c_int) -> Option<NonNull<u8>> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping wherever the kernel likes touches nothing that exists.
        let base = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            None
        } else {
            NonNull::new(base.cast())
        }
    }

    fn map_aligned(size: usize, align: usize, protection: libc::c_int) -> Option<NonNull<u8>> {
        let base = map(size, protection)?;
        if base.addr().get().is_multiple_of(align) {
            return Some(base);
        }
        // SAFETY: just mapped, and nobody has its address.
        unsafe { unmap(base, size) };
        let whole_size = size.checked_add(align)?;
        let whole = map(whole_size, protection)?;
        let lead = whole.addr().get().next_multiple_of(align) - whole.addr().get();
        // SAFETY: both cuts lie inside the mapping just made and outside of the part that is returned.
        unsafe {
            let base = whole.add(lead);
            if lead > 0 {
                unmap(whole, lead);
            }
            if whole_size - lead > size {
                unmap(base.add(size), whole_size - lead - size);
            }
            Some(base)
        }
    }

    /// A new zeroed mapping of `size` bytes (whole pages) at a multiple of `align`.
    ///
    /// # Errors
    /// There is no room.
    pub(crate) fn reserve(size: usize, align: usize) -> Result<NonNull<u8>, OutOfMemory> {
        map_aligned(size, align, libc::PROT_READ | libc::PROT_WRITE).ok_or(OutOfMemory)
    }

    /// Returns a mapping, or whole pages of one, to the system.
    ///
    /// # Safety
    /// The range was mapped here and nothing refers to it any more.
    pub(crate) unsafe fn unmap(base: NonNull<u8>, size: usize) {
        // SAFETY: the caller gives the range up.
        let result = unsafe { libc::munmap(base.as_ptr().cast(), size) };
        debug_assert_eq!(result, 0, "munmap of a whole mapping cannot fail");
    }

    /// Whether huge pages can be asked for.
    pub(crate) fn has_huge_pages() -> bool {
        cfg!(target_os = "linux")
    }

    /// Asks for huge pages in a mapping, or for none: fewer faults, and fewer misses when addresses are looked up.
    ///
    /// # Safety
    /// The range is mapped.
    pub(crate) unsafe fn advise_huge_pages(base: NonNull<u8>, size: usize, are_wanted: bool) {
        #[cfg(target_os = "linux")]
        // SAFETY: the advice changes nothing but speed. Where it is refused, there are small pages.
        unsafe {
            let advice = if are_wanted {
                libc::MADV_HUGEPAGE
            } else {
                libc::MADV_NOHUGEPAGE
            };
            libc::madvise(base.as_ptr().cast(), size, advice);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (base, size, are_wanted);
    }

    /// Gives the memory of whole pages back; they read as zeros afterwards.
    ///
    /// # Safety
    /// The range is mapped, and nothing in it is needed.
    #[cfg(target_os = "linux")]
    pub(crate) unsafe fn decommit(base: NonNull<u8>, size: usize) {
        // SAFETY: the caller needs nothing of what the range holds.
        let result = unsafe { libc::madvise(base.as_ptr().cast(), size, libc::MADV_DONTNEED) };
        debug_assert_eq!(result, 0, "MADV_DONTNEED on private memory cannot fail");
    }

    /// Gives the memory of whole pages back; they read as zeros afterwards.
    ///
    /// # Safety
    /// The range is mapped, and nothing in it is needed.
    #[cfg(not(target_os = "linux"))]
    pub(crate) unsafe fn decommit(base: NonNull<u8>, size: usize) {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a fresh mapping in place of one whose contents the caller gives up.
        let result = unsafe { libc::mmap(base.as_ptr().cast(), size, protection, flags, -1, 0) };
        debug_assert_ne!(result, libc::MAP_FAILED);
    }

    /// Changes the size of a mapping: in place where it can, else at a new multiple of `align`. `None` changes
    /// nothing.
    ///
    /// # Safety
    /// `base` is a whole mapping of `old` bytes; if the address returned is another, nothing uses the old one.
    #[cfg(target_os = "linux")]
    pub(crate) unsafe fn remap(
        base: NonNull<u8>,
        old: usize,
        new: usize,
        align: usize,
    ) -> Option<NonNull<u8>> {
        // SAFETY: without MREMAP_MAYMOVE the mapping stays where it is or nothing happens.
        let grown = unsafe { libc::mremap(base.as_ptr().cast(), old, new, 0) };
        if grown != libc::MAP_FAILED {
            return Some(base);
        }
        let target = map_aligned(new, align, libc::PROT_NONE)?;
        let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        let target = target.as_ptr().cast::<libc::c_void>();
        // SAFETY: the target was just mapped for this; MREMAP_FIXED replaces it.
        let moved = unsafe { libc::mremap(base.as_ptr().cast(), old, new, flags, target) };
        if moved == libc::MAP_FAILED {
            // The kernel may have removed the target already, and another thread may have mapped something there
            // since: losing the address range of a failed move is the lesser evil.
            return None;
        }
        NonNull::new(moved.cast())
    }

    /// Never changes anything: this system cannot move mappings, so the caller copies.
    ///
    /// # Safety
    /// None needed.
    #[cfg(not(target_os = "linux"))]
    pub(crate) unsafe fn remap(
        _base: NonNull<u8>,
        _old: usize,
        _new: usize,
        _align: usize,
    ) -> Option<NonNull<u8>> {
        None
    }
}

#[cfg(miri)]
mod simulated {
    use crate::OutOfMemory;
    use crate::size_class::ARENA_SIZE;
    use std::alloc::{self, Layout};
    use std::ptr::NonNull;

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, ARENA_SIZE).expect("a mapping is shorter than isize::MAX")
    }

    pub(crate) fn page_size() -> usize {
        4096
    }

    pub(crate) fn reserve(size: usize, _align: usize) -> Result<NonNull<u8>, OutOfMemory> {
        if size > 1 << 30 {
            return Err(OutOfMemory);
        }
        // SAFETY: no mapping is empty.
        NonNull::new(unsafe { alloc::alloc_zeroed(layout(size)) }).ok_or(OutOfMemory)
    }

    pub(crate) unsafe fn unmap(base: NonNull<u8>, size: usize) {
        // SAFETY: as `reserve` made it.
        unsafe { alloc::dealloc(base.as_ptr(), layout(size)) };
    }

    pub(crate) fn has_huge_pages() -> bool {
        false
    }

    pub(crate) unsafe fn advise_huge_pages(_base: NonNull<u8>, _size: usize, _are_wanted: bool) {}

    pub(crate) unsafe fn decommit(base: NonNull<u8>, size: usize) {
        // SAFETY: mapped, and not needed.
        unsafe { base.write_bytes(0, size) };
    }

    pub(crate) unsafe fn remap(
        _base: NonNull<u8>,
        _old: usize,
        _new: usize,
        _align: usize,
    ) -> Option<NonNull<u8>> {
        None
    }
}
