//! What is known about single characters: classes, case mappings, digits. The tables are in `unicode_data.rs`.

use super::unicode_data::{
    DECIMAL_ZEROS, EXPANSIONS, FOLD, LOWER, RUN_FLAGS, RUN_STARTS, TITLE, UPPER,
};

const ALPHA: u16 = 1;
const IS_LOWER: u16 = 1 << 1;
const IS_UPPER: u16 = 1 << 2;
const IS_TITLE: u16 = 1 << 3;
const SPACE: u16 = 1 << 4;
const PRINTABLE: u16 = 1 << 5;
const CASED: u16 = 1 << 6;
const CASE_IGNORABLE: u16 = 1 << 7;
/// Two bits: 1 numeric, 2 also a digit, 3 also decimal.
const NUMERIC_SHIFT: u16 = 8;
/// Two bits: 1 goes on an identifier, 2 also starts one.
const IDENTIFIER_SHIFT: u16 = 10;

/// The first value in a mapping that is an index into the expansions.
const EXPANDED: u32 = super::data::CODE_POINT_END;

/// The properties of the characters that nearly all text consists of.
static LATIN1_FLAGS: [u16; 256] = {
    let mut flags = [0; 256];
    let (mut character, mut run) = (0, 0);
    while character < 256 {
        while RUN_STARTS[run + 1] <= character as u32 {
            run += 1;
        }
        flags[character] = RUN_FLAGS[run];
        character += 1;
    }
    flags
};

#[inline]
fn flags(character: u32) -> u16 {
    match LATIN1_FLAGS.get(character as usize) {
        Some(flags) => *flags,
        None => RUN_FLAGS[RUN_STARTS.partition_point(|&start| start <= character) - 1],
    }
}

macro_rules! property {
    ($($(#[$meta:meta])* $name:ident = $bit:ident;)+) => {
        $(
            $(#[$meta])*
            #[inline]
            pub fn $name(character: u32) -> bool {
                flags(character) & $bit != 0
            }
        )+
    };
}
property! {
    /// A letter of any kind.
    is_alpha = ALPHA;
    /// Lower case.
    is_lower = IS_LOWER;
    /// Upper case.
    is_upper = IS_UPPER;
    /// Title case, as `ǅ`.
    is_title = IS_TITLE;
    /// White space, as `str.isspace` and `str.split` see it.
    is_space = SPACE;
    /// Shown as it is by `repr`.
    is_printable = PRINTABLE;
    /// Has case in any form.
    is_cased = CASED;
    /// Looked past when the context of a sigma is examined.
    is_case_ignorable = CASE_IGNORABLE;
}

/// A decimal digit.
pub fn is_decimal(character: u32) -> bool {
    flags(character) >> NUMERIC_SHIFT & 3 == 3
}

/// A digit, superscripts and the like included.
pub fn is_digit(character: u32) -> bool {
    flags(character) >> NUMERIC_SHIFT & 3 >= 2
}

/// Has a numeric value.
pub fn is_numeric(character: u32) -> bool {
    flags(character) >> NUMERIC_SHIFT & 3 >= 1
}

/// May start an identifier.
pub fn starts_identifier(character: u32) -> bool {
    character == u32::from('_') || flags(character) >> IDENTIFIER_SHIFT & 3 == 2
}

/// May stand in an identifier.
pub fn continues_identifier(character: u32) -> bool {
    flags(character) >> IDENTIFIER_SHIFT & 3 != 0
}

/// Ends a line, as `str.splitlines` sees it.
#[inline]
pub fn is_line_break(character: u32) -> bool {
    matches!(character, 0x0A..=0x0D | 0x1C..=0x1E | 0x85 | 0x2028 | 0x2029)
}

/// The value of a decimal digit of any script.
pub fn decimal_value(character: u32) -> Option<u32> {
    let index = DECIMAL_ZEROS
        .partition_point(|&zero| zero <= character)
        .checked_sub(1)?;
    let value = character - DECIMAL_ZEROS[index];
    (value < 10).then_some(value)
}

/// What a character is mapped to: one to three characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    characters: [u32; 3],
    len: u8,
}

impl Mapped {
    #[inline]
    pub(super) fn one(character: u32) -> Self {
        Self {
            characters: [character, 0, 0],
            len: 1,
        }
    }

    /// The characters.
    #[inline]
    pub fn as_slice(&self) -> &[u32] {
        &self.characters[..usize::from(self.len)]
    }
}

fn mapped(table: &[(u32, u32)], character: u32) -> Option<Mapped> {
    let index = table
        .binary_search_by_key(&character, |(from, _)| *from)
        .ok()?;
    let (_, to) = table[index];
    if to < EXPANDED {
        return Some(Mapped::one(to));
    }
    let characters = EXPANSIONS[(to - EXPANDED) as usize];
    let len = if characters[2] == 0 { 2 } else { 3 };
    Some(Mapped { characters, len })
}

/// The lower case of a character, out of context.
#[inline]
pub fn to_lower(character: u32) -> Mapped {
    match u8::try_from(character) {
        Ok(byte @ 0..0x80) => Mapped::one(byte.to_ascii_lowercase().into()),
        _ => mapped(&LOWER, character).unwrap_or(Mapped::one(character)),
    }
}

/// The upper case of a character.
#[inline]
pub fn to_upper(character: u32) -> Mapped {
    match u8::try_from(character) {
        Ok(byte @ 0..0x80) => Mapped::one(byte.to_ascii_uppercase().into()),
        _ => mapped(&UPPER, character).unwrap_or(Mapped::one(character)),
    }
}

/// The title case of a character.
pub fn to_title(character: u32) -> Mapped {
    if character < 0x80 {
        to_upper(character)
    } else {
        mapped(&TITLE, character).unwrap_or(to_upper(character))
    }
}

/// A character as comparisons without regard to case see it.
pub fn fold(character: u32) -> Mapped {
    if character < 0x80 {
        to_lower(character)
    } else {
        mapped(&FOLD, character).unwrap_or(to_lower(character))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(mapped: Mapped) -> String {
        mapped
            .as_slice()
            .iter()
            .filter_map(|&c| char::from_u32(c))
            .collect()
    }

    #[test]
    fn maps_case_with_expansions() {
        let all = |c: char| [to_lower, to_upper, to_title, fold].map(|map| text(map(c.into())));
        assert_eq!(all('ß'), ["ß", "SS", "Ss", "ss"]);
        assert_eq!(all('ǆ'), ["ǆ", "Ǆ", "ǅ", "ǆ"]);
        assert_eq!(all('A'), ["a", "A", "A", "a"]);
        // Escapes, because an editor may compose these characters.
        let upper = "\u{399}\u{308}\u{301}";
        assert_eq!(
            all('\u{390}'),
            ["\u{390}", upper, upper, "\u{3b9}\u{308}\u{301}"]
        );
    }

    #[test]
    fn knows_classes_and_digits() {
        assert!(
            is_alpha('é'.into())
                && !is_alpha('1'.into())
                && is_space(0x2003)
                && !is_printable(0x7F)
        );
        assert!(
            is_numeric('½'.into())
                && !is_digit('½'.into())
                && is_digit('²'.into())
                && !is_decimal('²'.into())
        );
        assert_eq!(decimal_value('٣'.into()), Some(3));
        assert_eq!(decimal_value('a'.into()), None);
        assert!(!is_printable(0x10FFFF) && is_printable('🥹'.into()));
    }
}
