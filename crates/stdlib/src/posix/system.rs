//! What `posix` asks of the system beside files: who and where the process is, terminals, limits, signals.

use super::{path_of, with_path};
use crate::descriptors::{self, EINVAL, file};
use crate::signals;
use exuvia_vm::table::Method;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::{PyErr, PyRef, PyResult, Vm, function};
use rustix::fs::{Access, AtFlags, CWD, Gid, Mode, OFlags, StatVfs, Uid};
use rustix::io::Errno;
use rustix::process::{Pid, Signal};
use std::os::unix::fs::FileExt;

/// The rows of this file.
pub(super) static FUNCTIONS: &[Method] = &[
    function!(
        "umask",
        "($module, mask, /)",
        umask,
        "Sets which permissions new files do not get; returns the setting before."
    ),
    function!(
        "kill",
        "($module, pid, signal, /)",
        kill,
        "Sends a signal to a process."
    ),
    function!(
        "getuid",
        "($module, /)",
        |_: &mut Vm| rustix::process::getuid().as_raw(),
        "The user of this process."
    ),
    function!(
        "geteuid",
        "($module, /)",
        |_: &mut Vm| rustix::process::geteuid().as_raw(),
        "The user whose rights this process has."
    ),
    function!(
        "getgid",
        "($module, /)",
        |_: &mut Vm| rustix::process::getgid().as_raw(),
        "The group of this process."
    ),
    function!(
        "getegid",
        "($module, /)",
        |_: &mut Vm| rustix::process::getegid().as_raw(),
        "The group whose rights this process has."
    ),
    function!(
        "getpgrp",
        "($module, /)",
        |_: &mut Vm| rustix::process::getpgrp().as_raw_nonzero().get(),
        "The group of processes that this one is in."
    ),
    function!(
        "_access",
        "($module, path, mode, effective_ids, follow_symlinks, /)",
        access,
        "Whether the user may do something with a file."
    ),
    function!(
        "_terminal_size",
        "($module, fd, /)",
        terminal_size,
        "Columns and lines of a terminal."
    ),
    function!("_uname", "($module, /)", uname, "Five names of the system."),
    function!(
        "_cpu_ticks",
        "($module, /)",
        cpu_ticks,
        "Hundredths of a second that this process and its children ran."
    ),
    function!(
        "getloadavg",
        "($module, /)",
        getloadavg,
        "How many processes wanted to run in the last 1, 5 and 15 minutes."
    ),
    function!(
        "sched_yield",
        "($module, /)",
        |_: &mut Vm| std::thread::yield_now(),
        "Lets others run."
    ),
    function!(
        "sched_getaffinity",
        "($module, pid, /)",
        sched_getaffinity,
        "The processors that a process may run on."
    ),
    function!(
        "dup2",
        "($module, /, fd, fd2, inheritable=True)",
        dup2,
        "Makes fd2 another descriptor of the file of fd; only 0, 1 and 2 can be."
    ),
    function!(
        "_statvfs",
        "($module, path, /)",
        statvfs,
        "Eleven numbers of a file system."
    ),
    function!(
        "_chown",
        "($module, path, uid, gid, follow_symlinks, /)",
        chown,
        "Changes whose a file is."
    ),
    function!(
        "pread",
        "($module, fd, length, offset, /)",
        pread,
        "Reads at a place; the position stays."
    ),
    function!(
        "pwrite",
        "($module, fd, buffer, offset, /)",
        pwrite,
        "Writes at a place; the position stays."
    ),
    function!(
        "get_blocking",
        "($module, fd, /)",
        get_blocking,
        "Whether reading and writing waits."
    ),
    function!(
        "set_blocking",
        "($module, fd, blocking, /)",
        set_blocking,
        "Sets whether reading and writing waits."
    ),
    function!(
        "sync",
        "($module, /)",
        |_: &mut Vm| rustix::fs::sync(),
        "Has the system write everything it still holds."
    ),
];

/// The `OSError` for an error of the system, about a file if one is given.
#[cold]
fn failed(vm: &mut Vm, error: Errno, file: Option<&PyRef>) -> PyErr {
    vm.os_error(&error.into(), file)
}

fn umask(_: &mut Vm, mask: i64) -> u32 {
    let mask = u32::try_from(mask & 0o777).unwrap_or(0);
    rustix::process::umask(Mode::from_raw_mode(mask)).as_raw_mode()
}

/// The process with a number, which 0 and numbers below it are not: the system means groups by those.
pub(super) fn process(number: i32) -> Option<Pid> {
    // The crate insists on numbers that are not negative.
    (number > 0).then(|| Pid::from_raw(number)).flatten()
}

/// A signal to this process itself is handled before the call returns, as in CPython.
fn kill(vm: &mut Vm, pid: i32, number: i32) -> PyResult<()> {
    let own = rustix::process::getpid().as_raw_nonzero().get();
    if pid == own && (1..65).contains(&number) {
        return signals::send(vm, number);
    }
    let Some(pid) = process(pid) else {
        return Err(vm.not_implemented_error("signals to groups of processes are not supported"));
    };
    let sent = match Signal::from_named_raw(number) {
        _ if number == 0 => rustix::process::test_kill_process(pid),
        Some(signal) => rustix::process::kill_process(pid, signal),
        None => Err(Errno::INVAL),
    };
    sent.map_err(|error| failed(vm, error, None))
}

fn access(vm: &mut Vm, path: PyRef, mode: i64, effective: bool, follow: bool) -> PyResult<bool> {
    const READ: i64 = 4;
    const WRITE: i64 = 2;
    const EXECUTE: i64 = 1;
    let (path, _) = path_of(vm, &path)?;
    let mut wanted = Access::EXISTS;
    for (bit, access) in [
        (READ, Access::READ_OK),
        (WRITE, Access::WRITE_OK),
        (EXECUTE, Access::EXEC_OK),
    ] {
        wanted.set(access, mode & bit != 0);
    }
    let mut flags = AtFlags::empty();
    flags.set(AtFlags::EACCESS, effective);
    flags.set(AtFlags::SYMLINK_NOFOLLOW, !follow);
    Ok(rustix::fs::accessat(CWD, &path, wanted, flags).is_ok())
}

fn terminal_size(vm: &mut Vm, fd: i32) -> PyResult<(u16, u16)> {
    let file = file(vm, fd)?;
    let size = rustix::termios::tcgetwinsize(&*file);
    let size = size.map_err(|error| failed(vm, error, None))?;
    Ok((size.ws_col, size.ws_row))
}

fn uname(vm: &mut Vm) -> PyResult {
    let names = rustix::system::uname();
    let texts = [
        names.sysname(),
        names.nodename(),
        names.release(),
        names.version(),
        names.machine(),
    ];
    let mut items = Vec::with_capacity(texts.len());
    for text in texts {
        items.push(vm.new_str(&text.to_string_lossy())?.into_any());
    }
    Ok(vm.new_tuple(&items)?.into_any())
}

/// User and system time, and those of children that have ended.
fn cpu_ticks(vm: &mut Vm) -> PyResult {
    let stat =
        std::fs::read_to_string("/proc/self/stat").map_err(|error| vm.os_error(&error, None))?;
    // The second field is the command's name in parentheses, in which anything may stand.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut ticks = Vec::new();
    for field in fields.split_whitespace().skip(11).take(4) {
        ticks.push(vm.new_int(field.parse().unwrap_or(0))?);
    }
    Ok(vm.new_tuple(&ticks)?.into_any())
}

fn getloadavg(vm: &mut Vm) -> PyResult<(f64, f64, f64)> {
    let text =
        std::fs::read_to_string("/proc/loadavg").map_err(|error| vm.os_error(&error, None))?;
    let mut loads = text.split(' ').map(|load| load.parse().unwrap_or(0.0));
    let mut next = || loads.next().unwrap_or(0.0);
    Ok((next(), next(), next()))
}

fn sched_getaffinity(vm: &mut Vm, pid: i32) -> PyResult {
    if pid < 0 {
        return Err(failed(vm, Errno::SRCH, None));
    }
    let set = rustix::thread::sched_getaffinity(process(pid));
    let set = set.map_err(|error| failed(vm, error, None))?;
    let mut numbers = Vec::new();
    for processor in 0..rustix::thread::CpuSet::MAX_CPU {
        if set.is_set(processor) {
            numbers.push(vm.new_int_from_usize(processor)?);
        }
    }
    let numbers = vm.new_list(numbers)?.into_any();
    let class = vm.class(&exuvia_vm::types::set::SET).clone().into_any();
    vm.call_positional(&class, &[numbers])
}

fn dup2(vm: &mut Vm, fd: i32, target: i32, _: Option<bool>) -> PyResult<i32> {
    file(vm, fd)?;
    if !(0..=2).contains(&target) {
        return Err(vm.not_implemented_error(
            "dup2() to a descriptor other than a standard one is not supported",
        ));
    }
    descriptors::duplicate_to(vm, fd, target)?;
    Ok(target)
}

fn statvfs(vm: &mut Vm, path: PyRef) -> PyResult {
    let found = match super::target(vm, &path)? {
        super::Target::Descriptor(fd) => {
            let file = file(vm, fd)?;
            rustix::fs::fstatvfs(&*file)
        }
        super::Target::Path { path, .. } => rustix::fs::statvfs(&path),
    };
    let found: StatVfs = found.map_err(|error| failed(vm, error, Some(&path)))?;
    let numbers = [
        found.f_bsize,
        found.f_frsize,
        found.f_blocks,
        found.f_bfree,
        found.f_bavail,
        found.f_files,
        found.f_ffree,
        found.f_favail,
        found.f_flag.bits(),
        found.f_namemax,
    ];
    let mut items = Vec::with_capacity(numbers.len());
    for number in numbers {
        items.push(vm.new_int_from_i128(number.into())?);
    }
    Ok(vm.new_tuple(&items)?.into_any())
}

/// -1 leaves a user or group as it is.
fn chown(vm: &mut Vm, path: PyRef, user: i64, group: i64, follow: bool) -> PyResult<()> {
    let id = |number: i64| u32::try_from(number).ok();
    let (user, group) = (id(user).map(Uid::from_raw), id(group).map(Gid::from_raw));
    if let super::Target::Descriptor(fd) = super::target(vm, &path)? {
        let file = file(vm, fd)?;
        let changed = rustix::fs::fchown(&*file, user, group);
        return changed.map_err(|error| failed(vm, error, None));
    }
    let mut flags = AtFlags::empty();
    flags.set(AtFlags::SYMLINK_NOFOLLOW, !follow);
    with_path(vm, &path, |path| {
        Ok(rustix::fs::chownat(CWD, path, user, group, flags)?)
    })
}

fn offset(vm: &mut Vm, offset: i64) -> PyResult<u64> {
    u64::try_from(offset).map_err(|_| descriptors::error_number(vm, EINVAL))
}

fn pread(vm: &mut Vm, fd: i32, len: usize, at: i64) -> PyResult {
    let (file, at) = (file(vm, fd)?, offset(vm, at)?);
    let mut room = exuvia_vm::HeapVec::from_elements(vm.heap(), std::iter::repeat_n(0, len))?;
    match file.read_at(&mut room, at) {
        Ok(count) => Ok(vm.new_bytes(&room[..count])?.into_any()),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn pwrite(vm: &mut Vm, fd: i32, bytes: BytesLike, at: i64) -> PyResult<usize> {
    let (file, at) = (file(vm, fd)?, offset(vm, at)?);
    let written = file.write_at(&bytes.get(vm), at);
    written.map_err(|error| vm.os_error(&error, None))
}

fn get_blocking(vm: &mut Vm, fd: i32) -> PyResult<bool> {
    let file = file(vm, fd)?;
    let flags = rustix::fs::fcntl_getfl(&*file);
    let flags = flags.map_err(|error| failed(vm, error, None))?;
    Ok(!flags.contains(OFlags::NONBLOCK))
}

fn set_blocking(vm: &mut Vm, fd: i32, blocking: bool) -> PyResult<()> {
    let file = file(vm, fd)?;
    let set = rustix::fs::fcntl_getfl(&*file).and_then(|mut flags| {
        flags.set(OFlags::NONBLOCK, !blocking);
        rustix::fs::fcntl_setfl(&*file, flags)
    });
    set.map_err(|error| failed(vm, error, None))
}
