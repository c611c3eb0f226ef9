//! Counted handles: [`Ref<T>`] to an object with payload `T`, [`AnyRef`] to an object of any class.

use crate::space::release_last;
use crate::{Class, Header, Payload};
use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr::NonNull;

/// The payload of an object whose class is not known at compile time.
#[derive(Debug)]
pub struct Erased(());

/// An object in memory: its header, then its payload.
#[repr(C)]
#[derive(Debug)]
pub struct Object<T> {
    /// Count, collector's bits, class.
    pub header: Header,
    /// What the class describes.
    pub payload: T,
}

/// A counted handle to an object with payload `T`. Eight bytes, never null, `Option<Ref<T>>` is as small.
///
/// Cloning adds one to the object's count and dropping takes one away; dropping the last one frees the
/// object at once, or sets it aside if code of the program must run first (O3).
#[repr(transparent)]
pub struct Ref<T = Erased> {
    ptr: NonNull<Object<T>>,
    _owns: PhantomData<Object<T>>,
}

/// A counted handle to an object of any class.
pub type AnyRef = Ref<Erased>;

impl<T> Ref<T> {
    /// Takes over one counted reference.
    ///
    /// # Safety
    /// `object` must be a live object with payload `T`, and the caller gives away one reference.
    #[inline]
    pub unsafe fn from_owned(object: NonNull<Header>) -> Self {
        Self {
            ptr: object.cast(),
            _owns: PhantomData,
        }
    }

    /// Makes a new handle to an object that is kept alive by others.
    ///
    /// # Safety
    /// `object` must be a live object with payload `T`.
    #[inline]
    pub unsafe fn from_borrowed(object: NonNull<Header>) -> Self {
        // SAFETY: the caller says that the object lives.
        unsafe { object.as_ref() }.increment();
        Self {
            ptr: object.cast(),
            _owns: PhantomData,
        }
    }

    /// Gives the reference away without changing the count.
    #[inline]
    pub fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).ptr.cast()
    }

    /// The object's address without giving away anything.
    #[inline]
    pub fn as_raw(&self) -> NonNull<Header> {
        self.ptr.cast()
    }

    /// The header of the object.
    #[inline]
    pub fn header(&self) -> &Header {
        // SAFETY: a handle keeps its object alive (O2).
        unsafe { self.ptr.cast::<Header>().as_ref() }
    }

    /// The class of the object.
    #[inline]
    pub fn class(&self) -> &Class {
        self.header().class()
    }

    /// The object's address, its identity as long as it lives.
    #[inline]
    pub fn address(&self) -> usize {
        self.ptr.addr().get()
    }

    /// Whether two handles are to the same object.
    #[inline]
    pub fn is<U>(&self, other: &Ref<U>) -> bool {
        self.address() == other.address()
    }

    /// The number of references to the object, this handle included.
    #[inline]
    pub fn count(&self) -> u32 {
        self.header().count()
    }

    /// The same handle, with the class forgotten.
    #[inline]
    pub fn as_any(&self) -> &AnyRef {
        // SAFETY: all handles are one transparent pointer to an object that begins with a header.
        unsafe { &*std::ptr::from_ref(self).cast::<AnyRef>() }
    }

    /// The same handle, with the class forgotten.
    #[inline]
    pub fn into_any(self) -> AnyRef {
        // SAFETY: the reference is given away by one handle and taken over by the other.
        unsafe { Ref::from_owned(self.into_raw()) }
    }

    /// The number of bytes asked of the heap for the object itself, header included, buffers not.
    pub fn size(&self) -> usize {
        // SAFETY: the object is alive and this is its class.
        unsafe { self.class().size_of(self.as_raw()) }
    }
}

impl AnyRef {
    /// Whether the payload is a `T`.
    #[inline]
    pub fn is_a<T: Payload>(&self) -> bool {
        self.class().payload == TypeId::of::<T>()
    }

    /// The handle as one to a `T`, if that is the payload.
    #[inline]
    pub fn downcast_ref<T: Payload>(&self) -> Option<&Ref<T>> {
        // SAFETY: the class says that the payload is a `T`, and handles are transparent.
        self.is_a::<T>()
            .then(|| unsafe { self.downcast_ref_unchecked() })
    }

    /// The handle as one to a `T`, or the handle back.
    #[inline]
    pub fn downcast<T: Payload>(self) -> Result<Ref<T>, AnyRef> {
        if self.is_a::<T>() {
            // SAFETY: the class says that the payload is a `T`.
            Ok(unsafe { Ref::from_owned(self.into_raw()) })
        } else {
            Err(self)
        }
    }

    /// The handle as one to a `T`, unchecked.
    ///
    /// # Safety
    /// The payload must be a `T`.
    #[inline]
    pub unsafe fn downcast_ref_unchecked<T>(&self) -> &Ref<T> {
        // SAFETY: handles are transparent; the caller vouches for the payload.
        unsafe { &*std::ptr::from_ref(self).cast::<Ref<T>>() }
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: a handle keeps its object alive, and the payload is a `T` by construction.
        unsafe { &(*self.ptr.as_ptr()).payload }
    }
}

impl<T> Clone for Ref<T> {
    #[inline]
    fn clone(&self) -> Self {
        self.header().increment();
        Self {
            ptr: self.ptr,
            _owns: PhantomData,
        }
    }
}

impl<T> Drop for Ref<T> {
    #[inline]
    fn drop(&mut self) {
        let header = self.header();
        let count = header.count.get();
        if count.cast_signed() > 1 {
            header.count.set(count - 1);
        } else if count == 1 {
            // SAFETY: this was the last reference, and the handle is gone after this.
            unsafe { release_last::<T>(self.ptr.cast()) }
        }
    }
}

impl<T> fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ref({:#x}, count {})", self.address(), self.count())
    }
}
