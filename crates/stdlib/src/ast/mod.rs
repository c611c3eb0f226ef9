//! `_ast`: syntax trees as Python objects. The classes are made in Python (`python/_ast.py`); here the parser's tree
//! becomes one of them ([`build`]), and one of them becomes the parser's again, for the compiler ([`lower`]).

mod build;
mod expression;
mod lower;
mod pattern;
mod place;
mod statement;
mod string;

use crate::run_python_part;
use exuvia_vm::builtins::code::compile_mode;
use exuvia_vm::table::Method;
use exuvia_vm::types::code::PyCode;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[
    function!(
        "_compile",
        "($module, tree, filename, mode, /)",
        compile,
        "The code of a syntax tree: what compile() gives for a tree."
    ),
    function!(
        "_parse",
        "($module, source, filename, mode, /)",
        parse,
        "The syntax tree of source text: what compile() gives with PyCF_ONLY_AST."
    ),
];

/// Fills the module.
///
/// # Errors
/// What its Python part raises; `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    run_python_part(vm, module, "_ast")
}

fn parse(vm: &mut Vm, source: String, filename: String, mode: String) -> PyResult {
    let is_interactive = mode == "single";
    let mode = compile_mode(vm, &mode)?;
    let tree = vm.parse(&source, &filename, mode)?;
    build::module(vm, &source, tree.root(), is_interactive)
}

fn compile(vm: &mut Vm, tree: PyRef, filename: String, mode: String) -> PyResult<Ref<PyCode>> {
    let mode = compile_mode(vm, &mode)?;
    let (tree, source) = lower::module(vm, &tree, mode)?;
    vm.compile_tree(tree, &source, &filename, mode)
}
