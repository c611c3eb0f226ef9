//! The slots and methods of deques.

use super::deque::{DEQUE, INIT, PyDeque};
use super::deque_iter::PyDequeIter;
use crate::{call_row, receiver};
use exuvia_vm::table::{CompareOp, Method, Slots};
use exuvia_vm::types::generic_alias::class_getitem;
use exuvia_vm::types::iterators::REDUCE_DOC;
use exuvia_vm::types::sequence::{native_equal, place, repeat_count, search_bound};
use exuvia_vm::types::str::StrBuilder;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm, class_method, method};

/// The slots of `deque`.
pub(super) const SLOTS: Slots = Slots {
    repr: Some(repr),
    richcompare: Some(richcompare),
    iter: Some(|vm, this| Ok(PyDequeIter::forwards(vm, receiver(this), 0)?.into_any())),
    init: Some(|vm, this, args| call_row(vm, &INIT, this, args).map(drop)),
    new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyDeque::empty(None))?.into_any())),
    len: Some(|vm, this| Ok(receiver::<PyDeque>(this).len(vm))),
    getitem: Some(getitem),
    setitem: Some(setitem),
    contains: Some(contains),
    concat: Some(concat),
    inplace_concat: Some(|vm, this, other| {
        extend(vm, receiver::<PyDeque>(this).clone(), other.clone())?;
        Ok(this.clone())
    }),
    repeat: Some(|vm, this, count| {
        let copy = copy(vm, receiver::<PyDeque>(this).clone())?;
        match copy.downcast_ref::<PyDeque>() {
            Some(copy) => repeat_in_place(vm, copy, count)?,
            None => return vm.binary_op(exuvia_vm::protocol::number::BinaryOp::Mul, &copy, count),
        }
        Ok(copy)
    }),
    inplace_repeat: Some(|vm, this, count| {
        repeat_in_place(vm, receiver(this), count)?;
        Ok(this.clone())
    }),
    owned_bytes: Some(|vm, this| receiver::<PyDeque>(this).items.get(vm).buffer_bytes()),
    ..Slots::EMPTY
};

/// The rows of `deque`.
pub(super) static METHODS: &[Method] = &[
    method!(
        "append",
        "($self, item, /)",
        |vm: &mut Vm, this: Ref<PyDeque>, item: PyRef| this.push_back(vm, item),
        "Adds an element at the end."
    ),
    method!(
        "appendleft",
        "($self, item, /)",
        |vm: &mut Vm, this: Ref<PyDeque>, item: PyRef| this.push_front(vm, item),
        "Adds an element at the front."
    ),
    method!(
        "clear",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDeque>| this.clear(vm),
        "Removes all elements."
    ),
    method!(
        "copy",
        "($self, /)",
        copy,
        "A new deque of the same elements and with the same maxlen."
    ),
    method!(
        "__copy__",
        "($self, /)",
        copy,
        "A new deque of the same elements and with the same maxlen."
    ),
    method!(
        "count",
        "($self, value, /)",
        count,
        "How many elements equal a value."
    ),
    method!(
        "extend",
        "($self, iterable, /)",
        extend,
        "Adds all that an iterable yields at the end."
    ),
    method!(
        "extendleft",
        "($self, iterable, /)",
        extend_left,
        "Adds all that an iterable yields at the front, one after the other."
    ),
    method!(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        index,
        "The index of the first element that equals a value.\n\nRaises ValueError if there is none."
    ),
    method!(
        "insert",
        "($self, index, value, /)",
        insert,
        "Puts an element before the one at an index.\n\nRaises IndexError if the deque is full."
    ),
    method!(
        "pop",
        "($self, /)",
        pop,
        "Takes the last element out and returns it."
    ),
    method!(
        "popleft",
        "($self, /)",
        pop_left,
        "Takes the first element out and returns it."
    ),
    method!(
        "remove",
        "($self, value, /)",
        remove,
        "Removes the first element that equals a value.\n\nRaises ValueError if there is none."
    ),
    method!(
        "reverse",
        "($self, /)",
        reverse,
        "Puts the elements into opposite order, in place."
    ),
    method!(
        "rotate",
        "($self, n=1, /)",
        |vm: &mut Vm, this: Ref<PyDeque>, n: Option<isize>| this.rotate(vm, n.unwrap_or(1)),
        "Moves elements from the end to the front; for a negative n, from the front to the end."
    ),
    method!("__reduce__", "($self, /)", reduce, REDUCE_DOC),
    method!(
        "__reversed__",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDeque>| PyDequeIter::backwards(vm, &this, 0),
        "An iterator over the elements, last first."
    ),
    class_method!(
        "__class_getitem__",
        "($type, object, /)",
        class_getitem,
        "The generic alias deque[object]."
    ),
];

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    if vm.repr_enter(this)? {
        return Ok(vm.new_str("[...]")?.into_any());
    }
    let result = vm.recursion_guard(|vm| repr_elements(vm, receiver(this)));
    vm.repr_leave(this);
    result
}

fn repr_elements(vm: &mut Vm, this: &Ref<PyDeque>) -> PyResult {
    // What is shown is the deque as it is now, whatever the elements do to it meanwhile.
    let elements = vm.new_list(this.to_vec(vm))?.into_any();
    let shown = vm.repr(&elements)?;
    let mut text = StrBuilder::new();
    text.push_str(vm, &vm.type_of(this).name_text())?;
    text.push_str(vm, "(")?;
    text.push(vm, &shown)?;
    if let Some(max_len) = this.max_len() {
        text.push_str(vm, &format!(", maxlen={max_len}"))?;
    }
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (
        this.downcast_ref::<PyDeque>(),
        other.downcast_ref::<PyDeque>(),
    ) else {
        return Ok(vm.not_implemented());
    };
    if left.len(vm) != right.len(vm) && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.new_bool(op == CompareOp::Ne));
    }
    vm.recursion_guard(|vm| compare(vm, left, right, op))
}

/// Compares element by element; a comparison that changes one of the deques is an error, as in any iteration.
fn compare(vm: &mut Vm, left: &Ref<PyDeque>, right: &Ref<PyDeque>, op: CompareOp) -> PyResult {
    let before = (left.changes(), right.changes());
    let mut index = 0;
    loop {
        let (a, b) = match (left.get(vm, index), right.get(vm, index)) {
            (Some(a), Some(b)) => (a, b),
            (a, b) => {
                let ordering = a.is_some().cmp(&b.is_some());
                return Ok(vm.new_bool(op.holds(ordering)));
            }
        };
        if !vm.equal(&a, &b)? {
            return match op {
                CompareOp::Eq => Ok(vm.new_bool(false)),
                CompareOp::Ne => Ok(vm.new_bool(true)),
                _ => vm.compare(&a, &b, op),
            };
        }
        if (left.changes(), right.changes()) != before {
            return Err(mutated(vm));
        }
        index += 1;
    }
}

pub(super) fn mutated(vm: &Vm) -> PyErr {
    vm.runtime_error("deque mutated during iteration")
}

/// The place that a subscript means.
fn subscript(vm: &mut Vm, this: &Ref<PyDeque>, key: &PyRef) -> PyResult<usize> {
    if vm.type_of(key).slots(vm).index.is_none() {
        let found = vm.type_name(key);
        return Err(vm.type_error(format!("sequence index must be integer, not '{found}'")));
    }
    let index = vm.index_isize_in_sequence(key)?;
    place(index as i64, this.len(vm)).ok_or_else(|| vm.index_error("deque index out of range"))
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let this = receiver::<PyDeque>(this);
    let index = subscript(vm, this, key)?;
    this.get(vm, index)
        .ok_or_else(|| vm.index_error("deque index out of range"))
}

fn setitem(vm: &mut Vm, this: &PyRef, key: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let this = receiver::<PyDeque>(this);
    let index = subscript(vm, this, key)?;
    let items = this.items.get_mut(vm);
    match value {
        Some(value) => {
            if let Some(place) = items.get_mut(index) {
                drop(std::mem::replace(place, value.clone()));
            }
        }
        None => {
            this.note_change();
            drop(items.remove(index));
        }
    }
    Ok(())
}

/// The index of the first element in a range that equals a value. May run Python; if that changes the deque,
/// the search ends with the error that `changed` makes.
fn find(
    vm: &mut Vm,
    this: &Ref<PyDeque>,
    value: &PyRef,
    range: std::ops::Range<usize>,
    changed: fn(&Vm) -> PyErr,
) -> PyResult<Option<usize>> {
    let before = this.changes();
    for index in range {
        let Some(item) = this.items.get(vm).get(index) else {
            break;
        };
        let is_equal = match native_equal(vm, item, value) {
            Some(is_equal) => is_equal,
            None => {
                let item = item.clone();
                let is_equal = vm.equal(&item, value)?;
                if this.changes() != before {
                    return Err(changed(vm));
                }
                is_equal
            }
        };
        if is_equal {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn contains(vm: &mut Vm, this: &PyRef, value: &PyRef) -> PyResult<bool> {
    Ok(find(vm, receiver(this), value, 0..usize::MAX, mutated)?.is_some())
}

fn count(vm: &mut Vm, this: Ref<PyDeque>, value: PyRef) -> PyResult<usize> {
    let (mut count, mut start) = (0, 0);
    while let Some(index) = find(vm, &this, &value, start..usize::MAX, mutated)? {
        count += 1;
        start = index + 1;
    }
    Ok(count)
}

fn index(
    vm: &mut Vm,
    this: Ref<PyDeque>,
    value: PyRef,
    start: Option<PyRef>,
    stop: Option<PyRef>,
) -> PyResult<usize> {
    let start = search_bound(vm, start.as_ref(), 0)?;
    let stop = search_bound(vm, stop.as_ref(), i64::MAX)?;
    let len = this.len(vm) as i64;
    let fit = |bound: i64| {
        let bound = if bound < 0 { bound + len } else { bound };
        usize::try_from(bound.min(len)).unwrap_or(0)
    };
    let found = find(vm, &this, &value, fit(start)..fit(stop), mutated)?;
    found.ok_or_else(|| vm.value_error("deque.index(x): x not in deque"))
}

fn remove(vm: &mut Vm, this: Ref<PyDeque>, value: PyRef) -> PyResult<()> {
    let changed: fn(&Vm) -> PyErr = |vm| vm.index_error("deque mutated during iteration");
    let Some(index) = find(vm, &this, &value, 0..usize::MAX, changed)? else {
        return Err(vm.value_error("deque.remove(x): x not in deque"));
    };
    this.note_change();
    drop(this.items.get_mut(vm).remove(index));
    Ok(())
}

fn insert(vm: &mut Vm, this: Ref<PyDeque>, index: isize, value: PyRef) -> PyResult<()> {
    let len = this.len(vm);
    if this.max_len() == Some(len) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let index = if index < 0 {
        len.saturating_add_signed(index)
    } else {
        index.cast_unsigned().min(len)
    };
    let space = vm.space_handle();
    this.note_change();
    Ok(this.items.get_mut(vm).insert(space.heap(), index, value)?)
}

fn extend(vm: &mut Vm, this: Ref<PyDeque>, iterable: PyRef) -> PyResult<()> {
    let iterable = apart(vm, &this, iterable)?;
    this.extend(vm, &iterable)
}

fn extend_left(vm: &mut Vm, this: Ref<PyDeque>, iterable: PyRef) -> PyResult<()> {
    let iterable = apart(vm, &this, iterable)?;
    this.extend_front(vm, &iterable)
}

/// What to iterate over while the deque grows: a copy, if it is to grow by itself.
fn apart(vm: &mut Vm, this: &Ref<PyDeque>, iterable: PyRef) -> PyResult {
    if iterable.is(this) {
        Ok(vm.new_list(this.to_vec(vm))?.into_any())
    } else {
        Ok(iterable)
    }
}

fn pop(vm: &mut Vm, this: Ref<PyDeque>) -> PyResult {
    let item = this.pop_back(vm);
    item.ok_or_else(|| vm.index_error("pop from an empty deque"))
}

fn pop_left(vm: &mut Vm, this: Ref<PyDeque>) -> PyResult {
    let item = this.pop_front(vm);
    item.ok_or_else(|| vm.index_error("pop from an empty deque"))
}

fn reverse(vm: &mut Vm, this: Ref<PyDeque>) {
    let items = this.items.get_mut(vm);
    let len = items.len();
    for index in 0..len / 2 {
        items.swap(index, len - 1 - index);
    }
}

/// A copy of a deque; of a derived class, made by calling the class.
fn copy(vm: &mut Vm, this: Ref<PyDeque>) -> PyResult {
    if vm.is_exactly(this.as_any(), &DEQUE) {
        let copy = vm.new_object(PyDeque::empty(this.max_len()))?;
        let space = vm.space_handle();
        let mut index = 0;
        while let Some(item) = this.get(vm, index) {
            copy.items.get_mut(vm).push_back(space.heap(), item)?;
            index += 1;
        }
        return Ok(copy.into_any());
    }
    let class = vm.type_of(&this).clone().into_any();
    let max_len = this.max_len();
    let mut args = vec![this.into_any()];
    if let Some(max_len) = max_len {
        args.push(vm.new_int_from_usize(max_len)?);
    }
    vm.call_positional(&class, &args)
}

fn concat(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
    if !other.is_a::<PyDeque>() {
        let found = vm.type_name(other);
        return Err(vm.type_error(format!(
            "can only concatenate deque (not \"{found}\") to deque"
        )));
    }
    let sum = copy(vm, receiver::<PyDeque>(this).clone())?;
    let Some(deque) = sum.downcast_ref::<PyDeque>() else {
        return Err(vm.type_error("copy() of a deque must return a deque"));
    };
    deque.extend(vm, other)?;
    Ok(sum)
}

/// Repeats the elements; of those that a maxlen would drop again, not more than one round is added.
fn repeat_in_place(vm: &mut Vm, this: &Ref<PyDeque>, count: &PyRef) -> PyResult<()> {
    let mut times = repeat_count(vm, count)?;
    let len = this.len(vm);
    if times == 0 || len == 0 {
        if len > 0 {
            this.clear(vm);
        }
        return Ok(());
    }
    if let Some(max_len) = this.max_len() {
        times = skip_dropped(vm, this, times, max_len)?;
    }
    let total = len
        .checked_mul(times)
        .filter(|&total| total <= isize::MAX as usize / 8);
    let Some(total) = total else {
        return Err(PyErr::OutOfMemory);
    };
    let elements = this.to_vec(vm);
    for index in len..total {
        this.push_back(vm, elements[index % len].clone())?;
    }
    Ok(())
}

/// How often the elements need to be repeated so that the deque ends as if it were done `times` times.
fn skip_dropped(vm: &Vm, this: &Ref<PyDeque>, times: usize, max_len: usize) -> PyResult<usize> {
    let len = this.len(vm);
    // The last `max_len` elements are the same as soon as so many rounds have gone by.
    Ok(times.min(max_len.div_ceil(len) + 1))
}

fn reduce(vm: &mut Vm, this: Ref<PyDeque>) -> PyResult {
    let name = vm.names().getstate.clone();
    let state = vm.call_method(this.as_any(), &name, &[])?;
    let iterator = vm.iter(this.as_any())?;
    let args = match this.max_len() {
        None => vm.new_tuple(&[])?,
        Some(max_len) => {
            let empty = vm.new_tuple(&[])?.into_any();
            let max_len = vm.new_int_from_usize(max_len)?;
            vm.new_tuple(&[empty, max_len])?
        }
    };
    let class = vm.type_of(&this).clone().into_any();
    Ok(vm
        .new_tuple(&[class, args.into_any(), state, iterator])?
        .into_any())
}
