//! `tell` and `seek`: positions in text are cookies, from which a decoder can be brought into the same state again.

use super::{PyTextIO, decoder, open_buffer, write_pending};
use crate::io::unsupported;
use exuvia_vm::codecs::Codec;
use exuvia_vm::types::exception::OS_ERROR;
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::int::big;
use exuvia_vm::{PyRef, PyResult, Ref, Vm};

/// Where a stream is: at `start` the decoder has `flags` and nothing kept; it is then fed `fed` bytes, and `skip` of the
/// characters that come of it are read already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cookie {
    start: u64,
    flags: i32,
    fed: u32,
    skip: u32,
    /// Whether the decoder is to be told that these are the last bytes.
    is_final: bool,
}

impl Cookie {
    /// As a number: the position in the low 64 bits, so that a plain position is its own cookie.
    fn to_object(self, vm: &Vm) -> PyResult {
        let mut bytes = [0; 21];
        bytes[..8].copy_from_slice(&self.start.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.flags.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.fed.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.skip.to_le_bytes());
        bytes[20] = self.is_final.into();
        vm.new_bigint(big::from_le_bytes(&bytes, false))
    }

    fn parse(vm: &mut Vm, object: &Ref<PyInt>) -> PyResult<Self> {
        let length = vm.new_int(21)?;
        let order = vm.new_str("little")?.into_any();
        let bytes = vm.call_method_str(object.as_any(), "to_bytes", &[length, order])?;
        let bytes = vm.bytes_like(&bytes)?.to_vec(vm);
        let field = |at: usize| {
            let mut field = [0; 4];
            field.copy_from_slice(&bytes[at..at + 4]);
            field
        };
        let mut start = [0; 8];
        start.copy_from_slice(&bytes[..8]);
        Ok(Self {
            start: u64::from_le_bytes(start),
            flags: i32::from_le_bytes(field(8)),
            fed: u32::from_le_bytes(field(12)),
            skip: u32::from_le_bytes(field(16)),
            is_final: bytes[20] != 0,
        })
    }
}

/// `tell()`
pub(super) fn tell(vm: &mut Vm, this: &Ref<PyTextIO>) -> PyResult {
    let buffer = open_buffer(vm, this)?;
    if !this.is_seekable.get() {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    if !this.is_telling.get() {
        return Err(vm.error(&OS_ERROR, "telling position disabled by next() call"));
    }
    write_pending(vm, this, &buffer)?;
    vm.call_method_str(this.as_any(), "flush", &[])?;
    let position = vm.call_method_str(&buffer, "tell", &[])?;
    let Some(fed) = this.snapshot.get() else {
        return Ok(position);
    };
    let position = vm.index_i64(&position)?;
    let start = u64::try_from(position)
        .unwrap_or(0)
        .saturating_sub(fed.len() as u64);
    let cookie = Cookie {
        start,
        flags: i32::try_from(this.snapshot_flags.get()).unwrap_or(0),
        ..Cookie::default()
    };
    let skip = this.used.get();
    if skip == 0 {
        return cookie.to_object(vm);
    }
    if let Some(bytes) = bytes_of_characters(this, &fed, skip) {
        let cookie = Cookie {
            start: start + bytes as u64,
            ..cookie
        };
        return cookie.to_object(vm);
    }
    let (kept, flags) = decoder::state(vm, this)?;
    let found = replay(vm, this, cookie, &fed, skip);
    decoder::set_state(vm, this, &kept, flags)?;
    found?.to_object(vm)
}

/// How many bytes the first characters of the decoded text are, where that can be told from the text alone.
fn bytes_of_characters(this: &PyTextIO, fed: &[u8], count: usize) -> Option<usize> {
    let is_plain = this.snapshot_flags.get() == 0
        && this.errors_name() == "strict"
        && memchr::memchr(b'\r', fed).is_none();
    if !is_plain {
        return None;
    }
    let decoded = this.decoded.get()?;
    match this.codec.get()? {
        Codec::Ascii | Codec::Latin1 => Some(count),
        Codec::Utf8 if decoded.is_ascii() => Some(count),
        Codec::Utf8 => Some(
            decoded
                .code_points()
                .take(count)
                .map(|character| char::from_u32(character).map_or(3, char::len_utf8))
                .sum(),
        ),
        Codec::Utf16(_) | Codec::Utf32(_) => None,
    }
}

/// Feeds the decoder the bytes again, one by one, and finds the last place before the character wanted at which it
/// keeps nothing.
fn replay(vm: &mut Vm, this: &PyTextIO, from: Cookie, fed: &[u8], skip: usize) -> PyResult<Cookie> {
    let mut cookie = from;
    let (mut skip, mut decoded, mut since) = (skip, 0, 0u32);
    decoder::set_state(vm, this, &[], from.flags.into())?;
    let mut is_reached = false;
    for byte in fed {
        since += 1;
        let byte = vm.new_bytes(std::slice::from_ref(byte))?.into_any();
        decoded += decoder::decode(vm, this, &byte, false)?.len();
        let (kept, flags) = decoder::state(vm, this)?;
        if kept.is_empty() && decoded <= skip {
            cookie.start += u64::from(since);
            cookie.flags = i32::try_from(flags).unwrap_or(0);
            skip -= decoded;
            (decoded, since) = (0, 0);
        }
        if decoded >= skip {
            is_reached = true;
            break;
        }
    }
    if !is_reached {
        let nothing = vm.new_bytes(&[])?.into_any();
        decoded += decoder::decode(vm, this, &nothing, true)?.len();
        cookie.is_final = true;
        if decoded < skip {
            return Err(vm.error(&OS_ERROR, "can't reconstruct logical file position"));
        }
    }
    cookie.fed = since;
    cookie.skip = u32::try_from(skip).unwrap_or(u32::MAX);
    Ok(cookie)
}

/// `seek(cookie, whence)`
pub(super) fn seek(vm: &mut Vm, this: &Ref<PyTextIO>, cookie: &PyRef, whence: i64) -> PyResult {
    let buffer = open_buffer(vm, this)?;
    if !this.is_seekable.get() {
        return Err(unsupported(vm, "underlying stream is not seekable"));
    }
    let mut cookie = cookie.clone();
    match whence {
        0 => {}
        1 | 2 => {
            let zero = vm.new_int(0)?;
            if !vm.equal(&cookie, &zero)? {
                let what = if whence == 1 { "cur" } else { "end" };
                return Err(unsupported(
                    vm,
                    &format!("can't do nonzero {what}-relative seeks"),
                ));
            }
            if whence == 2 {
                return seek_end(vm, this, &buffer);
            }
            cookie = vm.call_method_str(this.as_any(), "tell", &[])?;
        }
        _ => {
            return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)")));
        }
    }
    let number = vm.index(&cookie)?;
    if number.is_negative() {
        let shown = vm.repr(&cookie)?;
        return Err(vm.value_error(format!("negative seek position {}", shown.to_text())));
    }
    vm.call_method_str(this.as_any(), "flush", &[])?;
    let place = Cookie::parse(vm, &number)?;
    go_to(vm, this, &buffer, place)?;
    Ok(cookie)
}

fn seek_end(vm: &mut Vm, this: &Ref<PyTextIO>, buffer: &PyRef) -> PyResult {
    vm.call_method_str(this.as_any(), "flush", &[])?;
    this.forget_decoded();
    this.snapshot.set(None);
    if this.reads.get() {
        decoder::reset(vm, this)?;
    }
    let args = [vm.new_int(0)?, vm.new_int(2)?];
    let position = vm.call_method_str(buffer, "seek", &args)?;
    let is_start = vm.index_i64(&position)? == 0;
    reset_encoder(vm, this, is_start)?;
    Ok(position)
}

/// Brings an encoder to the start of a text, where it writes a byte order mark, or behind it.
pub(super) fn reset_encoder(vm: &mut Vm, this: &PyTextIO, is_start: bool) -> PyResult<()> {
    let Some(encoder) = this.encoder.get() else {
        return Ok(());
    };
    if is_start {
        return vm.call_method_str(&encoder, "reset", &[]).map(drop);
    }
    let zero = vm.new_int(0)?;
    vm.call_method_str(&encoder, "setstate", &[zero]).map(drop)
}

fn go_to(vm: &mut Vm, this: &Ref<PyTextIO>, buffer: &PyRef, place: Cookie) -> PyResult<()> {
    let start = vm.new_int_from_i128(place.start.into())?;
    vm.call_method_str(buffer, "seek", &[start])?;
    this.forget_decoded();
    this.snapshot.set(None);
    if this.reads.get() {
        if place.start == 0 && place.flags == 0 {
            decoder::reset(vm, this)?;
        } else {
            decoder::set_state(vm, this, &[], place.flags.into())?;
        }
    }
    this.snapshot_flags.set(place.flags.into());
    let mut fed = vm.new_bytes(&[])?;
    if place.skip > 0 {
        let len = vm.new_int(place.fed.into())?;
        let input = vm.call_method_str(buffer, "read", &[len])?;
        let input = vm.bytes_like(&input)?;
        fed = vm.new_bytes(&input.get(vm))?;
        this.snapshot.set(Some(fed.clone()));
        let text = decoder::decode(vm, this, fed.as_any(), place.is_final)?;
        let skip = place.skip as usize;
        let is_too_short = text.len() < skip;
        this.decoded.set(Some(text));
        if is_too_short {
            return Err(vm.error(&OS_ERROR, "can't restore logical file position"));
        }
        this.used.set(skip);
    }
    this.snapshot.set(this.reads.get().then_some(fed));
    reset_encoder(vm, this, place.start == 0 && place.flags == 0)
}
