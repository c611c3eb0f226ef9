//! What the memory system asks of the virtual machine: safepoints, finalizers, collections, roots.
//!
//! Dropping a handle never runs Python (D5): what needs a finalizer is set aside by the object layer and dealt with
//! here, before the next instruction. Collections happen only here too (D6).

#![allow(unsafe_code, reason = "what a visit tells of becomes a handle")]

pub mod collect;
pub mod finalize;
pub mod roots;
pub mod trace;
pub mod usage;

use crate::eval::window::Window;
use crate::types::list::PyList;
use crate::{PyRef, PyResult, Ref, Settings, Space, Vm};
use exuvia_collector::Collector;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::Ordering;

/// What the virtual machine keeps about its memory.
#[derive(Debug)]
pub struct MemoryState {
    /// Generations, thresholds, statistics.
    pub collector: Rc<Collector>,
    /// `gc.garbage`
    pub garbage: Option<Ref<PyList>>,
    /// `gc.callbacks`
    pub callbacks: Option<Ref<PyList>>,
    /// Objects that only a collection freed, in sum, for the report at exit.
    pub collected_total: usize,
    /// How many frames a trace keeps, as was asked for when tracing last began.
    pub(crate) trace_frames: u16,
    /// What the collector found to be garbage, by the name of its type; `None`: nobody wants to know.
    pub garbage_types: Option<BTreeMap<String, usize>>,
    /// Whether finalizers are being run just now.
    pub(crate) is_finalizing: bool,
    /// Collect at every safepoint (a stress mode).
    pub(crate) collect_always: bool,
}

impl MemoryState {
    pub(crate) fn new(space: &Space, settings: &Settings) -> Self {
        let collector = Collector::new();
        collector.set_mode(space, settings.collector, None);
        Self {
            collector: Rc::new(collector),
            garbage: None,
            callbacks: None,
            collected_total: 0,
            trace_frames: 1,
            garbage_types: None,
            is_finalizing: false,
            collect_always: settings.collect_always,
        }
    }
}

/// The bit of the space's attention that asks for a collection.
const ATTENTION_COLLECT: u32 = 2;
/// The bit of the space's attention that says that a signal has come.
pub const ATTENTION_SIGNAL: u32 = 4;

impl Vm {
    /// Asks for a collection at the next safepoint if one is due, or for the handlers of a signal that has come.
    #[inline(always)]
    pub(crate) fn poll_collector(&mut self) {
        if self.signal_flag.load(Ordering::Relaxed) {
            let attention = self.space.attention();
            attention.set(attention.get() | ATTENTION_SIGNAL);
        }
        if self.memory.collector.is_due(&self.space).is_some() || self.memory.collect_always {
            let attention = self.space.attention();
            attention.set(attention.get() | ATTENTION_COLLECT);
        }
    }

    /// Does what waits, between two instructions: finalizers, a collection, handlers of signals.
    ///
    /// # Errors
    /// What a handler of a signal raises; errors in finalizers and callbacks go to `sys.unraisablehook`.
    #[cold]
    pub(crate) fn look_up(&mut self, w: &Window) -> PyResult<()> {
        w.save();
        self.safepoint()
    }

    /// Does what waits: finalizers, a collection, handlers of signals.
    ///
    /// # Errors
    /// What a handler of a signal raises.
    pub fn safepoint(&mut self) -> PyResult<()> {
        let attention = self.space.attention().get();
        if attention & Space::ATTENTION_PENDING != 0 {
            self.run_pending();
        }
        if attention & ATTENTION_COLLECT != 0 {
            self.space
                .attention()
                .set(self.space.attention().get() & !ATTENTION_COLLECT);
            if self.memory.collect_always {
                self.collect(exuvia_object::Generation::Old);
            } else {
                self.collect_due();
            }
        }
        if attention & ATTENTION_SIGNAL != 0 {
            let attention = self.space.attention();
            attention.set(attention.get() & !ATTENTION_SIGNAL);
            if let Some(handle) = self.signal_handler {
                return handle(self);
            }
        }
        Ok(())
    }
}

impl Vm {
    /// Whether an object is one that Python may see: not a shape, which has no type object.
    pub fn is_visible(&self, object: &PyRef) -> bool {
        object.header().class_ptr() != self.shape_class()
    }
}

/// The objects that an object refers to, in the order of its visit; those that Python may not see are among them.
pub fn referents(object: &PyRef) -> Vec<PyRef> {
    let mut found = Vec::new();
    exuvia_collector::for_each_reference(object, |target, _| {
        // SAFETY: the object is alive and holds a reference to the target.
        found.push(unsafe { PyRef::from_borrowed(target) });
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use exuvia_collector::Mode;

    #[test]
    fn the_old_generation_is_collected_in_slices_unless_the_settings_say_otherwise() {
        for mode in [Mode::Sliced, Mode::Synchronous] {
            let settings = Settings {
                collector: mode,
                ..Settings::default()
            };
            let vm = Vm::new(settings).expect("there is memory");
            assert_eq!(vm.memory.collector.mode(), mode);
        }
        assert_eq!(Settings::default().collector, Mode::Sliced);
    }
}
