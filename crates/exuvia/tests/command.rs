//! The built command: every mode, every error, exit statuses and key texts.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a run of the command gave.
#[derive(Debug)]
struct Ran {
    stdout: String,
    stderr: String,
    status: i32,
}

/// A folder of its own for a test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("exuvia-command-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exuvia"));
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars() {
        if name.starts_with("PYTHON") {
            command.env_remove(name);
        }
    }
    command
}

fn finish(mut command: Command, input: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A program may end without reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code().unwrap_or(-1),
    }
}

fn run(arguments: &[&str]) -> Ran {
    finish(command(arguments), "")
}

fn run_with_input(arguments: &[&str], input: &str) -> Ran {
    finish(command(arguments), input)
}

#[track_caller]
fn prints(arguments: &[&str], expected: &str) {
    let ran = run(arguments);
    assert_eq!(
        (ran.stdout.as_str(), ran.stderr.as_str(), ran.status),
        (expected, "", 0)
    );
}

#[track_caller]
fn fails(ran: &Ran, status: i32, texts: &[&str]) {
    assert_eq!(ran.status, status, "{ran:?}");
    for text in texts {
        assert!(
            ran.stderr.contains(text),
            "{text:?} is missing in {}",
            ran.stderr
        );
    }
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
}

#[test]
fn program_text_runs_with_what_follows_as_its_arguments() {
    prints(
        &[
            "-c",
            "import sys; print(sys.argv, __name__)",
            "-x",
            "--help",
        ],
        "['-c', '-x', '--help'] __main__\n",
    );
}

#[test]
fn a_file_runs_with_its_folder_on_the_path() {
    let folder = Folder::new();
    folder.write("neighbour.py", "value = 5\n");
    let file = folder.write(
        "program.py",
        "import sys, neighbour\nprint(neighbour.value, sys.argv[1:], __file__ == sys.argv[0], __spec__)\n",
    );
    prints(&[&file, "-q", "a b"], "5 ['-q', 'a b'] True None\n");
}

#[test]
fn a_folder_runs_its_main_module() {
    let folder = Folder::new();
    folder.write("app/helper.py", "name = 'helper'\n");
    folder.write(
        "app/__main__.py",
        "import helper\nprint(helper.name, __name__)\n",
    );
    let ran = run(&[&folder.path("app")]);
    assert_eq!(
        (ran.stdout.as_str(), ran.status),
        ("helper __main__\n", 0),
        "{ran:?}"
    );
    folder.write("empty/readme.txt", "");
    fails(
        &run(&[&folder.path("empty")]),
        1,
        &["can't find '__main__' module", "__main__.py"],
    );
}

#[test]
fn a_module_runs_by_its_name() {
    let folder = Folder::new();
    folder.write("package/__init__.py", "");
    folder.write(
        "package/tool.py",
        "import sys\nprint(__name__, sys.argv[1:])\n",
    );
    let mut tool = command(&["-m", "package.tool", "-x"]);
    tool.current_dir(&folder.0);
    let ran = finish(tool, "");
    assert_eq!(
        (ran.stdout.as_str(), ran.status),
        ("__main__ ['-x']\n", 0),
        "{ran:?}"
    );
    fails(
        &run(&["-m", "no_such_module"]),
        1,
        &["No module named no_such_module"],
    );
}

#[test]
fn standard_input_is_a_program() {
    let ran = run_with_input(&[], "print(6 * 7)\n");
    assert_eq!((ran.stdout.as_str(), ran.status), ("42\n", 0));
    let ran = run_with_input(&["-", "one"], "import sys\nprint(sys.argv)\n");
    assert_eq!((ran.stdout.as_str(), ran.status), ("['-', 'one']\n", 0));
    let ran = run_with_input(&["-"], "x = 1\nx.y\n");
    fails(
        &ran,
        1,
        &[
            "File \"<stdin>\", line 2, in <module>",
            "    x.y",
            "AttributeError",
        ],
    );
}

#[test]
fn the_exit_status_is_that_of_the_program() {
    assert_eq!(run(&["-c", "raise SystemExit(7)"]).status, 7);
    assert_eq!(run(&["-c", "exit()"]).status, 0);
    assert_eq!(run(&["-c", "import sys; sys.exit(-1)"]).status, 255);
    fails(&run(&["-c", "import sys; sys.exit('why')"]), 1, &["why\n"]);
    fails(
        &run(&["-c", "raise KeyboardInterrupt"]),
        130,
        &["KeyboardInterrupt"],
    );
    fails(
        &run(&["-c", "1 / 0"]),
        1,
        &[
            "Traceback (most recent call last):",
            "    1 / 0\n    ~~^~~\n",
            "ZeroDivisionError: division by zero",
        ],
    );
}

#[test]
fn an_exception_hook_of_the_program_is_called() {
    let ran = run(&[
        "-c",
        "import sys\nsys.excepthook = lambda t, v, tb: print('hook', t.__name__)\n1 / 0",
    ]);
    assert_eq!(
        (ran.stdout.as_str(), ran.status),
        ("hook ZeroDivisionError\n", 1)
    );
    let ran = run(&["-c", "import sys\nsys.excepthook = 5\n1 / 0"]);
    fails(
        &ran,
        1,
        &[
            "Error in sys.excepthook:",
            "Original exception was:",
            "ZeroDivisionError",
        ],
    );
}

#[test]
fn files_that_are_no_programs_are_refused_with_the_reason() {
    let folder = Folder::new();
    fails(
        &run(&[&folder.path("none.py")]),
        2,
        &["can't open file", "[Errno 2] No such file or directory"],
    );
    folder.write("tool.py", "");
    fails(
        &run(&[&folder.path("tool")]),
        2,
        &["did you mean", "tool.py'?"],
    );
    let binary = folder.write("binary", b"\x7fELF\x02\x00\x01");
    fails(&run(&[&binary]), 1, &["line 1 has a null byte", "ELF"]);
    let latin = folder.write("latin.py", b"a = 1\nb = '\xe4'\n");
    fails(
        &run(&[&latin]),
        1,
        &["line 2 has the byte 0xe4", "not UTF-8", "coding: latin-1"],
    );
    let wrong = folder.write("wrong.py", "x = (1,\ny = = 2\n");
    fails(&run(&[&wrong]), 1, &["wrong.py\", line ", "SyntaxError"]);
}

#[test]
fn a_wrong_command_line_is_refused_with_a_remedy() {
    fails(&run(&["--bad"]), 2, &["--bad", "--help"]);
    fails(&run(&["-c"]), 2, &["-c"]);
    fails(
        &run(&["--memory-limit", "lots", "-c", "1"]),
        2,
        &["lots", "64M"],
    );
    fails(
        &run(&["-X", "gc=never", "-c", "1"]),
        2,
        &["slices and synchronous"],
    );
    fails(
        &run(&["-X", "tracemalloc=many", "-c", "1"]),
        2,
        &["not a number of frames"],
    );
    fails(
        &run(&["--output", "x.ipynb", "-c", "1"]),
        2,
        &["--output is for notebooks"],
    );
}

#[test]
fn help_has_sections_and_examples() {
    let ran = run(&["--help"]);
    assert_eq!(ran.status, 0);
    for text in [
        "Usage: exuvia",
        "What to run:",
        "Memory:",
        "As in CPython:",
        "Environment variables",
        "Examples:",
    ] {
        assert!(ran.stdout.contains(text), "{text}");
    }
    for version in ["--version", "-V"] {
        assert!(
            run(&[version])
                .stdout
                .starts_with(concat!("exuvia ", env!("CARGO_PKG_VERSION")))
        );
    }
}

#[test]
fn options_are_shown_in_sys() {
    let text = "import sys; print(sys._xoptions, sys.warnoptions, sys.flags.optimize, sys.flags.isolated, __debug__)\nassert 0";
    prints(
        &["-X", "mine", "-Xother=3", "-Wonce", "-OI", "-c", text],
        "{'mine': True, 'other': '3'} ['once'] 1 1 False\n",
    );
    let mode = "import sys; print(sys._xoptions['gc'])";
    prints(&["-Xgc=synchronous", "-c", mode], "synchronous\n");
}

#[test]
fn environment_variables_count_unless_they_are_ignored() {
    let folder = Folder::new();
    folder.write("found.py", "where = 'there'\n");
    let text = "import found; print(found.where)";
    let with_path = |arguments: &[&str]| {
        let mut with_path = command(arguments);
        with_path.env("PYTHONPATH", &folder.0);
        finish(with_path, "")
    };
    assert_eq!(with_path(&["-c", text]).stdout, "there\n");
    fails(&with_path(&["-E", "-c", text]), 1, &["ModuleNotFoundError"]);
    let seeded = |seed: &str| {
        let mut seeded = command(&["-c", "print(hash('exuvia'))"]);
        seeded.env("PYTHONHASHSEED", seed);
        finish(seeded, "")
    };
    assert_eq!(seeded("7").stdout, seeded("7").stdout);
    assert_ne!(seeded("7").stdout, seeded("8").stdout);
    fails(&seeded("x"), 2, &["PYTHONHASHSEED"]);
}

#[test]
fn the_debug_allocator_and_its_statistics() {
    let with = |name: &str, value: &str| {
        let mut with = command(&["-c", "print([1, 2] * 3)"]);
        with.env(name, value);
        finish(with, "")
    };
    let ran = with("PYTHONMALLOC", "debug");
    assert_eq!(
        (ran.stdout.as_str(), ran.status),
        ("[1, 2, 1, 2, 1, 2]\n", 0),
        "{ran:?}"
    );
    fails(
        &with("PYTHONMALLOC", "malloc"),
        2,
        &["one allocator", "debug"],
    );
    fails(
        &with("PYTHONMALLOCSTATS", "1"),
        0,
        &["arenas", "Tracked", "block size"],
    );
    let ran = run(&[
        "-c",
        "import sys; sys._debugmallocstats(); print(sys.getallocatedblocks() > 1000)",
    ]);
    fails(&ran, 0, &["arenas", "fragmentation"]);
    assert_eq!(ran.stdout, "True\n");
}

#[test]
fn memory_is_bounded_and_the_program_goes_on() {
    let text = "a = []\ntry:\n    while True: a.append(bytes(10000))\nexcept MemoryError:\n    del a\n    print('caught')\nprint(len('x' * 1000))";
    prints(&["--memory-limit", "64M", "-c", text], "caught\n1000\n");
    fails(
        &run(&["--memory-limit", "64M", "-c", "[0] * 10**18"]),
        1,
        &["MemoryError"],
    );
    fails(
        &run(&["--memory-limit", "100K", "-c", "1"]),
        1,
        &["too small to start"],
    );
}

#[test]
fn tracing_starts_with_the_program() {
    let text =
        "import tracemalloc\nprint(tracemalloc.is_tracing(), tracemalloc.get_traceback_limit())";
    prints(&["-X", "tracemalloc=3", "-c", text], "True 3\n");
    prints(&["-c", text], "False 1\n");
}

/// A program that leaves two cycles of two objects.
const CYCLES: &str =
    "class Node: pass\ndef pair():\n    a, b = Node(), Node()\n    a.b, b.a = b, a\npair()\npair()";

#[test]
fn the_memory_report_is_a_table_or_json() {
    let kept = format!("{CYCLES}\nkept = [str(n) for n in range(9000)]");
    let ran = run(&["--memory-report", "-c", &kept]);
    let sections = [
        "memory report",
        "asked for",
        "taken from the system",
        "outside of the heap",
        "lost to rounding",
        "lost to fragmentation",
        "pools in use",
        "generation 2",
        "longest pause",
        "cycles: 4 objects",
        "Node",
        "by type",
        "by line",
        "<string>:7",
    ];
    fails(&ran, 0, &sections);
    let ran = run(&["--memory-report=json", "--memory-limit", "1G", "-c", CYCLES]);
    let report: Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(report["bytes_limit"], 1 << 30);
    assert_eq!(report["cycles"]["types"][0]["type"], "Node");
    assert_eq!(report["cycles"]["types"][0]["objects"], 4);
    assert_eq!(
        report["collector"]["generations"].as_array().unwrap().len(),
        3
    );
    for name in [
        "bytes_live",
        "bytes_live_peak",
        "bytes_from_system",
        "bytes_from_system_peak",
        "blocks_live",
    ] {
        assert!(report[name].as_u64().unwrap() > 0, "{name}");
    }
    let bytes = |list: &str| -> u64 {
        let rows = report[list].as_array().unwrap().iter();
        rows.map(|row| row["bytes"].as_u64().unwrap()).sum()
    };
    assert_eq!(bytes("types"), report["bytes_live"].as_u64().unwrap());
    assert!(bytes("lines") > 0 && report["lines"][0]["file"].is_string());
    assert!(report["third_party"]["bytes_peak"].as_u64().unwrap() > 0);
    fails(
        &run(&["--memory-report=xml", "-c", "1"]),
        2,
        &["xml", "json"],
    );
}

#[test]
fn the_prompt_runs_statements_and_shows_values() {
    let mut prompt = command(&["-i", "-q"]);
    prompt.env("HOME", "/nonexistent");
    let input = "1 + 1\n_ * 2\ndef f():\n    return 1 / 0\n\nf()\nx = (1,\n2)\nx\nexit(3)\n";
    let ran = finish(prompt, input);
    assert_eq!(
        (ran.stdout.as_str(), ran.status),
        ("2\n4\n(1, 2)\n", 3),
        "{ran:?}"
    );
    let report = "Traceback (most recent call last):\n  File \"<stdin>\", line 1, in <module>\n    f()\n    ~^^\n  \
                  File \"<stdin>\", line 2, in f\n    return 1 / 0\n           ~~^~~\nZeroDivisionError: division by zero\n";
    assert!(ran.stderr.contains(report), "{}", ran.stderr);
}

#[test]
fn the_prompt_survives_errors_and_follows_sys() {
    let input = "import sys\nx = = 1\nsys.ps1 = 'P> '\nraise KeyboardInterrupt\nsys.displayhook = lambda v: print('got', v)\n7\nif x:\n\n5";
    let ran = run_with_input(&["-i"], input);
    assert_eq!(
        (ran.stdout.as_str(), ran.status),
        ("got 7\ngot 5\n", 0),
        "{ran:?}"
    );
    for text in [
        "Exuvia",
        "SyntaxError: invalid syntax",
        "P> ",
        "KeyboardInterrupt",
        "IndentationError",
    ] {
        assert!(
            ran.stderr.contains(text),
            "{text:?} is missing in {}",
            ran.stderr
        );
    }
}

#[test]
fn a_prompt_after_a_program_finds_its_variables() {
    let ran = run_with_input(&["-i", "-c", "found = 'yes'"], "found\n");
    assert_eq!((ran.stdout.as_str(), ran.status), ("'yes'\n", 0), "{ran:?}");
}

/// A notebook of format 4.2 with these code cells.
fn notebook(sources: &[&str]) -> String {
    let cells: Vec<Value> = sources
        .iter()
        .map(|source| {
            serde_json::json!({"cell_type": "code", "metadata": {"tags": ["kept"]}, "source": source,
                               "execution_count": null, "outputs": []})
        })
        .collect();
    serde_json::json!({"nbformat": 4, "nbformat_minor": 2, "cells": cells,
                       "metadata": {"mine": {"kept": true}, "kernelspec": {"display_name": "Python 3", "name": "python3"}}})
    .to_string()
}

fn read_json(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_notebook_shows_outputs_under_their_numbers() {
    let folder = Folder::new();
    let file = folder.write(
        "n.ipynb",
        notebook(&[
            "x = 2\nprint('hi')\nx * 21",
            "",
            "None",
            "x;",
            "display(x)\n'a'",
        ]),
    );
    prints(
        &[&file],
        "In [1]:\nhi\nOut[1]: 42\nIn [2]:\nIn [3]:\nIn [4]:\n2\nOut[4]: 'a'\n",
    );
}

#[test]
fn an_executed_notebook_is_written_in_format_4_5() {
    let folder = Folder::new();
    let file = folder.write(
        "n.ipynb",
        notebook(&[
            "import sys\nprint('out')\nprint('err', file=sys.stderr)\n6 * 7",
            "",
            "1 / 0",
            "print('never')",
        ]),
    );
    let output = folder.path("done.ipynb");
    fails(
        &run(&["--output", &output, &file]),
        1,
        &[
            "err\n",
            "ZeroDivisionError: division by zero",
            "<cell 2>\", line 1",
        ],
    );
    let text = std::fs::read_to_string(&output).unwrap();
    assert!(matches!(
        nbformat::parse_notebook(&text),
        Ok(nbformat::Notebook::V4(_))
    ));
    let written = read_json(&output);
    assert_eq!(
        (&written["nbformat"], &written["nbformat_minor"]),
        (&4.into(), &5.into())
    );
    assert_eq!(written["metadata"]["mine"]["kept"], true);
    let cells = written["cells"].as_array().unwrap();
    assert!(
        cells
            .iter()
            .all(|cell| cell["id"].is_string() && cell["metadata"]["tags"][0] == "kept")
    );
    let counts: Vec<&Value> = cells.iter().map(|cell| &cell["execution_count"]).collect();
    assert_eq!(
        counts,
        [&Value::from(1), &Value::Null, &Value::from(2), &Value::Null]
    );
    let outputs = cells[0]["outputs"].as_array().unwrap();
    let kinds: Vec<&str> = outputs
        .iter()
        .map(|output| output["output_type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["stream", "stream", "execute_result"]);
    assert_eq!(outputs[2]["data"]["text/plain"][0], "42");
    assert_eq!(cells[2]["outputs"][0]["ename"], "ZeroDivisionError");
    assert_eq!(cells[3]["outputs"].as_array().unwrap().len(), 0);
}

#[test]
fn a_notebook_that_was_executed_runs_to_the_same_again() {
    let folder = Folder::new();
    let file = folder.write("n.ipynb", notebook(&["a = [1]\na", "print(a)"]));
    let (first, second) = (folder.path("first.ipynb"), folder.path("second.ipynb"));
    assert_eq!(run(&["--output", &first, &file]).status, 0);
    assert_eq!(run(&["--output", &second, &first]).status, 0);
    assert_eq!(read_json(&first), read_json(&second));
}

#[test]
fn notebooks_that_cannot_run_say_where_and_why() {
    let folder = Folder::new();
    let broken = folder.write("broken.ipynb", "{\n  \"cells\": [oops");
    fails(
        &run(&[&broken]),
        1,
        &["broken.ipynb': line 2, column ", "not JSON"],
    );
    let other = folder.write("other.ipynb", "{\"a\": 1}");
    fails(&run(&[&other]), 1, &["not a notebook", "nbformat"]);
    let magic = folder.write("magic.ipynb", notebook(&["x = 1", "y = 2\n!ls -l"]));
    fails(
        &run(&[&magic]),
        1,
        &["cell 2, line 2", "!ls -l", "in a shell"],
    );
    let timed = folder.write("timed.ipynb", notebook(&["%%timeit\nx = 1"]));
    fails(&run(&[&timed]), 1, &["cell 1, line 1", "timeit.timeit()"]);
    fails(&run(&[&folder.path("none.ipynb")]), 2, &["can't open file"]);
    let nowhere = folder.path("no/where.ipynb");
    let fine = folder.write("fine.ipynb", notebook(&["1"]));
    fails(&run(&["--output", &nowhere, &fine]), 2, &["can't write"]);
}

#[test]
fn a_notebook_ends_when_the_program_exits() {
    let folder = Folder::new();
    let file = folder.write(
        "n.ipynb",
        notebook(&["raise SystemExit(4)", "print('never')"]),
    );
    let ran = run(&[&file]);
    assert_eq!(
        (ran.stdout.as_str(), ran.status),
        ("In [1]:\n", 4),
        "{ran:?}"
    );
}

#[test]
fn the_tour_runs_to_its_end() {
    let tour = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/tour.ipynb");
    let ran = run(&[&tour.display().to_string()]);
    assert_eq!((ran.stderr.as_str(), ran.status), ("", 0), "{}", ran.stdout);
}
