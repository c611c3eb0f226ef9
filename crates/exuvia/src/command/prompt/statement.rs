//! Whether what was typed is a whole statement, as `codeop` tells it for CPython's prompt.

use rustpython_compiler::ast::Stmt;
use rustpython_compiler::parser;

/// What the prompt is to do with the lines typed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Run them; or, if they are wrong, let the compiler say so.
    Whole,
    /// Wait for more lines, whatever they are: a bracket or a string is open, or a line goes on behind `\`.
    Open,
    /// Wait for more lines up to an empty one: these are a compound statement.
    Block,
}

/// Words that begin a compound statement.
const COMPOUND: [&str; 9] = [
    "if", "for", "while", "try", "with", "def", "class", "async", "match",
];

/// What to do with the lines typed so far.
pub(super) fn state(source: &str) -> State {
    if is_open(source) {
        return State::Open;
    }
    if source.ends_with("\n\n") || source.trim().is_empty() {
        return State::Whole;
    }
    match parser::parse_module(source) {
        Ok(parsed) if parsed.syntax().body.last().is_some_and(is_compound) => State::Block,
        Ok(_) => State::Whole,
        Err(error) => {
            let first = source.trim_start();
            let word: String = first.chars().take_while(|c| c.is_alphabetic()).collect();
            let begins_block = first.starts_with('@') || COMPOUND.contains(&word.as_str());
            let is_at_end = usize::from(error.location.end()) >= source.trim_end().len();
            if begins_block && is_at_end {
                State::Block
            } else {
                State::Whole
            }
        }
    }
}

fn is_compound(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
            | Stmt::For(_)
            | Stmt::While(_)
            | Stmt::If(_)
            | Stmt::With(_)
            | Stmt::Match(_)
            | Stmt::Try(_)
    )
}

/// Whether a bracket or a triple-quoted string is open at the end, or the last line goes on behind a backslash.
fn is_open(source: &str) -> bool {
    let mut rest = source;
    let mut depth = 0usize;
    while let Some(first) = rest.chars().next() {
        match first {
            '#' => rest = &rest[rest.find('\n').unwrap_or(rest.len())..],
            '"' | '\'' => match after_string(rest) {
                Some(after) => rest = after,
                None => return is_triple(rest),
            },
            _ => {
                match first {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    depth > 0 || source.ends_with("\\\n")
}

fn is_triple(text: &str) -> bool {
    text.starts_with("\"\"\"") || text.starts_with("'''")
}

/// What follows the string literal that the text begins with; `None` if it does not end.
fn after_string(text: &str) -> Option<&str> {
    let quote = if is_triple(text) {
        &text[..3]
    } else {
        &text[..1]
    };
    let is_single_line = quote.len() == 1;
    let mut rest = &text[quote.len()..];
    loop {
        if let Some(after) = rest.strip_prefix(quote) {
            return Some(after);
        }
        let mut chars = rest.chars();
        match chars.next()? {
            '\\' => drop(chars.next()),
            '\n' if is_single_line => return Some(rest),
            _ => {}
        }
        rest = chars.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_statements_are_whole_at_once() {
        for source in [
            "1 + 1\n",
            "x = 'a'; y = 2\n",
            "\n",
            "# nothing\n",
            "x = = 1\n",
            "f(]\n",
        ] {
            assert_eq!(state(source), State::Whole, "{source:?}");
        }
    }

    #[test]
    fn open_brackets_and_strings_wait_for_their_end() {
        for source in [
            "f(1,\n",
            "x = '''a\n\n",
            "x = 1 + \\\n",
            "d = {'#': [\n\n",
            "(  # )\n",
        ] {
            assert_eq!(state(source), State::Open, "{source:?}");
        }
        assert_eq!(state("x = '''a\nb'''\n"), State::Whole);
        assert_eq!(state("x = 'it\\'s ('\n"), State::Whole);
    }

    #[test]
    fn compound_statements_end_with_an_empty_line() {
        for source in [
            "if x:\n",
            "def f(): pass\n",
            "class A:\n    x = 1\n",
            "@d\n",
            "try:\n    f()\n",
        ] {
            assert_eq!(state(source), State::Block, "{source:?}");
            assert_eq!(state(&format!("{source}\n")), State::Whole, "{source:?}");
        }
    }
}
