//! `_codecs`: the registry of codecs and error handlers, and the codecs of the virtual machine one by one.
//!
//! The work is done in `exuvia_vm::codecs`; here are its Python faces. Decoders return the text and how many bytes they
//! used; an incomplete end is left unless `final` is true.

use exuvia_vm::codecs::{Codec, Decoded, Endian, charmap, decode, encode, escape, registry};
use exuvia_vm::table::{ArgInfo, FromArg, Method};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

/// The name of an error handler as an argument; left out or `None`: `strict`.
struct Errors(String);

impl FromArg for Errors {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        match arg.filter(|arg| !vm.is_none(arg)) {
            None => Ok(Self("strict".to_owned())),
            Some(arg) => match arg.downcast_ref::<PyStr>() {
                Some(name) => Ok(Self(name.to_text().into_owned())),
                None => Err(info.wrong_type(vm, "str or None", arg)),
            },
        }
    }
}

/// Bytes as an argument, as an object that nobody changes.
struct Data(Ref<PyBytes>);

impl FromArg for Data {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        match BytesLike::from_arg(vm, arg, info)? {
            BytesLike::Bytes(bytes) => Ok(Self(bytes)),
            buffer => Ok(Self(vm.new_bytes(&buffer.get(vm))?)),
        }
    }
}

/// Bytes as an argument, or a text that stands for its UTF-8.
struct DataOrText(Ref<PyBytes>);

impl FromArg for DataOrText {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        match arg.and_then(|arg| arg.downcast_ref::<PyStr>()) {
            Some(text) => {
                let bytes = vm.utf8_of(text)?;
                Ok(Self(vm.new_bytes(bytes.as_bytes())?))
            }
            None => Data::from_arg(vm, arg, info).map(|data| Self(data.0)),
        }
    }
}

/// A text with the number of bytes that it was decoded from, or bytes with that of characters.
type Counted<T> = PyResult<(Ref<T>, usize)>;

fn counted(decoded: Decoded) -> (Ref<PyStr>, usize) {
    (decoded.text, decoded.consumed)
}

/// A row for the encoder of a codec.
macro_rules! encoder {
    ($name:literal, $codec:expr) => {
        function!(
            $name,
            "($module, str, errors=None, /)",
            |vm: &mut Vm, text: Ref<PyStr>, errors: Errors| encode_text(vm, $codec, &text, &errors),
            "Encodes a text; returns the bytes and the number of characters."
        )
    };
}

/// A row for the decoder of a codec that may leave an incomplete end.
macro_rules! decoder {
    ($name:literal, $codec:expr) => {
        function!(
            $name,
            "($module, data, errors=None, final=False, /)",
            |vm: &mut Vm, data: Data, errors: Errors, is_final: Option<bool>| {
                decode_data(vm, $codec, &data, &errors, is_final.unwrap_or(false))
            },
            "Decodes bytes; returns the text and the number of bytes used."
        )
    };
}

/// A row for the decoder of a codec whose characters are one byte each.
macro_rules! byte_decoder {
    ($name:literal, $codec:expr) => {
        function!(
            $name,
            "($module, data, errors=None, /)",
            |vm: &mut Vm, data: Data, errors: Errors| decode_data(vm, $codec, &data, &errors, true),
            "Decodes bytes; returns the text and the number of bytes used."
        )
    };
}

const LITTLE: Option<Endian> = Some(Endian::Little);
const BIG: Option<Endian> = Some(Endian::Big);

static FUNCTIONS: &[Method] = &[
    function!(
        "register",
        "($module, search_function, /)",
        registry::register,
        "Adds a function that finds codecs by their names."
    ),
    function!(
        "unregister",
        "($module, search_function, /)",
        |vm: &mut Vm, function: PyRef| registry::unregister(vm, &function),
        "Removes a function that finds codecs."
    ),
    function!(
        "lookup",
        "($module, encoding, /)",
        |vm: &mut Vm, encoding: String| registry::lookup(vm, &encoding),
        "What is known of an encoding."
    ),
    function!(
        "encode",
        "($module, /, obj, encoding='utf-8', errors='strict')",
        encode_object,
        "Encodes an object with a codec."
    ),
    function!(
        "decode",
        "($module, /, obj, encoding='utf-8', errors='strict')",
        decode_object,
        "Decodes an object with a codec."
    ),
    function!(
        "register_error",
        "($module, errors, handler, /)",
        |vm: &mut Vm, name: Ref<PyStr>, handler: PyRef| registry::register_error(
            vm, &name, handler
        ),
        "Gives an error handler a name."
    ),
    function!(
        "_unregister_error",
        "($module, errors, /)",
        |vm: &mut Vm, name: Ref<PyStr>| registry::unregister_error(vm, &name),
        "Takes an error handler its name; whether it had one."
    ),
    function!(
        "lookup_error",
        "($module, name, /)",
        |vm: &mut Vm, name: String| registry::lookup_error(vm, &name),
        "The error handler of a name."
    ),
    encoder!("utf_8_encode", Codec::Utf8),
    encoder!("ascii_encode", Codec::Ascii),
    encoder!("latin_1_encode", Codec::Latin1),
    encoder!("utf_16_le_encode", Codec::Utf16(LITTLE)),
    encoder!("utf_16_be_encode", Codec::Utf16(BIG)),
    encoder!("utf_32_le_encode", Codec::Utf32(LITTLE)),
    encoder!("utf_32_be_encode", Codec::Utf32(BIG)),
    function!(
        "utf_16_encode",
        "($module, str, errors=None, byteorder=0, /)",
        utf_16_encode,
        "Encodes a text as UTF-16, with a byte order mark unless an order is given."
    ),
    function!(
        "utf_32_encode",
        "($module, str, errors=None, byteorder=0, /)",
        utf_32_encode,
        "Encodes a text as UTF-32, with a byte order mark unless an order is given."
    ),
    decoder!("utf_8_decode", Codec::Utf8),
    byte_decoder!("ascii_decode", Codec::Ascii),
    byte_decoder!("latin_1_decode", Codec::Latin1),
    decoder!("utf_16_decode", Codec::Utf16(None)),
    decoder!("utf_16_le_decode", Codec::Utf16(LITTLE)),
    decoder!("utf_16_be_decode", Codec::Utf16(BIG)),
    decoder!("utf_32_decode", Codec::Utf32(None)),
    decoder!("utf_32_le_decode", Codec::Utf32(LITTLE)),
    decoder!("utf_32_be_decode", Codec::Utf32(BIG)),
    function!(
        "utf_16_ex_decode",
        "($module, data, errors=None, byteorder=0, final=False,\n                 /)",
        utf_16_ex_decode,
        "Decodes UTF-16; also returns the byte order."
    ),
    function!(
        "utf_32_ex_decode",
        "($module, data, errors=None, byteorder=0, final=False,\n                 /)",
        utf_32_ex_decode,
        "Decodes UTF-32; also returns the byte order."
    ),
    function!(
        "utf_7_encode",
        "($module, str, errors=None, /)",
        |vm: &mut Vm, _: Ref<PyStr>, _: Errors| no_utf_7(vm),
        "Refuses: UTF-7 is not supported."
    ),
    function!(
        "utf_7_decode",
        "($module, data, errors=None, final=False, /)",
        |vm: &mut Vm, _: Data, _: Errors, _: Option<bool>| no_utf_7(vm),
        "Refuses: UTF-7 is not supported."
    ),
    function!(
        "unicode_escape_encode",
        "($module, str, errors=None, /)",
        unicode_escape_encode,
        "The inside of a string literal for a text."
    ),
    function!(
        "unicode_escape_decode",
        "($module, data, errors=None, final=True, /)",
        unicode_escape_decode,
        "The text that the inside of a string literal stands for."
    ),
    function!(
        "raw_unicode_escape_encode",
        "($module, str, errors=None, /)",
        raw_unicode_escape_encode,
        "A text as Latin-1 with \\u escapes."
    ),
    function!(
        "raw_unicode_escape_decode",
        "($module, data, errors=None, final=True, /)",
        raw_unicode_escape_decode,
        "The text of Latin-1 with \\u escapes."
    ),
    function!(
        "escape_encode",
        "($module, data, errors=None, /)",
        escape_encode,
        "The inside of a bytes literal for bytes."
    ),
    function!(
        "escape_decode",
        "($module, data, errors=None, /)",
        escape_decode,
        "The bytes that the inside of a bytes literal stands for."
    ),
    function!(
        "readbuffer_encode",
        "($module, data, errors=None, /)",
        readbuffer_encode,
        "The bytes of an object."
    ),
    function!(
        "charmap_build",
        "($module, map, /)",
        |vm: &mut Vm, table: Ref<PyStr>| charmap::build(vm, &table),
        "A mapping to encode with, for a table to decode with."
    ),
    function!(
        "charmap_encode",
        "($module, str, errors=None, mapping=None, /)",
        charmap_encode,
        "Encodes a text with a mapping."
    ),
    function!(
        "charmap_decode",
        "($module, data, errors=None, mapping=None, /)",
        charmap_decode,
        "Decodes bytes with a mapping or a table."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)
}

fn encode_object(
    vm: &mut Vm,
    object: PyRef,
    encoding: Option<String>,
    errors: Option<String>,
) -> PyResult {
    let encoding = encoding.unwrap_or_else(|| "utf-8".to_owned());
    registry::call_codec(vm, 0, &object, &encoding, errors.as_deref())
}

fn decode_object(
    vm: &mut Vm,
    object: PyRef,
    encoding: Option<String>,
    errors: Option<String>,
) -> PyResult {
    let encoding = encoding.unwrap_or_else(|| "utf-8".to_owned());
    registry::call_codec(vm, 1, &object, &encoding, errors.as_deref())
}

fn encode_text(vm: &mut Vm, codec: Codec, text: &Ref<PyStr>, errors: &Errors) -> Counted<PyBytes> {
    let bytes = encode::encode(vm, codec, text, &errors.0)?;
    Ok((vm.new_bytes(&bytes)?, text.len()))
}

fn decode_data(
    vm: &mut Vm,
    codec: Codec,
    data: &Data,
    errors: &Errors,
    is_final: bool,
) -> Counted<PyStr> {
    decode::decode(vm, codec, &data.0, &errors.0, is_final).map(counted)
}

/// The byte order that a number stands for: below zero little, above big, none for zero.
fn endian(order: i64) -> Option<Endian> {
    match order {
        0 => None,
        ..0 => LITTLE,
        1.. => BIG,
    }
}

fn utf_16_encode(
    vm: &mut Vm,
    text: Ref<PyStr>,
    errors: Errors,
    order: Option<i64>,
) -> Counted<PyBytes> {
    encode_text(vm, Codec::Utf16(endian(order.unwrap_or(0))), &text, &errors)
}

fn utf_32_encode(
    vm: &mut Vm,
    text: Ref<PyStr>,
    errors: Errors,
    order: Option<i64>,
) -> Counted<PyBytes> {
    encode_text(vm, Codec::Utf32(endian(order.unwrap_or(0))), &text, &errors)
}

/// Decodes, and tells the byte order: that of the mark if none was given, 0 if there is no mark.
fn decode_with_order(
    vm: &mut Vm,
    codec: Codec,
    data: &Data,
    errors: &Errors,
    order: i64,
    is_final: bool,
) -> PyResult<(Ref<PyStr>, usize, i64)> {
    let (found, start) = decode::by_byte_order_mark(codec, &data.0);
    let order = match found {
        _ if start == 0 => order,
        Codec::Utf16(BIG) | Codec::Utf32(BIG) => 1,
        _ => -1,
    };
    let decoded = decode::decode(vm, codec, &data.0, &errors.0, is_final)?;
    Ok((decoded.text, decoded.consumed, order))
}

fn utf_16_ex_decode(
    vm: &mut Vm,
    data: Data,
    errors: Errors,
    order: Option<i64>,
    is_final: Option<bool>,
) -> PyResult<(Ref<PyStr>, usize, i64)> {
    let order = order.unwrap_or(0);
    let codec = Codec::Utf16(endian(order));
    decode_with_order(vm, codec, &data, &errors, order, is_final.unwrap_or(false))
}

fn utf_32_ex_decode(
    vm: &mut Vm,
    data: Data,
    errors: Errors,
    order: Option<i64>,
    is_final: Option<bool>,
) -> PyResult<(Ref<PyStr>, usize, i64)> {
    let order = order.unwrap_or(0);
    let codec = Codec::Utf32(endian(order));
    decode_with_order(vm, codec, &data, &errors, order, is_final.unwrap_or(false))
}

fn no_utf_7(vm: &Vm) -> PyResult {
    Err(vm.not_implemented_error("UTF-7 is not supported"))
}

fn unicode_escape_encode(vm: &mut Vm, text: Ref<PyStr>, _: Errors) -> Counted<PyBytes> {
    let bytes = escape::encode_unicode_escape(vm, &text)?;
    Ok((vm.new_bytes(&bytes)?, text.len()))
}

fn raw_unicode_escape_encode(vm: &mut Vm, text: Ref<PyStr>, _: Errors) -> Counted<PyBytes> {
    let bytes = escape::encode_raw_unicode_escape(vm, &text)?;
    Ok((vm.new_bytes(&bytes)?, text.len()))
}

fn unicode_escape_decode(
    vm: &mut Vm,
    data: DataOrText,
    errors: Errors,
    is_final: Option<bool>,
) -> Counted<PyStr> {
    escape::decode_unicode_escape(vm, &data.0, &errors.0, is_final.unwrap_or(true)).map(counted)
}

fn raw_unicode_escape_decode(
    vm: &mut Vm,
    data: DataOrText,
    errors: Errors,
    is_final: Option<bool>,
) -> Counted<PyStr> {
    escape::decode_raw_unicode_escape(vm, &data.0, &errors.0, is_final.unwrap_or(true)).map(counted)
}

fn escape_encode(vm: &mut Vm, data: Ref<PyBytes>, _: Errors) -> Counted<PyBytes> {
    let bytes = escape::encode_bytes_escape(vm, &data)?;
    Ok((vm.new_bytes(&bytes)?, data.len()))
}

fn escape_decode(vm: &mut Vm, data: DataOrText, errors: Errors) -> Counted<PyBytes> {
    let bytes = escape::decode_bytes_escape(vm, &data.0, &errors.0)?;
    Ok((vm.new_bytes(&bytes)?, data.0.len()))
}

fn readbuffer_encode(_: &mut Vm, data: DataOrText, _: Errors) -> Counted<PyBytes> {
    let len = data.0.len();
    Ok((data.0, len))
}

fn charmap_encode(
    vm: &mut Vm,
    text: Ref<PyStr>,
    errors: Errors,
    mapping: Option<PyRef>,
) -> Counted<PyBytes> {
    match mapping.filter(|mapping| !vm.is_none(mapping)) {
        None => encode_text(vm, Codec::Latin1, &text, &errors),
        Some(mapping) => {
            let bytes = charmap::encode(vm, &text, &errors.0, &mapping)?;
            Ok((vm.new_bytes(&bytes)?, text.len()))
        }
    }
}

fn charmap_decode(
    vm: &mut Vm,
    data: Data,
    errors: Errors,
    mapping: Option<PyRef>,
) -> Counted<PyStr> {
    match mapping.filter(|mapping| !vm.is_none(mapping)) {
        None => decode_data(vm, Codec::Latin1, &data, &errors, true),
        Some(mapping) => charmap::decode(vm, &data.0, &errors.0, &mapping).map(counted),
    }
}
