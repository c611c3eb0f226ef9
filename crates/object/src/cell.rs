//! [`TokenCell<T>`]: the changeable inside of an object, opened by a token that only the host has (D4).

use crate::{Traverse, Visitor};
use std::cell::UnsafeCell;
use std::fmt;

/// A value of which at most one exists per thread, and whose possession means: no code of the program in the
/// heap runs while it is borrowed.
///
/// # Safety
/// 1. At most one value of the type is reachable in a thread at any time, and it is not `Send` or `Sync`.
/// 2. Code that can change a [`TokenCell`] behind the back of a borrower (running a program, a collection)
///    must need `&mut` to the token.
pub unsafe trait Token {}

/// A value that is read with a shared borrow of the token and changed with an exclusive one.
///
/// Whoever holds `&T` from [`get`](TokenCell::get) holds a borrow of the token, so nobody can call what
/// takes the token exclusively; whoever holds `&mut T` from [`get_mut`](TokenCell::get_mut) has the token
/// all alone. That is the whole soundness argument: the borrow checker counts borrows of the one token
/// instead of a flag in each cell. There is no cost at run time. Dropping a handle can free objects while a
/// cell is borrowed, but not the object with that cell, because the borrower keeps it alive.
#[derive(Default)]
#[repr(transparent)]
pub struct TokenCell<T>(UnsafeCell<T>);

impl<T> TokenCell<T> {
    /// A cell with this value.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The value, readable while the token is borrowed.
    #[inline]
    pub fn get<'a, K: Token>(&'a self, token: &'a K) -> &'a T {
        let _ = token;
        // SAFETY: whoever changes the value borrows the one token exclusively, which the result excludes.
        unsafe { &*self.0.get() }
    }

    /// The value, changeable while the token is borrowed exclusively.
    #[inline]
    #[allow(
        clippy::mut_from_ref,
        reason = "the exclusive borrow is that of the token"
    )]
    pub fn get_mut<'a, K: Token>(&'a self, token: &'a mut K) -> &'a mut T {
        let _ = token;
        // SAFETY: the one token is borrowed exclusively as long as the result lives.
        unsafe { &mut *self.0.get() }
    }

    /// The value, changeable because nobody else has the cell.
    pub fn get_exclusive(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// The value without a token.
    ///
    /// # Safety
    /// Nobody may change the value as long as the result lives: for traversal at a safepoint, and for
    /// short reads that run nothing else.
    #[inline]
    pub unsafe fn get_unguarded(&self) -> &T {
        // SAFETY: the caller's duty.
        unsafe { &*self.0.get() }
    }

    /// The value without a token, changeable.
    ///
    /// # Safety
    /// Nobody else may read or change the value as long as the result lives.
    #[inline]
    #[allow(clippy::mut_from_ref, reason = "the caller vouches for exclusiveness")]
    pub unsafe fn get_mut_unguarded(&self) -> &mut T {
        // SAFETY: the caller's duty.
        unsafe { &mut *self.0.get() }
    }
}

// SAFETY: visits what the inside visits. Traversal happens at safepoints, where no cell is borrowed exclusively.
unsafe impl<T: Traverse> Traverse for TokenCell<T> {
    const ACYCLIC: bool = T::ACYCLIC;
    // The cell is nothing but its value.
    const BUFFER_AT: Option<usize> = T::BUFFER_AT;

    #[inline]
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        // SAFETY: a traversal needs the token exclusively or happens at a safepoint, so nobody changes it.
        unsafe { self.get_unguarded() }.traverse(visitor);
    }
}

impl<T> fmt::Debug for TokenCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenCell(..)")
    }
}
