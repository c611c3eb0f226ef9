//! `time`: the clocks and waiting; calendars are in `python/time.py`.

use crate::timezone::Zone;
use exuvia_vm::import::Extension;
use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};
use rustix::time::ClockId;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

static FUNCTIONS: &[Method] = &[
    function!(
        "time_ns",
        "($module, /)",
        time_ns,
        "Nanoseconds since 1970."
    ),
    function!("time", "($module, /)", time, "Seconds since 1970."),
    function!(
        "monotonic_ns",
        "($module, /)",
        monotonic_ns,
        "Nanoseconds of a clock that is never set."
    ),
    function!(
        "monotonic",
        "($module, /)",
        monotonic,
        "Seconds of a clock that is never set."
    ),
    function!(
        "perf_counter_ns",
        "($module, /)",
        monotonic_ns,
        "Nanoseconds of the clock for measuring."
    ),
    function!(
        "perf_counter",
        "($module, /)",
        monotonic,
        "Seconds of the clock for measuring."
    ),
    function!(
        "clock_gettime_ns",
        "($module, clk_id, /)",
        clock_gettime_ns,
        "Nanoseconds of a clock."
    ),
    function!(
        "_zone_at",
        "($module, seconds, /)",
        zone_at,
        "Offset, whether it is summer time, and name of the local zone at a time."
    ),
    function!(
        "_set_zone",
        "($module, name, /)",
        set_zone,
        "Makes a zone the local one; None: that of the system."
    ),
    function!("sleep", "($module, seconds, /)", sleep, "Waits."),
    function!(
        "_strptime",
        "($module, /)",
        strptime_module,
        "The module that reads times from text."
    ),
];

/// When the clock that is never set began to count.
struct Start(Instant);

impl Default for Start {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Extension for Start {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.extensions.get::<Start>();
    vm.add_functions(module, FUNCTIONS)?;
    crate::run_python_part(vm, module, "time")
}

/// How long ago 1970 began.
pub(crate) fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

fn since_start(vm: &mut Vm) -> Duration {
    vm.extensions.get::<Start>().0.elapsed()
}

fn nanoseconds(vm: &Vm, time: Duration) -> PyResult {
    vm.new_int_from_i128(i128::try_from(time.as_nanos()).unwrap_or(i128::MAX))
}

fn time_ns(vm: &mut Vm) -> PyResult {
    nanoseconds(vm, since_epoch())
}

fn time(_: &mut Vm) -> f64 {
    since_epoch().as_secs_f64()
}

fn monotonic_ns(vm: &mut Vm) -> PyResult {
    let time = since_start(vm);
    nanoseconds(vm, time)
}

fn monotonic(vm: &mut Vm) -> f64 {
    since_start(vm).as_secs_f64()
}

/// The clocks of Linux that Python names, by their numbers there.
fn clock(number: i64) -> Option<ClockId> {
    Some(match number {
        0 => ClockId::Realtime,
        1 => ClockId::Monotonic,
        2 => ClockId::ProcessCPUTime,
        3 => ClockId::ThreadCPUTime,
        4 => ClockId::MonotonicRaw,
        7 => ClockId::Boottime,
        _ => return None,
    })
}

fn clock_gettime_ns(vm: &mut Vm, number: i64) -> PyResult {
    let Some(clock) = clock(number) else {
        return Err(crate::descriptors::error_number(
            vm,
            crate::descriptors::EINVAL,
        ));
    };
    let time = rustix::time::clock_gettime(clock);
    let seconds = i128::from(time.tv_sec) * 1_000_000_000;
    vm.new_int_from_i128(seconds + i128::from(time.tv_nsec))
}

/// The local time zone of a runtime, found when it is first asked for.
#[derive(Default)]
struct LocalZone(Option<Rc<Zone>>);

impl Extension for LocalZone {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

/// The local time zone, found when it is first asked for.
pub(crate) fn local_zone(vm: &mut Vm) -> Rc<Zone> {
    let zone = &mut vm.extensions.get::<LocalZone>().0;
    let zone = zone.get_or_insert_with(|| {
        let wanted = std::env::var_os("TZ").map(|name| name.to_string_lossy().into_owned());
        Rc::new(Zone::named(wanted.as_deref()))
    });
    Rc::clone(zone)
}

fn set_zone(vm: &mut Vm, name: Option<PyRef>) {
    let name = name.as_ref().and_then(|name| name.downcast_ref::<PyStr>());
    let name = name.map(|name| name.to_text().into_owned());
    let zone = Rc::new(Zone::named(name.as_deref()));
    vm.extensions.get::<LocalZone>().0 = Some(zone);
}

fn zone_at(vm: &mut Vm, time: i64) -> (i64, bool, String) {
    let local = local_zone(vm).at(time);
    (local.offset, local.is_dst, local.name)
}

/// The module that reads times from text.
///
/// To leave its own frames out of a warning it asks for the folder of its file. Packed modules have no file; this one is
/// given a name whose folder is what its frames have for a file name.
pub(crate) fn strptime_module(vm: &mut Vm) -> PyResult {
    let module = vm.import("_strptime")?;
    if vm.lookup_attr_str(&module, "__file__")?.is_none() {
        let file = vm.new_str("<frozen _strptime>/_strptime.py")?.into_any();
        vm.set_attr_str(&module, "__file__", &file)?;
    }
    Ok(module)
}

fn sleep(vm: &mut Vm, seconds: f64) -> PyResult<()> {
    if seconds < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    let Ok(time) = Duration::try_from_secs_f64(seconds) else {
        return Err(match seconds.is_nan() {
            true => vm.value_error("Invalid value NaN (not a number)"),
            false => vm.overflow_error("timestamp too large to convert to C PyTime_t"),
        });
    };
    crate::signals::sleep(vm, time)
}
