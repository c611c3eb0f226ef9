//! Text to bytes and back: UTF-8, ASCII and Latin-1.

use crate::types::exception;
use crate::types::str::PyStr;
use crate::{PyRef, PyResult, Ref, Vm};

/// The bytes of a text in an encoding.
///
/// # Errors
/// `LookupError` for an unknown encoding; `UnicodeEncodeError`.
pub fn encode_to_bytes(vm: &mut Vm, text: &Ref<PyStr>, encoding: &str, _errors: &str) -> PyResult {
    match encoding.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" => Ok(vm.new_bytes(text.to_wtf8().as_bytes())?.into_any()),
        "ascii" | "us-ascii" | "latin-1" | "latin1" | "iso-8859-1" => {
            let bytes: Vec<u8> = text.code_points().map(|c| u8::try_from(c).unwrap_or(b'?')).collect();
            Ok(vm.new_bytes(&bytes)?.into_any())
        }
        _ => Err(vm.error(&exception::LOOKUP_ERROR, format!("unknown encoding: {encoding}"))),
    }
}

/// The text of a bytes-like object in an encoding.
///
/// # Errors
/// `LookupError` for an unknown encoding; `UnicodeDecodeError`.
pub fn decode_object(vm: &mut Vm, object: &PyRef, encoding: &str, _errors: &str) -> PyResult<Ref<PyStr>> {
    let bytes = crate::builtins::code::bytes_of(vm, object).unwrap_or_default();
    match encoding.to_ascii_lowercase().replace('_', "-").as_str() {
        "utf-8" | "utf8" => vm.new_str(&String::from_utf8_lossy(&bytes)),
        "ascii" | "us-ascii" | "latin-1" | "latin1" | "iso-8859-1" => {
            vm.new_str(&bytes.iter().map(|&b| char::from(b)).collect::<String>())
        }
        _ => Err(vm.error(&exception::LOOKUP_ERROR, format!("unknown encoding: {encoding}"))),
    }
}
