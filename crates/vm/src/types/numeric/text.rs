//! The text of numbers: decimal digits of all scripts as ASCII, underscores, and where the text comes from.

use crate::types::bytes::PyBytes;
use crate::types::str::PyStr;
use crate::{PyRef, PyResult, Ref, Vm};
use std::borrow::Cow;

/// The code points of the digit zero in every script; the digits one to nine follow each (Unicode 16, `Nd`).
const ZEROS: [u32; 76] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66,
    0xDE6, 0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90,
    0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
    0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0,
    0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50,
    0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8,
    0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// The value of a decimal digit of any script.
pub fn decimal_digit(code_point: u32) -> Option<u8> {
    let after = ZEROS.partition_point(|&zero| zero <= code_point);
    let value = code_point - ZEROS.get(after.checked_sub(1)?)?;
    u8::try_from(value).ok().filter(|&value| value < 10)
}

/// The text of a number in ASCII: digits of other scripts become ASCII digits, other blanks a space, and
/// everything else that is not ASCII a character that no number has.
pub fn to_ascii(text: &Ref<PyStr>) -> Cow<'_, [u8]> {
    match text.as_str() {
        Some(ascii) => Cow::Borrowed(ascii.as_bytes()),
        None => Cow::Owned(text.code_points().map(ascii_for).collect()),
    }
}

fn ascii_for(code_point: u32) -> u8 {
    match u8::try_from(code_point) {
        Ok(ascii) if ascii.is_ascii() => ascii,
        _ => match decimal_digit(code_point) {
            Some(value) => b'0' + value,
            None if char::from_u32(code_point).is_some_and(char::is_whitespace) => b' ',
            None => b'?',
        },
    }
}

/// Whether C's `isspace` holds, which is what may surround a number.
pub fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0B' | b'\x0C' | b'\r')
}

/// The text without blanks at either end.
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// The text without its underscores; `None` if one is not between two digits.
pub fn without_underscores(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !text.contains(&b'_') {
        return Some(Cow::Borrowed(text));
    }
    let mut plain = Vec::with_capacity(text.len());
    let mut previous = b'_';
    for &byte in text {
        let fits = match (previous, byte) {
            (before, b'_') => before.is_ascii_digit(),
            (b'_', after) => after.is_ascii_digit() || plain.is_empty(),
            _ => true,
        };
        if !fits {
            return None;
        }
        if byte != b'_' {
            plain.push(byte);
        }
        previous = byte;
    }
    (previous != b'_').then_some(Cow::Owned(plain))
}

/// Where the text of a number can come from besides a string: bytes and what shows its bytes as a buffer.
///
/// Answers `None` for an object without bytes.
///
/// # Errors
/// What the object raises when asked for its buffer.
pub fn bytes_of(vm: &mut Vm, object: &PyRef) -> PyResult<Option<Ref<PyBytes>>> {
    if let Some(bytes) = object.downcast_ref::<PyBytes>() {
        return Ok(Some(bytes.clone()));
    }
    let Some(buffer) = vm.try_buffer(object)? else {
        return Ok(None);
    };
    let contents = buffer.to_bytes(vm);
    vm.new_bytes(&contents).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_every_script_have_values() {
        assert_eq!(decimal_digit(u32::from('7')), Some(7));
        assert_eq!(decimal_digit(0x0663), Some(3));
        assert_eq!(decimal_digit(0x1D7FF), Some(9));
        assert_eq!(decimal_digit(u32::from('a')), None);
        assert_eq!(decimal_digit(0), None);
        assert_eq!(decimal_digit(0x00B2), None);
    }

    #[test]
    fn underscores_stand_between_digits_only() {
        let plain = |text: &'static str| without_underscores(text.as_bytes()).map(Cow::into_owned);
        assert_eq!(plain("1_000.5_0e1_0"), Some(b"1000.50e10".to_vec()));
        for wrong in ["_1", "1_", "1__0", "1_.5", "1._5", "1e_5", "1_e5"] {
            assert_eq!(plain(wrong), None, "{wrong}");
        }
    }
}
