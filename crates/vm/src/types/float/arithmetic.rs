//! The operators of floats, with ints as operands where they are.

use crate::table::CompareOp;
use crate::types::complex::{self, Complex};
use crate::types::exception;
use crate::types::float::{PyFloat, expect};
use crate::types::int::{Parts, PyInt, big};
use crate::types::numeric::hash;
use crate::{PyErr, PyRef, PyResult, Vm};
use std::cmp::Ordering;

/// Operations on two exact floats, for the evaluation loop; `None` means: not such operands.
pub mod fast {
    use crate::table::CompareOp;
    use crate::types::float::float_pair;
    use crate::{PyRef, PyResult, Vm};

    /// `left + right`
    #[inline]
    pub fn add(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = float_pair(left, right)?;
        Some(vm.new_float(left + right))
    }

    /// `left - right`
    #[inline]
    pub fn sub(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = float_pair(left, right)?;
        Some(vm.new_float(left - right))
    }

    /// `left * right`
    #[inline]
    pub fn mul(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = float_pair(left, right)?;
        Some(vm.new_float(left * right))
    }

    /// `left / right`; `None` for a zero divisor too.
    #[inline]
    pub fn truediv(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = float_pair(left, right)?;
        (right != 0.0).then(|| vm.new_float(left / right))
    }

    /// `left < right` and the other five.
    #[inline]
    pub fn compare(left: &PyRef, right: &PyRef, op: CompareOp) -> Option<bool> {
        let (left, right) = float_pair(left, right)?;
        Some(super::compare_values(left, right, op))
    }
}

/// `left < right` and the other five.
#[inline]
pub fn compare_values(left: f64, right: f64, op: CompareOp) -> bool {
    holds(op, left.partial_cmp(&right))
}

/// What a comparison says of an order that may not exist.
#[inline]
fn holds(op: CompareOp, ordering: Option<Ordering>) -> bool {
    ordering.map_or(op == CompareOp::Ne, |ordering| op.holds(ordering))
}

/// An operand as a float: a float's value, or an int's; `None` for other types.
#[inline]
fn operand(vm: &Vm, object: &PyRef) -> PyResult<Option<f64>> {
    if let Some(float) = object.downcast_ref::<PyFloat>() {
        return Ok(Some(float.value()));
    }
    match object.downcast_ref::<PyInt>() {
        Some(int) => vm.int_to_f64(int).map(Some),
        None => Ok(None),
    }
}

/// An operation on two operands that are floats or ints.
#[inline]
fn operate(
    vm: &Vm,
    left: &PyRef,
    right: &PyRef,
    with: impl Fn(f64, f64) -> PyResult<f64>,
) -> PyResult {
    match (operand(vm, left)?, operand(vm, right)?) {
        (Some(left), Some(right)) => vm.new_float(with(left, right)?),
        _ => Ok(vm.not_implemented()),
    }
}

#[cold]
fn division_by_zero(vm: &Vm) -> PyErr {
    vm.zero_division_error("division by zero")
}

/// `left + right`
pub fn add(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(vm, left, right, |left, right| Ok(left + right))
}

/// `left - right`
pub fn sub(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(vm, left, right, |left, right| Ok(left - right))
}

/// `left * right`
pub fn mul(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(vm, left, right, |left, right| Ok(left * right))
}

/// `left / right`
pub fn truediv(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let vm = &*vm;
    operate(vm, left, right, |left, right| {
        if right == 0.0 {
            Err(division_by_zero(vm))
        } else {
            Ok(left / right)
        }
    })
}

/// `left // right`
pub fn floordiv(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let vm = &*vm;
    operate(vm, left, right, |left, right| {
        Ok(floor_divide(left, right)
            .ok_or_else(|| division_by_zero(vm))?
            .0)
    })
}

/// `left % right`
pub fn rem(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let vm = &*vm;
    operate(vm, left, right, |left, right| {
        Ok(floor_divide(left, right)
            .ok_or_else(|| division_by_zero(vm))?
            .1)
    })
}

/// `divmod(left, right)`
pub fn divmod(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let (Some(left), Some(right)) = (operand(vm, left)?, operand(vm, right)?) else {
        return Ok(vm.not_implemented());
    };
    let (quotient, remainder) = floor_divide(left, right).ok_or_else(|| division_by_zero(vm))?;
    let pair = [vm.new_float(quotient)?, vm.new_float(remainder)?];
    Ok(vm.new_tuple(&pair)?.into_any())
}

/// Quotient, rounded down, and remainder, with the sign of the divisor; `None` for a zero divisor.
fn floor_divide(left: f64, right: f64) -> Option<(f64, f64)> {
    if right == 0.0 {
        return None;
    }
    let mut remainder = left % right;
    // The remainder is exact, and taking it away leaves a multiple of the divisor, or nearly.
    let mut quotient = (left - remainder) / right;
    if remainder == 0.0 {
        remainder = 0.0_f64.copysign(right);
    } else if (right < 0.0) != (remainder < 0.0) {
        remainder += right;
        quotient -= 1.0;
    }
    let whole = if quotient == 0.0 {
        0.0_f64.copysign(left / right)
    } else {
        let floor = quotient.floor();
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        }
    };
    Some((whole, remainder))
}

/// `pow(base, exponent)`; a modulus is for ints only.
pub fn pow(vm: &mut Vm, base: &PyRef, exponent: &PyRef, modulus: &PyRef) -> PyResult {
    if !vm.is_none(modulus) {
        return Err(
            vm.type_error("pow() 3rd argument not allowed unless all arguments are integers")
        );
    }
    match (operand(vm, base)?, operand(vm, exponent)?) {
        (Some(base), Some(exponent)) => power(vm, base, exponent),
        _ => Ok(vm.not_implemented()),
    }
}

/// `base ** exponent`: a float, or a complex number for a root of a negative base.
///
/// # Errors
/// `ZeroDivisionError` for zero to a negative power, `OverflowError` for a result beyond the floats.
pub fn power(vm: &Vm, base: f64, exponent: f64) -> PyResult {
    if base == 0.0 && exponent < 0.0 && exponent.is_finite() {
        return Err(vm.zero_division_error("zero to a negative power"));
    }
    let is_root = exponent.is_finite() && exponent != exponent.floor();
    if base < 0.0 && base.is_finite() && is_root {
        return complex::power(vm, Complex::from(base), Complex::from(exponent));
    }
    let power = base.powf(exponent);
    if power.is_infinite() && base.is_finite() && exponent.is_finite() {
        return Err(out_of_range(vm));
    }
    vm.new_float(power)
}

/// The error of the C library for a result beyond the floats.
#[cold]
fn out_of_range(vm: &Vm) -> PyErr {
    /// `ERANGE`
    const OUT_OF_RANGE: i64 = 34;
    let arguments = || -> PyResult<[PyRef; 2]> {
        Ok([
            vm.new_int(OUT_OF_RANGE)?,
            vm.new_str("Numerical result out of range")?.into_any(),
        ])
    };
    match arguments() {
        Ok(arguments) => vm.error_with(&exception::OVERFLOW_ERROR, &arguments),
        Err(error) => error,
    }
}

/// `-operand`
pub fn neg(vm: &mut Vm, operand: &PyRef) -> PyResult {
    vm.new_float(-expect(operand).value())
}

/// `+operand`
pub fn pos(vm: &mut Vm, operand: &PyRef) -> PyResult {
    exact(vm, operand)
}

/// A float itself, or an exact one of its value.
///
/// # Errors
/// `OutOfMemory`.
pub fn exact(vm: &Vm, float: &PyRef) -> PyResult {
    if vm.is_exactly(float, &super::FLOAT) {
        Ok(float.clone())
    } else {
        vm.new_float(expect(float).value())
    }
}

/// `abs(operand)`
pub fn abs(vm: &mut Vm, operand: &PyRef) -> PyResult {
    vm.new_float(expect(operand).value().abs())
}

/// `bool(operand)`
pub fn is_true(_: &mut Vm, operand: &PyRef) -> PyResult<bool> {
    Ok(expect(operand).value() != 0.0)
}

/// `int(operand)`: rounded toward zero.
pub fn to_int(vm: &mut Vm, operand: &PyRef) -> PyResult {
    whole(vm, expect(operand).value().trunc())
}

/// An int of a float that has no fraction.
///
/// # Errors
/// `ValueError` for a NaN and `OverflowError` for infinity.
pub fn whole(vm: &Vm, value: f64) -> PyResult {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if value.is_nan() {
        return Err(vm.value_error("cannot convert float NaN to integer"));
    }
    if value.is_infinite() {
        return Err(vm.overflow_error("cannot convert float infinity to integer"));
    }
    if (-TWO_63..TWO_63).contains(&value) {
        vm.new_int(value as i64)
    } else {
        vm.new_bigint(big::from_f64(value))
    }
}

/// `hash(operand)`
pub fn hash_of(_: &mut Vm, operand: &PyRef) -> PyResult<i64> {
    Ok(
        hash::of_f64(expect(operand).value())
            .unwrap_or_else(|| hash::of_address(operand.address())),
    )
}

/// `left < right` and the other five.
pub fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    let value = expect(left).value();
    let ordering = if let Some(other) = right.downcast_ref::<PyFloat>() {
        value.partial_cmp(&other.value())
    } else if let Some(int) = right.downcast_ref::<PyInt>() {
        compare_with_int(value, int)
    } else {
        return Ok(vm.not_implemented());
    };
    Ok(vm.new_bool(holds(op, ordering)))
}

/// How a float compares with an int, exactly; `None` for a NaN.
pub fn compare_with_int(value: f64, int: &PyInt) -> Option<Ordering> {
    /// Up to here, every integer is a float.
    const EXACT_MAX: u64 = 1 << 53;
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if !value.is_finite() {
        return value.partial_cmp(&0.0);
    }
    match int.parts() {
        Parts::Small(int) if int.unsigned_abs() <= EXACT_MAX => value.partial_cmp(&(int as f64)),
        Parts::Small(_) if value >= TWO_63 => Some(Ordering::Greater),
        Parts::Small(_) if value < -TWO_63 => Some(Ordering::Less),
        // Beyond 2^53 a float of the same size has no fraction; below it, the whole parts differ.
        Parts::Small(int) => Some((value as i64).cmp(&int)),
        Parts::Big { is_negative, .. } if value.abs() < TWO_63 => Some(if is_negative {
            Ordering::Greater
        } else {
            Ordering::Less
        }),
        Parts::Big { .. } => Some(big::from_f64(value).cmp(&int.to_bigint())),
    }
}
