//! How Python objects lie in memory: payload, slots, shared shapes and inline attribute values (D10, D14).

pub mod attribute;
pub mod layout;
pub(crate) mod room;
pub mod shape;

use crate::table::{TypeDef, TypeFlags};
use crate::types::type_::PyType;
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_object::{Kind, Payload, Tail};

/// A payload that belongs to a built-in type.
pub trait PyPayload: Payload {
    /// The type's declaration.
    const DEF: &'static TypeDef;
}

impl Vm {
    /// The type of an object.
    #[inline]
    pub fn type_of<'a, T>(&self, object: &'a Ref<T>) -> &'a Ref<PyType> {
        layout::type_of(object.as_any())
    }

    /// Whether an object is one that Python never sees: then its class is not part of a type object.
    pub fn is_internal(&self, object: &PyRef) -> bool {
        object.header().class_ptr() == self.shape_class()
    }

    /// The name of an object's type, as error messages give it.
    pub fn type_name(&self, object: &PyRef) -> String {
        self.type_of(object).full_name()
    }

    /// The type object of a built-in type.
    ///
    /// # Panics
    /// If the type was never made: types outside of the core are made by the module they belong to.
    #[inline]
    pub fn class(&self, def: &'static TypeDef) -> &Ref<PyType> {
        match self.types.get(def.index()) {
            Some(Some(ty)) => ty,
            _ => panic!("the type {} is used before its module is made", def.name),
        }
    }

    /// Whether the type object of a built-in type is made.
    pub(crate) fn has_class(&self, def: &'static TypeDef) -> bool {
        self.types.get(def.index()).is_some_and(Option::is_some)
    }

    /// A new object of a built-in type.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn new_object<T: PyPayload>(&self, payload: T) -> PyResult<Ref<T>> {
        self.new_instance(self.class(T::DEF), payload)
    }

    /// A new object of a type whose payload is `T`: the built-in type itself or a subclass.
    ///
    /// # Errors
    /// `OutOfMemory`; `TypeError` if the type has another payload.
    #[inline]
    pub fn new_instance<T: PyPayload>(&self, ty: &Ref<PyType>, payload: T) -> PyResult<Ref<T>> {
        if !ty.holds::<T>() {
            return Err(self.type_error(format!(
                "{}.__new__({}): {} is not a subtype of {}",
                T::DEF.name,
                ty.name_text(),
                ty.name_text(),
                T::DEF.name
            )));
        }
        layout::allocate(self, ty, payload)
    }

    /// A new object of a built-in type in pools of a kind: [`Kind::Untracked`] for one that the caller knows to be in no
    /// cycle, though others of its type could be.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_object_in<T: PyPayload>(&self, kind: Kind, payload: T) -> PyResult<Ref<T>> {
        layout::allocate_in(self, self.class(T::DEF), kind, payload)
    }

    /// A new object whose elements follow its payload, of a type with that payload.
    ///
    /// # Errors
    /// `OutOfMemory`; `TypeError` if the type has another payload.
    pub fn new_tail_instance<H: 'static, E: 'static>(
        &self,
        ty: &Ref<PyType>,
        kind: Kind,
        head: H,
        len: usize,
        elements: impl IntoIterator<Item = E>,
    ) -> PyResult<Ref<Tail<H, E>>>
    where
        Tail<H, E>: PyPayload,
    {
        if !ty.holds::<Tail<H, E>>() {
            return Err(self.type_error(format!(
                "{} is not a subtype of {}",
                ty.name_text(),
                Tail::<H, E>::DEF.name
            )));
        }
        layout::allocate_tail(self, ty, kind, head, len, elements)
    }

    /// Whether an object is an instance of a built-in type or of a subclass, by its real type.
    pub fn is_instance_of_def(&self, object: &PyRef, def: &'static TypeDef) -> bool {
        self.type_of(object).is_subtype(self.class(def))
    }

    /// Whether an object's type is exactly this built-in type.
    #[inline]
    pub fn is_exactly(&self, object: &PyRef, def: &'static TypeDef) -> bool {
        self.type_of(object).is(self.class(def))
    }

    /// Whether the type has a flag.
    pub fn has_flag(&self, object: &PyRef, flag: TypeFlags) -> bool {
        self.type_of(object).flags().has(flag)
    }
}
