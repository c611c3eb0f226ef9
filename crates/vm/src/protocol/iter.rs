//! Iteration.

use crate::types::exception::{OVERFLOW_ERROR, STOP_ITERATION, TYPE_ERROR};
use crate::types::int::PyInt;
use crate::types::list::{LIST, PyList};
use crate::types::tuple::{PyTuple, TUPLE};
use crate::{HeapVec, PyRef, PyResult, Vm};

/// The most elements for which room is made on the word of a length hint.
const HINT_MAX: usize = 1 << 20;

impl Vm {
    /// `iter(object)`
    ///
    /// # Errors
    /// `TypeError` for what cannot be iterated over, or what `__iter__` raises.
    pub fn iter(&mut self, object: &PyRef) -> PyResult {
        let slots = self.type_of(object).slots(self);
        let (iter, has_items) = (slots.iter, slots.getitem.is_some());
        let Some(iter) = iter else {
            if has_items {
                return Ok(self.new_seq_iter(object.clone())?.into_any());
            }
            return Err(self.type_error(format!(
                "'{}' object is not iterable",
                self.type_name(object)
            )));
        };
        let iterator = iter(self, object)?;
        if self.type_of(&iterator).slots(self).next.is_none() {
            let found = self.type_name(&iterator);
            return Err(self.type_error(format!("iter() returned non-iterator of type '{found}'")));
        }
        Ok(iterator)
    }

    /// `next(iterator)`, or `None` when it is exhausted.
    ///
    /// # Errors
    /// `TypeError` for what is no iterator, `RecursionError`, or what the iterator raises except `StopIteration`.
    #[inline]
    pub fn next(&mut self, iterator: &PyRef) -> PyResult<Option<PyRef>> {
        match self.next_raw(iterator) {
            Err(error) if error.is(self, &STOP_ITERATION) => Ok(None),
            other => other,
        }
    }

    /// As [`next`](Self::next), but a `StopIteration` with its value comes through as it was raised.
    ///
    /// # Errors
    /// As [`next`](Self::next), and `StopIteration`.
    #[inline]
    pub fn next_raw(&mut self, iterator: &PyRef) -> PyResult<Option<PyRef>> {
        let Some(next) = self.type_of(iterator).slots(self).next else {
            return Err(self.type_error(format!(
                "'{}' object is not an iterator",
                self.type_name(iterator)
            )));
        };
        self.check_native_stack("")?;
        next(self, iterator)
    }

    /// Calls `f` with each element.
    ///
    /// # Errors
    /// What iterating or `f` raises.
    pub fn iterate(
        &mut self,
        object: &PyRef,
        mut f: impl FnMut(&mut Vm, PyRef) -> PyResult<()>,
    ) -> PyResult<()> {
        if self.is_exactly(object, &LIST)
            && let Some(list) = object.downcast_ref::<PyList>()
        {
            // The list may change meanwhile, so each element is asked for anew.
            let mut index = 0;
            while let Some(item) = list.get(self, index) {
                f(self, item)?;
                index += 1;
            }
            return Ok(());
        }
        if self.is_exactly(object, &TUPLE)
            && let Some(tuple) = object.downcast_ref::<PyTuple>()
        {
            return tuple.iter().try_for_each(|item| f(self, item.clone()));
        }
        let iterator = self.iter(object)?;
        while let Some(item) = self.next(&iterator)? {
            f(self, item)?;
        }
        Ok(())
    }

    /// The elements of an iterable.
    ///
    /// For few elements: they are counted and bounded by the heap only in [`to_heap_vec`](Self::to_heap_vec).
    ///
    /// # Errors
    /// What iterating raises.
    pub fn to_vec(&mut self, iterable: &PyRef) -> PyResult<Vec<PyRef>> {
        if self.is_exactly(iterable, &LIST)
            && let Some(list) = iterable.downcast_ref::<PyList>()
        {
            return Ok(list.to_vec(self));
        }
        if self.is_exactly(iterable, &TUPLE)
            && let Some(tuple) = iterable.downcast_ref::<PyTuple>()
        {
            return Ok(tuple.to_vec());
        }
        Ok(self.to_heap_vec(iterable)?.to_vec())
    }

    /// The elements of an iterable, in a buffer of the heap.
    ///
    /// # Errors
    /// What iterating raises; `OutOfMemory`.
    pub fn to_heap_vec(&mut self, iterable: &PyRef) -> PyResult<HeapVec<PyRef>> {
        let space = self.space_handle();
        let mut items = HeapVec::new();
        let iterator = self.iter(iterable)?;
        let hint = self.length_hint(iterable, 0)?;
        items.reserve(space.heap(), hint.min(HINT_MAX))?;
        while let Some(item) = self.next(&iterator)? {
            items.push(space.heap(), item)?;
        }
        Ok(items)
    }

    /// `operator.length_hint(object, default)`
    ///
    /// # Errors
    /// `TypeError` and `ValueError` for a hint that is no length, or what `__len__` and `__length_hint__` raise
    /// except `TypeError`.
    pub fn length_hint(&mut self, object: &PyRef, default: usize) -> PyResult<usize> {
        if self.type_of(object).slots(self).len.is_some() {
            match self.len(object) {
                Err(error) if error.is(self, &TYPE_ERROR) => {}
                other => return other,
            }
        }
        let name = self.names().length_hint.clone();
        let hint = match self.call_special(object, &name, &[]) {
            Ok(None) => return Ok(default),
            Err(error) if error.is(self, &TYPE_ERROR) => return Ok(default),
            Ok(Some(hint)) => hint,
            Err(error) => return Err(error),
        };
        if self.is_not_implemented(&hint) {
            return Ok(default);
        }
        let Some(int) = hint.downcast_ref::<PyInt>() else {
            let found = self.type_name(&hint);
            return Err(self.type_error(format!("__length_hint__ must be an integer, not {found}")));
        };
        match int.to_i64() {
            Some(value) => usize::try_from(value)
                .map_err(|_| self.value_error("__length_hint__() should return >= 0")),
            None => Err(self.error(
                &OVERFLOW_ERROR,
                "Python int too large to convert to C ssize_t",
            )),
        }
    }
}
