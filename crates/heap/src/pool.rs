//! A pool's header: its free list, how much of it is in use, and what it is used for.
//!
//! The headers of an arena's pools lie side by side at the arena's beginning, not in the pools: 64 headers at
//! a distance of 16 KiB would fight for eight lines of the processor's cache. The header of the pool that an
//! address lies in is found by masking and shifting the address ([`PoolPtr::of`]).

use crate::Kind;
use crate::arena::{ArenaPtr, POOLS_OFFSET};
use crate::list::{Links, Node};
use crate::size_class::{ARENA_SIZE, POOL_SIZE, POOLS, SizeClass};
use std::cell::Cell;
use std::ptr::{self, NonNull};

/// What a free block holds.
#[repr(C)]
pub(crate) struct FreeBlock {
    /// The next free block of the pool.
    pub(crate) next: *mut FreeBlock,
    /// Null where an object has its class; absent in blocks of eight bytes.
    class: *const (),
}

/// What a kind of block has seen; wrapping, so that only differences count.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) allocated: Cell<usize>,
    pub(crate) released: Cell<usize>,
    /// Bytes asked for, more by `bias`: overflows with the allocation that is to be observed.
    pub(crate) mark: Cell<usize>,
    pub(crate) bytes_released: Cell<usize>,
    pub(crate) bias: Cell<usize>,
}

impl Counters {
    /// Counts an allocation; whether it is to be observed.
    #[inline(always)]
    pub(crate) fn allocate(&self, size: usize) -> bool {
        self.allocated.set(self.allocated.get().wrapping_add(1));
        self.add_bytes(size)
    }

    #[inline(always)]
    fn add_bytes(&self, size: usize) -> bool {
        let (mark, is_observed) = self.mark.get().overflowing_add(size);
        self.mark.set(mark);
        is_observed
    }

    #[inline(always)]
    pub(crate) fn release(&self, size: usize) {
        self.released.set(self.released.get().wrapping_add(1));
        self.bytes_released
            .set(self.bytes_released.get().wrapping_add(size));
    }

    /// A block keeps living under another size; whether that is to be observed.
    pub(crate) fn resize(&self, old: usize, new: usize) -> bool {
        self.bytes_released
            .set(self.bytes_released.get().wrapping_add(old));
        self.add_bytes(new)
    }

    /// Bytes ever asked for.
    pub(crate) fn bytes_allocated(&self) -> usize {
        self.mark.get().wrapping_sub(self.bias.get())
    }

    #[inline(always)]
    pub(crate) fn live(&self) -> usize {
        self.allocated.get().wrapping_sub(self.released.get())
    }

    #[inline(always)]
    pub(crate) fn bytes_live(&self) -> usize {
        self.bytes_allocated()
            .wrapping_sub(self.bytes_released.get())
    }
}

/// What a pool is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    /// Belongs to the arena; what it was used for before may still be read from the header.
    Free = 0,
    /// The pool that its kind and class allocate from.
    Current,
    /// In its bin's list, with room for more blocks.
    Partial,
    /// No room, or so little that it is not worth listing.
    Full,
    /// Without blocks in use, waiting for walks to end.
    Emptied,
    /// The first pool of a run that holds one large block, or the only header of a huge block's mapping.
    Large,
    /// The same, released, waiting for walks to end.
    Ended,
    /// A further pool of a large block's run.
    Inside,
}

/// A countdown that no run of releases between two slow paths reaches in practice (and may).
pub(crate) const NEVER: u32 = u32::MAX;
const HELD_NEVER: u16 = u16::MAX;

/// A pool's header: one cache line. All zeros is a free pool that was never used.
#[repr(C, align(64))]
pub(crate) struct Pool {
    /// The head of the list of free blocks; for a large block, its size in bytes.
    free: Cell<*mut FreeBlock>,
    /// What the heap counts about the pool's kind.
    pub(crate) counters: Cell<*const Counters>,
    links: Links<PoolPtr>,
    /// Arrays of one number per block; for a large block, the number itself.
    pub(crate) sides: [Cell<*mut Cell<u32>>; 2],
    /// Releases until one of them takes the slow path.
    countdown: Cell<u32>,
    /// The countdown while every release takes the slow path; the one above is then 1.
    held: Cell<u16>,
    /// Blocks in the pool; for a large block, pools in its run.
    pub(crate) capacity: Cell<u16>,
    /// Blocks that have ever been handed out or put on the free list; those beyond were never touched.
    pub(crate) carved: Cell<u16>,
    /// Where in the pool the first block begins.
    pub(crate) first: Cell<u16>,
    class: Cell<u8>,
    pub(crate) kind: Cell<Kind>,
    pub(crate) state: Cell<State>,
    /// Pages that are given back, as bits; no block in use touches them, and no free one on the list.
    pub(crate) dormant: Cell<u8>,
}

const _: () = assert!(size_of::<Pool>() == 64);

impl Pool {
    /// A pool without blocks, for bins that have no current pool.
    const fn none() -> Self {
        Self {
            free: Cell::new(ptr::null_mut()),
            counters: Cell::new(ptr::null()),
            links: Links::new(),
            sides: [const { Cell::new(ptr::null_mut()) }; 2],
            countdown: Cell::new(0),
            held: Cell::new(0),
            capacity: Cell::new(0),
            carved: Cell::new(0),
            first: Cell::new(0),
            class: Cell::new(0),
            kind: Cell::new(Kind::Buffer),
            state: Cell::new(State::Free),
            dormant: Cell::new(0),
        }
    }

    pub(crate) fn class(&self) -> SizeClass {
        SizeClass::from_index(self.class.get())
    }

    pub(crate) fn free_head(&self) -> *mut FreeBlock {
        self.free.get()
    }

    pub(crate) fn set_free_head(&self, head: *mut FreeBlock) {
        self.free.set(head);
    }

    /// Whether the pool can give a block, be it a new one or one on a dormant page.
    pub(crate) fn has_room(&self) -> bool {
        !self.free.get().is_null()
            || self.carved.get() < self.capacity.get()
            || self.dormant.get() != 0
    }

    /// The size of the large block that begins here, as asked for.
    pub(crate) fn large_size(&self) -> usize {
        self.free.get().addr()
    }

    pub(crate) fn set_large_size(&self, size: usize) {
        self.free.set(ptr::without_provenance_mut(size));
    }

    /// After how many releases a full pool is listed again.
    ///
    /// An eighth of its blocks: so that under random frees taking a pool yields more than a block.
    pub(crate) fn relist_after(&self) -> u32 {
        u32::from(self.capacity.get() / 8).max(1)
    }

    pub(crate) fn countdown(&self, diverted: bool) -> u32 {
        match (diverted, self.held.get()) {
            (false, _) => self.countdown.get(),
            (true, HELD_NEVER) => NEVER,
            (true, held) => u32::from(held),
        }
    }

    pub(crate) fn set_countdown(&self, releases: u32, diverted: bool) {
        if diverted {
            self.held.set(u16::try_from(releases).unwrap_or(HELD_NEVER));
            self.countdown.set(1);
        } else {
            self.countdown.set(releases);
        }
    }

    /// Whether the next release takes the slow path, as it must while the countdown is held.
    pub(crate) fn is_held(&self) -> bool {
        self.countdown.get() == 1
    }

    /// Counts down one release; whether it is the one waited for. Then [`count_again`](Self::count_again) comes next.
    #[inline(always)]
    pub(crate) fn count_down(&self) -> bool {
        // Stored in any case: that is one instruction.
        let left = self.countdown.get().wrapping_sub(1);
        self.countdown.set(left);
        left == 0
    }

    /// Makes the next release the one waited for.
    #[inline(always)]
    pub(crate) fn count_again(&self) {
        self.countdown.set(1);
    }

    /// The same while every release takes the slow path.
    pub(crate) fn count_down_held(&self) -> bool {
        match self.held.get() {
            HELD_NEVER => false,
            1 => true,
            held => {
                self.held.set(held.wrapping_sub(1));
                false
            }
        }
    }
}

struct Shared(Pool);
// SAFETY: nobody writes to it: an allocation from it finds no block, and no block lies in it.
unsafe impl Sync for Shared {}
static NO_POOL: Shared = Shared(Pool::none());

/// The address of a pool's header in a mapped arena (or of the pool that stands for none).
///
/// Invariant: whoever holds one outside of a call knows that the arena is still mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct PoolPtr(NonNull<Pool>);

impl std::ops::Deref for PoolPtr {
    type Target = Pool;
    #[inline(always)]
    fn deref(&self) -> &Pool {
        // SAFETY: the type's invariant.
        unsafe { self.0.as_ref() }
    }
}

/// The list that a pool is in: a bin's, of those with room, or the heap's, of those that wait for walks to end.
pub(crate) struct ByUse;
impl Node<ByUse> for PoolPtr {
    fn links(&self) -> &Links<Self> {
        // SAFETY: the type's invariant; the reference lives no longer than the list operation.
        unsafe { &self.0.as_ref().links }
    }
}

impl PoolPtr {
    /// The pool that stands for none.
    pub(crate) fn none() -> Self {
        Self(NonNull::from(&NO_POOL.0))
    }

    /// The pool that `block` lies in; for large blocks, the pool in which they begin.
    ///
    /// # Safety
    /// `block` must be a block of a heap.
    #[inline(always)]
    pub(crate) unsafe fn of(block: NonNull<u8>) -> Self {
        const WITHIN: usize = (POOLS - 1) * size_of::<Pool>();
        let header = block.as_ptr().map_addr(|address| {
            (address & !(ARENA_SIZE - 1))
                + POOLS_OFFSET
                + ((address / (POOL_SIZE / size_of::<Pool>())) & WITHIN)
        });
        // SAFETY: the arena is not at address zero.
        Self(unsafe { NonNull::new_unchecked(header.cast()) })
    }

    /// The header of pool number `index` of an arena.
    #[inline]
    pub(crate) fn in_arena(arena: ArenaPtr, index: usize) -> Self {
        debug_assert!(index < POOLS);
        // SAFETY: the headers follow the arena's fields (H1).
        Self(unsafe {
            arena
                .base()
                .add(POOLS_OFFSET + index * size_of::<Pool>())
                .cast()
        })
    }

    /// The arena that the pool belongs to.
    #[inline(always)]
    pub(crate) fn arena(self) -> ArenaPtr {
        // SAFETY: the header lies in the arena, as blocks do.
        unsafe { ArenaPtr::of(self.0.cast()) }
    }

    /// The pool's number in its arena.
    pub(crate) fn index(self) -> usize {
        ((self.0.addr().get() & (ARENA_SIZE - 1)) - POOLS_OFFSET) / size_of::<Pool>()
    }

    /// The pool's bit in its arena's bit sets.
    pub(crate) fn bit(self) -> u64 {
        1 << self.index()
    }

    /// The pool's first byte.
    pub(crate) fn base(self) -> NonNull<u8> {
        // SAFETY: inside the arena.
        unsafe { self.arena().base().add(self.index() * POOL_SIZE) }
    }

    /// Block number `index` of the pool.
    pub(crate) fn block(self, index: usize) -> NonNull<u8> {
        debug_assert!(index < usize::from(self.capacity.get()));
        let offset = usize::from(self.first.get()) + index * self.class().block_size();
        // SAFETY: the pool has that many blocks.
        unsafe { self.base().add(offset) }
    }

    /// The number of the block in which the byte at `address` lies.
    #[inline]
    pub(crate) fn block_index(self, address: usize) -> usize {
        let offset = (address & (POOL_SIZE - 1)) - usize::from(self.first.get());
        self.class().block_index(offset)
    }

    /// Makes a free pool one of the kind and class given, without blocks yet.
    pub(crate) fn format(
        self,
        kind: Kind,
        class: SizeClass,
        counters: *const Counters,
        first: usize,
    ) {
        let capacity = (POOL_SIZE - first) / class.block_size();
        self.free.set(ptr::null_mut());
        self.counters.set(counters);
        self.capacity.set(capacity as u16);
        self.carved.set(0);
        self.first.set(first as u16);
        self.class.set(class.index() as u8);
        self.kind.set(kind);
    }

    /// Whether the pool's blocks are those of the kind and class given.
    pub(crate) fn is_formatted(self, kind: Kind, class: SizeClass) -> bool {
        self.capacity.get() != 0 && self.kind.get() == kind && self.class() == class
    }

    /// Forgets the blocks of a free pool whose memory is given back.
    pub(crate) fn unformat(self) {
        self.free.set(ptr::null_mut());
        self.capacity.set(0);
        self.carved.set(0);
        self.dormant.set(0);
    }

    /// Puts up to `count` new blocks on the empty free list, in order of address; returns their numbers.
    ///
    /// `null_at` is where in a block the class of an object will be.
    pub(crate) fn carve(self, count: usize, null_at: Option<usize>) -> std::ops::Range<usize> {
        debug_assert!(self.free.get().is_null());
        let from = usize::from(self.carved.get());
        let to = (from + count).min(usize::from(self.capacity.get()));
        for index in (from..to).rev() {
            // SAFETY: nobody has the block yet.
            unsafe { self.push_new(self.block(index), null_at) };
        }
        self.carved.set(to as u16);
        from..to
    }

    /// Puts a block on the free list that may hold anything.
    ///
    /// # Safety
    /// Nobody has the block, and the word at `null_at` lies in it.
    pub(crate) unsafe fn push_new(self, block: NonNull<u8>, null_at: Option<usize>) {
        let link = block.cast::<*mut FreeBlock>();
        // SAFETY: the caller's.
        unsafe {
            if let Some(offset) = null_at {
                block.add(offset).cast::<*const ()>().write(ptr::null());
            }
            link.write(self.free.get());
        }
        self.free.set(link.as_ptr().cast());
    }

    /// Takes a free block, if one is listed.
    #[inline(always)]
    pub(crate) fn pop(self) -> Option<NonNull<u8>> {
        let block = NonNull::new(self.free.get())?;
        // SAFETY: H3: what is on the free list is a free block of the pool, and holds a link.
        let next = unsafe { (&raw const (*block.as_ptr()).next).read() };
        prefetch(next);
        self.free.set(next);
        Some(block.cast())
    }

    /// Puts a block on the free list.
    ///
    /// # Safety
    /// `block` is a block of the pool with `size` bytes or a few more, and nobody uses it any more.
    #[inline(always)]
    pub(crate) unsafe fn push(self, block: NonNull<u8>, size: usize) {
        let block = block.as_ptr().cast::<FreeBlock>();
        // SAFETY: the block is free and has room for the link, and for the null if it is longer than eight bytes.
        unsafe {
            (&raw mut (*block).next).write(self.free.get());
            if size > 8 {
                (&raw mut (*block).class).write(ptr::null());
            }
        }
        self.free.set(block);
    }

    /// How many blocks are on the free list. Linear in that number.
    pub(crate) fn free_len(self) -> usize {
        let mut len = 0;
        let mut block = self.free.get();
        while !block.is_null() {
            len += 1;
            // SAFETY: H3.
            block = unsafe { (&raw const (*block).next).read() };
        }
        len
    }

    /// How many blocks are in use. Linear in the number of free ones.
    pub(crate) fn used(self) -> usize {
        usize::from(self.carved.get()) - self.free_len() - self.dormant_blocks().count()
    }
}

/// Asks the processor to fetch a block that the next allocation of its class will read; any address may be named.
#[inline(always)]
fn prefetch(block: *const FreeBlock) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a prefetch has no effect but on time, whatever the address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(block.cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = block;
}
