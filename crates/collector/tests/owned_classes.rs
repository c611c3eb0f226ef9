//! Classes that lie in objects, as type objects have them: counted and not, dying before, with and after their instances.
#![allow(unsafe_code, reason = "a host with type objects of its own")]

use exuvia_collector::{Collector, Generation, delete_everything};
use exuvia_heap::{Config, Zeal};
use exuvia_object::{AnyRef, Class, Ref, Slot, Space, Traverse, Visitor};
use std::any::TypeId;
use std::ptr::NonNull;

/// The payload of a type object: its class first, then a reference to something, maybe an instance.
#[repr(C)]
struct Type {
    class: Class,
    other: Slot,
}

// SAFETY: the slot holds the one reference.
unsafe impl Traverse for Type {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.other.traverse(visitor);
    }
}

#[derive(Traverse)]
struct Instance {
    other: Slot,
    text: String,
}

struct TypedWorld {
    space: Box<Space>,
    collector: Collector,
    /// The class of type objects that are their own metaclass's only instances.
    type_class: Class,
}

impl TypedWorld {
    fn new() -> Self {
        let config = Config {
            zeal: Zeal {
                poison: true,
                ..Zeal::default()
            },
            ..Config::default()
        };
        Self {
            space: Space::new(config),
            collector: Collector::new(),
            type_class: Class::of::<Type>(),
        }
    }

    /// A type object whose class describes payloads `T`, and is counted or not.
    fn new_type<T: Traverse + 'static>(
        &self,
        metaclass: NonNull<Class>,
        is_counted: bool,
    ) -> Ref<Type> {
        let class = Class::of::<T>();
        class.owner_is_counted.set(is_counted);
        let payload = Type {
            class,
            other: Slot::empty(),
        };
        // SAFETY: the metaclass describes type objects, and lives as long as the world or is counted.
        unsafe { self.space.allocate(metaclass, payload) }.unwrap()
    }

    fn new_instance(&self, of: &Ref<Type>) -> Ref<Instance> {
        assert_eq!(of.class.payload, TypeId::of::<Instance>());
        let payload = Instance {
            other: Slot::empty(),
            text: "text".repeat(10),
        };
        // SAFETY: the class describes instances, and is counted or kept by the test.
        unsafe { self.space.allocate(NonNull::from(&of.class), payload) }.unwrap()
    }

    fn static_class(&self) -> NonNull<Class> {
        NonNull::from(&self.type_class)
    }

    fn collect(&self) -> usize {
        let outcome = self
            .collector
            .collect(&self.space, Generation::Old, &mut ());
        self.space.verify().unwrap();
        self.collector.verify(&self.space).unwrap();
        outcome.collected
    }

    fn check(&self, roots: &[&AnyRef]) {
        let mismatches = exuvia_collector::audit(&self.space, &mut |visit| {
            roots.iter().for_each(|root| visit(root.as_raw()));
        });
        assert_eq!(mismatches, []);
    }
}

#[test]
fn an_instance_keeps_its_type_alive_and_lets_go_of_it() {
    let world = TypedWorld::new();
    let type_ = world.new_type::<Instance>(world.static_class(), true);
    let instance = world.new_instance(&type_);
    assert_eq!(type_.count(), 2);
    world.check(&[type_.as_any(), instance.as_any()]);
    drop(type_);
    assert_eq!(world.collect(), 0);
    assert_eq!(instance.text.len(), 40);
    drop(instance);
    assert_eq!(world.space.heap().blocks_live(), 0);
}

#[test]
fn garbage_lets_go_of_a_type_that_lives() {
    let world = TypedWorld::new();
    let type_ = world.new_type::<Instance>(world.static_class(), true);
    for _ in 0..10 {
        let instance = world.new_instance(&type_);
        instance.other.set(Some(instance.clone().into_any()));
    }
    assert_eq!(type_.count(), 11);
    assert_eq!(world.collect(), 10);
    assert_eq!(type_.count(), 1);
    world.check(&[type_.as_any()]);
}

#[test]
fn garbage_is_the_last_to_keep_a_type_that_is_no_garbage() {
    let world = TypedWorld::new();
    let type_ = world.new_type::<Instance>(world.static_class(), true);
    world.collect();
    for _ in 0..10 {
        let instance = world.new_instance(&type_);
        instance.other.set(Some(instance.clone().into_any()));
    }
    drop(type_);
    // The old type object is not part of a young collection, but dies with its last instance.
    let young = world
        .collector
        .collect(&world.space, Generation::Young, &mut ());
    assert_eq!(young.collected, 10);
    assert_eq!(world.space.heap().blocks_live(), 0);
}

#[test]
fn a_type_dies_together_with_its_instances_and_its_metaclass() {
    for instances_first in [false, true] {
        let world = TypedWorld::new();
        let spare = world.new_type::<Type>(world.static_class(), true);
        let metaclass = world.new_type::<Type>(world.static_class(), true);
        let make = || world.new_type::<Instance>(NonNull::from(&metaclass.class), true);
        let type_ = make();
        // A free block before those of the types: an instance that lies in front of its type.
        let spare = (!instances_first).then_some(spare);
        for _ in 0..5 {
            let instance = world.new_instance(&type_);
            instance.other.set(Some(instance.clone().into_any()));
            type_.other.set(Some(instance.into_any()));
        }
        metaclass.other.set(Some(type_.clone().into_any()));
        drop((metaclass, type_, spare));
        assert_eq!(world.collect(), 7);
        assert_eq!(world.space.heap().blocks_live(), 0);
    }
}

#[test]
fn everything_is_deleted_whatever_is_counted() {
    for is_counted in [false, true] {
        let world = TypedWorld::new();
        let metaclass = world.new_type::<Type>(world.static_class(), is_counted);
        let type_ = world.new_type::<Instance>(NonNull::from(&metaclass.class), is_counted);
        for _ in 0..5 {
            let instance = world.new_instance(&type_);
            instance.other.set(Some(type_.clone().into_any()));
            instance.header().make_immortal();
        }
        metaclass.header().make_immortal();
        type_.header().make_immortal();
        drop((metaclass, type_));
        // SAFETY: all handles are gone.
        unsafe { delete_everything(&world.space) };
        assert_eq!(world.space.heap().blocks_live(), 0);
    }
}
