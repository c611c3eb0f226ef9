//! What source says that is valid and still hardly meant: CPython's `SyntaxWarning`s.

use ruff_text_size::{Ranged, TextRange, TextSize};
use rustpython_compiler::ast::token::{TokenKind, Tokens};
use rustpython_compiler::ast::visitor::{self, Visitor};
use rustpython_compiler::ast::{self, CmpOp, Expr, ExprContext, Number, Stmt};

/// A warning about a part of the source.
#[derive(Debug)]
pub struct SourceWarning {
    /// What the warning says.
    pub message: String,
    /// What it says as an error, if that is something else.
    pub as_error: Option<String>,
    /// The part of the source.
    pub range: TextRange,
    stage: Stage,
}

/// When CPython notices something, which is the order of the warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Parser,
    ControlFlow,
    Compiler,
}

/// The warnings for a module, in the order in which they are given.
pub(super) fn warnings(tree: &ast::Mod, tokens: &Tokens, source: &str) -> Vec<SourceWarning> {
    let mut search = Search {
        source,
        has_escapes: source.contains('\\'),
        leaves: Leaves::Nothing,
        found: Vec::new(),
    };
    search.numbers(tokens);
    match tree {
        ast::Mod::Module(module) => search.visit_body(&module.body),
        ast::Mod::Expression(expression) => search.visit_expr(&expression.body),
    }
    search.found.sort_by_key(|warning| warning.stage);
    search.found
}

/// What a `return`, `break` or `continue` would leave first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaves {
    Nothing,
    Loop,
    Finally,
}

struct Search<'s> {
    source: &'s str,
    has_escapes: bool,
    leaves: Leaves,
    found: Vec<SourceWarning>,
}

impl Search<'_> {
    fn warn(&mut self, stage: Stage, range: TextRange, message: String) {
        self.found.push(SourceWarning {
            message,
            as_error: None,
            range,
            stage,
        });
    }

    /// Numbers with a keyword right behind them.
    fn numbers(&mut self, tokens: &Tokens) {
        let mut number: Option<(TokenKind, TextRange)> = None;
        for token in tokens.iter() {
            if let Some((kind, range)) = number
                && token.kind().is_keyword()
                && token.start() == range.end()
            {
                let last = TextRange::new(range.end() - TextSize::new(1), range.end());
                let what = self.kind_of_number(kind, range);
                self.warn(Stage::Parser, last, format!("invalid {what} literal"));
            }
            let is_number = matches!(
                token.kind(),
                TokenKind::Int | TokenKind::Float | TokenKind::Complex
            );
            number = is_number.then(|| (token.kind(), token.range()));
        }
    }

    fn kind_of_number(&self, kind: TokenKind, range: TextRange) -> &'static str {
        let text = self.text(range);
        match (kind, text.get(1..2).map(str::to_ascii_lowercase).as_deref()) {
            (TokenKind::Complex, _) => "imaginary",
            (TokenKind::Int, Some("x")) => "hexadecimal",
            (TokenKind::Int, Some("o")) => "octal",
            (TokenKind::Int, Some("b")) => "binary",
            _ => "decimal",
        }
    }

    fn text(&self, range: TextRange) -> &str {
        let range = range.start().to_usize()..range.end().to_usize();
        self.source.get(range).unwrap_or_default()
    }

    /// A string token: the first escape in it that means nothing.
    fn string(&mut self, range: TextRange, is_bytes: bool) {
        if self.has_escapes && !is_raw(self.text(range)) {
            self.escapes(range, is_bytes);
        }
    }

    fn escapes(&mut self, range: TextRange, is_bytes: bool) {
        let mut at = range.start().to_usize();
        let end = range.end().to_usize();
        while let Some(offset) = self.source.get(at..end).and_then(|text| text.find('\\')) {
            let start = at + offset;
            let rest = &self.source[start + 1..];
            let Some(next) = rest.chars().next() else {
                return;
            };
            at = start + 1 + next.len_utf8();
            let digits = rest
                .bytes()
                .take(3)
                .take_while(|byte| (b'0'..=b'7').contains(byte));
            let (what, length) = match next {
                '4'..='7' if digits.clone().count() == 3 => ("octal escape", 3),
                '0'..='7' | '\n' | '\r' | '\\' | '\'' | '"' => continue,
                'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | 'x' => continue,
                'N' | 'u' | 'U' if !is_bytes => continue,
                other => ("escape", other.len_utf8()),
            };
            return self.invalid_escape(start, what, length);
        }
    }

    fn invalid_escape(&mut self, start: usize, what: &str, length: usize) {
        let escape = &self.source[start..start + 1 + length];
        let problem = format!("\"{escape}\" is an invalid {what} sequence.");
        let advice = format!("Did you mean \"\\{escape}\"? A raw string is also an option.");
        let places = u32::try_from(start).ok().zip(u32::try_from(length).ok());
        let Some((start, length)) = places else {
            return;
        };
        let start = TextSize::new(start);
        self.found.push(SourceWarning {
            message: format!("{problem} Such sequences will not work in the future. {advice}"),
            as_error: Some(format!("{problem} {advice}")),
            range: TextRange::new(start, start + TextSize::new(1 + length)),
            stage: Stage::Parser,
        });
    }

    fn interpolated(&mut self, elements: &ast::InterpolatedStringElements, is_raw: bool) {
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(literal) => {
                    if self.has_escapes && !is_raw {
                        self.escapes(literal.range, false);
                    }
                }
                ast::InterpolatedStringElement::Interpolation(field) => {
                    if let Some(format) = &field.format_spec {
                        self.interpolated(&format.elements, is_raw);
                    }
                }
            }
        }
    }

    fn strings(&mut self, expression: &Expr) {
        match expression {
            Expr::StringLiteral(string) => {
                string
                    .value
                    .iter()
                    .for_each(|part| self.string(part.range, false));
            }
            Expr::BytesLiteral(bytes) => {
                bytes
                    .value
                    .iter()
                    .for_each(|part| self.string(part.range, true));
            }
            Expr::FString(string) => {
                for part in &string.value {
                    match part {
                        ast::FStringPart::Literal(part) => self.string(part.range, false),
                        ast::FStringPart::FString(part) => {
                            let is_raw = is_raw(self.text(part.range));
                            self.interpolated(&part.elements, is_raw);
                        }
                    }
                }
            }
            Expr::TString(string) => {
                for part in &string.value {
                    let is_raw = is_raw(self.text(part.range));
                    self.interpolated(&part.elements, is_raw);
                }
            }
            _ => {}
        }
    }

    fn compare(&mut self, compare: &ast::ExprCompare) {
        let mut left = &*compare.left;
        for (op, right) in compare.ops.iter().zip(&compare.comparators) {
            let name = literal_name(left).or_else(|| literal_name(right));
            let advice = match op {
                CmpOp::Is => Some(("is", "==")),
                CmpOp::IsNot => Some(("is not", "!=")),
                _ => None,
            };
            if let (Some(name), Some((op, better))) = (name, advice) {
                let message = format!("\"{op}\" with '{name}' literal. Did you mean \"{better}\"?");
                return self.warn(Stage::Compiler, compare.range, message);
            }
            left = right;
        }
    }

    fn call(&mut self, function: &Expr) {
        if let Some(name) = type_name(function).filter(|&name| name != "function") {
            let message = format!("'{name}' object is not callable; perhaps you missed a comma?");
            self.warn(Stage::Compiler, function.range(), message);
        }
    }

    fn subscript(&mut self, subscript: &ast::ExprSubscript) {
        let Some(name) = type_name(&subscript.value) else {
            return;
        };
        let message = match name {
            "dict" => return,
            "str" | "bytes" | "tuple" | "list" => match type_name(&subscript.slice) {
                None | Some("int" | "bool") => return,
                Some(index) => format!(
                    "{name} indices must be integers or slices, not {index}; \
                     perhaps you missed a comma?"
                ),
            },
            _ => format!("'{name}' object is not subscriptable; perhaps you missed a comma?"),
        };
        self.warn(Stage::Compiler, subscript.value.range(), message);
    }

    /// Visits what leaving would leave this first.
    fn within(&mut self, leaves: Leaves, body: &[Stmt]) {
        let before = std::mem::replace(&mut self.leaves, leaves);
        body.iter().for_each(|statement| self.visit_stmt(statement));
        self.leaves = before;
    }

    fn leaving(&mut self, statement: &Stmt, what: &str) {
        if self.leaves == Leaves::Finally {
            let message = format!("'{what}' in a 'finally' block");
            self.warn(Stage::ControlFlow, statement.range(), message);
        }
    }
}

impl<'a> Visitor<'a> for Search<'_> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Return(_) => self.leaving(statement, "return"),
            Stmt::Break(_) => return self.leaving(statement, "break"),
            Stmt::Continue(_) => return self.leaving(statement, "continue"),
            Stmt::Assert(assert) => {
                if matches!(&*assert.test, Expr::Tuple(tuple) if !tuple.elts.is_empty()) {
                    let message = "assertion is always true, perhaps remove parentheses?";
                    self.warn(Stage::Compiler, statement.range(), message.to_owned());
                }
            }
            Stmt::FunctionDef(_) => {
                let before = std::mem::replace(&mut self.leaves, Leaves::Nothing);
                visitor::walk_stmt(self, statement);
                self.leaves = before;
                return;
            }
            Stmt::For(stmt) => {
                self.visit_expr(&stmt.iter);
                self.visit_expr(&stmt.target);
                self.within(Leaves::Loop, &stmt.body);
                return self.visit_body(&stmt.orelse);
            }
            Stmt::While(stmt) => {
                self.visit_expr(&stmt.test);
                self.within(Leaves::Loop, &stmt.body);
                return self.visit_body(&stmt.orelse);
            }
            Stmt::Try(stmt) => {
                self.visit_body(&stmt.body);
                stmt.handlers
                    .iter()
                    .for_each(|handler| self.visit_except_handler(handler));
                self.visit_body(&stmt.orelse);
                return self.within(Leaves::Finally, &stmt.finalbody);
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Compare(compare) => self.compare(compare),
            Expr::Call(call) => self.call(&call.func),
            Expr::Subscript(subscript) if subscript.ctx == ExprContext::Load => {
                self.subscript(subscript);
            }
            other => self.strings(other),
        }
        visitor::walk_expr(self, expression);
    }
}

fn is_raw(token: &str) -> bool {
    let quote = token.find(['\'', '"']).unwrap_or(0);
    token[..quote].contains(['r', 'R'])
}

/// The type of what is a constant other than `None`, `True`, `False` and `...`.
fn literal_name(expression: &Expr) -> Option<&'static str> {
    match expression {
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_constant).then_some("tuple"),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) | Expr::BytesLiteral(_) => {
            type_name(expression)
        }
        _ => None,
    }
}

fn is_constant(expression: &Expr) -> bool {
    match expression {
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_constant),
        other => other.is_literal_expr(),
    }
}

/// The type of what an expression makes, if that can be seen.
fn type_name(expression: &Expr) -> Option<&'static str> {
    Some(match expression {
        Expr::NoneLiteral(_) => "NoneType",
        Expr::BooleanLiteral(_) => "bool",
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::NumberLiteral(number) => match number.value {
            Number::Int(_) => "int",
            Number::Float(_) => "float",
            Number::Complex { .. } => "complex",
        },
        Expr::StringLiteral(_) | Expr::FString(_) => "str",
        Expr::BytesLiteral(_) => "bytes",
        Expr::TString(_) => "string.templatelib.Template",
        Expr::Tuple(_) => "tuple",
        Expr::List(_) | Expr::ListComp(_) => "list",
        Expr::Dict(_) | Expr::DictComp(_) => "dict",
        Expr::Set(_) | Expr::SetComp(_) => "set",
        Expr::Generator(_) => "generator",
        Expr::Lambda(_) => "function",
        _ => return None,
    })
}
