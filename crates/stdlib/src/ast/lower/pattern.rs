//! Patterns of `match` statements.

use super::{Lowering, no_index};
use exuvia_vm::{PyRef, PyResult};
use ruff_python_ast::{self as ast, Identifier, Pattern, Singleton};
use ruff_text_size::{Ranged, TextRange};

impl Lowering<'_> {
    pub(super) fn match_cases(
        &mut self,
        node: &PyRef,
        range: TextRange,
    ) -> PyResult<Vec<ast::MatchCase>> {
        let cases = self.each(node, "cases", |lowering, case| {
            let pattern = lowering.required(case, "pattern")?;
            let body = lowering.statements(case, "body")?;
            if body.is_empty() {
                return Err(lowering.vm.value_error("empty body on match_case"));
            }
            Ok(ast::MatchCase {
                range,
                node_index: no_index(),
                pattern: lowering.pattern(&pattern)?,
                guard: lowering.optional_boxed(case, "guard")?,
                body,
            })
        })?;
        if cases.is_empty() {
            return Err(self.vm.value_error("empty cases on Match"));
        }
        Ok(cases)
    }

    fn patterns(&mut self, node: &PyRef, field: &str) -> PyResult<Vec<Pattern>> {
        self.each(node, field, |lowering, item| lowering.pattern(item))
    }

    fn pattern(&mut self, node: &PyRef) -> PyResult<Pattern> {
        self.nested(|lowering| lowering.read_pattern(node))
    }

    fn read_pattern(&mut self, node: &PyRef) -> PyResult<Pattern> {
        let (range, class) = (self.range(node, "pattern")?, self.class_of(node)?);
        let node_index = no_index();
        Ok(match class.as_str() {
            "MatchValue" => Pattern::MatchValue(ast::PatternMatchValue {
                node_index,
                range,
                value: self.boxed(node, "value")?,
            }),
            "MatchSingleton" => Pattern::MatchSingleton(ast::PatternMatchSingleton {
                node_index,
                range,
                value: self.singleton(node)?,
            }),
            "MatchSequence" => Pattern::MatchSequence(ast::PatternMatchSequence {
                node_index,
                range,
                patterns: self.patterns(node, "patterns")?,
            }),
            "MatchMapping" => Pattern::MatchMapping(ast::PatternMatchMapping {
                node_index,
                range,
                keys: self.expressions(node, "keys")?,
                patterns: self.patterns(node, "patterns")?,
                rest: self.optional_identifier(node, "rest", range)?,
            }),
            "MatchClass" => self.match_class(node, range)?,
            "MatchStar" => Pattern::MatchStar(ast::PatternMatchStar {
                node_index,
                range,
                name: self.optional_identifier(node, "name", range)?,
            }),
            "MatchAs" => {
                let pattern = match self.optional(node, "pattern")? {
                    Some(pattern) => Some(Box::new(self.pattern(&pattern)?)),
                    None => None,
                };
                Pattern::MatchAs(ast::PatternMatchAs {
                    node_index,
                    range,
                    pattern,
                    name: self.optional_identifier(node, "name", range)?,
                })
            }
            "MatchOr" => Pattern::MatchOr(ast::PatternMatchOr {
                node_index,
                range,
                patterns: self.patterns(node, "patterns")?,
            }),
            _ => return Err(self.unexpected(node, "pattern")),
        })
    }

    fn singleton(&mut self, node: &PyRef) -> PyResult<Singleton> {
        let value = self.vm.get_attr_str(node, "value")?;
        if self.vm.is_none(&value) {
            Ok(Singleton::None)
        } else if value.is(&self.vm.new_bool(true)) {
            Ok(Singleton::True)
        } else if value.is(&self.vm.new_bool(false)) {
            Ok(Singleton::False)
        } else {
            Err(self
                .vm
                .value_error("MatchSingleton can only contain True, False and None"))
        }
    }

    fn match_class(&mut self, node: &PyRef, range: TextRange) -> PyResult<Pattern> {
        let cls = self.boxed(node, "cls")?;
        let patterns = self.patterns(node, "patterns")?;
        let names = self.each(node, "kwd_attrs", |lowering, name| lowering.text(name))?;
        let values = self.patterns(node, "kwd_patterns")?;
        if names.len() != values.len() {
            return Err(self.vm.value_error(
                "MatchClass doesn't have the same number of keyword attributes as patterns",
            ));
        }
        let keyword = |(name, pattern): (String, Pattern)| ast::PatternKeyword {
            range: pattern.range(),
            node_index: no_index(),
            attr: Identifier::new(name, range),
            pattern,
        };
        let keywords = names.into_iter().zip(values).map(keyword).collect();
        Ok(Pattern::MatchClass(ast::PatternMatchClass {
            node_index: no_index(),
            range,
            cls,
            arguments: ast::PatternArguments {
                range,
                node_index: no_index(),
                patterns,
                keywords,
            },
        }))
    }
}
