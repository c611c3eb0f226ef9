//! `binascii`: bytes as text and back. [`base64`], [`uu`] and [`quoted_printable`] have the larger codings.

mod base64;
mod quoted_printable;
mod uu;

use exuvia_vm::table::{ArgInfo, FromArg, Method, TypeDef, TypeFlags};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::exception::{EXCEPTION, VALUE_ERROR};
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm, function};
use std::borrow::Cow;

/// `binascii.Error`
static ERROR: TypeDef = TypeDef {
    base: Some(&VALUE_ERROR),
    doc: "What is to be decoded is wrong.",
    flags: TypeFlags::BASETYPE,
    ..TypeDef::new("binascii.Error")
};

/// `binascii.Incomplete`
static INCOMPLETE: TypeDef = TypeDef {
    base: Some(&EXCEPTION),
    doc: "What is to be decoded ends too early.",
    flags: TypeFlags::BASETYPE,
    ..TypeDef::new("binascii.Incomplete")
};

static FUNCTIONS: &[Method] = &[
    function!(
        "a2b_base64",
        "($module, data, /, *, strict_mode=False)",
        base64::decode,
        "Decodes base64; what does not belong there is skipped, or an error in strict mode."
    ),
    function!(
        "b2a_base64",
        "($module, data, /, *, newline=True)",
        base64::encode,
        "Encodes as one line of base64."
    ),
    function!(
        "a2b_hex",
        "($module, hexstr, /)",
        unhexlify,
        "Decodes pairs of hexadecimal digits."
    ),
    function!(
        "unhexlify",
        "($module, hexstr, /)",
        unhexlify,
        "Decodes pairs of hexadecimal digits."
    ),
    function!(
        "b2a_hex",
        "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
        hexlify,
        "Two hexadecimal digits for each byte, with a separator between groups if one is given."
    ),
    function!(
        "hexlify",
        "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)",
        hexlify,
        "Two hexadecimal digits for each byte, with a separator between groups if one is given."
    ),
    function!(
        "a2b_qp",
        "($module, /, data, header=False)",
        quoted_printable::decode,
        "Decodes quoted-printable text."
    ),
    function!(
        "b2a_qp",
        "($module, /, data, quotetabs=False, istext=True, header=False)",
        quoted_printable::encode,
        "Encodes as quoted-printable text."
    ),
    function!(
        "a2b_uu",
        "($module, data, /)",
        uu::decode,
        "Decodes a line of uuencoded text."
    ),
    function!(
        "b2a_uu",
        "($module, data, /, *, backtick=False)",
        uu::encode,
        "Encodes up to 45 bytes as a line of uuencoded text."
    ),
    function!(
        "crc32",
        "($module, data, crc=0, /)",
        crc32,
        "The CRC-32 checksum, continued from that of what came before."
    ),
    function!(
        "crc_hqx",
        "($module, data, crc, /)",
        crc_hqx,
        "The 16-bit checksum CRC-CCITT, continued from that of what came before."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    for (name, def) in [("Error", &ERROR), ("Incomplete", &INCOMPLETE)] {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    Ok(())
}

#[cold]
fn error(vm: &Vm, message: &str) -> PyErr {
    vm.error(&ERROR, message)
}

fn bytes(vm: &Vm, bytes: &[u8]) -> PyResult<Ref<PyBytes>> {
    vm.new_bytes(bytes)
}

/// An argument that is to be decoded: bytes, or a string of ASCII characters.
#[derive(Debug)]
enum Text {
    Str(Ref<PyStr>),
    Bytes(BytesLike),
}

impl Text {
    fn get<'a>(&'a self, vm: &'a Vm) -> Cow<'a, [u8]> {
        match self {
            Self::Str(text) => Cow::Borrowed(text.as_str().unwrap_or_default().as_bytes()),
            Self::Bytes(bytes) => bytes.get(vm),
        }
    }
}

impl FromArg for Text {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let Some(arg) = arg else {
            return Err(vm.type_error(format!("{}() lacks its argument", info.method.name)));
        };
        if let Some(text) = arg.downcast_ref::<PyStr>() {
            if !text.is_ascii() {
                return Err(vm.value_error("string argument should contain only ASCII characters"));
            }
            return Ok(Self::Str(text.clone()));
        }
        if vm.type_of(arg).slots(vm).buffer.is_none() {
            return Err(vm.type_error(format!(
                "argument should be bytes, buffer or ASCII string, not '{}'",
                vm.type_name(arg)
            )));
        }
        vm.bytes_like(arg)?.side_by_side(vm).map(Self::Bytes)
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

fn unhexlify(vm: &mut Vm, text: Text) -> PyResult<Ref<PyBytes>> {
    let text = text.get(vm);
    if !text.len().is_multiple_of(2) {
        return Err(error(vm, "Odd-length string"));
    }
    let pairs = text.chunks_exact(2);
    let decoded = pairs.map(|pair| Some(hex_digit(pair[0])? << 4 | hex_digit(pair[1])?));
    match decoded.collect::<Option<Vec<_>>>() {
        Some(decoded) => bytes(vm, &decoded),
        None => Err(error(vm, "Non-hexadecimal digit found")),
    }
}

fn hexlify(
    vm: &mut Vm,
    data: BytesLike,
    separator: Option<PyRef>,
    bytes_per_separator: Option<i32>,
) -> PyResult<Ref<PyBytes>> {
    let separator = separator
        .map(|object| separator_byte(vm, &object))
        .transpose()?;
    let group = bytes_per_separator.unwrap_or(1);
    let data = data.get(vm);
    let size = group.unsigned_abs() as usize;
    let mut text = Vec::with_capacity(data.len() * 3);
    for (index, &byte) in data.iter().enumerate() {
        // Groups are counted from the end, or from the front if their size is negative.
        let place = if group > 0 { data.len() - index } else { index };
        if let Some(separator) = separator
            && index > 0
            && size > 0
            && place.is_multiple_of(size)
        {
            text.push(separator);
        }
        text.push(HEX_DIGITS[usize::from(byte >> 4)]);
        text.push(HEX_DIGITS[usize::from(byte & 15)]);
    }
    bytes(vm, &text)
}

fn separator_byte(vm: &mut Vm, object: &PyRef) -> PyResult<u8> {
    if vm.len(object)? != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    if let Some(text) = object.downcast_ref::<PyStr>() {
        let character = text.char_at(0);
        return u8::try_from(character).map_err(|_| vm.value_error("sep must be ASCII."));
    }
    match object.downcast_ref::<PyBytes>() {
        Some(separator) => Ok(separator[0]),
        None => Err(vm.type_error("sep must be str or bytes.")),
    }
}

/// The low 32 bits of an integer.
pub fn low_word(vm: &mut Vm, object: Option<PyRef>, default: u32) -> PyResult<u32> {
    let Some(object) = object else {
        return Ok(default);
    };
    let value = vm.index(&object)?;
    let low = match value.to_i64() {
        Some(value) => value.cast_unsigned(),
        None => {
            let magnitude = value.to_bigint().magnitude().to_u64_digits();
            let low = magnitude.first().copied().unwrap_or(0);
            if value.is_negative() {
                low.wrapping_neg()
            } else {
                low
            }
        }
    };
    Ok(low as u32)
}

/// The CRC-32 checksum of more bytes.
pub fn crc32(vm: &mut Vm, data: BytesLike, crc: Option<PyRef>) -> PyResult<u32> {
    let crc = low_word(vm, crc, 0)?;
    let mut hasher = crc32fast::Hasher::new_with_initial(crc);
    hasher.update(&data.get(vm));
    Ok(hasher.finalize())
}

fn crc_hqx(vm: &mut Vm, data: BytesLike, crc: PyRef) -> PyResult<u32> {
    const POLYNOMIAL: u16 = 0x1021;
    let start = low_word(vm, Some(crc), 0)? as u16;
    let crc = data.get(vm).iter().fold(start, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ POLYNOMIAL
            }
        })
    });
    Ok(crc.into())
}
