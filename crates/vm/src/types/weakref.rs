//! Weak references and proxies: the types, on top of the links in [`exuvia_object::weak`].
//!
//! A reference without a callback is shared, and so is a proxy. Differs from CPython: objects carry no list of
//! their weak references, so an object that has none pays nothing.

use crate::object::PyPayload;
use crate::protocol::number::BinaryOp;
use crate::table::{CompareOp, GetSet, Slots, TypeDef, TypeFlags};
use crate::types::builtin_function::identity_answer;
use crate::types::descriptor::text_or_none;
use crate::types::generic_alias;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Slot, Traverse, Vm};
use exuvia_object::Class;
use exuvia_object::weak::{self, WeakLink};
use std::cell::Cell;

/// No hash is remembered: what no hash is.
const NOT_HASHED: i64 = -1;

/// A weak reference or a proxy. 72 bytes.
#[derive(Debug, Traverse)]
pub struct PyWeakRef {
    link: WeakLink,
    callback: Slot,
    /// The referent's hash, once asked for.
    #[traverse(skip)]
    hash: Cell<i64>,
}

impl PyPayload for PyWeakRef {
    const DEF: &'static TypeDef = &REF;
}

impl PyWeakRef {
    fn new(callback: Option<PyRef>) -> Self {
        Self {
            link: WeakLink::new(),
            callback: Slot::new(callback),
            hash: Cell::new(NOT_HASHED),
        }
    }

    /// The object referred to, if it lives.
    #[inline]
    pub fn referent(&self) -> Option<PyRef> {
        self.link.upgrade()
    }

    /// Whether the object referred to lives.
    #[inline]
    pub fn is_alive(&self) -> bool {
        self.link.is_alive()
    }

    /// What is to be called when the object dies.
    pub fn callback(&self) -> Option<PyRef> {
        self.callback.get()
    }

    /// What is to be called when the object dies, which is now.
    pub fn take_callback(&self) -> Option<PyRef> {
        self.callback.take()
    }
}

impl Vm {
    /// `weakref.ref(object, callback)`
    ///
    /// # Errors
    /// `TypeError` for what cannot be weakly referenced; `OutOfMemory`.
    pub fn new_weakref(&self, object: &PyRef, callback: Option<PyRef>) -> PyResult<Ref<PyWeakRef>> {
        self.weak_object(self.class(&REF), object, callback)
    }

    /// `weakref.proxy(object, callback)`
    ///
    /// # Errors
    /// `TypeError` for what cannot be weakly referenced; `OutOfMemory`.
    pub fn new_weak_proxy(
        &self,
        object: &PyRef,
        callback: Option<PyRef>,
    ) -> PyResult<Ref<PyWeakRef>> {
        let def = if self.callable(object) {
            &CALLABLE_PROXY
        } else {
            &PROXY
        };
        self.weak_object(self.class(def), object, callback)
    }

    /// A weak reference or proxy of this type: the one there is, if it can be shared.
    fn weak_object(
        &self,
        ty: &Ref<PyType>,
        object: &PyRef,
        callback: Option<PyRef>,
    ) -> PyResult<Ref<PyWeakRef>> {
        if !self.has_flag(object, TypeFlags::WEAKREF) {
            let found = self.type_name(object);
            return Err(
                self.type_error(format!("cannot create weak reference to '{found}' object"))
            );
        }
        if callback.is_none()
            && ty.def().is_some()
            && let Some(shared) = find_shared(object, ty)
        {
            return Ok(shared);
        }
        let has_callback = callback.is_some();
        let made = self.new_instance(ty, PyWeakRef::new(callback))?;
        WeakLink::attach(&made, |weakref| &weakref.link, object, has_callback)?;
        Ok(made)
    }
}

/// The weak reference of exactly this type without a callback.
fn find_shared(object: &PyRef, ty: &Ref<PyType>) -> Option<Ref<PyWeakRef>> {
    let shared = weak::find_owner(object, |owner| {
        crate::object::layout::type_of(owner).is(ty)
            && owner
                .downcast_ref::<PyWeakRef>()
                .is_some_and(|weakref| !weakref.link.has_callback())
    });
    shared.and_then(|shared| shared.downcast().ok())
}

/// The number of weak references and proxies to an object.
pub fn count(object: &PyRef) -> usize {
    weak::owners(object).len()
}

/// All weak references and proxies to an object: the shared ones first, then the newest.
pub fn all(object: &PyRef) -> Vec<PyRef> {
    let mut owners = weak::owners(object);
    owners.sort_by_key(|owner| match owner.downcast_ref::<PyWeakRef>() {
        Some(weakref) if !weakref.link.has_callback() && is_exact_ref(owner) => 0,
        Some(weakref) if !weakref.link.has_callback() && is_proxy(owner) => 1,
        _ => 2,
    });
    owners
}

/// The first of [`all`]: what `__weakref__` is.
pub fn first(object: &PyRef) -> Option<PyRef> {
    all(object).into_iter().next()
}

fn is_exact_ref(object: &PyRef) -> bool {
    crate::object::layout::type_of(object)
        .def()
        .is_some_and(|def| std::ptr::eq(def, &raw const REF))
}

fn is_proxy(object: &PyRef) -> bool {
    let def = crate::object::layout::type_of(object).def();
    def.is_some_and(|def| {
        std::ptr::eq(def, &raw const PROXY) || std::ptr::eq(def, &raw const CALLABLE_PROXY)
    })
}

/// `weakref.ReferenceType`
pub static REF: TypeDef = TypeDef {
    doc: "A weak reference: gives its object when called, or None when the object has gone.",
    class: Some(Class::of::<PyWeakRef>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        repr: Some(repr_ref),
        hash: Some(hash_ref),
        call: Some(call_ref),
        richcompare: Some(compare_refs),
        init: Some(init_ref),
        new: Some(new_ref),
        ..Slots::EMPTY
    },
    methods: &[crate::class_method!(
        "__class_getitem__",
        "($type, object, /)",
        generic_alias::class_getitem,
        "The class with a type parameter."
    )],
    getset: &[GetSet {
        name: "__callback__",
        doc: "What is called when the object dies, or None.",
        get: |vm, this| {
            let weakref = weakref(this);
            Ok(weakref
                .callback()
                .filter(|_| weakref.is_alive())
                .unwrap_or_else(|| vm.none()))
        },
        set: None,
    }],
    ..TypeDef::new("weakref.ReferenceType")
};

fn weakref(this: &PyRef) -> &Ref<PyWeakRef> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

/// Object and callback; keywords are for the `__init__` of subclasses.
fn ref_arguments<'a>(
    vm: &Vm,
    method: &str,
    args: Args<'a>,
) -> PyResult<(&'a PyRef, Option<PyRef>)> {
    match args.positionals() {
        [object] => Ok((object, None)),
        [object, callback] => Ok((
            object,
            Some(callback.clone()).filter(|callback| !vm.is_none(callback)),
        )),
        [] => Err(vm.type_error(format!("{method} expected at least 1 argument, got 0"))),
        more => Err(vm.type_error(format!(
            "{method} expected at most 2 arguments, got {}",
            more.len()
        ))),
    }
}

fn new_ref(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let (object, callback) = ref_arguments(vm, "__new__", args)?;
    Ok(vm.weak_object(ty, object, callback)?.into_any())
}

fn init_ref(vm: &mut Vm, _: &PyRef, args: Args<'_>) -> PyResult<()> {
    if !args.names.is_empty() {
        return Err(vm.type_error("ref() takes no keyword arguments"));
    }
    ref_arguments(vm, "__init__", args).map(drop)
}

fn call_ref(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    if !args.names.is_empty() {
        return Err(vm.type_error("weakref() takes no keyword arguments"));
    }
    if !args.values.is_empty() {
        return Err(vm.type_error(format!(
            "weakref expected 0 arguments, got {}",
            args.values.len()
        )));
    }
    Ok(weakref(this).referent().unwrap_or_else(|| vm.none()))
}

fn repr_ref(vm: &mut Vm, this: &PyRef) -> PyResult {
    let address = this.address();
    let Some(object) = weakref(this).referent() else {
        return text_or_none(vm, Some(&format!("<weakref at {address:#x}; dead>")));
    };
    let (found, name) = (vm.type_name(&object), vm.names().name.clone());
    let name = vm.lookup_special(&object, &name)?;
    let name = match name.as_ref().and_then(|name| name.downcast_ref::<PyStr>()) {
        Some(name) => format!(" ({})", name.to_text()),
        None => String::new(),
    };
    text_or_none(
        vm,
        Some(&format!(
            "<weakref at {address:#x}; to '{found}' at {:#x}{name}>",
            object.address()
        )),
    )
}

fn hash_ref(vm: &mut Vm, this: &PyRef) -> PyResult<i64> {
    let weakref = weakref(this);
    if weakref.hash.get() == NOT_HASHED {
        let Some(object) = weakref.referent() else {
            return Err(vm.type_error("weak object has gone away"));
        };
        weakref.hash.set(vm.hash(&object)?);
    }
    Ok(weakref.hash.get())
}

/// Live references are equal if their objects are, others if they are the same reference.
fn compare_refs(vm: &mut Vm, this: &PyRef, other: &PyRef, op: CompareOp) -> PyResult {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !vm.is_instance_of_def(other, &REF) {
        return Ok(vm.not_implemented());
    }
    match (weakref(this).referent(), weakref(other).referent()) {
        (Some(a), Some(b)) => vm.compare(&a, &b, op),
        _ => identity_answer(vm, this.is(other), op),
    }
}

/// What both kinds of proxies can do.
const PROXY_SLOTS: Slots = Slots {
    repr: Some(repr_proxy),
    str: Some(|vm, this| {
        let object = live(vm, this)?;
        Ok(vm.str(&object)?.into_any())
    }),
    getattr: Some(|vm, this, name| {
        let object = live(vm, this)?;
        vm.get_attr(&object, name)
    }),
    setattr: Some(|vm, this, name, value| {
        let object = live(vm, this)?;
        match value {
            Some(value) => vm.set_attr(&object, name, value),
            None => vm.del_attr(&object, name),
        }
    }),
    richcompare: Some(|vm, this, other, op| {
        let (a, b) = (live(vm, this)?, unwrapped(vm, other)?);
        vm.compare(&a, &b, op)
    }),
    iter: Some(|vm, this| {
        let object = live(vm, this)?;
        vm.iter(&object)
    }),
    next: Some(next_of_proxy),
    bool: Some(|vm, this| {
        let object = live(vm, this)?;
        vm.is_true(&object)
    }),
    len: Some(|vm, this| {
        let object = live(vm, this)?;
        vm.len(&object)
    }),
    getitem: Some(|vm, this, key| {
        let object = live(vm, this)?;
        vm.get_item(&object, key)
    }),
    setitem: Some(|vm, this, key, value| {
        let object = live(vm, this)?;
        match value {
            Some(value) => vm.set_item(&object, key, value),
            None => vm.del_item(&object, key),
        }
    }),
    contains: Some(|vm, this, item| {
        let object = live(vm, this)?;
        vm.contains(&object, item)
    }),
    add: Some(|vm, a, b| binary(vm, BinaryOp::Add, a, b)),
    sub: Some(|vm, a, b| binary(vm, BinaryOp::Sub, a, b)),
    mul: Some(|vm, a, b| binary(vm, BinaryOp::Mul, a, b)),
    matmul: Some(|vm, a, b| binary(vm, BinaryOp::MatMul, a, b)),
    truediv: Some(|vm, a, b| binary(vm, BinaryOp::TrueDiv, a, b)),
    floordiv: Some(|vm, a, b| binary(vm, BinaryOp::FloorDiv, a, b)),
    rem: Some(|vm, a, b| binary(vm, BinaryOp::Rem, a, b)),
    divmod: Some(|vm, a, b| binary(vm, BinaryOp::DivMod, a, b)),
    pow: Some(|vm, a, b, modulus| {
        let (a, b, modulus) = (
            unwrapped(vm, a)?,
            unwrapped(vm, b)?,
            unwrapped(vm, modulus)?,
        );
        vm.ternary_pow(&a, &b, &modulus)
    }),
    lshift: Some(|vm, a, b| binary(vm, BinaryOp::LShift, a, b)),
    rshift: Some(|vm, a, b| binary(vm, BinaryOp::RShift, a, b)),
    and: Some(|vm, a, b| binary(vm, BinaryOp::And, a, b)),
    or: Some(|vm, a, b| binary(vm, BinaryOp::Or, a, b)),
    xor: Some(|vm, a, b| binary(vm, BinaryOp::Xor, a, b)),
    iadd: Some(|vm, a, b| inplace(vm, BinaryOp::Add, a, b)),
    isub: Some(|vm, a, b| inplace(vm, BinaryOp::Sub, a, b)),
    imul: Some(|vm, a, b| inplace(vm, BinaryOp::Mul, a, b)),
    imatmul: Some(|vm, a, b| inplace(vm, BinaryOp::MatMul, a, b)),
    itruediv: Some(|vm, a, b| inplace(vm, BinaryOp::TrueDiv, a, b)),
    ifloordiv: Some(|vm, a, b| inplace(vm, BinaryOp::FloorDiv, a, b)),
    irem: Some(|vm, a, b| inplace(vm, BinaryOp::Rem, a, b)),
    ipow: Some(|vm, a, b, _| inplace(vm, BinaryOp::Pow, a, b)),
    ilshift: Some(|vm, a, b| inplace(vm, BinaryOp::LShift, a, b)),
    irshift: Some(|vm, a, b| inplace(vm, BinaryOp::RShift, a, b)),
    iand: Some(|vm, a, b| inplace(vm, BinaryOp::And, a, b)),
    ior: Some(|vm, a, b| inplace(vm, BinaryOp::Or, a, b)),
    ixor: Some(|vm, a, b| inplace(vm, BinaryOp::Xor, a, b)),
    neg: Some(|vm, this| {
        let object = live(vm, this)?;
        vm.negative(&object)
    }),
    pos: Some(|vm, this| {
        let object = live(vm, this)?;
        vm.positive(&object)
    }),
    abs: Some(|vm, this| {
        let object = live(vm, this)?;
        vm.absolute(&object)
    }),
    invert: Some(|vm, this| {
        let object = live(vm, this)?;
        vm.invert(&object)
    }),
    int: Some(|vm, this| {
        let object = live(vm, this)?;
        Ok(vm.as_int(&object)?.into_any())
    }),
    float: Some(|vm, this| {
        let object = live(vm, this)?;
        let value = vm.as_f64(&object)?;
        vm.new_float(value)
    }),
    index: Some(|vm, this| {
        let object = live(vm, this)?;
        Ok(vm.index(&object)?.into_any())
    }),
    ..Slots::EMPTY
};

/// `weakref.ProxyType`
pub static PROXY: TypeDef = TypeDef {
    doc: "Stands for an object without keeping it alive.",
    class: Some(Class::of::<PyWeakRef>),
    flags: TypeFlags::NO_NEW,
    slots: PROXY_SLOTS,
    methods: &[
        crate::method!("__bytes__", "($self, /)", bytes_of_proxy, "bytes(self)"),
        crate::method!(
            "__reversed__",
            "($self, /)",
            reversed_of_proxy,
            "reversed(self)"
        ),
    ],
    ..TypeDef::new("weakref.ProxyType")
};

/// `weakref.CallableProxyType`
pub static CALLABLE_PROXY: TypeDef = TypeDef {
    doc: "Stands for a callable object without keeping it alive.",
    class: Some(Class::of::<PyWeakRef>),
    flags: TypeFlags::NO_NEW,
    slots: Slots {
        call: Some(|vm, this, args| {
            let object = live(vm, this)?;
            vm.call(&object, args)
        }),
        ..PROXY_SLOTS
    },
    ..TypeDef::new("weakref.CallableProxyType")
};

/// The types declared here.
pub static DEFS: &[&TypeDef] = &[&REF, &PROXY, &CALLABLE_PROXY];

/// The object that a proxy stands for.
fn live(vm: &Vm, proxy: &PyRef) -> PyResult {
    weakref(proxy).referent().ok_or_else(|| gone(vm))
}

#[cold]
fn gone(vm: &Vm) -> PyErr {
    vm.reference_error("weakly-referenced object no longer exists")
}

/// The object that an operand stands for, if it is a proxy, or the operand.
fn unwrapped(vm: &Vm, operand: &PyRef) -> PyResult {
    if is_proxy(operand) {
        live(vm, operand)
    } else {
        Ok(operand.clone())
    }
}

fn binary(vm: &mut Vm, op: BinaryOp, a: &PyRef, b: &PyRef) -> PyResult {
    let (a, b) = (unwrapped(vm, a)?, unwrapped(vm, b)?);
    vm.binary_op(op, &a, &b)
}

fn inplace(vm: &mut Vm, op: BinaryOp, a: &PyRef, b: &PyRef) -> PyResult {
    let (a, b) = (unwrapped(vm, a)?, unwrapped(vm, b)?);
    vm.inplace_op(op, &a, &b)
}

fn repr_proxy(vm: &mut Vm, this: &PyRef) -> PyResult {
    let address = this.address();
    let text = match weakref(this).referent() {
        None => format!("<weakproxy at {address:#x}; dead>"),
        Some(object) => {
            format!(
                "<weakproxy at {address:#x}; to '{}' at {:#x}>",
                vm.type_name(&object),
                object.address()
            )
        }
    };
    text_or_none(vm, Some(&text))
}

fn next_of_proxy(vm: &mut Vm, this: &PyRef) -> PyResult<Option<PyRef>> {
    let object = live(vm, this)?;
    if vm.type_of(&object).slots(vm).next.is_none() {
        let found = vm.type_name(&object);
        return Err(vm.type_error(format!(
            "Weakref proxy referenced a non-iterator '{found}' object"
        )));
    }
    vm.next_raw(&object)
}

fn bytes_of_proxy(vm: &mut Vm, this: PyRef) -> PyResult {
    let (object, name) = (live(vm, &this)?, vm.names().bytes.clone());
    vm.call_method(&object, &name, &[])
}

fn reversed_of_proxy(vm: &mut Vm, this: PyRef) -> PyResult {
    let (object, name) = (live(vm, &this)?, vm.names().reversed.clone());
    vm.call_method(&object, &name, &[])
}
