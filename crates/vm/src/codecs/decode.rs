//! The decoders of UTF-8, ASCII, Latin-1, UTF-16 and UTF-32.

use super::encode::is_surrogate;
use super::errors::{DecodeError, Handler};
use super::{Codec, Decoded, Endian};
use crate::types::bytes::PyBytes;
use crate::types::str::{PyStr, StrBuilder, Units};
use crate::{PyResult, Ref, Vm};

/// The text, if the bytes are valid and plain; `None` if a closer look is needed.
pub(super) fn decode_valid(vm: &Vm, codec: Codec, bytes: &[u8]) -> Option<PyResult<Ref<PyStr>>> {
    match codec {
        Codec::Latin1 => Some(vm.new_str_from_units(Units::One(bytes))),
        Codec::Ascii if !bytes.is_ascii() => None,
        Codec::Utf8 | Codec::Ascii => std::str::from_utf8(bytes).ok().map(|text| vm.new_str(text)),
        _ => None,
    }
}

/// What is wrong with some bytes.
pub(super) struct Invalid {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) reason: &'static str,
}

/// Where a decoder stops.
pub(super) enum Stop {
    /// Everything is decoded up to here; what follows, if anything, is incomplete.
    End(usize),
    /// Something is wrong.
    Invalid(Invalid),
}

/// Decodes bytes; unless `is_final`, an incomplete end is left.
///
/// # Errors
/// `UnicodeDecodeError`, `LookupError` for an unknown error handler, or what a handler raises.
pub fn decode(vm: &mut Vm, codec: Codec, bytes: &Ref<PyBytes>, errors: &str, is_final: bool) -> PyResult<Decoded> {
    let (codec, start) = by_byte_order_mark(codec, bytes);
    let name = codec.name();
    decode_with(vm, name, bytes, start, errors, |vm, bytes, at, out| match codec {
        Codec::Latin1 => {
            out.push_units(vm, Units::One(&bytes[at..]))?;
            Ok(Stop::End(bytes.len()))
        }
        Codec::Ascii => ascii(vm, bytes, at, out),
        Codec::Utf8 => utf8(vm, bytes, at, is_final, out),
        Codec::Utf16(endian) => utf16(vm, bytes, at, is_final, endian.unwrap_or(Endian::Little), out),
        Codec::Utf32(endian) => utf32(vm, bytes, at, is_final, endian.unwrap_or(Endian::Little), out),
    })
}

/// Runs a decoder, and the error handler wherever it stops because something is wrong.
///
/// `step` decodes from an index on, as far as it can.
///
/// # Errors
/// As [`decode`].
pub(super) fn decode_with(
    vm: &mut Vm,
    encoding: &'static str,
    bytes: &Ref<PyBytes>,
    start: usize,
    errors: &str,
    mut step: impl FnMut(&mut Vm, &[u8], usize, &mut StrBuilder) -> PyResult<Stop>,
) -> PyResult<Decoded> {
    let mut handler = Handler::new(errors);
    let mut out = StrBuilder::new();
    // A handler may exchange the bytes that are being decoded (`exception.object`).
    let mut bytes = bytes.clone();
    let mut at = start;
    loop {
        match step(vm, &bytes, at, &mut out)? {
            Stop::End(consumed) => return Ok(Decoded { text: out.finish(vm)?, consumed }),
            Stop::Invalid(Invalid { start, end, reason }) => {
                let error = DecodeError { encoding, bytes: &bytes, start, end, reason };
                let (replacement, next, exchanged) = handler.decode(vm, &error)?;
                out.push(vm, &replacement)?;
                at = next;
                if let Some(exchanged) = exchanged {
                    bytes = exchanged;
                }
            }
        }
    }
}

/// The codec that a byte order mark says, and where the text begins.
pub fn by_byte_order_mark(codec: Codec, bytes: &[u8]) -> (Codec, usize) {
    match (codec, bytes) {
        (Codec::Utf16(None), [0xFE, 0xFF, ..]) => (Codec::Utf16(Some(Endian::Big)), 2),
        (Codec::Utf16(None), [0xFF, 0xFE, ..]) => (Codec::Utf16(Some(Endian::Little)), 2),
        (Codec::Utf16(None), _) => (Codec::Utf16(Some(Endian::Little)), 0),
        (Codec::Utf32(None), [0, 0, 0xFE, 0xFF, ..]) => (Codec::Utf32(Some(Endian::Big)), 4),
        (Codec::Utf32(None), [0xFF, 0xFE, 0, 0, ..]) => (Codec::Utf32(Some(Endian::Little)), 4),
        (Codec::Utf32(None), _) => (Codec::Utf32(Some(Endian::Little)), 0),
        _ => (codec, 0),
    }
}

fn ascii(vm: &Vm, bytes: &[u8], at: usize, out: &mut StrBuilder) -> PyResult<Stop> {
    let plain = bytes[at..].iter().position(|byte| !byte.is_ascii()).map_or(bytes.len(), |len| at + len);
    out.push_units(vm, Units::One(&bytes[at..plain]))?;
    if plain == bytes.len() {
        return Ok(Stop::End(plain));
    }
    Ok(Stop::Invalid(Invalid { start: plain, end: plain + 1, reason: "ordinal not in range(128)" }))
}

fn utf8(vm: &Vm, bytes: &[u8], at: usize, is_final: bool, out: &mut StrBuilder) -> PyResult<Stop> {
    let rest = &bytes[at..];
    let error = match std::str::from_utf8(rest) {
        Ok(text) => {
            out.push_str(vm, text)?;
            return Ok(Stop::End(bytes.len()));
        }
        Err(error) => error,
    };
    let (valid, invalid) = rest.split_at(error.valid_up_to());
    if let Ok(text) = std::str::from_utf8(valid) {
        out.push_str(vm, text)?;
    }
    let start = at + valid.len();
    Ok(match error.error_len() {
        None if !is_final => Stop::End(start),
        None => Stop::Invalid(Invalid { start, end: bytes.len(), reason: "unexpected end of data" }),
        Some(len) => {
            let is_start = matches!(invalid[0], 0xC2..=0xF4);
            let reason = if is_start { "invalid continuation byte" } else { "invalid start byte" };
            Stop::Invalid(Invalid { start, end: start + len, reason })
        }
    })
}

fn unit16(bytes: &[u8], at: usize, endian: Endian) -> Option<u32> {
    let pair = [*bytes.get(at)?, *bytes.get(at + 1)?];
    Some(match endian {
        Endian::Little => u16::from_le_bytes(pair),
        Endian::Big => u16::from_be_bytes(pair),
    }
    .into())
}

fn utf16(
    vm: &Vm,
    bytes: &[u8],
    mut at: usize,
    is_final: bool,
    endian: Endian,
    out: &mut StrBuilder,
) -> PyResult<Stop> {
    let invalid = |start, end, reason| Ok(Stop::Invalid(Invalid { start, end, reason }));
    while at < bytes.len() {
        let Some(unit) = unit16(bytes, at, endian) else {
            return if is_final { invalid(at, bytes.len(), "truncated data") } else { Ok(Stop::End(at)) };
        };
        match unit {
            0xD800..0xDC00 => match unit16(bytes, at + 2, endian) {
                Some(low @ 0xDC00..0xE000) => {
                    out.push_char(vm, 0x1_0000 + ((unit & 0x3FF) << 10 | low & 0x3FF))?;
                    at += 4;
                }
                Some(_) => return invalid(at, at + 2, "illegal UTF-16 surrogate"),
                None if is_final => return invalid(at, bytes.len(), "unexpected end of data"),
                None => return Ok(Stop::End(at)),
            },
            0xDC00..0xE000 => return invalid(at, at + 2, "illegal encoding"),
            _ => {
                out.push_char(vm, unit)?;
                at += 2;
            }
        }
    }
    Ok(Stop::End(at))
}

fn utf32(
    vm: &Vm,
    bytes: &[u8],
    mut at: usize,
    is_final: bool,
    endian: Endian,
    out: &mut StrBuilder,
) -> PyResult<Stop> {
    let invalid = |start, end, reason| Ok(Stop::Invalid(Invalid { start, end, reason }));
    while at < bytes.len() {
        let Some(&unit) = bytes[at..].first_chunk::<4>() else {
            return if is_final { invalid(at, bytes.len(), "truncated data") } else { Ok(Stop::End(at)) };
        };
        let character = match endian {
            Endian::Little => u32::from_le_bytes(unit),
            Endian::Big => u32::from_be_bytes(unit),
        };
        if is_surrogate(character) {
            return invalid(at, at + 4, "code point in surrogate code point range(0xd800, 0xe000)");
        }
        if character >= crate::types::str::data::CODE_POINT_END {
            return invalid(at, at + 4, "code point not in range(0x110000)");
        }
        out.push_char(vm, character)?;
        at += 4;
    }
    Ok(Stop::End(at))
}
