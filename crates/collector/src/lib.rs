//! A generational cycle collector over the objects of an [`exuvia_object::Space`].
//!
//! Reference counting frees most objects the moment they die, but not those that refer to each other in a circle. This
//! crate finds and frees those. It knows no language: what it must know of objects is in their headers, their
//! classes say what they refer to, and a [`Host`] runs finalizers and callbacks.
//!
//! Reading order: [`Collector`] (the phases of a collection), the module `trial` (which objects are garbage),
//! `delete` (how they are freed, and why that is safe), [`Thresholds`] (when), [`Host`] (what the program
//! contributes), [`audit`] and [`Collector::verify`]. [`World`] is all of it for ordinary Rust types.
//!
//! Invariants; [`Collector::verify`] checks them under the same numbers, between collections:
//!
//! - **C1** no object has a mark: `MARK_A` to `MARK_E` are used only while a collection is under way;
//! - **C2** every object is referred to at least once;
//! - **C3** trial numbers exist only while a collection is under way, or an epoch of slices (the module `incremental`);
//! - **C4** a tracked young object lies in a pool that received a block in this epoch of the heap, a middle one in a pool
//!   that did so since the last collection of its generation: so the walks that look for them find them;
//! - **C5** what is deleted is referred to by nothing else, except by what is deleted with it.
//!
//! Source: CPython 3.14.10 `Python/gc.c` (phases and scheduling), PEP 442 (finalization).

#![allow(unsafe_code, reason = "a collector reads headers and frees objects")]
#![warn(missing_docs)]

mod audit;
mod collector;
mod delete;
mod garbage;
mod host;
mod incremental;
mod numbers;
mod outcome;
mod prefetch;
mod schedule;
mod trial;
mod walk;
mod world;

pub use audit::{Mismatch, audit};
pub use collector::{Collector, Mode};
pub use delete::delete_everything;
pub use exuvia_object::{Generation, Violation};
pub use host::{Debug, Event, Host};
pub use outcome::{GenerationStatistics, Outcome, Skipped};
pub use schedule::Thresholds;
pub use walk::{for_each_reference, is_finalized, is_tracked};
pub use world::{Weak, World};

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
