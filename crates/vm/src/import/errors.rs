//! What is said when a module does not have what is asked of it, and how modules are shown.

use crate::types::exception::{self, fields};
use crate::types::module;
use crate::types::str::PyStr;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// `__name__` of a module, or `<unknown module name>`.
pub fn module_name(vm: &mut Vm, module: &PyRef) -> String {
    own_name(vm, module).unwrap_or_else(|| "<unknown module name>".to_owned())
}

/// The name that a module says it has.
fn own_name(vm: &mut Vm, module: &PyRef) -> Option<String> {
    let key = vm.names().name.clone();
    let name = own_attribute(vm, module, &key)?;
    name.downcast_ref::<PyStr>()
        .map(|name| name.to_text().into_owned())
}

/// An attribute that every module should have. A module's namespace is asked directly: the error of a failed lookup would
/// ask for it again.
fn own_attribute(vm: &mut Vm, module: &PyRef, name: &Ref<PyStr>) -> Option<PyRef> {
    match module::namespace_of(module) {
        Some(dict) => dict.get_str(vm, name),
        None => vm.lookup_attr(module, name).ok().flatten(),
    }
}

/// The file that a module comes from, if it says so.
fn module_file(vm: &mut Vm, module: &PyRef) -> Option<String> {
    let key = vm.names().file.clone();
    let file = module::namespace_of(module)?.get_str(vm, &key)?;
    file.downcast_ref::<PyStr>()
        .map(|file| file.to_text().into_owned())
}

/// The `ImportError` of `from module import name`.
#[cold]
pub fn cannot_import_name(
    vm: &mut Vm,
    module: &PyRef,
    package: Option<&Ref<PyStr>>,
    name: &Ref<PyStr>,
) -> PyErr {
    let shown = package.map_or_else(
        || "<unknown module name>".to_owned(),
        |name| name.to_text().into_owned(),
    );
    let file = module_file(vm, module);
    let place = file
        .clone()
        .unwrap_or_else(|| "unknown location".to_owned());
    let (state, reason) = match is_initializing(vm, module) {
        true => (
            "partially initialized module ",
            "(most likely due to a circular import) ",
        ),
        false => ("", ""),
    };
    let name_text = name.to_text();
    let message =
        format!("cannot import name '{name_text}' from {state}'{shown}' {reason}({place})");
    let error = vm.error(&exception::IMPORT_ERROR, message);
    if let PyErr::Raised(exception) = &error {
        let path = file
            .and_then(|file| vm.new_str(&file).ok())
            .map(Ref::into_any);
        let values = [
            (
                fields::IMPORT_ERROR_NAME,
                package.map(|name| name.clone().into_any()),
            ),
            (fields::IMPORT_ERROR_PATH, path),
            (
                fields::IMPORT_ERROR_NAME_FROM,
                Some(name.clone().into_any()),
            ),
        ];
        for (index, value) in values {
            if let Err(error) = exception.set_field(vm, index, value) {
                return error;
            }
        }
    }
    error
}

/// Whether a module is still being imported.
fn is_initializing(vm: &mut Vm, module: &PyRef) -> bool {
    let (spec, initializing) = (vm.names().spec.clone(), vm.names().initializing.clone());
    let Some(spec) = own_attribute(vm, module, &spec) else {
        return false;
    };
    match vm.lookup_attr(&spec, &initializing) {
        Ok(Some(flag)) => vm.is_true(&flag).unwrap_or(false),
        _ => false,
    }
}

/// The `AttributeError` of `module.name`.
#[cold]
pub fn no_module_attribute(vm: &mut Vm, module: &PyRef, name: &Ref<PyStr>) -> PyErr {
    let (shown, name_text) = (module_name(vm, module), name.to_text());
    let message = match is_initializing(vm, module) {
        true => format!(
            "partially initialized module '{shown}' has no attribute '{name_text}' (most likely due to a circular import)"
        ),
        false => format!("module '{shown}' has no attribute '{name_text}'"),
    };
    vm.attribute_error_about(message, module, name)
}

/// How a module is shown: `<module 'json' from '…'>`, `<module 'sys' (built-in)>`.
///
/// # Errors
/// What `repr` of its parts raises.
pub fn module_repr(vm: &mut Vm, module: &PyRef) -> PyResult<String> {
    let name = own_name(vm, module).unwrap_or_else(|| "?".to_owned());
    let spec_key = vm.names().spec.clone();
    let spec = module::namespace_of(module).and_then(|dict| dict.get_str(vm, &spec_key));
    if let Some(spec) = spec.filter(|spec| !vm.is_none(spec))
        && let Some(text) = repr_from_spec(vm, &name, &spec)?
    {
        return Ok(text);
    }
    Ok(match module_file(vm, module) {
        Some(file) => format!("<module '{name}' from '{file}'>"),
        None if vm.native_modules.contains(&name) => format!("<module '{name}' (built-in)>"),
        None => format!("<module '{name}'>"),
    })
}

fn repr_from_spec(vm: &mut Vm, name: &str, spec: &PyRef) -> PyResult<Option<String>> {
    if let Some(origin) = vm
        .lookup_attr_str(spec, "origin")?
        .filter(|origin| !vm.is_none(origin))
    {
        let origin = vm.str(&origin)?.to_text().into_owned();
        let has_location = match vm.lookup_attr_str(spec, "has_location")? {
            Some(flag) => vm.is_true(&flag)?,
            None => false,
        };
        return Ok(Some(match has_location {
            true => format!("<module '{name}' from '{origin}'>"),
            false => format!("<module '{name}' ({origin})>"),
        }));
    }
    if let Some(loader) = vm
        .lookup_attr_str(spec, "loader")?
        .filter(|loader| !vm.is_none(loader))
    {
        let loader = vm.repr(&loader)?.to_text().into_owned();
        return Ok(Some(format!("<module '{name}' ({loader})>")));
    }
    Ok(None)
}
