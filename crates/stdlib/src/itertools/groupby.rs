//! `groupby`: items in groups with the same key.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::iterators::itself;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyRef, PyResult, Ref, Slot, Traverse, Vm, class_method};
use std::cell::Cell;

/// `groupby(iterable, key)`. 64 bytes.
#[derive(Debug, Traverse)]
pub struct PyGroupBy {
    iterator: PyRef,
    /// `None`: the item is the key.
    key: Option<PyRef>,
    /// The key of the group yielded last.
    group_key: Slot,
    /// The item that comes next and its key, if it was looked at already.
    current_item: Slot,
    current_key: Slot,
    /// The number of the group that may take items.
    group: Cell<u64>,
}

impl PyPayload for PyGroupBy {
    const DEF: &'static TypeDef = &GROUPBY;
}

/// `itertools.groupby`
pub(super) static GROUPBY: TypeDef = TypeDef {
    class: Some(Class::of::<PyGroupBy>),
    doc: "groupby(iterable, key=None)\n\nYields a key and an iterator over the items that follow each other with that \
          key. The iterator is at its end as soon as the next group is asked for.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| next_group(vm, receiver(this))),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_GROUPBY, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.groupby")
};

static NEW_GROUPBY: Method = class_method!(
    "groupby",
    "($type, iterable, key=None)",
    |vm: &mut Vm, ty: Ref<PyType>, iterable: PyRef, key: Option<PyRef>| {
        let payload = PyGroupBy {
            iterator: vm.iter(&iterable)?,
            key: key.filter(|key| !vm.is_none(key)),
            group_key: Slot::empty(),
            current_item: Slot::empty(),
            current_key: Slot::empty(),
            group: Cell::new(0),
        };
        vm.new_instance(&ty, payload)
    },
    ""
);

impl PyGroupBy {
    /// Takes the next item and finds its key; `false` at the end.
    fn advance(&self, vm: &mut Vm) -> PyResult<bool> {
        let Some(item) = vm.next(&self.iterator)? else {
            return Ok(false);
        };
        let key = match &self.key {
            None => item.clone(),
            Some(key) => vm.call_positional(key, std::slice::from_ref(&item))?,
        };
        self.current_item.set(Some(item));
        self.current_key.set(Some(key));
        Ok(true)
    }
}

/// Skips the rest of the last group and starts the next.
fn next_group(vm: &mut Vm, this: &Ref<PyGroupBy>) -> PyResult<Option<PyRef>> {
    this.group.set(this.group.get() + 1);
    let key = loop {
        if let Some(current) = this.current_key.get() {
            match this.group_key.get() {
                None => break current,
                Some(last) if !vm.equal(&last, &current)? => break current,
                Some(_) => {}
            }
        }
        if !this.advance(vm)? {
            return Ok(None);
        }
    };
    this.group_key.set(Some(key.clone()));
    let grouper = new_grouper(vm, this, key.clone())?.into_any();
    Ok(Some(vm.new_tuple(&[key, grouper])?.into_any()))
}

/// The items of one group. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyGrouper {
    parent: Ref<PyGroupBy>,
    key: PyRef,
    /// The parent's number for this group.
    group: u64,
}

impl PyPayload for PyGrouper {
    const DEF: &'static TypeDef = &GROUPER;
}

/// `itertools._grouper`
pub(super) static GROUPER: TypeDef = TypeDef {
    class: Some(Class::of::<PyGrouper>),
    doc: "Yields the items of one group.",
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| next_of_group(vm, receiver(this))),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_GROUPER, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools._grouper")
};

static NEW_GROUPER: Method = class_method!(
    "_grouper",
    "($type, parent, tgtkey, /)",
    |vm: &mut Vm, _: PyRef, parent: PyRef, key: PyRef| {
        let Some(parent) = parent.downcast_ref::<PyGroupBy>() else {
            let found = vm.type_name(&parent);
            return Err(vm.type_error(format!(
                "_grouper() argument 1 must be itertools.groupby, not {found}"
            )));
        };
        parent.group.set(parent.group.get() + 1);
        new_grouper(vm, parent, key)
    },
    ""
);

/// An iterator over the group that the parent is at.
fn new_grouper(vm: &Vm, parent: &Ref<PyGroupBy>, key: PyRef) -> PyResult<Ref<PyGrouper>> {
    vm.new_object(PyGrouper {
        parent: parent.clone(),
        key,
        group: parent.group.get(),
    })
}

fn next_of_group(vm: &mut Vm, this: &Ref<PyGrouper>) -> PyResult<Option<PyRef>> {
    let parent = &this.parent;
    if parent.group.get() != this.group {
        return Ok(None);
    }
    if parent.current_item.is_empty() && !parent.advance(vm)? {
        return Ok(None);
    }
    let Some(key) = parent.current_key.get() else {
        return Ok(None);
    };
    if !vm.equal(&this.key, &key)? {
        return Ok(None);
    }
    parent.current_key.set(None);
    Ok(parent.current_item.take())
}
