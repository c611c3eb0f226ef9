//! [`ByteString`]: a bytes object or a bytearray, and types of parameters for the methods that both have.

use super::PyBytes;
use crate::table::{ArgInfo, FromArg, IntoPy};
use crate::types::bytearray::PyByteArray;
use crate::types::exception;
use crate::types::memoryview::BytesLike;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};
use std::borrow::Cow;
use std::ops::Range;

/// The receiver of a method that bytes and bytearray share.
#[derive(Clone, Debug)]
pub enum ByteString {
    /// A bytes object.
    Bytes(Ref<PyBytes>),
    /// A bytearray.
    Array(Ref<PyByteArray>),
}

impl FromArg for ByteString {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        if let Some(array) = arg.and_then(|arg| arg.downcast_ref::<PyByteArray>()) {
            return Ok(Self::Array(array.clone()));
        }
        Ref::<PyBytes>::from_arg(vm, arg, info).map(Self::Bytes)
    }
}

impl IntoPy for ByteString {
    fn into_py(self, _: &Vm) -> PyResult {
        Ok(match self {
            Self::Bytes(bytes) => bytes.into_any(),
            Self::Array(array) => array.into_any(),
        })
    }
}

impl ByteString {
    /// The bytes.
    #[inline]
    pub fn get<'a>(&'a self, vm: &'a Vm) -> &'a [u8] {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Array(array) => array.as_slice(vm),
        }
    }

    /// A new object of the same kind with these bytes.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn make(&self, vm: &Vm, bytes: &[u8]) -> PyResult<Self> {
        self.make_with(vm, bytes.len(), |room| room.copy_from_slice(bytes))
    }

    /// A new object of the same kind with `len` bytes, zeros at first, that `fill` may change.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn make_with(&self, vm: &Vm, len: usize, fill: impl FnOnce(&mut [u8])) -> PyResult<Self> {
        Ok(match self {
            Self::Bytes(_) => Self::Bytes(vm.new_bytes_with(len, fill)?),
            Self::Array(_) => Self::Array(vm.new_bytearray_with(len, fill)?),
        })
    }

    /// A part as a new object; the object itself if it is an exact bytes object and the part is all of it.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn slice(&self, vm: &Vm, range: Range<usize>) -> PyResult<Self> {
        if range.len() == self.get(vm).len() {
            return self.unchanged(vm);
        }
        self.make(vm, &self.get(vm)[range])
    }

    /// The object as the result of an operation that changes nothing: a bytearray is copied.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn unchanged(&self, vm: &Vm) -> PyResult<Self> {
        match self {
            Self::Bytes(bytes) if vm.is_exactly(bytes.as_any(), &super::BYTES) => Ok(self.clone()),
            _ => self.make(vm, self.get(vm)),
        }
    }
}

/// A byte or bytes to look for.
#[derive(Debug)]
pub enum Needle {
    /// One byte, given as an int.
    Byte(u8),
    /// Bytes.
    Bytes(BytesLike),
}

impl Needle {
    /// The bytes to look for.
    pub fn get<'a>(&'a self, vm: &'a Vm) -> Cow<'a, [u8]> {
        match self {
            Self::Byte(byte) => Cow::Borrowed(std::slice::from_ref(byte)),
            Self::Bytes(bytes) => bytes.get(vm),
        }
    }
}

impl FromArg for Needle {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let arg = PyRef::from_arg(vm, arg, info)?;
        let slots = vm.type_of(&arg).slots(vm);
        if slots.buffer.is_some() {
            return vm.bytes_like(&arg).map(Self::Bytes);
        }
        if slots.index.is_some() {
            return byte_value(vm, &arg).map(Self::Byte);
        }
        let found = vm.type_name(&arg);
        Err(vm.type_error(format!(
            "argument should be integer or bytes-like object, not '{found}'"
        )))
    }
}

/// A byte given as an int.
#[derive(Clone, Copy, Debug)]
pub struct Byte(pub u8);

impl FromArg for Byte {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let arg = PyRef::from_arg(vm, arg, info)?;
        byte_value(vm, &arg).map(Self)
    }
}

/// The value of a byte given as an int.
///
/// # Errors
/// `TypeError` for what is no int, `ValueError` for what is no byte.
pub fn byte_value(vm: &mut Vm, object: &PyRef) -> PyResult<u8> {
    let value = vm
        .index(object)?
        .to_i64()
        .and_then(|value| u8::try_from(value).ok());
    value.ok_or_else(|| vm.value_error("byte must be in range(0, 256)"))
}

/// What `__bytes__` of an object returns; `None` if it has none.
///
/// # Errors
/// What it raises; `TypeError` if it does not return bytes.
pub fn from_dunder(vm: &mut Vm, object: &PyRef) -> PyResult<Option<Ref<PyBytes>>> {
    let name = vm.names().bytes.clone();
    let Some(bytes) = vm.call_special(object, &name, &[])? else {
        return Ok(None);
    };
    bytes.downcast().map(Some).map_err(|other| {
        vm.type_error(format!(
            "__bytes__ returned non-bytes (type {})",
            vm.type_name(&other)
        ))
    })
}

/// The bytes that an iterable of ints yields. May run Python.
///
/// `what` begins the message for an int that is no byte, `type_name` stands in the one for what is no iterable.
///
/// # Errors
/// `TypeError`, `ValueError`, or what iterating raises.
pub fn from_iterable(
    vm: &mut Vm,
    iterable: &PyRef,
    what: &str,
    cannot: &str,
) -> PyResult<crate::HeapVec<u8>> {
    let space = vm.space_handle();
    let mut bytes = crate::HeapVec::new();
    let slots = vm.type_of(iterable).slots(vm);
    if slots.iter.is_none() && slots.getitem.is_none()
        || iterable.is_a::<crate::types::str::PyStr>()
    {
        let found = vm.type_name(iterable);
        return Err(vm.type_error(cannot.replace("{}", &found)));
    }
    vm.iterate(iterable, |vm, item| {
        let byte = match byte_value(vm, &item) {
            Err(error) if what != "byte" && error.is(vm, &exception::VALUE_ERROR) => {
                return Err(vm.value_error(format!("{what} must be in range(0, 256)")));
            }
            byte => byte?,
        };
        Ok(bytes.push(space.heap(), byte)?)
    })?;
    Ok(bytes)
}

/// What the constructors of bytes and bytearray make their bytes of.
#[derive(Debug)]
pub enum Content {
    /// A bytes object, as it is.
    Bytes(Ref<PyBytes>),
    /// The bytes of another object.
    Buffer(BytesLike),
    /// This many zeros.
    Zeros(usize),
    /// Bytes that were made for this.
    Made(crate::HeapVec<u8>),
}

impl Content {
    /// Passes the number of bytes and a function that writes them.
    ///
    /// # Errors
    /// What `make` returns.
    pub fn write_to<R>(
        &self,
        vm: &Vm,
        make: impl FnOnce(usize, &mut dyn FnMut(&mut [u8])) -> PyResult<R>,
    ) -> PyResult<R> {
        let bytes = match self {
            Self::Bytes(bytes) => Cow::Borrowed(bytes.as_slice()),
            Self::Buffer(bytes) => bytes.get(vm),
            Self::Made(bytes) => Cow::Borrowed(&bytes[..]),
            Self::Zeros(count) => return make(*count, &mut |_| {}),
        };
        make(bytes.len(), &mut |room| room.copy_from_slice(&bytes))
    }
}

/// The arguments of `bytes(…)` and `bytearray(…)`.
#[derive(Debug)]
pub struct Source {
    /// What is to become bytes.
    pub object: Option<PyRef>,
    /// The encoding of a string.
    pub encoding: Option<String>,
    /// The error handler for a string.
    pub errors: Option<String>,
}

impl Source {
    /// What the bytes are made of. May run Python.
    ///
    /// # Errors
    /// `TypeError`, `ValueError`, or what the object raises.
    pub fn content(&self, vm: &mut Vm, type_name: &str) -> PyResult<Content> {
        let text = self
            .object
            .as_ref()
            .and_then(|object| object.downcast_ref::<crate::types::str::PyStr>())
            .cloned();
        match (&text, &self.encoding, &self.errors) {
            (Some(text), Some(encoding), errors) => {
                let errors = errors.as_deref().unwrap_or("strict");
                let bytes = crate::codecs::encode_to_bytes(vm, text, encoding, errors)?;
                return vm.bytes_like(&bytes).map(Content::Buffer);
            }
            (Some(_), None, _) => return Err(vm.type_error("string argument without an encoding")),
            (None, Some(_), _) => return Err(vm.type_error("encoding without a string argument")),
            (None, None, Some(_)) => return Err(vm.type_error("errors without a string argument")),
            (None, None, None) => {}
        }
        match &self.object {
            None => Ok(Content::Zeros(0)),
            Some(object) => content_of(vm, object, type_name),
        }
    }
}

fn content_of(vm: &mut Vm, object: &PyRef, type_name: &str) -> PyResult<Content> {
    let is_bytes = type_name == "bytes";
    if vm.is_exactly(object, &super::BYTES)
        && let Some(bytes) = object.downcast_ref::<PyBytes>()
    {
        return Ok(Content::Bytes(bytes.clone()));
    }
    if is_bytes && let Some(bytes) = from_dunder(vm, object)? {
        return Ok(Content::Bytes(bytes));
    }
    if vm.type_of(object).slots(vm).index.is_some() {
        match vm.index_isize(object) {
            Ok(count) => match usize::try_from(count) {
                Ok(count) => return Ok(Content::Zeros(count)),
                Err(_) => return Err(vm.value_error("negative count")),
            },
            Err(error) if error.is(vm, &exception::TYPE_ERROR) => {}
            Err(error) => return Err(error),
        }
    }
    if vm.type_of(object).slots(vm).buffer.is_some() {
        return vm.bytes_like(object).map(Content::Buffer);
    }
    let what = if is_bytes { "bytes" } else { "byte" };
    let cannot = format!("cannot convert '{{}}' object to {type_name}");
    from_iterable(vm, object, what, &cannot).map(Content::Made)
}

/// The error for a fill argument of `center` and its like.
#[cold]
fn wrong_fill(vm: &Vm, name: &str, found: &PyRef, len: Option<usize>) -> PyErr {
    let found = vm.type_name(found);
    let wanted = "argument 2 must be a byte string of length 1, not";
    vm.type_error(match len {
        Some(len) => format!("{name}(): {wanted} a {found} object of length {len}"),
        None => format!("{name}() {wanted} {found}"),
    })
}

/// The byte to fill a field with.
#[derive(Clone, Copy, Debug)]
pub struct Fill(pub u8);

impl FromArg for Fill {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let Some(arg) = arg else {
            return Ok(Self(b' '));
        };
        let bytes = if let Some(bytes) = arg.downcast_ref::<PyBytes>() {
            bytes.as_slice()
        } else if let Some(array) = arg.downcast_ref::<PyByteArray>() {
            array.as_slice(vm)
        } else {
            return Err(wrong_fill(vm, info.method.name, arg, None));
        };
        match bytes {
            [byte] => Ok(Self(*byte)),
            _ => Err(wrong_fill(vm, info.method.name, arg, Some(bytes.len()))),
        }
    }
}
