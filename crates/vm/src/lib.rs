//! A Python 3.14 virtual machine on the Exuvia heap: code objects, evaluation loop, built-in types, import.
//!
//! Reading order: [`Vm`] (the token without which nothing runs, D4), [`table`] (how a built-in type is
//! declared, D13), [`object`] (how objects lie in memory, D10 and D14), [`protocol`] (what can be done with any
//! object: call, compare, iterate …), [`types`] (one file or folder per built-in type), [`eval`] (the
//! evaluation loop), [`import`].
//!
//! Invariant: only code that holds `&mut Vm` runs Python. Dropping a handle never does (D5).

#![warn(elided_lifetimes_in_paths)]
#![allow(
    clippy::useless_conversion,
    reason = "units of text are converted in code that is written once for bytes, u16 and u32"
)]
#![allow(
    clippy::redundant_allocation,
    reason = "a space is boxed because its heap names its address, and shared so that it outlives a borrow of the Vm"
)]
#![allow(
    clippy::only_used_in_recursion,
    reason = "functions take the Vm where their siblings need it"
)]

pub mod args;
mod boot;
pub mod builtins;
pub mod code;
pub mod codecs;
pub mod error;
pub mod eval;
pub mod import;
pub mod memory;
pub mod names;
pub mod object;
pub mod protocol;
pub mod shutdown;
pub mod table;
pub mod types;
mod vm;
pub mod warnings;

pub use args::{Args, KwArgs};
pub use error::{PyErr, PyResult};
pub use exuvia_object::{
    AnyRef as PyRef, Heap, HeapDeque, HeapVec, Kind, OutOfMemory, Ref, Slot, Space, Tail, Traverse,
};
pub use object::PyPayload;
pub use vm::{Flags, Settings, Vm};

/// The changeable inside of a Python object, opened by the [`Vm`] (D4).
pub type VmCell<T> = exuvia_object::TokenCell<T>;
