//! Pattern matching (PEP 634).

use crate::eval::window::Window;
use crate::table::TypeFlags;
use crate::types::dict::PyDict;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// `MATCH_MAPPING`
pub(crate) fn mapping(vm: &Vm, w: &mut Window) {
    let is_mapping = vm.has_flag(&w.peek(1).object(), TypeFlags::MAPPING);
    w.push(vm.new_bool(is_mapping));
}

/// `MATCH_SEQUENCE`
pub(crate) fn sequence(vm: &Vm, w: &mut Window) {
    let is_sequence = vm.has_flag(&w.peek(1).object(), TypeFlags::SEQUENCE);
    w.push(vm.new_bool(is_sequence));
}

/// `MATCH_KEYS`: subject, keys; the values of all keys, or None.
pub(crate) fn keys(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let Ok(keys) = (*w.peek(1).object()).clone().downcast::<PyTuple>() else {
        return Err(vm.system_error("MATCH_KEYS needs a tuple of keys"));
    };
    let subject = (*w.peek(2).object()).clone();
    w.save();
    let found = match_keys(vm, &subject, &keys)?;
    w.push(match found {
        Some(values) => vm.new_tuple_from_vec(values)?.into_any(),
        None => vm.none(),
    });
    Ok(())
}

fn match_keys(vm: &mut Vm, subject: &PyRef, keys: &Ref<PyTuple>) -> PyResult<Option<Vec<PyRef>>> {
    let seen = vm.new_set()?;
    for key in keys.iter() {
        if seen.contains(vm, key)? {
            let key = vm.repr(key)?.to_text().into_owned();
            return Err(vm.value_error(format!("mapping pattern checks duplicate key ({key})")));
        }
        seen.add(vm, key)?;
    }
    let missing = vm.new_dict()?.into_any();
    let mut values = Vec::with_capacity(keys.len());
    for key in keys.iter() {
        // `get` and not `[]`, so that a defaultdict does not make what is asked for.
        let value = match subject.downcast_ref::<PyDict>() {
            Some(dict) if vm.is_exactly(subject, &crate::types::dict::DICT) => {
                dict.get_item(vm, key)?.unwrap_or_else(|| missing.clone())
            }
            _ => vm.call_method_str(subject, "get", &[key.clone(), missing.clone()])?,
        };
        if value.is(&missing) {
            return Ok(None);
        }
        values.push(value);
    }
    Ok(Some(values))
}

/// `MATCH_CLASS`: subject, class, names of keyword patterns; the attributes, or None.
pub(crate) fn class(vm: &mut Vm, w: &mut Window, count: usize) -> PyResult<()> {
    let (names, class, subject) = (w.pop_owned(), w.pop_owned(), w.pop_owned());
    w.save();
    let Ok(names) = names.downcast::<PyTuple>() else {
        return Err(vm.system_error("MATCH_CLASS needs a tuple of names"));
    };
    let found = match_class(vm, &subject, &class, count, &names)?;
    w.push(match found {
        Some(values) => vm.new_tuple_from_vec(values)?.into_any(),
        None => vm.none(),
    });
    Ok(())
}

fn match_class(
    vm: &mut Vm,
    subject: &PyRef,
    class: &PyRef,
    count: usize,
    names: &Ref<PyTuple>,
) -> PyResult<Option<Vec<PyRef>>> {
    let Some(ty) = class.downcast_ref::<PyType>() else {
        return Err(vm.type_error("called match pattern must be a class"));
    };
    if !vm.is_instance(subject, class)? {
        return Ok(None);
    }
    let mut seen: Vec<Ref<PyStr>> = Vec::new();
    let mut values = Vec::new();
    if count > 0 {
        match positional_names(vm, ty, class, count)? {
            None => values.push(subject.clone()),
            Some(names) => {
                for name in names {
                    match attribute(vm, subject, ty, &name, &mut seen)? {
                        Some(value) => values.push(value),
                        None => return Ok(None),
                    }
                }
            }
        }
    }
    for name in names.iter() {
        let Some(name) = name.downcast_ref::<PyStr>() else {
            return Err(vm.system_error("MATCH_CLASS needs names that are strings"));
        };
        match attribute(vm, subject, ty, name, &mut seen)? {
            Some(value) => values.push(value),
            None => return Ok(None),
        }
    }
    Ok(Some(values))
}

/// The attributes that positional patterns stand for; `None`: the subject itself.
fn positional_names(
    vm: &mut Vm,
    ty: &Ref<PyType>,
    class: &PyRef,
    count: usize,
) -> PyResult<Option<Vec<Ref<PyStr>>>> {
    let key = vm.names().match_args.clone();
    let Some(args) = vm.lookup_attr(class, &key)? else {
        let matches_self = ty.flags().has(TypeFlags::MATCH_SELF);
        if matches_self && count == 1 {
            return Ok(None);
        }
        return Err(too_many(vm, ty, usize::from(matches_self), count));
    };
    let Some(args) = args.downcast_ref::<PyTuple>() else {
        let message = format!(
            "{}.__match_args__ must be a tuple (got {})",
            ty.name_text(),
            vm.type_name(&args)
        );
        return Err(vm.type_error(message));
    };
    if args.len() < count {
        return Err(too_many(vm, ty, args.len(), count));
    }
    let mut names = Vec::with_capacity(count);
    for name in &args[..count] {
        match name.downcast_ref::<PyStr>() {
            Some(name) => names.push(name.clone()),
            None => {
                let message = format!(
                    "__match_args__ elements must be strings (got {})",
                    vm.type_name(name)
                );
                return Err(vm.type_error(message));
            }
        }
    }
    Ok(Some(names))
}

#[cold]
fn too_many(vm: &Vm, ty: &Ref<PyType>, allowed: usize, given: usize) -> PyErr {
    let plural = if allowed == 1 { "" } else { "s" };
    vm.type_error(format!(
        "{}() accepts {allowed} positional sub-pattern{plural} ({given} given)",
        ty.name_text()
    ))
}

fn attribute(
    vm: &mut Vm,
    subject: &PyRef,
    ty: &Ref<PyType>,
    name: &Ref<PyStr>,
    seen: &mut Vec<Ref<PyStr>>,
) -> PyResult<Option<PyRef>> {
    if seen.iter().any(|known| known.same_text(name)) {
        let message = format!(
            "{}() got multiple sub-patterns for attribute '{}'",
            ty.name_text(),
            name.to_text()
        );
        return Err(vm.type_error(message));
    }
    seen.push(name.clone());
    vm.lookup_attr(subject, name)
}
