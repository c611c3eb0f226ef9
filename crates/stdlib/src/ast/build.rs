//! From the parser's tree to Python objects: what all nodes have in common.

use super::place::Lines;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Vm};
use ruff_python_ast::{self as ast, Identifier};
use ruff_text_size::{Ranged, TextRange};

/// Makes nodes.
pub(super) struct Builder<'a> {
    pub(super) vm: &'a mut Vm,
    /// The namespace of `_ast`.
    classes: Ref<PyDict>,
    /// The nodes without fields, by name: there is one of each.
    singletons: Ref<PyDict>,
    pub(super) source: &'a str,
    lines: Lines,
}

/// The tree of a whole program.
pub(super) fn module(vm: &mut Vm, source: &str, tree: &ast::Mod, is_interactive: bool) -> PyResult {
    let mut builder = Builder::new(vm, source)?;
    match tree {
        ast::Mod::Expression(tree) => {
            let body = builder.expression(&tree.body)?;
            builder.node("Expression", None, [("body", body)])
        }
        ast::Mod::Module(tree) => {
            let body = builder.body(&tree.body)?;
            if is_interactive {
                return builder.node("Interactive", None, [("body", body)]);
            }
            let ignores = builder.list(Vec::new())?;
            builder.node("Module", None, [("body", body), ("type_ignores", ignores)])
        }
    }
}

impl<'a> Builder<'a> {
    fn new(vm: &'a mut Vm, source: &'a str) -> PyResult<Self> {
        let module = vm.import("_ast")?;
        let Some(classes) = exuvia_vm::types::module::namespace_of(&module) else {
            return Err(vm.system_error("_ast is not a module"));
        };
        let singletons = vm.get_attr_str(&module, "_singletons")?;
        let Ok(singletons) = singletons.downcast::<PyDict>() else {
            return Err(vm.system_error("_ast._singletons is not a dict"));
        };
        Ok(Self {
            vm,
            classes,
            singletons,
            source,
            lines: Lines::of(source),
        })
    }

    /// A node with its fields and, if its class has them, its place.
    pub(super) fn node<const N: usize>(
        &mut self,
        class: &'static str,
        range: Option<TextRange>,
        fields: [(&'static str, PyRef); N],
    ) -> PyResult {
        let name = self.vm.intern(class)?;
        let class = self.classes.get_str(self.vm, &name);
        let Some(class) = class.and_then(|class| class.downcast::<PyType>().ok()) else {
            return Err(self.no_class(&name));
        };
        let Some(new) = class.slots(self.vm).new else {
            return Err(self.no_class(&name));
        };
        let node = new(self.vm, &class, Args::EMPTY)?;
        for (field, value) in fields {
            self.vm.set_attr_str(&node, field, &value)?;
        }
        if let Some(range) = range {
            let names = ["lineno", "col_offset", "end_lineno", "end_col_offset"];
            for (name, number) in names.into_iter().zip(self.lines.places(range)) {
                let number = self.vm.new_int(number.into())?;
                self.vm.set_attr_str(&node, name, &number)?;
            }
        }
        Ok(node)
    }

    /// The one node of a class without fields.
    pub(super) fn singleton(&mut self, class: &'static str) -> PyResult {
        let name = self.vm.intern(class)?;
        let found = self.singletons.get_str(self.vm, &name);
        found.ok_or_else(|| self.no_class(&name))
    }

    fn no_class(&self, name: &Ref<PyStr>) -> PyErr {
        let message = format!("_ast has no class {}", name.to_text());
        self.vm.system_error(message)
    }

    pub(super) fn none(&self) -> PyRef {
        self.vm.none()
    }

    pub(super) fn list(&mut self, items: Vec<PyRef>) -> PyResult {
        Ok(self.vm.new_list(items)?.into_any())
    }

    /// A list with what `make` gives for each item.
    pub(super) fn list_of<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut make: impl FnMut(&mut Self, T) -> PyResult,
    ) -> PyResult {
        let mut made = Vec::new();
        for item in items {
            made.push(make(self, item)?);
        }
        self.list(made)
    }

    pub(super) fn text(&mut self, text: &str) -> PyResult {
        Ok(self.vm.new_str(text)?.into_any())
    }

    /// An identifier; CPython interns them.
    pub(super) fn name(&mut self, name: &str) -> PyResult {
        Ok(self.vm.intern(name)?.into_any())
    }

    pub(super) fn identifier(&mut self, name: &Identifier) -> PyResult {
        self.name(name.as_str())
    }

    pub(super) fn optional_identifier(&mut self, name: Option<&Identifier>) -> PyResult {
        match name {
            Some(name) => self.identifier(name),
            None => Ok(self.none()),
        }
    }

    pub(super) fn identifiers(&mut self, names: &[Identifier]) -> PyResult {
        self.list_of(names, |builder, name| builder.identifier(name))
    }

    pub(super) fn int(&mut self, value: i64) -> PyResult {
        self.vm.new_int(value)
    }

    /// The text of a range of the source.
    pub(super) fn slice(&self, range: TextRange) -> &'a str {
        self.source
            .get(range.start().to_usize()..range.end().to_usize())
            .unwrap_or_default()
    }

    /// Where the next token after an offset begins: behind blanks, line ends and comments.
    pub(super) fn next_token(&self, after: impl Ranged) -> ruff_text_size::TextSize {
        let end = after.end();
        let mut rest = &self.source[end.to_usize()..];
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\x0c', '\r', '\n', '\\']);
            match rest.strip_prefix('#') {
                Some(comment) => {
                    let length = comment.find(['\r', '\n']).unwrap_or(comment.len());
                    rest = &comment[length..];
                }
                None => break,
            }
        }
        let offset = self.source.len() - rest.len();
        u32::try_from(offset).map_or(end, ruff_text_size::TextSize::new)
    }
}
