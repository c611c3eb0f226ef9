//! Line ends: [`Newlines`] turns `\r\n` and `\r` into `\n` and notes what it has seen; `IncrementalNewlineDecoder` is
//! that as a Python object, in front of another decoder.

use super::{call_init, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::str::{PyStr, StrBuilder, Units};
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{PyRef, PyResult, Ref, Slot, Traverse, Vm, method};
use std::cell::Cell;

/// `\r` was seen.
const SEEN_CR: u8 = 1;
/// `\n` was seen.
const SEEN_LF: u8 = 2;
/// `\r\n` was seen.
const SEEN_CRLF: u8 = 4;

/// What translating line ends remembers between two pieces of text.
#[derive(Debug, Default, Traverse)]
pub struct Newlines {
    /// Whether the last piece ended with `\r`, which is held back: `\n` may follow.
    pub has_cr: Cell<bool>,
    seen: Cell<u8>,
}

impl Newlines {
    /// Forgets everything.
    pub fn reset(&self) {
        self.has_cr.set(false);
        self.seen.set(0);
    }

    /// Takes the next piece of text; translates line ends if wanted.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn feed(
        &self,
        vm: &Vm,
        text: Ref<PyStr>,
        translates: bool,
        is_final: bool,
    ) -> PyResult<Ref<PyStr>> {
        if !self.has_cr.get() && !has_cr(&text) {
            if self.seen.get() & SEEN_LF == 0 && has(text.units(), '\n') {
                self.seen.set(self.seen.get() | SEEN_LF);
            }
            return Ok(text);
        }
        let mut whole = text;
        if self.has_cr.get() && (is_final || !whole.is_empty()) {
            whole = vm.new_char('\r'.into())?.concat(vm, &whole)?;
            self.has_cr.set(false);
        }
        let len = whole.len();
        if !is_final && len > 0 && whole.char_at(len - 1) == u32::from('\r') {
            self.has_cr.set(true);
            whole = whole.slice(vm, 0, len - 1)?;
        }
        self.look(whole.units());
        if translates {
            translate(vm, &whole)
        } else {
            Ok(whole)
        }
    }

    fn look(&self, units: Units<'_>) {
        let mut seen = self.seen.get();
        let mut characters = units.iter().peekable();
        while let Some(character) = characters.next() {
            if character == u32::from('\n') {
                seen |= SEEN_LF;
            } else if character == u32::from('\r') {
                if characters.next_if_eq(&u32::from('\n')).is_some() {
                    seen |= SEEN_CRLF;
                } else {
                    seen |= SEEN_CR;
                }
            }
            if seen == SEEN_CR | SEEN_LF | SEEN_CRLF {
                break;
            }
        }
        self.seen.set(seen);
    }

    /// The line ends seen: `None`, a string, or a tuple of them.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn seen(&self, vm: &Vm) -> PyResult {
        let mut ends = Vec::new();
        for (flag, end) in [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")] {
            if self.seen.get() & flag != 0 {
                ends.push(vm.new_str(end)?.into_any());
            }
        }
        Ok(match ends.len() {
            0 => vm.none(),
            1 => ends.swap_remove(0),
            _ => vm.new_tuple(&ends)?.into_any(),
        })
    }
}

fn has(units: Units<'_>, wanted: char) -> bool {
    let wanted = u32::from(wanted);
    match units {
        Units::One(bytes) => memchr::memchr(wanted as u8, bytes).is_some(),
        units => units.iter().any(|character| character == wanted),
    }
}

/// Whether there is a `\r` in a text.
pub fn has_cr(text: &PyStr) -> bool {
    has(text.units(), '\r')
}

/// A text with every `\r\n` and `\r` as `\n`.
///
/// # Errors
/// `OutOfMemory`.
pub fn translate(vm: &Vm, text: &Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    if !has_cr(text) {
        return Ok(text.clone());
    }
    let mut out = StrBuilder::new();
    let mut characters = text.code_points().peekable();
    while let Some(character) = characters.next() {
        if character == u32::from('\r') {
            characters.next_if_eq(&u32::from('\n'));
            out.push_char(vm, '\n'.into())?;
        } else {
            out.push_char(vm, character)?;
        }
    }
    out.finish(vm)
}

/// A text with every `\n` as another line end.
///
/// # Errors
/// `OutOfMemory`.
pub fn expand(vm: &Vm, text: &Ref<PyStr>, line_end: &str) -> PyResult<Ref<PyStr>> {
    if !has(text.units(), '\n') {
        return Ok(text.clone());
    }
    let mut out = StrBuilder::new();
    for character in text.code_points() {
        if character == u32::from('\n') {
            out.push_str(vm, line_end)?;
        } else {
            out.push_char(vm, character)?;
        }
    }
    out.finish(vm)
}

/// A decoder that translates line ends.
#[derive(Debug, Default, Traverse)]
pub struct PyNewlineDecoder {
    decoder: Slot,
    translates: Cell<bool>,
    is_ready: Cell<bool>,
    newlines: Newlines,
}

impl PyPayload for PyNewlineDecoder {
    const DEF: &'static TypeDef = &INCREMENTAL_NEWLINE_DECODER;
}

/// `_io.IncrementalNewlineDecoder`
pub static INCREMENTAL_NEWLINE_DECODER: TypeDef = TypeDef {
    doc: "Turns line ends into \\n behind another decoder, piece by piece.",
    class: Some(Class::of::<PyNewlineDecoder>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyNewlineDecoder::default())?.into_any())),
        init: Some(|vm, this, args| call_init(vm, &INIT, this, args)),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "decode",
            "($self, /, input, final=False)",
            decode,
            "Decodes the next piece."
        ),
        method!(
            "getstate",
            "($self, /)",
            getstate,
            "The state: bytes that are held back, and a number."
        ),
        method!(
            "setstate",
            "($self, state, /)",
            setstate,
            "Takes a state that `getstate` gave."
        ),
        method!("reset", "($self, /)", reset, "Forgets what was held back."),
    ],
    getset: &[GetSet {
        name: "newlines",
        doc: "The line ends seen so far.",
        get: |vm, this| {
            receiver::<PyNewlineDecoder>(this)
                .ready(vm)?
                .newlines
                .seen(vm)
        },
        set: None,
    }],
    ..TypeDef::new("_io.IncrementalNewlineDecoder")
};

static INIT: Method = method!(
    "IncrementalNewlineDecoder",
    "($self, decoder, translate, errors='strict')",
    init,
    "Sets up a decoder."
);

impl PyNewlineDecoder {
    fn ready(&self, vm: &Vm) -> PyResult<&Self> {
        match self.is_ready.get() {
            true => Ok(self),
            false => Err(vm.value_error("IncrementalNewlineDecoder.__init__() not called")),
        }
    }
}

fn init(
    vm: &mut Vm,
    this: Ref<PyNewlineDecoder>,
    decoder: PyRef,
    translates: bool,
    _errors: Option<PyRef>,
) {
    this.decoder.set((!vm.is_none(&decoder)).then_some(decoder));
    this.translates.set(translates);
    this.newlines.reset();
    this.is_ready.set(true);
}

fn decode(
    vm: &mut Vm,
    this: Ref<PyNewlineDecoder>,
    input: PyRef,
    is_final: Option<bool>,
) -> PyResult<Ref<PyStr>> {
    this.ready(vm)?;
    let is_final = is_final.unwrap_or(false);
    let decoded = match this.decoder.get() {
        None => input,
        Some(decoder) => {
            let last = vm.new_bool(is_final);
            vm.call_method_str(&decoder, "decode", &[input, last])?
        }
    };
    let Some(text) = decoded.downcast_ref::<PyStr>() else {
        let found = vm.type_name(&decoded);
        return Err(vm.type_error(format!(
            "decoder should return a string result, not '{found}'"
        )));
    };
    this.newlines
        .feed(vm, text.clone(), this.translates.get(), is_final)
}

fn getstate(vm: &mut Vm, this: Ref<PyNewlineDecoder>) -> PyResult {
    this.ready(vm)?;
    let (kept, flag) = match this.decoder.get() {
        None => (vm.new_bytes(&[])?.into_any(), 0),
        Some(decoder) => {
            let state = vm.call_method_str(&decoder, "getstate", &[])?;
            let Some([kept, flag]) = state.downcast_ref::<PyTuple>().map(|state| &state[..]) else {
                return Err(vm.type_error("illegal decoder state"));
            };
            let flag = vm.index_i64(flag)?;
            (kept.clone(), flag)
        }
    };
    let flag = flag << 1 | i64::from(this.newlines.has_cr.get());
    let flag = vm.new_int(flag)?;
    Ok(vm.new_tuple(&[kept, flag])?.into_any())
}

fn setstate(vm: &mut Vm, this: Ref<PyNewlineDecoder>, state: PyRef) -> PyResult<()> {
    this.ready(vm)?;
    let Some(state) = state.downcast_ref::<PyTuple>() else {
        return Err(vm.type_error("state argument must be a tuple"));
    };
    let [kept, flag] = &state[..] else {
        return Err(vm.type_error("setstate(): illegal state argument"));
    };
    let flag = vm.index_i64(flag)?;
    this.newlines.has_cr.set(flag & 1 != 0);
    let Some(decoder) = this.decoder.get() else {
        return Ok(());
    };
    let flag = vm.new_int(flag >> 1)?;
    let state = vm.new_tuple(&[kept.clone(), flag])?.into_any();
    vm.call_method_str(&decoder, "setstate", &[state]).map(drop)
}

fn reset(vm: &mut Vm, this: Ref<PyNewlineDecoder>) -> PyResult<()> {
    this.ready(vm)?;
    this.newlines.reset();
    match this.decoder.get() {
        Some(decoder) => vm.call_method_str(&decoder, "reset", &[]).map(drop),
        None => Ok(()),
    }
}
