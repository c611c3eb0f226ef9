//! `_thread`: the identity of the only thread, its locks ([`lock`]) and its data; what refuses to start another thread is
//! in `python/_thread.py`.

pub mod lock;

use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, function};

static FUNCTIONS: &[Method] = &[
    function!(
        "get_ident",
        "($module, /)",
        get_ident,
        "A number that no other thread has."
    ),
    function!(
        "get_native_id",
        "($module, /)",
        get_native_id,
        "The number that the system knows the thread by."
    ),
    function!(
        "allocate_lock",
        "($module, /)",
        lock::allocate,
        "Makes a lock."
    ),
    function!(
        "allocate",
        "($module, /)",
        lock::allocate,
        "Makes a lock (an old name)."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let types: [(&str, &'static TypeDef); 4] = [
        ("lock", &lock::LOCK),
        ("LockType", &lock::LOCK),
        ("RLock", &lock::RLOCK),
        ("_local", &LOCAL),
    ];
    for (name, def) in types {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    crate::run_python_part(vm, module, "_thread")
}

/// The space's address: a runtime belongs to one thread, and no other runtime has it.
fn get_ident(vm: &mut Vm) -> PyResult {
    vm.new_int_from_usize(ident(vm))
}

fn ident(vm: &Vm) -> usize {
    std::ptr::from_ref(vm.space()).addr()
}

fn get_native_id(_: &mut Vm) -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Data of a thread: with one thread, attributes like any others.
#[derive(Debug, Traverse)]
pub struct PyLocal;

impl PyPayload for PyLocal {
    const DEF: &'static TypeDef = &LOCAL;
}

/// `_thread._local`
pub static LOCAL: TypeDef = TypeDef {
    doc: "Attributes that each thread has for itself.",
    class: Some(Class::of::<PyLocal>),
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::DICT)
        .or(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(new_local),
        ..Slots::EMPTY
    },
    ..TypeDef::new("_thread._local")
};

/// Arguments are for an `__init__` of a subclass.
fn new_local(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.is_empty() {
        let init = vm.names().init.clone();
        let owner = ty.lookup_with_owner(vm, &init).map(|(_, owner)| owner);
        if owner.is_none_or(|owner| !owner.is_heap_type()) {
            return Err(vm.type_error("Initialization arguments are not supported"));
        }
    }
    let made: PyRef = vm.new_instance(ty, PyLocal)?.into_any();
    Ok(made)
}
