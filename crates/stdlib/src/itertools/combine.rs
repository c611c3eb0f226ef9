//! `chain`, `zip_longest`, `pairwise`, `batched`, `starmap` and `accumulate`: what comes of items put together.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::protocol::number::BinaryOp;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::generic_alias::class_getitem;
use exuvia_vm::types::iterators::itself;
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, HeapVec, PyRef, PyResult, Ref, Slot, Traverse, Vm, class_method};
use std::cell::Cell;

/// `chain(*iterables)`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyChain {
    /// Yields the iterables; empty at the end.
    iterables: Slot,
    /// Goes through the current one.
    current: Slot,
}

impl PyPayload for PyChain {
    const DEF: &'static TypeDef = &CHAIN;
}

/// `itertools.chain`
pub(super) static CHAIN: TypeDef = TypeDef {
    class: Some(Class::of::<PyChain>),
    doc: "chain(*iterables)\n\nYields all that the first iterable yields, then all of the second, and so on.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyChain>(this).step(vm)),
        new: Some(|vm, ty, args| {
            if !args.names.is_empty() && ty.is(vm.class(&CHAIN)) {
                return Err(vm.type_error("chain() takes no keyword arguments"));
            }
            let iterables = vm.new_tuple(args.positionals())?.into_any();
            Ok(PyChain::over(vm, ty, &iterables)?.into_any())
        }),
        ..Slots::EMPTY
    },
    methods: &[
        class_method!(
            "from_iterable",
            "($type, iterable, /)",
            |vm: &mut Vm, ty: Ref<PyType>, iterable: PyRef| PyChain::over(vm, &ty, &iterable),
            "A chain of the iterables that an iterable yields."
        ),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            class_getitem,
            "The generic alias chain[object]."
        ),
    ],
    ..TypeDef::new("itertools.chain")
};

impl PyChain {
    fn over(vm: &mut Vm, ty: &Ref<PyType>, iterables: &PyRef) -> PyResult<Ref<Self>> {
        let payload = Self {
            iterables: Slot::new(Some(vm.iter(iterables)?)),
            current: Slot::empty(),
        };
        vm.new_instance(ty, payload)
    }

    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        loop {
            let Some(iterables) = self.iterables.get() else {
                return Ok(None);
            };
            let current = match self.current.get() {
                Some(current) => current,
                None => {
                    let next = match vm.next(&iterables) {
                        Ok(Some(iterable)) => vm.iter(&iterable),
                        Ok(None) => {
                            self.iterables.set(None);
                            return Ok(None);
                        }
                        Err(error) => Err(error),
                    };
                    let current = next.inspect_err(|_| self.iterables.set(None))?;
                    self.current.set(Some(current.clone()));
                    current
                }
            };
            if let Some(item) = vm.next(&current)? {
                return Ok(Some(item));
            }
            self.current.set(None);
        }
    }
}

/// `zip_longest(*iterables, fillvalue)`. 40 bytes, and a list of the iterators.
#[derive(Debug, Traverse)]
pub struct PyZipLongest {
    /// The iterators; in the place of one that has ended there is `None`.
    iterators: Ref<PyList>,
    fill: PyRef,
    /// How many iterators have not ended.
    active: Cell<usize>,
}

impl PyPayload for PyZipLongest {
    const DEF: &'static TypeDef = &ZIP_LONGEST;
}

/// `itertools.zip_longest`
pub(super) static ZIP_LONGEST: TypeDef = TypeDef {
    class: Some(Class::of::<PyZipLongest>),
    doc: "zip_longest(*iterables, fillvalue=None)\n\nYields tuples of the next item of each iterable, until all have \
          ended; the fill value stands for the items of those that ended before.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| {
            let this = receiver::<PyZipLongest>(this);
            this.step(vm).inspect_err(|_| this.active.set(0))
        }),
        new: Some(new_zip_longest),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.zip_longest")
};

fn new_zip_longest(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let mut fill = vm.none();
    for (name, value) in args.keywords() {
        let is_fill = name
            .downcast_ref::<PyStr>()
            .is_some_and(|name| name.equals("fillvalue"));
        if !is_fill {
            return Err(vm.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = value.clone();
    }
    let iterators = args.positionals().iter().map(|iterable| vm.iter(iterable));
    let iterators = iterators.collect::<PyResult<Vec<_>>>()?;
    let payload = PyZipLongest {
        active: Cell::new(iterators.len()),
        iterators: vm.new_list(iterators)?,
        fill,
    };
    Ok(vm.new_instance(ty, payload)?.into_any())
}

impl PyZipLongest {
    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        if self.active.get() == 0 {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(self.iterators.len(vm));
        while let Some(iterator) = self.iterators.get(vm, items.len()) {
            let item = if vm.is_none(&iterator) {
                None
            } else {
                let item = vm.next(&iterator)?;
                if item.is_none() {
                    let none = vm.none();
                    let _ended = self.iterators.set(vm, items.len(), none);
                    self.active.set(self.active.get().saturating_sub(1));
                    if self.active.get() == 0 {
                        return Ok(None);
                    }
                }
                item
            };
            items.push(item.unwrap_or_else(|| self.fill.clone()));
        }
        Ok(Some(vm.new_tuple_from_vec(items)?.into_any()))
    }
}

/// `pairwise(iterable)`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyPairwise {
    /// Empty at the end.
    iterator: Slot,
    /// The item yielded last as second of a pair.
    old: Slot,
}

impl PyPayload for PyPairwise {
    const DEF: &'static TypeDef = &PAIRWISE;
}

/// `itertools.pairwise`
pub(super) static PAIRWISE: TypeDef = TypeDef {
    class: Some(Class::of::<PyPairwise>),
    doc: "pairwise(iterable, /)\n\nYields each item together with the one that follows it.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| {
            let this = receiver::<PyPairwise>(this);
            let pair = this.step(vm)?;
            if pair.is_none() {
                this.iterator.set(None);
                this.old.set(None);
            }
            Ok(pair)
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_PAIRWISE, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.pairwise")
};

static NEW_PAIRWISE: Method = class_method!(
    "pairwise",
    "($type, iterable, /)",
    |vm: &mut Vm, ty: Ref<PyType>, iterable: PyRef| {
        let payload = PyPairwise {
            iterator: Slot::new(Some(vm.iter(&iterable)?)),
            old: Slot::empty(),
        };
        vm.new_instance(&ty, payload)
    },
    ""
);

impl PyPairwise {
    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let Some(iterator) = self.iterator.get() else {
            return Ok(None);
        };
        let old = match self.old.get() {
            Some(old) => old,
            None => {
                let Some(first) = vm.next(&iterator)? else {
                    return Ok(None);
                };
                self.old.set(Some(first.clone()));
                // The iterator can have used this one, and brought it to its end.
                if self.iterator.is_empty() {
                    return Ok(None);
                }
                first
            }
        };
        let Some(new) = vm.next(&iterator)? else {
            return Ok(None);
        };
        self.old.set(Some(new.clone()));
        Ok(Some(vm.new_tuple(&[old, new])?.into_any()))
    }
}

/// `batched(iterable, n, strict)`. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyBatched {
    /// Empty at the end.
    iterator: Slot,
    size: usize,
    is_strict: bool,
}

impl PyPayload for PyBatched {
    const DEF: &'static TypeDef = &BATCHED;
}

/// `itertools.batched`
pub(super) static BATCHED: TypeDef = TypeDef {
    class: Some(Class::of::<PyBatched>),
    doc: "batched(iterable, n, *, strict=False)\n\nYields tuples of n items; the last one can be shorter, which is a \
          ValueError if strict is true.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyBatched>(this).step(vm)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_BATCHED, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.batched")
};

static NEW_BATCHED: Method = class_method!(
    "batched",
    "($type, iterable, n, *, strict=False)",
    |vm: &mut Vm, ty: Ref<PyType>, iterable: PyRef, n: isize, strict: Option<bool>| {
        let Some(size) = usize::try_from(n).ok().filter(|&size| size > 0) else {
            return Err(vm.value_error("n must be at least one"));
        };
        let payload = PyBatched {
            iterator: Slot::new(Some(vm.iter(&iterable)?)),
            size,
            is_strict: strict.unwrap_or(false),
        };
        vm.new_instance(&ty, payload)
    },
    ""
);

impl PyBatched {
    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let Some(iterator) = self.iterator.get() else {
            return Ok(None);
        };
        let space = vm.space_handle();
        let mut batch = HeapVec::new();
        while batch.len() < self.size {
            match vm.next(&iterator)? {
                Some(item) => batch.push(space.heap(), item)?,
                None => break,
            }
        }
        if batch.len() < self.size {
            self.iterator.set(None);
            if batch.is_empty() {
                return Ok(None);
            }
            if self.is_strict {
                return Err(vm.value_error("batched(): incomplete batch"));
            }
        }
        Ok(Some(vm.new_tuple_from_heap_vec(batch)?.into_any()))
    }
}

/// `starmap(function, iterable)`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyStarmap {
    function: PyRef,
    iterator: PyRef,
}

impl PyPayload for PyStarmap {
    const DEF: &'static TypeDef = &STARMAP;
}

/// `itertools.starmap`
pub(super) static STARMAP: TypeDef = TypeDef {
    class: Some(Class::of::<PyStarmap>),
    doc: "starmap(function, iterable, /)\n\nYields function(*item) for each item.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| {
            let this = receiver::<PyStarmap>(this);
            let Some(item) = vm.next(&this.iterator)? else {
                return Ok(None);
            };
            let result = match item.downcast_ref::<PyTuple>() {
                Some(args) => vm.call_positional(&this.function, args)?,
                None => {
                    let args = vm.to_vec(&item)?;
                    vm.call_positional(&this.function, &args)?
                }
            };
            Ok(Some(result))
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_STARMAP, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.starmap")
};

static NEW_STARMAP: Method = class_method!(
    "starmap",
    "($type, function, iterable, /)",
    |vm: &mut Vm, ty: Ref<PyType>, function: PyRef, iterable: PyRef| {
        let iterator = vm.iter(&iterable)?;
        vm.new_instance(&ty, PyStarmap { function, iterator })
    },
    ""
);

/// `accumulate(iterable, func, initial)`. 48 bytes.
#[derive(Debug, Traverse)]
pub struct PyAccumulate {
    iterator: PyRef,
    /// `None`: addition.
    function: Option<PyRef>,
    /// The result so far.
    total: Slot,
    /// What is to be yielded before anything else.
    initial: Slot,
}

impl PyPayload for PyAccumulate {
    const DEF: &'static TypeDef = &ACCUMULATE;
}

/// `itertools.accumulate`
pub(super) static ACCUMULATE: TypeDef = TypeDef {
    class: Some(Class::of::<PyAccumulate>),
    doc: "accumulate(iterable, func=None, *, initial=None)\n\nYields sums of all items so far, or what a function of \
          two arguments makes of the result so far and the next item.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyAccumulate>(this).step(vm)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_ACCUMULATE, ty, args)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.accumulate")
};

static NEW_ACCUMULATE: Method = class_method!(
    "accumulate",
    "($type, iterable, func=None, *, initial=None)",
    new_accumulate,
    ""
);

fn new_accumulate(
    vm: &mut Vm,
    ty: Ref<PyType>,
    iterable: PyRef,
    function: Option<PyRef>,
    initial: Option<PyRef>,
) -> PyResult<Ref<PyAccumulate>> {
    let payload = PyAccumulate {
        iterator: vm.iter(&iterable)?,
        function: function.filter(|function| !vm.is_none(function)),
        total: Slot::empty(),
        initial: Slot::new(initial.filter(|initial| !vm.is_none(initial))),
    };
    vm.new_instance(&ty, payload)
}

impl PyAccumulate {
    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        if let Some(initial) = self.initial.take() {
            self.total.set(Some(initial.clone()));
            return Ok(Some(initial));
        }
        let Some(item) = vm.next(&self.iterator)? else {
            return Ok(None);
        };
        let total = match (self.total.get(), &self.function) {
            (None, _) => item,
            (Some(total), None) => vm.binary_op(BinaryOp::Add, &total, &item)?,
            (Some(total), Some(function)) => vm.call_positional(function, &[total, item])?,
        };
        self.total.set(Some(total.clone()));
        Ok(Some(total))
    }
}
