//! Source to code object: the parser and compiler, with what has to be done to the syntax tree between them.
//!
//! Some faults of `rustpython-codegen` 0.5 are avoided here, where the statements are still whole; each module below says
//! which.

mod class_cell;
mod limits;
mod mapping_keys;
mod nested_rest;
mod nesting;
mod places;
mod scope_order;
mod syntax_warnings;
mod template_text;
mod walrus_targets;
mod with_bodies;

use std::panic::{AssertUnwindSafe, catch_unwind};

use ruff_text_size::TextRange;
use rustpython_compiler::ast::token::{Token, TokenKind};
use rustpython_compiler::ast::visitor::transformer::{Transformer, walk_stmt};
use rustpython_compiler::ast::{self, Expr, Stmt};
use rustpython_compiler::codegen::compile;
use rustpython_compiler::core::{SourceFile, SourceFileBuilder};
use rustpython_compiler::{CompileError, CompileOpts, Mode, parser};
use rustpython_compiler_core::bytecode::CodeObject;

use class_cell::ClassCells;
use mapping_keys::FoldMappingKeys;
use nested_rest::NestedRest;
use scope_order::{ComprehensionOrder, ScopeOrder};
pub use syntax_warnings::SourceWarning;
use template_text::TemplateText;
use walrus_targets::WalrusTargets;
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

/// What came of source text.
#[derive(Debug)]
pub struct Compiled {
    /// The code.
    pub code: CodeObject,
    /// What is to be warned of.
    pub warnings: Vec<SourceWarning>,
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
) -> Result<Compiled, SourceError> {
    let stack_size = stack_for(source, parser_mode(mode))?;
    on_stack(stack_size, || compile_here(source, mode, path, options))
        .unwrap_or(Err(SourceError::TooNested))
}

/// A syntax tree. One that is nested deeply is freed on a stack that is large enough.
#[derive(Debug)]
pub struct Tree {
    root: Option<ast::Mod>,
    stack_size: usize,
}

impl Tree {
    /// A tree of this many levels that was not made by the parser.
    pub fn new(root: ast::Mod, depth: usize) -> Self {
        Self {
            root: Some(root),
            stack_size: depth * nesting::STACK_PER_LEVEL,
        }
    }

    /// The whole program.
    ///
    /// # Panics
    /// Never: the tree is there until it is dropped.
    pub fn root(&self) -> &ast::Mod {
        self.root.as_ref().expect("taken only by drop")
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        let root = &mut self.root;
        if on_stack(self.stack_size, || drop(root.take())).is_none() {
            // Better lost than freed on a stack that may be too small.
            let _lost = std::mem::ManuallyDrop::new(self.root.take());
        }
    }
}

/// The syntax tree of source text, as the source has it: nothing is changed for the compiler.
///
/// # Errors
/// If the source is not valid Python or too deeply nested.
pub fn parse_source(source: &str, mode: Mode, path: &str) -> Result<Tree, SourceError> {
    let stack_size = stack_for(source, parser_mode(mode))?;
    let parse = || {
        let file = SourceFileBuilder::new(path, source).finish();
        let parsed = catch_unwind(|| parser::parse(source, parser_mode(mode).into()));
        match parsed {
            Ok(Ok(parsed)) => Ok(parsed.into_syntax()),
            Ok(Err(error)) => Err(SourceError::Invalid(Box::new(
                CompileError::from_ruff_parse_error(error, &file),
            ))),
            Err(_) => Err(SourceError::CompilerFault),
        }
    };
    let root = on_stack(stack_size, parse).unwrap_or(Err(SourceError::TooNested))?;
    Ok(Tree {
        root: Some(root),
        stack_size,
    })
}

/// How much stack work on this source needs.
fn stack_for(source: &str, mode: parser::Mode) -> Result<usize, SourceError> {
    let depth = nesting::depth_bound(source, mode);
    if depth > NESTING_LIMIT {
        return Err(SourceError::TooNested);
    }
    Ok(depth * nesting::STACK_PER_LEVEL)
}

/// Does some work here, or in a thread if it needs more stack than every caller has. None if there can be no thread, or if
/// the work panicked in it.
fn on_stack<R: Send>(stack_size: usize, work: impl FnOnce() -> R + Send) -> Option<R> {
    if stack_size <= COMPILER_STACK - (128 << 10) {
        return Some(work());
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack_size + COMPILER_STACK);
        thread.spawn_scoped(scope, work).ok()?.join().ok()
    })
}

fn compile_here(
    source: &str,
    mode: Mode,
    path: &str,
    options: CompileOpts,
) -> Result<Compiled, SourceError> {
    without_panics(|| {
        let file = SourceFileBuilder::new(path, source).finish();
        let invalid = |error| CompileError::from_ruff_parse_error(error, &file);
        let parsed = parser::parse(source, parser_mode(mode).into()).map_err(invalid)?;
        limits::check(parsed.syntax(), parsed.tokens()).map_err(invalid)?;
        let warnings = syntax_warnings::warnings(parsed.syntax(), parsed.tokens(), source);
        let is_template = |token: &Token| token.kind() == TokenKind::TStringStart;
        let has_templates = parsed.tokens().iter().any(is_template);
        let mut tree = parsed.into_syntax();
        if has_templates {
            visit_all(&TemplateText(source), &mut tree);
        }
        prepare(&mut tree);
        let code = generate(&tree, file.clone(), mode, options)?;
        Ok(Compiled { code, warnings })
    })
}

fn visit_all(transformer: &impl Transformer, tree: &mut ast::Mod) {
    match tree {
        ast::Mod::Module(module) => transformer.visit_body(&mut module.body),
        ast::Mod::Expression(expression) => transformer.visit_expr(&mut expression.body),
    }
}

/// Compiles a syntax tree; `source` is the text that its offsets are in.
///
/// # Errors
/// If the tree is not that of a valid program or too deep, or the compiler fails.
pub fn compile_tree(
    mut tree: Tree,
    source: &str,
    mode: Mode,
    path: &str,
    options: CompileOpts,
) -> Result<CodeObject, SourceError> {
    let stack_size = tree.stack_size;
    if stack_size > NESTING_LIMIT * nesting::STACK_PER_LEVEL {
        return Err(SourceError::TooNested);
    }
    let root = &mut tree.root;
    let compile = || {
        let Some(mut root) = root.take() else {
            return Err(SourceError::CompilerFault);
        };
        without_panics(|| {
            let file = SourceFileBuilder::new(path, source).finish();
            prepare(&mut root);
            generate(&root, file, mode, options)
        })
    };
    on_stack(stack_size, compile).unwrap_or(Err(SourceError::TooNested))
}

/// The code for a prepared tree.
fn generate(
    tree: &ast::Mod,
    file: SourceFile,
    mode: Mode,
    options: CompileOpts,
) -> Result<CodeObject, CompileError> {
    // The repair of places needs all of them.
    let with_columns = CompileOpts {
        debug_ranges: true,
        ..options
    };
    let source = file.clone();
    let code = match (tree, mode) {
        (ast::Mod::Module(module), Mode::Exec | Mode::Eval) => {
            compile::compile_program(module, file, with_columns)
        }
        (ast::Mod::Module(module), Mode::Single) => {
            compile::compile_program_single(module, file, with_columns)
        }
        (ast::Mod::Module(module), Mode::BlockExpr) => {
            compile::compile_block_expression(module, file, with_columns)
        }
        (ast::Mod::Expression(expression), _) => {
            compile::compile_expression(expression, file, with_columns)
        }
    }?;
    Ok(places::repaired(code, tree, &source, options.debug_ranges))
}

/// Runs a part of the compiler, which panics on some sources.
fn without_panics<R>(compile: impl FnOnce() -> Result<R, CompileError>) -> Result<R, SourceError> {
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
            NestedRest.visit_body(&mut module.body);
            FoldMappingKeys.visit_body(&mut module.body);
            ClassCells.visit_body(&mut module.body);
            WalrusTargets.visit_body(&mut module.body);
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

/// The tokens of source text, comments and line ends included, up to the first that is wrong; and what is wrong there.
#[derive(Debug)]
pub struct SourceTokens {
    /// Kinds and places.
    pub tokens: Vec<(TokenKind, TextRange)>,
    /// The lexer's complaint, and where it applies.
    pub error: Option<(parser::LexicalErrorType, TextRange)>,
}

/// Splits source text into tokens, whether it is a valid program or not.
///
/// # Errors
/// If it is too deeply nested.
pub fn source_tokens(source: &str) -> Result<SourceTokens, SourceError> {
    let stack_size = stack_for(source, parser::Mode::Module)?;
    let tokenize = || {
        // The lexer depends on the parser for strings with replacement fields.
        let options = parser::ParseOptions::from(parser::Mode::Module);
        let parsed = catch_unwind(|| parser::parse_unchecked(source, options))
            .map_err(|_| SourceError::CompilerFault)?;
        let tokens = parsed.tokens().iter().map(|token| token.as_tuple());
        let error = parsed.errors().iter().find_map(|error| match &error.error {
            // A character that no token begins with is a token of its own.
            parser::ParseErrorType::Lexical(parser::LexicalErrorType::UnrecognizedToken {
                ..
            }) => None,
            parser::ParseErrorType::Lexical(kind) => Some((kind.clone(), error.location)),
            _ => None,
        });
        Ok(SourceTokens {
            tokens: tokens.collect(),
            error,
        })
    };
    on_stack(stack_size, tokenize).unwrap_or(Err(SourceError::TooNested))
}
