//! What strings do with operators and built-in functions.

use super::data::{PyStr, Unfinished};
use super::{percent, repr, search};
use crate::table::{CompareOp, Method, Slots};
use crate::types::bytes::PyBytes;
use crate::types::int::PyInt;
use crate::types::slice::{self, PySlice};
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm, codecs, function};

pub(super) const SLOTS: Slots = Slots {
    repr: Some(|vm, this| Ok(repr::of_str(vm, string(this))?.into_any())),
    str: Some(|vm, this| Ok(string(this).exact(vm)?.into_any())),
    hash: Some(|_, this| Ok(string(this).hash_value())),
    richcompare: Some(richcompare),
    iter: Some(super::iter::iter),
    new: Some(new),
    len: Some(|_, this| Ok(string(this).len())),
    getitem: Some(getitem),
    contains: Some(contains),
    concat: Some(concat),
    repeat: Some(repeat),
    rem: Some(rem),
    ..Slots::EMPTY
};

/// The receiver of a slot.
#[inline]
pub(crate) fn string(this: &PyRef) -> &Ref<PyStr> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (left.downcast_ref::<PyStr>(), right.downcast_ref::<PyStr>())
    else {
        return Ok(vm.not_implemented());
    };
    Ok(vm.new_bool(match op {
        CompareOp::Eq => left.same_text(right),
        CompareOp::Ne => !left.same_text(right),
        _ => op.holds(left.compare(right)),
    }))
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let this = string(this);
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        let indices = slice::indices(vm, slice, this.len())?;
        return Ok(sliced(vm, this, indices)?.into_any());
    }
    if !key.is_a::<PyInt>() && vm.type_of(key).slots(vm).index.is_none() {
        return Err(vm.type_error(format!(
            "string indices must be integers, not '{}'",
            vm.type_name(key)
        )));
    }
    let index = vm.index_isize_in_sequence(key)?;
    match at(this, index) {
        Some(character) => Ok(vm.new_char(character)?.into_any()),
        None => Err(vm.index_error("string index out of range")),
    }
}

/// The character at an index that counts from the end if it is negative.
#[inline]
pub fn at(this: &PyStr, index: isize) -> Option<u32> {
    let index = if index < 0 {
        index + this.len().cast_signed()
    } else {
        index
    };
    let index = usize::try_from(index)
        .ok()
        .filter(|&index| index < this.len())?;
    Some(this.char_at(index))
}

fn sliced(vm: &Vm, this: &PyStr, indices: slice::Indices) -> PyResult<Ref<PyStr>> {
    if let Some(range) = indices.as_range() {
        return this.slice(vm, range.start, range.end);
    }
    let units = this.units();
    let character = move |index: usize| {
        units.get((indices.start + index.cast_signed() * indices.step).cast_unsigned())
    };
    match indices.count {
        0 => vm.empty_str(),
        1 => vm.new_char(character(0)),
        _ => vm.new_str_from_chars((0..indices.count).map(character)),
    }
}

fn contains(vm: &mut Vm, this: &PyRef, item: &PyRef) -> PyResult<bool> {
    match item.downcast_ref::<PyStr>() {
        Some(part) => Ok(search::find(string(this).units(), part.units()).is_some()),
        None => {
            let found = vm.type_name(item);
            Err(vm.type_error(format!(
                "'in <string>' requires string as left operand, not {found}"
            )))
        }
    }
}

fn concat(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    match right.downcast_ref::<PyStr>() {
        Some(right) => Ok(string(left).concat(vm, right)?.into_any()),
        None => {
            let found = vm.type_name(right);
            Err(vm.type_error(format!("can only concatenate str (not \"{found}\") to str")))
        }
    }
}

fn repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let count = usize::try_from(vm.index_isize(count)?).unwrap_or(0);
    Ok(repeated(vm, string(this), count)?.into_any())
}

/// The text, `count` times.
///
/// # Errors
/// `OutOfMemory`, `OverflowError` for what no machine could hold.
pub fn repeated(vm: &Vm, this: &PyStr, count: usize) -> PyResult<Ref<PyStr>> {
    if count == 1 {
        return this.exact(vm);
    }
    if count == 0 || this.is_empty() {
        return vm.empty_str();
    }
    let len = this
        .len()
        .checked_mul(count)
        .filter(|len| isize::try_from(*len).is_ok());
    let len = len.ok_or_else(|| vm.overflow_error("repeated string is too long"))?;
    let mut repeated = Unfinished::new(vm, this.kind(), len)?;
    if this.len() == 1 {
        repeated.fill(this.char_at(0), count);
    } else {
        for _ in 0..count {
            repeated.push(this.units());
        }
    }
    Ok(repeated.finish())
}

fn rem(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    match left.downcast_ref::<PyStr>().cloned() {
        Some(template) => Ok(percent::format_str(vm, &template, right)?.into_any()),
        None => Ok(vm.not_implemented()),
    }
}

static NEW: Method = function!(
    "str",
    "(object='', encoding='utf-8', errors='strict')",
    decoded,
    ""
);

/// The arguments of `str(…)`, converted.
fn decoded(
    vm: &mut Vm,
    object: Option<PyRef>,
    encoding: Option<super::args::Name>,
    errors: Option<super::args::Name>,
) -> PyResult<Ref<PyStr>> {
    let Some(object) = object else {
        return vm.empty_str();
    };
    if encoding.is_none() && errors.is_none() {
        return vm.str(&object);
    }
    let encoding = encoding.as_ref().map_or("utf-8", |name| &name.0);
    let errors = errors.as_ref().map_or("strict", |name| &name.0);
    if object.is_a::<PyStr>() {
        return Err(vm.type_error("decoding str is not supported"));
    }
    if !object.is_a::<PyBytes>() && vm.type_of(&object).slots(vm).buffer.is_none() {
        let found = vm.type_name(&object);
        return Err(vm.type_error(format!(
            "decoding to str: need a bytes-like object, {found} found"
        )));
    }
    codecs::decode_object(vm, &object, encoding, errors)
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    // The common call, without sorting arguments.
    let text = match args {
        Args {
            values: [object],
            names: [],
        } => vm.str(object)?,
        Args {
            values: [_, _, _, _, ..],
            names: [],
        } => {
            return Err(vm.type_error(format!(
                "str expected at most 3 arguments, got {}",
                args.values.len()
            )));
        }
        _ => (NEW.call)(vm, args, &NEW)?
            .downcast::<PyStr>()
            .expect("the function returns a string"),
    };
    Ok(vm.new_str_instance(ty, &text)?.into_any())
}
