//! The decoder of a text stream: one of ours, or an incremental decoder of the registry; then line ends.

use super::{LineEnds, PyTextIO};
use exuvia_vm::codecs::{self, Codec};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::str::{PyStr, Units};
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{HeapVec, PyRef, PyResult, Ref, Vm};

/// Decodes the next bytes; an incomplete end is kept unless these are the last.
pub(super) fn decode(
    vm: &mut Vm,
    this: &PyTextIO,
    bytes: &PyRef,
    is_final: bool,
) -> PyResult<Ref<PyStr>> {
    let text = match this.codec.get() {
        Some(codec) => decode_natively(vm, this, codec, bytes, is_final)?,
        None => call_decoder(vm, this, bytes, is_final)?,
    };
    if !this.reads_universally() {
        return Ok(text);
    }
    let translates = this.line_ends.get() == LineEnds::Universal;
    this.newlines.feed(vm, text, translates, is_final)
}

fn call_decoder(
    vm: &mut Vm,
    this: &PyTextIO,
    bytes: &PyRef,
    is_final: bool,
) -> PyResult<Ref<PyStr>> {
    let Some(decoder) = this.decoder.get() else {
        return Err(crate::io::unsupported(vm, "not readable"));
    };
    let last = vm.new_bool(is_final);
    let text = vm.call_method_str(&decoder, "decode", &[bytes.clone(), last])?;
    text.downcast::<PyStr>().map_err(|other| {
        vm.type_error(format!(
            "decoder should return a string result, not '{}'",
            vm.type_name(&other)
        ))
    })
}

fn decode_natively(
    vm: &mut Vm,
    this: &PyTextIO,
    codec: Codec,
    bytes: &PyRef,
    is_final: bool,
) -> PyResult<Ref<PyStr>> {
    let bytes = whole(vm, this, bytes)?;
    if codec == Codec::Latin1 {
        return vm.new_str_from_units(Units::One(&bytes));
    }
    if let Ok(text) = std::str::from_utf8(&bytes)
        && (codec == Codec::Utf8 || bytes.is_ascii())
    {
        return vm.new_str(text);
    }
    let errors = this.errors_name();
    let decoded = codecs::decode::decode(vm, codec, &bytes, &errors, is_final)?;
    let rest = bytes.get(decoded.consumed..).unwrap_or(&[]);
    let rest = HeapVec::from_slice(vm.heap(), rest)?;
    *this.kept.get_mut(vm) = rest;
    Ok(decoded.text)
}

/// What was kept before, and the bytes.
fn whole(vm: &mut Vm, this: &PyTextIO, bytes: &PyRef) -> PyResult<Ref<PyBytes>> {
    let mut kept = this.kept.get_mut(vm).take();
    if kept.is_empty()
        && let Some(bytes) = bytes.downcast_ref::<PyBytes>()
    {
        return Ok(bytes.clone());
    }
    let bytes = vm.bytes_like(bytes)?;
    kept.extend_from_copies(vm.heap(), &bytes.get(vm))?;
    vm.new_bytes(&kept)
}

/// Forgets what was kept.
pub(super) fn reset(vm: &mut Vm, this: &PyTextIO) -> PyResult<()> {
    this.newlines.reset();
    this.kept.get_mut(vm).clear();
    match this.decoder.get() {
        Some(decoder) => vm.call_method_str(&decoder, "reset", &[]).map(drop),
        None => Ok(()),
    }
}

/// What is kept, and a number that stands for the rest of the state.
pub(super) fn state(vm: &mut Vm, this: &PyTextIO) -> PyResult<(Ref<PyBytes>, i64)> {
    let (kept, flags) = match this.decoder.get() {
        None => (vm.new_bytes(this.kept.get(vm))?, 0),
        Some(decoder) => {
            let state = vm.call_method_str(&decoder, "getstate", &[])?;
            let Some([kept, flags]) = state.downcast_ref::<PyTuple>().map(|state| &state[..])
            else {
                return Err(vm.type_error("illegal decoder state"));
            };
            let Some(kept) = kept.downcast_ref::<PyBytes>() else {
                let found = vm.type_name(kept);
                return Err(vm.type_error(format!(
                    "illegal decoder state: the first item should be a bytes object, not '{found}'"
                )));
            };
            (kept.clone(), vm.index_i64(flags)?)
        }
    };
    if !this.reads_universally() {
        return Ok((kept, flags));
    }
    Ok((kept, flags << 1 | i64::from(this.newlines.has_cr.get())))
}

/// Takes a state that [`state`] gave.
pub(super) fn set_state(vm: &mut Vm, this: &PyTextIO, kept: &[u8], flags: i64) -> PyResult<()> {
    let mut flags = flags;
    if this.reads_universally() {
        this.newlines.has_cr.set(flags & 1 != 0);
        flags >>= 1;
    }
    match this.decoder.get() {
        None => {
            let kept = HeapVec::from_slice(vm.heap(), kept)?;
            *this.kept.get_mut(vm) = kept;
            Ok(())
        }
        Some(decoder) => {
            let items = [vm.new_bytes(kept)?.into_any(), vm.new_int(flags)?];
            let state = vm.new_tuple(&items)?.into_any();
            vm.call_method_str(&decoder, "setstate", &[state]).map(drop)
        }
    }
}
