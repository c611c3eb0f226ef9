//! Patterns, in the compiler's order.

use ruff_text_size::Ranged;
use rustpython_compiler::ast::{self, Pattern};

use super::events::Kind;
use super::walk::Walk;

impl<'a> Walk<'a> {
    pub(super) fn match_statement(&mut self, statement: &'a ast::StmtMatch) {
        self.expression(&statement.subject);
        for case in &statement.cases {
            self.pattern(&case.pattern);
            if let Some(guard) = &case.guard {
                self.expression(guard);
                self.emit(Kind::ToBool, guard.range());
            }
            self.body(&case.body);
        }
    }

    fn pattern(&mut self, pattern: &'a Pattern) {
        let place = pattern.range();
        match pattern {
            Pattern::MatchValue(value) => {
                self.expression(&value.value);
                self.emit(Kind::CompareOp, place);
            }
            Pattern::MatchSequence(sequence) => self.sequence(sequence),
            Pattern::MatchMapping(mapping) => self.mapping(mapping),
            Pattern::MatchClass(class) => self.class_pattern(class),
            Pattern::MatchAs(alias) => {
                if let Some(pattern) = &alias.pattern {
                    self.pattern(pattern);
                }
            }
            Pattern::MatchOr(choice) => choice.patterns.iter().for_each(|p| self.pattern(p)),
            Pattern::MatchSingleton(_) | Pattern::MatchStar(_) => {}
        }
    }

    fn sequence(&mut self, sequence: &'a ast::PatternMatchSequence) {
        let place = sequence.range;
        let patterns = &sequence.patterns;
        let star = patterns.iter().position(Pattern::is_match_star);
        if star.is_none() || patterns.len() > 1 {
            self.emit(Kind::GetLen, place);
            self.emit(Kind::CompareOp, place);
        }
        if patterns.iter().all(is_nameless) {
            return;
        }
        match star {
            Some(star) if is_nameless(&patterns[star]) => {
                for (index, pattern) in patterns.iter().enumerate() {
                    if index == star {
                        continue;
                    }
                    if index > star {
                        self.emit(Kind::GetLen, place);
                        self.emit(Kind::BinaryOp, place);
                    }
                    self.emit(Kind::BinaryOp, place);
                    self.pattern(pattern);
                }
            }
            _ => {
                self.emit(Kind::UnpackSequence, place);
                patterns.iter().for_each(|p| self.pattern(p));
            }
        }
    }

    fn mapping(&mut self, mapping: &'a ast::PatternMatchMapping) {
        let place = mapping.range;
        if !mapping.keys.is_empty() {
            self.emit(Kind::GetLen, place);
            self.emit(Kind::CompareOp, place);
        }
        mapping.keys.iter().for_each(|key| self.expression(key));
        self.emit(Kind::MatchKeys, place);
        self.emit(Kind::UnpackSequence, place);
        mapping.patterns.iter().for_each(|p| self.pattern(p));
        if mapping.rest.is_some() {
            self.emit(Kind::BuildMap, place);
            self.emit(Kind::DictUpdate, place);
            self.emit(Kind::UnpackSequence, place);
            for _ in &mapping.keys {
                self.emit(Kind::DeleteSubscr, place);
            }
        }
    }

    fn class_pattern(&mut self, class: &'a ast::PatternMatchClass) {
        let place = class.range;
        self.expression(&class.cls);
        self.emit(Kind::MatchClass, place);
        self.emit(Kind::UnpackSequence, place);
        let arguments = &class.arguments;
        arguments.patterns.iter().for_each(|p| self.pattern(p));
        for keyword in &arguments.keywords {
            self.pattern(&keyword.pattern);
        }
    }
}

/// Whether it is `_` or `*_`; also of `_ as name`, as the compiler has it.
fn is_nameless(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchAs(alias) => alias.name.is_none(),
        Pattern::MatchStar(star) => star.name.is_none(),
        _ => false,
    }
}
