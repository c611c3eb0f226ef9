//! `tuple_iterator`.

use super::PyTuple;
use crate::object::PyPayload;
use crate::table::{TypeDef, TypeFlags};
use crate::types::iterators::{Cursor, Indexed};
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_object::Class;

/// An iterator over a tuple.
pub type PyTupleIter = Cursor<PyTuple>;

impl Indexed for PyTuple {
    #[inline]
    fn count(this: &Ref<Self>, _: &Vm) -> usize {
        this.len()
    }

    #[inline]
    fn item(this: &Ref<Self>, _: &Vm, index: usize) -> PyResult<Option<PyRef>> {
        Ok(this.get(index).cloned())
    }

    fn empty(vm: &Vm) -> PyResult {
        Ok(vm.new_tuple(&[])?.into_any())
    }
}

impl PyPayload for PyTupleIter {
    const DEF: &'static TypeDef = &TUPLE_ITERATOR;
}

/// `tuple_iterator`
pub static TUPLE_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PyTupleIter>),
    doc: "Goes through the elements of a tuple.",
    flags: TypeFlags::NO_NEW,
    slots: PyTupleIter::SLOTS,
    methods: PyTupleIter::METHODS,
    ..TypeDef::new("tuple_iterator")
};
