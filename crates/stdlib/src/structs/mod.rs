//! `_struct`: values as bytes in a given layout, and back. [`layout`] reads formats, [`item`] does single items.

mod item;
mod layout;

use exuvia_object::Class;
use exuvia_vm::import::Extension;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Rest, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::bytes::PyBytes;
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::exception::EXCEPTION;
use exuvia_vm::types::iterators::itself;
use exuvia_vm::types::memoryview::Buffer;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::numeric::room;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Traverse, Vm, VmCell, function, method};
use layout::{Layout, Wrong};
use std::cell::Cell;

/// `struct.error`
pub static ERROR: TypeDef = TypeDef {
    base: Some(&EXCEPTION),
    doc: "A format is wrong, or values and bytes do not fit it.",
    flags: TypeFlags::BASETYPE,
    ..TypeDef::new("struct.error")
};

static FUNCTIONS: &[Method] = &[
    function!(
        "calcsize",
        "($module, format, /)",
        calcsize,
        "The number of bytes of a format."
    ),
    function!(
        "pack",
        "($module, /, *args)",
        pack,
        "The bytes of values in a format."
    ),
    function!(
        "pack_into",
        "($module, /, *args)",
        pack_into,
        "Writes values in a format into a buffer, from an offset on."
    ),
    function!(
        "unpack",
        "($module, format, buffer, /)",
        unpack,
        "The values in bytes of a format."
    ),
    function!(
        "unpack_from",
        "($module, format, /, buffer, offset=0)",
        unpack_from,
        "The values in a buffer from an offset on."
    ),
    function!(
        "iter_unpack",
        "($module, format, buffer, /)",
        iter_unpack,
        "An iterator over the values of each piece of a buffer."
    ),
    function!(
        "_clearcache",
        "($module, /)",
        clear_cache,
        "Forgets the formats that were used."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.add_functions(module, FUNCTIONS)?;
    vm.make_class(&UNPACK_ITERATOR)?;
    for (name, def) in [("Struct", &STRUCT), ("error", &ERROR)] {
        let class = vm.make_class(def)?.into_any();
        vm.add_attribute(module, name, class)?;
    }
    Ok(())
}

#[cold]
fn error(vm: &Vm, message: &str) -> PyErr {
    vm.error(&ERROR, message)
}

/// A format that was read.
#[derive(Debug, Traverse)]
struct PyStruct {
    /// `None` until `__init__` was called.
    compiled: VmCell<Option<Compiled>>,
}

#[derive(Debug, Traverse)]
struct Compiled {
    format: Ref<PyBytes>,
    layout: Layout,
}

impl PyPayload for PyStruct {
    const DEF: &'static TypeDef = &STRUCT;
}

/// `Struct`
static STRUCT: TypeDef = TypeDef {
    doc: "Struct(format)\n\nA format that is read once and used often.",
    class: Some(Class::of::<PyStruct>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::WEAKREF),
    slots: Slots {
        new: Some(struct_new),
        init: Some(struct_init),
        repr: Some(struct_repr),
        owned_bytes: Some(|vm, this| {
            let compiled = receiver(this).compiled.get(vm).as_ref();
            compiled.map_or(0, |compiled| compiled.layout.fields.buffer_bytes())
        }),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "pack",
            "($self, /, *values)",
            struct_pack,
            "The bytes of values."
        ),
        method!(
            "pack_into",
            "($self, /, *args)",
            struct_pack_into,
            "Writes values into a buffer, from an offset on."
        ),
        method!(
            "unpack",
            "($self, buffer, /)",
            struct_unpack,
            "The values in bytes."
        ),
        method!(
            "unpack_from",
            "($self, /, buffer, offset=0)",
            struct_unpack_from,
            "The values in a buffer from an offset on."
        ),
        method!(
            "iter_unpack",
            "($self, buffer, /)",
            struct_iter_unpack,
            "An iterator over the values of each piece of a buffer."
        ),
    ],
    getset: &[
        GetSet {
            name: "format",
            doc: "The format string.",
            get: |vm, this| {
                let this = receiver(this).clone();
                let format = this.compiled(vm)?.format.clone();
                Ok(vm.new_str(&String::from_utf8_lossy(&format))?.into_any())
            },
            set: None,
        },
        GetSet {
            name: "size",
            doc: "The number of bytes.",
            get: |vm, this| {
                let size = receiver(this).compiled(vm)?.layout.size;
                vm.new_int_from_usize(size)
            },
            set: None,
        },
    ],
    ..TypeDef::new("_struct.Struct")
};

fn receiver(this: &PyRef) -> &Ref<PyStruct> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

impl PyStruct {
    fn compiled<'a>(&'a self, vm: &'a Vm) -> PyResult<&'a Compiled> {
        let compiled = self.compiled.get(vm).as_ref();
        compiled.ok_or_else(|| vm.runtime_error("Struct object is not initialized"))
    }

    fn byte_count(&self, vm: &Vm) -> PyResult<usize> {
        Ok(self.compiled(vm)?.layout.size)
    }
}

fn struct_new(vm: &mut Vm, ty: &Ref<PyType>, _: Args<'_>) -> PyResult {
    let empty = PyStruct {
        compiled: VmCell::new(None),
    };
    Ok(vm.new_instance(ty, empty)?.into_any())
}

static INIT: Method = function!("Struct", "(format)", |_: &mut Vm, format: PyRef| format, "");

fn struct_init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    if args.is_empty() {
        return Err(vm.type_error("Struct() missing required argument 'format' (pos 1)"));
    }
    let format = (INIT.call)(vm, args, &INIT)?;
    let compiled = compile(vm, &format)?;
    *receiver(this).compiled.get_mut(vm) = Some(compiled);
    Ok(())
}

fn struct_repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let this = receiver(this).clone();
    let format = this.compiled(vm)?.format.clone();
    let name = vm.type_of(&this).name_text();
    let format = vm.new_str(&String::from_utf8_lossy(&format))?.into_any();
    let format = vm.repr(&format)?;
    let shown = format!("{name}({})", format.to_text());
    Ok(vm.new_str(&shown)?.into_any())
}

fn compile(vm: &mut Vm, format: &PyRef) -> PyResult<Compiled> {
    let format = if let Some(text) = format.downcast_ref::<PyStr>() {
        let bytes = vm.encode_str(text, "ascii", "strict")?;
        Some(vm.new_bytes(&bytes)?)
    } else {
        format.downcast_ref::<PyBytes>().cloned()
    }
    .ok_or_else(|| {
        let name = vm.type_name(format);
        vm.type_error(format!(
            "Struct() argument 1 must be a str or bytes object, not {name}"
        ))
    })?;
    if format.contains(&0) {
        return Err(error(vm, "embedded null character"));
    }
    match Layout::parse(vm.heap(), &format) {
        Ok(layout) => Ok(Compiled { format, layout }),
        Err(Wrong::Message(message)) => Err(error(vm, message)),
        Err(Wrong::Memory) => Err(PyErr::OutOfMemory),
    }
}

// --------------------------------------------------------------------------------------- the cache

/// The formats that functions of the module were given lately, as [`PyStruct`]s.
#[derive(Default)]
struct Cache(Option<Ref<PyDict>>);

impl Extension for Cache {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        if let Some(dict) = &self.0 {
            visit(dict.as_any());
        }
    }
}

/// How many formats are kept.
const CACHE_MAX: usize = 100;

fn cached(vm: &mut Vm, format: &PyRef) -> PyResult<Ref<PyStruct>> {
    let cache = match vm.extensions.get::<Cache>().0.clone() {
        Some(cache) => cache,
        None => {
            let cache = vm.new_dict()?;
            vm.extensions.get::<Cache>().0 = Some(cache.clone());
            cache
        }
    };
    let is_key = format.is_a::<PyStr>() || format.is_a::<PyBytes>();
    if is_key
        && let Some(found) = cache.get_item(vm, format)?
        && let Ok(found) = found.downcast::<PyStruct>()
    {
        return Ok(found);
    }
    let compiled = compile(vm, format)?;
    let made = vm.new_object(PyStruct {
        compiled: VmCell::new(Some(compiled)),
    })?;
    if cache.len(vm) >= CACHE_MAX {
        cache.clear(vm)?;
    }
    cache.set_item(vm, format, made.clone().into_any())?;
    Ok(made)
}

fn clear_cache(vm: &mut Vm) -> PyResult<()> {
    match vm.extensions.get::<Cache>().0.take() {
        Some(cache) => cache.clear(vm),
        None => Ok(()),
    }
}

// ----------------------------------------------------------------------------------------- packing

/// The values in the layout, in bytes of their own: packing them may run Python, which must not see a buffer half
/// written.
fn packed(vm: &mut Vm, this: &PyStruct, values: &[PyRef], function: &str) -> PyResult<Vec<u8>> {
    let layout = &this.compiled(vm)?.layout;
    let (order, size, items) = (layout.order, layout.size, layout.items);
    if values.len() != items {
        let given = values.len();
        return Err(error(
            vm,
            &format!("{function} expected {items} items for packing (got {given})"),
        ));
    }
    let fields = layout.fields.to_vec();
    room::check(vm, size as u64)?;
    let mut bytes = vec![0; size];
    let mut values = values.iter();
    for field in fields {
        for index in 0..field.count {
            let start = field.offset + index * field.size;
            if let Some(value) = values.next() {
                let room = &mut bytes[start..start + field.size];
                item::pack(vm, &field, order, value, room)?;
            }
        }
    }
    Ok(bytes)
}

fn pack(vm: &mut Vm, args: Rest) -> PyResult {
    let [format, values @ ..] = args.0.as_slice() else {
        return Err(vm.type_error("missing format argument"));
    };
    let this = cached(vm, format)?;
    pack_bytes(vm, &this, values)
}

fn struct_pack(vm: &mut Vm, this: Ref<PyStruct>, values: Rest) -> PyResult {
    pack_bytes(vm, &this, &values.0)
}

fn pack_bytes(vm: &mut Vm, this: &PyStruct, values: &[PyRef]) -> PyResult {
    let bytes = packed(vm, this, values, "pack")?;
    Ok(vm.new_bytes(&bytes)?.into_any())
}

fn pack_into(vm: &mut Vm, args: Rest) -> PyResult<()> {
    let [format, rest @ ..] = args.0.as_slice() else {
        return Err(vm.type_error("missing format argument"));
    };
    let this = cached(vm, format)?;
    write_into(vm, &this, rest)
}

fn struct_pack_into(vm: &mut Vm, this: Ref<PyStruct>, args: Rest) -> PyResult<()> {
    write_into(vm, &this, &args.0)
}

fn write_into(vm: &mut Vm, this: &PyStruct, args: &[PyRef]) -> PyResult<()> {
    let (buffer, offset, values) = match args {
        [] => return Err(error(vm, "pack_into expected buffer argument")),
        [_] => return Err(error(vm, "pack_into expected offset argument")),
        [buffer, offset, values @ ..] => (buffer, offset, values),
    };
    let (size, items) = {
        let layout = &this.compiled(vm)?.layout;
        (layout.size, layout.items)
    };
    if values.len() != items {
        // What is wrong with the values is said first.
        packed(vm, this, values, "pack_into")?;
    }
    let buffer = vm.writable_buffer(buffer, "argument")?;
    let offset = vm.index_isize(offset)?;
    let start = place(vm, offset, buffer.len_bytes(), size, &PACKING)?;
    let bytes = packed(vm, this, values, "pack_into")?;
    buffer.as_bytes_mut(vm)?[start..start + size].copy_from_slice(&bytes);
    Ok(())
}

/// How what does not fit is said.
struct Words {
    function: &'static str,
    doing: &'static str,
    no_space: &'static str,
}

static PACKING: Words = Words {
    function: "pack_into",
    doing: "packing",
    no_space: "no space to pack",
};
static UNPACKING: Words = Words {
    function: "unpack_from",
    doing: "unpacking",
    no_space: "not enough data to unpack",
};

/// Where an offset lies in a buffer, if there are `size` bytes behind it.
fn place(vm: &Vm, offset: isize, len: usize, size: usize, words: &Words) -> PyResult<usize> {
    let mut start = offset;
    if offset < 0 {
        if offset.saturating_add_unsigned(size) > 0 {
            let no_space = words.no_space;
            return Err(error(
                vm,
                &format!("{no_space} {size} bytes at offset {offset}"),
            ));
        }
        start = offset.saturating_add_unsigned(len);
        if start < 0 {
            return Err(error(
                vm,
                &format!("offset {offset} out of range for {len}-byte buffer"),
            ));
        }
    }
    let start = start.cast_unsigned();
    if len < start || len - start < size {
        let Words {
            function, doing, ..
        } = words;
        let needed = start.saturating_add(size);
        return Err(error(
            vm,
            &format!(
                "{function} requires a buffer of at least {needed} bytes for {doing} {size} bytes at offset {offset} \
                 (actual buffer size is {len})"
            ),
        ));
    }
    Ok(start)
}

// --------------------------------------------------------------------------------------- unpacking

/// The values in bytes, which have the layout's size.
fn unpacked(vm: &Vm, this: &PyStruct, bytes: &[u8]) -> PyResult {
    let layout = &this.compiled(vm)?.layout;
    let mut values = Vec::new();
    values
        .try_reserve_exact(layout.items)
        .map_err(|_| PyErr::OutOfMemory)?;
    for field in layout.fields.iter() {
        for index in 0..field.count {
            let start = field.offset + index * field.size;
            let part = &bytes[start..start + field.size];
            values.push(item::unpack(vm, field, layout.order, part)?);
        }
    }
    Ok(vm.new_tuple_from_vec(values)?.into_any())
}

fn unpack(vm: &mut Vm, format: PyRef, buffer: PyRef) -> PyResult {
    let this = cached(vm, &format)?;
    struct_unpack(vm, this, buffer)
}

fn struct_unpack(vm: &mut Vm, this: Ref<PyStruct>, buffer: PyRef) -> PyResult {
    let size = this.byte_count(vm)?;
    let bytes = vm.bytes_like(&buffer)?;
    if bytes.len() != size {
        return Err(error(
            vm,
            &format!("unpack requires a buffer of {size} bytes"),
        ));
    }
    unpacked(vm, &this, &bytes.get(vm))
}

fn unpack_from(vm: &mut Vm, format: PyRef, buffer: PyRef, offset: Option<isize>) -> PyResult {
    let this = cached(vm, &format)?;
    struct_unpack_from(vm, this, buffer, offset)
}

fn struct_unpack_from(
    vm: &mut Vm,
    this: Ref<PyStruct>,
    buffer: PyRef,
    offset: Option<isize>,
) -> PyResult {
    let size = this.byte_count(vm)?;
    let bytes = vm.bytes_like(&buffer)?;
    let start = place(vm, offset.unwrap_or(0), bytes.len(), size, &UNPACKING)?;
    unpacked(vm, &this, &bytes.get(vm)[start..start + size])
}

/// Goes through a buffer piece by piece.
#[derive(Debug, Traverse)]
struct UnpackIterator {
    layout: Ref<PyStruct>,
    buffer: VmCell<Option<Buffer>>,
    at: Cell<usize>,
}

impl PyPayload for UnpackIterator {
    const DEF: &'static TypeDef = &UNPACK_ITERATOR;
}

static UNPACK_ITERATOR: TypeDef = TypeDef {
    doc: "Yields the values of each piece of a buffer.",
    class: Some(Class::of::<UnpackIterator>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(next_piece),
        ..Slots::EMPTY
    },
    methods: &[method!(
        "__length_hint__",
        "($self, /)",
        pieces_left,
        "How many pieces are left."
    )],
    ..TypeDef::new("_struct.unpack_iterator")
};

fn iter_unpack(vm: &mut Vm, format: PyRef, buffer: PyRef) -> PyResult {
    let this = cached(vm, &format)?;
    struct_iter_unpack(vm, this, buffer)
}

fn struct_iter_unpack(vm: &mut Vm, this: Ref<PyStruct>, buffer: PyRef) -> PyResult {
    let size = this.byte_count(vm)?;
    if size == 0 {
        return Err(error(
            vm,
            "cannot iteratively unpack with a struct of length 0",
        ));
    }
    let buffer = vm.buffer(&buffer)?;
    if buffer.len_bytes() % size != 0 {
        return Err(error(
            vm,
            &format!("iterative unpacking requires a buffer of a multiple of {size} bytes"),
        ));
    }
    let iterator = UnpackIterator {
        layout: this,
        buffer: VmCell::new(Some(buffer)),
        at: Cell::new(0),
    };
    Ok(vm.new_object(iterator)?.into_any())
}

fn next_piece(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let this = this.downcast_ref::<UnpackIterator>();
    let this = this.expect("slots get receivers of their type");
    let Some(buffer) = this.buffer.get(vm) else {
        return Ok(None);
    };
    let (start, size) = (this.at.get(), this.layout.byte_count(vm)?);
    if let Some(bytes) = buffer.to_bytes(vm).get(start..start + size) {
        this.at.set(start + size);
        return unpacked(vm, &this.layout, bytes).map(Some);
    }
    *this.buffer.get_mut(vm) = None;
    Ok(None)
}

fn pieces_left(vm: &mut Vm, this: Ref<UnpackIterator>) -> PyResult<usize> {
    let size = this.layout.byte_count(vm)?;
    let len = this.buffer.get(vm).as_ref().map_or(0, Buffer::len_bytes);
    Ok(len.saturating_sub(this.at.get()) / size.max(1))
}

fn calcsize(vm: &mut Vm, format: PyRef) -> PyResult<usize> {
    let this = cached(vm, &format)?;
    this.byte_count(vm)
}
