//! Codecs that a mapping describes: what the 8-bit encodings of the standard library are made of.

use super::Decoded;
use super::decode::{Invalid, Stop, decode_with};
use super::errors::{EncodeError, Handler, Replacement};
use crate::types::bytes::PyBytes;
use crate::types::dict::PyDict;
use crate::types::exception;
use crate::types::int::PyInt;
use crate::types::str::data::CODE_POINT_END;
use crate::types::str::{PyStr, StrBuilder};
use crate::{HeapVec, PyErr, PyRef, PyResult, Ref, Vm};

const UNDEFINED: &str = "character maps to <undefined>";
/// Stands in a decoding table where there is no character.
const NO_CHARACTER: u32 = 0xFFFE;

/// Decodes bytes with a table of characters (a str) or a mapping of bytes to characters.
///
/// # Errors
/// `UnicodeDecodeError`, `TypeError` for a wrong mapping, or what a handler raises.
pub fn decode(vm: &mut Vm, bytes: &Ref<PyBytes>, errors: &str, mapping: &PyRef) -> PyResult<Decoded> {
    let table = mapping.downcast_ref::<PyStr>().cloned();
    decode_with(vm, "charmap", bytes, 0, errors, |vm, bytes, mut at, out| {
        while at < bytes.len() {
            let is_defined = match &table {
                Some(table) => decode_by_table(vm, table, bytes[at], out)?,
                None => decode_by_mapping(vm, mapping, bytes[at], out)?,
            };
            if !is_defined {
                return Ok(Stop::Invalid(Invalid { start: at, end: at + 1, reason: UNDEFINED }));
            }
            at += 1;
        }
        Ok(Stop::End(at))
    })
}

fn decode_by_table(vm: &Vm, table: &PyStr, byte: u8, out: &mut StrBuilder) -> PyResult<bool> {
    let index = usize::from(byte);
    if index >= table.len() || table.char_at(index) == NO_CHARACTER {
        return Ok(false);
    }
    out.push_char(vm, table.char_at(index))?;
    Ok(true)
}

/// What a mapping has under a key; nothing if it raises `LookupError`.
fn look_up(vm: &mut Vm, mapping: &PyRef, key: u32) -> PyResult<Option<PyRef>> {
    let key = vm.new_int(key.into())?;
    match vm.get_item(mapping, &key) {
        Ok(found) if vm.is_none(&found) => Ok(None),
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is(vm, &exception::LOOKUP_ERROR) => Ok(None),
        Err(error) => Err(error),
    }
}

fn decode_by_mapping(vm: &mut Vm, mapping: &PyRef, byte: u8, out: &mut StrBuilder) -> PyResult<bool> {
    let Some(found) = look_up(vm, mapping, byte.into())? else { return Ok(false) };
    if let Some(text) = found.downcast_ref::<PyStr>() {
        if text.len() == 1 && text.char_at(0) == NO_CHARACTER {
            return Ok(false);
        }
        out.push(vm, text)?;
        return Ok(true);
    }
    let Some(number) = found.downcast_ref::<PyInt>() else {
        return Err(vm.type_error("character mapping must return integer, None or str"));
    };
    match number.to_i64().and_then(|number| u32::try_from(number).ok()) {
        Some(NO_CHARACTER) => Ok(false),
        Some(character @ 0..CODE_POINT_END) => {
            out.push_char(vm, character)?;
            Ok(true)
        }
        _ => Err(vm.type_error("character mapping must be in range(0x110000)")),
    }
}

/// Encodes a text with a mapping of characters to bytes.
///
/// # Errors
/// `UnicodeEncodeError`, `TypeError` for a wrong mapping, or what a handler raises.
pub fn encode(vm: &mut Vm, text: &Ref<PyStr>, errors: &str, mapping: &PyRef) -> PyResult<HeapVec<u8>> {
    let mut handler = Handler::new(errors);
    let mut out = HeapVec::new();
    let mut at = 0;
    while at < text.len() {
        if encode_character(vm, mapping, text.char_at(at), &mut out)? {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < text.len() && look_up(vm, mapping, text.char_at(end))?.is_none() {
            end += 1;
        }
        let error = EncodeError { encoding: "charmap", text, start: at, end, reason: UNDEFINED };
        let (replacement, next) = handler.encode(vm, &error)?;
        match replacement {
            Replacement::Bytes(bytes) => out.extend_from_copies(vm.heap(), &bytes)?,
            Replacement::Text(text) => {
                for character in text.code_points() {
                    if !encode_character(vm, mapping, character, &mut out)? {
                        return Err(error.raise(vm));
                    }
                }
            }
        }
        at = next;
    }
    Ok(out)
}

/// Encodes one character; whether the mapping has it.
fn encode_character(vm: &mut Vm, mapping: &PyRef, character: u32, out: &mut HeapVec<u8>) -> PyResult<bool> {
    let Some(found) = look_up(vm, mapping, character)? else { return Ok(false) };
    if let Some(bytes) = found.downcast_ref::<PyBytes>() {
        out.extend_from_copies(vm.heap(), bytes)?;
        return Ok(true);
    }
    let Some(number) = found.downcast_ref::<PyInt>() else {
        return Err(wrong_value(vm, &found));
    };
    match number.to_i64().and_then(|number| u8::try_from(number).ok()) {
        Some(byte) => {
            out.push(vm.heap(), byte)?;
            Ok(true)
        }
        None => Err(vm.type_error("character mapping must be in range(256)")),
    }
}

#[cold]
fn wrong_value(vm: &Vm, found: &PyRef) -> PyErr {
    let found = vm.type_name(found);
    vm.type_error(format!("character mapping must return integer, bytes or None, not {found}"))
}

/// The mapping to encode with for a table to decode with.
///
/// # Errors
/// `OutOfMemory`.
pub fn build(vm: &mut Vm, table: &Ref<PyStr>) -> PyResult<Ref<PyDict>> {
    let mapping = vm.new_dict()?;
    for (byte, character) in table.code_points().enumerate() {
        if character != NO_CHARACTER {
            let (key, value) = (vm.new_int(character.into())?, vm.new_int_from_usize(byte)?);
            mapping.set_item(vm, &key, value)?;
        }
    }
    Ok(mapping)
}
