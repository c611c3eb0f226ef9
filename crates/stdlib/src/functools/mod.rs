//! `_functools`: `partial`, `reduce`, `cmp_to_key` and the wrapper behind `lru_cache`.

mod key;
mod lru_cache;
mod partial;

pub use key::KEY_WRAPPER;
pub use lru_cache::LRU_CACHE_WRAPPER;
pub use partial::{PARTIAL, PLACEHOLDER_TYPE, PyPartial};

use exuvia_vm::table::Method;
use exuvia_vm::types::exception::TYPE_ERROR;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::object_::OBJECT;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[
    function!(
        "cmp_to_key",
        "($module, /, mycmp)",
        key::cmp_to_key,
        "Makes a key function of a comparison function."
    ),
    function!(
        "reduce",
        "($module, function, iterable, /, initial=<unrepresentable>)",
        reduce,
        "Combines what an iterable yields from left to right with a function of two arguments.\n\nThe initial value, \
         if there is one, comes before all others and is the result for an empty iterable."
    ),
];

/// The module's objects of which each runtime has one.
#[derive(Debug, Default)]
struct State {
    placeholder: Option<PyRef>,
    keyword_mark: Option<PyRef>,
}

impl exuvia_vm::import::Extension for State {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.placeholder.iter().for_each(&mut *visit);
        self.keyword_mark.iter().for_each(visit);
    }
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    crate::add_types(
        vm,
        module,
        &[
            ("partial", &PARTIAL),
            ("_PlaceholderType", &PLACEHOLDER_TYPE),
            ("_lru_cache_wrapper", &LRU_CACHE_WRAPPER),
        ],
    )?;
    vm.make_class(&KEY_WRAPPER)?;
    let placeholder = partial::placeholder(vm)?;
    vm.add_attribute(module, "Placeholder", placeholder)
}

/// What stands between positional and keyword arguments in a cache's keys: an object that nothing else equals.
fn keyword_mark(vm: &mut Vm) -> PyResult {
    if let Some(mark) = &vm.extensions.get::<State>().keyword_mark {
        return Ok(mark.clone());
    }
    let object = vm.class(&OBJECT).clone().into_any();
    let mark = vm.call_positional(&object, &[])?;
    vm.extensions.get::<State>().keyword_mark = Some(mark.clone());
    Ok(mark)
}

fn reduce(vm: &mut Vm, function: PyRef, iterable: PyRef, initial: Option<PyRef>) -> PyResult {
    let iterator = match vm.iter(&iterable) {
        Err(error) if error.is(vm, &TYPE_ERROR) => {
            return Err(vm.type_error("reduce() arg 2 must support iteration"));
        }
        other => other?,
    };
    let first = match initial {
        Some(initial) => Some(initial),
        None => vm.next(&iterator)?,
    };
    let Some(mut result) = first else {
        return Err(vm.type_error("reduce() of empty iterable with no initial value"));
    };
    while let Some(item) = vm.next(&iterator)? {
        result = vm.call_positional(&function, &[result, item])?;
    }
    Ok(result)
}
