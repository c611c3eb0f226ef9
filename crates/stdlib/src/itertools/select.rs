//! `compress`, `dropwhile`, `takewhile`, `filterfalse` and `islice`: some of what an iterable yields.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::bool_::BOOL;
use exuvia_vm::types::iterators::itself;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm, class_method};
use std::cell::Cell;

/// `compress(data, selectors)`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyCompress {
    data: PyRef,
    selectors: PyRef,
}

impl PyPayload for PyCompress {
    const DEF: &'static TypeDef = &COMPRESS;
}

/// `itertools.compress`
pub(super) static COMPRESS: TypeDef = TypeDef {
    class: Some(Class::of::<PyCompress>),
    doc: "compress(data, selectors)\n\nYields the data whose selector is true.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| {
            let this = receiver::<PyCompress>(this);
            loop {
                let Some(datum) = vm.next(&this.data)? else {
                    return Ok(None);
                };
                let Some(selector) = vm.next(&this.selectors)? else {
                    return Ok(None);
                };
                if vm.is_true(&selector)? {
                    return Ok(Some(datum));
                }
            }
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_COMPRESS, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.compress")
};

static NEW_COMPRESS: Method = class_method!(
    "compress",
    "($type, data, selectors)",
    |vm: &mut Vm, ty: Ref<PyType>, data: PyRef, selectors: PyRef| {
        let (data, selectors) = (vm.iter(&data)?, vm.iter(&selectors)?);
        vm.new_instance(&ty, PyCompress { data, selectors })
    },
    ""
);

/// A predicate and an iterator: `dropwhile`, `takewhile` or `filterfalse`, as the type says. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyWhile {
    predicate: PyRef,
    iterator: PyRef,
    /// Whether the predicate has decided for all that comes.
    is_decided: Cell<bool>,
}

impl PyPayload for PyWhile {
    const DEF: &'static TypeDef = &DROPWHILE;
}

impl PyWhile {
    fn new(vm: &mut Vm, ty: Ref<PyType>, predicate: PyRef, iterable: PyRef) -> PyResult<Ref<Self>> {
        let payload = Self {
            predicate,
            iterator: vm.iter(&iterable)?,
            is_decided: Cell::new(false),
        };
        vm.new_instance(&ty, payload)
    }

    fn holds(&self, vm: &mut Vm, item: &PyRef) -> PyResult<bool> {
        let answer = vm.call_positional(&self.predicate, std::slice::from_ref(item))?;
        vm.is_true(&answer)
    }
}

/// `itertools.dropwhile`
pub(super) static DROPWHILE: TypeDef = TypeDef {
    class: Some(Class::of::<PyWhile>),
    doc: "dropwhile(predicate, iterable, /)\n\nYields what an iterable yields from the first item on for which the \
          predicate is false.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| {
            let this = receiver::<PyWhile>(this);
            while let Some(item) = vm.next(&this.iterator)? {
                if this.is_decided.get() || !this.holds(vm, &item)? {
                    this.is_decided.set(true);
                    return Ok(Some(item));
                }
            }
            Ok(None)
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_DROPWHILE, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.dropwhile")
};

static NEW_DROPWHILE: Method = class_method!(
    "dropwhile",
    "($type, predicate, iterable, /)",
    PyWhile::new,
    ""
);

/// `itertools.takewhile`
pub(super) static TAKEWHILE: TypeDef = TypeDef {
    class: Some(Class::of::<PyWhile>),
    doc: "takewhile(predicate, iterable, /)\n\nYields what an iterable yields up to the first item for which the \
          predicate is false.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| {
            let this = receiver::<PyWhile>(this);
            if this.is_decided.get() {
                return Ok(None);
            }
            let Some(item) = vm.next(&this.iterator)? else {
                return Ok(None);
            };
            if this.holds(vm, &item)? {
                return Ok(Some(item));
            }
            this.is_decided.set(true);
            Ok(None)
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_TAKEWHILE, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.takewhile")
};

static NEW_TAKEWHILE: Method = class_method!(
    "takewhile",
    "($type, predicate, iterable, /)",
    PyWhile::new,
    ""
);

/// `itertools.filterfalse`
pub(super) static FILTERFALSE: TypeDef = TypeDef {
    class: Some(Class::of::<PyWhile>),
    doc: "filterfalse(function, iterable, /)\n\nYields the items for which the function is false; for None, those that \
          are false.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| {
            let this = receiver::<PyWhile>(this);
            let asks_item = vm.is_none(&this.predicate) || this.predicate.is(vm.class(&BOOL));
            while let Some(item) = vm.next(&this.iterator)? {
                let is_true = if asks_item {
                    vm.is_true(&item)?
                } else {
                    this.holds(vm, &item)?
                };
                if !is_true {
                    return Ok(Some(item));
                }
            }
            Ok(None)
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_FILTERFALSE, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.filterfalse")
};

static NEW_FILTERFALSE: Method = class_method!(
    "filterfalse",
    "($type, function, iterable, /)",
    PyWhile::new,
    ""
);

/// `islice(iterable, start, stop, step)`. 56 bytes.
#[derive(Debug, Traverse)]
pub struct PyISlice {
    /// Empty at the end.
    iterator: Slot,
    /// How many items were taken from the iterator.
    taken: Cell<usize>,
    /// The index of the item to yield next.
    next: Cell<usize>,
    /// The index to stop at; `usize::MAX`: none.
    stop: usize,
    step: usize,
}

impl PyPayload for PyISlice {
    const DEF: &'static TypeDef = &ISLICE;
}

/// `itertools.islice`
pub(super) static ISLICE: TypeDef = TypeDef {
    class: Some(Class::of::<PyISlice>),
    doc: "islice(iterable, stop)\nislice(iterable, start, stop[, step])\n\nYields the items that a slice of a sequence \
          would have.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyISlice>(this).step(vm)),
        new: Some(new_islice),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.islice")
};

fn new_islice(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() && ty.is(vm.class(&ISLICE)) {
        return Err(vm.type_error("islice() takes no keyword arguments"));
    }
    let (iterable, start, stop, step) = match args.positionals() {
        [iterable, stop] => (iterable, None, stop, None),
        [iterable, start, stop] => (iterable, Some(start), stop, None),
        [iterable, start, stop, step] => (iterable, Some(start), stop, Some(step)),
        given => {
            let (bound, expected) = if given.len() < 2 {
                ("at least", 2)
            } else {
                ("at most", 4)
            };
            return Err(vm.type_error(format!(
                "islice expected {bound} {expected} arguments, got {}",
                given.len()
            )));
        }
    };
    let limits = "must be None or an integer: 0 <= x <= sys.maxsize.";
    let indices = |vm: &Vm| vm.value_error(format!("Indices for islice() {limits}"));
    let start = match start.filter(|start| !vm.is_none(start)) {
        None => 0,
        Some(start) => index_of(vm, start)?.ok_or_else(|| indices(vm))?,
    };
    let stop = if vm.is_none(stop) {
        usize::MAX
    } else {
        let stop = index_of(vm, stop)?;
        stop.ok_or_else(|| vm.value_error(format!("Stop argument for islice() {limits}")))?
    };
    let step = match step.filter(|step| !vm.is_none(step)) {
        None => 1,
        Some(step) => index_of(vm, step)?
            .filter(|&step| step > 0)
            .ok_or_else(|| {
                vm.value_error("Step for islice() must be a positive integer or None.")
            })?,
    };
    let payload = PyISlice {
        iterator: Slot::new(Some(vm.iter(iterable)?)),
        taken: Cell::new(0),
        next: Cell::new(start),
        stop,
        step,
    };
    Ok(vm.new_instance(ty, payload)?.into_any())
}

/// An index from 0 up to the largest that a sequence can have; `None` for anything else.
fn index_of(vm: &mut Vm, object: &PyRef) -> PyResult<Option<usize>> {
    match vm.index(object) {
        Ok(index) => Ok(index.to_i64().and_then(|index| usize::try_from(index).ok())),
        Err(PyErr::OutOfMemory) => Err(PyErr::OutOfMemory),
        Err(_) => Ok(None),
    }
}

impl PyISlice {
    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let Some(iterator) = self.iterator.get() else {
            return Ok(None);
        };
        while self.taken.get() < self.next.get() {
            if vm.next(&iterator)?.is_none() {
                self.iterator.set(None);
                return Ok(None);
            }
            self.taken.set(self.taken.get() + 1);
        }
        if self.taken.get() >= self.stop {
            self.iterator.set(None);
            return Ok(None);
        }
        let item = vm.next(&iterator)?;
        if item.is_none() {
            self.iterator.set(None);
        }
        self.taken.set(self.taken.get() + 1);
        let next = self.next.get().saturating_add(self.step);
        self.next.set(next.min(self.stop));
        Ok(item)
    }
}
