//! Dormant pages: pages of a pool in use that hold no block in use, given back to the system.
//!
//! One block in use keeps its pool of 16 KiB, and after most of a large structure is gone that is what keeps the
//! memory. So the pages of such pools that no used block touches go back; their blocks leave the free list, and
//! return to it when the pool's other blocks are used up ([`Heap::wake`]). They read as zeros meanwhile, so a walk
//! sees no object in them. (CPython keeps an arena of 1 MiB for one block.)

use crate::arena::{ArenaPtr, Arenas};
use crate::pool::{FreeBlock, PoolPtr, State};
use crate::size_class::POOL_SIZE;
use crate::{Heap, OutOfMemory};
use std::ptr;

/// Bytes in a page. Where the system's are longer, none becomes dormant.
const PAGE_SIZE: usize = 4096;
/// Pages in a pool.
const PAGES: usize = POOL_SIZE / PAGE_SIZE;
/// Pools in use below which no pages are looked for without being asked: 1 MiB.
const POOLS_MIN: usize = 64;

impl PoolPtr {
    /// The pages that a block touches, as bits.
    fn pages_of(self, index: usize) -> u8 {
        let (size, first) = (self.class().block_size(), usize::from(self.first.get()));
        let begin = first + index * size;
        let (from, to) = (begin / PAGE_SIZE, (begin + size - 1) / PAGE_SIZE);
        ((2_u32 << to) - (1 << from)) as u8
    }

    /// The numbers of the blocks that touch dormant pages; they are free, but not listed.
    pub(crate) fn dormant_blocks(self) -> impl DoubleEndedIterator<Item = usize> {
        let dormant = self.dormant.get();
        let carved = if dormant == 0 {
            0
        } else {
            usize::from(self.carved.get())
        };
        (0..carved).filter(move |&index| self.pages_of(index) & dormant != 0)
    }

    /// Bytes of the pool that are not in memory.
    pub(crate) fn dormant_bytes(self) -> usize {
        self.dormant.get().count_ones() as usize * PAGE_SIZE
    }

    /// The pages that only free blocks touch, if there are any that are not dormant yet.
    fn unused_pages(self, free: &BlockSet) -> u8 {
        let carved = usize::from(self.carved.get());
        let mut needed = self.dormant.get();
        for index in (0..carved).filter(|&index| !free.contains(index)) {
            if self.pages_of(index) & self.dormant.get() == 0 {
                needed |= self.pages_of(index);
            }
        }
        // What lies behind the carved blocks stays: the next blocks are carved from it.
        let behind = if carved == 0 {
            0
        } else {
            self.pages_of(carved - 1)
        };
        let carved_pages = ((1_u32 << (8 - behind.leading_zeros())) - 1) as u8;
        let is_carved_whole = carved == usize::from(self.capacity.get());
        let reachable = if is_carved_whole {
            carved_pages
        } else {
            carved_pages & !behind
        };
        reachable & !needed
    }

    fn free_blocks(self) -> BlockSet {
        let mut set = BlockSet::default();
        let mut link = self.free_head();
        while !link.is_null() {
            set.insert(self.block_index(link.addr()));
            // SAFETY: H3.
            link = unsafe { (&raw const (*link).next).read() };
        }
        set
    }

    /// Lists, of the blocks in `set`, those that touch no dormant page, in order of address.
    fn relist(self, set: &BlockSet) {
        let dormant = self.dormant.get();
        let mut next: *mut FreeBlock = ptr::null_mut();
        for index in (0..usize::from(self.carved.get())).rev() {
            if set.contains(index) && self.pages_of(index) & dormant == 0 {
                let block = self.block(index).cast::<FreeBlock>();
                // SAFETY: a free block that is in memory.
                unsafe { (&raw mut (*block.as_ptr()).next).write(next) };
                next = block.as_ptr();
            }
        }
        self.set_free_head(next);
    }
}

/// A set of block numbers of one pool.
#[derive(Default)]
struct BlockSet([u64; POOL_SIZE / 8 / 64]);

impl BlockSet {
    fn insert(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    fn contains(&self, index: usize) -> bool {
        self.0[index / 64] & (1 << (index % 64)) != 0
    }
}

impl Heap {
    /// Looks at up to `pools` pools for pages that no block in use touches, and gives them back.
    ///
    /// Something to do now and then, for instance after a collection: what [`trim`](Self::trim) does at once, a
    /// little at a time. Does nothing unless less than half of the pools' memory is asked for.
    pub fn tidy(&self, pools: usize) {
        if !self.may_be_dormant() || !self.is_sparse() {
            return;
        }
        let arenas = &self.arenas;
        if arenas.tidying.get().is_at_end() {
            // A new round is worth it when there were many releases since the last.
            let released = self.blocks_released();
            if released.wrapping_sub(self.released_at_tidying.get()) < arenas.used.get() * 16 {
                return;
            }
            self.released_at_tidying.set(released);
            arenas.tidying.set(arenas.first_position());
        }
        for _ in 0..pools {
            let Some(pool) = Arenas::next_pool(&arenas.tidying, ArenaPtr::all_heads) else {
                return;
            };
            if pool.state.get() == State::Partial && self.is_nearly_empty(pool) {
                self.make_pages_dormant(pool);
            }
        }
    }

    fn may_be_dormant(&self) -> bool {
        // A block that was filled on its release must keep what fills it.
        self.arenas.page_size <= PAGE_SIZE && !self.zeal.poison
    }

    fn is_sparse(&self) -> bool {
        let used = self.arenas.used.get();
        used >= POOLS_MIN && self.bytes_live() < used * POOL_SIZE / 2
    }

    /// Whether the blocks in use of a listed pool would fit into one page, and are few.
    fn is_nearly_empty(&self, pool: PoolPtr) -> bool {
        let used = pool.countdown(self.is_held(pool)) as usize;
        used <= 8 && used * pool.class().block_size() <= PAGE_SIZE
    }

    /// Gives back the pages of all listed pools that hold no block in use.
    pub(crate) fn make_dormant(&self) {
        if !self.may_be_dormant() {
            return;
        }
        for bin in self.bins.as_flattened() {
            bin.partial
                .iter()
                .for_each(|pool| self.make_pages_dormant(pool));
        }
    }

    fn make_pages_dormant(&self, pool: PoolPtr) {
        if pool.index() == 0 {
            return; // the arena's fields lie there
        }
        let free = pool.free_blocks();
        let pages = pool.unused_pages(&free);
        if pages == 0 {
            return;
        }
        pool.dormant.set(pool.dormant.get() | pages);
        pool.relist(&free);
        self.arenas
            .give_back(pool.arena(), pool.base(), PAGE_SIZE, u64::from(pages));
        self.arenas
            .ledger
            .uncommit(pages.count_ones() as usize * PAGE_SIZE);
    }

    /// Lists the blocks on dormant pages again.
    ///
    /// # Errors
    /// The limit; nothing has changed.
    pub(crate) fn wake(&self, pool: PoolPtr) -> Result<(), OutOfMemory> {
        self.arenas.ledger.commit(pool.dormant_bytes())?;
        let null_at = self.null_at(pool.kind.get());
        for index in pool.dormant_blocks().rev() {
            // SAFETY: the block is free; one that only touches a dormant page may hold anything.
            unsafe { pool.push_new(pool.block(index), null_at) };
        }
        pool.dormant.set(0);
        Ok(())
    }
}

const _: () = assert!(PAGES <= 8);
