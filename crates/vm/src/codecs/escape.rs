//! Backslash escapes: `unicode_escape`, `raw_unicode_escape`, and those of bytes literals.

use super::Decoded;
use super::decode::{Invalid, Stop, decode_with};
use crate::types::bytes::PyBytes;
use crate::types::str::data::CODE_POINT_END;
use crate::types::str::repr::escaped;
use crate::types::str::{PyStr, StrBuilder, Units};
use crate::{HeapVec, PyResult, Ref, Vm};

/// The text with everything that is not printable ASCII escaped.
///
/// # Errors
/// `OutOfMemory`.
pub fn encode_unicode_escape(vm: &Vm, text: &PyStr) -> PyResult<HeapVec<u8>> {
    let mut out = HeapVec::new();
    for character in text.code_points() {
        match character {
            0x5C => out.extend_from_copies(vm.heap(), b"\\\\")?,
            0x09 => out.extend_from_copies(vm.heap(), b"\\t")?,
            0x0A => out.extend_from_copies(vm.heap(), b"\\n")?,
            0x0D => out.extend_from_copies(vm.heap(), b"\\r")?,
            0x20..0x7F => out.push(vm.heap(), character as u8)?,
            _ => out.extend_from_copies(vm.heap(), escaped(character).as_bytes())?,
        }
    }
    Ok(out)
}

/// The text as Latin-1, with what that does not have escaped.
///
/// # Errors
/// `OutOfMemory`.
pub fn encode_raw_unicode_escape(vm: &Vm, text: &PyStr) -> PyResult<HeapVec<u8>> {
    let mut out = HeapVec::new();
    for character in text.code_points() {
        match u8::try_from(character) {
            Ok(byte) => out.push(vm.heap(), byte)?,
            Err(_) => out.extend_from_copies(vm.heap(), escaped(character).as_bytes())?,
        }
    }
    Ok(out)
}

/// Decodes Latin-1 with all escapes of a string literal.
///
/// # Errors
/// `UnicodeDecodeError`, `LookupError` for an unknown error handler, or what a handler raises.
pub fn decode_unicode_escape(vm: &mut Vm, bytes: &Ref<PyBytes>, errors: &str, is_final: bool) -> PyResult<Decoded> {
    decode_with(vm, "unicodeescape", bytes, 0, errors, |vm, bytes, at, out| {
        decode_escapes(vm, bytes, at, out, is_final, |bytes, start| match bytes[start + 1] {
            b'N' => named_escape(bytes, start),
            b'x' => hex_escape(bytes, start, 2, "truncated \\xXX escape", "illegal Unicode character"),
            b'u' => hex_escape(bytes, start, 4, "truncated \\uXXXX escape", "illegal Unicode character"),
            b'U' => hex_escape(bytes, start, 8, "truncated \\UXXXXXXXX escape", "illegal Unicode character"),
            _ => match simple_escape(bytes, start) {
                Some((character, len)) => Escape::Done(character, len),
                None => Escape::None(1),
            },
        })
    })
}

/// Decodes Latin-1 with the escapes `\u` and `\U`.
///
/// # Errors
/// As [`decode_unicode_escape`].
pub fn decode_raw_unicode_escape(vm: &mut Vm, bytes: &Ref<PyBytes>, errors: &str, is_final: bool) -> PyResult<Decoded> {
    decode_with(vm, "rawunicodeescape", bytes, 0, errors, |vm, bytes, at, out| {
        decode_escapes(vm, bytes, at, out, is_final, |bytes, start| match bytes[start + 1] {
            b'u' => hex_escape(bytes, start, 4, "truncated \\uXXXX escape", ""),
            b'U' => hex_escape(bytes, start, 8, "truncated \\UXXXXXXXX escape", "\\Uxxxxxxxx out of range"),
            // A backslash and what follows it stand for themselves, also if that is a backslash.
            _ => Escape::None(2),
        })
    })
}

/// What a backslash begins.
enum Escape {
    /// A character, and how many bytes stand for it (0 characters: a line that is continued).
    Done(Option<u32>, usize),
    /// Nothing: this many bytes stand for themselves.
    None(usize),
    /// More than there is. The message is for the end of the bytes.
    Incomplete(usize, &'static str),
    /// Something wrong.
    Invalid(usize, &'static str),
}

/// Decodes up to what is wrong. `escape` looks at a backslash that has a byte behind it.
fn decode_escapes(
    vm: &Vm,
    bytes: &[u8],
    mut at: usize,
    out: &mut StrBuilder,
    is_final: bool,
    escape: impl Fn(&[u8], usize) -> Escape,
) -> PyResult<Stop> {
    loop {
        let backslash = memchr::memchr(b'\\', &bytes[at..]).map_or(bytes.len(), |len| at + len);
        out.push_units(vm, Units::One(&bytes[at..backslash]))?;
        if backslash == bytes.len() {
            return Ok(Stop::End(backslash));
        }
        let found = if backslash + 1 < bytes.len() {
            escape(bytes, backslash)
        } else {
            Escape::Incomplete(1, "\\ at end of string")
        };
        match found {
            Escape::Done(character, len) => {
                if let Some(character) = character {
                    out.push_char(vm, character)?;
                }
                at = backslash + len;
            }
            Escape::None(len) => {
                out.push_units(vm, Units::One(&bytes[backslash..backslash + len]))?;
                at = backslash + len;
            }
            Escape::Incomplete(_, _) if !is_final => return Ok(Stop::End(backslash)),
            Escape::Incomplete(len, reason) | Escape::Invalid(len, reason) => {
                return Ok(Stop::Invalid(Invalid { start: backslash, end: backslash + len, reason }));
            }
        }
    }
}

/// An escape of one letter or of up to three octal digits; the backslash is at `start`.
fn simple_escape(bytes: &[u8], start: usize) -> Option<(Option<u32>, usize)> {
    let letter = bytes[start + 1];
    let character = match letter {
        b'\n' => return Some((None, 2)),
        b'\\' | b'\'' | b'"' => letter,
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0B,
        b'0'..=b'7' => {
            let digits = bytes[start + 1..].iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7'));
            let value = digits.clone().fold(0, |value, digit| value * 8 + u32::from(digit - b'0'));
            return Some((Some(value), 1 + digits.count()));
        }
        _ => return None,
    };
    Some((Some(character.into()), 2))
}

/// An escape of a fixed number of hexadecimal digits.
fn hex_escape(bytes: &[u8], start: usize, digits: usize, truncated: &'static str, too_big: &'static str) -> Escape {
    let behind = &bytes[start + 2..];
    let mut value: u32 = 0;
    for index in 0..digits {
        let digit = match behind.get(index) {
            None => return Escape::Incomplete(2 + index, truncated),
            Some(&byte) => char::from(byte).to_digit(16),
        };
        match digit {
            None => return Escape::Invalid(2 + index, truncated),
            Some(digit) => value = value << 4 | digit,
        }
    }
    if value >= CODE_POINT_END {
        return Escape::Invalid(2 + digits, too_big);
    }
    Escape::Done(Some(value), 2 + digits)
}

/// `\N{name}`
fn named_escape(bytes: &[u8], start: usize) -> Escape {
    const MALFORMED: &str = "malformed \\N character escape";
    match bytes.get(start + 2) {
        None => return Escape::Incomplete(2, MALFORMED),
        Some(b'{') => {}
        Some(_) => return Escape::Invalid(2, MALFORMED),
    }
    let Some(len) = memchr::memchr(b'}', &bytes[start + 3..]) else {
        return Escape::Incomplete(bytes.len() - start, MALFORMED);
    };
    if len == 0 {
        return Escape::Invalid(3, MALFORMED);
    }
    let name = std::str::from_utf8(&bytes[start + 3..start + 3 + len]).ok();
    match name.and_then(unicode_names2::character) {
        Some(character) => Escape::Done(Some(character.into()), len + 4),
        None => Escape::Invalid(len + 4, "unknown Unicode character name"),
    }
}

/// The bytes that a bytes literal with this inside stands for.
///
/// # Errors
/// `ValueError` for a wrong escape, unless `errors` says otherwise.
pub fn decode_bytes_escape(vm: &Vm, bytes: &[u8], errors: &str) -> PyResult<HeapVec<u8>> {
    let mut out = HeapVec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            out.push(vm.heap(), bytes[at])?;
            at += 1;
        } else if at + 1 == bytes.len() {
            return Err(vm.value_error("Trailing \\ in string"));
        } else if bytes[at + 1] == b'x' {
            at += bytes_hex_escape(vm, bytes, at, errors, &mut out)?;
        } else if let Some((character, len)) = simple_escape(bytes, at) {
            if let Some(character) = character {
                // An octal escape above 0o377 loses its ninth bit.
                out.push(vm.heap(), character as u8)?;
            }
            at += len;
        } else {
            out.push(vm.heap(), b'\\')?;
            at += 1;
        }
    }
    Ok(out)
}

fn bytes_hex_escape(vm: &Vm, bytes: &[u8], at: usize, errors: &str, out: &mut HeapVec<u8>) -> PyResult<usize> {
    let (len, replacement) = match hex_escape(bytes, at, 2, "", "") {
        Escape::Done(Some(value), len) => {
            out.push(vm.heap(), value as u8)?;
            return Ok(len);
        }
        Escape::Incomplete(len, _) | Escape::Invalid(len, _) => (len, errors),
        Escape::Done(None, len) | Escape::None(len) => (len, "ignore"),
    };
    match replacement {
        "strict" => Err(vm.value_error(format!("invalid \\x escape at position {at}"))),
        "replace" => {
            out.push(vm.heap(), b'?')?;
            Ok(len)
        }
        "ignore" => Ok(len),
        _ => Err(vm.value_error(format!("decoding error; unknown error handling code: {errors}"))),
    }
}

/// The inside of a bytes literal for these bytes.
///
/// # Errors
/// `OutOfMemory`.
pub fn encode_bytes_escape(vm: &Vm, bytes: &[u8]) -> PyResult<HeapVec<u8>> {
    let mut out = HeapVec::new();
    for &byte in bytes {
        match byte {
            b'\\' => out.extend_from_copies(vm.heap(), b"\\\\")?,
            b'\'' => out.extend_from_copies(vm.heap(), b"\\'")?,
            b'\t' => out.extend_from_copies(vm.heap(), b"\\t")?,
            b'\n' => out.extend_from_copies(vm.heap(), b"\\n")?,
            b'\r' => out.extend_from_copies(vm.heap(), b"\\r")?,
            0x20..0x7F => out.push(vm.heap(), byte)?,
            _ => out.extend_from_copies(vm.heap(), escaped(byte.into()).as_bytes())?,
        }
    }
    Ok(out)
}
