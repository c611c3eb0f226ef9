//! `_string`: takes format strings apart for `string.Formatter`.

use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::iterators::itself;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::str::data::Units;
use exuvia_vm::types::str::format::{Field, FieldName, First, Markup, Step};
use exuvia_vm::{PyErr, PyRef, PyResult, Ref, Traverse, Vm, function};
use std::cell::Cell;

static FUNCTIONS: &[Method] = &[
    function!(
        "formatter_parser",
        "($module, object, /)",
        formatter_parser,
        "An iterator over the pieces of a format string: text, field name, format specification, conversion."
    ),
    function!(
        "formatter_field_name_split",
        "($module, object, /)",
        formatter_field_name_split,
        "The first part of a field name, and an iterator over the others: whether it is an attribute, and which."
    ),
];

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.make_class(&PIECES)?;
    vm.make_class(&STEPS)?;
    vm.add_functions(module, FUNCTIONS)
}

/// The iterator over the pieces of a format string.
#[derive(Debug, Traverse)]
struct Pieces {
    text: Ref<PyStr>,
    position: Cell<usize>,
}

impl PyPayload for Pieces {
    const DEF: &'static TypeDef = &PIECES;
}

static PIECES: TypeDef = TypeDef {
    class: Some(Class::of::<Pieces>),
    doc: "Yields the pieces of a format string.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(next_piece),
        ..Slots::EMPTY
    },
    ..TypeDef::new("formatteriterator")
};

/// The iterator over the later parts of a field name.
#[derive(Debug, Traverse)]
struct Steps {
    name: Ref<PyStr>,
    position: Cell<usize>,
}

impl PyPayload for Steps {
    const DEF: &'static TypeDef = &STEPS;
}

static STEPS: TypeDef = TypeDef {
    class: Some(Class::of::<Steps>),
    doc: "Yields the attributes and items of a field name.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(itself),
        next: Some(next_step),
        ..Slots::EMPTY
    },
    ..TypeDef::new("fieldnameiterator")
};

fn text(vm: &Vm, object: &PyRef) -> PyResult<Ref<PyStr>> {
    match object.downcast_ref::<PyStr>() {
        Some(text) => Ok(text.clone()),
        None => Err(vm.type_error(format!("expected str, got {}", vm.type_name(object)))),
    }
}

fn wrong(vm: &Vm) -> impl Fn(&'static str) -> PyErr {
    |message| vm.value_error(message)
}

fn formatter_parser(vm: &mut Vm, object: PyRef) -> PyResult {
    let pieces = Pieces {
        text: text(vm, &object)?,
        position: Cell::new(0),
    };
    Ok(vm.new_object(pieces)?.into_any())
}

fn next_piece(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let this = this.downcast_ref::<Pieces>();
    let this = this.expect("slots get receivers of their type");
    let mut markup = Markup::resume(this.text.units(), this.position.get());
    let piece = markup.next_piece().map_err(wrong(vm))?;
    this.position.set(markup.position());
    let Some(piece) = piece else {
        return Ok(None);
    };
    let literal = vm.new_str_from_units(piece.literal)?.into_any();
    let [name, spec, conversion] = field_items(vm, piece.field)?;
    let items = [literal, name, spec, conversion];
    Ok(Some(vm.new_tuple(&items)?.into_any()))
}

/// Name, specification and conversion of a field; None for each where there is no field.
fn field_items(vm: &Vm, field: Option<Field<'_>>) -> PyResult<[PyRef; 3]> {
    let Some(field) = field else {
        return Ok([vm.none(), vm.none(), vm.none()]);
    };
    let conversion = match field.conversion {
        Some(conversion) => vm.new_char(conversion)?.into_any(),
        None => vm.none(),
    };
    Ok([
        vm.new_str_from_units(field.name)?.into_any(),
        vm.new_str_from_units(field.spec)?.into_any(),
        conversion,
    ])
}

fn formatter_field_name_split(vm: &mut Vm, object: PyRef) -> PyResult {
    let name = text(vm, &object)?;
    let (first, rest) = FieldName::split(name.units()).map_err(wrong(vm))?;
    let first = match first {
        First::Automatic => vm.empty_str()?.into_any(),
        First::Index(index) => vm.new_int_from_usize(index)?,
        First::Name(name) => string(vm, name)?,
    };
    let position = Cell::new(rest.position());
    let rest = vm.new_object(Steps {
        name: name.clone(),
        position,
    })?;
    Ok(vm.new_tuple(&[first, rest.into_any()])?.into_any())
}

fn string(vm: &Vm, units: Units<'_>) -> PyResult {
    Ok(vm.new_str_from_units(units)?.into_any())
}

fn next_step(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let this = this.downcast_ref::<Steps>();
    let this = this.expect("slots get receivers of their type");
    let mut name = FieldName::resume(this.name.units(), this.position.get());
    let step = name.next_step().map_err(wrong(vm))?;
    this.position.set(name.position());
    let (is_attribute, part) = match step {
        None => return Ok(None),
        Some(Step::Attribute(part)) => (true, string(vm, part)?),
        Some(Step::Index(index)) => (false, vm.new_int_from_usize(index)?),
        Some(Step::Key(part)) => (false, string(vm, part)?),
    };
    let items = [vm.new_bool(is_attribute), part];
    Ok(Some(vm.new_tuple(&items)?.into_any()))
}
