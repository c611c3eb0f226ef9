//! Checks every invariant of the heap by recomputing what must be true; the numbers are those in the crate's
//! documentation.

use crate::arena::{All, ArenaPtr, ByFree, Young};
use crate::heap::{Heap, KINDS, Kind};
use crate::large::HUGE_FIRST;
use crate::list::Node;
use crate::pool::{NEVER, PoolPtr, State};
use crate::size_class::{ARENA_SIZE, HUGE_MIN, POOL_SIZE, POOLS, SMALL_MAX, SizeClass};
use std::collections::HashSet;
use std::ptr::NonNull;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which: the n of Hn in the crate's documentation.
    pub invariant: u8,
    /// Where, what was expected, and what was found.
    pub message: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "heap invariant H{} is violated: {}",
            self.invariant, self.message
        )
    }
}

impl std::error::Error for Violation {}

type Check = Result<(), Violation>;

macro_rules! ensure {
    ($invariant:literal, $condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(Violation { invariant: $invariant, message: format!($($message)+) });
        }
    };
}

/// What is added up over all pools, to be compared with what the heap counted.
#[derive(Default)]
struct Sums {
    blocks: [usize; KINDS],
    bytes_in_blocks: [usize; KINDS],
    committed: usize,
    reserved: usize,
    dirty: usize,
    used_pools: usize,
    empty: usize,
    partial_pools: usize,
    ended: usize,
    young_arenas: usize,
}

impl Heap {
    /// Walks everything and checks it against everything else. Linear in the number of pools and free blocks.
    ///
    /// # Errors
    /// The first violation found.
    pub fn verify(&self) -> Result<(), Violation> {
        let mut sums = Sums::default();
        for arena in self.arenas.all.iter() {
            self.verify_arena(arena, &mut sums)?;
        }
        self.verify_buckets()?;
        self.verify_bins(&sums)?;
        self.verify_ended(&sums)?;
        self.verify_young(&sums)?;
        self.verify_counts(&sums)?;
        self.verify_ledger(&sums)
    }

    fn verify_arena(&self, arena: ArenaPtr, sums: &mut Sums) -> Check {
        let base = arena.base();
        ensure!(
            1,
            base.addr().get().is_multiple_of(ARENA_SIZE),
            "arena {base:p} is not aligned"
        );
        ensure!(
            1,
            std::ptr::eq(arena.heap.get(), self),
            "arena {base:p} names another heap"
        );
        let next = Node::<All>::next(&arena);
        ensure!(
            1,
            next.is_none_or(|next| Node::<All>::prev(&next) == Some(arena)),
            "arena {base:p} and its neighbour disagree"
        );
        let heads = arena.all_heads();
        let head_count: u32 = arena
            .heads
            .iter()
            .map(|heads| heads.get().count_ones())
            .sum();
        ensure!(
            2,
            heads.count_ones() == head_count,
            "a pool of arena {base:p} has two kinds"
        );
        ensure!(
            9,
            arena.young.get() & !arena.heads[Kind::Tracked as usize].get() == 0,
            "arena {base:p} has young pools without tracked objects"
        );
        ensure!(
            9,
            arena.is_listed_young.get() || arena.young.get() == 0,
            "arena {base:p} has young pools but is not listed"
        );
        sums.young_arenas += usize::from(arena.is_listed_young.get());
        sums.committed += arena.committed();
        sums.reserved += arena.mapped.get();
        if arena.is_huge() {
            return self.verify_huge(arena, sums);
        }
        ensure!(
            1,
            arena.mapped.get() == ARENA_SIZE,
            "arena {base:p} has {} bytes",
            arena.mapped.get()
        );
        let (free, clean) = (arena.free.get(), arena.clean.get());
        ensure!(
            2,
            clean & !free == 0 && clean & 1 == 0,
            "arena {base:p}: clean pools {clean:#x} of {free:#x}"
        );
        ensure!(
            2,
            heads & free == 0,
            "arena {base:p}: pools {:#x} are free and in use",
            heads & free
        );
        sums.dirty += (free & !clean & !1).count_ones() as usize;
        sums.used_pools += POOLS - arena.free_count();
        sums.empty += usize::from(free == u64::MAX);
        let mut index = 0;
        while index < POOLS {
            index += self.verify_pool(PoolPtr::in_arena(arena, index), heads, sums)?;
        }
        Ok(())
    }

    /// Checks a pool, or a whole run; returns how many pools that were.
    fn verify_pool(&self, pool: PoolPtr, heads: u64, sums: &mut Sums) -> Result<usize, Violation> {
        let (arena, base, state) = (pool.arena(), pool.base(), pool.state.get());
        let is_free = arena.free.get() & pool.bit() != 0;
        ensure!(
            2,
            is_free == (state == State::Free),
            "pool {base:p} is {state:?}, free bit {is_free}"
        );
        if is_free {
            let has_numbers = pool.sides.iter().any(|side| !side.get().is_null());
            ensure!(2, !has_numbers, "free pool {base:p} has side arrays");
            let listed = self.verify_free_list(pool)?.len();
            ensure!(
                3,
                listed == usize::from(pool.carved.get()),
                "free pool {base:p} lists {listed} of {} blocks",
                pool.carved.get()
            );
            let is_clean = arena.clean.get() & pool.bit() != 0;
            ensure!(
                2,
                !is_clean || listed == 0,
                "clean pool {base:p} lists {listed} blocks"
            );
            return Ok(1);
        }
        if state == State::Ended {
            sums.ended += 1;
            return Ok(usize::from(pool.capacity.get()));
        }
        let kind = pool.kind.get();
        ensure!(
            2,
            heads & pool.bit() != 0,
            "pool {base:p} ({state:?}) belongs to no kind"
        );
        ensure!(
            2,
            arena.heads[kind as usize].get() & pool.bit() != 0,
            "pool {base:p} is listed under another kind than {kind:?}"
        );
        ensure!(
            2,
            std::ptr::eq(pool.counters.get(), self.counters(kind)),
            "pool {base:p} counts elsewhere"
        );
        if state == State::Large {
            return self.verify_run(pool, sums);
        }
        self.verify_small(pool, sums)?;
        Ok(1)
    }

    fn verify_small(&self, pool: PoolPtr, sums: &mut Sums) -> Check {
        let (base, kind) = (pool.base(), pool.kind.get());
        let free = self.verify_free_list(pool)?;
        let (carved, capacity) = (
            usize::from(pool.carved.get()),
            usize::from(pool.capacity.get()),
        );
        let dormant: HashSet<_> = pool
            .dormant_blocks()
            .map(|index| pool.block(index))
            .collect();
        ensure!(
            3,
            dormant.is_disjoint(&free),
            "the free list of pool {base:p} has blocks on pages that were given back"
        );
        ensure!(
            2,
            pool.dormant.get() == 0 || pool.index() != 0,
            "the arena's fields at {base:p} were given back"
        );
        ensure!(
            11,
            !self.is_held(pool) || pool.is_held(),
            "releases into pool {base:p} would not be observed"
        );
        let used = carved - free.len() - dormant.len();
        sums.committed -= pool.dormant_bytes();
        let countdown = pool.countdown(self.is_held(pool));
        let (expected, name) = match pool.state.get() {
            State::Current => (countdown, "not listed"),
            State::Emptied => (countdown + used as u32, "more blocks in use"),
            State::Partial => (used as u32, "the blocks in use"),
            State::Full => (
                pool.relist_after() - (capacity - used) as u32,
                "the rest until it is listed",
            ),
            state => {
                return Err(Violation {
                    invariant: 4,
                    message: format!("pool {base:p} is {state:?}"),
                });
            }
        };
        ensure!(
            4,
            countdown == expected,
            "pool {base:p} counts down from {countdown}, but {name} are {expected}"
        );
        ensure!(
            4,
            pool.state.get() != State::Full || carved == capacity,
            "full pool {base:p} has only {carved} of {capacity} blocks"
        );
        ensure!(
            4,
            pool.state.get() != State::Partial || pool.has_room(),
            "pool {base:p} is listed, but has no room"
        );
        sums.blocks[kind as usize] += used;
        sums.bytes_in_blocks[kind as usize] += used * pool.class().block_size();
        sums.ended += usize::from(pool.state.get() == State::Emptied);
        sums.partial_pools += usize::from(pool.state.get() == State::Partial);
        if self.zeal.fences {
            for block in (0..carved)
                .map(|index| pool.block(index))
                .filter(|block| !free.contains(block) && !dormant.contains(block))
            {
                self.verify_fences(block)?;
            }
        }
        Ok(())
    }

    fn verify_fences(&self, block: NonNull<u8>) -> Check {
        self.check_fences(block, None).map_err(|message| Violation {
            invariant: 10,
            message,
        })
    }

    /// Checks a free list; returns its blocks.
    fn verify_free_list(&self, pool: PoolPtr) -> Result<HashSet<NonNull<u8>>, Violation> {
        let (base, kind, carved) = (pool.base(), pool.kind.get(), usize::from(pool.carved.get()));
        ensure!(
            3,
            carved <= usize::from(pool.capacity.get()),
            "pool {base:p} has {carved} blocks"
        );
        let mut seen = HashSet::new();
        let mut link = pool.free_head();
        while let Some(block) = NonNull::new(link.cast::<u8>()) {
            let address = block.addr().get();
            let begin = base.addr().get() + usize::from(pool.first.get());
            let offset = address.wrapping_sub(begin);
            ensure!(
                3,
                offset < carved * pool.class().block_size()
                    && offset.is_multiple_of(pool.class().block_size()),
                "the free list of pool {base:p} has {address:#x}, which is no block of it"
            );
            ensure!(
                3,
                seen.insert(block),
                "block {address:#x} was released twice"
            );
            ensure!(
                11,
                !Self::has_number(pool, block),
                "free block {address:#x} has a number of an observer"
            );
            if let Some(offset) = self.null_at(kind) {
                // SAFETY: a block of the pool (checked above); its second word is always initialized (H3).
                let class = unsafe { block.add(offset).cast::<*const ()>().read() };
                ensure!(
                    3,
                    class.is_null(),
                    "free block {address:#x} has class {class:p}"
                );
            }
            if self.zeal.poison {
                self.check_poison(block, kind)
                    .map_err(|message| Violation {
                        invariant: 10,
                        message,
                    })?;
            }
            // SAFETY: a free block holds a link (H3).
            link = unsafe { (&raw const (*link).next).read() };
        }
        Ok(seen)
    }

    fn verify_run(&self, pool: PoolPtr, sums: &mut Sums) -> Result<usize, Violation> {
        let (base, size, len) = (
            pool.base(),
            pool.large_size(),
            usize::from(pool.capacity.get()),
        );
        ensure!(
            7,
            size > SMALL_MAX && size < HUGE_MIN && size.div_ceil(POOL_SIZE) == len,
            "large block {base:p} of {size} bytes has {len} pools"
        );
        for inside in pool.index() + 1..pool.index() + len {
            let state = PoolPtr::in_arena(pool.arena(), inside).state.get();
            ensure!(
                2,
                state == State::Inside,
                "pool {inside} of large block {base:p} is {state:?}"
            );
        }
        self.verify_large(pool, sums)?;
        Ok(len)
    }

    fn verify_huge(&self, arena: ArenaPtr, sums: &mut Sums) -> Check {
        let pool = PoolPtr::in_arena(arena, 0);
        let (base, size) = (arena.base(), pool.large_size());
        if pool.state.get() == State::Ended {
            sums.ended += 1;
            return Ok(());
        }
        let mapped = arena.mapped.get();
        ensure!(
            7,
            size >= HUGE_MIN
                && mapped >= size + HUGE_FIRST
                && mapped < size + HUGE_FIRST + self.arenas.page_size,
            "huge block in mapping {base:p} of {mapped} bytes has {size}"
        );
        self.verify_large(pool, sums)
    }

    fn verify_large(&self, pool: PoolPtr, sums: &mut Sums) -> Check {
        let kind = pool.kind.get() as usize;
        sums.blocks[kind] += 1;
        sums.bytes_in_blocks[kind] += pool.large_bytes();
        let countdown = pool.countdown(false);
        ensure!(
            4,
            countdown == 1,
            "large block {:p} counts down from {countdown}",
            pool.base()
        );
        if self.zeal.fences {
            self.verify_fences(pool.large_block())?;
        }
        Ok(())
    }

    fn verify_buckets(&self) -> Check {
        let mut listed = 0;
        for (bucket, arenas) in self.arenas.buckets.iter().enumerate() {
            for arena in arenas.iter() {
                let free = arena.free_count();
                ensure!(
                    1,
                    free == bucket + 1,
                    "arena {:p} with {free} free pools is in bucket {bucket}",
                    arena.base()
                );
                let next = Node::<ByFree>::next(&arena);
                ensure!(
                    1,
                    next.is_none_or(|next| Node::<ByFree>::prev(&next) == Some(arena)),
                    "the list of bucket {bucket} is broken"
                );
                listed += 1;
            }
        }
        let expected = self
            .arenas
            .arenas()
            .filter(|arena| arena.free.get() != 0)
            .count();
        ensure!(
            1,
            listed == expected,
            "{listed} arenas in buckets, {expected} have free pools"
        );
        Ok(())
    }

    fn verify_bins(&self, sums: &Sums) -> Check {
        let mut listed = 0;
        for (kind, class) in Kind::ALL
            .into_iter()
            .flat_map(|kind| SizeClass::all().map(move |class| (kind, class)))
        {
            let is_this = |pool: PoolPtr| pool.kind.get() == kind && pool.class() == class;
            let attached = self.attached(kind, class);
            if let Some(pool) = attached {
                let state = pool.state.get();
                ensure!(
                    5,
                    state == State::Current && is_this(pool),
                    "{kind:?} blocks of {} come from a pool that is {state:?}",
                    class.block_size()
                );
                let countdown = pool.countdown(self.is_held(pool));
                ensure!(
                    5,
                    countdown > NEVER / 2,
                    "attached pool {:p} counts down from {countdown}",
                    pool.base()
                );
            }
            ensure!(
                5,
                self.is_hot(kind, class, PoolPtr::none())
                    || attached.is_some_and(|pool| self.is_hot(kind, class, pool)),
                "the fast path for {kind:?} blocks of {} takes another pool",
                class.block_size()
            );
            for pool in self.partial(kind, class).iter() {
                ensure!(
                    5,
                    pool.state.get() == State::Partial && is_this(pool),
                    "pool {:p} is in a list where it does not belong",
                    pool.base()
                );
                listed += 1;
            }
        }
        ensure!(
            5,
            listed == sums.partial_pools,
            "{listed} pools listed of {} with room",
            sums.partial_pools
        );
        Ok(())
    }

    fn verify_ended(&self, sums: &Sums) -> Check {
        let listed = self.ended.iter().count();
        ensure!(
            2,
            listed == sums.ended,
            "{listed} pools wait for walks to end, but {} should",
            sums.ended
        );
        ensure!(
            2,
            listed == 0 || self.walking.get() > 0,
            "{listed} pools wait for walks to end, but none is under way"
        );
        Ok(())
    }

    fn verify_young(&self, sums: &Sums) -> Check {
        let mut listed = 0;
        for arena in self.arenas.young.iter() {
            ensure!(
                9,
                arena.is_listed_young.get(),
                "arena {:p} is listed as young by mistake",
                arena.base()
            );
            let next = Node::<Young>::next(&arena);
            ensure!(
                9,
                next.is_none_or(|next| Node::<Young>::prev(&next) == Some(arena)),
                "the list of young arenas is broken at {:p}",
                arena.base()
            );
            listed += 1;
        }
        ensure!(
            9,
            listed == sums.young_arenas,
            "{listed} young arenas listed of {}",
            sums.young_arenas
        );
        for pool in SizeClass::all().filter_map(|class| self.attached(Kind::Tracked, class)) {
            let is_young = pool.arena().young.get() & pool.bit() != 0;
            ensure!(
                9,
                is_young || !self.is_hot(Kind::Tracked, pool.class(), pool),
                "pool {:p} gives blocks but is not young",
                pool.base()
            );
        }
        Ok(())
    }

    fn verify_counts(&self, sums: &Sums) -> Check {
        for kind in Kind::ALL {
            let (found, counted) = (sums.blocks[kind as usize], self.blocks_live_of(kind));
            ensure!(
                6,
                found == counted,
                "{found} blocks of {kind:?} found, {counted} counted"
            );
            let (room, bytes) = (
                sums.bytes_in_blocks[kind as usize],
                self.bytes_live_of(kind),
            );
            ensure!(
                6,
                bytes <= room,
                "{bytes} bytes of {kind:?} live in blocks of {room}"
            );
        }
        Ok(())
    }

    fn verify_ledger(&self, sums: &Sums) -> Check {
        let (arenas, ledger) = (&self.arenas, &self.arenas.ledger);
        let committed = sums.committed + self.side_bytes.get();
        for (name, found, counted) in [
            ("bytes committed", committed, ledger.committed.get()),
            ("bytes reserved", sums.reserved, ledger.reserved.get()),
            ("free pools with memory", sums.dirty, arenas.dirty.get()),
            ("pools in use", sums.used_pools, arenas.used.get()),
            ("empty arenas", sums.empty, arenas.empty.get()),
        ] {
            ensure!(
                8,
                found == counted,
                "{name}: {found} found, {counted} counted"
            );
        }
        let peak = ledger.committed_peak.get();
        ensure!(
            8,
            committed <= peak,
            "{committed} bytes committed, but never more than {peak}"
        );
        Ok(())
    }
}
