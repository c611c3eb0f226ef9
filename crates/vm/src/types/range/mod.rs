//! `range`: numbers that are computed when asked for. Start here; iteration is in `iter.rs`.
//!
//! Everything has two ways: for numbers of 64 bits ([`Small`], computed in 128), and for all others.

mod iter;

pub use iter::{LONG_RANGE_ITERATOR, PyLongRangeIter, PyRangeIter, RANGE_ITERATOR};

use crate::object::PyPayload;
use crate::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use crate::types::bool_::BOOL;
use crate::types::int::{INT, PyInt};
use crate::types::iterators::{receiver, reduced};
use crate::types::slice::{self, PySlice};
use crate::types::tuple::TupleHash;
use crate::types::type_::PyType;
use crate::{Args, Kind, PyRef, PyResult, Ref, Traverse, Vm, method};
use exuvia_object::Class;
use malachite_bigint::BigInt;

/// A range. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyRange {
    start: Ref<PyInt>,
    stop: Ref<PyInt>,
    step: Ref<PyInt>,
}

impl PyPayload for PyRange {
    const DEF: &'static TypeDef = &RANGE;
}

/// `range`
pub static RANGE: TypeDef = TypeDef {
    class: Some(|| untracked(Class::of::<PyRange>())),
    doc: "range(stop), range(start, stop[, step])\n\nThe whole numbers from start on, step apart, up to stop, which is \
          not one of them.",
    flags: TypeFlags::SEQUENCE,
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(iter),
        new: Some(new),
        bool: Some(is_true),
        len: Some(len),
        getitem: Some(getitem),
        contains: Some(contains),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__reversed__",
            "($self, /)",
            reversed,
            "An iterator over the numbers, last first."
        ),
        method!(
            "__reduce__",
            "($self, /)",
            reduce,
            "What pickle needs to make the range again."
        ),
        method!(
            "count",
            "($self, object, /)",
            count,
            "How many of the numbers equal a value."
        ),
        method!(
            "index",
            "($self, object, /)",
            index,
            "The index of the number that equals a value.\n\nRaises ValueError if there is none."
        ),
    ],
    getset: &[
        GetSet {
            name: "start",
            doc: "The first number.",
            get: |_, this| part(&range(this).start),
            set: Some(read_only),
        },
        GetSet {
            name: "stop",
            doc: "Where the range ends.",
            get: |_, this| part(&range(this).stop),
            set: Some(read_only),
        },
        GetSet {
            name: "step",
            doc: "The distance of numbers.",
            get: |_, this| part(&range(this).step),
            set: Some(read_only),
        },
    ],
    ..TypeDef::new("range")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&RANGE, &RANGE_ITERATOR, &LONG_RANGE_ITERATOR];

fn range(this: &PyRef) -> &Ref<PyRange> {
    receiver(this)
}

fn part(number: &Ref<PyInt>) -> PyResult {
    Ok(number.clone().into_any())
}

/// The setter of members that Python cannot change.
pub(crate) fn read_only(vm: &mut Vm, _: &PyRef, _: Option<&PyRef>) -> PyResult<()> {
    Err(vm.attribute_error("readonly attribute"))
}

/// The class for objects that hold nothing but ints, which are in no cycle.
fn untracked(class: Class) -> Class {
    Class {
        kind: Kind::Untracked,
        ..class
    }
}

fn new_int_ref(vm: &Vm, number: i128) -> PyResult<Ref<PyInt>> {
    Ok(vm.new_int_from_i128(number)?.downcast().expect("an int"))
}

fn new_big(vm: &Vm, number: BigInt) -> PyResult<Ref<PyInt>> {
    Ok(vm.new_bigint(number)?.downcast().expect("an int"))
}

/// A range whose numbers have 64 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Small {
    start: i64,
    stop: i64,
    step: i64,
}

impl Small {
    /// The number of numbers.
    fn len(self) -> u64 {
        let (first, last) = if self.step > 0 {
            (self.start, self.stop)
        } else {
            (self.stop, self.start)
        };
        if first >= last {
            0
        } else {
            (last.abs_diff(first) - 1) / self.step.unsigned_abs() + 1
        }
    }

    /// The number at an index, which may lie outside.
    fn item(self, index: i128) -> i128 {
        i128::from(self.start) + index * i128::from(self.step)
    }

    /// The index of a number, if the range has it.
    fn index_of(self, number: i64) -> Option<u64> {
        let is_between = if self.step > 0 {
            self.start <= number && number < self.stop
        } else {
            self.stop < number && number <= self.start
        };
        let distance = number.abs_diff(self.start);
        let step = self.step.unsigned_abs();
        (is_between && distance.is_multiple_of(step)).then(|| distance / step)
    }
}

impl PyRange {
    /// A range payload; the step is not 0, and all are exact ints.
    pub(crate) fn new(start: Ref<PyInt>, stop: Ref<PyInt>, step: Ref<PyInt>) -> Self {
        Self { start, stop, step }
    }

    /// The numbers, if all have 64 bits.
    #[inline]
    pub(crate) fn as_small(&self) -> Option<Small> {
        Some(Small {
            start: self.start.to_i64()?,
            stop: self.stop.to_i64()?,
            step: self.step.to_i64()?,
        })
    }

    /// The number of numbers.
    fn len(&self) -> BigInt {
        if let Some(small) = self.as_small() {
            return BigInt::from(small.len());
        }
        let (start, stop, step) = (
            self.start.to_bigint(),
            self.stop.to_bigint(),
            self.step.to_bigint(),
        );
        let (first, last, step) = if self.step.sign() > 0 {
            (start, stop, step)
        } else {
            (stop, start, -step)
        };
        if first >= last {
            BigInt::from(0)
        } else {
            (last - first - BigInt::from(1)) / step + BigInt::from(1)
        }
    }

    fn item(&self, index: &BigInt) -> BigInt {
        self.start.to_bigint() + self.step.to_bigint() * index
    }

    /// The index of a number, if the range has it.
    fn index_of(&self, number: &Ref<PyInt>) -> Option<BigInt> {
        if let (Some(small), Some(number)) = (self.as_small(), number.to_i64()) {
            return small.index_of(number).map(BigInt::from);
        }
        let zero = BigInt::from(0);
        let step = self.step.to_bigint();
        let distance = number.to_bigint() - self.start.to_bigint();
        if &distance % &step != zero {
            return None;
        }
        let index = distance / step;
        (index >= zero && index < self.len()).then_some(index)
    }
}

fn new(vm: &mut Vm, _: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() {
        return Err(vm.type_error("range() takes no keyword arguments"));
    }
    let given = args.positionals();
    let (start, stop, step) = match given {
        [] => return Err(vm.type_error("range expected at least 1 argument, got 0")),
        [stop] => (None, stop, None),
        [start, stop] => (Some(start), stop, None),
        [start, stop, step] => (Some(start), stop, Some(step)),
        more => {
            return Err(vm.type_error(format!(
                "range expected at most 3 arguments, got {}",
                more.len()
            )));
        }
    };
    let start = bound(vm, start, 0)?;
    let stop = exact_index(vm, stop)?;
    let step = bound(vm, step, 1)?;
    if step.sign() == 0 {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    Ok(vm.new_object(PyRange::new(start, stop, step))?.into_any())
}

fn bound(vm: &mut Vm, given: Option<&PyRef>, default: i128) -> PyResult<Ref<PyInt>> {
    match given {
        Some(given) => exact_index(vm, given),
        None => new_int_ref(vm, default),
    }
}

/// What an object counts as an index, as an `int` itself and not of a class derived from it.
fn exact_index(vm: &mut Vm, object: &PyRef) -> PyResult<Ref<PyInt>> {
    let index = vm.index(object)?;
    if vm.is_exactly(index.as_any(), &INT) {
        Ok(index)
    } else {
        new_big(vm, index.to_bigint())
    }
}

/// The number that an object is, if it is an `int` or a `bool` itself: others may compare as they like.
fn plain_int<'a>(vm: &Vm, object: &'a PyRef) -> Option<&'a Ref<PyInt>> {
    object
        .downcast_ref::<PyInt>()
        .filter(|_| vm.is_exactly(object, &INT) || vm.is_exactly(object, &BOOL))
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let range = range(this);
    let (start, stop) = (
        vm.repr(range.start.as_any())?,
        vm.repr(range.stop.as_any())?,
    );
    let (start, stop) = (start.to_text(), stop.to_text());
    let text = if range.step.to_i64() == Some(1) {
        format!("range({start}, {stop})")
    } else {
        let step = vm.repr(range.step.as_any())?;
        format!("range({start}, {stop}, {})", step.to_text())
    };
    Ok(vm.new_str(&text)?.into_any())
}

/// The hash of a tuple of length, first number and step, the latter two only where they matter.
fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let range = range(this);
    let len = range.len();
    let none = vm.none();
    let (zero, one) = (BigInt::from(0), BigInt::from(1));
    let start = if len == zero {
        none.clone()
    } else {
        range.start.clone().into_any()
    };
    let step = if len <= one {
        none
    } else {
        range.step.clone().into_any()
    };
    let mut hash = TupleHash::new();
    for part in [vm.new_bigint(len)?, start, step] {
        hash.add(vm.hash(&part)?);
    }
    Ok(hash.finish_with_len(3))
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (Some(other), CompareOp::Eq | CompareOp::Ne) = (other.downcast_ref::<PyRange>(), op) else {
        return Ok(vm.not_implemented());
    };
    Ok(vm.new_bool(have_same_numbers(range(this), other) == (op == CompareOp::Eq)))
}

fn have_same_numbers(left: &PyRange, right: &PyRange) -> bool {
    let len = left.len();
    let same = |left: &Ref<PyInt>, right: &Ref<PyInt>| left.to_bigint() == right.to_bigint();
    len == right.len()
        && (len == BigInt::from(0)
            || same(&left.start, &right.start)
                && (len == BigInt::from(1) || same(&left.step, &right.step)))
}

fn is_true(_: &mut Vm, this: &PyRef) -> PyResult<bool> {
    Ok(range(this).len() != BigInt::from(0))
}

fn len(vm: &mut Vm, this: &PyRef) -> PyResult<usize> {
    let len = vm.new_bigint(range(this).len())?;
    let len = len.downcast_ref::<PyInt>().and_then(|len| len.to_i64());
    len.and_then(|len| usize::try_from(len).ok())
        .ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let range = range(this);
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        return Ok(sliced(vm, range, slice)?.into_any());
    }
    if vm.type_of(key).slots(vm).index.is_none() {
        let found = vm.type_name(key);
        return Err(vm.type_error(format!(
            "range indices must be integers or slices, not {found}"
        )));
    }
    let index = vm.index(key)?;
    let number = match (range.as_small(), index.to_i64()) {
        (Some(small), Some(index)) => {
            let len = i128::from(small.len());
            let index = if index < 0 {
                i128::from(index) + len
            } else {
                i128::from(index)
            };
            (0..len)
                .contains(&index)
                .then(|| vm.new_int_from_i128(small.item(index)))
        }
        _ => {
            let (zero, len) = (BigInt::from(0), range.len());
            let index = if index.sign() < 0 {
                index.to_bigint() + &len
            } else {
                index.to_bigint()
            };
            (index >= zero && index < len).then(|| vm.new_bigint(range.item(&index)))
        }
    };
    number.unwrap_or_else(|| Err(vm.index_error("range object index out of range")))
}

fn sliced(vm: &mut Vm, range: &PyRange, slice: &PySlice) -> PyResult<Ref<PyRange>> {
    let small = range
        .as_small()
        .and_then(|small| Some((small, usize::try_from(small.len()).ok()?)));
    let small = small.filter(|&(_, len)| isize::try_from(len).is_ok());
    let part = match (small, slice::plain_bounds(vm, slice)) {
        (Some((small, len)), Some(bounds)) => {
            let indices = bounds.for_len(len);
            PyRange::new(
                new_int_ref(vm, small.item(indices.start as i128))?,
                new_int_ref(vm, small.item(indices.stop as i128))?,
                new_int_ref(vm, i128::from(small.step) * indices.step as i128)?,
            )
        }
        _ => {
            let (start, stop, step) = slice::long_indices(vm, slice, &range.len())?;
            PyRange::new(
                new_big(vm, range.item(&start))?,
                new_big(vm, range.item(&stop))?,
                new_big(vm, range.step.to_bigint() * step)?,
            )
        }
    };
    vm.new_object(part)
}

fn contains(vm: &mut Vm, this: &PyRef, item: &PyRef) -> PyResult<bool> {
    if let Some(number) = plain_int(vm, item) {
        return Ok(range(this).index_of(number).is_some());
    }
    Ok(search(vm, this, item)?.is_some())
}

/// The index of the first number that equals an object of a type with an equality of its own. Runs Python.
fn search(vm: &mut Vm, this: &PyRef, item: &PyRef) -> PyResult<Option<usize>> {
    let numbers = iter(vm, this)?;
    let mut index = 0;
    while let Some(number) = vm.next(&numbers)? {
        if vm.equal(&number, item)? {
            return Ok(Some(index));
        }
        index += 1;
    }
    Ok(None)
}

fn count(vm: &mut Vm, this: Ref<PyRange>, object: PyRef) -> PyResult<usize> {
    if let Some(number) = plain_int(vm, &object) {
        return Ok(usize::from(this.index_of(number).is_some()));
    }
    let numbers = iter(vm, this.as_any())?;
    let mut found = 0;
    while let Some(number) = vm.next(&numbers)? {
        found += usize::from(vm.equal(&number, &object)?);
    }
    Ok(found)
}

fn index(vm: &mut Vm, this: Ref<PyRange>, object: PyRef) -> PyResult {
    if let Some(number) = plain_int(vm, &object) {
        return match this.index_of(number) {
            Some(index) => vm.new_bigint(index),
            None => Err(vm.value_error("range.index(x): x not in range")),
        };
    }
    match search(vm, this.as_any(), &object)? {
        Some(index) => vm.new_int_from_usize(index),
        None => Err(vm.value_error("sequence.index(x): x not in sequence")),
    }
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    let range = range(this);
    match range
        .as_small()
        .filter(|small| small.is_iterable_in_words())
    {
        Some(small) => Ok(vm.new_object(PyRangeIter::new(small))?.into_any()),
        None => {
            let len = new_big(vm, range.len())?;
            let iterator = PyLongRangeIter::new(range.start.clone(), range.step.clone(), len);
            Ok(vm.new_object(iterator)?.into_any())
        }
    }
}

impl Small {
    /// Whether to go through the numbers in machine words: where CPython does, too.
    fn is_iterable_in_words(self) -> bool {
        // The farthest that the number behind the last one may lie.
        let farthest =
            i128::from(self.stop) + i128::from(self.step) - i128::from(self.step.signum());
        i64::try_from(self.len()).is_ok() && (self.len() == 0 || i64::try_from(farthest).is_ok())
    }

    /// First number, stop and step of the same numbers in opposite order.
    fn backward(self) -> [i128; 3] {
        let last = self.item(i128::from(self.len()) - 1);
        [
            last,
            i128::from(self.start) - i128::from(self.step),
            -i128::from(self.step),
        ]
    }
}

fn reversed(vm: &mut Vm, this: Ref<PyRange>) -> PyResult {
    let backward = match this.as_small() {
        Some(small) => {
            let [start, stop, step] = small.backward();
            PyRange::new(
                new_int_ref(vm, start)?,
                new_int_ref(vm, stop)?,
                new_int_ref(vm, step)?,
            )
        }
        None => {
            let last = this.len() - BigInt::from(1);
            let before_first = this.start.to_bigint() - this.step.to_bigint();
            let step = -this.step.to_bigint();
            PyRange::new(
                new_big(vm, this.item(&last))?,
                new_big(vm, before_first)?,
                new_big(vm, step)?,
            )
        }
    };
    let backward = vm.new_object(backward)?.into_any();
    iter(vm, &backward)
}

fn reduce(vm: &mut Vm, this: Ref<PyRange>) -> PyResult {
    let class = vm.class(&RANGE).clone().into_any();
    let parts = [&this.start, &this.stop, &this.step].map(|part| part.clone().into_any());
    reduced(vm, class, &parts, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_the_numbers_that_counting_reaches() {
        for start in -6..6 {
            for stop in -6..6 {
                for step in [-5, -2, -1, 1, 2, 5] {
                    let range = Small { start, stop, step };
                    let numbers: Vec<i64> = (0..)
                        .map(|nth| start + nth * step)
                        .take_while(|&number| {
                            if step > 0 {
                                number < stop
                            } else {
                                number > stop
                            }
                        })
                        .collect();
                    assert_eq!(range.len(), numbers.len() as u64, "{range:?}");
                    for number in -12..12 {
                        let index = numbers.iter().position(|&found| found == number);
                        assert_eq!(
                            range.index_of(number),
                            index.map(|index| index as u64),
                            "{number} in {range:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_longest_ranges_are_counted_right() {
        let up = Small {
            start: i64::MIN,
            stop: i64::MAX,
            step: 1,
        };
        assert_eq!(up.len(), u64::MAX);
        assert_eq!(up.index_of(i64::MAX - 1), Some(u64::MAX - 1));
        assert!(!up.is_iterable_in_words());
        let down = Small {
            start: i64::MAX,
            stop: i64::MIN,
            step: i64::MIN,
        };
        assert_eq!((down.len(), down.index_of(-1)), (2, Some(1)));
    }
}
