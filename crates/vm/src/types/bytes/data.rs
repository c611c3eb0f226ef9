//! How a bytes object lies in memory, and making one.

#![allow(unsafe_code, reason = "a new object's bytes are filled in place")]

use super::BYTES;
use crate::object::{PyPayload, layout};
use crate::types::type_::PyType;
use crate::{PyErr, PyResult, Ref, Tail, Traverse, Vm};
use exuvia_object::Class;
use std::cell::Cell;

/// The fixed part of a bytes object.
#[derive(Debug, Default, Traverse)]
pub struct BytesHead {
    /// 0: not computed.
    hash: Cell<u32>,
}

/// A bytes object: 24 bytes and those that it holds.
pub type PyBytes = Tail<BytesHead, u8>;

impl PyPayload for PyBytes {
    const DEF: &'static crate::table::TypeDef = &BYTES;
}

/// The [`Class`] of bytes objects.
pub(super) fn class() -> Class {
    let class = Class::of::<PyBytes>();
    class.size.set(Some(PyBytes::size));
    // Nothing in a bytes object needs dropping, though a tail in general might.
    class.drop.set(None);
    class
}

/// The hash: that of a string with these units.
#[inline]
pub fn hash(vm: &Vm, bytes: &PyBytes) -> i64 {
    let known = &bytes.head().hash;
    if known.get() == 0 {
        // The hash has 32 bits by construction.
        known.set(vm.hash_bytes(bytes) as u32);
    }
    i64::from(known.get())
}

impl Vm {
    /// A bytes object of these bytes.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_bytes(&self, bytes: &[u8]) -> PyResult<Ref<PyBytes>> {
        self.new_bytes_with(bytes.len(), |room| room.copy_from_slice(bytes))
    }

    /// A bytes object of `len` bytes, zeros at first, that `fill` may change.
    ///
    /// # Errors
    /// `OutOfMemory`, also for 2^32 bytes and more.
    pub fn new_bytes_with(
        &self,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> PyResult<Ref<PyBytes>> {
        match &self.constants {
            Some(constants) if len == 0 => Ok(constants.empty_bytes.clone()),
            _ => self.new_bytes_instance(self.class(&BYTES), len, fill),
        }
    }

    /// An instance of `bytes` or of a subclass, of `len` bytes, zeros at first, that `fill` may change.
    ///
    /// # Errors
    /// `OutOfMemory`; `TypeError` if the type is no subclass of `bytes`.
    pub fn new_bytes_instance(
        &self,
        ty: &Ref<PyType>,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> PyResult<Ref<PyBytes>> {
        if !ty.holds::<PyBytes>() {
            let name = ty.name_text();
            return Err(self.type_error(format!(
                "bytes.__new__({name}): {name} is not a subtype of bytes"
            )));
        }
        let size = PyBytes::object_size(len).ok_or(PyErr::OutOfMemory)?;
        u32::try_from(len).map_err(|_| PyErr::OutOfMemory)?;
        // SAFETY: the payload is written whole before anyone sees the object; its size function then tells the
        // size that was asked for. While `fill` has the bytes, nobody else does.
        unsafe {
            let object = layout::allocate_sized(self, ty, size, |object| {
                PyBytes::write(
                    object.add(1).cast(),
                    BytesHead::default(),
                    len,
                    std::iter::repeat_n(0, len),
                );
            })?;
            let bytes = Ref::<PyBytes>::from_owned(object);
            let first = object.cast::<u8>().as_ptr().add(size - len);
            fill(std::slice::from_raw_parts_mut(first, len));
            Ok(bytes)
        }
    }
}
