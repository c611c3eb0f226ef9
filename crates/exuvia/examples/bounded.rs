//! Bounding: programs of strangers run side by side, each within a budget, and leave nothing behind.
//!
//! Run it with `cargo run -p exuvia --example bounded`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use exuvia::{Error, Runtime, Settings};

const PROGRAMS: [(&str, &str); 3] = [
    ("modest", "result = sum(n * n for n in range(1000))"),
    (
        "greedy",
        "hoard = []\nwhile True:\n    hoard.append('x' * 10_000)",
    ),
    (
        "careful",
        "hoard = []\ntry:\n    while True:\n        hoard.append('x' * 10_000)\nexcept MemoryError:\n    result = f'stopped by itself after {len(hoard)} strings'\n    hoard.clear()",
    ),
];

fn main() -> Result<(), Error> {
    for (name, program) in PROGRAMS {
        let settings = Settings {
            memory_limit: Some(16 << 20),
            ..Settings::default()
        };
        let mut runtime = Runtime::new(settings)?;
        match runtime.run(program, name) {
            Ok(()) => println!("{name}: {}", runtime.eval_repr("result", name)?),
            Err(Error::Exception(exception)) => {
                println!("{name}: ended by {}", exception.type_name)
            }
            Err(Error::Exit(status, _)) => println!("{name}: exit {status}"),
        }
        let report = runtime.memory_report();
        println!(
            "  {} KiB live, at most {} KiB from the system",
            report.heap.bytes_live >> 10,
            report.heap.bytes_committed_peak >> 10
        );
    }

    let mut runtime = Runtime::new(Settings::default())?;
    let ended = runtime.with_budget(2 << 20, |runtime| {
        runtime.run("big = bytes(50_000_000)", "call")
    });
    println!(
        "a call beyond its budget: {}",
        if ended.is_err() { "refused" } else { "done" }
    );
    runtime.run("big = bytes(50_000_000)", "call")?;
    println!(
        "the same without one: {} bytes",
        runtime.eval::<usize>("len(big)")?
    );
    Ok(())
}
