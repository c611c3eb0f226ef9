//! Type parameters and type aliases (PEP 484, 612, 646, 695, 696): what `_typing` exports and the compiler makes.
//!
//! Bounds, constraints, defaults and values are computed when first asked for, by evaluator functions that take a
//! format (PEP 649); the work on parameters themselves is done by functions of `typing.py`.

use crate::object::PyPayload;
use crate::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Slot, Vm, method};
use exuvia_object::{Class, Traverse};
use std::cell::Cell;

/// A value that an evaluator computes when it is first asked for.
#[derive(Debug, Traverse, Default)]
struct Lazy {
    value: Slot,
    evaluator: Slot,
}

impl Lazy {
    fn with_value(value: Option<PyRef>) -> Self {
        Self {
            value: Slot::new(value),
            evaluator: Slot::empty(),
        }
    }

    fn is_set(&self) -> bool {
        !self.value.is_empty() || !self.evaluator.is_empty()
    }

    /// A function that computes the value in a given format (PEP 749), or `None` if there is nothing to compute.
    fn evaluator(&self, vm: &mut Vm) -> PyResult {
        if let Some(evaluator) = self.evaluator.get() {
            return Ok(evaluator);
        }
        match self.value.get() {
            Some(value) => Ok(vm.new_object(PyConstEvaluator { value })?.into_any()),
            None => Ok(vm.none()),
        }
    }

    fn get(&self, vm: &mut Vm) -> PyResult<Option<PyRef>> {
        if let Some(value) = self.value.get() {
            return Ok(Some(value));
        }
        let Some(evaluator) = self.evaluator.get() else {
            return Ok(None);
        };
        let format = vm.new_int(1)?;
        let value = vm.call_positional(&evaluator, &[format])?;
        self.value.set(Some(value.clone()));
        Ok(Some(value))
    }
}

/// A `TypeVar`, `ParamSpec` or `TypeVarTuple`.
#[derive(Debug, Traverse)]
pub struct PyTypeParam {
    name: Ref<PyStr>,
    bound: Lazy,
    constraints: Lazy,
    default: Lazy,
    module: Slot,
    covariant: Cell<bool>,
    contravariant: Cell<bool>,
    infer_variance: Cell<bool>,
}

impl PyPayload for PyTypeParam {
    const DEF: &'static TypeDef = &TYPE_VAR;
}

/// `P.args` or `P.kwargs`.
#[derive(Debug, Traverse)]
pub struct PyParamSpecPart {
    origin: PyRef,
}

impl PyPayload for PyParamSpecPart {
    const DEF: &'static TypeDef = &PARAM_SPEC_ARGS;
}

/// A `type` statement's alias.
#[derive(Debug, Traverse)]
pub struct PyTypeAlias {
    name: Ref<PyStr>,
    params: Slot,
    value: Lazy,
    module: Slot,
}

impl PyPayload for PyTypeAlias {
    const DEF: &'static TypeDef = &TYPE_ALIAS;
}

/// Stands for an evaluator where the value was given, not an expression.
#[derive(Debug, Traverse)]
pub struct PyConstEvaluator {
    value: PyRef,
}

impl PyPayload for PyConstEvaluator {
    const DEF: &'static TypeDef = &CONST_EVALUATOR;
}

/// What a parameter without a default has (`typing.NoDefault`), and the base `Generic`: plain types.
#[derive(Debug, Traverse)]
pub struct PyNoDefault;

impl PyPayload for PyNoDefault {
    const DEF: &'static TypeDef = &NO_DEFAULT;
}

const PARAM_SLOTS: Slots = Slots {
    repr: Some(repr),
    or: Some(|vm, a, b| crate::types::union::of_all(vm, &[a.clone(), b.clone()])),
    ..Slots::EMPTY
};

const PARAM_FLAGS: TypeFlags = TypeFlags::WEAKREF.or(TypeFlags::DICT);

/// `typing.TypeVar`
pub static TYPE_VAR: TypeDef = TypeDef {
    doc: "A type parameter.",
    class: Some(Class::of::<PyTypeParam>),
    flags: PARAM_FLAGS,
    slots: Slots {
        new: Some(new_type_var),
        ..PARAM_SLOTS
    },
    getset: &[
        NAME,
        BOUND,
        CONSTRAINTS,
        DEFAULT,
        COVARIANT,
        CONTRAVARIANT,
        INFER_VARIANCE,
        MODULE,
        EVALUATE_BOUND,
        EVALUATE_CONSTRAINTS,
        EVALUATE_DEFAULT,
    ],
    methods: &[
        method!(
            "__typing_subst__",
            "($self, arg, /)",
            |vm: &mut Vm, this: PyRef, arg: PyRef| typing(vm, "_typevar_subst", &[this, arg]),
            "The argument in place of the parameter."
        ),
        method!(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            type_var_prepare,
            "The arguments, with the default filled in."
        ),
        HAS_DEFAULT,
        REDUCE,
        MRO_ENTRIES_TYPE_VAR,
    ],
    ..TypeDef::new("typing.TypeVar")
};

/// `typing.ParamSpec`
pub static PARAM_SPEC: TypeDef = TypeDef {
    doc: "A parameter that stands for the parameters of a callable.",
    class: Some(Class::of::<PyTypeParam>),
    flags: PARAM_FLAGS,
    slots: Slots {
        new: Some(new_param_spec),
        ..PARAM_SLOTS
    },
    getset: &[
        NAME,
        BOUND,
        DEFAULT,
        COVARIANT,
        CONTRAVARIANT,
        INFER_VARIANCE,
        MODULE,
        EVALUATE_DEFAULT,
        GetSet {
            name: "args",
            doc: "The positional parameters.",
            get: |vm, this| part(vm, this, &PARAM_SPEC_ARGS),
            set: None,
        },
        GetSet {
            name: "kwargs",
            doc: "The keyword parameters.",
            get: |vm, this| part(vm, this, &PARAM_SPEC_KWARGS),
            set: None,
        },
    ],
    methods: &[
        method!(
            "__typing_subst__",
            "($self, arg, /)",
            |vm: &mut Vm, this: PyRef, arg: PyRef| typing(vm, "_paramspec_subst", &[this, arg]),
            "The argument in place of the parameter."
        ),
        method!(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |vm: &mut Vm, this: PyRef, alias: PyRef, args: PyRef| typing(
                vm,
                "_paramspec_prepare_subst",
                &[this, alias, args]
            ),
            "The arguments, made fit."
        ),
        HAS_DEFAULT,
        REDUCE,
        MRO_ENTRIES_PARAM_SPEC,
    ],
    ..TypeDef::new("typing.ParamSpec")
};

/// `typing.TypeVarTuple`
pub static TYPE_VAR_TUPLE: TypeDef = TypeDef {
    doc: "A parameter that stands for any number of types.",
    class: Some(Class::of::<PyTypeParam>),
    flags: PARAM_FLAGS,
    slots: Slots {
        new: Some(new_type_var_tuple),
        iter: Some(unpack),
        repr: Some(repr),
        ..Slots::EMPTY
    },
    getset: &[NAME, DEFAULT, MODULE, EVALUATE_DEFAULT],
    methods: &[
        method!(
            "__typing_subst__",
            "($self, arg, /)",
            |vm: &mut Vm, _this: PyRef, _arg: PyRef| -> PyResult {
                Err(vm.type_error("Substitution of bare TypeVarTuple is not supported"))
            },
            "Refuses: a tuple of types takes its place."
        ),
        method!(
            "__typing_prepare_subst__",
            "($self, alias, args, /)",
            |vm: &mut Vm, this: PyRef, alias: PyRef, args: PyRef| typing(
                vm,
                "_typevartuple_prepare_subst",
                &[this, alias, args]
            ),
            "The arguments, made fit."
        ),
        HAS_DEFAULT,
        REDUCE,
        MRO_ENTRIES_TYPE_VAR_TUPLE,
    ],
    ..TypeDef::new("typing.TypeVarTuple")
};

/// `typing.ParamSpecArgs`
pub static PARAM_SPEC_ARGS: TypeDef = TypeDef {
    doc: "The positional parameters of a ParamSpec.",
    class: Some(Class::of::<PyParamSpecPart>),
    flags: TypeFlags::WEAKREF,
    slots: Slots {
        new: Some(new_part),
        repr: Some(|vm, this| repr_part(vm, this, "args")),
        richcompare: Some(compare_part),
        ..Slots::EMPTY
    },
    getset: &[ORIGIN],
    ..TypeDef::new("typing.ParamSpecArgs")
};

/// `typing.ParamSpecKwargs`
pub static PARAM_SPEC_KWARGS: TypeDef = TypeDef {
    doc: "The keyword parameters of a ParamSpec.",
    class: Some(Class::of::<PyParamSpecPart>),
    flags: TypeFlags::WEAKREF,
    slots: Slots {
        new: Some(new_part),
        repr: Some(|vm, this| repr_part(vm, this, "kwargs")),
        richcompare: Some(compare_part),
        ..Slots::EMPTY
    },
    getset: &[ORIGIN],
    ..TypeDef::new("typing.ParamSpecKwargs")
};

/// `typing.TypeAliasType`
pub static TYPE_ALIAS: TypeDef = TypeDef {
    doc: "What a type statement makes.",
    class: Some(Class::of::<PyTypeAlias>),
    flags: TypeFlags::WEAKREF,
    slots: Slots {
        new: Some(new_alias),
        repr: Some(|_, this| Ok(alias(this).name.clone().into_any())),
        or: Some(crate::types::union::or),
        iter: Some(unpack),
        getitem: Some(|vm, this, item| {
            if alias(this).params.is_empty() {
                return Err(vm.type_error("Only generic type aliases are subscriptable"));
            }
            crate::types::generic_alias::new(vm, this, item)
        }),
        ..Slots::EMPTY
    },
    getset: &[
        GetSet {
            name: "__name__",
            doc: "The name of the alias.",
            get: |_, this| Ok(alias(this).name.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "__value__",
            doc: "The type that the alias stands for.",
            get: |vm, this| {
                let alias = alias(this).clone();
                Ok(alias.value.get(vm)?.unwrap_or_else(|| vm.none()))
            },
            set: None,
        },
        GetSet {
            name: "evaluate_value",
            doc: "A function that computes the type in a given format.",
            get: |vm, this| {
                let alias = alias(this).clone();
                alias.value.evaluator(vm)
            },
            set: None,
        },
        GetSet {
            name: "__type_params__",
            doc: "The type parameters.",
            get: |vm, this| {
                Ok(alias(this)
                    .params
                    .get()
                    .unwrap_or_else(|| vm.constants().empty_tuple.clone().into_any()))
            },
            set: None,
        },
        GetSet {
            name: "__parameters__",
            doc: "The type parameters, unpacked.",
            get: unpacked_params,
            set: None,
        },
        GetSet {
            name: "__module__",
            doc: "The module that the alias was defined in.",
            get: |vm, this| Ok(alias(this).module.get().unwrap_or_else(|| vm.none())),
            set: None,
        },
    ],
    methods: &[method!(
        "__reduce__",
        "($self, /)",
        |_: &mut Vm, this: Ref<PyTypeAlias>| this.name.clone(),
        "How to pickle it: by its name."
    )],
    ..TypeDef::new("typing.TypeAliasType")
};

/// The type of what stands for an evaluator.
pub static CONST_EVALUATOR: TypeDef = TypeDef {
    doc: "Gives a known value to who asks for it in a format.",
    class: Some(Class::of::<PyConstEvaluator>),
    flags: TypeFlags::NO_NEW.or(TypeFlags::IMMUTABLE),
    slots: Slots {
        repr: Some(|vm, this| {
            let value = const_evaluator(this).value.clone();
            let shown = vm.repr(&value)?.to_text().into_owned();
            Ok(vm.new_str(&format!("<constevaluator {shown}>"))?.into_any())
        }),
        call: Some(call_const_evaluator),
        ..Slots::EMPTY
    },
    ..TypeDef::new("_typing._ConstEvaluator")
};

/// `typing.NoDefaultType`
pub static NO_DEFAULT: TypeDef = TypeDef {
    doc: "The type of NoDefault.",
    class: Some(Class::of::<PyNoDefault>),
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("typing.NoDefault")?.into_any())),
        new: Some(|vm, _, _| no_default(vm)),
        ..Slots::EMPTY
    },
    ..TypeDef::new("typing.NoDefaultType")
};

/// `typing.Generic`
pub static GENERIC: TypeDef = TypeDef {
    doc: "The base of generic classes.",
    flags: TypeFlags::BASETYPE,
    methods: &[
        crate::class_method!(
            "__class_getitem__",
            "($type, params, /)",
            |vm: &mut Vm, class: PyRef, params: PyRef| typing(
                vm,
                "_generic_class_getitem",
                &[class, params]
            ),
            "The class with type arguments."
        ),
        crate::class_method!(
            "__init_subclass__",
            "($type, /, *args, **kwargs)",
            generic_init_subclass,
            "Finds the type parameters of a subclass."
        ),
    ],
    ..TypeDef::new("typing.Generic")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[
    &TYPE_VAR,
    &PARAM_SPEC,
    &TYPE_VAR_TUPLE,
    &PARAM_SPEC_ARGS,
    &PARAM_SPEC_KWARGS,
    &TYPE_ALIAS,
    &NO_DEFAULT,
    &GENERIC,
    &CONST_EVALUATOR,
];

const NAME: GetSet = GetSet {
    name: "__name__",
    doc: "The parameter's name.",
    get: |_, this| Ok(param(this).name.clone().into_any()),
    set: None,
};
const BOUND: GetSet = GetSet {
    name: "__bound__",
    doc: "The upper bound, or None.",
    get: |vm, this| {
        let param = param(this).clone();
        Ok(param.bound.get(vm)?.unwrap_or_else(|| vm.none()))
    },
    set: None,
};
const CONSTRAINTS: GetSet = GetSet {
    name: "__constraints__",
    doc: "The types that the parameter may stand for.",
    get: |vm, this| {
        let param = param(this).clone();
        Ok(param
            .constraints
            .get(vm)?
            .unwrap_or_else(|| vm.constants().empty_tuple.clone().into_any()))
    },
    set: None,
};
const DEFAULT: GetSet = GetSet {
    name: "__default__",
    doc: "The default, or NoDefault.",
    get: get_default,
    set: None,
};
const EVALUATE_BOUND: GetSet = GetSet {
    name: "evaluate_bound",
    doc: "A function that computes the bound in a given format, or None.",
    get: |vm, this| {
        let param = param(this).clone();
        param.bound.evaluator(vm)
    },
    set: None,
};
const EVALUATE_CONSTRAINTS: GetSet = GetSet {
    name: "evaluate_constraints",
    doc: "A function that computes the constraints in a given format, or None.",
    get: |vm, this| {
        let param = param(this).clone();
        param.constraints.evaluator(vm)
    },
    set: None,
};
const EVALUATE_DEFAULT: GetSet = GetSet {
    name: "evaluate_default",
    doc: "A function that computes the default in a given format, or None.",
    get: |vm, this| {
        let param = param(this).clone();
        param.default.evaluator(vm)
    },
    set: None,
};
const COVARIANT: GetSet = GetSet {
    name: "__covariant__",
    doc: "Whether it is covariant.",
    get: |vm, this| Ok(vm.new_bool(param(this).covariant.get())),
    set: None,
};
const CONTRAVARIANT: GetSet = GetSet {
    name: "__contravariant__",
    doc: "Whether it is contravariant.",
    get: |vm, this| Ok(vm.new_bool(param(this).contravariant.get())),
    set: None,
};
const INFER_VARIANCE: GetSet = GetSet {
    name: "__infer_variance__",
    doc: "Whether the variance is inferred.",
    get: |vm, this| Ok(vm.new_bool(param(this).infer_variance.get())),
    set: None,
};
const MODULE: GetSet = GetSet {
    name: "__module__",
    doc: "The module that the parameter was defined in.",
    get: |vm, this| match param(this).module.get() {
        Some(module) => Ok(module),
        None => Ok(vm.intern("typing")?.into_any()),
    },
    set: Some(|_, this, value| {
        param(this).module.set(value.cloned());
        Ok(())
    }),
};
const ORIGIN: GetSet = GetSet {
    name: "__origin__",
    doc: "The ParamSpec.",
    get: |_, this| {
        Ok(this
            .downcast_ref::<PyParamSpecPart>()
            .expect("getters get receivers of their type")
            .origin
            .clone())
    },
    set: None,
};
const HAS_DEFAULT: Method = method!(
    "has_default",
    "($self, /)",
    |_: &mut Vm, this: Ref<PyTypeParam>| this.default.is_set(),
    "Whether it has a default."
);
const REDUCE: Method = method!(
    "__reduce__",
    "($self, /)",
    |_: &mut Vm, this: Ref<PyTypeParam>| this.name.clone(),
    "How to pickle it: by its name."
);
const MRO_ENTRIES_TYPE_VAR: Method = method!(
    "__mro_entries__",
    "($self, bases, /)",
    |vm: &mut Vm, _: PyRef, _bases: PyRef| -> PyResult {
        Err(vm.type_error("Cannot subclass an instance of TypeVar"))
    },
    "Refuses to be a base."
);
const MRO_ENTRIES_PARAM_SPEC: Method = method!(
    "__mro_entries__",
    "($self, bases, /)",
    |vm: &mut Vm, _: PyRef, _bases: PyRef| -> PyResult {
        Err(vm.type_error("Cannot subclass an instance of ParamSpec"))
    },
    "Refuses to be a base."
);
const MRO_ENTRIES_TYPE_VAR_TUPLE: Method = method!(
    "__mro_entries__",
    "($self, bases, /)",
    |vm: &mut Vm, _: PyRef, _bases: PyRef| -> PyResult {
        Err(vm.type_error("Cannot subclass an instance of TypeVarTuple"))
    },
    "Refuses to be a base."
);

fn param(this: &PyRef) -> &Ref<PyTypeParam> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn alias(this: &PyRef) -> &Ref<PyTypeAlias> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn const_evaluator(this: &PyRef) -> &Ref<PyConstEvaluator> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// `annotationlib.Format.STRING`
const FORMAT_STRING: i64 = 4;

fn call_const_evaluator(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let [format] = args.values else {
        return Err(vm.type_error("constevaluator takes exactly 1 argument"));
    };
    let value = const_evaluator(this).value.clone();
    if vm.index_i64(format)? != FORMAT_STRING {
        return Ok(value);
    }
    let shown = match value.downcast_ref::<PyTuple>() {
        Some(items) => {
            let items = items.to_vec();
            let mut texts = Vec::with_capacity(items.len());
            for item in &items {
                texts.push(type_text(vm, item)?);
            }
            format!("({})", texts.join(", "))
        }
        None => type_text(vm, &value)?,
    };
    Ok(vm.new_str(&shown)?.into_any())
}

fn type_text(vm: &mut Vm, value: &PyRef) -> PyResult<String> {
    let shown = if vm.is_none(value) {
        "None".to_owned()
    } else {
        crate::types::generic_alias::shown(vm, value)?
    };
    Ok(shown)
}

/// The type parameters of an alias, with `*Ts` for a `TypeVarTuple`.
fn unpacked_params(vm: &mut Vm, this: &PyRef) -> PyResult {
    let Some(params) = alias(this).params.get() else {
        return Ok(vm.constants().empty_tuple.clone().into_any());
    };
    unpack_params(vm, &params)
}

/// A tuple of type parameters with `*Ts` for each `TypeVarTuple`.
///
/// # Errors
/// What importing `typing` raises; `OutOfMemory`.
pub(crate) fn unpack_params(vm: &mut Vm, params: &PyRef) -> PyResult {
    let mut unpacked = Vec::new();
    for param in vm.to_vec(params)? {
        if vm.is_exactly(&param, &TYPE_VAR_TUPLE) {
            unpacked.extend(vm.to_vec(&param)?);
        } else {
            unpacked.push(param);
        }
    }
    Ok(vm.new_tuple(&unpacked)?.into_any())
}

/// `typing.NoDefault`, one per runtime.
///
/// # Errors
/// `OutOfMemory`.
pub fn no_default(vm: &mut Vm) -> PyResult {
    if let Some(known) = vm.eval.no_default.clone() {
        return Ok(known);
    }
    let made = vm.new_object(PyNoDefault)?.into_any();
    vm.eval.no_default = Some(made.clone());
    Ok(made)
}

/// Calls a function of `typing.py`.
fn typing(vm: &mut Vm, function: &str, args: &[PyRef]) -> PyResult {
    let module = vm.import("typing")?;
    vm.call_method_str(&module, function, args)
}

fn generic_init_subclass(
    vm: &mut Vm,
    class: PyRef,
    args: crate::table::Rest,
    keywords: crate::KwArgs,
) -> PyResult {
    let module = vm.import("typing")?;
    let function = vm.get_attr_str(&module, "_generic_init_subclass")?;
    let mut values = vec![class];
    values.extend(args.0);
    let mut names = Vec::new();
    for (name, value) in keywords {
        names.push(name.into_any());
        values.push(value);
    }
    vm.call(
        &function,
        Args {
            values: &values,
            names: &names,
        },
    )
}

fn get_default(vm: &mut Vm, this: &PyRef) -> PyResult {
    let param = param(this).clone();
    match param.default.get(vm)? {
        Some(value) => Ok(value),
        None => no_default(vm),
    }
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let param = param(this).clone();
    let is_param_spec_like = !vm.is_exactly(this, &TYPE_VAR_TUPLE);
    let mark = if !is_param_spec_like || param.infer_variance.get() {
        ""
    } else if param.covariant.get() {
        "+"
    } else if param.contravariant.get() {
        "-"
    } else {
        "~"
    };
    Ok(vm
        .new_str(&format!("{mark}{}", param.name.to_text()))?
        .into_any())
}

fn unpack(vm: &mut Vm, this: &PyRef) -> PyResult {
    let module = vm.import("typing")?;
    let unpack = vm.get_attr_str(&module, "Unpack")?;
    let item = vm.get_item(&unpack, this)?;
    let tuple = vm.new_tuple(&[item])?;
    vm.iter(tuple.as_any())
}

fn part(vm: &mut Vm, this: &PyRef, def: &'static TypeDef) -> PyResult {
    let class = vm.class(def).clone();
    Ok(vm
        .new_instance(
            &class,
            PyParamSpecPart {
                origin: this.clone(),
            },
        )?
        .into_any())
}

fn new_part(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let [origin] = args.values else {
        return Err(vm.type_error(format!("{}() takes exactly one argument", ty.name_text())));
    };
    Ok(vm
        .new_instance(
            ty,
            PyParamSpecPart {
                origin: origin.clone(),
            },
        )?
        .into_any())
}

fn part_origin(this: &PyRef) -> Option<PyRef> {
    this.downcast_ref::<PyParamSpecPart>()
        .map(|part| part.origin.clone())
}

fn repr_part(vm: &mut Vm, this: &PyRef, which: &str) -> PyResult {
    let origin = part_origin(this).unwrap_or_else(|| vm.none());
    let name = match origin.downcast_ref::<PyTypeParam>() {
        Some(param) => param.name.to_text().into_owned(),
        None => vm.repr(&origin)?.to_text().into_owned(),
    };
    Ok(vm.new_str(&format!("{name}.{which}"))?.into_any())
}

fn compare_part(vm: &mut Vm, this: &PyRef, other: &PyRef, op: crate::table::CompareOp) -> PyResult {
    use crate::table::CompareOp;
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !vm.type_of(this).is(vm.type_of(other)) {
        return Ok(vm.not_implemented());
    }
    let (Some(a), Some(b)) = (part_origin(this), part_origin(other)) else {
        return Ok(vm.not_implemented());
    };
    let equal = vm.equal(&a, &b)?;
    Ok(vm.new_bool(equal == (op == CompareOp::Eq)))
}

fn type_var_prepare(vm: &mut Vm, this: Ref<PyTypeParam>, alias: PyRef, args: PyRef) -> PyResult {
    let params = vm.get_attr_str(&alias, "__parameters__")?;
    let params = vm.to_vec(&params)?;
    let mut items = vm.to_vec(&args)?;
    let index = params.iter().position(|param| param.is(&this));
    let Some(index) = index else { return Ok(args) };
    if index < items.len() {
        return Ok(args);
    }
    if index == items.len() && this.default.is_set() {
        let default = get_default(vm, this.as_any())?;
        items.push(default);
        return Ok(vm.new_tuple(&items)?.into_any());
    }
    let shown = vm.repr(&alias)?.to_text().into_owned();
    Err(vm.type_error(format!(
        "Too few arguments for {shown}; actual {}, expected {}",
        items.len(),
        params.len()
    )))
}

/// The module of the code that runs.
fn caller_module(vm: &mut Vm) -> PyResult<Option<PyRef>> {
    match vm.current_module_name() {
        Some(name) => Ok(Some(vm.new_str(&name)?.into_any())),
        None => Ok(None),
    }
}

fn blank(vm: &mut Vm, name: Ref<PyStr>) -> PyResult<PyTypeParam> {
    Ok(PyTypeParam {
        name,
        bound: Lazy::default(),
        constraints: Lazy::default(),
        default: Lazy::default(),
        module: Slot::new(caller_module(vm)?),
        covariant: Cell::new(false),
        contravariant: Cell::new(false),
        infer_variance: Cell::new(false),
    })
}

/// Reads the name and the keyword arguments that the three constructors share.
fn new_param(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult<(PyTypeParam, Vec<PyRef>)> {
    let mut positional = args.positionals().to_vec();
    let mut name = if positional.is_empty() {
        None
    } else {
        Some(positional.remove(0))
    };
    let mut keywords = Vec::new();
    for (keyword, value) in args.keywords() {
        let text = keyword
            .downcast_ref::<PyStr>()
            .map(|text| text.to_text().into_owned())
            .unwrap_or_default();
        if text == "name" {
            name = Some(value.clone())
        } else {
            keywords.push((text, value.clone()))
        }
    }
    let function = ty.name_text().to_lowercase();
    let Some(name) = name else {
        let message = format!("{function}() missing required argument 'name' (pos 1)");
        return Err(vm.type_error(message));
    };
    let name = name.downcast::<PyStr>().map_err(|name| {
        let found = vm.type_name(&name);
        vm.type_error(format!(
            "{function}() argument 'name' must be str, not {found}"
        ))
    })?;
    let mut made = blank(vm, name)?;
    for (keyword, value) in keywords {
        match keyword.as_str() {
            "bound" if vm.is_none(&value) => {}
            "bound" => {
                let message = vm.new_str("Bound must be a type.")?.into_any();
                made.bound = Lazy::with_value(Some(typing(vm, "_type_check", &[value, message])?));
            }
            "default" => made.default = Lazy::with_value(Some(value)),
            "covariant" => made.covariant.set(vm.is_true(&value)?),
            "contravariant" => made.contravariant.set(vm.is_true(&value)?),
            "infer_variance" => made.infer_variance.set(vm.is_true(&value)?),
            other => {
                let class = ty.name_text().to_lowercase();
                return Err(vm.type_error(format!(
                    "{class}() got an unexpected keyword argument '{other}'"
                )));
            }
        }
    }
    if made.covariant.get() && made.contravariant.get() {
        return Err(vm.value_error("Bivariant types are not supported."));
    }
    if made.infer_variance.get() && (made.covariant.get() || made.contravariant.get()) {
        return Err(vm.value_error("Variance cannot be specified with infer_variance."));
    }
    Ok((made, positional))
}

fn new_type_var(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let (mut made, constraints) = new_param(vm, ty, args)?;
    if constraints.len() == 1 {
        return Err(vm.type_error("A single constraint is not allowed"));
    }
    if !constraints.is_empty() {
        if made.bound.is_set() {
            return Err(vm.type_error("Constraints cannot be combined with bound=..."));
        }
        made.constraints = Lazy::with_value(Some(vm.new_tuple(&constraints)?.into_any()));
    }
    Ok(vm.new_instance(ty, made)?.into_any())
}

fn new_param_spec(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let (made, _) = new_param(vm, ty, args)?;
    Ok(vm.new_instance(ty, made)?.into_any())
}

fn new_type_var_tuple(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let (made, _) = new_param(vm, ty, args)?;
    Ok(vm.new_instance(ty, made)?.into_any())
}

fn new_alias(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let mut given = args.positionals().iter().cloned();
    let (mut name, mut value, mut params) = (given.next(), given.next(), None);
    for (keyword, argument) in args.keywords() {
        match keyword
            .downcast_ref::<PyStr>()
            .map(|text| text.to_text().into_owned())
            .as_deref()
        {
            Some("name") => name = Some(argument.clone()),
            Some("value") => value = Some(argument.clone()),
            Some("type_params") => params = Some(argument.clone()),
            _ => return Err(vm.type_error("typealias() got an unexpected keyword argument")),
        }
    }
    let Some(name) = name.and_then(|name| name.downcast::<PyStr>().ok()) else {
        return Err(vm.type_error("typealias() argument 'name' must be str"));
    };
    let Some(value) = value else {
        return Err(vm.type_error("typealias() missing required argument 'value' (pos 2)"));
    };
    if let Some(params) = &params
        && !params.is_a::<PyTuple>()
    {
        return Err(vm.type_error("type_params must be a tuple"));
    }
    let module = Slot::new(caller_module(vm)?);
    let made = PyTypeAlias {
        name,
        params: Slot::new(params),
        value: Lazy::with_value(Some(value)),
        module,
    };
    Ok(vm.new_instance(ty, made)?.into_any())
}

/// A type parameter that the compiler asks for, with its evaluators by what they evaluate.
///
/// # Errors
/// `OutOfMemory`; `SystemError` for operands that no compiler makes.
pub(crate) fn make_type_param(
    vm: &mut Vm,
    kind: &str,
    args: &[PyRef],
    evaluators: &[(&str, PyRef)],
) -> PyResult {
    let Some(name) = args
        .first()
        .and_then(|name| name.downcast_ref::<PyStr>())
        .cloned()
    else {
        return Err(vm.system_error("a type parameter needs a name"));
    };
    // It belongs to what it is a parameter of, and to no module by itself.
    let made = PyTypeParam {
        module: Slot::empty(),
        ..blank(vm, name)?
    };
    for (what, evaluator) in evaluators {
        let target = if what.starts_with("bound") {
            &made.bound
        } else {
            &made.constraints
        };
        target.evaluator.set(Some(evaluator.clone()));
    }
    let def = match kind {
        "TypeVar" => {
            made.infer_variance.set(true);
            &TYPE_VAR
        }
        "ParamSpec" => {
            made.infer_variance.set(true);
            &PARAM_SPEC
        }
        _ => &TYPE_VAR_TUPLE,
    };
    let class = vm.class(def).clone();
    Ok(vm.new_instance(&class, made)?.into_any())
}

/// Gives a type parameter the evaluator of its default (PEP 696).
///
/// # Errors
/// `SystemError` for operands that no compiler makes.
pub(crate) fn set_default(vm: &mut Vm, param: &PyRef, evaluator: &PyRef) -> PyResult<()> {
    match param.downcast_ref::<PyTypeParam>() {
        Some(param) => {
            param.default.evaluator.set(Some(evaluator.clone()));
            Ok(())
        }
        None => Err(vm.system_error("a default needs a type parameter")),
    }
}

/// The alias of a `type` statement: name, parameters or None, evaluator.
///
/// # Errors
/// `OutOfMemory`; `SystemError` for operands that no compiler makes.
pub(crate) fn make_type_alias(vm: &mut Vm, parts: &PyRef) -> PyResult {
    let parts = parts
        .downcast_ref::<PyTuple>()
        .map(|parts| parts.to_vec())
        .unwrap_or_default();
    let [name, params, evaluator] = parts.as_slice() else {
        return Err(vm.system_error("a type alias needs a name, parameters and a value"));
    };
    let Some(name) = name.downcast_ref::<PyStr>() else {
        return Err(vm.system_error("a type alias needs a name"));
    };
    let params = if vm.is_none(params) {
        None
    } else {
        Some(params.clone())
    };
    let value = Lazy {
        value: Slot::empty(),
        evaluator: Slot::new(Some(evaluator.clone())),
    };
    let module = Slot::new(caller_module(vm)?);
    let made = PyTypeAlias {
        name: name.clone(),
        params: Slot::new(params),
        value,
        module,
    };
    Ok(vm.new_object(made)?.into_any())
}
