//! `str`. Start at [`data`]: how a string lies in memory; `intern` keeps one string per name.

pub mod builder;
pub mod data;
pub mod intern;
pub mod search;

pub use builder::StrBuilder;
pub use data::{PyStr, StrKind, Units, concat_in_place};

use crate::table::{TypeDef, TypeFlags};

/// `str`
pub static STR: TypeDef = TypeDef {
    class: Some(data::class),
    flags: TypeFlags::BASETYPE.or(TypeFlags::MATCH_SELF).or(TypeFlags::HOST_BYTE),
    ..TypeDef::new("str")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&STR];
