//! Brackets that are not closed, or not by what they should be: CPython says that before anything else that is wrong.

use crate::code::source_tokens;
use rustpython_compiler::ast::token::TokenKind;
use rustpython_compiler::parser::LexicalErrorType;

/// What is wrong with the brackets of some source, and the offset of the bracket.
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) offset: usize,
}

/// Looks through the brackets. One that stays open matters only if what was found wrong lies on a later line; `failed_at` is
/// the offset of that.
pub(super) fn problem(source: &str, failed_at: usize) -> Option<Problem> {
    let tokens = source_tokens(source).ok()?;
    // What is wrong with the end may be a bracket.
    if !matches!(tokens.error, None | Some((LexicalErrorType::Eof, _))) {
        return None;
    }
    let mut open: Vec<(char, usize)> = Vec::new();
    for (token, range) in tokens.tokens {
        let offset = range.start().to_usize();
        match token {
            TokenKind::Lpar => open.push(('(', offset)),
            TokenKind::Lsqb => open.push(('[', offset)),
            TokenKind::Lbrace => open.push(('{', offset)),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                let closing = source.get(offset..)?.chars().next()?;
                let Some((opening, start)) = open.pop() else {
                    let message = format!("unmatched '{closing}'");
                    return Some(Problem { message, offset });
                };
                if !matches!((opening, closing), ('(', ')') | ('[', ']') | ('{', '}')) {
                    let message = mismatch(source, (opening, start), (closing, offset));
                    return Some(Problem { message, offset });
                }
            }
            _ => {}
        }
    }
    let (opening, offset) = open.pop()?;
    let is_later = source.get(offset..failed_at)?.contains('\n');
    is_later.then(|| Problem {
        message: format!("'{opening}' was never closed"),
        offset,
    })
}

fn mismatch(source: &str, opening: (char, usize), closing: (char, usize)) -> String {
    let message = format!(
        "closing parenthesis '{}' does not match opening parenthesis '{}'",
        closing.0, opening.0
    );
    let line = |offset: usize| {
        source[..offset]
            .bytes()
            .filter(|&byte| byte == b'\n')
            .count()
            + 1
    };
    match line(opening.1) {
        same if same == line(closing.1) => message,
        other => format!("{message} on line {other}"),
    }
}
