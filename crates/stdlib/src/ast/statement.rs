//! Statements.

use super::build::Builder;
use exuvia_vm::{PyRef, PyResult};
use ruff_python_ast::{self as ast, Stmt};
use ruff_text_size::{Ranged, TextRange};

impl Builder<'_> {
    /// A list of statements.
    pub(super) fn body(&mut self, body: &[Stmt]) -> PyResult {
        self.list_of(body, |builder, statement| builder.statement(statement))
    }

    fn statement(&mut self, statement: &Stmt) -> PyResult {
        self.vm.check_native_stack(" during ast construction")?;
        let range = Some(statement.range());
        match statement {
            Stmt::FunctionDef(node) => self.function(node),
            Stmt::ClassDef(node) => self.class(node),
            Stmt::Return(node) => {
                let value = self.optional(node.value.as_deref())?;
                self.node("Return", range, [("value", value)])
            }
            Stmt::Delete(node) => {
                let targets = self.expressions(&node.targets)?;
                self.node("Delete", range, [("targets", targets)])
            }
            Stmt::TypeAlias(node) => {
                let name = self.expression(&node.name)?;
                let params = self.type_params(node.type_params.as_deref())?;
                let value = self.expression(&node.value)?;
                let fields = [("name", name), ("type_params", params), ("value", value)];
                self.node("TypeAlias", range, fields)
            }
            Stmt::Assign(_) | Stmt::AugAssign(_) | Stmt::AnnAssign(_) => self.assignment(statement),
            Stmt::For(_) | Stmt::While(_) | Stmt::If(_) | Stmt::With(_) => self.compound(statement),
            Stmt::Match(node) => {
                let subject = self.expression(&node.subject)?;
                let cases = self.list_of(&node.cases, |builder, case| builder.match_case(case))?;
                self.node("Match", range, [("subject", subject), ("cases", cases)])
            }
            Stmt::Raise(node) => {
                let exc = self.optional(node.exc.as_deref())?;
                let cause = self.optional(node.cause.as_deref())?;
                self.node("Raise", range, [("exc", exc), ("cause", cause)])
            }
            Stmt::Try(node) => self.try_(node),
            Stmt::Assert(node) => {
                let test = self.expression(&node.test)?;
                let msg = self.optional(node.msg.as_deref())?;
                self.node("Assert", range, [("test", test), ("msg", msg)])
            }
            Stmt::Import(node) => {
                let names = self.list_of(&node.names, |builder, alias| builder.alias(alias))?;
                self.node("Import", range, [("names", names)])
            }
            Stmt::ImportFrom(node) => {
                let module = self.optional_identifier(node.module.as_ref())?;
                let names = self.list_of(&node.names, |builder, alias| builder.alias(alias))?;
                let level = self.int(node.level.into())?;
                let fields = [("module", module), ("names", names), ("level", level)];
                self.node("ImportFrom", range, fields)
            }
            Stmt::Global(node) => {
                let names = self.identifiers(&node.names)?;
                self.node("Global", range, [("names", names)])
            }
            Stmt::Nonlocal(node) => {
                let names = self.identifiers(&node.names)?;
                self.node("Nonlocal", range, [("names", names)])
            }
            Stmt::Expr(node) => {
                let value = self.expression(&node.value)?;
                self.node("Expr", range, [("value", value)])
            }
            Stmt::Pass(_) => self.node("Pass", range, []),
            Stmt::Break(_) => self.node("Break", range, []),
            Stmt::Continue(_) => self.node("Continue", range, []),
            Stmt::IpyEscapeCommand(_) => {
                Err(self.vm.system_error("an escape command in a program"))
            }
        }
    }

    fn assignment(&mut self, statement: &Stmt) -> PyResult {
        let range = Some(statement.range());
        match statement {
            Stmt::Assign(node) => {
                let targets = self.expressions(&node.targets)?;
                let value = self.expression(&node.value)?;
                let comment = self.none();
                let fields = [
                    ("targets", targets),
                    ("value", value),
                    ("type_comment", comment),
                ];
                self.node("Assign", range, fields)
            }
            Stmt::AugAssign(node) => {
                let target = self.expression(&node.target)?;
                let op = self.operator(node.op)?;
                let value = self.expression(&node.value)?;
                self.node(
                    "AugAssign",
                    range,
                    [("target", target), ("op", op), ("value", value)],
                )
            }
            Stmt::AnnAssign(node) => {
                let target = self.expression(&node.target)?;
                let annotation = self.expression(&node.annotation)?;
                let value = self.optional(node.value.as_deref())?;
                let simple = self.int(node.simple.into())?;
                let fields = [
                    ("target", target),
                    ("annotation", annotation),
                    ("value", value),
                    ("simple", simple),
                ];
                self.node("AnnAssign", range, fields)
            }
            _ => Err(self.vm.system_error("not an assignment")),
        }
    }

    fn compound(&mut self, statement: &Stmt) -> PyResult {
        let range = Some(statement.range());
        match statement {
            Stmt::For(node) => {
                let target = self.expression(&node.target)?;
                let iter = self.expression(&node.iter)?;
                let (body, orelse) = (self.body(&node.body)?, self.body(&node.orelse)?);
                let fields = [
                    ("target", target),
                    ("iter", iter),
                    ("body", body),
                    ("orelse", orelse),
                    ("type_comment", self.none()),
                ];
                self.node(
                    if node.is_async { "AsyncFor" } else { "For" },
                    range,
                    fields,
                )
            }
            Stmt::While(node) => {
                let test = self.expression(&node.test)?;
                let (body, orelse) = (self.body(&node.body)?, self.body(&node.orelse)?);
                let fields = [("test", test), ("body", body), ("orelse", orelse)];
                self.node("While", range, fields)
            }
            Stmt::If(node) => self.if_(node.range, &node.test, &node.body, &node.elif_else_clauses),
            Stmt::With(node) => {
                let items = self.list_of(&node.items, |builder, item| {
                    let context = builder.expression(&item.context_expr)?;
                    let vars = builder.optional(item.optional_vars.as_deref())?;
                    builder.node(
                        "withitem",
                        None,
                        [("context_expr", context), ("optional_vars", vars)],
                    )
                })?;
                let body = self.body(&node.body)?;
                let class = if node.is_async { "AsyncWith" } else { "With" };
                let fields = [
                    ("items", items),
                    ("body", body),
                    ("type_comment", self.none()),
                ];
                self.node(class, range, fields)
            }
            _ => Err(self.vm.system_error("not a compound statement")),
        }
    }

    /// An `if`, or an `elif` with what follows it: the parser keeps the clauses in a row, the tree nests them.
    fn if_(
        &mut self,
        range: TextRange,
        test: &ast::Expr,
        body: &[Stmt],
        clauses: &[ast::ElifElseClause],
    ) -> PyResult {
        let mut orelse = None;
        // From the last clause to the first: each `elif` is the else part of what stands before it.
        for clause in clauses.iter().rev() {
            let made = match &clause.test {
                None => self.body(&clause.body)?,
                Some(test) => {
                    let range = TextRange::new(clause.range.start(), range.end());
                    let nested = self.if_node(range, test, &clause.body, orelse)?;
                    self.list(vec![nested])?
                }
            };
            orelse = Some(made);
        }
        self.if_node(range, test, body, orelse)
    }

    fn if_node(
        &mut self,
        range: TextRange,
        test: &ast::Expr,
        body: &[Stmt],
        orelse: Option<PyRef>,
    ) -> PyResult {
        let test = self.expression(test)?;
        let body = self.body(body)?;
        let orelse = orelse.map_or_else(|| self.list(Vec::new()), Ok)?;
        let fields = [("test", test), ("body", body), ("orelse", orelse)];
        self.node("If", Some(range), fields)
    }

    /// The range of a definition, which begins behind its decorators.
    fn definition_range(&self, range: TextRange, decorators: &[ast::Decorator]) -> TextRange {
        match decorators.last() {
            Some(last) => TextRange::new(self.next_token(last), range.end()),
            None => range,
        }
    }

    fn decorators(&mut self, decorators: &[ast::Decorator]) -> PyResult {
        self.list_of(decorators, |builder, decorator| {
            builder.expression(&decorator.expression)
        })
    }

    fn function(&mut self, node: &ast::StmtFunctionDef) -> PyResult {
        let range = self.definition_range(node.range, &node.decorator_list);
        let name = self.identifier(&node.name)?;
        let args = self.parameters(Some(&node.parameters))?;
        let body = self.body(&node.body)?;
        let decorators = self.decorators(&node.decorator_list)?;
        let returns = self.optional(node.returns.as_deref())?;
        let params = self.type_params(node.type_params.as_deref())?;
        let class = if node.is_async {
            "AsyncFunctionDef"
        } else {
            "FunctionDef"
        };
        let fields = [
            ("name", name),
            ("args", args),
            ("body", body),
            ("decorator_list", decorators),
            ("returns", returns),
            ("type_comment", self.none()),
            ("type_params", params),
        ];
        self.node(class, Some(range), fields)
    }

    fn class(&mut self, node: &ast::StmtClassDef) -> PyResult {
        let range = self.definition_range(node.range, &node.decorator_list);
        let name = self.identifier(&node.name)?;
        let (bases, keywords) = match node.arguments.as_deref() {
            Some(arguments) => (
                self.expressions(&arguments.args)?,
                self.keywords(&arguments.keywords)?,
            ),
            None => (self.list(Vec::new())?, self.list(Vec::new())?),
        };
        let body = self.body(&node.body)?;
        let decorators = self.decorators(&node.decorator_list)?;
        let params = self.type_params(node.type_params.as_deref())?;
        let fields = [
            ("name", name),
            ("bases", bases),
            ("keywords", keywords),
            ("body", body),
            ("decorator_list", decorators),
            ("type_params", params),
        ];
        self.node("ClassDef", Some(range), fields)
    }

    fn try_(&mut self, node: &ast::StmtTry) -> PyResult {
        let body = self.body(&node.body)?;
        let handlers = self.list_of(&node.handlers, |builder, handler| {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            let kind = builder.optional(handler.type_.as_deref())?;
            let name = builder.optional_identifier(handler.name.as_ref())?;
            let body = builder.body(&handler.body)?;
            let fields = [("type", kind), ("name", name), ("body", body)];
            builder.node("ExceptHandler", Some(handler.range), fields)
        })?;
        let (orelse, finalbody) = (self.body(&node.orelse)?, self.body(&node.finalbody)?);
        let class = if node.is_star { "TryStar" } else { "Try" };
        let fields = [
            ("body", body),
            ("handlers", handlers),
            ("orelse", orelse),
            ("finalbody", finalbody),
        ];
        self.node(class, Some(node.range), fields)
    }

    fn alias(&mut self, alias: &ast::Alias) -> PyResult {
        let name = self.identifier(&alias.name)?;
        let asname = self.optional_identifier(alias.asname.as_ref())?;
        let fields = [("name", name), ("asname", asname)];
        self.node("alias", Some(alias.range), fields)
    }

    fn type_params(&mut self, params: Option<&ast::TypeParams>) -> PyResult {
        let params = params.map_or(&[][..], |params| &params.type_params);
        self.list_of(params, |builder, param| {
            let range = Some(param.range());
            let (class, name, default) = match param {
                ast::TypeParam::TypeVar(node) => ("TypeVar", &node.name, &node.default),
                ast::TypeParam::TypeVarTuple(node) => ("TypeVarTuple", &node.name, &node.default),
                ast::TypeParam::ParamSpec(node) => ("ParamSpec", &node.name, &node.default),
            };
            let name = builder.identifier(name)?;
            let default = builder.optional(default.as_deref())?;
            let made = builder.node(class, range, [("name", name), ("default_value", default)])?;
            if let ast::TypeParam::TypeVar(node) = param {
                let bound = builder.optional(node.bound.as_deref())?;
                builder.vm.set_attr_str(&made, "bound", &bound)?;
            }
            Ok(made)
        })
    }
}
