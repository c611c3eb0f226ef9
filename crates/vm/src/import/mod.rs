//! `import`: native modules, packed modules, and the way to `importlib`.
//!
//! The import system is the library's own (`importlib._bootstrap`), as in CPython; this module starts it, serves the
//! modules that are written in Rust or packed into the binary, and takes the short way for what is imported already.

pub mod errors;
pub mod frozen;

pub use errors::{cannot_import_name, module_name, module_repr, no_module_attribute};
pub use frozen::{Frozen, FrozenModules};

use crate::types::exception;
use crate::types::module::PyModule;
use crate::types::str::PyStr;
use crate::types::traceback;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// Fills a native module.
pub type NativeInit = fn(&mut Vm, &Ref<PyModule>) -> PyResult<()>;

/// The modules that are written in Rust, by name.
#[derive(Debug, Default)]
pub struct NativeModules {
    inits: BTreeMap<&'static str, NativeInit>,
    /// The packed library, if there is one.
    pub frozen: Option<Rc<dyn FrozenModules>>,
}

impl NativeModules {
    /// Adds a module.
    pub fn register(&mut self, name: &'static str, init: NativeInit) {
        self.inits.insert(name, init);
    }

    /// Whether a module of this name is written in Rust.
    pub fn contains(&self, name: &str) -> bool {
        self.inits.contains_key(name)
    }

    /// The names, in order (`sys.builtin_module_names`).
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.inits.keys().copied()
    }
}

/// State that native modules of other crates keep per runtime, found by its type.
#[derive(Default)]
pub struct Extensions {
    states: HashMap<TypeId, Box<dyn Extension>>,
}

/// State of a native module.
pub trait Extension: Any {
    /// Visits every handle in it, as roots.
    fn visit(&self, visit: &mut dyn FnMut(&PyRef));
}

impl std::fmt::Debug for Extensions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Extensions({})", self.states.len())
    }
}

impl Extensions {
    /// The state of a type, made with its default at first.
    pub fn get<T: Extension + Default>(&mut self) -> &mut T {
        let state = self
            .states
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(T::default()));
        let any: &mut dyn Any = &mut **state;
        any.downcast_mut()
            .expect("the state is kept under its own type")
    }

    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.states.values().for_each(|state| state.visit(visit));
    }

    pub(crate) fn clear(&mut self) {
        self.states.clear();
    }
}

impl Vm {
    /// The native module of this name, made now and put into `sys.modules`.
    ///
    /// # Errors
    /// `ImportError` if there is none; what filling it raises.
    pub fn native_module(&mut self, name: &str) -> PyResult<Ref<PyModule>> {
        let Some(init) = self.native_modules.inits.get(name).copied() else {
            return Err(self.error(
                &exception::IMPORT_ERROR,
                format!("no built-in module named {name}"),
            ));
        };
        let module = self.new_module(name)?;
        init(self, &module)?;
        self.register_module(name, &module)?;
        Ok(module)
    }

    /// Puts a module into `sys.modules`.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn register_module(&mut self, name: &str, module: &Ref<PyModule>) -> PyResult<()> {
        let key = self.intern(name)?;
        self.modules()
            .set_str(self, &key, module.clone().into_any())
    }

    /// What `sys.modules` has under a name.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn loaded_module(&mut self, name: &str) -> PyResult<Option<PyRef>> {
        let key = self.intern(name)?;
        Ok(self
            .modules()
            .get_str(self, &key)
            .filter(|module| !self.is_none(module)))
    }

    /// Imports a module by its full name and returns it (not its outermost package).
    ///
    /// # Errors
    /// `ImportError`, or what the module raises.
    pub fn import(&mut self, name: &str) -> PyResult {
        if let Some(found) = self.loaded_module(name)? {
            return Ok(found);
        }
        let (bootstrap, name) = (self.bootstrap()?, self.intern(name)?);
        self.call_method_str(&bootstrap, "_gcd_import", &[name.into_any()])
    }

    /// `importlib._bootstrap`.
    fn bootstrap(&mut self) -> PyResult {
        match self.loaded_module("_frozen_importlib")? {
            Some(module) => Ok(module),
            None => Err(self.error(
                &exception::IMPORT_ERROR,
                "the import system has not been started",
            )),
        }
    }

    /// `__import__`
    ///
    /// # Errors
    /// `ImportError`, or what the module raises.
    pub fn import_statement(
        &mut self,
        name: &Ref<PyStr>,
        globals: Option<&PyRef>,
        from_list: Option<&PyRef>,
        level: i64,
    ) -> PyResult {
        let from_list = from_list.filter(|list| !self.is_none(list)).cloned();
        let wants_names = match &from_list {
            Some(list) => self.is_true(list)?,
            None => false,
        };
        if level == 0
            && let Some(module) = self.finished_module(name)?
            && (!wants_names || !self.is_package(&module)?)
        {
            return if wants_names {
                Ok(module)
            } else {
                self.outermost(name, module)
            };
        }
        if level == 0
            && let Some(module) = self.native_before_start(name)?
        {
            return Ok(module);
        }
        let bootstrap = self.bootstrap()?;
        let args = [
            name.clone().into_any(),
            globals.cloned().unwrap_or_else(|| self.none()),
            self.none(),
            from_list.unwrap_or_else(|| self.constants().empty_tuple.clone().into_any()),
            self.new_int(level)?,
        ];
        let imported = self.call_method_str(&bootstrap, "__import__", &args);
        if let Err(PyErr::Raised(exception)) = &imported {
            traceback::hide_import_system(self, exception);
        }
        imported
    }

    /// A native module, while there is no import system: in a runtime without a packed library, and early at start.
    fn native_before_start(&mut self, name: &Ref<PyStr>) -> PyResult<Option<PyRef>> {
        let text = name.to_text();
        if !self.native_modules.contains(&text)
            || self.loaded_module("_frozen_importlib")?.is_some()
        {
            return Ok(None);
        }
        Ok(Some(self.native_module(&text)?.into_any()))
    }

    /// A module that is imported already, and not only being imported.
    fn finished_module(&mut self, name: &Ref<PyStr>) -> PyResult<Option<PyRef>> {
        let Some(module) = self
            .modules()
            .get_str(self, name)
            .filter(|module| !self.is_none(module))
        else {
            return Ok(None);
        };
        let (spec, initializing) = (self.names().spec.clone(), self.names().initializing.clone());
        let Some(spec) = self.lookup_attr(&module, &spec)? else {
            return Ok(Some(module));
        };
        match self.lookup_attr(&spec, &initializing)? {
            Some(flag) if self.is_true(&flag)? => Ok(None),
            _ => Ok(Some(module)),
        }
    }

    fn is_package(&mut self, module: &PyRef) -> PyResult<bool> {
        let path = self.names().path.clone();
        Ok(self.lookup_attr(module, &path)?.is_some())
    }

    /// `import a.b` binds `a`.
    fn outermost(&mut self, name: &Ref<PyStr>, module: PyRef) -> PyResult {
        let text = name.to_text().into_owned();
        match text.split_once('.') {
            None => Ok(module),
            Some((first, _)) => self.import(first),
        }
    }

    /// Starts the import system: runs `importlib._bootstrap` and connects it to `sys` and `_imp`.
    ///
    /// # Errors
    /// What the library's code raises.
    pub fn start_import_system(&mut self) -> PyResult<()> {
        let bootstrap = self.run_frozen("_frozen_importlib")?;
        let (sys, imp) = (
            self.native_or_loaded("sys")?,
            self.native_or_loaded("_imp")?,
        );
        self.call_method_str(bootstrap.as_any(), "_install", &[sys, imp])?;
        self.call_method_str(bootstrap.as_any(), "_install_external_importers", &[])
            .map(drop)
    }

    fn native_or_loaded(&mut self, name: &str) -> PyResult {
        match self.loaded_module(name)? {
            Some(module) => Ok(module),
            None => Ok(self.native_module(name)?.into_any()),
        }
    }

    /// Runs a packed module under its name, without the import system.
    ///
    /// # Errors
    /// `ImportError` if it is not packed; what it raises.
    pub fn run_frozen(&mut self, name: &str) -> PyResult<Ref<PyModule>> {
        let code = frozen::code(self, name)?;
        let module = self.new_module(name)?;
        self.register_module(name, &module)?;
        let builtins = self.builtins().into_any();
        self.add_attribute(&module, "__builtins__", builtins)?;
        // What the importer of packed modules reads, and takes away, when it fills in the module's spec.
        let origin = self.new_str(name)?.into_any();
        self.add_attribute(&module, "__origname__", origin)?;
        crate::eval::call::run_code(self, &code, module.dict(), None, None)?;
        Ok(module)
    }

    /// Adds functions to a module's namespace.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn add_functions(
        &mut self,
        module: &Ref<PyModule>,
        functions: &'static [crate::table::Method],
    ) -> PyResult<()> {
        let name_key = self.names().name.clone();
        let module_name = module.dict().get_str(self, &name_key);
        for function in functions {
            let object = self.new_builtin_function(function, None, module_name.clone())?;
            self.add_attribute(module, function.name, object.into_any())?;
        }
        Ok(())
    }

    /// Adds one attribute to a module's namespace.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn add_attribute(
        &mut self,
        module: &Ref<PyModule>,
        name: &str,
        value: PyRef,
    ) -> PyResult<()> {
        let name = self.intern(name)?;
        module.dict().set_str(self, &name, value)
    }
}
