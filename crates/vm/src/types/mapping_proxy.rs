//! `mappingproxy`: a read-only window on a mapping, such as the namespace of a class.

use crate::object::PyPayload;
use crate::protocol::number::BinaryOp;
use crate::table::{CompareOp, Slots, TypeDef, TypeFlags};
use crate::types::dict::{DICT, PyDict};
use crate::types::generic_alias;
use crate::types::iterators::receiver;
use crate::types::list::PyList;
use crate::types::str::StrBuilder;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use exuvia_object::Class;

/// A read-only window on a mapping.
#[derive(Debug, Traverse)]
pub struct PyMappingProxy {
    mapping: PyRef,
}

impl PyPayload for PyMappingProxy {
    const DEF: &'static TypeDef = &MAPPING_PROXY;
}

/// `mappingproxy`
pub static MAPPING_PROXY: TypeDef = TypeDef {
    class: Some(Class::of::<PyMappingProxy>),
    doc: "mappingproxy(mapping) -> a read-only view of a mapping",
    flags: TypeFlags::MAPPING,
    slots: Slots {
        repr: Some(repr),
        str: Some(str),
        hash: Some(hash),
        richcompare: Some(richcompare),
        iter: Some(iter),
        new: Some(new_from_arguments),
        len: Some(len),
        getitem: Some(getitem),
        contains: Some(contains),
        or: Some(or),
        ior: Some(ior),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "get",
            "($self, key, default=None, /)",
            get,
            "What the mapping's get method returns."
        ),
        method!("keys", "($self, /)", keys, "A view of the keys."),
        method!("values", "($self, /)", values, "A view of the values."),
        method!(
            "items",
            "($self, /)",
            items,
            "A view of the items: pairs of key and value."
        ),
        method!(
            "copy",
            "($self, /)",
            copy,
            "A copy of the mapping, which can be changed."
        ),
        method!(
            "__reversed__",
            "($self, /)",
            reversed,
            "An iterator over the keys, last first."
        ),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            class_getitem,
            "A generic alias of the type."
        ),
    ],
    ..TypeDef::new("mappingproxy")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&MAPPING_PROXY];

/// A read-only window on a mapping.
///
/// # Errors
/// `OutOfMemory`.
pub fn new(vm: &Vm, mapping: PyRef) -> PyResult<Ref<PyMappingProxy>> {
    vm.new_object(PyMappingProxy { mapping })
}

impl PyMappingProxy {
    /// The mapping behind the window.
    pub fn mapping(&self) -> &PyRef {
        &self.mapping
    }
}

fn mapping(this: &PyRef) -> &PyRef {
    &receiver::<PyMappingProxy>(this).mapping
}

fn new_from_arguments(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let keyword = args.keywords().next();
    if let Some((name, _)) = keyword {
        let name = vm.str(name)?;
        if &*name.to_text() != "mapping" {
            return Err(vm.type_error(format!(
                "mappingproxy() got an unexpected keyword argument '{}'",
                name.to_text()
            )));
        }
    }
    let mapping = match args.values {
        [] => {
            return Err(vm.type_error("mappingproxy() missing required argument 'mapping' (pos 1)"));
        }
        [mapping] => mapping,
        more => {
            return Err(vm.type_error(format!(
                "mappingproxy() takes at most 1 argument ({} given)",
                more.len()
            )));
        }
    };
    let has_items = vm.type_of(mapping).slots(vm).getitem.is_some();
    if !has_items || mapping.is_a::<PyList>() || mapping.is_a::<PyTuple>() {
        let found = vm.type_name(mapping);
        return Err(vm.type_error(format!(
            "mappingproxy() argument must be a mapping, not {found}"
        )));
    }
    Ok(vm
        .new_instance(
            ty,
            PyMappingProxy {
                mapping: mapping.clone(),
            },
        )?
        .into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let shown = vm.recursion_guard(|vm| vm.repr(mapping(this)))?;
    let mut text = StrBuilder::new();
    text.push_str(vm, "mappingproxy(")?;
    text.push(vm, &shown)?;
    text.push_str(vm, ")")?;
    Ok(text.finish(vm)?.into_any())
}

fn str(vm: &mut Vm, this: &PyRef) -> PyResult {
    Ok(vm.str(mapping(this))?.into_any())
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    vm.hash(mapping(this))
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    vm.recursion_guard(|vm| vm.compare(mapping(this), other, op))
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    vm.iter(mapping(this))
}

fn len(vm: &mut Vm, this: &PyRef) -> PyResult<usize> {
    vm.len(mapping(this))
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    vm.get_item(mapping(this), key)
}

fn contains(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult<bool> {
    vm.contains(mapping(this), key)
}

fn or(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let behind = |operand: &PyRef| match operand.downcast_ref::<PyMappingProxy>() {
        Some(proxy) => proxy.mapping.clone(),
        None => operand.clone(),
    };
    vm.binary_op(BinaryOp::Or, &behind(left), &behind(right))
}

fn ior(vm: &mut Vm, _: &PyRef, _: &PyRef) -> PyResult {
    Err(vm.type_error("'|=' is not supported by mappingproxy; use '|' instead"))
}

fn get(vm: &mut Vm, this: Ref<PyMappingProxy>, key: PyRef, default: Option<PyRef>) -> PyResult {
    if let Some(dict) = this.mapping.downcast_ref::<PyDict>()
        && vm.is_exactly(&this.mapping, &DICT)
    {
        return Ok(dict
            .get_item(vm, &key)?
            .or(default)
            .unwrap_or_else(|| vm.none()));
    }
    let default = default.unwrap_or_else(|| vm.none());
    vm.call_method_str(&this.mapping, "get", &[key, default])
}

fn keys(vm: &mut Vm, this: Ref<PyMappingProxy>) -> PyResult {
    vm.call_method_str(&this.mapping, "keys", &[])
}

fn values(vm: &mut Vm, this: Ref<PyMappingProxy>) -> PyResult {
    vm.call_method_str(&this.mapping, "values", &[])
}

fn items(vm: &mut Vm, this: Ref<PyMappingProxy>) -> PyResult {
    vm.call_method_str(&this.mapping, "items", &[])
}

fn copy(vm: &mut Vm, this: Ref<PyMappingProxy>) -> PyResult {
    vm.call_method_str(&this.mapping, "copy", &[])
}

fn reversed(vm: &mut Vm, this: Ref<PyMappingProxy>) -> PyResult {
    vm.call_method_str(&this.mapping, "__reversed__", &[])
}

fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    generic_alias::new(vm, &class, &item)
}
