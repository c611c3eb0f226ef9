//! Rust functions as Python functions.

use super::object::identity_of;
use super::{FromPython, IntoPython, Object, Scope};
use crate::{Error, Exception};
use exuvia_object::{Class, Traverse};
use exuvia_vm::import::Extension;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Vm};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

/// A Rust function or closure of up to six parameters that Python can call. See [`Runtime::register`](crate::Runtime::register).
pub trait RustFunction<Parameters>: 'static {
    /// How many arguments it takes.
    const ARITY: usize;

    /// Converts the arguments, calls the function, converts its result.
    ///
    /// # Errors
    /// What a conversion or the function fails with.
    fn call(&self, scope: &mut Scope<'_>, arguments: &[Object]) -> Result<Object, Error>;
}

macro_rules! functions {
    ($(($count:literal: $($name:ident)*))+) => {
        $(
            #[allow(non_snake_case, unused_variables, unused_mut, reason = "the values are named like their types")]
            impl<Function, Output, $($name),*> RustFunction<($($name,)*)> for Function
            where
                Function: Fn($($name),*) -> Output + 'static,
                Output: IntoPython,
                $($name: FromPython,)*
            {
                const ARITY: usize = $count;

                fn call(&self, scope: &mut Scope<'_>, arguments: &[Object]) -> Result<Object, Error> {
                    let mut arguments = arguments.iter();
                    $(let $name = $name::from_python(scope, arguments.next().expect("the arguments were counted"))?;)*
                    self($($name),*).into_python(scope)
                }
            }
        )+
    };
}
functions! { (0: ) (1: A) (2: A B) (3: A B C) (4: A B C D) (5: A B C D E) (6: A B C D E F) }

type Callable = dyn Fn(&mut Scope<'_>, &[Object]) -> Result<Object, Error>;

/// The functions of a runtime.
#[derive(Default)]
struct Functions(Vec<Rc<Callable>>);

impl Extension for Functions {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

/// A Rust function as a Python object.
#[derive(Debug, Traverse)]
struct PyRustFunction {
    name: Ref<PyStr>,
    #[traverse(skip)]
    index: usize,
    #[traverse(skip)]
    arity: usize,
}

impl PyPayload for PyRustFunction {
    const DEF: &'static TypeDef = &RUST_FUNCTION;
}

/// `exuvia.RustFunction`
static RUST_FUNCTION: TypeDef = TypeDef {
    doc: "A function of the program that runs this one.",
    class: Some(Class::of::<PyRustFunction>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        call: Some(call),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    getset: &[GetSet {
        name: "__name__",
        doc: "The function's name.",
        get: |_, this| Ok(function(this).name.clone().into_any()),
        set: None,
    }],
    ..TypeDef::new("exuvia.RustFunction")
};

fn function(this: &PyRef) -> &Ref<PyRustFunction> {
    this.downcast_ref()
        .expect("slots are called with receivers of their type")
}

/// Makes a Rust function a variable of `__main__`.
pub(super) fn register<P>(
    scope: &mut Scope<'_>,
    name: &str,
    function: impl RustFunction<P>,
) -> Result<(), Error> {
    let arity = arity_of(&function);
    let callable: Rc<Callable> = Rc::new(move |scope, arguments| function.call(scope, arguments));
    let object = scope.attempt(|vm| {
        vm.make_class(&RUST_FUNCTION)?;
        let name = vm.intern(name)?;
        let index = vm.extensions.get::<Functions>().0.len();
        Ok(vm
            .new_object(PyRustFunction { name, index, arity })?
            .into_any())
    })?;
    scope.vm.extensions.get::<Functions>().0.push(callable);
    let object = scope.wrap(object);
    scope.set(name, object)
}

fn arity_of<P, F: RustFunction<P>>(_: &F) -> usize {
    F::ARITY
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = function(this).name.to_text().into_owned();
    Ok(vm.new_str(&format!("<Rust function {name}>"))?.into_any())
}

fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let function = function(this).clone();
    let name = function.name.to_text().into_owned();
    if !args.names.is_empty() {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    let (takes, given) = (function.arity, args.values.len());
    if given != takes {
        let plural = if takes == 1 { "" } else { "s" };
        let were = if given == 1 { "was" } else { "were" };
        return Err(vm.type_error(format!(
            "{name}() takes {takes} positional argument{plural} but {given} {were} given"
        )));
    }
    let callable = vm
        .extensions
        .get::<Functions>()
        .0
        .get(function.index)
        .cloned();
    let Some(callable) = callable else {
        return Err(vm.system_error("the Rust function belongs to another runtime"));
    };
    let Some(identity) = identity_of(vm) else {
        return Err(vm.system_error("the runtime has ended"));
    };
    let depth = vm.frame_count();
    let mut scope = Scope::new(vm, &identity);
    let arguments: Vec<Object> = args
        .values
        .iter()
        .map(|one| scope.wrap(one.clone()))
        .collect();
    // A panic in the function itself has left the virtual machine as it was; one inside of the machine has not.
    let called = catch_unwind(AssertUnwindSafe(|| callable(&mut scope, &arguments)));
    let ended = match called {
        Ok(ended) => ended,
        Err(panic) if scope.vm.frame_count() != depth => resume_unwind(panic),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("no message");
            let message = format!("the Rust function {name}() panicked: {text}");
            Err(Exception::new("RuntimeError", message).into())
        }
    };
    match ended.and_then(|value| scope.unwrap(&value).cloned()) {
        Ok(value) => Ok(value),
        Err(error) => Err(scope.raise(error)),
    }
}
