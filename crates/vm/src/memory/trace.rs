//! Tracing allocations: which line of the program made what is alive (D11).
//!
//! The tracer is told of frames as they come and go, and looks at the running instruction when something is
//! allocated; lines are worked out from code objects when somebody asks.

use crate::eval::frame::Frame;
use crate::types::code::PyCode;
use crate::types::str::PyStr;
use crate::{PyRef, Ref, Space, Vm};
use exuvia_object::Heap;
use exuvia_tracing::{Host, Mode, Place, Site, Tracer};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// The tracer of a virtual machine.
pub type VmTracer = Tracer<Codes>;

/// Allocations are traced as long as this lives.
#[derive(Debug)]
pub(crate) struct Tracing {
    tracer: Rc<VmTracer>,
    space: Rc<Box<Space>>,
}

impl Deref for Tracing {
    type Target = VmTracer;

    #[inline]
    fn deref(&self) -> &VmTracer {
        &self.tracer
    }
}

impl Drop for Tracing {
    fn drop(&mut self) {
        self.tracer.stop(self.space.heap());
    }
}

/// The code objects that traces refer to, by address: they live as long as the traces do.
#[derive(Default)]
pub struct Codes(RefCell<HashMap<usize, Ref<PyCode>>>);

impl fmt::Debug for Codes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Codes")
            .field(&self.0.borrow().len())
            .finish()
    }
}

impl Codes {
    /// Visits every handle, as roots.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        let codes = self.0.borrow();
        codes.values().for_each(|code| visit(code.as_any()));
    }
}

/// A running frame, as far as the tracer looks at it.
///
/// R1: the tracer knows a frame only while it runs, and a running frame keeps its code alive and its header in place.
pub struct TracedFrame {
    code: std::ptr::NonNull<exuvia_object::Header>,
    /// Where the frame's header has the index of the running instruction.
    instruction: *const usize,
}

impl fmt::Debug for TracedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedFrame")
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

impl TracedFrame {
    #[inline]
    pub(crate) fn of(frame: &Frame) -> Self {
        Self {
            code: frame.code.as_any().as_raw(),
            instruction: frame.instruction_slot(),
        }
    }
}

impl Host for Codes {
    type Frame = TracedFrame;

    #[inline]
    fn place(&self, frame: &TracedFrame) -> Place {
        // SAFETY: R1.
        let instruction = unsafe { frame.instruction.read() };
        Place {
            code: frame.code.addr().get(),
            // Before its first instruction a frame has the largest number.
            position: u32::try_from(instruction).unwrap_or(0),
        }
    }

    fn keep(&self, frame: &TracedFrame) {
        let mut codes = self.0.borrow_mut();
        codes.entry(frame.code.addr().get()).or_insert_with(|| {
            // SAFETY: R1.
            let code = unsafe { PyRef::from_borrowed(frame.code) };
            code.downcast().expect("a frame runs a code object")
        });
    }

    fn let_go(&self, is_used: &dyn Fn(usize) -> bool) {
        let unused: Vec<_> = {
            let mut codes = self.0.borrow_mut();
            codes.extract_if(|&code, _| !is_used(code)).collect()
        };
        // Not before the table is whole again: what goes with a code object is a release that is observed.
        drop(unused);
    }
}

/// One frame of a trace.
#[derive(Clone, Debug)]
pub struct TraceFrame {
    /// The file that the code came from.
    pub filename: Ref<PyStr>,
    /// The qualified name of the function.
    pub function: Ref<PyStr>,
    /// The line that ran.
    pub line: u32,
}

impl Vm {
    /// Traces allocations from now on, keeping at most `frames` frames of each (at least one).
    ///
    /// If it traces already, nothing changes.
    pub fn start_tracing(&mut self, frames: u16, mode: Mode) {
        if self.eval.tracing.is_some() {
            return;
        }
        self.memory.trace_frames = frames.max(1);
        let tracer = Tracer::start(self.heap(), Codes::default(), frames, mode);
        for frame in &self.eval.frames {
            tracer.enter(TracedFrame::of(frame));
        }
        let space = self.space_handle();
        self.eval.tracing = Some(Tracing { tracer, space });
    }

    /// Ends tracing, and forgets all traces.
    pub fn stop_tracing(&mut self) {
        drop(self.eval.tracing.take());
    }

    /// Forgets all traces, and goes on tracing.
    pub fn clear_traces(&mut self) {
        if let Some(tracer) = self.tracer() {
            tracer.clear(self.heap());
        }
    }

    /// The tracer, while allocations are traced.
    pub fn tracer(&self) -> Option<Rc<VmTracer>> {
        let tracing = self.eval.tracing.as_ref();
        tracing.map(|tracing| Rc::clone(&tracing.tracer))
    }

    /// How many frames a trace keeps at most: as asked for when tracing last began, 1 before.
    pub fn trace_frames_max(&self) -> u16 {
        self.memory.trace_frames
    }

    /// Where an object was allocated, if it was while allocations are traced.
    pub fn allocation_site(&self, object: &PyRef) -> Option<Site> {
        let tracer = self.eval.tracing.as_ref()?;
        // SAFETY: the object is a live block, and the number is read at once.
        let number = unsafe { Heap::side(object.as_raw().cast(), exuvia_heap::Side::Tracer) };
        tracer.site(number?.get())
    }

    /// The frames of a site, the most recent first: none if nothing of the program ran.
    pub fn trace_frames(&self, site: Site) -> Vec<TraceFrame> {
        let Some(tracer) = &self.eval.tracing else {
            return Vec::new();
        };
        let codes = tracer.host().0.borrow();
        let places = tracer.places(site).into_iter();
        places
            .filter_map(|place| {
                let code = codes.get(&place.code)?;
                Some(TraceFrame {
                    filename: code.filename.clone(),
                    function: code.qualname.clone(),
                    line: code.line(place.position),
                })
            })
            .collect()
    }
}
