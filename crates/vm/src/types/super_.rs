//! `super`: attributes of the classes behind one in an order of resolution.

use crate::object::PyPayload;
use crate::object::attribute::generic_getattr;
use crate::table::{GetSet, Slots, TypeDef, TypeFlags};
use crate::types::cell::PyCell;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm};
use exuvia_object::Class;

/// A `super` object. 40 bytes.
#[derive(Debug, Default, Traverse)]
pub struct PySuper {
    /// The class behind which lookups begin.
    class: Slot<PyType>,
    /// The instance, or class, to bind to.
    object: Slot,
    /// The class in whose order of resolution is looked.
    object_class: Slot<PyType>,
}

impl PyPayload for PySuper {
    const DEF: &'static TypeDef = &SUPER;
}

/// `super`
pub static SUPER: TypeDef = TypeDef {
    doc: "Finds attributes of the classes that come after a class in the order of resolution.\n\n\
          super() in a method means super(the class of the method, its first argument).",
    class: Some(Class::of::<PySuper>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(repr),
        getattr: Some(getattr),
        descr_get: Some(descr_get),
        init: Some(init),
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PySuper::default())?.into_any())),
        ..Slots::EMPTY
    },
    getset: &[
        GetSet {
            name: "__thisclass__",
            doc: "The class behind which lookups begin.",
            get: |vm, this| Ok(shown(vm, super_(this).class.get())),
            set: None,
        },
        GetSet {
            name: "__self__",
            doc: "The instance, or class, that is bound to; or None.",
            get: |vm, this| Ok(super_(this).object.get().unwrap_or_else(|| vm.none())),
            set: None,
        },
        GetSet {
            name: "__self_class__",
            doc: "The class in whose order of resolution is looked; or None.",
            get: |vm, this| Ok(shown(vm, super_(this).object_class.get())),
            set: None,
        },
    ],
    ..TypeDef::new("super")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&SUPER];

fn super_(this: &PyRef) -> &Ref<PySuper> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn shown(vm: &Vm, class: Option<Ref<PyType>>) -> PyRef {
    class.map_or_else(|| vm.none(), Ref::into_any)
}

/// `super(class, object)`
///
/// # Errors
/// `TypeError` if the object belongs not to the class; `OutOfMemory`.
pub fn new_bound(vm: &mut Vm, class: &Ref<PyType>, object: &PyRef) -> PyResult {
    let object_class = check(vm, class, object)?;
    let payload = PySuper {
        class: Slot::new(Some(class.clone())),
        object: Slot::new(Some(object.clone())),
        object_class: Slot::new(Some(object_class)),
    };
    Ok(vm.new_object(payload)?.into_any())
}

/// `super(class, object).name` without making the `super` object; `None`: no class behind has the attribute.
///
/// # Errors
/// `TypeError` if the object belongs not to the class, or what a descriptor raises.
pub fn lookup(
    vm: &mut Vm,
    class: &Ref<PyType>,
    object: &PyRef,
    name: &Ref<PyStr>,
) -> PyResult<Option<PyRef>> {
    let object_class = check(vm, class, object)?;
    find_and_bind(vm, class, object, &object_class, name)
}

/// The function that `super(class, object).name` would bind to the object, if that is all it would do.
///
/// # Errors
/// `TypeError` if the object belongs not to the class.
pub(crate) fn find_method(
    vm: &mut Vm,
    class: &Ref<PyType>,
    object: &PyRef,
    name: &Ref<PyStr>,
) -> PyResult<Option<PyRef>> {
    let object_class = check(vm, class, object)?;
    let found = find(vm, class, &object_class, name).filter(|found| {
        vm.has_flag(found, TypeFlags::METHOD_DESCRIPTOR) && !object.is(object_class.as_any())
    });
    Ok(found)
}

/// The class in whose order of resolution `super(class, object)` looks.
fn check(vm: &mut Vm, class: &Ref<PyType>, object: &PyRef) -> PyResult<Ref<PyType>> {
    if let Some(derived) = object.downcast_ref::<PyType>()
        && derived.is_subtype(class)
    {
        return Ok(derived.clone());
    }
    if vm.type_of(object).is_subtype(class) {
        return Ok(vm.type_of(object).clone());
    }
    let name = vm.names().class.clone();
    let claimed = vm
        .lookup_attr(object, &name)?
        .and_then(|claimed| claimed.downcast::<PyType>().ok());
    match claimed {
        Some(claimed) if claimed.is_subtype(class) => Ok(claimed),
        _ => Err(does_not_belong(vm, class, object)),
    }
}

#[cold]
fn does_not_belong(vm: &Vm, class: &Ref<PyType>, object: &PyRef) -> PyErr {
    let found = match object.downcast_ref::<PyType>() {
        Some(ty) => format!("type {}", ty.full_name()),
        None => format!("instance of {}", vm.type_name(object)),
    };
    vm.type_error(format!(
        "super(type, obj): obj ({found}) is not an instance or subtype of type ({}).",
        class.full_name()
    ))
}

/// The attribute of the classes that come after one in the order of resolution, unbound.
fn find(
    vm: &Vm,
    class: &Ref<PyType>,
    object_class: &Ref<PyType>,
    name: &Ref<PyStr>,
) -> Option<PyRef> {
    let order = object_class.order(vm);
    let behind = order.iter().skip_while(|ty| !ty.is(class)).skip(1);
    behind
        .filter_map(|ty| ty.downcast_ref::<PyType>())
        .find_map(|ty| ty.dict().get_str(vm, name))
}

fn find_and_bind(
    vm: &mut Vm,
    class: &Ref<PyType>,
    object: &PyRef,
    object_class: &Ref<PyType>,
    name: &Ref<PyStr>,
) -> PyResult<Option<PyRef>> {
    let Some(found) = find(vm, class, object_class, name) else {
        return Ok(None);
    };
    match vm.type_of(&found).slots(vm).descr_get {
        None => Ok(Some(found)),
        Some(get) => {
            // A class that is bound to stands for itself: its functions are not bound.
            let instance = Some(object).filter(|object| !object.is(object_class));
            get(vm, &found, instance, Some(object_class.as_any())).map(Some)
        }
    }
}

fn getattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>) -> PyResult {
    let super_ = super_(this);
    if let (Some(class), Some(object), Some(object_class)) = (
        super_.class.get(),
        super_.object.get(),
        super_.object_class.get(),
    ) && !vm.names().class.same_text(name)
        && let Some(found) = find_and_bind(vm, &class, &object, &object_class, name)?
    {
        return Ok(found);
    }
    generic_getattr(vm, this, name)
}

fn descr_get(vm: &mut Vm, this: &PyRef, instance: Option<&PyRef>, _: Option<&PyRef>) -> PyResult {
    let super_ = super_(this);
    let (Some(instance), None, Some(class)) = (instance, super_.object.get(), super_.class.get())
    else {
        return Ok(this.clone());
    };
    if vm.is_exactly(this, &SUPER) {
        return new_bound(vm, &class, instance);
    }
    let ty = vm.type_of(this).clone();
    vm.call_positional(ty.as_any(), &[class.into_any(), instance.clone()])
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let super_ = super_(this);
    let class = super_
        .class
        .get()
        .map_or_else(|| "NULL".to_owned(), |class| class.name_text());
    let text = match super_.object_class.get() {
        Some(found) => format!("<super: <class '{class}'>, <{} object>>", found.name_text()),
        None => format!("<super: <class '{class}'>, NULL>"),
    };
    Ok(vm.new_str(&text)?.into_any())
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    if !args.names.is_empty() {
        return Err(vm.type_error("super() takes no keyword arguments"));
    }
    let (class, object) = match args.values {
        [] => {
            let (class, object) = from_frame(vm)?;
            (class, Some(object))
        }
        [class] => (class_argument(vm, class)?, None),
        [class, object] => (
            class_argument(vm, class)?,
            Some(object.clone()).filter(|object| !vm.is_none(object)),
        ),
        more => {
            return Err(vm.type_error(format!(
                "super() expected at most 2 arguments, got {}",
                more.len()
            )));
        }
    };
    let object_class = match &object {
        Some(object) => Some(check(vm, &class, object)?),
        None => None,
    };
    let super_ = super_(this);
    super_.class.set(Some(class));
    super_.object.set(object);
    super_.object_class.set(object_class);
    Ok(())
}

fn class_argument(vm: &Vm, class: &PyRef) -> PyResult<Ref<PyType>> {
    class.downcast_ref::<PyType>().cloned().ok_or_else(|| {
        vm.type_error(format!(
            "super() argument 1 must be a type, not {}",
            vm.type_name(class)
        ))
    })
}

/// What `super()` means in the running frame: the class in its cell `__class__`, and its first argument.
fn from_frame(vm: &Vm) -> PyResult<(Ref<PyType>, PyRef)> {
    let Some(frame) = vm.eval.frames.last() else {
        return Err(vm.runtime_error("super(): no current frame"));
    };
    if frame.code.arg_count == 0 {
        return Err(vm.runtime_error("super(): no arguments"));
    }
    let Some(object) = frame.variable(0) else {
        return Err(vm.runtime_error("super(): arg[0] deleted"));
    };
    let named = (0..frame.code.local_count())
        .find(|&index| &*frame.code.local_name(index).to_text() == "__class__");
    let Some(cell) = named
        .and_then(|index| frame.local(index))
        .and_then(|cell| cell.downcast::<PyCell>().ok())
    else {
        return Err(vm.runtime_error("super(): __class__ cell not found"));
    };
    let Some(class) = cell.get() else {
        return Err(vm.runtime_error("super(): empty __class__ cell"));
    };
    let class = class.downcast::<PyType>().map_err(|other| {
        vm.runtime_error(format!(
            "super(): __class__ is not a type ({})",
            vm.type_name(&other)
        ))
    })?;
    Ok((class, object))
}
