//! Finalizers: once each, before anything is freed; resurrection; panics.

mod graph;

use exuvia_collector::{Skipped, World};
use exuvia_object::{Flags, Ref, Slot, Traverse};
use graph::{Node, careful_world, check, check_empty, ring};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// A world whose nodes report their end to the list returned.
fn reporting_world() -> (World, Rc<RefCell<Vec<usize>>>) {
    let world = careful_world();
    let log = Rc::new(RefCell::new(Vec::new()));
    let sink = log.clone();
    world.set_finalizer::<Node>(move |_, node| sink.borrow_mut().push(node.id.get()));
    (world, log)
}

#[test]
fn a_last_handle_sets_aside_and_the_next_safepoint_finalizes() {
    let (world, log) = reporting_world();
    let node = world.alloc(Node::new(3)).unwrap();
    drop(node);
    assert!(log.borrow().is_empty());
    check(&world, &[]);
    world.safepoint();
    assert_eq!(*log.borrow(), [3]);
    check_empty(&world);
}

#[test]
fn garbage_is_finalized_in_order_of_birth_and_then_freed() {
    let (world, log) = reporting_world();
    drop(ring(&world, 5));
    let outcome = world.collect();
    assert_eq!(*log.borrow(), [0, 1, 2, 3, 4]);
    assert_eq!(outcome.collected, 5);
    check_empty(&world);
}

#[test]
fn the_order_of_birth_is_known_in_pools_with_holes_too() {
    let (world, log) = reporting_world();
    for len in [1, 2, 3, 10, 100, 1000] {
        for holes in 0..9 {
            let mut nodes: Vec<_> = (0..3000)
                .map(|_| world.alloc(Node::new(9999)).unwrap())
                .collect();
            // Free blocks in no order at all.
            (0..1500).for_each(|index| {
                let hole = index * 7919 * (holes + 1) % nodes.len();
                nodes.swap_remove(hole);
            });
            world.run_finalizers();
            log.borrow_mut().clear();
            drop(ring(&world, len));
            world.collect();
            assert!(
                log.borrow().iter().copied().eq(0..len),
                "{:?}",
                log.borrow()
            );
            drop(nodes);
            world.run_finalizers();
        }
    }
    check_empty(&world);
}

#[test]
fn finalizers_see_their_neighbours_alive() {
    let world = careful_world();
    let seen = Rc::new(Cell::new(0));
    let sink = seen.clone();
    world.set_finalizer::<Node>(move |_, node| {
        for neighbour in node.edges.borrow().iter() {
            sink.set(sink.get() + neighbour.id.get());
        }
    });
    drop(ring(&world, 4));
    world.collect();
    assert_eq!(seen.get(), 1 + 2 + 3);
    check_empty(&world);
}

#[test]
fn what_a_finalizer_stores_lives_on_with_all_it_refers_to() {
    let world = careful_world();
    let saved: Rc<RefCell<Vec<Ref<Node>>>> = Rc::default();
    let sink = saved.clone();
    world.set_finalizer::<Node>(move |_, node| {
        if node.id.get() == 2 {
            sink.borrow_mut().push(node.clone());
        }
    });
    drop(ring(&world, 5));
    let apart = ring(&world, 2);
    apart.id.set(10);
    drop(apart);
    // The ring is resurrected as a whole, the other one is not.
    assert_eq!(world.collect().collected, 2);
    let node = saved.borrow_mut().pop().unwrap();
    assert_eq!(node.count(), 2);
    assert!(node.header().has(Flags::FINALIZED));
    check(&world, &[node.as_any()]);
    drop(node);
    // Finalizers ran once; this time nothing is resurrected.
    assert_eq!(world.collect().collected, 5);
    assert!(saved.borrow().is_empty());
    check_empty(&world);
}

#[test]
fn what_dies_when_a_finalizer_breaks_the_circle_is_not_counted() {
    let world = careful_world();
    world.set_finalizer::<Node>(|_, node| node.edges.borrow_mut().clear());
    drop(ring(&world, 10));
    assert_eq!(world.collect().collected, 0);
    check_empty(&world);
    // Only one of five is let go of; the others die by that, in a row.
    world.set_finalizer::<Node>(|_, node| {
        if node.id.get() == 3 {
            node.edges.borrow_mut().clear();
        }
    });
    drop(ring(&world, 5));
    drop(ring(&world, 2));
    assert_eq!(world.collect().collected, 2);
    check_empty(&world);
}

#[test]
fn a_finalizer_may_allocate_and_ask_for_a_collection() {
    let world = careful_world();
    let made: Rc<RefCell<Vec<Ref<Node>>>> = Rc::default();
    let sink = made.clone();
    world.set_finalizer::<Node>(move |world, node| {
        if node.id.get() < 100 {
            let garbage = world.alloc(Node::new(1000)).unwrap();
            garbage.edges.borrow_mut().push(garbage.clone());
            sink.borrow_mut()
                .push(world.alloc(Node::new(2000)).unwrap());
            assert_eq!(world.collect().skipped, Some(Skipped::Busy));
        }
    });
    drop(ring(&world, 20));
    assert_eq!(world.collect().collected, 20);
    assert_eq!(made.borrow().len(), 20);
    let fresh = made.take();
    let roots: Vec<_> = fresh.iter().map(|node| node.as_any()).collect();
    check(&world, &roots);
    assert_eq!(world.collect().collected, 20);
    drop(roots);
    drop(fresh);
    check_empty(&world);
}

#[test]
fn a_finalizer_may_hang_garbage_onto_what_lives() {
    let world = careful_world();
    let root = world.alloc(Node::new(500)).unwrap();
    world.collect();
    let hook = root.clone();
    world.set_finalizer::<Node>(move |_, node| {
        if node.id.get() == 1 {
            hook.edges.borrow_mut().push(node.clone());
        }
    });
    drop(ring(&world, 3));
    assert_eq!(world.collect().collected, 0);
    assert_eq!(root.edges.borrow().len(), 1);
    root.edges.borrow_mut().clear();
    assert_eq!(world.collect().collected, 3);
}

#[test]
fn an_object_resurrected_by_its_count_is_freed_later() {
    let world = careful_world();
    let saved: Rc<RefCell<Vec<Ref<Node>>>> = Rc::default();
    let sink = saved.clone();
    let runs = Rc::new(Cell::new(0));
    let counter = runs.clone();
    world.set_finalizer::<Node>(move |_, node| {
        counter.set(counter.get() + 1);
        sink.borrow_mut().push(node.clone());
    });
    drop(world.alloc(Node::new(0)).unwrap());
    world.run_finalizers();
    let node = saved.borrow_mut().pop().unwrap();
    check(&world, &[node.as_any()]);
    drop(node);
    world.run_finalizers();
    assert_eq!(runs.get(), 1);
    check_empty(&world);
}

/// Panics when it is dropped, if it is told to.
struct Bomb(bool);

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(!self.0, "bomb");
    }
}

#[derive(Traverse)]
struct Explosive {
    #[traverse(skip)]
    _bomb: Bomb,
    next: Slot<Explosive>,
}

#[test]
fn a_payload_that_panics_when_dropped_does_not_stop_the_deletion() {
    let world = careful_world();
    let one = world
        .alloc(Explosive {
            _bomb: Bomb(true),
            next: Slot::empty(),
        })
        .unwrap();
    let mut node = one.clone();
    for _ in 0..9 {
        node = world
            .alloc(Explosive {
                _bomb: Bomb(false),
                next: Slot::new(Some(node)),
            })
            .unwrap();
    }
    one.next.set(Some(node));
    drop(one);
    let panic = catch_unwind(AssertUnwindSafe(|| world.collect()));
    assert!(panic.is_err());
    check_empty(&world);
}

#[test]
fn a_payload_that_panics_when_its_count_ends_does_not_stop_collections() {
    let world = careful_world();
    let one = world
        .alloc(Explosive {
            _bomb: Bomb(true),
            next: Slot::empty(),
        })
        .unwrap();
    let panic = catch_unwind(AssertUnwindSafe(|| drop(one)));
    assert!(panic.is_err());
    assert!(!world.space().is_freeing());
    drop(ring(&world, 3));
    assert_eq!(world.collect().collected, 3);
}

#[test]
fn a_finalizer_that_panics_leaves_everything_in_order() {
    let world = careful_world();
    world.set_finalizer::<Node>(|_, node| assert_ne!(node.id.get(), 2, "panic"));
    drop(ring(&world, 5));
    let panic = catch_unwind(AssertUnwindSafe(|| world.collect()));
    assert!(panic.is_err());
    assert!(!world.collector().is_collecting());
    check(&world, &[]);
    assert_eq!(world.collect().collected, 5);
    check_empty(&world);
}
