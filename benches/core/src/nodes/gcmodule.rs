//! `gcmodule`.

use super::Slot;
use bench_workloads::Nodes;
use gcmodule::{Cc, Trace, Tracer};

pub struct GcModule;

pub struct Node(Slot<Cc<Node>>, Slot<Cc<Node>>);

impl Trace for Node {
    fn trace(&self, tracer: &mut Tracer) {
        if let Some(target) = self.0.get() {
            target.trace(tracer);
        }
        if let Some(target) = self.1.get() {
            target.trace(tracer);
        }
    }

    fn is_type_tracked() -> bool {
        true
    }
}

impl Nodes for GcModule {
    type Node = Cc<Node>;
    const IS_AUTOMATIC: bool = false;

    #[inline(always)]
    fn node(&self) -> Cc<Node> {
        Cc::new(Node(Slot::empty(), Slot::empty()))
    }

    #[inline(always)]
    fn set(node: &Cc<Node>, field: usize, target: Option<Cc<Node>>) {
        let slot = if field == 0 { &node.0 } else { &node.1 };
        slot.set(target);
    }

    fn collect(&self) {
        gcmodule::collect_thread_cycles();
    }

    fn disable(&self) {}
}
