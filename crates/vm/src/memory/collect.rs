//! Collections: the collector's host, `gc.callbacks`, and the texts of `gc.set_debug`.

use crate::types::list::PyList;
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_collector::{Event, Generation, Host, Outcome};
use std::rc::Rc;

impl Vm {
    /// Collects a generation and those younger in one go; returns what `gc.collect` returns.
    pub fn collect(&mut self, generation: Generation) -> Outcome {
        let (space, collector) = (self.space_handle(), Rc::clone(&self.memory.collector));
        let outcome = collector.collect(&space, generation, &mut VmHost(self));
        if generation == Generation::Old {
            self.eval.stack.trim();
            space.heap().trim();
        }
        self.after_collection(&outcome);
        outcome
    }

    /// Collects what is due, if anything; the old generation in slices.
    pub(crate) fn collect_due(&mut self) {
        if self.heap().is_near_limit() && self.heap().bytes_live() >= self.memory.emergency_at {
            return self.collect_near_limit();
        }
        let (space, collector) = (self.space_handle(), Rc::clone(&self.memory.collector));
        if let Some(outcome) = collector.collect_due(&space, &mut VmHost(self)) {
            self.after_collection(&outcome);
        }
    }

    /// Collects everything, because there is little room left; the next time when half of that room is gone.
    #[cold]
    fn collect_near_limit(&mut self) {
        self.collect(Generation::Old);
        let live = self.heap().bytes_live();
        let room = self
            .heap()
            .limit()
            .map_or(live, |limit| limit.saturating_sub(live));
        self.memory.emergency_at = live + room / 2;
    }

    fn after_collection(&mut self, outcome: &Outcome) {
        self.memory.collected_total += outcome.collected;
        if let Some(tracing) = &self.eval.tracing {
            tracing.tidy_if_due(self.heap());
        }
        if outcome.generation == Generation::Old {
            self.method_cache.clear();
        }
        self.run_pending();
    }

    /// Calls everything in `gc.callbacks`.
    fn call_gc_callbacks(
        &mut self,
        phase: &str,
        generation: Generation,
        collected: usize,
        uncollectable: usize,
    ) {
        let Some(callbacks) = self.memory.callbacks.clone() else {
            return;
        };
        let callbacks = callbacks.items.get(self).to_vec();
        if callbacks.is_empty() {
            return;
        }
        let info = match self.gc_info(generation, collected, uncollectable) {
            Ok(info) => info,
            Err(error) => {
                return self.write_unraisable(
                    error,
                    Some("Exception ignored in garbage collection"),
                    None,
                );
            }
        };
        for callback in callbacks {
            let called = self.new_str(phase).and_then(|phase| {
                self.call_positional(&callback, &[phase.into_any(), info.clone()])
            });
            if let Err(error) = called {
                let shown = self
                    .repr(&callback)
                    .map(|text| text.to_text().into_owned())
                    .unwrap_or_default();
                let what = format!("Exception ignored while calling GC callback {shown}");
                self.write_unraisable(error, Some(&what), None);
            }
        }
    }

    fn gc_info(
        &mut self,
        generation: Generation,
        collected: usize,
        uncollectable: usize,
    ) -> PyResult {
        let info = self.new_dict()?;
        let numbers = [
            ("generation", generation as usize),
            ("collected", collected),
            ("uncollectable", uncollectable),
        ];
        for (key, number) in numbers {
            let (key, number) = (self.intern(key)?, self.new_int_from_usize(number)?);
            info.set_str(self, &key, number)?;
        }
        Ok(info.into_any())
    }

    /// The list behind `gc.garbage`, made when it is first needed.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn gc_garbage(&mut self) -> PyResult<Ref<PyList>> {
        if self.memory.garbage.is_none() {
            self.memory.garbage = Some(self.new_list(Vec::new())?);
        }
        Ok(self.memory.garbage.clone().expect("just made"))
    }

    /// The list behind `gc.callbacks`, made when it is first needed.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn gc_callbacks(&mut self) -> PyResult<Ref<PyList>> {
        if self.memory.callbacks.is_none() {
            self.memory.callbacks = Some(self.new_list(Vec::new())?);
        }
        Ok(self.memory.callbacks.clone().expect("just made"))
    }
}

/// The virtual machine as the collector's host.
struct VmHost<'a>(&'a mut Vm);

impl Host for VmHost<'_> {
    fn started(&mut self, generation: Generation) {
        self.0.call_gc_callbacks("start", generation, 0, 0);
    }

    fn stopped(&mut self, outcome: &Outcome) {
        self.0.call_gc_callbacks(
            "stop",
            outcome.generation,
            outcome.collected,
            outcome.uncollectable,
        );
    }

    fn call_weak_callback(&mut self, owner: &PyRef) {
        self.0.call_weak_callback(owner);
    }

    fn finalize(&mut self, object: &PyRef) {
        self.0.call_finalizer(object);
    }

    fn watches_garbage(&self) -> bool {
        self.0.memory.garbage_types.is_some()
    }

    fn found_garbage(&mut self, object: &PyRef) {
        if !self.0.is_visible(object) {
            return;
        }
        let name = self.0.type_name(object);
        if let Some(types) = &mut self.0.memory.garbage_types {
            *types.entry(name).or_default() += 1;
        }
    }

    fn keep_garbage(&mut self, object: &PyRef) {
        if !self.0.is_visible(object) {
            return;
        }
        // Without memory for the list the object is simply not listed; it stays alive for the next collection.
        if let Ok(garbage) = self.0.gc_garbage() {
            let _ = garbage.push(self.0, object.clone());
        }
    }

    fn report(&mut self, event: Event<'_>) {
        let text = match event {
            Event::Collectable(object) | Event::Uncollectable(object)
                if !self.0.is_visible(object) =>
            {
                return;
            }
            Event::Collecting(generation, [young, middle, old, permanent]) => format!(
                "gc: collecting generation {}...\ngc: objects in each generation: {young} {middle} {old}\n\
                 gc: objects in permanent generation: {permanent}\n",
                generation as usize
            ),
            Event::Collectable(object) => {
                format!(
                    "gc: collectable <{} {:#x}>\n",
                    self.0.type_name(object),
                    object.address()
                )
            }
            Event::Uncollectable(object) => {
                format!(
                    "gc: uncollectable <{} {:#x}>\n",
                    self.0.type_name(object),
                    object.address()
                )
            }
            Event::Done(outcome) => format!(
                "gc: done, {} unreachable, {} uncollectable, {:.4}s elapsed\n",
                outcome.unreachable(),
                outcome.uncollectable,
                outcome.pause.as_secs_f64()
            ),
        };
        self.0.write_stderr(&text);
    }
}
