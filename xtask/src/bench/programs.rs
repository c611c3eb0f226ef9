//! Whole programs: those of `benches/programs` under exuvia and under CPython, in turn.
//!
//! A program prints lines of a name and a number; the CPU time and the peak of memory of its process are added.

use super::report::{self, Table, number, ratio};
use super::{Measurements, Options, program as bench_program, settle};
use crate::command::{self, cargo, output, run as run_command};
use std::path::Path;
use std::process::Command;

const OURS: &str = "exuvia";
const CPYTHON: &str = "CPython";

/// A row: one of the numbers that one of the programs ends with.
struct Row {
    program: &'static str,
    figure: &'static str,
    about: &'static str,
    /// What is to be reached, as a multiple of CPython's figure.
    most: f64,
}

const fn row(program: &'static str, figure: &'static str, about: &'static str, most: f64) -> Row {
    Row {
        program,
        figure,
        about,
        most,
    }
}

const ROWS: [Row; 23] = [
    row(
        "start",
        "cpu_ms",
        "start and end of an empty program, ms",
        1.0,
    ),
    row("start", "peak_mib", "its memory, MiB", 0.7),
    row(
        "churn",
        "cpu_ms",
        "instances, lists, tuples, dicts that live shortly, ms",
        1.0,
    ),
    row("churn", "peak_mib", "peak of its memory, MiB", 0.7),
    row(
        "cycles",
        "cpu_ms",
        "a million cycles of two instances, ms",
        1.0,
    ),
    row("cycles", "peak_mib", "peak of its memory, MiB", 1.0),
    row(
        "full",
        "full_ms",
        "full collection over two million live lists in a random graph, ms",
        0.35,
    ),
    row("full", "peak_mib", "peak of its memory, MiB", 0.7),
    row(
        "pauses",
        "longest_ms",
        "longest automatic pause, five million live objects and churn with cycles, ms",
        0.02,
    ),
    row(
        "pauses",
        "total_ms",
        "time in the collector in all, ms",
        0.3,
    ),
    row("pauses", "cpu_ms", "the whole program, ms", 1.0),
    row("pauses", "peak_mib", "peak of its memory, MiB", 1.0),
    row(
        "strings",
        "kept_mib",
        "kept when of two million strings one in a thousand stays, MiB",
        0.25,
    ),
    row("strings", "peak_mib", "peak of its memory, MiB", 0.7),
    row(
        "sizes",
        "instance",
        "bytes for an instance with two attributes",
        0.7,
    ),
    row("sizes", "slots", "with two slots", 0.7),
    row("sizes", "list", "for a list of two", 0.7),
    row("sizes", "tuple", "for a tuple of two", 0.7),
    row("sizes", "string", "for a string of eight letters", 0.7),
    row("sizes", "int", "for an int", 0.7),
    row(
        "tracing",
        "traced_ms",
        "allocations with tracemalloc on, ms",
        1.0,
    ),
    row(
        "tracing",
        "traced_ratio",
        "tracemalloc on, times as long as off",
        1.0,
    ),
    row(
        "tracing",
        "traced_25_ratio",
        "tracemalloc with 25 frames, times as long as off",
        1.0,
    ),
];

/// Measures, prints the table and writes it to BENCHMARKS.md.
///
/// # Errors
/// Something does not build, or there is no BENCHMARKS.md to write to.
pub fn run(options: &Options) -> Result<(), String> {
    run_command(cargo().args(["build", "--release", "-p", "exuvia"]))?;
    let measure = [
        "build",
        "--release",
        "-p",
        "bench-measure",
        "--manifest-path",
        "benches/Cargo.toml",
    ];
    run_command(cargo().args(measure))?;
    let exuvia = command::root().join("target/release/exuvia");
    let mut subjects = vec![(OURS, exuvia.as_path())];
    if let Some(python) = &options.python {
        subjects.push((CPYTHON, Path::new(python)));
    }
    let mut programs: Vec<&str> = ROWS.iter().map(|row| row.program).collect();
    programs.dedup();
    programs.retain(|program| options.wants(program));
    let mut measurements = Measurements::default();
    for round in 1..=options.rounds {
        for program in &programs {
            for (subject, interpreter) in &subjects {
                eprint!(
                    "\x1b[2K\rround {round} of {}: {program}, {subject}",
                    options.rounds
                );
                if let Err(message) =
                    measure_program(program, subject, interpreter, &mut measurements)
                {
                    eprintln!("\n{message}");
                }
            }
        }
    }
    eprintln!("\x1b[2K\r");
    let mut text = report::circumstances(options.python.as_deref(), &[]);
    text.push_str(&format!(" Medians over {} round(s).\n\n", options.rounds));
    text.push_str(&table(&programs, options, &measurements));
    println!("{text}");
    if options.only.is_none() {
        report::write("programs", &text)?;
    }
    Ok(())
}

/// Runs a program once and notes every number that it ends with.
fn measure_program(
    program: &str,
    subject: &str,
    interpreter: &Path,
    measurements: &mut Measurements,
) -> Result<(), String> {
    let root = command::root();
    let mut command = Command::new(bench_program("bench-measure"));
    command.arg(interpreter);
    command.arg(root.join(format!("benches/programs/{program}.py")));
    settle()?;
    for line in output(&mut command)?.lines() {
        if let Some((figure, value)) = line.split_once(' ')
            && let Ok(value) = value.parse()
        {
            measurements.add(&format!("{program} {figure}"), subject, value);
        }
    }
    Ok(())
}

fn table(programs: &[&str], options: &Options, measurements: &Measurements) -> String {
    let mut titles = vec!["", OURS];
    if options.python.is_some() {
        titles.extend([CPYTHON, "× CPython"]);
    }
    let titles: Vec<String> = titles.into_iter().map(str::to_owned).collect();
    let mut table = Table::new(&titles);
    for row in ROWS.iter().filter(|row| programs.contains(&row.program)) {
        let median =
            |subject| measurements.median(&format!("{} {}", row.program, row.figure), subject);
        let mut cells = vec![row.about.to_owned(), number(median(OURS))];
        if options.python.is_some() {
            cells.push(number(median(CPYTHON)));
            cells.push(ratio(median(OURS), median(CPYTHON), Some(row.most)));
        }
        table.row(&cells);
    }
    table.finish()
}
