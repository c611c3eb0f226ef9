//! `sys.getsizeof`: each value's size is what the heap was asked for, and not more than CPython 3.14 spends.
//!
//! `sizes.tsv` has a row per value: label, CPython 3.14.10's figure, what that figure leaves out (attribute storage), an
//! expression, and statements that come before it. The README shows the table side by side; with
//! `EXUVIA_WRITE_SIZES=1` (`cargo xtask sizes`) the test writes it there.

#![allow(unsafe_code, reason = "objects are found by walking the heap")]

use exuvia::{Runtime, Settings};
use exuvia_heap::Kind;
use exuvia_vm::{PyRef, PyResult, Vm};
use std::collections::HashSet;
use std::fmt::Write;

struct Row<'a> {
    label: &'a str,
    cpython: usize,
    left_out: usize,
    expression: &'a str,
    setup: &'a str,
}

/// What was found for a row.
struct Found {
    size: usize,
    /// By how much the bytes asked of the heap grew.
    growth: usize,
    /// The sizes of all objects that were not there before, the value's included, in sum.
    explained: usize,
    fresh: String,
}

fn rows() -> Vec<Row<'static>> {
    let parse = |line: &'static str| {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default();
        Row {
            label: next(),
            cpython: next().parse().expect("a number of bytes"),
            left_out: next().parse().expect("a number of bytes"),
            expression: next(),
            setup: next(),
        }
    };
    let lines = include_str!("sizes.tsv").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .map(parse)
        .collect()
}

fn addresses(vm: &Vm) -> HashSet<usize> {
    let mut found = HashSet::new();
    for kind in [Kind::Tracked, Kind::Untracked] {
        vm.heap().for_each_object(kind, |block| {
            found.insert(block.addr().get());
        });
    }
    found
}

/// The objects that were not there before.
fn fresh_objects(vm: &Vm, before: &HashSet<usize>) -> Vec<PyRef> {
    let mut fresh = Vec::new();
    for kind in [Kind::Tracked, Kind::Untracked] {
        vm.heap().for_each_object(kind, |block| {
            if !before.contains(&block.addr().get()) {
                // SAFETY: the walk shows live objects.
                let object = unsafe { PyRef::from_borrowed(block.cast()) };
                // Shapes are counted to the class that has them.
                if !vm.is_internal(&object) {
                    fresh.push(object);
                }
            }
        });
    }
    fresh
}

fn measure(vm: &mut Vm) -> PyResult<Found> {
    let main = vm.loaded_module("__main__")?.expect("it runs");
    let make = vm.get_attr_str(&main, "make")?;
    // Caches and shapes are made by the first ones, and a class learns from them how much room instances need. What is
    // large takes long to make and teaches nothing.
    for _ in 0..10 {
        let before = vm.heap().bytes_live();
        let value = vm.call_positional(&make, &[])?;
        let is_large = vm.heap().bytes_live() > before + 100_000;
        drop(value);
        if is_large {
            break;
        }
    }
    vm.collect(exuvia_collector::Generation::Old);
    drop(vm.call_positional(&make, &[])?);
    let before = addresses(vm);
    let bytes = vm.heap().bytes_live();
    let by_kind = Kind::ALL.map(|kind| vm.heap().bytes_live_of(kind));
    let value = vm.call_positional(&make, &[])?;
    let growth = vm.heap().bytes_live() - bytes;
    let by_kind: Vec<isize> = std::iter::zip(Kind::ALL, by_kind)
        .map(|(kind, before)| vm.heap().bytes_live_of(kind).cast_signed() - before.cast_signed())
        .collect();
    let fresh = fresh_objects(vm, &before);
    let sys = vm.loaded_module("sys")?.expect("it is there");
    let getsizeof = vm.get_attr_str(&sys, "getsizeof")?;
    let mut size_of = |object: &PyRef| {
        let size = vm.call_positional(&getsizeof, std::slice::from_ref(object))?;
        vm.index_isize(&size).map(isize::cast_unsigned)
    };
    let size = size_of(&value)?;
    let (mut explained, mut names) = (0, Vec::new());
    for object in &fresh {
        let size = size_of(object)?;
        explained += size;
        names.push((object.clone(), size));
    }
    if !fresh.iter().any(|object| object.is(&value)) {
        // It exists once: its own size is all there is to say.
        explained = growth;
    }
    let shown: Vec<String> = names
        .iter()
        .take(60)
        .map(|(object, size)| format!("{} {size}", vm.type_name(object)))
        .collect();
    Ok(Found {
        size,
        growth,
        explained,
        fresh: format!("by kind {by_kind:?}; {}", shown.join(", ")),
    })
}

fn find(runtime: &mut Runtime, row: &Row<'_>) -> Result<Found, String> {
    let source = format!(
        "{}\ndef make():\n    return {}\n",
        row.setup.replace("\\n", "\n"),
        row.expression
    );
    runtime
        .run(&source, "sizes.py")
        .map_err(|error| error.to_string())?;
    let vm: &mut Vm = &mut runtime.vm();
    match measure(vm) {
        Ok(found) => Ok(found),
        Err(error) => {
            let exception = error.into_exception(vm);
            let report = exuvia_vm::types::exception::report::format_exception(vm, &exception);
            Err(report.unwrap_or_else(|_| "MemoryError".to_owned()))
        }
    }
}

/// The table as Markdown.
fn table(found: &[(Row<'_>, usize)]) -> String {
    let mut text = String::from("| value | Exuvia | CPython |\n|---|---:|---:|\n");
    for (row, size) in found {
        let cpython = match row.left_out {
            0 => row.cpython.to_string(),
            left_out => format!("{} + {left_out}", row.cpython),
        };
        let label = row.label.replace('|', "\\|");
        let _ = writeln!(text, "| `{label}` | {size} | {cpython} |");
    }
    text
}

const BEGIN: &str = "<!-- sizes: written by `cargo xtask sizes` -->\n";
const END: &str = "<!-- end of sizes -->";

/// The README with the table in its place; `None` if it has no place for it.
fn with_table(readme: &str, table: &str) -> Option<String> {
    let (start, rest) = readme.split_once(BEGIN)?;
    let (_, end) = rest.split_once(END)?;
    Some(format!("{start}{BEGIN}{table}{END}{end}"))
}

#[test]
fn sizes_are_what_the_heap_was_asked_for_and_not_above_cpythons() {
    let mut runtime = Runtime::new(Settings::default()).expect("there is memory");
    let mut found = Vec::new();
    let mut wrong = String::new();
    for row in rows() {
        match find(&mut runtime, &row) {
            Ok(one) => {
                if one.growth != one.explained {
                    let _ = writeln!(
                        wrong,
                        "{}: the heap grew by {}, but the new objects say {} ({}; itself {})",
                        row.label, one.growth, one.explained, one.fresh, one.size
                    );
                }
                if one.size > row.cpython + row.left_out {
                    let _ = writeln!(
                        wrong,
                        "{}: {} is above CPython's {} + {}",
                        row.label, one.size, row.cpython, row.left_out
                    );
                }
                found.push((row, one.size));
            }
            Err(error) => {
                let _ = writeln!(wrong, "{}: {error}", row.label);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(path).expect("there is a README");
    let expected =
        with_table(&readme, &table(&found)).expect("the README has a place for the table");
    if std::env::var_os("EXUVIA_WRITE_SIZES").is_some() {
        std::fs::write(path, &expected).expect("the README can be written");
    } else {
        assert!(
            readme == expected,
            "the README's table is out of date: cargo xtask sizes"
        );
    }
}
