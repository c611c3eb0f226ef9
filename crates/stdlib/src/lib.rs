//! Native modules of the Python standard library, one file each.
//!
//! [`install`] makes them known to a runtime; each is filled when it is first imported.

#![forbid(unsafe_code)]

pub mod boot_stream;
pub mod gc;
pub mod sys;
pub mod weakref;

use exuvia_vm::Vm;

/// Makes the native modules known to a runtime.
pub fn install(vm: &mut Vm) {
    vm.native_modules.register("_weakref", weakref::init);
    vm.native_modules.register("gc", gc::init);
    vm.native_modules.register("sys", sys::init);
}
