//! `_IOBase` and the bases of files, buffers and texts: what a stream does that is written in Python on top of them.

use super::{Size, ask, closed_error, finalized_class, is_closed, unsupported};
use exuvia_vm::object::{PyPayload, attribute};
use exuvia_vm::table::{GetSet, Method, Rest, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, HeapVec, PyRef, PyResult, Ref, Traverse, Vm, method};

/// Where an instance keeps that it is closed.
const CLOSED: &str = "__IOBase_closed";

/// A stream of a class that is written in Python: all its state lies in its attributes.
#[derive(Debug, Traverse)]
pub struct PyStream;

impl PyPayload for PyStream {
    const DEF: &'static TypeDef = &IO_BASE;
}

/// What streams have in common: programs derive from them, and refer to them weakly.
pub(super) const FLAGS: TypeFlags = TypeFlags::BASETYPE
    .or(TypeFlags::DICT)
    .or(TypeFlags::WEAKREF);

/// `_io._IOBase`
pub static IO_BASE: TypeDef = TypeDef {
    doc: "What all streams can do: the base of their classes.",
    class: Some(finalized_class::<PyStream>),
    flags: FLAGS,
    slots: Slots {
        new: Some(new),
        iter: Some(iter),
        next: Some(next),
        del: Some(finalize),
        ..Slots::EMPTY
    },
    methods: IO_BASE_METHODS,
    getset: &[
        GetSet {
            name: "closed",
            doc: "Whether the stream is closed.",
            get: |vm, this| {
                let is_closed = closed_flag(vm, this)?;
                Ok(vm.new_bool(is_closed))
            },
            set: None,
        },
        GetSet {
            name: "__dict__",
            doc: "The attributes.",
            get: |vm, this| {
                let dict = attribute::instance_dict(vm, this)?;
                Ok(dict.map_or_else(|| vm.none(), Ref::into_any))
            },
            set: None,
        },
    ],
    ..TypeDef::new("_io._IOBase")
};

/// `_io._RawIOBase`
pub static RAW_IO_BASE: TypeDef = TypeDef {
    base: Some(&IO_BASE),
    doc: "The base of streams of bytes without a buffer.",
    flags: FLAGS,
    methods: &[
        method!(
            "read",
            "($self, size=-1, /)",
            raw_read,
            "Reads up to so many bytes."
        ),
        method!("readall", "($self, /)", raw_readall, "Reads to the end."),
        method!(
            "readinto",
            "($self, buffer, /)",
            not_implemented_1,
            "Not implemented here."
        ),
        method!(
            "write",
            "($self, b, /)",
            not_implemented_1,
            "Not implemented here."
        ),
    ],
    ..TypeDef::new("_io._RawIOBase")
};

/// `_io._BufferedIOBase`
pub static BUFFERED_IO_BASE: TypeDef = TypeDef {
    base: Some(&IO_BASE),
    doc: "The base of streams of bytes with a buffer: `read` and `write` do all that they are asked.",
    flags: FLAGS,
    methods: &[
        method!(
            "detach",
            "($self, /)",
            |vm: &mut Vm, _: PyRef| refuse(vm, "detach"),
            "Not supported here."
        ),
        method!(
            "read",
            "($self, size=-1, /)",
            |vm: &mut Vm, _: PyRef, _: Rest| refuse(vm, "read"),
            "Not supported here."
        ),
        method!(
            "read1",
            "($self, size=-1, /)",
            |vm: &mut Vm, _: PyRef, _: Rest| refuse(vm, "read1"),
            "Not supported here."
        ),
        method!(
            "readinto",
            "($self, buffer, /)",
            readinto,
            "Reads bytes into a buffer; returns how many."
        ),
        method!(
            "readinto1",
            "($self, buffer, /)",
            readinto1,
            "Reads bytes into a buffer with at most one read below."
        ),
        method!(
            "write",
            "($self, b, /)",
            |vm: &mut Vm, _: PyRef, _: PyRef| refuse(vm, "write"),
            "Not supported here."
        ),
    ],
    ..TypeDef::new("_io._BufferedIOBase")
};

/// `_io._TextIOBase`
pub static TEXT_IO_BASE: TypeDef = TypeDef {
    base: Some(&IO_BASE),
    doc: "The base of streams of text.",
    flags: FLAGS,
    methods: &[
        method!(
            "detach",
            "($self, /)",
            |vm: &mut Vm, _: PyRef| refuse(vm, "detach"),
            "Not supported here."
        ),
        method!(
            "read",
            "($self, size=-1, /)",
            |vm: &mut Vm, _: PyRef, _: Rest| refuse(vm, "read"),
            "Not supported here."
        ),
        method!(
            "readline",
            "($self, size=-1, /)",
            |vm: &mut Vm, _: PyRef, _: Rest| refuse(vm, "readline"),
            "Not supported here."
        ),
        method!(
            "write",
            "($self, s, /)",
            |vm: &mut Vm, _: PyRef, _: PyRef| refuse(vm, "write"),
            "Not supported here."
        ),
    ],
    getset: &[
        GetSet {
            name: "encoding",
            doc: "The name of the encoding, or None.",
            get: |vm, _| Ok(vm.none()),
            set: None,
        },
        GetSet {
            name: "errors",
            doc: "The name of the error handler, or None.",
            get: |vm, _| Ok(vm.none()),
            set: None,
        },
        GetSet {
            name: "newlines",
            doc: "The line ends seen so far.",
            get: |vm, _| Ok(vm.none()),
            set: None,
        },
    ],
    ..TypeDef::new("_io._TextIOBase")
};

static IO_BASE_METHODS: &[Method] = &[
    method!(
        "seek",
        "($self, offset, whence=os.SEEK_SET, /)",
        |vm: &mut Vm, _: PyRef, _: PyRef, _: Option<PyRef>| refuse(vm, "seek"),
        "Moves the position; not supported here."
    ),
    method!("tell", "($self, /)", tell, "The position in the stream."),
    method!(
        "truncate",
        "($self, size=None, /)",
        |vm: &mut Vm, _: PyRef, _: Option<PyRef>| refuse(vm, "truncate"),
        "Cuts the stream off; not supported here."
    ),
    method!(
        "flush",
        "($self, /)",
        flush,
        "Writes what is kept for later; here there is nothing."
    ),
    method!(
        "close",
        "($self, /)",
        close,
        "Flushes and closes the stream; a second time nothing happens."
    ),
    method!(
        "seekable",
        "($self, /)",
        answer_false,
        "Whether the position can be moved."
    ),
    method!(
        "readable",
        "($self, /)",
        answer_false,
        "Whether the stream can be read."
    ),
    method!(
        "writable",
        "($self, /)",
        answer_false,
        "Whether the stream can be written."
    ),
    method!(
        "_checkClosed",
        "($self, msg=None, /)",
        check_closed_method,
        "Raises an error if the stream is closed."
    ),
    method!(
        "_checkSeekable",
        "($self, msg=None, /)",
        |vm: &mut Vm, this: PyRef, _: Option<PyRef>| check(
            vm,
            &this,
            "seekable",
            "File or stream is not seekable."
        ),
        "Raises an error if the position cannot be moved."
    ),
    method!(
        "_checkReadable",
        "($self, msg=None, /)",
        |vm: &mut Vm, this: PyRef, _: Option<PyRef>| check(
            vm,
            &this,
            "readable",
            "File or stream is not readable."
        ),
        "Raises an error if the stream cannot be read."
    ),
    method!(
        "_checkWritable",
        "($self, msg=None, /)",
        |vm: &mut Vm, this: PyRef, _: Option<PyRef>| check(
            vm,
            &this,
            "writable",
            "File or stream is not writable."
        ),
        "Raises an error if the stream cannot be written."
    ),
    method!(
        "fileno",
        "($self, /)",
        |vm: &mut Vm, _: PyRef| refuse(vm, "fileno"),
        "The descriptor below; not supported here."
    ),
    method!(
        "isatty",
        "($self, /)",
        isatty,
        "Whether the stream is a terminal."
    ),
    method!(
        "__enter__",
        "($self, /)",
        enter,
        "The stream itself, if it is open."
    ),
    method!("__exit__", "($self, /, *args)", exit, "Closes the stream."),
    method!(
        "readline",
        "($self, size=-1, /)",
        readline,
        "Reads a line, or the beginning of one."
    ),
    method!(
        "readlines",
        "($self, hint=-1, /)",
        readlines,
        "The lines as a list, about `hint` characters of them."
    ),
    method!(
        "writelines",
        "($self, lines, /)",
        writelines,
        "Writes the items of an iterable; adds no line ends."
    ),
];

fn new(vm: &mut Vm, ty: &Ref<PyType>, _: Args<'_>) -> PyResult {
    Ok(vm.new_instance(ty, PyStream)?.into_any())
}

fn refuse(vm: &mut Vm, what: &str) -> PyResult {
    Err(unsupported(vm, what))
}

fn not_implemented_1(vm: &mut Vm, _: PyRef, _: PyRef) -> PyResult {
    Err(vm.error(&exuvia_vm::types::exception::NOT_IMPLEMENTED_ERROR, ""))
}

fn answer_false(_: &mut Vm, _: PyRef) -> bool {
    false
}

/// Whether `close` of the base has run.
fn closed_flag(vm: &mut Vm, this: &PyRef) -> PyResult<bool> {
    let key = vm.intern(CLOSED)?;
    Ok(attribute::instance_value(vm, this, &key).is_some())
}

/// Raises an error if a stream says that it is closed.
///
/// # Errors
/// `ValueError`.
pub fn check_closed(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    match is_closed(vm, this)? {
        true => Err(closed_error(vm)),
        false => Ok(()),
    }
}

fn check_closed_method(vm: &mut Vm, this: PyRef, _: Option<PyRef>) -> PyResult<()> {
    check_closed(vm, &this)
}

/// Raises an error unless a stream says of itself that it can do something.
fn check(vm: &mut Vm, this: &PyRef, what: &str, message: &str) -> PyResult {
    let answer = vm.call_method_str(this, what, &[])?;
    match answer.is(&vm.new_bool(true)) {
        true => Ok(answer),
        false => Err(unsupported(vm, message)),
    }
}

fn tell(vm: &mut Vm, this: PyRef) -> PyResult {
    let (zero, here) = (vm.new_int(0)?, vm.new_int(1)?);
    vm.call_method_str(&this, "seek", &[zero, here])
}

fn flush(vm: &mut Vm, this: PyRef) -> PyResult<()> {
    match closed_flag(vm, &this)? {
        true => Err(closed_error(vm)),
        false => Ok(()),
    }
}

fn close(vm: &mut Vm, this: PyRef) -> PyResult<()> {
    close_base(vm, &this)
}

/// What `_IOBase.close` does: flushes, and notes that the stream is closed, whatever comes of it.
///
/// # Errors
/// What flushing raises.
pub(super) fn close_base(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    if closed_flag(vm, this)? {
        return Ok(());
    }
    let flushed = vm.call_method_str(this, "flush", &[]).map(drop);
    let closed = vm.new_bool(true);
    let noted = vm.set_attr_str(this, CLOSED, &closed);
    super::chain(vm, flushed, noted)
}

fn isatty(vm: &mut Vm, this: PyRef) -> PyResult<bool> {
    check_closed(vm, &this)?;
    Ok(false)
}

fn enter(vm: &mut Vm, this: PyRef) -> PyResult {
    check_closed(vm, &this)?;
    Ok(this)
}

fn exit(vm: &mut Vm, this: PyRef, _: Rest) -> PyResult {
    vm.call_method_str(&this, "close", &[])
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    check_closed(vm, this)?;
    Ok(this.clone())
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let line = vm.call_method_str(this, "readline", &[])?;
    let is_end = match (line.downcast_ref::<PyBytes>(), super::text(&line)) {
        (Some(bytes), _) => bytes.is_empty(),
        (_, Some(text)) => text.is_empty(),
        _ => vm.len(&line)? == 0,
    };
    Ok((!is_end).then_some(line))
}

/// Closes a stream that is about to die. An error in that is reported, as nobody can handle it.
///
/// # Errors
/// None: errors go to `sys.unraisablehook`.
pub fn finalize(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    // A stream that cannot say whether it is closed was never set up.
    if !matches!(is_closed(vm, this), Ok(false)) {
        return Ok(());
    }
    note_finalizing(this);
    // At the end of the program, an error of a standard stream was told when it was flushed.
    let is_told = vm.is_finalizing() && super::stdio::is_standard(vm, this);
    if let Err(error) = vm.call_method_str(this, "close", &[])
        && !is_told
    {
        let shown = vm.repr(this).map_or_else(
            |_| "<object repr() failed>".to_owned(),
            |shown| shown.to_text().into_owned(),
        );
        let what = format!("Exception ignored while finalizing file {shown}");
        vm.write_unraisable(error, Some(&what), None);
    }
    Ok(())
}

/// Tells a stream that it is closed because it dies: it then warns that nobody closed it.
fn note_finalizing(this: &PyRef) {
    if let Some(file) = this.downcast_ref::<super::fileio::PyFileIO>() {
        file.set_finalizing();
    } else if let Some(buffered) = this.downcast_ref::<super::buffered::PyBuffered>() {
        buffered.set_finalizing();
    } else if let Some(text) = this.downcast_ref::<super::text::PyTextIO>() {
        text.set_finalizing();
    }
}

/// How many bytes may be read at once without reading beyond the line's end.
fn line_step(vm: &mut Vm, peek: Option<&PyRef>, room: usize) -> PyResult<usize> {
    let Some(peek) = peek else { return Ok(1) };
    let one = vm.new_int(1)?;
    let ahead = vm.call_positional(peek, &[one])?;
    let Some(ahead) = ahead.downcast_ref::<PyBytes>() else {
        let found = vm.type_name(&ahead);
        return Err(vm.error(
            &exuvia_vm::types::exception::OS_ERROR,
            format!("peek() should have returned a bytes object, not '{found}'"),
        ));
    };
    let ahead = &ahead[..ahead.len().min(room)];
    Ok(memchr::memchr(b'\n', ahead)
        .map_or(ahead.len(), |at| at + 1)
        .max(1))
}

fn readline(vm: &mut Vm, this: PyRef, size: Size) -> PyResult {
    let limit = size.or_all();
    let peek = vm.lookup_attr_str(&this, "peek")?;
    let space = vm.space_handle();
    let mut line = HeapVec::<u8>::new();
    while line.len() < limit {
        let step = line_step(vm, peek.as_ref(), limit - line.len())?;
        let step = vm.new_int_from_usize(step)?;
        let piece = vm.call_method_str(&this, "read", &[step])?;
        let Some(piece) = piece.downcast_ref::<PyBytes>() else {
            let found = vm.type_name(&piece);
            return Err(vm.error(
                &exuvia_vm::types::exception::OS_ERROR,
                format!("read() should have returned a bytes object, not '{found}'"),
            ));
        };
        if piece.is_empty() {
            break;
        }
        line.extend_from_copies(space.heap(), piece)?;
        if line.last() == Some(&b'\n') {
            break;
        }
    }
    Ok(vm.new_bytes(&line)?.into_any())
}

fn readlines(vm: &mut Vm, this: PyRef, hint: Size) -> PyResult {
    let list = vm.new_list(Vec::new())?;
    let lines = vm.iter(&this)?;
    let mut total = 0;
    let hint = hint.0.filter(|&hint| hint > 0);
    while let Some(line) = vm.next(&lines)? {
        let len = match super::text(&line) {
            Some(text) => text.len(),
            None => vm.len(&line)?,
        };
        list.push(vm, line)?;
        total += len;
        if hint.is_some_and(|hint| total > hint) {
            break;
        }
    }
    Ok(list.into_any())
}

fn writelines(vm: &mut Vm, this: PyRef, lines: PyRef) -> PyResult<()> {
    check_closed(vm, &this)?;
    vm.iterate(&lines, |vm, line| {
        vm.call_method_str(&this, "write", &[line]).map(drop)
    })
}

// Raw streams.

fn raw_read(vm: &mut Vm, this: PyRef, size: Size) -> PyResult {
    let Some(size) = size.0 else {
        return vm.call_method_str(&this, "readall", &[]);
    };
    let array = vm.new_bytearray_with(size, |_| ())?;
    let count = vm.call_method_str(&this, "readinto", &[array.clone().into_any()])?;
    if vm.is_none(&count) {
        return Ok(count);
    }
    let count = vm.index_i64(&count)?;
    match usize::try_from(count) {
        Ok(count) if count <= array.as_slice(vm).len() => {
            Ok(vm.new_bytes(&array.as_slice(vm)[..count])?.into_any())
        }
        _ => Err(vm.value_error(format!(
            "readinto returned {count} outside buffer size {size}"
        ))),
    }
}

fn raw_readall(vm: &mut Vm, this: PyRef) -> PyResult {
    let space = vm.space_handle();
    let mut all = HeapVec::<u8>::new();
    loop {
        let size = vm.new_int_from_usize(super::DEFAULT_BUFFER_SIZE)?;
        let piece = vm.call_method_str(&this, "read", &[size])?;
        if vm.is_none(&piece) {
            if all.is_empty() {
                return Ok(piece);
            }
            break;
        }
        let Some(piece) = piece.downcast_ref::<PyBytes>() else {
            return Err(vm.type_error("read() should return bytes"));
        };
        if piece.is_empty() {
            break;
        }
        all.extend_from_copies(space.heap(), piece)?;
    }
    Ok(vm.new_bytes(&all)?.into_any())
}

// Buffered streams.

fn readinto(vm: &mut Vm, this: PyRef, buffer: PyRef) -> PyResult<usize> {
    fill(vm, &this, &buffer, "read")
}

fn readinto1(vm: &mut Vm, this: PyRef, buffer: PyRef) -> PyResult<usize> {
    fill(vm, &this, &buffer, "read1")
}

fn fill(vm: &mut Vm, this: &PyRef, target: &PyRef, how: &str) -> PyResult<usize> {
    let name = if how == "read" {
        "readinto"
    } else {
        "readinto1"
    };
    let target = vm.writable_buffer(target, &format!("{name}() argument"))?;
    let size = vm.new_int_from_usize(target.len_bytes())?;
    let data = vm.call_method_str(this, how, &[size])?;
    if !data.is_a::<PyBytes>() {
        return Err(vm.type_error(format!("{how}() should return bytes")));
    }
    let data: BytesLike = vm.bytes_like(&data)?;
    if data.len() > target.len_bytes() {
        let (given, asked) = (data.len(), target.len_bytes());
        return Err(vm.value_error(format!(
            "{how}() returned too much data: {asked} bytes requested, {given} returned"
        )));
    }
    let bytes = data.to_vec(vm);
    target.as_bytes_mut(vm)?[..bytes.len()].copy_from_slice(&bytes);
    Ok(bytes.len())
}

/// Whether a stream can do something, as an error if it cannot.
///
/// # Errors
/// `UnsupportedOperation` with CPython's words.
pub(super) fn require(vm: &mut Vm, stream: &PyRef, what: &str) -> PyResult<()> {
    match ask(vm, stream, what)? {
        true => Ok(()),
        false => Err(unsupported(vm, &format!("File or stream is not {what}."))),
    }
}
