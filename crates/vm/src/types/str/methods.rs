//! The methods of `str`, as Python sees them.

use super::args::{End, Most, Name, Start, TabSize, Width};
use super::builder::StrBuilder;
use super::data::{PyStr, StrKind, Unfinished, Unit, Units, with_units};
use super::parts::{self, Ends, Expanded, fit_bounds};
use super::{case, format, search, unicode};
use crate::args::KwArgs;
use crate::table::{Method, Rest};
use crate::types::dict::PyDict;
use crate::types::list::PyList;
use crate::types::tuple::PyTuple;
use crate::{HeapVec, PyErr, PyRef, PyResult, Ref, Vm, codecs, method, static_method};
use std::ops::Range;

type Str = Ref<PyStr>;

/// The rows of `str`.
pub(super) static METHODS: &[Method] = &[
    method!(
        "encode",
        "($self, /, encoding='utf-8', errors='strict')",
        encode,
        "The text as bytes in an encoding."
    ),
    method!(
        "replace",
        "($self, old, new, /, count=-1)",
        replace,
        "A copy with occurrences of one part replaced by another."
    ),
    method!(
        "split",
        "($self, /, sep=None, maxsplit=-1)",
        split,
        "The parts between separators, or between runs of white space."
    ),
    method!(
        "rsplit",
        "($self, /, sep=None, maxsplit=-1)",
        rsplit,
        "As split, but with a limit the splits are made from the end."
    ),
    method!(
        "join",
        "($self, iterable, /)",
        join,
        "The strings of an iterable with this one between them."
    ),
    method!(
        "capitalize",
        "($self, /)",
        |vm: &mut Vm, this: Str| case::capitalize(vm, &this),
        "A copy whose first character is in title case and whose others are in lower case."
    ),
    method!(
        "casefold",
        "($self, /)",
        |vm: &mut Vm, this: Str| case::casefold(vm, &this),
        "A copy for comparison without regard to case."
    ),
    method!(
        "title",
        "($self, /)",
        |vm: &mut Vm, this: Str| case::title(vm, &this),
        "A copy in which every word begins in title case and goes on in lower case."
    ),
    method!(
        "center",
        "($self, width, fillchar=' ', /)",
        center,
        "The text in the middle of a field."
    ),
    method!(
        "count",
        "($self, sub, start=None, end=None, /)",
        count,
        "How often a part occurs without overlap."
    ),
    method!(
        "expandtabs",
        "($self, /, tabsize=8)",
        expandtabs,
        "A copy with blanks up to the next tab stop in the place of tabs."
    ),
    method!(
        "find",
        "($self, sub, start=None, end=None, /)",
        find,
        "Where a part first occurs; -1 if nowhere."
    ),
    method!(
        "partition",
        "($self, sep, /)",
        partition,
        "What stands before the first separator, the separator, and what stands behind it."
    ),
    method!(
        "index",
        "($self, sub, start=None, end=None, /)",
        index,
        "Where a part first occurs; ValueError if nowhere."
    ),
    method!(
        "ljust",
        "($self, width, fillchar=' ', /)",
        ljust,
        "The text at the left of a field."
    ),
    method!(
        "lower",
        "($self, /)",
        |vm: &mut Vm, this: Str| case::lower(vm, &this),
        "A copy in lower case."
    ),
    method!(
        "lstrip",
        "($self, chars=None, /)",
        lstrip,
        "A copy without leading white space, or without the characters given."
    ),
    method!(
        "rfind",
        "($self, sub, start=None, end=None, /)",
        rfind,
        "Where a part last occurs; -1 if nowhere."
    ),
    method!(
        "rindex",
        "($self, sub, start=None, end=None, /)",
        rindex,
        "Where a part last occurs; ValueError if nowhere."
    ),
    method!(
        "rjust",
        "($self, width, fillchar=' ', /)",
        rjust,
        "The text at the right of a field."
    ),
    method!(
        "rstrip",
        "($self, chars=None, /)",
        rstrip,
        "A copy without trailing white space, or without the characters given."
    ),
    method!(
        "rpartition",
        "($self, sep, /)",
        rpartition,
        "What stands before the last separator, the separator, and what stands behind it."
    ),
    method!(
        "splitlines",
        "($self, /, keepends=False)",
        splitlines,
        "The lines, with what ends them if asked for."
    ),
    method!(
        "strip",
        "($self, chars=None, /)",
        strip,
        "A copy without white space at both ends, or without the characters given."
    ),
    method!(
        "swapcase",
        "($self, /)",
        |vm: &mut Vm, this: Str| case::swapcase(vm, &this),
        "A copy with upper and lower case exchanged."
    ),
    method!(
        "translate",
        "($self, table, /)",
        translate,
        "A copy in which each character is looked up in a table by its code point."
    ),
    method!(
        "upper",
        "($self, /)",
        |vm: &mut Vm, this: Str| case::upper(vm, &this),
        "A copy in upper case."
    ),
    method!(
        "startswith",
        "($self, prefix, start=None, end=None, /)",
        startswith,
        "Whether the text begins with a part, or with one of several."
    ),
    method!(
        "endswith",
        "($self, suffix, start=None, end=None, /)",
        endswith,
        "Whether the text ends with a part, or with one of several."
    ),
    method!(
        "removeprefix",
        "($self, prefix, /)",
        removeprefix,
        "A copy without a part at its beginning, if it is there."
    ),
    method!(
        "removesuffix",
        "($self, suffix, /)",
        removesuffix,
        "A copy without a part at its end, if it is there."
    ),
    method!(
        "isascii",
        "($self, /)",
        |_: &mut Vm, this: Str| this.is_ascii(),
        "Whether all characters are ASCII."
    ),
    method!(
        "islower",
        "($self, /)",
        |_: &mut Vm, this: Str| case::is_lower(&this),
        "Whether some characters have case and all of those are lower case."
    ),
    method!(
        "isupper",
        "($self, /)",
        |_: &mut Vm, this: Str| case::is_upper(&this),
        "Whether some characters have case and all of those are upper case."
    ),
    method!(
        "istitle",
        "($self, /)",
        |_: &mut Vm, this: Str| case::is_title(&this),
        "Whether every word begins in upper case and goes on in lower case."
    ),
    method!(
        "isspace",
        "($self, /)",
        |_: &mut Vm, this: Str| all(&this, unicode::is_space),
        "Whether there are characters and all are white space."
    ),
    method!(
        "isdecimal",
        "($self, /)",
        |_: &mut Vm, this: Str| all(&this, unicode::is_decimal),
        "Whether there are characters and all are decimal digits."
    ),
    method!(
        "isdigit",
        "($self, /)",
        |_: &mut Vm, this: Str| all(&this, unicode::is_digit),
        "Whether there are characters and all are digits."
    ),
    method!(
        "isnumeric",
        "($self, /)",
        |_: &mut Vm, this: Str| all(&this, unicode::is_numeric),
        "Whether there are characters and all have a numeric value."
    ),
    method!(
        "isalpha",
        "($self, /)",
        |_: &mut Vm, this: Str| all(&this, unicode::is_alpha),
        "Whether there are characters and all are letters."
    ),
    method!(
        "isalnum",
        "($self, /)",
        |_: &mut Vm, this: Str| all(&this, is_alnum),
        "Whether there are characters and all are letters or numeric."
    ),
    method!(
        "isidentifier",
        "($self, /)",
        |_: &mut Vm, this: Str| is_identifier(&this),
        "Whether the text is a valid identifier, keywords included."
    ),
    method!(
        "isprintable",
        "($self, /)",
        |_: &mut Vm, this: Str| this.code_points().all(unicode::is_printable),
        "Whether repr() shows all characters as they are."
    ),
    method!(
        "zfill",
        "($self, width, /)",
        zfill,
        "The text at the right of a field filled with zeros, behind a sign if there is one."
    ),
    method!(
        "format",
        "($self, /, *args, **kwargs)",
        format_method,
        "The text with its replacement fields filled in."
    ),
    method!(
        "format_map",
        "($self, mapping, /)",
        format_map,
        "The text with its replacement fields filled in from a mapping."
    ),
    method!(
        "__format__",
        "($self, format_spec, /)",
        format_dunder,
        "The text in the format that the specification says."
    ),
    static_method!(
        "maketrans",
        "(x, y=None, z=None, /)",
        maketrans,
        "A table for translate()."
    ),
    method!(
        "__getnewargs__",
        "($self, /)",
        getnewargs,
        "The arguments that make an equal string."
    ),
];

fn encode(vm: &mut Vm, this: Str, encoding: Option<Name>, errors: Option<Name>) -> PyResult {
    let encoding = encoding.as_ref().map_or("utf-8", |name| &name.0);
    let errors = errors.as_ref().map_or("strict", |name| &name.0);
    codecs::encode_to_bytes(vm, &this, encoding, errors)
}

// ------------------------------------------------------------------------------------------- searching

/// Searches in the part of the text that the bounds mean; the index counts from the text's beginning.
fn find_between(
    this: &PyStr,
    sub: &PyStr,
    start: Start,
    end: End,
    find: fn(Units<'_>, Units<'_>) -> Option<usize>,
) -> Option<usize> {
    let range = fit_bounds(start.0, end.0, this.len())?;
    find(this.units().slice(range.start, range.end), sub.units()).map(|at| range.start + at)
}

fn or_minus_one(found: Option<usize>) -> i64 {
    found.map_or(-1, |index| index as i64)
}

fn or_error(vm: &Vm, found: Option<usize>) -> PyResult<usize> {
    found.ok_or_else(|| vm.value_error("substring not found"))
}

fn find(_: &mut Vm, this: Str, sub: Str, start: Start, end: End) -> i64 {
    or_minus_one(find_between(&this, &sub, start, end, search::find))
}

fn rfind(_: &mut Vm, this: Str, sub: Str, start: Start, end: End) -> i64 {
    or_minus_one(find_between(&this, &sub, start, end, search::rfind))
}

fn index(vm: &mut Vm, this: Str, sub: Str, start: Start, end: End) -> PyResult<usize> {
    or_error(vm, find_between(&this, &sub, start, end, search::find))
}

fn rindex(vm: &mut Vm, this: Str, sub: Str, start: Start, end: End) -> PyResult<usize> {
    or_error(vm, find_between(&this, &sub, start, end, search::rfind))
}

fn count(_: &mut Vm, this: Str, sub: Str, start: Start, end: End) -> usize {
    fit_bounds(start.0, end.0, this.len()).map_or(0, |range| {
        search::count(
            this.units().slice(range.start, range.end),
            sub.units(),
            usize::MAX,
        )
    })
}

fn startswith(vm: &mut Vm, this: Str, prefix: PyRef, start: Start, end: End) -> PyResult<bool> {
    tailmatch(
        vm,
        "startswith",
        &this,
        &prefix,
        start,
        end,
        |units, part| search::is_at(units, 0, part),
    )
}

fn endswith(vm: &mut Vm, this: Str, suffix: PyRef, start: Start, end: End) -> PyResult<bool> {
    tailmatch(vm, "endswith", &this, &suffix, start, end, ends_with)
}

fn ends_with(units: Units<'_>, part: Units<'_>) -> bool {
    units
        .len()
        .checked_sub(part.len())
        .is_some_and(|at| search::is_at(units, at, part))
}

fn tailmatch(
    vm: &Vm,
    name: &str,
    this: &PyStr,
    part: &PyRef,
    start: Start,
    end: End,
    matches: fn(Units<'_>, Units<'_>) -> bool,
) -> PyResult<bool> {
    let range = fit_bounds(start.0, end.0, this.len());
    let is_match = |part: &PyStr| {
        range
            .clone()
            .is_some_and(|range| matches(this.units().slice(range.start, range.end), part.units()))
    };
    if let Some(part) = part.downcast_ref::<PyStr>() {
        return Ok(is_match(part));
    }
    let Some(parts) = part.downcast_ref::<PyTuple>() else {
        let found = vm.type_name(part);
        return Err(vm.type_error(format!(
            "{name} first arg must be str or a tuple of str, not {found}"
        )));
    };
    for part in parts.iter() {
        let Some(part) = part.downcast_ref::<PyStr>() else {
            let found = vm.type_name(part);
            return Err(vm.type_error(format!(
                "tuple for {name} must only contain str, not {found}"
            )));
        };
        if is_match(part) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn removeprefix(vm: &mut Vm, this: Str, prefix: Str) -> PyResult<Str> {
    let start = if this.starts_with(&prefix) {
        prefix.len()
    } else {
        0
    };
    this.slice(vm, start, this.len())
}

fn removesuffix(vm: &mut Vm, this: Str, suffix: Str) -> PyResult<Str> {
    let end = if ends_with(this.units(), suffix.units()) {
        this.len() - suffix.len()
    } else {
        this.len()
    };
    this.slice(vm, 0, end)
}

// ------------------------------------------------------------------------------------------- replacing

fn replace(vm: &mut Vm, this: Str, old: Str, new: Str, count: Most) -> PyResult<Str> {
    if old.same_text(&new) || count.0 == 0 || old.len() > this.len() {
        return this.exact(vm);
    }
    if old.is_empty() {
        return interleave(vm, &this, &new, count.0);
    }
    let occurrences = search::count(this.units(), old.units(), count.0);
    if occurrences == 0 {
        return this.exact(vm);
    }
    let too_long = || vm.overflow_error("replace string is too long");
    let added = occurrences.checked_mul(new.len()).ok_or_else(too_long)?;
    let len = (this.len() - occurrences * old.len())
        .checked_add(added)
        .ok_or_else(too_long)?;
    let kind = this.kind().max(new.kind());
    if len == 0 {
        return vm.empty_str();
    }
    let mut replaced = Unfinished::new(vm, kind, len)?;
    let mut from = 0;
    let _: Result<(), std::convert::Infallible> =
        search::each(this.units(), old.units(), occurrences, |at| {
            replaced.push(this.units().slice(from, at));
            replaced.push(new.units());
            from = at + old.len();
            Ok(())
        });
    replaced.push(this.units().slice(from, this.len()));
    narrowed(vm, replaced.finish(), &old, &new)
}

/// The result of replacing: copied if it may have become narrower with the last wide character gone.
fn narrowed(vm: &Vm, replaced: Str, old: &PyStr, new: &PyStr) -> PyResult<Str> {
    let may_narrow =
        replaced.len() == 1 || old.kind() > new.kind() && old.kind() == replaced.kind();
    if may_narrow && (replaced.len() == 1 || replaced.units().kind() != replaced.kind()) {
        return vm.new_str_from_units(replaced.units());
    }
    Ok(replaced)
}

/// The characters with `new` before each of the first `most` of them, and at the end if there is any left.
fn interleave(vm: &Vm, this: &PyStr, new: &PyStr, most: usize) -> PyResult<Str> {
    let times = (this.len() + 1).min(most);
    let added = times
        .checked_mul(new.len())
        .and_then(|added| added.checked_add(this.len()));
    let len = added.ok_or_else(|| vm.overflow_error("replace string is too long"))?;
    let mut replaced = Unfinished::new(vm, this.kind().max(new.kind()), len)?;
    for index in 0..times {
        replaced.push(new.units());
        if index < this.len() {
            replaced.push(this.units().slice(index, index + 1));
        }
    }
    replaced.push(this.units().slice(times.min(this.len()), this.len()));
    let replaced = replaced.finish();
    if replaced.len() == 1 {
        vm.new_str_from_units(replaced.units())
    } else {
        Ok(replaced)
    }
}

fn expandtabs(vm: &mut Vm, this: Str, tab_size: TabSize) -> PyResult<Str> {
    let mut expanded = StrBuilder::new();
    with_units!(this.units(), |units| parts::expand_tabs(
        units,
        tab_size.0,
        &mut |piece| match piece {
            Expanded::Part(start, end) => expanded.push_units(vm, Unit::units(&units[start..end])),
            Expanded::Blanks(count) => expanded.fill(vm, ' '.into(), count),
        }
    ))?;
    expanded.finish(vm)
}

fn translate(vm: &mut Vm, this: Str, table: PyRef) -> PyResult<Str> {
    let mut translated = StrBuilder::new();
    // What a plain dict says of a character stands for the whole call: no code runs that could change it.
    let is_plain = vm.is_exactly(&table, &crate::types::dict::DICT);
    let mut known: Vec<Option<Option<u8>>> = vec![None; if is_plain { 0x80 } else { 0 }];
    for character in this.code_points() {
        if let Some(Some(to)) = known.get(character as usize) {
            if let Some(to) = to {
                translated.push_char(vm, (*to).into())?;
            }
            continue;
        }
        let to = translation(vm, &table, character)?;
        let remembered = match &to {
            Translation::Character(to @ 0..0x80) => Some(Some(*to as u8)),
            Translation::Text(text) if text.is_empty() => Some(None),
            _ => None,
        };
        if let Some(place) = known.get_mut(character as usize) {
            *place = remembered;
        }
        match to {
            Translation::Character(to) => translated.push_char(vm, to)?,
            Translation::Text(text) => translated.push(vm, &text)?,
        }
    }
    translated.finish(vm)
}

/// What a character becomes.
enum Translation {
    Character(u32),
    Text(Str),
}

fn translation(vm: &mut Vm, table: &PyRef, character: u32) -> PyResult<Translation> {
    let key = vm.new_int(character.into())?;
    let found = match vm.get_item(table, &key) {
        Ok(found) => found,
        Err(error) if error.is(vm, &crate::types::exception::LOOKUP_ERROR) => {
            return Ok(Translation::Character(character));
        }
        Err(error) => return Err(error),
    };
    if vm.is_none(&found) {
        return vm.empty_str().map(Translation::Text);
    }
    if let Some(text) = found.downcast_ref::<PyStr>() {
        return Ok(Translation::Text(text.clone()));
    }
    let Some(number) = found.downcast_ref::<crate::types::int::PyInt>() else {
        return Err(vm.type_error("character mapping must return integer, None or str"));
    };
    match number
        .to_i64()
        .and_then(|number| u32::try_from(number).ok())
    {
        Some(number @ 0..super::data::CODE_POINT_END) => Ok(Translation::Character(number)),
        _ => Err(vm.value_error("character mapping must be in range(0x110000)")),
    }
}

fn maketrans(vm: &mut Vm, from: PyRef, to: Option<Str>, delete: Option<Str>) -> PyResult {
    let table = vm.new_dict()?;
    let Some(to) = to else {
        let Some(given) = from
            .downcast_ref::<PyDict>()
            .filter(|_| vm.is_exactly(&from, &crate::types::dict::DICT))
        else {
            return Err(
                vm.type_error("if you give only one argument to maketrans it must be a dict")
            );
        };
        let mut position = 0;
        while let Some((key, value)) = given.next_entry(vm, &mut position) {
            let key = table_key(vm, key)?;
            table.set_item(vm, &key, value)?;
        }
        return Ok(table.into_any());
    };
    let Some(from) = from.downcast_ref::<PyStr>() else {
        return Err(vm.type_error(
            "first maketrans argument must be a string if there is a second argument",
        ));
    };
    if from.len() != to.len() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (from, to) in from.code_points().zip(to.code_points()) {
        let (key, value) = (vm.new_int(from.into())?, vm.new_int(to.into())?);
        table.set_item(vm, &key, value)?;
    }
    for character in delete.iter().flat_map(|delete| delete.code_points()) {
        let (key, none) = (vm.new_int(character.into())?, vm.none());
        table.set_item(vm, &key, none)?;
    }
    Ok(table.into_any())
}

/// A key of the dict given to `maketrans`, as a code point.
fn table_key(vm: &Vm, key: PyRef) -> PyResult {
    match key.downcast_ref::<PyStr>() {
        Some(text) if text.len() == 1 => vm.new_int(text.char_at(0).into()),
        Some(_) => Err(vm.value_error("string keys in translatetable must be of length 1")),
        None if key.is_a::<crate::types::int::PyInt>() => Ok(key),
        None => Err(vm.type_error("keys in translate table mustbe strings or integers")),
    }
}

// ------------------------------------------------------------------------------------------- splitting

/// A list of parts of a string, in the order in which they are told.
struct Parts<'a> {
    text: &'a PyStr,
    found: HeapVec<PyRef>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a PyStr) -> Self {
        Self {
            text,
            found: HeapVec::new(),
        }
    }

    fn push(&mut self, vm: &Vm, part: Range<usize>) -> PyResult<()> {
        let part = self.text.slice(vm, part.start, part.end)?;
        Ok(self.found.push(vm.heap(), part.into_any())?)
    }

    fn into_list(self, vm: &Vm) -> PyResult<Ref<PyList>> {
        vm.new_list_from_heap_vec(self.found)
    }
}

/// A separator: `None` for white space.
fn separator(vm: &Vm, separator: Option<&PyRef>) -> PyResult<Option<Str>> {
    match separator {
        Some(separator) if !vm.is_none(separator) => match separator.downcast_ref::<PyStr>() {
            Some(text) if text.is_empty() => Err(vm.value_error("empty separator")),
            Some(text) => Ok(Some(text.clone())),
            None => Err(vm.type_error(format!(
                "must be str or None, not {}",
                vm.type_name(separator)
            ))),
        },
        _ => Ok(None),
    }
}

fn split(vm: &mut Vm, this: Str, sep: Option<PyRef>, most: Most) -> PyResult<Ref<PyList>> {
    let sep = separator(vm, sep.as_ref())?;
    let mut found = Parts::of(&this);
    with_units!(this.units(), |units| match &sep {
        None => parts::split_whitespace(units, unicode::is_space, most.0, &mut |part| found
            .push(vm, part)),
        Some(sep) => match search::fit(sep.units()) {
            Some(sep) => parts::split(units, &sep, most.0, &mut |part| found.push(vm, part)),
            None => found.push(vm, 0..units.len()),
        },
    })?;
    found.into_list(vm)
}

fn rsplit(vm: &mut Vm, this: Str, sep: Option<PyRef>, most: Most) -> PyResult<Ref<PyList>> {
    let sep = separator(vm, sep.as_ref())?;
    let mut found = Parts::of(&this);
    with_units!(this.units(), |units| match &sep {
        None => parts::rsplit_whitespace(units, unicode::is_space, most.0, &mut |part| found
            .push(vm, part)),
        Some(sep) => match search::fit(sep.units()) {
            Some(sep) => parts::rsplit(units, &sep, most.0, &mut |part| found.push(vm, part)),
            None => found.push(vm, 0..units.len()),
        },
    })?;
    found.found.reverse();
    found.into_list(vm)
}

fn splitlines(vm: &mut Vm, this: Str, keep_ends: Option<bool>) -> PyResult<Ref<PyList>> {
    let keep_ends = keep_ends.unwrap_or(false);
    let mut found = Parts::of(&this);
    with_units!(this.units(), |units| parts::lines(
        units,
        unicode::is_line_break,
        keep_ends,
        &mut |part| { found.push(vm, part) }
    ))?;
    found.into_list(vm)
}

/// The separator of `partition`.
fn partition_separator(vm: &Vm, sep: &PyRef) -> PyResult<Str> {
    match sep.downcast_ref::<PyStr>() {
        Some(sep) if sep.is_empty() => Err(vm.value_error("empty separator")),
        Some(sep) => Ok(sep.clone()),
        None => Err(vm.type_error(format!("must be str, not {}", vm.type_name(sep)))),
    }
}

fn partition(vm: &mut Vm, this: Str, sep: PyRef) -> PyResult<(Str, Str, Str)> {
    let sep = partition_separator(vm, &sep)?;
    match search::find(this.units(), sep.units()) {
        Some(at) => partitioned(vm, &this, &sep, at),
        None => Ok((this.exact(vm)?, vm.empty_str()?, vm.empty_str()?)),
    }
}

fn rpartition(vm: &mut Vm, this: Str, sep: PyRef) -> PyResult<(Str, Str, Str)> {
    let sep = partition_separator(vm, &sep)?;
    match search::rfind(this.units(), sep.units()) {
        Some(at) => partitioned(vm, &this, &sep, at),
        None => Ok((vm.empty_str()?, vm.empty_str()?, this.exact(vm)?)),
    }
}

fn partitioned(vm: &Vm, this: &PyStr, sep: &Str, at: usize) -> PyResult<(Str, Str, Str)> {
    Ok((
        this.slice(vm, 0, at)?,
        sep.clone(),
        this.slice(vm, at + sep.len(), this.len())?,
    ))
}

fn strip(vm: &mut Vm, this: Str, chars: Option<PyRef>) -> PyResult<Str> {
    strip_ends(vm, "strip", &this, chars.as_ref(), Ends::Both)
}

fn lstrip(vm: &mut Vm, this: Str, chars: Option<PyRef>) -> PyResult<Str> {
    strip_ends(vm, "lstrip", &this, chars.as_ref(), Ends::Left)
}

fn rstrip(vm: &mut Vm, this: Str, chars: Option<PyRef>) -> PyResult<Str> {
    strip_ends(vm, "rstrip", &this, chars.as_ref(), Ends::Right)
}

fn strip_ends(
    vm: &Vm,
    name: &str,
    this: &PyStr,
    chars: Option<&PyRef>,
    ends: Ends,
) -> PyResult<Str> {
    let rest = match chars {
        Some(chars) if !vm.is_none(chars) => {
            let Some(chars) = chars.downcast_ref::<PyStr>() else {
                return Err(vm.type_error(format!("{name} arg must be None or str")));
            };
            let strips =
                |character| search::find(chars.units(), Units::Four(&[character])).is_some();
            with_units!(this.units(), |units| parts::strip(units, ends, strips))
        }
        _ => with_units!(this.units(), |units| parts::strip(
            units,
            ends,
            unicode::is_space
        )),
    };
    this.slice(vm, rest.start, rest.end)
}

// --------------------------------------------------------------------------------------------- joining

fn join(vm: &mut Vm, this: Str, iterable: PyRef) -> PyResult<Str> {
    join_all(vm, &this, &iterable)
}

/// The strings of an iterable with a separator between them.
///
/// # Errors
/// `TypeError` if it is no iterable or yields something else; what iterating raises.
pub fn join_all(vm: &mut Vm, separator: &Str, iterable: &PyRef) -> PyResult<Str> {
    if vm.is_exactly(iterable, &crate::types::list::LIST)
        && let Some(list) = iterable.downcast_ref::<PyList>()
    {
        return join_items(vm, separator, list.as_slice(vm));
    }
    if let Some(tuple) = iterable.downcast_ref::<PyTuple>() {
        return join_items(vm, separator, tuple);
    }
    let slots = vm.type_of(iterable).slots(vm);
    if slots.iter.is_none() && slots.getitem.is_none() {
        return Err(vm.type_error("can only join an iterable"));
    }
    let items = vm.to_heap_vec(iterable)?;
    join_items(vm, separator, &items)
}

/// The strings with a separator between them.
///
/// # Errors
/// `TypeError` if there is something else; `OverflowError` if the result is too long.
pub fn join_items(vm: &Vm, separator: &PyStr, items: &[PyRef]) -> PyResult<Str> {
    let text = |index: usize| {
        items[index].downcast_ref::<PyStr>().ok_or_else(|| {
            let found = vm.type_name(&items[index]);
            vm.type_error(format!(
                "sequence item {index}: expected str instance, {found} found"
            ))
        })
    };
    match items.len() {
        0 => return vm.empty_str(),
        1 => return text(0)?.exact(vm),
        _ => {}
    }
    let mut kind = separator.kind();
    let mut len = separator
        .len()
        .checked_mul(items.len() - 1)
        .ok_or(PyErr::OutOfMemory)?;
    for index in 0..items.len() {
        let item = text(index)?;
        kind = kind.max(item.kind());
        len = len
            .checked_add(item.len())
            .ok_or_else(|| vm.overflow_error("join() result is too long for a Python string"))?;
    }
    if len <= 1 {
        return short_join(vm, separator, items);
    }
    let mut joined = Unfinished::new(vm, kind, len)?;
    for index in 0..items.len() {
        if index > 0 {
            joined.push(separator.units());
        }
        joined.push(text(index)?.units());
    }
    Ok(joined.finish())
}

/// A result of at most one character, which is one of the constants.
fn short_join(vm: &Vm, separator: &PyStr, items: &[PyRef]) -> PyResult<Str> {
    let mut joined = StrBuilder::new();
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            joined.push_units(vm, separator.units())?;
        }
        if let Some(item) = item.downcast_ref::<PyStr>() {
            joined.push_units(vm, item.units())?;
        }
    }
    joined.finish(vm)
}

// --------------------------------------------------------------------------------------------- filling

/// The character to fill a field with.
fn fill_character(vm: &Vm, fill: Option<&PyRef>) -> PyResult<u32> {
    let Some(fill) = fill else {
        return Ok(' '.into());
    };
    match fill.downcast_ref::<PyStr>() {
        Some(text) if text.len() == 1 => Ok(text.char_at(0)),
        Some(_) => Err(vm.type_error("The fill character must be exactly one character long")),
        None => {
            let found = vm.type_name(fill);
            Err(vm.type_error(format!(
                "The fill character must be a unicode character, not {found}"
            )))
        }
    }
}

/// The text with fill characters before and behind it.
///
/// # Errors
/// `OutOfMemory`.
pub fn pad(vm: &Vm, this: &PyStr, left: usize, fill: u32, right: usize) -> PyResult<Str> {
    let padding = left.checked_add(right).ok_or(PyErr::OutOfMemory)?;
    if padding == 0 {
        return this.exact(vm);
    }
    if this.is_empty() && padding == 1 {
        return vm.new_char(fill);
    }
    let len = padding.checked_add(this.len()).ok_or(PyErr::OutOfMemory)?;
    let mut padded = Unfinished::new(vm, this.kind().max(StrKind::for_max(fill)), len)?;
    padded.fill(fill, left);
    padded.push(this.units());
    padded.fill(fill, right);
    Ok(padded.finish())
}

/// How much of the padding stands before a centred text.
pub fn left_of_center(width: usize, padding: usize) -> usize {
    padding / 2 + (padding & width & 1)
}

fn center(vm: &mut Vm, this: Str, width: Width, fill: Option<PyRef>) -> PyResult<Str> {
    let fill = fill_character(vm, fill.as_ref())?;
    let padding = width.0.saturating_sub(this.len());
    let left = left_of_center(width.0, padding);
    pad(vm, &this, left, fill, padding - left)
}

fn ljust(vm: &mut Vm, this: Str, width: Width, fill: Option<PyRef>) -> PyResult<Str> {
    let fill = fill_character(vm, fill.as_ref())?;
    pad(vm, &this, 0, fill, width.0.saturating_sub(this.len()))
}

fn rjust(vm: &mut Vm, this: Str, width: Width, fill: Option<PyRef>) -> PyResult<Str> {
    let fill = fill_character(vm, fill.as_ref())?;
    pad(vm, &this, width.0.saturating_sub(this.len()), fill, 0)
}

fn zfill(vm: &mut Vm, this: Str, width: Width) -> PyResult<Str> {
    let padding = width.0.saturating_sub(this.len());
    let has_sign = !this.is_empty() && matches!(char::from_u32(this.char_at(0)), Some('+' | '-'));
    if padding == 0 || !has_sign {
        return pad(vm, &this, padding, '0'.into(), 0);
    }
    let len = padding.checked_add(this.len()).ok_or(PyErr::OutOfMemory)?;
    let mut filled = Unfinished::new(vm, this.kind(), len)?;
    filled.push(this.units().slice(0, 1));
    filled.fill('0'.into(), padding);
    filled.push(this.units().slice(1, this.len()));
    Ok(filled.finish())
}

// ------------------------------------------------------------------------------------------ predicates

fn all(this: &PyStr, holds: fn(u32) -> bool) -> bool {
    !this.is_empty()
        && with_units!(this.units(), |units| units
            .iter()
            .all(|&unit| holds(unit.into())))
}

fn is_alnum(character: u32) -> bool {
    unicode::is_alpha(character) || unicode::is_numeric(character)
}

/// Whether the text is a valid identifier, keywords included.
pub fn is_identifier(this: &PyStr) -> bool {
    let mut characters = this.code_points();
    characters.next().is_some_and(unicode::starts_identifier)
        && characters.all(unicode::continues_identifier)
}

// ------------------------------------------------------------------------------------------ formatting

fn format_method(vm: &mut Vm, this: Str, args: Rest, kwargs: KwArgs) -> PyResult<Str> {
    format::format(vm, &this, &args.0, &kwargs)
}

fn format_map(vm: &mut Vm, this: Str, mapping: PyRef) -> PyResult<Str> {
    format::format_map(vm, &this, &mapping)
}

fn format_dunder(vm: &mut Vm, this: Str, spec: Str) -> PyResult<Str> {
    if spec.is_empty() {
        // A subclass may have a `__str__`.
        return vm.str(this.as_any());
    }
    crate::types::format_spec::format_str(vm, &this, &spec)
}

fn getnewargs(vm: &mut Vm, this: Str) -> PyResult {
    let copy = vm.new_str_from_units(this.units())?;
    Ok(vm.new_tuple(&[copy.into_any()])?.into_any())
}
