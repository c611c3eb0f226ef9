//! Attributes, with inline caches for instances, methods, slots and modules.

#![allow(
    unsafe_code,
    reason = "inline caches remember addresses that versions keep valid"
)]

use crate::code::Instr;
use crate::eval::stack::StackRef;
use crate::eval::window::Window;
use crate::object::layout;
use crate::table::TypeFlags;
use crate::types::code::Cache;
use crate::types::descriptor::PyMemberDescriptor;
use crate::types::exception;
use crate::types::module::PyModule;
use crate::types::str::PyStr;
use crate::types::super_::{self, SUPER};
use crate::types::type_::PyType;
use crate::types::type_::methods::full_name;
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_object::Header;
use std::ptr::NonNull;

/// What a cache of `LOAD_ATTR` or `STORE_ATTR` remembers.
mod kind {
    /// An inline value: type version, shape, index.
    pub(super) const INLINE: u8 = 1;
    /// A method of the type, for instances whose attributes do not hide it: type version, shape word, function.
    pub(super) const METHOD: u8 = 2;
    /// A member slot: type version, index.
    pub(super) const MEMBER: u8 = 3;
    /// A value in a module's namespace: version of its keys, index.
    pub(super) const MODULE: u8 = 4;
    /// A method of a type whose instances have no attributes of their own: type version, function.
    pub(super) const METHOD_NO_DICT: u8 = 5;
    /// An inline value that is added: type version, shape before, index, shape after.
    pub(super) const ADDED: u8 = 6;
    /// Remembering failed too often.
    pub(super) const HOPELESS: u8 = 255;
}

/// How often a cache may be filled anew before it is given up.
const MISSES_MAX: u8 = 60;

/// `LOAD_ATTR`
#[inline(always)]
pub(crate) fn load_attr(vm: &mut Vm, w: &mut Window, instr: Instr) -> PyResult<()> {
    let is_method = instr.arg & 1 == 1;
    if let Some(cache) = w.cache(instr)
        && cache.kind != 0
        && load_remembered(vm, w, cache, is_method)
    {
        return Ok(());
    }
    w.apart(|w| load_attr_slow(vm, w, instr, is_method))
}

/// Uses what the cache remembers, if it fits the object on the stack.
#[inline(always)]
fn load_remembered(vm: &Vm, w: &mut Window, cache: &Cache, is_method: bool) -> bool {
    let object = w.peek(1).object();
    let value = match cache.kind {
        kind::INLINE => {
            let ty = layout::type_of(&object);
            if ty.current_version() != cache.version {
                return false;
            }
            // SAFETY: only types with a word are remembered, and the version says that it is that type.
            let word = unsafe { layout::shape_word(&object) };
            if word != cache.key {
                return false;
            }
            // SAFETY: the shape has this index.
            unsafe { layout::inline_value(&object, usize::from(cache.index)) }
        }
        kind::METHOD | kind::METHOD_NO_DICT => {
            let ty = layout::type_of(&object);
            if ty.current_version() != cache.version {
                return false;
            }
            // SAFETY: as above.
            let is_hidden = || unsafe { layout::shape_word(&object) } != cache.key;
            if cache.kind == kind::METHOD && is_hidden() {
                return false;
            }
            // SAFETY: the version says that the type's namespaces, which hold the function, are unchanged.
            let function =
                unsafe { PyRef::from_borrowed(NonNull::new_unchecked(cache.value as *mut Header)) };
            return push_method(w, function, is_method);
        }
        kind::MEMBER => {
            if layout::type_of(&object).current_version() != cache.version {
                return false;
            }
            layout::member(&object, usize::from(cache.index))
        }
        kind::MODULE => match object.downcast_ref::<PyModule>() {
            Some(module) if module.dict().keys_version() as usize == cache.key => {
                module.dict().value_at(vm, usize::from(cache.index))
            }
            _ => return false,
        },
        _ => return false,
    };
    let Some(value) = value else { return false };
    drop(w.replace(1, value));
    if is_method {
        w.push(StackRef::NULL);
    }
    true
}

/// Replaces the object by the function, and puts the object behind it as self.
#[inline(always)]
fn push_method(w: &mut Window, function: PyRef, is_method: bool) -> bool {
    if !is_method {
        return false;
    }
    let receiver = w.replace(1, function).into_object();
    w.push(receiver);
    true
}

#[inline(never)]
fn load_attr_slow(vm: &mut Vm, w: &mut Window, instr: Instr, is_method: bool) -> PyResult<()> {
    let name = w.name(instr.arg >> 1);
    let object = w.pop_owned();
    w.save();
    let is_hopeless = w
        .cache(instr)
        .is_none_or(|cache| cache.kind == kind::HOPELESS);
    if is_method && let Some(function) = unbound_method(vm, &object, name)? {
        if !is_hopeless {
            remember_method(vm, w, instr, &object, &function);
        }
        w.push(function);
        w.push(object);
        return Ok(());
    }
    let value = vm.get_attr(&object, name)?;
    if !is_hopeless && (!is_method || !object.is_a::<PyType>()) {
        remember_value(vm, w, instr, &object, name);
    }
    w.push(value);
    if is_method {
        w.push(StackRef::NULL);
    }
    Ok(())
}

/// The function that `object.name` would bind, if that is all it would do.
fn unbound_method(vm: &mut Vm, object: &PyRef, name: &Ref<PyStr>) -> PyResult<Option<PyRef>> {
    let ty = vm.type_of(object).clone();
    if !uses_generic_getattr(vm, &ty) {
        return Ok(None);
    }
    let Some(found) = ty.lookup(vm, name) else {
        return Ok(None);
    };
    if !vm.has_flag(&found, TypeFlags::METHOD_DESCRIPTOR) {
        return Ok(None);
    }
    let hidden = crate::object::attribute::instance_value(vm, object, name).is_some();
    Ok(if hidden { None } else { Some(found) })
}

fn uses_generic_getattr(vm: &Vm, ty: &Ref<PyType>) -> bool {
    let generic = crate::object::attribute::generic_getattr as *const ();
    ty.slots(vm)
        .getattr
        .is_some_and(|getattr| getattr as *const () == generic)
}

fn uses_generic_setattr(vm: &Vm, ty: &Ref<PyType>) -> bool {
    let generic = crate::object::attribute::generic_setattr as *const ();
    ty.slots(vm)
        .setattr
        .is_some_and(|setattr| setattr as *const () == generic)
}

/// An instruction's cache, if it is worth filling.
fn cache_to_fill(w: &Window, instr: Instr) -> Option<&'static mut Cache> {
    let cache = w
        .cache(instr)
        .filter(|cache| cache.kind != kind::HOPELESS)?;
    cache.misses += 1;
    if cache.misses > MISSES_MAX {
        cache.kind = kind::HOPELESS;
        return None;
    }
    Some(cache)
}

fn remember_method(vm: &mut Vm, w: &Window, instr: Instr, object: &PyRef, function: &PyRef) {
    let ty = vm.type_of(object).clone();
    let (Some(cache), Some(version)) = (cache_to_fill(w, instr), ty.version(vm)) else {
        return;
    };
    if ty.layout().has_dict {
        // SAFETY: the type has a word.
        let word = unsafe { layout::shape_word(object) };
        if word & 1 == 1 {
            // A dict's keys may come to hide the method: nothing to compare.
            return;
        }
        cache.key = word;
        cache.kind = kind::METHOD;
    } else {
        cache.kind = kind::METHOD_NO_DICT;
    }
    cache.version = version;
    cache.value = function.address();
}

fn remember_value(vm: &mut Vm, w: &Window, instr: Instr, object: &PyRef, name: &Ref<PyStr>) {
    if let Some(module) = object.downcast_ref::<PyModule>() {
        if let Some(index) = module
            .dict()
            .index_of_str(vm, name)
            .and_then(|index| u16::try_from(index).ok())
            && module.dict().keys_version() != 0
            && let Some(cache) = cache_to_fill(w, instr)
        {
            *cache = Cache {
                key: module.dict().keys_version() as usize,
                index,
                kind: kind::MODULE,
                ..*cache
            };
        }
        return;
    }
    let ty = vm.type_of(object).clone();
    if !uses_generic_getattr(vm, &ty) {
        return;
    }
    match ty.lookup(vm, name) {
        Some(found) => remember_member(vm, w, instr, &ty, &found),
        None => remember_inline(vm, w, instr, object, name),
    }
}

fn remember_member(vm: &mut Vm, w: &Window, instr: Instr, ty: &Ref<PyType>, found: &PyRef) {
    let Some(member) = found.downcast_ref::<PyMemberDescriptor>() else {
        return;
    };
    let Ok(index) = u16::try_from(member.index()) else {
        return;
    };
    if let (Some(cache), Some(version)) = (cache_to_fill(w, instr), ty.version(vm)) {
        *cache = Cache {
            version,
            index,
            kind: kind::MEMBER,
            ..*cache
        };
    }
}

fn remember_inline(vm: &mut Vm, w: &Window, instr: Instr, object: &PyRef, name: &Ref<PyStr>) {
    let layout::Attributes::Inline(shape) = layout::attributes(object) else {
        return;
    };
    let Some(index) = shape.find(name).and_then(|index| u16::try_from(index).ok()) else {
        return;
    };
    let key = layout::address_of_shape(shape);
    let ty = vm.type_of(object).clone();
    if let (Some(cache), Some(version)) = (cache_to_fill(w, instr), ty.version(vm)) {
        *cache = Cache {
            key,
            version,
            index,
            kind: kind::INLINE,
            ..*cache
        };
    }
}

/// `STORE_ATTR`
#[inline(always)]
pub(crate) fn store_attr(vm: &mut Vm, w: &mut Window, instr: Instr) -> PyResult<()> {
    if let Some(cache) = w.cache(instr)
        && cache.kind != 0
        && store_remembered(w, cache)
    {
        return Ok(());
    }
    w.apart(|w| store_attr_slow(vm, w, instr))
}

#[inline(always)]
fn store_remembered(w: &mut Window, cache: &Cache) -> bool {
    let object = w.peek(1).object();
    if layout::type_of(&object).current_version() != cache.version {
        return false;
    }
    match cache.kind {
        kind::INLINE => {
            // SAFETY: only types with a word are remembered, and the version says that it is that type.
            if unsafe { layout::shape_word(&object) } != cache.key {
                return false;
            }
            let value = (*w.peek(2).object()).clone();
            // SAFETY: the shape has this index.
            drop(unsafe { layout::set_inline_value(&object, usize::from(cache.index), value) });
        }
        kind::ADDED => {
            let value = w.peek(2).object();
            let index = usize::from(cache.index);
            // SAFETY: the version says that the type, which keeps its shapes alive, has a word; and the word, that the
            // instance has the shape to which this one was added before.
            let is_added = unsafe {
                layout::shape_word(&object) == cache.key
                    && layout::add_inline_value(&object, index, &value, cache.value)
            };
            if !is_added {
                return false;
            }
        }
        kind::MEMBER => {
            let value = w.peek(2).duplicate().into_owned();
            drop(layout::set_member(&object, usize::from(cache.index), value));
        }
        _ => return false,
    }
    w.drop_many(2);
    true
}

#[inline(never)]
fn store_attr_slow(vm: &mut Vm, w: &mut Window, instr: Instr) -> PyResult<()> {
    let name = w.name(instr.arg);
    let (object, value) = (w.pop(), w.pop());
    w.save();
    let object = object.object();
    if w.cache(instr)
        .is_none_or(|cache| cache.kind == kind::HOPELESS)
    {
        return vm.set_attr(&object, name, &value.object());
    }
    let names_before = match layout::attributes(&object) {
        layout::Attributes::Empty => Some((0, 0)),
        layout::Attributes::Inline(shape) => {
            Some((layout::address_of_shape(shape), shape.names().len()))
        }
        _ => None,
    };
    vm.set_attr(&object, name, &value.object())?;
    let ty = vm.type_of(&object).clone();
    if uses_generic_setattr(vm, &ty) {
        match (ty.lookup(vm, name), names_before) {
            (Some(found), _) => remember_member(vm, w, instr, &ty, &found),
            (None, Some((word, count))) if is_added(&object, name, count) => {
                remember_added(vm, w, instr, &object, word, count);
            }
            (None, _) => remember_inline(vm, w, instr, &object, name),
        }
    }
    Ok(())
}

/// Whether a name is the one after `count` others in an instance's shape.
fn is_added(object: &PyRef, name: &Ref<PyStr>, count: usize) -> bool {
    matches!(layout::attributes(object), layout::Attributes::Inline(shape)
        if shape.names().len() == count + 1 && shape.names()[count].is(name))
}

/// Remembers the step from a shape to the instance's own, which has one more name.
fn remember_added(
    vm: &mut Vm,
    w: &Window,
    instr: Instr,
    object: &PyRef,
    word_before: usize,
    index: usize,
) {
    let layout::Attributes::Inline(shape) = layout::attributes(object) else {
        return;
    };
    let value = layout::address_of_shape(shape);
    let ty = vm.type_of(object).clone();
    let index = u16::try_from(index);
    if let (Some(cache), Some(version), Ok(index)) =
        (cache_to_fill(w, instr), ty.version(vm), index)
    {
        *cache = Cache {
            key: word_before,
            value,
            version,
            index,
            kind: kind::ADDED,
            ..*cache
        };
    }
}

/// `DELETE_ATTR`
pub(crate) fn delete_attr(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let object = w.pop();
    w.save();
    vm.del_attr(&object.object(), w.name(index))
}

/// `LOAD_SUPER_ATTR`
pub(crate) fn load_super_attr(vm: &mut Vm, w: &mut Window, arg: u32) -> PyResult<()> {
    let (receiver, class, callee) = (w.pop_owned(), w.pop_owned(), w.pop_owned());
    let (name, is_method, is_explicit) = (w.name(arg >> 2), arg & 1 == 1, arg & 2 == 2);
    w.save();
    let is_super = callee.is(vm.class(&SUPER));
    if is_super
        && is_method
        && let Some(class) = class.downcast_ref::<PyType>()
        && let Some(function) = super_::find_method(vm, class, &receiver, name)?
    {
        w.push(function);
        w.push(receiver);
        return Ok(());
    }
    let bound = match class.downcast_ref::<PyType>() {
        Some(class) if is_super => super_::new_bound(vm, class, &receiver)?,
        _ if is_explicit => vm.call_positional(&callee, &[class, receiver])?,
        _ => vm.call_positional(&callee, &[])?,
    };
    let value = vm.get_attr(&bound, name)?;
    w.push(value);
    if is_method {
        w.push(StackRef::NULL);
    }
    Ok(())
}

/// `LOAD_SPECIAL`
pub(crate) fn load_special(vm: &mut Vm, w: &mut Window, which: u32) -> PyResult<()> {
    let object = w.pop_owned();
    w.save();
    let names = vm.names();
    let (name, protocol) = match which {
        0 => (names.enter.clone(), "context manager"),
        1 => (names.exit.clone(), "context manager"),
        2 => (names.aenter.clone(), "asynchronous context manager"),
        _ => (names.aexit.clone(), "asynchronous context manager"),
    };
    let Some(method) = vm.lookup_special(&object, &name)? else {
        return Err(special_missing(vm, &object, &name, protocol, which));
    };
    w.push(method);
    w.push(StackRef::NULL);
    Ok(())
}

#[cold]
fn special_missing(
    vm: &mut Vm,
    object: &PyRef,
    name: &Ref<PyStr>,
    protocol: &str,
    which: u32,
) -> crate::PyErr {
    let ty = vm.type_of(object).clone();
    let found = full_name(vm, &ty);
    let found = found.strip_prefix("__main__.").unwrap_or(&found);
    let names = vm.names();
    let (others, hint) = if which < 2 {
        ([names.aenter.clone(), names.aexit.clone()], "async with")
    } else {
        ([names.enter.clone(), names.exit.clone()], "with")
    };
    let missed = name.to_text();
    let mut message = format!(
        "'{found}' object does not support the {protocol} protocol (missed {missed} method)"
    );
    if others.iter().all(|other| ty.lookup(vm, other).is_some()) {
        message.push_str(&format!(
            " but it supports the {} protocol. Did you mean to use '{hint}'?",
            if which < 2 {
                "asynchronous context manager"
            } else {
                "context manager"
            }
        ));
    }
    vm.error(&exception::TYPE_ERROR, message)
}
