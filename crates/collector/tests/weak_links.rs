//! Weak handles: emptied before anybody could notice that the referent is garbage; callbacks.

mod graph;

use exuvia_collector::{Weak, World};
use exuvia_object::{Ref, Slot, Traverse};
use graph::{Node, careful_world, check_empty, ring};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

fn counter() -> (Rc<Cell<usize>>, impl Fn(&World) + 'static) {
    let count = Rc::new(Cell::new(0));
    let inside = count.clone();
    (count, move |_: &World| inside.set(inside.get() + 1))
}

#[test]
fn a_weak_handle_does_not_keep_alive() {
    let world = careful_world();
    let node = world.alloc(Node::new(4)).unwrap();
    let weak = world.downgrade(&node).unwrap();
    assert_eq!(weak.upgrade().unwrap().id.get(), 4);
    assert_eq!(node.count(), 1);
    drop(node);
    assert!(weak.upgrade().is_none());
    drop(weak);
    check_empty(&world);
}

#[test]
fn a_weak_handle_to_garbage_works_until_the_collection() {
    let world = careful_world();
    let ring = ring(&world, 3);
    let weak = world.downgrade(&ring).unwrap();
    drop(ring);
    drop(weak.upgrade().unwrap());
    assert_eq!(world.collect().collected, 3);
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_callback_is_called_once_after_the_referent_is_out_of_reach() {
    let world = careful_world();
    let ring = ring(&world, 3);
    let other = ring.edges.borrow()[0].clone();
    let slot: Rc<RefCell<Option<Weak<Node>>>> = Rc::default();
    let (count, callback) = counter();
    let inside = slot.clone();
    let weak = world
        .downgrade_with(&ring, move |world| {
            callback(world);
            // Not even another weak handle leads to garbage by now.
            assert!(inside.borrow().as_ref().unwrap().upgrade().is_none());
        })
        .unwrap();
    *slot.borrow_mut() = Some(world.downgrade(&other).unwrap());
    drop((ring, other));
    assert_eq!(world.collect().collected, 3);
    assert_eq!(count.get(), 1);
    assert!(weak.upgrade().is_none());
    world.collect();
    assert_eq!(count.get(), 1);
}

#[test]
fn a_callback_runs_when_the_count_ends_newest_first() {
    let world = careful_world();
    let log: Rc<RefCell<Vec<u32>>> = Rc::default();
    let node = world.alloc(Node::new(0)).unwrap();
    let handles: Vec<_> = (1..=3)
        .map(|number| {
            let log = log.clone();
            world
                .downgrade_with(&node, move |_| log.borrow_mut().push(number))
                .unwrap()
        })
        .collect();
    drop(node);
    assert!(log.borrow().is_empty());
    // Set aside alive: the weak handles still work, as long as no callback has run.
    drop(handles[0].upgrade().unwrap());
    world.run_finalizers();
    assert_eq!(*log.borrow(), [3, 2, 1]);
    assert!(handles.iter().all(|weak| weak.upgrade().is_none()));
    drop(handles);
    check_empty(&world);
}

#[derive(Traverse)]
struct Holder {
    next: Slot<Holder>,
    weak: RefCell<Option<Weak<Holder>>>,
}

#[test]
fn the_callback_of_a_weak_handle_that_is_garbage_itself_is_not_called() {
    let world = careful_world();
    let (count, callback) = counter();
    let holder = world
        .alloc(Holder {
            next: Slot::empty(),
            weak: RefCell::default(),
        })
        .unwrap();
    holder.next.set(Some(holder.clone()));
    let weak = world.downgrade_with(&holder, callback).unwrap();
    *holder.weak.borrow_mut() = Some(weak);
    drop(holder);
    // The holder, and the node behind the weak handle.
    assert_eq!(world.collect().collected, 2);
    assert_eq!(count.get(), 0);
    check_empty(&world);
}

#[test]
fn a_callback_may_free_weak_handles_and_allocate() {
    let world = careful_world();
    let ring = ring(&world, 3);
    let handles: Rc<RefCell<Vec<Weak<Node>>>> = Rc::default();
    let inside = handles.clone();
    for _ in 0..10 {
        let inside = inside.clone();
        let weak = world
            .downgrade_with(&ring, move |world| {
                inside.borrow_mut().clear();
                drop(graph::ring(world, 5));
            })
            .unwrap();
        handles.borrow_mut().push(weak);
    }
    drop(ring);
    world.collect();
    assert!(handles.borrow().is_empty());
    check_empty(&world);
}

#[test]
fn weak_links_that_finalizers_make_to_garbage_are_emptied_again() {
    let world = careful_world();
    let made: Rc<RefCell<Vec<Weak<Node>>>> = Rc::default();
    let (count, callback) = counter();
    let callback = Rc::new(callback);
    let sink = made.clone();
    world.set_finalizer::<Node>(move |world, node| {
        sink.borrow_mut().push(world.downgrade(node).unwrap());
        let callback = callback.clone();
        let weak = world.downgrade_with(node, move |world| callback(world));
        sink.borrow_mut().push(weak.unwrap());
    });
    drop(ring(&world, 3));
    assert_eq!(world.collect().collected, 3);
    assert_eq!(made.borrow().len(), 6);
    assert!(made.borrow().iter().all(|weak| weak.upgrade().is_none()));
    assert_eq!(count.get(), 0);
    made.borrow_mut().clear();
    check_empty(&world);
}

#[test]
fn many_weak_handles_come_and_go() {
    let world = careful_world();
    let nodes: Vec<Ref<Node>> = (0..500)
        .map(|id| world.alloc(Node::new(id)).unwrap())
        .collect();
    let mut handles = Vec::new();
    for round in 0..5 {
        for node in nodes.iter().step_by(round + 1) {
            handles.push(world.downgrade(node).unwrap());
        }
        let mut index = 0;
        handles.retain(|weak| {
            index += 1;
            assert_eq!(weak.upgrade().unwrap().count(), 2);
            index % 3 != 0
        });
    }
    let alive = nodes.into_iter().step_by(2).collect::<Vec<_>>();
    let reached = handles
        .iter()
        .filter(|weak| weak.upgrade().is_some())
        .count();
    assert!(reached > 0 && reached < handles.len());
    drop(alive);
    assert!(handles.iter().all(|weak| weak.upgrade().is_none()));
}
