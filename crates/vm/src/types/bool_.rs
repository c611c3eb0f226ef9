//! `bool`: the two integers that are truth values. They lie in memory as ints do.

use crate::table::{Slots, TypeDef};
use crate::types::exception;
use crate::types::int::{self, INT, arithmetic};
use crate::types::numeric::arguments;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm};

/// `bool`
pub static BOOL: TypeDef = TypeDef {
    base: Some(&INT),
    doc: "True or False: the truth value of the object.",
    slots: Slots {
        repr: Some(repr),
        new: Some(new),
        and: Some(and),
        or: Some(or),
        xor: Some(xor),
        invert: Some(invert),
        ..Slots::EMPTY
    },
    ..TypeDef::new("bool")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&BOOL];

/// `True` or `False`, for the runtime's constants.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn make(vm: &Vm, value: bool) -> PyResult {
    int::make_bool(vm, value)
}

impl Vm {
    /// The truth value of an object that is `True` or `False`.
    #[inline]
    pub fn bool_value(&self, object: &PyRef) -> Option<bool> {
        let constants = self.constants();
        if object.is(&constants.true_) {
            Some(true)
        } else {
            object.is(&constants.false_).then_some(false)
        }
    }
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let text = if vm.bool_value(this) == Some(true) {
        "True"
    } else {
        "False"
    };
    Ok(vm.intern(text)?.into_any())
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !ty.is(vm.class(&BOOL)) {
        let name = ty.name_text();
        return Err(vm.type_error(format!(
            "bool.__new__({name}): {name} is not a subtype of bool"
        )));
    }
    let value = match arguments::optional(vm, ty, &BOOL, args)? {
        Some(object) => vm.is_true(object)?,
        None => false,
    };
    Ok(vm.new_bool(value))
}

/// Both operands as truth values, if they are.
fn operands(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<(bool, bool)> {
    vm.bool_value(left).zip(vm.bool_value(right))
}

fn and(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    match operands(vm, left, right) {
        Some((left, right)) => Ok(vm.new_bool(left & right)),
        None => arithmetic::and(vm, left, right),
    }
}

fn or(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    match operands(vm, left, right) {
        Some((left, right)) => Ok(vm.new_bool(left | right)),
        None => arithmetic::or(vm, left, right),
    }
}

fn xor(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    match operands(vm, left, right) {
        Some((left, right)) => Ok(vm.new_bool(left ^ right)),
        None => arithmetic::xor(vm, left, right),
    }
}

fn invert(vm: &mut Vm, operand: &PyRef) -> PyResult {
    vm.warn(
        &exception::DEPRECATION_WARNING,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. \
         This returns the bitwise inversion of the underlying int object and is usually not what you expect \
         from negating a bool. Use the 'not' operator for boolean negation or ~int(x) if you really want the \
         bitwise inversion of the underlying int.",
        1,
        None,
    )?;
    arithmetic::invert(vm, operand)
}
