//! The type `TextIOWrapper` and its methods.

use super::setup::{self, Options};
use super::{PyTextIO, State, position, reading, writing};
use crate::io::base::{self, TEXT_IO_BASE};
use crate::io::open::{cannot_pickle, repr_of_name, text_or_none};
use crate::io::{Size, call_init, chain, finalized_class, is_closed, receiver, unsupported};
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef};
use exuvia_vm::types::exception::{OS_ERROR, VALUE_ERROR};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, method};

/// `_io.TextIOWrapper`
pub static TEXT_IO_WRAPPER: TypeDef = TypeDef {
    base: Some(&TEXT_IO_BASE),
    doc: "Text on top of a stream of bytes.",
    class: Some(finalized_class::<PyTextIO>),
    flags: base::FLAGS,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyTextIO::new())?.into_any())),
        init: Some(|vm, this, args| call_init(vm, &INIT, this, args)),
        next: Some(next),
        repr: Some(repr),
        owned_bytes: Some(|vm, this| {
            let this = receiver::<PyTextIO>(this);
            this.pending.get(vm).buffer_bytes() + this.kept.get(vm).buffer_bytes()
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::new("_io.TextIOWrapper")
};

static INIT: Method = method!(
    "TextIOWrapper",
    "($self, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
    init,
    "Sets up the stream."
);

static METHODS: &[Method] = &[
    method!(
        "detach",
        "($self, /)",
        detach,
        "Gives the stream below away; this one can then no longer be used."
    ),
    method!(
        "reconfigure",
        "($self, /, *, encoding=None, errors=None, newline=None,\n            line_buffering=None, write_through=None)",
        reconfigure,
        "Changes how text is written and read."
    ),
    method!(
        "write",
        "($self, text, /)",
        write,
        "Writes a text; returns its number of characters."
    ),
    method!(
        "read",
        "($self, size=-1, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>, size: Size| reading::read(vm, &this, size.0),
        "Reads so many characters, or to the end."
    ),
    method!(
        "readline",
        "($self, size=-1, /)",
        readline,
        "Reads a line, or the beginning of one."
    ),
    method!(
        "flush",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>| writing::flush(vm, &this),
        "Writes what is pending."
    ),
    method!(
        "close",
        "($self, /)",
        close,
        "Writes what is pending and closes the stream below."
    ),
    method!(
        "fileno",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>| call_buffer(vm, &this, "fileno"),
        "The descriptor below."
    ),
    method!(
        "seekable",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>| call_buffer(vm, &this, "seekable"),
        "Whether the position can be moved."
    ),
    method!(
        "readable",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>| call_buffer(vm, &this, "readable"),
        "Whether the stream can be read."
    ),
    method!(
        "writable",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>| call_buffer(vm, &this, "writable"),
        "Whether the stream can be written."
    ),
    method!(
        "isatty",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>| call_buffer(vm, &this, "isatty"),
        "Whether the stream is a terminal."
    ),
    method!(
        "seek",
        "($self, cookie, whence=os.SEEK_SET, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>, cookie: PyRef, whence: Option<i64>| position::seek(
            vm,
            &this,
            &cookie,
            whence.unwrap_or(0)
        ),
        "Moves to a place that `tell` gave."
    ),
    method!(
        "tell",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyTextIO>| position::tell(vm, &this),
        "The place in the stream, for `seek`."
    ),
    method!(
        "truncate",
        "($self, pos=None, /)",
        truncate,
        "Cuts the stream below off at a size."
    ),
    method!(
        "__getstate__",
        "($self, /)",
        cannot_pickle,
        "Refuses: an open stream cannot be pickled."
    ),
];

fn flag(vm: &Vm, this: &PyRef, pick: fn(&PyTextIO) -> bool) -> PyResult {
    Ok(vm.new_bool(pick(receiver::<PyTextIO>(this))))
}

static GETSET: &[GetSet] = &[
    GetSet {
        name: "encoding",
        doc: "The name of the encoding.",
        get: |vm, this| {
            let encoding = receiver::<PyTextIO>(this).encoding.get();
            Ok(encoding.map_or_else(|| vm.none(), Ref::into_any))
        },
        set: None,
    },
    GetSet {
        name: "errors",
        doc: "The name of the error handler.",
        get: |vm, this| {
            let this = receiver::<PyTextIO>(this);
            match this.errors.get() {
                Some(errors) => Ok(errors.into_any()),
                None => Err(crate::io::uninitialized(vm)),
            }
        },
        set: None,
    },
    GetSet {
        name: "newlines",
        doc: "The line ends seen so far.",
        get: |vm, this| {
            let this = receiver::<PyTextIO>(this);
            this.buffer(vm)?;
            match this.reads.get() && this.reads_universally() {
                true => this.newlines.seen(vm),
                false => Ok(vm.none()),
            }
        },
        set: None,
    },
    GetSet {
        name: "buffer",
        doc: "The stream of bytes below.",
        get: |vm, this| receiver::<PyTextIO>(this).buffer(vm),
        set: None,
    },
    GetSet {
        name: "closed",
        doc: "Whether the stream below is closed.",
        get: |vm, this| {
            let buffer = receiver::<PyTextIO>(this).clone().buffer(vm)?;
            vm.get_attr_str(&buffer, "closed")
        },
        set: None,
    },
    GetSet {
        name: "name",
        doc: "The name of the stream below.",
        get: |vm, this| {
            let buffer = receiver::<PyTextIO>(this).clone().buffer(vm)?;
            vm.get_attr_str(&buffer, "name")
        },
        set: None,
    },
    GetSet {
        name: "line_buffering",
        doc: "Whether a complete line is written at once.",
        get: |vm, this| flag(vm, this, |this| this.line_buffering.get()),
        set: None,
    },
    GetSet {
        name: "write_through",
        doc: "Whether everything is handed to the stream below at once.",
        get: |vm, this| flag(vm, this, |this| this.write_through.get()),
        set: None,
    },
    GetSet {
        name: "_CHUNK_SIZE",
        doc: "How many bytes are read or written at once.",
        get: |vm, this| {
            let this = receiver::<PyTextIO>(this);
            this.buffer(vm)?;
            vm.new_int(this.chunk_size.get().into())
        },
        set: Some(|vm, this, value| {
            let Some(value) = value else {
                return Err(vm.attribute_error("cannot delete attribute"));
            };
            let size = vm.index_i64(value)?;
            let size = u32::try_from(size).ok().filter(|&size| size > 0);
            let Some(size) = size else {
                return Err(vm.value_error("a strictly positive integer is required"));
            };
            receiver::<PyTextIO>(this).chunk_size.set(size);
            Ok(())
        }),
    },
    GetSet {
        name: "_finalizing",
        doc: "Whether the stream is closed because it dies.",
        get: |vm, this| flag(vm, this, |this| this.is_finalizing.get()),
        set: Some(|vm, this, value| {
            let value = value.is_some_and(|value| value.is(&vm.new_bool(true)));
            receiver::<PyTextIO>(this).is_finalizing.set(value);
            Ok(())
        }),
    },
];

fn init(
    vm: &mut Vm,
    this: Ref<PyTextIO>,
    buffer: PyRef,
    encoding: Option<PyRef>,
    errors: Option<PyRef>,
    newline: Option<PyRef>,
    line_buffering: Option<bool>,
    write_through: Option<bool>,
) -> PyResult<()> {
    this.state.set(State::Uninitialized);
    let options = Options {
        encoding: text_or_none(vm, "TextIOWrapper", "encoding", encoding)?,
        errors: text_or_none(vm, "TextIOWrapper", "errors", errors)?,
        newline: text_or_none(vm, "TextIOWrapper", "newline", newline)?,
        line_buffering: line_buffering.unwrap_or(false),
        write_through: write_through.unwrap_or(false),
    };
    setup::set_up(vm, &this, &buffer, &options)
}

fn reconfigure(
    vm: &mut Vm,
    this: Ref<PyTextIO>,
    encoding: Option<PyRef>,
    errors: Option<PyRef>,
    newline: Option<PyRef>,
    line_buffering: Option<PyRef>,
    write_through: Option<PyRef>,
) -> PyResult<()> {
    // Here `None` is a way for lines to end, unlike no newline at all.
    let changes_newline = newline.is_some();
    let encoding = text_or_none(vm, "reconfigure", "encoding", encoding)?;
    let errors = text_or_none(vm, "reconfigure", "errors", errors)?;
    let newline = text_or_none(vm, "reconfigure", "newline", newline)?;
    let has_read = !this.decoded.is_empty() || !this.snapshot.is_empty();
    if has_read && (encoding.is_some() || errors.is_some() || changes_newline) {
        let message =
            "It is not possible to set the encoding or newline of stream after the first read";
        return Err(unsupported(vm, message));
    }
    let ends = setup::line_ends(vm, newline.as_ref())?;
    let mut given = |value: Option<PyRef>| match value.filter(|value| !vm.is_none(value)) {
        None => Ok(None),
        Some(value) => vm.is_true(&value).map(Some),
    };
    let (line_buffering, write_through) = (given(line_buffering)?, given(write_through)?);
    vm.call_method_str(this.as_any(), "flush", &[])?;
    if changes_newline {
        this.newlines.reset();
        this.line_ends.set(ends);
    }
    change_codec(vm, &this, encoding, errors)?;
    this.line_buffering
        .set(line_buffering.unwrap_or(this.line_buffering.get()));
    this.write_through
        .set(write_through.unwrap_or(this.write_through.get()));
    Ok(())
}

fn change_codec(
    vm: &mut Vm,
    this: &Ref<PyTextIO>,
    encoding: Option<Ref<PyStr>>,
    errors: Option<Ref<PyStr>>,
) -> PyResult<()> {
    if encoding.is_none() && errors.is_none() {
        return Ok(());
    }
    let strict = vm.intern("strict")?;
    let errors = errors.unwrap_or(strict);
    let encoding = match encoding {
        Some(encoding) if encoding.equals("locale") => vm.intern("utf-8")?,
        Some(encoding) => encoding,
        None => this
            .encoding
            .get()
            .ok_or_else(|| crate::io::uninitialized(vm))?,
    };
    let info = setup::lookup(vm, &encoding)?;
    setup::set_codec(vm, this, encoding, errors, info)?;
    let buffer = this.buffer(vm)?;
    setup::fix_encoder(vm, this, &buffer)
}

fn call_buffer(vm: &mut Vm, this: &Ref<PyTextIO>, method: &str) -> PyResult {
    let buffer = this.buffer(vm)?;
    vm.call_method_str(&buffer, method, &[])
}

fn detach(vm: &mut Vm, this: Ref<PyTextIO>) -> PyResult {
    let buffer = this.buffer(vm)?;
    vm.call_method_str(this.as_any(), "flush", &[])?;
    this.buffer.set(None);
    this.state.set(State::Detached);
    Ok(buffer)
}

fn write(vm: &mut Vm, this: Ref<PyTextIO>, text: PyRef) -> PyResult<usize> {
    let Some(text) = text.downcast_ref::<PyStr>() else {
        let message = format!("write() argument must be str, not {}", vm.type_name(&text));
        return Err(vm.type_error(message));
    };
    writing::write(vm, &this, text)?;
    Ok(text.len())
}

fn readline(vm: &mut Vm, this: Ref<PyTextIO>, size: Option<isize>) -> PyResult<Ref<PyStr>> {
    let limit = usize::try_from(size.unwrap_or(-1)).unwrap_or(usize::MAX);
    reading::readline(vm, &this, limit)
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let text = receiver::<PyTextIO>(this).clone();
    text.buffer(vm)?;
    text.is_telling.set(false);
    let line = match vm.is_exactly(this, &TEXT_IO_WRAPPER) {
        true => reading::readline(vm, &text, usize::MAX)?.into_any(),
        false => vm.call_method_str(this, "readline", &[])?,
    };
    let Some(line_text) = line.downcast_ref::<PyStr>() else {
        let message = format!(
            "readline() should have returned a str object, not '{}'",
            vm.type_name(&line)
        );
        return Err(vm.error(&OS_ERROR, message));
    };
    if !line_text.is_empty() {
        return Ok(Some(line));
    }
    text.snapshot.set(None);
    text.is_telling.set(text.is_seekable.get());
    Ok(None)
}

fn truncate(vm: &mut Vm, this: Ref<PyTextIO>, size: Option<PyRef>) -> PyResult {
    let buffer = this.buffer(vm)?;
    vm.call_method_str(this.as_any(), "flush", &[])?;
    let size = size.unwrap_or_else(|| vm.none());
    vm.call_method_str(&buffer, "truncate", &[size])
}

fn close(vm: &mut Vm, this: Ref<PyTextIO>) -> PyResult<()> {
    let buffer = this.buffer(vm)?;
    if is_closed(vm, &buffer)? {
        return Ok(());
    }
    if this.is_finalizing.get() {
        // A warning that is an error was reported by the file.
        let _ = vm.call_method_str(&buffer, "_dealloc_warn", &[this.clone().into_any()]);
    }
    let flushed = vm.call_method_str(this.as_any(), "flush", &[]).map(drop);
    let closed = vm.call_method_str(&buffer, "close", &[]).map(drop);
    chain(vm, flushed, closed)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let text = receiver::<PyTextIO>(this).clone();
    if text.state.get() == State::Uninitialized {
        return Err(crate::io::uninitialized(vm));
    }
    let mut shown = format!("<{}", vm.type_of(this).full_name());
    for attribute in ["name", "mode"] {
        let value = match vm.lookup_attr_str(this, attribute) {
            Ok(value) => value,
            // A stream whose buffer was given away has no name.
            Err(error) if error.is(vm, &VALUE_ERROR) => None,
            Err(error) => return Err(error),
        };
        if let Some(value) = value {
            shown.push_str(&format!(" {attribute}={}", repr_of_name(vm, this, &value)?));
        }
    }
    let encoding = text.encoding.get().map_or_else(|| vm.none(), Ref::into_any);
    let encoding = vm.repr(&encoding)?;
    shown.push_str(&format!(" encoding={}>", encoding.to_text()));
    Ok(vm.new_str(&shown)?.into_any())
}
