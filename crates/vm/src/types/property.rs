//! `property`.

use crate::object::PyPayload;
use crate::protocol::call::with_receiver;
use crate::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use crate::types::classmethod;
use crate::types::exception::ATTRIBUTE_ERROR;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm};
use exuvia_object::Class;
use std::cell::Cell;

/// A property. 64 bytes.
#[derive(Debug, Default, Traverse)]
pub struct PyProperty {
    getter: Slot,
    setter: Slot,
    deleter: Slot,
    doc: Slot,
    name: Slot,
    /// Whether the docstring is the getter's.
    has_getter_doc: Cell<bool>,
}

impl PyPayload for PyProperty {
    const DEF: &'static TypeDef = &PROPERTY;
}

/// `property`
pub static PROPERTY: TypeDef = TypeDef {
    doc: "An attribute that functions get, set and delete.\n\n\
          Used as a decorator, the function decorated is the getter, and its docstring the property's.",
    class: Some(Class::of::<PyProperty>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        descr_get: Some(descr_get),
        descr_set: Some(descr_set),
        init: Some(|vm, this, args| {
            let Args { values, names } = args;
            with_receiver(this, values, |values| {
                (INIT.call)(vm, Args { values, names }, &INIT)
            })
            .map(drop)
        }),
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyProperty::default())?.into_any())),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "getter",
            "($self, object, /)",
            with_getter,
            "A copy of the property with another getter."
        ),
        crate::method!(
            "setter",
            "($self, object, /)",
            with_setter,
            "A copy of the property with another setter."
        ),
        crate::method!(
            "deleter",
            "($self, object, /)",
            with_deleter,
            "A copy of the property with another deleter."
        ),
        crate::method!(
            "__set_name__",
            "($self, owner, name, /)",
            set_name,
            "Tells the property its name."
        ),
    ],
    getset: &[
        GetSet {
            name: "fget",
            doc: "The getter, or None.",
            get: |vm, this| Ok(shown(vm, &property(this).getter)),
            set: None,
        },
        GetSet {
            name: "fset",
            doc: "The setter, or None.",
            get: |vm, this| Ok(shown(vm, &property(this).setter)),
            set: None,
        },
        GetSet {
            name: "fdel",
            doc: "The deleter, or None.",
            get: |vm, this| Ok(shown(vm, &property(this).deleter)),
            set: None,
        },
        GetSet {
            name: "__doc__",
            doc: "The docstring, or None.",
            get: |vm, this| Ok(shown(vm, &property(this).doc)),
            set: Some(|_, this, value| {
                property(this).doc.set(value.cloned());
                Ok(())
            }),
        },
        GetSet {
            name: "__name__",
            doc: "The property's name, or else its getter's.",
            get: get_name,
            set: Some(set_own_name),
        },
        GetSet {
            name: "__isabstractmethod__",
            doc: "Whether one of the functions is an abstract method.",
            get: is_abstract,
            set: None,
        },
    ],
    ..TypeDef::new("property")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&PROPERTY];

static INIT: Method = crate::method!(
    "property",
    "($self, fget=None, fset=None, fdel=None, doc=None)",
    init,
    "Initializes a property."
);

fn property(this: &PyRef) -> &Ref<PyProperty> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn shown(vm: &Vm, slot: &Slot) -> PyRef {
    slot.get().unwrap_or_else(|| vm.none())
}

fn init(
    vm: &mut Vm,
    this: Ref<PyProperty>,
    getter: Option<PyRef>,
    setter: Option<PyRef>,
    deleter: Option<PyRef>,
    doc: Option<PyRef>,
) -> PyResult<()> {
    let [getter, setter, deleter, doc] =
        [getter, setter, deleter, doc].map(|given| given.filter(|given| !vm.is_none(given)));
    this.getter.set(getter.clone());
    this.setter.set(setter);
    this.deleter.set(deleter);
    this.doc.set(None);
    this.name.set(None);
    this.has_getter_doc.set(false);
    let mut doc = doc;
    if doc.is_none()
        && let Some(getter) = getter
    {
        let name = vm.names().doc.clone();
        doc = vm
            .lookup_attr(&getter, &name)?
            .filter(|doc| !vm.is_none(doc));
        this.has_getter_doc.set(doc.is_some());
    }
    if vm.is_exactly(this.as_any(), &PROPERTY) {
        this.doc.set(doc);
        return Ok(());
    }
    // In a subclass the class's own docstring would hide the one kept here: the instance needs an attribute.
    let doc = doc.unwrap_or_else(|| vm.none());
    let name = vm.names().doc.clone();
    match vm.set_attr(this.as_any(), &name, &doc) {
        Err(error) if !this.has_getter_doc.get() && error.is(vm, &ATTRIBUTE_ERROR) => Ok(()),
        other => other,
    }
}

fn descr_get(vm: &mut Vm, this: &PyRef, instance: Option<&PyRef>, _: Option<&PyRef>) -> PyResult {
    let Some(instance) = instance else {
        return Ok(this.clone());
    };
    match property(this).getter.get() {
        Some(getter) => vm.call_positional(&getter, std::slice::from_ref(instance)),
        None => Err(lacks(vm, this, instance, "getter")),
    }
}

fn descr_set(vm: &mut Vm, this: &PyRef, instance: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let property = property(this);
    match value {
        Some(value) => match property.setter.get() {
            Some(setter) => vm
                .call_positional(&setter, &[instance.clone(), value.clone()])
                .map(drop),
            None => Err(lacks(vm, this, instance, "setter")),
        },
        None => match property.deleter.get() {
            Some(deleter) => vm
                .call_positional(&deleter, std::slice::from_ref(instance))
                .map(drop),
            None => Err(lacks(vm, this, instance, "deleter")),
        },
    }
}

#[cold]
fn lacks(vm: &mut Vm, this: &PyRef, instance: &PyRef, what: &str) -> PyErr {
    let name = match name_of(vm, this).and_then(|name| name.map(|name| vm.repr(&name)).transpose())
    {
        Ok(Some(name)) => format!("property {}", name.to_text()),
        Ok(None) => "property".to_owned(),
        Err(error) => return error,
    };
    let owner = vm.type_of(instance).qualname().into_any();
    match vm.repr(&owner) {
        Ok(owner) => vm.attribute_error(format!(
            "{name} of {} object has no {what}",
            owner.to_text()
        )),
        Err(error) => error,
    }
}

/// The name given, or the getter's.
fn name_of(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let property = property(this);
    if let Some(name) = property.name.get() {
        return Ok(Some(name));
    }
    let name = vm.names().name.clone();
    match property.getter.get() {
        Some(getter) => vm.lookup_attr(&getter, &name),
        None => Ok(None),
    }
}

fn get_name(vm: &mut Vm, this: &PyRef) -> PyResult {
    match name_of(vm, this)? {
        Some(name) => Ok(name),
        None => {
            let name = vm.names().name.clone();
            Err(vm.no_attribute(this, &name))
        }
    }
}

fn set_own_name(_: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    property(this).name.set(value.cloned());
    Ok(())
}

fn set_name(_: &mut Vm, this: Ref<PyProperty>, _: PyRef, name: PyRef) {
    this.name.set(Some(name));
}

fn is_abstract(vm: &mut Vm, this: &PyRef) -> PyResult {
    let property = property(this);
    for function in [&property.getter, &property.setter, &property.deleter] {
        if let Some(function) = function.get() {
            let is_abstract = classmethod::is_abstract(vm, &function)?;
            if vm.is_true(&is_abstract)? {
                return Ok(is_abstract);
            }
        }
    }
    Ok(vm.new_bool(false))
}

fn with_getter(vm: &mut Vm, this: Ref<PyProperty>, getter: PyRef) -> PyResult {
    copy(vm, &this, Some(getter), None, None)
}

fn with_setter(vm: &mut Vm, this: Ref<PyProperty>, setter: PyRef) -> PyResult {
    copy(vm, &this, None, Some(setter), None)
}

fn with_deleter(vm: &mut Vm, this: Ref<PyProperty>, deleter: PyRef) -> PyResult {
    copy(vm, &this, None, None, Some(deleter))
}

/// A property of the same class with one function exchanged; `None` changes nothing.
fn copy(
    vm: &mut Vm,
    this: &Ref<PyProperty>,
    getter: Option<PyRef>,
    setter: Option<PyRef>,
    deleter: Option<PyRef>,
) -> PyResult {
    let chosen = |given: Option<PyRef>, old: &Slot| match given.filter(|given| !vm.is_none(given)) {
        Some(given) => given,
        None => shown(vm, old),
    };
    let (getter, setter, deleter) = (
        chosen(getter, &this.getter),
        chosen(setter, &this.setter),
        chosen(deleter, &this.deleter),
    );
    // A docstring that came from the getter is taken from the new getter again.
    let is_from_getter = this.has_getter_doc.get() && !vm.is_none(&getter);
    let doc = if is_from_getter {
        vm.none()
    } else {
        shown(vm, &this.doc)
    };
    let ty: Ref<PyType> = vm.type_of(this).clone();
    let copy = vm.call_positional(ty.as_any(), &[getter, setter, deleter, doc])?;
    if let Some(copy) = copy.downcast_ref::<PyProperty>() {
        copy.name.set(this.name.get());
    }
    Ok(copy)
}
