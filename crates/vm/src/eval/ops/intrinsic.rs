//! `CALL_INTRINSIC_1` and `CALL_INTRINSIC_2`: rare operations without an instruction of their own.

use crate::eval::window::Window;
use crate::types::code::flags;
use crate::types::dict::PyDict;
use crate::types::exception::{self, PyException, group};
use crate::types::function::PyFunction;
use crate::types::list::PyList;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::{PyRef, PyResult, Vm};

/// `CALL_INTRINSIC_1`
pub(crate) fn unary(vm: &mut Vm, w: &mut Window, which: u32) -> PyResult<()> {
    let value = w.pop_owned();
    w.save();
    let result = match which {
        1 => print(vm, &value)?,
        2 => import_star(vm, w, &value)?,
        3 => stop_iteration_error(vm, w, value)?,
        4 => crate::types::asyncgen::wrap(vm, value)?,
        5 => vm.positive(&value)?,
        6 => list_to_tuple(vm, &value)?,
        7 => typing(vm, "TypeVar", &[value], &[])?,
        8 => typing(vm, "ParamSpec", &[value], &[])?,
        9 => typing(vm, "TypeVarTuple", &[value], &[])?,
        10 => subscript_generic(vm, &value)?,
        _ => type_alias(vm, &value)?,
    };
    w.push(result);
    Ok(())
}

/// `CALL_INTRINSIC_2`
pub(crate) fn binary(vm: &mut Vm, w: &mut Window, which: u32) -> PyResult<()> {
    let (second, first) = (w.pop_owned(), w.pop_owned());
    w.save();
    let result = match which {
        1 => group::prepare_reraise_star(vm, &first, &second)?,
        2 => typing(vm, "TypeVar", &[first], &[("bound evaluator", second)])?,
        3 => typing(
            vm,
            "TypeVar",
            &[first],
            &[("constraints evaluator", second)],
        )?,
        4 => {
            if let Some(function) = first.downcast_ref::<PyFunction>() {
                function.type_params.set(Some(second));
            }
            first
        }
        _ => {
            crate::types::typevar::set_default(vm, &first, &second)?;
            first
        }
    };
    w.push(result);
    Ok(())
}

/// Shows a value as the prompt does (`sys.displayhook`).
fn print(vm: &mut Vm, value: &PyRef) -> PyResult {
    let key = vm.names().displayhook.clone();
    match vm.sys().get_str(vm, &key) {
        Some(hook) => vm.call_positional(&hook, std::slice::from_ref(value)),
        None => Err(vm.runtime_error("lost sys.displayhook")),
    }
}

/// `from module import *`
fn import_star(vm: &mut Vm, _: &Window, module: &PyRef) -> PyResult {
    let frame = vm.eval.frames.last().expect("a frame is running");
    let target = frame
        .namespace
        .clone()
        .unwrap_or_else(|| frame.func.globals.clone().into_any());
    let (all, dict) = (vm.names().all.clone(), vm.names().dict.clone());
    let (names, skip_private) = match vm.lookup_attr(module, &all)? {
        Some(all) => (vm.to_vec(&all)?, false),
        None => {
            let Some(namespace) = vm.lookup_attr(module, &dict)? else {
                return Err(vm.error(
                    &exception::IMPORT_ERROR,
                    "from-import-* object has no __dict__ and no __all__",
                ));
            };
            (vm.to_vec(&namespace)?, true)
        }
    };
    for name in names {
        let Some(name) = name.downcast_ref::<PyStr>() else {
            let what = if skip_private { "Key in" } else { "Item in" };
            let place = if skip_private { "__dict__" } else { "__all__" };
            let module_name = crate::import::module_name(vm, module);
            let message = format!(
                "{what} {module_name}.{place} must be str, not {}",
                vm.type_name(&name)
            );
            return Err(vm.type_error(message));
        };
        if skip_private && name.to_text().starts_with('_') {
            continue;
        }
        let value = vm.get_attr(module, name)?;
        match target.downcast_ref::<PyDict>() {
            Some(dict) if vm.is_exactly(&target, &crate::types::dict::DICT) => {
                dict.set_str(vm, name, value)?
            }
            _ => vm.set_item(&target, name.as_any(), &value)?,
        }
    }
    Ok(vm.none())
}

/// A `StopIteration` that leaves a generator becomes a `RuntimeError` (PEP 479).
fn stop_iteration_error(vm: &mut Vm, w: &Window, exception: PyRef) -> PyResult {
    let kinds = w.code().flags;
    let is_stop = super::control::matches(
        vm,
        &exception,
        vm.class(&exception::STOP_ITERATION).as_any(),
    );
    let is_async_stop = super::control::matches(
        vm,
        &exception,
        vm.class(&exception::STOP_ASYNC_ITERATION).as_any(),
    );
    let message = if is_stop && kinds & flags::ASYNC_GENERATOR != 0 {
        "async generator raised StopIteration"
    } else if is_stop && kinds & flags::COROUTINE != 0 {
        "coroutine raised StopIteration"
    } else if is_stop {
        "generator raised StopIteration"
    } else if is_async_stop && kinds & flags::ASYNC_GENERATOR != 0 {
        "async generator raised StopAsyncIteration"
    } else {
        return Ok(exception);
    };
    let cause = exception.downcast::<PyException>().ok();
    let error = vm.runtime_error(message).into_exception(vm);
    error.set_cause(cause.clone());
    error.set_context(cause);
    Ok(error.into_any())
}

fn list_to_tuple(vm: &mut Vm, list: &PyRef) -> PyResult {
    let Some(list) = list.downcast_ref::<PyList>() else {
        return Err(vm.system_error("LIST_TO_TUPLE needs a list"));
    };
    let items = list.items.get(vm).to_vec();
    Ok(vm.new_tuple_from_vec(items)?.into_any())
}

/// Makes a type parameter (PEP 695) with the native module that implements them.
fn typing(vm: &mut Vm, name: &str, args: &[PyRef], evaluators: &[(&str, PyRef)]) -> PyResult {
    crate::types::typevar::make_type_param(vm, name, args, evaluators)
}

/// `class C[T]` derives from `Generic[T]`.
fn subscript_generic(vm: &mut Vm, params: &PyRef) -> PyResult {
    let typing = vm.import("typing")?;
    let generic = vm.get_attr_str(&typing, "Generic")?;
    if !params.is_a::<PyTuple>() {
        return Err(vm.system_error("SUBSCRIPT_GENERIC needs a tuple"));
    }
    let params = crate::types::typevar::unpack_params(vm, params)?;
    vm.call_method_str(&typing, "_generic_class_getitem", &[generic, params])
}

/// `type X = …`
fn type_alias(vm: &mut Vm, parts: &PyRef) -> PyResult {
    crate::types::typevar::make_type_alias(vm, parts)
}
