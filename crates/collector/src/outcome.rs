//! What a collection did, and the sums over all of them.

use crate::Generation;
use std::time::Duration;

/// What one collection did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The oldest generation that was collected.
    pub generation: Generation,
    /// Objects found to be garbage and freed (or saved, under [`crate::Debug::SAVEALL`]).
    pub collected: usize,
    /// Objects found to be garbage that cannot be freed.
    pub uncollectable: usize,
    /// Objects that the collection looked at.
    pub examined: usize,
    /// How long the program stood still, finalizers and callbacks included.
    pub pause: Duration,
    /// Why nothing was done, if so.
    pub skipped: Option<Skipped>,
}

/// Why a collection did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// Another collection is under way, or objects are just being freed.
    Busy,
    /// There was no memory for the trial counts. What is garbage stays garbage; a later collection finds it.
    OutOfMemory,
}

impl Outcome {
    pub(crate) fn nothing(generation: Generation, skipped: Option<Skipped>) -> Self {
        Self {
            generation,
            collected: 0,
            uncollectable: 0,
            examined: 0,
            pause: Duration::ZERO,
            skipped,
        }
    }

    /// All garbage found: what `gc.collect` returns.
    pub fn unreachable(&self) -> usize {
        self.collected + self.uncollectable
    }
}

/// Sums over the collections of one generation; what `gc.get_stats` returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GenerationStatistics {
    /// How many there were.
    pub collections: usize,
    /// Objects that they freed.
    pub collected: usize,
    /// Objects that they found to be garbage but could not free.
    pub uncollectable: usize,
    /// How long the program stood still for them, in sum.
    pub pause_total: Duration,
    /// How long it stood still for the longest.
    pub pause_max: Duration,
}

impl GenerationStatistics {
    pub(crate) fn with(mut self, outcome: &Outcome) -> Self {
        self.collections += 1;
        self.collected += outcome.collected;
        self.uncollectable += outcome.uncollectable;
        self.pause_total += outcome.pause;
        self.pause_max = self.pause_max.max(outcome.pause);
        self
    }
}
