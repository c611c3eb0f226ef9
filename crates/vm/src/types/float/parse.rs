//! The value of a float's text, decimal and hexadecimal. Pure.

use crate::types::int::big;
use crate::types::numeric::text;

/// The float that ASCII text says; `None` if it is not the text of one.
pub fn parse(ascii: &[u8]) -> Option<f64> {
    let plain = text::without_underscores(text::trim(ascii))?;
    parse_plain(&plain)
}

/// The float that ASCII text without blanks and underscores says.
pub fn parse_plain(plain: &[u8]) -> Option<f64> {
    // The grammar of the standard library is Python's: it has `inf`, `infinity` and `nan` in any case, a point
    // with digits on one side, and an exponent with digits.
    std::str::from_utf8(plain).ok()?.parse().ok()
}

/// Why hexadecimal text has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexError {
    /// It is not hexadecimal text of a float.
    Invalid,
    /// Its value is beyond the floats.
    TooLarge,
}

/// The float that hexadecimal text says (`float.fromhex`), rounded to the nearest, ties to even.
///
/// # Errors
/// See [`HexError`].
pub fn parse_hex(ascii: &[u8]) -> Result<f64, HexError> {
    let text = text::trim(ascii);
    let (is_negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let named = |name: &str| unsigned.eq_ignore_ascii_case(name.as_bytes());
    let magnitude = if named("inf") || named("infinity") {
        f64::INFINITY
    } else if named("nan") {
        f64::NAN
    } else {
        hex_magnitude(unsigned)?
    };
    Ok(if is_negative { -magnitude } else { magnitude })
}

fn hex_magnitude(unsigned: &[u8]) -> Result<f64, HexError> {
    let digits = match unsigned {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => unsigned,
    };
    let (digits, exponent) = match digits.iter().position(|byte| matches!(byte, b'p' | b'P')) {
        Some(at) => (&digits[..at], exponent_of(&digits[at + 1..])?),
        None => (digits, 0),
    };
    let point = digits.iter().position(|&byte| byte == b'.');
    let whole = &digits[..point.unwrap_or(digits.len())];
    let fraction = point.map_or(&[][..], |point| &digits[point + 1..]);
    if whole.is_empty() && fraction.is_empty() {
        return Err(HexError::Invalid);
    }
    // The value is `mantissa · 2^exponent`; what does not fit the mantissa only says that there is more.
    let (mut mantissa, mut exponent, mut has_more) = (0_u64, exponent, false);
    for (index, &byte) in whole.iter().chain(fraction).enumerate() {
        let digit = char::from(byte).to_digit(16).ok_or(HexError::Invalid)?;
        let is_fraction = index >= whole.len();
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | u64::from(digit);
            exponent -= if is_fraction { 4 } else { 0 };
        } else {
            has_more |= digit != 0;
            exponent += if is_fraction { 0 } else { 4 };
        }
    }
    round(mantissa, exponent, has_more).ok_or(HexError::TooLarge)
}

/// The exponent behind the `p`; one beyond all reason is as good as any other.
fn exponent_of(text: &[u8]) -> Result<i64, HexError> {
    /// Larger than any exponent that text in memory could make up for.
    const LARGE: i64 = i64::MAX / 4;
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(HexError::Invalid);
    }
    let magnitude = digits.iter().fold(0_i64, |value, digit| {
        value
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
            .min(LARGE)
    });
    Ok(if is_negative { -magnitude } else { magnitude })
}

/// `mantissa · 2^exponent`, and a bit more if there is more, rounded once; `None` if that is beyond the floats.
fn round(mantissa: u64, exponent: i64, has_more: bool) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let length = i64::from(u64::BITS - mantissa.leading_zeros());
    if length + exponent > 1024 {
        return None;
    }
    // How many of the lowest bits the float has no room for.
    let surplus = (length - 53).max(-1074 - exponent);
    if surplus <= 0 {
        return Some(big::scale(mantissa as f64, exponent));
    }
    if surplus > 64 {
        return Some(0.0);
    }
    let wide = u128::from(mantissa) << 1 | u128::from(has_more);
    let (kept, cut, half) = (
        wide >> (surplus + 1),
        wide & ((1 << (surplus + 1)) - 1),
        1_u128 << surplus,
    );
    let rounded = kept + u128::from(cut > half || cut == half && kept & 1 == 1);
    let value = big::scale(rounded as f64, exponent + surplus);
    value.is_finite().then_some(value)
}

/// `float.hex`
pub fn to_hex(value: f64) -> String {
    let bits = value.to_bits();
    let (biased, fraction) = (bits >> 52 & 0x7FF, bits & ((1 << 52) - 1));
    if !value.is_finite() {
        return super::text::repr(value);
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    match (biased, fraction) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, _) => format!("{sign}0x0.{fraction:013x}p-1022"),
        _ => format!(
            "{sign}0x1.{fraction:013x}p{:+}",
            biased.cast_signed() - 1023
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_decimal_text() {
        assert_eq!(parse(b" 1_0.5e-1\n"), Some(1.05));
        assert_eq!(parse(b"-Infinity"), Some(f64::NEG_INFINITY));
        assert_eq!(parse(b"5."), Some(5.0));
        assert_eq!(parse(b".5"), Some(0.5));
        for wrong in [
            "", ".", "e5", "1e", "0x10", "1 2", "infinit", "1_", "- 1", "++1",
        ] {
            assert_eq!(parse(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn reads_hexadecimal_text() {
        for (text, value) in [
            ("0x1.8p3", 12.0),
            ("1.8", 1.5),
            ("-0x.8p1", -1.0),
            ("0x1p-1074", 5e-324),
            ("0x1p-1075", 0.0),
            ("0x1.8p-1075", 5e-324),
            ("0x1.fffffffffffff7p1023", f64::MAX),
            ("0x0p99999999999999999999", 0.0),
            ("0x1p-99999999999999999999", 0.0),
            ("0x10000000000000000000000001", 2_f64.powi(100)),
        ] {
            assert_eq!(parse_hex(text.as_bytes()), Ok(value), "{text}");
            assert_eq!(parse_hex(to_hex(value).as_bytes()), Ok(value));
        }
        for text in [
            "0x1p1024",
            "0x1.fffffffffffff8p1023",
            "0x1p99999999999999999999",
        ] {
            assert_eq!(
                parse_hex(text.as_bytes()),
                Err(HexError::TooLarge),
                "{text}"
            );
        }
        for text in ["", "0x", "0x.", "0x1.p", "0x1p1 1", "0x1..2", "x"] {
            assert_eq!(parse_hex(text.as_bytes()), Err(HexError::Invalid), "{text}");
        }
    }
}
