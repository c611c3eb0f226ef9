//! [`Tail<H, E>`]: a payload whose elements follow it in the same block, as in a tuple or a string.

use crate::{Header, Traverse, Visitor};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A payload made of a fixed head, a length, and that many elements right behind.
///
/// ```text
/// header 16 | head H | len u32 | E E E …
/// ```
///
/// Its length never changes and is below 2^32. Only [`crate::Space::allocate_tail`] makes one.
#[repr(C)]
pub struct Tail<H, E> {
    head: H,
    len: u32,
    elements: [E; 0],
    _owns: PhantomData<E>,
}

impl<H, E> Tail<H, E> {
    const fn new(head: H, len: u32) -> Self {
        Self {
            head,
            len,
            elements: [],
            _owns: PhantomData,
        }
    }

    /// The fixed part.
    #[inline]
    pub fn head(&self) -> &H {
        &self.head
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The elements.
    #[inline]
    pub fn as_slice(&self) -> &[E] {
        // SAFETY: `allocate_tail` wrote `len` elements behind the payload; they live as long as it does.
        unsafe { std::slice::from_raw_parts(self.elements.as_ptr(), self.len as usize) }
    }

    /// Writes the head and `len` elements.
    ///
    /// # Panics
    /// If `elements` yields fewer than `len`, or `len` is not below 2^32.
    ///
    /// # Safety
    /// `this` must have room for both and hold nothing yet.
    pub unsafe fn write(
        this: NonNull<Self>,
        head: H,
        len: usize,
        elements: impl IntoIterator<Item = E>,
    ) {
        let stored_len = u32::try_from(len).expect("a tail has fewer than 2^32 elements");
        let mut written = 0;
        // SAFETY: the caller says that there is room.
        unsafe {
            this.write(Self::new(head, stored_len));
            let first = Self::first(this);
            for element in elements.into_iter().take(len) {
                first.add(written).write(element);
                written += 1;
            }
        }
        assert_eq!(written, len, "O1: a tail is written whole");
    }

    fn first(this: NonNull<Self>) -> NonNull<E> {
        // SAFETY: the field lies inside of the allocation.
        unsafe { NonNull::new_unchecked(std::ptr::addr_of_mut!((*this.as_ptr()).elements).cast()) }
    }

    /// The number of bytes of an object with this payload and `len` elements, header included.
    pub const fn object_size(len: usize) -> Option<usize> {
        match len.checked_mul(size_of::<E>()) {
            None => None,
            // The elements start at the (aligned) end of the fixed part: `size_of::<Self>()` may be padded
            // beyond it, so the offset of the array field is what counts.
            Some(bytes) => {
                bytes.checked_add(size_of::<Header>() + std::mem::offset_of!(Self, elements))
            }
        }
    }

    /// The [`crate::Class::size`] function of such objects.
    ///
    /// # Safety
    /// `object` must be a live object with this payload.
    pub unsafe fn size(object: NonNull<Header>) -> usize {
        // SAFETY: the caller's duty.
        let payload = unsafe { object.add(1).cast::<Self>().as_ref() };
        size_of::<Header>()
            + std::mem::offset_of!(Self, elements)
            + payload.len as usize * size_of::<E>()
    }
}

impl<H, E> Deref for Tail<H, E> {
    type Target = [E];

    #[inline]
    fn deref(&self) -> &[E] {
        self.as_slice()
    }
}

impl<H, E> Drop for Tail<H, E> {
    fn drop(&mut self) {
        if std::mem::needs_drop::<E>() {
            let first = self.elements.as_mut_ptr();
            // The last one first, as CPython takes tuples apart.
            for index in (0..self.len as usize).rev() {
                // SAFETY: the elements were written by `allocate_tail` and are dropped only here.
                unsafe { first.add(index).drop_in_place() }
            }
        }
    }
}

// SAFETY: visits the head and each element.
unsafe impl<H: Traverse, E: Traverse> Traverse for Tail<H, E> {
    const ACYCLIC: bool = H::ACYCLIC && E::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.head.traverse(visitor);
        self.as_slice().traverse(visitor);
    }
}

impl<H, E> fmt::Debug for Tail<H, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tail(len {})", self.len)
    }
}
