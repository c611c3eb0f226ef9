//! Side arrays: a number beside every block of a pool, made when it is first asked for.
//!
//! The arrays come from the program's allocator, so that making them does not change the heap that is looked
//! at, but they count as committed. A large block keeps its number in its header.

use crate::pool::PoolPtr;
use crate::{Heap, OutOfMemory};
use std::alloc::{self, Layout};
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// Which of a block's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Side {
    /// The collector's.
    Collector = 0,
    /// The tracer's.
    Tracer = 1,
}

/// Numbers of the tracer are followed by the sizes asked for.
fn layout(pool: PoolPtr, side: Side) -> Layout {
    let len = usize::from(pool.capacity.get());
    let of_block = match side {
        Side::Collector => size_of::<u32>(),
        Side::Tracer => size_of::<u32>() + size_of::<u16>(),
    };
    Layout::from_size_align(len * of_block, align_of::<u32>()).expect("a pool has few blocks")
}

/// The size asked for that is kept beside a small block, whose number the tracer keeps.
#[inline]
pub(crate) fn size_beside(pool: PoolPtr, number: &Cell<u32>) -> &Cell<u16> {
    let numbers = pool.sides[Side::Tracer as usize].get();
    // SAFETY: as many sizes follow as many numbers (`layout`), and the number is one of them.
    unsafe {
        let index = ptr::from_ref(number).offset_from_unsigned(numbers);
        let sizes = numbers.add(usize::from(pool.capacity.get()));
        &*sizes.cast::<Cell<u16>>().add(index)
    }
}

/// The numbers of a pool's blocks, if they were asked for.
pub(crate) fn side_of(pool: PoolPtr, side: Side) -> Option<NonNull<[Cell<u32>]>> {
    let slot = &pool.sides[side as usize];
    if pool.is_large() {
        return Some(NonNull::slice_from_raw_parts(NonNull::from(slot).cast(), 1));
    }
    let array = NonNull::new(slot.get())?;
    Some(NonNull::slice_from_raw_parts(
        array,
        usize::from(pool.capacity.get()),
    ))
}

impl Heap {
    /// The number beside a block, if the numbers of its pool were asked for.
    ///
    /// It is 0 when the array is made, and is not changed when blocks come and go.
    ///
    /// # Safety
    /// 1. `block` is a live block of a heap.
    /// 2. The reference is not used after the block is released, or the side dropped.
    #[inline]
    pub unsafe fn side<'a>(block: NonNull<u8>, side: Side) -> Option<&'a Cell<u32>> {
        // SAFETY: the caller has a block; a block's number lies in its pool's array.
        unsafe {
            let pool = PoolPtr::of(block);
            let slot = &pool.sides[side as usize];
            if pool.is_large() {
                return Some(NonNull::from(slot).cast().as_ref());
            }
            let array = NonNull::new(slot.get())?;
            Some(array.add(pool.block_index(block.addr().get())).as_ref())
        }
    }

    /// The number beside a block, after making the array if there was none.
    ///
    /// # Errors
    /// The limit, or no memory.
    ///
    /// # Safety
    /// As for [`side`](Self::side).
    #[inline]
    pub unsafe fn side_or_new<'a>(
        block: NonNull<u8>,
        side: Side,
    ) -> Result<&'a Cell<u32>, OutOfMemory> {
        // SAFETY: as the caller says.
        unsafe {
            if let Some(number) = Self::side(block, side) {
                return Ok(number);
            }
            Self::of(block).make_side(PoolPtr::of(block), side)?;
            Ok(Self::side(block, side).expect("just made"))
        }
    }

    #[cold]
    pub(crate) fn make_side(&self, pool: PoolPtr, side: Side) -> Result<(), OutOfMemory> {
        let layout = layout(pool, side);
        let ledger = &self.arenas.ledger;
        self.take_or_reclaim(|| ledger.commit(layout.size()))?;
        // SAFETY: a pool has at least one block, so the layout is not empty; zeros are numbers.
        let array = unsafe { alloc::alloc_zeroed(layout) };
        if array.is_null() {
            ledger.uncommit(layout.size());
            return Err(OutOfMemory);
        }
        self.side_bytes.set(self.side_bytes.get() + layout.size());
        self.keep_countdown(pool, || pool.sides[side as usize].set(array.cast()));
        Ok(())
    }

    /// Forgets the numbers of all blocks and frees their arrays; those of large blocks become 0.
    ///
    /// # Safety
    /// No reference to such a number or array is used after this.
    pub unsafe fn drop_side(&self, side: Side) {
        for arena in self.arenas.all.iter() {
            for pool in arena.pools(arena.all_heads()) {
                self.drop_side_of(pool, side);
            }
        }
    }

    pub(crate) fn drop_side_of(&self, pool: PoolPtr, side: Side) {
        let mut array = ptr::null_mut();
        self.keep_countdown(pool, || {
            array = pool.sides[side as usize].replace(ptr::null_mut());
        });
        if array.is_null() || pool.is_large() {
            return;
        }
        let layout = layout(pool, side);
        self.side_bytes.set(self.side_bytes.get() - layout.size());
        self.arenas.ledger.uncommit(layout.size());
        // SAFETY: made by `make_side` with the same layout: a pool in use keeps its capacity.
        unsafe { alloc::dealloc(array.cast(), layout) };
    }

    /// Frees the arrays of a pool of small blocks.
    #[inline]
    pub(crate) fn drop_sides_of(&self, pool: PoolPtr) {
        for side in [Side::Collector, Side::Tracer] {
            if !pool.sides[side as usize].get().is_null() {
                self.drop_side_of(pool, side);
            }
        }
    }
}
