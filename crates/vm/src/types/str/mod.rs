//! `str`. Start at [`data`]: how a string lies in memory; `intern` keeps one string per name.

pub mod args;
pub mod builder;
pub mod case;
pub mod data;
pub mod format;
pub mod intern;
pub mod iter;
pub mod methods;
pub mod parts;
pub mod percent;
pub mod repr;
pub mod search;
pub mod slots;
pub mod unicode;
mod unicode_data;

pub use builder::StrBuilder;
pub use data::{PyStr, StrKind, Units, concat_in_place};

use crate::table::{TypeDef, TypeFlags};

/// `str`
pub static STR: TypeDef = TypeDef {
    doc: "Text: an immutable sequence of Unicode code points.",
    class: Some(data::class),
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::MATCH_SELF)
        .or(TypeFlags::HOST_BYTE),
    slots: slots::SLOTS,
    methods: methods::METHODS,
    ..TypeDef::new("str")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&STR, &iter::STR_ITERATOR, &iter::STR_ASCII_ITERATOR];
