//! `_tokenize`: the tokens of source text, for `tokenize.py`.
//!
//! Differs from CPython: all lines are read when the iterator is made, not one when it is needed.

use exuvia_object::{Class, Traverse};
use exuvia_vm::code::{SourceTokens, source_tokens};
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Slots, TypeDef};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::exception::{self, PyException, STOP_ITERATION};
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Slot, Vm};
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::LexicalErrorType;
use ruff_text_size::{TextRange, TextSize};
use std::cell::Cell;

/// Numbers of token types, as in `token.py`.
mod kind {
    pub(super) const ENDMARKER: i64 = 0;
    pub(super) const NAME: i64 = 1;
    pub(super) const NUMBER: i64 = 2;
    pub(super) const STRING: i64 = 3;
    pub(super) const NEWLINE: i64 = 4;
    pub(super) const INDENT: i64 = 5;
    pub(super) const DEDENT: i64 = 6;
    pub(super) const OP: i64 = 55;
    pub(super) const FSTRING_START: i64 = 59;
    pub(super) const FSTRING_MIDDLE: i64 = 60;
    pub(super) const FSTRING_END: i64 = 61;
    pub(super) const TSTRING_START: i64 = 62;
    pub(super) const TSTRING_MIDDLE: i64 = 63;
    pub(super) const TSTRING_END: i64 = 64;
    pub(super) const COMMENT: i64 = 65;
    pub(super) const NL: i64 = 66;
}

/// An iterator over the tokens of a source text.
#[derive(Debug, Traverse)]
pub struct PyTokenizer {
    tokens: Ref<PyList>,
    next: Cell<usize>,
    /// What is raised after the last token.
    error: Slot<PyException>,
}

impl PyPayload for PyTokenizer {
    const DEF: &'static TypeDef = &TOKENIZER;
}

/// `_tokenize.TokenizerIter`
pub static TOKENIZER: TypeDef = TypeDef {
    class: Some(Class::of::<PyTokenizer>),
    slots: Slots {
        new: Some(new),
        iter: Some(|_, this| Ok(this.clone())),
        next: Some(next),
        ..Slots::EMPTY
    },
    ..TypeDef::new("_tokenize.TokenizerIter")
};

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let class = vm.make_class(&TOKENIZER)?.into_any();
    vm.add_attribute(module, "TokenizerIter", class)
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let Some(tokenizer) = this.downcast_ref::<PyTokenizer>() else {
        return Err(vm.type_error("not a TokenizerIter"));
    };
    let index = tokenizer.next.get();
    match tokenizer.tokens.get(vm, index) {
        Some(token) => {
            tokenizer.next.set(index + 1);
            Ok(Some(token))
        }
        None => match tokenizer.error.take() {
            Some(error) => Err(PyErr::Raised(error)),
            None => Ok(None),
        },
    }
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let [readline] = args.positionals() else {
        return Err(vm.type_error("tokenizeriter() takes exactly 1 positional argument"));
    };
    let (mut encoding, mut extra_tokens) = (None, None);
    for (name, value) in args.keywords() {
        match name.downcast_ref::<PyStr>().and_then(|name| name.as_str()) {
            Some("encoding") => encoding = Some(vm.str(value)?.to_text().into_owned()),
            Some("extra_tokens") => extra_tokens = Some(vm.is_true(value)?),
            _ => {
                let shown = vm.str(name)?.to_text().into_owned();
                return Err(vm.type_error(format!(
                    "tokenizeriter() got an unexpected keyword argument '{shown}'"
                )));
            }
        }
    }
    let Some(extra_tokens) = extra_tokens else {
        return Err(
            vm.type_error("tokenizeriter() missing required argument 'extra_tokens' (pos 2)")
        );
    };
    if !extra_tokens {
        return Err(vm.not_implemented_error(
            "tokens without comments and with exact types (extra_tokens=False) are not supported",
        ));
    }
    let source = read_all(vm, readline, encoding.as_deref())?;
    let tokenizer = tokenize(vm, &source)?;
    Ok(vm.new_instance(ty, tokenizer)?.into_any())
}

/// The text that `readline` gives until it gives nothing more.
fn read_all(vm: &mut Vm, readline: &PyRef, encoding: Option<&str>) -> PyResult<String> {
    let mut source = String::new();
    loop {
        let line = match vm.call_positional(readline, &[]) {
            Ok(line) => line,
            Err(error) if error.is(vm, &STOP_ITERATION) => return Ok(source),
            Err(error) => return Err(error),
        };
        let line = if let Some(bytes) = line.downcast_ref::<PyBytes>() {
            let bytes = bytes.as_slice().to_vec();
            let text = vm.decode_bytes(&bytes, encoding.unwrap_or("utf-8"), "strict")?;
            text.to_text().into_owned()
        } else if let Some(text) = line.downcast_ref::<PyStr>() {
            text.to_text().into_owned()
        } else {
            let found = vm.type_name(&line);
            return Err(vm.type_error(format!("readline() returned a non-string object ({found})")));
        };
        if line.is_empty() {
            return Ok(source);
        }
        source.push_str(&line);
    }
}

fn tokenize(vm: &mut Vm, source: &str) -> PyResult<PyTokenizer> {
    let SourceTokens { tokens, error } = match source_tokens(source) {
        Ok(tokens) => tokens,
        Err(_) => {
            return Err(vm.error(
                &exception::SYNTAX_ERROR,
                "source text is too deeply nested to be split into tokens",
            ));
        }
    };
    let mut writer = Writer::new(vm, source);
    let mut open_brackets = Vec::new();
    let wrong = error.as_ref().map(|(_, range)| range.start());
    for (index, &(token, range)) in tokens.iter().enumerate() {
        if wrong.is_some_and(|wrong| range.end() > wrong) {
            break;
        }
        match token {
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => open_brackets.push(range),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                open_brackets.pop();
            }
            // In brackets the parser ends the statement where the file ends; CPython does not.
            TokenKind::Newline | TokenKind::Dedent if !open_brackets.is_empty() => continue,
            _ => {}
        }
        // A dedent lies where the next token begins.
        let range = match token {
            TokenKind::Dedent => {
                let mut later = tokens[index..].iter();
                let next = later.find(|(token, _)| *token != TokenKind::Dedent);
                TextRange::empty(next.map_or(range.start(), |(_, range)| range.start()))
            }
            _ => range,
        };
        writer.token(token, range)?;
    }
    let at_end = error.is_none() && !open_brackets.is_empty();
    let error = match error {
        _ if at_end => Some(writer.unexpected_end()?),
        Some((LexicalErrorType::Eof, _)) => Some(writer.unexpected_end()?),
        Some((kind, range)) => Some(writer.error(&kind, range)?),
        None => {
            writer.end()?;
            None
        }
    };
    let made = writer.made;
    Ok(PyTokenizer {
        tokens: vm.new_list(made)?,
        next: Cell::new(0),
        error: Slot::new(error),
    })
}

/// Makes the tuples that describe tokens.
struct Writer<'a> {
    vm: &'a mut Vm,
    source: &'a str,
    /// Where each line begins, and where the text ends.
    lines: Vec<usize>,
    made: Vec<PyRef>,
}

impl<'a> Writer<'a> {
    fn new(vm: &'a mut Vm, source: &'a str) -> Self {
        let ends = source.match_indices('\n').map(|(index, _)| index + 1);
        let mut lines: Vec<usize> = std::iter::once(0).chain(ends).collect();
        if lines.last() != Some(&source.len()) {
            lines.push(source.len());
        }
        Self {
            vm,
            source,
            lines,
            made: Vec::new(),
        }
    }

    /// The number of lines.
    fn line_count(&self) -> usize {
        self.lines.len() - 1
    }

    /// The line (from 1) and the column (in characters, from 0) of an offset.
    fn place(&self, offset: TextSize) -> (usize, usize) {
        let offset = offset.to_usize();
        let starts = &self.lines[..self.line_count()];
        let line = starts.partition_point(|&start| start <= offset).max(1);
        let text = &self.source[self.lines[line - 1]..offset];
        (line, text.chars().count())
    }

    /// The text of some lines.
    fn lines_text(&self, first: usize, last: usize) -> &'a str {
        let start = self.lines.get(first - 1).copied();
        let end = self.lines.get(last).copied();
        let (start, end) = (
            start.unwrap_or(self.source.len()),
            end.unwrap_or(self.source.len()),
        );
        &self.source[start.min(end)..end]
    }

    fn add(
        &mut self,
        kind: i64,
        text: &str,
        start: (usize, usize),
        end: (usize, usize),
    ) -> PyResult<()> {
        let line = self.lines_text(start.0, end.0);
        let vm = &mut *self.vm;
        let place = |(line, column): (usize, usize)| -> PyResult {
            let parts = [vm.new_int_from_usize(line)?, vm.new_int_from_usize(column)?];
            Ok(vm.new_tuple(&parts)?.into_any())
        };
        let (start, end) = (place(start)?, place(end)?);
        let parts = [
            vm.new_int(kind)?,
            vm.new_str(text)?.into_any(),
            start,
            end,
            vm.new_str(line)?.into_any(),
        ];
        self.made.push(self.vm.new_tuple(&parts)?.into_any());
        Ok(())
    }

    fn token(&mut self, token: TokenKind, range: TextRange) -> PyResult<()> {
        let text = &self.source[range.start().to_usize()..range.end().to_usize()];
        let (start, end) = (self.place(range.start()), self.place(range.end()));
        match token {
            // The end of a line belongs to the line.
            TokenKind::Newline | TokenKind::NonLogicalNewline => {
                let number = match token {
                    TokenKind::Newline => kind::NEWLINE,
                    _ => kind::NL,
                };
                let shown = if text.is_empty() { "" } else { "\n" };
                let is_implied_at_start = text.is_empty() && start.1 == 0;
                if is_implied_at_start {
                    return Ok(());
                }
                self.add(number, shown, start, (start.0, start.1 + 1))
            }
            TokenKind::FStringMiddle => self.middle(kind::FSTRING_MIDDLE, range),
            TokenKind::TStringMiddle => self.middle(kind::TSTRING_MIDDLE, range),
            TokenKind::Dedent if range.start().to_usize() >= self.source.len() => {
                let end = (self.line_count() + 1, 0);
                self.add(kind::DEDENT, "", end, end)
            }
            TokenKind::EndOfFile => Ok(()),
            TokenKind::Unknown if text.is_empty() => Ok(()),
            _ => self.add(type_of(token), text, start, end),
        }
    }

    /// Literal text in a string with replacement fields. A doubled brace ends a token, and its second half is in none.
    fn middle(&mut self, kind: i64, range: TextRange) -> PyResult<()> {
        let text = &self.source[range.start().to_usize()..range.end().to_usize()];
        let mut begin = 0;
        for (index, _) in text.match_indices("{{").chain(text.match_indices("}}")) {
            if index < begin {
                continue;
            }
            self.piece(kind, range.start(), text, begin, index + 1)?;
            begin = index + 2;
        }
        if begin < text.len() {
            self.piece(kind, range.start(), text, begin, text.len())?;
        }
        Ok(())
    }

    fn piece(
        &mut self,
        kind: i64,
        offset: TextSize,
        text: &str,
        begin: usize,
        end: usize,
    ) -> PyResult<()> {
        let at = |index: usize| offset + TextSize::new(u32::try_from(index).unwrap_or(u32::MAX));
        let (start_place, end_place) = (self.place(at(begin)), self.place(at(end)));
        self.add(kind, &text[begin..end], start_place, end_place)
    }

    fn end(&mut self) -> PyResult<()> {
        let end = (self.line_count() + 1, 0);
        self.add(kind::ENDMARKER, "", end, end)
    }

    fn unexpected_end(&mut self) -> PyResult<Ref<PyException>> {
        let message = "unexpected EOF in multi-line statement";
        self.syntax_error(&exception::SYNTAX_ERROR, message, (self.line_count(), 0))
    }

    fn error(&mut self, kind: &LexicalErrorType, range: TextRange) -> PyResult<Ref<PyException>> {
        let (line, column) = self.place(range.start());
        if matches!(kind, LexicalErrorType::IndentationError) {
            let message = "unindent does not match any outer indentation level";
            let place = (
                line,
                self.lines_text(line, line).trim_end().chars().count() + 1,
            );
            return self.syntax_error(&exception::INDENTATION_ERROR, message, place);
        }
        let quotes =
            self.source[range.start().to_usize()..].trim_start_matches(char::is_alphabetic);
        let is_long = quotes.starts_with("\"\"\"") || quotes.starts_with("'''");
        let message = match kind {
            LexicalErrorType::UnclosedStringError if is_long => format!(
                "unterminated triple-quoted string literal (detected at line {})",
                self.line_count()
            ),
            LexicalErrorType::UnclosedStringError => {
                format!("unterminated string literal (detected at line {line})")
            }
            LexicalErrorType::LineContinuationError => {
                "unexpected character after line continuation character".to_owned()
            }
            other => other.to_string(),
        };
        self.syntax_error(&exception::SYNTAX_ERROR, &message, (line, column + 1))
    }

    fn syntax_error(
        &mut self,
        def: &'static TypeDef,
        message: &str,
        (line, column): (usize, usize),
    ) -> PyResult<Ref<PyException>> {
        let text = self.lines_text(line.max(1), line.max(1)).trim_end();
        let vm = &mut *self.vm;
        let details = [
            vm.new_str("<string>")?.into_any(),
            vm.new_int_from_usize(line)?,
            vm.new_int_from_usize(column)?,
            vm.new_str(text)?.into_any(),
            vm.none(),
            vm.none(),
        ];
        let details = vm.new_tuple(&details)?.into_any();
        let message = vm.new_str(message)?.into_any();
        Ok(vm.error_with(def, &[message, details]).into_exception(vm))
    }
}

fn type_of(token: TokenKind) -> i64 {
    match token {
        TokenKind::Name => kind::NAME,
        TokenKind::Int | TokenKind::Float | TokenKind::Complex => kind::NUMBER,
        TokenKind::String => kind::STRING,
        TokenKind::FStringStart => kind::FSTRING_START,
        TokenKind::FStringEnd => kind::FSTRING_END,
        TokenKind::TStringStart => kind::TSTRING_START,
        TokenKind::TStringEnd => kind::TSTRING_END,
        TokenKind::Indent => kind::INDENT,
        TokenKind::Dedent => kind::DEDENT,
        TokenKind::Comment => kind::COMMENT,
        keyword if keyword.is_keyword() => kind::NAME,
        _ => kind::OP,
    }
}
