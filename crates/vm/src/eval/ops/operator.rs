//! Operators, comparisons and subscripts.

use crate::eval::ops::control::{answer, put};
use crate::eval::run::Step;
use crate::eval::window::Window;
use crate::protocol::number::BinaryOp;
use crate::table::CompareOp;
use crate::types::dict::{DICT, PyDict};
use crate::types::float::{self, float_pair};
use crate::types::int::{int_i64, int_pair};
use crate::types::list::{LIST, PyList};
use crate::types::tuple::{PyTuple, TUPLE};
use crate::{PyRef, PyResult, Vm};

/// `BINARY_OP`'s numbers: 13 and above are the in-place forms, 26 is a subscript.
const IN_PLACE: u32 = 13;
const SUBSCRIPT: u32 = 26;

/// `BINARY_OP`
#[inline(always)]
pub(crate) fn binary_op(vm: &mut Vm, w: &mut Window, op: u32) -> PyResult<Step> {
    let right = w.pop();
    let left = w.pop();
    let (a, b) = (left.object(), right.object());
    if let Some(result) = number(vm, op, &a, &b) {
        let result = result?;
        drop((left, right));
        return Ok(put(w, result));
    }
    let result = match subscript(vm, op, &a, &b) {
        Some(result) => result?,
        None if op >= IN_PLACE && op != SUBSCRIPT => {
            w.apart(|w| in_place(vm, w, op, left, &right.object()))?
        }
        None => w.apart(|w| general(vm, w, op, &a, &b))?,
    };
    w.push(result);
    Ok(Step::Next)
}

/// Operators of two exact ints or floats, without dispatch.
#[inline(always)]
fn number(vm: &mut Vm, op: u32, a: &PyRef, b: &PyRef) -> Option<PyResult> {
    // In place or not is all the same for what cannot be changed.
    if let Some((x, y)) = int_pair(a, b) {
        let value = match op {
            0 | 13 => x.checked_add(y)?,
            10 | 23 => x.checked_sub(y)?,
            5 | 18 => x.checked_mul(y)?,
            1 | 14 => x & y,
            7 | 20 => x | y,
            12 | 25 => x ^ y,
            2 | 15 if y > 0 => x.div_euclid(y),
            6 | 19 if y > 0 => x.rem_euclid(y),
            _ => return None,
        };
        return Some(vm.new_int(value));
    }
    let (x, y) = float_pair(a, b)?;
    let value = match op {
        0 | 13 => x + y,
        10 | 23 => x - y,
        5 | 18 => x * y,
        11 | 24 if y != 0.0 => x / y,
        _ => return None,
    };
    Some(vm.new_float(value))
}

/// An item of a common container, without dispatch; `None` if it is not that, or another operator.
#[inline(always)]
fn subscript(vm: &mut Vm, op: u32, container: &PyRef, key: &PyRef) -> Option<PyResult> {
    if op != SUBSCRIPT {
        return None;
    }
    if vm.is_exactly(container, &LIST) {
        let index = int_i64(key)?;
        return list_item(vm, container.downcast_ref::<PyList>()?, index).map(Ok);
    }
    if vm.is_exactly(container, &TUPLE) {
        let index = int_i64(key)?;
        let tuple = container.downcast_ref::<PyTuple>()?;
        let index = if index < 0 {
            index + tuple.len() as i64
        } else {
            index
        };
        return tuple.get(usize::try_from(index).ok()?).cloned().map(Ok);
    }
    if vm.is_exactly(container, &DICT) {
        let dict = container.downcast_ref::<PyDict>()?.clone();
        return match dict.get_item(vm, key) {
            Ok(Some(value)) => Some(Ok(value)),
            Ok(None) => Some(Err(vm.key_error(key))),
            Err(error) => Some(Err(error)),
        };
    }
    None
}

/// An element by an index that may count from the end.
#[inline(always)]
fn list_item(vm: &Vm, list: &PyList, index: i64) -> Option<PyRef> {
    let index = if index < 0 {
        index + list.len(vm) as i64
    } else {
        index
    };
    list.get(vm, usize::try_from(index).ok()?)
}

fn numbered(op: u32) -> BinaryOp {
    use BinaryOp::{
        Add, And, FloorDiv, LShift, MatMul, Mul, Or, Pow, RShift, Rem, Sub, TrueDiv, Xor,
    };
    const ORDER: [BinaryOp; 13] = [
        Add, And, FloorDiv, LShift, MatMul, Mul, Rem, Or, Pow, RShift, Sub, TrueDiv, Xor,
    ];
    ORDER[op as usize]
}

#[inline(never)]
fn general(vm: &mut Vm, w: &Window, op: u32, a: &PyRef, b: &PyRef) -> PyResult {
    w.save();
    if op == SUBSCRIPT {
        vm.get_item(a, b)
    } else {
        vm.binary_op(numbered(op), a, b)
    }
}

/// An in-place operator; the left operand is given up, so that a string with no other reference can grow in place.
#[inline(never)]
fn in_place(
    vm: &mut Vm,
    w: &mut Window,
    op: u32,
    mut left: crate::eval::stack::StackRef,
    b: &PyRef,
) -> PyResult {
    w.save();
    let op = op - IN_PLACE;
    if op == 0
        && let Some(result) = super::build::concat_strings(vm, w, &mut left, b)
    {
        return result;
    }
    let a = left.object();
    vm.inplace_op(numbered(op), &a, b)
}

/// `COMPARE_OP`
#[inline(always)]
pub(crate) fn compare_op(vm: &mut Vm, w: &mut Window, arg: u32) -> PyResult<Step> {
    let op = match arg >> 5 {
        0 => CompareOp::Lt,
        1 => CompareOp::Le,
        2 => CompareOp::Eq,
        3 => CompareOp::Ne,
        4 => CompareOp::Gt,
        _ => CompareOp::Ge,
    };
    let (right, left) = (w.pop(), w.pop());
    // They die in this order.
    let (left, right) = (left, right);
    let (a, b) = (left.object(), right.object());
    let holds = if let Some((x, y)) = int_pair(&a, &b) {
        op.holds(x.cmp(&y))
    } else if let Some((x, y)) = float_pair(&a, &b) {
        float::compare_values(x, y, op)
    } else {
        w.save();
        let result = vm.compare(&a, &b, op)?;
        w.push(result);
        return Ok(Step::Next);
    };
    answer(vm, w, holds);
    Ok(Step::Quiet)
}

/// `IS_OP`
#[inline(always)]
pub(crate) fn is_op(vm: &Vm, w: &mut Window, invert: u32) {
    let (right, left) = (w.pop(), w.pop());
    let (left, right) = (left, right);
    let same = left.address() == right.address();
    answer(vm, w, same != (invert == 1));
}

/// `CONTAINS_OP`
pub(crate) fn contains_op(vm: &mut Vm, w: &mut Window, invert: u32) -> PyResult<()> {
    let (container, item) = (w.pop(), w.pop());
    let (item, container) = (item, container);
    w.save();
    let found = vm.contains(&container.object(), &item.object())?;
    answer(vm, w, found != (invert == 1));
    Ok(())
}

macro_rules! unary {
    ($($(#[$meta:meta])* $name:ident = $method:ident;)+) => {
        $($(#[$meta])*
        pub(crate) fn $name(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
            let operand = w.pop();
            w.save();
            let result = vm.$method(&operand.object())?;
            w.push(result);
            Ok(())
        })+
    };
}
unary! {
    /// `UNARY_NEGATIVE`
    unary_negative = negative;
    /// `UNARY_INVERT`
    unary_invert = invert;
}

/// `UNARY_NOT`
pub(crate) fn unary_not(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let operand = w.pop();
    w.save();
    let value = vm.is_true(&operand.object())?;
    answer(vm, w, !value);
    Ok(())
}

/// `TO_BOOL`
pub(crate) fn to_bool(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let operand = w.pop();
    w.save();
    let value = vm.is_true(&operand.object())?;
    answer(vm, w, value);
    Ok(())
}

/// `BINARY_SLICE`
pub(crate) fn binary_slice(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let (stop, start, container) = (w.pop_owned(), w.pop_owned(), w.pop());
    w.save();
    let slice = vm.new_slice(start, stop, vm.none())?;
    let result = vm.get_item(&container.object(), slice.as_any())?;
    w.push(result);
    Ok(())
}

/// `STORE_SLICE`
pub(crate) fn store_slice(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let (stop, start, container, value) = (w.pop_owned(), w.pop_owned(), w.pop(), w.pop());
    w.save();
    let slice = vm.new_slice(start, stop, vm.none())?;
    vm.set_item(&container.object(), slice.as_any(), &value.object())
}

/// `STORE_SUBSCR`
#[inline(always)]
pub(crate) fn store_subscr(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let (key, container, value) = (w.pop(), w.pop(), w.pop());
    let (value, owner, key) = (value, container, key);
    w.save();
    let container = owner.object();
    if vm.is_exactly(&container, &DICT)
        && let Some(dict) = container.downcast_ref::<PyDict>()
    {
        return dict.set_item(vm, &key.object(), (*value.object()).clone());
    }
    vm.set_item(&container, &key.object(), &value.object())
}

/// `DELETE_SUBSCR`
pub(crate) fn delete_subscr(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let (key, container) = (w.pop(), w.pop());
    let (container, key) = (container, key);
    w.save();
    vm.del_item(&container.object(), &key.object())
}

/// `GET_LEN`
pub(crate) fn get_len(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let container = (*w.peek(1).object()).clone();
    w.save();
    let len = vm.len(&container)?;
    let len = vm.new_int_from_usize(len)?;
    w.push(len);
    Ok(())
}
