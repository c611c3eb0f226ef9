//! The hash of numbers: equal numbers of different types have equal hashes.
//!
//! A rational number `m / n` hashes to `m · n⁻¹` modulo the prime `2^61 - 1`, with the sign of the number. For
//! integers that is a remainder, for floats a rotation, because a power of two only rotates 61 bits.
//! (Python documentation, "Hashing of numeric types".)

/// The number of bits of the modulus.
pub const BITS: u32 = 61;
/// The prime modulus.
pub const MODULUS: u64 = (1 << BITS) - 1;
/// The hash of positive infinity.
pub const INFINITY: i64 = 314_159;
/// What the hash of an imaginary part is multiplied with.
pub const IMAGINARY: u64 = 1_000_003;

/// A residue with a sign, as a hash; -1 means an error to whoever asks in C, so it becomes -2.
fn signed(residue: u64, is_negative: bool) -> i64 {
    let hash = residue.cast_signed();
    not_minus_one(if is_negative { -hash } else { hash })
}

/// The hash, or -2 in the place of -1.
#[inline]
pub fn not_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// The hash of a small integer.
#[inline]
pub fn of_i64(value: i64) -> i64 {
    let magnitude = value.unsigned_abs();
    let residue = if magnitude < MODULUS {
        magnitude
    } else {
        magnitude % MODULUS
    };
    signed(residue, value < 0)
}

/// The hash of an integer given by sign and magnitude, the least significant limb first.
pub fn of_limbs(is_negative: bool, limbs: &[u32]) -> i64 {
    let residue = limbs.iter().rev().fold(0, |residue, &limb| {
        let sum = rotate(residue, 32) + u64::from(limb);
        if sum >= MODULUS { sum - MODULUS } else { sum }
    });
    signed(residue, is_negative)
}

/// The hash of a float; `None` for a NaN, which hashes by its identity.
pub fn of_f64(value: f64) -> Option<i64> {
    if value.is_nan() {
        return None;
    }
    if value.is_infinite() {
        return Some(if value > 0.0 { INFINITY } else { -INFINITY });
    }
    let bits = value.to_bits();
    let biased = (bits >> 52) & 0x7FF;
    let fraction = bits & ((1 << 52) - 1);
    // The value is `mantissa · 2^exponent`.
    let (mantissa, exponent) = if biased == 0 {
        (fraction, -1074)
    } else {
        (
            fraction | 1 << 52,
            i64::try_from(biased).expect("eleven bits") - 1075,
        )
    };
    let turns = exponent.rem_euclid(i64::from(BITS));
    Some(signed(
        rotate(mantissa, u32::try_from(turns).expect("below 61")),
        value < 0.0,
    ))
}

/// The hash of a complex number, from those of its parts.
pub fn of_parts(real: i64, imaginary: i64) -> i64 {
    let hash = real
        .cast_unsigned()
        .wrapping_add(IMAGINARY.wrapping_mul(imaginary.cast_unsigned()));
    not_minus_one(hash.cast_signed())
}

/// The hash of an object that is equal to nothing but itself, from its address.
pub fn of_address(address: usize) -> i64 {
    // The lowest four bits of an address say nothing.
    not_minus_one((address as u64).rotate_right(4).cast_signed())
}

/// `residue · 2^turns` modulo `2^61 - 1`, for turns below 61.
fn rotate(residue: u64, turns: u32) -> u64 {
    if turns == 0 {
        residue
    } else {
        (residue << turns) & MODULUS | residue >> (BITS - turns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_hash_alike() {
        for value in [0_i64, 1, -1, 2, 1 << 40, -(1 << 52), 1 << 62, i64::MIN] {
            let limbs = [
                value.unsigned_abs() as u32,
                (value.unsigned_abs() >> 32) as u32,
            ];
            assert_eq!(of_i64(value), of_limbs(value < 0, &limbs), "{value}");
            assert_eq!(Some(of_i64(value)), of_f64(value as f64), "{value}");
        }
    }

    #[test]
    fn hashes_are_those_of_the_documentation() {
        assert_eq!(of_i64(-1), -2);
        assert_eq!(of_i64((1 << 61) - 1), 0);
        assert_eq!(of_f64(0.5), Some(1 << 60));
        assert_eq!(of_f64(1e300), Some(1_224_995_262_755_759_164));
        assert_eq!(of_f64(f64::NEG_INFINITY), Some(-314_159));
        assert_eq!(of_parts(1, 1 << 60), 3_458_764_513_820_540_929);
        let mut two_to_1000 = [0; 32];
        two_to_1000[31] = 1 << 8;
        assert_eq!(of_limbs(false, &two_to_1000), 16_777_216);
    }
}
