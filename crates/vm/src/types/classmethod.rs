//! `classmethod` and `staticmethod`.
//!
//! Both show name, qualified name, module and docstring of the function they wrap as their own attributes.
//! Differs from CPython: these are copied only when somebody asks for the `__dict__` or changes an attribute, so
//! that most wrappers need none.

use crate::object::PyPayload;
use crate::object::attribute::{
    generic_getattr, generic_setattr, instance_dict, set_instance_value,
};
use crate::table::{GetSet, Slots, TypeDef, TypeFlags};
use crate::types::descriptor;
use crate::types::generic_alias;
use crate::types::method;
use crate::types::str::PyStr;
use crate::{Args, PyRef, PyResult, Ref, Slot, Traverse, Vm};
use exuvia_object::Class;
use std::cell::Cell;

/// What both wrappers hold.
#[derive(Debug, Default, Traverse)]
struct Wrapped {
    /// Empty until `__init__`.
    callable: Slot,
    /// Whether the attributes of the function are copied.
    is_copied: Cell<bool>,
}

/// A class method. 40 bytes with the word for its attributes.
#[derive(Debug, Default, Traverse)]
pub struct PyClassMethod(Wrapped);

/// A static method. 40 bytes with the word for its attributes.
#[derive(Debug, Default, Traverse)]
pub struct PyStaticMethod(Wrapped);

impl PyPayload for PyClassMethod {
    const DEF: &'static TypeDef = &CLASSMETHOD;
}
impl PyPayload for PyStaticMethod {
    const DEF: &'static TypeDef = &STATICMETHOD;
}

impl PyClassMethod {
    /// What is wrapped.
    pub fn callable(&self) -> Option<PyRef> {
        self.0.callable.get()
    }
}

impl PyStaticMethod {
    /// What is wrapped.
    pub fn callable(&self) -> Option<PyRef> {
        self.0.callable.get()
    }
}

/// A `classmethod` of a callable.
///
/// # Errors
/// `OutOfMemory`.
pub fn new_class_method(vm: &Vm, callable: &PyRef) -> PyResult {
    let wrapper = vm.new_object(PyClassMethod::default())?;
    wrapper.0.callable.set(Some(callable.clone()));
    Ok(wrapper.into_any())
}

/// A `staticmethod` of a callable.
///
/// # Errors
/// `OutOfMemory`.
pub fn new_static_method(vm: &Vm, callable: &PyRef) -> PyResult {
    let wrapper = vm.new_object(PyStaticMethod::default())?;
    wrapper.0.callable.set(Some(callable.clone()));
    Ok(wrapper.into_any())
}

/// `classmethod`
pub static CLASSMETHOD: TypeDef = TypeDef {
    doc: "Makes a function get the class, not the instance, as first argument.",
    class: Some(Class::of::<PyClassMethod>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::DICT),
    slots: Slots {
        repr: Some(|vm, this| repr(vm, this, "classmethod")),
        descr_get: Some(get_class_method),
        getattr: Some(getattr),
        setattr: Some(setattr),
        init: Some(|vm, this, args| init(vm, this, args, "classmethod")),
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyClassMethod::default())?.into_any())),
        ..Slots::EMPTY
    },
    methods: &[CLASS_GETITEM],
    getset: GETSET,
    ..TypeDef::new("classmethod")
};

/// `staticmethod`
pub static STATICMETHOD: TypeDef = TypeDef {
    doc: "Makes a function in a class get neither the instance nor the class.",
    class: Some(Class::of::<PyStaticMethod>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::DICT),
    slots: Slots {
        repr: Some(|vm, this| repr(vm, this, "staticmethod")),
        call: Some(call_static_method),
        descr_get: Some(|vm, this, _, _| present(vm, this)),
        getattr: Some(getattr),
        setattr: Some(setattr),
        init: Some(|vm, this, args| init(vm, this, args, "staticmethod")),
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyStaticMethod::default())?.into_any())),
        ..Slots::EMPTY
    },
    methods: &[CLASS_GETITEM],
    getset: GETSET,
    ..TypeDef::new("staticmethod")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&CLASSMETHOD, &STATICMETHOD];

const CLASS_GETITEM: crate::table::Method = crate::class_method!(
    "__class_getitem__",
    "($type, object, /)",
    generic_alias::class_getitem,
    "The class with a type parameter."
);

fn wrapped(this: &PyRef) -> &Wrapped {
    match this.downcast_ref::<PyClassMethod>() {
        Some(class_method) => &class_method.0,
        None => {
            &this
                .downcast_ref::<PyStaticMethod>()
                .expect("slots get receivers of their type")
                .0
        }
    }
}

/// The callable, which there is none of before `__init__`.
fn present(vm: &Vm, this: &PyRef) -> PyResult {
    let kind = if this.is_a::<PyClassMethod>() {
        "classmethod"
    } else {
        "staticmethod"
    };
    wrapped(this)
        .callable
        .get()
        .ok_or_else(|| vm.runtime_error(format!("uninitialized {kind} object")))
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>, name: &str) -> PyResult<()> {
    if !args.names.is_empty() {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let [callable] = args.values else {
        return Err(vm.type_error(format!(
            "{name} expected 1 argument, got {}",
            args.values.len()
        )));
    };
    let wrapped = wrapped(this);
    wrapped.callable.set(Some(callable.clone()));
    wrapped.is_copied.set(false);
    Ok(())
}

fn repr(vm: &mut Vm, this: &PyRef, name: &str) -> PyResult {
    let callable = wrapped(this).callable.get().unwrap_or_else(|| vm.none());
    let shown = vm.repr(&callable)?;
    Ok(vm
        .new_str(&format!("<{name}({})>", shown.to_text()))?
        .into_any())
}

fn call_static_method(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let callable = present(vm, this)?;
    vm.call(&callable, args)
}

fn get_class_method(
    vm: &mut Vm,
    this: &PyRef,
    instance: Option<&PyRef>,
    owner: Option<&PyRef>,
) -> PyResult {
    let callable = present(vm, this)?;
    match (owner, instance) {
        (Some(owner), _) => method::new(vm, &callable, owner),
        (None, Some(instance)) => method::new(vm, &callable, vm.type_of(instance).as_any()),
        (None, None) => Err(vm.type_error("__get__(None, None) is invalid")),
    }
}

/// The attributes that are shown as the wrapper's own.
fn shown_names(vm: &Vm) -> [Ref<PyStr>; 4] {
    let names = vm.names();
    [
        names.module.clone(),
        names.name.clone(),
        names.qualname.clone(),
        names.doc.clone(),
    ]
}

fn getattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>) -> PyResult {
    if !wrapped(this).is_copied.get()
        && let Some(callable) = wrapped(this).callable.get()
        && shown_names(vm).iter().any(|shown| shown.same_text(name))
        && let Some(value) = vm.lookup_attr(&callable, name)?
    {
        return Ok(value);
    }
    generic_getattr(vm, this, name)
}

fn setattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>, value: Option<&PyRef>) -> PyResult<()> {
    copy_shown(vm, this)?;
    generic_setattr(vm, this, name, value)
}

/// Copies the function's attributes into the wrapper's.
fn copy_shown(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    let wrapped = wrapped(this);
    let Some(callable) = wrapped.callable.get().filter(|_| !wrapped.is_copied.get()) else {
        return Ok(());
    };
    for name in shown_names(vm) {
        if let Some(value) = vm.lookup_attr(&callable, &name)? {
            set_instance_value(vm, this, &name, &value)?;
        }
    }
    wrapped.is_copied.set(true);
    Ok(())
}

static GETSET: &[GetSet] = &[
    GetSet {
        name: "__func__",
        doc: "What is wrapped.",
        get: get_wrapped,
        set: None,
    },
    GetSet {
        name: "__wrapped__",
        doc: "What is wrapped.",
        get: get_wrapped,
        set: None,
    },
    GetSet {
        name: "__isabstractmethod__",
        doc: "Whether what is wrapped is an abstract method.",
        get: |vm, this| match wrapped(this).callable.get() {
            Some(callable) => is_abstract(vm, &callable),
            None => Ok(vm.new_bool(false)),
        },
        set: None,
    },
    GetSet {
        name: "__annotations__",
        doc: "The annotations of what is wrapped.",
        get: |vm, this| {
            let name = vm.names().annotations.clone();
            get_of_wrapped(vm, this, &name)
        },
        set: Some(|vm, this, value| {
            let name = vm.names().annotations.clone();
            set_own(vm, this, &name, value)
        }),
    },
    GetSet {
        name: "__annotate__",
        doc: "The function that computes the annotations of what is wrapped.",
        get: |vm, this| {
            let name = vm.names().annotate.clone();
            get_of_wrapped(vm, this, &name)
        },
        set: Some(|vm, this, value| {
            let name = vm.names().annotate.clone();
            set_own(vm, this, &name, value)
        }),
    },
    GetSet {
        name: "__dict__",
        doc: "The wrapper's own attributes.",
        get: |vm, this| {
            copy_shown(vm, this)?;
            Ok(instance_dict(vm, this)?.map_or_else(|| vm.none(), Ref::into_any))
        },
        set: Some(|vm, this, value| {
            copy_shown(vm, this)?;
            descriptor::set_dict(vm, this, value)
        }),
    },
];

fn get_wrapped(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(wrapped(this).callable.get().unwrap_or_else(|| vm.none()))
}

/// `function.__isabstractmethod__`, as a bool; without one, `False`.
pub(crate) fn is_abstract(vm: &mut Vm, function: &PyRef) -> PyResult {
    let name = vm.names().isabstractmethod.clone();
    let is_abstract = match vm.lookup_attr(function, &name)? {
        Some(value) => vm.is_true(&value)?,
        None => false,
    };
    Ok(vm.new_bool(is_abstract))
}

/// An attribute of the wrapper itself if it was set, else of the function; then it becomes the wrapper's too.
fn get_of_wrapped(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>) -> PyResult {
    if let Some(value) = crate::object::attribute::instance_value(vm, this, name) {
        return Ok(value);
    }
    let callable = present(vm, this)?;
    let value = vm.get_attr(&callable, name)?;
    copy_shown(vm, this)?;
    set_instance_value(vm, this, name, &value)?;
    Ok(value)
}

fn set_own(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>, value: Option<&PyRef>) -> PyResult<()> {
    copy_shown(vm, this)?;
    if let Some(value) = value {
        set_instance_value(vm, this, name, value)?;
        return Ok(());
    }
    let is_deleted = match instance_dict(vm, this)? {
        Some(dict) => dict.del_str(vm, name)?,
        None => false,
    };
    if is_deleted {
        Ok(())
    } else {
        Err(vm.no_attribute(this, name))
    }
}
