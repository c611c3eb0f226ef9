//! `types.SimpleNamespace`: an object that has the attributes it was made with.

use crate::args::KwArgs;
use crate::object::PyPayload;
use crate::object::attribute::{instance_dict, instance_items};
use crate::table::{CompareOp, GetSet, Rest, Slots, TypeDef, TypeFlags};
use crate::types::dict::{DICT, PyDict};
use crate::types::str::{PyStr, StrBuilder};
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Traverse, Vm, method};
use exuvia_object::Class;

/// A namespace; everything it has lies in its instance part.
#[derive(Debug, Traverse)]
pub struct PyNamespace;

impl PyPayload for PyNamespace {
    const DEF: &'static TypeDef = &NAMESPACE;
}

/// `types.SimpleNamespace`
pub static NAMESPACE: TypeDef = TypeDef {
    class: Some(Class::of::<PyNamespace>),
    doc: "SimpleNamespace(mapping_or_iterable=(), /, **kwargs) -> an object with these attributes",
    flags: TypeFlags::BASETYPE.or(TypeFlags::DICT),
    slots: Slots {
        repr: Some(repr),
        richcompare: Some(richcompare),
        new: Some(new),
        init: Some(init),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__reduce__",
            "($self, /)",
            reduce,
            "What pickle needs to make this namespace again."
        ),
        method!(
            "__replace__",
            "($self, /, *args, **changes)",
            replace,
            "A copy with some attributes changed."
        ),
    ],
    getset: &[GetSet {
        name: "__dict__",
        doc: "The attributes.",
        get: |vm, this| Ok(attributes(vm, this)?.into_any()),
        set: None,
    }],
    ..TypeDef::new("types.SimpleNamespace")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&NAMESPACE];

/// The attributes of a namespace.
fn attributes(vm: &mut Vm, this: &PyRef) -> PyResult<Ref<PyDict>> {
    let dict = instance_dict(vm, this)?;
    dict.ok_or_else(|| vm.type_error("a namespace without __dict__"))
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, _: Args<'_>) -> PyResult {
    Ok(vm.new_instance(ty, PyNamespace)?.into_any())
}

/// A namespace with these attributes.
///
/// # Errors
/// `OutOfMemory`.
pub fn make(vm: &mut Vm, attributes: &[(&str, PyRef)]) -> PyResult {
    let namespace = vm.new_object(PyNamespace)?.into_any();
    for (name, value) in attributes {
        vm.set_attr_str(&namespace, name, value)?;
    }
    Ok(namespace)
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    match args.positionals() {
        [] => {}
        [source] => init_from(vm, this, source)?,
        more => {
            let message = format!(
                "{} expected at most 1 argument, got {}",
                vm.type_of(this).name_text(),
                more.len()
            );
            return Err(vm.type_error(message));
        }
    }
    for (name, value) in args.keywords() {
        set_attribute(vm, this, name, value)?;
    }
    Ok(())
}

/// Takes over the items of a mapping or of an iterable of pairs.
fn init_from(vm: &mut Vm, this: &PyRef, source: &PyRef) -> PyResult<()> {
    let dict = match source.downcast_ref::<PyDict>() {
        Some(dict) if vm.is_exactly(source, &DICT) => dict.clone(),
        _ => {
            let dict = vm.new_dict()?;
            dict.update(vm, source)?;
            dict
        }
    };
    let items = dict.to_vec(vm);
    if items.iter().any(|(name, _)| !name.is_a::<PyStr>()) {
        return Err(vm.type_error("keywords must be strings"));
    }
    items
        .iter()
        .try_for_each(|(name, value)| set_attribute(vm, this, name, value))
}

/// Stores an attribute past `__setattr__`.
fn set_attribute(vm: &mut Vm, this: &PyRef, name: &PyRef, value: &PyRef) -> PyResult<()> {
    if let Some(name) = name.downcast_ref::<PyStr>()
        && crate::object::attribute::set_instance_value(vm, this, name, value)?
    {
        return Ok(());
    }
    attributes(vm, this)?.set_item(vm, name, value.clone())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = if vm.is_exactly(this, &NAMESPACE) {
        "namespace".to_owned()
    } else {
        vm.type_of(this).name_text()
    };
    if vm.repr_enter(this)? {
        return Ok(vm.new_str(&format!("{name}(...)"))?.into_any());
    }
    let result = vm.recursion_guard(|vm| repr_attributes(vm, this, &name));
    vm.repr_leave(this);
    result
}

fn repr_attributes(vm: &mut Vm, this: &PyRef, name: &str) -> PyResult {
    let mut text = StrBuilder::new();
    text.push_str(vm, name)?;
    text.push_str(vm, "(")?;
    let mut separator = "";
    for (name, value) in instance_items(vm, this) {
        let Some(name) = name.downcast_ref::<PyStr>().filter(|name| !name.is_empty()) else {
            continue;
        };
        text.push_str(vm, separator)?;
        text.push(vm, name)?;
        text.push_str(vm, "=")?;
        let value = vm.repr(&value)?;
        text.push(vm, &value)?;
        separator = ", ";
    }
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    if !this.is_a::<PyNamespace>() || !other.is_a::<PyNamespace>() {
        return Ok(vm.not_implemented());
    }
    let (left, right) = (
        attributes(vm, this)?.into_any(),
        attributes(vm, other)?.into_any(),
    );
    vm.recursion_guard(|vm| vm.compare(&left, &right, op))
}

/// `(type, (), attributes)`
fn reduce(vm: &mut Vm, this: Ref<PyNamespace>) -> PyResult {
    let this = this.into_any();
    let state = attributes(vm, &this)?.into_any();
    let ty = vm.type_of(&this).clone().into_any();
    let args = vm.new_tuple(&[])?.into_any();
    Ok(vm.new_tuple(&[ty, args, state])?.into_any())
}

fn replace(vm: &mut Vm, this: Ref<PyNamespace>, args: Rest, changes: KwArgs) -> PyResult {
    if !args.0.is_empty() {
        return Err(vm.type_error("__replace__() takes no positional arguments"));
    }
    let this = this.into_any();
    let ty = vm.type_of(&this).clone().into_any();
    let copy = vm.call_positional(&ty, &[])?;
    if !copy.is_a::<PyNamespace>() {
        let (expected, found) = (vm.type_name(&this), vm.type_name(&copy));
        return Err(vm.type_error(format!(
            "expect {expected} type, but {found}() returned '{found}' object"
        )));
    }
    for (name, value) in instance_items(vm, &this) {
        set_attribute(vm, &copy, &name, &value)?;
    }
    for (name, value) in &changes {
        set_attribute(vm, &copy, name.as_any(), value)?;
    }
    Ok(copy)
}
