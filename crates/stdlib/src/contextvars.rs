//! `_contextvars`: context variables (PEP 567).
//!
//! A context's values are a dict that is copied when it is changed while somebody else has it: another context, or an
//! iterator. Copying a context takes constant time so, and so does setting a variable, but for the first time after.

use crate::{call_new_row, receiver};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{CompareOp, GetSet, Method, MethodKind, Shape, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::dict::{PyDict, PyDictIter, View, iterate};
use exuvia_vm::types::exception::LOOKUP_ERROR;
use exuvia_vm::types::generic_alias::class_getitem;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{
    Args, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm, class_method, function, method,
};
use std::cell::Cell;

static FUNCTIONS: &[Method] = &[function!(
    "copy_context",
    "($module, /)",
    |vm: &mut Vm| current(vm)?.copy(vm),
    "The values that variables have now, for use later."
)];

/// The context that code runs in.
#[derive(Debug, Default)]
struct Current(Option<Ref<PyContext>>);

impl exuvia_vm::import::Extension for Current {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.0.iter().for_each(|context| visit(context.as_any()));
    }
}

/// What a token has in the place of an old value if the variable had none.
#[derive(Debug, Default)]
struct Missing(Option<PyRef>);

impl exuvia_vm::import::Extension for Missing {
    fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        self.0.iter().for_each(visit);
    }
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    crate::add_types(
        vm,
        module,
        &[
            ("Context", &CONTEXT),
            ("ContextVar", &CONTEXT_VAR),
            ("Token", &TOKEN),
        ],
    )?;
    vm.make_class(&TOKEN_MISSING)?;
    let missing = vm.new_object(PyMissing)?.into_any();
    vm.extensions.get::<Missing>().0 = Some(missing.clone());
    let name = vm.intern("MISSING")?;
    let token = vm.class(&TOKEN).dict();
    token.set_str_guarded(vm, &name, missing)?;
    vm.add_functions(module, FUNCTIONS)
}

/// The context that code runs in, made when it is needed first.
fn current(vm: &mut Vm) -> PyResult<Ref<PyContext>> {
    if let Some(context) = &vm.extensions.get::<Current>().0 {
        return Ok(context.clone());
    }
    let context = vm.new_object(PyContext::default())?;
    context.is_entered.set(true);
    vm.extensions.get::<Current>().0 = Some(context.clone());
    Ok(context)
}

/// A context: variables and their values. 32 bytes and a dict.
#[derive(Debug, Default, Traverse)]
pub struct PyContext {
    /// `None`: no variable has a value.
    values: Slot<PyDict>,
    /// Whether code runs in it.
    is_entered: Cell<bool>,
}

impl PyPayload for PyContext {
    const DEF: &'static TypeDef = &CONTEXT;
}

/// `contextvars.Context`
static CONTEXT: TypeDef = TypeDef {
    class: Some(Class::of::<PyContext>),
    doc: "Variables and the values that they have for code that runs in the context.",
    flags: TypeFlags::WEAKREF,
    slots: Slots {
        richcompare: Some(compare_contexts),
        iter: Some(|vm, this| Ok(context_view(vm, receiver(this), View::Keys)?.into_any())),
        len: Some(|vm, this| {
            let values = receiver::<PyContext>(this).values.get();
            Ok(values.map_or(0, |values| values.len(vm)))
        }),
        getitem: Some(|vm, this, key| {
            let found = receiver::<PyContext>(this).lookup(vm, key)?;
            found.ok_or_else(|| vm.key_error(key))
        }),
        contains: Some(|vm, this, key| Ok(receiver::<PyContext>(this).lookup(vm, key)?.is_some())),
        new: Some(|vm, ty, args| {
            if !args.is_empty() {
                return Err(vm.type_error("Context() does not accept any arguments"));
            }
            Ok(vm.new_instance(ty, PyContext::default())?.into_any())
        }),
        ..Slots::EMPTY
    },
    methods: &[
        Method {
            name: "run",
            signature: "($self, callable, /, *args, **kwargs)",
            shape: Shape::of("($self, callable, /, *args, **kwargs)"),
            kind: MethodKind::Instance,
            doc: "Calls something in this context.",
            call: |vm, args, _| run(vm, args),
        },
        method!(
            "copy",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyContext>| this.copy(vm),
            "A context with the same values."
        ),
        method!(
            "get",
            "($self, key, default=None, /)",
            |vm: &mut Vm, this: Ref<PyContext>, key: PyRef, default: Option<PyRef>| {
                Ok::<_, PyErr>(this.lookup(vm, &key)?.or(default))
            },
            "The value of a variable, or the default if it has none."
        ),
        method!(
            "keys",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyContext>| context_view(vm, &this, View::Keys),
            "The variables that have values."
        ),
        method!(
            "values",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyContext>| context_view(vm, &this, View::Values),
            "The values."
        ),
        method!(
            "items",
            "($self, /)",
            |vm: &mut Vm, this: Ref<PyContext>| context_view(vm, &this, View::Items),
            "Pairs of a variable and its value."
        ),
    ],
    ..TypeDef::new("_contextvars.Context")
};

impl PyContext {
    fn copy(&self, vm: &Vm) -> PyResult<Ref<Self>> {
        vm.new_object(Self {
            values: Slot::new(self.values.get()),
            is_entered: Cell::new(false),
        })
    }

    fn value(&self, vm: &mut Vm, var: &Ref<PyContextVar>) -> PyResult<Option<PyRef>> {
        match self.values.get() {
            Some(values) => values.get_item(vm, var.as_any()),
            None => Ok(None),
        }
    }

    /// The value for a key, which must be a variable.
    fn lookup(&self, vm: &mut Vm, key: &PyRef) -> PyResult<Option<PyRef>> {
        match key.downcast_ref::<PyContextVar>() {
            Some(var) => self.value(vm, var),
            None => {
                let shown = vm.repr(key)?;
                Err(vm.type_error(format!(
                    "a ContextVar key was expected, got {}",
                    shown.to_text()
                )))
            }
        }
    }

    /// The values, to be changed: not those that somebody else has too.
    fn own_values(&self, vm: &mut Vm) -> PyResult<Ref<PyDict>> {
        let values = match self.values.get() {
            // One reference is the context's, one this function's.
            Some(values) if values.count() == 2 => return Ok(values),
            Some(values) => values.copy(vm)?,
            None => vm.new_dict()?,
        };
        self.values.set(Some(values.clone()));
        Ok(values)
    }
}

fn compare_contexts(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let (Some(left), Some(right), true) = (
        this.downcast_ref::<PyContext>(),
        other.downcast_ref::<PyContext>(),
        matches!(op, CompareOp::Eq | CompareOp::Ne),
    ) else {
        return Ok(vm.not_implemented());
    };
    let (left, right) = (values_of(vm, left)?, values_of(vm, right)?);
    vm.compare(left.as_any(), right.as_any(), op)
}

fn values_of(vm: &Vm, context: &Ref<PyContext>) -> PyResult<Ref<PyDict>> {
    context.values.get().map_or_else(|| vm.new_dict(), Ok)
}

fn context_view(vm: &Vm, context: &Ref<PyContext>, view: View) -> PyResult<Ref<PyDictIter>> {
    let values = values_of(vm, context)?;
    iterate(vm, &values, view, false)
}

fn run(vm: &mut Vm, args: Args<'_>) -> PyResult {
    let Some(context) = args
        .positionals()
        .first()
        .and_then(|this| this.downcast_ref::<PyContext>())
    else {
        return Err(vm.type_error("run() needs a Context"));
    };
    let Some(callable) = args.positionals().get(1) else {
        return Err(vm.type_error("run() missing 1 required positional argument"));
    };
    if context.is_entered.get() {
        let shown = vm.repr(context.as_any())?;
        return Err(vm.runtime_error(format!(
            "cannot enter context: {} is already entered",
            shown.to_text()
        )));
    }
    let outer = current(vm)?;
    context.is_entered.set(true);
    vm.extensions.get::<Current>().0 = Some(context.clone());
    let result = vm.call(callable, args.skip(2));
    context.is_entered.set(false);
    vm.extensions.get::<Current>().0 = Some(outer);
    result
}

/// A context variable. 32 bytes.
#[derive(Debug, Traverse)]
pub struct PyContextVar {
    name: Ref<PyStr>,
    default: Option<PyRef>,
}

impl PyPayload for PyContextVar {
    const DEF: &'static TypeDef = &CONTEXT_VAR;
}

/// `contextvars.ContextVar`
static CONTEXT_VAR: TypeDef = TypeDef {
    class: Some(Class::of::<PyContextVar>),
    doc: "ContextVar(name, *, default=...)\n\nA variable whose value depends on the context that code runs in.",
    slots: Slots {
        repr: Some(repr_var),
        new: Some(|vm, ty, args| call_new_row(vm, &NEW_VAR, ty, args)),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "get",
            "($self, default=<unrepresentable>, /)",
            get,
            "The value in the current context, or else the default given, or else the variable's.\n\nRaises LookupError \
             if there is none of these."
        ),
        method!(
            "set",
            "($self, value, /)",
            set,
            "Gives the variable a value in the current context; returns a token that undoes it."
        ),
        method!(
            "reset",
            "($self, token, /)",
            reset,
            "Gives the variable the value again that it had before the call of set that returned the token."
        ),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            class_getitem,
            "The generic alias ContextVar[object]."
        ),
    ],
    getset: &[GetSet {
        name: "name",
        doc: "The variable's name.",
        get: |_, this| Ok(receiver::<PyContextVar>(this).name.clone().into_any()),
        set: Some(|vm, _, _| Err(vm.attribute_error("readonly attribute"))),
    }],
    ..TypeDef::new("_contextvars.ContextVar")
};

static NEW_VAR: Method = class_method!(
    "ContextVar",
    "($type, name, /, *, default=<unrepresentable>)",
    |vm: &mut Vm, ty: Ref<PyType>, name: PyRef, default: Option<PyRef>| {
        match name.downcast::<PyStr>() {
            // The name of a variable must have a hash, as a part of the variable's in CPython.
            Ok(name) => vm
                .hash(name.as_any())
                .and_then(|_| vm.new_instance(&ty, PyContextVar { name, default })),
            Err(_) => Err(vm.type_error("context variable name must be a str")),
        }
    },
    "Makes a variable."
);

fn repr_var(vm: &mut Vm, this: &PyRef) -> PyResult {
    let var = receiver::<PyContextVar>(this);
    let name = vm.repr(var.name.as_any())?;
    let default = match &var.default {
        None => String::new(),
        Some(default) => {
            if vm.repr_enter(this)? {
                return Ok(vm.new_str("...")?.into_any());
            }
            let shown = vm.recursion_guard(|vm| vm.repr(default));
            vm.repr_leave(this);
            format!(" default={}", shown?.to_text())
        }
    };
    let (name, address) = (name.to_text(), this.address());
    let text = format!("<ContextVar name={name}{default} at {address:#x}>");
    Ok(vm.new_str(&text)?.into_any())
}

fn get(vm: &mut Vm, this: Ref<PyContextVar>, default: Option<PyRef>) -> PyResult {
    let value = current(vm)?.value(vm, &this)?;
    match value.or(default).or_else(|| this.default.clone()) {
        Some(value) => Ok(value),
        None => Err(vm.error_with(&LOOKUP_ERROR, &[this.into_any()])),
    }
}

fn set(vm: &mut Vm, this: Ref<PyContextVar>, value: PyRef) -> PyResult<Ref<PyContextToken>> {
    let context = current(vm)?;
    let old = context.value(vm, &this)?;
    let token = vm.new_object(PyContextToken {
        context: context.clone(),
        var: this.clone(),
        old,
        is_used: Cell::new(false),
    })?;
    let values = context.own_values(vm)?;
    values.set_item(vm, this.as_any(), value)?;
    Ok(token)
}

fn reset(vm: &mut Vm, this: Ref<PyContextVar>, token: PyRef) -> PyResult<()> {
    match token.downcast_ref::<PyContextToken>() {
        Some(token) => undo(vm, &this, token),
        None => {
            let shown = vm.repr(&token)?;
            Err(vm.type_error(format!(
                "expected an instance of Token, got {}",
                shown.to_text()
            )))
        }
    }
}

fn undo(vm: &mut Vm, var: &Ref<PyContextVar>, token: &Ref<PyContextToken>) -> PyResult<()> {
    let context = current(vm)?;
    if token.is_used.get() {
        let shown = vm.repr(token.as_any())?;
        let message = format!("{} has already been used once", shown.to_text());
        return Err(vm.runtime_error(message));
    }
    if !token.var.is(var) {
        let shown = vm.repr(token.as_any())?;
        let message = format!("{} was created by a different ContextVar", shown.to_text());
        return Err(vm.value_error(message));
    }
    if !token.context.is(&context) {
        let shown = vm.repr(token.as_any())?;
        let message = format!("{} was created in a different Context", shown.to_text());
        return Err(vm.value_error(message));
    }
    token.is_used.set(true);
    let values = context.own_values(vm)?;
    match &token.old {
        Some(old) => values.set_item(vm, var.as_any(), old.clone()),
        None => values.del_item(vm, var.as_any()).map(drop),
    }
}

/// What `set` returns. 48 bytes.
#[derive(Debug, Traverse)]
pub struct PyContextToken {
    context: Ref<PyContext>,
    var: Ref<PyContextVar>,
    /// The value before; `None`: there was none.
    old: Option<PyRef>,
    is_used: Cell<bool>,
}

impl PyPayload for PyContextToken {
    const DEF: &'static TypeDef = &TOKEN;
}

/// `contextvars.Token`
static TOKEN: TypeDef = TypeDef {
    class: Some(Class::of::<PyContextToken>),
    doc: "Undoes a call of ContextVar.set: through reset, or at the end of a with statement.",
    slots: Slots {
        repr: Some(repr_token),
        // Two tokens are equal if they are the same; but they have no hash.
        richcompare: Some(|vm, this, other, op| {
            Ok(match op {
                CompareOp::Eq if this.is(other) => vm.new_bool(true),
                CompareOp::Ne if this.is(other) => vm.new_bool(false),
                _ => vm.not_implemented(),
            })
        }),
        new: Some(|vm, _, _| Err(vm.runtime_error("Tokens can only be created by ContextVars"))),
        ..Slots::EMPTY
    },
    methods: &[
        method!(
            "__enter__",
            "($self, /)",
            |_: &mut Vm, this: Ref<PyContextToken>| this,
            "The token."
        ),
        method!(
            "__exit__",
            "($self, type, val, tb, /)",
            |vm: &mut Vm, this: Ref<PyContextToken>, _ty: PyRef, _value: PyRef, _tb: PyRef| {
                undo(vm, &this.var, &this)
            },
            "Resets the variable."
        ),
        class_method!(
            "__class_getitem__",
            "($type, object, /)",
            class_getitem,
            "The generic alias Token[object]."
        ),
    ],
    getset: &[
        GetSet {
            name: "var",
            doc: "The variable.",
            get: |_, this| Ok(receiver::<PyContextToken>(this).var.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "old_value",
            doc: "The value that the variable had before, or Token.MISSING.",
            get: |vm, this| {
                let old = receiver::<PyContextToken>(this).old.clone();
                let missing = vm.extensions.get::<Missing>().0.clone();
                Ok(old.or(missing).unwrap_or_else(|| vm.none()))
            },
            set: None,
        },
    ],
    ..TypeDef::new("_contextvars.Token")
};

fn repr_token(vm: &mut Vm, this: &PyRef) -> PyResult {
    let token = receiver::<PyContextToken>(this);
    let var = vm.repr(token.var.as_any())?;
    let used = if token.is_used.get() { " used" } else { "" };
    let (var, address) = (var.to_text(), this.address());
    let text = format!("<Token{used} var={var} at {address:#x}>");
    Ok(vm.new_str(&text)?.into_any())
}

/// The type of `Token.MISSING`.
#[derive(Debug, Traverse)]
struct PyMissing;

impl PyPayload for PyMissing {
    const DEF: &'static TypeDef = &TOKEN_MISSING;
}

static TOKEN_MISSING: TypeDef = TypeDef {
    class: Some(Class::of::<PyMissing>),
    doc: "The type of Token.MISSING.",
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        repr: Some(|vm, _| Ok(vm.new_str("<Token.MISSING>")?.into_any())),
        ..Slots::EMPTY
    },
    ..TypeDef::new("Token.MISSING")
};
