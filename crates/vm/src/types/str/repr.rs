//! How strings and bytes show themselves: quotes and escapes.

use super::builder::StrBuilder;
use super::data::{PyStr, StrKind, Unfinished, Units};
use super::unicode;
use crate::{PyResult, Ref, Vm};

const QUOTE: u32 = '\'' as u32;
const DOUBLE_QUOTE: u32 = '"' as u32;
const BACKSLASH: u32 = '\\' as u32;

/// The quote that needs the fewest escapes: a single one, unless only that occurs inside.
fn quote_for(has_single: bool, has_double: bool) -> u32 {
    if has_single && !has_double {
        DOUBLE_QUOTE
    } else {
        QUOTE
    }
}

/// `repr` of a string.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn of_str(vm: &Vm, text: &PyStr) -> PyResult<Ref<PyStr>> {
    if let Some(ascii) = text.as_str().map(str::as_bytes)
        && ascii
            .iter()
            .all(|&byte| matches!(byte, 0x20..0x7F) && byte != b'\'' && byte != b'\\')
    {
        let mut shown = Unfinished::new(vm, StrKind::Ascii, ascii.len() + 2)?;
        shown.fill(QUOTE, 1);
        shown.push_units(ascii);
        shown.fill(QUOTE, 1);
        return Ok(shown.finish());
    }
    let has = |wanted| text.code_points().any(|character| character == wanted);
    let quote = quote_for(has(QUOTE), has(DOUBLE_QUOTE));
    let mut shown = StrBuilder::new();
    shown.push_char(vm, quote)?;
    for character in text.code_points() {
        push_shown(vm, &mut shown, character, quote)?;
    }
    shown.push_char(vm, quote)?;
    shown.finish(vm)
}

fn push_shown(vm: &Vm, shown: &mut StrBuilder, character: u32, quote: u32) -> PyResult<()> {
    if let Some(letter) = short_escape(character, quote) {
        shown.push_char(vm, BACKSLASH)?;
        return shown.push_char(vm, letter);
    }
    if unicode::is_printable(character) {
        return shown.push_char(vm, character);
    }
    push_escape(vm, shown, character)
}

/// The letter behind the backslash, for characters that have one.
fn short_escape(character: u32, quote: u32) -> Option<u32> {
    match character {
        BACKSLASH => Some(BACKSLASH),
        0x09 => Some('t'.into()),
        0x0A => Some('n'.into()),
        0x0D => Some('r'.into()),
        _ => (character == quote).then_some(quote),
    }
}

/// Adds a character as `\x…`, `\u…` or `\U…`, whichever is the shortest.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn push_escape(vm: &Vm, shown: &mut StrBuilder, character: u32) -> PyResult<()> {
    shown.push_str(vm, &escaped(character))
}

/// A character as `\x…`, `\u…` or `\U…`, whichever is the shortest.
pub(crate) fn escaped(character: u32) -> String {
    match character {
        0..0x100 => format!("\\x{character:02x}"),
        0x100..0x1_0000 => format!("\\u{character:04x}"),
        _ => format!("\\U{character:08x}"),
    }
}

/// `repr` of bytes, between a prefix (as `bytearray(`) and a suffix.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn of_bytes(vm: &Vm, bytes: &[u8], prefix: &str, suffix: &str) -> PyResult<Ref<PyStr>> {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    let mut shown = StrBuilder::new();
    shown.push_str(vm, prefix)?;
    shown.push_char(vm, 'b'.into())?;
    shown.push_char(vm, quote)?;
    let mut rest = bytes;
    while let Some(&byte) = rest.first() {
        let is_plain =
            |&byte: &u8| matches!(byte, 0x20..0x7F) && short_escape(byte.into(), quote).is_none();
        let plain = rest
            .iter()
            .position(|byte| !is_plain(byte))
            .unwrap_or(rest.len());
        if plain > 0 {
            shown.push_units(vm, Units::One(&rest[..plain]))?;
            rest = &rest[plain..];
            continue;
        }
        match short_escape(byte.into(), quote) {
            Some(letter) => {
                shown.push_char(vm, BACKSLASH)?;
                shown.push_char(vm, letter)?;
            }
            None => push_escape(vm, &mut shown, byte.into())?,
        }
        rest = &rest[1..];
    }
    shown.push_char(vm, quote)?;
    shown.push_str(vm, suffix)?;
    shown.finish(vm)
}
