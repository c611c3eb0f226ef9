//! The heap: allocation, release and resizing. Start at [`Heap::allocate`] and [`Heap::release`].
//!
//! Every kind and size class has a *bin*: the pool that blocks are taken from (*attached*), and a list of pools
//! with room. The array `hot` repeats the attached pools for the fast path, or names a pool without blocks, so
//! that the fast path needs no test of its own for "none yet", zeal, or the beginning of an epoch.
//!
//! A release decrements its pool's countdown and takes the slow path when that reaches zero: for a full pool
//! when it has room again, for a listed one when it is empty, for a large block and under zeal at once.

use crate::arena::{ArenaPtr, Arenas, POOL_0_FIRST};
use crate::list::List;
use crate::pool::{ByRoom, Counters, NEVER, PoolPtr, State};
use crate::size_class::{CLASSES, SMALL_MAX, SizeClass};
use crate::zeal::{Zeal, ZealState};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{self, NonNull};

/// Which pools a block comes from. No pool holds blocks of two kinds.
///
/// A block of the two kinds of objects is at least 16 bytes long, and its second word is the object's class:
/// null as long as there is no object yet, and never null in an object that is to be seen by walks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Objects that may be part of a cycle; what the collector walks.
    Tracked = 0,
    /// Objects that refer to nothing.
    Untracked = 1,
    /// Memory without a header that belongs to an object: items of a list, the table of a dict.
    Buffer = 2,
}

/// How many kinds there are.
pub(crate) const KINDS: usize = 3;

impl Kind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Kind; KINDS] = [Kind::Tracked, Kind::Untracked, Kind::Buffer];
}

/// The heap could not give the memory asked for: its limit or the system's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutOfMemory;

impl std::fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("out of memory")
    }
}

impl std::error::Error for OutOfMemory {}

/// What a heap is made with.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The most memory, in bytes, that the heap may take from the system; see [`Heap::set_limit`].
    pub limit: Option<usize>,
    /// Modes that make mistakes show.
    pub zeal: Zeal,
}

/// The pools of one kind and class.
struct Bin {
    /// The pool that blocks are taken from.
    attached: Cell<Option<PoolPtr>>,
    /// Further pools with room.
    partial: List<PoolPtr, ByRoom>,
}

/// A private heap. Made by [`Heap::new`], which returns its owner.
///
/// Neither `Send` nor `Sync`: blocks are released without naming the heap, so a heap and everything that holds
/// blocks of it belong to one thread. A type that owns a heap together with *all* holders of its blocks may say
/// that it is `Send`; that is then its own promise.
#[repr(C)]
pub struct Heap {
    /// The address of this, as the box gave it: what the heap ends through.
    own: Cell<*mut Heap>,
    counters: [Counters; KINDS],
    hot: [[Cell<PoolPtr>; CLASSES]; KINDS],
    user_data: Cell<*const ()>,
    bins: [[Bin; CLASSES]; KINDS],
    pub(crate) arenas: Arenas,
    pub(crate) zeal: ZealState,
    /// Counts calls of `next_epoch`.
    pub(crate) epoch: Cell<u32>,
    /// How many walks are under way.
    pub(crate) walking: Cell<u32>,
    /// Whether pools or mappings wait for the walk to end before they are freed.
    pub(crate) has_deferred: Cell<bool>,
    /// Whether every release takes the slow path.
    pub(crate) is_diverted: Cell<bool>,
    /// Whether the owner is gone, so that the last release ends the heap.
    is_orphan: Cell<bool>,
    /// The most bytes that were found live when that was looked at.
    live_peak: Cell<usize>,
    /// Bytes of side arrays.
    pub(crate) side_bytes: Cell<usize>,
}

/// The owner of a heap: what [`Heap::new`] returns. The heap's address never changes.
///
/// Dropped while blocks live, it leaves the heap to them: what is empty goes back to the system at once, and
/// everything else with the last block.
pub struct OwnedHeap(NonNull<Heap>);

impl Deref for OwnedHeap {
    type Target = Heap;
    #[inline(always)]
    fn deref(&self) -> &Heap {
        // SAFETY: the heap lives at least as long as its owner.
        unsafe { self.0.as_ref() }
    }
}

impl std::fmt::Debug for OwnedHeap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl Drop for OwnedHeap {
    fn drop(&mut self) {
        self.abandon();
        // SAFETY: the owner is gone, and no walk can be under way, because walks borrow the heap.
        unsafe { Heap::end_if_empty(self.0) };
    }
}

impl OwnedHeap {
    /// Ends the heap with whatever still lives in it, and returns all its memory to the system.
    ///
    /// # Safety
    /// 1. No block of the heap is used any more, nor released or resized.
    /// 2. No reference to the heap is left, be it from [`Heap::of`].
    pub unsafe fn discard(self) {
        let heap = ManuallyDrop::new(self).0;
        // SAFETY: made by `Heap::new` from a box; the caller says that nothing uses it any more.
        drop(unsafe { Box::from_raw(heap.as_ptr()) });
    }
}

impl Heap {
    /// An empty heap. Takes nothing from the system before the first allocation.
    ///
    /// The heap's own fields (about 8 KiB) come from the program's allocator and are not counted.
    #[expect(
        clippy::new_ret_no_self,
        reason = "a heap must not move, so only its owner is handed out"
    )]
    pub fn new(config: Config) -> OwnedHeap {
        let zeal = ZealState::new(&config.zeal);
        let heap = Box::into_raw(Box::new(Heap {
            own: Cell::new(ptr::null_mut()),
            counters: Default::default(),
            hot: std::array::from_fn(|_| std::array::from_fn(|_| Cell::new(PoolPtr::none()))),
            user_data: Cell::new(ptr::null()),
            bins: std::array::from_fn(|_| {
                std::array::from_fn(|_| Bin {
                    attached: Cell::new(None),
                    partial: List::new(),
                })
            }),
            arenas: Arenas::new(config.limit),
            is_diverted: Cell::new(zeal.marks_blocks()),
            zeal,
            epoch: Cell::new(0),
            walking: Cell::new(0),
            has_deferred: Cell::new(false),
            is_orphan: Cell::new(false),
            live_peak: Cell::new(0),
            side_bytes: Cell::new(0),
        }));
        // SAFETY: a box is not null, and this one was just made.
        unsafe {
            (*heap).own.set(heap);
            OwnedHeap(NonNull::new_unchecked(heap))
        }
    }

    /// A block of at least `size` bytes at a multiple of eight, its contents undefined.
    ///
    /// Blocks of the two kinds of objects must be at least 16 bytes long; their second word is null.
    ///
    /// # Errors
    /// The limit, or the system has no memory. Nothing has changed then.
    #[inline]
    pub fn allocate(&self, kind: Kind, size: usize) -> Result<NonNull<u8>, OutOfMemory> {
        debug_assert!(
            kind == Kind::Buffer || size >= 16,
            "an object has a header of 16 bytes"
        );
        if size <= SMALL_MAX {
            let class = SizeClass::of(size).index();
            // SAFETY: every class has its entry.
            let pool = unsafe { self.hot[kind as usize].get_unchecked(class).get() };
            if let Some(block) = pool.pop() {
                self.counters[kind as usize].allocate(size);
                return Ok(block);
            }
        }
        self.allocate_slow(kind, size)
    }

    /// Gives a block back to the heap that it came from.
    ///
    /// # Safety
    /// 1. `block` came from [`allocate`](Self::allocate) or [`resize`](Self::resize) and is not used any more.
    /// 2. `size` is the size that it was asked for with.
    #[inline]
    pub unsafe fn release(block: NonNull<u8>, size: usize) {
        // SAFETY: a block of a heap (caller).
        unsafe {
            let pool = PoolPtr::of(block);
            if pool.count_down() {
                return release_slow(block, size);
            }
            (*pool.counters.get()).release(size);
            pool.push(block, size);
        }
    }

    /// The heap that a block came from. The reference is good as long as the block lives.
    ///
    /// # Safety
    /// 1. `block` came from a heap and was not released.
    /// 2. The reference is not used after the last block of the heap and its owner are gone.
    #[inline(always)]
    pub unsafe fn of<'a>(block: NonNull<u8>) -> &'a Heap {
        // SAFETY: the arena of a live block is mapped, and names its heap (H1).
        unsafe { &*PoolPtr::of(block).arena().heap.get() }
    }

    /// A block of the same kind with the contents of `block`, as far as both reach, which is released.
    ///
    /// Stays in place where the size class or the neighbourhood allows; huge blocks are remapped, not copied.
    ///
    /// # Errors
    /// The limit, or the system has no memory. `block` is then as it was.
    ///
    /// # Safety
    /// 1. `block` came from a heap and is not used any more, unless an error is returned.
    /// 2. `old` is the size that it was asked for with.
    pub unsafe fn resize(
        block: NonNull<u8>,
        old: usize,
        new: usize,
    ) -> Result<NonNull<u8>, OutOfMemory> {
        // SAFETY: a block of a heap (caller).
        let (heap, pool) = unsafe { (Self::of(block), PoolPtr::of(block)) };
        let kind = pool.kind.get();
        debug_assert!(
            kind == Kind::Buffer || new >= 16,
            "an object has a header of 16 bytes"
        );
        if !heap.zeal.marks_blocks() {
            if new > old && heap.zeal.is_detour() {
                heap.attempt()?;
            }
            if let Some(same) = heap.resize_in_place(pool, block, new) {
                heap.counters[kind as usize].resize(old, new);
                return Ok(same);
            }
        }
        let moved = heap.allocate(kind, new)?;
        // SAFETY: both blocks are at least as long as what is copied, and distinct; the caller gives up the old.
        unsafe {
            moved.copy_from_nonoverlapping(block, old.min(new));
            Self::release(block, old);
        }
        Ok(moved)
    }

    fn resize_in_place(
        &self,
        pool: PoolPtr,
        block: NonNull<u8>,
        new: usize,
    ) -> Option<NonNull<u8>> {
        if pool.is_large() {
            self.resize_large(pool, new)
        } else {
            (new <= SMALL_MAX && SizeClass::of(new) == pool.class()).then_some(block)
        }
    }

    /// What was set with [`set_user_data`](Self::set_user_data); null before.
    #[inline(always)]
    pub fn user_data(&self) -> *const () {
        self.user_data.get()
    }

    /// Hangs something of the user's on the heap. The heap does nothing with it.
    pub fn set_user_data(&self, data: *const ()) {
        self.user_data.set(data);
    }

    /// How many blocks of [`Kind::Tracked`] live. Two loads and a subtraction.
    #[inline(always)]
    pub fn tracked_live(&self) -> usize {
        self.counters[Kind::Tracked as usize].live()
    }

    /// What is counted about a kind.
    #[inline]
    pub(crate) fn counters(&self, kind: Kind) -> &Counters {
        &self.counters[kind as usize]
    }

    /// Where in a pool's block of this kind the class of an object is, if there are objects in it.
    pub(crate) fn null_at(&self, kind: Kind) -> Option<usize> {
        (kind != Kind::Buffer).then_some(self.zeal.front() + 8)
    }

    fn bin(&self, kind: Kind, class: SizeClass) -> &Bin {
        &self.bins[kind as usize][class.index()]
    }

    /// The pool that blocks of this kind and class are taken from.
    pub(crate) fn attached(&self, kind: Kind, class: SizeClass) -> Option<PoolPtr> {
        self.bin(kind, class).attached.get()
    }

    /// The listed pools of this kind and class.
    pub(crate) fn partial(&self, kind: Kind, class: SizeClass) -> &List<PoolPtr, ByRoom> {
        &self.bin(kind, class).partial
    }

    /// Whether the fast path takes blocks of this kind and class from `pool`.
    pub(crate) fn is_hot(&self, kind: Kind, class: SizeClass, pool: PoolPtr) -> bool {
        self.hot[kind as usize][class.index()].get() == pool
    }
}

/// Allocation beside the fast path.
impl Heap {
    #[cold]
    #[inline(never)]
    fn allocate_slow(&self, kind: Kind, size: usize) -> Result<NonNull<u8>, OutOfMemory> {
        if self.zeal.is_detour() {
            self.attempt()?;
        }
        let whole = size.checked_add(self.zeal.overhead()).ok_or(OutOfMemory)?;
        let mut block = if whole <= SMALL_MAX {
            self.take_small(kind, SizeClass::of(whole))?
        } else {
            self.take_large(kind, whole)?
        };
        if self.zeal.marks_blocks() {
            block = self.mark_new(block, kind, size);
        }
        self.counters[kind as usize].allocate(size);
        Ok(block)
    }

    /// A block of the class given; nothing is counted.
    fn take_small(&self, kind: Kind, class: SizeClass) -> Result<NonNull<u8>, OutOfMemory> {
        self.take_small_once(kind, class).or_else(|_| {
            self.reclaim();
            self.take_small_once(kind, class)
        })
    }

    fn take_small_once(&self, kind: Kind, class: SizeClass) -> Result<NonNull<u8>, OutOfMemory> {
        let mut pool = match self.attached(kind, class) {
            Some(pool) => pool,
            None => self.attach(kind, class)?,
        };
        if !pool.has_room() {
            self.retire(pool);
            pool = self.attach(kind, class)?;
        }
        pool.arena().epochs[pool.index()].set(self.epoch.get());
        if kind == Kind::Tracked {
            self.arenas.mark_young(pool);
        }
        if !self.zeal.is_detour() {
            self.hot[kind as usize][class.index()].set(pool);
        }
        if pool.free_head().is_null() {
            self.carve(pool);
        }
        Ok(pool
            .pop()
            .expect("H3: carving a pool with room lists at least one block"))
    }

    /// Makes a pool with room the one that blocks are taken from. The bin has none.
    fn attach(&self, kind: Kind, class: SizeClass) -> Result<PoolPtr, OutOfMemory> {
        let bin = self.bin(kind, class);
        let pool = match bin.partial.head() {
            Some(pool) => {
                bin.partial.remove(pool);
                pool
            }
            None => self.new_pool(kind, class)?,
        };
        pool.state.set(State::Current);
        pool.set_countdown(NEVER, self.is_diverted.get());
        bin.attached.set(Some(pool));
        Ok(pool)
    }

    fn new_pool(&self, kind: Kind, class: SizeClass) -> Result<PoolPtr, OutOfMemory> {
        self.note_live_peak();
        let pool = self.arenas.take_pool(self)?;
        if !pool.is_formatted(kind, class) {
            let first = if pool.index() == 0 { POOL_0_FIRST } else { 0 };
            pool.format(kind, class, self.counters(kind), first);
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

    /// Detaches a pool without room.
    fn retire(&self, pool: PoolPtr) {
        self.detach_from_bin(pool);
        pool.state.set(State::Full);
        pool.set_countdown(pool.relist_after(), self.is_diverted.get());
    }

    fn detach_from_bin(&self, pool: PoolPtr) {
        let (kind, class) = (pool.kind.get(), pool.class());
        self.hot[kind as usize][class.index()].set(PoolPtr::none());
        self.bin(kind, class).attached.set(None);
    }

    /// Makes the next allocation of every kind and class take the slow path; bins keep their pools.
    pub(crate) fn park(&self) {
        self.hot
            .as_flattened()
            .iter()
            .for_each(|hot| hot.set(PoolPtr::none()));
    }

    /// Looks whether more is live than ever seen before; called when blocks beyond the attached pools are taken.
    pub(crate) fn note_live_peak(&self) {
        self.live_peak
            .set(self.live_peak.get().max(self.bytes_live()));
    }

    /// The most bytes that were found live.
    pub(crate) fn live_peak(&self) -> usize {
        self.live_peak.get().max(self.bytes_live())
    }
}

#[cold]
#[inline(never)]
unsafe fn release_slow(block: NonNull<u8>, size: usize) {
    // SAFETY: a block of a heap (caller).
    let (heap, pool) = unsafe { (Heap::of(block), PoolPtr::of(block)) };
    let kind = pool.kind.get();
    let block = if heap.zeal.marks_blocks() {
        heap.mark_released(block, kind, size)
    } else {
        block
    };
    heap.counters[kind as usize].release(size);
    if pool.is_large() {
        heap.release_large(pool);
    } else {
        // SAFETY: the block is not used any more (caller). A fenced block is as long as its class.
        unsafe { pool.push(block, size.max(heap.zeal.overhead())) };
        if !heap.is_diverted.get() || pool.count_down_held() {
            heap.countdown_ended(pool);
        }
    }
    if heap.is_orphan.get() {
        // SAFETY: the owner is gone, and nobody uses the heap after its last block (`of`).
        unsafe { Heap::end_if_empty(NonNull::new_unchecked(heap.own.get())) };
    }
}

/// Release beside the fast path, and giving memory back.
impl Heap {
    /// Acts on the release that a pool waited for. The block is already on its free list.
    fn countdown_ended(&self, pool: PoolPtr) {
        match pool.state.get() {
            State::Current => pool.set_countdown(NEVER, self.is_diverted.get()),
            State::Full => self.list(pool, u32::from(pool.capacity.get()) - pool.relist_after()),
            State::Partial => {
                self.bin(pool.kind.get(), pool.class()).partial.remove(pool);
                self.empty(pool);
            }
            state => unreachable!("H4: release into a pool that is {state:?}"),
        }
    }

    /// Puts a pool with `used` blocks in use where it belongs: its bin's list, or the free pools.
    fn list(&self, pool: PoolPtr, used: u32) {
        if used == 0 {
            return self.empty(pool);
        }
        pool.state.set(State::Partial);
        pool.set_countdown(used, self.is_diverted.get());
        self.bin(pool.kind.get(), pool.class())
            .partial
            .push_back(pool);
    }

    /// Makes a small pool without blocks in use, and in no list, free; during a walk, lists it instead.
    fn empty(&self, pool: PoolPtr) {
        if self.walking.get() > 0 {
            pool.state.set(State::Partial);
            pool.set_countdown(0, self.is_diverted.get());
            self.bin(pool.kind.get(), pool.class())
                .partial
                .push_back(pool);
            self.has_deferred.set(true);
            return;
        }
        let arena = pool.arena();
        self.drop_sides_of(pool);
        self.arenas.unmark_young(pool);
        let heads = &arena.heads[pool.kind.get() as usize];
        heads.set(heads.get() & !pool.bit());
        self.free_pools(arena, pool.index(), 1);
    }

    pub(crate) fn free_pools(&self, arena: ArenaPtr, index: usize, len: usize) {
        self.arenas
            .free_pools(arena, index, len, self.walking.get() == 0);
    }

    /// Frees what was emptied during walks. Called when the last of them ends.
    #[cold]
    pub(crate) fn free_deferred(&self) {
        self.has_deferred.set(false);
        for bin in self.bins.iter().flatten() {
            let is_empty = |pool: &PoolPtr| pool.countdown(self.is_diverted.get()) == 0;
            let emptied: Vec<PoolPtr> = bin.partial.iter().filter(is_empty).collect();
            for pool in emptied {
                bin.partial.remove(pool);
                self.empty(pool);
            }
        }
        let ended = |arena: &ArenaPtr| PoolPtr::in_arena(*arena, 0).state.get() == State::Ended;
        while let Some(arena) = self.arenas.all.iter().find(ended) {
            self.arenas.unmap(arena);
        }
        self.arenas.remove_empty(1);
    }

    /// Gives everything that is free back to the system, now.
    ///
    /// Also what the heap keeps for speed: empty pools to allocate from, and the last empty arena.
    pub fn trim(&self) {
        for pool in self
            .bins
            .iter()
            .flatten()
            .filter_map(|bin| bin.attached.get())
        {
            self.detach(pool);
        }
        self.arenas.decommit_down_to(0);
        if self.walking.get() == 0 {
            self.arenas.remove_empty(0);
        }
    }

    /// Detaches a pool, wherever it then belongs.
    fn detach(&self, pool: PoolPtr) {
        self.detach_from_bin(pool);
        if pool.has_room() {
            self.list(pool, pool.used() as u32);
        } else {
            pool.state.set(State::Full);
            pool.set_countdown(pool.relist_after(), self.is_diverted.get());
        }
    }

    /// Makes everything available that can be: called before an allocation fails.
    #[cold]
    pub(crate) fn reclaim(&self) {
        self.trim();
        // A full pool has lost less than a sixteenth of its blocks, so none of them is freed here.
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
    fn small_pools(&self) -> impl Iterator<Item = PoolPtr> {
        self.arenas
            .arenas()
            .flat_map(|arena| {
                arena.pools(arena.heads.iter().fold(0, |all, heads| all | heads.get()))
            })
            .filter(|pool| !pool.is_large())
    }

    /// The owner is gone: gives up what is free, and makes every release take the slow path.
    fn abandon(&self) {
        self.is_orphan.set(true);
        self.zeal.set_detour();
        self.park();
        self.trim();
        if !self.is_diverted.get() {
            for pool in self.small_pools() {
                let countdown = pool.countdown(false);
                pool.set_countdown(countdown, true);
            }
            self.is_diverted.set(true);
        }
    }

    /// Ends a heap whose owner is gone if no block lives in it.
    ///
    /// # Safety
    /// `heap` is the address that the box gave, of an orphan, and the caller does not use it afterwards.
    unsafe fn end_if_empty(heap: NonNull<Heap>) {
        // SAFETY: the heap was there until now.
        let is_done =
            unsafe { heap.as_ref().blocks_live() == 0 && heap.as_ref().walking.get() == 0 };
        if is_done {
            // SAFETY: made by `Heap::new` from a box; the owner is gone and no block names it.
            drop(unsafe { Box::from_raw(heap.as_ptr()) });
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        if self.side_bytes.get() > 0 {
            self.small_pools().for_each(|pool| self.drop_sides_of(pool));
        }
        self.arenas.clear();
    }
}

impl std::fmt::Debug for Heap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Heap")
            .field("blocks_live", &self.blocks_live())
            .field("bytes_live", &self.bytes_live())
            .field("bytes_committed", &self.bytes_committed())
            .field("limit", &self.limit())
            .finish_non_exhaustive()
    }
}
