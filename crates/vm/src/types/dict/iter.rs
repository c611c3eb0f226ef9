//! The iterators over dicts: keys, values or items, forwards or backwards. All six share one payload.

use super::PyDict;
use crate::object::PyPayload;
use crate::table::{Method, Slots, TypeDef, TypeFlags};
use crate::types::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, builtin, itself, receiver, reduced};
use crate::{PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use exuvia_object::Class;
use std::cell::Cell;

/// What of a dict's entries is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The keys.
    Keys,
    /// The values.
    Values,
    /// Pairs of key and value.
    Items,
}

/// What [`PyDictIter::len`] says once the dict was seen to have changed.
const CHANGED: u32 = u32::MAX;

/// An iterator over a dict.
#[derive(Debug, Traverse)]
pub struct PyDictIter {
    /// `None` when exhausted.
    dict: VmCell<Option<Ref<PyDict>>>,
    /// Forwards: the number of the next entry; backwards: that of the entry before, which comes after.
    position: Cell<u32>,
    /// How many keys are left to show.
    left: Cell<u32>,
    /// How many keys the dict had at the start.
    len: Cell<u32>,
    #[traverse(skip)]
    view: View,
    is_reversed: bool,
}

impl PyPayload for PyDictIter {
    const DEF: &'static TypeDef = &DICT_KEY_ITERATOR;
}

const SLOTS: Slots = Slots {
    iter: Some(itself),
    next: Some(next),
    ..Slots::EMPTY
};

const METHODS: &[Method] = &[
    method!(
        "__length_hint__",
        "($self, /)",
        length_hint,
        LENGTH_HINT_DOC
    ),
    method!("__reduce__", "($self, /)", reduce, REDUCE_DOC),
];

macro_rules! iterators {
    ($($(#[$meta:meta])* $def:ident = $name:literal, $doc:literal;)+) => {
        $(
            $(#[$meta])*
            pub static $def: TypeDef = TypeDef {
                class: Some(Class::of::<PyDictIter>),
                doc: $doc,
                flags: TypeFlags::NO_NEW,
                slots: SLOTS,
                methods: METHODS,
                ..TypeDef::new($name)
            };
        )+
    };
}
iterators! {
    /// `dict_keyiterator`
    DICT_KEY_ITERATOR = "dict_keyiterator", "Goes through the keys of a dict.";
    /// `dict_valueiterator`
    DICT_VALUE_ITERATOR = "dict_valueiterator", "Goes through the values of a dict.";
    /// `dict_itemiterator`
    DICT_ITEM_ITERATOR = "dict_itemiterator", "Goes through the items of a dict.";
    /// `dict_reversekeyiterator`
    DICT_REVERSE_KEY_ITERATOR = "dict_reversekeyiterator", "Goes through the keys of a dict, last first.";
    /// `dict_reversevalueiterator`
    DICT_REVERSE_VALUE_ITERATOR = "dict_reversevalueiterator", "Goes through the values of a dict, last first.";
    /// `dict_reverseitemiterator`
    DICT_REVERSE_ITEM_ITERATOR = "dict_reverseitemiterator", "Goes through the items of a dict, last first.";
}

impl View {
    fn iterator(self, is_reversed: bool) -> &'static TypeDef {
        match (self, is_reversed) {
            (View::Keys, false) => &DICT_KEY_ITERATOR,
            (View::Values, false) => &DICT_VALUE_ITERATOR,
            (View::Items, false) => &DICT_ITEM_ITERATOR,
            (View::Keys, true) => &DICT_REVERSE_KEY_ITERATOR,
            (View::Values, true) => &DICT_REVERSE_VALUE_ITERATOR,
            (View::Items, true) => &DICT_REVERSE_ITEM_ITERATOR,
        }
    }

    /// What is shown of an entry.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn show(self, vm: &Vm, (key, value): &(PyRef, PyRef)) -> PyResult {
        match self {
            View::Keys => Ok(key.clone()),
            View::Values => Ok(value.clone()),
            View::Items => Ok(vm.new_tuple(&[key.clone(), value.clone()])?.into_any()),
        }
    }
}

/// A new iterator over a dict.
///
/// # Errors
/// `OutOfMemory`.
pub fn iterate(
    vm: &Vm,
    dict: &Ref<PyDict>,
    view: View,
    is_reversed: bool,
) -> PyResult<Ref<PyDictIter>> {
    let table = dict.table(vm);
    let position = if is_reversed {
        table.entry_count() as u32
    } else {
        0
    };
    let payload = PyDictIter {
        dict: VmCell::new(Some(dict.clone())),
        position: Cell::new(position),
        left: Cell::new(table.len() as u32),
        len: Cell::new(table.len() as u32),
        view,
        is_reversed,
    };
    vm.new_instance(vm.class(view.iterator(is_reversed)), payload)
}

impl PyDictIter {
    /// What comes next.
    ///
    /// # Errors
    /// `RuntimeError` if the dict's keys have changed; `OutOfMemory`.
    #[inline]
    pub fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let Some(dict) = self.dict.get(vm) else {
            return Ok(None);
        };
        let table = dict.table(vm);
        if table.len() as u32 != self.len.get() {
            self.len.set(CHANGED);
            return Err(vm.runtime_error("dictionary changed size during iteration"));
        }
        let position = self.position.get() as usize;
        let entry = if self.is_reversed {
            table.previous_live(position)
        } else {
            table.next_live(position)
        };
        let Some(item) = entry.and_then(|entry| table.item(entry)) else {
            drop(self.dict.get_mut(vm).take());
            return Ok(None);
        };
        let shown = self.view.show(vm, item)?;
        if self.left.get() == 0 {
            drop(self.dict.get_mut(vm).take());
            return Err(vm.runtime_error("dictionary keys changed during iteration"));
        }
        let entry = entry.unwrap_or_default() as u32;
        self.position
            .set(if self.is_reversed { entry } else { entry + 1 });
        self.left.set(self.left.get().saturating_sub(1));
        Ok(Some(shown))
    }

    fn remaining(&self, vm: &Vm) -> usize {
        match self.dict.get(vm) {
            Some(dict) if dict.len(vm) as u32 == self.len.get() => self.left.get() as usize,
            _ => 0,
        }
    }
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    receiver::<PyDictIter>(this).step(vm)
}

fn length_hint(vm: &mut Vm, this: Ref<PyDictIter>) -> usize {
    this.remaining(vm)
}

/// `(iter, ([what is left],))`, without moving on.
fn reduce(vm: &mut Vm, this: Ref<PyDictIter>) -> PyResult {
    let iter = builtin(vm, "iter")?;
    let ahead = PyDictIter {
        dict: VmCell::new(this.dict.get(vm).clone()),
        position: this.position.clone(),
        left: this.left.clone(),
        len: this.len.clone(),
        view: this.view,
        is_reversed: this.is_reversed,
    };
    let mut left = Vec::new();
    while let Some(item) = ahead.step(vm)? {
        left.push(item);
    }
    let left = vm.new_list(left)?.into_any();
    reduced(vm, iter, &[left], None)
}
