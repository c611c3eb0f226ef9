//! Tasks of the workspace that are no tests: benchmarks, stress runs, comparisons.

#![allow(clippy::print_stderr, reason = "a task talks to the terminal")]

use std::process::ExitCode;

fn main() -> ExitCode {
    eprintln!("xtask: there is no task yet; `cargo test --workspace` runs all tests");
    ExitCode::from(2)
}
