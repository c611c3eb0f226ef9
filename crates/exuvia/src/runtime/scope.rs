//! [`Scope`]: a runtime while Rust code does something with its objects.

use super::convert::{Arguments, FromPython, IntoPython};
use super::main_namespace;
use super::object::{Identity, Object};
use crate::Error;
use crate::error::{described, raised};
use exuvia_vm::types::exception;
use exuvia_vm::{PyErr, PyRef, PyResult, Vm};
use rustpython_compiler::Mode;
use std::rc::Rc;

/// A runtime while Rust code does something with its objects: in [`Runtime::with`](crate::Runtime::with), in conversions,
/// and in functions that Python calls.
#[derive(Debug)]
pub struct Scope<'a> {
    pub(super) vm: &'a mut Vm,
    identity: &'a Rc<Identity>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(vm: &'a mut Vm, identity: &'a Rc<Identity>) -> Self {
        Self { vm, identity }
    }

    /// The object under a handle.
    pub(super) fn wrap(&self, object: PyRef) -> Object {
        Object::new(object, self.identity)
    }

    /// The handle of an object of this runtime.
    pub(super) fn unwrap<'o>(&self, object: &'o Object) -> Result<&'o PyRef, Error> {
        object.of(self.identity)
    }

    /// Does something in the virtual machine, and turns its error into a value.
    pub(super) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut Vm) -> PyResult<T>,
    ) -> Result<T, Error> {
        work(self.vm).map_err(|error| described(self.vm, error))
    }

    /// An error as an exception to raise.
    pub(super) fn raise(&mut self, error: Error) -> PyErr {
        raised(self.vm, error)
    }

    fn execute(&mut self, source: &str, filename: &str, mode: Mode) -> Result<PyRef, Error> {
        self.vm.sources.add(filename, source);
        self.attempt(|vm| {
            if source.contains('\0') {
                let message = "source code string cannot contain null bytes";
                return Err(vm.error(&exception::SYNTAX_ERROR, message));
            }
            let main = main_namespace(vm)?;
            let code = vm.compile(source, filename, mode)?;
            let value = exuvia_vm::eval::call::run_code(vm, &code, &main, None, None)?;
            vm.safepoint()?;
            Ok(value)
        })
    }

    /// Runs source text in `__main__`.
    ///
    /// # Errors
    /// What the program raised and did not handle.
    pub fn run(&mut self, source: &str, filename: &str) -> Result<(), Error> {
        self.execute(source, filename, Mode::Exec).map(drop)
    }

    /// The value of an expression in `__main__`.
    ///
    /// # Errors
    /// What it raised; `TypeError` or `OverflowError` if the value does not fit the type asked for.
    pub fn eval<T: FromPython>(&mut self, expression: &str) -> Result<T, Error> {
        let value = self.execute(expression, "<eval>", Mode::Eval)?;
        let value = self.wrap(value);
        T::from_python(self, &value)
    }

    pub(super) fn eval_repr(&mut self, expression: &str, filename: &str) -> Result<String, Error> {
        let value = self.execute(expression, filename, Mode::Eval)?;
        self.attempt(|vm| Ok(vm.repr(&value)?.to_text().into_owned()))
    }

    /// A variable of `__main__`, or what a built-in name stands for.
    ///
    /// # Errors
    /// `NameError` if there is none; `TypeError` or `OverflowError` if it does not fit the type asked for.
    pub fn get<T: FromPython>(&mut self, name: &str) -> Result<T, Error> {
        let value = self.attempt(|vm| {
            let key = vm.intern(name)?;
            let main = main_namespace(vm)?;
            let found = main.get_str(vm, &key);
            match found.or_else(|| vm.builtins().get_str(vm, &key)) {
                Some(value) => Ok(value),
                None => {
                    let message = format!("name '{name}' is not defined");
                    Err(vm.error(&exception::NAME_ERROR, message))
                }
            }
        })?;
        let value = self.wrap(value);
        T::from_python(self, &value)
    }

    /// Sets a variable of `__main__`.
    ///
    /// # Errors
    /// `MemoryError`; what the conversion fails with.
    pub fn set(&mut self, name: &str, value: impl IntoPython) -> Result<(), Error> {
        let value = value.into_python(self)?;
        let value = self.unwrap(&value)?.clone();
        self.attempt(|vm| {
            let key = vm.intern(name)?;
            main_namespace(vm)?.set_str(vm, &key, value)
        })
    }

    /// Calls an object.
    ///
    /// # Errors
    /// What the call raises; `TypeError` if the object cannot be called.
    pub fn call<T: FromPython>(
        &mut self,
        callable: &Object,
        arguments: impl Arguments,
    ) -> Result<T, Error> {
        let arguments = arguments.into_arguments(self)?;
        let arguments: Result<Vec<PyRef>, Error> = arguments
            .iter()
            .map(|one| self.unwrap(one).cloned())
            .collect();
        let (callable, arguments) = (self.unwrap(callable)?, arguments?);
        let value = self.attempt(|vm| {
            let value = vm.call_positional(callable, &arguments)?;
            vm.safepoint()?;
            Ok(value)
        })?;
        let value = self.wrap(value);
        T::from_python(self, &value)
    }

    /// Calls a method of an object.
    ///
    /// # Errors
    /// `AttributeError` if it has none of this name; what the call raises.
    pub fn call_method<T: FromPython>(
        &mut self,
        object: &Object,
        name: &str,
        arguments: impl Arguments,
    ) -> Result<T, Error> {
        let method: Object = self.attribute(object, name)?;
        self.call(&method, arguments)
    }

    /// An attribute of an object.
    ///
    /// # Errors
    /// `AttributeError` if it has none of this name; what its computation raises.
    pub fn attribute<T: FromPython>(&mut self, object: &Object, name: &str) -> Result<T, Error> {
        let object = self.unwrap(object)?;
        let value = self.attempt(|vm| vm.get_attr_str(object, name))?;
        let value = self.wrap(value);
        T::from_python(self, &value)
    }

    /// Sets an attribute of an object.
    ///
    /// # Errors
    /// `AttributeError` if the object does not take it.
    pub fn set_attribute(
        &mut self,
        object: &Object,
        name: &str,
        value: impl IntoPython,
    ) -> Result<(), Error> {
        let value = value.into_python(self)?;
        let (object, value) = (self.unwrap(object)?, self.unwrap(&value)?);
        self.attempt(|vm| vm.set_attr_str(object, name, value))
    }

    /// The item of a container under a key or index.
    ///
    /// # Errors
    /// `KeyError`, `IndexError`; `TypeError` if the object has no items.
    pub fn item<T: FromPython>(
        &mut self,
        object: &Object,
        key: impl IntoPython,
    ) -> Result<T, Error> {
        let key = key.into_python(self)?;
        let (object, key) = (self.unwrap(object)?, self.unwrap(&key)?);
        let value = self.attempt(|vm| vm.get_item(object, key))?;
        let value = self.wrap(value);
        T::from_python(self, &value)
    }

    /// Imports a module by its full name.
    ///
    /// # Errors
    /// `ImportError`, or what the module raises.
    pub fn import(&mut self, name: &str) -> Result<Object, Error> {
        let module = self.attempt(|vm| vm.import(name))?;
        Ok(self.wrap(module))
    }

    /// The name of an object's type.
    ///
    /// # Errors
    /// `TypeError` if the object belongs to another runtime.
    pub fn type_name(&mut self, object: &Object) -> Result<String, Error> {
        let object = self.unwrap(object)?;
        Ok(self.vm.type_name(object))
    }

    /// What `repr()` makes of an object.
    ///
    /// # Errors
    /// What its `__repr__` raises.
    pub fn repr(&mut self, object: &Object) -> Result<String, Error> {
        let object = self.unwrap(object)?;
        self.attempt(|vm| Ok(vm.repr(object)?.to_text().into_owned()))
    }

    /// What `str()` makes of an object.
    ///
    /// # Errors
    /// What its `__str__` raises.
    pub fn text(&mut self, object: &Object) -> Result<String, Error> {
        let object = self.unwrap(object)?;
        self.attempt(|vm| Ok(vm.str(object)?.to_text().into_owned()))
    }
}
