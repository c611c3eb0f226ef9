//! A standard stream that keeps what is written to it, outside of the runtime's heap.

use exuvia_object::{Class, Traverse};
use exuvia_vm::import::Extension;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{TypeDef, TypeFlags};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, method};

/// Which stream this is.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    Out,
    Err,
}

/// What was written, per runtime.
#[derive(Debug, Default)]
pub struct Written {
    pub out: Vec<u8>,
    pub err: Vec<u8>,
}

impl Extension for Written {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

#[derive(Debug, Traverse)]
pub struct PyCapture {
    #[traverse(skip)]
    stream: Stream,
}

impl PyPayload for PyCapture {
    const DEF: &'static TypeDef = &CAPTURE;
}

pub static CAPTURE: TypeDef = TypeDef {
    doc: "A stream that keeps what is written to it.",
    class: Some(Class::of::<PyCapture>),
    flags: TypeFlags::NO_NEW,
    methods: &[
        method!("write", "($self, text, /)", write, "Keeps text."),
        method!("flush", "($self, /)", flush, "Does nothing."),
        method!("isatty", "($self, /)", isatty, "False."),
    ],
    ..TypeDef::new("capture.Capture")
};

fn write(vm: &mut Vm, this: Ref<PyCapture>, text: Ref<PyStr>) -> PyResult<usize> {
    let bytes = vm.encode_str(&text, "utf-8", "backslashreplace")?.to_vec();
    let written = vm.extensions.get::<Written>();
    match this.stream {
        Stream::Out => written.out.extend(bytes),
        Stream::Err => written.err.extend(bytes),
    }
    Ok(text.len())
}

fn flush(_: &mut Vm, _: Ref<PyCapture>) {}

fn isatty(_: &mut Vm, _: Ref<PyCapture>) -> bool {
    false
}

/// Makes the runtime write to streams of this kind.
pub fn install(vm: &mut Vm) -> PyResult<()> {
    vm.make_class(&CAPTURE)?;
    for (stream, names) in [
        (Stream::Out, ["stdout", "__stdout__"]),
        (Stream::Err, ["stderr", "__stderr__"]),
    ] {
        let object = vm.new_object(PyCapture { stream })?.into_any();
        for name in names {
            let name = vm.intern(name)?;
            vm.sys().set_str(vm, &name, object.clone())?;
        }
    }
    Ok(())
}
