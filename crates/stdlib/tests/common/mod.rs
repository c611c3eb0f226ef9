//! How the tests of this crate run a Python program: in a runtime of its own, as `__main__`.

use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyErr, PyResult, Ref, Settings, Vm};
use rustpython_compiler::Mode;

/// A runtime with the library.
pub fn runtime(settings: Settings) -> Box<Vm> {
    let mut vm = Vm::new(settings).expect("there is memory");
    exuvia_stdlib::install(&mut vm);
    vm
}

/// Starts the import system and makes an empty `__main__`.
///
/// # Errors
/// What the library raises.
pub fn main_module(vm: &mut Vm) -> PyResult<Ref<PyModule>> {
    vm.native_module("sys")?;
    vm.start_import_system()?;
    let main = vm.new_module("__main__")?;
    vm.register_module("__main__", &main)?;
    let builtins = vm.builtins().into_any();
    vm.add_attribute(&main, "__builtins__", builtins)?;
    Ok(main)
}

/// Runs source text in a module.
///
/// # Errors
/// What it raises.
pub fn execute(vm: &mut Vm, main: &Ref<PyModule>, source: &str, name: &str) -> PyResult<()> {
    let code = vm.compile(source, name, Mode::Exec)?;
    exuvia_vm::eval::call::run_code(vm, &code, main.dict(), None, None).map(drop)
}

/// An error as the interpreter prints it.
pub fn report(vm: &mut Vm, error: PyErr) -> String {
    let exception = error.into_exception(vm);
    exuvia_vm::types::exception::report::format_exception(vm, &exception)
        .unwrap_or_else(|_| "MemoryError".to_owned())
}
