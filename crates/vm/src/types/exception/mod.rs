//! `BaseException` and the whole hierarchy of built-in exceptions.
//!
//! All exceptions have one payload, [`PyException`]; what a type has beyond `BaseException` (an `OSError`'s `errno`,
//! an `ImportError`'s `name`) lies in its `fields`, whose meaning the type's table says (`fields.rs`).

mod carets;
pub mod fields;
pub mod group;
mod hierarchy;
pub mod report;

pub use hierarchy::*;

use crate::object::PyPayload;
use crate::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use crate::types::str::PyStr;
use crate::types::traceback::PyTraceback;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, HeapVec, PyErr, PyRef, PyResult, Ref, Slot, Vm, VmCell};
use exuvia_object::Traverse;
use std::cell::Cell;

/// An exception.
#[derive(Debug, Traverse)]
pub struct PyException {
    args: Slot<PyTuple>,
    traceback: Slot<PyTraceback>,
    cause: Slot<PyException>,
    context: Slot<PyException>,
    /// What the type has beyond `BaseException`, in the order of its table.
    pub(crate) fields: VmCell<HeapVec<Option<PyRef>>>,
    suppress_context: Cell<bool>,
}

impl PyPayload for PyException {
    const DEF: &'static TypeDef = &BASE_EXCEPTION;
}

impl PyException {
    /// The arguments that it was made with.
    pub fn args(&self) -> Ref<PyTuple> {
        self.args.get().expect("an exception has arguments")
    }

    /// Replaces the arguments.
    pub fn set_args(&self, args: Ref<PyTuple>) {
        self.args.set(Some(args));
    }

    /// `__traceback__`
    pub fn traceback(&self) -> Option<Ref<PyTraceback>> {
        self.traceback.get()
    }

    /// Changes `__traceback__`.
    pub fn set_traceback(&self, traceback: Option<Ref<PyTraceback>>) {
        self.traceback.set(traceback);
    }

    /// `__cause__`
    pub fn cause(&self) -> Option<Ref<PyException>> {
        self.cause.get()
    }

    /// Changes `__cause__`; the context is then not shown.
    pub fn set_cause(&self, cause: Option<Ref<PyException>>) {
        self.cause.set(cause);
        self.suppress_context.set(true);
    }

    /// `__context__`
    pub fn context(&self) -> Option<Ref<PyException>> {
        self.context.get()
    }

    /// Changes `__context__`.
    pub fn set_context(&self, context: Option<Ref<PyException>>) {
        self.context.set(context);
    }

    /// `__suppress_context__`
    pub fn suppresses_context(&self) -> bool {
        self.suppress_context.get()
    }

    /// Whether this is the runtime's one preallocated `MemoryError`, which remembers nothing.
    pub(crate) fn is_shared_memory_error(&self, vm: &Vm) -> bool {
        vm.memory_error
            .as_ref()
            .is_some_and(|shared| std::ptr::eq(&raw const **shared, self))
    }

    /// Makes another exception the context, unless that would close a circle: then the circle is cut first.
    pub fn set_context_avoiding_cycles(&self, context: &Ref<PyException>) {
        let is_self = |other: &Ref<PyException>| std::ptr::eq(&raw const **other, self);
        if is_self(context) {
            return;
        }
        let mut link = context.clone();
        // A chain that is itself a circle not through `self` is left alone (Floyd's tortoise notices it).
        let mut slow = context.clone();
        let mut step = false;
        while let Some(next) = link.context() {
            if is_self(&next) {
                link.set_context(None);
                break;
            }
            link = next;
            if step {
                slow = slow.context().unwrap_or_else(|| link.clone());
                if slow.is(&link) {
                    break;
                }
            }
            step = !step;
        }
        self.set_context(Some(context.clone()));
    }

    /// A field of the type's table.
    pub fn field(&self, vm: &Vm, index: usize) -> Option<PyRef> {
        self.fields.get(vm).get(index).cloned().flatten()
    }

    /// Changes a field of the type's table.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn set_field(&self, vm: &mut Vm, index: usize, value: Option<PyRef>) -> PyResult<()> {
        let space = vm.space_handle();
        let fields = self.fields.get_mut(vm);
        while fields.len() <= index {
            fields.push(space.heap(), None)?;
        }
        fields[index] = value;
        Ok(())
    }
}

fn bare(args: Ref<PyTuple>) -> PyException {
    PyException {
        args: Slot::new(Some(args)),
        traceback: Slot::empty(),
        cause: Slot::empty(),
        context: Slot::empty(),
        fields: VmCell::new(HeapVec::new()),
        suppress_context: Cell::new(false),
    }
}

/// A new exception of a type, with arguments, without running `__init__` of the type.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_instance(
    vm: &Vm,
    ty: &Ref<PyType>,
    args: &[PyRef],
) -> PyResult<Ref<PyException>> {
    let tuple = vm.new_tuple(args)?;
    let exception = vm.new_instance(ty, bare(tuple))?;
    fields::init_without_python(vm, &exception, args)?;
    Ok(exception)
}

/// What `raise object` raises: the exception, or a new instance of the exception type.
///
/// # Errors
/// `TypeError` if it is neither; what the type's constructor raises.
pub(crate) fn to_raise(vm: &mut Vm, object: &PyRef) -> PyResult<Ref<PyException>> {
    if let Some(exception) = object.downcast_ref::<PyException>() {
        return Ok(exception.clone());
    }
    let is_class = object
        .downcast_ref::<PyType>()
        .is_some_and(|ty| ty.is_subtype(vm.class(&BASE_EXCEPTION)));
    if !is_class {
        return Err(vm.type_error("exceptions must derive from BaseException"));
    }
    let made = vm.call(object, Args::EMPTY)?;
    made.downcast::<PyException>().or_else(|made| {
        let ty = vm.type_of(&made).clone().into_any();
        let found = vm.repr(&ty)?.to_text().into_owned();
        Err(not_an_exception(vm, object, &found))
    })
}

/// The error when the `__new__` of an exception class returns something else.
#[cold]
pub(crate) fn not_an_exception(vm: &mut Vm, class: &PyRef, found: &str) -> PyErr {
    match vm.repr(class) {
        Ok(class) => vm.type_error(format!(
            "calling {} should have returned an instance of BaseException, not {found}",
            class.to_text()
        )),
        Err(error) => error,
    }
}

/// The value that a `StopIteration` carries.
pub(crate) fn stop_iteration_value(vm: &Vm, stop: &Ref<PyException>) -> PyRef {
    stop.field(vm, fields::STOP_ITERATION_VALUE)
        .unwrap_or_else(|| vm.none())
}

/// A `StopIteration` that carries a value, whatever its type (a tuple or an exception is not unpacked).
pub(crate) fn stop_iteration_with(vm: &mut Vm, value: PyRef) -> PyErr {
    vm.stop_iteration(Some(value))
}

impl Vm {
    /// An `AttributeError` about an object and a name, with the fields that suggestions are made from.
    #[cold]
    pub fn no_attribute(&mut self, object: &PyRef, name: &Ref<PyStr>) -> PyErr {
        let message = match object.downcast_ref::<PyType>() {
            Some(ty) => format!(
                "type object '{}' has no attribute '{}'",
                ty.full_name(),
                name.to_text()
            ),
            None => format!(
                "'{}' object has no attribute '{}'",
                self.type_name(object),
                name.to_text()
            ),
        };
        self.attribute_error_about(message, object, name)
    }

    /// An `AttributeError` with this message about an object and a name.
    #[cold]
    pub fn attribute_error_about(
        &mut self,
        message: String,
        object: &PyRef,
        name: &Ref<PyStr>,
    ) -> PyErr {
        let error = self.attribute_error(message);
        if let PyErr::Raised(exception) = &error {
            let set = exception
                .set_field(
                    self,
                    fields::ATTRIBUTE_ERROR_NAME,
                    Some(name.clone().into_any()),
                )
                .and_then(|()| {
                    exception.set_field(self, fields::ATTRIBUTE_ERROR_OBJ, Some(object.clone()))
                });
            if let Err(out_of_memory) = set {
                return out_of_memory;
            }
        }
        error
    }

    /// A `NameError`, or a subclass, about a name.
    #[cold]
    pub(crate) fn unbound_error(
        &self,
        def: &'static TypeDef,
        message: &str,
        name: &Ref<PyStr>,
    ) -> PyErr {
        let error = self.error(def, message);
        if let PyErr::Raised(exception) = &error
            && let Err(out_of_memory) = fields::set_fresh(
                self,
                exception,
                fields::NAME_ERROR_NAME,
                name.clone().into_any(),
            )
        {
            return out_of_memory;
        }
        error
    }

    /// A `RecursionError`; `doing` says what was going on (` while calling a Python object`), or is empty.
    #[cold]
    pub fn recursion_error(&self, doing: &str) -> PyErr {
        self.error(
            &RECURSION_ERROR,
            format!("maximum recursion depth exceeded{doing}"),
        )
    }

    /// The error with a note added to its exception (PEP 678).
    #[cold]
    pub fn with_note(&mut self, error: PyErr, note: &str) -> PyErr {
        let exception = error.into_exception(self);
        match self
            .new_str(note)
            .and_then(|note| add_note(self, exception.clone(), note.into_any()))
        {
            Ok(()) => PyErr::Raised(exception),
            Err(error) => error,
        }
    }
}

/// `BaseException`
pub static BASE_EXCEPTION: TypeDef = TypeDef {
    doc: "The base of all exceptions.",
    class: Some(exuvia_object::Class::of::<PyException>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::DICT),
    slots: Slots {
        new: Some(new),
        init: Some(init),
        repr: Some(repr),
        str: Some(str),
        owned_bytes: Some(|vm, this| exception(this).fields.get(vm).buffer_bytes()),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::new("BaseException")
};

pub(crate) fn exception(this: &PyRef) -> &Ref<PyException> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let tuple = vm.new_tuple(args.positionals())?;
    Ok(vm.new_instance(ty, bare(tuple))?.into_any())
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    if !args.names.is_empty() {
        let message = format!("{}() takes no keyword arguments", vm.type_name(this));
        return Err(vm.type_error(message));
    }
    let tuple = vm.new_tuple(args.values)?;
    exception(this).set_args(tuple);
    Ok(())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let args = exception(this).args();
    let inside = match &args[..] {
        [one] => format!("({})", vm.repr(one)?.to_text()),
        _ => vm.repr(args.as_any())?.to_text().into_owned(),
    };
    Ok(vm
        .new_str(&format!("{}{inside}", vm.type_of(this).name_text()))?
        .into_any())
}

fn str(vm: &mut Vm, this: &PyRef) -> PyResult {
    let args = exception(this).args();
    match &args[..] {
        [] => Ok(vm.new_str("")?.into_any()),
        [one] => Ok(vm.str(one)?.into_any()),
        _ => Ok(vm.str(args.as_any())?.into_any()),
    }
}

static METHODS: &[Method] = &[
    crate::method!(
        "with_traceback",
        "($self, object, /)",
        with_traceback,
        "Sets the traceback and returns the exception."
    ),
    crate::method!(
        "add_note",
        "($self, object, /)",
        add_note,
        "Adds a note that is shown below the message."
    ),
    crate::method!(
        "__reduce__",
        "($self, /)",
        reduce,
        "How to pickle the exception."
    ),
    crate::method!(
        "__setstate__",
        "($self, object, /)",
        setstate,
        "Sets attributes from a dict."
    ),
];

fn with_traceback(vm: &mut Vm, this: Ref<PyException>, traceback: PyRef) -> PyResult {
    set_traceback_object(vm, this.as_any(), Some(&traceback))?;
    Ok(this.into_any())
}

fn add_note(vm: &mut Vm, this: Ref<PyException>, note: PyRef) -> PyResult<()> {
    if !note.is_a::<PyStr>() {
        let message = format!(
            "add_note() argument must be str, not {}",
            vm.type_name(&note)
        );
        return Err(vm.type_error(message));
    }
    let key = vm.names().notes.clone();
    let notes = match vm.lookup_attr(this.as_any(), &key)? {
        Some(notes) => notes,
        None => {
            let notes = vm.new_list(Vec::new())?.into_any();
            vm.set_attr(this.as_any(), &key, &notes)?;
            notes
        }
    };
    let Some(list) = notes.downcast_ref::<crate::types::list::PyList>() else {
        return Err(vm.type_error("Cannot add note: __notes__ is not a list"));
    };
    list.push(vm, note)
}

fn reduce(vm: &mut Vm, this: Ref<PyException>) -> PyResult {
    let ty = vm.type_of(&this).clone().into_any();
    let args = fields::args_to_pickle(vm, &this)?.into_any();
    let mut items = crate::object::attribute::instance_items(vm, this.as_any());
    items.extend(fields::state_to_pickle(vm, &this)?);
    if items.is_empty() {
        return Ok(vm.new_tuple(&[ty, args])?.into_any());
    }
    let state = vm.new_dict()?;
    for (name, value) in items {
        state.set_item(vm, &name, value)?;
    }
    Ok(vm.new_tuple(&[ty, args, state.into_any()])?.into_any())
}

fn setstate(vm: &mut Vm, this: Ref<PyException>, state: PyRef) -> PyResult<()> {
    if vm.is_none(&state) {
        return Ok(());
    }
    let Some(state) = state.downcast_ref::<crate::types::dict::PyDict>().cloned() else {
        return Err(vm.type_error("state is not a dictionary"));
    };
    let mut position = 0;
    while let Some((name, value)) = state.next_entry(vm, &mut position) {
        let Some(name) = name.downcast_ref::<PyStr>() else {
            return Err(vm.type_error("attribute name must be string"));
        };
        vm.set_attr(this.as_any(), name, &value)?;
    }
    Ok(())
}

static GETSET: &[GetSet] = &[
    GetSet {
        name: "args",
        doc: "The arguments that the exception was made with.",
        get: |_, this| Ok(exception(this).args().into_any()),
        set: Some(|vm, this, value| {
            let Some(value) = value else {
                return Err(vm.type_error("args may not be deleted"));
            };
            let items = vm.to_vec(value)?;
            let args = vm.new_tuple(&items)?;
            exception(this).set_args(args);
            Ok(())
        }),
    },
    GetSet {
        name: "__traceback__",
        doc: "The frames that the exception passed through, or None.",
        get: |vm, this| {
            Ok(exception(this)
                .traceback()
                .map_or_else(|| vm.none(), Ref::into_any))
        },
        set: Some(set_traceback_object),
    },
    GetSet {
        name: "__context__",
        doc: "The exception that was being handled when this one was raised, or None.",
        get: |vm, this| {
            Ok(exception(this)
                .context()
                .map_or_else(|| vm.none(), Ref::into_any))
        },
        set: Some(|vm, this, value| {
            let context = optional_exception(vm, value, "__context__", "exception context")?;
            exception(this).set_context(context);
            Ok(())
        }),
    },
    GetSet {
        name: "__cause__",
        doc: "The exception given by `raise … from`, or None.",
        get: |vm, this| {
            Ok(exception(this)
                .cause()
                .map_or_else(|| vm.none(), Ref::into_any))
        },
        set: Some(|vm, this, value| {
            let cause = optional_exception(vm, value, "__cause__", "exception cause")?;
            exception(this).set_cause(cause);
            Ok(())
        }),
    },
    GetSet {
        name: "__suppress_context__",
        doc: "Whether the context is not shown.",
        get: |vm, this| Ok(vm.new_bool(exception(this).suppress_context.get())),
        set: Some(|vm, this, value| {
            let Some(value) = value else {
                return Err(vm.type_error("can't delete numeric/char attribute"));
            };
            if !vm.is_instance_of_def(value, &crate::types::bool_::BOOL) {
                return Err(vm.type_error("attribute value type must be bool"));
            }
            let value = vm.is_true(value)?;
            exception(this).suppress_context.set(value);
            Ok(())
        }),
    },
    GetSet {
        name: "__dict__",
        doc: "The attributes of the exception.",
        get: |vm, this| {
            let dict = crate::object::attribute::instance_dict(vm, this)?;
            Ok(dict.map_or_else(|| vm.none(), Ref::into_any))
        },
        set: None,
    },
];

fn set_traceback_object(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(vm.type_error("__traceback__ may not be deleted"));
    };
    let traceback = if vm.is_none(value) {
        None
    } else {
        match value.clone().downcast::<PyTraceback>() {
            Ok(traceback) => Some(traceback),
            Err(_) => return Err(vm.type_error("__traceback__ must be a traceback or None")),
        }
    };
    exception(this).set_traceback(traceback);
    Ok(())
}

fn optional_exception(
    vm: &mut Vm,
    value: Option<&PyRef>,
    attribute: &str,
    what: &str,
) -> PyResult<Option<Ref<PyException>>> {
    let Some(value) = value else {
        return Err(vm.type_error(format!("{attribute} may not be deleted")));
    };
    if vm.is_none(value) {
        return Ok(None);
    }
    match value.clone().downcast::<PyException>() {
        Ok(exception) => Ok(Some(exception)),
        Err(_) => Err(vm.type_error(format!("{what} must be None or derive from BaseException"))),
    }
}
