//! An int's text, and the limits on conversions from and to decimal text that take quadratic time.

use crate::types::int::{Parts, PyInt};
use crate::types::numeric::room;
use crate::types::str::PyStr;
use crate::{PyErr, PyResult, Ref, Vm};
use std::cell::Cell;

/// How many digits a conversion may have unless the program says otherwise.
pub const DIGITS_MAX_DEFAULT: usize = 4300;
/// The fewest digits that the limit can be set to.
pub const DIGITS_MAX_LEAST: usize = 640;

/// The limit of `sys.set_int_max_str_digits`; 0 means none.
#[derive(Debug)]
pub struct DigitsLimit(Cell<usize>);

impl Default for DigitsLimit {
    fn default() -> Self {
        Self(Cell::new(DIGITS_MAX_DEFAULT))
    }
}

impl Vm {
    /// `sys.get_int_max_str_digits()`
    pub fn int_digits_max(&self) -> usize {
        self.int_digits_limit.0.get()
    }

    /// `sys.set_int_max_str_digits(digits)`
    ///
    /// # Errors
    /// `ValueError` for a limit below 640 that is not 0.
    pub fn set_int_digits_max(&self, digits: i64) -> PyResult<()> {
        match usize::try_from(digits) {
            Ok(digits) if digits == 0 || digits >= DIGITS_MAX_LEAST => {
                self.int_digits_limit.0.set(digits);
                Ok(())
            }
            _ => Err(self.value_error(format!(
                "maxdigits must be >= {DIGITS_MAX_LEAST} or 0 for unlimited"
            ))),
        }
    }
}

/// The decimal text.
///
/// # Errors
/// `ValueError` if it is longer than the limit allows.
pub fn decimal(vm: &Vm, value: &PyInt) -> PyResult<String> {
    let Parts::Big { is_negative, limbs } = value.parts() else {
        return Ok(value.to_i64().expect("small").to_string());
    };
    let digits_max = vm.int_digits_max();
    // An eighth more than three bits per digit is enough to know without converting.
    if digits_max > 0 && limbs.len() > digits_max / 9 + 2 {
        return Err(too_long(vm, digits_max));
    }
    room::check(vm, limbs.len() as u64 * 10)?;
    let text = value.to_bigint().to_str_radix(10);
    if digits_max > 0 && text.len() - usize::from(is_negative) > digits_max {
        return Err(too_long(vm, digits_max));
    }
    Ok(text)
}

#[cold]
fn too_long(vm: &Vm, digits_max: usize) -> PyErr {
    vm.value_error(format!(
        "Exceeds the limit ({digits_max} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    ))
}

/// The magnitude's text in base 2, 8 or 16, without a prefix.
pub fn magnitude_in_bits(value: &PyInt, radix: u32) -> String {
    match value.parts() {
        Parts::Small(small) => {
            let magnitude = small.unsigned_abs();
            match radix {
                2 => format!("{magnitude:b}"),
                8 => format!("{magnitude:o}"),
                _ => format!("{magnitude:x}"),
            }
        }
        Parts::Big { limbs, .. } => match radix {
            2 => by_limbs(limbs, 32, |limb| format!("{limb:032b}")),
            8 => octal(limbs),
            _ => by_limbs(limbs, 8, |limb| format!("{limb:08x}")),
        },
    }
}

/// The text of limbs that are a whole number of digits each.
fn by_limbs(limbs: &[u32], width: usize, text_of: impl Fn(u32) -> String) -> String {
    let mut text = String::with_capacity(limbs.len() * width);
    limbs
        .iter()
        .rev()
        .for_each(|&limb| text.push_str(&text_of(limb)));
    text.trim_start_matches('0').to_owned()
}

fn octal(limbs: &[u32]) -> String {
    let (mut digits, mut pending, mut used) = (Vec::with_capacity(limbs.len() * 11), 0_u64, 0);
    for &limb in limbs {
        pending |= u64::from(limb) << used;
        used += 32;
        while used >= 3 {
            digits.push(char::from(b'0' + (pending & 7) as u8));
            pending >>= 3;
            used -= 3;
        }
    }
    digits.push(char::from(b'0' + pending as u8));
    let text: String = digits.into_iter().rev().collect();
    text.trim_start_matches('0').to_owned()
}

/// The text in base 2, 8 or 16 with its prefix, as `bin`, `oct` and `hex` give it.
///
/// # Errors
/// `OutOfMemory`.
pub fn prefixed(vm: &Vm, value: &PyInt, radix: u32) -> PyResult<Ref<PyStr>> {
    room::check(vm, value.bit_length())?;
    let prefix = match radix {
        2 => "0b",
        8 => "0o",
        _ => "0x",
    };
    let sign = if value.is_negative() { "-" } else { "" };
    vm.new_str(&format!(
        "{sign}{prefix}{}",
        magnitude_in_bits(value, radix)
    ))
}
