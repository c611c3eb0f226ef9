//! `typing.Union`: `int | str`.

use crate::object::PyPayload;
use crate::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use crate::types::builtin_function::identity_answer;
use crate::types::generic_alias::{self, PyGenericAlias};
use crate::types::none::NONE;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::types::typevar::PyTypeAlias;
use crate::{PyRef, PyResult, Ref, Slot, Traverse, Vm};
use exuvia_object::Class;

/// A union of types. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyUnion {
    args: Ref<PyTuple>,
    /// The type parameters, once asked for.
    parameters: Slot<PyTuple>,
}

impl PyPayload for PyUnion {
    const DEF: &'static TypeDef = &UNION;
}

impl PyUnion {
    /// The alternatives.
    pub fn args(&self) -> &Ref<PyTuple> {
        &self.args
    }
}

/// `typing.Union`
pub static UNION: TypeDef = TypeDef {
    doc: "A union of types, as X | Y makes it.",
    class: Some(Class::of::<PyUnion>),
    flags: TypeFlags::NO_NEW.or(TypeFlags::WEAKREF),
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        richcompare: Some(richcompare),
        or: Some(or),
        getitem: Some(getitem),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "__mro_entries__",
            "($self, bases, /)",
            mro_entries,
            "Refuses to be a base class."
        ),
        crate::class_method!(
            "__class_getitem__",
            "($type, arguments, /)",
            class_getitem,
            "The union of some types."
        ),
    ],
    getset: &[
        GetSet {
            name: "__args__",
            doc: "The alternatives.",
            get: |_, this| Ok(union(this).args.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "__parameters__",
            doc: "The type parameters.",
            get: |vm, this| Ok(parameters(vm, this)?.into_any()),
            set: None,
        },
        GetSet {
            name: "__origin__",
            doc: "typing.Union",
            get: |vm, _| Ok(vm.class(&UNION).clone().into_any()),
            set: None,
        },
        GetSet {
            name: "__name__",
            doc: "'Union'",
            get: |vm, _| Ok(vm.new_str("Union")?.into_any()),
            set: None,
        },
        GetSet {
            name: "__qualname__",
            doc: "'Union'",
            get: |vm, _| Ok(vm.new_str("Union")?.into_any()),
            set: None,
        },
        GetSet {
            name: "__module__",
            doc: "'typing'",
            get: |vm, _| Ok(vm.new_str("typing")?.into_any()),
            set: None,
        },
    ],
    ..TypeDef::new("typing.Union")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&UNION];

fn union(this: &PyRef) -> &Ref<PyUnion> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// `a | b` for types and generic aliases: `NotImplemented` unless both are something that can be in a union.
///
/// # Errors
/// What comparing the alternatives raises; `OutOfMemory`.
pub fn or(vm: &mut Vm, a: &PyRef, b: &PyRef) -> PyResult {
    if is_alternative(vm, a) && is_alternative(vm, b) {
        of_all(vm, &[a.clone(), b.clone()])
    } else {
        Ok(vm.not_implemented())
    }
}

fn is_alternative(vm: &Vm, object: &PyRef) -> bool {
    vm.is_none(object)
        || object.is_a::<PyType>()
        || object.is_a::<PyGenericAlias>()
        || object.is_a::<PyUnion>()
        || object.is_a::<PyTypeAlias>()
}

/// The union of all these, flattened and without repetitions; a single alternative is itself.
///
/// # Errors
/// `TypeError` if there are none; what comparing the alternatives raises; `OutOfMemory`.
pub fn of_all(vm: &mut Vm, alternatives: &[PyRef]) -> PyResult {
    let mut args = Vec::new();
    for alternative in alternatives {
        match alternative.downcast_ref::<PyUnion>() {
            Some(inner) => inner
                .args
                .iter()
                .try_for_each(|arg| add(vm, &mut args, arg.clone()))?,
            None if vm.is_none(alternative) => {
                let none_type = vm.class(&NONE).clone().into_any();
                add(vm, &mut args, none_type)?;
            }
            None if alternative.is_a::<PyStr>() => {
                let module = vm.import("annotationlib")?;
                let reference =
                    vm.call_method_str(&module, "ForwardRef", std::slice::from_ref(alternative))?;
                add(vm, &mut args, reference)?;
            }
            None => add(vm, &mut args, alternative.clone())?,
        }
    }
    match args.as_slice() {
        [] => Err(vm.type_error("Cannot take a Union of no types.")),
        [only] => Ok(only.clone()),
        _ => {
            let args = vm.new_tuple(&args)?;
            Ok(vm
                .new_object(PyUnion {
                    args,
                    parameters: Slot::empty(),
                })?
                .into_any())
        }
    }
}

fn add(vm: &mut Vm, args: &mut Vec<PyRef>, alternative: PyRef) -> PyResult<()> {
    if !has(vm, args, &alternative)? {
        args.push(alternative);
    }
    Ok(())
}

fn has(vm: &mut Vm, args: &[PyRef], wanted: &PyRef) -> PyResult<bool> {
    for arg in args {
        if vm.equal(arg, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let args = union(this).args.clone();
    let mut text = String::new();
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            text.push_str(" | ");
        }
        text.push_str(&generic_alias::shown(vm, arg)?);
    }
    Ok(vm.new_str(&text)?.into_any())
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let args = union(this).args.clone();
    let mut hash = 0_i64;
    for arg in args.iter() {
        // The order does not count; the multiplication keeps equal bits from cancelling out.
        hash ^= vm
            .hash(arg)?
            .wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())
            .rotate_left(23);
    }
    Ok(if hash == -1 { -2 } else { hash })
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let Some(other) = other.downcast_ref::<PyUnion>() else {
        return Ok(vm.not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.not_implemented());
    }
    let (mine, others) = (union(this).args.clone(), other.args.clone());
    let mut is_same = mine.len() == others.len();
    for arg in mine.iter() {
        is_same = is_same && has(vm, &others, arg)?;
    }
    identity_answer(vm, is_same, op)
}

fn parameters(vm: &mut Vm, this: &PyRef) -> PyResult<Ref<PyTuple>> {
    let union = union(this);
    if let Some(known) = union.parameters.get() {
        return Ok(known);
    }
    let found = generic_alias::parameters_of(vm, &union.args)?;
    union.parameters.set(Some(found.clone()));
    Ok(found)
}

/// `(list[T] | None)[int]`
fn getitem(vm: &mut Vm, this: &PyRef, item: &PyRef) -> PyResult {
    let parameters = parameters(vm, this)?;
    let args = generic_alias::substitute(vm, this, &union(this).args.clone(), &parameters, item)?;
    of_all(vm, &args)
}

fn mro_entries(vm: &mut Vm, this: PyRef, _: PyRef) -> PyResult {
    let shown = vm.repr(&this)?;
    Err(vm.type_error(format!("Cannot subclass {}", shown.to_text())))
}

fn class_getitem(vm: &mut Vm, _: PyRef, arguments: PyRef) -> PyResult {
    match arguments.downcast_ref::<PyTuple>() {
        Some(arguments) => of_all(vm, &arguments.clone()),
        None => of_all(vm, &[arguments]),
    }
}
