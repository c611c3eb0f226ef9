//! Grouping digits and filling up to the width. Pure.

use super::code_point;
use super::spec::{Align, FormatSpec};
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// How a text is fitted to its width.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    fill: CodePoint,
    align: Align,
    width: usize,
}

impl Layout {
    /// The layout that a specification asks for.
    pub fn of(spec: &FormatSpec) -> Self {
        Self {
            fill: code_point(spec.fill),
            align: spec.align,
            width: spec.width.unwrap_or(0),
        }
    }

    /// Whether missing digits are filled in as zeros, which are grouped like others.
    pub fn fills_with_zeros(&self) -> bool {
        self.align == Align::AfterSign && self.fill == '0'
    }

    /// The text of `length` code points with what fills it up to the width.
    pub fn fill_text(&self, text: &Wtf8, length: usize) -> Wtf8Buf {
        self.fill_number(Wtf8::new(""), text, length)
    }

    /// A sign, or prefix, and what it belongs to, of `length` code points together.
    pub fn fill_number(&self, lead: &Wtf8, body: &Wtf8, length: usize) -> Wtf8Buf {
        let missing = self.width.saturating_sub(length);
        let (before, between, behind) = match self.align {
            Align::Left => (0, 0, missing),
            Align::Right => (missing, 0, 0),
            Align::AfterSign => (0, missing, 0),
            Align::Center => (missing / 2, 0, missing - missing / 2),
        };
        let mut filled =
            Wtf8Buf::with_capacity(lead.len() + body.len() + missing * self.fill.len_wtf8());
        let push_fill =
            |filled: &mut Wtf8Buf, count| (0..count).for_each(|_| filled.push(self.fill));
        push_fill(&mut filled, before);
        filled.push_wtf8(lead);
        push_fill(&mut filled, between);
        filled.push_wtf8(body);
        push_fill(&mut filled, behind);
        filled
    }
}

/// Digits before the point, in groups counted from the point, with zeros in front up to `width` characters.
pub fn group_from_right(
    digits: &str,
    separator: Option<char>,
    size: usize,
    width: usize,
) -> String {
    let Some(separator) = separator else {
        let zeros = width.saturating_sub(digits.len());
        return "0".repeat(zeros) + digits;
    };
    let mut reversed = String::with_capacity(digits.len().max(width) * 4 / 3 + 1);
    let mut in_group = 0;
    let mut source = digits.bytes().rev();
    loop {
        let digit = match source.next() {
            Some(digit) => digit,
            None if reversed.len() < width => b'0',
            None => break,
        };
        if in_group == size {
            reversed.push(separator);
            in_group = 0;
        }
        reversed.push(char::from(digit));
        in_group += 1;
    }
    reversed.chars().rev().collect()
}

/// Digits behind the point, in groups counted from the point.
pub fn group_from_left(digits: &str, separator: char, size: usize) -> String {
    let mut grouped = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % size == 0 {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_are_grouped_and_no_separator_comes_first() {
        let group = |digits, width| group_from_right(digits, Some(','), 3, width);
        assert_eq!(group("1234567", 0), "1,234,567");
        assert_eq!(group("123", 4), "0,123");
        assert_eq!(group("123", 5), "0,123");
        assert_eq!(group("1234", 8), "0,001,234");
        assert_eq!(group("123", 3), "123");
        assert_eq!(group_from_right("7", None, 3, 4), "0007");
        assert_eq!(group_from_left("1234567", '_', 3), "123_456_7");
    }
}
