//! `cmath`: functions of complex numbers.

use exuvia_vm::table::{ArgInfo, FromArg, IntoPy, Method};
use exuvia_vm::types::complex::new::from_number;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm, function};
use num_complex::Complex64;
use pymath::{Error, cmath};

/// An argument that is a complex number, or can be made one.
struct Number(Complex64);

impl FromArg for Number {
    fn from_arg(vm: &mut Vm, arg: Option<&PyRef>, info: ArgInfo) -> PyResult<Self> {
        let Some(arg) = arg else {
            return Err(vm.type_error(format!("{}() lacks an argument", info.method.name)));
        };
        let value = from_number(vm, arg)?;
        Ok(Self(Complex64::new(value.re, value.im)))
    }
}

impl IntoPy for Number {
    fn into_py(self, vm: &Vm) -> PyResult {
        vm.new_complex(self.0.re, self.0.im)
    }
}

/// A row for a function from complex numbers to complex numbers.
macro_rules! complex {
    ($name:literal, $function:path, $doc:literal) => {
        function!(
            $name,
            "($module, z, /)",
            |vm: &mut Vm, z: Number| match $function(z.0) {
                Ok(value) => Ok(Number(value)),
                Err(error) => Err(failure(vm, error)),
            },
            $doc
        )
    };
}

static FUNCTIONS: &[Method] = &[
    complex!("acos", cmath::acos, "The arc cosine."),
    complex!("acosh", cmath::acosh, "The inverse hyperbolic cosine."),
    complex!("asin", cmath::asin, "The arc sine."),
    complex!("asinh", cmath::asinh, "The inverse hyperbolic sine."),
    complex!("atan", cmath::atan, "The arc tangent."),
    complex!("atanh", cmath::atanh, "The inverse hyperbolic tangent."),
    complex!("cos", cmath::cos, "The cosine."),
    complex!("cosh", cmath::cosh, "The hyperbolic cosine."),
    complex!("exp", cmath::exp, "e to the power of z."),
    complex!("log10", cmath::log10, "The logarithm to base 10."),
    complex!("sin", cmath::sin, "The sine."),
    complex!("sinh", cmath::sinh, "The hyperbolic sine."),
    complex!("sqrt", cmath::sqrt, "The square root."),
    complex!("tan", cmath::tan, "The tangent."),
    complex!("tanh", cmath::tanh, "The hyperbolic tangent."),
    function!(
        "log",
        "($module, z, base=<unrepresentable>, /)",
        log,
        "The logarithm to a base, or the natural one."
    ),
    function!(
        "phase",
        "($module, z, /)",
        |vm: &mut Vm, z: Number| cmath::phase(z.0).map_err(|error| failure(vm, error)),
        "The angle of a complex number, in radians."
    ),
    function!(
        "polar",
        "($module, z, /)",
        |vm: &mut Vm, z: Number| cmath::polar(z.0).map_err(|error| failure(vm, error)),
        "Magnitude and angle of a complex number."
    ),
    function!(
        "rect",
        "($module, r, phi, /)",
        |vm: &mut Vm, r: f64, phi: f64| match cmath::rect(r, phi) {
            Ok(value) => Ok(Number(value)),
            Err(error) => Err(failure(vm, error)),
        },
        "The complex number of a magnitude and an angle."
    ),
    function!(
        "isfinite",
        "($module, z, /)",
        |_: &mut Vm, z: Number| cmath::isfinite(z.0),
        "Whether both parts are finite."
    ),
    function!(
        "isinf",
        "($module, z, /)",
        |_: &mut Vm, z: Number| cmath::isinf(z.0),
        "Whether a part is infinite."
    ),
    function!(
        "isnan",
        "($module, z, /)",
        |_: &mut Vm, z: Number| cmath::isnan(z.0),
        "Whether a part is a NaN."
    ),
    function!(
        "isclose",
        "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        isclose,
        "Whether two numbers are nearly equal, relatively or absolutely."
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
    for (name, value) in [("infj", f64::INFINITY), ("nanj", f64::NAN)] {
        let value = vm.new_complex(0.0, value)?;
        vm.add_attribute(module, name, value)?;
    }
    Ok(())
}

#[cold]
fn failure(vm: &Vm, error: Error) -> PyErr {
    match error {
        Error::EDOM => vm.value_error("math domain error"),
        Error::ERANGE => vm.overflow_error("math range error"),
    }
}

fn log(vm: &mut Vm, z: Number, base: Option<Number>) -> PyResult<Number> {
    match cmath::log(z.0, base.map(|base| base.0)) {
        Ok(value) => Ok(Number(value)),
        Err(error) => Err(failure(vm, error)),
    }
}

fn isclose(
    vm: &mut Vm,
    a: Number,
    b: Number,
    rel_tol: Option<f64>,
    abs_tol: Option<f64>,
) -> PyResult<bool> {
    cmath::isclose(a.0, b.0, rel_tol, abs_tol)
        .map_err(|_| vm.value_error("tolerances must be non-negative"))
}
