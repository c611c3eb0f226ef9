//! Weak links against a model: which links lead where, in which order.
#![allow(unsafe_code, reason = "objects are made from classes by hand here")]

use exuvia_object::weak::{self, WeakLink};
use exuvia_object::{Class, Config, OutOfMemory, Ref, Space, Traverse};
use proptest::prelude::*;
use std::ptr::NonNull;

#[derive(Traverse)]
struct Target(u64);

#[derive(Traverse)]
struct Watcher(WeakLink);

struct Maker {
    target: Class,
    watcher: Class,
    space: Box<Space>,
}

impl Maker {
    fn new() -> Self {
        Self {
            target: Class::of::<Target>(),
            watcher: Class::of::<Watcher>(),
            space: Space::new(Config::default()),
        }
    }

    fn target(&self, value: u64) -> Ref<Target> {
        // SAFETY: the class describes targets; objects do not outlive the maker.
        unsafe {
            self.space
                .allocate(NonNull::from(&self.target), Target(value))
        }
        .unwrap()
    }

    fn watch(&self, target: &Ref<Target>, has_callback: bool) -> Result<Ref<Watcher>, OutOfMemory> {
        let payload = Watcher(WeakLink::new());
        // SAFETY: the class describes watchers; objects do not outlive the maker.
        let watcher = unsafe { self.space.allocate(NonNull::from(&self.watcher), payload) }?;
        WeakLink::attach(
            &watcher,
            |watcher| &watcher.0,
            target.as_any(),
            has_callback,
        )?;
        Ok(watcher)
    }
}

#[test]
fn owners_come_newest_first_and_callbacks_alone_are_taken() {
    let maker = Maker::new();
    let target = maker.target(1);
    let watchers: Vec<_> = [false, true, false, true]
        .map(|has_callback| maker.watch(&target, has_callback).unwrap())
        .into();
    let found: Vec<_> = weak::owners(target.as_any())
        .iter()
        .map(Ref::address)
        .collect();
    let newest_first: Vec<_> = watchers.iter().rev().map(Ref::address).collect();
    assert_eq!(found, newest_first);
    maker.space.verify().unwrap();
    let taken: Vec<_> = weak::take_callbacks(target.as_any())
        .iter()
        .map(Ref::address)
        .collect();
    assert_eq!(taken, [watchers[3].address(), watchers[1].address()]);
    assert!(watchers.iter().all(|watcher| !watcher.0.is_alive()));
    maker.space.verify().unwrap();
}

#[test]
fn a_referent_with_a_callback_is_set_aside() {
    let maker = Maker::new();
    let target = maker.target(1);
    let watcher = maker.watch(&target, true).unwrap();
    drop(target);
    assert!(watcher.0.upgrade().is_some());
    let pending = maker.space.take_pending().unwrap();
    assert_eq!(weak::take_callbacks(&pending).len(), 1);
    drop(pending);
    assert!(watcher.0.upgrade().is_none());
    drop(watcher);
    maker.space.verify().unwrap();
}

#[test]
#[should_panic(expected = "lies in its owner")]
fn a_link_outside_of_its_owner_is_refused() {
    let maker = Maker::new();
    let target = maker.target(1);
    let stranger: &'static WeakLink = Box::leak(Box::default());
    let _ = WeakLink::attach(&target, |_| stranger, target.as_any(), false);
}

#[test]
#[should_panic(expected = "attached once")]
fn a_link_leads_to_one_object_only() {
    let maker = Maker::new();
    let target = maker.target(1);
    let watcher = maker.watch(&target, false).unwrap();
    let _ = WeakLink::attach(&watcher, |watcher| &watcher.0, target.as_any(), false);
}

#[derive(Clone, Debug)]
enum Step {
    Make,
    Watch(usize),
    DropTarget(usize),
    DropWatcher(usize),
    Detach(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Make),
        5 => any::<usize>().prop_map(Step::Watch),
        1 => any::<usize>().prop_map(Step::DropTarget),
        2 => any::<usize>().prop_map(Step::DropWatcher),
        1 => any::<usize>().prop_map(Step::Detach),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn links_lead_where_the_model_says(steps in prop::collection::vec(step(), 1..150)) {
        let maker = Maker::new();
        let mut targets: Vec<Ref<Target>> = Vec::new();
        let mut watchers: Vec<(Ref<Watcher>, Option<u64>)> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Make => targets.push(maker.target(number as u64)),
                Step::Watch(index) if !targets.is_empty() => {
                    let target = &targets[index % targets.len()];
                    watchers.push((maker.watch(target, false).unwrap(), Some(target.0)));
                }
                Step::DropTarget(index) if !targets.is_empty() => {
                    let target = targets.swap_remove(index % targets.len());
                    for (_, to) in &mut watchers {
                        *to = to.filter(|to| *to != target.0);
                    }
                    drop(target);
                }
                Step::DropWatcher(index) if !watchers.is_empty() => {
                    watchers.swap_remove(index % watchers.len());
                }
                Step::Detach(index) if !watchers.is_empty() => {
                    let index = index % watchers.len();
                    watchers[index].0.0.detach();
                    watchers[index].1 = None;
                }
                _ => {}
            }
            maker.space.verify().unwrap();
            for (watcher, to) in &watchers {
                let found = watcher.0.upgrade().map(|found| found.downcast::<Target>().unwrap().0);
                prop_assert_eq!(found, *to);
            }
        }
        for target in &targets {
            let expected = watchers.iter().filter(|(_, to)| *to == Some(target.0)).count();
            prop_assert_eq!(weak::owners(target.as_any()).len(), expected);
        }
    }
}
