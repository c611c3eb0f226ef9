//! `StringIO`: a stream of text in memory, as narrow as its characters allow.

use super::newline::{self, Newlines};
use super::{Size, call_init, finalized_class, receiver};
use exuvia_vm::object::{PyPayload, attribute};
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef};
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::exception::OS_ERROR;
use exuvia_vm::types::str::{PyStr, Units};
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{Heap, HeapVec, PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use std::cell::Cell;

/// Characters, one, two or four bytes each.
#[derive(Debug, Traverse)]
enum Characters {
    One(HeapVec<u8>),
    Two(HeapVec<u16>),
    Four(HeapVec<u32>),
}

impl Characters {
    const fn new() -> Self {
        Self::One(HeapVec::new())
    }

    fn units(&self) -> Units<'_> {
        match self {
            Self::One(units) => Units::One(units),
            Self::Two(units) => Units::Two(units),
            Self::Four(units) => Units::Four(units),
        }
    }

    fn len(&self) -> usize {
        self.units().len()
    }

    fn buffer_bytes(&self) -> usize {
        match self {
            Self::One(units) => units.buffer_bytes(),
            Self::Two(units) => units.buffer_bytes(),
            Self::Four(units) => units.buffer_bytes(),
        }
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Self::One(units) => units.truncate(len),
            Self::Two(units) => units.truncate(len),
            Self::Four(units) => units.truncate(len),
        }
    }

    /// Makes the characters at least as wide as those of a text.
    fn widen(&mut self, heap: &Heap, width: usize) -> PyResult<()> {
        match (&*self, width) {
            (Self::One(units), 2) => {
                *self = Self::Two(HeapVec::from_elements(
                    heap,
                    units.iter().map(|&unit| unit.into()),
                )?);
            }
            (Self::One(units), 4) => {
                *self = Self::Four(HeapVec::from_elements(
                    heap,
                    units.iter().map(|&unit| unit.into()),
                )?);
            }
            (Self::Two(units), 4) => {
                *self = Self::Four(HeapVec::from_elements(
                    heap,
                    units.iter().map(|&unit| unit.into()),
                )?);
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes characters at a place; a gap before it is filled with U+0000.
    fn write(&mut self, heap: &Heap, at: usize, text: Units<'_>) -> PyResult<()> {
        let width = match text {
            Units::One(_) => 1,
            Units::Two(_) => 2,
            Units::Four(_) => 4,
        };
        self.widen(heap, width)?;
        match (self, text) {
            (Self::One(units), Units::One(text)) => put(units, heap, at, text),
            (Self::Two(units), Units::Two(text)) => put(units, heap, at, text),
            (Self::Four(units), Units::Four(text)) => put(units, heap, at, text),
            (Self::Two(units), text) => put_each(units, heap, at, text, |unit| unit as u16),
            (Self::Four(units), text) => put_each(units, heap, at, text, |unit| unit),
            (Self::One(units), text) => put_each(units, heap, at, text, |unit| unit as u8),
        }
    }
}

/// Makes `at` a place in or just behind the units.
fn fill_gap<U: Copy + Default>(units: &mut HeapVec<U>, heap: &Heap, at: usize) -> PyResult<()> {
    if at > units.len() {
        let gap = at - units.len();
        units.extend(heap, std::iter::repeat_n(U::default(), gap))?;
    }
    Ok(())
}

fn put<U: Copy + Default>(
    units: &mut HeapVec<U>,
    heap: &Heap,
    at: usize,
    text: &[U],
) -> PyResult<()> {
    fill_gap(units, heap, at)?;
    let over = text.len().min(units.len() - at);
    units[at..at + over].copy_from_slice(&text[..over]);
    Ok(units.extend_from_copies(heap, &text[over..])?)
}

fn put_each<U: Copy + Default>(
    units: &mut HeapVec<U>,
    heap: &Heap,
    at: usize,
    text: Units<'_>,
    narrow: impl Fn(u32) -> U,
) -> PyResult<()> {
    fill_gap(units, heap, at)?;
    for (index, character) in (at..).zip(text.iter()) {
        match units.get_mut(index) {
            Some(unit) => *unit = narrow(character),
            None => units.push(heap, narrow(character))?,
        }
    }
    Ok(())
}

/// What `newline` was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Traverse)]
enum Mode {
    /// `None`: every line end is read as `\n` and kept so.
    Universal,
    /// `''`: every line end ends a line, and stays as it is.
    Verbatim,
    Lf,
    Cr,
    CrLf,
}

/// A stream of text in memory, and its characters.
#[derive(Debug, Traverse)]
pub struct PyStringIO {
    characters: VmCell<Characters>,
    position: Cell<usize>,
    mode: Cell<Mode>,
    is_closed: Cell<bool>,
    is_ready: Cell<bool>,
    newlines: Newlines,
}

impl PyPayload for PyStringIO {
    const DEF: &'static TypeDef = &STRING_IO;
}

/// `_io.StringIO`
pub static STRING_IO: TypeDef = TypeDef {
    base: Some(&super::base::TEXT_IO_BASE),
    doc: "A stream of text in memory.",
    class: Some(finalized_class::<PyStringIO>),
    flags: super::base::FLAGS,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyStringIO::empty())?.into_any())),
        init: Some(|vm, this, args| call_init(vm, &INIT, this, args)),
        next: Some(next),
        del: Some(finalize),
        owned_bytes: Some(|vm, this| {
            receiver::<PyStringIO>(this)
                .characters
                .get(vm)
                .buffer_bytes()
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::new("_io.StringIO")
};

static INIT: Method = method!(
    "StringIO",
    "($self, initial_value='', newline='\\n')",
    init,
    "Makes a stream of a text."
);

static METHODS: &[Method] = &[
    method!(
        "readable",
        "($self, /)",
        answer_true,
        "Whether the stream can be read: it can."
    ),
    method!(
        "seekable",
        "($self, /)",
        answer_true,
        "Whether the position can be moved: it can."
    ),
    method!(
        "writable",
        "($self, /)",
        answer_true,
        "Whether the stream can be written: it can."
    ),
    method!(
        "close",
        "($self, /)",
        close,
        "Closes the stream and drops its text."
    ),
    method!("getvalue", "($self, /)", getvalue, "The whole text."),
    method!(
        "read",
        "($self, size=-1, /)",
        read,
        "Reads up to so many characters; all without a number."
    ),
    method!(
        "readline",
        "($self, size=-1, /)",
        readline,
        "Reads a line, or the beginning of one."
    ),
    method!(
        "seek",
        "($self, pos, whence=0, /)",
        seek,
        "Moves the position and returns it."
    ),
    method!(
        "tell",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyStringIO>| this.check_open(vm).map(|()| this.position.get()),
        "The position."
    ),
    method!(
        "truncate",
        "($self, pos=None, /)",
        truncate,
        "Cuts the text off at a place, by default the position."
    ),
    method!(
        "write",
        "($self, s, /)",
        write,
        "Writes a text; returns its number of characters."
    ),
    method!(
        "__getstate__",
        "($self, /)",
        getstate,
        "What is pickled: text, newline mode, position, attributes."
    ),
    method!(
        "__setstate__",
        "($self, state, /)",
        setstate,
        "Takes what `__getstate__` gave."
    ),
];

static GETSET: &[GetSet] = &[
    GetSet {
        name: "closed",
        doc: "Whether the stream is closed.",
        get: |vm, this| Ok(vm.new_bool(receiver::<PyStringIO>(this).is_closed.get())),
        set: None,
    },
    GetSet {
        name: "line_buffering",
        doc: "Whether lines are written at once: nothing is buffered.",
        get: |vm, this| {
            receiver::<PyStringIO>(this)
                .check_open(vm)
                .map(|()| vm.new_bool(false))
        },
        set: None,
    },
    GetSet {
        name: "newlines",
        doc: "The line ends seen so far.",
        get: |vm, this| {
            let this = receiver::<PyStringIO>(this);
            this.check_open(vm)?;
            match this.mode.get() {
                Mode::Universal | Mode::Verbatim => this.newlines.seen(vm),
                _ => Ok(vm.none()),
            }
        },
        set: None,
    },
];

impl PyStringIO {
    fn empty() -> Self {
        Self {
            characters: VmCell::new(Characters::new()),
            position: Cell::new(0),
            mode: Cell::new(Mode::Lf),
            is_closed: Cell::new(false),
            is_ready: Cell::new(false),
            newlines: Newlines::default(),
        }
    }

    fn check_open(&self, vm: &Vm) -> PyResult<()> {
        match (self.is_ready.get(), self.is_closed.get()) {
            (false, _) => Err(super::uninitialized(vm)),
            (_, true) => Err(vm.value_error("I/O operation on closed file")),
            _ => Ok(()),
        }
    }

    fn take(&self, vm: &Vm, len: usize) -> PyResult<Ref<PyStr>> {
        let units = self.characters.get(vm).units();
        let start = self.position.get().min(units.len());
        let stop = start.saturating_add(len).min(units.len());
        if stop > start {
            self.position.set(stop);
        }
        vm.new_str_from_units(units.slice(start, stop))
    }

    /// How long the line is that begins at the position.
    fn line_len(&self, vm: &Vm) -> usize {
        let units = self.characters.get(vm).units();
        let start = self.position.get().min(units.len());
        let rest = units.slice(start, units.len());
        let mode = self.mode.get();
        line_end(
            rest,
            mode == Mode::Verbatim,
            match mode {
                Mode::Cr => "\r",
                Mode::CrLf => "\r\n",
                _ => "\n",
            },
        )
        .unwrap_or(rest.len())
    }
}

/// How many characters the first line has with its end; `None` if it has no end.
///
/// With `is_universal`, `\n`, `\r` and `\r\n` end a line; otherwise only `newline` does.
pub fn line_end(units: Units<'_>, is_universal: bool, newline: &str) -> Option<usize> {
    let (lf, cr) = (u32::from('\n'), u32::from('\r'));
    if is_universal {
        let at = units.iter().position(|unit| unit == lf || unit == cr)?;
        let is_pair = units.get(at) == cr && at + 1 < units.len() && units.get(at + 1) == lf;
        return Some(at + 1 + usize::from(is_pair));
    }
    match newline {
        "\r" => units.iter().position(|unit| unit == cr).map(|at| at + 1),
        "\r\n" => (1..units.len())
            .find(|&at| units.get(at) == lf && units.get(at - 1) == cr)
            .map(|at| at + 1),
        _ => match units {
            Units::One(bytes) => memchr::memchr(b'\n', bytes).map(|at| at + 1),
            units => units.iter().position(|unit| unit == lf).map(|at| at + 1),
        },
    }
}

fn parse_newline(vm: &mut Vm, newline: Option<&PyRef>) -> PyResult<Mode> {
    let Some(newline) = newline else {
        return Ok(Mode::Lf);
    };
    if vm.is_none(newline) {
        return Ok(Mode::Universal);
    }
    let Some(text) = super::text(newline) else {
        let found = vm.type_name(newline);
        return Err(vm.type_error(format!("newline must be str or None, not {found}")));
    };
    Ok(match &*text.to_text() {
        "" => Mode::Verbatim,
        "\n" => Mode::Lf,
        "\r" => Mode::Cr,
        "\r\n" => Mode::CrLf,
        _ => {
            let shown = vm.repr(newline)?;
            return Err(vm.value_error(format!("illegal newline value: {}", shown.to_text())));
        }
    })
}

fn init(
    vm: &mut Vm,
    this: Ref<PyStringIO>,
    initial: Option<PyRef>,
    newline: Option<PyRef>,
) -> PyResult<()> {
    let mode = parse_newline(vm, newline.as_ref())?;
    let initial = initial.filter(|initial| !vm.is_none(initial));
    if let Some(initial) = &initial
        && super::text(initial).is_none()
    {
        let found = vm.type_name(initial);
        return Err(vm.type_error(format!("initial_value must be str or None, not {found}")));
    }
    *this.characters.get_mut(vm) = Characters::new();
    this.position.set(0);
    this.mode.set(mode);
    this.newlines.reset();
    this.is_closed.set(false);
    this.is_ready.set(true);
    if let Some(initial) = initial.as_ref().and_then(super::text) {
        put_text(vm, &this, initial)?;
        this.position.set(0);
    }
    Ok(())
}

fn answer_true(vm: &mut Vm, this: Ref<PyStringIO>) -> PyResult<bool> {
    this.check_open(vm).map(|()| true)
}

fn close(vm: &mut Vm, this: Ref<PyStringIO>) {
    this.is_closed.set(true);
    *this.characters.get_mut(vm) = Characters::new();
}

/// Nothing is to be written: only a `close` of a subclass may have something to do.
fn finalize(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    if vm.is_exactly(this, &STRING_IO) {
        return Ok(());
    }
    super::base::finalize(vm, this)
}

fn getvalue(vm: &mut Vm, this: Ref<PyStringIO>) -> PyResult<Ref<PyStr>> {
    this.check_open(vm)?;
    vm.new_str_from_units(this.characters.get(vm).units())
}

fn read(vm: &mut Vm, this: Ref<PyStringIO>, size: Size) -> PyResult<Ref<PyStr>> {
    this.check_open(vm)?;
    this.take(vm, size.or_all())
}

fn readline(vm: &mut Vm, this: Ref<PyStringIO>, size: Size) -> PyResult<Ref<PyStr>> {
    this.check_open(vm)?;
    let len = this.line_len(vm).min(size.or_all());
    this.take(vm, len)
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    if !vm.is_exactly(this, &STRING_IO) {
        let line = vm.call_method_str(this, "readline", &[])?;
        return match super::text(&line) {
            Some(text) => Ok((!text.is_empty()).then_some(line)),
            None => {
                let found = vm.type_name(&line);
                Err(vm.error(
                    &OS_ERROR,
                    format!("readline() should have returned a str object, not '{found}'"),
                ))
            }
        };
    }
    let line = readline(vm, receiver::<PyStringIO>(this).clone(), Size(None))?;
    Ok((!line.is_empty()).then(|| line.into_any()))
}

fn seek(vm: &mut Vm, this: Ref<PyStringIO>, offset: i64, whence: Option<i64>) -> PyResult<usize> {
    this.check_open(vm)?;
    let whence = whence.unwrap_or(0);
    if !(0..=2).contains(&whence) {
        return Err(vm.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)")));
    }
    if whence == 0 && offset < 0 {
        return Err(vm.value_error(format!("Negative seek position {offset}")));
    }
    if whence != 0 && offset != 0 {
        return Err(vm.error(&OS_ERROR, "Can't do nonzero cur-relative seeks"));
    }
    let position = match whence {
        0 => usize::try_from(offset).unwrap_or(0),
        1 => this.position.get(),
        _ => this.characters.get(vm).len(),
    };
    this.position.set(position);
    Ok(position)
}

fn truncate(vm: &mut Vm, this: Ref<PyStringIO>, size: Option<PyRef>) -> PyResult<i64> {
    this.check_open(vm)?;
    let size = match size.filter(|size| !vm.is_none(size)) {
        Some(size) => vm.index_i64(&size)?,
        None => i64::try_from(this.position.get()).unwrap_or(i64::MAX),
    };
    // An `__index__` of the program's may have closed the stream.
    this.check_open(vm)?;
    let Ok(len) = usize::try_from(size) else {
        return Err(vm.value_error(format!("Negative size value {size}")));
    };
    this.characters.get_mut(vm).truncate(len);
    Ok(size)
}

fn write(vm: &mut Vm, this: Ref<PyStringIO>, text: PyRef) -> PyResult<usize> {
    let Some(text) = super::text(&text) else {
        let found = vm.type_name(&text);
        return Err(vm.type_error(format!("string argument expected, got '{found}'")));
    };
    this.check_open(vm)?;
    put_text(vm, &this, text)?;
    Ok(text.len())
}

fn put_text(vm: &mut Vm, this: &PyStringIO, text: &Ref<PyStr>) -> PyResult<()> {
    let text = match this.mode.get() {
        Mode::Universal => this.newlines.feed(vm, text.clone(), true, true)?,
        Mode::Verbatim => this.newlines.feed(vm, text.clone(), false, true)?,
        Mode::Lf => text.clone(),
        Mode::Cr => newline::expand(vm, text, "\r")?,
        Mode::CrLf => newline::expand(vm, text, "\r\n")?,
    };
    if text.is_empty() {
        return Ok(());
    }
    let (space, at) = (vm.space_handle(), this.position.get());
    let characters = this.characters.get_mut(vm);
    characters.write(space.heap(), at, text.units())?;
    this.position.set(at + text.len());
    Ok(())
}

fn getstate(vm: &mut Vm, this: Ref<PyStringIO>) -> PyResult {
    let value = getvalue(vm, this.clone())?.into_any();
    let newline = match this.mode.get() {
        Mode::Universal => vm.none(),
        Mode::Verbatim => vm.new_str("")?.into_any(),
        Mode::Lf => vm.new_str("\n")?.into_any(),
        Mode::Cr => vm.new_str("\r")?.into_any(),
        Mode::CrLf => vm.new_str("\r\n")?.into_any(),
    };
    let position = vm.new_int_from_usize(this.position.get())?;
    let attributes = match attribute::instance_items(vm, this.as_any()).is_empty() {
        true => vm.none(),
        false => super::open::copied_attributes(vm, this.as_any())?,
    };
    Ok(vm
        .new_tuple(&[value, newline, position, attributes])?
        .into_any())
}

fn setstate(vm: &mut Vm, this: Ref<PyStringIO>, state: PyRef) -> PyResult<()> {
    // A stream that is being copied was never set up: its state does that.
    if this.is_closed.get() {
        this.check_open(vm)?;
    }
    let Some([value, newline, position, attributes]) =
        state.downcast_ref::<PyTuple>().map(|state| &state[..])
    else {
        let (class, found) = (vm.type_name(this.as_any()), vm.type_name(&state));
        return Err(vm.type_error(format!(
            "{class}.__setstate__ argument should be 4-tuple, got {found}"
        )));
    };
    if super::text(value).is_none() && !vm.is_none(value) {
        let found = vm.type_name(value);
        return Err(vm.type_error(format!("initial_value must be str or None, not {found}")));
    }
    init(vm, this.clone(), None, Some(newline.clone()))?;
    // The text was translated when it was written: it is taken as it is.
    if let Some(text) = super::text(value) {
        let space = vm.space_handle();
        let characters = this.characters.get_mut(vm);
        characters.write(space.heap(), 0, text.units())?;
    }
    if !position.is_a::<exuvia_vm::types::int::PyInt>() {
        let found = vm.type_name(position);
        return Err(vm.type_error(format!(
            "third item of state must be an integer, got {found}"
        )));
    }
    let Ok(place) = usize::try_from(vm.index_i64(position)?) else {
        return Err(vm.value_error("position value cannot be negative"));
    };
    this.position.set(place);
    if vm.is_none(attributes) {
        return Ok(());
    }
    let Some(attributes) = attributes.downcast_ref::<PyDict>() else {
        let found = vm.type_name(attributes);
        return Err(vm.type_error(format!(
            "fourth item of state should be a dict, got a {found}"
        )));
    };
    super::open::set_attributes(vm, this.as_any(), attributes)
}
