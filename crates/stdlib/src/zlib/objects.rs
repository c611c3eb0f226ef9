//! `compressobj`, `decompressobj` and `_ZlibDecompressor`: streams that are fed piece by piece.
//!
//! Differs from CPython: they have no `copy` (as over a zlib without it), which the crate below does not offer.

use super::failed;
use super::stream::{self, Inflater, WINDOW_BITS_MAX, Wrapper};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::exception::EOF_ERROR;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{
    Args, HeapVec, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm, VmCell, function, method,
};
use flate2::{Compress, FlushCompress};

/// zlib's numbers for how to flush.
const FLUSHES: [FlushCompress; 6] = [
    FlushCompress::None,
    FlushCompress::Partial,
    FlushCompress::Sync,
    FlushCompress::Full,
    FlushCompress::Finish,
    // The end of a block, which a partial flush is as well.
    FlushCompress::Partial,
];

/// A stream that compresses.
#[derive(Debug, Traverse)]
pub struct PyCompress {
    /// `None` once it was finished.
    #[traverse(skip)]
    stream: VmCell<Option<Compress>>,
}

impl PyPayload for PyCompress {
    const DEF: &'static TypeDef = &COMPRESS;
}

/// `zlib.Compress`
pub static COMPRESS: TypeDef = TypeDef {
    doc: "A stream that compresses.",
    class: Some(Class::of::<PyCompress>),
    flags: TypeFlags::NO_NEW,
    methods: &[
        method!(
            "compress",
            "($self, data, /)",
            compress,
            "What can be written of the stream with more bytes."
        ),
        method!(
            "flush",
            "($self, mode=zlib.Z_FINISH, /)",
            flush,
            "What is left of the stream."
        ),
    ],
    ..TypeDef::new("zlib.Compress")
};

/// `compressobj`
///
/// # Errors
/// `ValueError` for options that cannot be.
pub fn compressobj(
    vm: &mut Vm,
    level: Option<i32>,
    method: Option<i32>,
    wbits: Option<i32>,
    mem_level: Option<i32>,
    strategy: Option<i32>,
    zdict: Option<BytesLike>,
) -> PyResult<Ref<PyCompress>> {
    let are_valid = method.unwrap_or(super::DEFLATED) == super::DEFLATED
        && (1..=9).contains(&mem_level.unwrap_or(8))
        && (0..=4).contains(&strategy.unwrap_or(0));
    let wbits = wbits.unwrap_or(WINDOW_BITS_MAX);
    let stream = stream::compressor(level.unwrap_or(-1), wbits).filter(|_| are_valid);
    let Some(mut stream) = stream else {
        return Err(vm.value_error("Invalid initialization option"));
    };
    if let Some(dictionary) = zdict {
        let dictionary = dictionary.to_vec(vm);
        if stream.set_dictionary(&dictionary).is_err() {
            return Err(vm.value_error("Invalid dictionary"));
        }
    }
    vm.new_object(PyCompress {
        stream: VmCell::new(Some(stream)),
    })
}

impl PyCompress {
    /// Runs the stream, which is taken out meanwhile.
    fn run(&self, vm: &mut Vm, input: &[u8], flush: FlushCompress, doing: &str) -> PyResult {
        let Some(mut stream) = self.stream.get_mut(vm).take() else {
            return Err(failed(vm, -2, doing, "inconsistent stream state"));
        };
        let mut out = HeapVec::new();
        let result = stream::compress(vm, &mut stream, input, flush, &mut out);
        if !matches!(flush, FlushCompress::Finish) {
            *self.stream.get_mut(vm) = Some(stream);
        }
        result?;
        Ok(vm.new_bytes(&out)?.into_any())
    }
}

fn compress(vm: &mut Vm, this: Ref<PyCompress>, data: BytesLike) -> PyResult {
    let data = data.to_vec(vm);
    this.run(vm, &data, FlushCompress::None, "while compressing data")
}

fn flush(vm: &mut Vm, this: Ref<PyCompress>, mode: Option<i32>) -> PyResult {
    const FINISH: i32 = 4;
    let mode = usize::try_from(mode.unwrap_or(FINISH)).ok();
    let flush = mode.and_then(|mode| FLUSHES.get(mode).copied());
    match flush {
        Some(FlushCompress::None) => Ok(vm.new_bytes(b"")?.into_any()),
        Some(flush) => this.run(vm, b"", flush, "while flushing"),
        None => Err(failed(
            vm,
            -2,
            "while flushing",
            "inconsistent stream state",
        )),
    }
}

// ----------------------------------------------------------------------------------- decompressing

/// A stream that decompresses.
#[derive(Debug, Traverse)]
pub struct PyDecompress {
    #[traverse(skip)]
    stream: VmCell<Inflater>,
    /// What came behind the end of the stream.
    unused_data: Slot<PyBytes>,
    /// What was not used because there was enough output.
    unconsumed_tail: Slot<PyBytes>,
}

impl PyPayload for PyDecompress {
    const DEF: &'static TypeDef = &DECOMPRESS;
}

fn receiver(this: &PyRef) -> &Ref<PyDecompress> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn shown(vm: &Vm, slot: &Slot<PyBytes>) -> PyResult {
    match slot.get() {
        Some(bytes) => Ok(bytes.into_any()),
        None => Ok(vm.new_bytes(b"")?.into_any()),
    }
}

/// `zlib.Decompress`
pub static DECOMPRESS: TypeDef = TypeDef {
    doc: "A stream that decompresses.",
    class: Some(Class::of::<PyDecompress>),
    flags: TypeFlags::NO_NEW,
    methods: &[
        method!(
            "decompress",
            "($self, data, /, max_length=0)",
            decompress,
            "What more bytes of the stream say, at most max_length bytes unless that is 0."
        ),
        method!(
            "flush",
            "($self, length=zlib.DEF_BUF_SIZE, /)",
            flush_decompress,
            "What is left."
        ),
    ],
    getset: &[
        GetSet {
            name: "unused_data",
            doc: "What came behind the end of the stream.",
            get: |vm, this| shown(vm, &receiver(this).unused_data),
            set: None,
        },
        GetSet {
            name: "unconsumed_tail",
            doc: "What was not used because there was enough output.",
            get: |vm, this| shown(vm, &receiver(this).unconsumed_tail),
            set: None,
        },
        GetSet {
            name: "eof",
            doc: "Whether the end of the stream was reached.",
            get: |vm, this| Ok(vm.new_bool(receiver(this).stream.get(vm).is_at_end())),
            set: None,
        },
    ],
    ..TypeDef::new("zlib.Decompress")
};

fn inflater(vm: &Vm, wbits: Option<i32>, zdict: Option<BytesLike>) -> PyResult<Inflater> {
    let Some(wrapper) = Wrapper::of(wbits.unwrap_or(WINDOW_BITS_MAX)) else {
        return Err(vm.value_error("Invalid initialization option"));
    };
    let dictionary = zdict.map_or_else(Vec::new, |dictionary| dictionary.to_vec(vm));
    Ok(Inflater::new(wrapper, dictionary))
}

/// `decompressobj`
///
/// # Errors
/// `ValueError` for options that cannot be.
pub fn decompressobj(
    vm: &mut Vm,
    wbits: Option<i32>,
    zdict: Option<BytesLike>,
) -> PyResult<Ref<PyDecompress>> {
    let stream = inflater(vm, wbits, zdict)?;
    vm.new_object(PyDecompress {
        stream: VmCell::new(stream),
        unused_data: Slot::empty(),
        unconsumed_tail: Slot::empty(),
    })
}

/// Runs a stream that lies in a cell: it is taken out meanwhile, because output is allocated under a borrow of the
/// runtime. Answers the output and how much of the input was used.
fn run(
    vm: &mut Vm,
    cell: &VmCell<Inflater>,
    input: &[u8],
    most: usize,
) -> PyResult<(HeapVec<u8>, stream::Progress)> {
    let empty = Inflater::new(Wrapper::Raw(WINDOW_BITS_MAX as u8), Vec::new());
    let mut stream = std::mem::replace(cell.get_mut(vm), empty);
    let mut out = HeapVec::new();
    let progress = stream.step(vm, input, most, &mut out);
    *cell.get_mut(vm) = stream;
    Ok((out, progress?))
}

impl PyDecompress {
    fn feed(&self, vm: &mut Vm, input: &[u8], most: usize) -> PyResult {
        let (out, progress) = run(vm, &self.stream, input, most)?;
        let rest = &input[progress.used..];
        if progress.is_at_end {
            if !rest.is_empty() {
                let before = self.unused_data.get();
                let before = before.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
                let unused = [before, rest].concat();
                self.unused_data.set(Some(vm.new_bytes(&unused)?));
            }
            self.unconsumed_tail.set(None);
        } else {
            let tail = if rest.is_empty() {
                None
            } else {
                Some(vm.new_bytes(rest)?)
            };
            self.unconsumed_tail.set(tail);
        }
        Ok(vm.new_bytes(&out)?.into_any())
    }
}

fn decompress(
    vm: &mut Vm,
    this: Ref<PyDecompress>,
    data: BytesLike,
    max_length: Option<isize>,
) -> PyResult {
    let most = match usize::try_from(max_length.unwrap_or(0)) {
        Ok(0) => usize::MAX,
        Ok(most) => most,
        Err(_) => return Err(vm.value_error("max_length must be non-negative")),
    };
    let data = data.to_vec(vm);
    this.feed(vm, &data, most)
}

fn flush_decompress(vm: &mut Vm, this: Ref<PyDecompress>, length: Option<isize>) -> PyResult {
    if length.is_some_and(|length| length <= 0) {
        return Err(vm.value_error("length must be greater than zero"));
    }
    let tail = this.unconsumed_tail.get();
    let tail = tail
        .as_ref()
        .map_or(&[][..], |bytes| bytes.as_slice())
        .to_vec();
    this.feed(vm, &tail, usize::MAX)
}

/// A stream that decompresses and keeps what it has not used yet itself.
#[derive(Debug, Traverse)]
pub struct PyZlibDecompressor {
    #[traverse(skip)]
    stream: VmCell<Inflater>,
    /// Input that is still to be used; `None`: more is needed.
    pending: Slot<PyBytes>,
    unused_data: Slot<PyBytes>,
}

impl PyPayload for PyZlibDecompressor {
    const DEF: &'static TypeDef = &ZLIB_DECOMPRESSOR;
}

fn decompressor(this: &PyRef) -> &Ref<PyZlibDecompressor> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// `zlib._ZlibDecompressor`
pub static ZLIB_DECOMPRESSOR: TypeDef = TypeDef {
    doc: "_ZlibDecompressor(wbits=15, zdict=b'')\n\nA stream that decompresses, for files.",
    class: Some(Class::of::<PyZlibDecompressor>),
    slots: Slots {
        new: Some(new_decompressor),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "decompress",
        "($self, /, data, max_length=-1)",
        step_decompressor,
        "What more bytes of the stream say, at most max_length bytes unless that is negative."
    )],
    getset: &[
        GetSet {
            name: "eof",
            doc: "Whether the end of the stream was reached.",
            get: |vm, this| Ok(vm.new_bool(decompressor(this).stream.get(vm).is_at_end())),
            set: None,
        },
        GetSet {
            name: "unused_data",
            doc: "What came behind the end of the stream.",
            get: |vm, this| shown(vm, &decompressor(this).unused_data),
            set: None,
        },
        GetSet {
            name: "needs_input",
            doc: "Whether more input is needed for more output.",
            get: |vm, this| {
                let this = decompressor(this);
                let needs = this.pending.is_empty() && !this.stream.get(vm).is_at_end();
                Ok(vm.new_bool(needs))
            },
            set: None,
        },
    ],
    ..TypeDef::new("zlib._ZlibDecompressor")
};

static NEW: Method = function!(
    "_ZlibDecompressor",
    "(wbits=15, zdict=b'')",
    |vm: &mut Vm,
     wbits: Option<i32>,
     zdict: Option<BytesLike>|
     -> PyResult<Ref<PyZlibDecompressor>> {
        let stream = inflater(vm, wbits, zdict)?;
        vm.new_object(PyZlibDecompressor {
            stream: VmCell::new(stream),
            pending: Slot::empty(),
            unused_data: Slot::empty(),
        })
    },
    ""
);

fn new_decompressor(vm: &mut Vm, _: &Ref<PyType>, args: Args<'_>) -> PyResult {
    (NEW.call)(vm, args, &NEW)
}

fn step_decompressor(
    vm: &mut Vm,
    this: Ref<PyZlibDecompressor>,
    data: BytesLike,
    max_length: Option<isize>,
) -> PyResult {
    if this.stream.get(vm).is_at_end() {
        return Err(end_reached(vm));
    }
    let most = usize::try_from(max_length.unwrap_or(-1)).unwrap_or(usize::MAX);
    let pending = this.pending.take();
    let before = pending.as_ref().map_or(&[][..], |bytes| bytes.as_slice());
    let input = [before, &data.get(vm)].concat();
    let (out, progress) = run(vm, &this.stream, &input, most)?;
    let rest = &input[progress.used..];
    if progress.is_at_end {
        this.unused_data.set(Some(vm.new_bytes(rest)?));
    } else if !rest.is_empty() || out.len() == most {
        // There may be more output without more input.
        this.pending.set(Some(vm.new_bytes(rest)?));
    }
    Ok(vm.new_bytes(&out)?.into_any())
}

#[cold]
fn end_reached(vm: &Vm) -> PyErr {
    vm.error(&EOF_ERROR, "End of stream already reached")
}
