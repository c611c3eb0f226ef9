//! `HeapVec<T>`: a growable array whose buffer lies on a heap.
use crate::{Heap, OutOfMemory};
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// A growable array whose buffer lies on a heap, as a buffer block.
pub struct HeapVec<T> { ptr: NonNull<T>, len: usize, capacity: usize }

impl<T> std::fmt::Debug for HeapVec<T> { fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) } }

impl<T> HeapVec<T> {
    pub const fn new() -> Self { Self { ptr: NonNull::dangling(), len: 0, capacity: 0 } }
    pub fn with_capacity(_heap: &Heap, _n: usize) -> Result<Self, OutOfMemory> { unimplemented!() }
    pub fn push(&mut self, _heap: &Heap, _value: T) -> Result<(), OutOfMemory> { unimplemented!() }
    pub fn insert(&mut self, _heap: &Heap, _index: usize, _value: T) -> Result<(), OutOfMemory> { unimplemented!() }
    pub fn reserve(&mut self, _heap: &Heap, _additional: usize) -> Result<(), OutOfMemory> { unimplemented!() }
    pub fn reserve_exact(&mut self, _heap: &Heap, _additional: usize) -> Result<(), OutOfMemory> { unimplemented!() }
    pub fn pop(&mut self) -> Option<T> { unimplemented!() }
    pub fn remove(&mut self, _index: usize) -> T { unimplemented!() }
    pub fn truncate(&mut self, _len: usize) { unimplemented!() }
    pub fn clear(&mut self) { unimplemented!() }
    pub fn shrink_to_fit(&mut self) { unimplemented!() }
    pub fn capacity(&self) -> usize { self.capacity }
    pub fn buffer_bytes(&self) -> usize { self.capacity * size_of::<T>() }
}
impl<T> Deref for HeapVec<T> { type Target = [T]; fn deref(&self) -> &[T] { unsafe { std::slice::from_raw_parts(self.ptr.as_ptr(), self.len) } } }
impl<T> DerefMut for HeapVec<T> { fn deref_mut(&mut self) -> &mut [T] { unsafe { std::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) } } }
impl<T> Default for HeapVec<T> { fn default() -> Self { Self::new() } }
