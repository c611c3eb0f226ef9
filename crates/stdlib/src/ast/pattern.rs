//! Patterns of `match` statements.

use super::build::Builder;
use exuvia_vm::PyResult;
use ruff_python_ast::{self as ast, Pattern, Singleton};
use ruff_text_size::Ranged;

impl Builder<'_> {
    pub(super) fn match_case(&mut self, case: &ast::MatchCase) -> PyResult {
        let pattern = self.pattern(&case.pattern)?;
        let guard = self.optional(case.guard.as_deref())?;
        let body = self.body(&case.body)?;
        let fields = [("pattern", pattern), ("guard", guard), ("body", body)];
        self.node("match_case", None, fields)
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> PyResult {
        self.list_of(patterns, |builder, pattern| builder.pattern(pattern))
    }

    fn pattern(&mut self, pattern: &Pattern) -> PyResult {
        self.vm.check_native_stack(" during ast construction")?;
        let range = Some(pattern.range());
        match pattern {
            Pattern::MatchValue(node) => {
                let value = self.expression(&node.value)?;
                self.node("MatchValue", range, [("value", value)])
            }
            Pattern::MatchSingleton(node) => {
                let value = match node.value {
                    Singleton::None => self.none(),
                    Singleton::True => self.vm.new_bool(true),
                    Singleton::False => self.vm.new_bool(false),
                };
                self.node("MatchSingleton", range, [("value", value)])
            }
            Pattern::MatchSequence(node) => {
                let patterns = self.patterns(&node.patterns)?;
                self.node("MatchSequence", range, [("patterns", patterns)])
            }
            Pattern::MatchMapping(node) => {
                let keys = self.expressions(&node.keys)?;
                let patterns = self.patterns(&node.patterns)?;
                let rest = self.optional_identifier(node.rest.as_ref())?;
                let fields = [("keys", keys), ("patterns", patterns), ("rest", rest)];
                self.node("MatchMapping", range, fields)
            }
            Pattern::MatchClass(node) => self.match_class(node),
            Pattern::MatchStar(node) => {
                let name = self.optional_identifier(node.name.as_ref())?;
                self.node("MatchStar", range, [("name", name)])
            }
            Pattern::MatchAs(node) => {
                let pattern = match node.pattern.as_deref() {
                    Some(pattern) => self.pattern(pattern)?,
                    None => self.none(),
                };
                let name = self.optional_identifier(node.name.as_ref())?;
                self.node("MatchAs", range, [("pattern", pattern), ("name", name)])
            }
            Pattern::MatchOr(node) => {
                let patterns = self.patterns(&node.patterns)?;
                self.node("MatchOr", range, [("patterns", patterns)])
            }
        }
    }

    fn match_class(&mut self, node: &ast::PatternMatchClass) -> PyResult {
        let cls = self.expression(&node.cls)?;
        let patterns = self.patterns(&node.arguments.patterns)?;
        let keywords = &node.arguments.keywords;
        let names = self.list_of(keywords, |builder, keyword| {
            builder.identifier(&keyword.attr)
        })?;
        let values = self.list_of(keywords, |builder, keyword| {
            builder.pattern(&keyword.pattern)
        })?;
        let fields = [
            ("cls", cls),
            ("patterns", patterns),
            ("kwd_attrs", names),
            ("kwd_patterns", values),
        ];
        self.node("MatchClass", Some(node.range), fields)
    }
}
