//! JSON strings: reading one, and writing one.

use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::str::builder::StrBuilder;
use exuvia_vm::types::str::data::Units;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};

const QUOTE: u32 = '"' as u32;
const BACKSLASH: u32 = '\\' as u32;
const SPACE: u32 = ' ' as u32;

/// The characters that an escape of one letter stands for.
static ESCAPES: &[(u8, u8)] = &[
    (b'"', b'"'),
    (b'\\', b'\\'),
    (b'/', b'/'),
    (b'b', 0x08),
    (b'f', 0x0C),
    (b'n', b'\n'),
    (b'r', b'\r'),
    (b't', b'\t'),
];

/// A `json.JSONDecodeError` about a place in a document.
pub fn decode_error(vm: &mut Vm, message: &str, document: &Ref<PyStr>, place: usize) -> PyErr {
    match try_decode_error(vm, message, document, place) {
        Ok(error) | Err(error) => error,
    }
}

fn try_decode_error(
    vm: &mut Vm,
    message: &str,
    document: &Ref<PyStr>,
    place: usize,
) -> PyResult<PyErr> {
    let decoder = vm.import("json.decoder")?;
    let class = vm.get_attr_str(&decoder, "JSONDecodeError")?;
    let args = [
        vm.new_str(message)?.into_any(),
        document.clone().into_any(),
        vm.new_int_from_usize(place)?,
    ];
    let made = vm.call_positional(&class, &args)?;
    match made.downcast() {
        Ok(exception) => Ok(PyErr::Raised(exception)),
        Err(_) => Err(vm.type_error("exceptions must derive from BaseException")),
    }
}

/// Reads the string whose opening quote is before `start`; answers it and where its closing quote ends.
///
/// # Errors
/// `JSONDecodeError`.
pub fn scan(
    vm: &mut Vm,
    document: &Ref<PyStr>,
    start: usize,
    is_strict: bool,
) -> PyResult<(Ref<PyStr>, usize)> {
    let units = document.units();
    let plain = plain_run(units, start, is_strict);
    if plain < units.len() && units.get(plain) == QUOTE {
        return Ok((document.slice(vm, start, plain)?, plain + 1));
    }
    let mut text = StrBuilder::new();
    let mut at = start;
    loop {
        let stop = plain_run(units, at, is_strict);
        text.push_units(vm, units.slice(at, stop))?;
        if stop >= units.len() {
            break;
        }
        match units.get(stop) {
            QUOTE => return Ok((text.finish(vm)?, stop + 1)),
            BACKSLASH => match unescape(units, stop + 1) {
                Ok((character, next)) => {
                    text.push_char(vm, character)?;
                    at = next;
                }
                Err(Wrong::End) => break,
                Err(Wrong::At(message, place)) => {
                    return Err(decode_error(vm, message, document, place));
                }
            },
            _ => {
                return Err(decode_error(
                    vm,
                    "Invalid control character at",
                    document,
                    stop,
                ));
            }
        }
    }
    let place = start.saturating_sub(1);
    Err(decode_error(
        vm,
        "Unterminated string starting at",
        document,
        place,
    ))
}

/// Where plain characters from `at` on end.
fn plain_run(units: Units<'_>, at: usize, is_strict: bool) -> usize {
    let stops = |character: u32| {
        character == QUOTE || character == BACKSLASH || (is_strict && character < SPACE)
    };
    let rest = units.slice(at, units.len());
    let stop = match rest {
        Units::One(rest) => rest.iter().position(|&unit| stops(unit.into())),
        Units::Two(rest) => rest.iter().position(|&unit| stops(unit.into())),
        Units::Four(rest) => rest.iter().position(|&unit| stops(unit)),
    };
    stop.map_or(units.len(), |stop| at + stop)
}

/// What is wrong with an escape.
enum Wrong {
    /// The document ends in it.
    End,
    At(&'static str, usize),
}

fn peek(units: Units<'_>, at: usize) -> Option<u32> {
    (at < units.len()).then(|| units.get(at))
}

/// The character that an escape stands for, behind its backslash, and where the escape ends.
fn unescape(units: Units<'_>, at: usize) -> Result<(u32, usize), Wrong> {
    let letter = peek(units, at).ok_or(Wrong::End)?;
    if letter != u32::from(b'u') {
        let known = ESCAPES.iter().find(|(from, _)| u32::from(*from) == letter);
        let (_, to) = known.ok_or(Wrong::At("Invalid \\escape", at - 1))?;
        return Ok((u32::from(*to), at + 1));
    }
    let wrong = Wrong::At("Invalid \\uXXXX escape", at);
    let high = hex_word(units, at + 1).ok_or(wrong)?;
    let next = at + 5;
    if (0xD800..0xDC00).contains(&high)
        && peek(units, next) == Some(BACKSLASH)
        && peek(units, next + 1) == Some(u32::from(b'u'))
        && let Some(low @ 0xDC00..0xE000) = hex_word(units, next + 2)
    {
        let joined = 0x1_0000 + ((high - 0xD800) << 10 | (low - 0xDC00));
        return Ok((joined, next + 6));
    }
    Ok((high, next))
}

/// Four hexadecimal digits as a number.
fn hex_word(units: Units<'_>, at: usize) -> Option<u32> {
    (at..at + 4).try_fold(0, |word, at| {
        let digit = char::from_u32(peek(units, at)?)?.to_digit(16)?;
        Some(word << 4 | digit)
    })
}

// ----------------------------------------------------------------------------------------- writing

/// Whether characters above ASCII are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escaping {
    /// They are.
    Ascii,
    /// They are not.
    Needed,
}

/// Writes a string with its quotes.
///
/// # Errors
/// `OutOfMemory`.
pub fn write(vm: &Vm, text: &PyStr, escaping: Escaping, out: &mut StrBuilder) -> PyResult<()> {
    out.push_char(vm, QUOTE)?;
    let units = text.units();
    let needs_escape = |character: u32| {
        character == QUOTE
            || character == BACKSLASH
            || character < SPACE
            || (escaping == Escaping::Ascii && character > 0x7E)
    };
    let mut at = 0;
    for (index, character) in units.iter().enumerate() {
        if needs_escape(character) {
            out.push_units(vm, units.slice(at, index))?;
            out.push_str(vm, &escape(character))?;
            at = index + 1;
        }
    }
    out.push_units(vm, units.slice(at, units.len()))?;
    out.push_char(vm, QUOTE)
}

fn escape(character: u32) -> String {
    let known = ESCAPES
        .iter()
        .find(|(letter, to)| u32::from(*to) == character && *letter != b'/');
    if let Some((letter, _)) = known {
        return format!("\\{}", char::from(*letter));
    }
    match character.checked_sub(0x1_0000) {
        None => format!("\\u{character:04x}"),
        Some(rest) => format!(
            "\\u{:04x}\\u{:04x}",
            0xD800 + (rest >> 10),
            0xDC00 + (rest & 0x3FF)
        ),
    }
}

fn written(vm: &Vm, object: &PyRef, escaping: Escaping) -> PyResult {
    let Some(text) = object.downcast_ref::<PyStr>() else {
        return Err(vm.type_error(format!(
            "first argument must be a string, not {}",
            vm.type_name(object)
        )));
    };
    let mut out = StrBuilder::new();
    write(vm, text, escaping, &mut out)?;
    Ok(out.finish(vm)?.into_any())
}

/// `encode_basestring_ascii`
///
/// # Errors
/// `TypeError` if the object is no string.
pub fn encode_ascii(vm: &mut Vm, object: PyRef) -> PyResult {
    written(vm, &object, Escaping::Ascii)
}

/// `encode_basestring`
///
/// # Errors
/// `TypeError` if the object is no string.
pub fn encode_needed(vm: &mut Vm, object: PyRef) -> PyResult {
    written(vm, &object, Escaping::Needed)
}

/// `scanstring`
///
/// # Errors
/// `JSONDecodeError`.
pub fn scanstring(
    vm: &mut Vm,
    string: PyRef,
    end: isize,
    strict: Option<bool>,
) -> PyResult<(PyRef, usize)> {
    let Some(document) = string.downcast_ref::<PyStr>() else {
        return Err(vm.type_error(format!(
            "first argument must be a string, not {}",
            vm.type_name(&string)
        )));
    };
    let start = usize::try_from(end)
        .ok()
        .filter(|&end| end <= document.len());
    let Some(start) = start else {
        return Err(vm.value_error("end is out of bounds"));
    };
    let (text, end) = scan(vm, document, start, strict.unwrap_or(true))?;
    Ok((text.into_any(), end))
}
