//! `with` statements whose body never ends normally.

use rustpython_compiler::ast::visitor::transformer::{Transformer, walk_stmt};
use rustpython_compiler::ast::{self, Expr, Stmt, UnaryOp};

/// Makes the end of the body of every `with` statement look reachable.
///
/// If it is not, the compiler takes the handlers in force after the statement from the path on which `__exit__` has suppressed an
/// exception, and those are wrong. So such a body is put under a condition that the compiler does not see through.
pub(super) struct EndWithBodies;

impl Transformer for EndWithBodies {
    fn visit_stmt(&self, stmt: &mut Stmt) {
        walk_stmt(self, stmt);
        if let Stmt::With(with) = stmt
            && !can_end(&with.body)
        {
            hide_end(with);
        }
    }

    fn visit_expr(&self, _: &mut Expr) {
        // There are no statements in there.
    }
}

/// Puts the body under `if not False:`.
fn hide_end(with: &mut ast::StmtWith) {
    let range = with.range;
    let operand = Expr::BooleanLiteral(ast::ExprBooleanLiteral {
        range,
        ..Default::default()
    });
    let test = Expr::UnaryOp(ast::ExprUnaryOp {
        node_index: Default::default(),
        range,
        op: UnaryOp::Not,
        operand: Box::new(operand),
    });
    let condition = Stmt::If(ast::StmtIf {
        node_index: Default::default(),
        range,
        test: Box::new(test),
        body: std::mem::take(&mut with.body),
        elif_else_clauses: Vec::new(),
    });
    with.body.push(condition);
}

fn can_end(body: &[Stmt]) -> bool {
    body.iter().all(stmt_can_end)
}

/// Whether the compiler surely finds a way past a statement that does not lead through the handler of an enclosing `with`.
fn stmt_can_end(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Return(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_) => false,
        Stmt::If(stmt) => {
            let clauses = &stmt.elif_else_clauses;
            let mut bodies =
                std::iter::once(&stmt.body).chain(clauses.iter().map(|clause| &clause.body));
            let tests = std::iter::once(&*stmt.test)
                .chain(clauses.iter().filter_map(|clause| clause.test.as_ref()));
            let has_else = clauses.last().is_some_and(|clause| clause.test.is_none());
            match tests.into_iter().any(may_be_constant) {
                true => bodies.all(|body| can_end(body)),
                false => !has_else || bodies.any(|body| can_end(body)),
            }
        }
        Stmt::While(stmt) => !may_be_constant(&stmt.test) && can_end(&stmt.orelse),
        Stmt::For(stmt) => can_end(&stmt.orelse),
        Stmt::Try(stmt) => {
            let ends_handled = stmt.handlers.iter().any(|handler| {
                let ast::ExceptHandler::ExceptHandler(handler) = handler;
                can_end(&handler.body)
            });
            can_end(&stmt.finalbody)
                && (ends_handled || can_end(&stmt.body) && can_end(&stmt.orelse))
        }
        Stmt::Match(stmt) => stmt.cases.iter().any(|case| can_end(&case.body)),
        // Its body can, now.
        Stmt::With(_) => true,
        _ => true,
    }
}

/// Whether the compiler might decide a condition by itself.
fn may_be_constant(test: &Expr) -> bool {
    test.is_literal_expr() || matches!(test, Expr::Tuple(_))
}
