//! `FileIO`: a file of the system, without a buffer.

use super::{Size, call_init, finalized_class, raw, receiver, unsupported};
use crate::descriptors::{self, EINVAL};
use crate::posix;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef};
use exuvia_vm::types::exception::{RESOURCE_WARNING, RUNTIME_WARNING};
use exuvia_vm::types::int::{PyInt, int_i64};
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::{HeapVec, PyErr, PyRef, PyResult, Ref, Traverse, Vm, method};
use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::rc::Rc;

/// The descriptor of a file that is not open.
const NOT_OPEN: i32 = -1;
/// Is a directory, as the system numbers it.
const EISDIR: i32 = 21;

/// What a file was opened for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Mode {
    reads: bool,
    writes: bool,
    creates: bool,
    appends: bool,
    truncates: bool,
}

impl Mode {
    /// Reads `rb`, `w+`, `x` …
    fn parse(vm: &Vm, text: &str) -> PyResult<Self> {
        let mut mode = Self::default();
        let (mut kinds, mut plus) = (0, 0);
        for letter in text.chars() {
            match letter {
                'r' => mode.reads = true,
                'w' => (mode.writes, mode.truncates) = (true, true),
                'x' => (mode.writes, mode.creates) = (true, true),
                'a' => (mode.writes, mode.appends) = (true, true),
                '+' => plus += 1,
                'b' => continue,
                _ => return Err(vm.value_error(format!("invalid mode: {text}"))),
            }
            kinds += i32::from(letter != '+');
        }
        if kinds != 1 || plus > 1 {
            return Err(vm.value_error(
                "Must have exactly one of create/read/write/append mode and at most one plus",
            ));
        }
        if plus == 1 {
            (mode.reads, mode.writes) = (true, true);
        }
        Ok(mode)
    }

    /// As the attribute `mode` shows it.
    fn shown(self) -> &'static str {
        match (self.creates, self.appends, self.reads, self.writes) {
            (true, _, true, _) => "xb+",
            (true, _, false, _) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, false, _) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            _ => "wb",
        }
    }

    /// The flags of `open`, without those that only say what is read and written.
    fn flags(self) -> i32 {
        const CREAT: i32 = 0o100;
        const EXCL: i32 = 0o200;
        const TRUNC: i32 = 0o1000;
        const APPEND: i32 = 0o2000;
        let when = |wanted: bool, flag: i32| if wanted { flag } else { 0 };
        when(self.creates, EXCL | CREAT)
            | when(self.truncates, CREAT | TRUNC)
            | when(self.appends, CREAT | APPEND)
    }

    /// The flags of `open`, as an opener gets them.
    fn all_flags(self) -> i64 {
        const CLOEXEC: i32 = 0o2_000_000;
        let access = match (self.reads, self.writes) {
            (true, true) => 2,
            (false, _) => 1,
            (true, false) => 0,
        };
        (self.flags() | access | CLOEXEC).into()
    }
}

/// A file of the system. 32 bytes and the attributes.
#[derive(Debug, Traverse)]
pub struct PyFileIO {
    fd: Cell<i32>,
    block_size: Cell<u32>,
    #[traverse(skip)]
    mode: Cell<Mode>,
    closes_fd: Cell<bool>,
    is_finalizing: Cell<bool>,
    /// Whether the position can be moved, once asked for.
    seekable: Cell<Option<bool>>,
    /// What the system said when the file was opened: whether it might be a terminal.
    is_character_device: Cell<bool>,
}

impl PyPayload for PyFileIO {
    const DEF: &'static TypeDef = &FILE_IO;
}

/// `_io.FileIO`
pub static FILE_IO: TypeDef = TypeDef {
    base: Some(&super::base::RAW_IO_BASE),
    doc: "A file of the system as a stream of bytes without a buffer.",
    class: Some(finalized_class::<PyFileIO>),
    flags: super::base::FLAGS,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyFileIO::closed())?.into_any())),
        init: Some(|vm, this, args| call_init(vm, &INIT, this, args)),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::new("_io.FileIO")
};

static INIT: Method = method!(
    "FileIO",
    "($self, file, mode='r', closefd=True, opener=None)",
    init,
    "Opens a file."
);

static METHODS: &[Method] = &[
    method!(
        "read",
        "($self, size=-1, /)",
        read,
        "Reads up to so many bytes with one system call; all without a number."
    ),
    method!("readall", "($self, /)", readall, "Reads to the end."),
    method!(
        "readinto",
        "($self, buffer, /)",
        readinto,
        "Reads into a buffer with one system call; returns how many bytes."
    ),
    method!(
        "write",
        "($self, b, /)",
        write,
        "Writes with one system call; returns how many bytes were taken."
    ),
    method!(
        "seek",
        "($self, pos, whence=0, /)",
        seek,
        "Moves the position and returns it."
    ),
    method!("tell", "($self, /)", tell, "The position."),
    method!(
        "truncate",
        "($self, size=None, /)",
        truncate,
        "Cuts the file off at a size, by default the position."
    ),
    method!(
        "close",
        "($self, /)",
        close,
        "Closes the file, and the descriptor if it is the file's own."
    ),
    method!(
        "seekable",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyFileIO>| is_seekable(vm, &this),
        "Whether the position can be moved."
    ),
    method!(
        "readable",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyFileIO>| this.open_fd(vm).map(|_| this.mode.get().reads),
        "Whether the file was opened for reading."
    ),
    method!(
        "writable",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyFileIO>| this.open_fd(vm).map(|_| this.mode.get().writes),
        "Whether the file was opened for writing."
    ),
    method!(
        "fileno",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyFileIO>| this.open_fd(vm),
        "The descriptor."
    ),
    method!(
        "isatty",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyFileIO>| is_terminal(vm, &this),
        "Whether the file is a terminal."
    ),
    method!(
        "_isatty_open_only",
        "($self, /)",
        isatty_when_opened,
        "Whether the file is a terminal, as far as can be told from its kind when it was opened."
    ),
    method!(
        "_dealloc_warn",
        "($self, object, /)",
        dealloc_warn,
        "Warns that nobody closed the file."
    ),
    method!(
        "__getstate__",
        "($self, /)",
        super::open::cannot_pickle,
        "Refuses: an open file cannot be pickled."
    ),
];

static GETSET: &[GetSet] = &[
    GetSet {
        name: "closed",
        doc: "Whether the file is closed.",
        get: |vm, this| Ok(vm.new_bool(receiver::<PyFileIO>(this).is_closed())),
        set: None,
    },
    GetSet {
        name: "closefd",
        doc: "Whether closing the stream closes the descriptor.",
        get: |vm, this| Ok(vm.new_bool(receiver::<PyFileIO>(this).closes_fd.get())),
        set: None,
    },
    GetSet {
        name: "mode",
        doc: "What the file was opened for.",
        get: |vm, this| {
            Ok(vm
                .intern(receiver::<PyFileIO>(this).mode.get().shown())?
                .into_any())
        },
        set: None,
    },
    GetSet {
        name: "_blksize",
        doc: "The size of blocks that the system likes best.",
        get: |vm, this| vm.new_int(receiver::<PyFileIO>(this).block_size.get().into()),
        set: Some(|vm, this, value| {
            let Some(value) = value else {
                return Err(vm.type_error("can't delete numeric/char attribute"));
            };
            let size = vm.index_i64(value)?;
            let file = receiver::<PyFileIO>(this);
            file.block_size.set(u32::try_from(size).unwrap_or(0));
            Ok(())
        }),
    },
    GetSet {
        name: "_finalizing",
        doc: "Whether the stream is closed because it dies.",
        get: |vm, this| Ok(vm.new_bool(receiver::<PyFileIO>(this).is_finalizing.get())),
        set: Some(|vm, this, value| {
            let value = value.is_some_and(|value| value.is(&vm.new_bool(true)));
            receiver::<PyFileIO>(this).is_finalizing.set(value);
            Ok(())
        }),
    },
];

#[cold]
fn closed(vm: &Vm) -> PyErr {
    vm.value_error("I/O operation on closed file")
}

impl PyFileIO {
    fn closed() -> Self {
        Self {
            fd: Cell::new(NOT_OPEN),
            block_size: Cell::new(8192),
            mode: Cell::default(),
            closes_fd: Cell::new(true),
            is_finalizing: Cell::new(false),
            seekable: Cell::new(None),
            is_character_device: Cell::new(false),
        }
    }

    /// Notes that the stream is closed because it dies.
    pub fn set_finalizing(&self) {
        self.is_finalizing.set(true);
    }

    /// Whether the file is closed.
    pub fn is_closed(&self) -> bool {
        self.fd.get() == NOT_OPEN
    }

    /// The descriptor.
    ///
    /// # Errors
    /// `ValueError` if the file is closed.
    pub fn open_fd(&self, vm: &Vm) -> PyResult<i32> {
        match self.fd.get() {
            NOT_OPEN => Err(closed(vm)),
            fd => Ok(fd),
        }
    }

    fn file(&self, vm: &mut Vm) -> PyResult<Rc<File>> {
        let fd = self.open_fd(vm)?;
        descriptors::file(vm, fd)
    }

    fn file_to_read(&self, vm: &mut Vm) -> PyResult<Rc<File>> {
        self.open_fd(vm)?;
        if !self.mode.get().reads {
            return Err(unsupported(vm, "File not open for reading"));
        }
        self.file(vm)
    }

    fn file_to_write(&self, vm: &mut Vm) -> PyResult<Rc<File>> {
        self.open_fd(vm)?;
        if !self.mode.get().writes {
            return Err(unsupported(vm, "File not open for writing"));
        }
        self.file(vm)
    }
}

/// A stream over a descriptor that is open already and is not closed with it.
///
/// # Errors
/// `OSError` if the descriptor is not open.
pub fn over_descriptor(vm: &mut Vm, fd: i32, writes: bool) -> PyResult<Ref<PyFileIO>> {
    vm.make_class(&FILE_IO)?;
    let file = vm.new_object(PyFileIO::closed())?;
    file.mode.set(Mode {
        reads: !writes,
        writes,
        ..Mode::default()
    });
    file.closes_fd.set(false);
    file.fd.set(fd);
    look_at(vm, &file, None)?;
    Ok(file)
}

fn init(
    vm: &mut Vm,
    this: Ref<PyFileIO>,
    name: PyRef,
    mode: Option<String>,
    closes_fd: Option<bool>,
    opener: Option<PyRef>,
) -> PyResult<()> {
    if !this.is_closed() {
        close_descriptor(vm, &this)?;
    }
    this.seekable.set(None);
    let closes_fd = closes_fd.unwrap_or(true);
    let given = given_descriptor(vm, &name)?;
    let mode = Mode::parse(vm, mode.as_deref().unwrap_or("r"))?;
    this.mode.set(mode);
    this.closes_fd.set(closes_fd);
    let opener = opener.filter(|opener| !vm.is_none(opener));
    match given {
        Some(fd) => this.fd.set(fd),
        None if !closes_fd => {
            return Err(vm.value_error("Cannot use closefd=False with file name"));
        }
        None => {
            let fd = match opener {
                Some(opener) => call_opener(vm, &opener, &name, mode)?,
                None => open(vm, &name, mode)?,
            };
            this.fd.set(fd);
        }
    }
    let finished = finish_opening(vm, &this, &name);
    if finished.is_err() {
        // A descriptor that the caller gave stays open; what was opened here is closed again.
        let fd = this.fd.replace(NOT_OPEN);
        if given.is_none() {
            descriptors::close(vm, fd)?;
        }
    }
    finished
}

fn finish_opening(vm: &mut Vm, this: &Ref<PyFileIO>, name: &PyRef) -> PyResult<()> {
    look_at(vm, this, Some(name))?;
    vm.set_attr_str(this.as_any(), "name", name)?;
    if this.mode.get().appends {
        let end = this.file(vm)?.as_ref().seek(SeekFrom::End(0));
        // A pipe has no end to go to.
        if let Err(error) = end
            && error.kind() != std::io::ErrorKind::NotSeekable
        {
            return Err(vm.os_error(&error, None));
        }
    }
    Ok(())
}

/// Asks the system what was opened: a folder is refused.
fn look_at(vm: &mut Vm, this: &Ref<PyFileIO>, name: Option<&PyRef>) -> PyResult<()> {
    let file = this.file(vm)?;
    let Ok(found) = file.metadata() else {
        return Ok(());
    };
    if found.is_dir() {
        return Err(vm.os_error(&std::io::Error::from_raw_os_error(EISDIR), name));
    }
    this.block_size
        .set(u32::try_from(found.blksize()).unwrap_or(8192).max(2));
    this.is_character_device
        .set(found.file_type().is_char_device());
    Ok(())
}

/// The descriptor, if the name of the file is one.
fn given_descriptor(vm: &mut Vm, name: &PyRef) -> PyResult<Option<i32>> {
    let Some(fd) =
        int_i64(name).or_else(|| name.downcast_ref::<PyInt>().and_then(|int| int.to_i64()))
    else {
        return Ok(None);
    };
    if vm.is_exactly(name, &exuvia_vm::types::bool_::BOOL) {
        vm.warn(
            &RUNTIME_WARNING,
            "bool is used as a file descriptor",
            1,
            None,
        )?;
    }
    if fd < 0 {
        return Err(vm.value_error("negative file descriptor"));
    }
    match i32::try_from(fd) {
        Ok(fd) => Ok(Some(fd)),
        Err(_) => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}

fn open(vm: &mut Vm, name: &PyRef, mode: Mode) -> PyResult<i32> {
    let (path, _) = posix::path_of(vm, name)?;
    let mut options = OpenOptions::new();
    options
        .read(mode.reads)
        .write(mode.writes)
        .custom_flags(mode.flags())
        .mode(0o666);
    let file = loop {
        match options.open(&path) {
            Ok(file) => break file,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                crate::signals::check(vm)?;
            }
            Err(error) => return Err(vm.os_error(&error, Some(name))),
        }
    };
    Ok(descriptors::keep(vm, file))
}

fn call_opener(vm: &mut Vm, opener: &PyRef, name: &PyRef, mode: Mode) -> PyResult<i32> {
    let flags = vm.new_int(mode.all_flags())?;
    let fd = vm.call_positional(opener, &[name.clone(), flags])?;
    if !fd.is_a::<PyInt>() {
        return Err(vm.type_error("expected integer from opener"));
    }
    let fd = vm.index_i64(&fd)?;
    match i32::try_from(fd) {
        Ok(fd) if fd >= 0 => Ok(fd),
        _ => Err(vm.value_error(format!("opener returned {fd}"))),
    }
}

/// Reads into a place with one system call; `None` if nothing is there yet and the file does not wait.
///
/// # Errors
/// `ValueError` if the file is closed, `UnsupportedOperation` if it is not for reading, `OSError`.
pub fn read_into(vm: &mut Vm, this: &PyFileIO, target: &mut [u8]) -> PyResult<Option<usize>> {
    let file = this.file_to_read(vm)?;
    raw::read(vm, &file, target)
}

/// Writes with one system call; returns how many bytes were taken, `None` if the file takes none yet.
///
/// # Errors
/// `ValueError` if the file is closed, `UnsupportedOperation` if it is not for writing, `OSError`.
pub fn write_from(vm: &mut Vm, this: &PyFileIO, bytes: &[u8]) -> PyResult<Option<usize>> {
    let file = this.file_to_write(vm)?;
    raw::write(vm, &file, bytes)
}

fn read(vm: &mut Vm, this: Ref<PyFileIO>, size: Size) -> PyResult {
    let Some(size) = size.0 else {
        return readall(vm, this);
    };
    let file = this.file_to_read(vm)?;
    let mut room = HeapVec::from_elements(vm.heap(), std::iter::repeat_n(0, size))?;
    match raw::read(vm, &file, &mut room)? {
        Some(count) => Ok(vm.new_bytes(&room[..count])?.into_any()),
        None => Ok(vm.none()),
    }
}

fn readall(vm: &mut Vm, this: Ref<PyFileIO>) -> PyResult {
    match read_all(vm, &this)? {
        Some(bytes) => Ok(vm.new_bytes(&bytes)?.into_any()),
        None => Ok(vm.none()),
    }
}

/// Reads to the end; `None` if nothing is there yet and the file does not wait.
///
/// # Errors
/// As [`read_into`].
pub fn read_all(vm: &mut Vm, this: &PyFileIO) -> PyResult<Option<HeapVec<u8>>> {
    let file = this.file_to_read(vm)?;
    let expected = remaining(&file);
    let space = vm.space_handle();
    let mut bytes = HeapVec::<u8>::new();
    // One byte more, so that the end is noticed without growing.
    let mut step = expected.map_or(super::DEFAULT_BUFFER_SIZE, |rest| rest + 1);
    loop {
        let used = bytes.len();
        bytes.extend(space.heap(), std::iter::repeat_n(0, step))?;
        let count = raw::read(vm, &file, &mut bytes[used..])?;
        bytes.truncate(used + count.unwrap_or(0));
        match count {
            None if used == 0 => return Ok(None),
            None | Some(0) => return Ok(Some(bytes)),
            Some(_) => {
                step = (bytes.capacity() - bytes.len())
                    .max(bytes.len() / 2)
                    .max(4096)
            }
        }
    }
}

/// How many bytes lie behind the position of a regular file.
fn remaining(mut file: &File) -> Option<usize> {
    let found = file.metadata().ok().filter(|found| found.is_file())?;
    let position = file.stream_position().ok()?;
    usize::try_from(found.len().saturating_sub(position)).ok()
}

fn readinto(vm: &mut Vm, this: Ref<PyFileIO>, target: PyRef) -> PyResult {
    let file = this.file_to_read(vm)?;
    let target = vm.writable_buffer(&target, "readinto() argument 1")?;
    let mut room = HeapVec::from_elements(vm.heap(), std::iter::repeat_n(0, target.len_bytes()))?;
    match raw::read(vm, &file, &mut room)? {
        Some(count) => {
            let place = target.as_bytes_mut(vm)?;
            let count = count.min(place.len());
            place[..count].copy_from_slice(&room[..count]);
            vm.new_int_from_usize(count)
        }
        None => Ok(vm.none()),
    }
}

fn write(vm: &mut Vm, this: Ref<PyFileIO>, bytes: BytesLike) -> PyResult {
    let file = this.file_to_write(vm)?;
    let written = match &bytes {
        BytesLike::Bytes(bytes) => raw::write(vm, &file, bytes)?,
        BytesLike::Buffer(_) => {
            let copy = HeapVec::from_slice(vm.heap(), &bytes.get(vm))?;
            raw::write(vm, &file, &copy)?
        }
    };
    match written {
        Some(count) => vm.new_int_from_usize(count),
        None => Ok(vm.none()),
    }
}

/// Moves the position and returns it.
///
/// # Errors
/// `ValueError` if the file is closed, `OSError`.
pub fn seek_to(vm: &mut Vm, this: &PyFileIO, offset: i64, whence: i64) -> PyResult<i64> {
    let file = this.file(vm)?;
    let place = match (whence, u64::try_from(offset)) {
        (0, Ok(offset)) => SeekFrom::Start(offset),
        (1, _) => SeekFrom::Current(offset),
        (2, _) => SeekFrom::End(offset),
        _ => return Err(descriptors::error_number(vm, EINVAL)),
    };
    match file.as_ref().seek(place) {
        Ok(position) => Ok(i64::try_from(position).unwrap_or(i64::MAX)),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn seek(vm: &mut Vm, this: Ref<PyFileIO>, offset: i64, whence: Option<i64>) -> PyResult<i64> {
    seek_to(vm, &this, offset, whence.unwrap_or(0))
}

fn tell(vm: &mut Vm, this: Ref<PyFileIO>) -> PyResult<i64> {
    seek_to(vm, &this, 0, 1)
}

fn truncate(vm: &mut Vm, this: Ref<PyFileIO>, size: Option<PyRef>) -> PyResult<i64> {
    let file = this.file_to_write(vm)?;
    let size = match size.filter(|size| !vm.is_none(size)) {
        Some(size) => vm.index_i64(&size)?,
        None => seek_to(vm, &this, 0, 1)?,
    };
    let Ok(len) = u64::try_from(size) else {
        return Err(descriptors::error_number(vm, EINVAL));
    };
    file.set_len(len)
        .map_err(|error| vm.os_error(&error, None))?;
    Ok(size)
}

/// Whether the position can be moved.
///
/// # Errors
/// `ValueError` if the file is closed.
pub fn is_seekable(vm: &mut Vm, this: &PyFileIO) -> PyResult<bool> {
    let file = this.file(vm)?;
    if let Some(known) = this.seekable.get() {
        return Ok(known);
    }
    let seekable = file.as_ref().stream_position().is_ok();
    this.seekable.set(Some(seekable));
    Ok(seekable)
}

/// Whether the file is a terminal.
///
/// # Errors
/// `ValueError` if the file is closed.
pub fn is_terminal(vm: &mut Vm, this: &PyFileIO) -> PyResult<bool> {
    let fd = this.open_fd(vm)?;
    Ok(descriptors::find(vm, fd).is_some_and(|file| file.is_terminal()))
}

fn isatty_when_opened(vm: &mut Vm, this: Ref<PyFileIO>) -> PyResult<bool> {
    Ok(this.is_character_device.get() && is_terminal(vm, &this)?)
}

fn close_descriptor(vm: &mut Vm, this: &PyFileIO) -> PyResult<()> {
    let fd = this.fd.replace(NOT_OPEN);
    if fd == NOT_OPEN || !this.closes_fd.get() {
        return Ok(());
    }
    descriptors::close(vm, fd)
}

fn close(vm: &mut Vm, this: Ref<PyFileIO>) -> PyResult<()> {
    let flushed = super::base::close_base(vm, this.as_any());
    if !this.closes_fd.get() {
        this.fd.set(NOT_OPEN);
        return flushed;
    }
    if this.is_finalizing.get() {
        dealloc_warn(vm, this.clone(), this.as_any().clone());
    }
    let closed = close_descriptor(vm, &this);
    super::chain(vm, flushed, closed)
}

/// Warns that a stream died that nobody closed; an error is reported, as nobody can handle it.
fn dealloc_warn(vm: &mut Vm, this: Ref<PyFileIO>, source: PyRef) {
    if this.is_closed() || !this.closes_fd.get() {
        return;
    }
    let Ok(shown) = vm.repr(&source) else { return };
    let message = format!("unclosed file {}", shown.to_text());
    if let Err(error) = vm.warn(&RESOURCE_WARNING, &message, 1, Some(&source))
        && error.is(vm, &exuvia_vm::types::exception::WARNING)
    {
        let shown = vm
            .repr(this.as_any())
            .map(|shown| shown.to_text().into_owned());
        let what = format!(
            "Exception ignored while finalizing file {}",
            shown.unwrap_or_default()
        );
        vm.write_unraisable(error, Some(&what), None);
    }
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let file = receiver::<PyFileIO>(this).clone();
    let class = vm.type_of(this).full_name();
    let fd = file.fd.get();
    if fd == NOT_OPEN {
        return Ok(vm.new_str(&format!("<{class} [closed]>"))?.into_any());
    }
    let (mode, closes) = (
        file.mode.get().shown(),
        if file.closes_fd.get() {
            "True"
        } else {
            "False"
        },
    );
    let shown = match vm.lookup_attr_str(this, "name")? {
        None => format!("<{class} fd={fd} mode='{mode}' closefd={closes}>"),
        Some(name) => {
            let name = super::open::repr_of_name(vm, this, &name)?;
            format!("<{class} name={name} mode='{mode}' closefd={closes}>")
        }
    };
    Ok(vm.new_str(&shown)?.into_any())
}
