//! Calls: entering frames of Python functions without nesting the loop, and handing others to the protocol.

#![allow(
    unsafe_code,
    reason = "arguments move from one frame's stack to the next"
)]

use crate::args::Args;
use crate::code::Instr;
use crate::eval::bind;
use crate::eval::frame::FrameKind;
use crate::eval::run::{self, Outcome, Step};
use crate::eval::stack::{Mark, StackRef};
use crate::eval::window::Window;
use crate::types::builtin_function::{self, PyBuiltinFunction};
use crate::types::code::{Prepared, PyCode};
use crate::types::descriptor::{self, PyMethodDescriptor};
use crate::types::dict::PyDict;
use crate::types::function::PyFunction;
use crate::types::method::PyMethod;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::{self, PyType, TYPE};
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_object::Header;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// For how many more frames room is made at a time.
const FRAMES_MORE: usize = 64;

/// How many arguments are laid out for a callee without an allocation.
const ARGS_INLINE: usize = 8;

/// What a cache of `CALL` remembers: the `__init__` of the class that was called: type version, function.
const REMEMBERED_INIT: u8 = 1;

/// `CALL`: callable, self or null, arguments.
#[inline(always)]
pub(crate) fn call(vm: &mut Vm, w: &mut Window, instr: Instr) -> PyResult<Step> {
    let count = instr.arg as usize;
    let callable = w.peek(count + 2).object();
    if let Some(func) = callable.downcast_ref::<PyFunction>()
        && enter_simple(vm, w, func, count)?
    {
        return Ok(Step::Enter);
    }
    w.apart(|w| call_general(vm, w, instr))
}

/// Enters a function that takes just as many positional arguments as given; `false`: it is not that simple.
#[inline(always)]
fn enter_simple(
    vm: &mut Vm,
    w: &mut Window,
    func: &Ref<PyFunction>,
    count: usize,
) -> PyResult<bool> {
    let code = func.code();
    let total = count + usize::from(!w.peek(count + 1).is_null());
    if !code.is_simple() || code.arg_count as usize != total {
        return Ok(false);
    }
    let (base, mark, namespace) = move_arguments(vm, w, &code, total)?;
    if total == count {
        w.forget_many(1);
    }
    let callable = w.pop_owned();
    // SAFETY: the caller looked at it: it is `func`.
    let func = unsafe { Ref::<PyFunction>::from_owned(callable.into_raw()) };
    w.save();
    push_frame(vm, func, code, base, mark, namespace, FrameKind::Inline);
    Ok(true)
}

/// Moves the topmost entries of the stack into the locals of a new frame.
#[inline(always)]
fn move_arguments(
    vm: &mut Vm,
    w: &mut Window,
    code: &Ref<PyCode>,
    count: usize,
) -> PyResult<(*mut StackRef, Mark, Option<PyRef>)> {
    check_depth(vm)?;
    let prepared = code.prepared(vm)?;
    let namespace = namespace_if_needed(vm, prepared)?;
    let depth = code.local_count();
    let size = depth + prepared.stack_size as usize;
    let (base, mark) = vm.eval.stack.enter(vm.space.heap(), size)?;
    let source = w.address(count);
    // SAFETY: the new frame has room for its locals; the arguments move there, the rest is empty.
    unsafe {
        for index in 0..count {
            let argument = source.add(index).read().into_object();
            base.add(index).write(StackRef::owned(argument));
        }
        for index in count..depth {
            base.add(index).write(StackRef::NULL);
        }
    }
    w.forget_many(count);
    Ok((base, mark, namespace))
}

/// A function whose code uses names beside fast locals has a private namespace.
#[inline(always)]
fn namespace_if_needed(vm: &Vm, prepared: &Prepared) -> PyResult<Option<PyRef>> {
    if prepared.uses_namespace {
        Ok(Some(vm.new_dict()?.into_any()))
    } else {
        Ok(None)
    }
}

/// Makes a frame the innermost; nothing is in use of it but its locals.
#[inline(always)]
fn push_frame(
    vm: &mut Vm,
    func: Ref<PyFunction>,
    code: Ref<PyCode>,
    base: *mut StackRef,
    mark: Mark,
    namespace: Option<PyRef>,
    kind: FrameKind,
) {
    let depth = code.local_count();
    let frames = &mut vm.eval.frames;
    if frames.len() == frames.capacity() {
        frames.reserve(FRAMES_MORE);
    }
    let place = frames.spare_capacity_mut()[0].as_mut_ptr();
    // SAFETY: there is room for one more frame, and every field of it is written before it counts. Field by field,
    // because a frame put together elsewhere is stored in words and copied in larger units, which the processor
    // waits for.
    unsafe {
        (&raw mut (*place).func).write(func);
        (&raw mut (*place).code).write(code);
        (&raw mut (*place).namespace).write(namespace);
        (&raw mut (*place).base).write(base);
        (&raw mut (*place).mark).write(Some(mark));
        (&raw mut (*place).object).write(None);
        (&raw mut (*place).kind).write(kind);
        (&raw mut (*place).generator).write(None);
        (*place).set_depth(depth);
        (*place).rewind();
        frames.set_len(frames.len() + 1);
    }
    vm.eval.note_entered();
    vm.poll_collector();
}

/// Whether one more call is allowed.
#[inline(always)]
pub(crate) fn check_depth(vm: &Vm) -> PyResult<()> {
    if vm.eval.frames.len() + 1 > vm.eval.recursion_limit {
        Err(vm.recursion_error(""))
    } else {
        Ok(())
    }
}

/// A call of anything, or with arguments that need sorting.
#[inline(never)]
fn call_general(vm: &mut Vm, w: &mut Window, instr: Instr) -> PyResult<Step> {
    let count = instr.arg as usize;
    unpack_method(w, count);
    let has_self = !w.peek(count + 1).is_null();
    let total = count + usize::from(has_self);
    // It stays on the stack as long as it is used.
    let callable = w.peek(count + 2).object();
    w.save();
    if let Some(func) = callable.downcast_ref::<PyFunction>() {
        with_args(w, total, |args| {
            enter_function(vm, func, Args::positional(args), FrameKind::Inline, None)
        })?;
        w.drop_many(total);
        drop_callee(w, has_self);
        w.save();
        return Ok(Step::Enter);
    }
    if let Some(ty) = callable.downcast_ref::<PyType>()
        && !has_self
        && let Some(init) = python_initializer(vm, w, instr, ty)
    {
        return construct(vm, w, ty, init, count);
    }
    let result = with_args(w, total, |args| {
        call_native(vm, &callable, Args::positional(args))
    });
    w.drop_many(total);
    drop_callee(w, has_self);
    w.push(result?);
    Ok(Step::Next)
}

/// Calls what is not a Python function: native functions and methods without going through the slots of their types.
#[inline(always)]
fn call_native(vm: &mut Vm, callable: &PyRef, args: Args<'_>) -> PyResult {
    if let Some(function) = callable.downcast_ref::<PyBuiltinFunction>() {
        return builtin_function::call_function(vm, function, args);
    }
    if let Some(method) = callable.downcast_ref::<PyMethodDescriptor>() {
        return descriptor::call_method(vm, method, args);
    }
    vm.call(callable, args)
}

/// The `__init__` of a class whose instances are made by `object.__new__`, if it is a Python function.
#[inline]
fn python_initializer(
    vm: &mut Vm,
    w: &Window,
    instr: Instr,
    ty: &Ref<PyType>,
) -> Option<Ref<PyFunction>> {
    // What a metaclass says may change without the class noticing.
    let cache = w.cache(instr).filter(|_| vm.is_exactly(ty.as_any(), &TYPE));
    if let Some(cache) = &cache
        && cache.kind == REMEMBERED_INIT
        && cache.version == ty.current_version()
    {
        // SAFETY: the version says that the type's namespaces, which hold the function, are unchanged.
        return Some(unsafe {
            Ref::from_borrowed(NonNull::new_unchecked(cache.value as *mut Header))
        });
    }
    if !type_::is_made_plainly(vm, ty) {
        return None;
    }
    let name = vm.names().init.clone();
    let init = ty.lookup(vm, &name)?.downcast::<PyFunction>().ok()?;
    if let Some(cache) = cache
        && let Some(version) = ty.version(vm)
    {
        cache.value = init.address();
        cache.version = version;
        cache.kind = REMEMBERED_INIT;
    }
    Some(init)
}

/// Makes an instance, leaves it on the stack in place of class and arguments, and enters its `__init__`.
fn construct(
    vm: &mut Vm,
    w: &mut Window,
    ty: &Ref<PyType>,
    init: Ref<PyFunction>,
    count: usize,
) -> PyResult<Step> {
    // Whether there may be arguments is up to `__init__`.
    let instance = type_::make_plain(vm, ty, Args::EMPTY)?;
    // The instance takes the place of self, and one more reference that of the class.
    drop(w.replace(count + 1, instance.clone()));
    drop(w.replace(count + 2, instance));
    let (count, kind) = (count + 1, FrameKind::Initializer);
    let code = init.code();
    if code.is_simple() && code.arg_count as usize == count {
        let (base, mark, namespace) = move_arguments(vm, w, &code, count)?;
        push_frame(vm, init, code, base, mark, namespace, kind);
    } else {
        with_args(w, count, |args| {
            enter_function(vm, &init, Args::positional(args), kind, None)
        })?;
        w.drop_many(count);
    }
    w.save();
    Ok(Step::Enter)
}

/// Replaces a bound method by its function and its self.
#[inline(always)]
fn unpack_method(w: &mut Window, count: usize) {
    if !w.peek(count + 1).is_null() {
        return;
    }
    let callable = w.peek(count + 2).object();
    if let Some(method) = callable.downcast_ref::<PyMethod>() {
        let (function, receiver) = (method.function().clone(), method.receiver().clone());
        drop(w.replace(count + 1, receiver));
        drop(w.replace(count + 2, function));
    }
}

/// Drops the callable, and the null where self would be.
fn drop_callee(w: &mut Window, has_self: bool) {
    if !has_self {
        drop(w.pop());
    }
    drop(w.pop());
}

/// Lays out the topmost entries as plain handles, uncounted, for a callee that takes them from there.
#[inline(always)]
fn with_args<R>(w: &mut Window, count: usize, f: impl FnOnce(&[PyRef]) -> R) -> R {
    if count > ARGS_INLINE {
        return with_many_args(w, count, f);
    }
    let mut copies =
        [const { std::mem::MaybeUninit::<ManuallyDrop<PyRef>>::uninit() }; ARGS_INLINE];
    for (index, copy) in copies[..count].iter_mut().enumerate() {
        let object = w.peek(count - index).object();
        // SAFETY: the copy is not counted and not dropped; the entry stays on the stack until `f` is done.
        copy.write(ManuallyDrop::new(unsafe {
            PyRef::from_owned(object.as_raw())
        }));
    }
    // SAFETY: the first `count` copies are written, and `ManuallyDrop` is transparent.
    f(unsafe { std::slice::from_raw_parts(copies.as_ptr().cast::<PyRef>(), count) })
}

#[cold]
fn with_many_args<R>(w: &Window, count: usize, f: impl FnOnce(&[PyRef]) -> R) -> R {
    let copies: Vec<PyRef> = (0..count)
        .map(|index| (*w.peek(count - index).object()).clone())
        .collect();
    f(&copies)
}

/// `CALL_KW`: callable, self or null, arguments, names of the last of them.
pub(crate) fn call_kw(vm: &mut Vm, w: &mut Window, count: usize) -> PyResult<Step> {
    let names = w.pop_owned();
    let Some(names) = names
        .downcast_ref::<PyTuple>()
        .filter(|names| names.len() <= count)
    else {
        return Err(vm.system_error("CALL_KW needs a tuple of names"));
    };
    unpack_method(w, count);
    let has_self = !w.peek(count + 1).is_null();
    let total = count + usize::from(has_self);
    // It stays on the stack as long as it is used.
    let callable = w.peek(count + 2).object();
    w.save();
    if let Some(func) = callable.downcast_ref::<PyFunction>() {
        with_args(w, total, |values| {
            enter_function(vm, func, Args { values, names }, FrameKind::Inline, None)
        })?;
        w.drop_many(total);
        drop_callee(w, has_self);
        w.save();
        return Ok(Step::Enter);
    }
    let result = with_args(w, total, |values| {
        call_native(vm, &callable, Args { values, names })
    });
    w.drop_many(total);
    drop_callee(w, has_self);
    w.push(result?);
    Ok(Step::Next)
}

/// `CALL_FUNCTION_EX`: callable, null, positional arguments, keyword arguments or null.
pub(crate) fn call_function_ex(vm: &mut Vm, w: &mut Window) -> PyResult<Step> {
    let keywords = w.pop().into_owned();
    let positional = w.pop_owned();
    drop(w.pop());
    let callable = w.pop_owned();
    w.save();
    let mut values = spread(vm, &callable, &positional)?;
    let mut names = Vec::new();
    if let Some(keywords) = keywords {
        spread_keywords(vm, &callable, &keywords, &mut values, &mut names)?;
    }
    let args = Args {
        values: &values,
        names: &names,
    };
    if let Some(func) = callable.downcast_ref::<PyFunction>() {
        w.save();
        enter_function(vm, func, args, FrameKind::Inline, None)?;
        return Ok(Step::Enter);
    }
    let result = vm.call(&callable, args)?;
    // What the call was given dies before the callable.
    drop((values, names, positional));
    w.push(result);
    Ok(Step::Next)
}

fn spread(vm: &mut Vm, callable: &PyRef, positional: &PyRef) -> PyResult<Vec<PyRef>> {
    if let Some(tuple) = positional.downcast_ref::<PyTuple>()
        && vm.is_exactly(positional, &crate::types::tuple::TUPLE)
    {
        return Ok(tuple.to_vec());
    }
    let has_iter = vm.type_of(positional).slots(vm).iter.is_some()
        || vm.type_of(positional).slots(vm).getitem.is_some();
    if !has_iter {
        let name = callable_name(vm, callable)?;
        let found = vm.type_name(positional);
        return Err(vm.type_error(format!(
            "{name} argument after * must be an iterable, not {found}"
        )));
    }
    vm.to_vec(positional)
}

fn spread_keywords(
    vm: &mut Vm,
    callable: &PyRef,
    keywords: &PyRef,
    values: &mut Vec<PyRef>,
    names: &mut Vec<PyRef>,
) -> PyResult<()> {
    // What derives from dict may say itself which keys it has.
    let dict = match keywords.downcast_ref::<PyDict>() {
        Some(dict) if vm.is_exactly(keywords, &crate::types::dict::DICT) => dict.clone(),
        _ => {
            let dict = vm.new_dict()?;
            if vm.lookup_attr_str(keywords, "keys")?.is_none() {
                let (name, found) = (callable_name(vm, callable)?, vm.type_name(keywords));
                return Err(vm.type_error(format!(
                    "{name} argument after ** must be a mapping, not {found}"
                )));
            }
            dict.update(vm, keywords)?;
            dict
        }
    };
    let mut position = 0;
    while let Some((name, value)) = dict.next_entry(vm, &mut position) {
        if !name.is_a::<PyStr>() {
            return Err(vm.type_error("keywords must be strings"));
        }
        names.push(name);
        values.push(value);
    }
    Ok(())
}

/// How messages call a callable: `module.name()`.
pub(crate) fn callable_name(vm: &mut Vm, callable: &PyRef) -> PyResult<String> {
    let (qualname, module) = (vm.names().qualname.clone(), vm.names().module.clone());
    let Some(name) = vm.lookup_attr(callable, &qualname)? else {
        return Ok(vm.str(callable)?.to_text().into_owned());
    };
    let name = vm.str(&name)?.to_text().into_owned();
    let module = vm
        .lookup_attr(callable, &module)?
        .and_then(|module| module.downcast::<PyStr>().ok());
    Ok(match module.map(|module| module.to_text().into_owned()) {
        Some(module) if module != "builtins" => format!("{module}.{name}()"),
        _ => format!("{name}()"),
    })
}

/// Enters a function's frame with arguments that may need sorting.
///
/// # Errors
/// `TypeError` if they do not fit; `RecursionError`; `OutOfMemory`.
pub(crate) fn enter_function(
    vm: &mut Vm,
    func: &Ref<PyFunction>,
    args: Args<'_>,
    kind: FrameKind,
    namespace: Option<PyRef>,
) -> PyResult<()> {
    check_depth(vm)?;
    let code = func.code();
    let prepared = code.prepared(vm)?;
    let namespace = match namespace {
        Some(namespace) => Some(namespace),
        None => namespace_if_needed(vm, prepared)?,
    };
    let count = code.local_count();
    let size = count + prepared.stack_size as usize;
    let (base, mark) = vm.eval.stack.enter(vm.space.heap(), size)?;
    // SAFETY: the new frame has room for its locals. An empty entry has the form of `None`, and one that owns a
    // reference that of `Some` (S2); nobody else knows the place before the frame is pushed.
    let locals = unsafe {
        for index in 0..count {
            base.add(index).write(StackRef::NULL);
        }
        std::slice::from_raw_parts_mut(base.cast::<Option<PyRef>>(), count)
    };
    if let Err(error) = bind::bind(vm, func, &code, args, locals) {
        locals.fill(None);
        vm.eval.stack.leave(mark);
        return Err(error);
    }
    push_frame(vm, func.clone(), code, base, mark, namespace, kind);
    Ok(())
}

/// The call slot of functions: runs a nested loop.
///
/// # Errors
/// What the function raises.
pub fn call_function_object(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let func = this
        .downcast_ref::<PyFunction>()
        .expect("slots get receivers of their type")
        .clone();
    enter_function(vm, &func, args, FrameKind::Entry, None)?;
    finished(vm)
}

/// Runs the frame just entered to its end.
fn finished(vm: &mut Vm) -> PyResult {
    match run::run(vm, None)? {
        Outcome::Returned(value) => Ok(value),
        Outcome::Yielded(_) => Err(vm.system_error("code that is not a generator's has yielded")),
    }
}

/// Runs code in a namespace: a module, the body of a class, the argument of `exec`.
///
/// # Errors
/// What the code raises; `TypeError` if it has free variables that `closure` does not bring.
pub fn run_code(
    vm: &mut Vm,
    code: &Ref<PyCode>,
    globals: &Ref<PyDict>,
    namespace: Option<PyRef>,
    closure: Option<Ref<PyTuple>>,
) -> PyResult {
    let func = crate::types::function::new(vm, code.clone(), globals.clone())?;
    func.closure.set(closure);
    let namespace = namespace.unwrap_or_else(|| globals.clone().into_any());
    enter_function(vm, &func, Args::EMPTY, FrameKind::Entry, Some(namespace))?;
    finished(vm)
}

/// Runs a function's code with a namespace of its own: the body of a class.
///
/// # Errors
/// What the body raises.
pub fn run_body(vm: &mut Vm, func: &Ref<PyFunction>, namespace: PyRef) -> PyResult {
    enter_function(vm, func, Args::EMPTY, FrameKind::Entry, Some(namespace))?;
    finished(vm)
}
