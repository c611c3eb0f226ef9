//! [`Collector`]: the driver. Each phase of a collection is one call, under CPython's name for it.

use crate::delete::delete_garbage;
use crate::host::{Debug, Event, Host};
use crate::outcome::{GenerationStatistics, Outcome, Skipped};
use crate::schedule::{Schedule, Thresholds};
use crate::trial::Trial;
use crate::walk;
use exuvia_object::{AnyRef, Flags, Generation, Header, OutOfMemory, Space, weak};
use std::cell::Cell;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

/// Finds and frees garbage in reference cycles, by generations.
///
/// One collector belongs to one [`Space`], which is handed to each call. All methods take `&self`, because
/// finalizers and callbacks may call them while a collection is under way.
#[derive(Debug)]
pub struct Collector {
    schedule: Schedule,
    is_collecting: Cell<bool>,
    debug: Cell<Debug>,
    statistics: [Cell<GenerationStatistics>; 3],
    /// The heap's epoch that began with the last collection of the middle generation or an older one.
    middle_epoch: Cell<u32>,
}

/// A collection is under way as long as this lives.
struct Collecting<'a>(&'a Cell<bool>);

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl Default for Collector {
    fn default() -> Self {
        Self::new()
    }
}

impl Collector {
    /// A collector with CPython's thresholds, enabled.
    pub fn new() -> Self {
        Self {
            schedule: Schedule::new(),
            is_collecting: Cell::new(false),
            debug: Cell::default(),
            statistics: Default::default(),
            middle_epoch: Cell::new(0),
        }
    }

    /// The generation to collect at this safepoint, if any. One load, one subtraction and one comparison.
    #[inline]
    pub fn is_due(&self, space: &Space) -> Option<Generation> {
        self.schedule.due(space.heap().tracked_live())
    }

    /// Collects a generation and those younger; only at a safepoint (D6).
    ///
    /// Does nothing when called from a finalizer or callback of a collection, or from a payload's `Drop`.
    pub fn collect<H: Host>(&self, space: &Space, generation: Generation, host: &mut H) -> Outcome {
        if self.is_collecting.get() || space.is_freeing() || generation == Generation::Permanent {
            return Outcome::nothing(generation, Some(Skipped::Busy));
        }
        self.is_collecting.set(true);
        let collecting = Collecting(&self.is_collecting);
        host.started(generation);
        let start = Instant::now();
        if self.reports(Debug::STATS) {
            host.report(Event::Collecting(generation, self.generation_sizes(space)));
        }
        self.schedule.begin(generation, space.heap().tracked_live());
        let mut outcome = match self.collect_garbage(space, generation, host) {
            Ok(outcome) => outcome,
            Err(OutOfMemory) => Outcome::nothing(generation, Some(Skipped::OutOfMemory)),
        };
        outcome.pause = start.elapsed();
        if self.reports(Debug::STATS) {
            host.report(Event::Done(&outcome));
        }
        let statistics = &self.statistics[generation as usize];
        statistics.set(statistics.get().with(&outcome));
        host.stopped(&outcome);
        drop(collecting);
        outcome
    }

    /// A collection from the search to the deletion.
    fn collect_garbage<H: Host>(
        &self,
        space: &Space,
        generation: Generation,
        host: &mut H,
    ) -> Result<Outcome, OutOfMemory> {
        let walk = space.heap().walk();
        let pools = walk::pools_to_collect(&walk, generation, self.middle_epoch.get());
        let mut trial = Trial::new(pools, generation)?;
        trial.subtract_refs();
        trial.move_unreachable()?;
        let mut garbage = Garbage::hold(&trial)?;
        // From here on objects are born into the next epoch: those of this one have survived or are garbage.
        space.heap().next_epoch();
        if generation >= Generation::Middle {
            self.middle_epoch.set(space.heap().epoch());
        }
        let mut outcome = Outcome {
            examined: trial.examined,
            ..Outcome::nothing(generation, None)
        };
        let legacy = garbage.move_legacy_finalizers(&mut trial, host)?;
        if self.reports(Debug::COLLECTABLE) {
            garbage.for_each(|object| host.report(Event::Collectable(object)));
        }
        if garbage.runs_code {
            outcome.collected += garbage.handle_weakrefs(&trial, host);
            garbage.finalize_garbage(host);
            garbage.handle_resurrected_objects(&mut trial)?;
        }
        outcome.collected += garbage.objects.len();
        outcome.uncollectable = legacy.objects.len();
        let survivors = trial.survivors;
        drop(trial);
        if self.reports(Debug::SAVEALL) {
            garbage.for_each(|object| host.keep_garbage(object));
        } else {
            garbage.delete(space);
        }
        self.handle_legacy_finalizers(&legacy, host);
        let live = space.heap().tracked_live();
        self.schedule.end(generation, survivors, live);
        Ok(outcome)
    }

    /// Hands what cannot be freed to the host.
    fn handle_legacy_finalizers<H: Host>(&self, legacy: &Garbage, host: &mut H) {
        if self.reports(Debug::UNCOLLECTABLE) {
            legacy.for_each(|object| host.report(Event::Uncollectable(object)));
        }
        let saves_all = self.reports(Debug::SAVEALL);
        legacy.for_each(|object| {
            if saves_all || host.is_uncollectable(object) {
                host.keep_garbage(object);
            }
        });
    }

    /// Whether automatic collections are on.
    pub fn is_enabled(&self) -> bool {
        self.schedule.is_enabled()
    }

    /// Turns automatic collections on or off.
    pub fn set_enabled(&self, is_enabled: bool) {
        self.schedule.set_enabled(is_enabled);
    }

    /// After how much each generation is collected.
    pub fn thresholds(&self) -> Thresholds {
        self.schedule.thresholds()
    }

    /// Sets after how much each generation is collected.
    pub fn set_thresholds(&self, thresholds: Thresholds) {
        self.schedule.set_thresholds(thresholds);
    }

    /// What the thresholds are compared with: tracked objects born less those that died since the last collection,
    /// collections of the young generation, and of the middle one, since the next older was collected.
    pub fn counts(&self, space: &Space) -> (usize, u32, u32) {
        let (middle, old) = self.schedule.runs();
        let young = self.schedule.young_count(space.heap().tracked_live());
        (young, middle, old)
    }

    /// What collections of each generation have done.
    pub fn statistics(&self) -> [GenerationStatistics; 3] {
        [0, 1, 2].map(|generation: usize| self.statistics[generation].get())
    }

    /// The longest pause so far, and all of them together.
    pub fn pauses(&self) -> (Duration, Duration) {
        self.statistics()
            .iter()
            .fold((Duration::ZERO, Duration::ZERO), |(max, total), one| {
                (max.max(one.pause_max), total + one.pause_total)
            })
    }

    /// What is reported to the host.
    pub fn debug(&self) -> Debug {
        self.debug.get()
    }

    /// Sets what is reported to the host.
    pub fn set_debug(&self, debug: Debug) {
        self.debug.set(debug);
    }

    fn reports(&self, flag: Debug) -> bool {
        self.debug.get().contains(flag)
    }

    /// Whether a collection is under way.
    pub fn is_collecting(&self) -> bool {
        self.is_collecting.get()
    }

    /// Moves every tracked object to the permanent generation, which no collection looks at.
    pub fn freeze(&self, space: &Space) {
        walk::for_each_header(space, |header| header.set_generation(Generation::Permanent));
        self.schedule.forget_counts(space.heap().tracked_live());
    }

    /// Moves every object of the permanent generation to the old one.
    pub fn unfreeze(&self, space: &Space) {
        walk::for_each_header(space, |header| {
            if header.generation() == Generation::Permanent {
                header.set_generation(Generation::Old);
            }
        });
    }

    pub(crate) fn middle_epoch(&self) -> u32 {
        self.middle_epoch.get()
    }
}

/// A set of unreachable objects, each kept alive by one reference of ours.
///
/// What is left of it at the end lives on as survivors.
struct Garbage {
    objects: Vec<NonNull<Header>>,
    /// The generation of survivors.
    next: Generation,
    /// Whether freeing them makes code of the program run.
    runs_code: bool,
}

impl Garbage {
    /// Takes a reference to everything that the trial found unreachable.
    fn hold(trial: &Trial<'_>) -> Result<Self, OutOfMemory> {
        let mut garbage = Self {
            objects: Vec::new(),
            next: trial.next_generation(),
            runs_code: false,
        };
        for object in trial.unreachable() {
            garbage.objects.try_reserve(1).map_err(|_| OutOfMemory)?;
            // SAFETY: what was found unreachable is still alive.
            let held = unsafe { AnyRef::from_borrowed(object) };
            garbage.runs_code |=
                held.header().has(Flags::HAS_WEAK) || held.class().needs_finalizer.get().is_some();
            garbage.objects.push(held.into_raw());
        }
        Ok(garbage)
    }

    /// Calls `visit` with each object.
    fn for_each(&self, mut visit: impl FnMut(&AnyRef)) {
        for object in &self.objects {
            // SAFETY: we hold a reference to each.
            let object = unsafe { AnyRef::from_borrowed(*object) };
            visit(&object);
        }
    }

    /// Separates what must not be freed, and all that it leads to.
    fn move_legacy_finalizers<H: Host>(
        &mut self,
        trial: &mut Trial<'_>,
        host: &mut H,
    ) -> Result<Self, OutOfMemory> {
        let mut legacy = Self {
            objects: Vec::new(),
            next: trial.next_generation(),
            runs_code: false,
        };
        if !H::HAS_UNCOLLECTABLE {
            return Ok(legacy);
        }
        let survivors = trial.survivors;
        // SAFETY: we hold a reference to each.
        unsafe {
            trial.mark_if(&self.objects, |object, _| {
                host.is_uncollectable(&AnyRef::from_borrowed(object))
            })?;
            let marked = trial.survivors - survivors;
            legacy
                .objects
                .try_reserve(marked)
                .map_err(|_| OutOfMemory)?;
            self.objects.retain(|&object| {
                let is_garbage = trial.is_unreachable(object);
                if !is_garbage {
                    legacy.objects.push(object);
                }
                is_garbage
            });
        }
        Ok(legacy)
    }

    /// Empties all weak links to garbage, then calls those callbacks whose weak reference is not garbage itself.
    ///
    /// Emptying comes first for all of them: no callback can get at garbage through another weak reference. Returns
    /// how many weak references were freed by that, which CPython counts as collected.
    fn handle_weakrefs<H: Host>(&self, trial: &Trial<'_>, host: &mut H) -> usize {
        let mut callbacks = Vec::new();
        self.for_each(|object| {
            for owner in weak::take_callbacks(object) {
                // SAFETY: the handle keeps the owner alive.
                if !unsafe { trial.is_unreachable(owner.as_raw()) } {
                    callbacks.push(owner);
                }
            }
        });
        let mut freed = 0;
        for owner in callbacks {
            host.call_weak_callback(&owner);
            freed += usize::from(owner.count() == 1);
        }
        freed
    }

    /// Runs the finalizer of each object that has one and has not run it before.
    fn finalize_garbage<H: Host>(&self, host: &mut H) {
        self.for_each(|object| {
            let header = object.header();
            if !header.has(Flags::FINALIZED) && needs_finalizer(object) {
                header.set(Flags::FINALIZED);
                host.finalize(object);
            }
        });
    }

    /// Lets go of what finalizers or callbacks made reachable again, and of all that it leads to.
    ///
    /// Weak links to the others are emptied once more: finalizers may have made new ones, and nothing may lead to
    /// what is deleted next. Their callbacks are not called.
    fn handle_resurrected_objects(&mut self, trial: &mut Trial<'_>) -> Result<(), OutOfMemory> {
        // SAFETY: we hold exactly one reference to each.
        unsafe {
            trial.retry(&self.objects)?;
            self.objects.retain(|&object| {
                let is_garbage = trial.is_unreachable(object);
                if !is_garbage {
                    drop(AnyRef::from_owned(object));
                }
                is_garbage
            });
        }
        self.for_each(weak::clear);
        Ok(())
    }

    /// Frees all; if there is not even memory for that, they stay, for a later collection.
    fn delete(mut self, space: &Space) {
        let objects = std::mem::take(&mut self.objects);
        // SAFETY: trial deletion found no other reference than ours, twice if code of the program ran in between; all
        // weak links are empty; the trial is over.
        if let Err(objects) = unsafe { delete_garbage(space, objects) } {
            self.objects = objects;
        }
    }
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
        for object in self.objects.drain(..) {
            // SAFETY: we hold a reference to each.
            let object = unsafe { AnyRef::from_owned(object) };
            object.header().set_generation(self.next);
        }
    }
}
