//! What is said when a module does not have what is asked of it, and how modules are shown.

use crate::types::exception::{self, fields};
use crate::types::module;
use crate::types::set::{PyFrozenSet, PySet};
use crate::types::str::PyStr;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};
use std::path::{Path, PathBuf};

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
    let origin = origin(vm, module);
    let place = file
        .clone()
        .or_else(|| origin.clone())
        .unwrap_or_else(|| "unknown location".to_owned());
    let name_text = name.to_text();
    let subject = format!("cannot import name '{name_text}' from '{shown}'");
    let message = match blame(vm, module, &shown, origin.as_deref()) {
        Blame::Remedy(remedy) => format!("{subject} ({remedy})"),
        Blame::Circle => format!(
            "cannot import name '{name_text}' from partially initialized module '{shown}' (most likely due to a circular import) ({place})"
        ),
        Blame::Nothing => format!("{subject} ({place})"),
    };
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

/// The file that a module was imported from, as its spec says.
fn origin(vm: &mut Vm, module: &PyRef) -> Option<String> {
    let key = vm.names().spec.clone();
    let spec = own_attribute(vm, module, &key).filter(|spec| !vm.is_none(spec))?;
    let has_location = vm.lookup_attr_str(&spec, "has_location").ok()??;
    if !vm.is_true(&has_location).unwrap_or(false) {
        return None;
    }
    let origin = vm.lookup_attr_str(&spec, "origin").ok()??;
    origin
        .downcast_ref::<PyStr>()
        .map(|origin| origin.to_text().into_owned())
}

/// Why a module may lack what is asked of it.
enum Blame {
    /// Its file hides another module; what to do about that.
    Remedy(String),
    /// It is still being imported.
    Circle,
    Nothing,
}

fn blame(vm: &mut Vm, module: &PyRef, name: &str, origin: Option<&str>) -> Blame {
    let hiding = origin.filter(|origin| hides_others(vm, origin));
    if let Some(file) = hiding
        && is_in_library(vm, name)
    {
        return Blame::Remedy(format!(
            "consider renaming '{file}' since it has the same name as the standard library module named '{name}' and prevents importing that standard library module"
        ));
    }
    match (is_initializing(vm, module), hiding) {
        (true, Some(file)) => Blame::Remedy(format!(
            "consider renaming '{file}' if it has the same name as a library you intended to import"
        )),
        (true, None) => Blame::Circle,
        (false, _) => Blame::Nothing,
    }
}

/// Whether a module's file lies where modules are looked for first: beside the program.
fn hides_others(vm: &Vm, file: &str) -> bool {
    let Some(first) = vm
        .settings
        .path
        .first()
        .filter(|_| !vm.settings.flags.safe_path)
    else {
        return false;
    };
    let file = Path::new(file);
    let folder = match file.file_name().is_some_and(|name| name == "__init__.py") {
        true => file.parent().and_then(Path::parent),
        false => file.parent(),
    };
    let first = match first.is_empty() {
        true => std::env::current_dir().unwrap_or_default(),
        false => PathBuf::from(first),
    };
    folder.is_some_and(|folder| folder == first)
}

/// Whether `sys.stdlib_module_names` has a name.
fn is_in_library(vm: &mut Vm, name: &str) -> bool {
    fn look(vm: &mut Vm, name: &str) -> PyResult<bool> {
        let Some(sys) = vm.loaded_module("sys")? else {
            return Ok(false);
        };
        let Some(names) = vm.lookup_attr_str(&sys, "stdlib_module_names")? else {
            return Ok(false);
        };
        let is_set = names.is_a::<PySet>() || names.is_a::<PyFrozenSet>();
        let name = vm.new_str(name)?.into_any();
        Ok(is_set && vm.contains(&names, &name)?)
    }
    look(vm, name).unwrap_or(false)
}

/// The `AttributeError` of `module.name`.
#[cold]
pub fn no_module_attribute(vm: &mut Vm, module: &PyRef, name: &Ref<PyStr>) -> PyErr {
    let name_text = name.to_text();
    let Some(shown) = own_name(vm, module) else {
        let message = format!("module has no attribute '{name_text}'");
        return vm.attribute_error_about(message, module, name);
    };
    let origin = origin(vm, module);
    let subject = format!("module '{shown}' has no attribute '{name_text}'");
    let message = match blame(vm, module, &shown, origin.as_deref()) {
        Blame::Remedy(remedy) => format!("{subject} ({remedy})"),
        Blame::Circle => {
            let place = origin.map(|origin| format!(" from '{origin}'"));
            format!(
                "partially initialized module '{shown}'{} has no attribute '{name_text}' (most likely due to a circular import)",
                place.unwrap_or_default()
            )
        }
        Blame::Nothing => subject,
    };
    vm.attribute_error_about(message, module, name)
}

/// How a module is shown: `<module 'json' from '…'>`, `<module 'sys' (built-in)>`.
///
/// # Errors
/// What `repr` of its parts raises.
pub fn module_repr(vm: &mut Vm, module: &PyRef) -> PyResult<String> {
    let key = vm.names().name.clone();
    let name = match own_attribute(vm, module, &key) {
        Some(name) => vm.repr(&name)?.to_text().into_owned(),
        None => "'?'".to_owned(),
    };
    let key = vm.names().spec.clone();
    let spec = own_attribute(vm, module, &key);
    if let Some(spec) = spec.filter(|spec| !vm.is_none(spec)) {
        return repr_from_spec(vm, &spec);
    }
    let key = vm.names().file.clone();
    if let Some(file) = own_attribute(vm, module, &key) {
        let file = vm.repr(&file)?;
        return Ok(format!("<module {name} from {}>", file.to_text()));
    }
    let key = vm.names().loader.clone();
    match own_attribute(vm, module, &key).filter(|loader| !vm.is_none(loader)) {
        Some(loader) => {
            let loader = vm.repr(&loader)?;
            Ok(format!("<module {name} ({})>", loader.to_text()))
        }
        None => Ok(format!("<module {name}>")),
    }
}

fn repr_from_spec(vm: &mut Vm, spec: &PyRef) -> PyResult<String> {
    let part = |vm: &mut Vm, name: &str| -> PyResult<Option<PyRef>> {
        let part = vm.lookup_attr_str(spec, name)?;
        Ok(part.filter(|part| !vm.is_none(part)))
    };
    let name = match part(vm, "name")? {
        Some(name) => vm.repr(&name)?.to_text().into_owned(),
        None => "'?'".to_owned(),
    };
    if let Some(origin) = part(vm, "origin")? {
        let has_location = match part(vm, "has_location")? {
            Some(flag) => vm.is_true(&flag)?,
            None => false,
        };
        return Ok(match has_location {
            true => format!("<module {name} from {}>", vm.repr(&origin)?.to_text()),
            false => format!("<module {name} ({})>", vm.str(&origin)?.to_text()),
        });
    }
    let Some(loader) = part(vm, "loader")? else {
        return Ok(format!("<module {name}>"));
    };
    if vm.type_name(&loader) == "NamespaceLoader"
        && let Some(path) = vm.lookup_attr_str(&loader, "_path")?
    {
        let folders = vm.to_vec(&path)?;
        let folders = vm.new_list(folders)?.into_any();
        let folders = vm.repr(&folders)?;
        return Ok(format!(
            "<module {name} (namespace) from {}>",
            folders.to_text()
        ));
    }
    let loader = vm.repr(&loader)?;
    Ok(format!("<module {name} ({})>", loader.to_text()))
}
