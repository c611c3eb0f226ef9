//! `cmp_to_key`: objects that compare as a comparison function says.

use crate::{call_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{CompareOp, GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::{PyRef, PyResult, Ref, Slot, Traverse, Vm, method};

/// The key function, or, with an object in it, a key. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyKeyWrapper {
    compare: PyRef,
    object: Slot,
}

impl PyPayload for PyKeyWrapper {
    const DEF: &'static TypeDef = &KEY_WRAPPER;
}

/// `functools.KeyWrapper`
pub static KEY_WRAPPER: TypeDef = TypeDef {
    class: Some(Class::of::<PyKeyWrapper>),
    doc: "What cmp_to_key returns, and what that returns for an object.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        call: Some(|vm, this, args| call_row(vm, &WRAP, this, args)),
        richcompare: Some(richcompare),
        ..Slots::EMPTY
    },
    getset: &[GetSet {
        name: "obj",
        doc: "The object that is compared.",
        get: |vm, this| {
            let object = receiver::<PyKeyWrapper>(this).object.get();
            Ok(object.unwrap_or_else(|| vm.none()))
        },
        set: Some(|_, this, value| {
            receiver::<PyKeyWrapper>(this).object.set(value.cloned());
            Ok(())
        }),
    }],
    ..TypeDef::new("functools.KeyWrapper")
};

static WRAP: Method = method!("K", "($self, /, obj)", wrap, "The key of an object.");

pub(super) fn cmp_to_key(vm: &mut Vm, compare: PyRef) -> PyResult<Ref<PyKeyWrapper>> {
    let object = Slot::empty();
    vm.new_object(PyKeyWrapper { compare, object })
}

fn wrap(vm: &mut Vm, this: Ref<PyKeyWrapper>, object: PyRef) -> PyResult<Ref<PyKeyWrapper>> {
    vm.new_object(PyKeyWrapper {
        compare: this.compare.clone(),
        object: Slot::new(Some(object)),
    })
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let this = receiver::<PyKeyWrapper>(this);
    let Some(other) = other.downcast_ref::<PyKeyWrapper>() else {
        return Err(vm.type_error("other argument must be K instance"));
    };
    let (Some(left), Some(right)) = (this.object.get(), other.object.get()) else {
        return Err(vm.attribute_error("object"));
    };
    let compare = this.compare.clone();
    let answer = vm.call_positional(&compare, &[left, right])?;
    let zero = vm.new_int(0)?;
    vm.compare(&answer, &zero, op)
}
