//! The items of a memoryview: native C types, by their letters in the module `struct`.

use crate::types::bytes::PyBytes;
use crate::types::exception;
use crate::{PyErr, PyRef, PyResult, Vm};
use malachite_bigint::BigInt;
use num_traits::ToPrimitive;

/// The type of an item: a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemType(u8);

/// Bytes of an item, at most eight.
#[derive(Clone, Copy, Debug)]
pub struct Packed {
    bytes: [u8; 8],
    len: u8,
}

impl Packed {
    fn new(bytes: &[u8]) -> Self {
        let mut packed = Self { bytes: [0; 8], len: bytes.len() as u8 };
        packed.bytes[..bytes.len()].copy_from_slice(bytes);
        packed
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

impl ItemType {
    /// Unsigned bytes.
    pub const BYTE: Self = Self(b'B');

    /// The type of a format, if that is one letter for a native type, with an optional `@` before it.
    pub fn of_format(format: &str) -> Option<Self> {
        let letter = match format.as_bytes() {
            [letter] | [b'@', letter] => *letter,
            _ => return None,
        };
        Self(letter).size().map(|_| Self(letter))
    }

    /// Bytes of an item.
    pub fn size(self) -> Option<usize> {
        Some(match self.0 {
            b'c' | b'b' | b'B' | b'?' => 1,
            b'h' | b'H' | b'e' => 2,
            b'i' | b'I' | b'f' => 4,
            b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
            _ => return None,
        })
    }

    /// Whether items are single bytes, signed or not, or characters.
    pub fn is_byte(self) -> bool {
        matches!(self.0, b'b' | b'B' | b'c')
    }

    /// Whether items with equal bytes are equal and others are not.
    pub fn compares_as_bytes(self) -> bool {
        !matches!(self.0, b'e' | b'f' | b'd' | b'?')
    }

    /// The letter.
    pub fn letter(self) -> char {
        self.0.into()
    }

    /// An item as an object. Bytes that are missing count as zeros.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn unpack(self, vm: &Vm, item: &[u8]) -> PyResult {
        let mut bytes = [0; 8];
        let len = item.len().min(8);
        bytes[..len].copy_from_slice(&item[..len]);
        let word = u64::from_le_bytes(if cfg!(target_endian = "big") { reversed(bytes, len) } else { bytes });
        match self.0 {
            b'c' => Ok(vm.new_bytes(&bytes[..1])?.into_any()),
            b'?' => Ok(vm.new_bool(bytes[0] != 0)),
            b'b' => vm.new_int((word as i8).into()),
            b'h' => vm.new_int((word as i16).into()),
            b'i' => vm.new_int((word as i32).into()),
            b'l' | b'q' | b'n' => vm.new_int(word.cast_signed()),
            b'e' => vm.new_float(half_to_f64(word as u16)),
            b'f' => vm.new_float(f32::from_bits(word as u32).into()),
            b'd' => vm.new_float(f64::from_bits(word)),
            _ => match i64::try_from(word) {
                Ok(value) => vm.new_int(value),
                Err(_) => vm.new_bigint(BigInt::from(word)),
            },
        }
    }

    /// An object as the bytes of an item. May run Python.
    ///
    /// # Errors
    /// `TypeError` for an object of a wrong type, `ValueError` for a value that does not fit.
    pub fn pack(self, vm: &mut Vm, object: &PyRef) -> PyResult<Packed> {
        match self.0 {
            b'c' => match object.downcast_ref::<PyBytes>() {
                Some(bytes) if bytes.len() == 1 => Ok(Packed::new(bytes)),
                Some(_) => Err(self.wrong_value(vm)),
                None => Err(self.wrong_type(vm)),
            },
            b'?' => Ok(Packed::new(&[vm.is_true(object)?.into()])),
            b'e' | b'f' | b'd' => self.pack_float(vm, object),
            _ => self.pack_int(vm, object),
        }
    }

    fn pack_float(self, vm: &mut Vm, object: &PyRef) -> PyResult<Packed> {
        let value = match vm.as_f64(object) {
            Ok(value) => value,
            Err(error) if error.is(vm, &exception::TYPE_ERROR) => return Err(self.wrong_type(vm)),
            Err(error) => return Err(error),
        };
        match self.0 {
            b'd' => Ok(Packed::new(&value.to_ne_bytes())),
            b'f' => Ok(Packed::new(&(value as f32).to_ne_bytes())),
            _ => match f64_to_half(value) {
                Some(half) => Ok(Packed::new(&half.to_ne_bytes())),
                None => Err(self.wrong_value(vm)),
            },
        }
    }

    fn pack_int(self, vm: &mut Vm, object: &PyRef) -> PyResult<Packed> {
        if vm.type_of(object).slots(vm).index.is_none() {
            return Err(self.wrong_type(vm));
        }
        let value = vm.index(object)?.to_bigint();
        let packed = match self.0 {
            b'b' => value.to_i8().map(|value| Packed::new(&value.to_ne_bytes())),
            b'B' => value.to_u8().map(|value| Packed::new(&value.to_ne_bytes())),
            b'h' => value.to_i16().map(|value| Packed::new(&value.to_ne_bytes())),
            b'H' => value.to_u16().map(|value| Packed::new(&value.to_ne_bytes())),
            b'i' => value.to_i32().map(|value| Packed::new(&value.to_ne_bytes())),
            b'I' => value.to_u32().map(|value| Packed::new(&value.to_ne_bytes())),
            b'l' | b'q' | b'n' => value.to_i64().map(|value| Packed::new(&value.to_ne_bytes())),
            // An address may be given as a negative number.
            b'P' => value.to_u64().or_else(|| value.to_i64().map(i64::cast_unsigned)).map(|value| Packed::new(&value.to_ne_bytes())),
            _ => value.to_u64().map(|value| Packed::new(&value.to_ne_bytes())),
        };
        packed.ok_or_else(|| self.wrong_value(vm))
    }

    #[cold]
    fn wrong_type(self, vm: &Vm) -> PyErr {
        vm.type_error(format!("memoryview: invalid type for format '{}'", self.letter()))
    }

    #[cold]
    fn wrong_value(self, vm: &Vm) -> PyErr {
        vm.value_error(format!("memoryview: invalid value for format '{}'", self.letter()))
    }
}

/// Bytes in the order of a little-endian machine.
fn reversed(mut bytes: [u8; 8], len: usize) -> [u8; 8] {
    bytes[..len].reverse();
    bytes
}

/// The value of an IEEE 754 half.
pub fn half_to_f64(half: u16) -> f64 {
    let sign = if half >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(half >> 10 & 0x1F), f64::from(half & 0x3FF));
    match exponent {
        0 => sign * fraction * 2f64.powi(-24),
        0x1F if fraction == 0.0 => sign * f64::INFINITY,
        0x1F => f64::NAN.copysign(sign),
        _ => sign * (1.0 + fraction / 1024.0) * 2f64.powi(exponent - 15),
    }
}

/// The IEEE 754 half nearest to a value, ties to even; `None` if it is too big.
pub fn f64_to_half(value: f64) -> Option<u16> {
    let sign = u16::from(value.is_sign_negative()) << 15;
    let magnitude = value.abs();
    if magnitude.is_nan() {
        return Some(sign | 0x7E00);
    }
    if magnitude.is_infinite() {
        return Some(sign | 0x7C00);
    }
    // In units of the last place: at least 2^-24, and 2^-10 of the power of two below.
    let exponent = if magnitude < 2f64.powi(-14) { -14 } else { magnitude.log2().floor() as i32 };
    let exponent = if magnitude < 2f64.powi(exponent) { exponent - 1 } else { exponent }.max(-14);
    let units = (magnitude / 2f64.powi(exponent - 10)).round_ties_even() as u32;
    let half = if exponent == -14 { units } else { ((exponent + 14) as u32) * 0x400 + units };
    (half < 0x7C00).then_some(sign | half as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_survive_the_way_there_and_back() {
        for half in (0..=u16::MAX).filter(|half| half & 0x7C00 != 0x7C00 || half & 0x3FF == 0) {
            assert_eq!(f64_to_half(half_to_f64(half)), Some(half), "{half:#x}");
        }
        assert_eq!(f64_to_half(65504.0 + 15.9), Some(0x7BFF));
        assert_eq!(f64_to_half(65520.0), None);
        assert_eq!(f64_to_half(2f64.powi(-25)), Some(0));
        assert_eq!(f64_to_half(2f64.powi(-25) * 1.001), Some(1));
    }

    #[test]
    fn formats_are_one_letter() {
        assert_eq!(ItemType::of_format("@i").and_then(ItemType::size), Some(4));
        assert_eq!(ItemType::of_format("<i"), None);
        assert_eq!(ItemType::of_format("w"), None);
        assert_eq!(ItemType::of_format(""), None);
    }
}
