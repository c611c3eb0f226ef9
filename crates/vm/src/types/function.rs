//! `function`: a function defined in Python.

use crate::eval;
use crate::object::PyPayload;
use crate::table::{GetSet, Slots, TypeDef, TypeFlags};
use crate::types::cell::PyCell;
use crate::types::code::PyCode;
use crate::types::dict::PyDict;
use crate::types::method;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Slot, Vm};
use exuvia_object::{Class, Traverse};

/// A function defined in Python.
#[derive(Debug, Traverse)]
pub struct PyFunction {
    pub(crate) code: Slot<PyCode>,
    pub(crate) globals: Ref<PyDict>,
    pub(crate) builtins: Ref<PyDict>,
    pub(crate) name: Slot<PyStr>,
    pub(crate) qualname: Slot<PyStr>,
    pub(crate) defaults: Slot<PyTuple>,
    pub(crate) kwdefaults: Slot<PyDict>,
    pub(crate) closure: Slot<PyTuple>,
    pub(crate) doc: Slot,
    pub(crate) module: Slot,
    pub(crate) annotations: Slot,
    pub(crate) annotate: Slot,
    pub(crate) type_params: Slot,
}

impl PyPayload for PyFunction {
    const DEF: &'static TypeDef = &FUNCTION;
}

impl PyFunction {
    /// The code.
    #[inline]
    pub(crate) fn code(&self) -> Ref<PyCode> {
        self.code.get().expect("a function has code")
    }
}

/// A function of some code in a namespace.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new(
    vm: &mut Vm,
    code: Ref<PyCode>,
    globals: Ref<PyDict>,
) -> PyResult<Ref<PyFunction>> {
    let builtins = builtins_of(vm, &globals);
    let name_key = vm.names().name.clone();
    let module = globals.get_str(vm, &name_key);
    let has_doc = code.flags & crate::types::code::flags::HAS_DOCSTRING != 0;
    let doc = if has_doc {
        code.consts.first().cloned()
    } else {
        None
    };
    vm.new_object(PyFunction {
        name: Slot::new(Some(code.name.clone())),
        qualname: Slot::new(Some(code.qualname.clone())),
        code: Slot::new(Some(code)),
        globals,
        builtins,
        defaults: Slot::empty(),
        kwdefaults: Slot::empty(),
        closure: Slot::empty(),
        doc: Slot::new(doc),
        module: Slot::new(module),
        annotations: Slot::empty(),
        annotate: Slot::empty(),
        type_params: Slot::empty(),
    })
}

/// The namespace of built-ins that code in a namespace sees (`__builtins__` there, a module or a dict).
pub(crate) fn builtins_of(vm: &mut Vm, globals: &Ref<PyDict>) -> Ref<PyDict> {
    let key = vm.names().builtins.clone();
    match globals.get_str(vm, &key) {
        None => vm.builtins(),
        Some(found) => match found.downcast::<PyDict>() {
            Ok(dict) => dict,
            Err(module) => {
                crate::types::module::namespace_of(&module).unwrap_or_else(|| vm.builtins())
            }
        },
    }
}

/// `function`
pub static FUNCTION: TypeDef = TypeDef {
    doc: "A function defined in Python.",
    class: Some(Class::of::<PyFunction>),
    flags: TypeFlags::WEAKREF
        .or(TypeFlags::DICT)
        .or(TypeFlags::METHOD_DESCRIPTOR),
    slots: Slots {
        repr: Some(repr),
        call: Some(eval::call::call_function_object),
        descr_get: Some(descr_get),
        new: Some(new_from_python),
        ..Slots::EMPTY
    },
    getset: GETSET,
    ..TypeDef::new("function")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&FUNCTION];

fn function(this: &PyRef) -> &Ref<PyFunction> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let qualname = function(this)
        .qualname
        .get()
        .expect("a function has a name");
    Ok(vm
        .new_str(&format!(
            "<function {} at {:#x}>",
            qualname.to_text(),
            this.address()
        ))?
        .into_any())
}

fn descr_get(vm: &mut Vm, this: &PyRef, instance: Option<&PyRef>, _: Option<&PyRef>) -> PyResult {
    match instance {
        Some(instance) if !vm.is_none(instance) => method::new(vm, this, instance),
        _ => Ok(this.clone()),
    }
}

fn new_from_python(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let mut given: [Option<PyRef>; 6] = Default::default();
    let names = [
        "code",
        "globals",
        "name",
        "argdefs",
        "closure",
        "kwdefaults",
    ];
    if args.positionals().len() > names.len() {
        return Err(vm.type_error(format!(
            "function expected at most 6 arguments, got {}",
            args.positionals().len()
        )));
    }
    for (slot, value) in given.iter_mut().zip(args.positionals()) {
        *slot = Some(value.clone());
    }
    for (name, value) in args.keywords() {
        let text = name
            .downcast_ref::<PyStr>()
            .map(|n| n.to_text().into_owned())
            .unwrap_or_default();
        match names.iter().position(|known| *known == text) {
            Some(index) => given[index] = Some(value.clone()),
            None => {
                return Err(vm.type_error(format!(
                    "function() got an unexpected keyword argument '{text}'"
                )));
            }
        }
    }
    let [code, globals, name, defaults, closure, kwdefaults] = given;
    let Some(code) = code.and_then(|code| code.downcast::<PyCode>().ok()) else {
        return Err(vm.type_error("function() argument 'code' must be code"));
    };
    let Some(globals) = globals.and_then(|globals| globals.downcast::<PyDict>().ok()) else {
        return Err(vm.type_error("function() argument 'globals' must be dict"));
    };
    let _ = ty;
    let closure = closure.filter(|closure| !vm.is_none(closure));
    check_closure(vm, &code, closure.as_ref())?;
    let made = new(vm, code, globals)?;
    if let Some(name) = name.filter(|name| !vm.is_none(name)) {
        let name = name
            .downcast::<PyStr>()
            .map_err(|_| vm.type_error("arg 3 (name) must be None or string"))?;
        made.name.set(Some(name));
    }
    if let Some(defaults) = defaults.filter(|defaults| !vm.is_none(defaults)) {
        let defaults = defaults
            .downcast::<PyTuple>()
            .map_err(|_| vm.type_error("arg 4 (defaults) must be None or tuple"))?;
        made.defaults.set(Some(defaults));
    }
    if let Some(kwdefaults) = kwdefaults.filter(|kwdefaults| !vm.is_none(kwdefaults)) {
        let kwdefaults = kwdefaults
            .downcast::<PyDict>()
            .map_err(|_| vm.type_error("arg 6 (kwdefaults) must be None or dict"))?;
        made.kwdefaults.set(Some(kwdefaults));
    }
    made.closure
        .set(closure.and_then(|closure| closure.downcast::<PyTuple>().ok()));
    Ok(made.into_any())
}

/// Whether a closure fits the code: a tuple with as many cells as the code has free variables.
fn check_closure(vm: &mut Vm, code: &Ref<PyCode>, closure: Option<&PyRef>) -> PyResult<()> {
    let needed = code.free_count as usize;
    let Some(closure) = closure else {
        if needed == 0 {
            return Ok(());
        }
        return Err(vm.type_error("arg 5 (closure) must be tuple"));
    };
    let Some(closure) = closure.downcast_ref::<PyTuple>() else {
        return Err(vm.type_error("arg 5 (closure) must be tuple"));
    };
    if closure.len() != needed {
        let message = format!(
            "{} requires closure of length {needed}, not {}",
            code.name.to_text(),
            closure.len()
        );
        return Err(vm.value_error(message));
    }
    match closure.iter().find(|cell| !cell.is_a::<PyCell>()) {
        None => Ok(()),
        Some(other) => {
            let message = format!(
                "arg 5 (closure) expected cell, found {}",
                vm.type_name(other)
            );
            Err(vm.type_error(message))
        }
    }
}

fn or_none<T>(vm: &Vm, slot: &Slot<T>) -> PyResult {
    Ok(slot.get().map_or_else(|| vm.none(), Ref::into_any))
}

static GETSET: &[GetSet] = &[
    GetSet {
        name: "__code__",
        doc: "The compiled code.",
        get: |_, this| Ok(function(this).code().into_any()),
        set: Some(set_code),
    },
    GetSet {
        name: "__globals__",
        doc: "The namespace of the module that the function was defined in.",
        get: |_, this| Ok(function(this).globals.clone().into_any()),
        set: None,
    },
    GetSet {
        name: "__builtins__",
        doc: "The namespace of the built-ins that the function sees.",
        get: |_, this| Ok(function(this).builtins.clone().into_any()),
        set: None,
    },
    GetSet {
        name: "__name__",
        doc: "The function's name.",
        get: |vm, this| or_none(vm, &function(this).name),
        set: Some(|vm, this, value| set_text(vm, &function(this).name, "__name__", value)),
    },
    GetSet {
        name: "__qualname__",
        doc: "The name with the classes and functions around it.",
        get: |vm, this| or_none(vm, &function(this).qualname),
        set: Some(|vm, this, value| set_text(vm, &function(this).qualname, "__qualname__", value)),
    },
    GetSet {
        name: "__defaults__",
        doc: "The default values of positional parameters, or None.",
        get: |vm, this| or_none(vm, &function(this).defaults),
        set: Some(|vm, this, value| {
            set_typed(vm, &function(this).defaults, "__defaults__", "tuple", value)
        }),
    },
    GetSet {
        name: "__kwdefaults__",
        doc: "The default values of keyword-only parameters, or None.",
        get: |vm, this| or_none(vm, &function(this).kwdefaults),
        set: Some(|vm, this, value| {
            set_typed(
                vm,
                &function(this).kwdefaults,
                "__kwdefaults__",
                "dict",
                value,
            )
        }),
    },
    GetSet {
        name: "__closure__",
        doc: "The cells of the variables of outer functions, or None.",
        get: |vm, this| or_none(vm, &function(this).closure),
        set: None,
    },
    GetSet {
        name: "__doc__",
        doc: "The docstring, or None.",
        get: |vm, this| or_none(vm, &function(this).doc),
        set: Some(|_, this, value| {
            function(this).doc.set(value.cloned());
            Ok(())
        }),
    },
    GetSet {
        name: "__module__",
        doc: "The name of the module that the function was defined in.",
        get: |vm, this| or_none(vm, &function(this).module),
        set: Some(|_, this, value| {
            function(this).module.set(value.cloned());
            Ok(())
        }),
    },
    GetSet {
        name: "__annotate__",
        doc: "The function that computes the annotations (PEP 649), or None.",
        get: |vm, this| or_none(vm, &function(this).annotate),
        set: Some(set_annotate),
    },
    GetSet {
        name: "__annotations__",
        doc: "The annotations of parameters and result, computed when first asked for.",
        get: annotations,
        set: Some(set_annotations),
    },
    GetSet {
        name: "__type_params__",
        doc: "The type parameters (PEP 695).",
        get: |vm, this| match function(this).type_params.get() {
            Some(params) => Ok(params),
            None => Ok(vm.constants().empty_tuple.clone().into_any()),
        },
        set: Some(|_, this, value| {
            function(this).type_params.set(value.cloned());
            Ok(())
        }),
    },
    GetSet {
        name: "__dict__",
        doc: "The function's own attributes.",
        get: |vm, this| {
            let dict = crate::object::attribute::instance_dict(vm, this)?;
            Ok(dict.map_or_else(|| vm.none(), Ref::into_any))
        },
        set: Some(|vm, this, value| {
            match value.and_then(|value| value.clone().downcast::<PyDict>().ok()) {
                Some(dict) => {
                    crate::object::attribute::set_instance_dict(this, dict);
                    Ok(())
                }
                None => Err(vm.type_error("__dict__ must be set to a dictionary")),
            }
        }),
    },
];

fn set_code(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let Some(code) = value.and_then(|value| value.clone().downcast::<PyCode>().ok()) else {
        return Err(vm.type_error("__code__ must be set to a code object"));
    };
    let function = function(this);
    let cells = function.closure.get().map_or(0, |closure| closure.len());
    if code.free_count as usize != cells {
        let name = function
            .name
            .get()
            .map(|name| name.to_text().into_owned())
            .unwrap_or_default();
        return Err(vm.value_error(format!(
            "{name}() requires a code object with {cells} free vars, not {}",
            code.free_count
        )));
    }
    function.code.set(Some(code));
    Ok(())
}

fn set_text(vm: &mut Vm, slot: &Slot<PyStr>, name: &str, value: Option<&PyRef>) -> PyResult<()> {
    match value.and_then(|value| value.clone().downcast::<PyStr>().ok()) {
        Some(text) => {
            slot.set(Some(text));
            Ok(())
        }
        None => Err(vm.type_error(format!("{name} must be set to a string object"))),
    }
}

fn set_typed<T: PyPayload>(
    vm: &mut Vm,
    slot: &Slot<T>,
    name: &str,
    kind: &str,
    value: Option<&PyRef>,
) -> PyResult<()> {
    let Some(value) = value.filter(|value| !vm.is_none(value)) else {
        slot.set(None);
        return Ok(());
    };
    match value.clone().downcast::<T>() {
        Ok(value) => {
            slot.set(Some(value));
            Ok(())
        }
        Err(_) => Err(vm.type_error(format!("{name} must be set to a {kind} object"))),
    }
}

fn set_annotate(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    match value {
        None => Err(vm.type_error("__annotate__ cannot be deleted")),
        Some(value) if !vm.is_none(value) && !vm.callable(value) => {
            Err(vm.type_error("__annotate__ must be callable or None"))
        }
        Some(value) => {
            let is_none = vm.is_none(value);
            function(this).annotate.set(Some(value.clone()));
            if !is_none {
                function(this).annotations.set(None);
            }
            Ok(())
        }
    }
}

fn annotations(vm: &mut Vm, this: &PyRef) -> PyResult {
    let function = function(this).clone();
    if let Some(known) = function.annotations.get() {
        return Ok(known);
    }
    let computed = match function
        .annotate
        .get()
        .filter(|annotate| !vm.is_none(annotate))
    {
        None => vm.new_dict()?.into_any(),
        Some(annotate) => {
            let format = vm.new_int(1)?;
            let computed = vm.call_positional(&annotate, &[format])?;
            if !computed.is_a::<PyDict>() {
                let message = format!(
                    "__annotate__() must return a dict, not {}",
                    vm.type_name(&computed)
                );
                return Err(vm.type_error(message));
            }
            computed
        }
    };
    function.annotations.set(Some(computed.clone()));
    Ok(computed)
}

fn set_annotations(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let value = value.filter(|value| !vm.is_none(value));
    if value.is_some_and(|value| !value.is_a::<PyDict>()) {
        return Err(vm.type_error("__annotations__ must be set to a dict object"));
    }
    function(this).annotations.set(value.cloned());
    function(this).annotate.set(None);
    Ok(())
}
