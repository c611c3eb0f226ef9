//! `methodcaller`: a callable that calls a method of its argument.

use super::getters::{CALL_SIGNATURE, only_argument};
use crate::receiver;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Slots, TypeDef};
use exuvia_vm::types::iterators::{REDUCE_DOC, reduced};
use exuvia_vm::types::str::{PyStr, StrBuilder};
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, method};

/// A method's name and the arguments to call it with. 40 bytes, and the tuples.
#[derive(Debug, Traverse)]
pub struct PyMethodCaller {
    name: Ref<PyStr>,
    /// Positional arguments, then the values of keyword arguments.
    values: Ref<PyTuple>,
    /// The names of the keyword arguments.
    keywords: Ref<PyTuple>,
}

impl PyPayload for PyMethodCaller {
    const DEF: &'static TypeDef = &METHODCALLER;
}

/// `operator.methodcaller`
pub static METHODCALLER: TypeDef = TypeDef {
    class: Some(Class::of::<PyMethodCaller>),
    doc: "methodcaller(name, /, *args, **kwargs)\n\nA callable that calls a method of its argument with these arguments.",
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        new: Some(new),
        ..Slots::EMPTY
    },
    methods: &[method!("__reduce__", "($self, /)", reduce, REDUCE_DOC)],
    getset: &[CALL_SIGNATURE],
    ..TypeDef::new("operator.methodcaller")
};

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let Some(name) = args.positionals().first() else {
        return Err(vm.type_error("methodcaller needs at least one argument, the method name"));
    };
    let Some(name) = name.downcast_ref::<PyStr>() else {
        return Err(vm.type_error("method name must be a string"));
    };
    let payload = PyMethodCaller {
        name: vm.intern_ref(name.clone())?,
        values: vm.new_tuple(&args.values[1..])?,
        keywords: vm.new_tuple(args.names)?,
    };
    Ok(vm.new_instance(ty, payload)?.into_any())
}

fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    if let given @ (0 | 2..) = args.positionals().len() {
        return Err(vm.type_error(format!("methodcaller expected 1 argument, got {given}")));
    }
    let object = only_argument(vm, args, "methodcaller")?;
    let this = receiver::<PyMethodCaller>(this).clone();
    let (method, takes_object) = vm.get_method(object, &this.name)?;
    let rest = Args {
        values: &this.values,
        names: &this.keywords,
    };
    if takes_object {
        exuvia_vm::protocol::call::with_receiver(object, rest.values, |values| {
            let names = rest.names;
            vm.call(&method, Args { values, names })
        })
    } else {
        vm.call(&method, rest)
    }
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = vm.type_of(this).clone().display_name(vm);
    if vm.repr_enter(this)? {
        return Ok(vm.new_str(&format!("{name}(...)"))?.into_any());
    }
    let result = vm.recursion_guard(|vm| repr_parts(vm, &name, receiver(this)));
    vm.repr_leave(this);
    result
}

fn repr_parts(vm: &mut Vm, class: &str, this: &Ref<PyMethodCaller>) -> PyResult {
    let mut text = StrBuilder::new();
    text.push_str(vm, class)?;
    text.push_str(vm, "(")?;
    let name = vm.repr(this.name.as_any())?;
    text.push(vm, &name)?;
    let args = Args {
        values: &this.values,
        names: &this.keywords,
    };
    for value in args.positionals() {
        text.push_str(vm, ", ")?;
        let shown = vm.repr(value)?;
        text.push(vm, &shown)?;
    }
    for (name, value) in args.keywords() {
        text.push_str(vm, ", ")?;
        let name = vm.str(name)?;
        text.push(vm, &name)?;
        text.push_str(vm, "=")?;
        let shown = vm.repr(value)?;
        text.push(vm, &shown)?;
    }
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn reduce(vm: &mut Vm, this: Ref<PyMethodCaller>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let name = this.name.clone().into_any();
    let args = Args {
        values: &this.values,
        names: &this.keywords,
    };
    if args.names.is_empty() {
        let all: Vec<PyRef> = std::iter::once(name)
            .chain(args.values.iter().cloned())
            .collect();
        return reduced(vm, class, &all, None);
    }
    // Keywords cannot be pickled as arguments of a class, but those of a partial can.
    let functools = vm.import("functools")?;
    let partial = vm.get_attr_str(&functools, "partial")?;
    let mut values = vec![class, name];
    values.extend(args.keywords().map(|(_, value)| value.clone()));
    let names = args.names;
    let constructor = vm.call(
        &partial,
        Args {
            values: &values,
            names,
        },
    )?;
    reduced(vm, constructor, args.positionals(), None)
}
