//! Displays, comprehensions, formatting, unpacking, functions.

use crate::eval::call::callable_name;
use crate::eval::stack::StackRef;
use crate::eval::window::Window;
use crate::types::code::PyCode;
use crate::types::dict::{DICT, PyDict};
use crate::types::function::{self, PyFunction};
use crate::types::list::{self, PyList};
use crate::types::set::PySet;
use crate::types::str::{self as text_type, PyStr};
use crate::types::template;
use crate::types::tuple::{self, PyTuple, TUPLE};
use crate::{HeapVec, PyRef, PyResult, Ref, Vm};

/// `BUILD_TUPLE`
pub(crate) fn tuple(vm: &mut Vm, w: &mut Window, count: usize) -> PyResult<()> {
    let kind = tuple::kind_for(w.own_many(count));
    let tuple = vm.new_tuple_of(kind, count, w.take_many(count))?;
    w.push(tuple.into_any());
    Ok(())
}

/// `BUILD_LIST`
pub(crate) fn list(vm: &mut Vm, w: &mut Window, count: usize) -> PyResult<()> {
    let items = HeapVec::from_elements(vm.heap(), w.take_many(count))?;
    let list = vm.new_list_from_heap_vec(items)?;
    w.push(list.into_any());
    Ok(())
}

/// `BUILD_SET`
pub(crate) fn set(vm: &mut Vm, w: &mut Window, count: usize) -> PyResult<()> {
    w.save();
    let set = vm.new_set()?;
    for item in w.own_many(count) {
        set.add(vm, item)?;
    }
    w.drop_many(count);
    w.push(set.into_any());
    Ok(())
}

/// `BUILD_MAP`
pub(crate) fn map(vm: &mut Vm, w: &mut Window, pairs: usize) -> PyResult<()> {
    w.save();
    let dict = vm.new_dict()?;
    for pair in w.own_many(pairs * 2).chunks_exact(2) {
        dict.set_item(vm, &pair[0], pair[1].clone())?;
    }
    w.drop_many(pairs * 2);
    w.push(dict.into_any());
    Ok(())
}

/// `BUILD_STRING`
pub(crate) fn string(vm: &mut Vm, w: &mut Window, count: usize) -> PyResult<()> {
    let mut text = text_type::StrBuilder::new();
    for part in w.own_many(count) {
        let Some(part) = part.downcast_ref::<PyStr>() else {
            return Err(vm.system_error("BUILD_STRING needs strings"));
        };
        text.push(vm, part)?;
    }
    let text = text.finish(vm)?;
    w.drop_many(count);
    w.push(text.into_any());
    Ok(())
}

/// `BUILD_SLICE`
pub(crate) fn slice(vm: &mut Vm, w: &mut Window, count: usize) -> PyResult<()> {
    let step = if count == 3 { w.pop_owned() } else { vm.none() };
    let (stop, start) = (w.pop_owned(), w.pop_owned());
    let slice = vm.new_slice(start, stop, step)?;
    w.push(slice.into_any());
    Ok(())
}

/// `BUILD_TEMPLATE`
pub(crate) fn template(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let (interpolations, strings) = (w.pop_owned(), w.pop_owned());
    let template = template::build_template(vm, strings, interpolations)?;
    w.push(template);
    Ok(())
}

/// `BUILD_INTERPOLATION`
pub(crate) fn interpolation(vm: &mut Vm, w: &mut Window, arg: u32) -> PyResult<()> {
    let spec = if arg & 1 == 1 {
        w.pop_owned()
    } else {
        vm.empty_str()?.into_any()
    };
    let (expression, value) = (w.pop_owned(), w.pop_owned());
    let conversion = match arg >> 2 {
        1 => vm.new_str("s")?.into_any(),
        2 => vm.new_str("r")?.into_any(),
        3 => vm.new_str("a")?.into_any(),
        _ => vm.none(),
    };
    let made = template::build_interpolation(vm, value, expression, conversion, spec)?;
    w.push(made);
    Ok(())
}

/// The collection at a depth of the stack, as the type that a display or comprehension builds.
macro_rules! collection {
    ($vm:ident, $w:ident, $distance:expr, $type:ty) => {{
        let entry = $w.peek($distance).get();
        match entry
            .as_ref()
            .and_then(|object| object.downcast_ref::<$type>())
        {
            Some(typed) => typed.clone(),
            None => {
                return Err($vm.system_error(
                    "bytecode adds to something that is not the collection it needs",
                ));
            }
        }
    }};
}

/// `LIST_APPEND`
#[inline(always)]
pub(crate) fn list_append(vm: &mut Vm, w: &mut Window, distance: usize) -> PyResult<()> {
    let item = w.pop_owned();
    let target = collection!(vm, w, distance, PyList);
    target.push(vm, item)
}

/// `LIST_EXTEND`
pub(crate) fn list_extend(vm: &mut Vm, w: &mut Window, distance: usize) -> PyResult<()> {
    let items = w.pop_owned();
    let target = collection!(vm, w, distance, PyList);
    w.save();
    let slots = vm.type_of(&items).slots(vm);
    if slots.iter.is_none() && slots.getitem.is_none() {
        let message = format!(
            "Value after * must be an iterable, not {}",
            vm.type_name(&items)
        );
        return Err(vm.type_error(message));
    }
    list::extend(vm, &target, &items)
}

/// `SET_ADD`
pub(crate) fn set_add(vm: &mut Vm, w: &mut Window, distance: usize) -> PyResult<()> {
    let item = w.pop_owned();
    let target = collection!(vm, w, distance, PySet);
    w.save();
    target.add(vm, &item).map(drop)
}

/// `SET_UPDATE`
pub(crate) fn set_update(vm: &mut Vm, w: &mut Window, distance: usize) -> PyResult<()> {
    let items = w.pop_owned();
    let target = collection!(vm, w, distance, PySet);
    w.save();
    for item in vm.to_vec(&items)? {
        target.add(vm, &item)?;
    }
    Ok(())
}

/// `MAP_ADD`
pub(crate) fn map_add(vm: &mut Vm, w: &mut Window, distance: usize) -> PyResult<()> {
    let (value, key) = (w.pop_owned(), w.pop_owned());
    let target = collection!(vm, w, distance, PyDict);
    w.save();
    target.set_item(vm, &key, value)
}

/// `DICT_UPDATE`
pub(crate) fn dict_update(vm: &mut Vm, w: &mut Window, distance: usize) -> PyResult<()> {
    let items = w.pop_owned();
    let target = collection!(vm, w, distance, PyDict);
    w.save();
    if !items.is_a::<PyDict>() && vm.lookup_attr_str(&items, "keys")?.is_none() {
        let message = format!("'{}' object is not a mapping", vm.type_name(&items));
        return Err(vm.type_error(message));
    }
    target.update(vm, &items)
}

/// `DICT_MERGE`
pub(crate) fn dict_merge(vm: &mut Vm, w: &mut Window, distance: usize) -> PyResult<()> {
    let items = w.pop_owned();
    let callable = w.peek(distance + 3).duplicate().into_owned();
    let target = collection!(vm, w, distance, PyDict);
    w.save();
    let callable = callable.unwrap_or_else(|| vm.none());
    let source = match items.downcast_ref::<PyDict>() {
        Some(dict) => dict.clone(),
        None if vm.lookup_attr_str(&items, "keys")?.is_none() => {
            let (name, found) = (callable_name(vm, &callable)?, vm.type_name(&items));
            return Err(vm.type_error(format!(
                "{name} argument after ** must be a mapping, not {found}"
            )));
        }
        None => {
            let dict = vm.new_dict()?;
            dict.update(vm, &items)?;
            dict
        }
    };
    let mut position = 0;
    while let Some((key, value)) = source.next_entry(vm, &mut position) {
        if target.get_item(vm, &key)?.is_some() {
            let name = callable_name(vm, &callable)?;
            let key = vm.str(&key)?.to_text().into_owned();
            return Err(vm.type_error(format!(
                "{name} got multiple values for keyword argument '{key}'"
            )));
        }
        target.set_item(vm, &key, value)?;
    }
    Ok(())
}

/// `CONVERT_VALUE`
pub(crate) fn convert_value(vm: &mut Vm, w: &mut Window, conversion: u32) -> PyResult<()> {
    let value = w.pop_owned();
    w.save();
    let text = match conversion {
        1 => vm.str(&value)?,
        2 => vm.repr(&value)?,
        _ => vm.ascii(&value)?,
    };
    w.push(text.into_any());
    Ok(())
}

/// `FORMAT_SIMPLE`
pub(crate) fn format_simple(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let value = w.pop_owned();
    if vm.is_exactly(&value, &text_type::STR) {
        w.push(value);
        return Ok(());
    }
    w.save();
    let spec = vm.constants().empty_str.clone();
    let text = vm.format(&value, &spec)?;
    w.push(text.into_any());
    Ok(())
}

/// `FORMAT_WITH_SPEC`
pub(crate) fn format_with_spec(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let (spec, value) = (w.pop_owned(), w.pop_owned());
    w.save();
    let Some(spec) = spec.downcast_ref::<PyStr>() else {
        return Err(vm.type_error("format expects a string as its specification"));
    };
    let text = vm.format(&value, spec)?;
    w.push(text.into_any());
    Ok(())
}

/// `left + right` for strings, where the left one can grow in place if the only other reference to it is the variable
/// that the next instruction stores the result into. `None`: not strings.
pub(crate) fn concat_strings(
    vm: &mut Vm,
    w: &mut Window,
    left: &mut StackRef,
    right: &PyRef,
) -> Option<PyResult> {
    let object = left.object();
    if !vm.is_exactly(&object, &text_type::STR) || !vm.is_exactly(right, &text_type::STR) {
        return None;
    }
    let right = right.downcast_ref::<PyStr>()?;
    let next = w.peek_instr();
    let is_stored_back =
        next.op == crate::code::Op::StoreFast && w.local(next.arg).address() == left.address();
    if is_stored_back {
        // The variable is about to be overwritten: it gives its reference up, so that the text may grow in place.
        left.own();
        drop(w.set_local(next.arg, StackRef::NULL));
    }
    let left = left.take_for_growth()?.downcast::<PyStr>().ok()?;
    Some(text_type::concat_in_place(vm, left, right).map(Ref::into_any))
}

/// `UNPACK_SEQUENCE`
#[inline(always)]
pub(crate) fn unpack_sequence(vm: &mut Vm, w: &mut Window, count: usize) -> PyResult<()> {
    let sequence = w.pop_owned();
    if let Some(tuple) = sequence.downcast_ref::<PyTuple>()
        && vm.is_exactly(&sequence, &TUPLE)
        && tuple.len() == count
    {
        for item in tuple.iter().rev() {
            w.push(item.clone());
        }
        return Ok(());
    }
    w.apart(|w| unpack_any(vm, w, &sequence, count))
}

#[inline(never)]
fn unpack_any(vm: &mut Vm, w: &mut Window, sequence: &PyRef, count: usize) -> PyResult<()> {
    w.save();
    let iterator = iterator_to_unpack(vm, sequence)?;
    let items = take(vm, &iterator, count, count, true)?;
    if vm.next(&iterator)?.is_some() {
        let known_len = [&TUPLE, &list::LIST, &DICT]
            .iter()
            .any(|def| vm.is_exactly(sequence, def));
        let got = if known_len {
            format!(", got {}", vm.len(sequence)?)
        } else {
            String::new()
        };
        return Err(vm.value_error(format!("too many values to unpack (expected {count}{got})")));
    }
    for item in items.into_iter().rev() {
        w.push(item);
    }
    Ok(())
}

fn iterator_to_unpack(vm: &mut Vm, sequence: &PyRef) -> PyResult {
    let slots = vm.type_of(sequence).slots(vm);
    if slots.iter.is_none() && slots.getitem.is_none() {
        let message = format!(
            "cannot unpack non-iterable {} object",
            vm.type_name(sequence)
        );
        return Err(vm.type_error(message));
    }
    vm.iter(sequence)
}

/// Takes `count` items, or raises in CPython's words.
fn take(
    vm: &mut Vm,
    iterator: &PyRef,
    count: usize,
    expected: usize,
    is_exact: bool,
) -> PyResult<Vec<PyRef>> {
    let mut items = Vec::with_capacity(count.min(1024));
    while items.len() < count {
        match vm.next(iterator)? {
            Some(item) => items.push(item),
            None => {
                let at_least = if is_exact { "" } else { "at least " };
                return Err(vm.value_error(format!(
                    "not enough values to unpack (expected {at_least}{expected}, got {})",
                    items.len()
                )));
            }
        }
    }
    Ok(items)
}

/// `UNPACK_EX`
pub(crate) fn unpack_ex(vm: &mut Vm, w: &mut Window, counts: u32) -> PyResult<()> {
    let (before, after) = ((counts & 0xff) as usize, (counts >> 8) as usize);
    let sequence = w.pop_owned();
    w.save();
    let iterator = iterator_to_unpack(vm, &sequence)?;
    let first = take(vm, &iterator, before, before + after, false)?;
    let mut rest = vm.to_vec(&iterator)?;
    if rest.len() < after {
        return Err(vm.value_error(format!(
            "not enough values to unpack (expected at least {}, got {})",
            before + after,
            before + rest.len()
        )));
    }
    let last = rest.split_off(rest.len() - after);
    let rest = vm.new_list(rest)?;
    for item in last.into_iter().rev() {
        w.push(item);
    }
    w.push(rest.into_any());
    for item in first.into_iter().rev() {
        w.push(item);
    }
    Ok(())
}

/// `MAKE_FUNCTION`
pub(crate) fn function(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let Ok(code) = w.pop_owned().downcast::<PyCode>() else {
        return Err(vm.system_error("MAKE_FUNCTION needs code"));
    };
    let function = function::new(vm, code, w.func().globals.clone())?;
    w.push(function.into_any());
    Ok(())
}

/// `SET_FUNCTION_ATTRIBUTE`
pub(crate) fn set_function_attribute(vm: &mut Vm, w: &mut Window, which: u32) -> PyResult<()> {
    let (function, value) = (w.pop_owned(), w.pop_owned());
    let Some(target) = function.downcast_ref::<PyFunction>() else {
        return Err(vm.system_error("SET_FUNCTION_ATTRIBUTE needs a function"));
    };
    let wrong = || vm.system_error("SET_FUNCTION_ATTRIBUTE got a value of the wrong type");
    match which {
        1 => target
            .defaults
            .set(Some(value.downcast::<PyTuple>().map_err(|_| wrong())?)),
        2 => target
            .kwdefaults
            .set(Some(value.downcast::<PyDict>().map_err(|_| wrong())?)),
        4 => target.annotations.set(Some(value)),
        8 => target
            .closure
            .set(Some(value.downcast::<PyTuple>().map_err(|_| wrong())?)),
        16 => target.annotate.set(Some(value)),
        _ => target.type_params.set(Some(value)),
    }
    w.push(function);
    Ok(())
}
