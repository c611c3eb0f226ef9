//! Expressions, in the compiler's order.

use ruff_text_size::{Ranged, TextRange};
use rustpython_compiler::ast::visitor::{self, Visitor};
use rustpython_compiler::ast::{self, Comprehension, Expr, UnaryOp};

use super::events::Kind;
use super::walk::{Scope, Walk};

/// What a comprehension makes.
enum Element<'a> {
    Generated(&'a Expr),
    Listed(&'a Expr),
    InSet(&'a Expr),
    Pair(&'a Expr, &'a Expr),
}

impl<'a> Walk<'a> {
    pub(super) fn expression(&mut self, expression: &'a Expr) {
        let place = expression.range();
        self.current = place;
        match expression {
            Expr::Call(call) => self.call(call),
            Expr::Attribute(attribute) => self.attribute(attribute),
            Expr::BoolOp(operation) => self.bool_op(operation),
            Expr::BinOp(operation) => self.binary_operation(operation),
            Expr::UnaryOp(operation) => {
                self.expression(&operation.operand);
                self.current = place;
                if operation.op == UnaryOp::Not {
                    self.emit(Kind::ToBool, place);
                }
            }
            Expr::Compare(compare) => self.compare(compare),
            Expr::Subscript(subscript) => {
                self.expression(&subscript.value);
                self.slice(&subscript.slice);
                self.current = place;
                self.emit(Kind::BinaryOp, place);
            }
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                self.elements(elts, place);
            }
            Expr::Set(set) => {
                self.elements(&set.elts, place);
                self.emit(Kind::BuildSet, place);
            }
            Expr::Dict(dict) => self.dict(dict),
            Expr::Slice(_) => self.slice(expression),
            Expr::Yield(operation) => {
                if let Some(value) = &operation.value {
                    self.expression(value);
                }
                self.emit(Kind::CallIntrinsic, place);
                self.emit(Kind::YieldValue, place);
            }
            Expr::Await(operation) => {
                self.expression(&operation.value);
                self.emit(Kind::GetAwaitable, place);
                self.wait(place);
            }
            Expr::YieldFrom(operation) => {
                self.expression(&operation.value);
                self.emit(Kind::GetYieldFromIter, place);
                self.wait(place);
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                }
                self.enter(Scope::Function, |walk| walk.expression(&lambda.body));
            }
            Expr::ListComp(comprehension) => {
                let element = Element::Listed(&comprehension.elt);
                self.comprehension(place, &comprehension.generators, element);
            }
            Expr::SetComp(comprehension) => {
                let element = Element::InSet(&comprehension.elt);
                self.comprehension(place, &comprehension.generators, element);
            }
            Expr::DictComp(comprehension) => {
                let element = Element::Pair(&comprehension.key, &comprehension.value);
                self.comprehension(place, &comprehension.generators, element);
            }
            Expr::Generator(generator) => self.generator(generator, place),
            Expr::Starred(starred) => self.expression(&starred.value),
            Expr::If(choice) => {
                self.jump_if(&choice.test);
                self.expression(&choice.body);
                self.expression(&choice.orelse);
            }
            Expr::Named(named) => {
                self.expression(&named.value);
                self.store(&named.target);
            }
            Expr::FString(string) => {
                for part in &string.value {
                    if let ast::FStringPart::FString(part) = part {
                        self.string_elements(&part.elements);
                    }
                }
            }
            Expr::TString(string) => {
                for part in &string.value {
                    self.template_elements(&part.elements);
                }
            }
            _ => {}
        }
    }

    /// What waits for an awaitable or a sub-iterator.
    pub(super) fn wait(&mut self, place: TextRange) {
        for kind in [
            Kind::Send,
            Kind::YieldValue,
            Kind::CleanupThrow,
            Kind::EndSend,
        ] {
            self.emit(kind, place);
        }
    }

    /// A condition that is jumped on.
    pub(super) fn jump_if(&mut self, condition: &'a Expr) {
        let before = self.current;
        self.current = condition.range();
        match condition {
            Expr::BoolOp(operation) => operation.values.iter().for_each(|v| self.jump_if(v)),
            Expr::UnaryOp(ast::ExprUnaryOp {
                op: UnaryOp::Not,
                operand,
                ..
            }) => self.jump_if(operand),
            Expr::Compare(compare) => self.compare(compare),
            // A constant is decided at once.
            constant if is_constant(constant) => self.current = constant.range(),
            _ => {
                self.expression(condition);
                self.emit(Kind::ToBool, condition.range());
            }
        }
        self.current = before;
    }

    fn attribute(&mut self, attribute: &'a ast::ExprAttribute) {
        let place = attribute.range;
        if let Some(call) = self.super_call(attribute) {
            self.super_arguments(call);
            self.emit(Kind::LoadSuperAttr, place);
        } else {
            self.expression(&attribute.value);
            self.emit(Kind::LoadAttr, self.attribute_place(place, attribute));
        }
    }

    /// `super()` or `super(a, b)` in front of an attribute, if no call is made of it.
    fn super_call(&self, attribute: &'a ast::ExprAttribute) -> Option<&'a ast::ExprCall> {
        let Expr::Call(call) = &*attribute.value else {
            return None;
        };
        let arguments = &call.arguments;
        let is_super = matches!(&*call.func, Expr::Name(name) if name.id == "super");
        let has_stars = arguments.args.iter().any(Expr::is_starred_expr);
        let is_plain = arguments.keywords.is_empty() && !has_stars;
        let is_possible = is_super
            && is_plain
            && matches!(arguments.args.len(), 0 | 2)
            && attribute.attr.as_str() != "__class__"
            && self.scope == Scope::Function;
        is_possible.then_some(call)
    }

    fn super_arguments(&mut self, call: &'a ast::ExprCall) {
        call.arguments.args.iter().for_each(|a| self.expression(a));
        self.current = call.range;
    }

    fn bool_op(&mut self, operation: &'a ast::ExprBoolOp) {
        let Some((last, values)) = operation.values.split_last() else {
            return;
        };
        for value in values {
            match value {
                // The compiler does not come to the inner operation as an expression.
                Expr::BoolOp(inner) if inner.op != operation.op => self.inner_bool_op(inner),
                value => self.expression(value),
            }
            self.emit(Kind::ToBool, operation.range);
        }
        self.expression(last);
    }

    fn inner_bool_op(&mut self, operation: &'a ast::ExprBoolOp) {
        let Some((last, values)) = operation.values.split_last() else {
            return;
        };
        for value in values {
            self.expression(value);
            self.emit(Kind::ToBool, operation.range);
        }
        self.expression(last);
    }

    fn binary_operation(&mut self, operation: &'a ast::ExprBinOp) {
        self.expression(&operation.left);
        self.expression(&operation.right);
        self.current = operation.range;
        if let (Expr::StringLiteral(_), Expr::Tuple(arguments)) =
            (&*operation.left, &*operation.right)
        {
            // It may become something like an f-string.
            for argument in &arguments.elts {
                self.emit(Kind::ConvertValue, argument.range());
                self.emit(Kind::Format, argument.range());
            }
        }
        self.emit(Kind::BinaryOp, operation.range);
    }

    fn compare(&mut self, compare: &'a ast::ExprCompare) {
        let place = compare.range;
        self.expression(&compare.left);
        for comparator in &compare.comparators {
            self.expression(comparator);
            self.current = place;
            self.emit(Kind::CompareOp, place);
        }
    }

    pub(super) fn slice(&mut self, slice: &'a Expr) {
        match slice {
            Expr::Slice(slice) => {
                self.current = slice.range;
                let bounds = [&slice.lower, &slice.upper, &slice.step];
                let bounds: Vec<&Expr> = bounds.into_iter().flatten().map(|b| &**b).collect();
                if !bounds.iter().all(|bound| is_constant(bound)) {
                    bounds.into_iter().for_each(|bound| self.expression(bound));
                }
            }
            other => self.expression(other),
        }
    }

    /// The elements of a list, tuple or set display, or of arguments with stars.
    fn elements(&mut self, elements: &'a [Expr], place: TextRange) {
        if elements.len() >= 3 && elements.iter().all(is_constant) {
            // They are one constant.
            return;
        }
        let mut has_stars = false;
        for element in elements {
            match element {
                Expr::Starred(starred) => {
                    has_stars = true;
                    self.expression(&starred.value);
                    self.emit(Kind::Extend, place);
                }
                element => {
                    self.expression(element);
                    if has_stars {
                        self.emit(Kind::SetAdd, place);
                    }
                }
            }
        }
        if has_stars {
            self.emit(Kind::CallIntrinsic, place);
        }
    }

    fn dict(&mut self, dict: &'a ast::ExprDict) {
        // The compiler's limits; beyond them a dict is made piece by piece.
        const ON_STACK: usize = 15;
        const PIECE: usize = 17;
        let place = dict.range;
        let has_stars = dict.iter().any(|item| item.key.is_none());
        let is_big = !has_stars && dict.len() > ON_STACK;
        let tail = match dict.len() % PIECE {
            tail if tail <= ON_STACK => tail,
            _ => 0,
        };
        for (index, item) in dict.iter().enumerate() {
            match &item.key {
                Some(key) => self.expression(key),
                None => self.emit(Kind::BuildMap, place),
            }
            self.expression(&item.value);
            if item.key.is_none() {
                self.emit(Kind::DictUpdate, place);
            } else if is_big && index < dict.len() - tail {
                self.emit(Kind::MapAdd, place);
                self.emit(Kind::DictUpdate, place);
            }
        }
        self.emit(Kind::BuildMap, place);
        self.emit(Kind::DictUpdate, place);
    }

    fn call(&mut self, call: &'a ast::ExprCall) {
        let Expr::Attribute(function) = &*call.func else {
            return self.plain_call(call);
        };
        if has_many_or_stars(&call.arguments) {
            // The function is an ordinary attribute then.
            self.expression(&function.value);
            self.emit(
                Kind::LoadAttr,
                self.attribute_place(function.range, function),
            );
            return self.arguments(&call.arguments, call.range, call.range);
        }
        let place = self.attribute_place(call.range, function);
        if let Some(super_call) = self.super_call(function) {
            self.super_arguments(super_call);
            self.emit(Kind::LoadSuperAttr, function.range);
            let noted = function.attr.range();
            self.current = noted;
            self.arguments(&call.arguments, noted, place);
        } else {
            self.expression(&function.value);
            self.emit(
                Kind::LoadAttr,
                self.attribute_place(function.range, function),
            );
            self.arguments(&call.arguments, call.range, place);
        }
    }

    fn plain_call(&mut self, call: &'a ast::ExprCall) {
        self.expression(&call.func);
        if takes_generator(call) {
            let is_function = |name: &ast::ExprName| matches!(name.id.as_str(), "list" | "set");
            let place = match &*call.func {
                // CPython calls these.
                Expr::Name(name) if is_function(name) => call.range,
                function => function.range(),
            };
            self.positional(&call.arguments);
            for kind in [
                Kind::BuildSet,
                Kind::ForIter,
                Kind::SetAdd,
                Kind::ToBool,
                Kind::CallIntrinsic,
            ] {
                self.emit(kind, place);
            }
            self.current = call.range;
            self.emit(Kind::Call, call.range);
        } else {
            self.arguments(&call.arguments, call.range, call.range);
        }
    }

    /// Arguments of a class statement, to which others are added.
    pub(super) fn class_arguments(
        &mut self,
        arguments: &'a ast::Arguments,
        noted: TextRange,
        place: TextRange,
    ) {
        if matches!(&*arguments.args, [Expr::Starred(_)]) {
            self.elements(&arguments.args, place);
            self.named_arguments(arguments, noted, place);
        } else {
            self.arguments(arguments, noted, place);
        }
    }

    /// Positional arguments without stars.
    fn positional(&mut self, arguments: &'a ast::Arguments) {
        match &*arguments.args {
            // The parentheses are a part of it.
            [Expr::Generator(generator)] if !generator.parenthesized => {
                self.current = generator.range;
                self.generator(generator, arguments.range);
            }
            several => several.iter().for_each(|a| self.expression(a)),
        }
    }

    fn generator(&mut self, generator: &'a ast::ExprGenerator, place: TextRange) {
        let element = Element::Generated(&generator.elt);
        self.comprehension(place, &generator.generators, element);
    }

    /// Arguments, and the call itself, which the compiler notes with a range of its own.
    fn arguments(&mut self, arguments: &'a ast::Arguments, noted: TextRange, place: TextRange) {
        if !has_many_or_stars(arguments) {
            self.positional(arguments);
            for keyword in &arguments.keywords {
                self.expression(&keyword.value);
            }
            self.current = noted;
            let is_plain = arguments.keywords.is_empty();
            let kind = if is_plain { Kind::Call } else { Kind::CallKw };
            return self.emit(kind, place);
        }
        match &*arguments.args {
            [Expr::Starred(only)] => self.expression(&only.value),
            several => self.elements(several, place),
        }
        self.named_arguments(arguments, noted, place);
    }

    /// The named of arguments that are passed as a tuple and a dict.
    fn named_arguments(
        &mut self,
        arguments: &'a ast::Arguments,
        noted: TextRange,
        place: TextRange,
    ) {
        if !arguments.args.iter().any(Expr::is_starred_expr) {
            self.current = noted;
        }
        let mut before_stars = 0;
        for keyword in &arguments.keywords {
            if keyword.arg.is_none() && before_stars > 0 {
                self.emit(Kind::BuildMap, place);
                self.emit(Kind::DictMerge, place);
                before_stars = 0;
            }
            self.expression(&keyword.value);
            if keyword.arg.is_none() {
                self.emit(Kind::DictMerge, place);
            } else {
                before_stars += 1;
            }
        }
        if before_stars > 0 {
            self.emit(Kind::BuildMap, place);
            self.emit(Kind::DictMerge, place);
        }
        self.current = noted;
        self.emit(Kind::CallFunctionEx, place);
    }

    fn comprehension(
        &mut self,
        place: TextRange,
        generators: &'a [Comprehension],
        element: Element<'a>,
    ) {
        let Some(first) = generators.first() else {
            return;
        };
        let is_generator = matches!(element, Element::Generated(_));
        let is_async = waits(generators, &element);
        if !is_generator && !is_async && self.scope == Scope::Function {
            self.expression(&first.iter);
            self.emit(Kind::GetIter, first.iter.range());
            return self.comprehension_body(place, generators, &element);
        }
        self.enter(Scope::Function, |walk| {
            walk.comprehension_body(place, generators, &element);
        });
        self.expression(&first.iter);
        self.iterator_of(first);
        self.emit(Kind::Call, place);
        if is_async && !is_generator {
            self.emit(Kind::GetAwaitable, place);
            self.wait(place);
        }
    }

    fn iterator_of(&mut self, generator: &'a Comprehension) {
        let kind = if generator.is_async {
            Kind::GetAIter
        } else {
            Kind::GetIter
        };
        self.emit(kind, generator.iter.range());
    }

    fn comprehension_body(
        &mut self,
        place: TextRange,
        generators: &'a [Comprehension],
        element: &Element<'a>,
    ) {
        for (index, generator) in generators.iter().enumerate() {
            if index > 0 {
                self.expression(&generator.iter);
                self.iterator_of(generator);
            }
            if generator.is_async {
                self.emit(Kind::GetANext, place);
                self.wait(place);
            } else {
                self.emit(Kind::ForIter, generator.iter.range());
            }
            self.store(&generator.target);
            generator
                .ifs
                .iter()
                .for_each(|condition| self.jump_if(condition));
        }
        match *element {
            Element::Listed(element) => self.expression(element),
            Element::InSet(element) => {
                self.expression(element);
                self.emit(Kind::SetAdd, element.range());
            }
            Element::Generated(element) => {
                self.expression(element);
                self.emit(Kind::CallIntrinsic, element.range());
                self.emit(Kind::YieldValue, element.range());
            }
            Element::Pair(key, value) => {
                self.expression(key);
                self.expression(value);
                self.emit(Kind::MapAdd, key.range().cover(value.range()));
            }
        }
        if generators.iter().any(|generator| generator.is_async) {
            self.emit(Kind::EndAsyncFor, place);
        }
    }

    fn string_elements(&mut self, elements: &'a ast::InterpolatedStringElements) {
        for field in elements.interpolations() {
            self.expression(&field.expression);
            let is_debug = field.debug_text.is_some() && field.format_spec.is_none();
            if field.conversion != ast::ConversionFlag::None || is_debug {
                self.emit(Kind::ConvertValue, field.range);
            }
            if let Some(format) = &field.format_spec {
                self.string_elements(&format.elements);
            }
            self.emit(Kind::Format, field.range);
        }
    }

    fn template_elements(&mut self, elements: &'a ast::InterpolatedStringElements) {
        for field in elements.interpolations() {
            self.expression(&field.expression);
            if let Some(format) = &field.format_spec {
                self.string_elements(&format.elements);
            }
            self.emit(Kind::BuildInterpolation, field.range);
        }
    }
}

/// Whether the compiler makes one constant of it.
pub(super) fn is_constant(expression: &Expr) -> bool {
    match expression {
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_constant),
        other => other.is_literal_expr(),
    }
}

/// Whether arguments are passed as a tuple and a dict.
fn has_many_or_stars(arguments: &ast::Arguments) -> bool {
    const ON_STACK: usize = 15;
    arguments.args.iter().any(Expr::is_starred_expr)
        || arguments
            .keywords
            .iter()
            .any(|keyword| keyword.arg.is_none())
        || arguments.args.len() + arguments.keywords.len() > ON_STACK
}

/// Whether the compiler makes a loop of a call such as `any(a for a in b)`.
fn takes_generator(call: &ast::ExprCall) -> bool {
    let Expr::Name(name) = &*call.func else {
        return false;
    };
    let has_generator = matches!(&*call.arguments.args, [Expr::Generator(_)]);
    let is_known = matches!(name.id.as_str(), "tuple" | "list" | "set" | "all" | "any");
    has_generator && is_known && call.arguments.keywords.is_empty()
}

/// Whether a comprehension is asynchronous.
fn waits(generators: &[Comprehension], element: &Element<'_>) -> bool {
    let mut search = AwaitSearch(generators.iter().any(|generator| generator.is_async));
    for generator in generators {
        search.visit_comprehension(generator);
    }
    match element {
        Element::Generated(element) | Element::Listed(element) | Element::InSet(element) => {
            search.visit_expr(element);
        }
        Element::Pair(key, value) => {
            search.visit_expr(key);
            search.visit_expr(value);
        }
    }
    search.0
}

/// Looks for `await`.
struct AwaitSearch(bool);

impl<'a> Visitor<'a> for AwaitSearch {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if self.0 {
            return;
        }
        match expression {
            Expr::Await(_) => self.0 = true,
            Expr::Lambda(_) => {}
            other => visitor::walk_expr(self, other),
        }
    }
}
