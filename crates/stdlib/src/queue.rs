//! `_queue`: `SimpleQueue`, a queue that threads could share. There is one thread, so a wait without end is an error.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::exception::EXCEPTION;
use exuvia_vm::types::generic_alias::class_getitem;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{
    HeapDeque, PyErr, PyRef, PyResult, Ref, Traverse, Vm, VmCell, class_method, method,
};
use std::time::Duration;

/// A queue: 56 bytes and blocks of 64 items.
#[derive(Debug, Default, Traverse)]
pub struct PySimpleQueue {
    items: VmCell<HeapDeque<PyRef>>,
}

impl PyPayload for PySimpleQueue {
    const DEF: &'static TypeDef = &SIMPLE_QUEUE;
}

/// `_queue.SimpleQueue`
static SIMPLE_QUEUE: TypeDef = TypeDef {
    class: Some(Class::of::<PySimpleQueue>),
    doc: "A queue of any length: first in, first out.",
    flags: TypeFlags::BASETYPE.or(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(|vm, ty, args| call_new_row(vm, &NEW, ty, args)),
        owned_bytes: Some(|vm, this| receiver::<PySimpleQueue>(this).items.get(vm).buffer_bytes()),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "empty",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PySimpleQueue>| this.items.get(vm).is_empty(),
            "Whether there are no items."
        ),
        method!(
            "qsize",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PySimpleQueue>| this.items.get(vm).len(),
            "The number of items."
        ),
        method!(
            "put",
            "($self, /, item, block=True, timeout=None)",
            |vm: &mut Vm,
             this: Ref<PySimpleQueue>,
             item: PyRef,
             _block: Option<PyRef>,
             _timeout: Option<PyRef>| put(vm, this, item),
            "Adds an item; there is always room, so block and timeout mean nothing."
        ),
        method!("put_nowait", "($self, /, item)", put, "Adds an item."),
        method!(
            "get",
            "($self, /, block=True, timeout=None)",
            get,
            "Takes the item out that came first.\n\nIf there is none, waits as long as the timeout says and raises \
             Empty; without a timeout the wait would have no end, as there is no other thread: NotImplementedError."
        ),
        method!(
            "get_nowait",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PySimpleQueue>| take(vm, &this)?.ok_or_else(|| empty(vm)),
            "Takes the item out that came first; raises Empty if there is none."
        ),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            class_getitem,
            "The generic alias SimpleQueue[object]."
        ),
    ],
    ..TypeDef::new("_queue.SimpleQueue")
};

static NEW: Method = class_method!(
    "SimpleQueue",
    "($type)",
    |vm: &mut Vm, ty: Ref<PyType>| vm.new_instance(&ty, PySimpleQueue::default()),
    "An empty queue."
);

/// `_queue.Empty`
static EMPTY: TypeDef = TypeDef {
    base: Some(&EXCEPTION),
    doc: "There is nothing in the queue.",
    flags: TypeFlags::BASETYPE,
    ..TypeDef::new("_queue.Empty")
};

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    crate::add_types(
        vm,
        module,
        &[("SimpleQueue", &SIMPLE_QUEUE), ("Empty", &EMPTY)],
    )
}

fn empty(vm: &Vm) -> PyErr {
    vm.error_with(&EMPTY, &[])
}

fn put(vm: &mut Vm, this: Ref<PySimpleQueue>, item: PyRef) -> PyResult<()> {
    let space = vm.space_handle();
    Ok(this.items.get_mut(vm).push_back(space.heap(), item)?)
}

fn take(vm: &mut Vm, this: &Ref<PySimpleQueue>) -> PyResult<Option<PyRef>> {
    Ok(this.items.get_mut(vm).pop_front())
}

fn get(
    vm: &mut Vm,
    this: Ref<PySimpleQueue>,
    block: Option<bool>,
    timeout: Option<PyRef>,
) -> PyResult {
    let timeout = match timeout.filter(|timeout| !vm.is_none(timeout)) {
        Some(timeout) if block.unwrap_or(true) => Some(seconds(vm, &timeout)?),
        _ => None,
    };
    if let Some(item) = take(vm, &this)? {
        return Ok(item);
    }
    match timeout {
        _ if !block.unwrap_or(true) => Err(empty(vm)),
        Some(timeout) => {
            std::thread::sleep(timeout);
            Err(empty(vm))
        }
        None => Err(vm.not_implemented_error(
            "get() of an empty queue would wait for ever: there is no other thread to put anything in",
        )),
    }
}

fn seconds(vm: &mut Vm, timeout: &PyRef) -> PyResult<Duration> {
    let slots = vm.type_of(timeout).slots(vm);
    if slots.float.is_none() && slots.index.is_none() {
        let found = vm.type_name(timeout);
        return Err(vm.type_error(format!(
            "'{found}' object cannot be interpreted as an integer or float"
        )));
    }
    let value = vm.as_f64(timeout)?;
    if value < 0.0 {
        return Err(vm.value_error("'timeout' must be a non-negative number"));
    }
    Duration::try_from_secs_f64(value)
        .map_err(|_| vm.overflow_error("timestamp too large to convert to C PyTime_t"))
}
