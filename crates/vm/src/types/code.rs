//! `code`: compiled code, and from a compiler's output to it.
//!
//! A code object keeps CPython's byte strings; instructions for the evaluation loop are made from them when it first
//! runs, and inline caches when it runs again, so that code that is never called costs little.

#![allow(unsafe_code, reason = "inline caches are changed while the code runs")]

use crate::code::{CodeSource, Handler, Instr, Locations, Op, translate};
use crate::object::PyPayload;
use crate::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use crate::types::bytes::PyBytes;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::{HeapVec, PyRef, PyResult, Ref, Vm};
use exuvia_object::{Class, Traverse};
use rustpython_compiler_core::bytecode::{CodeObject, ConstantData};
use std::cell::{Cell, OnceCell, UnsafeCell};

/// `co_flags` bits (`Include/cpython/code.h`).
pub mod flags {
    #![allow(missing_docs, reason = "named as in inspect")]
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const HAS_DOCSTRING: u32 = 0x400_0000;
}

/// What an inline cache remembers; what the fields mean depends on the instruction and `kind`.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Cache {
    /// An address or version that must match.
    pub key: usize,
    /// An address, not counted, that stays valid as long as the key and the version match.
    pub value: usize,
    /// A type version that must match.
    pub version: u32,
    /// An index: of an inline value, a slot, a dict entry.
    pub index: u16,
    /// What is remembered; 0: nothing.
    pub kind: u8,
    /// How often remembering failed.
    pub misses: u8,
}

/// Code made ready to run.
#[derive(Debug)]
pub struct Prepared {
    /// The instructions, verified.
    pub instrs: HeapVec<Instr>,
    /// The exception table.
    pub handlers: HeapVec<Handler>,
    /// One entry per instruction with a cache.
    caches: UnsafeCell<HeapVec<Cache>>,
    /// The greatest depth of the stack.
    pub stack_size: u32,
    /// Whether a frame needs a namespace of names.
    pub uses_namespace: bool,
}

impl Prepared {
    /// The inline cache with this index.
    ///
    /// # Safety
    /// `index` must be below the number of caches.
    #[inline]
    #[allow(
        clippy::mut_from_ref,
        reason = "caches are plain data, touched by one instruction at a time"
    )]
    pub unsafe fn cache(&self, index: u16) -> *mut Cache {
        // SAFETY: the caller says that the entry exists; no reference to the vector outlives this.
        unsafe { (*self.caches.get()).as_mut_ptr().add(usize::from(index)) }
    }
}

/// A code object.
#[derive(Traverse)]
pub struct PyCode {
    pub(crate) code: Ref<PyBytes>,
    pub(crate) consts: Ref<PyTuple>,
    pub(crate) names: Ref<PyTuple>,
    /// Names of all fast locals: variables, cells that are not variables, free variables.
    pub(crate) local_names: Ref<PyTuple>,
    pub(crate) local_kinds: Ref<PyBytes>,
    pub(crate) filename: Ref<PyStr>,
    pub(crate) name: Ref<PyStr>,
    pub(crate) qualname: Ref<PyStr>,
    pub(crate) line_table: Ref<PyBytes>,
    pub(crate) exception_table: Ref<PyBytes>,
    pub(crate) arg_count: u32,
    pub(crate) posonly_count: u32,
    pub(crate) kwonly_count: u32,
    /// The number of variables among the fast locals.
    pub(crate) variable_count: u32,
    pub(crate) free_count: u32,
    pub(crate) stack_size: u32,
    pub(crate) flags: u32,
    pub(crate) first_line: u32,
    pub(crate) runs: Cell<u32>,
    #[traverse(skip)]
    prepared: OnceCell<Prepared>,
}

impl std::fmt::Debug for PyCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PyCode")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PyPayload for PyCode {
    const DEF: &'static TypeDef = &CODE;
}

impl PyCode {
    /// Whether a call needs nothing but its positional arguments put in place.
    #[inline]
    pub(crate) fn is_simple(&self) -> bool {
        self.kwonly_count == 0 && self.flags & (flags::VARARGS | flags::VARKEYWORDS) == 0
    }

    /// Whether a call makes a generator, coroutine or asynchronous generator.
    #[inline]
    pub(crate) fn is_generator_like(&self) -> bool {
        self.flags & (flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR) != 0
    }

    /// The number of fast locals.
    #[inline]
    pub(crate) fn local_count(&self) -> usize {
        self.local_names.len()
    }

    /// A name by its index.
    #[inline]
    pub(crate) fn name_at(&self, index: usize) -> &Ref<PyStr> {
        debug_assert!(self.names[index].is_a::<PyStr>());
        // SAFETY: `Source::finish` puts only strings into the tuple of names.
        unsafe { self.names[index].downcast_ref_unchecked() }
    }

    /// The name of a fast local.
    pub(crate) fn local_name(&self, index: usize) -> &Ref<PyStr> {
        // SAFETY: as above.
        unsafe { self.local_names[index].downcast_ref_unchecked() }
    }

    /// The `CO_FAST_*` bits of a fast local: 0x20 variable, 0x40 cell, 0x80 free, 0x10 hidden.
    pub(crate) fn local_kind(&self, index: usize) -> u8 {
        self.local_kinds.as_slice().get(index).copied().unwrap_or(0)
    }

    /// The instructions, made now if need be.
    ///
    /// # Errors
    /// `OutOfMemory`; `SystemError` if the byte strings are not code that is safe to run.
    #[inline]
    pub(crate) fn prepared(&self, vm: &Vm) -> PyResult<&Prepared> {
        match self.prepared.get() {
            Some(prepared) => Ok(prepared),
            None => self.prepare(vm),
        }
    }

    #[cold]
    fn prepare(&self, vm: &Vm) -> PyResult<&Prepared> {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let source = CodeSource {
            code: self.code.as_slice(),
            exception_table: self.exception_table.as_slice(),
            const_count: narrow(self.consts.len()),
            name_count: narrow(self.names.len()),
            local_count: narrow(self.local_count()),
            free_count: self.free_count,
            stack_size: self.stack_size,
            is_generator: self.is_generator_like(),
        };
        let made = translate(&source).map_err(|error| {
            vm.system_error(format!(
                "code object {} is malformed: {error}",
                self.name.to_text()
            ))
        })?;
        let heap = vm.heap();
        let mut caches = HeapVec::new();
        caches.reserve_exact(heap, usize::from(made.cache_count))?;
        for _ in 0..made.cache_count {
            caches.push(heap, Cache::default())?;
        }
        let prepared = Prepared {
            instrs: copied(vm, &made.instrs)?,
            handlers: copied(vm, &made.handlers)?,
            caches: UnsafeCell::new(caches),
            stack_size: made.stack_size,
            uses_namespace: made.uses_namespace,
        };
        Ok(self.prepared.get_or_init(|| prepared))
    }

    /// The handler that covers an instruction.
    pub(crate) fn handler(&self, index: u32) -> Option<Handler> {
        let handlers = &self.prepared.get()?.handlers;
        let after = handlers.partition_point(|handler| handler.start <= index);
        handlers[..after]
            .last()
            .filter(|handler| index < handler.end)
            .copied()
    }

    /// Whether code of the program would run if an exception were raised at an instruction of a generator: whether a
    /// handler other than the one around the whole body (PEP 479) covers it.
    pub(crate) fn has_cleanup(&self, index: u32) -> bool {
        let (Some(handler), Some(prepared)) = (self.handler(index), self.prepared.get()) else {
            return false;
        };
        let first = prepared.instrs[handler.target as usize];
        !(first.op == Op::CallIntrinsic1 && first.arg == 3)
    }

    /// Whether an instruction is the `YIELD_VALUE` of a `yield from` or an `await`.
    pub(crate) fn is_delegating_yield(&self, index: u32) -> bool {
        let instr = self
            .prepared
            .get()
            .and_then(|prepared| prepared.instrs.get(index as usize));
        instr.is_some_and(|instr| instr.op == Op::YieldValue && instr.arg == 1)
    }

    /// The source location of an instruction.
    pub(crate) fn location(&self, index: u32) -> Option<crate::code::Location> {
        let unit = crate::code::unit_of_index(self.code.as_slice(), index)?;
        self.locations().of_unit(unit)
    }

    pub(crate) fn locations(&self) -> Locations<'_> {
        Locations::new(self.line_table.as_slice(), self.first_line)
    }

    /// The line of an instruction; the first line of the code if it has none.
    pub(crate) fn line(&self, index: u32) -> u32 {
        self.location(index)
            .and_then(|location| location.line)
            .unwrap_or(self.first_line)
    }

    /// Bytes of the instructions, handlers and caches.
    pub(crate) fn buffer_bytes(&self) -> usize {
        self.prepared.get().map_or(0, |prepared| {
            // SAFETY: read for a moment, nothing changes the vector itself.
            let caches = unsafe { &*prepared.caches.get() };
            prepared.instrs.buffer_bytes()
                + prepared.handlers.buffer_bytes()
                + caches.buffer_bytes()
        })
    }
}

fn copied<T: Copy>(vm: &Vm, items: &[T]) -> PyResult<HeapVec<T>> {
    let mut copy = HeapVec::new();
    copy.reserve_exact(vm.heap(), items.len())?;
    for item in items {
        copy.push(vm.heap(), *item)?;
    }
    Ok(copy)
}

/// Makes a code object, and those nested in it, of what a compiler or the packed library gives.
///
/// # Errors
/// `OutOfMemory`.
pub fn from_compiled(vm: &mut Vm, code: &CodeObject<ConstantData>) -> PyResult<Ref<PyCode>> {
    let filename = vm.intern(&code.source_path)?;
    convert(vm, code, &filename)
}

fn convert(
    vm: &mut Vm,
    code: &CodeObject<ConstantData>,
    filename: &Ref<PyStr>,
) -> PyResult<Ref<PyCode>> {
    let consts = code
        .constants
        .iter()
        .map(|c| constant(vm, c, filename))
        .collect::<PyResult<Vec<_>>>()?;
    let names = interned(vm, code.names.iter())?;
    let cells = code
        .cellvars
        .iter()
        .filter(|cell| !code.varnames.contains(cell));
    let local_names = interned(
        vm,
        code.varnames
            .iter()
            .chain(cells)
            .chain(code.freevars.iter()),
    )?;
    let payload = PyCode {
        code: vm.new_bytes(&code.instructions.original_bytes())?,
        consts: vm.new_tuple(&consts)?,
        names: vm.new_tuple(&names)?,
        local_names: vm.new_tuple(&local_names)?,
        local_kinds: vm.new_bytes(&code.localspluskinds)?,
        filename: filename.clone(),
        name: vm.intern(&code.obj_name)?,
        qualname: vm.intern(&code.qualname)?,
        line_table: vm.new_bytes(&code.linetable)?,
        exception_table: vm.new_bytes(&code.exceptiontable)?,
        arg_count: code.arg_count,
        posonly_count: code.posonlyarg_count,
        kwonly_count: code.kwonlyarg_count,
        variable_count: u32::try_from(code.varnames.len()).unwrap_or(u32::MAX),
        free_count: u32::try_from(code.freevars.len()).unwrap_or(u32::MAX),
        stack_size: code.max_stackdepth,
        flags: loaded_flags(code.flags.bits()),
        first_line: code
            .first_line_number
            .map_or(1, |line| u32::try_from(line.get()).unwrap_or(u32::MAX)),
        runs: Cell::new(0),
        prepared: OnceCell::new(),
    };
    vm.new_object(payload)
}

/// The compiler has no flag for asynchronous generators: it sets those of generator and coroutine together. Modules
/// carry a flag that CPython's do not.
fn loaded_flags(flags: u32) -> u32 {
    let both = flags::GENERATOR | flags::COROUTINE;
    let flags = if flags & both == both {
        flags & !both | flags::ASYNC_GENERATOR
    } else {
        flags
    };
    if flags & flags::OPTIMIZED == 0 {
        flags & !flags::NEWLOCALS
    } else {
        flags
    }
}

fn interned<'a>(vm: &mut Vm, names: impl Iterator<Item = &'a String>) -> PyResult<Vec<PyRef>> {
    names.map(|name| Ok(vm.intern(name)?.into_any())).collect()
}

fn constant(vm: &mut Vm, value: &ConstantData, filename: &Ref<PyStr>) -> PyResult {
    let tuple = |vm: &mut Vm, elements: &[ConstantData]| -> PyResult<Vec<PyRef>> {
        elements
            .iter()
            .map(|element| constant(vm, element, filename))
            .collect()
    };
    match value {
        ConstantData::None => Ok(vm.none()),
        ConstantData::Ellipsis => Ok(vm.ellipsis()),
        ConstantData::Boolean { value } => Ok(vm.new_bool(*value)),
        ConstantData::Integer { value } => vm.new_bigint(value.clone()),
        ConstantData::Float { value } => vm.new_float(*value),
        ConstantData::Complex { value } => vm.new_complex(value.re, value.im),
        ConstantData::Bytes { value } => Ok(vm.new_bytes(value)?.into_any()),
        ConstantData::Str { value } => {
            let text = vm.new_str_from_wtf8(value)?;
            // Constants that look like names are interned, as in CPython (`all_name_chars`).
            let is_name = text
                .as_str()
                .is_some_and(|t| t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
            Ok(if is_name {
                vm.intern_ref(text)?.into_any()
            } else {
                text.into_any()
            })
        }
        ConstantData::Tuple { elements } => {
            let items = tuple(vm, elements)?;
            Ok(vm.new_tuple(&items)?.into_any())
        }
        ConstantData::Frozenset { elements } => {
            let items = tuple(vm, elements)?;
            Ok(vm.new_frozenset(&items)?.into_any())
        }
        ConstantData::Slice { elements } => {
            let items = tuple(vm, &elements[..])?;
            Ok(vm
                .new_slice(items[0].clone(), items[1].clone(), items[2].clone())?
                .into_any())
        }
        ConstantData::Code { code } => Ok(convert(vm, code, filename)?.into_any()),
    }
}

/// `code`
pub static CODE: TypeDef = TypeDef {
    doc: "Compiled code of a module, class body, function or comprehension.",
    class: Some(Class::of::<PyCode>),
    flags: TypeFlags::WEAKREF.or(TypeFlags::NO_NEW),
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        owned_bytes: Some(|_, this| code(this).buffer_bytes()),
        ..Slots::EMPTY
    },
    getset: GETSET,
    methods: METHODS,
    ..TypeDef::new("code")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&CODE];

fn code(this: &PyRef) -> &Ref<PyCode> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let code = code(this);
    let text = format!(
        "<code object {} at {:#x}, file \"{}\", line {}>",
        code.name.to_text(),
        this.address(),
        code.filename.to_text(),
        code.first_line
    );
    Ok(vm.new_str(&text)?.into_any())
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let code = code(this).clone();
    let parts = [
        code.name.as_any(),
        code.code.as_any(),
        code.names.as_any(),
        code.local_names.as_any(),
    ];
    let mut hash = i64::from(code.first_line);
    for part in parts {
        hash = hash.wrapping_mul(1_000_003) ^ vm.hash(part)?;
    }
    Ok(hash)
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (
        this.downcast_ref::<PyCode>(),
        other.downcast_ref::<PyCode>(),
    ) else {
        return Ok(vm.not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.not_implemented());
    }
    let (a, b) = (a.clone(), b.clone());
    let numbers = |c: &PyCode| {
        (
            c.arg_count,
            c.posonly_count,
            c.kwonly_count,
            c.flags,
            c.first_line,
        )
    };
    let mut equal = numbers(&a) == numbers(&b);
    let pairs = [
        (a.name.as_any(), b.name.as_any()),
        (a.code.as_any(), b.code.as_any()),
        (a.consts.as_any(), b.consts.as_any()),
        (a.names.as_any(), b.names.as_any()),
        (a.local_names.as_any(), b.local_names.as_any()),
        (a.line_table.as_any(), b.line_table.as_any()),
        (a.exception_table.as_any(), b.exception_table.as_any()),
    ];
    for (left, right) in pairs {
        equal = equal && vm.equal(left, right)?;
    }
    Ok(vm.new_bool(equal == (op == CompareOp::Eq)))
}

macro_rules! getters {
    ($($name:literal, $doc:literal, |$vm:ident, $code:ident| $value:expr;)+) => {
        &[$(GetSet {
            name: $name,
            doc: $doc,
            get: |$vm, this| { let $code = code(this); $value },
            set: None,
        }),+]
    };
}

static GETSET: &[GetSet] = getters! {
    "co_name", "The name with which the code was defined.", |_vm, c| Ok(c.name.clone().into_any());
    "co_qualname", "The name with the classes and functions around it.", |_vm, c| Ok(c.qualname.clone().into_any());
    "co_filename", "The file that the code comes from.", |_vm, c| Ok(c.filename.clone().into_any());
    "co_firstlineno", "The first line of the code in its file.", |vm, c| vm.new_int(c.first_line.into());
    "co_argcount", "The number of positional parameters.", |vm, c| vm.new_int(c.arg_count.into());
    "co_posonlyargcount", "How many of them are positional only.", |vm, c| vm.new_int(c.posonly_count.into());
    "co_kwonlyargcount", "The number of keyword-only parameters.", |vm, c| vm.new_int(c.kwonly_count.into());
    "co_nlocals", "The number of local variables.", |vm, c| vm.new_int(c.variable_count.into());
    "co_stacksize", "The greatest depth of the evaluation stack.", |vm, c| vm.new_int(c.stack_size.into());
    "co_flags", "Bits that say what kind of code this is.", |vm, c| vm.new_int(c.flags.into());
    "co_code", "The bytecode.", |_vm, c| Ok(c.code.clone().into_any());
    "_co_code_adaptive", "The bytecode.", |_vm, c| Ok(c.code.clone().into_any());
    "co_consts", "The constants that the bytecode uses.", |_vm, c| Ok(c.consts.clone().into_any());
    "co_names", "The names that the bytecode uses.", |_vm, c| Ok(c.names.clone().into_any());
    "co_linetable", "The table of source locations, packed.", |_vm, c| Ok(c.line_table.clone().into_any());
    "co_exceptiontable", "The table of exception handlers, packed.", |_vm, c| Ok(c.exception_table.clone().into_any());
    "co_varnames", "The names of the local variables, parameters first.", |vm, c| named(vm, c, 0x20);
    "co_cellvars", "The names of local variables that inner functions use.", |vm, c| named(vm, c, 0x40);
    "co_freevars", "The names of variables of outer functions.", |vm, c| named(vm, c, 0x80);
};

fn named(vm: &mut Vm, code: &Ref<PyCode>, kind: u8) -> PyResult {
    let named = (0..code.local_count()).filter(|&index| code.local_kind(index) & kind != 0);
    let names: Vec<PyRef> = named
        .map(|index| code.local_name(index).clone().into_any())
        .collect();
    Ok(vm.new_tuple(&names)?.into_any())
}

static METHODS: &[crate::table::Method] = &[
    crate::method!(
        "co_positions",
        "($self, /)",
        co_positions,
        "An iterator over the source position of each code unit."
    ),
    crate::method!(
        "co_lines",
        "($self, /)",
        co_lines,
        "An iterator over ranges of code units and their lines."
    ),
    crate::method!(
        "replace",
        "($self, /, **changes)",
        replace,
        "A copy with some attributes changed."
    ),
    crate::method!(
        "_varname_from_oparg",
        "($self, /, oparg)",
        varname_from_oparg,
        "The name of a fast local."
    ),
];

fn optional_int(vm: &mut Vm, value: Option<u32>) -> PyResult {
    value.map_or_else(|| Ok(vm.none()), |value| vm.new_int(value.into()))
}

fn co_positions(vm: &mut Vm, this: Ref<PyCode>) -> PyResult {
    let mut positions = Vec::new();
    for location in this.locations().positions() {
        let mut parts = Vec::with_capacity(4);
        for part in location.parts() {
            parts.push(optional_int(vm, part)?);
        }
        positions.push(vm.new_tuple(&parts)?.into_any());
    }
    let list = vm.new_list(positions)?;
    vm.iter(list.as_any())
}

fn co_lines(vm: &mut Vm, this: Ref<PyCode>) -> PyResult {
    let mut lines = Vec::new();
    for range in this.locations().lines() {
        let parts = [
            vm.new_int(i64::from(range.start) * 2)?,
            vm.new_int(i64::from(range.end) * 2)?,
            optional_int(vm, range.line)?,
        ];
        lines.push(vm.new_tuple(&parts)?.into_any());
    }
    let list = vm.new_list(lines)?;
    vm.iter(list.as_any())
}

fn varname_from_oparg(vm: &mut Vm, this: Ref<PyCode>, oparg: usize) -> PyResult {
    if oparg >= this.local_count() {
        return Err(vm.index_error("tuple index out of range"));
    }
    Ok(this.local_name(oparg).clone().into_any())
}

fn replace(vm: &mut Vm, this: Ref<PyCode>, changes: crate::KwArgs) -> PyResult {
    let mut new = PyCode {
        code: this.code.clone(),
        consts: this.consts.clone(),
        names: this.names.clone(),
        local_names: this.local_names.clone(),
        local_kinds: this.local_kinds.clone(),
        filename: this.filename.clone(),
        name: this.name.clone(),
        qualname: this.qualname.clone(),
        line_table: this.line_table.clone(),
        exception_table: this.exception_table.clone(),
        arg_count: this.arg_count,
        posonly_count: this.posonly_count,
        kwonly_count: this.kwonly_count,
        variable_count: this.variable_count,
        free_count: this.free_count,
        stack_size: this.stack_size,
        flags: this.flags,
        first_line: this.first_line,
        runs: Cell::new(0),
        prepared: OnceCell::new(),
    };
    for (name, value) in changes {
        replace_one(vm, &mut new, &name.to_text(), &value)?;
    }
    Ok(vm.new_object(new)?.into_any())
}

fn replace_one(vm: &mut Vm, new: &mut PyCode, name: &str, value: &PyRef) -> PyResult<()> {
    match name {
        "co_name" => new.name = typed(vm, name, value)?,
        "co_qualname" => new.qualname = typed(vm, name, value)?,
        "co_filename" => new.filename = typed(vm, name, value)?,
        "co_consts" => new.consts = typed(vm, name, value)?,
        "co_code" => new.code = typed(vm, name, value)?,
        "co_linetable" => new.line_table = typed(vm, name, value)?,
        "co_exceptiontable" => new.exception_table = typed(vm, name, value)?,
        "co_firstlineno" => new.first_line = number(vm, value)?,
        "co_stacksize" => new.stack_size = number(vm, value)?,
        "co_flags" => new.flags = number(vm, value)?,
        "co_names" => {
            let names: Ref<PyTuple> = typed(vm, name, value)?;
            if !names.iter().all(|name| name.is_a::<PyStr>()) {
                return Err(vm.type_error("name tuples must contain only strings"));
            }
            new.names = names;
        }
        "co_argcount" | "co_posonlyargcount" | "co_kwonlyargcount" | "co_nlocals"
        | "co_varnames" | "co_cellvars" | "co_freevars" => {
            return Err(vm.not_implemented_error(format!(
                "replacing {name} of a code object is not supported"
            )));
        }
        _ => {
            return Err(vm.type_error(format!(
                "replace() got an unexpected keyword argument '{name}'"
            )));
        }
    }
    Ok(())
}

fn typed<T: PyPayload>(vm: &mut Vm, name: &str, value: &PyRef) -> PyResult<Ref<T>> {
    value.clone().downcast::<T>().map_err(|value| {
        let found = vm.type_name(&value);
        vm.type_error(format!(
            "replace() argument '{name}' must be {}, not {found}",
            T::DEF.name
        ))
    })
}

fn number(vm: &mut Vm, value: &PyRef) -> PyResult<u32> {
    let number = vm.index_i64(value)?;
    u32::try_from(number).map_err(|_| vm.value_error("code: argument out of range"))
}
