//! `async_generator` and the awaitables that its methods return (PEP 525).

use crate::object::PyPayload;
use crate::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use crate::types::exception::{self, PyException};
use crate::types::generator::{self, Flavour, Generator, Sent, State};
use crate::{PyErr, PyRef, PyResult, Ref, Slot, Vm};
use exuvia_object::{Class, Header, Traverse};
use std::cell::Cell;
use std::ptr::NonNull;

/// `async_generator`'s payload.
pub type PyAsyncGenerator = Generator<Async>;

/// The flavour of asynchronous generators.
#[derive(Debug)]
pub struct Async;

impl Flavour for Async {
    const DEF: &'static TypeDef = &ASYNC_GENERATOR;
}

/// Bits of the generator's `async_flags`.
mod flag {
    /// An awaitable of it is being run.
    pub(super) const RUNNING: u8 = 1;
    /// It is closed: it gives no more values.
    pub(super) const CLOSED: u8 = 2;
    /// The hooks were looked up.
    pub(super) const HOOKS_INITED: u8 = 4;
}

/// A value that was yielded to the consumer, told apart from what an `await` inside yields to the event loop.
#[derive(Debug, Traverse)]
pub struct PyWrappedValue {
    value: PyRef,
}

impl PyPayload for PyWrappedValue {
    const DEF: &'static TypeDef = &WRAPPED_VALUE;
}

/// Where an awaitable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Created,
    Iterating,
    Closed,
}

/// What an awaitable does to its generator.
#[derive(Debug, Traverse)]
enum Action {
    Send(Slot),
    /// The three arguments of `athrow`, which are looked at when it is first run.
    Throw(Slot, Slot, Slot),
    Close,
}

/// What `asend`, `__anext__`, `athrow` and `aclose` return.
#[derive(Debug, Traverse)]
pub struct PyAsyncCall {
    generator: Ref<PyAsyncGenerator>,
    action: Action,
    #[traverse(skip)]
    stage: Cell<Stage>,
}

impl PyPayload for PyAsyncCall {
    const DEF: &'static TypeDef = &ASYNC_CALL;
}

/// The awaitable of `anext(iterator, default)`.
#[derive(Debug, Traverse)]
pub struct PyAnextAwaitable {
    wrapped: PyRef,
    default: PyRef,
}

impl PyPayload for PyAnextAwaitable {
    const DEF: &'static TypeDef = &ANEXT_AWAITABLE;
}

/// `ASYNC_GEN_WRAP`
pub(crate) fn wrap(vm: &mut Vm, value: PyRef) -> PyResult {
    Ok(vm.new_object(PyWrappedValue { value })?.into_any())
}

/// The awaitable of `anext(iterator, default)`.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn anext_awaitable(vm: &mut Vm, wrapped: PyRef, default: PyRef) -> PyResult {
    Ok(vm
        .new_object(PyAnextAwaitable { wrapped, default })?
        .into_any())
}

/// `async_generator`
pub static ASYNC_GENERATOR: TypeDef = TypeDef {
    doc: "An asynchronous iterator whose values an async function computes one by one.",
    class: Some(generator::class::<Async>),
    flags: TypeFlags::WEAKREF.or(TypeFlags::NO_NEW),
    slots: Slots {
        repr: Some(generator::repr),
        aiter: Some(|_, this| Ok(this.clone())),
        anext: Some(|vm, this| {
            let none = vm.none();
            make_call(
                vm,
                generator_of(this).clone(),
                Action::Send(Slot::new(Some(none))),
            )
        }),
        del: Some(finalize),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "asend",
            "($self, value, /)",
            asend,
            "An awaitable that resumes with a value."
        ),
        crate::method!(
            "athrow",
            "($self, type, value=None, traceback=None, /)",
            athrow,
            "An awaitable that raises an exception where it is suspended."
        ),
        crate::method!(
            "aclose",
            "($self, /)",
            aclose,
            "An awaitable that closes it."
        ),
        crate::class_method!(
            "__class_getitem__",
            "($type, object, /)",
            class_getitem,
            "The type with parameters (PEP 585)."
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
            name: "ag_await",
            doc: "What it waits for, or None.",
            get: generator::get_delegate,
            set: None,
        },
        GetSet {
            name: "ag_running",
            doc: "Whether an awaitable of it runs.",
            get: |vm, this| Ok(vm.new_bool(has(generator_of(this), flag::RUNNING))),
            set: None,
        },
        GetSet {
            name: "ag_suspended",
            doc: "Whether it is suspended.",
            get: generator::get_suspended,
            set: None,
        },
        GetSet {
            name: "ag_frame",
            doc: "Its frame, or None when it is over.",
            get: generator::get_frame,
            set: None,
        },
        GetSet {
            name: "ag_code",
            doc: "Its code.",
            get: generator::get_code,
            set: None,
        },
    ],
    ..TypeDef::new("async_generator")
};

/// `async_generator_wrapped_value`
pub static WRAPPED_VALUE: TypeDef = TypeDef {
    class: Some(Class::of::<PyWrappedValue>),
    flags: TypeFlags::NO_NEW,
    ..TypeDef::new("async_generator_wrapped_value")
};

/// `async_generator_asend`: what `asend` and `__anext__` return.
pub static ASYNC_CALL: TypeDef = TypeDef {
    doc: "An awaitable that resumes an asynchronous generator.",
    class: Some(call_class),
    flags: TypeFlags::NO_NEW,
    slots: CALL_SLOTS,
    methods: CALL_METHODS,
    ..TypeDef::new("async_generator_asend")
};

/// `async_generator_athrow`: what `athrow` and `aclose` return.
pub static ASYNC_THROW: TypeDef = TypeDef {
    doc: "An awaitable that raises an exception in an asynchronous generator.",
    class: Some(call_class),
    flags: TypeFlags::NO_NEW,
    slots: CALL_SLOTS,
    methods: CALL_METHODS,
    ..TypeDef::new("async_generator_athrow")
};

const CALL_SLOTS: Slots = Slots {
    iter: Some(|_, this| Ok(this.clone())),
    await_: Some(|_, this| Ok(this.clone())),
    next: Some(|vm, this| {
        let none = vm.none();
        step(vm, call_of(this), none).map(Some)
    }),
    del: Some(warn_unawaited),
    ..Slots::EMPTY
};

static CALL_METHODS: &[Method] = &[
    crate::method!(
        "send",
        "($self, value, /)",
        call_send,
        "Resumes with a value from the event loop."
    ),
    crate::method!(
        "throw",
        "($self, type, value=None, traceback=None, /)",
        call_throw,
        "Raises an exception in what is awaited."
    ),
    crate::method!("close", "($self, /)", call_close, "Gives up."),
];

/// The class of awaitables: one that was never awaited says so before it dies.
fn call_class() -> Class {
    fn was_never_awaited(_: NonNull<Header>) -> bool {
        true
    }
    let class = Class::of::<PyAsyncCall>();
    class.needs_finalizer.set(Some(was_never_awaited));
    class
}

/// `anext_awaitable`
pub static ANEXT_AWAITABLE: TypeDef = TypeDef {
    class: Some(Class::of::<PyAnextAwaitable>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        await_: Some(|_, this| Ok(this.clone())),
        next: Some(|vm, this| {
            let none = vm.none();
            anext_step(vm, anext_of(this), "send", &[none]).map(Some)
        }),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "send",
            "($self, value, /)",
            |vm: &mut Vm, this: Ref<PyAnextAwaitable>, value: PyRef| anext_step(
                vm,
                &this,
                "send",
                &[value]
            ),
            "Resumes with a value."
        ),
        crate::method!(
            "close",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyAnextAwaitable>| anext_step(vm, &this, "close", &[]),
            "Gives up."
        ),
    ],
    ..TypeDef::new("anext_awaitable")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[
    &ASYNC_GENERATOR,
    &WRAPPED_VALUE,
    &ASYNC_CALL,
    &ASYNC_THROW,
    &ANEXT_AWAITABLE,
];

fn generator_of(this: &PyRef) -> &Ref<PyAsyncGenerator> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn call_of(this: &PyRef) -> &Ref<PyAsyncCall> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn anext_of(this: &PyRef) -> &Ref<PyAnextAwaitable> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn has(generator: &Ref<PyAsyncGenerator>, flag: u8) -> bool {
    generator.head().async_flags.get() & flag != 0
}

fn set(generator: &Ref<PyAsyncGenerator>, flag: u8, value: bool) {
    let flags = &generator.head().async_flags;
    flags.set(if value {
        flags.get() | flag
    } else {
        flags.get() & !flag
    });
}

fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    crate::types::generic_alias::new(vm, &class, &item)
}

/// Runs when the last reference goes away: the finalizer hook, or closing it here.
fn finalize(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    let generator = generator_of(this);
    if has(generator, flag::CLOSED) || generator.head().state.get() != State::Suspended {
        return Ok(());
    }
    if let Some(hook) = generator.head().extra.get() {
        return vm
            .call_positional(&hook, std::slice::from_ref(this))
            .map(drop);
    }
    generator::close(vm, this).map(drop)
}

/// Calls the hook for the first iteration (`sys.set_asyncgen_hooks`), once per generator.
fn init_hooks(vm: &mut Vm, generator: &Ref<PyAsyncGenerator>) -> PyResult<()> {
    if has(generator, flag::HOOKS_INITED) {
        return Ok(());
    }
    set(generator, flag::HOOKS_INITED, true);
    let (first, finalizer) = (
        vm.eval.asyncgen_hooks[0].clone(),
        vm.eval.asyncgen_hooks[1].clone(),
    );
    generator.head().extra.set(finalizer);
    match first {
        Some(first) => vm
            .call_positional(&first, &[generator.clone().into_any()])
            .map(drop),
        None => Ok(()),
    }
}

fn make_call(vm: &mut Vm, generator: Ref<PyAsyncGenerator>, action: Action) -> PyResult {
    init_hooks(vm, &generator)?;
    let def = match action {
        Action::Send(_) => &ASYNC_CALL,
        Action::Throw(..) | Action::Close => &ASYNC_THROW,
    };
    let call = PyAsyncCall {
        generator,
        action,
        stage: Cell::new(Stage::Created),
    };
    Ok(vm.new_instance(vm.class(def), call)?.into_any())
}

fn asend(vm: &mut Vm, this: Ref<PyAsyncGenerator>, value: PyRef) -> PyResult {
    make_call(vm, this, Action::Send(Slot::new(Some(value))))
}

fn athrow(
    vm: &mut Vm,
    this: Ref<PyAsyncGenerator>,
    ty: PyRef,
    value: Option<PyRef>,
    traceback: Option<PyRef>,
) -> PyResult {
    if value.is_some() || traceback.is_some() {
        generator::warn_three_arguments(vm, "athrow")?;
    }
    let action = Action::Throw(Slot::new(Some(ty)), Slot::new(value), Slot::new(traceback));
    make_call(vm, this, action)
}

fn aclose(vm: &mut Vm, this: Ref<PyAsyncGenerator>) -> PyResult {
    make_call(vm, this, Action::Close)
}

/// Runs when the last reference to an awaitable goes away.
fn warn_unawaited(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    let call = call_of(this);
    if call.stage.get() != Stage::Created {
        return Ok(());
    }
    let method = match call.action {
        Action::Send(_) => "asend",
        Action::Throw(..) => "athrow",
        Action::Close => "aclose",
    };
    let message = format!(
        "coroutine method '{method}' of '{}' was never awaited",
        generator::qualified_name(call.generator.as_any())
    );
    vm.warn(&exception::RUNTIME_WARNING, &message, 1, Some(this))
}

impl Action {
    /// How messages call it when the generator is running already.
    fn name(&self) -> &'static str {
        match self {
            Self::Send(_) => "anext()",
            Self::Throw(..) => "athrow()",
            Self::Close => "aclose()",
        }
    }

    /// How messages call it when it has been awaited before.
    fn family(&self) -> &'static str {
        match self {
            Self::Send(_) => "__anext__()/asend()",
            Self::Throw(..) | Self::Close => "aclose()/athrow()",
        }
    }
}

/// Refuses an awaitable that was awaited before.
fn check_not_reused(vm: &mut Vm, call: &Ref<PyAsyncCall>) -> PyResult<()> {
    if call.stage.get() != Stage::Closed {
        return Ok(());
    }
    let family = call.action.family();
    Err(vm.runtime_error(format!("cannot reuse already awaited {family}")))
}

/// Refuses to begin while another awaitable of the generator is being run.
fn check_not_running(vm: &mut Vm, call: &Ref<PyAsyncCall>) -> PyResult<()> {
    if !has(&call.generator, flag::RUNNING) {
        return Ok(());
    }
    call.stage.set(Stage::Closed);
    let name = call.action.name();
    Err(vm.runtime_error(format!("{name}: asynchronous generator is already running")))
}

fn start(call: &Ref<PyAsyncCall>) {
    call.stage.set(Stage::Iterating);
    set(&call.generator, flag::RUNNING, true);
}

/// Runs an awaitable one step: returns what the event loop is to see, or raises StopIteration with the result.
fn step(vm: &mut Vm, call: &Ref<PyAsyncCall>, value: PyRef) -> PyResult {
    let call = call.clone();
    check_not_reused(vm, &call)?;
    let sent = match (&call.action, call.stage.get()) {
        (Action::Send(initial), Stage::Created) => {
            check_not_running(vm, &call)?;
            let value = if vm.is_none(&value) {
                initial.get().unwrap_or(value)
            } else {
                value
            };
            start(&call);
            generator::send(vm, call.generator.as_any(), value)
        }
        (Action::Throw(..) | Action::Close, Stage::Created) => begin_throwing(vm, &call, &value)?,
        (_, Stage::Iterating | Stage::Closed) => {
            generator::send(vm, call.generator.as_any(), value)
        }
    };
    unwrap(vm, &call, sent)
}

/// The first step of `athrow` and `aclose`.
fn begin_throwing(vm: &mut Vm, call: &Ref<PyAsyncCall>, value: &PyRef) -> PyResult<PyResult<Sent>> {
    let generator = &call.generator;
    if generator.head().state.get() == State::Done {
        call.stage.set(Stage::Closed);
        return Err(vm.stop_iteration(None));
    }
    check_not_running(vm, call)?;
    if has(generator, flag::CLOSED) {
        call.stage.set(Stage::Closed);
        return Err(vm.error_with(&exception::STOP_ASYNC_ITERATION, &[]));
    }
    if !vm.is_none(value) {
        return Err(vm.runtime_error("can't send non-None value to a just-started coroutine"));
    }
    start(call);
    let exception = match &call.action {
        Action::Throw(ty, value, traceback) => {
            let ty = ty.get().unwrap_or_else(|| vm.none());
            generator::thrown_exception(vm, &ty, value.get(), traceback.get())
        }
        Action::Send(_) | Action::Close => {
            set(generator, flag::CLOSED, true);
            let exit = vm.error_with(&exception::GENERATOR_EXIT, &[]);
            Ok(exit.into_exception(vm))
        }
    };
    Ok(exception.and_then(|exception| generator::throw(vm, generator.as_any(), exception)))
}

/// What a step of the generator means for the one who awaits.
fn unwrap(vm: &mut Vm, call: &Ref<PyAsyncCall>, sent: PyResult<Sent>) -> PyResult {
    let generator = &call.generator;
    match sent {
        Ok(Sent::Yielded(value)) => {
            let Some(wrapped) = value.downcast_ref::<PyWrappedValue>() else {
                return Ok(value);
            };
            finish(call);
            if matches!(call.action, Action::Close) {
                return Err(vm.runtime_error("async generator ignored GeneratorExit"));
            }
            Err(vm.stop_iteration(Some(wrapped.value.clone())))
        }
        Ok(Sent::Returned(_)) => {
            set(generator, flag::CLOSED, true);
            finish(call);
            match call.action {
                Action::Close => Err(vm.stop_iteration(None)),
                Action::Send(_) | Action::Throw(..) => {
                    Err(vm.error_with(&exception::STOP_ASYNC_ITERATION, &[]))
                }
            }
        }
        Err(error) => {
            finish(call);
            let ends = error.is(vm, &exception::STOP_ASYNC_ITERATION)
                || error.is(vm, &exception::GENERATOR_EXIT);
            if ends {
                set(generator, flag::CLOSED, true);
                if matches!(call.action, Action::Close) {
                    return Err(vm.stop_iteration(None));
                }
            }
            Err(error)
        }
    }
}

fn finish(call: &Ref<PyAsyncCall>) {
    set(&call.generator, flag::RUNNING, false);
    call.stage.set(Stage::Closed);
}

fn call_send(vm: &mut Vm, this: Ref<PyAsyncCall>, value: PyRef) -> PyResult {
    step(vm, &this, value)
}

fn call_throw(
    vm: &mut Vm,
    this: Ref<PyAsyncCall>,
    ty: PyRef,
    value: Option<PyRef>,
    traceback: Option<PyRef>,
) -> PyResult {
    if value.is_some() || traceback.is_some() {
        generator::warn_three_arguments(vm, "throw")?;
    }
    check_not_reused(vm, &this)?;
    let exception = generator::thrown_exception(vm, &ty, value, traceback)?;
    throw_into(vm, &this, exception)
}

fn throw_into(vm: &mut Vm, call: &Ref<PyAsyncCall>, exception: Ref<PyException>) -> PyResult {
    if call.stage.get() == Stage::Created {
        check_not_running(vm, call)?;
        start(call);
    }
    let sent = generator::throw(vm, call.generator.as_any(), exception);
    unwrap(vm, call, sent)
}

fn call_close(vm: &mut Vm, this: Ref<PyAsyncCall>) -> PyResult<()> {
    if this.stage.get() == Stage::Closed {
        return Ok(());
    }
    let exit = vm.error_with(&exception::GENERATOR_EXIT, &[]);
    let exit = exit.into_exception(vm);
    let Err(error) = throw_into(vm, &this, exit) else {
        return Err(vm.runtime_error("coroutine ignored GeneratorExit"));
    };
    let expected = [
        &exception::STOP_ITERATION,
        &exception::STOP_ASYNC_ITERATION,
        &exception::GENERATOR_EXIT,
    ];
    if expected.iter().any(|def| error.is(vm, def)) {
        return Ok(());
    }
    Err(error)
}

fn anext_step(vm: &mut Vm, this: &Ref<PyAnextAwaitable>, method: &str, args: &[PyRef]) -> PyResult {
    let awaitable = crate::types::coroutine::awaitable(vm, &this.wrapped, 0)?;
    let result = if method == "send"
        && vm.type_of(&awaitable).slots(vm).next.is_some()
        && vm.is_none(&args[0])
    {
        match vm.next_raw(&awaitable) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => Err(vm.stop_iteration(None)),
            Err(error) => Err(error),
        }
    } else {
        vm.call_method_str(&awaitable, method, args)
    };
    match result {
        Err(error) if error.is(vm, &exception::STOP_ASYNC_ITERATION) => {
            Err(exception::stop_iteration_with(vm, this.default.clone()))
        }
        Err(PyErr::OutOfMemory) => Err(PyErr::OutOfMemory),
        other => other,
    }
}
