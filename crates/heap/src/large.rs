//! Large blocks: runs of pools inside an arena, and mappings of their own for huge ones.

use crate::arena::{ArenaPtr, POOLS_OFFSET};
use crate::os;
use crate::pool::{Pool, PoolPtr, State};
use crate::size_class::{ARENA_SIZE, HUGE_MIN, POOL_SIZE, SMALL_MAX};
use crate::{Heap, Kind, OutOfMemory};
use std::ptr::{self, NonNull};

/// The most pools in a run.
pub(crate) const RUN_MAX: usize = HUGE_MIN / POOL_SIZE;
/// Where the block begins in a mapping of its own.
pub(crate) const HUGE_FIRST: usize = POOLS_OFFSET + size_of::<Pool>();

/// From what size on a mapping asks for huge pages. All of it counts as taken anyway.
const HUGE_PAGES_MIN: usize = 4 << 20;

/// How many pools a block of `size` bytes takes.
fn run_len(size: usize) -> usize {
    size.div_ceil(POOL_SIZE)
}

/// How many bytes are mapped for a huge block of `size` bytes.
fn mapping_size(size: usize, page_size: usize) -> Result<usize, OutOfMemory> {
    // isize::MAX bounds every Rust object, and leaves room for the arithmetic behind.
    if size > isize::MAX as usize - ARENA_SIZE {
        return Err(OutOfMemory);
    }
    Ok((size + HUGE_FIRST).next_multiple_of(page_size))
}

impl PoolPtr {
    /// Where the large block begins whose header this is.
    pub(crate) fn large_block(self) -> NonNull<u8> {
        let offset = if self.arena().is_huge() {
            HUGE_FIRST
        } else {
            0
        };
        // SAFETY: inside the mapping.
        unsafe { self.base().add(offset) }
    }

    /// Bytes that the large block takes: its pools, or its mapping.
    pub(crate) fn large_bytes(self) -> usize {
        if self.arena().is_huge() {
            self.arena().mapped.get()
        } else {
            usize::from(self.capacity.get()) * POOL_SIZE
        }
    }

    #[inline]
    pub(crate) fn is_large(self) -> bool {
        matches!(self.state.get(), State::Large | State::Ended)
    }
}

impl Heap {
    /// A block with pools or a mapping of its own; nothing is counted.
    pub(crate) fn take_large(&self, kind: Kind, size: usize) -> Result<NonNull<u8>, OutOfMemory> {
        self.note_live_peak();
        self.take_or_reclaim(|| self.take_large_once(kind, size))
    }

    fn take_large_once(&self, kind: Kind, size: usize) -> Result<NonNull<u8>, OutOfMemory> {
        let pool = if size < HUGE_MIN {
            let pool = self.arenas.take_run(self, run_len(size))?;
            for inside in 1..run_len(size) {
                PoolPtr::in_arena(pool.arena(), pool.index() + inside)
                    .state
                    .set(State::Inside);
            }
            pool.state.set(State::Large);
            pool.capacity.set(run_len(size) as u16);
            pool
        } else {
            self.map_huge(mapping_size(size, self.arenas.page_size)?)?
        };
        pool.carved.set(0);
        pool.set_large_size(size);
        pool.kind.set(kind);
        pool.counters.set(self.counters(kind));
        pool.sides.iter().for_each(|side| side.set(ptr::null_mut()));
        pool.set_countdown(1, false);
        let (arena, index) = (pool.arena(), pool.index());
        arena.epochs[index].set(self.epoch.get());
        arena.heads[kind as usize].set(arena.heads[kind as usize].get() | pool.bit());
        if kind == Kind::Tracked {
            self.arenas.mark_young(pool, self.epoch.get());
        }
        let block = pool.large_block();
        if let Some(offset) = self.null_at(kind) {
            // SAFETY: a large block is longer than any header.
            unsafe { block.add(offset).cast::<*const ()>().write(ptr::null()) };
        }
        Ok(block)
    }

    fn map_huge(&self, mapped: usize) -> Result<PoolPtr, OutOfMemory> {
        let ledger = &self.arenas.ledger;
        ledger.commit(mapped)?;
        let base = os::reserve(mapped, ARENA_SIZE).inspect_err(|_| ledger.uncommit(mapped))?;
        if mapped >= HUGE_PAGES_MIN {
            // SAFETY: just mapped.
            unsafe { os::advise_huge_pages(base, mapped, true) };
        }
        let arena = self.arenas.add_mapping(self, base, mapped);
        let pool = PoolPtr::in_arena(arena, 0);
        arena.is_huge.set(true);
        pool.state.set(State::Large);
        pool.capacity.set(0);
        Ok(pool)
    }

    /// Frees a large block's memory, as soon as no walk may stand on it; nothing is counted.
    pub(crate) fn release_large(&self, pool: PoolPtr) {
        self.arenas.unmark_young(pool);
        let heads = &pool.arena().heads[pool.kind.get() as usize];
        heads.set(heads.get() & !pool.bit());
        pool.state.set(State::Ended);
        if self.walking.get() > 0 {
            self.ended.push_back(pool);
        } else {
            self.free_large(pool);
        }
    }

    /// Frees the memory of a large block that was released.
    pub(crate) fn free_large(&self, pool: PoolPtr) {
        let arena = pool.arena();
        if arena.is_huge() {
            self.arenas.unmap(arena);
            return;
        }
        // A pool of small blocks would take the numbers kept here for arrays.
        pool.sides.iter().for_each(|side| side.set(ptr::null_mut()));
        let len = usize::from(pool.capacity.get());
        pool.unformat();
        self.free_pools(arena, pool.index(), len);
    }

    /// Changes a large block's size where it lies, or moves its mapping; `None` if it has to be copied.
    ///
    /// Counts nothing. The size stays one of the same sort: run or mapping.
    pub(crate) fn resize_large(&self, pool: PoolPtr, new: usize) -> Option<NonNull<u8>> {
        let pool = match pool.arena().is_huge() {
            true if new >= HUGE_MIN => {
                self.resize_huge(pool, mapping_size(new, self.arenas.page_size).ok()?)?
            }
            false if new > SMALL_MAX && new < HUGE_MIN => self.resize_run(pool, run_len(new))?,
            _ => return None,
        };
        pool.set_large_size(new);
        Some(pool.large_block())
    }

    fn resize_run(&self, pool: PoolPtr, new_len: usize) -> Option<PoolPtr> {
        let len = usize::from(pool.capacity.get());
        let (arena, index) = (pool.arena(), pool.index());
        if new_len > len {
            if !self.arenas.extend_run(pool, len, new_len - len) {
                return None;
            }
            for inside in len..new_len {
                PoolPtr::in_arena(arena, index + inside)
                    .state
                    .set(State::Inside);
            }
        }
        pool.capacity.set(new_len as u16);
        if new_len < len {
            self.free_pools(arena, index + new_len, len - new_len);
        }
        Some(pool)
    }

    fn resize_huge(&self, pool: PoolPtr, new: usize) -> Option<PoolPtr> {
        let arena = pool.arena();
        let (old, ledger) = (arena.mapped.get(), &self.arenas.ledger);
        if new == old {
            return Some(pool);
        }
        if self.walking.get() > 0 {
            return None; // a walk may stand on this mapping
        }
        if new > old {
            self.take_or_reclaim(|| ledger.commit(new - old)).ok()?;
        }
        // SAFETY: the mapping is this block's alone, and the lists are told below of a new address.
        let moved = unsafe { os::remap(arena.base(), old, new, ARENA_SIZE) };
        let Some(base) = moved else {
            ledger.uncommit(new.saturating_sub(old));
            return None;
        };
        ledger.uncommit(old.saturating_sub(new));
        ledger.reserved.set(ledger.reserved.get() - old + new);
        let target = ArenaPtr::new(base.cast());
        target.mapped.set(new);
        if target != arena {
            self.arenas.relocate(arena, target);
        }
        Some(PoolPtr::in_arena(target, 0))
    }
}
