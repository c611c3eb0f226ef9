//! Text from dates and times: the formats of ISO 8601, `strftime` and what goes with it.

use super::arguments::Text;
use super::calendar::Date;
use super::clock::{Clock, MICROSECONDS};
use super::date_time::PyDateTime;
use super::time::PyTime;
use super::tzinfo;
use exuvia_vm::types::str::{PyStr, StrBuilder};
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyRef, PyResult, Ref, Vm};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// Which part of a time is the last that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Precision {
    /// Microseconds if there are any, else seconds.
    Auto,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
    Microseconds,
}

impl Precision {
    /// The precision that an argument `timespec` names.
    ///
    /// # Errors
    /// `ValueError` if it names none.
    pub(super) fn of_argument(vm: &Vm, timespec: Option<&Text>) -> PyResult<Self> {
        let Some(Text(timespec)) = timespec else {
            return Ok(Self::Auto);
        };
        Ok(match timespec.as_str() {
            Some("auto") => Self::Auto,
            Some("hours") => Self::Hours,
            Some("minutes") => Self::Minutes,
            Some("seconds") => Self::Seconds,
            Some("milliseconds") => Self::Milliseconds,
            Some("microseconds") => Self::Microseconds,
            _ => return Err(vm.value_error("Unknown timespec value")),
        })
    }
}

/// As in '1998-06-06'.
pub(super) fn date_text(date: Date) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    format!("{year:04}-{month:02}-{day:02}")
}

/// As in '16:26:11.000042'.
pub(super) fn clock_text(clock: Clock, precision: Precision) -> String {
    let (hour, minute, second) = (clock.hour(), clock.minute(), clock.second());
    let microsecond = clock.microsecond();
    let whole = format!("{hour:02}:{minute:02}:{second:02}");
    match precision {
        Precision::Hours => format!("{hour:02}"),
        Precision::Minutes => format!("{hour:02}:{minute:02}"),
        Precision::Auto if microsecond == 0 => whole,
        Precision::Seconds => whole,
        Precision::Milliseconds => format!("{whole}.{:03}", microsecond / 1000),
        Precision::Microseconds | Precision::Auto => format!("{whole}.{microsecond:06}"),
    }
}

/// An offset in microseconds, as in '+02:00', with what is less than a minute only if there is something.
pub(super) fn offset_text(offset: i64, separator: &str) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (seconds, microseconds) = (offset.abs() / MICROSECONDS, offset.abs() % MICROSECONDS);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{sign}{hours:02}{separator}{minutes:02}");
    if seconds != 0 || microseconds != 0 {
        text += &format!("{separator}{seconds:02}");
    }
    if microseconds != 0 {
        text += &format!(".{microseconds:06}");
    }
    text
}

/// The parts of a time as its repr has them: hour and minute, and the others if they are not zero.
pub(super) fn shown_clock(clock: Clock) -> String {
    let (hour, minute) = (clock.hour(), clock.minute());
    match (clock.second(), clock.microsecond()) {
        (0, 0) => format!("{hour}, {minute}"),
        (second, 0) => format!("{hour}, {minute}, {second}"),
        (second, microsecond) => format!("{hour}, {minute}, {second}, {microsecond}"),
    }
}

/// As in 'Sat Jun  6 16:26:11 1998'.
pub(super) fn ctime(date: Date, clock: Clock) -> String {
    let weekday = WEEKDAYS[date.weekday() as usize];
    let month = MONTHS[date.month() as usize - 1];
    let time = clock_text(clock, Precision::Seconds);
    format!(
        "{weekday} {month} {:2} {time} {:04}",
        date.day(),
        date.year()
    )
}

/// A `time.struct_time`; `is_dst` is 1 for summer time, 0 for none, -1 if nobody knows.
pub(super) fn struct_time(vm: &mut Vm, date: Date, clock: Clock, is_dst: i64) -> PyResult {
    let parts = [
        date.year(),
        date.month(),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second(),
        date.weekday(),
        date.day_of_year(),
    ];
    let parts = parts.into_iter().map(i64::from).chain([is_dst]);
    let parts: PyResult<Vec<PyRef>> = parts.map(|part| vm.new_int(part)).collect();
    let parts = vm.new_tuple(&parts?)?.into_any();
    let time = vm.import("time")?;
    vm.call_method_str(&time, "struct_time", &[parts])
}

/// Calls the function of `_strptime` that reads a text for a class.
pub(super) fn strptime(
    vm: &mut Vm,
    class: Ref<PyType>,
    function: &str,
    text: Text,
    format: Text,
) -> PyResult {
    let reader = crate::time::strptime_module(vm)?;
    let args = [class.into_any(), text.0.into_any(), format.0.into_any()];
    vm.call_method_str(&reader, function, &args)
}

/// `__format__` of dates, times and datetimes. May run Python.
pub(super) fn format(vm: &mut Vm, this: PyRef, spec: Text) -> PyResult {
    if spec.0.is_empty() {
        return Ok(vm.str(&this)?.into_any());
    }
    vm.call_method_str(&this, "strftime", &[spec.0.into_any()])
}

/// `strftime` of dates and datetimes. May run Python.
pub(super) fn strftime_of_date(vm: &mut Vm, this: &PyRef, format: &Ref<PyStr>) -> PyResult {
    let tuple = vm.call_method_str(this, "timetuple", &[])?;
    let typed = this.downcast_ref::<PyDateTime>();
    let subject = Subject {
        zone: typed.and_then(|typed| typed.zone().cloned()),
        about: this.clone(),
        microsecond: typed.map_or(0, |typed| typed.moment().clock().microsecond()),
    };
    subject.strftime(vm, format, &tuple)
}

/// `strftime` of times: a day of 1900 stands in for the date. May run Python.
pub(super) fn strftime_of_time(vm: &mut Vm, this: &Ref<PyTime>, format: &Ref<PyStr>) -> PyResult {
    let tuple = struct_time(vm, Date::STAND_IN, this.clock(), -1)?;
    let subject = Subject {
        zone: this.zone().cloned(),
        about: vm.none(),
        microsecond: this.clock().microsecond(),
    };
    subject.strftime(vm, format, &tuple)
}

/// What `time.strftime` cannot know of a date or time.
struct Subject {
    zone: Option<PyRef>,
    /// What the zone is asked about.
    about: PyRef,
    microsecond: i32,
}

impl Subject {
    /// Replaces the fields that `time.strftime` does not know, and lets it do the others.
    fn strftime(&self, vm: &mut Vm, format: &Ref<PyStr>, tuple: &PyRef) -> PyResult {
        let mut ready = StrBuilder::new();
        let characters: Vec<u32> = format.code_points().collect();
        let mut rest = characters.as_slice();
        while let [first, after @ ..] = rest {
            rest = after;
            let field = match (*first, after) {
                (PERCENT, [letter, after @ ..]) => {
                    rest = after;
                    *letter
                }
                _ => {
                    ready.push_char(vm, *first)?;
                    continue;
                }
            };
            if field == u32::from(':') && rest.first() == Some(&'z'.into()) {
                rest = &rest[1..];
                let text = self.offset(vm, ":")?;
                ready.push_str(vm, &text)?;
                continue;
            }
            match self.field(vm, field, tuple)? {
                Some(text) => ready.push(vm, &text)?,
                None => {
                    ready.push_char(vm, PERCENT)?;
                    ready.push_char(vm, field)?;
                }
            }
        }
        let ready = ready.finish(vm)?.into_any();
        let time = vm.import("time")?;
        vm.call_method_str(&time, "strftime", &[ready, tuple.clone()])
    }

    /// The text of a field that `time.strftime` does not know, or that it knows otherwise.
    fn field(&self, vm: &mut Vm, letter: u32, tuple: &PyRef) -> PyResult<Option<Ref<PyStr>>> {
        let text = match char::from_u32(letter) {
            Some('f') => format!("{:06}", self.microsecond),
            Some('z') => self.offset(vm, "")?,
            Some('Z') => return self.zone_name(vm).map(Some),
            Some(letter @ ('Y' | 'G' | 'C' | 'F')) => return padded_year(vm, letter, tuple),
            _ => return Ok(None),
        };
        Ok(Some(vm.new_str(&text)?))
    }

    fn offset(&self, vm: &mut Vm, separator: &str) -> PyResult<String> {
        let offset = tzinfo::utc_offset(vm, self.zone.as_ref(), &self.about)?;
        Ok(offset.map_or_else(String::new, |offset| offset_text(offset, separator)))
    }

    /// The zone's name, safe from being taken for a format.
    fn zone_name(&self, vm: &mut Vm) -> PyResult<Ref<PyStr>> {
        let name = tzinfo::name(vm, self.zone.as_ref(), &self.about)?;
        if vm.is_none(&name) {
            return vm.empty_str();
        }
        let (one, two) = (vm.new_str("%")?.into_any(), vm.new_str("%%")?.into_any());
        let escaped = vm.call_method_str(&name, "replace", &[one, two])?;
        match escaped.downcast_ref::<PyStr>() {
            Some(escaped) => Ok(escaped.clone()),
            None => Err(vm.type_error("tzname.replace() did not return a string")),
        }
    }
}

const PERCENT: u32 = '%' as u32;

/// The fields with a year, if it has fewer than four digits: `time.strftime` would leave leading zeros out.
fn padded_year(vm: &mut Vm, letter: char, tuple: &PyRef) -> PyResult<Option<Ref<PyStr>>> {
    let item = |vm: &mut Vm, index: i64| {
        let index = vm.new_int(index)?;
        let item = vm.get_item(tuple, &index)?;
        vm.index_i64(&item)
    };
    let year = item(vm, 0)?;
    if year >= 1000 {
        return Ok(None);
    }
    let text = match letter {
        'Y' => format!("{year:04}"),
        'C' => format!("{:02}", year.div_euclid(100)),
        'F' => format!("{year:04}-{:02}-{:02}", item(vm, 1)?, item(vm, 2)?),
        _ => {
            // The year of the week may be another one.
            let (time, field) = (vm.import("time")?, vm.new_str("%G")?.into_any());
            let year = vm.call_method_str(&time, "strftime", &[field, tuple.clone()])?;
            format!("{:0>4}", vm.str(&year)?.to_text())
        }
    };
    Ok(Some(vm.new_str(&text)?))
}
