//! `dict(...)` and `dict.update(...)`: what is taken over from other dicts, mappings and pairs.

use super::{DICT, PyDict};
use crate::types::exception::TYPE_ERROR;
use crate::types::sequence;
use crate::types::tuple::TUPLE;
use crate::{PyErr, PyRef, PyResult, Vm};

impl PyDict {
    /// Takes over all keys and values of a mapping or of an iterable of pairs, as `dict.update` does.
    ///
    /// # Errors
    /// What the other object raises, and what `__hash__` and `__eq__` of the keys do; what came before stays.
    pub fn update(&self, vm: &mut Vm, other: &PyRef) -> PyResult<()> {
        if let Some(dict) = plain_dict(vm, other) {
            return self.update_from_dict(vm, &dict.clone());
        }
        match vm.lookup_attr_str(other, "keys")? {
            Some(keys) => self.update_from_mapping(vm, other, &keys),
            None => self.update_from_pairs(vm, other),
        }
    }

    /// Takes over all keys and values of another dict.
    ///
    /// # Errors
    /// What `__eq__` of the keys raises; `RuntimeError` if that changes the other dict; `OutOfMemory`.
    pub fn update_from_dict(&self, vm: &mut Vm, other: &PyDict) -> PyResult<()> {
        if std::ptr::eq(self, other) || other.is_empty(vm) {
            return Ok(());
        }
        if self.is_empty(vm) {
            return self.become_copy_of(vm, other);
        }
        self.reserve_for(vm, other)?;
        let (count, len) = (other.table(vm).entry_count(), other.len(vm));
        let mut position = 0;
        while let Some(entry) = other.table(vm).next_live(position) {
            position = entry + 1;
            let (Some((key, value)), Some(hash)) =
                (other.entry(vm, entry), other.table(vm).hash_of(entry))
            else {
                break;
            };
            self.set_hashed(vm, &key, hash, value)?;
            if other.table(vm).entry_count() != count || other.len(vm) != len {
                return Err(vm.runtime_error("dict mutated during update"));
            }
        }
        Ok(())
    }

    /// Grows at once if the other dict alone would fill the table; keys in both must not be counted twice.
    pub(super) fn reserve_for(&self, vm: &mut Vm, other: &PyDict) -> PyResult<()> {
        let len = other.len(vm);
        if len <= self.table(vm).capacity() {
            return Ok(());
        }
        let is_narrow = other.table(vm).is_narrow();
        self.reserve(vm, len, is_narrow)
    }

    fn update_from_mapping(&self, vm: &mut Vm, other: &PyRef, keys_method: &PyRef) -> PyResult<()> {
        let keys = vm.call_positional(keys_method, &[])?;
        let keys = match vm.iter(&keys) {
            Ok(iterator) => sequence::collect(vm, &iterator)?,
            Err(error) if error.is(vm, &TYPE_ERROR) => {
                let (ty, found) = (vm.type_name(other), vm.type_name(&keys));
                return Err(vm.type_error(format!(
                    "{ty}.keys() returned a non-iterable (type {found})"
                )));
            }
            Err(error) => return Err(error),
        };
        for key in &keys {
            let value = vm.get_item(other, key)?;
            self.set_item(vm, key, value)?;
        }
        Ok(())
    }

    fn update_from_pairs(&self, vm: &mut Vm, pairs: &PyRef) -> PyResult<()> {
        let iterator = vm.iter(pairs)?;
        let mut index = 0;
        while let Some(pair) = vm.next(&iterator)? {
            let (key, value) = unpack_pair(vm, &pair, index)?;
            self.set_item(vm, &key, value)?;
            index += 1;
        }
        Ok(())
    }
}

/// The dict behind an object whose `__iter__` is dict's own, so that its table says what it holds.
pub(crate) fn plain_dict<'a>(vm: &Vm, object: &'a PyRef) -> Option<&'a crate::Ref<PyDict>> {
    let dict = object.downcast_ref::<PyDict>()?;
    if vm.is_exactly(object, &DICT) {
        return Some(dict);
    }
    let (own, inherited) = (
        vm.type_of(object).slots(vm).iter?,
        vm.class(&DICT).slots(vm).iter?,
    );
    std::ptr::fn_addr_eq(own, inherited).then_some(dict)
}

fn unpack_pair(vm: &mut Vm, pair: &PyRef, index: usize) -> PyResult<(PyRef, PyRef)> {
    if vm.is_exactly(pair, &TUPLE)
        && let Some([key, value]) = sequence::exact_elements(vm, pair)
    {
        return Ok((key.clone(), value.clone()));
    }
    let items = match vm.iter(pair) {
        Ok(iterator) => sequence::collect(vm, &iterator)?,
        Err(error) if error.is(vm, &TYPE_ERROR) => return Err(no_sequence(vm, error, index)),
        Err(error) => return Err(error),
    };
    match &items[..] {
        [key, value] => Ok((key.clone(), value.clone())),
        items => Err(vm.value_error(format!(
            "dictionary update sequence element #{index} has length {}; 2 is required",
            items.len()
        ))),
    }
}

/// The error for an element that is no sequence, with a note that says which one it was.
#[cold]
fn no_sequence(vm: &mut Vm, error: PyErr, index: usize) -> PyErr {
    drop(error);
    let error = vm.type_error("object is not iterable");
    let PyErr::Raised(exception) = &error else {
        return error;
    };
    let exception = exception.as_any().clone();
    let note = format!("Cannot convert dictionary update sequence element #{index} to a sequence");
    let noted = vm
        .new_str(&note)
        .and_then(|note| vm.call_method_str(&exception, "add_note", &[note.into_any()]));
    match noted {
        Ok(_) => error,
        Err(failed) => failed,
    }
}
