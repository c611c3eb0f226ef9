//! Which pools a collection looks at, and walks over tracked objects for observers.

use crate::Collector;
use crate::trial::visit_references;
use exuvia_heap::{Kind, PoolFlag, PoolRef, Walk};
use exuvia_object::{AnyRef, Flags, Generation, Header, Label, Space, Visitor};
use std::ptr::NonNull;

/// The pools in which objects of a generation or a younger one may lie.
///
/// Young objects lie in pools that received blocks in this epoch of the heap, because each collection begins an epoch and
/// all that it looked at grows older; middle ones in pools that did so since the last collection of their
/// generation.
pub(crate) fn pools_to_collect<'w>(
    walk: &'w Walk<'_>,
    generation: Generation,
    middle_epoch: u32,
) -> impl Iterator<Item = PoolRef<'w>> {
    let (young, middle, all) = match generation {
        Generation::Young => (Some(walk.young_pools()), None, None),
        Generation::Middle => (None, Some(walk.pools_since(middle_epoch)), None),
        _ => (None, None, Some(walk.pools(Kind::Tracked))),
    };
    let pools = young.into_iter().flatten();
    let pools = pools.chain(middle.into_iter().flatten());
    pools.chain(all.into_iter().flatten())
}

/// The pools in which objects of the middle generation or the young one may lie, or old candidates.
pub(crate) fn pools_with_candidates<'w>(
    walk: &'w Walk<'_>,
    middle_epoch: u32,
) -> impl Iterator<Item = PoolRef<'w>> {
    walk.pools(Kind::Tracked)
        .filter(move |pool| pool.epoch() >= middle_epoch || pool.is_flagged(PoolFlag::Found))
}

/// Calls `visit` with the header of each tracked object.
pub(crate) fn for_each_header(space: &Space, mut visit: impl FnMut(&Header)) {
    if space.is_freeing() {
        return;
    }
    space.heap().for_each_object(Kind::Tracked, |object| {
        // SAFETY: H3: a block with a class is a live object.
        let header = unsafe { object.cast::<Header>().as_ref() };
        if header.has(Flags::TRACKED) {
            visit(header);
        }
    });
}

/// Looking around, for observers. From inside a payload's `Drop` there is nothing to be seen.
impl Collector {
    /// Shows each tracked object of a generation, or of all but the permanent one.
    ///
    /// `visit` may allocate and free; what is born meanwhile may be seen or not.
    pub fn for_each_object(
        &self,
        space: &Space,
        generation: Option<Generation>,
        mut visit: impl FnMut(&AnyRef),
    ) {
        for_each_header(space, |header| {
            let is_wanted = match generation {
                Some(wanted) => header.generation() == wanted,
                None => header.generation() != Generation::Permanent,
            };
            if is_wanted {
                // SAFETY: the object is alive.
                visit(&unsafe { AnyRef::from_borrowed(NonNull::from(header)) });
            }
        });
    }

    /// How many tracked objects each generation has, the permanent one last.
    pub fn generation_sizes(&self, space: &Space) -> [usize; 4] {
        let mut sizes = [0; 4];
        for_each_header(space, |header| sizes[header.generation() as usize] += 1);
        sizes
    }

    /// How many objects are in the permanent generation.
    pub fn frozen_count(&self, space: &Space) -> usize {
        self.generation_sizes(space)[Generation::Permanent as usize]
    }

    /// Shows each tracked object, permanent ones apart, that refers to one of `targets`; each once.
    pub fn for_each_referrer(
        &self,
        space: &Space,
        targets: &[&AnyRef],
        mut visit: impl FnMut(&AnyRef),
    ) {
        self.for_each_object(space, None, |object| {
            let mut refers = false;
            for_each_reference(object, |target, _| {
                refers |= targets.iter().any(|wanted| wanted.as_raw() == target);
            });
            if refers {
                visit(object);
            }
        });
    }
}

/// Whether collections look at an object (`gc.is_tracked`).
pub fn is_tracked(object: &AnyRef) -> bool {
    object.header().has(Flags::TRACKED)
}

/// Whether the finalizer of an object has run (`gc.is_finalized`).
pub fn is_finalized(object: &AnyRef) -> bool {
    object.header().has(Flags::FINALIZED)
}

/// Shows each reference that an object holds, with its label; the one to its class's owner last.
///
/// `visit` must not change the object.
pub fn for_each_reference(object: &AnyRef, mut visit: impl FnMut(NonNull<Header>, Label)) {
    let mut visitor = Visitor::labelled(&mut visit);
    // SAFETY: the handle keeps the object alive.
    unsafe { visit_references(object.as_raw(), &mut visitor) };
}
