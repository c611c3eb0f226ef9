//! [`Space::verify`]: checks the invariants of objects and weak links, by a way that is simpler than what keeps them.

use crate::{Flags, Header, Kind, Space};
use std::collections::HashSet;
use std::fmt;
use std::ptr::NonNull;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The number under which the crate states the invariant.
    pub invariant: &'static str,
    /// Where the object lies.
    pub object: usize,
    /// What was found there.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            invariant,
            object,
            found,
        } = self;
        write!(f, "{invariant}: object at {object:#x}: {found}")
    }
}

impl std::error::Error for Violation {}

/// An error, unless the condition holds.
fn check(
    holds: bool,
    invariant: &'static str,
    object: NonNull<Header>,
    found: &str,
) -> Result<(), Violation> {
    if holds {
        return Ok(());
    }
    Err(Violation {
        invariant,
        object: object.addr().get(),
        // SAFETY: only called for objects that a walk or a list of live objects shows.
        found: format!("{found}: {:?}", unsafe { object.as_ref() }),
    })
}

impl Space {
    /// Checks the heap, then O1 and O6 to O8 for every object. Not to be called while objects are being freed.
    ///
    /// O2 needs to know the roots: the audit of the collector checks it.
    ///
    /// # Errors
    /// The first violation found.
    pub fn verify(&self) -> Result<(), Violation> {
        self.heap().verify().map_err(|violation| Violation {
            invariant: "H",
            object: 0,
            found: violation.to_string(),
        })?;
        let mut pending = HashSet::new();
        self.visit_pending(|object| {
            pending.insert(object.as_raw());
        });
        let mut result = Ok(());
        let mut weak_count = 0;
        for kind in [Kind::Tracked, Kind::Untracked] {
            self.heap().for_each_pool(kind, |pool| {
                for object in pool.objects().map(NonNull::cast) {
                    if result.is_ok() {
                        result = verify_object(object, kind, pool.block_size())
                            .and_then(|()| self.verify_links(object, &pending));
                    }
                    // SAFETY: the walk shows live objects.
                    weak_count += usize::from(unsafe { object.as_ref() }.has(Flags::HAS_WEAK));
                }
            });
        }
        result?;
        let in_table = self.weak.borrow().len();
        if in_table != weak_count {
            return Err(Violation {
                invariant: "O7",
                object: 0,
                found: format!("{in_table} objects in the weak table, {weak_count} flagged"),
            });
        }
        Ok(())
    }

    /// O6 and O7 for one object.
    fn verify_links(
        &self,
        object: NonNull<Header>,
        pending: &HashSet<NonNull<Header>>,
    ) -> Result<(), Violation> {
        // SAFETY: the caller has it from a walk.
        let header = unsafe { object.as_ref() };
        let is_listed = pending.contains(&object);
        check(
            header.has(Flags::PENDING) == is_listed,
            "O6",
            object,
            "flag and list disagree on whether it is set aside",
        )?;
        let links = self.weak.borrow().verify(object);
        check(
            header.has(Flags::HAS_WEAK) == links.is_some(),
            "O7",
            object,
            "flag and table disagree on whether it has weak links",
        )?;
        check(
            links.unwrap_or(true),
            "O8",
            object,
            "a weak link in its list leads elsewhere",
        )
    }
}

/// O1 for one object.
fn verify_object(object: NonNull<Header>, kind: Kind, block_size: usize) -> Result<(), Violation> {
    // SAFETY: the caller has it from a walk.
    let (header, size) = unsafe { (object.as_ref(), object.as_ref().class().size_of(object)) };
    let is_tracked = header.has(Flags::TRACKED);
    check(header.count() > 0, "O2", object, "nobody refers to it")?;
    check(
        !is_tracked || kind == Kind::Tracked,
        "O1",
        object,
        "tracked, but not in a pool of tracked objects",
    )?;
    check(
        (size_of::<Header>()..=block_size).contains(&size),
        "O1",
        object,
        &format!("its class says {size} bytes, its block has {block_size}"),
    )
}
