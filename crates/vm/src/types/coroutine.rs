//! `coroutine`, and what can be awaited.

use crate::object::PyPayload;
use crate::table::{GetSet, Slots, TypeDef, TypeFlags};
use crate::types::code::flags;
use crate::types::exception::RUNTIME_WARNING;
use crate::types::generator::{self, Flavour, Generator, PyGenerator, Sent};
use crate::{PyErr, PyRef, PyResult, Ref, Vm};
use exuvia_object::{Class, Traverse};

/// `coroutine`'s payload.
pub type PyCoroutine = Generator<Awaitable>;

/// The flavour of coroutines.
#[derive(Debug)]
pub struct Awaitable;

impl Flavour for Awaitable {
    const DEF: &'static TypeDef = &COROUTINE;
}

/// The iterator that `coroutine.__await__` returns.
#[derive(Debug, Traverse)]
pub struct PyCoroutineWrapper {
    coroutine: PyRef,
}

impl PyPayload for PyCoroutineWrapper {
    const DEF: &'static TypeDef = &COROUTINE_WRAPPER;
}

/// Remembers where a coroutine was made, if `sys.set_coroutine_origin_tracking_depth` asks for it.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn record_origin(vm: &mut Vm, coroutine: &PyRef) -> PyResult<()> {
    let depth = vm.eval.coroutine_origin_depth;
    if depth == 0 {
        return Ok(());
    }
    let mut entries = Vec::new();
    let callers = vm.eval.frames.iter().rev().skip(1).take(depth);
    let callers: Vec<_> = callers
        .map(|frame| (frame.code.clone(), frame.line()))
        .collect();
    for (code, line) in callers {
        let line = vm.new_int(line.into())?;
        let (file, name) = (code.filename.clone(), code.name.clone());
        let entry = vm.new_tuple(&[file.into_any(), line, name.into_any()])?;
        entries.push(entry.into_any());
    }
    let origin = vm.new_tuple(&entries)?;
    if let Some(coroutine) = coroutine.downcast_ref::<PyCoroutine>() {
        coroutine.head().extra.set(Some(origin.into_any()));
    }
    Ok(())
}

/// What `await object` iterates over.
///
/// # Errors
/// `TypeError` if the object cannot be awaited.
pub(crate) fn awaitable(vm: &mut Vm, object: &PyRef, origin: u32) -> PyResult {
    if object.is_a::<PyCoroutine>() {
        return Ok(object.clone());
    }
    if let Some(generator) = object.downcast_ref::<PyGenerator>()
        && generator.head().code_flags() & flags::ITERABLE_COROUTINE != 0
    {
        return Ok(object.clone());
    }
    let Some(await_) = vm.type_of(object).slots(vm).await_ else {
        let found = vm.type_name(object);
        let message = match origin {
            1 => format!(
                "'async with' received an object from __aenter__ that does not implement __await__: {found}"
            ),
            2 => format!(
                "'async with' received an object from __aexit__ that does not implement __await__: {found}"
            ),
            _ => format!("'{found}' object can't be awaited"),
        };
        return Err(vm.type_error(message));
    };
    let iterator = await_(vm, object)?;
    if iterator.is_a::<PyCoroutine>() {
        return Err(vm.type_error("__await__() returned a coroutine"));
    }
    if vm.type_of(&iterator).slots(vm).next.is_none() {
        let message = format!(
            "__await__() returned non-iterator of type '{}'",
            vm.type_name(&iterator)
        );
        return Err(vm.type_error(message));
    }
    Ok(iterator)
}

/// `coroutine`
pub static COROUTINE: TypeDef = TypeDef {
    doc: "The running or suspended call of an async function.",
    class: Some(generator::class::<Awaitable>),
    flags: TypeFlags::WEAKREF.or(TypeFlags::NO_NEW),
    slots: Slots {
        repr: Some(generator::repr),
        await_: Some(wrapper),
        del: Some(finalize),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "send",
            "($self, value, /)",
            generator::send_method::<Awaitable>,
            "Resumes with a value; returns what it waits for."
        ),
        crate::method!(
            "throw",
            "($self, type, value=None, traceback=None, /)",
            generator::throw_method::<Awaitable>,
            "Raises an exception where it is suspended."
        ),
        crate::method!(
            "close",
            "($self, /)",
            generator::close_method::<Awaitable>,
            "Raises GeneratorExit where it is suspended."
        ),
    ],
    getset: &[
        GetSet {
            name: "__name__",
            doc: "The function's name.",
            get: generator::get_name,
            set: Some(generator::set_name),
        },
        GetSet {
            name: "__qualname__",
            doc: "The function's qualified name.",
            get: generator::get_qualname,
            set: Some(generator::set_qualname),
        },
        GetSet {
            name: "cr_await",
            doc: "What it waits for, or None.",
            get: generator::get_delegate,
            set: None,
        },
        GetSet {
            name: "cr_running",
            doc: "Whether it runs.",
            get: generator::get_running,
            set: None,
        },
        GetSet {
            name: "cr_suspended",
            doc: "Whether it is suspended.",
            get: generator::get_suspended,
            set: None,
        },
        GetSet {
            name: "cr_frame",
            doc: "Its frame, or None when it is over.",
            get: generator::get_frame,
            set: None,
        },
        GetSet {
            name: "cr_code",
            doc: "Its code.",
            get: generator::get_code,
            set: None,
        },
        GetSet {
            name: "cr_origin",
            doc: "Where it was made, if that is recorded, or None.",
            get: |vm, this| {
                let coroutine = this
                    .downcast_ref::<PyCoroutine>()
                    .expect("getters get receivers of their type");
                Ok(coroutine.head().extra.get().unwrap_or_else(|| vm.none()))
            },
            set: None,
        },
    ],
    ..TypeDef::new("coroutine")
};

/// `coroutine_wrapper`
pub static COROUTINE_WRAPPER: TypeDef = TypeDef {
    doc: "The iterator behind an awaited coroutine.",
    class: Some(Class::of::<PyCoroutineWrapper>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        next: Some(wrapper_next),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "send",
            "($self, value, /)",
            wrapper_send,
            "Resumes the coroutine with a value."
        ),
        crate::method!(
            "throw",
            "($self, type, value=None, traceback=None, /)",
            wrapper_throw,
            "Raises an exception in the coroutine."
        ),
        crate::method!(
            "close",
            "($self, /)",
            wrapper_close,
            "Closes the coroutine."
        ),
    ],
    ..TypeDef::new("coroutine_wrapper")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&COROUTINE, &COROUTINE_WRAPPER];

/// Runs when the last reference goes away: warns about what was never awaited, closes what is suspended.
fn finalize(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    if generator::is_unstarted(this) {
        warn_unawaited(vm, this);
    }
    generator::close(vm, this).map(drop)
}

/// Says that a coroutine was never awaited; the `warnings` module says it better, if it has the function for it.
fn warn_unawaited(vm: &mut Vm, coroutine: &PyRef) {
    match warn_in_detail(vm, coroutine) {
        Ok(true) => return,
        Ok(false) => {}
        Err(error) => {
            let is_said = error.is(vm, &RUNTIME_WARNING);
            report(vm, coroutine, error);
            if is_said {
                return;
            }
        }
    }
    let message = format!(
        "coroutine '{}' was never awaited",
        generator::qualified_name(coroutine)
    );
    if let Err(error) = vm.warn(&RUNTIME_WARNING, &message, 1, Some(coroutine)) {
        report(vm, coroutine, error);
    }
}

fn warn_in_detail(vm: &mut Vm, coroutine: &PyRef) -> PyResult<bool> {
    let Ok(warnings) = vm.import("warnings") else {
        return Ok(false);
    };
    match vm.lookup_attr_str(&warnings, "_warn_unawaited_coroutine")? {
        Some(function) => {
            vm.call_positional(&function, std::slice::from_ref(coroutine))?;
            Ok(true)
        }
        None => Ok(false),
    }
}

fn report(vm: &mut Vm, coroutine: &PyRef, error: PyErr) {
    let shown = vm.repr(coroutine).map(|text| text.to_text().into_owned());
    let what = format!(
        "Exception ignored while finalizing coroutine {}",
        shown.unwrap_or_default()
    );
    vm.write_unraisable(error, Some(&what), None);
}

fn wrapper(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(vm
        .new_object(PyCoroutineWrapper {
            coroutine: this.clone(),
        })?
        .into_any())
}

fn inner(this: &PyRef) -> PyRef {
    this.downcast_ref::<PyCoroutineWrapper>()
        .expect("slots get receivers of their type")
        .coroutine
        .clone()
}

fn wrapper_next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let none = vm.none();
    match generator::send(vm, &inner(this), none)? {
        Sent::Yielded(value) => Ok(Some(value)),
        Sent::Returned(value) if vm.is_none(&value) => Ok(None),
        Sent::Returned(value) => Err(crate::types::exception::stop_iteration_with(vm, value)),
    }
}

fn wrapper_send(vm: &mut Vm, this: Ref<PyCoroutineWrapper>, value: PyRef) -> PyResult {
    let sent = generator::send(vm, &this.coroutine, value)?;
    generator::to_iteration(vm, sent)
}

fn wrapper_throw(
    vm: &mut Vm,
    this: Ref<PyCoroutineWrapper>,
    ty: PyRef,
    value: Option<PyRef>,
    traceback: Option<PyRef>,
) -> PyResult {
    if value.is_some() || traceback.is_some() {
        generator::warn_three_arguments(vm, "throw")?;
    }
    let exception = generator::thrown_exception(vm, &ty, value, traceback)?;
    let sent = generator::throw(vm, &this.coroutine, exception)?;
    generator::to_iteration(vm, sent)
}

fn wrapper_close(vm: &mut Vm, this: Ref<PyCoroutineWrapper>) -> PyResult {
    generator::close(vm, &this.coroutine)
}
