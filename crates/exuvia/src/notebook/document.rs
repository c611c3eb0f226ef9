//! [`Notebook`]: a notebook file as JSON, in which only what an execution changes is changed.
//!
//! Formats 4.0 to 4.4 become 4.5 by getting cell ids; format 3 is upgraded by the crate `nbformat`.

use super::MimeBundle;
use crate::streams::StreamName;
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::fmt;

/// A notebook of format 4.
#[derive(Clone, Debug, PartialEq)]
pub struct Notebook {
    document: Map<String, Value>,
}

/// A code cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeCell {
    /// Its place among all cells, from 0.
    pub index: usize,
    /// Its source text.
    pub source: String,
}

/// What a cell has put out.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Text on a standard stream.
    Stream(StreamName, String),
    /// What `display()` was called with.
    Display(MimeBundle),
    /// The value of the last expression.
    Value(MimeBundle),
    /// What ended the cell.
    Error {
        /// The exception's type.
        name: String,
        /// Its message.
        message: String,
        /// The report, by lines.
        traceback: Vec<String>,
    },
}

/// Why a file is not a notebook that can be run, or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

impl Notebook {
    /// Reads a notebook of format 3 or 4.
    ///
    /// # Errors
    /// [`Invalid`] with the place and the reason if the text is not one.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let document: Value = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            Invalid(format!("line {line}, column {column}: not JSON: {reason}"))
        })?;
        let Value::Object(document) = document else {
            return Err(Invalid(
                "not a notebook: its JSON is not an object".to_owned(),
            ));
        };
        match document.get("nbformat").and_then(Value::as_u64) {
            Some(4) => {}
            Some(3) => return Self::upgrade(text),
            Some(other) => {
                return Err(Invalid(format!(
                    "notebook format {other} is not supported; save it as format 4, or convert it: jupyter nbconvert --to notebook"
                )));
            }
            None => return Err(Invalid("not a notebook: it has no \"nbformat\"".to_owned())),
        }
        let mut notebook = Self { document };
        notebook.check()?;
        notebook.complete();
        Ok(notebook)
    }

    /// Reads a notebook of format 3.
    fn upgrade(text: &str) -> Result<Self, Invalid> {
        let failed = |error: String| {
            Invalid(format!(
                "a notebook of format 3 that cannot be upgraded: {error}"
            ))
        };
        let upgraded = match nbformat::parse_notebook(text) {
            Ok(nbformat::Notebook::V3(old)) => {
                nbformat::upgrade_v3_notebook(old).map_err(|error| failed(error.to_string()))?
            }
            Ok(_) => return Err(failed("its format is another one".to_owned())),
            Err(error) => return Err(failed(error.to_string())),
        };
        let text = nbformat::serialize_notebook(&nbformat::Notebook::V4(upgraded))
            .map_err(|error| failed(error.to_string()))?;
        Self::parse(&text)
    }

    fn check(&self) -> Result<(), Invalid> {
        let Some(Value::Array(cells)) = self.document.get("cells") else {
            return Err(Invalid(
                "not a notebook: it has no list of \"cells\"".to_owned(),
            ));
        };
        for (index, cell) in cells.iter().enumerate() {
            let number = index + 1;
            if !cell["cell_type"].is_string() {
                return Err(Invalid(format!(
                    "cell {number} of {}: it has no \"cell_type\"",
                    cells.len()
                )));
            }
            if source_of(cell).is_none() {
                return Err(Invalid(format!(
                    "cell {number} of {}: its \"source\" is neither text nor a list of lines",
                    cells.len()
                )));
            }
        }
        Ok(())
    }

    /// Adds what format 4.5 asks for and older ones do not.
    fn complete(&mut self) {
        self.document.insert("nbformat_minor".to_owned(), json!(5));
        self.document.entry("metadata").or_insert_with(|| json!({}));
        let mut taken: HashSet<String> = HashSet::new();
        let mut ids = Vec::new();
        for cell in self.cells() {
            let id = cell["id"]
                .as_str()
                .filter(|id| nbformat::v4::CellId::new(id).is_ok());
            ids.push(
                id.filter(|id| taken.insert((*id).to_owned()))
                    .map(str::to_owned),
            );
        }
        let mut next = 0;
        let mut fresh = || loop {
            next += 1;
            let id = format!("cell-{next}");
            if taken.insert(id.clone()) {
                return id;
            }
        };
        let ids: Vec<String> = ids
            .into_iter()
            .map(|id| id.unwrap_or_else(&mut fresh))
            .collect();
        for (cell, id) in self.cells_mut().iter_mut().zip(ids) {
            if let Value::Object(cell) = cell {
                cell.insert("id".to_owned(), Value::String(id));
                cell.entry("metadata").or_insert_with(|| json!({}));
                if cell["cell_type"] == "code" {
                    cell.entry("outputs").or_insert_with(|| json!([]));
                    cell.entry("execution_count").or_insert(Value::Null);
                }
            }
        }
    }

    fn cells(&self) -> &[Value] {
        self.document
            .get("cells")
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    fn cells_mut(&mut self) -> &mut [Value] {
        let cells = self.document.get_mut("cells").and_then(Value::as_array_mut);
        cells.map_or(&mut [], Vec::as_mut_slice)
    }

    /// The code cells, in order.
    pub fn code_cells(&self) -> Vec<CodeCell> {
        let cells = self.cells().iter().enumerate();
        let code = cells.filter(|(_, cell)| cell["cell_type"] == "code");
        code.map(|(index, cell)| CodeCell {
            index,
            source: source_of(cell).unwrap_or_default(),
        })
        .collect()
    }

    /// Sets the number under which a code cell was run, if it was, and what it has put out.
    pub fn set_outputs(&mut self, index: usize, number: Option<usize>, outputs: &[Output]) {
        let outputs: Vec<Value> = outputs
            .iter()
            .map(|output| output.to_json(number))
            .collect();
        if let Some(Value::Object(cell)) = self.cells_mut().get_mut(index) {
            cell.insert("execution_count".to_owned(), json!(number));
            cell.insert("outputs".to_owned(), Value::Array(outputs));
        }
    }

    /// The notebook as a file of format 4.5.
    ///
    /// # Errors
    /// [`Invalid`] if what was read has parts that are against the format.
    pub fn to_text(&self) -> Result<String, Invalid> {
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        serde::Serialize::serialize(&self.document, &mut serializer)
            .map_err(|error| Invalid(error.to_string()))?;
        bytes.push(b'\n');
        let text = String::from_utf8(bytes).map_err(|error| Invalid(error.to_string()))?;
        match nbformat::parse_notebook(&text) {
            Ok(nbformat::Notebook::V4(_)) => Ok(text),
            Ok(_) => Err(Invalid("cell ids are missing".to_owned())),
            Err(error) => Err(Invalid(error.to_string())),
        }
    }
}

/// A cell's source: one string, or a list of lines.
fn source_of(cell: &Value) -> Option<String> {
    match &cell["source"] {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

impl Output {
    fn to_json(&self, number: Option<usize>) -> Value {
        match self {
            Self::Stream(name, text) => {
                json!({"output_type": "stream", "name": name.as_str(), "text": lines_of(text)})
            }
            Self::Display(data) => {
                json!({"output_type": "display_data", "data": data.to_json(), "metadata": {}})
            }
            Self::Value(data) => json!({
                "output_type": "execute_result", "data": data.to_json(), "execution_count": number, "metadata": {},
            }),
            Self::Error {
                name,
                message,
                traceback,
            } => {
                json!({"output_type": "error", "ename": name, "evalue": message, "traceback": traceback})
            }
        }
    }
}

/// Text as notebooks keep it: a list of lines with their ends.
pub(super) fn lines_of(text: &str) -> Value {
    text.split_inclusive('\n').map(Value::from).collect()
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
        let sources: Vec<_> = notebook
            .code_cells()
            .into_iter()
            .map(|cell| (cell.index, cell.source))
            .collect();
        assert_eq!(sources, [(1, "a = 1\na".to_owned()), (2, "b".to_owned())]);
    }

    #[test]
    fn says_where_and_why_a_file_is_not_a_notebook() {
        let reason = |text: &str| Notebook::parse(text).unwrap_err().to_string();
        assert!(reason("{\n  \"cells\": oops").starts_with("line 2, column 12: not JSON"));
        assert!(reason("{}").contains("nbformat"));
        assert!(reason(r#"{"nbformat": 9}"#).contains("format 9 is not supported"));
        assert!(reason(r#"{"nbformat": 4}"#).contains("cells"));
        let bad = r#"{"nbformat": 4, "cells": [{"cell_type": "code", "source": 7}]}"#;
        assert!(reason(bad).starts_with("cell 1 of 1: its \"source\""));
    }

    #[test]
    fn older_formats_get_ids_and_nothing_else_changes() {
        let text = r#"{"nbformat": 4, "nbformat_minor": 2, "metadata": {"kernelspec": {"display_name": "P", "name": "p"}, "mine": [1]},
            "cells": [{"cell_type": "code", "metadata": {"tags": ["x"]}, "source": "1", "execution_count": null, "outputs": []},
                      {"cell_type": "raw", "id": "cell-1", "metadata": {}, "source": "r"}]}"#;
        let mut notebook = Notebook::parse(text).unwrap();
        notebook.set_outputs(
            0,
            Some(3),
            &[Output::Stream(StreamName::Stdout, "a\nb".to_owned())],
        );
        let written: Value = serde_json::from_str(&notebook.to_text().unwrap()).unwrap();
        assert_eq!(written["nbformat_minor"], 5);
        assert_eq!(written["metadata"]["mine"], json!([1]));
        assert_eq!(written["cells"][0]["metadata"]["tags"], json!(["x"]));
        assert_eq!(written["cells"][0]["id"], "cell-2");
        assert_eq!(written["cells"][1]["id"], "cell-1");
        assert_eq!(written["cells"][0]["execution_count"], 3);
        assert_eq!(
            written["cells"][0]["outputs"][0]["text"],
            json!(["a\n", "b"])
        );
    }

    #[test]
    fn format_3_is_upgraded() {
        let text = r#"{"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "old"}, "worksheets": [{"cells": [
            {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Title"]},
            {"cell_type": "code", "collapsed": false, "input": ["1 + 1"], "language": "python", "metadata": {}, "outputs": []}]}]}"#;
        let notebook = Notebook::parse(text).unwrap();
        assert_eq!(notebook.code_cells()[0].source, "1 + 1");
        assert!(notebook.to_text().is_ok());
    }
}
