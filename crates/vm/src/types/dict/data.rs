//! [`PyDict`]: a dict's table, and what native code does with it.
//!
//! Operations named `…_str` take keys that are strings and never run Python. The others hash and compare
//! through the protocol; they look again after every comparison that ran Python code, so that they survive
//! whatever that code does to the dict.

use super::table::{Key, Ordered, Policy, Table};
use crate::object::PyPayload;
use crate::table::TypeDef;
use crate::types::int::int_i64;
use crate::types::sequence::native_equal;
use crate::types::str::{PyStr, STR};
use crate::{PyErr, PyRef, PyResult, Ref, Vm, VmCell};
use exuvia_object::Traverse;
use std::cell::Cell;

/// A dict's table.
pub type DictTable = Table<PyRef, PyRef, Ordered>;

impl Key for PyRef {
    #[inline]
    fn own_hash(&self) -> i64 {
        let text = self.downcast_ref::<PyStr>();
        debug_assert!(text.is_some(), "T6: the keys of narrow tables are strings");
        text.map_or(0, |text| text.hash_value())
    }
}

/// A dict.
#[derive(Debug, Traverse)]
pub struct PyDict {
    table: VmCell<DictTable>,
}

/// How far the front of a dict is known to be empty, until its entries get other numbers.
///
/// Whoever takes keys off the end starts with a new one afterwards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Front {
    stamp: u16,
    entry: u32,
}

impl PyPayload for PyDict {
    const DEF: &'static TypeDef = &super::DICT;
}

/// The string as which an object may be looked up without running Python.
#[inline]
pub(crate) fn exact_str<'a>(vm: &Vm, object: &'a PyRef) -> Option<&'a Ref<PyStr>> {
    if vm.is_exactly(object, &STR) {
        object.downcast_ref::<PyStr>()
    } else {
        None
    }
}

/// The hash of an object that is to be a key.
///
/// # Errors
/// What `__hash__` raises; a `TypeError` is told through `complain`.
#[inline]
pub(crate) fn hash_of_key(
    vm: &mut Vm,
    key: &PyRef,
    complain: fn(&mut Vm, &PyRef, PyErr) -> PyErr,
) -> PyResult<i64> {
    if let Some(text) = exact_str(vm, key) {
        return Ok(text.hash_value());
    }
    /// Below this, integers are their own hashes: the modulus is 2^61 - 1.
    const OWN_HASH_MAX: u64 = (1 << 61) - 2;
    match int_i64(key) {
        Some(-1) => Ok(-2),
        Some(value) if value.unsigned_abs() <= OWN_HASH_MAX => Ok(value),
        _ => match vm.hash(key) {
            Ok(hash) => Ok(hash),
            Err(error) => Err(complain(vm, key, error)),
        },
    }
}

/// Finds a string in a table.
#[inline]
pub(crate) fn find_str<V, P: Policy>(
    table: &Table<PyRef, V, P>,
    key: &Ref<PyStr>,
) -> Option<usize> {
    let hash = key.hash_value();
    table.find(hash, |known| known.is(key) || is_text(known, key, hash))
}

fn is_text(known: &PyRef, text: &Ref<PyStr>, hash: i64) -> bool {
    known
        .downcast_ref::<PyStr>()
        .is_some_and(|known| known.hash_value() == hash && known.same_text(text))
}

/// Finds a key in a table that `table_of` names, comparing through the protocol where needed.
///
/// When this returns, no Python has run since the answer was found.
///
/// # Errors
/// What `__eq__` raises.
#[inline]
pub(crate) fn locate<V: 'static, P: Policy>(
    vm: &mut Vm,
    cell: &VmCell<Table<PyRef, V, P>>,
    key: &PyRef,
    hash: i64,
) -> PyResult<Option<usize>> {
    let table = cell.get(vm);
    if let Some(text) = exact_str(vm, key)
        && table.is_narrow()
    {
        return Ok(find_str(table, text));
    }
    let mut is_undecided = false;
    let found = table.find(hash, |known| match native_equal(vm, known, key) {
        Some(is_equal) => is_equal,
        None => {
            is_undecided = true;
            false
        }
    });
    if found.is_none() && is_undecided {
        locate_slowly(vm, cell, key, hash)
    } else {
        Ok(found)
    }
}

/// As [`locate`], asking Python about each candidate, and starting again when the table was rebuilt meanwhile.
#[inline(never)]
fn locate_slowly<V: 'static, P: Policy>(
    vm: &mut Vm,
    cell: &VmCell<Table<PyRef, V, P>>,
    key: &PyRef,
    hash: i64,
) -> PyResult<Option<usize>> {
    'again: loop {
        let mut search = cell.get(vm).search(hash);
        loop {
            let table = cell.get(vm);
            let Some(entry) = table.next_match(&mut search) else {
                return Ok(None);
            };
            let Some((known, _)) = table.item(entry) else {
                continue;
            };
            let (known, stamp) = (known.clone(), table.stamp());
            let is_equal = known.is(key) || vm.equal(&known, key)?;
            let table = cell.get(vm);
            let is_there = table.item(entry).is_some_and(|(now, _)| now.is(&known));
            if table.stamp() != stamp || !is_there {
                continue 'again;
            }
            if is_equal {
                return Ok(Some(entry));
            }
        }
    }
}

/// The complaint about a key without a hash: `TypeError`s get a text of their own, others pass.
#[cold]
pub(crate) fn unhashable_key(vm: &mut Vm, key: &PyRef, error: PyErr) -> PyErr {
    unhashable(vm, key, error, "a dict key")
}

#[cold]
pub(crate) fn unhashable(vm: &mut Vm, key: &PyRef, error: PyErr, role: &str) -> PyErr {
    let PyErr::Raised(exception) = &error else {
        return error;
    };
    if !vm.is_exactly(exception.as_any(), &crate::types::exception::TYPE_ERROR) {
        return error;
    }
    let exception = exception.as_any().clone();
    match vm.str(&exception) {
        Ok(text) => {
            let type_name = qualified_name(vm, key);
            vm.type_error(format!(
                "cannot use '{type_name}' as {role} ({})",
                text.to_text()
            ))
        }
        Err(error) => error,
    }
}

impl Vm {
    /// An empty dict.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_dict(&self) -> PyResult<Ref<PyDict>> {
        self.new_object(PyDict::empty())
    }

    /// An empty dict that only the type machinery may change: the namespace of a class.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_guarded_dict(&self) -> PyResult<Ref<PyDict>> {
        let mut table = DictTable::new();
        table.set_guarded(true);
        self.new_object(PyDict::with_table(table))
    }

    /// An empty dict with room for `count` keys; `has_str_keys`: all of them will be strings.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_dict_with_room(&self, count: usize, has_str_keys: bool) -> PyResult<Ref<PyDict>> {
        self.new_object(PyDict::with_table(DictTable::with_room(
            self.heap(),
            count,
            has_str_keys,
        )?))
    }
}

impl PyDict {
    /// A dict's payload without keys.
    pub const fn empty() -> Self {
        Self::with_table(DictTable::new())
    }

    pub(crate) const fn with_table(table: DictTable) -> Self {
        Self {
            table: VmCell::new(table),
        }
    }

    /// The table.
    #[inline]
    pub(crate) fn table<'a>(&'a self, vm: &'a Vm) -> &'a DictTable {
        self.table.get(vm)
    }

    /// The cell around the table, for [`locate`].
    #[inline]
    pub(crate) fn cell(&self) -> &VmCell<DictTable> {
        &self.table
    }

    /// The number of keys.
    #[inline]
    pub fn len(&self, vm: &Vm) -> usize {
        self.table(vm).len()
    }

    /// Whether there are no keys.
    #[inline]
    pub fn is_empty(&self, vm: &Vm) -> bool {
        self.table(vm).is_empty()
    }

    /// Bytes of the table.
    pub fn buffer_bytes(&self, vm: &Vm) -> usize {
        self.table(vm).buffer_bytes()
    }

    /// The value for a string.
    #[inline]
    pub fn get_str(&self, vm: &Vm, key: &Ref<PyStr>) -> Option<PyRef> {
        let table = self.table(vm);
        find_str(table, key)
            .and_then(|entry| table.item(entry))
            .map(|(_, value)| value.clone())
    }

    /// Whether a string is a key.
    pub fn contains_str(&self, vm: &Vm, key: &Ref<PyStr>) -> bool {
        find_str(self.table(vm), key).is_some()
    }

    /// Stores a value for a string.
    ///
    /// # Errors
    /// `OutOfMemory`; `TypeError` if the dict is guarded.
    #[inline]
    pub fn set_str(&self, vm: &mut Vm, key: &Ref<PyStr>, value: PyRef) -> PyResult<()> {
        self.check_open(vm)?;
        self.set_str_guarded(vm, key, value)
    }

    /// As [`set_str`](Self::set_str), for those who may change a guarded dict.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn set_str_guarded(&self, vm: &mut Vm, key: &Ref<PyStr>, value: PyRef) -> PyResult<()> {
        match find_str(self.table(vm), key) {
            Some(entry) => {
                self.set_value_at(vm, entry, value);
                Ok(())
            }
            None => self.insert_new(vm, key.hash_value(), key.as_any().clone(), value),
        }
    }

    /// Removes a string; tells whether it was there.
    ///
    /// # Errors
    /// `TypeError` if the dict is guarded.
    pub fn del_str(&self, vm: &mut Vm, key: &Ref<PyStr>) -> PyResult<bool> {
        self.check_open(vm)?;
        Ok(self.del_str_guarded(vm, key))
    }

    /// As [`del_str`](Self::del_str), for those who may change a guarded dict.
    pub fn del_str_guarded(&self, vm: &mut Vm, key: &Ref<PyStr>) -> bool {
        let found = find_str(self.table(vm), key);
        found.is_some_and(|entry| self.take_entry(vm, entry).is_some())
    }

    /// The value for a key.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise.
    #[inline]
    pub fn get_item(&self, vm: &mut Vm, key: &PyRef) -> PyResult<Option<PyRef>> {
        let found = self.find(vm, key)?;
        Ok(found.and_then(|entry| self.value_at(vm, entry)))
    }

    /// Whether an object is a key.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise.
    pub fn contains_key(&self, vm: &mut Vm, key: &PyRef) -> PyResult<bool> {
        Ok(self.find(vm, key)?.is_some())
    }

    #[inline]
    pub(crate) fn find(&self, vm: &mut Vm, key: &PyRef) -> PyResult<Option<usize>> {
        let hash = hash_of_key(vm, key, unhashable_key)?;
        locate(vm, &self.table, key, hash)
    }

    /// The number of the entry of a key whose hash is known. No Python has run since the answer was found.
    ///
    /// # Errors
    /// What `__eq__` raises.
    #[inline]
    pub fn find_hashed(&self, vm: &mut Vm, key: &PyRef, hash: i64) -> PyResult<Option<usize>> {
        locate(vm, &self.table, key, hash)
    }

    /// Stores a value for a key.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise; `OutOfMemory`; `TypeError` if the dict is guarded.
    #[inline]
    pub fn set_item(&self, vm: &mut Vm, key: &PyRef, value: PyRef) -> PyResult<()> {
        let hash = hash_of_key(vm, key, unhashable_key)?;
        self.set_hashed(vm, key, hash, value)
    }

    /// Stores a value for a key whose hash is known.
    ///
    /// # Errors
    /// What `__eq__` raises; `OutOfMemory`; `TypeError` if the dict is guarded.
    #[inline]
    pub fn set_hashed(&self, vm: &mut Vm, key: &PyRef, hash: i64, value: PyRef) -> PyResult<()> {
        match locate(vm, &self.table, key, hash)? {
            Some(entry) => {
                self.check_open(vm)?;
                self.set_value_at(vm, entry, value);
                Ok(())
            }
            None => {
                self.check_open(vm)?;
                self.insert_new(vm, hash, key.clone(), value)
            }
        }
    }

    /// The value for a key; if there is none, stores the one given. Tells whether it was there.
    ///
    /// # Errors
    /// As [`set_item`](Self::set_item).
    pub fn get_or_insert(
        &self,
        vm: &mut Vm,
        key: &PyRef,
        default: &PyRef,
    ) -> PyResult<(PyRef, bool)> {
        let hash = hash_of_key(vm, key, unhashable_key)?;
        if let Some(value) =
            locate(vm, &self.table, key, hash)?.and_then(|entry| self.value_at(vm, entry))
        {
            return Ok((value, true));
        }
        self.check_open(vm)?;
        self.insert_new(vm, hash, key.clone(), default.clone())?;
        Ok((default.clone(), false))
    }

    /// Removes a key; tells whether it was there.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise; `TypeError` if the dict is guarded.
    pub fn del_item(&self, vm: &mut Vm, key: &PyRef) -> PyResult<bool> {
        Ok(self.pop_item(vm, key)?.is_some())
    }

    /// Removes a key and returns its value.
    ///
    /// # Errors
    /// As [`del_item`](Self::del_item).
    pub fn pop_item(&self, vm: &mut Vm, key: &PyRef) -> PyResult<Option<PyRef>> {
        let found = self.find(vm, key)?;
        self.check_open(vm)?;
        Ok(found
            .and_then(|entry| self.take_entry(vm, entry))
            .map(|(_, value)| value))
    }

    /// Removes the key that came last.
    ///
    /// # Errors
    /// `TypeError` if the dict is guarded.
    pub fn pop_last(&self, vm: &mut Vm) -> PyResult<Option<(PyRef, PyRef)>> {
        self.check_open(vm)?;
        Ok(self.table.get_mut(vm).pop_last())
    }

    /// Adds a key that is not there.
    #[inline]
    fn insert_new(&self, vm: &mut Vm, hash: i64, key: PyRef, value: PyRef) -> PyResult<()> {
        let is_str = vm.is_exactly(&key, &STR);
        if !self.table.get(vm).has_room(is_str) {
            let space = vm.space_handle();
            self.table.get_mut(vm).make_room(space.heap(), is_str)?;
        }
        self.table.get_mut(vm).insert_new(hash, key, value);
        Ok(())
    }

    /// Takes key and value of an entry out. Never runs Python; for dicts that are not guarded.
    pub fn take_entry(&self, vm: &mut Vm, entry: usize) -> Option<(PyRef, PyRef)> {
        self.table.get_mut(vm).remove(entry)
    }

    /// Makes the key of an entry the last one. Never runs Python; for dicts that are not guarded.
    ///
    /// # Errors
    /// `OutOfMemory`; the order is as it was then.
    pub fn move_to_end(&self, vm: &mut Vm, entry: usize) -> PyResult<()> {
        let table = self.table(vm);
        let (Some(hash), Some((key, _))) = (table.hash_of(entry), table.item(entry)) else {
            return Ok(());
        };
        if entry + 1 == table.entry_count() {
            return Ok(());
        }
        let key = key.clone();
        let is_narrow = table.is_narrow();
        if !table.has_room(is_narrow) {
            let space = vm.space_handle();
            self.table.get_mut(vm).make_room(space.heap(), is_narrow)?;
        }
        // To make room can have given the entry another number.
        let table = self.table.get_mut(vm);
        if let Some(entry) = table.find(hash, |known| known.is(&key))
            && let Some((key, value)) = table.remove(entry)
        {
            table.insert_new(hash, key, value);
        }
        Ok(())
    }

    /// Makes the key of an entry the first one. Never runs Python; for dicts that are not guarded.
    ///
    /// What a [`Front`] says of the dict is void afterwards.
    ///
    /// # Errors
    /// `OutOfMemory`; the order is as it was then.
    pub fn move_to_front(&self, vm: &mut Vm, entry: usize) -> PyResult<()> {
        let table = self.table(vm);
        let (Some(hash), Some((key, _))) = (table.hash_of(entry), table.item(entry)) else {
            return Ok(());
        };
        if table.next_live(0) == Some(entry) {
            return Ok(());
        }
        let (key, is_narrow) = (key.clone(), table.is_narrow());
        let space = vm.space_handle();
        let table = self.table.get_mut(vm);
        table.make_room_before(space.heap(), is_narrow)?;
        // To make room can have given the entry another number.
        if let Some(entry) = table.find(hash, |known| known.is(&key))
            && let Some((key, value)) = table.remove(entry)
        {
            table.insert_before(hash, key, value);
        }
        Ok(())
    }

    /// The number of the first live entry.
    ///
    /// `front` remembers it, so that keys are taken off the front in constant time each.
    pub fn first_entry(&self, vm: &Vm, front: &Cell<Front>) -> Option<usize> {
        let table = self.table(vm);
        let known = front.get();
        let from = if known.stamp == table.stamp() {
            known.entry as usize
        } else {
            0
        };
        let first = table.next_live(from)?;
        front.set(Front {
            stamp: table.stamp(),
            entry: first as u32,
        });
        Some(first)
    }

    /// Key and value of an entry; `None` if it is dead or there is none.
    #[inline]
    pub fn entry(&self, vm: &Vm, index: usize) -> Option<(PyRef, PyRef)> {
        self.table(vm).item(index).cloned()
    }

    /// The next key and value from entry `position` on; `position` moves behind it.
    #[inline]
    pub fn next_entry(&self, vm: &Vm, position: &mut usize) -> Option<(PyRef, PyRef)> {
        let table = self.table(vm);
        let entry = table.next_live(*position)?;
        *position = entry + 1;
        table.item(entry).cloned()
    }

    /// All keys and values in order.
    pub fn to_vec(&self, vm: &Vm) -> Vec<(PyRef, PyRef)> {
        self.table(vm).items().cloned().collect()
    }

    /// All keys in order.
    pub fn keys_to_vec(&self, vm: &Vm) -> Vec<PyRef> {
        self.table(vm).items().map(|(key, _)| key.clone()).collect()
    }

    /// Removes everything.
    ///
    /// # Errors
    /// `TypeError` if the dict is guarded.
    pub fn clear(&self, vm: &mut Vm) -> PyResult<()> {
        self.check_open(vm)?;
        self.clear_guarded(vm);
        Ok(())
    }

    /// As [`clear`](Self::clear), for those who may change a guarded dict.
    pub fn clear_guarded(&self, vm: &mut Vm) {
        drop(self.table.get_mut(vm).take_all());
    }

    /// A dict with the same keys and values.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn copy(&self, vm: &Vm) -> PyResult<Ref<PyDict>> {
        vm.new_object(Self::with_table(self.table(vm).try_clone(vm.heap())?))
    }

    /// Takes over copies of all keys and values of another dict, in place of what is here.
    pub(crate) fn become_copy_of(&self, vm: &mut Vm, other: &PyDict) -> PyResult<()> {
        self.check_open(vm)?;
        let table = other.table(vm).try_clone(vm.heap())?;
        drop(self.table.get_mut(vm).replace_with(table));
        Ok(())
    }

    /// Makes room for more keys in one go.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn reserve(&self, vm: &mut Vm, additional: usize, has_str_keys: bool) -> PyResult<()> {
        let space = vm.space_handle();
        Ok(self
            .table
            .get_mut(vm)
            .reserve(space.heap(), additional, has_str_keys)?)
    }

    /// Tells one arrangement of keys from another: changes whenever another key lies at an entry's number or a
    /// key is added; never used twice; 0: none assigned since the last change.
    #[inline]
    pub fn keys_version(&self) -> u32 {
        #[allow(unsafe_code, reason = "a short read that runs nothing else")]
        // SAFETY: exclusive borrows of the table end within the functions of this file, none of which calls this.
        unsafe {
            self.table.get_unguarded().version()
        }
    }

    /// The version, assigned now if need be; `None` when versions have run out.
    #[inline]
    pub fn assign_keys_version(&self, vm: &Vm) -> Option<u32> {
        let version = self.keys_version();
        if version != 0 {
            return Some(version);
        }
        let version = vm.dict_version.get().checked_add(1)?;
        vm.dict_version.set(version);
        self.table(vm).set_version(version);
        Some(version)
    }

    /// The number of the entry that holds a string, for a cache that remembers it: the arrangement of keys has
    /// a version afterwards, unless versions have run out.
    pub fn index_of_str(&self, vm: &Vm, key: &Ref<PyStr>) -> Option<usize> {
        self.assign_keys_version(vm);
        find_str(self.table(vm), key)
    }

    /// The value of an entry.
    #[inline]
    pub fn value_at(&self, vm: &Vm, index: usize) -> Option<PyRef> {
        self.table(vm).item(index).map(|(_, value)| value.clone())
    }

    /// Stores another value in a live entry; tells whether there is one.
    #[inline]
    pub fn set_value_at(&self, vm: &mut Vm, index: usize, value: PyRef) -> bool {
        let Some(place) = self.table.get_mut(vm).value_mut(index) else {
            return false;
        };
        drop(std::mem::replace(place, value));
        true
    }

    /// Whether only the type machinery may change the dict.
    #[inline]
    pub fn is_guarded(&self, vm: &Vm) -> bool {
        self.table(vm).is_guarded()
    }

    /// Says whether only the type machinery may change the dict.
    pub fn set_guarded(&self, vm: &mut Vm, is_guarded: bool) {
        self.table.get_mut(vm).set_guarded(is_guarded);
    }

    #[inline]
    fn check_open(&self, vm: &Vm) -> PyResult<()> {
        if self.is_guarded(vm) {
            Err(refuse(vm))
        } else {
            Ok(())
        }
    }
}

#[cold]
fn refuse(vm: &Vm) -> PyErr {
    vm.type_error("the namespace of a class can only be changed through the class")
}

/// The name of an object's type with its module in front, unless that is `builtins` or `__main__`.
fn qualified_name(vm: &Vm, object: &PyRef) -> String {
    let ty = vm.type_of(object);
    match ty.module_text(vm).as_deref() {
        None | Some("builtins" | "__main__") => ty.qualname().to_text().into_owned(),
        Some(_) => ty.display_name(vm),
    }
}
