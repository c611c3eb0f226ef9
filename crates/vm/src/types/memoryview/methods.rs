//! What Python sees of memoryviews.

use super::buffer::{Buffer, Dimension, Dimensions};
use super::item::ItemType;
use super::{PyMemoryView, item_type, out_of_memory_range, place, view};
use crate::table::{CompareOp, GetSet, Method, Rest, Slots, TypeDef, TypeFlags};
use crate::types::bytes::PyBytes;
use crate::types::bytes::methods::{hex_separator, to_hex};
use crate::types::int::PyInt;
use crate::types::iterators::Cursor;
use crate::types::list::PyList;
use crate::types::slice::{self, PySlice};
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, HeapVec, PyErr, PyRef, PyResult, Ref, Vm, class_method, function, method};
use exuvia_object::Class;

/// The most dimensions that a view may have.
const DIMENSIONS_MAX: usize = 64;

type View = Ref<PyMemoryView>;

/// `memoryview`
pub static MEMORYVIEW: TypeDef = TypeDef {
    doc: "The bytes of another object, not copied.",
    class: Some(Class::of::<PyMemoryView>),
    flags: TypeFlags::WEAKREF.or(TypeFlags::SEQUENCE),
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(iter),
        new: Some(new),
        len: Some(len),
        getitem: Some(getitem),
        setitem: Some(setitem),
        buffer: Some(|vm, this| {
            let this = view(this);
            let token = this.exports.lend(vm)?;
            this.buffer(vm)?.lent_by(vm, token)
        }),
        owned_bytes: Some(|vm, this| view(this).buffer(vm).map_or(0, Buffer::buffer_bytes)),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::new("memoryview")
};

static METHODS: &[Method] = &[
    method!(
        "__buffer__",
        "($self, flags, /)",
        lend,
        "A view of the memory (PEP 688)."
    ),
    method!(
        "__release_buffer__",
        "($self, buffer, /)",
        take_back,
        "Gives back a view that __buffer__ returned (PEP 688)."
    ),
    method!(
        "release",
        "($self, /)",
        release,
        "Gives the memory back to the object that lent it."
    ),
    method!(
        "tobytes",
        "($self, /, order='C')",
        tobytes,
        "A bytes object of the items, in C or Fortran order."
    ),
    method!(
        "hex",
        "($self, /, sep=None, bytes_per_sep=1)",
        hex,
        "The bytes as hexadecimal digits, with a separator between groups of bytes if one is given."
    ),
    method!(
        "tolist",
        "($self, /)",
        tolist,
        "The items in a list, or in lists of lists."
    ),
    method!(
        "cast",
        "($self, /, format, shape=None)",
        cast,
        "The same bytes as items of another format or with another shape."
    ),
    method!(
        "toreadonly",
        "($self, /)",
        toreadonly,
        "A view of the same memory that cannot be written to."
    ),
    class_method!(
        "_from_flags",
        "($type, /, object, flags)",
        from_flags,
        "A view of an object that is asked for with the flags of the buffer protocol."
    ),
    method!(
        "count",
        "($self, value, /)",
        count,
        "How many items are equal to a value."
    ),
    method!(
        "index",
        "($self, value, start=0, stop=sys.maxsize, /)",
        index,
        "Where an item that is equal to a value first lies."
    ),
    method!("__enter__", "($self, /)", enter, "The view itself."),
    method!(
        "__exit__",
        "($self, /, *exc_info)",
        exit,
        "Releases the view."
    ),
    class_method!(
        "__class_getitem__",
        "($type, object, /)",
        class_getitem,
        "memoryview[…], for annotations."
    ),
];

/// A computed attribute that reads the buffer.
macro_rules! row {
    ($name:literal, $doc:literal, |$vm:ident, $buffer:ident| $value:expr) => {
        GetSet {
            name: $name,
            doc: $doc,
            get: |$vm, this| {
                let $buffer = view(this).buffer($vm)?;
                $value
            },
            set: None,
        }
    };
}

static GETSET: &[GetSet] = &[
    row!("obj", "The object whose memory it is.", |vm, buffer| Ok(
        buffer.exporter().clone()
    )),
    row!(
        "nbytes",
        "The number of bytes of all items.",
        |vm, buffer| vm.new_int_from_usize(buffer.len_bytes())
    ),
    row!(
        "readonly",
        "Whether the memory cannot be written to.",
        |vm, buffer| Ok(vm.new_bool(buffer.is_readonly()))
    ),
    row!(
        "itemsize",
        "The number of bytes of an item.",
        |vm, buffer| vm.new_int_from_usize(buffer.item_size())
    ),
    row!(
        "format",
        "What the items are, as the module struct writes it.",
        |vm, buffer| match buffer.format_object() {
            Some(format) => Ok(format.clone().into_any()),
            None => Ok(vm.new_str("B")?.into_any()),
        }
    ),
    row!("ndim", "The number of dimensions.", |vm, buffer| vm
        .new_int_from_usize(buffer.dimensions().len())),
    row!(
        "shape",
        "The number of items in each dimension.",
        |vm, buffer| {
            numbers(
                vm,
                buffer
                    .dimensions()
                    .iter()
                    .map(|dimension| dimension.len.cast_signed()),
            )
        }
    ),
    row!(
        "strides",
        "The bytes from one item to the next in each dimension.",
        |vm, buffer| {
            numbers(
                vm,
                buffer.dimensions().iter().map(|dimension| dimension.stride),
            )
        }
    ),
    row!(
        "suboffsets",
        "For the memory of other layouts than ours; always empty.",
        |vm, _buffer| Ok(vm.new_tuple(&[])?.into_any())
    ),
    row!(
        "c_contiguous",
        "Whether the items lie side by side in C order.",
        |vm, buffer| Ok(vm.new_bool(buffer.is_contiguous()))
    ),
    row!(
        "f_contiguous",
        "Whether the items lie side by side in Fortran order.",
        |vm, buffer| Ok(vm.new_bool(buffer.is_fortran_contiguous()))
    ),
    row!(
        "contiguous",
        "Whether the items lie side by side in one of the orders.",
        |vm, buffer| Ok(vm.new_bool(buffer.is_contiguous() || buffer.is_fortran_contiguous()))
    ),
];

/// A tuple of ints.
fn numbers(vm: &Vm, numbers: impl Iterator<Item = isize>) -> PyResult {
    let numbers = numbers
        .map(|number| vm.new_int(number as i64))
        .collect::<PyResult<Vec<_>>>()?;
    Ok(vm.new_tuple(&numbers)?.into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let state = if view(this).buffer(vm).is_ok() {
        "memory"
    } else {
        "released memory"
    };
    Ok(vm
        .new_str(&format!("<{state} at {:#x}>", this.address()))?
        .into_any())
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let this = view(this);
    if let Some(hash) = this.hash.get() {
        return Ok(hash);
    }
    let buffer = this.buffer(vm)?;
    if !buffer.is_readonly() {
        return Err(vm.value_error("cannot hash writable memoryview object"));
    }
    if !buffer.item_type().is_some_and(ItemType::is_byte) {
        return Err(vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    let exporter = buffer.exporter().clone();
    vm.hash(&exporter)?;
    let hash = vm.hash_bytes(&this.buffer(vm)?.to_bytes(vm));
    this.hash.set(Some(hash));
    Ok(hash)
}

static NEW: Method = function!(
    "memoryview",
    "(object)",
    |_: &mut Vm, object: PyRef| object,
    ""
);

fn new(vm: &mut Vm, _: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let object = (NEW.call)(vm, args, &NEW)?;
    Ok(of_object(vm, &object)?.into_any())
}

/// A view of an object that supports the buffer protocol.
///
/// # Errors
/// `TypeError` if it does not.
pub(crate) fn of_object(vm: &mut Vm, object: &PyRef) -> PyResult<View> {
    if let Some(other) = object.downcast_ref::<PyMemoryView>() {
        // A view of a view is another view of the same object.
        return vm.new_memoryview(other.buffer(vm)?.copy(vm)?);
    }
    match vm.try_buffer(object)? {
        Some(buffer) => vm.new_memoryview(buffer),
        None => {
            let found = vm.type_name(object);
            Err(vm.type_error(format!(
                "memoryview: a bytes-like object is required, not '{found}'"
            )))
        }
    }
}

fn from_flags(vm: &mut Vm, _: Ref<PyType>, object: PyRef, flags: i32) -> PyResult<View> {
    let view = of_object(vm, &object)?;
    if flags & 1 != 0 && view.buffer(vm)?.is_readonly() {
        return Err(vm.buffer_error("Object is not writable."));
    }
    Ok(view)
}

fn release(vm: &mut Vm, this: View) -> PyResult<()> {
    match this.exports.count() {
        0 => {
            drop(this.buffer.get_mut(vm).take());
            Ok(())
        }
        count => {
            let plural = if count == 1 { "" } else { "s" };
            Err(vm.buffer_error(format!("memoryview has {count} exported buffer{plural}")))
        }
    }
}

fn enter(vm: &mut Vm, this: View) -> PyResult<View> {
    this.buffer(vm)?;
    Ok(this)
}

fn exit(vm: &mut Vm, this: View, _: Rest) -> PyResult<()> {
    release(vm, this)
}

fn class_getitem(vm: &mut Vm, ty: PyRef, item: PyRef) -> PyResult {
    crate::types::generic_alias::new(vm, &ty, &item)
}

fn len(vm: &mut Vm, this: &PyRef) -> PyResult<usize> {
    match view(this).buffer(vm)?.dimensions().first() {
        Some(dimension) => Ok(dimension.len),
        None => Err(vm.type_error("0-dim memory has no length")),
    }
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    let this = view(this);
    match this.buffer(vm)?.dimensions() {
        [] => Err(vm.type_error("invalid indexing of 0-dim memory")),
        [_] => {
            item_type(vm, this.buffer(vm)?)?;
            Ok(vm.new_object(Cursor::new(this.clone()))?.into_any())
        }
        _ => Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
}

// ---------------------------------------------------------------------------------------------- items

/// What a key means.
enum Key {
    /// One item.
    Item(usize),
    /// Some of the first dimension, in a view of their own.
    Slice(usize, Dimension),
    /// All of a view without dimensions.
    All,
}

#[cold]
fn invalid_key(vm: &Vm) -> PyErr {
    vm.type_error("memoryview: invalid slice key")
}

/// Finds what a key means; `sub_views` is the message for an item that is a view itself.
fn key_of(vm: &mut Vm, this: &View, key: &PyRef, sub_views: &str) -> PyResult<Key> {
    let dimensions = this.buffer(vm)?.dimensions().to_vec();
    if dimensions.is_empty() {
        let is_empty_tuple = key
            .downcast_ref::<PyTuple>()
            .is_some_and(|key| key.is_empty());
        return match () {
            () if is_empty_tuple => Ok(Key::Item(this.buffer(vm)?.offset())),
            () if key.is(&vm.ellipsis()) => Ok(Key::All),
            () => Err(vm.type_error("invalid indexing of 0-dim memory")),
        };
    }
    if vm.type_of(key).slots(vm).index.is_some() {
        if dimensions.len() > 1 {
            return Err(vm.not_implemented_error(sub_views));
        }
        return item_at(vm, this, std::slice::from_ref(key)).map(Key::Item);
    }
    if let Some(slice) = key.downcast_ref::<PySlice>() {
        let bounds = slice::bounds(vm, slice)?;
        let buffer = this.buffer(vm)?;
        let [first, ..] = buffer.dimensions() else {
            return Err(invalid_key(vm));
        };
        let indices = bounds.for_len(first.len);
        let start = if indices.count == 0 {
            0
        } else {
            indices.start.cast_unsigned()
        };
        let stride = first.stride.wrapping_mul(indices.step);
        return Ok(Key::Slice(
            place(buffer, first, start),
            Dimension {
                len: indices.count,
                stride,
            },
        ));
    }
    let Some(parts) = key.downcast_ref::<PyTuple>() else {
        return Err(invalid_key(vm));
    };
    let has_index = |part: &PyRef| vm.type_of(part).slots(vm).index.is_some();
    if parts.iter().all(has_index) {
        return match parts.len().cmp(&dimensions.len()) {
            std::cmp::Ordering::Less => {
                Err(vm.not_implemented_error("sub-views are not implemented"))
            }
            std::cmp::Ordering::Equal => item_at(vm, this, parts).map(Key::Item),
            std::cmp::Ordering::Greater => Err(vm.type_error(format!(
                "cannot index {}-dimension view with {}-element tuple",
                dimensions.len(),
                parts.len()
            ))),
        };
    }
    if parts.iter().all(|part| part.is_a::<PySlice>()) {
        return Err(vm.not_implemented_error("multi-dimensional slicing is not implemented"));
    }
    Err(invalid_key(vm))
}

/// Where the item at these indices lies, one for each dimension.
fn item_at(vm: &mut Vm, this: &View, indices: &[PyRef]) -> PyResult<usize> {
    let mut numbers = Vec::with_capacity(indices.len());
    for index in indices {
        numbers.push(vm.index_isize_in_sequence(index)?);
    }
    // Converting the indices may have run Python, which may have released the view.
    let buffer = this.buffer(vm)?;
    let mut at = buffer.offset().cast_signed();
    for (axis, (dimension, &index)) in buffer.dimensions().iter().zip(&numbers).enumerate() {
        let from_front = if index < 0 {
            index + dimension.len.cast_signed()
        } else {
            index
        };
        if !(0..dimension.len.cast_signed()).contains(&from_front) {
            return Err(vm.index_error(format!("index out of bounds on dimension {}", axis + 1)));
        }
        at += from_front * dimension.stride;
    }
    Ok(at.cast_unsigned())
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    let this = view(this);
    match key_of(
        vm,
        this,
        key,
        "multi-dimensional sub-views are not implemented",
    )? {
        Key::Item(at) => this.item(vm, at),
        Key::All => Ok(this.clone().into_any()),
        Key::Slice(offset, first) => {
            let buffer = this.buffer(vm)?.copy(vm)?;
            let dimensions = match buffer.dimensions() {
                [_, rest @ ..] if !rest.is_empty() => {
                    let mut dimensions = HeapVec::with_capacity(vm.heap(), rest.len() + 1)?;
                    dimensions.push(vm.heap(), first)?;
                    dimensions.extend_from_copies(vm.heap(), rest)?;
                    Dimensions::Other(dimensions)
                }
                _ => Dimensions::One(first),
            };
            Ok(vm
                .new_memoryview(buffer.with_dimensions(offset, dimensions))?
                .into_any())
        }
    }
}

fn setitem(vm: &mut Vm, this: &PyRef, key: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let this = view(this);
    let buffer = this.buffer(vm)?;
    if buffer.is_readonly() {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    let Some(value) = value else {
        return Err(vm.type_error("cannot delete memory"));
    };
    let is_slice = key.is_a::<PySlice>();
    if is_slice && buffer.dimensions().len() > 1 {
        return Err(vm.not_implemented_error(
            "memoryview slice assignments are currently restricted to ndim = 1",
        ));
    }
    match key_of(vm, this, key, "sub-views are not implemented")? {
        Key::Slice(offset, dimension) => assign_slice(vm, this, offset, dimension, value),
        Key::Item(at) => assign_item(vm, this, at, value),
        Key::All => {
            let at = this.buffer(vm)?.offset();
            assign_item(vm, this, at, value)
        }
    }
}

fn assign_item(vm: &mut Vm, this: &View, at: usize, value: &PyRef) -> PyResult<()> {
    let item_type = item_type(vm, this.buffer(vm)?)?;
    let packed = item_type.pack(vm, value)?;
    write(vm, this, &[at], packed.as_slice())
}

/// Writes bytes to the places of items, one item to each.
fn write(vm: &mut Vm, this: &View, places: &[usize], bytes: &[u8]) -> PyResult<()> {
    let buffer = this.buffer(vm)?;
    let size = buffer.item_size();
    let (exporter, access) = buffer.source();
    let memory = access
        .bytes_mut
        .map(|bytes_mut| bytes_mut(vm, &exporter))
        .unwrap_or_default();
    let fits = places
        .iter()
        .all(|&at| at.checked_add(size).is_some_and(|end| end <= memory.len()));
    if !fits {
        return Err(out_of_memory_range(vm));
    }
    for (&at, item) in places.iter().zip(bytes.chunks_exact(size)) {
        memory[at..at + size].copy_from_slice(item);
    }
    Ok(())
}

fn assign_slice(
    vm: &mut Vm,
    this: &View,
    offset: usize,
    dimension: Dimension,
    value: &PyRef,
) -> PyResult<()> {
    let source = vm.buffer(value)?;
    let target = this.buffer(vm)?;
    let is_same = target.item_size() == source.item_size()
        && target.format().trim_start_matches('@') == source.format().trim_start_matches('@')
        && matches!(source.dimensions(), [only] if only.len == dimension.len);
    if !is_same {
        return Err(
            vm.value_error("memoryview assignment: lvalue and rvalue have different structures")
        );
    }
    // Copied, because both may lie in the same memory.
    let bytes = source.to_bytes(vm).into_owned();
    let step = |index: usize| {
        offset.wrapping_add_signed(index.cast_signed().wrapping_mul(dimension.stride))
    };
    let places: Vec<usize> = (0..dimension.len).map(step).collect();
    write(vm, this, &places, &bytes)
}

// ------------------------------------------------------------------------------------------ comparing

fn richcompare(vm: &mut Vm, left: &PyRef, right: &PyRef, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.not_implemented());
    }
    let is_released = |vm: &Vm, object: &PyRef| {
        object
            .downcast_ref::<PyMemoryView>()
            .is_some_and(|view| view.buffer(vm).is_err())
    };
    if is_released(vm, left) || is_released(vm, right) {
        return Ok(vm.new_bool((op == CompareOp::Eq) == left.is(right)));
    }
    let (Some(left), Some(right)) = (vm.try_buffer(left)?, vm.try_buffer(right)?) else {
        return Ok(vm.not_implemented());
    };
    let is_equal = equal_buffers(vm, &left, &right)?;
    Ok(vm.new_bool((op == CompareOp::Eq) == is_equal))
}

fn equal_buffers(vm: &mut Vm, left: &Buffer, right: &Buffer) -> PyResult<bool> {
    let shape = |buffer: &Buffer| {
        buffer
            .dimensions()
            .iter()
            .map(|dimension| dimension.len)
            .collect::<Vec<_>>()
    };
    if shape(left) != shape(right) {
        return Ok(false);
    }
    let (Some(left_type), Some(right_type)) = (left.item_type(), right.item_type()) else {
        return Ok(false);
    };
    if left_type == right_type && left_type.compares_as_bytes() {
        return Ok(left.to_bytes(vm) == right.to_bytes(vm));
    }
    let (left_items, right_items) = (
        left.to_bytes(vm).into_owned(),
        right.to_bytes(vm).into_owned(),
    );
    let pairs = left_items
        .chunks_exact(left.item_size())
        .zip(right_items.chunks_exact(right.item_size()));
    for (left, right) in pairs {
        let (left, right) = (left_type.unpack(vm, left)?, right_type.unpack(vm, right)?);
        if !vm.compare_bool(&left, &right, CompareOp::Eq)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn check_one_dimension(vm: &Vm, this: &View, many: &str) -> PyResult<usize> {
    match this.buffer(vm)?.dimensions() {
        [] => Err(vm.type_error("invalid indexing of 0-dim memory")),
        [dimension] => Ok(dimension.len),
        _ => Err(vm.not_implemented_error(many)),
    }
}

/// The item at an index of the only dimension; `None` behind the end.
fn nth(vm: &Vm, this: &View, index: usize) -> PyResult<Option<PyRef>> {
    crate::types::iterators::Indexed::item(this, vm, index)
}

fn count(vm: &mut Vm, this: View, value: PyRef) -> PyResult<usize> {
    check_one_dimension(vm, &this, "multi-dimensional sub-views are not implemented")?;
    let (mut index, mut count) = (0, 0);
    while let Some(item) = nth(vm, &this, index)? {
        count += usize::from(vm.equal(&item, &value)?);
        index += 1;
    }
    Ok(count)
}

fn index(
    vm: &mut Vm,
    this: View,
    value: PyRef,
    start: Option<isize>,
    stop: Option<isize>,
) -> PyResult<usize> {
    let len = check_one_dimension(vm, &this, "multi-dimensional lookup is not implemented")?;
    let fit = |bound: isize| {
        let from_front = if bound < 0 {
            bound.saturating_add_unsigned(len)
        } else {
            bound
        };
        usize::try_from(from_front).unwrap_or(0).min(len)
    };
    for index in fit(start.unwrap_or(0))..fit(stop.unwrap_or(isize::MAX)) {
        let Some(item) = nth(vm, &this, index)? else {
            break;
        };
        if vm.equal(&item, &value)? {
            return Ok(index);
        }
    }
    Err(vm.value_error("memoryview.index(x): x not found"))
}

// ----------------------------------------------------------------------------------------- converting

fn tobytes(vm: &mut Vm, this: View, order: Option<PyRef>) -> PyResult<Ref<PyBytes>> {
    let order = order.filter(|order| !vm.is_none(order));
    let order = match &order {
        None => "C".to_owned(),
        Some(order) => match order.downcast_ref::<PyStr>() {
            Some(order) => order.to_text().into_owned(),
            None => {
                let found = vm.type_name(order);
                return Err(vm.type_error(format!(
                    "tobytes() argument 'order' must be str or None, not {found}"
                )));
            }
        },
    };
    let buffer = this.buffer(vm)?;
    let is_fortran = match order.as_str() {
        "C" => false,
        "F" => true,
        "A" => buffer.is_fortran_contiguous() && !buffer.is_contiguous(),
        _ => return Err(vm.value_error("order must be 'C', 'F' or 'A'")),
    };
    if !is_fortran {
        return vm.new_bytes(&buffer.to_bytes(vm));
    }
    let mut dimensions = HeapVec::new();
    dimensions.extend_from_copies(vm.heap(), buffer.dimensions())?;
    dimensions.reverse();
    let offset = buffer.offset();
    let turned = buffer
        .copy(vm)?
        .with_dimensions(offset, Dimensions::Other(dimensions));
    vm.new_bytes(&turned.to_bytes(vm))
}

fn hex(vm: &mut Vm, this: View, sep: Option<PyRef>, per_sep: Option<i32>) -> PyResult<Ref<PyStr>> {
    this.buffer(vm)?;
    let separator = hex_separator(vm, sep.as_ref())?;
    let buffer = this.buffer(vm)?;
    to_hex(vm, &buffer.to_bytes(vm), separator, per_sep.unwrap_or(1))
}

fn tolist(vm: &mut Vm, this: View) -> PyResult {
    let buffer = this.buffer(vm)?;
    item_type(vm, buffer)?;
    list_of(vm, &this, buffer.dimensions(), buffer.offset())
}

/// The items of some dimensions, of which the first begins at a place in the memory.
fn list_of(vm: &Vm, this: &View, dimensions: &[Dimension], at: usize) -> PyResult {
    let [dimension, rest @ ..] = dimensions else {
        return this.item(vm, at);
    };
    let mut items = HeapVec::with_capacity(vm.heap(), dimension.len)?;
    for index in 0..dimension.len.cast_signed() {
        let item = list_of(
            vm,
            this,
            rest,
            at.wrapping_add_signed(index.wrapping_mul(dimension.stride)),
        )?;
        items.push(vm.heap(), item)?;
    }
    Ok(vm.new_list_from_heap_vec(items)?.into_any())
}

fn toreadonly(vm: &mut Vm, this: View) -> PyResult<View> {
    let buffer = this.buffer(vm)?.copy(vm)?.as_readonly();
    vm.new_memoryview(buffer)
}

fn cast(vm: &mut Vm, this: View, format: Ref<PyStr>, shape: Option<PyRef>) -> PyResult<View> {
    let shape = shape.map(|shape| shape_of(vm, &shape)).transpose()?;
    let buffer = this.buffer(vm)?;
    let dimension_count = buffer.dimensions().len();
    if let Some(shape) = &shape {
        if shape.len() > DIMENSIONS_MAX {
            return Err(vm.value_error(format!(
                "memoryview: number of dimensions must not exceed {DIMENSIONS_MAX}"
            )));
        }
        if dimension_count != 1 && shape.len() != 1 {
            return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
        }
    }
    if !buffer.is_contiguous() {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let has_zero = buffer
        .dimensions()
        .iter()
        .any(|dimension| dimension.len == 0 || dimension.stride == 0);
    if (shape.is_some() || dimension_count != 1) && has_zero {
        return Err(vm.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let item_size = cast_item_size(vm, buffer, &format)?;
    let bytes = buffer.len_bytes();
    if bytes % item_size != 0 {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let dimensions = match shape {
        None => Dimensions::One(Dimension {
            len: bytes / item_size,
            stride: item_size.cast_signed(),
        }),
        Some(shape) => dimensions_of(vm, &shape, item_size, bytes)?,
    };
    let buffer = buffer
        .copy(vm)?
        .recast(format.exact(vm)?, item_size as u32, dimensions);
    vm.new_memoryview(buffer)
}

/// The size of the items of the format to cast to.
fn cast_item_size(vm: &Vm, buffer: &Buffer, format: &PyStr) -> PyResult<usize> {
    let native = |which: &str| {
        vm.value_error(format!(
            "memoryview: {which} format must be a native single character format prefixed with an optional '@'"
        ))
    };
    let to = format
        .as_str()
        .and_then(ItemType::of_format)
        .ok_or_else(|| native("destination"))?;
    let from = buffer.item_type().ok_or_else(|| native("source"))?;
    if !from.is_byte() && !to.is_byte() {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    to.size().ok_or_else(|| native("destination"))
}

/// The numbers of a shape given as a list or tuple.
fn shape_of(vm: &Vm, shape: &PyRef) -> PyResult<Vec<usize>> {
    let parts = if let Some(list) = shape.downcast_ref::<PyList>() {
        list.to_vec(vm)
    } else if let Some(tuple) = shape.downcast_ref::<PyTuple>() {
        tuple.to_vec()
    } else {
        return Err(vm.type_error("shape must be a list or a tuple"));
    };
    let number = |part: &PyRef| match part.downcast_ref::<PyInt>() {
        None => Err(vm.type_error("memoryview.cast(): elements of shape must be integers")),
        Some(number) => match number
            .to_i64()
            .and_then(|number| usize::try_from(number).ok())
        {
            Some(number @ 1..) => Ok(number),
            _ => Err(vm.value_error("memoryview.cast(): elements of shape must be integers > 0")),
        },
    };
    parts.iter().map(number).collect()
}

/// The dimensions of a shape in C order.
fn dimensions_of(vm: &Vm, shape: &[usize], item_size: usize, bytes: usize) -> PyResult<Dimensions> {
    let product = shape
        .iter()
        .try_fold(item_size, |product, len| product.checked_mul(*len));
    match product.filter(|product| isize::try_from(*product).is_ok()) {
        None => return Err(vm.value_error("memoryview.cast(): product(shape) > SSIZE_MAX")),
        Some(product) if product != bytes => {
            return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
        }
        Some(_) => {}
    }
    let mut stride = item_size.cast_signed();
    let mut dimensions = HeapVec::with_capacity(vm.heap(), shape.len())?;
    for &len in shape.iter().rev() {
        dimensions.push(vm.heap(), Dimension { len, stride })?;
        stride *= len.cast_signed();
    }
    dimensions.reverse();
    match &dimensions[..] {
        [only] => Ok(Dimensions::One(*only)),
        _ => Ok(Dimensions::Other(dimensions)),
    }
}

/// `__buffer__` of built-in types: a view of an object's memory.
///
/// # Errors
/// `BufferError` if the memory is to be written and cannot be.
pub fn lend(vm: &mut Vm, this: PyRef, flags: i64) -> PyResult {
    const WRITABLE: i64 = 1;
    let buffer = vm.buffer(&this)?;
    if flags & WRITABLE != 0 && buffer.is_readonly() {
        return Err(vm.buffer_error("Object is not writable."));
    }
    Ok(vm.new_memoryview(buffer)?.into_any())
}

/// `__release_buffer__` of built-in types: releases a view of the object's memory.
///
/// # Errors
/// `TypeError` for what is no view; `ValueError` for a view of another object; `BufferError` if the view is still in use.
pub fn take_back(vm: &mut Vm, this: PyRef, buffer: Ref<PyMemoryView>) -> PyResult<()> {
    let exporter = buffer
        .buffer
        .get(vm)
        .as_ref()
        .map(|lent| lent.exporter().clone());
    let is_own = match exporter {
        None => return Err(vm.value_error("memoryview's buffer has already been released")),
        Some(exporter) => exporter.is(&this) || this.is_a::<PyMemoryView>(),
    };
    if !is_own {
        return Err(vm.value_error("memoryview's buffer is not this object"));
    }
    vm.call_method_str(buffer.as_any(), "release", &[])
        .map(drop)
}
