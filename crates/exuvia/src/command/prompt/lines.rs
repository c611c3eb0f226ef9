//! Where the prompt's lines come from: a terminal, with editing and a history, or any other input, line by line.

use super::complete::Assistant;
use exuvia::Runtime;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};
use std::cell::RefCell;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// How many statements the history keeps.
const HISTORY_MAX: usize = 10_000;

/// What reading a line gave.
pub(super) enum Line {
    /// A line, without its end.
    Text(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D, or the end of the input.
    End,
}

/// Where lines come from.
pub(super) enum Lines<'a> {
    /// A terminal.
    Terminal {
        editor: Box<Editor<Assistant<'a>, DefaultHistory>>,
        history: Option<PathBuf>,
    },
    /// Anything else.
    Plain,
}

impl<'a> Lines<'a> {
    /// Lines from standard input.
    pub(super) fn new(runtime: &'a RefCell<&'a mut Runtime>, history: Option<&Path>) -> Self {
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let editor = is_terminal.then(editor).and_then(Result::ok);
        let Some(mut editor) = editor else {
            return Self::Plain;
        };
        editor.set_helper(Some(Assistant::new(runtime)));
        let history = history.map(Path::to_owned);
        if let Some(file) = &history {
            // There is none at first.
            let _ = editor.load_history(file);
        }
        Self::Terminal {
            editor: Box::new(editor),
            history,
        }
    }

    /// Reads a line.
    pub(super) fn read(&mut self, prompt: &str) -> Line {
        match self {
            Self::Terminal { editor, .. } => match editor.readline(prompt) {
                Ok(line) => Line::Text(line),
                Err(ReadlineError::Interrupted) => Line::Interrupted,
                Err(_) => Line::End,
            },
            Self::Plain => read_plain(prompt),
        }
    }

    /// Keeps a statement in the history.
    pub(super) fn remember(&mut self, statement: &str) {
        if let Self::Terminal { editor, .. } = self {
            // A history without its newest entry is no reason to stop.
            let _ = editor.add_history_entry(statement.trim_end());
        }
    }

    /// Writes the history.
    pub(super) fn save(&mut self) {
        if let Self::Terminal {
            editor,
            history: Some(file),
        } = self
        {
            let saved = file
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .map_err(ReadlineError::from)
                .and_then(|()| editor.save_history(file));
            if let Err(error) = saved {
                eprintln!(
                    "exuvia: the history could not be written to {}: {error}",
                    file.display()
                );
            }
        }
    }
}

fn editor<'a>() -> rustyline::Result<Editor<Assistant<'a>, DefaultHistory>> {
    let config = Config::builder()
        .max_history_size(HISTORY_MAX)?
        .history_ignore_dups(true)?
        .completion_type(CompletionType::List)
        .tab_stop(4)
        .build();
    Editor::with_config(config)
}

/// Reads a line where there is no terminal. The prompt goes to standard error, as CPython's does then.
fn read_plain(prompt: &str) -> Line {
    super::super::flush();
    eprint!("{prompt}");
    let mut bytes = Vec::new();
    match std::io::stdin().lock().read_until(b'\n', &mut bytes) {
        Ok(0) | Err(_) => {
            eprintln!();
            let _ = std::io::stderr().flush();
            Line::End
        }
        Ok(_) => Line::Text(
            String::from_utf8_lossy(&bytes)
                .trim_end_matches(['\n', '\r'])
                .to_owned(),
        ),
    }
}
