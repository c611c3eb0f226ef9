//! `generator`, and what generators, coroutines and asynchronous generators share: a frame that can be suspended.
//!
//! The frame's locals and temporaries lie behind the object's payload and are run in place; resuming copies
//! nothing.

#![allow(unsafe_code, reason = "a suspended frame lies in its generator")]

use crate::eval::frame::{Frame, FrameKind};
use crate::eval::run::{self, Outcome, Resume};
use crate::eval::stack::{FRAME_HEADER, StackRef};
use crate::object::PyPayload;
use crate::table::{GetSet, Slots, TypeDef, TypeFlags};
use crate::types::asyncgen::PyAsyncGenerator;
use crate::types::code::{PyCode, flags};
use crate::types::coroutine::PyCoroutine;
use crate::types::exception::{self, PyException};
use crate::types::frame::PyFrame;
use crate::types::function::PyFunction;
use crate::types::str::PyStr;
use crate::types::traceback::PyTraceback;
use crate::types::tuple::PyTuple;
use crate::{Kind, PyErr, PyRef, PyResult, Ref, Slot, Tail, Vm};
use exuvia_object::{Class, Header, Label, Traverse, Visitor};
use std::cell::{Cell, UnsafeCell};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// Where a generator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not started.
    Created,
    /// At a `yield`.
    Suspended,
    /// Running.
    Running,
    /// Over.
    Done,
}

/// Tells generators, coroutines and asynchronous generators apart at compile time.
pub trait Flavour: std::fmt::Debug + 'static {
    /// The type's declaration.
    const DEF: &'static TypeDef;
}

/// The fixed part of a generator.
#[derive(Debug)]
pub struct Suspended<F> {
    code: Ref<PyCode>,
    func: Ref<PyFunction>,
    name: Slot<PyStr>,
    qualname: Slot<PyStr>,
    /// The frame as an object, if somebody asked.
    frame: Slot<PyFrame>,
    /// The exception being handled when it was suspended.
    handled: Slot<PyException>,
    /// Of an asynchronous generator: its hooks; of a coroutine: its origin.
    pub(crate) extra: Slot,
    pub(crate) state: Cell<State>,
    /// Of an asynchronous generator: closed, running in `asend` and so on.
    pub(crate) async_flags: Cell<u8>,
    flavour: PhantomData<F>,
}

impl<F> Suspended<F> {
    /// `co_flags` of the code.
    pub(crate) fn code_flags(&self) -> u32 {
        self.code.flags
    }
}

/// A generator: the fixed part, then the frame's header, locals and temporaries.
pub type Generator<F> = Tail<Suspended<F>, Entry>;

/// `generator`'s payload.
pub type PyGenerator = Generator<Plain>;

/// The flavour of plain generators.
#[derive(Debug)]
pub struct Plain;

impl Flavour for Plain {
    const DEF: &'static TypeDef = &GENERATOR;
}

impl<F: Flavour> PyPayload for Generator<F> {
    const DEF: &'static TypeDef = F::DEF;
}

/// One entry of a suspended frame. What is counted in it is visited and dropped by the fixed part, which knows the depth.
#[repr(transparent)]
pub struct Entry(UnsafeCell<usize>);

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entry")
    }
}

// SAFETY: entries are visited by `traverse_generator`.
unsafe impl Traverse for Entry {
    const ACYCLIC: bool = true;

    fn traverse(&self, _: &mut Visitor<'_>) {}
}

// SAFETY: every field that holds references is visited.
unsafe impl<F: 'static> Traverse for Suspended<F> {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.field("gi_code", &self.code);
        visitor.field("function", &self.func);
        visitor.field("__name__", &self.name);
        visitor.field("__qualname__", &self.qualname);
        visitor.field("gi_frame", &self.frame);
        visitor.field("handled exception", &self.handled);
        visitor.field("extra", &self.extra);
    }
}

/// The class of a flavour's objects.
pub(crate) fn class<F: Flavour>() -> Class {
    let class = Class::of::<Generator<F>>();
    class.size.set(Some(Generator::<F>::size));
    class.drop.set(Some(drop_generator::<F>));
    class.traverse.set(Some(traverse_generator::<F>));
    class.needs_finalizer.set(Some(needs_finalizer::<F>));
    class
}

fn base_of<F>(generator: &Generator<F>) -> *mut StackRef {
    // SAFETY: the tail has room for the header.
    unsafe {
        generator
            .as_slice()
            .as_ptr()
            .add(FRAME_HEADER)
            .cast_mut()
            .cast()
    }
}

fn depth_of<F>(generator: &Generator<F>) -> usize {
    // SAFETY: the first entry is the saved depth.
    unsafe { *generator.as_slice()[0].0.get() }
}

unsafe fn drop_generator<F: 'static>(object: NonNull<Header>) {
    // SAFETY: the object is of this class; nobody looks at it again. Its frame does not run: a running frame holds it.
    unsafe {
        let generator = object.add(1).cast::<Generator<F>>();
        // The frame object points into this block. Should it be dead already (a cycle is being taken apart), its
        // memory is still there, and this only overwrites plain data.
        if let Some(frame) = generator.as_ref().head().frame.take() {
            frame.set_done();
        }
        let (base, depth) = (base_of(generator.as_ref()), depth_of(generator.as_ref()));
        for index in (0..depth).rev() {
            drop(base.add(index).read());
        }
        generator.drop_in_place();
    }
}

unsafe fn traverse_generator<F: 'static>(object: NonNull<Header>, visitor: &mut Visitor<'_>) {
    // SAFETY: the object is of this class and alive.
    let generator = unsafe { object.add(1).cast::<Generator<F>>().as_ref() };
    generator.head().traverse(visitor);
    // While the frame runs, how much of it is in use is not known here: what it holds counts as held from outside.
    if generator.head().state.get() == State::Running {
        return;
    }
    let base = base_of(generator);
    for index in 0..depth_of(generator) {
        // SAFETY: entries below the saved depth are initialized.
        let entry = unsafe { &*base.add(index) };
        if entry.is_counted() {
            let code = &generator.head().code;
            visitor.visit_raw(entry.object().as_raw(), || {
                if index < code.local_count() {
                    Label::Local(code.local_name(index).as_raw())
                } else {
                    Label::Stack(index - code.local_count())
                }
            });
        }
    }
}

/// Whether the generator must be closed before it dies: code would run (it is suspended inside of a `try` or `with`, or is
/// a coroutine that nobody awaited), somebody else looks at its frame, which takes the locals over, or it is in a cycle,
/// which closing it breaks.
unsafe fn needs_finalizer<F: 'static>(object: NonNull<Header>) -> bool {
    // SAFETY: the object is of this class and alive.
    let generator = unsafe { object.add(1).cast::<Generator<F>>().as_ref() };
    let head = generator.head();
    // The collector holds what it asks about.
    // SAFETY: as above.
    let is_in_cycle = || unsafe { object.as_ref() }.count() > 1;
    let has_frame = || head.frame.get().is_some_and(|frame| frame.count() > 2);
    match head.state.get() {
        State::Created => head.code.flags & flags::COROUTINE != 0 || is_in_cycle() || has_frame(),
        State::Suspended => {
            let is_async = head.code.flags & (flags::COROUTINE | flags::ASYNC_GENERATOR) != 0;
            is_async
                || head.code.has_cleanup(instruction_of(generator))
                || is_in_cycle()
                || has_frame()
        }
        State::Running | State::Done => false,
    }
}

fn instruction_of<F>(generator: &Generator<F>) -> u32 {
    // SAFETY: the second entry is the saved instruction.
    u32::try_from(unsafe { *generator.as_slice()[1].0.get() }).unwrap_or(0)
}

/// Moves the innermost frame into a new generator of the kind that its code says.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn from_running_frame(vm: &mut Vm) -> PyResult {
    let code_flags = vm
        .eval
        .frames
        .last()
        .expect("a frame is running")
        .code
        .flags;
    if code_flags & flags::ASYNC_GENERATOR != 0 {
        make::<crate::types::asyncgen::Async>(vm)
    } else if code_flags & flags::COROUTINE != 0 {
        let coroutine = make::<crate::types::coroutine::Awaitable>(vm)?;
        crate::types::coroutine::record_origin(vm, &coroutine)?;
        Ok(coroutine)
    } else {
        make::<Plain>(vm)
    }
}

fn make<F: Flavour>(vm: &mut Vm) -> PyResult {
    let frame = vm.eval.frames.last().expect("a frame is running");
    let (code, func) = (frame.code.clone(), frame.func.clone());
    let count = FRAME_HEADER + code.local_count() + code.prepared(vm)?.stack_size as usize + 1;
    let head = Suspended {
        name: Slot::new(func.name.get()),
        qualname: Slot::new(func.qualname.get()),
        code,
        func,
        frame: Slot::empty(),
        handled: Slot::empty(),
        extra: Slot::empty(),
        state: Cell::new(State::Created),
        async_flags: Cell::new(0),
        flavour: PhantomData::<F>,
    };
    let entries = (0..count).map(|_| Entry(UnsafeCell::new(0)));
    let generator = vm.new_tail_instance::<Suspended<F>, Entry>(
        vm.class(F::DEF),
        Kind::Tracked,
        head,
        count,
        entries,
    )?;
    let frame = vm.eval.frames.last().expect("a frame is running");
    let (depth, base) = (frame.depth(), base_of(&generator));
    // SAFETY: the frame's entries move to the generator; the frame forgets them.
    unsafe {
        std::ptr::copy_nonoverlapping(
            frame.base.sub(FRAME_HEADER),
            base.sub(FRAME_HEADER),
            depth + FRAME_HEADER,
        );
        std::ptr::write_bytes(frame.base, 0, depth);
    }
    Ok(generator.into_any())
}

/// Whether an object is a generator, coroutine or asynchronous generator.
#[inline]
pub(crate) fn is_generator_like(object: &PyRef) -> bool {
    object.is_a::<PyGenerator>() || object.is_a::<PyCoroutine>()
}

/// What a generator gives.
#[derive(Debug)]
pub(crate) enum Sent {
    /// A value that it yields.
    Yielded(PyRef),
    /// The value that it returns; it is over.
    Returned(PyRef),
}

/// Calls a function with the typed generator behind an object, whatever its flavour.
macro_rules! with_flavour {
    ($object:expr, |$generator:ident| $body:expr) => {
        if let Some($generator) = $object.downcast_ref::<PyGenerator>() {
            $body
        } else if let Some($generator) = $object.downcast_ref::<PyCoroutine>() {
            $body
        } else if let Some($generator) = $object.downcast_ref::<PyAsyncGenerator>() {
            $body
        } else {
            unreachable!("callers pass generators")
        }
    };
}

/// Resumes a generator with a value.
///
/// # Errors
/// What it raises; `ValueError` if it runs already; `TypeError` for a value before it has started.
pub(crate) fn send(vm: &mut Vm, object: &PyRef, value: PyRef) -> PyResult<Sent> {
    with_flavour!(object, |generator| {
        match generator.head().state.get() {
            State::Running => {
                Err(vm.value_error(format!("{} already executing", kind_name(object))))
            }
            State::Done => exhausted(vm, object),
            State::Created if !vm.is_none(&value) => {
                let name = kind_name(object);
                Err(vm.type_error(format!(
                    "can't send non-None value to a just-started {name}"
                )))
            }
            State::Created | State::Suspended => resume(vm, generator, Resume::Value(value)),
        }
    })
}

/// Resuming what is over: iteration ends; a coroutine may not be awaited twice.
fn exhausted(vm: &mut Vm, object: &PyRef) -> PyResult<Sent> {
    if object.is_a::<PyCoroutine>() {
        return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
    }
    Ok(Sent::Returned(vm.none()))
}

/// How messages call it.
pub(crate) fn kind_name(object: &PyRef) -> &'static str {
    if object.is_a::<PyCoroutine>() {
        "coroutine"
    } else if object.is_a::<PyAsyncGenerator>() {
        "async generator"
    } else {
        "generator"
    }
}

fn resume<F: Flavour>(vm: &mut Vm, generator: &Ref<Generator<F>>, with: Resume) -> PyResult<Sent> {
    enter(vm, generator, FrameKind::Entry)?;
    match run::run(vm, Some(with))? {
        Outcome::Yielded(value) => Ok(Sent::Yielded(value)),
        Outcome::Returned(value) => Ok(Sent::Returned(value)),
    }
}

/// Makes the frame of a generator that a loop or an `await` resumes the innermost one; `false`: it can't be resumed
/// just so, and [`send`] knows what to do. The caller puts the value to send on the frame's stack.
///
/// # Errors
/// `RecursionError`
#[inline]
pub(crate) fn enter_resumable(
    vm: &mut Vm,
    object: &PyRef,
    sent: &PyRef,
    kind: FrameKind,
) -> PyResult<bool> {
    if let Some(generator) = object.downcast_ref::<PyGenerator>() {
        return enter_if_resumable(vm, generator, sent, kind);
    }
    match object.downcast_ref::<PyCoroutine>() {
        Some(coroutine) => enter_if_resumable(vm, coroutine, sent, kind),
        None => Ok(false),
    }
}

#[inline]
fn enter_if_resumable<F: Flavour>(
    vm: &mut Vm,
    generator: &Ref<Generator<F>>,
    sent: &PyRef,
    kind: FrameKind,
) -> PyResult<bool> {
    let is_resumable = match generator.head().state.get() {
        State::Created => vm.is_none(sent),
        State::Suspended => true,
        State::Running | State::Done => false,
    };
    if is_resumable {
        enter(vm, generator, kind)?;
    }
    Ok(is_resumable)
}

/// Makes a generator's frame the innermost one. [`suspend`] and [`ended`] undo it.
fn enter<F: Flavour>(vm: &mut Vm, generator: &Ref<Generator<F>>, kind: FrameKind) -> PyResult<()> {
    crate::eval::call::check_depth(vm)?;
    let head = generator.head();
    let frame = Frame {
        func: head.func.clone(),
        code: head.code.clone(),
        namespace: None,
        base: base_of(generator),
        mark: None,
        object: head.frame.get(),
        kind,
        generator: Some(generator.clone().into_any()),
    };
    head.state.set(State::Running);
    if let Some(object) = &frame.object {
        object.set_running(vm.eval.frames.len());
    }
    vm.eval.push(frame);
    vm.eval.handled.push(head.handled.take());
    Ok(())
}

/// Notes that a generator's frame, the innermost until now, has returned or raised.
#[inline]
pub(crate) fn ended(vm: &mut Vm, object: &PyRef) {
    drop(vm.eval.handled.pop());
    with_flavour!(object, |generator| finish(generator.head()));
}

fn finish<F>(head: &Suspended<F>) {
    head.state.set(State::Done);
    head.frame.set(None);
}

/// Takes the innermost frame, which yields, off the running ones; it stays in its generator.
#[inline]
pub(crate) fn suspend(vm: &mut Vm) -> FrameKind {
    let frame = vm.eval.pop();
    let handled = vm.eval.handled.pop().flatten();
    let object = frame.generator.as_ref();
    with_flavour!(object.expect("only generators yield"), |generator| {
        let head = generator.head();
        head.state.set(State::Suspended);
        head.handled.set(handled);
        if let Some(object) = &frame.object {
            object.set_suspended(frame.instruction(), generator.as_any());
        }
        head.frame.set(frame.object.clone());
    });
    frame.kind
}

/// Throws an exception into a generator.
///
/// # Errors
/// What it raises.
pub(crate) fn throw(vm: &mut Vm, object: &PyRef, exception: Ref<PyException>) -> PyResult<Sent> {
    with_flavour!(object, |generator| {
        let head = generator.head();
        match head.state.get() {
            State::Running => {
                Err(vm.value_error(format!("{} already executing", kind_name(object))))
            }
            State::Done => {
                if object.is_a::<PyCoroutine>() {
                    return Err(vm.runtime_error("cannot reuse already awaited coroutine"));
                }
                Err(PyErr::Raised(exception))
            }
            State::Created => {
                // There is nothing to run: the exception leaves the frame at its first line.
                close_unstarted(vm, generator);
                Err(PyErr::Raised(exception))
            }
            State::Suspended => match delegate(generator) {
                Some(inner) => throw_through(vm, generator, &inner, exception),
                None => resume(vm, generator, Resume::Error(PyErr::Raised(exception))),
            },
        }
    })
}

/// Drops what a generator that has not started holds.
fn close_unstarted<F: Flavour>(vm: &mut Vm, generator: &Ref<Generator<F>>) {
    let (base, depth) = (base_of(generator), depth_of(generator));
    if let Some(frame) = generator.head().frame.get() {
        if frame.count() > 2 {
            frame.keep_suspended(vm, instruction_of(generator));
        }
        frame.set_done();
    }
    finish(generator.head());
    // SAFETY: entries below the depth are initialized; the depth is cleared before they are dropped.
    unsafe {
        *generator.as_slice()[0].0.get() = 0;
        for index in (0..depth).rev() {
            drop(base.add(index).read());
        }
    }
}

/// The iterator that a generator suspended in `yield from` or `await` waits for.
fn delegate<F>(generator: &Generator<F>) -> Option<PyRef> {
    let head = generator.head();
    if head.state.get() != State::Suspended
        || !head.code.is_delegating_yield(instruction_of(generator))
    {
        return None;
    }
    let depth = depth_of(generator);
    // SAFETY: entries below the depth are initialized; the receiver of SEND is on top.
    unsafe { &*base_of(generator).add(depth.checked_sub(1)?) }
        .duplicate()
        .into_owned()
}

fn throw_through<F: Flavour>(
    vm: &mut Vm,
    generator: &Ref<Generator<F>>,
    inner: &PyRef,
    exception: Ref<PyException>,
) -> PyResult<Sent> {
    let state = &generator.head().state;
    if vm.is_instance_of_def(exception.as_any(), &exception::GENERATOR_EXIT) {
        state.set(State::Running);
        let closed = close_any(vm, inner);
        state.set(State::Suspended);
        let error = closed.err().unwrap_or(PyErr::Raised(exception));
        return resume(vm, generator, Resume::Error(error));
    }
    // The delegating frame is where its delegate was called from.
    enter(vm, generator, FrameKind::Entry)?;
    let thrown = throw_into(vm, inner, exception);
    suspend(vm);
    match thrown {
        Ok(Sent::Yielded(value)) => Ok(Sent::Yielded(value)),
        Ok(Sent::Returned(value)) => {
            let stop = vm.stop_iteration(Some(value));
            resume(vm, generator, Resume::Error(stop))
        }
        Err(error) => resume(vm, generator, Resume::Error(error)),
    }
}

/// Throws an exception into any iterator that a generator delegates to.
fn throw_into(vm: &mut Vm, inner: &PyRef, exception: Ref<PyException>) -> PyResult<Sent> {
    if is_generator_like(inner) {
        return throw(vm, inner, exception);
    }
    let name = vm.names().throw.clone();
    match vm.lookup_attr(inner, &name)? {
        Some(method) => vm
            .call_positional(&method, &[exception.into_any()])
            .map(Sent::Yielded),
        None => Err(PyErr::Raised(exception)),
    }
}

/// Closes any iterator that a generator delegates to.
fn close_any(vm: &mut Vm, inner: &PyRef) -> PyResult<()> {
    if is_generator_like(inner) {
        return close(vm, inner).map(drop);
    }
    let name = vm.names().close.clone();
    match vm.lookup_attr(inner, &name)? {
        Some(method) => vm.call_positional(&method, &[]).map(drop),
        None => Ok(()),
    }
}

/// Closes a generator: throws `GeneratorExit` into it. Returns what it returns.
///
/// # Errors
/// `RuntimeError` if it yields instead of ending; what else it raises.
pub(crate) fn close(vm: &mut Vm, object: &PyRef) -> PyResult {
    let state = with_flavour!(object, |generator| generator.head().state.get());
    match state {
        State::Created => {
            with_flavour!(object, |generator| close_unstarted(vm, generator));
            return Ok(vm.none());
        }
        State::Done => return Ok(vm.none()),
        State::Suspended | State::Running => {}
    }
    let exit = vm
        .error_with(&exception::GENERATOR_EXIT, &[])
        .into_exception(vm);
    match throw(vm, object, exit) {
        Ok(Sent::Yielded(_)) => {
            Err(vm.runtime_error(format!("{} ignored GeneratorExit", kind_name(object))))
        }
        Ok(Sent::Returned(value)) => Ok(value),
        Err(error) if error.is(vm, &exception::GENERATOR_EXIT) => Ok(vm.none()),
        Err(error) if error.is(vm, &exception::STOP_ITERATION) => {
            let stop = error.into_exception(vm);
            Ok(exception::stop_iteration_value(vm, &stop))
        }
        Err(error) => Err(error),
    }
}

/// Whether a coroutine is suspended in an `await` of something else.
pub(crate) fn is_awaited(vm: &Vm, object: &PyRef) -> bool {
    let _ = vm;
    with_flavour!(object, |generator| delegate(generator).is_some())
}

/// What the attributes `gi_yieldfrom`, `cr_await` and `ag_await` show.
pub(crate) fn delegate_of(object: &PyRef) -> Option<PyRef> {
    with_flavour!(object, |generator| delegate(generator))
}

/// Whether it has not started.
pub(crate) fn is_unstarted(object: &PyRef) -> bool {
    with_flavour!(object, |generator| generator.head().state.get()
        == State::Created)
}

/// The function's qualified name.
pub(crate) fn qualified_name(object: &PyRef) -> String {
    let name = with_flavour!(object, |generator| generator.head().qualname.get());
    name.map(|name| name.to_text().into_owned())
        .unwrap_or_default()
}

/// Turns a generator's answer into what `next()` returns or raises.
pub(crate) fn to_iteration(vm: &mut Vm, sent: Sent) -> PyResult {
    match sent {
        Sent::Yielded(value) => Ok(value),
        Sent::Returned(value) if vm.is_none(&value) => Err(vm.stop_iteration(None)),
        Sent::Returned(value) => Err(exception::stop_iteration_with(vm, value)),
    }
}

/// `generator`
pub static GENERATOR: TypeDef = TypeDef {
    doc: "An iterator whose values a function computes one by one.",
    class: Some(class::<Plain>),
    flags: TypeFlags::WEAKREF.or(TypeFlags::NO_NEW),
    slots: Slots {
        repr: Some(repr),
        iter: Some(|_, this| Ok(this.clone())),
        next: Some(next),
        del: Some(finalize),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "send",
            "($self, value, /)",
            send_method::<Plain>,
            "Resumes with a value for the yield; returns what it yields."
        ),
        crate::method!(
            "throw",
            "($self, type, value=None, traceback=None, /)",
            throw_method::<Plain>,
            "Raises an exception where it is suspended; returns what it yields."
        ),
        crate::method!(
            "close",
            "($self, /)",
            close_method::<Plain>,
            "Raises GeneratorExit where it is suspended."
        ),
    ],
    getset: &[
        GetSet {
            name: "__name__",
            doc: "The function's name.",
            get: get_name,
            set: Some(set_name),
        },
        GetSet {
            name: "__qualname__",
            doc: "The function's qualified name.",
            get: get_qualname,
            set: Some(set_qualname),
        },
        GetSet {
            name: "gi_yieldfrom",
            doc: "The iterator it delegates to, or None.",
            get: get_delegate,
            set: None,
        },
        GetSet {
            name: "gi_running",
            doc: "Whether it runs.",
            get: get_running,
            set: None,
        },
        GetSet {
            name: "gi_suspended",
            doc: "Whether it is at a yield.",
            get: get_suspended,
            set: None,
        },
        GetSet {
            name: "gi_frame",
            doc: "Its frame, or None when it is over.",
            get: get_frame,
            set: None,
        },
        GetSet {
            name: "gi_code",
            doc: "Its code.",
            get: get_code,
            set: None,
        },
    ],
    ..TypeDef::new("generator")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&GENERATOR];

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    match send(vm, this, vm.none())? {
        Sent::Yielded(value) => Ok(Some(value)),
        Sent::Returned(value) if vm.is_none(&value) => Ok(None),
        Sent::Returned(value) => Err(exception::stop_iteration_with(vm, value)),
    }
}

pub(crate) fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let text = format!(
        "<{} object {} at {:#x}>",
        vm.type_name(this),
        qualified_name(this),
        this.address()
    );
    Ok(vm.new_str(&text)?.into_any())
}

/// Runs when the last reference goes away: closes what is suspended.
fn finalize(vm: &mut Vm, this: &PyRef) -> PyResult<()> {
    close(vm, this).map(drop)
}

pub(crate) fn send_method<F: Flavour>(
    vm: &mut Vm,
    this: Ref<Generator<F>>,
    value: PyRef,
) -> PyResult {
    let sent = send(vm, this.as_any(), value)?;
    to_iteration(vm, sent)
}

pub(crate) fn throw_method<F: Flavour>(
    vm: &mut Vm,
    this: Ref<Generator<F>>,
    ty: PyRef,
    value: Option<PyRef>,
    traceback: Option<PyRef>,
) -> PyResult {
    if value.is_some() || traceback.is_some() {
        warn_three_arguments(vm, "throw")?;
    }
    let exception = thrown_exception(vm, &ty, value, traceback)?;
    let sent = throw(vm, this.as_any(), exception)?;
    to_iteration(vm, sent)
}

pub(crate) fn close_method<F: Flavour>(vm: &mut Vm, this: Ref<Generator<F>>) -> PyResult {
    close(vm, this.as_any())
}

/// Warns that a method of a generator was called with a type, a value and a traceback.
///
/// # Errors
/// The warning, if a filter makes it an exception.
#[cold]
pub(crate) fn warn_three_arguments(vm: &mut Vm, method: &str) -> PyResult<()> {
    let message = format!(
        "the (type, exc, tb) signature of {method}() is deprecated, use the single-arg signature instead."
    );
    vm.warn(&exception::DEPRECATION_WARNING, &message, 1, None)
}

/// The exception that the arguments of `throw` stand for; what goes wrong when it is made is thrown in its place.
pub(crate) fn thrown_exception(
    vm: &mut Vm,
    ty: &PyRef,
    value: Option<PyRef>,
    traceback: Option<PyRef>,
) -> PyResult<Ref<PyException>> {
    let value = value.filter(|value| !vm.is_none(value));
    let traceback = match traceback.filter(|traceback| !vm.is_none(traceback)) {
        None => None,
        Some(traceback) => match traceback.downcast::<PyTraceback>() {
            Ok(traceback) => Some(traceback),
            Err(_) => {
                return Err(vm.type_error("throw() third argument must be a traceback object"));
            }
        },
    };
    let exception = match (ty.downcast_ref::<PyException>(), value) {
        (Some(exception), None) => exception.clone(),
        (Some(_), Some(_)) => {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        (None, Some(value)) if value.is_a::<PyException>() => {
            value.downcast::<PyException>().expect("looked at before")
        }
        (None, value) => {
            let is_class = ty
                .downcast_ref::<crate::types::type_::PyType>()
                .is_some_and(|ty| ty.is_subtype(vm.class(&exception::BASE_EXCEPTION)));
            if !is_class {
                let found = vm.type_name(ty);
                return Err(vm.type_error(format!(
                    "exceptions must be classes or instances deriving from BaseException, not {found}"
                )));
            }
            let args: Vec<PyRef> = match &value {
                None => Vec::new(),
                Some(value) => match value.downcast_ref::<PyTuple>() {
                    Some(args) => args.to_vec(),
                    None => vec![value.clone()],
                },
            };
            let made = vm.call_positional(ty, &args).map(PyRef::downcast);
            match made {
                Ok(Ok(made)) => made,
                Ok(Err(other)) => {
                    let found = vm.type_name(&other);
                    exception::not_an_exception(vm, ty, &found).into_exception(vm)
                }
                Err(PyErr::OutOfMemory) => return Err(PyErr::OutOfMemory),
                Err(error) => error.into_exception(vm),
            }
        }
    };
    if traceback.is_some() {
        exception.set_traceback(traceback);
    }
    Ok(exception)
}

pub(crate) fn get_name(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = with_flavour!(this, |generator| generator.head().name.get());
    Ok(name.map_or_else(|| vm.none(), Ref::into_any))
}

pub(crate) fn set_name(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let Some(name) = value.and_then(|value| value.clone().downcast::<PyStr>().ok()) else {
        return Err(vm.type_error("__name__ must be set to a string object"));
    };
    with_flavour!(this, |generator| generator.head().name.set(Some(name)));
    Ok(())
}

pub(crate) fn get_qualname(vm: &mut Vm, this: &PyRef) -> PyResult {
    let name = with_flavour!(this, |generator| generator.head().qualname.get());
    Ok(name.map_or_else(|| vm.none(), Ref::into_any))
}

pub(crate) fn set_qualname(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let Some(name) = value.and_then(|value| value.clone().downcast::<PyStr>().ok()) else {
        return Err(vm.type_error("__qualname__ must be set to a string object"));
    };
    with_flavour!(this, |generator| generator.head().qualname.set(Some(name)));
    Ok(())
}

pub(crate) fn get_delegate(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(delegate_of(this).unwrap_or_else(|| vm.none()))
}

pub(crate) fn get_running(vm: &mut Vm, this: &PyRef) -> PyResult {
    let state = with_flavour!(this, |generator| generator.head().state.get());
    Ok(vm.new_bool(state == State::Running))
}

pub(crate) fn get_suspended(vm: &mut Vm, this: &PyRef) -> PyResult {
    let state = with_flavour!(this, |generator| generator.head().state.get());
    Ok(vm.new_bool(state == State::Suspended))
}

pub(crate) fn get_code(_: &mut Vm, this: &PyRef) -> PyResult {
    Ok(with_flavour!(this, |generator| generator.head().code.clone()).into_any())
}

pub(crate) fn get_frame(vm: &mut Vm, this: &PyRef) -> PyResult {
    let frame = with_flavour!(this, |generator| frame_of(vm, generator)?);
    Ok(frame.map_or_else(|| vm.none(), Ref::into_any))
}

/// The frame object of a generator that is not over.
fn frame_of<F: Flavour>(
    vm: &mut Vm,
    generator: &Ref<Generator<F>>,
) -> PyResult<Option<Ref<PyFrame>>> {
    let head = generator.head();
    match head.state.get() {
        State::Done => Ok(None),
        State::Running => {
            let is_own = |frame: &Frame| {
                frame
                    .generator
                    .as_ref()
                    .is_some_and(|own| own.is(generator))
            };
            match vm.eval.frames.iter().rposition(is_own) {
                Some(index) => vm.frame_object_at(index).map(Some),
                None => Ok(None),
            }
        }
        State::Created | State::Suspended => {
            if let Some(frame) = head.frame.get() {
                return Ok(Some(frame));
            }
            let frame = crate::types::frame::of_suspended(
                vm,
                &head.code,
                &head.func,
                base_of(generator),
                instruction_of(generator),
                generator.as_any(),
            )?;
            head.frame.set(Some(frame.clone()));
            Ok(Some(frame))
        }
    }
}
