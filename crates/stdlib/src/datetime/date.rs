//! `datetime.date`: its layout, making one, and what Python sees.
//!
//! A datetime is a date, but with a payload of its own: whatever is said here of a date holds for both ([`date_of`]).

use super::arguments::{self, Int, IsoText, Parameters, Text, or, year_message};
use super::calendar::{Date, WeekDate, YEAR_MAX, YEAR_MIN};
use super::clock::{Clock, Moment};
use super::date_time::{self, DATETIME, PyDateTime};
use super::timedelta::{as_delta, of_microseconds};
use super::{format, iso, local, week};
use crate::call_new_row;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{ArgInfo, CompareOp, FromArg, GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};

/// A day: 20 bytes.
#[derive(Debug, Traverse)]
pub struct PyDate {
    #[traverse(skip)]
    date: Date,
}

impl PyPayload for PyDate {
    const DEF: &'static TypeDef = &DATE;
}

/// `datetime.date`
pub static DATE: TypeDef = TypeDef {
    class: Some(Class::of::<PyDate>),
    doc: "date(year, month, day)\n\nA day of the Gregorian calendar, which is taken to have always been in use.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(repr),
        str: Some(|vm, this| vm.call_method_str(this, "isoformat", &[])),
        hash: Some(|vm, this| Ok(vm.hash_bytes(&date_of(this).bits().to_le_bytes()))),
        richcompare: Some(richcompare),
        new: Some(new),
        add: Some(add),
        sub: Some(sub),
        ..Slots::EMPTY
    },
    methods: &[
        class_method!(
            "fromtimestamp",
            "($type, timestamp, /)",
            local::date_from_timestamp,
            "The local day at a time in seconds since 1970."
        ),
        class_method!(
            "fromordinal",
            "($type, ordinal, /)",
            from_ordinal,
            "The day with a number: 1 January of the year 1 is the first."
        ),
        class_method!(
            "fromisoformat",
            "($type, date_string, /)",
            |vm: &mut Vm, ty: Ref<PyType>, text: IsoText| {
                let date = iso::date(vm, &text.0)?;
                build(vm, &ty, date)
            },
            "The day that a text in one of the formats of ISO 8601 tells."
        ),
        class_method!(
            "fromisocalendar",
            "($type, year, week, day)",
            from_iso_calendar,
            "A day by year, week and weekday of ISO 8601."
        ),
        class_method!(
            "strptime",
            "($type, date_string, format, /)",
            |vm: &mut Vm, ty: Ref<PyType>, text: Text, format: Text| {
                format::strptime(vm, ty, "_strptime_datetime_date", text, format)
            },
            "The day that a text tells in a format."
        ),
        class_method!(
            "today",
            "($type, /)",
            |vm: &mut Vm, ty: PyRef| {
                let time = vm.import("time")?;
                let now = vm.call_method_str(&time, "time", &[])?;
                vm.call_method_str(&ty, "fromtimestamp", &[now])
            },
            "The local day now."
        ),
        method!(
            "ctime",
            "($self, /)",
            |_: &mut Vm, this: AnyDate| format::ctime(this.date, Clock::MIDNIGHT),
            "As in 'Sat Jun  6 00:00:00 1998'."
        ),
        method!(
            "strftime",
            "($self, format)",
            |vm: &mut Vm, this: AnyDate, format: Text| {
                format::strftime_of_date(vm, &this.object, &format.0)
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
            "timetuple",
            "($self, /)",
            time_tuple,
            "As time.localtime() has it."
        ),
        method!(
            "isocalendar",
            "($self, /)",
            |vm: &mut Vm, this: AnyDate| week::make(vm, this.date.week_date()),
            "Year, week and weekday of ISO 8601."
        ),
        method!(
            "isoformat",
            "($self, /)",
            |_: &mut Vm, this: AnyDate| format::date_text(this.date),
            "As in '1998-06-06'."
        ),
        method!(
            "isoweekday",
            "($self, /)",
            |_: &mut Vm, this: AnyDate| this.date.weekday() + 1,
            "The day of the week: 1 for Monday."
        ),
        method!(
            "toordinal",
            "($self, /)",
            |_: &mut Vm, this: AnyDate| this.date.ordinal(),
            "The day's number: that of 1 January of the year 1 is 1."
        ),
        method!(
            "weekday",
            "($self, /)",
            |_: &mut Vm, this: AnyDate| this.date.weekday(),
            "The day of the week: 0 for Monday."
        ),
        method!(
            "replace",
            "($self, /, year=unchanged, month=unchanged, day=unchanged)",
            replace,
            "The same day with other parts."
        ),
        method!(
            "__replace__",
            "($self, /, year=unchanged, month=unchanged, day=unchanged)",
            replace,
            "The same as replace()."
        ),
        method!("__reduce__", "($self, /)", reduce, super::REDUCE_DOC),
    ],
    getset: &[
        GetSet {
            name: "year",
            doc: "From 1 to 9999.",
            get: |vm, this| vm.new_int(date_of(this).year().into()),
            set: None,
        },
        GetSet {
            name: "month",
            doc: "From 1 to 12.",
            get: |vm, this| vm.new_int(date_of(this).month().into()),
            set: None,
        },
        GetSet {
            name: "day",
            doc: "From 1 to the number of days of the month.",
            get: |vm, this| vm.new_int(date_of(this).day().into()),
            set: None,
        },
    ],
    ..TypeDef::new("datetime.date")
};

static NEW: Method = method!(
    "function",
    "($type, year, month, day)",
    |vm: &mut Vm, ty: Ref<PyType>, year: Int, month: Int, day: Int| {
        let date = arguments::date(vm, year.0, month.0, day.0)?;
        vm.new_instance(&ty, PyDate { date })
    },
    "A day."
);

const PARAMETERS: Parameters = Parameters {
    names: &["year", "month", "day"],
    required: 3,
    positional: 3,
};

/// The length of a pickled date.
const STATE_LEN: usize = 4;

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let is_sane: fn(u8) -> bool = |month| (1..=12).contains(&month);
    let state = match args.values {
        [_] => arguments::state(vm, args, "date", STATE_LEN, (2, is_sane))?,
        _ => None,
    };
    if let Some(state) = state {
        let date = date_of_state(vm, &state.bytes)?;
        return Ok(vm.new_instance(ty, PyDate { date })?.into_any());
    }
    PARAMETERS.check(vm, args)?;
    call_new_row(vm, &NEW, ty, args)
}

/// The day in the first four bytes of a state.
pub(super) fn date_of_state(vm: &Vm, bytes: &[u8]) -> PyResult<Date> {
    let year = i32::from(bytes[0]) << 8 | i32::from(bytes[1]);
    arguments::date(vm, year, (bytes[2] & 0x7F).into(), bytes[3].into())
}

/// A day as the first four bytes of a state.
pub(super) fn state_of_date(date: Date) -> [u8; STATE_LEN] {
    let year = date.year();
    [
        (year >> 8) as u8,
        year as u8,
        date.month() as u8,
        date.day() as u8,
    ]
}

/// The day that a date or datetime is or lies in.
#[inline]
pub(super) fn date_of(this: &PyRef) -> Date {
    as_date(this).expect("a slot is called with receivers of its type")
}

/// The day that an object is or lies in, if it is a date or datetime.
#[inline]
pub(super) fn as_date(object: &PyRef) -> Option<Date> {
    match object.downcast_ref::<PyDate>() {
        Some(object) => Some(object.date),
        None => Some(object.downcast_ref::<PyDateTime>()?.moment().date()),
    }
}

/// A date or datetime as a receiver.
#[derive(Clone, Debug)]
pub(super) struct AnyDate {
    pub(super) object: PyRef,
    pub(super) date: Date,
}

impl FromArg for AnyDate {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let object = PyRef::from_arg(vm, arg, info)?;
        match as_date(&object) {
            Some(date) => Ok(Self { object, date }),
            None => Err(info.wrong_type(vm, DATE.name, &object)),
        }
    }
}

/// A plain date.
pub(super) fn make(vm: &Vm, date: Date) -> PyResult {
    Ok(vm.new_object(PyDate { date })?.into_any())
}

/// A date of a class: `date` or one derived from it, whose constructor is called. May run Python.
pub(super) fn build(vm: &mut Vm, class: &Ref<PyType>, date: Date) -> PyResult {
    if class.is(vm.class(&DATE)) {
        return make(vm, date);
    }
    if class.is(vm.class(&DATETIME)) {
        return date_time::make(vm, Moment::new(date, Clock::MIDNIGHT), None);
    }
    let parts = [
        vm.new_int(date.year().into())?,
        vm.new_int(date.month().into())?,
        vm.new_int(date.day().into())?,
    ];
    vm.call_positional(class.as_any(), &parts)
}

fn from_ordinal(vm: &mut Vm, ty: Ref<PyType>, ordinal: Int) -> PyResult {
    if ordinal.0 < 1 {
        return Err(vm.value_error("ordinal must be >= 1"));
    }
    let date = of_ordinal(vm, ordinal.0.into())?;
    build(vm, &ty, date)
}

/// The day with a number.
///
/// # Errors
/// `ValueError` if its year is none of dates.
pub(super) fn of_ordinal(vm: &Vm, ordinal: i64) -> PyResult<Date> {
    Date::of_ordinal(ordinal).ok_or_else(|| {
        let (year, _, _) = super::calendar::civil(ordinal);
        vm.value_error(year_message(year))
    })
}

/// A part of a week date, which is never out of the range of `int` silently.
struct Component(i32);

impl FromArg for Component {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let arg = PyRef::from_arg(vm, arg, info)?;
        let value = vm.index(&arg)?.to_i64();
        let value = value.and_then(|value| i32::try_from(value).ok());
        value
            .map(Self)
            .ok_or_else(|| vm.value_error("ISO calendar component out of range"))
    }
}

fn from_iso_calendar(
    vm: &mut Vm,
    ty: Ref<PyType>,
    year: Component,
    week: Component,
    day: Component,
) -> PyResult {
    let day = WeekDate {
        year: year.0,
        week: week.0,
        weekday: day.0,
    };
    if !(YEAR_MIN..=YEAR_MAX).contains(&day.year) {
        return Err(vm.value_error(year_message(day.year.into())));
    }
    if !day.has_week() {
        return Err(vm.value_error(format!("Invalid week: {}", day.week)));
    }
    if !(1..=7).contains(&day.weekday) {
        return Err(vm.value_error(format!(
            "Invalid weekday: {} (range is [1, 7])",
            day.weekday
        )));
    }
    let date = of_ordinal(vm, day.ordinal())?;
    build(vm, &ty, date)
}

fn replace(
    vm: &mut Vm,
    this: AnyDate,
    year: Option<Int>,
    month: Option<Int>,
    day: Option<Int>,
) -> PyResult {
    let old = this.date;
    let date = arguments::date(
        vm,
        or(year, old.year()),
        or(month, old.month()),
        or(day, old.day()),
    )?;
    let class = vm.type_of(&this.object).clone();
    build(vm, &class, date)
}

fn reduce(vm: &mut Vm, this: AnyDate) -> PyResult {
    let state = vm.new_bytes(&state_of_date(this.date))?.into_any();
    let state = vm.new_tuple(&[state])?.into_any();
    let class = vm.type_of(&this.object).clone().into_any();
    Ok(vm.new_tuple(&[class, state])?.into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let (class, date) = (vm.type_name(this), date_of(this));
    let (year, month, day) = (date.year(), date.month(), date.day());
    Ok(vm
        .new_str(&format!("{class}({year}, {month}, {day})"))?
        .into_any())
}

fn time_tuple(vm: &mut Vm, this: AnyDate) -> PyResult {
    format::struct_time(vm, this.date, Clock::MIDNIGHT, -1)
}

/// Whether an object is a datetime, which is more than a date.
fn is_datetime(object: &PyRef) -> bool {
    object.is_a::<PyDateTime>()
}

fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    // To compare the days alone would not be what anybody wants who compares with a datetime.
    Ok(match (as_date(left), as_date(right)) {
        (Some(left), Some(day)) if !is_datetime(right) => vm.new_bool(op.holds(left.cmp(&day))),
        _ => vm.not_implemented(),
    })
}

/// The day so many days later, of the class that the date has.
fn shifted(vm: &mut Vm, this: &PyRef, days: i64) -> PyResult {
    let Some(date) = Date::of_ordinal(date_of(this).ordinal() + days) else {
        return Err(arguments::date_out_of_range(vm));
    };
    let class = vm.type_of(this).clone();
    build(vm, &class, date)
}

fn add(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    if is_datetime(left) || is_datetime(right) {
        return Ok(vm.not_implemented());
    }
    match (as_date(left), as_date(right)) {
        (Some(_), None) => match as_delta(right) {
            Some(delta) => shifted(vm, left, delta.days().into()),
            None => Ok(vm.not_implemented()),
        },
        (None, Some(_)) => match as_delta(left) {
            Some(delta) => shifted(vm, right, delta.days().into()),
            None => Ok(vm.not_implemented()),
        },
        _ => Ok(vm.not_implemented()),
    }
}

fn sub(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let Some(date) = as_date(left).filter(|_| !is_datetime(left) && !is_datetime(right)) else {
        return Ok(vm.not_implemented());
    };
    if let Some(other) = as_date(right) {
        let days = i128::from(date.ordinal() - other.ordinal());
        return of_microseconds(vm, days * i128::from(super::clock::DAY));
    }
    match as_delta(right) {
        Some(delta) => shifted(vm, left, -i64::from(delta.days())),
        None => Ok(vm.not_implemented()),
    }
}
