//! Dormant pages: pages of a pool in use that hold no block in use, given back to the system.
//!
//! One block in use keeps its pool of 16 KiB, and after most of a large structure is gone that is what keeps the
//! memory. So the pages of such pools that no used block touches go back; their blocks leave the free list, and
//! return to it when the pool's other blocks are used up ([`Heap::wake`]). They read as zeros meanwhile, so a walk
//! sees no object in them. (CPython keeps an arena of 1 MiB for one block.)

use crate::os::PAGE_SIZE;
use crate::pool::{FreeBlock, PoolPtr};
use crate::size_class::POOL_SIZE;
use crate::{Heap, OutOfMemory};
use std::ptr;

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
    /// Whether less than a quarter of the pools' memory is asked for, and it is time to look for unused pages:
    /// a quarter of the pools went since the last time.
    pub(crate) fn is_sparse(&self) -> bool {
        let used = self.arenas.used.get();
        used >= POOLS_MIN
            && used <= self.arenas.used_at_dormant.get() / 4 * 3
            && self.bytes_live() < used * POOL_SIZE / 4
    }

    /// Gives back the pages of listed pools that hold no block in use.
    #[cold]
    pub(crate) fn make_dormant(&self) {
        if self.zeal.poison {
            return; // free blocks must keep what fills them
        }
        for bin in self.bins.as_flattened() {
            bin.partial
                .iter()
                .for_each(|pool| self.make_pages_dormant(pool));
        }
        self.arenas.used_at_dormant.set(self.arenas.used.get());
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
