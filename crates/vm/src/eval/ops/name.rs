//! Locals, globals, names in namespaces, and shared variables.

#![allow(
    unsafe_code,
    reason = "borrowed loads, and values that inline caches remember"
)]

use crate::code::Instr;
use crate::eval::run::Step;
use crate::eval::stack::StackRef;
use crate::eval::window::Window;
use crate::types::cell::PyCell;
use crate::types::dict::PyDict;
use crate::types::exception;
use crate::types::str::PyStr;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// `LOAD_FAST`
#[inline(always)]
pub(crate) fn load_fast(vm: &Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let value = w.local(index).duplicate();
    if value.is_null() {
        return Err(w.apart(|w| unbound_local(vm, w, index)));
    }
    w.push(value);
    Ok(())
}

/// `LOAD_FAST_BORROW`
#[inline(always)]
pub(crate) fn load_fast_borrow(vm: &Vm, w: &mut Window, index: u32) -> PyResult<()> {
    // SAFETY: S1: the translator chose this form only where the value leaves the stack before the local changes.
    let value = unsafe { w.local(index).borrow() };
    if value.is_null() {
        return Err(w.apart(|w| unbound_local(vm, w, index)));
    }
    w.push(value);
    Ok(())
}

#[cold]
fn unbound_local(vm: &Vm, w: &Window, index: u32) -> PyErr {
    let name = w.code().local_name(index as usize);
    let message = format!(
        "cannot access local variable '{}' where it is not associated with a value",
        name.to_text()
    );
    vm.error(&exception::UNBOUND_LOCAL_ERROR, message)
}

/// `STORE_FAST`
#[inline(always)]
pub(crate) fn store_fast(w: &mut Window, index: u32) {
    let value = w.pop().into_owned().map_or(StackRef::NULL, StackRef::owned);
    drop(w.set_local(index, value));
}

/// `DELETE_FAST`
pub(crate) fn delete_fast(vm: &Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let old = w.set_local(index, StackRef::NULL);
    if old.is_null() {
        Err(unbound_local(vm, w, index))
    } else {
        Ok(())
    }
}

/// `LOAD_COMMON_CONSTANT`
pub(crate) fn load_common_constant(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let builtin = |vm: &mut Vm, name: &str| -> PyResult {
        let name = vm.intern(name)?;
        vm.builtins()
            .get_str(vm, &name)
            .ok_or_else(|| name_error(vm, &name))
    };
    let value = match index {
        0 => vm.class(&exception::ASSERTION_ERROR).clone().into_any(),
        1 => vm
            .class(&exception::NOT_IMPLEMENTED_ERROR)
            .clone()
            .into_any(),
        2 => vm.class(&crate::types::tuple::TUPLE).clone().into_any(),
        3 => builtin(vm, "all")?,
        4 => builtin(vm, "any")?,
        5 => vm.class(&crate::types::list::LIST).clone().into_any(),
        _ => vm.class(&crate::types::set::SET).clone().into_any(),
    };
    w.push(value);
    Ok(())
}

/// What a `LOAD_GLOBAL` cache remembers: where in the globals, or in the built-ins, the name lies.
const IN_GLOBALS: u8 = 1;
const IN_BUILTINS: u8 = 2;

/// `LOAD_GLOBAL`
#[inline(always)]
pub(crate) fn load_global(vm: &mut Vm, w: &mut Window, instr: Instr) -> PyResult<Step> {
    let (value, step) = match remembered_global(vm, w, instr) {
        Some(value) => (value, Step::Quiet),
        None => (w.apart(|w| load_global_slow(vm, w, instr))?, Step::Next),
    };
    w.push(value);
    if instr.arg & 1 == 1 {
        w.push(StackRef::NULL);
    }
    Ok(step)
}

#[inline(always)]
fn remembered_global(vm: &Vm, w: &Window, instr: Instr) -> Option<PyRef> {
    let cache = w.cache(instr)?;
    if cache.kind == 0 {
        return None;
    }
    let func = w.func();
    if func.globals.keys_version() as usize != cache.key {
        return None;
    }
    if cache.kind == IN_GLOBALS {
        return func.globals.value_at(vm, usize::from(cache.index));
    }
    if func.builtins.keys_version() != cache.version {
        return None;
    }
    func.builtins.value_at(vm, usize::from(cache.index))
}

#[inline(never)]
fn load_global_slow(vm: &mut Vm, w: &mut Window, instr: Instr) -> PyResult {
    w.save();
    let (func, name) = (w.func(), w.name(instr.arg >> 1));
    if !vm.is_exactly(func.globals.as_any(), &crate::types::dict::DICT) {
        return lookup_global(vm, w, name);
    }
    if let Some(cache) = w.cache(instr) {
        let (kind, found) = match func.globals.index_of_str(vm, name) {
            Some(index) => (IN_GLOBALS, Some(index)),
            None => (IN_BUILTINS, func.builtins.index_of_str(vm, name)),
        };
        // Looking has given the namespaces looked at their versions.
        let (globals, builtins) = (func.globals.keys_version(), func.builtins.keys_version());
        if let Some(index) = found.and_then(|index| u16::try_from(index).ok())
            && globals != 0
            && (kind == IN_GLOBALS || builtins != 0)
        {
            cache.kind = kind;
            cache.index = index;
            cache.key = globals as usize;
            cache.version = builtins;
        }
    }
    let found = func
        .globals
        .get_str(vm, name)
        .or_else(|| func.builtins.get_str(vm, name));
    found.ok_or_else(|| name_error(vm, name))
}

#[cold]
fn name_error(vm: &Vm, name: &Ref<PyStr>) -> PyErr {
    vm.unbound_error(
        &exception::NAME_ERROR,
        &format!("name '{}' is not defined", name.to_text()),
        name,
    )
}

/// The namespace of the running frame.
fn namespace(vm: &Vm) -> PyResult {
    let frame = vm.eval.frames.last().expect("a frame is running");
    frame
        .namespace
        .clone()
        .ok_or_else(|| vm.system_error("no locals found"))
}

/// Looks a name up in a namespace, be it a dict or any mapping.
fn lookup_in(vm: &mut Vm, namespace: &PyRef, name: &Ref<PyStr>) -> PyResult<Option<PyRef>> {
    if let Some(dict) = namespace.downcast_ref::<PyDict>()
        && vm.is_exactly(namespace, &crate::types::dict::DICT)
    {
        return Ok(dict.get_str(vm, name));
    }
    match vm.get_item(namespace, name.as_any()) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is(vm, &exception::KEY_ERROR) => Ok(None),
        Err(error) => Err(error),
    }
}

fn store_in(vm: &mut Vm, namespace: &PyRef, name: &Ref<PyStr>, value: PyRef) -> PyResult<()> {
    if let Some(dict) = namespace.downcast_ref::<PyDict>()
        && vm.is_exactly(namespace, &crate::types::dict::DICT)
    {
        return dict.clone().set_str(vm, name, value);
    }
    vm.set_item(namespace, name.as_any(), &value)
}

/// Looks a name up in the module, which may be a mapping with a `__missing__` of its own, and among the built-ins.
fn lookup_global(vm: &mut Vm, w: &Window, name: &Ref<PyStr>) -> PyResult {
    let func = w.func();
    let found = match lookup_in(vm, func.globals.as_any(), name)? {
        Some(found) => Some(found),
        None => func.builtins.get_str(vm, name),
    };
    found.ok_or_else(|| name_error(vm, name))
}

/// `LOAD_NAME`
pub(crate) fn load_name(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    w.save();
    let (namespace, name) = (namespace(vm)?, w.name(index));
    let value = match lookup_in(vm, &namespace, name)? {
        Some(value) => value,
        None => lookup_global(vm, w, name)?,
    };
    w.push(value);
    Ok(())
}

/// `STORE_NAME`
pub(crate) fn store_name(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let (namespace, value) = (namespace(vm)?, w.pop_owned());
    w.save();
    store_in(vm, &namespace, w.name(index), value)
}

/// `DELETE_NAME`
pub(crate) fn delete_name(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    w.save();
    let (namespace, name) = (namespace(vm)?, w.name(index));
    match vm.del_item(&namespace, name.as_any()) {
        Err(error) if error.is(vm, &exception::KEY_ERROR) => Err(name_error(vm, name)),
        other => other,
    }
}

/// `STORE_GLOBAL`
pub(crate) fn store_global(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let value = w.pop_owned();
    w.func().globals.set_str(vm, w.name(index), value)
}

/// `DELETE_GLOBAL`
pub(crate) fn delete_global(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let name = w.name(index);
    if w.func().globals.del_str(vm, name)? {
        Ok(())
    } else {
        Err(name_error(vm, name))
    }
}

/// The cell in a fast local.
fn cell(vm: &Vm, w: &Window, index: u32) -> PyResult<Ref<PyCell>> {
    let entry = w.local(index).get();
    match entry
        .as_ref()
        .and_then(|object| object.downcast_ref::<PyCell>())
    {
        Some(cell) => Ok(cell.clone()),
        None => Err(vm.system_error("a shared variable has no cell")),
    }
}

#[cold]
fn unbound_cell(vm: &Vm, w: &Window, index: u32) -> PyErr {
    let name = w.code().local_name(index as usize);
    if w.code().local_kind(index as usize) & 0x80 == 0 {
        return unbound_local(vm, w, index);
    }
    let message = format!(
        "cannot access free variable '{}' where it is not associated with a value in enclosing scope",
        name.to_text()
    );
    vm.unbound_error(&exception::NAME_ERROR, &message, name)
}

/// `LOAD_DEREF`
pub(crate) fn load_deref(vm: &Vm, w: &mut Window, index: u32) -> PyResult<()> {
    match cell(vm, w, index)?.get() {
        Some(value) => {
            w.push(value);
            Ok(())
        }
        None => Err(unbound_cell(vm, w, index)),
    }
}

/// `STORE_DEREF`
pub(crate) fn store_deref(vm: &Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let value = w.pop().into_owned();
    cell(vm, w, index)?.set(value);
    Ok(())
}

/// `DELETE_DEREF`
pub(crate) fn delete_deref(vm: &Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let cell = cell(vm, w, index)?;
    if cell.get().is_none() {
        return Err(unbound_cell(vm, w, index));
    }
    cell.set(None);
    Ok(())
}

/// `MAKE_CELL`
pub(crate) fn make_cell(vm: &Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let value = w.set_local(index, StackRef::NULL).into_owned();
    let cell = vm.new_object(PyCell::new(value))?;
    drop(w.set_local(index, StackRef::owned(cell.into_any())));
    Ok(())
}

/// `COPY_FREE_VARS`
pub(crate) fn copy_free_vars(vm: &Vm, w: &mut Window, count: u32) -> PyResult<()> {
    let closure = w
        .func()
        .closure
        .get()
        .filter(|closure| closure.len() == count as usize);
    let Some(closure) = closure else {
        return Err(vm.system_error("a function has no cells for its free variables"));
    };
    let first = w.code().local_count() - closure.len();
    for (index, cell) in closure.iter().enumerate() {
        let index = u32::try_from(first + index).expect("B2: local indexes are 32 bits");
        drop(w.set_local(index, StackRef::owned(cell.clone())));
    }
    Ok(())
}

/// `LOAD_LOCALS`
pub(crate) fn load_locals(vm: &Vm, w: &mut Window) -> PyResult<()> {
    let namespace = namespace(vm)?;
    w.push(namespace);
    Ok(())
}

/// `LOAD_FROM_DICT_OR_DEREF`
pub(crate) fn load_from_dict_or_deref(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let namespace = w.pop_owned();
    w.save();
    let name = w.code().local_name(index as usize);
    match lookup_in(vm, &namespace, name)? {
        Some(value) => {
            w.push(value);
            Ok(())
        }
        None => load_deref(vm, w, index),
    }
}

/// `LOAD_FROM_DICT_OR_GLOBALS`
pub(crate) fn load_from_dict_or_globals(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let namespace = w.pop_owned();
    w.save();
    let name = w.name(index);
    let value = match lookup_in(vm, &namespace, name)? {
        Some(value) => value,
        None => lookup_global(vm, w, name)?,
    };
    w.push(value);
    Ok(())
}

/// `SETUP_ANNOTATIONS`
pub(crate) fn setup_annotations(vm: &mut Vm, _: &mut Window) -> PyResult<()> {
    let (namespace, name) = (namespace(vm)?, vm.names().annotations.clone());
    if lookup_in(vm, &namespace, &name)?.is_none() {
        let dict = vm.new_dict()?.into_any();
        store_in(vm, &namespace, &name, dict)?;
    }
    Ok(())
}

/// `LOAD_BUILD_CLASS`
pub(crate) fn load_build_class(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let name = vm.names().build_class.clone();
    match w.func().builtins.get_str(vm, &name) {
        Some(function) => {
            w.push(function);
            Ok(())
        }
        None => Err(vm.unbound_error(&exception::NAME_ERROR, "__build_class__ not found", &name)),
    }
}
