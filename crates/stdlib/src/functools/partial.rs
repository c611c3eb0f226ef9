//! `functools.partial`: a callable with some of its arguments given, and the `Placeholder` for those to come.

use super::State;
use crate::receiver;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::object::attribute::instance_dict;
use exuvia_vm::table::{GetSet, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::descriptor::INSTANCE_DICT;
use exuvia_vm::types::dict::{DICT, PyDict};
use exuvia_vm::types::generic_alias::class_getitem;
use exuvia_vm::types::iterators::{REDUCE_DOC, SETSTATE_DOC};
use exuvia_vm::types::method;
use exuvia_vm::types::str::{PyStr, StrBuilder};
use exuvia_vm::types::tuple::{PyTuple, TUPLE};
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm, class_method, method};
use std::cell::Cell;

/// A callable with arguments: 56 bytes.
#[derive(Debug, Default, Traverse)]
pub struct PyPartial {
    function: Slot,
    args: Slot<PyTuple>,
    keywords: Slot<PyDict>,
    /// How many of the arguments are placeholders.
    placeholders: Cell<usize>,
}

impl PyPayload for PyPartial {
    const DEF: &'static TypeDef = &PARTIAL;
}

/// `functools.partial`
pub static PARTIAL: TypeDef = TypeDef {
    class: Some(Class::of::<PyPartial>),
    doc: "partial(func, /, *args, **keywords)\n\nA callable that calls a function with these arguments before those of \
          the call. Each Placeholder among them stands for a positional argument of the call.",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::WEAKREF)
        .or(TypeFlags::DICT),
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        descr_get: Some(|vm, this, instance, _| match instance {
            Some(instance) if !vm.is_none(instance) => method::new(vm, this, instance),
            _ => Ok(this.clone()),
        }),
        new: Some(new),
        ..Slots::EMPTY
    },
    methods: &[
        method!("__reduce__", "($self, /)", reduce, REDUCE_DOC),
        method!("__setstate__", "($self, object, /)", setstate, SETSTATE_DOC),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            class_getitem,
            "The generic alias partial[object]."
        ),
    ],
    getset: &[
        GetSet {
            name: "func",
            doc: "The function that is called.",
            get: |_, this| Ok(receiver::<PyPartial>(this).function()),
            set: Some(readonly),
        },
        GetSet {
            name: "args",
            doc: "The positional arguments given.",
            get: |_, this| Ok(receiver::<PyPartial>(this).args().into_any()),
            set: Some(readonly),
        },
        GetSet {
            name: "keywords",
            doc: "The keyword arguments given.",
            get: |_, this| Ok(receiver::<PyPartial>(this).keywords().into_any()),
            set: Some(readonly),
        },
        INSTANCE_DICT,
    ],
    ..TypeDef::new("functools.partial")
};

/// The only `Placeholder`.
#[derive(Debug, Traverse)]
pub struct PyPlaceholder;

impl PyPayload for PyPlaceholder {
    const DEF: &'static TypeDef = &PLACEHOLDER_TYPE;
}

/// `functools._PlaceholderType`
pub static PLACEHOLDER_TYPE: TypeDef = TypeDef {
    class: Some(Class::of::<PyPlaceholder>),
    doc: "The type of Placeholder, which stands for an argument that the call of a partial gives.",
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("Placeholder")?.into_any())),
        new: Some(|vm, _, args| {
            if args.is_empty() {
                placeholder(vm)
            } else {
                Err(vm.type_error("PlaceholderType takes no arguments"))
            }
        }),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__reduce__",
        "($self, /)",
        |vm: &mut Vm, _: PyRef| vm.new_str("Placeholder"),
        "How to pickle it: by its name."
    )],
    ..TypeDef::new("functools._PlaceholderType")
};

/// `functools.Placeholder`, one per runtime.
pub(super) fn placeholder(vm: &mut Vm) -> PyResult {
    if let Some(placeholder) = &vm.extensions.get::<State>().placeholder {
        return Ok(placeholder.clone());
    }
    let made = vm.new_object(PyPlaceholder)?.into_any();
    vm.extensions.get::<State>().placeholder = Some(made.clone());
    Ok(made)
}

fn is_placeholder(object: &PyRef) -> bool {
    object.is_a::<PyPlaceholder>()
}

fn readonly(vm: &mut Vm, _: &PyRef, _: Option<&PyRef>) -> PyResult<()> {
    Err(vm.attribute_error("readonly attribute"))
}

impl PyPartial {
    fn function(&self) -> PyRef {
        self.function.get().expect("a partial has a function")
    }

    fn args(&self) -> Ref<PyTuple> {
        self.args.get().expect("a partial has arguments")
    }

    fn keywords(&self) -> Ref<PyDict> {
        self.keywords.get().expect("a partial has keywords")
    }

    fn set(&self, function: PyRef, args: Ref<PyTuple>, keywords: Ref<PyDict>) {
        let placeholders = args.iter().filter(|arg| is_placeholder(arg)).count();
        self.placeholders.set(placeholders);
        self.function.set(Some(function));
        self.args.set(Some(args));
        self.keywords.set(Some(keywords));
    }
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let Some((function, given)) = args.positionals().split_first() else {
        return Err(vm.type_error("type 'partial' takes at least one argument"));
    };
    if !vm.callable(function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    if given.last().is_some_and(is_placeholder) {
        return Err(trailing(vm));
    }
    if args.keywords().any(|(_, value)| is_placeholder(value)) {
        return Err(vm.type_error("Placeholder cannot be passed as a keyword argument"));
    }
    // A partial of a partial without attributes of its own calls the inner function itself.
    let inner = function
        .downcast_ref::<PyPartial>()
        .filter(|_| !has_attributes(function));
    let (function, values, keywords) = match inner {
        None => (function.clone(), given.to_vec(), vm.new_dict()?),
        Some(inner) => {
            let values = merged(&inner.args(), given);
            (inner.function(), values, inner.keywords().copy(vm)?)
        }
    };
    for (name, value) in args.keywords() {
        keywords.set_item(vm, name, value.clone())?;
    }
    let values = vm.new_tuple(&values)?;
    let partial = vm.new_instance(ty, PyPartial::default())?;
    partial.set(function, values, keywords);
    Ok(partial.into_any())
}

#[cold]
fn trailing(vm: &Vm) -> PyErr {
    vm.type_error("trailing Placeholders are not allowed")
}

fn has_attributes(partial: &PyRef) -> bool {
    use exuvia_vm::object::layout::{Attributes, attributes};
    !matches!(
        attributes(partial),
        Attributes::Empty | Attributes::Unsupported
    )
}

/// Stored arguments, whose placeholders are filled with those given; what is left of these comes behind.
fn merged(stored: &[PyRef], given: &[PyRef]) -> Vec<PyRef> {
    let mut given = given.iter();
    let mut all: Vec<PyRef> = stored
        .iter()
        .map(|arg| {
            let next = is_placeholder(arg).then(|| given.next()).flatten();
            next.unwrap_or(arg).clone()
        })
        .collect();
    all.extend(given.cloned());
    all
}

fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let this = receiver::<PyPartial>(this);
    let given = args.positionals();
    let expected = this.placeholders.get();
    if given.len() < expected {
        return Err(vm.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {expected}, got {}",
            given.len()
        )));
    }
    let function = this.function();
    let mut values = merged(&this.args(), given);
    let keywords = this.keywords();
    if keywords.is_empty(vm) {
        values.extend(args.keywords().map(|(_, value)| value.clone()));
        let names = args.names;
        return vm.call(
            &function,
            Args {
                values: &values,
                names,
            },
        );
    }
    let names = add_keywords(vm, &keywords, args, &mut values)?;
    vm.call(
        &function,
        Args {
            values: &values,
            names: &names,
        },
    )
}

/// Adds the values of stored keywords, as the call's override them, and then those that only the call has.
fn add_keywords(
    vm: &mut Vm,
    stored: &Ref<PyDict>,
    args: Args<'_>,
    values: &mut Vec<PyRef>,
) -> PyResult<Vec<PyRef>> {
    let merged = stored.copy(vm)?;
    for (name, value) in args.keywords() {
        merged.set_item(vm, name, value.clone())?;
    }
    let (mut names, mut position) = (Vec::new(), 0);
    while let Some((name, value)) = merged.next_entry(vm, &mut position) {
        if !name.is_a::<PyStr>() {
            return Err(vm.type_error("keywords must be strings"));
        }
        names.push(name);
        values.push(value);
    }
    Ok(names)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    if vm.repr_enter(this)? {
        return Ok(vm.new_str("...")?.into_any());
    }
    let result = vm.recursion_guard(|vm| repr_parts(vm, receiver(this)));
    vm.repr_leave(this);
    result
}

fn repr_parts(vm: &mut Vm, this: &Ref<PyPartial>) -> PyResult {
    let mut text = StrBuilder::new();
    let name = vm.type_of(this).clone().display_name(vm);
    text.push_str(vm, &name)?;
    text.push_str(vm, "(")?;
    let function = vm.repr(&this.function())?;
    text.push(vm, &function)?;
    for arg in this.args().iter() {
        let shown = vm.repr(arg)?;
        text.push_str(vm, ", ")?;
        text.push(vm, &shown)?;
    }
    let (keywords, mut position) = (this.keywords(), 0);
    while let Some((name, value)) = keywords.next_entry(vm, &mut position) {
        let name = vm.str(&name)?;
        let value = vm.repr(&value)?;
        text.push_str(vm, ", ")?;
        text.push(vm, &name)?;
        text.push_str(vm, "=")?;
        text.push(vm, &value)?;
    }
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn reduce(vm: &mut Vm, this: Ref<PyPartial>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let attributes = if has_attributes(this.as_any()) {
        instance_dict(vm, this.as_any())?.map_or_else(|| vm.none(), Ref::into_any)
    } else {
        vm.none()
    };
    let (function, args, keywords) = (this.function(), this.args(), this.keywords());
    let class_args = vm.new_tuple(std::slice::from_ref(&function))?;
    let state = vm.new_tuple(&[function, args.into_any(), keywords.into_any(), attributes])?;
    Ok(vm
        .new_tuple(&[class, class_args.into_any(), state.into_any()])?
        .into_any())
}

fn setstate(vm: &mut Vm, this: Ref<PyPartial>, state: PyRef) -> PyResult<()> {
    let invalid = |vm: &Vm| vm.type_error("invalid partial state");
    let Some([function, args, keywords, attributes]) = state
        .downcast_ref::<PyTuple>()
        .map(|state| state.as_slice())
    else {
        return Err(invalid(vm));
    };
    let (Some(args), true) = (args.downcast_ref::<PyTuple>(), vm.callable(function)) else {
        return Err(invalid(vm));
    };
    let keywords = match keywords.downcast_ref::<PyDict>() {
        None if vm.is_none(keywords) => vm.new_dict()?,
        None => return Err(invalid(vm)),
        Some(dict) if vm.is_exactly(keywords, &DICT) => dict.clone(),
        Some(dict) => dict.copy(vm)?,
    };
    if args.last().is_some_and(is_placeholder) {
        return Err(trailing(vm));
    }
    let args = if vm.is_exactly(args.as_any(), &TUPLE) {
        args.clone()
    } else {
        vm.new_tuple(args)?
    };
    this.set(function.clone(), args, keywords);
    if vm.is_none(attributes) {
        return Ok(());
    }
    vm.set_attr_str(this.as_any(), "__dict__", attributes)
}
