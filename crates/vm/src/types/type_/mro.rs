//! The order in which bases are searched: C3 linearization (Python 2.3's `__mro__`; Barrett et al. 1996).

use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{PyRef, PyResult, Ref, Vm};

/// The linearization of a class with these bases, the class itself not included.
///
/// # Errors
/// `TypeError` if the bases contradict each other or one is given twice.
pub(crate) fn linearize(vm: &Vm, bases: &[Ref<PyType>]) -> PyResult<Vec<Ref<PyType>>> {
    for (index, base) in bases.iter().enumerate() {
        if bases[..index].iter().any(|other| other.is(base)) {
            return Err(vm.type_error(format!("duplicate base class {}", base.name_text())));
        }
        if !base.is_complete() {
            let message = format!("Cannot extend an incomplete type '{}'", base.name_text());
            return Err(vm.type_error(message));
        }
    }
    let mut sequences: Vec<Vec<Ref<PyType>>> =
        bases.iter().map(|base| types_of(&base.mro())).collect();
    sequences.push(bases.to_vec());
    let mut order = Vec::new();
    loop {
        sequences.retain(|sequence| !sequence.is_empty());
        if sequences.is_empty() {
            return Ok(order);
        }
        let is_free = |candidate: &Ref<PyType>| {
            !sequences
                .iter()
                .any(|sequence| sequence[1..].iter().any(|other| other.is(candidate)))
        };
        let Some(next) = sequences
            .iter()
            .map(|sequence| sequence[0].clone())
            .find(is_free)
        else {
            return Err(contradiction(vm, &sequences));
        };
        for sequence in &mut sequences {
            if sequence[0].is(&next) {
                sequence.remove(0);
            }
        }
        order.push(next);
    }
}

/// The types in a tuple of types.
pub(crate) fn types_of(tuple: &Ref<PyTuple>) -> Vec<Ref<PyType>> {
    tuple
        .iter()
        .filter_map(|ty| ty.clone().downcast::<PyType>().ok())
        .collect()
}

#[cold]
fn contradiction(vm: &Vm, sequences: &[Vec<Ref<PyType>>]) -> crate::PyErr {
    let mut heads: Vec<String> = Vec::new();
    for sequence in sequences {
        let name = sequence[0].name_text();
        if !heads.contains(&name) {
            heads.push(name);
        }
    }
    vm.type_error(format!(
        "Cannot create a consistent method resolution order (MRO) for bases {}",
        heads.join(", ")
    ))
}

/// The order for a class: what a metaclass's `mro()` says, or the linearization.
///
/// # Errors
/// `TypeError`, or what `mro()` raises.
pub(crate) fn compute(vm: &mut Vm, ty: &Ref<PyType>) -> PyResult<Ref<PyTuple>> {
    let meta = vm.type_of(ty).clone();
    if !meta.is(vm.class(&super::TYPE)) {
        let name = vm.names().mro.clone();
        if let Some(found) = meta.lookup(vm, &name)
            && !super::methods::is_own_mro(vm, &found)
        {
            let answer = vm.call_method(ty.as_any(), &name, &[])?;
            return checked(vm, ty, &answer);
        }
    }
    let mut order: Vec<PyRef> = vec![ty.clone().into_any()];
    order.extend(
        linearize(vm, &types_of(&ty.bases()))?
            .into_iter()
            .map(Ref::into_any),
    );
    vm.new_tuple(&order)
}

fn checked(vm: &mut Vm, ty: &Ref<PyType>, answer: &PyRef) -> PyResult<Ref<PyTuple>> {
    let order = vm.to_vec(answer)?;
    for item in &order {
        let Some(base) = item.downcast_ref::<PyType>() else {
            let message = format!("mro() returned a non-class ('{}')", vm.type_name(item));
            return Err(vm.type_error(message));
        };
        if base.class_of_instances_ref().payload != ty.class_of_instances_ref().payload
            && !ty.base().is_some_and(|own| own.is_subtype(base))
            && !base.layout().is_payload_alone()
        {
            let message = format!(
                "mro() returned base with unsuitable layout ('{}')",
                base.name_text()
            );
            return Err(vm.type_error(message));
        }
    }
    vm.new_tuple(&order)
}
