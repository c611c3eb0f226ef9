//! The elements of sets and frozensets: a [`Table`] without values, in the order in which CPython shows them.
//!
//! Sizes and growth of the index are CPython's (3.14 Objects/setobject.c), because the order depends on them;
//! but its words are one to four bytes where CPython's are sixteen, and the elements lie beside it without gaps.

use super::order::{Scattered, is_crowded};
use crate::object::PyPayload;
use crate::table::TypeDef;
use crate::types::dict::table::{Table, usable};
use crate::types::dict::{LOG2_MIN, find_str, hash_of_key, locate, unhashable};
use crate::types::str::{PyStr, STR};
use crate::{PyErr, PyRef, PyResult, Ref, Traverse, Vm, VmCell};
use exuvia_object::{Heap, OutOfMemory};
use std::cell::Cell;

/// A set's table.
pub type SetTable = Table<PyRef, (), Scattered>;

/// The cell around a set's table: what the operations here work on.
pub(super) type Elements = VmCell<SetTable>;

/// A set.
#[derive(Debug, Default, Traverse)]
pub struct PySet {
    pub(super) elements: Elements,
    /// Where `pop` goes on in the index.
    pub(super) finger: Cell<u32>,
}

impl PyPayload for PySet {
    const DEF: &'static TypeDef = &super::SET;
}

/// A set that does not change.
#[derive(Debug, Traverse)]
pub struct PyFrozenSet {
    pub(super) elements: Elements,
    /// The hash; [`NO_HASH`] before somebody asked for it.
    pub(super) hash: Cell<i64>,
}

/// No set has this hash.
pub(super) const NO_HASH: i64 = -1;

impl PyPayload for PyFrozenSet {
    const DEF: &'static TypeDef = &super::FROZENSET;
}

impl PyFrozenSet {
    /// A payload with the elements of a table.
    pub(super) fn with_table(table: SetTable) -> Self {
        Self {
            elements: VmCell::new(table),
            hash: Cell::new(NO_HASH),
        }
    }
}

impl PySet {
    /// A payload with the elements of a table.
    pub(super) fn with_table(table: SetTable) -> Self {
        Self {
            elements: VmCell::new(table),
            finger: Cell::new(0),
        }
    }

    /// The number of elements.
    pub fn len(&self, vm: &Vm) -> usize {
        self.elements.get(vm).len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self, vm: &Vm) -> bool {
        self.len(vm) == 0
    }

    /// Adds an element; tells whether it is new.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise; `OutOfMemory`.
    #[inline]
    pub fn add(&self, vm: &mut Vm, element: &PyRef) -> PyResult<bool> {
        let hash = hash_of_key(vm, element, unhashable_element)?;
        add(vm, &self.elements, element, hash)
    }

    /// Whether an object is an element.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise.
    pub fn contains(&self, vm: &mut Vm, element: &PyRef) -> PyResult<bool> {
        let hash = hash_of_key(vm, element, unhashable_element)?;
        contains(vm, &self.elements, element, hash)
    }

    /// Removes an element; tells whether it was there.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` raise.
    pub fn discard(&self, vm: &mut Vm, element: &PyRef) -> PyResult<bool> {
        let hash = hash_of_key(vm, element, unhashable_element)?;
        discard(vm, &self.elements, element, hash)
    }

    /// Whether a string is an element; never runs Python.
    pub fn contains_str(&self, vm: &Vm, element: &Ref<PyStr>) -> bool {
        find_str(self.elements.get(vm), element).is_some()
    }

    /// All elements, in the order that iteration shows.
    pub fn to_vec(&self, vm: &Vm) -> Vec<PyRef> {
        to_vec(self.elements.get(vm))
    }

    /// Removes all elements.
    pub fn clear(&self, vm: &mut Vm) {
        drop(self.elements.get_mut(vm).take_all());
    }
}

/// The elements of a set or frozenset, subclasses included.
#[inline]
pub(super) fn elements_of(object: &PyRef) -> Option<&Elements> {
    match object.downcast_ref::<PySet>() {
        Some(set) => Some(&set.elements),
        None => object
            .downcast_ref::<PyFrozenSet>()
            .map(|set| &set.elements),
    }
}

/// The receiver's elements, where it is known to be a set or frozenset.
#[inline]
pub(super) fn receiver_elements(object: &PyRef) -> &Elements {
    elements_of(object).expect("a slot's receiver has the payload of its type")
}

/// The complaint about an element without a hash.
#[cold]
pub(super) fn unhashable_element(vm: &mut Vm, element: &PyRef, error: PyErr) -> PyErr {
    unhashable(vm, element, error, "a set element")
}

/// The element and its hash at or after a position in the index; `position` moves behind it.
#[inline]
pub(super) fn next(vm: &Vm, elements: &Elements, position: &mut usize) -> Option<(PyRef, i64)> {
    let table = elements.get(vm);
    let (found, entry) = table.next_in_index(*position)?;
    *position = found + 1;
    Some((table.item(entry)?.0.clone(), table.hash_of(entry)?))
}

/// All elements, in the order that iteration shows.
pub(super) fn to_vec(table: &SetTable) -> Vec<PyRef> {
    let mut position = 0;
    let mut all = Vec::with_capacity(table.len());
    while let Some((found, entry)) = table.next_in_index(position) {
        position = found + 1;
        all.extend(table.item(entry).map(|(element, ())| element.clone()));
    }
    all
}

/// Whether an object is among the elements.
#[inline]
pub(super) fn contains(
    vm: &mut Vm,
    elements: &Elements,
    element: &PyRef,
    hash: i64,
) -> PyResult<bool> {
    Ok(locate(vm, elements, element, hash)?.is_some())
}

/// Adds an element; tells whether it is new.
#[inline]
pub(super) fn add(vm: &mut Vm, elements: &Elements, element: &PyRef, hash: i64) -> PyResult<bool> {
    if locate(vm, elements, element, hash)?.is_some() {
        return Ok(false);
    }
    let is_str = vm.is_exactly(element, &STR);
    if !elements.get(vm).has_room(is_str) {
        let space = vm.space_handle();
        elements.get_mut(vm).make_room(space.heap(), is_str)?;
    }
    let table = elements.get_mut(vm);
    table.insert_new(hash, element.clone(), ());
    if is_crowded(table.filled(), mask(table)) {
        grow(vm, elements)?;
    }
    Ok(true)
}

/// Removes an element; tells whether it was there.
pub(super) fn discard(
    vm: &mut Vm,
    elements: &Elements,
    element: &PyRef,
    hash: i64,
) -> PyResult<bool> {
    let Some(entry) = locate(vm, elements, element, hash)? else {
        return Ok(false);
    };
    drop(elements.get_mut(vm).remove(entry));
    Ok(true)
}

/// Removes the next element at or after the finger, so that emptying a set takes linear time.
pub(super) fn pop(vm: &mut Vm, set: &PySet) -> Option<PyRef> {
    let table = set.elements.get_mut(vm);
    let finger = set.finger.get() as usize & mask(table);
    let (found, entry) = table
        .next_in_index(finger)
        .or_else(|| table.next_in_index(0))?;
    set.finger.set(found as u32 + 1);
    table.remove(entry).map(|(element, ())| element)
}

fn mask(table: &SetTable) -> usize {
    (1 << table.log2()) - 1
}

/// The binary logarithm of the smallest index with more than `count` words.
fn log2_above(count: usize) -> u8 {
    let bits = usize::BITS - count.leading_zeros();
    LOG2_MIN.max(bits as u8)
}

/// Gives a crowded index the size that CPython's has after growing.
#[cold]
#[inline(never)]
fn grow(vm: &mut Vm, elements: &Elements) -> PyResult<()> {
    let len = elements.get(vm).len();
    let above = if len > 50_000 { len * 2 } else { len * 4 };
    let space = vm.space_handle();
    Ok(resize(
        elements.get_mut(vm),
        space.heap(),
        log2_above(above),
    )?)
}

/// Gives the table an index of 2^`log2` words, with some room for more elements.
fn resize(table: &mut SetTable, heap: &Heap, log2: u8) -> Result<(), OutOfMemory> {
    let live = table.len();
    let room = (live + live / 2 + 1).min(usable::<Scattered>(log2));
    let is_narrow = table.is_narrow();
    table.rebuild(heap, log2, room, is_narrow)
}

/// Makes room for `count` more elements as CPython does, before they are added.
fn prepare_for(vm: &mut Vm, elements: &Elements, count: usize) -> PyResult<()> {
    let table = elements.get(vm);
    if is_crowded(table.filled() + count, mask(table)) {
        let log2 = log2_above((table.len() + count) * 2);
        let space = vm.space_handle();
        resize(elements.get_mut(vm), space.heap(), log2)?;
    }
    Ok(())
}

/// Adds all elements of another set.
pub(super) fn merge(vm: &mut Vm, elements: &Elements, other: &Elements) -> PyResult<()> {
    let (table, from) = (elements.get(vm), other.get(vm));
    if std::ptr::eq(elements, other) || from.is_empty() {
        return Ok(());
    }
    if table.filled() == 0 {
        let is_small = !is_crowded(from.len(), mask(table));
        let log2 = if is_small {
            table.log2()
        } else {
            log2_above(from.len() * 2)
        };
        let copy = from.try_clone_sized(vm.heap(), log2)?;
        drop(elements.get_mut(vm).replace_with(copy));
        return Ok(());
    }
    prepare_for(vm, elements, other.get(vm).len())?;
    let mut position = 0;
    while let Some((element, hash)) = next(vm, other, &mut position) {
        add(vm, elements, &element, hash)?;
    }
    Ok(())
}

/// Adds all keys of a dict, whose hashes are known.
pub(super) fn merge_keys(
    vm: &mut Vm,
    elements: &Elements,
    dict: &crate::types::dict::PyDict,
) -> PyResult<()> {
    prepare_for(vm, elements, dict.len(vm))?;
    let mut position = 0;
    while let Some(entry) = dict.table(vm).next_live(position) {
        position = entry + 1;
        let (Some((key, _)), Some(hash)) = (dict.entry(vm, entry), dict.table(vm).hash_of(entry))
        else {
            break;
        };
        add(vm, elements, &key, hash)?;
    }
    Ok(())
}

/// A table with the same elements, as a copied set has it.
pub(super) fn copied(vm: &Vm, elements: &Elements) -> PyResult<SetTable> {
    let from = elements.get(vm);
    let is_small = !is_crowded(from.len(), (1 << LOG2_MIN) - 1);
    let log2 = if is_small {
        LOG2_MIN
    } else {
        log2_above(from.len() * 2)
    };
    Ok(from.try_clone_sized(vm.heap(), log2)?)
}

/// Gets rid of the traces of removed elements if they are more than a quarter of the index.
pub(super) fn shrink_if_sparse(vm: &mut Vm, elements: &Elements) -> PyResult<()> {
    let table = elements.get(vm);
    if table.filled() - table.len() <= mask(table) / 4 {
        return Ok(());
    }
    grow(vm, elements)
}

/// The hash of a frozenset with these elements; the order does not matter.
///
/// The mix is that of `collections.abc.Set._hash`, so that sets of both kinds can be equal keys.
pub(super) fn hash_of(table: &SetTable) -> i64 {
    const PERTURB: u64 = 89_869_747;
    let scatter = |hash: u64| (hash ^ hash << 16 ^ PERTURB).wrapping_mul(3_644_798_167);
    let seed = (table.len() as u64 + 1).wrapping_mul(1_927_868_237);
    let live = (0..table.entry_count()).filter_map(|entry| table.hash_of(entry));
    let mixed = live.fold(seed, |mixed, hash| mixed ^ scatter(hash.cast_unsigned()));
    let spread = mixed ^ (mixed >> 11) ^ (mixed >> 25);
    match spread
        .wrapping_mul(69_069)
        .wrapping_add(907_133_923)
        .cast_signed()
    {
        NO_HASH => 590_923_713,
        hash => hash,
    }
}
