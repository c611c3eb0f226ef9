//! `collections.defaultdict`: a dict that makes the values of missing keys. It extends dict's payload by one member.

use exuvia_vm::object::layout::{member, set_member};
use exuvia_vm::table::{GetSet, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::dict::{DICT, PyDict};
use exuvia_vm::types::iterators::REDUCE_DOC;
use exuvia_vm::types::str::StrBuilder;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Vm, method};

/// The member slot of the factory.
const FACTORY: usize = 0;

/// `collections.defaultdict`
pub static DEFAULTDICT: TypeDef = TypeDef {
    base: Some(&DICT),
    doc: "defaultdict(default_factory=None, /, [...])\n\nA dict that calls its factory without arguments for the \
          value of a key that is missing, and keeps it. The other arguments are those of dict.",
    flags: TypeFlags::BASETYPE,
    members: &["default_factory"],
    slots: Slots {
        repr: Some(repr),
        init: Some(init),
        or: Some(or),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__missing__",
            "($self, object, /)",
            missing,
            "The value for a missing key: makes it with the factory and keeps it."
        ),
        method!("copy", "($self, /)", copy, COPY_DOC),
        method!("__copy__", "($self, /)", copy, COPY_DOC),
        method!("__reduce__", "($self, /)", reduce, REDUCE_DOC),
    ],
    getset: &[GetSet {
        name: "default_factory",
        doc: "What makes the values of missing keys, or None.",
        get: |vm, this| Ok(factory(vm, this)),
        set: Some(|_, this, value| {
            drop(set_member(this, FACTORY, value.cloned()));
            Ok(())
        }),
    }],
    ..TypeDef::new("collections.defaultdict")
};

const COPY_DOC: &str = "A new defaultdict with the same factory and items.";

fn factory(vm: &Vm, this: &PyRef) -> PyRef {
    member(this, FACTORY).unwrap_or_else(|| vm.none())
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let (factory, rest) = match args.positionals().first() {
        None => (None, args),
        Some(first) if vm.is_none(first) || vm.callable(first) => {
            (Some(first.clone()), args.skip(1))
        }
        Some(_) => return Err(vm.type_error("first argument must be callable or None")),
    };
    drop(set_member(this, FACTORY, factory));
    match vm.class(&DICT).slots(vm).init {
        Some(init) => init(vm, this, rest),
        None => Ok(()),
    }
}

fn missing(vm: &mut Vm, this: Ref<PyDict>, key: PyRef) -> PyResult {
    let factory = factory(vm, this.as_any());
    if vm.is_none(&factory) {
        return Err(vm.key_error(&key));
    }
    let value = vm.call_positional(&factory, &[])?;
    // What the factory itself stored stays.
    Ok(this.get_or_insert(vm, &key, &value)?.0)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    // Both first, because showing the dict can run Python.
    let items = match vm.class(&DICT).slots(vm).repr {
        Some(repr) => repr(vm, this)?,
        None => vm.new_str("{}")?.into_any(),
    };
    let items = vm.str(&items)?;
    let factory = factory(vm, this);
    let shown = if vm.repr_enter(&factory)? {
        vm.new_str("...")?
    } else {
        let shown = vm.repr(&factory);
        vm.repr_leave(&factory);
        shown?
    };
    let mut text = StrBuilder::new();
    text.push_str(vm, &vm.type_of(this).name_text())?;
    text.push_str(vm, "(")?;
    text.push(vm, &shown)?;
    text.push_str(vm, ", ")?;
    text.push(vm, &items)?;
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

/// A defaultdict of the same class, with the same factory, made by calling the class.
fn similar(vm: &mut Vm, this: &PyRef, items: &PyRef) -> PyResult {
    let class = vm.type_of(this).clone().into_any();
    let factory = factory(vm, this);
    vm.call_positional(&class, &[factory, items.clone()])
}

fn copy(vm: &mut Vm, this: Ref<PyDict>) -> PyResult {
    similar(vm, this.as_any(), this.as_any())
}

fn or(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let is_left = vm.is_instance_of_def(left, &DEFAULTDICT);
    if !left.is_a::<PyDict>() || !right.is_a::<PyDict>() {
        return Ok(vm.not_implemented());
    }
    let like = if is_left { left } else { right };
    let merged = similar(vm, like, left)?;
    let Some(dict) = merged.downcast_ref::<PyDict>() else {
        return Ok(vm.not_implemented());
    };
    dict.update(vm, right)?;
    Ok(merged)
}

fn reduce(vm: &mut Vm, this: Ref<PyDict>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let factory = factory(vm, this.as_any());
    let args = if vm.is_none(&factory) {
        vm.new_tuple(&[])?
    } else {
        vm.new_tuple(&[factory])?
    };
    let items = vm.call_method_str(this.as_any(), "items", &[])?;
    let items = vm.iter(&items)?;
    let none = vm.none();
    Ok(vm
        .new_tuple(&[class, args.into_any(), none.clone(), none, items])?
        .into_any())
}
