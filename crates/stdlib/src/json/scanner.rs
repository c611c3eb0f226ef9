//! `make_scanner`: reads JSON values. Nested values are read by recursion, within the native stack's bounds.

use super::text;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::float::{FLOAT, parse::parse_plain};
use exuvia_vm::types::int::INT;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::str::data::Units;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, HeapVec, PyErr, PyRef, PyResult, Ref, Traverse, Vm, function};

/// What reads JSON values, with the hooks of a decoder.
#[derive(Debug, Traverse)]
pub struct PyScanner {
    strict: bool,
    object_hook: PyRef,
    object_pairs_hook: PyRef,
    parse_float: PyRef,
    parse_int: PyRef,
    parse_constant: PyRef,
}

impl PyPayload for PyScanner {
    const DEF: &'static TypeDef = &SCANNER;
}

/// A row for a hook.
macro_rules! hook {
    ($name:literal, $field:ident, $doc:literal) => {
        GetSet {
            name: $name,
            doc: $doc,
            get: |_, this| Ok(receiver(this).$field.clone()),
            set: None,
        }
    };
}

/// `make_scanner`
pub static SCANNER: TypeDef = TypeDef {
    doc: "Scanner(context)\n\nReads JSON values with the hooks of a decoder.",
    class: Some(Class::of::<PyScanner>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(new),
        call: Some(|vm, this, args| {
            let this = receiver(this).clone();
            let args = (CALL.call)(vm, args, &CALL)?;
            this.call(vm, &args)
        }),
        ..Slots::EMPTY
    },
    getset: &[
        GetSet {
            name: "strict",
            doc: "Whether control characters in strings are refused.",
            get: |vm, this| Ok(vm.new_bool(receiver(this).strict)),
            set: None,
        },
        hook!("object_hook", object_hook, "What is called with each dict."),
        hook!(
            "object_pairs_hook",
            object_pairs_hook,
            "What is called with the pairs of each object."
        ),
        hook!(
            "parse_float",
            parse_float,
            "What makes floats of their text."
        ),
        hook!("parse_int", parse_int, "What makes integers of their text."),
        hook!(
            "parse_constant",
            parse_constant,
            "What makes values of NaN and the infinities."
        ),
    ],
    ..TypeDef::new("_json.Scanner")
};

fn receiver(this: &PyRef) -> &Ref<PyScanner> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

static NEW: Method = function!(
    "make_scanner",
    "(context)",
    |_: &mut Vm, context: PyRef| context,
    ""
);
static CALL: Method = function!(
    "scan_once",
    "(string, idx)",
    |_: &mut Vm, string: PyRef, index: PyRef| (string, index),
    ""
);

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let context = (NEW.call)(vm, args, &NEW)?;
    let strict = vm.get_attr_str(&context, "strict")?;
    let scanner = PyScanner {
        strict: vm.is_true(&strict)?,
        object_hook: vm.get_attr_str(&context, "object_hook")?,
        object_pairs_hook: vm.get_attr_str(&context, "object_pairs_hook")?,
        parse_float: vm.get_attr_str(&context, "parse_float")?,
        parse_int: vm.get_attr_str(&context, "parse_int")?,
        parse_constant: vm.get_attr_str(&context, "parse_constant")?,
    };
    Ok(vm.new_instance(ty, scanner)?.into_any())
}

impl PyScanner {
    fn call(&self, vm: &mut Vm, args: &PyRef) -> PyResult {
        let args = vm.to_vec(args)?;
        let [string, index] = args.as_slice() else {
            return Err(vm.type_error("scan_once() takes 2 arguments"));
        };
        let Some(document) = string.downcast_ref::<PyStr>() else {
            return Err(vm.type_error(format!(
                "first argument must be a string, not {}",
                vm.type_name(string)
            )));
        };
        let index = vm.index_isize(index)?;
        let Ok(start) = usize::try_from(index) else {
            return Err(vm.value_error("idx cannot be negative"));
        };
        let reading = Reading {
            scanner: self,
            document,
            units: document.units(),
            keys: vm.new_dict()?,
        };
        let (value, end) = reading.value(vm, start)?;
        let end = vm.new_int_from_usize(end)?;
        Ok(vm.new_tuple(&[value, end])?.into_any())
    }
}

/// One document being read.
struct Reading<'a> {
    scanner: &'a PyScanner,
    document: &'a Ref<PyStr>,
    units: Units<'a>,
    /// The keys of objects so far: equal ones are one string.
    keys: Ref<PyDict>,
}

/// A value, and where it ends.
type Read = PyResult<(PyRef, usize)>;

impl Reading<'_> {
    fn peek(&self, at: usize) -> Option<char> {
        if at < self.units.len() {
            char::from_u32(self.units.get(at))
        } else {
            None
        }
    }

    fn has(&self, at: usize, word: &str) -> bool {
        word.chars()
            .enumerate()
            .all(|(index, character)| self.peek(at + index) == Some(character))
    }

    /// The first place from `at` on that is not white space.
    fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.peek(at), Some(' ' | '\t' | '\n' | '\r')) {
            at += 1;
        }
        at
    }

    fn error(&self, vm: &mut Vm, message: &str, at: usize) -> PyErr {
        text::decode_error(vm, message, self.document, at)
    }

    /// There is no value: what calls a scanner makes an error of that.
    fn no_value(&self, vm: &Vm, at: usize) -> PyErr {
        match vm.new_int_from_usize(at) {
            Ok(at) => vm.stop_iteration(Some(at)),
            Err(error) => error,
        }
    }

    fn value(&self, vm: &mut Vm, at: usize) -> Read {
        match self.peek(at) {
            Some('"') => {
                let (text, end) = text::scan(vm, self.document, at + 1, self.scanner.strict)?;
                Ok((text.into_any(), end))
            }
            Some('{') => self.nested(vm, |vm| self.object(vm, at + 1)),
            Some('[') => self.nested(vm, |vm| self.array(vm, at + 1)),
            Some('n') if self.has(at, "null") => Ok((vm.none(), at + 4)),
            Some('t') if self.has(at, "true") => Ok((vm.new_bool(true), at + 4)),
            Some('f') if self.has(at, "false") => Ok((vm.new_bool(false), at + 5)),
            Some('N') if self.has(at, "NaN") => self.constant(vm, "NaN", at),
            Some('I') if self.has(at, "Infinity") => self.constant(vm, "Infinity", at),
            Some('-') if self.has(at, "-Infinity") => self.constant(vm, "-Infinity", at),
            _ => self.number(vm, at),
        }
    }

    fn nested(&self, vm: &mut Vm, read: impl FnOnce(&mut Vm) -> Read) -> Read {
        vm.check_native_stack(" while decoding a JSON document from a unicode string")?;
        read(vm)
    }

    fn constant(&self, vm: &mut Vm, name: &str, at: usize) -> Read {
        let text = vm.intern(name)?.into_any();
        let value = vm.call_positional(&self.scanner.parse_constant, &[text])?;
        Ok((value, at + name.len()))
    }

    // ------------------------------------------------------------------------------------- numbers

    fn skip_digits(&self, mut at: usize) -> usize {
        while matches!(self.peek(at), Some('0'..='9')) {
            at += 1;
        }
        at
    }

    fn number(&self, vm: &mut Vm, start: usize) -> Read {
        let first = start + usize::from(self.peek(start) == Some('-'));
        let whole_end = match self.peek(first) {
            Some('0') => first + 1,
            Some('1'..='9') => self.skip_digits(first),
            _ => return Err(self.no_value(vm, start)),
        };
        let mut end = whole_end;
        if self.peek(end) == Some('.') {
            let fraction_end = self.skip_digits(end + 1);
            if fraction_end > end + 1 {
                end = fraction_end;
            }
        }
        if let Some('e' | 'E') = self.peek(end) {
            let sign = usize::from(matches!(self.peek(end + 1), Some('+' | '-')));
            let digits = end + 1 + sign;
            let exponent_end = self.skip_digits(digits);
            if exponent_end > digits {
                end = exponent_end;
            }
        }
        let text = self.document.slice(vm, start, end)?;
        let value = if end > whole_end {
            self.float(vm, text)?
        } else {
            self.int(vm, text)?
        };
        Ok((value, end))
    }

    fn float(&self, vm: &mut Vm, text: Ref<PyStr>) -> PyResult {
        let is_plain = self.scanner.parse_float.is(vm.class(&FLOAT));
        let parsed = text.as_str().filter(|_| is_plain);
        match parsed.and_then(|text| parse_plain(text.as_bytes())) {
            Some(value) => vm.new_float(value),
            None => vm.call_positional(&self.scanner.parse_float, &[text.into_any()]),
        }
    }

    fn int(&self, vm: &mut Vm, text: Ref<PyStr>) -> PyResult {
        if self.scanner.parse_int.is(vm.class(&INT)) {
            return exuvia_vm::types::int::new::from_str(vm, &text, 10);
        }
        vm.call_positional(&self.scanner.parse_int, &[text.into_any()])
    }

    // ---------------------------------------------------------------------------- arrays and objects

    /// Reads an array, behind its bracket.
    fn array(&self, vm: &mut Vm, start: usize) -> Read {
        let mut items = HeapVec::new();
        let mut at = self.skip_space(start);
        if self.peek(at) != Some(']') {
            loop {
                let (item, end) = self.value(vm, at)?;
                items.push(vm.heap(), item)?;
                at = self.skip_space(end);
                match self.peek(at) {
                    Some(']') => break,
                    Some(',') => {}
                    _ => return Err(self.error(vm, "Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.peek(at) == Some(']') {
                    let message = "Illegal trailing comma before end of array";
                    return Err(self.error(vm, message, comma));
                }
            }
        }
        Ok((vm.new_list_from_heap_vec(items)?.into_any(), at + 1))
    }

    /// Reads an object, behind its brace.
    fn object(&self, vm: &mut Vm, start: usize) -> Read {
        let mut members = Members::new(vm, !vm.is_none(&self.scanner.object_pairs_hook))?;
        let mut at = self.skip_space(start);
        if self.peek(at) != Some('}') {
            loop {
                at = self.member(vm, at, &mut members)?;
                match self.peek(at) {
                    Some('}') => break,
                    Some(',') => {}
                    _ => return Err(self.error(vm, "Expecting ',' delimiter", at)),
                }
                let comma = at;
                at = self.skip_space(at + 1);
                if self.peek(at) == Some('}') {
                    let message = "Illegal trailing comma before end of object";
                    return Err(self.error(vm, message, comma));
                }
            }
        }
        Ok((self.finish(vm, members)?, at + 1))
    }

    /// Reads a key and its value; answers the next place that is not white space.
    fn member(&self, vm: &mut Vm, at: usize, members: &mut Members) -> PyResult<usize> {
        if self.peek(at) != Some('"') {
            let message = "Expecting property name enclosed in double quotes";
            return Err(self.error(vm, message, at));
        }
        let (key, end) = text::scan(vm, self.document, at + 1, self.scanner.strict)?;
        let (key, _) = self.keys.get_or_insert(vm, key.as_any(), key.as_any())?;
        let colon = self.skip_space(end);
        if self.peek(colon) != Some(':') {
            return Err(self.error(vm, "Expecting ':' delimiter", colon));
        }
        let (value, end) = self.value(vm, self.skip_space(colon + 1))?;
        members.push(vm, key, value)?;
        Ok(self.skip_space(end))
    }

    fn finish(&self, vm: &mut Vm, members: Members) -> PyResult {
        match members {
            Members::Pairs(pairs) => {
                let pairs = vm.new_list_from_heap_vec(pairs)?.into_any();
                vm.call_positional(&self.scanner.object_pairs_hook, &[pairs])
            }
            Members::Dict(dict) if vm.is_none(&self.scanner.object_hook) => Ok(dict.into_any()),
            Members::Dict(dict) => {
                vm.call_positional(&self.scanner.object_hook, &[dict.into_any()])
            }
        }
    }
}

/// The members of an object so far.
enum Members {
    Dict(Ref<PyDict>),
    Pairs(HeapVec<PyRef>),
}

impl Members {
    fn new(vm: &Vm, as_pairs: bool) -> PyResult<Self> {
        Ok(if as_pairs {
            Self::Pairs(HeapVec::new())
        } else {
            Self::Dict(vm.new_dict()?)
        })
    }

    fn push(&mut self, vm: &mut Vm, key: PyRef, value: PyRef) -> PyResult<()> {
        match self {
            Self::Dict(dict) => dict.set_item(vm, &key, value),
            Self::Pairs(pairs) => {
                let pair = vm.new_tuple(&[key, value])?.into_any();
                Ok(pairs.push(vm.heap(), pair)?)
            }
        }
    }
}
