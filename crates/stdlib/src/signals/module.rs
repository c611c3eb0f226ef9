//! The functions of `_signal`.

use super::{Action, COUNT, State, check, index, out_of_range, pause, set_action};
use crate::descriptors::{self, EINVAL};
use exuvia_vm::table::Method;
use exuvia_vm::types::exception::{KEYBOARD_INTERRUPT, OS_ERROR};
use exuvia_vm::types::int::int_i64;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::type_::TYPE;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};
use signal_hook::consts::{SIGFPE, SIGILL, SIGKILL, SIGSEGV, SIGSTOP};
use std::time::Duration;

static FUNCTIONS: &[Method] = &[
    function!(
        "signal",
        "($module, signalnum, handler, /)",
        signal,
        "Sets what happens to a signal; returns what happened before."
    ),
    function!(
        "getsignal",
        "($module, signalnum, /)",
        getsignal,
        "What happens to a signal."
    ),
    function!(
        "default_int_handler",
        "($module, signalnum, frame, /)",
        default_int_handler,
        "Raises KeyboardInterrupt."
    ),
    function!(
        "raise_signal",
        "($module, signalnum, /)",
        raise_signal,
        "Sends a signal to this process."
    ),
    function!(
        "valid_signals",
        "($module, /)",
        valid_signals,
        "The numbers of all signals."
    ),
    function!(
        "strsignal",
        "($module, signalnum, /)",
        strsignal,
        "What a signal says, or None."
    ),
    function!(
        "alarm",
        "($module, seconds, /)",
        alarm,
        "Sends SIGALRM after some seconds; returns how many were left before."
    ),
    function!(
        "setitimer",
        "($module, which, seconds, interval=0.0, /)",
        setitimer,
        "Sends SIGALRM after some time, and then again and again; returns the setting before."
    ),
    function!(
        "getitimer",
        "($module, which, /)",
        getitimer,
        "The time left and the interval."
    ),
    function!("pause", "($module, /)", pause, "Waits for a signal."),
    function!(
        "set_wakeup_fd",
        "($module, fd, /, *, warn_on_full_buffer=True)",
        set_wakeup_fd,
        "Accepts only -1: no descriptor is written to when a signal arrives."
    ),
];

static NUMBERS: &[(&str, i64)] = &[
    ("SIG_DFL", 0),
    ("SIG_IGN", 1),
    ("SIG_BLOCK", 0),
    ("SIG_UNBLOCK", 1),
    ("SIG_SETMASK", 2),
    ("NSIG", 65),
    ("SIGHUP", 1),
    ("SIGINT", 2),
    ("SIGQUIT", 3),
    ("SIGILL", 4),
    ("SIGTRAP", 5),
    ("SIGABRT", 6),
    ("SIGIOT", 6),
    ("SIGBUS", 7),
    ("SIGFPE", 8),
    ("SIGKILL", 9),
    ("SIGUSR1", 10),
    ("SIGSEGV", 11),
    ("SIGUSR2", 12),
    ("SIGPIPE", 13),
    ("SIGALRM", 14),
    ("SIGTERM", 15),
    ("SIGSTKFLT", 16),
    ("SIGCHLD", 17),
    ("SIGCLD", 17),
    ("SIGCONT", 18),
    ("SIGSTOP", 19),
    ("SIGTSTP", 20),
    ("SIGTTIN", 21),
    ("SIGTTOU", 22),
    ("SIGURG", 23),
    ("SIGXCPU", 24),
    ("SIGXFSZ", 25),
    ("SIGVTALRM", 26),
    ("SIGPROF", 27),
    ("SIGWINCH", 28),
    ("SIGIO", 29),
    ("SIGPOLL", 29),
    ("SIGPWR", 30),
    ("SIGSYS", 31),
    ("SIGRTMIN", 34),
    ("SIGRTMAX", 64),
    ("ITIMER_REAL", 0),
    ("ITIMER_VIRTUAL", 1),
    ("ITIMER_PROF", 2),
];

/// What signals say, from 1 on.
static WORDS: &[&str] = &[
    "Hangup",
    "Interrupt",
    "Quit",
    "Illegal instruction",
    "Trace/breakpoint trap",
    "Aborted",
    "Bus error",
    "Floating point exception",
    "Killed",
    "User defined signal 1",
    "Segmentation fault",
    "User defined signal 2",
    "Broken pipe",
    "Alarm clock",
    "Terminated",
    "Stack fault",
    "Child exited",
    "Continued",
    "Stopped (signal)",
    "Stopped",
    "Stopped (tty input)",
    "Stopped (tty output)",
    "Urgent I/O condition",
    "CPU time limit exceeded",
    "File size limit exceeded",
    "Virtual timer expired",
    "Profiling timer expired",
    "Window changed",
    "I/O possible",
    "Power failure",
    "Bad system call",
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`; `OSError` if a handler for SIGINT is wanted and the system refuses.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    for &(name, number) in NUMBERS {
        let number = vm.new_int(number)?;
        vm.add_attribute(module, name, number)?;
    }
    add_itimer_error(vm, module)?;
    let key = vm.intern("default_int_handler")?;
    if vm.settings.install_signal_handlers
        && let Some(handler) = module.dict().get_str(vm, &key)
    {
        super::install_interrupt(vm, handler)?;
    }
    Ok(())
}

/// `class ItimerError(OSError)`
fn add_itimer_error(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let bases = [vm.class(&OS_ERROR).clone().into_any()];
    let bases = vm.new_tuple(&bases)?.into_any();
    let namespace = vm.new_dict()?;
    let (key, name) = (vm.intern("__module__")?, vm.intern("signal")?.into_any());
    namespace.set_str(vm, &key, name)?;
    let name = vm.new_str("itimer_error")?.into_any();
    let meta = vm.class(&TYPE).clone().into_any();
    let error = vm.call_positional(&meta, &[name, bases, namespace.into_any()])?;
    vm.add_attribute(module, "ItimerError", error)
}

fn checked(vm: &Vm, number: i64) -> PyResult<i32> {
    match i32::try_from(number) {
        Ok(number) if number >= 1 && index(number) < COUNT && (number as usize) < COUNT => {
            Ok(number)
        }
        _ => Err(out_of_range(vm)),
    }
}

fn signal(vm: &mut Vm, number: i64, handler: PyRef) -> PyResult {
    let number = checked(vm, number)?;
    let action = match int_i64(&handler) {
        _ if vm.callable(&handler) => Action::Call,
        Some(0) => Action::Default,
        Some(1) => Action::Ignore,
        _ => {
            return Err(vm.type_error(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object",
            ));
        }
    };
    if [SIGKILL, SIGSTOP].contains(&number) {
        return Err(descriptors::error_number(vm, EINVAL));
    }
    if [SIGILL, SIGFPE, SIGSEGV].contains(&number) && action != Action::Default {
        return Err(vm.not_implemented_error("handlers of signals for faults are not supported"));
    }
    let old = describe(vm, number)?;
    let handler = (action == Action::Call).then_some(handler);
    set_action(vm, number, action, handler)?;
    Ok(old)
}

/// What happens to a signal, as `signal.getsignal` shows it.
fn describe(vm: &mut Vm, number: i32) -> PyResult {
    let entry = &vm.extensions.get::<State>().entries[index(number)];
    match (&entry.action, entry.handler.clone()) {
        (Action::Call, Some(handler)) => Ok(handler),
        (Action::Ignore, _) => vm.new_int(1),
        _ => vm.new_int(0),
    }
}

fn getsignal(vm: &mut Vm, number: i64) -> PyResult {
    let number = checked(vm, number)?;
    describe(vm, number)
}

fn default_int_handler(vm: &mut Vm, _: PyRef, _: PyRef) -> PyResult {
    Err(vm.error_with(&KEYBOARD_INTERRUPT, &[]))
}

fn raise_signal(vm: &mut Vm, number: i64) -> PyResult<()> {
    let Ok(number) = checked(vm, number) else {
        return Err(descriptors::error_number(vm, EINVAL));
    };
    send(vm, number)
}

/// Sends a signal to this process, and calls its handler now.
///
/// # Errors
/// `OSError`, or what the handler raises.
pub(crate) fn send(vm: &mut Vm, number: i32) -> PyResult<()> {
    let is_ignored = vm.extensions.get::<State>().entries[index(number)].action == Action::Ignore;
    if !is_ignored {
        signal_hook::low_level::raise(number).map_err(|error| vm.os_error(&error, None))?;
    }
    check(vm)
}

fn valid_signals(vm: &mut Vm) -> PyResult {
    let mut numbers = Vec::new();
    for number in (1..32).chain(34..=64) {
        numbers.push(vm.new_int(number)?);
    }
    let list = vm.new_list(numbers)?.into_any();
    let class = vm.class(&exuvia_vm::types::set::SET).clone().into_any();
    vm.call_positional(&class, &[list])
}

fn strsignal(vm: &mut Vm, number: i64) -> PyResult<Option<String>> {
    let number = checked(vm, number)?;
    Ok(match WORDS.get(index(number) - 1) {
        Some(words) => Some((*words).to_owned()),
        None if number >= 34 => Some(format!("Real-time signal {}", number - 34)),
        None => None,
    })
}

fn duration(vm: &Vm, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| vm.value_error("the time must be a number of seconds that is not negative"))
}

fn set_timer(vm: &mut Vm, first: Duration, interval: Duration) -> PyResult<(Duration, Duration)> {
    let set = vm.extensions.get::<State>().timer.set(first, interval);
    set.map_err(|error| vm.os_error(&error, None))
}

fn alarm(vm: &mut Vm, seconds: i32) -> PyResult<u32> {
    let seconds = u64::from(seconds.unsigned_abs());
    let (left, _) = set_timer(vm, Duration::from_secs(seconds), Duration::ZERO)?;
    // Rounded up, so that a timer that runs never says 0.
    Ok(u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX))
}

fn check_real(vm: &Vm, which: i64) -> PyResult<()> {
    match which {
        0 => Ok(()),
        _ => Err(vm.not_implemented_error("only ITIMER_REAL is supported")),
    }
}

fn setitimer(vm: &mut Vm, which: i64, seconds: f64, interval: Option<f64>) -> PyResult<(f64, f64)> {
    check_real(vm, which)?;
    let (first, interval) = (
        duration(vm, seconds)?,
        duration(vm, interval.unwrap_or(0.0))?,
    );
    let (left, interval) = set_timer(vm, first, interval)?;
    Ok((left.as_secs_f64(), interval.as_secs_f64()))
}

fn getitimer(vm: &mut Vm, which: i64) -> PyResult<(f64, f64)> {
    check_real(vm, which)?;
    let (left, interval) = vm.extensions.get::<State>().timer.get();
    Ok((left.as_secs_f64(), interval.as_secs_f64()))
}

fn set_wakeup_fd(vm: &mut Vm, fd: i64, _: Option<bool>) -> PyResult<i64> {
    match fd {
        -1 => Ok(-1),
        _ => Err(vm.not_implemented_error("set_wakeup_fd() with a descriptor is not supported")),
    }
}
