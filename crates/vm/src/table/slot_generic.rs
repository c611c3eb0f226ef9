//! The slots of classes: functions that look the dunder up on the type and call it.
//!
//! Which class gets which is decided in `slot_defs.rs`. These functions are told apart by their addresses
//! (an operator asks the reflected method only if the other operand has the same generic slot), so none of them
//! may be inlined or generic. Source: CPython 3.14 Objects/typeobject.c (`slot_*`).

use crate::object::attribute;
use crate::protocol::call::with_receiver;
use crate::table::{Binary, CompareOp, Slots, Ternary, TypeDef};
use crate::types::descriptor::PyWrapperDescriptor;
use crate::types::exception::ATTRIBUTE_ERROR;
use crate::types::int::PyInt;
use crate::types::object_::OBJECT;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Vm};

/// Calls a special method that must be there, since its slot is.
#[inline]
fn call_present(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>, args: &[PyRef]) -> PyResult {
    match vm.call_special(this, name, args)? {
        Some(result) => Ok(result),
        None => Err(absent(vm, name)),
    }
}

/// The error for the one of two methods of a slot that a class does not have, such as `__delitem__`.
#[cold]
fn absent(vm: &Vm, name: &Ref<PyStr>) -> PyErr {
    vm.attribute_error(name.to_text())
}

/// Calls a special method that may be missing, which is a `NotImplemented`.
#[inline]
fn call_or_not_implemented(
    vm: &mut Vm,
    this: &PyRef,
    name: &Ref<PyStr>,
    args: &[PyRef],
) -> PyResult {
    Ok(vm
        .call_special(this, name, args)?
        .unwrap_or_else(|| vm.not_implemented()))
}

macro_rules! unary {
    ($($name:ident: $dunder:ident;)+) => {
        $(#[inline(never)]
        pub(super) fn $name(vm: &mut Vm, this: &PyRef) -> PyResult {
            let name = vm.names().$dunder.clone();
            call_present(vm, this, &name, &[])
        })+
    };
}
unary! {
    neg: neg;
    pos: pos;
    abs: abs;
    invert: invert;
    int: int;
    float: float;
    index: index;
}

#[inline(never)]
pub(super) fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = vm.names().repr.clone();
    match vm.call_special(this, &name, &[])? {
        Some(text) => Ok(text),
        None => Ok(vm.default_repr(this)?.into_any()),
    }
}

#[inline(never)]
pub(super) fn str(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = vm.names().str.clone();
    match vm.call_special(this, &name, &[])? {
        Some(text) => Ok(text),
        None => Ok(vm.repr(this)?.into_any()),
    }
}

/// The hash of what is unhashable: a `TypeError`.
#[inline(never)]
pub fn unhashable(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    Err(vm.unhashable_type(this))
}

#[inline(never)]
pub(super) fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let name = vm.names().hash.clone();
    let method = vm
        .find_special(this, &name)?
        .filter(|method| !method.is_none(vm));
    let Some(method) = method else {
        return unhashable(vm, this);
    };
    let result = method.call(vm, this, Args::EMPTY)?;
    let Some(int) = result.downcast_ref::<PyInt>() else {
        return Err(vm.type_error("__hash__ method should return an integer"));
    };
    let hash = match int.to_i64() {
        Some(value) => value,
        // A number that fits no hash is hashed itself, as an exact int.
        None => {
            let exact = vm.index(&result)?;
            vm.hash(exact.as_any())?
        }
    };
    Ok(if hash == -1 { -2 } else { hash })
}

#[inline(never)]
pub(super) fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let name = vm.names().call.clone();
    match vm.find_special(this, &name)? {
        Some(method) => method.call(vm, this, args),
        None => Err(absent(vm, &name)),
    }
}

/// `__getattribute__`, then `__getattr__` if that raises `AttributeError`.
#[inline(never)]
pub(super) fn getattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>) -> PyResult {
    let names = vm.names();
    let (getattribute_name, getattr_name) = (names.getattribute.clone(), names.getattr.clone());
    let ty = vm.type_of(this).clone();
    let has_fallback = ty.lookup(vm, &getattr_name).is_some();
    let getattribute = ty.lookup(vm, &getattribute_name);
    let found = if getattribute.is_none_or(|found| is_wrapper_of(vm, &found, &OBJECT)) {
        match attribute::generic_lookup(vm, this, name) {
            Ok(None) if !has_fallback => Err(vm.no_attribute(this, name)),
            other => other,
        }
    } else {
        call_present(vm, this, &getattribute_name, &[name.clone().into_any()]).map(Some)
    };
    match found {
        Ok(Some(value)) => return Ok(value),
        Ok(None) => {}
        Err(error) if has_fallback && error.is(vm, &ATTRIBUTE_ERROR) => {}
        Err(error) => return Err(error),
    }
    call_present(vm, this, &getattr_name, &[name.clone().into_any()])
}

/// Whether an attribute is the wrapper of a slot of this type.
fn is_wrapper_of(vm: &Vm, found: &PyRef, def: &'static TypeDef) -> bool {
    found
        .downcast_ref::<PyWrapperDescriptor>()
        .is_some_and(|wrapper| wrapper.owner().is(vm.class(def)))
}

#[inline(never)]
pub(super) fn setattr(
    vm: &mut Vm,
    this: &PyRef,
    name: &Ref<PyStr>,
    value: Option<&PyRef>,
) -> PyResult<()> {
    let name = name.clone().into_any();
    match value {
        Some(value) => {
            let method = vm.names().setattr.clone();
            call_present(vm, this, &method, &[name, value.clone()]).map(drop)
        }
        None => {
            let method = vm.names().delattr.clone();
            call_present(vm, this, &method, &[name]).map(drop)
        }
    }
}

#[inline(never)]
pub(super) fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let names = vm.names();
    let name = match op {
        CompareOp::Lt => &names.lt,
        CompareOp::Le => &names.le,
        CompareOp::Eq => &names.eq,
        CompareOp::Ne => &names.ne,
        CompareOp::Gt => &names.gt,
        CompareOp::Ge => &names.ge,
    }
    .clone();
    // A method that cannot even be got hold of (a property that raises) is as good as none.
    match vm.find_special(this, &name) {
        Ok(Some(method)) => method.call(vm, this, Args::positional(std::slice::from_ref(other))),
        Err(PyErr::OutOfMemory) => Err(PyErr::OutOfMemory),
        Ok(None) | Err(_) => Ok(vm.not_implemented()),
    }
}

#[inline(never)]
pub(super) fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = vm.names().iter.clone();
    match vm.find_special(this, &name)? {
        Some(method) if method.is_none(vm) => {
            Err(vm.type_error(format!("'{}' object is not iterable", vm.type_name(this))))
        }
        Some(method) => method.call(vm, this, Args::EMPTY),
        None if vm.type_of(this).slots(vm).getitem.is_some() => {
            Ok(vm.new_seq_iter(this.clone())?.into_any())
        }
        None => Err(vm.type_error(format!("'{}' object is not iterable", vm.type_name(this)))),
    }
}

/// A `StopIteration` comes through as it is, because its value may be wanted.
#[inline(never)]
pub(super) fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let name = vm.names().next.clone();
    call_present(vm, this, &name, &[]).map(Some)
}

#[inline(never)]
pub(super) fn descr_get(
    vm: &mut Vm,
    this: &PyRef,
    instance: Option<&PyRef>,
    owner: Option<&PyRef>,
) -> PyResult {
    let name = vm.names().get.clone();
    let args = [instance, owner].map(|arg| arg.cloned().unwrap_or_else(|| vm.none()));
    // Without a `__get__`, which can only have been deleted, an attribute is what it is.
    Ok(vm
        .call_special(this, &name, &args)?
        .unwrap_or_else(|| this.clone()))
}

#[inline(never)]
pub(super) fn descr_set(
    vm: &mut Vm,
    this: &PyRef,
    instance: &PyRef,
    value: Option<&PyRef>,
) -> PyResult<()> {
    let (name, result) = match value {
        Some(value) => {
            let name = vm.names().set.clone();
            let result = vm.call_special(this, &name, &[instance.clone(), value.clone()])?;
            (name, result)
        }
        None => {
            let name = vm.names().delete.clone();
            let result = vm.call_special(this, &name, std::slice::from_ref(instance))?;
            (name, result)
        }
    };
    match result {
        Some(_) => Ok(()),
        None => Err(absent(vm, &name)),
    }
}

#[inline(never)]
pub(super) fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let name = vm.names().init.clone();
    let Some(method) = vm.find_special(this, &name)? else {
        return Err(absent(vm, &name));
    };
    let result = method.call(vm, this, args)?;
    check_initialized(vm, &result)
}

/// Complains about an `__init__` that returned something.
///
/// # Errors
/// `TypeError`
#[inline]
pub(crate) fn check_initialized(vm: &Vm, returned: &PyRef) -> PyResult<()> {
    if vm.is_none(returned) {
        return Ok(());
    }
    Err(vm.type_error(format!(
        "__init__() should return None, not '{}'",
        vm.type_name(returned)
    )))
}

#[inline(never)]
pub(super) fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let name = vm.names().new.clone();
    let function = vm.get_attr(ty.as_any(), &name)?;
    with_receiver(ty.as_any(), args.values, |values| {
        vm.call(
            &function,
            Args {
                values,
                names: args.names,
            },
        )
    })
}

#[inline(never)]
pub(super) fn del(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    let name = vm.names().del.clone();
    vm.call_special(this, &name, &[]).map(drop)
}

#[inline(never)]
pub(super) fn bool(vm: &mut Vm, this: &PyRef) -> PyResult<bool> {
    let name = vm.names().bool.clone();
    let method = vm.find_special(this, &name)?;
    let Some(method) = method else {
        return if vm.type_of(this).slots(vm).len.is_some() {
            Ok(vm.len(this)? != 0)
        } else {
            Ok(true)
        };
    };
    if method.is_none(vm) {
        let found = vm.type_name(this);
        return Err(vm.type_error(format!("'{found}' cannot be interpreted as a boolean")));
    }
    let result = method.call(vm, this, Args::EMPTY)?;
    let constants = vm.constants();
    if result.is(&constants.true_) {
        Ok(true)
    } else if result.is(&constants.false_) {
        Ok(false)
    } else {
        Err(vm.type_error(format!(
            "__bool__ should return bool, returned {}",
            vm.type_name(&result)
        )))
    }
}

#[inline(never)]
pub(super) fn len(vm: &mut Vm, this: &PyRef) -> PyResult<usize> {
    let name = vm.names().len.clone();
    let result = call_present(vm, this, &name, &[])?;
    let len = vm.index(&result)?;
    if len.sign() < 0 {
        return Err(vm.value_error("__len__() should return >= 0"));
    }
    let len = vm.index_isize(len.as_any())?;
    Ok(len.cast_unsigned())
}

#[inline(never)]
pub(super) fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let name = vm.names().getitem.clone();
    call_present(vm, this, &name, std::slice::from_ref(key))
}

#[inline(never)]
pub(super) fn setitem(
    vm: &mut Vm,
    this: &PyRef,
    key: &PyRef,
    value: Option<&PyRef>,
) -> PyResult<()> {
    match value {
        Some(value) => {
            let name = vm.names().setitem.clone();
            call_present(vm, this, &name, &[key.clone(), value.clone()]).map(drop)
        }
        None => {
            let name = vm.names().delitem.clone();
            call_present(vm, this, &name, std::slice::from_ref(key)).map(drop)
        }
    }
}

#[inline(never)]
pub(super) fn contains(vm: &mut Vm, this: &PyRef, item: &PyRef) -> PyResult<bool> {
    let name = vm.names().contains.clone();
    match vm.find_special(this, &name)? {
        None => vm.contains_by_iteration(this, item),
        Some(method) if method.is_none(vm) => Err(vm.type_error(format!(
            "'{}' object is not a container",
            vm.type_name(this)
        ))),
        Some(method) => {
            let answer = method.call(vm, this, Args::positional(std::slice::from_ref(item)))?;
            vm.is_true(&answer)
        }
    }
}

/// What an operator's generic slot needs to know of itself.
struct Operator {
    /// The slot, to see whether the other operand's type has the generic function there too.
    pick: fn(&Slots) -> Option<Binary>,
    generic: Binary,
    name: Ref<PyStr>,
    reflected: Ref<PyStr>,
}

/// `a op b` where at least one operand's class defines the operator in Python.
fn binary(vm: &mut Vm, a: &PyRef, b: &PyRef, operator: &Operator) -> PyResult {
    let (type_a, type_b) = (vm.type_of(a).clone(), vm.type_of(b).clone());
    let has_generic = |ty: &Ref<PyType>, vm: &Vm| {
        (operator.pick)(ty.slots(vm))
            .is_some_and(|slot| std::ptr::fn_addr_eq(slot, operator.generic))
    };
    let mut ask_other = !type_a.is(&type_b) && has_generic(&type_b, vm);
    if has_generic(&type_a, vm) {
        if ask_other
            && type_b.is_subtype(&type_a)
            && is_overridden(vm, &type_a, &type_b, &operator.reflected)?
        {
            let result =
                call_or_not_implemented(vm, b, &operator.reflected, std::slice::from_ref(a))?;
            if !vm.is_not_implemented(&result) {
                return Ok(result);
            }
            ask_other = false;
        }
        let result = call_or_not_implemented(vm, a, &operator.name, std::slice::from_ref(b))?;
        if !vm.is_not_implemented(&result) || type_a.is(&type_b) {
            return Ok(result);
        }
    }
    if ask_other {
        return call_or_not_implemented(vm, b, &operator.reflected, std::slice::from_ref(a));
    }
    Ok(vm.not_implemented())
}

/// Whether a subclass has another reflected method than its base.
fn is_overridden(
    vm: &mut Vm,
    base: &Ref<PyType>,
    derived: &Ref<PyType>,
    name: &Ref<PyStr>,
) -> PyResult<bool> {
    let Some(in_derived) = vm.lookup_attr(derived.as_any(), name)? else {
        return Ok(false);
    };
    let Some(in_base) = vm.lookup_attr(base.as_any(), name)? else {
        return Ok(true);
    };
    Ok(!vm.equal(&in_derived, &in_base)?)
}

macro_rules! binary {
    ($($name:ident $dunder:ident $reflected:ident;)+) => {
        $(#[inline(never)]
        pub(super) fn $name(vm: &mut Vm, a: &PyRef, b: &PyRef) -> PyResult {
            let names = vm.names();
            let operator = Operator {
                pick: |slots| slots.$name,
                generic: $name,
                name: names.$dunder.clone(),
                reflected: names.$reflected.clone(),
            };
            binary(vm, a, b, &operator)
        })+
    };
}
binary! {
    add add radd;
    sub sub rsub;
    mul mul rmul;
    matmul matmul rmatmul;
    truediv truediv rtruediv;
    floordiv floordiv rfloordiv;
    rem mod_ rmod;
    divmod divmod rdivmod;
    lshift lshift rlshift;
    rshift rshift rrshift;
    and and rand;
    or or ror;
    xor xor rxor;
}

/// `**` without a modulus, in the form of the other operators.
#[inline(never)]
fn pow_of_two(vm: &mut Vm, a: &PyRef, b: &PyRef) -> PyResult {
    let names = vm.names();
    let operator = Operator {
        // A class that has the generic ternary slot has this one too.
        pick: |slots| {
            slots
                .pow
                .filter(|slot| std::ptr::fn_addr_eq(*slot, pow as Ternary))
                .map(|_| pow_of_two as Binary)
        },
        generic: pow_of_two,
        name: names.pow.clone(),
        reflected: names.rpow.clone(),
    };
    binary(vm, a, b, &operator)
}

#[inline(never)]
pub(super) fn pow(vm: &mut Vm, a: &PyRef, b: &PyRef, modulus: &PyRef) -> PyResult {
    if vm.is_none(modulus) {
        return pow_of_two(vm, a, b);
    }
    let has_generic = |ty: &Ref<PyType>, vm: &Vm| {
        ty.slots(vm)
            .pow
            .is_some_and(|slot| std::ptr::fn_addr_eq(slot, pow as Ternary))
    };
    let (type_a, type_b) = (vm.type_of(a).clone(), vm.type_of(b).clone());
    let (name, reflected) = (vm.names().pow.clone(), vm.names().rpow.clone());
    if has_generic(&type_a, vm) {
        let result = call_or_not_implemented(vm, a, &name, &[b.clone(), modulus.clone()])?;
        if !vm.is_not_implemented(&result) {
            return Ok(result);
        }
    }
    if !type_a.is(&type_b) && has_generic(&type_b, vm) {
        return call_or_not_implemented(vm, b, &reflected, &[a.clone(), modulus.clone()]);
    }
    Ok(vm.not_implemented())
}

#[inline(never)]
pub(super) fn ipow(vm: &mut Vm, this: &PyRef, other: &PyRef, _: &PyRef) -> PyResult {
    let name = vm.names().ipow.clone();
    call_present(vm, this, &name, std::slice::from_ref(other))
}

macro_rules! inplace {
    ($($name:ident: $dunder:ident;)+) => {
        $(#[inline(never)]
        pub(super) fn $name(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
            let name = vm.names().$dunder.clone();
            call_present(vm, this, &name, std::slice::from_ref(other))
        })+
    };
}
inplace! {
    iadd: iadd;
    isub: isub;
    imul: imul;
    imatmul: imatmul;
    itruediv: itruediv;
    ifloordiv: ifloordiv;
    irem: imod;
    ilshift: ilshift;
    irshift: irshift;
    iand: iand;
    ior: ior;
    ixor: ixor;
}

macro_rules! asynchronous {
    ($($name:ident: $dunder:ident;)+) => {
        $(#[inline(never)]
        pub(super) fn $name(vm: &mut Vm, this: &PyRef) -> PyResult {
            let name = vm.names().$dunder.clone();
            match vm.call_special(this, &name, &[])? {
                Some(result) => Ok(result),
                None => Err(vm.type_error(format!(
                    "object {} does not have {} method",
                    vm.type_name(this),
                    name.to_text()
                ))),
            }
        })+
    };
}
asynchronous! {
    await_: await_;
    aiter: aiter;
    anext: anext;
}
