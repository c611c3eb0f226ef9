//! Expressions.

use super::{Lowering, no_index};
use exuvia_vm::{PyRef, PyResult};
use ruff_python_ast::{self as ast, BoolOp, CmpOp, Expr, ExprContext, Operator, UnaryOp};
use ruff_text_size::TextRange;

impl Lowering<'_> {
    pub(super) fn expressions(&mut self, node: &PyRef, field: &str) -> PyResult<Vec<Expr>> {
        self.each(node, field, |lowering, item| lowering.expression(item))
    }

    /// Expressions of which there must be one.
    pub(super) fn filled(&mut self, node: &PyRef, field: &str) -> PyResult<Vec<Expr>> {
        let expressions = self.expressions(node, field)?;
        if expressions.is_empty() {
            let class = self.vm.type_name(node);
            return Err(self.vm.value_error(format!("empty {field} on {class}")));
        }
        Ok(expressions)
    }

    pub(super) fn boxed(&mut self, node: &PyRef, field: &str) -> PyResult<Box<Expr>> {
        let value = self.required(node, field)?;
        self.expression(&value).map(Box::new)
    }

    pub(super) fn optional_boxed(
        &mut self,
        node: &PyRef,
        field: &str,
    ) -> PyResult<Option<Box<Expr>>> {
        match self.optional(node, field)? {
            Some(value) => Ok(Some(Box::new(self.expression(&value)?))),
            None => Ok(None),
        }
    }

    pub(super) fn expression(&mut self, node: &PyRef) -> PyResult<Expr> {
        self.nested(|lowering| lowering.read_expression(node))
    }

    fn read_expression(&mut self, node: &PyRef) -> PyResult<Expr> {
        let (range, class) = (self.range(node, "expr")?, self.class_of(node)?);
        match class.as_str() {
            "BoolOp" | "NamedExpr" | "BinOp" | "UnaryOp" | "Lambda" | "IfExp" | "Compare" => {
                self.operation(node, &class, range)
            }
            "Dict" | "Set" | "List" | "Tuple" => self.display(node, &class, range),
            "ListComp" | "SetComp" | "DictComp" | "GeneratorExp" => {
                self.comprehension(node, &class, range)
            }
            "Await" | "Yield" | "YieldFrom" => self.suspension(node, &class, range),
            "Call" => self.call(node, range),
            "JoinedStr" => self.joined(node, range),
            "TemplateStr" => self.template(node, range),
            "Constant" => {
                let value = self.vm.get_attr_str(node, "value")?;
                self.constant(&value, range)
            }
            "Attribute" | "Subscript" | "Starred" | "Name" | "Slice" => {
                self.place(node, &class, range)
            }
            _ => Err(self.unexpected(node, "expr")),
        }
    }

    fn operation(&mut self, node: &PyRef, class: &str, range: TextRange) -> PyResult<Expr> {
        let node_index = no_index();
        Ok(match class {
            "BoolOp" => {
                let values = self.expressions(node, "values")?;
                if values.len() < 2 {
                    return Err(self.vm.value_error("BoolOp with less than 2 values"));
                }
                let op = match self.op_name(node, "boolop")?.as_str() {
                    "And" => BoolOp::And,
                    _ => BoolOp::Or,
                };
                Expr::BoolOp(ast::ExprBoolOp {
                    node_index,
                    range,
                    op,
                    values,
                })
            }
            "NamedExpr" => Expr::Named(ast::ExprNamed {
                node_index,
                range,
                target: self.boxed(node, "target")?,
                value: self.boxed(node, "value")?,
            }),
            "BinOp" => Expr::BinOp(ast::ExprBinOp {
                node_index,
                range,
                left: self.boxed(node, "left")?,
                op: self.operator(node)?,
                right: self.boxed(node, "right")?,
            }),
            "UnaryOp" => Expr::UnaryOp(ast::ExprUnaryOp {
                node_index,
                range,
                op: match self.op_name(node, "unaryop")?.as_str() {
                    "Invert" => UnaryOp::Invert,
                    "Not" => UnaryOp::Not,
                    "UAdd" => UnaryOp::UAdd,
                    _ => UnaryOp::USub,
                },
                operand: self.boxed(node, "operand")?,
            }),
            "Lambda" => Expr::Lambda(ast::ExprLambda {
                node_index,
                range,
                parameters: Some(Box::new(self.parameters(node, range)?)),
                body: self.boxed(node, "body")?,
            }),
            "IfExp" => Expr::If(ast::ExprIf {
                node_index,
                range,
                test: self.boxed(node, "test")?,
                body: self.boxed(node, "body")?,
                orelse: self.boxed(node, "orelse")?,
            }),
            _ => self.compare(node, range)?,
        })
    }

    fn op_name(&mut self, node: &PyRef, kind: &str) -> PyResult<String> {
        let op = self.required(node, "op")?;
        let name = self.class_of(&op)?;
        if name.is_empty() {
            return Err(self.unexpected(&op, kind));
        }
        Ok(name)
    }

    pub(super) fn operator(&mut self, node: &PyRef) -> PyResult<Operator> {
        Ok(match self.op_name(node, "operator")?.as_str() {
            "Add" => Operator::Add,
            "Sub" => Operator::Sub,
            "Mult" => Operator::Mult,
            "MatMult" => Operator::MatMult,
            "Div" => Operator::Div,
            "Mod" => Operator::Mod,
            "Pow" => Operator::Pow,
            "LShift" => Operator::LShift,
            "RShift" => Operator::RShift,
            "BitOr" => Operator::BitOr,
            "BitXor" => Operator::BitXor,
            "BitAnd" => Operator::BitAnd,
            "FloorDiv" => Operator::FloorDiv,
            _ => {
                let op = self.required(node, "op")?;
                return Err(self.unexpected(&op, "operator"));
            }
        })
    }

    fn compare(&mut self, node: &PyRef, range: TextRange) -> PyResult<Expr> {
        let left = self.boxed(node, "left")?;
        let ops = self.each(node, "ops", |lowering, op| {
            Ok(match lowering.class_of(op)?.as_str() {
                "Eq" => CmpOp::Eq,
                "NotEq" => CmpOp::NotEq,
                "Lt" => CmpOp::Lt,
                "LtE" => CmpOp::LtE,
                "Gt" => CmpOp::Gt,
                "GtE" => CmpOp::GtE,
                "Is" => CmpOp::Is,
                "IsNot" => CmpOp::IsNot,
                "In" => CmpOp::In,
                "NotIn" => CmpOp::NotIn,
                _ => return Err(lowering.unexpected(op, "cmpop")),
            })
        })?;
        let comparators = self.expressions(node, "comparators")?;
        if comparators.is_empty() {
            return Err(self.vm.value_error("Compare with no comparators"));
        }
        if comparators.len() != ops.len() {
            let message = "Compare has a different number of comparators and operands";
            return Err(self.vm.value_error(message));
        }
        Ok(Expr::Compare(ast::ExprCompare {
            node_index: no_index(),
            range,
            left,
            ops: ops.into(),
            comparators: comparators.into(),
        }))
    }

    fn display(&mut self, node: &PyRef, class: &str, range: TextRange) -> PyResult<Expr> {
        let node_index = no_index();
        if class == "Dict" {
            let keys = self.items(node, "keys")?;
            let values = self.expressions(node, "values")?;
            if keys.len() != values.len() {
                let message = "Dict doesn't have the same number of keys as values";
                return Err(self.vm.value_error(message));
            }
            let mut items = Vec::with_capacity(keys.len());
            for (key, value) in keys.iter().zip(values) {
                let key = match self.vm.is_none(key) {
                    true => None,
                    false => Some(self.expression(key)?),
                };
                items.push(ast::DictItem { key, value });
            }
            return Ok(Expr::Dict(ast::ExprDict {
                node_index,
                range,
                items,
            }));
        }
        let elts = self.expressions(node, "elts")?;
        Ok(match class {
            "Set" => Expr::Set(ast::ExprSet {
                node_index,
                range,
                elts,
            }),
            "List" => Expr::List(ast::ExprList {
                node_index,
                range,
                elts,
                ctx: self.context(node)?,
            }),
            _ => Expr::Tuple(ast::ExprTuple {
                node_index,
                range,
                elts,
                ctx: self.context(node)?,
                parenthesized: true,
            }),
        })
    }

    fn comprehension(&mut self, node: &PyRef, class: &str, range: TextRange) -> PyResult<Expr> {
        let node_index = no_index();
        let generators = self.generators(node, range)?;
        if class == "DictComp" {
            return Ok(Expr::DictComp(ast::ExprDictComp {
                node_index,
                range,
                key: self.boxed(node, "key")?,
                value: self.boxed(node, "value")?,
                generators,
            }));
        }
        let elt = self.boxed(node, "elt")?;
        Ok(match class {
            "ListComp" => Expr::ListComp(ast::ExprListComp {
                node_index,
                range,
                elt,
                generators,
            }),
            "SetComp" => Expr::SetComp(ast::ExprSetComp {
                node_index,
                range,
                elt,
                generators,
            }),
            _ => Expr::Generator(ast::ExprGenerator {
                node_index,
                range,
                elt,
                generators,
                parenthesized: true,
            }),
        })
    }

    fn generators(&mut self, node: &PyRef, range: TextRange) -> PyResult<Vec<ast::Comprehension>> {
        let generators = self.each(node, "generators", |lowering, generator| {
            Ok(ast::Comprehension {
                range,
                node_index: no_index(),
                target: *lowering.boxed(generator, "target")?,
                iter: *lowering.boxed(generator, "iter")?,
                ifs: lowering.expressions(generator, "ifs")?,
                is_async: lowering.flag(generator, "is_async")?,
            })
        })?;
        if generators.is_empty() {
            return Err(self.vm.value_error("comprehension with no generators"));
        }
        Ok(generators)
    }

    fn suspension(&mut self, node: &PyRef, class: &str, range: TextRange) -> PyResult<Expr> {
        let node_index = no_index();
        Ok(match class {
            "Await" => Expr::Await(ast::ExprAwait {
                node_index,
                range,
                value: self.boxed(node, "value")?,
            }),
            "Yield" => Expr::Yield(ast::ExprYield {
                node_index,
                range,
                value: self.optional_boxed(node, "value")?,
            }),
            _ => Expr::YieldFrom(ast::ExprYieldFrom {
                node_index,
                range,
                value: self.boxed(node, "value")?,
            }),
        })
    }

    fn call(&mut self, node: &PyRef, range: TextRange) -> PyResult<Expr> {
        Ok(Expr::Call(ast::ExprCall {
            node_index: no_index(),
            range,
            func: self.boxed(node, "func")?,
            arguments: ast::Arguments {
                range,
                node_index: no_index(),
                args: self.expressions(node, "args")?.into(),
                keywords: self.keywords(node)?.into(),
            },
        }))
    }

    pub(super) fn keywords(&mut self, node: &PyRef) -> PyResult<Vec<ast::Keyword>> {
        self.each(node, "keywords", |lowering, keyword| {
            let range = lowering.range(keyword, "keyword")?;
            Ok(ast::Keyword {
                range,
                node_index: no_index(),
                arg: lowering.optional_identifier(keyword, "arg", range)?,
                value: *lowering.boxed(keyword, "value")?,
            })
        })
    }

    fn context(&mut self, node: &PyRef) -> PyResult<ExprContext> {
        match self.optional(node, "ctx")? {
            Some(ctx) => Ok(match self.class_of(&ctx)?.as_str() {
                "Load" => ExprContext::Load,
                "Store" => ExprContext::Store,
                "Del" => ExprContext::Del,
                _ => return Err(self.unexpected(&ctx, "expr_context")),
            }),
            None => Ok(ExprContext::Load),
        }
    }

    fn place(&mut self, node: &PyRef, class: &str, range: TextRange) -> PyResult<Expr> {
        let node_index = no_index();
        Ok(match class {
            "Attribute" => Expr::Attribute(ast::ExprAttribute {
                node_index,
                range,
                value: self.boxed(node, "value")?,
                attr: self.identifier(node, "attr", range)?,
                ctx: self.context(node)?,
            }),
            "Subscript" => Expr::Subscript(ast::ExprSubscript {
                node_index,
                range,
                value: self.boxed(node, "value")?,
                slice: self.boxed(node, "slice")?,
                ctx: self.context(node)?,
            }),
            "Starred" => Expr::Starred(ast::ExprStarred {
                node_index,
                range,
                value: self.boxed(node, "value")?,
                ctx: self.context(node)?,
            }),
            "Name" => Expr::Name(ast::ExprName {
                node_index,
                range,
                id: self.identifier(node, "id", range)?.id,
                ctx: self.context(node)?,
            }),
            _ => Expr::Slice(ast::ExprSlice {
                node_index,
                range,
                lower: self.optional_boxed(node, "lower")?,
                upper: self.optional_boxed(node, "upper")?,
                step: self.optional_boxed(node, "step")?,
            }),
        })
    }
}
