//! Scopes in the order in which the compiler asks for them.
//!
//! The compiler makes a symbol table first, with the scopes of a block in a list, and later takes them from the list one
//! by one as it comes to each function, class, lambda or comprehension. In some places the two passes go through the tree in
//! different orders, and the second takes the wrong scope. Here such places are rewritten so that both orders are the same:
//!
//! - At a `return`, `break` or `continue` that leaves a `try`, the `finally` body is compiled once more, and takes scopes where
//!   the symbol table has those of what comes next. So a statement is put there that has the same scopes and compiles
//!   to nothing: a `raise` without an exception but with a cause, which the compiler drops, and which is unreachable besides.
//! - The symbol table has the decorators of a class after the class, and the targets of an assignment before its value. Where
//!   both have scopes, what is evaluated first is assigned to a temporary variable.
//! - It has the element of a comprehension before its conditions and inner iterables. Where both have scopes, `[e for … if c]`
//!   becomes `[x for … if c for x in (e,)]`.

use rustpython_compiler::ast::visitor::transformer::{self, Transformer};
use rustpython_compiler::ast::visitor::{self, Visitor};
use rustpython_compiler::ast::{self, Comprehension, Expr, ExprContext, Stmt};

/// Rewrites statements.
#[derive(Default)]
pub(super) struct ScopeOrder {
    around: Vec<Around>,
}

enum Around {
    Loop,
    /// The scopes of a `finally` body, as the expressions that make them.
    Finally(Vec<Expr>),
}

impl ScopeOrder {
    pub(super) fn prepare(&mut self, body: &mut Vec<Stmt>) {
        for mut stmt in std::mem::take(body) {
            let scopes = self.prepare_stmt(&mut stmt);
            let mut temporaries = Temporaries::default();
            match &mut stmt {
                Stmt::ClassDef(class) => temporaries.take_decorators(class),
                Stmt::Assign(assign) => temporaries.take_value(assign),
                _ => {}
            }
            let (before, after) = temporaries.finish();
            body.extend(before);
            body.push(stmt);
            body.extend(after);
            if !scopes.is_empty() {
                body.push(unreachable_scopes(scopes));
            }
        }
    }

    /// The scopes of all `finally` bodies that the statement leaves through.
    fn prepare_stmt(&mut self, stmt: &mut Stmt) -> Vec<Expr> {
        match stmt {
            Stmt::Return(_) => return self.scopes(false),
            Stmt::Break(_) | Stmt::Continue(_) => return self.scopes(true),
            Stmt::FunctionDef(stmt) => Self::default().prepare(&mut stmt.body),
            Stmt::ClassDef(stmt) => Self::default().prepare(&mut stmt.body),
            Stmt::For(stmt) => self.prepare_loop(&mut stmt.body, &mut stmt.orelse),
            Stmt::While(stmt) => self.prepare_loop(&mut stmt.body, &mut stmt.orelse),
            Stmt::Try(stmt) => self.prepare_try(stmt),
            Stmt::With(stmt) => self.prepare(&mut stmt.body),
            Stmt::If(stmt) => {
                self.prepare(&mut stmt.body);
                for clause in &mut stmt.elif_else_clauses {
                    self.prepare(&mut clause.body);
                }
            }
            Stmt::Match(stmt) => {
                for case in &mut stmt.cases {
                    self.prepare(&mut case.body);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn prepare_loop(&mut self, body: &mut Vec<Stmt>, orelse: &mut Vec<Stmt>) {
        self.around.push(Around::Loop);
        self.prepare(body);
        self.around.pop();
        self.prepare(orelse);
    }

    fn prepare_try(&mut self, stmt: &mut ast::StmtTry) {
        self.prepare(&mut stmt.finalbody);
        let mut scopes = Scopes::default();
        scopes.visit_body(&stmt.finalbody);
        self.around.push(Around::Finally(scopes.expressions));
        self.prepare(&mut stmt.body);
        for ast::ExceptHandler::ExceptHandler(handler) in &mut stmt.handlers {
            self.prepare(&mut handler.body);
        }
        self.prepare(&mut stmt.orelse);
        self.around.pop();
    }

    /// The innermost first, which is the order in which they run.
    fn scopes(&self, in_loop: bool) -> Vec<Expr> {
        let left = self.around.iter().rev().map_while(|around| match around {
            Around::Loop => (!in_loop).then_some(&[][..]),
            Around::Finally(scopes) => Some(scopes),
        });
        left.flatten().cloned().collect()
    }
}

/// Collects the outermost expressions that make scopes.
///
/// Functions and classes make scopes too, but no expression can stand in for those; a `finally` body that defines one and
/// is left early is beyond help.
#[derive(Default)]
struct Scopes {
    expressions: Vec<Expr>,
}

impl<'a> Visitor<'a> for Scopes {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_) => self.expressions.push(expr.clone()),
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {
        // Annotations have a list of scopes of their own.
    }
}

/// `raise from (…)`.
fn unreachable_scopes(scopes: Vec<Expr>) -> Stmt {
    Stmt::Raise(ast::StmtRaise {
        node_index: Default::default(),
        range: Default::default(),
        exc: None,
        cause: Some(Box::new(tuple(scopes))),
    })
}

/// Temporary variables, whose names no program can use, and which are gone after the statement.
#[derive(Default)]
struct Temporaries {
    before: Vec<Stmt>,
    after: Vec<Stmt>,
}

impl Temporaries {
    fn take_decorators(&mut self, class: &mut ast::StmtClassDef) {
        if class
            .decorator_list
            .iter()
            .any(|d| has_scopes(&d.expression))
        {
            for decorator in &mut class.decorator_list {
                self.take(&mut decorator.expression);
            }
        }
    }

    fn take_value(&mut self, assign: &mut ast::StmtAssign) {
        if assign.targets.iter().any(has_scopes) && has_scopes(&assign.value) {
            self.take(&mut assign.value);
        }
    }

    /// Replaces an expression by a variable with its value.
    fn take(&mut self, expr: &mut Expr) {
        let id = format!(".{}", self.before.len());
        let value = std::mem::replace(expr, name(&id, ExprContext::Load));
        self.before.push(Stmt::Assign(ast::StmtAssign {
            node_index: Default::default(),
            range: Default::default(),
            targets: vec![name(&id, ExprContext::Store)],
            value: Box::new(value),
        }));
        self.after.push(Stmt::Delete(ast::StmtDelete {
            node_index: Default::default(),
            range: Default::default(),
            targets: vec![name(&id, ExprContext::Del)],
        }));
    }

    fn finish(self) -> (Vec<Stmt>, Vec<Stmt>) {
        (self.before, self.after)
    }
}

/// Rewrites comprehensions.
pub(super) struct ComprehensionOrder;

impl Transformer for ComprehensionOrder {
    fn visit_expr(&self, expr: &mut Expr) {
        transformer::walk_expr(self, expr);
        match expr {
            Expr::ListComp(comp) => move_elements(&mut comp.generators, [&mut comp.elt]),
            Expr::SetComp(comp) => move_elements(&mut comp.generators, [&mut comp.elt]),
            Expr::Generator(comp) => move_elements(&mut comp.generators, [&mut comp.elt]),
            Expr::DictComp(comp) => {
                move_elements(&mut comp.generators, [&mut comp.key, &mut comp.value]);
            }
            _ => {}
        }
    }
}

/// Makes elements the last iterables of a comprehension, if the order of scopes demands it.
fn move_elements<const N: usize>(
    generators: &mut Vec<Comprehension>,
    elements: [&mut Box<Expr>; N],
) {
    let rest_has_scopes = generators.iter().enumerate().any(|(nth, generator)| {
        generator.ifs.iter().any(has_scopes) || nth > 0 && has_scopes(&generator.iter)
    });
    // An assignment expression may not stand in an iterable.
    let movable = elements.iter().any(|element| has_scopes(element))
        && !elements.iter().any(|element| has_assignment(element));
    if !rest_has_scopes || !movable {
        return;
    }
    for (nth, element) in elements.into_iter().enumerate() {
        let id = format!(".{nth}e");
        let value = std::mem::replace(&mut **element, name(&id, ExprContext::Load));
        generators.push(Comprehension {
            range: Default::default(),
            node_index: Default::default(),
            target: name(&id, ExprContext::Store),
            iter: tuple(vec![value]),
            ifs: Vec::new(),
            is_async: false,
        });
    }
}

fn has_scopes(expr: &Expr) -> bool {
    let mut scopes = Scopes::default();
    scopes.visit_expr(expr);
    !scopes.expressions.is_empty()
}

fn has_assignment(expr: &Expr) -> bool {
    #[derive(Default)]
    struct Assignments {
        found: bool,
    }
    impl<'a> Visitor<'a> for Assignments {
        fn visit_expr(&mut self, expr: &'a Expr) {
            self.found |= matches!(expr, Expr::Named(_));
            visitor::walk_expr(self, expr);
        }
    }
    let mut assignments = Assignments::default();
    assignments.visit_expr(expr);
    assignments.found
}

fn name(id: &str, ctx: ExprContext) -> Expr {
    Expr::Name(ast::ExprName {
        node_index: Default::default(),
        range: Default::default(),
        id: ast::name::Name::new(id),
        ctx,
    })
}

fn tuple(elts: Vec<Expr>) -> Expr {
    Expr::Tuple(ast::ExprTuple {
        node_index: Default::default(),
        range: Default::default(),
        elts,
        ctx: ExprContext::Load,
        parenthesized: true,
    })
}
