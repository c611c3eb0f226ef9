//! The standard library's native modules, and its Python modules packed into the binary.
//!
//! Start with [`install`]. Modules that are quicker said in Python lie in `python/` and are packed with the rest; a
//! native module of the same name adds what only Rust can do and then runs them ([`run_python_part`]).

#![forbid(unsafe_code)]

pub mod abc;
pub mod array;
pub mod ast;
pub mod atexit;
pub mod binascii;
pub mod bisect;
pub mod cmath;
pub mod codecs;
pub mod collections;
pub mod contextvars;
pub mod csv;
pub mod datetime;
pub mod descriptors;
pub mod errno;
pub mod frozen;
pub mod functools;
pub mod gc;
pub mod hashes;
pub mod heapq;
pub mod imp;
pub mod io;
pub mod itertools;
pub mod json;
pub mod marshal;
pub mod math;
pub mod monitoring;
pub mod opcode;
pub mod operator;
pub mod posix;
pub mod queue;
pub mod random;
mod signals;
mod socket;
pub mod sre;
pub mod stat;
pub mod string;
pub mod structs;
pub mod sys;
pub mod thread;
pub mod time;
pub mod timezone;
pub mod tokenize;
pub mod tracemalloc;
pub mod types;
pub mod typing;
pub mod unicodedata;
pub mod weakref;
pub mod zlib;

use exuvia_vm::protocol::call::with_receiver;
use exuvia_vm::table::{Method, TypeDef};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Vm};
use std::rc::Rc;

pub(crate) use exuvia_vm::types::iterators::receiver;

/// Makes the native modules and the packed library known to a runtime.
pub fn install(vm: &mut Vm) {
    let modules = &mut vm.native_modules;
    modules.frozen = Some(Rc::new(frozen::Library));
    modules.register("_abc", abc::init);
    modules.register("_ast", ast::init);
    modules.register("_bisect", bisect::init);
    modules.register("_codecs", codecs::init);
    modules.register("_collections", collections::init);
    modules.register("_contextvars", contextvars::init);
    modules.register("_functools", functools::init);
    modules.register("_heapq", heapq::init);
    modules.register("_blake2", hashes::blake2::init);
    modules.register("_csv", csv::init);
    modules.register("_datetime", datetime::init);
    modules.register("_imp", imp::init);
    modules.register("_io", io::init);
    modules.register("_opcode", opcode::init);
    modules.register("_operator", operator::init);
    modules.register("_queue", queue::init);
    modules.register("_json", json::init);
    modules.register("_md5", hashes::init_md5);
    modules.register("_random", random::init);
    modules.register("_sha1", hashes::init_sha1);
    modules.register("_sha2", hashes::init_sha2);
    modules.register("_sha3", hashes::sha3::init);
    modules.register("_signal", signals::init);
    modules.register("_socket", socket::init);
    modules.register("_sre", sre::init);
    modules.register("_stat", stat::init);
    modules.register("_string", string::init);
    modules.register("_struct", structs::init);
    modules.register("_thread", thread::init);
    modules.register("_tokenize", tokenize::init);
    modules.register("_types", types::init);
    modules.register("_typing", typing::init);
    modules.register("_warnings", |vm, module| {
        // It is made before anything can be imported, and needs this.
        if vm.loaded_module("_contextvars")?.is_none() {
            vm.native_module("_contextvars")?;
        }
        run_python_part(vm, module, "_warnings")
    });
    modules.register("_tracemalloc", tracemalloc::init);
    modules.register("_weakref", weakref::init);
    modules.register("array", array::init);
    modules.register("atexit", atexit::init);
    modules.register("binascii", binascii::init);
    modules.register("cmath", cmath::init);
    modules.register("errno", errno::init);
    modules.register("gc", gc::init);
    modules.register("itertools", itertools::init);
    modules.register("marshal", marshal::init);
    modules.register("math", math::init);
    modules.register("posix", posix::init);
    modules.register("sys", sys::init);
    modules.register("time", time::init);
    modules.register("unicodedata", unicodedata::init);
    modules.register("zlib", zlib::init);
}

/// Runs the packed code of this name in a module's namespace.
///
/// # Errors
/// What the code raises.
pub fn run_python_part(vm: &mut Vm, module: &Ref<PyModule>, name: &str) -> PyResult<()> {
    let code = exuvia_vm::import::frozen::code(vm, name)?;
    let builtins = vm.builtins().into_any();
    vm.add_attribute(module, "__builtins__", builtins)?;
    exuvia_vm::eval::call::run_code(vm, &code, module.dict(), None, None)?;
    Ok(())
}

/// Makes types and adds them to a module under these names.
pub(crate) fn add_types(
    vm: &mut Vm,
    module: &Ref<PyModule>,
    types: &[(&str, &'static TypeDef)],
) -> PyResult<()> {
    for (name, def) in types {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    Ok(())
}

/// Calls a row that stands behind a slot (`__init__`, `__call__`): the receiver, then the arguments by its signature.
pub(crate) fn call_row(
    vm: &mut Vm,
    row: &'static Method,
    this: &PyRef,
    args: Args<'_>,
) -> PyResult {
    let Args { values, names } = args;
    with_receiver(this, values, |values| {
        (row.call)(vm, Args { values, names }, row)
    })
}

/// Calls a row that stands behind the slot `new`: the class, then the arguments by its signature.
pub(crate) fn call_new_row(
    vm: &mut Vm,
    row: &'static Method,
    class: &Ref<PyType>,
    args: Args<'_>,
) -> PyResult {
    call_row(vm, row, class.as_any(), args)
}
