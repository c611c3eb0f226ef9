//! `builtin_function_or_method`: a native function, of a module or bound to an object.

use crate::object::PyPayload;
use crate::protocol::call::with_receiver;
use crate::table::{CompareOp, GetSet, Method, MethodKind, Slots, TypeDef};
use crate::types::descriptor::text_or_none;
use crate::types::iterators;
use crate::types::module::PyModule;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm};
use exuvia_object::Class;

/// A native function. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyBuiltinFunction {
    #[traverse(skip)]
    method: &'static Method,
    /// What it is bound to; for a function of a module, the module, which is not passed on.
    receiver: Slot,
    /// `__module__`
    module: Slot,
}

impl PyPayload for PyBuiltinFunction {
    const DEF: &'static TypeDef = &BUILTIN_FUNCTION;
}

/// `builtin_function_or_method`
pub static BUILTIN_FUNCTION: TypeDef = TypeDef {
    doc: "A function of a built-in module, or a method of a built-in type, bound.",
    class: Some(Class::of::<PyBuiltinFunction>),
    flags: crate::table::TypeFlags::WEAKREF,
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        richcompare: Some(richcompare),
        hash: Some(hash),
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
            name: "__name__",
            doc: "The function's name.",
            get: |vm, this| Ok(vm.new_str(function(this).method.name)?.into_any()),
            set: None,
        },
        GetSet {
            name: "__qualname__",
            doc: "The name with the type's.",
            get: |vm, this| Ok(vm.new_str(&function(this).qualname())?.into_any()),
            set: None,
        },
        GetSet {
            name: "__doc__",
            doc: "The docstring, or None.",
            get: |vm, this| text_or_none(vm, Some(function(this).method.doc)),
            set: None,
        },
        GetSet {
            name: "__text_signature__",
            doc: "The signature as text.",
            get: |vm, this| text_or_none(vm, Some(function(this).method.signature)),
            set: None,
        },
        GetSet {
            name: "__self__",
            doc: "What the function is bound to: an object, a class, or its module.",
            get: |vm, this| {
                let function = function(this);
                let shown = function
                    .receiver
                    .get()
                    .filter(|_| function.method.kind != MethodKind::Static);
                match (shown, function.method.kind, function.module.get()) {
                    (Some(receiver), _, _) => Ok(receiver),
                    // Differs from CPython: a function does not hold its module, which would be a circle.
                    (None, MethodKind::Function, Some(module)) => {
                        let modules = vm.modules();
                        let module = modules.get_item(vm, &module)?;
                        Ok(module.unwrap_or_else(|| vm.none()))
                    }
                    _ => Ok(vm.none()),
                }
            },
            set: None,
        },
        GetSet {
            name: "__module__",
            doc: "The name of the module that the function belongs to, or None.",
            get: |vm, this| Ok(function(this).module.get().unwrap_or_else(|| vm.none())),
            set: Some(|_, this, value| {
                function(this).module.set(value.cloned());
                Ok(())
            }),
        },
    ],
    ..TypeDef::new("builtin_function_or_method")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&BUILTIN_FUNCTION];

impl Vm {
    /// A native function: of a module (with the module as receiver), or bound to a receiver, or static.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_builtin_function(
        &self,
        method: &'static Method,
        receiver: Option<PyRef>,
        module: Option<PyRef>,
    ) -> PyResult<Ref<PyBuiltinFunction>> {
        self.new_object(PyBuiltinFunction {
            method,
            receiver: Slot::new(receiver),
            module: Slot::new(module),
        })
    }
}

impl PyBuiltinFunction {
    /// The row.
    #[inline]
    pub fn method(&self) -> &'static Method {
        self.method
    }

    /// What the function is bound to.
    #[inline]
    pub fn receiver(&self) -> Option<PyRef> {
        self.receiver.get()
    }

    /// The type that the function is a method of.
    fn owner(&self, receiver: &PyRef) -> Ref<PyType> {
        match receiver.downcast_ref::<PyType>() {
            Some(ty) => ty.clone(),
            None => crate::object::layout::type_of(receiver).clone(),
        }
    }

    /// `__qualname__`
    pub fn qualname(&self) -> String {
        match self
            .receiver
            .get()
            .filter(|receiver| !receiver.is_a::<PyModule>())
        {
            Some(receiver) => format!(
                "{}.{}",
                self.owner(&receiver).qualname().to_text(),
                self.method.name
            ),
            None => self.method.name.to_owned(),
        }
    }

    /// The name as error messages give it, with a module other than `builtins`.
    fn message_name(&self) -> String {
        let module = self.module.get();
        let module = module
            .as_ref()
            .and_then(|module| module.downcast_ref::<crate::types::str::PyStr>());
        match module.map(|module| module.to_text().into_owned()) {
            Some(module) if module != "builtins" => format!("{module}.{}", self.qualname()),
            _ => self.qualname(),
        }
    }
}

fn function(this: &PyRef) -> &Ref<PyBuiltinFunction> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    call_function(vm, function(this), args)
}

/// Calls a native function.
///
/// # Errors
/// `TypeError` if the arguments do not fit, `RecursionError`, or what the function raises.
#[inline]
pub(crate) fn call_function(
    vm: &mut Vm,
    function: &Ref<PyBuiltinFunction>,
    args: Args<'_>,
) -> PyResult {
    vm.check_native_stack(" while calling a Python object")?;
    let method = function.method;
    match method.kind {
        MethodKind::Static | MethodKind::Function => {
            call_row(vm, args, method, |_| function.message_name())
        }
        MethodKind::Instance | MethodKind::Class => match function.receiver.get() {
            Some(receiver) => with_receiver(&receiver, args.values, |values| {
                call_row(
                    vm,
                    Args {
                        values,
                        names: args.names,
                    },
                    method,
                    |_| function.message_name(),
                )
            }),
            None => call_row(vm, args, method, |_| function.message_name()),
        },
    }
}

/// Calls a row. Refuses wrong arguments for one without parameters, or with a single one that has no name, in the
/// words that CPython has for those; the others are up to the row.
#[inline]
pub(crate) fn call_row(
    vm: &mut Vm,
    args: Args<'_>,
    method: &'static Method,
    name: impl FnOnce(&Vm) -> String,
) -> PyResult {
    let shape = method.shape;
    let count = usize::from(shape.positional);
    let is_exact =
        shape.is_plain && !shape.takes_rest && shape.required == shape.positional && count <= 2;
    if is_exact
        && (args.values.len() != count || !args.names.is_empty())
        && let Some(error) = wrong_arguments(vm, args, method, name)
    {
        return Err(error);
    }
    (method.call)(vm, args, method)
}

#[cold]
fn wrong_arguments(
    vm: &Vm,
    args: Args<'_>,
    method: &'static Method,
    name: impl FnOnce(&Vm) -> String,
) -> Option<PyErr> {
    let receiver = usize::from(!method.shape_has_no_receiver());
    let parameters = usize::from(method.shape.positional) - receiver;
    let is_unnamed = method.signature.ends_with("/)") || parameters == 0;
    if parameters > 1 || !is_unnamed || method.signature.contains('*') {
        return None;
    }
    let name = name(vm);
    if !args.names.is_empty() {
        return Some(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let given = args.values.len().saturating_sub(receiver);
    let expected = if parameters == 0 {
        "no arguments"
    } else {
        "exactly one argument"
    };
    Some(vm.type_error(format!("{name}() takes {expected} ({given} given)")))
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let function = function(this);
    let name = function.method.name;
    let text = match function
        .receiver
        .get()
        .filter(|receiver| !receiver.is_a::<PyModule>())
    {
        None => format!("<built-in function {name}>"),
        Some(receiver) => {
            let found = vm.type_name(&receiver);
            format!(
                "<built-in method {name} of {found} object at {:#x}>",
                receiver.address()
            )
        }
    };
    Ok(vm.new_str(&text)?.into_any())
}

/// The answer to a comparison that knows only "the same" and "not the same".
pub(crate) fn identity_answer(vm: &Vm, is_same: bool, op: CompareOp) -> PyResult {
    Ok(match op {
        CompareOp::Eq => vm.new_bool(is_same),
        CompareOp::Ne => vm.new_bool(!is_same),
        _ => vm.not_implemented(),
    })
}

/// A hash of two addresses.
pub(crate) fn hash_of_two(first: usize, second: usize) -> i64 {
    // Addresses are multiples of eight: the low bits say nothing.
    let hash =
        (first.rotate_right(4) ^ second.rotate_right(4).wrapping_mul(3)).cast_signed() as i64;
    if hash == -1 { -2 } else { hash }
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (a, Some(b)) = (function(this), other.downcast_ref::<PyBuiltinFunction>()) else {
        return Ok(vm.not_implemented());
    };
    let same_receiver = match (a.receiver.get(), b.receiver.get()) {
        (Some(a), Some(b)) => a.is(&b),
        (None, None) => true,
        _ => false,
    };
    identity_answer(vm, same_receiver && std::ptr::eq(a.method, b.method), op)
}

fn hash(_: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let function = function(this);
    let receiver = function
        .receiver
        .get()
        .map_or(0, |receiver| receiver.address());
    Ok(hash_of_two(
        receiver,
        std::ptr::from_ref(function.method).addr(),
    ))
}

fn reduce(vm: &mut Vm, this: Ref<PyBuiltinFunction>) -> PyResult {
    let name = vm.new_str(this.method.name)?.into_any();
    match this
        .receiver
        .get()
        .filter(|receiver| !receiver.is_a::<PyModule>())
    {
        None => Ok(name),
        Some(receiver) => {
            let getattr = iterators::builtin(vm, "getattr")?;
            iterators::reduced(vm, getattr, &[receiver, name], None)
        }
    }
}
