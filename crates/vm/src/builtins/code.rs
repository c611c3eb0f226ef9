//! `compile`, `eval` and `exec`: from source text to code, and running it.

use super::syntax_error::Complaint;
use crate::code::{SourceError, Tree, compile_source, compile_tree, parse_source};
use crate::table::{Method, TypeDef};
use crate::types::code::{self, PyCode};
use crate::types::dict::PyDict;
use crate::types::exception;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::{PyErr, PyRef, PyResult, Ref, Vm, function};
use rustpython_compiler::{CompileError, CompileOpts, Mode};

/// The rows of this file.
pub(crate) static FUNCTIONS: &[Method] = &[
    function!(
        "compile",
        "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
        compile,
        "Compiles source text to code."
    ),
    function!(
        "eval",
        "($module, source, /, globals=None, locals=None)",
        eval,
        "The value of an expression."
    ),
    function!(
        "exec",
        "($module, source, /, globals=None, locals=None, *, closure=None)",
        exec,
        "Runs source text or code."
    ),
];

/// `compile`'s flag that asks for a syntax tree.
const ONLY_AST: i64 = 0x400;
/// `from __future__ import annotations`, as `__future__` numbers it.
const FUTURE_ANNOTATIONS: i64 = 0x100_0000;

impl Vm {
    /// Compiles source text.
    ///
    /// # Errors
    /// `SyntaxError`, with the place; `OutOfMemory`.
    pub fn compile(&mut self, source: &str, filename: &str, mode: Mode) -> PyResult<Ref<PyCode>> {
        let options = CompileOpts {
            optimize: self.settings.flags.optimize,
            ..CompileOpts::default()
        };
        match compile_source(source, mode, filename, options) {
            Ok(compiled) => {
                self.give_source_warnings(&compiled.warnings, source, filename)?;
                code::from_compiled(self, &compiled.code)
            }
            Err(error) => Err(self.source_error(&error, source, filename)),
        }
    }

    /// The syntax tree of source text.
    ///
    /// # Errors
    /// `SyntaxError`, with the place; `OutOfMemory`.
    pub fn parse(&mut self, source: &str, filename: &str, mode: Mode) -> PyResult<Tree> {
        parse_source(source, mode, filename)
            .map_err(|error| self.source_error(&error, source, filename))
    }

    /// Compiles a syntax tree; `source` is the text that its offsets are in.
    ///
    /// # Errors
    /// `SyntaxError`; `OutOfMemory`.
    pub fn compile_tree(
        &mut self,
        tree: Tree,
        source: &str,
        filename: &str,
        mode: Mode,
    ) -> PyResult<Ref<PyCode>> {
        match compile_tree(tree, source, mode, filename, CompileOpts::default()) {
            Ok(compiled) => code::from_compiled(self, &compiled),
            Err(error) => Err(self.source_error(&error, source, filename)),
        }
    }

    /// The `SyntaxError` for source text that cannot be compiled.
    #[cold]
    fn source_error(&mut self, error: &SourceError, source: &str, filename: &str) -> PyErr {
        let problem = match error {
            SourceError::Invalid(error) => return self.syntax_error(error, source, filename),
            SourceError::TooNested => "too many nested parentheses",
            SourceError::CompilerFault => "the compiler cannot handle this source text",
        };
        let message = format!("{problem} ({filename})");
        self.error(&exception::SYNTAX_ERROR, message)
    }

    /// The `SyntaxError` for what the compiler says.
    #[cold]
    fn syntax_error(&mut self, error: &CompileError, source: &str, filename: &str) -> PyErr {
        match self.syntax_error_object(error, source, filename) {
            Ok(exception) => PyErr::Raised(exception),
            Err(error) => error,
        }
    }

    fn syntax_error_object(
        &mut self,
        error: &CompileError,
        source: &str,
        filename: &str,
    ) -> PyResult<Ref<exception::PyException>> {
        let complaint = Complaint::new(error, source);
        let def = if complaint.is_about_indentation() {
            &exception::INDENTATION_ERROR
        } else {
            &exception::SYNTAX_ERROR
        };
        let places = [
            complaint.line,
            complaint.column,
            complaint.end_line,
            complaint.end_column,
        ];
        self.new_syntax_error(def, &complaint.message, places, source, filename)
    }

    /// A `SyntaxError` about the part of the source between two places, each a line and a column that count from 1.
    pub(super) fn new_syntax_error(
        &mut self,
        def: &'static TypeDef,
        message: &str,
        [line, column, end_line, end_column]: [usize; 4],
        source: &str,
        filename: &str,
    ) -> PyResult<Ref<exception::PyException>> {
        let text = source
            .lines()
            .nth(line.saturating_sub(1))
            .unwrap_or_default();
        let details = [
            self.new_str(filename)?.into_any(),
            self.new_int_from_usize(line)?,
            self.new_int_from_usize(column)?,
            self.new_str(&format!("{text}\n"))?.into_any(),
            self.new_int_from_usize(end_line)?,
            self.new_int_from_usize(end_column)?,
        ];
        let details = self.new_tuple(&details)?.into_any();
        let message = self.new_str(message)?.into_any();
        exception::new_instance(self, self.class(def), &[message, details])
    }
}

/// Source text of any kind that `compile` takes, as text.
fn source_text(vm: &mut Vm, function: &str, source: &PyRef) -> PyResult<String> {
    let text = if let Some(text) = source.downcast_ref::<PyStr>() {
        match text.to_utf8() {
            Some(text) => text.into_owned(),
            None => {
                return Err(vm.error(
                    &exception::SYNTAX_ERROR,
                    "source text cannot contain lone surrogates",
                ));
            }
        }
    } else if let Some(bytes) = bytes_of(vm, source) {
        decode_source(vm, &bytes)?
    } else {
        return Err(vm.type_error(format!(
            "{function}() arg 1 must be a string, bytes{} object",
            if function == "compile" {
                " or AST"
            } else {
                " or code"
            }
        )));
    };
    if text.contains('\0') {
        return Err(vm.error(
            &exception::SYNTAX_ERROR,
            "source code string cannot contain null bytes",
        ));
    }
    Ok(text)
}

/// Decodes source text: a byte-order mark or an encoding comment on the first two lines says how (PEP 263).
///
/// # Errors
/// `SyntaxError` if the encoding is unknown or the bytes do not fit it.
pub fn decode_source(vm: &mut Vm, bytes: &[u8]) -> PyResult<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let encoding = encoding_comment(bytes)
        .unwrap_or_else(|| "utf-8".to_owned())
        .to_ascii_lowercase()
        .replace('_', "-");
    match encoding.as_str() {
        "utf-8" | "utf8" | "utf-8-sig" | "ascii" | "us-ascii" => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                let position = error.valid_up_to();
                let byte = bytes[position];
                Err(vm.error(
                    &exception::SYNTAX_ERROR,
                    format!("(unicode error) 'utf-8' codec can't decode byte {byte:#04x} in position {position}: invalid start byte"),
                ))
            }
        },
        "latin-1" | "iso-8859-1" | "latin1" | "iso8859-1" => {
            Ok(bytes.iter().map(|&byte| char::from(byte)).collect())
        }
        _ => Err(vm.error(
            &exception::SYNTAX_ERROR,
            format!("unknown encoding: {encoding}"),
        )),
    }
}

fn encoding_comment(bytes: &[u8]) -> Option<String> {
    bytes.split(|&byte| byte == b'\n').take(2).find_map(|line| {
        let line = std::str::from_utf8(line).ok()?.trim_start();
        let rest = line.strip_prefix('#')?.split_once("coding")?.1;
        let rest = rest.strip_prefix([':', '='])?.trim_start();
        let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name: String = rest.chars().take_while(is_part).collect();
        (!name.is_empty()).then_some(name)
    })
}

fn compile(
    vm: &mut Vm,
    source: PyRef,
    filename: PyRef,
    mode: String,
    flags: Option<i64>,
    _dont_inherit: Option<bool>,
    _optimize: Option<i64>,
    _feature_version: Option<i64>,
) -> PyResult {
    let flags = flags.unwrap_or(0);
    let wants_tree = flags & ONLY_AST != 0;
    if let Some(code) = source.downcast_ref::<PyCode>() {
        return Ok(code.clone().into_any());
    }
    let filename = match filename.downcast_ref::<PyStr>() {
        Some(filename) => filename.to_text().into_owned(),
        None => match bytes_of(vm, &filename) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => {
                let fspath = vm.names().fspath.clone();
                let Some(path) = vm.call_special(&filename, &fspath, &[])? else {
                    let found = vm.type_name(&filename);
                    return Err(vm.type_error(format!(
                        "expected str, bytes or os.PathLike object, not {found}"
                    )));
                };
                vm.str(&path)?.to_text().into_owned()
            }
        },
    };
    let is_tree = is_syntax_tree(vm, &source)?;
    if is_tree && wants_tree {
        return Ok(source);
    }
    if is_tree {
        let arguments = [
            source,
            vm.new_str(&filename)?.into_any(),
            vm.new_str(&mode)?.into_any(),
        ];
        let module = vm.import("_ast")?;
        return vm.call_method_str(&module, "_compile", &arguments);
    }
    let text = source_text(vm, "compile", &source)?;
    if wants_tree {
        let arguments = [
            vm.new_str(&text)?.into_any(),
            vm.new_str(&filename)?.into_any(),
            vm.new_str(&mode)?.into_any(),
        ];
        let module = vm.import("_ast")?;
        return vm.call_method_str(&module, "_parse", &arguments);
    }
    let mode = compile_mode(vm, &mode)?;
    let text = if flags & FUTURE_ANNOTATIONS != 0 && !matches!(mode, Mode::Eval) {
        format!("from __future__ import annotations; {text}")
    } else {
        text
    };
    Ok(vm.compile(&text, &filename, mode)?.into_any())
}

/// The mode of `compile` with this name.
///
/// # Errors
/// `ValueError` if there is none.
pub fn compile_mode(vm: &Vm, name: &str) -> PyResult<Mode> {
    match name {
        "exec" => Ok(Mode::Exec),
        "eval" => Ok(Mode::Eval),
        "single" => Ok(Mode::Single),
        "func_type" => {
            Err(vm.not_implemented_error("signature comments (mode 'func_type') are not supported"))
        }
        _ => Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    }
}

/// Whether an object is a node of `ast`. If the module has not been imported, nothing is.
fn is_syntax_tree(vm: &mut Vm, object: &PyRef) -> PyResult<bool> {
    let Some(module) = vm.loaded_module("_ast")? else {
        return Ok(false);
    };
    let class = vm.get_attr_str(&module, "AST")?;
    vm.is_instance(object, &class)
}

/// The namespaces that `eval` and `exec` run in.
fn namespaces(
    vm: &mut Vm,
    function: &str,
    globals: Option<PyRef>,
    locals: Option<PyRef>,
) -> PyResult<(Ref<PyDict>, PyRef)> {
    let locals = locals.filter(|locals| !vm.is_none(locals));
    let globals = match globals.filter(|globals| !vm.is_none(globals)) {
        Some(globals) => match globals.downcast::<PyDict>() {
            Ok(globals) => globals,
            Err(other) => {
                let found = vm.type_name(&other);
                return Err(vm.type_error(match function {
                    "eval" if vm.type_of(&other).slots(vm).getitem.is_some() => {
                        "globals must be a real dict; try eval(code, {}, mapping)".to_owned()
                    }
                    "eval" => "globals must be a dict".to_owned(),
                    _ => format!("exec() globals must be a dict, not {found}"),
                }));
            }
        },
        None => {
            let Some(globals) = vm.current_globals() else {
                return Err(vm.system_error("globals and locals cannot be NULL"));
            };
            let locals = match locals {
                Some(locals) => locals,
                None => vm.current_locals()?,
            };
            return Ok((globals, locals));
        }
    };
    if let Some(locals) = &locals
        && vm.type_of(locals).slots(vm).getitem.is_none()
    {
        let found = vm.type_name(locals);
        return Err(vm.type_error(format!("locals must be a mapping or None, not {found}")));
    }
    let key = vm.names().builtins.clone();
    if globals.get_str(vm, &key).is_none() {
        let builtins = vm.import("builtins")?;
        globals.set_str(vm, &key, builtins)?;
    }
    let locals = locals.unwrap_or_else(|| globals.clone().into_any());
    Ok((globals, locals))
}

fn eval(vm: &mut Vm, source: PyRef, globals: Option<PyRef>, locals: Option<PyRef>) -> PyResult {
    let (globals, locals) = namespaces(vm, "eval", globals, locals)?;
    let code = match source.downcast_ref::<PyCode>() {
        Some(code) if code.free_count > 0 => {
            return Err(
                vm.type_error("code object passed to eval() may not contain free variables")
            );
        }
        Some(code) => code.clone(),
        None => {
            let text = source_text(vm, "eval", &source)?;
            vm.compile(text.trim_start_matches([' ', '\t']), "<string>", Mode::Eval)?
        }
    };
    crate::eval::call::run_code(vm, &code, &globals, Some(locals), None)
}

fn exec(
    vm: &mut Vm,
    source: PyRef,
    globals: Option<PyRef>,
    locals: Option<PyRef>,
    closure: Option<PyRef>,
) -> PyResult<()> {
    let (globals, locals) = namespaces(vm, "exec", globals, locals)?;
    let closure = closure.filter(|closure| !vm.is_none(closure));
    let Some(code) = source.downcast_ref::<PyCode>().cloned() else {
        if closure.is_some() {
            return Err(vm.type_error("closure can only be used when source is a code object"));
        }
        let text = source_text(vm, "exec", &source)?;
        let code = vm.compile(&text, "<string>", Mode::Exec)?;
        return crate::eval::call::run_code(vm, &code, &globals, Some(locals), None).map(drop);
    };
    let closure = check_closure(vm, &code, closure)?;
    crate::eval::call::run_code(vm, &code, &globals, Some(locals), closure).map(drop)
}

fn check_closure(
    vm: &mut Vm,
    code: &Ref<PyCode>,
    closure: Option<PyRef>,
) -> PyResult<Option<Ref<PyTuple>>> {
    if code.free_count == 0 {
        return match closure {
            None => Ok(None),
            Some(_) => Err(vm.type_error("cannot use a closure with this code object")),
        };
    }
    let is_cell = |cell: &PyRef| cell.is_a::<crate::types::cell::PyCell>();
    match closure.and_then(|closure| closure.downcast::<PyTuple>().ok()) {
        Some(cells) if cells.len() == code.free_count as usize && cells.iter().all(is_cell) => {
            Ok(Some(cells))
        }
        _ => Err(vm.type_error(format!(
            "code object requires a closure of exactly length {}",
            code.free_count
        ))),
    }
}

/// The bytes of an object that supports the buffer protocol; `None` for others.
pub(crate) fn bytes_of(vm: &mut Vm, object: &PyRef) -> Option<Vec<u8>> {
    let buffer = vm.type_of(object).slots(vm).buffer?;
    let buffer = buffer(vm, object).ok()?;
    Some(buffer.to_bytes(vm).into_owned())
}
