//! [`Runtime`]: one Python, to be embedded.

mod convert;
mod function;
mod object;
mod output;
mod scope;

pub use convert::{Arguments, Bytes, FromPython, IntoPython};
pub use function::RustFunction;
pub use object::Object;
pub use output::Captured;
pub use scope::Scope;

use crate::error::described;
use crate::report::MemoryReport;
use crate::{Error, Exception};
use exuvia_object::Generation;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::module;
use exuvia_vm::{PyResult, Ref, Settings, Vm};
use object::Identity;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// One Python with a heap of its own (D1).
///
/// Dropping it frees every object, without running Python (for that see [`shut_down`](Self::shut_down)), and gives all memory
/// back to the system. An [`Object`] that is still held keeps what it refers to, and the memory in which the built-in types
/// lie, until it goes. So does for ever the use of [`vm`](Self::vm): who had the virtual machine in his hands may have
/// handles to immortal objects, which are not counted.
///
/// Runtimes share nothing: their modules, limits, collectors and statistics are their own. A runtime stays in the
/// thread that made it.
#[derive(Debug)]
pub struct Runtime {
    /// `None` only while the runtime is being dropped.
    vm: Option<Box<Vm>>,
    identity: Rc<Identity>,
}

impl Runtime {
    /// A runtime with an empty `__main__`.
    ///
    /// # Errors
    /// `MemoryError` if the memory limit is too small for it.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let no_memory = |_| Exception::new("MemoryError", "the memory limit is too small to start");
        let mut vm = Vm::new(settings).map_err(no_memory)?;
        exuvia_stdlib::install(&mut vm);
        if let Err(error) = start(&mut vm) {
            return Err(described(&mut vm, error));
        }
        let identity = Rc::new(Identity::default());
        object::remember(&mut vm, &identity);
        Ok(Self {
            vm: Some(vm),
            identity,
        })
    }

    /// The virtual machine, for native code that works with objects. Handles to objects must not be given to another
    /// runtime. When the runtime ends, the memory in which the immortal objects lie is not given back: see [`Runtime`].
    ///
    /// # Panics
    /// If another runtime is entered in this thread: whoever has two virtual machines could change an object through one
    /// while it is being read through the other.
    pub fn vm(&mut self) -> Entered<'_> {
        self.identity.lend();
        Entered::new(self.inner())
    }

    /// The virtual machine, for this crate, which keeps handles apart by their runtime, and lets go of them.
    pub(crate) fn inner(&mut self) -> &mut Vm {
        self.vm.as_mut().expect(ALIVE)
    }

    fn heap(&self) -> &exuvia_vm::Heap {
        self.vm.as_ref().expect(ALIVE).heap()
    }

    /// The runtime while something is done in it.
    fn scope(&mut self) -> Scope<'_> {
        Scope::new(self.vm.as_mut().expect(ALIVE), &self.identity)
    }

    /// Runs source text in `__main__`.
    ///
    /// # Errors
    /// What the program raised and did not handle.
    pub fn run(&mut self, source: &str, filename: &str) -> Result<(), Error> {
        self.scope().run(source, filename)
    }

    /// The value of an expression in `__main__`.
    ///
    /// # Errors
    /// What it raised; `TypeError` or `OverflowError` if the value does not fit the type asked for.
    pub fn eval<T: FromPython>(&mut self, expression: &str) -> Result<T, Error> {
        self.scope().eval(expression)
    }

    /// What the value of an expression shows (its `repr`).
    ///
    /// # Errors
    /// What the program raised and did not handle.
    pub fn eval_repr(&mut self, expression: &str, filename: &str) -> Result<String, Error> {
        self.scope().eval_repr(expression, filename)
    }

    /// A variable of `__main__`.
    ///
    /// # Errors
    /// `NameError` if there is none; `TypeError` or `OverflowError` if it does not fit the type asked for.
    pub fn get<T: FromPython>(&mut self, name: &str) -> Result<T, Error> {
        self.scope().get(name)
    }

    /// Sets a variable of `__main__`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn set(&mut self, name: &str, value: impl IntoPython) -> Result<(), Error> {
        self.scope().set(name, value)
    }

    /// Calls what a variable of `__main__`, or a built-in name, stands for.
    ///
    /// # Errors
    /// `NameError` if there is none; what the call raises.
    pub fn call<T: FromPython>(
        &mut self,
        name: &str,
        arguments: impl Arguments,
    ) -> Result<T, Error> {
        let mut scope = self.scope();
        let callable = scope.get(name)?;
        scope.call(&callable, arguments)
    }

    /// Does several things with objects: calls, attributes, items.
    ///
    /// # Errors
    /// What the function returns.
    pub fn with<T>(
        &mut self,
        work: impl FnOnce(&mut Scope<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        work(&mut self.scope())
    }

    /// Makes a Rust function callable from Python, under a name in `__main__`.
    ///
    /// Its parameters are converted by [`FromPython`], its result by [`IntoPython`]; a `Result` raises its error. A
    /// panic in it becomes a `RuntimeError`.
    ///
    /// # Errors
    /// `MemoryError`.
    pub fn register<P>(&mut self, name: &str, function: impl RustFunction<P>) -> Result<(), Error> {
        function::register(&mut self.scope(), name, function)
    }

    /// Runs something and returns what it wrote to the standard streams, beside its own result.
    ///
    /// # Errors
    /// `MemoryError` if there is no room for the streams; then nothing was run.
    pub fn capture<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> T,
    ) -> Result<(T, Captured), Error> {
        output::capture(self, work)
    }

    /// Frees every cycle that is garbage, as `gc.collect()` does, and gives free memory back to the system. Returns how
    /// many objects were found to be garbage.
    pub fn collect(&mut self) -> usize {
        self.inner().collect(Generation::Old).unreachable()
    }

    /// The most bytes that the heap may take from the system; `None`: no limit.
    pub fn memory_limit(&self) -> Option<usize> {
        self.heap().limit()
    }

    /// Bounds what the heap may take from the system. Beyond it a program gets a `MemoryError`, which it can handle.
    pub fn set_memory_limit(&mut self, bytes: Option<usize>) {
        self.heap().set_limit(bytes);
    }

    /// Bytes that the program's objects take.
    pub fn bytes_live(&self) -> usize {
        self.heap().bytes_live()
    }

    /// Runs something that may take at most so many bytes more from the system than are taken now.
    pub fn with_budget<T>(&mut self, bytes: usize, work: impl FnOnce(&mut Self) -> T) -> T {
        self.heap().trim();
        let before = self.memory_limit();
        let ceiling = self.heap().bytes_committed().saturating_add(bytes);
        self.set_memory_limit(Some(before.map_or(ceiling, |limit| limit.min(ceiling))));
        let result = work(self);
        self.set_memory_limit(before);
        result
    }

    /// Who holds the memory, what the heap makes of it, and what the collector did. Collects what is garbage first.
    pub fn memory_report(&mut self) -> MemoryReport {
        MemoryReport::take(self)
    }

    /// Whether to count, from now on, what types the objects are of that only the collector can free.
    pub fn track_cycles(&mut self, is_on: bool) {
        self.inner().memory.garbage_types = is_on.then(BTreeMap::new);
    }

    /// Runs what the program left for its end: exit functions, finalizers; buffered output is written. Returns whether
    /// all of `sys.stdout` and `sys.stderr` could be written.
    pub fn shut_down(&mut self) -> bool {
        self.inner().shut_down()
    }
}

/// Why a runtime has its virtual machine.
const ALIVE: &str = "the runtime is not being dropped";

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(vm) = self.vm.take() {
            self.identity.adopt(vm);
        }
    }
}

thread_local! {
    /// The address of the virtual machine that this thread has entered; 0: none.
    static ENTERED: Cell<usize> = const { Cell::new(0) };
}

/// A runtime's virtual machine, entered: as long as this lives, no other runtime of the thread can be.
#[derive(Debug)]
pub struct Entered<'a> {
    vm: &'a mut Vm,
    before: usize,
}

impl<'a> Entered<'a> {
    fn new(vm: &'a mut Vm) -> Self {
        let own = std::ptr::from_ref(vm).addr();
        let before = ENTERED.get();
        assert!(
            before == 0 || before == own,
            "another runtime is entered in this thread: let go of its virtual machine first"
        );
        ENTERED.set(own);
        Self { vm, before }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        ENTERED.set(self.before);
    }
}

impl Deref for Entered<'_> {
    type Target = Vm;
    fn deref(&self) -> &Vm {
        self.vm
    }
}

impl DerefMut for Entered<'_> {
    fn deref_mut(&mut self) -> &mut Vm {
        self.vm
    }
}

/// `sys`, the import system, and a `__main__` to run in.
fn start(vm: &mut Vm) -> PyResult<()> {
    vm.native_module("sys")?;
    if vm.native_modules.frozen.is_some() {
        vm.start_import_system()?;
        // A program need not import `_signal` to be interrupted.
        if vm.settings.install_signal_handlers && vm.loaded_module("_signal")?.is_none() {
            vm.native_module("_signal")?;
        }
        if let Some(encoding) = vm.settings.io_encoding.clone() {
            exuvia_stdlib::io::stdio::set_encoding(vm, &encoding)?;
        }
    }
    main_namespace(vm).map(drop)
}

/// The namespace of `__main__`, which is made if there is none.
pub(crate) fn main_namespace(vm: &mut Vm) -> PyResult<Ref<PyDict>> {
    let main = vm.loaded_module("__main__")?;
    if let Some(namespace) = main.and_then(|main| module::namespace_of(&main)) {
        return Ok(namespace);
    }
    let main = vm.new_module("__main__")?;
    vm.register_module("__main__", &main)?;
    let builtins = vm.loaded_module("builtins")?.unwrap_or_else(|| vm.none());
    vm.add_attribute(&main, "__builtins__", builtins)?;
    Ok(main.dict().clone())
}
