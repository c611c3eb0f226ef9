//! Ordinary Rust types in a graph with circles: weak handles, finalizers, a limit, and what collections did.
//!
//! `cargo run -p exuvia-collector --example family`
#![allow(clippy::print_stdout, reason = "an example shows something")]

use exuvia_collector::World;
use exuvia_object::{OutOfMemory, Ref, Slot, Traverse};
use std::cell::RefCell;

/// Parents know their children and children their parents: a circle each.
#[derive(Traverse)]
struct Person {
    name: String,
    parent: Slot<Person>,
    children: RefCell<Vec<Ref<Person>>>,
}

fn person(
    world: &World,
    name: &str,
    parent: Option<&Ref<Person>>,
) -> Result<Ref<Person>, OutOfMemory> {
    let person = world.alloc(Person {
        name: name.to_owned(),
        parent: Slot::new(parent.cloned()),
        children: RefCell::default(),
    })?;
    if let Some(parent) = parent {
        parent.children.borrow_mut().push(person.clone());
    }
    Ok(person)
}

fn main() -> Result<(), OutOfMemory> {
    let world = World::with_limit(64 << 20);
    world.set_finalizer(|_, person: &Ref<Person>| {
        if !person.name.is_empty() {
            println!(
                "{} says good-bye to {} children",
                person.name,
                person.children.borrow().len()
            );
        }
    });

    let ada = person(&world, "Ada", None)?;
    let ben = person(&world, "Ben", Some(&ada))?;
    let ben_if_alive = world.downgrade_with(&ben, |_| println!("Ben's callback is called"))?;

    // Each refers to the other, so letting go of both frees nothing yet. A collection finds the circle.
    drop((ada, ben));
    println!("alive: {}", ben_if_alive.upgrade().is_some());
    println!("collected: {}", world.collect().collected);
    println!("alive: {}", ben_if_alive.upgrade().is_some());

    // Collections begin by themselves, too: a million circles in 64 MiB.
    for _ in 0..1_000_000 {
        let parent = person(&world, "", None)?;
        person(&world, "", Some(&parent))?;
    }
    let young = world.collector().statistics()[0];
    println!(
        "{} collections freed {} objects",
        young.collections, young.collected
    );
    println!(
        "most memory at once: {} KiB",
        world.space().heap().statistics().bytes_committed_peak >> 10
    );
    Ok(())
}
