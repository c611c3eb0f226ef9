//! `collections.deque`: its layout, making one, and what native code does with it. What Python sees is in
//! `deque_methods.rs` and `deque_iter.rs`.

use super::deque_methods;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, TypeDef, TypeFlags};
use exuvia_vm::types::int::PyInt;
use exuvia_vm::{HeapDeque, PyRef, PyResult, Ref, Traverse, Vm, VmCell, method};
use std::cell::Cell;

/// A deque: 72 bytes, and blocks of 64 elements.
#[derive(Debug, Traverse)]
pub struct PyDeque {
    pub(super) items: VmCell<HeapDeque<PyRef>>,
    /// The most elements that it keeps; `usize::MAX`: any number.
    max_len: Cell<usize>,
    /// Grows whenever an element comes or goes, so that iterators notice.
    changes: Cell<u64>,
}

impl PyPayload for PyDeque {
    const DEF: &'static TypeDef = &DEQUE;
}

/// `collections.deque`
pub static DEQUE: TypeDef = TypeDef {
    class: Some(Class::of::<PyDeque>),
    doc: "deque([iterable[, maxlen]])\n\nA sequence that grows and shrinks at both ends in constant time. With a \
          maxlen, what is too much is dropped at the other end.",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::SEQUENCE)
        .or(TypeFlags::WEAKREF),
    slots: deque_methods::SLOTS,
    methods: deque_methods::METHODS,
    getset: &[GetSet {
        name: "maxlen",
        doc: "The most elements that the deque keeps, or None.",
        get: |vm, this| {
            let max_len = crate::receiver::<PyDeque>(this).max_len();
            max_len.map_or_else(|| Ok(vm.none()), |max_len| vm.new_int_from_usize(max_len))
        },
        set: None,
    }],
    ..TypeDef::new("collections.deque")
};

pub(super) static INIT: Method = method!(
    "deque",
    "($self, iterable=None, maxlen=None)",
    init,
    "Fills a deque anew."
);

fn init(
    vm: &mut Vm,
    this: Ref<PyDeque>,
    iterable: Option<PyRef>,
    max_len: Option<PyRef>,
) -> PyResult<()> {
    let max_len = match max_len.filter(|given| !vm.is_none(given)) {
        None => usize::MAX,
        Some(given) => max_len_of(vm, &given)?,
    };
    this.max_len.set(max_len);
    this.clear(vm);
    match iterable.filter(|given| !vm.is_none(given)) {
        Some(iterable) => this.extend(vm, &iterable),
        None => Ok(()),
    }
}

fn max_len_of(vm: &Vm, given: &PyRef) -> PyResult<usize> {
    let Some(number) = given.downcast_ref::<PyInt>() else {
        return Err(vm.type_error("an integer is required"));
    };
    let number = number
        .to_i64()
        .and_then(|number| isize::try_from(number).ok());
    let Some(number) = number else {
        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
    };
    usize::try_from(number).map_err(|_| vm.value_error("maxlen must be non-negative"))
}

impl PyDeque {
    /// The payload of an empty deque.
    pub(super) fn empty(max_len: Option<usize>) -> Self {
        Self {
            items: VmCell::new(HeapDeque::new()),
            max_len: Cell::new(max_len.unwrap_or(usize::MAX)),
            changes: Cell::new(0),
        }
    }

    /// The most elements that it keeps.
    pub fn max_len(&self) -> Option<usize> {
        Some(self.max_len.get()).filter(|&max_len| max_len != usize::MAX)
    }

    /// How often elements came or went: differs whenever the deque was changed since.
    #[inline]
    pub fn changes(&self) -> u64 {
        self.changes.get()
    }

    #[inline]
    pub(super) fn note_change(&self) {
        self.changes.set(self.changes.get().wrapping_add(1));
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self, vm: &Vm) -> usize {
        self.items.get(vm).len()
    }

    /// Whether there are no elements.
    pub fn is_empty(&self, vm: &Vm) -> bool {
        self.len(vm) == 0
    }

    /// The element at an index, counted from the front.
    #[inline]
    pub fn get(&self, vm: &Vm, index: usize) -> Option<PyRef> {
        self.items.get(vm).get(index).cloned()
    }

    /// Adds an element at the end; the first one goes if there are too many then.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn push_back(&self, vm: &mut Vm, item: PyRef) -> PyResult<()> {
        let space = vm.space_handle();
        let items = self.items.get_mut(vm);
        items.push_back(space.heap(), item)?;
        if items.len() > self.max_len.get() {
            drop(items.pop_front());
        }
        self.note_change();
        Ok(())
    }

    /// Adds an element at the front; the last one goes if there are too many then.
    ///
    /// # Errors
    /// `OutOfMemory`.
    #[inline]
    pub fn push_front(&self, vm: &mut Vm, item: PyRef) -> PyResult<()> {
        let space = vm.space_handle();
        let items = self.items.get_mut(vm);
        items.push_front(space.heap(), item)?;
        if items.len() > self.max_len.get() {
            drop(items.pop_back());
        }
        self.note_change();
        Ok(())
    }

    /// Takes the last element out.
    pub fn pop_back(&self, vm: &mut Vm) -> Option<PyRef> {
        let item = self.items.get_mut(vm).pop_back()?;
        self.note_change();
        Some(item)
    }

    /// Takes the first element out.
    pub fn pop_front(&self, vm: &mut Vm) -> Option<PyRef> {
        let item = self.items.get_mut(vm).pop_front()?;
        self.note_change();
        Some(item)
    }

    /// Adds all that an iterable yields at the end. May run Python.
    ///
    /// # Errors
    /// `TypeError` if it is no iterable, or what iterating raises; what came before stays.
    pub fn extend(&self, vm: &mut Vm, iterable: &PyRef) -> PyResult<()> {
        let iterator = vm.iter(iterable)?;
        let was_empty = self.is_empty(vm);
        while let Some(item) = vm.next(&iterator)? {
            self.push_back(vm, item)?;
            if was_empty {
                self.items.get_mut(vm).face_back();
            }
        }
        Ok(())
    }

    /// Adds all that an iterable yields at the front, one after the other. May run Python.
    ///
    /// # Errors
    /// As [`extend`](Self::extend).
    pub fn extend_front(&self, vm: &mut Vm, iterable: &PyRef) -> PyResult<()> {
        let iterator = vm.iter(iterable)?;
        let was_empty = self.is_empty(vm);
        while let Some(item) = vm.next(&iterator)? {
            self.push_front(vm, item)?;
            if was_empty {
                self.items.get_mut(vm).face_front();
            }
        }
        Ok(())
    }

    /// Removes all elements and gives their memory back.
    pub fn clear(&self, vm: &mut Vm) {
        drop(self.items.get_mut(vm).take());
        self.note_change();
    }

    /// Moves elements from the end to the front, or for a negative count the other way round.
    ///
    /// # Errors
    /// `OutOfMemory`; some elements have been moved then, and none is lost.
    pub fn rotate(&self, vm: &mut Vm, count: isize) -> PyResult<()> {
        let len = self.len(vm);
        if len < 2 || count == 0 {
            return Ok(());
        }
        let space = vm.space_handle();
        let right = count.rem_euclid(len.cast_signed()).cast_unsigned();
        let items = self.items.get_mut(vm);
        self.note_change();
        if right <= len / 2 {
            items.rotate_right(space.heap(), right)?;
        } else {
            items.rotate_left(space.heap(), len - right)?;
        }
        Ok(())
    }

    /// The elements, cloned.
    pub fn to_vec(&self, vm: &Vm) -> Vec<PyRef> {
        self.items.get(vm).iter().cloned().collect()
    }
}
