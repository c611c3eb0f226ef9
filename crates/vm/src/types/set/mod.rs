//! `set` and `frozenset`.
//!
//! `data.rs` has the payloads and what is done with one element, `ops.rs` the set algebra, `methods.rs` and
//! `iter.rs` what Python sees. The hash table is that of dicts, [`crate::types::dict::table`].

mod data;
mod iter;
mod methods;
mod ops;
mod order;

pub use data::{PyFrozenSet, PySet, SetTable};
pub use iter::{PySetIter, SET_ITERATOR};
pub use order::Scattered;

use crate::table::{TypeDef, TypeFlags};
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_object::Class;

/// `set`
pub static SET: TypeDef = TypeDef {
    class: Some(Class::of::<PySet>),
    doc: "set(iterable=()) -> a set of what an iterable yields, each element once",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::MATCH_SELF)
        .or(TypeFlags::WEAKREF),
    slots: methods::SET_SLOTS,
    methods: methods::SET_METHODS,
    ..TypeDef::new("set")
};

/// `frozenset`
pub static FROZENSET: TypeDef = TypeDef {
    class: Some(Class::of::<PyFrozenSet>),
    doc: "frozenset(iterable=()) -> a set of what an iterable yields that does not change and has a hash",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::MATCH_SELF)
        .or(TypeFlags::WEAKREF),
    slots: methods::FROZENSET_SLOTS,
    methods: methods::FROZENSET_METHODS,
    ..TypeDef::new("frozenset")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&SET, &FROZENSET, &SET_ITERATOR];

impl Vm {
    /// An empty set.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_set(&self) -> PyResult<Ref<PySet>> {
        self.new_object(PySet::default())
    }

    /// A frozenset of these elements.
    ///
    /// # Errors
    /// What `__hash__` and `__eq__` of the elements raise; `OutOfMemory`.
    pub fn new_frozenset(&mut self, elements: &[PyRef]) -> PyResult<Ref<PyFrozenSet>> {
        let set = PySet::default();
        for element in elements {
            set.add(self, element)?;
        }
        self.new_object(PyFrozenSet::with_table(ops::into_table(set.elements)))
    }
}

impl PySet {
    /// Adds all that an iterable yields.
    ///
    /// # Errors
    /// What the iterable raises, and what `__hash__` and `__eq__` of the elements do; what came before stays.
    pub fn update(&self, vm: &mut Vm, iterable: &PyRef) -> PyResult<()> {
        ops::update(vm, &self.elements, iterable)
    }

    /// Removes all that an iterable yields.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn difference_update(&self, vm: &mut Vm, iterable: &PyRef) -> PyResult<()> {
        ops::difference_update(vm, &self.elements, iterable)
    }

    /// Removes what an iterable yields and is here, and adds what is not.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn symmetric_difference_update(&self, vm: &mut Vm, iterable: &PyRef) -> PyResult<()> {
        ops::symmetric_difference_update(vm, &self.elements, iterable)
    }
}

impl PyFrozenSet {
    /// The number of elements.
    pub fn len(&self, vm: &Vm) -> usize {
        self.elements.get(vm).len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self, vm: &Vm) -> bool {
        self.len(vm) == 0
    }

    /// All elements, in the order that iteration shows.
    pub fn to_vec(&self, vm: &Vm) -> Vec<PyRef> {
        data::to_vec(self.elements.get(vm))
    }

    fn known_hash(&self) -> Option<i64> {
        Some(self.hash.get()).filter(|&hash| hash != data::NO_HASH)
    }
}

/// Whether an object is a set or a frozenset, subclasses included.
pub fn is_any(object: &PyRef) -> bool {
    data::elements_of(object).is_some()
}

/// Whether an object is exactly a set.
pub fn is_exact(vm: &Vm, object: &PyRef) -> bool {
    vm.is_exactly(object, &SET)
}

/// The element of a set or frozenset at or after a position in its index, with its hash; `position`, at first
/// 0, moves behind it.
pub(crate) fn next_element(vm: &Vm, object: &PyRef, position: &mut usize) -> Option<(PyRef, i64)> {
    data::next(vm, data::elements_of(object)?, position)
}
