//! What the parser and the compiler let through though it is wrong.

use ruff_text_size::{Ranged, TextRange};
use rustpython_compiler::ast::token::{TokenKind, Tokens};
use rustpython_compiler::ast::visitor::{self, Visitor};
use rustpython_compiler::ast::{self, ExceptHandler, Expr, Pattern, Stmt};
use rustpython_compiler::parser::{ParseError, ParseErrorType};

/// How many levels of indentation there may be; CPython's `MAXINDENT`.
const INDENTATION_LIMIT: usize = 100;

/// The first thing that is wrong with a program that was parsed.
pub(super) fn check(tree: &ast::Mod, tokens: &Tokens) -> Result<(), ParseError> {
    indentation(tokens)?;
    let mut search = Search(None);
    if let ast::Mod::Module(module) = tree {
        search.visit_body(&module.body);
    }
    search.0.map_or(Ok(()), Err)
}

fn error(message: &str, location: TextRange) -> ParseError {
    ParseError {
        error: ParseErrorType::OtherError(message.to_owned()),
        location,
    }
}

fn indentation(tokens: &Tokens) -> Result<(), ParseError> {
    let mut depth = 0;
    for token in tokens.iter() {
        match token.kind() {
            TokenKind::Indent => depth += 1,
            TokenKind::Dedent => depth -= 1,
            _ => {}
        }
        if depth >= INDENTATION_LIMIT {
            return Err(error("too many levels of indentation", token.range()));
        }
    }
    Ok(())
}

struct Search(Option<ParseError>);

impl Search {
    fn complain(&mut self, message: &str, location: TextRange) {
        if self.0.is_none() {
            self.0 = Some(error(message, location));
        }
    }
}

impl<'a> Visitor<'a> for Search {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if let Stmt::Try(stmt) = statement
            && let [handlers @ .., _] = &*stmt.handlers
        {
            for ExceptHandler::ExceptHandler(handler) in handlers {
                if handler.type_.is_none() {
                    self.complain("default 'except:' must be last", handler.range);
                }
            }
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        if let Pattern::MatchAs(alias) = pattern
            && alias.pattern.is_some()
            && let Some(name) = alias.name.as_ref().filter(|name| name.as_str() == "_")
        {
            self.complain("cannot use '_' as a target", name.range());
        }
        visitor::walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, _: &'a Expr) {
        // There are no statements in there.
    }
}
