//! `_bisect`: binary search in sorted sequences.

use exuvia_vm::table::{CompareOp, Method};
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::list::{LIST, PyList};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::sequence::native_less;
use exuvia_vm::{PyRef, PyResult, Ref, Vm, function};

static FUNCTIONS: &[Method] = &[
    function!(
        "bisect_right",
        "($module, /, a, x, lo=0, hi=None, *, key=None)",
        |vm: &mut Vm,
         a: PyRef,
         x: PyRef,
         lo: Option<isize>,
         hi: Option<PyRef>,
         key: Option<PyRef>| Search::new(vm, lo, hi, key)?.find(vm, &a, &x, Side::Right),
        "The index at which to insert x into a sorted sequence behind all that equal it."
    ),
    function!(
        "bisect_left",
        "($module, /, a, x, lo=0, hi=None, *, key=None)",
        |vm: &mut Vm,
         a: PyRef,
         x: PyRef,
         lo: Option<isize>,
         hi: Option<PyRef>,
         key: Option<PyRef>| Search::new(vm, lo, hi, key)?.find(vm, &a, &x, Side::Left),
        "The index at which to insert x into a sorted sequence before all that equal it."
    ),
    function!(
        "insort_right",
        "($module, /, a, x, lo=0, hi=None, *, key=None)",
        |vm: &mut Vm,
         a: PyRef,
         x: PyRef,
         lo: Option<isize>,
         hi: Option<PyRef>,
         key: Option<PyRef>| Search::new(vm, lo, hi, key)?.insert(vm, &a, &x, Side::Right),
        "Inserts x into a sorted sequence behind all that equal it."
    ),
    function!(
        "insort_left",
        "($module, /, a, x, lo=0, hi=None, *, key=None)",
        |vm: &mut Vm,
         a: PyRef,
         x: PyRef,
         lo: Option<isize>,
         hi: Option<PyRef>,
         key: Option<PyRef>| Search::new(vm, lo, hi, key)?.insert(vm, &a, &x, Side::Left),
        "Inserts x into a sorted sequence before all that equal it."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)
}

/// On which side of those that equal it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// Where to search, and by what.
#[derive(Debug)]
struct Search {
    low: usize,
    /// `None`: up to the end.
    high: Option<usize>,
    key: Option<PyRef>,
}

impl Search {
    fn new(
        vm: &mut Vm,
        low: Option<isize>,
        high: Option<PyRef>,
        key: Option<PyRef>,
    ) -> PyResult<Self> {
        let Ok(low) = usize::try_from(low.unwrap_or(0)) else {
            return Err(vm.value_error("lo must be non-negative"));
        };
        let high = match high.filter(|high| !vm.is_none(high)) {
            // As in CPython, -1 means that there is none, and others less than zero that nothing is searched.
            Some(high) => match vm.index_isize(&high)? {
                -1 => None,
                high => Some(usize::try_from(high).unwrap_or(0)),
            },
            None => None,
        };
        let key = key.filter(|key| !vm.is_none(key));
        Ok(Self { low, high, key })
    }

    fn key_of(&self, vm: &mut Vm, item: &PyRef) -> PyResult {
        match &self.key {
            Some(key) => vm.call_positional(key, std::slice::from_ref(item)),
            None => Ok(item.clone()),
        }
    }

    /// The index for a key.
    fn find(&self, vm: &mut Vm, sequence: &PyRef, wanted: &PyRef, side: Side) -> PyResult<usize> {
        if sequence.is_a::<PyDict>() {
            let found = vm.type_name(sequence);
            return Err(vm.type_error(format!("{found} is not a sequence")));
        }
        let mut low = self.low;
        let mut high = match self.high {
            Some(high) => high,
            None => vm.len(sequence)?,
        };
        let list = sequence
            .downcast_ref::<PyList>()
            .filter(|_| vm.is_exactly(sequence, &LIST))
            .cloned();
        while low < high {
            let middle = low + (high - low) / 2;
            let item = match list.as_ref().and_then(|list| list.get(vm, middle)) {
                Some(item) => item,
                None => {
                    let index = vm.new_int_from_usize(middle)?;
                    vm.get_item(sequence, &index)?
                }
            };
            let key = self.key_of(vm, &item)?;
            let is_behind = match side {
                Side::Left => !is_less(vm, &key, wanted)?,
                Side::Right => is_less(vm, wanted, &key)?,
            };
            if is_behind {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }

    fn insert(&self, vm: &mut Vm, sequence: &PyRef, item: &PyRef, side: Side) -> PyResult<()> {
        let key = self.key_of(vm, item)?;
        let index = self.find(vm, sequence, &key, side)?;
        let index = vm.new_int_from_usize(index)?;
        vm.call_method_str(sequence, "insert", &[index, item.clone()])
            .map(drop)
    }
}

fn is_less(vm: &mut Vm, a: &PyRef, b: &PyRef) -> PyResult<bool> {
    match native_less(vm, a, b) {
        Some(is_less) => Ok(is_less),
        None => vm.compare_bool(a, b, CompareOp::Lt),
    }
}
