//! A stable merge sort whose comparisons may fail: Tim Peters' sort with the merge policy of Munro and Wild
//! (powersort), as in CPython 3.14 (`Objects/listsort.txt` explains both).
//!
//! It sorts indices, not objects: what comparing needs is passed through as a context. On an error the indices are thrown away and nobody's order has changed.

use crate::{OutOfMemory, PyResult};
use std::marker::PhantomData;

/// Runs of at least this many wins in a row make a merge switch to galloping.
const GALLOP_MIN: usize = 7;
/// Natural runs shorter than about this are made longer by insertion.
const RUN_MAX: usize = 64;

/// A stretch that is in order.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: usize,
    len: usize,
    /// How deep the boundary to the run before lies in the ideal tree of merges.
    power: u32,
}

/// Sorts indices by `less`, which tells whether the first comes strictly before the second.
///
/// # Errors
/// What a comparison raises, or `OutOfMemory`; the indices may then be in any order, some of them twice.
pub(super) fn sort<C, F>(context: &mut C, order: &mut [u32], less: &mut F) -> PyResult<()>
where
    F: FnMut(&mut C, u32, u32) -> PyResult<bool>,
{
    let mut merger = Merger {
        order,
        scratch: Vec::new(),
        runs: Vec::new(),
        gallop_min: GALLOP_MIN,
        less,
        _context: PhantomData,
    };
    merger.sort(context)
}

struct Merger<'a, C, F> {
    order: &'a mut [u32],
    scratch: Vec<u32>,
    runs: Vec<Run>,
    gallop_min: usize,
    less: &'a mut F,
    _context: PhantomData<fn(&mut C)>,
}

/// The length below which a run is extended: such that the number of runs is a power of two or a little less.
fn run_min(len: usize) -> usize {
    let (mut len, mut has_remainder) = (len, 0);
    while len >= RUN_MAX {
        has_remainder |= len & 1;
        len >>= 1;
    }
    len + has_remainder
}

/// The power of the boundary between a run and the next one, in an array of `total`: the first bit in which the
/// positions of their midpoints, as fractions of the whole, differ.
fn power(left: Run, right_len: usize, total: usize) -> u32 {
    // Twice the midpoints, so that they are whole numbers.
    let mut left_mid = (2 * left.start + left.len) as u128;
    let mut right_mid = (2 * (left.start + left.len) + right_len) as u128;
    let total = 2 * total as u128;
    let mut power = 0;
    loop {
        power += 1;
        left_mid *= 2;
        right_mid *= 2;
        if left_mid >= total {
            left_mid -= total;
            right_mid -= total;
        } else if right_mid >= total {
            return power;
        }
    }
}

impl<C, F> Merger<'_, C, F>
where
    F: FnMut(&mut C, u32, u32) -> PyResult<bool>,
{
    fn sort(&mut self, context: &mut C) -> PyResult<()> {
        let total = self.order.len();
        let run_min = run_min(total);
        let mut start = 0;
        while start < total {
            let mut len = self.count_run(context, start)?;
            if len < run_min {
                let forced = run_min.min(total - start);
                self.insert_into_run(context, start, start + len, start + forced)?;
                len = forced;
            }
            self.push_run(context, start, len)?;
            start += len;
        }
        while self.runs.len() > 1 {
            self.merge_last_two(context)?;
        }
        Ok(())
    }

    /// The length of the run that starts here; one that strictly descends is turned around.
    fn count_run(&mut self, context: &mut C, start: usize) -> PyResult<usize> {
        let rest = &mut self.order[start..];
        if rest.len() < 2 {
            return Ok(rest.len());
        }
        let mut len = 2;
        let descends = (self.less)(context, rest[1], rest[0])?;
        while len < rest.len() && (self.less)(context, rest[len], rest[len - 1])? == descends {
            len += 1;
        }
        if descends {
            rest[..len].reverse();
        }
        Ok(len)
    }

    /// Makes a run up to `sorted` one up to `end`, by binary insertion.
    fn insert_into_run(
        &mut self,
        context: &mut C,
        start: usize,
        sorted: usize,
        end: usize,
    ) -> PyResult<()> {
        for next in sorted..end {
            let pivot = self.order[next];
            let (mut low, mut high) = (start, next);
            while low < high {
                let middle = low.midpoint(high);
                if (self.less)(context, pivot, self.order[middle])? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            self.order[low..=next].rotate_right(1);
        }
        Ok(())
    }

    /// Puts a run on the stack, after merging what the policy says must be merged before.
    fn push_run(&mut self, context: &mut C, start: usize, len: usize) -> PyResult<()> {
        let mut run = Run {
            start,
            len,
            power: 0,
        };
        if let Some(&last) = self.runs.last() {
            run.power = power(last, len, self.order.len());
            while self.runs.len() > 1 && self.runs[self.runs.len() - 1].power > run.power {
                self.merge_last_two(context)?;
            }
        }
        self.runs.push(run);
        Ok(())
    }

    fn merge_last_two(&mut self, context: &mut C) -> PyResult<()> {
        let (Some(right), Some(left)) = (self.runs.pop(), self.runs.pop()) else {
            return Ok(());
        };
        self.runs.push(Run {
            len: left.len + right.len,
            ..left
        });
        let middle = right.start;
        let end = middle + right.len;
        // What comes before the right run's first is in place, and so is what comes after the left run's last.
        let skip = gallop_right(
            context,
            self.less,
            self.order[middle],
            &self.order[left.start..middle],
            0,
        )?;
        let start = left.start + skip;
        if start == middle {
            return Ok(());
        }
        let last = self.order[middle - 1];
        let keep = gallop_left(
            context,
            self.less,
            last,
            &self.order[middle..end],
            right.len - 1,
        )?;
        let end = middle + keep;
        if middle - start <= end - middle {
            self.merge_low(context, start, middle, end)
        } else {
            self.merge_high(context, start, middle, end)
        }
    }

    fn copy_to_scratch(&mut self, start: usize, end: usize) -> PyResult<()> {
        self.scratch.clear();
        self.scratch
            .try_reserve(end - start)
            .map_err(|_| OutOfMemory)?;
        self.scratch.extend_from_slice(&self.order[start..end]);
        Ok(())
    }

    /// Merges from front to back; the left run, the shorter one, is copied away.
    fn merge_low(
        &mut self,
        context: &mut C,
        start: usize,
        middle: usize,
        end: usize,
    ) -> PyResult<()> {
        self.copy_to_scratch(start, middle)?;
        let (left, order) = (&self.scratch[..], &mut *self.order);
        let (mut place, mut from_left, mut from_right) = (start, 0, middle);
        let mut gallop_min = self.gallop_min;
        'merge: while from_left < left.len() && from_right < end {
            let (mut left_wins, mut right_wins) = (0, 0);
            while left_wins.max(right_wins) < gallop_min {
                if (self.less)(context, order[from_right], left[from_left])? {
                    order[place] = order[from_right];
                    from_right += 1;
                    (left_wins, right_wins) = (0, right_wins + 1);
                } else {
                    order[place] = left[from_left];
                    from_left += 1;
                    (left_wins, right_wins) = (left_wins + 1, 0);
                }
                place += 1;
                if from_left == left.len() || from_right == end {
                    break 'merge;
                }
            }
            // One run wins all the time: look for how long it will.
            gallop_min += 1;
            loop {
                gallop_min -= usize::from(gallop_min > 1);
                let left_wins =
                    gallop_right(context, self.less, order[from_right], &left[from_left..], 0)?;
                order[place..place + left_wins]
                    .copy_from_slice(&left[from_left..from_left + left_wins]);
                place += left_wins;
                from_left += left_wins;
                if from_left == left.len() {
                    break 'merge;
                }
                let right_wins = gallop_left(
                    context,
                    self.less,
                    left[from_left],
                    &order[from_right..end],
                    0,
                )?;
                order.copy_within(from_right..from_right + right_wins, place);
                place += right_wins;
                from_right += right_wins;
                if from_right == end {
                    break 'merge;
                }
                if left_wins < GALLOP_MIN && right_wins < GALLOP_MIN {
                    break;
                }
            }
            gallop_min += 1;
        }
        // What is left of the right run is in place.
        order[place..place + left.len() - from_left].copy_from_slice(&left[from_left..]);
        self.gallop_min = gallop_min;
        Ok(())
    }

    /// Merges from back to front; the right run, the shorter one, is copied away.
    fn merge_high(
        &mut self,
        context: &mut C,
        start: usize,
        middle: usize,
        end: usize,
    ) -> PyResult<()> {
        self.copy_to_scratch(middle, end)?;
        let (right, order) = (&self.scratch[..], &mut *self.order);
        // These name the place behind the next one; both runs shrink from their ends.
        let (mut place, mut left_end, mut right_end) = (end, middle, right.len());
        let mut gallop_min = self.gallop_min;
        'merge: while left_end > start && right_end > 0 {
            let (mut left_wins, mut right_wins) = (0, 0);
            while left_wins.max(right_wins) < gallop_min {
                place -= 1;
                if (self.less)(context, right[right_end - 1], order[left_end - 1])? {
                    order[place] = order[left_end - 1];
                    left_end -= 1;
                    (left_wins, right_wins) = (left_wins + 1, 0);
                } else {
                    order[place] = right[right_end - 1];
                    right_end -= 1;
                    (left_wins, right_wins) = (0, right_wins + 1);
                }
                if left_end == start || right_end == 0 {
                    break 'merge;
                }
            }
            gallop_min += 1;
            loop {
                gallop_min -= usize::from(gallop_min > 1);
                let left = &order[start..left_end];
                let kept = gallop_right(
                    context,
                    self.less,
                    right[right_end - 1],
                    left,
                    left.len() - 1,
                )?;
                let left_wins = left.len() - kept;
                order.copy_within(start + kept..left_end, place - left_wins);
                place -= left_wins;
                left_end -= left_wins;
                if left_end == start {
                    break 'merge;
                }
                let kept = gallop_left(
                    context,
                    self.less,
                    order[left_end - 1],
                    &right[..right_end],
                    right_end - 1,
                )?;
                let right_wins = right_end - kept;
                order[place - right_wins..place].copy_from_slice(&right[kept..right_end]);
                place -= right_wins;
                right_end = kept;
                if right_end == 0 {
                    break 'merge;
                }
                if left_wins < GALLOP_MIN && right_wins < GALLOP_MIN {
                    break;
                }
            }
            gallop_min += 1;
        }
        // What is left of the left run is in place.
        order[place - right_end..place].copy_from_slice(&right[..right_end]);
        self.gallop_min = gallop_min;
        Ok(())
    }
}

/// How many of a run's elements come before the key, or are equal to it. Looks near `hint` first.
fn gallop_right<C, F>(
    context: &mut C,
    less: &mut F,
    key: u32,
    run: &[u32],
    hint: usize,
) -> PyResult<usize>
where
    F: FnMut(&mut C, u32, u32) -> PyResult<bool>,
{
    gallop(context, run, hint, |context, element| {
        Ok(!less(context, key, element)?)
    })
}

/// How many of a run's elements come strictly before the key. Looks near `hint` first.
fn gallop_left<C, F>(
    context: &mut C,
    less: &mut F,
    key: u32,
    run: &[u32],
    hint: usize,
) -> PyResult<usize>
where
    F: FnMut(&mut C, u32, u32) -> PyResult<bool>,
{
    gallop(context, run, hint, |context, element| {
        less(context, element, key)
    })
}

/// How many elements at the front of a run satisfy a condition that no later one does.
///
/// Steps away from `hint` in doubling strides until the answer is enclosed, then halves.
fn gallop<C, P>(context: &mut C, run: &[u32], hint: usize, mut is_before: P) -> PyResult<usize>
where
    P: FnMut(&mut C, u32) -> PyResult<bool>,
{
    let (mut low, mut high);
    let mut stride = 1;
    if is_before(context, run[hint])? {
        low = hint + 1;
        high = run.len();
        while hint + stride < run.len() {
            if !is_before(context, run[hint + stride])? {
                high = hint + stride;
                break;
            }
            low = hint + stride + 1;
            stride = stride * 2 + 1;
        }
    } else {
        low = 0;
        high = hint;
        while stride <= hint {
            if is_before(context, run[hint - stride])? {
                low = hint - stride + 1;
                break;
            }
            high = hint - stride;
            stride = stride * 2 + 1;
        }
    }
    while low < high {
        let middle = low.midpoint(high);
        if is_before(context, run[middle])? {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PyErr;

    /// A small generator of numbers (xorshift), the same in every run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % bound
        }
    }

    /// Keys with much or little order in them.
    fn keys(numbers: &mut Numbers, len: usize, pattern: u64) -> Vec<u64> {
        let mut keys: Vec<u64> = match pattern {
            0 => (0..len).map(|_| numbers.below(1 << 40)).collect(),
            1 => (0..len).map(|_| numbers.below(4)).collect(),
            2 => (0..len as u64).collect(),
            3 => (0..len as u64).rev().collect(),
            4 => (0..len as u64)
                .map(|n| n / 100 % 3 * 1000 + n % 100)
                .collect(),
            _ => (0..len as u64)
                .map(|n| {
                    if n % 50 == 0 {
                        numbers.below(len as u64)
                    } else {
                        n
                    }
                })
                .collect(),
        };
        if pattern == 5 {
            let middle = len / 2;
            keys[middle..].reverse();
        }
        keys
    }

    #[test]
    fn sorts_and_keeps_the_order_of_equals() {
        let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
        for len in (0..70).chain([100, 255, 256, 1000, 4097, 20_000]) {
            for pattern in 0..7 {
                let keys = keys(&mut numbers, len, pattern);
                let mut order: Vec<u32> = (0..len as u32).collect();
                let mut less = |count: &mut usize, left: u32, right: u32| {
                    *count += 1;
                    Ok(keys[left as usize] < keys[right as usize])
                };
                let mut comparisons = 0;
                sort(&mut comparisons, &mut order, &mut less).unwrap();
                let mut expected: Vec<u32> = (0..len as u32).collect();
                expected.sort_by_key(|&index| keys[index as usize]);
                assert_eq!(order, expected, "{len} keys of pattern {pattern}");
                let is_linear = len > 1 && matches!(pattern, 2 | 3);
                assert!(
                    !is_linear || comparisons == len - 1,
                    "{comparisons} comparisons of {len} keys"
                );
            }
        }
    }

    #[test]
    fn nonsense_comparisons_lose_no_element() {
        let mut numbers = Numbers(42);
        for len in [2, 3, 63, 64, 65, 500, 3000] {
            for bias in 1..5 {
                let mut order: Vec<u32> = (0..len).collect();
                let mut less = |numbers: &mut Numbers, _: u32, _: u32| Ok(numbers.below(5) < bias);
                sort(&mut numbers, &mut order, &mut less).unwrap();
                order.sort_unstable();
                assert!(order.iter().copied().eq(0..len));
            }
        }
    }

    #[test]
    fn an_error_ends_the_sort() {
        for limit in 0..40 {
            let mut order: Vec<u32> = (0..200).map(|n| n * 37 % 200).collect();
            let mut less = |count: &mut usize, left: u32, right: u32| {
                *count += 1;
                if *count > limit {
                    Err(PyErr::OutOfMemory)
                } else {
                    Ok(left < right)
                }
            };
            let mut comparisons = 0;
            assert!(sort(&mut comparisons, &mut order, &mut less).is_err());
            assert_eq!(comparisons, limit + 1);
        }
    }
}
