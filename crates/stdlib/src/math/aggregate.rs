//! Functions of many numbers: sums, products, lengths.

use exuvia_vm::protocol::number::BinaryOp;
use exuvia_vm::table::Rest;
use exuvia_vm::types::bool_::BOOL;
use exuvia_vm::types::float::{FLOAT, float_value};
use exuvia_vm::types::int::{INT, PyInt, int_i64};
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::{PyRef, PyResult, Vm};
use pymath::{Error, math};

fn floats(vm: &mut Vm, iterable: &PyRef) -> PyResult<Vec<f64>> {
    let mut values = Vec::new();
    vm.iterate(iterable, |vm, item| {
        values.push(vm.as_f64(&item)?);
        Ok(())
    })?;
    Ok(values)
}

pub fn fsum(vm: &mut Vm, seq: PyRef) -> PyResult<f64> {
    let values = floats(vm, &seq)?;
    math::fsum(values).map_err(|error| match error {
        Error::EDOM => vm.value_error("-inf + inf in fsum"),
        Error::ERANGE => vm.overflow_error("intermediate overflow in fsum"),
    })
}

pub fn hypot(vm: &mut Vm, coordinates: Rest) -> PyResult<f64> {
    let values = coordinates.0.iter().map(|value| vm.as_f64(value));
    let values = values.collect::<PyResult<Vec<_>>>()?;
    Ok(math::hypot(&values))
}

pub fn dist(vm: &mut Vm, p: PyRef, q: PyRef) -> PyResult<f64> {
    let (p, q) = (items(vm, &p)?, items(vm, &q)?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let mut values = |items: Vec<PyRef>| {
        let values = items.iter().map(|value| vm.as_f64(value));
        values.collect::<PyResult<Vec<_>>>()
    };
    let (p, q) = (values(p)?, values(q)?);
    Ok(math::dist(&p, &q))
}

fn items(vm: &mut Vm, iterable: &PyRef) -> PyResult<Vec<PyRef>> {
    match iterable.downcast_ref::<PyTuple>() {
        Some(tuple) => Ok(tuple.to_vec()),
        None => vm.to_vec(iterable),
    }
}

/// A product so far: by machine numbers as long as that is exact (or as inexact as the objects' own arithmetic).
enum Product {
    Int(i64),
    Float(f64),
    Object(PyRef),
}

impl Product {
    fn of(vm: &Vm, object: PyRef) -> Self {
        match (int_i64(&object), float_value(&object)) {
            (Some(value), _) => Self::Int(value),
            (_, Some(value)) if vm.is_exactly(&object, &FLOAT) => Self::Float(value),
            _ => Self::Object(object),
        }
    }

    fn object(self, vm: &Vm) -> PyResult {
        match self {
            Self::Int(value) => vm.new_int(value),
            Self::Float(value) => vm.new_float(value),
            Self::Object(object) => Ok(object),
        }
    }

    fn times(self, vm: &mut Vm, factor: &PyRef) -> PyResult<Self> {
        match (&self, int_i64(factor), float_value(factor)) {
            (Self::Int(value), Some(factor), _) => {
                if let Some(product) = value.checked_mul(factor) {
                    return Ok(Self::Int(product));
                }
            }
            (Self::Float(value), Some(factor), _) => return Ok(Self::Float(value * factor as f64)),
            (Self::Float(value), _, Some(number)) if vm.is_exactly(factor, &FLOAT) => {
                return Ok(Self::Float(value * number));
            }
            _ => {}
        }
        let value = self.object(vm)?;
        let product = vm.binary_op(BinaryOp::Mul, &value, factor)?;
        Ok(Self::of(vm, product))
    }
}

pub fn prod(vm: &mut Vm, iterable: PyRef, start: Option<PyRef>) -> PyResult {
    let mut product = Some(match start {
        Some(start) => Product::of(vm, start),
        None => Product::Int(1),
    });
    vm.iterate(&iterable, |vm, factor| {
        if let Some(so_far) = product.take() {
            product = Some(so_far.times(vm, &factor)?);
        }
        Ok(())
    })?;
    product.unwrap_or(Product::Int(1)).object(vm)
}

/// A sum of products in three floats, each the rounding error of the one before (Ogita, Rump and Oishi, Accurate
/// sum and dot product, 2005: `DotK` for K = 3).
#[derive(Clone, Copy, Default)]
struct Triple {
    high: f64,
    low: f64,
    tiny: f64,
}

/// A sum and its rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// A product and its rounding error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    (product, a.mul_add(b, -product))
}

impl Triple {
    fn plus_product(self, a: f64, b: f64) -> Self {
        let (product, product_error) = two_product(a, b);
        let (high, high_error) = two_sum(self.high, product);
        let (low, low_error) = two_sum(self.low, product_error);
        let (low, tiny) = two_sum(low, high_error);
        Self {
            high,
            low,
            tiny: self.tiny + low_error + tiny,
        }
    }

    fn value(self) -> f64 {
        let (sum, error) = two_sum(self.low, self.high);
        self.tiny + error + sum
    }
}

/// A sum of products so far.
struct Sum {
    /// What has left the machine numbers.
    total: PyRef,
    /// While all has been integers that fit: their sum.
    ints: Option<i64>,
    /// While all since has been floats: their sum, and whether there was any.
    floats: Option<(Triple, bool)>,
}

impl Sum {
    fn add(&mut self, vm: &mut Vm, p: &PyRef, q: &PyRef) -> PyResult<()> {
        if let Some(sum) = self.ints {
            let next = int_i64(p).zip(int_i64(q));
            let next = next.and_then(|(p, q)| p.checked_mul(q)?.checked_add(sum));
            if next.is_some() {
                self.ints = next;
                return Ok(());
            }
            self.close_ints(vm)?;
        }
        if let Some((sum, _)) = self.floats {
            let next = float_factors(vm, p, q).map(|(p, q)| sum.plus_product(p, q));
            if let Some(next) = next.filter(|next| next.high.is_finite()) {
                self.floats = Some((next, true));
                return Ok(());
            }
            self.close_floats(vm)?;
        }
        let product = vm.binary_op(BinaryOp::Mul, p, q)?;
        self.plus(vm, &product)
    }

    fn plus(&mut self, vm: &mut Vm, term: &PyRef) -> PyResult<()> {
        self.total = vm.binary_op(BinaryOp::Add, &self.total, term)?;
        Ok(())
    }

    fn close_ints(&mut self, vm: &mut Vm) -> PyResult<()> {
        match self.ints.take() {
            None | Some(0) => Ok(()),
            Some(sum) => {
                let sum = vm.new_int(sum)?;
                self.plus(vm, &sum)
            }
        }
    }

    fn close_floats(&mut self, vm: &mut Vm) -> PyResult<()> {
        match self.floats.take() {
            Some((sum, true)) => {
                let sum = vm.new_float(sum.value())?;
                self.plus(vm, &sum)
            }
            _ => Ok(()),
        }
    }
}

/// Two factors as floats: two floats, or one and an integer.
fn float_factors(vm: &Vm, p: &PyRef, q: &PyRef) -> Option<(f64, f64)> {
    let float = |object: &PyRef| float_value(object).filter(|_| vm.is_exactly(object, &FLOAT));
    let int = |object: &PyRef| {
        let is_plain = vm.is_exactly(object, &INT) || vm.is_exactly(object, &BOOL);
        let int = object.downcast_ref::<PyInt>().filter(|_| is_plain);
        int.and_then(|int| int.to_f64())
    };
    match (float(p), float(q)) {
        (Some(p), Some(q)) => Some((p, q)),
        (Some(p), None) => Some((p, int(q)?)),
        (None, Some(q)) => Some((int(p)?, q)),
        (None, None) => None,
    }
}

pub fn sumprod(vm: &mut Vm, p: PyRef, q: PyRef) -> PyResult {
    let (p, q) = (vm.iter(&p)?, vm.iter(&q)?);
    let mut sum = Sum {
        total: vm.new_int(0)?,
        ints: Some(0),
        floats: Some((Triple::default(), false)),
    };
    loop {
        match (vm.next(&p)?, vm.next(&q)?) {
            (Some(p), Some(q)) => sum.add(vm, &p, &q)?,
            (None, None) => break,
            _ => return Err(vm.value_error("Inputs are not the same length")),
        }
    }
    sum.close_ints(vm)?;
    sum.close_floats(vm)?;
    Ok(sum.total)
}
