//! Where the parts of a text lie: splitting, stripping, lines, white space. For strings of all widths and for
//! bytes alike; what is a space or a line break is the caller's to say.

use super::search::Search;
use crate::PyResult;
use std::ops::Range;

/// Told of one part at a time.
pub type Emit<'a> = &'a mut dyn FnMut(Range<usize>) -> PyResult<()>;
/// A class of characters.
pub type Class = fn(u32) -> bool;

/// The parts between runs of white space, at most `most` splits from the front.
///
/// # Errors
/// What `emit` returns.
pub fn split_whitespace<U: Search>(
    text: &[U],
    is_space: Class,
    most: usize,
    emit: Emit<'_>,
) -> PyResult<()> {
    let space = |unit: &U| is_space((*unit).into());
    let mut at = skip(text, 0, space);
    let mut splits = 0;
    while at < text.len() {
        if splits == most {
            return emit(at..text.len());
        }
        let end = skip(text, at, |unit| !space(unit));
        emit(at..end)?;
        at = skip(text, end, space);
        splits += 1;
    }
    Ok(())
}

/// The index of the first unit from `from` on that `matches` does not hold for.
fn skip<U>(text: &[U], from: usize, matches: impl Fn(&U) -> bool) -> usize {
    text[from..]
        .iter()
        .position(|unit| !matches(unit))
        .map_or(text.len(), |skipped| from + skipped)
}

/// The parts between runs of white space, at most `most` splits from the back; the last part first.
///
/// # Errors
/// What `emit` returns.
pub fn rsplit_whitespace<U: Search>(
    text: &[U],
    is_space: Class,
    most: usize,
    emit: Emit<'_>,
) -> PyResult<()> {
    let space = |unit: &U| is_space((*unit).into());
    let mut end = skip_back(text, text.len(), space);
    let mut splits = 0;
    while end > 0 {
        if splits == most {
            return emit(0..end);
        }
        let start = skip_back(text, end, |unit| !space(unit));
        emit(start..end)?;
        end = skip_back(text, start, space);
        splits += 1;
    }
    Ok(())
}

/// Where the units before `from` for which `matches` holds begin.
fn skip_back<U>(text: &[U], from: usize, matches: impl Fn(&U) -> bool) -> usize {
    text[..from]
        .iter()
        .rposition(|unit| !matches(unit))
        .map_or(0, |last| last + 1)
}

/// The parts between occurrences of a separator, at most `most` splits from the front.
///
/// # Errors
/// What `emit` returns.
pub fn split<U: Search>(text: &[U], separator: &[U], most: usize, emit: Emit<'_>) -> PyResult<()> {
    let mut start = 0;
    U::each(text, separator, most, |at| {
        emit(start..at)?;
        start = at + separator.len();
        Ok::<(), crate::PyErr>(())
    })?;
    emit(start..text.len())
}

/// The parts between occurrences of a separator, at most `most` splits from the back; the last part first.
///
/// # Errors
/// What `emit` returns.
pub fn rsplit<U: Search>(text: &[U], separator: &[U], most: usize, emit: Emit<'_>) -> PyResult<()> {
    let mut end = text.len();
    U::each_back(text, separator, most, |at| {
        emit(at + separator.len()..end)?;
        end = at;
        Ok::<(), crate::PyErr>(())
    })?;
    emit(0..end)
}

/// The lines, with or without what ends them; a carriage return and a line feed end one line together.
///
/// # Errors
/// What `emit` returns.
pub fn lines<U: Search>(
    text: &[U],
    is_break: Class,
    keep_ends: bool,
    emit: Emit<'_>,
) -> PyResult<()> {
    let mut start = 0;
    while start < text.len() {
        let end = skip(text, start, |unit| !is_break((*unit).into()));
        let is_pair = text[end..]
            .iter()
            .take(2)
            .map(|&unit| unit.into())
            .eq([0x0D, 0x0A]);
        let next = (end + 1 + usize::from(is_pair)).min(text.len());
        emit(start..if keep_ends { next } else { end })?;
        start = next;
    }
    Ok(())
}

/// Which ends of a text to strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// `lstrip`
    Left,
    /// `rstrip`
    Right,
    /// `strip`
    Both,
}

/// What is left of a text without the units at its ends for which `strips` holds.
pub fn strip<U: Search>(text: &[U], ends: Ends, strips: impl Fn(u32) -> bool) -> Range<usize> {
    let strips = |unit: &U| strips((*unit).into());
    let start = if ends == Ends::Right {
        0
    } else {
        skip(text, 0, strips)
    };
    let end = if ends == Ends::Left {
        text.len()
    } else {
        skip_back(text, text.len(), strips)
    };
    start..end.max(start)
}

/// What a text with tabs becomes: parts of it, and blanks for a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expanded {
    /// The units from the first index up to the second.
    Part(usize, usize),
    /// This many blanks.
    Blanks(usize),
}

/// Calls `piece` for each piece of a text whose tabs go to the next multiple of `tab_size` columns.
///
/// # Errors
/// What `piece` returns.
pub fn expand_tabs<U: Search>(
    text: &[U],
    tab_size: usize,
    piece: &mut dyn FnMut(Expanded) -> PyResult<()>,
) -> PyResult<()> {
    let (mut start, mut column) = (0, 0);
    for (index, &unit) in text.iter().enumerate() {
        match unit.into() {
            0x09 => {
                piece(Expanded::Part(start, index))?;
                let blanks = if tab_size == 0 {
                    0
                } else {
                    tab_size - column % tab_size
                };
                piece(Expanded::Blanks(blanks))?;
                column += blanks;
                start = index + 1;
            }
            0x0A | 0x0D => column = 0,
            _ => column += 1,
        }
    }
    piece(Expanded::Part(start, text.len()))
}

/// Fits the bounds of a search, counted from the end if negative, to a length; `None` if they are crossed
/// or begin behind the end.
#[inline]
pub fn fit_bounds(start: isize, end: isize, len: usize) -> Option<Range<usize>> {
    let len = len.cast_signed();
    let from_end = |bound: isize| {
        if bound < 0 {
            (bound + len).max(0)
        } else {
            bound
        }
    };
    let (start, end) = (from_end(start), from_end(end.min(len)));
    (start <= end).then(|| start.cast_unsigned()..end.cast_unsigned())
}
