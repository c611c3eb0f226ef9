//! The built-in types: a folder or file each.

pub mod asyncgen;
pub mod bool_;
pub mod builtin_function;
pub mod bytearray;
pub mod bytes;
pub mod cell;
pub mod classmethod;
pub mod code;
pub mod complex;
pub mod coroutine;
pub mod descriptor;
pub mod dict;
pub mod enumerate;
pub mod exception;
pub mod float;
pub mod format_spec;
pub mod frame;
pub mod frame_locals;
pub mod function;
pub mod generator;
pub mod generic_alias;
pub mod int;
pub mod iterators;
pub mod list;
pub mod mapping_proxy;
pub mod memoryview;
pub mod method;
pub mod module;
pub mod namespace;
pub mod none;
pub mod numeric;
pub mod object_;
pub mod property;
pub mod range;
pub mod sequence;
pub mod set;
pub mod slice;
pub mod str;
pub mod super_;
pub mod template;
pub mod traceback;
pub mod tuple;
pub mod type_;
pub mod typevar;
pub mod union;
pub mod weakref;

use crate::table::TypeDef;

/// The declarations of every type that exists in each runtime from its start, bases before what derives from them.
pub static ALL: &[&[&TypeDef]] = &[
    object_::DEFS,
    type_::DEFS,
    none::DEFS,
    int::DEFS,
    bool_::DEFS,
    float::DEFS,
    complex::DEFS,
    str::DEFS,
    bytes::DEFS,
    bytearray::DEFS,
    memoryview::DEFS,
    list::DEFS,
    tuple::DEFS,
    dict::DEFS,
    set::DEFS,
    mapping_proxy::DEFS,
    namespace::DEFS,
    range::DEFS,
    slice::DEFS,
    iterators::DEFS,
    enumerate::DEFS,
    builtin_function::DEFS,
    descriptor::DEFS,
    method::DEFS,
    classmethod::DEFS,
    property::DEFS,
    super_::DEFS,
    union::DEFS,
    generic_alias::DEFS,
    weakref::DEFS,
    template::DEFS,
    typevar::DEFS,
    cell::DEFS,
    code::DEFS,
    function::DEFS,
    frame::DEFS,
    frame_locals::DEFS,
    generator::DEFS,
    coroutine::DEFS,
    asyncgen::DEFS,
    module::DEFS,
    exception::DEFS,
    traceback::DEFS,
];
