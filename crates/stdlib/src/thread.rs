//! `_thread`: the identity of the only thread; the rest is `python/_thread.py`.

use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[
    function!(
        "get_ident",
        "($module, /)",
        get_ident,
        "A number that no other thread has."
    ),
    function!(
        "get_native_id",
        "($module, /)",
        get_native_id,
        "The number that the system knows the thread by."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    crate::run_python_part(vm, module, "_thread")
}

/// The space's address: a runtime belongs to one thread, and no other runtime has it.
fn get_ident(vm: &mut Vm) -> PyResult {
    vm.new_int_from_usize(std::ptr::from_ref(vm.space()).addr())
}

fn get_native_id(_: &mut Vm) -> i64 {
    i64::from(std::process::id())
}
