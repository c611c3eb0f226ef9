//! What a header's class pointer points to: how to size, visit and drop objects of one layout.

use crate::{Header, Kind, Traverse, Visitor};
use std::any::TypeId;
use std::cell::Cell;
use std::ptr::NonNull;

/// The Rust type that follows the header of an object.
pub trait Payload: Traverse + 'static {}

impl<T: Traverse + 'static> Payload for T {}

/// How to size, visit and drop the objects of one layout.
///
/// A Rust program makes one per payload type with [`Class::of`]. A host with type objects of its own puts
/// a `Class` as the **first field of its type object's payload**, so that the class pointer is also the way
/// to the type object; if instances are to hold a counted reference to that object, it sets
/// [`Class::owner_is_counted`].
#[repr(C)]
#[derive(Debug)]
pub struct Class {
    /// Identifies the Rust payload type; what `downcast` compares.
    pub payload: TypeId,
    /// Size in bytes of the header and the payload, without any tail.
    pub basic_size: u32,
    /// Which pools its objects lie in, if the allocation does not say otherwise.
    pub kind: Kind,
    /// Whether each object holds a counted reference to the object whose payload starts with this class.
    pub owner_is_counted: Cell<bool>,
    /// Where in an object the address of memory lies that visits read ([`Traverse::BUFFER_AT`]); 0: nowhere.
    pub buffer_at: u16,
    /// The exact number of bytes asked of the heap for the object; `None`: always `basic_size`.
    pub size: Cell<Option<unsafe fn(NonNull<Header>) -> usize>>,
    /// Drops everything after the header in place; `None`: nothing to drop.
    pub drop: Cell<Option<unsafe fn(NonNull<Header>)>>,
    /// Visits every reference that the object holds, but not that to its class's owner; `None`: none.
    pub traverse: Cell<Option<unsafe fn(NonNull<Header>, &mut Visitor<'_>)>>,
    /// Asked when the last reference goes away and the object is not yet finalized: must code of the program
    /// run before it dies? `None`: never.
    pub needs_finalizer: Cell<Option<unsafe fn(NonNull<Header>) -> bool>>,
}

impl Class {
    /// Which pools objects with payload `T` lie in, unless somebody says otherwise.
    #[inline(always)]
    pub(crate) const fn kind_of<T: Payload>() -> Kind {
        if T::ACYCLIC {
            Kind::Untracked
        } else {
            Kind::Tracked
        }
    }

    /// Where in objects with payload `T` the address of a buffer lies, or 0.
    const fn buffer_at<T: Payload>() -> u16 {
        match T::BUFFER_AT {
            Some(at) if size_of::<Header>() + at <= u16::MAX as usize => {
                (size_of::<Header>() + at) as u16
            }
            _ => 0,
        }
    }

    /// What visits of an object will read besides itself, if that is known. The address may be anything.
    ///
    /// # Safety
    /// `object` must be a live object of this class.
    #[inline(always)]
    pub unsafe fn buffer_of(&self, object: NonNull<Header>) -> Option<*const u8> {
        let at = usize::from(self.buffer_at);
        // SAFETY: the payload's type says that there is an address (6 of `Traverse`).
        (at != 0).then(|| unsafe { object.byte_add(at).cast::<*const u8>().read() })
    }

    /// A class for objects whose payload is a `T` of fixed size.
    pub fn of<T: Payload>() -> Self {
        Self {
            payload: TypeId::of::<T>(),
            basic_size: u32::try_from(size_of::<Header>() + size_of::<T>())
                .expect("a payload is below 4 GiB"),
            kind: Self::kind_of::<T>(),
            owner_is_counted: Cell::new(false),
            buffer_at: Self::buffer_at::<T>(),
            size: Cell::new(None),
            drop: Cell::new(if std::mem::needs_drop::<T>() {
                Some(drop_payload::<T>)
            } else {
                None
            }),
            traverse: Cell::new(if T::ACYCLIC {
                None
            } else {
                Some(traverse_payload::<T>)
            }),
            needs_finalizer: Cell::new(None),
        }
    }

    /// The number of bytes asked of the heap for an object.
    ///
    /// # Safety
    /// `object` must be a live object of this class.
    #[inline]
    pub unsafe fn size_of(&self, object: NonNull<Header>) -> usize {
        match self.size.get() {
            None => self.basic_size as usize,
            // SAFETY: the caller's duty is the same as ours.
            Some(size) => unsafe { size(object) },
        }
    }

    /// Whether an object can be freed by dropping its payload and releasing `basic_size` bytes.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        // All three at once: one branch.
        !(self.needs_finalizer.get().is_some()
            | self.size.get().is_some()
            | self.owner_is_counted.get())
    }

    /// The object whose payload begins with this class.
    ///
    /// # Safety
    /// The class must be the first field of an object's payload.
    pub unsafe fn owner(&self) -> NonNull<Header> {
        // SAFETY: the caller says that a header lies just before the class.
        unsafe { NonNull::from(self).cast::<Header>().sub(1) }
    }
}

/// Drops the payload `T` behind a header.
///
/// # Safety
/// `object` must have a live `T` as payload, which is not used afterwards.
pub unsafe fn drop_payload<T>(object: NonNull<Header>) {
    // SAFETY: the caller's duty.
    unsafe { object.add(1).cast::<T>().drop_in_place() }
}

/// Visits the payload `T` behind a header.
///
/// # Safety
/// `object` must have a live `T` as payload.
pub unsafe fn traverse_payload<T: Traverse>(object: NonNull<Header>, visitor: &mut Visitor<'_>) {
    // SAFETY: the caller's duty.
    unsafe { object.add(1).cast::<T>().as_ref() }.traverse(visitor);
}
