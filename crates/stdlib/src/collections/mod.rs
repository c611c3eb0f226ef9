//! `_collections`: what `collections` is built on: `deque`, `defaultdict`, `OrderedDict`, the fields of named tuples, counting.

mod count;
mod defaultdict;
mod deque;
mod deque_iter;
mod deque_methods;
mod ordered_dict;
mod tuplegetter;

pub use defaultdict::DEFAULTDICT;
pub use deque::{DEQUE, PyDeque};
pub use deque_iter::{DEQUE_ITERATOR, DEQUE_REVERSE_ITERATOR};
pub use ordered_dict::ORDERED_DICT;
pub use tuplegetter::TUPLEGETTER;

use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyResult, Ref, Vm};

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    crate::add_types(
        vm,
        module,
        &[
            ("deque", &DEQUE),
            ("defaultdict", &DEFAULTDICT),
            ("OrderedDict", &ORDERED_DICT),
            ("_deque_iterator", &DEQUE_ITERATOR),
            ("_deque_reverse_iterator", &DEQUE_REVERSE_ITERATOR),
            ("_tuplegetter", &TUPLEGETTER),
        ],
    )?;
    vm.make_class(&ordered_dict::FRONT_TYPE)?;
    vm.add_functions(module, count::FUNCTIONS)
}
