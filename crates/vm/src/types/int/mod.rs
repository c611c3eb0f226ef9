//! `int`: integers of any size. Start here; `data.rs` says how they lie in memory, `arithmetic.rs` has the
//! operators, `parse.rs` and `text.rs` go from and to text, `new.rs` makes ints of other objects.

pub mod arithmetic;
pub mod big;
mod data;
pub mod methods;
pub mod new;
pub mod parse;
pub mod text;

pub use arithmetic::fast::{add, and, compare, floordiv, lshift, mul, or, rem, rshift, sub, xor};
pub use data::{Parts, PyInt, int_i64, int_pair};
pub(crate) use data::{SMALL_INTS, make_bool, make_small_ints};
pub use text::{DigitsLimit, decimal};

use crate::table::{Slots, TypeDef, TypeFlags};
use crate::{PyRef, Ref};

/// `int`
pub static INT: TypeDef = TypeDef {
    doc: "An integer of any size.\n\n\
          int(x=0) converts a number, rounding toward zero, or reads decimal text.\n\
          int(text, base=10) reads text in a base from 2 to 36; base 0 goes by the prefix of the text.",
    class: Some(data::class),
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::MATCH_SELF)
        .or(TypeFlags::HOST_BYTE),
    slots: Slots {
        repr: Some(methods::repr),
        hash: Some(arithmetic::hash_of),
        richcompare: Some(arithmetic::richcompare),
        new: Some(new::new),
        bool: Some(arithmetic::is_true),
        add: Some(arithmetic::add),
        sub: Some(arithmetic::sub),
        mul: Some(arithmetic::mul),
        truediv: Some(arithmetic::truediv),
        floordiv: Some(arithmetic::floordiv),
        rem: Some(arithmetic::rem),
        divmod: Some(arithmetic::divmod),
        pow: Some(arithmetic::pow),
        lshift: Some(arithmetic::lshift),
        rshift: Some(arithmetic::rshift),
        and: Some(arithmetic::and),
        or: Some(arithmetic::or),
        xor: Some(arithmetic::xor),
        neg: Some(arithmetic::neg),
        pos: Some(arithmetic::pos),
        abs: Some(arithmetic::abs),
        invert: Some(arithmetic::invert),
        int: Some(arithmetic::pos),
        float: Some(arithmetic::to_float),
        index: Some(arithmetic::pos),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getset: methods::GETSET,
    ..TypeDef::new("int")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&INT];

/// The receiver of a slot as what it is.
#[inline]
fn expect(operand: &PyRef) -> &Ref<PyInt> {
    operand
        .downcast_ref()
        .expect("a slot is called with receivers of its type")
}
