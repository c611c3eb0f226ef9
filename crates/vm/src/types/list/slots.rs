//! What the language's operators do with lists.

use super::{LIST, PyList, PyListIter, extend};
use crate::table::{CompareOp, Slots};
use crate::types::iterators::receiver;
use crate::types::sequence;
use crate::types::slice::{self, PySlice};
use crate::types::type_::PyType;
use crate::{Args, HeapVec, PyErr, PyRef, PyResult, Ref, Vm};

pub(super) const SLOTS: Slots = Slots {
    repr: Some(repr),
    richcompare: Some(richcompare),
    iter: Some(iter),
    init: Some(init),
    new: Some(new),
    len: Some(len),
    getitem: Some(getitem),
    setitem: Some(setitem),
    contains: Some(contains),
    concat: Some(concat),
    repeat: Some(repeat),
    inplace_concat: Some(inplace_concat),
    inplace_repeat: Some(inplace_repeat),
    owned_bytes: Some(owned_bytes),
    ..Slots::EMPTY
};

fn new(vm: &mut Vm, ty: &Ref<PyType>, _: Args<'_>) -> PyResult {
    Ok(vm.new_instance(ty, PyList::default())?.into_any())
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let ty = vm.type_of(this).clone();
    let hook = vm.names().new.clone();
    let iterable = sequence::one_argument(vm, &ty, &LIST, &hook, args)?;
    let list = receiver::<PyList>(this);
    list.clear(vm);
    match iterable {
        Some(iterable) => extend(vm, list, iterable),
        None => Ok(()),
    }
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    sequence::repr(vm, this, &**receiver::<PyList>(this), ("[", "]"), "[...]")
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    match other.downcast_ref::<PyList>() {
        Some(other) => sequence::compare(vm, &**receiver::<PyList>(this), &**other, op),
        None => Ok(vm.not_implemented()),
    }
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(vm
        .new_object(PyListIter::new(receiver::<PyList>(this).clone()))?
        .into_any())
}

fn len(vm: &mut Vm, this: &PyRef) -> PyResult<usize> {
    Ok(receiver::<PyList>(this).len(vm))
}

fn owned_bytes(vm: &Vm, this: &PyRef) -> usize {
    receiver::<PyList>(this).items.get(vm).buffer_bytes()
}

fn contains(vm: &mut Vm, this: &PyRef, item: &PyRef) -> PyResult<bool> {
    Ok(sequence::find(vm, &**receiver::<PyList>(this), item, 0, usize::MAX)?.is_some())
}

/// `this[key]`
///
/// # Errors
/// `IndexError`, `TypeError`, or what `__index__` raises.
#[inline]
pub fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let list = receiver::<PyList>(this);
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        return Ok(part(vm, list, slice)?.into_any());
    }
    let index = sequence::subscript(vm, key, "list")?;
    let items = list.as_slice(vm);
    match sequence::place(index, items.len()) {
        Some(index) => Ok(items[index].clone()),
        None => Err(vm.index_error("list index out of range")),
    }
}

fn part(vm: &mut Vm, list: &Ref<PyList>, slice: &Ref<PySlice>) -> PyResult<Ref<PyList>> {
    let bounds = slice::bounds(vm, slice)?;
    let items = list.as_slice(vm);
    let indices = bounds.for_len(items.len());
    let part = match indices.as_range() {
        Some(range) => HeapVec::from_slice(vm.heap(), &items[range])?,
        None => {
            HeapVec::from_elements(vm.heap(), indices.iter().map(|index| items[index].clone()))?
        }
    };
    vm.new_list_from_heap_vec(part)
}

/// `this[key] = value`, or `del this[key]` for `None`.
///
/// # Errors
/// `IndexError`, `TypeError`, `ValueError`, or what `__index__` or iterating the value raises.
pub fn setitem(vm: &mut Vm, this: &PyRef, key: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let list = receiver::<PyList>(this);
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        let bounds = slice::bounds(vm, slice)?;
        return match value {
            Some(value) => assign_part(vm, list, bounds, value),
            None => {
                delete_part(vm, list, bounds);
                Ok(())
            }
        };
    }
    let index = sequence::subscript(vm, key, "list")?;
    let Some(index) = sequence::place(index, list.len(vm)) else {
        return Err(vm.index_error("list assignment index out of range"));
    };
    let old = match value {
        Some(value) => std::mem::replace(&mut list.items.get_mut(vm)[index], value.clone()),
        None => list.remove(vm, index),
    };
    drop(old);
    Ok(())
}

fn assign_part(
    vm: &mut Vm,
    list: &Ref<PyList>,
    bounds: slice::Bounds,
    value: &PyRef,
) -> PyResult<()> {
    // Iterating the value may change the list: what the slice means is settled afterwards.
    let with = sequence::collect_or(vm, value, "must assign iterable to extended slice")?;
    let indices = bounds.for_len(list.len(vm));
    if let Some(range) = indices.as_range() {
        return replace(vm, list, range, with);
    }
    if with.len() != indices.count {
        let (given, wanted) = (with.len(), indices.count);
        let message = format!(
            "attempt to assign sequence of size {given} to extended slice of size {wanted}"
        );
        return Err(vm.value_error(message));
    }
    let items = list.items.get_mut(vm);
    let mut with = with;
    for (index, item) in indices.iter().zip(with.iter_mut()) {
        std::mem::swap(&mut items[index], item);
    }
    // Now it holds the old elements.
    drop(with);
    Ok(())
}

fn replace(
    vm: &mut Vm,
    list: &Ref<PyList>,
    range: std::ops::Range<usize>,
    with: HeapVec<PyRef>,
) -> PyResult<()> {
    let shrinks = with.len() < range.len();
    let space = vm.space_handle();
    let items = list.items.get_mut(vm);
    let removed = items.replace_range(space.heap(), range, with)?;
    if shrinks {
        items.shrink_if_sparse();
    }
    drop(removed);
    Ok(())
}

fn delete_part(vm: &mut Vm, list: &Ref<PyList>, bounds: slice::Bounds) {
    let items = list.items.get_mut(vm);
    let indices = bounds.for_len(items.len());
    if indices.count == 0 {
        return;
    }
    if let Some(range) = indices.as_range() {
        items.remove_range(range);
    } else {
        let step = indices.step.unsigned_abs();
        let lowest = indices.nth(0).min(indices.nth(indices.count - 1));
        let highest = indices.nth(0).max(indices.nth(indices.count - 1));
        let mut index = 0;
        // They die afterwards, in order.
        let mut removed = Vec::with_capacity(indices.count);
        items.retain(|item| {
            let is_meant =
                (lowest..=highest).contains(&index) && (index - lowest).is_multiple_of(step);
            index += 1;
            if is_meant {
                removed.push(item.clone());
            }
            !is_meant
        });
    }
    items.shrink_if_sparse();
}

fn concat(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
    let Some(other) = other.downcast_ref::<PyList>() else {
        let found = vm.type_name(other);
        return Err(vm.type_error(format!(
            "can only concatenate list (not \"{found}\") to list"
        )));
    };
    let (left, right) = (receiver::<PyList>(this).as_slice(vm), other.as_slice(vm));
    let mut items = HeapVec::with_capacity(vm.heap(), left.len() + right.len())?;
    items.extend_from_slice(vm.heap(), left)?;
    items.extend_from_slice(vm.heap(), right)?;
    Ok(vm.new_list_from_heap_vec(items)?.into_any())
}

fn repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let count = sequence::repeat_count(vm, count)?;
    let items = sequence::repeated(vm, receiver::<PyList>(this).as_slice(vm), count)?;
    Ok(vm.new_list_from_heap_vec(items)?.into_any())
}

fn inplace_concat(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
    extend(vm, receiver::<PyList>(this), other)?;
    Ok(this.clone())
}

fn inplace_repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let count = sequence::repeat_count(vm, count)?;
    let list = receiver::<PyList>(this);
    if count == 0 {
        list.clear(vm);
        return Ok(this.clone());
    }
    let space = vm.space_handle();
    let items = list.items.get_mut(vm);
    let len = items.len();
    let total = len.checked_mul(count).ok_or(PyErr::OutOfMemory)?;
    items.reserve(space.heap(), total - len)?;
    for index in 0..total - len {
        // The elements repeat themselves: what was added before is copied on.
        let item = items[index].clone();
        items.push(space.heap(), item)?;
    }
    Ok(this.clone())
}
