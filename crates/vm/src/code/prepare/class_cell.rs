//! `super()` and `__class__` in comprehensions.
//!
//! The compiler runs a comprehension in the frame of the function around it, but does not give that function the cell
//! `__class__` if only the comprehension uses it. Here such a function gets a mention of it that compiles to nothing.

use ruff_text_size::Ranged;
use rustpython_compiler::ast::visitor::transformer::{Transformer, walk_stmt};
use rustpython_compiler::ast::visitor::{self, Visitor};
use rustpython_compiler::ast::{self, Expr, ExprContext, Stmt};

/// Finds classes; what is in them is [`Methods`]' to rewrite.
pub(super) struct ClassCells;

impl Transformer for ClassCells {
    fn visit_stmt(&self, stmt: &mut Stmt) {
        match stmt {
            Stmt::ClassDef(class) => Methods.visit_body(&mut class.body),
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&self, _: &mut Expr) {
        // There are no statements in there.
    }
}

/// Rewrites the functions in a class.
struct Methods;

impl Transformer for Methods {
    fn visit_stmt(&self, stmt: &mut Stmt) {
        walk_stmt(self, stmt);
        if let Stmt::FunctionDef(function) = stmt {
            let mut search = Search::default();
            search.visit_body(&function.body);
            if search.is_found {
                mention_class(function);
            }
        }
    }

    fn visit_expr(&self, _: &mut Expr) {
        // There are no statements in there.
    }
}

/// Looks for comprehensions that name what needs the cell.
#[derive(Default)]
struct Search {
    depth: usize,
    is_found: bool,
}

impl<'a> Visitor<'a> for Search {
    fn visit_expr(&mut self, expr: &'a Expr) {
        let is_comprehension = matches!(
            expr,
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_)
        );
        if let Expr::Name(name) = expr
            && self.depth > 0
            && matches!(name.id.as_str(), "super" | "__class__")
        {
            self.is_found = true;
        }
        self.depth += usize::from(is_comprehension);
        visitor::walk_expr(self, expr);
        self.depth -= usize::from(is_comprehension);
    }
}

/// Puts `if False: __class__` at the end.
fn mention_class(function: &mut ast::StmtFunctionDef) {
    let Some(range) = function.body.last().map(Ranged::range) else {
        return;
    };
    let name = Expr::Name(ast::ExprName {
        node_index: Default::default(),
        range,
        id: "__class__".into(),
        ctx: ExprContext::Load,
    });
    let test = Expr::BooleanLiteral(ast::ExprBooleanLiteral {
        range,
        ..Default::default()
    });
    function.body.push(Stmt::If(ast::StmtIf {
        node_index: Default::default(),
        range,
        test: Box::new(test),
        body: vec![Stmt::Expr(ast::StmtExpr {
            node_index: Default::default(),
            range,
            value: Box::new(name),
        })],
        elif_else_clauses: Vec::new(),
    }));
}
