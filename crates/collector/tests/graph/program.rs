//! Random programs against a model that knows reachability and nothing else.

use super::{Node, careful_world, check};
use exuvia_collector::{Generation, Mode, Thresholds, Weak, World};
use exuvia_heap::FailAt;
use exuvia_object::Ref;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// More steps than this find nothing new, but take long.
const STEPS_MAX: usize = 1000;

/// One step of a random program; numbers are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Step {
    /// A new object with a handle.
    Make,
    /// An edge from one object that has a handle to another.
    Link(usize, usize),
    /// Removes an edge.
    Cut(usize, usize),
    /// Follows an edge and makes a handle to its end.
    Take(usize, usize),
    /// Drops a handle.
    Drop(usize),
    /// Makes a weak handle.
    Weaken(usize),
    /// Makes a handle from a weak one, if it still works.
    Strengthen(usize),
    /// The finalizer of this object will store a handle to it.
    Resurrect(usize),
    Collect(Generation),
    /// An allocation that is tried after so many others fails, or all from there on; `None`: no more.
    Fail(Option<FailAt>),
}

impl Step {
    /// The step that three bytes stand for.
    fn from_bytes(bytes: &[u8]) -> Self {
        let (kind, one, other) = (bytes[0], usize::from(bytes[1]), usize::from(bytes[2]));
        match kind % 35 {
            0..=5 => Self::Make,
            6..=13 => Self::Link(one, other),
            14 | 15 => Self::Cut(one, other),
            16 | 17 => Self::Take(one, other),
            18..=23 => Self::Drop(one),
            24 | 25 => Self::Weaken(one),
            26 => Self::Strengthen(one),
            27 => Self::Resurrect(one),
            28 | 29 => Self::Collect(Generation::Young),
            30 => Self::Collect(Generation::Middle),
            31 => Self::Collect(Generation::Old),
            32 => Self::Fail(Some(FailAt::Once(one as u64 % 20))),
            33 if other < 64 => Self::Fail(Some(FailAt::From(one as u64 % 20))),
            _ => Self::Fail(None),
        }
    }
}

/// What should be there: objects by number, with their edges.
#[derive(Default)]
struct Model {
    edges: BTreeMap<usize, Vec<usize>>,
}

impl Model {
    fn reachable(&self, roots: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut stack: Vec<usize> = roots.into_iter().collect();
        while let Some(id) = stack.pop() {
            if reached.insert(id) {
                stack.extend(&self.edges[&id]);
            }
        }
        reached
    }
}

fn edge_count(node: &Node) -> usize {
    node.edges.borrow().len()
}

struct Program {
    world: World,
    model: Model,
    handles: Vec<Ref<Node>>,
    weak: Vec<(usize, Weak<Node>)>,
    /// What finalizers stored, and whose finalizers are to store.
    stored: Rc<RefCell<Vec<Ref<Node>>>>,
    to_resurrect: Rc<RefCell<BTreeSet<usize>>>,
    has_resurrected: bool,
    next_id: usize,
}

impl Program {
    fn new(mode: Mode) -> Self {
        let world = careful_world();
        if mode == Mode::Sliced {
            // Everything is tiny, so that many epochs begin and end within a short program.
            let collector = world.collector();
            collector.set_mode(world.space(), Mode::Sliced, Some(0));
            collector.set_thresholds(Thresholds {
                young: 3,
                middle: 1,
                old: 1,
            });
        }
        let stored: Rc<RefCell<Vec<Ref<Node>>>> = Rc::default();
        let to_resurrect: Rc<RefCell<BTreeSet<usize>>> = Rc::default();
        let (sink, ids) = (stored.clone(), to_resurrect.clone());
        world.set_finalizer::<Node>(move |_, node| {
            if ids.borrow_mut().remove(&node.id.get()) {
                sink.borrow_mut().push(node.clone());
            }
        });
        Self {
            world,
            model: Model::default(),
            handles: Vec::new(),
            weak: Vec::new(),
            stored,
            to_resurrect,
            has_resurrected: false,
            next_id: 0,
        }
    }

    fn pick(&self, number: usize) -> Option<Ref<Node>> {
        let len = self.handles.len();
        (len > 0).then(|| self.handles[number % len].clone())
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Make => {
                // A failed allocation changes nothing but that it may have collected.
                if let Ok(node) = self.world.alloc(Node::new(self.next_id)) {
                    self.model.edges.insert(self.next_id, Vec::new());
                    self.handles.push(node);
                    self.next_id += 1;
                }
            }
            Step::Link(from, to) => {
                if let (Some(from), Some(to)) = (self.pick(from), self.pick(to)) {
                    self.edges_of(&from).push(to.id.get());
                    from.edges.borrow_mut().push(to);
                }
            }
            Step::Cut(from, index) => {
                if let Some(from) = self.pick(from)
                    && let len @ 1.. = edge_count(&from)
                {
                    self.edges_of(&from).swap_remove(index % len);
                    let cut = from.edges.borrow_mut().swap_remove(index % len);
                    drop(cut);
                }
            }
            Step::Take(from, index) => {
                if let Some(from) = self.pick(from)
                    && let len @ 1.. = edge_count(&from)
                {
                    let to = from.edges.borrow()[index % len].clone();
                    self.handles.push(to);
                }
            }
            Step::Drop(number) => {
                if !self.handles.is_empty() {
                    let number = number % self.handles.len();
                    drop(self.handles.swap_remove(number));
                }
            }
            Step::Weaken(number) => {
                if let Some(node) = self.pick(number) {
                    self.weak.extend(
                        self.world
                            .downgrade(&node)
                            .map(|weak| (node.id.get(), weak)),
                    );
                }
            }
            Step::Strengthen(number) => {
                if let len @ 1.. = self.weak.len()
                    && let Some(node) = self.weak[number % len].1.upgrade()
                {
                    assert_eq!(node.id.get(), self.weak[number % len].0);
                    self.handles.push(node);
                }
            }
            Step::Resurrect(number) => {
                if let Some(node) = self.pick(number) {
                    self.to_resurrect.borrow_mut().insert(node.id.get());
                }
            }
            Step::Collect(generation) => self.collect(generation),
            Step::Fail(fail_at) => self.world.space().heap().fail_allocations(fail_at),
        }
        self.take_stored();
        self.check_reachable();
    }

    fn edges_of(&mut self, node: &Ref<Node>) -> &mut Vec<usize> {
        self.model.edges.get_mut(&node.id.get()).unwrap()
    }

    /// Finalizers run at safepoints only; what they stored becomes a handle like any other.
    fn take_stored(&mut self) {
        let mut stored = self.stored.borrow_mut();
        self.has_resurrected |= !stored.is_empty();
        self.handles.extend(stored.drain(..));
    }

    fn collect(&mut self, generation: Generation) {
        self.world.collect_generation(generation);
        self.take_stored();
        let roots: Vec<_> = self.handles.iter().map(|node| node.as_any()).collect();
        let roots: Vec<_> = roots
            .into_iter()
            .chain(self.weak.iter().map(|(_, weak)| weak.as_any()))
            .collect();
        check(&self.world, &roots);
        if generation == Generation::Old {
            self.check_exact();
        }
    }

    /// Everything that the model can reach is there, with the edges that it should have.
    fn check_reachable(&self) {
        for node in &self.handles {
            let edges: Vec<usize> = node.edges.borrow().iter().map(|to| to.id.get()).collect();
            assert_eq!(edges, self.model.edges[&node.id.get()]);
        }
    }

    /// After a full collection nothing is there but what the model can reach.
    fn check_exact(&mut self) {
        let expected = self
            .model
            .reachable(self.handles.iter().map(|node| node.id.get()));
        let mut found = BTreeSet::new();
        self.world
            .collector()
            .for_each_object(self.world.space(), None, |object| {
                let node = object.downcast_ref::<Node>().unwrap();
                assert!(found.insert(node.id.get()));
                let edges: Vec<usize> = node.edges.borrow().iter().map(|to| to.id.get()).collect();
                assert_eq!(edges, self.model.edges[&node.id.get()]);
            });
        assert_eq!(found, expected);
        for (id, weak) in &self.weak {
            let (is_alive, is_expected) = (weak.upgrade().is_some(), expected.contains(id));
            assert!(is_expected || !is_alive);
            // The weak handles of resurrected objects have been emptied before.
            assert!(is_alive || !is_expected || self.has_resurrected);
        }
        self.model.edges.retain(|id, _| expected.contains(id));
        self.weak.retain(|(id, _)| expected.contains(id));
    }
}

/// Takes the steps in a world and in the model, and compares the two; at the end nothing is left.
pub fn run(mode: Mode, steps: impl IntoIterator<Item = Step>) {
    let mut program = Program::new(mode);
    for step in steps {
        program.run(&step);
    }
    program.world.space().heap().fail_allocations(None);
    program.to_resurrect.borrow_mut().clear();
    program.collect(Generation::Old);
    program.handles.clear();
    program.weak.clear();
    // Objects whose count ends are finalized first, and may drag circles along.
    for _ in 0..3 {
        program.world.collect();
    }
    check(&program.world, &[]);
    assert_eq!(program.world.space().heap().tracked_live(), 0);
}

/// Takes bytes for a mode and for steps: the body of the fuzz target.
pub fn run_bytes(data: &[u8]) {
    let Some((&mode, data)) = data.split_first() else {
        return;
    };
    let mode = match mode % 2 {
        0 => Mode::Synchronous,
        _ => Mode::Sliced,
    };
    run(
        mode,
        data.chunks_exact(3).take(STEPS_MAX).map(Step::from_bytes),
    );
}
