//! Tasks of the workspace that are no tests: benchmarks and stress runs.
//!
//! `cargo xtask` without arguments says what there is.

#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a task talks to the terminal"
)]
#![forbid(unsafe_code)]

mod bench;
mod command;
mod layout;
mod record;
mod stress;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask bench core [--python PROGRAM] [--rounds N] [--only WORD]
    The heap and the collector beside their peers, and beside CPython's through its C API.
cargo xtask bench [--python PROGRAM] [--rounds N] [--only WORD]
    Whole programs under exuvia and under CPython.
cargo xtask record [--python PROGRAM] [PART-OF-A-NAME...]
    Runs the scripts of the corpus under CPython and keeps what they print beside them.
cargo xtask layout
    Finds out which functions ordinary programs run, and writes the order in which they lie in the command.
cargo xtask sizes
    Writes the table of sizes into the README.
cargo xtask stress [--minutes N]
    Random operations, failing allocations and sanitizers for so long (10 minutes).

Both benchmarks write their tables into BENCHMARKS.md. PROGRAM is a CPython 3.14; without --python the environment's
PYTHON is used, and without that there is no CPython in the tables.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments[..] {
        ["bench", "core", ref options @ ..] => {
            bench::Options::parse(options).and_then(|options| bench::core::run(&options))
        }
        ["bench", ref options @ ..] => {
            bench::Options::parse(options).and_then(|options| bench::programs::run(&options))
        }
        ["record", ref options @ ..] => record::run(options),
        ["layout"] => layout::run(),
        ["sizes"] => record::sizes(),
        ["stress", ref options @ ..] => stress::run(options),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
