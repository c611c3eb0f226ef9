//! Attributes of any object, by the slots of its type. How `object` itself does it is in
//! [`crate::object::attribute`].

use crate::object::attribute;
use crate::table::TypeFlags;
use crate::types::exception::ATTRIBUTE_ERROR;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{PyRef, PyResult, Ref, Vm};

/// Whether attributes of the type's instances are found as `object` finds them.
///
/// A wrong "no" costs time only: two addresses of one function are not told apart from two functions.
#[inline]
pub(crate) fn is_generic(vm: &Vm, ty: &Ref<PyType>) -> bool {
    let generic = attribute::generic_getattr as *const ();
    ty.slots(vm)
        .getattr
        .is_some_and(|getattr| std::ptr::eq(getattr as *const (), generic))
}

impl Vm {
    /// `object.name`
    ///
    /// # Errors
    /// `AttributeError`, or what a descriptor or `__getattr__` raises.
    #[inline]
    pub fn get_attr(&mut self, object: &PyRef, name: &Ref<PyStr>) -> PyResult {
        match self.type_of(object).slots(self).getattr {
            Some(getattr) => getattr(self, object, name),
            None => Err(self.no_attribute(object, name)),
        }
    }

    /// `object.name`
    ///
    /// # Errors
    /// As [`get_attr`](Self::get_attr).
    pub fn get_attr_str(&mut self, object: &PyRef, name: &str) -> PyResult {
        let name = self.intern(name)?;
        self.get_attr(object, &name)
    }

    /// `object.name`, or `None` where that raises `AttributeError`.
    ///
    /// # Errors
    /// What else a descriptor or `__getattr__` raises.
    pub fn lookup_attr(&mut self, object: &PyRef, name: &Ref<PyStr>) -> PyResult<Option<PyRef>> {
        let result = if is_generic(self, self.type_of(object)) {
            // Most attributes that are not there need no exception to say so.
            attribute::generic_lookup(self, object, name)
        } else {
            self.get_attr(object, name).map(Some)
        };
        match result {
            Err(error) if error.is(self, &ATTRIBUTE_ERROR) => Ok(None),
            other => other,
        }
    }

    /// `object.name`, or `None` where that raises `AttributeError`.
    ///
    /// # Errors
    /// As [`lookup_attr`](Self::lookup_attr).
    pub fn lookup_attr_str(&mut self, object: &PyRef, name: &str) -> PyResult<Option<PyRef>> {
        let name = self.intern(name)?;
        self.lookup_attr(object, &name)
    }

    /// `hasattr(object, name)`
    ///
    /// # Errors
    /// As [`lookup_attr`](Self::lookup_attr).
    pub fn has_attr(&mut self, object: &PyRef, name: &Ref<PyStr>) -> PyResult<bool> {
        Ok(self.lookup_attr(object, name)?.is_some())
    }

    /// `object.name`, about to be called: `true` says that the object must be passed as first argument.
    ///
    /// # Errors
    /// As [`get_attr`](Self::get_attr).
    pub fn get_method(&mut self, object: &PyRef, name: &Ref<PyStr>) -> PyResult<(PyRef, bool)> {
        if is_generic(self, self.type_of(object)) {
            let found = self.type_of(object).clone().lookup(self, name);
            if let Some(found) = found
                && self.has_flag(&found, TypeFlags::METHOD_DESCRIPTOR)
                && attribute::instance_value(self, object, name).is_none()
            {
                return Ok((found, true));
            }
        }
        Ok((self.get_attr(object, name)?, false))
    }

    /// `object.name = value`
    ///
    /// # Errors
    /// `AttributeError`, or what a descriptor or `__setattr__` raises.
    #[inline]
    pub fn set_attr(&mut self, object: &PyRef, name: &Ref<PyStr>, value: &PyRef) -> PyResult<()> {
        self.assign_attr(object, name, Some(value))
    }

    /// `object.name = value`
    ///
    /// # Errors
    /// As [`set_attr`](Self::set_attr).
    pub fn set_attr_str(&mut self, object: &PyRef, name: &str, value: &PyRef) -> PyResult<()> {
        let name = self.intern(name)?;
        self.assign_attr(object, &name, Some(value))
    }

    /// `del object.name`
    ///
    /// # Errors
    /// `AttributeError`, or what a descriptor or `__delattr__` raises.
    pub fn del_attr(&mut self, object: &PyRef, name: &Ref<PyStr>) -> PyResult<()> {
        self.assign_attr(object, name, None)
    }

    #[inline]
    fn assign_attr(
        &mut self,
        object: &PyRef,
        name: &Ref<PyStr>,
        value: Option<&PyRef>,
    ) -> PyResult<()> {
        match self.type_of(object).slots(self).setattr {
            Some(setattr) => setattr(self, object, name, value),
            None => Err(self.no_attribute(object, name)),
        }
    }

    /// The name of an attribute, as `getattr` and its like take it.
    ///
    /// # Errors
    /// `TypeError` if it is not a string.
    pub fn attribute_name<'a>(&self, name: &'a PyRef) -> PyResult<&'a Ref<PyStr>> {
        name.downcast_ref::<PyStr>().ok_or_else(|| {
            self.type_error(format!(
                "attribute name must be string, not '{}'",
                self.type_name(name)
            ))
        })
    }
}
