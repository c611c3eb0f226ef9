//! Reference-counted objects on an [`exuvia_heap::Heap`]: a 16-byte header, typed handles, labelled
//! traversal, cells that a token opens, weak references, and freeing without recursion.
//!
//! This crate knows no language and no collector. Reading order: [`Header`] (what every object begins
//! with), [`Class`] (what the header points to: how to size, visit and drop an object), [`Ref`] (a counted
//! handle), [`Traverse`] (what an object refers to), [`Space`] (one heap full of objects),
//! [`TokenCell`] and [`Slot`] (the changeable inside of an object), [`weak`] (links to an object that do not
//! keep it alive).
//!
//! ```
//! use exuvia_object::{Class, Config, Slot, Space, Traverse};
//! use std::ptr::NonNull;
//!
//! #[derive(Traverse)]
//! struct Node {
//!     value: u64,
//!     next: Slot<Node>,
//! }
//!
//! let space = Space::new(Config::default());
//! let class = Class::of::<Node>();
//! // SAFETY: the class describes nodes, and outlives them.
//! let node = |value| unsafe { space.allocate(NonNull::from(&class), Node { value, next: Slot::empty() }) };
//! let first = node(1)?;
//! first.next.set(Some(node(2)?));
//! assert_eq!(first.next.get().unwrap().value, 2);
//! assert_eq!((first.count(), first.size()), (1, 32));
//! drop(first);
//! assert_eq!(space.heap().blocks_live(), 0);
//! # Ok::<(), exuvia_object::OutOfMemory>(())
//! ```
//!
//! (Without `unsafe`: `exuvia_collector::World` makes classes by itself and collects circles.)
//!
//! Invariants, by number; [`Space::verify`] and the audit in the collector check them:
//!
//! - **O1** a header is written before its object is reachable, and its class pointer is never null while
//!   the object lives and says how large it is; a freed block has a null class pointer (the heap's H3). Only objects in
//!   pools of tracked ones are tracked.
//! - **O2** count = handles in Rust + edges that [`Traverse`] reports into it, unless immortal.
//! - **O3** dropping a handle never runs code of the program in the heap: what needs a finalizer is set
//!   aside alive in [`Space::take_pending`].
//! - **O4** freeing uses a bounded amount of stack, whatever the shape of the structure freed.
//! - **O5** everything is confined to one thread at a time: no handle is `Send` or `Sync`.
//! - **O6** an object is flagged as pending as long as it waits in the pending list.
//! - **O7** an object is flagged as having weak links as long as the weak table has an entry for it.
//! - **O8** the links in that entry's list lead to the object, and lie in live objects.
//!
//! Source: PEP 683 (immortal objects), PEP 442 (finalization), CPython `Objects/object.c` (trashcan).

#![allow(unsafe_code, reason = "this crate is where object pointers live")]
#![warn(missing_docs)]

extern crate self as exuvia_object;

mod cell;
mod class;
mod header;
mod reference;
mod slot;
mod space;
mod tail;
mod traverse;
mod verify;
pub mod weak;

pub use cell::{Token, TokenCell};
pub use class::{Class, Payload};
pub use exuvia_heap::{Config, Heap, HeapDeque, HeapVec, Kind, OutOfMemory};
pub use exuvia_object_derive::Traverse;
pub use header::{Flags, Generation, Header, IMMORTAL_COUNT};
pub use reference::{AnyRef, Erased, Object, Ref};
pub use slot::Slot;
pub use space::{Freeing, Space};
pub use tail::Tail;
#[doc(hidden)]
pub use traverse::DropMustNotFollowReferences;
pub use traverse::{Label, Traverse, Visitor};
pub use verify::Violation;

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
