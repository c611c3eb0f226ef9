//! `_io`: streams. Files ([`fileio`]), buffers in front of them ([`buffered`], [`pair`]), text on top ([`text`]),
//! both in memory ([`bytesio`], [`stringio`]), and what they have in common ([`base`]); [`open`] puts them together.
//!
//! A stream works on whatever has the methods of the stream below it. Where that is exactly one of our own types,
//! nothing of Python runs in between (`raw.rs`, [`buffered::write_bytes`]). What a stream keeps for later lies in
//! buffers of the heap; it is written when the stream is flushed, closed, or finalized ([`base::finalize`]).

pub mod base;
pub mod buffered;
pub mod bytesio;
pub mod fileio;
mod newline;
pub mod open;
pub mod pair;
pub mod raw;
pub mod stdio;
pub mod stringio;
pub mod text;

use exuvia_object::{Class, Header};
use exuvia_vm::import::Extension;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{ArgInfo, FromArg, Method, TypeDef};
use exuvia_vm::types::exception::{self, PyException};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::TYPE;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Vm};
use std::ptr::NonNull;

/// How many bytes a buffer holds unless said otherwise.
pub const DEFAULT_BUFFER_SIZE: usize = 128 << 10;

/// The types of the module, bases first.
static TYPES: &[&TypeDef] = &[
    &base::IO_BASE,
    &base::RAW_IO_BASE,
    &base::BUFFERED_IO_BASE,
    &base::TEXT_IO_BASE,
    &fileio::FILE_IO,
    &bytesio::BYTES_IO,
    &bytesio::BYTES_IO_BUFFER,
    &buffered::BUFFERED_READER,
    &buffered::BUFFERED_WRITER,
    &buffered::BUFFERED_RANDOM,
    &pair::BUFFERED_RW_PAIR,
    &newline::INCREMENTAL_NEWLINE_DECODER,
    &stringio::STRING_IO,
    &text::TEXT_IO_WRAPPER,
];

/// What the module keeps per runtime.
#[derive(Debug, Default)]
struct State {
    unsupported_operation: Option<PyRef>,
}

impl Extension for State {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.unsupported_operation.iter().for_each(visit);
    }
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    for def in TYPES {
        let class = vm.make_class(def)?.into_any();
        let name = def.name.rsplit('.').next().unwrap_or(def.name);
        vm.add_attribute(module, name, class)?;
    }
    let size = vm.new_int_from_usize(DEFAULT_BUFFER_SIZE)?;
    vm.add_attribute(module, "DEFAULT_BUFFER_SIZE", size)?;
    let blocking = vm.class(&exception::BLOCKING_IO_ERROR).clone().into_any();
    vm.add_attribute(module, "BlockingIOError", blocking)?;
    let unsupported = make_unsupported_operation(vm)?;
    vm.extensions.get::<State>().unsupported_operation = Some(unsupported.clone());
    vm.add_attribute(module, "UnsupportedOperation", unsupported)?;
    vm.add_functions(module, open::FUNCTIONS)?;
    let name = vm.intern("open")?;
    match module.dict().get_str(vm, &name) {
        Some(open) => vm.builtins().set_str(vm, &name, open),
        None => Ok(()),
    }
}

/// `class UnsupportedOperation(OSError, ValueError)`
fn make_unsupported_operation(vm: &mut Vm) -> PyResult {
    let bases = [
        vm.class(&exception::OS_ERROR).clone().into_any(),
        vm.class(&exception::VALUE_ERROR).clone().into_any(),
    ];
    let bases = vm.new_tuple(&bases)?.into_any();
    let namespace = vm.new_dict()?;
    let (key, module) = (vm.intern("__module__")?, vm.intern("io")?.into_any());
    namespace.set_str(vm, &key, module)?;
    let name = vm.new_str("UnsupportedOperation")?.into_any();
    let meta = vm.class(&TYPE).clone().into_any();
    vm.call_positional(&meta, &[name, bases, namespace.into_any()])
}

/// The `io.UnsupportedOperation` with a message.
#[cold]
pub fn unsupported(vm: &mut Vm, message: &str) -> PyErr {
    let Some(class) = vm.extensions.get::<State>().unsupported_operation.clone() else {
        return vm.value_error(message);
    };
    let made = vm
        .new_str(message)
        .and_then(|message| vm.call_positional(&class, &[message.into_any()]));
    match made.map(|made| made.downcast::<PyException>()) {
        Ok(Ok(exception)) => PyErr::Raised(exception),
        Ok(Err(_)) => vm.value_error(message),
        Err(error) => error,
    }
}

/// The error for what is done with a closed stream.
#[cold]
fn closed_error(vm: &Vm) -> PyErr {
    vm.value_error("I/O operation on closed file.")
}

/// The error for what is done with a stream whose `__init__` has not run.
#[cold]
fn uninitialized(vm: &Vm) -> PyErr {
    vm.value_error("I/O operation on uninitialized object")
}

/// Runs the row of a constructor: what an `init` slot does.
fn call_init(vm: &mut Vm, row: &'static Method, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let values: Vec<PyRef> = std::iter::once(this).chain(args.values).cloned().collect();
    let args = Args {
        values: &values,
        names: args.names,
    };
    (row.call)(vm, args, row).map(drop)
}

/// The class of a stream type: its objects are closed before they die.
fn finalized_class<T: PyPayload>() -> Class {
    fn always(_: NonNull<Header>) -> bool {
        true
    }
    let class = Class::of::<T>();
    class.needs_finalizer.set(Some(always));
    class
}

/// The receiver of a slot.
fn receiver<T: PyPayload>(this: &PyRef) -> &Ref<T> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// A number of bytes or characters as an argument: `None` or below zero means all.
#[derive(Clone, Copy, Debug)]
struct Size(Option<usize>);

impl FromArg for Size {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, _: ArgInfo) -> PyResult<Self> {
        let Some(arg) = arg.filter(|arg| !vm.is_none(arg)) else {
            return Ok(Self(None));
        };
        if vm.type_of(arg).slots(vm).index.is_none() {
            let message = format!(
                "argument should be integer or None, not '{}'",
                vm.type_name(arg)
            );
            return Err(vm.type_error(message));
        }
        Ok(Self(usize::try_from(vm.index_isize(arg)?).ok()))
    }
}

impl Size {
    /// The number, or the largest there is.
    fn or_all(self) -> usize {
        self.0.unwrap_or(usize::MAX)
    }
}

/// Whether an attribute of a stream, called without arguments, is true.
fn ask(vm: &mut Vm, stream: &PyRef, name: &str) -> PyResult<bool> {
    let answer = vm.call_method_str(stream, name, &[])?;
    vm.is_true(&answer)
}

/// Whether a stream says that it is closed.
fn is_closed(vm: &mut Vm, stream: &PyRef) -> PyResult<bool> {
    let closed = vm.get_attr_str(stream, "closed")?;
    vm.is_true(&closed)
}

/// An int from a stream's method that returns a position or a number of bytes.
fn number(vm: &mut Vm, value: &PyRef) -> PyResult<i64> {
    vm.index_i64(value)
}

/// Joins two errors of closing in two steps: the second is raised, in the context of the first.
fn chain(vm: &mut Vm, first: PyResult<()>, second: PyResult<()>) -> PyResult<()> {
    match (first, second) {
        (Err(first), Err(second)) => {
            let (first, second) = (first.into_exception(vm), second.into_exception(vm));
            if !first.is(&second) {
                vm.set_attr_str(second.as_any(), "__context__", first.as_any())?;
            }
            Err(PyErr::Raised(second))
        }
        (first, second) => first.and(second),
    }
}

/// A text as an attribute shows it.
fn text(object: &PyRef) -> Option<&Ref<PyStr>> {
    object.downcast_ref::<PyStr>()
}
