//! Uuencoded lines: a character for the length, then four characters for every three bytes.

use super::{Text, bytes, error};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::memoryview::BytesLike;
use exuvia_vm::{PyResult, Ref, Vm};

/// The most bytes of a line.
const LINE_MAX: usize = 45;
/// What zero is written as; higher values follow.
const ZERO: u8 = b' ';
/// What zero may be written as so that lines do not end in blanks.
const BACKTICK: u8 = b'`';

pub fn encode(vm: &mut Vm, data: BytesLike, backtick: Option<bool>) -> PyResult<Ref<PyBytes>> {
    let data = data.get(vm);
    if data.len() > LINE_MAX {
        return Err(error(vm, "At most 45 bytes at once"));
    }
    let zero = if backtick.unwrap_or(false) {
        BACKTICK
    } else {
        ZERO
    };
    let written = |value: u8| if value == 0 { zero } else { ZERO + value };
    let mut line = vec![written(data.len() as u8)];
    for part in data.chunks(3) {
        let byte = |index| part.get(index).copied().unwrap_or(0);
        let (a, b, c): (u8, u8, u8) = (byte(0), byte(1), byte(2));
        let values = [
            a >> 2,
            (a & 3) << 4 | b >> 4,
            (b & 15) << 2 | c >> 6,
            c & 63,
        ];
        line.extend(values.map(written));
    }
    line.push(b'\n');
    bytes(vm, &line)
}

pub fn decode(vm: &mut Vm, data: Text) -> PyResult<Ref<PyBytes>> {
    let data = data.get(vm);
    let Some((&first, line)) = data.split_first() else {
        return Err(error(vm, "Missing length byte"));
    };
    let len = usize::from(first.wrapping_sub(ZERO) & 63);
    let mut decoded = Vec::with_capacity(len);
    let (mut bits, mut bit_count, mut used) = (0_u32, 0, 0);
    while decoded.len() < len {
        // A line that ends early ends in zeros.
        let value = match line.get(used) {
            None | Some(b'\n' | b'\r') => 0,
            Some(&byte) if (ZERO..=ZERO + 64).contains(&byte) => (byte - ZERO) & 63,
            Some(_) => return Err(error(vm, "Illegal char")),
        };
        used += 1;
        bits = bits << 6 | u32::from(value);
        bit_count += 6;
        if bit_count >= 8 {
            bit_count -= 8;
            decoded.push((bits >> bit_count) as u8);
        }
    }
    let rest = line.get(used..).unwrap_or_default();
    if !rest
        .iter()
        .all(|byte| matches!(byte, b' ' | b'`' | b'\n' | b'\r'))
    {
        return Err(error(vm, "Trailing garbage"));
    }
    bytes(vm, &decoded)
}
