//! The encoders of UTF-8, ASCII, Latin-1, UTF-16 and UTF-32.

use super::errors::{self, Handler, Replacement};
use super::{Codec, Endian};
use crate::types::str::data::with_units;
use crate::types::str::{PyStr, Units};
use crate::{HeapVec, PyResult, Ref, Vm};

/// A text in an encoding.
///
/// # Errors
/// `UnicodeEncodeError`, `LookupError` for an unknown error handler, or what a handler raises.
pub fn encode(vm: &mut Vm, codec: Codec, text: &Ref<PyStr>, errors: &str) -> PyResult<HeapVec<u8>> {
    let mut encoder = Encoder { codec, text, out: HeapVec::new() };
    encoder.reserve(vm)?;
    encoder.byte_order_mark(vm)?;
    let mut handler = Handler::new(errors);
    let mut at = 0;
    while at < text.len() {
        at = encoder.plain(vm, at)?;
        if at < text.len() {
            at = encoder.error(vm, &mut handler, at)?;
        }
    }
    Ok(encoder.out)
}

struct Encoder<'a> {
    codec: Codec,
    text: &'a Ref<PyStr>,
    out: HeapVec<u8>,
}

impl Encoder<'_> {
    fn reserve(&mut self, vm: &Vm) -> PyResult<()> {
        let per_character = match self.codec {
            Codec::Utf8 | Codec::Ascii | Codec::Latin1 => 1,
            Codec::Utf16(_) => 2,
            Codec::Utf32(_) => 4,
        };
        let bytes = self.text.len().checked_mul(per_character).ok_or(crate::PyErr::OutOfMemory)?;
        Ok(self.out.reserve_exact(vm.heap(), bytes)?)
    }

    fn byte_order_mark(&mut self, vm: &Vm) -> PyResult<()> {
        match self.codec {
            Codec::Utf16(None) | Codec::Utf32(None) => self.push(vm, 0xFEFF),
            _ => Ok(()),
        }
    }

    /// Whether the encoding has the character.
    fn has(&self, character: u32) -> bool {
        match self.codec {
            Codec::Ascii => character < 0x80,
            Codec::Latin1 => character < 0x100,
            _ => !is_surrogate(character),
        }
    }

    /// Encodes what can be encoded from an index on; returns the index of what cannot.
    fn plain(&mut self, vm: &Vm, at: usize) -> PyResult<usize> {
        let units = self.text.units();
        let rest = units.slice(at, units.len());
        let end = with_units!(rest, |units| units.iter().position(|&unit| !self.has(unit.into())));
        let end = end.map_or(units.len(), |len| at + len);
        match (self.codec, units.slice(at, end)) {
            (Codec::Ascii | Codec::Latin1, Units::One(bytes)) => self.out.extend_from_copies(vm.heap(), bytes)?,
            (_, units) => {
                for character in units.iter() {
                    self.push(vm, character)?;
                }
            }
        }
        Ok(end)
    }

    /// Adds a character; surrogates as they are.
    fn push(&mut self, vm: &Vm, character: u32) -> PyResult<()> {
        let heap = vm.heap();
        match self.codec {
            Codec::Ascii | Codec::Latin1 => self.out.push(heap, character as u8)?,
            Codec::Utf8 => push_utf8(vm, &mut self.out, character)?,
            Codec::Utf16(endian) => push_utf16(vm, &mut self.out, character, endian)?,
            Codec::Utf32(endian) => {
                let bytes = if endian == Some(Endian::Big) { character.to_be_bytes() } else { character.to_le_bytes() };
                self.out.extend_from_copies(heap, &bytes)?;
            }
        }
        Ok(())
    }

    /// What stands in the way, as one error: a run of characters where CPython reports one.
    fn error_end(&self, start: usize) -> usize {
        match self.codec {
            Codec::Utf16(_) | Codec::Utf32(_) => start + 1,
            _ => {
                let units = self.text.units();
                let rest = units.slice(start, units.len());
                rest.iter().position(|character| self.has(character)).map_or(units.len(), |len| start + len)
            }
        }
    }

    fn reason(&self) -> &'static str {
        match self.codec {
            Codec::Ascii => "ordinal not in range(128)",
            Codec::Latin1 => "ordinal not in range(256)",
            _ => "surrogates not allowed",
        }
    }

    /// Has an error handled and adds the replacement; returns where to go on.
    fn error(&mut self, vm: &mut Vm, handler: &mut Handler<'_>, start: usize) -> PyResult<usize> {
        let end = self.error_end(start);
        let error = errors::EncodeError { encoding: self.codec.name(), text: self.text, start, end, reason: self.reason() };
        let (replacement, next) = handler.encode(vm, &error)?;
        match replacement {
            Replacement::Text(text) => {
                let fits = text.code_points().all(|c| c < 0x80 || self.codec == Codec::Latin1 && c < 0x100);
                if !fits {
                    return Err(error.raise(vm));
                }
                for character in text.code_points() {
                    self.push(vm, character)?;
                }
            }
            Replacement::Bytes(bytes) => {
                let unit = match self.codec {
                    Codec::Utf16(_) => 2,
                    Codec::Utf32(_) => 4,
                    _ => 1,
                };
                if bytes.len() % unit != 0 {
                    return Err(error.raise(vm));
                }
                self.out.extend_from_copies(vm.heap(), &bytes)?;
            }
        }
        Ok(next)
    }
}

/// Whether a code point is half of a UTF-16 pair.
pub(super) fn is_surrogate(character: u32) -> bool {
    (0xD800..0xE000).contains(&character)
}

/// Adds a character as UTF-8; surrogates as WTF-8.
///
/// # Errors
/// `OutOfMemory`.
pub fn push_utf8(vm: &Vm, out: &mut HeapVec<u8>, character: u32) -> PyResult<()> {
    let low = |shift: u32| 0x80 | (character >> shift) as u8 & 0x3F;
    let heap = vm.heap();
    Ok(match character {
        0..0x80 => out.push(heap, character as u8),
        0x80..0x800 => out.extend_from_copies(heap, &[0xC0 | (character >> 6) as u8, low(0)]),
        0x800..0x1_0000 => out.extend_from_copies(heap, &[0xE0 | (character >> 12) as u8, low(6), low(0)]),
        _ => out.extend_from_copies(heap, &[0xF0 | (character >> 18) as u8, low(12), low(6), low(0)]),
    }?)
}

fn push_utf16(vm: &Vm, out: &mut HeapVec<u8>, character: u32, endian: Option<Endian>) -> PyResult<()> {
    let mut push_unit = |unit: u32| {
        let unit = unit as u16;
        let bytes = if endian == Some(Endian::Big) { unit.to_be_bytes() } else { unit.to_le_bytes() };
        out.extend_from_copies(vm.heap(), &bytes)
    };
    match character.checked_sub(0x1_0000) {
        None => push_unit(character)?,
        Some(rest) => {
            push_unit(0xD800 | rest >> 10)?;
            push_unit(0xDC00 | rest & 0x3FF)?;
        }
    }
    Ok(())
}
