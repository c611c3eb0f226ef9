//! Iterators over sequences: [`Cursor`] for built-in ones, [`PySeqIter`] for whatever has `__getitem__`, and
//! [`PyCallableIter`] for `iter(callable, sentinel)`.

use crate::object::PyPayload;
use crate::table::{Method, Slots, TypeDef, TypeFlags};
use crate::types::exception::{INDEX_ERROR, STOP_ITERATION};
use crate::types::int::PyInt;
use crate::{PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use exuvia_object::{Class, Payload};
use std::cell::Cell;

/// A built-in sequence that [`Cursor`] goes through.
pub trait Indexed: Payload + Sized {
    /// Whether a negative state (`__setstate__`) ends the iteration; else it starts again.
    const NEGATIVE_STATE_ENDS: bool = false;

    /// The number of elements now.
    fn count(this: &Ref<Self>, vm: &Vm) -> usize;

    /// The element at an index; `None` behind the last one.
    ///
    /// # Errors
    /// `OutOfMemory`, if elements are made when asked for.
    fn item(this: &Ref<Self>, vm: &Vm, index: usize) -> PyResult<Option<PyRef>>;

    /// An empty sequence: what an exhausted iterator says that it goes through.
    ///
    /// # Errors
    /// `OutOfMemory`.
    fn empty(vm: &Vm) -> PyResult;
}

/// An iterator that goes through a sequence by index, from front to end. 32 bytes.
///
/// The sequence may change meanwhile; once its end was reached the iterator lets go of it and stays exhausted.
#[derive(Debug, Traverse)]
pub struct Cursor<S> {
    sequence: VmCell<Option<Ref<S>>>,
    index: Cell<usize>,
}

impl<S: Indexed> Cursor<S> {
    /// An iterator at the front.
    #[inline]
    pub fn new(sequence: Ref<S>) -> Self {
        Self {
            sequence: VmCell::new(Some(sequence)),
            index: Cell::new(0),
        }
    }

    /// The next element.
    ///
    /// # Errors
    /// `OutOfMemory`, if elements are made when asked for.
    #[inline]
    pub fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let index = self.index.get();
        let Some(sequence) = self.sequence.get(vm) else {
            return Ok(None);
        };
        if let Some(item) = S::item(sequence, vm, index)? {
            self.index.set(index + 1);
            return Ok(Some(item));
        }
        drop(self.sequence.get_mut(vm).take());
        Ok(None)
    }

    /// How many elements are left.
    pub fn remaining(&self, vm: &Vm) -> usize {
        self.sequence.get(vm).as_ref().map_or(0, |sequence| {
            S::count(sequence, vm).saturating_sub(self.index.get())
        })
    }

    fn length_hint(vm: &mut Vm, this: Ref<Self>) -> usize {
        this.remaining(vm)
    }

    fn reduce(vm: &mut Vm, this: Ref<Self>) -> PyResult {
        let iter = builtin(vm, "iter")?;
        match this.sequence.get(vm).clone() {
            Some(sequence) => {
                let index = vm.new_int_from_usize(this.index.get())?;
                reduced(vm, iter, &[sequence.into_any()], Some(index))
            }
            None => {
                let empty = S::empty(vm)?;
                reduced(vm, iter, &[empty], None)
            }
        }
    }

    fn setstate(vm: &mut Vm, this: Ref<Self>, state: PyRef) -> PyResult<()> {
        let index = state_index(vm, &state)?;
        let Some(sequence) = this.sequence.get(vm) else {
            return Ok(());
        };
        let count = S::count(sequence, vm);
        this.index.set(match usize::try_from(index) {
            Ok(index) => index.min(count),
            Err(_) if S::NEGATIVE_STATE_ENDS => count,
            Err(_) => 0,
        });
        Ok(())
    }
}

impl<S: Indexed> Cursor<S>
where
    Self: PyPayload,
{
    /// The slots of its type.
    pub const SLOTS: Slots = Slots {
        iter: Some(itself),
        next: Some(Self::next),
        ..Slots::EMPTY
    };

    /// The methods of its type.
    pub const METHODS: &'static [Method] = &[
        method!(
            "__length_hint__",
            "($self, /)",
            Self::length_hint,
            LENGTH_HINT_DOC
        ),
        method!("__reduce__", "($self, /)", Self::reduce, REDUCE_DOC),
        method!(
            "__setstate__",
            "($self, object, /)",
            Self::setstate,
            SETSTATE_DOC
        ),
    ];

    fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
        receiver::<Self>(this).step(vm)
    }
}

/// The docstring of `__length_hint__`.
pub const LENGTH_HINT_DOC: &str = "How many elements are left, as far as can be told.";
/// The docstring of `__reduce__`.
pub const REDUCE_DOC: &str = "What pickle needs to make this iterator again.";
/// The docstring of `__setstate__`.
pub const SETSTATE_DOC: &str = "Puts the iterator at the place that pickle remembered.";

/// The slot `iter` of every iterator: itself.
pub fn itself(_: &mut Vm, this: &PyRef) -> PyResult {
    Ok(this.clone())
}

/// The receiver of a slot, which is called only with objects of its type.
#[inline]
pub fn receiver<T: PyPayload>(this: &PyRef) -> &Ref<T> {
    this.downcast_ref::<T>()
        .expect("a slot's receiver has the payload of its type")
}

/// A built-in function or type, by its name in the namespace of builtins.
///
/// # Errors
/// `AttributeError` if a program removed it, or `OutOfMemory`.
pub fn builtin(vm: &mut Vm, name: &str) -> PyResult {
    let name = vm.intern(name)?;
    let found = vm.builtins().get_str(vm, &name);
    found.ok_or_else(|| vm.attribute_error(name.to_text()))
}

/// The result of `__reduce__`: a callable, its arguments, and a state if there is one.
///
/// # Errors
/// `OutOfMemory`.
pub fn reduced(vm: &Vm, callable: PyRef, args: &[PyRef], state: Option<PyRef>) -> PyResult {
    let args = vm.new_tuple(args)?.into_any();
    let tuple = match state {
        Some(state) => vm.new_tuple(&[callable, args, state])?,
        None => vm.new_tuple(&[callable, args])?,
    };
    Ok(tuple.into_any())
}

/// The argument of `__setstate__` of an iterator that keeps an index.
pub fn state_index(vm: &mut Vm, state: &PyRef) -> PyResult<i64> {
    let Some(number) = state.downcast_ref::<PyInt>() else {
        return Err(vm.type_error("an integer is required"));
    };
    number
        .to_i64()
        .ok_or_else(|| vm.overflow_error("Python int too large to convert to C ssize_t"))
}

/// An iterator over an object with `__getitem__`: asks for 0, 1, 2 … until `IndexError` or `StopIteration`.
#[derive(Debug, Traverse)]
pub struct PySeqIter {
    sequence: VmCell<Option<PyRef>>,
    index: Cell<i64>,
}

impl PyPayload for PySeqIter {
    const DEF: &'static TypeDef = &SEQ_ITERATOR;
}

/// `iterator`
pub static SEQ_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PySeqIter>),
    doc: "Goes through an object by calling its __getitem__ with 0, 1, 2 and so on.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(seq_next),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__length_hint__",
            "($self, /)",
            seq_length_hint,
            LENGTH_HINT_DOC
        ),
        method!("__reduce__", "($self, /)", seq_reduce, REDUCE_DOC),
        method!(
            "__setstate__",
            "($self, object, /)",
            seq_setstate,
            SETSTATE_DOC
        ),
    ],
    ..TypeDef::new("iterator")
};

fn seq_next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let this = receiver::<PySeqIter>(this);
    let Some(sequence) = this.sequence.get(vm).clone() else {
        return Ok(None);
    };
    let index = this.index.get();
    if index == i64::MAX {
        return Err(vm.overflow_error("iter index too large"));
    }
    let key = vm.new_int(index)?;
    match vm.get_item(&sequence, &key) {
        Ok(item) => {
            this.index.set(index + 1);
            Ok(Some(item))
        }
        Err(error) if error.is(vm, &INDEX_ERROR) || error.is(vm, &STOP_ITERATION) => {
            drop(this.sequence.get_mut(vm).take());
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn seq_length_hint(vm: &mut Vm, this: Ref<PySeqIter>) -> PyResult {
    let Some(sequence) = this.sequence.get(vm).clone() else {
        return vm.new_int(0);
    };
    if vm.type_of(&sequence).slots(vm).len.is_none() {
        return Ok(vm.not_implemented());
    }
    let len = vm.len(&sequence)?;
    let done = usize::try_from(this.index.get()).unwrap_or(0);
    vm.new_int_from_usize(len.saturating_sub(done))
}

fn seq_reduce(vm: &mut Vm, this: Ref<PySeqIter>) -> PyResult {
    let iter = builtin(vm, "iter")?;
    match this.sequence.get(vm).clone() {
        Some(sequence) => {
            let index = vm.new_int(this.index.get())?;
            reduced(vm, iter, &[sequence], Some(index))
        }
        None => reduced(vm, iter, &[vm.new_tuple(&[])?.into_any()], None),
    }
}

fn seq_setstate(vm: &mut Vm, this: Ref<PySeqIter>, state: PyRef) -> PyResult<()> {
    let index = state_index(vm, &state)?;
    if this.sequence.get(vm).is_some() {
        this.index.set(index.max(0));
    }
    Ok(())
}

/// An iterator that calls something until it returns the sentinel.
#[derive(Debug, Traverse)]
pub struct PyCallableIter {
    callable: VmCell<Option<PyRef>>,
    sentinel: PyRef,
}

impl PyPayload for PyCallableIter {
    const DEF: &'static TypeDef = &CALLABLE_ITERATOR;
}

/// `callable_iterator`
pub static CALLABLE_ITERATOR: TypeDef = TypeDef {
    class: Some(Class::of::<PyCallableIter>),
    doc: "Yields what a callable returns until that equals a sentinel.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(callable_next),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__reduce__",
        "($self, /)",
        callable_reduce,
        REDUCE_DOC
    )],
    ..TypeDef::new("callable_iterator")
};

fn callable_next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let this = receiver::<PyCallableIter>(this);
    let Some(callable) = this.callable.get(vm).clone() else {
        return Ok(None);
    };
    match vm.call_positional(&callable, &[]) {
        // The call may have come here again and exhausted the iterator.
        Ok(_) if this.callable.get(vm).is_none() => return Ok(None),
        Ok(result) => {
            if !vm.equal(&this.sentinel, &result)? {
                return Ok(Some(result));
            }
        }
        Err(error) if error.is(vm, &STOP_ITERATION) => {}
        Err(error) => return Err(error),
    }
    drop(this.callable.get_mut(vm).take());
    Ok(None)
}

fn callable_reduce(vm: &mut Vm, this: Ref<PyCallableIter>) -> PyResult {
    let iter = builtin(vm, "iter")?;
    match this.callable.get(vm).clone() {
        Some(callable) => reduced(vm, iter, &[callable, this.sentinel.clone()], None),
        None => reduced(vm, iter, &[vm.new_tuple(&[])?.into_any()], None),
    }
}

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&SEQ_ITERATOR, &CALLABLE_ITERATOR];

impl Vm {
    /// An iterator over an object by its `__getitem__`.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_seq_iter(&self, sequence: PyRef) -> PyResult<Ref<PySeqIter>> {
        self.new_object(PySeqIter {
            sequence: VmCell::new(Some(sequence)),
            index: Cell::new(0),
        })
    }

    /// An iterator that calls something until it returns the sentinel.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_callable_iter(
        &self,
        callable: PyRef,
        sentinel: PyRef,
    ) -> PyResult<Ref<PyCallableIter>> {
        self.new_object(PyCallableIter {
            callable: VmCell::new(Some(callable)),
            sentinel,
        })
    }
}
