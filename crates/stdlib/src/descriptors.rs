//! Open files by descriptor, for `posix` and `_io`.
//!
//! Descriptors are numbers for Python and [`File`]s here: only descriptors that this runtime opened, and the three
//! standard ones, are reachable. A number that nobody opened here is `EBADF`.

use exuvia_vm::import::Extension;
use exuvia_vm::{PyRef, PyResult, Vm};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::rc::Rc;

/// Invalid argument, as the system numbers it.
pub const EINVAL: i32 = 22;
/// Bad file descriptor, as the system numbers it.
pub const EBADF: i32 = 9;
/// Not a terminal, as the system numbers it.
pub const ENOTTY: i32 = 25;

/// Open files by descriptor.
#[derive(Debug)]
struct Files {
    open: BTreeMap<i32, Rc<File>>,
}

impl Default for Files {
    fn default() -> Self {
        let standard: [io::Result<OwnedFd>; 3] = [
            io::stdin().as_fd().try_clone_to_owned(),
            io::stdout().as_fd().try_clone_to_owned(),
            io::stderr().as_fd().try_clone_to_owned(),
        ];
        let opened = (0..)
            .zip(standard)
            .filter_map(|(number, file)| Some((number, Rc::new(File::from(file.ok()?)))));
        Self {
            open: opened.collect(),
        }
    }
}

impl Extension for Files {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

/// The open file with a descriptor, if there is one.
pub fn find(vm: &mut Vm, fd: i32) -> Option<Rc<File>> {
    vm.extensions.get::<Files>().open.get(&fd).cloned()
}

/// All open files with their descriptors.
pub fn all(vm: &mut Vm) -> Vec<(i32, Rc<File>)> {
    let open = &vm.extensions.get::<Files>().open;
    open.iter().map(|(fd, file)| (*fd, file.clone())).collect()
}

/// The open file with a descriptor.
///
/// # Errors
/// `OSError` (`EBADF`) if there is none.
pub fn file(vm: &mut Vm, fd: i32) -> PyResult<Rc<File>> {
    find(vm, fd).ok_or_else(|| error_number(vm, EBADF))
}

/// Keeps an open file and returns its descriptor.
pub fn keep(vm: &mut Vm, file: File) -> i32 {
    let fd = file.as_raw_fd();
    vm.extensions.get::<Files>().open.insert(fd, Rc::new(file));
    fd
}

/// Closes a descriptor.
///
/// # Errors
/// `OSError` (`EBADF`) if it is not open.
pub fn close(vm: &mut Vm, fd: i32) -> PyResult<()> {
    match vm.extensions.get::<Files>().open.remove(&fd) {
        Some(_) => Ok(()),
        None => Err(error_number(vm, EBADF)),
    }
}

/// Makes `target` another descriptor of the file that `fd` is open on.
///
/// # Errors
/// `OSError` if `fd` is not open, or `target` is neither open here nor a standard descriptor.
pub fn duplicate_to(vm: &mut Vm, fd: i32, target: i32) -> PyResult<()> {
    let source = file(vm, fd)?;
    if fd == target {
        return Ok(());
    }
    let copied = match target {
        0 => rustix::stdio::dup2_stdin(&*source),
        1 => rustix::stdio::dup2_stdout(&*source),
        2 => rustix::stdio::dup2_stderr(&*source),
        _ => Err(rustix::io::Errno::BADF),
    };
    copied.map_err(|error| vm.os_error(&error.into(), None))?;
    let copy = source
        .try_clone()
        .map_err(|error| vm.os_error(&error, None))?;
    vm.extensions
        .get::<Files>()
        .open
        .insert(target, Rc::new(copy));
    Ok(())
}

/// The `OSError` of an error number.
#[cold]
pub fn error_number(vm: &mut Vm, number: i32) -> exuvia_vm::PyErr {
    vm.os_error(&io::Error::from_raw_os_error(number), None)
}
