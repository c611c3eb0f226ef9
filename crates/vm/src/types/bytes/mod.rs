//! `bytes`. Start at [`data`]: how a bytes object lies in memory; `methods.rs` has what it shares with bytearray.

pub mod byte_string;
pub mod data;
pub(crate) mod methods;

pub use byte_string::{ByteString, from_dunder};
pub use data::PyBytes;

use crate::object::PyPayload;
use crate::table::{CompareOp, IntoPy, Method, Slots, TypeDef, TypeFlags};
use crate::types::int::PyInt;
use crate::types::iterators::{Cursor, Indexed};
use crate::types::memoryview::{Access, Buffer, BytesLike};
use crate::types::slice::{self, Indices, PySlice};
use crate::types::str::{percent, repr};
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm, function, method};
use byte_string::Source;
use exuvia_object::Class;

/// `bytes`
pub static BYTES: TypeDef = TypeDef {
    doc: "An immutable sequence of bytes.",
    class: Some(data::class),
    flags: TypeFlags::BASETYPE.or(TypeFlags::MATCH_SELF),
    slots: Slots {
        repr: Some(|vm, this| Ok(repr::of_bytes(vm, bytes(this), "", "")?.into_any())),
        str: Some(|vm, this| Ok(repr::of_bytes(vm, bytes(this), "", "")?.into_any())),
        hash: Some(|vm, this| Ok(data::hash(vm, bytes(this)))),
        richcompare: Some(richcompare),
        iter: Some(|vm, this| Ok(vm.new_object(Cursor::new(bytes(this).clone()))?.into_any())),
        new: Some(new),
        len: Some(|_, this| Ok(bytes(this).len())),
        getitem: Some(getitem),
        contains: Some(|vm, this, item| methods::contains(vm, &ByteString::Bytes(bytes(this).clone()), item)),
        concat: Some(concat),
        repeat: Some(repeat),
        rem: Some(rem),
        buffer: Some(|_, this| Ok(Buffer::of_bytes(this.clone(), &ACCESS, None, bytes(this).len(), true))),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeDef::new("bytes")
};

/// `bytes_iterator`
pub static BYTES_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<Cursor<PyBytes>>),
    flags: TypeFlags::NO_NEW,
    slots: Cursor::<PyBytes>::SLOTS,
    methods: Cursor::<PyBytes>::METHODS,
    ..TypeDef::new("bytes_iterator")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&BYTES, &BYTES_ITERATOR];

static METHODS: &[Method] = methods::byte_methods![
    method!("__getnewargs__", "($self, /)", getnewargs, "The arguments that make an equal object."),
    method!("__bytes__", "($self, /)", to_bytes, "The object itself, or a copy if its type is a subclass."),
];

static ACCESS: Access = Access { bytes: |_, this| bytes(this), bytes_mut: None };

/// The receiver of a slot.
#[inline]
pub(crate) fn bytes(this: &PyRef) -> &Ref<PyBytes> {
    this.downcast_ref().expect("slots get receivers of their type")
}

fn getnewargs(vm: &mut Vm, this: Ref<PyBytes>) -> PyResult {
    let copy = vm.new_bytes(&this)?;
    Ok(vm.new_tuple(&[copy.into_any()])?.into_any())
}

fn to_bytes(vm: &mut Vm, this: Ref<PyBytes>) -> PyResult<ByteString> {
    ByteString::Bytes(this).unchanged(vm)
}

fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    Ok(match (left.downcast_ref::<PyBytes>(), right.downcast_ref::<PyBytes>()) {
        (Some(left), Some(right)) => vm.new_bool(op.holds(left.as_slice().cmp(right.as_slice()))),
        _ => vm.not_implemented(),
    })
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let this = bytes(this);
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        let indices = slice::indices(vm, slice, this.len())?;
        let this = ByteString::Bytes(this.clone());
        return sliced(vm, &this, indices)?.into_py(vm);
    }
    if !key.is_a::<PyInt>() && vm.type_of(key).slots(vm).index.is_none() {
        return Err(vm.type_error(format!("byte indices must be integers or slices, not {}", vm.type_name(key))));
    }
    let index = vm.index_isize_in_sequence(key)?;
    match place(index, this.len()) {
        Some(index) => vm.new_int(this[index].into()),
        None => Err(vm.index_error("index out of range")),
    }
}

/// An index that counts from the end if it is negative, as one from the front.
pub(crate) fn place(index: isize, len: usize) -> Option<usize> {
    let index = if index < 0 { index + len.cast_signed() } else { index };
    usize::try_from(index).ok().filter(|&index| index < len)
}

/// The bytes that a slice means, as a new object of the same kind.
pub(crate) fn sliced(vm: &Vm, this: &ByteString, indices: Indices) -> PyResult<ByteString> {
    if let Some(range) = indices.as_range() {
        return this.slice(vm, range);
    }
    let bytes = this.get(vm);
    this.make_with(vm, indices.count, |room| {
        let mut at = indices.start;
        for place in room {
            *place = bytes[at.cast_unsigned()];
            at += indices.step;
        }
    })
}

fn concat(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    if vm.type_of(right).slots(vm).buffer.is_none() {
        let (right, left) = (vm.type_name(right), vm.type_name(left));
        return Err(vm.type_error(format!("can't concat {right} to {left}")));
    }
    let (left, right) = (bytes(left), vm.bytes_like(right)?);
    if left.is_empty()
        && let BytesLike::Bytes(right) = right
    {
        return ByteString::Bytes(right).unchanged(vm)?.into_py(vm);
    }
    if right.is_empty() {
        return ByteString::Bytes(left.clone()).unchanged(vm)?.into_py(vm);
    }
    let more = right.get(vm);
    let len = left.len().checked_add(more.len()).ok_or(crate::PyErr::OutOfMemory)?;
    let joined = vm.new_bytes_with(len, |room| {
        let (before, behind) = room.split_at_mut(left.len());
        before.copy_from_slice(left);
        behind.copy_from_slice(&more);
    })?;
    Ok(joined.into_any())
}

fn repeat(vm: &mut Vm, this: &PyRef, count: &PyRef) -> PyResult {
    let count = usize::try_from(vm.index_isize(count)?).unwrap_or(0);
    let this = bytes(this);
    if this.len().checked_mul(count).is_none_or(|len| isize::try_from(len).is_err()) {
        return Err(vm.overflow_error("repeated bytes are too long"));
    }
    methods::repeated(vm, &ByteString::Bytes(this.clone()), count)?.into_py(vm)
}

fn rem(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    match left.downcast_ref::<PyBytes>().cloned() {
        Some(template) => {
            let filled = percent::format_bytes(vm, &template, right)?;
            Ok(vm.new_bytes(&filled)?.into_any())
        }
        None => Ok(vm.not_implemented()),
    }
}

static NEW: Method = function!("bytes", "(source=b'', encoding='utf-8', errors='strict')", made, "");

fn made(
    vm: &mut Vm,
    object: Option<PyRef>,
    encoding: Option<String>,
    errors: Option<String>,
) -> PyResult<Ref<PyBytes>> {
    match (Source { object, encoding, errors }).content(vm, "bytes")? {
        byte_string::Content::Bytes(bytes) => Ok(bytes),
        content => content.write_to(vm, |len, write| vm.new_bytes_with(len, write)),
    }
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let made = (NEW.call)(vm, args, &NEW)?;
    if ty.is(vm.class(&BYTES)) {
        return Ok(made);
    }
    let content = bytes(&made);
    Ok(vm.new_bytes_instance(ty, content.len(), |room| room.copy_from_slice(content))?.into_any())
}

impl Indexed for PyBytes {
    fn count(this: &Ref<Self>, _: &Vm) -> usize {
        this.len()
    }

    fn item(this: &Ref<Self>, vm: &Vm, index: usize) -> PyResult<Option<PyRef>> {
        this.get(index).map(|&byte| vm.new_int(byte.into())).transpose()
    }

    fn empty(vm: &Vm) -> PyResult {
        Ok(vm.new_bytes(b"")?.into_any())
    }
}

impl PyPayload for Cursor<PyBytes> {
    const DEF: &'static TypeDef = &BYTES_ITERATOR;
}
