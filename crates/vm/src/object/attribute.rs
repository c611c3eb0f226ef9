//! Getting, setting and deleting attributes the way `object` does it, and the `__dict__` of instances.

#![allow(unsafe_code, reason = "inline values are read by index")]

use crate::object::layout::{self, Attributes};
use crate::object::shape::{INLINE_MAX, Shape};
use crate::types::dict::PyDict;
use crate::types::str::PyStr;
use crate::{PyRef, PyResult, Ref, Vm};

/// `object.__getattribute__`: data descriptors of the type, then the instance, then the type.
///
/// # Errors
/// `AttributeError`, or what a descriptor raises.
pub fn generic_getattr(vm: &mut Vm, object: &PyRef, name: &Ref<PyStr>) -> PyResult {
    match generic_lookup(vm, object, name)? {
        Some(value) => Ok(value),
        None => Err(vm.no_attribute(object, name)),
    }
}

/// As [`generic_getattr`], with `None` instead of an `AttributeError` of its own.
///
/// # Errors
/// What a descriptor raises.
pub fn generic_lookup(vm: &mut Vm, object: &PyRef, name: &Ref<PyStr>) -> PyResult<Option<PyRef>> {
    let ty = vm.type_of(object).clone();
    let Some(found) = ty.lookup(vm, name) else {
        return Ok(instance_value(vm, object, name));
    };
    let slots = vm.type_of(&found).slots(vm);
    let (get, is_data) = (slots.descr_get, slots.descr_set.is_some());
    if let Some(get) = get
        && is_data
    {
        return get(vm, &found, Some(object), Some(ty.as_any())).map(Some);
    }
    if let Some(value) = instance_value(vm, object, name) {
        return Ok(Some(value));
    }
    match get {
        Some(get) => get(vm, &found, Some(object), Some(ty.as_any())).map(Some),
        None => Ok(Some(found)),
    }
}

/// What the instance itself holds under a name.
#[inline]
pub fn instance_value(vm: &Vm, object: &PyRef, name: &Ref<PyStr>) -> Option<PyRef> {
    match layout::attributes(object) {
        Attributes::Unsupported | Attributes::Empty => None,
        Attributes::Inline(shape) => {
            let index = find(shape, name)?;
            // SAFETY: the index comes from the object's own shape.
            unsafe { layout::inline_value(object, index) }
        }
        Attributes::Dict(dict) => dict.get_str(vm, name),
    }
}

fn find(shape: &Shape, name: &Ref<PyStr>) -> Option<usize> {
    if name.is_interned() {
        return shape.find(name);
    }
    shape.names().iter().position(|known| known.same_text(name))
}

/// `object.__setattr__`, or `object.__delattr__` for `None`.
///
/// # Errors
/// `AttributeError`, or what a descriptor raises.
pub fn generic_setattr(
    vm: &mut Vm,
    object: &PyRef,
    name: &Ref<PyStr>,
    value: Option<&PyRef>,
) -> PyResult<()> {
    let ty = vm.type_of(object).clone();
    let found = ty.lookup(vm, name);
    if let Some(found) = &found
        && let Some(set) = vm.type_of(found).slots(vm).descr_set
    {
        return set(vm, found, object, value);
    }
    let done = match value {
        Some(value) => set_instance_value(vm, object, name, value)?,
        None => delete_instance_value(vm, object, name)?,
    };
    if done {
        return Ok(());
    }
    if matches!(layout::attributes(object), Attributes::Unsupported) {
        return Err(refused(vm, object, name, found.is_some()));
    }
    Err(vm.no_attribute(object, name))
}

/// The error for setting an attribute of an object without a `__dict__`.
#[cold]
fn refused(vm: &mut Vm, object: &PyRef, name: &Ref<PyStr>, is_in_type: bool) -> crate::PyErr {
    let (ty, name_text) = (vm.type_name(object), name.to_text());
    let message = if is_in_type {
        format!("'{ty}' object attribute '{name_text}' is read-only")
    } else {
        format!(
            "'{ty}' object has no attribute '{name_text}' and no __dict__ for setting new attributes"
        )
    };
    vm.attribute_error_about(message, object, name)
}

/// Stores an attribute in the instance; `false` if it has no place for attributes.
///
/// # Errors
/// `OutOfMemory`.
pub fn set_instance_value(
    vm: &mut Vm,
    object: &PyRef,
    name: &Ref<PyStr>,
    value: &PyRef,
) -> PyResult<bool> {
    let shape = match layout::attributes(object) {
        Attributes::Unsupported => return Ok(false),
        Attributes::Dict(dict) => {
            dict.set_str(vm, name, value.clone())?;
            return Ok(true);
        }
        Attributes::Empty => None,
        Attributes::Inline(shape) => {
            if let Some(index) = find(shape, name) {
                // SAFETY: the index comes from the object's own shape.
                drop(unsafe { layout::set_inline_value(object, index, value.clone()) });
                return Ok(true);
            }
            Some(shape)
        }
    };
    if add_inline(vm, object, shape, name, value)? {
        return Ok(true);
    }
    let dict = materialize(vm, object)?;
    dict.set_str(vm, name, value.clone())?;
    Ok(true)
}

/// Adds an attribute inline, if the instance has room and the type lets it.
fn add_inline(
    vm: &mut Vm,
    object: &PyRef,
    shape: Option<&Shape>,
    name: &Ref<PyStr>,
    value: &PyRef,
) -> PyResult<bool> {
    let ty = layout::type_of(object).clone();
    let known = shape.map_or(0, |shape| shape.names().len());
    if !ty.layout().has_inline || known >= INLINE_MAX {
        return Ok(false);
    }
    let name = vm.intern_ref(name.clone())?;
    let root;
    let shape = match shape {
        Some(shape) => shape,
        None => {
            root = ty.root_shape(vm)?;
            &root
        }
    };
    let next = match shape.child(vm, &name) {
        Some(next) => next,
        None if ty.room().takes_shapes() => {
            ty.room().add_shape(known + 1);
            shape.add_child(vm, &name)?
        }
        None => return Ok(false),
    };
    Ok(layout::grow_inline(object, &next, value))
}

/// Deletes an attribute from the instance; `false` if it is not there.
fn delete_instance_value(vm: &mut Vm, object: &PyRef, name: &Ref<PyStr>) -> PyResult<bool> {
    match layout::attributes(object) {
        Attributes::Unsupported | Attributes::Empty => Ok(false),
        Attributes::Dict(dict) => dict.del_str(vm, name),
        Attributes::Inline(shape) => {
            if find(shape, name).is_none() {
                return Ok(false);
            }
            materialize(vm, object)?.del_str(vm, name)
        }
    }
}

/// Moves an instance's attributes into a dict, which holds them from now on, and returns it.
///
/// # Errors
/// `OutOfMemory`; the attributes are then where they were.
fn materialize(vm: &mut Vm, object: &PyRef) -> PyResult<Ref<PyDict>> {
    if let Attributes::Dict(dict) = layout::attributes(object) {
        return Ok(dict);
    }
    let dict = vm.new_dict()?;
    if let Attributes::Inline(shape) = layout::attributes(object) {
        for (index, name) in shape.names().to_vec().iter().enumerate() {
            // SAFETY: the object has as many values as its shape has names.
            if let Some(value) = unsafe { layout::inline_value(object, index) } {
                dict.set_str(vm, name, value)?;
            }
        }
    }
    drop(layout::take_inline(object));
    layout::set_dict(object, Some(dict.clone()));
    Ok(dict)
}

/// The instance's `__dict__`, made now if need be; `None` if its type gives it none.
///
/// # Errors
/// `OutOfMemory`.
pub fn instance_dict(vm: &mut Vm, object: &PyRef) -> PyResult<Option<Ref<PyDict>>> {
    match layout::attributes(object) {
        Attributes::Unsupported => Ok(None),
        Attributes::Dict(dict) => Ok(Some(dict)),
        Attributes::Empty | Attributes::Inline(_) => materialize(vm, object).map(Some),
    }
}

/// Replaces the instance's `__dict__`.
///
/// # Errors
/// `OutOfMemory`.
///
/// # Panics
/// If the type gives its instances no `__dict__`.
pub fn set_instance_dict(object: &PyRef, dict: Ref<PyDict>) {
    drop(layout::take_inline(object));
    layout::set_dict(object, Some(dict));
}

/// The names and values that an instance holds, in order, without making a dict of them.
pub fn instance_items(vm: &Vm, object: &PyRef) -> Vec<(PyRef, PyRef)> {
    match layout::attributes(object) {
        Attributes::Unsupported | Attributes::Empty => Vec::new(),
        Attributes::Inline(shape) => {
            let named = shape.names().iter().enumerate();
            // SAFETY: the object has as many values as its shape has names.
            let item = |(index, name): (usize, &Ref<PyStr>)| unsafe {
                layout::inline_value(object, index).map(|value| (name.clone().into_any(), value))
            };
            named.filter_map(item).collect()
        }
        Attributes::Dict(dict) => {
            let mut position = 0;
            std::iter::from_fn(|| dict.next_entry(vm, &mut position)).collect()
        }
    }
}
