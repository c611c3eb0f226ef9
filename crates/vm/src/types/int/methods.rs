//! The methods and attributes of ints.

use crate::table::{GetSet, Method};
use crate::types::bytes::{BYTES, PyBytes};
use crate::types::format_spec;
use crate::types::int::{INT, Parts, PyInt, arithmetic, big, expect, text};
use crate::types::numeric::room;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{PyErr, PyRef, PyResult, Ref, Vm, class_method, method};
use malachite_bigint::BigInt;

/// The methods of `int`.
pub static METHODS: &[Method] = &[
    method!(
        "conjugate",
        "($self, /)",
        exact,
        "The number itself: an integer has no imaginary part."
    ),
    method!(
        "bit_length",
        "($self, /)",
        bit_length,
        "The number of bits of the magnitude, without leading zeros."
    ),
    method!(
        "bit_count",
        "($self, /)",
        bit_count,
        "The number of ones in the binary text of the magnitude."
    ),
    method!(
        "to_bytes",
        "($self, /, length=1, byteorder='big', *, signed=False)",
        to_bytes,
        "The integer as that many bytes.\n\n\
         byteorder is 'big' (most significant byte first) or 'little'. With signed, negative numbers are written\n\
         as two's complement; without, they raise OverflowError, as numbers do that need more bytes."
    ),
    class_method!(
        "from_bytes",
        "($type, /, bytes, byteorder='big', *, signed=False)",
        from_bytes,
        "The integer that bytes, or an iterable of the numbers of bytes, stand for; see to_bytes."
    ),
    method!(
        "as_integer_ratio",
        "($self, /)",
        as_integer_ratio,
        "The number as numerator and denominator: itself and 1."
    ),
    method!("__trunc__", "($self, /)", exact, "The number itself."),
    method!("__floor__", "($self, /)", exact, "The number itself."),
    method!("__ceil__", "($self, /)", exact, "The number itself."),
    method!(
        "__round__",
        "($self, ndigits=None, /)",
        round,
        "The nearest multiple of 10**-ndigits for a negative ndigits, ties to even; else the number itself."
    ),
    method!(
        "__getnewargs__",
        "($self, /)",
        getnewargs,
        "What to make a copy with."
    ),
    method!(
        "__format__",
        "($self, format_spec, /)",
        format,
        "The number's text by a format specification."
    ),
    method!(
        "__sizeof__",
        "($self, /)",
        sizeof,
        "The size in memory, in bytes."
    ),
    method!(
        "is_integer",
        "($self, /)",
        is_integer,
        "True: for a like interface with float."
    ),
];

/// The attributes of `int`.
pub static GETSET: &[GetSet] = &[
    GetSet {
        name: "real",
        doc: "The real part: the number itself.",
        get: arithmetic::pos,
        set: None,
    },
    GetSet {
        name: "imag",
        doc: "The imaginary part: 0.",
        get: |vm, _| vm.new_int(0),
        set: None,
    },
    GetSet {
        name: "numerator",
        doc: "The numerator in lowest terms: the number itself.",
        get: arithmetic::pos,
        set: None,
    },
    GetSet {
        name: "denominator",
        doc: "The denominator in lowest terms: 1.",
        get: |vm, _| vm.new_int(1),
        set: None,
    },
];

/// `repr(int)`
pub fn repr(vm: &mut Vm, operand: &PyRef) -> PyResult {
    let text = text::decimal(vm, expect(operand))?;
    Ok(vm.new_str(&text)?.into_any())
}

fn exact(vm: &mut Vm, this: Ref<PyInt>) -> PyResult {
    arithmetic::exact(vm, &this)
}

fn bit_length(vm: &mut Vm, this: Ref<PyInt>) -> PyResult {
    vm.new_int_from_i128(this.bit_length().into())
}

fn bit_count(vm: &mut Vm, this: Ref<PyInt>) -> PyResult {
    let ones = match this.parts() {
        Parts::Small(value) => value.unsigned_abs().count_ones().into(),
        Parts::Big { limbs, .. } => limbs.iter().map(|limb| i64::from(limb.count_ones())).sum(),
    };
    vm.new_int(ones)
}

/// Which end of a number comes first in its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ByteOrder {
    Big,
    Little,
}

impl ByteOrder {
    fn from_name(vm: &Vm, name: Option<&Ref<PyStr>>) -> PyResult<Self> {
        match name.map(|name| name.to_text()).as_deref() {
            None | Some("big") => Ok(Self::Big),
            Some("little") => Ok(Self::Little),
            Some(_) => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
        }
    }
}

fn to_bytes(
    vm: &mut Vm,
    this: Ref<PyInt>,
    length: Option<PyRef>,
    byteorder: Option<Ref<PyStr>>,
    signed: Option<bool>,
) -> PyResult<Ref<PyBytes>> {
    let length = match &length {
        Some(length) => vm.index(length)?.to_i64(),
        None => Some(1),
    };
    let Some(length) = length else {
        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
    };
    let order = ByteOrder::from_name(vm, byteorder.as_ref())?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    let signed = signed.unwrap_or(false);
    if this.is_negative() && !signed {
        return Err(vm.overflow_error("can't convert negative int to unsigned"));
    }
    room::check(vm, length as u64)?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(length)
        .map_err(|_| PyErr::OutOfMemory)?;
    bytes.resize(length, 0);
    let fits = match this.parts() {
        Parts::Small(value) => {
            let magnitude = value.unsigned_abs().to_le_bytes().into_iter();
            big::write_le_bytes(value < 0, magnitude, &mut bytes, signed)
        }
        Parts::Big { is_negative, limbs } => {
            let magnitude = limbs.iter().flat_map(|limb| limb.to_le_bytes());
            big::write_le_bytes(is_negative, magnitude, &mut bytes, signed)
        }
    };
    if !fits {
        return Err(vm.overflow_error("int too big to convert"));
    }
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    vm.new_bytes(&bytes)
}

fn from_bytes(
    vm: &mut Vm,
    class: Ref<PyType>,
    bytes: PyRef,
    byteorder: Option<Ref<PyStr>>,
    signed: Option<bool>,
) -> PyResult {
    let order = ByteOrder::from_name(vm, byteorder.as_ref())?;
    let bytes = as_bytes(vm, &bytes)?;
    room::check(vm, bytes.len() as u64)?;
    let mut bytes = bytes.to_vec();
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    let value = vm.new_bigint(big::from_le_bytes(&bytes, signed.unwrap_or(false)))?;
    if class.is(vm.class(&INT)) {
        Ok(value)
    } else {
        vm.call_positional(class.as_any(), &[value])
    }
}

/// What `bytes(object)` makes, but of a number nothing: there it would be a count.
fn as_bytes(vm: &mut Vm, object: &PyRef) -> PyResult<Ref<PyBytes>> {
    if vm.is_exactly(object, &BYTES) {
        return Ok(object
            .downcast_ref::<PyBytes>()
            .expect("the exact type")
            .clone());
    }
    let name = vm.names().bytes.clone();
    let is_text = object.is_a::<PyStr>();
    let is_count = vm.type_of(object).slots(vm).index.is_some();
    if is_text || is_count && vm.lookup_special(object, &name)?.is_none() {
        return Err(vm.type_error(format!(
            "cannot convert '{}' object to bytes",
            vm.type_name(object)
        )));
    }
    let class = vm.class(&BYTES).as_any().clone();
    let made = vm.call_positional(&class, std::slice::from_ref(object))?;
    made.downcast()
        .map_err(|made| vm.type_error(format!("bytes() returned '{}'", vm.type_name(&made))))
}

fn as_integer_ratio(vm: &mut Vm, this: Ref<PyInt>) -> PyResult<(PyRef, PyRef)> {
    Ok((arithmetic::exact(vm, &this)?, vm.new_int(1)?))
}

fn round(vm: &mut Vm, this: Ref<PyInt>, digits: Option<PyRef>) -> PyResult {
    let digits = match digits {
        Some(digits) if !vm.is_none(&digits) => vm.index(&digits)?,
        _ => return arithmetic::exact(vm, &this),
    };
    if !digits.is_negative() {
        return arithmetic::exact(vm, &this);
    }
    // A bit is less than a third of a decimal digit: beyond that, everything rounds to 0.
    let places = digits.to_i64().map_or(u64::MAX, i64::unsigned_abs);
    let places = match u32::try_from(places) {
        Ok(places) if u64::from(places) <= this.bit_length() / 3 + 1 => places,
        _ => return vm.new_int(0),
    };
    let rounded = match this.to_i64().zip(10_i128.checked_pow(places)) {
        Some((value, unit)) => return vm.new_int_from_i128(round_wide(value.into(), unit)),
        None => big::round_to_multiple(
            &this.to_bigint(),
            &big::power(&BigInt::from(10), places.into()),
        ),
    };
    vm.new_bigint(rounded)
}

/// The multiple of `unit` nearest to the value, ties to the one with the even factor.
fn round_wide(value: i128, unit: i128) -> i128 {
    let (quotient, remainder) = (value.div_euclid(unit), value.rem_euclid(unit));
    let is_above = match (remainder * 2).cmp(&unit) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient & 1 == 1,
        std::cmp::Ordering::Greater => true,
    };
    (quotient + i128::from(is_above)) * unit
}

fn getnewargs(vm: &mut Vm, this: Ref<PyInt>) -> PyResult<Ref<PyTuple>> {
    let value = arithmetic::exact(vm, &this)?;
    vm.new_tuple(&[value])
}

fn format(vm: &mut Vm, this: Ref<PyInt>, spec: Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    format_spec::format_int(vm, &this, &spec)
}

fn sizeof(_: &mut Vm, this: Ref<PyInt>) -> usize {
    this.as_any().size()
}

fn is_integer(_: &mut Vm, _: Ref<PyInt>) -> bool {
    true
}
