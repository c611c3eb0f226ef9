//! `_datetime`: dates, times, durations and time zones. Start here.
//!
//! `calendar.rs` and `clock.rs` count and know nothing of Python: a date is 23 bits, a time of day 38 with its fold.
//! `date.rs`, `time.rs`, `date_time.rs`, `timedelta.rs`, `tzinfo.rs`, `timezone.rs` and `week.rs` are the types, one each;
//! `aware.rs` compares and subtracts what may have time zones, `local.rs` goes to and from the computer's clock, `iso.rs`
//! reads and `format.rs` writes text, `arguments.rs` has what arguments are checked for.

mod arguments;
mod aware;
mod calendar;
mod clock;
mod date;
mod date_time;
mod delta_arithmetic;
mod format;
mod iso;
mod local;
mod time;
mod timedelta;
mod timezone;
mod tzinfo;
mod week;

use calendar::{Date, YEAR_MAX, YEAR_MIN};
use clock::{Clock, Delta, Moment};
use exuvia_vm::import::Extension;
use exuvia_vm::table::TypeDef;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyRef, PyResult, Ref, Vm};

/// The docstring of methods that serve pickling.
const REDUCE_DOC: &str = "How to make the object again: a class and its arguments, for pickle.";

/// What a runtime keeps for this module.
#[derive(Debug, Default)]
struct State {
    /// `timezone.utc`
    utc: Option<PyRef>,
}

impl Extension for State {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.utc.iter().for_each(visit);
    }
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let types: [(&str, &'static TypeDef); 6] = [
        ("timedelta", &timedelta::TIMEDELTA),
        ("tzinfo", &tzinfo::TZINFO),
        ("timezone", &timezone::TIMEZONE),
        ("date", &date::DATE),
        ("time", &time::TIME),
        ("datetime", &date_time::DATETIME),
    ];
    crate::add_types(vm, module, &types)?;
    vm.make_class(&week::ISO_CALENDAR_DATE)?;
    add_limits(vm)?;
    for (name, year) in [("MINYEAR", YEAR_MIN), ("MAXYEAR", YEAR_MAX)] {
        let year = vm.new_int(year.into())?;
        vm.add_attribute(module, name, year)?;
    }
    let utc = timezone::utc(vm)?;
    vm.add_attribute(module, "UTC", utc)
}

/// Gives the classes their least and greatest objects.
fn add_limits(vm: &mut Vm) -> PyResult<()> {
    let utc = timezone::utc(vm)?;
    // By the convention for offsets, whole minutes: a minute less than a day.
    let zone = |vm: &mut Vm, minutes: i64| {
        let offset = tzinfo::offset_object(vm, minutes * 60 * clock::MICROSECONDS)?;
        timezone::of_offset(vm, offset, None)
    };
    let (least, greatest) = (zone(vm, -(24 * 60 - 1))?, zone(vm, 24 * 60 - 1)?);
    let midnight = Moment::new(Date::MIN, Clock::MIDNIGHT);
    let last = Moment::new(Date::MAX, Clock::MAX);
    let (day, resolution) = (
        timedelta::make(vm, Delta::DAY)?,
        timedelta::make(vm, Delta::RESOLUTION)?,
    );
    let limits: [(&'static TypeDef, [(&str, PyRef); 3]); 5] = [
        (
            &timedelta::TIMEDELTA,
            [
                ("min", timedelta::make(vm, Delta::MIN)?),
                ("max", timedelta::make(vm, Delta::MAX)?),
                ("resolution", resolution.clone()),
            ],
        ),
        (
            &timezone::TIMEZONE,
            [("utc", utc), ("min", least), ("max", greatest)],
        ),
        (
            &date::DATE,
            [
                ("min", date::make(vm, Date::MIN)?),
                ("max", date::make(vm, Date::MAX)?),
                ("resolution", day),
            ],
        ),
        (
            &time::TIME,
            [
                ("min", time::make(vm, Clock::MIDNIGHT, None)?),
                ("max", time::make(vm, Clock::MAX, None)?),
                ("resolution", resolution.clone()),
            ],
        ),
        (
            &date_time::DATETIME,
            [
                ("min", date_time::make(vm, midnight, None)?),
                ("max", date_time::make(vm, last, None)?),
                ("resolution", resolution),
            ],
        ),
    ];
    for (def, attributes) in limits {
        let namespace = vm.class(def).dict();
        for (name, value) in attributes {
            let name = vm.intern(name)?;
            namespace.set_str_guarded(vm, &name, value)?;
        }
    }
    Ok(())
}
