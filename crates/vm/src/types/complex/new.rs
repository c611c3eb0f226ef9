//! `complex(…)`: complex numbers of numbers and text.

use crate::types::complex::{COMPLEX, Complex, PyComplex, text};
use crate::types::exception;
use crate::types::float;
use crate::types::numeric::{arguments, text as numeric_text};
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm};

/// `complex.__new__`
pub fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let value = match (args.values, args.names) {
        ([], []) => 0.0.into(),
        ([only], []) => {
            if ty.is(vm.class(&COMPLEX)) && vm.is_exactly(only, &COMPLEX) {
                return Ok(only.clone());
            }
            from_object(vm, only)?
        }
        _ => from_parts(vm, args)?,
    };
    Ok(vm.new_instance(ty, PyComplex::new(value))?.into_any())
}

fn from_object(vm: &mut Vm, object: &PyRef) -> PyResult<Complex> {
    if let Some(string) = object.downcast_ref::<PyStr>() {
        return match text::parse(&numeric_text::to_ascii(string)) {
            Some(value) => Ok(value),
            None => Err(vm.value_error("complex() arg is a malformed string")),
        };
    }
    if let Some(value) = by_special_method(vm, object)? {
        return Ok(value);
    }
    if !is_number(vm, object) {
        let name = vm.type_name(object);
        let message = format!("complex() argument must be a string or a number, not {name}");
        return Err(vm.type_error(message));
    }
    Ok(vm.as_f64(object)?.into())
}

/// The complex number of a number, for `complex.from_number`.
///
/// # Errors
/// `TypeError` for an object that is no number, and what its conversion raises.
pub fn from_number(vm: &mut Vm, object: &PyRef) -> PyResult<Complex> {
    if let Some(complex) = object.downcast_ref::<PyComplex>() {
        return Ok(complex.value());
    }
    match by_special_method(vm, object)? {
        Some(value) => Ok(value),
        None => Ok(vm.as_f64(object)?.into()),
    }
}

/// A complex number itself, or what `__complex__` returns; `None` if the object has no such method.
fn by_special_method(vm: &mut Vm, object: &PyRef) -> PyResult<Option<Complex>> {
    if vm.is_exactly(object, &COMPLEX) {
        return Ok(object
            .downcast_ref::<PyComplex>()
            .map(|complex| complex.value()));
    }
    let name = vm.names().complex.clone();
    let Some(converted) = vm.call_special(object, &name, &[])? else {
        return Ok(None);
    };
    let found = vm.type_name(&converted);
    let Some(complex) = converted.downcast_ref::<PyComplex>() else {
        return Err(vm.type_error(format!("__complex__ returned non-complex (type {found})")));
    };
    if !vm.is_exactly(&converted, &COMPLEX) {
        let message = format!(
            "__complex__ returned non-complex (type {found}).  The ability to return an instance of a strict \
             subclass of complex is deprecated, and may be removed in a future version of Python."
        );
        vm.warn(&exception::DEPRECATION_WARNING, &message, 1, None)?;
    }
    Ok(Some(complex.value()))
}

/// The complex number of a real and an imaginary part, each of which may be complex itself.
fn from_parts(vm: &mut Vm, args: Args<'_>) -> PyResult<Complex> {
    let pair = arguments::pair(vm, "complex", (Some("real"), "imag"), args)?;
    let converted = match pair.first {
        Some(object) => by_special_method(vm, object)?,
        None => Some(0.0.into()),
    };
    for (object, name, is_fit) in [
        (pair.first, "real", converted.is_some()),
        (pair.second, "imag", false),
    ] {
        if let Some(object) = object
            && !is_fit
            && !is_number(vm, object)
        {
            return Err(vm.type_error(wrong_part(vm, name, object)));
        }
    }
    let (real, has_complex_real) = match (converted, pair.first) {
        (Some(value), Some(object)) => {
            warn_of_part(vm, "real", object)?;
            (value, true)
        }
        (None, Some(object)) => (float::new::from_object(vm, object)?.into(), false),
        (_, None) => (0.0.into(), false),
    };
    let Some(object) = pair.second else {
        return Ok(real);
    };
    // What is imaginary of the parts moves to the other part.
    let mut value = real;
    let imaginary = match object.downcast_ref::<PyComplex>() {
        Some(complex) => {
            let imaginary = complex.value();
            warn_of_part(vm, "imag", object)?;
            value.re -= imaginary.im;
            imaginary.re
        }
        None => float::new::from_object(vm, object)?,
    };
    value.im = if has_complex_real {
        imaginary + real.im
    } else {
        imaginary
    };
    Ok(value)
}

/// Whether an object can be a part: a complex number, or what has `__float__` or `__index__`.
fn is_number(vm: &Vm, object: &PyRef) -> bool {
    let slots = vm.type_of(object).slots(vm);
    object.is_a::<PyComplex>() || slots.float.is_some() || slots.index.is_some()
}

fn wrong_part(vm: &Vm, name: &str, object: &PyRef) -> String {
    format!(
        "complex() argument '{name}' must be a real number, not {}",
        vm.type_name(object)
    )
}

#[cold]
fn warn_of_part(vm: &mut Vm, name: &str, object: &PyRef) -> PyResult<()> {
    let message = wrong_part(vm, name, object);
    vm.warn(&exception::DEPRECATION_WARNING, &message, 1, None)
}
