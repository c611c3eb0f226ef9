//! `_imp`: what `importlib` needs to know about native and packed modules.

use crate::frozen;
use exuvia_vm::import::frozen as packed;
use exuvia_vm::table::Method;
use exuvia_vm::types::code::PyCode;
use exuvia_vm::types::exception::IMPORT_ERROR;
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::module::{PyModule, namespace_of};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm, function};
use std::path::PathBuf;

/// The number that a file of compiled code begins with, as `importlib` wants it: 3627, carriage return, line feed.
const MAGIC: i64 = 3627 | 0x0a0d << 16;

static FUNCTIONS: &[Method] = &[
    function!(
        "acquire_lock",
        "($module, /)",
        acquire_lock,
        "Takes the import lock, which a single thread always has."
    ),
    function!(
        "release_lock",
        "($module, /)",
        release_lock,
        "Gives the import lock back."
    ),
    function!(
        "lock_held",
        "($module, /)",
        lock_held,
        "Whether the import lock is taken."
    ),
    function!(
        "extension_suffixes",
        "($module, /)",
        extension_suffixes,
        "Suffixes of extension modules: there are none."
    ),
    function!(
        "is_builtin",
        "($module, name, /)",
        is_builtin,
        "1 for a native module that can be made."
    ),
    function!(
        "create_builtin",
        "($module, spec, /)",
        create_builtin,
        "Makes a native module."
    ),
    function!(
        "exec_builtin",
        "($module, mod, /)",
        exec_builtin,
        "Native modules are complete when they are made."
    ),
    function!(
        "create_dynamic",
        "($module, spec, file=None, /)",
        create_dynamic,
        "Extension modules cannot be loaded."
    ),
    function!(
        "exec_dynamic",
        "($module, mod, /)",
        exec_builtin,
        "Extension modules cannot be loaded."
    ),
    function!(
        "is_frozen",
        "($module, name, /)",
        is_frozen,
        "Whether a module is packed."
    ),
    function!(
        "is_frozen_package",
        "($module, name, /)",
        is_frozen_package,
        "Whether a packed module is a package."
    ),
    function!(
        "find_frozen",
        "($module, name, /, *, withdata=False)",
        find_frozen,
        "What is known of a packed module."
    ),
    function!(
        "get_frozen_object",
        "($module, name, data=None, /)",
        get_frozen_object,
        "The code of a packed module."
    ),
    function!(
        "init_frozen",
        "($module, name, /)",
        init_frozen,
        "Runs a packed module without importlib."
    ),
    function!(
        "_frozen_module_names",
        "($module, /)",
        frozen_module_names,
        "The names of all packed modules."
    ),
    function!(
        "_fix_co_filename",
        "($module, code, path, /)",
        fix_co_filename,
        "Code objects keep the name they were compiled with."
    ),
    function!(
        "source_hash",
        "($module, key, source)",
        source_hash,
        "The hash of source text that a compiled file may carry."
    ),
    function!(
        "_override_frozen_modules_for_tests",
        "($module, override, /)",
        |_: &mut Vm, _override: i32| {},
        "Changes nothing: packed modules are all that there are."
    ),
    function!(
        "_override_multi_interp_extensions_check",
        "($module, override, /)",
        override_check,
        "There are no extension modules to check."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let check = vm.new_str("default")?.into_any();
    vm.add_attribute(module, "check_hash_based_pycs", check)?;
    let magic = vm.new_int(MAGIC)?;
    vm.add_attribute(module, "pyc_magic_number_token", magic)
}

fn acquire_lock(_: &mut Vm) {}

fn release_lock(_: &mut Vm) {}

fn lock_held(_: &mut Vm) -> bool {
    false
}

fn extension_suffixes(vm: &mut Vm) -> PyResult {
    Ok(vm.new_list(Vec::new())?.into_any())
}

fn is_builtin(vm: &mut Vm, name: String) -> i64 {
    i64::from(vm.native_modules.contains(&name))
}

/// The attribute `name` of a module's specification.
fn spec_name(vm: &mut Vm, spec: &PyRef) -> PyResult<String> {
    let name = vm.get_attr_str(spec, "name")?;
    Ok(vm.str(&name)?.to_text().into_owned())
}

fn create_builtin(vm: &mut Vm, spec: PyRef) -> PyResult {
    let name = spec_name(vm, &spec)?;
    if let Some(loaded) = vm.loaded_module(&name)? {
        return Ok(loaded);
    }
    match vm.native_modules.contains(&name) {
        true => Ok(vm.native_module(&name)?.into_any()),
        false => Ok(vm.none()),
    }
}

fn exec_builtin(_: &mut Vm, _: PyRef) -> i64 {
    0
}

fn create_dynamic(vm: &mut Vm, spec: PyRef, _: Option<PyRef>) -> PyResult {
    let name = spec_name(vm, &spec)?;
    Err(vm.error(
        &IMPORT_ERROR,
        format!("cannot load extension module {name}: there is no C API"),
    ))
}

fn is_frozen(vm: &mut Vm, name: String) -> bool {
    package_state(vm, &name).is_some()
}

fn package_state(vm: &Vm, name: &str) -> Option<bool> {
    vm.native_modules
        .frozen
        .as_ref()
        .and_then(|frozen| frozen.contains(name))
}

fn not_frozen(vm: &Vm, name: &str) -> PyErr {
    vm.error(&IMPORT_ERROR, format!("No such frozen object named {name}"))
}

fn is_frozen_package(vm: &mut Vm, name: String) -> PyResult<bool> {
    package_state(vm, &name).ok_or_else(|| not_frozen(vm, &name))
}

/// What no file of the program's takes the place of: CPython has these in the interpreter too, or the runtime relies on
/// them.
const ALWAYS_PACKED: [&str; 20] = [
    "__phello__",
    "_collections_abc",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_py_warnings",
    "_sitebuiltins",
    "_warnings",
    "abc",
    "codecs",
    "encodings",
    "genericpath",
    "importlib",
    "io",
    "os",
    "posixpath",
    "runpy",
    "site",
    "stat",
    "warnings",
    "zipimport",
];

/// Whether a file of the program's takes the place of a packed module, as in CPython, where the library is a folder that
/// is searched last.
fn is_replaced(vm: &mut Vm, name: &str) -> PyResult<bool> {
    if let Some((package, _)) = name.rsplit_once('.') {
        // What a package from a file does not have itself is not looked for here.
        let Some(package) = vm.loaded_module(package)? else {
            return Ok(false);
        };
        let file = vm.names().file.clone();
        let namespace = namespace_of(&package);
        return Ok(namespace.is_some_and(|namespace| namespace.get_str(vm, &file).is_some()));
    }
    if ALWAYS_PACKED.contains(&name) {
        return Ok(false);
    }
    let key = vm.intern("path")?;
    let folders = match vm.sys().get_str(vm, &key) {
        Some(path) => path.downcast::<PyList>().map(|path| path.to_vec(vm)),
        None => return Ok(false),
    };
    Ok(folders.unwrap_or_default().iter().any(|folder| {
        let Some(folder) = folder.downcast_ref::<PyStr>() else {
            return false;
        };
        // An empty path is the current folder, for the system too.
        let folder = PathBuf::from(folder.to_text().into_owned());
        folder.join(format!("{name}.py")).is_file()
            || folder.join(name).join("__init__.py").is_file()
    }))
}

fn find_frozen(vm: &mut Vm, name: String, _: Option<bool>) -> PyResult {
    let Some(is_package) = package_state(vm, &name) else {
        return Ok(vm.none());
    };
    if is_replaced(vm, &name)? {
        return Ok(vm.none());
    }
    let original = vm
        .new_str(frozen::original_name(&name).unwrap_or(&name))?
        .into_any();
    let found = [vm.none(), vm.new_bool(is_package), original];
    Ok(vm.new_tuple(&found)?.into_any())
}

fn get_frozen_object(vm: &mut Vm, name: String, _: Option<PyRef>) -> PyResult<Ref<PyCode>> {
    packed::code(vm, &name)
}

fn init_frozen(vm: &mut Vm, name: String) -> PyResult {
    match package_state(vm, &name) {
        Some(_) => Ok(vm.run_frozen(&name)?.into_any()),
        None => Ok(vm.none()),
    }
}

fn frozen_module_names(vm: &mut Vm) -> PyResult {
    let names: PyResult<Vec<PyRef>> = frozen::names()
        .map(|name| Ok(vm.new_str(name)?.into_any()))
        .collect();
    Ok(vm.new_list(names?)?.into_any())
}

fn fix_co_filename(_: &mut Vm, _: PyRef, _: PyRef) {}

fn source_hash(vm: &mut Vm, key: i64, source: PyRef) -> PyResult {
    let _ = (key, source);
    Err(vm.not_implemented_error(
        "compiled files that are checked by a hash of their source are not supported",
    ))
}

fn override_check(_: &mut Vm, _: i64) -> i64 {
    0
}
