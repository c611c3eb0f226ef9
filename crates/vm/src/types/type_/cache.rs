//! Remembers what attribute lookups in types found, by type version and name.

#![allow(unsafe_code, reason = "remembered values are not counted")]

use crate::types::str::PyStr;
use crate::types::type_::PyType;
use crate::{PyRef, Ref, Vm};
use exuvia_object::Header;
use std::ptr::NonNull;

/// The number of entries; a power of two.
const SIZE: usize = 2048;

/// What lookups found; an entry counts only as long as the type has the version it was made for.
#[derive(Debug)]
pub struct MethodCache {
    entries: Box<[Entry]>,
}

#[derive(Debug, Default, Clone)]
struct Entry {
    version: u32,
    /// Held so that the name's address is not given to another string.
    name: Option<Ref<PyStr>>,
    /// Not counted: as long as the version stands, the namespace in which it was found holds it. A counted
    /// reference would keep functions of dead classes alive.
    value: Option<NonNull<Header>>,
}

impl MethodCache {
    pub(crate) fn new() -> Self {
        Self {
            entries: vec![Entry::default(); SIZE].into_boxed_slice(),
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.fill(Entry::default());
    }

    /// Visits every handle, as roots.
    pub fn visit(&self, visit: &mut dyn FnMut(&PyRef)) {
        for entry in &self.entries {
            if let Some(name) = &entry.name {
                visit(name.as_any());
            }
        }
    }
}

fn index(version: u32, name: &Ref<PyStr>) -> usize {
    (version as usize ^ (name.address() >> 4)) & (SIZE - 1)
}

/// The attribute of this name in the type or its bases.
#[inline]
pub(crate) fn lookup(vm: &mut Vm, ty: &Ref<PyType>, name: &Ref<PyStr>) -> Option<PyRef> {
    let version = ty.current_version();
    if version != 0 {
        let entry = &vm.method_cache.entries[index(version, name)];
        if entry.version == version && entry.name.as_ref().is_some_and(|known| known.is(name)) {
            // SAFETY: the version stands, so the value is still in a namespace of the type or its bases.
            return entry
                .value
                .map(|value| unsafe { PyRef::from_borrowed(value) });
        }
    }
    lookup_and_remember(vm, ty, name)
}

fn lookup_and_remember(vm: &mut Vm, ty: &Ref<PyType>, name: &Ref<PyStr>) -> Option<PyRef> {
    let value = ty.lookup_with_owner(vm, name).map(|(value, _)| value);
    if name.is_interned()
        && let Some(version) = ty.version(vm)
    {
        let entry = Entry {
            version,
            name: Some(name.clone()),
            value: value.as_ref().map(Ref::as_raw),
        };
        vm.method_cache.entries[index(version, name)] = entry;
    }
    value
}
