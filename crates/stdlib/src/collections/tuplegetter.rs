//! `collections._tuplegetter`: the descriptor of a named tuple's field.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef};
use exuvia_vm::types::iterators::{REDUCE_DOC, reduced};
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{PyRef, PyResult, Ref, Slot, Traverse, Vm, class_method, method};

/// The descriptor of the field at an index. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyTupleGetter {
    index: isize,
    doc: Slot,
}

impl PyPayload for PyTupleGetter {
    const DEF: &'static TypeDef = &TUPLEGETTER;
}

/// `collections._tuplegetter`
pub static TUPLEGETTER: TypeDef = TypeDef {
    class: Some(Class::of::<PyTupleGetter>),
    slots: Slots {
        repr: Some(repr),
        descr_get: Some(get),
        descr_set: Some(|vm, _, _, value| {
            Err(vm.attribute_error(match value {
                Some(_) => "can't set attribute",
                None => "can't delete attribute",
            }))
        }),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW, ty, args)),
        ..Slots::EMPTY
    },
    methods: &[method!("__reduce__", "($self, /)", reduce, REDUCE_DOC)],
    getset: &[GetSet {
        name: "__doc__",
        doc: "The field's docstring.",
        get: |vm, this| {
            let doc = receiver::<PyTupleGetter>(this).doc.get();
            Ok(doc.unwrap_or_else(|| vm.none()))
        },
        set: Some(|_, this, value| {
            receiver::<PyTupleGetter>(this).doc.set(value.cloned());
            Ok(())
        }),
    }],
    ..TypeDef::new("collections._tuplegetter")
};

static NEW: Method = class_method!(
    "_tuplegetter",
    "($type, index, doc, /)",
    new,
    "A descriptor of the field at an index."
);

fn new(vm: &mut Vm, ty: Ref<PyType>, index: isize, doc: PyRef) -> PyResult<Ref<PyTupleGetter>> {
    let doc = Slot::new(Some(doc));
    vm.new_instance(&ty, PyTupleGetter { index, doc })
}

fn get(vm: &mut Vm, this: &PyRef, instance: Option<&PyRef>, _: Option<&PyRef>) -> PyResult {
    let Some(instance) = instance.filter(|instance| !vm.is_none(instance)) else {
        return Ok(this.clone());
    };
    let index = receiver::<PyTupleGetter>(this).index;
    let Some(tuple) = instance.downcast_ref::<PyTuple>() else {
        let found = vm.type_name(instance);
        return Err(vm.type_error(format!(
            "descriptor for index '{index}' for tuple subclasses doesn't apply to '{found}' object"
        )));
    };
    let item = usize::try_from(index)
        .ok()
        .and_then(|index| tuple.get(index));
    item.cloned()
        .ok_or_else(|| vm.index_error("tuple index out of range"))
}

fn parts(vm: &Vm, this: &Ref<PyTupleGetter>) -> PyResult<[PyRef; 2]> {
    let index = vm.new_int(this.index as i64)?;
    Ok([index, this.doc.get().unwrap_or_else(|| vm.none())])
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let this = receiver::<PyTupleGetter>(this);
    let parts = parts(vm, this)?;
    let shown = vm.new_tuple(&parts)?.into_any();
    let shown = vm.repr(&shown)?;
    let name = vm.type_of(this).name_text();
    Ok(vm
        .new_str(&format!("{name}{}", shown.to_text()))?
        .into_any())
}

fn reduce(vm: &mut Vm, this: Ref<PyTupleGetter>) -> PyResult {
    let class = vm.type_of(&this).clone().into_any();
    let parts = parts(vm, &this)?;
    reduced(vm, class, &parts, None)
}
