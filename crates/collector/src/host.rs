//! [`Host`]: what a collection needs from the program whose objects it collects.

use crate::{Generation, Outcome};
use exuvia_object::AnyRef;
use std::ops::BitOr;

/// Whose objects are collected: runs finalizers and callbacks, and is told what happens.
///
/// All methods may run anything: allocate, drop, resurrect, even ask for a collection (which finds one under
/// way and does nothing). All have a default that does nothing, so that `()` is a host too.
pub trait Host {
    /// A collection of this generation begins.
    fn started(&mut self, generation: Generation) {
        let _ = generation;
    }

    /// A collection has ended.
    fn stopped(&mut self, outcome: &Outcome) {
        let _ = outcome;
    }

    /// Calls the callback of a weak reference whose referent is garbage; `owner` embeds the link, now empty.
    fn call_weak_callback(&mut self, owner: &AnyRef) {
        let _ = owner;
    }

    /// Runs the finalizer of an object that is garbage; called once per object (PEP 442).
    fn finalize(&mut self, object: &AnyRef) {
        let _ = object;
    }

    /// Whether [`is_uncollectable`](Self::is_uncollectable) is to be asked at all.
    const HAS_UNCOLLECTABLE: bool = false;

    /// Whether an object must not be cleared although it is garbage (legacy finalizers).
    ///
    /// Such objects and what they refer to are *uncollectable*.
    fn is_uncollectable(&mut self, object: &AnyRef) -> bool {
        let _ = object;
        false
    }

    /// Whether [`found_garbage`](Self::found_garbage) is to be called at all.
    fn watches_garbage(&self) -> bool {
        false
    }

    /// Is told of an object that only the collector could find, before any finalizer runs.
    fn found_garbage(&mut self, object: &AnyRef) {
        let _ = object;
    }

    /// Takes an object that is garbage but is kept: uncollectable, or saved for [`Debug::SAVEALL`].
    fn keep_garbage(&mut self, object: &AnyRef) {
        let _ = object;
    }

    /// Is told of what [`struct@Debug`] flags ask for.
    fn report(&mut self, event: Event<'_>) {
        let _ = event;
    }
}

impl Host for () {}

/// Something to print, if the [`struct@Debug`] flag for it is set.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A collection begins, with so many objects in each generation, the permanent one last ([`Debug::STATS`]).
    Collecting(Generation, [usize; 4]),
    /// The object is garbage ([`Debug::COLLECTABLE`]).
    Collectable(&'a AnyRef),
    /// The object is garbage but cannot be freed ([`Debug::UNCOLLECTABLE`]).
    Uncollectable(&'a AnyRef),
    /// A collection is done ([`Debug::STATS`]).
    Done(&'a Outcome),
}

/// What a collector is to report; the values of `gc.set_debug`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Debug(u32);

impl Debug {
    /// Report statistics of every collection.
    pub const STATS: Self = Self(1);
    /// Report each object that is freed.
    pub const COLLECTABLE: Self = Self(2);
    /// Report each object that is garbage but cannot be freed.
    pub const UNCOLLECTABLE: Self = Self(4);
    /// Hand all garbage to [`Host::keep_garbage`] instead of freeing it.
    pub const SAVEALL: Self = Self(32);

    /// The flags of this number; bits without a meaning are kept.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// The flags as a number.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all flags of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Debug {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
