//! What arrays can do by operators.

use super::code::Code;
use super::{ACCESS, PyArray, iter};
use crate::receiver;
use exuvia_vm::table::{CompareOp, Slots};
use exuvia_vm::types::bytearray::PyByteArray;
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::exception::DEPRECATION_WARNING;
use exuvia_vm::types::memoryview::Buffer;
use exuvia_vm::types::sequence::{self, place, repeat_count};
use exuvia_vm::types::slice::{self, PySlice};
use exuvia_vm::types::str::{PyStr, StrBuilder};
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, HeapVec, PyErr, PyRef, PyResult, Ref, Vm};

/// The slots of `array.array`.
pub(super) const SLOTS: Slots = Slots {
    repr: Some(repr),
    richcompare: Some(richcompare),
    iter: Some(iter::iterate),
    new: Some(new),
    len: Some(|vm, this| Ok(receiver::<PyArray>(this).len(vm))),
    getitem: Some(getitem),
    setitem: Some(setitem),
    contains: Some(|vm, this, value| Ok(find(vm, receiver(this), value, 0, usize::MAX)?.is_some())),
    concat: Some(concat),
    repeat: Some(repeat),
    inplace_concat: Some(inplace_concat),
    inplace_repeat: Some(inplace_repeat),
    owned_bytes: Some(|vm, this| receiver::<PyArray>(this).bytes.get(vm).buffer_bytes()),
    buffer: Some(buffer),
    ..Slots::EMPTY
};

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() && ty.is(vm.class(&super::ARRAY)) {
        return Err(vm.type_error("array.array() takes no keyword arguments"));
    }
    let (code, initial) = match args.positionals() {
        [code] => (code, None),
        [code, initial] => (code, Some(initial)),
        given => {
            let (bound, limit, plural) = if given.is_empty() {
                ("at least", 1, "")
            } else {
                ("at most", 2, "s")
            };
            return Err(vm.type_error(format!(
                "array() takes {bound} {limit} argument{plural} ({} given)",
                given.len()
            )));
        }
    };
    let code = Code::of_argument(vm, code, "array() argument 1")?;
    if code.letter() == 'u' {
        let message = "The 'u' type code is deprecated and will be removed in Python 3.16";
        vm.warn(&DEPRECATION_WARNING, message, 1, None)?;
    }
    let array = PyArray::make_empty(vm, ty, code)?;
    if let Some(initial) = initial {
        fill(vm, &array, initial)?;
    }
    Ok(array.into_any())
}

/// Puts what an array is made of into it.
fn fill(vm: &mut Vm, array: &Ref<PyArray>, initial: &PyRef) -> PyResult<()> {
    let code = array.code;
    let refuse = |vm: &Vm, what: &str| {
        let letter = code.letter();
        vm.type_error(format!(
            "cannot use a {what} to initialize an array with typecode '{letter}'"
        ))
    };
    if let Some(text) = initial.downcast_ref::<PyStr>() {
        if !code.is_text() {
            return Err(refuse(vm, "str"));
        }
        return array.extend_with_text(vm, text);
    }
    if let Some(other) = initial.downcast_ref::<PyArray>() {
        if other.code.is_text() && !code.is_text() {
            return Err(refuse(vm, "unicode array"));
        }
        if other.code == code || other.code.is_text() && code.is_text() {
            let bytes = HeapVec::from_slice(vm.heap(), other.as_bytes(vm))?;
            *array.bytes.get_mut(vm) = bytes;
            return Ok(());
        }
    }
    if initial.is_a::<PyBytes>() || initial.is_a::<PyByteArray>() {
        return add_bytes(vm, array, initial);
    }
    if let Some(items) = sequence::exact_elements(vm, initial) {
        let bytes = items.len().checked_mul(code.size());
        let space = vm.space_handle();
        let room = bytes.ok_or(PyErr::OutOfMemory)?;
        array.bytes.get_mut(vm).reserve_exact(space.heap(), room)?;
    }
    array.extend(vm, initial)
}

/// Adds the items whose bytes an object has.
pub(super) fn add_bytes(vm: &mut Vm, array: &Ref<PyArray>, source: &PyRef) -> PyResult<()> {
    let bytes = vm.bytes_like(source)?.to_vec(vm);
    if !bytes.len().is_multiple_of(array.code.size()) {
        return Err(vm.value_error("bytes length not a multiple of item size"));
    }
    array.append_bytes(vm, &bytes)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let array = receiver::<PyArray>(this);
    let (name, letter) = (vm.type_of(this).name_text(), array.code.letter());
    let mut text = StrBuilder::new();
    text.push_str(vm, &format!("{name}('{letter}'"))?;
    if array.len(vm) > 0 {
        let content = if array.code.is_text() {
            array.code.text(vm, array.as_bytes(vm))?.into_any()
        } else {
            super::methods::to_list(vm, array)?.into_any()
        };
        let shown = vm.repr(&content)?;
        text.push_str(vm, ", ")?;
        text.push(vm, &shown)?;
    }
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (
        this.downcast_ref::<PyArray>(),
        other.downcast_ref::<PyArray>(),
    ) else {
        return Ok(vm.not_implemented());
    };
    let is_equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    if is_equality && left.len(vm) != right.len(vm) {
        return Ok(vm.new_bool(op == CompareOp::Ne));
    }
    if is_equality && left.code == right.code && !left.code.is_float() {
        let is_equal = left.as_bytes(vm) == right.as_bytes(vm);
        return Ok(vm.new_bool(is_equal == (op == CompareOp::Eq)));
    }
    let mut index = 0;
    // Items are numbers and strings: comparing them runs no Python.
    while let (Some(a), Some(b)) = (left.get(vm, index)?, right.get(vm, index)?) {
        let is_equal = vm.compare(&a, &b, CompareOp::Eq)?;
        if !vm.is_true(&is_equal)? {
            return match op {
                CompareOp::Eq => Ok(vm.new_bool(false)),
                CompareOp::Ne => Ok(vm.new_bool(true)),
                _ => vm.compare(&a, &b, op),
            };
        }
        index += 1;
    }
    let ordering = left.len(vm).cmp(&right.len(vm));
    Ok(vm.new_bool(op.holds(ordering)))
}

/// The index of the first item in a range that equals a value. May run Python.
pub(super) fn find(
    vm: &mut Vm,
    this: &Ref<PyArray>,
    value: &PyRef,
    start: usize,
    stop: usize,
) -> PyResult<Option<usize>> {
    for index in start..stop {
        let Some(item) = this.get(vm, index)? else {
            break;
        };
        if vm.equal(&item, value)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

/// A subscript that is no slice.
fn subscript(vm: &mut Vm, key: &PyRef) -> PyResult<i64> {
    if vm.type_of(key).slots(vm).index.is_none() {
        return Err(vm.type_error("array indices must be integers"));
    }
    Ok(vm.index_isize_in_sequence(key)? as i64)
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let array = receiver::<PyArray>(this);
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        return Ok(part(vm, array, slice)?.into_any());
    }
    let index = subscript(vm, key)?;
    let item = match place(index, array.len(vm)) {
        Some(index) => array.get(vm, index)?,
        None => None,
    };
    item.ok_or_else(|| vm.index_error("array index out of range"))
}

/// A new array of the items in a slice.
fn part(vm: &mut Vm, array: &Ref<PyArray>, slice: &Ref<PySlice>) -> PyResult<Ref<PyArray>> {
    let indices = slice::bounds(vm, slice)?.for_len(array.len(vm));
    let (bytes, size) = (array.as_bytes(vm), array.code.size());
    let part = match indices.as_range() {
        Some(range) => HeapVec::from_slice(vm.heap(), &bytes[range.start * size..range.end * size]),
        None => {
            let mut part = HeapVec::with_capacity(vm.heap(), indices.count * size)?;
            for index in indices.iter() {
                part.extend_from_copies(vm.heap(), &bytes[array.place(index)])?;
            }
            Ok(part)
        }
    };
    PyArray::make(vm, array.code, part?)
}

fn setitem(vm: &mut Vm, this: &PyRef, key: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let array = receiver::<PyArray>(this);
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        let bounds = slice::bounds(vm, slice)?;
        return match value {
            Some(value) => assign_part(vm, array, bounds, value),
            None => delete_part(vm, array, bounds.for_len(array.len(vm))),
        };
    }
    let index = subscript(vm, key)?;
    let out_of_range = |vm: &Vm| vm.index_error("array assignment index out of range");
    let Some(index) = place(index, array.len(vm)) else {
        return Err(out_of_range(vm));
    };
    let Some(value) = value else {
        return array.replace(vm, array.place(index), &[]);
    };
    let packed = array.code.pack(vm, value)?;
    // The conversion may have changed the array.
    let range = array.place(index);
    match array.bytes.get_mut(vm).get_mut(range) {
        Some(item) => {
            item.copy_from_slice(&packed[..array.code.size()]);
            Ok(())
        }
        None => Err(out_of_range(vm)),
    }
}

/// The same kind of items, or an error.
fn same_kind<'a>(
    vm: &Vm,
    array: &PyArray,
    other: &'a PyRef,
    message: &str,
) -> PyResult<&'a Ref<PyArray>> {
    let Some(other) = other.downcast_ref::<PyArray>() else {
        let found = vm.type_name(other);
        return Err(vm.type_error(message.replace("{}", &format!("(not \"{found}\")"))));
    };
    if other.code != array.code {
        return Err(vm.type_error("bad argument type for built-in operation"));
    }
    Ok(other)
}

fn assign_part(
    vm: &mut Vm,
    array: &Ref<PyArray>,
    bounds: slice::Bounds,
    value: &PyRef,
) -> PyResult<()> {
    let message = "can only assign array {} to array slice";
    let with = same_kind(vm, array, value, message)?;
    let bytes = with.as_bytes(vm).to_vec();
    let (indices, size) = (bounds.for_len(array.len(vm)), array.code.size());
    if let Some(range) = indices.as_range() {
        return array.replace(vm, range.start * size..range.end * size, &bytes);
    }
    let given = bytes.len() / size;
    if given != indices.count {
        return Err(vm.value_error(format!(
            "attempt to assign array of size {given} to extended slice of size {}",
            indices.count
        )));
    }
    let items = array.bytes.get_mut(vm);
    for (index, item) in indices.iter().zip(bytes.chunks_exact(size)) {
        items[index * size..(index + 1) * size].copy_from_slice(item);
    }
    Ok(())
}

fn delete_part(vm: &mut Vm, array: &Ref<PyArray>, indices: slice::Indices) -> PyResult<()> {
    let size = array.code.size();
    if let Some(range) = indices.as_range() {
        return array.replace(vm, range.start * size..range.end * size, &[]);
    }
    if indices.count == 0 {
        return Ok(());
    }
    array.check_resizable(vm)?;
    let mut places: Vec<usize> = indices.iter().collect();
    places.sort_unstable();
    let items = array.bytes.get_mut(vm);
    let (mut kept, mut gone) = (0, places.into_iter().peekable());
    for index in 0..items.len() / size {
        if gone.next_if_eq(&index).is_none() {
            items.copy_within(index * size..(index + 1) * size, kept * size);
            kept += 1;
        }
    }
    let len = items.len();
    array.replace(vm, kept * size..len, &[])
}

fn concat(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
    let array = receiver::<PyArray>(this);
    let other = same_kind(vm, array, other, "can only append array {} to array")?;
    let (left, right) = (array.as_bytes(vm), other.as_bytes(vm));
    let mut sum = HeapVec::with_capacity(vm.heap(), left.len() + right.len())?;
    sum.extend_from_copies(vm.heap(), left)?;
    sum.extend_from_copies(vm.heap(), right)?;
    Ok(PyArray::make(vm, array.code, sum)?.into_any())
}

fn inplace_concat(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
    let array = receiver::<PyArray>(this);
    if !other.is_a::<PyArray>() {
        let found = vm.type_name(other);
        return Err(vm.type_error(format!(
            "can only extend array with array (not \"{found}\")"
        )));
    }
    super::methods::extend(vm, array.clone(), other.clone())?;
    Ok(this.clone())
}

fn repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let array = receiver::<PyArray>(this);
    let repeated = repeated(vm, array, count)?;
    Ok(PyArray::make(vm, array.code, repeated)?.into_any())
}

fn repeated(vm: &mut Vm, array: &Ref<PyArray>, count: &PyRef) -> PyResult<HeapVec<u8>> {
    let times = repeat_count(vm, count)?;
    let bytes = array.as_bytes(vm);
    let total = bytes.len().checked_mul(times).ok_or(PyErr::OutOfMemory)?;
    let mut repeated = HeapVec::with_capacity(vm.heap(), total)?;
    if !bytes.is_empty() {
        for _ in 0..times {
            repeated.extend_from_copies(vm.heap(), bytes)?;
        }
    }
    Ok(repeated)
}

fn inplace_repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let array = receiver::<PyArray>(this);
    let repeated = repeated(vm, array, count)?;
    if repeated.len() != array.as_bytes(vm).len() {
        array.check_resizable(vm)?;
        *array.bytes.get_mut(vm) = repeated;
    }
    Ok(this.clone())
}

fn buffer(vm: &mut Vm, this: &PyRef) -> PyResult<Buffer> {
    let array = receiver::<PyArray>(this);
    let token = array.exports.lend(vm)?;
    let len = array.as_bytes(vm).len();
    let buffer = Buffer::of_bytes(this.clone(), &ACCESS, Some(token), len, false);
    let format = vm.intern(array.code.format())?;
    Ok(buffer.with_items(Some(format), array.code.size() as u32))
}
