//! Complex numbers as pairs of floats, and their arithmetic. Pure.
//!
//! Products and quotients of infinities follow Annex G of the C standard, as Python's do since 3.14; an operand
//! that is real stays real, so that no zero of an imaginary part spoils a sign.

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complex {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

/// An operand: a real number is not the same as a complex one without an imaginary part.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    /// A float or an int.
    Real(f64),
    /// A complex number.
    Complex(Complex),
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A division by zero.
    Domain,
    /// A result beyond the floats.
    Range,
}

/// Up to here, whole exponents are multiplied out.
const EXPONENT_MAX: f64 = 100.0;

impl From<f64> for Complex {
    fn from(re: f64) -> Self {
        Self { re, im: 0.0 }
    }
}

impl Operand {
    /// The number with an imaginary part.
    pub fn widened(self) -> Complex {
        match self {
            Self::Real(re) => re.into(),
            Self::Complex(value) => value,
        }
    }
}

/// `left + right`
pub fn add(left: Operand, right: Operand) -> Complex {
    match (left, right) {
        (Operand::Real(re), Operand::Complex(value))
        | (Operand::Complex(value), Operand::Real(re)) => Complex {
            re: re + value.re,
            im: value.im,
        },
        (left, right) => {
            let (left, right) = (left.widened(), right.widened());
            Complex {
                re: left.re + right.re,
                im: left.im + right.im,
            }
        }
    }
}

/// `left - right`
pub fn sub(left: Operand, right: Operand) -> Complex {
    match (left, right) {
        (Operand::Real(re), Operand::Complex(value)) => Complex {
            re: re - value.re,
            im: -value.im,
        },
        (Operand::Complex(value), Operand::Real(re)) => Complex {
            re: value.re - re,
            im: value.im,
        },
        (left, right) => {
            let (left, right) = (left.widened(), right.widened());
            Complex {
                re: left.re - right.re,
                im: left.im - right.im,
            }
        }
    }
}

/// `left * right`
pub fn mul(left: Operand, right: Operand) -> Complex {
    match (left, right) {
        (Operand::Real(factor), Operand::Complex(value))
        | (Operand::Complex(value), Operand::Real(factor)) => Complex {
            re: value.re * factor,
            im: value.im * factor,
        },
        (left, right) => product(left.widened(), right.widened()),
    }
}

fn product(left: Complex, right: Complex) -> Complex {
    let (ac, bd) = (left.re * right.re, left.im * right.im);
    let (ad, bc) = (left.re * right.im, left.im * right.re);
    let plain = Complex {
        re: ac - bd,
        im: ad + bc,
    };
    if plain.re.is_nan() && plain.im.is_nan() {
        recovered_product(left, right, [ac, bd, ad, bc]).unwrap_or(plain)
    } else {
        plain
    }
}

/// The product of infinities whose parts came out as NaN; `None` if it is one.
fn recovered_product(mut left: Complex, mut right: Complex, partial: [f64; 4]) -> Option<Complex> {
    let zero_nans = |value: &mut Complex| {
        for part in [&mut value.re, &mut value.im] {
            if part.is_nan() {
                *part = 0.0_f64.copysign(*part);
            }
        }
    };
    let mut is_infinite = false;
    if left.is_infinite() {
        left = left.direction();
        zero_nans(&mut right);
        is_infinite = true;
    }
    if right.is_infinite() {
        right = right.direction();
        zero_nans(&mut left);
        is_infinite = true;
    }
    if !is_infinite && partial.iter().any(|part| part.is_infinite()) {
        zero_nans(&mut left);
        zero_nans(&mut right);
        is_infinite = true;
    }
    is_infinite.then_some(Complex {
        re: f64::INFINITY * (left.re * right.re - left.im * right.im),
        im: f64::INFINITY * (left.re * right.im + left.im * right.re),
    })
}

impl Complex {
    fn is_infinite(self) -> bool {
        self.re.is_infinite() || self.im.is_infinite()
    }

    fn is_finite(self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }

    /// Infinite parts as ones, finite parts as zeros, with their signs.
    fn direction(self) -> Self {
        let part = |value: f64| if value.is_infinite() { 1.0_f64 } else { 0.0 }.copysign(value);
        Self {
            re: part(self.re),
            im: part(self.im),
        }
    }

    /// Both parts negated.
    pub fn negated(self) -> Self {
        Self {
            re: -self.re,
            im: -self.im,
        }
    }

    /// The distance from zero.
    ///
    /// # Errors
    /// `Range` if that is beyond the floats.
    pub fn magnitude(self) -> Result<f64, Failure> {
        let magnitude = self.re.hypot(self.im);
        if magnitude.is_infinite() && self.is_finite() {
            Err(Failure::Range)
        } else {
            Ok(magnitude)
        }
    }
}

/// `left / right`
///
/// # Errors
/// `Domain` for a divisor of zero.
pub fn div(left: Operand, right: Operand) -> Result<Complex, Failure> {
    match (left, right) {
        (_, Operand::Real(0.0)) => Err(Failure::Domain),
        (Operand::Complex(left), Operand::Real(right)) => Ok(Complex {
            re: left.re / right,
            im: left.im / right,
        }),
        (Operand::Real(left), Operand::Complex(right)) => real_quotient(left, right),
        (left, right) => quotient(left.widened(), right.widened()),
    }
}

/// The divisor scaled by its greater part, so that its square neither overflows nor vanishes (Smith's method).
enum Scaled {
    /// The ratio of imaginary to real part, and the divisor by which both parts are then divided.
    ByReal(f64, f64),
    /// The ratio of real to imaginary part, and the same.
    ByImaginary(f64, f64),
    /// A part is a NaN.
    Undefined,
}

fn scaled(divisor: Complex) -> Result<Scaled, Failure> {
    let (re, im) = (divisor.re.abs(), divisor.im.abs());
    if re >= im {
        if re == 0.0 {
            return Err(Failure::Domain);
        }
        let ratio = divisor.im / divisor.re;
        Ok(Scaled::ByReal(ratio, divisor.re + divisor.im * ratio))
    } else if im >= re {
        let ratio = divisor.re / divisor.im;
        Ok(Scaled::ByImaginary(ratio, divisor.re * ratio + divisor.im))
    } else {
        Ok(Scaled::Undefined)
    }
}

fn quotient(left: Complex, right: Complex) -> Result<Complex, Failure> {
    let plain = match scaled(right)? {
        Scaled::ByReal(ratio, by) => Complex {
            re: (left.re + left.im * ratio) / by,
            im: (left.im - left.re * ratio) / by,
        },
        Scaled::ByImaginary(ratio, by) => Complex {
            re: (left.re * ratio + left.im) / by,
            im: (left.im * ratio - left.re) / by,
        },
        Scaled::Undefined => Complex {
            re: f64::NAN,
            im: f64::NAN,
        },
    };
    if !plain.re.is_nan() || !plain.im.is_nan() {
        return Ok(plain);
    }
    // Infinity by a finite number, or a finite number by infinity.
    let (from, by, scale) = if left.is_infinite() && right.is_finite() {
        (left.direction(), right, f64::INFINITY)
    } else if right.is_infinite() && left.is_finite() {
        (left, right.direction(), 0.0)
    } else {
        return Ok(plain);
    };
    Ok(Complex {
        re: scale * (from.re * by.re + from.im * by.im),
        im: scale * (from.im * by.re - from.re * by.im),
    })
}

fn real_quotient(left: f64, right: Complex) -> Result<Complex, Failure> {
    let plain = match scaled(right)? {
        Scaled::ByReal(ratio, by) => Complex {
            re: left / by,
            im: (-left * ratio) / by,
        },
        Scaled::ByImaginary(ratio, by) => Complex {
            re: (left * ratio) / by,
            im: -left / by,
        },
        Scaled::Undefined => Complex {
            re: f64::NAN,
            im: f64::NAN,
        },
    };
    if plain.re.is_nan() && plain.im.is_nan() && left.is_finite() && right.is_infinite() {
        let by = right.direction();
        return Ok(Complex {
            re: 0.0 * (left * by.re),
            im: 0.0 * (-left * by.im),
        });
    }
    Ok(plain)
}

/// `base ** exponent`
///
/// # Errors
/// `Domain` for zero to a negative or complex power, `Range` for a result beyond the floats.
pub fn power(base: Complex, exponent: Complex) -> Result<Complex, Failure> {
    if exponent.re == 0.0 && exponent.im == 0.0 {
        return Ok(1.0.into());
    }
    let is_whole = exponent.im == 0.0 && exponent.re == exponent.re.floor();
    let power = if is_whole && exponent.re.abs() <= EXPONENT_MAX {
        let power = whole_power(base, exponent.re.abs() as u32);
        if exponent.re > 0.0 {
            power
        } else {
            quotient(1.0.into(), power)?
        }
    } else {
        polar_power(base, exponent)?
    };
    if power.is_infinite() {
        Err(Failure::Range)
    } else {
        Ok(power)
    }
}

/// A power by repeated squaring.
fn whole_power(base: Complex, count: u32) -> Complex {
    let (mut power, mut square, mut mask) = (Complex::from(1.0), base, 1);
    while mask <= count {
        if count & mask != 0 {
            power = product(power, square);
        }
        mask <<= 1;
        square = product(square, square);
    }
    power
}

/// A power by way of length and angle.
fn polar_power(base: Complex, exponent: Complex) -> Result<Complex, Failure> {
    if base.re == 0.0 && base.im == 0.0 {
        let is_undefined = exponent.im != 0.0 || exponent.re < 0.0;
        return if is_undefined {
            Err(Failure::Domain)
        } else {
            Ok(0.0.into())
        };
    }
    let length = base.re.hypot(base.im);
    let angle = base.im.atan2(base.re);
    let (mut new_length, mut new_angle) = (length.powf(exponent.re), angle * exponent.re);
    if exponent.im != 0.0 {
        new_length *= (-angle * exponent.im).exp();
        new_angle += exponent.im * length.ln();
    }
    if new_angle.is_infinite() {
        // An infinite angle points nowhere.
        return Err(Failure::Domain);
    }
    Ok(Complex {
        re: new_length * new_angle.cos(),
        im: new_length * new_angle.sin(),
    })
}
