//! Text to bytes and back: the codecs that every program needs, error handlers, and the registry for others.
//!
//! Start at [`encode_to_bytes`] and [`decode_object`], what `str.encode` and `bytes.decode` do. The codecs
//! themselves are in `encode.rs`, `decode.rs`, `escape.rs` and `charmap.rs`; each decoder tells how many bytes it
//! used, so that the module `_codecs` can decode piece by piece. [`errors`] has the error handlers, [`registry`]
//! what Python code has registered.

pub mod charmap;
pub mod decode;
pub mod encode;
pub mod errors;
pub mod escape;
pub mod registry;

pub use registry::Registry;

use crate::types::bytes::PyBytes;
use crate::types::str::PyStr;
use crate::{HeapVec, PyErr, PyRef, PyResult, Ref, Vm};

/// The order of the bytes of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// The least significant byte comes first.
    Little,
    /// The most significant byte comes first.
    Big,
}

/// A codec that needs no registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// UTF-8.
    Utf8,
    /// ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// UTF-16; `None`: as the byte order mark says, which is written little-endian.
    Utf16(Option<Endian>),
    /// UTF-32, likewise.
    Utf32(Option<Endian>),
}

impl Codec {
    /// The codec of a name that everybody uses; others are the registry's.
    pub fn named(name: &str) -> Option<Self> {
        // The names that programs nearly always use need no normalizing.
        match name {
            "utf-8" | "utf8" | "UTF-8" => return Some(Self::Utf8),
            "ascii" => return Some(Self::Ascii),
            "latin-1" | "latin1" => return Some(Self::Latin1),
            _ => {}
        }
        Some(match normalized(name).as_str() {
            "utf_8" | "utf8" => Self::Utf8,
            "ascii" | "us_ascii" => Self::Ascii,
            "latin_1" | "latin1" | "iso_8859_1" | "iso8859_1" => Self::Latin1,
            "utf_16" | "utf16" => Self::Utf16(None),
            "utf_16_le" | "utf_16le" => Self::Utf16(Some(Endian::Little)),
            "utf_16_be" | "utf_16be" => Self::Utf16(Some(Endian::Big)),
            "utf_32" | "utf32" => Self::Utf32(None),
            "utf_32_le" | "utf_32le" => Self::Utf32(Some(Endian::Little)),
            "utf_32_be" | "utf_32be" => Self::Utf32(Some(Endian::Big)),
            _ => return None,
        })
    }

    /// The name that error messages give.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Ascii => "ascii",
            Self::Latin1 => "latin-1",
            Self::Utf16(None) => "utf-16",
            Self::Utf16(Some(Endian::Little)) => "utf-16-le",
            Self::Utf16(Some(Endian::Big)) => "utf-16-be",
            Self::Utf32(None) => "utf-32",
            Self::Utf32(Some(Endian::Little)) => "utf-32-le",
            Self::Utf32(Some(Endian::Big)) => "utf-32-be",
        }
    }
}

/// The name of an encoding in lower case, with one underscore for each run of anything but letters, digits and dots.
pub fn normalized(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    let mut is_gap = false;
    for character in name.chars() {
        if character.is_ascii_alphanumeric() || character == '.' {
            if is_gap && !normal.is_empty() {
                normal.push('_');
            }
            is_gap = false;
            normal.push(character.to_ascii_lowercase());
        } else {
            is_gap = true;
        }
    }
    normal
}

/// `text.encode(encoding, errors)`: a bytes object.
///
/// # Errors
/// `LookupError` for an unknown encoding or error handler, `UnicodeEncodeError`, or what a handler raises.
pub fn encode_to_bytes(vm: &mut Vm, text: &Ref<PyStr>, encoding: &str, errors: &str) -> PyResult {
    let Some(codec) = Codec::named(encoding) else {
        return registry::encode_text(vm, text, encoding, errors);
    };
    if let (Some(ascii), Codec::Utf8 | Codec::Ascii | Codec::Latin1) = (text.as_str(), codec) {
        return Ok(vm.new_bytes(ascii.as_bytes())?.into_any());
    }
    let bytes = encode::encode(vm, codec, text, errors)?;
    Ok(vm.new_bytes(&bytes)?.into_any())
}

/// `object.decode(encoding, errors)` of an object that supports the buffer protocol.
///
/// # Errors
/// `LookupError` for an unknown encoding or error handler, `UnicodeDecodeError`, or what a handler raises.
pub fn decode_object(
    vm: &mut Vm,
    object: &PyRef,
    encoding: &str,
    errors: &str,
) -> PyResult<Ref<PyStr>> {
    let Some(codec) = Codec::named(encoding) else {
        return registry::decode_text(vm, object, encoding, errors);
    };
    let bytes = vm.bytes_like(object)?;
    if let Some(text) = decode::decode_valid(vm, codec, &bytes.get(vm)) {
        return text;
    }
    // An error handler may run Python: what it sees must stand still, so the bytes go into an object.
    let bytes = match bytes {
        crate::types::memoryview::BytesLike::Bytes(bytes) => bytes,
        buffer => vm.new_bytes(&buffer.get(vm))?,
    };
    Ok(decode::decode(vm, codec, &bytes, errors, true)?.text)
}

/// What a decoder made of bytes.
#[derive(Debug)]
pub struct Decoded {
    /// The text.
    pub text: Ref<PyStr>,
    /// How many bytes were used: all, unless the end may be incomplete.
    pub consumed: usize,
}

impl Vm {
    /// A text in an encoding.
    ///
    /// # Errors
    /// As [`encode_to_bytes`].
    pub fn encode_str(
        &mut self,
        text: &Ref<PyStr>,
        encoding: &str,
        errors: &str,
    ) -> PyResult<HeapVec<u8>> {
        let bytes = encode_to_bytes(self, text, encoding, errors)?;
        match bytes.downcast_ref::<PyBytes>() {
            Some(bytes) => Ok(HeapVec::from_slice(self.heap(), bytes)?),
            None => Err(self.type_error("encoders return bytes")),
        }
    }

    /// The text that bytes are in an encoding.
    ///
    /// # Errors
    /// As [`decode_object`].
    pub fn decode_bytes(
        &mut self,
        bytes: &[u8],
        encoding: &str,
        errors: &str,
    ) -> PyResult<Ref<PyStr>> {
        if let Some(codec) = Codec::named(encoding)
            && let Some(text) = decode::decode_valid(self, codec, bytes)
        {
            return text;
        }
        let object = self.new_bytes(bytes)?.into_any();
        decode_object(self, &object, encoding, errors)
    }

    /// The text as UTF-8.
    ///
    /// # Errors
    /// `UnicodeEncodeError` if there are lone surrogates.
    pub fn utf8_of(&mut self, text: &Ref<PyStr>) -> PyResult<String> {
        match text.to_utf8() {
            Some(text) => Ok(text.into_owned()),
            None => match encode::encode(self, Codec::Utf8, text, "strict") {
                Err(error) => Err(error),
                Ok(_) => Err(PyErr::OutOfMemory),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalized() {
        assert_eq!(normalized("ISO 8859--1"), "iso_8859_1");
        assert_eq!(normalized("utf-8.1é"), "utf_8.1");
        assert_eq!(normalized("-x-"), "x");
        assert_eq!(Codec::named("UTF 8"), Some(Codec::Utf8));
        assert!(Codec::named("utf_16-LE").is_some());
        assert_eq!(Codec::named("utf_17"), None);
    }
}
