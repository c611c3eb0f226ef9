//! The text of complex numbers. Pure.

use crate::types::complex::Complex;
use crate::types::float::parse;
use crate::types::float::text::{Options, Style, magnitude};
use crate::types::numeric::text;

/// `repr(complex)`
pub fn repr(value: Complex) -> String {
    let part = |value: f64| magnitude(value, Style::Shortest, Options::default());
    let is_minus = |value: f64| value.is_sign_negative() && !value.is_nan();
    let sign = |value: f64, plus: &'static str| if is_minus(value) { "-" } else { plus };
    let (re, im) = (part(value.re), part(value.im));
    if value.re == 0.0 && value.re.is_sign_positive() {
        return format!("{}{im}j", sign(value.im, ""));
    }
    format!("({}{re}{}{im}j)", sign(value.re, ""), sign(value.im, "+"))
}

/// The complex number that ASCII text says: `real`, `imaginary j`, or both, in parentheses or not.
pub fn parse(ascii: &[u8]) -> Option<Complex> {
    let trimmed = text::trim(ascii);
    let inside = match trimmed {
        [b'(', inside @ .., b')'] => text::trim(inside),
        _ => trimmed,
    };
    let plain = text::without_underscores(inside)?;
    let Some(body) = plain
        .strip_suffix(b"j")
        .or_else(|| plain.strip_suffix(b"J"))
    else {
        return Some(parse::parse_plain(&plain)?.into());
    };
    // The sign of the imaginary part is the last one that does not belong to an exponent.
    let follows_exponent = |at: usize| at > 0 && matches!(body[at - 1], b'e' | b'E');
    let split = (0..body.len())
        .rev()
        .find(|&at| matches!(body[at], b'+' | b'-') && !follows_exponent(at));
    match split {
        None | Some(0) => Some(Complex {
            re: 0.0,
            im: imaginary(body)?,
        }),
        Some(at) => Some(Complex {
            re: parse::parse_plain(&body[..at])?,
            im: imaginary(&body[at..])?,
        }),
    }
}

/// An imaginary part without its `j`; a sign alone, or nothing, stands for one.
fn imaginary(text: &[u8]) -> Option<f64> {
    match text {
        b"" | b"+" => Some(1.0),
        b"-" => Some(-1.0),
        _ => parse::parse_plain(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        for (text, re, im) in [
            ("(1+2j)", 1.0, 2.0),
            ("2j", 0.0, 2.0),
            ("(-0-0j)", -0.0, -0.0),
            ("(1e+16+1e-05j)", 1e16, 1e-5),
            ("-infj", 0.0, f64::NEG_INFINITY),
            ("(1-1j)", 1.0, -1.0),
        ] {
            assert_eq!(repr(Complex { re, im }), text);
            assert_eq!(parse(text.as_bytes()), Some(Complex { re, im }), "{text}");
        }
    }

    #[test]
    fn reads_what_repr_does_not_write() {
        for (text, re, im) in [
            (" ( 1+j ) ", 1.0, 1.0),
            ("-j", 0.0, -1.0),
            ("J", 0.0, 1.0),
            ("1e+5", 1e5, 0.0),
            ("1e+5j", 0.0, 1e5),
            ("1+1e-5j", 1.0, 1e-5),
            ("1_0+1_0j", 10.0, 10.0),
        ] {
            assert_eq!(parse(text.as_bytes()), Some(Complex { re, im }), "{text}");
        }
        for wrong in [
            "", "()", "(1", "1)", "1 + 2j", "1j1", "1+1", "1j+1", "+-1j", "1+-1j", "1+", "((1))",
            "1 j",
        ] {
            assert_eq!(parse(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
