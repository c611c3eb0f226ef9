//! The workloads of the design's table, for two-field nodes: nanoseconds per operation or node, and bytes per node.
//!
//! Each is the median of several rounds in one process; `cargo bench -p exuvia-collector`. A word on the command line picks
//! the workloads whose name contains it.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(unsafe_code, reason = "reading the thread's clock")]

use exuvia_collector::{Generation, Mode, World};
use exuvia_object::{Ref, Slot, Traverse};
use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

/// 16 bytes of payload: what CPython spends 48 bytes on.
#[derive(Traverse)]
struct Pair {
    left: Slot<Pair>,
    right: Slot<Pair>,
}

fn pair(world: &World) -> Ref<Pair> {
    let pair = Pair {
        left: Slot::empty(),
        right: Slot::empty(),
    };
    world.alloc(pair).expect("there is no limit")
}

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }
}

/// Whether the command line asks for this workload.
fn is_wanted(name: &str) -> bool {
    let word = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    word.is_none_or(|word| name.contains(&word))
}

/// Prints the median of `rounds` runs of `body`, which returns a time and how many operations it was for.
fn report(name: &str, rounds: usize, mut body: impl FnMut() -> (Duration, usize)) {
    if !is_wanted(name) {
        return;
    }
    let mut times: Vec<f64> = (0..rounds)
        .map(|_| {
            let (time, count) = body();
            time.as_secs_f64() * 1e9 / count as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{name:<44} {:>9.2} ns   (min {:.2}, max {:.2})",
        times[rounds / 2],
        times[0],
        times[rounds - 1]
    );
}

/// The time that this thread has run on a processor: what else the machine does is not counted.
fn thread_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the call writes to the struct and keeps no pointer to it.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn timed(count: usize, body: impl FnOnce()) -> (Duration, usize) {
    let start = thread_time();
    body();
    (thread_time() - start, count)
}

/// So many nodes, each referring to two others at random (or nearby), all reachable from the first.
fn graph(world: &World, len: usize, reach: usize) -> Vec<Ref<Pair>> {
    let mut numbers = Numbers(1);
    let nodes: Vec<_> = (0..len).map(|_| pair(world)).collect();
    for (index, node) in nodes.iter().enumerate() {
        let near = |numbers: &mut Numbers| (index + numbers.below(reach)) % len;
        node.left.set(Some(nodes[near(&mut numbers)].clone()));
        node.right.set(Some(nodes[near(&mut numbers)].clone()));
    }
    // A spine through random neighbours would take both fields; the root list keeps all reachable instead.
    nodes
}

/// Drops all handles but one to a node from which a chain leads to every other node.
fn chained_graph(world: &World, len: usize, reach: usize) -> Ref<Pair> {
    let nodes = graph(world, len, reach);
    let mut order: Vec<usize> = (0..len).collect();
    let mut numbers = Numbers(7);
    if reach == len {
        for index in (1..len).rev() {
            order.swap(index, numbers.below(index + 1));
        }
    }
    for two in order.windows(2) {
        nodes[two[0]].left.set(Some(nodes[two[1]].clone()));
    }
    nodes[order[0]].clone()
}

/// An object that refers to all others, as a list in a program would.
#[derive(Traverse)]
struct List(RefCell<Vec<Ref<Pair>>>);

/// Builds a list of so many nodes, each referring to two at random, with a circle of garbage for every fourth; prints
/// how long the program stood still.
fn grow(name: &str, mode: Mode, len: usize) {
    if !is_wanted(name) {
        return;
    }
    let world = World::new();
    world.collector().set_mode(world.space(), mode, None);
    world.collector().set_clock(thread_time);
    let list = world
        .alloc(List(RefCell::default()))
        .expect("there is no limit");
    let mut numbers = Numbers(3);
    let (time, _) = timed(1, || {
        for index in 0..len {
            let node = pair(&world);
            if index > 2 {
                let list = list.0.borrow();
                node.left.set(Some(list[numbers.below(index)].clone()));
                node.right.set(Some(list[numbers.below(index)].clone()));
            }
            list.0.borrow_mut().push(node);
            if index % 4 == 0 {
                cycle(&world);
            }
        }
    });
    let (longest, total) = world.collector().pauses();
    let collections = world.collector().statistics().map(|one| one.collections);
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{name:<44} {:>9.2} ms longest pause, {:.0} ms in all of {:.0} ms, collections {collections:?}",
        milliseconds(longest),
        milliseconds(total),
        milliseconds(time)
    );
}

/// Two nodes that refer to each other, and nothing refers to them.
fn cycle(world: &World) {
    let one = pair(world);
    let other = pair(world);
    other.left.set(Some(one.clone()));
    one.left.set(Some(other));
}

fn main() {
    const M: usize = 1_000_000;
    report("allocate + drop", 9, || {
        let world = World::new();
        timed(5 * M, || {
            (0..5 * M).for_each(|_| drop(black_box(pair(&world))))
        })
    });
    report("allocate + drop, 1000 live", 9, || {
        let world = World::new();
        let mut live: Vec<_> = (0..1000).map(|_| pair(&world)).collect();
        timed(5 * M, || {
            (0..5 * M).for_each(|index| live[index % 1000] = pair(&world))
        })
    });
    report("clone + drop a handle", 9, || {
        let world = World::new();
        let node = pair(&world);
        timed(20 * M, || {
            (0..20 * M).for_each(|_| drop(black_box(node.clone())))
        })
    });
    report("two-node cycle", 9, || {
        let world = World::new();
        timed(M, || (0..M).for_each(|_| cycle(&world)))
    });
    report("two-node cycle beside 1 M live nodes", 9, || {
        let world = World::new();
        let live = chained_graph(&world, M, M);
        world.collect();
        let result = timed(M, || (0..M).for_each(|_| cycle(&world)));
        drop(live);
        result
    });
    for (name, reach) in [
        ("full collection, random graph, 2 M", 2 * M),
        ("full collection, local graph, 2 M", 1000),
    ] {
        if !is_wanted(name) {
            continue;
        }
        let world = World::new();
        world.collector().set_enabled(false);
        let root = chained_graph(&world, 2 * M, reach);
        world.collect();
        report(name, 7, || {
            timed(2 * M, || {
                assert_eq!(world.collect().collected, 0);
            })
        });
        drop(root);
    }
    report("reclaim rings of 1000", 7, || {
        let world = World::new();
        world.collector().set_enabled(false);
        for _ in 0..1000 {
            let first = pair(&world);
            let mut last = first.clone();
            for _ in 1..1000 {
                let next = pair(&world);
                last.left.set(Some(next.clone()));
                last = next;
            }
            last.left.set(Some(first));
        }
        timed(M, || {
            assert_eq!(world.collect_generation(Generation::Young).collected, M);
        })
    });
    report("drop a list of 5 M nodes", 5, || {
        let world = World::new();
        world.collector().set_enabled(false);
        let mut head = pair(&world);
        for _ in 1..5 * M {
            let next = pair(&world);
            next.left.set(Some(head));
            head = next;
        }
        timed(5 * M, || drop(head))
    });
    report("weak handle: make, upgrade, drop", 9, || {
        let world = World::new();
        let node = pair(&world);
        timed(M, || {
            (0..M).for_each(|_| {
                let weak = world.downgrade(&node).expect("there is no limit");
                drop(black_box(weak.upgrade()));
            });
        })
    });
    for (name, mode) in [
        ("5 M live objects, in one go", Mode::Synchronous),
        ("5 M live objects, in slices", Mode::Sliced),
    ] {
        grow(name, mode, 5 * M);
    }
    let world = World::new();
    world.collector().set_enabled(false);
    let nodes: Vec<_> = (0..M).map(|_| pair(&world)).collect();
    let bytes = world.space().heap().bytes_committed();
    println!(
        "{:<44} {:>9.2} bytes",
        "memory per live node",
        bytes as f64 / M as f64
    );
    drop(nodes);
}
