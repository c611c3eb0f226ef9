//! `_count_elements`: how `collections.Counter` counts.

use exuvia_vm::protocol::number::BinaryOp;
use exuvia_vm::table::Method;
use exuvia_vm::types::dict::{DICT, PyDict};
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

pub(super) static FUNCTIONS: &[Method] = &[function!(
    "_count_elements",
    "($module, mapping, iterable, /)",
    count_elements,
    "Adds to each value of a mapping how often an iterable yields its key."
)];

fn count_elements(vm: &mut Vm, mapping: PyRef, iterable: PyRef) -> PyResult<()> {
    let iterator = vm.iter(&iterable)?;
    match plain_dict(vm, &mapping)? {
        Some(dict) => count_in_dict(vm, &dict, &iterator),
        None => count_in_mapping(vm, &mapping, &iterator),
    }
}

/// The mapping as a dict, if reading and storing in it is what dict does.
fn plain_dict(vm: &mut Vm, mapping: &PyRef) -> PyResult<Option<Ref<PyDict>>> {
    let Some(dict) = mapping.downcast_ref::<PyDict>() else {
        return Ok(None);
    };
    let (class, plain) = (vm.type_of(mapping).clone(), vm.class(&DICT).clone());
    for name in ["get", "__setitem__"] {
        let name = vm.intern(name)?;
        match (class.lookup(vm, &name), plain.lookup(vm, &name)) {
            (Some(own), Some(inherited)) if own.is(&inherited) => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(dict.clone()))
}

fn count_in_dict(vm: &mut Vm, dict: &Ref<PyDict>, iterator: &PyRef) -> PyResult<()> {
    let one = vm.new_int(1)?;
    while let Some(key) = vm.next(iterator)? {
        let hash = vm.hash(&key)?;
        let entry = dict.find_hashed(vm, &key, hash)?;
        let count = match entry.and_then(|entry| dict.value_at(vm, entry)) {
            None => one.clone(),
            Some(count) => vm.binary_op(BinaryOp::Add, &count, &one)?,
        };
        dict.set_hashed(vm, &key, hash, count)?;
    }
    Ok(())
}

fn count_in_mapping(vm: &mut Vm, mapping: &PyRef, iterator: &PyRef) -> PyResult<()> {
    let (zero, one) = (vm.new_int(0)?, vm.new_int(1)?);
    let get = vm.get_attr_str(mapping, "get")?;
    while let Some(key) = vm.next(iterator)? {
        let count = vm.call_positional(&get, &[key.clone(), zero.clone()])?;
        let count = vm.binary_op(BinaryOp::Add, &count, &one)?;
        vm.set_item(mapping, &key, &count)?;
    }
    Ok(())
}
