//! `itertools`: iterators made of iterators. A file per family; each type is its payload, its table, and `next`.

mod combinatorics;
mod combine;
mod endless;
mod groupby;
mod select;
mod tee;

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
            ("accumulate", &combine::ACCUMULATE),
            ("batched", &combine::BATCHED),
            ("chain", &combine::CHAIN),
            ("combinations", &combinatorics::COMBINATIONS),
            (
                "combinations_with_replacement",
                &combinatorics::COMBINATIONS_WITH_REPLACEMENT,
            ),
            ("compress", &select::COMPRESS),
            ("count", &endless::COUNT),
            ("cycle", &endless::CYCLE),
            ("dropwhile", &select::DROPWHILE),
            ("filterfalse", &select::FILTERFALSE),
            ("groupby", &groupby::GROUPBY),
            ("_grouper", &groupby::GROUPER),
            ("islice", &select::ISLICE),
            ("pairwise", &combine::PAIRWISE),
            ("permutations", &combinatorics::PERMUTATIONS),
            ("product", &combinatorics::PRODUCT),
            ("repeat", &endless::REPEAT),
            ("starmap", &combine::STARMAP),
            ("takewhile", &select::TAKEWHILE),
            ("_tee", &tee::TEE),
            ("_tee_dataobject", &tee::TEE_BLOCK),
            ("zip_longest", &combine::ZIP_LONGEST),
        ],
    )?;
    vm.add_functions(module, tee::FUNCTIONS)
}
