//! How a string lies in memory, making one, comparing and hashing.
//!
//! ```text
//! header 16 | hash u32 | len u32 | len units of 1, 2 or 4 bytes
//! ```
//!
//! The header's host byte tells the width of a unit (bits 0–2), whether the text is ASCII (bit 3) and
//! whether the string is interned (bit 4). Invariants:
//!
//! - **S1** a `PyStr` is only ever found inside its object: a header before it, `len` units behind it.
//! - **S2** the width is the smallest that holds every character, so equal texts have equal bytes. Units are
//!   code points below 0x110000, lone surrogates included.
//! - **S3** the hash is 0 (not computed) or that of the units' bytes.

#![allow(unsafe_code, reason = "the characters lie behind the payload, found by address")]

use super::STR;
use super::intern::Interned;
use super::search;
use crate::object::{PyPayload, layout};
use crate::types::type_::PyType;
use crate::{Heap, PyErr, PyRef, PyResult, Ref, Traverse, Vm};
use exuvia_object::{Class, Header};
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};
use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::ptr::NonNull;

/// The highest code point, plus one.
pub const CODE_POINT_END: u32 = 0x11_0000;

const ASCII_BIT: u8 = 1 << 3;
const INTERNED_BIT: u8 = 1 << 4;

/// A string: 24 bytes and 1, 2 or 4 per character.
#[repr(C)]
#[derive(Debug, Traverse)]
pub struct PyStr {
    hash: Cell<u32>,
    len: u32,
}

impl PyPayload for PyStr {
    const DEF: &'static crate::table::TypeDef = &STR;
}

/// What the characters of a string are at most; the order is from narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StrKind {
    /// Below 0x80, one byte each.
    Ascii,
    /// Below 0x100, one byte each.
    Latin1,
    /// Below 0x10000, two bytes each.
    Ucs2,
    /// Four bytes each.
    Ucs4,
}

impl StrKind {
    /// The narrowest kind for characters up to this one. Also right for the bitwise or of all of them.
    #[inline]
    pub fn for_max(max: u32) -> Self {
        match max {
            0..0x80 => Self::Ascii,
            0x80..0x100 => Self::Latin1,
            0x100..0x1_0000 => Self::Ucs2,
            _ => Self::Ucs4,
        }
    }

    /// Bytes per character.
    #[inline]
    pub fn width(self) -> usize {
        match self {
            Self::Ascii | Self::Latin1 => 1,
            Self::Ucs2 => 2,
            Self::Ucs4 => 4,
        }
    }

    fn host_byte(self) -> u8 {
        match self {
            Self::Ascii => 1 | ASCII_BIT,
            Self::Latin1 => 1,
            Self::Ucs2 => 2,
            Self::Ucs4 => 4,
        }
    }

    fn of_host_byte(byte: u8) -> Self {
        match byte & 0b1111 {
            0b1001 => Self::Ascii,
            1 => Self::Latin1,
            2 => Self::Ucs2,
            _ => Self::Ucs4,
        }
    }
}

/// One character as it is stored: `u8`, `u16` or `u32`.
pub trait Unit: Copy + Ord + Into<u32> + std::fmt::Debug + 'static {
    /// Bytes of a unit.
    const WIDTH: usize = size_of::<Self>();

    /// The character as a unit, if it fits.
    fn try_new(character: u32) -> Option<Self>;

    /// The low bits of a character that is known to fit.
    fn cut(character: u32) -> Self;

    /// The units, if they have this width.
    fn same_width(units: Units<'_>) -> Option<&[Self]>;

    /// A slice of this width.
    fn units(slice: &[Self]) -> Units<'_>;
}

macro_rules! unit {
    ($($type:ident = $variant:ident),+) => {
        $(impl Unit for $type {
            #[inline]
            fn try_new(character: u32) -> Option<Self> {
                $type::try_from(character).ok()
            }

            #[inline]
            fn cut(character: u32) -> Self {
                debug_assert!($type::try_from(character).is_ok(), "S2: the character fits the width");
                character as $type
            }

            #[inline]
            fn same_width(units: Units<'_>) -> Option<&[Self]> {
                if let Units::$variant(units) = units { Some(units) } else { None }
            }

            #[inline]
            fn units(slice: &[Self]) -> Units<'_> {
                Units::$variant(slice)
            }
        })+
    };
}
unit!(u8 = One, u16 = Two, u32 = Four);

/// The characters of a string as they lie in memory.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// ASCII or Latin-1.
    One(&'a [u8]),
    /// Up to U+FFFF.
    Two(&'a [u16]),
    /// All of Unicode.
    Four(&'a [u32]),
}

/// Evaluates an expression for the units of a string, whatever their width.
macro_rules! with_units {
    ($units:expr, |$name:ident| $body:expr) => {
        match $units {
            $crate::types::str::data::Units::One($name) => $body,
            $crate::types::str::data::Units::Two($name) => $body,
            $crate::types::str::data::Units::Four($name) => $body,
        }
    };
}
pub(crate) use with_units;

impl<'a> Units<'a> {
    /// The number of characters.
    #[inline]
    pub fn len(&self) -> usize {
        with_units!(self, |units| units.len())
    }

    /// Whether there are no characters.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The character at an index.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub fn get(&self, index: usize) -> u32 {
        with_units!(self, |units| units[index].into())
    }

    /// A part of the characters.
    ///
    /// # Panics
    /// If the range is out of bounds.
    #[inline]
    #[must_use]
    pub fn slice(self, start: usize, end: usize) -> Units<'a> {
        match self {
            Self::One(units) => Self::One(&units[start..end]),
            Self::Two(units) => Self::Two(&units[start..end]),
            Self::Four(units) => Self::Four(&units[start..end]),
        }
    }

    /// The characters, one by one.
    #[inline]
    pub fn iter(self) -> CodePoints<'a> {
        CodePoints { units: self, front: 0, back: self.len() }
    }

    /// The narrowest kind that holds all the characters.
    pub fn kind(&self) -> StrKind {
        with_units!(self, |units| kind_of(units))
    }
}

/// The narrowest kind that holds all the characters.
pub(crate) fn kind_of<U: Unit>(units: &[U]) -> StrKind {
    StrKind::for_max(units.iter().fold(0, |bits, &unit| bits | unit.into()))
}

/// The characters of a string, one by one.
#[derive(Clone, Debug)]
pub struct CodePoints<'a> {
    units: Units<'a>,
    front: usize,
    back: usize,
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        (self.front < self.back).then(|| {
            self.front += 1;
            self.units.get(self.front - 1)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.back - self.front, Some(self.back - self.front))
    }
}

impl DoubleEndedIterator for CodePoints<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        (self.front < self.back).then(|| {
            self.back -= 1;
            self.units.get(self.back)
        })
    }
}

impl ExactSizeIterator for CodePoints<'_> {}

// ------------------------------------------------------------------------------------------- reading

impl PyStr {
    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: S1.
        unsafe { NonNull::from(self).cast::<Header>().sub(1).as_ref() }
    }

    #[inline]
    fn first(&self) -> NonNull<u8> {
        // SAFETY: S1.
        unsafe { NonNull::from(self).add(1).cast() }
    }

    /// A handle to the string.
    #[inline]
    pub fn handle(&self) -> Ref<PyStr> {
        // SAFETY: S1; the object lives as long as the borrow.
        unsafe { Ref::from_borrowed(NonNull::from(self).cast::<Header>().sub(1)) }
    }

    /// The number of characters.
    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are no characters.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What the characters are at most.
    #[inline]
    pub fn kind(&self) -> StrKind {
        StrKind::of_host_byte(self.header().host_byte())
    }

    /// Whether all characters are below 0x80.
    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.header().host_byte() & ASCII_BIT != 0
    }

    /// Whether this is the one string of its text that identity can be compared with.
    #[inline]
    pub fn is_interned(&self) -> bool {
        self.header().host_byte() & INTERNED_BIT != 0
    }

    /// Sets or clears the mark of interned strings; only the table does.
    pub(super) fn set_interned(&self, interned: bool) {
        let byte = self.header().host_byte() & !INTERNED_BIT;
        self.header().set_host_byte(byte | if interned { INTERNED_BIT } else { 0 });
    }

    /// The characters as they lie in memory.
    #[inline]
    pub fn units(&self) -> Units<'_> {
        let (first, len) = (self.first(), self.len());
        // SAFETY: S1; offset 24 of an object is aligned for all three.
        unsafe {
            match self.header().host_byte() & 0b111 {
                1 => Units::One(std::slice::from_raw_parts(first.as_ptr(), len)),
                2 => Units::Two(std::slice::from_raw_parts(first.cast().as_ptr(), len)),
                _ => Units::Four(std::slice::from_raw_parts(first.cast().as_ptr(), len)),
            }
        }
    }

    /// The characters' bytes in memory: what is compared and hashed.
    #[inline]
    fn unit_bytes(&self) -> &[u8] {
        let width = usize::from(self.header().host_byte() & 0b111);
        // SAFETY: S1.
        unsafe { std::slice::from_raw_parts(self.first().as_ptr(), self.len() * width) }
    }

    /// The text, if it is ASCII.
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        // SAFETY: ASCII is UTF-8 (S2 and the ASCII bit).
        self.is_ascii().then(|| unsafe { std::str::from_utf8_unchecked(self.unit_bytes()) })
    }

    /// The text as UTF-8; a lone surrogate becomes U+FFFD.
    pub fn to_text(&self) -> Cow<'_, str> {
        match self.as_str() {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(self.code_points().map(|c| char::from_u32(c).unwrap_or('\u{FFFD}')).collect()),
        }
    }

    /// The text as UTF-8; `None` if there are lone surrogates.
    pub fn to_utf8(&self) -> Option<Cow<'_, str>> {
        match self.as_str() {
            Some(text) => Some(Cow::Borrowed(text)),
            None => self.code_points().map(char::from_u32).collect::<Option<String>>().map(Cow::Owned),
        }
    }

    /// The text as WTF-8, which has lone surrogates.
    pub fn to_wtf8(&self) -> Cow<'_, Wtf8> {
        match self.as_str() {
            Some(text) => Cow::Borrowed(text.as_ref()),
            None => {
                let mut text = Wtf8Buf::with_capacity(self.len() * 2);
                text.extend(self.code_points().filter_map(CodePoint::from_u32));
                Cow::Owned(text)
            }
        }
    }

    /// The characters, one by one.
    #[inline]
    pub fn code_points(&self) -> CodePoints<'_> {
        self.units().iter()
    }

    /// The character at an index.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub fn char_at(&self, index: usize) -> u32 {
        self.units().get(index)
    }

    /// Whether both are the same characters.
    #[inline]
    pub fn same_text(&self, other: &PyStr) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        let (left, right) = (self.header().host_byte(), other.header().host_byte());
        // Two interned strings with the same text would be one; equal texts have the same width (S2).
        if self.len != other.len || (left ^ right) & 0b1111 != 0 || left & right & INTERNED_BIT != 0 {
            return false;
        }
        self.unit_bytes() == other.unit_bytes()
    }

    /// Whether the characters are those of `text`.
    pub fn equals(&self, text: &str) -> bool {
        match self.as_str() {
            Some(ascii) => ascii == text,
            None => self.code_points().eq(text.chars().map(u32::from)),
        }
    }

    /// The order by code points.
    pub fn compare(&self, other: &PyStr) -> Ordering {
        match (self.units(), other.units()) {
            (Units::One(left), Units::One(right)) => left.cmp(right),
            (Units::Two(left), Units::Two(right)) => left.cmp(right),
            (Units::Four(left), Units::Four(right)) => left.cmp(right),
            (left, right) => left.iter().cmp(right.iter()),
        }
    }

    /// The hash: equal for equal texts, and for bytes equal to an ASCII or Latin-1 text; 0 only for `''`.
    #[inline]
    pub fn hash_value(&self) -> i64 {
        match self.hash.get() {
            0 => self.compute_hash(),
            hash => i64::from(hash),
        }
    }

    #[cold]
    fn compute_hash(&self) -> i64 {
        let hash = Interned::of(self.header()).map_or(0, |interned| interned.hash_bytes(self.unit_bytes()));
        self.hash.set(hash);
        i64::from(hash)
    }

    /// Whether the type is exactly `str`.
    #[inline]
    pub fn is_exact(&self, vm: &Vm) -> bool {
        self.header().class_ptr() == vm.class(&STR).class_of_instances()
    }

    /// Where a part first lies.
    pub fn find(&self, part: &PyStr) -> Option<usize> {
        search::find(self.units(), part.units())
    }

    /// Whether the text begins with a part.
    pub fn starts_with(&self, part: &PyStr) -> bool {
        search::is_at(self.units(), 0, part.units())
    }
}

/// The [`Class`] of strings.
pub(super) fn class() -> Class {
    let class = Class::of::<PyStr>();
    class.size.set(Some(object_size));
    class.drop.set(Some(forget_interned));
    class
}

/// The number of bytes asked of the heap for a string.
///
/// # Safety
/// `object` must be a string.
unsafe fn object_size(object: NonNull<Header>) -> usize {
    // SAFETY: the caller's duty.
    unsafe { size_for(usize::from(object.as_ref().host_byte() & 0b111), object.add(1).cast::<PyStr>().as_ref().len()) }
}

fn size_for(width: usize, len: usize) -> usize {
    size_of::<Header>() + size_of::<PyStr>() + width * len
}

/// Takes a dying string out of the table of interned ones.
///
/// # Safety
/// `object` must be a string that nobody refers to.
unsafe fn forget_interned(object: NonNull<Header>) {
    // SAFETY: the caller's duty.
    unsafe {
        if object.as_ref().host_byte() & INTERNED_BIT != 0
            && let Some(interned) = Interned::of(object.as_ref())
        {
            interned.remove(object.add(1).cast::<PyStr>().as_ref());
        }
    }
}

// -------------------------------------------------------------------------------------------- making

/// A string of known length and kind whose characters are still being written.
#[derive(Debug)]
pub struct Unfinished {
    string: Ref<PyStr>,
    filled: usize,
}

impl Unfinished {
    /// A string of `len` characters of this kind, none of them written.
    ///
    /// # Errors
    /// `OutOfMemory`, also for 2^32 characters and more.
    pub fn new(vm: &Vm, kind: StrKind, len: usize) -> PyResult<Self> {
        Self::of_type(vm, vm.class(&STR), kind, len)
    }

    /// As [`new`](Self::new), an instance of `str` or of a subclass.
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Panics
    /// If the type is no subclass of `str`.
    pub fn of_type(vm: &Vm, ty: &Ref<PyType>, kind: StrKind, len: usize) -> PyResult<Self> {
        assert!(ty.holds::<PyStr>(), "the caller checked that the type derives from str");
        let stored_len = u32::try_from(len).map_err(|_| PyErr::OutOfMemory)?;
        // SAFETY: the payload and the width, which tell the size, are written at once; the units are written
        // before `finish` hands the string out, and nothing reads them on the way.
        let string = unsafe {
            Ref::from_owned(layout::allocate_sized(vm, ty, size_for(kind.width(), len), |object| {
                object.as_ref().set_host_byte(kind.host_byte());
                object.add(1).cast::<PyStr>().write(PyStr { hash: Cell::new(0), len: stored_len });
            })?)
        };
        Ok(Self { string, filled: 0 })
    }

    /// Room for `count` more units, of the string's width.
    ///
    /// # Safety
    /// The caller writes them.
    unsafe fn room<U: Unit>(&mut self, count: usize) -> *mut U {
        assert!(count <= self.string.len() - self.filled, "S1: characters stay within their string");
        debug_assert_eq!(self.string.kind().width(), U::WIDTH);
        let at = self.filled;
        self.filled += count;
        // SAFETY: within the units.
        unsafe { self.string.first().cast::<U>().add(at).as_ptr() }
    }

    /// Adds characters; all of them must fit the kind.
    #[inline]
    pub fn push_units<U: Unit>(&mut self, units: &[U]) {
        // SAFETY: all the room is written, with units of the string's width.
        unsafe {
            match self.string.kind().width() {
                1 => write_units(self.room::<u8>(units.len()), units),
                2 => write_units(self.room::<u16>(units.len()), units),
                _ => write_units(self.room::<u32>(units.len()), units),
            }
        }
    }

    /// Adds the characters of a string or a part of one.
    #[inline]
    pub fn push(&mut self, units: Units<'_>) {
        with_units!(units, |units| self.push_units(units));
    }

    /// Adds one character `count` times.
    pub fn fill(&mut self, character: u32, count: usize) {
        // SAFETY: all the room is written, with units of the string's width.
        unsafe {
            match self.string.kind().width() {
                1 => fill_units::<u8>(self.room(count), character, count),
                2 => fill_units::<u16>(self.room(count), character, count),
                _ => fill_units::<u32>(self.room(count), character, count),
            }
        }
    }

    /// Adds the characters that an iterator yields, at most those that there is room for.
    pub fn extend(&mut self, characters: impl IntoIterator<Item = u32>) {
        match self.string.kind().width() {
            1 => self.extend_as::<u8>(characters),
            2 => self.extend_as::<u16>(characters),
            _ => self.extend_as::<u32>(characters),
        }
    }

    fn extend_as<U: Unit>(&mut self, characters: impl IntoIterator<Item = u32>) {
        for character in characters.into_iter().take(self.string.len() - self.filled) {
            // SAFETY: the width is the string's (caller), and the unit is written.
            unsafe { self.room::<U>(1).write(U::cut(character)) };
        }
    }

    /// The string.
    ///
    /// # Panics
    /// If characters are missing.
    pub fn finish(self) -> Ref<PyStr> {
        assert_eq!(self.filled, self.string.len(), "S1: a string is written whole");
        self.string
    }
}

/// Writes units of one width as units of another.
///
/// # Safety
/// There must be room for `units.len()` of them at `room`, which nothing else looks at.
unsafe fn write_units<From: Unit, To: Unit>(room: *mut To, units: &[From]) {
    if From::WIDTH == To::WIDTH {
        // SAFETY: there is room, and units of one width are the same type.
        unsafe { std::ptr::copy_nonoverlapping(units.as_ptr().cast::<To>(), room, units.len()) };
        return;
    }
    for (index, &unit) in units.iter().enumerate() {
        // SAFETY: there is room.
        unsafe { room.add(index).write(To::cut(unit.into())) };
    }
}

/// Writes the same unit `count` times.
///
/// # Safety
/// As for [`write_units`].
unsafe fn fill_units<U: Unit>(room: *mut U, character: u32, count: usize) {
    for index in 0..count {
        // SAFETY: there is room.
        unsafe { room.add(index).write(U::cut(character)) };
    }
}

impl Vm {
    /// A string of this text.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn new_str(&self, text: &str) -> PyResult<Ref<PyStr>> {
        if text.is_ascii() {
            return self.new_ascii_str(text.as_bytes());
        }
        self.new_str_from_chars(text.chars().map(u32::from))
    }

    /// A string of this text, which may have lone surrogates.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_str_from_wtf8(&self, text: &Wtf8) -> PyResult<Ref<PyStr>> {
        if text.is_ascii() {
            return self.new_ascii_str(text.as_bytes());
        }
        self.new_str_from_chars(text.code_points().map(CodePoint::to_u32))
    }

    /// A string of the characters that an iterator yields, which must yield the same when cloned.
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Panics
    /// If a clone of the iterator yields fewer.
    pub fn new_str_from_chars(&self, chars: impl Iterator<Item = u32> + Clone) -> PyResult<Ref<PyStr>> {
        let (len, bits) = chars.clone().fold((0, 0), |(len, bits), character| (len + 1, bits | character));
        if let (1, Some(character)) = (len, chars.clone().next()) {
            return self.new_char(character);
        }
        let mut string = Unfinished::new(self, StrKind::for_max(bits), len)?;
        string.extend(chars);
        Ok(string.finish())
    }

    #[inline]
    fn new_ascii_str(&self, text: &[u8]) -> PyResult<Ref<PyStr>> {
        match text {
            [] => self.empty_str(),
            [character] => self.new_char(u32::from(*character)),
            _ => {
                let mut string = Unfinished::new(self, StrKind::Ascii, text.len())?;
                string.push_units(text);
                Ok(string.finish())
            }
        }
    }

    /// A string of these characters, as narrow as can be.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_str_from_units(&self, units: Units<'_>) -> PyResult<Ref<PyStr>> {
        match units.len() {
            0 => self.empty_str(),
            1 => self.new_char(units.get(0)),
            len => {
                let mut string = Unfinished::new(self, units.kind(), len)?;
                string.push(units);
                Ok(string.finish())
            }
        }
    }

    /// A string of `len` characters that are ASCII.
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn new_ascii_from(&self, len: usize, mut characters: impl Iterator<Item = u32>) -> PyResult<Ref<PyStr>> {
        match len {
            0 => return self.empty_str(),
            1 => return self.new_char(characters.next().unwrap_or_default()),
            _ => {}
        }
        let mut text = Unfinished::new(self, StrKind::Ascii, len)?;
        text.extend(characters);
        Ok(text.finish())
    }

    /// A string of one character. Those of Latin-1 exist once.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn new_char(&self, character: u32) -> PyResult<Ref<PyStr>> {
        if let (0..0x100, Some(constants)) = (character, &self.constants) {
            return Ok(constants.latin1[character as usize].clone());
        }
        let mut string = Unfinished::new(self, StrKind::for_max(character), 1)?;
        string.fill(character, 1);
        Ok(string.finish())
    }

    /// The string without characters.
    ///
    /// # Errors
    /// `OutOfMemory`, only before the constants exist.
    #[inline]
    pub fn empty_str(&self) -> PyResult<Ref<PyStr>> {
        match &self.constants {
            Some(constants) => Ok(constants.empty_str.clone()),
            None => Ok(Unfinished::new(self, StrKind::Ascii, 0)?.finish()),
        }
    }

    /// A string with the same text, an instance of `str` or of a subclass.
    ///
    /// # Errors
    /// `OutOfMemory`; `TypeError` if the type is no subclass of `str`.
    pub fn new_str_instance(&self, ty: &Ref<PyType>, text: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
        if ty.is(self.class(&STR)) {
            return text.exact(self);
        }
        if !ty.holds::<PyStr>() {
            let name = ty.name_text();
            return Err(self.type_error(format!("str.__new__({name}): {name} is not a subtype of str")));
        }
        let mut string = Unfinished::of_type(self, ty, text.kind(), text.len())?;
        string.push(text.units());
        Ok(string.finish())
    }
}

impl PyStr {
    /// The string itself if its type is exactly `str`, else a copy that is.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn exact(&self, vm: &Vm) -> PyResult<Ref<PyStr>> {
        if self.is_exact(vm) { Ok(self.handle()) } else { vm.new_str_from_units(self.units()) }
    }

    /// The characters from `start` up to `end`.
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Panics
    /// If the range is out of bounds.
    #[inline]
    pub fn slice(&self, vm: &Vm, start: usize, end: usize) -> PyResult<Ref<PyStr>> {
        if start == 0 && end == self.len() {
            return self.exact(vm);
        }
        if self.is_ascii() {
            let Units::One(units) = self.units() else { unreachable!("S2: ASCII has one byte a character") };
            return vm.new_ascii_str(&units[start..end]);
        }
        vm.new_str_from_units(self.units().slice(start, end))
    }

    /// The characters of this string, then those of another.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn concat(&self, vm: &Vm, other: &PyStr) -> PyResult<Ref<PyStr>> {
        if other.is_empty() {
            return self.exact(vm);
        }
        if self.is_empty() {
            return other.exact(vm);
        }
        let mut string = Unfinished::new(vm, self.kind().max(other.kind()), self.len() + other.len())?;
        string.push(self.units());
        string.push(other.units());
        Ok(string.finish())
    }
}

/// `left + right` where `left` is given away: grows its block if nobody else has it.
///
/// # Errors
/// `OutOfMemory`; `left` is then dropped.
pub fn concat_in_place(vm: &Vm, left: Ref<PyStr>, right: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    let may_grow = left.count() == 1
        && !left.is_interned()
        && !left.is(right)
        && left.is_exact(vm)
        && right.kind() <= left.kind()
        && !left.is_empty();
    if !may_grow {
        return left.concat(vm, right);
    }
    let (kind, old_len) = (left.kind(), left.len());
    let len = u32::try_from(old_len + right.len()).map_err(|_| PyErr::OutOfMemory)?;
    let object = left.into_raw();
    // SAFETY: nobody else refers to the object, so it may move; its size is that of its length and width, and
    // the units behind the old ones are written before anybody looks.
    unsafe {
        let (old, new) = (size_for(kind.width(), old_len), size_for(kind.width(), len as usize));
        let object = match Heap::resize(object.cast(), old, new) {
            Ok(block) => block.cast::<Header>(),
            Err(error) => {
                drop(Ref::<PyStr>::from_owned(object));
                return Err(error.into());
            }
        };
        object.add(1).cast::<PyStr>().write(PyStr { hash: Cell::new(0), len });
        let mut string = Unfinished { string: Ref::from_owned(object), filled: old_len };
        string.push(right.units());
        Ok(string.finish())
    }
}

/// Whether an object is a string, of `str` or a subclass.
#[inline]
pub fn is_str(object: &PyRef) -> bool {
    object.is_a::<PyStr>()
}
