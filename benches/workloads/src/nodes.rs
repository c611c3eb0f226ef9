//! Workloads for counted, collected objects: nodes with two references each.

use crate::{Random, bytes_resident, median, ns_each};
use std::hint::black_box;

/// A kind of node with two fields that may refer to nodes.
pub trait Nodes {
    /// A counted handle to a node.
    type Node: Clone;

    /// Whether collections begin by themselves; if not, the workloads ask for one every 10,000 cycles.
    const IS_AUTOMATIC: bool;

    /// A node with empty fields.
    fn node(&self) -> Self::Node;

    /// Lets field 0 or 1 of a node refer to another, or to none.
    fn set(node: &Self::Node, field: usize, target: Option<Self::Node>);

    /// Collects all garbage.
    fn collect(&self);

    /// Ends collections that begin by themselves, as far as there are any.
    fn disable(&self);
}

/// Live nodes beside which cycles come and go.
const BESIDE: usize = 1_000_000;
/// Nodes in large structures.
const LARGE: usize = 2_000_000;
/// Nodes in the list that is dropped.
const LIST: usize = 5_000_000;
/// Nodes in a ring.
const RING: usize = 1000;

/// The names of the workloads.
pub const ROWS: [&str; 9] = [
    "node",
    "clone",
    "clone-1000",
    "cycle",
    "cycle-beside",
    "full",
    "rings",
    "list",
    "bytes",
];

/// Runs a workload; nanoseconds for each operation, or bytes. `None`: no such workload.
pub fn run<N: Nodes>(row: &str, nodes: &N) -> Option<f64> {
    Some(match row {
        "node" => median((0..5).map(|_| node(nodes)).collect()),
        "clone" => median((0..5).map(|_| clone(nodes)).collect()),
        "clone-1000" => median((0..5).map(|_| clone_many(nodes)).collect()),
        "cycle" => median((0..3).map(|_| cycle(nodes)).collect()),
        "cycle-beside" => {
            let _live = chains(nodes, BESIDE);
            nodes.collect();
            median((0..3).map(|_| cycle(nodes)).collect())
        }
        "full" => full(nodes),
        "rings" => rings(nodes),
        "list" => list(nodes),
        "bytes" => bytes(nodes),
        _ => return None,
    })
}

/// Allocate and drop one node.
fn node<N: Nodes>(nodes: &N) -> f64 {
    const COUNT: usize = 2_000_000;
    ns_each(COUNT, || {
        for _ in 0..COUNT {
            drop(black_box(nodes.node()));
        }
    })
}

/// Clone and drop a handle to the same node.
fn clone<N: Nodes>(nodes: &N) -> f64 {
    const COUNT: usize = 10_000_000;
    let node = nodes.node();
    ns_each(COUNT, || {
        for _ in 0..COUNT {
            drop(black_box(black_box(&node).clone()));
        }
    })
}

/// Clone a thousand handles to different nodes, then drop them.
fn clone_many<N: Nodes>(nodes: &N) -> f64 {
    const BATCHES: usize = 3000;
    let originals: Vec<N::Node> = (0..1000).map(|_| nodes.node()).collect();
    let mut clones = Vec::with_capacity(originals.len());
    ns_each(BATCHES * originals.len(), || {
        for _ in 0..BATCHES {
            clones.extend(originals.iter().cloned());
            clones.clear();
        }
    })
}

/// Build cycles of two nodes and let go of them, until all are reclaimed; for each cycle.
fn cycle<N: Nodes>(nodes: &N) -> f64 {
    const COUNT: usize = 500_000;
    ns_each(COUNT, || {
        for number in 1..=COUNT {
            let (one, other) = (nodes.node(), nodes.node());
            N::set(&one, 0, Some(other.clone()));
            N::set(&other, 0, Some(one));
            if !N::IS_AUTOMATIC && number % 10_000 == 0 {
                drop(other);
                nodes.collect();
            }
        }
    })
}

/// Live chains of a hundred nodes.
fn chains<N: Nodes>(nodes: &N, count: usize) -> Vec<N::Node> {
    let mut heads = Vec::new();
    let mut last: Option<N::Node> = None;
    for number in 0..count {
        let node = nodes.node();
        N::set(&node, 0, last.take());
        if number % 100 == 99 {
            heads.push(node);
        } else {
            last = Some(node);
        }
    }
    heads
}

/// A full collection that finds nothing, for each of two million nodes that one handle leads to.
///
/// One field leads through all nodes in random order, so that all can be reached; the other to a node at random.
fn full<N: Nodes>(nodes: &N) -> f64 {
    nodes.disable();
    let mut random = Random::new(4);
    let mut all: Vec<N::Node> = (0..LARGE).map(|_| nodes.node()).collect();
    let order = random.permutation(LARGE);
    for (index, &from) in order.iter().enumerate() {
        N::set(&all[from], 0, Some(all[order[(index + 1) % LARGE]].clone()));
        N::set(&all[from], 1, Some(all[random.below(LARGE)].clone()));
    }
    all.truncate(1);
    nodes.collect();
    let measurements = (0..3).map(|_| {
        // Collectors that look at suspects only find one here that leads to everything.
        drop(all[0].clone());
        ns_each(LARGE, || nodes.collect())
    });
    let result = median(measurements.collect());
    // The process ends with its graph: for some, taking it down needs more stack than there is.
    std::mem::forget(all);
    result
}

/// Rings of a thousand nodes, two million in all, that are garbage: collect them; for each node.
fn rings<N: Nodes>(nodes: &N) -> f64 {
    nodes.disable();
    for _ in 0..LARGE / RING {
        let first = nodes.node();
        let mut last = first.clone();
        for _ in 1..RING {
            let node = nodes.node();
            N::set(&last, 0, Some(node.clone()));
            last = node;
        }
        N::set(&last, 0, Some(first));
    }
    ns_each(LARGE, || nodes.collect())
}

/// Drop a list of five million nodes; for each node.
fn list<N: Nodes>(nodes: &N) -> f64 {
    nodes.disable();
    let mut list = None;
    for _ in 0..LIST {
        let node = nodes.node();
        N::set(&node, 0, list.take());
        list = Some(node);
    }
    ns_each(LIST, || drop(list))
}

/// Bytes in memory for each live node.
fn bytes<N: Nodes>(nodes: &N) -> f64 {
    nodes.disable();
    let mut handles = vec![None; LARGE];
    // So that the handles' own memory is there before.
    handles
        .iter_mut()
        .for_each(|handle| *handle = black_box(None));
    let before = bytes_resident();
    handles
        .iter_mut()
        .for_each(|handle| *handle = Some(nodes.node()));
    let result = (bytes_resident() - before) as f64 / LARGE as f64;
    std::mem::forget(handles);
    result
}
