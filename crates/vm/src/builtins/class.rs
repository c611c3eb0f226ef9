//! `__build_class__`: what a `class` statement calls (PEP 3115, PEP 560, PEP 695).

use crate::args::Args;
use crate::table::Method;
use crate::types::cell::PyCell;
use crate::types::dict::PyDict;
use crate::types::function::PyFunction;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::{PyType, TYPE, methods};
use crate::{PyRef, PyResult, Ref, Vm};

/// The rows of this file.
pub(crate) static FUNCTIONS: &[Method] = &[Method {
    name: "__build_class__",
    signature: "($module, func, name, /, *bases, **kwds)",
    shape: crate::table::Shape::of("($module, func, name, /, *bases, **kwds)"),
    kind: crate::table::MethodKind::Function,
    doc: "Makes a class from the function of its body.",
    call: |vm, args, _| build_class(vm, args),
}];

fn build_class(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let [body, name, given_bases @ ..] = args.positionals() else {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    };
    let Some(body) = body.downcast_ref::<PyFunction>() else {
        return Err(vm.type_error("__build_class__: func must be a function"));
    };
    let Some(name) = name.downcast_ref::<PyStr>() else {
        return Err(vm.type_error("__build_class__: name is not a string"));
    };
    let bases = resolve_bases(vm, given_bases)?;
    let (meta, keywords) = split_metaclass(vm, &bases, args)?;
    let bases_tuple = vm.new_tuple(&bases)?;
    let namespace = prepare(vm, &meta, name, &bases_tuple, &keywords)?;
    let cell = run_body(vm, body, &namespace)?;
    let was_resolved =
        bases.len() != given_bases.len() || bases.iter().zip(given_bases).any(|(a, b)| !a.is(b));
    if was_resolved {
        let (key, original) = (vm.intern("__orig_bases__")?, vm.new_tuple(given_bases)?);
        vm.set_item(&namespace, key.as_any(), original.as_any())?;
    }
    let mut values = vec![name.clone().into_any(), bases_tuple.into_any(), namespace];
    values.extend(keywords.iter().map(|(_, value)| value.clone()));
    let names: Vec<PyRef> = keywords.iter().map(|(name, _)| name.clone()).collect();
    let class = vm.call(
        &meta,
        Args {
            values: &values,
            names: &names,
        },
    )?;
    check_cell(vm, &cell, &class, name)?;
    Ok(class)
}

/// Replaces bases that are not classes by what their `__mro_entries__` say (PEP 560).
fn resolve_bases(vm: &mut Vm, given: &[PyRef]) -> PyResult<Vec<PyRef>> {
    let key = vm.names().mro_entries.clone();
    let mut bases = Vec::with_capacity(given.len());
    for base in given {
        if base.is_a::<PyType>() {
            bases.push(base.clone());
            continue;
        }
        let Some(entries) = vm.lookup_attr(base, &key)? else {
            bases.push(base.clone());
            continue;
        };
        let all = vm.new_tuple(given)?.into_any();
        let replacement = vm.call_positional(&entries, &[all])?;
        let Some(replacement) = replacement.downcast_ref::<PyTuple>() else {
            return Err(vm.type_error("__mro_entries__ must return a tuple"));
        };
        bases.extend(replacement.iter().cloned());
    }
    Ok(bases)
}

type Keywords = Vec<(PyRef, PyRef)>;

/// The metaclass, and the keyword arguments that are left for it.
fn split_metaclass(vm: &mut Vm, bases: &[PyRef], args: Args<'_>) -> PyResult<(PyRef, Keywords)> {
    let mut meta = None;
    let mut keywords = Vec::new();
    for (name, value) in args.keywords() {
        if name
            .downcast_ref::<PyStr>()
            .is_some_and(|name| name.as_str() == Some("metaclass"))
        {
            meta = Some(value.clone());
        } else {
            keywords.push((name.clone(), value.clone()));
        }
    }
    let meta = match (meta, bases.first()) {
        (Some(meta), _) => meta,
        (None, Some(base)) => vm.type_of(base).clone().into_any(),
        (None, None) => vm.class(&TYPE).clone().into_any(),
    };
    // A metaclass that is no class is called as it is.
    let meta = match meta.downcast_ref::<PyType>() {
        Some(class) => methods::calculate_metaclass(vm, class, bases)?.into_any(),
        None => meta,
    };
    Ok((meta, keywords))
}

/// The namespace for the body (`__prepare__`, PEP 3115).
fn prepare(
    vm: &mut Vm,
    meta: &PyRef,
    name: &Ref<PyStr>,
    bases: &Ref<PyTuple>,
    keywords: &Keywords,
) -> PyResult {
    let key = vm.names().prepare.clone();
    let Some(prepare) = vm.lookup_attr(meta, &key)? else {
        return Ok(vm.new_dict()?.into_any());
    };
    let mut values = vec![name.clone().into_any(), bases.clone().into_any()];
    values.extend(keywords.iter().map(|(_, value)| value.clone()));
    let names: Vec<PyRef> = keywords.iter().map(|(name, _)| name.clone()).collect();
    let namespace = vm.call(
        &prepare,
        Args {
            values: &values,
            names: &names,
        },
    )?;
    let slots = vm.type_of(&namespace).slots(vm);
    if !namespace.is_a::<PyDict>() && slots.getitem.is_none() {
        let meta_name = meta
            .downcast_ref::<PyType>()
            .map_or_else(|| "<metaclass>".to_owned(), |meta| meta.name_text());
        let message = format!(
            "{meta_name}.__prepare__() must return a mapping, not {}",
            vm.type_name(&namespace)
        );
        return Err(vm.type_error(message));
    }
    Ok(namespace)
}

/// Runs the body. It returns the cell for `__class__`, or None.
fn run_body(vm: &mut Vm, body: &Ref<PyFunction>, namespace: &PyRef) -> PyResult {
    let params = body
        .type_params
        .get()
        .and_then(|params| params.downcast::<PyTuple>().ok());
    let Some(params) = params.filter(|params| !params.is_empty()) else {
        return crate::eval::call::run_body(vm, body, namespace.clone());
    };
    // The body looks its type parameters up under a name that no source text can contain.
    let key = vm.names().dot_type_params.clone();
    vm.set_item(namespace, key.as_any(), params.as_any())?;
    let cell = crate::eval::call::run_body(vm, body, namespace.clone())?;
    vm.del_item(namespace, key.as_any())?;
    Ok(cell)
}

fn check_cell(vm: &mut Vm, cell: &PyRef, class: &PyRef, name: &Ref<PyStr>) -> PyResult<()> {
    let (Some(cell), true) = (cell.downcast_ref::<PyCell>(), class.is_a::<PyType>()) else {
        return Ok(());
    };
    let found = cell.get();
    if found.as_ref().is_some_and(|found| found.is(class)) {
        return Ok(());
    }
    let (name, shown) = (name.to_text(), vm.repr(class)?.to_text().into_owned());
    Err(match found {
        None => vm.runtime_error(format!(
            "__class__ not set defining '{name}' as {shown}. Was __classcell__ propagated to type.__new__?"
        )),
        Some(found) => {
            let found = vm.repr(&found)?.to_text().into_owned();
            vm.type_error(format!("__class__ set to {found} defining '{name}' as {shown}"))
        }
    })
}
