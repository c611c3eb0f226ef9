//! Slots and dunders: which dunder stands for which slot, said once, in both directions.
//!
//! A built-in type fills a slot and gets the dunders as wrapper descriptors ([`fill_dict`]; calling those is
//! `slot_wrap.rs`). A class defines dunders and gets slots ([`update_all`], [`update_one`]): the native slot
//! itself where the dunder found is the wrapper of that slot, else a function that calls the dunder
//! (`slot_generic.rs`). Source: CPython 3.14 Objects/typeobject.c (`slotdefs`, `update_one_slot`).

use super::slot_generic as generic;
use super::slot_wrap::Wrap;
use crate::names::Names;
use crate::table::{CompareOp, Slots};
use crate::types::builtin_function::PyBuiltinFunction;
use crate::types::descriptor::{self, PyWrapperDescriptor};
use crate::types::object_;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm};

pub(crate) use generic::check_initialized;
pub use generic::unhashable;

/// Whether a slot is the one that calls the `__init__` found in the class.
#[inline]
pub(crate) fn is_generic_init(slot: fn(&mut Vm, &PyRef, Args<'_>) -> PyResult<()>) -> bool {
    std::ptr::eq(slot as *const (), generic::init as *const ())
}

/// One slot: how to look at it and change it.
struct SlotRow {
    /// The address of the function, or `None`.
    address: fn(&Slots) -> Option<*const ()>,
    /// Takes the function from other slots.
    copy: fn(&mut Slots, &Slots),
    /// Puts in the function that calls the dunder; where there is none, empties the slot.
    generic: fn(&mut Slots),
    clear: fn(&mut Slots),
}

macro_rules! slot_rows {
    ($($id:ident $field:ident = $generic:expr;)+) => {
        /// The slots that have dunders.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum SlotId { $($id),+ }

        static SLOT_ROWS: &[SlotRow] = &[$(SlotRow {
            address: |slots| slots.$field.map(|slot| slot as *const ()),
            copy: |to, from| to.$field = from.$field,
            generic: |slots| slots.$field = $generic,
            clear: |slots| slots.$field = None,
        }),+];
    };
}
slot_rows! {
    Repr repr = Some(generic::repr);
    Str str = Some(generic::str);
    Hash hash = Some(generic::hash);
    Call call = Some(generic::call);
    Getattr getattr = Some(generic::getattr);
    Setattr setattr = Some(generic::setattr);
    Richcompare richcompare = Some(generic::richcompare);
    Iter iter = Some(generic::iter);
    Next next = Some(generic::next);
    DescrGet descr_get = Some(generic::descr_get);
    DescrSet descr_set = Some(generic::descr_set);
    Init init = Some(generic::init);
    New new = Some(generic::new);
    Del del = Some(generic::del);
    Bool bool = Some(generic::bool);
    Len len = Some(generic::len);
    Getitem getitem = Some(generic::getitem);
    Setitem setitem = Some(generic::setitem);
    Contains contains = Some(generic::contains);
    Concat concat = None;
    Repeat repeat = None;
    InplaceConcat inplace_concat = None;
    InplaceRepeat inplace_repeat = None;
    Add add = Some(generic::add);
    Sub sub = Some(generic::sub);
    Mul mul = Some(generic::mul);
    Matmul matmul = Some(generic::matmul);
    Truediv truediv = Some(generic::truediv);
    Floordiv floordiv = Some(generic::floordiv);
    Rem rem = Some(generic::rem);
    Divmod divmod = Some(generic::divmod);
    Pow pow = Some(generic::pow);
    Lshift lshift = Some(generic::lshift);
    Rshift rshift = Some(generic::rshift);
    And and = Some(generic::and);
    Or or = Some(generic::or);
    Xor xor = Some(generic::xor);
    Iadd iadd = Some(generic::iadd);
    Isub isub = Some(generic::isub);
    Imul imul = Some(generic::imul);
    Imatmul imatmul = Some(generic::imatmul);
    Itruediv itruediv = Some(generic::itruediv);
    Ifloordiv ifloordiv = Some(generic::ifloordiv);
    Irem irem = Some(generic::irem);
    Ipow ipow = Some(generic::ipow);
    Ilshift ilshift = Some(generic::ilshift);
    Irshift irshift = Some(generic::irshift);
    Iand iand = Some(generic::iand);
    Ior ior = Some(generic::ior);
    Ixor ixor = Some(generic::ixor);
    Neg neg = Some(generic::neg);
    Pos pos = Some(generic::pos);
    Abs abs = Some(generic::abs);
    Invert invert = Some(generic::invert);
    Int int = Some(generic::int);
    Float float = Some(generic::float);
    Index index = Some(generic::index);
    Await await_ = Some(generic::await_);
    Aiter aiter = Some(generic::aiter);
    Anext anext = Some(generic::anext);
}

impl SlotId {
    fn row(self) -> &'static SlotRow {
        &SLOT_ROWS[self as usize]
    }
}

/// One dunder and its slot.
pub(crate) struct SlotDef {
    /// The dunder.
    pub(crate) name: &'static str,
    /// The dunder, interned.
    key: fn(&Names) -> &Ref<PyStr>,
    slot: SlotId,
    /// The text signature, as `inspect` reads it.
    pub(crate) signature: &'static str,
    /// The docstring.
    pub(crate) doc: &'static str,
    /// How the wrapper descriptor calls the slot.
    pub(crate) wrap: Wrap,
}

impl std::fmt::Debug for SlotDef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SlotDef({})", self.name)
    }
}

macro_rules! slot_defs {
    ($($name:literal $key:ident $slot:ident $signature:literal $doc:literal $wrap:expr;)+) => {
        /// Every dunder that stands for a slot; one with two slots stands here twice, the number's first.
        pub(crate) static SLOT_DEFS: &[SlotDef] = &[$(SlotDef {
            name: $name,
            key: |names| &names.$key,
            slot: SlotId::$slot,
            signature: $signature,
            doc: $doc,
            wrap: $wrap,
        }),+];
    };
}
slot_defs! {
    "__getattribute__" getattribute Getattr "($self, name, /)" "The value of an attribute." Wrap::Getattr;
    "__getattr__" getattr Getattr "($self, name, /)" "Computes an attribute that is not found." Wrap::Nothing;
    "__setattr__" setattr Setattr "($self, name, value, /)" "Sets an attribute." Wrap::Setattr;
    "__delattr__" delattr Setattr "($self, name, /)" "Deletes an attribute." Wrap::Delattr;
    "__repr__" repr Repr "($self, /)" "repr(self)" Wrap::Unary(|s| s.repr);
    "__hash__" hash Hash "($self, /)" "hash(self)" Wrap::Hash;
    "__call__" call Call "($self, /, *args, **kwargs)" "self(*args, **kwargs)" Wrap::Call;
    "__str__" str Str "($self, /)" "str(self)" Wrap::Unary(|s| s.str);
    "__lt__" lt Richcompare "($self, value, /)" "self < value" Wrap::Compare(CompareOp::Lt);
    "__le__" le Richcompare "($self, value, /)" "self <= value" Wrap::Compare(CompareOp::Le);
    "__eq__" eq Richcompare "($self, value, /)" "self == value" Wrap::Compare(CompareOp::Eq);
    "__ne__" ne Richcompare "($self, value, /)" "self != value" Wrap::Compare(CompareOp::Ne);
    "__gt__" gt Richcompare "($self, value, /)" "self > value" Wrap::Compare(CompareOp::Gt);
    "__ge__" ge Richcompare "($self, value, /)" "self >= value" Wrap::Compare(CompareOp::Ge);
    "__iter__" iter Iter "($self, /)" "iter(self)" Wrap::Unary(|s| s.iter);
    "__next__" next Next "($self, /)" "next(self)" Wrap::Next;
    "__get__" get DescrGet "($self, instance, owner=None, /)" "What the attribute is for an instance of owner." Wrap::DescrGet;
    "__set__" set DescrSet "($self, instance, value, /)" "Sets the attribute of an instance." Wrap::DescrSet;
    "__delete__" delete DescrSet "($self, instance, /)" "Deletes the attribute of an instance." Wrap::DescrDelete;
    "__init__" init Init "($self, /, *args, **kwargs)" "Initializes self; help(type(self)) tells the signature." Wrap::Init;
    "__new__" new New "($type, *args, **kwargs)" "Makes a new object; help(type) tells the signature." Wrap::Nothing;
    "__del__" del Del "($self, /)" "Called when the object is about to be freed." Wrap::Del;
    "__bool__" bool Bool "($self, /)" "True if self is true, else False." Wrap::Bool;
    "__add__" add Add "($self, value, /)" "self + value" Wrap::Binary(|s| s.add);
    "__radd__" radd Add "($self, value, /)" "value + self" Wrap::Reflected(|s| s.add);
    "__sub__" sub Sub "($self, value, /)" "self - value" Wrap::Binary(|s| s.sub);
    "__rsub__" rsub Sub "($self, value, /)" "value - self" Wrap::Reflected(|s| s.sub);
    "__mul__" mul Mul "($self, value, /)" "self * value" Wrap::Binary(|s| s.mul);
    "__rmul__" rmul Mul "($self, value, /)" "value * self" Wrap::Reflected(|s| s.mul);
    "__matmul__" matmul Matmul "($self, value, /)" "self @ value" Wrap::Binary(|s| s.matmul);
    "__rmatmul__" rmatmul Matmul "($self, value, /)" "value @ self" Wrap::Reflected(|s| s.matmul);
    "__truediv__" truediv Truediv "($self, value, /)" "self / value" Wrap::Binary(|s| s.truediv);
    "__rtruediv__" rtruediv Truediv "($self, value, /)" "value / self" Wrap::Reflected(|s| s.truediv);
    "__floordiv__" floordiv Floordiv "($self, value, /)" "self // value" Wrap::Binary(|s| s.floordiv);
    "__rfloordiv__" rfloordiv Floordiv "($self, value, /)" "value // self" Wrap::Reflected(|s| s.floordiv);
    "__mod__" mod_ Rem "($self, value, /)" "self % value" Wrap::Binary(|s| s.rem);
    "__rmod__" rmod Rem "($self, value, /)" "value % self" Wrap::Reflected(|s| s.rem);
    "__divmod__" divmod Divmod "($self, value, /)" "divmod(self, value)" Wrap::Binary(|s| s.divmod);
    "__rdivmod__" rdivmod Divmod "($self, value, /)" "divmod(value, self)" Wrap::Reflected(|s| s.divmod);
    "__pow__" pow Pow "($self, value, mod=None, /)" "pow(self, value, mod)" Wrap::Ternary(|s| s.pow);
    "__rpow__" rpow Pow "($self, value, mod=None, /)" "pow(value, self, mod)" Wrap::TernaryReflected(|s| s.pow);
    "__lshift__" lshift Lshift "($self, value, /)" "self << value" Wrap::Binary(|s| s.lshift);
    "__rlshift__" rlshift Lshift "($self, value, /)" "value << self" Wrap::Reflected(|s| s.lshift);
    "__rshift__" rshift Rshift "($self, value, /)" "self >> value" Wrap::Binary(|s| s.rshift);
    "__rrshift__" rrshift Rshift "($self, value, /)" "value >> self" Wrap::Reflected(|s| s.rshift);
    "__and__" and And "($self, value, /)" "self & value" Wrap::Binary(|s| s.and);
    "__rand__" rand And "($self, value, /)" "value & self" Wrap::Reflected(|s| s.and);
    "__or__" or Or "($self, value, /)" "self | value" Wrap::Binary(|s| s.or);
    "__ror__" ror Or "($self, value, /)" "value | self" Wrap::Reflected(|s| s.or);
    "__xor__" xor Xor "($self, value, /)" "self ^ value" Wrap::Binary(|s| s.xor);
    "__rxor__" rxor Xor "($self, value, /)" "value ^ self" Wrap::Reflected(|s| s.xor);
    "__iadd__" iadd Iadd "($self, value, /)" "self += value" Wrap::Binary(|s| s.iadd);
    "__isub__" isub Isub "($self, value, /)" "self -= value" Wrap::Binary(|s| s.isub);
    "__imul__" imul Imul "($self, value, /)" "self *= value" Wrap::Binary(|s| s.imul);
    "__imatmul__" imatmul Imatmul "($self, value, /)" "self @= value" Wrap::Binary(|s| s.imatmul);
    "__itruediv__" itruediv Itruediv "($self, value, /)" "self /= value" Wrap::Binary(|s| s.itruediv);
    "__ifloordiv__" ifloordiv Ifloordiv "($self, value, /)" "self //= value" Wrap::Binary(|s| s.ifloordiv);
    "__imod__" imod Irem "($self, value, /)" "self %= value" Wrap::Binary(|s| s.irem);
    "__ipow__" ipow Ipow "($self, value, /)" "self **= value" Wrap::InplacePow;
    "__ilshift__" ilshift Ilshift "($self, value, /)" "self <<= value" Wrap::Binary(|s| s.ilshift);
    "__irshift__" irshift Irshift "($self, value, /)" "self >>= value" Wrap::Binary(|s| s.irshift);
    "__iand__" iand Iand "($self, value, /)" "self &= value" Wrap::Binary(|s| s.iand);
    "__ior__" ior Ior "($self, value, /)" "self |= value" Wrap::Binary(|s| s.ior);
    "__ixor__" ixor Ixor "($self, value, /)" "self ^= value" Wrap::Binary(|s| s.ixor);
    "__neg__" neg Neg "($self, /)" "-self" Wrap::Unary(|s| s.neg);
    "__pos__" pos Pos "($self, /)" "+self" Wrap::Unary(|s| s.pos);
    "__abs__" abs Abs "($self, /)" "abs(self)" Wrap::Unary(|s| s.abs);
    "__invert__" invert Invert "($self, /)" "~self" Wrap::Unary(|s| s.invert);
    "__int__" int Int "($self, /)" "int(self)" Wrap::Unary(|s| s.int);
    "__float__" float Float "($self, /)" "float(self)" Wrap::Unary(|s| s.float);
    "__index__" index Index "($self, /)" "self as an integer, for use as an index." Wrap::Unary(|s| s.index);
    "__await__" await_ Await "($self, /)" "The iterator that await goes through." Wrap::Unary(|s| s.await_);
    "__aiter__" aiter Aiter "($self, /)" "aiter(self)" Wrap::Unary(|s| s.aiter);
    "__anext__" anext Anext "($self, /)" "anext(self)" Wrap::Unary(|s| s.anext);
    "__len__" len Len "($self, /)" "len(self)" Wrap::Len;
    "__getitem__" getitem Getitem "($self, key, /)" "self[key]" Wrap::Binary(|s| s.getitem);
    "__setitem__" setitem Setitem "($self, key, value, /)" "self[key] = value" Wrap::Setitem;
    "__delitem__" delitem Setitem "($self, key, /)" "del self[key]" Wrap::Delitem;
    "__contains__" contains Contains "($self, key, /)" "key in self" Wrap::Contains;
    "__add__" add Concat "($self, value, /)" "self + value" Wrap::Binary(|s| s.concat);
    "__mul__" mul Repeat "($self, value, /)" "self * value" Wrap::Repeat(|s| s.repeat);
    "__rmul__" rmul Repeat "($self, value, /)" "value * self" Wrap::Repeat(|s| s.repeat);
    "__iadd__" iadd InplaceConcat "($self, value, /)" "self += value" Wrap::Binary(|s| s.inplace_concat);
    "__imul__" imul InplaceRepeat "($self, value, /)" "self *= value" Wrap::Repeat(|s| s.inplace_repeat);
}

/// Adds to a built-in type's namespace the dunders of the slots that it fills itself, and its `__new__`.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn fill_dict(vm: &mut Vm, ty: &Ref<PyType>) -> PyResult<()> {
    let Some(def) = ty.def() else { return Ok(()) };
    for slot_def in SLOT_DEFS {
        if (slot_def.slot.row().address)(&def.slots).is_none() {
            continue;
        }
        let name = (slot_def.key)(vm.names()).clone();
        let attribute = match slot_def.wrap {
            Wrap::Nothing if slot_def.slot == SlotId::New => object_::new_constructor(vm, ty)?,
            Wrap::Nothing => continue,
            _ => descriptor::new_wrapper(vm, ty, slot_def)?,
        };
        if ty.dict().get_str(vm, &name).is_none() {
            ty.dict().set_str_guarded(vm, &name, attribute)?;
        }
    }
    Ok(())
}

/// Gives a new class its slots: those of its base, and those of the dunders found in its order of resolution.
///
/// # Errors
/// `OutOfMemory`.
pub(crate) fn update_all(vm: &mut Vm, ty: &Ref<PyType>) -> PyResult<()> {
    say_unhashable(vm, ty)?;
    let inherited = ty.base().map_or(Slots::EMPTY, |base| *base.slots(vm));
    *ty.slots_mut(vm) = inherited;
    // With one base, a slot differs from the base's only if the class itself has a dunder for it.
    let is_single = ty.bases().len() == 1;
    let mut done = [false; SLOT_ROWS.len()];
    for slot_def in SLOT_DEFS {
        if done[slot_def.slot as usize] {
            continue;
        }
        if is_single && ty.dict().get_str(vm, (slot_def.key)(vm.names())).is_none() {
            continue;
        }
        done[slot_def.slot as usize] = true;
        update_slot(vm, ty, slot_def.slot);
    }
    Ok(())
}

/// A class that says how its instances compare and not how they hash has unhashable instances.
fn say_unhashable(vm: &mut Vm, ty: &Ref<PyType>) -> PyResult<()> {
    let (eq, hash) = (vm.names().eq.clone(), vm.names().hash.clone());
    let dict = ty.dict();
    if dict.get_str(vm, &eq).is_some() && dict.get_str(vm, &hash).is_none() {
        let none = vm.none();
        dict.set_str_guarded(vm, &hash, none)?;
    }
    Ok(())
}

/// Makes the slots of a class fit an attribute of it that was set or deleted, and so for what derives from it.
///
/// # Errors
/// None now.
pub(crate) fn update_one(vm: &mut Vm, ty: &Ref<PyType>, name: &Ref<PyStr>) -> PyResult<()> {
    let slots: Vec<SlotId> = SLOT_DEFS
        .iter()
        .filter(|slot_def| (slot_def.key)(vm.names()).same_text(name))
        .map(|slot_def| slot_def.slot)
        .collect();
    if !slots.is_empty() {
        update_recursively(vm, ty, &slots, name);
    }
    Ok(())
}

fn update_recursively(vm: &mut Vm, ty: &Ref<PyType>, slots: &[SlotId], name: &Ref<PyStr>) {
    for &slot in slots {
        update_slot(vm, ty, slot);
        if slot == SlotId::Del {
            crate::types::type_::class::install_finalizer(vm, ty);
        }
    }
    for subclass in ty.live_subclasses(vm) {
        // A subclass with an attribute of its own by this name does not see the change.
        if subclass.dict().get_str(vm, name).is_none() {
            update_recursively(vm, &subclass, slots, name);
        }
    }
}

/// What the dunders of one slot, as found in a class, ask the slot to be.
enum Choice {
    Nothing,
    /// The slot of a built-in type, whose wrapper was found.
    Native(&'static Slots),
    /// The function that calls the dunder.
    Generic,
}

fn update_slot(vm: &mut Vm, ty: &Ref<PyType>, slot: SlotId) {
    let mut choice = Choice::Nothing;
    for slot_def in SLOT_DEFS.iter().filter(|slot_def| slot_def.slot == slot) {
        let name = (slot_def.key)(vm.names()).clone();
        let Some((found, _)) = ty.lookup_with_owner(vm, &name) else {
            continue;
        };
        match (wanted(vm, ty, slot_def, &found), &choice) {
            (Choice::Nothing, _) => {}
            (Choice::Native(native), Choice::Nothing) => choice = Choice::Native(native),
            (Choice::Native(native), Choice::Native(known))
                if (slot.row().address)(native) == (slot.row().address)(known) => {}
            _ => {
                choice = Choice::Generic;
                break;
            }
        }
    }
    let slots = ty.slots_mut(vm);
    match choice {
        Choice::Nothing => (slot.row().clear)(slots),
        Choice::Native(native) => (slot.row().copy)(slots, native),
        Choice::Generic => (slot.row().generic)(slots),
    }
}

/// What one dunder asks for.
fn wanted(vm: &Vm, ty: &Ref<PyType>, slot_def: &'static SlotDef, found: &PyRef) -> Choice {
    if let Some(wrapper) = found.downcast_ref::<PyWrapperDescriptor>()
        && wrapper.slot_def().name == slot_def.name
        && ty.is_subtype(wrapper.owner())
        && let Some(owner) = wrapper.owner().def()
    {
        // The other slot of the same dunder (`__add__` of numbers and of sequences) is looked at by itself.
        let is_same = wrapper.slot_def().slot == slot_def.slot;
        return if is_same {
            Choice::Native(&owner.slots)
        } else {
            Choice::Nothing
        };
    }
    match slot_def.slot {
        SlotId::Hash if vm.is_none(found) => Choice::Native(&UNHASHABLE),
        SlotId::New
            if found
                .downcast_ref::<PyBuiltinFunction>()
                .is_some_and(|f| object_::is_constructor(f)) =>
        {
            Choice::Native(native_constructor(ty))
        }
        _ => Choice::Generic,
    }
}

/// What `__hash__ = None` means.
static UNHASHABLE: Slots = Slots {
    hash: Some(unhashable),
    ..Slots::EMPTY
};
static NOTHING: Slots = Slots::EMPTY;

/// The slots of the nearest built-in base with a constructor. If a class takes over another type's `__new__`, this
/// is the one that makes objects with the right payload.
fn native_constructor(ty: &Ref<PyType>) -> &'static Slots {
    let mut bases = std::iter::successors(ty.base(), |base| base.base());
    let native = bases.find_map(|base| base.def().filter(|def| def.slots.new.is_some()));
    native.map_or(&NOTHING, |native| &native.slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_a_dunder() {
        for slot in 0..SLOT_ROWS.len() {
            assert!(
                SLOT_DEFS
                    .iter()
                    .any(|slot_def| slot_def.slot as usize == slot),
                "slot {slot}"
            );
        }
    }

    #[test]
    fn a_generic_function_fills_just_its_own_slot() {
        for row in SLOT_ROWS {
            let mut slots = Slots::EMPTY;
            (row.generic)(&mut slots);
            let filled = SLOT_ROWS
                .iter()
                .filter(|row| (row.address)(&slots).is_some())
                .count();
            assert!(filled <= 1);
            (row.clear)(&mut slots);
            assert!((row.address)(&slots).is_none());
        }
    }
}
