//! `range_iterator` for numbers of 64 bits and `longrange_iterator` for all others.

use super::{PyRange, Small};
use crate::object::PyPayload;
use crate::table::{Slots, TypeDef, TypeFlags};
use crate::types::int::PyInt;
use crate::types::iterators::{
    LENGTH_HINT_DOC, REDUCE_DOC, SETSTATE_DOC, builtin, itself, receiver, reduced,
};
use crate::{PyRef, PyResult, Ref, Slot, Traverse, Vm, method};
use exuvia_object::Class;
use malachite_bigint::BigInt;
use std::cell::Cell;

/// An iterator over a range whose numbers all have 64 bits. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyRangeIter {
    next: Cell<i64>,
    step: i64,
    left: Cell<u64>,
}

impl PyPayload for PyRangeIter {
    const DEF: &'static TypeDef = &RANGE_ITERATOR;
}

/// `range_iterator`
pub static RANGE_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PyRangeIter>),
    doc: "Goes through the numbers of a range.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(next),
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
        method!("__setstate__", "($self, object, /)", setstate, SETSTATE_DOC),
    ],
    ..TypeDef::new("range_iterator")
};

impl PyRangeIter {
    pub(super) fn new(range: Small) -> Self {
        Self {
            next: Cell::new(range.start),
            step: range.step,
            left: Cell::new(range.len()),
        }
    }

    /// The next number, as a machine word.
    #[inline]
    pub fn step_i64(&self) -> Option<i64> {
        self.left.set(self.left.get().checked_sub(1)?);
        let number = self.next.get();
        // Behind the last number this may wrap around; nobody asks for it.
        self.next.set(number.wrapping_add(self.step));
        Some(number)
    }

    /// The next number.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn step(&self, vm: &Vm) -> PyResult<Option<PyRef>> {
        self.step_i64().map(|number| vm.new_int(number)).transpose()
    }
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    receiver::<PyRangeIter>(this).step(vm)
}

fn length_hint(vm: &mut Vm, this: Ref<PyRangeIter>) -> PyResult {
    vm.new_int_from_i128(i128::from(this.left.get()))
}

fn reduce(vm: &mut Vm, this: Ref<PyRangeIter>) -> PyResult {
    let (start, step) = (i128::from(this.next.get()), i128::from(this.step));
    let stop = start + i128::from(this.left.get()) * step;
    let range = PyRange::new(
        super::new_int_ref(vm, start)?,
        super::new_int_ref(vm, stop)?,
        super::new_int_ref(vm, step)?,
    );
    reduce_to_range(vm, range)
}

fn reduce_to_range(vm: &mut Vm, range: PyRange) -> PyResult {
    let iter = builtin(vm, "iter")?;
    let range = vm.new_object(range)?.into_any();
    let none = vm.none();
    reduced(vm, iter, &[range], Some(none))
}

fn setstate(vm: &mut Vm, this: Ref<PyRangeIter>, state: PyRef) -> PyResult<()> {
    let index = vm.index(&state)?;
    let Some(index) = index.to_i64() else {
        return Err(vm.overflow_error("Python int too large to convert to C long"));
    };
    let skipped = u64::try_from(index).unwrap_or(0).min(this.left.get());
    this.next.set(
        this.next
            .get()
            .wrapping_add(this.step.wrapping_mul(skipped.cast_signed())),
    );
    this.left.set(this.left.get() - skipped);
    Ok(())
}

/// An iterator over a range with numbers beyond 64 bits. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyLongRangeIter {
    next: Slot<PyInt>,
    step: Ref<PyInt>,
    left: Slot<PyInt>,
}

impl PyPayload for PyLongRangeIter {
    const DEF: &'static TypeDef = &LONG_RANGE_ITERATOR;
}

/// `longrange_iterator`
pub static LONG_RANGE_ITERATOR: TypeDef = TypeDef {
    class: Some(|| super::untracked(Class::of::<PyLongRangeIter>())),
    doc: "Goes through the numbers of a range that do not fit into machine words.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(long_next),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__length_hint__",
            "($self, /)",
            long_length_hint,
            LENGTH_HINT_DOC
        ),
        method!("__reduce__", "($self, /)", long_reduce, REDUCE_DOC),
        method!(
            "__setstate__",
            "($self, object, /)",
            long_setstate,
            SETSTATE_DOC
        ),
    ],
    ..TypeDef::new("longrange_iterator")
};

impl PyLongRangeIter {
    pub(super) fn new(start: Ref<PyInt>, step: Ref<PyInt>, len: Ref<PyInt>) -> Self {
        Self {
            next: Slot::new(Some(start)),
            step,
            left: Slot::new(Some(len)),
        }
    }

    fn next_number(&self) -> Ref<PyInt> {
        self.next.get().expect("always set")
    }

    fn left_number(&self) -> Ref<PyInt> {
        self.left.get().expect("always set")
    }

    /// Goes `count` numbers on, at most to the end.
    fn advance(&self, vm: &Vm, count: BigInt) -> PyResult<()> {
        let left = self.left_number().to_bigint();
        let count = count.min(left.clone());
        let next = self.next_number().to_bigint() + self.step.to_bigint() * &count;
        let (next, left) = (super::new_big(vm, next)?, super::new_big(vm, left - count)?);
        self.next.set(Some(next));
        self.left.set(Some(left));
        Ok(())
    }
}

fn long_next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let this = receiver::<PyLongRangeIter>(this);
    if this.left_number().sign() == 0 {
        return Ok(None);
    }
    let number = this.next_number();
    this.advance(vm, BigInt::from(1))?;
    Ok(Some(number.into_any()))
}

fn long_length_hint(_: &mut Vm, this: Ref<PyLongRangeIter>) -> PyRef {
    this.left_number().into_any()
}

fn long_reduce(vm: &mut Vm, this: Ref<PyLongRangeIter>) -> PyResult {
    let start = this.next_number();
    let stop = start.to_bigint() + this.step.to_bigint() * this.left_number().to_bigint();
    let range = PyRange::new(start, super::new_big(vm, stop)?, this.step.clone());
    reduce_to_range(vm, range)
}

fn long_setstate(vm: &mut Vm, this: Ref<PyLongRangeIter>, state: PyRef) -> PyResult<()> {
    let Some(index) = state.downcast_ref::<PyInt>() else {
        let found = vm.type_name(&state);
        return Err(vm.type_error(format!("state must be an int, not {found}")));
    };
    if index.sign() > 0 {
        this.advance(vm, index.to_bigint())
    } else {
        Ok(())
    }
}
