//! `dict_keys`, `dict_values` and `dict_items`: windows on a dict. All three share one payload.

use super::iter::{View, iterate};
use super::{DICT, PyDict, PyDictIter};
use crate::object::PyPayload;
use crate::table::{CompareOp, GetSet, Method, Slots, TypeDef, TypeFlags};
use crate::types::iterators::receiver;
use crate::types::mapping_proxy;
use crate::types::set::{self, PySet};
use crate::types::str::StrBuilder;
use crate::types::tuple::PyTuple;
use crate::{PyRef, PyResult, Ref, Traverse, Vm, method};
use exuvia_object::Class;

/// A view of a dict.
#[derive(Debug, Traverse)]
pub struct PyDictView {
    dict: Ref<PyDict>,
    #[traverse(skip)]
    view: View,
}

impl PyPayload for PyDictView {
    const DEF: &'static TypeDef = &DICT_KEYS;
}

const SLOTS: Slots = Slots {
    repr: Some(repr),
    len: Some(len),
    iter: Some(iter),
    ..Slots::EMPTY
};

const SET_SLOTS: Slots = Slots {
    contains: Some(contains),
    richcompare: Some(richcompare),
    sub: Some(sub),
    and: Some(and),
    or: Some(or),
    xor: Some(xor),
    ..SLOTS
};

const REVERSED: Method = method!(
    "__reversed__",
    "($self, /)",
    reversed,
    "An iterator that starts at the end."
);

const GETSET: &[GetSet] = &[GetSet {
    name: "mapping",
    doc: "The dict that this is a view of, read-only.",
    get: mapping,
    set: None,
}];

const SET_METHODS: &[Method] = &[
    method!(
        "isdisjoint",
        "($self, other, /)",
        isdisjoint,
        "Whether no element is in the view and in an iterable."
    ),
    REVERSED,
];

/// `dict_keys`
pub static DICT_KEYS: TypeDef = TypeDef {
    class: Some(Class::of::<PyDictView>),
    doc: "A view of the keys of a dict.",
    flags: TypeFlags::NO_NEW,
    slots: SET_SLOTS,
    methods: SET_METHODS,
    getset: GETSET,
    ..TypeDef::new("dict_keys")
};

/// `dict_items`
pub static DICT_ITEMS: TypeDef = TypeDef {
    class: Some(Class::of::<PyDictView>),
    doc: "A view of the items of a dict.",
    flags: TypeFlags::NO_NEW,
    slots: SET_SLOTS,
    methods: SET_METHODS,
    getset: GETSET,
    ..TypeDef::new("dict_items")
};

/// `dict_values`
pub static DICT_VALUES: TypeDef = TypeDef {
    class: Some(Class::of::<PyDictView>),
    doc: "A view of the values of a dict.",
    flags: TypeFlags::NO_NEW,
    slots: SLOTS,
    methods: &[REVERSED],
    getset: GETSET,
    ..TypeDef::new("dict_values")
};

/// A view of a dict.
///
/// # Errors
/// `OutOfMemory`.
pub fn view(vm: &Vm, dict: Ref<PyDict>, view: View) -> PyResult<Ref<PyDictView>> {
    let def = match view {
        View::Keys => &DICT_KEYS,
        View::Values => &DICT_VALUES,
        View::Items => &DICT_ITEMS,
    };
    vm.new_instance(vm.class(def), PyDictView { dict, view })
}

/// A view with set operations: of keys or of items.
fn set_view(object: &PyRef) -> Option<&Ref<PyDictView>> {
    object
        .downcast_ref::<PyDictView>()
        .filter(|view| view.view != View::Values)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    if vm.repr_enter(this)? {
        return Ok(vm.new_str("...")?.into_any());
    }
    let result = vm.recursion_guard(|vm| repr_elements(vm, this));
    vm.repr_leave(this);
    result
}

fn repr_elements(vm: &mut Vm, this: &PyRef) -> PyResult {
    let elements = vm.to_vec(this)?;
    let list = vm.new_list(elements)?.into_any();
    let shown = vm.repr(&list)?;
    let mut text = StrBuilder::new();
    let name = vm.type_name(this);
    text.push_str(vm, &name)?;
    text.push_str(vm, "(")?;
    text.push(vm, &shown)?;
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn len(vm: &mut Vm, this: &PyRef) -> PyResult<usize> {
    Ok(receiver::<PyDictView>(this).dict.len(vm))
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    let view = receiver::<PyDictView>(this);
    Ok(iterate(vm, &view.dict, view.view, false)?.into_any())
}

fn reversed(vm: &mut Vm, this: Ref<PyDictView>) -> PyResult<Ref<PyDictIter>> {
    iterate(vm, &this.dict, this.view, true)
}

fn mapping(vm: &mut Vm, this: &PyRef) -> PyResult {
    let dict = receiver::<PyDictView>(this).dict.clone();
    Ok(mapping_proxy::new(vm, dict.into_any())?.into_any())
}

fn contains(vm: &mut Vm, this: &PyRef, element: &PyRef) -> PyResult<bool> {
    let view = receiver::<PyDictView>(this);
    if view.view == View::Keys {
        return view.dict.contains_key(vm, element);
    }
    let Some([key, value]) = element
        .downcast_ref::<PyTuple>()
        .map(|pair| pair.as_slice())
    else {
        return Ok(false);
    };
    match view.dict.get_item(vm, key)? {
        Some(found) => vm.equal(&found, value),
        None => Ok(false),
    }
}

/// Whether every element of one object is in the other.
fn is_contained(vm: &mut Vm, elements: &PyRef, container: &PyRef) -> PyResult<bool> {
    let iterator = vm.iter(elements)?;
    while let Some(element) = vm.next(&iterator)? {
        if !vm.contains(container, &element)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    if !set::is_any(other) && set_view(other).is_none() {
        return Ok(vm.not_implemented());
    }
    let (left, right) = (vm.len(this)?, vm.len(other)?);
    let holds = match op {
        CompareOp::Eq => left == right && is_contained(vm, this, other)?,
        CompareOp::Ne => !(left == right && is_contained(vm, this, other)?),
        CompareOp::Lt => left < right && is_contained(vm, this, other)?,
        CompareOp::Le => left <= right && is_contained(vm, this, other)?,
        CompareOp::Gt => left > right && is_contained(vm, other, this)?,
        CompareOp::Ge => left >= right && is_contained(vm, other, this)?,
    };
    Ok(vm.new_bool(holds))
}

/// A set of what is in the left operand, which need not be the view.
fn to_set(vm: &mut Vm, operand: &PyRef) -> PyResult<Ref<PySet>> {
    let set = vm.new_set()?;
    match operand.downcast_ref::<PyDictView>() {
        // The hashes of the keys of a dict are known.
        Some(view) if view.view == View::Keys && vm.is_exactly(view.dict.as_any(), &DICT) => {
            let dict = view.dict.clone().into_any();
            set.update(vm, &dict)?;
        }
        _ => set.update(vm, operand)?,
    }
    Ok(set)
}

fn sub(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let set = to_set(vm, left)?;
    set.difference_update(vm, right)?;
    Ok(set.into_any())
}

fn or(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let set = to_set(vm, left)?;
    set.update(vm, right)?;
    Ok(set.into_any())
}

fn and(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    // Either operand can be the view; the smaller of two that both know what they contain is gone through.
    let (mut view, mut other) = if set_view(left).is_some() {
        (left, right)
    } else {
        (right, left)
    };
    let len = vm.len(view)?;
    if set::is_exact(vm, other) && len <= vm.len(other)? {
        return vm.call_method_str(other, "intersection", std::slice::from_ref(view));
    }
    if set_view(other).is_some() && vm.len(other)? > len {
        (view, other) = (other, view);
    }
    let result = vm.new_set()?;
    let iterator = vm.iter(other)?;
    while let Some(element) = vm.next(&iterator)? {
        if contains(vm, view, &element)? {
            result.add(vm, &element)?;
        }
    }
    Ok(result.into_any())
}

fn xor(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    if let (Some(left), Some(right)) = (set_view(left), set_view(right))
        && left.view == View::Items
        && right.view == View::Items
    {
        return xor_items(vm, &left.dict, &right.dict);
    }
    let set = to_set(vm, left)?;
    set.symmetric_difference_update(vm, right)?;
    Ok(set.into_any())
}

/// The items that are in one of two dicts only; values are compared before they have to be hashable.
fn xor_items(vm: &mut Vm, left: &Ref<PyDict>, right: &Ref<PyDict>) -> PyResult {
    let (left, right) = if left.len(vm) > right.len(vm) {
        (right, left)
    } else {
        (left, right)
    };
    let (only_left, result) = (left.copy(vm)?, vm.new_set()?);
    let mut position = 0;
    while let Some((key, value)) = right.next_entry(vm, &mut position) {
        let is_common = match only_left.get_item(vm, &key)? {
            Some(other) => vm.equal(&other, &value)?,
            None => false,
        };
        if is_common {
            only_left.del_item(vm, &key)?;
        } else {
            let item = vm.new_tuple(&[key, value])?.into_any();
            result.add(vm, &item)?;
        }
    }
    let rest = view(vm, only_left, View::Items)?.into_any();
    result.update(vm, &rest)?;
    Ok(result.into_any())
}

fn isdisjoint(vm: &mut Vm, this: Ref<PyDictView>, other: PyRef) -> PyResult<bool> {
    let this = this.into_any();
    if this.is(&other) {
        return Ok(vm.len(&this)? == 0);
    }
    let knows = set::is_any(&other) || set_view(&other).is_some();
    let (container, elements) = if knows && vm.len(&other)? > vm.len(&this)? {
        (&other, &this)
    } else {
        (&this, &other)
    };
    let iterator = vm.iter(elements)?;
    while let Some(element) = vm.next(&iterator)? {
        if vm.contains(container, &element)? {
            return Ok(false);
        }
    }
    Ok(true)
}
