//! `collections.OrderedDict`: a dict that can move its keys to either end.
//!
//! Dicts are ordered already, so it needs no links between its keys (CPython has 56 bytes and a place in a second
//! table for each): it is a dict's payload and one member, which remembers how far the front is empty.

use crate::{call_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::object::layout::{member, set_member};
use exuvia_vm::table::{CompareOp, Method, Rest, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::descriptor::INSTANCE_DICT;
use exuvia_vm::types::dict::{DICT, Front, PyDict};
use exuvia_vm::types::exception::KEY_ERROR;
use exuvia_vm::types::iterators::REDUCE_DOC;
use exuvia_vm::{KwArgs, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use std::cell::Cell;

/// The member slot of [`PyFront`]; empty until a key is taken off the front.
const FRONT: usize = 0;

/// How far the front of a dict is empty.
#[derive(Debug, Default, Traverse)]
pub struct PyFront {
    #[traverse(skip)]
    front: Cell<Front>,
}

impl PyPayload for PyFront {
    const DEF: &'static TypeDef = &FRONT_TYPE;
}

/// The type of what an `OrderedDict` keeps in its member; programs meet it only through `gc`.
pub(super) static FRONT_TYPE: TypeDef = TypeDef {
    class: Some(Class::of::<PyFront>),
    doc: "How far the front of an OrderedDict is empty.",
    flags: TypeFlags::NO_NEW,
    ..TypeDef::new("collections._front")
};

/// `collections.OrderedDict`
pub static ORDERED_DICT: TypeDef = TypeDef {
    base: Some(&DICT),
    doc: "A dict whose keys can be moved to either end, and taken off either end.",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::WEAKREF)
        .or(TypeFlags::DICT),
    members: &["front"],
    slots: Slots {
        repr: Some(repr),
        richcompare: Some(richcompare),
        init: Some(|vm, this, args| call_row(vm, &INIT, this, args).map(drop)),
        or: Some(or),
        ior: Some(|vm, this, other| {
            take_over(vm, this, other)?;
            Ok(this.clone())
        }),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "move_to_end",
            "($self, /, key, last=True)",
            move_to_end,
            "Moves a key to the end, or to the front if last is false.\n\nRaises KeyError if it is not there."
        ),
        method!(
            "popitem",
            "($self, /, last=True)",
            popitem,
            "Takes the last item out and returns it as a pair, or the first one if last is false."
        ),
        method!(
            "pop",
            "($self, /, key, default=<unrepresentable>)",
            pop,
            "Removes a key and returns its value, or the default if it is not there.\n\nWithout a default, raises \
             KeyError then."
        ),
        method!(
            "setdefault",
            "($self, /, key, default=None)",
            setdefault,
            "The value for a key; if there is none, the default, which is stored."
        ),
        method!(
            "update",
            "($self, /, *args, **kwargs)",
            update,
            "Takes over all items of a mapping or of an iterable of pairs, and the keyword arguments."
        ),
        method!(
            "copy",
            "($self, /)",
            copy,
            "A new OrderedDict with the same items."
        ),
        class_method!(
            "fromkeys",
            "($type, /, iterable, value=None)",
            fromkeys,
            "A new OrderedDict with the keys that an iterable yields, all with the same value."
        ),
        method!("__reduce__", "($self, /)", reduce, REDUCE_DOC),
    ],
    getset: &[INSTANCE_DICT],
    ..TypeDef::new("collections.OrderedDict")
};

static INIT: Method = method!(
    "OrderedDict",
    "($self, /, *args, **kwargs)",
    |vm: &mut Vm, this: Ref<PyDict>, args: Rest, keywords: KwArgs| match args.0.len() {
        0 | 1 => update(vm, this, args, keywords),
        given => Err(vm.type_error(format!("expected at most 1 arguments, got {given}"))),
    },
    "Takes over items."
);

/// Whether storing an item is what dict does, without a method of a derived class.
fn stores_plainly(vm: &mut Vm, this: &PyRef) -> bool {
    vm.is_exactly(this, &ORDERED_DICT)
}

fn update(vm: &mut Vm, this: Ref<PyDict>, args: Rest, keywords: KwArgs) -> PyResult<()> {
    match args.0.as_slice() {
        [] => {}
        [other] => take_over(vm, this.as_any(), other)?,
        more => {
            let given = more.len();
            return Err(vm.type_error(format!(
                "update() takes at most 1 positional argument ({given} given)"
            )));
        }
    }
    for (name, value) in keywords {
        vm.set_item(this.as_any(), name.as_any(), &value)?;
    }
    Ok(())
}

/// Takes over all items of a mapping or of an iterable of pairs.
fn take_over(vm: &mut Vm, this: &PyRef, other: &PyRef) -> PyResult<()> {
    if stores_plainly(vm, this) {
        return receiver::<PyDict>(this).update(vm, other);
    }
    // As a derived class would: item by item, through its own methods.
    let pairs = if vm.is_exactly(other, &DICT) {
        vm.call_method_str(other, "items", &[])?
    } else if let Some(keys) = vm.lookup_attr_str(other, "keys")? {
        let keys = vm.call_positional(&keys, &[])?;
        return vm.iterate(&keys, |vm, key| {
            let value = vm.get_item(other, &key)?;
            vm.set_item(this, &key, &value)
        });
    } else {
        other.clone()
    };
    vm.iterate(&pairs, |vm, pair| {
        let pair = vm.to_vec(&pair)?;
        match pair.as_slice() {
            [key, value] => vm.set_item(this, key, value),
            parts => {
                let found = parts.len();
                let how = if found < 2 { "need" } else { "too many" };
                Err(vm.value_error(if found < 2 {
                    format!("{how} more than {found} values to unpack")
                } else {
                    format!("{how} values to unpack (expected 2)")
                }))
            }
        }
    })
}

/// The entry of a key that must be there.
fn entry_of(vm: &mut Vm, this: &Ref<PyDict>, key: &PyRef) -> PyResult<usize> {
    let hash = vm.hash(key)?;
    let entry = this.find_hashed(vm, key, hash)?;
    entry.ok_or_else(|| vm.key_error(key))
}

fn move_to_end(vm: &mut Vm, this: Ref<PyDict>, key: PyRef, last: Option<bool>) -> PyResult<()> {
    let entry = entry_of(vm, &this, &key)?;
    if last.unwrap_or(true) {
        return this.move_to_end(vm, entry);
    }
    drop(set_member(this.as_any(), FRONT, None));
    this.move_to_front(vm, entry)
}

fn popitem(vm: &mut Vm, this: Ref<PyDict>, last: Option<bool>) -> PyResult<(PyRef, PyRef)> {
    let item = if last.unwrap_or(true) {
        this.pop_last(vm)?
    } else {
        let front = front_of(vm, &this)?;
        let first = this.first_entry(vm, &front.front);
        first.and_then(|first| this.take_entry(vm, first))
    };
    item.ok_or_else(|| vm.error(&KEY_ERROR, "dictionary is empty"))
}

fn front_of(vm: &mut Vm, this: &Ref<PyDict>) -> PyResult<Ref<PyFront>> {
    if let Some(front) = member(this.as_any(), FRONT)
        && let Ok(front) = front.downcast::<PyFront>()
    {
        return Ok(front);
    }
    let front = vm.new_object(PyFront::default())?;
    drop(set_member(
        this.as_any(),
        FRONT,
        Some(front.clone().into_any()),
    ));
    Ok(front)
}

fn pop(vm: &mut Vm, this: Ref<PyDict>, key: PyRef, default: Option<PyRef>) -> PyResult {
    let value = this.pop_item(vm, &key)?;
    value.or(default).ok_or_else(|| vm.key_error(&key))
}

fn setdefault(vm: &mut Vm, this: Ref<PyDict>, key: PyRef, default: Option<PyRef>) -> PyResult {
    let default = default.unwrap_or_else(|| vm.none());
    if stores_plainly(vm, this.as_any()) {
        return Ok(this.get_or_insert(vm, &key, &default)?.0);
    }
    if vm.contains(this.as_any(), &key)? {
        return vm.get_item(this.as_any(), &key);
    }
    vm.set_item(this.as_any(), &key, &default)?;
    Ok(default)
}

fn fromkeys(vm: &mut Vm, class: PyRef, iterable: PyRef, value: Option<PyRef>) -> PyResult {
    let value = value.unwrap_or_else(|| vm.none());
    let made = vm.call_positional(&class, &[])?;
    vm.iterate(&iterable, |vm, key| vm.set_item(&made, &key, &value))?;
    Ok(made)
}

fn copy(vm: &mut Vm, this: Ref<PyDict>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let copy = vm.call_positional(&class, &[])?;
    let keys = Arrangement::of(vm, &this);
    if stores_plainly(vm, &copy) {
        receiver::<PyDict>(&copy).update_from_dict(vm, &this)?;
        keys.expect_unchanged(vm, &this)?;
        return Ok(copy);
    }
    for key in this.keys_to_vec(vm) {
        let value = vm.get_item(this.as_any(), &key)?;
        keys.expect_unchanged(vm, &this)?;
        vm.set_item(&copy, &key, &value)?;
        keys.expect_unchanged(vm, &this)?;
    }
    Ok(copy)
}

/// Which keys a dict had in which order, to notice that they changed.
struct Arrangement {
    version: Option<u32>,
}

impl Arrangement {
    fn of(vm: &Vm, dict: &PyDict) -> Self {
        Self {
            version: dict.assign_keys_version(vm),
        }
    }

    fn expect_unchanged(&self, vm: &mut Vm, dict: &PyDict) -> PyResult<()> {
        // Without numbers left nothing is noticed, and nothing breaks: iteration goes by entries.
        match self.version {
            Some(version) if version != dict.keys_version() => {
                Err(vm.runtime_error("OrderedDict mutated during iteration"))
            }
            _ => Ok(()),
        }
    }
}

fn reduce(vm: &mut Vm, this: Ref<PyDict>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let state = vm.call_method_str(this.as_any(), "__getstate__", &[])?;
    let items = vm.call_method_str(this.as_any(), "items", &[])?;
    let items = vm.iter(&items)?;
    let (args, none) = (vm.new_tuple(&[])?.into_any(), vm.none());
    Ok(vm.new_tuple(&[class, args, state, none, items])?.into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = vm.type_of(this).name_text();
    let dict = receiver::<PyDict>(this);
    if dict.is_empty(vm) {
        return Ok(vm.new_str(&format!("{name}()"))?.into_any());
    }
    if vm.repr_enter(this)? {
        return Ok(vm.new_str("...")?.into_any());
    }
    let shown = dict
        .copy(vm)
        .and_then(|copy| vm.recursion_guard(|vm| vm.repr(copy.as_any())));
    vm.repr_leave(this);
    let mut text = exuvia_vm::types::str::StrBuilder::new();
    text.push_str(vm, &name)?;
    text.push_str(vm, "(")?;
    text.push(vm, &*shown?)?;
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let is_equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    let Some(compare) = vm
        .class(&DICT)
        .slots(vm)
        .richcompare
        .filter(|_| is_equality)
    else {
        return Ok(vm.not_implemented());
    };
    let answer = compare(vm, this, other, CompareOp::Eq)?;
    if vm.is_not_implemented(&answer) {
        return Ok(answer);
    }
    let mut is_equal = vm.is_true(&answer)?;
    if is_equal && vm.is_instance_of_def(other, &ORDERED_DICT) {
        is_equal = has_same_order(vm, receiver(this), receiver(other))?;
    }
    Ok(vm.new_bool(is_equal == (op == CompareOp::Eq)))
}

/// Whether two dicts with equal keys have them in the same order.
fn has_same_order(vm: &mut Vm, left: &Ref<PyDict>, right: &Ref<PyDict>) -> PyResult<bool> {
    let (mut left_position, mut right_position) = (0, 0);
    let arrangements = [left, right].map(|dict| Arrangement::of(vm, dict));
    loop {
        let a = left.next_entry(vm, &mut left_position);
        let b = right.next_entry(vm, &mut right_position);
        match (a, b) {
            (Some((a, _)), Some((b, _))) => {
                let is_equal = vm.equal(&a, &b)?;
                arrangements[0].expect_unchanged(vm, left)?;
                arrangements[1].expect_unchanged(vm, right)?;
                if !is_equal {
                    return Ok(false);
                }
            }
            (a, b) => return Ok(a.is_none() && b.is_none()),
        }
    }
}

fn or(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    if !left.is_a::<PyDict>() || !right.is_a::<PyDict>() {
        return Ok(vm.not_implemented());
    }
    let like = if vm.is_instance_of_def(left, &ORDERED_DICT) {
        left
    } else {
        right
    };
    let class = vm.type_of(like).clone().into_any();
    let merged = vm.call_positional(&class, std::slice::from_ref(left))?;
    take_over(vm, &merged, right)?;
    Ok(merged)
}
