//! The built-in iterators over other iterators: `enumerate`, `zip`, `map`, `filter`, `reversed`.

use crate::object::PyPayload;
use crate::table::{Slots, TypeDef, TypeFlags};
use crate::types::generic_alias;
use crate::types::int::PyInt;
use crate::types::iterators::{
    LENGTH_HINT_DOC, REDUCE_DOC, SETSTATE_DOC, itself, receiver, reduced, state_index,
};
use crate::types::str::PyStr;
use crate::types::tuple::{PyTuple, kind_for};
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm, VmCell, class_method, method};
use exuvia_object::Class;
use malachite_bigint::BigInt;
use std::cell::Cell;

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&ENUMERATE, &ZIP, &MAP, &FILTER, &REVERSED];

/// `enumerate(iterable, start)`. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyEnumerate {
    iterator: PyRef,
    /// The next number, unless it is beyond 64 bits.
    next: Cell<i64>,
    /// The next number, if it is beyond 64 bits.
    big_next: Slot<PyInt>,
}

impl PyPayload for PyEnumerate {
    const DEF: &'static TypeDef = &ENUMERATE;
}

/// `enumerate`
pub static ENUMERATE: TypeDef = TypeDef {
    class: Some(Class::of::<PyEnumerate>),
    doc: "enumerate(iterable, start=0)\n\nYields pairs of a number, counted from start on, and what the iterable yields.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyEnumerate>(this).step(vm)),
        new: Some(enumerate_new),
        ..Slots::EMPTY
    },
    methods: &[
        method!("__reduce__", "($self, /)", enumerate_reduce, REDUCE_DOC),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            class_getitem,
            "The generic alias enumerate[object]."
        ),
    ],
    ..TypeDef::new("enumerate")
};

fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    generic_alias::new(vm, &class, &item)
}

fn enumerate_new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let (iterable, start) = enumerate_args(vm, args)?;
    let (next, big_next) = match start {
        None => (0, None),
        Some(start) => {
            let start = vm.index(&start)?;
            match start.to_i64() {
                Some(next) => (next, None),
                None => (0, Some(start)),
            }
        }
    };
    let iterator = vm.iter(&iterable)?;
    let enumerate = PyEnumerate {
        iterator,
        next: Cell::new(next),
        big_next: Slot::new(big_next),
    };
    Ok(vm.new_instance(ty, enumerate)?.into_any())
}

/// The arguments `iterable` and `start`, each by position or by name.
fn enumerate_args(vm: &mut Vm, args: Args<'_>) -> PyResult<(PyRef, Option<PyRef>)> {
    if args.values.len() > 2 {
        let given = args.values.len();
        return Err(vm.type_error(format!(
            "enumerate() takes at most 2 arguments ({given} given)"
        )));
    }
    let mut found = [
        args.positionals().first().cloned(),
        args.positionals().get(1).cloned(),
    ];
    for (name, value) in args.keywords() {
        let name = keyword_text(name);
        let place = ["iterable", "start"]
            .into_iter()
            .position(|known| known == name);
        match place {
            Some(place) if found[place].is_none() => found[place] = Some(value.clone()),
            _ => {
                let message = format!("'{name}' is an invalid keyword argument for enumerate()");
                return Err(vm.type_error(message));
            }
        }
    }
    match found {
        [Some(iterable), start] => Ok((iterable, start)),
        [None, Some(_)] => {
            Err(vm.type_error("'start' is an invalid keyword argument for enumerate()"))
        }
        [None, None] => Err(vm.type_error("enumerate() missing required argument 'iterable'")),
    }
}

fn keyword_text(name: &PyRef) -> String {
    name.downcast_ref::<PyStr>()
        .map(|name| name.to_text().into_owned())
        .unwrap_or_default()
}

impl PyEnumerate {
    /// The next pair.
    ///
    /// # Errors
    /// What the iterator raises, or `OutOfMemory`.
    #[inline]
    pub fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let Some(item) = vm.next(&self.iterator)? else {
            return Ok(None);
        };
        let number = self.count(vm)?;
        let pair = [number, item];
        Ok(Some(vm.new_tuple_of(kind_for(&pair), 2, pair)?.into_any()))
    }

    fn count(&self, vm: &Vm) -> PyResult {
        if let Some(number) = self.big_next.get() {
            let next = vm.new_bigint(number.to_bigint() + BigInt::from(1))?;
            self.big_next.set(next.downcast().ok());
            return Ok(number.into_any());
        }
        let number = self.next.get();
        match number.checked_add(1) {
            Some(next) => self.next.set(next),
            None => {
                let next = vm.new_bigint(BigInt::from(number) + BigInt::from(1))?;
                self.big_next.set(next.downcast().ok());
            }
        }
        vm.new_int(number)
    }
}

fn enumerate_reduce(vm: &mut Vm, this: Ref<PyEnumerate>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let next = match this.big_next.get() {
        Some(number) => number.into_any(),
        None => vm.new_int(this.next.get())?,
    };
    reduced(vm, class, &[this.iterator.clone(), next], None)
}

/// Iterators that are stepped together, for `zip` and `map`.
#[derive(Debug, Traverse)]
struct Parallel {
    iterators: Ref<PyTuple>,
    /// Whether all must end at once.
    strict: Cell<bool>,
}

impl Parallel {
    fn new(vm: &mut Vm, iterables: &[PyRef], strict: bool) -> PyResult<Self> {
        let iterators = iterables
            .iter()
            .map(|iterable| vm.iter(iterable))
            .collect::<PyResult<Vec<_>>>()?;
        Ok(Self {
            iterators: vm.new_tuple_from_vec(iterators)?,
            strict: Cell::new(strict),
        })
    }

    /// The next element of each iterator; `None` when the first of them ends.
    fn step(&self, vm: &mut Vm, function: &str) -> PyResult<Option<Vec<PyRef>>> {
        let mut items = Vec::with_capacity(self.iterators.len());
        for (index, iterator) in self.iterators.iter().enumerate() {
            match vm.next(iterator)? {
                Some(item) => items.push(item),
                None if self.strict.get() => return self.check_all_end(vm, index, function),
                None => return Ok(None),
            }
        }
        Ok(Some(items))
    }

    /// Says that an iterator ended at the same time as all others; else it is an error.
    #[cold]
    fn check_all_end(
        &self,
        vm: &mut Vm,
        ended: usize,
        function: &str,
    ) -> PyResult<Option<Vec<PyRef>>> {
        if ended > 0 {
            return Err(unequal(vm, function, ended, "shorter"));
        }
        for (index, iterator) in self.iterators.iter().enumerate().skip(1) {
            if vm.next(iterator)?.is_some() {
                return Err(unequal(vm, function, index, "longer"));
            }
        }
        Ok(None)
    }
}

fn unequal(vm: &Vm, function: &str, index: usize, how: &str) -> PyErr {
    let others = if index == 1 {
        " ".to_owned()
    } else {
        "s 1-".to_owned()
    };
    vm.value_error(format!(
        "{function}() argument {} is {how} than argument{others}{index}",
        index + 1
    ))
}

/// The keyword argument `strict` of `zip` and `map`.
fn strict_argument(vm: &mut Vm, args: Args<'_>, function: &str) -> PyResult<bool> {
    if args.names.len() > 1 {
        let given = args.names.len();
        return Err(vm.type_error(format!(
            "{function}() takes at most 1 keyword argument ({given} given)"
        )));
    }
    let Some((name, value)) = args.keywords().next() else {
        return Ok(false);
    };
    let name = keyword_text(name);
    if name != "strict" {
        return Err(vm.type_error(format!(
            "{function}() got an unexpected keyword argument '{name}'"
        )));
    }
    vm.is_true(value)
}

/// `zip(*iterables, strict=False)`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyZip(Parallel);

impl PyPayload for PyZip {
    const DEF: &'static TypeDef = &ZIP;
}

/// `zip`
pub static ZIP: TypeDef = TypeDef {
    class: Some(Class::of::<PyZip>),
    doc: "zip(*iterables, strict=False)\n\nYields tuples of the next element of each iterable, until one ends.\n\nIf \
          strict is true and they do not all end at once, raises ValueError.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyZip>(this).step(vm)),
        new: Some(zip_new),
        ..Slots::EMPTY
    },
    methods: &[
        method!("__reduce__", "($self, /)", zip_reduce, REDUCE_DOC),
        method!(
            "__setstate__",
            "($self, object, /)",
            zip_setstate,
            "Sets whether all iterables must end at once."
        ),
    ],
    ..TypeDef::new("zip")
};

fn zip_new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let strict = strict_argument(vm, args, "zip")?;
    let zip = PyZip(Parallel::new(vm, args.positionals(), strict)?);
    Ok(vm.new_instance(ty, zip)?.into_any())
}

impl PyZip {
    /// The next tuple.
    ///
    /// # Errors
    /// What an iterator raises, `ValueError` if a strict zip ends unevenly, or `OutOfMemory`.
    #[inline]
    pub fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        // Pairs are what is zipped most: without a detour.
        if let [first, second] = self.0.iterators.as_slice()
            && !self.0.strict.get()
        {
            let Some(first) = vm.next(first)? else {
                return Ok(None);
            };
            let Some(second) = vm.next(second)? else {
                return Ok(None);
            };
            let pair = [first, second];
            return Ok(Some(vm.new_tuple_of(kind_for(&pair), 2, pair)?.into_any()));
        }
        if self.0.iterators.is_empty() {
            return Ok(None);
        }
        match self.0.step(vm, "zip")? {
            Some(items) => Ok(Some(vm.new_tuple_from_vec(items)?.into_any())),
            None => Ok(None),
        }
    }
}

fn zip_reduce(vm: &mut Vm, this: Ref<PyZip>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let state = this.0.strict.get().then(|| vm.new_bool(true));
    reduced(vm, class, &this.0.iterators, state)
}

fn zip_setstate(vm: &mut Vm, this: Ref<PyZip>, state: PyRef) -> PyResult<()> {
    this.0.strict.set(vm.is_true(&state)?);
    Ok(())
}

/// `map(function, *iterables, strict=False)`. 40 bytes.
#[derive(Debug, Traverse)]
pub struct PyMap {
    function: PyRef,
    sources: Parallel,
}

impl PyPayload for PyMap {
    const DEF: &'static TypeDef = &MAP;
}

/// `map`
pub static MAP: TypeDef = TypeDef {
    class: Some(Class::of::<PyMap>),
    doc: "map(function, iterable, /, *iterables, strict=False)\n\nYields what the function returns for the next element \
          of each iterable, until one ends.\n\nIf strict is true and they do not all end at once, raises ValueError.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyMap>(this).step(vm)),
        new: Some(map_new),
        ..Slots::EMPTY
    },
    methods: &[
        method!("__reduce__", "($self, /)", map_reduce, REDUCE_DOC),
        method!(
            "__setstate__",
            "($self, object, /)",
            map_setstate,
            "Sets whether all iterables must end at once."
        ),
    ],
    ..TypeDef::new("map")
};

fn map_new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let strict = strict_argument(vm, args, "map")?;
    let [function, iterables @ ..] = args.positionals() else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    let sources = Parallel::new(vm, iterables, strict)?;
    Ok(vm
        .new_instance(
            ty,
            PyMap {
                function: function.clone(),
                sources,
            },
        )?
        .into_any())
}

impl PyMap {
    /// What the function returns for the next elements.
    ///
    /// # Errors
    /// What an iterator or the function raises, or `ValueError` if a strict map ends unevenly.
    #[inline]
    pub fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        if let [iterator] = self.sources.iterators.as_slice() {
            let Some(item) = vm.next(iterator)? else {
                return Ok(None);
            };
            return vm.call_positional(&self.function, &[item]).map(Some);
        }
        match self.sources.step(vm, "map")? {
            Some(items) => vm.call_positional(&self.function, &items).map(Some),
            None => Ok(None),
        }
    }
}

fn map_reduce(vm: &mut Vm, this: Ref<PyMap>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let state = this.sources.strict.get().then(|| vm.new_bool(true));
    let mut args = vec![this.function.clone()];
    args.extend_from_slice(&this.sources.iterators);
    reduced(vm, class, &args, state)
}

fn map_setstate(vm: &mut Vm, this: Ref<PyMap>, state: PyRef) -> PyResult<()> {
    this.sources.strict.set(vm.is_true(&state)?);
    Ok(())
}

/// `filter(function or None, iterable)`. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyFilter {
    function: PyRef,
    iterator: PyRef,
}

impl PyPayload for PyFilter {
    const DEF: &'static TypeDef = &FILTER;
}

/// `filter`
pub static FILTER: TypeDef = TypeDef {
    class: Some(Class::of::<PyFilter>),
    doc: "filter(function, iterable, /)\n\nYields the elements for which the function returns something true; with None \
          as function, those that are true themselves.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyFilter>(this).step(vm)),
        new: Some(filter_new),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__reduce__",
        "($self, /)",
        filter_reduce,
        REDUCE_DOC
    )],
    ..TypeDef::new("filter")
};

fn filter_new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() {
        return Err(vm.type_error("filter() takes no keyword arguments"));
    }
    let [function, iterable] = args.positionals() else {
        return Err(vm.type_error(format!(
            "filter expected 2 arguments, got {}",
            args.values.len()
        )));
    };
    let iterator = vm.iter(iterable)?;
    Ok(vm
        .new_instance(
            ty,
            PyFilter {
                function: function.clone(),
                iterator,
            },
        )?
        .into_any())
}

impl PyFilter {
    /// The next element that passes.
    ///
    /// # Errors
    /// What the iterator or the function raises.
    pub fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let takes_truth = vm.is_none(&self.function);
        while let Some(item) = vm.next(&self.iterator)? {
            let passes = if takes_truth {
                vm.is_true(&item)?
            } else {
                let verdict = vm.call_positional(&self.function, std::slice::from_ref(&item))?;
                vm.is_true(&verdict)?
            };
            if passes {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

fn filter_reduce(vm: &mut Vm, this: Ref<PyFilter>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    reduced(
        vm,
        class,
        &[this.function.clone(), this.iterator.clone()],
        None,
    )
}

/// `reversed(sequence)` for what has no `__reversed__`: asks for its elements by index. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyReversed {
    sequence: VmCell<Option<PyRef>>,
    /// The index of the next element plus one.
    left: Cell<usize>,
}

impl PyPayload for PyReversed {
    const DEF: &'static TypeDef = &REVERSED;
}

/// `reversed`
pub static REVERSED: TypeDef = TypeDef {
    class: Some(Class::of::<PyReversed>),
    doc: "reversed(sequence, /)\n\nYields the elements of a sequence, last first.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyReversed>(this).step(vm)),
        new: Some(reversed_new),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__length_hint__",
            "($self, /)",
            reversed_length_hint,
            LENGTH_HINT_DOC
        ),
        method!("__reduce__", "($self, /)", reversed_reduce, REDUCE_DOC),
        method!(
            "__setstate__",
            "($self, object, /)",
            reversed_setstate,
            SETSTATE_DOC
        ),
    ],
    ..TypeDef::new("reversed")
};

fn reversed_new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() {
        return Err(vm.type_error("reversed() takes no keyword arguments"));
    }
    let [sequence] = args.positionals() else {
        return Err(vm.type_error(format!(
            "reversed expected 1 argument, got {}",
            args.values.len()
        )));
    };
    let hook = vm.names().reversed.clone();
    let own = vm.lookup_special(sequence, &hook)?;
    if let Some(own) = own.as_ref().filter(|own| !vm.is_none(own)) {
        return vm.call_positional(own, &[]);
    }
    let slots = vm.type_of(sequence).slots(vm);
    if own.is_some()
        || slots.getitem.is_none()
        || vm.is_instance_of_def(sequence, &crate::types::dict::DICT)
    {
        let found = vm.type_name(sequence);
        return Err(vm.type_error(format!("'{found}' object is not reversible")));
    }
    let left = vm.len(sequence)?;
    let reversed = PyReversed {
        sequence: VmCell::new(Some(sequence.clone())),
        left: Cell::new(left),
    };
    Ok(vm.new_instance(ty, reversed)?.into_any())
}

impl PyReversed {
    /// The next element.
    ///
    /// # Errors
    /// What `__getitem__` raises, except `IndexError` and `StopIteration`, which end the iteration.
    pub fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        use crate::types::exception::{INDEX_ERROR, STOP_ITERATION};
        let Some(sequence) = self.sequence.get(vm).clone() else {
            return Ok(None);
        };
        if let Some(index) = self.left.get().checked_sub(1) {
            let key = vm.new_int_from_usize(index)?;
            match vm.get_item(&sequence, &key) {
                Ok(item) => {
                    self.left.set(index);
                    return Ok(Some(item));
                }
                Err(error) if error.is(vm, &INDEX_ERROR) || error.is(vm, &STOP_ITERATION) => {}
                Err(error) => return Err(error),
            }
        }
        drop(self.sequence.get_mut(vm).take());
        Ok(None)
    }
}

fn reversed_length_hint(vm: &mut Vm, this: Ref<PyReversed>) -> PyResult<usize> {
    let Some(sequence) = this.sequence.get(vm).clone() else {
        return Ok(0);
    };
    // A sequence that lost what would come next ends the iteration.
    Ok(if vm.len(&sequence)? < this.left.get() {
        0
    } else {
        this.left.get()
    })
}

fn reversed_reduce(vm: &mut Vm, this: Ref<PyReversed>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    match this.sequence.get(vm).clone() {
        Some(sequence) => {
            let index = vm.new_int(this.left.get() as i64 - 1)?;
            reduced(vm, class, &[sequence], Some(index))
        }
        None => reduced(vm, class, &[vm.new_tuple(&[])?.into_any()], None),
    }
}

fn reversed_setstate(vm: &mut Vm, this: Ref<PyReversed>, state: PyRef) -> PyResult<()> {
    let index = state_index(vm, &state)?;
    let Some(sequence) = this.sequence.get(vm).clone() else {
        return Ok(());
    };
    let len = vm.len(&sequence)?;
    this.left.set(
        usize::try_from(index.saturating_add(1))
            .unwrap_or(0)
            .min(len),
    );
    Ok(())
}
