//! The value of an int's text: prefixes, underscores, bases 2 to 36, and the limit on digits. Pure.

use crate::types::int::big;
use crate::types::numeric::text;
use malachite_bigint::{BigInt, BigUint};
use std::borrow::Cow;

/// What a text says.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A value of a machine word.
    Small(i64),
    /// Any other.
    Big(BigInt),
}

/// Why a text has no value.
#[derive(Debug, PartialEq, Eq)]
pub enum ParseError {
    /// It is not the text of an int in this base.
    Invalid,
    /// It has that many digits, more than the limit.
    TooManyDigits(usize),
}

/// The value of ASCII text in a base from 2 to 36, or in the one that its prefix names if the base is 0.
///
/// `digits_max` bounds the digits in bases whose conversion takes more than linear time; 0 means no bound.
///
/// # Errors
/// See [`ParseError`].
pub fn parse(text: &[u8], base: u32, digits_max: usize) -> Result<Parsed, ParseError> {
    let text = text::trim(text);
    let (is_negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let prefixed = match unsigned {
        [b'0', b'x' | b'X', rest @ ..] => Some((16, rest)),
        [b'0', b'o' | b'O', rest @ ..] => Some((8, rest)),
        [b'0', b'b' | b'B', rest @ ..] => Some((2, rest)),
        _ => None,
    };
    let (radix, digits) = match prefixed {
        // One underscore may follow a prefix.
        Some((named, rest)) if base == named || base == 0 => {
            (named, rest.strip_prefix(b"_").unwrap_or(rest))
        }
        _ => (if base == 0 { 10 } else { base }, unsigned),
    };
    let digits = plain_digits(digits, radix)?;
    // `010` was octal once: where the text names the base, leading zeros are for zero only.
    if base == 0 && radix == 10 && digits[0] == b'0' && digits.iter().any(|&digit| digit != b'0') {
        return Err(ParseError::Invalid);
    }
    if digits_max > 0 && digits.len() > digits_max && !radix.is_power_of_two() {
        return Err(ParseError::TooManyDigits(digits.len()));
    }
    value(is_negative, &digits, radix).ok_or(ParseError::Invalid)
}

/// The digits without the underscores between them; there is at least one.
fn plain_digits(text: &[u8], radix: u32) -> Result<Cow<'_, [u8]>, ParseError> {
    let is_digit = |byte: u8| char::from(byte).is_digit(radix);
    if text.is_empty() || text.first() == Some(&b'_') || text.last() == Some(&b'_') {
        return Err(ParseError::Invalid);
    }
    if text.iter().all(|&byte| is_digit(byte)) {
        return Ok(Cow::Borrowed(text));
    }
    let has_gap = text.windows(2).any(|pair| pair == b"__");
    if has_gap || !text.iter().all(|&byte| byte == b'_' || is_digit(byte)) {
        return Err(ParseError::Invalid);
    }
    Ok(Cow::Owned(
        text.iter().copied().filter(|&byte| byte != b'_').collect(),
    ))
}

/// The value of at least one valid digit.
fn value(is_negative: bool, digits: &[u8], radix: u32) -> Option<Parsed> {
    // 36^12 and 10^18 are below 2^63.
    if digits.len() <= if radix <= 10 { 18 } else { 12 } {
        let magnitude = digits.iter().try_fold(0_i64, |value, &digit| {
            Some(value * i64::from(radix) + i64::from(char::from(digit).to_digit(radix)?))
        })?;
        return Some(Parsed::Small(if is_negative {
            -magnitude
        } else {
            magnitude
        }));
    }
    let magnitude = match radix.is_power_of_two() {
        true => of_bits(digits, radix)?,
        false => BigInt::from(BigUint::parse_bytes(digits, radix)?),
    };
    let value = if is_negative { -magnitude } else { magnitude };
    Some(i64::try_from(&value).map_or(Parsed::Big(value), Parsed::Small))
}

/// The value of digits that are a whole number of bits each.
fn of_bits(digits: &[u8], radix: u32) -> Option<BigInt> {
    let width = radix.trailing_zeros();
    let (mut limbs, mut pending, mut used) = (
        Vec::with_capacity(digits.len() * width as usize / 32 + 1),
        0_u64,
        0,
    );
    for &digit in digits.iter().rev() {
        pending |= u64::from(char::from(digit).to_digit(radix)?) << used;
        used += width;
        if used >= 32 {
            limbs.push(pending as u32);
            pending >>= 32;
            used -= 32;
        }
    }
    limbs.push(pending as u32);
    Some(big::from_limbs(false, &limbs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(text: &str, base: u32) -> Option<i64> {
        match parse(text.as_bytes(), base, 4300) {
            Ok(Parsed::Small(value)) => Some(value),
            _ => None,
        }
    }

    #[test]
    fn reads_prefixes_and_underscores() {
        for (text, base, value) in [
            (" 12\n", 10, 12),
            ("-0x_1F", 0, -31),
            ("0x1f", 16, 31),
            ("0b1", 16, 0xb1),
            ("1_000", 10, 1000),
            ("0_0", 0, 0),
            ("00", 0, 0),
            ("010", 10, 10),
            ("zz", 36, 1295),
            ("-9223372036854775808", 10, i64::MIN),
            ("0o1_7", 0, 15),
        ] {
            assert_eq!(small(text, base), Some(value), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_int() {
        for (text, base) in [
            ("", 10),
            ("+", 10),
            ("1__2", 10),
            ("_1", 10),
            ("1_", 10),
            ("010", 0),
            ("0_7", 0),
            ("0b", 0),
            ("0b12", 2),
            ("0x__1", 16),
            ("1 2", 10),
            ("+-1", 10),
            ("8", 8),
        ] {
            assert_eq!(
                parse(text.as_bytes(), base, 0),
                Err(ParseError::Invalid),
                "{text}"
            );
        }
    }

    #[test]
    fn the_limit_is_for_bases_that_are_no_power_of_two() {
        let digits = "1".repeat(700);
        assert_eq!(
            parse(digits.as_bytes(), 10, 640),
            Err(ParseError::TooManyDigits(700))
        );
        assert!(parse(digits.as_bytes(), 16, 640).is_ok());
        assert!(parse(digits.as_bytes(), 10, 0).is_ok());
        assert_eq!(
            parse(b"123456789abcdef0123456789", 16, 0),
            Ok(Parsed::Big(
                BigInt::parse_bytes(b"123456789abcdef0123456789", 16).expect("valid"),
            ))
        );
    }
}
