//! Statements, in the compiler's order, with account of the range that the compiler has at each point.

use ruff_text_size::{Ranged, TextRange, TextSize};
use rustpython_compiler::ast::{self, ExceptHandler, Expr, Stmt, TypeParam};

use super::events::{Event, Events, Kind};
use super::expression::is_constant;

/// What the compiler emits for a tree, and the names of type aliases, each with its depth.
pub(super) fn events(tree: &ast::Mod, source: &str) -> (Events, Vec<(u32, String)>) {
    let mut walk = Walk {
        source,
        events: Vec::new(),
        current: TextRange::default(),
        depth: 0,
        scope: Scope::Module,
        blocks: Vec::new(),
        aliases: Vec::new(),
        are_annotations_text: false,
    };
    match tree {
        ast::Mod::Module(module) => {
            walk.are_annotations_text = module.body.iter().any(makes_annotations_text);
            walk.block(&module.body);
        }
        ast::Mod::Expression(expression) => walk.expression(&expression.body),
    }
    (Events::new(walk.events), walk.aliases)
}

/// What the code object is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Module,
    Class,
    /// Also a lambda, or a comprehension.
    Function,
}

/// What `return`, `break` and `continue` leave.
#[derive(Clone, Copy, Debug)]
enum Block {
    Loop,
    With { place: TextRange, is_async: bool },
}

/// The state of the compiler, as far as it matters here.
pub(super) struct Walk<'a> {
    source: &'a str,
    events: Vec<Event>,
    /// The range that the next instruction gets.
    pub(super) current: TextRange,
    depth: u32,
    pub(super) scope: Scope,
    /// In the code object.
    blocks: Vec<Block>,
    /// Names of type aliases, and how deep the functions lie that make their values.
    aliases: Vec<(u32, String)>,
    are_annotations_text: bool,
}

impl<'a> Walk<'a> {
    /// An instruction is emitted whose place should be this.
    pub(super) fn emit(&mut self, kind: Kind, place: TextRange) {
        self.events.push(Event {
            kind,
            noted: self.current,
            depth: self.depth,
            place,
        });
    }

    /// Does something in a code object of its own.
    pub(super) fn enter(&mut self, scope: Scope, work: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.scope, scope);
        let blocks = std::mem::take(&mut self.blocks);
        self.depth += 1;
        work(self);
        self.depth -= 1;
        self.blocks = blocks;
        self.scope = outer;
    }

    /// The place of what is done with an attribute: all of the expression, if that is on one line, else from the name on.
    pub(super) fn attribute_place(
        &self,
        whole: TextRange,
        attribute: &ast::ExprAttribute,
    ) -> TextRange {
        let end = attribute.range.end();
        let text = self.source.get(whole.start().to_usize()..end.to_usize());
        if text.is_none_or(|text| !text.contains(['\n', '\r'])) {
            return whole;
        }
        // CPython counts characters here, too, and not bytes.
        let length = attribute.attr.as_str().chars().count();
        let start = u32::try_from(length).ok().map(TextSize::new);
        match start.and_then(|length| end.checked_sub(length)) {
            Some(start) if start <= whole.end() => TextRange::new(start, whole.end()),
            _ => whole,
        }
    }

    /// A definition without its decorators.
    fn undecorated(&self, whole: TextRange, decorators: &[ast::Decorator]) -> TextRange {
        let Some(last) = decorators.last() else {
            return whole;
        };
        let behind = last.range.end().to_usize();
        let mut rest = self.source.get(behind..).unwrap_or_default();
        loop {
            rest = rest.trim_start();
            match rest.strip_prefix('#') {
                Some(comment) => rest = comment.trim_start_matches(|c| c != '\n' && c != '\r'),
                None => break,
            }
        }
        let start = u32::try_from(self.source.len() - rest.len()).map(TextSize::new);
        match start {
            Ok(start) if start <= whole.end() => TextRange::new(start, whole.end()),
            _ => whole,
        }
    }

    /// The statements of a module or class.
    fn block(&mut self, body: &'a [Stmt]) {
        if !self.are_annotations_text {
            self.enter(Scope::Function, |walk| walk.annotations_in(body));
        }
        self.body(body);
    }

    /// The annotations of variables, which are evaluated in a function of their own.
    fn annotations_in(&mut self, body: &'a [Stmt]) {
        for statement in body {
            match statement {
                Stmt::AnnAssign(assign) if assign.simple && assign.target.is_name_expr() => {
                    self.annotation(&assign.annotation);
                }
                Stmt::If(stmt) => {
                    self.annotations_in(&stmt.body);
                    for clause in &stmt.elif_else_clauses {
                        self.annotations_in(&clause.body);
                    }
                }
                Stmt::For(stmt) => {
                    self.annotations_in(&stmt.body);
                    self.annotations_in(&stmt.orelse);
                }
                Stmt::While(stmt) => {
                    self.annotations_in(&stmt.body);
                    self.annotations_in(&stmt.orelse);
                }
                Stmt::Try(stmt) => {
                    self.annotations_in(&stmt.body);
                    for ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
                        self.annotations_in(&handler.body);
                    }
                    self.annotations_in(&stmt.orelse);
                    self.annotations_in(&stmt.finalbody);
                }
                Stmt::With(stmt) => self.annotations_in(&stmt.body),
                Stmt::Match(stmt) => {
                    for case in &stmt.cases {
                        self.annotations_in(&case.body);
                    }
                }
                _ => {}
            }
        }
    }

    fn annotation(&mut self, annotation: &'a Expr) {
        self.expression(annotation);
        if let Expr::Starred(starred) = annotation {
            self.emit(Kind::UnpackSequence, starred.range);
        }
    }

    pub(super) fn body(&mut self, body: &'a [Stmt]) {
        body.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &'a Stmt) {
        let place = statement.range();
        self.current = place;
        match statement {
            Stmt::Expr(stmt) => self.expression(&stmt.value),
            Stmt::Return(stmt) => {
                let value = stmt.value.as_deref().filter(|value| !is_constant(value));
                self.optional(value);
                self.leave(0);
            }
            Stmt::Break(_) | Stmt::Continue(_) => {
                let is_loop = |block: &Block| matches!(block, Block::Loop);
                self.leave(self.blocks.iter().rposition(is_loop).unwrap_or(0));
            }
            Stmt::Assign(stmt) => {
                self.expression(&stmt.value);
                stmt.targets.iter().for_each(|target| self.store(target));
            }
            Stmt::AugAssign(stmt) => self.augmented_assignment(stmt),
            Stmt::AnnAssign(stmt) => {
                if let Some(value) = &stmt.value {
                    self.expression(value);
                    self.store(&stmt.target);
                }
            }
            Stmt::Delete(stmt) => stmt.targets.iter().for_each(|target| self.delete(target)),
            Stmt::Raise(stmt) => {
                self.optional(stmt.exc.as_deref());
                self.optional(stmt.cause.as_deref());
            }
            Stmt::Assert(stmt) => {
                self.jump_if(&stmt.test);
                if let Some(message) = &stmt.msg {
                    self.expression(message);
                    self.emit(Kind::Call, stmt.test.range());
                }
                self.emit(Kind::RaiseVarargs, stmt.test.range());
            }
            Stmt::If(stmt) => {
                self.jump_if(&stmt.test);
                self.body(&stmt.body);
                for clause in &stmt.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.jump_if(test);
                    }
                    self.body(&clause.body);
                }
            }
            Stmt::While(stmt) => {
                self.jump_if(&stmt.test);
                self.body_in(Block::Loop, |walk| walk.body(&stmt.body));
                self.body(&stmt.orelse);
            }
            Stmt::For(stmt) => self.for_statement(stmt),
            Stmt::With(stmt) => self.with_items(&stmt.items, stmt),
            Stmt::Try(stmt) => self.try_statement(stmt),
            Stmt::Match(stmt) => self.match_statement(stmt),
            Stmt::FunctionDef(stmt) => self.function(stmt),
            Stmt::ClassDef(stmt) => self.class(stmt),
            Stmt::TypeAlias(stmt) => self.type_alias(stmt),
            Stmt::Import(_)
            | Stmt::ImportFrom(_)
            | Stmt::Global(_)
            | Stmt::Nonlocal(_)
            | Stmt::Pass(_)
            | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn optional(&mut self, expression: Option<&'a Expr>) {
        if let Some(expression) = expression {
            self.expression(expression);
        }
    }

    /// What is in front gets a value.
    pub(super) fn store(&mut self, target: &'a Expr) {
        let place = target.range();
        match target {
            Expr::Name(_) => self.emit(Kind::StoreName, place),
            Expr::Attribute(attribute) => {
                self.expression(&attribute.value);
                self.emit(Kind::StoreAttr, self.attribute_place(place, attribute));
            }
            Expr::Subscript(subscript) => {
                let before = self.current;
                self.expression(&subscript.value);
                self.slice(&subscript.slice);
                self.current = before;
                self.emit(Kind::StoreSubscr, place);
            }
            Expr::Starred(starred) => self.store(&starred.value),
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                self.emit(Kind::UnpackSequence, place);
                elts.iter().for_each(|element| self.store(element));
            }
            _ => {}
        }
    }

    fn delete(&mut self, target: &'a Expr) {
        let place = target.range();
        match target {
            Expr::Name(_) => self.emit(Kind::DeleteName, place),
            Expr::Attribute(attribute) => {
                self.expression(&attribute.value);
                self.emit(Kind::DeleteAttr, self.attribute_place(place, attribute));
            }
            Expr::Subscript(subscript) => {
                let before = self.current;
                self.expression(&subscript.value);
                self.slice(&subscript.slice);
                self.current = before;
                self.emit(Kind::DeleteSubscr, place);
            }
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().for_each(|element| self.delete(element));
            }
            _ => {}
        }
    }

    fn augmented_assignment(&mut self, statement: &'a ast::StmtAugAssign) {
        let place = statement.target.range();
        let (kind, place) = match &*statement.target {
            Expr::Attribute(attribute) => {
                self.expression(&attribute.value);
                let place = self.attribute_place(place, attribute);
                self.emit(Kind::LoadAttr, place);
                (Kind::StoreAttr, place)
            }
            Expr::Subscript(subscript) => {
                self.expression(&subscript.value);
                self.slice(&subscript.slice);
                self.emit(Kind::BinaryOp, place);
                (Kind::StoreSubscr, place)
            }
            _ => {
                self.emit(Kind::LoadName, place);
                (Kind::StoreName, place)
            }
        };
        self.expression(&statement.value);
        self.emit(Kind::InplaceOp, statement.range);
        self.emit(kind, place);
    }

    fn for_statement(&mut self, statement: &'a ast::StmtFor) {
        let place = statement.iter.range();
        match &*statement.iter {
            // A list becomes a tuple there.
            Expr::List(list)
                if !statement.is_async && !list.elts.iter().any(Expr::is_starred_expr) =>
            {
                list.elts
                    .iter()
                    .for_each(|element| self.expression(element));
            }
            iter => self.expression(iter),
        }
        if statement.is_async {
            self.emit(Kind::GetAIter, place);
            self.emit(Kind::GetANext, statement.range);
            self.wait(statement.range);
        } else {
            self.emit(Kind::GetIter, place);
            self.emit(Kind::ForIter, place);
        }
        self.store(&statement.target);
        self.body_in(Block::Loop, |walk| walk.body(&statement.body));
        let before = std::mem::replace(&mut self.current, place);
        if statement.is_async {
            self.emit(Kind::EndAsyncFor, statement.range);
        }
        self.current = before;
        self.body(&statement.orelse);
        self.current = place;
    }

    fn with_items(&mut self, items: &'a [ast::WithItem], statement: &'a ast::StmtWith) {
        let [item, more @ ..] = items else {
            return self.body(&statement.body);
        };
        let place = item.context_expr.range();
        self.current = statement.range;
        self.expression(&item.context_expr);
        self.current = statement.range;
        self.emit(Kind::LoadSpecial, place);
        self.emit(Kind::LoadSpecial, place);
        self.with_call(Kind::Call, place, statement.is_async);
        if let Some(target) = &item.optional_vars {
            self.current = target.range();
            self.store(target);
        }
        let is_async = statement.is_async;
        let block = Block::With { place, is_async };
        self.body_in(block, |walk| walk.with_items(more, statement));
        self.current = statement.range;
        self.with_call(Kind::Call, place, is_async);
        self.with_call(Kind::WithExceptStart, place, is_async);
        self.emit(Kind::ToBool, place);
    }

    fn body_in(&mut self, block: Block, work: impl FnOnce(&mut Self)) {
        self.blocks.push(block);
        work(self);
        self.blocks.pop();
    }

    /// The `with` statements that are left, down to a block.
    fn leave(&mut self, outermost: usize) {
        for index in (outermost..self.blocks.len()).rev() {
            if let Block::With { place, is_async } = self.blocks[index] {
                self.with_call(Kind::Call, place, is_async);
            }
        }
    }

    fn with_call(&mut self, kind: Kind, place: TextRange, is_async: bool) {
        self.emit(kind, place);
        if is_async {
            self.emit(Kind::GetAwaitable, place);
            self.wait(place);
        }
    }

    fn try_statement(&mut self, statement: &'a ast::StmtTry) {
        self.body(&statement.body);
        for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
            let mut kind = Kind::CheckEgMatch;
            if !statement.is_star {
                kind = Kind::CheckExcMatch;
                self.current = handler.range;
            }
            if let Some(class) = &handler.type_ {
                self.expression(class);
                self.emit(kind, handler.range);
            }
            if handler.name.is_some() {
                self.emit(Kind::StoreName, handler.range);
            }
            self.body(&handler.body);
        }
        self.body(&statement.orelse);
        self.body(&statement.finalbody);
    }

    fn function(&mut self, statement: &'a ast::StmtFunctionDef) {
        let place = self.undecorated(statement.range, &statement.decorator_list);
        self.decorators(&statement.decorator_list);
        self.defaults(&statement.parameters);
        self.current = statement.range;
        match &statement.type_params {
            None => self.bare_function(statement),
            Some(parameters) => {
                self.enter(Scope::Function, |walk| {
                    walk.type_parameters(parameters);
                    walk.bare_function(statement);
                    walk.emit(Kind::CallIntrinsic, place);
                });
                self.emit(Kind::Call, place);
            }
        }
        self.apply_decorators(&statement.decorator_list);
        self.emit(Kind::StoreName, place);
    }

    fn bare_function(&mut self, statement: &'a ast::StmtFunctionDef) {
        let annotations = annotations(statement);
        if !annotations.is_empty() && !self.are_annotations_text {
            self.enter(Scope::Function, |walk| {
                annotations
                    .into_iter()
                    .for_each(|annotation| walk.annotation(annotation));
            });
        }
        let before = self.current;
        self.enter(Scope::Function, |walk| walk.body(&statement.body));
        self.current = before;
    }

    pub(super) fn defaults(&mut self, parameters: &'a ast::Parameters) {
        let by_place = parameters.posonlyargs.iter().chain(&parameters.args);
        for parameter in by_place.chain(&parameters.kwonlyargs) {
            self.optional(parameter.default.as_deref());
        }
    }

    fn decorators(&mut self, decorators: &'a [ast::Decorator]) {
        for decorator in decorators {
            self.expression(&decorator.expression);
        }
    }

    fn apply_decorators(&mut self, decorators: &'a [ast::Decorator]) {
        for decorator in decorators.iter().rev() {
            self.emit(Kind::Call, decorator.expression.range());
        }
    }

    fn class(&mut self, statement: &'a ast::StmtClassDef) {
        let place = self.undecorated(statement.range, &statement.decorator_list);
        self.decorators(&statement.decorator_list);
        match &statement.type_params {
            None => self.bare_class(statement, place),
            Some(parameters) => {
                self.enter(Scope::Function, |walk| {
                    walk.type_parameters(parameters);
                    walk.bare_class(statement, place);
                });
                self.emit(Kind::Call, place);
            }
        }
        self.apply_decorators(&statement.decorator_list);
        self.emit(Kind::StoreName, place);
    }

    fn bare_class(&mut self, statement: &'a ast::StmtClassDef, place: TextRange) {
        self.enter(Scope::Class, |walk| walk.block(&statement.body));
        let before = self.current;
        match (&statement.arguments, &statement.type_params) {
            (None, None) => self.emit(Kind::Call, place),
            (Some(arguments), None) => self.class_arguments(arguments, before, place),
            (arguments, Some(_)) => {
                self.emit(Kind::CallIntrinsic, place);
                if let Some(arguments) = arguments {
                    self.generic_class_arguments(arguments, place);
                }
                for kind in [Kind::Call, Kind::CallKw, Kind::CallFunctionEx] {
                    self.emit(kind, place);
                }
            }
        }
    }

    /// The compiler does these by themselves, and does not go back to the range from before.
    fn generic_class_arguments(&mut self, arguments: &'a ast::Arguments, place: TextRange) {
        for argument in &arguments.args {
            self.expression(argument);
            if argument.is_starred_expr() {
                self.emit(Kind::Extend, place);
            }
        }
        for keyword in &arguments.keywords {
            self.expression(&keyword.value);
        }
        for _ in 1..arguments.keywords.len() {
            self.emit(Kind::DictMerge, place);
        }
    }

    fn type_alias(&mut self, statement: &'a ast::StmtTypeAlias) {
        let value = |walk: &mut Self| {
            walk.enter(Scope::Function, |walk| {
                if let Expr::Name(name) = &*statement.name {
                    walk.aliases.push((walk.depth, name.id.to_string()));
                }
                walk.expression(&statement.value);
            });
        };
        match &statement.type_params {
            None => value(self),
            Some(parameters) => {
                self.enter(Scope::Function, |walk| {
                    walk.type_parameters(parameters);
                    value(walk);
                });
                self.emit(Kind::Call, statement.range);
            }
        }
        self.emit(Kind::CallIntrinsic, statement.range);
    }

    fn type_parameters(&mut self, parameters: &'a ast::TypeParams) {
        for parameter in &parameters.type_params {
            let (bound, default) = match parameter {
                TypeParam::TypeVar(variable) => (&variable.bound, &variable.default),
                TypeParam::ParamSpec(parameters) => (&None, &parameters.default),
                TypeParam::TypeVarTuple(variables) => (&None, &variables.default),
            };
            for expression in bound.iter().chain(default) {
                self.enter(Scope::Function, |walk| walk.annotation(expression));
            }
        }
    }
}

/// The annotations of a function, in the order in which they are evaluated.
fn annotations(statement: &ast::StmtFunctionDef) -> Vec<&Expr> {
    let parameters = &statement.parameters;
    let named = parameters.posonlyargs.iter().chain(&parameters.args);
    named
        .chain(&parameters.kwonlyargs)
        .map(|parameter| &parameter.parameter)
        .chain(parameters.vararg.as_deref())
        .chain(parameters.kwarg.as_deref())
        .filter_map(|parameter| parameter.annotation.as_deref())
        .chain(statement.returns.as_deref())
        .collect()
}

/// Whether it is `from __future__ import annotations`.
fn makes_annotations_text(statement: &Stmt) -> bool {
    let Stmt::ImportFrom(import) = statement else {
        return false;
    };
    let module = import.module.as_ref().map(|module| module.as_str());
    let names = &import.names;
    module == Some("__future__") && names.iter().any(|name| name.name.as_str() == "annotations")
}
