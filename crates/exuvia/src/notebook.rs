//! Notebooks (nbformat 4): reading their cells and running them in order.

use crate::{Error, Runtime};
use serde_json::Value;
use std::fmt;

/// A notebook's code cells, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notebook {
    /// The cells' source texts.
    pub cells: Vec<String>,
}

/// Why a file is not a notebook that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

impl Notebook {
    /// Reads a notebook.
    ///
    /// # Errors
    /// [`Invalid`] if the text is not a notebook of format 4, with the place.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let notebook: Value = serde_json::from_str(text)
            .map_err(|error| Invalid(format!("not a notebook: {error}")))?;
        match notebook["nbformat"].as_u64() {
            Some(4) => {}
            Some(other) => {
                return Err(Invalid(format!(
                    "notebook format {other} is not supported; convert it to 4"
                )));
            }
            None => return Err(Invalid("not a notebook: it has no \"nbformat\"".to_owned())),
        }
        let Some(cells) = notebook["cells"].as_array() else {
            return Err(Invalid(
                "not a notebook: it has no list of \"cells\"".to_owned(),
            ));
        };
        let code = cells.iter().filter(|cell| cell["cell_type"] == "code");
        Ok(Self {
            cells: code.map(|cell| source_of(&cell["source"])).collect(),
        })
    }
}

/// A cell's source: one string, or a list of lines.
fn source_of(source: &Value) -> String {
    match source {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

/// Runs one cell and returns what its last expression shows.
///
/// # Errors
/// What the cell raised; a clear error for magics and shell lines.
pub fn run_cell(
    runtime: &mut Runtime,
    number: usize,
    source: &str,
) -> Result<Option<String>, Error> {
    if let Some(line) = source.lines().find(|line| line.starts_with(['%', '!'])) {
        return Err(Error::Exception(format!(
            "NotImplementedError: cell {number}: the line {line:?} is for IPython; Exuvia runs plain Python\n"
        )));
    }
    runtime.run_cell(source, &format!("<cell {number}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cells_of_either_kind_of_source() {
        let text = r##"{"nbformat": 4, "cells": [
            {"cell_type": "markdown", "source": "# hi"},
            {"cell_type": "code", "source": ["a = 1\n", "a"]},
            {"cell_type": "code", "source": "b"}]}"##;
        let notebook = Notebook::parse(text).unwrap();
        assert_eq!(notebook.cells, ["a = 1\na", "b"]);
    }

    #[test]
    fn says_why_a_file_is_not_a_notebook() {
        assert!(
            Notebook::parse("{")
                .unwrap_err()
                .to_string()
                .starts_with("not a notebook")
        );
        assert!(
            Notebook::parse("{}")
                .unwrap_err()
                .to_string()
                .contains("nbformat")
        );
    }
}
