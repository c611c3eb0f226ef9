//! The operator `%` of strings and of bytes.
//!
//! A template is parsed and filled in one pass (CPython 3.14 Objects/unicode_format.c, `PyUnicode_Format`):
//! each conversion is `%(key)-+ #0width.precision` and a letter.

use super::builder::StrBuilder;
use super::data::{CODE_POINT_END, PyStr, Units};
use crate::types::bytearray::PyByteArray;
use crate::types::bytes::PyBytes;
use crate::types::exception;
use crate::types::float::float_value;
use crate::types::int::PyInt;
use crate::types::tuple::PyTuple;
use crate::{HeapVec, PyErr, PyRef, PyResult, Ref, Vm};

/// `template % args` of strings.
///
/// # Errors
/// What is wrong with the template or with its arguments; what converting one raises.
pub fn format_str(vm: &mut Vm, template: &Ref<PyStr>, args: &PyRef) -> PyResult<Ref<PyStr>> {
    let mut formatting =
        Formatting::new(vm, template.units(), args, Output::Str(StrBuilder::new()));
    formatting.run(vm)?;
    match formatting.output {
        Output::Str(text) => text.finish(vm),
        Output::Bytes(_) => unreachable!("the output was made here"),
    }
}

/// `template % args` of bytes.
///
/// # Errors
/// As [`format_str`].
pub fn format_bytes(vm: &mut Vm, template: &[u8], args: &PyRef) -> PyResult<HeapVec<u8>> {
    let mut formatting = Formatting::new(
        vm,
        Units::One(template),
        args,
        Output::Bytes(HeapVec::new()),
    );
    formatting.run(vm)?;
    match formatting.output {
        Output::Bytes(bytes) => Ok(bytes),
        Output::Str(_) => unreachable!("the output was made here"),
    }
}

/// What is written: characters or bytes.
enum Output {
    Str(StrBuilder),
    Bytes(HeapVec<u8>),
}

impl Output {
    fn is_bytes(&self) -> bool {
        matches!(self, Self::Bytes(_))
    }

    fn push(&mut self, vm: &Vm, units: Units<'_>) -> PyResult<()> {
        match (self, units) {
            (Self::Str(text), units) => text.push_units(vm, units),
            (Self::Bytes(bytes), Units::One(units)) => {
                Ok(bytes.extend_from_copies(vm.heap(), units)?)
            }
            (Self::Bytes(_), _) => unreachable!("bytes are one byte wide"),
        }
    }

    fn push_ascii(&mut self, vm: &Vm, text: &str) -> PyResult<()> {
        self.push(vm, Units::One(text.as_bytes()))
    }

    fn fill(&mut self, vm: &Vm, byte: u8, count: usize) -> PyResult<()> {
        match self {
            Self::Str(text) => text.fill(vm, byte.into(), count),
            Self::Bytes(bytes) => Ok(bytes.extend(vm.heap(), std::iter::repeat_n(byte, count))?),
        }
    }
}

/// A template being filled.
struct Formatting<'a> {
    template: Units<'a>,
    at: usize,
    arguments: Arguments,
    /// The object that `%(key)` looks keys up in.
    mapping: Option<PyRef>,
    output: Output,
}

/// Where the next argument comes from.
enum Arguments {
    Tuple(Ref<PyTuple>, usize),
    One(Option<PyRef>),
}

/// The flags, width and precision of one conversion.
#[derive(Default)]
struct Spec {
    left: bool,
    sign: bool,
    blank: bool,
    alternate: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// A number as text: `sign prefix zeros digits trailing-zeros tail`.
#[derive(Default)]
struct Number {
    sign: &'static str,
    prefix: &'static str,
    zeros: usize,
    digits: String,
    trailing_zeros: usize,
    tail: String,
}

impl<'a> Formatting<'a> {
    fn new(vm: &Vm, template: Units<'a>, args: &PyRef, output: Output) -> Self {
        let is_text = args.is_a::<PyStr>()
            || output.is_bytes() && (args.is_a::<PyBytes>() || args.is_a::<PyByteArray>());
        let tuple = args.downcast_ref::<PyTuple>();
        let is_mapping =
            tuple.is_none() && !is_text && vm.type_of(args).slots(vm).getitem.is_some();
        let arguments = match tuple {
            Some(tuple) => Arguments::Tuple(tuple.clone(), 0),
            None => Arguments::One(Some(args.clone())),
        };
        Self {
            template,
            at: 0,
            arguments,
            mapping: is_mapping.then(|| args.clone()),
            output,
        }
    }

    fn run(&mut self, vm: &mut Vm) -> PyResult<()> {
        while self.at < self.template.len() {
            let rest = self.template.slice(self.at, self.template.len());
            let literal = super::search::find(rest, Units::One(b"%")).unwrap_or(rest.len());
            self.output.push(vm, rest.slice(0, literal))?;
            self.at += literal;
            if self.at < self.template.len() {
                self.at += 1;
                self.conversion(vm)?;
            }
        }
        let is_left = match &self.arguments {
            Arguments::Tuple(tuple, next) => *next < tuple.len(),
            Arguments::One(left) => left.is_some(),
        };
        if is_left && self.mapping.is_none() {
            let what = if self.output.is_bytes() {
                "bytes"
            } else {
                "string"
            };
            return Err(vm.type_error(format!(
                "not all arguments converted during {what} formatting"
            )));
        }
        Ok(())
    }

    /// The next character of the template.
    fn character(&mut self, vm: &Vm) -> PyResult<char> {
        if self.at >= self.template.len() {
            return Err(vm.value_error("incomplete format"));
        }
        self.at += 1;
        // A lone surrogate is no letter of any conversion.
        Ok(char::from_u32(self.template.get(self.at - 1)).unwrap_or('\u{FFFD}'))
    }

    fn peek(&self) -> Option<char> {
        (self.at < self.template.len())
            .then(|| char::from_u32(self.template.get(self.at)).unwrap_or('\u{FFFD}'))
    }

    fn next_argument(&mut self, vm: &Vm) -> PyResult {
        let next = match &mut self.arguments {
            Arguments::Tuple(tuple, next) => {
                *next += 1;
                tuple.get(*next - 1).cloned()
            }
            Arguments::One(left) => left.take(),
        };
        next.ok_or_else(|| vm.type_error("not enough arguments for format string"))
    }

    /// Everything behind a percent sign.
    fn conversion(&mut self, vm: &mut Vm) -> PyResult<()> {
        if self.peek() == Some('%') {
            self.at += 1;
            return self.output.push_ascii(vm, "%");
        }
        if self.peek() == Some('(') {
            self.at += 1;
            self.key(vm)?;
        }
        let spec = self.spec(vm)?;
        let mut letter = self.character(vm)?;
        if matches!(letter, 'h' | 'l' | 'L') {
            letter = self.character(vm)?;
        }
        let argument = self.next_argument(vm)?;
        self.convert(vm, letter, &spec, &argument)
    }

    /// `%(key)`: what the mapping has becomes the next argument.
    fn key(&mut self, vm: &mut Vm) -> PyResult<()> {
        let Some(mapping) = self.mapping.clone() else {
            return Err(vm.type_error("format requires a mapping"));
        };
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.peek() {
                None => return Err(vm.value_error("incomplete format key")),
                Some('(') => depth += 1,
                Some(')') => depth -= 1,
                Some(_) => {}
            }
            self.at += 1;
        }
        let key = match self.template.slice(start, self.at - 1) {
            Units::One(key) if self.output.is_bytes() => vm.new_bytes(key)?.into_any(),
            key => vm.new_str_from_units(key)?.into_any(),
        };
        let value = vm.get_item(&mapping, &key)?;
        self.arguments = Arguments::One(Some(value));
        Ok(())
    }

    fn spec(&mut self, vm: &mut Vm) -> PyResult<Spec> {
        let mut spec = Spec::default();
        loop {
            match self.peek() {
                Some('-') => spec.left = true,
                Some('+') => spec.sign = true,
                Some(' ') => spec.blank = true,
                Some('#') => spec.alternate = true,
                Some('0') => spec.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        if self.peek() == Some('*') {
            let width = self.starred(vm, isize::MAX as i64, "ssize_t")?;
            spec.left |= width < 0;
            spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
        } else {
            spec.width = self
                .digits(isize::MAX as usize)
                .ok_or_else(|| vm.value_error("width too big"))?;
        }
        if self.peek() == Some('.') {
            self.at += 1;
            spec.precision = Some(if self.peek() == Some('*') {
                usize::try_from(self.starred(vm, i32::MAX.into(), "int")?).unwrap_or(0)
            } else {
                self.digits(i32::MAX as usize)
                    .ok_or_else(|| vm.value_error("precision too big"))?
            });
        }
        Ok(spec)
    }

    /// A number that an argument gives.
    fn starred(&mut self, vm: &mut Vm, most: i64, c_type: &str) -> PyResult<i64> {
        self.at += 1;
        let argument = self.next_argument(vm)?;
        let Some(number) = argument.downcast_ref::<PyInt>() else {
            return Err(vm.type_error("* wants int"));
        };
        match number.to_i64() {
            Some(number) if (-most - 1..=most).contains(&number) => Ok(number),
            _ => Err(vm.overflow_error(format!("Python int too large to convert to C {c_type}"))),
        }
    }

    /// A number in the template, 0 if there is none; `None` if it is too big.
    fn digits(&mut self, most: usize) -> Option<usize> {
        let mut number: usize = 0;
        while let Some(digit) = self.peek().and_then(|character| character.to_digit(10)) {
            number = number
                .checked_mul(10)?
                .checked_add(digit as usize)
                .filter(|number| *number <= most)?;
            self.at += 1;
        }
        Some(number)
    }

    fn convert(
        &mut self,
        vm: &mut Vm,
        letter: char,
        spec: &Spec,
        argument: &PyRef,
    ) -> PyResult<()> {
        match letter {
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
                let number = integer(vm, letter, spec, argument)?;
                self.push_number(vm, spec, number)
            }
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                let value = self.float(vm, argument)?;
                self.push_number(vm, spec, float(letter, spec, value))
            }
            _ if self.output.is_bytes() => self.convert_to_bytes(vm, letter, spec, argument),
            's' | 'r' | 'a' => {
                let text = match letter {
                    's' => vm.str(argument)?,
                    'r' => vm.repr(argument)?,
                    _ => vm.ascii(argument)?,
                };
                let len = spec
                    .precision
                    .map_or(text.len(), |most| text.len().min(most));
                self.push_field(vm, spec, text.units().slice(0, len))
            }
            'c' => {
                let character = self.single_character(vm, argument)?;
                self.push_field(vm, spec, Units::Four(&[character]))
            }
            _ => Err(self.unsupported(vm, letter)),
        }
    }

    fn convert_to_bytes(
        &mut self,
        vm: &mut Vm,
        letter: char,
        spec: &Spec,
        argument: &PyRef,
    ) -> PyResult<()> {
        match letter {
            's' | 'b' => {
                let bytes = bytes_of(vm, argument)?;
                let len = spec
                    .precision
                    .map_or(bytes.len(), |most| bytes.len().min(most));
                self.push_field(vm, spec, Units::One(&bytes[..len]))
            }
            'r' | 'a' => {
                let text = vm.ascii(argument)?;
                let len = spec
                    .precision
                    .map_or(text.len(), |most| text.len().min(most));
                self.push_field(vm, spec, text.units().slice(0, len))
            }
            'c' => {
                let byte = single_byte(vm, argument)?;
                self.push_field(vm, spec, Units::One(&[byte]))
            }
            _ => Err(self.unsupported(vm, letter)),
        }
    }

    #[cold]
    fn unsupported(&self, vm: &Vm, letter: char) -> PyErr {
        let index = self.at - 1;
        let code = self.template.get(index);
        let shown = match letter {
            ' '..='~' => letter,
            _ => '?',
        };
        vm.value_error(format!(
            "unsupported format character '{shown}' ({code:#x}) at index {index}"
        ))
    }

    fn float(&self, vm: &mut Vm, argument: &PyRef) -> PyResult<f64> {
        if let Some(value) = float_value(argument) {
            return Ok(value);
        }
        match vm.as_f64(argument) {
            Err(error) if self.output.is_bytes() && error.is(vm, &exception::TYPE_ERROR) => Err(vm
                .type_error(format!(
                    "float argument required, not {}",
                    vm.type_name(argument)
                ))),
            result => result,
        }
    }

    fn single_character(&self, vm: &mut Vm, argument: &PyRef) -> PyResult<u32> {
        let wrong = "%c requires an int or a unicode character, not";
        if let Some(text) = argument.downcast_ref::<PyStr>() {
            return match text.len() {
                1 => Ok(text.char_at(0)),
                len => Err(vm.type_error(format!("{wrong} a string of length {len}"))),
            };
        }
        let number = match vm.index(argument) {
            Ok(number) => number,
            Err(error) if error.is(vm, &exception::TYPE_ERROR) => {
                return Err(vm.type_error(format!("{wrong} {}", vm.type_name(argument))));
            }
            Err(error) => return Err(error),
        };
        match number
            .to_i64()
            .and_then(|number| u32::try_from(number).ok())
        {
            Some(character @ 0..CODE_POINT_END) => Ok(character),
            _ => Err(vm.overflow_error("%c arg not in range(0x110000)")),
        }
    }

    /// Writes text in a field.
    fn push_field(&mut self, vm: &Vm, spec: &Spec, text: Units<'_>) -> PyResult<()> {
        let padding = spec.width.saturating_sub(text.len());
        let (before, behind) = if spec.left {
            (0, padding)
        } else {
            (padding, 0)
        };
        self.output.fill(vm, b' ', before)?;
        self.output.push(vm, text)?;
        self.output.fill(vm, b' ', behind)
    }

    /// Writes a number in a field: zeros go between the sign and the digits, blanks outside.
    fn push_number(&mut self, vm: &Vm, spec: &Spec, number: Number) -> PyResult<()> {
        let texts = [number.sign, number.prefix, &number.digits, &number.tail].map(str::len);
        let len = texts.iter().sum::<usize>() + number.zeros + number.trailing_zeros;
        let padding = spec.width.saturating_sub(len);
        let (blanks, zeros, behind) = match (spec.left, spec.zero) {
            (true, _) => (0, 0, padding),
            (false, true) => (0, padding, 0),
            (false, false) => (padding, 0, 0),
        };
        let output = &mut self.output;
        output.fill(vm, b' ', blanks)?;
        output.push_ascii(vm, number.sign)?;
        output.push_ascii(vm, number.prefix)?;
        output.fill(vm, b'0', zeros)?;
        output.fill(vm, b'0', number.zeros)?;
        output.push_ascii(vm, &number.digits)?;
        output.fill(vm, b'0', number.trailing_zeros)?;
        output.push_ascii(vm, &number.tail)?;
        output.fill(vm, b' ', behind)
    }
}

impl Spec {
    fn sign(&self, is_negative: bool) -> &'static str {
        match (is_negative, self.sign, self.blank) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }
}

/// An argument of `%d`, `%i`, `%u`, `%o`, `%x` or `%X` as text.
fn integer(vm: &mut Vm, letter: char, spec: &Spec, argument: &PyRef) -> PyResult<Number> {
    let number = to_integer(vm, letter, argument)?;
    let (prefix, mut digits) = match letter {
        'o' => ("0o", number.to_bigint().magnitude().to_str_radix(8)),
        'x' => ("0x", number.to_bigint().magnitude().to_str_radix(16)),
        'X' => (
            "0X",
            number
                .to_bigint()
                .magnitude()
                .to_str_radix(16)
                .to_ascii_uppercase(),
        ),
        _ => ("", crate::types::int::text::decimal(vm, &number)?),
    };
    let is_negative = number.sign() < 0;
    if digits.starts_with('-') {
        digits.remove(0);
    }
    Ok(Number {
        sign: spec.sign(is_negative),
        prefix: if spec.alternate { prefix } else { "" },
        zeros: spec.precision.unwrap_or(0).saturating_sub(digits.len()),
        digits,
        ..Number::default()
    })
}

fn to_integer(vm: &mut Vm, letter: char, argument: &PyRef) -> PyResult<Ref<PyInt>> {
    if let Some(number) = argument.downcast_ref::<PyInt>() {
        return Ok(number.clone());
    }
    let is_index = matches!(letter, 'o' | 'x' | 'X');
    let slots = vm.type_of(argument).slots(vm);
    if slots.index.is_some() || slots.int.is_some() || slots.float.is_some() {
        let result = if is_index {
            vm.index(argument)
        } else {
            vm.as_int(argument)
        };
        match result {
            Err(error) if error.is(vm, &exception::TYPE_ERROR) => {}
            result => return result,
        }
    }
    let wanted = if is_index {
        "an integer"
    } else {
        "a real number"
    };
    Err(vm.type_error(format!(
        "%{letter} format: {wanted} is required, not {}",
        vm.type_name(argument)
    )))
}

/// No double has more digits than this behind its point or in its significand: all further ones are zeros.
const DIGITS_MAX: usize = 1100;

/// An argument of `%e`, `%f` or `%g` as text.
fn float(letter: char, spec: &Spec, value: f64) -> Number {
    let mut number = Number {
        sign: spec.sign(value.is_sign_negative() && !value.is_nan()),
        ..Number::default()
    };
    let precision = spec.precision.unwrap_or(6);
    let magnitude = value.abs();
    if !magnitude.is_finite() {
        number.digits = if magnitude.is_nan() { "nan" } else { "inf" }.to_owned();
    } else {
        match letter.to_ascii_lowercase() {
            'f' => fixed(&mut number, magnitude, precision, spec.alternate),
            'e' => exponential(&mut number, magnitude, precision, spec.alternate),
            _ => general(&mut number, magnitude, precision.max(1), spec.alternate),
        }
    }
    if letter.is_ascii_uppercase() {
        number.digits.make_ascii_uppercase();
        number.tail.make_ascii_uppercase();
    }
    number
}

fn fixed(number: &mut Number, magnitude: f64, precision: usize, alternate: bool) {
    let digits = precision.min(DIGITS_MAX);
    number.digits = format!("{magnitude:.digits$}");
    number.trailing_zeros = precision - digits;
    if alternate && precision == 0 {
        number.digits.push('.');
    }
}

fn exponential(number: &mut Number, magnitude: f64, precision: usize, alternate: bool) {
    let digits = precision.min(DIGITS_MAX);
    let (significand, exponent) = significand_and_exponent(magnitude, digits);
    number.digits = significand;
    number.trailing_zeros = precision - digits;
    if alternate && precision == 0 {
        number.digits.push('.');
    }
    number.tail = format!("e{exponent:+03}");
}

/// The significand with this many digits behind the point, rounded, and the exponent of ten.
fn significand_and_exponent(magnitude: f64, digits: usize) -> (String, i32) {
    let text = format!("{magnitude:.digits$e}");
    let (significand, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (significand.to_owned(), exponent.parse().unwrap_or(0))
}

fn general(number: &mut Number, magnitude: f64, precision: usize, alternate: bool) {
    let digits = precision.min(DIGITS_MAX);
    let (_, exponent) = significand_and_exponent(magnitude, digits - 1);
    // A precision of more digits than fit into an `i32` is beyond every exponent.
    if exponent < -4 || i32::try_from(precision).is_ok_and(|precision| exponent >= precision) {
        exponential(number, magnitude, precision - 1, alternate);
    } else {
        let behind = precision.saturating_add_signed(-1 - exponent as isize);
        fixed(number, magnitude, behind, alternate);
    }
    if !alternate {
        number.trailing_zeros = 0;
        if number.digits.contains('.') {
            let len = number
                .digits
                .trim_end_matches('0')
                .trim_end_matches('.')
                .len();
            number.digits.truncate(len);
        }
    }
}

/// What `%b` writes of an object.
fn bytes_of(vm: &mut Vm, argument: &PyRef) -> PyResult<Vec<u8>> {
    if let Some(bytes) = argument.downcast_ref::<PyBytes>() {
        return Ok(bytes.to_vec());
    }
    if let Some(buffer) = vm.try_buffer(argument)? {
        return Ok(buffer.to_bytes(vm).into_owned());
    }
    if let Some(bytes) = crate::types::bytes::from_dunder(vm, argument)? {
        return Ok(bytes.to_vec());
    }
    Err(vm.type_error(format!(
        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
        vm.type_name(argument)
    )))
}

/// What `%c` writes of an object into bytes.
fn single_byte(vm: &mut Vm, argument: &PyRef) -> PyResult<u8> {
    let wrong = "%c requires an integer in range(256) or a single byte, not";
    let single = |bytes: &[u8], type_name: &str| match bytes {
        [byte] => Ok(*byte),
        _ => Err(format!(
            "{wrong} a {type_name} object of length {}",
            bytes.len()
        )),
    };
    let found = if let Some(bytes) = argument.downcast_ref::<PyBytes>() {
        single(bytes, "bytes")
    } else if let Some(bytes) = argument.downcast_ref::<PyByteArray>() {
        single(bytes.as_slice(vm), "bytearray")
    } else {
        let number = match vm.index(argument) {
            Ok(number) => number,
            Err(error) if error.is(vm, &exception::TYPE_ERROR) => {
                return Err(vm.type_error(format!("{wrong} {}", vm.type_name(argument))));
            }
            Err(error) => return Err(error),
        };
        let byte = number.to_i64().and_then(|number| u8::try_from(number).ok());
        return byte.ok_or_else(|| vm.overflow_error("%c arg not in range(256)"));
    };
    found.map_err(|message| vm.type_error(message))
}
