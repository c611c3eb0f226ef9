//! The format-specification mini-language (`[[fill]align][sign][z][#][0][width][,_][.precision[,_]][type]`) for
//! int, float, complex and str.
//!
//! `spec.rs` reads a specification, `layout.rs` groups digits and fills up to the width, `number.rs` writes
//! numbers; all three are pure. Here is what the types' `__format__` call.

mod layout;
mod number;
mod spec;

pub use spec::{Align, FormatSpec, Grouping, Sign};

use crate::types::complex::PyComplex;
use crate::types::float::PyFloat;
use crate::types::int::{INT, Parts, PyInt, text};
use crate::types::numeric::room;
use crate::types::str::{PyStr, STR};
use crate::types::{complex, float};
use crate::{PyErr, PyResult, Ref, Vm};
use layout::Layout;
use rustpython_wtf8::{CodePoint, Wtf8Buf};
use spec::Defaults;

/// Why a value cannot be formatted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// A `ValueError` with this message.
    Value(String),
    /// An `OverflowError` with this message.
    Overflow(String),
}

impl FormatError {
    fn raise(self, vm: &Vm) -> PyErr {
        match self {
            Self::Value(message) => vm.value_error(message),
            Self::Overflow(message) => vm.overflow_error(message),
        }
    }

    /// The error of a presentation type that the value's type does not have.
    fn unknown_type(code: u32, type_name: &str) -> Self {
        let shown = match char::from_u32(code) {
            Some(code @ '!'..='\x7F') => code.to_string(),
            _ => format!("\\x{code:x}"),
        };
        Self::Value(format!(
            "Unknown format code '{shown}' for object of type '{type_name}'"
        ))
    }
}

/// Reads a specification, and makes sure that what it asks for has room.
fn read(vm: &Vm, spec: &Ref<PyStr>, defaults: Defaults, type_name: &str) -> PyResult<FormatSpec> {
    let code_points: Vec<u32> = spec.code_points().collect();
    let spec =
        FormatSpec::parse(&code_points, defaults, type_name).map_err(|error| error.raise(vm))?;
    let length = spec
        .width
        .unwrap_or(0)
        .saturating_add(spec.precision.unwrap_or(0));
    // The text is put together from parts, so it is in memory more than once.
    room::check(vm, (length as u64).saturating_mul(2))?;
    Ok(spec)
}

fn finish(vm: &Vm, text: Result<Wtf8Buf, FormatError>) -> PyResult<Ref<PyStr>> {
    match text {
        Ok(text) => vm.new_str_from_wtf8(&text),
        Err(error) => Err(error.raise(vm)),
    }
}

/// `int.__format__`
///
/// # Errors
/// `ValueError` for a specification that does not fit, `OverflowError` for a value that does not.
pub fn format_int(vm: &mut Vm, value: &Ref<PyInt>, spec: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    if spec.is_empty() {
        return if vm.is_exactly(value.as_any(), &INT) {
            vm.new_str(&text::decimal(vm, value)?)
        } else {
            vm.str(value.as_any())
        };
    }
    let name = vm.type_name(value.as_any());
    let spec = read(vm, spec, Defaults::NUMBER, &name)?;
    let formatted = match spec.code() {
        None | Some('d' | 'n') => {
            spec.check_integer().map_err(|error| error.raise(vm))?;
            let decimal = text::decimal(vm, value)?;
            number::integer(
                decimal.trim_start_matches('-'),
                value.is_negative(),
                "",
                &spec,
            )
        }
        Some(code @ ('b' | 'o' | 'x' | 'X')) => {
            spec.check_integer().map_err(|error| error.raise(vm))?;
            room::check(vm, value.bit_length())?;
            in_bits(value, code, &spec)
        }
        Some('c') => {
            let code = match value.parts() {
                Parts::Small(code) => Some(code),
                Parts::Big { .. } => None,
            };
            number::character(code, &spec)
        }
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
            number::float(vm.int_to_f64(value)?, &spec, &name)
        }
        Some(_) => Err(FormatError::unknown_type(
            spec.kind.unwrap_or_default(),
            &name,
        )),
    };
    finish(vm, formatted)
}

/// An int in base 2, 8 or 16.
fn in_bits(value: &PyInt, code: char, spec: &FormatSpec) -> Result<Wtf8Buf, FormatError> {
    let (radix, prefix) = match code {
        'b' => (2, "0b"),
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        _ => (16, "0X"),
    };
    let mut digits = text::magnitude_in_bits(value, radix);
    if code == 'X' {
        digits.make_ascii_uppercase();
    }
    number::integer(
        &digits,
        value.is_negative(),
        if spec.alternate { prefix } else { "" },
        spec,
    )
}

/// `float.__format__`
///
/// # Errors
/// `ValueError` for a specification that does not fit.
pub fn format_float(vm: &mut Vm, value: &Ref<PyFloat>, spec: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    if spec.is_empty() {
        return if vm.is_exactly(value.as_any(), &float::FLOAT) {
            vm.new_str(&float::text::repr(value.value()))
        } else {
            vm.str(value.as_any())
        };
    }
    let name = vm.type_name(value.as_any());
    let spec = read(vm, spec, Defaults::NUMBER, &name)?;
    finish(vm, number::float(value.value(), &spec, &name))
}

/// `complex.__format__`
///
/// # Errors
/// `ValueError` for a specification that does not fit.
pub fn format_complex(
    vm: &mut Vm,
    value: &Ref<PyComplex>,
    spec: &Ref<PyStr>,
) -> PyResult<Ref<PyStr>> {
    if spec.is_empty() {
        return if vm.is_exactly(value.as_any(), &complex::COMPLEX) {
            vm.new_str(&complex::text::repr(value.value()))
        } else {
            vm.str(value.as_any())
        };
    }
    let name = vm.type_name(value.as_any());
    let spec = read(vm, spec, Defaults::NUMBER, &name)?;
    finish(vm, number::complex(value.value(), &spec, &name))
}

/// `str.__format__`
///
/// # Errors
/// `ValueError` for a specification that does not fit.
pub fn format_str(vm: &mut Vm, value: &Ref<PyStr>, spec: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    if spec.is_empty() {
        return if vm.is_exactly(value.as_any(), &STR) {
            Ok(value.clone())
        } else {
            vm.str(value.as_any())
        };
    }
    let name = vm.type_name(value.as_any());
    let spec = read(vm, spec, Defaults::TEXT, &name)?;
    spec.check_text(&name).map_err(|error| error.raise(vm))?;
    let length = spec
        .precision
        .map_or(value.len(), |precision| precision.min(value.len()));
    if length == value.len()
        && spec.width.unwrap_or(0) <= length
        && vm.is_exactly(value.as_any(), &STR)
    {
        return Ok(value.clone());
    }
    room::check(vm, length as u64)?;
    let shown: Wtf8Buf = value.code_points().take(length).map(code_point).collect();
    finish(vm, Ok(Layout::of(&spec).fill_text(&shown, length)))
}

/// A code point of a string as the text library has it.
fn code_point(code: u32) -> CodePoint {
    CodePoint::from_u32(code).expect("a string's code points are below 0x110000")
}
