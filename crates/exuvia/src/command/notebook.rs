//! Running a notebook: each cell's outputs under its number as they come, the first error as the end.

use super::program::{Failure, refuse};
use super::{STATUS_FAILED, STATUS_USAGE, flush, source};
use exuvia::notebook::{Notebook, Output, run_cell};
use exuvia::{Error, Runtime, StreamName};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long a cell runs before its progress is shown, and how often it is.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);

/// Runs a notebook, and writes it with its outputs if a file is named for that; returns the exit status.
pub(super) fn run(runtime: &mut Runtime, file: &str, output: Option<&Path>) -> u8 {
    let mut notebook = match read(file) {
        Ok(notebook) => notebook,
        Err(failure) => return refuse(failure, &mut runtime.vm()),
    };
    let status = run_cells(runtime, &mut notebook);
    flush();
    match output.map(|output| write(&notebook, output)) {
        Some(Err(message)) => {
            eprintln!("exuvia: {message}");
            STATUS_USAGE
        }
        Some(Ok(())) | None => status,
    }
}

fn read(file: &str) -> Result<Notebook, Failure> {
    let bytes = source::read(file)?;
    let refuse = |message: String| Failure::Refused(message, STATUS_FAILED);
    let text = String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        refuse(format!(
            "'{file}' is not a notebook: byte {position} is not UTF-8"
        ))
    })?;
    Notebook::parse(&text).map_err(|error| refuse(format!("'{file}': {error}")))
}

fn write(notebook: &Notebook, output: &Path) -> Result<(), String> {
    let shown = output.display();
    let text = notebook
        .to_text()
        .map_err(|error| format!("the notebook cannot be written to '{shown}': {error}"))?;
    std::fs::write(output, text).map_err(|error| format!("can't write '{shown}': {error}"))
}

/// Runs the cells in order up to the first error. Cells without code get no number, as in Jupyter.
fn run_cells(runtime: &mut Runtime, notebook: &mut Notebook) -> u8 {
    let cells = notebook.code_cells();
    for cell in &cells {
        notebook.set_outputs(cell.index, None, &[]);
    }
    let cells: Vec<_> = cells
        .into_iter()
        .filter(|cell| !cell.source.trim().is_empty())
        .collect();
    let count = cells.len();
    for (index, cell) in cells.into_iter().enumerate() {
        let number = index + 1;
        println!("In [{number}]:");
        flush();
        let progress = Progress::start(number, count);
        let end = run_cell(
            runtime,
            number,
            &cell.source,
            Rc::new(move |output| show(number, output)),
        );
        drop(progress);
        notebook.set_outputs(cell.index, Some(number), &end.outputs);
        match end.error {
            None => {}
            Some(Error::Exit(status, text)) => {
                eprint!("{}", text.unwrap_or_default());
                return u8::try_from(status).unwrap_or(STATUS_FAILED);
            }
            Some(Error::Exception(_)) => return STATUS_FAILED,
        }
    }
    0
}

/// Prints an output of a cell.
fn show(number: usize, output: &Output) {
    match output {
        Output::Stream(StreamName::Stdout, text) => print!("{text}"),
        Output::Stream(StreamName::Stderr, text) => {
            flush();
            eprint!("{text}");
        }
        Output::Display(bundle) => println!("{}", bundle.text()),
        Output::Value(bundle) => {
            let text = bundle.text();
            let separator = if text.contains('\n') { "\n" } else { " " };
            println!("Out[{number}]:{separator}{text}");
        }
        Output::Error { traceback, .. } => {
            flush();
            eprintln!("{}", traceback.join("\n"));
        }
    }
    flush();
}

/// Says on a terminal that a cell is still running, if its output goes elsewhere.
struct Progress(Option<(mpsc::Sender<()>, std::thread::JoinHandle<()>)>);

impl Progress {
    fn start(number: usize, count: usize) -> Self {
        if !std::io::stderr().is_terminal() || std::io::stdout().is_terminal() {
            return Self(None);
        }
        let (stop, stopped) = mpsc::channel();
        let watch = move || {
            let began = Instant::now();
            let mut shown = false;
            while stopped.recv_timeout(PROGRESS_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                let seconds = began.elapsed().as_secs();
                eprint!("\rcell {number} of {count}: {seconds} s");
                let _ = std::io::stderr().flush();
                shown = true;
            }
            if shown {
                eprintln!();
            }
        };
        let thread = std::thread::Builder::new()
            .name("progress".to_owned())
            .spawn(watch);
        Self(thread.ok().map(|thread| (stop, thread)))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.0.take() {
            drop(stop);
            // It only prints; there is nothing to do if it could not.
            let _ = thread.join();
        }
    }
}
