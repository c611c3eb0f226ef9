//! `method`: a function bound to an object.

use crate::object::PyPayload;
use crate::protocol::call::with_receiver;
use crate::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use crate::types::builtin_function::{hash_of_two, identity_answer};
use crate::types::iterators;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Traverse, Vm};
use exuvia_object::Class;

/// A bound method. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyMethod {
    function: PyRef,
    receiver: PyRef,
}

impl PyPayload for PyMethod {
    const DEF: &'static TypeDef = &METHOD;
}

impl PyMethod {
    /// What is called.
    #[inline]
    pub fn function(&self) -> &PyRef {
        &self.function
    }

    /// The object that is passed first.
    #[inline]
    pub fn receiver(&self) -> &PyRef {
        &self.receiver
    }
}

/// A function bound to an object.
///
/// # Errors
/// `OutOfMemory`.
#[inline]
pub fn new(vm: &Vm, function: &PyRef, receiver: &PyRef) -> PyResult {
    Ok(vm
        .new_object(PyMethod {
            function: function.clone(),
            receiver: receiver.clone(),
        })?
        .into_any())
}

/// `method`
pub static METHOD: TypeDef = TypeDef {
    doc: "A function bound to the object that it gets as first argument.",
    class: Some(Class::of::<PyMethod>),
    flags: TypeFlags::WEAKREF,
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        getattr: Some(getattr),
        richcompare: Some(richcompare),
        hash: Some(hash),
        descr_get: Some(|_, this, _, _| Ok(this.clone())),
        new: Some(new_from_python),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__reduce__",
        "($self, /)",
        reduce,
        "What pickle needs."
    )],
    getset: &[
        GetSet {
            name: "__func__",
            doc: "The function.",
            get: |_, this| Ok(method(this).function.clone()),
            set: None,
        },
        GetSet {
            name: "__self__",
            doc: "The object that the function is bound to.",
            get: |_, this| Ok(method(this).receiver.clone()),
            set: None,
        },
        GetSet {
            name: "__doc__",
            doc: "The function's docstring.",
            get: |vm, this| {
                let name = vm.names().doc.clone();
                Ok(vm
                    .lookup_attr(&method(this).function, &name)?
                    .unwrap_or_else(|| vm.none()))
            },
            set: None,
        },
    ],
    ..TypeDef::new("method")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&METHOD];

fn method(this: &PyRef) -> &Ref<PyMethod> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn new_from_python(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() {
        return Err(vm.type_error("method() takes no keyword arguments"));
    }
    let [function, receiver] = args.values else {
        return Err(vm.type_error(format!(
            "method expected 2 arguments, got {}",
            args.values.len()
        )));
    };
    if !vm.callable(function) {
        return Err(vm.type_error("first argument must be callable"));
    }
    if vm.is_none(receiver) {
        return Err(vm.type_error("instance must not be None"));
    }
    let payload = PyMethod {
        function: function.clone(),
        receiver: receiver.clone(),
    };
    Ok(vm.new_instance(ty, payload)?.into_any())
}

fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let method = method(this);
    with_receiver(&method.receiver, args.values, |values| {
        vm.call(
            &method.function,
            Args {
                values,
                names: args.names,
            },
        )
    })
}

/// The attributes of `method`, then those of the function.
fn getattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>) -> PyResult {
    if let Some(found) = vm.type_of(this).clone().lookup(vm, name) {
        let ty = vm.type_of(this).clone().into_any();
        return match vm.type_of(&found).slots(vm).descr_get {
            Some(get) => get(vm, &found, Some(this), Some(&ty)),
            None => Ok(found),
        };
    }
    // A method of a method of a method …: each asks the next.
    vm.check_native_stack("")?;
    vm.get_attr(&method(this).function, name)
}

/// `<bound method Class.name of …>`
fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let method = method(this);
    let (qualname, name) = (vm.names().qualname.clone(), vm.names().name.clone());
    let mut shown = vm.lookup_attr(&method.function, &qualname)?;
    if shown.is_none() {
        shown = vm.lookup_attr(&method.function, &name)?;
    }
    let shown = shown.as_ref().and_then(|name| name.downcast_ref::<PyStr>());
    let shown = shown.map_or_else(|| "?".to_owned(), |name| name.to_text().into_owned());
    let receiver = vm.repr(&method.receiver)?;
    Ok(vm
        .new_str(&format!("<bound method {shown} of {}>", receiver.to_text()))?
        .into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (a, Some(b)) = (method(this), other.downcast_ref::<PyMethod>()) else {
        return Ok(vm.not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.not_implemented());
    }
    let is_same = a.receiver.is(&b.receiver) && vm.equal(&a.function, &b.function)?;
    identity_answer(vm, is_same, op)
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let method = method(this);
    let function = vm.hash(&method.function)?;
    Ok(hash_of_two(
        method.receiver.address(),
        function.cast_unsigned() as usize,
    ))
}

fn reduce(vm: &mut Vm, this: Ref<PyMethod>) -> PyResult {
    let name = vm.names().name.clone();
    let name = vm.get_attr(&this.function, &name)?;
    let getattr = iterators::builtin(vm, "getattr")?;
    iterators::reduced(vm, getattr, &[this.receiver.clone(), name], None)
}
