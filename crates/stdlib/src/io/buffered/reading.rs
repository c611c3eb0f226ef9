//! Reading from a buffered stream.

use super::{Kind, PyBuffered, leave_reading, raw_read, writing};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::{HeapVec, PyRef, PyResult, Ref, Vm};

/// Makes the buffer ready for reading: what is to be written is written.
pub(super) fn start_reading(vm: &mut Vm, this: &Ref<PyBuffered>, raw: &PyRef) -> PyResult<()> {
    if this.is_writing.get() {
        writing::flush_to(vm, this, raw)?;
        this.reset();
    }
    Ok(())
}

/// Reads ahead with one call of the stream below; everything read before is used up.
pub(super) fn fill(vm: &mut Vm, this: &Ref<PyBuffered>, raw: &PyRef) -> PyResult<Option<usize>> {
    this.reset();
    let mut buffer = this.take_buffer(vm)?;
    let count = raw_read(vm, this, raw, &mut buffer);
    this.put_back(vm, buffer);
    let count = count?;
    this.end.set(count.unwrap_or(0));
    Ok(count)
}

/// Takes up to `len` bytes of those that were read ahead.
fn take_ahead(
    vm: &mut Vm,
    this: &PyBuffered,
    out: &mut HeapVec<u8>,
    len: usize,
) -> PyResult<usize> {
    let len = this.ahead().min(len);
    out.extend_from_copies(vm.heap(), &this.bytes(vm)[..len])?;
    this.start.set(this.start.get() + len);
    Ok(len)
}

/// A bytes object of up to `len` bytes of those that were read ahead.
fn bytes_ahead(vm: &mut Vm, this: &PyBuffered, len: usize) -> PyResult<Ref<PyBytes>> {
    let len = this.ahead().min(len);
    let bytes = vm.new_bytes(&this.bytes(vm)[..len])?;
    this.start.set(this.start.get() + len);
    Ok(bytes)
}

/// `read(len)`; `None` if nothing is there yet and the stream below does not wait.
pub(super) fn read(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
    len: usize,
) -> PyResult<Option<Ref<PyBytes>>> {
    if len <= this.ahead() {
        return bytes_ahead(vm, this, len).map(Some);
    }
    let mut out = HeapVec::new();
    let finished = read_more(vm, this, raw, len, &mut out)?;
    if !finished && out.is_empty() {
        return Ok(None);
    }
    vm.new_bytes(&out).map(Some)
}

/// Collects up to `len` bytes; `false` if the stream below would have had to wait.
fn read_more(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
    len: usize,
    out: &mut HeapVec<u8>,
) -> PyResult<bool> {
    take_ahead(vm, this, out, len)?;
    start_reading(vm, this, raw)?;
    let size = this.size.get();
    while out.len() < len {
        let missing = len - out.len();
        let count = if missing >= size {
            read_direct(vm, this, raw, out, missing - missing % size)?
        } else {
            let count = fill(vm, this, raw)?;
            take_ahead(vm, this, out, missing)?;
            count
        };
        match count {
            None => return Ok(false),
            Some(0) => break,
            Some(_) => {}
        }
    }
    Ok(true)
}

/// Reads with one call of the stream below, past the buffer, which is empty.
fn read_direct(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
    out: &mut HeapVec<u8>,
    len: usize,
) -> PyResult<Option<usize>> {
    this.reset();
    let used = out.len();
    // A length from the program may be huge: room is made for what comes.
    let len = len.min(1 << 26);
    let space = vm.space_handle();
    out.extend(space.heap(), std::iter::repeat_n(0, len))?;
    this.is_busy.set(true);
    let count = raw_read(vm, this, raw, &mut out[used..]);
    this.is_busy.set(false);
    out.truncate(used + *count.as_ref().unwrap_or(&None).as_ref().unwrap_or(&0));
    count
}

/// `read()`: everything up to the end; `None` if nothing is there yet and the stream below does not wait.
pub(super) fn read_all(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
) -> PyResult<Option<Ref<PyBytes>>> {
    let mut out = HeapVec::new();
    take_ahead(vm, this, &mut out, usize::MAX)?;
    start_reading(vm, this, raw)?;
    this.reset();
    this.raw_position.set(None);
    if let Some(file) = super::raw_file(vm, raw) {
        let rest = super::fileio::read_all(vm, &file)?;
        return join(vm, out, rest.as_deref());
    }
    if let Some(readall) = vm.lookup_attr_str(raw, "readall")? {
        let rest = vm.call_positional(&readall, &[])?;
        if !vm.is_none(&rest) && !rest.is_a::<PyBytes>() {
            return Err(vm.type_error("readall() should return bytes"));
        }
        let rest = rest.downcast_ref::<PyBytes>().cloned();
        return join(vm, out, rest.as_ref().map(|rest| &***rest));
    }
    read_pieces(vm, raw, out)
}

fn join(vm: &mut Vm, mut out: HeapVec<u8>, rest: Option<&[u8]>) -> PyResult<Option<Ref<PyBytes>>> {
    match rest {
        None if out.is_empty() => Ok(None),
        None => vm.new_bytes(&out).map(Some),
        Some(rest) if out.is_empty() => vm.new_bytes(rest).map(Some),
        Some(rest) => {
            out.extend_from_copies(vm.heap(), rest)?;
            vm.new_bytes(&out).map(Some)
        }
    }
}

/// The rest of a stream that has no `readall`.
fn read_pieces(vm: &mut Vm, raw: &PyRef, mut out: HeapVec<u8>) -> PyResult<Option<Ref<PyBytes>>> {
    loop {
        let piece = vm.call_method_str(raw, "read", &[])?;
        if vm.is_none(&piece) && out.is_empty() {
            return Ok(None);
        }
        let Some(piece) = piece.downcast_ref::<PyBytes>() else {
            if vm.is_none(&piece) {
                break;
            }
            return Err(vm.type_error("read() should return bytes"));
        };
        if piece.is_empty() {
            break;
        }
        out.extend_from_copies(vm.heap(), piece)?;
    }
    vm.new_bytes(&out).map(Some)
}

/// `read1(len)`: what was read ahead, or what one call of the stream below gives.
///
/// # Errors
/// `ValueError` if the stream is closed; what the stream below raises.
pub fn read_once(vm: &mut Vm, this: &Ref<PyBuffered>, len: usize) -> PyResult<Ref<PyBytes>> {
    let raw = super::check_usable(vm, this, "read of closed file")?;
    if len == 0 {
        return vm.new_bytes(&[]);
    }
    if this.ahead() > 0 {
        return bytes_ahead(vm, this, len);
    }
    start_reading(vm, this, &raw)?;
    let mut out = HeapVec::new();
    read_direct(vm, this, &raw, &mut out, len)?;
    vm.new_bytes(&out)
}

/// `peek()`: what was read ahead, or what one call of the stream below gives; the position stays.
pub(super) fn peek(vm: &mut Vm, this: &Ref<PyBuffered>, raw: &PyRef) -> PyResult<Ref<PyBytes>> {
    start_reading(vm, this, raw)?;
    if this.ahead() == 0 {
        fill(vm, this, raw)?;
    }
    vm.new_bytes(this.bytes(vm))
}

/// `readline(limit)`
pub(super) fn readline(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
    limit: usize,
) -> PyResult<Ref<PyBytes>> {
    start_reading(vm, this, raw)?;
    if let Some(len) = line_len(this.bytes(vm), limit) {
        return bytes_ahead(vm, this, len);
    }
    let mut line = HeapVec::new();
    loop {
        take_ahead(vm, this, &mut line, usize::MAX)?;
        if fill(vm, this, raw)?.unwrap_or(0) == 0 {
            break;
        }
        if let Some(len) = line_len(this.bytes(vm), limit - line.len()) {
            take_ahead(vm, this, &mut line, len)?;
            break;
        }
    }
    vm.new_bytes(&line)
}

/// How many bytes a line has, or its beginning up to the limit; `None` if neither ends in the bytes.
fn line_len(bytes: &[u8], limit: usize) -> Option<usize> {
    let within = &bytes[..bytes.len().min(limit)];
    match memchr::memchr(b'\n', within) {
        Some(at) => Some(at + 1),
        None => (bytes.len() >= limit).then_some(limit),
    }
}

/// `readinto(target)`, or `readinto1` with at most one call of the stream below; `None` as for [`read`].
pub(super) fn read_into(
    vm: &mut Vm,
    this: &Ref<PyBuffered>,
    raw: &PyRef,
    target: &exuvia_vm::types::memoryview::Buffer,
    once: bool,
) -> PyResult<Option<usize>> {
    let len = target.len_bytes();
    let mut out = HeapVec::new();
    let mut finished = true;
    if once {
        take_ahead(vm, this, &mut out, len)?;
        let missing = len - out.len();
        if missing > 0 {
            start_reading(vm, this, raw)?;
        }
        // What is small goes through the buffer, which is not filled if there is something to return.
        if missing > this.size.get() {
            finished = read_direct(vm, this, raw, &mut out, missing)?.is_some();
        } else if missing > 0 && out.is_empty() {
            finished = fill(vm, this, raw)?.is_some();
            take_ahead(vm, this, &mut out, missing)?;
        }
    } else {
        finished = read_more(vm, this, raw, len, &mut out)?;
    }
    if !finished && out.is_empty() {
        return Ok(None);
    }
    let place = target.as_bytes_mut(vm)?;
    let count = out.len().min(place.len());
    place[..count].copy_from_slice(&out[..count]);
    Ok(Some(count))
}

/// Moves within what was read ahead, if the place lies there; the new position.
pub(super) fn seek_ahead(this: &PyBuffered, offset: i64, whence: i64) -> Option<i64> {
    if this.kind.get() == Kind::Writer || this.is_writing.get() || this.end.get() == 0 {
        return None;
    }
    let raw_position = this.raw_position.get()?;
    let current = raw_position - i64::try_from(this.ahead()).ok()?;
    let distance = match whence {
        0 => offset.checked_sub(current)?,
        1 => offset,
        _ => return None,
    };
    let start = i64::try_from(this.start.get())
        .ok()?
        .checked_add(distance)?;
    let start = usize::try_from(start).ok()?;
    if start > this.end.get() {
        return None;
    }
    this.start.set(start);
    // A device may stay at its start whatever is read.
    current
        .checked_add(distance)
        .map(|position| position.max(0))
}

/// Writes what is pending, and moves the position below to where the stream is.
pub(super) fn flush_and_rewind(vm: &mut Vm, this: &Ref<PyBuffered>, raw: &PyRef) -> PyResult<()> {
    writing::flush_to(vm, this, raw)?;
    if this.kind.get() != Kind::Writer {
        leave_reading(vm, this, raw)?;
    }
    Ok(())
}
