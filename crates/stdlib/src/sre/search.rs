//! Searching: which places of a text an attempt is worth making at.

use super::code::{self, info, op};
use super::matcher::{Matcher, Wanted};
use exuvia_vm::types::str::data::Units;
use exuvia_vm::types::str::search::Search;
use exuvia_vm::{Heap, OutOfMemory};
use std::ops::Range;

/// Where a character first lies.
#[inline]
pub fn find_unit<U: Search>(units: &[U], character: u32) -> Option<usize> {
    U::find(units, &[U::try_new(character)?])
}

/// How a pattern is applied to a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Only at the beginning.
    Match,
    /// Only at the beginning, and up to the end.
    FullMatch,
    /// At the first place where it matches.
    Search,
}

/// Applies a pattern to a text, from `start` on; answers which part of it matches.
///
/// `is_advancing` refuses an empty match at `start` itself.
///
/// # Errors
/// `OutOfMemory`.
pub fn apply(
    matcher: &mut Matcher,
    heap: &Heap,
    code: &[u32],
    text: Units<'_>,
    mode: Mode,
    start: usize,
    is_advancing: bool,
) -> Result<Option<Range<usize>>, OutOfMemory> {
    match text {
        Units::One(text) => apply_to(matcher, heap, code, text, mode, start, is_advancing),
        Units::Two(text) => apply_to(matcher, heap, code, text, mode, start, is_advancing),
        Units::Four(text) => apply_to(matcher, heap, code, text, mode, start, is_advancing),
    }
}

fn apply_to<U: Search>(
    matcher: &mut Matcher,
    heap: &Heap,
    code: &[u32],
    text: &[U],
    mode: Mode,
    start: usize,
    is_advancing: bool,
) -> Result<Option<Range<usize>>, OutOfMemory> {
    if start > text.len() {
        return Ok(None);
    }
    let mut searching = Searching {
        matcher,
        heap,
        code,
        text,
        body: Head::of(code).body,
        wanted: Wanted {
            is_full: mode == Mode::FullMatch,
            is_advancing,
        },
    };
    match mode {
        Mode::Match | Mode::FullMatch => searching.attempt(start),
        Mode::Search => searching.search(start),
    }
}

/// What the compiler says about a pattern at its beginning.
#[derive(Debug)]
struct Head<'a> {
    /// Where the instructions begin.
    body: usize,
    /// The fewest characters that the pattern matches.
    least: usize,
    hint: Hint<'a>,
}

/// How matches begin.
#[derive(Debug)]
enum Hint<'a> {
    /// Nothing is known.
    None,
    /// Only at the beginning of the text.
    Beginning,
    /// With these characters; the first `done` of them need not be looked at by the instructions again.
    Prefix {
        characters: &'a [u32],
        done: usize,
        /// They are all there is to the pattern.
        is_all: bool,
    },
    /// With a character of this set.
    Set(&'a [u32]),
}

impl<'a> Head<'a> {
    fn of(code: &'a [u32]) -> Self {
        if code[0] != op::INFO {
            return Self {
                body: 0,
                least: 0,
                hint: Hint::None,
            };
        }
        let (body, flags) = (1 + code[1] as usize, code[2]);
        let hint = if flags & info::PREFIX != 0 {
            Hint::Prefix {
                characters: &code[7..7 + code[5] as usize],
                done: code[6] as usize,
                is_all: flags & info::LITERAL != 0,
            }
        } else if flags & info::CHARSET != 0 {
            Hint::Set(&code[5..])
        } else if code[body..].starts_with(&[op::AT, code::at::BEGINNING])
            || code[body..].starts_with(&[op::AT, code::at::BEGINNING_STRING])
        {
            Hint::Beginning
        } else {
            Hint::None
        };
        Self {
            body,
            least: code[3] as usize,
            hint,
        }
    }
}

/// One search.
struct Searching<'a, U> {
    matcher: &'a mut Matcher,
    heap: &'a Heap,
    code: &'a [u32],
    text: &'a [U],
    body: usize,
    wanted: Wanted,
}

type Found = Result<Option<Range<usize>>, OutOfMemory>;

impl<U: Search> Searching<'_, U> {
    /// An attempt at one place.
    fn attempt(&mut self, start: usize) -> Found {
        self.attempt_from(start, self.body, start)
    }

    /// An attempt for which instructions before `pc` and characters before `pos` are known to match.
    fn attempt_from(&mut self, start: usize, pc: usize, pos: usize) -> Found {
        let end =
            self.matcher
                .attempt(self.heap, self.code, self.text, pc, start, pos, self.wanted)?;
        Ok(end.map(|end| start..end))
    }

    fn search(&mut self, start: usize) -> Found {
        let head = Head::of(self.code);
        let Some(last) = self.text.len().checked_sub(head.least) else {
            return Ok(None);
        };
        match head.hint {
            Hint::None => self.search_all(start, last),
            Hint::Beginning if start > 0 => Ok(None),
            Hint::Beginning => self.attempt(start),
            Hint::Prefix {
                characters,
                done,
                is_all,
            } => self.search_prefix(start, characters, done, is_all),
            Hint::Set(set) => self.search_set(start, set),
        }
    }

    fn search_all(&mut self, start: usize, last: usize) -> Found {
        for place in start..=last {
            if let Some(found) = self.attempt(place)? {
                return Ok(Some(found));
            }
            self.wanted.is_advancing = false;
        }
        Ok(None)
    }

    fn search_set(&mut self, start: usize, set: &[u32]) -> Found {
        self.wanted.is_advancing = false;
        let mut place = start;
        while let Some(skipped) = self.text[place..]
            .iter()
            .position(|&unit| code::is_in_set(set, unit.into()))
        {
            place += skipped;
            if let Some(found) = self.attempt(place)? {
                return Ok(Some(found));
            }
            place += 1;
        }
        Ok(None)
    }

    fn search_prefix(
        &mut self,
        start: usize,
        characters: &[u32],
        done: usize,
        is_all: bool,
    ) -> Found {
        let prefix: Option<Vec<U>> = characters.iter().map(|&c| U::try_new(c)).collect();
        let Some(prefix) = prefix else {
            return Ok(None);
        };
        self.wanted.is_advancing = false;
        self.matcher.reset();
        let mut place = start;
        while let Some(skipped) = U::find(&self.text[place..], &prefix) {
            place += skipped;
            if is_all {
                return Ok(Some(place..place + prefix.len()));
            }
            // Each of these characters is one instruction of two words.
            let found = self.attempt_from(place, self.body + 2 * done, place + done)?;
            if found.is_some() {
                return Ok(found);
            }
            place += 1;
        }
        Ok(None)
    }
}
