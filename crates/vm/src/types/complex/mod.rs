//! `complex`. Start here; `value.rs` has the arithmetic, `text.rs` goes to and from text, `new.rs` makes complex
//! numbers of other objects.

pub mod new;
pub mod text;
pub mod value;

pub use value::{Complex, Failure, Operand};

use crate::object::PyPayload;
use crate::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use crate::types::float::PyFloat;
use crate::types::float::arithmetic::compare_with_int;
use crate::types::format_spec;
use crate::types::int::PyInt;
use crate::types::numeric::hash;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{PyErr, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use exuvia_object::Class;
use std::cmp::Ordering;

/// A complex number: 32 bytes.
#[derive(Clone, Copy, Debug, Traverse)]
pub struct PyComplex {
    #[traverse(skip)]
    value: Complex,
}

impl PyPayload for PyComplex {
    const DEF: &'static TypeDef = &COMPLEX;
}

/// `complex`
pub static COMPLEX: TypeDef = TypeDef {
    doc: "A complex number of two floats.\n\n\
          complex(text) reads text such as '1+2j'.",
    class: Some(Class::of::<PyComplex>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash_of),
        richcompare: Some(richcompare),
        new: Some(new::new),
        bool: Some(is_true),
        add: Some(|vm, left, right| {
            operate(vm, left, right, |left, right| Ok(value::add(left, right)))
        }),
        sub: Some(|vm, left, right| {
            operate(vm, left, right, |left, right| Ok(value::sub(left, right)))
        }),
        mul: Some(|vm, left, right| {
            operate(vm, left, right, |left, right| Ok(value::mul(left, right)))
        }),
        truediv: Some(|vm, left, right| operate(vm, left, right, value::div)),
        pow: Some(pow),
        neg: Some(neg),
        pos: Some(exact),
        abs: Some(abs),
        ..Slots::EMPTY
    },
    methods: &[
        class_method!(
            "from_number",
            "($type, number, /)",
            from_number,
            "A complex number of a number; text is not one."
        ),
        method!(
            "conjugate",
            "($self, /)",
            conjugate,
            "The number with the sign of its imaginary part changed."
        ),
        method!(
            "__complex__",
            "($self, /)",
            to_complex,
            "The number itself."
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
    ],
    getset: &[
        GetSet {
            name: "real",
            doc: "The real part.",
            get: |vm, this| vm.new_float(expect(this).re),
            set: None,
        },
        GetSet {
            name: "imag",
            doc: "The imaginary part.",
            get: |vm, this| vm.new_float(expect(this).im),
            set: None,
        },
    ],
    ..TypeDef::new("complex")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&COMPLEX];

impl PyComplex {
    /// A payload of this value.
    pub fn new(value: Complex) -> Self {
        Self { value }
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> Complex {
        self.value
    }
}

impl Vm {
    /// A complex number of these parts.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_complex(&self, re: f64, im: f64) -> PyResult {
        Ok(self
            .new_object(PyComplex::new(Complex { re, im }))?
            .into_any())
    }
}

/// The receiver of a slot as what it is.
fn expect(operand: &PyRef) -> Complex {
    operand
        .downcast_ref::<PyComplex>()
        .expect("a slot is called with receivers of its type")
        .value
}

/// An operand as a number; `None` for other types.
fn operand(vm: &Vm, object: &PyRef) -> PyResult<Option<Operand>> {
    if let Some(complex) = object.downcast_ref::<PyComplex>() {
        return Ok(Some(Operand::Complex(complex.value)));
    }
    if let Some(float) = object.downcast_ref::<PyFloat>() {
        return Ok(Some(Operand::Real(float.value())));
    }
    match object.downcast_ref::<PyInt>() {
        Some(int) => Ok(Some(Operand::Real(vm.int_to_f64(int)?))),
        None => Ok(None),
    }
}

/// An operation on two operands that are numbers.
fn operate(
    vm: &Vm,
    left: &PyRef,
    right: &PyRef,
    with: impl Fn(Operand, Operand) -> Result<Complex, Failure>,
) -> PyResult {
    match (operand(vm, left)?, operand(vm, right)?) {
        (Some(left), Some(right)) => match with(left, right) {
            Ok(value) => vm.new_complex(value.re, value.im),
            Err(_) => Err(vm.zero_division_error("division by zero")),
        },
        _ => Ok(vm.not_implemented()),
    }
}

fn pow(vm: &mut Vm, base: &PyRef, exponent: &PyRef, modulus: &PyRef) -> PyResult {
    let (Some(base), Some(exponent)) = (operand(vm, base)?, operand(vm, exponent)?) else {
        return Ok(vm.not_implemented());
    };
    if !vm.is_none(modulus) {
        return Err(vm.value_error("complex modulo"));
    }
    power(vm, base.widened(), exponent.widened())
}

/// `base ** exponent`
///
/// # Errors
/// `ZeroDivisionError` for zero to a negative or complex power, `OverflowError` beyond the floats.
pub fn power(vm: &Vm, base: Complex, exponent: Complex) -> PyResult {
    match value::power(base, exponent) {
        Ok(power) => vm.new_complex(power.re, power.im),
        Err(Failure::Domain) => Err(vm.zero_division_error("zero to a negative or complex power")),
        Err(Failure::Range) => Err(overflow(vm, "complex exponentiation")),
    }
}

#[cold]
fn overflow(vm: &Vm, message: &str) -> PyErr {
    vm.overflow_error(message)
}

fn neg(vm: &mut Vm, this: &PyRef) -> PyResult {
    let value = expect(this).negated();
    vm.new_complex(value.re, value.im)
}

fn exact(vm: &mut Vm, this: &PyRef) -> PyResult {
    if vm.is_exactly(this, &COMPLEX) {
        return Ok(this.clone());
    }
    let value = expect(this);
    vm.new_complex(value.re, value.im)
}

fn abs(vm: &mut Vm, this: &PyRef) -> PyResult {
    match expect(this).magnitude() {
        Ok(magnitude) => vm.new_float(magnitude),
        Err(_) => Err(overflow(vm, "absolute value too large")),
    }
}

fn is_true(_: &mut Vm, this: &PyRef) -> PyResult<bool> {
    let value = expect(this);
    Ok(value.re != 0.0 || value.im != 0.0)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(vm.new_str(&text::repr(expect(this)))?.into_any())
}

fn hash_of(_: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let value = expect(this);
    let part = |part| hash::of_f64(part).unwrap_or_else(|| hash::of_address(this.address()));
    Ok(hash::of_parts(part(value.re), part(value.im)))
}

fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.not_implemented());
    }
    let value = expect(left);
    let is_equal = if let Some(other) = right.downcast_ref::<PyComplex>() {
        value == other.value
    } else if let Some(float) = right.downcast_ref::<PyFloat>() {
        value == Complex::from(float.value())
    } else if let Some(int) = right.downcast_ref::<PyInt>() {
        value.im == 0.0 && compare_with_int(value.re, int) == Some(Ordering::Equal)
    } else {
        return Ok(vm.not_implemented());
    };
    Ok(vm.new_bool(is_equal == (op == CompareOp::Eq)))
}

fn from_number(vm: &mut Vm, class: Ref<PyType>, number: PyRef) -> PyResult {
    let is_exact_class = class.is(vm.class(&COMPLEX));
    if is_exact_class && vm.is_exactly(&number, &COMPLEX) {
        return Ok(number);
    }
    let value = new::from_number(vm, &number)?;
    let value = vm.new_complex(value.re, value.im)?;
    if is_exact_class {
        Ok(value)
    } else {
        vm.call_positional(class.as_any(), &[value])
    }
}

fn conjugate(vm: &mut Vm, this: Ref<PyComplex>) -> PyResult {
    vm.new_complex(this.value.re, -this.value.im)
}

fn to_complex(vm: &mut Vm, this: Ref<PyComplex>) -> PyResult {
    exact(vm, this.as_any())
}

fn getnewargs(vm: &mut Vm, this: Ref<PyComplex>) -> PyResult<Ref<PyTuple>> {
    let parts = [vm.new_float(this.value.re)?, vm.new_float(this.value.im)?];
    vm.new_tuple(&parts)
}

fn format(vm: &mut Vm, this: Ref<PyComplex>, spec: Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    format_spec::format_complex(vm, &this, &spec)
}
