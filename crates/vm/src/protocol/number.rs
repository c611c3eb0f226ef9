//! Operators and conversions of numbers: which operand's slot is asked, in which order, and what is said when
//! none knows the answer.

use crate::table::{Binary, Slots, Ternary, Unary};
use crate::types::builtin_function::PyBuiltinFunction;
use crate::types::exception::{self, DEPRECATION_WARNING};
use crate::types::float::{FLOAT, PyFloat, float_value};
use crate::types::int::{INT, PyInt, int_i64};
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// An operator with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `@`
    MatMul,
    /// `/`
    TrueDiv,
    /// `//`
    FloorDiv,
    /// `%`
    Rem,
    /// `**`
    Pow,
    /// `<<`
    LShift,
    /// `>>`
    RShift,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `divmod()`
    DivMod,
}

impl BinaryOp {
    /// As messages write it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::MatMul => "@",
            Self::TrueDiv => "/",
            Self::FloorDiv => "//",
            Self::Rem => "%",
            Self::Pow => "** or pow()",
            Self::LShift => "<<",
            Self::RShift => ">>",
            Self::And => "&",
            Self::Or => "|",
            Self::Xor => "^",
            Self::DivMod => "divmod()",
        }
    }

    /// As messages write the in-place form.
    pub fn inplace_symbol(self) -> &'static str {
        match self {
            Self::Add => "+=",
            Self::Sub => "-=",
            Self::Mul => "*=",
            Self::MatMul => "@=",
            Self::TrueDiv => "/=",
            Self::FloorDiv => "//=",
            Self::Rem => "%=",
            Self::Pow => "**=",
            Self::LShift => "<<=",
            Self::RShift => ">>=",
            Self::And => "&=",
            Self::Or => "|=",
            Self::Xor => "^=",
            Self::DivMod => "divmod()",
        }
    }

    /// The slot; `**` has one of another kind.
    #[inline]
    fn slot(self, slots: &Slots) -> Option<Binary> {
        match self {
            Self::Add => slots.add,
            Self::Sub => slots.sub,
            Self::Mul => slots.mul,
            Self::MatMul => slots.matmul,
            Self::TrueDiv => slots.truediv,
            Self::FloorDiv => slots.floordiv,
            Self::Rem => slots.rem,
            Self::Pow => None,
            Self::LShift => slots.lshift,
            Self::RShift => slots.rshift,
            Self::And => slots.and,
            Self::Or => slots.or,
            Self::Xor => slots.xor,
            Self::DivMod => slots.divmod,
        }
    }

    /// The slot of the in-place form.
    #[inline]
    fn inplace_slot(self, slots: &Slots) -> Option<Binary> {
        match self {
            Self::Add => slots.iadd,
            Self::Sub => slots.isub,
            Self::Mul => slots.imul,
            Self::MatMul => slots.imatmul,
            Self::TrueDiv => slots.itruediv,
            Self::FloorDiv => slots.ifloordiv,
            Self::Rem => slots.irem,
            Self::Pow | Self::DivMod => None,
            Self::LShift => slots.ilshift,
            Self::RShift => slots.irshift,
            Self::And => slots.iand,
            Self::Or => slots.ior,
            Self::Xor => slots.ixor,
        }
    }
}

/// Two operands' slots in the order in which they are asked: a subclass's before its base's, the same one once.
#[inline]
fn in_order<T: Copy>(
    first: Option<T>,
    second: Option<T>,
    second_is_subclass: bool,
) -> [Option<T>; 2] {
    if first.is_some() && second.is_some() && second_is_subclass {
        [second, first]
    } else {
        [first, second]
    }
}

impl Vm {
    /// `a op b`
    ///
    /// # Errors
    /// `TypeError` if no operand knows how, or what their methods raise.
    #[inline]
    pub fn binary_op(&mut self, op: BinaryOp, a: &PyRef, b: &PyRef) -> PyResult {
        if op == BinaryOp::Pow {
            let none = self.none();
            return self.ternary_pow(a, b, &none);
        }
        match self.binary_by_number(op, a, b)? {
            Some(result) => Ok(result),
            None => self.binary_by_sequence(op, a, b, op.symbol()),
        }
    }

    /// What the number slots of the operands answer; `None`: nothing.
    #[inline]
    fn binary_by_number(&mut self, op: BinaryOp, a: &PyRef, b: &PyRef) -> PyResult<Option<PyRef>> {
        let (type_a, type_b) = (self.type_of(a), self.type_of(b));
        let slot_a = op.slot(type_a.slots(self));
        let slot_b = if type_a.is(type_b) {
            None
        } else {
            op.slot(type_b.slots(self))
        };
        let slot_b = slot_b.filter(|&b| slot_a.is_none_or(|a| !std::ptr::fn_addr_eq(a, b)));
        for slot in in_order(
            slot_a,
            slot_b,
            slot_b.is_some() && type_b.is_subtype(type_a),
        )
        .into_iter()
        .flatten()
        {
            let result = slot(self, a, b)?;
            if !self.is_not_implemented(&result) {
                return Ok(Some(result));
            }
        }
        Ok(None)
    }

    /// `+` and `*` of sequences, for operands that are no numbers.
    fn binary_by_sequence(&mut self, op: BinaryOp, a: &PyRef, b: &PyRef, symbol: &str) -> PyResult {
        match op {
            BinaryOp::Add => {
                if let Some(concat) = self.type_of(a).slots(self).concat {
                    return concat(self, a, b);
                }
            }
            BinaryOp::Mul => {
                if let Some(repeat) = self.type_of(a).slots(self).repeat {
                    return self.repeat_sequence(repeat, a, b);
                }
                if let Some(repeat) = self.type_of(b).slots(self).repeat {
                    return self.repeat_sequence(repeat, b, a);
                }
            }
            _ => {}
        }
        Err(self.unsupported_operands(op, symbol, a, b))
    }

    fn repeat_sequence(&mut self, repeat: Binary, sequence: &PyRef, count: &PyRef) -> PyResult {
        if self.type_of(count).slots(self).index.is_none() {
            let found = self.type_name(count);
            return Err(self.type_error(format!(
                "can't multiply sequence by non-int of type '{found}'"
            )));
        }
        repeat(self, sequence, count)
    }

    #[cold]
    fn unsupported_operands(&self, op: BinaryOp, symbol: &str, a: &PyRef, b: &PyRef) -> PyErr {
        let (name_a, name_b) = (self.type_name(a), self.type_name(b));
        let is_print = |function: &PyBuiltinFunction| function.method().name == "print";
        let hint = match a.downcast_ref::<PyBuiltinFunction>() {
            Some(function) if op == BinaryOp::RShift && is_print(function) => {
                ". Did you mean \"print(<message>, file=<output_stream>)\"?"
            }
            _ => "",
        };
        self.type_error(format!(
            "unsupported operand type(s) for {symbol}: '{name_a}' and '{name_b}'{hint}"
        ))
    }

    /// `a op= b`
    ///
    /// # Errors
    /// As [`binary_op`](Self::binary_op).
    pub fn inplace_op(&mut self, op: BinaryOp, a: &PyRef, b: &PyRef) -> PyResult {
        if op == BinaryOp::Pow {
            return self.inplace_pow(a, b);
        }
        if let Some(slot) = op.inplace_slot(self.type_of(a).slots(self)) {
            let result = slot(self, a, b)?;
            if !self.is_not_implemented(&result) {
                return Ok(result);
            }
        }
        if let Some(result) = self.binary_by_number(op, a, b)? {
            return Ok(result);
        }
        let slots = self.type_of(a).slots(self);
        match op {
            BinaryOp::Add => {
                if let Some(concat) = slots.inplace_concat {
                    return concat(self, a, b);
                }
            }
            BinaryOp::Mul => {
                if let Some(repeat) = slots.inplace_repeat {
                    return self.repeat_sequence(repeat, a, b);
                }
            }
            _ => {}
        }
        self.binary_by_sequence(op, a, b, op.inplace_symbol())
    }

    /// `pow(a, b, modulus)`; a modulus of `None` is none.
    ///
    /// # Errors
    /// `TypeError` if no operand knows how, or what their methods raise.
    pub fn ternary_pow(&mut self, a: &PyRef, b: &PyRef, modulus: &PyRef) -> PyResult {
        self.pow(a, b, modulus, BinaryOp::Pow.symbol())
    }

    fn inplace_pow(&mut self, a: &PyRef, b: &PyRef) -> PyResult {
        let none = self.none();
        if let Some(slot) = self.type_of(a).slots(self).ipow {
            let result = slot(self, a, b, &none)?;
            if !self.is_not_implemented(&result) {
                return Ok(result);
            }
        }
        self.pow(a, b, &none, BinaryOp::Pow.inplace_symbol())
    }

    fn pow(&mut self, a: &PyRef, b: &PyRef, modulus: &PyRef, symbol: &str) -> PyResult {
        let (type_a, type_b) = (self.type_of(a), self.type_of(b));
        let differs = |other: Option<Ternary>, slot: Ternary| {
            other.is_none_or(|a| !std::ptr::fn_addr_eq(a, slot))
        };
        let slot_a = type_a.slots(self).pow;
        let slot_b = if type_a.is(type_b) {
            None
        } else {
            type_b.slots(self).pow
        };
        let slot_b = slot_b.filter(|&b| differs(slot_a, b));
        let slot_modulus = self
            .type_of(modulus)
            .slots(self)
            .pow
            .filter(|&m| differs(slot_a, m) && differs(slot_b, m));
        let [first, second] = in_order(
            slot_a,
            slot_b,
            slot_b.is_some() && type_b.is_subtype(type_a),
        );
        for slot in [first, second, slot_modulus].into_iter().flatten() {
            let result = slot(self, a, b, modulus)?;
            if !self.is_not_implemented(&result) {
                return Ok(result);
            }
        }
        if self.is_none(modulus) {
            return Err(self.unsupported_operands(BinaryOp::Pow, symbol, a, b));
        }
        Err(self.type_error(format!(
            "unsupported operand type(s) for {symbol}: '{}', '{}', '{}'",
            self.type_name(a),
            self.type_name(b),
            self.type_name(modulus)
        )))
    }
}

macro_rules! unary {
    ($($(#[$meta:meta])* $name:ident: $slot:ident, $words:literal;)+) => {
        impl Vm {
            $(
                $(#[$meta])*
                ///
                /// # Errors
                /// `TypeError` if the operand knows not how, or what its method raises.
                pub fn $name(&mut self, x: &PyRef) -> PyResult {
                    let slot = self.type_of(x).slots(self).$slot;
                    self.unary(slot, x, $words)
                }
            )+
        }
    };
}
unary! {
    /// `-x`
    negative: neg, "unary -";
    /// `+x`
    positive: pos, "unary +";
    /// `abs(x)`
    absolute: abs, "abs()";
    /// `~x`
    invert: invert, "unary ~";
}

impl Vm {
    #[inline]
    fn unary(&mut self, slot: Option<Unary>, x: &PyRef, words: &str) -> PyResult {
        match slot {
            Some(slot) => slot(self, x),
            None => Err(self.type_error(format!(
                "bad operand type for {words}: '{}'",
                self.type_name(x)
            ))),
        }
    }

    /// `operator.index(object)`: an exact integer.
    ///
    /// # Errors
    /// `TypeError` for what is no integer, or what `__index__` raises.
    pub fn index(&mut self, object: &PyRef) -> PyResult<Ref<PyInt>> {
        if let Some(int) = object.downcast_ref::<PyInt>() {
            return self.exact_int(int);
        }
        let Some(index) = self.type_of(object).slots(self).index else {
            let found = self.type_name(object);
            return Err(self.type_error(format!(
                "'{found}' object cannot be interpreted as an integer"
            )));
        };
        let result = index(self, object)?;
        self.int_result(&result, "__index__")
    }

    /// The exact integer of the same value as an instance of `int` or of a subclass.
    fn exact_int(&self, int: &Ref<PyInt>) -> PyResult<Ref<PyInt>> {
        if self.is_exactly(int.as_any(), &INT) {
            return Ok(int.clone());
        }
        let copy = match int.to_i64() {
            Some(value) => self.new_int(value)?,
            None => self.new_bigint(int.to_bigint())?,
        };
        copy.downcast()
            .map_err(|_| self.system_error("an int is not an int"))
    }

    /// What a conversion to an integer gave, checked to be one.
    fn int_result(&mut self, result: &PyRef, method: &str) -> PyResult<Ref<PyInt>> {
        let Some(int) = result.downcast_ref::<PyInt>() else {
            let found = self.type_name(result);
            return Err(self.type_error(format!("{method} returned non-int (type {found})")));
        };
        if !self.is_exactly(result, &INT) {
            self.warn(
                &DEPRECATION_WARNING,
                &strict_subclass(method, "int", &self.type_name(result)),
                1,
                None,
            )?;
        }
        self.exact_int(int)
    }

    /// An index as a 64-bit number.
    ///
    /// # Errors
    /// As [`index`](Self::index); `OverflowError`.
    #[inline]
    pub fn index_i64(&mut self, object: &PyRef) -> PyResult<i64> {
        match int_i64(object) {
            Some(value) => Ok(value),
            None => {
                let int = self.index(object)?;
                int.to_i64()
                    .ok_or_else(|| self.overflow_error("Python int too large to convert to C long"))
            }
        }
    }

    /// An index as a size or offset.
    ///
    /// # Errors
    /// As [`index`](Self::index); `OverflowError` if it is too large.
    #[inline]
    pub fn index_isize(&mut self, object: &PyRef) -> PyResult<isize> {
        self.index_isize_or(object, Self::overflow_error)
    }

    /// An index into a sequence.
    ///
    /// # Errors
    /// As [`index`](Self::index); `IndexError` if it is too large.
    #[inline]
    pub fn index_isize_in_sequence(&mut self, object: &PyRef) -> PyResult<isize> {
        self.index_isize_or(object, Self::index_error)
    }

    #[inline]
    fn index_isize_or(
        &mut self,
        object: &PyRef,
        error: fn(&Self, String) -> PyErr,
    ) -> PyResult<isize> {
        let value = match int_i64(object) {
            Some(value) => Some(value),
            None => self.index(object)?.to_i64(),
        };
        value
            .and_then(|value| isize::try_from(value).ok())
            .ok_or_else(|| {
                error(
                    self,
                    format!(
                        "cannot fit '{}' into an index-sized integer",
                        self.type_name(object)
                    ),
                )
            })
    }

    /// An index as a size or offset; one that is too large becomes the largest or smallest.
    ///
    /// # Errors
    /// As [`index`](Self::index).
    pub fn index_isize_clamped(&mut self, object: &PyRef) -> PyResult<isize> {
        let int = self.index(object)?;
        let largest = if int.sign() < 0 {
            isize::MIN
        } else {
            isize::MAX
        };
        Ok(int
            .to_i64()
            .and_then(|value| isize::try_from(value).ok())
            .unwrap_or(largest))
    }

    /// The number as a float: a float's value, `__float__`, or `__index__`.
    ///
    /// # Errors
    /// `TypeError` for what is no number, `OverflowError`, or what the methods raise.
    #[inline]
    pub fn as_f64(&mut self, object: &PyRef) -> PyResult<f64> {
        match float_value(object) {
            Some(value) => Ok(value),
            None => self.converted_to_f64(object),
        }
    }

    fn converted_to_f64(&mut self, object: &PyRef) -> PyResult<f64> {
        if let Some(float) = object.downcast_ref::<PyFloat>() {
            return Ok(float.value());
        }
        let slots = self.type_of(object).slots(self);
        let (float, index) = (slots.float, slots.index);
        if let Some(float) = float {
            let result = float(self, object)?;
            return self.float_result(object, &result);
        }
        if index.is_none() {
            return Err(self.type_error(format!(
                "must be real number, not {}",
                self.type_name(object)
            )));
        }
        let int = self.index(object)?;
        int.to_f64()
            .ok_or_else(|| self.overflow_error("int too large to convert to float"))
    }

    /// What `__float__` gave, checked to be a float.
    fn float_result(&mut self, object: &PyRef, result: &PyRef) -> PyResult<f64> {
        let method = format!("{}.__float__", self.type_name(object));
        let Some(value) = result.downcast_ref::<PyFloat>().map(|float| float.value()) else {
            let found = self.type_name(result);
            return Err(self.type_error(format!("{method} returned non-float (type {found})")));
        };
        if !self.is_exactly(result, &FLOAT) {
            self.warn(
                &DEPRECATION_WARNING,
                &strict_subclass(&method, "float", &self.type_name(result)),
                1,
                None,
            )?;
        }
        Ok(value)
    }

    /// `int(object)` of a number: `__int__`, or `__index__`. Text is the business of `int` itself.
    ///
    /// # Errors
    /// `TypeError` for what is no number, or what the methods raise.
    pub fn as_int(&mut self, object: &PyRef) -> PyResult<Ref<PyInt>> {
        if self.is_exactly(object, &INT)
            && let Some(int) = object.downcast_ref::<PyInt>()
        {
            return Ok(int.clone());
        }
        let slots = self.type_of(object).slots(self);
        let (int, index) = (slots.int, slots.index);
        if let Some(int) = int {
            let result = int(self, object)?;
            return self.int_result(&result, "__int__");
        }
        if index.is_some() {
            return self.index(object);
        }
        Err(self.error(
            &exception::TYPE_ERROR,
            format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                self.type_name(object)
            ),
        ))
    }
}

/// The warning for a conversion that gives an instance of a subclass.
#[cold]
fn strict_subclass(method: &str, wanted: &str, found: &str) -> String {
    format!(
        "{method} returned non-{wanted} (type {found}).  The ability to return an instance of a strict subclass \
         of {wanted} is deprecated, and may be removed in a future version of Python."
    )
}
