//! Statements.

use super::{Lowering, no_index};
use exuvia_vm::{PyRef, PyResult};
use ruff_python_ast::{self as ast, Stmt};
use ruff_text_size::TextRange;

impl Lowering<'_> {
    pub(super) fn statements(&mut self, node: &PyRef, field: &str) -> PyResult<Vec<Stmt>> {
        self.each(node, field, |lowering, item| lowering.statement(item))
    }

    /// Statements of which there must be one.
    fn block(&mut self, node: &PyRef, field: &str) -> PyResult<Vec<Stmt>> {
        let statements = self.statements(node, field)?;
        if statements.is_empty() {
            let class = self.vm.type_name(node);
            return Err(self.vm.value_error(format!("empty {field} on {class}")));
        }
        Ok(statements)
    }

    fn statement(&mut self, node: &PyRef) -> PyResult<Stmt> {
        self.nested(|lowering| lowering.read_statement(node))
    }

    fn read_statement(&mut self, node: &PyRef) -> PyResult<Stmt> {
        let (range, class) = (self.range(node, "stmt")?, self.class_of(node)?);
        let node_index = no_index();
        Ok(match class.as_str() {
            "FunctionDef" | "AsyncFunctionDef" => self.function(node, &class, range)?,
            "ClassDef" => self.class(node, range)?,
            "Return" => Stmt::Return(ast::StmtReturn {
                node_index,
                range,
                value: self.optional_boxed(node, "value")?,
            }),
            "Delete" => Stmt::Delete(ast::StmtDelete {
                node_index,
                range,
                targets: self.filled(node, "targets")?,
            }),
            "Assign" => Stmt::Assign(ast::StmtAssign {
                node_index,
                range,
                targets: self.filled(node, "targets")?,
                value: self.boxed(node, "value")?,
            }),
            "TypeAlias" => Stmt::TypeAlias(ast::StmtTypeAlias {
                node_index,
                range,
                name: self.boxed(node, "name")?,
                type_params: self.type_params(node, range)?,
                value: self.boxed(node, "value")?,
            }),
            "AugAssign" => Stmt::AugAssign(ast::StmtAugAssign {
                node_index,
                range,
                target: self.boxed(node, "target")?,
                op: self.operator(node)?,
                value: self.boxed(node, "value")?,
            }),
            "AnnAssign" => Stmt::AnnAssign(ast::StmtAnnAssign {
                node_index,
                range,
                target: self.boxed(node, "target")?,
                annotation: self.boxed(node, "annotation")?,
                value: self.optional_boxed(node, "value")?,
                simple: self.flag(node, "simple")?,
            }),
            "For" | "AsyncFor" | "While" | "If" | "With" | "AsyncWith" | "Try" | "TryStar"
            | "Match" => self.compound(node, &class, range)?,
            "Raise" => Stmt::Raise(ast::StmtRaise {
                node_index,
                range,
                exc: self.optional_boxed(node, "exc")?,
                cause: self.optional_boxed(node, "cause")?,
            }),
            "Assert" => Stmt::Assert(ast::StmtAssert {
                node_index,
                range,
                test: self.boxed(node, "test")?,
                msg: self.optional_boxed(node, "msg")?,
            }),
            "Import" => Stmt::Import(ast::StmtImport {
                node_index,
                range,
                names: self.aliases(node)?,
                is_lazy: false,
            }),
            "ImportFrom" => self.import_from(node, range)?,
            "Global" => Stmt::Global(ast::StmtGlobal {
                node_index,
                range,
                names: self.identifiers(node, "names", range)?,
            }),
            "Nonlocal" => Stmt::Nonlocal(ast::StmtNonlocal {
                node_index,
                range,
                names: self.identifiers(node, "names", range)?,
            }),
            "Expr" => Stmt::Expr(ast::StmtExpr {
                node_index,
                range,
                value: self.boxed(node, "value")?,
            }),
            "Pass" => Stmt::Pass(ast::StmtPass { node_index, range }),
            "Break" => Stmt::Break(ast::StmtBreak { node_index, range }),
            "Continue" => Stmt::Continue(ast::StmtContinue { node_index, range }),
            _ => return Err(self.unexpected(node, "stmt")),
        })
    }

    fn compound(&mut self, node: &PyRef, class: &str, range: TextRange) -> PyResult<Stmt> {
        let node_index = no_index();
        Ok(match class {
            "For" | "AsyncFor" => Stmt::For(ast::StmtFor {
                node_index,
                range,
                is_async: class == "AsyncFor",
                target: self.boxed(node, "target")?,
                iter: self.boxed(node, "iter")?,
                body: self.block(node, "body")?,
                orelse: self.statements(node, "orelse")?,
            }),
            "While" => Stmt::While(ast::StmtWhile {
                node_index,
                range,
                test: self.boxed(node, "test")?,
                body: self.block(node, "body")?,
                orelse: self.statements(node, "orelse")?,
            }),
            "If" => {
                let test = self.boxed(node, "test")?;
                let body = self.block(node, "body")?;
                let orelse = self.statements(node, "orelse")?;
                let otherwise = (!orelse.is_empty()).then(|| ast::ElifElseClause {
                    range,
                    node_index: no_index(),
                    test: None,
                    body: orelse,
                });
                Stmt::If(ast::StmtIf {
                    node_index,
                    range,
                    test,
                    body,
                    elif_else_clauses: otherwise.into_iter().collect(),
                })
            }
            "With" | "AsyncWith" => Stmt::With(ast::StmtWith {
                node_index,
                range,
                is_async: class == "AsyncWith",
                items: self.with_items(node, range)?,
                body: self.block(node, "body")?,
            }),
            "Match" => Stmt::Match(ast::StmtMatch {
                node_index,
                range,
                subject: self.boxed(node, "subject")?,
                cases: self.match_cases(node, range)?,
            }),
            _ => self.try_(node, class == "TryStar", range)?,
        })
    }

    fn with_items(&mut self, node: &PyRef, range: TextRange) -> PyResult<Vec<ast::WithItem>> {
        let items = self.each(node, "items", |lowering, item| {
            Ok(ast::WithItem {
                range,
                node_index: no_index(),
                context_expr: *lowering.boxed(item, "context_expr")?,
                optional_vars: lowering.optional_boxed(item, "optional_vars")?,
            })
        })?;
        if items.is_empty() {
            let class = self.vm.type_name(node);
            return Err(self.vm.value_error(format!("empty items on {class}")));
        }
        Ok(items)
    }

    fn try_(&mut self, node: &PyRef, is_star: bool, range: TextRange) -> PyResult<Stmt> {
        let body = self.block(node, "body")?;
        let handlers = self.each(node, "handlers", |lowering, handler| {
            let range = lowering.range(handler, "excepthandler")?;
            let handler = ast::ExceptHandlerExceptHandler {
                range,
                node_index: no_index(),
                type_: lowering.optional_boxed(handler, "type")?,
                name: lowering.optional_identifier(handler, "name", range)?,
                body: lowering.block(handler, "body")?,
            };
            Ok(ast::ExceptHandler::ExceptHandler(handler))
        })?;
        let orelse = self.statements(node, "orelse")?;
        let finalbody = self.statements(node, "finalbody")?;
        let class = self.vm.type_name(node);
        if handlers.is_empty() && finalbody.is_empty() {
            let message = format!("{class} has neither handlers nor finalbody");
            return Err(self.vm.value_error(message));
        }
        if handlers.is_empty() && !orelse.is_empty() {
            let message = format!("{class} has orelse but no except handlers");
            return Err(self.vm.value_error(message));
        }
        Ok(Stmt::Try(ast::StmtTry {
            node_index: no_index(),
            range,
            body,
            handlers,
            orelse,
            finalbody,
            is_star,
        }))
    }

    fn aliases(&mut self, node: &PyRef) -> PyResult<Vec<ast::Alias>> {
        let names = self.each(node, "names", |lowering, alias| {
            let range = lowering.range(alias, "alias")?;
            Ok(ast::Alias {
                range,
                node_index: no_index(),
                name: lowering.identifier(alias, "name", range)?,
                asname: lowering.optional_identifier(alias, "asname", range)?,
            })
        })?;
        if names.is_empty() {
            let class = self.vm.type_name(node);
            return Err(self.vm.value_error(format!("empty names on {class}")));
        }
        Ok(names)
    }

    fn import_from(&mut self, node: &PyRef, range: TextRange) -> PyResult<Stmt> {
        let level = match self.optional(node, "level")? {
            Some(level) => self.vm.index_i64(&level)?,
            None => 0,
        };
        let Ok(level) = u32::try_from(level) else {
            return Err(self.vm.value_error("Negative ImportFrom level"));
        };
        Ok(Stmt::ImportFrom(ast::StmtImportFrom {
            node_index: no_index(),
            range,
            module: self.optional_identifier(node, "module", range)?,
            names: self.aliases(node)?,
            level,
            is_lazy: false,
        }))
    }

    fn decorators(&mut self, node: &PyRef) -> PyResult<Vec<ast::Decorator>> {
        self.each(node, "decorator_list", |lowering, decorator| {
            let expression = lowering.expression(decorator)?;
            Ok(ast::Decorator {
                range: ruff_text_size::Ranged::range(&expression),
                node_index: no_index(),
                expression,
            })
        })
    }

    fn function(&mut self, node: &PyRef, class: &str, range: TextRange) -> PyResult<Stmt> {
        Ok(Stmt::FunctionDef(ast::StmtFunctionDef {
            node_index: no_index(),
            range,
            is_async: class == "AsyncFunctionDef",
            decorator_list: self.decorators(node)?,
            name: self.identifier(node, "name", range)?,
            type_params: self.type_params(node, range)?,
            parameters: Box::new(self.parameters(node, range)?),
            returns: self.optional_boxed(node, "returns")?,
            body: self.block(node, "body")?,
        }))
    }

    fn class(&mut self, node: &PyRef, range: TextRange) -> PyResult<Stmt> {
        let args = self.expressions(node, "bases")?;
        let keywords = self.keywords(node)?;
        let arguments = (!args.is_empty() || !keywords.is_empty()).then(|| {
            Box::new(ast::Arguments {
                range,
                node_index: no_index(),
                args: args.into(),
                keywords: keywords.into(),
            })
        });
        Ok(Stmt::ClassDef(ast::StmtClassDef {
            node_index: no_index(),
            range,
            decorator_list: self.decorators(node)?,
            name: self.identifier(node, "name", range)?,
            type_params: self.type_params(node, range)?,
            arguments,
            body: self.block(node, "body")?,
        }))
    }

    fn type_params(
        &mut self,
        node: &PyRef,
        range: TextRange,
    ) -> PyResult<Option<Box<ast::TypeParams>>> {
        let type_params = self.each(node, "type_params", |lowering, param| {
            let range = lowering.range(param, "type_param")?;
            let name = lowering.identifier(param, "name", range)?;
            let default = lowering.optional_boxed(param, "default_value")?;
            let node_index = no_index();
            Ok(match lowering.class_of(param)?.as_str() {
                "TypeVar" => ast::TypeParam::TypeVar(ast::TypeParamTypeVar {
                    node_index,
                    range,
                    name,
                    bound: lowering.optional_boxed(param, "bound")?,
                    default,
                }),
                "ParamSpec" => ast::TypeParam::ParamSpec(ast::TypeParamParamSpec {
                    node_index,
                    range,
                    name,
                    default,
                }),
                "TypeVarTuple" => ast::TypeParam::TypeVarTuple(ast::TypeParamTypeVarTuple {
                    node_index,
                    range,
                    name,
                    default,
                }),
                _ => return Err(lowering.unexpected(param, "type_param")),
            })
        })?;
        let is_generic = !type_params.is_empty();
        Ok(is_generic.then(|| {
            Box::new(ast::TypeParams {
                range,
                node_index: no_index(),
                type_params,
            })
        }))
    }
}
