//! `_weakref`: what `weakref.py` is built on.

use exuvia_object::weak;
use exuvia_vm::table::Method;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::weakref::{self, PyWeakRef};
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[
    function!(
        "getweakrefcount",
        "($module, object, /)",
        getweakrefcount,
        "How many weak references and proxies an object has."
    ),
    function!(
        "getweakrefs",
        "($module, object, /)",
        getweakrefs,
        "The weak references and proxies of an object."
    ),
    function!(
        "proxy",
        "($module, object, callback=None, /)",
        proxy,
        "A proxy that stands for an object without keeping it alive."
    ),
    function!(
        "_remove_dead_weakref",
        "($module, dct, key, /)",
        remove_dead_weakref,
        "Removes an entry of a dict if its value is a dead weak reference."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let names = [
        ("ref", &weakref::REF),
        ("ReferenceType", &weakref::REF),
        ("ProxyType", &weakref::PROXY),
        ("CallableProxyType", &weakref::CALLABLE_PROXY),
    ];
    for (name, def) in names {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    Ok(())
}

fn getweakrefcount(_: &mut Vm, object: PyRef) -> usize {
    weak::owners(&object).len()
}

fn getweakrefs(vm: &mut Vm, object: PyRef) -> PyResult {
    let mut owners = weak::owners(&object);
    owners.reverse();
    Ok(vm.new_list(owners)?.into_any())
}

fn proxy(vm: &mut Vm, object: PyRef, callback: Option<PyRef>) -> PyResult {
    let callback = callback.filter(|callback| !vm.is_none(callback));
    Ok(vm.new_weak_proxy(&object, callback)?.into_any())
}

fn remove_dead_weakref(vm: &mut Vm, dict: Ref<PyDict>, key: PyRef) -> PyResult<()> {
    if let Some(value) = dict.get_item(vm, &key)?
        && value
            .downcast_ref::<PyWeakRef>()
            .is_some_and(|reference| !reference.is_alive())
    {
        dict.del_item(vm, &key)?;
    }
    Ok(())
}
