//! Nodes that tests make graphs of, and the checks that follow every test.
#![allow(dead_code, reason = "each test file uses a part")]

pub mod program;

use exuvia_collector::{World, audit};
use exuvia_heap::{Config, Zeal};
use exuvia_object::{AnyRef, Ref, Slot, Traverse};
use std::cell::{Cell, RefCell};

/// Two changeable references: the node of the benchmarks.
#[derive(Traverse)]
pub struct Pair {
    pub left: Slot<Pair>,
    pub right: Slot<Pair>,
}

impl Pair {
    pub fn empty() -> Self {
        Self {
            left: Slot::empty(),
            right: Slot::empty(),
        }
    }
}

/// Any number of references, and a number to tell nodes apart.
#[derive(Traverse)]
pub struct Node {
    pub id: Cell<usize>,
    pub edges: RefCell<Vec<Ref<Node>>>,
}

impl Node {
    pub fn new(id: usize) -> Self {
        Self {
            id: Cell::new(id),
            edges: RefCell::default(),
        }
    }
}

/// A world whose heap fills released blocks, so that whoever uses one is found out.
pub fn careful_world() -> World {
    World::with_config(Config {
        zeal: Zeal {
            poison: true,
            ..Zeal::default()
        },
        ..Config::default()
    })
}

/// Makes a circle of so many nodes, and returns one of them.
pub fn ring(world: &World, len: usize) -> Ref<Node> {
    let first = world.alloc(Node::new(0)).unwrap();
    let mut last = first.clone();
    for id in 1..len {
        let node = world.alloc(Node::new(id)).unwrap();
        last.edges.borrow_mut().push(node.clone());
        last = node;
    }
    last.edges.borrow_mut().push(first.clone());
    first
}

/// Checks all invariants, and that every count is explained, `roots` being the handles that the test has.
pub fn check(world: &World, roots: &[&AnyRef]) {
    world.space().verify().unwrap();
    world.collector().verify(world.space()).unwrap();
    let mismatches = audit(world.space(), &mut |visit| {
        roots.iter().for_each(|root| visit(root.as_raw()));
    });
    assert!(mismatches.is_empty(), "{mismatches:#?}");
}

/// Checks that nothing is left once everything is collected.
pub fn check_empty(world: &World) {
    world.collect();
    check(world, &[]);
    assert_eq!(world.space().heap().tracked_live(), 0);
}
