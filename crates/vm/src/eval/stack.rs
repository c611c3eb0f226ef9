//! The evaluation stack: where fast locals and temporaries of running frames lie, contiguous per frame (D14).
//!
//! An entry is a [`StackRef`]: nothing, a counted reference, or one that borrows from a local of the same frame
//! and is not counted. Memory comes in chunks of growing size from the heap, so that it is counted and bounded
//! like everything else; a chunk never moves, so the loop keeps plain pointers into it.

#![allow(unsafe_code, reason = "the evaluation stack")]

use crate::{HeapVec, PyErr, PyRef, PyResult, Vm};
use exuvia_object::Header;
use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::ops::Deref;
use std::ptr::NonNull;

/// The bit that marks an entry as borrowed; headers are eight-byte aligned, so it is free.
const BORROWED: usize = 1;

/// One entry of the evaluation stack.
///
/// S1: a borrowed entry is gone before the local it borrows from changes ([`crate::code`], B7). S2: an entry that owns a
/// reference has the form of a `PyRef`: the address of the header. S3: the object of an entry is asked for where the entry
/// cannot be null: because the code was verified ([`crate::code`], B4), or because somebody has looked.
#[repr(transparent)]
#[derive(Debug)]
pub(crate) struct StackRef(usize);

impl StackRef {
    /// Nothing.
    pub(crate) const NULL: StackRef = StackRef(0);

    /// An entry that owns a reference.
    #[inline]
    pub(crate) fn owned(object: PyRef) -> Self {
        Self(object.into_raw().addr().get())
    }

    /// Whether the entry holds nothing.
    #[inline]
    pub(crate) fn is_null(&self) -> bool {
        self.0 == 0
    }

    /// An entry that borrows from this one.
    ///
    /// # Safety
    /// S1.
    #[inline]
    pub(crate) unsafe fn borrow(&self) -> Self {
        Self(self.0 | if self.0 == 0 { 0 } else { BORROWED })
    }

    /// The object, without counting; `None` for nothing.
    #[inline(always)]
    pub(crate) fn get(&self) -> Option<Borrowed> {
        NonNull::new((self.0 & !BORROWED) as *mut Header).map(|object| {
            // SAFETY: the entry, or the local it borrows from, keeps the object alive as long as the entry is there.
            Borrowed(ManuallyDrop::new(unsafe { PyRef::from_owned(object) }))
        })
    }

    /// The object, without counting.
    #[inline(always)]
    pub(crate) fn object(&self) -> Borrowed {
        debug_assert!(!self.is_null(), "S3");
        // SAFETY: S3.
        unsafe { self.get().unwrap_unchecked() }
    }

    /// A counted reference to the object.
    #[inline(always)]
    pub(crate) fn into_object(self) -> PyRef {
        debug_assert!(!self.is_null(), "S3");
        // SAFETY: S3.
        unsafe { self.into_owned().unwrap_unchecked() }
    }

    /// A counted reference to the object; `None` for nothing.
    #[inline(always)]
    pub(crate) fn into_owned(self) -> Option<PyRef> {
        let raw = ManuallyDrop::new(self).0;
        let object = NonNull::new((raw & !BORROWED) as *mut Header)?;
        // SAFETY: a counted reference is handed on; a borrowed one is counted now.
        Some(unsafe {
            if raw & BORROWED == 0 {
                PyRef::from_owned(object)
            } else {
                PyRef::from_borrowed(object)
            }
        })
    }

    /// Makes a borrowed entry one that owns a reference.
    #[inline]
    pub(crate) fn own(&mut self) {
        if self.0 & BORROWED == 0 {
            return;
        }
        let value = std::mem::replace(self, Self::NULL).into_owned();
        *self = value.map_or(Self::NULL, Self::owned);
    }

    /// Takes the reference out, leaving nothing.
    pub(crate) fn take_for_growth(&mut self) -> Option<PyRef> {
        std::mem::replace(self, Self::NULL).into_owned()
    }

    /// A copy of the entry with a count of its own.
    #[inline]
    pub(crate) fn duplicate(&self) -> Self {
        self.get()
            .map_or(Self::NULL, |object| Self::owned((*object).clone()))
    }

    /// The address of the object with the mark taken off; 0 for nothing.
    #[inline]
    pub(crate) fn address(&self) -> usize {
        self.0 & !BORROWED
    }

    /// Whether the entry owns a reference.
    #[inline]
    pub(crate) fn is_counted(&self) -> bool {
        self.0 != 0 && self.0 & BORROWED == 0
    }
}

impl From<PyRef> for StackRef {
    #[inline]
    fn from(object: PyRef) -> Self {
        Self::owned(object)
    }
}

impl Drop for StackRef {
    #[inline]
    fn drop(&mut self) {
        if self.is_counted() {
            // SAFETY: the entry owns a reference, which goes away with it.
            drop(unsafe { PyRef::from_owned(NonNull::new_unchecked(self.0 as *mut Header)) });
        }
    }
}

/// A handle that is not counted, valid as long as the stack entry it came from.
#[derive(Debug)]
pub(crate) struct Borrowed(ManuallyDrop<PyRef>);

impl Deref for Borrowed {
    type Target = PyRef;

    #[inline]
    fn deref(&self) -> &PyRef {
        &self.0
    }
}

/// How many entries lie before a frame's locals: its saved stack depth and its saved instruction.
pub(crate) const FRAME_HEADER: usize = 2;

/// Entries in the first chunk; each further one is twice as large.
const FIRST_CHUNK: usize = 8 * 1024;

/// The memory of the evaluation stack.
#[derive(Debug)]
pub(crate) struct Stack {
    chunks: Vec<HeapVec<usize>>,
    current: usize,
    /// Where the current chunk begins, and how many entries it has.
    start: *mut usize,
    capacity: usize,
    /// How many of them are in use.
    top: usize,
}

impl Default for Stack {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            current: 0,
            start: std::ptr::null_mut(),
            capacity: 0,
            top: 0,
        }
    }
}

/// Where the stack was before a frame was entered: the chunk in the upper eight bits, the entry in the rest.
///
/// One word, so that it travels in a register: as two, it would be stored in halves and loaded as a whole, which the
/// processor waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(NonZeroU64);

impl Mark {
    const CHUNK_SHIFT: u32 = 56;

    #[inline(always)]
    fn new(chunk: usize, top: usize) -> Self {
        let word = (chunk as u64) << Self::CHUNK_SHIFT | top as u64;
        // One is added, so that the word is never zero.
        Self(NonZeroU64::MIN.saturating_add(word))
    }

    #[inline(always)]
    fn parts(self) -> (usize, usize) {
        let word = self.0.get() - 1;
        let top = word & ((1 << Self::CHUNK_SHIFT) - 1);
        ((word >> Self::CHUNK_SHIFT) as usize, top as usize)
    }
}

impl Stack {
    /// Room for a frame of `size` entries behind its header; returns where its locals begin.
    #[inline(always)]
    pub(crate) fn enter(
        &mut self,
        heap: &exuvia_object::Heap,
        size: usize,
    ) -> PyResult<(*mut StackRef, Mark)> {
        let mark = Mark::new(self.current, self.top);
        let needed = size + FRAME_HEADER;
        if self.capacity - self.top < needed {
            self.next_chunk(heap, needed)?;
        }
        // SAFETY: the chunk has room for `needed` entries from `top` on.
        let base = unsafe { self.start.add(self.top + FRAME_HEADER) };
        self.top += needed;
        Ok((base.cast(), mark))
    }

    /// Gives back what was entered since the mark.
    #[inline]
    pub(crate) fn leave(&mut self, mark: Mark) {
        let (chunk, top) = mark.parts();
        if chunk != self.current {
            self.go_to(chunk);
        }
        self.top = top;
    }

    /// Makes a chunk the current one.
    #[cold]
    fn go_to(&mut self, chunk: usize) {
        self.current = chunk;
        (self.start, self.capacity) = match self.chunks.get_mut(chunk) {
            Some(chunk) => (chunk.as_mut_ptr(), chunk.capacity()),
            None => (std::ptr::null_mut(), 0),
        };
    }

    #[cold]
    fn next_chunk(&mut self, heap: &exuvia_object::Heap, needed: usize) -> PyResult<()> {
        let next = if self.chunks.is_empty() {
            0
        } else {
            self.current + 1
        };
        if self
            .chunks
            .get(next)
            .is_some_and(|chunk| chunk.capacity() < needed)
        {
            self.chunks.truncate(next);
        }
        if next >= self.chunks.len() {
            let size = (FIRST_CHUNK << next.min(16)).max(needed);
            let mut chunk = HeapVec::new();
            chunk
                .reserve_exact(heap, size)
                .map_err(|_| PyErr::OutOfMemory)?;
            self.chunks.push(chunk);
        }
        self.go_to(next);
        self.top = 0;
        Ok(())
    }

    /// Gives back chunks that no frame lies in.
    pub(crate) fn trim(&mut self) {
        self.chunks.truncate(self.current + 1);
    }
}

impl Vm {
    /// Visits the counted references in a frame's entries.
    ///
    /// # Safety
    /// `base` must be the locals of a frame whose `count` entries are initialized.
    pub(crate) unsafe fn visit_entries(
        base: *const StackRef,
        count: usize,
        visit: &mut dyn FnMut(&PyRef),
    ) {
        for index in 0..count {
            // SAFETY: the caller says that the entries are initialized.
            let entry = unsafe { &*base.add(index) };
            if entry.is_counted() {
                visit(&entry.object());
            }
        }
    }
}
