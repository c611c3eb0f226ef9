//! Datetimes from the computer's clock and back, and local time.

use super::arguments::{Zone, year_message};
use super::calendar::{Date, EPOCH_ORDINAL, civil};
use super::clock::{Clock, DAY_SECONDS, MICROSECONDS, Moment};
use super::date_time::{self, PyDateTime, build};
use super::timedelta::as_seconds;
use super::timezone;
use super::tzinfo;
use crate::descriptors::error_number;
use crate::time::{local_zone, since_epoch};
use exuvia_vm::types::exception::DEPRECATION_WARNING;
use exuvia_vm::types::float::PyFloat;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};

/// The C library's number for a result that does not fit its type.
const EOVERFLOW: i32 = 75;
/// The instant at which the seconds since 1970 begin, in seconds since the midnight that ordinal 0 begins with.
const EPOCH: i64 = EPOCH_ORDINAL * DAY_SECONDS;

/// A time since 1970: whole seconds, and microseconds behind them.
#[derive(Clone, Copy, Debug)]
struct Timestamp {
    seconds: i64,
    microseconds: i64,
}

impl Timestamp {
    fn now() -> Self {
        let now = since_epoch();
        Self {
            seconds: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
            microseconds: now.subsec_micros().into(),
        }
    }

    /// The time that a number of seconds tells, rounded to the microsecond, halves to the even one.
    ///
    /// # Errors
    /// `OverflowError` for too many seconds, `ValueError` for NaN, `TypeError` for what is no number.
    fn of(vm: &mut Vm, number: &PyRef) -> PyResult<Self> {
        let Some(float) = number.downcast_ref::<PyFloat>() else {
            let seconds = whole_seconds(vm, number)?;
            return Ok(Self {
                seconds,
                microseconds: 0,
            });
        };
        let value = check_number(vm, float.value())?;
        let (mut whole, fraction) = (value.trunc(), value.fract());
        let mut microseconds = (fraction * MICROSECONDS as f64).round_ties_even() as i64;
        if microseconds < 0 {
            (whole, microseconds) = (whole - 1.0, microseconds + MICROSECONDS);
        } else if microseconds >= MICROSECONDS {
            (whole, microseconds) = (whole + 1.0, microseconds - MICROSECONDS);
        }
        Ok(Self {
            seconds: float_seconds(vm, whole)?,
            microseconds,
        })
    }
}

#[cold]
fn out_of_range(vm: &Vm) -> PyErr {
    vm.overflow_error("timestamp out of range for platform time_t")
}

fn check_number(vm: &Vm, value: f64) -> PyResult<f64> {
    match value.is_nan() {
        true => Err(vm.value_error("Invalid value NaN (not a number)")),
        false => Ok(value),
    }
}

/// A whole float as a number of seconds.
fn float_seconds(vm: &Vm, whole: f64) -> PyResult<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0; // 2 to the power of 63
    match (-LIMIT..LIMIT).contains(&whole) {
        true => Ok(whole as i64),
        false => Err(out_of_range(vm)),
    }
}

fn whole_seconds(vm: &mut Vm, number: &PyRef) -> PyResult<i64> {
    vm.index(number)?.to_i64().ok_or_else(|| out_of_range(vm))
}

/// Whose clock is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clocks {
    Utc,
    Local,
}

/// How many seconds local time is ahead of UTC at a time since 1970.
///
/// # Errors
/// As [`moment_of`].
fn local_offset(vm: &mut Vm, seconds: i64) -> PyResult<i64> {
    // Only for years that dates can have, or nearly: what holds there is all that anybody wants to know.
    let rough = EPOCH.saturating_add(seconds).div_euclid(DAY_SECONDS);
    let (year, _, _) = civil(rough.clamp(-1_000_000_000_000, 1_000_000_000_000));
    if !(0..=10_000).contains(&year) {
        moment_of(vm, seconds, 0)?;
    }
    let offset = local_zone(vm).at(seconds).offset;
    moment_of(vm, seconds + offset, 0)?;
    Ok(offset)
}

/// What calendar and clock show so many seconds after 1970 began on them.
///
/// # Errors
/// `ValueError` for years that dates cannot have, `OSError` for those that no calendar of the system has.
fn moment_of(vm: &mut Vm, seconds: i64, microseconds: i64) -> PyResult<Moment> {
    let ordinal = seconds.div_euclid(DAY_SECONDS) + EPOCH_ORDINAL;
    if let Some(date) = Date::of_ordinal(ordinal) {
        let rest = seconds.rem_euclid(DAY_SECONDS);
        let clock = Clock::of_microseconds(rest * MICROSECONDS + microseconds);
        return Ok(Moment::new(date, clock));
    }
    let (year, _, _) = civil(ordinal);
    // The system counts years from 1900 in 32 bits.
    match i32::try_from(year - 1900) {
        Ok(_) => Err(vm.value_error(year_message(year))),
        Err(_) => Err(error_number(vm, EOVERFLOW)),
    }
}

/// What a clock shows at a time. Where local time is set back, the fold says that it is shown for the second time.
fn read_clock(vm: &mut Vm, time: Timestamp, clocks: Clocks) -> PyResult<Moment> {
    let Timestamp {
        seconds,
        microseconds,
    } = time;
    if clocks == Clocks::Utc {
        return moment_of(vm, seconds, microseconds);
    }
    let offset = local_offset(vm, seconds)?;
    let moment = moment_of(vm, seconds + offset, microseconds)?;
    let change = offset - local_offset(vm, seconds - DAY_SECONDS)?;
    // If the clock was set back within a day, it showed the same so long before.
    let is_second = change < 0 && change + local_offset(vm, seconds + change)? == offset;
    Ok(moment.with_fold(is_second))
}

/// The time since 1970, in seconds, at which local clocks show a moment; with a fold of 1 the second one.
///
/// # Errors
/// `ValueError` near the first and the last day of dates.
fn local_seconds(vm: &mut Vm, moment: Moment) -> PyResult<i64> {
    let shown = moment.instant().div_euclid(MICROSECONDS) - EPOCH;
    let fold = moment.clock().fold();
    // The offset that would hold if local time were UTC is that before or after a change nearby.
    let near = local_offset(vm, shown)?;
    let first = shown - near;
    let held = local_offset(vm, first)?;
    let other = if held == near {
        // A right answer. Is there another on the side that the fold asks for?
        let beyond = if fold { DAY_SECONDS } else { -DAY_SECONDS };
        let other = local_offset(vm, first + beyond)?;
        if other == near {
            return Ok(first);
        }
        other
    } else {
        held
    };
    let second = shown - other;
    if local_offset(vm, second)? == other {
        return Ok(second);
    }
    if held == near {
        return Ok(first);
    }
    // Clocks never show the moment: it is taken by the offset before the change, or with a fold by that after it.
    Ok(if fold {
        first.min(second)
    } else {
        first.max(second)
    })
}

/// A datetime of a class from a time: local time without a zone, or that of the zone.
fn at(vm: &mut Vm, class: &Ref<PyType>, time: Timestamp, zone: Option<PyRef>) -> PyResult {
    let Some(zone) = zone else {
        let moment = read_clock(vm, time, Clocks::Local)?;
        return build(vm, class, moment, None);
    };
    let moment = read_clock(vm, time, Clocks::Utc)?;
    let shows_utc = build(vm, class, moment, Some(zone.clone()))?;
    vm.call_method_str(&zone, "fromutc", &[shows_utc])
}

pub(super) fn now(vm: &mut Vm, class: Ref<PyType>, zone: Option<Zone>) -> PyResult {
    at(vm, &class, Timestamp::now(), Zone::or(zone, None))
}

pub(super) fn from_timestamp(
    vm: &mut Vm,
    class: Ref<PyType>,
    timestamp: PyRef,
    zone: Option<Zone>,
) -> PyResult {
    if !timestamp.is_a::<PyFloat>() && vm.type_of(&timestamp).slots(vm).index.is_none() {
        let found = vm.type_name(&timestamp);
        return Err(vm.type_error(format!("argument must be int or float, not {found}")));
    }
    let time = Timestamp::of(vm, &timestamp)?;
    at(vm, &class, time, Zone::or(zone, None))
}

pub(super) fn utc_now(vm: &mut Vm, class: Ref<PyType>) -> PyResult {
    deprecated(vm, "utcnow()", "datetime.datetime.now(datetime.UTC)")?;
    let moment = read_clock(vm, Timestamp::now(), Clocks::Utc)?;
    build(vm, &class, moment, None)
}

pub(super) fn utc_from_timestamp(vm: &mut Vm, class: Ref<PyType>, timestamp: PyRef) -> PyResult {
    deprecated(
        vm,
        "utcfromtimestamp()",
        "datetime.datetime.fromtimestamp(timestamp, datetime.UTC)",
    )?;
    let time = Timestamp::of(vm, &timestamp)?;
    let moment = read_clock(vm, time, Clocks::Utc)?;
    build(vm, &class, moment, None)
}

fn deprecated(vm: &mut Vm, what: &str, instead: &str) -> PyResult<()> {
    let message = format!(
        "datetime.datetime.{what} is deprecated and scheduled for removal in a future version. Use timezone-aware \
         objects to represent datetimes in UTC: {instead}."
    );
    vm.warn(&DEPRECATION_WARNING, &message, 1, None)
}

/// `date.fromtimestamp`
pub(super) fn date_from_timestamp(vm: &mut Vm, class: Ref<PyType>, timestamp: PyRef) -> PyResult {
    let seconds = match timestamp.downcast_ref::<PyFloat>() {
        Some(float) => {
            let value = check_number(vm, float.value())?;
            float_seconds(vm, value.floor())?
        }
        None => whole_seconds(vm, &timestamp)?,
    };
    let offset = local_offset(vm, seconds)?;
    let moment = moment_of(vm, seconds + offset, 0)?;
    super::date::build(vm, &class, moment.date())
}

/// `datetime.timestamp`
pub(super) fn timestamp(vm: &mut Vm, this: Ref<PyDateTime>) -> PyResult {
    if this.zone().is_some() {
        let offset = match date_time::utc_offset(vm, &this)? {
            Some(offset) => offset,
            None => return Err(super::aware::mixed(vm, "subtract", "datetimes")),
        };
        let since = this.moment().instant() - offset - EPOCH * MICROSECONDS;
        return as_seconds(vm, since.into());
    }
    let seconds = local_seconds(vm, this.moment())?;
    let microsecond = f64::from(this.moment().clock().microsecond());
    vm.new_float(seconds as f64 + microsecond / 1e6)
}

/// The zone that holds locally at a time since 1970: a fixed offset, with a name.
fn fixed_local_zone(vm: &mut Vm, seconds: i64) -> PyResult {
    local_offset(vm, seconds)?;
    let local = local_zone(vm).at(seconds);
    let offset = tzinfo::offset_object(vm, local.offset * MICROSECONDS)?;
    let name = vm.new_str(&local.name)?;
    timezone::of_offset(vm, offset, Some(name))
}

/// `datetime.astimezone`
pub(super) fn as_time_zone(vm: &mut Vm, this: Ref<PyDateTime>, zone: Option<Zone>) -> PyResult {
    let wanted = Zone::or(zone, None);
    if let (Some(wanted), Some(own)) = (&wanted, this.zone())
        && wanted.is(own)
    {
        return Ok(this.into_any());
    }
    let instant = match date_time::utc_offset(vm, &this)? {
        Some(offset) => this.moment().instant() - offset,
        None => {
            // Naive, or as good as: local time.
            let seconds = local_seconds(vm, this.moment())?;
            let microsecond = i64::from(this.moment().clock().microsecond());
            (seconds + EPOCH) * MICROSECONDS + microsecond
        }
    };
    let Some(utc) = Moment::of_instant(instant) else {
        return Err(super::arguments::date_out_of_range(vm));
    };
    let zone = match wanted {
        Some(zone) => zone,
        None => fixed_local_zone(vm, instant.div_euclid(MICROSECONDS) - EPOCH)?,
    };
    let class = vm.type_of(&this).clone();
    let shows_utc = build(vm, &class, utc, Some(zone.clone()))?;
    vm.call_method_str(&zone, "fromutc", &[shows_utc])
}
