//! `memoryview`, and the buffer protocol that it shows ([`buffer`]).

pub mod buffer;

pub use buffer::{Access, Buffer, BytesLike, Exports};

use crate::table::TypeDef;

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&buffer::MANAGED_BUFFER];
