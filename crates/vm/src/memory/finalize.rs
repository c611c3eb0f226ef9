//! Finalizers and weak-reference callbacks of objects whose last reference has gone (PEP 442).

#![allow(unsafe_code, reason = "declares which objects need a finalizer")]

use crate::types::asyncgen::PyAsyncGenerator;
use crate::types::type_::PyType;
use crate::types::weakref::PyWeakRef;
use crate::{PyRef, Ref, Vm};
use exuvia_object::{Flags, Header, weak};
use std::ptr::NonNull;

/// Makes the object layer set instances aside at their death if their type has a `__del__`.
pub(crate) fn install(vm: &Vm, ty: &Ref<PyType>) {
    let class = ty.class_of_instances_ref();
    let inherited = ty
        .base()
        .and_then(|base| base.class_of_instances_ref().needs_finalizer.get());
    let has_del = ty.slots(vm).del.is_some();
    let is_native = !ty.is_heap_type();
    class.needs_finalizer.set(match inherited {
        // A native type knows which of its objects need it; a `__del__` in Python is always called.
        Some(native) if is_native || !defines_del(vm, ty) => Some(native),
        _ if has_del && !is_native => Some(always),
        other => class.needs_finalizer.get().or(other),
    });
}

/// Whether a class of the program between the type and its native base has a `__del__`.
fn defines_del(vm: &Vm, ty: &Ref<PyType>) -> bool {
    ty.lookup_with_owner(vm, &vm.names().del)
        .is_some_and(|(_, owner)| owner.is_heap_type())
}

unsafe fn always(_: NonNull<Header>) -> bool {
    true
}

impl Vm {
    /// Finalizes everything that was set aside, and what dies by that.
    pub fn run_pending(&mut self) {
        if self.memory.is_finalizing {
            return;
        }
        self.memory.is_finalizing = true;
        while let Some(object) = self.space.take_pending() {
            self.finish_object(object);
        }
        self.memory.is_finalizing = false;
    }

    /// `__del__`, then the callbacks of weak references, newest first; then the object goes, unless it was resurrected.
    fn finish_object(&mut self, object: PyRef) {
        if !object.header().has(Flags::FINALIZED) {
            self.call_finalizer(&object);
        }
        if object.count() > 1 {
            return;
        }
        for owner in weak::take_callbacks(&object) {
            self.call_weak_callback(&owner);
        }
    }

    /// Runs an object's `__del__`, once.
    pub(crate) fn call_finalizer(&mut self, object: &PyRef) {
        object.header().set(Flags::FINALIZED);
        let Some(del) = self.type_of(object).slots(self).del else {
            return;
        };
        if let Err(error) = del(self, object) {
            let what = self.finalizer_text(object);
            self.write_unraisable(error, Some(&what), None);
        }
    }

    /// What the report of an error in a finalizer says.
    fn finalizer_text(&mut self, object: &PyRef) -> String {
        let (ty, name) = (self.type_of(object).clone(), self.names().del.clone());
        if !crate::types::generator::is_generator_like(object)
            && !object.is_a::<PyAsyncGenerator>()
            && let Some(function) = ty.lookup(self, &name)
            && let Ok(text) = self.repr(&function)
        {
            return format!(
                "Exception ignored while calling deallocator {}",
                text.to_text()
            );
        }
        let shown = self
            .repr(object)
            .map(|text| text.to_text().into_owned())
            .unwrap_or_default();
        format!("Exception ignored while closing generator {shown}")
    }

    /// Calls the callback of a weak reference whose referent has gone.
    pub(crate) fn call_weak_callback(&mut self, owner: &PyRef) {
        let Some(weakref) = owner.downcast_ref::<PyWeakRef>() else {
            return;
        };
        let Some(callback) = weakref.take_callback() else {
            return;
        };
        if let Err(error) = self.call_positional(&callback, std::slice::from_ref(owner)) {
            let shown = self
                .repr(&callback)
                .map(|text| text.to_text().into_owned())
                .unwrap_or_default();
            let what = format!("Exception ignored while calling weakref callback {shown}");
            self.write_unraisable(error, Some(&what), None);
        }
    }
}
