//! `:=` in generator expressions.
//!
//! Its target is a variable of the function around the generator. The compiler knows that only if the function itself uses
//! the variable; if not, such a function gets a mention of it that compiles to nothing.

use std::collections::BTreeSet;

use ruff_text_size::Ranged;
use rustpython_compiler::ast::visitor::transformer::{Transformer, walk_stmt};
use rustpython_compiler::ast::visitor::{self, Visitor};
use rustpython_compiler::ast::{self, Expr, Stmt};

/// Rewrites functions.
pub(super) struct WalrusTargets;

impl Transformer for WalrusTargets {
    fn visit_stmt(&self, stmt: &mut Stmt) {
        walk_stmt(self, stmt);
        if let Stmt::FunctionDef(function) = stmt {
            let mut search = Search::default();
            search.visit_body(&function.body);
            let Search { targets, outer, .. } = search;
            for name in targets.difference(&outer) {
                mention(function, name);
            }
        }
    }

    fn visit_expr(&self, _: &mut Expr) {
        // There are no statements in there.
    }
}

/// Looks for targets that belong to a function, without those of the functions in it.
#[derive(Default)]
struct Search {
    is_in_generator: bool,
    targets: BTreeSet<String>,
    /// Names that are declared to be of elsewhere.
    outer: BTreeSet<String>,
}

impl<'a> Visitor<'a> for Search {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Global(ast::StmtGlobal { names, .. })
            | Stmt::Nonlocal(ast::StmtNonlocal { names, .. }) => {
                self.outer
                    .extend(names.iter().map(|name| name.as_str().to_owned()));
            }
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            other => visitor::walk_stmt(self, other),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        let outer = self.is_in_generator;
        match expression {
            Expr::Lambda(_) => return,
            Expr::Generator(_) => self.is_in_generator = true,
            Expr::Named(named) if outer => {
                if let Expr::Name(name) = &*named.target {
                    self.targets.insert(name.id.to_string());
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expression);
        self.is_in_generator = outer;
    }
}

/// Puts `if False: name = None` at the end.
fn mention(function: &mut ast::StmtFunctionDef, name: &str) {
    let Some(range) = function.body.last().map(Ranged::range) else {
        return;
    };
    let target = Expr::Name(ast::ExprName {
        node_index: Default::default(),
        range,
        id: name.into(),
        ctx: ast::ExprContext::Store,
    });
    let value = Expr::NoneLiteral(ast::ExprNoneLiteral {
        node_index: Default::default(),
        range,
    });
    let test = Expr::BooleanLiteral(ast::ExprBooleanLiteral {
        range,
        ..Default::default()
    });
    let assign = Stmt::Assign(ast::StmtAssign {
        node_index: Default::default(),
        range,
        targets: vec![target],
        value: Box::new(value),
    });
    function.body.push(Stmt::If(ast::StmtIf {
        node_index: Default::default(),
        range,
        test: Box::new(test),
        body: vec![assign],
        elif_else_clauses: Vec::new(),
    }));
}
