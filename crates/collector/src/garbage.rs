//! [`Garbage`]: the unreachable objects that a trial found, from their finalizers to their deletion.

use crate::delete::{OWNER, delete_garbage};
use crate::host::Host;
use crate::numbers::{Inside, Numbers, REACHED, UNREACHABLE};
use crate::trial::{visit_all, visit_references};
use exuvia_object::{AnyRef, Flags, Generation, Header, OutOfMemory, Space, Visitor, weak};
use std::ptr::NonNull;

/// A set of unreachable objects, each marked [`UNREACHABLE`] and kept alive by one reference of ours.
///
/// What is left of it at the end lives on as survivors.
pub(crate) struct Garbage {
    objects: Vec<NonNull<Header>>,
    /// So many of the first are all for which code of the program may have to run before they are freed.
    special: usize,
    /// Whether one of them counts a reference to the owner of its class.
    counts_owners: bool,
    /// The generation of survivors.
    next: Generation,
}

impl Garbage {
    pub(crate) fn empty(next: Generation) -> Self {
        Self {
            objects: Vec::new(),
            special: 0,
            counts_owners: false,
            next,
        }
    }

    /// Makes room for so many.
    ///
    /// # Errors
    /// No memory.
    pub(crate) fn make_room(&mut self, expected: usize) -> Result<(), OutOfMemory> {
        let list = &mut self.objects;
        list.try_reserve_exact(expected).map_err(|_| OutOfMemory)
    }

    /// Takes a reference to an unreachable object.
    ///
    /// # Errors
    /// No memory for the list.
    pub(crate) fn push(&mut self, object: NonNull<Header>) -> Result<(), OutOfMemory> {
        self.objects.try_reserve(1).map_err(|_| OutOfMemory)?;
        // SAFETY: what was found unreachable is still alive.
        let held = unsafe { AnyRef::from_borrowed(object) };
        let header = held.header();
        // SAFETY: the marks are ours.
        unsafe { header.set_flag(UNREACHABLE) };
        let is_special =
            header.has(Flags::HAS_WEAK) || held.class().needs_finalizer.get().is_some();
        self.counts_owners |= held.class().owner_is_counted.get();
        self.objects.push(held.into_raw());
        if is_special {
            let last = self.objects.len() - 1;
            self.objects.swap(self.special, last);
            self.special += 1;
        }
        Ok(())
    }

    /// Puts the objects for which code may run into the order of their births, or all.
    pub(crate) fn sort(&mut self, all: bool) {
        if all {
            self.special = self.objects.len();
        }
        sort_by_birth(&mut self.objects[..self.special]);
    }

    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether code of the program may have to run before the objects are freed.
    pub(crate) fn runs_code(&self) -> bool {
        self.special > 0
    }

    /// Calls `visit` with each object.
    pub(crate) fn for_each(&self, visit: impl FnMut(&AnyRef)) {
        for_each(&self.objects, visit);
    }

    /// Separates what must not be freed, and all that it leads to.
    ///
    /// # Errors
    /// No memory for the list.
    pub(crate) fn move_legacy_finalizers<H: Host>(
        &mut self,
        host: &mut H,
    ) -> Result<Self, OutOfMemory> {
        let mut legacy = Self::empty(self.next);
        if !H::HAS_UNCOLLECTABLE {
            return Ok(legacy);
        }
        self.for_each(|object| {
            if host.is_uncollectable(object) {
                set_reached(object.header());
            }
        });
        self.reach_all();
        legacy.objects = self.take_reached()?;
        Ok(legacy)
    }

    /// Empties all weak links to garbage, then calls those callbacks whose weak reference is not garbage itself.
    ///
    /// Emptying comes first for all of them: no callback can get at garbage through another weak reference. Returns
    /// how many callbacks were called, and how many weak references were freed by that, which CPython counts as collected.
    pub(crate) fn handle_weakrefs<H: Host>(&self, host: &mut H) -> (usize, usize) {
        let mut callbacks = Vec::new();
        for_each(&self.objects[..self.special], |object| {
            let owners = weak::take_callbacks(object).into_iter();
            callbacks.extend(owners.filter(|owner| !owner.header().has(UNREACHABLE)));
        });
        let (called, mut freed) = (callbacks.len(), 0);
        for owner in callbacks {
            host.call_weak_callback(&owner);
            freed += usize::from(owner.count() == 1);
        }
        (called, freed)
    }

    /// Runs the finalizer of each object that has one and has not run it before; how many those were.
    pub(crate) fn finalize_garbage<H: Host>(&self, host: &mut H) -> usize {
        let mut finalized = 0;
        for_each(&self.objects[..self.special], |object| {
            let header = object.header();
            if !header.has(Flags::FINALIZED) && needs_finalizer(object) {
                header.set(Flags::FINALIZED);
                host.finalize(object);
                finalized += 1;
            }
        });
        finalized
    }

    /// Lets go of what finalizers or callbacks made reachable again, and of all that it leads to.
    ///
    /// Weak links to the others are emptied once more: finalizers may have made new ones, and nothing may lead to
    /// what is deleted next. Their callbacks are not called.
    pub(crate) fn handle_resurrected_objects(&mut self) {
        // The code that ran may have changed classes.
        self.counts_owners = true;
        let objects = || self.objects.iter().copied();
        visit_all(Inside::unreachable(), objects(), Inside::subtract);
        self.for_each(|object| {
            // Ours, that of this loop, and one from outside.
            if object.count() > 2 {
                set_reached(object.header());
            }
        });
        visit_all(Inside::unreachable(), objects(), Inside::restore);
        self.reach_all();
        match self.take_reached() {
            Ok(objects) => drop(Self {
                objects,
                ..Self::empty(self.next)
            }),
            // Without memory for the list, everything lives on.
            Err(OutOfMemory) => drop(std::mem::replace(self, Self::empty(self.next))),
        }
        self.for_each(weak::clear);
    }

    /// Frees what died while finalizers ran, and what dies by that: nobody but us still holds it. It is not counted as
    /// collected, as in CPython, where it is gone by itself.
    pub(crate) fn release_dead(&mut self) {
        let (mut dead, mut gone) = (Vec::new(), Vec::new());
        let count = self.objects.len();
        if dead.try_reserve_exact(count).is_err() || gone.try_reserve_exact(count).is_err() {
            return;
        }
        // SAFETY: we hold a reference to each.
        let is_dead = |object: NonNull<Header>| unsafe { object.as_ref() }.count() == 1;
        // What is taken from the set loses its mark, so that it is taken once.
        dead.extend(
            self.objects
                .iter()
                .copied()
                .filter(|&object| is_dead(object)),
        );
        dead.iter().for_each(|&object| self.unmark(object));
        let mut targets = Vec::new();
        while let Some(object) = dead.pop() {
            let mut sink = |target: NonNull<Header>, _| {
                // SAFETY: what a live object refers to is alive (O2).
                let is_ours = unsafe { target.as_ref() }.has(UNREACHABLE);
                if is_ours && targets.try_reserve(1).is_ok() {
                    targets.push(target);
                }
            };
            // SAFETY: we hold a reference to it.
            unsafe { visit_references(object, &mut Visitor::labelled(&mut sink)) };
            gone.push(object);
            // SAFETY: the reference is ours; the object leaves the set.
            drop(unsafe { AnyRef::from_owned(object) });
            for target in targets.drain(..) {
                // SAFETY: what is marked is in the set, and we hold a reference to it.
                if unsafe { target.as_ref() }.has(UNREACHABLE) && is_dead(target) {
                    self.unmark(target);
                    dead.push(target);
                }
            }
        }
        gone.sort_unstable();
        // Code has run for all of them.
        self.special = 0;
        self.objects
            .retain(|object| gone.binary_search(object).is_err());
    }

    /// Takes the marks off an object that is no longer garbage of ours.
    fn unmark(&self, object: NonNull<Header>) {
        // SAFETY: we hold a reference to it.
        let header = unsafe { object.as_ref() };
        // SAFETY: the marks are ours; every collection finds objects of the next generation in pools of this age.
        unsafe {
            header.unset_flag(UNREACHABLE | REACHED | OWNER);
            header.set_generation(self.next);
        }
    }

    /// Marks as reached what the reached objects of the set lead to in it; without memory for that, everything.
    fn reach_all(&self) {
        let mut stack: Vec<NonNull<Header>> = Vec::new();
        let mut failed = false;
        for &root in &self.objects {
            // SAFETY: we hold a reference to each.
            if !unsafe { root.as_ref() }.has(REACHED) {
                continue;
            }
            let mut next = Some(root);
            while let Some(object) = next {
                let mut sink = |target: NonNull<Header>, _| {
                    // SAFETY: what a live object refers to is alive (O2).
                    let header = unsafe { target.as_ref() };
                    if header.has(UNREACHABLE) && !header.has(REACHED) {
                        set_reached(header);
                        failed |= stack.try_reserve(1).is_err();
                        if !failed {
                            stack.push(target);
                        }
                    }
                };
                // SAFETY: we hold a reference to each.
                unsafe { visit_references(object, &mut Visitor::labelled(&mut sink)) };
                next = stack.pop();
            }
        }
        if failed {
            self.for_each(|object| set_reached(object.header()));
        }
    }

    /// Removes the reached objects from the set.
    fn take_reached(&mut self) -> Result<Vec<NonNull<Header>>, OutOfMemory> {
        // SAFETY: we hold a reference to each.
        let is_reached = |object: &NonNull<Header>| unsafe { object.as_ref() }.has(REACHED);
        let count = |objects: &[NonNull<Header>]| {
            let reached = objects.iter().filter(|object| is_reached(object));
            reached.count()
        };
        let mut reached = Vec::new();
        reached
            .try_reserve_exact(count(&self.objects))
            .map_err(|_| OutOfMemory)?;
        self.special -= count(&self.objects[..self.special]);
        self.objects.retain(|object| {
            let is_reached = is_reached(object);
            if is_reached {
                reached.push(*object);
            }
            !is_reached
        });
        Ok(reached)
    }

    /// Frees all; if there is not even memory for that, they stay, for a later collection.
    pub(crate) fn delete(mut self, space: &Space) {
        let objects = std::mem::take(&mut self.objects);
        self.special = 0;
        // SAFETY: trial deletion found no other reference than ours, twice if code of the program ran in between; all
        // weak links are empty; the trial is over; all are marked.
        if let Err(objects) = unsafe { delete_garbage(space, objects, self.counts_owners) } {
            self.objects = objects;
        }
    }
}

/// Calls `visit` with each object of some that we hold references to.
fn for_each(objects: &[NonNull<Header>], mut visit: impl FnMut(&AnyRef)) {
    for object in objects {
        // SAFETY: we hold a reference to each.
        let object = unsafe { AnyRef::from_borrowed(*object) };
        visit(&object);
    }
}

/// Puts objects that we hold into the order of their births, as far as it is known: that is the order of finalizers.
///
/// An object has the low bits of its number. So the numbers form a circle, which is taken to begin behind the
/// widest gap; that is right if all were born within one round of it.
fn sort_by_birth(objects: &mut [NonNull<Header>]) {
    // SAFETY: we hold a reference to each.
    let birth = |object: &NonNull<Header>| unsafe { object.as_ref() }.birth();
    let mut births = Vec::new();
    if births.try_reserve_exact(objects.len() + 1).is_err() {
        return;
    }
    births.extend(objects.iter().map(birth));
    births.sort_unstable();
    let Some(&lowest) = births.first() else {
        return;
    };
    let round = 1 << Header::BIRTH_BITS;
    births.push(lowest + round);
    let (_, first) = births
        .array_windows()
        .map(|[one, next]| (next - one, next % round))
        .max()
        .expect("there are two numbers at least");
    objects.sort_unstable_by_key(|object| {
        let since = birth(object).wrapping_sub(first) % round;
        (since, object.addr())
    });
}

fn set_reached(header: &Header) {
    // SAFETY: the marks are ours.
    unsafe { header.set_flag(REACHED) };
}

/// Whether code of the program must run before the object dies.
fn needs_finalizer(object: &AnyRef) -> bool {
    let asked = object.class().needs_finalizer.get();
    // SAFETY: the object is alive and of this class.
    asked.is_some_and(|needs| unsafe { needs(object.as_raw()) })
}

impl Drop for Garbage {
    /// Lets go of what was not deleted. It does not die by that, unless it would have without us.
    fn drop(&mut self) {
        // All marks first: what dies here may take others along.
        for &object in &self.objects {
            self.unmark(object);
        }
        for object in self.objects.drain(..) {
            // SAFETY: we hold a reference to each.
            drop(unsafe { AnyRef::from_owned(object) });
        }
    }
}
