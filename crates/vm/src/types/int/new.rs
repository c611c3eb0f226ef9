//! `int(…)`: ints of numbers, text and bytes.

use crate::types::bool_::BOOL;
use crate::types::bytearray::PyByteArray;
use crate::types::bytes::PyBytes;
use crate::types::int::parse::{self, ParseError, Parsed};
use crate::types::int::{INT, PyInt};
use crate::types::numeric::{arguments, room, text};
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Vm};

/// The base of text unless one is given.
const DECIMAL: u32 = 10;

/// `int.__new__`
pub fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if ty.is(vm.class(&BOOL)) {
        return Err(vm.type_error("int.__new__(bool) is not safe, use bool.__new__()"));
    }
    let value = match (args.values, args.names) {
        ([], []) => vm.new_int(0)?,
        ([number], []) => from_object(vm, number)?,
        _ => from_arguments(vm, args)?,
    };
    if ty.is(vm.class(&INT)) {
        return Ok(value);
    }
    let value = value.downcast::<PyInt>().expect("made as an int");
    Ok(vm.new_int_instance(ty, &value)?.into_any())
}

fn from_arguments(vm: &mut Vm, args: Args<'_>) -> PyResult {
    if args.names.is_empty() && args.values.len() > 2 {
        return Err(vm.type_error(format!(
            "int expected at most 2 arguments, got {}",
            args.values.len()
        )));
    }
    let pair = arguments::pair(vm, "int", (None, "base"), args)?;
    match (pair.first, pair.second) {
        (None, None) => vm.new_int(0),
        (Some(number), None) => from_object(vm, number),
        (None, Some(_)) => Err(vm.type_error("int() missing string argument")),
        (Some(source), Some(base)) => {
            let base = vm.index_isize_clamped(base)?;
            match u32::try_from(base) {
                Ok(base @ (0 | 2..=36)) => from_text(vm, source, base),
                _ => Err(vm.value_error("int() base must be >= 2 and <= 36, or 0")),
            }
        }
    }
}

fn from_text(vm: &mut Vm, source: &PyRef, base: u32) -> PyResult {
    if let Some(text) = source.downcast_ref::<PyStr>() {
        return from_str(vm, text, base);
    }
    let is_text = source.is_a::<PyBytes>() || source.is_a::<PyByteArray>();
    match if is_text {
        text::bytes_of(vm, source)?
    } else {
        None
    } {
        Some(bytes) => read(vm, &bytes, base, bytes.as_any()),
        None => Err(vm.type_error("int() can't convert non-string with explicit base")),
    }
}

/// The int that a string says.
///
/// # Errors
/// `ValueError` if it is not the text of an int, or too long.
pub fn from_str(vm: &mut Vm, source: &Ref<PyStr>, base: u32) -> PyResult {
    read(vm, &text::to_ascii(source), base, source.as_any())
}

/// An exact int of a number, or of decimal text: `int(x)`.
///
/// # Errors
/// `TypeError` for an object that is neither, and what its conversion raises.
pub fn from_object(vm: &mut Vm, object: &PyRef) -> PyResult {
    if vm.is_exactly(object, &INT) {
        return Ok(object.clone());
    }
    let slots = vm.type_of(object).slots(vm);
    if slots.int.is_some() || slots.index.is_some() {
        return Ok(vm.as_int(object)?.into_any());
    }
    if let Some(text) = object.downcast_ref::<PyStr>() {
        return from_str(vm, text, DECIMAL);
    }
    match text::bytes_of(vm, object)? {
        Some(bytes) => read(vm, &bytes, DECIMAL, bytes.as_any()),
        None => Err(vm.type_error(format!(
            "int() argument must be a string, a bytes-like object or a real number, not '{}'",
            vm.type_name(object)
        ))),
    }
}

/// The int that ASCII text says; `source` is what error messages show.
fn read(vm: &mut Vm, ascii: &[u8], base: u32, source: &PyRef) -> PyResult {
    room::check(vm, ascii.len() as u64)?;
    let error = match parse::parse(ascii, base, vm.int_digits_max()) {
        Ok(Parsed::Small(value)) => return vm.new_int(value),
        Ok(Parsed::Big(value)) => return vm.new_bigint(value),
        Err(error) => error,
    };
    Err(match error {
        ParseError::TooManyDigits(digits) => too_many_digits(vm, digits),
        ParseError::Invalid => invalid(vm, base, source)?,
    })
}

#[cold]
fn too_many_digits(vm: &Vm, digits: usize) -> PyErr {
    vm.value_error(format!(
        "Exceeds the limit ({} digits) for integer string conversion: value has {digits} digits; \
         use sys.set_int_max_str_digits() to increase the limit",
        vm.int_digits_max()
    ))
}

#[cold]
fn invalid(vm: &mut Vm, base: u32, source: &PyRef) -> PyResult<PyErr> {
    /// No more of the text is shown.
    const SHOWN_MAX: usize = 200;
    let repr = vm.repr(source)?;
    let shown: String = repr.to_text().chars().take(SHOWN_MAX).collect();
    Ok(vm.value_error(format!(
        "invalid literal for int() with base {base}: {shown}"
    )))
}
