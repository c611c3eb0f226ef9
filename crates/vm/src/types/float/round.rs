//! Rounding a float to a number of decimal digits, exactly. Pure.

/// More digits behind the point than any float has: the value is what it is.
const DIGITS_MAX: i64 = 323;
/// More zeros before the point than any float has digits there.
const DIGITS_MIN: i64 = -308;

/// The float nearest to the value rounded to `digits` decimal digits behind the point, ties to even; `None` if
/// that is beyond the floats.
pub fn to_digits(value: f64, digits: i64) -> Option<f64> {
    if !value.is_finite() || value == 0.0 || digits > DIGITS_MAX {
        return Some(value);
    }
    if digits < DIGITS_MIN {
        return Some(0.0_f64.copysign(value));
    }
    let text = match usize::try_from(digits) {
        Ok(digits) => format!("{value:.digits$}"),
        Err(_) => before_point(value, -digits),
    };
    let rounded: f64 = text.parse().expect("the text of a float");
    rounded.is_finite().then_some(rounded)
}

/// The text of the value as a multiple of `10^zeros`, for a positive number of zeros.
fn before_point(value: f64, zeros: i64) -> String {
    let exponent_of = |text: &str| -> i64 {
        text.split_once('e')
            .and_then(|(_, exponent)| exponent.parse().ok())
            .expect("scientific notation")
    };
    // All digits, because rounding here would be rounding twice.
    let exact = format!("{value:.1100e}");
    let kept = exponent_of(&exact) - zeros;
    match usize::try_from(kept) {
        Ok(kept) => format!("{value:.kept$e}"),
        // The first digit is the one behind the last that is kept: only more than five of it rounds up.
        Err(_) if kept == -1 && is_above_half(&exact) => {
            format!("{}1e{zeros}", if value < 0.0 { "-" } else { "" })
        }
        Err(_) => if value < 0.0 { "-0" } else { "0" }.to_owned(),
    }
}

/// Whether digits in scientific notation are above five of the first place.
fn is_above_half(exact: &str) -> bool {
    let mut digits = exact
        .bytes()
        .take_while(|&byte| byte != b'e')
        .filter(u8::is_ascii_digit);
    match digits.next() {
        Some(b'5') => digits.any(|digit| digit != b'0'),
        first => first > Some(b'5'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_the_exact_value_once() {
        for (value, digits, rounded) in [
            (2.675, 2, 2.67),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (25.0, -1, 20.0),
            (35.0, -1, 40.0),
            (25.5, -1, 30.0),
            (5.0, -1, 0.0),
            (5.1, -1, 10.0),
            (-5.1, -1, -10.0),
            (4.0, -1, 0.0),
            (0.4, -1, 0.0),
            (1e308, -308, 1e308),
            (1.5, 400, 1.5),
            (1.5, -400, 0.0),
        ] {
            assert_eq!(to_digits(value, digits), Some(rounded), "{value} {digits}");
        }
        assert_eq!(to_digits(1.7e308, -308), None);
        assert!(to_digits(-0.4, 0).is_some_and(|zero| zero == 0.0 && zero.is_sign_negative()));
    }
}
