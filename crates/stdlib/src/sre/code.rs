//! The instructions that `re._compiler` emits, and what a single one of them says about a single character.
//!
//! A pattern is a slice of 32-bit words. Most instructions are an opcode and its operands; a *skip* operand counts the
//! words from itself to where the instruction's part ends. What is read here was checked by [`super::verify`].

use exuvia_vm::types::str::unicode;

/// What `re._constants` must agree with.
pub const MAGIC: i64 = 20_230_612;
/// Bytes of a word.
pub const CODE_SIZE: i64 = 4;
/// As the bound of a repetition: none.
pub const MAX_REPEAT: u32 = u32::MAX;
/// The most groups that a pattern can have.
pub const MAX_GROUPS: i64 = (MAX_REPEAT / 4) as i64;

macro_rules! numbers {
    ($($(#[$meta:meta])* $name:ident = $number:literal,)+) => {
        $($(#[$meta])* pub const $name: u32 = $number;)+
    };
}

/// Opcodes.
#[allow(missing_docs, reason = "the names are those of re._constants")]
pub mod op {
    numbers! {
        FAILURE = 0,
        SUCCESS = 1,
        ANY = 2,
        ANY_ALL = 3,
        ASSERT = 4,
        ASSERT_NOT = 5,
        AT = 6,
        BRANCH = 7,
        CATEGORY = 8,
        CHARSET = 9,
        BIGCHARSET = 10,
        GROUPREF = 11,
        GROUPREF_EXISTS = 12,
        IN = 13,
        INFO = 14,
        JUMP = 15,
        LITERAL = 16,
        MARK = 17,
        MAX_UNTIL = 18,
        MIN_UNTIL = 19,
        NOT_LITERAL = 20,
        NEGATE = 21,
        RANGE = 22,
        REPEAT = 23,
        REPEAT_ONE = 24,
        MIN_REPEAT_ONE = 26,
        ATOMIC_GROUP = 27,
        POSSESSIVE_REPEAT = 28,
        POSSESSIVE_REPEAT_ONE = 29,
        GROUPREF_IGNORE = 30,
        IN_IGNORE = 31,
        LITERAL_IGNORE = 32,
        NOT_LITERAL_IGNORE = 33,
        GROUPREF_LOC_IGNORE = 34,
        IN_LOC_IGNORE = 35,
        LITERAL_LOC_IGNORE = 36,
        NOT_LITERAL_LOC_IGNORE = 37,
        GROUPREF_UNI_IGNORE = 38,
        IN_UNI_IGNORE = 39,
        LITERAL_UNI_IGNORE = 40,
        NOT_LITERAL_UNI_IGNORE = 41,
        RANGE_UNI_IGNORE = 42,
    }
}

/// Places that [`op::AT`] asks for.
#[allow(missing_docs, reason = "the names are those of re._constants")]
pub mod at {
    numbers! {
        BEGINNING = 0,
        BEGINNING_LINE = 1,
        BEGINNING_STRING = 2,
        BOUNDARY = 3,
        NON_BOUNDARY = 4,
        END = 5,
        END_LINE = 6,
        END_STRING = 7,
        LOC_BOUNDARY = 8,
        LOC_NON_BOUNDARY = 9,
        UNI_BOUNDARY = 10,
        UNI_NON_BOUNDARY = 11,
    }
}

/// The number of categories: each is followed by its opposite.
pub const CATEGORY_COUNT: u32 = 18;

/// Bits in the second word of [`op::INFO`].
#[allow(missing_docs, reason = "the names are those of re._constants")]
pub mod info {
    numbers! {
        PREFIX = 1,
        LITERAL = 2,
        CHARSET = 4,
    }
}

/// Flags of a pattern.
#[allow(missing_docs, reason = "the names are those of re._constants")]
pub mod flag {
    numbers! {
        IGNORECASE = 2,
        LOCALE = 4,
        MULTILINE = 8,
        DOTALL = 16,
        UNICODE = 32,
        VERBOSE = 64,
        DEBUG = 128,
        ASCII = 256,
    }
}

/// Words of the bitmap of 256 characters.
pub const BITMAP_WORDS: usize = 8;
/// Words of the table of blocks of [`op::BIGCHARSET`].
pub const BLOCK_INDEX_WORDS: usize = 64;

/// The lower case of an ASCII letter; other characters are left alone.
#[inline]
pub fn lower_ascii(character: u32) -> u32 {
    u8::try_from(character).map_or(character, |byte| byte.to_ascii_lowercase().into())
}

/// The upper case of an ASCII letter; other characters are left alone.
#[inline]
fn upper_ascii(character: u32) -> u32 {
    u8::try_from(character).map_or(character, |byte| byte.to_ascii_uppercase().into())
}

/// The lower case of a character, the first one if there are several.
#[inline]
pub fn lower_unicode(character: u32) -> u32 {
    unicode::to_lower(character).as_slice()[0]
}

/// The upper case of a character, the first one if there are several.
#[inline]
pub fn upper_unicode(character: u32) -> u32 {
    unicode::to_upper(character).as_slice()[0]
}

/// Whether a character counts as part of a word in the language of ASCII (and of the C locale).
#[inline]
pub fn is_word_ascii(character: u32) -> bool {
    u8::try_from(character).is_ok_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a character counts as part of a word.
#[inline]
pub fn is_word_unicode(character: u32) -> bool {
    if character < 0x80 {
        return is_word_ascii(character);
    }
    unicode::is_alpha(character) || unicode::is_numeric(character)
}

const LINE_FEED: u32 = 0x0A;

/// Whether a character ends a line for `.`, `^` and `$`.
#[inline]
pub fn is_line_feed(character: u32) -> bool {
    character == LINE_FEED
}

/// Whether a character belongs to a category; the odd ones are the opposites.
#[inline]
fn is_in_category(category: u32, character: u32) -> bool {
    let belongs = match category >> 1 {
        0 => matches!(character, 0x30..=0x39),
        1 => matches!(character, 0x09..=0x0D | 0x20),
        // The words of a locale are those of ASCII: the C locale is the only one.
        2 | 4 => is_word_ascii(character),
        3 => is_line_feed(character),
        5 => unicode::is_decimal(character),
        6 => unicode::is_space(character),
        7 => is_word_unicode(character),
        _ => unicode::is_line_break(character),
    };
    belongs != (category & 1 == 1)
}

#[inline]
fn has_bit(bitmap: &[u32], character: u32) -> bool {
    bitmap[(character >> 5) as usize & (BITMAP_WORDS - 1)] >> (character & 31) & 1 == 1
}

/// Whether a character belongs to a set: the words from its first item to [`op::FAILURE`].
pub fn is_in_set(set: &[u32], character: u32) -> bool {
    let mut at = 0;
    let mut belongs = true;
    loop {
        let (is_hit, len) = match set[at] {
            op::NEGATE => {
                belongs = !belongs;
                (false, 1)
            }
            op::LITERAL => (set[at + 1] == character, 2),
            op::RANGE => ((set[at + 1]..=set[at + 2]).contains(&character), 3),
            op::RANGE_UNI_IGNORE => {
                let range = set[at + 1]..=set[at + 2];
                let upper = || upper_unicode(character);
                (range.contains(&character) || range.contains(&upper()), 3)
            }
            op::CATEGORY => (is_in_category(set[at + 1], character), 2),
            op::CHARSET => {
                let bitmap = &set[at + 1..];
                (
                    character < 0x100 && has_bit(bitmap, character),
                    1 + BITMAP_WORDS,
                )
            }
            op::BIGCHARSET => {
                let blocks = &set[at + 2..];
                (is_in_blocks(blocks, character), big_set_words(set[at + 1]))
            }
            _ => return !belongs,
        };
        if is_hit {
            return belongs;
        }
        at += len;
    }
}

/// The words of a [`op::BIGCHARSET`] with this many blocks.
pub fn big_set_words(blocks: u32) -> usize {
    2 + BLOCK_INDEX_WORDS + blocks as usize * BITMAP_WORDS
}

/// Looks a character up in a table of blocks (one byte each for the high byte of a character) and bitmaps.
fn is_in_blocks(table: &[u32], character: u32) -> bool {
    let Ok(character) = u16::try_from(character) else {
        return false;
    };
    let high = usize::from(character >> 8);
    let block = table[high / 4].to_le_bytes()[high % 4];
    let bitmap = &table[BLOCK_INDEX_WORDS + usize::from(block) * BITMAP_WORDS..];
    has_bit(bitmap, u32::from(character) & 0xFF)
}

/// Whether a character belongs to a set whatever its case is in ASCII: what the C locale means by case. A set that
/// says what does not belong to it must let both cases pass.
fn is_in_set_any_case(set: &[u32], character: u32) -> bool {
    let mut cases = [lower_ascii(character), upper_ascii(character)].into_iter();
    if set[0] == op::NEGATE {
        cases.all(|character| is_in_set(set, character))
    } else {
        cases.any(|character| is_in_set(set, character))
    }
}

fn is_same_letter(literal: u32, character: u32) -> bool {
    literal == character || literal == lower_ascii(character) || literal == upper_ascii(character)
}

/// Whether an instruction that eats one character eats this one; `None`: it is of another kind.
#[inline]
pub fn eats(code: &[u32], character: u32) -> Option<bool> {
    Some(match code[0] {
        op::LITERAL => code[1] == character,
        op::NOT_LITERAL => code[1] != character,
        op::IN => is_in_set(&code[2..], character),
        op::ANY => !is_line_feed(character),
        op::ANY_ALL => true,
        op::LITERAL_IGNORE => code[1] == lower_ascii(character),
        op::NOT_LITERAL_IGNORE => code[1] != lower_ascii(character),
        op::IN_IGNORE => is_in_set(&code[2..], lower_ascii(character)),
        op::LITERAL_UNI_IGNORE => code[1] == lower_unicode(character),
        op::NOT_LITERAL_UNI_IGNORE => code[1] != lower_unicode(character),
        op::IN_UNI_IGNORE => is_in_set(&code[2..], lower_unicode(character)),
        op::LITERAL_LOC_IGNORE => is_same_letter(code[1], character),
        op::NOT_LITERAL_LOC_IGNORE => !is_same_letter(code[1], character),
        op::IN_LOC_IGNORE => is_in_set_any_case(&code[2..], character),
        op::CATEGORY => is_in_category(code[1], character),
        _ => return None,
    })
}

/// The words of an instruction that eats one character.
#[inline]
pub fn unit_words(code: &[u32]) -> usize {
    match code[0] {
        op::ANY | op::ANY_ALL => 1,
        op::IN | op::IN_IGNORE | op::IN_UNI_IGNORE | op::IN_LOC_IGNORE => 1 + code[1] as usize,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_what_its_items_say() {
        let digits_and_x = [op::RANGE, 48, 57, op::LITERAL, 120, op::FAILURE];
        assert!(is_in_set(&digits_and_x, 53) && is_in_set(&digits_and_x, 120));
        assert!(!is_in_set(&digits_and_x, 121));
        let not_a = [op::NEGATE, op::LITERAL, 97, op::FAILURE];
        assert!(!is_in_set(&not_a, 97) && is_in_set(&not_a, 98));
    }

    #[test]
    fn digits_of_other_scripts_are_digits_in_unicode_only() {
        assert!(is_in_category(10, 0x663) && !is_in_category(0, 0x663));
        assert!(is_in_category(1, 0x663));
    }
}
