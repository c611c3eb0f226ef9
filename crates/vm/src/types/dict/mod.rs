//! `dict`: the compact, ordered hash table, and what Python sees of it.
//!
//! `block.rs` is the memory, [`table`] the algorithm (shared with sets), `data.rs` the object ([`PyDict`]) and
//! what native code does with it, `update.rs` what `dict.update` takes over; `methods.rs`, `views.rs` and
//! `iter.rs` are what Python sees.

mod block;
mod data;
mod iter;
mod methods;
pub mod table;
#[cfg(test)]
mod table_tests;
mod update;
mod views;

pub use data::{DictTable, Front, PyDict};
pub use iter::{
    DICT_ITEM_ITERATOR, DICT_KEY_ITERATOR, DICT_REVERSE_ITEM_ITERATOR, DICT_REVERSE_KEY_ITERATOR,
    DICT_REVERSE_VALUE_ITERATOR, DICT_VALUE_ITERATOR, PyDictIter, View, iterate,
};
pub use views::{DICT_ITEMS, DICT_KEYS, DICT_VALUES, PyDictView, view};

pub(crate) use block::LOG2_MIN;
pub(crate) use data::{find_str, hash_of_key, locate, unhashable, unhashable_key};

use crate::table::{TypeDef, TypeFlags};
use exuvia_object::Class;

/// `dict`
pub static DICT: TypeDef = TypeDef {
    class: Some(Class::of::<PyDict>),
    doc: "dict() -> an empty dict\ndict(mapping) -> a dict with the items of a mapping\ndict(iterable) -> a dict \
          of the pairs that an iterable yields\n\nKeyword arguments are added under their names. Keys keep the \
          order in which they came.",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::MAPPING)
        .or(TypeFlags::MATCH_SELF),
    slots: methods::SLOTS,
    methods: methods::METHODS,
    ..TypeDef::new("dict")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[
    &DICT,
    &DICT_KEYS,
    &DICT_VALUES,
    &DICT_ITEMS,
    &DICT_KEY_ITERATOR,
    &DICT_VALUE_ITERATOR,
    &DICT_ITEM_ITERATOR,
    &DICT_REVERSE_KEY_ITERATOR,
    &DICT_REVERSE_VALUE_ITERATOR,
    &DICT_REVERSE_ITEM_ITERATOR,
];
