//! The methods and attributes of floats.

use crate::table::{GetSet, Method};
use crate::types::float::parse::{self, HexError};
use crate::types::float::{FLOAT, PyFloat, arithmetic, expect, round as rounding, text};
use crate::types::format_spec;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{PyRef, PyResult, Ref, Vm, class_method, method};
use malachite_bigint::BigInt;

/// The methods of `float`.
pub static METHODS: &[Method] = &[
    class_method!(
        "from_number",
        "($type, number, /)",
        from_number,
        "A float of a number; text is not one."
    ),
    method!(
        "conjugate",
        "($self, /)",
        exact,
        "The number itself: a float has no imaginary part."
    ),
    method!(
        "__trunc__",
        "($self, /)",
        trunc,
        "The integer next to the number toward zero."
    ),
    method!(
        "__floor__",
        "($self, /)",
        floor,
        "The greatest integer that is not above the number."
    ),
    method!(
        "__ceil__",
        "($self, /)",
        ceil,
        "The least integer that is not below the number."
    ),
    method!(
        "__round__",
        "($self, ndigits=None, /)",
        round,
        "The nearest integer, or the nearest float of that many digits behind the point; ties to even."
    ),
    method!(
        "as_integer_ratio",
        "($self, /)",
        as_integer_ratio,
        "The exact value as numerator and denominator in lowest terms, the denominator positive."
    ),
    class_method!(
        "fromhex",
        "($type, string, /)",
        fromhex,
        "The float that hexadecimal text says: '0x1.8p3' is 12.0."
    ),
    method!(
        "hex",
        "($self, /)",
        hex,
        "The exact value in hexadecimal: 12.0 is '0x1.8000000000000p+3'."
    ),
    method!(
        "is_integer",
        "($self, /)",
        is_integer,
        "Whether the number has no fraction."
    ),
    method!(
        "__getnewargs__",
        "($self, /)",
        getnewargs,
        "What to make a copy with."
    ),
    class_method!(
        "__getformat__",
        "($type, typestr, /)",
        getformat,
        "How the machine keeps C's 'double' or 'float'; for the tests of Python itself."
    ),
    method!(
        "__format__",
        "($self, format_spec, /)",
        format,
        "The number's text by a format specification."
    ),
];

/// The attributes of `float`.
pub static GETSET: &[GetSet] = &[
    GetSet {
        name: "real",
        doc: "The real part: the number itself.",
        get: |vm, this| arithmetic::exact(vm, this),
        set: None,
    },
    GetSet {
        name: "imag",
        doc: "The imaginary part: 0.0.",
        get: |vm, _| vm.new_float(0.0),
        set: None,
    },
];

/// `repr(float)`
pub fn repr(vm: &mut Vm, operand: &PyRef) -> PyResult {
    Ok(vm.new_str(&text::repr(expect(operand).value()))?.into_any())
}

/// A new float of the class that a class method was called on.
fn of_class(vm: &mut Vm, class: &Ref<PyType>, value: f64) -> PyResult {
    let value = vm.new_float(value)?;
    if class.is(vm.class(&FLOAT)) {
        Ok(value)
    } else {
        vm.call_positional(class.as_any(), &[value])
    }
}

fn from_number(vm: &mut Vm, class: Ref<PyType>, number: PyRef) -> PyResult {
    if class.is(vm.class(&FLOAT)) && vm.is_exactly(&number, &FLOAT) {
        return Ok(number);
    }
    let value = vm.as_f64(&number)?;
    of_class(vm, &class, value)
}

fn exact(vm: &mut Vm, this: Ref<PyFloat>) -> PyResult {
    arithmetic::exact(vm, this.as_any())
}

fn trunc(vm: &mut Vm, this: Ref<PyFloat>) -> PyResult {
    arithmetic::whole(vm, this.value().trunc())
}

fn floor(vm: &mut Vm, this: Ref<PyFloat>) -> PyResult {
    arithmetic::whole(vm, this.value().floor())
}

fn ceil(vm: &mut Vm, this: Ref<PyFloat>) -> PyResult {
    arithmetic::whole(vm, this.value().ceil())
}

fn round(vm: &mut Vm, this: Ref<PyFloat>, digits: Option<PyRef>) -> PyResult {
    let digits = match digits {
        Some(digits) if !vm.is_none(&digits) => vm.index_isize_clamped(&digits)?,
        _ => return arithmetic::whole(vm, this.value().round_ties_even()),
    };
    match rounding::to_digits(this.value(), digits as i64) {
        Some(rounded) => vm.new_float(rounded),
        None => Err(vm.overflow_error("rounded value too large to represent")),
    }
}

fn as_integer_ratio(vm: &mut Vm, this: Ref<PyFloat>) -> PyResult<(PyRef, PyRef)> {
    let value = this.value();
    if value.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if value.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    if value == 0.0 {
        return Ok((vm.new_int(0)?, vm.new_int(1)?));
    }
    let bits = value.to_bits();
    let (biased, fraction) = ((bits >> 52 & 0x7FF) as i64, (bits & ((1 << 52) - 1)) as i64);
    let (mantissa, exponent) = if biased == 0 {
        (fraction, -1074)
    } else {
        (fraction | 1 << 52, biased - 1075)
    };
    // In lowest terms: powers of two are taken out of the mantissa.
    let odd = mantissa >> mantissa.trailing_zeros();
    let exponent = exponent + i64::from(mantissa.trailing_zeros());
    let odd = BigInt::from(if value < 0.0 { -odd } else { odd });
    let power = BigInt::from(1) << exponent.unsigned_abs();
    if exponent > 0 {
        Ok((vm.new_bigint(odd * power)?, vm.new_int(1)?))
    } else {
        Ok((vm.new_bigint(odd)?, vm.new_bigint(power)?))
    }
}

fn fromhex(vm: &mut Vm, class: Ref<PyType>, string: PyRef) -> PyResult {
    let Some(string) = string.downcast_ref::<PyStr>() else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    let parsed = match string.as_str() {
        Some(ascii) => parse::parse_hex(ascii.as_bytes()),
        None => Err(HexError::Invalid),
    };
    match parsed {
        Ok(value) => of_class(vm, &class, value),
        Err(HexError::Invalid) => Err(vm.value_error("invalid hexadecimal floating-point string")),
        Err(HexError::TooLarge) => {
            Err(vm.overflow_error("hexadecimal value too large to represent as a float"))
        }
    }
}

fn hex(_: &mut Vm, this: Ref<PyFloat>) -> String {
    parse::to_hex(this.value())
}

fn is_integer(_: &mut Vm, this: Ref<PyFloat>) -> bool {
    this.value().is_finite() && this.value().fract() == 0.0
}

fn getnewargs(vm: &mut Vm, this: Ref<PyFloat>) -> PyResult<Ref<PyTuple>> {
    let value = vm.new_float(this.value())?;
    vm.new_tuple(&[value])
}

fn getformat(vm: &mut Vm, _: Ref<PyType>, kind: String) -> PyResult<&'static str> {
    match kind.as_str() {
        "double" | "float" if cfg!(target_endian = "little") => Ok("IEEE, little-endian"),
        "double" | "float" => Ok("IEEE, big-endian"),
        _ => Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
    }
}

fn format(vm: &mut Vm, this: Ref<PyFloat>, spec: Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    format_spec::format_float(vm, &this, &spec)
}
