//! The methods that bytes and bytearray share.

use super::byte_string::{ByteString, Fill, Needle};
use crate::table::{ArgInfo, FromArg};
use crate::types::list::PyList;
use crate::types::memoryview::BytesLike;
use crate::types::str::args::{End, Most, Name, Start, TabSize, Width};
use crate::types::str::methods::left_of_center;
use crate::types::str::parts::{self, Ends, Expanded, fit_bounds};
use crate::types::str::search::Search;
use crate::types::str::{PyStr, Units, search};
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{HeapVec, PyErr, PyRef, PyResult, Ref, Vm, codecs};
use std::ops::Range;

/// The rows that bytes and bytearray share, before some of their own.
macro_rules! byte_methods {
    ($($own:expr),* $(,)?) => {
        &[
            $crate::method!("__buffer__", "($self, flags, /)", $crate::types::memoryview::lend, "A view of the memory (PEP 688)."),
            $crate::method!("__release_buffer__", "($self, buffer, /)", $crate::types::memoryview::take_back, "Gives back a view that __buffer__ returned (PEP 688)."),
            $crate::method!("capitalize", "($self, /)", $crate::types::bytes::methods::capitalize, "A copy whose first byte is in upper case and whose others are in lower case, as ASCII."),
            $crate::method!("center", "($self, width, fillchar=b' ', /)", $crate::types::bytes::methods::center, "The bytes in the middle of a field."),
            $crate::method!("count", "($self, sub, start=None, end=None, /)", $crate::types::bytes::methods::count, "How often a part or a byte occurs without overlap."),
            $crate::method!("decode", "($self, /, encoding='utf-8', errors='strict')", $crate::types::bytes::methods::decode, "The text that the bytes are in an encoding."),
            $crate::method!("endswith", "($self, suffix, start=None, end=None, /)", $crate::types::bytes::methods::endswith, "Whether the bytes end with a part, or with one of several."),
            $crate::method!("expandtabs", "($self, /, tabsize=8)", $crate::types::bytes::methods::expandtabs, "A copy with blanks up to the next tab stop in the place of tabs."),
            $crate::method!("find", "($self, sub, start=None, end=None, /)", $crate::types::bytes::methods::find, "Where a part or a byte first occurs; -1 if nowhere."),
            $crate::class_method!("fromhex", "($type, string, /)", $crate::types::bytes::methods::fromhex, "The bytes that a string of hexadecimal digits stands for; white space between bytes is skipped."),
            $crate::method!("hex", "($self, /, sep=None, bytes_per_sep=1)", $crate::types::bytes::methods::hex, "The bytes as hexadecimal digits, with a separator between groups of bytes if one is given."),
            $crate::method!("index", "($self, sub, start=None, end=None, /)", $crate::types::bytes::methods::index, "Where a part or a byte first occurs; ValueError if nowhere."),
            $crate::method!("isalnum", "($self, /)", $crate::types::bytes::methods::isalnum, "Whether there are bytes and all are ASCII letters or digits."),
            $crate::method!("isalpha", "($self, /)", $crate::types::bytes::methods::isalpha, "Whether there are bytes and all are ASCII letters."),
            $crate::method!("isascii", "($self, /)", $crate::types::bytes::methods::isascii, "Whether all bytes are ASCII."),
            $crate::method!("isdigit", "($self, /)", $crate::types::bytes::methods::isdigit, "Whether there are bytes and all are ASCII digits."),
            $crate::method!("islower", "($self, /)", $crate::types::bytes::methods::islower, "Whether there are ASCII letters and all of them are lower case."),
            $crate::method!("isspace", "($self, /)", $crate::types::bytes::methods::isspace, "Whether there are bytes and all are ASCII white space."),
            $crate::method!("istitle", "($self, /)", $crate::types::bytes::methods::istitle, "Whether every ASCII word begins in upper case and goes on in lower case."),
            $crate::method!("isupper", "($self, /)", $crate::types::bytes::methods::isupper, "Whether there are ASCII letters and all of them are upper case."),
            $crate::method!("join", "($self, iterable_of_bytes, /)", $crate::types::bytes::methods::join, "The bytes-like objects of an iterable with these bytes between them."),
            $crate::method!("ljust", "($self, width, fillchar=b' ', /)", $crate::types::bytes::methods::ljust, "The bytes at the left of a field."),
            $crate::method!("lower", "($self, /)", $crate::types::bytes::methods::lower, "A copy with ASCII letters in lower case."),
            $crate::method!("lstrip", "($self, bytes=None, /)", $crate::types::bytes::methods::lstrip, "A copy without leading white space, or without the bytes given."),
            $crate::static_method!("maketrans", "(frm, to, /)", $crate::types::bytes::methods::maketrans, "A table for translate()."),
            $crate::method!("partition", "($self, sep, /)", $crate::types::bytes::methods::partition, "What stands before the first separator, the separator, and what stands behind it."),
            $crate::method!("replace", "($self, old, new, count=-1, /)", $crate::types::bytes::methods::replace, "A copy with occurrences of one part replaced by another."),
            $crate::method!("removeprefix", "($self, prefix, /)", $crate::types::bytes::methods::removeprefix, "A copy without a part at its beginning, if it is there."),
            $crate::method!("removesuffix", "($self, suffix, /)", $crate::types::bytes::methods::removesuffix, "A copy without a part at its end, if it is there."),
            $crate::method!("rfind", "($self, sub, start=None, end=None, /)", $crate::types::bytes::methods::rfind, "Where a part or a byte last occurs; -1 if nowhere."),
            $crate::method!("rindex", "($self, sub, start=None, end=None, /)", $crate::types::bytes::methods::rindex, "Where a part or a byte last occurs; ValueError if nowhere."),
            $crate::method!("rjust", "($self, width, fillchar=b' ', /)", $crate::types::bytes::methods::rjust, "The bytes at the right of a field."),
            $crate::method!("rpartition", "($self, sep, /)", $crate::types::bytes::methods::rpartition, "What stands before the last separator, the separator, and what stands behind it."),
            $crate::method!("rsplit", "($self, /, sep=None, maxsplit=-1)", $crate::types::bytes::methods::rsplit, "As split, but with a limit the splits are made from the end."),
            $crate::method!("rstrip", "($self, bytes=None, /)", $crate::types::bytes::methods::rstrip, "A copy without trailing white space, or without the bytes given."),
            $crate::method!("split", "($self, /, sep=None, maxsplit=-1)", $crate::types::bytes::methods::split, "The parts between separators, or between runs of white space."),
            $crate::method!("splitlines", "($self, /, keepends=False)", $crate::types::bytes::methods::splitlines, "The lines, with what ends them if asked for."),
            $crate::method!("startswith", "($self, prefix, start=None, end=None, /)", $crate::types::bytes::methods::startswith, "Whether the bytes begin with a part, or with one of several."),
            $crate::method!("strip", "($self, bytes=None, /)", $crate::types::bytes::methods::strip, "A copy without white space at both ends, or without the bytes given."),
            $crate::method!("swapcase", "($self, /)", $crate::types::bytes::methods::swapcase, "A copy with upper and lower case of ASCII letters exchanged."),
            $crate::method!("title", "($self, /)", $crate::types::bytes::methods::title, "A copy in which every ASCII word begins in upper case and goes on in lower case."),
            $crate::method!("translate", "($self, table, /, delete=b'')", $crate::types::bytes::methods::translate, "A copy without the bytes to delete, in which each other byte is looked up in a table of 256."),
            $crate::method!("upper", "($self, /)", $crate::types::bytes::methods::upper, "A copy with ASCII letters in upper case."),
            $crate::method!("zfill", "($self, width, /)", $crate::types::bytes::methods::zfill, "The bytes at the right of a field filled with zeros, behind a sign if there is one."),
            $($own,)*
        ]
    };
}
pub(crate) use byte_methods;

/// White space, as the methods of bytes see it.
fn is_space(byte: u32) -> bool {
    matches!(byte, 0x09..=0x0D | 0x20)
}

fn is_line_break(byte: u32) -> bool {
    matches!(byte, 0x0A | 0x0D)
}

pub(crate) fn decode(
    vm: &mut Vm,
    this: ByteString,
    encoding: Option<Name>,
    errors: Option<Name>,
) -> PyResult<Ref<PyStr>> {
    let encoding = encoding.as_ref().map_or("utf-8", |name| &name.0);
    let errors = errors.as_ref().map_or("strict", |name| &name.0);
    let object = match this {
        ByteString::Bytes(bytes) => bytes.into_any(),
        ByteString::Array(array) => array.into_any(),
    };
    codecs::decode_object(vm, &object, encoding, errors)
}

// ------------------------------------------------------------------------------------------- searching

fn find_between(
    vm: &Vm,
    this: &ByteString,
    sub: &Needle,
    start: Start,
    end: End,
    find: fn(&[u8], &[u8]) -> Option<usize>,
) -> Option<usize> {
    let bytes = this.get(vm);
    let range = fit_bounds(start.0, end.0, bytes.len())?;
    find(&bytes[range.clone()], &sub.get(vm)).map(|at| range.start + at)
}

fn or_minus_one(found: Option<usize>) -> i64 {
    found.map_or(-1, |index| index as i64)
}

fn or_error(vm: &Vm, found: Option<usize>) -> PyResult<usize> {
    found.ok_or_else(|| vm.value_error("subsection not found"))
}

pub(crate) fn find(vm: &mut Vm, this: ByteString, sub: Needle, start: Start, end: End) -> i64 {
    or_minus_one(find_between(vm, &this, &sub, start, end, Search::find))
}

pub(crate) fn rfind(vm: &mut Vm, this: ByteString, sub: Needle, start: Start, end: End) -> i64 {
    or_minus_one(find_between(vm, &this, &sub, start, end, Search::rfind))
}

pub(crate) fn index(
    vm: &mut Vm,
    this: ByteString,
    sub: Needle,
    start: Start,
    end: End,
) -> PyResult<usize> {
    or_error(vm, find_between(vm, &this, &sub, start, end, Search::find))
}

pub(crate) fn rindex(
    vm: &mut Vm,
    this: ByteString,
    sub: Needle,
    start: Start,
    end: End,
) -> PyResult<usize> {
    or_error(vm, find_between(vm, &this, &sub, start, end, Search::rfind))
}

pub(crate) fn count(vm: &mut Vm, this: ByteString, sub: Needle, start: Start, end: End) -> usize {
    let bytes = this.get(vm);
    fit_bounds(start.0, end.0, bytes.len()).map_or(0, |range| {
        search::count(
            Units::One(&bytes[range]),
            Units::One(&sub.get(vm)),
            usize::MAX,
        )
    })
}

/// Whether bytes contain a part or a byte.
pub(crate) fn contains(vm: &mut Vm, this: &ByteString, item: &PyRef) -> PyResult<bool> {
    if vm.type_of(item).slots(vm).index.is_some() {
        let byte = super::byte_string::byte_value(vm, item)?;
        return Ok(memchr::memchr(byte, this.get(vm)).is_some());
    }
    let part = vm.bytes_like(item)?;
    Ok(Search::find(this.get(vm), &part.get(vm)).is_some())
}

pub(crate) fn startswith(
    vm: &mut Vm,
    this: ByteString,
    prefix: PyRef,
    start: Start,
    end: End,
) -> PyResult<bool> {
    tailmatch(
        vm,
        "startswith",
        &this,
        &prefix,
        start,
        end,
        |bytes, part| bytes.starts_with(part),
    )
}

pub(crate) fn endswith(
    vm: &mut Vm,
    this: ByteString,
    suffix: PyRef,
    start: Start,
    end: End,
) -> PyResult<bool> {
    tailmatch(vm, "endswith", &this, &suffix, start, end, |bytes, part| {
        bytes.ends_with(part)
    })
}

fn tailmatch(
    vm: &mut Vm,
    name: &str,
    this: &ByteString,
    part: &PyRef,
    start: Start,
    end: End,
    matches: fn(&[u8], &[u8]) -> bool,
) -> PyResult<bool> {
    let is_match = |vm: &mut Vm, part: &PyRef| -> PyResult<bool> {
        let part = vm.bytes_like(part)?;
        let bytes = this.get(vm);
        Ok(fit_bounds(start.0, end.0, bytes.len())
            .is_some_and(|range| matches(&bytes[range], &part.get(vm))))
    };
    if let Some(parts) = part.downcast_ref::<PyTuple>() {
        for part in parts.iter() {
            if is_match(vm, part)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if vm.type_of(part).slots(vm).buffer.is_none() {
        let found = vm.type_name(part);
        return Err(vm.type_error(format!(
            "{name} first arg must be bytes or a tuple of bytes, not {found}"
        )));
    }
    is_match(vm, part)
}

pub(crate) fn removeprefix(
    vm: &mut Vm,
    this: ByteString,
    prefix: BytesLike,
) -> PyResult<ByteString> {
    let bytes = this.get(vm);
    let start = if bytes.starts_with(&prefix.get(vm)) {
        prefix.len()
    } else {
        0
    };
    let range = start..bytes.len();
    this.slice(vm, range)
}

pub(crate) fn removesuffix(
    vm: &mut Vm,
    this: ByteString,
    suffix: BytesLike,
) -> PyResult<ByteString> {
    let bytes = this.get(vm);
    let behind = if bytes.ends_with(&suffix.get(vm)) {
        suffix.len()
    } else {
        0
    };
    let range = 0..bytes.len() - behind;
    this.slice(vm, range)
}

// ------------------------------------------------------------------------------------------- replacing

pub(crate) fn replace(
    vm: &mut Vm,
    this: ByteString,
    old: BytesLike,
    new: BytesLike,
    most: Most,
) -> PyResult<ByteString> {
    let (bytes, old, new) = (this.get(vm), old.get(vm), new.get(vm));
    let count = search::count(Units::One(bytes), Units::One(&old), most.0);
    if count == 0 || old == new {
        return this.unchanged(vm);
    }
    let too_long = || vm.overflow_error("replace bytes is too long");
    let added = count.checked_mul(new.len()).ok_or_else(too_long)?;
    let len = (bytes.len() - count * old.len())
        .checked_add(added)
        .ok_or_else(too_long)?;
    this.make_with(vm, len, |room| {
        let mut writer = Writer { room, at: 0 };
        if old.is_empty() {
            interleave(&mut writer, bytes, &new, count);
            return;
        }
        let mut from = 0;
        let _: Result<(), std::convert::Infallible> = Search::each(bytes, &old, count, |at| {
            writer.push(&bytes[from..at]);
            writer.push(&new);
            from = at + old.len();
            Ok(())
        });
        writer.push(&bytes[from..]);
    })
}

/// The bytes with `new` before each of the first `times` of them, or at the end.
fn interleave(writer: &mut Writer<'_>, bytes: &[u8], new: &[u8], times: usize) {
    for index in 0..times {
        writer.push(new);
        writer.push(bytes.get(index..=index).unwrap_or_default());
    }
    writer.push(bytes.get(times..).unwrap_or_default());
}

/// Writes bytes one part after the other.
struct Writer<'a> {
    room: &'a mut [u8],
    at: usize,
}

impl Writer<'_> {
    fn push(&mut self, bytes: &[u8]) {
        self.room[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    fn fill(&mut self, byte: u8, count: usize) {
        self.room[self.at..self.at + count].fill(byte);
        self.at += count;
    }
}

pub(crate) fn expandtabs(vm: &mut Vm, this: ByteString, tab_size: TabSize) -> PyResult<ByteString> {
    let bytes = this.get(vm);
    let mut len: usize = 0;
    parts::expand_tabs(bytes, tab_size.0, &mut |piece| {
        let more = match piece {
            Expanded::Part(start, end) => end - start,
            Expanded::Blanks(count) => count,
        };
        len = len
            .checked_add(more)
            .ok_or_else(|| vm.overflow_error("result too long"))?;
        Ok(())
    })?;
    this.make_with(vm, len, |room| {
        let mut writer = Writer { room, at: 0 };
        let result = parts::expand_tabs(bytes, tab_size.0, &mut |piece| {
            match piece {
                Expanded::Part(start, end) => writer.push(&bytes[start..end]),
                Expanded::Blanks(count) => writer.fill(b' ', count),
            }
            Ok(())
        });
        debug_assert!(result.is_ok(), "writing cannot fail");
    })
}

pub(crate) fn translate(
    vm: &mut Vm,
    this: ByteString,
    table: PyRef,
    delete: Option<BytesLike>,
) -> PyResult<ByteString> {
    let table = if vm.is_none(&table) {
        None
    } else {
        Some(vm.bytes_like(&table)?)
    };
    if table.as_ref().is_some_and(|table| table.len() != 256) {
        return Err(vm.value_error("translation table must be 256 characters long"));
    }
    let table = table.as_ref().map(|table| table.get(vm));
    let mut is_deleted = [false; 256];
    if let Some(delete) = &delete {
        delete
            .get(vm)
            .iter()
            .for_each(|&byte| is_deleted[usize::from(byte)] = true);
    }
    let bytes = this.get(vm);
    let kept = || bytes.iter().filter(|&&byte| !is_deleted[usize::from(byte)]);
    let len = kept().count();
    if len == bytes.len() && table.is_none() {
        return this.unchanged(vm);
    }
    this.make_with(vm, len, |room| {
        for (place, &byte) in room.iter_mut().zip(kept()) {
            *place = table
                .as_ref()
                .map_or(byte, |table| table[usize::from(byte)]);
        }
    })
}

pub(crate) fn maketrans(vm: &mut Vm, from: BytesLike, to: BytesLike) -> PyResult {
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: [u8; 256] = std::array::from_fn(|index| index as u8);
    for (from, to) in from.get(vm).iter().zip(to.get(vm).iter()) {
        table[usize::from(*from)] = *to;
    }
    Ok(vm.new_bytes(&table)?.into_any())
}

// ------------------------------------------------------------------------------------------- splitting

fn push_part(
    vm: &Vm,
    this: &ByteString,
    found: &mut HeapVec<PyRef>,
    part: Range<usize>,
) -> PyResult<()> {
    let part = match this.slice(vm, part)? {
        ByteString::Bytes(bytes) => bytes.into_any(),
        ByteString::Array(array) => array.into_any(),
    };
    Ok(found.push(vm.heap(), part)?)
}

/// The separator of `split`: `None` for white space, else not empty.
pub(crate) struct Separator(Option<BytesLike>);

impl FromArg for Separator {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, _: ArgInfo) -> PyResult<Self> {
        match arg {
            Some(arg) if !vm.is_none(arg) => {
                let separator = vm.bytes_like(arg)?;
                if separator.is_empty() {
                    return Err(vm.value_error("empty separator"));
                }
                Ok(Self(Some(separator)))
            }
            _ => Ok(Self(None)),
        }
    }
}

pub(crate) fn split(
    vm: &mut Vm,
    this: ByteString,
    sep: Separator,
    most: Most,
) -> PyResult<Ref<PyList>> {
    let mut found = HeapVec::new();
    let mut emit = |part| push_part(vm, &this, &mut found, part);
    match &sep.0 {
        None => parts::split_whitespace(this.get(vm), is_space, most.0, &mut emit)?,
        Some(sep) => parts::split(this.get(vm), &sep.get(vm), most.0, &mut emit)?,
    }
    vm.new_list_from_heap_vec(found)
}

pub(crate) fn rsplit(
    vm: &mut Vm,
    this: ByteString,
    sep: Separator,
    most: Most,
) -> PyResult<Ref<PyList>> {
    let mut found = HeapVec::new();
    let mut emit = |part| push_part(vm, &this, &mut found, part);
    match &sep.0 {
        None => parts::rsplit_whitespace(this.get(vm), is_space, most.0, &mut emit)?,
        Some(sep) => parts::rsplit(this.get(vm), &sep.get(vm), most.0, &mut emit)?,
    }
    found.reverse();
    vm.new_list_from_heap_vec(found)
}

pub(crate) fn splitlines(
    vm: &mut Vm,
    this: ByteString,
    keep_ends: Option<bool>,
) -> PyResult<Ref<PyList>> {
    let mut found = HeapVec::new();
    parts::lines(
        this.get(vm),
        is_line_break,
        keep_ends.unwrap_or(false),
        &mut |part| push_part(vm, &this, &mut found, part),
    )?;
    vm.new_list_from_heap_vec(found)
}

fn check_separator(vm: &Vm, separator: &BytesLike) -> PyResult<()> {
    if separator.is_empty() {
        Err(vm.value_error("empty separator"))
    } else {
        Ok(())
    }
}

pub(crate) fn partition(
    vm: &mut Vm,
    this: ByteString,
    sep: BytesLike,
) -> PyResult<(ByteString, ByteString, ByteString)> {
    check_separator(vm, &sep)?;
    match Search::find(this.get(vm), &sep.get(vm)) {
        Some(at) => partitioned(vm, &this, &sep, at),
        None => Ok((
            this.unchanged(vm)?,
            this.make(vm, b"")?,
            this.make(vm, b"")?,
        )),
    }
}

pub(crate) fn rpartition(
    vm: &mut Vm,
    this: ByteString,
    sep: BytesLike,
) -> PyResult<(ByteString, ByteString, ByteString)> {
    check_separator(vm, &sep)?;
    match Search::rfind(this.get(vm), &sep.get(vm)) {
        Some(at) => partitioned(vm, &this, &sep, at),
        None => Ok((
            this.make(vm, b"")?,
            this.make(vm, b"")?,
            this.unchanged(vm)?,
        )),
    }
}

fn partitioned(
    vm: &Vm,
    this: &ByteString,
    sep: &BytesLike,
    at: usize,
) -> PyResult<(ByteString, ByteString, ByteString)> {
    let bytes = this.get(vm);
    let behind = at + sep.len();
    let separator = match (this, sep) {
        (ByteString::Bytes(_), BytesLike::Bytes(sep)) => ByteString::Bytes(sep.clone()),
        _ => this.make(vm, &bytes[at..behind])?,
    };
    Ok((
        this.make(vm, &bytes[..at])?,
        separator,
        this.make(vm, &bytes[behind..])?,
    ))
}

/// What to strip: `None` for white space.
pub(crate) struct Stripped(Option<BytesLike>);

impl FromArg for Stripped {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, _: ArgInfo) -> PyResult<Self> {
        match arg {
            Some(arg) if !vm.is_none(arg) => vm.bytes_like(arg).map(|bytes| Self(Some(bytes))),
            _ => Ok(Self(None)),
        }
    }
}

fn strip_ends(vm: &Vm, this: &ByteString, stripped: &Stripped, ends: Ends) -> PyResult<ByteString> {
    let range = match &stripped.0 {
        None => parts::strip(this.get(vm), ends, is_space),
        Some(bytes) => {
            let bytes = bytes.get(vm);
            parts::strip(this.get(vm), ends, |byte| bytes.contains(&(byte as u8)))
        }
    };
    this.slice(vm, range)
}

pub(crate) fn strip(vm: &mut Vm, this: ByteString, bytes: Stripped) -> PyResult<ByteString> {
    strip_ends(vm, &this, &bytes, Ends::Both)
}

pub(crate) fn lstrip(vm: &mut Vm, this: ByteString, bytes: Stripped) -> PyResult<ByteString> {
    strip_ends(vm, &this, &bytes, Ends::Left)
}

pub(crate) fn rstrip(vm: &mut Vm, this: ByteString, bytes: Stripped) -> PyResult<ByteString> {
    strip_ends(vm, &this, &bytes, Ends::Right)
}

// --------------------------------------------------------------------------------------------- joining

pub(crate) fn join(vm: &mut Vm, this: ByteString, iterable: PyRef) -> PyResult<ByteString> {
    let slots = vm.type_of(&iterable).slots(vm);
    if slots.iter.is_none() && slots.getitem.is_none() {
        return Err(vm.type_error("can only join an iterable"));
    }
    let items = vm.to_heap_vec(&iterable)?;
    let mut buffers = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        if vm.type_of(item).slots(vm).buffer.is_none() {
            let found = vm.type_name(item);
            return Err(vm.type_error(format!(
                "sequence item {index}: expected a bytes-like object, {found} found"
            )));
        }
        buffers.push(vm.bytes_like(item)?);
    }
    if let ([BytesLike::Bytes(only)], ByteString::Bytes(_)) = (&buffers[..], &this) {
        return ByteString::Bytes(only.clone()).unchanged(vm);
    }
    let separator = this.get(vm);
    let too_long = || vm.overflow_error("join() result is too long");
    let between = separator
        .len()
        .checked_mul(buffers.len().saturating_sub(1))
        .ok_or_else(too_long)?;
    let len = buffers
        .iter()
        .try_fold(between, |len, buffer| len.checked_add(buffer.len()))
        .ok_or_else(too_long)?;
    this.make_with(vm, len, |room| {
        let mut writer = Writer { room, at: 0 };
        for (index, buffer) in buffers.iter().enumerate() {
            if index > 0 {
                writer.push(separator);
            }
            writer.push(&buffer.get(vm));
        }
    })
}

/// The bytes, `count` times.
pub(crate) fn repeated(vm: &Vm, this: &ByteString, count: usize) -> PyResult<ByteString> {
    let bytes = this.get(vm);
    if count == 1 {
        return this.unchanged(vm);
    }
    let len = bytes
        .len()
        .checked_mul(count)
        .filter(|len| isize::try_from(*len).is_ok())
        .ok_or(PyErr::OutOfMemory)?;
    this.make_with(vm, len, |room| match bytes {
        [] => {}
        [byte] => room.fill(*byte),
        _ => room
            .chunks_exact_mut(bytes.len())
            .for_each(|part| part.copy_from_slice(bytes)),
    })
}

// --------------------------------------------------------------------------------------------- filling

fn pad(vm: &Vm, this: &ByteString, left: usize, fill: u8, right: usize) -> PyResult<ByteString> {
    if left == 0 && right == 0 {
        return this.unchanged(vm);
    }
    let bytes = this.get(vm);
    let padding = left
        .checked_add(right)
        .and_then(|padding| padding.checked_add(bytes.len()));
    this.make_with(vm, padding.ok_or(PyErr::OutOfMemory)?, |room| {
        let mut writer = Writer { room, at: 0 };
        writer.fill(fill, left);
        writer.push(bytes);
        writer.fill(fill, right);
    })
}

pub(crate) fn center(
    vm: &mut Vm,
    this: ByteString,
    width: Width,
    fill: Fill,
) -> PyResult<ByteString> {
    let padding = width.0.saturating_sub(this.get(vm).len());
    let left = left_of_center(width.0, padding);
    pad(vm, &this, left, fill.0, padding - left)
}

pub(crate) fn ljust(
    vm: &mut Vm,
    this: ByteString,
    width: Width,
    fill: Fill,
) -> PyResult<ByteString> {
    let padding = width.0.saturating_sub(this.get(vm).len());
    pad(vm, &this, 0, fill.0, padding)
}

pub(crate) fn rjust(
    vm: &mut Vm,
    this: ByteString,
    width: Width,
    fill: Fill,
) -> PyResult<ByteString> {
    let padding = width.0.saturating_sub(this.get(vm).len());
    pad(vm, &this, padding, fill.0, 0)
}

pub(crate) fn zfill(vm: &mut Vm, this: ByteString, width: Width) -> PyResult<ByteString> {
    let bytes = this.get(vm);
    let padding = width.0.saturating_sub(bytes.len());
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    if padding == 0 || sign == 0 {
        return pad(vm, &this, padding, b'0', 0);
    }
    this.make_with(vm, width.0, |room| {
        let mut writer = Writer { room, at: 0 };
        writer.push(&bytes[..sign]);
        writer.fill(b'0', padding);
        writer.push(&bytes[sign..]);
    })
}

// ------------------------------------------------------------------------------------------------ case

fn mapped(
    vm: &Vm,
    this: &ByteString,
    mut map: impl FnMut(usize, u8) -> u8,
) -> PyResult<ByteString> {
    let bytes = this.get(vm);
    this.make_with(vm, bytes.len(), |room| {
        for (index, (place, &byte)) in room.iter_mut().zip(bytes).enumerate() {
            *place = map(index, byte);
        }
    })
}

pub(crate) fn lower(vm: &mut Vm, this: ByteString) -> PyResult<ByteString> {
    mapped(vm, &this, |_, byte| byte.to_ascii_lowercase())
}

pub(crate) fn upper(vm: &mut Vm, this: ByteString) -> PyResult<ByteString> {
    mapped(vm, &this, |_, byte| byte.to_ascii_uppercase())
}

pub(crate) fn capitalize(vm: &mut Vm, this: ByteString) -> PyResult<ByteString> {
    mapped(vm, &this, |index, byte| {
        if index == 0 {
            byte.to_ascii_uppercase()
        } else {
            byte.to_ascii_lowercase()
        }
    })
}

pub(crate) fn swapcase(vm: &mut Vm, this: ByteString) -> PyResult<ByteString> {
    mapped(vm, &this, |_, byte| {
        if byte.is_ascii_alphabetic() {
            byte ^ 0x20
        } else {
            byte
        }
    })
}

pub(crate) fn title(vm: &mut Vm, this: ByteString) -> PyResult<ByteString> {
    let mut is_inside = false;
    mapped(vm, &this, |_, byte| {
        let mapped = if is_inside {
            byte.to_ascii_lowercase()
        } else {
            byte.to_ascii_uppercase()
        };
        is_inside = byte.is_ascii_alphabetic();
        mapped
    })
}

fn all(vm: &Vm, this: &ByteString, holds: fn(&u8) -> bool) -> bool {
    let bytes = this.get(vm);
    !bytes.is_empty() && bytes.iter().all(holds)
}

pub(crate) fn isalnum(vm: &mut Vm, this: ByteString) -> bool {
    all(vm, &this, u8::is_ascii_alphanumeric)
}

pub(crate) fn isalpha(vm: &mut Vm, this: ByteString) -> bool {
    all(vm, &this, u8::is_ascii_alphabetic)
}

pub(crate) fn isascii(vm: &mut Vm, this: ByteString) -> bool {
    this.get(vm).is_ascii()
}

pub(crate) fn isdigit(vm: &mut Vm, this: ByteString) -> bool {
    all(vm, &this, u8::is_ascii_digit)
}

pub(crate) fn isspace(vm: &mut Vm, this: ByteString) -> bool {
    all(vm, &this, |&byte| is_space(byte.into()))
}

pub(crate) fn islower(vm: &mut Vm, this: ByteString) -> bool {
    let bytes = this.get(vm);
    bytes.iter().any(u8::is_ascii_lowercase) && !bytes.iter().any(u8::is_ascii_uppercase)
}

pub(crate) fn isupper(vm: &mut Vm, this: ByteString) -> bool {
    let bytes = this.get(vm);
    bytes.iter().any(u8::is_ascii_uppercase) && !bytes.iter().any(u8::is_ascii_lowercase)
}

pub(crate) fn istitle(vm: &mut Vm, this: ByteString) -> bool {
    let (mut is_inside, mut some) = (false, false);
    for byte in this.get(vm) {
        if byte.is_ascii_uppercase() && is_inside || byte.is_ascii_lowercase() && !is_inside {
            return false;
        }
        is_inside = byte.is_ascii_alphabetic();
        some |= is_inside;
    }
    some
}

// --------------------------------------------------------------------------------------- hexadecimal

pub(crate) fn hex(
    vm: &mut Vm,
    this: ByteString,
    sep: Option<PyRef>,
    per_sep: Option<i32>,
) -> PyResult<Ref<PyStr>> {
    let separator = hex_separator(vm, sep.as_ref())?;
    to_hex(vm, this.get(vm), separator, per_sep.unwrap_or(1))
}

/// The separator of `hex`: one ASCII character or byte.
///
/// # Errors
/// `TypeError`, `ValueError`.
pub(crate) fn hex_separator(vm: &mut Vm, sep: Option<&PyRef>) -> PyResult<Option<u8>> {
    let Some(sep) = sep else { return Ok(None) };
    if vm.len(sep)? != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    let separator = if let Some(text) = sep.downcast_ref::<PyStr>() {
        u8::try_from(text.char_at(0)).unwrap_or(u8::MAX)
    } else if let Some(bytes) = sep.downcast_ref::<super::PyBytes>() {
        bytes[0]
    } else {
        return Err(vm.type_error("sep must be str or bytes."));
    };
    if !separator.is_ascii() {
        return Err(vm.value_error("sep must be ASCII."));
    }
    Ok(Some(separator))
}

/// Bytes as hexadecimal digits; groups of `per_sep` bytes are counted from the end, or from the front if negative.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn to_hex(
    vm: &Vm,
    bytes: &[u8],
    separator: Option<u8>,
    per_sep: i32,
) -> PyResult<Ref<PyStr>> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let group = per_sep.unsigned_abs() as usize;
    let separator = separator.filter(|_| group > 0 && bytes.len() > group);
    let Some(separator) = separator else {
        let digits = |byte: &u8| {
            [
                DIGITS[usize::from(byte >> 4)],
                DIGITS[usize::from(byte & 15)],
            ]
        };
        let chars = bytes.iter().flat_map(digits).map(u32::from);
        return vm.new_ascii_from(bytes.len().checked_mul(2).ok_or(PyErr::OutOfMemory)?, chars);
    };
    let count = (bytes.len() - 1) / group;
    let len = bytes
        .len()
        .checked_mul(2)
        .and_then(|len| len.checked_add(count))
        .ok_or(PyErr::OutOfMemory)?;
    let is_before_separator = |index: usize| match per_sep < 0 {
        true => (index + 1).is_multiple_of(group) && index + 1 < bytes.len(),
        false => (bytes.len() - index - 1).is_multiple_of(group) && index + 1 < bytes.len(),
    };
    let chars = bytes.iter().enumerate().flat_map(|(index, byte)| {
        let digits = [
            DIGITS[usize::from(byte >> 4)],
            DIGITS[usize::from(byte & 15)],
        ];
        digits
            .into_iter()
            .chain(is_before_separator(index).then_some(separator))
    });
    vm.new_ascii_from(len, chars.map(u32::from))
}

pub(crate) fn fromhex(vm: &mut Vm, ty: Ref<PyType>, string: PyRef) -> PyResult {
    let bytes = parse_hex(vm, &string)?;
    let bytes = vm.new_bytes(&bytes)?;
    if ty.is(vm.class(&super::BYTES)) {
        return Ok(bytes.into_any());
    }
    vm.call_positional(ty.as_any(), &[bytes.into_any()])
}

/// The bytes that hexadecimal digits stand for.
fn parse_hex(vm: &mut Vm, string: &PyRef) -> PyResult<Vec<u8>> {
    let characters: Vec<u32> = match string.downcast_ref::<PyStr>() {
        Some(text) => text.code_points().collect(),
        None if vm.type_of(string).slots(vm).buffer.is_some() => vm
            .bytes_like(string)?
            .get(vm)
            .iter()
            .map(|&byte| byte.into())
            .collect(),
        None => {
            let found = vm.type_name(string);
            return Err(vm.type_error(format!(
                "fromhex() argument must be str or bytes-like, not {found}"
            )));
        }
    };
    let digit = |at: usize| {
        characters
            .get(at)
            .and_then(|&c| char::from_u32(c))
            .and_then(|c| c.to_digit(16))
    };
    let wrong = |vm: &Vm, at: usize| {
        if at >= characters.len() {
            return vm
                .value_error("fromhex() arg must contain an even number of hexadecimal digits");
        }
        vm.value_error(format!(
            "non-hexadecimal number found in fromhex() arg at position {at}"
        ))
    };
    let mut bytes = Vec::with_capacity(characters.len() / 2);
    let mut at = 0;
    while at < characters.len() {
        if is_space(characters[at]) {
            at += 1;
            continue;
        }
        let high = digit(at).ok_or_else(|| wrong(vm, at))?;
        let low = digit(at + 1).ok_or_else(|| wrong(vm, at + 1))?;
        bytes.push((high << 4 | low) as u8);
        at += 2;
    }
    Ok(bytes)
}
