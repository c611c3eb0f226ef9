//! Source to code object: the parser and compiler, with what has to be done to the syntax tree between them.
//!
//! Some faults of `rustpython-codegen` 0.5 are avoided here, where the statements are still whole; each module below says
//! which.

mod nesting;
mod scope_order;
mod with_bodies;

use std::panic::{AssertUnwindSafe, catch_unwind};

use rustpython_compiler::ast::visitor::transformer::{Transformer, walk_stmt};
use rustpython_compiler::ast::{self, Expr, Stmt};
use rustpython_compiler::codegen::compile::compile_top;
use rustpython_compiler::core::SourceFileBuilder;
use rustpython_compiler::{CompileError, CompileOpts, Mode, parser};
use rustpython_compiler_core::bytecode::CodeObject;

use scope_order::{ComprehensionOrder, ScopeOrder};
use with_bodies::EndWithBodies;

/// Why source could not be compiled.
#[derive(Debug)]
pub enum SourceError {
    /// The source is wrong.
    Invalid(Box<CompileError>),
    /// The source is nested too deeply.
    TooNested,
    /// The compiler has a fault that this source shows.
    CompilerFault,
}

/// How much stack [`compile_source`] needs of its caller. If it needs more itself, it takes a thread's.
pub const COMPILER_STACK: usize = 640 << 10;

/// Source deeper than this is refused. (CPython gives up at some such depth, too.)
const NESTING_LIMIT: usize = 16_000;

/// Compiles source text. Use this and not the compiler's own entry point, which misplaces exception handlers and
/// scopes, overflows the stack, and panics, each on some sources.
///
/// # Errors
/// If the source is not valid Python or too deeply nested, or the compiler fails.
pub fn compile_source(
    source: &str,
    mode: Mode,
    path: &str,
    options: CompileOpts,
) -> Result<CodeObject, SourceError> {
    let depth = nesting::depth_bound(source, parser_mode(mode));
    if depth > NESTING_LIMIT {
        return Err(SourceError::TooNested);
    }
    let compile = || compile_here(source, mode, path, options);
    let stack_size = depth * nesting::STACK_PER_LEVEL;
    if stack_size <= COMPILER_STACK - (128 << 10) {
        return compile();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack_size + COMPILER_STACK);
        let Ok(handle) = thread.spawn_scoped(scope, compile) else {
            return Err(SourceError::TooNested);
        };
        handle.join().unwrap_or(Err(SourceError::CompilerFault))
    })
}

fn compile_here(
    source: &str,
    mode: Mode,
    path: &str,
    options: CompileOpts,
) -> Result<CodeObject, SourceError> {
    let compile = || {
        let file = SourceFileBuilder::new(path, source).finish();
        let parsed = parser::parse(file.source_text(), parser_mode(mode).into())
            .map_err(|error| CompileError::from_ruff_parse_error(error, &file))?;
        let mut tree = parsed.into_syntax();
        prepare(&mut tree);
        compile_top(tree, file, mode, options).map_err(CompileError::from)
    };
    // Nothing outlives the panic that it could have left half done.
    match catch_unwind(AssertUnwindSafe(compile)) {
        Ok(result) => result.map_err(|error| SourceError::Invalid(Box::new(error))),
        Err(_) => Err(SourceError::CompilerFault),
    }
}

fn parser_mode(mode: Mode) -> parser::Mode {
    match mode {
        Mode::Eval => parser::Mode::Expression,
        Mode::Exec | Mode::Single | Mode::BlockExpr => parser::Mode::Module,
    }
}

fn prepare(tree: &mut ast::Mod) {
    match tree {
        ast::Mod::Module(module) => {
            StarHandlers.visit_body(&mut module.body);
            ComprehensionOrder.visit_body(&mut module.body);
            EndWithBodies.visit_body(&mut module.body);
            ScopeOrder::default().prepare(&mut module.body);
        }
        ast::Mod::Expression(expression) => ComprehensionOrder.visit_expr(&mut expression.body),
    }
}

/// Lets `except* A, B:` through. The compiler refuses it as Python did before 3.14, when the tuple begins with its first
/// element.
struct StarHandlers;

impl Transformer for StarHandlers {
    fn visit_stmt(&self, stmt: &mut Stmt) {
        walk_stmt(self, stmt);
        if let Stmt::Try(stmt) = stmt
            && stmt.is_star
        {
            for ast::ExceptHandler::ExceptHandler(handler) in &mut stmt.handlers {
                if let Some(Expr::Tuple(types)) = handler.type_.as_deref_mut() {
                    types.range = handler.range;
                }
            }
        }
    }

    fn visit_expr(&self, _: &mut Expr) {
        // There are no statements in there.
    }
}
