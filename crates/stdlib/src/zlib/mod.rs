//! `zlib`: compression, over the crate `flate2`. [`stream`] runs its streams, [`objects`] has those that Python sees.
//!
//! Differs from CPython: the options `memLevel` and `strategy` are checked but change nothing.

mod objects;
mod stream;

use crate::binascii::{crc32, low_word};
use exuvia_vm::table::{Method, TypeDef, TypeFlags};
use exuvia_vm::types::exception::EXCEPTION;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{HeapVec, PyErr, PyRef, PyResult, Ref, Vm, function};
use flate2::FlushCompress;
use stream::{Inflater, WINDOW_BITS_MAX, Wrapper};

/// `zlib.error`
static ERROR: TypeDef = TypeDef {
    base: Some(&EXCEPTION),
    doc: "Compressing or decompressing failed.",
    flags: TypeFlags::BASETYPE,
    ..TypeDef::new("zlib.error")
};

/// The only method of compression.
const DEFLATED: i32 = 8;

static FUNCTIONS: &[Method] = &[
    function!(
        "compress",
        "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)",
        compress,
        "Bytes compressed."
    ),
    function!(
        "decompress",
        "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)",
        decompress,
        "Bytes decompressed."
    ),
    function!(
        "compressobj",
        "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=<unrepresentable>)",
        objects::compressobj,
        "A stream that compresses."
    ),
    function!(
        "decompressobj",
        "($module, /, wbits=MAX_WBITS, zdict=b'')",
        objects::decompressobj,
        "A stream that decompresses."
    ),
    function!(
        "adler32",
        "($module, data, value=1, /)",
        adler32,
        "The checksum Adler-32, continued from that of what came before."
    ),
    function!(
        "crc32",
        "($module, data, value=0, /)",
        crc32,
        "The checksum CRC-32, continued from that of what came before."
    ),
];

static NUMBERS: &[(&str, i64)] = &[
    ("DEFLATED", DEFLATED as i64),
    ("DEF_BUF_SIZE", 16 * 1024),
    ("DEF_MEM_LEVEL", 8),
    ("MAX_WBITS", WINDOW_BITS_MAX as i64),
    ("Z_BEST_COMPRESSION", 9),
    ("Z_BEST_SPEED", 1),
    ("Z_BLOCK", 5),
    ("Z_DEFAULT_COMPRESSION", -1),
    ("Z_DEFAULT_STRATEGY", 0),
    ("Z_FILTERED", 1),
    ("Z_FINISH", 4),
    ("Z_FIXED", 4),
    ("Z_FULL_FLUSH", 3),
    ("Z_HUFFMAN_ONLY", 2),
    ("Z_NO_COMPRESSION", 0),
    ("Z_NO_FLUSH", 0),
    ("Z_PARTIAL_FLUSH", 1),
    ("Z_RLE", 3),
    ("Z_SYNC_FLUSH", 2),
    ("Z_TREES", 6),
];

/// The version of zlib whose interface this is, and what is really below it.
const VERSION: &str = "1.3.0-zlib-rs";

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    vm.make_class(&objects::COMPRESS)?;
    vm.make_class(&objects::DECOMPRESS)?;
    let types = [
        ("error", &ERROR),
        ("_ZlibDecompressor", &objects::ZLIB_DECOMPRESSOR),
    ];
    for (name, def) in types {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    for &(name, number) in NUMBERS {
        let number = vm.new_int(number)?;
        vm.add_attribute(module, name, number)?;
    }
    for name in ["ZLIB_VERSION", "ZLIB_RUNTIME_VERSION"] {
        let version = vm.new_str(VERSION)?.into_any();
        vm.add_attribute(module, name, version)?;
    }
    Ok(())
}

/// A `zlib.error`, in zlib's words.
#[cold]
fn failed(vm: &Vm, number: i32, doing: &str, message: &str) -> PyErr {
    let detail = if message.is_empty() {
        String::new()
    } else {
        format!(": {message}")
    };
    vm.error(&ERROR, format!("Error {number} {doing}{detail}"))
}

fn compress(vm: &mut Vm, data: BytesLike, level: Option<i32>, wbits: Option<i32>) -> PyResult {
    let wbits = wbits.unwrap_or(WINDOW_BITS_MAX);
    let stream = stream::compressor(level.unwrap_or(-1), wbits);
    let Some(mut stream) = stream else {
        return Err(vm.error(&ERROR, "Bad compression level"));
    };
    let mut out = HeapVec::new();
    stream::compress(
        vm,
        &mut stream,
        &data.get(vm),
        FlushCompress::Finish,
        &mut out,
    )?;
    Ok(vm.new_bytes(&out)?.into_any())
}

fn decompress(
    vm: &mut Vm,
    data: BytesLike,
    wbits: Option<i32>,
    bufsize: Option<isize>,
) -> PyResult {
    if bufsize.is_some_and(|size| size < 0) {
        return Err(vm.value_error("bufsize must be non-negative"));
    }
    let Some(wrapper) = Wrapper::of(wbits.unwrap_or(WINDOW_BITS_MAX)) else {
        let message = "inconsistent stream state";
        return Err(failed(
            vm,
            -2,
            "while preparing to decompress data",
            message,
        ));
    };
    let mut stream = Inflater::new(wrapper, Vec::new());
    let mut out = HeapVec::new();
    let progress = stream.step(vm, &data.get(vm), usize::MAX, &mut out)?;
    if !progress.is_at_end {
        let message = "incomplete or truncated stream";
        return Err(failed(vm, -5, "while decompressing data", message));
    }
    Ok(vm.new_bytes(&out)?.into_any())
}

fn adler32(vm: &mut Vm, data: BytesLike, value: Option<PyRef>) -> PyResult<u32> {
    const MODULUS: u32 = 65_521;
    /// So many bytes can be summed up before 32 bits overflow.
    const CHUNK: usize = 5552;
    let value = low_word(vm, value, 1)?;
    let (mut low, mut high) = ((value & 0xFFFF) % MODULUS, (value >> 16) % MODULUS);
    for chunk in data.get(vm).chunks(CHUNK) {
        for &byte in chunk {
            low += u32::from(byte);
            high += low;
        }
        low %= MODULUS;
        high %= MODULUS;
    }
    Ok(high << 16 | low)
}
