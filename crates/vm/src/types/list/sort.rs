//! `list.sort`: stable and adaptive, without Python calls where the keys are all numbers or strings.
//!
//! The list is empty while Python may run: what is sorted is taken out of it, and a change of the list meanwhile
//! is found and reported. Keys of one plain type are compared natively ([`Scheme`]); all others by
//! [`timsort`](super::timsort), whose comparisons may raise.

use super::{PyList, timsort};
use crate::table::CompareOp;
use crate::types::bool_::BOOL;
use crate::types::float::{FLOAT, float_value};
use crate::types::int::{INT, PyInt};
use crate::types::sequence::native_less;
use crate::types::str::{PyStr, STR};
use crate::types::tuple::{PyTuple, TUPLE};
use crate::{HeapVec, OutOfMemory, PyErr, PyRef, PyResult, Ref, Vm};
use std::cmp::Ordering;

/// As many elements are sorted at a time by copies of their keys; longer lists are merged from such parts. Bounds
/// what sorting needs beside the list.
const CHUNK: usize = 1 << 15;

/// How much room a list has while it is being sorted: a program that puts something in, and takes it out again,
/// leaves another.
const PLACEHOLDER_CAPACITY: usize = 2;

/// Sorts a list in place. Elements that compare equal keep their order, in reverse too.
///
/// # Errors
/// What a comparison or the key function raises; then the elements are in their old order. `ValueError` if the
/// list was changed meanwhile. `OutOfMemory`.
pub fn sort(vm: &mut Vm, list: &Ref<PyList>, key: Option<&PyRef>, reverse: bool) -> PyResult<()> {
    if key.is_none() {
        if list.len(vm) < 2 {
            return Ok(());
        }
        if let Some(scheme) = Scheme::of(vm, list.as_slice(vm)) {
            return Ok(scheme.sort(list.items.get_mut(vm), reverse)?);
        }
    }
    let placeholder = HeapVec::with_capacity(vm.heap(), PLACEHOLDER_CAPACITY)?;
    let mut items = std::mem::replace(list.items.get_mut(vm), placeholder);
    let result = match key {
        None => sort_by_comparing(vm, &mut items, reverse),
        Some(key) => sort_by_key(vm, &mut items, key, reverse),
    };
    let left = std::mem::replace(list.items.get_mut(vm), items);
    let is_changed = !left.is_empty() || left.capacity() != PLACEHOLDER_CAPACITY;
    drop(left);
    result?;
    if is_changed {
        Err(vm.value_error("list modified during sort"))
    } else {
        Ok(())
    }
}

fn sort_by_comparing(vm: &mut Vm, items: &mut [PyRef], reverse: bool) -> PyResult<()> {
    let mut order = order_by_comparing(vm, items, reverse)?;
    permute(items, &mut order);
    Ok(())
}

fn sort_by_key(vm: &mut Vm, items: &mut [PyRef], key: &PyRef, reverse: bool) -> PyResult<()> {
    let mut keys = HeapVec::with_capacity(vm.heap(), items.len())?;
    for item in items.iter() {
        let found = vm.call_positional(key, std::slice::from_ref(item))?;
        keys.push(vm.heap(), found)?;
    }
    let mut order = match Scheme::of(vm, &keys) {
        Some(scheme) => scheme.order(&keys, reverse)?,
        None => order_by_comparing(vm, &keys, reverse)?,
    };
    drop(keys);
    permute(items, &mut order);
    Ok(())
}

/// The order in which the keys come, by Python's `<`.
fn order_by_comparing(vm: &mut Vm, keys: &[PyRef], reverse: bool) -> PyResult<Vec<u32>> {
    let mut less = |vm: &mut Vm, left: u32, right: u32| {
        let (left, right) = (&keys[left as usize], &keys[right as usize]);
        match native_less(vm, left, right) {
            Some(is_less) => Ok(is_less),
            None => vm.compare_bool(left, right, CompareOp::Lt),
        }
    };
    let mut order = indices(keys.len())?;
    if reverse {
        // Equal elements come in opposite order here and there, so in the end they come as they were.
        order.reverse();
    }
    timsort::sort(vm, &mut order, &mut less)?;
    if reverse {
        order.reverse();
    }
    Ok(order)
}

fn indices(len: usize) -> PyResult<Vec<u32>> {
    let len = u32::try_from(len).map_err(|_| PyErr::OutOfMemory)?;
    let mut order = with_room(len as usize)?;
    order.extend(0..len);
    Ok(order)
}

fn with_room<T>(len: usize) -> Result<Vec<T>, OutOfMemory> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len).map_err(|_| OutOfMemory)?;
    Ok(vec)
}

/// Puts at each place the item whose index `order` names there. `order` is used up.
fn permute(items: &mut [PyRef], order: &mut [u32]) {
    for start in 0..order.len() {
        // Follow the cycle that begins here; a place that is right names itself.
        let mut place = start;
        loop {
            let source = order[place] as usize;
            order[place] = place as u32;
            if source == start {
                break;
            }
            items.swap(place, source);
            place = source;
        }
    }
}

/// A plain type that all keys have, so that comparing them runs no Python and cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Atom {
    /// `int` or `bool`, of 64 bits.
    Int,
    /// `float`, no NaN among them: NaN has no place in an order.
    Float,
    /// `str`, all ASCII.
    Ascii,
    /// `str`
    Text,
}

/// How to compare keys natively.
#[derive(Debug)]
enum Scheme {
    Atom(Atom),
    /// Tuples of one length, whose elements at each index have one plain type.
    Tuple(Vec<Atom>),
}

impl Atom {
    fn of(vm: &Vm, key: &PyRef) -> Option<Self> {
        if vm.is_exactly(key, &INT) || vm.is_exactly(key, &BOOL) {
            key.downcast_ref::<PyInt>()?.to_i64().map(|_| Self::Int)
        } else if vm.is_exactly(key, &STR) {
            Some(if text(key).as_str().is_some() {
                Self::Ascii
            } else {
                Self::Text
            })
        } else if vm.is_exactly(key, &FLOAT) {
            (!float(key).is_nan()).then_some(Self::Float)
        } else {
            None
        }
    }

    /// The plain type that all keys have.
    fn of_all<'a>(vm: &Vm, mut keys: impl Iterator<Item = &'a PyRef>) -> Option<Self> {
        let first = Self::of(vm, keys.next()?)?;
        keys.try_fold(first, |common, key| match (common, Self::of(vm, key)?) {
            (common, atom) if common == atom => Some(common),
            (Self::Ascii, Self::Text) | (Self::Text, Self::Ascii) => Some(Self::Text),
            _ => None,
        })
    }

    /// A number that orders keys as far as it can: keys of different ranks are ordered as these are.
    fn rank(self, key: &PyRef) -> i64 {
        match self {
            Self::Int => int(key),
            Self::Float => rank_of_float(float(key)),
            Self::Ascii => rank_of_ascii(text(key).as_str().unwrap_or_default().as_bytes()),
            Self::Text => {
                let mut code_points = text(key).code_points();
                (0..3).fold(0, |rank, _| {
                    rank << 21 | code_points.next().map_or(0, i64::from)
                })
            }
        }
    }

    fn compare(self, left: &PyRef, right: &PyRef) -> Ordering {
        match self {
            Self::Int => int(left).cmp(&int(right)),
            Self::Float => rank_of_float(float(left)).cmp(&rank_of_float(float(right))),
            Self::Ascii | Self::Text => text(left).compare(text(right)),
        }
    }

    /// Whether equal ranks mean equal keys.
    fn is_decided_by_rank(self) -> bool {
        matches!(self, Self::Int | Self::Float)
    }
}

fn int(key: &PyRef) -> i64 {
    let int = key.downcast_ref::<PyInt>().and_then(|int| int.to_i64());
    int.expect("an int of 64 bits, as the scheme found")
}

fn float(key: &PyRef) -> f64 {
    float_value(key).expect("a float, as the scheme found")
}

fn text(key: &PyRef) -> &Ref<PyStr> {
    key.downcast_ref::<PyStr>()
        .expect("a str, as the scheme found")
}

/// The order of floats as that of integers: the bits, negative ones turned around; both zeros are 0.
fn rank_of_float(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits().cast_signed();
    bits ^ (bits >> 63) & i64::MAX
}

/// The first eight bytes; ASCII leaves the sign bit clear.
fn rank_of_ascii(bytes: &[u8]) -> i64 {
    let mut word = [0; 8];
    let len = bytes.len().min(8);
    word[..len].copy_from_slice(&bytes[..len]);
    i64::from_be_bytes(word)
}

impl Scheme {
    /// The scheme that fits all keys, if there is one.
    fn of(vm: &Vm, keys: &[PyRef]) -> Option<Self> {
        let first = keys.first()?;
        if !vm.is_exactly(first, &TUPLE) {
            return Atom::of_all(vm, keys.iter()).map(Self::Atom);
        }
        let width = tuple(first).len();
        let fits = |key: &PyRef| vm.is_exactly(key, &TUPLE) && tuple(key).len() == width;
        if width == 0 || !keys.iter().all(fits) {
            return None;
        }
        let column =
            |index: usize| Atom::of_all(vm, keys.iter().map(move |key| &tuple(key)[index]));
        (0..width)
            .map(column)
            .collect::<Option<_>>()
            .map(Self::Tuple)
    }

    fn rank(&self, key: &PyRef) -> i64 {
        match self {
            Self::Atom(atom) => atom.rank(key),
            Self::Tuple(atoms) => atoms[0].rank(&tuple(key)[0]),
        }
    }

    fn compare(&self, left: &PyRef, right: &PyRef) -> Ordering {
        match self {
            Self::Atom(atom) => atom.compare(left, right),
            Self::Tuple(atoms) => {
                let pairs = tuple(left).iter().zip(tuple(right).iter());
                let orderings = atoms
                    .iter()
                    .zip(pairs)
                    .map(|(atom, (left, right))| atom.compare(left, right));
                orderings
                    .into_iter()
                    .find(|ordering| ordering.is_ne())
                    .unwrap_or(Ordering::Equal)
            }
        }
    }

    fn is_decided_by_rank(&self) -> bool {
        matches!(self, Self::Atom(atom) if atom.is_decided_by_rank())
    }

    /// The order in which the keys come: sorts their ranks, which lie side by side.
    fn order(&self, keys: &[PyRef], reverse: bool) -> Result<Vec<u32>, OutOfMemory> {
        let len = u32::try_from(keys.len()).map_err(|_| OutOfMemory)?;
        let mut ranked = with_room(keys.len())?;
        ranked.extend(
            keys.iter()
                .zip(0..len)
                .map(|(key, index)| (self.rank(key), index)),
        );
        let by_rank = |left: &(i64, u32), right: &(i64, u32)| left.0.cmp(&right.0);
        let in_full = |left: &(i64, u32), right: &(i64, u32)| {
            let full = || self.compare(&keys[left.1 as usize], &keys[right.1 as usize]);
            left.0.cmp(&right.0).then_with(full)
        };
        match (self.is_decided_by_rank(), reverse) {
            (true, false) => ranked.sort_by(by_rank),
            (true, true) => ranked.sort_by(|left, right| by_rank(right, left)),
            (false, false) => ranked.sort_by(in_full),
            (false, true) => ranked.sort_by(|left, right| in_full(right, left)),
        }
        let mut order = with_room(keys.len())?;
        order.extend(ranked.iter().map(|&(_, index)| index));
        Ok(order)
    }

    /// Sorts keys in place.
    fn sort(&self, keys: &mut [PyRef], reverse: bool) -> Result<(), OutOfMemory> {
        for chunk in keys.chunks_mut(CHUNK) {
            let mut order = self.order(chunk, reverse)?;
            permute(chunk, &mut order);
        }
        if keys.len() > CHUNK {
            // What is sorted in parts is merged: the standard library's stable sort finds them.
            match reverse {
                false => keys.sort_by(|left, right| self.compare(left, right)),
                true => keys.sort_by(|left, right| self.compare(right, left)),
            }
        }
        Ok(())
    }
}

fn tuple(key: &PyRef) -> &Ref<PyTuple> {
    key.downcast_ref::<PyTuple>()
        .expect("a tuple, as the scheme found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_floats_are_ordered_as_the_floats_are() {
        let ordered = [
            f64::NEG_INFINITY,
            -1e300,
            -1.5,
            -1e-300,
            0.0,
            1e-300,
            1.0,
            1.5,
            1e300,
            f64::INFINITY,
        ];
        assert!(
            ordered
                .windows(2)
                .all(|pair| rank_of_float(pair[0]) < rank_of_float(pair[1]))
        );
        assert_eq!(rank_of_float(-0.0), rank_of_float(0.0));
    }

    #[test]
    fn a_rank_of_ascii_never_contradicts_the_text() {
        let texts = [
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "a\0b",
            "aa",
            "abcdefgh",
            "abcdefghi",
            "abcdefgi",
            "b",
            "\x7f",
        ];
        for left in texts {
            for right in texts {
                let ranks = rank_of_ascii(left.as_bytes()).cmp(&rank_of_ascii(right.as_bytes()));
                assert!(
                    ranks == Ordering::Equal || ranks == left.cmp(right),
                    "{left:?} {right:?}"
                );
            }
        }
    }
}
