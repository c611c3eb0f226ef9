//! [`EvalState`]: what the evaluation loop keeps per runtime.

use crate::eval::frame::Frame;
use crate::eval::stack::Stack;
use crate::memory::trace::{TracedFrame, Tracing};
use crate::protocol::stack::StackLimit;
use crate::types::exception::PyException;
use crate::{PyRef, Ref};
use std::collections::HashMap;

/// What the evaluation loop keeps per runtime.
#[derive(Debug)]
pub struct EvalState {
    pub(crate) stack: Stack,
    /// The running frames, innermost last.
    pub(crate) frames: Vec<Frame>,
    /// Who is told of frames as they come and go, while allocations are traced.
    pub(crate) tracing: Option<Tracing>,
    /// The exception being handled, one level for the thread and one per running generator.
    pub(crate) handled: Vec<Option<Ref<PyException>>>,
    /// `sys.getrecursionlimit()`.
    pub recursion_limit: usize,
    /// How far native code may nest.
    pub(crate) stack_limit: StackLimit,
    /// How many frames of a coroutine's origin are recorded.
    pub coroutine_origin_depth: usize,
    /// `sys.set_asyncgen_hooks`: for the first iteration, and for finalizing.
    pub asyncgen_hooks: [Option<PyRef>; 2],
    /// `typing.NoDefault`, once it is made.
    pub(crate) no_default: Option<PyRef>,
    /// Objects whose `repr` is being made, by address.
    pub(crate) repr_running: HashMap<usize, PyRef>,
}

impl Default for EvalState {
    fn default() -> Self {
        Self {
            stack: Stack::default(),
            frames: Vec::new(),
            tracing: None,
            handled: vec![None],
            recursion_limit: 1000,
            stack_limit: StackLimit::default(),
            coroutine_origin_depth: 0,
            asyncgen_hooks: [None, None],
            no_default: None,
            repr_running: HashMap::new(),
        }
    }
}

impl EvalState {
    /// Makes a frame the innermost one.
    #[inline(always)]
    pub(crate) fn push(&mut self, frame: Frame) {
        self.frames.push(frame);
        self.note_entered();
    }

    /// Tells who wants to know that there is a new innermost frame.
    #[inline(always)]
    pub(crate) fn note_entered(&self) {
        if let (Some(tracer), Some(frame)) = (&self.tracing, self.frames.last()) {
            tracer.enter(TracedFrame::of(frame));
        }
    }

    /// Takes the innermost frame off the others.
    #[inline(always)]
    pub(crate) fn pop(&mut self) -> Frame {
        if let Some(tracer) = &self.tracing {
            tracer.leave();
        }
        self.frames.pop().expect("a frame is running")
    }

    /// The exception being handled, innermost first (`sys.exception()`).
    pub fn handled_exception(&self) -> Option<Ref<PyException>> {
        self.handled.iter().rev().find_map(Clone::clone)
    }
}
