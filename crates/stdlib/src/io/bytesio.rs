//! `BytesIO`: a stream of bytes in memory.
//!
//! As long as nobody writes, the bytes are those of the object that the stream was made from; `getvalue` hands the
//! stream's own bytes over in the same way, so that they exist once.

use super::{Size, call_init, finalized_class, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::object::attribute;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::bytes::{BYTES, PyBytes};
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::memoryview::{Access, Buffer, Exports};
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{HeapVec, PyErr, PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use std::cell::Cell;

/// The bytes of a stream.
#[derive(Debug, Traverse)]
enum Content {
    /// Those of an object that others may refer to: to be copied before they are changed.
    Shared(Ref<PyBytes>),
    /// The stream's own.
    Own(HeapVec<u8>),
}

/// A stream of bytes in memory. 56 bytes, and the bytes.
#[derive(Debug, Traverse)]
pub struct PyBytesIO {
    content: VmCell<Content>,
    exports: Exports,
    position: Cell<usize>,
    is_closed: Cell<bool>,
}

impl PyPayload for PyBytesIO {
    const DEF: &'static TypeDef = &BYTES_IO;
}

/// What a memoryview of a [`PyBytesIO`] refers to.
#[derive(Debug, Traverse)]
pub struct PyBytesIOBuffer {
    source: Ref<PyBytesIO>,
}

impl PyPayload for PyBytesIOBuffer {
    const DEF: &'static TypeDef = &BYTES_IO_BUFFER;
}

/// `_io._BytesIOBuffer`
pub static BYTES_IO_BUFFER: TypeDef = TypeDef {
    doc: "",
    class: Some(Class::of::<PyBytesIOBuffer>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        buffer: Some(|vm, this| {
            let source = &receiver::<PyBytesIOBuffer>(this).source;
            let (token, len) = (source.exports.lend(vm)?, source.bytes(vm).len());
            Ok(Buffer::of_bytes(
                this.clone(),
                &ACCESS,
                Some(token),
                len,
                false,
            ))
        }),
        ..Slots::EMPTY
    },
    ..TypeDef::new("_io._BytesIOBuffer")
};

static ACCESS: Access = Access {
    bytes: |vm, this| receiver::<PyBytesIOBuffer>(this).source.bytes(vm),
    bytes_mut: Some(|vm, this| {
        match receiver::<PyBytesIOBuffer>(this).source.content.get_mut(vm) {
            Content::Own(bytes) => bytes,
            // Lent bytes are the stream's own, see `getbuffer`.
            Content::Shared(_) => &mut [],
        }
    }),
};

/// `_io.BytesIO`
pub static BYTES_IO: TypeDef = TypeDef {
    base: Some(&super::base::BUFFERED_IO_BASE),
    doc: "A stream of bytes in memory.",
    class: Some(finalized_class::<PyBytesIO>),
    flags: super::base::FLAGS,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyBytesIO::empty())?.into_any())),
        init: Some(|vm, this, args| call_init(vm, &INIT, this, args)),
        iter: Some(|vm, this| {
            receiver::<PyBytesIO>(this)
                .check_open(vm)
                .map(|()| this.clone())
        }),
        next: Some(next),
        del: Some(finalize),
        owned_bytes: Some(
            |vm, this| match receiver::<PyBytesIO>(this).content.get(vm) {
                Content::Own(bytes) => bytes.buffer_bytes(),
                Content::Shared(_) => 0,
            },
        ),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: &[GetSet {
        name: "closed",
        doc: "Whether the stream is closed.",
        get: |vm, this| Ok(vm.new_bool(receiver::<PyBytesIO>(this).is_closed.get())),
        set: None,
    }],
    ..TypeDef::new("_io.BytesIO")
};

static INIT: Method = method!(
    "BytesIO",
    "($self, initial_bytes=b'')",
    init,
    "Makes a stream of some bytes."
);

static METHODS: &[Method] = &[
    method!(
        "readable",
        "($self, /)",
        answer_true,
        "Whether the stream can be read: it can."
    ),
    method!(
        "seekable",
        "($self, /)",
        answer_true,
        "Whether the position can be moved: it can."
    ),
    method!(
        "writable",
        "($self, /)",
        answer_true,
        "Whether the stream can be written: it can."
    ),
    method!(
        "isatty",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyBytesIO>| this.check_open(vm).map(|()| false),
        "Whether the stream is a terminal: it is none."
    ),
    method!(
        "flush",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyBytesIO>| this.check_open(vm),
        "Nothing is kept for later."
    ),
    method!(
        "close",
        "($self, /)",
        close,
        "Closes the stream and drops its bytes."
    ),
    method!(
        "getbuffer",
        "($self, /)",
        getbuffer,
        "The bytes as a memoryview that can change them."
    ),
    method!("getvalue", "($self, /)", getvalue, "All the bytes."),
    method!(
        "read",
        "($self, size=-1, /)",
        read,
        "Reads up to so many bytes; all without a number."
    ),
    method!(
        "read1",
        "($self, size=-1, /)",
        read,
        "Reads up to so many bytes; all without a number."
    ),
    method!(
        "readinto",
        "($self, buffer, /)",
        readinto,
        "Reads into a buffer; returns how many bytes."
    ),
    method!(
        "readline",
        "($self, size=-1, /)",
        readline,
        "Reads a line, or the beginning of one."
    ),
    method!(
        "readlines",
        "($self, size=None, /)",
        readlines,
        "The lines as a list, about `size` bytes of them."
    ),
    method!(
        "seek",
        "($self, pos, whence=0, /)",
        seek,
        "Moves the position and returns it."
    ),
    method!(
        "tell",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyBytesIO>| this.check_open(vm).map(|()| this.position.get()),
        "The position."
    ),
    method!(
        "truncate",
        "($self, size=None, /)",
        truncate,
        "Cuts the stream off at a size, by default the position."
    ),
    method!(
        "write",
        "($self, b, /)",
        write,
        "Writes bytes; returns how many."
    ),
    method!(
        "writelines",
        "($self, lines, /)",
        writelines,
        "Writes the items of an iterable."
    ),
    method!(
        "__getstate__",
        "($self, /)",
        getstate,
        "What is pickled: the bytes, the position, the attributes."
    ),
    method!(
        "__setstate__",
        "($self, object, /)",
        setstate,
        "Takes what `__getstate__` gave."
    ),
];

impl PyBytesIO {
    fn empty() -> Self {
        Self {
            content: VmCell::new(Content::Own(HeapVec::new())),
            exports: Exports::new(),
            position: Cell::new(0),
            is_closed: Cell::new(false),
        }
    }

    fn bytes<'a>(&'a self, vm: &'a Vm) -> &'a [u8] {
        match self.content.get(vm) {
            Content::Shared(bytes) => bytes,
            Content::Own(bytes) => bytes,
        }
    }

    fn check_open(&self, vm: &Vm) -> PyResult<()> {
        match self.is_closed.get() {
            true => Err(super::closed_error(vm)),
            false => Ok(()),
        }
    }

    fn check_not_lent(&self, vm: &Vm) -> PyResult<()> {
        match self.exports.count() {
            0 => Ok(()),
            _ => Err(lent(vm)),
        }
    }

    /// Makes the bytes the stream's own.
    fn unshare(&self, vm: &mut Vm) -> PyResult<()> {
        if let Content::Shared(bytes) = self.content.get(vm) {
            let own = HeapVec::from_slice(vm.heap(), bytes)?;
            *self.content.get_mut(vm) = Content::Own(own);
        }
        Ok(())
    }

    /// Moves the position over bytes from it on, at most `len`; returns where they lie.
    fn advance(&self, vm: &Vm, len: usize) -> std::ops::Range<usize> {
        let end = self.bytes(vm).len();
        let start = self.position.get().min(end);
        let stop = start.saturating_add(len).min(end);
        if stop > start {
            self.position.set(stop);
        }
        start..stop
    }

    fn line(&self, vm: &Vm, limit: usize) -> std::ops::Range<usize> {
        let bytes = self.bytes(vm);
        let start = self.position.get().min(bytes.len());
        let rest = &bytes[start..];
        let len = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        self.advance(vm, len.min(limit))
    }
}

#[cold]
fn lent(vm: &Vm) -> PyErr {
    vm.buffer_error("Existing exports of data: object cannot be re-sized")
}

fn init(vm: &mut Vm, this: Ref<PyBytesIO>, initial: Option<PyRef>) -> PyResult<()> {
    this.check_not_lent(vm)?;
    let content = match initial.filter(|initial| !vm.is_none(initial)) {
        None => Content::Own(HeapVec::new()),
        Some(initial) => match initial.downcast_ref::<PyBytes>() {
            Some(bytes) if vm.is_exactly(&initial, &BYTES) => Content::Shared(bytes.clone()),
            _ => {
                let bytes = vm.bytes_like(&initial)?;
                Content::Own(HeapVec::from_slice(vm.heap(), &bytes.get(vm))?)
            }
        },
    };
    *this.content.get_mut(vm) = content;
    this.position.set(0);
    this.is_closed.set(false);
    Ok(())
}

fn answer_true(vm: &mut Vm, this: Ref<PyBytesIO>) -> PyResult<bool> {
    this.check_open(vm).map(|()| true)
}

fn close(vm: &mut Vm, this: Ref<PyBytesIO>) -> PyResult<()> {
    this.check_not_lent(vm)?;
    this.is_closed.set(true);
    *this.content.get_mut(vm) = Content::Own(HeapVec::new());
    Ok(())
}

/// Nothing is to be written: only a `close` of a subclass may have something to do.
fn finalize(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    if vm.is_exactly(this, &BYTES_IO) {
        return Ok(());
    }
    super::base::finalize(vm, this)
}

fn getbuffer(vm: &mut Vm, this: Ref<PyBytesIO>) -> PyResult {
    this.check_open(vm)?;
    this.unshare(vm)?;
    let exporter = vm.new_object(PyBytesIOBuffer { source: this })?.into_any();
    let buffer = vm.buffer(&exporter)?;
    Ok(vm.new_memoryview(buffer)?.into_any())
}

fn getvalue(vm: &mut Vm, this: Ref<PyBytesIO>) -> PyResult<Ref<PyBytes>> {
    this.check_open(vm)?;
    let own = match this.content.get(vm) {
        Content::Shared(bytes) => return Ok(bytes.clone()),
        Content::Own(own) => own,
    };
    let value = vm.new_bytes(own)?;
    if this.exports.count() == 0 {
        *this.content.get_mut(vm) = Content::Shared(value.clone());
    }
    Ok(value)
}

fn read(vm: &mut Vm, this: Ref<PyBytesIO>, size: Size) -> PyResult<Ref<PyBytes>> {
    this.check_open(vm)?;
    let range = this.advance(vm, size.or_all());
    if let Content::Shared(all) = this.content.get(vm)
        && range == (0..all.len())
    {
        return Ok(all.clone());
    }
    vm.new_bytes(&this.bytes(vm)[range])
}

fn readinto(vm: &mut Vm, this: Ref<PyBytesIO>, target: PyRef) -> PyResult<usize> {
    this.check_open(vm)?;
    let target = vm.writable_buffer(&target, "readinto() argument")?;
    let range = this.advance(vm, target.len_bytes());
    let copy = HeapVec::from_slice(vm.heap(), &this.bytes(vm)[range])?;
    target.as_bytes_mut(vm)?[..copy.len()].copy_from_slice(&copy);
    Ok(copy.len())
}

fn readline(vm: &mut Vm, this: Ref<PyBytesIO>, size: Size) -> PyResult<Ref<PyBytes>> {
    this.check_open(vm)?;
    let range = this.line(vm, size.or_all());
    vm.new_bytes(&this.bytes(vm)[range])
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let this = receiver::<PyBytesIO>(this).clone();
    this.check_open(vm)?;
    let range = this.line(vm, usize::MAX);
    if range.is_empty() {
        return Ok(None);
    }
    Ok(Some(vm.new_bytes(&this.bytes(vm)[range])?.into_any()))
}

fn readlines(vm: &mut Vm, this: Ref<PyBytesIO>, size: Size) -> PyResult {
    this.check_open(vm)?;
    let limit = size.0.filter(|&size| size > 0);
    let (mut lines, mut total) = (Vec::new(), 0);
    loop {
        let range = this.line(vm, usize::MAX);
        if range.is_empty() {
            break;
        }
        total += range.len();
        lines.push(vm.new_bytes(&this.bytes(vm)[range])?.into_any());
        if limit.is_some_and(|limit| total >= limit) {
            break;
        }
    }
    Ok(vm.new_list(lines)?.into_any())
}

fn seek(vm: &mut Vm, this: Ref<PyBytesIO>, offset: i64, whence: Option<i64>) -> PyResult<usize> {
    this.check_open(vm)?;
    let whence = whence.unwrap_or(0);
    let from = match whence {
        0 if offset < 0 => {
            return Err(vm.value_error(format!("negative seek value {offset}")));
        }
        0 => 0,
        1 => this.position.get(),
        2 => this.bytes(vm).len(),
        _ => {
            return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)")));
        }
    };
    let Some(position) = i64::try_from(from)
        .ok()
        .and_then(|from| from.checked_add(offset))
    else {
        return Err(vm.overflow_error("new position too large"));
    };
    let position = usize::try_from(position).unwrap_or(0);
    this.position.set(position);
    Ok(position)
}

fn truncate(vm: &mut Vm, this: Ref<PyBytesIO>, size: Option<PyRef>) -> PyResult<i64> {
    let size = match size.filter(|size| !vm.is_none(size)) {
        Some(size) => vm.index_i64(&size)?,
        None => i64::try_from(this.position.get()).unwrap_or(i64::MAX),
    };
    // An `__index__` of the program's may have closed the stream or lent its bytes.
    this.check_open(vm)?;
    this.check_not_lent(vm)?;
    let Ok(len) = usize::try_from(size) else {
        return Err(vm.value_error(format!("negative size value {size}")));
    };
    if len < this.bytes(vm).len() {
        this.unshare(vm)?;
        if let Content::Own(bytes) = this.content.get_mut(vm) {
            bytes.truncate(len);
            bytes.shrink_if_sparse();
        }
    }
    Ok(size)
}

fn write(vm: &mut Vm, this: Ref<PyBytesIO>, bytes: PyRef) -> PyResult<usize> {
    this.check_open(vm)?;
    if let Some(bytes) = bytes.downcast_ref::<PyBytes>() {
        return put(vm, &this, bytes);
    }
    let buffer = vm.buffer(&bytes)?;
    let copy = HeapVec::from_slice(vm.heap(), &buffer.to_bytes(vm))?;
    put(vm, &this, &copy)
}

fn put(vm: &mut Vm, this: &PyBytesIO, bytes: &[u8]) -> PyResult<usize> {
    this.check_open(vm)?;
    this.check_not_lent(vm)?;
    if bytes.is_empty() {
        return Ok(0);
    }
    this.unshare(vm)?;
    let (space, start) = (vm.space_handle(), this.position.get());
    let Some(stop) = start.checked_add(bytes.len()) else {
        return Err(vm.overflow_error("new position too large"));
    };
    let Content::Own(own) = this.content.get_mut(vm) else {
        return Ok(0);
    };
    if start > own.len() {
        let gap = start - own.len();
        own.extend(space.heap(), std::iter::repeat_n(0, gap))?;
    }
    let overwritten = own.len().min(stop) - start;
    let (over, behind) = bytes.split_at(overwritten);
    own[start..start + overwritten].copy_from_slice(over);
    own.extend_from_copies(space.heap(), behind)?;
    this.position.set(stop);
    Ok(bytes.len())
}

fn writelines(vm: &mut Vm, this: Ref<PyBytesIO>, lines: PyRef) -> PyResult<()> {
    this.check_open(vm)?;
    vm.iterate(&lines, |vm, line| write(vm, this.clone(), line).map(drop))
}

fn getstate(vm: &mut Vm, this: Ref<PyBytesIO>) -> PyResult {
    let value = getvalue(vm, this.clone())?.into_any();
    let position = vm.new_int_from_usize(this.position.get())?;
    let attributes = match attribute::instance_items(vm, this.as_any()).is_empty() {
        true => vm.none(),
        false => super::open::copied_attributes(vm, this.as_any())?,
    };
    Ok(vm.new_tuple(&[value, position, attributes])?.into_any())
}

fn setstate(vm: &mut Vm, this: Ref<PyBytesIO>, state: PyRef) -> PyResult<()> {
    this.check_open(vm)?;
    let Some([value, position, attributes]) =
        state.downcast_ref::<PyTuple>().map(|state| &state[..])
    else {
        let (class, found) = (vm.type_name(this.as_any()), vm.type_name(&state));
        return Err(vm.type_error(format!(
            "{class}.__setstate__ argument should be 3-tuple, got {found}"
        )));
    };
    this.check_not_lent(vm)?;
    init(vm, this.clone(), Some(value.clone()))?;
    if !position.is_a::<exuvia_vm::types::int::PyInt>() {
        let found = vm.type_name(position);
        return Err(vm.type_error(format!(
            "second item of state must be an integer, not {found}"
        )));
    }
    let Ok(place) = usize::try_from(vm.index_i64(position)?) else {
        return Err(vm.value_error("position value cannot be negative"));
    };
    this.position.set(place);
    if vm.is_none(attributes) {
        return Ok(());
    }
    let Some(attributes) = attributes.downcast_ref::<PyDict>() else {
        let found = vm.type_name(attributes);
        return Err(vm.type_error(format!(
            "third item of state should be a dict, got a {found}"
        )));
    };
    super::open::set_attributes(vm, this.as_any(), attributes)
}
