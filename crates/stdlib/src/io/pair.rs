//! `BufferedRWPair`: a stream that is read and another that is written, as one.

use super::buffered::{BUFFERED_READER, BUFFERED_WRITER};
use super::{base, call_init, chain, finalized_class, receiver};
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Rest, Slots, TypeDef};
use exuvia_vm::{PyRef, PyResult, Ref, Slot, Traverse, Vm, method};

/// Two buffered streams.
#[derive(Debug, Default, Traverse)]
pub struct PyPair {
    reader: Slot,
    writer: Slot,
}

impl PyPayload for PyPair {
    const DEF: &'static TypeDef = &BUFFERED_RW_PAIR;
}

/// `_io.BufferedRWPair`
pub static BUFFERED_RW_PAIR: TypeDef = TypeDef {
    base: Some(&base::BUFFERED_IO_BASE),
    doc: "Reads from one stream and writes to another.",
    class: Some(finalized_class::<PyPair>),
    flags: base::FLAGS,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyPair::default())?.into_any())),
        init: Some(|vm, this, args| call_init(vm, &INIT, this, args)),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: &[GetSet {
        name: "closed",
        doc: "Whether the stream that is written is closed.",
        get: |vm, this| {
            let writer = receiver::<PyPair>(this).clone().writer(vm)?;
            vm.get_attr_str(&writer, "closed")
        },
        set: None,
    }],
    ..TypeDef::new("_io.BufferedRWPair")
};

static INIT: Method = method!(
    "BufferedRWPair",
    "($self, reader, writer, buffer_size=131072, /)",
    init,
    "Sets up the two buffers."
);

/// A row that hands its arguments to one of the two streams.
macro_rules! forward {
    ($side:ident, $name:literal, $signature:literal, $doc:literal) => {
        method!(
            $name,
            $signature,
            |vm: &mut Vm, this: Ref<PyPair>, args: Rest| {
                let stream = this.$side(vm)?;
                vm.call_method_str(&stream, $name, &args.0)
            },
            $doc
        )
    };
}

static METHODS: &[Method] = &[
    forward!(
        reader,
        "read",
        "($self, /, *args)",
        "Reads so many bytes, or to the end."
    ),
    forward!(
        reader,
        "peek",
        "($self, /, *args)",
        "Bytes that come next; the position stays."
    ),
    forward!(
        reader,
        "read1",
        "($self, /, *args)",
        "Reads up to so many bytes with at most one read below."
    ),
    forward!(
        reader,
        "readinto",
        "($self, /, *args)",
        "Reads into a buffer; returns how many bytes."
    ),
    forward!(
        reader,
        "readinto1",
        "($self, /, *args)",
        "Reads into a buffer with at most one read below."
    ),
    forward!(
        reader,
        "readable",
        "($self, /, *args)",
        "Whether the stream can be read."
    ),
    forward!(
        writer,
        "write",
        "($self, /, *args)",
        "Takes bytes to be written; returns how many."
    ),
    forward!(
        writer,
        "flush",
        "($self, /, *args)",
        "Writes what is pending."
    ),
    forward!(
        writer,
        "writable",
        "($self, /, *args)",
        "Whether the stream can be written."
    ),
    method!("close", "($self, /)", close, "Closes both streams."),
    method!(
        "isatty",
        "($self, /)",
        isatty,
        "Whether one of the streams is a terminal."
    ),
];

impl PyPair {
    fn reader(&self, vm: &Vm) -> PyResult {
        self.reader.get().ok_or_else(|| super::uninitialized(vm))
    }

    fn writer(&self, vm: &Vm) -> PyResult {
        self.writer.get().ok_or_else(|| super::uninitialized(vm))
    }
}

fn init(
    vm: &mut Vm,
    this: Ref<PyPair>,
    reader: PyRef,
    writer: PyRef,
    size: Option<PyRef>,
) -> PyResult<()> {
    base::require(vm, &reader, "readable")?;
    base::require(vm, &writer, "writable")?;
    let make = |vm: &mut Vm, def, raw: PyRef| {
        let class = vm.class(def).clone().into_any();
        let args: Vec<PyRef> = std::iter::once(raw).chain(size.clone()).collect();
        vm.call_positional(&class, &args)
    };
    let reader = make(vm, &BUFFERED_READER, reader)?;
    let writer = make(vm, &BUFFERED_WRITER, writer)?;
    this.reader.set(Some(reader));
    this.writer.set(Some(writer));
    Ok(())
}

fn close(vm: &mut Vm, this: Ref<PyPair>) -> PyResult<()> {
    let writer = this.writer(vm)?;
    let written = vm.call_method_str(&writer, "close", &[]).map(drop);
    let reader = this.reader(vm)?;
    let read = vm.call_method_str(&reader, "close", &[]).map(drop);
    chain(vm, written, read)
}

fn isatty(vm: &mut Vm, this: Ref<PyPair>) -> PyResult {
    let writer = this.writer(vm)?;
    let answer = vm.call_method_str(&writer, "isatty", &[])?;
    if vm.is_true(&answer)? {
        return Ok(answer);
    }
    let reader = this.reader(vm)?;
    vm.call_method_str(&reader, "isatty", &[])
}
