//! `datetime.tzinfo`, the base of all time zones, and asking any of them.

use super::clock::DAY;
use super::date_time::{self, PyDateTime};
use super::timedelta::{self, as_delta};
use super::timezone::PyTimezone;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Slots, TypeDef, TypeFlags};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Traverse, Vm, method};

/// An instance of a class derived from `tzinfo`: nothing of its own.
#[derive(Debug, Traverse)]
pub struct PyTzInfo;

impl PyPayload for PyTzInfo {
    const DEF: &'static TypeDef = &TZINFO;
}

/// `datetime.tzinfo`
pub static TZINFO: TypeDef = TypeDef {
    class: Some(Class::of::<PyTzInfo>),
    doc: "The base of time zones. Classes derived from it say what holds in the zone at a time: utcoffset(), dst() and \
          tzname().",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(|vm, ty, _: Args<'_>| Ok(vm.new_instance(ty, PyTzInfo)?.into_any())),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "tzname",
            "($self, dt, /)",
            |vm: &mut Vm, _: PyRef, _: PyRef| -> PyResult { Err(not_implemented(vm, "tzname")) },
            "The name of the zone at a time; a derived class says it."
        ),
        method!(
            "utcoffset",
            "($self, dt, /)",
            |vm: &mut Vm, _: PyRef, _: PyRef| -> PyResult { Err(not_implemented(vm, "utcoffset")) },
            "How far local time is ahead of UTC at a time, a timedelta; a derived class says it."
        ),
        method!(
            "dst",
            "($self, dt, /)",
            |vm: &mut Vm, _: PyRef, _: PyRef| -> PyResult { Err(not_implemented(vm, "dst")) },
            "How much of the offset is summer time, a timedelta; a derived class says it."
        ),
        method!(
            "fromutc",
            "($self, dt, /)",
            from_utc,
            "The local time of a datetime that has this zone but shows UTC."
        ),
        method!("__reduce__", "($self, /)", reduce, super::REDUCE_DOC),
    ],
    ..TypeDef::new("datetime.tzinfo")
};

#[cold]
fn not_implemented(vm: &Vm, method: &str) -> PyErr {
    vm.not_implemented_error(format!("a tzinfo subclass must implement {method}()"))
}

/// What a zone is asked for that it answers with a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    UtcOffset,
    Dst,
}

impl Question {
    fn method(self) -> &'static str {
        match self {
            Self::UtcOffset => "utcoffset",
            Self::Dst => "dst",
        }
    }
}

/// What a zone answers for a datetime, or for `None` when a time without a date asks: a timedelta or `None`, and its
/// microseconds. May run Python.
///
/// # Errors
/// `TypeError` for an answer of another type, `ValueError` for a day or more; what the zone raises.
pub(super) fn ask(
    vm: &mut Vm,
    zone: Option<&PyRef>,
    question: Question,
    about: &PyRef,
) -> PyResult<(PyRef, Option<i64>)> {
    let Some(zone) = zone else {
        return Ok((vm.none(), None));
    };
    if let Some(fixed) = zone.downcast_ref::<PyTimezone>() {
        return Ok(match question {
            Question::UtcOffset => (fixed.offset().clone(), Some(fixed.microseconds())),
            Question::Dst => (vm.none(), None),
        });
    }
    let method = question.method();
    let answer = vm.call_method_str(zone, method, std::slice::from_ref(about))?;
    if vm.is_none(&answer) {
        return Ok((answer, None));
    }
    let Some(delta) = as_delta(&answer) else {
        let found = vm.type_name(&answer);
        return Err(vm.type_error(format!(
            "tzinfo.{method}() must return None or timedelta, not '{found}'"
        )));
    };
    match delta.as_offset() {
        Some(offset) => Ok((answer, Some(offset))),
        None => Err(not_an_offset(vm, &answer)),
    }
}

/// The error for an offset of a day or more.
#[cold]
pub(super) fn not_an_offset(vm: &mut Vm, delta: &PyRef) -> PyErr {
    match vm.repr(delta) {
        Err(error) => error,
        Ok(shown) => vm.value_error(format!(
            "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not {}",
            shown.to_text()
        )),
    }
}

/// How many microseconds a zone is ahead of UTC, if it says. As [`ask`].
pub(super) fn utc_offset(
    vm: &mut Vm,
    zone: Option<&PyRef>,
    about: &PyRef,
) -> PyResult<Option<i64>> {
    if zone.is_none() {
        return Ok(None);
    }
    Ok(ask(vm, zone, Question::UtcOffset, about)?.1)
}

/// The name that a zone has for itself: a string or `None`. May run Python.
///
/// # Errors
/// `TypeError` for an answer of another type; what the zone raises.
pub(super) fn name(vm: &mut Vm, zone: Option<&PyRef>, about: &PyRef) -> PyResult {
    let Some(zone) = zone else {
        return Ok(vm.none());
    };
    let answer = vm.call_method_str(zone, "tzname", std::slice::from_ref(about))?;
    if vm.is_none(&answer) || answer.is_a::<PyStr>() {
        return Ok(answer);
    }
    let found = vm.type_name(&answer);
    Err(vm.type_error(format!(
        "tzinfo.tzname() must return None or a string, not '{found}'"
    )))
}

/// The argument of `fromutc` as a datetime of this zone.
///
/// # Errors
/// `TypeError` if it is no datetime, `ValueError` if it has another zone.
pub(super) fn own_datetime<'a>(
    vm: &Vm,
    zone: &PyRef,
    dt: &'a PyRef,
) -> PyResult<&'a Ref<PyDateTime>> {
    let Some(typed) = dt.downcast_ref::<PyDateTime>() else {
        return Err(vm.type_error("fromutc: argument must be a datetime"));
    };
    match typed.zone().is_some_and(|own| own.is(zone)) {
        true => Ok(typed),
        false => Err(vm.value_error("fromutc: dt.tzinfo is not self")),
    }
}

/// Local time by offset and summer time: right for all zones whose standard offset never changes.
fn from_utc(vm: &mut Vm, this: PyRef, dt: PyRef) -> PyResult {
    own_datetime(vm, &this, &dt)?;
    let zone = Some(&this);
    let missing = |vm: &Vm, method: &str| {
        vm.value_error(format!("fromutc: non-None {method}() result required"))
    };
    let (_, offset) = ask(vm, zone, Question::UtcOffset, &dt)?;
    let offset = offset.ok_or_else(|| missing(vm, "utcoffset"))?;
    let (_, dst) = ask(vm, zone, Question::Dst, &dt)?;
    let dst = dst.ok_or_else(|| missing(vm, "dst"))?;
    let standard = date_time::shifted(vm, &dt, (offset - dst).into())?;
    let (_, dst) = ask(vm, zone, Question::Dst, &standard)?;
    let Some(dst) = dst else {
        return Err(vm.value_error("fromutc: tz.dst() gave inconsistent results; cannot convert"));
    };
    match dst {
        0 => Ok(standard),
        dst => date_time::shifted(vm, &standard, dst.into()),
    }
}

/// `(class, arguments, attributes)`; `__getinitargs__` tells the arguments.
fn reduce(vm: &mut Vm, this: PyRef) -> PyResult {
    let args = match vm.lookup_attr_str(&this, "__getinitargs__")? {
        Some(method) => vm.call_positional(&method, &[])?,
        None => vm.new_tuple(&[])?.into_any(),
    };
    let state = vm.call_method_str(&this, "__getstate__", &[])?;
    let class = vm.type_of(&this).clone().into_any();
    Ok(vm.new_tuple(&[class, args, state])?.into_any())
}

/// An offset as a plain timedelta.
pub(super) fn offset_object(vm: &Vm, microseconds: i64) -> PyResult {
    debug_assert!(microseconds.abs() < DAY, "offsets are shorter than a day");
    timedelta::of_microseconds(vm, microseconds.into())
}
