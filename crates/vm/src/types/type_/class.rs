//! Making classes: `type(name, bases, namespace)` and what the `class` statement does around it.

use crate::object::layout;
use crate::object::room::InlineRoom;
use crate::table::{TypeFlags, slot_defs};
use crate::types::cell::PyCell;
use crate::types::classmethod;
use crate::types::descriptor;
use crate::types::dict::PyDict;
use crate::types::function::PyFunction;
use crate::types::module::MODULE;
use crate::types::object_::OBJECT;
use crate::types::str::{PyStr, STR};
use crate::types::tuple::PyTuple;
use crate::types::type_::build::{self, Parts};
use crate::types::type_::{PyType, TYPE, mro};
use crate::{Args, HeapVec, PyRef, PyResult, Ref, Vm};
use std::collections::HashSet;

/// What `type.__new__` is given.
pub(crate) struct Request {
    pub(crate) meta: Ref<PyType>,
    pub(crate) name: Ref<PyStr>,
    pub(crate) bases: Vec<Ref<PyType>>,
    pub(crate) namespace: Ref<PyDict>,
}

/// A new class.
///
/// # Errors
/// `TypeError` and `ValueError` as CPython's `type_new`, or what `__set_name__` and `__init_subclass__` raise.
pub(crate) fn new(vm: &mut Vm, request: Request, keywords: Args<'_>) -> PyResult<Ref<PyType>> {
    let Request {
        meta,
        name,
        mut bases,
        namespace,
    } = request;
    if bases.is_empty() {
        bases.push(vm.class(&OBJECT).clone());
    }
    let base = best_base(vm, &bases)?;
    let namespace = namespace.copy(vm)?;
    let members = Members::read(vm, &name, &base, &bases, &namespace)?;
    let parts = parts(vm, &name, &base, &bases, &members, &namespace)?;
    let ty = build::assemble(vm, Some(&meta), parts)?;
    let base_tuple: Vec<PyRef> = bases.iter().map(|base| base.clone().into_any()).collect();
    let base_tuple = vm.new_tuple(&base_tuple)?;
    ty.set_bases(base, base_tuple.clone());
    fill_namespace(vm, &ty, &name, &namespace, &members)?;
    let order = mro::compute(vm, &ty)?;
    // A metaclass's `mro()` may assign `__bases__`, which settles the order and the links.
    if !ty.is_complete() {
        ty.set_mro(order);
    }
    // What a metaclass looked for meanwhile was looked for in vain.
    ty.modified(vm);
    if ty.bases().is(&base_tuple) {
        for base in &bases {
            let link = vm.new_weakref(ty.as_any(), None)?;
            base.add_subclass(vm, link)?;
        }
    }
    slot_defs::update_all(vm, &ty)?;
    install_finalizer(vm, &ty);
    set_class_cell(vm, &ty, &namespace)?;
    call_set_names(vm, &ty, &namespace)?;
    call_init_subclass(vm, &ty, keywords)?;
    Ok(ty)
}

/// The base whose layout the class takes over: the one that extends all others.
pub(crate) fn best_base(vm: &Vm, bases: &[Ref<PyType>]) -> PyResult<Ref<PyType>> {
    let mut winner: Option<Ref<PyType>> = None;
    let mut base_of_winner: Option<Ref<PyType>> = None;
    for base in bases {
        if !base.flags().has(TypeFlags::BASETYPE) {
            return Err(vm.type_error(format!(
                "type '{}' is not an acceptable base type",
                full_name(base)
            )));
        }
        let solid = solid_base(vm, base);
        match &winner {
            None => {
                winner = Some(solid);
                base_of_winner = Some(base.clone());
            }
            Some(current) if current.is_subtype(&solid) => {}
            Some(current) if solid.is_subtype(current) => {
                winner = Some(solid);
                base_of_winner = Some(base.clone());
            }
            Some(_) => return Err(vm.type_error("multiple bases have instance lay-out conflict")),
        }
    }
    Ok(base_of_winner.expect("there is at least one base"))
}

/// The nearest type in the chain of bases that adds to the layout.
fn solid_base(vm: &Vm, ty: &Ref<PyType>) -> Ref<PyType> {
    let Some(base) = ty.base() else {
        return ty.clone();
    };
    let solid = solid_base(vm, &base);
    let adds_payload = !build::same_payload(ty, &base);
    let adds_slots = ty.layout().slot_count != base.layout().slot_count;
    if adds_payload || adds_slots {
        ty.clone()
    } else {
        solid
    }
}

/// Whether instances of two types lie in memory the same way.
pub(crate) fn same_layout(a: &Ref<PyType>, b: &Ref<PyType>) -> bool {
    build::same_payload(a, b)
        && a.layout().slot_count == b.layout().slot_count
        && a.layout().has_dict == b.layout().has_dict
}

fn full_name(ty: &Ref<PyType>) -> String {
    ty.def()
        .map_or_else(|| ty.name_text(), |def| def.name.to_owned())
}

/// What `__slots__` says.
struct Members {
    /// Names of new member slots, mangled and sorted.
    names: Vec<Ref<PyStr>>,
    adds_dict: bool,
    adds_weakref: bool,
}

impl Members {
    fn read(
        vm: &mut Vm,
        class: &Ref<PyStr>,
        base: &Ref<PyType>,
        bases: &[Ref<PyType>],
        namespace: &Ref<PyDict>,
    ) -> PyResult<Self> {
        let may_add_dict = !base.layout().has_dict && !has_namespace(vm, base);
        let is_str = base.is_subtype(vm.class(&STR));
        let may_add_weakref = !allows_weakref(base) && (!is_variable(base) || is_str);
        let slots_name = vm.names().slots.clone();
        let Some(slots) = namespace.get_str(vm, &slots_name) else {
            return Ok(Self {
                names: Vec::new(),
                adds_dict: may_add_dict,
                adds_weakref: may_add_weakref,
            });
        };
        let names = if slots.is_a::<PyStr>() {
            vec![slots]
        } else {
            vm.to_vec(&slots)?
        };
        if !names.is_empty() && is_variable(base) && !is_str {
            let message = format!(
                "nonempty __slots__ not supported for subtype of '{}'",
                base.name_text()
            );
            return Err(vm.type_error(message));
        }
        let mut members = Self {
            names: Vec::new(),
            adds_dict: false,
            adds_weakref: false,
        };
        for name in &names {
            members.add(vm, class, name, may_add_dict, may_add_weakref, namespace)?;
        }
        members.names.sort_by(|a, b| a.to_text().cmp(&b.to_text()));
        // A base without __slots__ of its own brings its dict along, whichever base gives the layout.
        for other in bases.iter().filter(|other| !other.is(base)) {
            members.adds_dict |= may_add_dict && other.layout().has_dict;
            members.adds_weakref |= may_add_weakref && allows_weakref(other);
        }
        Ok(members)
    }

    fn add(
        &mut self,
        vm: &mut Vm,
        class: &Ref<PyStr>,
        name: &PyRef,
        may_add_dict: bool,
        may_add_weakref: bool,
        namespace: &Ref<PyDict>,
    ) -> PyResult<()> {
        let Some(name) = name.downcast_ref::<PyStr>() else {
            let message = format!(
                "__slots__ items must be strings, not '{}'",
                vm.type_name(name)
            );
            return Err(vm.type_error(message));
        };
        let text = name.to_text().into_owned();
        match text.as_str() {
            "__dict__" if !may_add_dict || self.adds_dict => {
                Err(vm.type_error("__dict__ slot disallowed: we already got one"))
            }
            "__weakref__" if !may_add_weakref || self.adds_weakref => {
                Err(vm.type_error("__weakref__ slot disallowed: we already got one"))
            }
            "__dict__" => {
                self.adds_dict = true;
                Ok(())
            }
            "__weakref__" => {
                self.adds_weakref = true;
                Ok(())
            }
            _ if !is_identifier(&text) => Err(vm.type_error("__slots__ must be identifiers")),
            _ => {
                let mangled = vm.intern(&mangle(&class.to_text(), &text))?;
                let allowed = ["__classcell__", "__classdictcell__", "__qualname__"];
                if !allowed.contains(&text.as_str()) && namespace.get_str(vm, &mangled).is_some() {
                    return Err(vm.value_error(format!(
                        "'{text}' in __slots__ conflicts with class variable"
                    )));
                }
                self.names.push(mangled);
                Ok(())
            }
        }
    }
}

/// Whether text is an identifier (language reference, 2.3).
fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    let starts = characters
        .next()
        .is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c));
    starts && characters.all(unicode_ident::is_xid_continue)
}

/// A private name as the compiler writes it (language reference, 6.2.2).
pub fn mangle(class: &str, name: &str) -> String {
    let class = class.trim_start_matches('_');
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') || class.is_empty() {
        return name.to_owned();
    }
    format!("_{class}{name}")
}

/// Whether instances have elements behind their payload.
fn is_variable(ty: &Ref<PyType>) -> bool {
    ty.layout().payload_size.is_some()
}

/// Whether instances are namespaces by themselves: their `__dict__` is not the attribute storage of an instance.
fn has_namespace(vm: &Vm, ty: &Ref<PyType>) -> bool {
    [&TYPE, &MODULE]
        .into_iter()
        .any(|def| ty.is_subtype(vm.class(def)))
}

/// Whether instances can be weakly referenced.
pub fn allows_weakref(ty: &Ref<PyType>) -> bool {
    ty.flags().has(TypeFlags::WEAKREF)
}

fn parts(
    vm: &mut Vm,
    name: &Ref<PyStr>,
    base: &Ref<PyType>,
    bases: &[Ref<PyType>],
    members: &Members,
    namespace: &Ref<PyDict>,
) -> PyResult<Parts> {
    let mut flags = TypeFlags::HEAP.or(TypeFlags::BASETYPE);
    let kept = [
        TypeFlags::HOST_BYTE,
        TypeFlags::MATCH_SELF,
        TypeFlags::SEQUENCE,
        TypeFlags::MAPPING,
        TypeFlags::WEAKREF,
    ];
    for flag in kept {
        if bases.iter().any(|base| base.flags().has(flag)) {
            flags = flags.or(flag);
        }
    }
    if members.adds_weakref {
        flags = flags.or(TypeFlags::WEAKREF);
    }
    let mut slot_names = HeapVec::new();
    let space = vm.space_handle();
    for index in 0..base.layout().slot_count as usize {
        slot_names.push(
            space.heap(),
            base.slot_name(index)
                .expect("as many names as slots")
                .clone(),
        )?;
    }
    for name in &members.names {
        slot_names.push(space.heap(), name.clone())?;
    }
    let layout = base.layout();
    let slot_count = u32::try_from(slot_names.len()).map_err(|_| crate::PyErr::OutOfMemory)?;
    let has_dict = layout.has_dict || members.adds_dict;
    let layout = layout.with_parts(slot_count, has_dict, layout::may_inline(flags));
    let class = build::class_like(base);
    let class = exuvia_object::Class {
        kind: exuvia_object::Kind::Tracked,
        ..class
    };
    Ok(Parts {
        class,
        layout,
        def: None,
        name: Some(name.clone()),
        qualname: Some(name.clone()),
        base: Some(base.clone()),
        slots: *base.slots(vm),
        flags,
        slot_names,
        room: InlineRoom::for_names(assigned_names(vm, base, namespace)),
    })
}

/// How many attributes the methods of a class and of its bases assign to `self` (`__static_attributes__`).
fn assigned_names(vm: &Vm, base: &Ref<PyType>, namespace: &Ref<PyDict>) -> usize {
    let mut assigned = HashSet::new();
    let mut add = |namespace: &PyDict| {
        let names = namespace.get_str(vm, &vm.names().static_attributes);
        if let Some(Ok(names)) = names.map(|names| names.downcast::<PyTuple>()) {
            assigned.extend(names.iter().map(PyRef::address));
        }
    };
    add(namespace);
    for base in std::iter::successors(Some(base.clone()), |base| base.base()) {
        add(&base.dict());
    }
    assigned.len()
}

fn fill_namespace(
    vm: &mut Vm,
    ty: &Ref<PyType>,
    name: &Ref<PyStr>,
    namespace: &Ref<PyDict>,
    members: &Members,
) -> PyResult<()> {
    let names = vm.names();
    let skipped = [
        names.classcell.clone(),
        names.classdictcell.clone(),
        names.qualname.clone(),
    ];
    let dict = ty.dict();
    let mut position = 0;
    while let Some((key, value)) = namespace.next_entry(vm, &mut position) {
        match key.downcast_ref::<PyStr>() {
            Some(key) if skipped.iter().any(|skip| skip.same_text(key)) => {}
            Some(key) => {
                let key = vm.intern_ref(key.clone())?;
                dict.set_str_guarded(vm, &key, value)?;
            }
            None => return Err(vm.type_error("type() namespace keys must be strings")),
        }
    }
    set_qualname(vm, ty, name, namespace)?;
    set_module_and_doc(vm, &dict, namespace)?;
    wrap_special_methods(vm, &dict)?;
    let first = ty
        .base()
        .map_or(0, |base| base.layout().slot_count as usize);
    for (index, name) in members.names.iter().enumerate() {
        let member = descriptor::new_member(vm, ty, name, first + index)?;
        dict.set_str_guarded(vm, name, member)?;
    }
    let base = ty.base().expect("a class has a base");
    if ty.layout().has_dict && !base.layout().has_dict {
        let (key, attribute) = (
            vm.names().dict.clone(),
            descriptor::new_dict_getset(vm, ty)?,
        );
        dict.set_str_guarded(vm, &key, attribute)?;
    }
    if allows_weakref(ty) && !allows_weakref(&base) {
        let (key, attribute) = (
            vm.names().weakref.clone(),
            descriptor::new_weakref_getset(vm, ty)?,
        );
        dict.set_str_guarded(vm, &key, attribute)?;
    }
    Ok(())
}

fn set_qualname(
    vm: &mut Vm,
    ty: &Ref<PyType>,
    name: &Ref<PyStr>,
    namespace: &Ref<PyDict>,
) -> PyResult<()> {
    let key = vm.names().qualname.clone();
    let Some(qualname) = namespace.get_str(vm, &key) else {
        ty.set_qualname(name.clone());
        return Ok(());
    };
    match qualname.downcast::<PyStr>() {
        Ok(qualname) => {
            ty.set_qualname(qualname);
            Ok(())
        }
        Err(other) => {
            let message = format!(
                "type __qualname__ must be a str, not {}",
                vm.type_name(&other)
            );
            Err(vm.type_error(message))
        }
    }
}

fn set_module_and_doc(vm: &mut Vm, dict: &Ref<PyDict>, namespace: &Ref<PyDict>) -> PyResult<()> {
    let module = vm.names().module.clone();
    if namespace.get_str(vm, &module).is_none()
        && let Some(globals) = vm.current_globals()
    {
        let name = vm.names().name.clone();
        if let Some(name) = globals.get_str(vm, &name) {
            dict.set_str_guarded(vm, &module, name)?;
        }
    }
    let doc = vm.names().doc.clone();
    if namespace.get_str(vm, &doc).is_none() {
        let none = vm.none();
        dict.set_str_guarded(vm, &doc, none)?;
    }
    Ok(())
}

/// `__new__` is a static method, `__init_subclass__` and `__class_getitem__` are class methods, said or not.
fn wrap_special_methods(vm: &mut Vm, dict: &Ref<PyDict>) -> PyResult<()> {
    let names = vm.names();
    let (new, implied) = (
        names.new.clone(),
        [names.init_subclass.clone(), names.class_getitem.clone()],
    );
    if let Some(function) = dict.get_str(vm, &new)
        && function.is_a::<PyFunction>()
    {
        let wrapped = classmethod::new_static_method(vm, &function)?;
        dict.set_str_guarded(vm, &new, wrapped)?;
    }
    for name in implied {
        if let Some(function) = dict.get_str(vm, &name)
            && function.is_a::<PyFunction>()
        {
            let wrapped = classmethod::new_class_method(vm, &function)?;
            dict.set_str_guarded(vm, &name, wrapped)?;
        }
    }
    Ok(())
}

/// Makes the memory system ask for a finalizer if the class has a `__del__` (PEP 442).
pub(crate) fn install_finalizer(vm: &Vm, ty: &Ref<PyType>) {
    crate::memory::finalize::install(vm, ty);
}

/// Tells the functions of the body which class they are in (`super()` without arguments).
fn set_class_cell(vm: &mut Vm, ty: &Ref<PyType>, namespace: &Ref<PyDict>) -> PyResult<()> {
    let names = vm.names();
    let (cell_name, dict_cell_name) = (names.classcell.clone(), names.classdictcell.clone());
    if let Some(cell) = namespace.get_str(vm, &cell_name) {
        let Some(cell) = cell.downcast_ref::<PyCell>() else {
            let message = format!(
                "__classcell__ must be a nonlocal cell, not <class '{}'>",
                vm.type_name(&cell)
            );
            return Err(vm.type_error(message));
        };
        cell.set(Some(ty.clone().into_any()));
    }
    if let Some(cell) = namespace.get_str(vm, &dict_cell_name) {
        let Some(cell) = cell.downcast_ref::<PyCell>() else {
            let message = format!(
                "__classdictcell__ must be a nonlocal cell, not <class '{}'>",
                vm.type_name(&cell)
            );
            return Err(vm.type_error(message));
        };
        cell.set(Some(ty.dict().into_any()));
    }
    Ok(())
}

/// Calls `__set_name__` of every attribute that has one (PEP 487).
fn call_set_names(vm: &mut Vm, ty: &Ref<PyType>, namespace: &Ref<PyDict>) -> PyResult<()> {
    let set_name = vm.names().set_name.clone();
    let mut position = 0;
    let mut attributes = Vec::new();
    while let Some(entry) = namespace.next_entry(vm, &mut position) {
        attributes.push(entry);
    }
    for (name, value) in attributes {
        let Some(method) = vm.lookup_special(&value, &set_name)? else {
            continue;
        };
        if let Err(error) = vm.call_positional(&method, &[ty.clone().into_any(), name.clone()]) {
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                vm.type_name(&value),
                vm.repr(&name)?.to_text(),
                ty.name_text()
            );
            return Err(vm.with_note(error, &note));
        }
    }
    Ok(())
}

/// Calls the parent's `__init_subclass__` (PEP 487).
fn call_init_subclass(vm: &mut Vm, ty: &Ref<PyType>, keywords: Args<'_>) -> PyResult<()> {
    let name = vm.names().init_subclass.clone();
    let parent = crate::types::super_::new_bound(vm, ty, ty.as_any())?;
    let method = vm.get_attr(&parent, &name)?;
    vm.call(&method, keywords).map(drop)
}
