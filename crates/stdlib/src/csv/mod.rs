//! `_csv`: what `csv` is built on. [`dialect`], [`reader`], [`writer`].

mod dialect;
mod reader;
mod writer;

use exuvia_vm::import::Extension;
use exuvia_vm::table::{Method, TypeDef, TypeFlags};
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::exception::EXCEPTION;
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

/// `_csv.Error`
static DIALECT_ERROR: TypeDef = TypeDef {
    base: Some(&EXCEPTION),
    doc: "Something is wrong with lines, records or dialects.",
    flags: TypeFlags::BASETYPE,
    ..TypeDef::new("_csv.Error")
};

static FUNCTIONS: &[Method] = &[
    function!(
        "reader",
        "($module, /, *args, **fmtparams)",
        reader::new,
        "A reader of the records in lines, in a dialect."
    ),
    function!(
        "writer",
        "($module, /, *args, **fmtparams)",
        writer::new,
        "A writer of records to a file, in a dialect."
    ),
    function!(
        "register_dialect",
        "($module, name, /, dialect='excel', **fmtparams)",
        dialect::register,
        "Gives a dialect a name."
    ),
    function!(
        "unregister_dialect",
        "($module, /, name)",
        dialect::unregister,
        "Forgets the dialect of a name."
    ),
    function!(
        "get_dialect",
        "($module, /, name)",
        dialect::get,
        "The dialect of a name."
    ),
    function!(
        "list_dialects",
        "($module, /)",
        dialect::list,
        "The names of dialects."
    ),
    function!(
        "field_size_limit",
        "($module, /, new_limit=<unrepresentable>)",
        field_size_limit,
        "The most characters that a field may have; sets another limit if one is given."
    ),
];

/// What the module keeps per runtime.
struct Registry {
    dialects: Option<Ref<PyDict>>,
    field_max: usize,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            dialects: None,
            field_max: 128 * 1024,
        }
    }
}

impl Extension for Registry {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        if let Some(dialects) = &self.dialects {
            visit(dialects.as_any());
        }
    }
}

impl Registry {
    /// The dialects by name.
    fn dialects(vm: &mut Vm) -> PyResult<Ref<PyDict>> {
        if let Some(dialects) = vm.extensions.get::<Self>().dialects.clone() {
            return Ok(dialects);
        }
        let dialects = vm.new_dict()?;
        vm.extensions.get::<Self>().dialects = Some(dialects.clone());
        Ok(dialects)
    }

    /// The most characters of a field.
    fn field_max(vm: &mut Vm) -> usize {
        vm.extensions.get::<Self>().field_max
    }
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let types = [
        ("Dialect", &dialect::DIALECT),
        ("Error", &DIALECT_ERROR),
        ("Reader", &reader::READER),
        ("Writer", &writer::WRITER),
    ];
    for (name, def) in types {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    for &(name, quoting) in dialect::QUOTING_NAMES {
        let number = vm.new_int(quoting as i64)?;
        vm.add_attribute(module, name, number)?;
    }
    let dialects = Registry::dialects(vm)?.into_any();
    vm.add_attribute(module, "_dialects", dialects)
}

fn field_size_limit(vm: &mut Vm, new_limit: Option<PyRef>) -> PyResult<usize> {
    let old = Registry::field_max(vm);
    if let Some(limit) = new_limit {
        let Some(limit) = limit.downcast_ref::<PyInt>() else {
            return Err(vm.type_error("limit must be an integer"));
        };
        let Some(limit) = limit.to_i64() else {
            return Err(vm.overflow_error("Python int too large to convert to C long"));
        };
        vm.extensions.get::<Registry>().field_max = usize::try_from(limit).unwrap_or(0);
    }
    Ok(old)
}
