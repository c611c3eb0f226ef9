//! Generators, coroutines and asynchronous iteration.

use crate::eval::frame::FrameKind;
use crate::eval::run::Step;
use crate::eval::window::Window;
use crate::types::code::flags;
use crate::types::coroutine::PyCoroutine;
use crate::types::exception::{self, PyException};
use crate::types::generator::{self, PyGenerator, Sent};
use crate::{PyErr, PyRef, PyResult, Vm};

/// `RETURN_GENERATOR`: the frame moves into a new generator, which is the call's result.
pub(crate) fn return_generator(vm: &mut Vm, w: &mut Window) -> PyResult<Step> {
    w.save();
    let generator = generator::from_running_frame(vm)?;
    Ok(Step::Return(generator))
}

/// `YIELD_VALUE`
#[inline(always)]
pub(crate) fn yield_value(w: &mut Window) -> Step {
    let value = w.pop_owned();
    w.save();
    Step::Yield(value)
}

/// `SEND`: receiver and value become receiver and what it yields; when it is done, receiver and its result, and a jump.
pub(crate) fn send(vm: &mut Vm, w: &mut Window, target: u32) -> PyResult<Step> {
    let value = w.pop_owned();
    let receiver = (*w.peek(1).object()).clone();
    w.save();
    if generator::enter_resumable(vm, &receiver, &value, FrameKind::Awaited)? {
        return Ok(Step::Resume(value));
    }
    match send_to(vm, &receiver, value)? {
        Sent::Yielded(value) => w.push(value),
        Sent::Returned(value) => {
            w.push(value);
            w.jump(target);
        }
    }
    Ok(Step::Next)
}

/// Sends a value to any iterator.
fn send_to(vm: &mut Vm, receiver: &PyRef, value: PyRef) -> PyResult<Sent> {
    if generator::is_generator_like(receiver) {
        return generator::send(vm, receiver, value);
    }
    let result = if vm.is_none(&value) && vm.type_of(receiver).slots(vm).next.is_some() {
        vm.next_raw(receiver)
    } else {
        let name = vm.names().send.clone();
        vm.call_method(receiver, &name, &[value]).map(Some)
    };
    match result {
        Ok(Some(value)) => Ok(Sent::Yielded(value)),
        Ok(None) => Ok(Sent::Returned(vm.none())),
        Err(error) if error.is(vm, &exception::STOP_ITERATION) => {
            let stop = error.into_exception(vm);
            Ok(Sent::Returned(exception::stop_iteration_value(vm, &stop)))
        }
        Err(error) => Err(error),
    }
}

/// `END_SEND`: drops the receiver below the result.
pub(crate) fn end_send(w: &mut Window) {
    let value = w.pop();
    drop(w.pop());
    w.push(value);
}

/// `GET_YIELD_FROM_ITER`
pub(crate) fn get_yield_from_iter(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let iterable = (*w.peek(1).object()).clone();
    if iterable.is_a::<PyCoroutine>() {
        if w.code().flags & (flags::COROUTINE | flags::ITERABLE_COROUTINE) == 0 {
            return Err(vm.type_error(
                "cannot 'yield from' a coroutine object in a non-coroutine generator",
            ));
        }
        return Ok(());
    }
    if iterable.is_a::<PyGenerator>() {
        return Ok(());
    }
    w.save();
    let iterator = vm.iter(&iterable)?;
    drop(w.replace(1, iterator));
    Ok(())
}

/// `GET_AWAITABLE`
pub(crate) fn get_awaitable(vm: &mut Vm, w: &mut Window, origin: u32) -> PyResult<()> {
    let object = w.pop_owned();
    w.save();
    let awaitable = crate::types::coroutine::awaitable(vm, &object, origin)?;
    if let Some(coroutine) = awaitable.downcast_ref::<PyCoroutine>()
        && generator::is_awaited(vm, coroutine.as_any())
    {
        return Err(vm.runtime_error("coroutine is being awaited already"));
    }
    w.push(awaitable);
    Ok(())
}

/// `GET_AITER`
pub(crate) fn get_aiter(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let object = w.pop_owned();
    w.save();
    let Some(aiter) = vm.type_of(&object).slots(vm).aiter else {
        let message = format!(
            "'async for' requires an object with __aiter__ method, got {}",
            vm.type_name(&object)
        );
        return Err(vm.type_error(message));
    };
    let iterator = aiter(vm, &object)?;
    if vm.type_of(&iterator).slots(vm).anext.is_none() {
        let message = format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            vm.type_name(&iterator)
        );
        return Err(vm.type_error(message));
    }
    w.push(iterator);
    Ok(())
}

/// `GET_ANEXT`
pub(crate) fn get_anext(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let iterator = (*w.peek(1).object()).clone();
    w.save();
    let Some(anext) = vm.type_of(&iterator).slots(vm).anext else {
        let message = format!(
            "'async for' requires an iterator with __anext__ method, got {}",
            vm.type_name(&iterator)
        );
        return Err(vm.type_error(message));
    };
    let next = anext(vm, &iterator)?;
    let awaitable = match crate::types::coroutine::awaitable(vm, &next, 0) {
        Ok(awaitable) => awaitable,
        Err(cause) => {
            let message = format!(
                "'async for' received an invalid object from __anext__: {}",
                vm.type_name(&next)
            );
            let error = vm.type_error(message).into_exception(vm);
            error.set_cause(Some(cause.into_exception(vm)));
            return Err(PyErr::Raised(error));
        }
    };
    w.push(awaitable);
    Ok(())
}

/// `END_ASYNC_FOR`: iterator, exception.
pub(crate) fn end_async_for(vm: &mut Vm, w: &mut Window) -> PyResult<()> {
    let exception = w.pop_owned();
    drop(w.pop());
    if super::control::matches(
        vm,
        &exception,
        vm.class(&exception::STOP_ASYNC_ITERATION).as_any(),
    ) {
        return Ok(());
    }
    match exception.downcast::<PyException>() {
        Ok(exception) => Err(PyErr::Raised(exception)),
        Err(_) => Err(vm.system_error("END_ASYNC_FOR needs an exception")),
    }
}
