//! The table of interned strings, which does not keep them alive, and the seed of hashes.

#![allow(unsafe_code, reason = "the table does not count its strings")]

use super::data::PyStr;
use crate::{HeapVec, OutOfMemory, PyRef, PyResult, Ref, Space, Vm};
use exuvia_object::Header;
use siphasher::sip::SipHasher13;
use std::cell::RefCell;
use std::hash::Hasher;
use std::ptr::NonNull;
use std::rc::Rc;

/// The interned strings of a space: open addressing with linear probing, in a heap buffer.
///
/// Strings are not counted: a dying one takes itself out. The space's host pointer leads here, from any
/// string; so a space whose objects are a `Vm`'s has one of these and no other host.
#[derive(Debug)]
pub struct Interned {
    keys: (u64, u64),
    table: RefCell<Table>,
    /// Keeps the heap that the table lies in.
    space: Rc<Box<Space>>,
}

#[derive(Debug, Default)]
struct Table {
    /// Payloads of live strings; a power of two, or none.
    entries: HeapVec<Option<NonNull<PyStr>>>,
    used: usize,
}

impl Interned {
    /// An empty table, which the space's host pointer leads to from now on.
    pub fn new(space: Rc<Box<Space>>, hash_seed: u64) -> Box<Self> {
        let keys = (hash_seed, hash_seed.rotate_left(32) ^ 0x9E37_79B9_7F4A_7C15);
        let interned = Box::new(Self {
            keys,
            table: RefCell::default(),
            space,
        });
        interned
            .space
            .host()
            .set(std::ptr::from_ref(&*interned).cast());
        interned
    }

    /// The table of the space that an object lies in; `None` when the runtime is gone.
    pub(super) fn of(object: &Header) -> Option<&Interned> {
        // SAFETY: an object lies in a space; its host pointer is null or set by `new`, cleared by `drop`.
        unsafe {
            Space::of(NonNull::from(object))
                .host()
                .get()
                .cast::<Interned>()
                .as_ref()
        }
    }

    /// The seeded hash of some bytes: 0 if there are none, else never 0.
    pub(crate) fn hash_bytes(&self, bytes: &[u8]) -> u32 {
        if bytes.is_empty() {
            return 0;
        }
        let mut hasher = SipHasher13::new_with_keys(self.keys.0, self.keys.1);
        hasher.write(bytes);
        let wide = hasher.finish();
        let folded = (wide ^ (wide >> 32)) as u32;
        folded.max(1)
    }

    /// The number of interned strings.
    pub fn len(&self) -> usize {
        self.table.borrow().used
    }

    /// Whether no string is interned.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives the table's buffer back, when no string is left.
    pub(crate) fn free_table(&self) {
        drop(self.table.take());
    }

    /// Bytes of the table's buffer.
    pub fn buffer_bytes(&self) -> usize {
        self.table.borrow().entries.buffer_bytes()
    }

    /// Calls a function for each interned string.
    pub fn for_each(&self, mut visit: impl FnMut(&PyRef)) {
        // Cloned first: `visit` may drop strings, which changes the table.
        let strings: Vec<_> = self
            .table
            .borrow()
            .entries
            .iter()
            .flatten()
            .map(|string| handle(*string))
            .collect();
        strings.iter().for_each(|string| visit(string.as_any()));
    }

    /// The interned string of this ASCII text.
    fn find_ascii(&self, text: &str) -> Option<Ref<PyStr>> {
        self.table
            .borrow()
            .find(self.hash_bytes(text.as_bytes()), |string| {
                string.as_str() == Some(text)
            })
    }

    fn find(&self, text: &PyStr) -> Option<Ref<PyStr>> {
        self.table
            .borrow()
            .find(hash_of(text), |string| string.same_text(text))
    }

    fn insert(&self, string: &Ref<PyStr>) -> Result<(), OutOfMemory> {
        self.table
            .borrow_mut()
            .insert(&self.space, NonNull::from(&**string))?;
        string.set_interned(true);
        Ok(())
    }

    /// Forgets a string.
    pub(super) fn remove(&self, string: &PyStr) {
        string.set_interned(false);
        self.table.borrow_mut().remove(string);
    }
}

impl Drop for Interned {
    fn drop(&mut self) {
        self.space.host().set(std::ptr::null());
    }
}

/// A new handle to a string in the table.
fn handle(string: NonNull<PyStr>) -> Ref<PyStr> {
    // SAFETY: a string takes itself out of the table before it dies.
    unsafe { string.as_ref() }.handle()
}

fn hash_of(string: &PyStr) -> u32 {
    // The hash has 32 bits by construction.
    string.hash_value() as u32
}

impl Table {
    fn mask(&self) -> usize {
        self.entries.len() - 1
    }

    fn find(&self, hash: u32, is_it: impl Fn(&PyStr) -> bool) -> Option<Ref<PyStr>> {
        if self.entries.is_empty() {
            return None;
        }
        let mut index = hash as usize & self.mask();
        while let Some(entry) = self.entries[index] {
            // SAFETY: a string takes itself out of the table before it dies.
            let string = unsafe { entry.as_ref() };
            if hash_of(string) == hash && is_it(string) {
                return Some(handle(entry));
            }
            index = (index + 1) & self.mask();
        }
        None
    }

    fn insert(&mut self, space: &Space, string: NonNull<PyStr>) -> Result<(), OutOfMemory> {
        if (self.used + 1) * 3 > self.entries.len() * 2 {
            self.resize(space, (self.entries.len() * 2).max(1024))?;
        }
        self.place(string);
        self.used += 1;
        Ok(())
    }

    /// Puts a string into the first free place of its run.
    fn place(&mut self, string: NonNull<PyStr>) {
        let mask = self.mask();
        // SAFETY: a string in the table lives.
        let mut index = hash_of(unsafe { string.as_ref() }) as usize & mask;
        while self.entries[index].is_some() {
            index = (index + 1) & mask;
        }
        self.entries[index] = Some(string);
    }

    fn resize(&mut self, space: &Space, capacity: usize) -> Result<(), OutOfMemory> {
        let entries = HeapVec::from_elements(space.heap(), std::iter::repeat_n(None, capacity))?;
        let old = std::mem::replace(&mut self.entries, entries);
        old.iter().flatten().for_each(|string| self.place(*string));
        Ok(())
    }

    /// Takes a string out and moves those behind it that would no longer be found.
    fn remove(&mut self, string: &PyStr) {
        let mask = self.mask();
        let mut hole = hash_of(string) as usize & mask;
        while self.entries[hole] != Some(NonNull::from(string)) {
            assert!(
                self.entries[hole].is_some(),
                "an interned string is in the table"
            );
            hole = (hole + 1) & mask;
        }
        let mut index = hole;
        loop {
            index = (index + 1) & mask;
            let Some(other) = self.entries[index] else {
                break;
            };
            // SAFETY: a string in the table lives, or is dying but not yet taken out.
            let home = hash_of(unsafe { other.as_ref() }) as usize & mask;
            // The entry may move into the hole if its home is not between the hole and itself.
            if (index.wrapping_sub(home) & mask) >= (index.wrapping_sub(hole) & mask) {
                self.entries[hole] = self.entries[index];
                hole = index;
            }
        }
        self.entries[hole] = None;
        self.used -= 1;
    }
}

impl Vm {
    /// The interned string of this text, made now if need be.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn intern(&self, text: &str) -> PyResult<Ref<PyStr>> {
        if text.is_ascii()
            && let Some(known) = self.interned.find_ascii(text)
        {
            return Ok(known);
        }
        self.intern_ref(self.new_str(text)?)
    }

    /// The interned string of the same text: the string itself if there is none yet.
    ///
    /// Instances of subclasses are not interned: they are handed back.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn intern_ref(&self, string: Ref<PyStr>) -> PyResult<Ref<PyStr>> {
        if string.is_interned() || !string.is_exact(self) {
            return Ok(string);
        }
        match self.interned.find(&string) {
            Some(known) => Ok(known),
            None => {
                self.interned.insert(&string)?;
                Ok(string)
            }
        }
    }

    /// The seeded hash of some bytes, as of a string with those units.
    pub fn hash_bytes(&self, bytes: &[u8]) -> i64 {
        i64::from(self.interned.hash_bytes(bytes))
    }

    /// `''` and the one-character strings of Latin-1, interned and immortal: for the runtime's constants.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn make_str_constants(&self) -> PyResult<(Ref<PyStr>, Vec<Ref<PyStr>>)> {
        let immortal = |string: Ref<PyStr>| {
            let string = self.intern_ref(string)?;
            string.header().make_immortal();
            PyResult::Ok(string)
        };
        let empty = immortal(self.empty_str()?)?;
        let latin1 = (0..0x100)
            .map(|character| immortal(self.new_char(character)?))
            .collect::<PyResult<_>>()?;
        Ok((empty, latin1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use exuvia_object::Config;

    #[test]
    fn hashes_differ_by_seed_and_are_zero_for_nothing() {
        let interned = |seed| Interned::new(Rc::new(Space::new(Config::default())), seed);
        let (one, other) = (interned(1), interned(2));
        assert_eq!(one.hash_bytes(b""), 0);
        assert_ne!(one.hash_bytes(b"a"), 0);
        assert_ne!(one.hash_bytes(b"spam"), other.hash_bytes(b"spam"));
        assert_eq!(one.hash_bytes(b"spam"), one.hash_bytes(b"spam"));
    }
}
