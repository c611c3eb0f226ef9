//! Where the parts of an instance lie, and the only code that touches them by address.
//!
//! ```text
//! header 16 | payload of the built-in base | tail, if any | member slots 8 each | word 8 | inline values 8 each
//! ```
//!
//! Member slots (`__slots__`) hold a reference or null. The word exists if instances have a `__dict__`: null
//! (no attributes yet), a [`Shape`] (values lie inline, in its order) or, with the lowest bit set, a counted
//! reference to the dict that now holds them. How many inline values an instance has room for stands in its
//! header's host byte; unused ones are null, so that taking an instance apart needs nothing but itself.

#![allow(unsafe_code, reason = "the parts of an instance are found by address")]

use crate::object::shape::Shape;
use crate::table::TypeFlags;
use crate::types::dict::PyDict;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_object::{Class, Header, Heap, Kind, Label, Payload, Tail, Visitor};
use std::ptr::NonNull;

/// The type of an object: the class is the first field of the type object's payload.
#[inline]
pub fn type_of(object: &PyRef) -> &Ref<PyType> {
    let ty = NonNull::from(object.class()).cast::<PyType>();
    // SAFETY: every class in this space is the first field of a `PyType` (L1), except those of internal
    // objects, which no Python-level code gets hold of. The handle is rebuilt at a place that holds its
    // address: the type's own field, which refers to itself.
    unsafe { ty.as_ref() }.itself()
}

/// What to add to a type's payload description so that instances can carry slots, a dict and inline values.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Size of the payload, or how to find it.
    pub payload_size: Option<unsafe fn(NonNull<Header>) -> usize>,
    /// Header and payload, if its size is fixed.
    pub payload_basic: u32,
    /// Drops the payload.
    pub payload_drop: Option<unsafe fn(NonNull<Header>)>,
    /// Visits the payload.
    pub payload_traverse: Option<unsafe fn(NonNull<Header>, &mut Visitor<'_>)>,
    /// The number of member slots, inherited ones included.
    pub slot_count: u32,
    /// Whether there is a word for shape or dict.
    pub has_dict: bool,
    /// Whether instances may keep values inline.
    pub has_inline: bool,
    /// In how many bytes behind an instance's address its word lies; 0: it has none, or that differs from one to another.
    word_at: u32,
}

impl Layout {
    /// The layout of a payload alone.
    pub fn of_payload(class: &Class, has_inline: bool) -> Self {
        Self {
            payload_size: class.size.get(),
            payload_basic: class.basic_size,
            payload_drop: class.drop.get(),
            payload_traverse: class.traverse.get(),
            slot_count: 0,
            has_dict: false,
            has_inline,
            word_at: 0,
        }
    }

    /// The same with other parts behind the payload.
    #[must_use]
    pub fn with_parts(self, slot_count: u32, has_dict: bool, has_inline: bool) -> Self {
        let is_fixed = has_dict && self.payload_size.is_none();
        let slots_at = self.payload_basic.next_multiple_of(8);
        let slots_end = slot_count
            .checked_mul(8)
            .and_then(|bytes| slots_at.checked_add(bytes));
        Self {
            slot_count,
            has_dict,
            has_inline,
            word_at: slots_end.filter(|_| is_fixed).unwrap_or(0),
            ..self
        }
    }

    /// Whether an instance is its payload and nothing else.
    pub fn is_payload_alone(&self) -> bool {
        self.slot_count == 0 && !self.has_dict
    }

    /// Makes a class's functions fit the layout.
    pub fn install(&self, class: &Class) {
        if !self.is_payload_alone() {
            class.size.set(Some(instance_size));
            class.drop.set(Some(drop_instance));
            class.traverse.set(Some(traverse_instance));
        }
    }

    unsafe fn payload_end(&self, object: NonNull<Header>) -> usize {
        let end = match self.payload_size {
            // SAFETY: the object has this layout (caller).
            Some(size) => unsafe { size(object) },
            None => self.payload_basic as usize,
        };
        end.next_multiple_of(8)
    }
}

unsafe fn layout_of(object: NonNull<Header>) -> &'static Layout {
    // SAFETY: L1; the type outlives its instances, and the borrow is short.
    unsafe { object.as_ref().class_ptr().cast::<PyType>().as_ref() }.layout()
}

/// The address of the first member slot.
unsafe fn part(object: NonNull<Header>) -> *mut Option<PyRef> {
    // SAFETY: the object is alive and laid out as its type says.
    unsafe {
        object
            .cast::<u8>()
            .add(layout_of(object).payload_end(object))
            .cast()
            .as_ptr()
    }
}

#[inline]
unsafe fn word(object: NonNull<Header>) -> *mut usize {
    // SAFETY: as above; the word follows the slots.
    unsafe {
        let layout = layout_of(object);
        match layout.word_at {
            0 => part(object).add(layout.slot_count as usize).cast(),
            word_at => object.cast::<u8>().add(word_at as usize).cast().as_ptr(),
        }
    }
}

#[inline]
unsafe fn inline_values(object: NonNull<Header>) -> *mut Option<PyRef> {
    // SAFETY: as above; the values follow the word.
    unsafe { word(object).add(1).cast() }
}

fn inline_capacity(layout: &Layout, object: NonNull<Header>) -> usize {
    if !(layout.has_dict && layout.has_inline) {
        return 0;
    }
    // SAFETY: the object is alive.
    unsafe { object.as_ref() }.host_byte() as usize
}

unsafe fn instance_size(object: NonNull<Header>) -> usize {
    // SAFETY: only classes with an instance part name this function.
    unsafe {
        let layout = layout_of(object);
        let words = layout.slot_count as usize
            + usize::from(layout.has_dict)
            + inline_capacity(layout, object);
        layout.payload_end(object) + 8 * words
    }
}

unsafe fn drop_instance(object: NonNull<Header>) {
    // SAFETY: only classes with an instance part name this function; everything in it is initialized.
    unsafe {
        let layout = layout_of(object);
        let slots = part(object);
        let (slot_count, capacity) = (layout.slot_count as usize, inline_capacity(layout, object));
        if layout.has_dict {
            let word = word(object);
            if *word & 1 == 1 {
                drop(PyRef::from_owned(dict_address(*word)));
            }
            std::ptr::slice_from_raw_parts_mut(inline_values(object), capacity).drop_in_place();
        }
        std::ptr::slice_from_raw_parts_mut(slots, slot_count).drop_in_place();
        if let Some(drop_payload) = layout.payload_drop {
            drop_payload(object);
        }
    }
}

unsafe fn traverse_instance(object: NonNull<Header>, visitor: &mut Visitor<'_>) {
    // SAFETY: the object is alive; nothing changes it during a traversal.
    unsafe {
        let layout = layout_of(object);
        if let Some(traverse) = layout.payload_traverse {
            traverse(object, visitor);
        }
        for (index, slot) in std::slice::from_raw_parts(part(object), layout.slot_count as usize)
            .iter()
            .enumerate()
        {
            if let Some(value) = slot {
                visitor.visit(value, || slot_label(object, index));
            }
        }
        if !layout.has_dict {
            return;
        }
        let word = *word(object);
        if word & 1 == 1 {
            visitor.visit_raw(dict_address(word), || Label::Field("__dict__"));
        } else {
            let shape = NonNull::new(word as *mut Header).map(|shape| shape.add(1).cast::<Shape>());
            let values =
                std::slice::from_raw_parts(inline_values(object), inline_capacity(layout, object));
            for (index, value) in values.iter().enumerate() {
                if let Some(value) = value {
                    visitor.visit(value, || match shape {
                        Some(shape) => Label::Attribute(shape.as_ref().names()[index].as_raw()),
                        None => Label::Index(index),
                    });
                }
            }
        }
    }
}

/// The label of a member slot: its name, if the type tells.
unsafe fn slot_label(object: NonNull<Header>, index: usize) -> Label {
    // SAFETY: L1.
    let ty = unsafe { object.as_ref().class_ptr().cast::<PyType>().as_ref() };
    ty.slot_name(index)
        .map_or(Label::Index(index), |name| Label::Attribute(name.as_raw()))
}

fn dict_address(word: usize) -> NonNull<Header> {
    NonNull::new((word & !1) as *mut Header).expect("a tagged word holds an address")
}

/// A new object of a type whose payload is `T`, with an empty instance part.
#[inline]
pub(crate) fn allocate<T: Payload>(vm: &Vm, ty: &Ref<PyType>, payload: T) -> PyResult<Ref<T>> {
    let class = ty.class_of_instances();
    let layout = ty.layout();
    if layout.is_payload_alone() {
        // SAFETY: the caller checked that the type's payload is `T`; the type outlives its instances.
        return Ok(unsafe { vm.space().allocate(class, payload) }?);
    }
    let end = (size_of::<Header>() + size_of::<T>()).next_multiple_of(8);
    // SAFETY: the block has room for header, payload and instance part; all are written before anyone looks.
    unsafe {
        let object = allocate_with_part(vm, ty, Kind::Tracked, end)?;
        object.add(1).cast::<T>().write(payload);
        Ok(Ref::from_owned(object))
    }
}

/// A new object of a built-in type whose payload is `T`, in pools of a kind; with an instance part, always a tracked one.
pub(crate) fn allocate_in<T: Payload>(
    vm: &Vm,
    ty: &Ref<PyType>,
    kind: Kind,
    payload: T,
) -> PyResult<Ref<T>> {
    let class = ty.class_of_instances();
    if !ty.layout().is_payload_alone() || kind == Kind::Tracked {
        return allocate(vm, ty, payload);
    }
    let size = size_of::<Header>() + size_of::<T>();
    // SAFETY: the type's payload is `T` (caller) and nothing else; it is written before anyone looks.
    unsafe {
        let object = vm.space().allocate_raw(class, kind, size)?;
        object.add(1).cast::<T>().write(payload);
        Ok(Ref::from_owned(object))
    }
}

/// A new object with elements behind its payload, and an empty instance part behind those.
pub(crate) fn allocate_tail<H, E>(
    vm: &Vm,
    ty: &Ref<PyType>,
    kind: Kind,
    head: H,
    len: usize,
    elements: impl IntoIterator<Item = E>,
) -> PyResult<Ref<Tail<H, E>>> {
    let layout = ty.layout();
    if layout.is_payload_alone() {
        // SAFETY: the caller checked that the type's payload is this tail.
        return Ok(unsafe {
            vm.space()
                .allocate_tail(ty.class_of_instances(), kind, head, len, elements)
        }?);
    }
    let end = Tail::<H, E>::object_size(len)
        .ok_or(crate::PyErr::OutOfMemory)?
        .next_multiple_of(8);
    // SAFETY: the block has room for everything; all parts are written before anyone looks.
    unsafe {
        let object = allocate_with_part(vm, ty, Kind::Tracked, end)?;
        Tail::write(object.add(1).cast(), head, len, elements);
        Ok(Ref::from_owned(object))
    }
}

/// A new object whose payload has a size that only the caller knows, with an empty instance part behind it.
///
/// Returns one reference. Without an instance part the object lies in the pools that its class names.
///
/// # Safety
/// 1. `size` is that of header and payload, as the class's size function tells it after `write`.
/// 2. `write` makes the payload valid, as far as dropping needs it.
#[inline]
pub(crate) unsafe fn allocate_sized(
    vm: &Vm,
    ty: &Ref<PyType>,
    size: usize,
    write: impl FnOnce(NonNull<Header>),
) -> PyResult<NonNull<Header>> {
    // SAFETY: the block has room for payload and instance part; all are written before anyone looks.
    unsafe {
        let object = if ty.layout().is_payload_alone() {
            vm.space().allocate_raw(
                ty.class_of_instances(),
                ty.class_of_instances_ref().kind,
                size,
            )?
        } else {
            allocate_with_part(vm, ty, Kind::Tracked, size.next_multiple_of(8))?
        };
        write(object);
        Ok(object)
    }
}

/// A block for an object of `ty` whose payload ends at `end`, with the header and the instance part written.
///
/// # Safety
/// The caller writes the payload before anything else happens.
unsafe fn allocate_with_part(
    vm: &Vm,
    ty: &Ref<PyType>,
    kind: Kind,
    end: usize,
) -> PyResult<NonNull<Header>> {
    let layout = ty.layout();
    let capacity = if layout.has_dict && layout.has_inline {
        ty.room().for_next_instance()
    } else {
        0
    };
    let words = layout.slot_count as usize + usize::from(layout.has_dict) + capacity;
    // SAFETY: the class fits what is written here and by the caller; the block has room for all of it.
    unsafe {
        let object = vm
            .space()
            .allocate_raw(ty.class_of_instances(), kind, end + 8 * words)?;
        object
            .cast::<u8>()
            .add(end)
            .cast::<usize>()
            .write_bytes(0, words);
        if capacity > 0 {
            object
                .as_ref()
                .set_host_byte(u8::try_from(capacity).expect("capacity is at most INLINE_MAX"));
        }
        Ok(object)
    }
}

/// A new object that Python never sees, of a class that is made once per process.
pub(crate) fn allocate_internal(vm: &Vm, shape: Shape) -> PyResult<Ref<Shape>> {
    // SAFETY: the class describes a `Shape`; it belongs to the vm and outlives every object of its space.
    Ok(unsafe { vm.space().allocate(vm.shape_class(), shape) }?)
}

/// What a member slot holds.
///
/// # Panics
/// If the object's type has no such slot.
pub fn member(object: &PyRef, index: usize) -> Option<PyRef> {
    // SAFETY: the index is checked; the slot is initialized; the borrow ends with the clone.
    unsafe { (*member_address(object, index)).clone() }
}

/// Stores into a member slot and returns what it held.
///
/// # Panics
/// If the object's type has no such slot.
pub fn set_member(object: &PyRef, index: usize, value: Option<PyRef>) -> Option<PyRef> {
    // SAFETY: the index is checked; the slot is initialized; no borrow of it is alive.
    unsafe { std::mem::replace(&mut *member_address(object, index), value) }
}

fn member_address(object: &PyRef, index: usize) -> *mut Option<PyRef> {
    let slot_count = type_of(object).layout().slot_count as usize;
    assert!(index < slot_count, "an object has the slots of its type");
    // SAFETY: the index is in range.
    unsafe { part(object.as_raw()).add(index) }
}

/// How an instance holds its attributes.
#[derive(Debug)]
pub enum Attributes<'a> {
    /// Its type gives it no `__dict__`.
    Unsupported,
    /// None yet.
    Empty,
    /// Inline, in the order of a shape.
    Inline(&'a Shape),
    /// In a dict.
    Dict(Ref<PyDict>),
}

/// How an instance holds its attributes.
#[inline]
pub fn attributes(object: &PyRef) -> Attributes<'_> {
    if !type_of(object).layout().has_dict {
        return Attributes::Unsupported;
    }
    // SAFETY: the type says that the word exists.
    let word = unsafe { *word(object.as_raw()) };
    if word == 0 {
        Attributes::Empty
    } else if word & 1 == 1 {
        // SAFETY: a tagged word holds a counted reference to a dict.
        Attributes::Dict(unsafe { Ref::from_borrowed(dict_address(word)) })
    } else {
        // SAFETY: an untagged word is a shape of the object's type, which keeps it alive.
        Attributes::Inline(unsafe { &*((word + size_of::<Header>()) as *const Shape) })
    }
}

/// The address of an instance's shape, or 0: what an inline cache compares.
///
/// # Safety
/// The object's type must give it a `__dict__`.
#[inline]
pub unsafe fn shape_word(object: &PyRef) -> usize {
    // SAFETY: the caller's duty.
    unsafe { *word(object.as_raw()) }
}

/// The address of a shape as [`shape_word`] gives it.
pub fn address_of_shape(shape: &Shape) -> usize {
    std::ptr::from_ref(shape).addr() - size_of::<Header>()
}

/// A value at an index of the shape.
///
/// # Safety
/// The object's shape must have more than `index` names.
#[inline]
pub unsafe fn inline_value(object: &PyRef, index: usize) -> Option<PyRef> {
    // SAFETY: the caller says that the value exists.
    unsafe { (*inline_values(object.as_raw()).add(index)).clone() }
}

/// Stores a value at an index of the shape and returns the old one.
///
/// # Safety
/// The object's shape must have more than `index` names.
#[inline]
pub unsafe fn set_inline_value(object: &PyRef, index: usize, value: PyRef) -> Option<PyRef> {
    // SAFETY: the caller says that the value exists; no borrow of it is alive.
    unsafe { (*inline_values(object.as_raw()).add(index)).replace(value) }
}

/// Gives an instance another shape of its type and the value for the name that came with it.
///
/// Returns whether there was room; if not, the type learns to give its next instances more.
pub fn grow_inline(object: &PyRef, shape: &Ref<Shape>, value: &PyRef) -> bool {
    let ty = type_of(object);
    let capacity = inline_capacity(ty.layout(), object.as_raw());
    let needed = shape.names().len();
    if needed > capacity {
        ty.room().learn(needed);
        return false;
    }
    // SAFETY: there is room for the value, and the type keeps the shape alive.
    unsafe {
        *inline_values(object.as_raw()).add(needed - 1) = Some(value.clone());
        *word(object.as_raw()) = shape.address();
    }
    true
}

/// Gives an instance the value at the index that a shape of its type adds to the instance's own, and that shape.
///
/// Returns whether there was room.
///
/// # Safety
/// The instance's shape must have just `index` names, and `next` be the [word](shape_word) of a child of it that its type
/// keeps alive.
#[inline]
pub unsafe fn add_inline_value(object: &PyRef, index: usize, value: &PyRef, next: usize) -> bool {
    let object = object.as_raw();
    // SAFETY: the object is alive; there is room for the value where the capacity says so.
    unsafe {
        if index >= inline_capacity(layout_of(object), object) {
            return false;
        }
        *inline_values(object).add(index) = Some(value.clone());
        *word(object) = next;
    }
    true
}

/// Takes the inline values out of an instance: the names and values in order. The instance has none then.
pub fn take_inline(object: &PyRef) -> Vec<(Ref<PyStr>, PyRef)> {
    let Attributes::Inline(shape) = attributes(object) else {
        return Vec::new();
    };
    let names = shape.names().to_vec();
    // SAFETY: the object has as many inline values as its shape has names.
    unsafe {
        let values = inline_values(object.as_raw());
        let taken = names
            .into_iter()
            .enumerate()
            .filter_map(|(index, name)| (*values.add(index)).take().map(|value| (name, value)))
            .collect();
        *word(object.as_raw()) = 0;
        taken
    }
}

/// Gives an instance a dict for its attributes and drops the one it had. Inline values must be taken out before.
///
/// # Panics
/// If the type gives its instances no `__dict__`.
pub fn set_dict(object: &PyRef, dict: Option<Ref<PyDict>>) {
    assert!(
        type_of(object).layout().has_dict,
        "the type has a word for the dict"
    );
    // SAFETY: the word exists; the old reference is dropped after the new one is in place.
    unsafe {
        let word = word(object.as_raw());
        let old = std::mem::replace(
            &mut *word,
            dict.map_or(0, |dict| dict.into_raw().addr().get() | 1),
        );
        if old & 1 == 1 {
            drop(PyRef::from_owned(dict_address(old)));
        }
    }
}

/// Makes an object an instance of another type with the same layout.
///
/// # Panics
/// If the layouts differ.
pub fn set_type(object: &PyRef, ty: &Ref<PyType>) {
    let old = type_of(object).clone();
    let same = old.layout().slot_count == ty.layout().slot_count
        && old.layout().has_dict == ty.layout().has_dict
        && old.class_of_instances_ref().payload == ty.class_of_instances_ref().payload;
    assert!(same, "the caller compared the layouts");
    let was_counted = old.class_of_instances_ref().owner_is_counted.get();
    // SAFETY: the layouts are the same; the references to the types are settled here.
    unsafe {
        if ty.class_of_instances_ref().owner_is_counted.get() {
            let _ = ty.clone().into_raw();
        }
        object.header().set_class(ty.class_of_instances());
        if was_counted {
            drop(PyRef::from_owned(old.as_raw()));
        }
    }
}

/// The heap that an object lies in.
pub fn heap_of(object: &PyRef) -> &Heap {
    // SAFETY: objects lie in a heap, which outlives them.
    unsafe { Heap::of(object.as_raw().cast()) }
}

/// Whether a type's flags let instances keep values inline.
pub fn may_inline(flags: TypeFlags) -> bool {
    !flags.has(TypeFlags::HOST_BYTE)
}
