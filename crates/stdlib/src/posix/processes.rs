//! Other programs: starting them and waiting for them, for `subprocess`. And waiting for files and sockets, for `select`.

use super::path_of;
use super::system::process;
use crate::descriptors::{self, EINVAL, error_number, file};
use crate::signals;
use exuvia_vm::table::Method;
use exuvia_vm::types::int::int_i64;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};
use rustix::event::PollFlags;
use rustix::io::FdFlags;
use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

/// The rows of this file.
static FUNCTIONS: &[Method] = &[
    function!(
        "_spawn",
        "($module, programs, args, environment, cwd, numbers, /)",
        spawn,
        "Starts the first of these programs that there is; returns the number of the process."
    ),
    function!(
        "_waitpid",
        "($module, pid, options, /)",
        waitpid,
        "Waits for a child; returns its number and how it ended."
    ),
    function!(
        "_poll",
        "($module, files, events, milliseconds, /)",
        poll,
        "Waits until something can be done with a file, for ever if the time is below 0; returns what can be done with each."
    ),
    function!(
        "get_inheritable",
        "($module, fd, /)",
        get_inheritable,
        "Whether programs that are started get a descriptor."
    ),
    function!(
        "set_inheritable",
        "($module, fd, inheritable, /)",
        set_inheritable,
        "Says whether programs that are started get a descriptor."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub(super) fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)
}

/// What is asked for when a program is started. Python has checked and arranged it.
struct Start {
    programs: Vec<OsString>,
    args: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    cwd: Option<OsString>,
    /// Standard input, output and error.
    streams: [Option<Rc<File>>; 3],
    group: Option<i32>,
    user: Option<u32>,
}

impl Start {
    fn command(&self, program: &OsString) -> io::Result<Command> {
        let mut command = Command::new(program);
        if let Some((first, rest)) = self.args.split_first() {
            command.arg0(first).args(rest);
        }
        command.env_clear().envs(self.environment.iter().cloned());
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        if let Some(group) = self.group {
            command.process_group(group);
        }
        if let Some(user) = self.user {
            command.uid(user);
        }
        let stream = |file: &Option<Rc<File>>| match file {
            Some(file) => file.try_clone().map(Stdio::from),
            None => Ok(Stdio::inherit()),
        };
        let [input, output, error] = &self.streams;
        command.stdin(stream(input)?);
        command.stdout(stream(output)?).stderr(stream(error)?);
        Ok(command)
    }

    /// Starts the first program that there is.
    fn run(&self) -> io::Result<u32> {
        let mut last = io::Error::from(ErrorKind::NotFound);
        for program in &self.programs {
            match self.command(program)?.spawn() {
                // The child is not waited for here: `waitpid` does that.
                Ok(child) => return Ok(child.id()),
                Err(error) => {
                    let is_absent =
                        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
                    if !is_absent || last.kind() == ErrorKind::NotFound {
                        last = error;
                    }
                }
            }
        }
        Err(last)
    }
}

/// The texts in a sequence of paths.
fn texts(vm: &mut Vm, sequence: &PyRef) -> PyResult<Vec<OsString>> {
    let items = vm.to_vec(sequence)?;
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        texts.push(path_of(vm, &item)?.0.into_os_string());
    }
    Ok(texts)
}

/// `numbers`: the descriptors of standard input, output and error, the group of processes and the user, each -1 if it stays
/// as it is; then the descriptors that the program gets.
fn spawn(
    vm: &mut Vm,
    programs: PyRef,
    args: PyRef,
    environment: PyRef,
    cwd: PyRef,
    numbers: Ref<PyTuple>,
) -> PyResult<u32> {
    let numbers = numbers.iter().filter_map(int_i64);
    let numbers: Vec<i32> = numbers
        .filter_map(|number| i32::try_from(number).ok())
        .collect();
    let Some((&[input, output, error, group, user], kept)) = numbers.split_first_chunk() else {
        return Err(error_number(vm, EINVAL));
    };
    let mut pairs = Vec::new();
    let variables = texts(vm, &environment)?;
    for pair in variables.chunks_exact(2) {
        pairs.push((pair[0].clone(), pair[1].clone()));
    }
    let cwd = match vm.is_none(&cwd) {
        true => None,
        false => Some(path_of(vm, &cwd)?.0.into_os_string()),
    };
    let mut opened = [const { None }; 3];
    for (place, fd) in opened.iter_mut().zip([input, output, error]) {
        if fd >= 0 {
            *place = Some(file(vm, fd)?);
        }
    }
    let start = Start {
        programs: texts(vm, &programs)?,
        args: texts(vm, &args)?,
        environment: pairs,
        cwd,
        streams: opened,
        group: (group >= 0).then_some(group),
        user: u32::try_from(user).ok(),
    };
    let changed = pass_on(vm, kept)?;
    let started = start.run();
    for (file, flags) in changed {
        // They were as they were before.
        let _ = rustix::io::fcntl_setfd(&*file, flags);
    }
    started.map_err(|error| vm.os_error(&error, None))
}

/// Marks which descriptors beside the standard ones a program gets; returns what is to be set back.
fn pass_on(vm: &mut Vm, kept: &[i32]) -> PyResult<Vec<(Rc<File>, FdFlags)>> {
    let mut changed = Vec::new();
    for (fd, file) in descriptors::all(vm) {
        if fd <= 2 {
            continue;
        }
        let Ok(flags) = rustix::io::fcntl_getfd(&*file) else {
            continue;
        };
        let mut wanted = flags;
        wanted.set(FdFlags::CLOEXEC, !kept.contains(&fd));
        if wanted != flags && rustix::io::fcntl_setfd(&*file, wanted).is_ok() {
            changed.push((file, flags));
        }
    }
    Ok(changed)
}

fn waitpid(vm: &mut Vm, pid: i32, options: i32) -> PyResult<(i32, i32)> {
    let options = WaitOptions::from_bits_truncate(options.unsigned_abs());
    let child = process(pid);
    if child.is_none() && pid != -1 {
        return Err(vm.not_implemented_error("waiting for a group of processes is not supported"));
    }
    if let Some(child) = child
        && !options.contains(WaitOptions::NOHANG)
        && let Ok(handle) = pidfd_open(child, PidfdFlags::empty())
    {
        // In a way that signals end; what is no child is told at once.
        let found = ended(vm, Some(child), options | WaitOptions::NOHANG)?;
        if found.0 != 0 {
            return Ok(found);
        }
        let handle = Rc::new(File::from(handle));
        signals::wait_for(vm, &[(handle, PollFlags::IN)], None)?;
    }
    ended(vm, child, options)
}

/// The number of a child that ended and how it ended; zeros if there is none yet.
fn ended(vm: &mut Vm, child: Option<Pid>, options: WaitOptions) -> PyResult<(i32, i32)> {
    loop {
        match rustix::process::waitpid(child, options) {
            Ok(Some((pid, status))) => return Ok((pid.as_raw_nonzero().get(), status.as_raw())),
            Ok(None) => return Ok((0, 0)),
            Err(rustix::io::Errno::INTR) => signals::check(vm)?,
            Err(error) => return Err(vm.os_error(&error.into(), None)),
        }
    }
}

fn poll(vm: &mut Vm, files: Ref<PyTuple>, events: Ref<PyTuple>, milliseconds: i64) -> PyResult {
    let number = |item: &PyRef| int_i64(item).unwrap_or(-1);
    let mut waited = Vec::new();
    let mut answers = Vec::new();
    for (fd, flags) in files.iter().zip(events.iter()) {
        let flags = u16::try_from(number(flags)).unwrap_or(0);
        let fd = i32::try_from(number(fd)).unwrap_or(-1);
        match descriptors::find(vm, fd) {
            Some(file) => {
                answers.push(None);
                waited.push((file, PollFlags::from_bits_truncate(flags)));
            }
            None => answers.push(Some(PollFlags::NVAL)),
        }
    }
    let time = if answers.len() == waited.len() {
        u64::try_from(milliseconds).ok().map(Duration::from_millis)
    } else {
        Some(Duration::ZERO)
    };
    let mut found = signals::wait_for(vm, &waited, time)?.into_iter();
    let mut items = Vec::with_capacity(answers.len());
    for answer in answers {
        let flags = answer
            .or_else(|| found.next())
            .unwrap_or(PollFlags::empty());
        items.push(vm.new_int(flags.bits().into())?);
    }
    Ok(vm.new_list(items)?.into_any())
}

fn get_inheritable(vm: &mut Vm, fd: i32) -> PyResult<bool> {
    let file = file(vm, fd)?;
    // The standard ones here are copies.
    let flags =
        rustix::io::fcntl_getfd(&*file).map_err(|error| vm.os_error(&error.into(), None))?;
    Ok(fd <= 2 || !flags.contains(FdFlags::CLOEXEC))
}

fn set_inheritable(vm: &mut Vm, fd: i32, inheritable: bool) -> PyResult<()> {
    let file = file(vm, fd)?;
    if fd <= 2 && !inheritable {
        return Err(error_number(vm, EINVAL));
    }
    let set = rustix::io::fcntl_getfd(&*file).and_then(|mut flags| {
        flags.set(FdFlags::CLOEXEC, !inheritable);
        rustix::io::fcntl_setfd(&*file, flags)
    });
    set.map_err(|error| vm.os_error(&error.into(), None))
}
