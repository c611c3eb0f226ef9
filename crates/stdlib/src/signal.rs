//! `_signal`: all of it is `python/_signal.py`.

use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyResult, Ref, Vm};

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    crate::run_python_part(vm, module, "_signal")
}
