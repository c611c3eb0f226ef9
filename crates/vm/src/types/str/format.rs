//! `str.format` and `str.format_map`: replacement fields (PEP 3101).
//!
//! [`Markup`] takes a template apart into literal text and fields, [`FieldName`] a field's name into the
//! argument and the attributes and items to follow from it; the module `_string` shows both to Python.

use super::builder::StrBuilder;
use super::data::{PyStr, Units};
use super::{search, unicode};
use crate::args::KwArgs;
use crate::types::exception;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// How deep fields may stand in the format specifications of others.
const DEPTH_MAX: usize = 2;

/// `template.format(*args, **kwargs)`
///
/// # Errors
/// What is wrong with the template; what looking up or formatting an argument raises.
pub fn format(
    vm: &mut Vm,
    template: &Ref<PyStr>,
    args: &[PyRef],
    kwargs: &KwArgs,
) -> PyResult<Ref<PyStr>> {
    let mut numbering = Numbering::Unknown;
    fill(
        vm,
        template.units(),
        &Source::Arguments(args, kwargs),
        DEPTH_MAX,
        &mut numbering,
    )
}

/// `template.format_map(mapping)`
///
/// # Errors
/// As [`format`].
pub fn format_map(vm: &mut Vm, template: &Ref<PyStr>, mapping: &PyRef) -> PyResult<Ref<PyStr>> {
    let mut numbering = Numbering::Unknown;
    fill(
        vm,
        template.units(),
        &Source::Mapping(mapping),
        DEPTH_MAX,
        &mut numbering,
    )
}

/// Where fields get their arguments.
enum Source<'a> {
    Arguments(&'a [PyRef], &'a KwArgs),
    Mapping(&'a PyRef),
}

/// How the positional fields are numbered.
enum Numbering {
    Unknown,
    /// By themselves; the number of the next.
    Automatic(usize),
    Manual,
}

/// Literal text, and a field behind it if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// The literal text, braces no longer doubled.
    pub literal: Units<'a>,
    /// The field behind it.
    pub field: Option<Field<'a>>,
}

/// A replacement field.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// What to format: `0.attribute[key]`.
    pub name: Units<'a>,
    /// The format specification.
    pub spec: Units<'a>,
    /// Whether there are fields in the specification.
    pub spec_has_fields: bool,
    /// The character behind the exclamation mark.
    pub conversion: Option<u32>,
}

/// A template being taken apart.
#[derive(Clone, Copy, Debug)]
pub struct Markup<'a> {
    text: Units<'a>,
    at: usize,
}

const OPEN: u32 = '{' as u32;
const CLOSE: u32 = '}' as u32;
const COLON: u32 = ':' as u32;
const EXCLAMATION: u32 = '!' as u32;
const BRACKET: u32 = '[' as u32;
const BRACKET_END: u32 = ']' as u32;
const DOT: u32 = '.' as u32;

impl<'a> Markup<'a> {
    /// At the front of a template.
    pub fn new(text: Units<'a>) -> Self {
        Self::resume(text, 0)
    }

    /// Where an earlier one was left ([`position`](Self::position)).
    pub fn resume(text: Units<'a>, position: usize) -> Self {
        Self { text, at: position }
    }

    /// How far the template is taken apart.
    pub fn position(&self) -> usize {
        self.at
    }

    fn next(&mut self) -> Option<u32> {
        (self.at < self.text.len()).then(|| {
            self.at += 1;
            self.text.get(self.at - 1)
        })
    }

    fn find_from(&self, start: usize, is_it: impl Fn(u32) -> bool) -> Option<usize> {
        self.text
            .slice(start, self.text.len())
            .iter()
            .position(is_it)
            .map(|at| start + at)
    }

    /// The next piece; `None` at the end. Errors are messages of a `ValueError`.
    ///
    /// # Errors
    /// The message.
    pub fn next_piece(&mut self) -> Result<Option<Piece<'a>>, &'static str> {
        let start = self.at;
        if start >= self.text.len() {
            return Ok(None);
        }
        let Some(brace) = self.find_from(start, |c| c == OPEN || c == CLOSE) else {
            self.at = self.text.len();
            return Ok(Some(Piece {
                literal: self.text.slice(start, self.at),
                field: None,
            }));
        };
        let is_open = self.text.get(brace) == OPEN;
        let is_doubled =
            brace + 1 < self.text.len() && self.text.get(brace + 1) == self.text.get(brace);
        if is_doubled {
            self.at = brace + 2;
            return Ok(Some(Piece {
                literal: self.text.slice(start, brace + 1),
                field: None,
            }));
        }
        if !is_open {
            return Err("Single '}' encountered in format string");
        }
        if brace + 1 == self.text.len() {
            return Err("Single '{' encountered in format string");
        }
        self.at = brace + 1;
        let field = self.field()?;
        Ok(Some(Piece {
            literal: self.text.slice(start, brace),
            field: Some(field),
        }))
    }

    /// A field, behind its opening brace.
    fn field(&mut self) -> Result<Field<'a>, &'static str> {
        let start = self.at;
        let end = loop {
            match self.next() {
                None => return Err("expected '}' before end of string"),
                Some(OPEN) => return Err("unexpected '{' in field name"),
                Some(BRACKET) => {
                    self.at = self
                        .find_from(self.at, |c| c == BRACKET_END)
                        .unwrap_or(self.text.len())
                }
                Some(end @ (CLOSE | COLON | EXCLAMATION)) => break end,
                Some(_) => {}
            }
        };
        let mut field = Field {
            name: self.text.slice(start, self.at - 1),
            spec: self.text.slice(self.at, self.at),
            spec_has_fields: false,
            conversion: None,
        };
        if end == EXCLAMATION {
            let conversion = self
                .next()
                .ok_or("end of string while looking for conversion specifier")?;
            field.conversion = Some(conversion);
            match self.next() {
                Some(CLOSE) => return Ok(field),
                Some(COLON) | None => {}
                Some(_) => return Err("expected ':' after conversion specifier"),
            }
        } else if end == CLOSE {
            return Ok(field);
        }
        self.spec(&mut field)?;
        Ok(field)
    }

    /// A format specification, up to the brace that closes the field.
    fn spec(&mut self, field: &mut Field<'a>) -> Result<(), &'static str> {
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                None => return Err("unmatched '{' in format spec"),
                Some(OPEN) => {
                    field.spec_has_fields = true;
                    depth += 1;
                }
                Some(CLOSE) => depth -= 1,
                Some(_) => {}
            }
        }
        field.spec = self.text.slice(start, self.at - 1);
        Ok(())
    }
}

/// The first part of a field's name.
#[derive(Clone, Copy, Debug)]
pub enum First<'a> {
    /// Nothing: the next positional argument.
    Automatic,
    /// A number: that positional argument.
    Index(usize),
    /// A name: that keyword argument.
    Name(Units<'a>),
}

/// A later part of a field's name.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// `.name`
    Attribute(Units<'a>),
    /// `[3]`
    Index(usize),
    /// `[key]`
    Key(Units<'a>),
}

/// A field's name being taken apart.
#[derive(Clone, Copy, Debug)]
pub struct FieldName<'a> {
    name: Units<'a>,
    at: usize,
}

impl<'a> FieldName<'a> {
    /// The first part of a name, and the rest of it.
    ///
    /// # Errors
    /// The message of a `ValueError`.
    pub fn split(name: Units<'a>) -> Result<(First<'a>, Self), &'static str> {
        let end = name
            .iter()
            .position(|c| c == DOT || c == BRACKET)
            .unwrap_or(name.len());
        let first = name.slice(0, end);
        let rest = Self { name, at: end };
        Ok((
            if first.is_empty() {
                First::Automatic
            } else {
                number(first)?.map_or(First::Name(first), First::Index)
            },
            rest,
        ))
    }

    /// Where an earlier one was left ([`position`](Self::position)).
    pub fn resume(name: Units<'a>, position: usize) -> Self {
        Self { name, at: position }
    }

    /// How far the name is taken apart.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next part; `None` at the end.
    ///
    /// # Errors
    /// The message of a `ValueError`.
    pub fn next_step(&mut self) -> Result<Option<Step<'a>>, &'static str> {
        if self.at >= self.name.len() {
            return Ok(None);
        }
        let rest = self.name.slice(self.at + 1, self.name.len());
        let is_attribute = match self.name.get(self.at) {
            DOT => true,
            BRACKET => false,
            _ => return Err("Only '.' or '[' may follow ']' in format field specifier"),
        };
        let end = match is_attribute {
            true => rest
                .iter()
                .position(|c| c == DOT || c == BRACKET)
                .unwrap_or(rest.len()),
            false => rest
                .iter()
                .position(|c| c == BRACKET_END)
                .ok_or("Missing ']' in format string")?,
        };
        let part = rest.slice(0, end);
        if part.is_empty() {
            return Err("Empty attribute in format string");
        }
        self.at += 1 + end + usize::from(!is_attribute);
        Ok(Some(match is_attribute {
            true => Step::Attribute(part),
            false => number(part)?.map_or(Step::Key(part), Step::Index),
        }))
    }
}

/// A text of decimal digits as a number; `None` if there is anything else.
fn number(text: Units<'_>) -> Result<Option<usize>, &'static str> {
    let mut number: usize = 0;
    for character in text.iter() {
        let Some(digit) = unicode::decimal_value(character) else {
            return Ok(None);
        };
        number = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(digit as usize))
            .filter(|number| isize::try_from(*number).is_ok())
            .ok_or("Too many decimal digits in format string")?;
    }
    Ok(Some(number))
}

/// The template with its fields filled in.
fn fill(
    vm: &mut Vm,
    template: Units<'_>,
    source: &Source<'_>,
    depth: usize,
    numbering: &mut Numbering,
) -> PyResult<Ref<PyStr>> {
    if depth == 0 {
        return Err(vm.value_error("Max string recursion exceeded"));
    }
    let mut filled = StrBuilder::new();
    let mut markup = Markup::new(template);
    while let Some(piece) = markup
        .next_piece()
        .map_err(|message| vm.value_error(message))?
    {
        filled.push_units(vm, piece.literal)?;
        let Some(field) = piece.field else { continue };
        let value = argument(vm, field.name, source, numbering)?;
        let value = converted(vm, value, field.conversion)?;
        let spec = match field.spec_has_fields {
            true => fill(vm, field.spec, source, depth - 1, numbering)?,
            false => vm.new_str_from_units(field.spec)?,
        };
        let text = vm.format(&value, &spec)?;
        filled.push(vm, &text)?;
    }
    filled.finish(vm)
}

/// What a field's name means.
fn argument(
    vm: &mut Vm,
    name: Units<'_>,
    source: &Source<'_>,
    numbering: &mut Numbering,
) -> PyResult {
    let (first, mut rest) = FieldName::split(name).map_err(|message| vm.value_error(message))?;
    let mut value = match first {
        First::Automatic => {
            let index = next_automatic(vm, numbering)?;
            positional(vm, source, index)?
        }
        First::Index(index) => {
            if matches!(numbering, Numbering::Automatic(_)) {
                return Err(switched(
                    vm,
                    "automatic field numbering to manual field specification",
                ));
            }
            *numbering = Numbering::Manual;
            positional(vm, source, index)?
        }
        First::Name(name) => keyword(vm, source, name)?,
    };
    while let Some(step) = rest
        .next_step()
        .map_err(|message| vm.value_error(message))?
    {
        value = match step {
            Step::Attribute(name) => {
                let name = vm.new_str_from_units(name)?;
                vm.get_attr(&value, &name)?
            }
            Step::Index(index) => {
                let index = vm.new_int_from_usize(index)?;
                vm.get_item(&value, &index)?
            }
            Step::Key(key) => {
                let key = vm.new_str_from_units(key)?.into_any();
                vm.get_item(&value, &key)?
            }
        };
    }
    Ok(value)
}

fn next_automatic(vm: &Vm, numbering: &mut Numbering) -> PyResult<usize> {
    let index = match numbering {
        Numbering::Unknown => 0,
        Numbering::Automatic(next) => *next,
        Numbering::Manual => {
            return Err(switched(
                vm,
                "manual field specification to automatic field numbering",
            ));
        }
    };
    *numbering = Numbering::Automatic(index + 1);
    Ok(index)
}

#[cold]
fn switched(vm: &Vm, from_to: &str) -> PyErr {
    vm.value_error(format!("cannot switch from {from_to}"))
}

fn positional(vm: &Vm, source: &Source<'_>, index: usize) -> PyResult {
    match source {
        Source::Mapping(_) => Err(vm.value_error("Format string contains positional fields")),
        Source::Arguments(args, _) => args.get(index).cloned().ok_or_else(|| {
            vm.index_error(format!(
                "Replacement index {index} out of range for positional args tuple"
            ))
        }),
    }
}

fn keyword(vm: &mut Vm, source: &Source<'_>, name: Units<'_>) -> PyResult {
    match source {
        Source::Mapping(mapping) => {
            let name = vm.new_str_from_units(name)?.into_any();
            vm.get_item(mapping, &name)
        }
        Source::Arguments(_, kwargs) => {
            let is_it = |known: &Ref<PyStr>| {
                known.len() == name.len() && search::is_at(known.units(), 0, name)
            };
            match kwargs.iter().find(|(known, _)| is_it(known)) {
                Some((_, value)) => Ok(value.clone()),
                None => {
                    let name = vm.new_str_from_units(name)?.into_any();
                    Err(vm.key_error(&name))
                }
            }
        }
    }
}

/// The value, or what `!r`, `!s` or `!a` makes of it.
fn converted(vm: &mut Vm, value: PyRef, conversion: Option<u32>) -> PyResult {
    let Some(conversion) = conversion else {
        return Ok(value);
    };
    match char::from_u32(conversion) {
        Some('r') => Ok(vm.repr(&value)?.into_any()),
        Some('s') => Ok(vm.str(&value)?.into_any()),
        Some('a') => Ok(vm.ascii(&value)?.into_any()),
        _ => Err(unknown_conversion(vm, conversion)),
    }
}

#[cold]
fn unknown_conversion(vm: &Vm, conversion: u32) -> PyErr {
    let shown = match char::from_u32(conversion) {
        Some(conversion @ '!'..='~') => conversion.to_string(),
        _ => format!("\\x{conversion:x}"),
    };
    vm.error(
        &exception::VALUE_ERROR,
        format!("Unknown conversion specifier {shown}"),
    )
}
