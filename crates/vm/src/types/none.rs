//! `None`, `Ellipsis` and `NotImplemented`: the objects that exist once.

use crate::object::PyPayload;
use crate::table::{Slots, TypeDef};
use crate::types::builtin_function::identity_answer;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Traverse, Vm};
use exuvia_object::Class;

/// The payload of `None`.
#[derive(Clone, Copy, Debug, Traverse)]
pub struct PyNone;

/// The payload of `Ellipsis`.
#[derive(Clone, Copy, Debug, Traverse)]
pub struct PyEllipsis;

/// The payload of `NotImplemented`.
#[derive(Clone, Copy, Debug, Traverse)]
pub struct PyNotImplemented;

impl PyPayload for PyNone {
    const DEF: &'static TypeDef = &NONE;
}
impl PyPayload for PyEllipsis {
    const DEF: &'static TypeDef = &ELLIPSIS;
}
impl PyPayload for PyNotImplemented {
    const DEF: &'static TypeDef = &NOT_IMPLEMENTED;
}

/// `hash(None)`: the same in every run, as in CPython.
const HASH_OF_NONE: i64 = 0xFCA8_6420;

/// `NoneType`
pub static NONE: TypeDef = TypeDef {
    doc: "The type of None.",
    class: Some(Class::of::<PyNone>),
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("None")?.into_any())),
        bool: Some(|_, _| Ok(false)),
        hash: Some(|_, _| Ok(HASH_OF_NONE)),
        richcompare: Some(|vm, a, b, op| {
            if vm.is_none(b) {
                identity_answer(vm, a.is(b), op)
            } else {
                Ok(vm.not_implemented())
            }
        }),
        new: Some(|vm, ty, args| the_one(vm, ty, args, "NoneType", Vm::none)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("NoneType")
};

/// `ellipsis`
pub static ELLIPSIS: TypeDef = TypeDef {
    doc: "The type of Ellipsis (...).",
    class: Some(Class::of::<PyEllipsis>),
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("Ellipsis")?.into_any())),
        new: Some(|vm, ty, args| the_one(vm, ty, args, "EllipsisType", Vm::ellipsis)),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__reduce__",
        "($self, /)",
        |_: &mut Vm, _: PyRef| "Ellipsis",
        "What pickle needs."
    )],
    ..TypeDef::new("ellipsis")
};

/// `NotImplementedType`
pub static NOT_IMPLEMENTED: TypeDef = TypeDef {
    doc: "The type of NotImplemented, the answer of an operator method that does not know the other operand.",
    class: Some(Class::of::<PyNotImplemented>),
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("NotImplemented")?.into_any())),
        bool: Some(|vm, _| {
            Err(vm.type_error("NotImplemented should not be used in a boolean context"))
        }),
        new: Some(|vm, ty, args| the_one(vm, ty, args, "NotImplementedType", Vm::not_implemented)),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__reduce__",
        "($self, /)",
        |_: &mut Vm, _: PyRef| "NotImplemented",
        "What pickle needs."
    )],
    ..TypeDef::new("NotImplementedType")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&NONE, &ELLIPSIS, &NOT_IMPLEMENTED];

/// `None`.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn make_none(vm: &Vm) -> PyResult {
    Ok(vm.new_object(PyNone)?.into_any())
}

/// `Ellipsis`.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn make_ellipsis(vm: &Vm) -> PyResult {
    Ok(vm.new_object(PyEllipsis)?.into_any())
}

/// `NotImplemented`.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn make_not_implemented(vm: &Vm) -> PyResult {
    Ok(vm.new_object(PyNotImplemented)?.into_any())
}

/// What a call of the type gives: the one object there is.
fn the_one(
    vm: &Vm,
    _: &Ref<PyType>,
    args: Args<'_>,
    name: &str,
    get: fn(&Vm) -> PyRef,
) -> PyResult {
    if args.is_empty() {
        Ok(get(vm))
    } else {
        Err(vm.type_error(format!("{name} takes no arguments")))
    }
}
