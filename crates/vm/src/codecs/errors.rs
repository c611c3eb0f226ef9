//! What to do where text cannot be encoded or bytes cannot be decoded (PEP 293).

use super::encode::is_surrogate;
use super::registry;
use crate::table::Method;
use crate::types::bytes::PyBytes;
use crate::types::exception::{self, PyException};
use crate::types::int::PyInt;
use crate::types::str::repr::escaped;
use crate::types::str::{PyStr, StrBuilder};
use crate::types::tuple::PyTuple;
use crate::{PyErr, PyRef, PyResult, Ref, Vm, function};
use std::ops::Range;

/// Text that an encoding does not have.
#[derive(Clone, Copy, Debug)]
pub struct EncodeError<'a> {
    /// The name of the encoding.
    pub encoding: &'a str,
    /// All of the text.
    pub text: &'a Ref<PyStr>,
    /// Where the trouble starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it is.
    pub reason: &'a str,
}

/// Bytes that mean nothing in an encoding.
#[derive(Clone, Copy, Debug)]
pub struct DecodeError<'a> {
    /// The name of the encoding.
    pub encoding: &'a str,
    /// All of the bytes.
    pub bytes: &'a Ref<PyBytes>,
    /// Where the trouble starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What it is.
    pub reason: &'a str,
}

fn unicode_error(
    vm: &Vm,
    def: &'static crate::table::TypeDef,
    encoding: &str,
    object: PyRef,
    range: Range<usize>,
    reason: &str,
) -> PyErr {
    let args = || -> PyResult<[PyRef; 5]> {
        Ok([
            vm.new_str(encoding)?.into_any(),
            object,
            vm.new_int_from_usize(range.start)?,
            vm.new_int_from_usize(range.end)?,
            vm.new_str(reason)?.into_any(),
        ])
    };
    args().map_or_else(|error| error, |args| vm.error_with(def, &args))
}

impl EncodeError<'_> {
    /// The `UnicodeEncodeError`.
    #[cold]
    pub fn raise(&self, vm: &Vm) -> PyErr {
        let object = self.text.clone().into_any();
        unicode_error(vm, &exception::UNICODE_ENCODE_ERROR, self.encoding, object, self.start..self.end, self.reason)
    }
}

impl DecodeError<'_> {
    /// The `UnicodeDecodeError`.
    #[cold]
    pub fn raise(&self, vm: &Vm) -> PyErr {
        let object = self.bytes.clone().into_any();
        unicode_error(vm, &exception::UNICODE_DECODE_ERROR, self.encoding, object, self.start..self.end, self.reason)
    }
}

/// What goes into encoded text in the place of what cannot be encoded.
#[derive(Debug)]
pub enum Replacement {
    /// Text, to be encoded.
    Text(Ref<PyStr>),
    /// Bytes, as they are.
    Bytes(Vec<u8>),
}

/// The error handlers that exist from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Raise the error.
    Strict,
    /// Leave the trouble out.
    Ignore,
    /// A question mark, or U+FFFD.
    Replace,
    /// `&#1234;`
    XmlCharRefReplace,
    /// `\x…`, `\u…`, `\U…`
    BackslashReplace,
    /// `\N{…}`
    NameReplace,
    /// Let lone surrogates pass, in the Unicode encodings.
    SurrogatePass,
    /// Bytes that mean nothing become U+DC80 to U+DCFF, and back (PEP 383).
    SurrogateEscape,
}

impl Builtin {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 8] = [
        ("strict", Self::Strict),
        ("ignore", Self::Ignore),
        ("replace", Self::Replace),
        ("xmlcharrefreplace", Self::XmlCharRefReplace),
        ("backslashreplace", Self::BackslashReplace),
        ("namereplace", Self::NameReplace),
        ("surrogatepass", Self::SurrogatePass),
        ("surrogateescape", Self::SurrogateEscape),
    ];

    /// The handler of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, builtin)| *builtin)
    }

    /// What replaces characters that cannot be encoded, and where to go on; `None`: the error is raised.
    fn encode(self, vm: &Vm, encoding: &str, text: &PyStr, range: Range<usize>) -> PyResult<Option<(Replacement, usize)>> {
        let trouble = text.units().slice(range.start, range.end);
        let replacement = match self {
            Self::Strict => return Ok(None),
            Self::Ignore => Replacement::Text(vm.empty_str()?),
            Self::Replace => Replacement::Text(fill(vm, '?', range.len())?),
            Self::XmlCharRefReplace => Replacement::Text(each(vm, trouble.iter(), |c| format!("&#{c};"))?),
            Self::BackslashReplace => Replacement::Text(each(vm, trouble.iter(), escaped)?),
            Self::NameReplace => Replacement::Text(each(vm, trouble.iter(), named)?),
            Self::SurrogateEscape => {
                let escaped = trouble.iter().take_while(|c| (0xDC80..0xDD00).contains(c));
                let bytes: Vec<u8> = escaped.map(|c| (c - 0xDC00) as u8).collect();
                if bytes.is_empty() {
                    return Ok(None);
                }
                let next = range.start + bytes.len();
                return Ok(Some((Replacement::Bytes(bytes), next)));
            }
            Self::SurrogatePass => {
                let Some(form) = SurrogateForm::of(encoding) else { return Ok(None) };
                if !trouble.iter().all(is_surrogate) {
                    return Ok(None);
                }
                Replacement::Bytes(trouble.iter().flat_map(|c| form.bytes(c)).collect())
            }
        };
        Ok(Some((replacement, range.end)))
    }

    /// What replaces bytes that cannot be decoded, and where to go on; `None`: the error is raised.
    fn decode(self, vm: &Vm, encoding: &str, bytes: &[u8], range: Range<usize>) -> PyResult<Option<(Ref<PyStr>, usize)>> {
        let trouble = &bytes[range.clone()];
        let replacement = match self {
            Self::Strict => return Ok(None),
            Self::Ignore => vm.empty_str()?,
            Self::Replace => vm.new_char(0xFFFD)?,
            Self::BackslashReplace => each(vm, trouble.iter().map(|&byte| byte.into()), escaped)?,
            Self::SurrogateEscape => {
                let escaped = trouble.iter().take(4).take_while(|byte| !byte.is_ascii());
                let text = vm.new_str_from_chars(escaped.map(|&byte| 0xDC00 + u32::from(byte)))?;
                let next = range.start + text.len();
                return Ok((!text.is_empty()).then_some((text, next)));
            }
            Self::SurrogatePass => {
                let form = SurrogateForm::of(encoding);
                let Some((character, len)) = form.and_then(|form| form.character(&bytes[range.start..])) else {
                    return Ok(None);
                };
                return Ok(Some((vm.new_char(character)?, range.start + len)));
            }
            Self::XmlCharRefReplace | Self::NameReplace => return Err(cannot_handle(vm, "UnicodeDecodeError")),
        };
        Ok(Some((replacement, range.end)))
    }
}

fn fill(vm: &Vm, character: char, count: usize) -> PyResult<Ref<PyStr>> {
    let mut text = StrBuilder::new();
    text.fill(vm, character.into(), count)?;
    text.finish(vm)
}

fn each(vm: &Vm, characters: impl Iterator<Item = u32>, shown: impl Fn(u32) -> String) -> PyResult<Ref<PyStr>> {
    let mut text = StrBuilder::new();
    for character in characters {
        text.push_str(vm, &shown(character))?;
    }
    text.finish(vm)
}

/// `\N{…}`, or an escape for what has no name.
fn named(character: u32) -> String {
    match char::from_u32(character).and_then(unicode_names2::name) {
        Some(name) => format!("\\N{{{name}}}"),
        None => escaped(character),
    }
}

/// How an encoding would write a surrogate.
#[derive(Clone, Copy)]
enum SurrogateForm {
    Utf8,
    Wide { len: usize, is_big: bool },
}

impl SurrogateForm {
    fn of(encoding: &str) -> Option<Self> {
        let name = super::normalized(encoding);
        let wide = |len, rest: &str| match rest {
            "" | "_le" | "le" => Some(Self::Wide { len, is_big: false }),
            "_be" | "be" => Some(Self::Wide { len, is_big: true }),
            _ => None,
        };
        let rest = name.strip_prefix("utf").map(|rest| rest.trim_start_matches('_'))?;
        match rest {
            "8" => Some(Self::Utf8),
            _ => match (rest.strip_prefix("16"), rest.strip_prefix("32")) {
                (Some(rest), _) => wide(2, rest),
                (_, Some(rest)) => wide(4, rest),
                _ => None,
            },
        }
    }

    fn bytes(self, surrogate: u32) -> Vec<u8> {
        match self {
            Self::Utf8 => {
                vec![0xE0 | (surrogate >> 12) as u8, 0x80 | (surrogate >> 6) as u8 & 0x3F, 0x80 | surrogate as u8 & 0x3F]
            }
            Self::Wide { len, is_big: true } => surrogate.to_be_bytes()[4 - len..].to_vec(),
            Self::Wide { len, is_big: false } => surrogate.to_le_bytes()[..len].to_vec(),
        }
    }

    /// The surrogate that the bytes begin with, and how long it is.
    fn character(self, bytes: &[u8]) -> Option<(u32, usize)> {
        let (character, len) = match self {
            Self::Utf8 => match *bytes.first_chunk()? {
                [first @ 0xE0..0xF0, second @ 0x80..0xC0, third @ 0x80..0xC0] => {
                    let bits = |byte: u8, mask: u8| u32::from(byte & mask);
                    (bits(first, 0x0F) << 12 | bits(second, 0x3F) << 6 | bits(third, 0x3F), 3)
                }
                _ => return None,
            },
            Self::Wide { len, is_big } => {
                let unit = bytes.get(..len)?;
                let join = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
                (if is_big { unit.iter().fold(0, join) } else { unit.iter().rev().fold(0, join) }, len)
            }
        };
        is_surrogate(character).then_some((character, len))
    }
}

/// The error handler of one call: found by its name when the first error comes.
#[derive(Debug)]
pub struct Handler<'a> {
    name: &'a str,
    found: Option<Found>,
}

#[derive(Clone, Debug)]
enum Found {
    Builtin(Builtin),
    Callable(PyRef),
}

impl<'a> Handler<'a> {
    /// The handler of a name, not looked up yet.
    pub fn new(name: &'a str) -> Self {
        Self { name, found: None }
    }

    fn find(&mut self, vm: &mut Vm) -> PyResult<Found> {
        if let Some(found) = &self.found {
            return Ok(found.clone());
        }
        let found = match Builtin::named(self.name) {
            Some(builtin) => Found::Builtin(builtin),
            None => Found::Callable(registry::lookup_error(vm, self.name)?),
        };
        Ok(self.found.insert(found).clone())
    }

    /// What to write in the place of text, and where to go on.
    ///
    /// # Errors
    /// The error itself, or what the handler raises.
    pub fn encode(&mut self, vm: &mut Vm, error: &EncodeError<'_>) -> PyResult<(Replacement, usize)> {
        let callable = match self.find(vm)? {
            Found::Builtin(builtin) => {
                let handled = builtin.encode(vm, error.encoding, error.text, error.start..error.end)?;
                return handled.ok_or_else(|| error.raise(vm));
            }
            Found::Callable(callable) => callable,
        };
        let exception = error.raise(vm).into_exception(vm);
        let answer = vm.call_positional(&callable, &[exception.into_any()])?;
        let wrong = "encoding error handler must return (str/bytes, int) tuple";
        let (replacement, position) = unpack(vm, &answer, wrong)?;
        let next = position_in(vm, position, error.text.len())?;
        if let Some(text) = replacement.downcast_ref::<PyStr>() {
            return Ok((Replacement::Text(text.clone()), next));
        }
        match replacement.downcast_ref::<PyBytes>() {
            Some(bytes) => Ok((Replacement::Bytes(bytes.to_vec()), next)),
            None => Err(vm.type_error(wrong)),
        }
    }

    /// What to write in the place of bytes, where to go on, and in which bytes if the handler exchanged them.
    ///
    /// # Errors
    /// The error itself, or what the handler raises.
    pub fn decode(
        &mut self,
        vm: &mut Vm,
        error: &DecodeError<'_>,
    ) -> PyResult<(Ref<PyStr>, usize, Option<Ref<PyBytes>>)> {
        let callable = match self.find(vm)? {
            Found::Builtin(builtin) => {
                let handled = builtin.decode(vm, error.encoding, error.bytes, error.start..error.end)?;
                let (text, next) = handled.ok_or_else(|| error.raise(vm))?;
                return Ok((text, next, None));
            }
            Found::Callable(callable) => callable,
        };
        let exception = error.raise(vm).into_exception(vm).into_any();
        let answer = vm.call_positional(&callable, std::slice::from_ref(&exception))?;
        let wrong = "decoding error handler must return (str, int) tuple";
        let (replacement, position) = unpack(vm, &answer, wrong)?;
        let Some(text) = replacement.downcast_ref::<PyStr>() else { return Err(vm.type_error(wrong)) };
        let object = vm.get_attr_str(&exception, "object")?;
        let Some(bytes) = object.downcast_ref::<PyBytes>() else {
            return Err(vm.type_error("object attribute must be bytes"));
        };
        let next = position_in(vm, position, bytes.len())?;
        Ok((text.clone(), next, (!bytes.is(error.bytes)).then(|| bytes.clone())))
    }
}

/// The parts of a handler's answer.
fn unpack(vm: &mut Vm, answer: &PyRef, wrong: &str) -> PyResult<(PyRef, isize)> {
    let parts = answer.downcast_ref::<PyTuple>().map(|parts| parts.to_vec());
    let Some([replacement, position]) = parts.as_deref() else { return Err(vm.type_error(wrong)) };
    if !replacement.is_a::<PyStr>() && !replacement.is_a::<PyBytes>() || !position.is_a::<PyInt>() {
        return Err(vm.type_error(wrong));
    }
    Ok((replacement.clone(), vm.index_isize(position)?))
}

/// Where a handler wants to go on; negative positions count from the end.
fn position_in(vm: &Vm, position: isize, len: usize) -> PyResult<usize> {
    let from_front = if position < 0 { position + len.cast_signed() } else { position };
    match usize::try_from(from_front) {
        Ok(next) if next <= len => Ok(next),
        _ => Err(vm.index_error(format!("position {from_front} from error handler out of bounds"))),
    }
}

#[cold]
fn cannot_handle(vm: &Vm, type_name: &str) -> PyErr {
    vm.type_error(format!("don't know how to handle {type_name} in error callback"))
}

// --------------------------------------------------------------------------- handlers as Python sees them

/// The functions behind the names of the built-in handlers, in the order of [`Builtin::ALL`].
pub static FUNCTIONS: &[Method] = &[
    function!("strict_errors", "($module, exception, /)", |vm: &mut Vm, e: PyRef| handle(vm, Builtin::Strict, &e), "Raises the exception."),
    function!("ignore_errors", "($module, exception, /)", |vm: &mut Vm, e: PyRef| handle(vm, Builtin::Ignore, &e), "Leaves out what cannot be converted."),
    function!("replace_errors", "($module, exception, /)", |vm: &mut Vm, e: PyRef| handle(vm, Builtin::Replace, &e), "Puts a replacement character in the place of what cannot be converted."),
    function!("xmlcharrefreplace_errors", "($module, exception, /)", |vm: &mut Vm, e: PyRef| handle(vm, Builtin::XmlCharRefReplace, &e), "Writes characters that cannot be encoded as XML character references."),
    function!("backslashreplace_errors", "($module, exception, /)", |vm: &mut Vm, e: PyRef| handle(vm, Builtin::BackslashReplace, &e), "Writes what cannot be converted as backslash escapes."),
    function!("namereplace_errors", "($module, exception, /)", |vm: &mut Vm, e: PyRef| handle(vm, Builtin::NameReplace, &e), "Writes characters that cannot be encoded as their names."),
    function!("surrogatepass", "($module, exception, /)", |vm: &mut Vm, e: PyRef| handle(vm, Builtin::SurrogatePass, &e), "Lets lone surrogates pass."),
    function!("surrogateescape", "($module, exception, /)", |vm: &mut Vm, e: PyRef| handle(vm, Builtin::SurrogateEscape, &e), "Keeps bytes that cannot be decoded as lone surrogates."),
];

/// A built-in handler called with an exception: a tuple of the replacement and where to go on.
fn handle(vm: &mut Vm, builtin: Builtin, object: &PyRef) -> PyResult {
    let Some(exception) = object.downcast_ref::<PyException>() else {
        return Err(vm.type_error("codec must pass exception instance"));
    };
    if builtin == Builtin::Strict {
        return Err(PyErr::Raised(exception.clone()));
    }
    let is_a = |def| vm.is_instance_of_def(object, def);
    let is_decode = is_a(&exception::UNICODE_DECODE_ERROR);
    let is_translate = is_a(&exception::UNICODE_TRANSLATE_ERROR);
    if !is_decode && !is_translate && !is_a(&exception::UNICODE_ENCODE_ERROR) {
        return Err(cannot_handle(vm, &vm.type_name(object)));
    }
    let subject = vm.get_attr_str(object, "object")?;
    let handled = if is_decode {
        let bytes = vm.bytes_like(&subject)?.to_vec(vm);
        let range = range_of(vm, object, bytes.len())?;
        let encoding = encoding_of(vm, object)?;
        builtin.decode(vm, &encoding, &bytes, range)?.map(|(text, next)| (text.into_any(), next))
    } else {
        let Some(text) = subject.downcast_ref::<PyStr>() else {
            return Err(vm.type_error("object attribute must be unicode"));
        };
        let range = range_of(vm, object, text.len())?;
        if is_translate {
            translated(vm, builtin, text, range)?
        } else {
            let encoding = encoding_of(vm, object)?;
            match builtin.encode(vm, &encoding, text, range.clone())? {
                // As a function the handler takes all or nothing.
                Some((Replacement::Bytes(_), next)) if next < range.end => None,
                Some((Replacement::Bytes(bytes), next)) => Some((vm.new_bytes(&bytes)?.into_any(), next)),
                Some((Replacement::Text(text), next)) => Some((text.into_any(), next)),
                None => None,
            }
        }
    };
    match handled {
        Some((replacement, next)) => {
            let next = vm.new_int_from_usize(next)?;
            Ok(vm.new_tuple(&[replacement, next])?.into_any())
        }
        None => Err(PyErr::Raised(exception.clone())),
    }
}

fn translated(vm: &Vm, builtin: Builtin, text: &PyStr, range: Range<usize>) -> PyResult<Option<(PyRef, usize)>> {
    let trouble = text.units().slice(range.start, range.end);
    let replacement = match builtin {
        Builtin::Ignore => vm.empty_str()?,
        Builtin::Replace => fill(vm, '\u{FFFD}', range.len())?,
        Builtin::BackslashReplace => each(vm, trouble.iter(), escaped)?,
        _ => return Err(cannot_handle(vm, "UnicodeTranslateError")),
    };
    Ok(Some((replacement.into_any(), range.end)))
}

/// `exception.start` and `exception.end`, fitted to the length of the object.
fn range_of(vm: &mut Vm, exception: &PyRef, len: usize) -> PyResult<Range<usize>> {
    let mut bound = |name: &str| {
        let value = vm.get_attr_str(exception, name)?;
        vm.index_isize(&value).map(|value| usize::try_from(value).unwrap_or(0))
    };
    let (start, end) = (bound("start")?, bound("end")?);
    let start = start.min(len.saturating_sub(1));
    Ok(start..end.clamp(start.saturating_add(1).min(len), len))
}

fn encoding_of(vm: &mut Vm, exception: &PyRef) -> PyResult<String> {
    let encoding = vm.get_attr_str(exception, "encoding")?;
    Ok(encoding.downcast_ref::<PyStr>().map(|encoding| encoding.to_text().into_owned()).unwrap_or_default())
}
