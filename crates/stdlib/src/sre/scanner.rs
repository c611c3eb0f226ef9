//! What goes through a string match by match: `Pattern.scanner`, and `Pattern.finditer` on top of it.

use super::match_::PyMatch;
use super::pattern::{Bounds, PyPattern};
use super::search::Mode;
use super::subject::Subject;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, TypeDef, TypeFlags};
use exuvia_vm::types::memoryview::Buffer;
use exuvia_vm::{PyRef, PyResult, Ref, Traverse, Vm, method};
use std::cell::Cell;

/// A place in a string, and a pattern.
#[derive(Debug, Traverse)]
pub struct PyScanner {
    pattern: Ref<PyPattern>,
    string: PyRef,
    /// Keeps what lends its bytes from being resized.
    buffer: Option<Buffer>,
    pos: usize,
    endpos: usize,
    /// Where the next match may begin.
    next: Cell<usize>,
    is_advancing: Cell<bool>,
    is_done: Cell<bool>,
}

impl PyPayload for PyScanner {
    const DEF: &'static TypeDef = &SCANNER;
}

/// `_sre.SRE_Scanner`
pub static SCANNER: TypeDef = TypeDef {
    doc: "Goes through a string match by match.",
    class: Some(Class::of::<PyScanner>),
    flags: TypeFlags::NO_NEW.or(TypeFlags::IMMUTABLE),
    methods: &[
        method!(
            "match",
            "($self, /)",
            match_next,
            "The match that begins where the last one ended, or None."
        ),
        method!(
            "search",
            "($self, /)",
            search_next,
            "The next match, or None."
        ),
    ],
    getset: &[GetSet {
        name: "pattern",
        doc: "The pattern.",
        get: |_, this| {
            let this = this.downcast_ref::<PyScanner>();
            let this = this.expect("slots get receivers of their type");
            Ok(this.pattern.clone().into_any())
        },
        set: None,
    }],
    ..TypeDef::new("_sre.SRE_Scanner")
};

/// `Pattern.scanner`
///
/// # Errors
/// `TypeError` if the pattern cannot be applied to the string.
pub fn new(
    vm: &mut Vm,
    pattern: Ref<PyPattern>,
    string: PyRef,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> PyResult<Ref<PyScanner>> {
    let subject = Subject::for_pattern(vm, &pattern, &string)?;
    let bounds = Bounds::within(subject.char_count(), pos, endpos);
    let buffer = if subject.is_bytes() {
        Some(vm.buffer(&string)?)
    } else {
        None
    };
    vm.new_object(PyScanner {
        pattern,
        string,
        buffer,
        pos: bounds.start,
        endpos: bounds.end,
        next: Cell::new(bounds.start),
        is_advancing: Cell::new(false),
        is_done: Cell::new(false),
    })
}

/// `Pattern.finditer`
///
/// # Errors
/// `TypeError` if the pattern cannot be applied to the string.
pub fn finditer(
    vm: &mut Vm,
    pattern: Ref<PyPattern>,
    string: PyRef,
    pos: Option<isize>,
    endpos: Option<isize>,
) -> PyResult {
    let scanner = new(vm, pattern, string, pos, endpos)?.into_any();
    let search = vm.get_attr_str(&scanner, "search")?;
    let none = vm.none();
    Ok(vm.new_callable_iter(search, none)?.into_any())
}

fn match_next(vm: &mut Vm, this: Ref<PyScanner>) -> PyResult {
    this.step(vm, Mode::Match)
}

fn search_next(vm: &mut Vm, this: Ref<PyScanner>) -> PyResult {
    this.step(vm, Mode::Search)
}

impl PyScanner {
    fn step(&self, vm: &mut Vm, mode: Mode) -> PyResult {
        if self.is_done.get() {
            return Ok(vm.none());
        }
        let subject = Subject::of(vm, &self.string)?;
        let bounds = Bounds {
            start: self.next.get(),
            end: self.endpos,
        };
        let mut matcher = self.pattern.matcher(vm)?;
        let is_advancing = self.is_advancing.get();
        let found = self
            .pattern
            .apply(vm, &mut matcher, &subject, mode, bounds, is_advancing)?;
        let Some(whole) = found else {
            self.is_done.set(true);
            return Ok(vm.none());
        };
        self.is_advancing.set(whole.is_empty());
        self.next.set(whole.end);
        let bounds = Bounds {
            start: self.pos,
            end: self.endpos,
        };
        Ok(PyMatch::of(vm, &self.pattern, &self.string, bounds, whole, &matcher)?.into_any())
    }
}
