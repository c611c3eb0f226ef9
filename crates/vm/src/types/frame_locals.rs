//! `FrameLocalsProxy`: the variables of a function's frame as a mapping that writes through (PEP 667).

use crate::object::PyPayload;
use crate::table::{CompareOp, Method, Slots, TypeDef, TypeFlags};
use crate::types::dict::PyDict;
use crate::types::exception::KEY_ERROR;
use crate::types::frame::PyFrame;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Traverse, Vm, method};
use exuvia_object::Class;

/// The variables of a frame.
#[derive(Debug, Traverse)]
pub struct PyFrameLocals {
    frame: Ref<PyFrame>,
}

impl PyPayload for PyFrameLocals {
    const DEF: &'static TypeDef = &FRAME_LOCALS;
}

/// `FrameLocalsProxy`
pub static FRAME_LOCALS: TypeDef = TypeDef {
    doc: "The variables of a frame; assigning to an item assigns to the variable.",
    class: Some(Class::of::<PyFrameLocals>),
    flags: TypeFlags::MAPPING,
    slots: Slots {
        new: Some(new_from_python),
        repr: Some(repr),
        richcompare: Some(richcompare),
        len: Some(|vm, this| Ok(items(vm, this)?.len())),
        getitem: Some(getitem),
        setitem: Some(setitem),
        contains: Some(|vm, this, key| Ok(get(vm, this, key)?.is_some())),
        iter: Some(|vm, this| {
            let keys = keys(vm, this.clone())?;
            vm.iter(&keys)
        }),
        or: Some(or),
        ior: Some(|vm, this, other| {
            update(vm, this.clone(), other.clone())?;
            Ok(this.clone())
        }),
        ..Slots::EMPTY
    },
    methods: METHODS,
    ..TypeDef::new("FrameLocalsProxy")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&FRAME_LOCALS];

static METHODS: &[Method] = &[
    method!(
        "keys",
        "($self, /)",
        keys,
        "The names of the bound variables."
    ),
    method!("values", "($self, /)", values, "Their values."),
    method!("items", "($self, /)", pairs, "Pairs of names and values."),
    method!("copy", "($self, /)", copy, "A dict with the variables."),
    method!(
        "get",
        "($self, key, default=None, /)",
        |vm: &mut Vm, this: PyRef, key: PyRef, default: Option<PyRef>| -> PyResult {
            let found = get(vm, &this, &key)?;
            Ok(found.or(default).unwrap_or_else(|| vm.none()))
        },
        "The value of a variable, or the default."
    ),
    method!(
        "setdefault",
        "($self, key, default=None, /)",
        |vm: &mut Vm, this: PyRef, key: PyRef, default: Option<PyRef>| -> PyResult {
            if let Some(found) = get(vm, &this, &key)? {
                return Ok(found);
            }
            let default = default.unwrap_or_else(|| vm.none());
            setitem(vm, &this, &key, Some(&default))?;
            Ok(default)
        },
        "The value of a variable, which is bound to the default if it is not bound."
    ),
    method!(
        "update",
        "($self, other, /)",
        update,
        "Assigns to the variables named by another mapping."
    ),
    method!(
        "pop",
        "($self, key, default=None, /)",
        pop,
        "Removes and returns what was assigned to a name that is not a variable."
    ),
    method!(
        "__reversed__",
        "($self, /)",
        |vm: &mut Vm, this: PyRef| -> PyResult {
            let mut items = items(vm, &this)?;
            items.reverse();
            let keys = items.into_iter().map(|(key, _)| key).collect();
            let keys = vm.new_list(keys)?.into_any();
            vm.iter(&keys)
        },
        "The names, the last one first."
    ),
];

/// The proxy for the variables of a frame.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new(vm: &mut Vm, frame: &Ref<PyFrame>) -> PyResult {
    let frame = frame.clone();
    Ok(vm.new_object(PyFrameLocals { frame })?.into_any())
}

fn new_from_python(vm: &mut Vm, _: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let [frame] = args.values else {
        let given = args.values.len();
        return Err(vm.type_error(format!("FrameLocalsProxy expected 1 argument, got {given}")));
    };
    match frame.downcast_ref::<PyFrame>() {
        Some(frame) => new(vm, &frame.clone()),
        None => {
            let found = vm.type_name(frame);
            Err(vm.type_error(format!("expect frame, not {found}")))
        }
    }
}

fn frame(this: &PyRef) -> &Ref<PyFrame> {
    let proxy: &Ref<PyFrameLocals> = this
        .downcast_ref()
        .expect("slots get receivers of their type");
    &proxy.frame
}

/// The bound variables, and what else was assigned.
fn items(vm: &mut Vm, this: &PyRef) -> PyResult<Vec<(PyRef, PyRef)>> {
    let frame = frame(this);
    let locals = frame.locals(vm).into_iter();
    let mut items: Vec<_> = locals
        .map(|(name, value)| (name.into_any(), value))
        .collect();
    if let Some(extra) = frame.extra() {
        let mut position = 0;
        while let Some(item) = extra.next_entry(vm, &mut position) {
            items.push(item);
        }
    }
    Ok(items)
}

fn get(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult<Option<PyRef>> {
    let frame = frame(this).clone();
    if let Some(name) = key.downcast_ref::<PyStr>()
        && let Some(index) = frame.variable_index(name)
    {
        return Ok(frame.variable(vm, index));
    }
    match frame.extra() {
        Some(extra) => extra.get_item(vm, key),
        // What cannot be hashed is not a key, whether there are keys or not.
        None => vm.hash(key).map(|_| None),
    }
}

fn getitem(vm: &mut Vm, this: &PyRef, key: &PyRef) -> PyResult {
    if let Some(value) = get(vm, this, key)? {
        return Ok(value);
    }
    let message = format!(
        "local variable '{}' is not defined",
        vm.repr(key)?.to_text()
    );
    Err(vm.error(&KEY_ERROR, message))
}

fn setitem(vm: &mut Vm, this: &PyRef, key: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let frame = frame(this).clone();
    let index = key
        .downcast_ref::<PyStr>()
        .and_then(|name| frame.variable_index(name));
    match (index, value) {
        (Some(index), Some(value)) => frame.set_variable(vm, index, value.clone()),
        (Some(_), None) => {
            Err(vm.value_error("cannot remove local variables from FrameLocalsProxy"))
        }
        (None, Some(value)) => frame.extra_or_new(vm)?.set_item(vm, key, value.clone()),
        (None, None) => match frame.extra() {
            Some(extra) if extra.del_item(vm, key)? => Ok(()),
            _ => Err(vm.key_error(key)),
        },
    }
}

fn pop(vm: &mut Vm, this: PyRef, key: PyRef, default: Option<PyRef>) -> PyResult {
    let frame = frame(&this).clone();
    let name = key.downcast_ref::<PyStr>();
    if name.is_some_and(|name| frame.variable_index(name).is_some()) {
        return Err(vm.value_error("cannot remove local variables from FrameLocalsProxy"));
    }
    if let Some(extra) = frame.extra()
        && let Some(value) = extra.get_item(vm, &key)?
    {
        extra.del_item(vm, &key)?;
        return Ok(value);
    }
    default.ok_or_else(|| vm.key_error(&key))
}

fn keys(vm: &mut Vm, this: PyRef) -> PyResult {
    let keys = items(vm, &this)?.into_iter().map(|(key, _)| key);
    Ok(vm.new_list(keys.collect())?.into_any())
}

fn values(vm: &mut Vm, this: PyRef) -> PyResult {
    let values = items(vm, &this)?.into_iter().map(|(_, value)| value);
    Ok(vm.new_list(values.collect())?.into_any())
}

fn pairs(vm: &mut Vm, this: PyRef) -> PyResult {
    let mut pairs = Vec::new();
    for (key, value) in items(vm, &this)? {
        pairs.push(vm.new_tuple(&[key, value])?.into_any());
    }
    Ok(vm.new_list(pairs)?.into_any())
}

fn copy(vm: &mut Vm, this: PyRef) -> PyResult<Ref<PyDict>> {
    let dict = vm.new_dict()?;
    for (key, value) in items(vm, &this)? {
        dict.set_item(vm, &key, value)?;
    }
    Ok(dict)
}

fn update(vm: &mut Vm, this: PyRef, other: PyRef) -> PyResult<()> {
    let is_mapping = other.is_a::<PyDict>() || other.is_a::<PyFrameLocals>();
    if !is_mapping {
        let found = vm.type_name(&other);
        return Err(vm.type_error(format!(
            "update() argument must be dict or another FrameLocalsProxy, not {found}"
        )));
    }
    let pairs = vm.call_method_str(&other, "items", &[])?;
    for pair in vm.to_vec(&pairs)? {
        let pair = vm.to_vec(&pair)?;
        if let [key, value] = pair.as_slice() {
            setitem(vm, &this, key, Some(value))?;
        }
    }
    Ok(())
}

fn or(vm: &mut Vm, a: &PyRef, b: &PyRef) -> PyResult {
    let is_mapping = |object: &PyRef| object.is_a::<PyDict>() || object.is_a::<PyFrameLocals>();
    if !is_mapping(a) || !is_mapping(b) {
        return Ok(vm.not_implemented());
    }
    let union = vm.new_dict()?;
    union.update(vm, a)?;
    union.update(vm, b)?;
    Ok(union.into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let dict = copy(vm, this.clone())?;
    Ok(vm.repr(dict.as_any())?.into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.not_implemented());
    }
    let is_same = match other.downcast_ref::<PyFrameLocals>() {
        Some(other) => other.frame.is(frame(this)),
        None if other.is_a::<PyDict>() => {
            let dict = copy(vm, this.clone())?;
            vm.equal(dict.as_any(), other)?
        }
        None => return Ok(vm.not_implemented()),
    };
    Ok(vm.new_bool(is_same == (op == CompareOp::Eq)))
}
