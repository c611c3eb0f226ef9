//! `float(…)`: floats of numbers, text and bytes.

use crate::types::exception;
use crate::types::float::{FLOAT, PyFloat, parse};
use crate::types::numeric::{arguments, text};
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Vm};

/// `float.__new__`
pub fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let object = arguments::optional(vm, ty, &FLOAT, args)?;
    if ty.is(vm.class(&FLOAT)) {
        return match object {
            Some(object) if vm.is_exactly(object, &FLOAT) => Ok(object.clone()),
            Some(object) => {
                let value = from_object(vm, object)?;
                vm.new_float(value)
            }
            None => vm.new_float(0.0),
        };
    }
    let value = object.map_or(Ok(0.0), |object| from_object(vm, object))?;
    Ok(vm.new_instance(ty, PyFloat::new(value))?.into_any())
}

/// The value that `float(object)` has.
///
/// # Errors
/// `TypeError` for an object that is neither number nor text, and what its conversion raises.
pub fn from_object(vm: &mut Vm, object: &PyRef) -> PyResult<f64> {
    match from_number(vm, object)? {
        Some(value) => Ok(value),
        None => from_text(vm, object),
    }
}

/// The value of an object with `__float__` or `__index__`; `None` if it has neither.
///
/// # Errors
/// `TypeError` if the method returns something else than a number, and what it raises.
pub fn from_number(vm: &mut Vm, object: &PyRef) -> PyResult<Option<f64>> {
    if vm.is_exactly(object, &FLOAT) {
        return Ok(object.downcast_ref::<PyFloat>().map(|float| float.value()));
    }
    let slots = *vm.type_of(object).slots(vm);
    if let Some(float) = slots.float {
        let converted = float(vm, object)?;
        return checked_result(vm, object, &converted).map(Some);
    }
    if slots.index.is_some() {
        let index = vm.index(object)?;
        return vm.int_to_f64(&index).map(Some);
    }
    Ok(None)
}

/// What `__float__` returned, as a float.
fn checked_result(vm: &mut Vm, object: &PyRef, converted: &PyRef) -> PyResult<f64> {
    let Some(float) = converted.downcast_ref::<PyFloat>() else {
        let (name, found) = (vm.type_name(object), vm.type_name(converted));
        return Err(vm.type_error(format!(
            "{name}.__float__ returned non-float (type {found})"
        )));
    };
    if !vm.is_exactly(converted, &FLOAT) {
        let (name, found) = (vm.type_name(object), vm.type_name(converted));
        let message = format!(
            "{name}.__float__ returned non-float (type {found}).  The ability to return an instance of a strict \
             subclass of float is deprecated, and may be removed in a future version of Python."
        );
        vm.warn(&exception::DEPRECATION_WARNING, &message, 1, None)?;
    }
    Ok(float.value())
}

fn from_text(vm: &mut Vm, object: &PyRef) -> PyResult<f64> {
    let (value, shown) = if let Some(text) = object.downcast_ref::<PyStr>() {
        (parse::parse(&text::to_ascii(text)), object.clone())
    } else if let Some(bytes) = text::bytes_of(vm, object)? {
        (parse::parse(&bytes), bytes.into_any())
    } else {
        let name = vm.type_name(object);
        return Err(vm.type_error(format!(
            "float() argument must be a string or a real number, not '{name}'"
        )));
    };
    match value {
        Some(value) => Ok(value),
        None => Err(no_float(vm, &shown)?),
    }
}

#[cold]
fn no_float(vm: &mut Vm, shown: &PyRef) -> PyResult<PyErr> {
    let repr = vm.repr(shown)?;
    Ok(vm.value_error(format!(
        "could not convert string to float: {}",
        repr.to_text()
    )))
}
