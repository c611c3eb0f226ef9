//! `string.templatelib`: what a t-string makes (PEP 750).

use crate::object::PyPayload;
use crate::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use crate::types::generic_alias;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Traverse, Vm, class_method, method};
use exuvia_object::Class;
use std::cell::Cell;

/// A t-string's value: literal texts, and between each two of them an interpolation.
#[derive(Debug, Traverse)]
pub struct PyTemplate {
    strings: Ref<PyTuple>,
    interpolations: Ref<PyTuple>,
}

impl PyPayload for PyTemplate {
    const DEF: &'static TypeDef = &TEMPLATE;
}

/// A replacement field of a t-string, with its value.
#[derive(Debug, Traverse)]
pub struct PyInterpolation {
    value: PyRef,
    expression: PyRef,
    conversion: PyRef,
    format_spec: PyRef,
}

impl PyPayload for PyInterpolation {
    const DEF: &'static TypeDef = &INTERPOLATION;
}

/// An iterator over the texts that are not empty, and the interpolations, of a template.
#[derive(Debug, Traverse)]
pub struct PyTemplateIter {
    template: Ref<PyTemplate>,
    /// Texts have even indexes, interpolations odd ones.
    next: Cell<usize>,
}

impl PyPayload for PyTemplateIter {
    const DEF: &'static TypeDef = &TEMPLATE_ITER;
}

const FLAGS: TypeFlags = TypeFlags::IMMUTABLE;

/// `string.templatelib.Template`
pub static TEMPLATE: TypeDef = TypeDef {
    doc: "What a t-string makes.",
    class: Some(Class::of::<PyTemplate>),
    flags: FLAGS,
    slots: Slots {
        new: Some(new_template),
        repr: Some(repr_template),
        iter: Some(|vm, this| {
            let (template, next) = (template(this).clone(), Cell::new(0));
            Ok(vm.new_object(PyTemplateIter { template, next })?.into_any())
        }),
        concat: Some(concat),
        ..Slots::EMPTY
    },
    methods: &[
        CLASS_GETITEM,
        method!(
            "__reduce__",
            "($self, /)",
            reduce_template,
            "How to pickle it."
        ),
    ],
    getset: &[
        GetSet {
            name: "strings",
            doc: "The literal texts: one more than there are interpolations.",
            get: |_, this| Ok(template(this).strings.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "interpolations",
            doc: "The interpolations.",
            get: |_, this| Ok(template(this).interpolations.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "values",
            doc: "The values of the interpolations.",
            get: |vm, this| {
                let interpolations = template(this).interpolations.clone();
                let values = interpolations.iter().filter_map(|item| {
                    let interpolation = item.downcast_ref::<PyInterpolation>()?;
                    Some(interpolation.value.clone())
                });
                let values: Vec<PyRef> = values.collect();
                Ok(vm.new_tuple(&values)?.into_any())
            },
            set: None,
        },
    ],
    ..TypeDef::new("string.templatelib.Template")
};

/// `string.templatelib.Interpolation`
pub static INTERPOLATION: TypeDef = TypeDef {
    doc: "A replacement field of a t-string.",
    class: Some(Class::of::<PyInterpolation>),
    flags: FLAGS,
    slots: Slots {
        new: Some(new_interpolation),
        repr: Some(repr_interpolation),
        ..Slots::EMPTY
    },
    methods: &[
        CLASS_GETITEM,
        method!(
            "__reduce__",
            "($self, /)",
            reduce_interpolation,
            "How to pickle it."
        ),
    ],
    getset: &[
        GetSet {
            name: "value",
            doc: "What the expression evaluated to.",
            get: |_, this| Ok(interpolation(this).value.clone()),
            set: None,
        },
        GetSet {
            name: "expression",
            doc: "The source text of the expression.",
            get: |_, this| Ok(interpolation(this).expression.clone()),
            set: None,
        },
        GetSet {
            name: "conversion",
            doc: "'s', 'r', 'a' or None.",
            get: |_, this| Ok(interpolation(this).conversion.clone()),
            set: None,
        },
        GetSet {
            name: "format_spec",
            doc: "The format specification.",
            get: |_, this| Ok(interpolation(this).format_spec.clone()),
            set: None,
        },
    ],
    ..TypeDef::new("string.templatelib.Interpolation")
};

/// `string.templatelib.TemplateIter`
pub static TEMPLATE_ITER: TypeDef = TypeDef {
    class: Some(Class::of::<PyTemplateIter>),
    flags: FLAGS.or(TypeFlags::NO_NEW),
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        next: Some(next_part),
        ..Slots::EMPTY
    },
    ..TypeDef::new("string.templatelib.TemplateIter")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&TEMPLATE, &INTERPOLATION, &TEMPLATE_ITER];

const CLASS_GETITEM: Method = class_method!(
    "__class_getitem__",
    "($type, object, /)",
    generic_alias::class_getitem,
    "The generic alias of the class."
);

/// Gives `Interpolation` its `__match_args__`.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn finish(vm: &mut Vm) -> PyResult<()> {
    let mut names = Vec::new();
    for name in ["value", "expression", "conversion", "format_spec"] {
        names.push(vm.intern(name)?.into_any());
    }
    let names = vm.new_tuple(&names)?.into_any();
    let (class, key) = (
        vm.class(&INTERPOLATION).clone(),
        vm.names().match_args.clone(),
    );
    class.dict().set_str_guarded(vm, &key, names)
}

fn template(this: &PyRef) -> &Ref<PyTemplate> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn interpolation(this: &PyRef) -> &Ref<PyInterpolation> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// The template of an evaluated t-string.
///
/// # Errors
/// `OutOfMemory`; `SystemError` for operands that no compiler makes.
pub(crate) fn build_template(vm: &Vm, strings: PyRef, interpolations: PyRef) -> PyResult {
    match (strings.downcast(), interpolations.downcast()) {
        (Ok(strings), Ok(interpolations)) => {
            let template = PyTemplate {
                strings,
                interpolations,
            };
            Ok(vm.new_object(template)?.into_any())
        }
        _ => Err(vm.system_error("a template is made of two tuples")),
    }
}

/// An interpolation of an evaluated t-string.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn build_interpolation(
    vm: &Vm,
    value: PyRef,
    expression: PyRef,
    conversion: PyRef,
    format_spec: PyRef,
) -> PyResult {
    let interpolation = PyInterpolation {
        value,
        expression,
        conversion,
        format_spec,
    };
    Ok(vm.new_object(interpolation)?.into_any())
}

fn new_template(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() {
        return Err(vm.type_error("Template.__new__ only accepts *args arguments"));
    }
    let (mut strings, mut interpolations) = (Vec::new(), Vec::new());
    // The text since the last interpolation.
    let mut text: Option<Ref<PyStr>> = None;
    for part in args.values {
        if let Some(string) = part.downcast_ref::<PyStr>() {
            text = Some(match text {
                Some(before) => before.concat(vm, string)?,
                None => string.clone(),
            });
        } else if part.is_a::<PyInterpolation>() {
            strings.push(text_or_empty(vm, text.take())?);
            interpolations.push(part.clone());
        } else {
            let found = vm.type_name(part);
            return Err(vm.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {found}"
            )));
        }
    }
    strings.push(text_or_empty(vm, text)?);
    let template = PyTemplate {
        strings: vm.new_tuple(&strings)?,
        interpolations: vm.new_tuple(&interpolations)?,
    };
    Ok(vm.new_instance(ty, template)?.into_any())
}

fn text_or_empty(vm: &Vm, text: Option<Ref<PyStr>>) -> PyResult {
    match text {
        Some(text) => Ok(text.into_any()),
        None => Ok(vm.empty_str()?.into_any()),
    }
}

fn concat(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    let (Some(a), Some(b)) = (
        left.downcast_ref::<PyTemplate>(),
        right.downcast_ref::<PyTemplate>(),
    ) else {
        let found = vm.type_name(right);
        return Err(vm.type_error(format!(
            "can only concatenate string.templatelib.Template (not \"{found}\") to string.templatelib.Template"
        )));
    };
    let mut strings = a.strings.to_vec();
    let (last, first) = (strings.pop(), b.strings.first());
    if let (Some(last), Some(first)) = (last, first)
        && let (Some(last), Some(first)) = (last.downcast_ref::<PyStr>(), first.downcast_ref())
    {
        strings.push(last.concat(vm, first)?.into_any());
    }
    strings.extend(b.strings.iter().skip(1).cloned());
    let mut interpolations = a.interpolations.to_vec();
    interpolations.extend(b.interpolations.iter().cloned());
    let template = PyTemplate {
        strings: vm.new_tuple(&strings)?,
        interpolations: vm.new_tuple(&interpolations)?,
    };
    Ok(vm.new_object(template)?.into_any())
}

fn repr_template(vm: &mut Vm, this: &PyRef) -> PyResult {
    let template = template(this).clone();
    let strings = vm.repr(template.strings.as_any())?;
    let interpolations = vm.repr(template.interpolations.as_any())?;
    let text = format!(
        "Template(strings={}, interpolations={})",
        strings.to_text(),
        interpolations.to_text()
    );
    Ok(vm.new_str(&text)?.into_any())
}

fn reduce_template(vm: &mut Vm, this: Ref<PyTemplate>) -> PyResult {
    let module = vm.import("string.templatelib")?;
    let restore = vm.get_attr_str(&module, "_template_unpickle")?;
    let parts = [
        this.strings.clone().into_any(),
        this.interpolations.clone().into_any(),
    ];
    let parts = vm.new_tuple(&parts)?.into_any();
    Ok(vm.new_tuple(&[restore, parts])?.into_any())
}

fn next_part(_: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let iter: &Ref<PyTemplateIter> = this
        .downcast_ref()
        .expect("slots get receivers of their type");
    loop {
        let index = iter.next.get();
        let parts = if index.is_multiple_of(2) {
            &iter.template.strings
        } else {
            &iter.template.interpolations
        };
        let Some(part) = parts.get(index / 2) else {
            return Ok(None);
        };
        iter.next.set(index + 1);
        let is_empty = part
            .downcast_ref::<PyStr>()
            .is_some_and(|text| text.is_empty());
        if !is_empty {
            return Ok(Some(part.clone()));
        }
    }
}

fn new_interpolation(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    const NAMES: [&str; 4] = ["value", "expression", "conversion", "format_spec"];
    let mut given: [Option<PyRef>; 4] = Default::default();
    if args.positionals().len() > NAMES.len() {
        let count = args.values.len();
        return Err(vm.type_error(format!(
            "Interpolation() takes at most 4 arguments ({count} given)"
        )));
    }
    for (place, value) in given.iter_mut().zip(args.positionals()) {
        *place = Some(value.clone());
    }
    for (name, value) in args.keywords() {
        let name = vm.str(name)?.to_text().into_owned();
        match NAMES.iter().position(|known| *known == name) {
            Some(index) if given[index].is_none() => given[index] = Some(value.clone()),
            Some(index) => {
                return Err(vm.type_error(format!(
                    "argument for Interpolation() given by name ('{name}') and position ({})",
                    index + 1
                )));
            }
            None => {
                return Err(vm.type_error(format!(
                    "Interpolation() got an unexpected keyword argument '{name}'"
                )));
            }
        }
    }
    let [value, expression, conversion, format_spec] = given;
    let Some(value) = value else {
        return Err(vm.type_error("Interpolation() missing required argument 'value' (pos 1)"));
    };
    let interpolation = PyInterpolation {
        value,
        expression: text_argument(vm, expression, "expression")?,
        conversion: conversion_argument(vm, conversion)?,
        format_spec: text_argument(vm, format_spec, "format_spec")?,
    };
    Ok(vm.new_instance(ty, interpolation)?.into_any())
}

fn text_argument(vm: &Vm, argument: Option<PyRef>, name: &str) -> PyResult {
    match argument {
        None => Ok(vm.empty_str()?.into_any()),
        Some(text) if text.is_a::<PyStr>() => Ok(text),
        Some(other) => {
            let found = vm.type_name(&other);
            Err(vm.type_error(format!(
                "Interpolation() argument '{name}' must be str, not {found}"
            )))
        }
    }
}

fn conversion_argument(vm: &Vm, argument: Option<PyRef>) -> PyResult {
    let Some(argument) = argument.filter(|argument| !vm.is_none(argument)) else {
        return Ok(vm.none());
    };
    let text = text_argument(vm, Some(argument), "conversion")?;
    let is_known = |text: &PyRef| {
        let text = text.downcast_ref::<PyStr>();
        text.is_some_and(|text| ["s", "a", "r"].iter().any(|known| text.equals(known)))
    };
    if !is_known(&text) {
        let message = "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'";
        return Err(vm.value_error(message));
    }
    Ok(text)
}

fn repr_interpolation(vm: &mut Vm, this: &PyRef) -> PyResult {
    let this = interpolation(this).clone();
    let mut shown = Vec::with_capacity(4);
    for part in [
        &this.value,
        &this.expression,
        &this.conversion,
        &this.format_spec,
    ] {
        shown.push(vm.repr(part)?.to_text().into_owned());
    }
    let text = format!("Interpolation({})", shown.join(", "));
    Ok(vm.new_str(&text)?.into_any())
}

fn reduce_interpolation(vm: &mut Vm, this: Ref<PyInterpolation>) -> PyResult {
    let class = vm.class(&INTERPOLATION).clone().into_any();
    let parts = [
        this.value.clone(),
        this.expression.clone(),
        this.conversion.clone(),
        this.format_spec.clone(),
    ];
    let parts = vm.new_tuple(&parts)?.into_any();
    Ok(vm.new_tuple(&[class, parts])?.into_any())
}
