//! The methods of arrays.

use super::PyArray;
use super::pickle::{reduce_ex, reduce_plainly};
use super::slots::{add_bytes, find};
use exuvia_vm::table::Method;
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::exception::EOF_ERROR;
use exuvia_vm::types::generic_alias::class_getitem;
use exuvia_vm::types::iterators::REDUCE_DOC;
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::memoryview;
use exuvia_vm::types::sequence::{place, search_bound};
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{HeapVec, PyRef, PyResult, Ref, Vm, class_method, method};

/// The rows of `array.array`.
pub(super) static METHODS: &[Method] = &[
    method!(
        "__buffer__",
        "($self, flags, /)",
        memoryview::lend,
        "A view of the memory (PEP 688)."
    ),
    method!(
        "__release_buffer__",
        "($self, buffer, /)",
        memoryview::take_back,
        "Gives back a view that __buffer__ returned (PEP 688)."
    ),
    method!(
        "append",
        "($self, v, /)",
        |vm: &mut Vm, this: Ref<PyArray>, v: PyRef| this.push(vm, &v),
        "Adds an item at the end."
    ),
    method!(
        "buffer_info",
        "($self, /)",
        buffer_info,
        "The identity of the array, in the place of its address, and the number of items."
    ),
    method!(
        "byteswap",
        "($self, /)",
        byteswap,
        "Turns the order of the bytes of each item round."
    ),
    method!("clear", "($self, /)", clear, "Removes all items."),
    method!(
        "count",
        "($self, v, /)",
        count,
        "How many items equal a value."
    ),
    method!(
        "extend",
        "($self, bb, /)",
        extend,
        "Adds the items of another array or of an iterable at the end."
    ),
    method!(
        "frombytes",
        "($self, buffer, /)",
        |vm: &mut Vm, this: Ref<PyArray>, buffer: PyRef| add_bytes(vm, &this, &buffer),
        "Adds the items whose bytes an object has."
    ),
    method!(
        "fromfile",
        "($self, f, n, /)",
        fromfile,
        "Adds n items that are read from a binary file."
    ),
    method!(
        "fromlist",
        "($self, list, /)",
        fromlist,
        "Adds the items of a list; if one of them does not fit, none."
    ),
    method!(
        "fromunicode",
        "($self, ustr, /)",
        fromunicode,
        "Adds the characters of a string."
    ),
    method!(
        "index",
        "($self, v, start=0, stop=sys.maxsize, /)",
        index,
        "The index of the first item that equals a value.\n\nRaises ValueError if there is none."
    ),
    method!(
        "insert",
        "($self, i, v, /)",
        insert,
        "Puts an item before the one at an index."
    ),
    method!(
        "pop",
        "($self, i=-1, /)",
        pop,
        "Takes an item out and returns it, the last one by default."
    ),
    method!(
        "remove",
        "($self, v, /)",
        remove,
        "Removes the first item that equals a value."
    ),
    method!(
        "reverse",
        "($self, /)",
        reverse,
        "Puts the items into opposite order."
    ),
    method!(
        "tobytes",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyArray>| vm.new_bytes(this.as_bytes(vm)),
        "The bytes of all items."
    ),
    method!(
        "tofile",
        "($self, f, /)",
        tofile,
        "Writes the bytes of all items to a binary file."
    ),
    method!(
        "tolist",
        "($self, /)",
        |vm: &mut Vm, this: Ref<PyArray>| to_list(vm, &this),
        "The items as a list."
    ),
    method!(
        "tounicode",
        "($self, /)",
        tounicode,
        "The characters as a string."
    ),
    method!("__copy__", "($self, /)", copy, "A copy."),
    method!(
        "__deepcopy__",
        "($self, unused, /)",
        |vm: &mut Vm, this: Ref<PyArray>, _unused: PyRef| copy(vm, this),
        "A copy."
    ),
    method!("__reduce__", "($self, /)", reduce_plainly, REDUCE_DOC),
    method!("__reduce_ex__", "($self, value, /)", reduce_ex, REDUCE_DOC),
    class_method!(
        "__class_getitem__",
        "($type, object, /)",
        class_getitem,
        "The generic alias array[object]."
    ),
];

/// How many bytes are written to a file at once.
const FILE_BLOCK: usize = 64 << 10;

fn buffer_info(vm: &mut Vm, this: Ref<PyArray>) -> (usize, usize) {
    (this.address(), this.len(vm))
}

fn byteswap(vm: &mut Vm, this: Ref<PyArray>) {
    let size = this.code.size();
    for item in this.bytes.get_mut(vm).chunks_exact_mut(size) {
        item.reverse();
    }
}

fn clear(vm: &mut Vm, this: Ref<PyArray>) -> PyResult<()> {
    this.check_resizable(vm)?;
    this.bytes.get_mut(vm).clear();
    Ok(())
}

fn count(vm: &mut Vm, this: Ref<PyArray>, value: PyRef) -> PyResult<usize> {
    let (mut count, mut start) = (0, 0);
    while let Some(index) = find(vm, &this, &value, start, usize::MAX)? {
        count += 1;
        start = index + 1;
    }
    Ok(count)
}

pub(super) fn extend(vm: &mut Vm, this: Ref<PyArray>, iterable: PyRef) -> PyResult<()> {
    let Some(other) = iterable.downcast_ref::<PyArray>() else {
        return this.extend(vm, &iterable);
    };
    if other.code != this.code {
        return Err(vm.type_error("can only extend with array of same kind"));
    }
    let bytes = HeapVec::from_slice(vm.heap(), other.as_bytes(vm))?;
    this.append_bytes(vm, &bytes)
}

fn fromfile(vm: &mut Vm, this: Ref<PyArray>, file: PyRef, count: isize) -> PyResult<()> {
    let Ok(count) = usize::try_from(count) else {
        return Err(vm.value_error("negative count"));
    };
    let wanted = count
        .checked_mul(this.code.size())
        .ok_or(exuvia_vm::PyErr::OutOfMemory)?;
    let size = vm.new_int_from_usize(wanted)?;
    let read = vm.call_method_str(&file, "read", &[size])?;
    let Some(bytes) = read.downcast_ref::<PyBytes>() else {
        return Err(vm.type_error("read() didn't return bytes"));
    };
    let is_short = bytes.len() != wanted;
    add_bytes(vm, &this, &read)?;
    if is_short {
        return Err(vm.error(&EOF_ERROR, "read() didn't return enough bytes"));
    }
    Ok(())
}

fn fromlist(vm: &mut Vm, this: Ref<PyArray>, list: PyRef) -> PyResult<()> {
    let Some(list) = list.downcast_ref::<PyList>() else {
        return Err(vm.type_error("arg must be list"));
    };
    let (mut bytes, mut index) = (HeapVec::new(), 0);
    let space = vm.space_handle();
    while let Some(item) = list.get(vm, index) {
        let packed = this.code.pack(vm, &item)?;
        bytes.extend_from_copies(space.heap(), &packed[..this.code.size()])?;
        index += 1;
    }
    this.append_bytes(vm, &bytes)
}

fn fromunicode(vm: &mut Vm, this: Ref<PyArray>, text: Ref<PyStr>) -> PyResult<()> {
    if !this.code.is_text() {
        return Err(
            vm.value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    this.extend_with_text(vm, &text)
}

fn index(
    vm: &mut Vm,
    this: Ref<PyArray>,
    value: PyRef,
    start: Option<PyRef>,
    stop: Option<PyRef>,
) -> PyResult<usize> {
    let start = search_bound(vm, start.as_ref(), 0)?;
    let stop = search_bound(vm, stop.as_ref(), i64::MAX)?;
    let len = this.len(vm) as i64;
    let fit =
        |bound: i64| usize::try_from(if bound < 0 { bound + len } else { bound }).unwrap_or(0);
    let found = find(vm, &this, &value, fit(start), fit(stop))?;
    found.ok_or_else(|| vm.value_error("array.index(x): x not in array"))
}

fn insert(vm: &mut Vm, this: Ref<PyArray>, index: isize, value: PyRef) -> PyResult<()> {
    let packed = this.code.pack(vm, &value)?;
    let len = this.len(vm);
    let index = if index < 0 {
        len.saturating_add_signed(index)
    } else {
        index.cast_unsigned().min(len)
    };
    let at = this.place(index).start;
    this.replace(vm, at..at, &packed[..this.code.size()])
}

fn pop(vm: &mut Vm, this: Ref<PyArray>, index: Option<isize>) -> PyResult {
    let len = this.len(vm);
    if len == 0 {
        return Err(vm.index_error("pop from empty array"));
    }
    let index = place(index.unwrap_or(-1) as i64, len);
    let Some((index, item)) = index
        .map(|index| {
            this.get(vm, index)
                .map(|item| item.map(|item| (index, item)))
        })
        .transpose()?
        .flatten()
    else {
        return Err(vm.index_error("pop index out of range"));
    };
    this.replace(vm, this.place(index), &[])?;
    Ok(item)
}

fn remove(vm: &mut Vm, this: Ref<PyArray>, value: PyRef) -> PyResult<()> {
    let Some(index) = find(vm, &this, &value, 0, usize::MAX)? else {
        return Err(vm.value_error("array.remove(x): x not in array"));
    };
    // The comparison may have shortened the array.
    if index < this.len(vm) {
        this.replace(vm, this.place(index), &[])?;
    }
    Ok(())
}

fn reverse(vm: &mut Vm, this: Ref<PyArray>) {
    let size = this.code.size();
    let bytes = this.bytes.get_mut(vm);
    bytes.reverse();
    for item in bytes.chunks_exact_mut(size) {
        item.reverse();
    }
}

fn tofile(vm: &mut Vm, this: Ref<PyArray>, file: PyRef) -> PyResult<()> {
    let mut start = 0;
    loop {
        let bytes = this.as_bytes(vm);
        let end = (start + FILE_BLOCK).min(bytes.len());
        let Some(block) = bytes.get(start..end).filter(|block| !block.is_empty()) else {
            return Ok(());
        };
        let block = vm.new_bytes(block)?.into_any();
        vm.call_method_str(&file, "write", &[block])?;
        start = end;
    }
}

pub(super) fn to_list(vm: &Vm, this: &Ref<PyArray>) -> PyResult<Ref<PyList>> {
    let mut items = HeapVec::with_capacity(vm.heap(), this.len(vm))?;
    for item in this.as_bytes(vm).chunks_exact(this.code.size()) {
        items.push(vm.heap(), this.code.unpack(vm, item)?)?;
    }
    vm.new_list_from_heap_vec(items)
}

fn tounicode(vm: &mut Vm, this: Ref<PyArray>) -> PyResult<Ref<PyStr>> {
    if !this.code.is_text() {
        return Err(
            vm.value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')")
        );
    }
    this.code.text(vm, this.as_bytes(vm))
}

fn copy(vm: &mut Vm, this: Ref<PyArray>) -> PyResult<Ref<PyArray>> {
    let bytes = HeapVec::from_slice(vm.heap(), this.as_bytes(vm))?;
    PyArray::make(vm, this.code, bytes)
}
