//! [`Object`]: a Python object in the hands of Rust.

use crate::{Error, Exception};
use exuvia_vm::import::Extension;
use exuvia_vm::{PyRef, Vm};
use std::cell::RefCell;
use std::fmt;
use std::rc::{Rc, Weak};

/// Which runtime an object belongs to; the end of its virtual machine.
///
/// A runtime that is dropped leaves its virtual machine here: it ends now, or with the last object that is still held.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    orphan: RefCell<Option<Box<Vm>>>,
}

impl Identity {
    /// Takes the virtual machine over from its runtime.
    pub(super) fn adopt(&self, vm: Box<Vm>) {
        *self.orphan.borrow_mut() = Some(vm);
    }
}

/// A Python object of a runtime. It counts as a reference: the object lives as long as this.
///
/// What can be done with it is in [`Scope`](crate::Scope). Another runtime refuses it.
#[derive(Clone)]
pub struct Object {
    object: PyRef,
    // Behind the handle, which must go before its virtual machine does.
    identity: Rc<Identity>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({:#x})", self.object.address())
    }
}

impl Object {
    pub(super) fn new(object: PyRef, identity: &Rc<Identity>) -> Self {
        Self {
            object,
            identity: Rc::clone(identity),
        }
    }

    /// The handle, if the object belongs to this runtime.
    pub(super) fn of(&self, identity: &Rc<Identity>) -> Result<&PyRef, Error> {
        if Rc::ptr_eq(&self.identity, identity) {
            Ok(&self.object)
        } else {
            let message = "the object belongs to another runtime; convert it to a Rust value first";
            Err(Exception::new("TypeError", message).into())
        }
    }

    /// Whether both are the same object.
    pub fn is(&self, other: &Self) -> bool {
        self.object.is(&other.object)
    }
}

/// What the virtual machine knows of its runtime: for functions that Python calls.
#[derive(Default)]
struct Belonging(Weak<Identity>);

impl Extension for Belonging {
    fn visit(&self, _: &mut dyn FnMut(&PyRef)) {}
}

/// Makes the virtual machine know its runtime.
pub(super) fn remember(vm: &mut Vm, identity: &Rc<Identity>) {
    vm.extensions.get::<Belonging>().0 = Rc::downgrade(identity);
}

/// The runtime that a virtual machine belongs to; `None` while it ends.
pub(super) fn identity_of(vm: &mut Vm) -> Option<Rc<Identity>> {
    vm.extensions.get::<Belonging>().0.upgrade()
}
