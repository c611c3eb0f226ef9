//! The set algebra, on two sets or on a set and an iterable.
//!
//! Each operation follows CPython in which operand it goes through: that decides which of two equal elements
//! stays and in which order the result is shown. Results are made as bare [`Elements`]; who asked for them
//! puts them into an object.

use super::data::{
    Elements, SetTable, add, contains, copied, discard, elements_of, hash_of, merge, merge_keys,
    next, shrink_if_sparse, unhashable_element,
};
use super::{PyFrozenSet, PySet};
use crate::types::dict::{DICT, PyDict, hash_of_key};
use crate::types::exception::TYPE_ERROR;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// The dict behind an object that is exactly a dict, whose hashes are known.
fn exact_dict<'a>(vm: &Vm, object: &'a PyRef) -> Option<&'a Ref<PyDict>> {
    if vm.is_exactly(object, &DICT) {
        object.downcast_ref::<PyDict>()
    } else {
        None
    }
}

/// Calls the closure for each element of an iterable, with its hash, as long as it returns true.
fn for_each(
    vm: &mut Vm,
    iterable: &PyRef,
    complain: fn(&mut Vm, &PyRef, PyErr) -> PyErr,
    mut visit: impl FnMut(&mut Vm, &PyRef, i64) -> PyResult<bool>,
) -> PyResult<()> {
    let iterator = vm.iter(iterable)?;
    while let Some(element) = vm.next(&iterator)? {
        let hash = hash_of_key(vm, &element, complain)?;
        if !visit(vm, &element, hash)? {
            break;
        }
    }
    Ok(())
}

/// Lets the error of a hash pass as it is.
fn no_complaint(_: &mut Vm, _: &PyRef, error: PyErr) -> PyErr {
    error
}

/// The table that a result was made in.
pub(super) fn into_table(mut elements: Elements) -> SetTable {
    std::mem::take(elements.get_exclusive())
}

/// Puts a result in the place of the elements that were there.
pub(super) fn replace(vm: &mut Vm, elements: &Elements, with: Elements) {
    drop(elements.get_mut(vm).replace_with(into_table(with)));
}

/// A result with the same elements.
pub(super) fn copy(vm: &Vm, elements: &Elements) -> PyResult<Elements> {
    Ok(Elements::new(copied(vm, elements)?))
}

/// The hash of an object that is looked for: a set is looked for as if it were a frozenset.
pub(super) fn hash_to_find(vm: &mut Vm, element: &PyRef) -> PyResult<i64> {
    match vm.hash_of_element(element) {
        Err(error) if error.is(vm, &TYPE_ERROR) => match element.downcast_ref::<PySet>() {
            Some(set) => Ok(hash_of(set.elements.get(vm))),
            None => Err(unhashable_element(vm, element, error)),
        },
        result => result,
    }
}

impl Vm {
    fn hash_of_element(&mut self, element: &PyRef) -> PyResult<i64> {
        hash_of_key(self, element, no_complaint)
    }
}

/// Adds all that an iterable yields.
pub(super) fn update(vm: &mut Vm, elements: &Elements, iterable: &PyRef) -> PyResult<()> {
    if let Some(other) = elements_of(iterable) {
        return merge(vm, elements, other);
    }
    if let Some(dict) = exact_dict(vm, iterable) {
        return merge_keys(vm, elements, dict);
    }
    for_each(vm, iterable, unhashable_element, |vm, element, hash| {
        add(vm, elements, element, hash)?;
        Ok(true)
    })
}

/// What is in both.
pub(super) fn intersection(
    vm: &mut Vm,
    elements: &Elements,
    iterable: &PyRef,
) -> PyResult<Elements> {
    if let Some(other) = elements_of(iterable) {
        return intersection_of_sets(vm, elements, other);
    }
    let result = Elements::default();
    for_each(vm, iterable, no_complaint, |vm, element, hash| {
        if contains(vm, elements, element, hash)? {
            add(vm, &result, element, hash)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

fn intersection_of_sets(vm: &mut Vm, left: &Elements, right: &Elements) -> PyResult<Elements> {
    if std::ptr::eq(left, right) {
        return copy(vm, left);
    }
    let (shorter, longer) = if right.get(vm).len() > left.get(vm).len() {
        (left, right)
    } else {
        (right, left)
    };
    let result = Elements::default();
    let mut position = 0;
    while let Some((element, hash)) = next(vm, shorter, &mut position) {
        if contains(vm, longer, &element, hash)? {
            add(vm, &result, &element, hash)?;
        }
    }
    Ok(result)
}

/// Removes what an iterable yields.
pub(super) fn difference_update(
    vm: &mut Vm,
    elements: &Elements,
    iterable: &PyRef,
) -> PyResult<()> {
    match elements_of(iterable) {
        Some(other) if std::ptr::eq(elements, other) => {
            drop(elements.get_mut(vm).take_all());
            return Ok(());
        }
        // There are far more to remove than there are elements: only those in both matter.
        Some(other) if other.get(vm).len() >> 3 > elements.get(vm).len() => {
            let common = intersection_of_sets(vm, other, elements)?;
            discard_all(vm, elements, &common)?;
        }
        Some(other) => discard_all(vm, elements, other)?,
        None => for_each(vm, iterable, unhashable_element, |vm, element, hash| {
            discard(vm, elements, element, hash)?;
            Ok(true)
        })?,
    }
    shrink_if_sparse(vm, elements)
}

fn discard_all(vm: &mut Vm, elements: &Elements, other: &Elements) -> PyResult<()> {
    let mut position = 0;
    while let Some((element, hash)) = next(vm, other, &mut position) {
        discard(vm, elements, &element, hash)?;
    }
    Ok(())
}

/// What is in the set but not in the iterable.
pub(super) fn difference(vm: &mut Vm, elements: &Elements, iterable: &PyRef) -> PyResult<Elements> {
    let other_len = match (elements_of(iterable), exact_dict(vm, iterable)) {
        (Some(other), _) => other.get(vm).len(),
        (None, Some(dict)) => dict.len(vm),
        (None, None) => usize::MAX,
    };
    if elements.get(vm).len() >> 2 > other_len || other_len == usize::MAX {
        let result = copy(vm, elements)?;
        difference_update(vm, &result, iterable)?;
        return Ok(result);
    }
    let result = Elements::default();
    let mut position = 0;
    while let Some((element, hash)) = next(vm, elements, &mut position) {
        if !contains_hashed(vm, iterable, &element, hash)? {
            add(vm, &result, &element, hash)?;
        }
    }
    Ok(result)
}

/// Whether an element of known hash is in a set or a key of a dict.
fn contains_hashed(vm: &mut Vm, container: &PyRef, element: &PyRef, hash: i64) -> PyResult<bool> {
    match (elements_of(container), exact_dict(vm, container)) {
        (Some(elements), _) => contains(vm, elements, element, hash),
        (None, Some(dict)) => {
            Ok(crate::types::dict::locate(vm, dict.cell(), element, hash)?.is_some())
        }
        (None, None) => vm.contains(container, element),
    }
}

/// Removes what is in both and adds what is only in the iterable.
pub(super) fn symmetric_difference_update(
    vm: &mut Vm,
    elements: &Elements,
    iterable: &PyRef,
) -> PyResult<()> {
    if let Some(other) = elements_of(iterable) {
        return toggle_all(vm, elements, other);
    }
    if let Some(dict) = exact_dict(vm, iterable).cloned() {
        let mut position = 0;
        while let Some(entry) = dict.table(vm).next_live(position) {
            position = entry + 1;
            let (Some((key, _)), Some(hash)) =
                (dict.entry(vm, entry), dict.table(vm).hash_of(entry))
            else {
                break;
            };
            toggle(vm, elements, &key, hash)?;
        }
        return Ok(());
    }
    // Duplicates in the iterable must not cancel each other out.
    let other = Elements::default();
    update(vm, &other, iterable)?;
    toggle_all(vm, elements, &other)
}

fn toggle_all(vm: &mut Vm, elements: &Elements, other: &Elements) -> PyResult<()> {
    if std::ptr::eq(elements, other) {
        drop(elements.get_mut(vm).take_all());
        return Ok(());
    }
    let mut position = 0;
    while let Some((element, hash)) = next(vm, other, &mut position) {
        toggle(vm, elements, &element, hash)?;
    }
    Ok(())
}

fn toggle(vm: &mut Vm, elements: &Elements, element: &PyRef, hash: i64) -> PyResult<()> {
    if !discard(vm, elements, element, hash)? {
        add(vm, elements, element, hash)?;
    }
    Ok(())
}

/// What is in one of the two only.
pub(super) fn symmetric_difference(
    vm: &mut Vm,
    elements: &Elements,
    iterable: &PyRef,
) -> PyResult<Elements> {
    let result = Elements::default();
    update(vm, &result, iterable)?;
    toggle_all(vm, &result, elements)?;
    Ok(result)
}

/// Whether no element is in both.
pub(super) fn is_disjoint(vm: &mut Vm, elements: &Elements, iterable: &PyRef) -> PyResult<bool> {
    let Some(other) = elements_of(iterable) else {
        let mut is_disjoint = true;
        for_each(vm, iterable, unhashable_element, |vm, element, hash| {
            is_disjoint = !contains(vm, elements, element, hash)?;
            Ok(is_disjoint)
        })?;
        return Ok(is_disjoint);
    };
    if std::ptr::eq(elements, other) {
        return Ok(elements.get(vm).is_empty());
    }
    let (shorter, longer) = if other.get(vm).len() > elements.get(vm).len() {
        (elements, other)
    } else {
        (other, elements)
    };
    let mut position = 0;
    while let Some((element, hash)) = next(vm, shorter, &mut position) {
        if contains(vm, longer, &element, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether every element of one set is in the other.
pub(super) fn is_contained(
    vm: &mut Vm,
    elements: &Elements,
    container: &Elements,
) -> PyResult<bool> {
    if elements.get(vm).len() > container.get(vm).len() {
        return Ok(false);
    }
    let mut position = 0;
    while let Some((element, hash)) = next(vm, elements, &mut position) {
        if !contains(vm, container, &element, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether an iterable yields every element.
pub(super) fn is_subset(vm: &mut Vm, elements: &Elements, iterable: &PyRef) -> PyResult<bool> {
    match elements_of(iterable) {
        Some(other) => is_contained(vm, elements, other),
        None => {
            let common = intersection(vm, elements, iterable)?;
            Ok(common.get(vm).len() == elements.get(vm).len())
        }
    }
}

/// Whether everything that an iterable yields is an element.
pub(super) fn is_superset(vm: &mut Vm, elements: &Elements, iterable: &PyRef) -> PyResult<bool> {
    if let Some(other) = elements_of(iterable) {
        return is_contained(vm, other, elements);
    }
    let mut is_superset = true;
    for_each(vm, iterable, unhashable_element, |vm, element, hash| {
        is_superset = contains(vm, elements, element, hash)?;
        Ok(is_superset)
    })?;
    Ok(is_superset)
}

/// Whether two sets have equal elements; hashes that are known may tell at once.
pub(super) fn is_equal(
    vm: &mut Vm,
    left: &PyRef,
    right: &PyRef,
    sides: (&Elements, &Elements),
) -> PyResult<bool> {
    let hash = |set: &PyRef| {
        set.downcast_ref::<PyFrozenSet>()
            .and_then(|set| set.known_hash())
    };
    if let (Some(left), Some(right)) = (hash(left), hash(right))
        && left != right
    {
        return Ok(false);
    }
    Ok(sides.0.get(vm).len() == sides.1.get(vm).len() && is_contained(vm, sides.0, sides.1)?)
}
