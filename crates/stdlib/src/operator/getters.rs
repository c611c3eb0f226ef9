//! `itemgetter` and `attrgetter`: callables that get items or attributes of their argument.

use crate::receiver;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Slots, TypeDef};
use exuvia_vm::types::iterators::{REDUCE_DOC, reduced};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, method};

/// What items to get. 24 bytes, and the tuple.
#[derive(Debug, Traverse)]
pub struct PyItemGetter {
    items: Ref<PyTuple>,
}

impl PyPayload for PyItemGetter {
    const DEF: &'static TypeDef = &ITEMGETTER;
}

/// `operator.itemgetter`
pub static ITEMGETTER: TypeDef = TypeDef {
    class: Some(Class::of::<PyItemGetter>),
    doc: "itemgetter(item, /, *items)\n\nA callable that returns object[item] of its argument; for several items, a \
          tuple of them.",
    slots: Slots {
        repr: Some(|vm, this| shown(vm, this, receiver::<PyItemGetter>(this).items.clone())),
        call: Some(get_items),
        new: Some(|vm, ty, args| {
            let items = names_of(vm, args, "itemgetter")?;
            let items = vm.new_tuple(items)?;
            Ok(vm.new_instance(ty, PyItemGetter { items })?.into_any())
        }),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__reduce__",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyItemGetter>| {
            let class = vm.type_of(&this).clone().into_any();
            reduced(vm, class, &this.items, None)
        },
        REDUCE_DOC
    )],
    getset: &[CALL_SIGNATURE],
    ..TypeDef::new("operator.itemgetter")
};

/// What attributes to get: names, each split at its dots. 32 bytes, and the tuples.
#[derive(Debug, Traverse)]
pub struct PyAttrGetter {
    /// The names as they were given.
    names: Ref<PyTuple>,
    /// For each of them the tuple of its parts, or the name itself if it has no dots.
    paths: Ref<PyTuple>,
}

impl PyPayload for PyAttrGetter {
    const DEF: &'static TypeDef = &ATTRGETTER;
}

/// `operator.attrgetter`
pub static ATTRGETTER: TypeDef = TypeDef {
    class: Some(Class::of::<PyAttrGetter>),
    doc: "attrgetter(attr, /, *attrs)\n\nA callable that returns an attribute of its argument; for several names, a \
          tuple of attributes. Names with dots stand for attributes of attributes.",
    slots: Slots {
        repr: Some(|vm, this| shown(vm, this, receiver::<PyAttrGetter>(this).names.clone())),
        call: Some(get_attributes),
        new: Some(new_attrgetter),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__reduce__",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyAttrGetter>| {
            let class = vm.type_of(&this).clone().into_any();
            reduced(vm, class, &this.names, None)
        },
        REDUCE_DOC
    )],
    getset: &[CALL_SIGNATURE],
    ..TypeDef::new("operator.attrgetter")
};

/// How the callables are called, for `inspect`.
pub(super) const CALL_SIGNATURE: GetSet = GetSet {
    name: "__text_signature__",
    doc: "How it is called.",
    get: |vm, _| Ok(vm.new_str("(obj, /)")?.into_any()),
    set: None,
};

/// The arguments of a constructor that takes one or more, by position.
fn names_of<'a>(vm: &Vm, args: Args<'a>, function: &str) -> PyResult<&'a [PyRef]> {
    if !args.names.is_empty() {
        return Err(vm.type_error(format!("{function}() takes no keyword arguments")));
    }
    if args.values.is_empty() {
        return Err(vm.type_error(format!("{function} expected 1 argument, got 0")));
    }
    Ok(args.values)
}

/// The only argument of a call.
pub(super) fn only_argument<'a>(vm: &Vm, args: Args<'a>, function: &str) -> PyResult<&'a PyRef> {
    if !args.names.is_empty() {
        return Err(vm.type_error(format!("{function}() takes no keyword arguments")));
    }
    match args.values {
        [object] => Ok(object),
        values => Err(vm.type_error(format!(
            "{function} expected 1 argument, got {}",
            values.len()
        ))),
    }
}

/// `operator.itemgetter(1, 2)`
fn shown(vm: &mut Vm, this: &PyRef, parts: Ref<PyTuple>) -> PyResult {
    if vm.repr_enter(this)? {
        let name = vm.type_of(this).clone().display_name(vm);
        return Ok(vm.new_str(&format!("{name}(...)"))?.into_any());
    }
    let result = vm.recursion_guard(|vm| shown_parts(vm, this, &parts));
    vm.repr_leave(this);
    result
}

fn shown_parts(vm: &mut Vm, this: &PyRef, parts: &Ref<PyTuple>) -> PyResult {
    let name = vm.type_of(this).clone().display_name(vm);
    let tuple = match parts.as_slice() {
        [only] => vm.repr(only)?,
        _ => vm.repr(parts.as_any())?,
    };
    let text = match parts.len() {
        1 => format!("{name}({})", tuple.to_text()),
        _ => format!("{name}{}", tuple.to_text()),
    };
    Ok(vm.new_str(&text)?.into_any())
}

fn get_items(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let object = only_argument(vm, args, "itemgetter")?;
    let items = receiver::<PyItemGetter>(this).items.clone();
    if let [item] = items.as_slice() {
        return vm.get_item(object, item);
    }
    let found = items.iter().map(|item| vm.get_item(object, item));
    let found = found.collect::<PyResult<Vec<_>>>()?;
    Ok(vm.new_tuple_from_vec(found)?.into_any())
}

fn new_attrgetter(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let names = names_of(vm, args, "attrgetter")?;
    let mut paths = Vec::with_capacity(names.len());
    for name in names {
        let Some(name) = name.downcast_ref::<PyStr>() else {
            return Err(vm.type_error("attribute name must be a string"));
        };
        paths.push(path(vm, name)?);
    }
    let names = vm.new_tuple(names)?;
    let paths = vm.new_tuple_from_vec(paths)?;
    let getter = vm.new_instance(ty, PyAttrGetter { names, paths })?;
    Ok(getter.into_any())
}

/// A name as a path: itself, or a tuple of the parts between its dots.
fn path(vm: &Vm, name: &Ref<PyStr>) -> PyResult {
    let text = name.to_wtf8();
    let Some(text) = text.as_str().ok().filter(|text| text.contains('.')) else {
        return Ok(vm.intern_ref(name.clone())?.into_any());
    };
    let parts = text.split('.').map(|part| Ok(vm.intern(part)?.into_any()));
    let parts = parts.collect::<PyResult<Vec<_>>>()?;
    Ok(vm.new_tuple_from_vec(parts)?.into_any())
}

fn get_attributes(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let object = only_argument(vm, args, "attrgetter")?;
    let paths = receiver::<PyAttrGetter>(this).paths.clone();
    if let [path] = paths.as_slice() {
        return follow(vm, object, path);
    }
    let found = paths.iter().map(|path| follow(vm, object, path));
    let found = found.collect::<PyResult<Vec<_>>>()?;
    Ok(vm.new_tuple_from_vec(found)?.into_any())
}

fn follow(vm: &mut Vm, object: &PyRef, path: &PyRef) -> PyResult {
    if let Some(name) = path.downcast_ref::<PyStr>() {
        return vm.get_attr(object, name);
    }
    let mut object = object.clone();
    if let Some(parts) = path.downcast_ref::<PyTuple>() {
        for name in parts.iter().filter_map(|part| part.downcast_ref::<PyStr>()) {
            object = vm.get_attr(&object, name)?;
        }
    }
    Ok(object)
}
