//! [`Scattered`]: the policy of the tables of sets, which decides in which order their elements are shown.
//!
//! Programs do not depend on that order, but what they print does: it is CPython's (3.14 Objects/setobject.c).

use crate::types::dict::LOG2_MIN;
use crate::types::dict::table::{Policy, Probe};

/// The policy of sets: runs of ten neighbours, then a jump; three fifths full.
#[derive(Debug)]
pub enum Scattered {}

/// How many neighbours are tried after a position, if they lie within the index.
const RUN: usize = 9;

/// The probe of [`Scattered`].
#[derive(Clone, Debug)]
pub struct Runs {
    start: usize,
    offset: usize,
    perturb: u64,
}

impl Probe for Runs {
    #[inline]
    fn new(hash: i64, mask: usize) -> Self {
        let perturb = hash.cast_unsigned();
        Self {
            start: perturb as usize & mask,
            offset: 0,
            perturb,
        }
    }

    #[inline]
    fn position(&self) -> usize {
        self.start + self.offset
    }

    #[inline]
    fn advance(&mut self, mask: usize) {
        if self.offset < RUN && self.start + RUN <= mask {
            self.offset += 1;
            return;
        }
        self.offset = 0;
        self.perturb >>= 5;
        self.start = (self
            .start
            .wrapping_mul(5)
            .wrapping_add(1)
            .wrapping_add(self.perturb as usize))
            & mask;
    }
}

/// Whether an index of `mask + 1` words has so many filled that it is to grow.
pub(crate) fn is_crowded(filled: usize, mask: usize) -> bool {
    filled * 5 >= mask * 3
}

impl Policy for Scattered {
    type Probe = Runs;
    const SHOWS_INDEX: bool = true;

    /// The first number of words that is crowded: an index grows after a word was filled, not before.
    const USABLE: [u32; 32] = {
        let mut usable = [0; 32];
        let mut log2 = LOG2_MIN as usize;
        while log2 < 32 {
            usable[log2] = (((1_u64 << log2) - 1) * 3).div_ceil(5) as u32;
            log2 += 1;
        }
        usable
    };
}
