//! `sys`: the runtime itself.

use exuvia_vm::import::Extension;
use exuvia_vm::table::{Method, MethodKind, Rest, Shape};
use exuvia_vm::types::exception::{self, PyException};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, Flags, KwArgs, PyRef, PyResult, Ref, Vm, function};
use rustpython_compiler::Mode;

static FUNCTIONS: &[Method] = &[
    Method {
        name: "getrefcount",
        signature: "($module, object, /)",
        shape: Shape::of("($module, object, /)"),
        kind: MethodKind::Function,
        doc: "The number of references to an object, that of the argument included.",
        call: |vm, args, _| getrefcount(vm, args),
    },
    function!(
        "getsizeof",
        "($module, /, object, default=<unrepresentable>)",
        getsizeof,
        "The bytes that an object and the buffers that only it owns take."
    ),
    function!(
        "_clear_type_descriptors",
        "($module, type, /)",
        clear_type_descriptors,
        "Takes away what makes `__dict__` and `__weakref__` of a class's instances visible."
    ),
    function!(
        "getrecursionlimit",
        "($module, /)",
        |vm: &mut Vm| vm.eval.recursion_limit,
        "How deep calls may be nested."
    ),
    function!(
        "setrecursionlimit",
        "($module, limit, /)",
        setrecursionlimit,
        "Sets how deep calls may be nested."
    ),
    function!(
        "exc_info",
        "($module, /)",
        exc_info,
        "Type, value and traceback of the exception being handled."
    ),
    function!(
        "exception",
        "($module, /)",
        |vm: &mut Vm| vm.eval.handled_exception(),
        "The exception being handled, or None."
    ),
    function!(
        "intern",
        "($module, string, /)",
        intern,
        "The one string with this text that all interned strings share."
    ),
    function!(
        "_is_interned",
        "($module, string, /)",
        |_: &mut Vm, string: Ref<PyStr>| string.is_interned(),
        "Whether a string is interned."
    ),
    function!(
        "_is_immortal",
        "($module, op, /)",
        |_: &mut Vm, object: PyRef| object.header().is_immortal(),
        "Whether an object is immortal (PEP 683)."
    ),
    function!(
        "_getframe",
        "($module, depth=0, /)",
        getframe,
        "A frame of the call stack."
    ),
    function!(
        "_getframemodulename",
        "($module, /, depth=0)",
        getframemodulename,
        "The name of the module that a frame of the call stack belongs to."
    ),
    function!(
        "get_asyncgen_hooks",
        "($module, /)",
        get_asyncgen_hooks,
        "The functions that are told of new and of forgotten asynchronous generators."
    ),
    function!(
        "set_asyncgen_hooks",
        "($module, /, *args, **kwargs)",
        set_asyncgen_hooks,
        "Sets the functions that are told of new and of forgotten asynchronous generators."
    ),
    function!(
        "get_coroutine_origin_tracking_depth",
        "($module, /)",
        |vm: &mut Vm| i64::try_from(vm.eval.coroutine_origin_depth).unwrap_or(i64::MAX),
        "How many calls coroutines remember of where they were made."
    ),
    function!(
        "set_coroutine_origin_tracking_depth",
        "($module, /, depth)",
        set_origin_depth,
        "Sets how many calls coroutines remember of where they were made; 0: none."
    ),
    function!(
        "breakpointhook",
        "($module, /, *args, **kwargs)",
        breakpointhook,
        "Calls what PYTHONBREAKPOINT names: pdb.set_trace, if it is not set; nothing, if it is 0."
    ),
    function!(
        "getswitchinterval",
        "($module, /)",
        |vm: &mut Vm| vm.extensions.get::<SwitchInterval>().0,
        "How many seconds a thread would run before another one does: a number that nothing depends on."
    ),
    function!(
        "setswitchinterval",
        "($module, interval, /)",
        set_switch_interval,
        "Sets what getswitchinterval returns."
    ),
    function!(
        "is_remote_debug_enabled",
        "($module, /)",
        |_: &mut Vm| false,
        "False: another process cannot run code in this one."
    ),
    function!(
        "exit",
        "($module, status=None, /)",
        exit,
        "Raises SystemExit."
    ),
    function!(
        "getdefaultencoding",
        "($module, /)",
        |_: &mut Vm| "utf-8",
        "The encoding that str uses by default."
    ),
    function!(
        "getfilesystemencoding",
        "($module, /)",
        |_: &mut Vm| "utf-8",
        "The encoding of file names."
    ),
    function!(
        "getfilesystemencodeerrors",
        "($module, /)",
        |_: &mut Vm| "surrogateescape",
        "How file names that do not fit the encoding are handled."
    ),
    function!(
        "gettrace",
        "($module, /)",
        |vm: &mut Vm| vm.none(),
        "The trace function: None, as tracing is not supported."
    ),
    function!(
        "getprofile",
        "($module, /)",
        |vm: &mut Vm| vm.none(),
        "The profile function: None, as profiling is not supported."
    ),
    function!(
        "settrace",
        "($module, function, /)",
        settrace,
        "Refuses: tracing is not supported."
    ),
    function!(
        "setprofile",
        "($module, function, /)",
        settrace,
        "Refuses: profiling is not supported."
    ),
    function!(
        "displayhook",
        "($module, object, /)",
        displayhook,
        "Shows a value as the prompt does."
    ),
    function!(
        "excepthook",
        "($module, exctype, value, traceback, /)",
        excepthook,
        "Prints an exception."
    ),
    function!(
        "unraisablehook",
        "($module, unraisable, /)",
        unraisablehook,
        "Prints an exception that nobody can handle."
    ),
    function!(
        "is_finalizing",
        "($module, /)",
        |vm: &mut Vm| vm.is_finalizing(),
        "Whether the runtime is shutting down."
    ),
    function!(
        "getallocatedblocks",
        "($module, /)",
        getallocatedblocks,
        "How many blocks of the heap are in use."
    ),
    function!(
        "_debugmallocstats",
        "($module, /)",
        debugmallocstats,
        "Writes what the heap holds, by kind and by size class of blocks, to standard error."
    ),
    function!(
        "get_int_max_str_digits",
        "($module, /)",
        |vm: &mut Vm| vm.int_digits_max(),
        "The most digits of an int in text."
    ),
    function!(
        "set_int_max_str_digits",
        "($module, /, maxdigits)",
        |vm: &mut Vm, digits: PyRef| -> PyResult<()> {
            let digits = vm.index_i64(&digits)?;
            vm.set_int_digits_max(digits)
        },
        "Sets the most digits of an int in text."
    ),
    function!(
        "_clear_internal_caches",
        "($module, /)",
        |vm: &mut Vm| vm.clear_caches(),
        "Forgets what lookups found."
    ),
    function!(
        "_clear_type_cache",
        "($module, /)",
        |vm: &mut Vm| vm.clear_caches(),
        "Forgets what lookups found."
    ),
    function!(
        "_get_cpu_count_config",
        "($module, /)",
        |_: &mut Vm| -1_i64,
        "How many processors the program was told to count on; -1: as many as there are."
    ),
    function!(
        "getunicodeinternedsize",
        "($module, /)",
        |vm: &mut Vm| vm.interned_count(),
        "How many strings are interned."
    ),
    function!(
        "audit",
        "($module, event, /, *args)",
        |_: &mut Vm, _: PyRef, _: Rest| (),
        "Tells audit hooks of an event; there are none."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.set_sys(module.dict().clone());
    vm.add_functions(module, FUNCTIONS)?;
    add_numbers(vm, module)?;
    add_texts(vm, module)?;
    add_import_state(vm, module)?;
    add_structures(vm, module)?;
    crate::monitoring::add(vm, module)?;
    crate::io::stdio::install(vm, module)?;
    for name in [
        "breakpointhook",
        "displayhook",
        "excepthook",
        "unraisablehook",
    ] {
        let key = vm.intern(name)?;
        if let Some(hook) = module.dict().get_str(vm, &key) {
            vm.add_attribute(module, &format!("__{name}__"), hook)?;
        }
    }
    Ok(())
}

fn add_numbers(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    for (name, value) in [
        ("maxsize", i64::MAX),
        ("maxunicode", 0x10_FFFF),
        ("hexversion", 0x030E_0AF0),
        ("api_version", 1013),
    ] {
        let value = vm.new_int(value)?;
        vm.add_attribute(module, name, value)?;
    }
    vm.add_attribute(module, "dont_write_bytecode", vm.new_bool(true))?;
    vm.add_attribute(module, "pycache_prefix", vm.none())
}

fn add_texts(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let executable = std::env::current_exe()
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let version = format!("3.14.10 (Exuvia {}) [rustc]", env!("CARGO_PKG_VERSION"));
    let texts = [
        ("version", version.as_str()),
        ("platform", "linux"),
        (
            "byteorder",
            if cfg!(target_endian = "little") {
                "little"
            } else {
                "big"
            },
        ),
        ("executable", &executable),
        ("_base_executable", &executable),
        ("prefix", "/usr"),
        ("exec_prefix", "/usr"),
        ("base_prefix", "/usr"),
        ("base_exec_prefix", "/usr"),
        ("platlibdir", "lib"),
        ("abiflags", ""),
        ("float_repr_style", "short"),
        ("copyright", "Copyright (c) the Exuvia developers."),
        ("ps1", ">>> "),
        ("ps2", "... "),
    ];
    for (name, text) in texts {
        let text = vm.new_str(text)?.into_any();
        vm.add_attribute(module, name, text)?;
    }
    Ok(())
}

fn text_list(vm: &mut Vm, texts: &[String]) -> PyResult {
    let mut items = Vec::with_capacity(texts.len());
    for text in texts {
        items.push(vm.new_str(text)?.into_any());
    }
    Ok(vm.new_list(items)?.into_any())
}

fn add_import_state(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let modules = vm.modules().into_any();
    vm.add_attribute(module, "modules", modules)?;
    let settings = std::rc::Rc::clone(&vm.settings);
    let orig_argv = if settings.orig_argv.is_empty() {
        &settings.argv
    } else {
        &settings.orig_argv
    };
    for (name, texts) in [
        ("argv", &settings.argv),
        ("orig_argv", orig_argv),
        ("path", &settings.path),
        ("warnoptions", &settings.warnoptions),
    ] {
        let list = text_list(vm, texts)?;
        vm.add_attribute(module, name, list)?;
    }
    for name in ["meta_path", "path_hooks"] {
        let list = vm.new_list(Vec::new())?.into_any();
        vm.add_attribute(module, name, list)?;
    }
    let cache = vm.new_dict()?.into_any();
    vm.add_attribute(module, "path_importer_cache", cache)?;
    let mut names = Vec::new();
    for name in vm.native_modules.names().collect::<Vec<_>>() {
        names.push(vm.intern(name)?.into_any());
    }
    let names = vm.new_tuple(&names)?.into_any();
    vm.add_attribute(module, "builtin_module_names", names)?;
    add_library_names(vm, module)?;
    let options = vm.new_dict()?;
    for (name, value) in &settings.xoptions {
        let name = vm.intern(name)?;
        let value = match value {
            Some(value) => vm.new_str(value)?.into_any(),
            None => vm.new_bool(true),
        };
        options.set_str(vm, &name, value)?;
    }
    vm.add_attribute(module, "_xoptions", options.into_any())
}

/// The structures of `sys`, written as Python: named tuples and namespaces of constants.
const STRUCTURES: &str = r#"
def structure(title, /, **fields):
    names = list(fields)
    def make(index):
        return property(lambda self: self[index])
    body = {field: make(index) for index, field in enumerate(names)}
    def __repr__(self):
        return 'sys.' + title + '(' + ', '.join(f'{n}={v!r}' for n, v in zip(names, self)) + ')'
    body['__repr__'] = __repr__
    body['__module__'] = 'sys'
    body['n_fields'] = body['n_sequence_fields'] = len(names)
    body['n_unnamed_fields'] = 0
    body['__match_args__'] = tuple(names)
    return type(title, (tuple,), body)(fields.values())

version_info = structure('version_info', major=3, minor=14, micro=10, releaselevel='final', serial=0)
float_info = structure('float_info', max=1.7976931348623157e308, max_exp=1024, max_10_exp=308,
                       min=2.2250738585072014e-308, min_exp=-1021, min_10_exp=-307, dig=15, mant_dig=53,
                       epsilon=2.220446049250313e-16, radix=2, rounds=1)
int_info = structure('int_info', bits_per_digit=32, sizeof_digit=4, default_max_str_digits=4300,
                     str_digits_check_threshold=640)
hash_info = structure('hash_info', width=64, modulus=(1 << 61) - 1, inf=314159, nan=0, imag=1000003,
                      algorithm='siphash13', hash_bits=32, seed_bits=64, cutoff=0)
class _asyncgen_hooks(tuple):
    def __new__(cls, firstiter, finalizer):
        return tuple.__new__(cls, (firstiter, finalizer))
    firstiter = property(lambda self: self[0])
    finalizer = property(lambda self: self[1])
    def __repr__(self):
        return f'sys.asyncgen_hooks(firstiter={self[0]!r}, finalizer={self[1]!r})'

thread_info = structure('thread_info', name='pthread', lock='mutex+cond', version=None)
"#;

/// `sys.flags`, as a statement like those of [`STRUCTURES`].
fn flags_structure(flags: &Flags) -> String {
    let truth = |is_set| if is_set { "True" } else { "False" };
    format!(
        "flags = structure('flags', debug=0, inspect={}, interactive={}, optimize={}, dont_write_bytecode=1, \
         no_user_site={}, no_site={}, ignore_environment={}, verbose=0, bytes_warning=0, quiet={}, \
         hash_randomization={}, isolated={}, dev_mode=False, utf8_mode=1, warn_default_encoding=0, safe_path={}, \
         int_max_str_digits=4300, gil=1, thread_inherit_context=0, context_aware_warnings=0)\n",
        u8::from(flags.inspect),
        u8::from(flags.interactive),
        flags.optimize,
        u8::from(flags.no_user_site),
        u8::from(flags.no_site),
        u8::from(flags.ignore_environment),
        u8::from(flags.quiet),
        u8::from(flags.hash_randomization),
        u8::from(flags.isolated),
        truth(flags.safe_path),
    )
}

fn add_structures(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let flags = flags_structure(&vm.settings.flags);
    let source = format!("{STRUCTURES}{flags}del structure\n");
    let code = vm.compile(&source, "<sys>", Mode::Exec)?;
    let namespace = vm.new_dict()?;
    let name = vm.intern("sys")?.into_any();
    let key = vm.intern("__name__")?;
    namespace.set_str(vm, &key, name)?;
    exuvia_vm::eval::call::run_code(vm, &code, &namespace, None, None)?;
    let names = [
        "version_info",
        "flags",
        "float_info",
        "int_info",
        "hash_info",
        "thread_info",
        "_asyncgen_hooks",
    ];
    for name in names {
        let key = vm.intern(name)?;
        if let Some(value) = namespace.get_str(vm, &key) {
            vm.add_attribute(module, name, value)?;
        }
    }
    let version_key = vm.intern("version_info")?;
    let version = namespace
        .get_str(vm, &version_key)
        .unwrap_or_else(|| vm.none());
    let name = vm.new_str("exuvia")?.into_any();
    let hexversion = vm.new_int(0x030E_0AF0)?;
    let multiarch = vm.new_str("x86_64-linux-gnu")?.into_any();
    let attributes = [
        ("name", name),
        ("cache_tag", vm.none()),
        ("version", version),
        ("hexversion", hexversion),
        ("_multiarch", multiarch),
        ("supports_isolated_interpreters", vm.new_bool(false)),
    ];
    let implementation = exuvia_vm::types::namespace::make(vm, &attributes)?;
    vm.add_attribute(module, "implementation", implementation)
}

/// Reads the count without adding to it: the argument's own reference is that of the caller's stack, if it counts.
fn getrefcount(vm: &mut Vm, args: Args<'_>) -> PyResult {
    match args.values {
        [object] if args.names.is_empty() => vm.new_int(object.count().into()),
        values => {
            let given = values.len();
            Err(vm.type_error(format!(
                "sys.getrefcount() takes exactly one argument ({given} given)"
            )))
        }
    }
}

/// What `dataclasses` calls on a class that one with slots replaces.
fn clear_type_descriptors(vm: &mut Vm, class: Ref<PyType>) -> PyResult<()> {
    if !class.is_heap_type() {
        return Err(vm.type_error("argument is immutable"));
    }
    for name in ["__dict__", "__weakref__"] {
        let name = vm.intern(name)?;
        class.dict().del_str_guarded(vm, &name);
    }
    class.modified(vm);
    Ok(())
}

fn getsizeof(vm: &mut Vm, object: PyRef, default: Option<PyRef>) -> PyResult {
    let key = vm.intern("__sizeof__")?;
    let Some(size) = vm.call_special(&object, &key, &[])? else {
        let message = format!("Type {} doesn't define __sizeof__", vm.type_name(&object));
        return Err(vm.type_error(message));
    };
    if exuvia_vm::types::int::int_i64(&size).is_none() {
        return match default {
            Some(default) => Ok(default),
            None => Err(vm.type_error("an integer is required")),
        };
    }
    if vm.index_i64(&size)? < 0 {
        return Err(vm.value_error("__sizeof__() should return >= 0"));
    }
    Ok(size)
}

fn setrecursionlimit(vm: &mut Vm, limit: i32) -> PyResult<()> {
    let Some(limit) = usize::try_from(limit).ok().filter(|&limit| limit > 0) else {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    };
    if limit <= vm.frame_count() {
        let depth = vm.frame_count();
        return Err(vm.error(
            &exception::RECURSION_ERROR,
            format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"),
        ));
    }
    vm.eval.recursion_limit = limit;
    Ok(())
}

fn exc_info(vm: &mut Vm) -> PyResult {
    let none = vm.none();
    let parts = match vm.eval.handled_exception() {
        None => [none.clone(), none.clone(), none],
        Some(exception) => {
            let traceback = exception.traceback().map_or(none, Ref::into_any);
            [
                vm.type_of(&exception).clone().into_any(),
                exception.into_any(),
                traceback,
            ]
        }
    };
    Ok(vm.new_tuple(&parts)?.into_any())
}

fn intern(vm: &mut Vm, string: PyRef) -> PyResult<Ref<PyStr>> {
    let Some(text) = string.downcast_ref::<PyStr>() else {
        let message = format!(
            "intern() argument must be str, not {}",
            vm.type_name(&string)
        );
        return Err(vm.type_error(message));
    };
    if !vm.is_exactly(&string, &exuvia_vm::types::str::STR) {
        let message = format!("can't intern {}", vm.type_name(&string));
        return Err(vm.type_error(message));
    }
    vm.intern_ref(text.clone())
}

/// `sys.stdlib_module_names`: what can be imported without any path.
fn add_library_names(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    let native: Vec<&str> = vm.native_modules.names().collect();
    let packed = crate::frozen::names().filter(|name| !name.contains('.'));
    let mut names = Vec::new();
    for name in native.into_iter().chain(packed) {
        names.push(vm.intern(name)?.into_any());
    }
    let names = vm.new_frozenset(&names)?.into_any();
    vm.add_attribute(module, "stdlib_module_names", names)
}

fn get_asyncgen_hooks(vm: &mut Vm) -> PyResult {
    let [first, finalizer] = vm
        .eval
        .asyncgen_hooks
        .clone()
        .map(|hook| hook.unwrap_or_else(|| vm.none()));
    let module = vm.import("sys")?;
    let make = vm.get_attr_str(&module, "_asyncgen_hooks")?;
    vm.call_positional(&make, &[first, finalizer])
}

fn set_asyncgen_hooks(vm: &mut Vm, positional: Rest, named: KwArgs) -> PyResult<()> {
    if positional.0.len() > 2 {
        return Err(vm.type_error(format!(
            "set_asyncgen_hooks() takes at most 2 arguments ({} given)",
            positional.0.len()
        )));
    }
    let mut given: [Option<PyRef>; 2] = Default::default();
    for (place, hook) in given.iter_mut().zip(positional.0) {
        *place = Some(hook);
    }
    for (name, hook) in named {
        match &*name.to_text() {
            "firstiter" => given[0] = Some(hook),
            "finalizer" => given[1] = Some(hook),
            other => {
                return Err(vm.type_error(format!(
                    "set_asyncgen_hooks() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    let mut hooks = vm.eval.asyncgen_hooks.clone();
    for ((place, hook), name) in hooks.iter_mut().zip(given).zip(["firstiter", "finalizer"]) {
        match hook {
            None => {}
            Some(hook) if vm.is_none(&hook) => *place = None,
            Some(hook) if vm.callable(&hook) => *place = Some(hook),
            Some(hook) => {
                let found = vm.type_name(&hook);
                return Err(vm.type_error(format!("callable {name} expected, got {found}")));
            }
        }
    }
    vm.eval.asyncgen_hooks = hooks;
    Ok(())
}

fn set_origin_depth(vm: &mut Vm, depth: i64) -> PyResult<()> {
    let Ok(depth) = usize::try_from(depth) else {
        return Err(vm.value_error("depth must be >= 0"));
    };
    vm.eval.coroutine_origin_depth = depth;
    Ok(())
}

fn getframemodulename(vm: &mut Vm, depth: Option<i32>) -> PyResult {
    let depth = usize::try_from(depth.unwrap_or(0)).unwrap_or(0);
    let Some(frame) = vm.frame_object(depth)? else {
        return Ok(vm.none());
    };
    let globals = vm.get_attr_str(frame.as_any(), "f_globals")?;
    let name = vm.new_str("__name__")?.into_any();
    vm.call_method_str(&globals, "get", &[name])
}

fn getframe(vm: &mut Vm, depth: Option<i32>) -> PyResult {
    let depth = usize::try_from(depth.unwrap_or(0)).unwrap_or(0);
    match vm.frame_object(depth)? {
        Some(frame) => Ok(frame.into_any()),
        None => Err(vm.value_error("call stack is not deep enough")),
    }
}

fn exit(vm: &mut Vm, status: Option<PyRef>) -> PyResult {
    let args: Vec<PyRef> = status.into_iter().collect();
    Err(vm.error_with(&exception::SYSTEM_EXIT, &args))
}

fn settrace(vm: &mut Vm, function: PyRef) -> PyResult<()> {
    if vm.is_none(&function) {
        return Ok(());
    }
    Err(vm.not_implemented_error("trace and profile functions are not supported"))
}

/// What `sys.setswitchinterval` sets.
#[derive(Debug)]
struct SwitchInterval(f64);

impl Default for SwitchInterval {
    fn default() -> Self {
        Self(0.005)
    }
}

impl Extension for SwitchInterval {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

fn set_switch_interval(vm: &mut Vm, interval: f64) -> PyResult<()> {
    // Not a number is not positive either.
    if interval > 0.0 {
        vm.extensions.get::<SwitchInterval>().0 = interval;
        return Ok(());
    }
    Err(vm.value_error("switch interval must be strictly positive"))
}

fn breakpointhook(vm: &mut Vm, args: Rest, keywords: KwArgs) -> PyResult {
    let wanted = std::env::var("PYTHONBREAKPOINT").unwrap_or_default();
    let wanted = match wanted.as_str() {
        "0" => return Ok(vm.none()),
        "" => "pdb.set_trace",
        other => other,
    };
    let (module, name) = wanted.rsplit_once('.').unwrap_or(("builtins", wanted));
    let hook = match vm.import(module) {
        Ok(module) => vm.lookup_attr_str(&module, name)?,
        Err(_) => None,
    };
    let Some(hook) = hook else {
        let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{wanted}\"");
        vm.warn(&exception::RUNTIME_WARNING, &message, 1, None)?;
        return Ok(vm.none());
    };
    let names: Vec<PyRef> = keywords
        .iter()
        .map(|(name, _)| name.clone().into_any())
        .collect();
    let mut values = args.0;
    values.extend(keywords.into_iter().map(|(_, value)| value));
    let args = Args {
        values: &values,
        names: &names,
    };
    vm.call(&hook, args)
}

fn displayhook(vm: &mut Vm, object: PyRef) -> PyResult<()> {
    if vm.is_none(&object) {
        return Ok(());
    }
    let shown = format!("{}\n", vm.repr(&object)?.to_text());
    let key = vm.intern("stdout")?;
    if let Some(stdout) = vm.sys().get_str(vm, &key) {
        let shown = vm.new_str(&shown)?.into_any();
        vm.call_method_str(&stdout, "write", &[shown])?;
    }
    let key = vm.intern("_")?;
    vm.builtins().set_str(vm, &key, object)
}

fn excepthook(vm: &mut Vm, _: PyRef, value: PyRef, _: PyRef) {
    if let Some(exception) = value.downcast_ref::<PyException>() {
        vm.print_exception(exception);
    }
}

fn unraisablehook(vm: &mut Vm, unraisable: PyRef) -> PyResult<()> {
    let value = vm.get_attr_str(&unraisable, "exc_value")?;
    let message = vm.get_attr_str(&unraisable, "err_msg")?;
    let object = vm.get_attr_str(&unraisable, "object")?;
    let message = message
        .downcast_ref::<PyStr>()
        .map(|message| message.to_text().into_owned());
    if let Some(exception) = value.downcast_ref::<PyException>() {
        vm.write_unraisable_default(exception, message.as_deref(), Some(&object));
    }
    Ok(())
}

/// Writes what the heap holds, by kind and by size class of blocks, to standard error.
fn debugmallocstats(vm: &mut Vm) {
    let statistics = vm.heap().statistics().to_string();
    vm.write_stderr(&statistics);
}

fn getallocatedblocks(vm: &mut Vm) -> usize {
    vm.heap().blocks_live()
}
