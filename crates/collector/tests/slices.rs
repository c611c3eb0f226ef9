//! The old generation in slices: everything is found, nothing else is, and no slice is long.

mod graph;

use exuvia_collector::{Mode, Thresholds, World};
use exuvia_object::Ref;
use graph::{Node, careful_world, check, check_empty, ring};

/// A world whose old generation is collected in slices, however small it is.
fn sliced_world(young: i32, middle: i32, old: i32) -> World {
    let world = careful_world();
    let collector = world.collector();
    collector.set_mode(world.space(), Mode::Sliced, Some(0));
    collector.set_thresholds(Thresholds { young, middle, old });
    world
}

fn full_collections(world: &World) -> usize {
    world.collector().statistics()[2].collections
}

/// Makes live objects until the old generation has been collected so many times more.
fn grow(world: &World, live: &mut Vec<Ref<Node>>, collections: usize) {
    let goal = full_collections(world) + collections;
    while full_collections(world) < goal {
        let node = world.alloc(Node::new(1)).unwrap();
        if let Some(last) = live.last() {
            node.edges.borrow_mut().push(last.clone());
        }
        live.push(node);
        assert!(live.len() < 1_000_000, "an epoch does not end");
    }
}

#[test]
fn old_garbage_is_found_while_the_program_grows() {
    let world = sliced_world(100, 2, 2);
    let mut live = Vec::new();
    grow(&world, &mut live, 3);
    let garbage = ring(&world, 5000);
    grow(&world, &mut live, 2);
    let weak = world.downgrade(&garbage).unwrap();
    drop(garbage);
    let before = world.collector().statistics()[2].collected;
    // What is garbage when an epoch begins is gone when it ends; it may be the next one that begins.
    grow(&world, &mut live, 2);
    assert!(weak.upgrade().is_none());
    assert_eq!(world.collector().statistics()[2].collected - before, 5000);
    let roots: Vec<_> = live.iter().map(|node| node.as_any()).collect();
    drop(weak);
    check(&world, &roots);
    drop(roots);
    drop(live);
    check_empty(&world);
}

#[test]
fn what_lives_survives_however_it_is_moved_around() {
    let world = sliced_world(50, 2, 2);
    let mut live = Vec::new();
    grow(&world, &mut live, 1);
    // The only reference to this ring goes from hand to hand, from object to handle to object.
    let mut wanderer = Some(ring(&world, 300));
    let mut carrier: Option<Ref<Node>> = None;
    let goal = full_collections(&world) + 10;
    let mut step = 0;
    while full_collections(&world) < goal {
        let node = world.alloc(Node::new(2)).unwrap();
        step += 1;
        if step % 37 == 0 {
            if let Some(ring) = wanderer.take() {
                let next = live[step * 7919 % live.len()].clone();
                next.edges.borrow_mut().push(ring);
                carrier = Some(next);
            } else if let Some(carrier) = carrier.take() {
                wanderer = carrier.edges.borrow_mut().pop();
            }
        }
        live.push(node);
    }
    let ring = wanderer.unwrap_or_else(|| carrier.unwrap().edges.borrow_mut().pop().unwrap());
    let mut node = ring.clone();
    for id in 0..300 {
        assert_eq!(node.id.get(), id);
        let next = node.edges.borrow()[0].clone();
        node = next;
    }
    let mut roots: Vec<_> = live.iter().map(|node| node.as_any()).collect();
    roots.extend([ring.as_any(), node.as_any()]);
    check(&world, &roots);
}

#[test]
fn huge_objects_are_visited_in_pieces() {
    let world = sliced_world(100, 2, 2);
    let hub = world.alloc(Node::new(0)).unwrap();
    for id in 0..100_000 {
        let spoke = world.alloc(Node::new(id)).unwrap();
        if id % 1000 == 0 {
            spoke.edges.borrow_mut().push(hub.clone());
        }
        hub.edges.borrow_mut().push(spoke);
    }
    let mut live = Vec::new();
    grow(&world, &mut live, 2);
    assert_eq!(hub.edges.borrow().len(), 100_000);
    let weak = world.downgrade(&hub).unwrap();
    drop(hub);
    grow(&world, &mut live, 2);
    assert!(weak.upgrade().is_none());
}

#[test]
fn an_explicit_collection_ends_an_epoch() {
    let world = sliced_world(100, 2, 2);
    let mut live = Vec::new();
    grow(&world, &mut live, 1);
    for count in 1..60 {
        for _ in 0..count * 10 {
            live.push(world.alloc(Node::new(3)).unwrap());
        }
        let garbage = ring(&world, 10);
        drop(garbage);
        let before = world.space().heap().tracked_live();
        world.collect();
        assert!(world.space().heap().tracked_live() <= before);
        let roots: Vec<_> = live.iter().map(|node| node.as_any()).collect();
        check(&world, &roots);
        assert_eq!(world.space().heap().tracked_live(), live.len());
    }
}

#[test]
fn finalizers_and_resurrection_work_for_candidates() {
    let world = sliced_world(100, 2, 2);
    let mut live = Vec::new();
    let garbage = ring(&world, 3000);
    grow(&world, &mut live, 2);
    let saved: std::rc::Rc<std::cell::RefCell<Vec<Ref<Node>>>> = std::rc::Rc::default();
    let sink = saved.clone();
    world.set_finalizer::<Node>(move |_, node| {
        if node.id.get() == 2999 {
            sink.borrow_mut().push(node.clone());
        }
    });
    drop(garbage);
    grow(&world, &mut live, 2);
    let node = saved.borrow_mut().pop().unwrap();
    assert_eq!(node.edges.borrow()[0].id.get(), 0);
    let mut roots: Vec<_> = live.iter().map(|node| node.as_any()).collect();
    roots.push(node.as_any());
    check(&world, &roots);
}

#[test]
fn slices_give_up_at_the_limit_and_garbage_is_found_all_the_same() {
    let world = World::with_limit(3 << 20);
    let collector = world.collector();
    collector.set_mode(world.space(), Mode::Sliced, Some(0));
    let kept = ring(&world, 10_000);
    let (mut slots, mut made) = (Vec::new(), 0);
    while made < 300_000 {
        slots.push(ring(&world, 10));
        made += 10;
        // Old garbage, never more than what fits.
        if slots.len() > 1500 {
            slots.drain(..1000);
        }
    }
    drop(slots);
    world.collect();
    check(&world, &[kept.as_any()]);
}
