//! Base64 (RFC 4648).

use super::{Text, bytes, error};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::{PyResult, Ref, Vm};

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The values of the digits by their bytes; `NO_DIGIT` for other bytes.
static VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

const NO_DIGIT: u8 = u8::MAX;
const PADDING: u8 = b'=';

pub fn encode(vm: &mut Vm, data: BytesLike, newline: Option<bool>) -> PyResult<Ref<PyBytes>> {
    let data = data.get(vm);
    let mut text = Vec::with_capacity(data.len().div_ceil(3) * 4 + 1);
    for part in data.chunks(3) {
        let word = (0..3).fold(0_u32, |word, index| {
            word << 8 | u32::from(part.get(index).copied().unwrap_or(0))
        });
        for digit in 0..4 {
            text.push(if digit <= part.len() {
                DIGITS[(word >> (18 - 6 * digit)) as usize & 63]
            } else {
                PADDING
            });
        }
    }
    if newline.unwrap_or(true) {
        text.push(b'\n');
    }
    bytes(vm, &text)
}

pub fn decode(vm: &mut Vm, data: Text, strict_mode: Option<bool>) -> PyResult<Ref<PyBytes>> {
    let data = data.get(vm);
    let mut decoder = Decoder {
        is_strict: strict_mode.unwrap_or(false),
        decoded: Vec::with_capacity(data.len().div_ceil(4) * 3),
        ..Decoder::default()
    };
    let result = data.iter().try_for_each(|&byte| decoder.push(byte));
    match result.and_then(|()| decoder.check_end()) {
        Ok(()) => bytes(vm, &decoder.decoded),
        Err(message) => Err(error(vm, &message)),
    }
}

#[derive(Default)]
struct Decoder {
    is_strict: bool,
    decoded: Vec<u8>,
    /// The number of digits so far.
    digits: usize,
    /// The bits of the last digit that are not in a byte yet.
    rest: u8,
    /// The padding since the last digit.
    padding: usize,
}

impl Decoder {
    /// How many digits of a group of four there are.
    fn place(&self) -> usize {
        self.digits % 4
    }

    fn push(&mut self, byte: u8) -> Result<(), String> {
        match VALUES[usize::from(byte)] {
            NO_DIGIT if byte == PADDING => self.pad(),
            NO_DIGIT if self.is_strict => Err("Only base64 data is allowed".to_owned()),
            NO_DIGIT => Ok(()),
            value => self.push_digit(value),
        }
    }

    fn pad(&mut self) -> Result<(), String> {
        if self.is_strict {
            match self.place() {
                0 if self.digits == 0 => return Err("Leading padding not allowed".to_owned()),
                1 => return Err(self.one_too_many()),
                place if place == 0 || place + self.padding >= 4 => {
                    return Err("Excess padding not allowed".to_owned());
                }
                _ => {}
            }
        }
        self.padding += 1;
        Ok(())
    }

    fn push_digit(&mut self, value: u8) -> Result<(), String> {
        if self.is_strict && self.padding > 0 {
            let message = if self.place() + self.padding >= 4 {
                "Excess data after padding"
            } else {
                "Discontinuous padding not allowed"
            };
            return Err(message.to_owned());
        }
        self.padding = 0;
        match self.place() {
            0 => {}
            1 => self.decoded.push(self.rest << 2 | value >> 4),
            2 => self.decoded.push(self.rest << 4 | value >> 2),
            _ => self.decoded.push(self.rest << 6 | value),
        }
        self.rest = value;
        self.digits += 1;
        Ok(())
    }

    fn one_too_many(&self) -> String {
        format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            self.digits
        )
    }

    fn check_end(&self) -> Result<(), String> {
        match self.place() {
            1 => Err(self.one_too_many()),
            place if place > 0 && place + self.padding < 4 => Err("Incorrect padding".to_owned()),
            _ => Ok(()),
        }
    }
}
