//! Zeal: modes that make mistakes show: failing allocations, filled blocks, fences around blocks, verification.
//!
//! With zeal off nothing of this costs anything: the hot paths are diverted, not extended. Allocation is
//! diverted by leaving every bin without a current pool, release by countdowns of one.
//!
//! A fenced block, with the sizes of its parts:
//!
//! ```text
//!   | size asked for (8) | 0xFD (8) | the block asked for | 0xFD (8 or more, to the end of the pool's block) |
//! ```
//!
//! Fill bytes and the idea of fences are CPython's (Objects/obmalloc.c: `_PyMem_DebugRawAlloc`).

use crate::heap::Heap;
use crate::pool::PoolPtr;
use crate::{Kind, OutOfMemory};
use std::cell::Cell;
use std::ops::Range;
use std::ptr::{self, NonNull};

/// What fills a new block.
pub const FILL_NEW: u8 = 0xCD;
/// What fills a released block.
pub const FILL_RELEASED: u8 = 0xDD;
/// What fences a block.
pub const FILL_FENCE: u8 = 0xFD;

/// Bytes before a fenced block.
const FRONT: usize = 16;
/// Fence bytes behind a fenced block, at least.
const BACK: usize = 8;

/// Which allocations fail although there is memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailAt {
    /// The allocation with this number, counted from 0, and no other.
    Once(u64),
    /// The allocation with this number, counted from 0, and all after it.
    From(u64),
}

impl FailAt {
    fn fails(self, ordinal: u64) -> bool {
        match self {
            FailAt::Once(n) => ordinal == n,
            FailAt::From(n) => ordinal >= n,
        }
    }
}

/// Modes that make mistakes show; all off by default.
#[derive(Clone, Debug, Default)]
pub struct Zeal {
    /// Fills new blocks with [`FILL_NEW`] and released ones with [`FILL_RELEASED`], and checks the latter.
    pub poison: bool,
    /// Fences every block with [`FILL_FENCE`], and checks size and fences on release.
    pub fences: bool,
    /// Fails allocations by their number; see also [`Heap::fail_allocations`].
    pub fail_at: Option<FailAt>,
    /// Verifies the whole heap before every n-th allocation (1: every one); 0 for never.
    pub verify_every: u64,
}

/// A heap's zeal while it runs.
pub(crate) struct ZealState {
    pub(crate) poison: bool,
    pub(crate) fences: bool,
    verify_every: u64,
    fail_at: Cell<Option<FailAt>>,
    /// Allocations and growing resizes since counting began.
    attempts: Cell<u64>,
    /// Whether every allocation takes the slow path.
    detour: Cell<bool>,
}

impl ZealState {
    pub(crate) fn new(zeal: &Zeal) -> Self {
        let detour = zeal.poison || zeal.fences || zeal.fail_at.is_some() || zeal.verify_every > 0;
        Self {
            poison: zeal.poison,
            fences: zeal.fences,
            verify_every: zeal.verify_every,
            fail_at: Cell::new(zeal.fail_at),
            attempts: Cell::new(0),
            detour: Cell::new(detour),
        }
    }

    /// Whether every allocation takes the slow path.
    pub(crate) fn is_detour(&self) -> bool {
        self.detour.get()
    }

    pub(crate) fn set_detour(&self) {
        self.detour.set(true);
    }

    /// Whether blocks are filled or fenced, so that every release must look at its block.
    pub(crate) fn marks_blocks(&self) -> bool {
        self.poison || self.fences
    }

    /// Bytes between the beginning of a pool's block and the block asked for.
    #[inline]
    pub(crate) fn front(&self) -> usize {
        if self.fences { FRONT } else { 0 }
    }

    /// Bytes that fences add to a block.
    pub(crate) fn overhead(&self) -> usize {
        if self.fences { FRONT + BACK } else { 0 }
    }
}

impl Heap {
    /// Makes allocations fail by number, counting from now on; `None` makes none fail, but counts.
    ///
    /// From here on every allocation of this heap takes the slow path.
    pub fn fail_allocations(&self, fail_at: Option<FailAt>) {
        self.zeal.fail_at.set(fail_at);
        self.zeal.attempts.set(0);
        self.zeal.set_detour();
        self.park();
    }

    /// How many allocations and growing resizes were tried since the heap was made with zeal, or since
    /// [`fail_allocations`](Self::fail_allocations).
    pub fn allocation_attempts(&self) -> u64 {
        self.zeal.attempts.get()
    }

    /// Counts an allocation and says whether it may succeed.
    pub(crate) fn attempt(&self) -> Result<(), OutOfMemory> {
        let zeal = &self.zeal;
        let ordinal = zeal.attempts.get();
        zeal.attempts.set(ordinal + 1);
        let is_due = zeal.verify_every > 0 && ordinal.is_multiple_of(zeal.verify_every);
        if is_due && let Err(violation) = self.verify() {
            panic!("{violation}");
        }
        match zeal.fail_at.get() {
            Some(fail_at) if fail_at.fails(ordinal) => Err(OutOfMemory),
            _ => Ok(()),
        }
    }

    /// Fills and fences a block that was just taken; returns where the part asked for begins.
    pub(crate) fn mark_new(&self, block: NonNull<u8>, kind: Kind, size: usize) -> NonNull<u8> {
        // SAFETY: the block was taken with room for `size` bytes and the fences.
        unsafe {
            if self.zeal.poison {
                self.check_released(block, kind);
            }
            let payload = block.add(self.zeal.front());
            if self.zeal.poison {
                payload.write_bytes(FILL_NEW, size);
                if kind != Kind::Buffer {
                    payload.add(8).cast::<*const ()>().write(ptr::null());
                }
            }
            if self.zeal.fences {
                block.cast::<usize>().write(size);
                block.add(8).write_bytes(FILL_FENCE, 8);
                payload
                    .add(size)
                    .write_bytes(FILL_FENCE, self.back_len(block, size));
            }
            payload
        }
    }

    /// Checks the fences of a block that is being released and fills it; returns where the whole block begins.
    ///
    /// # Panics
    /// If the fences are damaged or the size is not the one that was asked for.
    pub(crate) fn mark_released(
        &self,
        payload: NonNull<u8>,
        kind: Kind,
        size: usize,
    ) -> NonNull<u8> {
        // SAFETY: the payload of a block that was taken with fences begins this far behind the block.
        let block = unsafe { payload.sub(self.zeal.front()) };
        if self.zeal.fences
            && let Err(damage) = self.check_fences(block, Some(size))
        {
            panic!("H10: {damage}");
        }
        self.fill_released(block, kind);
        block
    }

    /// Fills a block with what released blocks are filled with, if any; its link is written afterwards.
    pub(crate) fn fill_released(&self, block: NonNull<u8>, kind: Kind) {
        // SAFETY: the block is free; the range is what belongs to it.
        unsafe {
            if self.zeal.poison {
                block.write_bytes(FILL_RELEASED, self.whole_len(block));
            }
            if let Some(offset) = self.null_at(kind) {
                block.add(offset).cast::<*const ()>().write(ptr::null());
            }
        }
    }

    /// Checks the fences around a block in use, and its size if it is known.
    pub(crate) fn check_fences(
        &self,
        block: NonNull<u8>,
        size: Option<usize>,
    ) -> Result<(), String> {
        // SAFETY: a block of a fenced heap begins with its size.
        let stored = unsafe { block.cast::<usize>().read() };
        let payload = block.addr().get() + FRONT;
        let room = self.whole_len(block);
        if stored
            .checked_add(FRONT + BACK)
            .is_none_or(|whole| whole > room)
        {
            return Err(format!(
                "block {payload:#x}: the size before it was overwritten: {stored:#x} in a block of {room}"
            ));
        }
        if let Some(size) = size.filter(|&size| size != stored) {
            return Err(format!(
                "block {payload:#x}: released with size {size}, but {stored} bytes were asked for"
            ));
        }
        let back = FRONT + stored..FRONT + stored + self.back_len(block, stored);
        for (name, range) in [("before", 8..FRONT), ("behind", back)] {
            if let Some((offset, byte)) = find_other(block, range, FILL_FENCE) {
                let at = offset as isize - FRONT as isize;
                return Err(format!(
                    "block {payload:#x} of {stored} bytes: the fence {name} it was overwritten at offset {at} \
                     with {byte:#04x}"
                ));
            }
        }
        Ok(())
    }

    /// Checks that nobody wrote to a free block of a heap that poisons.
    pub(crate) fn check_poison(&self, block: NonNull<u8>, kind: Kind) -> Result<(), String> {
        let len = self.whole_len(block);
        let null = self.null_at(kind).map_or(len..len, |at| at..at + 8);
        for range in [16.min(null.start)..null.start, null.end.max(16)..len] {
            if let Some((offset, byte)) = find_other(block, range, FILL_RELEASED) {
                return Err(format!(
                    "free block {block:p} of {len} bytes was written at offset {} with {byte:#04x}",
                    offset as isize - self.zeal.front() as isize
                ));
            }
        }
        Ok(())
    }

    /// Panics if a small block was written to while it was free.
    fn check_released(&self, block: NonNull<u8>, kind: Kind) {
        // SAFETY: the block was just taken.
        if unsafe { PoolPtr::of(block) }.is_large() {
            return; // its memory may be fresh
        }
        if let Err(damage) = self.check_poison(block, kind) {
            panic!("H10: {damage}");
        }
    }

    /// How many bytes belong to a block.
    fn whole_len(&self, block: NonNull<u8>) -> usize {
        // SAFETY: the caller has a block of this heap.
        let pool = unsafe { PoolPtr::of(block) };
        if pool.is_large() {
            pool.large_size()
        } else {
            pool.class().block_size()
        }
    }

    fn back_len(&self, block: NonNull<u8>, size: usize) -> usize {
        self.whole_len(block) - FRONT - size
    }
}

/// The first byte in a range of a block that is not `expected`, and where.
fn find_other(block: NonNull<u8>, range: Range<usize>, expected: u8) -> Option<(usize, u8)> {
    range.into_iter().find_map(|offset| {
        // SAFETY: the range lies in the block, whose bytes were all written when it was taken or released.
        let byte = unsafe { block.add(offset).read() };
        (byte != expected).then_some((offset, byte))
    })
}
