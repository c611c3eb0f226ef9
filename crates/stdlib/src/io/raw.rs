//! Reading and writing the system's files, a system call each.
//!
//! A call that a signal interrupts is repeated after the program's handlers have run (PEP 475).

use crate::signals;
use exuvia_vm::{PyResult, Vm};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};

/// Reads into a place; `None` if nothing is there yet and the file does not wait.
///
/// # Errors
/// `OSError`, or what a signal's handler raises.
pub fn read(vm: &mut Vm, file: &File, target: &mut [u8]) -> PyResult<Option<usize>> {
    signals::wait_readable(vm, file)?;
    repeat(vm, || (&*file).read(target))
}

/// Writes bytes; returns how many the system took, `None` if it takes none yet and the file does not wait.
///
/// # Errors
/// `OSError`, or what a signal's handler raises.
pub fn write(vm: &mut Vm, file: &File, bytes: &[u8]) -> PyResult<Option<usize>> {
    repeat(vm, || (&*file).write(bytes))
}

fn repeat(vm: &mut Vm, mut call: impl FnMut() -> io::Result<usize>) -> PyResult<Option<usize>> {
    loop {
        match call() {
            Ok(count) => return Ok(Some(count)),
            Err(error) => match error.kind() {
                ErrorKind::Interrupted => signals::check(vm)?,
                ErrorKind::WouldBlock => return Ok(None),
                _ => return Err(vm.os_error(&error, None)),
            },
        }
    }
}
