//! [`InlineRoom`]: how many inline values a class gives to its next instances, learnt from the first ones.
//!
//! A class begins with room for what its methods assign to `self`, and some to spare. When a few instances have shown
//! what they need, the next ones get that and one more (V8 calls this slack tracking). An instance that needs more later keeps
//! its attributes in a dict, and the class learns from it.

use super::shape::INLINE_MAX;
use std::cell::Cell;

/// Room to begin with, if methods assign less.
const FIRST_ROOM: u8 = 4;
/// Instances to be watched before the room is settled.
const WATCHED: u8 = 8;
/// The most shapes of a class. A program that gives each instance names of its own gets dicts beyond.
const SHAPES_MAX: u8 = 128;

/// What a class knows of its instances' needs.
#[derive(Debug)]
pub struct InlineRoom {
    capacity: Cell<u8>,
    /// Names that methods assign, those of the bases included.
    assigned: u8,
    /// The most names of any shape so far.
    deepest: Cell<u8>,
    /// Instances to be made before the room is settled.
    unsettled: Cell<u8>,
    shapes: Cell<u8>,
}

impl InlineRoom {
    /// For a class whose instances have no inline values.
    pub(crate) const fn none() -> Self {
        Self {
            capacity: Cell::new(0),
            assigned: 0,
            deepest: Cell::new(0),
            unsettled: Cell::new(0),
            shapes: Cell::new(0),
        }
    }

    /// For a class whose methods, and those of its bases, assign so many attributes.
    pub(crate) fn for_names(assigned: usize) -> Self {
        let assigned = clamp(assigned);
        Self {
            capacity: Cell::new(with_spare(assigned).max(FIRST_ROOM)),
            assigned,
            unsettled: Cell::new(WATCHED),
            ..Self::none()
        }
    }

    /// How many inline values the instance that is being made gets.
    #[inline]
    pub(crate) fn for_next_instance(&self) -> usize {
        if self.unsettled.get() != 0 {
            self.watch();
        }
        usize::from(self.capacity.get())
    }

    #[cold]
    fn watch(&self) {
        let left = self.unsettled.get() - 1;
        self.unsettled.set(left);
        // Instances that had no attribute yet have shown nothing.
        if left == 0 && self.deepest.get() > 0 {
            self.capacity
                .set(with_spare(self.deepest.get().max(self.assigned)));
        }
    }

    /// Gives the next instances room for at least so many.
    pub(crate) fn learn(&self, count: usize) {
        self.capacity.set(self.capacity.get().max(clamp(count)));
    }

    /// Whether the class may have one more shape.
    pub(crate) fn takes_shapes(&self) -> bool {
        self.shapes.get() < SHAPES_MAX
    }

    /// Takes note of a new shape.
    pub(crate) fn add_shape(&self, names: usize) {
        self.shapes.set(self.shapes.get() + 1);
        self.deepest.set(self.deepest.get().max(clamp(names)));
    }
}

/// Room for one more: a program that adds attributes from outside, as to make a cycle, usually adds one.
fn with_spare(count: u8) -> u8 {
    clamp(usize::from(count) + 1)
}

fn clamp(count: usize) -> u8 {
    u8::try_from(count.min(INLINE_MAX)).unwrap_or(u8::MAX)
}
