//! What is garbage and what is not, and when it is looked for.

mod graph;

use exuvia_collector::{Generation, Skipped, Thresholds, World};
use exuvia_object::{Slot, Traverse};
use graph::{Node, Pair, careful_world, check, check_empty, ring};

#[test]
fn frees_a_ring_and_nothing_else() {
    let world = careful_world();
    let kept = ring(&world, 10);
    drop(ring(&world, 100));
    check(&world, &[kept.as_any()]);
    let outcome = world.collect();
    assert_eq!(outcome.collected, 100);
    assert_eq!(outcome.examined, 110);
    check(&world, &[kept.as_any()]);
    drop(kept);
    assert_eq!(world.collect().collected, 10);
    check_empty(&world);
}

#[test]
fn frees_an_object_that_refers_to_itself() {
    let world = careful_world();
    let node = world.alloc(Node::new(0)).unwrap();
    node.edges.borrow_mut().push(node.clone());
    node.edges.borrow_mut().push(node.clone());
    assert_eq!(world.collect().collected, 0);
    drop(node);
    assert_eq!(world.collect().collected, 1);
    check_empty(&world);
}

#[test]
fn garbage_lets_go_of_what_it_alone_kept_alive() {
    let world = careful_world();
    let ring = ring(&world, 3);
    let tail = world.alloc(Node::new(9)).unwrap();
    let shared = world.alloc(Node::new(10)).unwrap();
    tail.edges.borrow_mut().push(shared.clone());
    ring.edges.borrow_mut().push(tail);
    drop(ring);
    let old = world.collect_generation(Generation::Young);
    assert_eq!(old.collected, 4);
    assert_eq!(shared.count(), 1);
    check(&world, &[shared.as_any()]);
}

#[test]
fn a_younger_generation_is_collected_alone() {
    let world = careful_world();
    let garbage = ring(&world, 5);
    world.collect_generation(Generation::Young);
    assert_eq!(garbage.header().generation(), Generation::Middle);
    world.collect_generation(Generation::Middle);
    assert_eq!(garbage.header().generation(), Generation::Old);
    drop(garbage);
    drop(ring(&world, 7));
    check(&world, &[]);
    assert_eq!(world.collect_generation(Generation::Young).collected, 7);
    drop(ring(&world, 7));
    assert_eq!(world.collect_generation(Generation::Middle).collected, 7);
    assert_eq!(world.collect_generation(Generation::Old).collected, 5);
    check_empty(&world);
}

#[test]
fn old_objects_keep_young_ones_alive() {
    let world = careful_world();
    let old = ring(&world, 5);
    world.collect();
    let young = ring(&world, 5);
    old.edges.borrow_mut().push(young);
    assert_eq!(world.collect_generation(Generation::Young).collected, 0);
    assert_eq!(world.collect_generation(Generation::Middle).collected, 0);
    check(&world, &[old.as_any()]);
    drop(old);
    assert_eq!(world.collect().collected, 10);
    check_empty(&world);
}

#[test]
fn middle_objects_are_found_in_pools_that_are_young_no_more() {
    let world = careful_world();
    let rings: Vec<_> = (0..200).map(|_| ring(&world, 10)).collect();
    world.collect_generation(Generation::Young);
    // Fresh blocks from other pools, and old ones that become free and are used again.
    let more: Vec<_> = (0..200).map(|_| ring(&world, 10)).collect();
    drop(rings);
    assert_eq!(world.collect_generation(Generation::Young).collected, 0);
    check(
        &world,
        &more.iter().map(|ring| ring.as_any()).collect::<Vec<_>>(),
    );
    assert_eq!(world.collect_generation(Generation::Middle).collected, 2000);
    drop(more);
    assert_eq!(world.collect().collected, 2000);
    check_empty(&world);
}

#[test]
fn collections_begin_by_themselves_and_bound_the_garbage() {
    let world = World::new();
    let mut live_max = 0;
    for _ in 0..100_000 {
        let node = world.alloc(Pair::empty()).unwrap();
        node.left.set(Some(node.clone()));
        live_max = live_max.max(world.space().heap().tracked_live());
    }
    let [young, middle, old] = world.collector().statistics();
    // As measured on CPython 3.14.10, for the same program.
    assert_eq!(
        [young.collections, middle.collections, old.collections],
        [45, 4, 0]
    );
    assert!(live_max <= 2001, "{live_max}");
    let (longest, total) = world.collector().pauses();
    assert!(longest <= total && !total.is_zero());
}

#[test]
fn nothing_begins_by_itself_while_disabled() {
    let world = World::new();
    world.collector().set_enabled(false);
    for _ in 0..10_000 {
        drop(ring(&world, 2));
    }
    assert_eq!(world.space().heap().tracked_live(), 20_000);
    assert_eq!(world.collector().counts(world.space()), (20_000, 0, 0));
    assert_eq!(world.collect().collected, 20_000);
}

#[test]
fn counts_are_those_that_python_shows() {
    let world = World::new();
    let collector = world.collector();
    world.collect_generation(Generation::Young);
    assert_eq!(collector.counts(world.space()), (0, 1, 0));
    world.collect_generation(Generation::Middle);
    assert_eq!(collector.counts(world.space()), (0, 0, 1));
    let _pair = world.alloc(Pair::empty()).unwrap();
    assert_eq!(collector.counts(world.space()), (1, 0, 1));
    world.collect();
    assert_eq!(collector.counts(world.space()), (0, 0, 0));
    collector.set_thresholds(Thresholds {
        young: 1,
        middle: 2,
        old: 3,
    });
    assert_eq!(collector.thresholds().middle, 2);
}

#[test]
fn frozen_objects_are_left_alone() {
    let world = careful_world();
    drop(ring(&world, 4));
    let collector = world.collector();
    collector.freeze(world.space());
    assert_eq!(collector.frozen_count(world.space()), 4);
    assert_eq!(collector.generation_sizes(world.space()), [0, 0, 0, 4]);
    assert_eq!(world.collect().collected, 0);
    collector.unfreeze(world.space());
    assert_eq!(collector.generation_sizes(world.space()), [0, 0, 4, 0]);
    assert_eq!(world.collect().collected, 4);
    check_empty(&world);
}

#[test]
fn immortal_objects_and_what_they_refer_to_stay() {
    let world = careful_world();
    let immortal = ring(&world, 3);
    immortal.header().make_immortal();
    drop(immortal);
    assert_eq!(world.collect().collected, 0);
    assert_eq!(world.collect().examined, 3);
}

#[derive(Traverse)]
struct Big {
    next: Slot<Big>,
    ballast: [u64; 5000],
}

#[test]
fn large_objects_take_part() {
    let world = careful_world();
    let make = || {
        let one = world
            .alloc(Big {
                next: Slot::empty(),
                ballast: [0; 5000],
            })
            .unwrap();
        let other = world
            .alloc(Big {
                next: Slot::new(Some(one.clone())),
                ballast: [1; 5000],
            })
            .unwrap();
        one.next.set(Some(other.clone()));
        assert_eq!(other.ballast[0] - one.ballast[0], 1);
        one
    };
    let kept = make();
    drop(make());
    assert_eq!(world.collect_generation(Generation::Young).collected, 2);
    drop(make());
    check(&world, &[kept.as_any()]);
    assert_eq!(world.collect().collected, 2);
    drop(kept);
    assert_eq!(world.collect_generation(Generation::Young).collected, 0);
    assert_eq!(world.collect().collected, 2);
    check_empty(&world);
}

#[test]
fn a_collection_at_the_limit_of_memory_still_finds_garbage() {
    let world = World::with_limit(4 << 20);
    world.collector().set_enabled(false);
    for _ in 0..100 {
        // Cyclic garbage alone: each time the limit is reached, everything must be found.
        for _ in 0..10_000 {
            drop(ring(&world, 2));
        }
    }
    let kept = ring(&world, 2);
    let mut all = vec![kept];
    while let Ok(node) = world.alloc(Node::new(0)) {
        all.push(node);
    }
    assert!(all.len() > 30_000, "{}", all.len());
    drop(all);
    assert_ne!(world.collect().skipped, Some(Skipped::OutOfMemory));
    check_empty(&world);
}

#[test]
fn handles_may_outlive_their_world() {
    let world = World::new();
    let ring = ring(&world, 3);
    let single = world.alloc(Node::new(7)).unwrap();
    drop(world);
    assert_eq!(ring.edges.borrow()[0].id.get(), 1);
    assert_eq!(single.id.get(), 7);
    drop(single);
    let copy = ring.edges.borrow()[0].clone();
    drop(ring);
    assert_eq!(copy.id.get(), 1);
}

#[test]
fn a_cell_being_changed_keeps_alive_what_it_holds() {
    let world = careful_world();
    let node = ring(&world, 3);
    let mut edges = node.edges.borrow_mut();
    assert_eq!(world.collect().collected, 0);
    edges.clear();
    drop(edges);
    drop(node);
    check_empty(&world);
}
