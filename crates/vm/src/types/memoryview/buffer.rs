//! [`Buffer`]: the bytes of another object, as the buffer protocol lends them (PEP 3118, PEP 688).
//!
//! An object lends its memory by answering the slot `buffer`. What is lent is named, not pointed at: a `Buffer`
//! holds the exporter, and asks it for its bytes whenever it needs them, under the borrow of the [`Vm`]. So a
//! wrong buffer can read wrong bytes at worst, and every access is checked.
//!
//! **Counting exports.** An exporter whose memory can be resized must refuse that while it is lent. It has an
//! [`Exports`] slot, and each buffer holds a handle to the one token in it: the memory is lent if the token has
//! more references than the slot's. So dropping a buffer, in whatever order a cycle is taken apart, gives the
//! memory back without looking into the exporter (the third duty of `Traverse`).

use super::item::ItemType;
use crate::object::PyPayload;
use crate::table::{FromArg, TypeDef, TypeFlags};
use crate::types::bytes::PyBytes;
use crate::types::str::PyStr;
use crate::{HeapVec, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm};
use exuvia_object::Class;
use std::borrow::Cow;

/// How to get at the memory of one type of exporter.
#[derive(Debug)]
pub struct Access {
    /// All bytes of the exporter, now.
    pub bytes: for<'a> fn(&'a Vm, &'a PyRef) -> &'a [u8],
    /// The same, to be changed; `None` if it never can be.
    pub bytes_mut: Option<for<'a> fn(&'a mut Vm, &'a PyRef) -> &'a mut [u8]>,
}

/// What an exporter and its buffers hold in common; how many hold it tells whether the memory is lent.
#[derive(Debug, Traverse)]
pub struct Token;

impl PyPayload for Token {
    const DEF: &'static TypeDef = &MANAGED_BUFFER;
}

/// The type of [`Token`], under the name of what holds an export in CPython.
pub static MANAGED_BUFFER: TypeDef = TypeDef {
    class: Some(Class::of::<Token>),
    flags: TypeFlags::NO_NEW,
    doc: "Says that memory is lent.",
    ..TypeDef::new("managedbuffer")
};

/// The place in an exporter that tells whether its memory is lent. Eight bytes.
#[derive(Debug, Default, Traverse)]
pub struct Exports(Slot<Token>);

impl Exports {
    /// Nothing is lent.
    pub const fn new() -> Self {
        Self(Slot::empty())
    }

    /// A handle that says, as long as it lives, that the memory is lent.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn lend(&self, vm: &Vm) -> PyResult<Ref<Token>> {
        if let Some(token) = self.0.get() {
            return Ok(token);
        }
        let token = vm.new_object(Token)?;
        self.0.set(Some(token.clone()));
        Ok(token)
    }

    /// How many buffers lend the memory now.
    #[inline]
    pub fn count(&self) -> usize {
        // One reference is the slot's, one this function's.
        self.0
            .get()
            .map_or(0, |token| token.count().saturating_sub(2) as usize)
    }
}

/// One dimension of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Traverse)]
pub struct Dimension {
    /// The number of items, or of parts of one dimension less.
    pub len: usize,
    /// Bytes from one to the next.
    pub stride: isize,
}

/// The dimensions of a buffer, the slowest first.
#[derive(Debug, Traverse)]
pub enum Dimensions {
    /// One dimension, as nearly always.
    One(Dimension),
    /// None, or several.
    Other(HeapVec<Dimension>),
}

impl Dimensions {
    /// The dimensions.
    #[inline]
    pub fn as_slice(&self) -> &[Dimension] {
        match self {
            Self::One(dimension) => std::slice::from_ref(dimension),
            Self::Other(dimensions) => dimensions,
        }
    }

    /// The number of items.
    pub fn items(&self) -> usize {
        self.as_slice()
            .iter()
            .map(|dimension| dimension.len)
            .product()
    }

    /// A copy.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn copy(&self, vm: &Vm) -> PyResult<Self> {
        Ok(match self {
            Self::One(dimension) => Self::One(*dimension),
            Self::Other(dimensions) => Self::Other(HeapVec::from_slice(vm.heap(), dimensions)?),
        })
    }

    /// Whether items of this size lie side by side, the last dimension fastest (C) or the first (Fortran).
    fn is_contiguous(&self, item_size: usize, fastest_first: bool) -> bool {
        let dimensions = self.as_slice();
        if dimensions.iter().any(|dimension| dimension.len == 0) {
            return true;
        }
        let mut stride = item_size.cast_signed();
        let mut check = |dimension: &Dimension| {
            let fits = dimension.len == 1 || dimension.stride == stride;
            stride = stride.saturating_mul(dimension.len.cast_signed());
            fits
        };
        if fastest_first {
            dimensions.iter().all(check)
        } else {
            dimensions.iter().rev().all(&mut check)
        }
    }
}

/// Bytes of another object.
#[derive(Debug, Traverse)]
pub struct Buffer {
    /// Whose memory it is: what is asked for it through `access`.
    exporter: PyRef,
    #[traverse(skip)]
    access: &'static Access,
    token: Option<Ref<Token>>,
    /// The token of the memoryview that this is a buffer of, which must not be released before.
    view_token: Option<Ref<Token>>,
    /// What the items are, in the language of the module `struct`; `None`: unsigned bytes.
    format: Option<Ref<PyStr>>,
    dimensions: Dimensions,
    /// Where the first item lies in the exporter's memory.
    offset: usize,
    item_size: u32,
    readonly: bool,
}

impl Buffer {
    /// All bytes of an exporter, `len` of them.
    ///
    /// `token` is `None` for memory that never moves or changes its size.
    pub fn of_bytes(
        exporter: PyRef,
        access: &'static Access,
        token: Option<Ref<Token>>,
        len: usize,
        readonly: bool,
    ) -> Self {
        Self {
            exporter,
            access,
            token,
            view_token: None,
            format: None,
            dimensions: Dimensions::One(Dimension { len, stride: 1 }),
            offset: 0,
            item_size: 1,
            readonly: readonly || access.bytes_mut.is_none(),
        }
    }

    /// The same memory as items of a format (one of the module `struct`) and a size in bytes, not 0.
    #[must_use]
    pub fn with_items(mut self, format: Option<Ref<PyStr>>, item_size: u32) -> Self {
        let size = (item_size as usize).max(1);
        let len = self.len_bytes() / size;
        self.format = format;
        self.item_size = item_size;
        self.dimensions = Dimensions::One(Dimension {
            len,
            stride: size.cast_signed(),
        });
        self
    }

    /// The same memory seen with other dimensions: items that do not lie in it are refused when they are used.
    pub(super) fn with_dimensions(mut self, offset: usize, dimensions: Dimensions) -> Self {
        self.offset = offset;
        self.dimensions = dimensions;
        self
    }

    /// The same bytes as items of another format and other dimensions.
    pub(super) fn recast(
        mut self,
        format: Ref<PyStr>,
        item_size: u32,
        dimensions: Dimensions,
    ) -> Self {
        self.format = Some(format);
        self.item_size = item_size;
        self.dimensions = dimensions;
        self
    }

    /// What the items are, if a memoryview can tell them apart.
    pub(super) fn item_type(&self) -> Option<ItemType> {
        match &self.format {
            None => Some(ItemType::BYTE),
            Some(format) => ItemType::of_format(format.as_str()?),
        }
    }

    /// The same memory, not to be changed through this buffer.
    #[must_use]
    pub fn as_readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// Another buffer of the same memory.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn copy(&self, vm: &Vm) -> PyResult<Self> {
        Ok(Self {
            exporter: self.exporter.clone(),
            access: self.access,
            token: self.token.clone(),
            view_token: self.view_token.clone(),
            format: self.format.clone(),
            dimensions: self.dimensions.copy(vm)?,
            offset: self.offset,
            item_size: self.item_size,
            readonly: self.readonly,
        })
    }

    /// A copy that also says that a memoryview has lent it.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(super) fn lent_by(&self, vm: &Vm, token: Ref<Token>) -> PyResult<Self> {
        Ok(Self {
            view_token: Some(token),
            ..self.copy(vm)?
        })
    }

    /// Whose memory it is.
    pub fn exporter(&self) -> &PyRef {
        &self.exporter
    }

    /// What the items are, in the language of the module `struct`.
    pub fn format(&self) -> Cow<'_, str> {
        self.format
            .as_ref()
            .map_or(Cow::Borrowed("B"), |format| format.to_text())
    }

    /// What the items are, as an object; `None`: unsigned bytes.
    pub fn format_object(&self) -> Option<&Ref<PyStr>> {
        self.format.as_ref()
    }

    /// The size of an item in bytes.
    #[inline]
    pub fn item_size(&self) -> usize {
        self.item_size as usize
    }

    /// Whether the memory may not be changed.
    #[inline]
    pub fn is_readonly(&self) -> bool {
        self.readonly
    }

    /// The dimensions, the slowest first.
    #[inline]
    pub fn dimensions(&self) -> &[Dimension] {
        self.dimensions.as_slice()
    }

    /// Where the first item lies in the exporter's memory.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// The number of bytes of all items.
    #[inline]
    pub fn len_bytes(&self) -> usize {
        self.dimensions.items() * self.item_size()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.len_bytes() == 0
    }

    /// Whether the items lie side by side, the last dimension fastest.
    pub fn is_contiguous(&self) -> bool {
        self.dimensions.is_contiguous(self.item_size(), false)
    }

    /// Whether the items lie side by side, the first dimension fastest.
    pub fn is_fortran_contiguous(&self) -> bool {
        self.dimensions.is_contiguous(self.item_size(), true)
    }

    /// Bytes of the dimensions' own buffer.
    pub fn buffer_bytes(&self) -> usize {
        match &self.dimensions {
            Dimensions::One(_) => 0,
            Dimensions::Other(dimensions) => dimensions.buffer_bytes(),
        }
    }

    /// All bytes of the exporter.
    #[inline]
    pub(super) fn memory<'a>(&'a self, vm: &'a Vm) -> &'a [u8] {
        (self.access.bytes)(vm, &self.exporter)
    }

    /// All bytes of the exporter, to be changed.
    pub(super) fn memory_mut<'a>(&'a self, vm: &'a mut Vm) -> PyResult<&'a mut [u8]> {
        match self.access.bytes_mut {
            Some(bytes_mut) if !self.readonly => Ok(bytes_mut(vm, &self.exporter)),
            _ => Err(vm.type_error("cannot modify read-only memory")),
        }
    }

    /// What is needed to change the memory while the buffer itself lies in a cell.
    pub(super) fn source(&self) -> (PyRef, &'static Access) {
        (self.exporter.clone(), self.access)
    }

    /// The bytes, if the items lie side by side.
    #[inline]
    pub fn as_bytes<'a>(&'a self, vm: &'a Vm) -> Option<&'a [u8]> {
        if !self.is_contiguous() {
            return None;
        }
        self.memory(vm)
            .get(self.offset..self.offset + self.len_bytes())
    }

    /// The bytes, in the order of the items.
    pub fn to_bytes<'a>(&'a self, vm: &'a Vm) -> Cow<'a, [u8]> {
        if let Some(bytes) = self.as_bytes(vm) {
            return Cow::Borrowed(bytes);
        }
        let memory = self.memory(vm);
        let mut bytes = Vec::with_capacity(self.len_bytes());
        self.for_each_item(&mut |at| {
            if let Some(item) = memory.get(at..at + self.item_size()) {
                bytes.extend_from_slice(item);
            }
        });
        Cow::Owned(bytes)
    }

    /// The bytes, to be changed.
    ///
    /// # Errors
    /// `TypeError` if the memory is read-only, `BufferError` if the items do not lie side by side.
    pub fn as_bytes_mut<'a>(&'a self, vm: &'a mut Vm) -> PyResult<&'a mut [u8]> {
        if !self.is_contiguous() {
            return Err(vm.buffer_error("memoryview: underlying buffer is not C-contiguous"));
        }
        let range = self.offset..self.offset + self.len_bytes();
        // A shrunken exporter (one that does not count its exports) yields what is left.
        let memory = self.memory_mut(vm)?;
        let end = range.end.min(memory.len());
        Ok(&mut memory[range.start.min(end)..end])
    }

    /// Calls a function with the place of each item in the memory, in order.
    pub(super) fn for_each_item(&self, visit: &mut dyn FnMut(usize)) {
        walk(self.dimensions(), self.offset.cast_signed(), visit);
    }
}

/// Calls a function for each item of the dimensions, of which the first begins at `at`.
fn walk(dimensions: &[Dimension], at: isize, visit: &mut dyn FnMut(usize)) {
    match dimensions {
        [] => visit(at.cast_unsigned()),
        [dimension, rest @ ..] => {
            for index in 0..dimension.len.cast_signed() {
                walk(rest, at + index * dimension.stride, visit);
            }
        }
    }
}

/// An argument that supports the buffer protocol: an exact bytes object, or a buffer of something.
#[derive(Debug)]
pub enum BytesLike {
    /// A bytes object.
    Bytes(Ref<PyBytes>),
    /// A buffer of another object.
    Buffer(Buffer),
}

impl BytesLike {
    /// The bytes, copied if they do not lie side by side.
    #[inline]
    pub fn get<'a>(&'a self, vm: &'a Vm) -> Cow<'a, [u8]> {
        match self {
            Self::Bytes(bytes) => Cow::Borrowed(bytes),
            Self::Buffer(buffer) => buffer.to_bytes(vm),
        }
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Buffer(buffer) => buffer.len_bytes(),
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same, if the bytes lie side by side, as most functions ask.
    ///
    /// # Errors
    /// `BufferError`.
    pub fn side_by_side(self, vm: &Vm) -> PyResult<Self> {
        match self {
            Self::Buffer(buffer) if !buffer.is_contiguous() => {
                Err(vm.buffer_error("memoryview: underlying buffer is not C-contiguous"))
            }
            bytes => Ok(bytes),
        }
    }

    /// The bytes in a vector of their own, for use while the `Vm` is changed.
    pub fn to_vec(&self, vm: &Vm) -> Vec<u8> {
        self.get(vm).into_owned()
    }
}

impl FromArg for BytesLike {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: crate::table::ArgInfo) -> PyResult<Self> {
        match arg {
            Some(arg) => vm.bytes_like(arg)?.side_by_side(vm),
            None => Err(vm.type_error(format!(
                "{}() is missing a bytes-like argument",
                info.method.name
            ))),
        }
    }
}

impl Vm {
    /// A buffer of an object that supports the protocol; `None` if it does not.
    ///
    /// # Errors
    /// What the exporter raises.
    pub fn try_buffer(&mut self, object: &PyRef) -> PyResult<Option<Buffer>> {
        match self.type_of(object).slots(self).buffer {
            Some(buffer) => buffer(self, object).map(Some),
            None => Ok(None),
        }
    }

    /// A buffer of an object.
    ///
    /// # Errors
    /// `TypeError` if it does not support the protocol.
    pub fn buffer(&mut self, object: &PyRef) -> PyResult<Buffer> {
        match self.try_buffer(object)? {
            Some(buffer) => Ok(buffer),
            None => Err(self.not_bytes_like(object)),
        }
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// `TypeError` if it does not support the buffer protocol.
    #[inline]
    pub fn bytes_like(&mut self, object: &PyRef) -> PyResult<BytesLike> {
        match object.downcast_ref::<PyBytes>() {
            Some(bytes) => Ok(BytesLike::Bytes(bytes.clone())),
            None => self.buffer(object).map(BytesLike::Buffer),
        }
    }

    /// The bytes of an object, to be changed by the callee: a buffer that is not read-only and lies side by side.
    ///
    /// # Errors
    /// `TypeError` with CPython's words, where `what` names the function and argument.
    pub fn writable_buffer(&mut self, object: &PyRef, what: &str) -> PyResult<Buffer> {
        if let Some(buffer) = self.try_buffer(object)?
            && !buffer.is_readonly()
        {
            return Ok(buffer);
        }
        Err(self.type_error(format!(
            "{what} must be read-write bytes-like object, not {}",
            self.type_name(object)
        )))
    }

    /// The `TypeError` for what does not support the buffer protocol.
    #[cold]
    pub fn not_bytes_like(&self, object: &PyRef) -> PyErr {
        self.type_error(format!(
            "a bytes-like object is required, not '{}'",
            self.type_name(object)
        ))
    }
}
