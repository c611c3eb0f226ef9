//! What is known about single characters, in Unicode 16 and in Unicode 3.2. The tables are in `tables.rs`.

use super::tables::{
    BIDI, CATEGORIES, DECOMPOSITIONS, NUMBERS, OLD_NORMAL_FORMS, OLD_NUMBERS, OLD_RUNS, RECORDS,
    RUNS, TAGS, TEXTS, WIDTHS,
};

/// First character of a run, index of its record.
pub(super) type Run = (u32, u16);
/// Category, bidirectional class, width, combining class, whether mirrored.
pub(super) type Record = (u8, u8, u8, u8, bool);
/// First character of a run, how many, kind, value of the first.
pub(super) type Number = (u32, u8, u8, f64);
/// Character, tag, first and number of its texts.
pub(super) type Decomposition = (u32, u8, u16, u8);

/// The first syllable of Hangul, and how they are composed.
pub(super) mod hangul {
    pub(in super::super) const FIRST: u32 = 0xAC00;
    pub(in super::super) const LEADS: u32 = 0x1100;
    pub(in super::super) const VOWELS: u32 = 0x1161;
    /// One before the first trailing consonant.
    pub(in super::super) const TRAILS: u32 = 0x11A7;
    pub(in super::super) const LEAD_COUNT: u32 = 19;
    pub(in super::super) const VOWEL_COUNT: u32 = 21;
    pub(in super::super) const TRAIL_COUNT: u32 = 28;
    pub(in super::super) const COUNT: u32 = LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT;
}

/// Which version of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    /// The newest.
    Current,
    /// Unicode 3.2, which internationalized domain names are defined with.
    Old,
}

/// What the value of a character is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) number: f64,
    pub(super) is_digit: bool,
    pub(super) is_decimal: bool,
}

/// What a character is made of.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    /// Empty: the decomposition is canonical.
    pub(super) tag: &'static str,
    /// The letters of a syllable of Hangul, which are computed.
    texts: [u32; 3],
    /// All others.
    long: Option<&'static [u32]>,
    count: usize,
}

impl Parts {
    fn of(row: &Decomposition) -> Self {
        let (_, tag, first, count) = *row;
        let texts = &TEXTS[usize::from(first)..usize::from(first) + usize::from(count)];
        Self {
            tag: TAGS[usize::from(tag)],
            texts: [0; 3],
            long: Some(texts),
            count: texts.len(),
        }
    }

    /// The letters of a syllable.
    fn of_syllable(index: u32) -> Self {
        use hangul::{LEADS, TRAIL_COUNT, TRAILS, VOWEL_COUNT, VOWELS};
        let (lead, rest) = (
            index / (VOWEL_COUNT * TRAIL_COUNT),
            index % (VOWEL_COUNT * TRAIL_COUNT),
        );
        let trail = rest % TRAIL_COUNT;
        let texts = [LEADS + lead, VOWELS + rest / TRAIL_COUNT, TRAILS + trail];
        Self {
            tag: "",
            texts,
            long: None,
            count: if trail == 0 { 2 } else { 3 },
        }
    }

    /// The characters.
    pub(super) fn characters(&self) -> &[u32] {
        self.long.unwrap_or_else(|| &self.texts[..self.count])
    }
}

impl Age {
    fn record(self, character: u32) -> &'static Record {
        let runs: &[Run] = match self {
            Self::Current => &RUNS,
            Self::Old => &OLD_RUNS,
        };
        let after = runs.partition_point(|&(start, _)| start <= character);
        &RECORDS[usize::from(runs[after - 1].1)]
    }

    /// `Lu` and so on.
    pub(super) fn category(self, character: u32) -> &'static str {
        CATEGORIES[usize::from(self.record(character).0)]
    }

    /// Whether the version knows the character.
    pub(super) fn knows(self, character: u32) -> bool {
        self == Self::Current || self.category(character) != "Cn"
    }

    /// `L`, `R` and so on; empty if there is none.
    pub(super) fn bidirectional(self, character: u32) -> &'static str {
        BIDI[usize::from(self.record(character).1)]
    }

    /// `W`, `Na` and so on.
    pub(super) fn width(self, character: u32) -> &'static str {
        WIDTHS[usize::from(self.record(character).2)]
    }

    /// The canonical combining class.
    pub(super) fn combining(self, character: u32) -> u8 {
        self.record(character).3
    }

    /// Whether the character is mirrored in text from right to left.
    pub(super) fn is_mirrored(self, character: u32) -> bool {
        self.record(character).4
    }

    /// The character's value as a number.
    pub(super) fn value(self, character: u32) -> Option<Value> {
        if !self.knows(character) {
            return None;
        }
        let old = match self {
            Self::Current => None,
            Self::Old => number_in(&OLD_NUMBERS, character),
        };
        let (kind, number) = old.or_else(|| number_in(&NUMBERS, character))?;
        (kind != 0).then_some(Value {
            number,
            is_digit: kind >= 2,
            is_decimal: kind == 3,
        })
    }

    /// What the character is made of.
    pub(super) fn decomposition(self, character: u32) -> Option<Parts> {
        if !self.knows(character) {
            return None;
        }
        let syllable = character.wrapping_sub(hangul::FIRST);
        if syllable < hangul::COUNT {
            return Some(Parts::of_syllable(syllable));
        }
        parts_in(&DECOMPOSITIONS, character)
    }

    /// The same for normalization, which in 3.2 knows corrections of single characters.
    pub(super) fn normal_parts(self, character: u32) -> Option<Parts> {
        if self == Self::Old
            && let Some(parts) = parts_in(&OLD_NORMAL_FORMS, character)
        {
            return Some(parts);
        }
        self.decomposition(character)
    }
}

fn number_in(table: &[Number], character: u32) -> Option<(u8, f64)> {
    let after = table.partition_point(|&(start, ..)| start <= character);
    let &(start, count, kind, first) = table[..after].last()?;
    let since = character - start;
    (since < u32::from(count)).then(|| (kind, first + f64::from(since)))
}

fn parts_in(table: &[Decomposition], character: u32) -> Option<Parts> {
    let found = table.binary_search_by_key(&character, |row| row.0).ok()?;
    Some(Parts::of(&table[found]))
}
