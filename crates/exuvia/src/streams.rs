//! Standard streams that tell a [`Sink`] what a program writes, in place of the process's own.

use exuvia_object::{Class, Traverse};
use exuvia_vm::import::Extension;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, TypeDef, TypeFlags};
use exuvia_vm::types::exception;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, method};
use std::io::Write;
use std::rc::Rc;

/// One of the two standard streams that a program writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamName {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl StreamName {
    /// `stdout` or `stderr`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// Where captured text goes.
pub(crate) trait Sink {
    /// A program has written text.
    fn write(&self, stream: StreamName, text: &str);
}

/// The sinks of a runtime, the current one last.
#[derive(Default)]
struct Sinks(Vec<Rc<dyn Sink>>);

impl Extension for Sinks {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

/// A standard stream as a Python object.
#[derive(Debug, Traverse)]
pub(crate) struct PyCapturedStream {
    #[traverse(skip)]
    name: StreamName,
}

impl PyPayload for PyCapturedStream {
    const DEF: &'static TypeDef = &CAPTURED_STREAM;
}

/// `exuvia.CapturedStream`
static CAPTURED_STREAM: TypeDef = TypeDef {
    doc: "A standard stream whose text is kept by the program that runs this one.",
    class: Some(Class::of::<PyCapturedStream>),
    flags: TypeFlags::NO_NEW,
    methods: &[
        method!(
            "write",
            "($self, text, /)",
            write,
            "Writes text and returns how many characters it has."
        ),
        method!(
            "writelines",
            "($self, lines, /)",
            writelines,
            "Writes every text of an iterable."
        ),
        method!(
            "flush",
            "($self, /)",
            |_: &mut Vm, _: Ref<PyCapturedStream>| (),
            "Does nothing: nothing is buffered."
        ),
        method!(
            "isatty",
            "($self, /)",
            |_: &mut Vm, _: Ref<PyCapturedStream>| false,
            "False: this is no terminal."
        ),
        method!(
            "readable",
            "($self, /)",
            |_: &mut Vm, _: Ref<PyCapturedStream>| false,
            "False."
        ),
        method!(
            "writable",
            "($self, /)",
            |_: &mut Vm, _: Ref<PyCapturedStream>| true,
            "True."
        ),
        method!(
            "seekable",
            "($self, /)",
            |_: &mut Vm, _: Ref<PyCapturedStream>| false,
            "False."
        ),
        method!(
            "fileno",
            "($self, /)",
            fileno,
            "Raises OSError: no file of the system is behind the stream."
        ),
    ],
    getset: &[
        GetSet {
            name: "name",
            doc: "Which stream this is.",
            get: name,
            set: None,
        },
        GetSet {
            name: "encoding",
            doc: "The encoding of the text.",
            get: |vm, _| text(vm, "utf-8"),
            set: None,
        },
        GetSet {
            name: "errors",
            doc: "How what cannot be encoded is handled.",
            get: |vm, _| text(vm, "replace"),
            set: None,
        },
        GetSet {
            name: "mode",
            doc: "How the stream is opened.",
            get: |vm, _| text(vm, "w"),
            set: None,
        },
        GetSet {
            name: "closed",
            doc: "Whether the stream is closed: never.",
            get: |vm, _| Ok(vm.new_bool(false)),
            set: None,
        },
    ],
    ..TypeDef::new("exuvia.CapturedStream")
};

fn text(vm: &mut Vm, text: &str) -> PyResult {
    Ok(vm.new_str(text)?.into_any())
}

fn name(vm: &mut Vm, this: &PyRef) -> PyResult {
    let stream = this
        .downcast_ref::<PyCapturedStream>()
        .map(|stream| stream.name);
    let name = stream.map_or("stream", StreamName::as_str);
    text(vm, &format!("<{name}>"))
}

fn write(vm: &mut Vm, this: Ref<PyCapturedStream>, text: PyRef) -> PyResult<usize> {
    let Some(text) = text.downcast_ref::<PyStr>() else {
        let message = format!("write() argument must be str, not {}", vm.type_name(&text));
        return Err(vm.type_error(message));
    };
    let shown = text.to_text();
    match vm.extensions.get::<Sinks>().0.last().cloned() {
        Some(sink) => sink.write(this.name, &shown),
        // The program has kept the stream beyond the capture: the text goes where it would have gone.
        None => write_to_process(vm, this.name, &shown)?,
    }
    Ok(text.len())
}

fn write_to_process(vm: &mut Vm, name: StreamName, text: &str) -> PyResult<()> {
    let written = match name {
        StreamName::Stdout => std::io::stdout().write_all(text.as_bytes()),
        StreamName::Stderr => std::io::stderr().write_all(text.as_bytes()),
    };
    written.map_err(|error| vm.os_error(&error, None))
}

fn writelines(vm: &mut Vm, this: Ref<PyCapturedStream>, lines: PyRef) -> PyResult<()> {
    vm.iterate(&lines, |vm, line| write(vm, this.clone(), line).map(drop))
}

fn fileno(vm: &mut Vm, _: Ref<PyCapturedStream>) -> PyResult<usize> {
    Err(vm.error(
        &exception::OS_ERROR,
        "no file of the system is behind this stream",
    ))
}

/// What `sys.stdout` and `sys.stderr` were before a capture.
#[derive(Debug)]
pub(crate) struct Before([Option<PyRef>; 2]);

const NAMES: [StreamName; 2] = [StreamName::Stdout, StreamName::Stderr];

/// Makes what the program writes go to a sink, until [`release`].
///
/// # Errors
/// `OutOfMemory`; nothing has changed then.
pub(crate) fn capture(vm: &mut Vm, sink: Rc<dyn Sink>) -> PyResult<Before> {
    vm.make_class(&CAPTURED_STREAM)?;
    let sys = vm.sys();
    let mut before = [None, None];
    let mut keys = Vec::new();
    let mut streams = Vec::new();
    for (index, name) in NAMES.into_iter().enumerate() {
        let key = vm.intern(name.as_str())?;
        before[index] = sys.get_str(vm, &key);
        keys.push(key);
        streams.push(vm.new_object(PyCapturedStream { name })?.into_any());
    }
    let before = Before(before);
    for (key, stream) in keys.iter().zip(streams) {
        if let Err(error) = sys.set_str(vm, key, stream) {
            restore(vm, &before);
            return Err(error);
        }
    }
    vm.extensions.get::<Sinks>().0.push(sink);
    Ok(before)
}

/// Ends a capture.
pub(crate) fn release(vm: &mut Vm, before: &Before) {
    restore(vm, before);
    vm.extensions.get::<Sinks>().0.pop();
}

fn restore(vm: &mut Vm, before: &Before) {
    let sys = vm.sys();
    for (name, stream) in NAMES.into_iter().zip(&before.0) {
        let stream = stream.clone().unwrap_or_else(|| vm.none());
        // The names are there already, so this takes no memory.
        if let Ok(key) = vm.intern(name.as_str()) {
            let _ = sys.set_str(vm, &key, stream);
        }
    }
}
