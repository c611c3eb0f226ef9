//! What Python sees of tuples: operators and methods.

use super::{PyTuple, PyTupleIter, TUPLE, kind_for};
use crate::table::{CompareOp, Method, Slots};
use crate::types::generic_alias;
use crate::types::iterators::receiver;
use crate::types::sequence;
use crate::types::slice::{self, PySlice};
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm, class_method, method};

pub(super) const SLOTS: Slots = Slots {
    repr: Some(repr),
    hash: Some(hash),
    richcompare: Some(richcompare),
    iter: Some(iter),
    new: Some(new),
    len: Some(len),
    getitem: Some(getitem),
    contains: Some(contains),
    concat: Some(concat),
    repeat: Some(repeat),
    ..Slots::EMPTY
};

/// The rows of `tuple`.
pub(super) static METHODS: &[Method] = &[
    method!(
        "__getnewargs__",
        "($self, /)",
        getnewargs,
        "The arguments from which pickle makes the tuple again."
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
    class_method!(
        "__class_getitem__",
        "($type, object, /)",
        class_getitem,
        "The generic alias tuple[object]."
    ),
];

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let hook = vm.names().init.clone();
    let iterable = sequence::one_argument(vm, ty, &TUPLE, &hook, args)?;
    let is_exact = ty.is(vm.class(&TUPLE));
    let Some(iterable) = iterable else {
        return Ok(vm.new_tuple_instance(ty, &[])?.into_any());
    };
    if is_exact && vm.is_exactly(iterable, &TUPLE) {
        return Ok(iterable.clone());
    }
    let items = sequence::collect(vm, iterable)?;
    if is_exact {
        Ok(vm.new_tuple_from_heap_vec(items)?.into_any())
    } else {
        Ok(vm.new_tuple_instance(ty, &items)?.into_any())
    }
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let tuple = receiver::<PyTuple>(this);
    let brackets = if tuple.len() == 1 {
        ("(", ",)")
    } else {
        ("(", ")")
    };
    sequence::repr(vm, this, &**tuple, brackets, "(...)")
}

/// The hash of a tuple with elements of these hashes (xxHash, as CPython's `Objects/tupleobject.c`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct TupleHash(u64);

impl TupleHash {
    const PRIME_1: u64 = 11_400_714_785_074_694_791;
    const PRIME_2: u64 = 14_029_467_366_897_019_727;
    const PRIME_5: u64 = 2_870_177_450_012_600_261;

    /// The hash of nothing yet.
    pub(crate) fn new() -> Self {
        Self(Self::PRIME_5)
    }

    /// Adds an element's hash.
    pub(crate) fn add(&mut self, hash: i64) {
        let mixed = self
            .0
            .wrapping_add(hash.cast_unsigned().wrapping_mul(Self::PRIME_2));
        self.0 = mixed.rotate_left(31).wrapping_mul(Self::PRIME_1);
    }

    /// The hash of a tuple of `len` elements.
    pub(crate) fn finish_with_len(self, len: usize) -> i64 {
        Self(self.0.wrapping_add(len as u64 ^ Self::PRIME_5 ^ 3_527_539)).finish()
    }

    /// The hash without the length.
    pub(crate) fn finish(self) -> i64 {
        if self.0 == u64::MAX {
            1_546_275_796
        } else {
            self.0.cast_signed()
        }
    }
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let tuple = receiver::<PyTuple>(this);
    vm.recursion_guard(|vm| {
        let mut hash = TupleHash::new();
        for item in tuple.iter() {
            hash.add(vm.hash(item)?);
        }
        Ok(hash.finish_with_len(tuple.len()))
    })
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    match other.downcast_ref::<PyTuple>() {
        Some(other) => sequence::compare(vm, &**receiver::<PyTuple>(this), &**other, op),
        None => Ok(vm.not_implemented()),
    }
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(vm
        .new_object(PyTupleIter::new(receiver::<PyTuple>(this).clone()))?
        .into_any())
}

fn len(_: &mut Vm, this: &PyRef) -> PyResult<usize> {
    Ok(receiver::<PyTuple>(this).len())
}

/// `this[key]`
///
/// # Errors
/// `IndexError`, `TypeError`, or what `__index__` raises.
#[inline]
pub fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let tuple = receiver::<PyTuple>(this);
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        return part(vm, this, tuple, slice);
    }
    let index = sequence::subscript(vm, key, "tuple")?;
    match sequence::place(index, tuple.len()) {
        Some(index) => Ok(tuple[index].clone()),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

fn part(vm: &mut Vm, this: &PyRef, tuple: &Ref<PyTuple>, slice: &Ref<PySlice>) -> PyResult {
    let indices = slice::indices(vm, slice, tuple.len())?;
    let part = match indices.as_range() {
        Some(range) if range.len() == tuple.len() && vm.is_exactly(this, &TUPLE) => {
            return Ok(this.clone());
        }
        Some(range) => vm.new_tuple(&tuple[range])?,
        None => {
            let kind = kind_for(tuple);
            vm.new_tuple_of(
                kind,
                indices.count,
                indices.iter().map(|index| tuple[index].clone()),
            )?
        }
    };
    Ok(part.into_any())
}

fn contains(vm: &mut Vm, this: &PyRef, item: &PyRef) -> PyResult<bool> {
    Ok(sequence::find(vm, &**receiver::<PyTuple>(this), item, 0, usize::MAX)?.is_some())
}

fn concat(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
    let left = receiver::<PyTuple>(this);
    let Some(right) = other.downcast_ref::<PyTuple>() else {
        let found = vm.type_name(other);
        return Err(vm.type_error(format!(
            "can only concatenate tuple (not \"{found}\") to tuple"
        )));
    };
    if left.is_empty() && vm.is_exactly(other, &TUPLE) {
        return Ok(other.clone());
    }
    if right.is_empty() && vm.is_exactly(this, &TUPLE) {
        return Ok(this.clone());
    }
    let kind = if kind_for(left) == kind_for(right) {
        kind_for(left)
    } else {
        crate::Kind::Tracked
    };
    let items = left.iter().chain(right.iter()).cloned();
    Ok(vm
        .new_tuple_of(kind, left.len() + right.len(), items)?
        .into_any())
}

fn repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let count = sequence::repeat_count(vm, count)?;
    let tuple = receiver::<PyTuple>(this);
    if (tuple.is_empty() || count == 1) && vm.is_exactly(this, &TUPLE) {
        return Ok(this.clone());
    }
    let len = tuple
        .len()
        .checked_mul(count)
        .ok_or(crate::PyErr::OutOfMemory)?;
    let items = tuple.iter().cycle().take(len).cloned();
    Ok(vm.new_tuple_of(kind_for(tuple), len, items)?.into_any())
}

fn getnewargs(vm: &mut Vm, this: Ref<PyTuple>) -> PyResult {
    let copy = vm.new_tuple(&this)?.into_any();
    Ok(vm.new_tuple(&[copy])?.into_any())
}

fn index(
    vm: &mut Vm,
    this: Ref<PyTuple>,
    value: PyRef,
    start: Option<PyRef>,
    stop: Option<PyRef>,
) -> PyResult<usize> {
    let found = sequence::index_of(vm, &*this, &value, start.as_ref(), stop.as_ref())?;
    found.ok_or_else(|| vm.value_error("tuple.index(x): x not in tuple"))
}

fn count(vm: &mut Vm, this: Ref<PyTuple>, value: PyRef) -> PyResult<usize> {
    sequence::count(vm, &*this, &value)
}

fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    generic_alias::new(vm, &class, &item)
}
