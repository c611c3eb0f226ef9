//! Native modules about text, numbers and times: each script in `tests/text` prints what its `.out` file says, which is what
//! CPython 3.14 prints.

mod common;

use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyResult, Settings, Vm};
use std::path::Path;

/// Runs a script in a runtime of its own; answers what it prints.
fn output_of(source: &str, name: &str, settings: Settings) -> String {
    let mut vm = common::runtime(settings);
    match execute(&mut vm, source, name) {
        Ok(output) => output,
        Err(error) => {
            panic!("{}", common::report(&mut vm, error));
        }
    }
}

fn execute(vm: &mut Vm, source: &str, name: &str) -> PyResult<String> {
    let main = common::main_module(vm)?;
    let sys = vm.import("sys")?;
    let streams = vm.import("io")?;
    let output = vm.call_method_str(&streams, "StringIO", &[])?;
    vm.set_attr_str(&sys, "stdout", &output)?;
    common::execute(vm, &main, source, name)?;
    let text = vm.call_method_str(&output, "getvalue", &[])?;
    let text = text.downcast_ref::<PyStr>().expect("StringIO has text");
    Ok(text.to_text().into_owned())
}

fn check(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/text");
    let read = |ending: &str| {
        let path = folder.join(format!("{name}.{ending}"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let (found, expected) = (
        output_of(&read("py"), name, Settings::default()),
        read("out"),
    );
    for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {} of the output of {name}", line + 1);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{name}");
}

macro_rules! scripts {
    ($($test:ident: $script:literal;)+) => {
        $(#[test]
        fn $test() {
            check($script);
        })+
    };
}
scripts! {
    patterns_match_as_in_cpython: "re_basics";
    patterns_in_corner_cases: "re_corners";
    long_matches_need_no_native_stack: "re_memory";
    format_strings_are_taken_apart: "string_fields";
    math_is_exact_and_says_what_it_expects: "math_functions";
    complex_functions_at_special_points: "cmath_functions";
    struct_formats_at_their_bounds: "struct_formats";
    random_sequences_are_those_of_cpython: "random_and_hashes";
    binary_codings_go_both_ways: "binascii_codings";
    json_is_read_and_written: "json_values";
    records_in_many_dialects: "csv_dialects";
    compressed_streams_go_both_ways: "zlib_streams";
    hashes_of_all_kinds: "hash_functions";
    subclasses_of_str_may_have_slots: "str_slots";
    dates_and_times_are_made_compared_and_added_up: "datetime_values";
    time_zones_and_local_time: "datetime_zones";
    dates_and_times_go_to_text_and_back: "datetime_text";
    zones_of_files_know_when_clocks_are_changed: "zoneinfo_zones";
}

#[test]
fn a_match_that_needs_too_much_memory_ends_in_memory_error() {
    let settings = Settings {
        memory_limit: Some(96 << 20),
        ..Settings::default()
    };
    let source = "import re\n\
        text = 'ab' * 4_000_000\n\
        for pattern in '(a|b)*', '(?:(?:a|b)+?c?)*', '(?:a|b)*?c':\n\
        \x20   try:\n        print(re.fullmatch(pattern, text))\n\
        \x20   except MemoryError:\n        print('MemoryError')\n\
        print(re.fullmatch('[ab]*', text).end())\n";
    let expected = "MemoryError\nMemoryError\nNone\n8000000\n";
    assert_eq!(output_of(source, "memory", settings), expected);
}
