//! The command `exuvia`.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the command talks to the terminal"
)]

mod command;

use exuvia::CountingAllocator;
use std::process::ExitCode;

/// What other crates and this one allocate for themselves, counted in a band of its own.
#[global_allocator]
static THIRD_PARTY: CountingAllocator = CountingAllocator::new();

/// How much native stack the program runs with: Python nests deeply in native code here and there.
const STACK_BYTES: usize = 512 << 20;

/// The exit status after a mistake of ours, and after the system has refused something (sysexits.h).
const STATUS_SOFTWARE: u8 = 70;
const STATUS_OS: u8 = 71;

fn main() -> ExitCode {
    let invocation = match command::options::understand(std::env::args_os().collect()) {
        Ok(invocation) => invocation,
        Err(message) => {
            eprintln!("exuvia: {message}");
            return ExitCode::from(command::STATUS_USAGE);
        }
    };
    command::fault::install_panic_report();
    let thread = std::thread::Builder::new()
        .name("python".to_owned())
        .stack_size(STACK_BYTES);
    let status = match thread.spawn(move || command::run(invocation, &THIRD_PARTY)) {
        Ok(running) => running.join().unwrap_or(STATUS_SOFTWARE),
        Err(error) => {
            eprintln!("exuvia: cannot start a thread with {STACK_BYTES} bytes of stack: {error}");
            STATUS_OS
        }
    };
    ExitCode::from(status)
}
