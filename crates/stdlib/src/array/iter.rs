//! The iterator over arrays.

use super::PyArray;
use crate::receiver;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Slots, TypeDef, TypeFlags};
use exuvia_vm::types::iterators::{
    REDUCE_DOC, SETSTATE_DOC, builtin, itself, reduced, state_index,
};
use exuvia_vm::{PyRef, PyResult, Ref, Slot, Traverse, Vm, method};
use std::cell::Cell;

/// Goes through an array by index. 32 bytes.
#[derive(Debug, Traverse)]
pub(super) struct PyArrayIter {
    /// Empty at the end.
    array: Slot<PyArray>,
    index: Cell<usize>,
}

impl PyPayload for PyArrayIter {
    const DEF: &'static TypeDef = &ARRAY_ITERATOR;
}

/// `array.arrayiterator`
pub(super) static ARRAY_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PyArrayIter>),
    doc: "Goes through the items of an array.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyArrayIter>(this).step(vm)),
        ..Slots::EMPTY
    },
    methods: &[
        method!("__reduce__", "($self, /)", reduce, REDUCE_DOC),
        method!("__setstate__", "($self, state, /)", setstate, SETSTATE_DOC),
    ],
    ..TypeDef::new("array.arrayiterator")
};

pub(super) fn iterate(vm: &mut Vm, this: &PyRef) -> PyResult {
    let iterator = PyArrayIter {
        array: Slot::new(Some(receiver::<PyArray>(this).clone())),
        index: Cell::new(0),
    };
    Ok(vm.new_object(iterator)?.into_any())
}

impl PyArrayIter {
    fn step(&self, vm: &Vm) -> PyResult<Option<PyRef>> {
        let Some(array) = self.array.get() else {
            return Ok(None);
        };
        let index = self.index.get();
        let item = array.get(vm, index)?;
        match &item {
            Some(_) => self.index.set(index + 1),
            None => self.array.set(None),
        }
        Ok(item)
    }
}

fn reduce(vm: &mut Vm, this: Ref<PyArrayIter>) -> PyResult {
    let iter = builtin(vm, "iter")?;
    match this.array.get() {
        Some(array) => {
            let index = vm.new_int_from_usize(this.index.get())?;
            reduced(vm, iter, &[array.into_any()], Some(index))
        }
        None => {
            let empty = vm.new_tuple(&[])?.into_any();
            reduced(vm, iter, &[empty], None)
        }
    }
}

fn setstate(vm: &mut Vm, this: Ref<PyArrayIter>, state: PyRef) -> PyResult<()> {
    let index = state_index(vm, &state)?;
    if let Some(array) = this.array.get() {
        let index = usize::try_from(index).unwrap_or(0);
        this.index.set(index.min(array.len(vm)));
    }
    Ok(())
}
