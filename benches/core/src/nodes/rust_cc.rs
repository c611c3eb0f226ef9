//! `rust-cc`, with its own trigger or without.

use super::Slot;
use bench_workloads::Nodes;
use rust_cc::{Cc, Context, Finalize, Trace};

pub struct RustCc<const IS_AUTOMATIC: bool>;

pub struct Node(Slot<Cc<Node>>, Slot<Cc<Node>>);

impl Finalize for Node {}

// SAFETY: both fields are traced, each once, and there is no `Drop`.
unsafe impl Trace for Node {
    fn trace(&self, context: &mut Context<'_>) {
        if let Some(target) = self.0.get() {
            target.trace(context);
        }
        if let Some(target) = self.1.get() {
            target.trace(context);
        }
    }
}

impl<const IS_AUTOMATIC: bool> Nodes for RustCc<IS_AUTOMATIC> {
    type Node = Cc<Node>;
    const IS_AUTOMATIC: bool = IS_AUTOMATIC;

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
        rust_cc::collect_cycles();
    }

    fn disable(&self) {
        let disabled = rust_cc::config::config(|config| config.set_auto_collect(false));
        disabled.expect("nothing is being collected");
    }
}
