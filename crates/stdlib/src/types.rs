//! `_types`: the built-in types that have no names among the built-ins, for `types`.

use exuvia_vm::PyResult;
use exuvia_vm::table::TypeDef;
use exuvia_vm::types::module::{MODULE, PyModule};
use exuvia_vm::types::{
    asyncgen, builtin_function, cell, code, coroutine, descriptor, frame, function, generator,
    generic_alias, mapping_proxy, method, namespace, none, traceback, union,
};
use exuvia_vm::{Ref, Vm};

static TYPES: &[(&str, &TypeDef)] = &[
    ("AsyncGeneratorType", &asyncgen::ASYNC_GENERATOR),
    ("BuiltinFunctionType", &builtin_function::BUILTIN_FUNCTION),
    ("BuiltinMethodType", &builtin_function::BUILTIN_FUNCTION),
    ("CellType", &cell::CELL),
    (
        "ClassMethodDescriptorType",
        &descriptor::CLASS_METHOD_DESCRIPTOR,
    ),
    ("CodeType", &code::CODE),
    ("CoroutineType", &coroutine::COROUTINE),
    ("EllipsisType", &none::ELLIPSIS),
    ("FrameType", &frame::FRAME),
    ("FunctionType", &function::FUNCTION),
    ("GeneratorType", &generator::GENERATOR),
    ("GenericAlias", &generic_alias::GENERIC_ALIAS),
    ("GetSetDescriptorType", &descriptor::GETSET_DESCRIPTOR),
    ("LambdaType", &function::FUNCTION),
    ("MappingProxyType", &mapping_proxy::MAPPING_PROXY),
    ("MemberDescriptorType", &descriptor::MEMBER_DESCRIPTOR),
    ("MethodDescriptorType", &descriptor::METHOD_DESCRIPTOR),
    ("MethodType", &method::METHOD),
    ("MethodWrapperType", &descriptor::METHOD_WRAPPER),
    ("ModuleType", &MODULE),
    ("NoneType", &none::NONE),
    ("NotImplementedType", &none::NOT_IMPLEMENTED),
    ("SimpleNamespace", &namespace::NAMESPACE),
    ("TracebackType", &traceback::TRACEBACK),
    ("UnionType", &union::UNION),
    ("WrapperDescriptorType", &descriptor::WRAPPER_DESCRIPTOR),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    for (name, def) in TYPES {
        let class = vm.class(def).clone().into_any();
        vm.add_attribute(module, name, class)?;
    }
    Ok(())
}
