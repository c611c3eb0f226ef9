//! [`Collector`]: the driver. Each phase of a collection is one call, under CPython's name for it.

use crate::garbage::Garbage;
use crate::host::{Debug, Event, Host};
use crate::numbers::{Beside, Inside};
use crate::outcome::{GenerationStatistics, Outcome, Skipped};
use crate::schedule::{Schedule, Thresholds};
use crate::trial::{self, Verdict, next_generation};
use crate::walk;
use exuvia_object::{Generation, OutOfMemory, Space};
use std::cell::Cell;
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
        let Verdict {
            mut garbage,
            examined,
        } = self.deduce_unreachable(space, generation)?;
        let survivors = examined - garbage.len();
        // From here on objects are born into the next epoch: those of this one have survived or are garbage.
        space.heap().next_epoch();
        if generation >= Generation::Middle {
            self.middle_epoch.set(space.heap().epoch());
        }
        let mut outcome = Outcome {
            examined,
            ..Outcome::nothing(generation, None)
        };
        let legacy = garbage.move_legacy_finalizers(host)?;
        if self.reports(Debug::COLLECTABLE) {
            garbage.for_each(|object| host.report(Event::Collectable(object)));
        }
        if garbage.runs_code() {
            outcome.collected += garbage.handle_weakrefs(host);
            garbage.finalize_garbage(host);
            garbage.handle_resurrected_objects();
        }
        outcome.collected += garbage.len();
        outcome.uncollectable = legacy.len();
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

    /// The unreachable objects of a generation and those younger.
    ///
    /// # Errors
    /// No memory, not even for a list of the garbage.
    fn deduce_unreachable(
        &self,
        space: &Space,
        generation: Generation,
    ) -> Result<Verdict, OutOfMemory> {
        let next = next_generation(generation);
        let middle_epoch = self.middle_epoch.get();
        let walk = space.heap().walk();
        let pools = || walk::pools_to_collect(&walk, generation, middle_epoch);
        if generation == Generation::Old {
            let verdict = trial::deduce_unreachable(Beside { generation }, pools(), next);
            if verdict.is_ok() {
                return verdict;
            }
        }
        trial::deduce_unreachable(Inside::UpTo(generation), pools(), next)
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
