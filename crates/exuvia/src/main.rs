//! The command `exuvia`.

#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the command talks to the terminal"
)]

use clap::Parser;
use exuvia::notebook::{self, Notebook};
use exuvia::{Error, Runtime, Settings, report};
use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

/// How much native stack the program runs with.
const STACK_BYTES: usize = 512 << 20;

/// Runs Python with a memory manager that can be bounded and questioned.
#[derive(Parser, Debug)]
#[command(name = "exuvia", version, about, trailing_var_arg = true)]
struct Arguments {
    /// Run this program text.
    #[arg(short = 'c', value_name = "CODE")]
    code: Option<String>,

    /// The most memory that the program may take from the system: bytes, or with K, M, G.
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    memory_limit: Option<usize>,

    /// Report on memory at exit, on standard error; `=json` for programs.
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    memory_report: Option<String>,

    /// A Python file, a notebook (.ipynb), or `-` for standard input; then the program's own arguments.
    #[arg(value_name = "FILE")]
    program: Vec<String>,
}

/// A number of bytes with an optional unit: `64M`, `1G`, `1048576`.
fn parse_size(text: &str) -> Result<usize, String> {
    let trimmed = text.trim_end_matches(['B', 'b']).trim_end_matches('i');
    let (digits, shift) = match trimmed.chars().last().map(|unit| unit.to_ascii_uppercase()) {
        Some('K') => (&trimmed[..trimmed.len() - 1], 10),
        Some('M') => (&trimmed[..trimmed.len() - 1], 20),
        Some('G') => (&trimmed[..trimmed.len() - 1], 30),
        _ => (trimmed, 0),
    };
    let number: usize = digits
        .trim()
        .parse()
        .map_err(|_| format!("{text:?} is not a size such as 64M"))?;
    number
        .checked_shl(shift)
        .filter(|&bytes| bytes >> shift == number)
        .ok_or_else(|| format!("{text:?} is too large"))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Python nests deeply in native code here and there; a thread of our own has room for it.
    let thread = std::thread::Builder::new()
        .name("python".to_owned())
        .stack_size(STACK_BYTES);
    match thread
        .spawn(move || run(&arguments))
        .map(std::thread::JoinHandle::join)
    {
        Ok(Ok(status)) => ExitCode::from(status),
        Ok(Err(_)) => ExitCode::from(70),
        Err(error) => {
            eprintln!("exuvia: cannot start a thread with {STACK_BYTES} bytes of stack: {error}");
            ExitCode::from(71)
        }
    }
}

fn run(arguments: &Arguments) -> u8 {
    let mut argv = arguments.program.clone();
    if arguments.code.is_some() {
        argv.insert(0, "-c".to_owned());
    } else if argv.is_empty() {
        argv.push(String::new());
    }
    let settings = Settings {
        path: vec![program_folder(arguments)],
        memory_limit: arguments.memory_limit,
        argv,
        ..Settings::default()
    };
    let mut runtime = match Runtime::new(settings) {
        Ok(runtime) => runtime,
        Err(error) => return end(&error),
    };
    let result = match (
        &arguments.code,
        arguments.program.first().map(String::as_str),
    ) {
        (Some(code), _) => runtime.run(code, "<string>"),
        (None, None) if std::io::stdin().is_terminal() => return prompt(&mut runtime),
        (None, None | Some("-")) => match read_stdin() {
            Ok(source) => runtime.run(&source, "<stdin>"),
            Err(status) => return status,
        },
        (None, Some(file)) => match read_file(file) {
            Ok(source) if file.ends_with(".ipynb") => run_notebook(&mut runtime, file, &source),
            Ok(source) => runtime.run(&source, file),
            Err(status) => return status,
        },
    };
    runtime.shut_down();
    flush();
    let status = result.map_or_else(|error| end(&error), |()| 0);
    match arguments.memory_report.as_deref() {
        Some("json") => eprintln!("{:#}", report::to_json(&mut runtime)),
        Some(_) => eprint!("{}", report::to_text(&mut runtime)),
        None => {}
    }
    status
}

/// Where the program's own modules are looked for first: the folder of its file, or the current one.
fn program_folder(arguments: &Arguments) -> String {
    let file = arguments
        .program
        .first()
        .filter(|file| arguments.code.is_none() && *file != "-");
    let folder = file.and_then(|file| std::path::Path::new(file).parent());
    folder.map_or_else(String::new, |folder| folder.display().to_string())
}

fn flush() {
    // Nothing is left to be told if the output is gone.
    let _ = std::io::stdout().flush();
}

/// Prints what a program ended with, and gives its exit status.
fn end(error: &Error) -> u8 {
    flush();
    match error {
        Error::Exception(report) => {
            eprint!("{report}");
            1
        }
        Error::Exit(status, text) => {
            if let Some(text) = text {
                eprint!("{text}");
            }
            u8::try_from(*status).unwrap_or(1)
        }
    }
}

fn read_stdin() -> Result<String, u8> {
    let mut bytes = Vec::new();
    match std::io::stdin().read_to_end(&mut bytes) {
        Ok(_) => text_of("<stdin>", bytes),
        Err(error) => {
            eprintln!("exuvia: cannot read standard input: {error}");
            Err(2)
        }
    }
}

fn read_file(file: &str) -> Result<String, u8> {
    match std::fs::read(file) {
        Ok(bytes) => text_of(file, bytes),
        Err(error) => {
            eprintln!("exuvia: can't open file '{file}': {error}");
            Err(2)
        }
    }
}

fn text_of(file: &str, bytes: Vec<u8>) -> Result<String, u8> {
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        eprintln!("exuvia: '{file}' is not text in UTF-8 (byte {place}); Python files and notebooks must be");
        2
    })
}

/// Runs the cells of a notebook, each under its number; stops at the first error.
fn run_notebook(runtime: &mut Runtime, file: &str, source: &str) -> Result<(), Error> {
    let notebook = Notebook::parse(source)
        .map_err(|error| Error::Exception(format!("exuvia: {file}: {error}\n")))?;
    for (index, cell) in notebook.cells.iter().enumerate() {
        let number = index + 1;
        println!("In [{number}]:");
        let shown = notebook::run_cell(runtime, number, cell)?;
        if let Some(shown) = shown {
            println!("Out[{number}]: {shown}");
        }
        flush();
    }
    Ok(())
}

/// The prompt: reads statements from the terminal and shows their values.
fn prompt(runtime: &mut Runtime) -> u8 {
    println!(
        "Exuvia {} (Python 3.14). Type exit() to leave.",
        env!("CARGO_PKG_VERSION")
    );
    let mut number = 0;
    loop {
        let Some(source) = read_statement() else {
            return 0;
        };
        number += 1;
        match runtime.run_cell(&source, &format!("<input {number}>")) {
            Ok(Some(shown)) => println!("{shown}"),
            Ok(None) => {}
            Err(error @ Error::Exit(..)) => return end(&error),
            Err(error) => drop(end(&error)),
        }
        flush();
    }
}

/// A statement from the terminal: a line, or a block up to an empty line. `None` at the end of the input.
fn read_statement() -> Option<String> {
    let mut source = String::new();
    loop {
        print!("{}", if source.is_empty() { ">>> " } else { "... " });
        flush();
        let mut line = String::new();
        if std::io::stdin().read_line(&mut line).ok()? == 0 {
            return (!source.is_empty()).then_some(source);
        }
        let is_blank = line.trim().is_empty();
        let opens_block =
            line.trim_end().ends_with([':', '\\', '(', '[', '{']) || line.starts_with('@');
        source.push_str(&line);
        let in_block = source.lines().count() > 1;
        if (is_blank && in_block) || (!in_block && !opens_block && !is_blank) {
            return Some(source);
        }
        if is_blank {
            source.clear();
        }
    }
}
