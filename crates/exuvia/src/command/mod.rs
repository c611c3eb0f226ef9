//! The command: understands its words ([`options`]), runs a program ([`program`]), a notebook ([`notebook`]) or a prompt
//! ([`prompt`]), and reports.

mod environment;
pub(crate) mod fault;
mod notebook;
pub(crate) mod options;
mod program;
mod prompt;
mod source;

use exuvia::report::{MemoryReport, ThirdParty};
use exuvia::{CountingAllocator, Error, Runtime};
use options::{Invocation, Program, ReportFormat};
use std::io::{IsTerminal, Write};
use std::mem::ManuallyDrop;

/// The exit status after an exception that nobody handled.
const STATUS_FAILED: u8 = 1;
/// The exit status for a wrong command line, and for files that cannot be read.
pub(crate) const STATUS_USAGE: u8 = 2;
/// The exit status when what the program printed could not be written.
const STATUS_UNWRITTEN: u8 = 120;

/// Does what the command line says; returns the exit status.
pub(crate) fn run(invocation: Invocation, third_party: &CountingAllocator) -> u8 {
    let mut runtime = match Runtime::new(invocation.settings.clone()) {
        Ok(runtime) => runtime,
        Err(Error::Exit(status, _)) => return u8::try_from(status).unwrap_or(STATUS_FAILED),
        Err(error) => {
            eprint!("exuvia: {error}");
            return STATUS_FAILED;
        }
    };
    runtime.track_cycles(invocation.report.is_some());
    let prepared = program::prepare(&mut runtime.vm(), &invocation);
    let mut status = match prepared {
        Ok(()) => run_program(&mut runtime, &invocation),
        Err(error) => program::report_uncaught(&mut runtime.vm(), error),
    };
    let is_prompt = invocation.program == Program::Input && prompts(&invocation);
    if invocation.settings.flags.inspect && !is_prompt {
        status = prompt::run(&mut runtime, &invocation, false);
    }
    let report = invocation.report.map(|format| {
        let mut report = MemoryReport::take(&mut runtime);
        report.third_party = Some(ThirdParty::of(third_party));
        (report, format)
    });
    let heap = invocation
        .reports_heap
        .then(|| runtime.vm().heap().statistics().to_string());
    if !runtime.shut_down() {
        status = STATUS_UNWRITTEN;
    }
    flush();
    if let Some((report, format)) = report {
        match format {
            ReportFormat::Text => eprint!("{report}"),
            ReportFormat::Json => eprintln!("{:#}", report.to_json()),
        }
    }
    if let Some(heap) = heap {
        eprint!("{heap}");
    }
    // The process ends here: its memory goes back as a whole, faster than object by object.
    let _ = ManuallyDrop::new(runtime);
    status
}

fn run_program(runtime: &mut Runtime, invocation: &Invocation) -> u8 {
    let outcome = match &invocation.program {
        Program::Notebook(file) => {
            return notebook::run(runtime, file, invocation.output.as_deref());
        }
        Program::Input if prompts(invocation) => return prompt::run(runtime, invocation, true),
        Program::Input => program::run_input(&mut runtime.vm()),
        Program::Code(code) => {
            program::run_text(&mut runtime.vm(), code, "<string>").map_err(Into::into)
        }
        Program::Module(name) => {
            program::run_module(&mut runtime.vm(), name, true).map_err(Into::into)
        }
        Program::Folder(folder) => program::run_folder(&mut runtime.vm(), folder),
        Program::File(file) => program::run_file(&mut runtime.vm(), file),
    };
    outcome.map_or_else(
        |failure| program::refuse(failure, &mut runtime.vm()),
        |()| 0,
    )
}

/// Whether statements are read one by one from standard input.
fn prompts(invocation: &Invocation) -> bool {
    std::io::stdin().is_terminal() || invocation.settings.flags.inspect
}

/// Writes out what is buffered. Nobody is left to be told if that fails.
fn flush() {
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().flush();
}
