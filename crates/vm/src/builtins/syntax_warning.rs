//! Giving the compiler's warnings.

use crate::code::SourceWarning;
use crate::types::exception;
use crate::{PyErr, PyResult, Vm};
use ruff_text_size::TextSize;

impl Vm {
    /// Gives the warnings for source text. One that a filter makes an error becomes a `SyntaxError` at its place.
    ///
    /// # Errors
    /// Such a `SyntaxError`; what a hook of the `warnings` module raises.
    pub(super) fn give_source_warnings(
        &mut self,
        warnings: &[SourceWarning],
        source: &str,
        filename: &str,
    ) -> PyResult<()> {
        for warning in warnings {
            let (line, _) = position(source, warning.range.start());
            let Err(error) = self.give_source_warning(&warning.message, filename, line) else {
                continue;
            };
            if error.is(self, &exception::SYNTAX_WARNING) {
                return Err(self.warning_as_error(warning, source, filename));
            }
            return Err(error);
        }
        Ok(())
    }

    fn give_source_warning(&mut self, message: &str, filename: &str, line: usize) -> PyResult<()> {
        let Ok(warnings) = self.import("warnings") else {
            self.write_stderr(&format!("{filename}:{line}: SyntaxWarning: {message}\n"));
            return Ok(());
        };
        let arguments = [
            self.new_str(message)?.into_any(),
            self.class(&exception::SYNTAX_WARNING).clone().into_any(),
            self.new_str(filename)?.into_any(),
            self.new_int_from_usize(line)?,
        ];
        self.call_method_str(&warnings, "warn_explicit", &arguments)
            .map(drop)
    }

    #[cold]
    fn warning_as_error(&mut self, warning: &SourceWarning, source: &str, filename: &str) -> PyErr {
        let (line, column) = position(source, warning.range.start());
        let (end_line, end_column) = position(source, warning.range.end());
        let message = warning.as_error.as_ref().unwrap_or(&warning.message);
        let places = [line, column, end_line, end_column];
        match self.new_syntax_error(&exception::SYNTAX_ERROR, message, places, source, filename) {
            Ok(exception) => PyErr::Raised(exception),
            Err(error) => error,
        }
    }
}

/// Line and column of an offset, counted from 1.
fn position(source: &str, offset: TextSize) -> (usize, usize) {
    let before = source.get(..offset.to_usize()).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}
