//! `float`. Start here; `arithmetic.rs` has the operators, `text.rs` and `parse.rs` go to and from text,
//! `round.rs` rounds to decimal digits, `methods.rs` is the rest of what Python sees.

#![allow(
    unsafe_code,
    reason = "floats are made so often that the class is not looked at twice"
)]

pub mod arithmetic;
pub mod methods;
pub mod new;
pub mod parse;
pub mod round;
pub mod text;

pub use arithmetic::fast::{add, compare, mul, sub, truediv};
pub use arithmetic::{compare_values, power};

use crate::object::PyPayload;
use crate::table::{Slots, TypeDef, TypeFlags};
use crate::{PyRef, PyResult, Ref, Traverse, Vm};
use exuvia_object::Class;

/// A float: 24 bytes.
#[derive(Clone, Copy, Debug, Traverse)]
pub struct PyFloat {
    #[traverse(skip)]
    value: f64,
}

impl PyPayload for PyFloat {
    const DEF: &'static TypeDef = &FLOAT;
}

/// `float`
pub static FLOAT: TypeDef = TypeDef {
    doc: "A floating-point number of double precision.\n\n\
          float(x) converts a number, or reads decimal text.",
    class: Some(Class::of::<PyFloat>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::MATCH_SELF),
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
        neg: Some(arithmetic::neg),
        pos: Some(arithmetic::pos),
        abs: Some(arithmetic::abs),
        int: Some(arithmetic::to_int),
        float: Some(arithmetic::pos),
        ..Slots::EMPTY
    },
    methods: methods::METHODS,
    getset: methods::GETSET,
    ..TypeDef::new("float")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&FLOAT];

impl PyFloat {
    /// A payload of this value.
    pub fn new(value: f64) -> Self {
        Self { value }
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> f64 {
        self.value
    }
}

/// The value of an exact float; `None` for anything else.
#[inline]
pub fn float_value(object: &PyRef) -> Option<f64> {
    let class = object.class();
    // Instances of a class made by the program count their class; `float` is the only other type of the payload.
    if !object.is_a::<PyFloat>() || class.owner_is_counted.get() {
        return None;
    }
    // SAFETY: the class says that the payload is a `PyFloat`.
    Some(unsafe { object.downcast_ref_unchecked::<PyFloat>() }.value)
}

/// The values of two exact floats; `None` if either is anything else.
#[inline]
pub fn float_pair(left: &PyRef, right: &PyRef) -> Option<(f64, f64)> {
    if left.header().class_ptr() != right.header().class_ptr() {
        return None;
    }
    let left = float_value(left)?;
    // SAFETY: it has the same class as the other one, whose payload is a `PyFloat`.
    Some((
        left,
        unsafe { right.downcast_ref_unchecked::<PyFloat>() }.value,
    ))
}

impl Vm {
    /// A float of this value.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn new_float(&self, value: f64) -> PyResult {
        let class = self.class(&FLOAT).class_of_instances();
        // SAFETY: the class of `float` was made for this payload, is that of an immortal type, which nobody counts, and
        // outlives every object of the runtime; the payload is written at once.
        unsafe {
            let object = self.space().allocate_plain::<PyFloat>(class)?;
            object.add(1).cast::<PyFloat>().write(PyFloat { value });
            Ok(PyRef::from_owned(object))
        }
    }
}

/// The receiver of a slot as what it is.
#[inline]
fn expect(operand: &PyRef) -> &Ref<PyFloat> {
    operand
        .downcast_ref()
        .expect("a slot is called with receivers of its type")
}
