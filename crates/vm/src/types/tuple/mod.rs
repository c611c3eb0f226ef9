//! `tuple`: its layout and making one. Start here; what Python sees is in `methods.rs`, iteration in `iter.rs`, what it shares with lists in `sequence.rs`.

mod iter;
mod methods;

pub use iter::{PyTupleIter, TUPLE_ITERATOR};
pub(crate) use methods::TupleHash;
pub use methods::getitem;

use crate::object::PyPayload;
use crate::table::{TypeDef, TypeFlags};
use crate::types::type_::PyType;
use crate::{HeapVec, Kind, PyRef, PyResult, Ref, Tail, Traverse, Vm};
use exuvia_object::{Class, Flags};

/// The fixed part of a tuple: nothing. A type of its own, so that a tuple is told from other tails.
#[derive(Clone, Copy, Debug, Traverse)]
pub struct TupleHead;

/// A tuple: its elements lie right behind it, `24 + 8 n` bytes in all.
pub type PyTuple = Tail<TupleHead, PyRef>;

impl PyPayload for PyTuple {
    const DEF: &'static TypeDef = &TUPLE;
}

/// `tuple`
pub static TUPLE: TypeDef = TypeDef {
    class: Some(|| {
        let class = Class::of::<PyTuple>();
        class.size.set(Some(PyTuple::size));
        class
    }),
    doc: "An unchangeable sequence of any objects.\n\nWithout an argument it is empty; else it has what the argument yields.",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::SEQUENCE)
        .or(TypeFlags::MATCH_SELF),
    slots: methods::SLOTS,
    methods: methods::METHODS,
    ..TypeDef::new("tuple")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&TUPLE, &TUPLE_ITERATOR];

/// The pools for a tuple of these elements: one whose elements can never be in a cycle cannot be in one either.
#[inline]
pub fn kind_for(items: &[PyRef]) -> Kind {
    if items.iter().any(|item| item.header().has(Flags::TRACKED)) {
        Kind::Tracked
    } else {
        Kind::Untracked
    }
}

impl Vm {
    /// A tuple of clones of these elements.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn new_tuple(&self, items: &[PyRef]) -> PyResult<Ref<PyTuple>> {
        self.new_tuple_of(kind_for(items), items.len(), items.iter().cloned())
    }

    /// A tuple of these elements, which move into it.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_tuple_from_vec(&self, items: Vec<PyRef>) -> PyResult<Ref<PyTuple>> {
        self.new_tuple_of(kind_for(&items), items.len(), items)
    }

    /// A tuple of these elements, which move into it.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_tuple_from_heap_vec(&self, items: HeapVec<PyRef>) -> PyResult<Ref<PyTuple>> {
        self.new_tuple_of(kind_for(&items), items.len(), items)
    }

    /// A tuple of the `len` elements that an iterator yields, in the pools that [`kind_for`] tells for them.
    ///
    /// The empty tuple exists once.
    ///
    /// # Errors
    /// `OutOfMemory`.
    ///
    /// # Panics
    /// If there are fewer elements.
    #[inline]
    pub fn new_tuple_of(
        &self,
        kind: Kind,
        len: usize,
        items: impl IntoIterator<Item = PyRef>,
    ) -> PyResult<Ref<PyTuple>> {
        match &self.constants {
            Some(constants) if len == 0 => Ok(constants.empty_tuple.clone()),
            _ => self.new_tail_instance(self.class(&TUPLE), kind, TupleHead, len, items),
        }
    }

    /// An instance of `tuple` or of a subclass with these elements.
    ///
    /// # Errors
    /// `OutOfMemory`; `TypeError` if the type is not a subclass of `tuple`.
    pub fn new_tuple_instance(&self, ty: &Ref<PyType>, items: &[PyRef]) -> PyResult<Ref<PyTuple>> {
        if ty.is(self.class(&TUPLE)) {
            return self.new_tuple(items);
        }
        self.new_tail_instance(
            ty,
            Kind::Tracked,
            TupleHead,
            items.len(),
            items.iter().cloned(),
        )
    }
}
