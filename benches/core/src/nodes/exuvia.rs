//! Ours: [`World`], as a Rust program uses it.

use bench_workloads::Nodes;
use exuvia_collector::World;
use exuvia_object::{Ref, Slot, Traverse};

#[derive(Default)]
pub struct Exuvia(World);

#[derive(Traverse)]
pub struct Node(Slot<Node>, Slot<Node>);

impl Nodes for Exuvia {
    type Node = Ref<Node>;
    const IS_AUTOMATIC: bool = true;

    #[inline(always)]
    fn node(&self) -> Ref<Node> {
        let node = self.0.alloc(Node(Slot::empty(), Slot::empty()));
        node.expect("there is no limit")
    }

    #[inline(always)]
    fn set(node: &Ref<Node>, field: usize, target: Option<Ref<Node>>) {
        let slot = if field == 0 { &node.0 } else { &node.1 };
        slot.set(target);
    }

    fn collect(&self) {
        self.0.collect();
    }

    fn disable(&self) {
        self.0.collector().set_enabled(false);
    }
}
