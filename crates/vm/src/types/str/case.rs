//! Changing case, and asking for it: with the context that single characters lack.

use super::builder::StrBuilder;
use super::data::{PyStr, StrKind, Unfinished, Units, with_units};
use super::unicode::{self, Mapped};
use crate::{PyResult, Ref, Vm};

const CAPITAL_SIGMA: u32 = 0x3A3;
const SMALL_SIGMA: u32 = 0x3C3;
const FINAL_SIGMA: u32 = 0x3C2;

/// Maps each byte of an ASCII string.
fn map_ascii(vm: &Vm, units: &[u8], map: impl Fn(usize, u8) -> u8) -> PyResult<Ref<PyStr>> {
    if let [byte] = units {
        return vm.new_char(map(0, *byte).into());
    }
    if units.is_empty() {
        return vm.empty_str();
    }
    let mut string = Unfinished::new(vm, StrKind::Ascii, units.len())?;
    string.extend(
        units
            .iter()
            .enumerate()
            .map(|(index, &byte)| map(index, byte).into()),
    );
    Ok(string.finish())
}

/// The bytes of an ASCII string.
fn ascii(text: &PyStr) -> Option<&[u8]> {
    text.as_str().map(str::as_bytes)
}

/// The characters that a function makes of each character, which it gets with its index.
fn map_each(
    vm: &Vm,
    text: &PyStr,
    mut map: impl FnMut(usize, u32) -> Mapped,
) -> PyResult<Ref<PyStr>> {
    let mut mapped = StrBuilder::new();
    for (index, character) in text.code_points().enumerate() {
        for &character in map(index, character).as_slice() {
            mapped.push_char(vm, character)?;
        }
    }
    mapped.finish(vm)
}

/// The lower case of the character at an index, where a capital sigma depends on what stands around it.
fn lower_at(units: Units<'_>, index: usize, character: u32) -> Mapped {
    if character != CAPITAL_SIGMA {
        return unicode::to_lower(character);
    }
    let is_cased = |found: Option<u32>| found.is_some_and(unicode::is_cased);
    let before = units
        .slice(0, index)
        .iter()
        .rev()
        .find(|&c| !unicode::is_case_ignorable(c));
    let after = units
        .slice(index + 1, units.len())
        .iter()
        .find(|&c| !unicode::is_case_ignorable(c));
    Mapped::one(if is_cased(before) && !is_cased(after) {
        FINAL_SIGMA
    } else {
        SMALL_SIGMA
    })
}

/// `str.lower`
pub(super) fn lower(vm: &Vm, text: &PyStr) -> PyResult<Ref<PyStr>> {
    match ascii(text) {
        Some(units) => map_ascii(vm, units, |_, byte| byte.to_ascii_lowercase()),
        None => map_each(vm, text, |index, character| {
            lower_at(text.units(), index, character)
        }),
    }
}

/// `str.upper`
pub(super) fn upper(vm: &Vm, text: &PyStr) -> PyResult<Ref<PyStr>> {
    match ascii(text) {
        Some(units) => map_ascii(vm, units, |_, byte| byte.to_ascii_uppercase()),
        None => map_each(vm, text, |_, character| unicode::to_upper(character)),
    }
}

/// `str.casefold`
pub(super) fn casefold(vm: &Vm, text: &PyStr) -> PyResult<Ref<PyStr>> {
    match ascii(text) {
        Some(units) => map_ascii(vm, units, |_, byte| byte.to_ascii_lowercase()),
        None => map_each(vm, text, |_, character| unicode::fold(character)),
    }
}

/// `str.swapcase`
pub(super) fn swapcase(vm: &Vm, text: &PyStr) -> PyResult<Ref<PyStr>> {
    map_each(vm, text, |index, character| {
        if unicode::is_upper(character) {
            lower_at(text.units(), index, character)
        } else if unicode::is_lower(character) {
            unicode::to_upper(character)
        } else {
            Mapped::one(character)
        }
    })
}

/// `str.capitalize`
pub(super) fn capitalize(vm: &Vm, text: &PyStr) -> PyResult<Ref<PyStr>> {
    if let Some(units) = ascii(text) {
        let map = |index, byte: u8| {
            if index == 0 {
                byte.to_ascii_uppercase()
            } else {
                byte.to_ascii_lowercase()
            }
        };
        return map_ascii(vm, units, map);
    }
    map_each(vm, text, |index, character| match index {
        0 => unicode::to_title(character),
        _ => lower_at(text.units(), index, character),
    })
}

/// `str.title`
pub(super) fn title(vm: &Vm, text: &PyStr) -> PyResult<Ref<PyStr>> {
    let mut is_inside = false;
    map_each(vm, text, |index, character| {
        let mapped = match is_inside {
            true => lower_at(text.units(), index, character),
            false => unicode::to_title(character),
        };
        is_inside = unicode::is_cased(character);
        mapped
    })
}

/// `str.islower`: some character is lower case and none is upper or title case.
pub(super) fn is_lower(text: &PyStr) -> bool {
    is_all_of(text, unicode::is_lower, |c| {
        unicode::is_upper(c) || unicode::is_title(c)
    })
}

/// `str.isupper`: some character is upper case and none is lower or title case.
pub(super) fn is_upper(text: &PyStr) -> bool {
    is_all_of(text, unicode::is_upper, |c| {
        unicode::is_lower(c) || unicode::is_title(c)
    })
}

fn is_all_of(text: &PyStr, wanted: fn(u32) -> bool, refused: fn(u32) -> bool) -> bool {
    with_units!(text.units(), |units| {
        let mut some = false;
        for &unit in units {
            if refused(unit.into()) {
                return false;
            }
            some = some || wanted(unit.into());
        }
        some
    })
}

/// `str.istitle`: upper and title case follow what has no case, lower case follows what has.
pub(super) fn is_title(text: &PyStr) -> bool {
    let (mut is_inside, mut some) = (false, false);
    for character in text.code_points() {
        let is_start = unicode::is_upper(character) || unicode::is_title(character);
        let is_lower = unicode::is_lower(character);
        if is_start && is_inside || is_lower && !is_inside {
            return false;
        }
        some = some || is_start || is_lower;
        is_inside = is_start || is_lower;
    }
    some
}
