//! [`StrBuilder`]: a string that grows, on the heap, so that what it takes is bounded.

use super::data::{PyStr, StrKind, Unfinished, Unit, Units, with_units};
use crate::{HeapVec, PyResult, Ref, Vm};
use rustpython_wtf8::Wtf8;

/// A string that grows. As narrow as its characters allow at each moment.
#[derive(Debug, Default)]
pub struct StrBuilder {
    /// The only string so far: if nothing follows, it is the result.
    first: Option<Ref<PyStr>>,
    buffer: Buffer,
    /// The bitwise or of all characters in the buffer.
    bits: u32,
}

#[derive(Debug)]
enum Buffer {
    One(HeapVec<u8>),
    Two(HeapVec<u16>),
    Four(HeapVec<u32>),
}

impl Default for Buffer {
    fn default() -> Self {
        Self::One(HeapVec::new())
    }
}

impl Buffer {
    fn units(&self) -> Units<'_> {
        match self {
            Self::One(buffer) => Units::One(buffer),
            Self::Two(buffer) => Units::Two(buffer),
            Self::Four(buffer) => Units::Four(buffer),
        }
    }

    /// Makes the units at least as wide as a kind needs.
    fn widen(&mut self, vm: &Vm, kind: StrKind) -> PyResult<()> {
        let heap = vm.heap();
        match (&*self, kind) {
            (Self::One(old), StrKind::Ucs2) => {
                *self = Self::Two(HeapVec::from_elements(
                    heap,
                    old.iter().map(|&unit| unit.into()),
                )?);
            }
            (Self::One(old), StrKind::Ucs4) => {
                *self = Self::Four(HeapVec::from_elements(
                    heap,
                    old.iter().map(|&unit| unit.into()),
                )?);
            }
            (Self::Two(old), StrKind::Ucs4) => {
                *self = Self::Four(HeapVec::from_elements(
                    heap,
                    old.iter().map(|&unit| unit.into()),
                )?);
            }
            _ => {}
        }
        Ok(())
    }
}

impl StrBuilder {
    /// An empty string.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of characters so far.
    pub fn len(&self) -> usize {
        self.first.as_ref().map_or(0, |first| first.len()) + self.buffer.units().len()
    }

    /// Whether there are no characters yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a string.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn push(&mut self, vm: &Vm, string: &PyStr) -> PyResult<()> {
        if self.is_empty() && string.is_exact(vm) {
            self.first = Some(string.handle());
            return Ok(());
        }
        self.push_of_kind(vm, string.units(), string.kind())
    }

    /// Adds text.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn push_str(&mut self, vm: &Vm, text: &str) -> PyResult<()> {
        if text.is_ascii() {
            return self.push_of_kind(vm, Units::One(text.as_bytes()), StrKind::Ascii);
        }
        text.chars()
            .try_for_each(|character| self.push_char(vm, character.into()))
    }

    /// Adds text that may have lone surrogates.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn push_wtf8(&mut self, vm: &Vm, text: &Wtf8) -> PyResult<()> {
        text.code_points()
            .try_for_each(|character| self.push_char(vm, character.to_u32()))
    }

    /// Adds characters.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn push_units(&mut self, vm: &Vm, units: Units<'_>) -> PyResult<()> {
        self.push_of_kind(vm, units, units.kind())
    }

    fn push_of_kind(&mut self, vm: &Vm, units: Units<'_>, kind: StrKind) -> PyResult<()> {
        self.flush_first(vm)?;
        self.append(vm, units, kind)
    }

    fn flush_first(&mut self, vm: &Vm) -> PyResult<()> {
        match self.first.take() {
            Some(first) => self.append(vm, first.units(), first.kind()),
            None => Ok(()),
        }
    }

    fn append(&mut self, vm: &Vm, units: Units<'_>, kind: StrKind) -> PyResult<()> {
        self.buffer.widen(vm, kind)?;
        self.bits |= match kind {
            StrKind::Ascii => 0,
            StrKind::Latin1 => 0x80,
            StrKind::Ucs2 => 0x100,
            StrKind::Ucs4 => 0x1_0000,
        };
        match &mut self.buffer {
            Buffer::One(buffer) => extend(vm, buffer, units),
            Buffer::Two(buffer) => extend(vm, buffer, units),
            Buffer::Four(buffer) => extend(vm, buffer, units),
        }
    }

    /// Adds one character.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn push_char(&mut self, vm: &Vm, character: u32) -> PyResult<()> {
        if self.first.is_some() {
            self.flush_first(vm)?;
        }
        self.bits |= character;
        let heap = vm.heap();
        match &mut self.buffer {
            Buffer::One(buffer) if character < 0x100 => buffer.push(heap, character as u8)?,
            Buffer::Two(buffer) if character < 0x1_0000 => buffer.push(heap, character as u16)?,
            Buffer::Four(buffer) => buffer.push(heap, character)?,
            _ => {
                self.buffer.widen(vm, StrKind::for_max(character))?;
                return self.push_char(vm, character);
            }
        }
        Ok(())
    }

    /// Adds one character `count` times.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn fill(&mut self, vm: &Vm, character: u32, count: usize) -> PyResult<()> {
        if count == 0 {
            return Ok(());
        }
        self.push_char(vm, character)?;
        let heap = vm.heap();
        match &mut self.buffer {
            Buffer::One(buffer) => {
                buffer.extend(heap, std::iter::repeat_n(character as u8, count - 1))?
            }
            Buffer::Two(buffer) => {
                buffer.extend(heap, std::iter::repeat_n(character as u16, count - 1))?
            }
            Buffer::Four(buffer) => {
                buffer.extend(heap, std::iter::repeat_n(character, count - 1))?
            }
        }
        Ok(())
    }

    /// The string.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn finish(self, vm: &Vm) -> PyResult<Ref<PyStr>> {
        if let Some(first) = self.first {
            return Ok(first);
        }
        let units = self.buffer.units();
        match units.len() {
            0 => vm.empty_str(),
            1 => vm.new_char(units.get(0)),
            len => {
                let mut string = Unfinished::new(vm, StrKind::for_max(self.bits), len)?;
                string.push(units);
                Ok(string.finish())
            }
        }
    }
}

fn extend<U: Unit>(vm: &Vm, buffer: &mut HeapVec<U>, units: Units<'_>) -> PyResult<()> {
    Ok(with_units!(
        units,
        |units| match U::same_width(Unit::units(units)) {
            Some(same) => buffer.extend_from_copies(vm.heap(), same),
            None => buffer.extend(vm.heap(), units.iter().map(|&unit| U::cut(unit.into()))),
        }
    )?)
}
