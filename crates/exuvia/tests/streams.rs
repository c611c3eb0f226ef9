//! The standard streams of the command, as its parent sees them: pipes, errors when writing, interrupts.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

fn exuvia(program: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exuvia"));
    command.args(["-c", program]);
    for variable in ["PYTHONUNBUFFERED", "PYTHONIOENCODING"] {
        command.env_remove(variable);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a program with some text as its standard input.
fn run(program: &str, input: &str) -> Output {
    let mut child = exuvia(program).spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(input.as_bytes()).expect("it is read");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_reader_that_goes_away_is_a_broken_pipe() {
    let mut child = exuvia("for i in range(100000): print(i)")
        .spawn()
        .expect("the command starts");
    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("it is piped"));
    reader.read_line(&mut first).expect("there is a line");
    drop(reader);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(first, "0\n");
    assert_eq!(output.status.code(), Some(120));
    let errors = text(&output.stderr);
    assert!(
        errors.contains("BrokenPipeError: [Errno 32] Broken pipe\n"),
        "{errors}"
    );
    assert!(
        errors.contains("Exception ignored while flushing sys.stdout:\n"),
        "{errors}"
    );
}

#[test]
fn output_that_cannot_be_written_at_exit_is_status_120() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    let output = exuvia("print('lost')")
        .stdout(full)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(120));
    let expected = "Exception ignored while flushing sys.stdout:\nOSError: [Errno 28] No space left on device\n";
    assert_eq!(text(&output.stderr), expected);
}

#[test]
fn input_is_read_line_by_line_until_its_end() {
    let program = "import sys\nprint(repr(input('? ')), repr(input()))\nprint(sys.stdin.read())\n\
                   try: input()\nexcept EOFError as error: print(error)";
    let output = run(program, "eins\nzwei\ndrei\nvier");
    assert_eq!(text(&output.stderr), "");
    assert_eq!(
        text(&output.stdout),
        "? 'eins' 'zwei'\ndrei\nvier\nEOF when reading a line\n"
    );
}

#[test]
fn standard_streams_are_text_over_files() {
    let program = "import sys, io\n\
        for stream in (sys.stdin, sys.stdout, sys.stderr):\n\
        \x20   assert type(stream) is io.TextIOWrapper and type(stream.buffer.raw) is io.FileIO\n\
        print(sys.stdin.name, sys.stdin.mode, sys.stdout.name, sys.stdout.mode, sys.stdout.encoding, sys.stdout.errors)\n\
        print(sys.stdout.line_buffering, sys.stderr.line_buffering, sys.stderr.errors, sys.stdout.fileno())\n\
        sys.stdout.buffer.write(b'bytes\\n')\nprint('\\udcff')\nsys.stderr.write('\\udcff')";
    let output = run(program, "");
    assert_eq!(text(&output.stderr), "\\udcff");
    let expected = b"<stdin> r <stdout> w utf-8 surrogateescape\nFalse True backslashreplace 1\n";
    assert!(
        output
            .stdout
            .windows(expected.len())
            .any(|part| part == expected),
        "{}",
        text(&output.stdout)
    );
    assert!(output.stdout.ends_with(b"\xff\n"));
}

#[test]
fn without_a_buffer_output_comes_in_the_order_it_was_written() {
    let program =
        "import os, sys\nprint('a')\nos.write(1, b'b\\n')\nprint('c', end='')\nos.write(1, b'd')";
    let output = exuvia(program)
        .env("PYTHONUNBUFFERED", "1")
        .output()
        .expect("it runs");
    assert_eq!(text(&output.stdout), "a\nb\ncd");
    let output = exuvia(program).output().expect("it runs");
    assert_eq!(text(&output.stdout), "b\nda\nc");
}

#[test]
fn the_encoding_of_the_streams_can_be_chosen() {
    let output = exuvia("import sys; print('\u{20ac}', sys.stdout.encoding, sys.stdout.errors)")
        .env("PYTHONIOENCODING", "cp1252:replace")
        .output()
        .expect("it runs");
    assert_eq!(output.stdout, b"\x80 cp1252 replace\n");
}

/// Waits until a program says that it is ready, and interrupts it.
fn interrupt(mut child: Child) -> Output {
    let mut reader = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    reader.read_line(&mut line).expect("it prints");
    assert_eq!(line, "ready\n");
    std::thread::sleep(Duration::from_millis(50));
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.expect("there is a command kill").success());
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest).expect("it ends");
    let mut output = child.wait_with_output().expect("it ends");
    output.stdout = rest;
    output
}

#[test]
fn an_interrupt_stops_what_computes_sleeps_or_reads() {
    for waiting in ["while True: pass", "import time; time.sleep(60)", "input()"] {
        let program = format!(
            "print('ready', flush=True)\ntry:\n    {waiting}\nexcept KeyboardInterrupt:\n    print('stopped')"
        );
        let mut child = exuvia(&program).spawn().expect("the command starts");
        let stdin = child.stdin.take();
        let output = interrupt(child);
        drop(stdin);
        assert_eq!(
            text(&output.stdout),
            "stopped\n",
            "{waiting}: {}",
            text(&output.stderr)
        );
    }
}

#[test]
fn files_that_nobody_closed_are_complete() {
    let path = std::env::temp_dir().join(format!("exuvia-unclosed-{}", std::process::id()));
    let program = format!(
        "import types, sys\nmodule = types.ModuleType('kept')\nsys.modules['kept'] = module\n\
         module.file = open({path:?}, 'w')\nmodule.file.write('all of it')"
    );
    let output = run(&program, "");
    assert_eq!(text(&output.stderr), "");
    let written = std::fs::read_to_string(&path).expect("it was written");
    std::fs::remove_file(&path).expect("it is there");
    assert_eq!(written, "all of it");
}
