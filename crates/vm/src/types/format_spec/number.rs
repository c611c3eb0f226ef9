//! The text of numbers by a format specification. Pure.

use super::layout::{Layout, group_from_left, group_from_right};
use super::spec::{Align, FormatSpec, Grouping, Sign};
use super::{FormatError, code_point};
use crate::types::complex::Complex;
use crate::types::float::text::{Options, Style, magnitude};
use rustpython_wtf8::{Wtf8, Wtf8Buf};
use std::borrow::Cow;

/// Digits of a float unless a specification says otherwise.
const PRECISION_DEFAULT: usize = 6;
/// The greatest precision of a float: C's int.
const PRECISION_MAX: usize = i32::MAX as usize;

/// The digits of an integer in any base, with its prefix.
pub fn integer(
    digits: &str,
    is_negative: bool,
    prefix: &str,
    spec: &FormatSpec,
) -> Result<Wtf8Buf, FormatError> {
    spec.check_integer()?;
    let lead = format!("{}{prefix}", sign_text(is_negative, spec.sign));
    let group = if matches!(spec.code(), Some('b' | 'o' | 'x' | 'X')) {
        4
    } else {
        3
    };
    Ok(arrange(&lead, digits, "", group, spec))
}

/// An integer as the character of this code point.
pub fn character(code: Option<i64>, spec: &FormatSpec) -> Result<Wtf8Buf, FormatError> {
    spec.check_integer()?;
    if spec.sign.is_some() {
        return Err(FormatError::Value(
            "Sign not allowed with integer format specifier 'c'".to_owned(),
        ));
    }
    if spec.alternate {
        let message = "Alternate form (#) not allowed with integer format specifier 'c'";
        return Err(FormatError::Value(message.to_owned()));
    }
    let Some(code) = code else {
        return Err(FormatError::Overflow(
            "Python int too large to convert to C long".to_owned(),
        ));
    };
    match u32::try_from(code) {
        Ok(code @ 0..0x11_0000) => {
            let text: Wtf8Buf = std::iter::once(code_point(code)).collect();
            Ok(Layout::of(spec).fill_text(&text, 1))
        }
        _ => Err(FormatError::Overflow(
            "%c arg not in range(0x110000)".to_owned(),
        )),
    }
}

/// How the parts of a float or a complex number are written.
struct FloatFormat {
    style: Style,
    options: Options,
    is_upper: bool,
    is_percentage: bool,
}

impl FloatFormat {
    /// Reads the presentation type; `None` if floats have no such type.
    fn of(spec: &FormatSpec) -> Result<Option<Self>, FormatError> {
        if spec
            .precision
            .is_some_and(|precision| precision > PRECISION_MAX)
        {
            return Err(FormatError::Value("precision too big".to_owned()));
        }
        let precision = spec.precision.unwrap_or(PRECISION_DEFAULT);
        let style = match spec.code() {
            None => spec.precision.map_or(Style::Shortest, Style::General),
            Some('e' | 'E') => Style::Exponent(precision),
            Some('f' | 'F' | '%') => Style::Fixed(precision),
            Some('g' | 'G' | 'n') => Style::General(precision),
            Some(_) => return Ok(None),
        };
        Ok(Some(Self {
            style,
            options: Options {
                alternate: spec.alternate,
                add_dot_zero: spec.kind.is_none(),
            },
            is_upper: matches!(spec.code(), Some('E' | 'F' | 'G')),
            is_percentage: spec.code() == Some('%'),
        }))
    }

    /// The text of the magnitude, and whether the number counts as negative.
    fn write(&self, value: f64, spec: &FormatSpec) -> (String, bool) {
        let value = if self.is_percentage {
            value * 100.0
        } else {
            value
        };
        let mut text = magnitude(value, self.style, self.options);
        let is_zero = || {
            !text
                .bytes()
                .take_while(|&byte| byte != b'e')
                .any(|byte| matches!(byte, b'1'..=b'9' | b'i'))
        };
        let is_negative =
            value.is_sign_negative() && !value.is_nan() && !(spec.no_negative_zero && is_zero());
        if self.is_upper {
            text.make_ascii_uppercase();
        }
        if self.is_percentage {
            text.push('%');
        }
        (text, is_negative)
    }
}

/// A float.
pub fn float(value: f64, spec: &FormatSpec, type_name: &str) -> Result<Wtf8Buf, FormatError> {
    let Some(format) = FloatFormat::of(spec)? else {
        return Err(FormatError::unknown_type(
            spec.kind.unwrap_or_default(),
            type_name,
        ));
    };
    let (text, is_negative) = format.write(value, spec);
    let (digits, rest) = split(&text, spec);
    Ok(arrange(
        sign_text(is_negative, spec.sign),
        digits,
        &rest,
        3,
        spec,
    ))
}

/// A complex number.
pub fn complex(value: Complex, spec: &FormatSpec, type_name: &str) -> Result<Wtf8Buf, FormatError> {
    let format = match FloatFormat::of(spec)? {
        Some(format) if !format.is_percentage => format,
        _ => {
            return Err(FormatError::unknown_type(
                spec.kind.unwrap_or_default(),
                type_name,
            ));
        }
    };
    if spec.fill == u32::from('0') {
        return Err(FormatError::Value(
            "Zero padding is not allowed in complex format specifier".to_owned(),
        ));
    }
    if spec.align == Align::AfterSign {
        let message = "'=' alignment flag is not allowed in complex format specifier";
        return Err(FormatError::Value(message.to_owned()));
    }
    // Without a type, the text is that of `str`: no real part if it is zero, parentheses if it is not.
    let is_plain = spec.kind.is_none();
    let format = FloatFormat {
        options: Options {
            add_dot_zero: false,
            ..format.options
        },
        ..format
    };
    let has_real = !is_plain || value.re != 0.0 || value.re.is_sign_negative();
    let part = |value: f64, sign: Option<Sign>| {
        let (text, is_negative) = format.write(value, spec);
        let (digits, rest) = split(&text, spec);
        let digits = group_from_right(digits, separator(spec.grouping, digits), 3, 0);
        format!("{}{digits}{rest}", sign_text(is_negative, sign))
    };
    let text = if has_real {
        let (re, im) = (part(value.re, spec.sign), part(value.im, Some(Sign::Plus)));
        if is_plain {
            format!("({re}{im}j)")
        } else {
            format!("{re}{im}j")
        }
    } else {
        format!("{}j", part(value.im, spec.sign))
    };
    Ok(Layout::of(spec).fill_text(Wtf8::new(text.as_str()), text.len()))
}

/// The digits before the point, and everything from the point on, with the digits there grouped.
fn split<'a>(text: &'a str, spec: &FormatSpec) -> (&'a str, Cow<'a, str>) {
    let whole = text
        .find(|digit: char| !digit.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(whole);
    if digits.is_empty() {
        // Not a number, or infinity: it stands in the place of the digits.
        return (text, Cow::Borrowed(""));
    }
    let (Some(grouping), Some(fraction)) = (spec.fraction_grouping, rest.strip_prefix('.')) else {
        return (digits, Cow::Borrowed(rest));
    };
    let end = fraction
        .find(|digit: char| !digit.is_ascii_digit())
        .unwrap_or(fraction.len());
    let grouped = group_from_left(&fraction[..end], grouping.symbol(), 3);
    (
        digits,
        Cow::Owned(format!(".{grouped}{}", &fraction[end..])),
    )
}

/// The separator for digits; what is not digits has none.
fn separator(grouping: Option<Grouping>, digits: &str) -> Option<char> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    grouping.filter(|_| is_number).map(Grouping::symbol)
}

/// Sign or prefix, digits and what follows them, grouped and fitted to the width.
fn arrange(lead: &str, digits: &str, rest: &str, group: usize, spec: &FormatSpec) -> Wtf8Buf {
    let layout = Layout::of(spec);
    let width = if layout.fills_with_zeros() {
        spec.width
            .unwrap_or(0)
            .saturating_sub(lead.len() + rest.len())
    } else {
        0
    };
    let body = group_from_right(digits, separator(spec.grouping, digits), group, width) + rest;
    layout.fill_number(
        Wtf8::new(lead),
        Wtf8::new(body.as_str()),
        lead.len() + body.len(),
    )
}

fn sign_text(is_negative: bool, sign: Option<Sign>) -> &'static str {
    match (is_negative, sign) {
        (true, _) => "-",
        (false, Some(Sign::Plus)) => "+",
        (false, Some(Sign::Space)) => " ",
        (false, _) => "",
    }
}
