//! The module `builtins`: its functions, and the types and constants it names.
//!
//! `functions.rs` has most of them, `code.rs` those that compile and run source text, `class.rs` what a `class`
//! statement calls.

mod brackets;
pub mod class;
pub mod code;
pub mod functions;
mod syntax_error;
mod syntax_warning;

use crate::table::TypeDef;
use crate::types::type_::PyType;
use crate::types::{self, exception};
use crate::{PyResult, Ref, Vm};

/// The types that `builtins` names, besides the exceptions.
static TYPES: &[&TypeDef] = &[
    &types::object_::OBJECT,
    &types::type_::TYPE,
    &types::int::INT,
    &types::bool_::BOOL,
    &types::float::FLOAT,
    &types::complex::COMPLEX,
    &types::str::STR,
    &types::bytes::BYTES,
    &types::bytearray::BYTEARRAY,
    &types::memoryview::MEMORYVIEW,
    &types::list::LIST,
    &types::tuple::TUPLE,
    &types::dict::DICT,
    &types::set::SET,
    &types::set::FROZENSET,
    &types::range::RANGE,
    &types::slice::SLICE,
    &types::enumerate::ENUMERATE,
    &types::enumerate::FILTER,
    &types::enumerate::MAP,
    &types::enumerate::REVERSED,
    &types::enumerate::ZIP,
    &types::classmethod::CLASSMETHOD,
    &types::classmethod::STATICMETHOD,
    &types::property::PROPERTY,
    &types::super_::SUPER,
];

/// Makes the module and puts it into `sys.modules`.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn install(vm: &mut Vm) -> PyResult<()> {
    let module = vm.new_module("builtins")?;
    vm.builtins = Some(module.dict().clone());
    for functions in [functions::FUNCTIONS, code::FUNCTIONS, class::FUNCTIONS] {
        vm.add_functions(&module, functions)?;
    }
    for def in TYPES.iter().chain(exception::DEFS) {
        let ty: Ref<PyType> = vm.class(def).clone();
        vm.add_attribute(&module, def.name, ty.into_any())?;
    }
    let os_error = vm.class(&exception::OS_ERROR).clone().into_any();
    for alias in ["EnvironmentError", "IOError"] {
        vm.add_attribute(&module, alias, os_error.clone())?;
    }
    let constants = [
        ("None", vm.none()),
        ("True", vm.new_bool(true)),
        ("False", vm.new_bool(false)),
        ("Ellipsis", vm.ellipsis()),
        ("NotImplemented", vm.not_implemented()),
        ("__debug__", vm.new_bool(vm.settings.flags.optimize == 0)),
    ];
    for (name, value) in constants {
        vm.add_attribute(&module, name, value)?;
    }
    vm.register_module("builtins", &module)
}
