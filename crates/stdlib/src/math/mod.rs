//! `math`: functions of real numbers; [`integer`] has those of integers, [`aggregate`] those of many numbers.

mod aggregate;
mod integer;

use exuvia_vm::table::{Method, Rest};
use exuvia_vm::types::float::arithmetic::whole;
use exuvia_vm::types::float::{self, float_value};
use exuvia_vm::types::int::{PyInt, big};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm, function};
use malachite_bigint::BigInt;
use num_traits::{One, ToPrimitive};
use pymath::{Error, math};

/// A row for a function of one real number that may be undefined for some; the message says what was expected.
macro_rules! real {
    ($name:literal, $function:path, $expected:literal, $doc:literal) => {
        function!(
            $name,
            "($module, x, /)",
            |vm: &mut Vm, x: f64| $function(x).map_err(|error| {
                failure(vm, error, || {
                    format!(
                        concat!("expected ", $expected, ", got {}"),
                        float::text::repr(x)
                    )
                })
            }),
            $doc
        )
    };
}

static FUNCTIONS: &[Method] = &[
    real!(
        "acos",
        math::acos,
        "a number in range from -1 up to 1",
        "The arc cosine, in radians."
    ),
    real!(
        "acosh",
        math::acosh,
        "argument value not less than 1",
        "The inverse hyperbolic cosine."
    ),
    real!(
        "asin",
        math::asin,
        "a number in range from -1 up to 1",
        "The arc sine, in radians."
    ),
    real!(
        "asinh",
        math::asinh,
        "a number",
        "The inverse hyperbolic sine."
    ),
    real!(
        "atan",
        math::atan,
        "a number",
        "The arc tangent, in radians."
    ),
    real!(
        "atanh",
        math::atanh,
        "a number between -1 and 1",
        "The inverse hyperbolic tangent."
    ),
    real!("cbrt", math::cbrt, "a number", "The cube root."),
    real!(
        "cos",
        math::cos,
        "a finite input",
        "The cosine of an angle in radians."
    ),
    real!("cosh", math::cosh, "a number", "The hyperbolic cosine."),
    real!("erf", math::erf, "a number", "The error function."),
    real!(
        "erfc",
        math::erfc,
        "a number",
        "What the error function lacks to 1."
    ),
    real!("exp", math::exp, "a number", "e to the power of x."),
    real!("exp2", math::exp2, "a number", "2 to the power of x."),
    real!(
        "expm1",
        math::expm1,
        "a number",
        "exp(x) - 1, exact for small x."
    ),
    real!(
        "gamma",
        math::gamma,
        "a noninteger or positive integer",
        "The gamma function."
    ),
    real!(
        "lgamma",
        math::lgamma,
        "a noninteger or positive integer",
        "The natural logarithm of the gamma function's magnitude."
    ),
    real!(
        "log1p",
        math::log1p,
        "argument value > -1",
        "The natural logarithm of 1 + x, exact for small x."
    ),
    real!(
        "sin",
        math::sin,
        "a finite input",
        "The sine of an angle in radians."
    ),
    real!("sinh", math::sinh, "a number", "The hyperbolic sine."),
    real!(
        "sqrt",
        math::sqrt,
        "a nonnegative input",
        "The square root."
    ),
    real!(
        "tan",
        math::tan,
        "a finite input",
        "The tangent of an angle in radians."
    ),
    real!("tanh", math::tanh, "a number", "The hyperbolic tangent."),
    function!(
        "fabs",
        "($module, x, /)",
        |_: &mut Vm, x: f64| x.abs(),
        "The magnitude, as a float."
    ),
    function!(
        "degrees",
        "($module, x, /)",
        |_: &mut Vm, x: f64| math::degrees(x),
        "An angle in radians, in degrees."
    ),
    function!(
        "radians",
        "($module, x, /)",
        |_: &mut Vm, x: f64| math::radians(x),
        "An angle in degrees, in radians."
    ),
    function!(
        "ulp",
        "($module, x, /)",
        |_: &mut Vm, x: f64| math::ulp(x),
        "The value of the last bit of a float."
    ),
    function!(
        "isfinite",
        "($module, x, /)",
        |_: &mut Vm, x: f64| x.is_finite(),
        "Whether a number is neither infinite nor a NaN."
    ),
    function!(
        "isinf",
        "($module, x, /)",
        |_: &mut Vm, x: f64| x.is_infinite(),
        "Whether a number is infinite."
    ),
    function!(
        "isnan",
        "($module, x, /)",
        |_: &mut Vm, x: f64| x.is_nan(),
        "Whether a number is a NaN."
    ),
    function!(
        "frexp",
        "($module, x, /)",
        |_: &mut Vm, x: f64| math::frexp(x),
        "Mantissa and exponent: x == m * 2**e, m from 0.5 up to 1."
    ),
    function!(
        "modf",
        "($module, x, /)",
        |_: &mut Vm, x: f64| math::modf(x),
        "Fractional and whole part, both with the sign of x."
    ),
    function!(
        "copysign",
        "($module, x, y, /)",
        |_: &mut Vm, x: f64, y: f64| x.copysign(y),
        "The magnitude of x with the sign of y."
    ),
    function!(
        "atan2",
        "($module, y, x, /)",
        |vm: &mut Vm, y: f64, x: f64| plain(vm, math::atan2(y, x)),
        "The angle of the point (x, y), in radians."
    ),
    function!(
        "fmod",
        "($module, x, y, /)",
        |vm: &mut Vm, x: f64, y: f64| plain(vm, math::fmod(x, y)),
        "What is left of x after taking y away, with the sign of x."
    ),
    function!(
        "remainder",
        "($module, x, y, /)",
        |vm: &mut Vm, x: f64, y: f64| plain(vm, math::remainder(x, y)),
        "The difference of x and the nearest multiple of y."
    ),
    function!(
        "pow",
        "($module, x, y, /)",
        |vm: &mut Vm, x: f64, y: f64| plain(vm, math::pow(x, y)),
        "x to the power of y, as floats."
    ),
    function!(
        "fma",
        "($module, x, y, z, /)",
        fma,
        "x * y + z, rounded once."
    ),
    function!("ldexp", "($module, x, i, /)", ldexp, "x * 2**i"),
    function!(
        "nextafter",
        "($module, x, y, /, *, steps=None)",
        nextafter,
        "The float that is steps floats after x on the way to y."
    ),
    function!(
        "isclose",
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        isclose,
        "Whether two numbers are nearly equal, relatively or absolutely."
    ),
    function!(
        "log",
        "(*args)",
        log,
        "The logarithm to a base, or the natural one."
    ),
    function!(
        "log2",
        "($module, x, /)",
        |vm: &mut Vm, x: PyRef| logarithm(vm, &x, f64::log2),
        "The logarithm to base 2."
    ),
    function!(
        "log10",
        "($module, x, /)",
        |vm: &mut Vm, x: PyRef| logarithm(vm, &x, f64::log10),
        "The logarithm to base 10."
    ),
    function!(
        "floor",
        "($module, x, /)",
        floor,
        "The greatest integer that is not above x."
    ),
    function!(
        "ceil",
        "($module, x, /)",
        ceil,
        "The least integer that is not below x."
    ),
    function!(
        "trunc",
        "($module, x, /)",
        trunc,
        "x without its fractional part."
    ),
    function!(
        "factorial",
        "($module, n, /)",
        integer::factorial,
        "The product of the integers from 1 to n."
    ),
    function!(
        "isqrt",
        "($module, n, /)",
        integer::isqrt,
        "The whole part of the square root of an integer."
    ),
    function!(
        "gcd",
        "($module, /, *integers)",
        integer::gcd,
        "The greatest common divisor."
    ),
    function!(
        "lcm",
        "($module, /, *integers)",
        integer::lcm,
        "The least common multiple."
    ),
    function!(
        "comb",
        "($module, n, k, /)",
        integer::comb,
        "In how many ways k of n things can be chosen."
    ),
    function!(
        "perm",
        "($module, n, k=None, /)",
        integer::perm,
        "In how many ways k of n things can be put in order."
    ),
    function!(
        "fsum",
        "($module, seq, /)",
        aggregate::fsum,
        "The sum of floats, rounded once."
    ),
    function!(
        "prod",
        "($module, iterable, /, *, start=1)",
        aggregate::prod,
        "The product of start and all that is in an iterable."
    ),
    function!(
        "sumprod",
        "($module, p, q, /)",
        aggregate::sumprod,
        "The sum of the products of the elements of two iterables."
    ),
    function!(
        "hypot",
        "($module, /, *coordinates)",
        aggregate::hypot,
        "The length of a vector."
    ),
    function!(
        "dist",
        "($module, p, q, /)",
        aggregate::dist,
        "The distance of two points."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    let constants = [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ];
    for (name, value) in constants {
        let value = vm.new_float(value)?;
        vm.add_attribute(module, name, value)?;
    }
    Ok(())
}

/// The exception for what a function says: outside of what it is defined for, or too large.
#[cold]
fn failure(vm: &Vm, error: Error, expected: impl FnOnce() -> String) -> PyErr {
    match error {
        Error::EDOM => vm.value_error(expected()),
        Error::ERANGE => vm.overflow_error("math range error"),
    }
}

fn plain(vm: &Vm, result: Result<f64, Error>) -> PyResult<f64> {
    result.map_err(|error| failure(vm, error, || "math domain error".to_owned()))
}

fn fma(vm: &mut Vm, x: f64, y: f64, z: f64) -> PyResult<f64> {
    let result = x.mul_add(y, z);
    if result.is_nan() && !(x.is_nan() || y.is_nan() || z.is_nan()) {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if result.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(vm.overflow_error("overflow in fma"));
    }
    Ok(result)
}

fn ldexp(vm: &mut Vm, x: f64, exponent: PyRef) -> PyResult<f64> {
    let Some(exponent) = exponent.downcast_ref::<PyInt>() else {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    match exponent
        .to_i64()
        .and_then(|exponent| i32::try_from(exponent).ok())
    {
        Some(exponent) => plain(vm, math::ldexp(x, exponent)),
        None if exponent.is_negative() => Ok(0.0_f64.copysign(x)),
        None => Err(failure(vm, Error::ERANGE, String::new)),
    }
}

fn nextafter(vm: &mut Vm, x: f64, y: f64, steps: Option<PyRef>) -> PyResult<f64> {
    let Some(steps) = steps.filter(|steps| !vm.is_none(steps)) else {
        return Ok(math::nextafter(x, y, None));
    };
    let steps = vm.index(&steps)?;
    if steps.is_negative() {
        return Err(vm.value_error("steps must be a non-negative integer"));
    }
    // More steps than there are floats lead to y as well.
    let steps = steps.to_bigint().to_u64().unwrap_or(u64::MAX);
    Ok(math::nextafter(x, y, Some(steps)))
}

fn isclose(
    vm: &mut Vm,
    a: f64,
    b: f64,
    rel_tol: Option<f64>,
    abs_tol: Option<f64>,
) -> PyResult<bool> {
    math::isclose(a, b, rel_tol, abs_tol)
        .map_err(|_| vm.value_error("tolerances must be non-negative"))
}

// ------------------------------------------------------------------------------------ logarithms

fn log(vm: &mut Vm, args: Rest) -> PyResult<f64> {
    let (x, base) = match args.0.as_slice() {
        [x] => (x, None),
        [x, base] => (x, Some(base)),
        [] => return Err(vm.type_error("log expected at least 1 argument, got 0")),
        more => {
            let given = more.len();
            return Err(vm.type_error(format!("log expected at most 2 arguments, got {given}")));
        }
    };
    let numerator = logarithm(vm, x, f64::ln)?;
    let Some(base) = base else {
        return Ok(numerator);
    };
    let denominator = logarithm(vm, base, f64::ln)?;
    if denominator == 0.0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    Ok(numerator / denominator)
}

/// The logarithm of a number; an integer may be beyond what floats reach.
fn logarithm(vm: &mut Vm, x: &PyRef, of_float: fn(f64) -> f64) -> PyResult<f64> {
    if let Some(int) = x.downcast_ref::<PyInt>() {
        if int.sign() <= 0 {
            return Err(vm.value_error("expected a positive input"));
        }
        return Ok(match int.to_f64() {
            Some(value) => of_float(value),
            None => {
                let (mantissa, exponent) = mantissa_and_exponent(&int.to_bigint());
                of_float(2.0).mul_add(exponent as f64, of_float(mantissa))
            }
        });
    }
    let value = vm.as_f64(x)?;
    if value <= 0.0 {
        let shown = float::text::repr(value);
        return Err(vm.value_error(format!("expected a positive input, got {shown}")));
    }
    Ok(of_float(value))
}

/// A positive integer as `m * 2**e`, with m from 0.5 up to 1, rounded to even.
fn mantissa_and_exponent(value: &BigInt) -> (f64, u64) {
    const KEPT_BITS: u64 = 64;
    let bits = value.bits();
    let cut = bits.saturating_sub(KEPT_BITS);
    let mut kept = value >> cut;
    if &kept << cut != *value {
        // What is cut away only tells on which side of a tie the rest lies.
        kept |= BigInt::one();
    }
    let mantissa = big::to_f64(&kept).unwrap_or(f64::INFINITY) / 2.0_f64.powi(KEPT_BITS as i32);
    if mantissa == 1.0 {
        (0.5, bits + 1)
    } else {
        (mantissa, bits)
    }
}

// -------------------------------------------------------------------------------------- rounding

/// What a special method of an object returns; `None` if there is no such method.
fn by_method(vm: &mut Vm, x: &PyRef, name: &str) -> PyResult<Option<PyRef>> {
    let name: Ref<PyStr> = vm.intern(name)?;
    vm.call_special(x, &name, &[])
}

fn floor(vm: &mut Vm, x: PyRef) -> PyResult {
    if let Some(value) = float_value(&x) {
        return whole(vm, value.floor());
    }
    match by_method(vm, &x, "__floor__")? {
        Some(rounded) => Ok(rounded),
        None => {
            let value = vm.as_f64(&x)?;
            whole(vm, value.floor())
        }
    }
}

fn ceil(vm: &mut Vm, x: PyRef) -> PyResult {
    if let Some(value) = float_value(&x) {
        return whole(vm, value.ceil());
    }
    match by_method(vm, &x, "__ceil__")? {
        Some(rounded) => Ok(rounded),
        None => {
            let value = vm.as_f64(&x)?;
            whole(vm, value.ceil())
        }
    }
}

fn trunc(vm: &mut Vm, x: PyRef) -> PyResult {
    if let Some(value) = float_value(&x) {
        return whole(vm, value);
    }
    match by_method(vm, &x, "__trunc__")? {
        Some(rounded) => Ok(rounded),
        None => Err(vm.type_error(format!(
            "type {} doesn't define __trunc__ method",
            vm.type_name(&x)
        ))),
    }
}
