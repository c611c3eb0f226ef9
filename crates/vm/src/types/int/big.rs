//! Arithmetic on big integers beyond what the library has: Python's rounding, floats, modular powers. Pure.

use malachite_bigint::{BigInt, Sign};
use malachite_nz::integer::Integer;
use malachite_nz::natural::Natural;
use num_integer::Integer as _;
use num_traits::{Signed, ToPrimitive, Zero};
use std::cmp::Ordering;

/// Bits of a float's significand.
const SIGNIFICAND_BITS: i64 = 53;
/// The exponent of the smallest float: 2^-1074.
const EXPONENT_MIN: i64 = -1074;

/// The value of sign and magnitude, the least significant limb first.
pub fn from_limbs(is_negative: bool, limbs: &[u32]) -> BigInt {
    let word =
        |pair: &[u32]| u64::from(pair[0]) | pair.get(1).map_or(0, |&high| u64::from(high) << 32);
    let magnitude = Natural::from_owned_limbs_asc(limbs.chunks(2).map(word).collect());
    let is_negative = is_negative && magnitude != 0_u32;
    Integer::from_sign_and_abs(!is_negative, magnitude).into()
}

/// The number of bits of a magnitude whose last limb is not zero.
pub fn bit_length(limbs: &[u32]) -> u64 {
    let leading_zeros = limbs.last().map_or(0, |limb| limb.leading_zeros());
    limbs.len() as u64 * 32 - u64::from(leading_zeros)
}

/// The nearest float, ties to even; `None` if it is beyond them. The last limb is not zero.
pub fn magnitude_to_f64(limbs: &[u32]) -> Option<f64> {
    let bits = bit_length(limbs);
    if bits > 1024 {
        return None;
    }
    // The highest 64 bits. What lies below them can only break a tie: the lowest bit stands for all of it.
    let whole = limbs
        .iter()
        .rev()
        .take(3)
        .fold(0_u128, |value, &limb| value << 32 | u128::from(limb));
    let taken = 128 - whole.leading_zeros();
    let (top, rest) = match taken.checked_sub(64) {
        Some(surplus) => ((whole >> surplus) as u64, whole & ((1 << surplus) - 1)),
        None => (whole as u64, 0),
    };
    let is_inexact = rest != 0 || limbs.iter().rev().skip(3).any(|&limb| limb != 0);
    let shift = i64::try_from(bits).ok()? - i64::from(taken.min(64));
    let value = scale((top | u64::from(is_inexact)) as f64, shift);
    value.is_finite().then_some(value)
}

/// The nearest float of a big integer, ties to even; `None` if it is beyond them.
pub fn to_f64(value: &BigInt) -> Option<f64> {
    let limbs: Vec<u32> = value.iter_u32_digits().collect();
    let used = limbs.len() - limbs.iter().rev().take_while(|&&limb| limb == 0).count();
    let magnitude = magnitude_to_f64(&limbs[..used])?;
    Some(if value.is_negative() {
        -magnitude
    } else {
        magnitude
    })
}

/// `value · 2^exponent`, rounded at most once if the result is not below the normal floats.
pub fn scale(mut value: f64, mut exponent: i64) -> f64 {
    const STEP: i64 = 1000;
    exponent = exponent.clamp(-4 * STEP, 4 * STEP);
    while exponent > STEP {
        value *= power_of_two(STEP);
        exponent -= STEP;
    }
    while exponent < -STEP {
        value *= power_of_two(-STEP);
        exponent += STEP;
    }
    value * power_of_two(exponent)
}

/// `2^exponent` for an exponent of a normal float.
fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(u64::try_from(exponent + 1023).expect("a normal exponent") << 52)
}

/// A finite float without its fraction.
pub fn from_f64(value: f64) -> BigInt {
    let bits = value.to_bits();
    let exponent = (bits >> 52 & 0x7FF) as i64 - 1075;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    let magnitude = match usize::try_from(exponent) {
        Ok(left) => BigInt::from(mantissa) << left,
        // Subnormal floats end here too, as 0.
        Err(_) => BigInt::from(
            mantissa
                .checked_shr(u32::try_from(-exponent).unwrap_or(u32::MAX))
                .unwrap_or(0),
        ),
    };
    if value < 0.0 { -magnitude } else { magnitude }
}

/// Quotient, rounded down, and remainder, with the sign of the divisor, which is not zero.
pub fn div_mod(dividend: &BigInt, divisor: &BigInt) -> (BigInt, BigInt) {
    let (quotient, remainder) = dividend.div_rem(divisor);
    if remainder.is_zero() || remainder.is_negative() == divisor.is_negative() {
        (quotient, remainder)
    } else {
        (quotient - BigInt::from(1), remainder + divisor)
    }
}

/// The float nearest to the quotient, ties to even; `None` if it is beyond them. The divisor is not zero.
pub fn true_divide(dividend: &BigInt, divisor: &BigInt) -> Option<f64> {
    let is_negative = dividend.is_negative() != divisor.is_negative();
    let sign = if is_negative { -1.0 } else { 1.0 };
    let (dividend, divisor) = (dividend.abs(), divisor.abs());
    if dividend.is_zero() {
        return Some(sign * 0.0);
    }
    let bits = |value: &BigInt| i64::try_from(value.bits()).unwrap_or(i64::MAX);
    // The quotient lies between 2^(magnitude - 1) and 2^(magnitude + 1).
    let magnitude = bits(&dividend) - bits(&divisor);
    if magnitude > 1025 {
        return None;
    }
    if magnitude < EXPONENT_MIN - 2 {
        return Some(sign * 0.0);
    }
    // Two bits more than the result will have: one that decides, one for "there is more".
    let shift = (SIGNIFICAND_BITS + 2 - magnitude).min(2 - EXPONENT_MIN);
    let (quotient, remainder) = if shift >= 0 {
        (dividend << shift.unsigned_abs()).div_rem(&divisor)
    } else {
        dividend.div_rem(&(divisor << shift.unsigned_abs()))
    };
    let mut quotient = quotient.to_u64().expect("at most 56 bits");
    quotient |= u64::from(!remainder.is_zero());
    // Cut off what the result has no room for, by hand, so that scaling it is exact.
    let length = i64::from(u64::BITS - quotient.leading_zeros());
    let surplus = (length - SIGNIFICAND_BITS).max(shift + EXPONENT_MIN).max(0);
    let value = scale(
        round_off(quotient, surplus.unsigned_abs()) as f64,
        surplus - shift,
    );
    value.is_finite().then_some(sign * value)
}

/// `value / 2^bits`, rounded to the nearest integer, ties to even.
fn round_off(value: u64, bits: u64) -> u64 {
    if bits == 0 {
        return value;
    }
    let (kept, cut, half) = (value >> bits, value & ((1 << bits) - 1), 1 << (bits - 1));
    kept + u64::from(cut > half || cut == half && kept & 1 == 1)
}

/// `base ^ exponent` for an exponent of any size that the caller found reasonable.
pub fn power(base: &BigInt, exponent: u64) -> BigInt {
    use malachite_base::num::arithmetic::traits::Pow;
    match u32::try_from(exponent) {
        Ok(exponent) => BigInt::pow(base, exponent),
        Err(_) => BigInt::from(Integer::from(base.clone()).pow(exponent)),
    }
}

/// `base ^ exponent` modulo `modulus`, with the sign of the modulus, which is not zero; `None` if the exponent
/// is negative and the base has no inverse.
pub fn mod_power(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Option<BigInt> {
    let one = BigInt::from(1);
    if modulus.abs() == one {
        return Some(BigInt::zero());
    }
    let absolute = modulus.abs();
    let base = base.mod_floor(&absolute);
    let power = if exponent.is_negative() {
        let inverse = inverse(&base, &absolute)?;
        inverse.modpow(&-exponent, &absolute)
    } else {
        base.modpow(exponent, &absolute)
    };
    Some(if modulus.is_negative() && !power.is_zero() {
        power + modulus
    } else {
        power
    })
}

/// The inverse of a residue modulo a positive number, if it has one.
fn inverse(residue: &BigInt, modulus: &BigInt) -> Option<BigInt> {
    let euclid = residue.extended_gcd(modulus);
    (euclid.gcd == BigInt::from(1)).then(|| euclid.x.mod_floor(modulus))
}

/// The multiple of `unit`, which is positive, nearest to the value; of two as near the one whose factor is even.
pub fn round_to_multiple(value: &BigInt, unit: &BigInt) -> BigInt {
    let (quotient, remainder) = div_mod(value, unit);
    let goes_up = match (&remainder * BigInt::from(2)).cmp(unit) {
        Ordering::Less => false,
        Ordering::Equal => quotient.is_odd(),
        Ordering::Greater => true,
    };
    let down = value - remainder;
    if goes_up { down + unit } else { down }
}

/// Writes a value as two's complement that fills the buffer, the least significant byte first.
///
/// Answers whether it fits. Unless `signed`, the value must not be negative.
pub fn write_le_bytes(
    is_negative: bool,
    magnitude: impl Iterator<Item = u8>,
    buffer: &mut [u8],
    signed: bool,
) -> bool {
    let mut borrow = is_negative;
    let mut places = buffer.iter_mut();
    for byte in magnitude {
        match places.next() {
            None if byte != 0 => return false,
            None => {}
            Some(place) if is_negative => {
                let (negated, carries) = (!byte).overflowing_add(u8::from(borrow));
                *place = negated;
                borrow &= carries;
            }
            Some(place) => *place = byte,
        }
    }
    places.for_each(|place| *place = if is_negative { 0xFF } else { 0 });
    let has_sign_bit = buffer.last().is_some_and(|byte| byte & 0x80 != 0);
    !signed || has_sign_bit == is_negative
}

/// The value of two's complement bytes, the least significant first.
pub fn from_le_bytes(bytes: &[u8], signed: bool) -> BigInt {
    let is_negative = signed && bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let limb = |chunk: &[u8]| {
        let mut whole = [if is_negative { 0xFF } else { 0 }; 4];
        whole[..chunk.len()].copy_from_slice(chunk);
        u32::from_le_bytes(whole)
    };
    let mut limbs: Vec<u32> = bytes.chunks(4).map(limb).collect();
    if is_negative {
        let mut carry = true;
        for limb in &mut limbs {
            (*limb, carry) = (!*limb).overflowing_add(u32::from(carry));
        }
        if carry {
            limbs.push(1);
        }
    }
    from_limbs(is_negative, &limbs)
}

/// The sign of a value as `(is negative, is zero)`.
pub fn is_negative(value: &BigInt) -> bool {
    value.sign() == Sign::Minus
}

#[cfg(test)]
mod tests {
    use super::*;

    fn big(text: &str) -> BigInt {
        text.parse().expect("a number")
    }

    #[test]
    fn floats_are_rounded_half_to_even() {
        let two = |exponent: usize| BigInt::from(1) << exponent;
        assert_eq!(to_f64(&(two(100) + two(47))), Some(2_f64.powi(100)));
        assert_eq!(
            to_f64(&(two(100) + two(47) + BigInt::from(1))),
            Some(2_f64.powi(100) + 2_f64.powi(48))
        );
        assert_eq!(
            to_f64(&(two(100) + two(48) + two(47))),
            Some(2_f64.powi(100) + 2_f64.powi(49))
        );
        assert_eq!(to_f64(&two(1024)), None);
        assert_eq!(to_f64(&(two(1024) - two(970))), None);
        assert_eq!(to_f64(&-(two(1024) - two(971))), Some(-f64::MAX));
        assert_eq!(from_f64(1e300).to_string(), format!("{:.0}", 1e300));
        assert_eq!(from_f64(-4.75), BigInt::from(-4));
        assert_eq!(from_f64(5e-324), BigInt::from(0));
    }

    #[test]
    fn quotients_are_rounded_once() {
        assert_eq!(true_divide(&big("1"), &big("3")), Some(1.0 / 3.0));
        assert_eq!(
            true_divide(&(big("1") << 1075_u32), &(big("1") << 1074_u32)),
            Some(2.0)
        );
        assert_eq!(
            true_divide(&big("1"), &(big("1") << 1074_u32)),
            Some(5e-324)
        );
        assert_eq!(true_divide(&big("-1"), &(big("1") << 1075_u32)), Some(-0.0));
        assert_eq!(
            true_divide(&big("3"), &(big("1") << 1075_u32)),
            Some(1e-323)
        );
        assert_eq!(true_divide(&(big("1") << 1024_u32), &big("1")), None);
    }

    #[test]
    fn division_rounds_down() {
        for (dividend, divisor, quotient, remainder) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
        ] {
            let result = div_mod(&BigInt::from(dividend), &BigInt::from(divisor));
            assert_eq!(result, (BigInt::from(quotient), BigInt::from(remainder)));
        }
    }

    #[test]
    fn bytes_are_twos_complement() {
        let bytes = |value: i64, len, signed| {
            let mut buffer = vec![0; len];
            write_le_bytes(
                value < 0,
                value.unsigned_abs().to_le_bytes().into_iter(),
                &mut buffer,
                signed,
            )
            .then_some(buffer)
        };
        assert_eq!(bytes(-1, 1, true), Some(vec![0xFF]));
        assert_eq!(bytes(-128, 1, true), Some(vec![0x80]));
        assert_eq!(bytes(-129, 1, true), None);
        assert_eq!(bytes(128, 1, true), None);
        assert_eq!(bytes(128, 1, false), Some(vec![0x80]));
        assert_eq!(bytes(-256, 2, true), Some(vec![0, 0xFF]));
        assert_eq!(bytes(-256, 3, true), Some(vec![0, 0xFF, 0xFF]));
        assert_eq!(bytes(0, 0, true), Some(vec![]));
        assert_eq!(bytes(-1, 0, true), None);
        assert_eq!(
            from_le_bytes(&[0, 0, 0, 0x80], true),
            BigInt::from(i32::MIN)
        );
        assert_eq!(from_le_bytes(&[0x80], true), BigInt::from(-128));
        assert_eq!(from_le_bytes(&[0x80], false), BigInt::from(128));
        assert_eq!(from_le_bytes(&[0, 0xFF], true), BigInt::from(-256));
    }
}
