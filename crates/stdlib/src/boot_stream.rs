//! The standard streams before `io` is imported, and where it cannot be: text goes to the process's streams as UTF-8.

use exuvia_object::{Class, Traverse};
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{TypeDef, TypeFlags};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, method};
use std::io::{BufRead, Write};

/// A standard stream of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard input.
    In,
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A standard stream as a Python object.
#[derive(Debug, Traverse)]
pub struct PyBootStream {
    #[traverse(skip)]
    stream: Stream,
}

impl PyPayload for PyBootStream {
    const DEF: &'static TypeDef = &BOOT_STREAM;
}

/// `sys.BootStream`
pub static BOOT_STREAM: TypeDef = TypeDef {
    doc: "A standard stream of the process, text in UTF-8.",
    class: Some(Class::of::<PyBootStream>),
    flags: TypeFlags::NO_NEW,
    methods: &[
        method!(
            "write",
            "($self, text, /)",
            write,
            "Writes text and returns how many characters it has."
        ),
        method!("flush", "($self, /)", flush, "Writes out what is buffered."),
        method!(
            "readline",
            "($self, /)",
            readline,
            "The next line, or an empty string at the end."
        ),
        method!(
            "isatty",
            "($self, /)",
            isatty,
            "Whether the stream is a terminal."
        ),
        method!("fileno", "($self, /)", fileno, "The number of the stream."),
    ],
    ..TypeDef::new("sys.BootStream")
};

/// A standard stream as a Python object.
///
/// # Errors
/// `OutOfMemory`.
pub fn new(vm: &mut Vm, stream: Stream) -> PyResult {
    vm.make_class(&BOOT_STREAM)?;
    Ok(vm.new_object(PyBootStream { stream })?.into_any())
}

fn write(vm: &mut Vm, this: Ref<PyBootStream>, text: PyRef) -> PyResult<usize> {
    let Some(text) = text.downcast_ref::<PyStr>() else {
        let message = format!("write() argument must be str, not {}", vm.type_name(&text));
        return Err(vm.type_error(message));
    };
    let shown = text.to_text();
    let written = match this.stream {
        Stream::Out => std::io::stdout().write_all(shown.as_bytes()),
        Stream::Err => std::io::stderr().write_all(shown.as_bytes()),
        Stream::In => return Err(vm.value_error("not writable")),
    };
    match written {
        Ok(()) => Ok(text.len()),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn flush(vm: &mut Vm, this: Ref<PyBootStream>) -> PyResult<()> {
    let flushed = match this.stream {
        Stream::Out => std::io::stdout().flush(),
        Stream::Err => std::io::stderr().flush(),
        Stream::In => Ok(()),
    };
    flushed.map_err(|error| vm.os_error(&error, None))
}

fn readline(vm: &mut Vm, this: Ref<PyBootStream>) -> PyResult<String> {
    if this.stream != Stream::In {
        return Err(vm.value_error("not readable"));
    }
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) => Ok(line),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn isatty(_: &mut Vm, this: Ref<PyBootStream>) -> bool {
    use std::io::IsTerminal;
    match this.stream {
        Stream::In => std::io::stdin().is_terminal(),
        Stream::Out => std::io::stdout().is_terminal(),
        Stream::Err => std::io::stderr().is_terminal(),
    }
}

fn fileno(_: &mut Vm, this: Ref<PyBootStream>) -> i64 {
    this.stream as i64
}
