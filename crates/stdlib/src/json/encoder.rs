//! `make_encoder`: writes values as JSON. Nested values are written by recursion, within the native stack's bounds.

use super::text::{self, Escaping};
use exuvia_object::Class;
use exuvia_vm::object::PyPayload;
use exuvia_vm::table::{GetSet, Method, Slots, TypeDef, TypeFlags};
use exuvia_vm::types::builtin_function::PyBuiltinFunction;
use exuvia_vm::types::dict::{DICT, PyDict};
use exuvia_vm::types::float::{self, PyFloat};
use exuvia_vm::types::int::{PyInt, decimal};
use exuvia_vm::types::list::PyList;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::types::str::builder::StrBuilder;
use exuvia_vm::types::tuple::PyTuple;
use exuvia_vm::types::type_::PyType;
use exuvia_vm::{Args, PyErr, PyRef, PyResult, Ref, Traverse, Vm, function};

/// What writes JSON values.
#[derive(Debug, Traverse)]
pub struct PyEncoder {
    /// The containers that are being written, by `id`, or None.
    markers: PyRef,
    /// Makes something of what is no JSON value.
    default: PyRef,
    /// Writes strings.
    encoder: PyRef,
    /// What a line begins with for each level, or None: all in one line.
    indent: PyRef,
    key_separator: Ref<PyStr>,
    item_separator: Ref<PyStr>,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
    /// How the encoder writes strings, if it is one of ours.
    #[traverse(skip)]
    escaping: Option<Escaping>,
}

impl PyPayload for PyEncoder {
    const DEF: &'static TypeDef = &ENCODER;
}

/// A row for a setting.
macro_rules! setting {
    ($name:literal, |$vm:ident, $this:ident| $value:expr, $doc:literal) => {
        GetSet {
            name: $name,
            doc: $doc,
            get: |$vm, this| {
                let $this = receiver(this);
                Ok($value)
            },
            set: None,
        }
    };
}

/// `make_encoder`
pub static ENCODER: TypeDef = TypeDef {
    doc: "Encoder(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)\n\n\
          Writes JSON values.",
    class: Some(Class::of::<PyEncoder>),
    flags: TypeFlags::BASETYPE,
    slots: Slots {
        new: Some(new),
        call: Some(call),
        ..Slots::EMPTY
    },
    getset: &[
        setting!(
            "markers",
            |_vm, this| this.markers.clone(),
            "The containers that are being written."
        ),
        setting!(
            "default",
            |_vm, this| this.default.clone(),
            "What makes something of what is no JSON value."
        ),
        setting!(
            "encoder",
            |_vm, this| this.encoder.clone(),
            "What writes strings."
        ),
        setting!(
            "indent",
            |_vm, this| this.indent.clone(),
            "What lines begin with for each level."
        ),
        setting!(
            "key_separator",
            |_vm, this| this.key_separator.clone().into_any(),
            "What stands behind keys."
        ),
        setting!(
            "item_separator",
            |_vm, this| this.item_separator.clone().into_any(),
            "What stands between items."
        ),
        setting!(
            "sort_keys",
            |vm, this| vm.new_bool(this.sort_keys),
            "Whether keys are sorted."
        ),
        setting!(
            "skipkeys",
            |vm, this| vm.new_bool(this.skipkeys),
            "Whether keys that cannot be written are left out."
        ),
    ],
    ..TypeDef::new("_json.Encoder")
};

fn receiver(this: &PyRef) -> &Ref<PyEncoder> {
    this.downcast_ref()
        .expect("slots get receivers of their type")
}

static NEW: Method = function!(
    "make_encoder",
    "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
    made,
    ""
);

fn made(
    vm: &mut Vm,
    markers: PyRef,
    default: PyRef,
    encoder: PyRef,
    indent: PyRef,
    key_separator: Ref<PyStr>,
    item_separator: Ref<PyStr>,
    sort_keys: bool,
    skipkeys: bool,
    allow_nan: bool,
) -> PyResult<Ref<PyEncoder>> {
    if !vm.is_none(&markers) && !markers.is_a::<PyDict>() {
        return Err(vm.type_error(format!(
            "make_encoder() argument 1 must be dict or None, not {}",
            vm.type_name(&markers)
        )));
    }
    let escaping = escaping_of(&encoder);
    vm.new_object(PyEncoder {
        markers,
        default,
        encoder,
        indent,
        key_separator,
        item_separator,
        sort_keys,
        skipkeys,
        allow_nan,
        escaping,
    })
}

/// How a function of ours writes strings; `None`: it is another function.
fn escaping_of(encoder: &PyRef) -> Option<Escaping> {
    let function = encoder.downcast_ref::<PyBuiltinFunction>()?;
    let row = function.method();
    super::STRING_WRITERS
        .iter()
        .find(|(method, _)| std::ptr::eq(*method, row))
        .map(|(_, escaping)| *escaping)
}

fn new(vm: &mut Vm, ty: &Ref<PyType>, args: Args<'_>) -> PyResult {
    let encoder = (NEW.call)(vm, args, &NEW)?;
    if ty.is(vm.class(&ENCODER)) {
        return Ok(encoder);
    }
    let made = receiver(&encoder);
    let copy = PyEncoder {
        markers: made.markers.clone(),
        default: made.default.clone(),
        encoder: made.encoder.clone(),
        indent: made.indent.clone(),
        key_separator: made.key_separator.clone(),
        item_separator: made.item_separator.clone(),
        sort_keys: made.sort_keys,
        skipkeys: made.skipkeys,
        allow_nan: made.allow_nan,
        escaping: made.escaping,
    };
    Ok(vm.new_instance(ty, copy)?.into_any())
}

static CALL: Method = function!(
    "_iterencode",
    "(obj, _current_indent_level)",
    |_: &mut Vm, object: PyRef, level: i64| -> PyResult<(PyRef, i64)> { Ok((object, level)) },
    ""
);

fn call(vm: &mut Vm, this: &PyRef, args: Args<'_>) -> PyResult {
    let this = receiver(this).clone();
    let args = (CALL.call)(vm, args, &CALL)?;
    let args = vm.to_vec(&args)?;
    let [object, level] = args.as_slice() else {
        return Err(vm.type_error("_iterencode() takes 2 arguments"));
    };
    let level = usize::try_from(vm.index_i64(level)?).unwrap_or(0);
    let mut writing = Writing {
        encoder: &this,
        out: StrBuilder::new(),
        indent: this.indent.downcast_ref::<PyStr>().cloned(),
    };
    writing.value(vm, object, level)?;
    let text = writing.out.finish(vm)?.into_any();
    Ok(vm.new_tuple(&[text])?.into_any())
}

/// One value being written.
struct Writing<'a> {
    encoder: &'a PyEncoder,
    out: StrBuilder,
    indent: Option<Ref<PyStr>>,
}

impl Writing<'_> {
    fn push(&mut self, vm: &Vm, text: &str) -> PyResult<()> {
        self.out.push_str(vm, text)
    }

    fn value(&mut self, vm: &mut Vm, object: &PyRef, level: usize) -> PyResult<()> {
        if self.atom(vm, object)? {
            return Ok(());
        }
        vm.check_native_stack(" while encoding a JSON object")?;
        if object.is_a::<PyList>() || object.is_a::<PyTuple>() {
            self.array(vm, object, level)
        } else if object.is_a::<PyDict>() {
            self.object(vm, object, level)
        } else {
            self.by_default(vm, object, level)
        }
    }

    /// Writes a value that holds no others; `false`: it is not such.
    fn atom(&mut self, vm: &mut Vm, object: &PyRef) -> PyResult<bool> {
        if let Some(text) = object.downcast_ref::<PyStr>() {
            self.string(vm, text)?;
        } else if let Some(word) = constant(vm, object) {
            self.push(vm, word)?;
        } else if let Some(int) = object.downcast_ref::<PyInt>() {
            let digits = decimal(vm, int)?;
            self.push(vm, &digits)?;
        } else if let Some(value) = object.downcast_ref::<PyFloat>() {
            let digits = self.float(vm, object, value.value())?;
            self.push(vm, &digits)?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn string(&mut self, vm: &mut Vm, text: &Ref<PyStr>) -> PyResult<()> {
        if let Some(escaping) = self.encoder.escaping {
            return text::write(vm, text, escaping, &mut self.out);
        }
        let written = vm.call_positional(&self.encoder.encoder, &[text.clone().into_any()])?;
        match written.downcast_ref::<PyStr>() {
            Some(written) => self.out.push(vm, written),
            None => Err(vm.type_error(format!(
                "encoder() must return a string, not {}",
                vm.type_name(&written)
            ))),
        }
    }

    fn float(&self, vm: &mut Vm, object: &PyRef, value: f64) -> PyResult<String> {
        if value.is_finite() {
            return Ok(float::text::repr(value));
        }
        if !self.encoder.allow_nan {
            let shown = vm.repr(object)?;
            return Err(vm.value_error(format!(
                "Out of range float values are not JSON compliant: {}",
                shown.to_text()
            )));
        }
        let name = match value {
            f64::INFINITY => "Infinity",
            f64::NEG_INFINITY => "-Infinity",
            _ => "NaN",
        };
        Ok(name.to_owned())
    }

    // ------------------------------------------------------------------------------------ containers

    /// Runs `write` while the object is marked as being written.
    fn marked(
        &mut self,
        vm: &mut Vm,
        object: &PyRef,
        write: impl FnOnce(&mut Self, &mut Vm) -> PyResult<()>,
    ) -> PyResult<()> {
        let Some(markers) = self.encoder.markers.downcast_ref::<PyDict>() else {
            return write(self, vm);
        };
        let id = vm.new_int_from_usize(object.address())?;
        if markers.contains_key(vm, &id)? {
            return Err(vm.value_error("Circular reference detected"));
        }
        markers.set_item(vm, &id, object.clone())?;
        write(self, vm)?;
        markers.del_item(vm, &id)?;
        Ok(())
    }

    fn new_line(&mut self, vm: &Vm, level: usize) -> PyResult<()> {
        if let Some(indent) = &self.indent {
            self.out.push_char(vm, '\n'.into())?;
            for _ in 0..level {
                self.out.push_units(vm, indent.units())?;
            }
        }
        Ok(())
    }

    fn next_item(&mut self, vm: &Vm, is_first: bool, level: usize) -> PyResult<()> {
        if !is_first {
            let separator = &self.encoder.item_separator;
            self.out.push_units(vm, separator.units())?;
        }
        if is_first || self.indent.is_some() {
            self.new_line(vm, level)?;
        }
        Ok(())
    }

    fn array(&mut self, vm: &mut Vm, object: &PyRef, level: usize) -> PyResult<()> {
        if item_at(vm, object, 0).is_none() {
            return self.push(vm, "[]");
        }
        self.marked(vm, object, |this, vm| {
            this.push(vm, "[")?;
            let mut index = 0;
            // A list may change while its items are written.
            while let Some(item) = item_at(vm, object, index) {
                this.next_item(vm, index == 0, level + 1)?;
                if let Err(error) = this.value(vm, &item, level + 1) {
                    let what = format!("item {index}");
                    return Err(with_place(vm, error, object, &what));
                }
                index += 1;
            }
            this.new_line(vm, level)?;
            this.push(vm, "]")
        })
    }

    fn object(&mut self, vm: &mut Vm, object: &PyRef, level: usize) -> PyResult<()> {
        let items = items_of(vm, object, self.encoder.sort_keys)?;
        if items.is_empty() && vm.len(object)? == 0 {
            return self.push(vm, "{}");
        }
        self.marked(vm, object, |this, vm| {
            this.push(vm, "{")?;
            let mut is_first = true;
            for (key, value) in &items {
                let Some(name) = this.key(vm, key)? else {
                    continue;
                };
                this.next_item(vm, is_first, level + 1)?;
                is_first = false;
                this.string(vm, &name)?;
                let separator = &this.encoder.key_separator;
                this.out.push_units(vm, separator.units())?;
                if let Err(error) = this.value(vm, value, level + 1) {
                    let shown = vm.repr(key)?;
                    let what = format!("item {}", shown.to_text());
                    return Err(with_place(vm, error, object, &what));
                }
            }
            if !is_first {
                this.new_line(vm, level)?;
            }
            this.push(vm, "}")
        })
    }

    /// A key as a string; `None`: it is to be left out.
    fn key(&self, vm: &mut Vm, key: &PyRef) -> PyResult<Option<Ref<PyStr>>> {
        if let Some(text) = key.downcast_ref::<PyStr>() {
            return Ok(Some(text.clone()));
        }
        let text = if let Some(value) = key.downcast_ref::<PyFloat>() {
            self.float(vm, key, value.value())?
        } else if let Some(word) = constant(vm, key) {
            word.to_owned()
        } else if let Some(int) = key.downcast_ref::<PyInt>() {
            decimal(vm, int)?
        } else if self.encoder.skipkeys {
            return Ok(None);
        } else {
            return Err(vm.type_error(format!(
                "keys must be str, int, float, bool or None, not {}",
                vm.type_name(key)
            )));
        };
        vm.new_str(&text).map(Some)
    }

    fn by_default(&mut self, vm: &mut Vm, object: &PyRef, level: usize) -> PyResult<()> {
        self.marked(vm, object, |this, vm| {
            let replacement =
                vm.call_positional(&this.encoder.default, std::slice::from_ref(object))?;
            match this.value(vm, &replacement, level) {
                Err(error) => Err(with_place(vm, error, object, "object")),
                written => written,
            }
        })
    }
}

/// The item of a list or tuple at an index, as it is now.
fn item_at(vm: &Vm, object: &PyRef, index: usize) -> Option<PyRef> {
    match object.downcast_ref::<PyList>() {
        Some(list) => list.get(vm, index),
        None => object.downcast_ref::<PyTuple>()?.get(index).cloned(),
    }
}

/// The word for None, True and False.
fn constant(vm: &Vm, object: &PyRef) -> Option<&'static str> {
    if vm.is_none(object) {
        return Some("null");
    }
    let truth = |value: bool| object.is(&vm.new_bool(value));
    if truth(true) {
        Some("true")
    } else if truth(false) {
        Some("false")
    } else {
        None
    }
}

/// The error with a note that says where it happened.
#[cold]
fn with_place(vm: &mut Vm, error: PyErr, object: &PyRef, what: &str) -> PyErr {
    let name = vm.type_name(object);
    vm.with_note(error, &format!("when serializing {name} {what}"))
}

/// The items of a mapping, sorted if wanted.
fn items_of(vm: &mut Vm, object: &PyRef, sorted: bool) -> PyResult<Vec<(PyRef, PyRef)>> {
    if vm.is_exactly(object, &DICT)
        && !sorted
        && let Some(dict) = object.downcast_ref::<PyDict>()
    {
        return Ok(dict.to_vec(vm));
    }
    let items = vm.call_method_str(object, "items", &[])?;
    let items = vm.to_vec(&items)?;
    let items = vm.new_list(items)?;
    if sorted {
        vm.call_method_str(items.as_any(), "sort", &[])?;
    }
    let pairs = items
        .to_vec(vm)
        .into_iter()
        .map(|item| match item.downcast_ref::<PyTuple>() {
            Some(pair) if pair.len() == 2 => Ok((pair[0].clone(), pair[1].clone())),
            _ => Err(vm.value_error("items must return 2-tuples")),
        });
    pairs.collect()
}
