//! Calling: any callable, a method by name, a special method looked up on the type.

use crate::table::TypeFlags;
use crate::types::str::PyStr;
use crate::{Args, PyRef, PyResult, Ref, Vm};

/// Calls `f` with the receiver in front of the arguments, without an allocation for few of them.
#[inline]
pub fn with_receiver<R>(receiver: &PyRef, values: &[PyRef], f: impl FnOnce(&[PyRef]) -> R) -> R {
    match values {
        [] => f(std::slice::from_ref(receiver)),
        [a] => f(&[receiver.clone(), a.clone()]),
        [a, b] => f(&[receiver.clone(), a.clone(), b.clone()]),
        [a, b, c] => f(&[receiver.clone(), a.clone(), b.clone(), c.clone()]),
        [a, b, c, d] => f(&[receiver.clone(), a.clone(), b.clone(), c.clone(), d.clone()]),
        _ => {
            let all: Vec<PyRef> = std::iter::once(receiver).chain(values).cloned().collect();
            f(&all)
        }
    }
}

/// A special method found on an object's type.
#[derive(Debug)]
pub(crate) enum Special {
    /// A function that takes the object first.
    Unbound(PyRef),
    /// What the attribute's `__get__` gave, or an attribute that is no descriptor.
    Bound(PyRef),
}

impl Special {
    /// Whether the attribute is `None`, which says that the type has the operation not.
    pub(crate) fn is_none(&self, vm: &Vm) -> bool {
        matches!(self, Self::Bound(found) if vm.is_none(found))
    }

    /// Calls the method of `object`.
    #[inline]
    pub(crate) fn call(&self, vm: &mut Vm, object: &PyRef, args: Args<'_>) -> PyResult {
        match self {
            Self::Bound(method) => vm.call(method, args),
            Self::Unbound(function) => with_receiver(object, args.values, |values| {
                vm.call(
                    function,
                    Args {
                        values,
                        names: args.names,
                    },
                )
            }),
        }
    }
}

impl Vm {
    /// `callable(*args, **kwargs)`
    ///
    /// # Errors
    /// `TypeError` for what cannot be called, `RecursionError`, or what the callable raises.
    #[inline]
    pub fn call(&mut self, callable: &PyRef, args: Args<'_>) -> PyResult {
        let Some(call) = self.type_of(callable).slots(self).call else {
            return Err(self.type_error(format!(
                "'{}' object is not callable",
                self.type_name(callable)
            )));
        };
        self.check_native_stack(" while calling a Python object")?;
        call(self, callable, args)
    }

    /// `callable(*args)`
    ///
    /// # Errors
    /// As [`call`](Self::call).
    #[inline]
    pub fn call_positional(&mut self, callable: &PyRef, args: &[PyRef]) -> PyResult {
        self.call(callable, Args::positional(args))
    }

    /// `object.name(*args)`, without making a bound method if it can be helped.
    ///
    /// # Errors
    /// `AttributeError`, or what the method raises.
    pub fn call_method(&mut self, object: &PyRef, name: &Ref<PyStr>, args: &[PyRef]) -> PyResult {
        let (method, takes_object) = self.get_method(object, name)?;
        if takes_object {
            with_receiver(object, args, |args| self.call_positional(&method, args))
        } else {
            self.call_positional(&method, args)
        }
    }

    /// `object.name(*args)`
    ///
    /// # Errors
    /// As [`call_method`](Self::call_method).
    pub fn call_method_str(&mut self, object: &PyRef, name: &str, args: &[PyRef]) -> PyResult {
        let name = self.intern(name)?;
        self.call_method(object, &name, args)
    }

    /// A special method, looked up on the type as operators do it, not yet bound if it is a function.
    #[inline]
    pub(crate) fn find_special(
        &mut self,
        object: &PyRef,
        name: &Ref<PyStr>,
    ) -> PyResult<Option<Special>> {
        let Some(found) = self.type_of(object).clone().lookup(self, name) else {
            return Ok(None);
        };
        let found_type = self.type_of(&found);
        if found_type.flags().has(TypeFlags::METHOD_DESCRIPTOR) {
            return Ok(Some(Special::Unbound(found)));
        }
        match found_type.slots(self).descr_get {
            None => Ok(Some(Special::Bound(found))),
            Some(get) => {
                let ty = self.type_of(object).clone().into_any();
                get(self, &found, Some(object), Some(&ty)).map(|bound| Some(Special::Bound(bound)))
            }
        }
    }

    /// A special method, looked up on the type as operators do it, and bound.
    ///
    /// # Errors
    /// What the attribute's `__get__` raises.
    pub fn lookup_special(&mut self, object: &PyRef, name: &Ref<PyStr>) -> PyResult<Option<PyRef>> {
        let Some(found) = self.type_of(object).clone().lookup(self, name) else {
            return Ok(None);
        };
        match self.type_of(&found).slots(self).descr_get {
            None => Ok(Some(found)),
            Some(get) => {
                let ty = self.type_of(object).clone().into_any();
                get(self, &found, Some(object), Some(&ty)).map(Some)
            }
        }
    }

    /// Calls a special method, looked up on the type as operators do it; `None`: the type has none.
    ///
    /// # Errors
    /// What the method raises.
    #[inline]
    pub fn call_special(
        &mut self,
        object: &PyRef,
        name: &Ref<PyStr>,
        args: &[PyRef],
    ) -> PyResult<Option<PyRef>> {
        match self.find_special(object, name)? {
            None => Ok(None),
            Some(method) => method.call(self, object, Args::positional(args)).map(Some),
        }
    }

    /// How messages call a callable: `module.name()`.
    ///
    /// # Errors
    /// What its attributes or its `__str__` raise.
    pub fn callable_name(&mut self, callable: &PyRef) -> PyResult<String> {
        let (qualname, module) = (self.names().qualname.clone(), self.names().module.clone());
        let Some(name) = self.lookup_attr(callable, &qualname)? else {
            return Ok(self.str(callable)?.to_text().into_owned());
        };
        let name = self.str(&name)?.to_text().into_owned();
        let module = self
            .lookup_attr(callable, &module)?
            .and_then(|module| module.downcast::<PyStr>().ok());
        Ok(match module.map(|module| module.to_text().into_owned()) {
            Some(module) if module != "builtins" => format!("{module}.{name}()"),
            _ => format!("{name}()"),
        })
    }
}
