//! What the heap holds and what it costs, by kind and by size class.

use crate::heap::KINDS;
use crate::pool::PoolPtr;
use crate::size_class::{POOL_SIZE, SizeClass};
use crate::{Heap, Kind};

/// What one kind of block holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindStatistics {
    /// Blocks in use.
    pub blocks_live: usize,
    /// Bytes asked for and not released.
    pub bytes_live: usize,
    /// Bytes of the blocks that serve them, rounded up to size classes, pools and pages.
    pub bytes_in_blocks: usize,
    /// Blocks ever allocated.
    pub blocks_allocated: usize,
    /// Bytes ever asked for, growth of blocks included.
    pub bytes_allocated: usize,
    /// Pools in use, those of large blocks included.
    pub pools: usize,
    /// Blocks with pools or a mapping of their own.
    pub large_blocks: usize,
}

/// What the pools of one kind and size class hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassStatistics {
    /// The kind of the blocks.
    pub kind: Kind,
    /// Bytes in a block.
    pub block_size: usize,
    /// Pools of this class.
    pub pools: usize,
    /// Blocks in use.
    pub blocks_live: usize,
    /// Blocks in those pools that are not in use.
    pub blocks_free: usize,
}

/// A heap at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// Arenas of 1 MiB.
    pub arenas: usize,
    /// Blocks with a mapping of their own.
    pub huge_blocks: usize,
    /// Pools in use.
    pub pools_used: usize,
    /// Free pools that still hold memory.
    pub pools_free: usize,
    /// Free pools that hold none.
    pub pools_clean: usize,
    /// Bytes of address space.
    pub bytes_reserved: usize,
    /// Bytes taken from the system; what the limit bounds.
    pub bytes_committed: usize,
    /// The most that was ever taken from the system.
    pub bytes_committed_peak: usize,
    /// Bytes asked for and not released.
    pub bytes_live: usize,
    /// The most bytes found live; looked at whenever a pool or large block is taken, so what fits into
    /// already attached pools may be missing.
    pub bytes_live_peak: usize,
    /// Bytes of the blocks in use.
    pub bytes_in_blocks: usize,
    /// Bytes of the pools in use and of large blocks, without what was given back of them.
    pub bytes_in_pools: usize,
    /// Bytes of side arrays.
    pub bytes_side: usize,
    /// Bytes of pools in use that were given back, because no block in use touches their pages.
    pub bytes_dormant: usize,
    /// Blocks in use.
    pub blocks_live: usize,
    /// By kind, in the order of [`Kind::ALL`].
    pub kinds: [KindStatistics; KINDS],
    /// By kind and size class, without those that have no pool.
    pub classes: Vec<ClassStatistics>,
}

impl Statistics {
    /// The part of the memory taken from the system that serves no request, from 0 to 1.
    pub fn fragmentation(&self) -> f64 {
        if self.bytes_committed == 0 {
            return 0.0;
        }
        1.0 - self.bytes_live as f64 / self.bytes_committed as f64
    }
}

/// A report for people: totals, then a line for each kind, then one for each kind and size class.
impl std::fmt::Display for Statistics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kib = |bytes: usize| bytes.div_ceil(1024);
        writeln!(
            f,
            "{} KiB taken from the system (at most {}), {} KiB asked for in {} blocks (at most {} KiB)",
            kib(self.bytes_committed),
            kib(self.bytes_committed_peak),
            kib(self.bytes_live),
            self.blocks_live,
            kib(self.bytes_live_peak)
        )?;
        writeln!(
            f,
            "{} arenas, {} huge blocks; pools: {} in use, {} free, {} without memory; fragmentation {:.1} %",
            self.arenas,
            self.huge_blocks,
            self.pools_used,
            self.pools_free,
            self.pools_clean,
            self.fragmentation() * 100.0
        )?;
        writeln!(
            f,
            "{:10} {:>10} {:>12} {:>12} {:>8} {:>8}",
            "kind", "blocks", "bytes", "in blocks", "pools", "large"
        )?;
        for (kind, of_kind) in Kind::ALL.iter().zip(&self.kinds) {
            let name = format!("{kind:?}");
            writeln!(
                f,
                "{name:10} {:>10} {:>12} {:>12} {:>8} {:>8}",
                of_kind.blocks_live,
                of_kind.bytes_live,
                of_kind.bytes_in_blocks,
                of_kind.pools,
                of_kind.large_blocks
            )?;
        }
        writeln!(
            f,
            "{:10} {:>10} {:>12} {:>12} {:>8}",
            "kind", "block size", "in use", "free", "pools"
        )?;
        for class in &self.classes {
            let name = format!("{:?}", class.kind);
            writeln!(
                f,
                "{name:10} {:>10} {:>12} {:>12} {:>8}",
                class.block_size, class.blocks_live, class.blocks_free, class.pools
            )?;
        }
        Ok(())
    }
}

impl Heap {
    /// The most memory that may be taken from the system, in bytes; `None`: no limit.
    pub fn limit(&self) -> Option<usize> {
        Some(self.arenas.ledger.limit.get()).filter(|&limit| limit != usize::MAX)
    }

    /// Bounds what may be taken from the system from now on, in bytes: see
    /// [`bytes_committed`](Self::bytes_committed).
    ///
    /// A limit below what is already taken makes the heap give back what is free; blocks stay, but an allocation
    /// that needs more memory fails until enough of them are released.
    pub fn set_limit(&self, limit: Option<usize>) {
        let limit = limit.unwrap_or(usize::MAX);
        self.arenas.ledger.limit.set(limit);
        if self.bytes_committed() > limit {
            self.trim();
        }
    }

    /// Whether less than an eighth of the limit is left: time for a collection.
    pub fn is_near_limit(&self) -> bool {
        let limit = self.arenas.ledger.limit.get();
        self.arenas.ledger.committed.get() > limit - limit / 8
    }

    /// Bytes asked for and not released.
    pub fn bytes_live(&self) -> usize {
        Kind::ALL
            .into_iter()
            .map(|kind| self.bytes_live_of(kind))
            .sum()
    }

    /// Bytes of one kind asked for and not released.
    pub fn bytes_live_of(&self, kind: Kind) -> usize {
        self.counters(kind).bytes_live()
    }

    /// Blocks in use.
    pub fn blocks_live(&self) -> usize {
        Kind::ALL
            .into_iter()
            .map(|kind| self.blocks_live_of(kind))
            .sum()
    }

    /// Blocks of one kind in use.
    pub fn blocks_live_of(&self, kind: Kind) -> usize {
        self.counters(kind).live()
    }

    /// Blocks released since the heap was made.
    pub(crate) fn blocks_released(&self) -> usize {
        let released = Kind::ALL.map(|kind| self.counters(kind).released.get());
        released.into_iter().fold(0, usize::wrapping_add)
    }

    /// Bytes of address space held: whole arenas and mappings, used or not.
    pub fn bytes_reserved(&self) -> usize {
        self.arenas.ledger.reserved.get()
    }

    /// Bytes taken from the system: pools that are in use or still hold memory, and mappings of huge blocks.
    ///
    /// Never less than what the heap's arenas and mappings occupy in memory; this is what the limit bounds.
    pub fn bytes_committed(&self) -> usize {
        self.arenas.ledger.committed.get()
    }

    /// Looks whether more is live than ever seen before; called when blocks beyond the attached pools are taken.
    pub(crate) fn note_live_peak(&self) {
        self.live_peak.set(self.live_peak());
    }

    fn live_peak(&self) -> usize {
        self.live_peak.get().max(self.bytes_live())
    }

    /// Everything there is to know, counted now. Linear in the number of pools and of free blocks.
    pub fn statistics(&self) -> Statistics {
        let mut statistics = Statistics {
            pools_used: self.arenas.used.get(),
            bytes_reserved: self.bytes_reserved(),
            bytes_committed: self.bytes_committed(),
            bytes_committed_peak: self.arenas.ledger.committed_peak.get(),
            bytes_live: self.bytes_live(),
            bytes_live_peak: self.live_peak(),
            bytes_side: self.side_bytes.get(),
            blocks_live: self.blocks_live(),
            ..Statistics::default()
        };
        for kind in Kind::ALL {
            let counters = self.counters(kind);
            let of_kind = &mut statistics.kinds[kind as usize];
            of_kind.blocks_live = counters.live();
            of_kind.bytes_live = counters.bytes_live();
            of_kind.blocks_allocated = counters.allocated.get();
            of_kind.bytes_allocated = counters.bytes_allocated();
            let mut classes: Vec<_> = SizeClass::all()
                .map(|class| ClassStatistics::new(kind, class))
                .collect();
            for arena in self.arenas.all.iter() {
                for pool in arena.pools(arena.heads[kind as usize].get()) {
                    of_kind.count(pool, &mut classes);
                    statistics.bytes_in_pools += pool.bytes_held();
                    statistics.bytes_dormant += pool.dormant_bytes();
                }
            }
            statistics.bytes_in_blocks += of_kind.bytes_in_blocks;
            statistics
                .classes
                .extend(classes.into_iter().filter(|class| class.pools > 0));
        }
        for arena in self.arenas.all.iter() {
            if arena.is_huge() {
                statistics.huge_blocks += 1;
            } else {
                statistics.arenas += 1;
                statistics.pools_clean += arena.clean.get().count_ones() as usize;
                statistics.pools_free +=
                    (arena.free.get() & !arena.clean.get()).count_ones() as usize;
            }
        }
        statistics
    }
}

impl PoolPtr {
    /// Bytes of memory that a pool in use, or a large block, holds.
    fn bytes_held(self) -> usize {
        if self.is_large() {
            self.large_bytes()
        } else {
            POOL_SIZE - self.dormant_bytes()
        }
    }
}

impl ClassStatistics {
    fn new(kind: Kind, class: SizeClass) -> Self {
        Self {
            kind,
            block_size: class.block_size(),
            pools: 0,
            blocks_live: 0,
            blocks_free: 0,
        }
    }
}

impl KindStatistics {
    fn count(&mut self, pool: PoolPtr, classes: &mut [ClassStatistics]) {
        if pool.is_large() {
            self.large_blocks += 1;
            self.pools += usize::from(pool.capacity.get());
            self.bytes_in_blocks += pool.large_bytes();
            return;
        }
        let used = pool.used();
        let class = &mut classes[pool.class().index()];
        class.pools += 1;
        class.blocks_live += used;
        class.blocks_free += usize::from(pool.capacity.get()) - used;
        self.pools += 1;
        self.bytes_in_blocks += used * class.block_size;
    }
}
