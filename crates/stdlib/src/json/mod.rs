//! `_json`: the quick parts of `json`. [`text`] has strings, [`scanner`] reads, [`encoder`] writes.

mod encoder;
mod scanner;
mod text;

use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyResult, Ref, Vm, function};
use text::Escaping;

static FUNCTIONS: &[Method] = &[
    function!(
        "encode_basestring_ascii",
        "($module, object, /)",
        text::encode_ascii,
        "A string as JSON, in ASCII."
    ),
    function!(
        "encode_basestring",
        "($module, object, /)",
        text::encode_needed,
        "A string as JSON, with only those characters escaped that must be."
    ),
    function!(
        "scanstring",
        "(string, end, strict=True, /)",
        text::scanstring,
        "The JSON string that begins before end, and where it ends."
    ),
];

/// The functions that write strings, as an encoder is given them.
static STRING_WRITERS: &[(&Method, Escaping)] = &[
    (&FUNCTIONS[0], Escaping::Ascii),
    (&FUNCTIONS[1], Escaping::Needed),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    for (name, def) in [
        ("make_scanner", &scanner::SCANNER),
        ("make_encoder", &encoder::ENCODER),
    ] {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    Ok(())
}
