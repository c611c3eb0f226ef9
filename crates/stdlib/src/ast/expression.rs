//! Expressions, and the parameters and arguments of calls.

use super::build::Builder;
use exuvia_vm::{PyRef, PyResult};
use malachite_bigint::BigInt;
use num_traits::Num;
use ruff_python_ast::{self as ast, BoolOp, CmpOp, Expr, ExprContext, Number, Operator, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

impl Builder<'_> {
    pub(super) fn expressions(&mut self, expressions: &[Expr]) -> PyResult {
        self.list_of(expressions, |builder, expression| {
            builder.expression(expression)
        })
    }

    pub(super) fn optional(&mut self, expression: Option<&Expr>) -> PyResult {
        match expression {
            Some(expression) => self.expression(expression),
            None => Ok(self.none()),
        }
    }

    pub(super) fn expression(&mut self, expression: &Expr) -> PyResult {
        self.vm.check_native_stack(" during ast construction")?;
        match expression {
            Expr::BoolOp(_)
            | Expr::BinOp(_)
            | Expr::UnaryOp(_)
            | Expr::Compare(_)
            | Expr::If(_)
            | Expr::Named(_)
            | Expr::Lambda(_) => self.operation(expression),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expression)
            }
            Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) => self.suspension(expression),
            Expr::Call(node) => self.call(node),
            Expr::FString(node) => self.joined(node),
            Expr::TString(node) => self.template(node),
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => self.literal(expression),
            Expr::Attribute(_) | Expr::Subscript(_) | Expr::Starred(_) | Expr::Name(_) => {
                self.place(expression)
            }
            Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_) => {
                self.display(expression)
            }
            Expr::Slice(node) => {
                let lower = self.optional(node.lower.as_deref())?;
                let upper = self.optional(node.upper.as_deref())?;
                let step = self.optional(node.step.as_deref())?;
                let fields = [("lower", lower), ("upper", upper), ("step", step)];
                self.node("Slice", Some(node.range), fields)
            }
            Expr::IpyEscapeCommand(_) => {
                Err(self.vm.system_error("an escape command in a program"))
            }
        }
    }

    fn operation(&mut self, expression: &Expr) -> PyResult {
        let range = Some(expression.range());
        match expression {
            Expr::BoolOp(node) => {
                let op = self.singleton(match node.op {
                    BoolOp::And => "And",
                    BoolOp::Or => "Or",
                })?;
                let values = self.expressions(&node.values)?;
                self.node("BoolOp", range, [("op", op), ("values", values)])
            }
            Expr::BinOp(node) => {
                let left = self.expression(&node.left)?;
                let op = self.operator(node.op)?;
                let right = self.expression(&node.right)?;
                let fields = [("left", left), ("op", op), ("right", right)];
                self.node("BinOp", range, fields)
            }
            Expr::UnaryOp(node) => {
                let op = self.singleton(match node.op {
                    UnaryOp::Invert => "Invert",
                    UnaryOp::Not => "Not",
                    UnaryOp::UAdd => "UAdd",
                    UnaryOp::USub => "USub",
                })?;
                let operand = self.expression(&node.operand)?;
                self.node("UnaryOp", range, [("op", op), ("operand", operand)])
            }
            Expr::Compare(node) => {
                let left = self.expression(&node.left)?;
                let ops = self.list_of(&node.ops, |builder, &op| builder.comparison(op))?;
                let comparators = self.expressions(&node.comparators)?;
                let fields = [("left", left), ("ops", ops), ("comparators", comparators)];
                self.node("Compare", range, fields)
            }
            Expr::If(node) => {
                let test = self.expression(&node.test)?;
                let body = self.expression(&node.body)?;
                let orelse = self.expression(&node.orelse)?;
                let fields = [("test", test), ("body", body), ("orelse", orelse)];
                self.node("IfExp", range, fields)
            }
            Expr::Named(node) => {
                let target = self.expression(&node.target)?;
                let value = self.expression(&node.value)?;
                self.node("NamedExpr", range, [("target", target), ("value", value)])
            }
            Expr::Lambda(node) => {
                let args = self.parameters(node.parameters.as_deref())?;
                let body = self.expression(&node.body)?;
                self.node("Lambda", range, [("args", args), ("body", body)])
            }
            _ => Err(self.vm.system_error("not an operation")),
        }
    }

    pub(super) fn operator(&mut self, op: Operator) -> PyResult {
        self.singleton(match op {
            Operator::Add => "Add",
            Operator::Sub => "Sub",
            Operator::Mult => "Mult",
            Operator::MatMult => "MatMult",
            Operator::Div => "Div",
            Operator::Mod => "Mod",
            Operator::Pow => "Pow",
            Operator::LShift => "LShift",
            Operator::RShift => "RShift",
            Operator::BitOr => "BitOr",
            Operator::BitXor => "BitXor",
            Operator::BitAnd => "BitAnd",
            Operator::FloorDiv => "FloorDiv",
        })
    }

    fn comparison(&mut self, op: CmpOp) -> PyResult {
        self.singleton(match op {
            CmpOp::Eq => "Eq",
            CmpOp::NotEq => "NotEq",
            CmpOp::Lt => "Lt",
            CmpOp::LtE => "LtE",
            CmpOp::Gt => "Gt",
            CmpOp::GtE => "GtE",
            CmpOp::Is => "Is",
            CmpOp::IsNot => "IsNot",
            CmpOp::In => "In",
            CmpOp::NotIn => "NotIn",
        })
    }

    fn comprehension(&mut self, expression: &Expr) -> PyResult {
        let range = Some(expression.range());
        let (class, elt, generators) = match expression {
            Expr::ListComp(node) => ("ListComp", &node.elt, &node.generators),
            Expr::SetComp(node) => ("SetComp", &node.elt, &node.generators),
            Expr::Generator(node) => ("GeneratorExp", &node.elt, &node.generators),
            Expr::DictComp(node) => {
                let key = self.expression(&node.key)?;
                let value = self.expression(&node.value)?;
                let generators = self.generators(&node.generators)?;
                let fields = [("key", key), ("value", value), ("generators", generators)];
                return self.node("DictComp", range, fields);
            }
            _ => return Err(self.vm.system_error("not a comprehension")),
        };
        let elt = self.expression(elt)?;
        let generators = self.generators(generators)?;
        self.node(class, range, [("elt", elt), ("generators", generators)])
    }

    fn generators(&mut self, generators: &[ast::Comprehension]) -> PyResult {
        self.list_of(generators, |builder, generator| {
            let target = builder.expression(&generator.target)?;
            let iter = builder.expression(&generator.iter)?;
            let ifs = builder.expressions(&generator.ifs)?;
            let is_async = builder.int(generator.is_async.into())?;
            let fields = [
                ("target", target),
                ("iter", iter),
                ("ifs", ifs),
                ("is_async", is_async),
            ];
            builder.node("comprehension", None, fields)
        })
    }

    fn suspension(&mut self, expression: &Expr) -> PyResult {
        let range = Some(expression.range());
        let (class, value) = match expression {
            Expr::Await(node) => ("Await", Some(&*node.value)),
            Expr::YieldFrom(node) => ("YieldFrom", Some(&*node.value)),
            Expr::Yield(node) => ("Yield", node.value.as_deref()),
            _ => return Err(self.vm.system_error("not an await or yield")),
        };
        let value = self.optional(value)?;
        self.node(class, range, [("value", value)])
    }

    fn call(&mut self, node: &ast::ExprCall) -> PyResult {
        let func = self.expression(&node.func)?;
        let args = match &*node.arguments.args {
            // A generator that is the only argument has the parentheses of the call.
            [Expr::Generator(generator)] if !generator.parenthesized => {
                let mut generator = generator.clone();
                generator.range = node.arguments.range;
                self.expressions(&[Expr::Generator(generator)])?
            }
            args => self.expressions(args)?,
        };
        let keywords = self.keywords(&node.arguments.keywords)?;
        let fields = [("func", func), ("args", args), ("keywords", keywords)];
        self.node("Call", Some(node.range), fields)
    }

    pub(super) fn keywords(&mut self, keywords: &[ast::Keyword]) -> PyResult {
        self.list_of(keywords, |builder, keyword| {
            let arg = builder.optional_identifier(keyword.arg.as_ref())?;
            let value = builder.expression(&keyword.value)?;
            let fields = [("arg", arg), ("value", value)];
            builder.node("keyword", Some(keyword.range), fields)
        })
    }

    fn literal(&mut self, expression: &Expr) -> PyResult {
        let mut kind = None;
        let value = match expression {
            Expr::StringLiteral(node) => {
                kind = node.value.is_unicode().then_some("u");
                self.string(&node.value)?
            }
            Expr::BytesLiteral(node) => {
                let bytes: Vec<u8> = node.value.bytes().collect();
                self.vm.new_bytes(&bytes)?.into_any()
            }
            Expr::NumberLiteral(node) => self.number(&node.value)?,
            Expr::BooleanLiteral(node) => self.vm.new_bool(node.value),
            Expr::EllipsisLiteral(_) => self.vm.ellipsis(),
            _ => self.none(),
        };
        self.constant(expression.range(), value, kind)
    }

    pub(super) fn constant(
        &mut self,
        range: TextRange,
        value: PyRef,
        kind: Option<&str>,
    ) -> PyResult {
        let kind = match kind {
            Some(kind) => self.text(kind)?,
            None => self.none(),
        };
        self.node("Constant", Some(range), [("value", value), ("kind", kind)])
    }

    fn number(&mut self, number: &Number) -> PyResult {
        match number {
            Number::Int(int) => match int.as_i64() {
                Some(small) => self.vm.new_int(small),
                None => self.big_int(&int.to_string()),
            },
            Number::Float(value) => self.vm.new_float(*value),
            Number::Complex { real, imag } => self.vm.new_complex(*real, *imag),
        }
    }

    fn big_int(&mut self, text: &str) -> PyResult {
        let text = text.replace('_', "");
        let (digits, radix) = match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0x") => (&text[2..], 16),
            Some("0o") => (&text[2..], 8),
            Some("0b") => (&text[2..], 2),
            _ => (&text[..], 10),
        };
        match BigInt::from_str_radix(digits, radix) {
            Ok(value) => self.vm.new_bigint(value),
            Err(_) => Err(self.vm.system_error("an integer with invalid digits")),
        }
    }

    fn context(&mut self, context: ExprContext) -> PyResult {
        self.singleton(match context {
            ExprContext::Load | ExprContext::Invalid => "Load",
            ExprContext::Store => "Store",
            ExprContext::Del => "Del",
        })
    }

    /// What can be assigned to.
    fn place(&mut self, expression: &Expr) -> PyResult {
        let range = Some(expression.range());
        match expression {
            Expr::Attribute(node) => {
                let value = self.expression(&node.value)?;
                let attr = self.identifier(&node.attr)?;
                let ctx = self.context(node.ctx)?;
                let fields = [("value", value), ("attr", attr), ("ctx", ctx)];
                self.node("Attribute", range, fields)
            }
            Expr::Subscript(node) => {
                let value = self.expression(&node.value)?;
                let slice = self.expression(&node.slice)?;
                let ctx = self.context(node.ctx)?;
                let fields = [("value", value), ("slice", slice), ("ctx", ctx)];
                self.node("Subscript", range, fields)
            }
            Expr::Starred(node) => {
                let value = self.expression(&node.value)?;
                let ctx = self.context(node.ctx)?;
                self.node("Starred", range, [("value", value), ("ctx", ctx)])
            }
            Expr::Name(node) => {
                let id = self.name(&node.id)?;
                let ctx = self.context(node.ctx)?;
                self.node("Name", range, [("id", id), ("ctx", ctx)])
            }
            _ => Err(self.vm.system_error("not something to assign to")),
        }
    }

    fn display(&mut self, expression: &Expr) -> PyResult {
        let range = Some(expression.range());
        match expression {
            Expr::List(node) => {
                let elts = self.expressions(&node.elts)?;
                let ctx = self.context(node.ctx)?;
                self.node("List", range, [("elts", elts), ("ctx", ctx)])
            }
            Expr::Tuple(node) => {
                let elts = self.expressions(&node.elts)?;
                let ctx = self.context(node.ctx)?;
                self.node("Tuple", range, [("elts", elts), ("ctx", ctx)])
            }
            Expr::Set(node) => {
                let elts = self.expressions(&node.elts)?;
                self.node("Set", range, [("elts", elts)])
            }
            Expr::Dict(node) => {
                let keys = self.list_of(&node.items, |builder, item| {
                    builder.optional(item.key.as_ref())
                })?;
                let values =
                    self.list_of(&node.items, |builder, item| builder.expression(&item.value))?;
                self.node("Dict", range, [("keys", keys), ("values", values)])
            }
            _ => Err(self.vm.system_error("not a display")),
        }
    }

    pub(super) fn parameters(&mut self, parameters: Option<&ast::Parameters>) -> PyResult {
        let empty = ast::Parameters::default();
        let parameters = parameters.unwrap_or(&empty);
        let plain = |builder: &mut Self, parameters: &[ast::ParameterWithDefault]| {
            builder.list_of(parameters, |builder, p| builder.parameter(&p.parameter))
        };
        let posonlyargs = plain(self, &parameters.posonlyargs)?;
        let args = plain(self, &parameters.args)?;
        let vararg = self.optional_parameter(parameters.vararg.as_deref())?;
        let kwonlyargs = plain(self, &parameters.kwonlyargs)?;
        let kw_defaults = self.list_of(&parameters.kwonlyargs, |builder, parameter| {
            builder.optional(parameter.default.as_deref())
        })?;
        let kwarg = self.optional_parameter(parameters.kwarg.as_deref())?;
        let positional = parameters.posonlyargs.iter().chain(&parameters.args);
        let defaults = self.list_of(
            positional.filter_map(|parameter| parameter.default.as_deref()),
            |builder, default| builder.expression(default),
        )?;
        let fields = [
            ("posonlyargs", posonlyargs),
            ("args", args),
            ("vararg", vararg),
            ("kwonlyargs", kwonlyargs),
            ("kw_defaults", kw_defaults),
            ("kwarg", kwarg),
            ("defaults", defaults),
        ];
        self.node("arguments", None, fields)
    }

    fn optional_parameter(&mut self, parameter: Option<&ast::Parameter>) -> PyResult {
        match parameter {
            Some(parameter) => self.parameter(parameter),
            None => Ok(self.none()),
        }
    }

    fn parameter(&mut self, parameter: &ast::Parameter) -> PyResult {
        let arg = self.identifier(&parameter.name)?;
        let annotation = self.optional(parameter.annotation.as_deref())?;
        // The stars are not part of it.
        let range = TextRange::new(parameter.name.range.start(), parameter.range.end());
        let fields = [
            ("arg", arg),
            ("annotation", annotation),
            ("type_comment", self.none()),
        ];
        self.node("arg", Some(range), fields)
    }
}
