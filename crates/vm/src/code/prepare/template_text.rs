//! Template strings: the text that `=` puts in front of a value, and all of the expression's text.
//!
//! The compiler leaves out the former, and of the latter what is behind the expression.

use ruff_text_size::{Ranged, TextRange, TextSize};
use rustpython_compiler::ast::visitor::transformer::{self, Transformer};
use rustpython_compiler::ast::{
    self, BoolOp, ConversionFlag, Expr, InterpolatedStringElement as Element,
};

/// Rewrites template strings.
pub(super) struct TemplateText<'s>(pub(super) &'s str);

impl Transformer for TemplateText<'_> {
    fn visit_expr(&self, expression: &mut Expr) {
        transformer::walk_expr(self, expression);
        if let Expr::TString(string) = expression {
            for part in string.value.iter_mut() {
                let elements = part.elements.iter().cloned();
                let elements: Vec<_> = elements.flat_map(|e| self.with_text(e)).collect();
                part.elements = elements.into();
            }
        }
    }
}

impl TemplateText<'_> {
    /// An element, with the text in front of it.
    fn with_text(&self, element: Element) -> Vec<Element> {
        let Element::Interpolation(mut field) = element else {
            return vec![element];
        };
        let range = field.expression.range();
        let text = field.debug_text.take().map(|debug| {
            let value = self.source(range);
            format!("{}{value}{}", debug.leading, debug.trailing)
        });
        self.extend(&mut field.expression);
        let Some(text) = text else {
            return vec![Element::Interpolation(field)];
        };
        if field.conversion == ConversionFlag::None && field.format_spec.is_none() {
            field.conversion = ConversionFlag::Repr;
        }
        let literal = ast::InterpolatedStringLiteralElement {
            range,
            node_index: Default::default(),
            value: text.into(),
        };
        vec![Element::Literal(literal), Element::Interpolation(field)]
    }

    fn source(&self, range: TextRange) -> &str {
        let range = range.start().to_usize()..range.end().to_usize();
        self.0.get(range).unwrap_or_default()
    }

    /// Makes the expression's range reach to what ends it. For that it becomes an operation of one operand, which
    /// compiles to its operand.
    fn extend(&self, expression: &mut Box<Expr>) {
        let range = expression.range();
        let rest = self.0.get(range.end().to_usize()..).unwrap_or_default();
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ')');
        let Ok(length) = u32::try_from(rest.len() - behind.len()) else {
            return;
        };
        if length == 0 {
            return;
        }
        let operand = std::mem::replace(
            &mut **expression,
            Expr::NoneLiteral(ast::ExprNoneLiteral::default()),
        );
        **expression = Expr::BoolOp(ast::ExprBoolOp {
            node_index: Default::default(),
            range: TextRange::new(range.start(), range.end() + TextSize::new(length)),
            op: BoolOp::Or,
            values: vec![operand],
        });
    }
}
