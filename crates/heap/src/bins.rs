//! Which pool a block is taken from, and where a pool goes when its last block is taken or released.
//!
//! ```text
//!            attach                 no room                  an eighth released
//!   free ─────────────▶ current ─────────────▶ full ─────────────────────────┐
//!    ▲                     ▲                                                 ▼
//!    │                     └──────────────── attach ───────────────────── partial
//!    └───────────────────────── all blocks released ─────────────────────────┘
//! ```

use crate::arena::{ArenaPtr, POOL_0_FIRST};
use crate::list::List;
use crate::pool::{ByUse, NEVER, PoolPtr, State};
use crate::size_class::SizeClass;
use crate::{Heap, Kind, OutOfMemory};
use std::cell::Cell;
use std::ptr::NonNull;

/// How many pools are looked at for unused pages whenever memory of free pools is given back.
const TIDY_POOLS: usize = 16;

/// The pools of one kind and class that have room.
pub(crate) struct Bin {
    /// The pool that blocks are taken from.
    pub(crate) attached: Cell<Option<PoolPtr>>,
    /// The others.
    pub(crate) partial: List<PoolPtr, ByUse>,
}

impl Bin {
    pub(crate) const fn new() -> Self {
        Self {
            attached: Cell::new(None),
            partial: List::new(),
        }
    }
}

/// Taking blocks.
impl Heap {
    fn bin(&self, kind: Kind, class: SizeClass) -> &Bin {
        &self.bins[kind as usize][class.index()]
    }

    fn bin_of(&self, pool: PoolPtr) -> &Bin {
        self.bin(pool.kind.get(), pool.class())
    }

    /// The pool that blocks of this kind and class are taken from.
    pub(crate) fn attached(&self, kind: Kind, class: SizeClass) -> Option<PoolPtr> {
        self.bin(kind, class).attached.get()
    }

    /// The listed pools of this kind and class.
    pub(crate) fn partial(&self, kind: Kind, class: SizeClass) -> &List<PoolPtr, ByUse> {
        &self.bin(kind, class).partial
    }

    /// Whether the fast path takes blocks of this kind and class from `pool`.
    pub(crate) fn is_hot(&self, kind: Kind, class: SizeClass, pool: PoolPtr) -> bool {
        self.hot(kind).has(class, pool)
    }

    /// What `take` takes; where it finds nothing, once more after giving up what is kept for speed.
    pub(crate) fn take_or_reclaim<T>(
        &self,
        take: impl Fn() -> Result<T, OutOfMemory>,
    ) -> Result<T, OutOfMemory> {
        take()
            .or_else(|_| {
                self.arenas.decommit_down_to(0);
                self.remove_empty_arenas(0);
                take()
            })
            .or_else(|_| {
                self.reclaim();
                take()
            })
    }

    /// A block of the class given; nothing is counted.
    pub(crate) fn take_small(
        &self,
        kind: Kind,
        class: SizeClass,
    ) -> Result<NonNull<u8>, OutOfMemory> {
        let pool = self.take_or_reclaim(|| self.ready_pool(kind, class))?;
        pool.arena().epochs[pool.index()].set(self.epoch.get());
        if kind == Kind::Tracked {
            self.arenas.mark_young(pool, self.epoch.get());
        }
        if !self.zeal.is_detour() {
            self.hot(kind).set(class, pool);
        }
        Ok(pool.pop().expect("H3: a ready pool lists a free block"))
    }

    /// The bin's attached pool, with a block on its free list.
    fn ready_pool(&self, kind: Kind, class: SizeClass) -> Result<PoolPtr, OutOfMemory> {
        if let Some(pool) = self.attached(kind, class) {
            if self.make_ready(pool) {
                return Ok(pool);
            }
            self.detach(pool);
        }
        self.attach(kind, class)
    }

    /// Makes sure that a pool has a block on its free list, if it has one at all; whether that worked.
    fn make_ready(&self, pool: PoolPtr) -> bool {
        if !pool.free_head().is_null() {
            true
        } else if pool.carved.get() < pool.capacity.get() {
            self.carve(pool);
            true
        } else {
            pool.dormant.get() != 0 && self.wake(pool).is_ok()
        }
    }

    /// Makes a pool with room the one that blocks are taken from. The bin has none.
    fn attach(&self, kind: Kind, class: SizeClass) -> Result<PoolPtr, OutOfMemory> {
        let bin = self.bin(kind, class);
        // The first will do, unless it is dormant and the limit does not let it wake.
        let listed = bin.partial.iter().find(|&pool| self.make_ready(pool));
        let pool = match listed {
            Some(pool) => {
                bin.partial.remove(pool);
                pool
            }
            None => self.new_pool(kind, class)?,
        };
        pool.state.set(State::Current);
        pool.set_countdown(NEVER, self.is_held(pool));
        bin.attached.set(Some(pool));
        Ok(pool)
    }

    fn new_pool(&self, kind: Kind, class: SizeClass) -> Result<PoolPtr, OutOfMemory> {
        self.note_live_peak();
        let pool = self.arenas.take_pool(self)?;
        if !pool.is_formatted(kind, class) {
            let first = if pool.index() == 0 { POOL_0_FIRST } else { 0 };
            pool.format(kind, class, self.counters(kind), first);
            self.carve(pool);
        }
        let heads = &pool.arena().heads[kind as usize];
        heads.set(heads.get() | pool.bit());
        Ok(pool)
    }

    /// Lists a page's worth of new blocks.
    fn carve(&self, pool: PoolPtr) {
        /// Bytes that are made into blocks at a time.
        const CARVE_SIZE: usize = 4096;
        let count = (CARVE_SIZE / pool.class().block_size()).max(1);
        let kind = pool.kind.get();
        let carved = pool.carve(count, self.null_at(kind));
        if self.zeal.poison {
            for index in carved {
                let block = pool.block(index).cast::<*const u8>();
                // SAFETY: a free block holds its link.
                unsafe {
                    let link = block.read();
                    self.fill_released(block.cast(), kind);
                    block.write(link);
                }
            }
        }
    }

    /// Makes the next allocation of every kind and class take the slow path; bins keep their pools.
    pub(crate) fn park(&self) {
        for kind in Kind::ALL {
            self.hot(kind).clear();
        }
    }
}

/// Giving blocks, pools and arenas back.
impl Heap {
    /// Acts on the release that a pool waited for. The block is already on its free list.
    pub(crate) fn countdown_ended(&self, pool: PoolPtr) {
        match pool.state.get() {
            State::Current => pool.set_countdown(NEVER, self.is_held(pool)),
            State::Full => self.list(pool, u32::from(pool.capacity.get()) - pool.relist_after()),
            State::Partial => {
                self.bin_of(pool).partial.remove(pool);
                self.empty(pool);
            }
            state => unreachable!("H4: release into a pool that is {state:?}"),
        }
    }

    /// Takes the attached pool from its bin, and puts it where it then belongs.
    fn detach(&self, pool: PoolPtr) {
        self.hot(pool.kind.get()).set(pool.class(), PoolPtr::none());
        self.bin_of(pool).attached.set(None);
        if pool.has_room() {
            self.list(pool, pool.used() as u32);
        } else {
            pool.state.set(State::Full);
            pool.set_countdown(pool.relist_after(), self.is_held(pool));
        }
    }

    /// Puts a pool with `used` blocks in use where it belongs: its bin's list, or the free pools.
    fn list(&self, pool: PoolPtr, used: u32) {
        if used == 0 {
            return self.empty(pool);
        }
        pool.state.set(State::Partial);
        pool.set_countdown(used, self.is_held(pool));
        self.bin_of(pool).partial.push_back(pool);
    }

    /// Makes a small pool without blocks in use, and in no list, free, as soon as no walk may stand on it.
    fn empty(&self, pool: PoolPtr) {
        if self.walking.get() > 0 {
            pool.state.set(State::Emptied);
            self.ended.push_back(pool);
            return;
        }
        let arena = pool.arena();
        self.drop_sides_of(pool);
        self.arenas.unmark_young(pool);
        let heads = &arena.heads[pool.kind.get() as usize];
        heads.set(heads.get() & !pool.bit());
        self.free_pools(arena, pool.index(), 1);
    }

    /// Makes pools free; gives memory back if many are.
    pub(crate) fn free_pools(&self, arena: ArenaPtr, index: usize, len: usize) {
        self.arenas.free_pools(arena, index, len);
        if arena.free.get() == u64::MAX {
            self.remove_empty_arenas(1);
        }
        if self.arenas.decommit_excess() {
            self.tidy(TIDY_POOLS);
        }
    }

    /// Returns all empty arenas but `keep` to the system, unless a walk may stand on one.
    fn remove_empty_arenas(&self, keep: usize) {
        if self.walking.get() == 0 {
            self.arenas.remove_empty(keep);
        }
    }

    /// Frees what was emptied and released during walks. Called when the last of them ends.
    #[cold]
    pub(crate) fn free_ended(&self) {
        while let Some(pool) = self.ended.head() {
            self.ended.remove(pool);
            if pool.is_large() {
                self.free_large(pool);
            } else {
                self.empty(pool);
            }
        }
        self.remove_empty_arenas(1);
    }

    /// Gives everything that is free back to the system, now.
    ///
    /// Also what the heap keeps for speed: empty pools to allocate from, the last empty arena, and pages between
    /// blocks in use. Linear in the number of blocks in pools that are not full.
    pub fn trim(&self) {
        for pool in self
            .bins
            .as_flattened()
            .iter()
            .filter_map(|bin| bin.attached.get())
        {
            self.detach(pool);
        }
        self.make_dormant();
        self.arenas.decommit_down_to(0);
        self.remove_empty_arenas(0);
    }

    /// Makes everything available that can be: called before an allocation fails.
    #[cold]
    fn reclaim(&self) {
        self.trim();
        // A full pool has lost less than an eighth of its blocks, so none of them becomes free here.
        for pool in self
            .small_pools()
            .filter(|pool| pool.state.get() == State::Full)
        {
            if pool.has_room() {
                self.list(pool, pool.used() as u32);
            }
        }
    }

    /// All pools with small blocks. The caller frees none of them meanwhile.
    pub(crate) fn small_pools(&self) -> impl Iterator<Item = PoolPtr> {
        self.arenas
            .arenas()
            .flat_map(|arena| arena.pools(arena.all_heads()))
            .filter(|pool| !pool.is_large())
    }
}
