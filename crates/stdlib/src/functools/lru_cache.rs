//! `functools._lru_cache_wrapper`: a function that remembers its results.
//!
//! The cache is one dict from key to result. Dicts are ordered, so the order of use needs no links: a hit moves its
//! key to the end, and what is not wanted any more goes from the front. Per result that is one entry of the dict
//! (24 or 32 bytes) where CPython has that and a link of 88.

use super::keyword_mark;
use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::descriptor::INSTANCE_DICT;
use exuvia_vm::types::dict::{Front, PyDict};
use exuvia_vm::types::int::INT;
use exuvia_vm::types::method;
use exuvia_vm::types::str::STR;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use std::cell::Cell;

/// How many results are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    Nothing,
    AtMost(usize),
    Unbounded,
}

/// A function and its remembered results. 96 bytes, of which the dict is no part.
#[derive(Debug, Traverse)]
pub struct PyLruCache {
    function: PyRef,
    cache: Ref<PyDict>,
    cache_info_type: PyRef,
    hits: Cell<u64>,
    misses: Cell<u64>,
    #[traverse(skip)]
    limit: Limit,
    /// The key used longest ago.
    #[traverse(skip)]
    front: Cell<Front>,
    /// Whether arguments of different types are different.
    is_typed: bool,
}

impl PyPayload for PyLruCache {
    const DEF: &'static TypeDef = &LRU_CACHE_WRAPPER;
}

/// `functools._lru_cache_wrapper`
pub static LRU_CACHE_WRAPPER: TypeDef = TypeDef {
    class: Some(Class::of::<PyLruCache>),
    doc: "A function that remembers its results, up to a number of them.\n\nmaxsize is that number, or None; typed \
          tells whether arguments of different types are different; cache_info_type makes what cache_info returns.",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::WEAKREF)
        .or(TypeFlags::DICT)
        .or(TypeFlags::METHOD_DESCRIPTOR),
    slots: Slots {
        call: Some(call),
        descr_get: Some(|vm, this, instance, _| match instance {
            Some(instance) if !vm.is_none(instance) => method::new(vm, this, instance),
            _ => Ok(this.clone()),
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW, ty, args)),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "cache_info",
            "($self, /)",
            cache_info,
            "How often results were and were not remembered, and how many are kept."
        ),
        method!(
            "cache_clear",
            "($self, /)",
            cache_clear,
            "Forgets all results."
        ),
        method!(
            "__reduce__",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyLruCache>| vm.get_attr_str(this.as_any(), "__qualname__"),
            "How to pickle it: by its name."
        ),
        method!(
            "__copy__",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyLruCache>| this,
            "Itself."
        ),
        method!(
            "__deepcopy__",
            "($self, memo, /)",
            |_: &mut Vm, this: Ref<PyLruCache>, _memo: PyRef| this,
            "Itself."
        ),
    ],
    getset: &[INSTANCE_DICT],
    ..TypeDef::new("functools._lru_cache_wrapper")
};

static NEW: Method = class_method!(
    "lru_cache",
    "($type, user_function, maxsize, typed, cache_info_type)",
    new,
    "Wraps a function."
);

fn new(
    vm: &mut Vm,
    ty: Ref<PyType>,
    function: PyRef,
    max_size: PyRef,
    is_typed: bool,
    cache_info_type: PyRef,
) -> PyResult<Ref<PyLruCache>> {
    if !vm.callable(&function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let limit = if vm.is_none(&max_size) {
        Limit::Unbounded
    } else if vm.type_of(&max_size).slots(vm).index.is_some() {
        match usize::try_from(vm.index_isize_in_sequence(&max_size)?) {
            Ok(0) | Err(_) => Limit::Nothing,
            Ok(count) => Limit::AtMost(count),
        }
    } else {
        return Err(vm.type_error("maxsize should be integer or None"));
    };
    let payload = PyLruCache {
        function,
        cache: vm.new_dict()?,
        cache_info_type,
        hits: Cell::new(0),
        misses: Cell::new(0),
        limit,
        front: Cell::default(),
        is_typed,
    };
    vm.new_instance(&ty, payload)
}

fn add_one(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let this = receiver::<PyLruCache>(this);
    let function = this.function.clone();
    if this.limit == Limit::Nothing {
        add_one(&this.misses);
        return vm.call(&function, args);
    }
    let key = this.key(vm, args)?;
    let hash = vm.hash(&key)?;
    if let Some(result) = this.remembered(vm, &key, hash)? {
        add_one(&this.hits);
        return Ok(result);
    }
    add_one(&this.misses);
    let result = vm.call(&function, args)?;
    this.remember(vm, &key, hash, &result)?;
    Ok(result)
}

impl PyLruCache {
    /// The key of a call: a single plain argument itself, or else a tuple of all that matters.
    fn key(&self, vm: &mut Vm, args: Args<'_>) -> PyResult {
        if let ([only], []) = (args.values, args.names)
            && !self.is_typed
            && (vm.is_exactly(only, &STR) || vm.is_exactly(only, &INT))
        {
            return Ok(only.clone());
        }
        let mut parts = args.positionals().to_vec();
        if !args.names.is_empty() {
            parts.push(keyword_mark(vm)?);
        }
        for (name, value) in args.keywords() {
            parts.extend([name.clone(), value.clone()]);
        }
        if self.is_typed {
            let types = args.values.iter();
            parts.extend(types.map(|value| vm.type_of(value).clone().into_any()));
        }
        Ok(vm.new_tuple_from_vec(parts)?.into_any())
    }

    /// The result for a key, which is now the one used last.
    fn remembered(&self, vm: &mut Vm, key: &PyRef, hash: i64) -> PyResult<Option<PyRef>> {
        let Some(entry) = self.cache.find_hashed(vm, key, hash)? else {
            return Ok(None);
        };
        let result = self.cache.value_at(vm, entry);
        if matches!(self.limit, Limit::AtMost(_)) {
            self.cache.move_to_end(vm, entry)?;
        }
        Ok(result)
    }

    /// Keeps a result, unless the function's own calls have brought one for the same key meanwhile.
    fn remember(&self, vm: &mut Vm, key: &PyRef, hash: i64, result: &PyRef) -> PyResult<()> {
        if let Limit::AtMost(max_size) = self.limit {
            if self.cache.find_hashed(vm, key, hash)?.is_some() {
                return Ok(());
            }
            if self.cache.len(vm) >= max_size
                && let Some(oldest) = self.cache.first_entry(vm, &self.front)
            {
                drop(self.cache.take_entry(vm, oldest));
            }
        }
        self.cache.set_hashed(vm, key, hash, result.clone())
    }
}

fn cache_info(vm: &mut Vm, this: Ref<PyLruCache>) -> PyResult {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let max_size = match this.limit {
        Limit::Unbounded => vm.none(),
        Limit::Nothing => vm.new_int(0)?,
        Limit::AtMost(max_size) => vm.new_int_from_usize(max_size)?,
    };
    let info = [
        vm.new_int(number(this.hits.get()))?,
        vm.new_int(number(this.misses.get()))?,
        max_size,
        vm.new_int_from_usize(this.cache.len(vm))?,
    ];
    let class = this.cache_info_type.clone();
    vm.call_positional(&class, &info)
}

fn cache_clear(vm: &mut Vm, this: Ref<PyLruCache>) -> PyResult<()> {
    this.hits.set(0);
    this.misses.set(0);
    this.cache.clear(vm)
}
