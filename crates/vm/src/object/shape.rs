//! Shapes: which attributes instances have, in which order, shared by all instances that got them that way.
//!
//! A shape is an immutable list of names; adding a name leads to another shape (hidden classes: Chambers,
//! Ungar, Lee 1989, "maps" in SELF; V8). Each class has its own tree of them, so that comparing an
//! instance's shape also tells its class.

use crate::types::str::PyStr;
use crate::{HeapVec, PyResult, Ref, Vm, VmCell};
use exuvia_object::Traverse;

/// The most attributes that an instance keeps inline; more go to a dict.
pub const INLINE_MAX: usize = 30;

/// An immutable list of attribute names, and what adding one more leads to.
#[derive(Debug, Traverse)]
pub struct Shape {
    names: HeapVec<Ref<PyStr>>,
    children: VmCell<HeapVec<(Ref<PyStr>, Ref<Shape>)>>,
}

impl Shape {
    /// A shape without names.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn root(vm: &Vm) -> PyResult<Ref<Shape>> {
        Self::with_names(vm, HeapVec::new())
    }

    fn with_names(vm: &Vm, names: HeapVec<Ref<PyStr>>) -> PyResult<Ref<Shape>> {
        super::layout::allocate_internal(
            vm,
            Shape {
                names,
                children: VmCell::new(HeapVec::new()),
            },
        )
    }

    /// The names, in the order in which they were given.
    pub fn names(&self) -> &[Ref<PyStr>] {
        &self.names
    }

    /// Where a name's value lies; the name must be interned.
    #[inline]
    pub fn find(&self, name: &Ref<PyStr>) -> Option<usize> {
        self.names.iter().position(|known| known.is(name))
    }

    /// The shape with one more name, if an instance had it before; the name must be interned.
    pub fn child(&self, vm: &Vm, name: &Ref<PyStr>) -> Option<Ref<Shape>> {
        let mut children = self.children.get(vm).iter();
        let (_, child) = children.find(|(known, _)| known.is(name))?;
        Some(child.clone())
    }

    /// Makes the shape with one more name, which must be interned and have no [child](Self::child) yet.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn add_child(&self, vm: &mut Vm, name: &Ref<PyStr>) -> PyResult<Ref<Shape>> {
        let mut names = HeapVec::with_capacity(vm.heap(), self.names.len() + 1)?;
        for known in self.names.iter().chain([name]) {
            names.push(vm.heap(), known.clone())?;
        }
        let child = Self::with_names(vm, names)?;
        let space = vm.space_handle();
        self.children
            .get_mut(vm)
            .push(space.heap(), (name.clone(), child.clone()))?;
        Ok(child)
    }

    /// Bytes of the buffers that the shape and those below it own.
    pub fn buffer_bytes(&self, vm: &Vm) -> usize {
        let children = self.children.get(vm);
        self.names.buffer_bytes()
            + children.buffer_bytes()
            + children
                .iter()
                .map(|(_, child)| child.as_any().size() + child.buffer_bytes(vm))
                .sum::<usize>()
    }
}
