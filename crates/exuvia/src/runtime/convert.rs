//! Values between Rust and Python: [`IntoPython`], [`FromPython`], and the arguments of a call.

use super::{Object, Scope};
use crate::{Error, Exception};
use exuvia_vm::types::dict::PyDict;
use exuvia_vm::types::int::PyInt;
use exuvia_vm::types::str::PyStr;
use exuvia_vm::{PyRef, PyResult, Vm};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// What can become a Python object.
///
/// Numbers, `bool`, text, [`Bytes`], `()` and `Option` (None), `Vec` and slices (list), tuples, maps with text as keys
/// (dict), [`Object`], and a `Result` of these, which fails with its error.
pub trait IntoPython {
    /// The Python object.
    ///
    /// # Errors
    /// `MemoryError`; the error of a `Result`.
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error>;
}

/// What a Python object can become.
///
/// The object's type must be the right one: an int becomes no text, and a float becomes no integer. `Vec` takes any
/// iterable but text and bytes.
pub trait FromPython: Sized {
    /// The Rust value.
    ///
    /// # Errors
    /// `TypeError` if the object's type is another one, `OverflowError` if a number does not fit; what iterating raises.
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error>;
}

/// The positional arguments of a call: a tuple of what can become Python objects.
pub trait Arguments {
    /// The Python objects.
    ///
    /// # Errors
    /// As [`IntoPython::into_python`].
    fn into_arguments(self, scope: &mut Scope<'_>) -> Result<Vec<Object>, Error>;
}

/// A Python `bytes` object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

impl Scope<'_> {
    /// Makes an object in the virtual machine.
    fn make(&mut self, work: impl FnOnce(&mut Vm) -> PyResult) -> Result<Object, Error> {
        let made = self.attempt(work)?;
        Ok(self.wrap(made))
    }

    /// The error for an object of the wrong type.
    fn mismatch<T>(&mut self, expected: &str, object: &Object) -> Result<T, Error> {
        let found = self.type_name(object)?;
        Err(Exception::new("TypeError", format!("expected {expected}, found {found}")).into())
    }

    fn unwrap_all(&self, objects: &[Object]) -> Result<Vec<PyRef>, Error> {
        objects
            .iter()
            .map(|object| self.unwrap(object).cloned())
            .collect()
    }
}

impl IntoPython for Object {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        scope.unwrap(&self)?;
        Ok(self)
    }
}

impl FromPython for Object {
    fn from_python(_: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        Ok(object.clone())
    }
}

impl IntoPython for &Object {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        self.clone().into_python(scope)
    }
}

macro_rules! integers {
    ($($type:ty),+) => {
        $(
            impl IntoPython for $type {
                fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
                    scope.make(|vm| vm.new_int_from_i128(self as i128))
                }
            }

            impl FromPython for $type {
                fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
                    let Some(int) = scope.unwrap(object)?.downcast_ref::<PyInt>() else {
                        return scope.mismatch("int", object);
                    };
                    int.to_i128().and_then(|value| <$type>::try_from(value).ok()).ok_or_else(|| {
                        let message = concat!("the int does not fit into ", stringify!($type));
                        Exception::new("OverflowError", message).into()
                    })
                }
            }
        )+
    };
}
integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl IntoPython for f64 {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        scope.make(|vm| vm.new_float(self))
    }
}

/// A float, or an int.
impl FromPython for f64 {
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        let handle = scope.unwrap(object)?;
        if let Some(value) = exuvia_vm::types::float::float_value(handle) {
            return Ok(value);
        }
        if handle.is_a::<PyInt>() {
            return scope.attempt(|vm| vm.as_f64(handle));
        }
        scope.mismatch("float", object)
    }
}

impl IntoPython for bool {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        scope.make(|vm| Ok(vm.new_bool(self)))
    }
}

impl FromPython for bool {
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        let handle = scope.unwrap(object)?;
        if handle.is(&scope.vm.new_bool(true)) {
            Ok(true)
        } else if handle.is(&scope.vm.new_bool(false)) {
            Ok(false)
        } else {
            scope.mismatch("bool", object)
        }
    }
}

impl IntoPython for &str {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        scope.make(|vm| Ok(vm.new_str(self)?.into_any()))
    }
}

impl IntoPython for String {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        self.as_str().into_python(scope)
    }
}

/// A str without lone surrogates.
impl FromPython for String {
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        let Some(text) = scope.unwrap(object)?.downcast_ref::<PyStr>() else {
            return scope.mismatch("str", object);
        };
        match text.to_utf8() {
            Some(text) => Ok(text.into_owned()),
            None => {
                let message = "the str has lone surrogates, which Rust text cannot have";
                Err(Exception::new("ValueError", message).into())
            }
        }
    }
}

impl IntoPython for Bytes {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        scope.make(|vm| Ok(vm.new_bytes(&self.0)?.into_any()))
    }
}

impl FromPython for Bytes {
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        let handle = scope.unwrap(object)?;
        let Some(buffer) = scope.vm.type_of(handle).slots(scope.vm).buffer else {
            return scope.mismatch("bytes", object);
        };
        scope.attempt(|vm| Ok(Self(buffer(vm, handle)?.to_bytes(vm).into_owned())))
    }
}

impl IntoPython for () {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        scope.make(|vm| Ok(vm.none()))
    }
}

/// Any object: for calls whose result does not matter.
impl FromPython for () {
    fn from_python(_: &mut Scope<'_>, _: &Object) -> Result<Self, Error> {
        Ok(())
    }
}

impl<T: IntoPython> IntoPython for Option<T> {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        match self {
            Some(value) => value.into_python(scope),
            None => ().into_python(scope),
        }
    }
}

impl<T: FromPython> FromPython for Option<T> {
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        let handle = scope.unwrap(object)?;
        if scope.vm.is_none(handle) {
            Ok(None)
        } else {
            T::from_python(scope, object).map(Some)
        }
    }
}

impl<T: IntoPython> IntoPython for Result<T, Error> {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        self?.into_python(scope)
    }
}

impl<T: IntoPython> IntoPython for Vec<T> {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        let items: Result<Vec<Object>, Error> = self
            .into_iter()
            .map(|item| item.into_python(scope))
            .collect();
        let items = scope.unwrap_all(&items?)?;
        scope.make(|vm| Ok(vm.new_list(items)?.into_any()))
    }
}

impl<T: IntoPython + Clone> IntoPython for &[T] {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        self.to_vec().into_python(scope)
    }
}

impl<T: FromPython> FromPython for Vec<T> {
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        let handle = scope.unwrap(object)?;
        if handle.is_a::<PyStr>() || handle.is_a::<exuvia_vm::types::bytes::PyBytes>() {
            return scope.mismatch("an iterable of items", object);
        }
        let items = scope.attempt(|vm| vm.to_vec(handle))?;
        let mut converted = Self::with_capacity(items.len());
        for item in items {
            let item = scope.wrap(item);
            converted.push(T::from_python(scope, &item)?);
        }
        Ok(converted)
    }
}

fn dict_of<T: IntoPython>(
    scope: &mut Scope<'_>,
    entries: impl IntoIterator<Item = (String, T)>,
) -> Result<Object, Error> {
    let dict = scope.attempt(|vm| vm.new_dict())?;
    for (key, value) in entries {
        let value = value.into_python(scope)?;
        let value = scope.unwrap(&value)?.clone();
        scope.attempt(|vm| {
            let key = vm.new_str(&key)?.into_any();
            dict.set_item(vm, &key, value)
        })?;
    }
    Ok(scope.wrap(dict.into_any()))
}

fn entries_of<T: FromPython>(
    scope: &mut Scope<'_>,
    object: &Object,
) -> Result<Vec<(String, T)>, Error> {
    let Some(dict) = scope.unwrap(object)?.downcast_ref::<PyDict>() else {
        return scope.mismatch("dict", object);
    };
    let mut entries = Vec::new();
    let mut position = 0;
    while let Some((key, value)) = dict.next_entry(scope.vm, &mut position) {
        let (key, value) = (scope.wrap(key), scope.wrap(value));
        entries.push((
            String::from_python(scope, &key)?,
            T::from_python(scope, &value)?,
        ));
    }
    Ok(entries)
}

impl<T: IntoPython, S: BuildHasher> IntoPython for HashMap<String, T, S> {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        dict_of(scope, self)
    }
}

impl<T: FromPython, S: BuildHasher + Default> FromPython for HashMap<String, T, S>
where
    String: Hash,
{
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        Ok(entries_of(scope, object)?.into_iter().collect())
    }
}

impl<T: IntoPython> IntoPython for BTreeMap<String, T> {
    fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
        dict_of(scope, self)
    }
}

impl<T: FromPython> FromPython for BTreeMap<String, T> {
    fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
        Ok(entries_of(scope, object)?.into_iter().collect())
    }
}

impl Arguments for () {
    fn into_arguments(self, _: &mut Scope<'_>) -> Result<Vec<Object>, Error> {
        Ok(Vec::new())
    }
}

macro_rules! tuples {
    ($(($count:literal: $($name:ident)+))+) => {
        $(
            #[allow(non_snake_case, reason = "the values are named like their types")]
            impl<$($name: IntoPython),+> Arguments for ($($name,)+) {
                fn into_arguments(self, scope: &mut Scope<'_>) -> Result<Vec<Object>, Error> {
                    let ($($name,)+) = self;
                    Ok(vec![$($name.into_python(scope)?),+])
                }
            }

            impl<$($name: IntoPython),+> IntoPython for ($($name,)+) {
                fn into_python(self, scope: &mut Scope<'_>) -> Result<Object, Error> {
                    let items = self.into_arguments(scope)?;
                    let items = scope.unwrap_all(&items)?;
                    scope.make(|vm| Ok(vm.new_tuple(&items)?.into_any()))
                }
            }

            /// A tuple or other iterable with as many items.
            impl<$($name: FromPython),+> FromPython for ($($name,)+) {
                fn from_python(scope: &mut Scope<'_>, object: &Object) -> Result<Self, Error> {
                    let items = Vec::<Object>::from_python(scope, object)?;
                    if items.len() != $count {
                        let message = format!("expected {} items, found {}", $count, items.len());
                        return Err(Exception::new("ValueError", message).into());
                    }
                    let mut items = items.iter();
                    Ok(($({
                        let item = items.next().expect("the items were counted");
                        $name::from_python(scope, item)?
                    },)+))
                }
            }
        )+
    };
}
tuples! { (1: A) (2: A B) (3: A B C) (4: A B C D) (5: A B C D E) (6: A B C D E F) }
