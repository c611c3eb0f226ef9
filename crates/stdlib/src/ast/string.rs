//! String literals, f-strings and t-strings.

use super::build::Builder;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Ref};
use ruff_python_ast::{
    self as ast, ConversionFlag, FStringPart, InterpolatedElement, InterpolatedStringElement,
    StringLiteral, StringLiteralValue,
};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustpython_compiler::Mode;

/// The parser's text for code points that Rust's strings cannot hold.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Bytes that an opening brace takes, and a colon.
const BRACE: TextSize = TextSize::new(1);
const COLON: TextSize = TextSize::new(1);

/// Literal text between the replacement fields of a string, which may come from several literals.
struct Pending {
    range: TextRange,
    texts: Vec<PyRef>,
    kind: Option<&'static str>,
}

/// The values of a string with replacement fields, as far as they are made.
#[derive(Default)]
struct Values {
    made: Vec<PyRef>,
    pending: Option<Pending>,
}

impl<'a> Builder<'a> {
    /// The value of a string literal of one or several parts.
    pub(super) fn string(&mut self, value: &StringLiteralValue) -> PyResult {
        let text = value.to_str();
        if !text.contains(REPLACEMENT) {
            return self.text(text);
        }
        let mut parts = Vec::new();
        for part in value {
            parts.push(self.string_part(part)?);
        }
        self.concatenated(parts)
    }

    fn string_part(&mut self, part: &StringLiteral) -> PyResult {
        if part.value.contains(REPLACEMENT) {
            self.evaluated(self.slice(part.range))
        } else {
            self.text(&part.value)
        }
    }

    /// The value of a literal that has lone surrogates in it, from its source text.
    fn evaluated(&mut self, literal: &str) -> PyResult {
        let code = self.vm.compile(literal, "<string>", Mode::Eval)?;
        let globals: Ref<PyDict> = self.vm.new_dict()?;
        exuvia_vm::eval::call::run_code(self.vm, &code, &globals, None, None)
    }

    fn concatenated(&mut self, mut parts: Vec<PyRef>) -> PyResult {
        if let [_] = parts.as_slice() {
            return Ok(parts.remove(0));
        }
        let mut joined = rustpython_wtf8::Wtf8Buf::new();
        for part in &parts {
            if let Some(part) = part.downcast_ref::<PyStr>() {
                joined.push_wtf8(&part.to_wtf8());
            }
        }
        Ok(self.vm.new_str_from_wtf8(&joined)?.into_any())
    }

    /// An f-string.
    pub(super) fn joined(&mut self, node: &ast::ExprFString) -> PyResult {
        let mut values = Values::default();
        for part in &node.value {
            match part {
                FStringPart::Literal(literal) => {
                    let text = self.string_part(literal)?;
                    let kind = literal.flags.prefix().is_unicode().then_some("u");
                    self.add_text(&mut values, literal.range, text, kind);
                }
                FStringPart::FString(string) => {
                    let quotes = self.quotes(string.range);
                    for element in &string.elements {
                        self.element(&mut values, element, quotes, "FormattedValue")?;
                    }
                }
            }
        }
        let values = self.finished(values)?;
        self.node("JoinedStr", Some(node.range), [("values", values)])
    }

    /// A t-string.
    pub(super) fn template(&mut self, node: &ast::ExprTString) -> PyResult {
        let mut values = Values::default();
        for string in &node.value {
            let quotes = self.quotes(string.range);
            for element in &string.elements {
                self.element(&mut values, element, quotes, "Interpolation")?;
            }
        }
        let values = self.finished(values)?;
        self.node("TemplateStr", Some(node.range), [("values", values)])
    }

    /// The prefix and the opening quotes of a string.
    fn quotes(&self, range: TextRange) -> &'static str {
        let text = self.slice(range);
        let is_raw = text
            .split(['"', '\''])
            .next()
            .is_some_and(|prefix| prefix.contains(['r', 'R']));
        match (is_raw, text.contains("\"\"\""), text.contains("'''")) {
            (true, true, _) => "r\"\"\"",
            (true, _, true) => "r'''",
            (false, _, true) => "'''",
            (true, ..) if text.ends_with('\'') => "r'",
            (true, ..) => "r\"",
            (false, true, _) => "\"\"\"",
            (false, ..) if text.ends_with('\'') => "'",
            (false, ..) => "\"",
        }
    }

    fn add_text(
        &mut self,
        values: &mut Values,
        range: TextRange,
        text: PyRef,
        kind: Option<&'static str>,
    ) {
        match &mut values.pending {
            Some(pending) => {
                pending.range = TextRange::new(pending.range.start(), range.end());
                pending.texts.push(text);
            }
            None => {
                let texts = vec![text];
                values.pending = Some(Pending { range, texts, kind });
            }
        }
    }

    /// Makes a constant of the literal text, unless it is empty.
    fn flush(&mut self, values: &mut Values) -> PyResult<()> {
        if let Some(pending) = values.pending.take() {
            let text = self.concatenated(pending.texts)?;
            if self.vm.len(&text)? > 0 {
                let constant = self.constant(pending.range, text, pending.kind)?;
                values.made.push(constant);
            }
        }
        Ok(())
    }

    fn finished(&mut self, mut values: Values) -> PyResult {
        self.flush(&mut values)?;
        self.list(values.made)
    }

    fn element(
        &mut self,
        values: &mut Values,
        element: &InterpolatedStringElement,
        quotes: &'static str,
        class: &'static str,
    ) -> PyResult<()> {
        match element {
            InterpolatedStringElement::Literal(literal) => {
                let text = if literal.value.contains(REPLACEMENT) {
                    let source = self.slice(literal.range);
                    let source = source.replace("{{", "{").replace("}}", "}");
                    let closing = quotes.trim_start_matches('r');
                    self.evaluated(&format!("{quotes}{source}{closing}"))?
                } else {
                    self.text(&literal.value)?
                };
                self.add_text(values, literal.range, text, None);
                Ok(())
            }
            InterpolatedStringElement::Interpolation(element) => {
                self.interpolation(values, element, quotes, class)
            }
        }
    }

    fn interpolation(
        &mut self,
        values: &mut Values,
        element: &InterpolatedElement,
        quotes: &'static str,
        class: &'static str,
    ) -> PyResult<()> {
        let mut conversion = element.conversion;
        if let Some(debug) = &element.debug_text {
            let expression = self.slice(element.expression.range());
            let text = [debug.leading.as_str(), expression, &debug.trailing].concat();
            let start = element.range.start() + BRACE;
            let end = start + TextSize::of(&text);
            let range = TextRange::new(start, end.min(element.range.end()));
            let text = self.text(&text)?;
            self.add_text(values, range, text, None);
            if conversion == ConversionFlag::None && element.format_spec.is_none() {
                conversion = ConversionFlag::Repr;
            }
        }
        self.flush(values)?;
        let value = self.expression(&element.expression)?;
        let conversion = self.int(conversion as i64)?;
        let spec = match &element.format_spec {
            None => self.none(),
            Some(spec) => {
                let mut inner = Values::default();
                for element in &spec.elements {
                    self.element(&mut inner, element, quotes, class)?;
                }
                let inner = self.finished(inner)?;
                // The colon belongs to it.
                let range = TextRange::new(spec.range.start() - COLON, spec.range.end());
                self.node("JoinedStr", Some(range), [("values", inner)])?
            }
        };
        let range = Some(element.range);
        let made = if class == "Interpolation" {
            let text = self.text(self.field_text(element))?;
            let fields = [
                ("value", value),
                ("str", text),
                ("conversion", conversion),
                ("format_spec", spec),
            ];
            self.node(class, range, fields)?
        } else {
            let fields = [
                ("value", value),
                ("conversion", conversion),
                ("format_spec", spec),
            ];
            self.node(class, range, fields)?
        };
        values.made.push(made);
        Ok(())
    }

    /// The source text between the brace and what follows the expression: `=`, `!`, `:` or the other brace.
    fn field_text(&self, element: &InterpolatedElement) -> &'a str {
        let start = element.range.start() + BRACE;
        let behind = TextRange::new(element.expression.end(), element.range.end());
        let length = self.slice(behind).find(['=', '!', ':', '}']).unwrap_or(0);
        let length = TextSize::new(u32::try_from(length).unwrap_or(0));
        self.slice(TextRange::new(start, behind.start() + length))
    }
}
