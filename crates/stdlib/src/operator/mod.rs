//! `_operator`: the operators as functions, and callables that get items, attributes and results of methods.

mod functions;
mod getters;
mod method_caller;

pub use getters::{ATTRGETTER, ITEMGETTER};
pub use method_caller::METHODCALLER;

use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyResult, Ref, Vm};

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, functions::FUNCTIONS)?;
    crate::add_types(
        vm,
        module,
        &[
            ("itemgetter", &ITEMGETTER),
            ("attrgetter", &ATTRGETTER),
            ("methodcaller", &METHODCALLER),
        ],
    )
}
