//! `product`, `combinations`, `combinations_with_replacement` and `permutations`.
//!
//! Each keeps the indices of the tuple that it yielded last, and moves them to the next in lexicographic order. No
//! Python runs while the indices are open.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::iterators::itself;
use exuvia_vm::types::sequence;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, HeapVec, PyErr, PyRef, PyResult, Ref, Traverse, Vm, VmCell, class_method};
use std::cell::Cell;

/// Indices into a pool.
type Indices = VmCell<HeapVec<u32>>;

/// Where an iterator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The first tuple is yet to come.
    Fresh,
    Running,
    Ended,
}

/// A pool's length as an index.
fn as_index(len: usize) -> PyResult<u32> {
    u32::try_from(len).map_err(|_| PyErr::OutOfMemory)
}

/// What an iterable yields, as a tuple.
fn pool_of(vm: &mut Vm, iterable: &PyRef) -> PyResult<Ref<PyTuple>> {
    let items = sequence::collect(vm, iterable)?;
    as_index(items.len())?;
    vm.new_tuple_from_heap_vec(items)
}

/// `product(*iterables, repeat)`. 56 bytes and 4 per pool.
#[derive(Debug, Traverse)]
pub struct PyProduct {
    pools: Ref<PyTuple>,
    indices: Indices,
    #[traverse(skip)]
    stage: Cell<Stage>,
}

impl PyPayload for PyProduct {
    const DEF: &'static TypeDef = &PRODUCT;
}

/// `itertools.product`
pub(super) static PRODUCT: TypeDef = TypeDef {
    class: Some(Class::of::<PyProduct>),
    doc: "product(*iterables, repeat=1)\n\nYields all tuples of an item of each iterable, as nested loops would. repeat \
          stands for the iterables so many times.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyProduct>(this).step(vm)),
        new: Some(new_product),
        owned_bytes: Some(|vm, this| receiver::<PyProduct>(this).indices.get(vm).buffer_bytes()),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.product")
};

fn new_product(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let repeat = repeat_argument(vm, args)?;
    let count = args.positionals().len().checked_mul(repeat);
    let Some(count) = count.filter(|&count| count <= isize::MAX as usize / 8) else {
        return Err(vm.overflow_error("repeat argument too large"));
    };
    let mut once = Vec::new();
    if repeat > 0 {
        for iterable in args.positionals() {
            once.push(pool_of(vm, iterable)?.into_any());
        }
    }
    let space = vm.space_handle();
    let pools = sequence::repeated(vm, &once, repeat)?;
    let indices = HeapVec::from_elements(space.heap(), std::iter::repeat_n(0, count))?;
    let payload = PyProduct {
        pools: vm.new_tuple_from_heap_vec(pools)?,
        indices: VmCell::new(indices),
        stage: Cell::new(Stage::Fresh),
    };
    Ok(vm.new_instance(ty, payload)?.into_any())
}

fn repeat_argument(vm: &mut Vm, args: Args<'_>) -> PyResult<usize> {
    if args.names.len() > 1 {
        let given = args.names.len();
        return Err(vm.type_error(format!(
            "product() takes at most 1 keyword argument ({given} given)"
        )));
    }
    let Some((name, value)) = args.keywords().next() else {
        return Ok(1);
    };
    let name = name.downcast_ref::<PyStr>();
    if !name.is_some_and(|name| name.equals("repeat")) {
        let name = name.map_or_else(String::new, |name| name.to_text().into_owned());
        return Err(vm.type_error(format!(
            "product() got an unexpected keyword argument '{name}'"
        )));
    }
    let count = vm.index(value)?.to_i64();
    let Some(count) = count else {
        return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
    };
    usize::try_from(count).map_err(|_| vm.value_error("repeat argument cannot be negative"))
}

/// The items of the pool at an index.
fn pool_at(pools: &Ref<PyTuple>, index: usize) -> &[PyRef] {
    pools[index]
        .downcast_ref::<PyTuple>()
        .map_or(&[], |pool| pool.as_slice())
}

impl PyProduct {
    /// Moves the indices on; `false` at the end.
    fn advance(&self, vm: &mut Vm) -> bool {
        match self.stage.get() {
            Stage::Fresh => {
                let mut pools = 0..self.pools.len();
                self.stage.set(Stage::Running);
                return pools.all(|pool| !pool_at(&self.pools, pool).is_empty());
            }
            Stage::Running => {}
            Stage::Ended => return false,
        }
        let indices = self.indices.get_mut(vm);
        for (pool, index) in indices.iter_mut().enumerate().rev() {
            *index += 1;
            if (*index as usize) < pool_at(&self.pools, pool).len() {
                return true;
            }
            *index = 0;
        }
        false
    }

    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        if !self.advance(vm) {
            self.stage.set(Stage::Ended);
            return Ok(None);
        }
        let indices = self.indices.get(vm).iter().enumerate();
        let items =
            indices.map(|(pool, &index)| pool_at(&self.pools, pool)[index as usize].clone());
        let items = items.collect();
        Ok(Some(vm.new_tuple_from_vec(items)?.into_any()))
    }
}

/// `combinations(iterable, r)`, with or without replacement, as the type says. 56 bytes and 4 per item.
#[derive(Debug, Traverse)]
pub struct PyCombinations {
    pool: Ref<PyTuple>,
    indices: Indices,
    #[traverse(skip)]
    stage: Cell<Stage>,
}

impl PyPayload for PyCombinations {
    const DEF: &'static TypeDef = &COMBINATIONS;
}

/// `itertools.combinations`
pub(super) static COMBINATIONS: TypeDef = TypeDef {
    class: Some(Class::of::<PyCombinations>),
    doc: "combinations(iterable, r)\n\nYields all tuples of r items at different places, in the order of the iterable.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyCombinations>(this).step(vm, advance_combination)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_COMBINATIONS, ty, args)),
        owned_bytes: Some(combinations_bytes),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.combinations")
};

static NEW_COMBINATIONS: Method = class_method!(
    "combinations",
    "($type, iterable, r)",
    |vm: &mut Vm, ty: Ref<PyType>, iterable: PyRef, r: isize| {
        new_combinations(vm, &ty, &iterable, r, false)
    },
    ""
);

/// `itertools.combinations_with_replacement`
pub(super) static COMBINATIONS_WITH_REPLACEMENT: TypeDef = TypeDef {
    class: Some(Class::of::<PyCombinations>),
    doc: "combinations_with_replacement(iterable, r)\n\nYields all tuples of r items in the order of the iterable, each \
          item any number of times.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyCombinations>(this).step(vm, advance_with_replacement)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_WITH_REPLACEMENT, ty, args)),
        owned_bytes: Some(combinations_bytes),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.combinations_with_replacement")
};

static NEW_WITH_REPLACEMENT: Method = class_method!(
    "combinations_with_replacement",
    "($type, iterable, r)",
    |vm: &mut Vm, ty: Ref<PyType>, iterable: PyRef, r: isize| {
        new_combinations(vm, &ty, &iterable, r, true)
    },
    ""
);

fn combinations_bytes(vm: &Vm, this: &PyRef) -> usize {
    receiver::<PyCombinations>(this)
        .indices
        .get(vm)
        .buffer_bytes()
}

fn new_combinations(
    vm: &mut Vm,
    ty: &Ref<PyType>,
    iterable: &PyRef,
    r: isize,
    with_replacement: bool,
) -> PyResult<Ref<PyCombinations>> {
    let pool = pool_of(vm, iterable)?;
    let count = usize::try_from(r).map_err(|_| vm.value_error("r must be non-negative"))?;
    let is_possible = if with_replacement {
        count == 0 || !pool.is_empty()
    } else {
        count <= pool.len()
    };
    let first = (0..as_index(if is_possible { count } else { 0 })?)
        .map(|index| if with_replacement { 0 } else { index });
    let stage = if is_possible {
        Stage::Fresh
    } else {
        Stage::Ended
    };
    let payload = PyCombinations {
        pool,
        indices: VmCell::new(HeapVec::from_elements(vm.heap(), first)?),
        stage: Cell::new(stage),
    };
    vm.new_instance(ty, payload)
}

/// Moves on the rightmost index that is not at its end; those behind follow it directly.
fn advance_combination(indices: &mut [u32], len: u32) -> bool {
    let count = indices.len() as u32;
    let movable = (0..count)
        .rev()
        .find(|&place| indices[place as usize] != place + len - count);
    let Some(place) = movable else { return false };
    let first = indices[place as usize] + 1;
    for (index, value) in indices[place as usize..].iter_mut().zip(first..) {
        *index = value;
    }
    true
}

/// Moves on the rightmost index that is not at the end; those behind start with it.
fn advance_with_replacement(indices: &mut [u32], len: u32) -> bool {
    let Some(place) = indices.iter().rposition(|&index| index != len - 1) else {
        return false;
    };
    let value = indices[place] + 1;
    indices[place..].fill(value);
    true
}

impl PyCombinations {
    fn step(&self, vm: &mut Vm, advance: fn(&mut [u32], u32) -> bool) -> PyResult<Option<PyRef>> {
        let goes_on = match self.stage.get() {
            Stage::Fresh => true,
            Stage::Running => advance(self.indices.get_mut(vm), as_index(self.pool.len())?),
            Stage::Ended => false,
        };
        if !goes_on {
            self.stage.set(Stage::Ended);
            return Ok(None);
        }
        self.stage.set(Stage::Running);
        let indices = self.indices.get(vm).iter();
        let items = indices.map(|&index| self.pool[index as usize].clone());
        let items = items.collect();
        Ok(Some(vm.new_tuple_from_vec(items)?.into_any()))
    }
}

/// `permutations(iterable, r)`. 80 bytes, and 4 per item of the pool and of the tuples.
#[derive(Debug, Traverse)]
pub struct PyPermutations {
    pool: Ref<PyTuple>,
    indices: Indices,
    /// How many items are still to stand at each place before the one to the left changes.
    cycles: Indices,
    #[traverse(skip)]
    stage: Cell<Stage>,
}

impl PyPayload for PyPermutations {
    const DEF: &'static TypeDef = &PERMUTATIONS;
}

/// `itertools.permutations`
pub(super) static PERMUTATIONS: TypeDef = TypeDef {
    class: Some(Class::of::<PyPermutations>),
    doc: "permutations(iterable, r=None)\n\nYields all tuples of r items at different places, in any order; by default, \
          of all items.",
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        iter: Some(itself),
        next: Some(|vm, this| receiver::<PyPermutations>(this).step(vm)),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_PERMUTATIONS, ty, args)),
        owned_bytes: Some(|vm, this| {
            let this = receiver::<PyPermutations>(this);
            this.indices.get(vm).buffer_bytes() + this.cycles.get(vm).buffer_bytes()
        }),
        ..Slots::EMPTY
    },
    ..TypeDef::new("itertools.permutations")
};

static NEW_PERMUTATIONS: Method = class_method!(
    "permutations",
    "($type, iterable, r=None)",
    new_permutations,
    ""
);

fn new_permutations(
    vm: &mut Vm,
    ty: Ref<PyType>,
    iterable: PyRef,
    r: Option<PyRef>,
) -> PyResult<Ref<PyPermutations>> {
    let pool = pool_of(vm, &iterable)?;
    let len = as_index(pool.len())?;
    let count = match r.filter(|r| !vm.is_none(r)) {
        None => pool.len(),
        Some(r) => {
            let Some(r) = r.downcast_ref::<PyInt>() else {
                return Err(vm.type_error("Expected int as r"));
            };
            let Some(r) = r.to_i64() else {
                return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
            };
            usize::try_from(r).map_err(|_| vm.value_error("r must be non-negative"))?
        }
    };
    let is_possible = count <= pool.len();
    let count = if is_possible { as_index(count)? } else { 0 };
    let cycles = (0..count).map(|place| len - place);
    let stage = if is_possible {
        Stage::Fresh
    } else {
        Stage::Ended
    };
    let payload = PyPermutations {
        pool,
        indices: VmCell::new(HeapVec::from_elements(vm.heap(), 0..len)?),
        cycles: VmCell::new(HeapVec::from_elements(vm.heap(), cycles)?),
        stage: Cell::new(stage),
    };
    vm.new_instance(&ty, payload)
}

impl PyPermutations {
    /// Moves indices and cycles on; `false` at the end.
    fn advance(&self, vm: &mut Vm) -> bool {
        let len = self.pool.len();
        for place in (0..self.cycles.get(vm).len()).rev() {
            let cycle = &mut self.cycles.get_mut(vm)[place];
            *cycle -= 1;
            let left = *cycle as usize;
            if left == 0 {
                *cycle = (len - place) as u32;
                // All items have stood here: the order of those from here on is restored.
                self.indices.get_mut(vm)[place..].rotate_left(1);
            } else {
                self.indices.get_mut(vm).swap(place, len - left);
                return true;
            }
        }
        false
    }

    fn step(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        let goes_on = match self.stage.get() {
            Stage::Fresh => true,
            Stage::Running => self.advance(vm),
            Stage::Ended => false,
        };
        if !goes_on {
            self.stage.set(Stage::Ended);
            return Ok(None);
        }
        self.stage.set(Stage::Running);
        let count = self.cycles.get(vm).len();
        let indices = self.indices.get(vm)[..count].iter();
        let items = indices.map(|&index| self.pool[index as usize].clone());
        let items = items.collect();
        Ok(Some(vm.new_tuple_from_vec(items)?.into_any()))
    }
}
