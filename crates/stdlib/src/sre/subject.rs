//! The text that a pattern is applied to: a string, or whatever lends its bytes.

use super::pattern::{PyPattern, TextKind};
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::str::data::Units;
use exuvia_vm::{PyRef, PyResult, Ref, Vm};

/// A text, held while something is done with it: what lends its bytes cannot be resized meanwhile.
#[derive(Debug)]
pub struct Subject {
    object: PyRef,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Str(Ref<PyStr>),
    Bytes(BytesLike),
}

impl Subject {
    /// An object as a text.
    ///
    /// # Errors
    /// `TypeError` if it is none.
    pub fn of(vm: &mut Vm, object: &PyRef) -> PyResult<Self> {
        let content = if let Some(text) = object.downcast_ref::<PyStr>() {
            Some(Content::Str(text.clone()))
        } else if vm.type_of(object).slots(vm).buffer.is_some() {
            let bytes = vm.bytes_like(object)?.side_by_side(vm);
            bytes.ok().map(Content::Bytes)
        } else {
            None
        };
        let Some(content) = content else {
            return Err(vm.type_error(format!(
                "expected string or bytes-like object, got '{}'",
                vm.type_name(object)
            )));
        };
        Ok(Self {
            object: object.clone(),
            content,
        })
    }

    /// An object as a text for a pattern.
    ///
    /// # Errors
    /// `TypeError` if it is no text, or not of the pattern's kind.
    pub fn for_pattern(vm: &mut Vm, pattern: &PyPattern, object: &PyRef) -> PyResult<Self> {
        let subject = Self::of(vm, object)?;
        match (pattern.text_kind(), subject.is_bytes()) {
            (TextKind::Str, true) => {
                Err(vm.type_error("cannot use a string pattern on a bytes-like object"))
            }
            (TextKind::Bytes, false) => {
                Err(vm.type_error("cannot use a bytes pattern on a string-like object"))
            }
            _ => Ok(subject),
        }
    }

    /// The object.
    pub fn object(&self) -> &PyRef {
        &self.object
    }

    /// Whether it consists of bytes.
    pub fn is_bytes(&self) -> bool {
        matches!(self.content, Content::Bytes(_))
    }

    /// The number of characters.
    pub fn char_count(&self) -> usize {
        match &self.content {
            Content::Str(text) => text.len(),
            Content::Bytes(bytes) => bytes.len(),
        }
    }

    /// Calls a function with the characters.
    pub fn with_units<R>(&self, vm: &Vm, body: impl FnOnce(Units<'_>) -> R) -> R {
        match &self.content {
            Content::Str(text) => body(text.units()),
            Content::Bytes(bytes) => body(Units::One(&bytes.get(vm))),
        }
    }

    /// A part of the text, as a string or as bytes; it is cut where the text ends.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn slice(&self, vm: &Vm, start: usize, end: usize) -> PyResult {
        let end = end.min(self.char_count());
        let start = start.min(end);
        match &self.content {
            Content::Str(text) => Ok(text.slice(vm, start, end)?.into_any()),
            Content::Bytes(BytesLike::Bytes(bytes))
                if start == 0
                    && end == bytes.len()
                    && vm.is_exactly(bytes.as_any(), &exuvia_vm::types::bytes::BYTES) =>
            {
                Ok(bytes.clone().into_any())
            }
            Content::Bytes(bytes) => Ok(vm.new_bytes(&bytes.get(vm)[start..end])?.into_any()),
        }
    }
}
