//! Every allocation fails in turn, and the world stays in order.

mod graph;

use exuvia_collector::World;
use exuvia_heap::{Config, FailAt, Zeal};
use exuvia_object::{OutOfMemory, Ref};
use graph::{Node, check, check_empty};

/// A program that does a bit of everything, and stops at the first failure.
fn program(world: &World) -> Result<(), OutOfMemory> {
    let mut handles: Vec<Ref<Node>> = Vec::new();
    let mut weak = Vec::new();
    for id in 0..40 {
        let node = world.alloc(Node::new(id))?;
        if let Some(last) = handles.last() {
            node.edges.borrow_mut().push(last.clone());
            last.edges.borrow_mut().push(node.clone());
        }
        weak.push(world.downgrade(&node)?);
        if id % 5 == 0 {
            weak.push(world.downgrade_with(&node, |_| ())?);
        }
        handles.push(node);
        if id % 10 == 9 {
            handles.clear();
            world.collect();
            weak.truncate(3);
        }
    }
    Ok(())
}

fn world(fail_at: Option<FailAt>) -> World {
    let world = World::with_config(Config {
        zeal: Zeal {
            poison: true,
            fences: true,
            fail_at,
            ..Zeal::default()
        },
        ..Config::default()
    });
    world.set_finalizer::<Node>(|world, node| {
        if node.id.get().is_multiple_of(3) {
            // Whether there is room or not.
            let _ = world.alloc(Node::new(1000));
        }
    });
    world
}

#[test]
fn a_failed_allocation_costs_nothing_but_itself() {
    let counting = world(None);
    program(&counting).unwrap();
    let attempts = counting.space().heap().allocation_attempts();
    assert!(attempts > 100);
    for ordinal in 0..attempts {
        for is_once in [true, false] {
            let fail_at = if is_once {
                FailAt::Once(ordinal)
            } else {
                FailAt::From(ordinal)
            };
            let world = world(Some(fail_at));
            // A single failure is often made good by the collection that follows it, and finalizers do not mind.
            let _ = program(&world);
            check(&world, &[]);
            world.space().heap().fail_allocations(None);
            program(&world).unwrap();
            world.collect();
            check_empty(&world);
        }
    }
}
