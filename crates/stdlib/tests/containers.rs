//! Containers, functions and iterators of the library: each script in `containers/` must note the same lines as on
//! CPython 3.14, where `containers/record.py` wrote them down. The counts are audited afterwards.

mod common;

use exuvia_vm::{PyResult, Settings, Vm};

const PRELUDE: &str = include_str!("containers/prelude.py");

/// Runs a script in a runtime of its own; the lines that it noted.
fn run(script: &str) -> String {
    let mut vm = common::runtime(Settings::default());
    let lines = match execute(&mut vm, script) {
        Ok(lines) => lines,
        Err(error) => {
            panic!("{}", common::report(&mut vm, error));
        }
    };
    vm.collect(exuvia_object::Generation::Old);
    if let Err(mismatches) = vm.audit() {
        panic!("D9: {} counts are wrong: {mismatches:?}", mismatches.len());
    }
    lines
}

fn execute(vm: &mut Vm, script: &str) -> PyResult<String> {
    let main = common::main_module(vm)?;
    common::execute(vm, &main, &format!("{PRELUDE}{script}"), "<test>")?;
    let name = vm.intern("lines")?;
    let lines = main.dict().get_str(vm, &name).unwrap_or_else(|| vm.none());
    let mut text = String::new();
    for line in vm.to_vec(&lines)? {
        text.push_str(&vm.str(&line)?.to_text());
        text.push('\n');
    }
    Ok(text)
}

macro_rules! scripts {
    ($($test:ident: $name:literal;)+) => {
        $(
            #[test]
            fn $test() {
                let found = run(include_str!(concat!("containers/", $name, ".py")));
                let expected = include_str!(concat!("containers/", $name, ".txt"));
                for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
                    assert_eq!(found, expected, "line {} of {}.txt", line + 1, $name);
                }
                assert_eq!(found.lines().count(), expected.lines().count(), "lines of {}", $name);
            }
        )+
    };
}
/// CPython never finds these: its collector does not look at dates and times.
#[test]
fn cycles_through_dates_and_times_are_collected() {
    let script = "\
import gc, weakref
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
class Zone(tzinfo): pass
class Span(timedelta): pass
zone = Zone()
zone.own = datetime(2020, 1, 1, tzinfo=zone), time(1, tzinfo=zone)
span = Span(hours=1)
span.zone = timezone(span)
references = [weakref.ref(zone), weakref.ref(span)]
show([gc.is_tracked(value) for value in (zone.own[0], zone.own[1], span.zone)])
show([gc.is_tracked(value) for value in (datetime.now(), datetime.now(UTC), UTC, timedelta(1))])
del zone, span
gc.collect()
show([reference() for reference in references])
";
    let expected = "[True, True, True]\n[False, False, False, False]\n[None, None]\n";
    assert_eq!(run(script), expected);
}

scripts! {
    abstract_base_classes_answer_as_cpythons: "abc";
    arrays_do_as_cpythons: "array";
    context_variables_do_as_cpythons: "contextvars";
    defaultdicts_and_named_tuples_do_as_cpythons: "collections";
    deques_do_as_cpythons: "deque";
    deques_and_iterators_see_what_changes_under_them: "mutation";
    exit_functions_are_called_last_first: "atexit";
    functools_does_as_cpythons: "functools";
    heaps_and_binary_search_do_as_cpythons: "search";
    iterators_of_itertools_do_as_cpythons: "itertools";
    operators_as_functions_do_as_cpythons: "operator";
    ordinary_objects_survive_pickle_and_copy: "pickle";
    cycles_through_native_containers_are_collected: "collection";
}
