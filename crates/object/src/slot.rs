//! [`Slot<T>`]: one changeable reference inside an object, or none.

use crate::{Erased, Label, Ref, Traverse, Visitor};
use std::cell::UnsafeCell;
use std::fmt;

/// A changeable `Option<Ref<T>>` inside an object, eight bytes, opened without a token.
///
/// Safe behind a shared reference because it hands out copies of the handle and never a borrow of its
/// inside, because cloning a handle runs no foreign code, and because it is not `Sync`.
pub struct Slot<T = Erased>(UnsafeCell<Option<Ref<T>>>);

impl<T> Slot<T> {
    /// An empty slot.
    pub const fn empty() -> Self {
        Self(UnsafeCell::new(None))
    }

    /// A slot that holds what is given.
    pub const fn new(value: Option<Ref<T>>) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// A new handle to what the slot holds.
    #[inline]
    pub fn get(&self) -> Option<Ref<T>> {
        // SAFETY: the borrow ends before anything else can run; nothing else borrows the inside.
        unsafe { (*self.0.get()).clone() }
    }

    /// Whether the slot holds nothing.
    #[inline]
    pub fn is_empty(&self) -> bool {
        // SAFETY: as in `get`.
        unsafe { (*self.0.get()).is_none() }
    }

    /// Stores a value and drops the old one.
    #[inline]
    pub fn set(&self, value: Option<Ref<T>>) {
        // The old value is dropped after the new one is in place: freeing must not see a slot half changed.
        drop(self.replace(value));
    }

    /// Stores a value and returns the old one.
    #[inline]
    pub fn replace(&self, value: Option<Ref<T>>) -> Option<Ref<T>> {
        // SAFETY: as in `get`.
        unsafe { std::mem::replace(&mut *self.0.get(), value) }
    }

    /// Empties the slot and returns what it held.
    #[inline]
    pub fn take(&self) -> Option<Ref<T>> {
        self.replace(None)
    }
}

// SAFETY: visits the one reference it holds.
unsafe impl<T: 'static> Traverse for Slot<T> {
    #[inline]
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        // SAFETY: traversal runs no foreign code, so the borrow ends before anything changes the slot.
        if let Some(target) = unsafe { &*self.0.get() } {
            visitor.visit(target, || Label::None);
        }
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T> fmt::Debug for Slot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slot").field(&self.get()).finish()
    }
}
