//! What a host is told and asked: callbacks, events, kept and uncollectable garbage.

mod graph;

use exuvia_collector::{Collector, Debug, Event, Generation, Host, Outcome, World};
use exuvia_collector::{for_each_reference, is_finalized, is_tracked};
use exuvia_object::{AnyRef, Label};
use graph::{Node, careful_world, check, check_empty, ring};

/// Notes what happens, and treats nodes from a number on as uncollectable.
#[derive(Default)]
struct Recorder {
    log: Vec<String>,
    kept: Vec<AnyRef>,
    legacy_from: Option<usize>,
}

fn id(object: &AnyRef) -> usize {
    object.downcast_ref::<Node>().unwrap().id.get()
}

impl Host for Recorder {
    const HAS_UNCOLLECTABLE: bool = true;

    fn started(&mut self, generation: Generation) {
        self.log.push(format!("start {generation:?}"));
    }

    fn stopped(&mut self, outcome: &Outcome) {
        self.log.push(format!(
            "stop {} {}",
            outcome.collected, outcome.uncollectable
        ));
    }

    fn is_uncollectable(&mut self, object: &AnyRef) -> bool {
        self.legacy_from.is_some_and(|from| id(object) >= from)
    }

    fn keep_garbage(&mut self, object: &AnyRef) {
        self.kept.push(object.clone());
    }

    fn report(&mut self, event: Event<'_>) {
        self.log.push(match event {
            Event::Collecting(generation, sizes) => format!("collecting {generation:?} {sizes:?}"),
            Event::Collectable(object) => format!("collectable {}", id(object)),
            Event::Uncollectable(object) => format!("uncollectable {}", id(object)),
            Event::Done(outcome) => format!("done {}", outcome.unreachable()),
        });
    }
}

fn collect(world: &World, host: &mut Recorder) -> Outcome {
    let collector: &Collector = world.collector();
    collector.collect(world.space(), Generation::Old, host)
}

#[test]
fn a_host_is_told_of_beginning_and_end() {
    let world = careful_world();
    drop(ring(&world, 2));
    let mut host = Recorder::default();
    collect(&world, &mut host);
    assert_eq!(host.log, ["start Old", "stop 2 0"]);
}

#[test]
fn debug_flags_ask_for_events() {
    let world = careful_world();
    let _kept = ring(&world, 3);
    drop(ring(&world, 2));
    world
        .collector()
        .set_debug(Debug::STATS | Debug::COLLECTABLE | Debug::UNCOLLECTABLE);
    let mut host = Recorder::default();
    collect(&world, &mut host);
    assert_eq!(
        host.log,
        [
            "start Old",
            "collecting Old [5, 0, 0, 0]",
            "collectable 0",
            "collectable 1",
            "done 2",
            "stop 2 0"
        ]
    );
}

#[test]
fn save_all_keeps_garbage_alive_and_whole() {
    let world = careful_world();
    drop(ring(&world, 4));
    world.collector().set_debug(Debug::SAVEALL);
    let mut host = Recorder::default();
    assert_eq!(collect(&world, &mut host).collected, 4);
    assert_eq!(host.kept.iter().map(id).collect::<Vec<_>>(), [0, 1, 2, 3]);
    let roots: Vec<_> = host.kept.iter().collect();
    check(&world, &roots);
    drop(roots);
    host.kept.clear();
    world.collector().set_debug(Debug::default());
    assert_eq!(collect(&world, &mut host).collected, 4);
    check_empty(&world);
}

#[test]
fn the_uncollectable_and_what_they_lead_to_stay() {
    let world = careful_world();
    let legacy = ring(&world, 3);
    legacy.id.set(100);
    drop(legacy);
    drop(ring(&world, 5));
    world.collector().set_debug(Debug::UNCOLLECTABLE);
    let mut host = Recorder {
        legacy_from: Some(100),
        ..Recorder::default()
    };
    let outcome = collect(&world, &mut host);
    assert_eq!((outcome.collected, outcome.uncollectable), (5, 3));
    assert_eq!(outcome.unreachable(), 8);
    // Only the object itself is handed over, the others live through it.
    assert_eq!(host.kept.iter().map(id).collect::<Vec<_>>(), [100]);
    check(&world, &[&host.kept[0]]);
    let statistics = world.collector().statistics()[2];
    assert_eq!((statistics.collections, statistics.uncollectable), (1, 3));
    host.kept.clear();
    host.legacy_from = None;
    assert_eq!(collect(&world, &mut host).collected, 3);
    check_empty(&world);
}

#[test]
fn observers_see_objects_and_references() {
    let world = careful_world();
    let old = ring(&world, 2);
    world.collect();
    let young = world.alloc(Node::new(7)).unwrap();
    young.edges.borrow_mut().push(old.clone());
    let collector = world.collector();
    let ids = |generation| {
        let mut ids = Vec::new();
        collector.for_each_object(world.space(), generation, |object| ids.push(id(object)));
        ids.sort_unstable();
        ids
    };
    assert_eq!(ids(None), [0, 1, 7]);
    assert_eq!(ids(Some(Generation::Old)), [0, 1]);
    assert_eq!(ids(Some(Generation::Young)), [7]);
    assert!(is_tracked(young.as_any()) && !is_finalized(young.as_any()));

    let mut referrers = Vec::new();
    collector.for_each_referrer(world.space(), &[old.as_any()], |object| {
        referrers.push(id(object));
    });
    referrers.sort_unstable();
    assert_eq!(referrers, [1, 7]);
    let mut referents = Vec::new();
    for_each_reference(young.as_any(), |target, label| {
        referents.push((target, label))
    });
    assert_eq!(referents, [(old.as_raw(), Label::Index(0))]);
}

#[test]
fn the_audit_finds_a_reference_that_is_not_explained() {
    let world = careful_world();
    let node = world.alloc(Node::new(0)).unwrap();
    let mismatches = exuvia_collector::audit(world.space(), &mut |_| {});
    assert_eq!(mismatches.len(), 1);
    assert_eq!(mismatches[0].object, node.address());
    assert_eq!(
        (
            mismatches[0].count,
            mismatches[0].edges,
            mismatches[0].roots
        ),
        (1, 0, 0)
    );
    assert!(mismatches[0].to_string().starts_with("O2: object at 0x"));
}
