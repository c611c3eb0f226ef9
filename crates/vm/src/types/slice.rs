//! `slice`: the object, and what a slice means for a sequence of a given length.

use crate::object::PyPayload;
use crate::table::{CompareOp, GetSet, Slots, TypeDef};
use crate::types::int::int_i64;
use crate::types::iterators::{receiver, reduced};
use crate::types::range::read_only;
use crate::types::str::StrBuilder;
use crate::types::tuple::TupleHash;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Traverse, Vm, method};
use exuvia_object::Class;
use malachite_bigint::BigInt;

/// A slice object. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PySlice {
    // In the order in which they die.
    /// `None` or a step.
    pub step: PyRef,
    /// `None` or an index.
    pub start: PyRef,
    /// `None` or an index.
    pub stop: PyRef,
}

impl PyPayload for PySlice {
    const DEF: &'static TypeDef = &SLICE;
}

/// `slice`
pub static SLICE: TypeDef = TypeDef {
    class: Some(Class::of::<PySlice>),
    doc: "slice(stop), slice(start, stop[, step])\n\nWhat a subscript with colons passes: sequence[start:stop:step].",
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        new: Some(new),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "indices",
            "($self, object, /)",
            indices_method,
            "The start, stop and step that the slice means for a sequence of a length."
        ),
        method!(
            "__reduce__",
            "($self, /)",
            reduce,
            "What pickle needs to make the slice again."
        ),
    ],
    getset: &[
        GetSet {
            name: "start",
            doc: "Where the slice starts.",
            get: |_, this| Ok(slice(this).start.clone()),
            set: Some(read_only),
        },
        GetSet {
            name: "stop",
            doc: "Where the slice stops.",
            get: |_, this| Ok(slice(this).stop.clone()),
            set: Some(read_only),
        },
        GetSet {
            name: "step",
            doc: "The step.",
            get: |_, this| Ok(slice(this).step.clone()),
            set: Some(read_only),
        },
    ],
    ..TypeDef::new("slice")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&SLICE];

/// The numbers of a slice, not yet fitted to a sequence.
///
/// `start` and `stop` are clamped to what an index can be; the step is never 0 and never `isize::MIN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Where to start; negative counts from the end.
    pub start: isize,
    /// Where to stop; negative counts from the end.
    pub stop: isize,
    /// The step.
    pub step: isize,
}

/// Which elements of a sequence a slice means: `count` of them, from `start` on, `step` apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Indices {
    /// The first index; between 0 and the length, or -1 if the step is negative and nothing is meant.
    pub start: isize,
    /// Where to stop: between -1 and the length.
    pub stop: isize,
    /// The step, not 0.
    pub step: isize,
    /// The number of elements.
    pub count: usize,
}

impl Bounds {
    /// Fits the slice to a sequence of this length.
    pub fn for_len(self, len: usize) -> Indices {
        let len = isize::try_from(len).unwrap_or(isize::MAX);
        let is_backward = self.step < 0;
        let fit = |index: isize| {
            let index = if index < 0 { index + len } else { index };
            let (lowest, highest) = if is_backward { (-1, len - 1) } else { (0, len) };
            index.clamp(lowest, highest)
        };
        let (start, stop) = (fit(self.start), fit(self.stop));
        let distance = if is_backward {
            start - stop
        } else {
            stop - start
        };
        let count = if distance > 0 {
            (distance.unsigned_abs() - 1) / self.step.unsigned_abs() + 1
        } else {
            0
        };
        Indices {
            start,
            stop,
            step: self.step,
            count,
        }
    }
}

impl Indices {
    /// The indices in order; none is out of range.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator + use<> {
        (0..self.count).map(move |nth| self.nth(nth))
    }

    /// The index of the `nth` element meant, for `nth` below `count`.
    #[inline]
    pub fn nth(self, nth: usize) -> usize {
        self.start
            .wrapping_add_unsigned(nth.wrapping_mul(self.step.cast_unsigned()))
            .cast_unsigned()
    }

    /// The elements as a range of indices, if the step is 1.
    #[inline]
    pub fn as_range(self) -> Option<std::ops::Range<usize>> {
        let start = self.start.cast_unsigned();
        (self.step == 1).then(|| start..start + self.count)
    }
}

/// The numbers of a slice. Calls `__index__` where there is one, so it may run Python.
///
/// # Errors
/// `TypeError` for what is neither an index nor `None`, `ValueError` for a step of zero.
pub fn bounds(vm: &mut Vm, slice: &Ref<PySlice>) -> PyResult<Bounds> {
    let step = match number(vm, &slice.step)? {
        None => 1,
        Some(0) => return Err(vm.value_error("slice step cannot be zero")),
        Some(step) => step.max(-isize::MAX),
    };
    let (first, last) = if step < 0 {
        (isize::MAX, isize::MIN)
    } else {
        (0, isize::MAX)
    };
    let start = number(vm, &slice.start)?.unwrap_or(first);
    let stop = number(vm, &slice.stop)?.unwrap_or(last);
    Ok(Bounds { start, stop, step })
}

/// Which elements of a sequence of this length a slice means.
///
/// Calls `__index__`, which may change the sequence: native code that holds a changeable sequence calls
/// [`bounds`] first and fits them to the length that the sequence has then.
///
/// # Errors
/// As [`bounds`].
pub fn indices(vm: &mut Vm, slice: &Ref<PySlice>, len: usize) -> PyResult<Indices> {
    Ok(bounds(vm, slice)?.for_len(len))
}

/// A part of a slice as a number, clamped; `None` for `None`.
fn number(vm: &mut Vm, part: &PyRef) -> PyResult<Option<isize>> {
    if vm.is_none(part) {
        return Ok(None);
    }
    if vm.type_of(part).slots(vm).index.is_none() {
        return Err(
            vm.type_error("slice indices must be integers or None or have an __index__ method")
        );
    }
    vm.index_isize_clamped(part).map(Some)
}

impl PySlice {
    fn parts(&self) -> [&PyRef; 3] {
        [&self.start, &self.stop, &self.step]
    }
}

fn slice(this: &PyRef) -> &Ref<PySlice> {
    receiver(this)
}

fn new(vm: &mut Vm, _: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() {
        return Err(vm.type_error("slice() takes no keyword arguments"));
    }
    let (start, stop, step) = match args.positionals() {
        [] => return Err(vm.type_error("slice expected at least 1 argument, got 0")),
        [stop] => (vm.none(), stop.clone(), vm.none()),
        [start, stop] => (start.clone(), stop.clone(), vm.none()),
        [start, stop, step] => (start.clone(), stop.clone(), step.clone()),
        more => {
            return Err(vm.type_error(format!(
                "slice expected at most 3 arguments, got {}",
                more.len()
            )));
        }
    };
    Ok(vm.new_slice(start, stop, step)?.into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let mut text = StrBuilder::new();
    text.push_str(vm, "slice(")?;
    for (index, part) in slice(this).parts().into_iter().enumerate() {
        if index > 0 {
            text.push_str(vm, ", ")?;
        }
        let shown = vm.recursion_guard(|vm| vm.repr(part))?;
        text.push(vm, &shown)?;
    }
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let mut hash = TupleHash::new();
    for part in slice(this).parts() {
        hash.add(vm.recursion_guard(|vm| vm.hash(part))?);
    }
    Ok(hash.finish())
}

/// Slices compare as tuples of their parts do.
fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let Some(other) = other.downcast_ref::<PySlice>() else {
        return Ok(vm.not_implemented());
    };
    let parts = |slice: &PySlice| slice.parts().map(PyRef::clone);
    let left = vm.new_tuple(&parts(slice(this)))?;
    let right = vm.new_tuple(&parts(other))?;
    vm.compare(left.as_any(), right.as_any(), op)
}

fn reduce(vm: &mut Vm, this: Ref<PySlice>) -> PyResult {
    let class = vm.class(&SLICE).clone().into_any();
    reduced(vm, class, &this.parts().map(PyRef::clone), None)
}

fn indices_method(vm: &mut Vm, this: Ref<PySlice>, len: PyRef) -> PyResult {
    let len = vm.index(&len)?.to_bigint();
    if len < BigInt::from(0) {
        return Err(vm.value_error("length should not be negative"));
    }
    let (start, stop, step) = long_indices(vm, &this, &len)?;
    let numbers = [
        vm.new_bigint(start)?,
        vm.new_bigint(stop)?,
        vm.new_bigint(step)?,
    ];
    Ok(vm.new_tuple(&numbers)?.into_any())
}

/// The numbers of a slice if they are all plain: `None` or ints of 64 bits. Runs no Python.
pub(crate) fn plain_bounds(vm: &Vm, slice: &PySlice) -> Option<Bounds> {
    let plain = |part: &PyRef, default: isize| {
        if vm.is_none(part) {
            Some(default)
        } else {
            int_i64(part).map(|number| number as isize)
        }
    };
    let step = plain(&slice.step, 1).filter(|&step| step != 0 && step != isize::MIN)?;
    let (first, last) = if step < 0 {
        (isize::MAX, isize::MIN)
    } else {
        (0, isize::MAX)
    };
    Some(Bounds {
        start: plain(&slice.start, first)?,
        stop: plain(&slice.stop, last)?,
        step,
    })
}

/// Start, stop and step for a sequence whose length may be beyond what a machine word holds. May run Python.
///
/// # Errors
/// As [`bounds`].
pub(crate) fn long_indices(
    vm: &mut Vm,
    slice: &PySlice,
    len: &BigInt,
) -> PyResult<(BigInt, BigInt, BigInt)> {
    let zero = BigInt::from(0);
    let step = long_number(vm, &slice.step)?.unwrap_or_else(|| BigInt::from(1));
    if step == zero {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let is_backward = step < zero;
    let (lowest, highest) = if is_backward {
        (BigInt::from(-1), len - BigInt::from(1))
    } else {
        (zero, len.clone())
    };
    let fit = |number: BigInt| {
        let number = if number < BigInt::from(0) {
            number + len
        } else {
            number
        };
        number.clamp(lowest.clone(), highest.clone())
    };
    let start = long_number(vm, &slice.start)?.map(fit);
    let stop = long_number(vm, &slice.stop)?.map(fit);
    let (first, last) = if is_backward {
        (highest.clone(), lowest.clone())
    } else {
        (lowest.clone(), highest.clone())
    };
    Ok((start.unwrap_or(first), stop.unwrap_or(last), step))
}

fn long_number(vm: &mut Vm, part: &PyRef) -> PyResult<Option<BigInt>> {
    if vm.is_none(part) {
        return Ok(None);
    }
    if vm.type_of(part).slots(vm).index.is_none() {
        return Err(
            vm.type_error("slice indices must be integers or None or have an __index__ method")
        );
    }
    Ok(Some(vm.index(part)?.to_bigint()))
}

impl Vm {
    /// A slice object.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn new_slice(&self, start: PyRef, stop: PyRef, step: PyRef) -> PyResult<Ref<PySlice>> {
        self.new_object(PySlice { start, stop, step })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the language reference says, one element after the other.
    fn naive(bounds: Bounds, len: isize) -> Vec<usize> {
        let fit = |index: isize| {
            if index < 0 {
                index.saturating_add(len)
            } else {
                index
            }
        };
        let (mut index, stop) = (fit(bounds.start), fit(bounds.stop));
        if bounds.step > 0 {
            index = index.max(0);
        } else {
            index = index.min(len - 1);
        }
        let mut meant = Vec::new();
        while if bounds.step > 0 {
            index < stop.min(len)
        } else {
            index > stop.max(-1)
        } {
            meant.push(index.cast_unsigned());
            index += bounds.step;
        }
        meant
    }

    #[test]
    fn a_slice_means_what_stepping_through_it_reaches() {
        for len in 0..6 {
            for start in -8..8 {
                for stop in -8..8 {
                    for step in [-7, -2, -1, 1, 2, 7] {
                        let bounds = Bounds { start, stop, step };
                        let indices = bounds.for_len(len);
                        let meant: Vec<usize> = indices.iter().collect();
                        assert_eq!(
                            meant,
                            naive(bounds, len.cast_signed()),
                            "{bounds:?} of {len}"
                        );
                        assert_eq!(meant.len(), indices.count);
                        assert!(meant.iter().all(|&index| index < len));
                    }
                }
            }
        }
    }

    #[test]
    fn the_extremes_overflow_nothing() {
        let extremes = [isize::MIN, -isize::MAX, -1, 0, 1, isize::MAX];
        for start in extremes {
            for stop in extremes {
                for step in [-isize::MAX, -1, 1, isize::MAX] {
                    for len in [0, 1, isize::MAX.cast_unsigned()] {
                        let indices = Bounds { start, stop, step }.for_len(len);
                        if let Some(last) = indices.count.checked_sub(1) {
                            assert!(indices.nth(0) < len && indices.nth(last) < len);
                        }
                    }
                }
            }
        }
    }
}
