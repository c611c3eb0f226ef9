//! Two checks of everything, simpler than what they check: [`Collector::verify`] and [`audit`].

use crate::Collector;
use crate::trial::visit_references;
use exuvia_heap::{Kind, Side};
use exuvia_object::{Flags, Generation, Header, Space, Violation, Visitor};
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::ptr::NonNull;

/// An object whose count is not explained by the references that were found (O2, D9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where the object lies.
    pub object: usize,
    /// Where its class lies.
    pub class: usize,
    /// The count in its header.
    pub count: u32,
    /// References that other objects hold.
    pub edges: u32,
    /// References that roots hold.
    pub roots: u32,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            object,
            class,
            count,
            edges,
            roots,
        } = self;
        write!(
            f,
            "O2: object at {object:#x} of class {class:#x} counts {count} references, but {edges} from objects and \
             {roots} from roots were found"
        )
    }
}

impl Collector {
    /// Checks the invariants C1 to C4 of every object, between collections.
    ///
    /// # Errors
    /// The first violation found.
    pub fn verify(&self, space: &Space) -> Result<(), Violation> {
        let mut violation = None;
        let epoch = space.heap().epoch();
        let walk = space.heap().walk();
        for pool in walk.pools(Kind::Tracked) {
            let is_young = pool.epoch() == epoch;
            let is_middle = pool.epoch() >= self.middle_epoch();
            for object in pool.objects() {
                // SAFETY: H3: a block with a class is a live object.
                let header = unsafe { object.cast::<Header>().as_ref() };
                let mut check = |holds: bool, invariant, found: &str| {
                    if !holds && violation.is_none() {
                        violation = Some(Violation {
                            invariant,
                            object: object.addr().get(),
                            found: format!("{found}: {header:?}"),
                        });
                    }
                };
                let generation = header.generation();
                let is_tracked = header.has(Flags::TRACKED);
                let marks = Flags::MARK_A | Flags::MARK_B | Flags::MARK_C;
                let marks = marks | Flags::MARK_D | Flags::MARK_E;
                check(!header.has(marks), "C1", "marked");
                check(header.count() > 0, "C2", "nobody refers to it");
                let is_findable = !is_tracked
                    || match generation {
                        Generation::Young => is_young,
                        Generation::Middle => is_middle,
                        Generation::Old | Generation::Permanent => true,
                    };
                check(is_findable, "C4", "its pool is not young enough");
            }
            let numbers = pool.side(Side::Collector).unwrap_or_default();
            let is_left = |number: &&Cell<u32>| number.get() != 0 && !self.is_slicing();
            if let Some(number) = numbers.iter().find(is_left) {
                return Err(Violation {
                    invariant: "C3",
                    object: pool.first_slot().addr().get(),
                    found: format!("a pool has a trial number {} left", number.get()),
                });
            }
        }
        violation.map_or(Ok(()), Err)
    }
}

/// Compares the count of every object with the references found: those that objects hold, as their
/// [`Traverse`](exuvia_object::Traverse) reports them, those that wait in the pending list, and `roots`.
///
/// `roots` calls its argument once for each reference held outside of the heap. Immortal objects are skipped.
pub fn audit(
    space: &Space,
    roots: &mut dyn FnMut(&mut dyn FnMut(NonNull<Header>)),
) -> Vec<Mismatch> {
    let mut found: HashMap<NonNull<Header>, (u32, u32)> = HashMap::new();
    for_each_object_of_any_kind(space, |object| {
        let mut sink = |target, _| found.entry(target).or_default().0 += 1;
        // SAFETY: the walk shows live objects.
        unsafe { visit_references(object, &mut Visitor::labelled(&mut sink)) };
    });
    roots(&mut |target| found.entry(target).or_default().1 += 1);
    space.visit_pending(|object| found.entry(object.as_raw()).or_default().1 += 1);
    let mut mismatches = Vec::new();
    for_each_object_of_any_kind(space, |object| {
        // SAFETY: the walk shows live objects.
        let header = unsafe { object.as_ref() };
        let (edges, roots) = found.get(&object).copied().unwrap_or_default();
        if !header.is_immortal() && header.count() != edges + roots {
            mismatches.push(Mismatch {
                object: object.addr().get(),
                class: header.class_ptr().addr().get(),
                count: header.count(),
                edges,
                roots,
            });
        }
    });
    mismatches
}

fn for_each_object_of_any_kind(space: &Space, mut visit: impl FnMut(NonNull<Header>)) {
    for kind in [Kind::Tracked, Kind::Untracked] {
        space
            .heap()
            .for_each_object(kind, |object| visit(object.cast()));
    }
}
