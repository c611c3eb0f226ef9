//! `_heapq`: priority queues in lists.
//!
//! In a min-heap no element is less than its parent, in a max-heap none is greater. Comparing may run Python: the
//! list is read anew after each comparison, and one that changed its length meanwhile is an error.

use exuvia_vm::table::{CompareOp, Method};
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::sequence::native_less;
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Vm, function};

macro_rules! heap_functions {
    ($($order:ident: $push:literal $push_pop:literal $pop:literal $replace:literal $heapify:literal $best:literal;)+) => {
        static FUNCTIONS: &[Method] = &[$(
            function!(
                $push,
                "($module, heap, item, /)",
                |vm: &mut Vm, heap: Ref<PyList>, item: PyRef| push(vm, &heap, item, Order::$order),
                "Adds an item to a heap."
            ),
            function!(
                $push_pop,
                "($module, heap, item, /)",
                |vm: &mut Vm, heap: Ref<PyList>, item: PyRef| push_pop(vm, &heap, item, Order::$order),
                concat!("Adds an item to a heap and takes the ", $best, " out, which is quicker than one after the other.")
            ),
            function!(
                $pop,
                "($module, heap, /)",
                |vm: &mut Vm, heap: Ref<PyList>| pop(vm, &heap, Order::$order),
                concat!("Takes the ", $best, " item out of a heap.")
            ),
            function!(
                $replace,
                "($module, heap, item, /)",
                |vm: &mut Vm, heap: Ref<PyList>, item: PyRef| replace(vm, &heap, item, Order::$order),
                concat!("Takes the ", $best, " item out of a heap and adds another.")
            ),
            function!(
                $heapify,
                "($module, heap, /)",
                |vm: &mut Vm, heap: Ref<PyList>| heapify(vm, &heap, Order::$order),
                "Makes a list a heap, in place and in linear time."
            ),
        )+];
    };
}
heap_functions! {
    Min: "heappush" "heappushpop" "heappop" "heapreplace" "heapify" "smallest";
    Max: "heappush_max" "heappushpop_max" "heappop_max" "heapreplace_max" "heapify_max" "largest";
}

/// Which item is at the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Min,
    Max,
}

impl Order {
    /// Whether `a` belongs above `b`.
    fn is_above(self, vm: &mut Vm, a: &PyRef, b: &PyRef) -> PyResult<bool> {
        let (small, large) = match self {
            Self::Min => (a, b),
            Self::Max => (b, a),
        };
        match native_less(vm, small, large) {
            Some(is_less) => Ok(is_less),
            None => vm.compare_bool(small, large, CompareOp::Lt),
        }
    }
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)
}

fn empty(vm: &Vm) -> PyErr {
    vm.index_error("index out of range")
}

/// Whether the item at one place belongs above that at another; an error if the heap has changed its length.
fn is_above(
    vm: &mut Vm,
    heap: &Ref<PyList>,
    (a, b): (usize, usize),
    len: usize,
    order: Order,
) -> PyResult<bool> {
    let changed = |vm: &Vm| vm.runtime_error("list changed size during iteration");
    let (Some(a), Some(b)) = (heap.get(vm, a), heap.get(vm, b)) else {
        return Err(changed(vm));
    };
    let is_above = order.is_above(vm, &a, &b)?;
    if heap.len(vm) == len {
        Ok(is_above)
    } else {
        Err(changed(vm))
    }
}

fn swap(vm: &mut Vm, heap: &Ref<PyList>, a: usize, b: usize) {
    if let (Some(first), Some(second)) = (heap.get(vm, a), heap.get(vm, b)) {
        let _old = (heap.set(vm, a, second), heap.set(vm, b, first));
    }
}

/// Lets the item at `place` rise to where it belongs, at most to `top`.
fn rise(
    vm: &mut Vm,
    heap: &Ref<PyList>,
    top: usize,
    mut place: usize,
    order: Order,
) -> PyResult<()> {
    let len = heap.len(vm);
    while place > top {
        let parent = (place - 1) / 2;
        if !is_above(vm, heap, (place, parent), len, order)? {
            break;
        }
        swap(vm, heap, place, parent);
        place = parent;
    }
    Ok(())
}

/// Lets the item at `top` sink to the bottom by the better child at each place, and rise again from there: most
/// items belong near the bottom, so this compares less often than to look at each place where they might stay.
fn sink(vm: &mut Vm, heap: &Ref<PyList>, top: usize, order: Order) -> PyResult<()> {
    let len = heap.len(vm);
    let mut place = top;
    while place < len / 2 {
        let (left, right) = (2 * place + 1, 2 * place + 2);
        let is_left = right >= len || is_above(vm, heap, (left, right), len, order)?;
        let child = if is_left { left } else { right };
        swap(vm, heap, place, child);
        place = child;
    }
    rise(vm, heap, top, place, order)
}

fn push(vm: &mut Vm, heap: &Ref<PyList>, item: PyRef, order: Order) -> PyResult<()> {
    heap.push(vm, item)?;
    let last = heap.len(vm) - 1;
    rise(vm, heap, 0, last, order)
}

fn pop(vm: &mut Vm, heap: &Ref<PyList>, order: Order) -> PyResult {
    let Some(last) = heap.len(vm).checked_sub(1) else {
        return Err(empty(vm));
    };
    let item = heap.remove(vm, last);
    match heap.set(vm, 0, item) {
        Ok(top) => {
            sink(vm, heap, 0, order)?;
            Ok(top)
        }
        // It was the only one.
        Err(item) => Ok(item),
    }
}

fn replace(vm: &mut Vm, heap: &Ref<PyList>, item: PyRef, order: Order) -> PyResult {
    let Ok(top) = heap.set(vm, 0, item) else {
        return Err(empty(vm));
    };
    sink(vm, heap, 0, order)?;
    Ok(top)
}

fn push_pop(vm: &mut Vm, heap: &Ref<PyList>, item: PyRef, order: Order) -> PyResult {
    let Some(top) = heap.get(vm, 0) else {
        return Ok(item);
    };
    if !order.is_above(vm, &top, &item)? {
        return Ok(item);
    }
    replace(vm, heap, item, order)
}

fn heapify(vm: &mut Vm, heap: &Ref<PyList>, order: Order) -> PyResult<()> {
    let len = heap.len(vm);
    for place in (0..len / 2).rev() {
        sink(vm, heap, place, order)?;
    }
    Ok(())
}
