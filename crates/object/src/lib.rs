//! Reference-counted objects on an [`exuvia_heap::Heap`]: a 16-byte header, typed handles, labelled
//! traversal, cells that a token opens, weak references, and freeing without recursion.
//!
//! This crate knows no language and no collector. Reading order: [`Header`] (what every object begins
//! with), [`Class`] (what the header points to: how to size, visit and drop an object), [`Ref`] (a counted
//! handle), [`Traverse`] (what an object refers to), [`Space`] (one heap full of objects),
//! [`TokenCell`] and [`Slot`] (the changeable inside of an object), [`weak`] (links to an object that do not
//! keep it alive).
//!
//! Invariants, by number; [`Space::verify`] and the audit in the collector check them:
//!
//! - **O1** a header is written before its object is reachable, and its class pointer is never null while
//!   the object lives; a freed block has a null class pointer (the heap's H-invariant for walking).
//! - **O2** count = handles in Rust + edges that [`Traverse`] reports into it, unless immortal.
//! - **O3** dropping a handle never runs code of the program in the heap: what needs a finalizer is set
//!   aside alive in [`Space::take_pending`].
//! - **O4** freeing uses a bounded amount of stack, whatever the shape of the structure freed.
//! - **O5** everything is confined to one thread at a time: no handle is `Send` or `Sync`.
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
pub mod weak;

pub use cell::{Token, TokenCell};
pub use class::{Class, Payload};
pub use exuvia_heap::{Config, Heap, HeapVec, Kind, OutOfMemory};
pub use exuvia_object_derive::Traverse;
pub use header::{Flags, Generation, Header, IMMORTAL_COUNT};
pub use reference::{AnyRef, Erased, Object, Ref};
pub use slot::Slot;
pub use space::{Freeing, Space};
pub use tail::Tail;
#[doc(hidden)]
pub use traverse::DropMustNotFollowReferences;
pub use traverse::{Label, Traverse, Visitor};
