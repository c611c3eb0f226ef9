//! How built-in types and native functions are declared: static tables (D13).
//!
//! [`TypeDef`] is one type, [`Slots`] what it can do, [`Method`] and [`GetSet`] its attributes. [`method!`]
//! turns a plain typed Rust function into a row; [`handler`] adapts it. [`slot_defs`] maps slots to dunders,
//! once.

pub mod handler;
pub mod signature;
pub(crate) mod slot_defs;
mod slot_generic;
pub(crate) mod slot_wrap;
mod slots;

pub use handler::{ArgInfo, Bound, FromArg, Handler, IntoPy, Rest};
pub use signature::Shape;
pub use slots::*;

use crate::{Args, PyRef, PyResult, Vm};
use exuvia_object::Class;
use std::sync::atomic::{AtomicU32, Ordering};

/// A built-in type, declared once for all runtimes; each runtime makes its own type object from it (D1).
pub struct TypeDef {
    /// Which declaration this is; [`TypeDef::new`] fills it in.
    pub id: TypeIndex,
    /// The type's name, with the module in front if that is not `builtins` (`collections.deque`).
    pub name: &'static str,
    /// The base type; `None` means `object`.
    pub base: Option<&'static TypeDef>,
    /// The docstring, in our own words.
    pub doc: &'static str,
    /// How its objects lie in memory; `None`: like those of the base.
    pub class: Option<fn() -> Class>,
    /// Properties of the type.
    pub flags: TypeFlags,
    /// Names of references that its objects hold beyond the base's payload, in slots as `__slots__` makes them.
    ///
    /// For types that extend another type's payload; read with [`layout::member`](crate::object::layout::member).
    pub members: &'static [&'static str],
    /// What its objects can do.
    pub slots: Slots,
    /// Its methods.
    pub methods: &'static [Method],
    /// Its computed attributes.
    pub getset: &'static [GetSet],
}

/// Properties of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeFlags(pub u32);

impl TypeFlags {
    /// Nothing special.
    pub const NONE: Self = Self(0);
    /// Python classes may derive from it.
    pub const BASETYPE: Self = Self(1);
    /// Its objects can be weakly referenced.
    pub const WEAKREF: Self = Self(1 << 1);
    /// Its objects have a `__dict__`.
    pub const DICT: Self = Self(1 << 2);
    /// Made by a `class` statement or a call of `type`: instances count a reference to it.
    pub const HEAP: Self = Self(1 << 3);
    /// Its attributes cannot be changed.
    pub const IMMUTABLE: Self = Self(1 << 4);
    /// It cannot be called to make an instance.
    pub const NO_NEW: Self = Self(1 << 5);
    /// Matches sequence patterns (PEP 634).
    pub const SEQUENCE: Self = Self(1 << 6);
    /// Matches mapping patterns (PEP 634).
    pub const MAPPING: Self = Self(1 << 7);
    /// A class pattern with one positional argument matches the subject itself (PEP 634).
    pub const MATCH_SELF: Self = Self(1 << 8);
    /// Its payload uses the header's host byte, so instances of subclasses keep no values inline.
    pub const HOST_BYTE: Self = Self(1 << 9);
    /// Has abstract methods (`__abstractmethods__` is not empty).
    pub const ABSTRACT: Self = Self(1 << 10);
    /// Functions of this type bind as methods: `LOAD_ATTR` may push function and self (PEP 590).
    pub const METHOD_DESCRIPTOR: Self = Self(1 << 11);
    /// Instances have slots or layout of their own beyond the base's payload.
    pub const NO_INSTANTIATION: Self = Self(1 << 12);

    /// Both sets together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all flags of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl TypeDef {
    /// An empty declaration to start from: `TypeDef { base: …, ..TypeDef::new("list") }`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            id: TypeIndex(AtomicU32::new(0)),
            name,
            base: None,
            doc: "",
            class: None,
            flags: TypeFlags::NONE,
            members: &[],
            slots: Slots::EMPTY,
            methods: &[],
            getset: &[],
        }
    }

    /// A small number that is the same for this declaration in all runtimes of the process, for lookup.
    #[inline]
    pub(crate) fn index(&'static self) -> usize {
        match self.id.0.load(Ordering::Relaxed) {
            0 => self.assign_index(),
            index => index as usize,
        }
    }

    #[cold]
    fn assign_index(&'static self) -> usize {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let fresh = NEXT.fetch_add(1, Ordering::Relaxed);
        match self
            .id
            .0
            .compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => fresh as usize,
            Err(taken) => taken as usize,
        }
    }
}

impl std::fmt::Debug for TypeDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TypeDef({})", self.name)
    }
}

/// Tells declarations apart; assigned when a runtime first makes the type.
#[derive(Debug)]
pub struct TypeIndex(AtomicU32);

/// A native function as the call machinery sees it.
pub type NativeFn = fn(&mut Vm, Args<'_>, &'static Method) -> PyResult;

/// What a native function is to its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// Takes the instance first (`$self`).
    Instance,
    /// Takes the class first (`$type`).
    Class,
    /// Takes neither.
    Static,
    /// A function of a module.
    Function,
}

/// One native method or function: a row of a table.
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Its text signature, as `inspect` reads it: `($self, index, object, /)`.
    pub signature: &'static str,
    /// What can be said about the signature at compile time.
    pub shape: Shape,
    /// What it is to its type.
    pub kind: MethodKind,
    /// The docstring, in our own words.
    pub doc: &'static str,
    /// The adapted function.
    pub call: NativeFn,
}

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Method({}{})", self.name, self.signature)
    }
}

/// One computed attribute.
pub struct GetSet {
    /// Its name.
    pub name: &'static str,
    /// The docstring, in our own words.
    pub doc: &'static str,
    /// Computes the value.
    pub get: fn(&mut Vm, &PyRef) -> PyResult,
    /// Stores a value, or deletes it; `None`: read-only.
    pub set: Option<fn(&mut Vm, &PyRef, Option<&PyRef>) -> PyResult<()>>,
}

impl std::fmt::Debug for GetSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GetSet({})", self.name)
    }
}

/// A row for an instance method: `method!("append", "($self, object, /)", append, "…")`.
#[macro_export]
macro_rules! method {
    ($name:literal, $signature:literal, $function:expr, $doc:expr) => {
        $crate::native_row!(
            $crate::table::MethodKind::Instance,
            $name,
            $signature,
            $function,
            $doc
        )
    };
}

/// A row for a class method; the function takes the class first.
#[macro_export]
macro_rules! class_method {
    ($name:literal, $signature:literal, $function:expr, $doc:expr) => {
        $crate::native_row!(
            $crate::table::MethodKind::Class,
            $name,
            $signature,
            $function,
            $doc
        )
    };
}

/// A row for a static method.
#[macro_export]
macro_rules! static_method {
    ($name:literal, $signature:literal, $function:expr, $doc:expr) => {
        $crate::native_row!(
            $crate::table::MethodKind::Static,
            $name,
            $signature,
            $function,
            $doc
        )
    };
}

/// A row for a function of a module.
#[macro_export]
macro_rules! function {
    ($name:literal, $signature:literal, $function:expr, $doc:expr) => {
        $crate::native_row!(
            $crate::table::MethodKind::Function,
            $name,
            $signature,
            $function,
            $doc
        )
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! native_row {
    ($kind:expr, $name:literal, $signature:literal, $function:expr, $doc:expr) => {
        $crate::table::Method {
            name: $name,
            signature: $signature,
            shape: const { $crate::table::Shape::of($signature) },
            kind: $kind,
            doc: $doc,
            call: |vm, args, method| $crate::table::handler::invoke($function, vm, args, method),
        }
    };
}
