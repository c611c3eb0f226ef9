//! `memoryview`, and the buffer protocol that it shows ([`buffer`]); what an item is stands in [`item`].

pub mod buffer;
pub mod item;
mod methods;

pub use buffer::{Access, Buffer, BytesLike, Dimension, Dimensions, Exports};
pub use methods::{MEMORYVIEW, lend, take_back};

use crate::object::PyPayload;
use crate::table::{TypeDef, TypeFlags};
use crate::types::iterators::{Cursor, Indexed};
use crate::{PyErr, PyRef, PyResult, Ref, Traverse, Vm, VmCell};
use exuvia_object::Class;
use item::ItemType;
use std::cell::Cell;

/// A memoryview: 128 bytes.
#[derive(Debug, Traverse)]
pub struct PyMemoryView {
    /// `None` once it is released.
    buffer: VmCell<Option<Buffer>>,
    /// Buffers of the view itself, which must not be released before them.
    exports: Exports,
    hash: Cell<Option<i64>>,
}

impl PyPayload for PyMemoryView {
    const DEF: &'static TypeDef = &MEMORYVIEW;
}

/// `memory_iterator`
pub static MEMORY_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<Cursor<PyMemoryView>>),
    flags: TypeFlags::NO_NEW,
    slots: Cursor::<PyMemoryView>::SLOTS,
    ..TypeDef::new("memory_iterator")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&buffer::MANAGED_BUFFER, &MEMORYVIEW, &MEMORY_ITERATOR];

/// The receiver of a slot.
#[inline]
pub(crate) fn view(this: &PyRef) -> &Ref<PyMemoryView> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

impl PyMemoryView {
    /// The buffer that is viewed.
    ///
    /// # Errors
    /// `ValueError` once the view is released.
    pub fn buffer<'a>(&'a self, vm: &'a Vm) -> PyResult<&'a Buffer> {
        self.buffer.get(vm).as_ref().ok_or_else(|| released(vm))
    }

    /// The item whose first byte lies at a place in the exporter's memory.
    fn item(&self, vm: &Vm, at: usize) -> PyResult {
        let buffer = self.buffer(vm)?;
        let item_type = item_type(vm, buffer)?;
        let bytes = buffer
            .memory(vm)
            .get(at..)
            .and_then(|rest| rest.get(..buffer.item_size()));
        item_type.unpack(vm, bytes.ok_or_else(|| out_of_memory_range(vm))?)
    }
}

#[cold]
fn released(vm: &Vm) -> PyErr {
    vm.value_error("operation forbidden on released memoryview object")
}

/// An exporter that does not count its exports has become smaller than what it lent.
#[cold]
fn out_of_memory_range(vm: &Vm) -> PyErr {
    vm.buffer_error("memoryview: the exporter's memory has become smaller")
}

/// What the items of a buffer are.
fn item_type(vm: &Vm, buffer: &Buffer) -> PyResult<ItemType> {
    buffer.item_type().ok_or_else(|| {
        vm.not_implemented_error(format!(
            "memoryview: format {} not supported",
            buffer.format()
        ))
    })
}

impl Vm {
    /// A memoryview of a buffer.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_memoryview(&self, buffer: Buffer) -> PyResult<Ref<PyMemoryView>> {
        self.new_object(PyMemoryView {
            buffer: VmCell::new(Some(buffer)),
            exports: Exports::new(),
            hash: Cell::new(None),
        })
    }
}

impl Indexed for PyMemoryView {
    fn count(this: &Ref<Self>, vm: &Vm) -> usize {
        this.buffer(vm)
            .ok()
            .and_then(|buffer| buffer.dimensions().first())
            .map_or(0, |dimension| dimension.len)
    }

    fn item(this: &Ref<Self>, vm: &Vm, index: usize) -> PyResult<Option<PyRef>> {
        let buffer = this.buffer(vm)?;
        match buffer.dimensions() {
            [dimension] if index < dimension.len => {
                this.item(vm, place(buffer, dimension, index)).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn empty(vm: &Vm) -> PyResult {
        Ok(vm.new_tuple(&[])?.into_any())
    }
}

/// Where the item at an index of the first dimension lies.
fn place(buffer: &Buffer, dimension: &Dimension, index: usize) -> usize {
    buffer
        .offset()
        .wrapping_add_signed(index.cast_signed().wrapping_mul(dimension.stride))
}

impl PyPayload for Cursor<PyMemoryView> {
    const DEF: &'static TypeDef = &MEMORY_ITERATOR;
}
