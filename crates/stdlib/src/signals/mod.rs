//! `_signal`: signals of the system, handed to the program's handlers.
//!
//! A signal only sets flags (`signal-hook`); the evaluation loop sees them at the next backward jump and has [`check`]
//! call the handlers, which are Python and may raise. What waits in a system call is woken through a socket
//! ([`wait_readable`], [`sleep`]). Nothing is installed for a signal until the program, or the command for SIGINT
//! (`Settings::install_signal_handlers`), asks for it: a host that embeds a runtime keeps its own.

mod module;
mod timer;

pub use module::init;
pub(crate) use module::send;

use exuvia_vm::import::Extension;
use exuvia_vm::{PyErr, PyRef, PyResult, Vm};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use signal_hook::consts::{SIGINT, SIGPIPE, SIGXFSZ};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// One more than the largest signal number.
const COUNT: usize = 65;

/// What happens to a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    /// What the system does by default.
    Default,
    /// Nothing.
    Ignore,
    /// A Python object is called.
    Call,
}

/// What is known of one signal.
#[derive(Debug)]
struct Entry {
    action: Action,
    handler: Option<PyRef>,
    /// Set when the signal arrives.
    arrived: Arc<AtomicBool>,
    /// Whether the system's default is to be carried out.
    is_default: Arc<AtomicBool>,
    is_registered: bool,
}

/// The signals of a runtime.
#[derive(Debug)]
struct State {
    entries: Vec<Entry>,
    /// The end that is read of the socket that wakes what waits; made with the first handler.
    wake: Option<(Arc<UnixStream>, UnixStream)>,
    timer: timer::Timer,
}

impl Default for State {
    fn default() -> Self {
        let entries = (0..COUNT).map(|_| Entry {
            action: Action::Default,
            handler: None,
            arrived: Arc::default(),
            is_default: Arc::new(AtomicBool::new(true)),
            is_registered: false,
        });
        let mut state = Self {
            entries: entries.collect(),
            wake: None,
            timer: timer::Timer::default(),
        };
        // Rust's start ignores the first; Python's both.
        for number in [SIGPIPE, SIGXFSZ] {
            state.entries[index(number)].action = Action::Ignore;
        }
        state
    }
}

impl Extension for State {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.entries
            .iter()
            .filter_map(|entry| entry.handler.as_ref())
            .for_each(visit);
    }
}

/// The place of a signal in the table.
fn index(number: i32) -> usize {
    usize::try_from(number).unwrap_or(0).min(COUNT - 1)
}

/// Has the system tell of a signal from now on.
fn register(vm: &mut Vm, number: i32) -> PyResult<()> {
    let flag = Arc::clone(&vm.signal_flag);
    vm.signal_handler = Some(run_handlers);
    let state = vm.extensions.get::<State>();
    if state.entries[index(number)].is_registered {
        return Ok(());
    }
    let registered = try_register(state, number, flag);
    registered.map_err(|error| vm.os_error(&error, None))
}

fn try_register(state: &mut State, number: i32, flag: Arc<AtomicBool>) -> io::Result<()> {
    if state.wake.is_none() {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        state.wake = Some((Arc::new(reader), writer));
    }
    let entry = &mut state.entries[index(number)];
    signal_hook::flag::register_conditional_default(number, Arc::clone(&entry.is_default))?;
    signal_hook::flag::register(number, Arc::clone(&entry.arrived))?;
    signal_hook::flag::register(number, flag)?;
    if let Some((_, writer)) = &state.wake {
        signal_hook::low_level::pipe::register(number, writer.try_clone()?)?;
    }
    entry.is_registered = true;
    Ok(())
}

/// Makes SIGINT raise `KeyboardInterrupt`, as the command does.
///
/// # Errors
/// `OSError` if the system refuses; `OutOfMemory`.
pub fn install_interrupt(vm: &mut Vm, handler: PyRef) -> PyResult<()> {
    set_action(vm, SIGINT, Action::Call, Some(handler))
}

fn set_action(vm: &mut Vm, number: i32, action: Action, handler: Option<PyRef>) -> PyResult<()> {
    let is_default = action == Action::Default;
    if !is_default {
        register(vm, number)?;
    }
    let entry = &mut vm.extensions.get::<State>().entries[index(number)];
    entry.is_default.store(is_default, Ordering::SeqCst);
    entry.action = action;
    let old = std::mem::replace(&mut entry.handler, handler);
    drop(old);
    Ok(())
}

/// Calls the handlers of signals that have arrived.
///
/// # Errors
/// What a handler raises.
#[inline]
pub fn check(vm: &mut Vm) -> PyResult<()> {
    match vm.signal_flag.load(Ordering::Relaxed) {
        true => run_handlers(vm),
        false => Ok(()),
    }
}

#[cold]
fn run_handlers(vm: &mut Vm) -> PyResult<()> {
    if !vm.signal_flag.swap(false, Ordering::SeqCst) {
        return Ok(());
    }
    drain(vm);
    for number in 1..COUNT {
        let entry = &vm.extensions.get::<State>().entries[number];
        if !entry.arrived.swap(false, Ordering::SeqCst) || entry.action != Action::Call {
            continue;
        }
        let Some(handler) = entry.handler.clone() else {
            continue;
        };
        let frame = match vm.frame_object(0)? {
            Some(frame) => frame.into_any(),
            None => vm.none(),
        };
        let args = [vm.new_int_from_usize(number)?, frame];
        if let Err(error) = vm.call_positional(&handler, &args) {
            // Signals that have arrived besides are for the next time.
            vm.signal_flag.store(true, Ordering::SeqCst);
            return Err(error);
        }
    }
    Ok(())
}

/// Empties the socket that wakes what waits.
fn drain(vm: &mut Vm) {
    let Some((reader, _)) = &vm.extensions.get::<State>().wake else {
        return;
    };
    let mut room = [0; 64];
    while matches!((&**reader).read(&mut room), Ok(1..)) {}
}

/// The socket that becomes readable when a signal arrives, if one can.
fn wake_socket(vm: &mut Vm) -> Option<Arc<UnixStream>> {
    let wake = &vm.extensions.get::<State>().wake;
    wake.as_ref().map(|(reader, _)| Arc::clone(reader))
}

/// Waits until there is something to read, and calls handlers of signals that arrive meanwhile. Files that are not to be
/// waited for are left alone.
///
/// # Errors
/// What a handler raises.
pub fn wait_readable(vm: &mut Vm, file: &File) -> PyResult<()> {
    let Some(socket) = wake_socket(vm) else {
        return Ok(());
    };
    let is_nonblocking = |flags: OFlags| flags.contains(OFlags::NONBLOCK);
    if rustix::fs::fcntl_getfl(file).is_ok_and(is_nonblocking) {
        return Ok(());
    }
    loop {
        let mut waited = [
            PollFd::new(file, PollFlags::IN),
            PollFd::new(&*socket, PollFlags::IN),
        ];
        // What cannot be waited for is told by the read.
        let result = poll(&mut waited, None);
        let [file, socket] = waited.map(|fd| !fd.revents().is_empty());
        if socket || result == Err(rustix::io::Errno::INTR) {
            drain(vm);
            check(vm)?;
        }
        if file || result.is_err_and(|error| error != rustix::io::Errno::INTR) {
            return Ok(());
        }
    }
}

/// Waits, and calls handlers of signals that arrive meanwhile (PEP 475).
///
/// # Errors
/// What a handler raises.
pub fn sleep(vm: &mut Vm, time: Duration) -> PyResult<()> {
    let Some(socket) = wake_socket(vm) else {
        std::thread::sleep(time);
        return Ok(());
    };
    let end = Instant::now().checked_add(time);
    loop {
        let rest = match end {
            Some(end) => end.saturating_duration_since(Instant::now()),
            None => time,
        };
        if rest.is_zero() {
            return Ok(());
        }
        wait_for_signal(&socket, Some(rest));
        drain(vm);
        check(vm)?;
    }
}

/// Waits until a signal arrives or the time is over.
fn wait_for_signal(socket: &UnixStream, time: Option<Duration>) {
    let timeout = time.map(timespec);
    let mut waited = [PollFd::new(socket, PollFlags::IN)];
    // However it ends, the caller looks again.
    let _ = poll(&mut waited, timeout.as_ref());
}

/// Waits until something can be done with one of these files or the time is over, and calls handlers of signals that
/// arrive meanwhile (PEP 475). Returns what can be done with each.
///
/// # Errors
/// `OSError`, or what a handler raises.
pub fn wait_for(
    vm: &mut Vm,
    files: &[(Rc<File>, PollFlags)],
    time: Option<Duration>,
) -> PyResult<Vec<PollFlags>> {
    let socket = wake_socket(vm);
    let end = time.and_then(|time| Instant::now().checked_add(time));
    loop {
        let waited = files.iter();
        let mut waited: Vec<PollFd<'_>> = waited
            .map(|(file, flags)| PollFd::new(&**file, *flags))
            .collect();
        if let Some(socket) = &socket {
            waited.push(PollFd::new(&**socket, PollFlags::IN));
        }
        let rest = end.map(|end| timespec(end.saturating_duration_since(Instant::now())));
        let result = poll(&mut waited, rest.as_ref());
        let found: Vec<PollFlags> = waited.iter().map(PollFd::revents).collect();
        let (found, of_socket) = found.split_at(files.len());
        match result {
            Err(error) if error != rustix::io::Errno::INTR => {
                return Err(vm.os_error(&error.into(), None));
            }
            Ok(_) if found.iter().any(|flags| !flags.is_empty()) => return Ok(found.to_vec()),
            _ => {}
        }
        if result.is_err() || of_socket.iter().any(|flags| !flags.is_empty()) {
            drain(vm);
            check(vm)?;
        }
        if end.is_some_and(|end| end <= Instant::now()) {
            return Ok(found.to_vec());
        }
    }
}

fn timespec(time: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: time.subsec_nanos().into(),
    }
}

/// Waits for a signal with a handler, however long it takes.
///
/// # Errors
/// What a handler raises; `OSError` if the system has no socket left.
fn pause(vm: &mut Vm) -> PyResult<()> {
    let Some(socket) = wake_socket(vm) else {
        loop {
            std::thread::park();
        }
    };
    while !vm.signal_flag.load(Ordering::SeqCst) {
        wait_for_signal(&socket, None);
        drain(vm);
    }
    check(vm)
}

#[cold]
fn out_of_range(vm: &Vm) -> PyErr {
    vm.value_error("signal number out of range")
}
