//! The heap: allocation, release and resizing. Start at [`Heap::allocate`] and [`Heap::release`].
//!
//! Every kind and size class has a *bin*: the pool that blocks are taken from (*attached*), and a list of pools
//! with room. The array `hot` repeats the attached pools for the fast path, or names a pool without blocks, so
//! that the fast path needs no test of its own for "none yet", zeal, or the beginning of an epoch.
//!
//! A release decrements its pool's countdown and takes the slow path when that reaches zero: for a full pool
//! when it has room again, for a listed one when it is empty, for a large block and under zeal at once.

use crate::arena::{ArenaPtr, Arenas};
use crate::bins::Bin;
use crate::list::List;
use crate::observe::Observer;
use crate::pool::{ByUse, Counters, PoolPtr};
use crate::size_class::{CLASSES, SMALL_MAX, SizeClass};
use crate::zeal::{Zeal, ZealState};
use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::rc::Rc;

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

/// The largest request whose pool the fast path finds by its size alone.
const DIRECT_MAX: usize = 1024;

/// The pools that the fast path takes blocks of one kind from, or [`PoolPtr::none`].
pub(crate) struct Hot {
    /// For every multiple of eight up to `DIRECT_MAX`: a size need not be made a class first.
    direct: [Cell<PoolPtr>; DIRECT_MAX / 8 + 1],
    classes: [Cell<PoolPtr>; CLASSES],
}

impl Hot {
    fn new() -> Self {
        Self {
            direct: std::array::from_fn(|_| Cell::new(PoolPtr::none())),
            classes: std::array::from_fn(|_| Cell::new(PoolPtr::none())),
        }
    }

    /// The pool for `size` bytes, at most `DIRECT_MAX`.
    #[inline(always)]
    fn direct(&self, size: usize) -> PoolPtr {
        debug_assert!(size <= DIRECT_MAX);
        // SAFETY: every multiple of eight has its entry.
        unsafe { self.direct.get_unchecked((size + 7) >> 3).get() }
    }

    /// The pool for a class.
    #[inline]
    pub(crate) fn pool(&self, class: SizeClass) -> PoolPtr {
        self.classes[class.index()].get()
    }

    /// Makes `pool` the one for a class.
    pub(crate) fn set(&self, class: SizeClass, pool: PoolPtr) {
        self.classes[class.index()].set(pool);
        for direct in self.direct.get(class.words()).unwrap_or_default() {
            direct.set(pool);
        }
    }

    /// Makes `none` the pool for every class.
    pub(crate) fn clear(&self) {
        let all = self.direct.iter().chain(&self.classes);
        all.for_each(|pool| pool.set(PoolPtr::none()));
    }

    /// Whether `pool` is the one for a class, whichever way it is looked up.
    pub(crate) fn has(&self, class: SizeClass, pool: PoolPtr) -> bool {
        let mut direct = self.direct.get(class.words()).unwrap_or_default().iter();
        self.pool(class) == pool && direct.all(|direct| direct.get() == pool)
    }
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
    hot: [Hot; KINDS],
    user_data: Cell<*const ()>,
    pub(crate) bins: [[Bin; CLASSES]; KINDS],
    pub(crate) arenas: Arenas,
    pub(crate) zeal: ZealState,
    /// Counts calls of `next_epoch`.
    pub(crate) epoch: Cell<u32>,
    /// How many walks are under way.
    pub(crate) walking: Cell<u32>,
    /// Pools that wait for walks to end before they are freed.
    pub(crate) ended: List<PoolPtr, ByUse>,
    /// Whether every release takes the slow path.
    pub(crate) is_diverted: Cell<bool>,
    /// Whether the owner is gone, so that the last release ends the heap.
    is_orphan: Cell<bool>,
    /// The most bytes that were found live when that was looked at.
    pub(crate) live_peak: Cell<usize>,
    /// How many blocks had been released when looking for unused pages last began at the first pool.
    pub(crate) released_at_tidying: Cell<usize>,
    /// Bytes of side arrays.
    pub(crate) side_bytes: Cell<usize>,
    /// Who is told of allocations.
    pub(crate) observer: RefCell<Option<Rc<dyn Observer>>>,
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
    /// The heap's own fields (about 10 KiB) come from the program's allocator and are not counted.
    #[expect(
        clippy::new_ret_no_self,
        reason = "a heap must not move, so only its owner is handed out"
    )]
    pub fn new(config: Config) -> OwnedHeap {
        let zeal = ZealState::new(&config.zeal);
        let heap = Box::into_raw(Box::new(Heap {
            own: Cell::new(ptr::null_mut()),
            counters: Default::default(),
            hot: std::array::from_fn(|_| Hot::new()),
            user_data: Cell::new(ptr::null()),
            bins: std::array::from_fn(|_| std::array::from_fn(|_| Bin::new())),
            arenas: Arenas::new(config.limit),
            is_diverted: Cell::new(zeal.marks_blocks()),
            zeal,
            epoch: Cell::new(0),
            walking: Cell::new(0),
            ended: List::new(),
            is_orphan: Cell::new(false),
            live_peak: Cell::new(0),
            released_at_tidying: Cell::new(0),
            side_bytes: Cell::new(0),
            observer: RefCell::new(None),
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
        if size <= DIRECT_MAX {
            return self.allocate_from(self.hot[kind as usize].direct(size), kind, size);
        }
        self.allocate_longer(kind, size)
    }

    /// The same for more bytes than the fast path finds a pool for.
    #[inline(never)]
    fn allocate_longer(&self, kind: Kind, size: usize) -> Result<NonNull<u8>, OutOfMemory> {
        if size <= SMALL_MAX {
            let pool = self.hot[kind as usize].pool(SizeClass::of(size));
            return self.allocate_from(pool, kind, size);
        }
        self.allocate_slow(kind, size)
    }

    /// A block of a pool if it lists one, and else whatever it takes.
    #[inline(always)]
    fn allocate_from(
        &self,
        pool: PoolPtr,
        kind: Kind,
        size: usize,
    ) -> Result<NonNull<u8>, OutOfMemory> {
        let Some(block) = pool.pop() else {
            return self.allocate_slow(kind, size);
        };
        if self.counters[kind as usize].allocate(size) {
            self.observe_block(kind, block, size);
        }
        Ok(block)
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

    /// The same for blocks of objects, which saves a look at the size.
    ///
    /// # Safety
    /// 1. As for [`release`](Self::release).
    /// 2. The block is of one of the two kinds of objects.
    #[inline]
    pub unsafe fn release_object(block: NonNull<u8>, size: usize) {
        // SAFETY: an object has a header (caller).
        unsafe {
            std::hint::assert_unchecked(size >= 16);
            Self::release(block, size);
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
        unsafe { &*ArenaPtr::of(block).heap.get() }
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
                heap.forget_block(same, old);
                if heap.counters[kind as usize].resize(old, new) {
                    heap.observe_block(kind, same, new);
                }
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

    /// How many blocks of [`Kind::Tracked`] were ever allocated, wrapping: orders their births.
    #[inline(always)]
    pub fn tracked_allocated(&self) -> usize {
        self.counters[Kind::Tracked as usize].allocated.get()
    }

    /// The pools that the fast path takes blocks of a kind from.
    pub(crate) fn hot(&self, kind: Kind) -> &Hot {
        &self.hot[kind as usize]
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
}

/// What the fast paths leave to do.
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
        if self.counters[kind as usize].allocate(size) {
            self.observe_block(kind, block, size);
        }
        Ok(block)
    }
}

#[cold]
#[inline(never)]
unsafe fn release_slow(block: NonNull<u8>, size: usize) {
    // SAFETY: a block of a heap (caller).
    let (heap, pool) = unsafe { (Heap::of(block), PoolPtr::of(block)) };
    pool.count_again();
    if !pool.is_large() && !heap.is_held(pool) {
        // Nothing but the pool waited for this.
        heap.counters[pool.kind.get() as usize].release(size);
        // SAFETY: the block is not used any more (caller).
        unsafe { pool.push(block, size) };
        return heap.countdown_ended(pool);
    }
    // SAFETY: as the caller promises.
    unsafe { release_watched(heap, pool, block, size) };
}

/// The same for a large block, and while every release takes the slow path: because the pool's blocks are observed, under
/// zeal, or when the owner is gone.
#[cold]
#[inline(never)]
unsafe fn release_watched(heap: &Heap, pool: PoolPtr, block: NonNull<u8>, size: usize) {
    let kind = pool.kind.get();
    heap.forget_block(block, size);
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
        if !heap.is_held(pool) || pool.count_down_held() {
            heap.countdown_ended(pool);
        }
    }
    if heap.is_orphan.get() {
        // SAFETY: the owner is gone, and nobody uses the heap after its last block (`of`).
        unsafe { Heap::end_if_empty(NonNull::new_unchecked(heap.own.get())) };
    }
}

/// The end of a heap.
impl Heap {
    /// The owner is gone: gives up what is free, and makes every release take the slow path.
    fn abandon(&self) {
        self.is_orphan.set(true);
        self.zeal.set_detour();
        self.park();
        self.trim();
        if !self.is_diverted.get() {
            for pool in self.small_pools() {
                let countdown = pool.countdown(self.is_held(pool));
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
