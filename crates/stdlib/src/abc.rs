//! `_abc`: abstract base classes (PEP 3119): their abstract methods, registered subclasses, and remembered answers.

use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::exception::ASSERTION_ERROR;
use exuvia_vm::types::int::int_i64;
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::module::PyModule;
use exuvia_vm::types::set::PySet;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::types::weakref::PyWeakRef;
use exuvia_vm::{PyRef, PyResult, Ref, Slot, Traverse, Vm, function};
use std::cell::Cell;

static FUNCTIONS: &[Method] = &[
    function!(
        "get_cache_token",
        "($module, /)",
        |vm: &mut Vm| i64::try_from(invalidations(vm)).unwrap_or(i64::MAX),
        "A number that grows with each registration."
    ),
    function!(
        "_abc_init",
        "($module, self, /)",
        abc_init,
        "Prepares a new abstract base class."
    ),
    function!(
        "_abc_register",
        "($module, self, subclass, /)",
        abc_register,
        "Makes a class a virtual subclass."
    ),
    function!(
        "_abc_instancecheck",
        "($module, self, instance, /)",
        abc_instancecheck,
        "What isinstance says of an abstract base class."
    ),
    function!(
        "_abc_subclasscheck",
        "($module, self, subclass, /)",
        abc_subclasscheck,
        "What issubclass says of an abstract base class."
    ),
    function!(
        "_get_dump",
        "($module, self, /)",
        get_dump,
        "The registry, both caches and the version of the negative one, for debugging."
    ),
    function!(
        "_reset_registry",
        "($module, self, /)",
        |vm: &mut Vm, class: PyRef| data_of(vm, &class).map(|data| data.registry.clear()),
        "Forgets the registered classes."
    ),
    function!(
        "_reset_caches",
        "($module, self, /)",
        |vm: &mut Vm, class: PyRef| {
            data_of(vm, &class).map(|data| {
                data.positive.clear();
                data.negative.clear();
            })
        },
        "Forgets the remembered answers."
    ),
];

/// How often a class was registered anywhere: negative answers older than that are void.
#[derive(Debug, Default)]
struct Invalidations(u64);

impl exuvia_vm::import::Extension for Invalidations {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

fn invalidations(vm: &mut Vm) -> u64 {
    vm.extensions.get::<Invalidations>().0
}

/// Fills the module.
///
/// # Errors
/// `OutOfMemory`.
pub fn init(vm: &mut Vm, module: &Ref<PyModule>) -> PyResult<()> {
    vm.make_class(&ABC_DATA)?;
    vm.add_functions(module, FUNCTIONS)
}

/// A set of weak references to classes, made when it is needed.
#[derive(Debug, Default, Traverse)]
struct WeakClasses {
    set: Slot<PySet>,
    /// How many references there may be before the dead ones are looked for.
    limit: Cell<usize>,
}

/// Sets smaller than this are not searched for dead references.
const PURGE_MIN: usize = 16;

impl WeakClasses {
    fn clear(&self) {
        self.set.set(None);
        self.limit.set(0);
    }

    fn contains(&self, vm: &mut Vm, class: &PyRef) -> PyResult<bool> {
        match self.set.get() {
            Some(set) if !set.is_empty(vm) && vm.has_flag(class, TypeFlags::WEAKREF) => {
                let reference = vm.new_weakref(class, None)?.into_any();
                set.contains(vm, &reference)
            }
            _ => Ok(false),
        }
    }

    fn add(&self, vm: &mut Vm, class: &PyRef) -> PyResult<()> {
        let set = match self.set.get() {
            Some(set) => set,
            None => {
                let set = vm.new_set()?;
                self.set.set(Some(set.clone()));
                set
            }
        };
        if set.len(vm) >= self.limit.get().max(PURGE_MIN) {
            self.purge(vm, &set)?;
        }
        let reference = vm.new_weakref(class, None)?.into_any();
        set.add(vm, &reference).map(drop)
    }

    /// Removes references to classes that are gone; the next search is due when the set has doubled.
    fn purge(&self, vm: &mut Vm, set: &Ref<PySet>) -> PyResult<()> {
        for reference in set.to_vec(vm) {
            if referent(&reference).is_none() {
                set.discard(vm, &reference)?;
            }
        }
        self.limit.set(set.len(vm) * 2);
        Ok(())
    }

    /// The classes that live.
    fn classes(&self, vm: &Vm) -> Vec<PyRef> {
        let set = self.set.get();
        let references = set.map_or_else(Vec::new, |set| set.to_vec(vm));
        references.iter().filter_map(referent).collect()
    }

    /// A set of the references to classes that live.
    fn shown(&self, vm: &mut Vm) -> PyResult {
        let shown = vm.new_set()?;
        let references = self.set.get().map_or_else(Vec::new, |set| set.to_vec(vm));
        for reference in references {
            if referent(&reference).is_some() {
                shown.add(vm, &reference)?;
            }
        }
        Ok(shown.into_any())
    }
}

fn referent(reference: &PyRef) -> Option<PyRef> {
    reference.downcast_ref::<PyWeakRef>()?.referent()
}

/// What an abstract base class knows of its subclasses.
#[derive(Debug, Default, Traverse)]
pub struct PyAbcData {
    registry: WeakClasses,
    /// Classes known to be subclasses.
    positive: WeakClasses,
    /// Classes known not to be subclasses, as long as no class is registered anywhere.
    negative: WeakClasses,
    negative_version: Cell<u64>,
}

impl PyPayload for PyAbcData {
    const DEF: &'static TypeDef = &ABC_DATA;
}

/// `_abc._abc_data`
static ABC_DATA: TypeDef = TypeDef {
    class: Some(Class::of::<PyAbcData>),
    doc: "What an abstract base class knows of its subclasses.",
    slots: Slots {
        new: Some(|vm, ty, _| Ok(vm.new_instance(ty, PyAbcData::default())?.into_any())),
        ..Slots::EMPTY
    },
    ..TypeDef::new("_abc._abc_data")
};

fn data_of(vm: &mut Vm, class: &PyRef) -> PyResult<Ref<PyAbcData>> {
    let name = vm.names().abc_impl.clone();
    vm.get_attr(class, &name)?
        .downcast()
        .map_err(|_| vm.type_error("_abc_impl is set to a wrong type"))
}

fn abc_init(vm: &mut Vm, class: PyRef) -> PyResult<()> {
    set_abstract_methods(vm, &class)?;
    let data = PyAbcData {
        negative_version: Cell::new(invalidations(vm)),
        ..PyAbcData::default()
    };
    let data = vm.new_object(data)?;
    let name = vm.names().abc_impl.clone();
    vm.set_attr(&class, &name, data.as_any())?;
    match class.downcast_ref::<PyType>() {
        Some(class) => take_pattern_flags(vm, class),
        None => Ok(()),
    }
}

/// Computes `__abstractmethods__`: the class's own abstract methods, and inherited ones that it does not define.
fn set_abstract_methods(vm: &mut Vm, class: &PyRef) -> PyResult<()> {
    let abstract_names = vm.names().abstractmethods.clone();
    let mut names = Vec::new();
    let dict = vm.get_attr_str(class, "__dict__")?;
    let items = vm.call_method_str(&dict, "items", &[])?;
    for item in vm.to_vec(&items)? {
        let pair = vm.to_vec(&item)?;
        if let [name, value] = pair.as_slice()
            && is_abstract(vm, value)?
        {
            names.push(name.clone());
        }
    }
    let bases = vm.get_attr_str(class, "__bases__")?;
    for base in vm.to_vec(&bases)? {
        let Some(inherited) = vm.lookup_attr(&base, &abstract_names)? else {
            continue;
        };
        for name in vm.to_vec(&inherited)? {
            let Some(text) = name.downcast_ref::<PyStr>() else {
                continue;
            };
            if let Some(value) = vm.lookup_attr(class, text)?
                && is_abstract(vm, &value)?
            {
                names.push(name);
            }
        }
    }
    let names = vm.new_frozenset(&names)?.into_any();
    vm.set_attr(class, &abstract_names, &names)
}

fn is_abstract(vm: &mut Vm, value: &PyRef) -> PyResult<bool> {
    let name = vm.names().isabstractmethod.clone();
    match vm.lookup_attr(value, &name)? {
        Some(answer) => vm.is_true(&answer),
        None => Ok(false),
    }
}

/// The bits of `__abc_tpflags__`, as CPython's `_collections_abc` writes them.
const SEQUENCE_BIT: i64 = 1 << 5;
const MAPPING_BIT: i64 = 1 << 6;

/// Takes `__abc_tpflags__` out of a class: whether it matches sequence or mapping patterns (PEP 634).
fn take_pattern_flags(vm: &mut Vm, class: &Ref<PyType>) -> PyResult<()> {
    let name = vm.intern("__abc_tpflags__")?;
    let dict = class.dict();
    let Some(bits) = dict.get_str(vm, &name).as_ref().and_then(int_i64) else {
        return Ok(());
    };
    let (is_sequence, is_mapping) = (bits & SEQUENCE_BIT != 0, bits & MAPPING_BIT != 0);
    if is_sequence && is_mapping {
        return Err(vm.type_error(
            "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING",
        ));
    }
    if is_sequence {
        class.set_flags(class.flags().or(TypeFlags::SEQUENCE));
    }
    if is_mapping {
        class.set_flags(class.flags().or(TypeFlags::MAPPING));
    }
    vm.del_attr(class.as_any(), &name)
}

/// Lets a class and its subclasses match the patterns that a base matches, unless they match some already.
fn give_pattern_flags(vm: &Vm, class: &Ref<PyType>, base: &Ref<PyType>) {
    let matches = |ty: &Ref<PyType>, flag| ty.flags().has(flag);
    let given = [TypeFlags::SEQUENCE, TypeFlags::MAPPING]
        .into_iter()
        .find(|&flag| matches(base, flag));
    let Some(given) = given else { return };
    let mut waiting = vec![class.clone()];
    while let Some(class) = waiting.pop() {
        let is_settled =
            matches(&class, TypeFlags::SEQUENCE) || matches(&class, TypeFlags::MAPPING);
        if is_settled || !class.is_heap_type() {
            continue;
        }
        class.set_flags(class.flags().or(given));
        waiting.extend(class.live_subclasses(vm));
    }
}

fn abc_register(vm: &mut Vm, class: PyRef, subclass: PyRef) -> PyResult {
    if !subclass.is_a::<PyType>() {
        return Err(vm.type_error("Can only register classes"));
    }
    if vm.is_subclass(&subclass, &class)? {
        return Ok(subclass);
    }
    // After the question above, so that a class may register itself.
    if vm.is_subclass(&class, &subclass)? {
        return Err(vm.runtime_error("Refusing to create an inheritance cycle"));
    }
    data_of(vm, &class)?.registry.add(vm, &subclass)?;
    vm.extensions.get::<Invalidations>().0 += 1;
    if let (Some(class), Some(subclass)) = (
        class.downcast_ref::<PyType>(),
        subclass.downcast_ref::<PyType>(),
    ) {
        give_pattern_flags(vm, subclass, class);
    }
    Ok(subclass)
}

fn abc_instancecheck(vm: &mut Vm, class: PyRef, instance: PyRef) -> PyResult {
    let data = data_of(vm, &class)?;
    let name = vm.names().class.clone();
    let real = vm.type_of(&instance).clone().into_any();
    let claimed = vm.lookup_attr(&instance, &name)?;
    let claimed = claimed.unwrap_or_else(|| real.clone());
    if data.positive.contains(vm, &claimed)? {
        return Ok(vm.new_bool(true));
    }
    if real.is(&claimed) {
        if data.negative_version.get() == invalidations(vm)
            && data.negative.contains(vm, &claimed)?
        {
            return Ok(vm.new_bool(false));
        }
        return vm.call_method_str(&class, "__subclasscheck__", &[claimed]);
    }
    let answer = vm.call_method_str(&class, "__subclasscheck__", &[claimed])?;
    if vm.is_true(&answer)? {
        return Ok(answer);
    }
    vm.call_method_str(&class, "__subclasscheck__", &[real])
}

fn abc_subclasscheck(vm: &mut Vm, class: PyRef, subclass: PyRef) -> PyResult<bool> {
    if !subclass.is_a::<PyType>() {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    }
    let data = data_of(vm, &class)?;
    if data.positive.contains(vm, &subclass)? {
        return Ok(true);
    }
    let version = invalidations(vm);
    if data.negative_version.get() < version {
        data.negative.clear();
        data.negative_version.set(version);
    } else if data.negative.contains(vm, &subclass)? {
        return Ok(false);
    }
    let answer = match ask_hook(vm, &class, &subclass)? {
        Some(answer) => answer,
        None => find_out(vm, &data, &class, &subclass)?,
    };
    if answer {
        data.positive.add(vm, &subclass)?;
    } else {
        data.negative.add(vm, &subclass)?;
    }
    Ok(answer)
}

/// What `__subclasshook__` says; `None`: nothing.
fn ask_hook(vm: &mut Vm, class: &PyRef, subclass: &PyRef) -> PyResult<Option<bool>> {
    let args = std::slice::from_ref(subclass);
    let answer = vm.call_method_str(class, "__subclasshook__", args)?;
    for value in [true, false] {
        if answer.is(&vm.new_bool(value)) {
            return Ok(Some(value));
        }
    }
    if vm.is_not_implemented(&answer) {
        return Ok(None);
    }
    Err(vm.error(
        &ASSERTION_ERROR,
        "__subclasshook__ must return either False, True, or NotImplemented",
    ))
}

/// Whether a class is a subclass: really, of a registered class, or of a real subclass.
fn find_out(vm: &mut Vm, data: &Ref<PyAbcData>, class: &PyRef, subclass: &PyRef) -> PyResult<bool> {
    if let (Some(subclass), Some(class)) = (
        subclass.downcast_ref::<PyType>(),
        class.downcast_ref::<PyType>(),
    ) && subclass.is_subtype(class)
    {
        return Ok(true);
    }
    for registered in data.registry.classes(vm) {
        if vm.is_subclass(subclass, &registered)? {
            return Ok(true);
        }
    }
    let known = vm.call_method_str(class, "__subclasses__", &[])?;
    let Some(known) = known.downcast_ref::<PyList>() else {
        return Err(vm.type_error("__subclasses__() must return a list"));
    };
    for known in known.to_vec(vm) {
        if vm.is_subclass(subclass, &known)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn get_dump(vm: &mut Vm, class: PyRef) -> PyResult {
    let data = data_of(vm, &class)?;
    let parts = [
        data.registry.shown(vm)?,
        data.positive.shown(vm)?,
        data.negative.shown(vm)?,
        vm.new_int(i64::try_from(data.negative_version.get()).unwrap_or(i64::MAX))?,
    ];
    Ok(vm.new_tuple(&parts)?.into_any())
}
