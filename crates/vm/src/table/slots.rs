//! [`Slots`]: what objects of a type can do, one function pointer each.

use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm};

/// A rich comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareOp {
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

impl CompareOp {
    /// The comparison with its operands exchanged.
    #[must_use]
    pub fn swapped(self) -> Self {
        match self {
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            Self::Eq => Self::Eq,
            Self::Ne => Self::Ne,
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
        }
    }

    /// As it is written in Python.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Gt => ">",
            Self::Ge => ">=",
        }
    }

    /// What the comparison says of an ordering.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Lt => ordering.is_lt(),
            Self::Le => ordering.is_le(),
            Self::Eq => ordering.is_eq(),
            Self::Ne => ordering.is_ne(),
            Self::Gt => ordering.is_gt(),
            Self::Ge => ordering.is_ge(),
        }
    }
}

/// `f(operand)`.
pub type Unary = fn(&mut Vm, &PyRef) -> PyResult;
/// `f(left, right)`; for numbers either operand may be of the slot's type, and the answer may be `NotImplemented`.
pub type Binary = fn(&mut Vm, &PyRef, &PyRef) -> PyResult;
/// `f(base, exponent, modulus or None)`.
pub type Ternary = fn(&mut Vm, &PyRef, &PyRef, &PyRef) -> PyResult;

macro_rules! slots {
    ($($(#[$meta:meta])* $name:ident: $type:ty,)+) => {
        /// What objects of a type can do. A `None` is inherited from the base when the type object is made.
        #[derive(Clone, Copy)]
        pub struct Slots {
            $($(#[$meta])* pub $name: Option<$type>,)+
        }

        impl Slots {
            /// Nothing.
            pub const EMPTY: Slots = Slots { $($name: None,)+ };

            /// Fills every empty slot from the base's.
            pub fn inherit(&mut self, base: &Slots) {
                $(if self.$name.is_none() { self.$name = base.$name; })+
            }
        }
    };
}

slots! {
    /// `repr(x)`; returns a str.
    repr: Unary,
    /// `str(x)`; returns a str.
    str: Unary,
    /// `hash(x)`; -1 is allowed here. `None` together with `richcompare` means unhashable.
    hash: fn(&mut Vm, &PyRef) -> PyResult<i64>,
    /// `x(...)`.
    call: fn(&mut Vm, &PyRef, Args<'_>) -> PyResult,
    /// `x.name`.
    getattr: fn(&mut Vm, &PyRef, &Ref<PyStr>) -> PyResult,
    /// `x.name = value`, or `del x.name` for `None`.
    setattr: fn(&mut Vm, &PyRef, &Ref<PyStr>, Option<&PyRef>) -> PyResult<()>,
    /// `x < y` and the other five; may answer `NotImplemented`.
    richcompare: fn(&mut Vm, &PyRef, &PyRef, CompareOp) -> PyResult,
    /// `iter(x)`.
    iter: Unary,
    /// `next(x)`; `None` when exhausted, or a `StopIteration` if it has a value or comes from Python. Native code
    /// calls [`Vm::next`], for which both are the end.
    next: fn(&mut Vm, &PyRef) -> PyResult<Option<PyRef>>,
    /// `descriptor.__get__(instance, owner)`.
    descr_get: fn(&mut Vm, &PyRef, Option<&PyRef>, Option<&PyRef>) -> PyResult,
    /// `descriptor.__set__(instance, value)`, or `__delete__` for `None`.
    descr_set: fn(&mut Vm, &PyRef, &PyRef, Option<&PyRef>) -> PyResult<()>,
    /// `__init__`.
    init: fn(&mut Vm, &PyRef, Args<'_>) -> PyResult<()>,
    /// `__new__`; the arguments are those after the class.
    new: fn(&mut Vm, &Ref<PyType>, Args<'_>) -> PyResult,
    /// `__del__` (PEP 442).
    del: fn(&mut Vm, &PyRef) -> PyResult<()>,
    /// `bool(x)`.
    bool: fn(&mut Vm, &PyRef) -> PyResult<bool>,
    /// `len(x)`.
    len: fn(&mut Vm, &PyRef) -> PyResult<usize>,
    /// `x[key]`.
    getitem: Binary,
    /// `x[key] = value`, or `del x[key]` for `None`.
    setitem: fn(&mut Vm, &PyRef, &PyRef, Option<&PyRef>) -> PyResult<()>,
    /// `item in x`; the container comes first.
    contains: fn(&mut Vm, &PyRef, &PyRef) -> PyResult<bool>,
    /// `x + y` of sequences.
    concat: Binary,
    /// `x * n` of sequences; the count is an object with `__index__`.
    repeat: Binary,
    /// `x += y` of sequences.
    inplace_concat: Binary,
    /// `x *= n` of sequences.
    inplace_repeat: Binary,
    /// `x + y`
    add: Binary,
    /// `x - y`
    sub: Binary,
    /// `x * y`
    mul: Binary,
    /// `x @ y`
    matmul: Binary,
    /// `x / y`
    truediv: Binary,
    /// `x // y`
    floordiv: Binary,
    /// `x % y`
    rem: Binary,
    /// `divmod(x, y)`
    divmod: Binary,
    /// `pow(x, y, z)`
    pow: Ternary,
    /// `x << y`
    lshift: Binary,
    /// `x >> y`
    rshift: Binary,
    /// `x & y`
    and: Binary,
    /// `x | y`
    or: Binary,
    /// `x ^ y`
    xor: Binary,
    /// `x += y`
    iadd: Binary,
    /// `x -= y`
    isub: Binary,
    /// `x *= y`
    imul: Binary,
    /// `x @= y`
    imatmul: Binary,
    /// `x /= y`
    itruediv: Binary,
    /// `x //= y`
    ifloordiv: Binary,
    /// `x %= y`
    irem: Binary,
    /// `x **= y`
    ipow: Ternary,
    /// `x <<= y`
    ilshift: Binary,
    /// `x >>= y`
    irshift: Binary,
    /// `x &= y`
    iand: Binary,
    /// `x |= y`
    ior: Binary,
    /// `x ^= y`
    ixor: Binary,
    /// `-x`
    neg: Unary,
    /// `+x`
    pos: Unary,
    /// `abs(x)`
    abs: Unary,
    /// `~x`
    invert: Unary,
    /// `int(x)`
    int: Unary,
    /// `float(x)`
    float: Unary,
    /// `operator.index(x)`
    index: Unary,
    /// `await x`
    await_: Unary,
    /// `aiter(x)`
    aiter: Unary,
    /// `anext(x)`
    anext: Unary,
    /// Bytes of buffers that only this object owns, for `sys.getsizeof`; the object itself is counted by the heap.
    owned_bytes: fn(&Vm, &PyRef) -> usize,
    /// The bytes of an object that supports the buffer protocol (PEP 688), as a memoryview sees them.
    buffer: fn(&mut Vm, &PyRef) -> PyResult<crate::types::memoryview::Buffer>,
}

impl std::fmt::Debug for Slots {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slots")
    }
}
