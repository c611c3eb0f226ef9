//! The crates under stress, for as long as is asked: random operations, a fuzzer, failing allocations, sanitizers.
//!
//! Everything here but the fuzzer also runs in `cargo test`, for a moment each; this gives it time. What is found is printed
//! with what is needed to see it again, and becomes a test.

use crate::command;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CORE: [&str; 3] = ["exuvia-heap", "exuvia-object", "exuvia-collector"];
/// The bodies of the fuzz targets: package, file and name of the test.
const BODIES: [[&str; 3]; 2] = [
    ["exuvia-heap", "model", "steps_made_of_random_bytes"],
    [
        "exuvia-collector",
        "random_graphs",
        "programs_made_of_random_bytes",
    ],
];

/// The fuzz targets: folder and name.
const FUZZ_TARGETS: [[&str; 2]; 2] = [
    ["crates/heap/fuzz", "operations"],
    ["crates/collector/fuzz", "graphs"],
];
/// In how many places each small program is made to fail for each minute that was asked for.
const SWEPT_EACH_MINUTE: u64 = 300;

/// Runs everything.
///
/// # Errors
/// Something was found, or an option is none.
pub fn run(options: &[&str]) -> Result<(), String> {
    let minutes: u64 = match options {
        [] => 10,
        ["--minutes", minutes] => minutes
            .parse()
            .map_err(|_| format!("{minutes}: not a number"))?,
        _ => return Err("the one option is --minutes N".to_owned()),
    };
    let mut report = Report::default();
    let part = Duration::from_secs(minutes * 60) / 3;
    random_bytes(part, &mut report);
    fuzzers(part, &mut report);
    properties(part, &mut report);
    sweeps(minutes, &mut report);
    sanitizers(&mut report);
    report.finish()
}

/// The bodies of the fuzz targets, with bytes from a generator.
fn random_bytes(time: Duration, report: &mut Report) {
    let seconds = (time.as_secs() / BODIES.len() as u64).to_string();
    for [package, file, test] in BODIES {
        let name = format!("{package}: random bytes for {seconds} seconds");
        report.step(&name, &mut || {
            test_command(
                &[package],
                &["--test", file, test],
                &[("EXUVIA_STRESS_SECONDS", &seconds)],
            )
        });
    }
}

/// The fuzz targets, whose bytes come from what a fuzzer has seen them do, under the address sanitizer.
fn fuzzers(time: Duration, report: &mut Report) {
    if command::output(cargo_fuzz("--version").stderr(Stdio::null())).is_err() {
        report.skip("fuzz targets: `cargo install cargo-fuzz --locked` brings what runs them");
        return;
    }
    let seconds = time.as_secs() / FUZZ_TARGETS.len() as u64;
    for [folder, target] in FUZZ_TARGETS {
        let target_dir = command::root().join("target/fuzz").join(target);
        let fuzz = |subcommand: &str| {
            let mut command = cargo_fuzz(subcommand);
            command.args(["--fuzz-dir", folder, "--target-dir"]);
            command.arg(&target_dir).arg(target);
            command
        };
        // Compiling is not to take from the time for running.
        report.step(&format!("fuzz target {target}: compiled"), &mut || {
            command::run(&mut fuzz("build"))
        });
        if !report.is_clean() {
            return;
        }
        let name = format!("fuzz target {target}: {seconds} seconds");
        report.step(&name, &mut || {
            let limit = format!("-max_total_time={seconds}");
            // An input longer than this is cut off by the body.
            let options = [
                "--",
                &limit,
                "-max_len=3000",
                "-verbosity=0",
                "-print_final_stats=1",
            ];
            command::run(fuzz("run").args(options))
        });
    }
}

/// `cargo fuzz` with a compiler that is taken for a nightly one.
fn cargo_fuzz(subcommand: &str) -> Command {
    let mut command = command::cargo();
    command.args(["fuzz", subcommand]);
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}

/// Every allocation fails once, and from then on: of the crates' own programs, and of small Python programs.
fn sweeps(minutes: u64, report: &mut Report) {
    report.step(
        "heap, collector: every allocation fails once, and from then on",
        &mut || test_command(&["exuvia-heap", "exuvia-collector"], &["fail"], &[]),
    );
    let runs = (minutes * SWEPT_EACH_MINUTE).to_string();
    let name =
        format!("runtime: up to {runs} allocations of each program fail once, and from then on");
    report.step(&name, &mut || {
        test_command(
            &["exuvia"],
            &["--test", "corpus", "memory"],
            &[("EXUVIA_SWEEP_RUNS", &runs)],
        )
    });
}

/// Property tests, again and again with new seeds until the time is over.
fn properties(time: Duration, report: &mut Report) {
    let start = Instant::now();
    let mut cases = 500;
    while report.is_clean() {
        let name = format!("property tests, {cases} cases each");
        let asked = cases.to_string();
        report.step(&name, &mut || {
            test_command(&CORE, &[], &[("PROPTEST_CASES", &asked)])
        });
        if start.elapsed() >= time {
            break;
        }
        cases *= 2;
    }
}

/// The address sanitizer if there is one, valgrind if not.
fn sanitizers(report: &mut Report) {
    let Some(target) = host() else { return };
    let target_dir = command::root().join("target/sanitized");
    let sanitized = |arguments: &[&str]| {
        let mut command = command::cargo();
        command.args(["test", "--no-fail-fast", "--lib", "--tests"]);
        command.args(["--target", &target]);
        CORE.iter().for_each(|package| {
            command.args(["-p", package]);
        });
        command.args(arguments).arg("--target-dir").arg(&target_dir);
        // The compiler is a stable one, and this says that it may be taken for another.
        command.env("RUSTC_BOOTSTRAP", "1");
        command.env("RUSTFLAGS", "-Zsanitizer=address");
        let leaks = command::root().join("xtask/leaks.txt");
        let leaks = format!("suppressions={}:print_suppressions=0", leaks.display());
        command.env("LSAN_OPTIONS", leaks);
        command
    };
    if command::output(&mut sanitized(&["--no-run"])).is_ok() {
        report.step("address sanitizer", &mut || {
            command::run(&mut sanitized(&[]))
        });
        return;
    }
    let name = "valgrind (there is no address sanitizer here)";
    if command::output(Command::new("valgrind").arg("--version")).is_ok() {
        report.step(name, &mut || {
            let variable = format!(
                "CARGO_TARGET_{}_RUNNER",
                target.to_uppercase().replace('-', "_")
            );
            test_command(
                &CORE,
                &["--lib", "--tests"],
                &[
                    (&variable, "valgrind --quiet --error-exitcode=9"),
                    ("PROPTEST_CASES", "4"),
                ],
            )
        });
    } else {
        report.skip("address sanitizer and valgrind: neither is here");
    }
}

fn test_command(
    packages: &[&str],
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<(), String> {
    let mut command = command::cargo();
    command.arg("test");
    packages.iter().for_each(|package| {
        command.args(["-p", package]);
    });
    command.args(arguments);
    command.envs(environment.iter().copied());
    command::run(&mut command)
}

/// The target that the compiler compiles for by itself.
fn host() -> Option<String> {
    let text = command::output(Command::new("rustc").arg("-vV")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("host: "))?;
    Some(line.to_owned())
}

/// What was done, and what it found.
#[derive(Default)]
struct Report {
    lines: Vec<String>,
    found: usize,
}

impl Report {
    fn step(&mut self, name: &str, work: &mut dyn FnMut() -> Result<(), String>) {
        eprintln!("== {name}");
        let start = Instant::now();
        let result = work();
        let seconds = start.elapsed().as_secs();
        match result {
            Ok(()) => self.lines.push(format!("clean   {seconds:5} s  {name}")),
            Err(message) => {
                self.found += 1;
                self.lines
                    .push(format!("FOUND   {seconds:5} s  {name}: {message}"));
            }
        }
    }

    fn skip(&mut self, what: &str) {
        self.lines.push(format!("not run          {what}"));
    }

    fn is_clean(&self) -> bool {
        self.found == 0
    }

    fn finish(self) -> Result<(), String> {
        println!("\n{}", self.lines.join("\n"));
        match self.found {
            0 => Ok(()),
            found => Err(format!(
                "{found} of these found something; it is printed above"
            )),
        }
    }
}
