//! Iterating over strings.

use super::data::PyStr;
use super::slots::string;
use crate::object::PyPayload;
use crate::table::{TypeDef, TypeFlags};
use crate::types::iterators::{Cursor, Indexed};
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_object::Class;

impl Indexed for PyStr {
    fn count(this: &Ref<Self>, _: &Vm) -> usize {
        this.len()
    }

    fn item(this: &Ref<Self>, vm: &Vm, index: usize) -> PyResult<Option<PyRef>> {
        if index < this.len() {
            Ok(Some(vm.new_char(this.char_at(index))?.into_any()))
        } else {
            Ok(None)
        }
    }

    fn empty(vm: &Vm) -> PyResult {
        Ok(vm.empty_str()?.into_any())
    }
}

impl PyPayload for Cursor<PyStr> {
    const DEF: &'static TypeDef = &STR_ITERATOR;
}

/// `str_iterator`
pub static STR_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<Cursor<PyStr>>),
    flags: TypeFlags::NO_NEW,
    slots: Cursor::<PyStr>::SLOTS,
    methods: Cursor::<PyStr>::METHODS,
    ..TypeDef::new("str_iterator")
};

/// `str_ascii_iterator`: the same under another name, for strings of ASCII.
pub static STR_ASCII_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<Cursor<PyStr>>),
    flags: TypeFlags::NO_NEW,
    slots: Cursor::<PyStr>::SLOTS,
    methods: Cursor::<PyStr>::METHODS,
    ..TypeDef::new("str_ascii_iterator")
};

pub(super) fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    let this = string(this).clone();
    let def = if this.is_ascii() {
        &STR_ASCII_ITERATOR
    } else {
        &STR_ITERATOR
    };
    Ok(vm
        .new_instance(vm.class(def), Cursor::new(this))?
        .into_any())
}
