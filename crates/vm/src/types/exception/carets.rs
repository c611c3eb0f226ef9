//! The source lines of a traceback entry and the marks below them that show which part raised.
//!
//! Marks are `^` below what ran; for an operator, a subscript or a call, `^` below the operator or the brackets and `~`
//! below the operands (PEP 657).

use crate::code::Location;
use rustpython_compiler::ast::{Expr, Stmt};
use rustpython_compiler::parser;

/// A place in the lines: line and column in characters.
type Place = (usize, usize);

/// The lines that a location covers, indented by four blanks, with marks where they tell something.
///
/// `lines` are all lines of the file.
pub(super) fn source_lines(lines: &[&str], location: Location) -> Option<String> {
    let first = location.line? as usize;
    let last = location
        .end_line
        .map_or(first, |line| (line as usize).max(first));
    let text: Vec<&str> = lines
        .get(first.checked_sub(1)?..last.min(lines.len()))?
        .to_vec();
    if text.first()?.trim().is_empty() {
        return None;
    }
    let (Some(start), Some(end)) = (location.column, location.end_column) else {
        return Some(format!("    {}\n", text[0].trim()));
    };
    let indent = common_indent(&text);
    let chars: Vec<Vec<char>> = text
        .iter()
        .map(|line| line.chars().skip(indent).collect())
        .collect();
    let start = (0, characters(text[0], start).saturating_sub(indent));
    let end = (
        chars.len() - 1,
        characters(text[text.len() - 1], end).saturating_sub(indent),
    );
    Some(Marked::new(&chars, start, end).render())
}

/// How many characters a number of bytes of a line are.
fn characters(line: &str, bytes: u32) -> usize {
    line.char_indices()
        .take_while(|(index, _)| *index < bytes as usize)
        .count()
}

fn common_indent(lines: &[&str]) -> usize {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    filled
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0)
}

struct Marked<'a> {
    lines: &'a [Vec<char>],
    start: Place,
    end: Place,
    /// Where the operator or the brackets begin and end.
    anchors: Option<(Place, Place)>,
    is_marked: bool,
}

impl<'a> Marked<'a> {
    fn new(lines: &'a [Vec<char>], start: Place, end: Place) -> Self {
        let segment = segment(lines, start, end);
        let anchors =
            anchors(&segment).map(|(left, right)| (shifted(left, start), shifted(right, start)));
        let mut marked = Self {
            lines,
            start,
            end,
            anchors,
            is_marked: false,
        };
        marked.is_marked = marked.tells_something();
        marked
    }

    /// Whether marks would say more than the lines do.
    fn tells_something(&self) -> bool {
        if self.is_plain_call() {
            return false;
        }
        let is_blank = |chars: &[char]| chars.iter().all(|c| c.is_whitespace());
        let before = &self.lines[0][..self.start.1.min(self.lines[0].len())];
        let last = &self.lines[self.lines.len() - 1];
        let after = &last[self.end.1.min(last.len())..];
        self.anchors.is_some() || !is_blank(before) || !is_blank(after)
    }

    /// `return f(…)` and `x = f(…)` whose call is the whole value need no marks.
    fn is_plain_call(&self) -> bool {
        let text: Vec<String> = self
            .lines
            .iter()
            .map(|line| line.iter().collect())
            .collect();
        let text = text.join("\n");
        let Ok(parsed) = parser::parse_module(&text) else {
            return false;
        };
        let call = match parsed.syntax().body.first() {
            Some(Stmt::Return(statement)) => match statement.value.as_deref() {
                Some(Expr::Call(call)) if matches!(*call.func, Expr::Name(_)) => call,
                _ => return false,
            },
            Some(Stmt::Assign(statement)) => match &*statement.value {
                Expr::Call(call) => call,
                _ => return false,
            },
            Some(_) | None => return false,
        };
        let begin = place_of(&text, call.range.start().to_usize());
        let end = place_of(&text, call.range.end().to_usize());
        begin == self.start && end == self.end && begin.0 == 0 && end.0 == self.lines.len() - 1
    }

    fn render(&self) -> String {
        let mut shown = String::new();
        let mut previous: Option<usize> = None;
        for line in self.significant() {
            if let Some(previous) = previous {
                match line - previous {
                    0 | 1 => {}
                    2 => self.show(line - 1, &mut shown),
                    gap => shown.push_str(&format!("    ...<{} lines>...\n", gap - 1)),
                }
            }
            self.show(line, &mut shown);
            previous = Some(line);
        }
        shown
    }

    /// The first and the last line, and those around the anchors.
    fn significant(&self) -> Vec<usize> {
        let last = self.lines.len() - 1;
        let mut wanted = vec![0, last];
        if let Some((left, right)) = self.anchors {
            for line in [left.0, right.0] {
                wanted.extend(line.saturating_sub(1)..=(line + 1).min(last));
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted
    }

    fn show(&self, line: usize, shown: &mut String) {
        let text: String = self.lines[line].iter().collect();
        shown.push_str("    ");
        shown.push_str(text.trim_end());
        shown.push('\n');
        if !self.is_marked {
            return;
        }
        let marks = self.marks(line);
        shown.push_str("    ");
        shown.push_str(&marks);
        shown.push('\n');
    }

    fn marks(&self, line: usize) -> String {
        let chars = &self.lines[line];
        let blanks = chars.iter().take_while(|c| c.is_whitespace()).count();
        let count = if line == self.end.0 {
            self.end.1
        } else {
            chars.len()
        };
        let mut marks = String::new();
        for column in 0..count {
            let is_before = column < blanks || line == 0 && column < self.start.1;
            let mark = match self.anchors {
                _ if is_before => ' ',
                None => '^',
                Some((left, right)) if (line, column) >= left && (line, column) < right => '^',
                Some(_) => '~',
            };
            let width = chars.get(column).map_or(1, |&c| display_width(c));
            marks.extend(std::iter::repeat_n(mark, width));
        }
        marks
    }
}

/// Columns that a character takes on a terminal: wide ones take two (Unicode TR 11, the main blocks).
fn display_width(c: char) -> usize {
    let wide = matches!(u32::from(c),
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0x33FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xA000..=0xA4CF
        | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1F64F | 0x1F900..=0x1F9FF | 0x20000..=0x3FFFD);
    if wide { 2 } else { 1 }
}

/// The text between two places.
fn segment(lines: &[Vec<char>], start: Place, end: Place) -> String {
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let from = if index == 0 {
            start.1.min(line.len())
        } else {
            0
        };
        let to = if index == end.0 {
            end.1.min(line.len())
        } else {
            line.len()
        };
        text.extend(line.get(from..to).unwrap_or_default());
        if index < end.0 {
            text.push('\n');
        }
    }
    text
}

/// A place in the segment as a place in the lines.
fn shifted(place: Place, start: Place) -> Place {
    if place.0 == 0 {
        (0, place.1 + start.1)
    } else {
        place
    }
}

/// Line and column, in characters, of a byte offset.
fn place_of(text: &str, offset: usize) -> Place {
    let before = &text[..offset.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |index| index + 1);
    (
        before.matches('\n').count(),
        before[line_start..].chars().count(),
    )
}

/// Where the operator or the brackets of an expression lie, if it has any.
fn anchors(segment: &str) -> Option<(Place, Place)> {
    // In brackets, so that an expression over several lines is one.
    let text = format!("(\n{segment}\n)");
    let parsed = parser::parse_expression(&text).ok()?;
    let base = 2;
    let offset = |position: usize| position.checked_sub(base);
    let (from, to) = match &*parsed.syntax().body {
        Expr::BinOp(operation) => {
            let after_left = offset(range_end(&operation.left))?;
            let before_right = offset(range_start(&operation.right))?;
            let operator = find(segment, after_left, |c| !c.is_whitespace() && c != ')')?;
            let second = segment[operator + 1..].chars().next();
            let is_double = operator + 1 < before_right
                && second.is_some_and(|c| !c.is_whitespace() && c != '\\' && c != '#');
            (operator, operator + if is_double { 2 } else { 1 })
        }
        Expr::Subscript(subscript) => (
            find(segment, offset(range_end(&subscript.value))?, |c| c == '[')?,
            segment.trim_end().len(),
        ),
        Expr::Call(call) => (
            find(segment, offset(range_end(&call.func))?, |c| c == '(')?,
            segment.trim_end().len(),
        ),
        _ => return None,
    };
    Some((place_of(segment, from), place_of(segment, to)))
}

fn range_start(expression: &Expr) -> usize {
    ranged(expression).0
}

fn range_end(expression: &Expr) -> usize {
    ranged(expression).1
}

/// Byte offsets of an expression.
fn ranged(expression: &Expr) -> (usize, usize) {
    use ruff_text_size::Ranged;
    let range = expression.range();
    (range.start().to_usize(), range.end().to_usize())
}

/// The byte offset of the first character from an offset on that fits, comments and line joins skipped.
fn find(text: &str, from: usize, fits: impl Fn(char) -> bool) -> Option<usize> {
    let mut skipping = false;
    text.get(from..)?.char_indices().find_map(|(index, c)| {
        if c == '\n' {
            skipping = false;
        } else if c == '#' || c == '\\' {
            skipping = true;
        }
        (!skipping && fits(c)).then_some(from + index)
    })
}
