//! What Python code has registered: search functions for codecs, and error handlers.

use super::errors::{Builtin, FUNCTIONS};
use crate::types::bytes::PyBytes;
use crate::types::dict::PyDict;
use crate::types::exception;
use crate::types::list::PyList;
use crate::types::str::PyStr;
use crate::types::tuple::PyTuple;
use crate::{Args, PyErr, PyRef, PyResult, Ref, Slot, Vm};

/// One runtime's codecs and error handlers. Empty until somebody asks for what is not built in.
#[derive(Debug, Default)]
pub struct Registry {
    search_functions: Slot<PyList>,
    /// Codecs by normalized name.
    found: Slot<PyDict>,
    error_handlers: Slot<PyDict>,
    has_encodings: std::cell::Cell<bool>,
}

impl Registry {
    /// Visits every handle, as roots.
    pub fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        let functions = self.search_functions.get().map(Ref::into_any);
        let found = self.found.get().map(Ref::into_any);
        let handlers = self.error_handlers.get().map(Ref::into_any);
        [functions, found, handlers].iter().flatten().for_each(visit);
    }

    /// Forgets everything, for the end of a runtime.
    pub fn clear(&self) {
        self.search_functions.set(None);
        self.found.set(None);
        self.error_handlers.set(None);
    }
}

fn search_functions(vm: &Vm) -> PyResult<Ref<PyList>> {
    if let Some(functions) = vm.codecs.search_functions.get() {
        return Ok(functions);
    }
    let functions = vm.new_list(Vec::new())?;
    vm.codecs.search_functions.set(Some(functions.clone()));
    Ok(functions)
}

fn found_codecs(vm: &Vm) -> PyResult<Ref<PyDict>> {
    if let Some(found) = vm.codecs.found.get() {
        return Ok(found);
    }
    let found = vm.new_dict()?;
    vm.codecs.found.set(Some(found.clone()));
    Ok(found)
}

/// `codecs.register(search_function)`
///
/// # Errors
/// `TypeError` if it cannot be called.
pub fn register(vm: &mut Vm, search_function: PyRef) -> PyResult<()> {
    if !vm.callable(&search_function) {
        return Err(vm.type_error("argument must be callable"));
    }
    let functions = search_functions(vm)?;
    functions.push(vm, search_function)
}

/// `codecs.unregister(search_function)`: codecs found so far are forgotten too.
///
/// # Errors
/// `OutOfMemory`.
pub fn unregister(vm: &mut Vm, search_function: &PyRef) -> PyResult<()> {
    let functions = search_functions(vm)?;
    let kept = functions.to_vec(vm);
    let Some(index) = kept.iter().position(|known| known.is(search_function)) else { return Ok(()) };
    let kept = kept.into_iter().enumerate().filter(|(at, _)| *at != index).map(|(_, function)| function).collect();
    let functions = vm.new_list(kept)?;
    vm.codecs.search_functions.set(Some(functions));
    vm.codecs.found.set(None);
    Ok(())
}

/// Imports the package `encodings`, once, whose search function knows the codecs of the standard library.
fn import_encodings(vm: &mut Vm) -> PyResult<()> {
    if vm.codecs.has_encodings.replace(true) {
        return Ok(());
    }
    let name = vm.names().import.clone();
    let import = vm.builtins().get_str(vm, &name);
    let Some(import) = import else { return Ok(()) };
    let package = vm.new_str("encodings")?.into_any();
    vm.call_positional(&import, &[package]).map(drop).inspect_err(|_| vm.codecs.has_encodings.set(false))
}

/// `codecs.lookup(encoding)`: what a search function returned, a tuple of four.
///
/// # Errors
/// `LookupError` for an unknown encoding, `TypeError` for a search function that returns something else, or what
/// it raises.
pub fn lookup(vm: &mut Vm, encoding: &str) -> PyResult<Ref<PyTuple>> {
    let name = vm.new_str(&super::normalized(encoding))?;
    if let Some(codec) = found_codecs(vm)?.get_str(vm, &name) {
        return codec.downcast::<PyTuple>().map_err(|_| unknown_encoding(vm, encoding));
    }
    import_encodings(vm)?;
    for function in search_functions(vm)?.to_vec(vm) {
        let codec = vm.call_positional(&function, &[name.clone().into_any()])?;
        if vm.is_none(&codec) {
            continue;
        }
        let Some(tuple) = codec.downcast_ref::<PyTuple>().filter(|tuple| tuple.len() == 4) else {
            return Err(vm.type_error("codec search functions must return 4-tuples"));
        };
        let tuple = tuple.clone();
        found_codecs(vm)?.set_str(vm, &name, codec)?;
        return Ok(tuple);
    }
    Err(unknown_encoding(vm, encoding))
}

#[cold]
fn unknown_encoding(vm: &Vm, encoding: &str) -> PyErr {
    vm.lookup_error(format!("unknown encoding: {encoding}"))
}

/// The encoder (0) or decoder (1) of an encoding, called with an object and the name of an error handler.
///
/// # Errors
/// As [`lookup`]; what the codec raises; `TypeError` if it does not return a tuple of two.
pub fn call_codec(vm: &mut Vm, index: usize, object: &PyRef, encoding: &str, errors: Option<&str>) -> PyResult {
    let codec = lookup(vm, encoding)?;
    call(vm, &codec, index, object, errors)
}

fn call(vm: &mut Vm, codec: &Ref<PyTuple>, index: usize, object: &PyRef, errors: Option<&str>) -> PyResult {
    let mut args = vec![object.clone()];
    if let Some(errors) = errors {
        args.push(vm.new_str(errors)?.into_any());
    }
    let answer = vm.call(&codec[index], Args::positional(&args))?;
    match answer.downcast_ref::<PyTuple>().map(|answer| &answer[..]) {
        Some([object, _]) => Ok(object.clone()),
        _ => {
            let what = if index == 0 { "encoder" } else { "decoder" };
            Err(vm.type_error(format!("{what} must return a tuple (object, integer)")))
        }
    }
}

/// A codec that converts between text and bytes, as `str.encode` and `bytes.decode` need it.
fn text_codec(vm: &mut Vm, encoding: &str, instead: &str) -> PyResult<Ref<PyTuple>> {
    let codec = lookup(vm, encoding)?;
    if !vm.is_exactly(codec.as_any(), &crate::types::tuple::TUPLE)
        && let Some(is_text) = vm.lookup_attr_str(codec.as_any(), "_is_text_encoding")?
        && !vm.is_true(&is_text)?
    {
        let message = format!("'{encoding}' is not a text encoding; use {instead} to handle arbitrary codecs");
        return Err(vm.lookup_error(message));
    }
    Ok(codec)
}

/// `str.encode` with a registered codec.
pub(super) fn encode_text(vm: &mut Vm, text: &Ref<PyStr>, encoding: &str, errors: &str) -> PyResult {
    let codec = text_codec(vm, encoding, "codecs.encode()")?;
    let object = call(vm, &codec, 0, text.as_any(), Some(errors))?;
    if object.is_a::<PyBytes>() {
        return Ok(object);
    }
    if let Some(array) = object.downcast_ref::<crate::types::bytearray::PyByteArray>() {
        return Ok(vm.new_bytes(array.as_slice(vm))?.into_any());
    }
    Err(vm.type_error(format!(
        "'{encoding}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
        vm.type_name(&object)
    )))
}

/// `bytes.decode` with a registered codec.
pub(super) fn decode_text(vm: &mut Vm, object: &PyRef, encoding: &str, errors: &str) -> PyResult<Ref<PyStr>> {
    let codec = text_codec(vm, encoding, "codecs.decode()")?;
    let text = call(vm, &codec, 1, object, Some(errors))?;
    text.downcast::<PyStr>().map_err(|other| {
        vm.type_error(format!(
            "'{encoding}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary types",
            vm.type_name(&other)
        ))
    })
}

/// The registered error handlers, the built-in ones included.
fn error_handlers(vm: &mut Vm) -> PyResult<Ref<PyDict>> {
    if let Some(handlers) = vm.codecs.error_handlers.get() {
        return Ok(handlers);
    }
    let handlers = vm.new_dict()?;
    for ((name, _), function) in Builtin::ALL.iter().zip(FUNCTIONS) {
        let function = vm.new_builtin_function(function, None, None)?;
        let name = vm.intern(name)?;
        handlers.set_str(vm, &name, function.into_any())?;
    }
    vm.codecs.error_handlers.set(Some(handlers.clone()));
    Ok(handlers)
}

/// `codecs.register_error(name, handler)`
///
/// # Errors
/// `TypeError` if the handler cannot be called.
pub fn register_error(vm: &mut Vm, name: &Ref<PyStr>, handler: PyRef) -> PyResult<()> {
    if !vm.callable(&handler) {
        return Err(vm.type_error("handler must be callable"));
    }
    let handlers = error_handlers(vm)?;
    let name = name.exact(vm)?;
    handlers.set_str(vm, &name, handler)
}

/// `codecs._unregister_error(name)`: whether there was one.
///
/// # Errors
/// `ValueError` for the built-in ones.
pub fn unregister_error(vm: &mut Vm, name: &Ref<PyStr>) -> PyResult<bool> {
    if Builtin::named(&name.to_text()).is_some() {
        let message = format!("cannot un-register built-in error handler '{}'", name.to_text());
        return Err(vm.value_error(message));
    }
    let handlers = error_handlers(vm)?;
    let name = name.exact(vm)?;
    handlers.del_str(vm, &name)
}

/// `codecs.lookup_error(name)`
///
/// # Errors
/// `LookupError` for an unknown name.
pub fn lookup_error(vm: &mut Vm, name: &str) -> PyResult {
    let handlers = error_handlers(vm)?;
    let key = vm.new_str(name)?;
    match handlers.get_str(vm, &key) {
        Some(handler) => Ok(handler),
        None => Err(vm.error(&exception::LOOKUP_ERROR, format!("unknown error handler name '{name}'"))),
    }
}
