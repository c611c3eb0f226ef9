//! `slice`: the object, and what a slice means for a sequence of a given length.

use crate::object::PyPayload;
use crate::table::TypeDef;
use crate::{PyRef, PyResult, Ref, Traverse, Vm};
use exuvia_object::Class;

/// A slice object. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PySlice {
    /// `None` or an index.
    pub start: PyRef,
    /// `None` or an index.
    pub stop: PyRef,
    /// `None` or a step.
    pub step: PyRef,
}

impl PyPayload for PySlice {
    const DEF: &'static TypeDef = &SLICE;
}

/// `slice`
pub static SLICE: TypeDef = TypeDef { class: Some(Class::of::<PySlice>), ..TypeDef::new("slice") };

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
        let distance = if is_backward { start - stop } else { stop - start };
        let count = if distance > 0 { (distance.unsigned_abs() - 1) / self.step.unsigned_abs() + 1 } else { 0 };
        Indices { start, stop, step: self.step, count }
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
        self.start.wrapping_add_unsigned(nth.wrapping_mul(self.step.cast_unsigned())).cast_unsigned()
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
    let (first, last) = if step < 0 { (isize::MAX, isize::MIN) } else { (0, isize::MAX) };
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
        return Err(vm.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    vm.index_isize_clamped(part).map(Some)
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
