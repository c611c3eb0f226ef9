//! Arithmetic and comparison of `timedelta`. Results are plain timedeltas, whatever the operands' classes.

use super::timedelta::{as_delta, of_big, of_microseconds};
use exuvia_vm::protocol::number::BinaryOp;
use exuvia_vm::table::CompareOp;
use exuvia_vm::types::float::{FLOAT, PyFloat};
use exuvia_vm::types::int::{PyInt, big};
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};
use malachite_bigint::BigInt;

/// Two operands in microseconds, if both are durations.
fn totals(left: &PyRef, right: &PyRef) -> Option<(i128, i128)> {
    Some((as_delta(left)?.total(), as_delta(right)?.total()))
}

pub(super) fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    Ok(match (as_delta(left), as_delta(right)) {
        (Some(left), Some(right)) => vm.new_bool(op.holds(left.cmp(&right))),
        _ => vm.not_implemented(),
    })
}

pub(super) fn add(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    match totals(left, right) {
        Some((left, right)) => of_microseconds(vm, left + right),
        None => Ok(vm.not_implemented()),
    }
}

pub(super) fn sub(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    match totals(left, right) {
        Some((left, right)) => of_microseconds(vm, left - right),
        None => Ok(vm.not_implemented()),
    }
}

/// A factor or divisor.
enum Number<'a> {
    Int(&'a Ref<PyInt>),
    Float(&'a Ref<PyFloat>),
}

/// A number as an operand; `None` if it is something else.
fn number(operand: &PyRef) -> Option<Number<'_>> {
    if let Some(int) = operand.downcast_ref::<PyInt>() {
        return Some(Number::Int(int));
    }
    operand.downcast_ref::<PyFloat>().map(Number::Float)
}

/// A float as numerator and denominator. Runs Python if its class is a derived one, which may have its own idea of them.
///
/// # Errors
/// `OverflowError` for infinities, `ValueError` for NaN; what the class raises, or for a strange answer of its.
fn ratio(vm: &mut Vm, float: &Ref<PyFloat>) -> PyResult<(BigInt, BigInt)> {
    if !vm.is_exactly(float.as_any(), &FLOAT) {
        return own_ratio(vm, float.as_any());
    }
    let value = float.value();
    if value.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if value.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    // Doubling a float is exact, and ends with a whole number when all its bits are before the point.
    let (mut scaled, mut shift) = (value, 0_u64);
    while scaled.fract() != 0.0 {
        scaled *= 2.0;
        shift += 1;
    }
    Ok((big::from_f64(scaled), BigInt::from(1) << shift))
}

/// What a number answers as its ratio.
fn own_ratio(vm: &mut Vm, number: &PyRef) -> PyResult<(BigInt, BigInt)> {
    let wanted = "unexpected return type from as_integer_ratio(): expected";
    let answer = vm.call_method_str(number, "as_integer_ratio", &[])?;
    let Some(pair) = answer.downcast_ref::<PyTuple>() else {
        let found = vm.type_name(&answer);
        return Err(vm.type_error(format!("{wanted} tuple, not '{found}'")));
    };
    let [numerator, denominator] = pair.as_slice() else {
        return Err(vm.value_error("as_integer_ratio() must return a 2-tuple"));
    };
    match [numerator, denominator].map(|part| part.downcast_ref::<PyInt>()) {
        [Some(numerator), Some(denominator)] => {
            Ok((numerator.to_bigint(), denominator.to_bigint()))
        }
        _ => Err(vm.type_error(format!("{wanted} a tuple of two integers"))),
    }
}

/// A quotient rounded to the nearest whole number, halves to the even one. The divisor is not zero.
fn divide_rounding(dividend: &BigInt, divisor: &BigInt) -> BigInt {
    let (quotient, rest) = big::div_mod(dividend, divisor);
    // The rest has the divisor's sign, so both are compared by size.
    let (twice, divisor) = (magnitude(rest * 2), magnitude(divisor.clone()));
    if twice > divisor || twice == divisor && quotient.bit(0) {
        quotient + 1
    } else {
        quotient
    }
}

fn magnitude(value: BigInt) -> BigInt {
    if big::is_negative(&value) {
        -value
    } else {
        value
    }
}

pub(super) fn mul(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let (delta, factor) = match (as_delta(left), as_delta(right)) {
        (Some(delta), None) => (delta, right),
        (None, Some(delta)) => (delta, left),
        _ => return Ok(vm.not_implemented()),
    };
    let total = delta.total();
    match number(factor) {
        Some(Number::Int(factor)) => {
            let product = factor.to_i64().and_then(|f| total.checked_mul(f.into()));
            match product {
                Some(product) => of_microseconds(vm, product),
                None => of_big(vm, &(factor.to_bigint() * total)),
            }
        }
        Some(Number::Float(factor)) => {
            let (numerator, denominator) = ratio(vm, factor)?;
            if denominator == BigInt::from(0) {
                return Err(division_by_zero(vm));
            }
            of_big(vm, &divide_rounding(&(numerator * total), &denominator))
        }
        None => Ok(vm.not_implemented()),
    }
}

#[cold]
fn division_by_zero(vm: &Vm) -> PyErr {
    vm.zero_division_error("division by zero")
}

pub(super) fn truediv(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some(delta) = as_delta(left) else {
        return Ok(vm.not_implemented());
    };
    if let Some(divisor) = as_delta(right) {
        let dividend = vm.new_int_from_i128(delta.total())?;
        let divisor = vm.new_int_from_i128(divisor.total())?;
        return vm.binary_op(BinaryOp::TrueDiv, &dividend, &divisor);
    }
    let total = BigInt::from(delta.total());
    let (dividend, divisor) = match number(right) {
        Some(Number::Int(divisor)) => (total, divisor.to_bigint()),
        Some(Number::Float(divisor)) => {
            let (numerator, denominator) = ratio(vm, divisor)?;
            (total * denominator, numerator)
        }
        None => return Ok(vm.not_implemented()),
    };
    if divisor == BigInt::from(0) {
        return Err(division_by_zero(vm));
    }
    of_big(vm, &divide_rounding(&dividend, &divisor))
}

/// Quotient and rest of two durations, rounded down.
fn div_mod(vm: &Vm, dividend: i128, divisor: i128) -> PyResult<(i128, i128)> {
    if divisor == 0 {
        return Err(division_by_zero(vm));
    }
    let (quotient, rest) = (dividend / divisor, dividend % divisor);
    Ok(match rest != 0 && (rest < 0) != (divisor < 0) {
        true => (quotient - 1, rest + divisor),
        false => (quotient, rest),
    })
}

pub(super) fn floordiv(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some(delta) = as_delta(left) else {
        return Ok(vm.not_implemented());
    };
    if let Some(divisor) = as_delta(right) {
        let (quotient, _) = div_mod(vm, delta.total(), divisor.total())?;
        return vm.new_int_from_i128(quotient);
    }
    let Some(Number::Int(divisor)) = number(right) else {
        return Ok(vm.not_implemented());
    };
    match divisor.to_i64() {
        Some(divisor) => {
            let (quotient, _) = div_mod(vm, delta.total(), divisor.into())?;
            of_microseconds(vm, quotient)
        }
        None => of_big(
            vm,
            &big::div_mod(&delta.total().into(), &divisor.to_bigint()).0,
        ),
    }
}

pub(super) fn rem(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some((left, right)) = totals(left, right) else {
        return Ok(vm.not_implemented());
    };
    let (_, rest) = div_mod(vm, left, right)?;
    of_microseconds(vm, rest)
}

pub(super) fn divmod(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some((left, right)) = totals(left, right) else {
        return Ok(vm.not_implemented());
    };
    let (quotient, rest) = div_mod(vm, left, right)?;
    let pair = [vm.new_int_from_i128(quotient)?, of_microseconds(vm, rest)?];
    Ok(vm.new_tuple(&pair)?.into_any())
}
