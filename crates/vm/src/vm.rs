//! [`Vm`]: one Python runtime, and the token without which no Python runs (D1, D4).

use crate::eval::state::EvalState;
use crate::memory::MemoryState;
use crate::names::Names;
use crate::table::TypeDef;
use crate::types::bytes::PyBytes;
use crate::types::dict::PyDict;
use crate::types::exception::PyException;
use crate::types::int::{DigitsLimit, PyInt, SMALL_INTS};
use crate::types::str::PyStr;
use crate::types::str::intern::Interned;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::types::type_::cache::MethodCache;
use crate::{Heap, PyRef, PyResult, Ref, Space};
use exuvia_object::{Class, Config, Token};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What a runtime is made with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most bytes that the heap may take from the system; `None`: no limit.
    pub memory_limit: Option<usize>,
    /// The heap's stress modes and fills.
    pub heap: Config,
    /// `sys.argv`.
    pub argv: Vec<String>,
    /// Folders put in front of `sys.path`.
    pub path: Vec<String>,
    /// How many frames of a trace to keep, if tracing is to start with the runtime.
    pub tracemalloc: Option<u16>,
    /// `-X` options, as `sys._xoptions` shows them.
    pub xoptions: Vec<(String, Option<String>)>,
    /// `-W` options.
    pub warnoptions: Vec<String>,
    /// Collect at every safepoint (a stress mode): the young generation, and all of them now and then.
    pub collect_always: bool,
    /// Whether SIGINT raises `KeyboardInterrupt`; a host that embeds a runtime keeps its own handlers.
    pub install_signal_handlers: bool,
    /// Encoding and error handler of the standard streams (`PYTHONIOENCODING`).
    pub io_encoding: Option<String>,
    /// The seed of string hashes; `None`: the same in every run.
    pub hash_seed: Option<u64>,
    /// How the oldest generation is collected when that is due: in slices, or in one go as CPython does.
    pub collector: exuvia_collector::Mode,
    /// What the interpreter's options asked for, as `sys.flags` shows it.
    pub flags: Flags,
    /// The whole command line, as `sys.orig_argv` shows it; empty: the same as `argv`.
    pub orig_argv: Vec<String>,
}

/// What the interpreter's options asked for, as `sys.flags` shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-i`: a prompt after the program.
    pub inspect: bool,
    /// Statements are read from a prompt.
    pub interactive: bool,
    /// `-O` (1): `assert` statements are left out and `__debug__` is false; `-OO` (2): docstrings are left out too.
    pub optimize: u8,
    /// `-s`: no folder of the user's own is searched for modules.
    pub no_user_site: bool,
    /// `-S`: the names that the module `site` adds are left out.
    pub no_site: bool,
    /// `-E`: environment variables are not looked at.
    pub ignore_environment: bool,
    /// `-q`: no greeting.
    pub quiet: bool,
    /// String hashes differ from run to run.
    pub hash_randomization: bool,
    /// `-I`: neither environment nor the program's folder has a say.
    pub isolated: bool,
    /// `-P`: the program's folder is not searched for modules.
    pub safe_path: bool,
    /// `-u`: what is written to the standard streams is not kept in a buffer.
    pub unbuffered: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory_limit: None,
            heap: Config::default(),
            argv: vec![String::new()],
            path: Vec::new(),
            tracemalloc: None,
            xoptions: Vec::new(),
            warnoptions: Vec::new(),
            collect_always: false,
            install_signal_handlers: false,
            io_encoding: None,
            hash_seed: None,
            collector: exuvia_collector::Mode::default(),
            flags: Flags::default(),
            orig_argv: Vec::new(),
        }
    }
}

/// Objects that always exist and are never freed.
#[derive(Debug)]
pub struct Constants {
    pub(crate) none: PyRef,
    pub(crate) true_: PyRef,
    pub(crate) false_: PyRef,
    pub(crate) ellipsis: PyRef,
    pub(crate) not_implemented: PyRef,
    pub(crate) empty_tuple: Ref<PyTuple>,
    pub(crate) empty_str: Ref<PyStr>,
    pub(crate) empty_bytes: Ref<PyBytes>,
    /// The integers from -5 to 256.
    pub(crate) small_ints: Box<[Ref<PyInt>; SMALL_INTS]>,
    /// The one-character strings of Latin-1.
    pub(crate) latin1: Vec<Ref<PyStr>>,
}

/// One Python runtime. Having `&mut Vm` is what allows to run Python.
///
/// Not `Send`: objects belong to the thread that the runtime was entered in (O5).
pub struct Vm {
    /// Type objects by the index of their declaration.
    pub(crate) types: Vec<Option<Ref<PyType>>>,
    pub(crate) constants: Option<Constants>,
    pub(crate) names: Option<Names>,
    pub(crate) method_cache: MethodCache,
    /// `sys.modules`.
    pub(crate) modules: Option<Ref<PyDict>>,
    /// The namespace of `builtins`.
    pub(crate) builtins: Option<Ref<PyDict>>,
    /// The namespace of `sys`.
    pub(crate) sys: Option<Ref<PyDict>>,
    pub(crate) memory_error: Option<Ref<PyException>>,
    /// The evaluation loop's stack, frames and handled exceptions.
    pub eval: EvalState,
    /// Collections, finalizers, tracing.
    pub memory: MemoryState,
    /// Native modules that can be imported, by name.
    pub native_modules: crate::import::NativeModules,
    /// Source text of what is not in files, for tracebacks.
    pub sources: crate::types::exception::report::Sources,
    /// How the runtime was made.
    pub settings: Rc<Settings>,
    /// What native modules of other crates keep per runtime.
    pub extensions: crate::import::Extensions,
    /// Set when a signal has arrived for which the program has a handler.
    pub signal_flag: Arc<AtomicBool>,
    /// Calls the handlers of signals that have arrived.
    pub signal_handler: Option<fn(&mut Vm) -> PyResult<()>>,
    /// Writes text to a stream, if it is one that is written natively: the short way of `print`.
    pub write_text: Option<fn(&mut Vm, &PyRef, &Ref<PyStr>) -> PyResult<bool>>,
    /// Writes what open streams keep that nobody closed: the last thing that a program does.
    pub flush_streams: Option<fn(&mut Vm)>,
    /// `sys.set_int_max_str_digits`
    pub(crate) int_digits_limit: DigitsLimit,
    /// Codecs and error handlers that Python code has registered.
    pub(crate) codecs: crate::codecs::Registry,
    pub(crate) interned: Box<Interned>,
    pub(crate) shape_class: Box<Class>,
    /// The class of the first two type objects until they have their own.
    pub(crate) orphan_class: Box<Class>,
    /// How far the runtime is on the way to its end.
    pub(crate) stage: crate::shutdown::Stage,
    pub(crate) type_version: u32,
    /// The last version given to the keys of a dict.
    pub(crate) dict_version: std::cell::Cell<u32>,
    /// Last, so that the heap outlives every handle above.
    pub(crate) space: Rc<Box<Space>>,
}

// SAFETY: a thread enters one runtime at a time (`Runtime::enter`), which hands out its only `&mut Vm`;
// `Vm` holds handles, so it is neither `Send` nor `Sync`. Running Python and collecting need `&mut Vm`.
#[allow(unsafe_code, reason = "the token of D4 is declared here")]
unsafe impl Token for Vm {}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm")
            .field("space", &self.space)
            .finish_non_exhaustive()
    }
}

impl Vm {
    /// The objects' space.
    #[inline]
    pub fn space(&self) -> &Space {
        &self.space
    }

    /// The heap.
    #[inline]
    pub fn heap(&self) -> &Heap {
        self.space.heap()
    }

    /// The space under a handle of its own, for use while the `Vm` is borrowed for a cell.
    #[inline]
    pub fn space_handle(&self) -> Rc<Box<Space>> {
        Rc::clone(&self.space)
    }

    #[inline]
    pub(crate) fn constants(&self) -> &Constants {
        self.constants
            .as_ref()
            .expect("constants are made before anything runs")
    }

    /// Interned names.
    #[inline]
    pub fn names(&self) -> &Names {
        self.names
            .as_ref()
            .expect("names are made before anything runs")
    }

    /// `None`.
    #[inline]
    pub fn none(&self) -> PyRef {
        self.constants().none.clone()
    }

    /// Whether an object is `None`.
    #[inline]
    pub fn is_none(&self, object: &PyRef) -> bool {
        object.is(&self.constants().none)
    }

    /// `True` or `False`.
    #[inline]
    pub fn new_bool(&self, value: bool) -> PyRef {
        let constants = self.constants();
        if value {
            constants.true_.clone()
        } else {
            constants.false_.clone()
        }
    }

    /// `NotImplemented`.
    pub fn not_implemented(&self) -> PyRef {
        self.constants().not_implemented.clone()
    }

    /// Whether an object is `NotImplemented`.
    #[inline]
    pub fn is_not_implemented(&self, object: &PyRef) -> bool {
        object.is(&self.constants().not_implemented)
    }

    /// `Ellipsis`.
    pub fn ellipsis(&self) -> PyRef {
        self.constants().ellipsis.clone()
    }

    /// The preallocated `MemoryError`.
    pub fn memory_error(&self) -> Ref<PyException> {
        self.memory_error
            .clone()
            .expect("made before anything runs")
    }

    pub(crate) fn shape_class(&self) -> NonNull<Class> {
        NonNull::from(&*self.shape_class)
    }

    pub(crate) fn orphan_class(&self) -> NonNull<Class> {
        NonNull::from(&*self.orphan_class)
    }

    /// `sys.modules`.
    pub fn modules(&self) -> Ref<PyDict> {
        self.modules.clone().expect("made before anything runs")
    }

    /// The namespace of `builtins`.
    pub fn builtins(&self) -> Ref<PyDict> {
        self.builtins.clone().expect("made before anything runs")
    }

    /// The namespace of `sys`.
    pub fn sys(&self) -> Ref<PyDict> {
        self.sys.clone().expect("made before anything runs")
    }

    /// Makes a namespace that of `sys`.
    pub fn set_sys(&mut self, dict: Ref<PyDict>) {
        self.sys = Some(dict);
    }

    /// How many strings are interned.
    pub fn interned_count(&self) -> usize {
        self.interned.len()
    }

    /// Forgets what attribute lookups found.
    pub fn clear_caches(&mut self) {
        self.method_cache.clear();
    }

    /// The type object of a built-in type, made now if need be.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn make_class(&mut self, def: &'static TypeDef) -> PyResult<Ref<PyType>> {
        if let Some(Some(ty)) = self.types.get(def.index()) {
            return Ok(ty.clone());
        }
        crate::types::type_::build::from_def(self, def)
    }
}
