//! `tee`: several iterators over one. They share a chain of blocks of items, of which the part that all have passed is
//! freed by its counts.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::iterators::itself;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{
    HeapVec, PyRef, PyResult, Ref, Slot, Traverse, Vm, VmCell, class_method, function, method,
};
use std::cell::Cell;

/// Items in a block: one of the sizes that a growing array has, so that nothing is left over.
const BLOCK: usize = 52;

/// A piece of what the iterator has yielded. 72 bytes, and 8 per item.
#[derive(Debug, Traverse)]
pub struct PyTeeBlock {
    iterator: PyRef,
    items: VmCell<HeapVec<PyRef>>,
    next: Slot<PyTeeBlock>,
    /// Whether the iterator is being asked for an item.
    is_asking: Cell<bool>,
}

impl PyPayload for PyTeeBlock {
    const DEF: &'static TypeDef = &TEE_BLOCK;
}

/// `itertools._tee_dataobject`
pub(super) static TEE_BLOCK: TypeDef = TypeDef {
    class: Some(Class::of::<PyTeeBlock>),
    doc: "Items that the iterators of a tee share.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        owned_bytes: Some(|vm, this| receiver::<PyTeeBlock>(this).items.get(vm).buffer_bytes()),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools._tee_dataobject")
};

impl PyTeeBlock {
    fn start(vm: &Vm, iterator: PyRef) -> PyResult<Ref<Self>> {
        vm.new_object(Self {
            iterator,
            items: VmCell::new(HeapVec::new()),
            next: Slot::empty(),
            is_asking: Cell::new(false),
        })
    }

    /// The item at an index: one that is here, or the iterator's next.
    fn item(&self, vm: &mut Vm, index: usize) -> PyResult<Option<PyRef>> {
        if let Some(item) = self.items.get(vm).get(index) {
            return Ok(Some(item.clone()));
        }
        if self.is_asking.replace(true) {
            return Err(vm.runtime_error("cannot re-enter the tee iterator"));
        }
        let item = vm.next(&self.iterator);
        self.is_asking.set(false);
        if let Ok(Some(item)) = &item {
            let space = vm.space_handle();
            self.items.get_mut(vm).push(space.heap(), item.clone())?;
        }
        item
    }

    /// The block behind this one, which is full.
    fn following(&self, vm: &Vm) -> PyResult<Ref<Self>> {
        if let Some(next) = self.next.get() {
            return Ok(next);
        }
        let next = Self::start(vm, self.iterator.clone())?;
        self.next.set(Some(next.clone()));
        Ok(next)
    }
}

/// One of several iterators over the same items. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyTee {
    block: Slot<PyTeeBlock>,
    index: Cell<usize>,
}

impl PyPayload for PyTee {
    const DEF: &'static TypeDef = &TEE;
}

/// `itertools._tee`
pub(super) static TEE: TypeDef = TypeDef {
    class: Some(Class::of::<PyTee>),
    doc: "An iterator that can be copied.",
    flags: TypeFlags::WEAKREF,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyTee>(this).step(vm)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_TEE, ty, args)),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__copy__",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyTee>| this.copy(vm),
        "An iterator over the same items, from here on."
    )],
    ..TypeDef::new("itertools._tee")
};

static NEW_TEE: Method = class_method!(
    "_tee",
    "($type, iterable, /)",
    |vm: &mut Vm, _: Ref<PyType>, iterable: PyRef| PyTee::over(vm, &iterable),
    ""
);

pub(super) static FUNCTIONS: &[Method] = &[function!(
    "tee",
    "($module, iterable, n=2, /)",
    tee,
    "A tuple of n iterators over the items of one iterable."
)];

impl PyTee {
    fn over(vm: &mut Vm, iterable: &PyRef) -> PyResult<Ref<Self>> {
        let iterator = vm.iter(iterable)?;
        if let Some(tee) = iterator.downcast_ref::<Self>() {
            return tee.copy(vm);
        }
        let block = PyTeeBlock::start(vm, iterator)?;
        vm.new_object(Self {
            block: Slot::new(Some(block)),
            index: Cell::new(0),
        })
    }

    fn copy(&self, vm: &Vm) -> PyResult<Ref<Self>> {
        vm.new_object(Self {
            block: Slot::new(self.block.get()),
            index: self.index.clone(),
        })
    }

    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let Some(mut block) = self.block.get() else {
            return Ok(None);
        };
        if self.index.get() == BLOCK {
            block = block.following(vm)?;
            self.block.set(Some(block.clone()));
            self.index.set(0);
        }
        let item = block.item(vm, self.index.get())?;
        if item.is_some() {
            self.index.set(self.index.get() + 1);
        }
        Ok(item)
    }
}

fn tee(vm: &mut Vm, iterable: PyRef, count: Option<isize>) -> PyResult {
    let Ok(count) = usize::try_from(count.unwrap_or(2)) else {
        return Err(vm.value_error("n must be >= 0"));
    };
    if count == 0 {
        return Ok(vm.new_tuple(&[])?.into_any());
    }
    let space = vm.space_handle();
    let first = PyTee::over(vm, &iterable)?;
    let mut iterators = HeapVec::new();
    for _ in 1..count {
        iterators.push(space.heap(), first.copy(vm)?.into_any())?;
    }
    iterators.insert(space.heap(), 0, first.into_any())?;
    Ok(vm.new_tuple_from_heap_vec(iterators)?.into_any())
}
