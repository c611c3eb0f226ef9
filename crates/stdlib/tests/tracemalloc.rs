//! `_tracemalloc`: what a Python program sees of traces. Expectations as CPython 3.14 meets them.

mod common;

use exuvia_vm::{PyResult, Settings, Vm};

/// Runs a program in a runtime of its own, then checks heap, traces and counts; what the program raises fails the test.
fn run_with(settings: Settings, source: &str) {
    let mut vm = common::runtime(settings);
    if let Err(error) = execute(&mut vm, source) {
        panic!("{}", common::report(&mut vm, error));
    }
    vm.heap().verify().expect("the heap is sound");
    if let Some(tracer) = vm.tracer() {
        tracer.verify(vm.heap()).expect("the traces are sound");
    }
    assert!(vm.audit().is_ok(), "the counts are right");
}

fn run(source: &str) {
    run_with(Settings::default(), source);
}

fn execute(vm: &mut Vm, source: &str) -> PyResult<()> {
    let main = common::main_module(vm)?;
    common::execute(vm, &main, source, "<test>")?;
    Ok(())
}

#[test]
fn nothing_is_traced_before_the_start_and_after_the_stop() {
    run("
import _tracemalloc as t
assert not t.is_tracing() and t.get_traceback_limit() == 1
assert t.get_traced_memory() == (0, 0) and t._get_traces() == [] and t._get_object_traceback([]) is None
t.stop(); t.clear_traces(); t.reset_peak()
assert t.get_tracemalloc_memory() == 0
t.start()
assert t.is_tracing() and t.get_tracemalloc_memory() > 0
kept = [1, 2]
t.stop()
assert not t.is_tracing() and t._get_object_traceback(kept) is None and t.get_traced_memory() == (0, 0)
");
}

#[test]
fn an_object_knows_the_line_that_made_it() {
    run("
import _tracemalloc as t
before = []
t.start(3)
def make():
    one = object()
    two = 2.5 * len(before + before) + 1.25
    return [0, one, two]
def outer():
    return make()
made = outer()
assert t._get_object_traceback(before) is None
assert t._get_object_traceback(made) == (('<test>', 8), ('<test>', 10), ('<test>', 11)), t._get_object_traceback(made)
assert t._get_object_traceback(made[1])[0] == ('<test>', 6)
assert t._get_object_traceback(made[2])[0] == ('<test>', 7)
assert t._get_object_traceback(7) is None, 'made before'
");
}

#[test]
fn traces_tell_size_frames_and_depth() {
    run("
import _tracemalloc as t
t.start(2)
def deep(n):
    if n:
        return deep(n - 1)
    return bytearray(12345)
kept = deep(5)
traces = [trace for trace in t._get_traces() if 12345 <= trace[1] < 12400]
assert len(traces) == 1, traces
domain, size, frames, total = traces[0]
assert domain == 0 and frames == (('<test>', 7), ('<test>', 6)) and total == 7, traces
t.stop()
");
}

#[test]
fn equal_sites_share_their_frames() {
    run("
import _tracemalloc as t
t.start()
kept = [bytearray(5000 + i) for i in range(3)]
frames = [trace[2] for trace in t._get_traces() if 5000 <= trace[1] < 5100]
assert len(frames) == 3 and frames[0] is frames[1] is frames[2]
t.stop()
");
}

#[test]
fn what_tells_of_traces_is_not_traced() {
    run("
import _tracemalloc as t
t.start()
kept = [bytearray(i) for i in range(1000)]
before, _ = t.get_traced_memory()
traces = t._get_traces()
after, _ = t.get_traced_memory()
assert len(traces) > 1000 and after - before < 1000, (before, after)
assert len(t._get_traces()) < len(traces) + 20
t.stop()
");
}

#[test]
fn traced_memory_grows_shrinks_and_has_a_peak() {
    run("
import _tracemalloc as t
t.start()
start, _ = t.get_traced_memory()
big = bytearray(1_000_000)
now, peak = t.get_traced_memory()
assert 1_000_000 <= now - start < 1_003_000 and peak >= now, (start, now, peak)
del big
now, peak = t.get_traced_memory()
assert now - start < 3_000 and peak > 1_000_000, (start, now, peak)
t.reset_peak()
assert t.get_traced_memory()[1] < 10_000
big = [None] * 100
big.extend(range(100_000))
assert t.get_traced_memory()[0] > 800_000
t.clear_traces()
now, peak = t.get_traced_memory()
assert now < 2_000 and t.is_tracing() and t._get_object_traceback(big) is None
del big
assert t.get_traced_memory()[0] >= 0
t.stop()
");
}

#[test]
fn a_buffer_that_grows_belongs_to_the_line_that_grew_it() {
    run("
import _tracemalloc as t
t.start()
items = []
for i in range(1000):
    items.append(None)
traces = [trace for trace in t._get_traces() if trace[1] >= 8000]
assert [trace[2] for trace in traces] == [(('<test>', 6),)], traces
t.stop()
");
}

#[test]
fn generators_and_comprehensions_are_frames_of_their_own() {
    run("
import _tracemalloc as t
t.start(10)
def numbers():
    yield bytearray(3)
    yield bytearray(4)
it = numbers()
first = next(it)
second = next(it)
assert t._get_object_traceback(first) == (('<test>', 5), ('<test>', 8))
assert t._get_object_traceback(second) == (('<test>', 6), ('<test>', 9))
t.stop()
it.close()
t.start(10)
third = bytearray(3)
assert t._get_object_traceback(third) == (('<test>', 15),), t._get_object_traceback(third)
");
}

#[test]
fn starting_again_changes_nothing_and_the_limit_is_remembered() {
    run("
import _tracemalloc as t
t.start(5); t.start(3)
assert t.get_traceback_limit() == 5
t.stop()
assert t.get_traceback_limit() == 5
for bad in 0, -1, 65536:
    try:
        t.start(bad)
    except ValueError as error:
        assert str(error) == 'the number of frames must be in range [1; 65535]'
    else:
        raise AssertionError(bad)
for bad, kind in (2**40, OverflowError), ('x', TypeError):
    try:
        t.start(bad)
    except kind:
        pass
    else:
        raise AssertionError(bad)
assert not t.is_tracing()
");
}

#[test]
fn exceptions_unwind_the_traced_frames() {
    run("
import _tracemalloc as t
t.start(5)
def fails(n):
    if n == 0:
        raise ValueError
    fails(n - 1)
def generates():
    try:
        yield 1
    finally:
        fails(3)
for _ in range(3):
    try:
        fails(10)
    except ValueError:
        pass
    it = generates()
    next(it)
    try:
        it.close()
    except ValueError:
        pass
def forever():
    return forever()
try:
    forever()
except RecursionError:
    pass
here = []
assert t._get_object_traceback(here) == (('<test>', 30),), t._get_object_traceback(here)
");
}

#[test]
fn code_that_is_gone_still_has_its_line() {
    run("
import _tracemalloc as t, gc
t.start()
space = {}
exec(compile('\\n\\ndef make(): return [1, 2, 3]', 'gone.py', 'exec'), space)
kept = space['make']()
del space
gc.collect()
assert t._get_object_traceback(kept) == (('gone.py', 3),)
");
}

#[test]
fn tracing_may_begin_with_the_runtime() {
    let settings = Settings {
        tracemalloc: Some(4),
        ..Settings::default()
    };
    run_with(
        settings,
        "
import _tracemalloc as t
assert t.is_tracing() and t.get_traceback_limit() == 4
assert t._get_object_traceback([]) == (('<test>', 4),)
",
    );
}

#[test]
fn a_limit_of_memory_holds_while_tracing() {
    let settings = Settings {
        memory_limit: Some(32 << 20),
        tracemalloc: Some(1),
        ..Settings::default()
    };
    run_with(
        settings,
        "
import _tracemalloc as t
kept = []
try:
    while True:
        kept.append([None])
except MemoryError:
    pass
assert len(kept) > 10_000
kept.clear()
assert t.get_traced_memory()[1] > 1_000_000
",
    );
}

#[test]
fn usage_is_known_by_type_and_by_line() {
    let mut vm = common::runtime(Settings::default());
    assert_eq!(vm.memory_by_line(10), []);
    vm.start_tracing(1, exuvia_tracing::Mode::Exact);
    let source = "class Thing: pass\nthings = [Thing() for _ in range(1000)]\ntext = 'x' * 5000\n";
    assert!(execute(&mut vm, source).is_ok());
    let by_type = vm.memory_by_type();
    let thing = by_type
        .iter()
        .find(|one| one.name == "__main__.Thing")
        .expect("there are some");
    assert_eq!(thing.objects, 1000);
    let sum: usize = by_type.iter().map(|one| one.bytes).sum();
    assert_eq!(sum, vm.heap().bytes_live());
    let by_line = vm.memory_by_line(1000);
    assert!(
        by_line
            .windows(2)
            .all(|pair| pair[0].bytes >= pair[1].bytes)
    );
    let line = |number| {
        by_line
            .iter()
            .find(|one| one.filename == "<test>" && one.line == number)
    };
    assert!(line(2).is_some_and(|one| one.blocks >= 1001 && one.bytes >= thing.bytes));
    assert!(line(3).is_some_and(|one| one.bytes >= 5000));
    assert_eq!(vm.memory_by_line(1).len(), 1);
    let usage = vm.memory_usage();
    assert!(usage.bytes_live <= usage.bytes_in_blocks);
    assert!(usage.bytes_in_blocks <= usage.bytes_in_pools);
    assert!(usage.bytes_in_pools <= usage.bytes_from_system);
    assert!((0.0..1.0).contains(&usage.fragmentation()));
}
