//! `_csv.writer`: puts fields together into lines.

use super::DIALECT_ERROR;
use super::dialect::{PyDialect, Quoting, of};
use super::reader::arguments;
use exuvia_object::Class;
use exuvia_vm::args::KwArgs;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Rest, TypeDef, TypeFlags};
use exuvia_vm::types::exception::TYPE_ERROR;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::str::builder::StrBuilder;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Traverse, Vm, method};

/// Writes records to what has a `write`.
#[derive(Debug, Traverse)]
pub struct PyWriter {
    dialect: Ref<PyDialect>,
    write: PyRef,
}

impl PyPayload for PyWriter {
    const DEF: &'static TypeDef = &WRITER;
}

/// `writer`
pub static WRITER: TypeDef = TypeDef {
    doc: "Writes records as lines.",
    class: Some(Class::of::<PyWriter>),
    flags: TypeFlags::NO_NEW,
    methods: &[
        method!(
            "writerow",
            "($self, row, /)",
            writerow,
            "Writes a record; returns what write returns."
        ),
        method!(
            "writerows",
            "($self, rows, /)",
            writerows,
            "Writes records."
        ),
    ],
    getset: &[GetSet {
        name: "dialect",
        doc: "The dialect.",
        get: |_, this| {
            let this = this.downcast_ref::<PyWriter>();
            let this = this.expect("slots get receivers of their type");
            Ok(this.dialect.clone().into_any())
        },
        set: None,
    }],
    ..TypeDef::new("_csv.writer")
};

/// `csv.writer`
///
/// # Errors
/// `TypeError` if there is no `write`; what is wrong with the dialect.
pub fn new(vm: &mut Vm, args: Rest, parameters: KwArgs) -> PyResult<Ref<PyWriter>> {
    let (file, dialect) = arguments(vm, "writer", args)?;
    let dialect = of(vm, dialect, parameters)?;
    let write = vm.lookup_attr_str(&file, "write")?;
    let write = write.filter(|write| vm.callable(write));
    let Some(write) = write else {
        return Err(vm.type_error("argument 1 must have a \"write\" method"));
    };
    vm.new_object(PyWriter { dialect, write })
}

fn writerows(vm: &mut Vm, this: Ref<PyWriter>, rows: PyRef) -> PyResult<()> {
    vm.iterate(&rows, |vm, row| {
        writerow(vm, this.clone(), row)?;
        Ok(())
    })
}

fn writerow(vm: &mut Vm, this: Ref<PyWriter>, row: PyRef) -> PyResult {
    let fields = match vm.iter(&row) {
        Ok(fields) => fields,
        Err(failed) if failed.is(vm, &TYPE_ERROR) => {
            let name = vm.type_name(&row);
            return Err(error(vm, &format!("iterable expected, not {name}")));
        }
        Err(failed) => return Err(failed),
    };
    let mut line = Line {
        dialect: &this.dialect,
        text: StrBuilder::new(),
        fields: 0,
    };
    let mut last_is_none = false;
    while let Some(field) = vm.next(&fields)? {
        last_is_none = vm.is_none(&field);
        line.push(vm, &field)?;
    }
    if line.fields > 0 && line.text.is_empty() {
        line.check_may_quote(vm, last_is_none, "single empty field record must be quoted")?;
        line.fields = 0;
        line.push_text(vm, None, true)?;
    }
    line.text.push(vm, &this.dialect.lineterminator)?;
    let text = line.text.finish(vm)?.into_any();
    vm.call_positional(&this.write, &[text])
}

#[cold]
fn error(vm: &Vm, message: &str) -> PyErr {
    vm.error(&DIALECT_ERROR, message)
}

/// A line being put together.
struct Line<'a> {
    dialect: &'a PyDialect,
    text: StrBuilder,
    fields: usize,
}

impl Line<'_> {
    fn push(&mut self, vm: &mut Vm, field: &PyRef) -> PyResult<()> {
        let is_quoted = match self.dialect.quoting {
            Quoting::All => true,
            Quoting::NonNumeric => !is_number(vm, field),
            Quoting::Strings => field.is_a::<PyStr>(),
            Quoting::NotNull => !vm.is_none(field),
            Quoting::Minimal | Quoting::None => false,
        };
        if vm.is_none(field) {
            return self.push_text(vm, None, is_quoted);
        }
        let text = match field.downcast_ref::<PyStr>() {
            Some(text) => text.clone(),
            None => vm.str(field)?,
        };
        self.push_text(vm, Some(&text), is_quoted)
    }

    /// Refuses a field that would have to be quoted where nothing may be.
    fn check_may_quote(&self, vm: &Vm, is_none: bool, message: &str) -> PyResult<()> {
        let may_quote = match self.dialect.quoting {
            Quoting::None => false,
            Quoting::Strings | Quoting::NotNull => !is_none,
            _ => true,
        };
        if may_quote {
            Ok(())
        } else {
            Err(error(vm, message))
        }
    }

    /// Adds a field; `None` is an empty one.
    fn push_text(
        &mut self,
        vm: &mut Vm,
        text: Option<&Ref<PyStr>>,
        is_quoted: bool,
    ) -> PyResult<()> {
        let dialect = self.dialect;
        let mut is_quoted = is_quoted;
        let is_empty = text.is_none_or(|text| text.is_empty());
        if is_empty && dialect.delimiter == u32::from(' ') && dialect.skipinitialspace {
            self.check_may_quote(
                vm,
                text.is_none(),
                "empty field must be quoted if delimiter is a space and skipinitialspace is true",
            )?;
            is_quoted = true;
        }
        let mut field = StrBuilder::new();
        for character in text.iter().flat_map(|text| text.code_points()) {
            is_quoted |= self.push_character(vm, &mut field, character)?;
        }
        if self.fields > 0 {
            self.text.push_char(vm, dialect.delimiter)?;
        }
        self.fields += 1;
        let quote = dialect.quotechar.filter(|_| is_quoted);
        if let Some(quote) = quote {
            self.text.push_char(vm, quote)?;
        }
        let field = field.finish(vm)?;
        self.text.push_units(vm, field.units())?;
        if let Some(quote) = quote {
            self.text.push_char(vm, quote)?;
        }
        Ok(())
    }

    /// Adds a character of a field, escaped if need be; tells whether the field must be quoted because of it.
    fn push_character(&self, vm: &Vm, field: &mut StrBuilder, character: u32) -> PyResult<bool> {
        let dialect = self.dialect;
        let is_quote = dialect.quotechar == Some(character);
        let is_escape = dialect.escapechar == Some(character);
        let is_special = is_quote
            || is_escape
            || character == dialect.delimiter
            || character == u32::from('\n')
            || character == u32::from('\r')
            || dialect
                .lineterminator
                .code_points()
                .any(|end| end == character);
        let mut needs_quotes = false;
        if is_special {
            let mut is_escaped = is_escape || dialect.quoting == Quoting::None;
            if is_quote && dialect.quoting != Quoting::None {
                if dialect.doublequote {
                    field.push_char(vm, character)?;
                } else {
                    is_escaped = true;
                }
            }
            if is_escaped {
                let escape = dialect.escapechar;
                let escape =
                    escape.ok_or_else(|| error(vm, "need to escape, but no escapechar set"))?;
                field.push_char(vm, escape)?;
            } else {
                needs_quotes = true;
            }
        }
        field.push_char(vm, character)?;
        Ok(needs_quotes)
    }
}

/// Whether an object can be made a number of.
fn is_number(vm: &Vm, object: &PyRef) -> bool {
    let slots = vm.type_of(object).slots(vm);
    slots.index.is_some() || slots.int.is_some() || slots.float.is_some()
}
