//! Running a program in `__main__` as CPython does: what it finds there, and what is printed when it fails.

use super::options::Invocation;
use super::{STATUS_FAILED, source};
use exuvia_vm::builtins::code::decode_source;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::exception::{self, PyException, fields};
use exuvia_vm::types::module;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};
use rustpython_compiler::Mode;
use std::path::Path;

/// The exit status after a KeyboardInterrupt that nobody handled: 128 and the number of the signal.
const STATUS_INTERRUPTED: u8 = 130;

/// Why a program did not run to its end.
#[derive(Debug)]
pub(super) enum Failure {
    /// It could not be started: what is printed, and the exit status.
    Refused(String, u8),
    /// It raised an exception that nobody handled.
    Raised(PyErr),
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

/// What CPython's `site` adds to the built-in names, as far as it makes sense here.
const SITE: &str = "\
import builtins, _sitebuiltins
builtins.exit = _sitebuiltins.Quitter('exit', 'Ctrl-D (i.e. EOF)')
builtins.quit = _sitebuiltins.Quitter('quit', 'Ctrl-D (i.e. EOF)')
builtins.help = _sitebuiltins._Helper()
";

/// Does what comes before every program: the names of `site`, tracing.
///
/// # Errors
/// What the library's code raises.
pub(super) fn prepare(vm: &mut Vm, invocation: &Invocation) -> PyResult<()> {
    if !invocation.settings.flags.no_site {
        let namespace = vm.new_dict()?;
        let code = vm.compile(SITE, "<site>", Mode::Exec)?;
        exuvia_vm::eval::call::run_code(vm, &code, &namespace, None, None)?;
    }
    Ok(())
}

/// Runs a program from standard input to its end.
///
/// # Errors
/// Why it could not be started, or what it raised.
pub(super) fn run_input(vm: &mut Vm) -> Result<(), Failure> {
    let bytes = source::read_input()?;
    source::check_is_text(&bytes, "<stdin>")?;
    let text = decode_source(vm, &bytes)?;
    Ok(run_text(vm, &text, "<stdin>")?)
}

/// Runs the file that `PYTHONSTARTUP` names, before the prompt.
///
/// # Errors
/// Why it could not be started, or what it raised.
pub(super) fn run_startup(vm: &mut Vm, file: &str) -> Result<(), Failure> {
    let text = read_text(vm, file)?;
    Ok(run_text(vm, &text, file)?)
}

fn read_text(vm: &mut Vm, file: &str) -> Result<String, Failure> {
    let bytes = source::read(file)?;
    source::check_is_text(&bytes, file)?;
    Ok(decode_source(vm, &bytes)?)
}

/// Runs a file.
///
/// # Errors
/// Why it could not be started, or what it raised.
pub(super) fn run_file(vm: &mut Vm, file: &str) -> Result<(), Failure> {
    let text = read_text(vm, file)?;
    let path = std::path::absolute(file)
        .map_or_else(|_| file.to_owned(), |path| path.display().to_string());
    describe_main(vm, &path)?;
    Ok(run_text(vm, &text, &path)?)
}

/// Sets what a program that comes from a file finds in `__main__`.
fn describe_main(vm: &mut Vm, path: &str) -> PyResult<()> {
    let main = main_namespace(vm)?;
    let path = vm.new_str(path)?.into_any();
    let name = vm.new_str("__main__")?.into_any();
    if let Some(loaders) = vm.loaded_module("_frozen_importlib_external")? {
        let loader = vm.call_method_str(&loaders, "SourceFileLoader", &[name, path.clone()])?;
        set(vm, &main, "__loader__", loader)?;
    }
    set(vm, &main, "__file__", path)?;
    let none = vm.none();
    set(vm, &main, "__cached__", none)
}

fn set(vm: &mut Vm, namespace: &Ref<PyDict>, name: &str, value: PyRef) -> PyResult<()> {
    let key = vm.intern(name)?;
    namespace.set_str(vm, &key, value)
}

/// Runs the `__main__.py` of a folder.
///
/// # Errors
/// Why it could not be started, or what it raised.
pub(super) fn run_folder(vm: &mut Vm, folder: &str) -> Result<(), Failure> {
    if !Path::new(folder).join("__main__.py").is_file() {
        return Err(Failure::Refused(
            format!(
                "can't find '__main__' module in '{folder}': a folder runs if it has a file __main__.py"
            ),
            STATUS_FAILED,
        ));
    }
    Ok(run_module(vm, "__main__", false)?)
}

/// Runs a module as `__main__`, by the library's `runpy`.
///
/// # Errors
/// What it raises.
pub(super) fn run_module(vm: &mut Vm, name: &str, alters_argv: bool) -> PyResult<()> {
    let runpy = vm.import("runpy")?;
    let arguments = [vm.new_str(name)?.into_any(), vm.new_bool(alters_argv)];
    vm.call_method_str(&runpy, "_run_module_as_main", &arguments)?;
    vm.safepoint()
}

/// Runs text in `__main__`.
///
/// # Errors
/// What it raises.
pub(super) fn run_text(vm: &mut Vm, text: &str, filename: &str) -> PyResult<()> {
    run_text_as(vm, text, filename, Mode::Exec)
}

/// Runs text in `__main__`: a program, or one statement of a prompt, whose value is shown.
///
/// # Errors
/// What it raises.
pub(super) fn run_text_as(vm: &mut Vm, text: &str, filename: &str, mode: Mode) -> PyResult<()> {
    vm.sources.add(filename, text);
    if text.contains('\0') {
        return Err(vm.error(
            &exception::SYNTAX_ERROR,
            "source code string cannot contain null bytes",
        ));
    }
    let main = main_namespace(vm)?;
    let code = vm.compile(text, filename, mode)?;
    exuvia_vm::eval::call::run_code(vm, &code, &main, None, None)?;
    vm.safepoint()
}

/// The namespace of `__main__`.
///
/// # Errors
/// `RuntimeError` if the program has removed it; `OutOfMemory`.
pub(super) fn main_namespace(vm: &mut Vm) -> PyResult<Ref<PyDict>> {
    let main = vm.loaded_module("__main__")?;
    match main.and_then(|main| module::namespace_of(&main)) {
        Some(namespace) => Ok(namespace),
        None => Err(vm.runtime_error("there is no module __main__ in sys.modules")),
    }
}

/// Reports an exception that nobody handled through `sys.excepthook`; returns the exit status that it stands for.
pub(super) fn report_uncaught(vm: &mut Vm, error: PyErr) -> u8 {
    let exception = error.into_exception(vm);
    if vm.is_instance_of_def(exception.as_any(), &exception::SYSTEM_EXIT) {
        return exit_status(vm, &exception);
    }
    let is_interrupt = vm.is_instance_of_def(exception.as_any(), &exception::KEYBOARD_INTERRUPT);
    super::flush();
    if let Err(error) = call_hook(vm, &exception) {
        let failure = error.into_exception(vm);
        vm.write_stderr("Error in sys.excepthook:\n");
        vm.print_exception(&failure);
        vm.write_stderr("\nOriginal exception was:\n");
        vm.print_exception(&exception);
    }
    if is_interrupt {
        STATUS_INTERRUPTED
    } else {
        STATUS_FAILED
    }
}

/// Remembers the exception in `sys.last_exc` and calls `sys.excepthook`.
fn call_hook(vm: &mut Vm, exception: &Ref<PyException>) -> PyResult<()> {
    let class = vm.type_of(exception).clone().into_any();
    let traceback = exception
        .traceback()
        .map_or_else(|| vm.none(), Ref::into_any);
    let sys = vm.sys();
    let parts = [class, exception.clone().into_any(), traceback];
    let names = ["last_type", "last_value", "last_traceback"];
    for (name, part) in names.into_iter().zip(&parts) {
        set(vm, &sys, name, part.clone())?;
    }
    set(vm, &sys, "last_exc", exception.clone().into_any())?;
    let key = vm.intern("excepthook")?;
    match sys.get_str(vm, &key) {
        Some(hook) => vm.call_positional(&hook, &parts).map(drop),
        None => {
            vm.write_stderr("sys.excepthook is missing\n");
            vm.print_exception(exception);
            Ok(())
        }
    }
}

/// What `SystemExit` asks for: a number, nothing, or anything else, which is printed.
fn exit_status(vm: &mut Vm, exception: &Ref<PyException>) -> u8 {
    let code = exception
        .field(vm, fields::SYSTEM_EXIT_CODE)
        .filter(|code| !vm.is_none(code));
    let Some(code) = code else {
        return 0;
    };
    if let Some(status) = exuvia_vm::types::int::int_i64(&code) {
        return (status & 0xff) as u8;
    }
    super::flush();
    match vm.str(&code) {
        Ok(text) => vm.write_stderr(&format!("{}\n", text.to_text())),
        Err(error) => {
            let failure = error.into_exception(vm);
            vm.print_exception(&failure);
        }
    }
    STATUS_FAILED
}

/// The message and status for a file that could not be read, printed.
pub(super) fn refuse(failure: Failure, vm: &mut Vm) -> u8 {
    match failure {
        Failure::Refused(message, status) => {
            eprintln!("exuvia: {message}");
            status
        }
        Failure::Raised(error) => report_uncaught(vm, error),
    }
}
