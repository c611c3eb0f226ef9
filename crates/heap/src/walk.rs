//! Walking the pools and blocks of a kind: all, those that got blocks in this epoch, or a slice at a time.
//!
//! While a walk is under way, blocks may be allocated and released: pools that become empty, arenas and mappings
//! stay until the walk ends. A block allocated meanwhile may be seen or not.

use crate::arena::{All, ArenaPtr, Arenas};
use crate::list::Node;
use crate::pool::PoolPtr;
use crate::side::Side;
use crate::{Heap, Kind, OutOfMemory};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// A pool with blocks of one size, or a large block, as a walk shows it.
#[derive(Clone, Copy)]
pub struct PoolRef<'w> {
    pool: PoolPtr,
    front: usize,
    overhead: usize,
    walk: PhantomData<&'w Heap>,
}

impl<'w> PoolRef<'w> {
    fn new(heap: &'w Heap, pool: PoolPtr) -> Self {
        Self {
            pool,
            front: heap.zeal.front(),
            overhead: heap.zeal.overhead(),
            walk: PhantomData,
        }
    }

    /// The kind of the pool's blocks.
    #[inline]
    pub fn kind(&self) -> Kind {
        self.pool.kind.get()
    }

    /// Whether this is one large block.
    #[inline]
    pub fn is_large(&self) -> bool {
        self.pool.is_large()
    }

    /// How many bytes each block can hold.
    #[inline]
    pub fn block_size(&self) -> usize {
        if self.is_large() {
            self.pool.large_size()
        } else {
            self.pool.class().block_size()
        }
    }

    /// How many blocks there is room for.
    #[inline]
    pub fn capacity(&self) -> usize {
        if self.is_large() {
            1
        } else {
            usize::from(self.pool.capacity.get())
        }
    }

    /// The last epoch in which the pool received a block: none in it is younger.
    #[inline]
    pub fn epoch(&self) -> u32 {
        self.pool.arena().epochs[self.pool.index()].get()
    }

    /// One number per block, in order of the blocks, if such numbers were asked for.
    #[inline]
    pub fn side(&self, side: Side) -> Option<&'w [Cell<u32>]> {
        // SAFETY: the array lives as long as the pool, which lives as long as the walk.
        crate::side::side_of(self.pool, side).map(|array| unsafe { array.as_ref() })
    }

    /// The number of the block at `address` in the pool: its place in [`side`](Self::side).
    #[inline]
    pub fn index_of(&self, block: NonNull<u8>) -> usize {
        if self.is_large() {
            0
        } else {
            self.pool.block_index(block.addr().get())
        }
    }

    /// How many blocks may be in use: those beyond were never handed out.
    #[inline]
    pub fn slots(&self) -> usize {
        if self.is_large() {
            1
        } else {
            usize::from(self.pool.carved.get())
        }
    }

    /// Where block number `index` begins, as it was handed out.
    pub(crate) fn block(&self, index: usize) -> NonNull<u8> {
        let block = if self.is_large() {
            self.pool.large_block()
        } else {
            self.pool.block(index)
        };
        // SAFETY: a block is longer than its fence.
        unsafe { block.add(self.front) }
    }

    /// Bytes asked for in the block that has this number of the tracer.
    pub(crate) fn size_of(&self, number: &Cell<u32>) -> usize {
        if self.is_large() {
            self.pool.large_size() - self.overhead
        } else {
            usize::from(crate::side::size_beside(self.pool, number).get())
        }
    }

    /// Where an object in the first block is, if there is one; the next is [`block_size`](Self::block_size) further on.
    ///
    /// An object is there if its second word is not null; that word of each of the [`slots`](Self::slots) may be read.
    /// Not for [`Kind::Buffer`].
    #[inline]
    pub fn first_slot(&self) -> NonNull<u8> {
        debug_assert_ne!(
            self.kind(),
            Kind::Buffer,
            "only objects can be told from free blocks"
        );
        let block = if self.is_large() {
            self.pool.large_block()
        } else if self.slots() == 0 {
            self.pool.base()
        } else {
            self.pool.block(0)
        };
        // SAFETY: a block is longer than its fence.
        unsafe { block.add(self.front) }
    }

    /// One number per block, all 0 if there were none yet; that of a large block stays what it is.
    ///
    /// # Errors
    /// The limit, or no memory.
    pub fn make_side(&self, side: Side) -> Result<&'w [Cell<u32>], OutOfMemory> {
        if self.side(side).is_none() {
            // SAFETY: the pool's arena is mapped, and names its heap (H1).
            unsafe { &*self.pool.arena().heap.get() }.make_side(self.pool, side)?;
        }
        Ok(self.side(side).expect("just made"))
    }

    /// Forgets the numbers of the pool's blocks; that of a large block becomes 0.
    ///
    /// # Safety
    /// No reference from [`side`](Self::side) or [`make_side`](Self::make_side) is used after this.
    pub unsafe fn drop_side(&self, side: Side) {
        // SAFETY: the pool's arena is mapped, and names its heap (H1).
        unsafe { &*self.pool.arena().heap.get() }.drop_side_of(self.pool, side);
    }

    /// Whether the pool has this flag.
    pub fn is_flagged(&self, flag: PoolFlag) -> bool {
        self.pool.arena().flags[flag as usize].get() & self.pool.bit() != 0
    }

    /// Gives the pool a flag, or takes it away.
    pub fn set_flag(&self, flag: PoolFlag, is_set: bool) {
        let flags = &self.pool.arena().flags[flag as usize];
        let others = flags.get() & !self.pool.bit();
        flags.set(if is_set {
            others | self.pool.bit()
        } else {
            others
        });
    }

    /// The pool's objects: blocks whose second word is not null. Not for [`Kind::Buffer`].
    #[inline]
    pub fn objects(&self) -> impl Iterator<Item = NonNull<u8>> + use<'w> {
        let (first, step) = (self.first_slot(), self.block_size());
        (0..self.slots())
            // SAFETY: that many blocks lie in the pool.
            .map(move |index| unsafe { first.add(index * step) })
            // SAFETY: H3: the second word of a block of objects is always initialized.
            .filter(|block| unsafe { !block.add(8).cast::<*const ()>().read().is_null() })
    }
}

impl std::fmt::Debug for PoolRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoolRef")
            .field("kind", &self.kind())
            .field("block_size", &self.block_size())
            .field("capacity", &self.capacity())
            .finish_non_exhaustive()
    }
}

/// Keeps what walks stand on.
struct Walking<'h>(&'h Heap);

impl<'h> Walking<'h> {
    fn new(heap: &'h Heap) -> Self {
        heap.walking.set(heap.walking.get() + 1);
        Self(heap)
    }
}

impl Drop for Walking<'_> {
    fn drop(&mut self) {
        let walking = self.0.walking.get() - 1;
        self.0.walking.set(walking);
        if walking == 0 && self.0.ended.head().is_some() {
            self.0.free_ended();
        }
    }
}

/// A walk under way, for passes over several pools: as long as it lives, the pools that it shows stay.
pub struct Walk<'h>(Walking<'h>);

impl Walk<'_> {
    /// Every pool of a kind, and every large block, but for those that lie in memory mapped meanwhile.
    pub fn pools(&self, kind: Kind) -> impl Iterator<Item = PoolRef<'_>> {
        let heap = self.0.0;
        heap.arenas
            .all_until_now()
            .flat_map(move |arena| arena.pools(arena.heads[kind as usize].get()))
            .map(|pool| PoolRef::new(heap, pool))
    }

    /// The pools and large blocks of [`Kind::Tracked`] that received a block in this epoch.
    ///
    /// The cost does not depend on how much else is on the heap.
    pub fn young_pools(&self) -> impl Iterator<Item = PoolRef<'_>> {
        let heap = self.0.0;
        heap.arenas
            .young
            .iter()
            .flat_map(|arena| arena.pools(arena.young.get()))
            .map(|pool| PoolRef::new(heap, pool))
    }
}

impl Walk<'_> {
    /// The pools and large blocks of [`Kind::Tracked`] that received a block in this epoch or a later one.
    ///
    /// Looks at every arena, but no further into those without such pools.
    pub fn pools_since(&self, epoch: u32) -> impl Iterator<Item = PoolRef<'_>> {
        let heap = self.0.0;
        heap.arenas
            .all_until_now()
            .filter(move |arena| arena.tracked_epoch.get() >= epoch)
            .flat_map(|arena| arena.pools(arena.heads[Kind::Tracked as usize].get()))
            .map(|pool| PoolRef::new(heap, pool))
            .filter(move |pool| pool.epoch() >= epoch)
    }
}

/// What a collector that works in slices notes about a pool of [`Kind::Tracked`], until the pool is free.
///
/// A new pool may have a flag left over from an earlier one in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PoolFlag {
    /// Something is left to do.
    Work = 0,
    /// Something was found.
    Found = 1,
}

impl Walk<'_> {
    /// The pools and large blocks of [`Kind::Tracked`] with a flag. Those that get it meanwhile may be missing.
    pub fn flagged_pools(&self, flag: PoolFlag) -> impl Iterator<Item = PoolRef<'_>> {
        let heap = self.0.0;
        let arenas = heap.arenas.all.iter();
        arenas
            .flat_map(move |arena| {
                let tracked = arena.heads[Kind::Tracked as usize].get();
                arena.pools(tracked & arena.flags[flag as usize].get())
            })
            .map(|pool| PoolRef::new(heap, pool))
    }
}

impl Heap {
    /// Flags every pool of [`Kind::Tracked`], or of those the ones that have another flag; takes the flag from others.
    pub fn flag_pools(&self, flag: PoolFlag, like: Option<PoolFlag>) {
        for arena in self.arenas.all.iter() {
            let like = like.map_or(u64::MAX, |like| arena.flags[like as usize].get());
            let tracked = arena.heads[Kind::Tracked as usize].get();
            arena.flags[flag as usize].set(tracked & like);
        }
    }

    /// Flags the pool that a block lies in.
    ///
    /// # Safety
    /// `block` is a live block of a heap.
    #[inline]
    pub unsafe fn flag_pool_of(block: NonNull<u8>, flag: PoolFlag) {
        // SAFETY: the caller has a block.
        let pool = unsafe { PoolPtr::of(block) };
        let flags = &pool.arena().flags[flag as usize];
        flags.set(flags.get() | pool.bit());
    }
}

impl std::fmt::Debug for Walk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Walk").field(self.0.0).finish()
    }
}

/// Where a walk in slices stands: the next pool to look at, and the arena that it ends with.
#[derive(Clone, Copy, Default)]
pub(crate) struct Position {
    arena: Option<ArenaPtr>,
    index: u32,
    last: Option<ArenaPtr>,
}

impl Position {
    /// The first pool of the arena after `arena`, which is the current one.
    fn beyond(self, arena: ArenaPtr) -> Self {
        let arena = Node::<All>::next(&arena).filter(|_| self.last != Some(arena));
        Self {
            arena,
            index: 0,
            ..self
        }
    }

    /// Whether the walk has come to its end, or never began.
    pub(crate) fn is_at_end(self) -> bool {
        self.arena.is_none()
    }

    /// The same with an arena that goes away replaced by its neighbours.
    fn without(mut self, arena: ArenaPtr) -> Self {
        if self.arena == Some(arena) {
            self = self.beyond(arena);
        }
        if self.last == Some(arena) {
            self.last = Node::<All>::prev(&arena);
        }
        self
    }

    /// The same with an arena replaced by where it is now.
    fn relocated(mut self, old: ArenaPtr, new: ArenaPtr) -> Self {
        for known in [&mut self.arena, &mut self.last] {
            if *known == Some(old) {
                *known = Some(new);
            }
        }
        self
    }
}

impl Heap {
    /// Begins a walk that shows pools one by one.
    pub fn walk(&self) -> Walk<'_> {
        Walk(Walking::new(self))
    }

    /// Shows every pool of a kind, and every large block.
    pub fn for_each_pool(&self, kind: Kind, visit: impl FnMut(PoolRef<'_>)) {
        self.walk().pools(kind).for_each(visit);
    }

    /// Shows every object of a kind: the blocks whose second word is not null.
    pub fn for_each_object(&self, kind: Kind, mut visit: impl FnMut(NonNull<u8>)) {
        self.for_each_pool(kind, |pool| pool.objects().for_each(&mut visit));
    }

    /// Shows the pools and large blocks of [`Kind::Tracked`] that received a block in this epoch.
    pub fn for_each_young_pool(&self, visit: impl FnMut(PoolRef<'_>)) {
        self.walk().young_pools().for_each(visit);
    }

    /// The number of the current epoch: how often [`next_epoch`](Self::next_epoch) was called.
    pub fn epoch(&self) -> u32 {
        self.epoch.get()
    }

    /// Begins an epoch: no pool is young until it receives a block.
    ///
    /// A walk over young pools that is under way ends early.
    pub fn next_epoch(&self) {
        self.epoch.set(self.epoch.get().wrapping_add(1));
        self.arenas.forget_young();
        self.park();
    }

    /// Makes the walk in slices begin at the first pool again.
    pub fn restart_sliced_walk(&self) {
        self.arenas.sliced_walk.set(self.arenas.first_position());
    }

    /// Shows the next pools and large blocks of [`Kind::Tracked`], until `visit` says `false`; whether any may be
    /// left.
    ///
    /// Between slices the heap may change in any way. Every pool that is there from
    /// [`restart_sliced_walk`](Self::restart_sliced_walk) to the end of the walk is shown exactly once; one that
    /// comes meanwhile may be shown or not.
    pub fn walk_slice(&self, mut visit: impl FnMut(PoolRef<'_>) -> bool) -> bool {
        let _walking = Walking::new(self);
        let tracked = |arena: ArenaPtr| arena.heads[Kind::Tracked as usize].get();
        while let Some(pool) = Arenas::next_pool(&self.arenas.sliced_walk, tracked) {
            if !visit(PoolRef::new(self, pool)) {
                return true;
            }
        }
        false
    }
}

impl Arenas {
    /// All arenas but those that are mapped from now on.
    fn all_until_now(&self) -> impl Iterator<Item = ArenaPtr> + use<> {
        let last = self.all.tail();
        let mut is_done = false;
        self.all
            .iter()
            .take_while(move |&arena| !std::mem::replace(&mut is_done, Some(arena) == last))
    }

    /// Where a walk in slices begins.
    pub(crate) fn first_position(&self) -> Position {
        Position {
            arena: self.all.head(),
            index: 0,
            last: self.all.tail(),
        }
    }

    /// The next pool, of those that `select` names in each arena, of the walk that stands at `position`.
    pub(crate) fn next_pool(
        position: &Cell<Position>,
        select: impl Fn(ArenaPtr) -> u64,
    ) -> Option<PoolPtr> {
        loop {
            let here = position.get();
            let arena = here.arena?;
            let rest = u64::MAX.checked_shl(here.index).unwrap_or(0);
            match arena.pools(select(arena) & rest).next() {
                Some(pool) => {
                    position.set(Position {
                        index: pool.index() as u32 + 1,
                        ..here
                    });
                    return Some(pool);
                }
                None => position.set(here.beyond(arena)),
            }
        }
    }

    /// Moves walks in slices on if they know an arena that goes away.
    pub(crate) fn forget_position(&self, arena: ArenaPtr) {
        for position in [&self.sliced_walk, &self.tidying] {
            position.set(position.get().without(arena));
        }
    }

    /// Tells everybody who knows the arena of a huge block its new address; the old one is unmapped already.
    pub(crate) fn relocate(&self, old: ArenaPtr, new: ArenaPtr) {
        for position in [&self.sliced_walk, &self.tidying] {
            position.set(position.get().relocated(old, new));
        }
        self.all.replace(old, new);
        if new.is_listed_young.get() {
            self.young.replace(old, new);
        }
    }
}
