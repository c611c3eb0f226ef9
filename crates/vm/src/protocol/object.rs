//! What every object can be asked: its text, hash, truth, length and class.

use crate::types::int::INT;
use crate::types::str::{PyStr, STR};
use crate::types::tuple::PyTuple;
use crate::types::type_::{PyType, TYPE};
use crate::types::union::PyUnion;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// What `isinstance` says of a second argument that is no class.
const NOT_A_CLASS: &str = "isinstance() arg 2 must be a type, a tuple of types, or a union";
/// What `issubclass` says of a second argument that is no class.
const NOT_A_BASE_CLASS: &str = "issubclass() arg 2 must be a class, a tuple of classes, or a union";

impl Vm {
    /// `repr(object)`
    ///
    /// # Errors
    /// `TypeError` if the answer is no string, `RecursionError`, or what `__repr__` raises.
    pub fn repr(&mut self, object: &PyRef) -> PyResult<Ref<PyStr>> {
        self.check_native_stack(" while getting the repr of an object")?;
        match self.type_of(object).slots(self).repr {
            None => self.default_repr(object),
            Some(repr) => {
                let text = repr(self, object)?;
                self.text_result(text, "__repr__")
            }
        }
    }

    /// `<module.Class object at 0x…>`
    pub(crate) fn default_repr(&mut self, object: &PyRef) -> PyResult<Ref<PyStr>> {
        let name = self.type_of(object).clone().display_name(self);
        self.new_str(&format!("<{name} object at {:#x}>", object.address()))
    }

    /// `str(object)`
    ///
    /// # Errors
    /// As [`repr`](Self::repr), for `__str__`.
    pub fn str(&mut self, object: &PyRef) -> PyResult<Ref<PyStr>> {
        if self.is_exactly(object, &STR)
            && let Some(text) = object.downcast_ref::<PyStr>()
        {
            return Ok(text.clone());
        }
        self.check_native_stack(" while getting the str of an object")?;
        match self.type_of(object).slots(self).str {
            None => self.repr(object),
            Some(str) => {
                let text = str(self, object)?;
                self.text_result(text, "__str__")
            }
        }
    }

    fn text_result(&self, text: PyRef, method: &str) -> PyResult<Ref<PyStr>> {
        text.downcast::<PyStr>().map_err(|other| {
            self.type_error(format!(
                "{method} returned non-string (type {})",
                self.type_name(&other)
            ))
        })
    }

    /// `ascii(object)`
    ///
    /// # Errors
    /// As [`repr`](Self::repr).
    pub fn ascii(&mut self, object: &PyRef) -> PyResult<Ref<PyStr>> {
        let text = self.repr(object)?;
        if text.as_str().is_some() {
            return Ok(text);
        }
        let mut escaped = String::with_capacity(text.len() * 2);
        for point in text.code_points() {
            match point {
                0..0x80 => escaped.extend(char::from_u32(point)),
                0x80..0x100 => escaped.push_str(&format!("\\x{point:02x}")),
                0x100..0x1_0000 => escaped.push_str(&format!("\\u{point:04x}")),
                _ => escaped.push_str(&format!("\\U{point:08x}")),
            }
        }
        self.new_str(&escaped)
    }

    /// `format(object, spec)`
    ///
    /// # Errors
    /// `TypeError` if the answer is no string, or what `__format__` raises.
    pub fn format(&mut self, object: &PyRef, spec: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
        if spec.is_empty() && (self.is_exactly(object, &STR) || self.is_exactly(object, &INT)) {
            return self.str(object);
        }
        let name = self.names().format.clone();
        let Some(text) = self.call_special(object, &name, &[spec.clone().into_any()])? else {
            return Err(self.type_error(format!(
                "Type {} doesn't define __format__",
                self.type_name(object)
            )));
        };
        text.downcast::<PyStr>().map_err(|other| {
            self.type_error(format!(
                "__format__ must return a str, not {}",
                self.type_name(&other)
            ))
        })
    }

    /// `hash(object)`
    ///
    /// # Errors
    /// `TypeError` for what is unhashable, `RecursionError`, or what `__hash__` raises.
    #[inline]
    pub fn hash(&mut self, object: &PyRef) -> PyResult<i64> {
        if self.is_exactly(object, &STR)
            && let Some(text) = object.downcast_ref::<PyStr>()
        {
            return Ok(text.hash_value());
        }
        self.check_native_stack("")?;
        match self.type_of(object).slots(self).hash {
            Some(hash) => hash(self, object),
            None => Err(self.unhashable_type(object)),
        }
    }

    /// The `TypeError` for an object without a hash.
    #[cold]
    pub(crate) fn unhashable_type(&self, object: &PyRef) -> PyErr {
        self.type_error(format!("unhashable type: '{}'", self.type_name(object)))
    }

    /// `bool(object)`
    ///
    /// # Errors
    /// What `__bool__` or `__len__` raises.
    #[inline]
    pub fn is_true(&mut self, object: &PyRef) -> PyResult<bool> {
        let constants = self.constants();
        if object.is(&constants.true_) {
            return Ok(true);
        }
        if object.is(&constants.false_) || object.is(&constants.none) {
            return Ok(false);
        }
        let slots = self.type_of(object).slots(self);
        match (slots.bool, slots.len) {
            (Some(bool), _) => bool(self, object),
            (None, Some(len)) => Ok(len(self, object)? != 0),
            (None, None) => Ok(true),
        }
    }

    /// `len(object)`
    ///
    /// # Errors
    /// `TypeError` for what has no length, or what `__len__` raises.
    #[inline]
    pub fn len(&mut self, object: &PyRef) -> PyResult<usize> {
        match self.type_of(object).slots(self).len {
            Some(len) => len(self, object),
            None => Err(self.type_error(format!(
                "object of type '{}' has no len()",
                self.type_name(object)
            ))),
        }
    }

    /// `callable(object)`
    #[inline]
    pub fn callable(&self, object: &PyRef) -> bool {
        self.type_of(object).slots(self).call.is_some()
    }

    /// Bytes that the object costs: asked of the heap for itself, and for buffers that only it owns.
    pub fn size_of_object(&self, object: &PyRef) -> usize {
        let owned = self.type_of(object).slots(self).owned_bytes;
        object.size() + owned.map_or(0, |owned| owned(self, object))
    }

    /// `dir(object)`, sorted.
    ///
    /// # Errors
    /// `TypeError` if there is no `__dir__`, or what it raises.
    pub fn dir(&mut self, object: &PyRef) -> PyResult {
        let name = self.names().dir.clone();
        let Some(names) = self.call_special(object, &name, &[])? else {
            return Err(self.type_error("object does not provide __dir__"));
        };
        let names = self.to_heap_vec(&names)?;
        let names = self.new_list_from_heap_vec(names)?;
        crate::types::list::sort::sort(self, &names, None, false)?;
        Ok(names.into_any())
    }

    /// Notes that the repr of an object is being made; `true`: it already is, the object contains itself.
    ///
    /// Unless it returns `true`, the caller calls [`repr_leave`](Self::repr_leave) at the end.
    ///
    /// # Errors
    /// None now; a limit on nesting is checked by [`repr`](Self::repr).
    pub fn repr_enter(&mut self, object: &PyRef) -> PyResult<bool> {
        let running = &mut self.eval.repr_running;
        // The handle keeps the object alive, so nothing else can get its address meanwhile.
        Ok(running.insert(object.address(), object.clone()).is_some())
    }

    /// Notes that the repr of an object is made.
    pub fn repr_leave(&mut self, object: &PyRef) {
        drop(self.eval.repr_running.remove(&object.address()));
    }
}

/// Classes.
impl Vm {
    /// `isinstance(object, class)`
    ///
    /// # Errors
    /// `TypeError` if `class` is neither a class, a tuple of classes nor a union; what `__instancecheck__` raises.
    pub fn is_instance(&mut self, object: &PyRef, class: &PyRef) -> PyResult<bool> {
        if self.type_of(object).is(class) {
            return Ok(true);
        }
        if self.is_exactly(class, &TYPE) {
            return real_is_instance(self, object, class);
        }
        if let Some(classes) = alternatives(class) {
            self.check_native_stack(" in __instancecheck__")?;
            for class in classes.iter() {
                if self.is_instance(object, class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let name = self.names().instancecheck.clone();
        self.check_native_stack(" in __instancecheck__")?;
        match self.call_special(class, &name, std::slice::from_ref(object))? {
            Some(answer) => self.is_true(&answer),
            None => real_is_instance(self, object, class),
        }
    }

    /// `issubclass(derived, class)`
    ///
    /// # Errors
    /// `TypeError` if `derived` is no class, or `class` neither a class, a tuple of classes nor a union; what
    /// `__subclasscheck__` raises.
    pub fn is_subclass(&mut self, derived: &PyRef, class: &PyRef) -> PyResult<bool> {
        if self.is_exactly(class, &TYPE) {
            return if derived.is(class) {
                Ok(true)
            } else {
                real_is_subclass(self, derived, class)
            };
        }
        if let Some(classes) = alternatives(class) {
            self.check_native_stack(" in __subclasscheck__")?;
            for class in classes.iter() {
                if self.is_subclass(derived, class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let name = self.names().subclasscheck.clone();
        self.check_native_stack(" in __subclasscheck__")?;
        match self.call_special(class, &name, std::slice::from_ref(derived))? {
            Some(answer) => self.is_true(&answer),
            None => real_is_subclass(self, derived, class),
        }
    }

    /// `__bases__`, of whatever has a tuple there.
    fn bases_of(&mut self, class: &PyRef) -> PyResult<Option<Ref<PyTuple>>> {
        let name = self.names().bases.clone();
        Ok(self
            .lookup_attr(class, &name)?
            .and_then(|bases| bases.downcast::<PyTuple>().ok()))
    }

    /// Whether a class is reached by following `__bases__`.
    fn is_abstract_subclass(&mut self, derived: &PyRef, class: &PyRef) -> PyResult<bool> {
        let mut derived = derived.clone();
        loop {
            if derived.is(class) {
                return Ok(true);
            }
            let Some(bases) = self.bases_of(&derived)? else {
                return Ok(false);
            };
            match bases.as_slice() {
                [] => return Ok(false),
                // A chain of single bases needs no nesting, but could be endless: `__bases__` may be computed.
                [base] => derived = base.clone(),
                bases => {
                    for base in bases {
                        self.check_native_stack(" in __issubclass__")?;
                        if self.is_abstract_subclass(base, class)? {
                            return Ok(true);
                        }
                    }
                    return Ok(false);
                }
            }
        }
    }
}

/// `isinstance` by the object's type and its `__class__`, as `type.__instancecheck__` does it.
///
/// # Errors
/// `TypeError` if `class` is no class.
pub fn real_is_instance(vm: &mut Vm, object: &PyRef, class: &PyRef) -> PyResult<bool> {
    let name = vm.names().class.clone();
    if let Some(class) = class.downcast_ref::<PyType>() {
        if vm.type_of(object).is_subtype(class) {
            return Ok(true);
        }
        let claimed = vm.lookup_attr(object, &name)?;
        let claimed = claimed
            .as_ref()
            .and_then(|claimed| claimed.downcast_ref::<PyType>());
        return Ok(claimed
            .is_some_and(|claimed| !claimed.is(vm.type_of(object)) && claimed.is_subtype(class)));
    }
    if vm.bases_of(class)?.is_none() {
        return Err(vm.type_error(NOT_A_CLASS));
    }
    match vm.lookup_attr(object, &name)? {
        Some(claimed) => vm.is_abstract_subclass(&claimed, class),
        None => Ok(false),
    }
}

/// `issubclass` by order of resolution or `__bases__`, as `type.__subclasscheck__` does it.
///
/// # Errors
/// `TypeError` if one of them is no class.
pub fn real_is_subclass(vm: &mut Vm, derived: &PyRef, class: &PyRef) -> PyResult<bool> {
    if let (Some(derived), Some(class)) = (
        derived.downcast_ref::<PyType>(),
        class.downcast_ref::<PyType>(),
    ) {
        return Ok(derived.is_subtype(class));
    }
    if vm.bases_of(derived)?.is_none() {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    }
    if vm.bases_of(class)?.is_none() {
        return Err(vm.type_error(NOT_A_BASE_CLASS));
    }
    vm.is_abstract_subclass(derived, class)
}

/// The classes that a tuple or a union stands for.
fn alternatives(class: &PyRef) -> Option<Ref<PyTuple>> {
    match class.downcast_ref::<PyTuple>() {
        Some(classes) => Some(classes.clone()),
        None => class
            .downcast_ref::<PyUnion>()
            .map(|union| union.args().clone()),
    }
}
