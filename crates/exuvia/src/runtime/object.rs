//! [`Object`]: a Python object in the hands of Rust, and the end of its runtime.

#![allow(
    unsafe_code,
    reason = "here it is known whether anybody still holds an object of a runtime that ends"
)]

use crate::{Error, Exception};
use exuvia_vm::import::Extension;
use exuvia_vm::{PyRef, Vm};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::{Rc, Weak};

/// Which runtime an object belongs to; the end of its virtual machine.
///
/// A runtime that is dropped leaves its virtual machine here: its memory goes back now, or with the last object that is
/// still held.
#[derive(Debug, Default)]
pub(crate) struct Identity {
    orphan: RefCell<Option<Box<Vm>>>,
    /// Whether somebody had the virtual machine in his hands, and so may have handles that are not counted here.
    is_lent: Cell<bool>,
}

impl Identity {
    /// Takes note that the virtual machine is given to somebody outside of this crate.
    pub(super) fn lend(&self) {
        self.is_lent.set(true);
    }

    /// Takes the virtual machine over from its runtime. All that no [`Object`] keeps alive is freed.
    pub(super) fn adopt(&self, mut vm: Box<Vm>) {
        // Rust functions go by that too, and with them the objects that they hold.
        vm.release();
        *self.orphan.borrow_mut() = Some(vm);
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        if let Some(vm) = self.orphan.take()
            && !self.is_lent.get()
        {
            // What would be left are miscounts of our own, which `free` makes up for, and the tests look for.
            // SAFETY: each `Object` holds this; there is none, then. Nobody else got a handle: those that functions of
            // this crate make end within them.
            let _ = unsafe { vm.free() };
        }
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
