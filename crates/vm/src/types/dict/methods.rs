//! The slots and methods of dicts.

use super::iter::{View, iterate};
use super::update::plain_dict;
use super::views::{PyDictView, view};
use super::{DICT, PyDict, PyDictIter, hash_of_key, locate, unhashable_key};
use crate::args::KwArgs;
use crate::table::{CompareOp, Method, Rest, Slots};
use crate::types::exception::KEY_ERROR;
use crate::types::generic_alias;
use crate::types::iterators::receiver;
use crate::types::sequence::native_equal;
use crate::types::set;
use crate::types::str::StrBuilder;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Vm, class_method, method};

/// The slots of `dict`.
pub(super) const SLOTS: Slots = Slots {
    repr: Some(repr),
    richcompare: Some(richcompare),
    iter: Some(iter),
    init: Some(init),
    new: Some(new),
    len: Some(len),
    getitem: Some(getitem),
    setitem: Some(setitem),
    contains: Some(contains),
    or: Some(or),
    ior: Some(ior),
    owned_bytes: Some(owned_bytes),
    ..Slots::EMPTY
};

/// The rows of `dict`.
pub(super) static METHODS: &[Method] = &[
    method!(
        "__reversed__",
        "($self, /)",
        reversed,
        "An iterator over the keys, last first."
    ),
    method!(
        "get",
        "($self, key, default=None, /)",
        get,
        "The value for a key, or the default if there is none."
    ),
    method!(
        "setdefault",
        "($self, key, default=None, /)",
        setdefault,
        "The value for a key; if there is none, the default, which is stored."
    ),
    method!(
        "pop",
        "($self, key, default=<unrepresentable>, /)",
        pop,
        "Removes a key and returns its value, or the default if it is not there.\n\nWithout a default, raises \
         KeyError then."
    ),
    method!(
        "popitem",
        "($self, /)",
        popitem,
        "Removes the item that came last and returns it as a pair.\n\nRaises KeyError if the dict is empty."
    ),
    method!("keys", "($self, /)", keys, "A view of the keys."),
    method!(
        "items",
        "($self, /)",
        items,
        "A view of the items: pairs of key and value."
    ),
    method!("values", "($self, /)", values, "A view of the values."),
    method!(
        "update",
        "($self, /, *args, **kwargs)",
        update,
        "Takes over all items of a mapping or of an iterable of pairs, and the keyword arguments."
    ),
    class_method!(
        "fromkeys",
        "($type, iterable, value=None, /)",
        fromkeys,
        "A new dict with the keys that an iterable yields, all with the same value."
    ),
    method!("clear", "($self, /)", clear, "Removes all items."),
    method!(
        "copy",
        "($self, /)",
        copy,
        "A new dict with the same items."
    ),
    class_method!(
        "__class_getitem__",
        "($type, object, /)",
        class_getitem,
        "The generic alias dict[object]."
    ),
];

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let dict = receiver::<PyDict>(this);
    if dict.is_empty(vm) {
        return Ok(vm.new_str("{}")?.into_any());
    }
    if vm.repr_enter(this)? {
        return Ok(vm.new_str("{...}")?.into_any());
    }
    let result = vm.recursion_guard(|vm| repr_items(vm, dict));
    vm.repr_leave(this);
    result
}

fn repr_items(vm: &mut Vm, dict: &Ref<PyDict>) -> PyResult {
    let mut text = StrBuilder::new();
    let (mut position, mut separator) = (0, "{");
    while let Some((key, value)) = dict.next_entry(vm, &mut position) {
        text.push_str(vm, separator)?;
        let key = vm.repr(&key)?;
        text.push(vm, &key)?;
        text.push_str(vm, ": ")?;
        let value = vm.repr(&value)?;
        text.push(vm, &value)?;
        separator = ", ";
    }
    text.push_str(vm, "}")?;
    Ok(text.finish(vm)?.into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (
        this.downcast_ref::<PyDict>(),
        other.downcast_ref::<PyDict>(),
    ) else {
        return Ok(vm.not_implemented());
    };
    match op {
        CompareOp::Eq | CompareOp::Ne => {
            let is_equal = vm.recursion_guard(|vm| equal(vm, left, right))?;
            Ok(vm.new_bool(is_equal == (op == CompareOp::Eq)))
        }
        _ => Ok(vm.not_implemented()),
    }
}

/// Whether each key of one dict is in the other, with an equal value, and there are as many.
fn equal(vm: &mut Vm, left: &Ref<PyDict>, right: &Ref<PyDict>) -> PyResult<bool> {
    if left.len(vm) != right.len(vm) {
        return Ok(false);
    }
    let mut position = 0;
    while let Some(entry) = left.table(vm).next_live(position) {
        position = entry + 1;
        let (Some((key, value)), Some(hash)) =
            (left.entry(vm, entry), left.table(vm).hash_of(entry))
        else {
            break;
        };
        let found = locate(vm, right.cell(), &key, hash)?;
        let Some(other) = found.and_then(|entry| right.value_at(vm, entry)) else {
            return Ok(false);
        };
        let is_equal = match native_equal(vm, &other, &value) {
            Some(is_equal) => is_equal,
            None => vm.equal(&other, &value)?,
        };
        if !is_equal {
            return Ok(false);
        }
    }
    Ok(true)
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(iterate(vm, receiver(this), View::Keys, false)?.into_any())
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, _: Args<'_>) -> PyResult {
    Ok(vm.new_instance(ty, PyDict::empty())?.into_any())
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    update_from_arguments(
        vm,
        receiver(this),
        "dict",
        args.positionals(),
        args.keywords(),
    )
}

/// At most one positional argument, then the keywords.
fn update_from_arguments<'a>(
    vm: &mut Vm,
    dict: &Ref<PyDict>,
    name: &str,
    positionals: &[PyRef],
    keywords: impl Iterator<Item = (&'a PyRef, &'a PyRef)>,
) -> PyResult<()> {
    match positionals {
        [] => {}
        [other] => dict.update(vm, other)?,
        more => {
            return Err(vm.type_error(format!(
                "{name} expected at most 1 argument, got {}",
                more.len()
            )));
        }
    }
    for (name, value) in keywords {
        dict.set_item(vm, name, value.clone())?;
    }
    Ok(())
}

fn len(vm: &mut Vm, this: &PyRef) -> PyResult<usize> {
    Ok(receiver::<PyDict>(this).len(vm))
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    match receiver::<PyDict>(this).get_item(vm, key)? {
        Some(value) => Ok(value),
        None => missing(vm, this, key),
    }
}

/// What a subclass's `__missing__` makes of a key that is not there.
#[cold]
fn missing(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    if !vm.is_exactly(this, &DICT) {
        let name = vm.names().missing.clone();
        if let Some(value) = vm.call_special(this, &name, std::slice::from_ref(key))? {
            return Ok(value);
        }
    }
    Err(vm.key_error(key))
}

fn setitem(vm: &mut Vm, this: &PyRef, key: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let dict = receiver::<PyDict>(this);
    match value {
        Some(value) => dict.set_item(vm, key, value.clone()),
        None if dict.del_item(vm, key)? => Ok(()),
        None => Err(vm.key_error(key)),
    }
}

fn contains(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult<bool> {
    receiver::<PyDict>(this).contains_key(vm, key)
}

fn or(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let (Some(left), true) = (left.downcast_ref::<PyDict>(), right.is_a::<PyDict>()) else {
        return Ok(vm.not_implemented());
    };
    let merged = left.copy(vm)?;
    merged.update(vm, right)?;
    Ok(merged.into_any())
}

fn ior(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult {
    receiver::<PyDict>(this).update(vm, other)?;
    Ok(this.clone())
}

fn owned_bytes(vm: &Vm, this: &PyRef) -> usize {
    receiver::<PyDict>(this).buffer_bytes(vm)
}

fn reversed(vm: &mut Vm, this: Ref<PyDict>) -> PyResult<Ref<PyDictIter>> {
    iterate(vm, &this, View::Keys, true)
}

fn get(
    vm: &mut Vm,
    this: Ref<PyDict>,
    key: PyRef,
    default: Option<PyRef>,
) -> PyResult<Option<PyRef>> {
    Ok(this.get_item(vm, &key)?.or(default))
}

fn setdefault(vm: &mut Vm, this: Ref<PyDict>, key: PyRef, default: Option<PyRef>) -> PyResult {
    let default = default.unwrap_or_else(|| vm.none());
    Ok(this.get_or_insert(vm, &key, &default)?.0)
}

fn pop(vm: &mut Vm, this: Ref<PyDict>, key: PyRef, default: Option<PyRef>) -> PyResult {
    // An empty dict does not even hash the key.
    let value = if this.is_empty(vm) {
        None
    } else {
        this.pop_item(vm, &key)?
    };
    value.or(default).ok_or_else(|| vm.key_error(&key))
}

fn popitem(vm: &mut Vm, this: Ref<PyDict>) -> PyResult<(PyRef, PyRef)> {
    let item = this.pop_last(vm)?;
    item.ok_or_else(|| vm.error(&KEY_ERROR, "popitem(): dictionary is empty"))
}

fn keys(vm: &mut Vm, this: Ref<PyDict>) -> PyResult<Ref<PyDictView>> {
    view(vm, this, View::Keys)
}

fn items(vm: &mut Vm, this: Ref<PyDict>) -> PyResult<Ref<PyDictView>> {
    view(vm, this, View::Items)
}

fn values(vm: &mut Vm, this: Ref<PyDict>) -> PyResult<Ref<PyDictView>> {
    view(vm, this, View::Values)
}

fn update(vm: &mut Vm, this: Ref<PyDict>, args: Rest, keywords: KwArgs) -> PyResult<()> {
    let keywords = keywords.iter().map(|(name, value)| (name.as_any(), value));
    update_from_arguments(vm, &this, "update", &args.0, keywords)
}

fn fromkeys(vm: &mut Vm, class: PyRef, iterable: PyRef, value: Option<PyRef>) -> PyResult {
    let value = value.unwrap_or_else(|| vm.none());
    let made = vm.call_positional(&class, &[])?;
    if let Some(dict) = made
        .downcast_ref::<PyDict>()
        .filter(|_| vm.is_exactly(&made, &DICT))
        .cloned()
    {
        fill_from_keys(vm, &dict, &iterable, &value)?;
        return Ok(made);
    }
    let iterator = vm.iter(&iterable)?;
    while let Some(key) = vm.next(&iterator)? {
        vm.set_item(&made, &key, &value)?;
    }
    Ok(made)
}

/// Adds keys with one value to a dict; those of dicts and sets with the hashes known there.
fn fill_from_keys(
    vm: &mut Vm,
    dict: &Ref<PyDict>,
    iterable: &PyRef,
    value: &PyRef,
) -> PyResult<()> {
    if let Some(other) = plain_dict(vm, iterable).cloned() {
        dict.reserve_for(vm, &other)?;
        let mut position = 0;
        while let Some(entry) = other.table(vm).next_live(position) {
            position = entry + 1;
            let (Some((key, _)), Some(hash)) =
                (other.entry(vm, entry), other.table(vm).hash_of(entry))
            else {
                break;
            };
            dict.set_hashed(vm, &key, hash, value.clone())?;
        }
        return Ok(());
    }
    if set::is_exact(vm, iterable) {
        let mut position = 0;
        while let Some((key, hash)) = set::next_element(vm, iterable, &mut position) {
            dict.set_hashed(vm, &key, hash, value.clone())?;
        }
        return Ok(());
    }
    let iterator = vm.iter(iterable)?;
    while let Some(key) = vm.next(&iterator)? {
        let hash = hash_of_key(vm, &key, unhashable_key)?;
        dict.set_hashed(vm, &key, hash, value.clone())?;
    }
    Ok(())
}

fn clear(vm: &mut Vm, this: Ref<PyDict>) -> Result<(), PyErr> {
    this.clear(vm)
}

fn copy(vm: &mut Vm, this: Ref<PyDict>) -> PyResult<Ref<PyDict>> {
    this.copy(vm)
}

fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    generic_alias::new(vm, &class, &item)
}
