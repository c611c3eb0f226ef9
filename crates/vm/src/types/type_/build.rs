//! Making type objects: the parts that built-in types and classes share, and built-in types from their tables.

#![allow(
    unsafe_code,
    reason = "a type object names itself, and the first one is made before its own type"
)]

use crate::object::layout::{self, Layout};
use crate::object::room::InlineRoom;
use crate::table::{MethodKind, Slots, TypeDef, TypeFlags, slot_defs};
use crate::types::descriptor;
use crate::types::dict::DICT;
use crate::types::exception;
use crate::types::object_::OBJECT;
use crate::types::str::{PyStr, STR};
use crate::types::type_::{PyType, TYPE};
use crate::{HeapVec, PyRef, PyResult, Ref, Slot, Vm, VmCell};
use exuvia_object::Class;
use std::cell::Cell;

/// What a new type object is made of.
pub(crate) struct Parts {
    pub(crate) class: Class,
    pub(crate) layout: Layout,
    pub(crate) def: Option<&'static TypeDef>,
    /// `None` only while the types that strings and dicts need are being made.
    pub(crate) name: Option<Ref<PyStr>>,
    pub(crate) qualname: Option<Ref<PyStr>>,
    pub(crate) base: Option<Ref<PyType>>,
    pub(crate) slots: Slots,
    pub(crate) flags: TypeFlags,
    pub(crate) slot_names: HeapVec<Ref<PyStr>>,
    pub(crate) room: InlineRoom,
}

/// A type object from its parts, without bases, order of resolution and attributes.
pub(crate) fn assemble(vm: &Vm, meta: Option<&Ref<PyType>>, parts: Parts) -> PyResult<Ref<PyType>> {
    let has_dicts = vm.has_class(&DICT);
    parts.layout.install(&parts.class);
    parts
        .class
        .owner_is_counted
        .set(parts.flags.has(TypeFlags::HEAP));
    let payload = PyType {
        class: parts.class,
        layout: parts.layout,
        itself: Cell::new(None),
        def: parts.def,
        name: Slot::new(parts.name),
        qualname: Slot::new(parts.qualname),
        base: Slot::new(parts.base),
        bases: Slot::empty(),
        mro: Slot::empty(),
        dict: Slot::new(if has_dicts {
            Some(vm.new_guarded_dict()?)
        } else {
            None
        }),
        slot_names: parts.slot_names,
        subclasses: VmCell::new(HeapVec::new()),
        root_shape: Slot::empty(),
        slots: VmCell::new(parts.slots),
        flags: Cell::new(parts.flags),
        version: Cell::new(0),
        room: parts.room,
    };
    let ty = match meta {
        Some(meta) => layout::allocate(vm, meta, payload)?,
        None => allocate_orphan(vm, payload)?,
    };
    ty.itself.set(Some(ty.as_raw()));
    Ok(ty)
}

/// A type object whose own type is set later: `type` and `object` are made this way.
fn allocate_orphan(vm: &Vm, payload: PyType) -> PyResult<Ref<PyType>> {
    // SAFETY: the stand-in describes this payload; it is replaced by the class of `type` before any program runs.
    Ok(unsafe { vm.space().allocate(vm.orphan_class(), payload) }?)
}

/// Makes `type` the type of the first two type objects, and the namespaces dicts.
///
/// # Safety
/// Called once per type object made without a type, with `type` itself.
pub(crate) unsafe fn adopt(ty: &Ref<PyType>, meta: &Ref<PyType>) {
    // SAFETY: the object has the payload that the class of `type` describes.
    unsafe { ty.header().set_class(meta.class_of_instances()) };
}

/// The type object of a built-in type.
pub(crate) fn from_def(vm: &mut Vm, def: &'static TypeDef) -> PyResult<Ref<PyType>> {
    let ty = skeleton(vm, def)?;
    fill(vm, &ty, def)?;
    Ok(ty)
}

/// The type object of a built-in type without its attributes; registered, so that its objects can be made.
pub(crate) fn skeleton(vm: &mut Vm, def: &'static TypeDef) -> PyResult<Ref<PyType>> {
    let base = match def.base {
        Some(base) => Some(vm.make_class(base)?),
        None if std::ptr::eq(def, &raw const OBJECT) => None,
        None => Some(vm.make_class(&OBJECT)?),
    };
    let parts = parts_of(vm, def, base)?;
    let meta = vm.types.get(TYPE.index()).cloned().flatten();
    let ty = assemble(vm, meta.as_ref(), parts)?;
    let index = def.index();
    if vm.types.len() <= index {
        vm.types.resize(index + 1, None);
    }
    vm.types[index] = Some(ty.clone());
    Ok(ty)
}

fn parts_of(vm: &Vm, def: &'static TypeDef, base: Option<Ref<PyType>>) -> PyResult<Parts> {
    let inherited = base.as_ref().map_or(TypeFlags::NONE, |base| {
        let kept = TypeFlags::HOST_BYTE.0
            | TypeFlags::DICT.0
            | TypeFlags::SEQUENCE.0
            | TypeFlags::MAPPING.0
            | TypeFlags::WEAKREF.0
            | TypeFlags::MATCH_SELF.0;
        TypeFlags(base.flags().0 & kept)
    });
    let flags = def.flags.or(inherited);
    let class = match (def.class, &base) {
        (Some(make), _) => make(),
        (None, Some(base)) => class_like(base),
        (None, None) => Class::of::<()>(),
    };
    let layout = match (def.class, &base) {
        (None, Some(base)) => *base.layout(),
        _ => Layout::of_payload(&class, layout::may_inline(flags)),
    };
    let slot_names = member_names(vm, def, base.as_ref())?;
    let slot_count = u32::try_from(slot_names.len()).map_err(|_| crate::PyErr::OutOfMemory)?;
    let has_dict = layout.has_dict || flags.has(TypeFlags::DICT);
    let layout = layout.with_parts(slot_count, has_dict, layout.has_inline);
    let mut slots = def.slots;
    if let Some(base) = &base {
        inherit_slots(&mut slots, base.slots(vm));
    }
    let name = if vm.has_class(&STR) {
        Some(vm.intern(short_name(def))?)
    } else {
        None
    };
    Ok(Parts {
        class,
        layout,
        def: Some(def),
        qualname: name.clone(),
        name,
        base,
        slots,
        flags,
        slot_names,
        room: InlineRoom::none(),
    })
}

/// The names of the member slots of a built-in type, inherited ones first.
fn member_names(
    vm: &Vm,
    def: &'static TypeDef,
    base: Option<&Ref<PyType>>,
) -> PyResult<HeapVec<Ref<PyStr>>> {
    let mut names = HeapVec::new();
    if let Some(base) = base {
        names.extend_from_slice(vm.heap(), &base.slot_names)?;
    }
    for name in def.members {
        names.push(vm.heap(), vm.intern(name)?)?;
    }
    Ok(names)
}

/// The name without the module.
fn short_name(def: &'static TypeDef) -> &'static str {
    def.name.rsplit('.').next().unwrap_or(def.name)
}

/// Gives the types that were made before strings and dicts existed their names and namespaces.
pub(crate) fn complete(vm: &Vm, ty: &Ref<PyType>, def: &'static TypeDef) -> PyResult<()> {
    if ty.name.is_empty() {
        let name = vm.intern(short_name(def))?;
        ty.set_name(name.clone());
        ty.set_qualname(name);
    }
    if ty.dict.is_empty() {
        ty.dict.set(Some(vm.new_guarded_dict()?));
    }
    Ok(())
}

/// A class for objects with the payload of another type's instances.
pub(crate) fn class_like(base: &Ref<PyType>) -> Class {
    let (from, layout) = (base.class_of_instances_ref(), base.layout());
    Class {
        payload: from.payload,
        basic_size: layout.payload_basic,
        kind: from.kind,
        owner_is_counted: Cell::new(false),
        buffer_at: from.buffer_at,
        size: Cell::new(layout.payload_size),
        drop: Cell::new(layout.payload_drop),
        traverse: Cell::new(layout.payload_traverse),
        needs_finalizer: from.needs_finalizer.clone(),
    }
}

/// Fills empty slots from the base. Comparison and hash go together: who defines one and not the other does
/// not inherit the other.
pub(crate) fn inherit_slots(slots: &mut Slots, base: &Slots) {
    let defines_comparison = slots.richcompare.is_some() || slots.hash.is_some();
    let (richcompare, hash) = (slots.richcompare, slots.hash);
    // A built-in type's own constructor is not inherited over by the base's; everything else is plain.
    slots.inherit(base);
    if defines_comparison {
        slots.richcompare = richcompare.or(base.richcompare);
        slots.hash = hash.or(Some(slot_defs::unhashable));
    }
}

/// The second base of the one built-in type that has two.
fn further_base(def: &'static TypeDef) -> Option<&'static TypeDef> {
    std::ptr::eq(def, &raw const exception::EXCEPTION_GROUP).then_some(&exception::EXCEPTION)
}

/// Gives a built-in type its bases, its order of resolution and its attributes.
pub(crate) fn fill(vm: &mut Vm, ty: &Ref<PyType>, def: &'static TypeDef) -> PyResult<()> {
    let further = further_base(def).map(|def| vm.class(def).clone());
    let bases = [ty.base(), further.clone()].into_iter().flatten();
    let bases: Vec<PyRef> = bases.map(Ref::into_any).collect();
    let bases = vm.new_tuple(&bases)?;
    match ty.base() {
        Some(base) => {
            ty.set_bases(base.clone(), bases);
            let mut order: Vec<PyRef> = vec![ty.clone().into_any()];
            order.extend(base.mro().iter().cloned());
            if let Some(further) = &further {
                order.insert(2, further.clone().into_any());
            }
            let mro = vm.new_tuple(&order)?;
            ty.set_mro(mro);
            for base in [Some(base), further].into_iter().flatten() {
                let link = vm.new_weakref(ty.as_any(), None)?;
                base.add_subclass(vm, link)?;
            }
        }
        None => {
            ty.bases.set(Some(bases));
            let mro = vm.new_tuple(&[ty.clone().into_any()])?;
            ty.set_mro(mro);
        }
    }
    slot_defs::fill_dict(vm, ty)?;
    for method in def.methods {
        let attribute = match method.kind {
            MethodKind::Instance => descriptor::new_method(vm, ty, method)?,
            MethodKind::Class => descriptor::new_class_method(vm, ty, method)?,
            MethodKind::Static | MethodKind::Function => {
                descriptor::new_static_method(vm, ty, method)?
            }
        };
        let name = vm.intern(method.name)?;
        ty.dict().set_str_guarded(vm, &name, attribute)?;
    }
    for getset in def.getset {
        let attribute = descriptor::new_getset(vm, ty, getset)?;
        let name = vm.intern(getset.name)?;
        ty.dict().set_str_guarded(vm, &name, attribute)?;
    }
    set_doc_and_module(vm, ty, def)
}

fn set_doc_and_module(vm: &mut Vm, ty: &Ref<PyType>, def: &'static TypeDef) -> PyResult<()> {
    let name = vm.names().doc.clone();
    if ty.dict().get_str(vm, &name).is_none() {
        let doc = if def.doc.is_empty() {
            vm.none()
        } else {
            vm.new_str(def.doc)?.into_any()
        };
        ty.dict().set_str_guarded(vm, &name, doc)?;
    }
    let hash_name = vm.names().hash.clone();
    if def.slots.richcompare.is_some()
        && def.slots.hash.is_none()
        && ty.dict().get_str(vm, &hash_name).is_none()
    {
        let none = vm.none();
        ty.dict().set_str_guarded(vm, &hash_name, none)?;
    }
    Ok(())
}

/// Whether two types have the same payload.
pub(crate) fn same_payload(a: &Ref<PyType>, b: &Ref<PyType>) -> bool {
    a.class_of_instances_ref().payload == b.class_of_instances_ref().payload
}
