//! `cell`: a variable that functions share.

use crate::object::PyPayload;
use crate::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Slot, Vm};
use exuvia_object::{Class, Traverse};

/// A variable that a function shares with the functions inside it.
#[derive(Debug, Traverse)]
pub struct PyCell {
    contents: Slot,
}

impl PyPayload for PyCell {
    const DEF: &'static TypeDef = &CELL;
}

impl PyCell {
    /// A cell with this value, or an empty one.
    pub fn new(value: Option<PyRef>) -> Self {
        Self {
            contents: Slot::new(value),
        }
    }

    /// The value; `None` if the variable is not bound.
    #[inline]
    pub fn get(&self) -> Option<PyRef> {
        self.contents.get()
    }

    /// Binds or unbinds the variable.
    #[inline]
    pub fn set(&self, value: Option<PyRef>) {
        self.contents.set(value);
    }
}

/// `cell`
pub static CELL: TypeDef = TypeDef {
    doc: "A variable that a function shares with the functions inside it.",
    class: Some(Class::of::<PyCell>),
    slots: Slots {
        repr: Some(repr),
        richcompare: Some(richcompare),
        new: Some(new),
        ..Slots::EMPTY
    },
    flags: TypeFlags::NONE,
    getset: &[GetSet {
        name: "cell_contents",
        doc: "The value of the variable.",
        get: get_contents,
        set: Some(set_contents),
    }],
    ..TypeDef::new("cell")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&CELL];

fn cell(this: &PyRef) -> &Ref<PyCell> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if args.values.len() > 1 || !args.names.is_empty() {
        return Err(vm.type_error(format!(
            "cell expected at most 1 argument, got {}",
            args.values.len()
        )));
    }
    Ok(vm
        .new_instance(ty, PyCell::new(args.values.first().cloned()))?
        .into_any())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let text = match cell(this).get() {
        None => format!("<cell at {:#x}: empty>", this.address()),
        Some(value) => format!(
            "<cell at {:#x}: {} object at {:#x}>",
            this.address(),
            vm.type_name(&value),
            value.address()
        ),
    };
    Ok(vm.new_str(&text)?.into_any())
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (Some(a), Some(b)) = (
        this.downcast_ref::<PyCell>(),
        other.downcast_ref::<PyCell>(),
    ) else {
        return Ok(vm.not_implemented());
    };
    match (a.get(), b.get()) {
        (Some(a), Some(b)) => vm.compare(&a, &b, op),
        (a, b) => Ok(vm.new_bool(op.holds(a.is_some().cmp(&b.is_some())))),
    }
}

fn get_contents(vm: &mut Vm, this: &PyRef) -> PyResult {
    cell(this)
        .get()
        .ok_or_else(|| vm.value_error("cell is empty"))
}

fn set_contents(_: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    cell(this).set(value.cloned());
    Ok(())
}
