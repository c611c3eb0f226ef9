//! How a wrapper descriptor (`int.__add__`) calls the slot that it stands for.

use crate::table::slot_defs::SlotDef;
use crate::table::{Binary, CompareOp, Slots, Ternary, TypeDef, Unary};
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Vm};

/// How a slot is called from Python. Functions pick the slot where several slots are called alike.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrap {
    /// There is no wrapper.
    Nothing,
    Unary(fn(&Slots) -> Option<Unary>),
    Binary(fn(&Slots) -> Option<Binary>),
    /// The operands are exchanged.
    Reflected(fn(&Slots) -> Option<Binary>),
    Ternary(fn(&Slots) -> Option<Ternary>),
    TernaryReflected(fn(&Slots) -> Option<Ternary>),
    InplacePow,
    /// The operand is a count.
    Repeat(fn(&Slots) -> Option<Binary>),
    Compare(CompareOp),
    Hash,
    Call,
    Init,
    Getattr,
    Setattr,
    Delattr,
    Next,
    DescrGet,
    DescrSet,
    DescrDelete,
    Del,
    Bool,
    Len,
    Setitem,
    Delitem,
    Contains,
}

/// Calls the slot of `owner` that `slot_def` tells, with `this` as receiver, which is an instance of `owner`.
///
/// # Errors
/// `TypeError` if the arguments do not fit, or what the slot raises.
pub(crate) fn call(
    vm: &mut Vm,
    slot_def: &SlotDef,
    owner: &Ref<PyType>,
    this: &PyRef,
    args: Args<'_>,
) -> PyResult {
    let Some(def) = owner.def() else {
        return Err(vm.system_error("a slot wrapper belongs to no built-in type"));
    };
    match slot_def.wrap {
        Wrap::Call => {
            let slot = filled(vm, slot_def, def.slots.call)?;
            return slot(vm, this, args);
        }
        Wrap::Init => {
            let slot = filled(vm, slot_def, def.slots.init)?;
            slot(vm, this, args)?;
            return Ok(vm.none());
        }
        _ => {}
    }
    if !args.names.is_empty() {
        return Err(vm.type_error(format!(
            "wrapper {}() takes no keyword arguments",
            slot_def.name
        )));
    }
    call_positional(vm, slot_def, def, this, args.values)
}

fn call_positional(
    vm: &mut Vm,
    slot_def: &SlotDef,
    def: &'static TypeDef,
    this: &PyRef,
    args: &[PyRef],
) -> PyResult {
    let slots = &def.slots;
    match slot_def.wrap {
        Wrap::Nothing | Wrap::Call | Wrap::Init => Err(not_filled(vm, slot_def)),
        Wrap::Unary(pick) => {
            expect(vm, args, 0)?;
            filled(vm, slot_def, pick(slots))?(vm, this)
        }
        Wrap::Binary(pick) => {
            expect(vm, args, 1)?;
            filled(vm, slot_def, pick(slots))?(vm, this, &args[0])
        }
        Wrap::Reflected(pick) => {
            expect(vm, args, 1)?;
            filled(vm, slot_def, pick(slots))?(vm, &args[0], this)
        }
        Wrap::Ternary(pick) => {
            let (other, modulus) = one_or_two(vm, args)?;
            filled(vm, slot_def, pick(slots))?(vm, this, &other, &modulus)
        }
        Wrap::TernaryReflected(pick) => {
            let (other, modulus) = one_or_two(vm, args)?;
            filled(vm, slot_def, pick(slots))?(vm, &other, this, &modulus)
        }
        Wrap::InplacePow => {
            let (other, modulus) = one_or_two(vm, args)?;
            filled(vm, slot_def, slots.ipow)?(vm, this, &other, &modulus)
        }
        Wrap::Repeat(pick) => {
            expect(vm, args, 1)?;
            let count = vm.index(&args[0])?;
            filled(vm, slot_def, pick(slots))?(vm, this, count.as_any())
        }
        Wrap::Compare(op) => {
            expect(vm, args, 1)?;
            filled(vm, slot_def, slots.richcompare)?(vm, this, &args[0], op)
        }
        Wrap::Hash => {
            expect(vm, args, 0)?;
            let hash = filled(vm, slot_def, slots.hash)?(vm, this)?;
            vm.new_int(hash)
        }
        Wrap::Next => {
            expect(vm, args, 0)?;
            match filled(vm, slot_def, slots.next)?(vm, this)? {
                Some(item) => Ok(item),
                None => Err(vm.stop_iteration(None)),
            }
        }
        Wrap::Bool => {
            expect(vm, args, 0)?;
            let truth = filled(vm, slot_def, slots.bool)?(vm, this)?;
            Ok(vm.new_bool(truth))
        }
        Wrap::Len => {
            expect(vm, args, 0)?;
            let len = filled(vm, slot_def, slots.len)?(vm, this)?;
            vm.new_int_from_usize(len)
        }
        Wrap::Contains => {
            expect(vm, args, 1)?;
            let found = filled(vm, slot_def, slots.contains)?(vm, this, &args[0])?;
            Ok(vm.new_bool(found))
        }
        Wrap::Getattr => {
            expect(vm, args, 1)?;
            let name = vm.attribute_name(&args[0])?;
            filled(vm, slot_def, slots.getattr)?(vm, this, name)
        }
        Wrap::DescrGet => descr_get(vm, slot_def, slots, this, args),
        _ => {
            call_for_effect(vm, slot_def, slots, this, args)?;
            Ok(vm.none())
        }
    }
}

/// The slots that return nothing.
fn call_for_effect(
    vm: &mut Vm,
    slot_def: &SlotDef,
    slots: &Slots,
    this: &PyRef,
    args: &[PyRef],
) -> PyResult<()> {
    match slot_def.wrap {
        Wrap::Del => {
            expect(vm, args, 0)?;
            filled(vm, slot_def, slots.del)?(vm, this)
        }
        Wrap::Setattr => {
            expect_named(vm, slot_def.name, args, 2)?;
            let name = vm.attribute_name(&args[0])?;
            let slot = filled(vm, slot_def, slots.setattr)?;
            check_setattr(vm, slot_def.name, slots, this)?;
            slot(vm, this, name, Some(&args[1]))
        }
        Wrap::Delattr => {
            expect(vm, args, 1)?;
            let name = vm.attribute_name(&args[0])?;
            let slot = filled(vm, slot_def, slots.setattr)?;
            check_setattr(vm, slot_def.name, slots, this)?;
            slot(vm, this, name, None)
        }
        Wrap::DescrSet => {
            expect_named(vm, slot_def.name, args, 2)?;
            filled(vm, slot_def, slots.descr_set)?(vm, this, &args[0], Some(&args[1]))
        }
        Wrap::DescrDelete => {
            expect(vm, args, 1)?;
            filled(vm, slot_def, slots.descr_set)?(vm, this, &args[0], None)
        }
        Wrap::Setitem => {
            expect_named(vm, slot_def.name, args, 2)?;
            filled(vm, slot_def, slots.setitem)?(vm, this, &args[0], Some(&args[1]))
        }
        Wrap::Delitem => {
            expect(vm, args, 1)?;
            filled(vm, slot_def, slots.setitem)?(vm, this, &args[0], None)
        }
        _ => Err(not_filled(vm, slot_def)),
    }
}

fn descr_get(
    vm: &mut Vm,
    slot_def: &SlotDef,
    slots: &Slots,
    this: &PyRef,
    args: &[PyRef],
) -> PyResult {
    let (instance, owner) = match args {
        [instance] => (Some(instance), None),
        [instance, owner] => (Some(instance), Some(owner)),
        [] => return Err(vm.type_error("__get__ expected at least 1 argument, got 0")),
        _ => {
            return Err(vm.type_error(format!(
                "__get__ expected at most 2 arguments, got {}",
                args.len()
            )));
        }
    };
    let instance = instance.filter(|instance| !vm.is_none(instance));
    let owner = owner.filter(|owner| !vm.is_none(owner));
    if instance.is_none() && owner.is_none() {
        return Err(vm.type_error("__get__(None, None) is invalid"));
    }
    filled(vm, slot_def, slots.descr_get)?(vm, this, instance, owner)
}

/// The slot, which a wrapper is only made for if it is filled.
fn filled<T>(vm: &Vm, slot_def: &SlotDef, slot: Option<T>) -> PyResult<T> {
    slot.ok_or_else(|| not_filled(vm, slot_def))
}

#[cold]
fn not_filled(vm: &Vm, slot_def: &SlotDef) -> PyErr {
    vm.system_error(format!("{} has no slot to call", slot_def.name))
}

#[inline]
fn expect(vm: &Vm, args: &[PyRef], count: usize) -> PyResult<()> {
    if args.len() == count {
        return Ok(());
    }
    let plural = if count == 1 { "" } else { "s" };
    Err(vm.type_error(format!(
        "expected {count} argument{plural}, got {}",
        args.len()
    )))
}

fn expect_named(vm: &Vm, name: &str, args: &[PyRef], count: usize) -> PyResult<()> {
    if args.len() == count {
        return Ok(());
    }
    Err(vm.type_error(format!(
        "{name} expected {count} arguments, got {}",
        args.len()
    )))
}

fn one_or_two(vm: &Vm, args: &[PyRef]) -> PyResult<(PyRef, PyRef)> {
    match args {
        [other] => Ok((other.clone(), vm.none())),
        [other, modulus] => Ok((other.clone(), modulus.clone())),
        _ => Err(vm.type_error(format!("expected 1 or 2 arguments, got {}", args.len()))),
    }
}

/// Refuses `object.__setattr__(int, …)`: the way past a built-in type's own `__setattr__`.
fn check_setattr(vm: &Vm, name: &str, slots: &Slots, this: &PyRef) -> PyResult<()> {
    let ty = vm.type_of(this);
    let native =
        std::iter::successors(Some(ty.clone()), |ty| ty.base()).find(|ty| ty.def().is_some());
    let wanted = native.and_then(|native| native.slots(vm).setattr);
    if wanted
        .zip(slots.setattr)
        .is_none_or(|(wanted, given)| std::ptr::fn_addr_eq(wanted, given))
    {
        return Ok(());
    }
    Err(vm.type_error(format!(
        "can't apply this {name} to {} object",
        vm.type_name(this)
    )))
}
