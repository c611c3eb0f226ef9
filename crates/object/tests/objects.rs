//! Headers, handles, slots, tails, traversal and freeing, as their users see them.
#![allow(unsafe_code, reason = "objects are made from classes by hand here")]

use exuvia_object::{
    AnyRef, Class, Config, Flags, Generation, HeapVec, IMMORTAL_COUNT, Kind, Label, OutOfMemory,
    Ref, Slot, Space, Tail, Token, TokenCell, Traverse, Visitor,
};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::rc::Rc;

/// A space and one class per payload type that a test uses.
struct Maker {
    space: Box<Space>,
}

impl Maker {
    fn new() -> Self {
        Self {
            space: Space::new(Config::default()),
        }
    }

    /// A class that lives as long as the process: tests are short.
    fn class<T: Traverse + 'static>() -> &'static Class {
        Box::leak(Box::new(Class::of::<T>()))
    }

    fn make<T: Traverse + 'static>(&self, payload: T) -> Ref<T> {
        self.make_in(Self::class::<T>(), payload)
    }

    fn make_in<T: Traverse + 'static>(&self, class: &'static Class, payload: T) -> Ref<T> {
        // SAFETY: the class is that of `T` and lives for ever.
        unsafe { self.space.allocate(NonNull::from(class), payload) }.unwrap()
    }

    fn check_empty(&self) {
        self.space.verify().unwrap();
        assert_eq!(self.space.heap().blocks_live(), 0);
    }
}

#[derive(Traverse)]
struct Leaf(u64);

/// Counts drops.
struct Counter(Rc<Cell<usize>>);

impl Drop for Counter {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[derive(Traverse)]
struct Counted {
    #[traverse(skip)]
    _counter: Counter,
}

impl Counted {
    fn new(drops: &Rc<Cell<usize>>) -> Self {
        let _counter = Counter(drops.clone());
        Self { _counter }
    }
}

#[test]
fn handles_count_and_the_last_one_frees() {
    let maker = Maker::new();
    let drops = Rc::new(Cell::new(0));
    let object = maker.make(Counted::new(&drops));
    let copy = object.clone();
    assert_eq!((object.count(), copy.is(&object)), (2, true));
    drop(object);
    assert_eq!((copy.count(), drops.get()), (1, 0));
    drop(copy);
    assert_eq!(drops.get(), 1);
    maker.check_empty();
}

#[test]
fn a_handle_is_as_large_as_a_pointer() {
    assert_eq!(size_of::<Ref<Leaf>>(), 8);
    assert_eq!(size_of::<Option<AnyRef>>(), 8);
    assert_eq!(size_of::<Slot<Leaf>>(), 8);
    assert_eq!(size_of::<TokenCell<u64>>(), 8);
}

#[test]
fn the_class_of_an_erased_handle_is_checked() {
    let maker = Maker::new();
    let any = maker.make(Leaf(7)).into_any();
    assert!(any.is_a::<Leaf>() && !any.is_a::<Counted>());
    assert!(any.downcast_ref::<Counted>().is_none());
    let any = any.downcast::<Counted>().unwrap_err();
    assert_eq!(any.downcast::<Leaf>().unwrap().0, 7);
}

#[test]
fn counts_saturate_into_immortality() {
    let maker = Maker::new();
    let object = maker.make(Leaf(1));
    // SAFETY: the count is put back below.
    unsafe { object.header().set_count(i32::MAX.cast_unsigned()) };
    let copy = object.clone();
    assert!(object.header().is_immortal());
    drop(copy);
    assert_eq!(object.count(), 1 << 31);
    // SAFETY: one handle is left.
    unsafe { object.header().set_count(1) };
    drop(object);
    maker.check_empty();
}

#[test]
fn immortal_objects_stay_and_their_count_stands_still() {
    let maker = Maker::new();
    let object = maker.make(Leaf(1));
    object.header().make_immortal();
    let copy = object.clone();
    assert_eq!(copy.count(), IMMORTAL_COUNT);
    drop((copy, object));
    assert_eq!(maker.space.heap().blocks_live(), 1);
    maker.space.verify().unwrap();
}

#[test]
fn the_host_byte_and_the_flags_do_not_mix() {
    let maker = Maker::new();
    let object = maker.make(Slot::<Leaf>::empty());
    let header = object.header();
    header.set_host_byte(0xA5);
    header.set(Flags::FINALIZED);
    assert_eq!(header.host_byte(), 0xA5);
    assert!(header.has(Flags::FINALIZED) && header.has(Flags::TRACKED));
    assert_eq!(header.generation(), Generation::Young);
    header.set_host_byte(0);
    assert!(header.has(Flags::FINALIZED));
    header.untrack();
    assert!(!header.has(Flags::TRACKED));
}

#[test]
#[should_panic(expected = "not the host's to set")]
fn flags_that_others_rely_on_are_refused() {
    let maker = Maker::new();
    maker.make(Leaf(1)).header().set(Flags::HAS_WEAK);
}

#[test]
fn acyclic_payloads_are_not_tracked() {
    let maker = Maker::new();
    assert!(!maker.make(Leaf(1)).header().has(Flags::TRACKED));
    assert!(
        maker
            .make(Slot::<Leaf>::empty())
            .header()
            .has(Flags::TRACKED)
    );
    assert_eq!(Class::of::<(u8, String, Cell<i32>)>().kind, Kind::Untracked);
    assert_eq!(Class::of::<(u8, Vec<Ref<Leaf>>)>().kind, Kind::Tracked);
}

#[test]
fn slots_hand_out_copies() {
    let maker = Maker::new();
    let leaf = maker.make(Leaf(3));
    let slot = Slot::new(Some(leaf.clone()));
    assert_eq!((leaf.count(), slot.get().unwrap().0), (2, 3));
    let other = maker.make(Leaf(4));
    slot.set(Some(other.clone()));
    assert_eq!((leaf.count(), other.count()), (1, 2));
    assert!(slot.take().unwrap().is(&other));
    assert!(slot.is_empty() && slot.replace(None).is_none());
}

#[test]
fn tails_hold_their_elements_and_know_their_size() {
    let maker = Maker::new();
    let class = Class::of::<Tail<u32, AnyRef>>();
    class.size.set(Some(Tail::<u32, AnyRef>::size));
    let class = NonNull::from(Box::leak(Box::new(class)));
    let leaf = maker.make(Leaf(1)).into_any();
    for len in [0, 1, 5, 3000] {
        let elements = (0..len).map(|_| leaf.clone());
        // SAFETY: the class is that of such tails, and lives for ever.
        let tail = unsafe {
            maker
                .space
                .allocate_tail(class, Kind::Tracked, 9_u32, len, elements)
        };
        let tail: Ref<Tail<u32, AnyRef>> = tail.unwrap();
        assert_eq!(
            (*tail.head(), tail.len(), tail.is_empty()),
            (9, len, len == 0)
        );
        assert_eq!(tail.size(), 16 + 8 + 8 * len);
        assert_eq!(leaf.count() as usize, len + 1);
        assert!(tail.as_slice().iter().all(|element| element.is(&leaf)));
        maker.space.verify().unwrap();
        drop(tail);
        assert_eq!(leaf.count(), 1);
    }
}

/// The labels and targets that a visit reports.
fn edges<T: Traverse + ?Sized>(part: &T) -> Vec<(usize, Label)> {
    let mut found = Vec::new();
    let mut sink = |target: NonNull<_>, label| found.push((target.addr().get(), label));
    part.traverse(&mut Visitor::labelled(&mut sink));
    found
}

fn targets<T: Traverse + ?Sized>(part: &T) -> Vec<usize> {
    let mut found = Vec::new();
    let mut sink = |targets: &[NonNull<_>]| {
        found.extend(targets.iter().map(|target| target.addr().get()));
    };
    let mut visitor = Visitor::targets(&mut sink);
    part.traverse(&mut visitor);
    visitor.flush();
    found
}

#[derive(Traverse)]
struct Record {
    left: Ref<Leaf>,
    number: u64,
    rest: Vec<Ref<Leaf>>,
    #[traverse(skip)]
    _hidden: Option<Ref<Leaf>>,
}

#[derive(Traverse)]
enum Shape {
    Nothing,
    One(Ref<Leaf>),
    Both {
        first: Ref<Leaf>,
        second: Option<Ref<Leaf>>,
    },
}

#[test]
fn the_derive_visits_each_field_under_its_name() {
    let maker = Maker::new();
    let leaf = maker.make(Leaf(1));
    let at = leaf.address();
    let record = Record {
        left: leaf.clone(),
        number: 5,
        rest: vec![leaf.clone(); 2],
        _hidden: Some(leaf.clone()),
    };
    assert_eq!(record.number, 5);
    let labels = [Label::Field("left"), Label::Index(0), Label::Index(1)];
    assert_eq!(edges(&record), labels.map(|label| (at, label)));
    assert_eq!(edges(&Shape::Nothing), []);
    assert_eq!(edges(&Shape::One(leaf.clone())), [(at, Label::Field("0"))]);
    let both = Shape::Both {
        first: leaf.clone(),
        second: None,
    };
    assert_eq!(edges(&both), [(at, Label::Field("first"))]);
    let both = Shape::Both {
        first: leaf.clone(),
        second: Some(leaf),
    };
    assert_eq!(targets(&both), [at, at]);
}

#[test]
fn containers_report_everything_they_hold() {
    let maker = Maker::new();
    let leaf = maker.make(Leaf(1));
    let at = leaf.address();
    assert_eq!(targets(&[leaf.clone(), leaf.clone()]), [at; 2]);
    assert_eq!(targets(&VecDeque::from(vec![leaf.clone(); 3])), [at; 3]);
    assert_eq!(targets(&HashMap::from([(1_u8, leaf.clone())])), [at]);
    assert_eq!(
        targets(&BTreeMap::from([(1_u8, (leaf.clone(), leaf.clone()))])),
        [at; 2]
    );
    assert_eq!(targets(&Box::new(Some(leaf.clone()))), [at]);
    assert_eq!(targets(&Ok::<_, u8>(leaf.clone())), [at]);
    assert_eq!(targets(&OnceCell::from(leaf.clone())), [at]);
    let cell = RefCell::new(leaf.clone());
    assert_eq!(targets(&cell), [at]);
    let guard = cell.borrow_mut();
    assert_eq!(targets(&cell), []);
    drop(guard);
    let heap = maker.space.heap();
    let mut items: HeapVec<Ref<Leaf>> = HeapVec::default();
    items.push(heap, leaf.clone()).unwrap();
    assert_eq!(edges(&items), [(at, Label::Index(0))]);
}

#[test]
fn many_targets_come_in_batches_and_none_is_lost() {
    let maker = Maker::new();
    let leaves: Vec<_> = (0..1000).map(|value| maker.make(Leaf(value))).collect();
    let expected: Vec<_> = leaves.iter().map(Ref::address).collect();
    assert_eq!(targets(&leaves), expected);
}

#[test]
fn a_window_shows_a_part_of_the_targets() {
    let maker = Maker::new();
    let leaves: Vec<_> = (0..1000).map(|value| maker.make(Leaf(value))).collect();
    let expected: Vec<_> = leaves.iter().map(Ref::address).collect();
    // The fields on both sides are visited one by one, the elements as a range.
    let record = (leaves[0].clone(), leaves.clone(), Some(leaves[1].clone()));
    let mut all = vec![expected[0]];
    all.extend(&expected);
    all.push(expected[1]);
    for piece in [1, 7, 64, 100, 999, 1000, 1001, 1002, 2000] {
        let mut found = Vec::new();
        let mut from = 0;
        loop {
            let mut sink = |targets: &[NonNull<_>]| {
                found.extend(targets.iter().map(|target| target.addr().get()));
            };
            let mut visitor = Visitor::windowed(&mut sink);
            visitor.begin(from, piece);
            record.traverse(&mut visitor);
            let (left, is_cut) = visitor.window();
            visitor.flush();
            from += piece - left;
            if !is_cut {
                break;
            }
        }
        assert_eq!(found, all, "in pieces of {piece}");
    }
}

/// Stands for the one interpreter of a thread.
struct OnlyToken;
// SAFETY: tests make one at a time and run nothing behind its back.
unsafe impl Token for OnlyToken {}

#[test]
fn a_token_opens_cells() {
    let mut token = OnlyToken;
    let cell = TokenCell::new(vec![1, 2]);
    cell.get_mut(&mut token).push(3);
    assert_eq!(cell.get(&token).len(), 3);
}

#[derive(Traverse)]
struct Link(Option<AnyRef>);

#[test]
fn a_panic_in_a_payload_costs_that_payload_and_nothing_else() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("bomb");
        }
    }
    #[derive(Traverse)]
    struct Explosive {
        #[traverse(skip)]
        _bomb: Bomb,
        _leaf: AnyRef,
    }

    let maker = Maker::new();
    let leaf = maker.make(Leaf(1)).into_any();
    let class = Maker::class::<Link>();
    // Deep enough for the work list: the bomb goes off while others wait.
    let mut chain = maker
        .make(Explosive {
            _bomb: Bomb,
            _leaf: leaf.clone(),
        })
        .into_any();
    for _ in 0..1000 {
        chain = maker.make_in(class, Link(Some(chain))).into_any();
    }
    let tail = maker.make_in(class, Link(Some(leaf.clone()))).into_any();
    let both = maker.make(vec![chain, tail]);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(both))).is_err());
    assert!(!maker.space.is_freeing());
    assert_eq!(leaf.count(), 1);
    let again = maker.make_in(class, Link(Some(leaf.clone())));
    drop(again);
    assert_eq!(leaf.count(), 1);
}

#[test]
fn a_payload_that_is_refused_is_dropped() {
    let space = Space::new(Config {
        limit: Some(1 << 20),
        ..Config::default()
    });
    let class = Maker::class::<Counted>();
    let drops = Rc::new(Cell::new(0));
    let mut kept = Vec::new();
    let refused = loop {
        let payload = Counted::new(&drops);
        // SAFETY: the class is that of the payload, and lives for ever.
        match unsafe { space.allocate(NonNull::from(class), payload) } {
            Ok(object) => kept.push(object),
            Err(error) => break error,
        }
    };
    assert_eq!((refused, drops.get()), (OutOfMemory, 1));
    let count = kept.len();
    drop(kept);
    assert_eq!(drops.get(), count + 1);
}

#[test]
fn a_space_can_end_with_everything_in_it() {
    let maker = Maker::new();
    let looped = maker.make(Slot::<Slot>::empty());
    // SAFETY: nothing of the space is used after this; the payloads own nothing outside.
    unsafe {
        looped.into_raw();
        maker.space.discard();
    }
}

#[test]
fn what_needs_a_finalizer_is_set_aside_in_order() {
    let maker = Maker::new();
    let class = Maker::class::<Leaf>();
    class.needs_finalizer.set(Some(|_| true));
    for value in 0..3 {
        drop(maker.make_in(class, Leaf(value)));
    }
    assert_eq!(maker.space.attention().get(), Space::ATTENTION_PENDING);
    maker.space.verify().unwrap();
    for value in 0..3 {
        let object = maker.space.take_pending().unwrap();
        assert_eq!(
            (object.downcast_ref::<Leaf>().unwrap().0, object.count()),
            (value, 1)
        );
        object.header().set(Flags::FINALIZED);
    }
    assert!(maker.space.take_pending().is_none());
    assert_eq!(maker.space.attention().get(), 0);
    maker.check_empty();
}

#[derive(Traverse)]
struct Buffered {
    _number: u64,
    items: TokenCell<HeapVec<Ref<Leaf>>>,
}

#[test]
fn a_class_knows_where_the_address_of_a_buffer_lies() {
    let maker = Maker::new();
    let items = HeapVec::from_elements(maker.space.heap(), [maker.make(Leaf(1))]).unwrap();
    let buffer = items.as_ptr();
    let object = maker.make(Buffered {
        _number: 1,
        items: TokenCell::new(items),
    });
    // SAFETY: the object is alive, and nobody changes it.
    unsafe {
        assert_eq!(object.items.get_unguarded().as_ptr(), buffer);
        let found = object.class().buffer_of(object.as_raw());
        assert_eq!(found, Some(buffer.cast()));
    }
    assert_eq!(Class::of::<Leaf>().buffer_at, 0);
}
