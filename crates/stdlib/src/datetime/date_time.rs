//! `datetime.datetime`: its layout, making one, and what Python sees. What has to do with clocks is in `local.rs`,
//! arithmetic and comparison are in `aware.rs`.

use super::arguments::{self, Int, IsoText, Parameters, Text, Zone, or};
use super::clock::{Clock, Moment};
use super::date::{DATE, date_of_state, state_of_date};
use super::time::{self, PyTime, TIME, clock_of_state, reduced, state_of_clock};
use super::tzinfo::{self, Question};
use super::{aware, format, iso, local};
use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::str::{PyStr, StrBuilder};
use exuvia_vm::types::tuple::kind_for;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use std::cell::Cell;

/// A day and a time of day, perhaps in a time zone: 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyDateTime {
    #[traverse(skip)]
    moment: Cell<Moment>,
    zone: Option<PyRef>,
}

impl PyPayload for PyDateTime {
    const DEF: &'static TypeDef = &DATETIME;
}

/// `datetime.datetime`
pub static DATETIME: TypeDef = TypeDef {
    base: Some(&DATE),
    class: Some(Class::of::<PyDateTime>),
    doc: "datetime(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)\n\nA day and a \
          time of day, perhaps in a time zone. Where a clock that is set back shows a time twice, a fold of 1 means the \
          second of them.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(repr),
        str: Some(|vm, this| {
            let blank = vm.new_str(" ")?.into_any();
            vm.call_method_str(this, "isoformat", &[blank])
        }),
        hash: Some(aware::hash_of_datetime),
        richcompare: Some(aware::compare_datetimes),
        new: Some(new),
        add: Some(aware::add),
        sub: Some(aware::sub),
        ..Slots::EMPTY
    },
    methods: METHODS,
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
                let zone = receiver::<PyDateTime>(this).zone().cloned();
                Ok(zone.unwrap_or_else(|| vm.none()))
            },
            set: None,
        },
        GetSet {
            name: "fold",
            doc: "1 for the second of two moments that a clock shows alike.",
            get: |vm, this| vm.new_int(clock_of(this).fold().into()),
            set: None,
        },
    ],
    ..TypeDef::new("datetime.datetime")
};

static METHODS: &[Method] = &[
    class_method!(
        "now",
        "($type, /, tz=None)",
        local::now,
        "The time now, in a time zone; without one, local time."
    ),
    class_method!(
        "utcnow",
        "($type, /)",
        local::utc_now,
        "The time now of UTC, without a time zone."
    ),
    class_method!(
        "fromtimestamp",
        "($type, /, timestamp, tz=None)",
        local::from_timestamp,
        "A time in seconds since 1970, in a time zone; without one, local time."
    ),
    class_method!(
        "utcfromtimestamp",
        "($type, timestamp, /)",
        local::utc_from_timestamp,
        "A time in seconds since 1970, of UTC, without a time zone."
    ),
    class_method!(
        "strptime",
        "($type, date_string, format, /)",
        |vm: &mut Vm, ty: Ref<PyType>, text: Text, format: Text| {
            format::strptime(vm, ty, "_strptime_datetime_datetime", text, format)
        },
        "The datetime that a text tells in a format."
    ),
    class_method!(
        "combine",
        "($type, /, date, time, tzinfo=<unrepresentable>)",
        combine,
        "The day of a date and the time of a time, in the time's zone or another."
    ),
    class_method!(
        "fromisoformat",
        "($type, date_string, /)",
        from_iso_format,
        "The datetime that a text in one of the formats of ISO 8601 tells."
    ),
    method!(
        "date",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDateTime>| super::date::make(vm, this.moment().date()),
        "The day."
    ),
    method!(
        "time",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDateTime>| time::make(vm, this.moment().clock(), None),
        "The time of day, without the time zone."
    ),
    method!(
        "timetz",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDateTime>| {
            time::make(vm, this.moment().clock(), this.zone.clone())
        },
        "The time of day, with the time zone."
    ),
    method!(
        "ctime",
        "($self, /)",
        |_: &mut Vm, this: Ref<PyDateTime>| {
            format::ctime(this.moment().date(), this.moment().clock())
        },
        "As in 'Sat Jun  6 16:26:11 1998'."
    ),
    method!(
        "timetuple",
        "($self, /)",
        time_tuple,
        "As time.localtime() has it."
    ),
    method!(
        "utctimetuple",
        "($self, /)",
        utc_time_tuple,
        "As time.gmtime() has it."
    ),
    method!(
        "timestamp",
        "($self, /)",
        local::timestamp,
        "In seconds since 1970; local time if there is no time zone."
    ),
    method!(
        "isoformat",
        "($self, /, sep='T', timespec='auto')",
        iso_format,
        "As in '1998-06-06T16:26:11.000042+02:00'; sep stands between date and time, and timespec says which part is \
         the last."
    ),
    method!(
        "utcoffset",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDateTime>| ask(vm, &this, Question::UtcOffset),
        "How far the time is ahead of UTC, as the time zone tells."
    ),
    method!(
        "tzname",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDateTime>| tzinfo::name(vm, this.zone(), this.as_any()),
        "The name of the time zone, as it tells."
    ),
    method!(
        "dst",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDateTime>| ask(vm, &this, Question::Dst),
        "How much of the offset is summer time, as the time zone tells."
    ),
    method!(
        "replace",
        "($self, /, year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, \
         second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
        replace,
        "The same datetime with other parts."
    ),
    method!(
        "__replace__",
        "($self, /, year=unchanged, month=unchanged, day=unchanged, hour=unchanged, minute=unchanged, \
         second=unchanged, microsecond=unchanged, tzinfo=unchanged, *, fold=unchanged)",
        replace,
        "The same as replace()."
    ),
    method!(
        "astimezone",
        "($self, /, tz=None)",
        local::as_time_zone,
        "The same moment in another time zone; without one, local time."
    ),
    method!(
        "__reduce_ex__",
        "($self, protocol, /)",
        |vm: &mut Vm, this: Ref<PyDateTime>, protocol: Int| reduce(vm, &this, protocol.0),
        super::REDUCE_DOC
    ),
    method!(
        "__reduce__",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyDateTime>| reduce(vm, &this, 2),
        super::REDUCE_DOC
    ),
];

/// The parts of a datetime as arguments.
struct Parts {
    date: [i32; 3],
    clock: [i32; 4],
    fold: i32,
}

impl Parts {
    fn of(moment: Moment) -> Self {
        let (date, clock) = (moment.date(), moment.clock());
        Self {
            date: [date.year(), date.month(), date.day()],
            clock: [
                clock.hour(),
                clock.minute(),
                clock.second(),
                clock.microsecond(),
            ],
            fold: clock.fold().into(),
        }
    }

    fn check(&self, vm: &Vm) -> PyResult<Moment> {
        let [year, month, day] = self.date;
        let date = arguments::date(vm, year, month, day)?;
        let clock = arguments::clock(vm, self.clock, self.fold)?;
        Ok(Moment::new(date, clock))
    }
}

static NEW: Method = method!(
    "function",
    "($type, year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)",
    |vm: &mut Vm,
     ty: Ref<PyType>,
     year: Int,
     month: Int,
     day: Int,
     hour: Option<Int>,
     minute: Option<Int>,
     second: Option<Int>,
     microsecond: Option<Int>,
     zone: Option<Zone>,
     fold: Option<Int>| {
        let parts = Parts {
            date: [year.0, month.0, day.0],
            clock: [hour, minute, second, microsecond].map(|part| or(part, 0)),
            fold: or(fold, 0),
        };
        let moment = parts.check(vm)?;
        make_of(vm, &ty, moment, Zone::or(zone, None))
    },
    "A day and a time of day."
);

const PARAMETERS: Parameters = Parameters {
    names: &[
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "microsecond",
        "tzinfo",
        "fold",
    ],
    required: 3,
    positional: 8,
};

/// The length of a pickled datetime.
const STATE_LEN: usize = 10;

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let is_sane = (2, arguments::is_month as fn(u8) -> bool);
    if let Some(state) = arguments::state(vm, args, "datetime", STATE_LEN, is_sane)? {
        let date = date_of_state(vm, &state.bytes)?;
        let clock = clock_of_state(vm, &state.bytes[4..])?;
        let moment = Moment::new(date, clock).with_fold(state.bytes[2] & 0x80 != 0);
        return make_of(vm, ty, moment, state.zone);
    }
    PARAMETERS.check(vm, args)?;
    call_new_row(vm, &NEW, ty, args)
}

impl PyDateTime {
    /// The reading of calendar and clock.
    #[inline]
    pub(super) fn moment(&self) -> Moment {
        self.moment.get()
    }

    /// The time zone.
    #[inline]
    pub(super) fn zone(&self) -> Option<&PyRef> {
        self.zone.as_ref()
    }
}

fn clock_of(this: &PyRef) -> Clock {
    receiver::<PyDateTime>(this).moment().clock()
}

fn make_of(vm: &Vm, class: &Ref<PyType>, moment: Moment, zone: Option<PyRef>) -> PyResult {
    if class.is(vm.class(&DATETIME)) {
        return make(vm, moment, zone);
    }
    let moment = Cell::new(moment);
    let made = vm.new_instance(class, PyDateTime { moment, zone })?;
    Ok(made.into_any())
}

/// A plain datetime. The collector need not look at those that cannot be in a cycle.
pub(super) fn make(vm: &Vm, moment: Moment, zone: Option<PyRef>) -> PyResult {
    let kind = kind_for(zone.as_slice());
    let moment = Cell::new(moment);
    let made = vm.new_object_in(kind, PyDateTime { moment, zone })?;
    Ok(made.into_any())
}

/// A datetime of a class: `datetime` or one derived from it, whose constructor is called. May run Python.
pub(super) fn build(
    vm: &mut Vm,
    class: &Ref<PyType>,
    moment: Moment,
    zone: Option<PyRef>,
) -> PyResult {
    if class.is(vm.class(&DATETIME)) {
        return make(vm, moment, zone);
    }
    let Parts { date, clock, .. } = Parts::of(moment);
    let mut args = Vec::with_capacity(8);
    for part in date.into_iter().chain(clock) {
        args.push(vm.new_int(part.into())?);
    }
    args.push(zone.unwrap_or_else(|| vm.none()));
    let made = vm.call_positional(class.as_any(), &args)?;
    // Constructors of derived classes need not know of folds.
    if let Some(made) = made.downcast_ref::<PyDateTime>() {
        made.moment
            .set(made.moment().with_fold(moment.clock().fold()));
    }
    Ok(made)
}

/// The datetime so many microseconds later, of the same class and zone, as the clock there shows it. May run Python.
///
/// # Errors
/// `OverflowError` for years that dates cannot have.
pub(super) fn shifted(vm: &mut Vm, this: &PyRef, microseconds: i128) -> PyResult {
    let typed = receiver::<PyDateTime>(this);
    let instant = i128::from(typed.moment().instant()) + microseconds;
    let moment = i64::try_from(instant).ok().and_then(Moment::of_instant);
    let Some(moment) = moment else {
        return Err(arguments::date_out_of_range(vm));
    };
    let class = vm.type_of(this).clone();
    build(vm, &class, moment, typed.zone.clone())
}

/// What the zone answers: a timedelta or `None`. May run Python.
fn ask(vm: &mut Vm, this: &Ref<PyDateTime>, question: Question) -> PyResult {
    Ok(tzinfo::ask(vm, this.zone(), question, this.as_any())?.0)
}

/// How many microseconds a datetime's zone is ahead of UTC, if it says. May run Python.
pub(super) fn utc_offset(vm: &mut Vm, this: &Ref<PyDateTime>) -> PyResult<Option<i64>> {
    tzinfo::utc_offset(vm, this.zone(), this.as_any())
}

fn combine(vm: &mut Vm, ty: Ref<PyType>, date: PyRef, time: PyRef, zone: Option<Zone>) -> PyResult {
    let wrong = |vm: &Vm, position: i32, wanted: &str, found: &PyRef| {
        let found = arguments::type_or_none(vm, found);
        vm.type_error(format!(
            "combine() argument {position} must be {wanted}, not {found}"
        ))
    };
    let Some(day) = super::date::as_date(&date) else {
        return Err(wrong(vm, 1, DATE.name, &date));
    };
    let Some(time) = time.downcast_ref::<PyTime>() else {
        return Err(wrong(vm, 2, TIME.name, &time));
    };
    let moment = Moment::new(day, time.clock());
    build(vm, &ty, moment, Zone::or(zone, time.zone()))
}

fn from_iso_format(vm: &mut Vm, ty: Ref<PyType>, text: IsoText) -> PyResult {
    let (moment, zone) = iso::datetime(vm, &text.0)?;
    build(vm, &ty, moment, zone)
}

fn replace(
    vm: &mut Vm,
    this: Ref<PyDateTime>,
    year: Option<Int>,
    month: Option<Int>,
    day: Option<Int>,
    hour: Option<Int>,
    minute: Option<Int>,
    second: Option<Int>,
    microsecond: Option<Int>,
    zone: Option<Zone>,
    fold: Option<Int>,
) -> PyResult {
    let old = Parts::of(this.moment());
    let parts = Parts {
        date: [
            or(year, old.date[0]),
            or(month, old.date[1]),
            or(day, old.date[2]),
        ],
        clock: [
            or(hour, old.clock[0]),
            or(minute, old.clock[1]),
            or(second, old.clock[2]),
            or(microsecond, old.clock[3]),
        ],
        fold: or(fold, old.fold),
    };
    let moment = parts.check(vm)?;
    let class = vm.type_of(&this).clone();
    build(vm, &class, moment, Zone::or(zone, this.zone()))
}

fn time_tuple(vm: &mut Vm, this: Ref<PyDateTime>) -> PyResult {
    let is_dst = match this.zone() {
        None => -1,
        zone => match tzinfo::ask(vm, zone, Question::Dst, this.as_any())?.1 {
            None => -1,
            Some(dst) => i64::from(dst != 0),
        },
    };
    let moment = this.moment();
    format::struct_time(vm, moment.date(), moment.clock(), is_dst)
}

fn utc_time_tuple(vm: &mut Vm, this: Ref<PyDateTime>) -> PyResult {
    let offset = utc_offset(vm, &this)?.unwrap_or_default();
    let Some(moment) = Moment::of_instant(this.moment().instant() - offset) else {
        return Err(arguments::date_out_of_range(vm));
    };
    format::struct_time(vm, moment.date(), moment.clock(), 0)
}

fn reduce(vm: &mut Vm, this: &Ref<PyDateTime>, protocol: i32) -> PyResult {
    let moment = this.moment();
    let mut bytes = [0; STATE_LEN];
    bytes[..4].copy_from_slice(&state_of_date(moment.date()));
    bytes[4..].copy_from_slice(&state_of_clock(moment.clock()));
    // Before protocol 4 nobody knew of folds.
    if protocol > 3 && moment.clock().fold() {
        bytes[2] |= 0x80;
    }
    reduced(vm, this.as_any(), &bytes, this.zone())
}

/// The separator of `isoformat`: one character.
fn separator(vm: &Vm, given: Option<&PyRef>) -> PyResult<u32> {
    let Some(given) = given else {
        return Ok('T'.into());
    };
    let found = match given.downcast_ref::<PyStr>() {
        Some(text) if text.len() == 1 => return Ok(text.char_at(0)),
        Some(text) => format!("a string of length {}", text.len()),
        None => arguments::type_or_none(vm, given),
    };
    Err(vm.type_error(format!(
        "isoformat() argument 1 must be a unicode character, not {found}"
    )))
}

fn iso_format(
    vm: &mut Vm,
    this: Ref<PyDateTime>,
    given: Option<PyRef>,
    timespec: Option<Text>,
) -> PyResult<Ref<PyStr>> {
    let separator = separator(vm, given.as_ref())?;
    let precision = format::Precision::of_argument(vm, timespec.as_ref())?;
    let moment = this.moment();
    let mut time = format::clock_text(moment.clock(), precision);
    if let Some(offset) = utc_offset(vm, &this)? {
        time += &format::offset_text(offset, ":");
    }
    let mut text = StrBuilder::new();
    text.push_str(vm, &format::date_text(moment.date()))?;
    text.push_char(vm, separator)?;
    text.push_str(vm, &time)?;
    text.finish(vm)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let typed = receiver::<PyDateTime>(this);
    let (date, clock) = (typed.moment().date(), typed.moment().clock());
    let (year, month, day) = (date.year(), date.month(), date.day());
    let (class, time) = (vm.type_name(this), format::shown_clock(clock));
    let fold = if clock.fold() { ", fold=1" } else { "" };
    let mut text = StrBuilder::new();
    text.push_str(vm, &format!("{class}({year}, {month}, {day}, {time}{fold}"))?;
    if let Some(zone) = typed.zone.clone() {
        let zone = vm.repr(&zone)?;
        text.push_str(vm, ", tzinfo=")?;
        text.push(vm, &zone)?;
    }
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}
