//! The heap and the collector beside their peers: runs the programs of `benches/`, a process for each measurement.

use super::report::{self, Table, number, ratio};
use super::{Measurements, Options, program, settle};
use crate::command::{self, cargo, output, run as run_command};
use std::process::Command;

const OURS: &str = "exuvia";
const CPYTHON: &str = "CPython";

/// A group of rows with the same subjects.
struct Group {
    title: &'static str,
    about: &'static str,
    /// Who the ratio to the best peer is about.
    peers: &'static [&'static str],
    /// Shown, but not compared with.
    others: &'static [&'static str],
    rows: &'static [Row],
}

/// A row of a table.
struct Row {
    name: &'static str,
    about: &'static str,
    /// What is to be reached, as a multiple of the best peer's and of CPython's figure.
    most: (Option<f64>, Option<f64>),
}

const fn row(name: &'static str, about: &'static str, peer: f64, cpython: f64) -> Row {
    Row {
        name,
        about,
        most: (Some(peer), Some(cpython)),
    }
}

const fn aside(name: &'static str, about: &'static str) -> Row {
    Row {
        name,
        about,
        most: (None, None),
    }
}

const GROUPS: [Group; 2] = [
    Group {
        title: "Blocks",
        about: "Nanoseconds of CPU time for each operation, MiB in the last two rows. Before each measurement a gibibyte is \
                touched and given back, so that nobody pays for memory that the host of a virtual machine has not given it yet. \
                No size is known when the program is compiled; releases name it, where there is a call for that.",
        peers: &["mimalloc", "jemalloc", "snmalloc", "rpmalloc", "system"],
        others: &[],
        rows: &[
            row(
                "pair-16",
                "allocate and free one block of 16 bytes",
                1.0,
                0.45,
            ),
            row("pair-48", "of 48 bytes", 1.0, 0.45),
            row("pair-128", "of 128 bytes", 1.0, 0.45),
            row("pair-512", "of 512 bytes", 1.0, 0.45),
            row(
                "lifo-16",
                "1000 blocks of 16 bytes, freed last in, first out",
                1.0,
                0.45,
            ),
            row("lifo-48", "of 48 bytes", 1.0, 0.45),
            row("lifo-128", "of 128 bytes", 1.0, 0.45),
            row("lifo-512", "of 512 bytes", 1.0, 0.45),
            row(
                "fifo-16",
                "1000 blocks of 16 bytes, freed first in, first out",
                1.0,
                0.45,
            ),
            row("fifo-48", "of 48 bytes", 1.0, 0.45),
            row("fifo-128", "of 128 bytes", 1.0, 0.45),
            row("fifo-512", "of 512 bytes", 1.0, 0.45),
            row(
                "churn",
                "100,000 live blocks of 16 to 512 bytes, mostly small: free one at random, allocate another",
                1.0,
                0.45,
            ),
            aside("new", "three million new blocks of 48 bytes"),
            aside("random-release", "their release in random order"),
            aside(
                "grow",
                "sixteen arrays that grow in turn by an eighth, from 64 bytes to 4 MiB: for each KiB gained",
            ),
            aside(
                "keep",
                "MiB kept when of two million blocks of 40 to 80 bytes one in a thousand stays",
            ),
            aside(
                "keep-trim",
                "the same after asking for what can be given back",
            ),
        ],
    },
    Group {
        title: "Objects",
        about: "Nanoseconds of CPU time, bytes in the last row. A node has two references that can be changed. The \
                peers' memory comes from mimalloc. `gc-arena` traces and does not count: it is shown, but it is not what \
                is compared with. “every 10,000”: the peer's own trigger is off, and a collection is asked for every \
                10,000 cycles, as from those that have none.",
        peers: &[
            "bacon_rajan_cc",
            "rust-cc",
            "rust-cc, every 10,000",
            "gcmodule",
            "jrsonnet-gcmodule",
            "dumpster",
            "dumpster, every 10,000",
        ],
        others: &["gc-arena"],
        rows: &[
            row("node", "allocate and drop a node", 0.75, 0.2),
            row("clone", "clone and drop a handle", 0.75, 0.2),
            aside("clone-1000", "clone handles to 1000 nodes, then drop them"),
            row(
                "cycle",
                "build a cycle of two nodes, let go of it, have it reclaimed: for each cycle",
                0.8,
                0.35,
            ),
            row(
                "cycle-beside",
                "the same beside a million live nodes",
                0.8,
                0.35,
            ),
            row(
                "full",
                "forced collection of two million live nodes in a random graph, nothing to free: for each node",
                0.5,
                0.35,
            ),
            row(
                "rings",
                "reclaim two million nodes in rings of 1000: for each node",
                1.0,
                0.35,
            ),
            row(
                "list",
                "drop a list of five million nodes: for each node",
                1.0,
                0.5,
            ),
            row("bytes", "bytes in memory for each live node", 1.0, 1.0),
        ],
    },
];

/// Measures, prints the tables and writes them to BENCHMARKS.md.
///
/// # Errors
/// The programs do not build, or there is no BENCHMARKS.md to write to.
pub fn run(options: &Options) -> Result<(), String> {
    run_command(cargo().args([
        "build",
        "--release",
        "--manifest-path",
        "benches/Cargo.toml",
    ]))?;
    let pairs = pairs(options)?;
    let mut measurements = Measurements::default();
    for round in 1..=options.rounds {
        for (row, subject) in &pairs {
            eprint!(
                "\x1b[2K\rround {round} of {}: {row}, {subject}",
                options.rounds
            );
            match measure(options, row, subject) {
                Ok(measurement) => measurements.add(row, subject, measurement),
                Err(message) => eprintln!("\n{message}"),
            }
        }
    }
    eprintln!("\x1b[2K\r");
    let mut text = report::circumstances(options.python.as_deref(), &versions());
    text.push_str(&format!(
        " Medians over {} round(s); a process for each measurement.\n",
        options.rounds
    ));
    for group in &GROUPS {
        text.push_str(&format!("\n### {}\n\n{}\n\n", group.title, group.about));
        text.push_str(&table(group, options, &measurements));
    }
    println!("{text}");
    if options.only.is_none() {
        report::write("core", &text)?;
    }
    Ok(())
}

/// What there is to measure, in the order in which it is: each row's subjects one after the other.
fn pairs(options: &Options) -> Result<Vec<(String, String)>, String> {
    let list = output(Command::new(program("bench-core")).arg("list"))?;
    let listed: Vec<(String, String)> = list
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(row, subject)| (row.to_owned(), subject.to_owned()))
        .collect();
    let mut pairs = Vec::new();
    for row in GROUPS.iter().flat_map(|group| group.rows) {
        if !options.wants(row.name) {
            continue;
        }
        pairs.extend(listed.iter().filter(|pair| pair.0 == row.name).cloned());
        if options.python.is_some() {
            pairs.push((row.name.to_owned(), CPYTHON.to_owned()));
        }
    }
    Ok(pairs)
}

fn measure(options: &Options, row: &str, subject: &str) -> Result<f64, String> {
    const IMPORT: &str = "import importlib.util as u, os
spec = u.spec_from_file_location('bench_cpython', os.environ['BENCH_MODULE'])
u.module_from_spec(spec)";
    let mut command = match &options.python {
        Some(python) if subject == CPYTHON => {
            let mut command = Command::new(python);
            command.args(["-S", "-c", IMPORT]);
            command.env("BENCH_ROW", row);
            command.env("BENCH_MODULE", program("libbench_cpython.so"));
            command
        }
        _ => {
            let mut command = Command::new(program("bench-core"));
            command.args(["run", row, subject]);
            command
        }
    };
    settle()?;
    let text = output(&mut command)?;
    text.parse()
        .map_err(|_| format!("{command:?} printed {text:?}"))
}

fn table(group: &Group, options: &Options, measurements: &Measurements) -> String {
    let peers = group.peers.iter().chain(group.others);
    let mut subjects: Vec<&str> = [OURS].into_iter().chain(peers.copied()).collect();
    if options.python.is_some() {
        subjects.push(CPYTHON);
    }
    let mut titles = vec![String::new()];
    titles.extend(subjects.iter().map(|subject| (*subject).to_owned()));
    titles.push("× best peer".to_owned());
    titles.push("× CPython".to_owned());
    let mut table = Table::new(&titles);
    for row in group.rows.iter().filter(|row| options.wants(row.name)) {
        let median = |subject: &str| measurements.median(row.name, subject);
        let best = group
            .peers
            .iter()
            .filter_map(|peer| median(peer))
            .min_by(f64::total_cmp);
        let mut cells = vec![row.about.to_owned()];
        cells.extend(subjects.iter().map(|subject| number(median(subject))));
        cells.push(ratio(median(OURS), best, row.most.0));
        cells.push(ratio(median(OURS), median(CPYTHON), row.most.1));
        table.row(&cells);
    }
    table.finish()
}

/// The peers' names and versions, as the bench's lock file has them.
fn versions() -> Vec<String> {
    const PEERS: [&str; 10] = [
        "libmimalloc-sys",
        "tikv-jemalloc-sys",
        "snmalloc-sys",
        "rpmalloc-sys",
        "bacon_rajan_cc",
        "rust-cc",
        "gcmodule",
        "jrsonnet-gcmodule",
        "dumpster",
        "gc-arena",
    ];
    let lock =
        std::fs::read_to_string(command::root().join("benches/Cargo.lock")).unwrap_or_default();
    let version_of = |name: &&str| {
        let entry = lock
            .split_once(&format!("name = \"{name}\"\nversion = \""))?
            .1;
        Some(format!("{name} {}", entry.split(['"', '+']).next()?))
    };
    PEERS.iter().filter_map(version_of).collect()
}
