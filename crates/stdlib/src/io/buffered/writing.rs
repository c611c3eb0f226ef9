//! Writing to a buffered stream.

use super::{PyBuffered, check_usable, leave_reading, raw_write, would_block};
use exuvia_vm::{PyRef, PyResult, Ref, Vm};

/// Writes everything that is pending.
///
/// # Errors
/// `BlockingIOError` if the stream below takes no more; what it raises. What was not written stays pending.
pub(super) fn flush_to(vm: &mut Vm, this: &Ref<PyBuffered>, raw: &PyRef) -> PyResult<()> {
    match try_flush(vm, this, raw)? {
        true => Ok(()),
        false => Err(would_block(vm, 0)),
    }
}

/// Writes what is pending; `false` if the stream below takes no more now.
fn try_flush(vm: &mut Vm, this: &Ref<PyBuffered>, raw: &PyRef) -> PyResult<bool> {
    while this.pending() > 0 {
        let buffer = this.take_buffer(vm)?;
        let written = raw_write(vm, this, raw, &buffer[this.start.get()..this.end.get()]);
        this.put_back(vm, buffer);
        match written? {
            None => return Ok(false),
            Some(count) => this.start.set(this.start.get() + count),
        }
        // A handler of the program's may stop a stream that never gets on.
        crate::signals::check(vm)?;
    }
    if this.is_writing.get() {
        this.reset();
    }
    Ok(true)
}

/// Writes everything that is pending to the stream below, which is not flushed itself.
///
/// # Errors
/// `ValueError` if the stream is closed; `BlockingIOError` if the stream below takes no more; what it raises.
pub fn flush_pending(vm: &mut Vm, this: &Ref<PyBuffered>) -> PyResult<()> {
    let raw = check_usable(vm, this, "flush of closed file")?;
    super::reading::flush_and_rewind(vm, this, &raw)
}

/// Adds bytes to the pending ones, of which there is room for all.
fn keep(vm: &mut Vm, this: &PyBuffered, bytes: &[u8]) -> PyResult<()> {
    let mut buffer = this.take_buffer(vm)?;
    let end = this.end.get();
    buffer[end..end + bytes.len()].copy_from_slice(bytes);
    this.put_back(vm, buffer);
    this.end.set(end + bytes.len());
    this.is_writing.set(true);
    Ok(())
}

/// Moves the pending bytes to the front of the buffer.
fn compact(vm: &mut Vm, this: &PyBuffered) {
    let (start, end) = (this.start.get(), this.end.get());
    if start > 0 {
        this.buffer.get_mut(vm).copy_within(start..end, 0);
        this.start.set(0);
        this.end.set(end - start);
    }
}

/// `write(bytes)`: all of them are taken.
///
/// # Errors
/// `ValueError` if the stream is closed; `BlockingIOError`, which says how many bytes were taken, if the stream below
/// takes no more; what it raises.
pub fn write_bytes(vm: &mut Vm, this: &Ref<PyBuffered>, bytes: &[u8]) -> PyResult<usize> {
    let raw = check_usable(vm, this, "write to closed file")?;
    if !this.is_writing.get() {
        leave_reading(vm, this, &raw)?;
    }
    let size = this.size.get();
    if bytes.len() > size - this.end.get() {
        if !try_flush(vm, this, &raw)? {
            return keep_blocked(vm, this, bytes, 0);
        }
        return write_through(vm, this, &raw, bytes);
    }
    keep(vm, this, bytes)?;
    Ok(bytes.len())
}

/// Writes bytes past the empty buffer as long as they do not fit in it.
fn write_through(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
    bytes: &[u8],
) -> PyResult<usize> {
    let mut rest = bytes;
    while rest.len() > this.size.get() {
        this.is_busy.set(true);
        let written = raw_write(vm, this, raw, rest);
        this.is_busy.set(false);
        match written? {
            None => return keep_blocked(vm, this, rest, bytes.len() - rest.len()),
            Some(count) => rest = &rest[count..],
        }
        crate::signals::check(vm)?;
    }
    keep(vm, this, rest)?;
    Ok(bytes.len())
}

/// Keeps what fits of bytes that the stream below does not take now; the error says how many that are.
fn keep_blocked(vm: &mut Vm, this: &PyBuffered, bytes: &[u8], taken: usize) -> PyResult<usize> {
    compact(vm, this);
    let room = this.size.get() - this.end.get();
    if bytes.len() <= room {
        keep(vm, this, bytes)?;
        return Ok(taken + bytes.len());
    }
    keep(vm, this, &bytes[..room])?;
    Err(would_block(vm, taken + room))
}
