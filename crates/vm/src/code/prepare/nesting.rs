//! How deeply source is nested, before anything recursive looks at it.
//!
//! Parser and compiler go down the tree by recursion and check nothing, so source that is nested deeply enough
//! would overflow the stack, which no program survives. The lexer is not recursive; it bounds the depth from above.

use rustpython_compiler::ast::token::TokenKind;
use rustpython_compiler::parser::{self, lexer};

/// An upper bound on the depth of the syntax tree, in levels of [`STACK_PER_LEVEL`].
///
/// Within a bracket, and on a line outside of brackets, each token may open a level of its own until the next comma.
pub(super) fn depth_bound(source: &str, mode: parser::Mode) -> usize {
    let mut lexer = lexer::lex(source, mode);
    let mut bound = Bound::default();
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return bound.deepest,
            token => bound.count(token),
        }
    }
}

/// What a level takes of the stack: twice the most that was measured, and more without optimization.
pub(super) const STACK_PER_LEVEL: usize = if cfg!(debug_assertions) { 32 } else { 8 } << 10;

#[derive(Default)]
struct Bound {
    /// Levels opened by indentation.
    blocks: usize,
    /// For each open bracket, and the line itself, the levels opened since the last comma.
    open: Vec<usize>,
    line: usize,
    /// The sum of those.
    depth: usize,
    deepest: usize,
}

impl Bound {
    fn count(&mut self, token: TokenKind) {
        match token {
            TokenKind::Indent => self.blocks += 2,
            TokenKind::Dedent => self.blocks = self.blocks.saturating_sub(2),
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.add_level();
                self.open.push(0);
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => self.depth -= self.open.pop().unwrap_or(0),
            TokenKind::Comma => self.reset(),
            TokenKind::Semi | TokenKind::Newline if self.open.is_empty() => self.reset(),
            TokenKind::Comment | TokenKind::NonLogicalNewline => {}
            _ => self.add_level(),
        }
    }

    fn add_level(&mut self) {
        *self.innermost() += 1;
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth + self.blocks);
    }

    fn reset(&mut self) {
        self.depth -= std::mem::take(self.innermost());
    }

    fn innermost(&mut self) -> &mut usize {
        self.open.last_mut().unwrap_or(&mut self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(source: &str) -> usize {
        depth_bound(source, parser::Mode::Module)
    }

    #[test]
    fn counts_what_nests() {
        for source in [
            "(".repeat(100) + "a" + &")".repeat(100),
            "a".to_owned() + &"+a".repeat(100),
            "a".to_owned() + &"()".repeat(100),
            "not ".repeat(100) + "a",
            "f'{".repeat(100) + "a" + &"}'".repeat(100),
            (0..100).map(|n| " ".repeat(n) + "if a:\n").collect(),
        ] {
            assert!(bound(&source) >= 100, "{source}");
        }
    }

    #[test]
    fn does_not_count_what_only_goes_on() {
        for source in [
            "[".to_owned() + &"a + b, ".repeat(10_000) + "]",
            "a = f(b)\n".repeat(10_000),
            "if a:\n  b\n".repeat(10_000),
            "{".to_owned() + &"'k': [1, (2, 3)], ".repeat(10_000) + "}",
        ] {
            assert!(bound(&source) < 20, "{}", bound(&source));
        }
    }
}
