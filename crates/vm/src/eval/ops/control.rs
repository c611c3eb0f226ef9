//! Jumps, loops, and the handling of exceptions.

use crate::code::Op;
use crate::eval::frame::FrameKind;
use crate::eval::run::Step;
use crate::eval::stack::StackRef;
use crate::eval::unwind;
use crate::eval::window::Window;
use crate::types::exception::{self, PyException, group};
use crate::types::generator::{self, PyGenerator};
use crate::types::int::PyInt;
use crate::types::list::PyListIter;
use crate::types::range::PyRangeIter;
use crate::types::tuple::PyTuple;
use crate::types::tuple::PyTupleIter;
use crate::types::type_::PyType;
use crate::{PyErr, PyRef, PyResult, Ref, Vm};

/// `POP_JUMP_IF_TRUE`, `POP_JUMP_IF_FALSE`; the operand may be any object.
#[inline(always)]
pub(crate) fn pop_jump_if(
    vm: &mut Vm,
    w: &mut Window,
    target: u32,
    wanted: bool,
) -> PyResult<Step> {
    let operand = w.pop();
    let constants = vm.constants();
    let (value, step) = if operand.address() == constants.true_.address() {
        (true, Step::Quiet)
    } else if operand.address() == constants.false_.address() {
        (false, Step::Quiet)
    } else {
        w.save();
        (vm.is_true(&operand.object())?, Step::Next)
    };
    if value == wanted {
        w.jump(target);
    }
    Ok(step)
}

/// Leaves the answer of a test: as a jump if the next instruction is one that depends on it, else on the stack.
#[inline(always)]
pub(crate) fn answer(vm: &Vm, w: &mut Window, holds: bool) {
    let next = w.peek_instr();
    let wanted = match next.op {
        Op::PopJumpIfTrue => true,
        Op::PopJumpIfFalse => false,
        _ => return w.push(vm.new_bool(holds)),
    };
    w.skip();
    if holds == wanted {
        w.jump(next.arg);
    }
}

/// Leaves a value: in a fast local if the next instruction stores it there, else on the stack.
#[inline(always)]
pub(crate) fn put(w: &mut Window, value: PyRef) -> Step {
    let next = w.peek_instr();
    if next.op != Op::StoreFast {
        w.push(value);
        return Step::Quiet;
    }
    w.skip();
    drop(w.set_local(next.arg, StackRef::owned(value)));
    Step::Next
}

/// `POP_JUMP_IF_NONE`, `POP_JUMP_IF_NOT_NONE`
#[inline(always)]
pub(crate) fn pop_jump_if_none(vm: &Vm, w: &mut Window, target: u32, wanted: bool) {
    let operand = w.pop();
    if (operand.address() == vm.constants().none.address()) == wanted {
        w.jump(target);
    }
}

/// `GET_ITER`
#[inline(always)]
pub(crate) fn get_iter(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let iterable = w.pop();
    w.save();
    let iterator = vm.iter(&iterable.object())?;
    w.push(iterator);
    Ok(())
}

/// `FOR_ITER`; the target is where the loop ends, with the iterator still on the stack.
#[inline(always)]
pub(crate) fn for_iter(vm: &mut Vm, w: &mut Window, target: u32) -> PyResult<Step> {
    let iterator = w.peek(1).object();
    let item = if let Some(range) = iterator.downcast_ref::<PyRangeIter>() {
        range.step(vm)?
    } else if let Some(list) = iterator.downcast_ref::<PyListIter>() {
        list.step(vm)?
    } else if let Some(tuple) = iterator.downcast_ref::<PyTupleIter>() {
        tuple.step(vm)?
    } else {
        w.save();
        let iterator = (*iterator).clone();
        if iterator.is_a::<PyGenerator>() {
            let none = vm.none();
            if generator::enter_resumable(vm, &iterator, &none, FrameKind::Iterated)? {
                return Ok(Step::Resume(none));
            }
        }
        vm.next(&iterator)?
    };
    match item {
        Some(item) => {
            put(w, item);
        }
        None => w.jump(target),
    }
    Ok(Step::Next)
}

/// The innermost level of exceptions being handled.
fn level(vm: &mut Vm) -> &mut Option<Ref<PyException>> {
    vm.eval.handled.last_mut().expect("the thread has a level")
}

/// `PUSH_EXC_INFO`
pub(crate) fn push_exc_info(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let Ok(exception) = w.pop_owned().downcast::<PyException>() else {
        return Err(vm.system_error("PUSH_EXC_INFO needs an exception"));
    };
    let previous = level(vm).replace(exception.clone());
    let previous = previous.map_or_else(|| vm.none(), Ref::into_any);
    w.push(previous);
    w.push(exception.into_any());
    Ok(())
}

/// `POP_EXCEPT`
pub(crate) fn pop_except(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let previous = w.pop_owned();
    *level(vm) = previous.downcast::<PyException>().ok();
    Ok(())
}

const MATCH_TEXT: &str = "catching classes that do not inherit from BaseException is not allowed";

/// Whether something may stand behind `except`: exception types, or a tuple of them.
fn check_catchable(vm: &Vm, wanted: &PyRef) -> PyResult<()> {
    let is_type = |object: &PyRef| {
        object
            .downcast_ref::<PyType>()
            .is_some_and(|ty| ty.is_subtype(vm.class(&exception::BASE_EXCEPTION)))
    };
    let fine = match wanted.downcast_ref::<PyTuple>() {
        Some(tuple) => tuple.iter().all(is_type),
        None => is_type(wanted),
    };
    if fine {
        Ok(())
    } else {
        Err(vm.type_error(MATCH_TEXT))
    }
}

/// Whether an exception's type is, or derives from, what is wanted.
pub(crate) fn matches(vm: &Vm, exception: &PyRef, wanted: &PyRef) -> bool {
    let ty = vm.type_of(exception);
    let is_match = |object: &PyRef| {
        object
            .downcast_ref::<PyType>()
            .is_some_and(|wanted| ty.is_subtype(wanted))
    };
    match wanted.downcast_ref::<PyTuple>() {
        Some(tuple) => tuple.iter().any(is_match),
        None => is_match(wanted),
    }
}

/// `CHECK_EXC_MATCH`
pub(crate) fn check_exc_match(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let wanted = w.pop_owned();
    check_catchable(vm, &wanted)?;
    let found = matches(vm, &w.peek(1).object(), &wanted);
    w.push(vm.new_bool(found));
    Ok(())
}

/// `CHECK_EG_MATCH`
pub(crate) fn check_eg_match(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let (wanted, raised) = (w.pop_owned(), w.pop_owned());
    check_catchable(vm, &wanted)?;
    group::check_wanted(vm, &wanted)?;
    w.save();
    let (matched, rest) = group::split_for_except_star(vm, &raised, &wanted)?;
    if let Some(matched) = matched
        .clone()
        .and_then(|matched| matched.downcast::<PyException>().ok())
    {
        *level(vm) = Some(matched);
    }
    w.push(rest.unwrap_or_else(|| vm.none()));
    w.push(matched.unwrap_or_else(|| vm.none()));
    Ok(())
}

/// `WITH_EXCEPT_START`: exit function, self or null, lasti, previous, exception.
pub(crate) fn with_except_start(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let exception = (*w.peek(1).object()).clone();
    let receiver = w.peek(4).duplicate().into_owned();
    let exit = (*w.peek(5).object()).clone();
    w.save();
    let traceback = exception
        .downcast_ref::<PyException>()
        .and_then(|exception| exception.traceback());
    let traceback = traceback.map_or_else(|| vm.none(), Ref::into_any);
    let ty = vm.type_of(&exception).clone().into_any();
    let mut args: Vec<PyRef> = receiver.into_iter().collect();
    args.extend([ty, exception, traceback]);
    let result = vm.call_positional(&exit, &args)?;
    w.push(result);
    Ok(())
}

/// `RAISE_VARARGS`
#[cold]
pub(crate) fn raise_varargs(vm: &mut Vm, w: &mut Window, count: u32) -> PyErr {
    w.save();
    let raised = match count {
        0 => match vm.eval.handled_exception() {
            Some(exception) => Ok(exception),
            None => return vm.runtime_error("No active exception to reraise"),
        },
        1 => {
            let exception = w.pop_owned();
            exception::to_raise(vm, &exception)
        }
        _ => {
            let (cause, exception) = (w.pop_owned(), w.pop_owned());
            raise_from(vm, &exception, &cause)
        }
    };
    match raised {
        Ok(exception) => {
            if count > 0 {
                unwind::set_context(vm, &exception);
            }
            PyErr::Raised(exception)
        }
        Err(error) => error,
    }
}

fn raise_from(vm: &mut Vm, exception: &PyRef, cause: &PyRef) -> PyResult<Ref<PyException>> {
    let exception = exception::to_raise(vm, exception)?;
    let cause = if vm.is_none(cause) {
        None
    } else {
        let is_class = cause
            .downcast_ref::<PyType>()
            .is_some_and(|ty| ty.is_subtype(vm.class(&exception::BASE_EXCEPTION)));
        if !is_class && !cause.is_a::<PyException>() {
            return Err(vm.type_error("exception causes must derive from BaseException"));
        }
        Some(exception::to_raise(vm, cause)?)
    };
    exception.set_cause(cause);
    Ok(exception)
}

/// `RERAISE`: raises what is on top; with an argument, the instruction that raised it first is below.
#[cold]
pub(crate) fn reraise(vm: &mut Vm, w: &mut Window, distance: usize) -> PyErr {
    let exception = w.pop_owned();
    if distance > 0 {
        // The line of a traceback entry for this frame was recorded when the exception was first raised here, so the
        // saved instruction is only checked.
        let entry = w.peek(distance).get();
        if entry.as_ref().is_none_or(|object| !object.is_a::<PyInt>()) {
            return vm.system_error("RERAISE needs the instruction that raised");
        }
    }
    match exception.downcast::<PyException>() {
        Ok(exception) => PyErr::Raised(exception),
        Err(_) => vm.system_error("RERAISE needs an exception"),
    }
}

/// `CLEANUP_THROW`: sub-iterator, last value sent, exception.
pub(crate) fn cleanup_throw(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let Ok(exception) = w.pop_owned().downcast::<PyException>() else {
        return Err(vm.system_error("CLEANUP_THROW needs an exception"));
    };
    if !matches(
        vm,
        exception.as_any(),
        vm.class(&exception::STOP_ITERATION).as_any(),
    ) {
        w.push(StackRef::owned(exception.clone().into_any()));
        return Err(PyErr::Raised(exception));
    }
    let value = exception::stop_iteration_value(vm, &exception);
    w.drop_many(2);
    w.push(vm.none());
    w.push(value);
    Ok(())
}
