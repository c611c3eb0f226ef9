//! `IsoCalendarDate`: what `isocalendar()` returns, a tuple whose items have names.

use super::arguments::Int;
use super::calendar::WeekDate;
use crate::{call_new_row, receiver};
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef};
use exuvia_vm::types::tuple::{PyTuple, TUPLE, TupleHead};
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Kind, PyRef, PyResult, Ref, Vm, method};

/// `datetime.IsoCalendarDate`
pub static ISO_CALENDAR_DATE: TypeDef = TypeDef {
    base: Some(&TUPLE),
    doc: "A day by year, week and weekday of ISO 8601.",
    slots: Slots {
        repr: Some(repr),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW, ty, args)),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__reduce__",
        "($self, /)",
        reduce,
        super::REDUCE_DOC
    )],
    getset: &[
        GetSet {
            name: "year",
            doc: "The year that the week belongs to.",
            get: |_, this| Ok(receiver::<PyTuple>(this)[0].clone()),
            set: None,
        },
        GetSet {
            name: "week",
            doc: "The number of the week, from 1 on.",
            get: |_, this| Ok(receiver::<PyTuple>(this)[1].clone()),
            set: None,
        },
        GetSet {
            name: "weekday",
            doc: "The day of the week: 1 for Monday.",
            get: |_, this| Ok(receiver::<PyTuple>(this)[2].clone()),
            set: None,
        },
    ],
    ..TypeDef::new("datetime.IsoCalendarDate")
};

static NEW: Method = method!(
    "IsoCalendarDate",
    "($type, year, week, weekday)",
    |vm: &mut Vm, ty: Ref<PyType>, year: Int, week: Int, weekday: Int| {
        make_of(vm, &ty, [year.0, week.0, weekday.0])
    },
    "A day by year, week and weekday."
);

fn make_of(vm: &Vm, ty: &Ref<PyType>, parts: [i32; 3]) -> PyResult {
    let [year, week, weekday] = parts;
    let items = [
        vm.new_int(year.into())?,
        vm.new_int(week.into())?,
        vm.new_int(weekday.into())?,
    ];
    let made: Ref<PyTuple> = vm.new_tail_instance(ty, Kind::Untracked, TupleHead, 3, items)?;
    Ok(made.into_any())
}

/// A day by week as Python sees it.
pub(super) fn make(vm: &Vm, day: WeekDate) -> PyResult {
    let class = vm.class(&ISO_CALENDAR_DATE);
    make_of(vm, class, [day.year, day.week, day.weekday])
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let class = vm.type_of(this).full_name();
    let mut parts = Vec::new();
    for (name, item) in ["year", "week", "weekday"]
        .iter()
        .zip(receiver::<PyTuple>(this).iter())
    {
        parts.push(format!("{name}={}", vm.repr(item)?.to_text()));
    }
    Ok(vm
        .new_str(&format!("{class}({})", parts.join(", ")))?
        .into_any())
}

/// A plain tuple: the class is not to be found under its name.
fn reduce(vm: &mut Vm, this: Ref<PyTuple>) -> PyResult {
    let plain = vm.new_tuple(&this)?.into_any();
    let args = vm.new_tuple(&[plain])?.into_any();
    let class = vm.class(&TUPLE).clone().into_any();
    Ok(vm.new_tuple(&[class, args])?.into_any())
}
