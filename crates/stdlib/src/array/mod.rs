//! `array`: sequences of numbers or characters, packed as C has them. Start here: the layout, making one, and what
//! native code does with it. `code.rs` is what an item is; what Python sees is in `methods.rs`, `slots.rs` and `iter.rs`;
//! `pickle.rs` makes arrays of bytes from other machines.

mod code;
mod iter;
mod methods;
mod pickle;
mod slots;

use crate::receiver;
use code::Code;
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, TypeDef, TypeFlags};
use exuvia_vm::types::memoryview::{Access, Exports};
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Heap, HeapVec, OutOfMemory, PyRef, PyResult, Ref, Traverse, Vm, VmCell};
use std::ops::Range;

/// An array: 56 bytes and a buffer.
#[derive(Debug, Traverse)]
pub struct PyArray {
    bytes: VmCell<HeapVec<u8>>,
    exports: Exports,
    #[traverse(skip)]
    code: Code,
}

impl PyPayload for PyArray {
    const DEF: &'static TypeDef = &ARRAY;
}

/// `array.array`
pub static ARRAY: TypeDef = TypeDef {
    class: Some(Class::of::<PyArray>),
    doc: "array(typecode[, initializer])\n\nA sequence of numbers or characters of one C type, which the typecode \
          names:\n\n    b, h, i, l, q  signed integers of 1, 2, 4, 8 and 8 bytes\n    B, H, I, L, Q  the same, \
          unsigned\n    f, d           floating-point numbers of 4 and 8 bytes\n    w, u           characters, of 4 \
          bytes\n\nThe initializer is an iterable of items, or a bytes-like object, or for characters a string.",
    flags: TypeFlags::BASETYPE
        .or(TypeFlags::SEQUENCE)
        .or(TypeFlags::WEAKREF),
    slots: slots::SLOTS,
    methods: methods::METHODS,
    getset: &[
        GetSet {
            name: "typecode",
            doc: "The letter that tells what the items are.",
            get: |vm, this| {
                let letter = receiver::<PyArray>(this).code.letter();
                Ok(vm.new_str(letter.encode_utf8(&mut [0; 4]))?.into_any())
            },
            set: None,
        },
        GetSet {
            name: "itemsize",
            doc: "The bytes of an item.",
            get: |vm, this| vm.new_int_from_usize(receiver::<PyArray>(this).code.size()),
            set: None,
        },
    ],
    ..TypeDef::new("array.array")
};

/// How a buffer gets at an array's memory.
static ACCESS: Access = Access {
    bytes: |vm, this| receiver::<PyArray>(this).bytes.get(vm),
    bytes_mut: Some(|vm, this| receiver::<PyArray>(this).bytes.get_mut(vm)),
};

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    crate::add_types(vm, module, &[("array", &ARRAY), ("ArrayType", &ARRAY)])?;
    vm.make_class(&iter::ARRAY_ITERATOR)?;
    vm.add_functions(module, pickle::FUNCTIONS)?;
    let codes = vm.new_str(code::LETTERS)?.into_any();
    vm.add_attribute(module, "typecodes", codes)?;
    // Early at start there are no abstract classes yet.
    if let Some(classes) = vm.loaded_module("_collections_abc")? {
        let sequence = vm.get_attr_str(&classes, "MutableSequence")?;
        let class = vm.class(&ARRAY).clone().into_any();
        vm.call_method_str(&sequence, "register", &[class])?;
    }
    Ok(())
}

/// Makes room for more bytes, and some beyond: as much as CPython's arrays take (Modules/arraymodule.c: `array_resize`).
fn reserve(
    bytes: &mut HeapVec<u8>,
    heap: &Heap,
    more: usize,
    item_size: usize,
) -> Result<(), OutOfMemory> {
    if more <= bytes.capacity() - bytes.len() {
        return Ok(());
    }
    let items = bytes.len().checked_add(more).ok_or(OutOfMemory)? / item_size;
    let spare = items / 16 + if items < 8 { 3 } else { 7 };
    bytes.reserve_exact(heap, more + spare * item_size)
}

impl PyArray {
    fn with_bytes(code: Code, bytes: HeapVec<u8>) -> Self {
        Self {
            bytes: VmCell::new(bytes),
            exports: Exports::new(),
            code,
        }
    }

    /// A plain array of these bytes, whole items.
    fn make(vm: &Vm, code: Code, bytes: HeapVec<u8>) -> PyResult<Ref<Self>> {
        vm.new_object(Self::with_bytes(code, bytes))
    }

    /// An empty array of a class.
    fn make_empty(vm: &Vm, ty: &Ref<PyType>, code: Code) -> PyResult<Ref<Self>> {
        vm.new_instance(ty, Self::with_bytes(code, HeapVec::new()))
    }

    /// The bytes of all items.
    fn as_bytes<'a>(&'a self, vm: &'a Vm) -> &'a [u8] {
        self.bytes.get(vm)
    }

    /// The number of items.
    fn len(&self, vm: &Vm) -> usize {
        self.bytes.get(vm).len() / self.code.size()
    }

    /// The place of an item in the bytes.
    fn place(&self, index: usize) -> Range<usize> {
        let size = self.code.size();
        index * size..(index + 1) * size
    }

    /// The item at an index.
    fn get(&self, vm: &Vm, index: usize) -> PyResult<Option<PyRef>> {
        let item = self.bytes.get(vm).get(self.place(index));
        item.map(|item| self.code.unpack(vm, item)).transpose()
    }

    /// Refuses to change the length while the memory is lent.
    fn check_resizable(&self, vm: &Vm) -> PyResult<()> {
        match self.exports.count() {
            0 => Ok(()),
            _ => Err(vm.buffer_error("cannot resize an array that is exporting buffers")),
        }
    }

    /// Adds bytes, whole items, at the end.
    fn append_bytes(&self, vm: &mut Vm, more: &[u8]) -> PyResult<()> {
        if more.is_empty() {
            return Ok(());
        }
        self.check_resizable(vm)?;
        let space = vm.space_handle();
        let bytes = self.bytes.get_mut(vm);
        reserve(bytes, space.heap(), more.len(), self.code.size())?;
        Ok(bytes.extend_from_copies(space.heap(), more)?)
    }

    /// Adds an item at the end. May run Python.
    fn push(&self, vm: &mut Vm, item: &PyRef) -> PyResult<()> {
        let packed = self.code.pack(vm, item)?;
        self.append_bytes(vm, &packed[..self.code.size()])
    }

    /// Adds all that an iterable yields. May run Python.
    fn extend(&self, vm: &mut Vm, iterable: &PyRef) -> PyResult<()> {
        let iterator = vm.iter(iterable)?;
        while let Some(item) = vm.next(&iterator)? {
            self.push(vm, &item)?;
        }
        Ok(())
    }

    /// Adds the characters of a string.
    fn extend_with_text(&self, vm: &mut Vm, text: &Ref<PyStr>) -> PyResult<()> {
        let bytes: Vec<u8> = text.code_points().flat_map(u32::to_ne_bytes).collect();
        self.append_bytes(vm, &bytes)
    }

    /// Puts bytes, whole items, in the place of others.
    fn replace(&self, vm: &mut Vm, range: Range<usize>, with: &[u8]) -> PyResult<()> {
        if range.len() == with.len() {
            self.bytes.get_mut(vm)[range].copy_from_slice(with);
            return Ok(());
        }
        self.check_resizable(vm)?;
        let space = vm.space_handle();
        let bytes = self.bytes.get_mut(vm);
        let (len, shrinks) = (bytes.len(), with.len() < range.len());
        if !shrinks {
            let more = with.len() - range.len();
            reserve(bytes, space.heap(), more, self.code.size())?;
            bytes.extend(space.heap(), std::iter::repeat_n(0, more))?;
        }
        bytes.copy_within(range.end..len, range.start + with.len());
        bytes[range.start..range.start + with.len()].copy_from_slice(with);
        if shrinks {
            bytes.truncate(len - range.len() + with.len());
            if bytes.len() < bytes.capacity() / 2 {
                bytes.shrink_to_fit();
            }
        }
        Ok(())
    }
}
