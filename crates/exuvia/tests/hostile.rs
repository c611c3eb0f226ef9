//! Programs and files that want to break the runtime: each ends in a clear error or goes on, and nothing crashes.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// What programs that grow may take: more takes too long where nothing is optimized.
const LIMIT: &str = if cfg!(debug_assertions) { "16M" } else { "64M" };

/// Runs the command with these arguments and a program on standard input.
fn exuvia(arguments: &[&str], program: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_exuvia"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut input = child.stdin.take().expect("it is piped");
    // A program that is refused early closes its end.
    let _ = input.write_all(program);
    drop(input);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The program ends well and prints this.
#[track_caller]
fn prints(arguments: &[&str], program: &str, expected: &str) {
    let output = exuvia(arguments, program.as_bytes());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(
        (out.as_str(), output.status.code()),
        (expected, Some(0)),
        "{err}"
    );
}

/// The program ends with a status other than 0, that of an error and not of a crash, and says this on standard error.
#[track_caller]
fn fails(arguments: &[&str], program: &[u8], says: &str) {
    let output = exuvia(arguments, program);
    let err = text(&output.stderr);
    assert!(
        matches!(output.status.code(), Some(1..=2)),
        "{:?}: {err}",
        output.status
    );
    assert!(err.contains(says), "{err}");
    assert!(!err.contains("panicked"), "{err}");
}

#[test]
fn sizes_beyond_all_memory_raise_memory_error() {
    let program = "\
def attempt(text):
    try:
        exec(text)
        print(text, 'passed')
    except (MemoryError, OverflowError) as error:
        print(text, type(error).__name__)
for text in ['[0] * 10**18', '\"x\" * 10**18', 'b\"x\" * 10**18', 'bytes(10**18)', 'bytearray(10**18)', '(0,) * 10**18',
             '\"é\" * 10**17', '[[]] * 2**62', 'bytearray(2**63)', '\" \" * 2**63', 'list(range(10**18))', '\"\".ljust(10**18)',
             '\"a\".center(10**17)', '\"%1000000000000000000d\" % 1', 'f\"{1:1000000000000000000}\"', '1 << 10**18', '1 << 10**12',
             '2 ** (10**18)', '(1 << 40) << (1 << 62)', 'int.to_bytes(1, 10**18)', '\"ab\".replace(\"a\", \"b\" * 10**18)',
             'tuple(range(10**17))', '\"\\\\t\".expandtabs(10**18)', '[].__imul__(10**18); x = [1]; x *= 10**18']:
    attempt(text)
print('still here')
";
    let output = exuvia(&["--memory-limit", "256M", "-"], program.as_bytes());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}\n{out}");
    assert!(!out.contains("passed"), "{out}");
    assert!(out.ends_with("still here\n"), "{out}");
}

#[test]
fn a_program_that_grows_for_ever_gets_a_memory_error_and_goes_on() {
    let programs = [
        "l = []\n    while True: l.append(b'x' * 1000)",
        "d = {}\n    while True: d[len(d)] = len(d)",
        "s = set()\n    while True: s.add(len(s))",
        "s = 'x'\n    while True: s += s",
        "b = b'x'\n    while True: b += b",
        "b = bytearray(b'x')\n    while True: b.extend(b)",
        "l = [0]\n    while True: l.extend(l)",
        "n = 3\n    while True: n *= n",
        "t = ()\n    while True: t = (t, t, [t])",
        "class C: pass\n    o = C()\n    i = 0\n    while True: setattr(o, f'a{i}', i); i += 1",
        "class C: pass\n    l = []\n    while True: l.append(C()); l[-1].x = l",
        "g = []\n    while True: g.append((x for x in g))",
        "f = []\n    while True: f.append(lambda: f)",
        "c = []\n    while True: c.append(type('T', (), {}))",
        "s = []\n    while True: s.append(str(len(s)) * 50)",
        "k = list(range(2000))\n    while True: k = k + sorted(k)",
        "w = []\n    while True: w.append(compile('x = 1\\n' * 50, 'f', 'exec'))",
    ];
    // Without optimizations each takes seconds: some of them must do there.
    let step = if cfg!(debug_assertions) { 4 } else { 1 };
    for grow in programs.iter().step_by(step) {
        let program = format!(
            "def grow():\n    {grow}\n\
             for turn in range(2):\n    try:\n        grow()\n    except MemoryError:\n        print('caught')\n\
             print([i for i in range(5)], 'x' * 10, {{1: 2}})\n"
        );
        prints(
            &["--memory-limit", LIMIT, "-"],
            &program,
            "caught\ncaught\n[0, 1, 2, 3, 4] xxxxxxxxxx {1: 2}\n",
        );
    }
}

#[test]
fn memory_may_run_out_in_the_worst_places() {
    // While a MemoryError is handled, in a finalizer, in a callback of the collector, in a weak reference's callback.
    let program = "\
import gc, _weakref
def grow():
    l = []
    while True: l.append([0] * 1000)
try:
    try:
        grow()
    except MemoryError:
        grow()
except MemoryError:
    print('twice')
class D:
    def __del__(self):
        try: grow()
        except MemoryError: print('in del')
d = D(); del d
def callback(phase, info):
    try: grow()
    except MemoryError: print('in callback', phase)
gc.callbacks.append(callback)
gc.collect()
gc.callbacks.clear()
d = D(); d.d = d; del d
gc.collect()
class W: pass
def gone(ref):
    try: grow()
    except MemoryError: print('in weak callback')
w = W(); r = _weakref.ref(w, gone); del w
def gen():
    try: yield
    finally:
        try: grow()
        except MemoryError: print('in close')
g = gen(); next(g); del g
held = []
try:
    while True: held.append([0] * 100)
except MemoryError: held.clear(); print('held')
print('end')
";
    let output = exuvia(&["--memory-limit", LIMIT, "-"], program.as_bytes());
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}");
    let lines: HashLines<'_> = out.lines().collect();
    for line in [
        "twice",
        "in del",
        "in callback start",
        "in callback stop",
        "in weak callback",
        "in close",
        "held",
        "end",
    ] {
        assert!(lines.contains(line), "{line} is missing in\n{out}{err}");
    }
}

type HashLines<'a> = std::collections::HashSet<&'a str>;

#[test]
fn too_little_memory_to_start_or_to_import_is_a_clear_error() {
    fails(
        &["--memory-limit", "64K", "-c", "print(1)"],
        b"",
        "MemoryError",
    );
    fails(
        &["--memory-limit", "1M", "-c", "print(1)"],
        b"",
        "MemoryError",
    );
    for limit in ["3M", "4M", "5M", "6M", "8M"] {
        let output = exuvia(
            &[
                "--memory-limit",
                limit,
                "-c",
                "import enum, functools, collections.abc\nl = []\nwhile 1: l.append(l[:])",
            ],
            b"",
        );
        let err = text(&output.stderr);
        assert!(
            matches!(output.status.code(), Some(1)),
            "{limit}: {:?} {err}",
            output.status
        );
        assert!(err.contains("MemoryError"), "{limit}: {err}");
    }
}

#[test]
fn large_numbers_end_in_time_or_in_an_error() {
    let program = "\
for text in ['10 ** 10 ** 9', '1 << 10 ** 12', '(1 << 10**7) ** 1000', 'str(10 ** 5000)', 'int(\"1\" * 5000)',
             '\"%d\" % 10 ** 5000', 'f\"{10 ** 5000:d}\"', 'f\"{10 ** 5000}\"', 'repr(10 ** 5000)', '10 ** 400 * 1.0', 'float(10 ** 400)',
             'range(10 ** 30).__len__()', 'len(range(10 ** 30))', '\"x\" * (10 ** 30)', '[1] * (10 ** 30)', 'hash(10 ** 4000) == hash(10 ** 4000)',
             'hex(1 << 100000)[:5]', 'round(10 ** 400, -10 ** 10)', '0 ** (10 ** 400)', '1 ** (10 ** 400)', '(-1) ** (10 ** 400)']:
    try:
        print(text, '=', eval(text))
    except Exception as error:
        print(text, '->', type(error).__name__)
";
    let expected = "\
10 ** 10 ** 9 -> MemoryError
1 << 10 ** 12 -> MemoryError
(1 << 10**7) ** 1000 -> MemoryError
str(10 ** 5000) -> ValueError
int(\"1\" * 5000) -> ValueError
\"%d\" % 10 ** 5000 -> ValueError
f\"{10 ** 5000:d}\" -> ValueError
f\"{10 ** 5000}\" -> ValueError
repr(10 ** 5000) -> ValueError
10 ** 400 * 1.0 -> OverflowError
float(10 ** 400) -> OverflowError
range(10 ** 30).__len__() -> OverflowError
len(range(10 ** 30)) -> OverflowError
\"x\" * (10 ** 30) -> OverflowError
[1] * (10 ** 30) -> OverflowError
hash(10 ** 4000) == hash(10 ** 4000) = True
hex(1 << 100000)[:5] = 0x100
round(10 ** 400, -10 ** 10) = 0
0 ** (10 ** 400) = 0
1 ** (10 ** 400) = 1
(-1) ** (10 ** 400) = 1
";
    prints(&["--memory-limit", "128M", "-"], program, expected);
}

#[test]
fn files_that_are_no_programs_are_refused() {
    let folder = std::env::temp_dir().join(format!("exuvia-hostile-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("can be written");
        path.display().to_string()
    };
    let rubbish: Vec<u8> = (0..4096u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    fails(&[&file("rubbish.py", &rubbish)], b"", "not");
    fails(&["-"], &rubbish, "not");
    fails(&[&file("nul.py", b"x = 1\0\n")], b"", "");
    fails(&[&file("latin.py", b"x = '\xe9'\n")], b"", "not");
    fails(&[&file("broken.py", b"def f(:\n")], b"", "SyntaxError");
    fails(&["-c", "x = = 1"], b"", "SyntaxError");
    fails(
        &[&folder.join("unknown.py").display().to_string()],
        b"",
        "unknown.py",
    );
    fails(&[&folder.display().to_string()], b"", "");
    for (name, bytes) in [
        ("empty.ipynb", &b""[..]),
        ("rubbish.ipynb", &rubbish),
        ("list.ipynb", b"[1, 2]"),
        (
            "cells.ipynb",
            b"{\"cells\": 5, \"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}}",
        ),
        ("deep.ipynb", "[".repeat(100_000).as_bytes()),
        (
            "cut.ipynb",
            b"{\"cells\": [{\"cell_type\": \"code\", \"source\": [\"1 +",
        ),
    ] {
        fails(&[&file(name, bytes)], b"", name);
    }
    fails(&[&file("raises.ipynb", b"{\"cells\": [{\"cell_type\": \"code\", \"source\": \"1 / 0\", \"metadata\": {}, \"outputs\": [], \"execution_count\": null}], \"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}}")], b"", "ZeroDivisionError");
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

#[test]
fn source_nested_too_deep_is_an_error() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("-", "1"),
        ("not ", "1"),
        ("lambda: ", "1"),
        ("f(", ")"),
        ("a[", "]"),
        ("x if y else ", "z"),
        ("a.b(", ")"),
        ("1 + (", ")"),
        ("[i for i in ", "x]"),
    ] {
        let text = format!(
            "{}{}",
            open.repeat(20_000),
            close.repeat(if close.len() == 1 && close != "1" {
                20_000
            } else {
                1
            })
        );
        let program = format!(
            "try:\n    compile({text:?}, 'f', 'eval')\nexcept (RecursionError, MemoryError, SyntaxError) as e:\n    pass\nprint('survived')\n"
        );
        prints(&["-"], &program, "survived\n");
    }
    let chain = "x = 1\n".to_owned() + &"x + ".repeat(100_000) + "x\n";
    fails(&["-"], chain.as_bytes(), "Error");
}
