//! Writing text.

use super::methods::TEXT_IO_WRAPPER;
use super::{PyTextIO, decoder, open_buffer, write_pending};
use crate::io::{newline, unsupported};
use exuvia_vm::codecs::{self, Codec};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::str::{PyStr, Units};
use exuvia_vm::{PyRef, PyResult, Ref, Vm};

/// Writes text to a stream if that is exactly a `TextIOWrapper`: the short way of `print`. `false` if it is not.
///
/// # Errors
/// What [`write`] raises.
pub fn write_to_stream(vm: &mut Vm, stream: &PyRef, text: &Ref<PyStr>) -> PyResult<bool> {
    if !vm.is_exactly(stream, &TEXT_IO_WRAPPER) {
        return Ok(false);
    }
    match stream.downcast_ref::<PyTextIO>() {
        Some(this) => write(vm, &this.clone(), text).map(|()| true),
        None => Ok(false),
    }
}

/// Whether a character is in a text.
fn contains(text: &PyStr, wanted: u8) -> bool {
    match text.units() {
        Units::One(bytes) => memchr::memchr(wanted, bytes).is_some(),
        units => units.iter().any(|character| character == u32::from(wanted)),
    }
}

/// `write(text)`
///
/// # Errors
/// `ValueError` if the stream is closed, `UnsupportedOperation` if it is not for writing, `UnicodeEncodeError`, or what
/// the stream below raises.
pub(super) fn write(vm: &mut Vm, this: &Ref<PyTextIO>, text: &Ref<PyStr>) -> PyResult<()> {
    let buffer = open_buffer(vm, this)?;
    if !this.writes.get() {
        return Err(unsupported(vm, "not writable"));
    }
    let flushes = this.line_buffering.get() && (contains(text, b'\n') || contains(text, b'\r'));
    match this.written_line_end() {
        None => encode(vm, this, &buffer, text)?,
        Some(line_end) => {
            let text = newline::expand(vm, text, line_end)?;
            encode(vm, this, &buffer, &text)?;
        }
    }
    let is_full = this.pending.get(vm).len() >= this.chunk_size.get() as usize;
    if is_full || flushes || this.write_through.get() {
        write_pending(vm, this, &buffer)?;
    }
    if flushes {
        vm.call_method_str(&buffer, "flush", &[])?;
    }
    if this.snapshot.is_empty() && this.decoded.is_empty() {
        return Ok(());
    }
    this.forget_decoded();
    this.snapshot.set(None);
    match this.reads.get() {
        true => decoder::reset(vm, this),
        false => Ok(()),
    }
}

/// Adds encoded text to the pending bytes, which are written first if they would become more than a chunk.
fn encode(vm: &mut Vm, this: &PyTextIO, buffer: &PyRef, text: &Ref<PyStr>) -> PyResult<()> {
    let Some(codec) = this.codec.get() else {
        let bytes = call_encoder(vm, this, text)?;
        return add(vm, this, buffer, &bytes);
    };
    if let Some(ascii) = text.as_str() {
        return add(vm, this, buffer, ascii.as_bytes());
    }
    if let (Codec::Latin1, Units::One(bytes)) = (codec, text.units()) {
        return add(vm, this, buffer, bytes);
    }
    let errors = this.errors_name();
    let bytes = codecs::encode::encode(vm, codec, text, &errors)?;
    add(vm, this, buffer, &bytes)
}

fn call_encoder(vm: &mut Vm, this: &PyTextIO, text: &Ref<PyStr>) -> PyResult<Ref<PyBytes>> {
    let Some(encoder) = this.encoder.get() else {
        return Err(unsupported(vm, "not writable"));
    };
    let bytes = vm.call_method_str(&encoder, "encode", &[text.clone().into_any()])?;
    bytes.downcast::<PyBytes>().map_err(|other| {
        vm.type_error(format!(
            "encoder should return a bytes object, not '{}'",
            vm.type_name(&other)
        ))
    })
}

fn add(vm: &mut Vm, this: &PyTextIO, buffer: &PyRef, bytes: &[u8]) -> PyResult<()> {
    let chunk = this.chunk_size.get() as usize;
    if this.pending.get(vm).len() + bytes.len() > chunk {
        write_pending(vm, this, buffer)?;
    }
    let space = vm.space_handle();
    let pending = this.pending.get_mut(vm);
    if pending.capacity() == 0 && bytes.len() < chunk {
        // Small writes follow each other: room for a chunk saves growing.
        pending.reserve_exact(space.heap(), chunk)?;
    }
    Ok(pending.extend_from_copies(space.heap(), bytes)?)
}

/// `flush()`
///
/// # Errors
/// `ValueError` if the stream is closed; what the stream below raises.
pub(super) fn flush(vm: &mut Vm, this: &Ref<PyTextIO>) -> PyResult<()> {
    let buffer = open_buffer(vm, this)?;
    this.is_telling.set(this.is_seekable.get());
    write_pending(vm, this, &buffer)?;
    vm.call_method_str(&buffer, "flush", &[]).map(drop)
}
