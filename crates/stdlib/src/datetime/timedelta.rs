//! `datetime.timedelta`: its layout, making one, and what Python sees besides arithmetic (`delta_arithmetic.rs`).

use super::clock::{DAYS_MAX, Delta, MICROSECONDS};
use super::delta_arithmetic as arithmetic;
use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::protocol::number::BinaryOp;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::float::PyFloat;
use exuvia_vm::types::int::{PyInt, big};
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Traverse, Vm, method};
use malachite_bigint::BigInt;
use num_traits::ToPrimitive;

/// A duration: 28 bytes.
#[derive(Debug, Traverse)]
pub struct PyTimeDelta {
    #[traverse(skip)]
    delta: Delta,
}

impl PyPayload for PyTimeDelta {
    const DEF: &'static TypeDef = &TIMEDELTA;
}

/// `datetime.timedelta`
pub static TIMEDELTA: TypeDef = TypeDef {
    class: Some(Class::of::<PyTimeDelta>),
    doc: "timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\nA duration, \
          to the microsecond. The arguments are whole numbers or floats of either sign, and are added up.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(repr),
        str: Some(|vm, this| Ok(vm.new_str(&text(delta(this)))?.into_any())),
        hash: Some(|vm, this| Ok(vm.hash_bytes(&delta(this).total().to_le_bytes()))),
        richcompare: Some(arithmetic::richcompare),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW, ty, args)),
        bool: Some(|_, this| Ok(delta(this) != Delta::ZERO)),
        add: Some(arithmetic::add),
        sub: Some(arithmetic::sub),
        mul: Some(arithmetic::mul),
        truediv: Some(arithmetic::truediv),
        floordiv: Some(arithmetic::floordiv),
        rem: Some(arithmetic::rem),
        divmod: Some(arithmetic::divmod),
        neg: Some(|vm, this| of_microseconds(vm, -delta(this).total())),
        pos: Some(|vm, this| make(vm, delta(this))),
        abs: Some(|vm, this| of_microseconds(vm, delta(this).total().abs())),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "total_seconds",
            "($self, /)",
            total_seconds,
            "The whole duration in seconds, a float."
        ),
        method!("__reduce__", "($self, /)", reduce, super::REDUCE_DOC),
    ],
    getset: &[
        GetSet {
            name: "days",
            doc: "Whole days, of either sign.",
            get: |vm, this| vm.new_int(delta(this).days().into()),
            set: None,
        },
        GetSet {
            name: "seconds",
            doc: "Whole seconds behind the days, from 0 to 86,399.",
            get: |vm, this| vm.new_int(delta(this).seconds().into()),
            set: None,
        },
        GetSet {
            name: "microseconds",
            doc: "Microseconds behind the seconds, from 0 to 999,999.",
            get: |vm, this| vm.new_int(delta(this).microseconds().into()),
            set: None,
        },
    ],
    ..TypeDef::new("datetime.timedelta")
};

static NEW: Method = method!(
    "__new__",
    "($type, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)",
    new,
    "A duration that is the sum of these."
);

/// The duration that an object of this payload is.
#[inline]
pub(super) fn delta(this: &PyRef) -> Delta {
    receiver::<PyTimeDelta>(this).delta
}

/// The duration that an object is, if it is one.
pub(super) fn as_delta(object: &PyRef) -> Option<Delta> {
    object
        .downcast_ref::<PyTimeDelta>()
        .map(|object| object.delta)
}

/// A plain timedelta.
pub(super) fn make(vm: &Vm, delta: Delta) -> PyResult {
    Ok(vm.new_object(PyTimeDelta { delta })?.into_any())
}

/// A plain timedelta of so many microseconds.
///
/// # Errors
/// `OverflowError` if these are too many.
pub(super) fn of_microseconds(vm: &Vm, total: i128) -> PyResult {
    let delta = Delta::of_microseconds(total).map_err(|days| too_long(vm, days))?;
    make(vm, delta)
}

/// As [`of_microseconds`], for any number.
pub(super) fn of_big(vm: &Vm, total: &BigInt) -> PyResult {
    match total.to_i128() {
        Some(total) => of_microseconds(vm, total),
        None => Err(too_long(vm, i128::MAX)),
    }
}

#[cold]
fn too_long(vm: &Vm, days: i128) -> PyErr {
    vm.overflow_error(match i32::try_from(days) {
        Ok(days) => format!("days={days}; must have magnitude <= {DAYS_MAX}"),
        Err(_) => "Python int too large to convert to C int".to_owned(),
    })
}

/// A sum of arguments, in microseconds.
#[derive(Debug, Default)]
struct Sum {
    /// What was added in counts of 64 bits: seven of them, in any unit, never overflow.
    small: i128,
    /// What was added in greater ones.
    large: BigInt,
    /// The parts of microseconds that floats left over.
    rest: f64,
}

impl Sum {
    /// Adds so many units of some microseconds each.
    fn add(&mut self, vm: &Vm, name: &str, count: &PyRef, unit: i64) -> PyResult<()> {
        if let Some(count) = count.downcast_ref::<PyInt>() {
            match count.to_i64() {
                Some(count) => self.small += i128::from(count) * i128::from(unit),
                None => self.large += count.to_bigint() * unit,
            }
            return Ok(());
        }
        let Some(count) = count.downcast_ref::<PyFloat>() else {
            let found = vm.type_name(count);
            return Err(vm.type_error(format!(
                "unsupported type for timedelta {name} component: {found}"
            )));
        };
        let count = count.value();
        if count.is_nan() {
            return Err(vm.value_error("cannot convert float NaN to integer"));
        }
        if count.is_infinite() {
            return Err(vm.overflow_error("cannot convert float infinity to integer"));
        }
        // What is behind the point is scaled apart, so that the digits before it cannot push it out.
        let scaled_fraction = count.fract() * unit as f64;
        self.large += big::from_f64(count.trunc()) * unit;
        self.small += scaled_fraction.trunc() as i128;
        self.rest += scaled_fraction.fract();
        Ok(())
    }

    /// The sum, rounded to the nearest whole number, halves to the even one; `None` if it has more than 128 bits.
    fn finish(self) -> Option<i128> {
        let mut whole = self.small;
        if self.large != BigInt::default() {
            whole = (self.large + whole).to_i128()?;
        }
        let mut rounded = self.rest.round();
        if (rounded - self.rest).abs() == 0.5 {
            // Which of the two neighbours is even depends on the whole part.
            let odd = (whole & 1) as f64;
            rounded = (self.rest + odd).round_ties_even() - odd;
        }
        whole.checked_add(rounded as i128)
    }
}

fn new(
    vm: &mut Vm,
    ty: Ref<PyType>,
    days: Option<PyRef>,
    seconds: Option<PyRef>,
    microseconds: Option<PyRef>,
    milliseconds: Option<PyRef>,
    minutes: Option<PyRef>,
    hours: Option<PyRef>,
    weeks: Option<PyRef>,
) -> PyResult {
    let mut sum = Sum::default();
    let parts = [
        ("microseconds", microseconds, 1),
        ("milliseconds", milliseconds, 1000),
        ("seconds", seconds, MICROSECONDS),
        ("minutes", minutes, 60 * MICROSECONDS),
        ("hours", hours, 3600 * MICROSECONDS),
        ("days", days, 86_400 * MICROSECONDS),
        ("weeks", weeks, 7 * 86_400 * MICROSECONDS),
    ];
    for (name, count, unit) in &parts {
        if let Some(count) = count {
            sum.add(vm, name, count, *unit)?;
        }
    }
    let delta = Delta::of_microseconds(sum.finish().unwrap_or(i128::MAX));
    let delta = delta.map_err(|days| too_long(vm, days))?;
    Ok(vm.new_instance(&ty, PyTimeDelta { delta })?.into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let delta = delta(this);
    let parts = [
        ("days", delta.days()),
        ("seconds", delta.seconds()),
        ("microseconds", delta.microseconds()),
    ];
    let parts = parts.iter().filter(|(_, value)| *value != 0);
    let mut shown: Vec<String> = parts
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if shown.is_empty() {
        shown.push("0".to_owned());
    }
    let class = vm.type_name(this);
    Ok(vm
        .new_str(&format!("{class}({})", shown.join(", ")))?
        .into_any())
}

/// As in '-1 day, 23:59:59.000001'.
fn text(delta: Delta) -> String {
    let (days, seconds) = (delta.days(), delta.seconds());
    let plural = if days.abs() == 1 { "" } else { "s" };
    let days = match days {
        0 => String::new(),
        days => format!("{days} day{plural}, "),
    };
    let fraction = match delta.microseconds() {
        0 => String::new(),
        microseconds => format!(".{microseconds:06}"),
    };
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{days}{hours}:{minutes:02}:{seconds:02}{fraction}")
}

/// A number of microseconds as a float of seconds, rounded once.
pub(super) fn as_seconds(vm: &mut Vm, microseconds: i128) -> PyResult {
    let (total, unit) = (
        vm.new_int_from_i128(microseconds)?,
        vm.new_int(MICROSECONDS)?,
    );
    vm.binary_op(BinaryOp::TrueDiv, &total, &unit)
}

fn total_seconds(vm: &mut Vm, this: Ref<PyTimeDelta>) -> PyResult {
    as_seconds(vm, this.delta.total())
}

fn reduce(vm: &mut Vm, this: Ref<PyTimeDelta>) -> PyResult {
    let delta = this.delta;
    let parts = [
        vm.new_int(delta.days().into())?,
        vm.new_int(delta.seconds().into())?,
        vm.new_int(delta.microseconds().into())?,
    ];
    let class = vm.type_of(&this).clone().into_any();
    let parts = vm.new_tuple(&parts)?.into_any();
    Ok(vm.new_tuple(&[class, parts])?.into_any())
}
