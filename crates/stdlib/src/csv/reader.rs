//! `_csv.reader`: takes lines apart into fields.

use super::dialect::{PyDialect, Quoting, of};
use super::{DIALECT_ERROR, Registry};
use exuvia_object::Class;
use exuvia_vm::args::KwArgs;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Rest, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::float::FLOAT;
use exuvia_vm::types::iterators::itself;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::str::builder::StrBuilder;
use exuvia_vm::{HeapVec, PyErr, PyRef, PyResult, Ref, Traverse, Vm};
use std::cell::Cell;

/// Yields the records of lines.
#[derive(Debug, Traverse)]
pub struct PyReader {
    dialect: Ref<PyDialect>,
    lines: PyRef,
    line_num: Cell<usize>,
}

impl PyPayload for PyReader {
    const DEF: &'static TypeDef = &READER;
}

/// `reader`
pub static READER: TypeDef = TypeDef {
    doc: "Yields the records of lines, each a list of strings.",
    class: Some(Class::of::<PyReader>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver(this).clone().next_record(vm)),
        ..Slots::EMPTY
    },
    getset: &[
        GetSet {
            name: "dialect",
            doc: "The dialect.",
            get: |_, this| Ok(receiver(this).dialect.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "line_num",
            doc: "The number of lines read.",
            get: |vm, this| vm.new_int_from_usize(receiver(this).line_num.get()),
            set: None,
        },
    ],
    ..TypeDef::new("_csv.reader")
};

fn receiver(this: &PyRef) -> &Ref<PyReader> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// The arguments of `reader` and `writer`: something to read or write, and perhaps a dialect.
///
/// # Errors
/// `TypeError` if there are fewer or more.
pub fn arguments(vm: &Vm, function: &str, args: Rest) -> PyResult<(PyRef, Option<PyRef>)> {
    let given = args.0.len();
    let mut args = args.0.into_iter();
    match (args.next(), args.next(), args.next()) {
        (Some(first), dialect, None) => Ok((first, dialect)),
        (None, ..) => Err(vm.type_error(format!(
            "{function} expected at least 1 argument, got {given}"
        ))),
        _ => Err(vm.type_error(format!(
            "{function} expected at most 2 arguments, got {given}"
        ))),
    }
}

/// `csv.reader`
///
/// # Errors
/// `TypeError` if there are no lines; what is wrong with the dialect.
pub fn new(vm: &mut Vm, args: Rest, parameters: KwArgs) -> PyResult<Ref<PyReader>> {
    let (lines, dialect) = arguments(vm, "reader", args)?;
    let lines = vm.iter(&lines)?;
    let dialect = of(vm, dialect, parameters)?;
    vm.new_object(PyReader {
        dialect,
        lines,
        line_num: Cell::new(0),
    })
}

/// Where in a record we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    RecordStart,
    FieldStart,
    Field,
    Escape,
    /// Behind a line break that was escaped.
    EscapedBreak,
    Quoted,
    QuotedEscape,
    /// Behind a quote in a quoted field: its end, or the first half of a quote.
    QuotedQuote,
    /// Behind the record's line break.
    Break,
}

/// A record being read.
struct Record<'a> {
    dialect: &'a PyDialect,
    fields: HeapVec<PyRef>,
    field: StrBuilder,
    /// Whether the field has been plain so far.
    is_unquoted: bool,
    place: Place,
    field_max: usize,
}

const LINE_FEED: u32 = '\n' as u32;
const CARRIAGE_RETURN: u32 = '\r' as u32;
const SPACE: u32 = ' ' as u32;

fn is_break(character: Option<u32>) -> bool {
    matches!(character, None | Some(LINE_FEED | CARRIAGE_RETURN))
}

impl PyReader {
    fn next_record(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let mut record = Record {
            dialect: &self.dialect,
            fields: HeapVec::new(),
            field: StrBuilder::new(),
            is_unquoted: true,
            place: Place::RecordStart,
            field_max: Registry::field_max(vm),
        };
        loop {
            let Some(line) = vm.next(&self.lines)? else {
                if !record.ends_with_lines(vm)? {
                    return Ok(None);
                }
                break;
            };
            let Some(line) = line.downcast_ref::<PyStr>() else {
                let name = vm.type_name(&line);
                return Err(error(
                    vm,
                    &format!(
                        "iterator should return strings, not {name} (the file should be opened in text mode)"
                    ),
                ));
            };
            self.line_num.set(self.line_num.get() + 1);
            for character in line.code_points() {
                record.step(vm, Some(character))?;
            }
            record.step(vm, None)?;
            if record.place == Place::RecordStart {
                break;
            }
        }
        let fields = vm.new_list_from_heap_vec(record.fields)?;
        Ok(Some(fields.into_any()))
    }
}

#[cold]
fn error(vm: &Vm, message: &str) -> PyErr {
    vm.error(&DIALECT_ERROR, message)
}

impl Record<'_> {
    /// Deals with the end of the lines; tells whether there is a record at all.
    fn ends_with_lines(&mut self, vm: &mut Vm) -> PyResult<bool> {
        if self.field.is_empty() && self.place != Place::Quoted {
            return Ok(false);
        }
        if self.dialect.strict {
            return Err(error(vm, "unexpected end of data"));
        }
        self.save(vm)?;
        Ok(true)
    }

    /// The next character of a line; `None` at its end.
    fn step(&mut self, vm: &mut Vm, character: Option<u32>) -> PyResult<()> {
        match self.place {
            Place::RecordStart => match character {
                None => Ok(()),
                Some(LINE_FEED | CARRIAGE_RETURN) => self.go(Place::Break),
                _ => self.start_field(vm, character),
            },
            Place::FieldStart => self.start_field(vm, character),
            Place::Escape => match character {
                Some(line_break @ (LINE_FEED | CARRIAGE_RETURN)) => {
                    self.push(vm, line_break, Place::EscapedBreak)
                }
                _ => self.push(vm, character.unwrap_or(LINE_FEED), Place::Field),
            },
            Place::EscapedBreak if character.is_none() => Ok(()),
            Place::EscapedBreak | Place::Field => self.in_field(vm, character),
            Place::Quoted => self.in_quotes(vm, character),
            Place::QuotedEscape => self.push(vm, character.unwrap_or(LINE_FEED), Place::Quoted),
            Place::QuotedQuote => self.behind_quote(vm, character),
            Place::Break => match character {
                None => self.go(Place::RecordStart),
                Some(LINE_FEED | CARRIAGE_RETURN) => Ok(()),
                Some(_) => Err(error(
                    vm,
                    "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                )),
            },
        }
    }

    fn go(&mut self, place: Place) -> PyResult<()> {
        self.place = place;
        Ok(())
    }

    fn has_quotes(&self) -> bool {
        self.dialect.quoting != Quoting::None
    }

    fn is_quote(&self, character: Option<u32>) -> bool {
        self.has_quotes() && character.is_some() && character == self.dialect.quotechar
    }

    fn is_escape(&self, character: Option<u32>) -> bool {
        character.is_some() && character == self.dialect.escapechar
    }

    fn start_field(&mut self, vm: &mut Vm, character: Option<u32>) -> PyResult<()> {
        self.place = Place::FieldStart;
        match character {
            _ if is_break(character) => self.end_record(vm, character),
            _ if self.is_quote(character) => {
                self.is_unquoted = false;
                self.go(Place::Quoted)
            }
            _ if self.is_escape(character) => self.go(Place::Escape),
            Some(SPACE) if self.dialect.skipinitialspace => Ok(()),
            Some(character) if character == self.dialect.delimiter => self.save(vm),
            Some(character) => self.push(vm, character, Place::Field),
            None => Ok(()),
        }
    }

    fn in_field(&mut self, vm: &mut Vm, character: Option<u32>) -> PyResult<()> {
        match character {
            _ if is_break(character) => self.end_record(vm, character),
            _ if self.is_escape(character) => self.go(Place::Escape),
            Some(character) if character == self.dialect.delimiter => self.end_field(vm),
            Some(character) => self.push(vm, character, Place::Field),
            None => Ok(()),
        }
    }

    fn in_quotes(&mut self, vm: &mut Vm, character: Option<u32>) -> PyResult<()> {
        match character {
            None => Ok(()),
            _ if self.is_escape(character) => self.go(Place::QuotedEscape),
            _ if self.is_quote(character) => self.go(if self.dialect.doublequote {
                Place::QuotedQuote
            } else {
                Place::Field
            }),
            Some(character) => self.push(vm, character, Place::Quoted),
        }
    }

    fn behind_quote(&mut self, vm: &mut Vm, character: Option<u32>) -> PyResult<()> {
        match character {
            Some(quote) if self.is_quote(character) => self.push(vm, quote, Place::Quoted),
            Some(character) if character == self.dialect.delimiter => self.end_field(vm),
            _ if is_break(character) => self.end_record(vm, character),
            Some(character) if !self.dialect.strict => self.push(vm, character, Place::Field),
            _ => {
                let shown =
                    |character| char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER);
                let delimiter = shown(self.dialect.delimiter);
                let quote = shown(self.dialect.quotechar.unwrap_or_default());
                Err(error(
                    vm,
                    &format!("'{delimiter}' expected after '{quote}'"),
                ))
            }
        }
    }

    fn push(&mut self, vm: &Vm, character: u32, place: Place) -> PyResult<()> {
        if self.field.len() >= self.field_max {
            let most = self.field_max;
            return Err(error(
                vm,
                &format!("field larger than field limit ({most})"),
            ));
        }
        self.place = place;
        self.field.push_char(vm, character)
    }

    fn end_field(&mut self, vm: &mut Vm) -> PyResult<()> {
        self.save(vm)?;
        self.go(Place::FieldStart)
    }

    fn end_record(&mut self, vm: &mut Vm, character: Option<u32>) -> PyResult<()> {
        self.save(vm)?;
        self.go(if character.is_none() {
            Place::RecordStart
        } else {
            Place::Break
        })
    }

    /// Adds the field to the record.
    fn save(&mut self, vm: &mut Vm) -> PyResult<()> {
        let text = std::mem::take(&mut self.field).finish(vm)?;
        let is_unquoted = std::mem::replace(&mut self.is_unquoted, true);
        let field = match self.dialect.quoting {
            Quoting::NotNull | Quoting::Strings if is_unquoted && text.is_empty() => vm.none(),
            Quoting::NonNumeric | Quoting::Strings if is_unquoted && !text.is_empty() => {
                let class = vm.class(&FLOAT).clone().into_any();
                vm.call_positional(&class, &[text.into_any()])?
            }
            _ => text.into_any(),
        };
        Ok(self.fields.push(vm.heap(), field)?)
    }
}
