//! From Python objects to the compiler's tree: what `compile()` does with a syntax tree.
//!
//! The compiler's tree has offsets into source text where nodes have lines and columns. So the text is made up: as many
//! lines as there are, all of them blank and as long as the longest, in which every place has its offset.

mod expression;
mod literal;
mod parameters;
mod pattern;
mod statement;

use exuvia_vm::code::Tree;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::module::namespace_of;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};
use ruff_python_ast::{self as ast, AtomicNodeIndex, Identifier};
use ruff_text_size::{TextRange, TextSize};
use rustpython_compiler::Mode;

/// The number of a node in the compiler's tree, which the compiler gives out itself.
fn no_index() -> AtomicNodeIndex {
    AtomicNodeIndex::NONE
}

/// The longest made-up text. Only places that no program has ask for more.
const LONGEST_SOURCE: usize = 1 << 28;

/// Reads nodes.
struct Lowering<'a> {
    vm: &'a mut Vm,
    /// The namespace of `_ast`.
    classes: Ref<PyDict>,
    /// Bytes in a line of the made-up text.
    width: usize,
    lines: usize,
    /// How deep the node being read lies, and how deep the deepest.
    depth: usize,
    deepest: usize,
}

/// The compiler's tree for a Python one, and the text that its offsets are in.
///
/// # Errors
/// `TypeError` or `ValueError` for a tree that is no program.
pub(super) fn module(vm: &mut Vm, tree: &PyRef, mode: Mode) -> PyResult<(Tree, String)> {
    let module = vm.import("_ast")?;
    let Some(classes) = namespace_of(&module) else {
        return Err(vm.system_error("_ast is not a module"));
    };
    let mut lowering = Lowering {
        vm,
        classes,
        width: 1,
        lines: 1,
        depth: 0,
        deepest: 0,
    };
    lowering.measure(tree)?;
    let root = lowering.root(tree, mode)?;
    let line = format!("{}\n", " ".repeat(lowering.width - 1));
    let tree = Tree::new(root, lowering.deepest + 1);
    Ok((tree, line.repeat(lowering.lines)))
}

impl Lowering<'_> {
    /// Reads a node one level deeper.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> PyResult<T>) -> PyResult<T> {
        self.vm.check_native_stack(" during ast construction")?;
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn root(&mut self, tree: &PyRef, mode: Mode) -> PyResult<ast::Mod> {
        let (class, expected) = (
            self.class_of(tree)?,
            match mode {
                Mode::Eval => "Expression",
                Mode::Single => "Interactive",
                Mode::Exec | Mode::BlockExpr => "Module",
            },
        );
        if class != expected {
            let found = self.vm.type_name(tree);
            let message = format!("expected {expected} node, got {found}");
            return Err(self.vm.type_error(message));
        }
        let range = TextRange::default();
        if matches!(mode, Mode::Eval) {
            let body = self.required(tree, "body")?;
            let body = Box::new(self.expression(&body)?);
            return Ok(ast::Mod::Expression(ast::ModExpression {
                node_index: no_index(),
                range,
                body,
            }));
        }
        let body = self.statements(tree, "body")?;
        Ok(ast::Mod::Module(ast::ModModule {
            node_index: no_index(),
            range,
            body,
        }))
    }

    /// Finds the last line and the longest one.
    fn measure(&mut self, tree: &PyRef) -> PyResult<()> {
        let mut open = vec![tree.clone()];
        let mut seen = std::collections::HashSet::new();
        while let Some(object) = open.pop() {
            if !seen.insert(object.address()) {
                continue;
            }
            if object.is_a::<exuvia_vm::types::list::PyList>() {
                open.extend(self.vm.to_vec(&object)?);
                continue;
            }
            let Some(fields) = self.vm.lookup_attr_str(&object, "_fields")? else {
                continue;
            };
            for name in self.vm.to_vec(&fields)? {
                let name = self.vm.str(&name)?;
                open.extend(self.vm.lookup_attr(&object, &name)?);
            }
            for (name, is_line) in [
                ("lineno", true),
                ("end_lineno", true),
                ("col_offset", false),
                ("end_col_offset", false),
            ] {
                if let Some(number) = self.place_number(&object, name)? {
                    let extent = if is_line {
                        &mut self.lines
                    } else {
                        &mut self.width
                    };
                    *extent = (*extent).max(number.saturating_add(usize::from(!is_line) * 2));
                }
            }
        }
        match self.lines.checked_mul(self.width) {
            Some(size) if size <= LONGEST_SOURCE => Ok(()),
            _ => Err(self
                .vm
                .not_implemented_error("lines and columns of this syntax tree are too large")),
        }
    }

    fn place_number(&mut self, node: &PyRef, name: &str) -> PyResult<Option<usize>> {
        let value = self.vm.lookup_attr_str(node, name)?;
        let Some(value) = value.filter(|value| !self.vm.is_none(value)) else {
            return Ok(None);
        };
        let number = self.vm.index_i64(&value)?;
        Ok(Some(usize::try_from(number).unwrap_or(0)))
    }

    /// The range in the made-up text that a node has.
    fn range(&mut self, node: &PyRef, kind: &str) -> PyResult<TextRange> {
        let mut required = |name: &str| -> PyResult<usize> {
            match self.place_number(node, name)? {
                Some(number) => Ok(number),
                None => {
                    let message = format!("required field \"{name}\" missing from {kind}");
                    Err(self.vm.type_error(message))
                }
            }
        };
        let (line, column) = (required("lineno")?, required("col_offset")?);
        let end_line = self.place_number(node, "end_lineno")?.unwrap_or(line);
        let end_column = self.place_number(node, "end_col_offset")?.unwrap_or(column);
        let (start, end) = (self.offset(line, column), self.offset(end_line, end_column));
        Ok(TextRange::new(start, end.max(start)))
    }

    fn offset(&self, line: usize, column: usize) -> TextSize {
        let offset = line.saturating_sub(1) * self.width + column;
        TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX))
    }

    /// The name of the node class that an object is an instance of; empty if it is none.
    fn class_of(&mut self, object: &PyRef) -> PyResult<String> {
        let class = self.vm.type_of(object).clone();
        for base in class.mro().iter() {
            let Some(base_type) = base.downcast_ref::<PyType>() else {
                continue;
            };
            let name = base_type.name_text();
            let key = self.vm.intern(&name)?;
            let known = self.classes.get_str(self.vm, &key);
            if known.is_some_and(|known| known.is(base)) {
                return Ok(name);
            }
        }
        Ok(String::new())
    }

    /// The error for an object that is not a node of the kind needed.
    fn unexpected(&mut self, object: &PyRef, kind: &str) -> PyErr {
        match self.vm.repr(object) {
            Ok(shown) => {
                let message = format!("expected some sort of {kind}, but got {}", shown.to_text());
                self.vm.type_error(message)
            }
            Err(error) => error,
        }
    }

    /// A field, if it is there and not None.
    fn optional(&mut self, node: &PyRef, name: &str) -> PyResult<Option<PyRef>> {
        let value = self.vm.lookup_attr_str(node, name)?;
        Ok(value.filter(|value| !self.vm.is_none(value)))
    }

    /// A field that must be there.
    fn required(&mut self, node: &PyRef, name: &str) -> PyResult {
        match self.vm.lookup_attr_str(node, name)? {
            Some(value) if !self.vm.is_none(&value) => Ok(value),
            Some(_) => {
                let class = self.vm.type_name(node);
                Err(self
                    .vm
                    .value_error(format!("field '{name}' is required for {class}")))
            }
            None => {
                let class = self.vm.type_name(node);
                Err(self
                    .vm
                    .type_error(format!("required field \"{name}\" missing from {class}")))
            }
        }
    }

    /// The elements of a field that is a list.
    fn items(&mut self, node: &PyRef, name: &str) -> PyResult<Vec<PyRef>> {
        let Some(value) = self.vm.lookup_attr_str(node, name)? else {
            return Ok(Vec::new());
        };
        if !value.is_a::<exuvia_vm::types::list::PyList>() {
            let (class, found) = (self.vm.type_name(node), self.vm.type_name(&value));
            return Err(self.vm.type_error(format!(
                "{class} field \"{name}\" must be a list, not a {found}"
            )));
        }
        self.vm.to_vec(&value)
    }

    fn each<T>(
        &mut self,
        node: &PyRef,
        name: &str,
        mut lower: impl FnMut(&mut Self, &PyRef) -> PyResult<T>,
    ) -> PyResult<Vec<T>> {
        let items = self.items(node, name)?;
        items.iter().map(|item| lower(self, item)).collect()
    }

    fn text(&mut self, object: &PyRef) -> PyResult<String> {
        match object.downcast_ref::<PyStr>() {
            Some(text) => Ok(text.to_text().into_owned()),
            None => Err(self.vm.type_error("AST identifier must be of type str")),
        }
    }

    fn identifier(&mut self, node: &PyRef, name: &str, range: TextRange) -> PyResult<Identifier> {
        let value = self.required(node, name)?;
        let text = self.text(&value)?;
        if matches!(text.as_str(), "None" | "True" | "False") {
            let message = format!("identifier field can't represent '{text}' constant");
            return Err(self.vm.value_error(message));
        }
        Ok(Identifier::new(text, range))
    }

    fn optional_identifier(
        &mut self,
        node: &PyRef,
        name: &str,
        range: TextRange,
    ) -> PyResult<Option<Identifier>> {
        match self.optional(node, name)? {
            Some(_) => self.identifier(node, name, range).map(Some),
            None => Ok(None),
        }
    }

    fn identifiers(
        &mut self,
        node: &PyRef,
        name: &str,
        range: TextRange,
    ) -> PyResult<Vec<Identifier>> {
        self.each(node, name, |lowering, item| {
            Ok(Identifier::new(lowering.text(item)?, range))
        })
    }

    /// Whether a field is true.
    fn flag(&mut self, node: &PyRef, name: &str) -> PyResult<bool> {
        match self.vm.lookup_attr_str(node, name)? {
            Some(value) => self.vm.is_true(&value),
            None => Ok(false),
        }
    }
}
