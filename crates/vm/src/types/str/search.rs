//! Finding a sequence of units in another: for strings of all widths and for bytes.

use super::data::{Unit, Units, with_units};
use memchr::{memchr, memchr_iter, memmem, memrchr, memrchr_iter};
use std::borrow::Cow;

/// Comparisons allowed per unit of text before a search changes from the simple algorithm to the linear one.
const PATIENCE: usize = 8;

/// Units that can be searched for in a text of their width.
pub trait Search: Unit {
    /// Where `part` first lies in `text`.
    fn find(text: &[Self], part: &[Self]) -> Option<usize>;

    /// Where `part` last lies in `text`.
    fn rfind(text: &[Self], part: &[Self]) -> Option<usize>;

    /// Calls `found` for each place of `part`, which is not empty, in `text` from the front, without overlap.
    ///
    /// # Errors
    /// What `found` returns.
    fn each<E>(
        text: &[Self],
        part: &[Self],
        most: usize,
        mut found: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut from = 0;
        for _ in 0..most {
            let Some(at) = Self::find(&text[from..], part) else {
                break;
            };
            found(from + at)?;
            from += at + part.len();
        }
        Ok(())
    }

    /// As [`each`](Self::each), from the back.
    ///
    /// # Errors
    /// What `found` returns.
    fn each_back<E>(
        text: &[Self],
        part: &[Self],
        most: usize,
        mut found: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut end = text.len();
        for _ in 0..most {
            let Some(at) = Self::rfind(&text[..end], part) else {
                break;
            };
            found(at)?;
            end = at;
        }
        Ok(())
    }
}

impl Search for u8 {
    #[inline]
    fn find(text: &[Self], part: &[Self]) -> Option<usize> {
        match part {
            [byte] => memchr(*byte, text),
            _ => memmem::find(text, part),
        }
    }

    #[inline]
    fn rfind(text: &[Self], part: &[Self]) -> Option<usize> {
        match part {
            [byte] => memrchr(*byte, text),
            _ => memmem::rfind(text, part),
        }
    }

    fn each<E>(
        text: &[Self],
        part: &[Self],
        most: usize,
        found: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        match part {
            [byte] => memchr_iter(*byte, text).take(most).try_for_each(found),
            _ => memmem::find_iter(text, part).take(most).try_for_each(found),
        }
    }

    fn each_back<E>(
        text: &[Self],
        part: &[Self],
        most: usize,
        found: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(), E> {
        match part {
            [byte] => memrchr_iter(*byte, text).take(most).try_for_each(found),
            _ => memmem::rfind_iter(text, part)
                .take(most)
                .try_for_each(found),
        }
    }
}

macro_rules! search_wide {
    ($($type:ty),+) => {
        $(impl Search for $type {
            fn find(text: &[Self], part: &[Self]) -> Option<usize> {
                find_wide(text, part)
            }

            fn rfind(text: &[Self], part: &[Self]) -> Option<usize> {
                rfind_wide(text, part)
            }
        })+
    };
}
search_wide!(u16, u32);

/// The units of `part` in another width, if they fit.
pub fn fit<U: Search>(part: Units<'_>) -> Option<Cow<'_, [U]>> {
    match U::same_width(part) {
        Some(units) => Some(Cow::Borrowed(units)),
        None => part
            .iter()
            .map(U::try_new)
            .collect::<Option<Vec<U>>>()
            .map(Cow::Owned),
    }
}

/// Where `part` first lies in `text`.
pub fn find(text: Units<'_>, part: Units<'_>) -> Option<usize> {
    with_units!(text, |text| Search::find(text, &fit(part)?))
}

/// Where `part` last lies in `text`.
pub fn rfind(text: Units<'_>, part: Units<'_>) -> Option<usize> {
    with_units!(text, |text| Search::rfind(text, &fit(part)?))
}

/// Calls `found` for each place of `part` in `text` from the front, without overlap.
///
/// # Errors
/// What `found` returns.
pub fn each<E>(
    text: Units<'_>,
    part: Units<'_>,
    most: usize,
    found: impl FnMut(usize) -> Result<(), E>,
) -> Result<(), E> {
    with_units!(text, |text| match fit(part) {
        Some(part) => Search::each(text, &part, most, found),
        None => Ok(()),
    })
}

/// As [`each`], from the back.
///
/// # Errors
/// What `found` returns.
pub fn each_back<E>(
    text: Units<'_>,
    part: Units<'_>,
    most: usize,
    found: impl FnMut(usize) -> Result<(), E>,
) -> Result<(), E> {
    with_units!(text, |text| match fit(part) {
        Some(part) => Search::each_back(text, &part, most, found),
        None => Ok(()),
    })
}

/// How often `part` lies in `text` without overlap, counting no more than `most`.
pub fn count(text: Units<'_>, part: Units<'_>, most: usize) -> usize {
    if part.is_empty() {
        return (text.len() + 1).min(most);
    }
    let mut count = 0;
    let Ok(()) = each(text, part, most, |_| {
        count += 1;
        Ok::<(), std::convert::Infallible>(())
    });
    count
}

/// Whether `text` has `part` at an index.
pub fn is_at(text: Units<'_>, index: usize, part: Units<'_>) -> bool {
    index
        .checked_add(part.len())
        .is_some_and(|end| end <= text.len())
        && match (text.slice(index, index + part.len()), part) {
            (Units::One(left), Units::One(right)) => left == right,
            (Units::Two(left), Units::Two(right)) => left == right,
            (Units::Four(left), Units::Four(right)) => left == right,
            (left, right) => left.iter().eq(right.iter()),
        }
}

/// Where wide units first lie in others.
fn find_wide<U: Unit>(text: &[U], part: &[U]) -> Option<usize> {
    let [first, rest @ ..] = part else {
        return Some(0);
    };
    if part.len() > text.len() {
        return None;
    }
    let mut budget = PATIENCE * text.len();
    let mut start = 0;
    let end = text.len() - rest.len();
    while let Some(skip) = text[start..end].iter().position(|unit| unit == first) {
        start += skip;
        let matching = text[start + 1..]
            .iter()
            .zip(rest)
            .take_while(|(left, right)| left == right)
            .count();
        if matching == rest.len() {
            return Some(start);
        }
        start += 1;
        match budget.checked_sub(matching) {
            Some(left) => budget = left,
            None => {
                return find_linear(text[start..].iter(), part.iter()).map(|index| start + index);
            }
        }
    }
    None
}

/// Where wide units last lie in others.
fn rfind_wide<U: Unit>(text: &[U], part: &[U]) -> Option<usize> {
    let [rest @ .., last] = part else {
        return Some(text.len());
    };
    if part.len() > text.len() {
        return None;
    }
    let mut budget = PATIENCE * text.len();
    let mut end = text.len();
    while let Some(index) = text[rest.len()..end].iter().rposition(|unit| unit == last) {
        let start = index;
        let matching = text[..start + rest.len()]
            .iter()
            .rev()
            .zip(rest.iter().rev())
            .take_while(|(l, r)| l == r)
            .count();
        if matching == rest.len() {
            return Some(start);
        }
        end = start + rest.len();
        match budget.checked_sub(matching) {
            Some(left) => budget = left,
            None => {
                let from_end = find_linear(text[..end].iter().rev(), part.iter().rev())?;
                return Some(end - from_end - part.len());
            }
        }
    }
    None
}

/// Knuth, Morris and Pratt's search: linear whatever the units are.
fn find_linear<'a, U: Unit>(
    text: impl Iterator<Item = &'a U>,
    part: impl ExactSizeIterator<Item = &'a U>,
) -> Option<usize> {
    let part: Vec<U> = part.copied().collect();
    // How long a proper prefix of the part ends where each of its prefixes does.
    let mut borders = vec![0; part.len()];
    let advance = |borders: &[usize], mut matched: usize, unit: U| {
        while matched > 0 && part[matched] != unit {
            matched = borders[matched - 1];
        }
        matched + usize::from(part[matched] == unit)
    };
    for index in 1..part.len() {
        borders[index] = advance(&borders, borders[index - 1], part[index]);
    }
    let mut matched = 0;
    for (index, &unit) in text.enumerate() {
        matched = advance(&borders, matched, unit);
        if matched == part.len() {
            return Some(index + 1 - part.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(text: &[u16], part: &[u16]) -> (Option<usize>, Option<usize>) {
        let is_there = |start: &usize| text[*start..].starts_with(part);
        (
            (0..=text.len()).find(is_there),
            (0..=text.len()).rev().find(is_there),
        )
    }

    #[test]
    fn wide_searches_agree_with_the_definition() {
        let words = |len: u32, bits: u32| {
            (0..len)
                .map(move |i| (bits >> i & 1) as u16 + 300)
                .collect::<Vec<_>>()
        };
        for text_bits in 0..1 << 9 {
            let text = words(9, text_bits);
            for len in 0..5 {
                for part_bits in 0..1 << len {
                    let part = words(len, part_bits);
                    assert_eq!(
                        (find_wide(&text, &part), rfind_wide(&text, &part)),
                        naive(&text, &part)
                    );
                }
            }
        }
    }

    #[test]
    fn the_linear_search_takes_over_from_the_simple_one() {
        let mut text = vec![700_u16; 5000];
        let mut part = vec![700_u16; 999];
        part.push(701);
        assert_eq!(find_wide(&text, &part), None);
        text.push(701);
        assert_eq!(find_wide(&text, &part), Some(4001));
        part.reverse();
        text.reverse();
        assert_eq!(rfind_wide(&text, &part), Some(0));
    }
}
