//! `_thread.lock` and `_thread.RLock`: with one thread, flags that say whether they are taken.
//!
//! Nobody else can release a lock that the only thread waits for. Differs from CPython: to wait for one without a limit is
//! a `RuntimeError` instead of an endless wait.

use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Rest, Slots, TypeDef, TypeFlags};
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Traverse, Vm, method};
use std::cell::Cell;
use std::time::Duration;

/// The longest time that a lock can be waited for, in seconds.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// A lock. 24 bytes.
#[derive(Debug, Default, Traverse)]
pub struct PyLock {
    is_taken: Cell<bool>,
}

impl PyPayload for PyLock {
    const DEF: &'static TypeDef = &LOCK;
}

/// A lock that its holder may take again. 24 bytes.
#[derive(Debug, Default, Traverse)]
pub struct PyRLock {
    count: Cell<u32>,
}

impl PyPayload for PyRLock {
    const DEF: &'static TypeDef = &RLOCK;
}

/// `_thread.lock`
pub static LOCK: TypeDef = TypeDef {
    doc: "A lock that is taken or not.",
    class: Some(Class::of::<PyLock>),
    flags: TypeFlags::WEAKREF,
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyLock::default())?.into_any())),
        repr: Some(repr_lock),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "acquire",
            "($self, /, blocking=True, timeout=-1)",
            acquire,
            "Takes the lock; whether that was possible."
        ),
        method!(
            "acquire_lock",
            "($self, /, blocking=True, timeout=-1)",
            acquire,
            "Takes the lock (an old name)."
        ),
        method!("release", "($self, /)", release, "Releases the lock."),
        method!(
            "release_lock",
            "($self, /)",
            release,
            "Releases the lock (an old name)."
        ),
        method!(
            "locked",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyLock>| this.is_taken.get(),
            "Whether the lock is taken."
        ),
        method!(
            "locked_lock",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyLock>| this.is_taken.get(),
            "Whether the lock is taken (an old name)."
        ),
        method!(
            "__enter__",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyLock>| acquire(vm, this, None, None),
            "Takes the lock."
        ),
        method!(
            "__exit__",
            "($self, /, *exc_info)",
            |vm: &mut Vm, this: Ref<PyLock>, _: Rest| release(vm, this),
            "Releases the lock."
        ),
        method!(
            "_at_fork_reinit",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyLock>| this.is_taken.set(false),
            "Makes the lock free again."
        ),
    ],
    ..TypeDef::new("_thread.lock")
};

/// `_thread.RLock`
pub static RLOCK: TypeDef = TypeDef {
    doc: "A lock that its holder may take again.",
    class: Some(Class::of::<PyRLock>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyRLock::default())?.into_any())),
        repr: Some(repr_rlock),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "acquire",
            "($self, /, blocking=True, timeout=-1)",
            acquire_again,
            "Takes the lock, once more if it is held already."
        ),
        method!(
            "release",
            "($self, /)",
            release_once,
            "Releases the lock once."
        ),
        method!(
            "locked",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyRLock>| this.count.get() > 0,
            "Whether the lock is taken."
        ),
        method!(
            "__enter__",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyRLock>| acquire_again(vm, this, None, None),
            "Takes the lock."
        ),
        method!(
            "__exit__",
            "($self, /, *exc_info)",
            |vm: &mut Vm, this: Ref<PyRLock>, _: Rest| release_once(vm, this),
            "Releases the lock once."
        ),
        method!(
            "_is_owned",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyRLock>| this.count.get() > 0,
            "Whether this thread holds the lock."
        ),
        method!(
            "_recursion_count",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyRLock>| this.count.get(),
            "How often this thread holds the lock."
        ),
        method!(
            "_release_save",
            "($self, /)",
            release_save,
            "Releases the lock completely; returns how to take it again."
        ),
        method!(
            "_acquire_restore",
            "($self, state, /)",
            acquire_restore,
            "Takes the lock as it was held."
        ),
        method!(
            "_at_fork_reinit",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyRLock>| this.count.set(0),
            "Makes the lock free again."
        ),
    ],
    ..TypeDef::new("_thread.RLock")
};

/// `_thread.allocate_lock()`
///
/// # Errors
/// `OutOfMemory`.
pub fn allocate(vm: &mut Vm) -> PyResult<Ref<PyLock>> {
    vm.new_object(PyLock::default())
}

/// Checks how long a lock is to be waited for; `None`: without limit.
fn checked_timeout(vm: &Vm, blocks: bool, timeout: Option<f64>) -> PyResult<Option<Duration>> {
    let timeout = timeout.unwrap_or(-1.0);
    #[allow(clippy::float_cmp, reason = "-1 says that there is no limit")]
    let is_unlimited = timeout == -1.0;
    if !blocks && !is_unlimited {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if is_unlimited {
        return Ok(None);
    }
    if timeout < 0.0 || timeout.is_nan() {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if timeout > TIMEOUT_MAX {
        return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    Ok(Some(Duration::from_secs_f64(timeout)))
}

fn acquire(
    vm: &mut Vm,
    this: Ref<PyLock>,
    blocks: Option<bool>,
    timeout: Option<f64>,
) -> PyResult<bool> {
    let blocks = blocks.unwrap_or(true);
    let timeout = checked_timeout(vm, blocks, timeout)?;
    if !this.is_taken.replace(true) {
        return Ok(true);
    }
    match timeout {
        _ if !blocks => {}
        None => return Err(deadlock(vm)),
        // A handler of a signal may release the lock.
        Some(time) => {
            crate::signals::sleep(vm, time)?;
            return Ok(!this.is_taken.replace(true));
        }
    }
    Ok(false)
}

#[cold]
fn deadlock(vm: &Vm) -> PyErr {
    vm.runtime_error("deadlock: the only thread waits for a lock that it holds itself")
}

fn release(vm: &mut Vm, this: Ref<PyLock>) -> PyResult<()> {
    match this.is_taken.replace(false) {
        true => Ok(()),
        false => Err(vm.runtime_error("release unlocked lock")),
    }
}

fn repr_lock(vm: &mut Vm, this: &PyRef) -> PyResult {
    let is_taken = this
        .downcast_ref::<PyLock>()
        .is_some_and(|lock| lock.is_taken.get());
    let state = if is_taken { "locked" } else { "unlocked" };
    let shown = format!("<{state} _thread.lock object at {:#x}>", this.address());
    Ok(vm.new_str(&shown)?.into_any())
}

fn acquire_again(
    vm: &mut Vm,
    this: Ref<PyRLock>,
    blocks: Option<bool>,
    timeout: Option<f64>,
) -> PyResult<bool> {
    checked_timeout(vm, blocks.unwrap_or(true), timeout)?;
    match this.count.get().checked_add(1) {
        Some(count) => this.count.set(count),
        None => return Err(vm.overflow_error("Internal lock count overflowed")),
    }
    Ok(true)
}

#[cold]
fn not_acquired(vm: &Vm) -> PyErr {
    vm.runtime_error("cannot release un-acquired lock")
}

fn release_once(vm: &mut Vm, this: Ref<PyRLock>) -> PyResult<()> {
    match this.count.get().checked_sub(1) {
        Some(count) => {
            this.count.set(count);
            Ok(())
        }
        None => Err(not_acquired(vm)),
    }
}

fn release_save(vm: &mut Vm, this: Ref<PyRLock>) -> PyResult<(u32, usize)> {
    match this.count.replace(0) {
        0 => Err(not_acquired(vm)),
        count => Ok((count, super::ident(vm))),
    }
}

fn acquire_restore(vm: &mut Vm, this: Ref<PyRLock>, state: PyRef) -> PyResult<()> {
    let zero = vm.new_int(0)?;
    let count = vm.get_item(&state, &zero)?;
    let count = vm.index_i64(&count)?;
    this.count.set(u32::try_from(count).unwrap_or(0));
    Ok(())
}

fn repr_rlock(vm: &mut Vm, this: &PyRef) -> PyResult {
    let count = this
        .downcast_ref::<PyRLock>()
        .map_or(0, |lock| lock.count.get());
    let state = if count > 0 { "locked" } else { "unlocked" };
    let owner = if count > 0 { super::ident(vm) } else { 0 };
    let shown = format!(
        "<{state} _thread.RLock object owner={owner} count={count} at {:#x}>",
        this.address()
    );
    Ok(vm.new_str(&shown)?.into_any())
}
