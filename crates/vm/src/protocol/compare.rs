//! Rich comparisons.

use crate::table::CompareOp;
use crate::types::int::int_i64;
use crate::types::str::{PyStr, STR};
use crate::{PyRef, PyResult, Vm};

impl Vm {
    /// `a op b`: the operands' comparisons in CPython's order, a subclass's first.
    ///
    /// # Errors
    /// `TypeError` if neither operand knows an order; `RecursionError`; what a comparison raises.
    pub fn compare(&mut self, a: &PyRef, b: &PyRef, op: CompareOp) -> PyResult {
        self.check_native_stack(" in comparison")?;
        let (type_a, type_b) = (self.type_of(a), self.type_of(b));
        let slot_a = type_a.slots(self).richcompare;
        let slot_b = type_b.slots(self).richcompare;
        let is_swapped_first = !type_a.is(type_b) && slot_b.is_some() && type_b.is_subtype(type_a);
        if is_swapped_first && let Some(found) = self.answer(slot_b, b, a, op.swapped())? {
            return Ok(found);
        }
        if let Some(found) = self.answer(slot_a, a, b, op)? {
            return Ok(found);
        }
        if !is_swapped_first && let Some(found) = self.answer(slot_b, b, a, op.swapped())? {
            return Ok(found);
        }
        match op {
            CompareOp::Eq => Ok(self.new_bool(a.is(b))),
            CompareOp::Ne => Ok(self.new_bool(!a.is(b))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                self.type_name(a),
                self.type_name(b)
            ))),
        }
    }

    /// What one operand's comparison answers; `None` for `NotImplemented`.
    #[inline]
    fn answer(
        &mut self,
        slot: Option<fn(&mut Vm, &PyRef, &PyRef, CompareOp) -> PyResult>,
        a: &PyRef,
        b: &PyRef,
        op: CompareOp,
    ) -> PyResult<Option<PyRef>> {
        let Some(slot) = slot else { return Ok(None) };
        let found = slot(self, a, b, op)?;
        Ok(if self.is_not_implemented(&found) {
            None
        } else {
            Some(found)
        })
    }

    /// The truth of `a op b`. An object equals itself, whatever its `__eq__` says.
    ///
    /// # Errors
    /// As [`compare`](Self::compare), and what `__bool__` of the answer raises.
    #[inline]
    pub fn compare_bool(&mut self, a: &PyRef, b: &PyRef, op: CompareOp) -> PyResult<bool> {
        if a.is(b) {
            match op {
                CompareOp::Eq => return Ok(true),
                CompareOp::Ne => return Ok(false),
                _ => {}
            }
        }
        if let Some(equal) = self.equal_natively(a, b) {
            match op {
                CompareOp::Eq => return Ok(equal),
                CompareOp::Ne => return Ok(!equal),
                _ => {}
            }
        }
        let answer = self.compare(a, b, op)?;
        self.is_true(&answer)
    }

    /// Whether `a is b or a == b`: how containers compare their elements.
    ///
    /// # Errors
    /// As [`compare_bool`](Self::compare_bool).
    #[inline]
    pub fn equal(&mut self, a: &PyRef, b: &PyRef) -> PyResult<bool> {
        self.compare_bool(a, b, CompareOp::Eq)
    }

    /// The comparison of two exact strings or two small exact integers.
    #[inline]
    fn equal_natively(&self, a: &PyRef, b: &PyRef) -> Option<bool> {
        if let (Some(x), Some(y)) = (int_i64(a), int_i64(b)) {
            return Some(x == y);
        }
        if self.is_exactly(a, &STR) && self.is_exactly(b, &STR) {
            return Some(
                a.downcast_ref::<PyStr>()?
                    .same_text(b.downcast_ref::<PyStr>()?),
            );
        }
        None
    }
}
