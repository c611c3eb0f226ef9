//! The library as a Rust program uses it.

use exuvia::{Bytes, Error, Exception, Object, Runtime, Settings};
use std::collections::{BTreeMap, HashMap};

fn runtime() -> Runtime {
    Runtime::new(Settings::default()).unwrap()
}

#[track_caller]
fn exception(ended: Result<impl std::fmt::Debug, Error>) -> Exception {
    match ended {
        Err(Error::Exception(exception)) => *exception,
        other => panic!("an exception was expected: {other:?}"),
    }
}

#[test]
fn values_go_in_and_come_out() {
    let mut runtime = runtime();
    runtime.set("number", -7_i64).unwrap();
    runtime.set("large", u64::MAX).unwrap();
    runtime.set("text", "grüße").unwrap();
    runtime.set("raw", Bytes(vec![0, 255])).unwrap();
    runtime.set("nothing", None::<i64>).unwrap();
    runtime.set("pair", (1, "two")).unwrap();
    runtime
        .set("table", HashMap::from([("a".to_owned(), vec![1.5, 2.5])]))
        .unwrap();
    assert_eq!(
        runtime
            .eval_repr("(number, large, text, raw, nothing, pair, table)", "t")
            .unwrap(),
        "(-7, 18446744073709551615, 'grüße', b'\\x00\\xff', None, (1, 'two'), {'a': [1.5, 2.5]})"
    );
    assert_eq!(runtime.get::<i32>("number").unwrap(), -7);
    assert_eq!(runtime.get::<u64>("large").unwrap(), u64::MAX);
    assert_eq!(runtime.get::<String>("text").unwrap(), "grüße");
    assert_eq!(runtime.get::<Bytes>("raw").unwrap(), Bytes(vec![0, 255]));
    assert_eq!(runtime.get::<Option<f64>>("nothing").unwrap(), None);
    assert_eq!(
        runtime.get::<(u8, String)>("pair").unwrap(),
        (1, "two".to_owned())
    );
    let table: BTreeMap<String, Vec<f64>> = runtime.get("table").unwrap();
    assert_eq!(table["a"], [1.5, 2.5]);
    assert_eq!(
        runtime
            .eval::<Vec<i64>>("(n * n for n in range(4))")
            .unwrap(),
        [0, 1, 4, 9]
    );
    assert!(runtime.eval::<bool>("3 > 2").unwrap());
}

#[test]
fn values_of_other_types_are_refused() {
    let mut runtime = runtime();
    assert_eq!(
        exception(runtime.eval::<i64>("'7'")).message,
        "expected int, found str"
    );
    assert_eq!(
        exception(runtime.eval::<u8>("256")).type_name,
        "OverflowError"
    );
    assert_eq!(exception(runtime.eval::<i64>("1.5")).type_name, "TypeError");
    assert_eq!(
        exception(runtime.eval::<Vec<String>>("'text'")).type_name,
        "TypeError"
    );
    assert_eq!(
        exception(runtime.eval::<String>("'\\ud800'")).type_name,
        "ValueError"
    );
    assert_eq!(
        exception(runtime.eval::<(i64, i64)>("(1, 2, 3)")).type_name,
        "ValueError"
    );
    assert_eq!(
        exception(runtime.get::<i64>("missing")).message,
        "name 'missing' is not defined"
    );
}

#[test]
fn exceptions_are_values() {
    let mut runtime = runtime();
    let failed = exception(runtime.run(
        "def inner():\n    raise KeyError('k')\n\ninner()\n",
        "job.py",
    ));
    assert_eq!(
        (failed.type_name.as_str(), failed.message.as_str()),
        ("KeyError", "'k'")
    );
    let places: Vec<_> = failed
        .traceback
        .iter()
        .map(|entry| (entry.line, entry.function.as_str()))
        .collect();
    assert_eq!(places, [(4, "<module>"), (2, "inner")]);
    assert!(failed.report.ends_with("KeyError: 'k'\n"));
    assert_eq!(
        exception(runtime.run("x = = 1", "bad.py")).type_name,
        "SyntaxError"
    );
    assert_eq!(
        runtime.run("raise SystemExit(3)", "exit.py"),
        Err(Error::Exit(3, None))
    );
    assert_eq!(
        exception(runtime.run("a = '\0'", "null.py")).type_name,
        "SyntaxError"
    );
}

#[test]
fn functions_are_called_in_both_directions() {
    let mut runtime = runtime();
    runtime
        .run(
            "def scale(items, by): return [item * by for item in items]",
            "f.py",
        )
        .unwrap();
    assert_eq!(
        runtime.call::<Vec<i64>>("scale", (vec![1, 2], 3)).unwrap(),
        [3, 6]
    );
    assert_eq!(runtime.call::<i64>("len", ("four",)).unwrap(), 4);

    let calls = std::rc::Rc::new(std::cell::Cell::new(0));
    let counter = std::rc::Rc::clone(&calls);
    runtime
        .register("add", move |a: i64, b: Option<i64>| {
            counter.set(counter.get() + 1);
            a + b.unwrap_or(0)
        })
        .unwrap();
    assert_eq!(runtime.eval::<i64>("add(1, 2) + add(3, None)").unwrap(), 6);
    assert_eq!(calls.get(), 2);
    let wrong = exception(runtime.run("add(1)", "t"));
    assert_eq!(
        wrong.message,
        "add() takes 2 positional arguments but 1 was given"
    );
    assert_eq!(
        exception(runtime.run("add(1, b=2)", "t")).message,
        "add() takes no keyword arguments"
    );
    assert_eq!(
        exception(runtime.run("add('a', 2)", "t")).type_name,
        "TypeError"
    );
}

#[test]
fn rust_functions_raise_and_panic_without_harm() {
    let mut runtime = runtime();
    runtime
        .register("refuse", || -> Result<(), Error> {
            Err(Exception::new("LookupError", "not here").into())
        })
        .unwrap();
    runtime
        .register("explode", |_: Object| -> i64 { panic!("boom") })
        .unwrap();
    runtime
        .run(
            "try:\n    refuse()\nexcept LookupError as error:\n    message = str(error)",
            "t",
        )
        .unwrap();
    assert_eq!(runtime.get::<String>("message").unwrap(), "not here");
    let failed = exception(runtime.run("explode(1)", "t"));
    assert_eq!(failed.message, "the Rust function explode() panicked: boom");
    assert_eq!(runtime.eval::<i64>("1 + 1").unwrap(), 2);
}

#[test]
fn what_a_program_writes_can_be_captured() {
    let mut runtime = runtime();
    let text =
        "import sys\nprint('a')\nprint('b', file=sys.stderr)\nsys.stdout.writelines(['c', 'd'])";
    let (ended, output) = runtime.capture(|runtime| runtime.run(text, "t")).unwrap();
    ended.unwrap();
    assert_eq!(
        (output.stdout.as_str(), output.stderr.as_str()),
        ("a\ncd", "b\n")
    );
    let (ended, output) = runtime
        .capture(|runtime| {
            let inner = runtime
                .capture(|runtime| runtime.run("print('inner')", "t"))
                .unwrap()
                .1;
            runtime.run("print('outer')", "t").unwrap();
            inner.stdout
        })
        .unwrap();
    assert_eq!(
        (ended.as_str(), output.stdout.as_str()),
        ("inner\n", "outer\n")
    );
}

#[test]
fn objects_are_worked_with_by_name() {
    let mut runtime = runtime();
    runtime.run("class Tank:\n    level = 1\n    def fill(self, by):\n        self.level += by\n        return self", "t").unwrap();
    let level: i64 = runtime
        .with(|scope| {
            let class: Object = scope.get("Tank")?;
            let tank: Object = scope.call(&class, ())?;
            let same: Object = scope.call_method(&tank, "fill", (4,))?;
            assert!(tank.is(&same));
            scope.set_attribute(&tank, "owner", "me")?;
            assert_eq!(scope.attribute::<String>(&tank, "owner")?, "me");
            assert_eq!(scope.type_name(&tank)?, "Tank");
            scope.attribute(&tank, "level")
        })
        .unwrap();
    assert_eq!(level, 5);
    let second: i64 = runtime
        .with(|scope| {
            let list: Object = scope.eval("[1, 2, 3]")?;
            assert_eq!(scope.repr(&list)?, "[1, 2, 3]");
            scope.item(&list, 1)
        })
        .unwrap();
    assert_eq!(second, 2);
}

#[test]
fn runtimes_share_nothing_and_refuse_each_others_objects() {
    let (mut one, mut two) = (runtime(), runtime());
    one.run("x = 'one'\nimport sys\nsys.mine = 1", "t").unwrap();
    two.run("x = 'two'\nimport sys", "t").unwrap();
    assert_eq!(one.get::<String>("x").unwrap(), "one");
    assert!(!two.eval::<bool>("hasattr(sys, 'mine')").unwrap());
    let foreign: Object = one.get("x").unwrap();
    assert_eq!(
        exception(two.set("y", foreign.clone())).type_name,
        "TypeError"
    );
    assert_eq!(
        exception(two.with(|scope| scope.repr(&foreign))).type_name,
        "TypeError"
    );
}

#[test]
#[should_panic(expected = "another runtime is entered")]
fn two_virtual_machines_are_never_at_hand_together() {
    let (mut one, mut two) = (runtime(), runtime());
    let _first = one.vm();
    let _second = two.vm();
}

#[test]
fn memory_is_bounded_for_the_runtime_and_for_a_call() {
    let mut runtime = runtime();
    let greedy = "hoard = []\nwhile True:\n    hoard.append(bytes(50_000))";
    let ended = runtime.with_budget(4 << 20, |runtime| runtime.run(greedy, "t"));
    assert_eq!(exception(ended).type_name, "MemoryError");
    let hoarded = runtime.eval::<usize>("len(hoard) * 50_000").unwrap();
    assert!((2 << 20..5 << 20).contains(&hoarded), "{hoarded}");
    assert_eq!(runtime.memory_limit(), None);
    runtime.run("del hoard", "t").unwrap();
    runtime
        .run("more = [bytes(50_000) for _ in range(200)]", "t")
        .unwrap();
    runtime.set_memory_limit(Some(64 << 20));
    assert_eq!(
        exception(runtime.run("x = [0] * 10**9", "t")).type_name,
        "MemoryError"
    );
    assert_eq!(runtime.eval::<i64>("6 * 7").unwrap(), 42);
}

#[test]
fn collections_and_reports_are_at_hand() {
    let mut runtime = runtime();
    runtime.track_cycles(true);
    runtime.collect();
    runtime
        .run(
            "class Loop: pass\nfor _ in range(10):\n    one = Loop()\n    one.one = one\ndel one",
            "t",
        )
        .unwrap();
    assert!(runtime.collect() >= 10);
    let report = runtime.memory_report();
    assert_eq!(report.heap.bytes_live, runtime.bytes_live());
    let loops = report
        .cycles
        .types
        .unwrap()
        .into_iter()
        .find(|(name, _)| name == "Loop");
    assert_eq!(loops, Some(("Loop".to_owned(), 10)));
}

#[test]
fn the_collector_shows_python_only_what_is_python_s() {
    let mut runtime = runtime();
    let text = "import gc\nclass A: pass\na = A()\na.x = 1\nseen = [type(o).__name__ for o in gc.get_objects()]\n\
                seen += [type(o).__name__ for o in gc.get_referents(A) + gc.get_referrers(A)]\n\
                gc.set_debug(gc.DEBUG_SAVEALL)\na.a = a\ndel a, A\ngc.collect()\nkept = [type(o).__name__ for o in gc.garbage]";
    runtime.run(text, "t").unwrap();
    assert!(runtime.eval::<bool>("'A' in seen and 'A' in kept").unwrap());
}

#[test]
fn an_object_outlives_its_runtime_without_harm() {
    let mut runtime = runtime();
    let kept: Object = runtime.eval("['kept', {'a': 1}]").unwrap();
    drop(runtime);
    drop(kept);
}
