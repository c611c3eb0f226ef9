//! Arenas: 1 MiB of pools, and the set of all arenas, ordered by how full they are.
//!
//! An arena's beginning holds its own fields and the headers of its pools; what is left of pool 0 serves small
//! blocks like any other pool. A block with a mapping of its own (H9) looks the same from the outside: its
//! mapping begins like an arena with a single pool header.

use crate::large;
use crate::list::{Links, List, Node};
use crate::os;
use crate::pool::{Pool, PoolPtr, State};
use crate::size_class::{ARENA_SIZE, POOL_SIZE, POOLS};
use crate::walk::Position;
use crate::{Heap, OutOfMemory};
use std::cell::Cell;
use std::ptr::NonNull;

/// Where the pool headers begin in an arena.
pub(crate) const POOLS_OFFSET: usize = size_of::<Arena>().next_multiple_of(64);
/// Where the blocks of pool 0 begin.
pub(crate) const POOL_0_FIRST: usize = POOLS_OFFSET + POOLS * size_of::<Pool>();

/// The fields at an arena's beginning. All zeros, but for the heap's address, is an arena without pools.
#[repr(C)]
pub(crate) struct Arena {
    /// Read by every `Heap::of`, so it comes first.
    pub(crate) heap: Cell<*const Heap>,
    all: Links<ArenaPtr>,
    /// The last epoch in which a pool of the tracked kind received a block.
    pub(crate) tracked_epoch: Cell<u32>,
    bucket: Links<ArenaPtr>,
    young_links: Links<ArenaPtr>,
    /// Bytes mapped: an arena's size, or another for a block with a mapping of its own.
    pub(crate) mapped: Cell<usize>,
    /// The free pools.
    pub(crate) free: Cell<u64>,
    /// The free pools that hold no memory.
    pub(crate) clean: Cell<u64>,
    /// The pools, and first pools of runs, in use for each kind.
    pub(crate) heads: [Cell<u64>; 3],
    /// Those pools of the tracked kind that received a block in this epoch.
    pub(crate) young: Cell<u64>,
    pub(crate) is_listed_young: Cell<bool>,
    /// Whether this is the mapping of one huge block.
    pub(crate) is_huge: Cell<bool>,
    /// Pools that the collector has flagged; those of pools that are free, or of another kind by now, mean nothing.
    pub(crate) flags: [Cell<u64>; 2],
    /// Whether huge pages were asked for.
    has_huge_pages: Cell<bool>,
    /// The last epoch in which each pool received a block.
    pub(crate) epochs: [Cell<u32>; POOLS],
}

/// The address of a mapped arena.
///
/// Invariant: whoever holds one outside of a call knows that the arena is still mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct ArenaPtr(NonNull<Arena>);

impl std::ops::Deref for ArenaPtr {
    type Target = Arena;
    #[inline(always)]
    fn deref(&self) -> &Arena {
        // SAFETY: the type's invariant.
        unsafe { self.0.as_ref() }
    }
}

/// The list of all arenas, those of huge blocks included.
pub(crate) struct All;
/// The lists of arenas with equally many free pools.
pub(crate) struct ByFree;
/// The list of arenas with young pools.
pub(crate) struct Young;

impl Node<All> for ArenaPtr {
    fn links(&self) -> &Links<Self> {
        // SAFETY: the type's invariant.
        unsafe { &self.0.as_ref().all }
    }
}
impl Node<ByFree> for ArenaPtr {
    fn links(&self) -> &Links<Self> {
        // SAFETY: the type's invariant.
        unsafe { &self.0.as_ref().bucket }
    }
}
impl Node<Young> for ArenaPtr {
    fn links(&self) -> &Links<Self> {
        // SAFETY: the type's invariant.
        unsafe { &self.0.as_ref().young_links }
    }
}

impl ArenaPtr {
    #[inline(always)]
    pub(crate) fn new(arena: NonNull<Arena>) -> Self {
        Self(arena)
    }

    /// The arena that `block` lies in.
    ///
    /// # Safety
    /// `block` must be a block of a heap.
    #[inline(always)]
    pub(crate) unsafe fn of(block: NonNull<u8>) -> Self {
        let base = block
            .as_ptr()
            .map_addr(|address| address & !(ARENA_SIZE - 1));
        // SAFETY: arenas are aligned to their size and none is at zero (H1); a block begins in its arena's first MiB.
        Self(unsafe { NonNull::new_unchecked(base.cast::<Arena>()) })
    }

    #[inline(always)]
    pub(crate) fn base(self) -> NonNull<u8> {
        self.0.cast()
    }

    /// Whether this is the mapping of one huge block.
    pub(crate) fn is_huge(self) -> bool {
        self.is_huge.get()
    }

    pub(crate) fn free_count(self) -> usize {
        self.free.get().count_ones() as usize
    }

    /// The pools, and first pools of runs, in use for any kind.
    pub(crate) fn all_heads(self) -> u64 {
        self.heads.iter().fold(0, |all, heads| all | heads.get())
    }

    /// Bytes of memory that the system may have given for this mapping, were no page dormant.
    pub(crate) fn committed(self) -> usize {
        if self.is_huge() {
            self.mapped.get()
        } else {
            (POOLS - self.clean.get().count_ones() as usize) * POOL_SIZE
        }
    }

    /// The pools and first pools of runs whose bits are set.
    pub(crate) fn pools(self, bits: u64) -> impl Iterator<Item = PoolPtr> {
        ones(bits).map(move |index| PoolPtr::in_arena(self, index))
    }
}

/// The positions of the ones in `bits`, lowest first.
pub(crate) fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let index = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        (index < 64).then_some(index)
    })
}

/// The bits `index .. index + len`.
pub(crate) fn run_mask(index: usize, len: usize) -> u64 {
    debug_assert!(len >= 1 && index + len <= 64);
    (u64::MAX >> (64 - len)) << index
}

/// Where the lowest run of `len` ones begins.
fn find_run(bits: u64, len: usize) -> Option<usize> {
    let mut starts = bits;
    let mut covered = 1;
    while covered < len {
        let step = covered.min(len - covered);
        starts &= starts >> step;
        covered += step;
    }
    (starts != 0).then(|| starts.trailing_zeros() as usize)
}

/// What the heap has from the system, and how much it may have.
pub(crate) struct Ledger {
    /// The most that may be committed; `usize::MAX` for no limit.
    pub(crate) limit: Cell<usize>,
    pub(crate) committed: Cell<usize>,
    pub(crate) committed_peak: Cell<usize>,
    pub(crate) reserved: Cell<usize>,
}

impl Ledger {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self {
            limit: Cell::new(limit.unwrap_or(usize::MAX)),
            committed: Cell::new(0),
            committed_peak: Cell::new(0),
            reserved: Cell::new(0),
        }
    }

    /// Takes `bytes` into account before they are touched.
    pub(crate) fn commit(&self, bytes: usize) -> Result<(), OutOfMemory> {
        let committed = self.committed.get().checked_add(bytes).ok_or(OutOfMemory)?;
        if committed > self.limit.get() {
            return Err(OutOfMemory);
        }
        self.committed.set(committed);
        self.committed_peak
            .set(self.committed_peak.get().max(committed));
        Ok(())
    }

    pub(crate) fn uncommit(&self, bytes: usize) {
        self.committed.set(self.committed.get() - bytes);
    }
}

/// All arenas of a heap.
pub(crate) struct Arenas {
    pub(crate) all: List<ArenaPtr, All>,
    /// Arenas with n free pools, for n from 1 to 64, at n - 1.
    pub(crate) buckets: [List<ArenaPtr, ByFree>; POOLS],
    /// Which buckets have arenas.
    occupied: Cell<u64>,
    pub(crate) young: List<ArenaPtr, Young>,
    /// Free pools that hold memory and could give it back, so without any pool 0.
    pub(crate) dirty: Cell<usize>,
    /// Pools in use, those of runs included.
    pub(crate) used: Cell<usize>,
    /// Arenas without a pool in use.
    pub(crate) empty: Cell<usize>,
    /// Where the collector's walk in slices stands.
    pub(crate) sliced_walk: Cell<Position>,
    /// Where looking for unused pages stands.
    pub(crate) tidying: Cell<Position>,
    pub(crate) ledger: Ledger,
    /// The unit in which the system takes and gives memory.
    pub(crate) page_size: usize,
}

/// Free pools that keep their memory in any case: 1 MiB.
const DIRTY_MIN: usize = 64;
/// From how many pools in use on arenas come in pairs that share a huge page: 16 MiB.
const HUGE_PAGES_FROM: usize = 16 * POOLS;
/// In how many arenas a run of pools is looked for before a new arena is taken.
const RUN_TRIES: usize = 16;
const ALL_FREE: u64 = u64::MAX;
/// The pool that shares its memory with the arena's fields: never clean, and never part of a run.
const POOL_0: u64 = 1;

impl Arenas {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self {
            all: List::new(),
            buckets: [const { List::new() }; POOLS],
            occupied: Cell::new(0),
            young: List::new(),
            dirty: Cell::new(0),
            used: Cell::new(0),
            empty: Cell::new(0),
            sliced_walk: Cell::default(),
            tidying: Cell::default(),
            ledger: Ledger::new(limit),
            page_size: os::page_size(),
        }
    }

    /// Writes the fields of an arena without pools to a mapping of `size` bytes that is accounted for.
    pub(crate) fn add_mapping(
        &self,
        heap: *const Heap,
        base: NonNull<u8>,
        size: usize,
    ) -> ArenaPtr {
        let arena = ArenaPtr(base.cast());
        arena.heap.set(heap);
        arena.mapped.set(size);
        self.ledger.reserved.set(self.ledger.reserved.get() + size);
        self.all.push_back(arena);
        arena
    }

    /// Returns a mapping to the system; nothing in it is in use.
    pub(crate) fn unmap(&self, arena: ArenaPtr) {
        self.forget_position(arena);
        self.all.remove(arena);
        self.unlist_young(arena);
        let size = arena.mapped.get();
        self.ledger.uncommit(arena.committed());
        self.ledger.reserved.set(self.ledger.reserved.get() - size);
        // SAFETY: no block lies there, and no list knows the arena any more.
        unsafe { os::unmap(arena.base(), size) };
    }

    /// A new arena with all its pools free; in a large heap, the first of two that share a huge page.
    fn add_arena(&self, heap: *const Heap) -> Result<ArenaPtr, OutOfMemory> {
        if self.uses_huge_pages()
            && let Ok(arena) = self.add_huge_page(heap)
        {
            return Ok(arena);
        }
        self.ledger.commit(POOL_SIZE)?;
        let base =
            os::reserve(ARENA_SIZE, ARENA_SIZE).inspect_err(|_| self.ledger.uncommit(POOL_SIZE))?;
        Ok(self.add_arena_at(heap, base, ALL_FREE & !POOL_0))
    }

    /// Whether new arenas come in pairs that share a huge page.
    ///
    /// A huge page is in memory as a whole once a byte of it is touched. So only heaps take them of which
    /// two more arenas are a small part.
    fn uses_huge_pages(&self) -> bool {
        self.used.get() >= HUGE_PAGES_FROM && os::has_huge_pages()
    }

    fn add_huge_page(&self, heap: *const Heap) -> Result<ArenaPtr, OutOfMemory> {
        self.ledger.commit(2 * ARENA_SIZE)?;
        let base = os::reserve(2 * ARENA_SIZE, 2 * ARENA_SIZE)
            .inspect_err(|_| self.ledger.uncommit(2 * ARENA_SIZE))?;
        // SAFETY: the second arena begins in the mapping just made.
        unsafe {
            os::advise_huge_pages(base, 2 * ARENA_SIZE, true);
            let second = self.add_arena_at(heap, base.add(ARENA_SIZE), 0);
            let first = self.add_arena_at(heap, base, 0);
            first.has_huge_pages.set(true);
            second.has_huge_pages.set(true);
            Ok(first)
        }
    }

    /// Makes an arena of mapped memory that is accounted for but for its `clean` pools.
    fn add_arena_at(&self, heap: *const Heap, base: NonNull<u8>, clean: u64) -> ArenaPtr {
        let arena = self.add_mapping(heap, base, ARENA_SIZE);
        arena.free.set(ALL_FREE);
        arena.clean.set(clean);
        let dirty = (!clean & !POOL_0).count_ones() as usize;
        self.dirty.set(self.dirty.get() + dirty);
        self.empty.set(self.empty.get() + 1);
        self.list(arena);
        arena
    }

    /// Gives an arena without a pool in use back to the system.
    fn remove_arena(&self, arena: ArenaPtr) {
        debug_assert_eq!(arena.free.get(), ALL_FREE);
        self.unlist(arena, POOLS);
        self.dirty
            .set(self.dirty.get() - (!arena.clean.get() & !POOL_0).count_ones() as usize);
        self.empty.set(self.empty.get() - 1);
        self.unmap(arena);
    }

    fn list(&self, arena: ArenaPtr) {
        if let Some(bucket) = arena.free_count().checked_sub(1) {
            self.buckets[bucket].push_front(arena);
            self.occupied.set(self.occupied.get() | 1 << bucket);
        }
    }

    fn unlist(&self, arena: ArenaPtr, free_count: usize) {
        if let Some(bucket) = free_count.checked_sub(1) {
            self.buckets[bucket].remove(arena);
            if self.buckets[bucket].head().is_none() {
                self.occupied.set(self.occupied.get() & !(1 << bucket));
            }
        }
    }

    /// Marks the pools of `mask` as free or used and keeps the lists and counts in step.
    fn set_free(&self, arena: ArenaPtr, mask: u64, is_free: bool) {
        let count = mask.count_ones() as usize;
        let dirty = (mask & !arena.clean.get() & !POOL_0).count_ones() as usize;
        self.unlist(arena, arena.free_count());
        if is_free {
            arena.free.set(arena.free.get() | mask);
            self.dirty.set(self.dirty.get() + dirty);
            self.used.set(self.used.get() - count);
        } else {
            if arena.free.get() == ALL_FREE {
                self.empty.set(self.empty.get() - 1);
            }
            arena.free.set(arena.free.get() & !mask);
            arena.clean.set(arena.clean.get() & !mask);
            self.dirty.set(self.dirty.get() - dirty);
            self.used.set(self.used.get() + count);
        }
        self.list(arena);
    }

    /// A free pool of the fullest arena that has one; else of a new arena.
    ///
    /// # Errors
    /// The limit, or no memory, with nothing changed.
    pub(crate) fn take_pool(&self, heap: *const Heap) -> Result<PoolPtr, OutOfMemory> {
        let fullest = self
            .buckets
            .get(self.occupied.get().trailing_zeros() as usize);
        let arena = match fullest.and_then(List::head) {
            Some(arena) => arena,
            None => self.add_arena(heap)?,
        };
        let dirty = arena.free.get() & !arena.clean.get();
        if dirty != 0 {
            return Ok(self.take(arena, dirty));
        }
        match self.ledger.commit(POOL_SIZE) {
            Ok(()) => Ok(self.take(arena, arena.free.get())),
            Err(error) => self.take_dirty_pool().ok_or(error),
        }
    }

    /// Takes the lowest of the pools given.
    fn take(&self, arena: ArenaPtr, candidates: u64) -> PoolPtr {
        let index = candidates.trailing_zeros() as usize;
        let pool = PoolPtr::in_arena(arena, index);
        self.set_free(arena, 1 << index, false);
        pool
    }

    /// A free pool that already holds memory, wherever it is; only looked for at the limit.
    fn take_dirty_pool(&self) -> Option<PoolPtr> {
        let arena = self
            .arenas()
            .find(|arena| arena.free.get() & !arena.clean.get() != 0)?;
        Some(self.take(arena, arena.free.get() & !arena.clean.get()))
    }

    /// A run of `len` free pools in an arena that has one, fuller arenas first; else in a new arena.
    ///
    /// # Errors
    /// The limit, or no memory, with nothing changed.
    pub(crate) fn take_run(&self, heap: *const Heap, len: usize) -> Result<PoolPtr, OutOfMemory> {
        debug_assert!((1..POOLS).contains(&len));
        let found = self.buckets[len - 1..]
            .iter()
            .flat_map(List::iter)
            .take(RUN_TRIES)
            .find_map(|arena| Some((arena, find_run(arena.free.get() & !POOL_0, len)?)));
        let (arena, index) = match found {
            Some(found) => found,
            None => (self.add_arena(heap)?, 1),
        };
        let mask = run_mask(index, len);
        let clean = (arena.clean.get() & mask).count_ones() as usize;
        if let Err(error) = self.ledger.commit(clean * POOL_SIZE) {
            if found.is_none() {
                self.remove_arena(arena);
            }
            return Err(error);
        }
        self.take_run_at(arena, mask);
        Ok(PoolPtr::in_arena(arena, index))
    }

    /// Takes `more` pools behind a run of `len`, if they are free and the limit allows.
    pub(crate) fn extend_run(&self, first: PoolPtr, len: usize, more: usize) -> bool {
        let arena = first.arena();
        let end = first.index() + len;
        if end + more > POOLS {
            return false;
        }
        let mask = run_mask(end, more);
        if arena.free.get() & mask != mask {
            return false;
        }
        let clean = (arena.clean.get() & mask).count_ones() as usize;
        if self.ledger.commit(clean * POOL_SIZE).is_err() {
            return false;
        }
        self.take_run_at(arena, mask);
        true
    }

    fn take_run_at(&self, arena: ArenaPtr, mask: u64) {
        self.set_free(arena, mask, false);
        // What the headers say of small blocks no longer holds once the large one is written.
        arena.pools(mask).for_each(PoolPtr::unformat);
    }

    /// Makes `len` pools from `index` on free. They keep their memory for now, unless some of it is gone already.
    pub(crate) fn free_pools(&self, arena: ArenaPtr, index: usize, len: usize) {
        let mask = run_mask(index, len);
        for pool in arena.pools(mask) {
            pool.state.set(State::Free);
        }
        self.set_free(arena, mask, true);
        if arena.free.get() == ALL_FREE {
            self.empty.set(self.empty.get() + 1);
        }
        let pool = PoolPtr::in_arena(arena, index);
        if pool.dormant.get() != 0 {
            self.ledger.uncommit(POOL_SIZE - pool.dormant_bytes());
            self.give_back(arena, arena.base(), POOL_SIZE, mask);
            self.set_clean(arena, mask);
        }
    }

    /// Gives memory of free pools back if many hold some; whether it did.
    pub(crate) fn decommit_excess(&self) -> bool {
        let is_excess = self.dirty.get() > self.dirty_max();
        if is_excess {
            self.decommit_down_to(self.dirty_max() / 2);
        }
        is_excess && self.page_size <= POOL_SIZE
    }

    /// How many free pools may keep their memory: a sixteenth of those in use, and at least 1 MiB.
    ///
    /// And a huge page, which is there before its pools are used.
    fn dirty_max(&self) -> usize {
        let ahead = if self.uses_huge_pages() { 2 * POOLS } else { 0 };
        (self.used.get() / 16).max(DIRTY_MIN) + ahead
    }

    /// Gives memory of free pools back, from the emptiest arenas first, until at most `keep` hold some.
    pub(crate) fn decommit_down_to(&self, keep: usize) {
        for bucket in self.buckets.iter().rev() {
            for arena in bucket.iter() {
                if self.dirty.get() <= keep {
                    return;
                }
                self.decommit_arena(arena);
            }
        }
    }

    /// Gives back the memory of an arena's free pools, but for pool 0, which holds the headers.
    fn decommit_arena(&self, arena: ArenaPtr) {
        if self.page_size > POOL_SIZE {
            return; // a page holds several pools
        }
        let dirty = arena.free.get() & !arena.clean.get() & !POOL_0;
        if dirty != 0 {
            self.ledger
                .uncommit(dirty.count_ones() as usize * POOL_SIZE);
            self.give_back(arena, arena.base(), POOL_SIZE, dirty);
            self.set_clean(arena, dirty);
        }
    }

    /// Notes that free pools no longer hold memory.
    fn set_clean(&self, arena: ArenaPtr, mask: u64) {
        self.dirty
            .set(self.dirty.get() - mask.count_ones() as usize);
        arena.clean.set(arena.clean.get() | mask);
        arena.pools(mask).for_each(PoolPtr::unformat);
    }

    /// Gives the memory of units of `unit` bytes behind `base` back whose bits are set; nothing is accounted for.
    pub(crate) fn give_back(
        &self,
        arena: ArenaPtr,
        base: NonNull<u8>,
        unit: usize,
        mut units: u64,
    ) {
        // SAFETY: the arena is mapped, and what the caller names is not needed.
        unsafe {
            if arena.has_huge_pages.replace(false) {
                // Or the system would fill the holes with memory again, sooner or later.
                os::advise_huge_pages(arena.base(), ARENA_SIZE, false);
            }
            while units != 0 {
                let index = units.trailing_zeros() as usize;
                let len = (!(units >> index)).trailing_zeros() as usize;
                os::decommit(base.add(index * unit), len * unit);
                units &= !run_mask(index, len);
            }
        }
    }

    /// Returns all empty arenas but `keep` to the system.
    pub(crate) fn remove_empty(&self, keep: usize) {
        while self.empty.get() > keep {
            let Some(arena) = self.buckets[POOLS - 1].tail() else {
                return;
            };
            self.remove_arena(arena);
        }
    }

    /// The arenas that hold pools.
    pub(crate) fn arenas(&self) -> impl Iterator<Item = ArenaPtr> {
        self.all.iter().filter(|arena| !arena.is_huge())
    }

    /// Notes that a pool of the tracked kind gets blocks in this epoch.
    pub(crate) fn mark_young(&self, pool: PoolPtr, epoch: u32) {
        let arena = pool.arena();
        arena.tracked_epoch.set(epoch);
        arena.young.set(arena.young.get() | pool.bit());
        if !arena.is_listed_young.get() {
            arena.is_listed_young.set(true);
            self.young.push_front(arena);
        }
    }

    pub(crate) fn unmark_young(&self, pool: PoolPtr) {
        let arena = pool.arena();
        arena.young.set(arena.young.get() & !pool.bit());
    }

    fn unlist_young(&self, arena: ArenaPtr) {
        arena.young.set(0);
        if arena.is_listed_young.replace(false) {
            self.young.remove(arena);
        }
    }

    /// Makes every pool old.
    pub(crate) fn forget_young(&self) {
        while let Some(arena) = self.young.head() {
            self.unlist_young(arena);
        }
    }

    /// Unmaps everything.
    pub(crate) fn clear(&self) {
        while let Some(arena) = self.all.head() {
            self.all.remove(arena);
            // SAFETY: the heap ends, and nothing uses its blocks.
            unsafe { os::unmap(arena.base(), arena.mapped.get()) };
        }
    }
}

const _: () = assert!(large::RUN_MAX < POOLS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_run_is_found() {
        assert_eq!(find_run(0b1011_0111, 3), Some(0));
        assert_eq!(find_run(0b1011_0110, 3), None);
        assert_eq!(find_run(0b1110_0110, 3), Some(5));
        assert_eq!(find_run(u64::MAX, 64), Some(0));
        assert_eq!(find_run(u64::MAX << 1, 63), Some(1));
        assert_eq!(find_run(0, 1), None);
    }

    #[test]
    fn masks_cover_their_run() {
        assert_eq!(run_mask(0, 64), u64::MAX);
        assert_eq!(run_mask(63, 1), 1 << 63);
        assert_eq!(run_mask(4, 3), 0b111_0000);
        assert_eq!(ones(0b1010).collect::<Vec<_>>(), [1, 3]);
    }
}
