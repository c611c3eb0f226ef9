//! `time`: the clocks and waiting; calendars are in `python/time.py`.

use exuvia_vm::import::Extension;
use exuvia_vm::table::Method;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};
use nix::time::{ClockId, clock_gettime};
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
        "process_time_ns",
        "($module, /)",
        process_time_ns,
        "Nanoseconds that this process used processors."
    ),
    function!("sleep", "($module, seconds, /)", sleep, "Waits."),
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

fn since_epoch() -> Duration {
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

/// All threads of the process count, not only the one that asks.
fn process_time_ns(vm: &mut Vm) -> PyResult {
    let time = clock_gettime(ClockId::CLOCK_PROCESS_CPUTIME_ID)
        .map_err(|error| vm.os_error(&error.into(), None))?;
    nanoseconds(vm, time.into())
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
    std::thread::sleep(time);
    Ok(())
}
