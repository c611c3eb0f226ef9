//! The operators of ints: small values in machine words with overflow checked, then 128 bits, then big integers.
//!
//! The functions named like slots are the slots. [`fast`] has what the evaluation loop tries before it looks
//! for slots at all.

use crate::table::CompareOp;
use crate::types::float;
use crate::types::int::{Parts, PyInt, big};
use crate::types::numeric::{hash, room};
use crate::{PyErr, PyRef, PyResult, Ref, Vm};
use malachite_bigint::BigInt;
use num_traits::ToPrimitive;

/// Operations on two exact, small ints; `None` means: not such operands, or the result is not small.
pub mod fast {
    use crate::table::CompareOp;
    use crate::types::int::int_pair;
    use crate::{PyRef, PyResult, Vm};

    /// `left + right`
    #[inline]
    pub fn add(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(left.checked_add(right)?))
    }

    /// `left - right`
    #[inline]
    pub fn sub(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(left.checked_sub(right)?))
    }

    /// `left * right`
    #[inline]
    pub fn mul(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(left.checked_mul(right)?))
    }

    /// `left // right`; `None` for a zero divisor too.
    #[inline]
    pub fn floordiv(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(super::floor_quotient(left, right)?))
    }

    /// `left % right`; `None` for a zero divisor too.
    #[inline]
    pub fn rem(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(super::floor_remainder(left, right)?))
    }

    /// `left & right`
    #[inline]
    pub fn and(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(left & right))
    }

    /// `left | right`
    #[inline]
    pub fn or(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(left | right))
    }

    /// `left ^ right`
    #[inline]
    pub fn xor(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(left ^ right))
    }

    /// `left << right` for a count below 64 whose result is small.
    #[inline]
    pub fn lshift(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        Some(vm.new_int(super::small_shift(left, right)?))
    }

    /// `left >> right`; `None` for a negative count.
    #[inline]
    pub fn rshift(vm: &Vm, left: &PyRef, right: &PyRef) -> Option<PyResult> {
        let (left, right) = int_pair(left, right)?;
        let count = u32::try_from(right.min(63)).ok()?;
        Some(vm.new_int(left >> count))
    }

    /// `left < right` and the other five.
    #[inline]
    pub fn compare(left: &PyRef, right: &PyRef, op: CompareOp) -> Option<bool> {
        let (left, right) = int_pair(left, right)?;
        Some(match op {
            CompareOp::Lt => left < right,
            CompareOp::Le => left <= right,
            CompareOp::Eq => left == right,
            CompareOp::Ne => left != right,
            CompareOp::Gt => left > right,
            CompareOp::Ge => left >= right,
        })
    }
}

/// The quotient rounded down; `None` for a zero divisor or a result that is not small.
#[inline]
fn floor_quotient(left: i64, right: i64) -> Option<i64> {
    let quotient = left.checked_div(right)?;
    let is_above = left % right != 0 && (left < 0) != (right < 0);
    Some(quotient - i64::from(is_above))
}

/// The remainder with the sign of the divisor; `None` for a zero divisor, and for the one dividend and divisor
/// whose quotient is not small.
#[inline]
fn floor_remainder(left: i64, right: i64) -> Option<i64> {
    let remainder = left.checked_rem(right)?;
    let is_off = remainder != 0 && (remainder < 0) != (right < 0);
    Some(if is_off { remainder + right } else { remainder })
}

/// `left << right`, if that is small and the count is below 64.
#[inline]
fn small_shift(left: i64, right: i64) -> Option<i64> {
    let count = u32::try_from(right).ok().filter(|&count| count < 64)?;
    i64::try_from(i128::from(left) << count).ok()
}

/// Both operands as ints, if they are.
#[inline]
fn operands<'a>(left: &'a PyRef, right: &'a PyRef) -> Option<(&'a Ref<PyInt>, &'a Ref<PyInt>)> {
    left.downcast_ref().zip(right.downcast_ref())
}

/// An operation on ints, tried with 64 bits, then with 128, then with as many as it takes.
#[inline]
fn operate(
    vm: &Vm,
    (left, right): (&PyRef, &PyRef),
    small: impl Fn(i64, i64) -> Option<i64>,
    wide: impl Fn(i128, i128) -> Option<i128>,
    large: impl Fn(&BigInt, &BigInt) -> BigInt,
) -> PyResult {
    let Some((left, right)) = operands(left, right) else {
        return Ok(vm.not_implemented());
    };
    if let Some((left, right)) = left.to_i64().zip(right.to_i64())
        && let Some(result) = small(left, right)
    {
        return vm.new_int(result);
    }
    if let Some((left, right)) = left.to_i128().zip(right.to_i128())
        && let Some(result) = wide(left, right)
    {
        return vm.new_int_from_i128(result);
    }
    room::check(vm, (left.bit_length() + right.bit_length()) / 8)?;
    vm.new_bigint(large(&left.to_bigint(), &right.to_bigint()))
}

/// `left + right`
pub fn add(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(
        vm,
        (left, right),
        i64::checked_add,
        i128::checked_add,
        |left, right| left + right,
    )
}

/// `left - right`
pub fn sub(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(
        vm,
        (left, right),
        i64::checked_sub,
        i128::checked_sub,
        |left, right| left - right,
    )
}

/// `left * right`
pub fn mul(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(
        vm,
        (left, right),
        i64::checked_mul,
        i128::checked_mul,
        |left, right| left * right,
    )
}

/// `left & right`
pub fn and(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(
        vm,
        (left, right),
        |l, r| Some(l & r),
        |l, r| Some(l & r),
        |l, r| l & r,
    )
}

/// `left | right`
pub fn or(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(
        vm,
        (left, right),
        |l, r| Some(l | r),
        |l, r| Some(l | r),
        |l, r| l | r,
    )
}

/// `left ^ right`
pub fn xor(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    operate(
        vm,
        (left, right),
        |l, r| Some(l ^ r),
        |l, r| Some(l ^ r),
        |l, r| l ^ r,
    )
}

/// Both operands of a division, of which the second is not zero; `None` if they are not both ints.
fn dividend_and_divisor<'a>(
    vm: &Vm,
    left: &'a PyRef,
    right: &'a PyRef,
) -> PyResult<Option<(&'a Ref<PyInt>, &'a Ref<PyInt>)>> {
    match operands(left, right) {
        Some((_, divisor)) if divisor.is_zero() => Err(vm.zero_division_error("division by zero")),
        both => Ok(both),
    }
}

/// `left // right`
pub fn floordiv(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    dividend_and_divisor(vm, left, right)?;
    operate(
        vm,
        (left, right),
        floor_quotient,
        |_, _| None,
        |left, right| big::div_mod(left, right).0,
    )
}

/// `left % right`
pub fn rem(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    dividend_and_divisor(vm, left, right)?;
    operate(
        vm,
        (left, right),
        floor_remainder,
        |_, _| None,
        |left, right| big::div_mod(left, right).1,
    )
}

/// `divmod(left, right)`
pub fn divmod(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some((left, right)) = dividend_and_divisor(vm, left, right)? else {
        return Ok(vm.not_implemented());
    };
    let small = left.to_i64().zip(right.to_i64()).and_then(|(left, right)| {
        Some((floor_quotient(left, right)?, floor_remainder(left, right)?))
    });
    let pair = match small {
        Some((quotient, remainder)) => [vm.new_int(quotient)?, vm.new_int(remainder)?],
        None => {
            let (quotient, remainder) = big::div_mod(&left.to_bigint(), &right.to_bigint());
            [vm.new_bigint(quotient)?, vm.new_bigint(remainder)?]
        }
    };
    Ok(vm.new_tuple(&pair)?.into_any())
}

/// `left / right`
pub fn truediv(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    /// Up to here, every integer is a float.
    const EXACT_MAX: u64 = 1 << 53;
    let Some((left, right)) = dividend_and_divisor(vm, left, right)? else {
        return Ok(vm.not_implemented());
    };
    let is_exact = |value: i64| value.unsigned_abs() <= EXACT_MAX;
    if let Some((left, right)) = left.to_i64().zip(right.to_i64())
        && is_exact(left)
        && is_exact(right)
    {
        return vm.new_float(left as f64 / right as f64);
    }
    match big::true_divide(&left.to_bigint(), &right.to_bigint()) {
        Some(quotient) => vm.new_float(quotient),
        None => Err(vm.overflow_error("integer division result too large for a float")),
    }
}

/// `left << right`
pub fn lshift(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some((value, count)) = operands(left, right) else {
        return Ok(vm.not_implemented());
    };
    if let Some((value, count)) = value.to_i64().zip(count.to_i64())
        && let Some(shifted) = small_shift(value, count)
    {
        return vm.new_int(shifted);
    }
    if count.is_negative() {
        return Err(vm.value_error("negative shift count"));
    }
    if value.is_zero() {
        return vm.new_int(0);
    }
    let Some(count) = count.to_i64() else {
        return Err(vm.overflow_error("too many digits in integer"));
    };
    let count = count.unsigned_abs();
    room::check(vm, (value.bit_length().saturating_add(count)) / 8)?;
    vm.new_bigint(value.to_bigint() << count)
}

/// `left >> right`
pub fn rshift(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some((value, count)) = operands(left, right) else {
        return Ok(vm.not_implemented());
    };
    if count.is_negative() {
        return Err(vm.value_error("negative shift count"));
    }
    let count = count.to_i64().map_or(u64::MAX, i64::unsigned_abs);
    if count >= value.bit_length() {
        return vm.new_int(if value.is_negative() { -1 } else { 0 });
    }
    match value.to_i128() {
        Some(value) => vm.new_int_from_i128(value >> count),
        None => vm.new_bigint(value.to_bigint() >> count),
    }
}

/// `pow(base, exponent)`, or `pow(base, exponent, modulus)` unless the modulus is `None`.
pub fn pow(vm: &mut Vm, base: &PyRef, exponent: &PyRef, modulus: &PyRef) -> PyResult {
    let Some((base, exponent)) = operands(base, exponent) else {
        return Ok(vm.not_implemented());
    };
    if !vm.is_none(modulus) {
        return match modulus.downcast_ref::<PyInt>() {
            Some(modulus) => mod_power(vm, base, exponent, modulus),
            None => Ok(vm.not_implemented()),
        };
    }
    if exponent.is_negative() {
        let (base, exponent) = (vm.int_to_f64(base)?, vm.int_to_f64(exponent)?);
        return float::power(vm, base, exponent);
    }
    if let Some((base, exponent)) = base
        .to_i64()
        .zip(exponent.to_i64().and_then(|exponent| exponent.to_u32()))
        && let Some(power) = base.checked_pow(exponent)
    {
        return vm.new_int(power);
    }
    big_power(vm, base, exponent)
}

/// A power whose exponent is not negative and whose result is probably not small.
fn big_power(vm: &Vm, base: &PyInt, exponent: &PyInt) -> PyResult {
    let is_odd = match exponent.parts() {
        Parts::Small(exponent) => exponent & 1 == 1,
        Parts::Big { limbs, .. } => limbs[0] & 1 == 1,
    };
    // The powers of these do not grow, however large the exponent, which is not zero here.
    match base.to_i64() {
        Some(base @ (0 | 1)) => return vm.new_int(base),
        Some(-1) => return vm.new_int(if is_odd { -1 } else { 1 }),
        _ => {}
    }
    let exponent = exponent.to_i64().ok_or(PyErr::OutOfMemory)?.unsigned_abs();
    let base = base.to_bigint();
    let bits = base.bits();
    room::check(
        vm,
        bits.checked_mul(exponent).ok_or(PyErr::OutOfMemory)? / 8,
    )?;
    if base.trailing_zeros() == Some(bits - 1) {
        // A power of two: the digits of the result are known.
        let magnitude = BigInt::from(1) << ((bits - 1) * exponent);
        return vm.new_bigint(if big::is_negative(&base) && is_odd {
            -magnitude
        } else {
            magnitude
        });
    }
    vm.new_bigint(big::power(&base, exponent))
}

fn mod_power(vm: &Vm, base: &PyInt, exponent: &PyInt, modulus: &PyInt) -> PyResult {
    if modulus.is_zero() {
        return Err(vm.value_error("pow() 3rd argument cannot be 0"));
    }
    match big::mod_power(
        &base.to_bigint(),
        &exponent.to_bigint(),
        &modulus.to_bigint(),
    ) {
        Some(power) => vm.new_bigint(power),
        None => Err(vm.value_error("base is not invertible for the given modulus")),
    }
}

impl Vm {
    /// The float nearest to an int.
    ///
    /// # Errors
    /// `OverflowError` if the value is beyond the floats.
    pub fn int_to_f64(&self, value: &PyInt) -> PyResult<f64> {
        value
            .to_f64()
            .ok_or_else(|| self.overflow_error("int too large to convert to float"))
    }
}

/// The int itself, or an exact one of its value.
///
/// # Errors
/// `OutOfMemory`.
pub fn exact(vm: &Vm, value: &Ref<PyInt>) -> PyResult {
    if value.is_exact() {
        Ok(value.clone().into_any())
    } else {
        copy(vm, value)
    }
}

#[cold]
fn copy(vm: &Vm, value: &Ref<PyInt>) -> PyResult {
    let ty = vm.class(&super::INT).clone();
    Ok(vm.new_int_instance(&ty, value)?.into_any())
}

/// `-operand`
pub fn neg(vm: &mut Vm, operand: &PyRef) -> PyResult {
    let value = super::expect(operand);
    match value.to_i64().and_then(i64::checked_neg) {
        Some(negated) => vm.new_int(negated),
        None => vm.new_bigint(-value.to_bigint()),
    }
}

/// `+operand`
pub fn pos(vm: &mut Vm, operand: &PyRef) -> PyResult {
    exact(vm, super::expect(operand))
}

/// `abs(operand)`
pub fn abs(vm: &mut Vm, operand: &PyRef) -> PyResult {
    if super::expect(operand).is_negative() {
        neg(vm, operand)
    } else {
        pos(vm, operand)
    }
}

/// `~operand`
pub fn invert(vm: &mut Vm, operand: &PyRef) -> PyResult {
    let value = super::expect(operand);
    match value.to_i64() {
        Some(small) => vm.new_int(!small),
        None => vm.new_bigint(-value.to_bigint() - BigInt::from(1)),
    }
}

/// `bool(operand)`
pub fn is_true(_: &mut Vm, operand: &PyRef) -> PyResult<bool> {
    Ok(!super::expect(operand).is_zero())
}

/// `float(operand)`
pub fn to_float(vm: &mut Vm, operand: &PyRef) -> PyResult {
    let value = vm.int_to_f64(super::expect(operand))?;
    vm.new_float(value)
}

/// `hash(operand)`
pub fn hash_of(_: &mut Vm, operand: &PyRef) -> PyResult<i64> {
    Ok(super::expect(operand).hash_value())
}

impl PyInt {
    /// The hash, which is that of every number of the same value.
    pub fn hash_value(&self) -> i64 {
        match self.parts() {
            Parts::Small(value) => hash::of_i64(value),
            Parts::Big { is_negative, limbs } => hash::of_limbs(is_negative, limbs),
        }
    }
}

/// `left < right` and the other five.
pub fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    let Some((left, right)) = operands(left, right) else {
        return Ok(vm.not_implemented());
    };
    Ok(vm.new_bool(op.holds(left.compare(right))))
}
