//! `datetime.timezone`: zones whose offset never changes.

use super::State;
use super::arguments::type_or_none;
use super::date_time::{self, PyDateTime};
use super::format::offset_text;
use super::timedelta::{PyTimeDelta, as_delta};
use super::tzinfo::{TZINFO, not_an_offset, own_datetime};
use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{CompareOp, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::tuple::kind_for;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyRef, PyResult, Ref, Traverse, Vm, method};

/// A fixed offset, and perhaps a name: 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyTimezone {
    /// A timedelta of less than a day.
    offset: PyRef,
    name: Option<Ref<PyStr>>,
}

impl PyPayload for PyTimezone {
    const DEF: &'static TypeDef = &TIMEZONE;
}

/// `datetime.timezone`
pub static TIMEZONE: TypeDef = TypeDef {
    base: Some(&TZINFO),
    class: Some(Class::of::<PyTimezone>),
    doc: "timezone(offset[, name])\n\nA time zone whose offset from UTC never changes.",
    slots: Slots {
        repr: Some(repr),
        str: Some(|vm, this| receiver::<PyTimezone>(this).shown_name(vm)),
        hash: Some(|vm, this| {
            let offset = receiver::<PyTimezone>(this).offset.clone();
            vm.hash(&offset)
        }),
        richcompare: Some(richcompare),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW, ty, args)),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "tzname",
            "($self, dt, /)",
            |vm: &mut Vm, this: Ref<PyTimezone>, dt: PyRef| {
                check_datetime(vm, &dt, "tzname")?;
                this.shown_name(vm)
            },
            "The name given, or one made of the offset."
        ),
        method!(
            "utcoffset",
            "($self, dt, /)",
            |vm: &mut Vm, this: Ref<PyTimezone>, dt: PyRef| {
                check_datetime(vm, &dt, "utcoffset")?;
                PyResult::Ok(this.offset.clone())
            },
            "The offset from UTC."
        ),
        method!(
            "dst",
            "($self, dt, /)",
            |vm: &mut Vm, _: Ref<PyTimezone>, dt: PyRef| check_datetime(vm, &dt, "dst"),
            "None: there is no summer time."
        ),
        method!(
            "fromutc",
            "($self, dt, /)",
            |vm: &mut Vm, this: Ref<PyTimezone>, dt: PyRef| {
                own_datetime(vm, this.as_any(), &dt)?;
                date_time::shifted(vm, &dt, this.microseconds().into())
            },
            "The local time of a datetime that has this zone but shows UTC."
        ),
        method!(
            "__getinitargs__",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyTimezone>| {
                let name = this.name.clone().map(Ref::into_any);
                let args: Vec<PyRef> = [Some(this.offset.clone()), name]
                    .into_iter()
                    .flatten()
                    .collect();
                vm.new_tuple(&args)
            },
            "The arguments that make this zone again, for pickle."
        ),
    ],
    flags: TypeFlags::NONE,
    ..TypeDef::new("datetime.timezone")
};

static NEW: Method = method!(
    "timezone",
    "($type, offset, name=<unrepresentable>)",
    new,
    "A zone with a fixed offset."
);

impl PyTimezone {
    /// The offset, a timedelta.
    pub(super) fn offset(&self) -> &PyRef {
        &self.offset
    }

    /// The offset in microseconds.
    pub(super) fn microseconds(&self) -> i64 {
        let offset = as_delta(&self.offset).and_then(super::clock::Delta::as_offset);
        offset.expect("the constructor checked the offset")
    }

    /// The name given, or one made of the offset.
    fn shown_name(&self, vm: &Vm) -> PyResult {
        if let Some(name) = &self.name {
            return Ok(name.clone().into_any());
        }
        let name = match self.microseconds() {
            0 => "UTC".to_owned(),
            offset => format!("UTC{}", offset_text(offset, ":")),
        };
        Ok(vm.new_str(&name)?.into_any())
    }
}

/// A zone without a look at its offset.
fn make(vm: &Vm, offset: PyRef, name: Option<Ref<PyStr>>) -> PyResult {
    // A plain duration and a plain string are never in a cycle; of derived classes there is no telling.
    let held = [Some(&offset), name.as_ref().map(Ref::as_any)];
    let held: Vec<PyRef> = held.into_iter().flatten().cloned().collect();
    let zone = vm.new_object_in(kind_for(&held), PyTimezone { offset, name })?;
    Ok(zone.into_any())
}

/// `timezone.utc`, one per runtime.
pub(super) fn utc(vm: &mut Vm) -> PyResult {
    if let Some(utc) = &vm.extensions.get::<State>().utc {
        return Ok(utc.clone());
    }
    let offset = super::tzinfo::offset_object(vm, 0)?;
    let utc = make(vm, offset, None)?;
    vm.extensions.get::<State>().utc = Some(utc.clone());
    Ok(utc)
}

/// The zone with an offset, which is a timedelta; without a name that of UTC is always the same.
///
/// # Errors
/// `ValueError` if the offset is a day or more.
pub(super) fn of_offset(vm: &mut Vm, offset: PyRef, name: Option<Ref<PyStr>>) -> PyResult {
    match as_delta(&offset).and_then(super::clock::Delta::as_offset) {
        None => Err(not_an_offset(vm, &offset)),
        Some(0) if name.is_none() => utc(vm),
        Some(_) => make(vm, offset, name),
    }
}

fn new(vm: &mut Vm, _: Ref<PyType>, offset: PyRef, name: Option<PyRef>) -> PyResult {
    let wrong = |vm: &Vm, position: i32, wanted: &str, found: &PyRef| {
        let found = type_or_none(vm, found);
        vm.type_error(format!(
            "timezone() argument {position} must be {wanted}, not {found}"
        ))
    };
    if !offset.is_a::<PyTimeDelta>() {
        return Err(wrong(vm, 1, "datetime.timedelta", &offset));
    }
    let name = match &name {
        None => None,
        Some(name) => match name.downcast_ref::<PyStr>() {
            Some(name) => Some(name.clone()),
            None => return Err(wrong(vm, 2, "str", name)),
        },
    };
    of_offset(vm, offset, name)
}

/// Refuses arguments of the methods that are neither a datetime nor `None`.
fn check_datetime(vm: &Vm, dt: &PyRef, method: &str) -> PyResult<()> {
    if vm.is_none(dt) || dt.is_a::<PyDateTime>() {
        return Ok(());
    }
    let found = vm.type_name(dt);
    Err(vm.type_error(format!(
        "{method}(dt) argument must be a datetime instance or None, not {found}"
    )))
}

fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    let (Some(left), Some(right)) = (
        left.downcast_ref::<PyTimezone>(),
        right.downcast_ref::<PyTimezone>(),
    ) else {
        return Ok(vm.not_implemented());
    };
    let is_equal = left.microseconds() == right.microseconds();
    Ok(match op {
        CompareOp::Eq => vm.new_bool(is_equal),
        CompareOp::Ne => vm.new_bool(!is_equal),
        _ => vm.not_implemented(),
    })
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let zone = receiver::<PyTimezone>(this).clone();
    if this.is(&utc(vm)?) {
        return Ok(vm.new_str("datetime.timezone.utc")?.into_any());
    }
    let offset = vm.repr(&zone.offset)?;
    let class = vm.type_of(this).full_name();
    let text = match &zone.name {
        None => format!("{class}({})", offset.to_text()),
        Some(name) => {
            let name = vm.repr(name.as_any())?;
            // The repr of a string may hold what UTF-8 cannot, so that the text is put together as strings.
            let mut text = exuvia_vm::types::str::StrBuilder::new();
            text.push_str(vm, &format!("{class}({}, ", offset.to_text()))?;
            text.push(vm, &name)?;
            text.push_str(vm, ")")?;
            return Ok(text.finish(vm)?.into_any());
        }
    };
    Ok(vm.new_str(&text)?.into_any())
}
