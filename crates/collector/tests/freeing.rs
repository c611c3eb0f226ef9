//! Freeing takes constant stack, whatever the shape.
#![allow(unsafe_code, reason = "one test deletes everything")]

mod graph;

use exuvia_collector::World;
use exuvia_object::{Slot, Traverse};
use graph::{Pair, check_empty};

/// Runs `body` on a thread with a stack of 128 KiB.
fn on_a_small_stack(body: fn()) {
    std::thread::Builder::new()
        .stack_size(128 << 10)
        .spawn(body)
        .unwrap()
        .join()
        .unwrap();
}

fn chain(world: &World, len: usize) -> exuvia_object::Ref<Pair> {
    let mut head = world.alloc(Pair::empty()).unwrap();
    for _ in 1..len {
        let left = Slot::new(Some(head));
        head = world
            .alloc(Pair {
                left,
                right: Slot::empty(),
            })
            .unwrap();
    }
    head
}

#[test]
fn a_chain_of_five_million_nodes_is_freed_by_its_count() {
    on_a_small_stack(|| {
        let world = World::new();
        world.collector().set_enabled(false);
        drop(chain(&world, 5_000_000));
        assert_eq!(world.space().heap().tracked_live(), 0);
    });
}

#[test]
fn a_ring_of_a_million_nodes_is_collected() {
    on_a_small_stack(|| {
        let world = World::new();
        world.collector().set_enabled(false);
        let head = chain(&world, 1_000_000);
        let mut end = head.clone();
        while let Some(next) = end.left.get() {
            end = next;
        }
        end.left.set(Some(head));
        drop(end);
        assert_eq!(world.collect().collected, 1_000_000);
        check_empty(&world);
    });
}

#[test]
fn garbage_that_drags_a_long_chain_along_is_collected() {
    on_a_small_stack(|| {
        let world = World::new();
        let chain = chain(&world, 1_000_000);
        world.collect();
        let node = world.alloc(Pair::empty()).unwrap();
        node.left.set(Some(node.clone()));
        node.right.set(Some(chain));
        drop(node);
        // The chain is old, so it is not part of the garbage, but dies with it.
        let young = world.collect_generation(exuvia_collector::Generation::Young);
        assert_eq!(young.collected, 1);
        assert_eq!(world.space().heap().tracked_live(), 0);
    });
}

#[test]
fn everything_can_be_deleted_at_the_end() {
    let world = graph::careful_world();
    let immortal = graph::ring(&world, 5);
    immortal.header().make_immortal();
    let kept_by_a_lost_handle = graph::ring(&world, 3);
    world.set_finalizer::<Pair>(|_, _| panic!("no finalizer runs"));
    drop(chain(&world, 1));
    assert!(world.space().attention().get() != 0);
    kept_by_a_lost_handle.into_any().into_raw();
    immortal.into_any().into_raw();
    // SAFETY: all handles are gone.
    unsafe { exuvia_collector::delete_everything(world.space()) };
    assert_eq!(world.space().heap().blocks_live(), 0);
    world.space().heap().verify().unwrap();
}

#[derive(Traverse)]
struct Tree(Vec<exuvia_object::Ref<Tree>>);

#[test]
fn a_wide_and_deep_tree_is_freed() {
    on_a_small_stack(|| {
        let world = World::new();
        let mut trunk = world.alloc(Tree(Vec::new())).unwrap();
        for _ in 0..10_000 {
            let leaves = (0..20).map(|_| world.alloc(Tree(Vec::new())).unwrap());
            let mut children: Vec<_> = leaves.collect();
            children.insert(10, trunk);
            trunk = world.alloc(Tree(children)).unwrap();
        }
        drop(trunk);
        assert_eq!(world.space().heap().tracked_live(), 0);
    });
}
