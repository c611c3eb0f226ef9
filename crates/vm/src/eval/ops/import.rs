//! `import`.

use crate::eval::window::Window;
use crate::types::exception;
use crate::types::str::PyStr;
use crate::{PyRef, PyResult, Ref, Vm};

/// `IMPORT_NAME`: level, names to import from.
pub(crate) fn import_name(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let (from_list, level) = (w.pop_owned(), w.pop_owned());
    let (name, func) = (w.name(index), w.func());
    w.save();
    let import_key = vm.names().import.clone();
    let Some(import) = func.builtins.get_str(vm, &import_key) else {
        return Err(vm.error(&exception::IMPORT_ERROR, "__import__ not found"));
    };
    let namespace = vm
        .eval
        .frames
        .last()
        .and_then(|frame| frame.namespace.clone());
    let locals = namespace.unwrap_or_else(|| vm.none());
    let globals = func.globals.clone().into_any();
    let module = vm.call_positional(
        &import,
        &[name.clone().into_any(), globals, locals, from_list, level],
    )?;
    w.push(module);
    Ok(())
}

/// `IMPORT_FROM`
pub(crate) fn import_from(vm: &mut Vm, w: &mut Window, index: u32) -> PyResult<()> {
    let (module, name) = ((*w.peek(1).object()).clone(), w.name(index));
    w.save();
    let value = match vm.lookup_attr(&module, name)? {
        Some(value) => value,
        None => from_modules(vm, &module, name)?,
    };
    w.push(value);
    Ok(())
}

/// A submodule that is being imported is in `sys.modules` before it is an attribute of its package.
fn from_modules(vm: &mut Vm, module: &PyRef, name: &Ref<PyStr>) -> PyResult {
    let name_key = vm.names().name.clone();
    let package = vm
        .lookup_attr(module, &name_key)?
        .and_then(|name| name.downcast::<PyStr>().ok());
    if let Some(package) = &package {
        let full = vm.intern(&format!("{}.{}", package.to_text(), name.to_text()))?;
        if let Some(found) = vm.modules().get_str(vm, &full) {
            return Ok(found);
        }
    }
    Err(crate::import::cannot_import_name(
        vm,
        module,
        package.as_ref(),
        name,
    ))
}
