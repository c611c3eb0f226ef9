//! `HeapVec<T>`: a growable array whose buffer lies on a heap, as one block of [`Kind::Buffer`].
//!
//! What needs memory names the heap and returns an error where there is none; what only gives memory back does
//! not name it. Elements are dropped from last to first, as CPython's lists do, and only when the array no longer
//! holds them: a drop that reaches the array again finds it in order.

use crate::{Heap, Kind, OutOfMemory};
use std::mem::{self, ManuallyDrop};
use std::ops::{Bound, Deref, DerefMut, Range, RangeBounds};
use std::ptr::NonNull;

/// A growable array whose buffer lies on a heap. 24 bytes.
///
/// ```
/// use exuvia_heap::{Config, Heap, HeapVec};
///
/// let heap = Heap::new(Config::default());
/// let mut squares = HeapVec::new();
/// for n in 1..=9_u64 {
///     squares.push(&heap, n * n)?;
/// }
/// assert_eq!(squares.iter().sum::<u64>(), 285);
/// assert_eq!(heap.bytes_live(), squares.buffer_bytes());
/// # Ok::<(), exuvia_heap::OutOfMemory>(())
/// ```
pub struct HeapVec<T> {
    ptr: NonNull<T>,
    len: usize,
    capacity: usize,
}

/// The capacity for `new_len` elements where `len` are: CPython 3.14's, so that no list takes more than there.
///
/// An eighth more than needed in steps of four, unless that is less than what is added anyway
/// (Objects/listobject.c: `list_resize`).
fn grown_capacity(len: usize, new_len: usize) -> Option<usize> {
    let generous = new_len.checked_add(new_len >> 3)?.checked_add(6)? & !3;
    let is_leap = new_len - len > generous - new_len;
    if is_leap {
        Some(new_len.checked_add(3)? & !3)
    } else {
        Some(generous)
    }
}

impl<T> HeapVec<T> {
    const IS_ALIGNED: () = assert!(align_of::<T>() <= 8, "blocks are aligned to eight bytes");

    /// Where in the array's 24 bytes the address of its buffer is; it may be anything while there is no buffer.
    pub const BUFFER_AT: usize = mem::offset_of!(Self, ptr);

    /// An empty array without a buffer.
    #[inline]
    pub const fn new() -> Self {
        const { Self::IS_ALIGNED };
        let capacity = if size_of::<T>() == 0 { usize::MAX } else { 0 };
        Self {
            ptr: NonNull::dangling(),
            len: 0,
            capacity,
        }
    }

    /// An empty array with room for exactly `capacity` elements.
    ///
    /// # Errors
    /// Out of memory.
    pub fn with_capacity(heap: &Heap, capacity: usize) -> Result<Self, OutOfMemory> {
        let mut vec = Self::new();
        vec.reserve_exact(heap, capacity)?;
        Ok(vec)
    }

    /// An array of exactly the elements that `elements` yields, if it knows their number; else of all of them.
    ///
    /// # Errors
    /// Out of memory; what was taken from `elements` is dropped.
    pub fn from_elements(
        heap: &Heap,
        elements: impl IntoIterator<Item = T>,
    ) -> Result<Self, OutOfMemory> {
        let elements = elements.into_iter();
        let mut vec = Self::with_capacity(heap, elements.size_hint().0)?;
        vec.extend(heap, elements)?;
        Ok(vec)
    }

    /// How many elements fit into the buffer.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// How many bytes the buffer has: exactly what was asked of the heap.
    #[inline]
    pub fn buffer_bytes(&self) -> usize {
        if size_of::<T>() == 0 {
            0
        } else {
            self.capacity * size_of::<T>()
        }
    }

    /// Adds an element at the end. Amortized constant.
    ///
    /// # Errors
    /// Out of memory; the value is dropped and the array unchanged.
    #[inline]
    pub fn push(&mut self, heap: &Heap, value: T) -> Result<(), OutOfMemory> {
        if self.len == self.capacity {
            self.grow(heap, 1)?;
        }
        // SAFETY: there is room for one more.
        unsafe { self.ptr.add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// Adds an element at the end if the buffer has room for it; else hands it back. Needs no heap.
    ///
    /// # Errors
    /// The element, if there is no room.
    #[inline]
    pub fn push_within_capacity(&mut self, value: T) -> Result<(), T> {
        if self.len == self.capacity {
            return Err(value);
        }
        // SAFETY: there is room for one more.
        unsafe { self.ptr.add(self.len).write(value) };
        self.len += 1;
        Ok(())
    }

    /// Adds everything that `elements` yields.
    ///
    /// # Errors
    /// Out of memory; what was added before stays.
    pub fn extend(
        &mut self,
        heap: &Heap,
        elements: impl IntoIterator<Item = T>,
    ) -> Result<(), OutOfMemory> {
        let elements = elements.into_iter();
        self.reserve(heap, elements.size_hint().0)?;
        for element in elements {
            self.push(heap, element)?;
        }
        Ok(())
    }

    /// Adds clones of the elements of a slice.
    ///
    /// # Errors
    /// Out of memory, before anything is cloned.
    pub fn extend_from_slice(&mut self, heap: &Heap, elements: &[T]) -> Result<(), OutOfMemory>
    where
        T: Clone,
    {
        self.extend(heap, elements.iter().cloned())
    }

    /// Adds copies of the elements of a slice, all at once.
    ///
    /// # Errors
    /// Out of memory; nothing has changed.
    pub fn extend_from_copies(&mut self, heap: &Heap, elements: &[T]) -> Result<(), OutOfMemory>
    where
        T: Copy,
    {
        self.reserve(heap, elements.len())?;
        // SAFETY: there is room behind the elements, and `elements` cannot lie in it while we are borrowed.
        unsafe {
            self.ptr
                .add(self.len)
                .as_ptr()
                .copy_from_nonoverlapping(elements.as_ptr(), elements.len());
        }
        self.len += elements.len();
        Ok(())
    }

    /// An array of clones of the elements of a slice, without spare room.
    ///
    /// # Errors
    /// Out of memory, before anything is cloned.
    pub fn from_slice(heap: &Heap, elements: &[T]) -> Result<Self, OutOfMemory>
    where
        T: Clone,
    {
        Self::from_elements(heap, elements.iter().cloned())
    }

    /// Puts an element before the one at `index`, or at the end.
    ///
    /// # Errors
    /// Out of memory; the value is dropped and the array unchanged.
    ///
    /// # Panics
    /// If `index` is greater than the length.
    pub fn insert(&mut self, heap: &Heap, index: usize, value: T) -> Result<(), OutOfMemory> {
        assert!(index <= self.len, "index {index} of {} elements", self.len);
        if self.len == self.capacity {
            self.grow(heap, 1)?;
        }
        // SAFETY: index <= len < capacity, so the elements behind can move up by one.
        unsafe {
            let place = self.ptr.add(index);
            place.copy_to(place.add(1), self.len - index);
            place.write(value);
        }
        self.len += 1;
        Ok(())
    }

    /// Makes room for `additional` more elements, and some beyond as [`push`](Self::push) would.
    ///
    /// # Errors
    /// Out of memory; nothing has changed.
    pub fn reserve(&mut self, heap: &Heap, additional: usize) -> Result<(), OutOfMemory> {
        if additional > self.capacity - self.len {
            self.grow(heap, additional)
        } else {
            Ok(())
        }
    }

    /// Makes room for exactly `additional` more elements, unless there is more already.
    ///
    /// # Errors
    /// Out of memory; nothing has changed.
    pub fn reserve_exact(&mut self, heap: &Heap, additional: usize) -> Result<(), OutOfMemory> {
        if additional <= self.capacity - self.len {
            return Ok(());
        }
        self.set_capacity(heap, self.len.checked_add(additional).ok_or(OutOfMemory)?)
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, heap: &Heap, additional: usize) -> Result<(), OutOfMemory> {
        let new_len = self.len.checked_add(additional).ok_or(OutOfMemory)?;
        let capacity = grown_capacity(self.len, new_len).ok_or(OutOfMemory)?;
        self.set_capacity(heap, capacity)
    }

    /// Gives the buffer room for exactly `capacity` elements, at least those that are there.
    fn set_capacity(&mut self, heap: &Heap, capacity: usize) -> Result<(), OutOfMemory> {
        debug_assert!(capacity >= self.len && size_of::<T>() != 0);
        let new_bytes = capacity.checked_mul(size_of::<T>()).ok_or(OutOfMemory)?;
        let old_bytes = self.buffer_bytes();
        let buffer = if new_bytes == old_bytes {
            return Ok(());
        } else if old_bytes == 0 {
            heap.allocate(Kind::Buffer, new_bytes)?
        } else if new_bytes == 0 {
            self.release_buffer();
            return Ok(());
        } else {
            // SAFETY: the buffer is this array's alone, with that size.
            unsafe { Heap::resize(self.ptr.cast(), old_bytes, new_bytes)? }
        };
        self.ptr = buffer.cast();
        self.capacity = capacity;
        Ok(())
    }

    /// Gives the buffer back; no element is in it.
    fn release_buffer(&mut self) {
        let bytes = self.buffer_bytes();
        if bytes > 0 {
            // SAFETY: the buffer is this array's alone, with that size.
            unsafe { Heap::release(self.ptr.cast(), bytes) };
            self.ptr = NonNull::dangling();
            self.capacity = 0;
        }
    }

    /// Gives the room beyond the elements back, if the heap has a smaller block.
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(self.len);
    }

    /// Gives room back if less than half is used, leaving what CPython's lists keep then.
    ///
    /// For after elements were removed (CPython 3.14 Objects/listobject.c: `list_resize`).
    pub fn shrink_if_sparse(&mut self) {
        if self.len < self.capacity >> 1 {
            let capacity = if self.len == 0 {
                Some(0)
            } else {
                grown_capacity(self.len, self.len)
            };
            self.shrink_to(capacity.unwrap_or(self.capacity));
        }
    }

    fn shrink_to(&mut self, capacity: usize) {
        if capacity < self.capacity && self.buffer_bytes() > 0 {
            // SAFETY: the buffer is a block of that heap.
            let heap = unsafe { Heap::of(self.ptr.cast()) };
            // Without memory for a smaller block the larger one stays, which is as good.
            let _ = self.set_capacity(heap, capacity.max(self.len));
        }
    }

    /// Takes the last element out.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: the element was there and no longer is.
        Some(unsafe { self.ptr.add(self.len).read() })
    }

    /// Takes the element at `index` out; those behind move down.
    ///
    /// # Panics
    /// If there is no such element.
    pub fn remove(&mut self, index: usize) -> T {
        assert!(index < self.len, "index {index} of {} elements", self.len);
        self.len -= 1;
        // SAFETY: index <= the new length, so what is behind can move down by one.
        unsafe {
            let place = self.ptr.add(index);
            let value = place.read();
            place.copy_from(place.add(1), self.len - index);
            value
        }
    }

    /// Takes the element at `index` out; the last one takes its place.
    ///
    /// # Panics
    /// If there is no such element.
    pub fn swap_remove(&mut self, index: usize) -> T {
        let last = self.len.checked_sub(1).expect("an element to remove");
        self.swap(index, last);
        self.pop().expect("not empty")
    }

    /// Drops the elements from `len` on, last first. Keeps the buffer.
    pub fn truncate(&mut self, len: usize) {
        for _ in len..self.len {
            drop(self.pop());
        }
    }

    /// Drops all elements, last first, and gives the buffer back. (`truncate(0)` keeps it.)
    ///
    /// The array is empty before the first element is dropped.
    #[inline]
    pub fn clear(&mut self) {
        drop(self.take());
    }

    /// The array as it is; an empty one stays behind.
    #[inline]
    pub fn take(&mut self) -> Self {
        mem::take(self)
    }

    /// Drops the elements that `keep` refuses; the others keep their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let mut kept = 0;
        for index in 0..self.len {
            if keep(&self[index]) {
                self.swap(kept, index);
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Drops the elements in `range`; those behind move down. Needs no memory.
    ///
    /// # Panics
    /// If the range reaches beyond the elements.
    pub fn remove_range(&mut self, range: impl RangeBounds<usize>) {
        let range = self.check_range(range);
        self[range.start..].rotate_left(range.len());
        self.truncate(self.len - range.len());
    }

    /// Puts the elements of `with` in the place of those in `range`, which are returned.
    ///
    /// # Errors
    /// Out of memory; `with` is dropped and the array unchanged.
    ///
    /// # Panics
    /// If the range reaches beyond the elements.
    pub fn replace_range(
        &mut self,
        heap: &Heap,
        range: impl RangeBounds<usize>,
        mut with: HeapVec<T>,
    ) -> Result<HeapVec<T>, OutOfMemory> {
        let range = self.check_range(range);
        let (removed, added) = (range.len(), with.len);
        self.reserve(heap, added.saturating_sub(removed))?;
        with.reserve_exact(heap, removed.saturating_sub(added))?;
        let common = removed.min(added);
        self[range.start..range.start + common].swap_with_slice(&mut with[..common]);
        let behind = self.len - range.end;
        // SAFETY: the elements in common have changed places. Of the longer side the rest moves to the end of the
        // shorter one, where room was made; every element is in one place when the lengths are set.
        unsafe {
            let rest = self.ptr.add(range.start + common);
            if added > removed {
                rest.copy_to(rest.add(added - removed), behind);
                rest.copy_from_nonoverlapping(with.ptr.add(common), added - removed);
            } else {
                with.ptr
                    .add(common)
                    .copy_from_nonoverlapping(rest, removed - added);
                rest.copy_from(rest.add(removed - added), behind);
            }
        }
        self.len = self.len - removed + added;
        with.len = removed;
        Ok(with)
    }

    fn check_range(&self, range: impl RangeBounds<usize>) -> Range<usize> {
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before + 1,
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last + 1,
            Bound::Excluded(&end) => end,
            Bound::Unbounded => self.len,
        };
        assert!(
            start <= end && end <= self.len,
            "range {start}..{end} of {} elements",
            self.len
        );
        start..end
    }
}

impl<T> Default for HeapVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for HeapVec<T> {
    #[inline]
    fn drop(&mut self) {
        if mem::needs_drop::<T>() {
            self.truncate(0);
        }
        self.release_buffer();
    }
}

impl<T> Deref for HeapVec<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: that many elements are in the buffer.
        unsafe { std::slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }
}

impl<T> DerefMut for HeapVec<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: that many elements are in the buffer, and it is this array's alone.
        unsafe { std::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for HeapVec<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: PartialEq> PartialEq for HeapVec<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for HeapVec<T> {}

impl<T> IntoIterator for HeapVec<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;
    fn into_iter(self) -> IntoIter<T> {
        let vec = ManuallyDrop::new(self);
        IntoIter {
            ptr: vec.ptr,
            range: 0..vec.len,
            capacity: vec.capacity,
        }
    }
}

impl<'a, T> IntoIterator for &'a HeapVec<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The elements of a [`HeapVec`], by value.
#[derive(Debug)]
pub struct IntoIter<T> {
    ptr: NonNull<T>,
    range: Range<usize>,
    capacity: usize,
}

impl<T> IntoIter<T> {
    fn read(&self, index: usize) -> T {
        // SAFETY: called once for each index that leaves the range.
        unsafe { self.ptr.add(index).read() }
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        self.range.next().map(|index| self.read(index))
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl<T> DoubleEndedIterator for IntoIter<T> {
    fn next_back(&mut self) -> Option<T> {
        self.range.next_back().map(|index| self.read(index))
    }
}

impl<T> ExactSizeIterator for IntoIter<T> {}

impl<T> Drop for IntoIter<T> {
    fn drop(&mut self) {
        while let Some(element) = self.next_back() {
            drop(element);
        }
        // The empty array that is left gives the buffer back.
        drop(HeapVec {
            ptr: self.ptr,
            len: 0,
            capacity: self.capacity,
        });
    }
}
