//! Keys of mapping patterns with a sign, or with two parts.

use rustpython_compiler::ast::visitor::transformer::{Transformer, walk_pattern, walk_stmt};
use rustpython_compiler::ast::{self, Expr, Int, Number, Operator, Pattern, Stmt, UnaryOp};

/// Makes `-1` and `1 - 2j` literals where they are keys of mapping patterns. The compiler takes only literals there, and
/// the parser leaves them as operations.
pub(super) struct FoldMappingKeys;

impl Transformer for FoldMappingKeys {
    fn visit_stmt(&self, stmt: &mut Stmt) {
        walk_stmt(self, stmt);
    }

    fn visit_pattern(&self, pattern: &mut Pattern) {
        walk_pattern(self, pattern);
        if let Pattern::MatchMapping(mapping) = pattern {
            mapping.keys.iter_mut().for_each(fold);
        }
    }

    fn visit_expr(&self, _: &mut Expr) {
        // There are no patterns in there.
    }
}

fn fold(key: &mut Expr) {
    let (value, range) = match &*key {
        Expr::UnaryOp(operation) => (signed(key), operation.range),
        Expr::BinOp(operation) => (complex(operation), operation.range),
        _ => return,
    };
    if let Some(value) = value {
        *key = Expr::NumberLiteral(ast::ExprNumberLiteral {
            node_index: Default::default(),
            range,
            value,
        });
    }
}

/// A number with or without a minus sign.
fn signed(expression: &Expr) -> Option<Number> {
    match expression {
        Expr::NumberLiteral(literal) => Some(literal.value.clone()),
        Expr::UnaryOp(ast::ExprUnaryOp {
            op: UnaryOp::USub,
            operand,
            ..
        }) => match operand.as_ref() {
            Expr::NumberLiteral(literal) => negated(&literal.value),
            _ => None,
        },
        _ => None,
    }
}

fn negated(number: &Number) -> Option<Number> {
    Some(match number {
        Number::Int(int) => Number::Int(negated_int(int)?),
        Number::Float(value) => Number::Float(-value),
        Number::Complex { real, imag } => Number::Complex {
            real: -real,
            imag: -imag,
        },
    })
}

/// A negative integer. Those are made only of text that stands for a number too long for 64 bits; the compiler reads the text.
fn negated_int(int: &Int) -> Option<Int> {
    const TOO_LONG: &str = "100000000000000000000";
    let text = format!("-{int}");
    Int::from_str_radix(TOO_LONG, 10, &text).ok()
}

/// `a + bj` or `a - bj`.
fn complex(operation: &ast::ExprBinOp) -> Option<Number> {
    let real = match signed(&operation.left)? {
        Number::Int(int) => int.to_string().parse().ok()?,
        Number::Float(value) => value,
        Number::Complex { .. } => return None,
    };
    let Some(Number::Complex { imag, .. }) = signed(&operation.right) else {
        return None;
    };
    match operation.op {
        Operator::Add => Some(Number::Complex { real, imag }),
        Operator::Sub => Some(Number::Complex { real, imag: -imag }),
        _ => None,
    }
}
