//! The iterator over sets and frozensets.

use super::data::{elements_of, next, receiver_elements};
use crate::object::PyPayload;
use crate::table::{Slots, TypeDef, TypeFlags};
use crate::types::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, builtin, itself, receiver, reduced};
use crate::{PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use exuvia_object::Class;
use std::cell::Cell;

/// What [`PySetIter::len`] says once the set was seen to have changed.
const CHANGED: u32 = u32::MAX;

/// An iterator over a set.
#[derive(Debug, Traverse)]
pub struct PySetIter {
    /// `None` when exhausted.
    set: VmCell<Option<PyRef>>,
    /// The next position in the index.
    position: Cell<u32>,
    /// How many elements are left.
    left: Cell<u32>,
    /// How many elements the set had at the start.
    len: Cell<u32>,
}

impl PyPayload for PySetIter {
    const DEF: &'static TypeDef = &SET_ITERATOR;
}

/// `set_iterator`
pub static SET_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PySetIter>),
    doc: "Goes through the elements of a set.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(iter_next),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__length_hint__",
            "($self, /)",
            length_hint,
            LENGTH_HINT_DOC
        ),
        method!("__reduce__", "($self, /)", reduce, REDUCE_DOC),
    ],
    ..TypeDef::new("set_iterator")
};

/// The slot `iter` of sets.
pub(super) fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    let len = receiver_elements(this).get(vm).len() as u32;
    let iterator = PySetIter {
        set: VmCell::new(Some(this.clone())),
        position: Cell::new(0),
        left: Cell::new(len),
        len: Cell::new(len),
    };
    Ok(vm.new_object(iterator)?.into_any())
}

impl PySetIter {
    /// The next element.
    ///
    /// # Errors
    /// `RuntimeError` if the number of elements has changed.
    #[inline]
    pub fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let Some(elements) = self.set.get(vm).as_ref().and_then(elements_of) else {
            return Ok(None);
        };
        if elements.get(vm).len() as u32 != self.len.get() {
            self.len.set(CHANGED);
            return Err(vm.runtime_error("Set changed size during iteration"));
        }
        let mut position = self.position.get() as usize;
        let Some((element, _)) = next(vm, elements, &mut position) else {
            drop(self.set.get_mut(vm).take());
            return Ok(None);
        };
        self.position.set(position as u32);
        self.left.set(self.left.get().saturating_sub(1));
        Ok(Some(element))
    }

    fn remaining(&self, vm: &Vm) -> usize {
        match self.set.get(vm).as_ref().and_then(elements_of) {
            Some(elements) if elements.get(vm).len() as u32 == self.len.get() => {
                self.left.get() as usize
            }
            _ => 0,
        }
    }
}

fn iter_next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    receiver::<PySetIter>(this).step(vm)
}

fn length_hint(vm: &mut Vm, this: Ref<PySetIter>) -> usize {
    this.remaining(vm)
}

/// `(iter, ([what is left],))`, without moving on.
fn reduce(vm: &mut Vm, this: Ref<PySetIter>) -> PyResult {
    let iter = builtin(vm, "iter")?;
    let ahead = PySetIter {
        set: VmCell::new(this.set.get(vm).clone()),
        position: this.position.clone(),
        left: this.left.clone(),
        len: this.len.clone(),
    };
    let mut left = Vec::new();
    while let Some(element) = ahead.step(vm)? {
        left.push(element);
    }
    let left = vm.new_list(left)?.into_any();
    reduced(vm, iter, &[left], None)
}
