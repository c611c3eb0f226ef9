//! The prompt: statements are read, run, and their values shown, until Ctrl-D or `exit()`.

mod complete;
mod lines;
mod statement;

use super::options::Invocation;
use super::program::{self, run_text_as};
use exuvia::Runtime;
use exuvia_vm::types::exception;
use exuvia_vm::{PyErr, PyResult, Vm};
use lines::{Line, Lines};
use rustpython_compiler::Mode;
use statement::State;
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// Where the history is kept: where `PYTHON_HISTORY` says, or in the XDG state folder. `None` if there is no home.
pub(super) fn history_file(named: Option<&Path>) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let folder = |variable| std::env::var_os(variable).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| folder("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("exuvia").join("history"))
}

/// Reads and runs statements until the input ends or the program exits; returns the exit status.
pub(super) fn run(runtime: &mut Runtime, invocation: &Invocation, is_first: bool) -> u8 {
    if is_first {
        if !invocation.settings.flags.quiet {
            eprintln!("{}", greeting());
        }
        if let Some(file) = &invocation.startup {
            let vm = &mut *runtime.vm();
            if let Err(failure) = program::run_startup(vm, &file.display().to_string()) {
                program::refuse(failure, vm);
            }
        }
    }
    let runtime = RefCell::new(runtime);
    let mut lines = Lines::new(&runtime, invocation.history.as_deref());
    let mut number = 0;
    let status = loop {
        let Some(source) = read_statement(&runtime, &mut lines) else {
            break 0;
        };
        let filename = format!("<stdin-{number}>");
        number += 1;
        let mut runtime = runtime.borrow_mut();
        let vm = &mut *runtime.vm();
        let ran = run_text_as(vm, &source, &filename, Mode::Single);
        if let Err(error) = ran {
            let exits = error.is(vm, &exception::SYSTEM_EXIT);
            let status = program::report_uncaught(vm, error);
            if exits {
                break status;
            }
        }
        vm.flush_standard_streams();
        super::flush();
    };
    lines.save();
    status
}

fn greeting() -> String {
    format!(
        "Exuvia {} (Python 3.14) on {}\nType exit() or press Ctrl-D to leave, help() for help.",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS
    )
}

/// The lines of the next statement; `None` at the end of the input.
fn read_statement(runtime: &RefCell<&mut Runtime>, lines: &mut Lines<'_>) -> Option<String> {
    let mut source = String::new();
    loop {
        let name = if source.is_empty() { "ps1" } else { "ps2" };
        let prompt = prompt_text(&mut runtime.borrow_mut().vm(), name);
        match lines.read(&prompt) {
            Line::Text(line) => {
                source.push_str(&line);
                source.push('\n');
            }
            Line::Interrupted => {
                eprintln!("KeyboardInterrupt");
                source.clear();
                continue;
            }
            Line::End if source.is_empty() => return None,
            // What is there is run, and may be found wanting.
            Line::End => return Some(source),
        }
        if source.trim().is_empty() {
            source.clear();
        } else if statement::state(&source) == State::Whole {
            lines.remember(&source);
            return Some(source);
        }
    }
}

/// `sys.ps1` or `sys.ps2` as text; empty if the program has taken it away or it cannot be shown.
fn prompt_text(vm: &mut Vm, name: &str) -> String {
    match shown_prompt(vm, name) {
        Ok(text) => text,
        Err(error) => {
            program::report_uncaught(vm, error);
            String::new()
        }
    }
}

fn shown_prompt(vm: &mut Vm, name: &str) -> Result<String, PyErr> {
    let key = vm.intern(name)?;
    let prompt = vm.sys().get_str(vm, &key);
    let text: PyResult<_> = prompt.map_or(Ok(None), |prompt| vm.str(&prompt).map(Some));
    Ok(text?.map_or_else(String::new, |text| text.to_text().into_owned()))
}
