//! The descriptors in the namespaces of built-in types: methods, class methods, slot wrappers, computed
//! attributes, and the member slots of classes.

use crate::object::PyPayload;
use crate::object::attribute::{instance_dict, set_instance_dict};
use crate::object::layout;
use crate::table::slot_defs::SlotDef;
use crate::table::{CompareOp, GetSet, Method, Slots, TypeDef, TypeFlags, slot_wrap};
use crate::types::builtin_function::{self, call_row};
use crate::types::classmethod;
use crate::types::dict::PyDict;
use crate::types::iterators;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::types::weakref;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Traverse, Vm};
use exuvia_object::Class;

/// A method of a built-in type, not bound: `list.append`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyMethodDescriptor {
    owner: Ref<PyType>,
    #[traverse(skip)]
    method: &'static Method,
}

/// A class method of a built-in type, not bound: `dict.__dict__['fromkeys']`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyClassMethodDescriptor {
    owner: Ref<PyType>,
    #[traverse(skip)]
    method: &'static Method,
}

/// A slot of a built-in type as a dunder, not bound: `int.__add__`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyWrapperDescriptor {
    owner: Ref<PyType>,
    #[traverse(skip)]
    slot_def: &'static SlotDef,
}

/// A slot of a built-in type as a dunder, bound: `(1).__add__`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyMethodWrapper {
    descriptor: Ref<PyWrapperDescriptor>,
    receiver: PyRef,
}

/// A computed attribute of a built-in type: `int.real`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyGetSetDescriptor {
    owner: Ref<PyType>,
    #[traverse(skip)]
    getset: &'static GetSet,
}

/// A member slot of a class (`__slots__`). 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyMemberDescriptor {
    owner: Ref<PyType>,
    name: Ref<PyStr>,
    #[traverse(skip)]
    index: usize,
}

impl PyPayload for PyMethodDescriptor {
    const DEF: &'static TypeDef = &METHOD_DESCRIPTOR;
}
impl PyPayload for PyClassMethodDescriptor {
    const DEF: &'static TypeDef = &CLASS_METHOD_DESCRIPTOR;
}
impl PyPayload for PyWrapperDescriptor {
    const DEF: &'static TypeDef = &WRAPPER_DESCRIPTOR;
}
impl PyPayload for PyMethodWrapper {
    const DEF: &'static TypeDef = &METHOD_WRAPPER;
}
impl PyPayload for PyGetSetDescriptor {
    const DEF: &'static TypeDef = &GETSET_DESCRIPTOR;
}
impl PyPayload for PyMemberDescriptor {
    const DEF: &'static TypeDef = &MEMBER_DESCRIPTOR;
}

/// What all descriptors but method wrappers have: an owner and a name.
trait Descriptor: PyPayload {
    fn owner(&self) -> &Ref<PyType>;
    fn name(&self) -> String;
    fn doc(&self) -> &'static str {
        ""
    }
    fn signature(&self) -> Option<&'static str> {
        None
    }
}

macro_rules! descriptor {
    ($($type:ty: |$this:ident| $name:expr, $doc:expr, $signature:expr;)+) => {
        $(impl Descriptor for $type {
            fn owner(&self) -> &Ref<PyType> {
                &self.owner
            }
            fn name(&self) -> String {
                let $this = self;
                $name.into()
            }
            fn doc(&self) -> &'static str {
                let $this = self;
                let _ = $this;
                $doc
            }
            fn signature(&self) -> Option<&'static str> {
                let $this = self;
                let _ = $this;
                $signature
            }
        })+
    };
}
descriptor! {
    PyMethodDescriptor: |this| this.method.name, this.method.doc, Some(this.method.signature);
    PyClassMethodDescriptor: |this| this.method.name, this.method.doc, Some(this.method.signature);
    PyWrapperDescriptor: |this| this.slot_def.name, this.slot_def.doc, Some(this.slot_def.signature);
    PyGetSetDescriptor: |this| this.getset.name, this.getset.doc, None;
    PyMemberDescriptor: |this| this.name.to_text(), "", None;
}

/// The receiver as what the slot's type says it is.
fn receiver<T: PyPayload>(this: &PyRef) -> &Ref<T> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

impl PyMethodDescriptor {
    /// The row.
    pub fn method(&self) -> &'static Method {
        self.method
    }
}

impl PyWrapperDescriptor {
    /// The type whose slot it is.
    pub(crate) fn owner(&self) -> &Ref<PyType> {
        &self.owner
    }

    /// The dunder and its slot.
    pub(crate) fn slot_def(&self) -> &'static SlotDef {
        self.slot_def
    }
}

impl PyMemberDescriptor {
    /// Which of the instance's member slots it is.
    #[inline]
    pub fn index(&self) -> usize {
        self.index
    }
}

/// The descriptor of an instance method.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_method(vm: &Vm, owner: &Ref<PyType>, method: &'static Method) -> PyResult {
    Ok(vm
        .new_object(PyMethodDescriptor {
            owner: owner.clone(),
            method,
        })?
        .into_any())
}

/// The descriptor of a class method.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_class_method(vm: &Vm, owner: &Ref<PyType>, method: &'static Method) -> PyResult {
    Ok(vm
        .new_object(PyClassMethodDescriptor {
            owner: owner.clone(),
            method,
        })?
        .into_any())
}

/// The `staticmethod` of a native function.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_static_method(
    vm: &mut Vm,
    owner: &Ref<PyType>,
    method: &'static Method,
) -> PyResult {
    let function = vm.new_builtin_function(method, Some(owner.clone().into_any()), None)?;
    classmethod::new_static_method(vm, function.as_any())
}

/// The descriptor of a slot.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_wrapper(vm: &Vm, owner: &Ref<PyType>, slot_def: &'static SlotDef) -> PyResult {
    Ok(vm
        .new_object(PyWrapperDescriptor {
            owner: owner.clone(),
            slot_def,
        })?
        .into_any())
}

/// The descriptor of a computed attribute.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_getset(vm: &Vm, owner: &Ref<PyType>, getset: &'static GetSet) -> PyResult {
    Ok(vm
        .new_object(PyGetSetDescriptor {
            owner: owner.clone(),
            getset,
        })?
        .into_any())
}

/// The descriptor of a member slot.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_member(
    vm: &Vm,
    owner: &Ref<PyType>,
    name: &Ref<PyStr>,
    index: usize,
) -> PyResult {
    let payload = PyMemberDescriptor {
        owner: owner.clone(),
        name: name.clone(),
        index,
    };
    Ok(vm.new_object(payload)?.into_any())
}

/// The `__dict__` of a class's instances.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_dict_getset(vm: &Vm, owner: &Ref<PyType>) -> PyResult {
    static ROW: GetSet = INSTANCE_DICT;
    new_getset(vm, owner, &ROW)
}

/// The `__weakref__` of a class's instances.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_weakref_getset(vm: &Vm, owner: &Ref<PyType>) -> PyResult {
    new_getset(vm, owner, &INSTANCE_WEAKREF)
}

/// The row `__dict__` of types whose objects have attributes of their own.
pub const INSTANCE_DICT: GetSet = GetSet {
    name: "__dict__",
    doc: "The instance's own attributes.",
    get: |vm, this| match instance_dict(vm, this)? {
        Some(dict) => Ok(dict.into_any()),
        None => Err(vm.attribute_error("This object has no __dict__")),
    },
    set: Some(set_dict),
};

static INSTANCE_WEAKREF: GetSet = GetSet {
    name: "__weakref__",
    doc: "The first weak reference to the object, or None.",
    get: |vm, this| Ok(weakref::first(this).unwrap_or_else(|| vm.none())),
    set: None,
};

/// Replaces an instance's `__dict__`, or empties it.
pub(crate) fn set_dict(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let dict = match value {
        None => vm.new_dict()?,
        Some(value) => match value.clone().downcast::<PyDict>() {
            Ok(dict) => dict,
            Err(other) => {
                let message = format!(
                    "__dict__ must be set to a dictionary, not a '{}'",
                    vm.type_name(&other)
                );
                return Err(vm.type_error(message));
            }
        },
    };
    if instance_dict(vm, this)?.is_none() {
        return Err(vm.attribute_error("This object has no __dict__"));
    }
    set_instance_dict(this, dict);
    Ok(())
}

/// Whether an object is an instance of the descriptor's owner.
#[inline]
fn check_instance<T: Descriptor>(vm: &Vm, descriptor: &T, instance: &PyRef) -> PyResult<()> {
    if vm.type_of(instance).is_subtype(descriptor.owner()) {
        return Ok(());
    }
    Err(does_not_apply(vm, descriptor, instance))
}

#[cold]
fn does_not_apply<T: Descriptor>(vm: &Vm, descriptor: &T, instance: &PyRef) -> PyErr {
    vm.type_error(format!(
        "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
        descriptor.name(),
        descriptor.owner().full_name(),
        vm.type_name(instance)
    ))
}

fn owner_of<T: Descriptor>(_: &mut Vm, this: &PyRef) -> PyResult {
    Ok(receiver::<T>(this).owner().clone().into_any())
}

fn name_of<T: Descriptor>(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(vm.new_str(&receiver::<T>(this).name())?.into_any())
}

fn qualified_name<T: Descriptor>(descriptor: &T) -> String {
    format!(
        "{}.{}",
        descriptor.owner().qualname().to_text(),
        descriptor.name()
    )
}

fn qualname_of<T: Descriptor>(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = qualified_name::<T>(receiver::<T>(this));
    Ok(vm.new_str(&name)?.into_any())
}

fn doc_of<T: Descriptor>(vm: &mut Vm, this: &PyRef) -> PyResult {
    text_or_none(vm, Some(receiver::<T>(this).doc()))
}

fn signature_of<T: Descriptor>(vm: &mut Vm, this: &PyRef) -> PyResult {
    text_or_none(vm, receiver::<T>(this).signature())
}

/// A text as a string, an empty one as `None`.
pub(crate) fn text_or_none(vm: &Vm, text: Option<&str>) -> PyResult {
    match text.filter(|text| !text.is_empty()) {
        Some(text) => Ok(vm.new_str(text)?.into_any()),
        None => Ok(vm.none()),
    }
}

/// `getattr(owner, name)` finds the descriptor again.
fn reduce<T: Descriptor>(vm: &mut Vm, this: Ref<T>) -> PyResult {
    let name = vm.new_str(&this.name())?.into_any();
    let getattr = iterators::builtin(vm, "getattr")?;
    iterators::reduced(vm, getattr, &[this.owner().clone().into_any(), name], None)
}

/// The computed attributes that descriptors have, for one type of them.
macro_rules! getset {
    ($type:ty $(, $signature:literal)?) => {
        &[
            GetSet { name: "__objclass__", doc: "The type that has the attribute.", get: owner_of::<$type>, set: None },
            GetSet { name: "__name__", doc: "The attribute's name.", get: name_of::<$type>, set: None },
            GetSet { name: "__qualname__", doc: "The name with the type's.", get: qualname_of::<$type>, set: None },
            GetSet { name: "__doc__", doc: "The docstring, or None.", get: doc_of::<$type>, set: None },
            $(GetSet { name: $signature, doc: "The signature as text.", get: signature_of::<$type>, set: None },)?
        ]
    };
}

/// `method_descriptor`
pub static METHOD_DESCRIPTOR: TypeDef = TypeDef {
    doc: "A method of a built-in type.",
    class: Some(Class::of::<PyMethodDescriptor>),
    flags: TypeFlags::METHOD_DESCRIPTOR,
    slots: Slots {
        repr: Some(|vm, this| represent::<PyMethodDescriptor>(vm, this, "method")),
        call: Some(|vm, this, args| call_method(vm, receiver(this), args)),
        descr_get: Some(get_method),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__reduce__",
        "($self, /)",
        reduce::<PyMethodDescriptor>,
        "What pickle needs."
    )],
    getset: getset!(PyMethodDescriptor, "__text_signature__"),
    ..TypeDef::new("method_descriptor")
};

/// `<method 'append' of 'list' objects>`
fn represent<T: Descriptor>(vm: &mut Vm, this: &PyRef, what: &str) -> PyResult {
    let descriptor = receiver::<T>(this);
    let text = format!(
        "<{what} '{}' of '{}' objects>",
        descriptor.name(),
        descriptor.owner().full_name()
    );
    Ok(vm.new_str(&text)?.into_any())
}

/// Calls a method of a built-in type with the receiver among the arguments.
///
/// # Errors
/// `TypeError` if the receiver or the arguments do not fit, `RecursionError`, or what the method raises.
pub(crate) fn call_method(
    vm: &mut Vm,
    descriptor: &Ref<PyMethodDescriptor>,
    args: Args<'_>,
) -> PyResult {
    vm.check_native_stack(" while calling a Python object")?;
    let Some(instance) = args.positionals().first() else {
        let name = qualified_name::<PyMethodDescriptor>(descriptor);
        return Err(vm.type_error(format!("unbound method {name}() needs an argument")));
    };
    check_instance::<PyMethodDescriptor>(vm, descriptor, instance)?;
    call_row(vm, args, descriptor.method, |_| {
        qualified_name::<PyMethodDescriptor>(descriptor)
    })
}

fn get_method(vm: &mut Vm, this: &PyRef, instance: Option<&PyRef>, _: Option<&PyRef>) -> PyResult {
    let Some(instance) = instance else {
        return Ok(this.clone());
    };
    let descriptor = receiver::<PyMethodDescriptor>(this);
    check_instance::<PyMethodDescriptor>(vm, descriptor, instance)?;
    Ok(vm
        .new_builtin_function(descriptor.method, Some(instance.clone()), None)?
        .into_any())
}

/// `classmethod_descriptor`
pub static CLASS_METHOD_DESCRIPTOR: TypeDef = TypeDef {
    doc: "A class method of a built-in type.",
    class: Some(Class::of::<PyClassMethodDescriptor>),
    slots: Slots {
        repr: Some(|vm, this| represent::<PyClassMethodDescriptor>(vm, this, "method")),
        call: Some(call_class_method),
        descr_get: Some(get_class_method),
        ..Slots::EMPTY
    },
    getset: getset!(PyClassMethodDescriptor, "__text_signature__"),
    ..TypeDef::new("classmethod_descriptor")
};

fn call_class_method(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let Some(class) = args.positionals().first() else {
        let descriptor = receiver::<PyClassMethodDescriptor>(this);
        let (name, owner) = (descriptor.name(), descriptor.owner.full_name());
        return Err(vm.type_error(format!(
            "descriptor '{name}' of '{owner}' object needs an argument"
        )));
    };
    let bound = get_class_method(vm, this, None, Some(class))?;
    vm.call(&bound, args.skip(1))
}

fn get_class_method(
    vm: &mut Vm,
    this: &PyRef,
    instance: Option<&PyRef>,
    owner: Option<&PyRef>,
) -> PyResult {
    let descriptor = receiver::<PyClassMethodDescriptor>(this);
    let (name, wanted) = (descriptor.method.name, &descriptor.owner);
    let owner = match (owner, instance) {
        (Some(owner), _) => owner.clone(),
        (None, Some(instance)) => vm.type_of(instance).clone().into_any(),
        (None, None) => {
            let wanted = wanted.full_name();
            return Err(vm.type_error(format!(
                "descriptor '{name}' for type '{wanted}' needs either an object or a type"
            )));
        }
    };
    let Some(class) = owner.downcast_ref::<PyType>() else {
        let (wanted, found) = (wanted.full_name(), vm.type_name(&owner));
        return Err(vm.type_error(format!(
            "descriptor '{name}' for type '{wanted}' needs a type, not a '{found}' as arg 2"
        )));
    };
    if !class.is_subtype(wanted) {
        let (wanted, found) = (wanted.full_name(), class.full_name());
        return Err(vm.type_error(format!(
            "descriptor '{name}' requires a subtype of '{wanted}' but received '{found}'"
        )));
    }
    Ok(vm
        .new_builtin_function(descriptor.method, Some(owner), None)?
        .into_any())
}

/// `wrapper_descriptor`
pub static WRAPPER_DESCRIPTOR: TypeDef = TypeDef {
    doc: "A special method of a built-in type.",
    class: Some(Class::of::<PyWrapperDescriptor>),
    flags: TypeFlags::METHOD_DESCRIPTOR,
    slots: Slots {
        repr: Some(|vm, this| represent::<PyWrapperDescriptor>(vm, this, "slot wrapper")),
        call: Some(call_wrapper),
        descr_get: Some(get_wrapper),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__reduce__",
        "($self, /)",
        reduce::<PyWrapperDescriptor>,
        "What pickle needs."
    )],
    getset: getset!(PyWrapperDescriptor, "__text_signature__"),
    ..TypeDef::new("wrapper_descriptor")
};

fn call_wrapper(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let descriptor = receiver::<PyWrapperDescriptor>(this);
    let Some(instance) = args.positionals().first() else {
        let (name, owner) = (descriptor.slot_def.name, descriptor.owner.full_name());
        return Err(vm.type_error(format!(
            "descriptor '{name}' of '{owner}' object needs an argument"
        )));
    };
    if !vm.type_of(instance).is_subtype(&descriptor.owner) {
        let (name, owner, found) = (
            descriptor.slot_def.name,
            descriptor.owner.full_name(),
            vm.type_name(instance),
        );
        return Err(vm.type_error(format!(
            "descriptor '{name}' requires a '{owner}' object but received a '{found}'"
        )));
    }
    slot_wrap::call(
        vm,
        descriptor.slot_def,
        &descriptor.owner,
        instance,
        args.skip(1),
    )
}

fn get_wrapper(vm: &mut Vm, this: &PyRef, instance: Option<&PyRef>, _: Option<&PyRef>) -> PyResult {
    let Some(instance) = instance else {
        return Ok(this.clone());
    };
    let descriptor = receiver::<PyWrapperDescriptor>(this);
    check_instance::<PyWrapperDescriptor>(vm, descriptor, instance)?;
    let payload = PyMethodWrapper {
        descriptor: descriptor.clone(),
        receiver: instance.clone(),
    };
    Ok(vm.new_object(payload)?.into_any())
}

/// `method-wrapper`
pub static METHOD_WRAPPER: TypeDef = TypeDef {
    doc: "A special method of a built-in type, bound to an object.",
    class: Some(Class::of::<PyMethodWrapper>),
    slots: Slots {
        repr: Some(repr_bound),
        call: Some(call_bound),
        richcompare: Some(compare_bound),
        hash: Some(hash_bound),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__reduce__",
        "($self, /)",
        reduce_bound,
        "What pickle needs."
    )],
    getset: &[
        GetSet {
            name: "__self__",
            doc: "The object that the method is bound to.",
            get: |_, this| Ok(bound(this).receiver.clone()),
            set: None,
        },
        GetSet {
            name: "__objclass__",
            doc: "The type that has the method.",
            get: |_, this| Ok(bound(this).descriptor.owner.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "__name__",
            doc: "The method's name.",
            get: |vm, this| name_of::<PyWrapperDescriptor>(vm, bound(this).descriptor.as_any()),
            set: None,
        },
        GetSet {
            name: "__qualname__",
            doc: "The name with the type's.",
            get: |vm, this| qualname_of::<PyWrapperDescriptor>(vm, bound(this).descriptor.as_any()),
            set: None,
        },
        GetSet {
            name: "__doc__",
            doc: "The docstring.",
            get: |vm, this| doc_of::<PyWrapperDescriptor>(vm, bound(this).descriptor.as_any()),
            set: None,
        },
        GetSet {
            name: "__text_signature__",
            doc: "The signature as text.",
            get: |vm, this| {
                signature_of::<PyWrapperDescriptor>(vm, bound(this).descriptor.as_any())
            },
            set: None,
        },
    ],
    ..TypeDef::new("method-wrapper")
};

fn bound(this: &PyRef) -> &Ref<PyMethodWrapper> {
    receiver(this)
}

fn repr_bound(vm: &mut Vm, this: &PyRef) -> PyResult {
    let PyMethodWrapper {
        descriptor,
        receiver,
    } = &**bound(this);
    let (name, found) = (descriptor.slot_def.name, vm.type_name(receiver));
    let text = format!(
        "<method-wrapper '{name}' of {found} object at {:#x}>",
        receiver.address()
    );
    Ok(vm.new_str(&text)?.into_any())
}

fn call_bound(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let PyMethodWrapper {
        descriptor,
        receiver,
    } = &**bound(this);
    slot_wrap::call(vm, descriptor.slot_def, &descriptor.owner, receiver, args)
}

fn compare_bound(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (a, Some(b)) = (bound(this), other.downcast_ref::<PyMethodWrapper>()) else {
        return Ok(vm.not_implemented());
    };
    let is_same = a.descriptor.is(&b.descriptor) && a.receiver.is(&b.receiver);
    builtin_function::identity_answer(vm, is_same, op)
}

fn hash_bound(_: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let bound = bound(this);
    Ok(builtin_function::hash_of_two(
        bound.receiver.address(),
        bound.descriptor.address(),
    ))
}

fn reduce_bound(vm: &mut Vm, this: Ref<PyMethodWrapper>) -> PyResult {
    let name = vm.new_str(this.descriptor.slot_def.name)?.into_any();
    let getattr = iterators::builtin(vm, "getattr")?;
    iterators::reduced(vm, getattr, &[this.receiver.clone(), name], None)
}

/// `getset_descriptor`
pub static GETSET_DESCRIPTOR: TypeDef = TypeDef {
    doc: "A computed attribute of a built-in type.",
    class: Some(Class::of::<PyGetSetDescriptor>),
    slots: Slots {
        repr: Some(|vm, this| represent::<PyGetSetDescriptor>(vm, this, "attribute")),
        descr_get: Some(get_computed),
        descr_set: Some(set_computed),
        ..Slots::EMPTY
    },
    getset: getset!(PyGetSetDescriptor),
    ..TypeDef::new("getset_descriptor")
};

fn get_computed(
    vm: &mut Vm,
    this: &PyRef,
    instance: Option<&PyRef>,
    _: Option<&PyRef>,
) -> PyResult {
    let Some(instance) = instance else {
        return Ok(this.clone());
    };
    let descriptor = receiver::<PyGetSetDescriptor>(this);
    check_instance::<PyGetSetDescriptor>(vm, descriptor, instance)?;
    (descriptor.getset.get)(vm, instance)
}

fn set_computed(
    vm: &mut Vm,
    this: &PyRef,
    instance: &PyRef,
    value: Option<&PyRef>,
) -> PyResult<()> {
    let descriptor = receiver::<PyGetSetDescriptor>(this);
    check_instance::<PyGetSetDescriptor>(vm, descriptor, instance)?;
    match descriptor.getset.set {
        Some(set) => set(vm, instance, value),
        None => {
            let (name, owner) = (descriptor.getset.name, descriptor.owner.full_name());
            Err(vm.attribute_error(format!(
                "attribute '{name}' of '{owner}' objects is not writable"
            )))
        }
    }
}

/// `member_descriptor`
pub static MEMBER_DESCRIPTOR: TypeDef = TypeDef {
    doc: "An attribute with a slot of its own in each instance.",
    class: Some(Class::of::<PyMemberDescriptor>),
    slots: Slots {
        repr: Some(|vm, this| represent::<PyMemberDescriptor>(vm, this, "member")),
        descr_get: Some(get_member),
        descr_set: Some(set_member),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__reduce__",
        "($self, /)",
        reduce::<PyMemberDescriptor>,
        "What pickle needs."
    )],
    getset: getset!(PyMemberDescriptor),
    ..TypeDef::new("member_descriptor")
};

fn get_member(vm: &mut Vm, this: &PyRef, instance: Option<&PyRef>, _: Option<&PyRef>) -> PyResult {
    let Some(instance) = instance else {
        return Ok(this.clone());
    };
    let descriptor = receiver::<PyMemberDescriptor>(this);
    check_instance::<PyMemberDescriptor>(vm, descriptor, instance)?;
    layout::member(instance, descriptor.index)
        .ok_or_else(|| vm.no_attribute(instance, &descriptor.name))
}

fn set_member(vm: &mut Vm, this: &PyRef, instance: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let descriptor = receiver::<PyMemberDescriptor>(this);
    check_instance::<PyMemberDescriptor>(vm, descriptor, instance)?;
    let old = layout::set_member(instance, descriptor.index, value.cloned());
    if value.is_none() && old.is_none() {
        return Err(vm.attribute_error(descriptor.name.to_text()));
    }
    Ok(())
}

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[
    &METHOD_DESCRIPTOR,
    &CLASS_METHOD_DESCRIPTOR,
    &WRAPPER_DESCRIPTOR,
    &METHOD_WRAPPER,
    &GETSET_DESCRIPTOR,
    &MEMBER_DESCRIPTOR,
];
