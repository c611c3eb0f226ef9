//! [`StackLimit`]: how far native recursion may go, so that no program can overflow the native stack.
//!
//! Native code that can nest without bound (a repr inside a repr, an iterator around an iterator) compares the
//! address of a local variable with a limit measured when the thread began to run Python. Differs from CPython:
//! `sys.setrecursionlimit` bounds frames only, and cannot lift this limit.

use crate::{PyResult, Vm};
use std::cell::Cell;

/// Bytes of stack that stay free for native code between two checks. Unoptimized frames are much larger.
const RESERVE: usize = if cfg!(debug_assertions) {
    768 * 1024
} else {
    256 * 1024
};

/// What a thread's stack is assumed to have where the system does not tell.
const ASSUMED: usize = 1024 * 1024;

/// The lowest address that native recursion may reach. Measured at the first check in a thread.
#[derive(Debug)]
pub struct StackLimit(Cell<usize>);

impl Default for StackLimit {
    fn default() -> Self {
        Self(Cell::new(Self::UNKNOWN))
    }
}

impl StackLimit {
    /// Above every address, so that the first check takes the slow way and measures.
    const UNKNOWN: usize = usize::MAX;

    /// Forgets the limit: the next check measures it again. For a runtime that goes on in another thread.
    pub fn forget(&self) {
        self.0.set(Self::UNKNOWN);
    }

    #[inline(always)]
    fn is_passed(&self) -> bool {
        let here = 0_u8;
        let address = std::ptr::from_ref(&here).addr();
        address < self.0.get() && self.is_really_passed(address)
    }

    #[cold]
    #[inline(never)]
    fn is_really_passed(&self, address: usize) -> bool {
        if self.0.get() == Self::UNKNOWN {
            let room = stacker::remaining_stack().unwrap_or(ASSUMED).min(address);
            self.0.set(address - room + RESERVE.min(room / 2));
        }
        address < self.0.get()
    }
}

impl Vm {
    /// Whether so little native stack is left that native code must not nest any deeper.
    #[inline(always)]
    pub fn native_stack_is_low(&self) -> bool {
        self.eval.stack_limit.is_passed()
    }

    /// Refuses to nest deeper when little native stack is left; `doing` says in the message what was going on
    /// (`" in comparison"`).
    ///
    /// # Errors
    /// `RecursionError`.
    #[inline(always)]
    pub fn check_native_stack(&self, doing: &str) -> PyResult<()> {
        if self.native_stack_is_low() {
            Err(self.recursion_error(doing))
        } else {
            Ok(())
        }
    }

    /// Runs native code that may nest without bound, unless too little native stack is left.
    ///
    /// # Errors
    /// `RecursionError`, or what `nested` fails with.
    #[inline]
    pub fn recursion_guard<R>(
        &mut self,
        nested: impl FnOnce(&mut Vm) -> PyResult<R>,
    ) -> PyResult<R> {
        self.check_native_stack("")?;
        nested(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_lies_below_a_local_and_stops_deep_recursion() {
        fn nest(limit: &StackLimit, depth: usize) -> usize {
            let filler = std::hint::black_box([depth; 32]);
            if limit.is_passed() {
                filler[0]
            } else {
                nest(limit, depth + 1)
            }
        }
        let limit = StackLimit::default();
        assert!(!limit.is_passed());
        assert!(nest(&limit, 0) > 100);
    }

    #[test]
    fn another_thread_measures_its_own_stack() {
        let limit = std::thread::Builder::new()
            .stack_size(4 * 1024 * 1024)
            .spawn(|| {
                let limit = StackLimit::default();
                (limit.is_passed(), limit.0.get())
            })
            .and_then(|thread| thread.join().map_err(|_| std::io::Error::other("panicked")));
        assert!(
            limit.is_ok_and(|(is_passed, address)| !is_passed && address != StackLimit::UNKNOWN)
        );
    }
}
