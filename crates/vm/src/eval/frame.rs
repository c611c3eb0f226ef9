//! [`Frame`]: a running call. It becomes a Python object ([`PyFrame`]) only when somebody asks (D14).

#![allow(unsafe_code, reason = "frames point into the evaluation stack")]

use crate::eval::stack::{Mark, StackRef};
use crate::types::cell::PyCell;
use crate::types::code::PyCode;
use crate::types::frame::PyFrame;
use crate::types::function::PyFunction;
use crate::types::generator;
use crate::types::str::PyStr;
use crate::{PyRef, PyResult, Ref, Vm};

/// What happens with a frame's result.
#[derive(Debug)]
pub(crate) enum FrameKind {
    /// It is handed to the native code that entered the frame.
    Entry,
    /// It goes on the stack of the frame below.
    Inline,
    /// It must be `None`: the frame is that of `__init__`, and the new instance is on the stack below already.
    Initializer,
    /// A generator's, iterated by `FOR_ITER` of the frame below: what it yields goes on the stack there, and what it
    /// returns ends the loop.
    Iterated,
    /// A generator's, resumed by `SEND` of the frame below: what it yields or returns goes on the stack there.
    Awaited,
}

/// A running call.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) func: Ref<PyFunction>,
    pub(crate) code: Ref<PyCode>,
    /// The namespace of names, for code that is not a function's body.
    pub(crate) namespace: Option<PyRef>,
    /// Where the fast locals begin; the frame's temporaries lie behind them. Two entries before: the saved
    /// depth and instruction.
    pub(crate) base: *mut StackRef,
    /// What to leave on the evaluation stack; `None` if the frame lies in a generator.
    pub(crate) mark: Option<Mark>,
    /// The frame as an object, if somebody asked.
    pub(crate) object: Option<Ref<PyFrame>>,
    pub(crate) kind: FrameKind,
    /// The generator, coroutine or asynchronous generator that the frame belongs to.
    pub(crate) generator: Option<PyRef>,
}

impl Frame {
    /// The index of the instruction that runs; 0 before the first.
    pub(crate) fn instruction(&self) -> u32 {
        u32::try_from(self.next_instruction().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// The index of the instruction that comes next.
    pub(crate) fn next_instruction(&self) -> usize {
        // SAFETY: a frame's header lies before its locals; before the first instruction it holds the largest number.
        unsafe { *self.base.sub(1).cast::<usize>() }.wrapping_add(1)
    }

    /// Where the index of the running instruction is written; before the first it is the largest number.
    pub(crate) fn instruction_slot(&self) -> *const usize {
        // SAFETY: a frame's header lies before its locals.
        unsafe { self.base.sub(1) }.cast()
    }

    /// The number of entries in use, locals included, as it was last saved.
    pub(crate) fn depth(&self) -> usize {
        // SAFETY: as above.
        unsafe { *self.base.sub(2).cast::<usize>() }
    }

    pub(crate) fn set_depth(&self, depth: usize) {
        // SAFETY: as above.
        unsafe { *self.base.sub(2).cast::<usize>() = depth }
    }

    /// Makes the frame begin at its first instruction.
    pub(crate) fn rewind(&self) {
        // SAFETY: as above.
        unsafe { *self.base.sub(1).cast::<usize>() = usize::MAX }
    }

    /// The line that runs.
    pub(crate) fn line(&self) -> u32 {
        self.code.line(self.instruction())
    }

    /// What a fast local holds: a cell, for a shared variable.
    pub(crate) fn local(&self, index: usize) -> Option<PyRef> {
        if index >= self.code.local_count() {
            return None;
        }
        // SAFETY: locals are initialized as long as the frame is there.
        unsafe { &*self.base.add(index) }.duplicate().into_owned()
    }

    /// The value of a variable: what a cell holds, for a shared one.
    pub(crate) fn variable(&self, index: usize) -> Option<PyRef> {
        visible_value(&self.code, index, self.local(index))
    }

    /// Visits every counted reference that the frame holds.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        visit(self.func.as_any());
        visit(self.code.as_any());
        let others = [
            self.namespace.as_ref(),
            self.generator.as_ref(),
            self.object.as_ref().map(Ref::as_any),
        ];
        others.into_iter().flatten().for_each(&mut *visit);
        if self.mark.is_some() {
            // SAFETY: the depth was saved when the frame last gave up control.
            unsafe { Vm::visit_entries(self.base, self.depth(), visit) }
        }
    }
}

impl Vm {
    /// The namespace of the running frame's module.
    pub fn current_globals(&self) -> Option<Ref<crate::types::dict::PyDict>> {
        self.eval
            .frames
            .last()
            .map(|frame| frame.func.globals.clone())
    }

    /// How many frames run.
    pub fn frame_count(&self) -> usize {
        self.eval.frames.len()
    }

    /// The frame object of a running frame, counted from the innermost (0).
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn frame_object(&mut self, from_top: usize) -> PyResult<Option<Ref<PyFrame>>> {
        let Some(index) = self.eval.frames.len().checked_sub(from_top + 1) else {
            return Ok(None);
        };
        self.frame_object_at(index).map(Some)
    }

    /// The frame object of the running frame at an index from the outermost.
    pub(crate) fn frame_object_at(&mut self, index: usize) -> PyResult<Ref<PyFrame>> {
        let frame = &self.eval.frames[index];
        if let Some(object) = &frame.object {
            object.set_running(index);
            return Ok(object.clone());
        }
        let object = crate::types::frame::new(self, index)?;
        self.eval.frames[index].object = Some(object.clone());
        Ok(object)
    }

    /// File name, function name and line of a running frame, counted from the innermost (0).
    pub fn frame_summary(&self, from_top: usize) -> Option<(Ref<PyStr>, Ref<PyStr>, u32)> {
        let index = self.eval.frames.len().checked_sub(from_top + 1)?;
        let frame = &self.eval.frames[index];
        Some((
            frame.code.filename.clone(),
            frame.code.qualname.clone(),
            frame.line(),
        ))
    }

    /// Ends the innermost frame: its locals and temporaries go, or into its object if that lives on.
    #[inline]
    pub(crate) fn leave_frame(&mut self, depth: usize) -> FrameKind {
        let frame = self.eval.frames.last().expect("a frame is running");
        if frame.object.is_some() {
            self.part_from_object();
        }
        let frame = self.eval.pop();
        // SAFETY: the first `depth` entries are initialized, and nobody looks at them again.
        unsafe {
            for index in (0..depth).rev() {
                drop(frame.base.add(index).read());
            }
        }
        match frame.mark {
            Some(mark) => self.eval.stack.leave(mark),
            None => frame.set_depth(0),
        }
        // Field by field: what is dropped as a whole is put together in memory first.
        let Frame {
            func,
            code,
            namespace,
            object,
            kind,
            generator,
            ..
        } = frame;
        if let Some(generator) = generator {
            generator::ended(self, &generator);
        }
        drop((func, code));
        if namespace.is_some() || object.is_some() {
            drop((namespace, object));
        }
        kind
    }

    /// Tells the innermost frame's object that the frame ends; what others keep of it keeps the locals.
    #[cold]
    fn part_from_object(&mut self) {
        let frame = self.eval.frames.last_mut().expect("a frame is running");
        let Some(object) = frame.object.clone() else {
            return;
        };
        if object.count() > 2 {
            self.keep_locals(&object);
        }
        object.set_done();
    }

    /// Copies the innermost frame's locals into its object, which outlives it.
    #[cold]
    fn keep_locals(&mut self, object: &Ref<PyFrame>) {
        let index = self.eval.frames.len() - 1;
        let frame = &self.eval.frames[index];
        let count = frame.code.local_count();
        // SAFETY: locals are initialized as long as the frame is there.
        let values: Vec<Option<PyRef>> = (0..count)
            .map(|index| unsafe { &*frame.base.add(index) }.duplicate().into_owned())
            .collect();
        let instruction = frame.instruction();
        // A generator belongs to no caller once it is over.
        let back = if index == 0 || frame.generator.is_some() {
            None
        } else {
            self.frame_object_at(index - 1).ok()
        };
        object.keep(self, values, instruction, back);
    }
}

/// The value of a fast local as Python sees it: what a cell holds, for cells and free variables.
pub(crate) fn visible_value(code: &PyCode, index: usize, value: Option<PyRef>) -> Option<PyRef> {
    let value = value?;
    let is_shared = code.local_kind(index) & 0xC0 != 0;
    match value.downcast_ref::<PyCell>() {
        Some(cell) if is_shared => cell.get(),
        _ => Some(value),
    }
}
