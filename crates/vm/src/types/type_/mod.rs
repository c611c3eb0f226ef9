//! `type`: type objects, looking up attributes in them, and making them.
//!
//! [`data`](self) is here; `build.rs` makes type objects from tables, `class.rs` from `class` statements, `bases.rs` replaces bases,
//! `mro.rs` linearizes bases, `cache.rs` remembers lookups, `methods.rs` is what Python sees.

#![allow(
    unsafe_code,
    reason = "L1: a type object's class is the first field of its payload"
)]

mod bases;
pub mod build;
pub mod cache;
pub mod class;
pub mod methods;
pub mod mro;
mod naming;

pub use methods::{DEFS, TYPE};
pub(crate) use methods::{is_made_plainly, make_plain};

use crate::object::PyPayload;
use crate::object::layout::Layout;
use crate::object::room::InlineRoom;
use crate::object::shape::Shape;
use crate::table::{Slots, TypeDef, TypeFlags};
use crate::types::dict::PyDict;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::weakref::PyWeakRef;
use crate::{HeapVec, PyRef, PyResult, Ref, Slot, Vm, VmCell};
use exuvia_object::{Class, Header, Payload, Traverse, Visitor};
use std::any::TypeId;
use std::cell::Cell;
use std::ptr::NonNull;

/// A type object.
///
/// L1: `class` is the first field, and every object that Python can see points to such a class.
#[repr(C)]
#[derive(Debug)]
pub struct PyType {
    class: Class,
    layout: Layout,
    itself: Cell<Option<NonNull<Header>>>,
    def: Option<&'static TypeDef>,
    name: Slot<PyStr>,
    qualname: Slot<PyStr>,
    base: Slot<PyType>,
    bases: Slot<PyTuple>,
    mro: Slot<PyTuple>,
    dict: Slot<PyDict>,
    /// The names of the member slots, inherited ones first.
    slot_names: HeapVec<Ref<PyStr>>,
    subclasses: VmCell<HeapVec<Ref<PyWeakRef>>>,
    root_shape: Slot<Shape>,
    slots: VmCell<Slots>,
    flags: Cell<TypeFlags>,
    /// Changes whenever an attribute of the type or of a base changes; 0: not assigned.
    version: Cell<u32>,
    room: InlineRoom,
}

impl PyPayload for PyType {
    const DEF: &'static TypeDef = &TYPE;
}

// SAFETY: every field that holds references is visited; `itself` is not counted.
unsafe impl Traverse for PyType {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.field("__name__", &self.name);
        visitor.field("__qualname__", &self.qualname);
        visitor.field("__base__", &self.base);
        visitor.field("__bases__", &self.bases);
        visitor.field("__mro__", &self.mro);
        visitor.field("__dict__", &self.dict);
        visitor.field("slot names", &self.slot_names);
        visitor.field("subclasses", &self.subclasses);
        visitor.field("shapes", &self.root_shape);
    }
}

impl PyType {
    /// The type's own handle, uncounted.
    #[inline]
    pub(crate) fn itself(&self) -> &Ref<PyType> {
        debug_assert!(self.itself.get().is_some());
        // SAFETY: set right after the type object is made; a handle is one non-null pointer, as this field is.
        unsafe { &*self.itself.as_ptr().cast::<Ref<PyType>>() }
    }

    /// The class that instances point to.
    #[inline]
    pub(crate) fn class_of_instances(&self) -> NonNull<Class> {
        NonNull::from(&self.class)
    }

    /// The class that instances point to.
    #[inline]
    pub(crate) fn class_of_instances_ref(&self) -> &Class {
        &self.class
    }

    /// How instances lie in memory.
    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether the payload of instances is a `T`.
    #[inline]
    pub fn holds<T: Payload>(&self) -> bool {
        self.class.payload == TypeId::of::<T>()
    }

    /// The declaration, for a built-in type.
    pub fn def(&self) -> Option<&'static TypeDef> {
        self.def
    }

    /// `__name__`.
    pub fn name(&self) -> Ref<PyStr> {
        self.name.get().expect("a type has a name")
    }

    /// `__name__` as text, without the module.
    pub fn name_text(&self) -> String {
        self.name().to_text().into_owned()
    }

    /// Changes `__name__`.
    pub fn set_name(&self, name: Ref<PyStr>) {
        self.name.set(Some(name));
    }

    /// `__qualname__`.
    pub fn qualname(&self) -> Ref<PyStr> {
        self.qualname.get().expect("a type has a qualified name")
    }

    /// Changes `__qualname__`.
    pub fn set_qualname(&self, name: Ref<PyStr>) {
        self.qualname.set(Some(name));
    }

    /// `__base__`; `None` for `object`.
    pub fn base(&self) -> Option<Ref<PyType>> {
        self.base.get()
    }

    /// `__bases__`.
    pub fn bases(&self) -> Ref<PyTuple> {
        self.bases.get().expect("a type has bases")
    }

    /// `__mro__`.
    pub fn mro(&self) -> Ref<PyTuple> {
        self.mro.get().expect("a type has an order of resolution")
    }

    /// `__mro__`; empty while it is being computed, which a metaclass may do in Python.
    pub fn order(&self, vm: &Vm) -> Ref<PyTuple> {
        let order = self.mro.get();
        order.unwrap_or_else(|| vm.constants().empty_tuple.clone())
    }

    /// Whether `__mro__` has been computed.
    pub fn is_complete(&self) -> bool {
        !self.mro.is_empty()
    }

    /// The namespace.
    pub fn dict(&self) -> Ref<PyDict> {
        self.dict.get().expect("a type has a namespace")
    }

    /// The type's flags.
    #[inline]
    pub fn flags(&self) -> TypeFlags {
        self.flags.get()
    }

    /// Changes the type's flags.
    pub fn set_flags(&self, flags: TypeFlags) {
        self.flags.set(flags);
    }

    /// What instances can do.
    #[inline]
    pub fn slots<'a>(&'a self, vm: &'a Vm) -> &'a Slots {
        self.slots.get(vm)
    }

    /// What instances can do, to be changed.
    pub fn slots_mut<'a>(&'a self, vm: &'a mut Vm) -> &'a mut Slots {
        self.slots.get_mut(vm)
    }

    /// The name of a member slot.
    pub fn slot_name(&self, index: usize) -> Option<&Ref<PyStr>> {
        self.slot_names.get(index)
    }

    /// Whether the type was made by a class statement or a call of `type`.
    pub fn is_heap_type(&self) -> bool {
        self.flags().has(TypeFlags::HEAP)
    }

    /// Whether `self` is `other` or derives from it (`__mro__` decides).
    #[inline]
    pub fn is_subtype(&self, other: &Ref<PyType>) -> bool {
        self.itself().is(other) || self.is_derived_from(other)
    }

    fn is_derived_from(&self, other: &Ref<PyType>) -> bool {
        match self.mro.get() {
            Some(mro) => mro.iter().any(|ty| ty.is(other)),
            // While the order is being computed: follow the chain of bases.
            None => std::iter::successors(self.base(), |ty| ty.base()).any(|ty| ty.is(other)),
        }
    }

    /// What is known of the room that instances need for inline values.
    #[inline]
    pub(crate) fn room(&self) -> &InlineRoom {
        &self.room
    }

    /// The shape of an instance without attributes.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub(crate) fn root_shape(&self, vm: &Vm) -> PyResult<Ref<Shape>> {
        if let Some(shape) = self.root_shape.get() {
            return Ok(shape);
        }
        let shape = Shape::root(vm)?;
        self.root_shape.set(Some(shape.clone()));
        Ok(shape)
    }

    /// The version, assigned now if need be; `None` when versions have run out.
    #[inline]
    pub fn version(&self, vm: &mut Vm) -> Option<u32> {
        match self.version.get() {
            0 => self.assign_version(vm),
            version => Some(version),
        }
    }

    /// The version if one is assigned, else 0.
    #[inline]
    pub fn current_version(&self) -> u32 {
        self.version.get()
    }

    #[cold]
    fn assign_version(&self, vm: &mut Vm) -> Option<u32> {
        vm.type_version = vm.type_version.checked_add(1)?;
        // A change of a base must reach this type: bases need versions for that walk to go on.
        for base in self.bases().iter() {
            if let Some(base) = base.downcast_ref::<PyType>() {
                base.version(vm)?;
            }
        }
        vm.type_version = vm.type_version.checked_add(1)?;
        self.version.set(vm.type_version);
        Some(vm.type_version)
    }

    /// The attribute of this name in the type or its bases, in order of resolution, unbound.
    #[inline]
    pub fn lookup(&self, vm: &mut Vm, name: &Ref<PyStr>) -> Option<PyRef> {
        cache::lookup(vm, self.itself(), name)
    }

    /// As [`lookup`](Self::lookup), without the cache; also tells where it was found.
    pub fn lookup_with_owner(&self, vm: &Vm, name: &Ref<PyStr>) -> Option<(PyRef, Ref<PyType>)> {
        self.order(vm).iter().find_map(|ty| {
            let ty = ty.downcast_ref::<PyType>()?;
            ty.dict().get_str(vm, name).map(|value| (value, ty.clone()))
        })
    }

    /// Says that attributes of the type have changed: it and what derives from it lose their versions.
    pub fn modified(&self, vm: &mut Vm) {
        if self.version.get() == 0 {
            return;
        }
        self.version.set(0);
        for subclass in self.live_subclasses(vm) {
            subclass.modified(vm);
        }
    }

    /// The direct subclasses that live.
    pub fn live_subclasses(&self, vm: &Vm) -> Vec<Ref<PyType>> {
        let links = self.subclasses.get(vm).iter();
        links
            .filter_map(|link| link.referent()?.downcast::<PyType>().ok())
            .collect()
    }

    pub(crate) fn add_subclass(&self, vm: &mut Vm, link: Ref<PyWeakRef>) -> PyResult<()> {
        let space = vm.space_handle();
        let subclasses = self.subclasses.get_mut(vm);
        // Links to subclasses that died make room for new ones, before more room is taken.
        if subclasses.len() == subclasses.capacity() {
            subclasses.retain(|link| link.is_alive());
        }
        Ok(subclasses.push(space.heap(), link)?)
    }

    pub(crate) fn remove_subclass(&self, vm: &mut Vm, subclass: &Ref<PyType>) {
        self.subclasses
            .get_mut(vm)
            .retain(|link| link.referent().is_some_and(|ty| !ty.is(subclass)));
    }

    pub(crate) fn set_bases(&self, base: Ref<PyType>, bases: Ref<PyTuple>) {
        self.base.set(Some(base));
        self.bases.set(Some(bases));
    }

    pub(crate) fn set_mro(&self, mro: Ref<PyTuple>) {
        self.mro.set(Some(mro));
    }

    /// Bytes of the buffers that only the type owns.
    pub fn buffer_bytes(&self, vm: &Vm) -> usize {
        let shapes = self
            .root_shape
            .get()
            .map_or(0, |shape| shape.as_any().size() + shape.buffer_bytes(vm));
        self.slot_names.buffer_bytes() + self.subclasses.get(vm).buffer_bytes() + shapes
    }
}
