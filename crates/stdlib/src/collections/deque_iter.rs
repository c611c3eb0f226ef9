//! The iterators over deques. They notice when the deque changes.

use super::deque::PyDeque;
use super::deque_methods::mutated;
use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef};
use exuvia_vm::types::iterators::{LENGTH_HINT_DOC, REDUCE_DOC, itself, reduced};
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use std::cell::Cell;

/// An iterator over a deque, forwards or backwards: its type says which. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyDequeIter {
    deque: Ref<PyDeque>,
    /// How many elements are left.
    left: Cell<usize>,
    /// What the deque's count of changes must be.
    changes: Cell<u64>,
}

impl PyPayload for PyDequeIter {
    const DEF: &'static TypeDef = &DEQUE_ITERATOR;
}

const METHODS: &[Method] = &[
    method!(
        "__length_hint__",
        "($self, /)",
        |_: &mut Vm, this: Ref<PyDequeIter>| this.left.get(),
        LENGTH_HINT_DOC
    ),
    method!("__reduce__", "($self, /)", reduce, REDUCE_DOC),
];

/// `collections._deque_iterator`
pub static DEQUE_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PyDequeIter>),
    doc: "Goes through the elements of a deque.",
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| {
            let this = receiver::<PyDequeIter>(this);
            let len = this.deque.len(vm);
            this.step(vm, |left| len.wrapping_sub(left))
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_FORWARDS, ty, args)),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeDef::new("collections._deque_iterator")
};

/// `collections._deque_reverse_iterator`
pub static DEQUE_REVERSE_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PyDequeIter>),
    doc: "Goes through the elements of a deque, last first.",
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyDequeIter>(this).step(vm, |left| left - 1)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_BACKWARDS, ty, args)),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeDef::new("collections._deque_reverse_iterator")
};

static NEW_FORWARDS: Method = class_method!(
    "_deque_iterator",
    "($type, deque, index=0, /)",
    |vm: &mut Vm, ty: Ref<PyType>, deque: PyRef, index: Option<isize>| {
        PyDequeIter::from_python(vm, &ty, &deque, index)
    },
    "An iterator that starts at an index."
);
static NEW_BACKWARDS: Method = class_method!(
    "_deque_reverse_iterator",
    "($type, deque, index=0, /)",
    |vm: &mut Vm, ty: Ref<PyType>, deque: PyRef, index: Option<isize>| {
        PyDequeIter::from_python(vm, &ty, &deque, index)
    },
    "An iterator that starts at an index, counted from the end."
);

impl PyDequeIter {
    fn new(vm: &Vm, ty: &Ref<PyType>, deque: &Ref<PyDeque>, done: usize) -> PyResult<Ref<Self>> {
        let payload = Self {
            deque: deque.clone(),
            left: Cell::new(deque.len(vm).saturating_sub(done)),
            changes: Cell::new(deque.changes()),
        };
        vm.new_instance(ty, payload)
    }

    /// An iterator that has passed so many elements.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn forwards(vm: &Vm, deque: &Ref<PyDeque>, done: usize) -> PyResult<Ref<Self>> {
        Self::new(vm, vm.class(&DEQUE_ITERATOR), deque, done)
    }

    /// An iterator from the end that has passed so many elements.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn backwards(vm: &Vm, deque: &Ref<PyDeque>, done: usize) -> PyResult<Ref<Self>> {
        Self::new(vm, vm.class(&DEQUE_REVERSE_ITERATOR), deque, done)
    }

    fn from_python(
        vm: &mut Vm,
        ty: &Ref<PyType>,
        deque: &PyRef,
        index: Option<isize>,
    ) -> PyResult<Ref<Self>> {
        let Some(deque) = deque.downcast_ref::<PyDeque>() else {
            let found = vm.type_name(deque);
            return Err(vm.type_error(format!("argument 1 must be collections.deque, not {found}")));
        };
        let done = usize::try_from(index.unwrap_or(0)).unwrap_or(0);
        Self::new(vm, ty, deque, done)
    }

    /// The next element, whose index follows from how many are left.
    #[inline]
    fn step(&self, vm: &mut Vm, index: impl FnOnce(usize) -> usize) -> PyResult<Option<PyRef>> {
        if self.deque.changes() != self.changes.get() {
            self.left.set(0);
            return Err(mutated(vm));
        }
        let left = self.left.get();
        if left == 0 {
            return Ok(None);
        }
        let item = self.deque.get(vm, index(left));
        self.left.set(left - 1);
        Ok(item)
    }
}

fn reduce(vm: &mut Vm, this: Ref<PyDequeIter>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let done = this.deque.len(vm).saturating_sub(this.left.get());
    let done = vm.new_int_from_usize(done)?;
    reduced(vm, class, &[this.deque.clone().into_any(), done], None)
}
