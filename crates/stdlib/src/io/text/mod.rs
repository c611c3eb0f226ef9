//! `TextIOWrapper`: text on top of a stream of bytes.
//!
//! What is written is encoded at once and kept (`pending`) until there is a chunk of it, a line is complete, or somebody
//! flushes. What is read is decoded a chunk at a time (`decoded`, of which `used` characters are read). UTF-8, ASCII and
//! Latin-1 are encoded and decoded here; other encodings go through the incremental codecs of the registry.

mod decoder;
mod methods;
mod position;
mod reading;
mod setup;
mod writing;

pub use methods::TEXT_IO_WRAPPER;
pub use setup::{Options, over};
pub use writing::write_to_stream;

use super::buffered;
use super::newline::Newlines;
use exuvia_vm::codecs::Codec;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::TypeDef;
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{HeapVec, PyRef, PyResult, Slot, Traverse, Vm, VmCell};
use std::cell::Cell;

/// How many bytes are read or written at once unless `_CHUNK_SIZE` says otherwise.
const CHUNK_SIZE: u32 = 8192;

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Traverse)]
enum LineEnds {
    /// `None`: read any, as `\n`; written as they are on this system, `\n`.
    Universal,
    /// `''`: read any, as they are; written as they are.
    Verbatim,
    Lf,
    Cr,
    CrLf,
}

/// Whether a stream can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Traverse)]
enum State {
    Uninitialized,
    Ready,
    Detached,
}

/// Text on top of a stream of bytes, and what is kept of it.
#[derive(Debug, Traverse)]
pub struct PyTextIO {
    buffer: Slot,
    encoding: Slot<PyStr>,
    errors: Slot<PyStr>,
    /// The incremental encoder and decoder, unless the encoding is one of ours.
    encoder: Slot,
    decoder: Slot,
    /// Bytes of an incomplete character, with a decoder of ours.
    kept: VmCell<HeapVec<u8>>,
    /// Encoded text that is still to be written.
    pending: VmCell<HeapVec<u8>>,
    /// Decoded text, of which `used` characters are read.
    decoded: Slot<PyStr>,
    used: Cell<usize>,
    /// What the decoder was fed since it was in a state that `snapshot_flags` describes, for `tell`.
    snapshot: Slot<PyBytes>,
    snapshot_flags: Cell<i64>,
    chunk_size: Cell<u32>,
    #[traverse(skip)]
    codec: Cell<Option<Codec>>,
    line_ends: Cell<LineEnds>,
    state: Cell<State>,
    newlines: Newlines,
    reads: Cell<bool>,
    writes: Cell<bool>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    has_read1: Cell<bool>,
    is_seekable: Cell<bool>,
    /// Whether positions are kept track of; iteration does without.
    is_telling: Cell<bool>,
    is_finalizing: Cell<bool>,
}

impl PyPayload for PyTextIO {
    const DEF: &'static TypeDef = &TEXT_IO_WRAPPER;
}

impl PyTextIO {
    fn new() -> Self {
        Self {
            buffer: Slot::empty(),
            encoding: Slot::empty(),
            errors: Slot::empty(),
            encoder: Slot::empty(),
            decoder: Slot::empty(),
            kept: VmCell::new(HeapVec::new()),
            pending: VmCell::new(HeapVec::new()),
            decoded: Slot::empty(),
            used: Cell::new(0),
            snapshot: Slot::empty(),
            snapshot_flags: Cell::new(0),
            chunk_size: Cell::new(CHUNK_SIZE),
            codec: Cell::new(None),
            line_ends: Cell::new(LineEnds::Universal),
            state: Cell::new(State::Uninitialized),
            newlines: Newlines::default(),
            reads: Cell::new(false),
            writes: Cell::new(false),
            line_buffering: Cell::new(false),
            write_through: Cell::new(false),
            has_read1: Cell::new(false),
            is_seekable: Cell::new(false),
            is_telling: Cell::new(false),
            is_finalizing: Cell::new(false),
        }
    }

    /// Notes that the stream is closed because it dies.
    pub fn set_finalizing(&self) {
        self.is_finalizing.set(true);
    }

    /// Whether there are bytes that are still to be handed to the stream below.
    pub fn keeps_bytes(&self, vm: &Vm) -> bool {
        !self.pending.get(vm).is_empty()
    }

    /// The stream of bytes below.
    fn buffer(&self, vm: &Vm) -> PyResult {
        match (self.state.get(), self.buffer.get()) {
            (State::Ready, Some(buffer)) => Ok(buffer),
            (State::Detached, _) => Err(vm.value_error("underlying buffer has been detached")),
            _ => Err(super::uninitialized(vm)),
        }
    }

    /// The name of the error handler.
    fn errors_name(&self) -> String {
        let errors = self.errors.get();
        errors.map_or_else(
            || "strict".to_owned(),
            |errors| errors.to_text().into_owned(),
        )
    }

    /// Forgets decoded text.
    fn forget_decoded(&self) {
        self.decoded.set(None);
        self.used.set(0);
    }

    /// Whether any line end is read as one.
    fn reads_universally(&self) -> bool {
        matches!(
            self.line_ends.get(),
            LineEnds::Universal | LineEnds::Verbatim
        )
    }

    /// What `\n` is written as, if that is something else.
    fn written_line_end(&self) -> Option<&'static str> {
        match self.line_ends.get() {
            LineEnds::Cr => Some("\r"),
            LineEnds::CrLf => Some("\r\n"),
            LineEnds::Universal | LineEnds::Verbatim | LineEnds::Lf => None,
        }
    }
}

/// The stream below; an error if it is closed.
fn open_buffer(vm: &mut Vm, this: &PyTextIO) -> PyResult {
    let buffer = this.buffer(vm)?;
    let is_closed = match buffered::exact(vm, &buffer) {
        Some(buffered) => buffered::is_closed(vm, buffered)?,
        None => super::is_closed(vm, &buffer)?,
    };
    match is_closed {
        true => Err(super::closed_error(vm)),
        false => Ok(buffer),
    }
}

/// Writes the pending bytes to the stream below, without flushing that.
fn write_pending(vm: &mut Vm, this: &PyTextIO, buffer: &PyRef) -> PyResult<()> {
    if this.pending.get(vm).is_empty() {
        return Ok(());
    }
    let mut bytes = this.pending.get_mut(vm).take();
    let written = match buffered::exact(vm, buffer) {
        Some(buffered) => buffered::write_bytes(vm, buffered, &bytes).map(drop),
        None => {
            let object = vm.new_bytes(&bytes)?.into_any();
            vm.call_method_str(buffer, "write", &[object]).map(drop)
        }
    };
    // Python code may have written meanwhile; what it left comes later.
    if this.pending.get(vm).is_empty() {
        bytes.truncate(0);
        *this.pending.get_mut(vm) = bytes;
    }
    written
}
