//! `module`.

use crate::object::PyPayload;
use crate::table::{GetSet, Slots, TypeDef, TypeFlags};
use crate::types::dict::PyDict;
use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{Args, PyRef, PyResult, Ref, Vm};
use exuvia_object::{Class, Traverse};

/// A module: a namespace.
#[derive(Debug, Traverse)]
pub struct PyModule {
    dict: Ref<PyDict>,
}

impl PyPayload for PyModule {
    const DEF: &'static TypeDef = &MODULE;
}

impl PyModule {
    /// The namespace.
    #[inline]
    pub fn dict(&self) -> &Ref<PyDict> {
        &self.dict
    }
}

/// The namespace of a module object; `None` for other objects.
pub fn namespace_of(module: &PyRef) -> Option<Ref<PyDict>> {
    module
        .downcast_ref::<PyModule>()
        .map(|module| module.dict.clone())
}

impl Vm {
    /// A new module of this name, with the attributes that every module has; it is not in `sys.modules`.
    ///
    /// # Errors
    /// `OutOfMemory`.
    pub fn new_module(&mut self, name: &str) -> PyResult<Ref<PyModule>> {
        let dict = self.new_dict()?;
        let name = self.intern(name)?;
        fill(self, &dict, name.into_any(), self.none())?;
        self.new_object(PyModule { dict })
    }
}

fn fill(vm: &mut Vm, dict: &Ref<PyDict>, name: PyRef, doc: PyRef) -> PyResult<()> {
    let names = vm.names();
    let keys = [
        names.name.clone(),
        names.doc.clone(),
        names.package.clone(),
        names.loader.clone(),
        names.spec.clone(),
    ];
    let [name_key, doc_key, rest @ ..] = keys;
    dict.set_str(vm, &name_key, name)?;
    dict.set_str(vm, &doc_key, doc)?;
    for key in rest {
        let none = vm.none();
        dict.set_str(vm, &key, none)?;
    }
    Ok(())
}

/// `module`
pub static MODULE: TypeDef = TypeDef {
    doc: "A namespace, usually filled by running a file.",
    class: Some(Class::of::<PyModule>),
    flags: TypeFlags::BASETYPE.or(TypeFlags::WEAKREF),
    slots: Slots {
        repr: Some(repr),
        new: Some(new),
        init: Some(init),
        getattr: Some(getattr),
        setattr: Some(setattr),
        ..Slots::EMPTY
    },
    methods: &[crate::method!(
        "__dir__",
        "($self, /)",
        dir,
        "The names in the module."
    )],
    getset: &[
        GetSet {
            name: "__dict__",
            doc: "The namespace.",
            get: |_, this| Ok(module(this).dict.clone().into_any()),
            set: None,
        },
        GetSet {
            name: "__annotations__",
            doc: "The annotations of the module.",
            get: annotations,
            set: Some(set_annotations),
        },
        GetSet {
            name: "__annotate__",
            doc: "The function that computes the annotations, or None.",
            get: annotate,
            set: Some(set_annotate),
        },
    ],
    ..TypeDef::new("module")
};

/// The types of this file.
pub static DEFS: &[&TypeDef] = &[&MODULE];

fn module(this: &PyRef) -> &Ref<PyModule> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, _: Args<'_>) -> PyResult {
    let dict = vm.new_dict()?;
    Ok(vm.new_instance(ty, PyModule { dict })?.into_any())
}

fn init(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult<()> {
    let mut given = args.positionals().iter();
    let (mut name, mut doc) = (given.next().cloned(), given.next().cloned());
    for (keyword, value) in args.keywords() {
        match keyword
            .downcast_ref::<PyStr>()
            .map(|keyword| keyword.to_text().into_owned())
            .as_deref()
        {
            Some("name") => name = Some(value.clone()),
            Some("doc") => doc = Some(value.clone()),
            other => {
                let text = other.unwrap_or_default();
                return Err(vm.type_error(format!(
                    "module() got an unexpected keyword argument '{text}'"
                )));
            }
        }
    }
    let Some(name) = name else {
        return Err(vm.type_error("module() missing required argument 'name' (pos 1)"));
    };
    if !name.is_a::<PyStr>() {
        let message = format!(
            "module() argument 'name' must be str, not {}",
            vm.type_name(&name)
        );
        return Err(vm.type_error(message));
    }
    let doc = doc.unwrap_or_else(|| vm.none());
    fill(vm, &module(this).dict.clone(), name, doc)
}

fn repr(vm: &mut Vm, this: &PyRef) -> PyResult {
    let text = crate::import::module_repr(vm, this)?;
    Ok(vm.new_str(&text)?.into_any())
}

fn getattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>) -> PyResult {
    let ty = vm.type_of(this).clone();
    if let Some(found) = ty.lookup(vm, name) {
        let slots = vm.type_of(&found).slots(vm);
        if let (Some(get), Some(_)) = (slots.descr_get, slots.descr_set) {
            return get(vm, &found, Some(this), Some(ty.as_any()));
        }
    }
    let dict = module(this).dict.clone();
    if let Some(value) = dict.get_str(vm, name) {
        return Ok(value);
    }
    if let Some(value) = crate::object::attribute::generic_lookup(vm, this, name)? {
        return Ok(value);
    }
    let hook = vm.names().getattr.clone();
    if let Some(hook) = dict.get_str(vm, &hook) {
        return vm.call_positional(&hook, &[name.clone().into_any()]);
    }
    Err(crate::import::no_module_attribute(vm, this, name))
}

fn setattr(vm: &mut Vm, this: &PyRef, name: &Ref<PyStr>, value: Option<&PyRef>) -> PyResult<()> {
    let ty = vm.type_of(this).clone();
    if let Some(found) = ty.lookup(vm, name)
        && let Some(set) = vm.type_of(&found).slots(vm).descr_set
    {
        return set(vm, &found, this, value);
    }
    let dict = module(this).dict.clone();
    match value {
        Some(value) => dict.set_str(vm, name, value.clone()),
        None if dict.del_str(vm, name)? => Ok(()),
        None => Err(vm.no_attribute(this, name)),
    }
}

fn dir(vm: &mut Vm, this: Ref<PyModule>) -> PyResult {
    let hook = vm.names().dir.clone();
    if let Some(hook) = this.dict.get_str(vm, &hook) {
        return vm.call_positional(&hook, &[]);
    }
    let mut position = 0;
    let mut names = Vec::new();
    while let Some((name, _)) = this.dict.next_entry(vm, &mut position) {
        names.push(name);
    }
    Ok(vm.new_list(names)?.into_any())
}

fn annotations(vm: &mut Vm, this: &PyRef) -> PyResult {
    let dict = module(this).dict.clone();
    let (key, annotate_key) = (vm.names().annotations.clone(), vm.names().annotate.clone());
    if let Some(known) = dict.get_str(vm, &key) {
        return Ok(known);
    }
    let computed = match dict
        .get_str(vm, &annotate_key)
        .filter(|annotate| vm.callable(annotate))
    {
        Some(annotate) => {
            let format = vm.new_int(1)?;
            vm.call_positional(&annotate, &[format])?
        }
        None => vm.new_dict()?.into_any(),
    };
    dict.set_str(vm, &key, computed.clone())?;
    Ok(computed)
}

fn set_annotations(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let (dict, key) = (module(this).dict.clone(), vm.names().annotations.clone());
    match value {
        Some(value) => dict.set_str(vm, &key, value.clone()),
        None if dict.del_str(vm, &key)? => Ok(()),
        None => Err(vm.attribute_error("__annotations__")),
    }
}

fn annotate(vm: &mut Vm, this: &PyRef) -> PyResult {
    let (dict, key) = (module(this).dict.clone(), vm.names().annotate.clone());
    Ok(dict.get_str(vm, &key).unwrap_or_else(|| vm.none()))
}

fn set_annotate(vm: &mut Vm, this: &PyRef, value: Option<&PyRef>) -> PyResult<()> {
    let Some(value) = value else {
        return Err(vm.type_error("cannot delete __annotate__ attribute"));
    };
    if !vm.is_none(value) && !vm.callable(value) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    let (dict, key) = (module(this).dict.clone(), vm.names().annotate.clone());
    dict.set_str(vm, &key, value.clone())
}
