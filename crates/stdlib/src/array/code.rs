//! [`Code`]: what the items of an array are, and how they become objects and bytes again.

use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};

/// All letters, in the order in which CPython lists them.
pub(super) const LETTERS: &str = "bBuwhHiIlLqQfd";

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(u8);

/// The bytes of an item; as many as its size says.
pub(super) type Packed = [u8; 8];

fn packed<const N: usize>(bytes: [u8; N]) -> Packed {
    let mut packed = [0; 8];
    packed[..N].copy_from_slice(&bytes);
    packed
}

/// The first bytes, as an array.
fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut first = [0; N];
    first.copy_from_slice(&bytes[..N]);
    first
}

impl Code {
    /// The code with this letter.
    pub(super) fn of_letter(letter: u32) -> Option<Self> {
        let letter = u8::try_from(letter).ok()?;
        LETTERS.as_bytes().contains(&letter).then_some(Self(letter))
    }

    /// The argument `typecode`.
    pub(super) fn of_argument(vm: &Vm, argument: &PyRef, function: &str) -> PyResult<Self> {
        let wrong = |what: &str| {
            vm.type_error(format!(
                "{function} must be a unicode character, not {what}"
            ))
        };
        let Some(text) = argument.downcast_ref::<PyStr>() else {
            return Err(wrong(&vm.type_name(argument)));
        };
        if text.len() != 1 {
            return Err(wrong(&format!("a string of length {}", text.len())));
        }
        Self::of_letter(text.char_at(0)).ok_or_else(|| {
            vm.value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)")
        })
    }

    /// The letter.
    pub(super) fn letter(self) -> char {
        self.0.into()
    }

    /// The format of items for the buffer protocol: as the letter, but that there is only one kind of characters.
    pub(super) fn format(self) -> &'static str {
        let letter = if self.0 == b'u' { b'w' } else { self.0 };
        let at = LETTERS.bytes().position(|known| known == letter);
        at.map_or("B", |at| &LETTERS[at..=at])
    }

    /// The bytes of an item.
    pub(super) fn size(self) -> usize {
        match self.0 {
            b'b' | b'B' => 1,
            b'h' | b'H' => 2,
            b'i' | b'I' | b'f' | b'u' | b'w' => 4,
            _ => 8,
        }
    }

    /// Whether items are characters.
    pub(super) fn is_text(self) -> bool {
        matches!(self.0, b'u' | b'w')
    }

    /// Whether items are floating-point numbers.
    pub(super) fn is_float(self) -> bool {
        matches!(self.0, b'f' | b'd')
    }

    /// Whether items are integers that can be negative.
    pub(super) fn is_signed(self) -> bool {
        matches!(self.0, b'b' | b'h' | b'i' | b'l' | b'q')
    }

    /// An item as an object.
    pub(super) fn unpack(self, vm: &Vm, item: &[u8]) -> PyResult {
        match self.0 {
            b'b' => vm.new_int(i8::from_ne_bytes(first(item)).into()),
            b'B' => vm.new_int(item[0].into()),
            b'h' => vm.new_int(i16::from_ne_bytes(first(item)).into()),
            b'H' => vm.new_int(u16::from_ne_bytes(first(item)).into()),
            b'i' => vm.new_int(i32::from_ne_bytes(first(item)).into()),
            b'I' => vm.new_int(u32::from_ne_bytes(first(item)).into()),
            b'l' | b'q' => vm.new_int(i64::from_ne_bytes(first(item))),
            b'L' | b'Q' => vm.new_bigint(u64::from_ne_bytes(first(item))),
            b'f' => vm.new_float(f32::from_ne_bytes(first(item)).into()),
            b'd' => vm.new_float(f64::from_ne_bytes(first(item))),
            _ => Ok(self.text(vm, item)?.into_any()),
        }
    }

    /// Characters as a string.
    pub(super) fn text(self, vm: &Vm, items: &[u8]) -> PyResult<Ref<PyStr>> {
        let mut text = exuvia_vm::types::str::StrBuilder::new();
        for item in items.chunks_exact(4) {
            let point = u32::from_ne_bytes(first(item));
            if point > 0x10_FFFF {
                return Err(vm.value_error(format!(
                    "character U+{point:x} is not in range [U+0000; U+10ffff]"
                )));
            }
            text.push_char(vm, point)?;
        }
        text.finish(vm)
    }

    /// An object as the bytes of an item. May run Python.
    pub(super) fn pack(self, vm: &mut Vm, object: &PyRef) -> PyResult<Packed> {
        match self.0 {
            b'f' => Ok(packed((vm.as_f64(object)? as f32).to_ne_bytes())),
            b'd' => Ok(packed(vm.as_f64(object)?.to_ne_bytes())),
            b'u' | b'w' => character(vm, object).map(|point| packed(point.to_ne_bytes())),
            _ => {
                let number = vm.index(object)?;
                self.pack_int(vm, &number)
            }
        }
    }

    fn pack_int(self, vm: &Vm, number: &Ref<PyInt>) -> PyResult<Packed> {
        match self.0 {
            b'b' => {
                let short = in_range(vm, long(vm, number)?, SHORT)?;
                let byte = in_range(vm, short, ("signed char", -0x80, 0x7f))?;
                Ok(packed((byte as i8).to_ne_bytes()))
            }
            b'B' => {
                let byte = in_range(vm, long(vm, number)?, ("unsigned byte integer", 0, 0xff))?;
                Ok(packed((byte as u8).to_ne_bytes()))
            }
            b'h' => {
                let short = in_range(vm, long(vm, number)?, SHORT)?;
                Ok(packed((short as i16).to_ne_bytes()))
            }
            b'H' => {
                let int = in_range(vm, long(vm, number)?, INT)?;
                let short = in_range(vm, int, ("unsigned short", 0, 0xffff))?;
                Ok(packed((short as u16).to_ne_bytes()))
            }
            b'i' => {
                let int = in_range(vm, long(vm, number)?, INT)?;
                Ok(packed((int as i32).to_ne_bytes()))
            }
            b'l' => Ok(packed(long(vm, number)?.to_ne_bytes())),
            b'q' => match number.to_i64() {
                Some(value) => Ok(packed(value.to_ne_bytes())),
                None => Err(vm.overflow_error("int too big to convert")),
            },
            _ => self.pack_unsigned(vm, number),
        }
    }

    /// The unsigned integers of 4 and 8 bytes, whose errors differ.
    fn pack_unsigned(self, vm: &Vm, number: &Ref<PyInt>) -> PyResult<Packed> {
        let is_long_long = self.0 == b'Q';
        if number.sign() < 0 {
            return Err(vm.overflow_error(if is_long_long {
                "can't convert negative int to unsigned"
            } else {
                "can't convert negative value to unsigned int"
            }));
        }
        let value = match number.to_i64() {
            Some(value) => value.cast_unsigned(),
            None => u64::try_from(&number.to_bigint()).map_err(|_| {
                vm.overflow_error(if is_long_long {
                    "int too big to convert"
                } else {
                    "Python int too large to convert to C unsigned long"
                })
            })?,
        };
        if self.0 != b'I' {
            return Ok(packed(value.to_ne_bytes()));
        }
        match u32::try_from(value) {
            Ok(value) => Ok(packed(value.to_ne_bytes())),
            Err(_) => Err(vm.overflow_error("unsigned int is greater than maximum")),
        }
    }

    /// A whole number as an item, if there is room for it.
    pub(super) fn pack_whole(self, value: i128) -> Option<Packed> {
        Some(match self.0 {
            b'b' => packed(i8::try_from(value).ok()?.to_ne_bytes()),
            b'B' => packed(u8::try_from(value).ok()?.to_ne_bytes()),
            b'h' => packed(i16::try_from(value).ok()?.to_ne_bytes()),
            b'H' => packed(u16::try_from(value).ok()?.to_ne_bytes()),
            b'i' => packed(i32::try_from(value).ok()?.to_ne_bytes()),
            b'I' => packed(u32::try_from(value).ok()?.to_ne_bytes()),
            b'l' | b'q' => packed(i64::try_from(value).ok()?.to_ne_bytes()),
            b'L' | b'Q' => packed(u64::try_from(value).ok()?.to_ne_bytes()),
            _ => return None,
        })
    }
}

/// A range of C integers, with its name in messages.
type Limits = (&'static str, i64, i64);

const SHORT: Limits = ("signed short integer", -0x8000, 0x7fff);
const INT: Limits = ("signed integer", -0x8000_0000, 0x7fff_ffff);

fn in_range(vm: &Vm, value: i64, (name, min, max): Limits) -> PyResult<i64> {
    if value < min {
        Err(vm.overflow_error(format!("{name} is less than minimum")))
    } else if value > max {
        Err(vm.overflow_error(format!("{name} is greater than maximum")))
    } else {
        Ok(value)
    }
}

fn long(vm: &Vm, number: &Ref<PyInt>) -> PyResult<i64> {
    number
        .to_i64()
        .ok_or_else(|| vm.overflow_error("Python int too large to convert to C long"))
}

fn character(vm: &Vm, object: &PyRef) -> PyResult<u32> {
    let wrong = |what: String| -> PyErr {
        vm.type_error(format!(
            "array item must be a unicode character, not {what}"
        ))
    };
    match object.downcast_ref::<PyStr>() {
        Some(text) if text.len() == 1 => Ok(text.char_at(0)),
        Some(text) => Err(wrong(format!("a string of length {}", text.len()))),
        None => Err(wrong(vm.type_name(object))),
    }
}
