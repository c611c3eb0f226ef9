//! Constants, f-strings and t-strings.

use super::{Lowering, no_index};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::complex::PyComplex;
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{PyRef, PyResult};
use ruff_python_ast::{
    self as ast, ConversionFlag, Expr, FStringFlags, InterpolatedStringElement, Number,
    StringLiteralFlags, TStringFlags, UnaryOp,
};
use ruff_text_size::TextRange;

impl Lowering<'_> {
    pub(super) fn constant(&mut self, value: &PyRef, range: TextRange) -> PyResult<Expr> {
        let node_index = no_index();
        if self.vm.is_none(value) {
            return Ok(Expr::NoneLiteral(ast::ExprNoneLiteral {
                node_index,
                range,
            }));
        }
        if value.is(&self.vm.ellipsis()) {
            return Ok(Expr::EllipsisLiteral(ast::ExprEllipsisLiteral {
                node_index,
                range,
            }));
        }
        for truth in [true, false] {
            if value.is(&self.vm.new_bool(truth)) {
                return Ok(Expr::BooleanLiteral(ast::ExprBooleanLiteral {
                    node_index,
                    range,
                    value: truth,
                }));
            }
        }
        if let Some(text) = value.downcast_ref::<PyStr>() {
            let value = self.literal_text(&text.clone())?;
            let literal = ast::StringLiteral {
                range,
                node_index: no_index(),
                value,
                flags: StringLiteralFlags::empty(),
            };
            return Ok(Expr::StringLiteral(ast::ExprStringLiteral {
                node_index,
                range,
                value: ast::StringLiteralValue::single(literal),
            }));
        }
        if let Some(bytes) = value.downcast_ref::<PyBytes>() {
            let literal = ast::BytesLiteral {
                range,
                node_index: no_index(),
                value: bytes.as_slice().into(),
                flags: ast::BytesLiteralFlags::empty(),
            };
            return Ok(Expr::BytesLiteral(ast::ExprBytesLiteral {
                node_index,
                range,
                value: ast::BytesLiteralValue::single(literal),
            }));
        }
        if let Some(items) = value.downcast_ref::<PyTuple>() {
            let items = items.to_vec();
            let elts = items.iter().map(|item| self.constant(item, range));
            return Ok(Expr::Tuple(ast::ExprTuple {
                node_index,
                range,
                elts: elts.collect::<PyResult<_>>()?,
                ctx: ast::ExprContext::Load,
                parenthesized: true,
            }));
        }
        self.number(value, range)
    }

    fn number(&mut self, value: &PyRef, range: TextRange) -> PyResult<Expr> {
        let (number, is_negative) = if let Some(int) = value.downcast_ref::<PyInt>() {
            let int = int.to_bigint();
            let digits = int.magnitude().to_string();
            let Ok(parsed) = digits.parse() else {
                return Err(self.vm.system_error("an integer without digits"));
            };
            (
                Number::Int(parsed),
                int.sign() == malachite_bigint::Sign::Minus,
            )
        } else if let Some(float) = exuvia_vm::types::float::float_value(value) {
            (Number::Float(float), false)
        } else if let Some(complex) = value.downcast_ref::<PyComplex>() {
            let value = complex.value();
            let (real, imag) = (value.re, value.im);
            (Number::Complex { real, imag }, false)
        } else {
            let found = self.vm.type_name(value);
            return Err(self
                .vm
                .type_error(format!("got an invalid type in Constant: {found}")));
        };
        let node_index = no_index();
        let literal = Expr::NumberLiteral(ast::ExprNumberLiteral {
            node_index,
            range,
            value: number,
        });
        if !is_negative {
            return Ok(literal);
        }
        Ok(Expr::UnaryOp(ast::ExprUnaryOp {
            node_index: no_index(),
            range,
            op: UnaryOp::USub,
            operand: Box::new(literal),
        }))
    }

    /// The text of a literal. Where it has the replacement character, the compiler would look into the source text, which is
    /// made up.
    fn literal_text(&mut self, text: &PyStr) -> PyResult<Box<str>> {
        match text.to_utf8() {
            Some(text) if !text.contains(char::REPLACEMENT_CHARACTER) => Ok(text.into()),
            _ => Err(self.vm.not_implemented_error(
                "strings with surrogates or U+FFFD in a syntax tree to compile",
            )),
        }
    }

    pub(super) fn joined(&mut self, node: &PyRef, range: TextRange) -> PyResult<Expr> {
        let string = ast::FString {
            range,
            node_index: no_index(),
            elements: self.elements(node, range)?.into(),
            flags: FStringFlags::empty(),
        };
        Ok(Expr::FString(ast::ExprFString {
            node_index: no_index(),
            range,
            value: ast::FStringValue::single(string),
        }))
    }

    pub(super) fn template(&mut self, node: &PyRef, range: TextRange) -> PyResult<Expr> {
        let string = ast::TString {
            range,
            node_index: no_index(),
            elements: self.elements(node, range)?.into(),
            flags: TStringFlags::empty(),
        };
        Ok(Expr::TString(ast::ExprTString {
            node_index: no_index(),
            range,
            value: ast::TStringValue::single(string),
        }))
    }

    /// The values of a string with replacement fields.
    fn elements(
        &mut self,
        node: &PyRef,
        range: TextRange,
    ) -> PyResult<Vec<InterpolatedStringElement>> {
        self.vm.check_native_stack(" during ast construction")?;
        let mut elements = Vec::new();
        for item in self.items(node, "values")? {
            match self.class_of(&item)?.as_str() {
                "JoinedStr" => elements.extend(self.elements(&item, range)?),
                "Constant" => {
                    let value = self.vm.get_attr_str(&item, "value")?;
                    let Some(text) = value.downcast_ref::<PyStr>().cloned() else {
                        return Err(self.unexpected(&item, "string"));
                    };
                    let value = self.literal_text(&text)?;
                    elements.push(InterpolatedStringElement::Literal(
                        ast::InterpolatedStringLiteralElement {
                            range,
                            node_index: no_index(),
                            value,
                        },
                    ));
                }
                "FormattedValue" | "Interpolation" => elements.push(self.interpolation(&item)?),
                _ => return Err(self.unexpected(&item, "expr")),
            }
        }
        Ok(elements)
    }

    fn interpolation(&mut self, node: &PyRef) -> PyResult<InterpolatedStringElement> {
        let range = self.range(node, "expr")?;
        let conversion = match self.optional(node, "conversion")? {
            Some(conversion) => self.vm.index_i64(&conversion)?,
            None => -1,
        };
        let conversion = match conversion {
            -1 => ConversionFlag::None,
            115 => ConversionFlag::Str,
            114 => ConversionFlag::Repr,
            97 => ConversionFlag::Ascii,
            other => {
                let message = format!("Unrecognized conversion character {other}");
                return Err(self.vm.system_error(message));
            }
        };
        let format_spec = match self.optional(node, "format_spec")? {
            None => None,
            Some(spec) => Some(Box::new(ast::InterpolatedStringFormatSpec {
                range,
                node_index: no_index(),
                elements: self.elements(&spec, range)?.into(),
            })),
        };
        Ok(InterpolatedStringElement::Interpolation(
            ast::InterpolatedElement {
                range,
                node_index: no_index(),
                expression: self.boxed(node, "value")?,
                debug_text: None,
                conversion,
                format_spec,
            },
        ))
    }
}
