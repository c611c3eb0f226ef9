//! Comparison, hash and arithmetic of what may have a time zone.
//!
//! Two times of the same zone object are compared as the clock shows them; of different zones, by what they are in UTC. A
//! time whose zone says nothing of an offset is *naive* and neither before nor after one whose zone does.

use super::clock::Moment;
use super::date_time::{PyDateTime, make, shifted, utc_offset};
use super::time::PyTime;
use super::timedelta::{as_delta, of_microseconds};
use crate::receiver;
use exuvia_vm::table::CompareOp;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};
use std::cmp::Ordering;

/// The error for an operation between a naive and an aware operand.
#[cold]
pub(super) fn mixed(vm: &Vm, operation: &str, what: &str) -> PyErr {
    vm.type_error(format!(
        "can't {operation} offset-naive and offset-aware {what}"
    ))
}

/// Whether two objects share their zone, or have none both.
fn same_zone(left: Option<&PyRef>, right: Option<&PyRef>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => left.is(right),
        _ => false,
    }
}

/// The answer of a comparison between naive and aware: they differ, and have no order.
fn compare_mixed(vm: &Vm, op: CompareOp, what: &str) -> PyResult {
    match op {
        CompareOp::Eq => Ok(vm.new_bool(false)),
        CompareOp::Ne => Ok(vm.new_bool(true)),
        _ => Err(mixed(vm, "compare", what)),
    }
}

pub(super) fn compare_times(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (
        left.downcast_ref::<PyTime>(),
        right.downcast_ref::<PyTime>(),
    ) else {
        return Ok(vm.not_implemented());
    };
    let shown = [left, right].map(|time| time.clock().microseconds());
    if same_zone(left.zone(), right.zone()) {
        return Ok(vm.new_bool(op.holds(shown[0].cmp(&shown[1]))));
    }
    let ordering = match (left.utc_offset(vm)?, right.utc_offset(vm)?) {
        (None, None) => shown[0].cmp(&shown[1]),
        (Some(left), Some(right)) => (shown[0] - left).cmp(&(shown[1] - right)),
        _ => return compare_mixed(vm, op, "times"),
    };
    Ok(vm.new_bool(op.holds(ordering)))
}

/// The hash of what is equal only to what has the same hash: the time in UTC, or of a naive one as it is.
pub(super) fn hash_of_time(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let time = receiver::<PyTime>(this).clone();
    let offset = time.utc_offset(vm)?.unwrap_or_default();
    let since_midnight = time.clock().microseconds() - offset;
    Ok(vm.hash_bytes(&since_midnight.to_le_bytes()))
}

/// The hash of the moment in UTC. Moments that differ in their fold alone can be equal, so that it is not asked for.
pub(super) fn hash_of_datetime(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let typed = receiver::<PyDateTime>(this).clone();
    let offset = if typed.zone().is_some() && typed.moment().clock().fold() {
        let unfolded = with_fold(vm, &typed, false)?;
        utc_offset(vm, &unfolded)?
    } else {
        utc_offset(vm, &typed)?
    };
    let instant = typed.moment().instant() - offset.unwrap_or_default();
    Ok(vm.hash_bytes(&instant.to_le_bytes()))
}

/// A plain datetime that shows the same with another fold.
fn with_fold(vm: &Vm, this: &Ref<PyDateTime>, fold: bool) -> PyResult<Ref<PyDateTime>> {
    let other = make(vm, this.moment().with_fold(fold), this.zone().cloned())?;
    Ok(receiver::<PyDateTime>(&other).clone())
}

/// Whether a datetime's offset depends on its fold: then it is equal to none of another zone (PEP 495).
fn depends_on_fold(vm: &mut Vm, this: &Ref<PyDateTime>, offset: Option<i64>) -> PyResult<bool> {
    let fold = this.moment().clock().fold();
    let other = with_fold(vm, this, !fold)?;
    Ok(utc_offset(vm, &other)? != offset)
}

/// What a moment shows, without the fold.
fn shown(moment: Moment) -> Moment {
    moment.with_fold(false)
}

pub(super) fn compare_datetimes(
    vm: &mut Vm,
    left: &PyRef,
    right: &PyRef,
    op: CompareOp,
) -> PyResult {
    let (Some(left), Some(right)) = (
        left.downcast_ref::<PyDateTime>(),
        right.downcast_ref::<PyDateTime>(),
    ) else {
        return Ok(vm.not_implemented());
    };
    if same_zone(left.zone(), right.zone()) {
        let ordering = shown(left.moment()).cmp(&shown(right.moment()));
        return Ok(vm.new_bool(op.holds(ordering)));
    }
    let offsets = (utc_offset(vm, left)?, utc_offset(vm, right)?);
    let mut ordering = match offsets {
        (None, None) => shown(left.moment()).cmp(&shown(right.moment())),
        (Some(left_offset), Some(right_offset)) => {
            let instants = (left.moment().instant(), right.moment().instant());
            (instants.0 - left_offset).cmp(&(instants.1 - right_offset))
        }
        _ => return compare_mixed(vm, op, "datetimes"),
    };
    let is_equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
    if is_equality
        && ordering.is_eq()
        && (depends_on_fold(vm, left, offsets.0)? || depends_on_fold(vm, right, offsets.1)?)
    {
        ordering = Ordering::Greater;
    }
    Ok(vm.new_bool(op.holds(ordering)))
}

pub(super) fn add(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let (this, delta) = if left.is_a::<PyDateTime>() {
        (left, as_delta(right))
    } else {
        (right, as_delta(left))
    };
    match delta {
        Some(delta) if this.is_a::<PyDateTime>() => shifted(vm, this, delta.total()),
        _ => Ok(vm.not_implemented()),
    }
}

pub(super) fn sub(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some(typed) = left.downcast_ref::<PyDateTime>() else {
        return Ok(vm.not_implemented());
    };
    if let Some(delta) = as_delta(right) {
        return shifted(vm, left, -delta.total());
    }
    let Some(other) = right.downcast_ref::<PyDateTime>() else {
        return Ok(vm.not_implemented());
    };
    let apart = typed.moment().instant() - other.moment().instant();
    if same_zone(typed.zone(), other.zone()) {
        return of_microseconds(vm, apart.into());
    }
    match (utc_offset(vm, typed)?, utc_offset(vm, other)?) {
        (None, None) => of_microseconds(vm, apart.into()),
        (Some(left), Some(right)) => of_microseconds(vm, (apart - (left - right)).into()),
        _ => Err(mixed(vm, "subtract", "datetimes")),
    }
}
