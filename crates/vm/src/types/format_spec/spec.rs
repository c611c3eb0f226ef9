//! Reading a format specification, and what can be said against it before looking at a value. Pure.

use super::FormatError;

/// Where the text goes if the width is more than it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `=`: the fill goes between sign and digits.
    AfterSign,
    /// `^`
    Center,
}

/// What stands before a number that is not negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// `-`: nothing.
    Minus,
    /// `+`
    Plus,
    /// A blank.
    Space,
}

/// What separates groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// `,`
    Comma,
    /// `_`
    Underscore,
}

impl Grouping {
    /// The separator.
    pub fn symbol(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Underscore => '_',
        }
    }
}

/// A format specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    /// The code point to fill with.
    pub fill: u32,
    /// Where the text goes.
    pub align: Align,
    /// What stands before numbers that are not negative, if the specification says.
    pub sign: Option<Sign>,
    /// `z`: no minus before a zero.
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    /// The least number of characters.
    pub width: Option<usize>,
    /// What groups the digits before the point.
    pub grouping: Option<Grouping>,
    /// Digits behind the point, significant digits, or characters of a string.
    pub precision: Option<usize>,
    /// What groups the digits behind the point.
    pub fraction_grouping: Option<Grouping>,
    /// The code point of the presentation type.
    pub kind: Option<u32>,
}

/// What a type puts in the place of what a specification leaves out.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    align: Align,
    kind: Option<u32>,
}

impl Defaults {
    /// Numbers stand at the right.
    pub const NUMBER: Self = Self {
        align: Align::Right,
        kind: None,
    };
    /// Text stands at the left.
    pub const TEXT: Self = Self {
        align: Align::Left,
        kind: Some('s' as u32),
    };
}

/// The rest of a specification.
struct Reader<'a>(&'a [u32]);

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.0.first().copied().and_then(char::from_u32)
    }

    fn skip(&mut self) {
        self.0 = &self.0[1..];
    }

    fn accept(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.skip();
        }
        found
    }

    /// A number of decimal digits of any script; `None` if there are none.
    fn number(&mut self) -> Result<Option<usize>, FormatError> {
        let mut value = None;
        while let Some(digit) = self
            .0
            .first()
            .and_then(|&code| crate::types::numeric::text::decimal_digit(code))
        {
            let next = value
                .unwrap_or(0_usize)
                .checked_mul(10)
                .and_then(|value| value.checked_add(digit.into()));
            value = Some(
                next.filter(|&value| isize::try_from(value).is_ok())
                    .ok_or_else(too_many_digits)?,
            );
            self.skip();
        }
        Ok(value)
    }

    fn grouping(&mut self) -> Result<Option<Grouping>, FormatError> {
        let comma = self.accept(',');
        if self.accept('_') {
            return if comma || self.peek() == Some(',') {
                Err(both_groupings())
            } else {
                Ok(Some(Grouping::Underscore))
            };
        }
        Ok(comma.then_some(Grouping::Comma))
    }
}

fn too_many_digits() -> FormatError {
    FormatError::Value("Too many decimal digits in format string".to_owned())
}

fn both_groupings() -> FormatError {
    FormatError::Value("Cannot specify both ',' and '_'.".to_owned())
}

fn align_of(code: Option<&u32>) -> Option<Align> {
    match char::from_u32(*code?)? {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '=' => Some(Align::AfterSign),
        '^' => Some(Align::Center),
        _ => None,
    }
}

impl FormatSpec {
    /// Reads a specification for an object of the type named.
    ///
    /// # Errors
    /// `ValueError`, with Python's texts.
    pub fn parse(text: &[u32], defaults: Defaults, type_name: &str) -> Result<Self, FormatError> {
        let mut reader = Reader(text);
        let (mut fill, mut align) = (None, None);
        if let Some(second) = align_of(text.get(1)) {
            (fill, align) = (Some(text[0]), Some(second));
            reader.0 = &text[2..];
        } else if let Some(first) = align_of(text.first()) {
            align = Some(first);
            reader.skip();
        }
        let sign = match reader.peek() {
            Some('+') => Some(Sign::Plus),
            Some('-') => Some(Sign::Minus),
            Some(' ') => Some(Sign::Space),
            _ => None,
        };
        if sign.is_some() {
            reader.skip();
        }
        let no_negative_zero = reader.accept('z');
        let alternate = reader.accept('#');
        if fill.is_none() && reader.accept('0') {
            fill = Some(u32::from('0'));
            if align.is_none() && defaults.align == Align::Right {
                align = Some(Align::AfterSign);
            }
        }
        let width = reader.number()?;
        let grouping = reader.grouping()?;
        let (mut precision, mut fraction_grouping) = (None, None);
        if reader.accept('.') {
            precision = reader.number()?;
            fraction_grouping = reader.grouping()?;
            if precision.is_none() && fraction_grouping.is_none() {
                return Err(FormatError::Value(
                    "Format specifier missing precision".to_owned(),
                ));
            }
        }
        let kind = match reader.0 {
            [] => defaults.kind,
            [kind] => Some(*kind),
            _ => return Err(invalid(text, type_name)),
        };
        let spec = Self {
            fill: fill.unwrap_or(u32::from(' ')),
            align: align.unwrap_or(defaults.align),
            sign,
            no_negative_zero,
            alternate,
            width,
            grouping,
            precision,
            fraction_grouping,
            kind,
        };
        spec.check_grouping()?;
        Ok(spec)
    }

    /// The presentation type, if it is a character that one could be.
    pub fn code(&self) -> Option<char> {
        self.kind
            .map(|kind| char::from_u32(kind).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn check_grouping(&self) -> Result<(), FormatError> {
        let refuse = |grouping: Grouping, kind: u32| {
            let shown = match char::from_u32(kind) {
                Some(kind @ '!'..='\x7F') => kind.to_string(),
                _ => format!("\\x{kind:x}"),
            };
            Err(FormatError::Value(format!(
                "Cannot specify '{}' with '{shown}'.",
                grouping.symbol()
            )))
        };
        let Some(kind) = self.kind else { return Ok(()) };
        if let Some(grouping) = self.grouping {
            match (self.code(), grouping) {
                (Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F'), _) => {}
                (Some('b' | 'o' | 'x' | 'X'), Grouping::Underscore) => {}
                _ => return refuse(grouping, kind),
            }
        }
        match self.fraction_grouping {
            Some(grouping) if self.code() == Some('n') => refuse(grouping, kind),
            _ => Ok(()),
        }
    }

    /// What integers do not have.
    ///
    /// # Errors
    /// `ValueError` for a precision, or for `z`.
    pub fn check_integer(&self) -> Result<(), FormatError> {
        if self.precision.is_some() {
            return Err(FormatError::Value(
                "Precision not allowed in integer format specifier".to_owned(),
            ));
        }
        if self.no_negative_zero {
            let message = "Negative zero coercion (z) not allowed in integer format specifier";
            return Err(FormatError::Value(message.to_owned()));
        }
        Ok(())
    }

    /// What strings do not have.
    ///
    /// # Errors
    /// `ValueError` for another presentation type than `s`, a sign, `z`, `#` and `=`.
    pub fn check_text(&self, type_name: &str) -> Result<(), FormatError> {
        if let Some(kind) = self.kind.filter(|&kind| kind != u32::from('s')) {
            return Err(FormatError::unknown_type(kind, type_name));
        }
        let refused = match self.sign {
            Some(Sign::Space) => Some("Space not"),
            Some(_) => Some("Sign not"),
            None if self.no_negative_zero => Some("Negative zero coercion (z) not"),
            None if self.alternate => Some("Alternate form (#) not"),
            None if self.align == Align::AfterSign => Some("'=' alignment not"),
            None => None,
        };
        match refused {
            Some(what) => Err(FormatError::Value(format!(
                "{what} allowed in string format specifier"
            ))),
            None => Ok(()),
        }
    }
}

fn invalid(text: &[u32], type_name: &str) -> FormatError {
    let shown: String = text
        .iter()
        .map(|&code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    FormatError::Value(format!(
        "Invalid format specifier '{shown}' for object of type '{type_name}'"
    ))
}
