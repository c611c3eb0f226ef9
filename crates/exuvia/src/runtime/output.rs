//! Capturing what a program writes.

use super::Runtime;
use crate::Error;
use crate::error::described;
use crate::streams::{self, Sink, StreamName};
use std::cell::RefCell;
use std::rc::Rc;

/// What was written to the standard streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// Text on standard output.
    pub stdout: String,
    /// Text on standard error.
    pub stderr: String,
}

#[derive(Default)]
struct Kept(RefCell<Captured>);

impl Sink for Kept {
    fn write(&self, stream: StreamName, text: &str) {
        let mut captured = self.0.borrow_mut();
        match stream {
            StreamName::Stdout => captured.stdout.push_str(text),
            StreamName::Stderr => captured.stderr.push_str(text),
        }
    }
}

/// Runs something and returns what it wrote.
pub(super) fn capture<T>(
    runtime: &mut Runtime,
    work: impl FnOnce(&mut Runtime) -> T,
) -> Result<(T, Captured), Error> {
    let kept = Rc::new(Kept::default());
    let vm = runtime.inner();
    let before = match streams::capture(vm, Rc::clone(&kept) as Rc<dyn Sink>) {
        Ok(before) => before,
        Err(error) => return Err(described(vm, error)),
    };
    let result = work(runtime);
    streams::release(runtime.inner(), &before);
    Ok((result, kept.0.take()))
}
