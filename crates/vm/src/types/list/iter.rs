//! `list_iterator` and `list_reverseiterator`.

use super::PyList;
use crate::object::PyPayload;
use crate::table::{Slots, TypeDef, TypeFlags};
use crate::types::iterators::{
    Cursor, Indexed, LENGTH_HINT_DOC, REDUCE_DOC, SETSTATE_DOC, builtin, itself, receiver, reduced,
    state_index,
};
use crate::{PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use exuvia_object::Class;
use std::cell::Cell;

/// An iterator over a list.
pub type PyListIter = Cursor<PyList>;

impl Indexed for PyList {
    const NEGATIVE_STATE_ENDS: bool = true;

    #[inline]
    fn count(this: &Ref<Self>, vm: &Vm) -> usize {
        this.len(vm)
    }

    #[inline]
    fn item(this: &Ref<Self>, vm: &Vm, index: usize) -> PyResult<Option<PyRef>> {
        Ok(this.get(vm, index))
    }

    fn empty(vm: &Vm) -> PyResult {
        Ok(vm.new_list(Vec::new())?.into_any())
    }
}

impl PyPayload for PyListIter {
    const DEF: &'static TypeDef = &LIST_ITERATOR;
}

/// `list_iterator`
pub static LIST_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PyListIter>),
    doc: "Goes through the elements of a list.",
    flags: TypeFlags::NO_NEW,
    slots: PyListIter::SLOTS,
    methods: PyListIter::METHODS,
    ..TypeDef::new("list_iterator")
};

/// An iterator over a list, last element first.
#[derive(Debug, Traverse)]
pub struct PyListReverseIter {
    list: VmCell<Option<Ref<PyList>>>,
    /// The index of the next element plus one: how many are left, if the list does not change.
    left: Cell<usize>,
}

impl PyPayload for PyListReverseIter {
    const DEF: &'static TypeDef = &LIST_REVERSE_ITERATOR;
}

/// `list_reverseiterator`
pub static LIST_REVERSE_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PyListReverseIter>),
    doc: "Goes through the elements of a list, last first.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(reverse_next),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__length_hint__",
            "($self, /)",
            reverse_length_hint,
            LENGTH_HINT_DOC
        ),
        method!("__reduce__", "($self, /)", reverse_reduce, REDUCE_DOC),
        method!(
            "__setstate__",
            "($self, object, /)",
            reverse_setstate,
            SETSTATE_DOC
        ),
    ],
    ..TypeDef::new("list_reverseiterator")
};

impl PyListReverseIter {
    /// An iterator at the end.
    pub fn new(vm: &Vm, list: Ref<PyList>) -> Self {
        let left = Cell::new(list.len(vm));
        Self {
            list: VmCell::new(Some(list)),
            left,
        }
    }

    /// The next element.
    #[inline]
    pub fn step(&self, vm: &mut Vm) -> Option<PyRef> {
        let list = self.list.get(vm).as_ref()?;
        let item = self
            .left
            .get()
            .checked_sub(1)
            .and_then(|index| list.get(vm, index));
        match &item {
            Some(_) => self.left.set(self.left.get() - 1),
            None => drop(self.list.get_mut(vm).take()),
        }
        item
    }
}

fn reverse_next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    Ok(receiver::<PyListReverseIter>(this).step(vm))
}

fn reverse_length_hint(vm: &mut Vm, this: Ref<PyListReverseIter>) -> usize {
    let len = this.list.get(vm).as_ref().map_or(0, |list| list.len(vm));
    // A list that lost what would come next ends the iteration.
    if this.left.get() <= len {
        this.left.get()
    } else {
        0
    }
}

fn reverse_reduce(vm: &mut Vm, this: Ref<PyListReverseIter>) -> PyResult {
    let reversed = builtin(vm, "reversed")?;
    match this.list.get(vm).clone() {
        Some(list) => {
            let index = vm.new_int(this.left.get() as i64 - 1)?;
            reduced(vm, reversed, &[list.into_any()], Some(index))
        }
        None => reduced(vm, reversed, &[vm.new_list(Vec::new())?.into_any()], None),
    }
}

fn reverse_setstate(vm: &mut Vm, this: Ref<PyListReverseIter>, state: PyRef) -> PyResult<()> {
    let index = state_index(vm, &state)?;
    if let Some(list) = this.list.get(vm) {
        let left = usize::try_from(index.saturating_add(1)).unwrap_or(0);
        this.left.set(left.min(list.len(vm)));
    }
    Ok(())
}
