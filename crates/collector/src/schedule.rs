//! When to collect, and which generation: CPython's rules without its bookkeeping on every allocation.
//!
//! CPython counts each allocation and each deallocation of a tracked object. Here the heap's number of live
//! tracked objects, less its value after the last collection, is the same number; whoever asks compares it once.

use crate::Generation;
use std::cell::Cell;

/// After how much a generation is collected; the values of `gc.get_threshold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Collect the young generation when this many more tracked objects live than after the last collection;
    /// 0: never collect automatically.
    pub young: i32,
    /// Collect the middle generation after this many collections of the young one.
    pub middle: i32,
    /// Collect the old generation after this many collections of the middle one, and only if it may pay: what
    /// waits to be collected for the first time must be a quarter of what survived the last full collection.
    pub old: i32,
}

impl Default for Thresholds {
    /// CPython 3.14.5's.
    fn default() -> Self {
        Self {
            young: 2000,
            middle: 10,
            old: 10,
        }
    }
}

/// The counters behind the decision.
#[derive(Debug)]
pub(crate) struct Schedule {
    thresholds: Cell<Thresholds>,
    is_enabled: Cell<bool>,
    /// Live tracked objects after the last collection, or fewer if there have been fewer since.
    base: Cell<usize>,
    /// A collection is due when more than this many tracked objects live beyond the base; `usize::MAX`: never.
    slack: Cell<usize>,
    /// Collections of the young generation since the last of the middle one, and likewise.
    runs: [Cell<u32>; 2],
    /// Objects that survived the last full collection.
    long_lived_total: Cell<usize>,
    /// Objects that have come into the old generation since.
    long_lived_pending: Cell<usize>,
    /// How many did so in the last collection of the middle generation.
    promoted: Cell<usize>,
}

impl Schedule {
    pub(crate) fn new() -> Self {
        let schedule = Self {
            thresholds: Cell::default(),
            is_enabled: Cell::new(true),
            base: Cell::new(0),
            slack: Cell::new(0),
            runs: [const { Cell::new(0) }; 2],
            long_lived_total: Cell::new(0),
            long_lived_pending: Cell::new(0),
            promoted: Cell::new(0),
        };
        schedule.update_slack();
        schedule
    }

    pub(crate) fn thresholds(&self) -> Thresholds {
        self.thresholds.get()
    }

    pub(crate) fn set_thresholds(&self, thresholds: Thresholds) {
        self.thresholds.set(thresholds);
        self.update_slack();
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.is_enabled.get()
    }

    pub(crate) fn set_enabled(&self, is_enabled: bool) {
        self.is_enabled.set(is_enabled);
        self.update_slack();
    }

    fn update_slack(&self) {
        let young = self.thresholds.get().young;
        self.slack.set(if self.is_enabled.get() && young != 0 {
            usize::try_from(young).unwrap_or(0)
        } else {
            usize::MAX
        });
    }

    /// The generation to collect now, if any, when so many tracked objects live.
    ///
    /// One subtraction and one comparison decide that none is due: if fewer objects live than the base says,
    /// the difference wraps around to a huge number, and the slow path lowers the base.
    #[inline]
    pub(crate) fn due(&self, live: usize) -> Option<Generation> {
        if live.wrapping_sub(self.base.get()) <= self.slack.get() {
            return None;
        }
        self.select_generation(live)
    }

    /// The oldest generation whose count exceeds its threshold.
    #[cold]
    fn select_generation(&self, live: usize) -> Option<Generation> {
        if self.young_count(live) <= self.slack.get() {
            return None;
        }
        // A full collection costs as much as there is; it pays only when a good part of that is new.
        let may_pay = self.long_lived_pending.get() >= self.long_lived_total.get() / 4;
        if exceeds(&self.runs[1], self.thresholds.get().old) && may_pay {
            Some(Generation::Old)
        } else {
            Some(self.younger())
        }
    }

    /// Which of the two younger generations is to be collected when one of them is.
    pub(crate) fn younger(&self) -> Generation {
        if exceeds(&self.runs[0], self.thresholds.get().middle) {
            Generation::Middle
        } else {
            Generation::Young
        }
    }

    /// Objects in the old generation, as far as is known without counting those that died.
    pub(crate) fn old_population(&self) -> usize {
        self.long_lived_total.get() + self.long_lived_pending.get()
    }

    /// How near the old generation is to being due: at 1 it is.
    pub(crate) fn old_progress(&self) -> f64 {
        let thresholds = self.thresholds.get();
        let needed = |threshold: i32| f64::from(threshold.max(0)) + 1.0;
        // How far it is to the next collection of the middle generation, which moves both numbers.
        let part = f64::from(self.runs[0].get()) / needed(thresholds.middle);
        let runs = (f64::from(self.runs[1].get()) + part) / needed(thresholds.old);
        let pending = self.long_lived_pending.get() as f64 + self.promoted.get() as f64 * part;
        runs.min(pending / (self.long_lived_total.get() as f64 / 4.0).max(1.0))
    }

    /// Tracked objects allocated less those freed since the last collection, never below zero.
    pub(crate) fn young_count(&self, live: usize) -> usize {
        if live < self.base.get() {
            self.base.set(live);
        }
        live - self.base.get()
    }

    /// Collections of the young generation since the last of the middle one, and likewise.
    pub(crate) fn runs(&self) -> (u32, u32) {
        (self.runs[0].get(), self.runs[1].get())
    }

    /// Counts a collection that begins.
    pub(crate) fn begin(&self, generation: Generation, live: usize) {
        let collected = generation as usize;
        if let Some(next) = self.runs.get(collected) {
            next.set(next.get() + 1);
        }
        self.runs[..collected].iter().for_each(|runs| runs.set(0));
        self.base.set(live);
    }

    /// Takes note of how many objects survived.
    pub(crate) fn end(&self, generation: Generation, survivors: usize, live: usize) {
        match generation {
            Generation::Young | Generation::Permanent => {}
            Generation::Middle => {
                self.promoted.set(survivors);
                self.long_lived_pending
                    .set(self.long_lived_pending.get() + survivors);
            }
            Generation::Old => {
                self.long_lived_pending.set(0);
                self.long_lived_total.set(survivors);
            }
        }
        // What died in the collection must not count against what is born after it.
        self.base.set(self.base.get().min(live));
    }

    /// Everything counted so far is no longer looked at (`gc.freeze`).
    pub(crate) fn forget_counts(&self, live: usize) {
        self.base.set(live);
        self.runs.iter().for_each(|runs| runs.set(0));
    }
}

/// Whether a count of collections exceeds a threshold.
fn exceeds(runs: &Cell<u32>, threshold: i32) -> bool {
    i64::from(runs.get()) > threshold.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_is_due_when_the_threshold_is_exceeded() {
        let schedule = Schedule::new();
        assert_eq!(schedule.due(2000), None);
        assert_eq!(schedule.due(2001), Some(Generation::Young));
        schedule.begin(Generation::Young, 2001);
        schedule.end(Generation::Young, 2001, 2001);
        assert_eq!(schedule.due(4001), None);
        assert_eq!(schedule.due(4002), Some(Generation::Young));
        assert_eq!(schedule.runs(), (1, 0));
    }

    #[test]
    fn the_count_never_falls_below_zero() {
        let schedule = Schedule::new();
        schedule.begin(Generation::Young, 100_000);
        assert_eq!(schedule.due(10), None);
        assert_eq!(schedule.young_count(10), 0);
        assert_eq!(schedule.due(2010), None);
        assert_eq!(schedule.due(2011), Some(Generation::Young));
    }

    #[test]
    fn a_threshold_of_zero_and_disabling_mean_never() {
        let schedule = Schedule::new();
        schedule.set_thresholds(Thresholds {
            young: 0,
            ..Thresholds::default()
        });
        assert_eq!(schedule.due(1_000_000), None);
        schedule.set_thresholds(Thresholds::default());
        schedule.set_enabled(false);
        assert_eq!(schedule.due(1_000_000), None);
        schedule.set_enabled(true);
        assert!(schedule.due(1_000_000).is_some());
    }

    /// As measured on CPython 3.14.10: a million live lists cost [455, 41, 3] collections.
    #[test]
    fn a_million_live_objects_cost_as_many_collections_as_in_cpython() {
        let schedule = Schedule::new();
        let mut collections = [0; 3];
        let mut young = 0;
        let mut middle = 0;
        let mut old = 0;
        for live in 1..=1_000_000 {
            young += 1;
            let Some(generation) = schedule.due(live) else {
                continue;
            };
            collections[generation as usize] += 1;
            schedule.begin(generation, live);
            let survivors = match generation {
                Generation::Young => {
                    middle += std::mem::take(&mut young);
                    0
                }
                Generation::Middle => {
                    let survivors = std::mem::take(&mut young) + std::mem::take(&mut middle);
                    old += survivors;
                    survivors
                }
                _ => {
                    old += std::mem::take(&mut young) + std::mem::take(&mut middle);
                    old
                }
            };
            schedule.end(generation, survivors, live);
        }
        assert_eq!(collections, [455, 41, 3]);
    }
}
