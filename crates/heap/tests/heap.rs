//! The heap's public face: allocation, limits, walks, zeal.
#![allow(unsafe_code, reason = "blocks are raw memory")]
mod common;

use common::{Block, Numbers, assert_holds};
use exuvia_heap::{Config, FailAt, Heap, HeapVec, Kind, OutOfMemory, OwnedHeap, Side, Zeal};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn heap() -> OwnedHeap {
    Heap::new(Config::default())
}

fn limited(limit: usize) -> OwnedHeap {
    Heap::new(Config {
        limit: Some(limit),
        ..Config::default()
    })
}

fn zealous(zeal: Zeal) -> OwnedHeap {
    Heap::new(Config {
        zeal,
        ..Config::default()
    })
}

#[test]
fn a_new_heap_takes_nothing() {
    let heap = heap();
    assert_eq!(
        (
            heap.bytes_reserved(),
            heap.bytes_committed(),
            heap.blocks_live()
        ),
        (0, 0, 0)
    );
    heap.verify().unwrap();
}

#[test]
fn blocks_of_every_size_hold_what_is_written() {
    let heap = heap();
    let mut blocks = vec![];
    let sizes = (0..600).chain((600..40_000).step_by(97)).chain([
        512 * KIB - 1,
        512 * KIB,
        MIB,
        3 * MIB + 5,
    ]);
    for (number, size) in sizes.enumerate() {
        blocks.push(Block::new(&heap, Kind::ALL[number % 3], size, number as u8).unwrap());
    }
    assert_holds(&heap, &blocks);
    while let Some(block) = blocks.pop() {
        block.release();
    }
    assert_holds(&heap, &[]);
    heap.trim();
    assert_eq!((heap.bytes_reserved(), heap.bytes_committed()), (0, 0));
    heap.verify().unwrap();
}

#[test]
fn a_released_block_is_the_next_one_given() {
    let heap = heap();
    let first = heap.allocate(Kind::Untracked, 48).unwrap();
    // SAFETY: each block is released once with its size.
    unsafe {
        Heap::release(first, 48);
        let second = heap.allocate(Kind::Untracked, 48).unwrap();
        assert_eq!(first, second);
        Heap::release(second, 48);
    }
}

#[test]
fn blocks_grow_and_shrink_with_their_contents() {
    let heap = heap();
    let sizes = [
        0, 8, 40, 41, 500, 9_000, 16_384, 17_000, 100_000, 520_000, 524_288, 2_000_000, 9_000_000,
    ];
    for kind in Kind::ALL {
        let mut block = Block::new(&heap, kind, 16, 7).unwrap();
        for size in sizes.into_iter().chain(sizes.into_iter().rev()) {
            block.resize(size).unwrap();
            assert_holds(&heap, std::slice::from_ref(&block));
        }
        block.release();
    }
    assert_holds(&heap, &[]);
}

#[test]
fn a_large_block_grows_in_place_where_the_next_pools_are_free() {
    let heap = heap();
    let mut block = Block::new(&heap, Kind::Buffer, 20 * KIB, 1).unwrap();
    let address = block.block;
    block.resize(200 * KIB).unwrap();
    block.resize(30 * KIB).unwrap();
    assert_eq!(block.block, address);
    assert_holds(&heap, std::slice::from_ref(&block));
    block.release();
}

#[test]
fn the_limit_is_never_passed_and_is_used_up() {
    for limit in [16 * KIB, 100 * KIB, MIB, 2 * MIB + 12_345] {
        for size in [
            16, 48, 100, 511, 5_000, 8_192, 8_193, 50_000, 300_000, 700_000,
        ] {
            let heap = limited(limit);
            let mut blocks = vec![];
            while let Ok(block) = Block::new(&heap, Kind::Buffer, size, 3) {
                blocks.push(block);
                assert!(heap.bytes_committed() <= limit);
            }
            let live = blocks.len() * size;
            assert_eq!(heap.bytes_live(), live);
            assert!(heap.bytes_committed() <= limit);
            // What is missing is one block, the arenas' first pools, and what rounding to pools costs.
            let waste = size + (limit / MIB + 1) * 16 * KIB + live + 16 * KIB;
            assert!(
                live + waste >= limit,
                "{live} of {limit} in blocks of {size}"
            );
            heap.verify().unwrap();
            // With one block gone, one more fits.
            blocks.pop().into_iter().for_each(Block::release);
            if !blocks.is_empty() {
                blocks.push(Block::new(&heap, Kind::Buffer, size, 4).unwrap());
            }
            blocks.into_iter().for_each(Block::release);
            heap.verify().unwrap();
        }
    }
}

#[test]
fn at_the_limit_every_kind_and_class_can_use_what_another_gave_back() {
    let heap = limited(2 * MIB);
    for size in [24, 64, 600, 4_000, 20_000, 200_000, 600_000, 24] {
        for kind in Kind::ALL {
            let mut blocks = vec![];
            while let Ok(block) = Block::new(&heap, kind, size, 1) {
                blocks.push(block);
            }
            assert!(
                heap.bytes_live() > MIB,
                "{size} bytes: only {}",
                heap.bytes_live()
            );
            blocks.into_iter().for_each(Block::release);
            assert_holds(&heap, &[]);
        }
    }
}

#[test]
fn a_full_pool_with_a_free_block_is_found_at_the_limit() {
    let heap = limited(64 * KIB);
    let mut blocks = vec![];
    while let Ok(block) = Block::new(&heap, Kind::Tracked, 16, 1) {
        blocks.push(block);
    }
    for index in (0..blocks.len()).step_by(600) {
        let last = blocks.len() - 1;
        blocks.swap(index, last);
        blocks.pop().unwrap().release();
        blocks.push(Block::new(&heap, Kind::Tracked, 16, 2).unwrap());
    }
    assert_holds(&heap, &blocks);
    blocks.into_iter().for_each(Block::release);
}

#[test]
fn a_lower_limit_gives_back_what_is_free() {
    let heap = heap();
    let blocks: Vec<_> = (0..10)
        .map(|_| Block::new(&heap, Kind::Buffer, 60 * KIB, 1).unwrap())
        .collect();
    blocks.into_iter().for_each(Block::release);
    assert!(heap.bytes_committed() > 64 * KIB);
    heap.set_limit(Some(64 * KIB));
    assert_eq!(heap.limit(), Some(64 * KIB));
    assert!(heap.bytes_committed() <= 64 * KIB);
    heap.verify().unwrap();
}

#[test]
fn nearness_of_the_limit_is_noticed() {
    let heap = limited(MIB);
    assert!(!heap.is_near_limit());
    let block = Block::new(&heap, Kind::Buffer, 999_000, 1).unwrap();
    assert!(heap.is_near_limit());
    block.release();
    assert!(!heap.is_near_limit());
}

#[test]
fn absurd_sizes_are_refused() {
    let heap = heap();
    let block = Block::new(&heap, Kind::Buffer, 600 * KIB, 1).unwrap();
    for size in [
        usize::MAX,
        usize::MAX - 4096,
        isize::MAX as usize,
        1 << 62,
        1 << 50,
    ] {
        assert_eq!(heap.allocate(Kind::Buffer, size), Err(OutOfMemory));
        // SAFETY: the block stays as it is, because it cannot grow.
        let grown = unsafe { Heap::resize(block.block, block.size, size) };
        assert_eq!(grown, Err(OutOfMemory));
    }
    assert_holds(&heap, std::slice::from_ref(&block));
    block.release();
}

#[test]
fn memory_goes_back_when_blocks_go() {
    let heap = heap();
    let mut blocks: Vec<_> = (0..200_000)
        .map(|_| Block::new(&heap, Kind::Untracked, 64, 1).unwrap())
        .collect();
    let full = heap.bytes_committed();
    let mut kept = vec![];
    for (index, block) in blocks.drain(..).enumerate() {
        if index % 1000 == 0 {
            kept.push(block)
        } else {
            block.release()
        }
    }
    assert_holds(&heap, &kept);
    // A page for each of the 200 that stay, and what the heap keeps at hand.
    heap.tidy(1000);
    assert!(full > 12 * MIB && heap.bytes_committed() < 200 * 4 * KIB + 2 * MIB);
    heap.trim();
    assert!(heap.bytes_committed() < 200 * 4 * KIB + 14 * 16 * KIB);
    assert_holds(&heap, &kept);
    // The rest of their pools can be used again, within the limit too.
    heap.set_limit(Some(5 * MIB));
    let pools = heap.statistics().pools_used;
    for _ in 0..30_000 {
        kept.push(Block::new(&heap, Kind::Untracked, 64, 2).unwrap());
    }
    assert_eq!(heap.statistics().pools_used, pools);
    assert_holds(&heap, &kept);
    kept.into_iter().for_each(Block::release);
    assert!(
        heap.bytes_committed() <= 2 * MIB,
        "{}",
        heap.bytes_committed()
    );
    assert_holds(&heap, &[]);
}

#[test]
fn kinds_never_share_a_pool() {
    let heap = heap();
    let blocks: Vec<_> = (0..3000)
        .map(|n| Block::new(&heap, Kind::ALL[n % 3], 32, n as u8).unwrap())
        .collect();
    let pools_of = |kind| -> HashSet<usize> {
        blocks
            .iter()
            .filter(|b| b.kind == kind)
            .map(|b| b.block.addr().get() / (16 * KIB))
            .collect()
    };
    let [tracked, untracked, buffers] = Kind::ALL.map(pools_of);
    assert!(
        tracked.is_disjoint(&untracked)
            && untracked.is_disjoint(&buffers)
            && buffers.is_disjoint(&tracked)
    );
    blocks.into_iter().for_each(Block::release);
}

#[test]
fn only_blocks_with_a_class_are_objects() {
    let heap = heap();
    let bare = heap.allocate(Kind::Tracked, 40).unwrap();
    let large = heap.allocate(Kind::Tracked, 40_000).unwrap();
    let huge = heap.allocate(Kind::Tracked, 4_000_000).unwrap();
    heap.for_each_object(Kind::Tracked, |_| panic!("there is no object yet"));
    assert_eq!(heap.tracked_live(), 3);
    // SAFETY: each block is released once with its size.
    unsafe {
        Heap::release(bare, 40);
        Heap::release(large, 40_000);
        Heap::release(huge, 4_000_000);
    }
    assert_holds(&heap, &[]);
}

fn young_objects(heap: &Heap) -> HashSet<usize> {
    let mut found = HashSet::new();
    heap.for_each_young_pool(|pool| found.extend(pool.objects().map(|block| block.addr().get())));
    found
}

fn addresses(blocks: &[Block]) -> HashSet<usize> {
    blocks
        .iter()
        .map(|block| block.block.addr().get())
        .collect()
}

#[test]
fn young_pools_are_those_that_received_blocks() {
    let heap = heap();
    let tracked = |count: usize, size| -> Vec<Block> {
        (0..count)
            .map(|_| Block::new(&heap, Kind::Tracked, size, 1).unwrap())
            .collect()
    };
    let mut old = tracked(5000, 48);
    old.extend(tracked(3, 40_000));
    old.extend(tracked(2, 600_000));
    assert_eq!(young_objects(&heap), addresses(&old));
    heap.next_epoch();
    assert_eq!(heap.epoch(), 1);
    assert!(young_objects(&heap).is_empty());
    heap.verify().unwrap();

    let mut young = tracked(10, 48);
    young.extend(tracked(1, 30_000));
    young.extend(tracked(1, 700_000));
    let found = young_objects(&heap);
    assert!(found.is_superset(&addresses(&young)));
    assert!(
        found.len() < 10 + 2 + 16 * KIB / 48,
        "only one pool of 48 bytes is young"
    );
    heap.for_each_young_pool(|pool| assert_eq!(pool.epoch(), 1));
    heap.verify().unwrap();

    young.into_iter().for_each(Block::release);
    heap.verify().unwrap();
    old.into_iter().for_each(Block::release);
    assert_holds(&heap, &[]);
    assert!(young_objects(&heap).is_empty());
}

#[test]
fn blocks_may_come_and_go_during_a_walk() {
    let heap = heap();
    let mut blocks: Vec<_> = (0..20_000)
        .map(|n| {
            Block::new(
                &heap,
                Kind::Tracked,
                [32, 48, 20_000, 600_000][(n % 997_usize).saturating_sub(993)],
                1,
            )
            .unwrap()
        })
        .collect();
    let mut spare: Vec<Block> = blocks.split_off(100);
    let before = heap.bytes_committed();
    let mut seen = 0;
    heap.for_each_object(Kind::Tracked, |_| {
        seen += 1;
        for _ in 0..300 {
            spare.pop().into_iter().for_each(Block::release);
        }
        if seen % 7 == 0 {
            blocks.push(Block::new(&heap, Kind::Tracked, 56, 2).unwrap());
            blocks.push(Block::new(&heap, Kind::Buffer, 600_000, 2).unwrap());
            heap.verify().unwrap();
        }
        if seen % 50 == 0 {
            heap.trim();
        }
    });
    assert!(spare.is_empty() && seen >= 100);
    blocks.drain(100..).for_each(Block::release);
    assert_holds(&heap, &blocks);
    assert!(heap.bytes_committed() < before);
    blocks.into_iter().for_each(Block::release);
    heap.trim();
    assert_eq!(heap.bytes_reserved(), 0);
}

#[test]
fn a_sliced_walk_shows_everything_that_stays_once() {
    let heap = heap();
    let mut numbers = Numbers(5);
    let mut new_block = |seed: usize| {
        let size = [24, 64, 64, 1_000, 12_000, 550_000]
            [numbers.below(6) * usize::from(seed.is_multiple_of(50))];
        Block::new(&heap, Kind::Tracked, size, seed as u8).unwrap()
    };
    let staying: Vec<_> = (0..6000).map(&mut new_block).collect();
    let mut passing: Vec<_> = (0..6000).map(&mut new_block).collect();
    let expected = addresses(&staying);
    let mut found = HashSet::new();
    heap.restart_sliced_walk();
    let mut slices = 0;
    loop {
        let mut pools = 0;
        let goes_on = heap.walk_slice(|pool| {
            for block in pool.objects().map(|block| block.addr().get()) {
                assert!(
                    found.insert(block) || !expected.contains(&block),
                    "seen twice"
                );
            }
            pools += 1;
            pools < 3
        });
        slices += 1;
        for seed in 0..100 {
            passing.pop().into_iter().for_each(Block::release);
            passing.insert(0, new_block(seed));
        }
        heap.verify().unwrap();
        if !goes_on {
            break;
        }
    }
    assert!(slices > 5 && found.is_superset(&expected));
    staying.into_iter().chain(passing).for_each(Block::release);
    assert_holds(&heap, &[]);
}

#[test]
fn every_block_has_a_number_beside_it() {
    let heap = heap();
    let blocks: Vec<_> = (0..5000)
        .map(|n| {
            Block::new(
                &heap,
                Kind::ALL[n % 3],
                [16, 72, 500, 9_000][(n % 98).saturating_sub(94)],
                1,
            )
            .unwrap()
        })
        .collect();
    let before = heap.bytes_committed();
    for (n, block) in blocks.iter().enumerate() {
        // SAFETY: the block lives.
        unsafe {
            Heap::side_or_new(block.block, Side::Tracer)
                .unwrap()
                .set(n as u32 + 1);
        }
    }
    assert_eq!(
        heap.bytes_committed(),
        before + heap.statistics().bytes_side
    );
    heap.verify().unwrap();
    for (n, block) in blocks.iter().enumerate() {
        // SAFETY: the block lives.
        let number = unsafe { Heap::side(block.block, Side::Tracer) };
        assert_eq!(number.unwrap().get(), n as u32 + 1);
    }
    let mut shown = 0;
    heap.for_each_pool(Kind::Tracked, |pool| {
        let numbers = pool.side(Side::Tracer).unwrap();
        assert_eq!(numbers.len(), pool.capacity());
        for block in pool.objects() {
            let expected = numbers[pool.index_of(block)].get() as usize - 1;
            assert_eq!(blocks[expected].block, block);
            shown += 1;
        }
    });
    assert_eq!(shown, heap.tracked_live());
    // SAFETY: no number is used any more.
    unsafe { heap.drop_side(Side::Tracer) };
    assert_eq!(heap.bytes_committed(), before);
    // SAFETY: the block lives.
    unsafe {
        assert!(Heap::side(blocks[0].block, Side::Tracer).is_none());
        Heap::side_or_new(blocks[0].block, Side::Collector)
            .unwrap()
            .set(9);
    }
    heap.verify().unwrap();
    blocks.into_iter().for_each(Block::release);
    assert_eq!(
        heap.statistics().bytes_side,
        0,
        "arrays go with their pools"
    );
    assert_holds(&heap, &[]);
}

#[test]
fn what_a_walk_shows_stays_until_it_ends() {
    let heap = heap();
    let mut blocks: Vec<_> = [40, 9_000, 50_000, 600_000]
        .map(|size| Block::new(&heap, Kind::Tracked, size, 1).unwrap())
        .into();
    let walk = heap.walk();
    let pools: Vec<_> = walk.pools(Kind::Tracked).collect();
    let numbers: Vec<_> = pools
        .iter()
        .map(|pool| pool.make_side(Side::Collector).unwrap())
        .collect();
    blocks.drain(..).for_each(Block::release);
    for n in 0..3000 {
        blocks.push(Block::new(&heap, Kind::ALL[n % 3], 24, 1).unwrap());
    }
    for (pool, numbers) in pools.iter().zip(&numbers) {
        numbers[0].set(7);
        assert_eq!(
            (pool.kind(), numbers.len()),
            (Kind::Tracked, pool.capacity())
        );
        assert!(pool.is_large() || pool.block_size() == 40);
    }
    heap.verify().unwrap();
    drop(walk);
    assert_holds(&heap, &blocks);
    blocks.into_iter().for_each(Block::release);
    assert_holds(&heap, &[]);
}

#[test]
fn statistics_add_up() {
    let heap = heap();
    let blocks: Vec<_> = (0..10_000)
        .map(|n| {
            Block::new(
                &heap,
                Kind::ALL[n % 3],
                20 + n % 700 + 30_000 * usize::from(n % 999 == 0),
                1,
            )
            .unwrap()
        })
        .collect();
    let statistics = heap.statistics();
    assert_eq!(statistics.blocks_live, 10_000);
    assert_eq!(
        statistics.bytes_live,
        blocks.iter().map(|block| block.size).sum::<usize>()
    );
    let small: usize = statistics
        .classes
        .iter()
        .map(|class| class.blocks_live)
        .sum();
    let large: usize = statistics.kinds.iter().map(|kind| kind.large_blocks).sum();
    assert_eq!((small + large, large), (10_000, 11));
    assert!(statistics.bytes_in_blocks >= statistics.bytes_live);
    assert!(statistics.bytes_in_blocks <= statistics.bytes_committed);
    assert_eq!(
        statistics.pools_used,
        statistics
            .kinds
            .iter()
            .map(|kind| kind.pools)
            .sum::<usize>()
    );
    assert!((0.0..0.3).contains(&statistics.fragmentation()));
    let report = statistics.to_string();
    assert_eq!(
        report.lines().count(),
        2 + 1 + 3 + 1 + statistics.classes.len(),
        "{report}"
    );
    let peak = statistics.bytes_live;
    blocks.into_iter().for_each(Block::release);
    let statistics = heap.statistics();
    assert!(statistics.bytes_live_peak <= peak && statistics.bytes_live_peak > peak - peak / 20);
    assert_eq!(
        statistics
            .kinds
            .map(|kind| kind.blocks_allocated)
            .iter()
            .sum::<usize>(),
        10_000
    );
    assert_eq!(statistics.bytes_live, 0);
}

#[test]
fn user_data_is_found_from_a_block() {
    let heap = heap();
    assert!(heap.user_data().is_null());
    let data = 42;
    heap.set_user_data((&raw const data).cast());
    let block = Block::new(&heap, Kind::Tracked, 64, 1).unwrap();
    assert_eq!(block.heap().user_data(), (&raw const data).cast());
    block.release();
}

#[test]
fn blocks_outlive_the_owner() {
    let owner = heap();
    let mut blocks: Vec<_> = (0..3000)
        .map(|n| {
            Block::new(
                &owner,
                Kind::ALL[n % 3],
                [40, 400, 20_000, 600_000][(n % 96).saturating_sub(92)],
                5,
            )
            .unwrap()
        })
        .collect();
    let mut vec = HeapVec::from_slice(&owner, &[1, 2, 3]).unwrap();
    drop(owner);
    let heap = blocks[0].heap();
    heap.verify().unwrap();
    vec.push(heap, 4).unwrap();
    for block in blocks.drain(..).rev() {
        block.release();
    }
    assert_eq!(*vec, [1, 2, 3, 4]);
    drop(vec);
}

#[test]
fn a_heap_can_be_discarded_with_what_lives_in_it() {
    let owner = heap();
    for n in 0..1000 {
        let block = Block::new(&owner, Kind::Tracked, 24 + n, 1).unwrap();
        // SAFETY: the block lives.
        unsafe {
            Heap::side_or_new(block.block, Side::Collector)
                .unwrap()
                .set(1)
        };
    }
    // SAFETY: none of the blocks is used any more.
    unsafe { owner.discard() };
}

fn all_zeal() -> Zeal {
    Zeal {
        poison: true,
        fences: true,
        verify_every: 50,
        ..Zeal::default()
    }
}

#[test]
fn zeal_changes_nothing_for_those_who_behave() {
    for (poison, fences) in [(true, false), (false, true), (true, true)] {
        let heap = zealous(Zeal {
            poison,
            fences,
            ..all_zeal()
        });
        let mut numbers = Numbers(11);
        let mut blocks: Vec<Block> = vec![];
        for step in 0..1500 {
            match numbers.below(5) {
                0 | 1 if !blocks.is_empty() => {
                    blocks.swap_remove(numbers.below(blocks.len())).release()
                }
                2 if !blocks.is_empty() => {
                    let index = numbers.below(blocks.len());
                    blocks[index].resize(numbers.below(900)).unwrap();
                }
                _ => {
                    let size = [numbers.below(200), numbers.below(20_000), 600_000]
                        [(step % 90_usize).saturating_sub(87)];
                    blocks.push(
                        Block::new(&heap, Kind::ALL[numbers.below(3)], size, step as u8).unwrap(),
                    );
                }
            }
        }
        assert_holds(&heap, &blocks);
        heap.next_epoch();
        heap.trim();
        blocks.into_iter().for_each(Block::release);
        assert_holds(&heap, &[]);
    }
}

#[test]
fn new_and_released_blocks_are_filled() {
    let heap = zealous(Zeal {
        poison: true,
        ..Zeal::default()
    });
    let block = heap.allocate(Kind::Buffer, 64).unwrap();
    // SAFETY: the block is ours; its memory stays mapped after the release, for the heap keeps the pool.
    unsafe {
        assert!((0..64).all(|offset| block.add(offset).read() == exuvia_heap::FILL_NEW));
        Heap::release(block, 64);
        assert!((16..64).all(|offset| block.add(offset).read() == exuvia_heap::FILL_RELEASED));
    }
}

fn panic_message(action: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(action)).expect_err("a panic");
    payload.downcast_ref::<String>().expect("a message").clone()
}

#[test]
fn damage_is_reported_clearly() {
    let heap = zealous(Zeal {
        poison: true,
        fences: true,
        ..Zeal::default()
    });
    let block = heap.allocate(Kind::Buffer, 20).unwrap();
    // SAFETY: the writes miss the block, but stay inside its fences; that is what is tested.
    let message = panic_message(|| unsafe {
        block.add(21).write(1);
        Heap::release(block, 20);
    });
    assert!(
        message.contains("of 20 bytes: the fence behind it was overwritten at offset 21 with 0x01"),
        "{message}"
    );
    let violation = heap.verify().unwrap_err();
    assert_eq!(violation.invariant, 10);

    let block = heap.allocate(Kind::Buffer, 20).unwrap();
    // SAFETY: as above.
    let message = panic_message(|| unsafe { Heap::release(block, 21) });
    assert!(
        message.contains("released with size 21, but 20 bytes were asked for"),
        "{message}"
    );

    // SAFETY: as above; the block's memory is still the heap's.
    unsafe {
        Heap::release(block, 20);
        block.add(10).write(7);
    }
    let message = heap.verify().unwrap_err().to_string();
    assert!(
        message.contains("was written at offset 10 with 0x07"),
        "{message}"
    );
}

#[test]
fn a_double_release_is_found() {
    let heap = heap();
    let blocks: Vec<_> = (0..10)
        .map(|_| heap.allocate(Kind::Buffer, 32).unwrap())
        .collect();
    // SAFETY: wrong on purpose; the heap is verified and then leaked.
    unsafe {
        Heap::release(blocks[3], 32);
        Heap::release(blocks[4], 32);
        Heap::release(blocks[3], 32);
    }
    let violation = heap.verify().unwrap_err();
    assert_eq!(violation.invariant, 3);
    assert!(violation.message.contains("released twice"), "{violation}");
    #[expect(clippy::mem_forget, reason = "the heap is broken on purpose")]
    std::mem::forget(heap);
}

/// Does the same as often as it takes, with the n-th allocation failing, for every n.
fn sweep(action: impl Fn(&Heap) -> Result<(), OutOfMemory>) {
    for once in [true, false] {
        let mut ordinal = 0;
        loop {
            let fail_at = if once {
                FailAt::Once(ordinal)
            } else {
                FailAt::From(ordinal)
            };
            let heap = zealous(Zeal {
                fail_at: Some(fail_at),
                ..Zeal::default()
            });
            let result = action(&heap);
            heap.verify().unwrap();
            assert_eq!(
                heap.blocks_live(),
                0,
                "allocation {ordinal} failed and something stayed"
            );
            if heap.allocation_attempts() <= ordinal {
                assert_eq!(result, Ok(()));
                assert!(ordinal > 0);
                break;
            }
            assert_eq!(result, Err(OutOfMemory));
            ordinal += 1;
        }
    }
}

#[test]
fn every_allocation_may_fail_and_nothing_is_lost() {
    sweep(|heap| {
        let mut vec = HeapVec::new();
        for n in 0..300_u64 {
            vec.push(heap, HeapVec::from_slice(heap, &[n; 3])?)?;
        }
        let more = HeapVec::from_elements(heap, [HeapVec::new()])?;
        drop(vec.replace_range(heap, 10..200, more)?);
        vec.insert(heap, 3, HeapVec::new())?;
        Ok(())
    });
}

#[test]
fn failing_can_be_switched_on_later() {
    let heap = heap();
    let block = Block::new(&heap, Kind::Buffer, 100, 1).unwrap();
    heap.fail_allocations(Some(FailAt::Once(1)));
    let other = Block::new(&heap, Kind::Buffer, 100, 1).unwrap();
    assert!(Block::new(&heap, Kind::Buffer, 100, 1).is_err());
    heap.fail_allocations(None);
    let third = Block::new(&heap, Kind::Buffer, 100, 1).unwrap();
    assert_eq!(heap.allocation_attempts(), 1);
    [block, other, third].into_iter().for_each(Block::release);
    assert_holds(&heap, &[]);
}
