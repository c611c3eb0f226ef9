//! `object`: what every object inherits, and `__new__` as Python sees it.

use crate::object::PyPayload;
use crate::object::attribute::{self, generic_getattr, generic_setattr, instance_dict};
use crate::object::layout::{self, Attributes};
use crate::table::{CompareOp, GetSet, Method, MethodKind, Shape, Slots, TypeDef, TypeFlags};
use crate::types::builtin_function::PyBuiltinFunction;
use crate::types::dict::PyDict;
use crate::types::list::PyList;
use crate::types::module::MODULE;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Traverse, Vm};
use exuvia_object::{Class, Header};

/// The payload of instances of plain classes: nothing. Attributes and slots follow the header.
#[derive(Clone, Copy, Debug, Default, Traverse)]
pub struct PyObject;

impl PyPayload for PyObject {
    const DEF: &'static TypeDef = &OBJECT;
}

/// `object`
pub static OBJECT: TypeDef = TypeDef {
    doc: "The base of all classes. Its instances have no attributes of their own.",
    class: Some(Class::of::<PyObject>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(|vm, this| Ok(vm.default_repr(this)?.into_any())),
        str: Some(|vm, this| Ok(vm.repr(this)?.into_any())),
        hash: Some(hash),
        richcompare: Some(richcompare),
        getattr: Some(generic_getattr),
        setattr: Some(generic_setattr),
        init: Some(init),
        new: Some(new),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "__format__",
            "($self, format_spec, /)",
            format,
            "The object as text; only an empty format is known."
        ),
        crate::method!(
            "__dir__",
            "($self, /)",
            dir,
            "The names of the object's attributes."
        ),
        crate::method!(
            "__sizeof__",
            "($self, /)",
            sizeof,
            "The bytes that the object takes, its own buffers included."
        ),
        crate::method!(
            "__getstate__",
            "($self, /)",
            getstate,
            "What pickle stores of the object."
        ),
        crate::method!("__reduce__", "($self, /)", reduce, "What pickle needs."),
        crate::method!(
            "__reduce_ex__",
            "($self, protocol, /)",
            reduce_ex,
            "What pickle needs, for a protocol."
        ),
        crate::class_method!(
            "__init_subclass__",
            "($type, /)",
            |_: &mut Vm, _: PyRef| (),
            "Called when a class is derived; does nothing."
        ),
        crate::class_method!(
            "__subclasshook__",
            "($type, object, /)",
            |vm: &mut Vm, _: PyRef, _: PyRef| vm.not_implemented(),
            "Lets abstract base classes say what counts as a subclass; does not."
        ),
    ],
    getset: &[GetSet {
        name: "__class__",
        doc: "The object's class.",
        get: |vm, this| Ok(vm.type_of(this).clone().into_any()),
        set: Some(set_class),
    }],
    ..TypeDef::new("object")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&OBJECT];

/// The hash of an object that is equal only to itself.
pub(crate) fn hash(_: &mut Vm, this: &PyRef) -> PyResult<i64> {
    // Addresses are multiples of eight: the low bits say nothing.
    let hash = this.address().rotate_right(4).cast_signed() as i64;
    Ok(if hash == -1 { -2 } else { hash })
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    match op {
        CompareOp::Eq if this.is(other) => Ok(vm.new_bool(true)),
        CompareOp::Ne => {
            // Whoever defines `==` has `!=` with it.
            let Some(compare) = vm.type_of(this).slots(vm).richcompare else {
                return Ok(vm.not_implemented());
            };
            let equal = compare(vm, this, other, CompareOp::Eq)?;
            if vm.is_not_implemented(&equal) {
                return Ok(equal);
            }
            let equal = vm.is_true(&equal)?;
            Ok(vm.new_bool(!equal))
        }
        _ => Ok(vm.not_implemented()),
    }
}

/// `object.__init__`. Told by its address: must not be inlined.
#[inline(never)]
fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    if args.is_empty() {
        return Ok(());
    }
    let ty = vm.type_of(this);
    if !has_plain_init(vm, ty) {
        let message = "object.__init__() takes exactly one argument (the instance to initialize)";
        return Err(vm.type_error(message));
    }
    if has_plain_new(vm, ty) {
        let name = ty.full_name();
        return Err(vm.type_error(format!(
            "{name}.__init__() takes exactly one argument (the instance to initialize)"
        )));
    }
    Ok(())
}

/// `object.__new__`. Told by its address: must not be inlined.
#[inline(never)]
pub(crate) fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.is_empty() {
        if !has_plain_new(vm, ty) {
            let message = "object.__new__() takes exactly one argument (the type to instantiate)";
            return Err(vm.type_error(message));
        }
        if has_plain_init(vm, ty) {
            return Err(vm.type_error(format!("{}() takes no arguments", ty.full_name())));
        }
    }
    if ty.flags().has(TypeFlags::ABSTRACT) {
        return Err(is_abstract(vm, ty));
    }
    Ok(vm.new_instance(ty, PyObject)?.into_any())
}

/// Whether instances of a type are made by `object.__new__`.
#[inline]
pub(crate) fn has_plain_new(vm: &Vm, ty: &Ref<PyType>) -> bool {
    ty.slots(vm)
        .new
        .is_some_and(|slot| std::ptr::eq(slot as *const (), new as *const ()))
}

fn has_plain_init(vm: &Vm, ty: &Ref<PyType>) -> bool {
    ty.slots(vm)
        .init
        .is_some_and(|slot| std::ptr::eq(slot as *const (), init as *const ()))
}

#[cold]
fn is_abstract(vm: &mut Vm, ty: &Ref<PyType>) -> PyErr {
    let names = match abstract_names(vm, ty) {
        Ok(names) => names,
        Err(error) => return error,
    };
    let plural = if names.len() == 1 { "" } else { "s" };
    vm.type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{plural} '{}'",
        ty.full_name(),
        names.join("', '")
    ))
}

fn abstract_names(vm: &mut Vm, ty: &Ref<PyType>) -> PyResult<Vec<String>> {
    let attribute = vm.names().abstractmethods.clone();
    let found = vm.get_attr(ty.as_any(), &attribute)?;
    let mut names = Vec::new();
    vm.iterate(&found, |vm, name| match name.downcast_ref::<PyStr>() {
        Some(name) => {
            names.push(name.to_text().into_owned());
            Ok(())
        }
        None => {
            let found = vm.type_name(&name);
            Err(vm.type_error(format!(
                "sequence item {}: expected str instance, {found} found",
                names.len()
            )))
        }
    })?;
    names.sort();
    Ok(names)
}

/// `__new__` of any built-in type: its receiver is the type, whose slot it calls.
static NEW: Method = Method {
    name: "__new__",
    signature: "($type, *args, **kwargs)",
    shape: Shape::of("($type, *args, **kwargs)"),
    kind: MethodKind::Class,
    doc: "Makes a new object; help(type) tells the signature.",
    call: call_constructor,
};

/// `__new__` of a built-in type, for its namespace.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn new_constructor(vm: &Vm, ty: &Ref<PyType>) -> PyResult {
    Ok(vm
        .new_builtin_function(&NEW, Some(ty.clone().into_any()), None)?
        .into_any())
}

/// Whether a function is `__new__` of a built-in type.
pub(crate) fn is_constructor(function: &PyBuiltinFunction) -> bool {
    std::ptr::eq(function.method(), &raw const NEW)
}

/// `T.__new__(class, *args)`; the first argument is `T`.
fn call_constructor(vm: &mut Vm, args: Args<'_>, _: &'static Method) -> PyResult {
    let Some(ty) = args
        .positionals()
        .first()
        .and_then(|ty| ty.downcast_ref::<PyType>())
    else {
        return Err(vm.system_error("__new__ is bound to no type"));
    };
    let Some(class) = args.positionals().get(1) else {
        return Err(vm.type_error(format!(
            "{}.__new__(): not enough arguments",
            ty.full_name()
        )));
    };
    let name = || ty.full_name();
    let Some(class) = class.downcast_ref::<PyType>() else {
        let found = vm.type_name(class);
        return Err(vm.type_error(format!(
            "{}.__new__(X): X is not a type object ({found})",
            name()
        )));
    };
    if !class.is_subtype(ty) {
        let class = class.full_name();
        return Err(vm.type_error(format!(
            "{0}.__new__({class}): {class} is not a subtype of {0}",
            name()
        )));
    }
    let Some(new) = ty.slots(vm).new else {
        return Err(vm.type_error(format!("cannot create '{}' instances", name())));
    };
    let native = std::iter::successors(Some(class.clone()), |class| class.base())
        .find(|class| class.def().is_some());
    if let Some(native) = native
        && native
            .slots(vm)
            .new
            .is_none_or(|native| !std::ptr::fn_addr_eq(native, new))
    {
        let (class, native) = (class.full_name(), native.full_name());
        return Err(vm.type_error(format!(
            "{}.__new__({class}) is not safe, use {native}.__new__()",
            name()
        )));
    }
    new(vm, class, args.skip(2))
}

fn set_class(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(vm.type_error("can't delete __class__ attribute"));
    };
    let Some(new) = value.downcast_ref::<PyType>() else {
        let found = vm.type_name(value);
        return Err(vm.type_error(format!(
            "__class__ must be set to a class, not '{found}' object"
        )));
    };
    let old = vm.type_of(this).clone();
    let module = vm.class(&MODULE);
    let are_modules = new.is_subtype(module) && old.is_subtype(module);
    if !are_modules && (!new.is_heap_type() || !old.is_heap_type()) {
        return Err(vm.type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    }
    if !have_same_layout(&old, new) {
        return Err(vm.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            new.full_name(),
            old.full_name()
        )));
    }
    if matches!(layout::attributes(this), Attributes::Inline(_)) {
        // The shape belongs to the old class.
        instance_dict(vm, this)?;
    }
    layout::set_type(this, new);
    Ok(())
}

/// Whether an instance of one class can be one of the other.
fn have_same_layout(a: &Ref<PyType>, b: &Ref<PyType>) -> bool {
    let (first, second) = (a.layout(), b.layout());
    let slots = first.slot_count as usize;
    a.class_of_instances_ref().payload == b.class_of_instances_ref().payload
        && first.slot_count == second.slot_count
        && first.has_dict == second.has_dict
        && first.has_inline == second.has_inline
        && a.flags().has(TypeFlags::WEAKREF) == b.flags().has(TypeFlags::WEAKREF)
        && (0..slots).all(|slot| match (a.slot_name(slot), b.slot_name(slot)) {
            (Some(a), Some(b)) => a.same_text(b),
            _ => false,
        })
}

fn format(vm: &mut Vm, this: PyRef, spec: Ref<PyStr>) -> PyResult<Ref<PyStr>> {
    if !spec.is_empty() {
        let found = vm.type_name(&this);
        return Err(vm.type_error(format!(
            "unsupported format string passed to {found}.__format__"
        )));
    }
    vm.str(&this)
}

fn sizeof(vm: &mut Vm, this: PyRef) -> usize {
    vm.size_of_object(&this)
}

/// The names in the object's `__dict__`, and those in its class and the classes behind.
fn dir(vm: &mut Vm, this: PyRef) -> PyResult {
    let (dict_name, class_name) = (vm.names().dict.clone(), vm.names().class.clone());
    let names = vm.new_dict()?;
    if let Some(dict) = vm.lookup_attr(&this, &dict_name)?
        && let Some(dict) = dict.downcast_ref::<PyDict>()
    {
        add_keys(vm, &names, dict)?;
    }
    if let Some(class) = vm.lookup_attr(&this, &class_name)?
        && let Some(class) = class.downcast_ref::<PyType>()
    {
        add_class_keys(vm, &names, class)?;
    }
    let names = names.keys_to_vec(vm);
    Ok(vm.new_list(names)?.into_any())
}

fn add_keys(vm: &mut Vm, names: &Ref<PyDict>, dict: &Ref<PyDict>) -> PyResult<()> {
    let none = vm.none();
    for key in dict.keys_to_vec(vm) {
        names.set_item(vm, &key, none.clone())?;
    }
    Ok(())
}

/// Adds the names of the attributes of a class and of those behind it.
///
/// # Errors
/// `OutOfMemory`, or what comparing keys raises.
pub(crate) fn add_class_keys(
    vm: &mut Vm,
    names: &Ref<PyDict>,
    class: &Ref<PyType>,
) -> PyResult<()> {
    for ty in class.order(vm).iter().rev() {
        if let Some(ty) = ty.downcast_ref::<PyType>() {
            add_keys(vm, names, &ty.dict())?;
        }
    }
    Ok(())
}

fn getstate(vm: &mut Vm, this: PyRef) -> PyResult {
    default_state(vm, &this, false)
}

/// The state of an object: its attributes, and those in member slots as a second dict.
///
/// `is_required` says that the state alone must suffice to make the object again.
fn default_state(vm: &mut Vm, this: &PyRef, is_required: bool) -> PyResult {
    let ty = vm.type_of(this).clone();
    let has_own_payload = ty.class_of_instances_ref().basic_size as usize > size_of::<Header>()
        || ty.layout().payload_size.is_some();
    if is_required && has_own_payload {
        return Err(vm.type_error(format!("cannot pickle '{}' object", ty.full_name())));
    }
    let state = attributes_as_dict(vm, this)?;
    let slot_names = slot_names(vm, &ty)?;
    if slot_names.is_empty() {
        return Ok(state);
    }
    let members = vm.new_dict()?;
    for name in &slot_names {
        if let Some(value) = vm.lookup_attr(this, name)? {
            members.set_str(vm, name, value)?;
        }
    }
    if members.is_empty(vm) {
        return Ok(state);
    }
    Ok(vm.new_tuple(&[state, members.into_any()])?.into_any())
}

/// An instance's attributes as a dict of their own, which leaves the instance as compact as it is; `None` if
/// there are none.
fn attributes_as_dict(vm: &mut Vm, this: &PyRef) -> PyResult {
    match layout::attributes(this) {
        Attributes::Unsupported | Attributes::Empty => Ok(vm.none()),
        Attributes::Dict(dict) if dict.is_empty(vm) => Ok(vm.none()),
        Attributes::Dict(dict) => Ok(dict.into_any()),
        Attributes::Inline(_) => {
            let dict = vm.new_dict()?;
            for (name, value) in attribute::instance_items(vm, this) {
                dict.set_item(vm, &name, value)?;
            }
            Ok(dict.into_any())
        }
    }
}

/// The names of the member slots of a class, as `copyreg` finds and remembers them.
fn slot_names(vm: &mut Vm, ty: &Ref<PyType>) -> PyResult<Vec<Ref<PyStr>>> {
    if ty.layout().slot_count == 0 {
        return Ok(Vec::new());
    }
    let found = call_copyreg(vm, "_slotnames", &[ty.clone().into_any()])?;
    if vm.is_none(&found) {
        return Ok(Vec::new());
    }
    if !found.is_a::<PyList>() {
        return Err(vm.type_error("copyreg._slotnames didn't return a list or None"));
    }
    let names = vm.to_vec(&found)?;
    Ok(names
        .into_iter()
        .filter_map(|name| name.downcast::<PyStr>().ok())
        .collect())
}

fn call_copyreg(vm: &mut Vm, function: &str, args: &[PyRef]) -> PyResult {
    let function = copyreg_attribute(vm, function)?;
    vm.call_positional(&function, args)
}

fn copyreg_attribute(vm: &mut Vm, name: &str) -> PyResult {
    let module = vm.import("copyreg")?;
    vm.get_attr_str(&module, name)
}

fn reduce(vm: &mut Vm, this: PyRef) -> PyResult {
    let protocol = vm.new_int(0)?;
    call_copyreg(vm, "_reduce_ex", &[this, protocol])
}

fn reduce_ex(vm: &mut Vm, this: PyRef, protocol: i64) -> PyResult {
    let name = vm.names().reduce.clone();
    let own = vm.type_of(&this).clone().lookup(vm, &name);
    let inherited = vm.class(&OBJECT).clone().lookup(vm, &name);
    let is_overridden = match (&own, &inherited) {
        (Some(own), Some(inherited)) => !own.is(inherited),
        _ => false,
    };
    if is_overridden {
        return vm.call_method(&this, &name, &[]);
    }
    if protocol < 2 {
        let protocol = vm.new_int(protocol)?;
        return call_copyreg(vm, "_reduce_ex", &[this, protocol]);
    }
    reduce_by_new(vm, &this)
}

/// The pickle of protocol 2 and above: `class.__new__(class, *args)`, then the state, then the elements.
fn reduce_by_new(vm: &mut Vm, this: &PyRef) -> PyResult {
    let class = vm.type_of(this).clone();
    if class.slots(vm).new.is_none() || class.flags().has(TypeFlags::NO_NEW) {
        return Err(vm.type_error(format!("cannot pickle '{}' object", class.full_name())));
    }
    let (args, keywords) = new_arguments(vm, this)?;
    let has_args = args.is_some();
    let class = class.into_any();
    let (function, function_args) = match (keywords.filter(|keywords| !keywords.is_empty(vm)), args)
    {
        (Some(keywords), args) => {
            let args = args.unwrap_or_else(|| vm.constants().empty_tuple.clone());
            (
                copyreg_attribute(vm, "__newobj_ex__")?,
                vm.new_tuple(&[class, args.into_any(), keywords.into_any()])?,
            )
        }
        (None, args) => {
            let args: Vec<PyRef> = std::iter::once(class)
                .chain(args.iter().flat_map(|args| args.iter().cloned()))
                .collect();
            (copyreg_attribute(vm, "__newobj__")?, vm.new_tuple(&args)?)
        }
    };
    let is_required = !has_args && !this.is_a::<PyList>() && !this.is_a::<PyDict>();
    let state = state_of(vm, this, is_required)?;
    let items = match this.is_a::<PyList>() {
        true => vm.iter(this)?,
        false => vm.none(),
    };
    let pairs = if this.is_a::<PyDict>() {
        let name = vm.names().items.clone();
        let pairs = vm.call_method(this, &name, &[])?;
        vm.iter(&pairs)?
    } else {
        vm.none()
    };
    Ok(vm
        .new_tuple(&[function, function_args.into_any(), state, items, pairs])?
        .into_any())
}

/// What the object's `__getstate__` says.
fn state_of(vm: &mut Vm, this: &PyRef, is_required: bool) -> PyResult {
    let name = vm.names().getstate.clone();
    let (method, takes_object) = vm.get_method(this, &name)?;
    let inherited = vm.class(&OBJECT).clone().lookup(vm, &name);
    if takes_object && inherited.is_some_and(|inherited| inherited.is(&method)) {
        return default_state(vm, this, is_required);
    }
    let args = std::slice::from_ref(this);
    vm.call_positional(&method, if takes_object { args } else { &[] })
}

/// What `__getnewargs_ex__` or `__getnewargs__` says.
fn new_arguments(
    vm: &mut Vm,
    this: &PyRef,
) -> PyResult<(Option<Ref<PyTuple>>, Option<Ref<PyDict>>)> {
    let (extended, plain) = (
        vm.names().getnewargs_ex.clone(),
        vm.names().getnewargs.clone(),
    );
    if let Some(answer) = vm.call_special(this, &extended, &[])? {
        return extended_arguments(vm, &answer);
    }
    let Some(answer) = vm.call_special(this, &plain, &[])? else {
        return Ok((None, None));
    };
    match answer.downcast::<PyTuple>() {
        Ok(args) => Ok((Some(args), None)),
        Err(other) => {
            let found = vm.type_name(&other);
            Err(vm.type_error(format!(
                "__getnewargs__ should return a tuple, not '{found}'"
            )))
        }
    }
}

fn extended_arguments(
    vm: &mut Vm,
    answer: &PyRef,
) -> PyResult<(Option<Ref<PyTuple>>, Option<Ref<PyDict>>)> {
    let Some(pair) = answer.downcast_ref::<PyTuple>() else {
        let found = vm.type_name(answer);
        return Err(vm.type_error(format!(
            "__getnewargs_ex__ should return a tuple, not '{found}'"
        )));
    };
    let [args, keywords] = pair.as_slice() else {
        return Err(vm.value_error(format!(
            "__getnewargs_ex__ should return a tuple of length 2, not {}",
            pair.len()
        )));
    };
    let Some(args) = args.downcast_ref::<PyTuple>() else {
        let found = vm.type_name(args);
        return Err(vm.type_error(format!(
            "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{found}'"
        )));
    };
    let Some(keywords) = keywords.downcast_ref::<PyDict>() else {
        let found = vm.type_name(keywords);
        return Err(vm.type_error(format!(
            "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{found}'"
        )));
    };
    Ok((Some(args.clone()), Some(keywords.clone())))
}
