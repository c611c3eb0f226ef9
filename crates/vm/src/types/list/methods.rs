//! The methods of lists.

use super::{PyList, PyListReverseIter, extend, sort};
use crate::table::Method;
use crate::types::generic_alias;
use crate::types::sequence;
use crate::{PyRef, PyResult, Ref, Vm, class_method, method};

/// The rows of `list`.
pub(super) static METHODS: &[Method] = &[
    method!(
        "__reversed__",
        "($self, /)",
        reversed,
        "An iterator over the elements, last first."
    ),
    method!("clear", "($self, /)", clear, "Removes all elements."),
    method!(
        "copy",
        "($self, /)",
        copy,
        "A new list of the same elements."
    ),
    method!(
        "append",
        "($self, object, /)",
        append,
        "Adds an element at the end."
    ),
    method!(
        "insert",
        "($self, index, object, /)",
        insert,
        "Puts an element before the one at an index."
    ),
    method!(
        "extend",
        "($self, iterable, /)",
        extend_with,
        "Adds all that an iterable yields at the end."
    ),
    method!(
        "pop",
        "($self, index=-1, /)",
        pop,
        "Takes an element out and returns it, the last one by default.\n\nRaises IndexError if there is none."
    ),
    method!(
        "remove",
        "($self, value, /)",
        remove,
        "Removes the first element that equals a value.\n\nRaises ValueError if there is none."
    ),
    method!(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        index,
        "The index of the first element that equals a value.\n\nRaises ValueError if there is none."
    ),
    method!(
        "count",
        "($self, value, /)",
        count,
        "How many elements equal a value."
    ),
    method!(
        "reverse",
        "($self, /)",
        reverse,
        "Puts the elements into opposite order, in place."
    ),
    method!(
        "sort",
        "($self, /, *, key=None, reverse=False)",
        sort_with,
        "Sorts the elements in place, in ascending order unless reverse is true.\n\nElements that compare equal keep \
         their order. With a key function, what it returns for each element is compared."
    ),
    class_method!(
        "__class_getitem__",
        "($type, object, /)",
        class_getitem,
        "The generic alias list[object]."
    ),
];

fn reversed(vm: &mut Vm, this: Ref<PyList>) -> PyResult<Ref<PyListReverseIter>> {
    let iterator = PyListReverseIter::new(vm, this);
    vm.new_object(iterator)
}

fn clear(vm: &mut Vm, this: Ref<PyList>) {
    this.clear(vm);
}

fn copy(vm: &mut Vm, this: Ref<PyList>) -> PyResult<Ref<PyList>> {
    vm.new_list_from_slice(this.as_slice(vm))
}

fn append(vm: &mut Vm, this: Ref<PyList>, object: PyRef) -> PyResult<()> {
    this.push(vm, object)
}

fn insert(vm: &mut Vm, this: Ref<PyList>, index: isize, object: PyRef) -> PyResult<()> {
    let len = this.len(vm);
    let index = if index < 0 {
        len.saturating_add_signed(index)
    } else {
        index.cast_unsigned().min(len)
    };
    let space = vm.space_handle();
    Ok(this.items.get_mut(vm).insert(space.heap(), index, object)?)
}

fn extend_with(vm: &mut Vm, this: Ref<PyList>, iterable: PyRef) -> PyResult<()> {
    extend(vm, &this, &iterable)
}

fn pop(vm: &mut Vm, this: Ref<PyList>, index: Option<isize>) -> PyResult {
    let len = this.len(vm);
    if len == 0 {
        return Err(vm.index_error("pop from empty list"));
    }
    match sequence::place(index.unwrap_or(-1) as i64, len) {
        Some(index) => Ok(this.remove(vm, index)),
        None => Err(vm.index_error("pop index out of range")),
    }
}

fn remove(vm: &mut Vm, this: Ref<PyList>, value: PyRef) -> PyResult<()> {
    let Some(index) = sequence::find(vm, &*this, &value, 0, usize::MAX)? else {
        return Err(vm.value_error("list.remove(x): x not in list"));
    };
    // The comparison may have shortened the list.
    if index < this.len(vm) {
        drop(this.remove(vm, index));
    }
    Ok(())
}

fn index(
    vm: &mut Vm,
    this: Ref<PyList>,
    value: PyRef,
    start: Option<PyRef>,
    stop: Option<PyRef>,
) -> PyResult<usize> {
    let found = sequence::index_of(vm, &*this, &value, start.as_ref(), stop.as_ref())?;
    found.ok_or_else(|| vm.value_error("list.index(x): x not in list"))
}

fn count(vm: &mut Vm, this: Ref<PyList>, value: PyRef) -> PyResult<usize> {
    sequence::count(vm, &*this, &value)
}

fn reverse(vm: &mut Vm, this: Ref<PyList>) {
    this.items.get_mut(vm).reverse();
}

fn sort_with(
    vm: &mut Vm,
    this: Ref<PyList>,
    key: Option<PyRef>,
    reverse: Option<bool>,
) -> PyResult<()> {
    let key = key.filter(|key| !vm.is_none(key));
    sort::sort(vm, &this, key.as_ref(), reverse.unwrap_or(false))
}

fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    generic_alias::new(vm, &class, &item)
}
