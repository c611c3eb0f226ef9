//! `count`, `repeat` and `cycle`: iterators that need not end.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::protocol::number::BinaryOp;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::complex::PyComplex;
use exuvia_vm::types::int::{INT, PyInt};
use exuvia_vm::types::iterators::{LENGTH_HINT_DOC, itself};
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyRef, PyResult, Ref, Slot, Traverse, Vm, class_method, method};
use std::cell::Cell;

/// `count(start, step)`. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyCount {
    /// The next number, as long as it is counted in steps of one and has 64 bits.
    next: Cell<i64>,
    /// The next number otherwise.
    general: Slot,
    /// `None`: one, counted in `next`.
    step: Slot,
}

impl PyPayload for PyCount {
    const DEF: &'static TypeDef = &COUNT;
}

/// `itertools.count`
pub(super) static COUNT: TypeDef = TypeDef {
    class: Some(Class::of::<PyCount>),
    doc: "count(start=0, step=1)\n\nYields start, start + step, start + 2 * step and so on without end.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(count_repr),
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyCount>(this).step(vm).map(Some)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_COUNT, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.count")
};

static NEW_COUNT: Method = class_method!("count", "($type, start=0, step=1)", new_count, "");

fn new_count(
    vm: &mut Vm,
    ty: Ref<PyType>,
    start: Option<PyRef>,
    step: Option<PyRef>,
) -> PyResult<Ref<PyCount>> {
    if !start.iter().chain(&step).all(|given| is_number(vm, given)) {
        return Err(vm.type_error("a number is required"));
    }
    let start = start.map_or_else(|| vm.new_int(0), Ok)?;
    let plain_start = start
        .downcast_ref::<PyInt>()
        .filter(|_| vm.is_exactly(&start, &INT))
        .and_then(|start| start.to_i64());
    let payload = match plain_start {
        Some(next) if step.as_ref().is_none_or(is_one) => PyCount {
            next: Cell::new(next),
            general: Slot::empty(),
            step: Slot::empty(),
        },
        _ => PyCount {
            next: Cell::new(0),
            general: Slot::new(Some(start)),
            step: Slot::new(Some(step.map_or_else(|| vm.new_int(1), Ok)?)),
        },
    };
    vm.new_instance(&ty, payload)
}

fn is_one(step: &PyRef) -> bool {
    step.downcast_ref::<PyInt>()
        .is_some_and(|step| step.to_i64() == Some(1))
}

/// Whether an object can be made a number.
fn is_number(vm: &Vm, object: &PyRef) -> bool {
    let slots = vm.type_of(object).slots(vm);
    slots.index.is_some()
        || slots.int.is_some()
        || slots.float.is_some()
        || object.is_a::<PyComplex>()
}

impl PyCount {
    fn step(&self, vm: &mut Vm) -> PyResult {
        let Some(step) = self.step.get() else {
            let number = self.next.get();
            match number.checked_add(1) {
                Some(next) => self.next.set(next),
                None => {
                    let (this, one) = (vm.new_int(number)?, vm.new_int(1)?);
                    self.general
                        .set(Some(vm.binary_op(BinaryOp::Add, &this, &one)?));
                    self.step.set(Some(one));
                }
            }
            return vm.new_int(number);
        };
        let number = self.general.get().unwrap_or_else(|| vm.none());
        let next = vm.binary_op(BinaryOp::Add, &number, &step)?;
        self.general.set(Some(next));
        Ok(number)
    }
}

fn count_repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let count = receiver::<PyCount>(this);
    let name = vm.type_of(this).name_text();
    let step = count.step.get();
    let text = match (count.general.get(), step) {
        (Some(next), Some(step)) => {
            let next = vm.repr(&next)?;
            if is_one(&step) {
                format!("{name}({})", next.to_text())
            } else {
                let step = vm.repr(&step)?;
                format!("{name}({}, {})", next.to_text(), step.to_text())
            }
        }
        _ => format!("{name}({})", count.next.get()),
    };
    Ok(vm.new_str(&text)?.into_any())
}

/// `repeat(object, times)`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyRepeat {
    object: PyRef,
    /// How often it is still to come, or [`FOR_EVER`].
    #[traverse(skip)]
    left: Cell<isize>,
}

/// What [`PyRepeat::left`] is if there is no end.
const FOR_EVER: isize = -1;

impl PyPayload for PyRepeat {
    const DEF: &'static TypeDef = &REPEAT;
}

/// `itertools.repeat`
pub(super) static REPEAT: TypeDef = TypeDef {
    class: Some(Class::of::<PyRepeat>),
    doc: "repeat(object[, times])\n\nYields an object so many times, or without end.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(repeat_repr),
        iter: Some(itself),
        next: Some(|_, this| Ok(receiver::<PyRepeat>(this).step())),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_REPEAT, ty, args)),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__length_hint__",
        "($self, /)",
        repeat_length_hint,
        LENGTH_HINT_DOC
    )],
    ..TypeDef::new("itertools.repeat")
};

static NEW_REPEAT: Method = class_method!(
    "repeat",
    "($type, object, times=<unrepresentable>)",
    |vm: &mut Vm, ty: Ref<PyType>, object: PyRef, times: Option<isize>| {
        let left = Cell::new(times.map_or(FOR_EVER, |times| times.max(0)));
        vm.new_instance(&ty, PyRepeat { object, left })
    },
    ""
);

impl PyRepeat {
    fn step(&self) -> Option<PyRef> {
        match self.left.get() {
            0 => return None,
            FOR_EVER => {}
            left => self.left.set(left - 1),
        }
        Some(self.object.clone())
    }
}

fn repeat_length_hint(vm: &mut Vm, this: Ref<PyRepeat>) -> PyResult<usize> {
    usize::try_from(this.left.get()).map_err(|_| vm.type_error("len() of unsized object"))
}

fn repeat_repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let repeat = receiver::<PyRepeat>(this);
    let name = vm.type_of(this).name_text();
    let object = vm.repr(&repeat.object)?;
    let text = match repeat.left.get() {
        FOR_EVER => format!("{name}({})", object.to_text()),
        left => format!("{name}({}, {left})", object.to_text()),
    };
    Ok(vm.new_str(&text)?.into_any())
}

/// `cycle(iterable)`. 40 bytes, and a list of what was yielded.
#[derive(Debug, Traverse)]
pub struct PyCycle {
    /// Empty once the first round is over.
    iterator: Slot,
    saved: Ref<PyList>,
    index: Cell<usize>,
}

impl PyPayload for PyCycle {
    const DEF: &'static TypeDef = &CYCLE;
}

/// `itertools.cycle`
pub(super) static CYCLE: TypeDef = TypeDef {
    class: Some(Class::of::<PyCycle>),
    doc: "cycle(iterable, /)\n\nYields what an iterable yields, and then all of it again and again.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyCycle>(this).step(vm)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_CYCLE, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.cycle")
};

static NEW_CYCLE: Method = class_method!(
    "cycle",
    "($type, iterable, /)",
    |vm: &mut Vm, ty: Ref<PyType>, iterable: PyRef| {
        let payload = PyCycle {
            iterator: Slot::new(Some(vm.iter(&iterable)?)),
            saved: vm.new_list(Vec::new())?,
            index: Cell::new(0),
        };
        vm.new_instance(&ty, payload)
    },
    ""
);

impl PyCycle {
    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        if let Some(iterator) = self.iterator.get() {
            if let Some(item) = vm.next(&iterator)? {
                self.saved.push(vm, item.clone())?;
                return Ok(Some(item));
            }
            self.iterator.set(None);
        }
        let index = self.index.get();
        let Some(item) = self.saved.get(vm, index) else {
            return Ok(None);
        };
        self.index.set((index + 1) % self.saved.len(vm));
        Ok(Some(item))
    }
}
