//! `list`: its layout, making one, and what native code does with it. Start here; what Python sees is in
//! `methods.rs` and `slots.rs`, sorting in `sort.rs`, iteration in `iter.rs`.

use crate::object::PyPayload;
use crate::table::{TypeDef, TypeFlags};
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
    flags: TypeFlags::BASETYPE.or(TypeFlags::SEQUENCE).or(TypeFlags::MATCH_SELF),
    ..TypeDef::new("list")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&LIST];

impl PyList {
    /// A list payload of these elements.
    pub fn from_heap_vec(items: HeapVec<PyRef>) -> Self {
        Self { items: VmCell::new(items) }
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
        let space = vm.space_handle();
        Ok(self.items.get_mut(vm).push(space.heap(), item)?)
    }

    /// The elements, cloned: for loops whose body may run Python and so change the list.
    pub fn to_vec(&self, vm: &Vm) -> Vec<PyRef> {
        self.items.get(vm).to_vec()
    }
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
