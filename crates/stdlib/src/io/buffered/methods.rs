//! The types of buffered streams, and the methods that they share.

use super::reading::{self, flush_and_rewind};
use super::{
    Kind, PyBuffered, State, check_usable, is_closed, raw_seek, raw_tell, set_up, writing,
};
use crate::io::base::{self, BUFFERED_IO_BASE, require};
use crate::io::open::{cannot_pickle, repr_of_name};
use crate::io::{Size, ask, call_init, chain, finalized_class, receiver, unsupported};
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::{Args, HeapVec, PyRef, PyResult, Ref, Vm, method};

/// The slots of a buffered stream with this constructor.
const fn slots(
    init: fn(&mut Vm, &PyRef, Args<'_>) -> PyResult<()>,
    next: Option<fn(&mut Vm, &PyRef) -> PyResult<Option<PyRef>>>,
) -> Slots {
    Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyBuffered::new())?.into_any())),
        init: Some(init),
        next,
        repr: Some(repr),
        owned_bytes: Some(|vm, this| receiver::<PyBuffered>(this).buffer.get(vm).buffer_bytes()),
        ..Slots::EMPTY
    }
}

/// `_io.BufferedReader`
pub static BUFFERED_READER: TypeDef = TypeDef {
    base: Some(&BUFFERED_IO_BASE),
    doc: "Reads ahead from a stream below.",
    class: Some(finalized_class::<PyBuffered>),
    flags: base::FLAGS,
    slots: slots(
        |vm, this, args| call_init(vm, &INIT_READER, this, args),
        Some(next),
    ),
    methods: READER_METHODS,
    getset: GETSET,
    ..TypeDef::new("_io.BufferedReader")
};

/// `_io.BufferedWriter`
pub static BUFFERED_WRITER: TypeDef = TypeDef {
    base: Some(&BUFFERED_IO_BASE),
    doc: "Collects what is written to a stream below.",
    class: Some(finalized_class::<PyBuffered>),
    flags: base::FLAGS,
    slots: slots(
        |vm, this, args| call_init(vm, &INIT_WRITER, this, args),
        None,
    ),
    methods: WRITER_METHODS,
    getset: GETSET,
    ..TypeDef::new("_io.BufferedWriter")
};

/// `_io.BufferedRandom`
pub static BUFFERED_RANDOM: TypeDef = TypeDef {
    base: Some(&BUFFERED_IO_BASE),
    doc: "Reads ahead from a stream below with a position, and collects what is written to it.",
    class: Some(finalized_class::<PyBuffered>),
    flags: base::FLAGS,
    slots: slots(
        |vm, this, args| call_init(vm, &INIT_RANDOM, this, args),
        Some(next),
    ),
    methods: RANDOM_METHODS,
    getset: GETSET,
    ..TypeDef::new("_io.BufferedRandom")
};

static INIT_READER: Method = method!(
    "BufferedReader",
    "($self, raw, buffer_size=131072)",
    init_reader,
    "Sets up the buffer."
);
static INIT_WRITER: Method = method!(
    "BufferedWriter",
    "($self, raw, buffer_size=131072)",
    init_writer,
    "Sets up the buffer."
);
static INIT_RANDOM: Method = method!(
    "BufferedRandom",
    "($self, raw, buffer_size=131072)",
    init_random,
    "Sets up the buffer."
);

/// The rows of a type: those that all share, and its own.
macro_rules! with_common_methods {
    ($($own:expr),+ $(,)?) => {
        &[
            method!("detach", "($self, /)", detach, "Gives the stream below away; this one can then no longer be used."),
            method!("seekable", "($self, /)", |vm: &mut Vm, this: Ref<PyBuffered>| ask_raw(vm, &this, "seekable"), "Whether the position can be moved."),
            method!("fileno", "($self, /)", |vm: &mut Vm, this: Ref<PyBuffered>| call_raw(vm, &this, "fileno"), "The descriptor of the stream below."),
            method!("isatty", "($self, /)", |vm: &mut Vm, this: Ref<PyBuffered>| call_raw(vm, &this, "isatty"), "Whether the stream below is a terminal."),
            method!("close", "($self, /)", close, "Writes what is pending and closes the stream below."),
            method!("seek", "($self, target, whence=0, /)", seek, "Moves the position and returns it."),
            method!("tell", "($self, /)", tell, "The position."),
            method!("truncate", "($self, pos=None, /)", truncate, "Cuts the stream below off at a size, by default the position."),
            method!("_dealloc_warn", "($self, source, /)", dealloc_warn, "Has the stream below warn that nobody closed it."),
            method!("__getstate__", "($self, /)", cannot_pickle, "Refuses: an open stream cannot be pickled."),
            $($own),+
        ]
    };
}

/// The rows of a type that reads, and its own.
macro_rules! with_reading_methods {
    ($($own:expr),+ $(,)?) => {
        with_common_methods![
            method!("readable", "($self, /)", |vm: &mut Vm, this: Ref<PyBuffered>| ask_raw(vm, &this, "readable"), "Whether the stream can be read."),
            method!("read", "($self, size=-1, /)", read, "Reads so many bytes, or to the end."),
            method!("read1", "($self, size=-1, /)", read1, "Reads up to so many bytes with at most one read below."),
            method!("peek", "($self, size=0, /)", peek, "Bytes that come next; the position stays."),
            method!("readinto", "($self, buffer, /)", readinto, "Reads into a buffer; returns how many bytes."),
            method!("readinto1", "($self, buffer, /)", readinto1, "Reads into a buffer with at most one read below."),
            method!("readline", "($self, size=-1, /)", readline, "Reads a line, or the beginning of one."),
            $($own),+
        ]
    };
}

static READER_METHODS: &[Method] = with_reading_methods![method!(
    "flush",
    "($self, /)",
    |vm: &mut Vm, this: Ref<PyBuffered>| call_raw(vm, &this, "flush"),
    "Flushes the stream below."
),];

static WRITER_METHODS: &[Method] = with_common_methods![
    method!(
        "writable",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyBuffered>| ask_raw(vm, &this, "writable"),
        "Whether the stream can be written."
    ),
    method!("flush", "($self, /)", flush, "Writes what is pending."),
    method!(
        "write",
        "($self, buffer, /)",
        write,
        "Takes bytes to be written; returns how many."
    ),
];

static RANDOM_METHODS: &[Method] = with_reading_methods![
    method!(
        "writable",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyBuffered>| ask_raw(vm, &this, "writable"),
        "Whether the stream can be written."
    ),
    method!("flush", "($self, /)", flush, "Writes what is pending."),
    method!(
        "write",
        "($self, buffer, /)",
        write,
        "Takes bytes to be written; returns how many."
    ),
];

static GETSET: &[GetSet] = &[
    GetSet {
        name: "closed",
        doc: "Whether the stream below is closed.",
        get: |vm, this| {
            let this = receiver::<PyBuffered>(this).clone();
            let raw = this.raw(vm)?;
            vm.get_attr_str(&raw, "closed")
        },
        set: None,
    },
    GetSet {
        name: "name",
        doc: "The name of the stream below.",
        get: |vm, this| {
            let raw = receiver::<PyBuffered>(this).clone().raw(vm)?;
            vm.get_attr_str(&raw, "name")
        },
        set: None,
    },
    GetSet {
        name: "mode",
        doc: "What the stream below was opened for.",
        get: |vm, this| {
            let raw = receiver::<PyBuffered>(this).clone().raw(vm)?;
            vm.get_attr_str(&raw, "mode")
        },
        set: None,
    },
    GetSet {
        name: "raw",
        doc: "The stream below.",
        get: |vm, this| {
            Ok(receiver::<PyBuffered>(this)
                .raw
                .get()
                .unwrap_or_else(|| vm.none()))
        },
        set: None,
    },
    GetSet {
        name: "_finalizing",
        doc: "Whether the stream is closed because it dies.",
        get: |vm, this| Ok(vm.new_bool(receiver::<PyBuffered>(this).is_finalizing.get())),
        set: Some(|vm, this, value| {
            let value = value.is_some_and(|value| value.is(&vm.new_bool(true)));
            receiver::<PyBuffered>(this).is_finalizing.set(value);
            Ok(())
        }),
    },
];

fn init(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
    size: Option<isize>,
    kind: Kind,
) -> PyResult<()> {
    this.state.set(State::Uninitialized);
    let needed: &[&str] = match kind {
        Kind::Reader => &["readable"],
        Kind::Writer => &["writable"],
        Kind::Random => &["seekable", "readable", "writable"],
    };
    for what in needed {
        require(vm, raw, what)?;
    }
    let size = match size {
        None => crate::io::DEFAULT_BUFFER_SIZE,
        Some(size) => match usize::try_from(size) {
            Ok(size) if size > 0 => size,
            _ => return Err(vm.value_error("buffer size must be strictly positive")),
        },
    };
    set_up(vm, this, raw, size, kind)
}

fn init_reader(
    vm: &mut Vm,
    this: Ref<PyBuffered>,
    raw: PyRef,
    size: Option<isize>,
) -> PyResult<()> {
    init(vm, &this, &raw, size, Kind::Reader)
}

fn init_writer(
    vm: &mut Vm,
    this: Ref<PyBuffered>,
    raw: PyRef,
    size: Option<isize>,
) -> PyResult<()> {
    init(vm, &this, &raw, size, Kind::Writer)
}

fn init_random(
    vm: &mut Vm,
    this: Ref<PyBuffered>,
    raw: PyRef,
    size: Option<isize>,
) -> PyResult<()> {
    init(vm, &this, &raw, size, Kind::Random)
}

fn call_raw(vm: &mut Vm, this: &Ref<PyBuffered>, method: &str) -> PyResult {
    let raw = this.raw(vm)?;
    vm.call_method_str(&raw, method, &[])
}

fn ask_raw(vm: &mut Vm, this: &Ref<PyBuffered>, method: &str) -> PyResult<bool> {
    let raw = this.raw(vm)?;
    ask(vm, &raw, method)
}

fn detach(vm: &mut Vm, this: Ref<PyBuffered>) -> PyResult {
    let raw = this.raw(vm)?;
    vm.call_method_str(this.as_any(), "flush", &[])?;
    this.raw.set(None);
    this.state.set(State::Detached);
    Ok(raw)
}

fn close(vm: &mut Vm, this: Ref<PyBuffered>) -> PyResult<()> {
    let raw = this.raw(vm)?;
    if is_closed(vm, &this)? {
        return Ok(());
    }
    if this.is_finalizing.get() {
        dealloc_warn(vm, this.clone(), this.as_any().clone())?;
    }
    let flushed = vm.call_method_str(this.as_any(), "flush", &[]).map(drop);
    let closed = vm.call_method_str(&raw, "close", &[]).map(drop);
    if !this.is_busy.get() {
        this.reset();
        *this.buffer.get_mut(vm) = HeapVec::new();
    }
    chain(vm, flushed, closed)
}

/// Errors are dropped: a warning that is an error was reported by the file.
fn dealloc_warn(vm: &mut Vm, this: Ref<PyBuffered>, source: PyRef) -> PyResult<()> {
    if this.state.get() == State::Ready
        && let Some(raw) = this.raw.get()
    {
        let _ = vm.call_method_str(&raw, "_dealloc_warn", &[source]);
    }
    Ok(())
}

fn flush(vm: &mut Vm, this: Ref<PyBuffered>) -> PyResult<()> {
    writing::flush_pending(vm, &this)
}

fn write(vm: &mut Vm, this: Ref<PyBuffered>, bytes: BytesLike) -> PyResult<usize> {
    match &bytes {
        BytesLike::Bytes(bytes) => writing::write_bytes(vm, &this, bytes),
        BytesLike::Buffer(_) => {
            let copy = HeapVec::from_slice(vm.heap(), &bytes.get(vm))?;
            writing::write_bytes(vm, &this, &copy)
        }
    }
}

fn tell(vm: &mut Vm, this: Ref<PyBuffered>) -> PyResult<i64> {
    let raw = this.raw(vm)?;
    let position = raw_tell(vm, &this, &raw)?;
    let (ahead, pending) = (this.ahead() as i64, this.pending() as i64);
    Ok((position - ahead + pending).max(0))
}

fn seek(vm: &mut Vm, this: Ref<PyBuffered>, target: PyRef, whence: Option<i64>) -> PyResult<i64> {
    let whence = whence.unwrap_or(0);
    this.raw(vm)?;
    // 3 and 4 look for data and holes.
    if !(0..=4).contains(&whence) {
        return Err(vm.value_error(format!("whence value {whence} unsupported")));
    }
    let raw = check_usable(vm, &this, "seek of closed file")?;
    require(vm, &raw, "seekable")?;
    let target = crate::io::number(vm, &target)?;
    if let Some(position) = reading::seek_ahead(&this, target, whence) {
        return Ok(position);
    }
    writing::flush_to(vm, &this, &raw)?;
    let ahead = if whence == 1 { this.ahead() as i64 } else { 0 };
    let position = raw_seek(vm, &this, &raw, target - ahead, whence)?;
    this.reset();
    Ok(position)
}

fn truncate(vm: &mut Vm, this: Ref<PyBuffered>, size: Option<PyRef>) -> PyResult {
    let raw = check_usable(vm, &this, "truncate of closed file")?;
    if this.kind.get() == Kind::Reader {
        return Err(unsupported(vm, "truncate"));
    }
    flush_and_rewind(vm, &this, &raw)?;
    let size = size.unwrap_or_else(|| vm.none());
    let cut = vm.call_method_str(&raw, "truncate", &[size])?;
    // The position may have changed, or may not be known.
    let _ = raw_tell(vm, &this, &raw);
    Ok(cut)
}

fn read(vm: &mut Vm, this: Ref<PyBuffered>, size: Option<PyRef>) -> PyResult {
    let size = match size.filter(|size| !vm.is_none(size)) {
        None => -1,
        Some(size) => size_of(vm, &size)?,
    };
    this.raw(vm)?;
    if size < -1 {
        return Err(vm.value_error("read length must be non-negative or -1"));
    }
    let raw = check_usable(vm, &this, "read of closed file")?;
    let bytes = match usize::try_from(size) {
        Ok(len) => reading::read(vm, &this, &raw, len)?,
        Err(_) => reading::read_all(vm, &this, &raw)?,
    };
    Ok(bytes.map_or_else(|| vm.none(), Ref::into_any))
}

/// A number of bytes, below zero too.
fn size_of(vm: &mut Vm, size: &PyRef) -> PyResult<isize> {
    if vm.type_of(size).slots(vm).index.is_none() {
        let found = vm.type_name(size);
        return Err(vm.type_error(format!("argument should be integer or None, not '{found}'")));
    }
    vm.index_isize(size)
}

fn read1(vm: &mut Vm, this: Ref<PyBuffered>, size: Option<isize>) -> PyResult<Ref<PyBytes>> {
    let size = usize::try_from(size.unwrap_or(-1)).unwrap_or(this.size.get());
    super::read_once(vm, &this, size)
}

fn peek(vm: &mut Vm, this: Ref<PyBuffered>, _: Option<isize>) -> PyResult<Ref<PyBytes>> {
    let raw = check_usable(vm, &this, "peek of closed file")?;
    reading::peek(vm, &this, &raw)
}

fn readinto(vm: &mut Vm, this: Ref<PyBuffered>, target: PyRef) -> PyResult {
    fill_target(vm, &this, &target, false)
}

fn readinto1(vm: &mut Vm, this: Ref<PyBuffered>, target: PyRef) -> PyResult {
    fill_target(vm, &this, &target, true)
}

fn fill_target(vm: &mut Vm, this: &Ref<PyBuffered>, target: &PyRef, once: bool) -> PyResult {
    let what = if once {
        "readinto1() argument"
    } else {
        "readinto() argument"
    };
    let target = vm.writable_buffer(target, what)?;
    let raw = check_usable(vm, this, "readinto of closed file")?;
    match reading::read_into(vm, this, &raw, &target, once)? {
        Some(count) => vm.new_int_from_usize(count),
        None => Ok(vm.none()),
    }
}

fn readline(vm: &mut Vm, this: Ref<PyBuffered>, size: Size) -> PyResult<Ref<PyBytes>> {
    let raw = check_usable(vm, &this, "readline of closed file")?;
    reading::readline(vm, &this, &raw, size.or_all())
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    if super::exact(vm, this).is_none() {
        let line = vm.call_method_str(this, "readline", &[])?;
        let Some(bytes) = line.downcast_ref::<PyBytes>() else {
            let found = vm.type_name(&line);
            return Err(vm.error(
                &exuvia_vm::types::exception::OS_ERROR,
                format!("readline() should have returned a bytes object, not '{found}'"),
            ));
        };
        return Ok((!bytes.is_empty()).then(|| line.clone()));
    }
    let line = readline(vm, receiver::<PyBuffered>(this).clone(), Size(None))?;
    Ok((!line.is_empty()).then(|| line.into_any()))
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let class = vm.type_of(this).full_name();
    let name = match vm.lookup_attr_str(this, "name") {
        Ok(name) => name,
        // A stream that is not set up, or has given its raw stream away, has no name.
        Err(error) if error.is(vm, &exuvia_vm::types::exception::VALUE_ERROR) => None,
        Err(error) => return Err(error),
    };
    let shown = match name {
        None => format!("<{class}>"),
        Some(name) => format!("<{class} name={}>", repr_of_name(vm, this, &name)?),
    };
    Ok(vm.new_str(&shown)?.into_any())
}
