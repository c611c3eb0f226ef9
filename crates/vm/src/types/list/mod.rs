//! `list`: its layout, making one, and what native code does with it. Start here; what Python sees is in
//! `methods.rs` and `slots.rs`, sorting in `sort.rs`, iteration in `iter.rs`.

mod iter;
mod methods;
mod slots;
pub mod sort;
mod timsort;

pub use iter::{LIST_ITERATOR, LIST_REVERSE_ITERATOR, PyListIter, PyListReverseIter};
pub use slots::{getitem, setitem};

use crate::object::PyPayload;
use crate::table::{TypeDef, TypeFlags};
use crate::types::tuple::{PyTuple, TUPLE};
use crate::{HeapVec, PyRef, PyResult, Ref, Traverse, Vm, VmCell};
use exuvia_object::Class;

/// A list: 40 bytes and a buffer of eight per element, which grows as CPython's does.
#[derive(Debug, Default, Traverse)]
pub struct PyList {
    pub(crate) items: VmCell<HeapVec<PyRef>>,
}

impl PyPayload for PyList {
    const DEF: &'static TypeDef = &LIST;
}

/// `list`
pub static LIST: TypeDef = TypeDef {
    class: Some(Class::of::<PyList>),
    doc: "A changeable sequence of any objects.\n\nWithout an argument it is empty; else it has what the argument yields.",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::SEQUENCE)
        .or(TypeFlags::MATCH_SELF),
    slots: slots::SLOTS,
    methods: methods::METHODS,
    ..TypeDef::new("list")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&LIST, &LIST_ITERATOR, &LIST_REVERSE_ITERATOR];

impl PyList {
    /// A list payload of these elements.
    pub fn from_heap_vec(items: HeapVec<PyRef>) -> Self {
        Self {
            items: VmCell::new(items),
        }
    }

    /// The elements.
    #[inline]
    pub fn as_slice<'a>(&'a self, vm: &'a Vm) -> &'a [PyRef] {
        self.items.get(vm)
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self, vm: &Vm) -> usize {
        self.items.get(vm).len()
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self, vm: &Vm) -> bool {
        self.len(vm) == 0
    }

    /// The element at an index, counted from the front.
    #[inline]
    pub fn get(&self, vm: &Vm, index: usize) -> Option<PyRef> {
        self.items.get(vm).get(index).cloned()
    }

    /// Puts an element in the place of the one at an index; hands the element back if there is none there.
    #[inline]
    pub fn set(&self, vm: &mut Vm, index: usize, item: PyRef) -> Result<PyRef, PyRef> {
        match self.items.get_mut(vm).get_mut(index) {
            Some(place) => Ok(std::mem::replace(place, item)),
            None => Err(item),
        }
    }

    /// Adds an element at the end.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn push(&self, vm: &mut Vm, item: PyRef) -> PyResult<()> {
        match self.items.get_mut(vm).push_within_capacity(item) {
            Ok(()) => Ok(()),
            Err(item) => self.grow_and_push(vm, item),
        }
    }

    #[cold]
    fn grow_and_push(&self, vm: &mut Vm, item: PyRef) -> PyResult<()> {
        let space = vm.space_handle();
        Ok(self.items.get_mut(vm).push(space.heap(), item)?)
    }

    /// Takes the element at an index out; those behind move down. The buffer shrinks as CPython's does.
    ///
    /// # Panics
    /// If there is no such element.
    pub fn remove(&self, vm: &mut Vm, index: usize) -> PyRef {
        let items = self.items.get_mut(vm);
        let item = items.remove(index);
        items.shrink_if_sparse();
        item
    }

    /// Removes all elements and gives the buffer back.
    ///
    /// An empty list stays as it is, buffer included: `sort` sees by its buffer whether a list was touched.
    pub fn clear(&self, vm: &mut Vm) {
        if !self.is_empty(vm) {
            drop(self.items.get_mut(vm).take());
        }
    }

    /// The elements, cloned: for loops whose body may run Python and so change the list.
    pub fn to_vec(&self, vm: &Vm) -> Vec<PyRef> {
        self.items.get(vm).to_vec()
    }
}

/// Adds all that an iterable yields to the end of a list. May run Python.
///
/// # Errors
/// `TypeError` if it is no iterable, or what iterating raises; what came before stays in the list.
pub fn extend(vm: &mut Vm, list: &Ref<PyList>, iterable: &PyRef) -> PyResult<()> {
    if let Some(tuple) = iterable
        .downcast_ref::<PyTuple>()
        .filter(|_| vm.is_exactly(iterable, &TUPLE))
    {
        return append_slice(vm, list, tuple);
    }
    let Some(other) = iterable
        .downcast_ref::<PyList>()
        .filter(|_| vm.is_exactly(iterable, &LIST))
    else {
        return extend_from_iterator(vm, list, iterable);
    };
    if other.is(list) {
        let copy = HeapVec::from_slice(vm.heap(), list.as_slice(vm))?;
        return append_slice(vm, list, &copy);
    }
    // One cell at a time can be open for change: the other's elements are taken out meanwhile.
    let elements = other.items.get_mut(vm).take();
    let result = append_slice(vm, list, &elements);
    *other.items.get_mut(vm) = elements;
    result
}

fn append_slice(vm: &mut Vm, list: &Ref<PyList>, elements: &[PyRef]) -> PyResult<()> {
    let space = vm.space_handle();
    let items = list.items.get_mut(vm);
    if items.capacity() == 0 {
        items.reserve_exact(space.heap(), elements.len())?;
    }
    Ok(items.extend_from_slice(space.heap(), elements)?)
}

fn extend_from_iterator(vm: &mut Vm, list: &Ref<PyList>, iterable: &PyRef) -> PyResult<()> {
    let iterator = vm.iter(iterable)?;
    let hint = vm.length_hint(iterable, 8)?;
    let space = vm.space_handle();
    let items = list.items.get_mut(vm);
    // A hint that no list could follow is none.
    let is_possible = items
        .len()
        .checked_add(hint)
        .is_some_and(|sum| isize::try_from(sum).is_ok());
    let hint = if is_possible { hint } else { 0 };
    if items.capacity() == 0 {
        items.reserve_exact(space.heap(), hint)?;
    } else {
        items.reserve(space.heap(), hint)?;
    }
    drop(space);
    while let Some(item) = vm.next(&iterator)? {
        list.push(vm, item)?;
    }
    list.items.get_mut(vm).shrink_if_sparse();
    Ok(())
}

impl Vm {
    /// A list of these elements, without spare room.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_list(&self, items: Vec<PyRef>) -> PyResult<Ref<PyList>> {
        let items = HeapVec::from_elements(self.heap(), items)?;
        self.new_list_from_heap_vec(items)
    }

    /// A list of clones of these elements, without spare room.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_list_from_slice(&self, items: &[PyRef]) -> PyResult<Ref<PyList>> {
        let items = HeapVec::from_slice(self.heap(), items)?;
        self.new_list_from_heap_vec(items)
    }

    /// A list that takes over a buffer.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn new_list_from_heap_vec(&self, items: HeapVec<PyRef>) -> PyResult<Ref<PyList>> {
        self.new_object(PyList::from_heap_vec(items))
    }
}
