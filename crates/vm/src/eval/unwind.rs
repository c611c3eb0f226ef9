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
    if matches!(error, PyErr::OutOfMemory) {
        vm.note_out_of_memory();
    }
    let exception = error.into_exception(vm);
    // One that comes from a call has been raised before.
    if exception.traceback().is_none() {
        set_context(vm, &exception);
    }
    loop {
        if with_traceback {
            traceback::add(vm, &exception, w.instruction());
        }
        with_traceback = true;
        if go_to_handler(vm, w, &exception) {
            return Ok(());
        }
        match vm.leave_frame(w.depth()) {
            FrameKind::Entry => return Err(PyErr::Raised(exception)),
            // Their code is prepared already, so this needs no memory.
            FrameKind::Inline
            | FrameKind::Initializer
            | FrameKind::Iterated
            | FrameKind::Awaited => *w = Window::load(vm)?,
        }
    }
}

/// An exception that is raised remembers the one that is being handled (`__context__`).
pub(crate) fn set_context(vm: &Vm, exception: &Ref<PyException>) {
    // The one that is raised when memory runs out is there for all: it remembers nothing.
    if exception.is_shared_memory_error(vm) {
        return;
    }
    if let Some(handled) = vm.eval.handled_exception() {
        exception.set_context_avoiding_cycles(&handled);
    }
}

/// Cuts the stack down for the handler that covers the instruction, and goes there; `false`: there is none.
fn go_to_handler(vm: &Vm, w: &mut Window, exception: &Ref<PyException>) -> bool {
    let instruction = w.instruction();
    let Some(handler) = w.code().handler(instruction) else {
        return false;
    };
    w.cut(w.code().local_count() + handler.depth as usize);
    if handler.push_lasti {
        // RERAISE only checks that a number is there (`control::reraise`); this one needs no memory.
        w.push(vm.small_int(0));
    }
    w.push(exception.clone().into_any());
    w.jump(handler.target);
    true
}
