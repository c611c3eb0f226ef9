//! What Python sees of `type`: calling, attributes, introspection.

use crate::table::{GetSet, Method, Slots, TypeDef, TypeFlags, slot_defs};
use crate::types::dict::PyDict;
use crate::types::object_;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::types::type_::class::{self, Request};
use crate::types::type_::{PyType, bases, mro};
use crate::{Args, PyRef, PyResult, Ref, Vm};
use exuvia_object::Class;

/// `type`
pub static TYPE: TypeDef = TypeDef {
    doc: "With one argument, the type of an object. With three, a new class of this name, with these bases and attributes.",
    class: Some(Class::of::<PyType>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::WEAKREF),
    slots: Slots {
        repr: Some(repr),
        call: Some(call),
        new: Some(new),
        init: Some(init),
        getattr: Some(getattr),
        setattr: Some(setattr),
        or: Some(or),
        owned_bytes: Some(|vm, this| ty(this).buffer_bytes(vm)),
        ..Slots::EMPTY
    },
    methods: METHODS,
    getset: GETSET,
    ..TypeDef::new("type")
};

/// The types of this folder.
pub static DEFS: &[&TypeDef] = &[&TYPE];

fn ty(this: &PyRef) -> &Ref<PyType> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// The module that a type says it comes from; `builtins` for built-in types without one in their name.
fn module_of(vm: &Vm, ty: &Ref<PyType>) -> Option<PyRef> {
    if let Some(def) = ty.def() {
        let module = def
            .name
            .rsplit_once('.')
            .map_or("builtins", |(module, _)| module);
        return vm.intern(module).ok().map(Ref::into_any);
    }
    ty.dict().get_str(vm, &vm.names().module)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let text = format!("<class '{}'>", full_name(vm, ty(this)));
    Ok(vm.new_str(&text)?.into_any())
}

/// The qualified name with the module in front, unless that is `builtins`.
pub fn full_name(vm: &Vm, ty: &Ref<PyType>) -> String {
    let qualname = ty.qualname();
    let module = module_of(vm, ty).and_then(|module| module.downcast::<PyStr>().ok());
    match module.map(|module| module.to_text().into_owned()) {
        Some(module) if module != "builtins" => format!("{module}.{}", qualname.to_text()),
        _ => qualname.to_text().into_owned(),
    }
}

/// `C(...)`: `__new__`, then `__init__` if that gave an instance. `type(x)` is the type of `x`.
/// Calling a class. Told by its address: must not be inlined.
#[inline(never)]
fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let class = ty(this);
    if class.is(vm.class(&TYPE)) {
        if args.values.len() == 1 && args.names.is_empty() {
            return Ok(vm.type_of(&args.values[0]).clone().into_any());
        }
        if args.positionals().len() != 3 {
            return Err(vm.type_error("type() takes 1 or 3 arguments"));
        }
    }
    let Some(new) = class
        .slots(vm)
        .new
        .filter(|_| !class.flags().has(TypeFlags::NO_NEW) || class.is_heap_type())
    else {
        return Err(vm.type_error(format!("cannot create '{}' instances", display_name(class))));
    };
    let object = new(vm, class, args)?;
    let made = vm.type_of(&object).clone();
    if !made.is_subtype(class) {
        return Ok(object);
    }
    if let Some(init) = made.slots(vm).init {
        init(vm, &object, args)?;
    }
    Ok(object)
}

/// Whether calling a class makes an instance by `object.__new__` and then calls what `__init__` is found, so that the
/// evaluation loop may do both itself: see [`make_plain`].
#[inline]
pub(crate) fn is_made_plainly(vm: &Vm, class: &Ref<PyType>) -> bool {
    let meta_call = vm.type_of(class.as_any()).slots(vm).call;
    let init = class.slots(vm).init;
    object_::has_plain_new(vm, class)
        && meta_call.is_some_and(|slot| std::ptr::eq(slot as *const (), call as *const ()))
        && init.is_some_and(slot_defs::is_generic_init)
}

/// The new instance of a class that [is made plainly](is_made_plainly), before its `__init__`.
///
/// # Errors
/// `TypeError` if the class is abstract; `OutOfMemory`.
pub(crate) fn make_plain(vm: &mut Vm, class: &Ref<PyType>, args: Args<'_>) -> PyResult {
    object_::new(vm, class, args)
}

/// The name as messages about built-in types give it, module included.
fn display_name(ty: &Ref<PyType>) -> String {
    ty.def()
        .map_or_else(|| ty.name_text(), |def| def.name.to_owned())
}

/// The most derived metaclass among the one given and those of the bases.
///
/// # Errors
/// `TypeError` if there is none.
pub fn calculate_metaclass(vm: &Vm, meta: &Ref<PyType>, bases: &[PyRef]) -> PyResult<Ref<PyType>> {
    let mut winner = meta.clone();
    for base in bases {
        let candidate = vm.type_of(base);
        if winner.is_subtype(candidate) {
            continue;
        }
        if !candidate.is_subtype(&winner) {
            return Err(vm.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
            ));
        }
        winner = candidate.clone();
    }
    Ok(winner)
}

fn new(vm: &mut Vm, meta: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let [name, bases, namespace] = args.positionals() else {
        let count = args.positionals().len();
        return Err(vm.type_error(format!(
            "type.__new__() takes exactly 3 arguments ({count} given)"
        )));
    };
    let wrong = |vm: &Vm, position: usize, expected: &str, found: &PyRef| {
        let found = vm.type_name(found);
        vm.type_error(format!(
            "type.__new__() argument {position} must be {expected}, not {found}"
        ))
    };
    let Some(name) = name.downcast_ref::<PyStr>() else {
        return Err(wrong(vm, 1, "str", name));
    };
    if name.code_points().any(|character| character == 0) {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    let Some(bases) = bases.downcast_ref::<PyTuple>() else {
        return Err(wrong(vm, 2, "tuple", bases));
    };
    let Some(namespace) = namespace.downcast_ref::<PyDict>() else {
        return Err(wrong(vm, 3, "dict", namespace));
    };
    let mut types = Vec::with_capacity(bases.len());
    for base in bases.iter() {
        match base.downcast_ref::<PyType>() {
            Some(base) => types.push(base.clone()),
            None => {
                let entries = vm.names().mro_entries.clone();
                if vm.lookup_attr(base, &entries)?.is_some() {
                    return Err(vm.type_error(
                        "type() doesn't support MRO entry resolution; use types.new_class()",
                    ));
                }
                return Err(vm.type_error("bases must be types"));
            }
        }
    }
    let winner = calculate_metaclass(vm, meta, bases)?;
    if !winner.is(meta)
        && let Some(other) = winner.slots(vm).new
        && other as *const () != new as *const ()
    {
        return other(vm, &winner, args);
    }
    let request = Request {
        meta: winner,
        name: name.clone(),
        bases: types,
        namespace: namespace.clone(),
    };
    let keywords = args.skip(3);
    Ok(class::new(vm, request, keywords)?.into_any())
}

fn init(vm: &mut Vm, _: &PyRef, args: Args<'_>) -> PyResult<()> {
    match args.positionals().len() {
        1 if !args.names.is_empty() => {
            Err(vm.type_error("type.__init__() takes no keyword arguments"))
        }
        1 | 3 => Ok(()),
        _ => Err(vm.type_error("type.__init__() takes 1 or 3 arguments")),
    }
}

/// `type.__getattribute__`: data descriptors of the metaclass, then the class and its bases, then the metaclass.
fn getattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>) -> PyResult {
    let (class, meta) = (ty(this).clone(), vm.type_of(this).clone());
    let from_meta = meta.lookup(vm, name);
    let meta_get = from_meta
        .as_ref()
        .and_then(|found| vm.type_of(found).slots(vm).descr_get);
    if let (Some(found), Some(get)) = (&from_meta, meta_get)
        && vm.type_of(found).slots(vm).descr_set.is_some()
    {
        return get(vm, found, Some(this), Some(meta.as_any()));
    }
    if let Some(found) = class.lookup(vm, name) {
        return match vm.type_of(&found).slots(vm).descr_get {
            Some(get) => get(vm, &found, None, Some(this)),
            None => Ok(found),
        };
    }
    match (from_meta, meta_get) {
        (Some(found), Some(get)) => get(vm, &found, Some(this), Some(meta.as_any())),
        (Some(found), None) => Ok(found),
        (None, _) => Err(vm.no_attribute(this, name)),
    }
}

/// `type.__setattr__`, and `__delattr__` for `None`.
fn setattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>, value: Option<&PyRef>) -> PyResult<()> {
    let (class, meta) = (ty(this).clone(), vm.type_of(this).clone());
    if !class.is_heap_type() {
        let message = format!(
            "cannot set '{}' attribute of immutable type '{}'",
            name.to_text(),
            display_name(&class)
        );
        return Err(vm.type_error(message));
    }
    if let Some(found) = meta.lookup(vm, name)
        && let Some(set) = vm.type_of(&found).slots(vm).descr_set
    {
        return set(vm, &found, this, value);
    }
    let name = vm.intern_ref(name.clone())?;
    match value {
        Some(value) => class.dict().set_str_guarded(vm, &name, value.clone())?,
        None if class.dict().del_str_guarded(vm, &name) => {}
        None => return Err(vm.no_attribute(this, &name)),
    }
    class.modified(vm);
    let text = name.to_text();
    if text.starts_with("__") && text.ends_with("__") {
        slot_defs::update_one(vm, &class, &name)?;
        if text == "__del__" {
            reinstall_finalizers(vm, &class);
        }
    }
    Ok(())
}

/// A `__del__` that comes or goes concerns the subclasses too.
fn reinstall_finalizers(vm: &mut Vm, class: &Ref<PyType>) {
    class::install_finalizer(vm, class);
    for subclass in class.live_subclasses(vm) {
        reinstall_finalizers(vm, &subclass);
    }
}

/// `X | Y`
fn or(vm: &mut Vm, left: &PyRef, right: &PyRef) -> PyResult {
    crate::types::union::or(vm, left, right)
}

static METHODS: &[Method] = &[
    crate::method!(
        "mro",
        "($self, /)",
        own_mro,
        "The order in which bases are searched."
    ),
    crate::method!(
        "__subclasses__",
        "($self, /)",
        subclasses,
        "The direct subclasses that live."
    ),
    crate::method!(
        "__instancecheck__",
        "($self, instance, /)",
        instance_check,
        "Whether an object is an instance."
    ),
    crate::method!(
        "__subclasscheck__",
        "($self, subclass, /)",
        subclass_check,
        "Whether a class is a subclass."
    ),
    crate::class_method!(
        "__prepare__",
        "($type, /, *args, **kwargs)",
        prepare,
        "The namespace for the body of a class."
    ),
    crate::method!(
        "__dir__",
        "($self, /)",
        dir,
        "The names of the attributes of the class and its bases."
    ),
    crate::method!(
        "__sizeof__",
        "($self, /)",
        sizeof,
        "The size of the type object in bytes."
    ),
];

fn own_mro(vm: &mut Vm, this: Ref<PyType>) -> PyResult {
    let mut order = vec![this.clone().into_any()];
    let bases = mro::types_of(&this.bases());
    order.extend(mro::linearize(vm, &bases)?.into_iter().map(Ref::into_any));
    Ok(vm.new_list(order)?.into_any())
}

/// Whether an attribute is `type`'s own `mro`.
pub(crate) fn is_own_mro(vm: &Vm, found: &PyRef) -> bool {
    let own = vm.class(&TYPE).dict().get_str(vm, &vm.names().mro);
    own.is_some_and(|own| own.is(found))
}

fn subclasses(vm: &mut Vm, this: Ref<PyType>) -> PyResult {
    let live = this
        .live_subclasses(vm)
        .into_iter()
        .map(Ref::into_any)
        .collect();
    Ok(vm.new_list(live)?.into_any())
}

fn instance_check(vm: &mut Vm, this: Ref<PyType>, instance: PyRef) -> PyResult<bool> {
    crate::protocol::object::real_is_instance(vm, &instance, this.as_any())
}

fn subclass_check(vm: &mut Vm, this: Ref<PyType>, subclass: PyRef) -> PyResult<bool> {
    crate::protocol::object::real_is_subclass(vm, &subclass, this.as_any())
}

fn prepare(vm: &mut Vm, _: PyRef, _: crate::table::Rest, _: crate::KwArgs) -> PyResult {
    Ok(vm.new_dict()?.into_any())
}

fn dir(vm: &mut Vm, this: Ref<PyType>) -> PyResult {
    let names = vm.new_dict()?;
    for base in this.order(vm).iter().rev() {
        let Some(base) = base.downcast_ref::<PyType>() else {
            continue;
        };
        let (dict, mut position) = (base.dict(), 0);
        while let Some((name, _)) = dict.next_entry(vm, &mut position) {
            let none = vm.none();
            names.set_item(vm, &name, none)?;
        }
    }
    let mut position = 0;
    let mut list = Vec::new();
    while let Some((name, _)) = names.next_entry(vm, &mut position) {
        list.push(name);
    }
    Ok(vm.new_list(list)?.into_any())
}

fn sizeof(vm: &mut Vm, this: Ref<PyType>) -> PyResult<usize> {
    Ok(this.as_any().size() + this.buffer_bytes(vm))
}

fn heap_type_only(vm: &Vm, this: &PyRef, name: &str) -> PyResult<()> {
    if ty(this).is_heap_type() {
        return Ok(());
    }
    let message = format!(
        "cannot set '{name}' attribute of immutable type '{}'",
        display_name(ty(this))
    );
    Err(vm.type_error(message))
}

fn required<'a>(
    vm: &Vm,
    this: &PyRef,
    name: &str,
    value: Option<&'a PyRef>,
) -> PyResult<&'a PyRef> {
    value.ok_or_else(|| {
        let message = format!(
            "cannot delete '{name}' attribute of immutable type '{}'",
            ty(this).name_text()
        );
        vm.type_error(message)
    })
}

static GETSET: &[GetSet] = &[
    GetSet {
        name: "__name__",
        doc: "The name of the class.",
        get: |_, this| Ok(ty(this).name().into_any()),
        set: Some(|vm, this, value| {
            heap_type_only(vm, this, "__name__")?;
            let value = required(vm, this, "__name__", value)?;
            let Some(name) = value.downcast_ref::<PyStr>() else {
                let message = format!(
                    "can only assign string to {}.__name__, not '{}'",
                    ty(this).name_text(),
                    vm.type_name(value)
                );
                return Err(vm.type_error(message));
            };
            if name.to_text().contains('\0') {
                return Err(vm.value_error("type name must not contain null characters"));
            }
            ty(this).set_name(name.clone());
            Ok(())
        }),
    },
    GetSet {
        name: "__qualname__",
        doc: "The name with the classes and functions around it.",
        get: |_, this| Ok(ty(this).qualname().into_any()),
        set: Some(|vm, this, value| {
            heap_type_only(vm, this, "__qualname__")?;
            let value = required(vm, this, "__qualname__", value)?;
            let Some(name) = value.downcast_ref::<PyStr>() else {
                let message = format!(
                    "can only assign string to {}.__qualname__, not '{}'",
                    ty(this).name_text(),
                    vm.type_name(value)
                );
                return Err(vm.type_error(message));
            };
            ty(this).set_qualname(name.clone());
            Ok(())
        }),
    },
    GetSet {
        name: "__module__",
        doc: "The name of the module that the class was defined in.",
        get: |vm, this| match module_of(vm, ty(this)) {
            Some(module) => Ok(module),
            None => Err(vm.attribute_error("__module__")),
        },
        set: Some(|vm, this, value| set_in_dict(vm, this, "__module__", value)),
    },
    GetSet {
        name: "__bases__",
        doc: "The bases.",
        get: |_, this| Ok(ty(this).bases().into_any()),
        set: Some(set_bases),
    },
    GetSet {
        name: "__base__",
        doc: "The base whose layout the class extends, or None.",
        get: |vm, this| Ok(ty(this).base().map_or_else(|| vm.none(), Ref::into_any)),
        set: None,
    },
    GetSet {
        name: "__mro__",
        doc: "The order in which bases are searched.",
        get: |vm, this| {
            let ty = ty(this);
            Ok(if ty.is_complete() {
                ty.mro().into_any()
            } else {
                vm.none()
            })
        },
        set: None,
    },
    GetSet {
        name: "__dict__",
        doc: "The attributes, as a read-only mapping.",
        get: |vm, this| {
            let dict = ty(this).dict();
            Ok(crate::types::mapping_proxy::new(vm, dict.into_any())?.into_any())
        },
        set: None,
    },
    GetSet {
        name: "__doc__",
        doc: "The docstring, or None.",
        get: get_doc,
        set: Some(|vm, this, value| set_in_dict(vm, this, "__doc__", value)),
    },
    GetSet {
        name: "__basicsize__",
        doc: "The size of an instance in bytes, without elements.",
        get: |vm, this| {
            let layout = ty(this).layout();
            let words = layout.slot_count as usize + usize::from(layout.has_dict);
            vm.new_int_from_usize((layout.payload_basic as usize).next_multiple_of(8) + 8 * words)
        },
        set: None,
    },
    GetSet {
        name: "__itemsize__",
        doc: "The size of an element in bytes, or 0.",
        get: |vm, _| vm.new_int(0),
        set: None,
    },
    GetSet {
        name: "__dictoffset__",
        doc: "Where the instance's dict lies; -1: the runtime knows; 0: there is none.",
        get: |vm, this| vm.new_int(if ty(this).layout().has_dict { -1 } else { 0 }),
        set: None,
    },
    GetSet {
        name: "__weakrefoffset__",
        doc: "Where the list of weak references lies; -1: the runtime knows; 0: instances cannot be weakly referenced.",
        get: |vm, this| {
            vm.new_int(if class::allows_weakref(ty(this)) {
                -1
            } else {
                0
            })
        },
        set: None,
    },
    GetSet {
        name: "__flags__",
        doc: "Bits that say what kind of type it is; those that CPython's inspect module reads.",
        get: |vm, this| {
            let flags = ty(this).flags();
            let bit = |flag, number: u32| if flags.has(flag) { 1_i64 << number } else { 0 };
            vm.new_int(
                bit(TypeFlags::HEAP, 9)
                    | bit(TypeFlags::BASETYPE, 10)
                    | bit(TypeFlags::ABSTRACT, 20)
                    | bit(TypeFlags::SEQUENCE, 5)
                    | bit(TypeFlags::MAPPING, 6)
                    | if flags.has(TypeFlags::HEAP) {
                        0
                    } else {
                        1 << 8
                    },
            )
        },
        set: None,
    },
    GetSet {
        name: "__abstractmethods__",
        doc: "The names of the abstract methods.",
        get: |vm, this| {
            let key = vm.names().abstractmethods.clone();
            match ty(this)
                .dict()
                .get_str(vm, &key)
                .filter(|_| !ty(this).is(vm.class(&TYPE)))
            {
                Some(names) => Ok(names),
                None => Err(vm.no_attribute(this, &key)),
            }
        },
        set: Some(|vm, this, value| {
            let is_abstract = match value {
                Some(value) => vm.is_true(value)?,
                None => false,
            };
            set_in_dict(vm, this, "__abstractmethods__", value)?;
            let flags = ty(this).flags().0 & !TypeFlags::ABSTRACT.0;
            ty(this).set_flags(TypeFlags(
                flags
                    | if is_abstract {
                        TypeFlags::ABSTRACT.0
                    } else {
                        0
                    },
            ));
            Ok(())
        }),
    },
    GetSet {
        name: "__annotations__",
        doc: "The annotations of the class, computed when first asked for.",
        get: annotations,
        set: Some(set_annotations),
    },
    GetSet {
        name: "__annotate__",
        doc: "The function that computes the annotations, or None.",
        get: annotate,
        set: Some(set_annotate),
    },
    GetSet {
        name: "__type_params__",
        doc: "The type parameters (PEP 695).",
        get: |vm, this| {
            let key = vm.names().type_params.clone();
            let found = ty(this)
                .dict()
                .get_str(vm, &key)
                .filter(|_| ty(this).is_heap_type());
            Ok(found.unwrap_or_else(|| vm.constants().empty_tuple.clone().into_any()))
        },
        set: Some(|vm, this, value| set_in_dict(vm, this, "__type_params__", value)),
    },
    GetSet {
        name: "__text_signature__",
        doc: "The signature of the constructor, or None.",
        get: |vm, this| match ty(this).def().and_then(constructor_signature) {
            Some(signature) => Ok(vm.new_str(signature)?.into_any()),
            None => Ok(vm.none()),
        },
        set: None,
    },
];

/// The signature in the first line of a built-in type's docstring, if that is one that `inspect` can read.
fn constructor_signature(def: &'static TypeDef) -> Option<&'static str> {
    let name = def.name.rsplit('.').next().unwrap_or(def.name);
    let (line, _) = def.doc.split_once("\n\n")?;
    let signature = line.strip_prefix(name)?;
    let is_readable = signature.starts_with('(')
        && signature.ends_with(')')
        && !signature.contains(['[', '\n', '>']);
    is_readable.then_some(signature)
}

fn set_in_dict(vm: &mut Vm, this: &PyRef, name: &str, value: Option<&PyRef>) -> PyResult<()> {
    heap_type_only(vm, this, name)?;
    let key = vm.intern(name)?;
    let class = ty(this).clone();
    match value {
        Some(value) => class.dict().set_str_guarded(vm, &key, value.clone())?,
        None if class.dict().del_str_guarded(vm, &key) => {}
        None => return Err(vm.no_attribute(this, &key)),
    }
    class.modified(vm);
    Ok(())
}

fn get_doc(vm: &mut Vm, this: &PyRef) -> PyResult {
    let key = vm.names().doc.clone();
    let Some(doc) = ty(this).dict().get_str(vm, &key) else {
        return Ok(vm.none());
    };
    match vm.type_of(&doc).slots(vm).descr_get {
        Some(get) => get(vm, &doc, None, Some(this)),
        None => Ok(doc),
    }
}

fn annotations(vm: &mut Vm, this: &PyRef) -> PyResult {
    let class = ty(this).clone();
    if !class.is_heap_type() {
        let key = vm.names().annotations.clone();
        return Err(vm.no_attribute(this, &key));
    }
    let names = vm.names();
    let keys = [names.annotations.clone(), names.annotations_cache.clone()];
    for key in &keys {
        if let Some(known) = class.dict().get_str(vm, key) {
            return match vm.type_of(&known).slots(vm).descr_get {
                Some(get) => get(vm, &known, None, Some(this)),
                None => Ok(known),
            };
        }
    }
    let function = annotate(vm, this)?;
    let computed = if vm.callable(&function) {
        let format = vm.new_int(1)?;
        let computed = vm.call_positional(&function, &[format])?;
        if !computed.is_a::<PyDict>() {
            let message = format!(
                "__annotate__() must return a dict, not {}",
                vm.type_name(&computed)
            );
            return Err(vm.type_error(message));
        }
        computed
    } else {
        vm.new_dict()?.into_any()
    };
    class
        .dict()
        .set_str_guarded(vm, &keys[1], computed.clone())?;
    class.modified(vm);
    Ok(computed)
}

fn set_annotations(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    heap_type_only(vm, this, "__annotations__")?;
    let names = vm.names();
    let (key, cache, annotate_key) = (
        names.annotations.clone(),
        names.annotations_cache.clone(),
        names.annotate_func.clone(),
    );
    let class = ty(this).clone();
    match value {
        Some(value) => {
            let key = if class.dict().get_str(vm, &key).is_some() {
                &key
            } else {
                &cache
            };
            class.dict().set_str_guarded(vm, key, value.clone())?;
        }
        None => {
            let was_there =
                class.dict().del_str_guarded(vm, &key) | class.dict().del_str_guarded(vm, &cache);
            if !was_there {
                return Err(vm.attribute_error("__annotations__"));
            }
        }
    }
    class.dict().del_str_guarded(vm, &annotate_key);
    class.modified(vm);
    Ok(())
}

fn annotate(vm: &mut Vm, this: &PyRef) -> PyResult {
    let names = vm.names();
    let keys = [names.annotate_func.clone(), names.annotate.clone()];
    for key in &keys {
        if let Some(found) = ty(this)
            .dict()
            .get_str(vm, key)
            .filter(|_| ty(this).is_heap_type())
        {
            return match vm.type_of(&found).slots(vm).descr_get {
                Some(get) => get(vm, &found, None, Some(this)),
                None => Ok(found),
            };
        }
    }
    Ok(vm.none())
}

fn set_annotate(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    heap_type_only(vm, this, "__annotate__")?;
    let Some(value) = value else {
        return Err(vm.type_error("cannot delete __annotate__ attribute"));
    };
    if !vm.is_none(value) && !vm.callable(value) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    let names = vm.names();
    let (key, cache) = (names.annotate_func.clone(), names.annotations_cache.clone());
    let class = ty(this).clone();
    class.dict().set_str_guarded(vm, &key, value.clone())?;
    class.dict().del_str_guarded(vm, &cache);
    class.modified(vm);
    Ok(())
}

fn set_bases(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    heap_type_only(vm, this, "__bases__")?;
    let value = required(vm, this, "__bases__", value)?;
    bases::assign(vm, ty(this), value)
}
