//! What a program ends with instead of a result, as values.

use exuvia_vm::types::exception::{self, PyException, fields, report};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::traceback::PyTraceback;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};
use std::fmt;

/// What a program ended with instead of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// An exception that nobody handled.
    Exception(Box<Exception>),
    /// `SystemExit` with this status; what is to be printed on standard error.
    Exit(i32, Option<String>),
}

/// An exception as plain data: it keeps nothing of the runtime alive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// The name of its type, such as `ValueError`.
    pub type_name: String,
    /// Its message: what `str()` makes of it.
    pub message: String,
    /// Where it was raised, outermost call first; empty if it comes from Rust.
    pub traceback: Vec<TracebackEntry>,
    /// The whole report with traceback, causes and notes, as it would be printed.
    pub report: String,
}

/// A call that an exception went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracebackEntry {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The function, or `<module>`.
    pub function: String,
}

impl Exception {
    /// An exception for a Rust function to fail with: the name of a built-in exception type, and a message.
    ///
    /// In Python it is raised as that type; as a `RuntimeError` if there is no such type.
    pub fn new(type_name: impl Into<String>, message: impl Into<String>) -> Self {
        let (type_name, message) = (type_name.into(), message.into());
        Self {
            report: format!("{type_name}: {message}\n"),
            type_name,
            message,
            traceback: Vec::new(),
        }
    }
}

impl From<Exception> for Error {
    fn from(exception: Exception) -> Self {
        Self::Exception(Box::new(exception))
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exception(exception) => exception.fmt(f),
            Self::Exit(status, _) => write!(f, "the program asked to exit with status {status}"),
        }
    }
}

impl std::error::Error for Error {}

/// A Python error as a value.
pub(crate) fn described(vm: &mut Vm, error: PyErr) -> Error {
    let exception = error.into_exception(vm);
    if vm.is_instance_of_def(exception.as_any(), &exception::SYSTEM_EXIT) {
        return exit_of(vm, &exception);
    }
    let report = report::format_exception(vm, &exception);
    let message = vm.str(exception.as_any());
    let message = message.map_or_else(|_| String::new(), |text| text.to_text().into_owned());
    Exception {
        type_name: vm.type_name(exception.as_any()),
        message,
        traceback: entries(vm, exception.traceback()),
        report: report.unwrap_or_else(|_| "MemoryError\n".to_owned()),
    }
    .into()
}

/// The entries of a traceback. What cannot be read for lack of memory is left out.
fn entries(vm: &mut Vm, first: Option<Ref<PyTraceback>>) -> Vec<TracebackEntry> {
    let mut found = Vec::new();
    let mut next = first;
    while let Some(entry) = next {
        if let Ok((file, function)) = place(vm, &entry) {
            let line = entry.line();
            found.push(TracebackEntry {
                file,
                line,
                function,
            });
        }
        next = entry.next();
    }
    found
}

/// File and function of an entry.
fn place(vm: &mut Vm, entry: &Ref<PyTraceback>) -> PyResult<(String, String)> {
    let frame: PyRef = entry.frame().clone().into_any();
    let code = vm.get_attr_str(&frame, "f_code")?;
    let mut text = |name| -> PyResult<String> {
        let value = vm.get_attr_str(&code, name)?;
        Ok(value
            .downcast_ref::<PyStr>()
            .map_or_else(String::new, |text| text.to_text().into_owned()))
    };
    Ok((text("co_filename")?, text("co_name")?))
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

/// An error as a Python exception to raise.
pub(crate) fn raised(vm: &mut Vm, error: Error) -> PyErr {
    let attempt = match error {
        Error::Exit(status, None) => vm
            .new_int(status.into())
            .map(|status| vm.error_with(&exception::SYSTEM_EXIT, &[status])),
        Error::Exit(_, Some(text)) => {
            Ok(vm.error(&exception::SYSTEM_EXIT, text.trim_end_matches('\n')))
        }
        Error::Exception(exception) => new_exception(vm, &exception),
    };
    attempt.unwrap_or_else(|error| error)
}

fn new_exception(vm: &mut Vm, exception: &Exception) -> PyResult<PyErr> {
    let name = vm.intern(&exception.type_name)?;
    let class = vm.builtins().get_str(vm, &name);
    let is_exception = class
        .as_ref()
        .and_then(|class| class.downcast_ref::<PyType>())
        .is_some_and(|class| class.is_subtype(vm.class(&exception::BASE_EXCEPTION)));
    let Some(class) = class.filter(|_| is_exception) else {
        let message = format!("{}: {}", exception.type_name, exception.message);
        return Ok(vm.runtime_error(message));
    };
    let message = vm.new_str(&exception.message)?.into_any();
    match vm
        .call_positional(&class, &[message])?
        .downcast::<PyException>()
    {
        Ok(made) => Ok(PyErr::from(made)),
        Err(_) => Ok(vm.runtime_error(&exception.message)),
    }
}
