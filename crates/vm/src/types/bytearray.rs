//! `bytearray`: bytes that can be changed, and lent ([`Exports`]).

use crate::object::PyPayload;
use crate::table::{CompareOp, IntoPy, Method, Slots, TypeDef, TypeFlags};
use crate::types::bytes::byte_string::{Byte, ByteString, Content, Source, byte_value, from_iterable};
use crate::types::bytes::{methods, place, sliced};
use crate::types::int::PyInt;
use crate::types::iterators::{Cursor, Indexed};
use crate::types::memoryview::{Access, Buffer, Exports};
use crate::types::slice::{self, Indices, PySlice};
use crate::types::str::{PyStr, percent, repr};
use crate::{Args, HeapVec, PyErr, PyRef, PyResult, Ref, Traverse, Vm, VmCell, function, method};
use exuvia_object::Class;
use std::ops::Range;

/// A bytearray: 48 bytes and a buffer.
#[derive(Debug, Default, Traverse)]
pub struct PyByteArray {
    items: VmCell<HeapVec<u8>>,
    exports: Exports,
}

impl PyPayload for PyByteArray {
    const DEF: &'static TypeDef = &BYTEARRAY;
}

/// `bytearray`
pub static BYTEARRAY: TypeDef = TypeDef {
    doc: "A sequence of bytes that can be changed.",
    class: Some(Class::of::<PyByteArray>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::MATCH_SELF),
    slots: Slots {
        repr: Some(show),
        str: Some(show),
        richcompare: Some(richcompare),
        iter: Some(|vm, this| Ok(vm.new_object(Cursor::new(array(this).clone()))?.into_any())),
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyByteArray::default())?.into_any())),
        init: Some(init),
        len: Some(|vm, this| Ok(array(this).as_slice(vm).len())),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(|vm, this, item| methods::contains(vm, &ByteString::Array(array(this).clone()), item)),
        concat: Some(concat),
        repeat: Some(repeat),
        inplace_concat: Some(inplace_concat),
        inplace_repeat: Some(inplace_repeat),
        rem: Some(rem),
        owned_bytes: Some(|vm, this| array(this).items.get(vm).buffer_bytes()),
        buffer: Some(buffer),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeDef::new("bytearray")
};

/// `bytearray_iterator`
pub static BYTEARRAY_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<Cursor<PyByteArray>>),
    flags: TypeFlags::NO_NEW,
    slots: Cursor::<PyByteArray>::SLOTS,
    methods: Cursor::<PyByteArray>::METHODS,
    ..TypeDef::new("bytearray_iterator")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&BYTEARRAY, &BYTEARRAY_ITERATOR];

static METHODS: &[Method] = methods::byte_methods![
    method!("__alloc__", "($self, /)", alloc, "How many bytes there is room for."),
    method!("__reduce__", "($self, /)", reduce, "How to pickle the object."),
    method!("__reduce_ex__", "($self, proto=0, /)", reduce_ex, "How to pickle the object with a protocol."),
    method!("append", "($self, item, /)", append, "Adds a byte at the end."),
    method!("clear", "($self, /)", clear, "Removes all bytes."),
    method!("copy", "($self, /)", copy, "A copy."),
    method!("extend", "($self, iterable_of_ints, /)", extend, "Adds the bytes that an iterable of ints yields."),
    method!("insert", "($self, index, item, /)", insert, "Puts a byte before an index."),
    method!("pop", "($self, index=-1, /)", pop, "Removes a byte, the last unless an index is given, and returns it."),
    method!("remove", "($self, value, /)", remove, "Removes the first byte with a value."),
    method!("resize", "($self, size, /)", resize, "Cuts bytes off at the end, or adds zeros there."),
    method!("reverse", "($self, /)", reverse, "Turns the order of the bytes round."),
];

static ACCESS: Access = Access {
    bytes: |vm, this| array(this).items.get(vm),
    bytes_mut: Some(|vm, this| array(this).items.get_mut(vm)),
};

/// The receiver of a slot.
#[inline]
fn array(this: &PyRef) -> &Ref<PyByteArray> {
    this.downcast_ref().expect("slots get receivers of their type")
}

impl PyByteArray {
    /// The bytes.
    #[inline]
    pub fn as_slice<'a>(&'a self, vm: &'a Vm) -> &'a [u8] {
        self.items.get(vm)
    }

    /// Refuses to go on while the bytes are lent.
    fn check_not_lent(&self, vm: &Vm) -> PyResult<()> {
        match self.exports.count() {
            0 => Ok(()),
            _ => Err(vm.buffer_error("Existing exports of data: object cannot be re-sized")),
        }
    }

    /// Puts bytes in the place of some others.
    fn replace(&self, vm: &mut Vm, range: Range<usize>, bytes: &[u8]) -> PyResult<()> {
        if range.len() == bytes.len() {
            self.items.get_mut(vm)[range].copy_from_slice(bytes);
            return Ok(());
        }
        self.check_not_lent(vm)?;
        let space = vm.space_handle();
        let items = self.items.get_mut(vm);
        if range.end == items.len() && range.is_empty() {
            return Ok(items.extend_from_copies(space.heap(), bytes)?);
        }
        splice(items, space.heap(), range, bytes)
    }
}

/// Puts bytes in the place of others of another number: the rest moves once.
fn splice(items: &mut HeapVec<u8>, heap: &crate::Heap, range: Range<usize>, bytes: &[u8]) -> PyResult<()> {
    let old_len = items.len();
    let (start, behind) = (range.start, old_len - range.end);
    match bytes.len().checked_sub(range.len()) {
        Some(more) => {
            items.extend(heap, std::iter::repeat_n(0, more))?;
            items.copy_within(range.end..old_len, start + bytes.len());
        }
        None => {
            items.copy_within(range.end.., start + bytes.len());
            items.truncate(start + bytes.len() + behind);
            items.shrink_if_sparse();
        }
    }
    items[start..start + bytes.len()].copy_from_slice(bytes);
    Ok(())
}

impl Vm {
    /// A bytearray of these bytes.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_bytearray(&self, bytes: &[u8]) -> PyResult<Ref<PyByteArray>> {
        self.new_bytearray_with(bytes.len(), |room| room.copy_from_slice(bytes))
    }

    /// A bytearray of `len` bytes, zeros at first, that `fill` may change.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_bytearray_with(&self, len: usize, fill: impl FnOnce(&mut [u8])) -> PyResult<Ref<PyByteArray>> {
        self.new_object(PyByteArray { items: VmCell::new(zeros(self, len, fill)?), exports: Exports::new() })
    }
}

fn zeros(vm: &Vm, len: usize, fill: impl FnOnce(&mut [u8])) -> PyResult<HeapVec<u8>> {
    let mut items = HeapVec::from_elements(vm.heap(), std::iter::repeat_n(0, len))?;
    fill(&mut items);
    Ok(items)
}

fn buffer(vm: &mut Vm, this: &PyRef) -> PyResult<Buffer> {
    let array = array(this);
    let token = array.exports.lend(vm)?;
    Ok(Buffer::of_bytes(this.clone(), &ACCESS, Some(token), array.as_slice(vm).len(), false))
}

fn show(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = vm.type_name(this);
    Ok(repr::of_bytes(vm, array(this).as_slice(vm), &format!("{name}("), ")")?.into_any())
}

fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    let has_buffer = |object: &PyRef| vm.type_of(object).slots(vm).buffer.is_some();
    if !has_buffer(left) || !has_buffer(right) {
        return Ok(vm.not_implemented());
    }
    let (left, right) = (vm.bytes_like(left)?, vm.bytes_like(right)?);
    let ordering = left.get(vm).cmp(&right.get(vm));
    Ok(vm.new_bool(op.holds(ordering)))
}

static INIT: Method = function!("bytearray", "(source=b'', encoding='utf-8', errors='strict')", made, "");

fn made(
    vm: &mut Vm,
    object: Option<PyRef>,
    encoding: Option<String>,
    errors: Option<String>,
) -> PyResult<Ref<PyByteArray>> {
    let content = Source { object, encoding, errors }.content(vm, "bytearray")?;
    let items = match content {
        Content::Made(items) => items,
        content => content.write_to(vm, |len, write| zeros(vm, len, write))?,
    };
    vm.new_object(PyByteArray { items: VmCell::new(items), exports: Exports::new() })
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let this = array(this);
    if !this.as_slice(vm).is_empty() {
        this.check_not_lent(vm)?;
    }
    if args.is_empty() {
        this.items.get_mut(vm).clear();
        return Ok(());
    }
    let made = (INIT.call)(vm, args, &INIT)?;
    // Making the content may have run Python, which may have lent the bytes.
    this.check_not_lent(vm)?;
    let items = array(&made).items.get_mut(vm).take();
    *this.items.get_mut(vm) = items;
    Ok(())
}

// ---------------------------------------------------------------------------------------------- items

/// What a key means: one byte, or some.
enum Place {
    One(usize),
    Some(Indices),
}

/// Finds the place of a key; conversions that run Python are done before the length is looked at.
fn place_of(vm: &mut Vm, this: &Ref<PyByteArray>, key: &PyRef) -> PyResult<Place> {
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        let bounds = slice::bounds(vm, slice)?;
        return Ok(Place::Some(bounds.for_len(this.as_slice(vm).len())));
    }
    if !key.is_a::<PyInt>() && vm.type_of(key).slots(vm).index.is_none() {
        let found = vm.type_name(key);
        return Err(vm.type_error(format!("bytearray indices must be integers or slices, not {found}")));
    }
    let index = vm.index_isize_in_sequence(key)?;
    match place(index, this.as_slice(vm).len()) {
        Some(index) => Ok(Place::One(index)),
        None => Err(vm.index_error("bytearray index out of range")),
    }
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let this = array(this);
    match place_of(vm, this, key)? {
        Place::One(index) => vm.new_int(this.as_slice(vm)[index].into()),
        Place::Some(indices) => sliced(vm, &ByteString::Array(this.clone()), indices)?.into_py(vm),
    }
}

fn setitem(vm: &mut Vm, this: &PyRef, key: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let this = array(this);
    let Some(value) = value else {
        return match place_of(vm, this, key)? {
            Place::One(index) => this.replace(vm, index..index + 1, &[]),
            Place::Some(indices) => delete(vm, this, indices),
        };
    };
    if key.is_a::<PySlice>() {
        // The value is converted first: that may run Python, which may change the array.
        let bytes = assigned_bytes(vm, value)?;
        let Place::Some(indices) = place_of(vm, this, key)? else { return Ok(()) };
        return assign(vm, this, indices, &bytes);
    }
    place_of(vm, this, key)?;
    let byte = byte_value(vm, value)?;
    if let Place::One(index) = place_of(vm, this, key)? {
        this.items.get_mut(vm)[index] = byte;
    }
    Ok(())
}

/// The bytes to be put into a slice.
fn assigned_bytes(vm: &mut Vm, value: &PyRef) -> PyResult<HeapVec<u8>> {
    let wrong = "can assign only bytes, buffers, or iterables of ints in range(0, 256)";
    if vm.type_of(value).slots(vm).buffer.is_some() {
        let bytes = vm.bytes_like(value)?;
        return Ok(HeapVec::from_slice(vm.heap(), &bytes.get(vm))?);
    }
    if value.is_a::<PyInt>() {
        return Err(vm.type_error(wrong));
    }
    from_iterable(vm, value, "byte", wrong)
}

fn assign(vm: &mut Vm, this: &Ref<PyByteArray>, indices: Indices, bytes: &[u8]) -> PyResult<()> {
    if let Some(range) = indices.as_range() {
        return this.replace(vm, range, bytes);
    }
    if bytes.is_empty() {
        return delete(vm, this, indices);
    }
    if bytes.len() != indices.count {
        return Err(vm.value_error(format!(
            "attempt to assign bytes of size {} to extended slice of size {}",
            bytes.len(),
            indices.count
        )));
    }
    let items = this.items.get_mut(vm);
    for (index, &byte) in bytes.iter().enumerate() {
        items[(indices.start + index.cast_signed() * indices.step).cast_unsigned()] = byte;
    }
    Ok(())
}

fn delete(vm: &mut Vm, this: &Ref<PyByteArray>, indices: Indices) -> PyResult<()> {
    if indices.count == 0 {
        return Ok(());
    }
    if let Some(range) = indices.as_range() {
        return this.replace(vm, range, &[]);
    }
    this.check_not_lent(vm)?;
    let step = indices.step.unsigned_abs();
    let last = indices.start + (indices.count.cast_signed() - 1) * indices.step;
    let (low, high) = (indices.start.min(last).cast_unsigned(), indices.start.max(last).cast_unsigned());
    let mut index = 0;
    let items = this.items.get_mut(vm);
    items.retain(|_| {
        let is_deleted = (low..=high).contains(&index) && (index - low) % step == 0;
        index += 1;
        !is_deleted
    });
    items.shrink_if_sparse();
    Ok(())
}

fn concat(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let (left_bytes, right_bytes) = match (vm.try_buffer(left)?, vm.try_buffer(right)?) {
        (Some(left), Some(right)) => (left, right),
        _ => return Err(cannot_concat(vm, left, right)),
    };
    let (left, right) = (left_bytes.to_bytes(vm), right_bytes.to_bytes(vm));
    let len = left.len().checked_add(right.len()).ok_or(PyErr::OutOfMemory)?;
    let joined = vm.new_bytearray_with(len, |room| {
        let (before, behind) = room.split_at_mut(left.len());
        before.copy_from_slice(&left);
        behind.copy_from_slice(&right);
    })?;
    Ok(joined.into_any())
}

#[cold]
fn cannot_concat(vm: &Vm, left: &PyRef, right: &PyRef) -> PyErr {
    vm.type_error(format!("can't concat {} to {}", vm.type_name(right), vm.type_name(left)))
}

fn repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let count = usize::try_from(vm.index_isize(count)?).unwrap_or(0);
    methods::repeated(vm, &ByteString::Array(array(this).clone()), count)?.into_py(vm)
}

fn inplace_concat(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
    if vm.type_of(other).slots(vm).buffer.is_none() {
        return Err(cannot_concat(vm, this, other));
    }
    let more = vm.bytes_like(other)?;
    let target = array(this);
    if more.is_empty() {
        return Ok(this.clone());
    }
    target.check_not_lent(vm)?;
    // Not lent, so the bytes to add are not its own: a copy of them is needed only for the borrow.
    let more = HeapVec::from_slice(vm.heap(), &more.get(vm))?;
    let end = target.as_slice(vm).len();
    target.replace(vm, end..end, &more)?;
    Ok(this.clone())
}

fn inplace_repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let count = usize::try_from(vm.index_isize(count)?).unwrap_or(0);
    let target = array(this);
    let len = target.as_slice(vm).len();
    if len == 0 || count == 1 {
        return Ok(this.clone());
    }
    target.check_not_lent(vm)?;
    let space = vm.space_handle();
    let items = target.items.get_mut(vm);
    if count == 0 {
        items.clear();
        return Ok(this.clone());
    }
    let more = len.checked_mul(count - 1).ok_or(PyErr::OutOfMemory)?;
    items.extend(space.heap(), std::iter::repeat_n(0, more))?;
    let (first, rest) = items.split_at_mut(len);
    rest.chunks_exact_mut(len).for_each(|part| part.copy_from_slice(first));
    Ok(this.clone())
}

fn rem(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some(template) = left.downcast_ref::<PyByteArray>() else { return Ok(vm.not_implemented()) };
    let template = HeapVec::from_slice(vm.heap(), template.as_slice(vm))?;
    let items = percent::format_bytes(vm, &template, right)?;
    Ok(vm.new_object(PyByteArray { items: VmCell::new(items), exports: Exports::new() })?.into_any())
}

// -------------------------------------------------------------------------------------------- methods

fn alloc(vm: &mut Vm, this: Ref<PyByteArray>) -> usize {
    this.items.get(vm).capacity()
}

fn reduce(vm: &mut Vm, this: Ref<PyByteArray>) -> PyResult {
    reduce_ex(vm, this, Some(2))
}

fn reduce_ex(vm: &mut Vm, this: Ref<PyByteArray>, protocol: Option<i32>) -> PyResult {
    let state = vm.call_method_str(this.as_any(), "__getstate__", &[])?;
    let bytes = this.as_slice(vm);
    let args = if bytes.is_empty() {
        vm.new_tuple(&[])?
    } else if protocol.unwrap_or(0) < 3 {
        let text = vm.new_str_from_units(crate::types::str::Units::One(bytes))?;
        vm.new_tuple(&[text.into_any(), vm.new_str("latin-1")?.into_any()])?
    } else {
        vm.new_tuple(&[vm.new_bytes(bytes)?.into_any()])?
    };
    let ty = vm.type_of(&this).clone().into_any();
    Ok(vm.new_tuple(&[ty, args.into_any(), state])?.into_any())
}

fn append(vm: &mut Vm, this: Ref<PyByteArray>, item: Byte) -> PyResult<()> {
    this.check_not_lent(vm)?;
    let space = vm.space_handle();
    Ok(this.items.get_mut(vm).push(space.heap(), item.0)?)
}

fn clear(vm: &mut Vm, this: Ref<PyByteArray>) -> PyResult<()> {
    this.check_not_lent(vm)?;
    drop(this.items.get_mut(vm).take());
    Ok(())
}

fn copy(vm: &mut Vm, this: Ref<PyByteArray>) -> PyResult<Ref<PyByteArray>> {
    vm.new_bytearray(this.as_slice(vm))
}

fn extend(vm: &mut Vm, this: Ref<PyByteArray>, iterable: PyRef) -> PyResult<()> {
    let more = if vm.type_of(&iterable).slots(vm).buffer.is_some() {
        let bytes = vm.bytes_like(&iterable)?;
        HeapVec::from_slice(vm.heap(), &bytes.get(vm))?
    } else {
        let is_str = iterable.is_a::<PyStr>();
        let cannot = if is_str { "expected iterable of integers; got: 'str'" } else { "can't extend bytearray with {}" };
        from_iterable(vm, &iterable, "byte", cannot)?
    };
    if more.is_empty() {
        return Ok(());
    }
    let end = this.as_slice(vm).len();
    this.replace(vm, end..end, &more)
}

fn insert(vm: &mut Vm, this: Ref<PyByteArray>, index: isize, item: Byte) -> PyResult<()> {
    this.check_not_lent(vm)?;
    let len = this.as_slice(vm).len();
    let from_front = if index < 0 { index.saturating_add_unsigned(len) } else { index };
    let index = usize::try_from(from_front).unwrap_or(0).min(len);
    let space = vm.space_handle();
    Ok(this.items.get_mut(vm).insert(space.heap(), index, item.0)?)
}

fn pop(vm: &mut Vm, this: Ref<PyByteArray>, index: Option<isize>) -> PyResult<u8> {
    let len = this.as_slice(vm).len();
    if len == 0 {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    let Some(index) = place(index.unwrap_or(-1), len) else {
        return Err(vm.index_error("pop index out of range"));
    };
    this.check_not_lent(vm)?;
    let items = this.items.get_mut(vm);
    let byte = items.remove(index);
    items.shrink_if_sparse();
    Ok(byte)
}

fn remove(vm: &mut Vm, this: Ref<PyByteArray>, value: Byte) -> PyResult<()> {
    match memchr::memchr(value.0, this.as_slice(vm)) {
        Some(index) => this.replace(vm, index..index + 1, &[]),
        None => Err(vm.value_error("value not found in bytearray")),
    }
}

fn resize(vm: &mut Vm, this: Ref<PyByteArray>, size: isize) -> PyResult<()> {
    let Ok(size) = usize::try_from(size) else {
        return Err(vm.value_error(format!("Can only resize to positive sizes, got {size}")));
    };
    let len = this.as_slice(vm).len();
    if size <= len {
        return this.replace(vm, size..len, &[]);
    }
    this.check_not_lent(vm)?;
    let space = vm.space_handle();
    Ok(this.items.get_mut(vm).extend(space.heap(), std::iter::repeat_n(0, size - len))?)
}

fn reverse(vm: &mut Vm, this: Ref<PyByteArray>) {
    this.items.get_mut(vm).reverse();
}

impl Indexed for PyByteArray {
    fn count(this: &Ref<Self>, vm: &Vm) -> usize {
        this.as_slice(vm).len()
    }

    fn item(this: &Ref<Self>, vm: &Vm, index: usize) -> PyResult<Option<PyRef>> {
        this.as_slice(vm).get(index).map(|&byte| vm.new_int(byte.into())).transpose()
    }

    fn empty(vm: &Vm) -> PyResult {
        Ok(vm.new_tuple(&[])?.into_any())
    }
}

impl PyPayload for Cursor<PyByteArray> {
    const DEF: &'static TypeDef = &BYTEARRAY_ITERATOR;
}
