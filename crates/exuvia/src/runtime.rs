//! [`Runtime`]: one Python, to be embedded.

use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::exception::{self, PyException, fields, report};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Settings, Vm};
use rustpython_compiler::Mode;
use std::fmt;

/// One Python with a heap of its own (D1). Dropping it gives all of its memory back to the system.
#[derive(Debug)]
pub struct Runtime {
    vm: Box<Vm>,
    main: Ref<PyDict>,
}

/// What a program ended with instead of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An exception that nobody handled: its report, as it is printed.
    Exception(String),
    /// `SystemExit` with this status; what is to be printed on standard error.
    Exit(i32, Option<String>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exception(report) => f.write_str(report),
            Self::Exit(status, _) => write!(f, "the program asked to exit with status {status}"),
        }
    }
}

impl std::error::Error for Error {}

impl Runtime {
    /// A runtime with an empty `__main__`.
    ///
    /// # Errors
    /// `Error::Exception` if the memory limit is too small for it.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let no_memory = |_| {
            Error::Exception("MemoryError: the memory limit is too small to start\n".to_owned())
        };
        let mut vm = Vm::new(settings).map_err(no_memory)?;
        exuvia_stdlib::install(&mut vm);
        let main = match start(&mut vm) {
            Ok(main) => main,
            Err(error) => return Err(described(&mut vm, error)),
        };
        Ok(Self { vm, main })
    }

    /// The virtual machine, for native code that works with objects.
    pub fn vm(&mut self) -> &mut Vm {
        &mut self.vm
    }

    /// Runs source text in `__main__`.
    ///
    /// # Errors
    /// What the program raised and did not handle.
    pub fn run(&mut self, source: &str, filename: &str) -> Result<(), Error> {
        self.execute(source, filename, Mode::Exec).map(drop)
    }

    /// Runs source text in `__main__` and returns what its last expression shows, if it ends with one that is not None.
    ///
    /// # Errors
    /// What the program raised and did not handle.
    pub fn run_cell(&mut self, source: &str, filename: &str) -> Result<Option<String>, Error> {
        let value = self.execute(source, filename, Mode::BlockExpr)?;
        if self.vm.is_none(&value) || !ends_with_expression(source) {
            return Ok(None);
        }
        self.shown(&value).map(Some)
    }

    /// What the value of an expression shows (its `repr`).
    ///
    /// # Errors
    /// What the program raised and did not handle.
    pub fn eval_repr(&mut self, expression: &str, filename: &str) -> Result<String, Error> {
        let value = self.execute(expression, filename, Mode::Eval)?;
        self.shown(&value)
    }

    fn shown(&mut self, value: &PyRef) -> Result<String, Error> {
        match self.vm.repr(value) {
            Ok(text) => Ok(text.to_text().into_owned()),
            Err(error) => Err(described(&mut self.vm, error)),
        }
    }

    /// Sets a variable of `__main__` to text.
    ///
    /// # Errors
    /// `Error::Exception` if memory runs out.
    pub fn set_text(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let (vm, main) = (&mut self.vm, &self.main);
        let set = vm.intern(name).and_then(|name| {
            let text = vm.new_str(text)?.into_any();
            main.set_str(vm, &name, text)
        });
        set.map_err(|error| described(&mut self.vm, error))
    }

    fn execute(&mut self, source: &str, filename: &str, mode: Mode) -> Result<PyRef, Error> {
        self.vm.sources.add(filename, source);
        let (vm, main) = (&mut self.vm, &self.main);
        let result = vm
            .compile(source, filename, mode)
            .and_then(|code| exuvia_vm::eval::call::run_code(vm, &code, main, None, None))
            .and_then(|value| vm.safepoint().map(|()| value));
        result.map_err(|error| described(&mut self.vm, error))
    }

    /// Runs what the program left for its end: buffered output is written, and objects get their finalizers.
    pub fn shut_down(&mut self) {
        self.vm.shut_down();
    }
}

/// `sys`, and a `__main__` to run in.
fn start(vm: &mut Vm) -> PyResult<Ref<PyDict>> {
    vm.native_module("sys")?;
    if vm.native_modules.frozen.is_some() {
        vm.start_import_system()?;
    }
    let main = vm.new_module("__main__")?;
    vm.register_module("__main__", &main)?;
    let builtins = vm.loaded_module("builtins")?.unwrap_or_else(|| vm.none());
    vm.add_attribute(&main, "__builtins__", builtins)?;
    Ok(main.dict().clone())
}

/// Whether the last statement of source text is an expression that is to be shown: no `;` behind it.
fn ends_with_expression(source: &str) -> bool {
    use rustpython_compiler::{ast::Stmt, parser};
    let Ok(parsed) = parser::parse_module(source) else {
        return false;
    };
    let is_expression = matches!(parsed.syntax().body.last(), Some(Stmt::Expr(_)));
    is_expression && !source.trim_end().ends_with(';')
}

/// An error as a program's end.
fn described(vm: &mut Vm, error: PyErr) -> Error {
    let exception = error.into_exception(vm);
    if vm.is_instance_of_def(exception.as_any(), &exception::SYSTEM_EXIT) {
        return exit_of(vm, &exception);
    }
    let report = report::format_exception(vm, &exception);
    Error::Exception(report.unwrap_or_else(|_| "MemoryError\n".to_owned()))
}

fn exit_of(vm: &mut Vm, exception: &Ref<PyException>) -> Error {
    let code = exception
        .field(vm, fields::SYSTEM_EXIT_CODE)
        .filter(|code| !vm.is_none(code));
    let Some(code) = code else {
        return Error::Exit(0, None);
    };
    if let Some(status) = exuvia_vm::types::int::int_i64(&code) {
        return Error::Exit(i32::try_from(status & 0xff).unwrap_or(1), None);
    }
    let text = vm
        .str(&code)
        .map(|text: Ref<PyStr>| format!("{}\n", text.to_text()));
    Error::Exit(1, text.ok())
}
