//! `cargo xtask layout`: which functions ordinary programs run, as a linker script that puts them side by side.
//!
//! The system maps a program's file by 64 KiB around what is touched. Where functions lie as the compiler happened to
//! emit them, a program that runs a fifth of the code has nearly all of it in memory (`docs/notes/idle-memory.md`).
//! What is written here changes nothing but the order: names that no longer exist are passed over, and new functions lie
//! behind the others until this is run again. It takes `valgrind` and `nm`.

use crate::command::{self, cargo, output};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROGRAM: &str = "target/release/exuvia";
const SCRIPTS: &str = "crates/exuvia/tests/scripts";
const LAYOUT: &str = "crates/exuvia/layout.ld";
/// Where the profiles lie meanwhile.
const PROFILES: &str = "target/layout";

/// How many bytes that nobody runs a name without its hash may bring along.
const STRAY_BYTES_MAX: u64 = 4 << 10;
/// A function is ordinary if so many of the programs run it, or the empty one does.
const PROGRAMS_MIN: usize = 3;

/// Builds the command, runs the corpus under callgrind, and writes the script.
///
/// # Errors
/// What went wrong, to be shown.
pub fn run() -> Result<(), String> {
    command::run(cargo().args(["build", "--release", "--package", "exuvia"]))?;
    let folder = command::root().join(PROFILES);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let sizes = symbols()?;
    let empty = functions_run(&folder, &["-c", "pass"])?;
    let mut programs: HashMap<String, usize> = HashMap::new();
    for script in scripts()? {
        eprintln!("{}", script.display());
        for function in functions_run(&folder, &[&script.to_string_lossy()])? {
            *programs.entry(function).or_default() += 1;
        }
    }
    // What runs in each program comes first.
    for function in &empty {
        programs.insert(function.clone(), usize::MAX);
    }
    let script = layout(&programs, &sizes);
    let path = command::root().join(LAYOUT);
    fs::write(&path, script).map_err(|error| format!("{}: {error}", path.display()))
}

/// The functions of the command, with their sizes.
fn symbols() -> Result<HashMap<String, u64>, String> {
    let listing = output(Command::new("nm").args(["--print-size", "--defined-only", PROGRAM]))?;
    let symbol = |line: &str| {
        let fields: Vec<&str> = line.split(' ').collect();
        match fields[..] {
            [_, size, "t" | "T", name] => {
                Some((name.to_owned(), u64::from_str_radix(size, 16).ok()?))
            }
            _ => None,
        }
    };
    Ok(listing.lines().filter_map(symbol).collect())
}

/// The programs of the corpus; modules that they import begin with an underscore.
fn scripts() -> Result<Vec<PathBuf>, String> {
    let files = |folder: &Path| -> Result<Vec<PathBuf>, String> {
        let entries =
            fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect())
    };
    let mut scripts = Vec::new();
    for topic in files(&command::root().join(SCRIPTS))? {
        if topic.is_dir() {
            scripts.extend(files(&topic)?);
        }
    }
    scripts.retain(|script| {
        let name = script.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".py") && !name.starts_with('_')
    });
    scripts.sort();
    Ok(scripts)
}

/// The names of all functions that a run executes.
fn functions_run(folder: &Path, arguments: &[&str]) -> Result<HashSet<String>, String> {
    let profile = folder.join("profile");
    // How the program ends does not matter: some of the corpus end with a mistake.
    Command::new("valgrind")
        .args(["--tool=callgrind", "--demangle=no"])
        .arg(format!("--callgrind-out-file={}", profile.display()))
        .arg(PROGRAM)
        .args(arguments)
        .current_dir(command::root())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text =
        fs::read_to_string(&profile).map_err(|error| format!("{}: {error}", profile.display()))?;
    // `fn=(number) name`, and `cfn=` for what is called; a name stands only where its number first occurs.
    let name = |line: &str| {
        let (_, name) = line
            .strip_prefix('c')
            .unwrap_or(line)
            .strip_prefix("fn=")?
            .split_once(' ')?;
        // Recursion is numbered.
        Some(
            name.split_once('\'')
                .map_or(name, |(name, _)| name)
                .to_owned(),
        )
    };
    Ok(text.lines().filter_map(name).collect())
}

/// What a pattern of the script stands for.
#[derive(Default)]
struct Pattern<'a> {
    /// How many programs run the most wanted function.
    programs: usize,
    /// Bytes of functions that some program runs, and of all.
    used: u64,
    all: u64,
    run: Vec<&'a str>,
}

/// The linker script: most used functions first.
///
/// A name ends with a hash that changes with the compiler. It is left out, so that all functions that differ in it come
/// along: instances of one generic function. Where that would be too many, the hash stands.
fn layout(programs: &HashMap<String, usize>, sizes: &HashMap<String, u64>) -> String {
    let mut patterns: BTreeMap<&str, Pattern<'_>> = BTreeMap::new();
    for (name, size) in sizes {
        let pattern = patterns.entry(without_hash(name)).or_default();
        pattern.all += size;
        if let Some(&count) = programs.get(name)
            && count >= PROGRAMS_MIN
        {
            pattern.programs = pattern.programs.max(count);
            pattern.used += size;
            pattern.run.push(name);
        }
    }
    let mut wanted: Vec<(&str, Pattern<'_>)> = patterns
        .into_iter()
        .filter(|(_, pattern)| pattern.used > 0)
        .collect();
    wanted.sort_by_key(|(_, pattern)| std::cmp::Reverse(pattern.programs));
    let mut script = String::from(
        "/* The order of functions, most used first: written by `cargo xtask layout`. */\nSECTIONS {\n  .text.ordinary : {\n",
    );
    for (name, mut pattern) in wanted {
        if pattern.all - pattern.used > STRAY_BYTES_MAX {
            pattern.run.sort_unstable();
            for name in pattern.run {
                put(&mut script, without_unit(name), "*");
            }
        } else {
            let rest = if name.ends_with(HASH) { "*" } else { "" };
            put(&mut script, name, rest);
        }
    }
    script.push_str("  }\n} INSERT BEFORE .text;\n");
    script
}

/// A function's section: `.text.NAME`, or `.text.unlikely.NAME` if it is thought to be cold.
fn put(script: &mut String, name: &str, rest: &str) {
    let line = writeln!(script, "    *(.text*.{name}{rest})");
    line.expect("writing to a string does not fail");
}

/// What comes before the sixteen digits of a name's hash.
const HASH: &str = "17h";

/// A name without the number of the unit that it was private to.
fn without_unit(name: &str) -> &str {
    name.split_once(".llvm.").map_or(name, |(name, _)| name)
}

fn without_hash(name: &str) -> &str {
    let name = without_unit(name);
    match name.rsplit_once(HASH) {
        Some((start, hash)) if hash.len() == 17 && hash.ends_with('E') => {
            &name[..start.len() + HASH.len()]
        }
        _ => name,
    }
}
