//! `dict`: the compact, ordered hash table, and what Python sees of it.
//!
//! [`block`] is the memory, [`table`] the algorithm (shared with sets), [`data`](PyDict) the object and what
//! native code does with it; `methods.rs`, `views.rs` and `iter.rs` are what Python sees.

pub mod block;
mod data;
pub mod table;

pub use data::{DictTable, PyDict};
pub(crate) use data::{equal_natively, exact_str, find_str, hash_of_key, locate, unhashable};
