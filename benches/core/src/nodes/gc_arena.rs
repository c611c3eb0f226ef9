//! `gc-arena`, which traces instead of counting: the same workloads, as far as its shape allows.
//!
//! A handle is a plain copy there, and lives only as long as a call of `mutate`; what is to stay hangs on the root.

use bench_workloads::{Random, bytes_resident, median, ns_each};
use gc_arena::collect::Trace;
use gc_arena::lock::{Lock, RefLock};
use gc_arena::{Arena, Collect, Gc, Mutation, Rootable};
use std::hint::black_box;

struct Node<'gc>(Lock<Option<NodePtr<'gc>>>, Lock<Option<NodePtr<'gc>>>);
type NodePtr<'gc> = Gc<'gc, Node<'gc>>;

// SAFETY: both fields are traced.
unsafe impl<'gc> Collect<'gc> for Node<'gc> {
    fn trace<T: Trace<'gc>>(&self, cc: &mut T) {
        if let Some(target) = self.0.get() {
            cc.trace_gc(Gc::erase(target));
        }
        if let Some(target) = self.1.get() {
            cc.trace_gc(Gc::erase(target));
        }
    }
}

type Heap = Arena<Rootable![Gc<'_, RefLock<Vec<NodePtr<'_>>>>]>;

fn heap() -> Heap {
    Arena::new(|mutation| Gc::new(mutation, RefLock::new(Vec::new())))
}

fn node<'gc>(mutation: &Mutation<'gc>) -> NodePtr<'gc> {
    Gc::new(mutation, Node(Lock::new(None), Lock::new(None)))
}

fn set<'gc>(mutation: &Mutation<'gc>, from: NodePtr<'gc>, field: usize, target: NodePtr<'gc>) {
    Gc::write(mutation, from);
    // SAFETY: the barrier is above.
    unsafe {
        let lock = if field == 0 { &from.0 } else { &from.1 };
        lock.as_cell().set(Some(target));
    }
}

pub fn run(row: &str) -> Option<f64> {
    Some(match row {
        "node" => median((0..5).map(|_| nodes(&mut heap())).collect()),
        "clone" => median((0..5).map(|_| copies(&mut heap())).collect()),
        "cycle" => median((0..3).map(|_| cycles(&mut heap())).collect()),
        "cycle-beside" => {
            let mut heap = heap();
            add_chains(&mut heap);
            heap.finish_cycle();
            median((0..3).map(|_| cycles(&mut heap)).collect())
        }
        "full" => full(&mut heap()),
        "rings" => rings(&mut heap()),
        "list" => list(&mut heap()),
        "bytes" => bytes(&mut heap()),
        _ => return None,
    })
}

fn nodes(heap: &mut Heap) -> f64 {
    ns_each(2_000_000, || {
        for _ in 0..2000 {
            heap.mutate(|mutation, _| {
                (0..1000).for_each(|_| {
                    black_box(node(mutation));
                });
            });
            heap.collect_debt();
        }
        heap.finish_cycle();
    })
}

fn copies(heap: &mut Heap) -> f64 {
    const COUNT: usize = 10_000_000;
    heap.mutate(|mutation, _| {
        let node = node(mutation);
        ns_each(COUNT, || {
            for _ in 0..COUNT {
                black_box(*black_box(&node));
            }
        })
    })
}

fn cycles(heap: &mut Heap) -> f64 {
    ns_each(500_000, || {
        for _ in 0..500 {
            heap.mutate(|mutation, _| {
                for _ in 0..1000 {
                    let (one, other) = (node(mutation), node(mutation));
                    set(mutation, one, 0, other);
                    set(mutation, other, 0, one);
                }
            });
            heap.collect_debt();
        }
        heap.finish_cycle();
    })
}

fn add_chains(heap: &mut Heap) {
    heap.mutate(|mutation, root| {
        for _ in 0..10_000 {
            let mut last = node(mutation);
            for _ in 1..100 {
                let next = node(mutation);
                set(mutation, next, 0, last);
                last = next;
            }
            root.borrow_mut(mutation).push(last);
        }
    });
}

fn full(heap: &mut Heap) -> f64 {
    const COUNT: usize = 2_000_000;
    heap.mutate(|mutation, root| {
        let mut random = Random::new(4);
        let all: Vec<NodePtr<'_>> = (0..COUNT).map(|_| node(mutation)).collect();
        let order = random.permutation(COUNT);
        for (index, &from) in order.iter().enumerate() {
            set(mutation, all[from], 0, all[order[(index + 1) % COUNT]]);
            set(mutation, all[from], 1, all[random.below(COUNT)]);
        }
        root.borrow_mut(mutation).push(all[0]);
    });
    heap.finish_cycle();
    median(
        (0..3)
            .map(|_| ns_each(COUNT, || heap.finish_cycle()))
            .collect(),
    )
}

fn rings(heap: &mut Heap) -> f64 {
    heap.mutate(|mutation, _| {
        for _ in 0..2000 {
            let first = node(mutation);
            let mut last = first;
            for _ in 1..1000 {
                let next = node(mutation);
                set(mutation, last, 0, next);
                last = next;
            }
            set(mutation, last, 0, first);
        }
    });
    ns_each(2_000_000, || heap.finish_cycle())
}

fn list(heap: &mut Heap) -> f64 {
    const COUNT: usize = 5_000_000;
    heap.mutate(|mutation, _| {
        let mut last = node(mutation);
        for _ in 1..COUNT {
            let next = node(mutation);
            set(mutation, next, 0, last);
            last = next;
        }
    });
    ns_each(COUNT, || heap.finish_cycle())
}

fn bytes(heap: &mut Heap) -> f64 {
    const COUNT: usize = 2_000_000;
    heap.mutate(|mutation, root| {
        let mut handles = Vec::with_capacity(COUNT);
        let first = node(mutation);
        handles.resize(COUNT, first);
        let before = bytes_resident();
        handles
            .iter_mut()
            .for_each(|handle| *handle = node(mutation));
        let result = (bytes_resident() - before) as f64 / COUNT as f64;
        *root.borrow_mut(mutation) = handles;
        result
    })
}
