//! Functions of integers, exact however large they are.

use exuvia_vm::table::Rest;
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::numeric::room;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm};
use malachite_bigint::{BigInt, BigUint};
use num_traits::{One, Signed, ToPrimitive, Zero};
use pymath::math::{self as functions, integer};

fn indices(vm: &mut Vm, objects: &[PyRef]) -> PyResult<Vec<Ref<PyInt>>> {
    objects.iter().map(|object| vm.index(object)).collect()
}

/// Folds integers, by machine words as long as they do.
fn fold(
    vm: &mut Vm,
    objects: &[PyRef],
    start: u64,
    by_words: fn(u64, u64) -> Option<u64>,
    exactly: fn(&BigInt, &BigInt) -> BigInt,
) -> PyResult {
    let values = indices(vm, objects)?;
    let mut words = Some(start);
    let mut exact = BigInt::from(start);
    for value in &values {
        let next = value.to_i64().map(i64::unsigned_abs);
        let folded = words.zip(next).and_then(|(a, b)| by_words(a, b));
        if folded.is_none() {
            if let Some(words) = words {
                exact = words.into();
            }
            room::check(vm, (exact.bits() + value.bit_length()) / 8)?;
            exact = exactly(&exact, &value.to_bigint());
        }
        words = folded;
    }
    vm.new_bigint(words.map_or(exact, BigInt::from))
}

fn gcd_words(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

pub fn gcd(vm: &mut Vm, integers: Rest) -> PyResult {
    fold(
        vm,
        &integers.0,
        0,
        |a, b| Some(gcd_words(a, b)),
        |a, b| integer::gcd(&[a, b]),
    )
}

pub fn lcm(vm: &mut Vm, integers: Rest) -> PyResult {
    let by_words = |a, b| match gcd_words(a, b) {
        0 => Some(0),
        divisor => (a / divisor).checked_mul(b),
    };
    fold(vm, &integers.0, 1, by_words, |a, b| integer::lcm(&[a, b]))
}

pub fn isqrt(vm: &mut Vm, n: PyRef) -> PyResult {
    let n = vm.index(&n)?;
    if let Some(small) = n.to_i64().and_then(|n| u64::try_from(n).ok()) {
        return vm.new_bigint(small.isqrt());
    }
    match integer::isqrt(&n.to_bigint()) {
        Ok(root) => vm.new_bigint(root),
        Err(_) => Err(vm.value_error("isqrt() argument must be nonnegative")),
    }
}

pub fn factorial(vm: &mut Vm, n: PyRef) -> PyResult {
    let n = vm.index(&n)?;
    factorial_of(vm, &n)
}

fn factorial_of(vm: &Vm, n: &PyInt) -> PyResult {
    if n.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    let Some(small) = n.to_i64() else {
        let most = i64::MAX;
        return Err(vm.overflow_error(format!("factorial() argument should not exceed {most}")));
    };
    check_room(vm, small.unsigned_abs(), n.bit_length())?;
    unsigned(vm, integer::factorial(small))
}

/// Asks for room for the product of this many numbers of this many bits.
fn check_room(vm: &Vm, factors: u64, bits: u64) -> PyResult<()> {
    room::check(vm, factors.saturating_mul(bits) / 8)
}

fn unsigned(vm: &Vm, result: pymath::Result<BigUint>) -> PyResult {
    match result {
        Ok(value) => vm.new_bigint(BigInt::from(value)),
        Err(_) => Err(vm.value_error("math domain error")),
    }
}

fn check_not_negative(vm: &Vm, n: &PyInt, k: &PyInt) -> PyResult<()> {
    let negative = match (n.is_negative(), k.is_negative()) {
        (true, _) => "n",
        (false, true) => "k",
        _ => return Ok(()),
    };
    Err(vm.value_error(format!("{negative} must be a non-negative integer")))
}

#[cold]
fn too_many(vm: &Vm, what: &str) -> PyErr {
    vm.overflow_error(format!("{what} must not exceed {}", i64::MAX))
}

pub fn comb(vm: &mut Vm, n: PyRef, k: PyRef) -> PyResult {
    let (n, k) = (vm.index(&n)?, vm.index(&k)?);
    check_not_negative(vm, &n, &k)?;
    let (all, chosen) = (n.to_bigint(), k.to_bigint());
    let others = &all - &chosen;
    if others.is_negative() {
        return vm.new_int(0);
    }
    let fewer = others.min(chosen);
    let Some(count) = fewer.to_i64() else {
        return Err(too_many(vm, "min(n - k, k)"));
    };
    check_room(vm, count.unsigned_abs(), n.bit_length())?;
    match n.to_i64() {
        Some(n) => unsigned(vm, integer::comb(n, count)),
        None => {
            let ways = functions::comb_bigint(&all, count.unsigned_abs());
            vm.new_bigint(BigInt::from(ways))
        }
    }
}

pub fn perm(vm: &mut Vm, n: PyRef, k: Option<PyRef>) -> PyResult {
    let n = vm.index(&n)?;
    let Some(k) = k.filter(|k| !vm.is_none(k)) else {
        return factorial_of(vm, &n);
    };
    let k = vm.index(&k)?;
    check_not_negative(vm, &n, &k)?;
    let all = n.to_bigint();
    if all < k.to_bigint() {
        return vm.new_bigint(BigInt::zero());
    }
    let Some(count) = k.to_i64() else {
        return Err(too_many(vm, "k"));
    };
    check_room(vm, count.unsigned_abs(), n.bit_length())?;
    match n.to_i64() {
        Some(n) => unsigned(vm, integer::perm(n, Some(count))),
        None if count == 0 => vm.new_bigint(BigInt::one()),
        None => {
            let ways = functions::perm_bigint(&all, count.unsigned_abs());
            vm.new_bigint(BigInt::from(ways))
        }
    }
}
