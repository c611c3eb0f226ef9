//! Setting up a text stream: encoding, error handler, line ends.

use super::methods::TEXT_IO_WRAPPER;
use super::{LineEnds, PyTextIO, State, position};
use crate::io::ask;
use exuvia_vm::codecs::{Codec, registry};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{HeapVec, PyRef, PyResult, Ref, Vm};

/// What a text stream is made with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The encoding; `None`: UTF-8.
    pub encoding: Option<Ref<PyStr>>,
    /// The error handler; `None`: `strict`.
    pub errors: Option<Ref<PyStr>>,
    /// How lines end; `None`: any way is read, `\n` is written.
    pub newline: Option<Ref<PyStr>>,
    /// Whether a complete line is written at once.
    pub line_buffering: bool,
    /// Whether everything is handed to the stream below at once.
    pub write_through: bool,
}

/// A text stream on top of a stream of bytes.
///
/// # Errors
/// `LookupError` for an unknown encoding, `ValueError` for an unknown line end, or what the stream below raises.
pub fn over(vm: &mut Vm, buffer: &PyRef, options: &Options) -> PyResult {
    let class = vm.make_class(&TEXT_IO_WRAPPER)?;
    let made = vm.new_instance(&class, PyTextIO::new())?;
    set_up(vm, &made, buffer, options)?;
    Ok(made.into_any())
}

/// What `newline` says.
pub(super) fn line_ends(vm: &Vm, newline: Option<&Ref<PyStr>>) -> PyResult<LineEnds> {
    let Some(newline) = newline else {
        return Ok(LineEnds::Universal);
    };
    Ok(match &*newline.to_text() {
        "" => LineEnds::Verbatim,
        "\n" => LineEnds::Lf,
        "\r" => LineEnds::Cr,
        "\r\n" => LineEnds::CrLf,
        other => return Err(vm.value_error(format!("illegal newline value: {other}"))),
    })
}

/// The encoding that a name stands for: ours, or none.
fn native_codec(encoding: &PyStr) -> Option<Codec> {
    let codec = Codec::named(&encoding.to_text())?;
    matches!(codec, Codec::Utf8 | Codec::Ascii | Codec::Latin1).then_some(codec)
}

pub(super) fn set_up(
    vm: &mut Vm,
    this: &Ref<PyTextIO>,
    buffer: &PyRef,
    options: &Options,
) -> PyResult<()> {
    this.state.set(State::Uninitialized);
    let ends = line_ends(vm, options.newline.as_ref())?;
    this.forget_decoded();
    this.snapshot.set(None);
    *this.pending.get_mut(vm) = HeapVec::new();
    *this.kept.get_mut(vm) = HeapVec::new();
    this.newlines.reset();
    this.line_ends.set(ends);
    let encoding = match &options.encoding {
        Some(encoding) if !encoding.equals("locale") => encoding.clone(),
        _ => vm.intern("utf-8")?,
    };
    check_text(vm, &encoding)?;
    let errors = match &options.errors {
        Some(errors) => errors.clone(),
        None => vm.intern("strict")?,
    };
    check_text(vm, &errors)?;
    let codec = lookup(vm, &encoding)?;
    this.buffer.set(Some(buffer.clone()));
    this.reads.set(ask(vm, buffer, "readable")?);
    this.writes.set(ask(vm, buffer, "writable")?);
    set_codec(vm, this, encoding, errors, codec)?;
    this.line_buffering.set(options.line_buffering);
    this.write_through.set(options.write_through);
    this.has_read1
        .set(vm.lookup_attr_str(buffer, "read1")?.is_some());
    let is_seekable = ask(vm, buffer, "seekable")?;
    this.is_seekable.set(is_seekable);
    this.is_telling.set(is_seekable);
    this.state.set(State::Ready);
    fix_encoder(vm, this, buffer)
}

fn check_text(vm: &Vm, text: &PyStr) -> PyResult<()> {
    match text.code_points().any(|character| character == 0) {
        true => Err(vm.value_error("embedded null character")),
        false => Ok(()),
    }
}

/// The entry of the registry for an encoding that is not one of ours.
pub(super) fn lookup(vm: &mut Vm, encoding: &Ref<PyStr>) -> PyResult<Option<PyRef>> {
    if native_codec(encoding).is_some() {
        return Ok(None);
    }
    let info = registry::lookup(vm, &encoding.to_text())?.into_any();
    if let Some(is_text) = vm.lookup_attr_str(&info, "_is_text_encoding")?
        && !vm.is_true(&is_text)?
    {
        let shown = vm.repr(encoding.as_any())?;
        return Err(vm.lookup_error(format!("{} is not a text encoding", shown.to_text())));
    }
    Ok(Some(info))
}

/// Makes the stream use an encoding.
pub(super) fn set_codec(
    vm: &mut Vm,
    this: &Ref<PyTextIO>,
    encoding: Ref<PyStr>,
    errors: Ref<PyStr>,
    info: Option<PyRef>,
) -> PyResult<()> {
    this.encoder.set(None);
    this.decoder.set(None);
    this.codec.set(native_codec(&encoding));
    if let Some(info) = info {
        let handler = errors.clone().into_any();
        if this.reads.get() {
            let decoder =
                vm.call_method_str(&info, "incrementaldecoder", std::slice::from_ref(&handler))?;
            this.decoder.set(Some(decoder));
        }
        if this.writes.get() {
            let encoder = vm.call_method_str(&info, "incrementalencoder", &[handler])?;
            this.encoder.set(Some(encoder));
        }
    }
    this.encoding.set(Some(encoding));
    this.errors.set(Some(errors));
    Ok(())
}

/// An encoder that starts behind the beginning of a file writes no byte order mark.
pub(super) fn fix_encoder(vm: &mut Vm, this: &Ref<PyTextIO>, buffer: &PyRef) -> PyResult<()> {
    if this.encoder.is_empty() || !this.is_seekable.get() {
        return Ok(());
    }
    let position = vm.call_method_str(buffer, "tell", &[])?;
    match vm.index_i64(&position)? {
        0 => Ok(()),
        _ => position::reset_encoder(vm, this, false),
    }
}
