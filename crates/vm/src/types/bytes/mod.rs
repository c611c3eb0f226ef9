//! `bytes`. Start at [`data`]: how a bytes object lies in memory.

pub mod data;

pub use data::PyBytes;

use crate::table::{TypeDef, TypeFlags};

/// `bytes`
pub static BYTES: TypeDef = TypeDef {
    class: Some(data::class),
    flags: TypeFlags::BASETYPE.or(TypeFlags::MATCH_SELF),
    ..TypeDef::new("bytes")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&BYTES];
