//! Pickling arrays, and making them of items as other machines have them.

use super::code::Code;
use super::{ARRAY, PyArray};
use exuvia_vm::object::attribute::instance_dict;
use exuvia_vm::table::Method;
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

pub(super) static FUNCTIONS: &[Method] = &[function!(
    "_array_reconstructor",
    "($module, arraytype, typecode, mformat_code, items, /)",
    reconstruct,
    "An array of items in the format of another machine, for pickle."
)];

/// What items are on some machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unsigned,
    Signed,
    Float,
    /// UTF-16 or UTF-32.
    Text,
}

/// A format of items, by the number that pickles have for it.
#[derive(Clone, Copy, Debug)]
struct Format {
    kind: Kind,
    size: usize,
    is_big_endian: bool,
}

impl Format {
    const fn new(kind: Kind, size: usize, is_big_endian: bool) -> Self {
        Self {
            kind,
            size,
            is_big_endian,
        }
    }
}

/// The formats in the order of their numbers.
static FORMATS: [Format; 22] = {
    use Kind::{Float, Signed, Text, Unsigned};
    [
        Format::new(Unsigned, 1, false),
        Format::new(Signed, 1, false),
        Format::new(Unsigned, 2, false),
        Format::new(Unsigned, 2, true),
        Format::new(Signed, 2, false),
        Format::new(Signed, 2, true),
        Format::new(Unsigned, 4, false),
        Format::new(Unsigned, 4, true),
        Format::new(Signed, 4, false),
        Format::new(Signed, 4, true),
        Format::new(Unsigned, 8, false),
        Format::new(Unsigned, 8, true),
        Format::new(Signed, 8, false),
        Format::new(Signed, 8, true),
        Format::new(Float, 4, false),
        Format::new(Float, 4, true),
        Format::new(Float, 8, false),
        Format::new(Float, 8, true),
        Format::new(Text, 2, false),
        Format::new(Text, 2, true),
        Format::new(Text, 4, false),
        Format::new(Text, 4, true),
    ]
};

/// The number of the format that items of a code have here.
fn format_number(code: Code) -> usize {
    let kind = kind_of(code);
    let is_native = |format: &Format| {
        format.kind == kind
            && format.size == code.size()
            && (format.size == 1 || format.is_big_endian == cfg!(target_endian = "big"))
    };
    FORMATS.iter().position(is_native).unwrap_or_default()
}

fn kind_of(code: Code) -> Kind {
    if code.is_text() {
        Kind::Text
    } else if code.is_float() {
        Kind::Float
    } else if code.is_signed() {
        Kind::Signed
    } else {
        Kind::Unsigned
    }
}

/// `(array, (typecode, items as a list), attributes)`
pub(super) fn reduce_plainly(vm: &mut Vm, this: Ref<PyArray>) -> PyResult {
    reduce_ex(vm, this, 2)
}

pub(super) fn reduce_ex(vm: &mut Vm, this: Ref<PyArray>, protocol: i64) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let code = this.code.letter().encode_utf8(&mut [0; 4]).to_owned();
    let code = vm.new_str(&code)?.into_any();
    let attributes = match instance_dict(vm, this.as_any())? {
        Some(dict) => dict.into_any(),
        None => vm.none(),
    };
    let (function, args) = if protocol < 3 {
        let items = super::methods::to_list(vm, &this)?.into_any();
        (class, vm.new_tuple(&[code, items])?)
    } else {
        let module = vm.import("array")?;
        let function = vm.get_attr_str(&module, "_array_reconstructor")?;
        let format = vm.new_int_from_usize(format_number(this.code))?;
        let bytes = vm.new_bytes(this.as_bytes(vm))?.into_any();
        (function, vm.new_tuple(&[class, code, format, bytes])?)
    };
    Ok(vm
        .new_tuple(&[function, args.into_any(), attributes])?
        .into_any())
}

fn reconstruct(
    vm: &mut Vm,
    ty: PyRef,
    code: PyRef,
    format: i32,
    items: PyRef,
) -> PyResult<Ref<PyArray>> {
    let Some(ty) = ty.downcast_ref::<PyType>() else {
        return Err(vm.type_error("first argument must be a type object, not an instance"));
    };
    if !ty.is_subtype(vm.class(&ARRAY)) {
        let name = ty.full_name();
        return Err(vm.type_error(format!("{name} is not a subtype of array.array")));
    }
    let code = match Code::of_argument(vm, &code, "_array_reconstructor() argument 2") {
        Err(error) if error.is(vm, &exuvia_vm::types::exception::VALUE_ERROR) => {
            return Err(vm.value_error("second argument must be a valid type code"));
        }
        other => other?,
    };
    let format = usize::try_from(format)
        .ok()
        .and_then(|number| FORMATS.get(number));
    let Some(&format) = format else {
        return Err(vm.value_error("third argument must be a valid machine format code."));
    };
    let Some(bytes) = items.downcast_ref::<PyBytes>() else {
        let found = vm.type_name(&items);
        return Err(vm.type_error(format!("fourth argument should be bytes, not {found}")));
    };
    if !bytes.len().is_multiple_of(format.size) {
        return Err(vm.value_error("string length not a multiple of item size"));
    }
    decode(vm, ty, code, format, bytes)
}

/// An array of items in a format.
fn decode(
    vm: &mut Vm,
    ty: &Ref<PyType>,
    code: Code,
    format: Format,
    bytes: &[u8],
) -> PyResult<Ref<PyArray>> {
    let code = if matches!(format.kind, Kind::Signed | Kind::Unsigned) {
        integer_code(code, format)
    } else {
        code
    };
    let array = PyArray::make_empty(vm, ty, code)?;
    if format.kind == Kind::Text {
        let encoding = match (format.size, format.is_big_endian) {
            (2, false) => "utf-16-le",
            (2, true) => "utf-16-be",
            (_, false) => "utf-32-le",
            (_, true) => "utf-32-be",
        };
        let text = vm.decode_bytes(bytes, encoding, "strict")?;
        if code.is_text() {
            array.extend_with_text(vm, &text)?;
        } else {
            array.extend(vm, text.as_any())?;
        }
        return Ok(array);
    }
    for item in bytes.chunks_exact(format.size) {
        let mut word = [0; 8];
        word[..format.size].copy_from_slice(item);
        if format.is_big_endian {
            word[..format.size].reverse();
        }
        let bits = u64::from_le_bytes(word);
        let packed = match format.kind {
            Kind::Float => None,
            Kind::Signed => {
                let unused = 64 - 8 * format.size as u32;
                code.pack_whole(i128::from((bits << unused).cast_signed() >> unused))
            }
            Kind::Unsigned | Kind::Text => code.pack_whole(bits.into()),
        };
        match packed {
            Some(packed) => array.append_bytes(vm, &packed[..code.size()])?,
            None => {
                let number = number(vm, format, bits)?;
                array.push(vm, &number)?;
            }
        }
    }
    Ok(array)
}

/// A number that is not simply stored: as an object.
fn number(vm: &Vm, format: Format, bits: u64) -> PyResult {
    match (format.kind, format.size) {
        (Kind::Float, 4) => vm.new_float(f32::from_bits(bits as u32).into()),
        (Kind::Float, _) => vm.new_float(f64::from_bits(bits)),
        (Kind::Signed, _) => vm.new_int(bits.cast_signed()),
        _ => vm.new_bigint(bits),
    }
}

/// The code for integers of a format: the one given if it is the same here, or else another of that size and sign.
fn integer_code(code: Code, format: Format) -> Code {
    let fits = |code: &Code| kind_of(*code) == format.kind && code.size() == format.size;
    if fits(&code) {
        return code;
    }
    let all = super::code::LETTERS.chars().map(u32::from);
    all.filter_map(Code::of_letter).find(fits).unwrap_or(code)
}
