//! [`Collector`]: the driver. Each phase of a collection is one call, under CPython's name for it.

use crate::garbage::Garbage;
use crate::host::{Debug, Event, Host};
use crate::incremental::{Budget, Epoch};
use crate::numbers::{Beside, Inside, Population};
use crate::outcome::{GenerationStatistics, Outcome, Skipped};
use crate::schedule::{Schedule, Thresholds};
use crate::trial::{self, Verdict, next_generation};
use crate::walk;
use exuvia_object::{Generation, OutOfMemory, Space};
use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
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
    clock: Cell<fn() -> Duration>,
    statistics: [Cell<GenerationStatistics>; 3],
    /// The heap's epoch that began with the last collection of the middle generation or an older one.
    middle_epoch: Cell<u32>,
    mode: Cell<Mode>,
    sliced_from: Cell<usize>,
    /// The epoch of slices under way.
    epoch: RefCell<Option<Epoch>>,
    /// The last epoch ended for lack of memory.
    lacks_memory: Cell<bool>,
    /// Objects in the permanent generation.
    frozen: Cell<usize>,
}

/// How the old generation is collected when that is due. When it is asked for, all is collected in one go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// In one go, as CPython does.
    Synchronous,
    /// In slices, at collections of the younger generations (D8).
    #[default]
    Sliced,
}

/// What is collected, and by whose wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Asked for.
    Explicit(Generation),
    /// Due.
    Automatic(Generation),
    /// The younger generations, and those old objects that may be garbage as far as slices found out.
    Candidates,
}

impl Scope {
    fn generation(self) -> Generation {
        match self {
            Self::Explicit(generation) | Self::Automatic(generation) => generation,
            Self::Candidates => Generation::Old,
        }
    }
}

/// A smaller old generation than this many objects is collected in one go.
const SLICED_FROM: usize = 1 << 16;
/// How far the old generation must be on the way to being due (1) for an epoch of slices to begin, and to be done.
const EPOCH_BEGIN: f64 = 0.5;
const EPOCH_END: f64 = 0.95;
/// The least and the most work in one slice.
const SLICE_MIN: usize = 1 << 11;
const SLICE_MAX: usize = 1 << 19;

/// The time since this was first called.
fn time_since_start() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
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
            clock: Cell::new(time_since_start),
            statistics: Default::default(),
            middle_epoch: Cell::new(0),
            mode: Cell::default(),
            sliced_from: Cell::new(SLICED_FROM),
            epoch: RefCell::new(None),
            lacks_memory: Cell::new(false),
            frozen: Cell::new(0),
        }
    }

    /// The generation to collect at this safepoint, if any. One load, one subtraction and one comparison.
    #[inline]
    pub fn is_due(&self, space: &Space) -> Option<Generation> {
        self.schedule.due(space.heap().tracked_live())
    }

    /// Collects all garbage of a generation and those younger, in one go; only at a safepoint (D6).
    ///
    /// Does nothing when called from a finalizer or callback of a collection, or from a payload's `Drop`.
    pub fn collect<H: Host>(&self, space: &Space, generation: Generation, host: &mut H) -> Outcome {
        self.run(space, Scope::Explicit(generation), host)
    }

    /// Collects what is due, if anything; only at a safepoint (D6).
    pub fn collect_due<H: Host>(&self, space: &Space, host: &mut H) -> Option<Outcome> {
        let due = self.is_due(space)?;
        let scope = if due != Generation::Old || !self.is_old_sliced() {
            Scope::Automatic(due)
        } else if self.epoch.borrow().as_ref().is_some_and(Epoch::is_ready) {
            Scope::Candidates
        } else {
            // The slices go on, with a larger budget, and the old generation stays due.
            Scope::Automatic(self.schedule.younger())
        };
        Some(self.run(space, scope, host))
    }

    /// Whether the old generation is to be collected in slices, as it is now.
    fn is_old_sliced(&self) -> bool {
        self.mode.get() == Mode::Sliced
            && self.schedule.old_population() >= self.sliced_from.get()
            && !self.lacks_memory.get()
    }

    fn run<H: Host>(&self, space: &Space, scope: Scope, host: &mut H) -> Outcome {
        let generation = scope.generation();
        if self.is_collecting.get() || space.is_freeing() || generation == Generation::Permanent {
            return Outcome::nothing(generation, Some(Skipped::Busy));
        }
        self.is_collecting.set(true);
        let collecting = Collecting(&self.is_collecting);
        host.started(generation);
        let clock = self.clock.get();
        let start = clock();
        if self.reports(Debug::STATS) {
            host.report(Event::Collecting(generation, self.generation_sizes(space)));
        }
        self.schedule.begin(generation, space.heap().tracked_live());
        let mut outcome = match self.collect_garbage(space, scope, host) {
            Ok(outcome) => outcome,
            Err(OutOfMemory) => Outcome::nothing(generation, Some(Skipped::OutOfMemory)),
        };
        if !matches!(scope, Scope::Explicit(_)) {
            self.advance_epoch(space);
        }
        outcome.pause = clock().saturating_sub(start);
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
        scope: Scope,
        host: &mut H,
    ) -> Result<Outcome, OutOfMemory> {
        let generation = scope.generation();
        let Verdict {
            mut garbage,
            examined,
        } = self.deduce_unreachable(space, scope)?;
        let survivors = examined - garbage.len();
        // From here on objects are born into the next epoch: those of this one have survived or are garbage.
        space.heap().next_epoch();
        if generation >= Generation::Middle {
            self.middle_epoch.set(space.heap().epoch());
        }
        garbage.sort(self.debug.get() != Debug::default() || host.watches_garbage());
        let mut outcome = Outcome {
            examined,
            ..Outcome::nothing(generation, None)
        };
        let legacy = garbage.move_legacy_finalizers(host)?;
        if self.reports(Debug::COLLECTABLE) {
            garbage.for_each(|object| host.report(Event::Collectable(object)));
        }
        if host.watches_garbage() {
            garbage.for_each(|object| host.found_garbage(object));
        }
        if garbage.runs_code() {
            let (called, freed) = garbage.handle_weakrefs(host);
            outcome.collected += freed;
            if called + garbage.finalize_garbage(host) > 0 {
                garbage.handle_resurrected_objects();
                garbage.release_dead();
            }
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
        let survivors = match scope {
            // Not all old objects were looked at.
            Scope::Candidates => live.saturating_sub(self.frozen.get()),
            Scope::Explicit(_) | Scope::Automatic(_) => survivors,
        };
        self.schedule.end(generation, survivors, live);
        Ok(outcome)
    }

    /// The unreachable objects among those that are collected.
    ///
    /// # Errors
    /// No memory, not even for a list of the garbage.
    fn deduce_unreachable(&self, space: &Space, scope: Scope) -> Result<Verdict, OutOfMemory> {
        let generation = scope.generation();
        let next = next_generation(generation);
        let middle_epoch = self.middle_epoch.get();
        if scope == Scope::Candidates {
            return self.try_candidates(space);
        }
        if generation == Generation::Old {
            self.abandon_epoch(space);
            self.lacks_memory.set(false);
        }
        let walk = space.heap().walk();
        let pools = || walk::pools_to_collect(&walk, generation, middle_epoch);
        if generation == Generation::Old {
            let verdict = trial::deduce_unreachable(Beside { generation }, pools(), next);
            if verdict.is_ok() {
                return verdict;
            }
        }
        let numbers = Inside::new(Population::UpTo(generation));
        trial::deduce_unreachable(numbers, pools(), next)
    }

    /// Puts the candidates of an epoch on trial, together with the younger generations.
    fn try_candidates(&self, space: &Space) -> Result<Verdict, OutOfMemory> {
        let walk = space.heap().walk();
        let pools = walk::pools_with_candidates(&walk, self.middle_epoch.get());
        let numbers = Inside::new(Population::WithCandidates);
        let verdict = trial::deduce_unreachable(numbers, pools, Generation::Old);
        if let Some(epoch) = &mut *self.epoch.borrow_mut() {
            epoch.end(space.heap());
        }
        verdict
    }

    /// Does the next slice of the old generation, if one is under way or should begin.
    fn advance_epoch(&self, space: &Space) {
        let (heap, schedule) = (space.heap(), &self.schedule);
        let progress = schedule.old_progress();
        let mut epoch = self.epoch.borrow_mut();
        if epoch.is_none() && progress >= EPOCH_BEGIN && self.is_old_sliced() {
            *epoch = Some(Epoch::new(heap));
        }
        let Some(running) = &mut *epoch else {
            return;
        };
        let part = (progress - EPOCH_BEGIN) / (EPOCH_END - EPOCH_BEGIN);
        let (done, left) = running.work(schedule.old_population());
        let wanted = ((done + left) as f64 * part.clamp(0.0, 1.0)) as usize;
        let units = wanted.saturating_sub(done).clamp(SLICE_MIN, SLICE_MAX);
        match running.advance(heap, &mut Budget::new(units)) {
            Ok(false) => {}
            Ok(true) => *epoch = None,
            // There is no room for slices; the old generation will be collected when somebody asks for it.
            Err(OutOfMemory) => epoch
                .take()
                .into_iter()
                .for_each(|epoch| epoch.abandon(heap)),
        }
    }

    fn abandon_epoch(&self, space: &Space) {
        if let Some(epoch) = self.epoch.take() {
            epoch.abandon(space.heap());
        }
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

    /// How the old generation is collected when it is due.
    pub fn mode(&self) -> Mode {
        self.mode.get()
    }

    /// Sets how the old generation is collected when it is due: in slices only if it has at least so many objects.
    pub fn set_mode(&self, space: &Space, mode: Mode, sliced_from: Option<usize>) {
        self.abandon_epoch(space);
        self.mode.set(mode);
        self.sliced_from.set(sliced_from.unwrap_or(SLICED_FROM));
    }

    /// Sets what pauses are measured with: the time since whatever moment. The default is the system's steady clock.
    pub fn set_clock(&self, clock: fn() -> Duration) {
        self.clock.set(clock);
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
        let mut frozen = 0;
        walk::for_each_header(space, |header| {
            // SAFETY: nobody has to find objects of this generation.
            unsafe { header.set_generation(Generation::Permanent) };
            frozen += 1;
        });
        self.frozen.set(frozen);
        self.schedule.forget_counts(space.heap().tracked_live());
    }

    /// Moves every object of the permanent generation to the old one.
    pub fn unfreeze(&self, space: &Space) {
        self.frozen.set(0);
        walk::for_each_header(space, |header| {
            if header.generation() == Generation::Permanent {
                // SAFETY: collections of the old generation look at all objects.
                unsafe { header.set_generation(Generation::Old) };
            }
        });
    }

    pub(crate) fn middle_epoch(&self) -> u32 {
        self.middle_epoch.get()
    }

    /// Whether slices of the old generation keep numbers beside the pools.
    pub(crate) fn is_slicing(&self) -> bool {
        self.epoch.borrow().is_some()
    }
}
