//! Subscripts and membership.

use crate::types::exception::TYPE_ERROR;
use crate::types::generic_alias;
use crate::types::type_::{PyType, TYPE};
use crate::{PyErr, PyRef, PyResult, Vm};

impl Vm {
    /// `object[key]`
    ///
    /// # Errors
    /// `TypeError` for what has no items, or what `__getitem__` raises.
    #[inline]
    pub fn get_item(&mut self, object: &PyRef, key: &PyRef) -> PyResult {
        match self.type_of(object).slots(self).getitem {
            Some(getitem) => getitem(self, object, key),
            None => self.get_item_of_class(object, key),
        }
    }

    /// `Class[key]` (PEP 560)
    fn get_item_of_class(&mut self, object: &PyRef, key: &PyRef) -> PyResult {
        let Some(class) = object.downcast_ref::<PyType>() else {
            return Err(self.type_error(format!(
                "'{}' object is not subscriptable",
                self.type_name(object)
            )));
        };
        if class.is(self.class(&TYPE)) {
            return generic_alias::new(self, object, key);
        }
        let name = self.names().class_getitem.clone();
        match self.lookup_attr(object, &name)? {
            Some(method) if !self.is_none(&method) => {
                self.call_positional(&method, std::slice::from_ref(key))
            }
            _ => Err(self.type_error(format!("type '{}' is not subscriptable", class.full_name()))),
        }
    }

    /// `object[key] = value`
    ///
    /// # Errors
    /// `TypeError` for what has no items to assign, or what `__setitem__` raises.
    #[inline]
    pub fn set_item(&mut self, object: &PyRef, key: &PyRef, value: &PyRef) -> PyResult<()> {
        match self.type_of(object).slots(self).setitem {
            Some(setitem) => setitem(self, object, key, Some(value)),
            None => {
                let found = self.type_name(object);
                Err(self.type_error(format!("'{found}' object does not support item assignment")))
            }
        }
    }

    /// `del object[key]`
    ///
    /// # Errors
    /// `TypeError` for what has no items to delete, or what `__delitem__` raises.
    pub fn del_item(&mut self, object: &PyRef, key: &PyRef) -> PyResult<()> {
        match self.type_of(object).slots(self).setitem {
            Some(setitem) => setitem(self, object, key, None),
            None => Err(self.no_deletion(object, key)),
        }
    }

    /// The `TypeError` for what has no items to delete: CPython words it differently for sequences.
    #[cold]
    fn no_deletion(&self, object: &PyRef, key: &PyRef) -> PyErr {
        let ty = self.type_of(object);
        let slots = ty.slots(self);
        let is_sequence = ty.is_heap_type()
            || slots.contains.is_some()
            || slots.concat.is_some()
            || slots.repeat.is_some();
        let is_index = self.type_of(key).slots(self).index.is_some();
        let verb = if is_sequence && is_index {
            "doesn't"
        } else {
            "does not"
        };
        let found = ty.name_text();
        self.type_error(format!("'{found}' object {verb} support item deletion"))
    }

    /// `item in container`
    ///
    /// # Errors
    /// `TypeError` for what contains nothing, or what `__contains__`, iterating and comparing raise.
    #[inline]
    pub fn contains(&mut self, container: &PyRef, item: &PyRef) -> PyResult<bool> {
        match self.type_of(container).slots(self).contains {
            Some(contains) => contains(self, container, item),
            None => self.contains_by_iteration(container, item),
        }
    }

    /// `item in container`, by looking at one element after the other.
    ///
    /// # Errors
    /// As [`contains`](Self::contains).
    pub fn contains_by_iteration(&mut self, container: &PyRef, item: &PyRef) -> PyResult<bool> {
        let iterator = self.iter(container).map_err(|error| {
            if !error.is(self, &TYPE_ERROR) {
                return error;
            }
            let found = self.type_name(container);
            self.type_error(format!(
                "argument of type '{found}' is not a container or iterable"
            ))
        })?;
        while let Some(element) = self.next(&iterator)? {
            if self.equal(&element, item)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
