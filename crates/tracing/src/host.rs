//! [`Host`]: what the tracer has to know of the code that runs.

use crate::Place;

/// Whose allocations are traced: an interpreter, or a program that says itself where it is.
pub trait Host: 'static {
    /// A running frame, as the host tells of it when it is entered.
    type Frame: 'static;

    /// Where the frame stands now.
    ///
    /// Called in the middle of an allocation: it must not allocate from the heap that is traced.
    fn place(&self, frame: &Self::Frame) -> Place;

    /// A chain refers to the frame's code, perhaps not for the first time: until [`let_go`](Self::let_go) says so, its
    /// key may not become that of other code.
    ///
    /// Called in the middle of an allocation, as [`place`](Self::place).
    fn keep(&self, frame: &Self::Frame);

    /// No chain refers any more to any code whose key is not used.
    fn let_go(&self, is_used: &dyn Fn(usize) -> bool);
}

/// The host of a program whose frames stand where they were entered, and whose keys stay what they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Static;

impl Host for Static {
    type Frame = Place;

    fn place(&self, frame: &Place) -> Place {
        *frame
    }

    fn keep(&self, _: &Place) {}

    fn let_go(&self, _: &dyn Fn(usize) -> bool) {}
}
