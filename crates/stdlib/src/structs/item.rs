//! One item as bytes, and bytes as one item.

use super::error;
use super::layout::{Field, Order};
use exuvia_vm::types::bytearray::PyByteArray;
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::complex::new::from_number;
use exuvia_vm::types::exception::OVERFLOW_ERROR;
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::memoryview::item::{f64_to_half, half_to_f64};
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};

/// The most bytes of a number.
const NUMBER_MAX: usize = 16;

/// Writes an object as an item into `room`, which has the item's size and is zeros.
///
/// # Errors
/// `struct.error` if the object is no such item.
pub fn pack(
    vm: &mut Vm,
    field: &Field,
    order: Order,
    object: &PyRef,
    room: &mut [u8],
) -> PyResult<()> {
    match field.letter {
        b's' => {
            let bytes = content(vm, object, "argument for 's' must be a bytes object")?;
            let len = bytes.len().min(room.len());
            room[..len].copy_from_slice(&bytes[..len]);
        }
        b'p' => {
            let bytes = content(vm, object, "argument for 'p' must be a bytes object")?;
            if let [first, rest @ ..] = room {
                let len = bytes.len().min(rest.len());
                rest[..len].copy_from_slice(&bytes[..len]);
                *first = u8::try_from(len).unwrap_or(u8::MAX);
            }
        }
        b'c' => match object
            .downcast_ref::<PyBytes>()
            .map(|bytes| bytes.as_slice())
        {
            Some(&[byte]) => room[0] = byte,
            _ => return Err(error(vm, "char format requires a bytes object of length 1")),
        },
        b'?' => room[0] = u8::from(vm.is_true(object)?),
        _ => number(vm, field, order, object, room)?,
    }
    Ok(())
}

fn content(vm: &Vm, object: &PyRef, message: &str) -> PyResult<Vec<u8>> {
    if let Some(bytes) = object.downcast_ref::<PyBytes>() {
        return Ok(bytes.to_vec());
    }
    match object.downcast_ref::<PyByteArray>() {
        Some(bytes) => Ok(bytes.as_slice(vm).to_vec()),
        None => Err(error(vm, message)),
    }
}

fn number(
    vm: &mut Vm,
    field: &Field,
    order: Order,
    object: &PyRef,
    room: &mut [u8],
) -> PyResult<()> {
    let bytes = match number_bytes(vm, field, order, object) {
        Err(failed) if object.is_a::<PyInt>() && failed.is(vm, &OVERFLOW_ERROR) => {
            return Err(error(vm, "int too large to convert"));
        }
        bytes => bytes?,
    };
    let bytes = &bytes[..room.len()];
    // A complex number is two floats, each in order.
    let part = if matches!(field.letter, b'F' | b'D') {
        room.len() / 2
    } else {
        room.len()
    };
    for (room, bytes) in room.chunks_mut(part).zip(bytes.chunks(part)) {
        room.copy_from_slice(bytes);
        if order == Order::Big {
            room.reverse();
        }
    }
    Ok(())
}

/// A number's bytes, the lowest first.
fn number_bytes(
    vm: &mut Vm,
    field: &Field,
    order: Order,
    object: &PyRef,
) -> PyResult<[u8; NUMBER_MAX]> {
    let mut bytes = [0; NUMBER_MAX];
    let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
    match field.letter {
        b'e' => put(0, &half(vm, object)?.to_le_bytes()),
        b'f' => put(0, &single(vm, object)?.to_le_bytes()),
        b'd' => put(0, &float(vm, object)?.to_le_bytes()),
        b'F' => {
            let (re, im) = complex(vm, object)?;
            put(0, &(re as f32).to_le_bytes());
            put(4, &(im as f32).to_le_bytes());
        }
        b'D' => {
            let (re, im) = complex(vm, object)?;
            put(0, &re.to_le_bytes());
            put(8, &im.to_le_bytes());
        }
        _ => put(0, &integer(vm, field, order, object)?.to_le_bytes()),
    }
    Ok(bytes)
}

fn float(vm: &mut Vm, object: &PyRef) -> PyResult<f64> {
    let value = vm.as_f64(object);
    value.map_err(|_| error(vm, "required argument is not a float"))
}

fn complex(vm: &mut Vm, object: &PyRef) -> PyResult<(f64, f64)> {
    match from_number(vm, object) {
        Ok(value) => Ok((value.re, value.im)),
        Err(_) => Err(error(vm, "required argument is not a complex")),
    }
}

fn too_large(vm: &Vm, letter: char) -> PyErr {
    vm.overflow_error(format!("float too large to pack with {letter} format"))
}

fn half(vm: &mut Vm, object: &PyRef) -> PyResult<u16> {
    let value = float(vm, object)?;
    f64_to_half(value).ok_or_else(|| too_large(vm, 'e'))
}

fn single(vm: &mut Vm, object: &PyRef) -> PyResult<f32> {
    let value = float(vm, object)?;
    let rounded = value as f32;
    if rounded.is_infinite() && value.is_finite() {
        return Err(too_large(vm, 'f'));
    }
    Ok(rounded)
}

fn integer(vm: &mut Vm, field: &Field, order: Order, object: &PyRef) -> PyResult<i128> {
    let is_number = object.is_a::<PyInt>() || vm.type_of(object).slots(vm).index.is_some();
    if !is_number {
        return Err(error(vm, "required argument is not an integer"));
    }
    let value: Ref<PyInt> = vm.index(object)?;
    let bits = 8 * field.size as u32;
    let is_signed = field.letter.is_ascii_lowercase();
    let unsigned_max = (1_i128 << bits) - 1;
    let (least, most) = match field.letter {
        b'P' => (-(1_i128 << (bits - 1)), unsigned_max),
        _ if is_signed => (-(1_i128 << (bits - 1)), unsigned_max >> 1),
        _ => (0, unsigned_max),
    };
    match value.to_i128() {
        Some(value) if (least..=most).contains(&value) => Ok(value),
        _ if field.letter == b'P' && order == Order::Native => {
            Err(vm.overflow_error("int too large to convert"))
        }
        _ => {
            let letter = char::from(field.letter);
            Err(error(
                vm,
                &format!("'{letter}' format requires {least} <= number <= {most}"),
            ))
        }
    }
}

/// The object that an item's bytes are.
///
/// # Errors
/// `OutOfMemory`.
pub fn unpack(vm: &Vm, field: &Field, order: Order, bytes: &[u8]) -> PyResult {
    match field.letter {
        b's' | b'c' => Ok(vm.new_bytes(bytes)?.into_any()),
        b'p' => {
            let text = match bytes {
                [] => bytes,
                [len, rest @ ..] => &rest[..usize::from(*len).min(rest.len())],
            };
            Ok(vm.new_bytes(text)?.into_any())
        }
        b'?' => Ok(vm.new_bool(bytes[0] != 0)),
        b'e' => vm.new_float(half_to_f64(low_bits(bytes, order) as u16)),
        b'f' => vm.new_float(f32::from_bits(low_bits(bytes, order) as u32).into()),
        b'd' => vm.new_float(f64::from_bits(low_bits(bytes, order))),
        b'F' => {
            let part = |bytes| f32::from_bits(low_bits(bytes, order) as u32).into();
            vm.new_complex(part(&bytes[..4]), part(&bytes[4..]))
        }
        b'D' => {
            let part = |bytes| f64::from_bits(low_bits(bytes, order));
            vm.new_complex(part(&bytes[..8]), part(&bytes[8..]))
        }
        letter if letter.is_ascii_lowercase() => {
            let unused = 64 - 8 * bytes.len() as u32;
            let value = low_bits(bytes, order) << unused;
            vm.new_int(value.cast_signed() >> unused)
        }
        _ => vm.new_int_from_i128(low_bits(bytes, order).into()),
    }
}

/// Up to eight bytes as a number.
fn low_bits(bytes: &[u8], order: Order) -> u64 {
    let add = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
    match order {
        Order::Big => bytes.iter().fold(0, add),
        _ => bytes.iter().rev().fold(0, add),
    }
}
