//! What a `SyntaxError` says: the parser's complaints in CPython's words, as far as the place tells what was meant.

use super::brackets;
use rustpython_compiler::ast::token::TokenKind;
use rustpython_compiler::ast::{Expr, Mod};
use rustpython_compiler::parser::{self, LexicalErrorType, ParseErrorType};
use rustpython_compiler::{CompileError, ParseError};

/// A complaint about source text. Lines and columns count from 1.
#[derive(Debug)]
pub(super) struct Complaint {
    pub(super) message: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

impl Complaint {
    /// What is wrong with `source`.
    pub(super) fn new(error: &CompileError, source: &str) -> Self {
        let (line, column) = error.python_location();
        let (end_line, end_column) = error.python_end_location().unwrap_or((line, column));
        let mut complaint = Self {
            message: String::new(),
            line,
            column,
            end_line,
            end_column,
        };
        complaint.message = match error {
            CompileError::Codegen(error) => {
                complaint.codegen_message(error.error.to_string(), source)
            }
            CompileError::Parse(error) => complaint.parser_message(error, source),
        };
        complaint
    }

    /// Points at one character.
    fn point(&mut self, source: &str, offset: usize) {
        let before = source.get(..offset).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        self.line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        self.column = before[line_start..].chars().count() + 1;
        (self.end_line, self.end_column) = (self.line, self.column);
    }

    fn codegen_message(&mut self, message: String, source: &str) -> String {
        if let Some(name) = message
            .strip_prefix("cannot define nonlocal '")
            .and_then(|rest| rest.strip_suffix("' at top level."))
        {
            self.point_at_nonlocal(name, source);
            return "nonlocal declaration not allowed at module level".to_owned();
        }
        if let Some(name) = message
            .strip_prefix("no binding for nonlocal '")
            .and_then(|rest| rest.strip_suffix("' found"))
        {
            self.point_at_nonlocal(name, source);
        }
        let rebinding = "assignment expression cannot rebind comprehension iteration variable ";
        if let Some(name) = message.strip_prefix(rebinding)
            && !name.starts_with('\'')
        {
            self.line = self.line.max(1);
            return format!("{rebinding}'{name}'");
        }
        match message.as_str() {
            "'continue' outside loop" => "'continue' not properly in loop".to_owned(),
            _ => message,
        }
    }

    /// The compiler does not say which statement it means.
    fn point_at_nonlocal(&mut self, name: &str, source: &str) {
        let declares = |line: &str| {
            let names = line.trim_start().strip_prefix("nonlocal ");
            names.is_some_and(|names| names.split([',', ';', '#']).any(|part| part.trim() == name))
        };
        let Some((index, line)) = source.lines().enumerate().find(|(_, line)| declares(line))
        else {
            return;
        };
        let indent = line.len() - line.trim_start().len();
        (self.line, self.end_line) = (index + 1, index + 1);
        self.column = indent + 1;
        self.end_column = line.trim_end().chars().count() + 1;
    }

    /// Whether it is about indentation.
    pub(super) fn is_about_indentation(&self) -> bool {
        let starts = [
            "unexpected indent",
            "unindent does not",
            "too many levels",
            "expected an indented",
        ];
        starts.iter().any(|start| self.message.starts_with(start))
    }

    fn parser_message(&mut self, error: &ParseError, source: &str) -> String {
        let range = error.raw_location;
        let place = range.start().to_usize()..range.end().to_usize();
        let found = source.get(place.clone()).unwrap_or_default();
        let rest = source.get(place.end..).unwrap_or_default();
        if !matches!(&error.error, ParseErrorType::Lexical(_))
            && let Some(problem) = brackets::problem(source, place.start)
        {
            self.point(source, problem.offset);
            return problem.message;
        }
        let known = match &error.error {
            ParseErrorType::InvalidAssignmentTarget => return cannot_assign(found, rest),
            ParseErrorType::InvalidNamedAssignmentTarget => {
                return format!("cannot use assignment expressions with {}", kind_of(found));
            }
            ParseErrorType::InvalidAugmentedAssignmentTarget => {
                let kind = kind_of(found);
                return format!("'{kind}' is an illegal expression for augmented assignment");
            }
            ParseErrorType::InvalidDeleteTarget => {
                return format!("cannot delete {}", kind_of(found));
            }
            ParseErrorType::DuplicateKeywordArgumentError(name) => {
                return format!("keyword argument repeated: {name}");
            }
            ParseErrorType::Lexical(error) => {
                return self.lexical_message(error, found, source, place.start);
            }
            ParseErrorType::OtherError(message) if is_translated(message) => {
                return self.other_message(message, source);
            }
            ParseErrorType::FStringError(_) | ParseErrorType::TStringError(_) => {
                let message = error.error.to_string().replace('`', "'");
                if message.ends_with("invalid conversion character") {
                    return format!("{message} '{found}': expected 's', 'r', or 'a'");
                }
                return message;
            }
            ParseErrorType::ExpectedToken {
                expected: TokenKind::Colon,
                found: TokenKind::Newline | TokenKind::EndOfFile,
            } => "expected ':'",
            ParseErrorType::InvalidAnnotatedAssignmentTarget => "illegal target for annotation",
            ParseErrorType::PositionalAfterKeywordArgument => {
                "positional argument follows keyword argument"
            }
            ParseErrorType::PositionalAfterKeywordUnpacking => {
                "positional argument follows keyword argument unpacking"
            }
            ParseErrorType::InvalidArgumentUnpackingOrder => {
                "iterable argument unpacking follows keyword argument unpacking"
            }
            ParseErrorType::NonDefaultParamAfterDefaultParam => {
                "parameter without a default follows parameter with a default"
            }
            ParseErrorType::ExpectedKeywordParam => "named arguments must follow bare *",
            ParseErrorType::UnparenthesizedGeneratorExpression => {
                "Generator expression must be parenthesized"
            }
            ParseErrorType::IterableUnpackingInComprehension => {
                "iterable unpacking cannot be used in comprehension"
            }
            ParseErrorType::EmptyImportNames => "Expected one or more names after 'import'",
            ParseErrorType::UnexpectedIndentation => "unexpected indent",
            _ => return self.generic_message(found, source, place.start),
        };
        known.to_owned()
    }

    fn lexical_message(
        &mut self,
        error: &LexicalErrorType,
        found: &str,
        source: &str,
        start: usize,
    ) -> String {
        match error {
            LexicalErrorType::UnrecognizedToken { tok } if tok.is_ascii() => invalid_syntax(),
            LexicalErrorType::UnrecognizedToken { tok } => {
                format!("invalid character '{tok}' (U+{:04X})", u32::from(*tok))
            }
            LexicalErrorType::UnclosedStringError => {
                (self.end_line, self.end_column) = (self.line, self.column);
                let quotes = found.trim_start_matches(char::is_alphabetic);
                if quotes.starts_with("\"\"\"") || quotes.starts_with("'''") {
                    let last = source.lines().count();
                    format!("unterminated triple-quoted string literal (detected at line {last})")
                } else {
                    let line = self.line;
                    format!("unterminated string literal (detected at line {line})")
                }
            }
            LexicalErrorType::LineContinuationError => {
                "unexpected character after line continuation character".to_owned()
            }
            LexicalErrorType::IndentationError => {
                "unindent does not match any outer indentation level".to_owned()
            }
            LexicalErrorType::UnicodeError
            | LexicalErrorType::MissingUnicodeLbrace
            | LexicalErrorType::MissingUnicodeRbrace => {
                "(unicode error) malformed escape sequence".to_owned()
            }
            LexicalErrorType::OtherError(_) if found.starts_with(|c: char| c.is_ascii_digit()) => {
                let message = number_message(found);
                // CPython points at the last digit that is right, or at the first of too many zeros.
                let digits = found.bytes().take_while(u8::is_ascii_digit).count();
                let is_decimal = message == "invalid decimal literal";
                self.point(source, start + if is_decimal { digits } else { 0 });
                message
            }
            other => other.to_string().replace('`', "'"),
        }
    }

    fn other_message(&self, message: &str, source: &str) -> String {
        if message.starts_with("Expected an indented block") {
            let before = source.lines().take(self.line.saturating_sub(1));
            let is_code = |(_, line): &(usize, &str)| {
                let line = line.trim_start();
                !line.is_empty() && !line.starts_with('#')
            };
            let header = before.enumerate().filter(is_code).last();
            let line = header.map_or(self.line, |(index, _)| index + 1);
            return format!("e{} on line {line}", &message[1..]).replace('`', "'");
        }
        if message == "Expected `except` or `finally` after `try` block" {
            return "expected 'except' or 'finally' block".to_owned();
        }
        for start in ["Only single target", "Multiple exception types"] {
            if let Some(rest) = message.strip_prefix(start) {
                return format!("{}{rest}", start.to_lowercase()).replace('`', "'");
            }
        }
        message.replace('`', "'")
    }

    /// For what the parser only knows not to be Python.
    fn generic_message(&mut self, found: &str, source: &str, start: usize) -> String {
        let before = source.get(..start).unwrap_or_default();
        let line = source
            .lines()
            .nth(self.line.saturating_sub(1))
            .unwrap_or_default();
        if let Some((name, column)) = statement_of_python_2(line, self.column) {
            (self.column, self.end_line) = (column, self.line);
            self.end_column = line.trim_end().chars().count() + 1;
            return format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
        }
        if let Some(bracket @ (')' | ']' | '}')) = found.chars().next()
            && !has_open_bracket(before)
        {
            return format!("unmatched '{bracket}'");
        }
        let is_digit = |c: char| c.is_ascii_digit();
        let is_letter = |c: char| c.is_alphabetic() || c == '_';
        if before.ends_with(is_digit) && found.starts_with(is_letter) {
            self.point(source, start - 1);
            return "invalid decimal literal".to_owned();
        }
        let rest = source.get(start + found.len()..).unwrap_or_default();
        if found.ends_with(is_digit) && rest.starts_with(is_letter) {
            self.point(source, start + found.len() - 1);
            return "invalid decimal literal".to_owned();
        }
        if before.trim_end().ends_with('{')
            && let Some(kind) = string_kind(before)
            && let Some(end @ ('}' | '=' | '!' | ':')) = found.chars().next()
        {
            return format!("{kind}: valid expression required before '{end}'");
        }
        let equals = rest.trim_start();
        if equals.starts_with('=') && !equals.starts_with("==") && has_open_bracket(before) {
            self.end_column += rest.len() - equals.len() + 1;
            return match found {
                "True" | "False" | "None" => format!("cannot assign to {found}"),
                _ => "expression cannot contain assignment, perhaps you meant \"==\"?".to_owned(),
            };
        }
        if found == "=" {
            let statement = line.trim_start();
            if ["if ", "elif ", "while "]
                .iter()
                .any(|word| statement.starts_with(word))
            {
                self.mark_comparison(line);
                return "invalid syntax. Maybe you meant '==' or ':=' instead of '='?".to_owned();
            }
        }
        invalid_syntax()
    }

    /// Marks what is around an `=` that should be another operator, from a name in front of it to the colon.
    fn mark_comparison(&mut self, line: &str) {
        let before: String = line.chars().take(self.column.saturating_sub(1)).collect();
        let operand = before.trim_end();
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let name = operand.chars().rev().take_while(|&c| is_name(c)).count();
        let behind = line.trim_end().trim_end_matches(':').trim_end();
        if name > 0 {
            self.column = operand.chars().count() - name + 1;
            self.end_column = behind.chars().count() + 1;
        }
    }
}

/// Whether a message of the parser's own says more than that something else was expected.
fn is_translated(message: &str) -> bool {
    let known = [
        "Expected an indented block",
        "Expected `except` or `finally`",
        "Only single target",
        "Multiple exception types",
    ];
    !message.starts_with(char::is_uppercase) || known.iter().any(|start| message.starts_with(start))
}

fn invalid_syntax() -> String {
    "invalid syntax".to_owned()
}

fn number_message(found: &str) -> String {
    let lower = found.to_ascii_lowercase();
    let kinds = [("0x", "hexadecimal"), ("0o", "octal"), ("0b", "binary")];
    if let Some((_, kind)) = kinds.iter().find(|(prefix, _)| lower.starts_with(prefix)) {
        return format!("invalid {kind} literal");
    }
    let has_leading_zero =
        lower.len() > 1 && lower.starts_with('0') && lower.bytes().all(|b| b.is_ascii_digit());
    if has_leading_zero {
        return "leading zeros in decimal integer literals are not permitted; \
                use an 0o prefix for octal integers"
            .to_owned();
    }
    "invalid decimal literal".to_owned()
}

/// Whether a bracket is open at the end of a text; quotes and comments in it are not looked at closely.
fn has_open_bracket(text: &str) -> bool {
    let mut lexer = parser::lexer::lex(text, parser::Mode::Module);
    let mut depth = 0_i32;
    loop {
        match lexer.next_token() {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => depth += 1,
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => depth -= 1,
            TokenKind::EndOfFile => return depth > 0,
            _ => {}
        }
    }
}

fn cannot_assign(target: &str, rest: &str) -> String {
    let kind = kind_of(target);
    if kind == "yield expression" {
        return "assignment to yield expression not possible".to_owned();
    }
    let rest = rest.trim_start();
    let is_assigned = rest.starts_with('=') && !rest.starts_with("==");
    // Below these in the grammar a comparison may have been meant.
    let is_lower = [
        "lambda",
        "conditional expression",
        "comparison",
        "generator expression",
        "None",
        "True",
        "False",
        "list",
        "tuple",
    ];
    if is_assigned && !is_lower.contains(&kind) && !target.starts_with("not ") {
        format!("cannot assign to {kind} here. Maybe you meant '==' instead of '='?")
    } else {
        format!("cannot assign to {kind}")
    }
}

/// What an expression is called.
fn kind_of(text: &str) -> &'static str {
    // In parentheses everything that is an expression at all parses as one.
    let parse = |text: &str| parser::parse(text, parser::Mode::Expression.into());
    let Ok(parsed) = parse(&format!("({text})")) else {
        return "expression";
    };
    let Mod::Expression(tree) = parsed.into_syntax() else {
        return "expression";
    };
    match *tree.body {
        Expr::Attribute(_) => "attribute",
        Expr::Subscript(_) => "subscript",
        Expr::Starred(_) => "starred",
        Expr::Name(_) => "name",
        Expr::List(_) => "list",
        Expr::Tuple(_) => "tuple",
        Expr::Lambda(_) => "lambda",
        Expr::Call(_) => "function call",
        Expr::Generator(_) => "generator expression",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield expression",
        Expr::Await(_) => "await expression",
        Expr::ListComp(_) => "list comprehension",
        Expr::SetComp(_) => "set comprehension",
        Expr::DictComp(_) => "dict comprehension",
        Expr::Dict(_) => "dict literal",
        Expr::Set(_) => "set display",
        Expr::FString(_) => "f-string expression",
        Expr::TString(_) => "t-string expression",
        Expr::StringLiteral(_) | Expr::BytesLiteral(_) | Expr::NumberLiteral(_) => "literal",
        Expr::NoneLiteral(_) => "None",
        Expr::BooleanLiteral(literal) if literal.value => "True",
        Expr::BooleanLiteral(_) => "False",
        Expr::EllipsisLiteral(_) => "ellipsis",
        Expr::Compare(_) => "comparison",
        Expr::If(_) => "conditional expression",
        Expr::Named(_) => "named expression",
        _ => "expression",
    }
}

/// What the string is called in which replacement fields are, if the text ends in one.
fn string_kind(before: &str) -> Option<&'static str> {
    let quote = before.rfind(['\'', '"'])?;
    let prefix = before[..=quote].trim_end_matches(['\'', '"']);
    let letters = prefix.chars().rev().take_while(char::is_ascii_alphabetic);
    letters.take(2).find_map(|letter| match letter {
        'f' | 'F' => Some("f-string"),
        't' | 'T' => Some("t-string"),
        _ => None,
    })
}

/// `print` or `exec` and its column (from 1), if what stands at a column of a line follows it like the operand of a statement,
/// as these were in Python 2.
fn statement_of_python_2(line: &str, column: usize) -> Option<(&'static str, usize)> {
    let before: String = line.chars().take(column.saturating_sub(1)).collect();
    let word = before.trim_end();
    if word.len() == before.len() {
        return None;
    }
    let name = ["print", "exec"]
        .into_iter()
        .find(|name| word.ends_with(name))?;
    let rest = &word[..word.len() - name.len()];
    // What follows has to be something that can be printed.
    let operand: String = line.chars().skip(column.saturating_sub(1)).collect();
    let operand = operand.split([';', '#']).next().unwrap_or_default();
    let options = parser::Mode::Expression.into();
    if parser::parse(&format!("({operand})"), options).is_err() {
        return None;
    }
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    (!rest.ends_with(is_part)).then(|| (name, rest.chars().count() + 1))
}
