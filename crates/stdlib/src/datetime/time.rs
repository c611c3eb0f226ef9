//! `datetime.time`: its layout, making one, and what Python sees.

use super::arguments::{self, Int, IsoText, Parameters, Text, Zone, or};
use super::clock::Clock;
use super::tzinfo::{self, Question};
use super::{aware, format, iso};
use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::tuple::kind_for;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use std::cell::Cell;

/// A time of day, perhaps in a time zone: 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyTime {
    #[traverse(skip)]
    clock: Cell<Clock>,
    zone: Option<PyRef>,
}

impl PyPayload for PyTime {
    const DEF: &'static TypeDef = &TIME;
}

/// `datetime.time`
pub static TIME: TypeDef = TypeDef {
    class: Some(Class::of::<PyTime>),
    doc: "time(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)\n\nA time of day, perhaps in a time \
          zone. Where a clock that is set back shows a time twice, a fold of 1 means the second of them.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(repr),
        str: Some(|vm, this| vm.call_method_str(this, "isoformat", &[])),
        hash: Some(aware::hash_of_time),
        richcompare: Some(aware::compare_times),
        new: Some(new),
        ..Slots::EMPTY
    },
    methods: &[
        class_method!(
            "fromisoformat",
            "($type, time_string, /)",
            from_iso_format,
            "The time that a text in one of the formats of ISO 8601 tells."
        ),
        class_method!(
            "strptime",
            "($type, time_string, format, /)",
            |vm: &mut Vm, ty: Ref<PyType>, text: Text, format: Text| {
                format::strptime(vm, ty, "_strptime_datetime_time", text, format)
            },
            "The time that a text tells in a format."
        ),
        method!(
            "isoformat",
            "($self, /, timespec='auto')",
            iso_format,
            "As in '16:26:11.000042+02:00'; timespec says which part is the last."
        ),
        method!(
            "strftime",
            "($self, format)",
            |vm: &mut Vm, this: Ref<PyTime>, format: Text| {
                format::strftime_of_time(vm, &this, &format.0)
            },
            "As text, in a format."
        ),
        method!(
            "__format__",
            "($self, format_spec, /)",
            format::format,
            "As text: in a format, or as str() has it."
        ),
        method!(
            "utcoffset",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyTime>| this.ask(vm, Question::UtcOffset),
            "How far the time is ahead of UTC, as the time zone tells."
        ),
        method!(
            "tzname",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyTime>| {
                let none = vm.none();
                tzinfo::name(vm, this.zone(), &none)
            },
            "The name of the time zone, as it tells."
        ),
        method!(
            "dst",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyTime>| this.ask(vm, Question::Dst),
            "How much of the offset is summer time, as the time zone tells."
        ),
        method!(
            "replace",
            "($self, /, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, \
             tzinfo=unchanged, *, fold=unchanged)",
            replace,
            "The same time with other parts."
        ),
        method!(
            "__replace__",
            "($self, /, hour=unchanged, minute=unchanged, second=unchanged, microsecond=unchanged, \
             tzinfo=unchanged, *, fold=unchanged)",
            replace,
            "The same as replace()."
        ),
        method!(
            "__reduce_ex__",
            "($self, protocol, /)",
            |vm: &mut Vm, this: Ref<PyTime>, protocol: Int| reduce(vm, this, protocol),
            super::REDUCE_DOC
        ),
        method!(
            "__reduce__",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyTime>| reduce(vm, this, Int(2)),
            super::REDUCE_DOC
        ),
    ],
    getset: &[
        GetSet {
            name: "hour",
            doc: "From 0 to 23.",
            get: |vm, this| vm.new_int(clock_of(this).hour().into()),
            set: None,
        },
        GetSet {
            name: "minute",
            doc: "From 0 to 59.",
            get: |vm, this| vm.new_int(clock_of(this).minute().into()),
            set: None,
        },
        GetSet {
            name: "second",
            doc: "From 0 to 59.",
            get: |vm, this| vm.new_int(clock_of(this).second().into()),
            set: None,
        },
        GetSet {
            name: "microsecond",
            doc: "From 0 to 999,999.",
            get: |vm, this| vm.new_int(clock_of(this).microsecond().into()),
            set: None,
        },
        GetSet {
            name: "tzinfo",
            doc: "The time zone, or None.",
            get: |vm, this| {
                let zone = receiver::<PyTime>(this).zone().cloned();
                Ok(zone.unwrap_or_else(|| vm.none()))
            },
            set: None,
        },
        GetSet {
            name: "fold",
            doc: "1 for the second of two times that a clock shows alike.",
            get: |vm, this| vm.new_int(clock_of(this).fold().into()),
            set: None,
        },
    ],
    ..TypeDef::new("datetime.time")
};

static NEW: Method = method!(
    "function",
    "($type, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)",
    |vm: &mut Vm,
     ty: Ref<PyType>,
     hour: Option<Int>,
     minute: Option<Int>,
     second: Option<Int>,
     microsecond: Option<Int>,
     zone: Option<Zone>,
     fold: Option<Int>| {
        let parts = [hour, minute, second, microsecond].map(|part| or(part, 0));
        let clock = arguments::clock(vm, parts, or(fold, 0))?;
        make_of(vm, &ty, clock, Zone::or(zone, None))
    },
    "A time of day."
);

const PARAMETERS: Parameters = Parameters {
    names: &["hour", "minute", "second", "microsecond", "tzinfo", "fold"],
    required: 0,
    positional: 5,
};

/// The length of a pickled time.
const STATE_LEN: usize = 6;

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let is_sane: fn(u8) -> bool = |hour| hour & 0x7F < 24;
    if let Some(state) = arguments::state(vm, args, "time", STATE_LEN, (0, is_sane))? {
        let clock = clock_of_state(vm, &state.bytes)?;
        let clock = clock.with_fold(state.bytes[0] & 0x80 != 0);
        return make_of(vm, ty, clock, state.zone);
    }
    PARAMETERS.check(vm, args)?;
    call_new_row(vm, &NEW, ty, args)
}

/// The time in the last six bytes of a state, without its fold.
pub(super) fn clock_of_state(vm: &Vm, bytes: &[u8]) -> PyResult<Clock> {
    let microsecond = bytes[3..6]
        .iter()
        .fold(0, |value, &byte| value << 8 | i32::from(byte));
    let hour = i32::from(bytes[0] & 0x7F);
    arguments::clock(vm, [hour, bytes[1].into(), bytes[2].into(), microsecond], 0)
}

/// A time as the last six bytes of a state, without its fold.
pub(super) fn state_of_clock(clock: Clock) -> [u8; STATE_LEN] {
    let microsecond = clock.microsecond();
    [
        clock.hour() as u8,
        clock.minute() as u8,
        clock.second() as u8,
        (microsecond >> 16) as u8,
        (microsecond >> 8) as u8,
        microsecond as u8,
    ]
}

impl PyTime {
    /// The time of day.
    pub(super) fn clock(&self) -> Clock {
        self.clock.get()
    }

    /// The time zone.
    pub(super) fn zone(&self) -> Option<&PyRef> {
        self.zone.as_ref()
    }

    /// What the zone answers: a timedelta or `None`. May run Python.
    fn ask(&self, vm: &mut Vm, question: Question) -> PyResult {
        let none = vm.none();
        Ok(tzinfo::ask(vm, self.zone(), question, &none)?.0)
    }

    /// How many microseconds the zone is ahead of UTC, if it says. May run Python.
    pub(super) fn utc_offset(&self, vm: &mut Vm) -> PyResult<Option<i64>> {
        let none = vm.none();
        tzinfo::utc_offset(vm, self.zone(), &none)
    }
}

fn clock_of(this: &PyRef) -> Clock {
    receiver::<PyTime>(this).clock()
}

fn make_of(vm: &Vm, class: &Ref<PyType>, clock: Clock, zone: Option<PyRef>) -> PyResult {
    if class.is(vm.class(&TIME)) {
        return make(vm, clock, zone);
    }
    let clock = Cell::new(clock);
    Ok(vm.new_instance(class, PyTime { clock, zone })?.into_any())
}

/// A plain time.
pub(super) fn make(vm: &Vm, clock: Clock, zone: Option<PyRef>) -> PyResult {
    let kind = kind_for(zone.as_slice());
    let clock = Cell::new(clock);
    Ok(vm.new_object_in(kind, PyTime { clock, zone })?.into_any())
}

/// A time of a class: `time` or one derived from it, whose constructor is called. May run Python.
fn build(vm: &mut Vm, class: &Ref<PyType>, clock: Clock, zone: Option<PyRef>) -> PyResult {
    if class.is(vm.class(&TIME)) {
        return make(vm, clock, zone);
    }
    let parts = [
        vm.new_int(clock.hour().into())?,
        vm.new_int(clock.minute().into())?,
        vm.new_int(clock.second().into())?,
        vm.new_int(clock.microsecond().into())?,
        zone.unwrap_or_else(|| vm.none()),
    ];
    let made = vm.call_positional(class.as_any(), &parts)?;
    // Constructors of derived classes need not know of folds.
    if let Some(made) = made.downcast_ref::<PyTime>() {
        made.clock.set(made.clock().with_fold(clock.fold()));
    }
    Ok(made)
}

fn from_iso_format(vm: &mut Vm, ty: Ref<PyType>, text: IsoText) -> PyResult {
    let (clock, zone) = iso::time(vm, &text.0)?;
    build(vm, &ty, clock, zone)
}

fn replace(
    vm: &mut Vm,
    this: Ref<PyTime>,
    hour: Option<Int>,
    minute: Option<Int>,
    second: Option<Int>,
    microsecond: Option<Int>,
    zone: Option<Zone>,
    fold: Option<Int>,
) -> PyResult {
    let old = this.clock();
    let parts = [
        or(hour, old.hour()),
        or(minute, old.minute()),
        or(second, old.second()),
        or(microsecond, old.microsecond()),
    ];
    let clock = arguments::clock(vm, parts, or(fold, old.fold().into()))?;
    let class = vm.type_of(&this).clone();
    build(vm, &class, clock, Zone::or(zone, this.zone()))
}

fn reduce(vm: &mut Vm, this: Ref<PyTime>, protocol: Int) -> PyResult {
    let clock = this.clock();
    let mut bytes = state_of_clock(clock);
    // Before protocol 4 nobody knew of folds.
    if protocol.0 > 3 && clock.fold() {
        bytes[0] |= 0x80;
    }
    reduced(vm, this.as_any(), &bytes, this.zone())
}

/// `(class, (state, zone))`, or without the zone if there is none.
pub(super) fn reduced(vm: &mut Vm, this: &PyRef, bytes: &[u8], zone: Option<&PyRef>) -> PyResult {
    let state = [Some(vm.new_bytes(bytes)?.into_any()), zone.cloned()];
    let state: Vec<PyRef> = state.into_iter().flatten().collect();
    let state = vm.new_tuple(&state)?.into_any();
    let class = vm.type_of(this).clone().into_any();
    Ok(vm.new_tuple(&[class, state])?.into_any())
}

fn iso_format(vm: &mut Vm, this: Ref<PyTime>, timespec: Option<Text>) -> PyResult<String> {
    let precision = format::Precision::of_argument(vm, timespec.as_ref())?;
    let mut text = format::clock_text(this.clock(), precision);
    if let Some(offset) = this.utc_offset(vm)? {
        text += &format::offset_text(offset, ":");
    }
    Ok(text)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let (class, clock) = (vm.type_name(this), clock_of(this));
    let parts = format::shown_clock(clock);
    let mut text = exuvia_vm::types::str::StrBuilder::new();
    text.push_str(vm, &format!("{class}({parts}"))?;
    if let Some(zone) = receiver::<PyTime>(this).zone().cloned() {
        let zone = vm.repr(&zone)?;
        text.push_str(vm, ", tzinfo=")?;
        text.push(vm, &zone)?;
    }
    text.push_str(vm, if clock.fold() { ", fold=1)" } else { ")" })?;
    Ok(text.finish(vm)?.into_any())
}
