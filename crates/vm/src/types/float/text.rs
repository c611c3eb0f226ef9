//! The text of floats: the shortest that reads back the same, and the formats `e`, `f` and `g`. Pure.
//!
//! Digits come from the standard library, which rounds exactly, ties to even; where the point goes, and when
//! there is an exponent, is Python's.

use std::fmt::Write;

/// A float's exact decimal expansion has no more significant digits, nor digits behind the point, than this.
const DIGITS_MAX: usize = 1100;

/// How a float is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// The shortest text that reads back the same; an exponent for very small and very large numbers.
    Shortest,
    /// So many digits behind the point, with an exponent.
    Exponent(usize),
    /// So many digits behind the point.
    Fixed(usize),
    /// So many significant digits (at least one), an exponent if needed, no trailing zeros.
    General(usize),
}

/// What varies in each style.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Keep the point and trailing zeros (`#`).
    pub alternate: bool,
    /// Write a whole number with `.0`.
    pub add_dot_zero: bool,
}

/// The text of a float's magnitude; infinity is `inf`, and what is not a number `nan`.
pub fn magnitude(value: f64, style: Style, options: Options) -> String {
    let value = value.abs();
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return "inf".to_owned();
    }
    match style {
        Style::Fixed(precision) => fixed(value, precision, options),
        Style::Exponent(precision) => {
            let (digits, exponent) = digits_of(value, Some(precision.saturating_add(1)));
            with_exponent(&digits, precision.saturating_add(1), exponent, options)
        }
        Style::Shortest => {
            let (digits, exponent) = digits_of(value, None);
            // The shortest digits end in no zero, so that there are none to keep.
            place(
                &digits,
                digits.len(),
                exponent,
                (-4..16).contains(&exponent),
                options,
            )
        }
        Style::General(precision) => {
            let precision = precision.max(1);
            let (digits, exponent) = digits_of(value, Some(precision));
            let significant = digits.trim_end_matches('0');
            let significant = if significant.is_empty() {
                "0"
            } else {
                significant
            };
            let shown = if options.alternate {
                precision
            } else {
                significant.len()
            };
            // Room for the `.0` counts as a digit.
            let highest =
                i32::try_from(precision).unwrap_or(i32::MAX) - i32::from(options.add_dot_zero);
            place(
                significant,
                shown,
                exponent,
                (-4..highest).contains(&exponent),
                options,
            )
        }
    }
}

/// `repr(float)`
pub fn repr(value: f64) -> String {
    let sign = if value.is_sign_negative() && !value.is_nan() {
        "-"
    } else {
        ""
    };
    let text = magnitude(
        value,
        Style::Shortest,
        Options {
            add_dot_zero: true,
            alternate: false,
        },
    );
    format!("{sign}{text}")
}

/// Decimal digits, as many as asked for or the fewest that tell the float from its neighbours, and the exponent
/// of the first. Beyond what a float can have, the zeros are left out.
fn digits_of(value: f64, count: Option<usize>) -> (String, i32) {
    match count {
        Some(count) => split_exponent(&format!("{value:.*e}", count.min(DIGITS_MAX) - 1)),
        None => {
            let (digits, exponent) = split_exponent(&format!("{value:e}"));
            if lies_between(value, digits.len(), exponent) {
                even_neighbour(value, digits, exponent)
            } else {
                (digits, exponent)
            }
        }
    }
}

/// The digits and the exponent of text in scientific notation.
fn split_exponent(text: &str) -> (String, i32) {
    let (digits, exponent) = text.split_once('e').expect("scientific notation");
    (
        digits.replace('.', ""),
        exponent.parse().expect("scientific notation"),
    )
}

/// Whether a float may lie exactly between two decimal numbers of so many digits: then it has one digit more.
fn lies_between(value: f64, digits: usize, exponent: i32) -> bool {
    let bits = value.to_bits();
    let (biased, fraction) = ((bits >> 52 & 0x7FF) as i32, bits & ((1 << 52) - 1));
    let mantissa = if biased == 0 {
        fraction
    } else {
        fraction | 1 << 52
    };
    // A number of n binary digits behind the point has n decimal digits there, the last of which is a five.
    let places = 1075 - biased.max(1) - mantissa.trailing_zeros().cast_signed();
    digits.cast_signed() as i32 - exponent == places.max(0)
}

/// Of the two shortest decimal numbers that a float lies between, the one with an even last digit, as Python has
/// it; the standard library takes the greater.
#[cold]
fn even_neighbour(value: f64, digits: String, exponent: i32) -> (String, i32) {
    let nearest = format!("{value:.*e}", digits.len() - 1);
    if nearest.parse() == Ok(value) {
        split_exponent(&nearest)
    } else {
        (digits, exponent)
    }
}

fn fixed(value: f64, precision: usize, options: Options) -> String {
    let mut text = format!("{value:.*}", precision.min(DIGITS_MAX));
    push_zeros(&mut text, precision.saturating_sub(DIGITS_MAX));
    if precision == 0 && options.alternate {
        text.push('.');
    }
    text
}

/// Digits with or without an exponent; `shown` of them, with zeros if there are fewer.
fn place(digits: &str, shown: usize, exponent: i32, is_plain: bool, options: Options) -> String {
    if !is_plain {
        return with_exponent(digits, shown, exponent, options);
    }
    let mut text = String::with_capacity(digits.len() + 8);
    match usize::try_from(exponent) {
        Ok(exponent) => {
            let whole = exponent + 1;
            text.push_str(&digits[..whole.min(digits.len())]);
            push_zeros(&mut text, whole.saturating_sub(digits.len()));
            text.push('.');
            text.push_str(digits.get(whole..).unwrap_or_default());
            push_zeros(&mut text, shown.saturating_sub(digits.len().max(whole)));
        }
        Err(_) => {
            text.push_str("0.");
            push_zeros(&mut text, exponent.unsigned_abs() as usize - 1);
            text.push_str(digits);
            push_zeros(&mut text, shown.saturating_sub(digits.len()));
        }
    }
    if text.ends_with('.') {
        finish_whole(&mut text, options);
    }
    text
}

/// What becomes of the point behind a whole number.
fn finish_whole(text: &mut String, options: Options) {
    if options.add_dot_zero {
        text.push('0');
    } else if !options.alternate {
        text.pop();
    }
}

fn with_exponent(digits: &str, shown: usize, exponent: i32, options: Options) -> String {
    let (first, rest) = digits.split_at(1);
    let mut text = String::with_capacity(digits.len() + 8);
    text.push_str(first);
    text.push('.');
    text.push_str(rest);
    push_zeros(&mut text, shown.saturating_sub(digits.len()));
    if text.ends_with('.') && !options.alternate {
        text.pop();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    write!(text, "e{sign}{:02}", exponent.unsigned_abs()).expect("writing to a String cannot fail");
    text
}

fn push_zeros(text: &mut String, mut count: usize) {
    const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
    text.reserve(count);
    while count > ZEROS.len() {
        text.push_str(ZEROS);
        count -= ZEROS.len();
    }
    text.push_str(&ZEROS[..count]);
}

#[cfg(test)]
#[allow(
    clippy::excessive_precision,
    reason = "the point is how such numbers are shown"
)]
mod tests {
    use super::*;

    #[test]
    fn repr_is_the_shortest_text() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (5e-324, "5e-324"),
            (1.5e300, "1.5e+300"),
            (1547017680990512.25, "1547017680990512.2"),
            (-865730218234356.25, "-865730218234356.2"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(repr(value), text);
        }
    }

    #[test]
    fn styles_round_half_to_even() {
        let write = |value, style| magnitude(value, style, Options::default());
        assert_eq!(write(0.5, Style::Fixed(0)), "0");
        assert_eq!(write(1.5, Style::Fixed(0)), "2");
        assert_eq!(write(2.5, Style::Fixed(0)), "2");
        assert_eq!(write(0.125, Style::Fixed(2)), "0.12");
        assert_eq!(write(1234567.0, Style::Exponent(2)), "1.23e+06");
        assert_eq!(write(1234567.0, Style::General(6)), "1.23457e+06");
        assert_eq!(write(100000.0, Style::General(6)), "100000");
        assert_eq!(write(0.00001234, Style::General(6)), "1.234e-05");
        assert_eq!(write(1.5, Style::Fixed(2000)).len(), 2002);
    }

    #[test]
    fn the_alternate_form_keeps_the_point() {
        let alternate = Options {
            alternate: true,
            add_dot_zero: false,
        };
        assert_eq!(magnitude(100.0, Style::General(6), alternate), "100.000");
        assert_eq!(magnitude(100.0, Style::General(3), alternate), "100.");
        assert_eq!(magnitude(0.0, Style::General(6), alternate), "0.00000");
        assert_eq!(
            magnitude(
                1e20,
                Style::Shortest,
                Options {
                    alternate: true,
                    add_dot_zero: true
                }
            ),
            "1.e+20"
        );
        assert_eq!(magnitude(1e20, Style::Exponent(0), alternate), "1.e+20");
        assert_eq!(magnitude(3.0, Style::Fixed(0), alternate), "3.");
    }
}
