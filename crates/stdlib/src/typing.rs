//! `_typing`: the types of type parameters, aliases and unions, which `typing.py` is built on.

use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::{typevar, union};
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[function!(
    "_idfunc",
    "($module, x, /)",
    |_: &mut Vm, object: PyRef| object,
    "Returns its argument: what a NewType calls."
)];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let types = [
        ("TypeVar", &typevar::TYPE_VAR),
        ("ParamSpec", &typevar::PARAM_SPEC),
        ("TypeVarTuple", &typevar::TYPE_VAR_TUPLE),
        ("ParamSpecArgs", &typevar::PARAM_SPEC_ARGS),
        ("ParamSpecKwargs", &typevar::PARAM_SPEC_KWARGS),
        ("TypeAliasType", &typevar::TYPE_ALIAS),
        ("Generic", &typevar::GENERIC),
        ("Union", &union::UNION),
    ];
    for (name, def) in types {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    let no_default = typevar::no_default(vm)?;
    vm.add_attribute(module, "NoDefault", no_default)
}
