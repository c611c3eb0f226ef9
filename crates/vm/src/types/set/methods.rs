//! The slots and methods of sets and frozensets.

use super::data::{
    Elements, PyFrozenSet, PySet, add, contains, discard, elements_of, hash_of, pop,
    receiver_elements, to_vec, unhashable_element,
};
use super::{FROZENSET, SET, ops};
use crate::table::{CompareOp, Method, Rest, Slots};
use crate::types::dict::hash_of_key;
use crate::types::exception::KEY_ERROR;
use crate::types::iterators::receiver;
use crate::types::str::StrBuilder;
use crate::types::type_::PyType;
use crate::types::{generic_alias, sequence};
use crate::{Args, PyRef, PyResult, Ref, Vm, class_method, method};

const COMMON_SLOTS: Slots = Slots {
    repr: Some(repr),
    richcompare: Some(richcompare),
    iter: Some(super::iter::iter),
    len: Some(len),
    contains: Some(slot_contains),
    and: Some(and),
    or: Some(or),
    sub: Some(sub),
    xor: Some(xor),
    owned_bytes: Some(owned_bytes),
    ..Slots::EMPTY
};

/// The slots of `set`.
pub(super) const SET_SLOTS: Slots = Slots {
    new: Some(set_new),
    init: Some(set_init),
    iand: Some(iand),
    ior: Some(ior),
    isub: Some(isub),
    ixor: Some(ixor),
    ..COMMON_SLOTS
};

/// The slots of `frozenset`.
pub(super) const FROZENSET_SLOTS: Slots = Slots {
    new: Some(frozenset_new),
    hash: Some(hash),
    ..COMMON_SLOTS
};

macro_rules! rows {
    ($($own:expr,)*) => {
        &[
            method!("copy", "($self, /)", copy, "A set with the same elements."),
            method!("union", "($self, /, *others)", union, "A set of what is in this one or in any of the others."),
            method!(
                "intersection",
                "($self, /, *others)",
                intersection,
                "A set of what is in this one and in all of the others."
            ),
            method!(
                "difference",
                "($self, /, *others)",
                difference,
                "A set of what is in this one and in none of the others."
            ),
            method!(
                "symmetric_difference",
                "($self, other, /)",
                symmetric_difference,
                "A set of what is in one of the two only."
            ),
            method!("isdisjoint", "($self, other, /)", isdisjoint, "Whether no element is in both."),
            method!("issubset", "($self, other, /)", issubset, "Whether the other one has every element of this one."),
            method!(
                "issuperset",
                "($self, other, /)",
                issuperset,
                "Whether this one has every element of the other one."
            ),
            method!("__reduce__", "($self, /)", reduce, "What pickle needs to make this set again."),
            class_method!("__class_getitem__", "($type, object, /)", class_getitem, "A generic alias of the type."),
            $($own,)*
        ]
    };
}

/// The rows of `frozenset`.
pub(super) static FROZENSET_METHODS: &[Method] = rows!();

/// The rows of `set`.
pub(super) static SET_METHODS: &[Method] = rows!(
    method!(
        "add",
        "($self, object, /)",
        set_add,
        "Adds an element, if it is not there."
    ),
    method!("clear", "($self, /)", set_clear, "Removes all elements."),
    method!(
        "discard",
        "($self, object, /)",
        set_discard,
        "Removes an element, if it is there."
    ),
    method!(
        "remove",
        "($self, object, /)",
        set_remove,
        "Removes an element.\n\nRaises KeyError if it is not there."
    ),
    method!(
        "pop",
        "($self, /)",
        set_pop,
        "Removes some element and returns it.\n\nRaises KeyError if there is none."
    ),
    method!(
        "update",
        "($self, /, *others)",
        set_update,
        "Adds all elements of the others."
    ),
    method!(
        "intersection_update",
        "($self, /, *others)",
        set_intersection_update,
        "Keeps only what is also in all of the others."
    ),
    method!(
        "difference_update",
        "($self, /, *others)",
        set_difference_update,
        "Removes all elements of the others."
    ),
    method!(
        "symmetric_difference_update",
        "($self, other, /)",
        set_symmetric_difference_update,
        "Removes what is in both and adds what is only in the other one."
    ),
);

/// A set or, if the operand is one or derives from one, a frozenset with the elements given.
fn new_like(vm: &Vm, operand: &PyRef, elements: Elements) -> PyResult {
    let table = ops::into_table(elements);
    if operand.is_a::<PySet>() {
        Ok(vm.new_object(PySet::with_table(table))?.into_any())
    } else {
        Ok(vm.new_object(PyFrozenSet::with_table(table))?.into_any())
    }
}

fn set_new(vm: &mut Vm, ty: &Ref<PyType>, _: Args<'_>) -> PyResult {
    Ok(vm.new_instance(ty, PySet::default())?.into_any())
}

fn set_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    if !args.names.is_empty() {
        return Err(vm.type_error("set() takes no keyword arguments"));
    }
    let set = receiver::<PySet>(this);
    let iterable = match args.positionals() {
        [] => None,
        [iterable] => Some(iterable),
        more => {
            return Err(vm.type_error(format!(
                "set expected at most 1 argument, got {}",
                more.len()
            )));
        }
    };
    set.clear(vm);
    iterable.map_or(Ok(()), |iterable| set.update(vm, iterable))
}

fn frozenset_new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let name = vm.names().init.clone();
    if args.positionals().len() > 1 {
        let (name, given) = (ty.name_text(), args.positionals().len());
        return Err(vm.type_error(format!("{name} expected at most 1 argument, got {given}")));
    }
    let iterable = sequence::one_argument(vm, ty, &FROZENSET, &name, args)?;
    let is_plain = ty.is(vm.class(&FROZENSET));
    if let Some(iterable) = iterable
        && is_plain
        && vm.is_exactly(iterable, &FROZENSET)
    {
        return Ok(iterable.clone());
    }
    let elements = Elements::default();
    if let Some(iterable) = iterable {
        ops::update(vm, &elements, iterable)?;
    }
    Ok(vm
        .new_instance(ty, PyFrozenSet::with_table(ops::into_table(elements)))?
        .into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = vm.type_name(this);
    if receiver_elements(this).get(vm).is_empty() {
        return Ok(vm.new_str(&format!("{name}()"))?.into_any());
    }
    if vm.repr_enter(this)? {
        return Ok(vm.new_str(&format!("{name}(...)"))?.into_any());
    }
    let result = vm.recursion_guard(|vm| repr_elements(vm, this, &name));
    vm.repr_leave(this);
    result
}

fn repr_elements(vm: &mut Vm, this: &PyRef, name: &str) -> PyResult {
    let is_plain = vm.is_exactly(this, &SET);
    let mut text = StrBuilder::new();
    if !is_plain {
        text.push_str(vm, name)?;
        text.push_str(vm, "(")?;
    }
    for (index, element) in to_vec(receiver_elements(this).get(vm)).iter().enumerate() {
        text.push_str(vm, if index == 0 { "{" } else { ", " })?;
        let shown = vm.repr(element)?;
        text.push(vm, &shown)?;
    }
    text.push_str(vm, if is_plain { "}" } else { "})" })?;
    Ok(text.finish(vm)?.into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (elements_of(this), elements_of(other)) else {
        return Ok(vm.not_implemented());
    };
    let (left_len, right_len) = (left.get(vm).len(), right.get(vm).len());
    let holds = vm.recursion_guard(|vm| match op {
        CompareOp::Eq => ops::is_equal(vm, this, other, (left, right)),
        CompareOp::Ne => Ok(!ops::is_equal(vm, this, other, (left, right))?),
        CompareOp::Le => ops::is_contained(vm, left, right),
        CompareOp::Ge => ops::is_contained(vm, right, left),
        CompareOp::Lt => Ok(left_len < right_len && ops::is_contained(vm, left, right)?),
        CompareOp::Gt => Ok(left_len > right_len && ops::is_contained(vm, right, left)?),
    })?;
    Ok(vm.new_bool(holds))
}

fn len(vm: &mut Vm, this: &PyRef) -> PyResult<usize> {
    Ok(receiver_elements(this).get(vm).len())
}

fn slot_contains(vm: &mut Vm, this: &PyRef, element: &PyRef) -> PyResult<bool> {
    let hash = ops::hash_to_find(vm, element)?;
    contains(vm, receiver_elements(this), element, hash)
}

fn owned_bytes(vm: &Vm, this: &PyRef) -> usize {
    receiver_elements(this).get(vm).buffer_bytes()
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let set = receiver::<PyFrozenSet>(this);
    if let Some(hash) = set.known_hash() {
        return Ok(hash);
    }
    let hash = hash_of(set.elements.get(vm));
    set.hash.set(hash);
    Ok(hash)
}

/// A binary operator: both operands must be sets, and the left one tells what the result is.
macro_rules! operators {
    ($($name:ident = |$vm:ident, $left:ident, $right:ident| $result:expr;)+) => {
        $(fn $name($vm: &mut Vm, this: &PyRef, $right: &PyRef) -> PyResult {
            match elements_of(this) {
                Some($left) if elements_of($right).is_some() => {
                    let result = $result?;
                    new_like($vm, this, result)
                }
                _ => Ok($vm.not_implemented()),
            }
        })+
    };
}
operators! {
    and = |vm, left, right| ops::intersection(vm, left, right);
    or = |vm, left, right| union_of(vm, left, right);
    sub = |vm, left, right| ops::difference(vm, left, right);
    xor = |vm, left, right| ops::symmetric_difference(vm, left, right);
}

fn union_of(vm: &mut Vm, elements: &Elements, iterable: &PyRef) -> PyResult<Elements> {
    let result = ops::copy(vm, elements)?;
    ops::update(vm, &result, iterable)?;
    Ok(result)
}

/// An operator that changes its left operand.
macro_rules! inplace_operators {
    ($($name:ident = $change:expr;)+) => {
        $(fn $name(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
            if elements_of(other).is_none() {
                return Ok(vm.not_implemented());
            }
            $change(vm, receiver_elements(this), other)?;
            Ok(this.clone())
        })+
    };
}
inplace_operators! {
    iand = intersect_with;
    ior = ops::update;
    isub = ops::difference_update;
    ixor = ops::symmetric_difference_update;
}

fn intersect_with(vm: &mut Vm, elements: &Elements, iterable: &PyRef) -> PyResult<()> {
    let common = ops::intersection(vm, elements, iterable)?;
    ops::replace(vm, elements, common);
    Ok(())
}

/// The receiver of a method of both types.
#[derive(Debug)]
struct Receiver(PyRef);

impl Receiver {
    fn elements(&self) -> &Elements {
        receiver_elements(&self.0)
    }
}

impl crate::table::FromArg for Receiver {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: crate::table::ArgInfo) -> PyResult<Self> {
        let object = PyRef::from_arg(vm, arg, info)?;
        match elements_of(&object) {
            Some(_) => Ok(Self(object)),
            None => Err(info.wrong_type(vm, "set", &object)),
        }
    }
}

fn copy(vm: &mut Vm, this: Receiver) -> PyResult {
    if vm.is_exactly(&this.0, &FROZENSET) {
        return Ok(this.0);
    }
    let elements = ops::copy(vm, this.elements())?;
    new_like(vm, &this.0, elements)
}

fn union(vm: &mut Vm, this: Receiver, others: Rest) -> PyResult {
    let result = ops::copy(vm, this.elements())?;
    for other in others.0.iter().filter(|other| !other.is(&this.0)) {
        ops::update(vm, &result, other)?;
    }
    new_like(vm, &this.0, result)
}

fn intersection_of_all(vm: &mut Vm, elements: &Elements, others: &[PyRef]) -> PyResult<Elements> {
    let [first, rest @ ..] = others else {
        return ops::copy(vm, elements);
    };
    let mut result = ops::intersection(vm, elements, first)?;
    for other in rest {
        result = ops::intersection(vm, &result, other)?;
    }
    Ok(result)
}

fn intersection(vm: &mut Vm, this: Receiver, others: Rest) -> PyResult {
    let result = intersection_of_all(vm, this.elements(), &others.0)?;
    new_like(vm, &this.0, result)
}

fn difference(vm: &mut Vm, this: Receiver, others: Rest) -> PyResult {
    let [first, rest @ ..] = &others.0[..] else {
        let elements = ops::copy(vm, this.elements())?;
        return new_like(vm, &this.0, elements);
    };
    let result = ops::difference(vm, this.elements(), first)?;
    for other in rest {
        ops::difference_update(vm, &result, other)?;
    }
    new_like(vm, &this.0, result)
}

fn symmetric_difference(vm: &mut Vm, this: Receiver, other: PyRef) -> PyResult {
    let result = ops::symmetric_difference(vm, this.elements(), &other)?;
    new_like(vm, &this.0, result)
}

fn isdisjoint(vm: &mut Vm, this: Receiver, other: PyRef) -> PyResult<bool> {
    ops::is_disjoint(vm, this.elements(), &other)
}

fn issubset(vm: &mut Vm, this: Receiver, other: PyRef) -> PyResult<bool> {
    ops::is_subset(vm, this.elements(), &other)
}

fn issuperset(vm: &mut Vm, this: Receiver, other: PyRef) -> PyResult<bool> {
    ops::is_superset(vm, this.elements(), &other)
}

/// `(type, ([elements],), state)`
fn reduce(vm: &mut Vm, this: Receiver) -> PyResult {
    let elements = to_vec(this.elements().get(vm));
    let list = vm.new_list(elements)?.into_any();
    let args = vm.new_tuple(&[list])?.into_any();
    let state = vm.call_method_str(&this.0, "__getstate__", &[])?;
    let ty = vm.type_of(&this.0).clone().into_any();
    Ok(vm.new_tuple(&[ty, args, state])?.into_any())
}

fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    generic_alias::new(vm, &class, &item)
}

fn set_add(vm: &mut Vm, this: Ref<PySet>, element: PyRef) -> PyResult<()> {
    let hash = hash_of_key(vm, &element, unhashable_element)?;
    add(vm, &this.elements, &element, hash)?;
    Ok(())
}

fn set_clear(vm: &mut Vm, this: Ref<PySet>) {
    this.clear(vm);
}

fn set_discard(vm: &mut Vm, this: Ref<PySet>, element: PyRef) -> PyResult<()> {
    let hash = ops::hash_to_find(vm, &element)?;
    discard(vm, &this.elements, &element, hash)?;
    Ok(())
}

fn set_remove(vm: &mut Vm, this: Ref<PySet>, element: PyRef) -> PyResult<()> {
    let hash = ops::hash_to_find(vm, &element)?;
    if discard(vm, &this.elements, &element, hash)? {
        Ok(())
    } else {
        Err(vm.key_error(&element))
    }
}

fn set_pop(vm: &mut Vm, this: Ref<PySet>) -> PyResult {
    pop(vm, &this).ok_or_else(|| vm.error(&KEY_ERROR, "pop from an empty set"))
}

fn set_update(vm: &mut Vm, this: Ref<PySet>, others: Rest) -> PyResult<()> {
    others.0.iter().try_for_each(|other| this.update(vm, other))
}

fn set_intersection_update(vm: &mut Vm, this: Ref<PySet>, others: Rest) -> PyResult<()> {
    let common = intersection_of_all(vm, &this.elements, &others.0)?;
    ops::replace(vm, &this.elements, common);
    Ok(())
}

fn set_difference_update(vm: &mut Vm, this: Ref<PySet>, others: Rest) -> PyResult<()> {
    others
        .0
        .iter()
        .try_for_each(|other| this.difference_update(vm, other))
}

fn set_symmetric_difference_update(vm: &mut Vm, this: Ref<PySet>, other: PyRef) -> PyResult<()> {
    this.symmetric_difference_update(vm, &other)
}
