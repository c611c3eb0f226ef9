//! The corpus: Python programs beside the output that CPython 3.14 gives for them (`cargo xtask record`).
//!
//! Each runs in a runtime of its own, at whose end every count is right, the heap and the collector verify, and no
//! block is left. `EXUVIA_SCRIPTS=part-of-a-name` runs some of them.

#![allow(
    clippy::print_stderr,
    reason = "`EXUVIA_TIMES=1` shows how long each script takes"
)]

mod capture;
mod generate;
mod script;
mod stress;

use exuvia_vm::Settings;
use script::{Outcome, Script};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Native stack for each thread that runs scripts.
const STACK_BYTES: usize = 256 << 20;

/// Runs a function for each script that is asked for, on two threads; panics with what went wrong.
fn for_each_script(check: impl Fn(&Script) -> Result<(), String> + Sync) {
    let wanted = std::env::var("EXUVIA_SCRIPTS").unwrap_or_default();
    let mut scripts = Script::all();
    assert!(!scripts.is_empty(), "the corpus is empty");
    scripts.retain(|script| script.name.contains(&wanted));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut failures = Vec::new();
        while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
            let started = std::time::Instant::now();
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(script)));
            let result = result.unwrap_or_else(|_| Err("panicked".to_owned()));
            if let Err(failure) = result {
                failures.push(format!("== {}\n{failure}", script.name));
            }
            if std::env::var_os("EXUVIA_TIMES").is_some() {
                eprintln!("{:>6} ms {}", started.elapsed().as_millis(), script.name);
            }
        }
        failures
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let spawn = |_| {
            std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, work)
                .expect("a thread starts")
        };
        let threads: Vec<_> = (0..2).map(spawn).collect();
        let done = threads
            .into_iter()
            .map(|thread| thread.join().expect("caught"));
        done.flatten().collect()
    });
    assert!(
        failures.is_empty(),
        "{} failed\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Runs a script and compares what it does with the record.
fn compare(script: &Script, settings: Settings) -> Result<(), String> {
    let (expected, found) = (script.expected(), script.run(settings)?);
    if expected == found {
        return Ok(());
    }
    let Outcome {
        out,
        err,
        status,
        memory,
    } = &found;
    let mut difference = memory
        .as_ref()
        .map_or_else(String::new, |text| format!("{text}\n"));
    if *status != expected.status {
        difference.push_str(&format!("status {status}, expected {}\n", expected.status));
    }
    difference.push_str(&first_difference("out", out, &expected.out));
    difference.push_str(&first_difference("err", err, &expected.err));
    Err(difference)
}

/// The first line that differs, and what follows.
fn first_difference(stream: &str, found: &str, expected: &str) -> String {
    if found == expected {
        return String::new();
    }
    let same = found
        .lines()
        .zip(expected.lines())
        .take_while(|(a, b)| a == b)
        .count();
    let rest = |text: &str| {
        let lines: Vec<&str> = text.lines().skip(same).take(6).collect();
        lines.join("\n    ")
    };
    format!(
        "{stream} differs from line {}:\n  expected\n    {}\n  found\n    {}\n",
        same + 1,
        rest(expected),
        rest(found)
    )
}

#[test]
fn every_script_does_what_cpython_does_and_leaves_no_block() {
    for_each_script(|script| compare(script, Settings::default()));
}

/// Drops structures so many levels deep on a thread with little stack.
fn drop_deep(depth: usize) {
    const STACK_BYTES: usize = 4 << 20;
    let source = Script::all()
        .into_iter()
        .find(|script| script.name.ends_with("deep_structures.py"))
        .expect("it is part of the corpus")
        .source();
    let source = format!("DEPTH = {depth}\n{source}");
    let run = move || script::run_source(&source, "deep.py", Settings::default());
    let thread = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(run);
    let outcome = thread
        .expect("a thread starts")
        .join()
        .expect("it does not panic");
    let outcome = outcome.expect("it starts");
    assert_eq!(
        (outcome.status, outcome.memory),
        (0, None),
        "{}",
        outcome.err
    );
    assert!(outcome.out.ends_with("True\n"), "{}", outcome.out);
}

#[test]
fn deep_structures_die_in_constant_stack() {
    drop_deep(25_000);
}

#[test]
#[ignore = "takes a minute with optimizations, and more without"]
fn structures_ten_million_deep_die_in_constant_stack() {
    drop_deep(10_000_000);
}
