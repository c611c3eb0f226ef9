//! The end of a runtime, in CPython's order: exit functions, modules, collections; then what is immortal.
//!
//! [`Vm::shut_down`] is the part in which Python still runs. Dropping the `Vm` lets go of what it holds, without running
//! Python. What is immortal, and the heap with it, stays until [`Vm::free`], because a handle to an immortal object is
//! not counted: only the caller can know that there is none left.
//!
//! Source: CPython 3.14 `Python/import.c` (`_PyImport_FiniCore`: which names go first, and in which order modules are
//! emptied).

#![allow(unsafe_code, reason = "immortal objects are freed here")]

use crate::eval::state::EvalState;
use crate::object::layout::type_of;
use crate::object::shape::Shape;
use crate::types::dict::PyDict;
use crate::types::module;
use crate::types::str::PyStr;
use crate::types::weakref::PyWeakRef;
use crate::{PyRef, PyResult, Ref, Vm};
use exuvia_collector::{Debug, Generation, for_each_reference};
use exuvia_object::{AnyRef, Class, Flags, Header, Kind, weak};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::ptr::NonNull;
use std::rc::Rc;

/// How far a runtime is on the way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Programs run.
    Running,
    /// The modules are being emptied (`sys.is_finalizing()`).
    Finalizing,
    /// No Python runs any more.
    ShutDown,
    /// Nothing is left but immortal objects and what they refer to.
    Released,
    /// No object is left.
    Freed,
}

/// What should not be left of a runtime, but is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    /// Objects that no immortal object leads to, by the name of their type.
    pub objects: BTreeMap<String, usize>,
    /// Blocks in use when all objects were freed.
    pub blocks: usize,
    /// Bytes asked for and not released then. If no block is left: the sizes released were not those asked for.
    pub bytes: usize,
}

impl fmt::Display for Remains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} blocks with {} bytes are left",
            self.blocks,
            self.bytes.cast_signed()
        )?;
        for (name, count) in &self.objects {
            write!(f, "; {count} of type {name}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Remains {}

/// Variables of `sys` that are set to None before any module goes.
const SYS_NAMES: [&str; 11] = [
    "path",
    "argv",
    "ps1",
    "ps2",
    "last_exc",
    "last_type",
    "last_value",
    "last_traceback",
    "path_hooks",
    "path_importer_cache",
    "meta_path",
];

/// Streams that get back what they were at the start, and where that is kept.
const STREAMS: [(&str, &str); 3] = [
    ("stdin", "__stdin__"),
    ("stdout", "__stdout__"),
    ("stderr", "__stderr__"),
];

impl Vm {
    /// Whether the modules are being emptied, or have been (`sys.is_finalizing()`).
    pub fn is_finalizing(&self) -> bool {
        self.stage >= Stage::Finalizing
    }

    /// Runs what a program left for its end: exit functions, then the finalizers of what its modules hold. The modules
    /// are empty afterwards, so that no program can run any more. Does nothing the second time.
    ///
    /// Returns whether everything could be written that `sys.stdout` and `sys.stderr` still kept. What else goes wrong is
    /// reported as any error that nobody can handle is.
    pub fn shut_down(&mut self) -> bool {
        if self.stage != Stage::Running {
            return true;
        }
        self.run_exit_functions();
        let mut is_written = self.flush_standard_streams();
        self.stage = Stage::Finalizing;
        self.forget_sys_variables();
        let modules = self.remove_modules();
        self.collect(Generation::Old);
        for module in modules.iter().rev() {
            if let Some(dict) = module
                .referent()
                .and_then(|module| module::namespace_of(&module))
            {
                self.clear_namespace(&dict);
            }
        }
        drop(modules);
        self.collect(Generation::Old);
        // Finalizers may have printed. What could not be written before can't be now, and that was told.
        is_written = is_written && self.flush_standard_streams();
        let (sys, builtins) = (self.sys(), self.builtins());
        self.clear_namespace(&sys);
        self.clear_namespace(&builtins);
        drop((sys, builtins));
        self.run_pending();
        self.collect(Generation::Old);
        if let Some(flush_streams) = self.flush_streams {
            flush_streams(self);
        }
        self.stage = Stage::ShutDown;
        is_written
    }

    /// Calls what `atexit` keeps, if it was imported.
    fn run_exit_functions(&mut self) {
        let Ok(Some(module)) = self.loaded_module("atexit") else {
            return;
        };
        if let Err(error) = self.call_method_str(&module, "_run_exitfuncs", &[]) {
            self.write_unraisable(error, Some("Exception ignored in atexit callback"), None);
        }
        self.run_pending();
    }

    /// Writes what `sys.stdout` and `sys.stderr` keep. Returns whether that worked; an error is reported.
    pub fn flush_standard_streams(&mut self) -> bool {
        let names = [self.names().stdout.clone(), self.names().stderr.clone()];
        let mut is_written = true;
        for name in names {
            let stream = self.sys.as_ref().and_then(|sys| sys.get_str(self, &name));
            let Some(stream) = stream.filter(|stream| !self.is_none(stream)) else {
                continue;
            };
            if let Err(error) = self.flush_stream(&stream) {
                let what = format!("Exception ignored while flushing sys.{}", name.to_text());
                self.write_unraisable(error, Some(&what), None);
                is_written = false;
            }
        }
        self.run_pending();
        is_written
    }

    fn flush_stream(&mut self, stream: &PyRef) -> PyResult<()> {
        if let Some(closed) = self.lookup_attr_str(stream, "closed")?
            && self.is_true(&closed)?
        {
            return Ok(());
        }
        let flush = self.names().flush.clone();
        self.call_method(stream, &flush, &[]).map(drop)
    }

    fn forget_sys_variables(&mut self) {
        let (sys, builtins) = (self.sys(), self.builtins());
        // Without memory a variable stays a little longer.
        let _ = self.forget_variable(&builtins, "_");
        for name in SYS_NAMES {
            let _ = self.forget_variable(&sys, name);
        }
        for (name, original) in STREAMS {
            let _ = self.restore_stream(&sys, name, original);
        }
    }

    fn forget_variable(&mut self, dict: &Ref<PyDict>, name: &str) -> PyResult<()> {
        let key = self.intern(name)?;
        if dict.get_str(self, &key).is_some() {
            dict.set_str(self, &key, self.none())?;
            self.run_pending();
        }
        Ok(())
    }

    fn restore_stream(&mut self, sys: &Ref<PyDict>, name: &str, original: &str) -> PyResult<()> {
        let (key, original) = (self.intern(name)?, self.intern(original)?);
        let stream = sys.get_str(self, &original).unwrap_or_else(|| self.none());
        sys.set_str(self, &key, stream)?;
        self.run_pending();
        Ok(())
    }

    /// Empties `sys.modules`; weak references to those modules that are emptied later, in the order of import.
    fn remove_modules(&mut self) -> Vec<Ref<PyWeakRef>> {
        let modules = self.modules();
        let (sys, builtins) = (self.sys(), self.builtins());
        let mut links = Vec::new();
        let mut position = 0;
        while let Some((key, module)) = modules.next_entry(self, &mut position) {
            let is_special = module::namespace_of(&module)
                .is_none_or(|dict| dict.is(&sys) || dict.is(&builtins));
            if !is_special && let Ok(link) = self.new_weakref(&module, None) {
                links.push(link);
            }
            drop(module);
            let none = self.none();
            let _ = modules.set_item(self, &key, none);
            self.run_pending();
        }
        modules.clear_guarded(self);
        self.run_pending();
        links
    }

    /// Sets the variables of a module to None in the order in which they were made: first those whose names begin with
    /// one underscore, then the others but `__builtins__`.
    fn clear_namespace(&mut self, dict: &Ref<PyDict>) {
        for is_private_turn in [true, false] {
            let mut position = 0;
            while let Some((key, value)) = dict.next_entry(self, &mut position) {
                let goes = key.downcast_ref::<PyStr>().is_some_and(|key| {
                    let text = key.to_text();
                    let is_private = text.starts_with('_') && !text.starts_with("__");
                    if is_private_turn {
                        is_private
                    } else {
                        text != "__builtins__"
                    }
                });
                if !goes || self.is_none(&value) {
                    continue;
                }
                drop(value);
                let none = self.none();
                // Without memory the variable stays; its finalizer does not run.
                let _ = dict.set_item(self, &key, none);
                self.run_pending();
            }
        }
    }

    /// Lets go of every handle and frees what dies by that, without running Python.
    ///
    /// What is left are immortal objects, what they refer to, and what handles outside of the `Vm` keep. Nothing can be run
    /// afterwards.
    pub fn release(&mut self) {
        if self.stage >= Stage::Released {
            return;
        }
        self.stage = Stage::Released;
        self.stop_tracing();
        self.extensions.clear();
        self.codecs.clear();
        self.memory.garbage = None;
        self.memory.callbacks = None;
        self.eval = EvalState::default();
        self.method_cache.clear();
        drop((
            self.memory_error.take(),
            self.modules.take(),
            self.builtins.take(),
            self.sys.take(),
        ));
        self.discard_pending();
        let (space, collector) = (self.space_handle(), self.memory.collector.clone());
        collector.set_debug(Debug::default());
        // The host that does nothing: finalizers and callbacks are skipped.
        collector.collect(&space, Generation::Old, &mut ());
        self.discard_pending();
    }

    /// Frees what waits for a finalizer; none runs any more.
    fn discard_pending(&mut self) {
        while let Some(object) = self.space.take_pending() {
            object.header().set(Flags::FINALIZED);
            weak::clear(&object);
        }
    }

    /// Frees every object, the immortal ones last, and all memory, without running Python.
    ///
    /// # Errors
    /// What was left although nothing should keep it: a sign of a mistake in native code. It is freed too.
    ///
    /// # Safety
    /// There is no handle to an object of this runtime outside of the `Vm`, and none is used after this.
    pub unsafe fn free(mut self: Box<Self>) -> Result<(), Remains> {
        self.release();
        let objects = self.unexplained_objects();
        self.stage = Stage::Freed;
        drop((
            self.names.take(),
            self.constants.take(),
            std::mem::take(&mut self.types),
        ));
        // SAFETY: the caller says that there are no other handles.
        unsafe { exuvia_collector::delete_everything(&self.space) };
        self.interned.free_table();
        let (blocks, bytes) = (self.heap().blocks_live(), self.heap().bytes_live());
        if objects.is_empty() && blocks == 0 && bytes == 0 {
            Ok(())
        } else {
            Err(Remains {
                objects,
                blocks,
                bytes,
            })
        }
    }

    /// The objects that no immortal object leads to, by the name of their type.
    fn unexplained_objects(&self) -> BTreeMap<String, usize> {
        let mut reached: HashSet<NonNull<Header>> = HashSet::new();
        let mut open = Vec::new();
        self.for_each_object(|object| {
            if object.header().is_immortal() {
                open.push(object.clone());
            }
        });
        self.visit_roots(&mut |root| open.push(root.clone()));
        while let Some(object) = open.pop() {
            if reached.insert(object.as_raw()) {
                for_each_reference(&object, |target, _| {
                    if !reached.contains(&target) {
                        // SAFETY: the object is alive and refers to it.
                        open.push(unsafe { PyRef::from_borrowed(target) });
                    }
                });
            }
        }
        let mut left = BTreeMap::new();
        self.for_each_object(|object| {
            if !reached.contains(&object.as_raw()) {
                *left.entry(self.name_of_class(object)).or_default() += 1;
            }
        });
        left
    }

    fn for_each_object(&self, mut visit: impl FnMut(&PyRef)) {
        for kind in [Kind::Tracked, Kind::Untracked] {
            self.heap().for_each_object(kind, |block| {
                // SAFETY: H3: a block with a class is a live object.
                visit(&unsafe { AnyRef::from_borrowed(block.cast()) });
            });
        }
    }

    /// The name of an object's type, be it one that Python never sees.
    fn name_of_class(&self, object: &PyRef) -> String {
        if self.is_internal(object) {
            return "shape".to_owned();
        }
        if object.header().class_ptr() == self.orphan_class() {
            return "type".to_owned();
        }
        type_of(object).name_text()
    }

    /// The name of the type whose class lies at an address, if it lives: for the reports of an audit.
    pub fn name_of_class_at(&self, class: usize) -> String {
        let mut name = None;
        self.for_each_object(|object| {
            if name.is_none() && object.header().class_ptr().addr().get() == class {
                name = Some(self.name_of_class(object));
            }
        });
        name.unwrap_or_else(|| "an unknown type".to_owned())
    }
}

impl Drop for Vm {
    /// Lets go of everything that is not immortal. For the memory of the rest see [`Vm::free`].
    fn drop(&mut self) {
        self.release();
        if self.stage != Stage::Freed {
            // Handles to what is left may exist and may be dropped later, which looks at the space, and at the class of
            // shapes.
            let _ = Rc::into_raw(self.space_handle());
            let class = Box::new(Class::of::<Shape>());
            Box::leak(std::mem::replace(&mut self.shape_class, class));
        }
    }
}
