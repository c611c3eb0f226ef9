//! The roots: every reference that the virtual machine itself holds, for the audit (D9) and for snapshots.

use crate::{PyRef, Vm};
use exuvia_collector::Mismatch;

impl Vm {
    /// Visits every counted reference that is held outside of objects.
    pub fn visit_roots(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.types
            .iter()
            .flatten()
            .for_each(|ty| visit(ty.as_any()));
        if let Some(constants) = &self.constants {
            constants.visit(visit);
        }
        if let Some(names) = &self.names {
            names.visit(visit);
        }
        self.method_cache.visit(visit);
        let dicts = [&self.modules, &self.builtins, &self.sys];
        dicts
            .into_iter()
            .flatten()
            .for_each(|dict| visit(dict.as_any()));
        self.memory_error
            .iter()
            .for_each(|error| visit(error.as_any()));
        self.eval.frames.iter().for_each(|frame| frame.visit(visit));
        if let Some(tracer) = &self.eval.tracing {
            tracer.host().visit(visit);
        }
        self.eval
            .handled
            .iter()
            .flatten()
            .for_each(|exception| visit(exception.as_any()));
        self.eval
            .asyncgen_hooks
            .iter()
            .flatten()
            .for_each(&mut *visit);
        self.eval.no_default.iter().for_each(&mut *visit);
        self.eval.repr_running.values().for_each(&mut *visit);
        let lists = [&self.memory.garbage, &self.memory.callbacks];
        lists
            .into_iter()
            .flatten()
            .for_each(|list| visit(list.as_any()));
        self.extensions.visit(visit);
        self.codecs.visit(visit);
    }

    /// Checks that for every object count = edges into it + roots (D9).
    ///
    /// # Errors
    /// The objects for which that does not hold.
    pub fn audit(&self) -> Result<(), Vec<Mismatch>> {
        let mismatches = exuvia_collector::audit(&self.space, &mut |register| {
            self.visit_roots(&mut |root| register(root.as_raw()))
        });
        if mismatches.is_empty() {
            Ok(())
        } else {
            Err(mismatches)
        }
    }
}
