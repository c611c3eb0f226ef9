//! How an int lies in memory, and making one.
//!
//! ```text
//! small  header 16 | i64                                            24 bytes: -2^63 … 2^63-1
//! big    header 16 | sign (top bit) and number of limbs | u32 …     24 + 4 n bytes: everything else
//! ```
//!
//! Which of the two it is stands in the header's host byte, so that a small int has all 64 bits of its word.
//!
//! - **I1** a value that fits an `i64` is small; a big int's most significant limb is not zero.
//! - **I2** a [`PyInt`] lies right behind its header: payloads are made here only, and never moved out.
//! - **I3** the host byte of an exact, small int is 0: that byte and the class tell the evaluation loop all.

#![allow(
    unsafe_code,
    reason = "the limbs follow the payload, and what they are stands in the header"
)]

use crate::object::{PyPayload, layout};
use crate::table::TypeDef;
use crate::types::bool_::BOOL;
use crate::types::int::{INT, big};
use crate::types::type_::PyType;
use crate::{PyErr, PyRef, PyResult, Ref, Traverse, Vm};
use exuvia_object::{Class, Header};
use malachite_bigint::BigInt;
use std::cmp::Ordering;
use std::ptr::NonNull;

/// The host byte's bit of a value that does not fit an `i64`.
const BIG: u8 = 1;
/// The host byte's bit of an instance of a subclass; `bool` is one.
const INEXACT: u8 = 1 << 1;
/// The sign bit in the word of a big int.
const NEGATIVE: u64 = 1 << 63;

/// The integers that exist once and for ever.
const SMALLEST_CACHED: i64 = -5;
const LARGEST_CACHED: i64 = 256;
/// How many they are.
pub(crate) const SMALL_INTS: usize = (LARGEST_CACHED - SMALLEST_CACHED + 1) as usize;

/// An int's payload; see the module for the layout.
#[repr(C)]
#[derive(Debug, Traverse)]
pub struct PyInt {
    #[traverse(skip)]
    word: u64,
    #[traverse(skip)]
    limbs: [u32; 0],
}

const _: () = assert!(size_of::<PyInt>() == 8);

impl PyPayload for PyInt {
    const DEF: &'static TypeDef = &INT;
}

/// The class of ints.
pub(super) fn class() -> Class {
    let class = Class::of::<PyInt>();
    class.size.set(Some(size));
    class
}

/// The [`Class::size`] function of ints.
///
/// # Safety
/// `object` must be a live int.
unsafe fn size(object: NonNull<Header>) -> usize {
    // SAFETY: the caller's duty; the payload follows the header.
    let (header, word) = unsafe { (object.as_ref(), object.add(1).cast::<u64>().read()) };
    size_with(if header.host_byte() & BIG == 0 {
        0
    } else {
        limb_count(word)
    })
}

fn size_with(limbs: usize) -> usize {
    size_of::<Header>() + size_of::<PyInt>() + limbs * size_of::<u32>()
}

fn limb_count(word: u64) -> usize {
    // A count of limbs is far below 2^63, and it came from a `usize`.
    (word & !NEGATIVE) as usize
}

/// Sign and magnitude of an int: the limbs of a big one, or a small one's value.
#[derive(Clone, Copy, Debug)]
pub enum Parts<'a> {
    /// The value.
    Small(i64),
    /// The magnitude, the least significant limb first.
    Big {
        /// Whether the value is below zero.
        is_negative: bool,
        /// At least two limbs, of which the last is not zero.
        limbs: &'a [u32],
    },
}

impl PyInt {
    #[inline]
    fn host_byte(&self) -> u8 {
        // SAFETY: I2.
        unsafe { NonNull::from(self).cast::<Header>().sub(1).as_ref() }.host_byte()
    }

    /// The value, if it fits.
    #[inline]
    pub fn to_i64(&self) -> Option<i64> {
        (self.host_byte() & BIG == 0).then_some(self.word.cast_signed())
    }

    /// Whether the object's type is `int` itself.
    #[inline]
    pub fn is_exact(&self) -> bool {
        self.host_byte() & INEXACT == 0
    }

    /// The value in its parts.
    #[inline]
    pub fn parts(&self) -> Parts<'_> {
        if self.host_byte() & BIG == 0 {
            return Parts::Small(self.word.cast_signed());
        }
        // SAFETY: I2; a big int is made with as many limbs as its word says.
        let limbs =
            unsafe { std::slice::from_raw_parts(self.limbs.as_ptr(), limb_count(self.word)) };
        Parts::Big {
            is_negative: self.word & NEGATIVE != 0,
            limbs,
        }
    }

    /// The value, if it fits.
    #[inline]
    pub fn to_i128(&self) -> Option<i128> {
        match self.parts() {
            Parts::Small(value) => Some(value.into()),
            Parts::Big { is_negative, limbs } if limbs.len() <= 4 => {
                let magnitude = limbs
                    .iter()
                    .rev()
                    .fold(0, |value: u128, &limb| value << 32 | u128::from(limb));
                match is_negative {
                    true => 0_i128.checked_sub_unsigned(magnitude),
                    false => i128::try_from(magnitude).ok(),
                }
            }
            Parts::Big { .. } => None,
        }
    }

    /// The value for arithmetic that no machine word has room for.
    pub fn to_bigint(&self) -> BigInt {
        match self.parts() {
            Parts::Small(value) => BigInt::from(value),
            Parts::Big { is_negative, limbs } => big::from_limbs(is_negative, limbs),
        }
    }

    /// The nearest float, ties to even; `None` if the value is beyond them.
    pub fn to_f64(&self) -> Option<f64> {
        match self.parts() {
            Parts::Small(value) => Some(value as f64),
            Parts::Big { is_negative, limbs } => {
                big::magnitude_to_f64(limbs).map(|value| if is_negative { -value } else { value })
            }
        }
    }

    /// -1, 0 or 1.
    #[inline]
    pub fn sign(&self) -> i32 {
        match self.parts() {
            Parts::Small(value) => value.signum() as i32,
            Parts::Big {
                is_negative: true, ..
            } => -1,
            Parts::Big { .. } => 1,
        }
    }

    /// Whether the value is below zero.
    #[inline]
    pub fn is_negative(&self) -> bool {
        self.word >> 63 != 0
    }

    /// Whether the value is zero.
    #[inline]
    pub fn is_zero(&self) -> bool {
        // The word of a big int counts at least two limbs.
        self.word == 0
    }

    /// The number of bits of the magnitude, without leading zeros.
    pub fn bit_length(&self) -> u64 {
        match self.parts() {
            Parts::Small(value) => (u64::BITS - value.unsigned_abs().leading_zeros()).into(),
            Parts::Big { limbs, .. } => big::bit_length(limbs),
        }
    }

    /// How the value compares with another.
    pub fn compare(&self, other: &PyInt) -> Ordering {
        match (self.parts(), other.parts()) {
            (Parts::Small(left), Parts::Small(right)) => left.cmp(&right),
            (Parts::Small(_), Parts::Big { is_negative, .. }) if is_negative => Ordering::Greater,
            (Parts::Small(_), Parts::Big { .. }) => Ordering::Less,
            (Parts::Big { is_negative, .. }, Parts::Small(_)) if is_negative => Ordering::Less,
            (Parts::Big { .. }, Parts::Small(_)) => Ordering::Greater,
            (
                Parts::Big {
                    is_negative: left_is_negative,
                    limbs: left,
                },
                Parts::Big {
                    is_negative: right_is_negative,
                    limbs: right,
                },
            ) => {
                let magnitudes = left
                    .len()
                    .cmp(&right.len())
                    .then_with(|| left.iter().rev().cmp(right.iter().rev()));
                match (left_is_negative, right_is_negative) {
                    (false, false) => magnitudes,
                    (true, true) => magnitudes.reverse(),
                    (true, false) => Ordering::Less,
                    (false, true) => Ordering::Greater,
                }
            }
        }
    }
}

/// The value of an exact, small int; `None` for anything else.
#[inline]
pub fn int_i64(object: &PyRef) -> Option<i64> {
    // I3.
    if !object.is_a::<PyInt>() || object.header().host_byte() != 0 {
        return None;
    }
    // SAFETY: the class says that the payload is a `PyInt`.
    Some(
        unsafe { object.downcast_ref_unchecked::<PyInt>() }
            .word
            .cast_signed(),
    )
}

/// The values of two exact, small ints; `None` if either is anything else.
#[inline]
pub fn int_pair(left: &PyRef, right: &PyRef) -> Option<(i64, i64)> {
    let (left_header, right_header) = (left.header(), right.header());
    let same_class = left_header.class_ptr() == right_header.class_ptr();
    // I3.
    if !same_class
        || left_header.host_byte() | right_header.host_byte() != 0
        || !left.is_a::<PyInt>()
    {
        return None;
    }
    // SAFETY: the class, which both have, says that the payload is a `PyInt`.
    let (left, right) = unsafe {
        (
            left.downcast_ref_unchecked::<PyInt>(),
            right.downcast_ref_unchecked::<PyInt>(),
        )
    };
    Some((left.word.cast_signed(), right.word.cast_signed()))
}

impl Vm {
    /// An int of this value.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn new_int(&self, value: i64) -> PyResult {
        if (SMALLEST_CACHED..=LARGEST_CACHED).contains(&value)
            && let Some(constants) = &self.constants
        {
            return Ok(constants.small_ints[(value - SMALLEST_CACHED) as usize]
                .clone()
                .into_any());
        }
        Ok(allocate_small(self, value)?.into_any())
    }

    /// An int of this value.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_int_from_usize(&self, value: usize) -> PyResult {
        match i64::try_from(value) {
            Ok(value) => self.new_int(value),
            Err(_) => self.new_int_from_i128(value as i128),
        }
    }

    /// An int of this value.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_int_from_i128(&self, value: i128) -> PyResult {
        if let Ok(small) = i64::try_from(value) {
            return self.new_int(small);
        }
        let magnitude = value.unsigned_abs();
        let limbs = [0, 32, 64, 96].map(|shift| (magnitude >> shift) as u32);
        let len = 4 - limbs.iter().rev().take_while(|&&limb| limb == 0).count();
        Ok(allocate_big(self, self.class(&INT), value < 0, &limbs[..len])?.into_any())
    }

    /// An int of this value.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_bigint(&self, value: impl Into<BigInt>) -> PyResult {
        let value = value.into();
        match i64::try_from(&value) {
            Ok(small) => self.new_int(small),
            Err(_) => Ok(allocate_bigint(self, self.class(&INT), &value)?.into_any()),
        }
    }

    /// An int of this value, as its type knows it.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_int_ref(&self, value: i64) -> PyResult<Ref<PyInt>> {
        Ok(self
            .new_int(value)?
            .downcast()
            .expect("an int's payload is a PyInt"))
    }

    /// An instance of `int` or of a subclass with the value of another int.
    ///
    /// # Errors
    /// `OutOfMemory`; `TypeError` if the type is not a subclass of `int`.
    pub fn new_int_instance(&self, ty: &Ref<PyType>, value: &Ref<PyInt>) -> PyResult<Ref<PyInt>> {
        let is_exact = ty.is(self.class(&INT));
        if is_exact && value.is_exact() {
            return Ok(value.clone());
        }
        match value.parts() {
            Parts::Small(small) if is_exact => self.new_int_ref(small),
            Parts::Small(small) => {
                let object = self.new_instance(ty, small_payload(small))?;
                object.header().set_host_byte(INEXACT);
                Ok(object)
            }
            Parts::Big { is_negative, limbs } => allocate_big(self, ty, is_negative, limbs),
        }
    }
}

/// The integers that exist once, from -5 to 256, immortal.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn make_small_ints(vm: &Vm) -> PyResult<Box<[Ref<PyInt>; SMALL_INTS]>> {
    let made: PyResult<Box<[_]>> = (SMALLEST_CACHED..=LARGEST_CACHED)
        .map(|value| allocate_small(vm, value))
        .collect();
    let ints: Box<[Ref<PyInt>; SMALL_INTS]> =
        made?.try_into().expect("there is one for each value");
    ints.iter().for_each(|int| int.header().make_immortal());
    Ok(ints)
}

/// `False` or `True`, immortal.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn make_bool(vm: &Vm, value: bool) -> PyResult {
    let object = vm.new_instance(vm.class(&BOOL), small_payload(value.into()))?;
    object.header().set_host_byte(INEXACT);
    object.header().make_immortal();
    Ok(object.into_any())
}

fn small_payload(value: i64) -> PyInt {
    PyInt {
        word: value.cast_unsigned(),
        limbs: [],
    }
}

#[inline]
fn allocate_small(vm: &Vm, value: i64) -> PyResult<Ref<PyInt>> {
    // SAFETY: the class of `int` was made for this payload, is that of an immortal type, which nobody counts, and outlives
    // every object of the runtime; the payload is written at once.
    unsafe {
        let class = vm.class(&INT).class_of_instances();
        let object = vm.space().allocate_plain::<PyInt>(class)?;
        object.add(1).cast::<PyInt>().write(small_payload(value));
        Ok(Ref::from_owned(object))
    }
}

/// A big int of limbs, of which the last is not zero, and which do not fit an `i64` (I1).
fn allocate_big(
    vm: &Vm,
    ty: &Ref<PyType>,
    is_negative: bool,
    limbs: &[u32],
) -> PyResult<Ref<PyInt>> {
    allocate_limbs(vm, ty, is_negative, limbs.len(), limbs.iter().copied())
}

/// A big int of a value that does not fit an `i64` (I1).
fn allocate_bigint(vm: &Vm, ty: &Ref<PyType>, value: &BigInt) -> PyResult<Ref<PyInt>> {
    let len = usize::try_from(value.bits().div_ceil(32)).map_err(|_| PyErr::OutOfMemory)?;
    allocate_limbs(
        vm,
        ty,
        big::is_negative(value),
        len,
        value.iter_u32_digits(),
    )
}

/// A big int of the first `len` limbs that an iterator yields; those that it does not are zero.
fn allocate_limbs(
    vm: &Vm,
    ty: &Ref<PyType>,
    is_negative: bool,
    len: usize,
    limbs: impl Iterator<Item = u32>,
) -> PyResult<Ref<PyInt>> {
    if !ty.holds::<PyInt>() {
        return Err(vm.type_error(format!("{} is not a subtype of int", ty.name_text())));
    }
    let word = len as u64 | if is_negative { NEGATIVE } else { 0 };
    let inexact = if ty.is(vm.class(&INT)) { 0 } else { INEXACT };
    let size = len
        .checked_mul(size_of::<u32>())
        .and_then(|bytes| bytes.checked_add(size_with(0)));
    let limbs = limbs.chain(std::iter::repeat(0)).take(len);
    let write = |object: NonNull<Header>| {
        // SAFETY: the block has room for word and limbs, which `size` counts; nobody else knows of it yet.
        unsafe {
            object.add(1).cast::<u64>().write(word);
            object.as_ref().set_host_byte(BIG | inexact);
            let first = object.cast::<u8>().add(size_with(0)).cast::<u32>();
            limbs
                .enumerate()
                .for_each(|(index, limb)| first.add(index).write(limb));
        }
    };
    // SAFETY: the class describes ints; `size` is what its size function makes of the word and the host byte.
    Ok(unsafe {
        Ref::from_owned(layout::allocate_sized(
            vm,
            ty,
            size.ok_or(PyErr::OutOfMemory)?,
            write,
        )?)
    })
}
