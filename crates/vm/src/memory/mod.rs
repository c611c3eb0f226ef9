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
use crate::types::dict::PyDict;
use crate::types::list::PyList;
use crate::types::str::STR;
use crate::types::tuple::PyTuple;
use crate::{PyRef, PyResult, Ref, Settings, Space, Vm};
use exuvia_collector::{Collector, Generation};
use exuvia_object::Label;
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
    /// Near the memory limit, everything is collected when so many bytes live.
    pub(crate) emergency_at: usize,
    /// How many collections that mode has made.
    stress_collections: u32,
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
            emergency_at: 0,
            stress_collections: 0,
        }
    }
}

/// The bit of the space's attention that asks for a collection.
const ATTENTION_COLLECT: u32 = 2;
/// The bit of the space's attention that says that memory ran out: everything is to be collected.
const ATTENTION_OUT_OF_MEMORY: u32 = 8;
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

    /// Turns the stress mode of [`crate::Settings::collect_always`] on or off.
    pub fn set_collect_always(&mut self, is_on: bool) {
        self.memory.collect_always = is_on;
    }

    /// Asks for a collection of everything at the next safepoint, because an allocation failed near the memory limit.
    #[cold]
    pub(crate) fn note_out_of_memory(&self) {
        // What fails in a callback of the collector asks for nothing: that would never end.
        if self.heap().is_near_limit() && !self.memory.collector.is_collecting() {
            let attention = self.space.attention();
            attention.set(attention.get() | ATTENTION_OUT_OF_MEMORY);
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

    /// The stress mode's collection: of the young generation, of the middle one and of all now and then.
    fn stress_collect(&mut self) {
        let turn = self.memory.stress_collections;
        self.memory.stress_collections = turn.wrapping_add(1);
        self.collect(match turn {
            _ if turn % 256 == 255 => Generation::Old,
            _ if turn % 16 == 15 => Generation::Middle,
            _ => Generation::Young,
        });
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
                self.stress_collect();
            } else {
                self.collect_due();
            }
        }
        if attention & ATTENTION_OUT_OF_MEMORY != 0 {
            let left = self.space.attention().get() & !ATTENTION_OUT_OF_MEMORY;
            self.space.attention().set(left);
            self.collect(Generation::Old);
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

/// The objects that an object refers to, as `gc.get_referents` lists them: lists and tuples from their ends, and of dicts with
/// nothing but strings for keys the values alone.
pub fn referents_as_cpython(vm: &Vm, object: &PyRef) -> Vec<PyRef> {
    let mut found = Vec::new();
    exuvia_collector::for_each_reference(object, |target, label| {
        // SAFETY: the object is alive and holds a reference to the target.
        found.push((unsafe { PyRef::from_borrowed(target) }, label));
    });
    if object.is_a::<PyList>() || object.is_a::<PyTuple>() {
        found.reverse();
    }
    let is_key = |label: &Label| matches!(label, Label::KeyItself);
    let is_text = |key: &PyRef| vm.is_exactly(key, &STR);
    let is_namespace = object.is_a::<PyDict>()
        && found
            .iter()
            .all(|(target, label)| !is_key(label) || is_text(target));
    let kept = found
        .into_iter()
        .filter(|(_, label)| !(is_namespace && is_key(label)));
    kept.map(|(target, _)| target).collect()
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
