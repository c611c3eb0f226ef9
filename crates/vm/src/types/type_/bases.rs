//! Assignment to `__bases__`: new bases, a new order of resolution for the class and all below it, new slots.
//!
//! A metaclass's `mro()` is Python and may assign `__bases__` again, of this class or of another. Two rules keep that
//! harmless: the graph of bases has no cycle at any moment ([`checked`] looks right before each change), and what
//! an inner assignment settled an outer one leaves alone.

use crate::table::slot_defs;
use crate::types::tuple::PyTuple;
use crate::types::type_::{PyType, class, mro};
use crate::{PyRef, PyResult, Ref, Vm};

/// `__bases__ = value`.
pub(super) fn assign(vm: &mut Vm, class: &Ref<PyType>, value: &PyRef) -> PyResult<()> {
    let Some(bases) = value.downcast_ref::<PyTuple>() else {
        let message = format!(
            "can only assign tuple to {}.__bases__, not {}",
            class.name_text(),
            vm.type_name(value)
        );
        return Err(vm.type_error(message));
    };
    replace(vm, class, bases)
}

/// Gives a class these bases; the layout of its instances must stay as it is.
///
/// # Errors
/// `TypeError`, or what a metaclass's `mro()` raises; the class is as before.
fn replace(vm: &mut Vm, class: &Ref<PyType>, bases: &Ref<PyTuple>) -> PyResult<()> {
    let types = checked(vm, class, bases)?;
    let new_base = class::best_base(vm, &types)?;
    let old_base = class.base().expect("a class has a base");
    if !class::same_layout(&new_base, &old_base) {
        return Err(vm.type_error(format!(
            "__bases__ assignment: '{}' object layout differs from '{}'",
            new_base.name_text(),
            old_base.name_text()
        )));
    }
    let old_bases = class.bases();
    class.set_bases(new_base, bases.clone());
    let mut renewed = Vec::new();
    if let Err(error) = renew_orders(vm, class, &mut renewed) {
        take_back(vm, renewed);
        let old = mro::types_of(&old_bases);
        if class.bases().is(bases) && !old.iter().any(|base| is_below(base, class)) {
            class.set_bases(old_base, old_bases);
        }
        return Err(error);
    }
    relink(vm, class, mro::types_of(&old_bases).iter().chain(&types))?;
    update_slots(vm, class)
}

/// The new bases, all of them classes that do not derive from this one.
fn checked(vm: &Vm, class: &Ref<PyType>, bases: &Ref<PyTuple>) -> PyResult<Vec<Ref<PyType>>> {
    let name = class.name_text();
    if bases.is_empty() {
        return Err(vm.type_error(format!(
            "can only assign non-empty tuple to {name}.__bases__, not ()"
        )));
    }
    let mut types = Vec::with_capacity(bases.len());
    for base in bases.iter() {
        let Some(base) = base.downcast_ref::<PyType>() else {
            let message = format!(
                "{name}.__bases__ must be tuple of classes, not '{}'",
                vm.type_name(base)
            );
            return Err(vm.type_error(message));
        };
        if base.is_subtype(class) || is_below(base, class) {
            return Err(vm.type_error("a __bases__ item causes an inheritance cycle"));
        }
        types.push(base.clone());
    }
    Ok(types)
}

/// Whether a way along `__bases__` leads from one class up to another. Orders of resolution do not tell: a metaclass makes
/// them, and while one is renewed they are old.
fn is_below(ty: &Ref<PyType>, above: &Ref<PyType>) -> bool {
    let mut seen: Vec<Ref<PyType>> = Vec::new();
    let mut to_visit = vec![ty.clone()];
    while let Some(ty) = to_visit.pop() {
        if ty.is(above) {
            return true;
        }
        // Built-in types have no class of Python's above them.
        if ty.is_heap_type() && !seen.iter().any(|other| other.is(&ty)) {
            to_visit.extend(mro::types_of(&ty.bases()));
            seen.push(ty);
        }
    }
    false
}

/// A class whose order was renewed, with the order before and after.
type Renewed = (Ref<PyType>, Option<Ref<PyTuple>>, Ref<PyTuple>);

/// Renews the orders of a class and of all below it, but for those that an inner assignment renewed meanwhile.
fn renew_orders(vm: &mut Vm, class: &Ref<PyType>, renewed: &mut Vec<Renewed>) -> PyResult<()> {
    let mut to_visit = vec![class.clone()];
    while let Some(ty) = to_visit.pop() {
        let old = ty.mro.get();
        let order = mro::compute(vm, &ty)?;
        if !same(&ty.mro.get(), &old) {
            continue;
        }
        ty.set_mro(order.clone());
        ty.modified(vm);
        let mut below = ty.live_subclasses(vm);
        below.reverse();
        to_visit.append(&mut below);
        renewed.push((ty, old, order));
    }
    Ok(())
}

fn same(one: &Option<Ref<PyTuple>>, other: &Option<Ref<PyTuple>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

fn take_back(vm: &mut Vm, renewed: Vec<Renewed>) {
    for (ty, old, new) in renewed {
        if ty.mro.get().is_some_and(|order| order.is(&new)) {
            ty.mro.set(old);
            ty.modified(vm);
        }
    }
}

/// Makes the lists of subclasses agree with the bases that the class has now, whoever set them.
fn relink<'a>(
    vm: &mut Vm,
    class: &Ref<PyType>,
    bases: impl Iterator<Item = &'a Ref<PyType>>,
) -> PyResult<()> {
    let current = mro::types_of(&class.bases());
    for base in bases {
        base.remove_subclass(vm, class);
        if current.iter().any(|other| other.is(base)) {
            let link = vm.new_weakref(class.as_any(), None)?;
            base.add_subclass(vm, link)?;
        }
    }
    Ok(())
}

/// Fills the slots of a class and of all below it, bases first.
fn update_slots(vm: &mut Vm, class: &Ref<PyType>) -> PyResult<()> {
    let mut to_visit = vec![class.clone()];
    while let Some(ty) = to_visit.pop() {
        slot_defs::update_all(vm, &ty)?;
        class::install_finalizer(vm, &ty);
        to_visit.extend(ty.live_subclasses(vm));
    }
    Ok(())
}
