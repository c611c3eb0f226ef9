//! Where things are: from offsets in source text to lines and columns.

use ruff_text_size::{TextRange, TextSize};

/// The lines of a source text.
#[derive(Debug)]
pub(super) struct Lines {
    /// Where each line begins.
    starts: Vec<TextSize>,
}

impl Lines {
    pub(super) fn of(source: &str) -> Self {
        let bytes = source.as_bytes();
        let mut starts = vec![TextSize::default()];
        for (index, &byte) in bytes.iter().enumerate() {
            let ends = byte == b'\n' || byte == b'\r' && bytes.get(index + 1) != Some(&b'\n');
            if ends && let Ok(next) = u32::try_from(index + 1) {
                starts.push(TextSize::new(next));
            }
        }
        Self { starts }
    }

    /// The line (from 1) and the column (in bytes, from 0) of an offset.
    fn place(&self, offset: TextSize) -> (u32, u32) {
        let line = self.starts.partition_point(|&start| start <= offset).max(1);
        let column = offset - self.starts[line - 1];
        (u32::try_from(line).unwrap_or(u32::MAX), column.to_u32())
    }

    /// What `lineno`, `col_offset`, `end_lineno` and `end_col_offset` are.
    pub(super) fn places(&self, range: TextRange) -> [u32; 4] {
        let ((line, column), (end_line, end_column)) =
            (self.place(range.start()), self.place(range.end()));
        [line, column, end_line, end_column]
    }
}
