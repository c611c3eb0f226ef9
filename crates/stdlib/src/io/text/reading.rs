//! Reading text.

use super::{LineEnds, PyTextIO, decoder, open_buffer, write_pending};
use crate::io::{buffered, stringio, unsupported};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::str::{PyStr, StrBuilder};
use exuvia_vm::{HeapVec, PyRef, PyResult, Ref, Vm};

/// Gets ready for reading: what is pending is written.
fn start(vm: &mut Vm, this: &Ref<PyTextIO>) -> PyResult {
    let buffer = open_buffer(vm, this)?;
    if !this.reads.get() {
        return Err(unsupported(vm, "not readable"));
    }
    write_pending(vm, this, &buffer)?;
    Ok(buffer)
}

/// Takes up to `len` characters that are decoded already.
fn take_decoded(vm: &Vm, this: &PyTextIO, len: usize) -> PyResult<Ref<PyStr>> {
    let Some(decoded) = this.decoded.get() else {
        return vm.empty_str();
    };
    let (start, end) = (this.used.get(), decoded.len());
    let stop = start.saturating_add(len).min(end);
    this.used.set(stop);
    if start == 0 && stop == end {
        return Ok(decoded);
    }
    decoded.slice(vm, start, stop)
}

/// Decodes the next chunk; `false` at the end.
fn read_chunk(vm: &mut Vm, this: &Ref<PyTextIO>, buffer: &PyRef, hint: usize) -> PyResult<bool> {
    let before = match this.is_telling.get() {
        true => Some(decoder::state(vm, this)?),
        false => None,
    };
    let len = hint.max(this.chunk_size.get() as usize);
    let input = read_bytes(vm, this, buffer, len)?;
    let input_len = vm.bytes_like(&input)?.len();
    let text = decoder::decode(vm, this, &input, input_len == 0)?;
    let is_end = input_len == 0 && text.is_empty();
    this.decoded.set(Some(text));
    this.used.set(0);
    if let Some((kept, flags)) = before {
        let fed = match (input.downcast_ref::<PyBytes>(), kept.is_empty()) {
            (Some(input), true) => input.clone(),
            _ => {
                let mut fed = HeapVec::from_slice(vm.heap(), &kept)?;
                let input = vm.bytes_like(&input)?;
                fed.extend_from_copies(vm.heap(), &input.get(vm))?;
                vm.new_bytes(&fed)?
            }
        };
        this.snapshot.set(Some(fed));
        this.snapshot_flags.set(flags);
    }
    Ok(!is_end)
}

fn read_bytes(vm: &mut Vm, this: &PyTextIO, buffer: &PyRef, len: usize) -> PyResult {
    if let Some(buffered) = buffered::exact(vm, buffer) {
        return Ok(buffered::read_once(vm, buffered, len)?.into_any());
    }
    let name = if this.has_read1.get() {
        "read1"
    } else {
        "read"
    };
    let len = vm.new_int_from_usize(len)?;
    let input = vm.call_method_str(buffer, name, &[len])?;
    match vm.try_buffer(&input)? {
        Some(_) => Ok(input),
        None => {
            let found = vm.type_name(&input);
            Err(vm.type_error(format!(
                "underlying {name}() should have returned a bytes-like object, not '{found}'"
            )))
        }
    }
}

/// `read(size)`; `None` reads to the end.
pub(super) fn read(vm: &mut Vm, this: &Ref<PyTextIO>, size: Option<usize>) -> PyResult<Ref<PyStr>> {
    let buffer = start(vm, this)?;
    let Some(size) = size else {
        return read_all(vm, this, &buffer);
    };
    let first = take_decoded(vm, this, size)?;
    if first.len() == size {
        return Ok(first);
    }
    let mut out = StrBuilder::new();
    out.push(vm, &first)?;
    while out.len() < size {
        let missing = size - out.len();
        // A number from the program may be huge.
        if !read_chunk(vm, this, &buffer, missing.min(1 << 24))? {
            break;
        }
        out.push(vm, &*take_decoded(vm, this, missing)?)?;
    }
    out.finish(vm)
}

fn read_all(vm: &mut Vm, this: &Ref<PyTextIO>, buffer: &PyRef) -> PyResult<Ref<PyStr>> {
    let bytes = vm.call_method_str(buffer, "read", &[])?;
    if vm.is_none(&bytes) {
        let message = "Read returned None.";
        return Err(vm.error(&exuvia_vm::types::exception::BLOCKING_IO_ERROR, message));
    }
    if vm.try_buffer(&bytes)?.is_none() {
        let found = vm.type_name(&bytes);
        return Err(vm.type_error(format!(
            "read() should have returned a bytes-like object, not '{found}'"
        )));
    }
    let text = decoder::decode(vm, this, &bytes, true)?;
    let first = take_decoded(vm, this, usize::MAX)?;
    this.forget_decoded();
    this.snapshot.set(None);
    match first.is_empty() {
        true => Ok(text),
        false => first.concat(vm, &text),
    }
}

/// `readline(limit)`
pub(super) fn readline(vm: &mut Vm, this: &Ref<PyTextIO>, limit: usize) -> PyResult<Ref<PyStr>> {
    let buffer = start(vm, this)?;
    let mut line: Option<StrBuilder> = None;
    // A line end of two characters may lie across two chunks.
    let mut after_cr = false;
    loop {
        let ahead = this
            .decoded
            .get()
            .map_or(0, |decoded| decoded.len() - this.used.get());
        if ahead == 0 {
            if !read_chunk(vm, this, &buffer, 0)? {
                this.forget_decoded();
                this.snapshot.set(None);
                break;
            }
            continue;
        }
        let so_far = line.as_ref().map_or(0, StrBuilder::len);
        let (len, is_whole) = line_in_decoded(this, after_cr, limit - so_far);
        let piece = take_decoded(vm, this, len)?;
        after_cr = !piece.is_empty() && piece.char_at(piece.len() - 1) == u32::from('\r');
        if is_whole && line.is_none() {
            return Ok(piece);
        }
        line.get_or_insert_default().push(vm, &piece)?;
        if is_whole {
            break;
        }
    }
    match line {
        Some(line) => line.finish(vm),
        None => vm.empty_str(),
    }
}

/// How many decoded characters belong to the line, and whether it ends there.
fn line_in_decoded(this: &PyTextIO, after_cr: bool, room: usize) -> (usize, bool) {
    let Some(decoded) = this.decoded.get() else {
        return (0, false);
    };
    let units = decoded.units();
    let rest = units.slice(this.used.get(), units.len());
    let end = match this.line_ends.get() {
        LineEnds::CrLf if after_cr && rest.get(0) == u32::from('\n') => Some(1),
        LineEnds::CrLf => stringio::line_end(rest, false, "\r\n"),
        LineEnds::Cr => stringio::line_end(rest, false, "\r"),
        LineEnds::Verbatim => stringio::line_end(rest, true, ""),
        LineEnds::Universal | LineEnds::Lf => stringio::line_end(rest, false, "\n"),
    };
    let len = end.unwrap_or(rest.len());
    match len >= room {
        true => (room, true),
        false => (len, end.is_some()),
    }
}
