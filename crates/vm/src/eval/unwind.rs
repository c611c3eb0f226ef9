//! What happens when something is raised: context, traceback, and the way to a handler.

use crate::eval::frame::FrameKind;
use crate::eval::window::Window;
use crate::types::exception::PyException;
use crate::types::traceback;
use crate::{PyErr, PyResult, Ref, Vm};

/// Goes to the handler for an error, leaving frames that have none; the window is then that of the frame reached.
///
/// # Errors
/// The error itself, if the frame that native code entered has no handler; that frame has been left.
pub(crate) fn unwind(
    vm: &mut Vm,
    w: &mut Window,
    error: PyErr,
    mut with_traceback: bool,
) -> PyResult<()> {
    let exception = error.into_exception(vm);
    set_context(vm, &exception);
    loop {
        if with_traceback {
            traceback::add(vm, &exception, w.instruction());
        }
        with_traceback = true;
        if go_to_handler(vm, w, &exception)? {
            return Ok(());
        }
        match vm.leave_frame(w.depth()) {
            FrameKind::Entry => return Err(PyErr::Raised(exception)),
            FrameKind::Inline
            | FrameKind::Initializer
            | FrameKind::Iterated
            | FrameKind::Awaited => *w = Window::load(vm)?,
        }
    }
}

/// A fresh exception remembers the one that was being handled (`__context__`).
fn set_context(vm: &Vm, exception: &Ref<PyException>) {
    if exception.traceback().is_some() {
        return;
    }
    if let Some(handled) = vm.eval.handled_exception() {
        exception.set_context_avoiding_cycles(&handled);
    }
}

/// Cuts the stack down for the handler that covers the instruction, and goes there; `false`: there is none.
fn go_to_handler(vm: &mut Vm, w: &mut Window, exception: &Ref<PyException>) -> PyResult<bool> {
    let instruction = w.instruction();
    let Some(handler) = w.code().handler(instruction) else {
        return Ok(false);
    };
    w.cut(w.code().local_count() + handler.depth as usize);
    if handler.push_lasti {
        let lasti = vm.new_int(i64::from(instruction))?;
        w.push(lasti);
    }
    w.push(exception.clone().into_any());
    w.jump(handler.target);
    Ok(true)
}
