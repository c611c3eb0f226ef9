//! `types.GenericAlias`: `list[int]` (PEP 585), and how type parameters are found and replaced.

use crate::object::PyPayload;
use crate::object::attribute::generic_getattr;
use crate::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use crate::types::builtin_function::identity_answer;
use crate::types::exception::{ATTRIBUTE_ERROR, TYPE_ERROR};
use crate::types::iterators;
use crate::types::list::PyList;
use crate::types::none::NONE;
use crate::types::str::PyStr;
use crate::types::tuple::{PyTuple, TUPLE};
use crate::types::type_::PyType;
use crate::types::union;
use crate::{Args, PyRef, PyResult, Ref, Slot, Traverse, Vm};
use exuvia_object::Class;

/// A class with type arguments. 48 bytes.
#[derive(Debug, Traverse)]
pub struct PyGenericAlias {
    origin: PyRef,
    args: Ref<PyTuple>,
    /// The type parameters, once asked for.
    parameters: Slot<PyTuple>,
    /// Whether it is unpacked: `*tuple[int, ...]`.
    #[traverse(skip)]
    is_starred: bool,
}

/// An iterator that gives an alias once, unpacked. 24 bytes.
#[derive(Debug, Traverse)]
pub struct PyGenericAliasIterator {
    alias: Slot<PyGenericAlias>,
}

impl PyPayload for PyGenericAlias {
    const DEF: &'static TypeDef = &GENERIC_ALIAS;
}
impl PyPayload for PyGenericAliasIterator {
    const DEF: &'static TypeDef = &GENERIC_ALIAS_ITERATOR;
}

/// `types.GenericAlias`
pub static GENERIC_ALIAS: TypeDef = TypeDef {
    doc: "A class with type arguments, as list[int].",
    class: Some(Class::of::<PyGenericAlias>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::WEAKREF),
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        call: Some(call),
        getattr: Some(getattr),
        richcompare: Some(richcompare),
        iter: Some(iter),
        getitem: Some(getitem),
        or: Some(union::or),
        new: Some(new_from_python),
        ..Slots::EMPTY
    },
    methods: &[
        crate::method!(
            "__mro_entries__",
            "($self, bases, /)",
            mro_entries,
            "What stands for the alias as a base class."
        ),
        crate::method!(
            "__instancecheck__",
            "($self, instance, /)",
            instance_check,
            "Refuses to say."
        ),
        crate::method!(
            "__subclasscheck__",
            "($self, subclass, /)",
            subclass_check,
            "Refuses to say."
        ),
        crate::method!("__reduce__", "($self, /)", reduce, "What pickle needs."),
        crate::method!(
            "__dir__",
            "($self, /)",
            dir,
            "The names of the attributes of the class and of the alias."
        ),
    ],
    getset: &[
        GetSet {
            name: "__origin__",
            doc: "The class.",
            get: |_, this| Ok(alias(this).origin.clone()),
            set: None,
        },
        GetSet {
            name: "__args__",
            doc: "The type arguments.",
            get: |_, this| Ok(alias(this).args.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "__parameters__",
            doc: "The type parameters.",
            get: |vm, this| Ok(parameters(vm, this)?.into_any()),
            set: None,
        },
        GetSet {
            name: "__unpacked__",
            doc: "Whether the alias is unpacked.",
            get: |vm, this| Ok(vm.new_bool(alias(this).is_starred)),
            set: None,
        },
        GetSet {
            name: "__typing_unpacked_tuple_args__",
            doc: "The type arguments of an unpacked tuple, or None.",
            get: |vm, this| {
                let alias = alias(this);
                let is_tuple = alias.is_starred && alias.origin.is(vm.class(&TUPLE));
                Ok(if is_tuple {
                    alias.args.clone().into_any()
                } else {
                    vm.none()
                })
            },
            set: None,
        },
    ],
    ..TypeDef::new("types.GenericAlias")
};

/// `generic_alias_iterator`
pub static GENERIC_ALIAS_ITERATOR: TypeDef = TypeDef {
    doc: "Gives an alias once, unpacked.",
    class: Some(Class::of::<PyGenericAliasIterator>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        iter: Some(|_, this| Ok(this.clone())),
        next: Some(next),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__reduce__",
        "($self, /)",
        reduce_iterator,
        "What pickle needs."
    )],
    ..TypeDef::new("generic_alias_iterator")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&GENERIC_ALIAS, &GENERIC_ALIAS_ITERATOR];

fn alias(this: &PyRef) -> &Ref<PyGenericAlias> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// `origin[item]`
///
/// # Errors
/// `OutOfMemory`.
pub fn new(vm: &Vm, origin: &PyRef, item: &PyRef) -> PyResult {
    let args = match item.downcast_ref::<PyTuple>() {
        Some(args) => args.clone(),
        None => vm.new_tuple(std::slice::from_ref(item))?,
    };
    Ok(new_alias(vm, origin, args, false)?.into_any())
}

fn new_alias(
    vm: &Vm,
    origin: &PyRef,
    args: Ref<PyTuple>,
    is_starred: bool,
) -> PyResult<Ref<PyGenericAlias>> {
    vm.new_object(PyGenericAlias {
        origin: origin.clone(),
        args,
        parameters: Slot::empty(),
        is_starred,
    })
}

/// What `__class_getitem__` of generic built-in types is.
///
/// # Errors
/// `OutOfMemory`.
pub fn class_getitem(vm: &mut Vm, class: PyRef, item: PyRef) -> PyResult {
    new(vm, &class, &item)
}

fn new_from_python(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() {
        return Err(vm.type_error("GenericAlias() takes no keyword arguments"));
    }
    let [origin, item] = args.values else {
        return Err(vm.type_error(format!(
            "GenericAlias expected 2 arguments, got {}",
            args.values.len()
        )));
    };
    let args = match item.downcast_ref::<PyTuple>() {
        Some(args) => args.clone(),
        None => vm.new_tuple(std::slice::from_ref(item))?,
    };
    let payload = PyGenericAlias {
        origin: origin.clone(),
        args,
        parameters: Slot::empty(),
        is_starred: false,
    };
    Ok(vm.new_instance(ty, payload)?.into_any())
}

/// How a type argument is shown: types by their names, `None` and `...` as they are written.
///
/// # Errors
/// What the attributes and the repr of the argument raise.
pub(crate) fn shown(vm: &mut Vm, arg: &PyRef) -> PyResult<String> {
    if arg.is(&vm.constants().ellipsis) {
        return Ok("...".to_owned());
    }
    if arg.is(vm.class(&NONE)) {
        return Ok("None".to_owned());
    }
    let names = vm.names();
    let (origin, args) = (names.origin.clone(), names.args.clone());
    let (qualname, module) = (names.qualname.clone(), names.module.clone());
    let is_alias = vm.has_attr(arg, &origin)? && vm.has_attr(arg, &args)?;
    if !is_alias
        && let Some(qualname) = vm.lookup_attr(arg, &qualname)?
        && let Some(module) = vm.lookup_attr(arg, &module)?
        && !vm.is_none(&module)
    {
        let qualname = vm.str(&qualname)?.to_text().into_owned();
        return match module.downcast_ref::<PyStr>() {
            Some(module) if &*module.to_text() != "builtins" => {
                Ok(format!("{}.{qualname}", module.to_text()))
            }
            Some(_) => Ok(qualname),
            None => Ok(format!("{}.{qualname}", vm.str(&module)?.to_text())),
        };
    }
    Ok(vm.repr(arg)?.to_text().into_owned())
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let (origin, args) = (alias(this).origin.clone(), alias(this).args.clone());
    let mut text = if alias(this).is_starred {
        "*".to_owned()
    } else {
        String::new()
    };
    text.push_str(&shown(vm, &origin)?);
    text.push('[');
    for (index, arg) in args.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(&shown_argument(vm, arg)?);
    }
    if args.is_empty() {
        text.push_str("()");
    }
    text.push(']');
    Ok(vm.new_str(&text)?.into_any())
}

/// As [`shown`]; a list of parameter types (as of a `Callable`) element by element.
fn shown_argument(vm: &mut Vm, arg: &PyRef) -> PyResult<String> {
    let Some(list) = arg.downcast_ref::<PyList>() else {
        return shown(vm, arg);
    };
    vm.check_native_stack(" while getting the repr of an object")?;
    let mut parts = Vec::new();
    for item in list.to_vec(vm) {
        parts.push(shown_argument(vm, &item)?);
    }
    Ok(format!("[{}]", parts.join(", ")))
}

fn hash(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let (origin, args) = (alias(this).origin.clone(), alias(this).args.clone());
    let hash = vm.hash(&origin)? ^ vm.hash(args.as_any())?;
    Ok(if hash == -1 { -2 } else { hash })
}

fn richcompare(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    let Some(other) = other.downcast_ref::<PyGenericAlias>() else {
        return Ok(vm.not_implemented());
    };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(vm.not_implemented());
    }
    let (mine, other) = (alias(this).clone(), other.clone());
    let is_same = mine.is_starred == other.is_starred
        && vm.equal(&mine.origin, &other.origin)?
        && vm.equal(mine.args.as_any(), other.args.as_any())?;
    identity_answer(vm, is_same, op)
}

/// Makes an instance of the class, and tells it where it came from if it has a place for that.
fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let origin = alias(this).origin.clone();
    let object = vm.call(&origin, args)?;
    let name = vm.names().orig_class.clone();
    match vm.set_attr(&object, &name, this) {
        Err(error) if !error.is(vm, &ATTRIBUTE_ERROR) && !error.is(vm, &TYPE_ERROR) => Err(error),
        _ => Ok(object),
    }
}

/// Attributes that are the alias's own; all others are the class's.
const OWN: [&str; 9] = [
    "__class__",
    "__origin__",
    "__args__",
    "__parameters__",
    "__unpacked__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];

/// Attributes that the alias has not, though the class may.
const HIDDEN: [&str; 3] = ["__bases__", "__copy__", "__deepcopy__"];

fn getattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>) -> PyResult {
    let text = name.to_text();
    let is_own = text.starts_with("__") && (OWN.contains(&&*text) || HIDDEN.contains(&&*text));
    if is_own {
        return generic_getattr(vm, this, name);
    }
    // An alias of an alias of an alias …: each asks the next.
    vm.check_native_stack("")?;
    let origin = alias(this).origin.clone();
    vm.get_attr(&origin, name)
}

fn iter(vm: &mut Vm, this: &PyRef) -> PyResult {
    let alias = Slot::new(Some(alias(this).clone()));
    Ok(vm.new_object(PyGenericAliasIterator { alias })?.into_any())
}

fn iterator(this: &PyRef) -> &Ref<PyGenericAliasIterator> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn next(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let Some(alias) = iterator(this).alias.take() else {
        return Ok(None);
    };
    Ok(Some(
        new_alias(vm, &alias.origin, alias.args.clone(), true)?.into_any(),
    ))
}

fn reduce_iterator(vm: &mut Vm, this: Ref<PyGenericAliasIterator>) -> PyResult {
    let iter = iterators::builtin(vm, "iter")?;
    let source = match this.alias.get() {
        Some(alias) => alias.into_any(),
        None => vm.constants().empty_tuple.clone().into_any(),
    };
    iterators::reduced(vm, iter, &[source], None)
}

fn mro_entries(vm: &mut Vm, this: Ref<PyGenericAlias>, _: PyRef) -> PyResult<Ref<PyTuple>> {
    vm.new_tuple(std::slice::from_ref(&this.origin))
}

fn instance_check(vm: &mut Vm, _: PyRef, _: PyRef) -> PyResult {
    Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
}

fn subclass_check(vm: &mut Vm, _: PyRef, _: PyRef) -> PyResult {
    Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic"))
}

fn reduce(vm: &mut Vm, this: Ref<PyGenericAlias>) -> PyResult {
    let class = vm.class(&GENERIC_ALIAS).clone().into_any();
    let args = [this.origin.clone(), this.args.clone().into_any()];
    if !this.is_starred {
        return iterators::reduced(vm, class, &args, None);
    }
    let plain = new_alias(vm, &this.origin, this.args.clone(), false)?.into_any();
    let (next, plain) = (iterators::builtin(vm, "next")?, vm.iter(&plain)?);
    iterators::reduced(vm, next, &[plain], None)
}

fn dir(vm: &mut Vm, this: Ref<PyGenericAlias>) -> PyResult {
    let of_class = vm.dir(&this.origin)?;
    let mut names = vm.to_vec(&of_class)?;
    for own in OWN {
        let own = vm.new_str(own)?.into_any();
        if !contains(vm, &names, &own)? {
            names.push(own);
        }
    }
    Ok(vm.new_list(names)?.into_any())
}

fn contains(vm: &mut Vm, names: &[PyRef], wanted: &PyRef) -> PyResult<bool> {
    for name in names {
        if vm.equal(name, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn parameters(vm: &mut Vm, this: &PyRef) -> PyResult<Ref<PyTuple>> {
    let alias = alias(this);
    if let Some(known) = alias.parameters.get() {
        return Ok(known);
    }
    let found = parameters_of(vm, &alias.args)?;
    alias.parameters.set(Some(found.clone()));
    Ok(found)
}

fn getitem(vm: &mut Vm, this: &PyRef, item: &PyRef) -> PyResult {
    let parameters = parameters(vm, this)?;
    let (origin, args) = (alias(this).origin.clone(), alias(this).args.clone());
    let args = substitute(vm, this, &args, &parameters, item)?;
    let args = vm.new_tuple(&args)?;
    Ok(new_alias(vm, &origin, args, alias(this).is_starred)?.into_any())
}

/// The elements of a list or tuple among type arguments.
fn elements(vm: &Vm, arg: &PyRef) -> Option<Vec<PyRef>> {
    match arg.downcast_ref::<PyTuple>() {
        Some(tuple) => Some(tuple.to_vec()),
        None => arg.downcast_ref::<PyList>().map(|list| list.to_vec(vm)),
    }
}

/// The type parameters in type arguments, in order of their first appearance.
///
/// # Errors
/// What the attributes of the arguments raise; `RecursionError`.
pub(crate) fn parameters_of(vm: &mut Vm, args: &[PyRef]) -> PyResult<Ref<PyTuple>> {
    let mut found = Vec::new();
    collect_parameters(vm, args, &mut found)?;
    vm.new_tuple(&found)
}

fn collect_parameters(vm: &mut Vm, args: &[PyRef], found: &mut Vec<PyRef>) -> PyResult<()> {
    vm.check_native_stack("")?;
    for arg in args {
        if arg.is_a::<PyType>() {
            // A bare class has a descriptor of that name, not parameters.
            continue;
        }
        if let Some(elements) = elements(vm, arg) {
            collect_parameters(vm, &elements, found)?;
            continue;
        }
        let (subst, parameters) = (
            vm.names().typing_subst.clone(),
            vm.names().parameters.clone(),
        );
        if vm.has_attr(arg, &subst)? {
            add_parameter(found, arg);
        } else if let Some(inner) = vm.lookup_attr(arg, &parameters)?
            && let Some(inner) = inner.downcast_ref::<PyTuple>()
        {
            inner
                .iter()
                .for_each(|parameter| add_parameter(found, parameter));
        }
    }
    Ok(())
}

fn add_parameter(found: &mut Vec<PyRef>, parameter: &PyRef) {
    if !found.iter().any(|known| known.is(parameter)) {
        found.push(parameter.clone());
    }
}

/// The type arguments with `item` (or the elements of the tuple `item`) in the place of the parameters.
///
/// # Errors
/// `TypeError` if `this` has no parameters or another number of them; what the parameters' methods raise.
pub(crate) fn substitute(
    vm: &mut Vm,
    this: &PyRef,
    args: &[PyRef],
    parameters: &[PyRef],
    item: &PyRef,
) -> PyResult<Vec<PyRef>> {
    if parameters.is_empty() {
        let shown = vm.repr(this)?;
        return Err(vm.type_error(format!("{} is not a generic class", shown.to_text())));
    }
    let mut item = unpacked(vm, item)?;
    let prepare_name = vm.names().typing_prepare_subst.clone();
    for parameter in parameters {
        if let Some(prepare) = vm.lookup_attr(parameter, &prepare_name)?
            && !vm.is_none(&prepare)
        {
            item = vm.call_positional(&prepare, &[this.clone(), item])?;
        }
    }
    let given = match item.downcast_ref::<PyTuple>() {
        Some(given) => given.to_vec(),
        None => vec![item.clone()],
    };
    if given.len() != parameters.len() {
        let amount = if given.len() > parameters.len() {
            "many"
        } else {
            "few"
        };
        let shown = vm.repr(this)?;
        return Err(vm.type_error(format!(
            "Too {amount} arguments for {}; actual {}, expected {}",
            shown.to_text(),
            given.len(),
            parameters.len()
        )));
    }
    Substitution {
        this,
        parameters,
        given: &given,
        item: &item,
    }
    .apply(vm, args)
}

/// What is given for parameters, with unpacked tuples (`*tuple[int, str]`) flattened.
fn unpacked(vm: &mut Vm, item: &PyRef) -> PyResult {
    let items = match item.downcast_ref::<PyTuple>() {
        Some(items) => items.to_vec(),
        None => vec![item.clone()],
    };
    let name = vm.names().typing_unpacked_tuple_args.clone();
    let mut flat = Vec::new();
    for item in items {
        if !item.is_a::<PyType>()
            && let Some(inner) = vm.lookup_attr(&item, &name)?
            && let Some(inner) = inner.downcast_ref::<PyTuple>()
            && inner
                .last()
                .is_none_or(|last| !last.is(&vm.constants().ellipsis))
        {
            flat.extend(inner.iter().cloned());
        } else {
            flat.push(item);
        }
    }
    Ok(vm.new_tuple(&flat)?.into_any())
}

/// Parameters and what is put in their places.
struct Substitution<'a> {
    this: &'a PyRef,
    parameters: &'a [PyRef],
    given: &'a [PyRef],
    item: &'a PyRef,
}

impl Substitution<'_> {
    fn apply(&self, vm: &mut Vm, args: &[PyRef]) -> PyResult<Vec<PyRef>> {
        let mut replaced = Vec::new();
        for arg in args {
            if arg.is_a::<PyType>() {
                replaced.push(arg.clone());
            } else if let Some(elements) = elements(vm, arg) {
                replaced.push(self.in_sequence(vm, arg, &elements)?);
            } else {
                self.in_argument(vm, arg, &mut replaced)?;
            }
        }
        Ok(replaced)
    }

    /// Replaces parameters inside a list or tuple among the arguments.
    fn in_sequence(&self, vm: &mut Vm, arg: &PyRef, elements: &[PyRef]) -> PyResult {
        vm.check_native_stack("")?;
        let inner = substitute(vm, self.this, elements, self.parameters, self.item)?;
        if arg.is_a::<PyTuple>() {
            Ok(vm.new_tuple(&inner)?.into_any())
        } else {
            Ok(vm.new_list(inner)?.into_any())
        }
    }

    fn in_argument(&self, vm: &mut Vm, arg: &PyRef, replaced: &mut Vec<PyRef>) -> PyResult<()> {
        let names = vm.names();
        let (subst, unpack) = (
            names.typing_subst.clone(),
            names.typing_is_unpacked_typevartuple.clone(),
        );
        let is_unpacked = match vm.lookup_attr(arg, &unpack)? {
            Some(is_unpacked) => vm.is_true(&is_unpacked)?,
            None => false,
        };
        let result = match vm.lookup_attr(arg, &subst)? {
            Some(subst) => match self.given_for(arg) {
                Some(given) => vm.call_positional(&subst, &[given])?,
                None => arg.clone(),
            },
            None => self.in_alias(vm, arg)?,
        };
        if !is_unpacked {
            replaced.push(result);
            return Ok(());
        }
        match result.downcast_ref::<PyTuple>() {
            Some(items) => {
                replaced.extend(items.iter().cloned());
                Ok(())
            }
            None => Err(vm.type_error(format!(
                "expected __typing_subst__ of {} objects to return a tuple, not {}",
                vm.type_name(arg),
                vm.type_name(&result)
            ))),
        }
    }

    fn given_for(&self, parameter: &PyRef) -> Option<PyRef> {
        let index = self
            .parameters
            .iter()
            .position(|known| known.is(parameter))?;
        self.given.get(index).cloned()
    }

    /// Replaces the parameters of an alias among the arguments.
    fn in_alias(&self, vm: &mut Vm, arg: &PyRef) -> PyResult {
        let name = vm.names().parameters.clone();
        let Some(inner) = vm
            .lookup_attr(arg, &name)?
            .and_then(|inner| inner.downcast::<PyTuple>().ok())
        else {
            return Ok(arg.clone());
        };
        if inner.is_empty() {
            return Ok(arg.clone());
        }
        let mut given = Vec::new();
        for parameter in inner.iter() {
            match self.given_for(parameter) {
                // Only a TypeVarTuple can be iterated over: its tuple is spread out.
                Some(value)
                    if value.is_a::<PyTuple>()
                        && vm.type_of(parameter).slots(vm).iter.is_some() =>
                {
                    given.extend(vm.to_vec(&value)?);
                }
                Some(value) => given.push(value),
                None => given.push(parameter.clone()),
            }
        }
        let given = vm.new_tuple(&given)?;
        vm.get_item(arg, given.as_any())
    }
}
