//! `**rest` in mapping patterns inside other patterns.
//!
//! The compiler loses count of what lies on the stack there. So such a mapping is bound to a name of its own, and the rest
//! is made of it before the guard: `case [{"k": a, **rest}]` becomes
//! `case [{"k": a} as .m] if [rest := {**.m}, rest.pop("k"), .m := None]`.
//!
//! In one alternative of several that does not work, since all of them must bind the same names.

use ruff_text_size::{Ranged, TextRange};
use rustpython_compiler::ast::visitor::transformer::{Transformer, walk_stmt};
use rustpython_compiler::ast::{self, BoolOp, Expr, ExprContext, Identifier, Pattern, Stmt};

/// Rewrites `match` statements.
pub(super) struct NestedRest;

impl Transformer for NestedRest {
    fn visit_stmt(&self, stmt: &mut Stmt) {
        walk_stmt(self, stmt);
        if let Stmt::Match(stmt) = stmt {
            stmt.cases.iter_mut().for_each(rewrite);
        }
    }

    fn visit_expr(&self, _: &mut Expr) {
        // There are no statements in there.
    }
}

fn rewrite(case: &mut ast::MatchCase) {
    let mut steps = Vec::new();
    match &mut case.pattern {
        // At the top the compiler has it right.
        Pattern::MatchMapping(mapping) => mapping
            .patterns
            .iter_mut()
            .for_each(|p| take(p, &mut steps)),
        pattern => parts(pattern, &mut steps),
    }
    if steps.is_empty() {
        return;
    }
    let range = case.pattern.range();
    let made = Expr::List(ast::ExprList {
        node_index: Default::default(),
        range,
        elts: steps,
        ctx: ExprContext::Load,
    });
    case.guard = Some(Box::new(match case.guard.take() {
        None => made,
        Some(guard) => Expr::BoolOp(ast::ExprBoolOp {
            node_index: Default::default(),
            range,
            op: BoolOp::And,
            values: vec![made, *guard],
        }),
    }));
}

/// Takes the rests out of a pattern inside another.
fn take(pattern: &mut Pattern, steps: &mut Vec<Expr>) {
    parts(pattern, steps);
    let Pattern::MatchMapping(mapping) = pattern else {
        return;
    };
    let Some(rest) = mapping.rest.take() else {
        return;
    };
    let range = mapping.range;
    let whole = Identifier::new(format!(".m{}", steps.len()), range);
    steps.push(assign(&rest, copy_of(&whole, range), range));
    for key in &mapping.keys {
        steps.push(pop(&rest, key.clone(), range));
    }
    let none = Expr::NoneLiteral(ast::ExprNoneLiteral {
        node_index: Default::default(),
        range,
    });
    steps.push(assign(&whole, none, range));
    let inner = std::mem::replace(
        pattern,
        Pattern::MatchStar(ast::PatternMatchStar {
            node_index: Default::default(),
            range,
            name: None,
        }),
    );
    *pattern = Pattern::MatchAs(ast::PatternMatchAs {
        node_index: Default::default(),
        range,
        pattern: Some(Box::new(inner)),
        name: Some(whole),
    });
}

fn parts(pattern: &mut Pattern, steps: &mut Vec<Expr>) {
    match pattern {
        Pattern::MatchSequence(sequence) => {
            sequence.patterns.iter_mut().for_each(|p| take(p, steps))
        }
        Pattern::MatchMapping(mapping) => mapping.patterns.iter_mut().for_each(|p| take(p, steps)),
        Pattern::MatchClass(class) => {
            class
                .arguments
                .patterns
                .iter_mut()
                .for_each(|p| take(p, steps));
            for keyword in &mut class.arguments.keywords {
                take(&mut keyword.pattern, steps);
            }
        }
        Pattern::MatchAs(alias) => {
            if let Some(pattern) = &mut alias.pattern {
                take(pattern, steps);
            }
        }
        Pattern::MatchOr(_)
        | Pattern::MatchValue(_)
        | Pattern::MatchSingleton(_)
        | Pattern::MatchStar(_) => {}
    }
}

fn name(id: &Identifier, ctx: ExprContext, range: TextRange) -> Expr {
    Expr::Name(ast::ExprName {
        node_index: Default::default(),
        range,
        id: id.id.clone(),
        ctx,
    })
}

/// `target := value`
fn assign(target: &Identifier, value: Expr, range: TextRange) -> Expr {
    Expr::Named(ast::ExprNamed {
        node_index: Default::default(),
        range,
        target: Box::new(name(target, ExprContext::Store, range)),
        value: Box::new(value),
    })
}

/// `{**mapping}`
fn copy_of(mapping: &Identifier, range: TextRange) -> Expr {
    Expr::Dict(ast::ExprDict {
        node_index: Default::default(),
        range,
        items: vec![ast::DictItem {
            key: None,
            value: name(mapping, ExprContext::Load, range),
        }],
    })
}

/// `rest.pop(key)`
fn pop(rest: &Identifier, key: Expr, range: TextRange) -> Expr {
    Expr::Call(ast::ExprCall {
        node_index: Default::default(),
        range,
        func: Box::new(Expr::Attribute(ast::ExprAttribute {
            node_index: Default::default(),
            range,
            value: Box::new(name(rest, ExprContext::Load, range)),
            attr: Identifier::new("pop", range),
            ctx: ExprContext::Load,
        })),
        arguments: ast::Arguments {
            node_index: Default::default(),
            range,
            args: Box::new([key]),
            keywords: Box::default(),
        },
    })
}
