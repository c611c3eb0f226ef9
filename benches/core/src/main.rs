//! `bench-core list` names what there is to measure; `bench-core run ROW SUBJECT` measures one and prints the number.
//!
//! `cargo xtask bench core` runs all of them in turn, several times over. mimalloc is the program's allocator, so that
//! the collectors that take their memory from there stand on the best ground there is.

mod allocators;
mod nodes;

use bench_workloads as workloads;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["list"] => list(),
        ["run", row, subject] => {
            match allocators::run(row, subject).or_else(|| nodes::run(row, subject)) {
                Some(measurement) => println!("{measurement}"),
                None => return ExitCode::FAILURE,
            }
        }
        _ => {
            eprintln!("bench-core list | bench-core run ROW SUBJECT");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn list() {
    for row in workloads::allocators::rows() {
        allocators::SUBJECTS
            .iter()
            .for_each(|subject| println!("{row}\t{subject}"));
    }
    for row in workloads::nodes::ROWS {
        let subjects = nodes::SUBJECTS
            .iter()
            .filter(|subject| nodes::has(row, subject));
        subjects.for_each(|subject| println!("{row}\t{subject}"));
    }
}
