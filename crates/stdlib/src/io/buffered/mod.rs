//! `BufferedReader`, `BufferedWriter` and `BufferedRandom`: a buffer in front of a stream that makes a system call for
//! each read and write.
//!
//! The buffer holds either bytes that were read ahead, or bytes that are still to be written, never both: `start..end`
//! is the part that counts. The position of the stream below is that of `end` when reading and of `start` when writing.
//! A `BufferedRandom` changes between the two by moving the position below ([`leave_reading`]) or writing.

mod methods;
mod reading;
mod writing;

pub use methods::{BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER};
pub use reading::read_once;
pub use writing::{flush_pending, write_bytes};

use super::fileio::{self, FILE_IO, PyFileIO};
use super::unsupported;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::TypeDef;
use exuvia_vm::types::exception::{BLOCKING_IO_ERROR, OS_ERROR};
use exuvia_vm::types::int::PyInt;
use exuvia_vm::{HeapVec, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm, VmCell};
use std::cell::Cell;

/// What a buffered stream does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Traverse)]
enum Kind {
    Reader,
    Writer,
    Random,
}

/// Whether a buffered stream can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Traverse)]
enum State {
    Uninitialized,
    Ready,
    Detached,
}

/// A buffered stream, and its buffer.
#[derive(Debug, Traverse)]
pub struct PyBuffered {
    raw: Slot,
    /// Allocated, in full, when it is first needed.
    buffer: VmCell<HeapVec<u8>>,
    size: Cell<usize>,
    start: Cell<usize>,
    end: Cell<usize>,
    /// The position of the stream below; `None`: not known.
    raw_position: Cell<Option<i64>>,
    kind: Cell<Kind>,
    state: Cell<State>,
    /// Whether the buffer holds bytes that are to be written.
    is_writing: Cell<bool>,
    /// Whether the stream below is being called: the buffer must not be touched.
    is_busy: Cell<bool>,
    is_finalizing: Cell<bool>,
}

impl PyPayload for PyBuffered {
    const DEF: &'static TypeDef = &BUFFERED_READER;
}

impl PyBuffered {
    fn new() -> Self {
        Self {
            raw: Slot::empty(),
            buffer: VmCell::new(HeapVec::new()),
            size: Cell::new(0),
            start: Cell::new(0),
            end: Cell::new(0),
            raw_position: Cell::new(None),
            kind: Cell::new(Kind::Reader),
            state: Cell::new(State::Uninitialized),
            is_writing: Cell::new(false),
            is_busy: Cell::new(false),
            is_finalizing: Cell::new(false),
        }
    }

    /// Notes that the stream is closed because it dies.
    pub fn set_finalizing(&self) {
        self.is_finalizing.set(true);
    }

    /// The stream below.
    fn raw(&self, vm: &Vm) -> PyResult {
        match (self.state.get(), self.raw.get()) {
            (State::Ready, Some(raw)) => Ok(raw),
            (State::Detached, _) => Err(vm.value_error("raw stream has been detached")),
            _ => Err(super::uninitialized(vm)),
        }
    }

    /// How many bytes were read ahead.
    fn ahead(&self) -> usize {
        match self.is_writing.get() {
            true => 0,
            false => self.end.get() - self.start.get(),
        }
    }

    /// How many bytes are to be written.
    pub fn pending(&self) -> usize {
        match self.is_writing.get() {
            true => self.end.get() - self.start.get(),
            false => 0,
        }
    }

    fn reset(&self) {
        self.start.set(0);
        self.end.set(0);
        self.is_writing.set(false);
    }

    /// The bytes that count.
    fn bytes<'a>(&'a self, vm: &'a Vm) -> &'a [u8] {
        let buffer = self.buffer.get(vm);
        buffer.get(self.start.get()..self.end.get()).unwrap_or(&[])
    }

    /// Takes the buffer out for a call of the stream below, allocated in full; [`put_back`](Self::put_back) ends that.
    fn take_buffer(&self, vm: &mut Vm) -> PyResult<HeapVec<u8>> {
        let space = vm.space_handle();
        let size = self.size.get();
        let buffer = self.buffer.get_mut(vm);
        if buffer.len() < size {
            let missing = size - buffer.len();
            buffer.reserve_exact(space.heap(), missing)?;
            buffer.extend(space.heap(), std::iter::repeat_n(0, missing))?;
        }
        let taken = buffer.take();
        self.is_busy.set(true);
        Ok(taken)
    }

    fn put_back(&self, vm: &mut Vm, buffer: HeapVec<u8>) {
        *self.buffer.get_mut(vm) = buffer;
        self.is_busy.set(false);
    }
}

/// The stream below, if it is exactly a file of the system.
fn raw_file(vm: &Vm, raw: &PyRef) -> Option<Ref<PyFileIO>> {
    match vm.is_exactly(raw, &FILE_IO) {
        true => raw.downcast_ref::<PyFileIO>().cloned(),
        false => None,
    }
}

/// Refuses to go on if the stream is closed, or being used further out in the same call.
fn check_usable(vm: &mut Vm, this: &Ref<PyBuffered>, closed_message: &str) -> PyResult {
    let raw = this.raw(vm)?;
    if this.is_busy.get() {
        let shown = vm.repr(this.as_any())?;
        return Err(vm.runtime_error(format!("reentrant call inside {}", shown.to_text())));
    }
    match raw_is_closed(vm, &raw)? {
        true => Err(vm.value_error(closed_message)),
        false => Ok(raw),
    }
}

fn raw_is_closed(vm: &mut Vm, raw: &PyRef) -> PyResult<bool> {
    match raw_file(vm, raw) {
        Some(file) => Ok(file.is_closed()),
        None => super::is_closed(vm, raw),
    }
}

/// Reads from the stream below with one call; `None` if it has nothing yet and does not wait.
fn raw_read(
    vm: &mut Vm,
    this: &PyBuffered,
    raw: &PyRef,
    target: &mut [u8],
) -> PyResult<Option<usize>> {
    let count = match raw_file(vm, raw) {
        Some(file) => fileio::read_into(vm, &file, target)?,
        None => call_readinto(vm, raw, target)?,
    };
    if let (Some(count), Some(position)) = (count, this.raw_position.get()) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        this.raw_position.set(position.checked_add(count));
    }
    Ok(count)
}

fn call_readinto(vm: &mut Vm, raw: &PyRef, target: &mut [u8]) -> PyResult<Option<usize>> {
    let array = vm.new_bytearray_with(target.len(), |_| ())?;
    let buffer = vm.buffer(array.as_any())?;
    let view = vm.new_memoryview(buffer)?.into_any();
    let answer = retried(vm, raw, "readinto", &view)?;
    if vm.is_none(&answer) {
        return Ok(None);
    }
    let count = stream_count(vm, &answer, "readinto", target.len())?;
    target[..count].copy_from_slice(&array.as_slice(vm)[..count]);
    Ok(Some(count))
}

/// Calls a method of the stream below, again if a signal interrupted it.
fn retried(vm: &mut Vm, raw: &PyRef, method: &str, arg: &PyRef) -> PyResult {
    loop {
        match vm.call_method_str(raw, method, std::slice::from_ref(arg)) {
            Err(error) if error.is(vm, &exuvia_vm::types::exception::INTERRUPTED_ERROR) => {
                crate::signals::check(vm)?;
            }
            answer => return answer,
        }
    }
}

/// The number of bytes that a stream below says that it read or wrote.
fn stream_count(vm: &mut Vm, answer: &PyRef, method: &str, most: usize) -> PyResult<usize> {
    let given = match answer.downcast_ref::<PyInt>() {
        Some(count) => count.to_i64().unwrap_or(i64::MAX),
        None => match vm.index_i64(answer) {
            Ok(given) => given,
            Err(cause) => return Err(call_failed(vm, method, cause)),
        },
    };
    match usize::try_from(given) {
        Ok(count) if count <= most => Ok(count),
        _ => Err(vm.error(
            &OS_ERROR,
            format!(
                "raw {method}() returned invalid length {given} (should have been between 0 and {most})"
            ),
        )),
    }
}

/// The error for a method of the stream below that returned something strange, with its cause.
#[cold]
fn call_failed(vm: &mut Vm, method: &str, cause: PyErr) -> PyErr {
    let cause = cause.into_exception(vm).into_any();
    let error = vm.error(&OS_ERROR, format!("raw {method}() failed"));
    let exception = error.into_exception(vm);
    for attribute in ["__cause__", "__context__"] {
        if let Err(error) = vm.set_attr_str(exception.as_any(), attribute, &cause) {
            return error;
        }
    }
    PyErr::Raised(exception)
}

/// Writes to the stream below with one call; `None` if it takes nothing yet and does not wait.
fn raw_write(vm: &mut Vm, this: &PyBuffered, raw: &PyRef, bytes: &[u8]) -> PyResult<Option<usize>> {
    let count = match raw_file(vm, raw) {
        Some(file) => fileio::write_from(vm, &file, bytes)?,
        None => {
            let copy = vm.new_bytes(bytes)?.into_any();
            let buffer = vm.buffer(&copy)?;
            let view = vm.new_memoryview(buffer)?.into_any();
            let answer = retried(vm, raw, "write", &view)?;
            match vm.is_none(&answer) {
                true => None,
                false => Some(stream_count(vm, &answer, "write", bytes.len())?),
            }
        }
    };
    if let (Some(count), Some(position)) = (count, this.raw_position.get()) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        this.raw_position.set(position.checked_add(count));
    }
    Ok(count)
}

/// Asks the stream below for its position.
fn raw_tell(vm: &mut Vm, this: &PyBuffered, raw: &PyRef) -> PyResult<i64> {
    this.raw_position.set(None);
    let position = match raw_file(vm, raw) {
        Some(file) => fileio::seek_to(vm, &file, 0, 1)?,
        None => {
            let answer = vm.call_method_str(raw, "tell", &[])?;
            super::number(vm, &answer)?
        }
    };
    checked_position(vm, this, position)
}

/// Moves the position of the stream below.
fn raw_seek(
    vm: &mut Vm,
    this: &PyBuffered,
    raw: &PyRef,
    offset: i64,
    whence: i64,
) -> PyResult<i64> {
    this.raw_position.set(None);
    let position = match raw_file(vm, raw) {
        Some(file) => fileio::seek_to(vm, &file, offset, whence)?,
        None => {
            let args = [vm.new_int(offset)?, vm.new_int(whence)?];
            let answer = vm.call_method_str(raw, "seek", &args)?;
            super::number(vm, &answer)?
        }
    };
    checked_position(vm, this, position)
}

fn checked_position(vm: &mut Vm, this: &PyBuffered, position: i64) -> PyResult<i64> {
    if position < 0 {
        let message = format!("Raw stream returned invalid position {position}");
        return Err(vm.error(&OS_ERROR, message));
    }
    this.raw_position.set(Some(position));
    Ok(position)
}

/// Forgets what was read ahead and moves the position below back to where the reader is.
fn leave_reading(vm: &mut Vm, this: &PyBuffered, raw: &PyRef) -> PyResult<()> {
    let ahead = i64::try_from(this.ahead()).unwrap_or(i64::MAX);
    if ahead > 0 {
        raw_seek(vm, this, raw, -ahead, 1)?;
    }
    if !this.is_writing.get() {
        this.reset();
    }
    Ok(())
}

/// The error of a stream that would have to wait, which says how many bytes were taken.
#[cold]
fn would_block(vm: &mut Vm, taken: usize) -> PyErr {
    const EAGAIN: i64 = 11;
    let made = vm.new_int(EAGAIN).and_then(|number| {
        let text = vm.new_str("write could not complete without blocking")?;
        let taken = vm.new_int_from_usize(taken)?;
        Ok([number, text.into_any(), taken])
    });
    let class = vm.class(&BLOCKING_IO_ERROR).clone().into_any();
    let made = made.and_then(|args| {
        let error = vm.call_positional(&class, &args)?;
        vm.set_attr_str(&error, "characters_written", &args[2])?;
        Ok(error)
    });
    match made.map(|made| made.downcast()) {
        Ok(Ok(exception)) => PyErr::Raised(exception),
        Ok(Err(_)) => unsupported(vm, "write could not complete without blocking"),
        Err(error) => error,
    }
}

/// Whether a stream is exactly a buffered one of ours, over a file that is open.
///
/// What the layer above then does with it runs no Python.
pub fn exact<'a>(vm: &Vm, stream: &'a PyRef) -> Option<&'a Ref<PyBuffered>> {
    let is_ours = vm.is_exactly(stream, &BUFFERED_WRITER)
        || vm.is_exactly(stream, &BUFFERED_READER)
        || vm.is_exactly(stream, &BUFFERED_RANDOM);
    match is_ours {
        true => stream.downcast_ref::<PyBuffered>(),
        false => None,
    }
}

/// Whether the stream below a buffered one is closed.
///
/// # Errors
/// `ValueError` if there is none; what a foreign stream raises.
pub fn is_closed(vm: &mut Vm, this: &PyBuffered) -> PyResult<bool> {
    let raw = this.raw(vm)?;
    raw_is_closed(vm, &raw)
}

/// A buffered stream over a file, as `open` makes it.
///
/// # Errors
/// `OutOfMemory`, or what the stream below raises.
pub fn over(vm: &mut Vm, raw: &PyRef, size: usize, reads: bool, writes: bool) -> PyResult {
    let (def, kind) = match (reads, writes) {
        (true, true) => (&BUFFERED_RANDOM, Kind::Random),
        (false, true) => (&BUFFERED_WRITER, Kind::Writer),
        _ => (&BUFFERED_READER, Kind::Reader),
    };
    let class = vm.make_class(def)?;
    let made = vm.new_instance(&class, PyBuffered::new())?;
    set_up(vm, &made, raw, size, kind)?;
    Ok(made.into_any())
}

fn set_up(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
    size: usize,
    kind: Kind,
) -> PyResult<()> {
    this.state.set(State::Uninitialized);
    this.reset();
    *this.buffer.get_mut(vm) = HeapVec::new();
    this.raw.set(Some(raw.clone()));
    this.size.set(size);
    this.kind.set(kind);
    this.is_busy.set(false);
    this.state.set(State::Ready);
    // A stream without a position is fine.
    if let Err(error) = raw_tell(vm, this, raw)
        && matches!(error, PyErr::OutOfMemory)
    {
        return Err(error);
    }
    Ok(())
}
