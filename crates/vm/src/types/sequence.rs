//! What lists and tuples do alike: subscripts, searching, comparison, repetition, `repr` and class arguments.

use crate::table::{CompareOp, TypeDef};
use crate::types::exception::TYPE_ERROR;
use crate::types::float::float_value;
use crate::types::int::int_i64;
use crate::types::list::{LIST, PyList};
use crate::types::str::{PyStr, StrBuilder};
use crate::types::tuple::{PyTuple, TUPLE};
use crate::types::type_::PyType;
use crate::{Args, HeapVec, PyErr, PyRef, PyResult, Ref, Vm};

/// A list or a tuple, read element by element because comparing elements may run Python and change a list.
pub trait Elements {
    /// All elements, as long as no Python runs.
    fn elements<'a>(&'a self, vm: &'a Vm) -> &'a [PyRef];
}

impl Elements for PyList {
    #[inline]
    fn elements<'a>(&'a self, vm: &'a Vm) -> &'a [PyRef] {
        self.as_slice(vm)
    }
}

impl Elements for PyTuple {
    #[inline]
    fn elements<'a>(&'a self, _: &'a Vm) -> &'a [PyRef] {
        self.as_slice()
    }
}

/// A subscript as a number, for a sequence called `what` in the message.
///
/// # Errors
/// `TypeError` for what is no index, `IndexError` for one that no sequence can have.
#[inline]
pub fn subscript(vm: &mut Vm, key: &PyRef, what: &str) -> PyResult<i64> {
    match int_i64(key) {
        Some(index) => Ok(index),
        None => unusual_subscript(vm, key, what),
    }
}

#[cold]
fn unusual_subscript(vm: &mut Vm, key: &PyRef, what: &str) -> PyResult<i64> {
    if vm.type_of(key).slots(vm).index.is_none() {
        let found = vm.type_name(key);
        return Err(vm.type_error(format!(
            "{what} indices must be integers or slices, not {found}"
        )));
    }
    let index = vm.index(key)?;
    index
        .to_i64()
        .ok_or_else(|| vm.index_error("cannot fit 'int' into an index-sized integer"))
}

/// The place that a subscript means in a sequence of `len` elements; negative ones count from the end.
#[inline]
pub fn place(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index + len as i64 } else { index };
    usize::try_from(index).ok().filter(|&index| index < len)
}

/// How often to repeat a sequence: negative counts are 0.
///
/// # Errors
/// `TypeError` for what is no index, `OverflowError` for one that no sequence can have.
pub fn repeat_count(vm: &mut Vm, count: &PyRef) -> PyResult<usize> {
    let count = vm.index(count)?;
    match count.to_i64() {
        Some(count) => Ok(usize::try_from(count).unwrap_or(0)),
        None => Err(vm.overflow_error("cannot fit 'int' into an index-sized integer")),
    }
}

/// A bound of `index(value, start, stop)`: clamped, and negative ones still counted from the end.
///
/// # Errors
/// `TypeError` for what is no index, `None` included.
pub fn search_bound(vm: &mut Vm, bound: Option<&PyRef>, default: i64) -> PyResult<i64> {
    let Some(bound) = bound else {
        return Ok(default);
    };
    if vm.type_of(bound).slots(vm).index.is_none() {
        return Err(vm.type_error("slice indices must be integers or have an __index__ method"));
    }
    let index = vm.index(bound)?;
    Ok(index
        .to_i64()
        .unwrap_or(if index.sign() < 0 { i64::MIN } else { i64::MAX }))
}

/// Whether two objects are equal, if that can be told without running Python.
#[inline]
pub fn native_equal(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<bool> {
    if left.is(right) {
        return Some(true);
    }
    if let (Some(left), Some(right)) = (int_i64(left), int_i64(right)) {
        return Some(left == right);
    }
    let (left_str, right_str) = (exact_str(vm, left), exact_str(vm, right));
    if let (Some(left), Some(right)) = (left_str, right_str) {
        return Some(left.same_text(right));
    }
    if let (Some(left), Some(right)) = (float_value(left), float_value(right)) {
        return Some(left == right);
    }
    // A string equals nothing but strings, as far as numbers and None are concerned.
    let is_atom = |object: &PyRef| {
        int_i64(object).is_some() || float_value(object).is_some() || vm.is_none(object)
    };
    let differs = left_str.is_some() && is_atom(right) || right_str.is_some() && is_atom(left);
    differs.then_some(false)
}

#[inline]
fn exact_str<'a>(vm: &Vm, object: &'a PyRef) -> Option<&'a Ref<PyStr>> {
    object
        .downcast_ref::<PyStr>()
        .filter(|_| vm.is_exactly(object, &crate::types::str::STR))
}

/// The index of the first element from `start` on and before `stop` that equals the value. May run Python.
///
/// # Errors
/// What a comparison raises.
pub fn find<S: Elements>(
    vm: &mut Vm,
    sequence: &S,
    value: &PyRef,
    start: usize,
    stop: usize,
) -> PyResult<Option<usize>> {
    let mut index = start;
    loop {
        // As far as no Python has to run, elements are looked at in place.
        let elements = sequence.elements(vm);
        let stop = stop.min(elements.len());
        let undecided = loop {
            if index >= stop {
                return Ok(None);
            }
            match native_equal(vm, &elements[index], value) {
                Some(true) => return Ok(Some(index)),
                Some(false) => index += 1,
                None => break elements[index].clone(),
            }
        };
        if vm.equal(&undecided, value)? {
            return Ok(Some(index));
        }
        index += 1;
    }
}

/// How many elements equal the value. May run Python.
///
/// # Errors
/// What a comparison raises.
pub fn count<S: Elements>(vm: &mut Vm, sequence: &S, value: &PyRef) -> PyResult<usize> {
    let (mut found, mut start) = (0, 0);
    while let Some(index) = find(vm, sequence, value, start, usize::MAX)? {
        found += 1;
        start = index + 1;
    }
    Ok(found)
}

/// `sequence.index(value, start, stop)`; `None` if there is no such element.
///
/// # Errors
/// What a comparison or a conversion raises.
pub fn index_of<S: Elements>(
    vm: &mut Vm,
    sequence: &S,
    value: &PyRef,
    start: Option<&PyRef>,
    stop: Option<&PyRef>,
) -> PyResult<Option<usize>> {
    let start = search_bound(vm, start, 0)?;
    let stop = search_bound(vm, stop, i64::MAX)?;
    let len = sequence.elements(vm).len() as i64;
    let fit =
        |bound: i64| usize::try_from(if bound < 0 { bound + len } else { bound }).unwrap_or(0);
    find(vm, sequence, value, fit(start), fit(stop))
}

/// Compares two sequences of one type, element by element.
///
/// # Errors
/// What a comparison raises; `RecursionError`.
pub fn compare<S: Elements>(vm: &mut Vm, left: &S, right: &S, op: CompareOp) -> PyResult {
    let lens = |vm: &Vm| (left.elements(vm).len(), right.elements(vm).len());
    let (left_len, right_len) = lens(vm);
    if left_len != right_len && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.new_bool(op == CompareOp::Ne));
    }
    let difference = vm.recursion_guard(|vm| first_difference(vm, left, right))?;
    match difference {
        None => {
            let (left_len, right_len) = lens(vm);
            Ok(vm.new_bool(op.holds(left_len.cmp(&right_len))))
        }
        Some(_) if op == CompareOp::Eq => Ok(vm.new_bool(false)),
        Some(_) if op == CompareOp::Ne => Ok(vm.new_bool(true)),
        Some((left, right)) => vm.compare(&left, &right, op),
    }
}

/// The first pair of elements that differ, if there is one before the shorter sequence ends.
fn first_difference<S: Elements>(
    vm: &mut Vm,
    left: &S,
    right: &S,
) -> PyResult<Option<(PyRef, PyRef)>> {
    let mut index = 0;
    loop {
        let (left, right) = loop {
            let (Some(left), Some(right)) =
                (left.elements(vm).get(index), right.elements(vm).get(index))
            else {
                return Ok(None);
            };
            match native_equal(vm, left, right) {
                Some(true) => index += 1,
                Some(false) => return Ok(Some((left.clone(), right.clone()))),
                None => break (left.clone(), right.clone()),
            }
        };
        if !vm.equal(&left, &right)? {
            return Ok(Some((left, right)));
        }
        index += 1;
    }
}

/// The elements of a sequence, repeated, without spare room.
///
/// # Errors
/// `OutOfMemory`.
pub fn repeated(vm: &Vm, items: &[PyRef], count: usize) -> PyResult<HeapVec<PyRef>> {
    let len = items.len().checked_mul(count).ok_or(PyErr::OutOfMemory)?;
    let mut repeated = HeapVec::with_capacity(vm.heap(), len)?;
    for item in items.iter().cycle().take(len) {
        repeated.push(vm.heap(), item.clone())?;
    }
    Ok(repeated)
}

/// The elements' `repr`s between brackets, or `recursive` if the sequence is being shown already.
///
/// # Errors
/// What a `repr` raises.
pub fn repr<S: Elements>(
    vm: &mut Vm,
    this: &PyRef,
    sequence: &S,
    brackets: (&str, &str),
    recursive: &str,
) -> PyResult {
    if vm.repr_enter(this)? {
        return Ok(vm.new_str(recursive)?.into_any());
    }
    let result = vm.recursion_guard(|vm| repr_elements(vm, sequence, brackets));
    vm.repr_leave(this);
    result
}

fn repr_elements<S: Elements>(vm: &mut Vm, sequence: &S, (open, close): (&str, &str)) -> PyResult {
    let mut text = StrBuilder::new();
    text.push_str(vm, open)?;
    let mut index = 0;
    while let Some(item) = sequence.elements(vm).get(index).cloned() {
        if index > 0 {
            text.push_str(vm, ", ")?;
        }
        let shown = vm.repr(&item)?;
        text.push(vm, &shown)?;
        index += 1;
    }
    text.push_str(vm, close)?;
    Ok(text.finish(vm)?.into_any())
}

/// The elements of an exact list or tuple, cloned; `None` for anything else, whose `__iter__` decides.
///
/// # Errors
/// `OutOfMemory`.
fn plain_elements(vm: &Vm, iterable: &PyRef) -> PyResult<Option<HeapVec<PyRef>>> {
    if let Some(items) = exact_elements(vm, iterable) {
        return Ok(Some(HeapVec::from_slice(vm.heap(), items)?));
    }
    Ok(None)
}

/// The elements of an exact list or tuple.
#[inline]
pub fn exact_elements<'a>(vm: &'a Vm, object: &'a PyRef) -> Option<&'a [PyRef]> {
    if vm.is_exactly(object, &LIST) {
        Some(object.downcast_ref::<PyList>()?.as_slice(vm))
    } else if vm.is_exactly(object, &TUPLE) {
        Some(object.downcast_ref::<PyTuple>()?.as_slice())
    } else {
        None
    }
}

/// All elements of an iterable, on the heap, so that what an endless one yields is bounded. May run Python.
///
/// # Errors
/// `TypeError` if it is no iterable, or what iterating raises.
pub fn collect(vm: &mut Vm, iterable: &PyRef) -> PyResult<HeapVec<PyRef>> {
    if let Some(items) = plain_elements(vm, iterable)? {
        return Ok(items);
    }
    let iterator = vm.iter(iterable)?;
    let hint = vm.length_hint(iterable, 8)?;
    let mut items = HeapVec::with_capacity(vm.heap(), hint)?;
    while let Some(item) = vm.next(&iterator)? {
        items.push(vm.heap(), item)?;
    }
    Ok(items)
}

/// As [`collect`], but whatever is no iterable is a `TypeError` with this message.
///
/// # Errors
/// As said.
pub fn collect_or(vm: &mut Vm, iterable: &PyRef, message: &str) -> PyResult<HeapVec<PyRef>> {
    if let Some(items) = plain_elements(vm, iterable)? {
        return Ok(items);
    }
    match vm.iter(iterable) {
        Ok(iterator) => collect(vm, &iterator),
        Err(error) if error.is(vm, &TYPE_ERROR) => Err(vm.type_error(message)),
        Err(error) => Err(error),
    }
}

/// At most one positional argument of a constructor, without keywords.
///
/// Classes derived from the type may take keywords for an `__init__` or `__new__` of their own (`hook`).
///
/// # Errors
/// `TypeError` in CPython's words.
pub fn one_argument<'a>(
    vm: &mut Vm,
    ty: &Ref<PyType>,
    def: &'static TypeDef,
    hook: &Ref<PyStr>,
    args: Args<'a>,
) -> PyResult<Option<&'a PyRef>> {
    let name = def.name;
    if !args.names.is_empty() && !overrides(vm, ty, def, hook) {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    match args.positionals() {
        [] => Ok(None),
        [argument] => Ok(Some(argument)),
        more => Err(vm.type_error(format!(
            "{name} expected at most 1 argument, got {}",
            more.len()
        ))),
    }
}

/// Whether a class derived from a built-in type has its own version of one of the type's attributes.
fn overrides(vm: &mut Vm, ty: &Ref<PyType>, def: &'static TypeDef, name: &Ref<PyStr>) -> bool {
    let base = vm.class(def).clone();
    match (ty.lookup(vm, name), base.lookup(vm, name)) {
        (Some(own), Some(inherited)) => !own.is(&inherited),
        (own, inherited) => own.is_some() != inherited.is_some(),
    }
}

/// Whether one object is less than another, if that can be told without running Python.
#[inline]
pub fn native_less(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<bool> {
    if let (Some(left), Some(right)) = (int_i64(left), int_i64(right)) {
        return Some(left < right);
    }
    if let (Some(left), Some(right)) = (float_value(left), float_value(right)) {
        return Some(left < right);
    }
    match (
        exact_str(vm, left)?.as_str(),
        exact_str(vm, right)?.as_str(),
    ) {
        (Some(left), Some(right)) => Some(left < right),
        _ => None,
    }
}
