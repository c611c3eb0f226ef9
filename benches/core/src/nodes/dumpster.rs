//! `dumpster`, the single-threaded half, with its own trigger or without.

use super::Slot;
use bench_workloads::Nodes;
use dumpster::unsync::{Gc, collect, set_collect_condition};
use dumpster::{TraceWith, Visitor};

pub struct Dumpster<const IS_AUTOMATIC: bool>;

pub struct Node(Slot<Gc<Node>>, Slot<Gc<Node>>);

// SAFETY: both fields are visited, always in the same order.
unsafe impl<V: Visitor> TraceWith<V> for Node {
    fn accept(&self, visitor: &mut V) -> Result<(), ()> {
        if let Some(target) = self.0.get() {
            target.accept(visitor)?;
        }
        if let Some(target) = self.1.get() {
            target.accept(visitor)?;
        }
        Ok(())
    }
}

impl<const IS_AUTOMATIC: bool> Nodes for Dumpster<IS_AUTOMATIC> {
    type Node = Gc<Node>;
    const IS_AUTOMATIC: bool = IS_AUTOMATIC;

    #[inline(always)]
    fn node(&self) -> Gc<Node> {
        Gc::new(Node(Slot::empty(), Slot::empty()))
    }

    #[inline(always)]
    fn set(node: &Gc<Node>, field: usize, target: Option<Gc<Node>>) {
        let slot = if field == 0 { &node.0 } else { &node.1 };
        slot.set(target);
    }

    fn collect(&self) {
        collect();
    }

    fn disable(&self) {
        set_collect_condition(|_| false);
    }
}
