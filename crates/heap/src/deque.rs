//! `HeapDeque<T>`: a queue with two ends whose elements lie on a heap, in blocks of 64 that never move.
//!
//! A map in the middle says where the blocks are. Blocks without elements are not kept, so that a queue never takes
//! more than CPython's linked blocks do; the first element goes into the middle of a block, as there, because
//! nobody knows yet at which end the queue will grow. (CPython 3.14 Modules/_collectionsmodule.c has the same
//! block size; the map makes every element reachable in constant time, which links do not.)

use crate::{Heap, HeapVec, Kind, OutOfMemory};
use std::ptr::NonNull;

/// Elements in a block.
const BLOCK: usize = 64;
/// Where in its block the first element is put if it comes to the back; to the front: one before.
const MIDDLE: usize = BLOCK / 2;
/// Room in the first map, in blocks.
const FIRST_MAP: usize = 4;

/// A queue with two ends on a heap. 40 bytes, nothing else while it is empty.
///
/// Elements are dropped from first to last, and only when the queue no longer holds them.
///
/// ```
/// use exuvia_heap::{Config, Heap, HeapDeque};
///
/// let heap = Heap::new(Config::default());
/// let mut deque = HeapDeque::new();
/// for n in 1..=3_u64 {
///     deque.push_back(&heap, n)?;
///     deque.push_front(&heap, n * 10)?;
/// }
/// assert_eq!(deque.iter().copied().collect::<Vec<_>>(), [30, 20, 10, 1, 2, 3]);
/// assert_eq!((deque.pop_front(), deque.pop_back()), (Some(30), Some(3)));
/// assert_eq!(heap.bytes_live(), deque.buffer_bytes());
/// # Ok::<(), exuvia_heap::OutOfMemory>(())
/// ```
pub struct HeapDeque<T> {
    /// The blocks in order. Exactly those that hold elements are there.
    map: HeapVec<Option<NonNull<T>>>,
    /// The place of the first element, counted from the beginning of the map's first block.
    start: usize,
    len: usize,
}

impl<T> HeapDeque<T> {
    const BLOCK_BYTES: usize = {
        assert!(size_of::<T>() > 0, "elements have a size");
        assert!(align_of::<T>() <= 8, "blocks are aligned to eight bytes");
        BLOCK * size_of::<T>()
    };

    /// An empty queue.
    pub const fn new() -> Self {
        Self {
            map: HeapVec::new(),
            start: 0,
            len: 0,
        }
    }

    /// How many elements there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many bytes map and blocks have: exactly what was asked of the heap.
    pub fn buffer_bytes(&self) -> usize {
        self.map.buffer_bytes() + self.block_count() * Self::BLOCK_BYTES
    }

    /// The number of blocks with elements.
    fn block_count(&self) -> usize {
        match self.len {
            0 => 0,
            len => (self.start + len - 1) / BLOCK - self.start / BLOCK + 1,
        }
    }

    /// Adds an element behind the last one. Amortized constant.
    ///
    /// # Errors
    /// Out of memory; the value is dropped and the queue unchanged.
    #[inline]
    pub fn push_back(&mut self, heap: &Heap, value: T) -> Result<(), OutOfMemory> {
        if self.len == 0 || (self.start + self.len).is_multiple_of(BLOCK) {
            self.reserve_back(heap)?;
        }
        let place = self.address(self.start + self.len);
        // SAFETY: the place is in a block and holds nothing.
        unsafe { place.write(value) };
        self.len += 1;
        Ok(())
    }

    /// Adds an element before the first one. Amortized constant.
    ///
    /// # Errors
    /// Out of memory; the value is dropped and the queue unchanged.
    #[inline]
    pub fn push_front(&mut self, heap: &Heap, value: T) -> Result<(), OutOfMemory> {
        if self.len == 0 || self.start.is_multiple_of(BLOCK) {
            self.reserve_front(heap)?;
        }
        let place = self.address(self.start - 1);
        // SAFETY: as in `push_back`.
        unsafe { place.write(value) };
        self.start -= 1;
        self.len += 1;
        Ok(())
    }

    /// Takes the first element out.
    #[inline]
    pub fn pop_front(&mut self) -> Option<T> {
        let len = self.len.checked_sub(1)?;
        let place = self.start;
        // SAFETY: the element is there, and no longer is when the queue is used again.
        let value = unsafe { self.address(place).read() };
        self.start += 1;
        self.len = len;
        if len == 0 || self.start.is_multiple_of(BLOCK) {
            self.release_block(place / BLOCK);
        }
        Some(value)
    }

    /// Takes the last element out.
    #[inline]
    pub fn pop_back(&mut self) -> Option<T> {
        let len = self.len.checked_sub(1)?;
        let place = self.start + len;
        // SAFETY: as in `pop_front`.
        let value = unsafe { self.address(place).read() };
        self.len = len;
        if len == 0 || place.is_multiple_of(BLOCK) {
            self.release_block(place / BLOCK);
        }
        Some(value)
    }

    /// The element at an index, counted from the front.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&T> {
        // SAFETY: the element is there and cannot go while the queue is borrowed.
        (index < self.len).then(|| unsafe { self.address(self.start + index).as_ref() })
    }

    /// The element at an index, to be changed.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        // SAFETY: the element is there, and the queue is borrowed exclusively.
        (index < self.len).then(|| unsafe { self.address(self.start + index).as_mut() })
    }

    /// Exchanges two elements.
    ///
    /// # Panics
    /// If one of them is not there.
    pub fn swap(&mut self, a: usize, b: usize) {
        assert!(
            a < self.len && b < self.len,
            "{a}, {b} of {} elements",
            self.len
        );
        let (a, b) = (self.address(self.start + a), self.address(self.start + b));
        // SAFETY: both elements are there; swapping one with itself changes nothing.
        unsafe { a.swap(b) };
    }

    /// If there is one element, moves it to the beginning of its block: for a queue that is going to grow at the back.
    pub fn face_back(&mut self) {
        self.move_single(0);
    }

    /// If there is one element, moves it to the end of its block: for a queue that is going to grow at the front.
    pub fn face_front(&mut self) {
        self.move_single(BLOCK - 1);
    }

    fn move_single(&mut self, place_in_block: usize) {
        if self.len == 1 {
            let place = self.start / BLOCK * BLOCK + place_in_block;
            let (from, to) = (self.address(self.start), self.address(place));
            // SAFETY: both places lie in the same block, and only the first holds an element.
            unsafe { to.copy_from(from, 1) };
            self.start = place;
        }
    }

    /// Puts an element before the one at `index`, or at the end. Moves those on the shorter side.
    ///
    /// # Errors
    /// Out of memory; the value is dropped and the queue unchanged.
    ///
    /// # Panics
    /// If `index` is greater than the length.
    pub fn insert(&mut self, heap: &Heap, index: usize, value: T) -> Result<(), OutOfMemory> {
        assert!(index <= self.len, "index {index} of {} elements", self.len);
        if index < self.len / 2 {
            self.push_front(heap, value)?;
            (0..index).for_each(|place| self.swap(place, place + 1));
        } else {
            self.push_back(heap, value)?;
            (index + 1..self.len)
                .rev()
                .for_each(|place| self.swap(place, place - 1));
        }
        Ok(())
    }

    /// Takes the element at `index` out. Moves those on the shorter side.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        if index >= self.len {
            return None;
        }
        if index < self.len / 2 {
            (0..index)
                .rev()
                .for_each(|place| self.swap(place, place + 1));
            self.pop_front()
        } else {
            (index + 1..self.len).for_each(|place| self.swap(place, place - 1));
            self.pop_back()
        }
    }

    /// Moves the last `count` elements to the front, one after the other.
    ///
    /// # Errors
    /// Out of memory; some of them have been moved then, and none is lost.
    pub fn rotate_right(&mut self, heap: &Heap, count: usize) -> Result<(), OutOfMemory> {
        if self.len < 2 {
            return Ok(());
        }
        for _ in 0..count % self.len {
            if self.start.is_multiple_of(BLOCK) {
                self.reserve_front(heap)?;
            }
            if let Some(value) = self.pop_back() {
                self.push_front(heap, value)?;
            }
        }
        Ok(())
    }

    /// Moves the first `count` elements to the back, one after the other.
    ///
    /// # Errors
    /// As [`rotate_right`](Self::rotate_right).
    pub fn rotate_left(&mut self, heap: &Heap, count: usize) -> Result<(), OutOfMemory> {
        if self.len < 2 {
            return Ok(());
        }
        for _ in 0..count % self.len {
            if (self.start + self.len).is_multiple_of(BLOCK) {
                self.reserve_back(heap)?;
            }
            if let Some(value) = self.pop_front() {
                self.push_back(heap, value)?;
            }
        }
        Ok(())
    }

    /// The queue as it is; an empty one stays behind.
    pub fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// The elements, in pieces that lie next to each other.
    pub fn chunks(&self) -> impl Iterator<Item = &[T]> {
        let end = self.start + self.len;
        let mut place = self.start;
        std::iter::from_fn(move || {
            if place == end {
                return None;
            }
            let stop = end.min((place / BLOCK + 1) * BLOCK);
            // SAFETY: the places up to `stop` lie in one block, and each holds an element.
            let chunk =
                unsafe { std::slice::from_raw_parts(self.address(place).as_ptr(), stop - place) };
            place = stop;
            Some(chunk)
        })
    }

    /// The elements from first to last.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks().flatten()
    }

    /// Where a place is in memory; its block must be there.
    #[inline]
    fn address(&self, place: usize) -> NonNull<T> {
        let block = self.map[place / BLOCK].expect("a block for each place in use");
        // SAFETY: a block has that many places.
        unsafe { block.add(place % BLOCK) }
    }

    /// Provides a block for the place behind the last element.
    #[cold]
    fn reserve_back(&mut self, heap: &Heap) -> Result<(), OutOfMemory> {
        if self.len == 0 {
            self.make_first_map(heap)?;
        } else if self.start + self.len == self.map.len() * BLOCK {
            self.make_room(heap)?;
        }
        self.provide_block(heap, (self.start + self.len) / BLOCK)
    }

    /// Provides a block for the place before the first element.
    #[cold]
    fn reserve_front(&mut self, heap: &Heap) -> Result<(), OutOfMemory> {
        if self.len == 0 {
            self.make_first_map(heap)?;
        } else if self.start == 0 {
            self.make_room(heap)?;
        }
        self.provide_block(heap, (self.start - 1) / BLOCK)
    }

    fn provide_block(&mut self, heap: &Heap, index: usize) -> Result<(), OutOfMemory> {
        if self.map[index].is_none() {
            let block = heap.allocate(Kind::Buffer, Self::BLOCK_BYTES)?;
            self.map[index] = Some(block.cast());
        }
        Ok(())
    }

    fn make_first_map(&mut self, heap: &Heap) -> Result<(), OutOfMemory> {
        if self.map.is_empty() {
            self.map = HeapVec::from_elements(heap, [None; FIRST_MAP])?;
        }
        self.start = self.map.len() / 2 * BLOCK + MIDDLE;
        Ok(())
    }

    /// Makes room in the map at both ends.
    fn make_room(&mut self, heap: &Heap) -> Result<(), OutOfMemory> {
        let used = self.block_count();
        let wanted = used + used / 2 + FIRST_MAP;
        if self.map.len() < wanted {
            let more = wanted - self.map.len();
            self.map.reserve_exact(heap, more)?;
            self.map.extend(heap, std::iter::repeat_n(None, more))?;
        }
        let middle = (self.map.len() - used) / 2;
        self.move_map(middle);
        Ok(())
    }

    /// Moves the entries of the map that are used, so that the first of them lies at an index.
    fn move_map(&mut self, to: usize) {
        let from = self.start / BLOCK;
        // As a whole, so that a block provided for the next element comes along.
        if from < to {
            self.map.rotate_right(to - from);
        } else {
            self.map.rotate_left(from - to);
        }
        self.start = self.start % BLOCK + to * BLOCK;
    }

    /// Gives a block back that no element is in, and of the map what is far too much.
    #[cold]
    fn release_block(&mut self, index: usize) {
        if let Some(block) = self.map[index].take() {
            // SAFETY: the block is this queue's alone, with that size, and no element is in it.
            unsafe { Heap::release(block.cast(), Self::BLOCK_BYTES) };
        }
        let used = self.block_count();
        if self.len == 0 {
            self.map = HeapVec::new();
        } else if self.map.len() > 16 + 2 * used {
            self.move_map(FIRST_MAP / 2);
            self.map.truncate(used + FIRST_MAP);
            self.map.shrink_to_fit();
        }
    }
}

impl<T> Default for HeapDeque<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Drop for HeapDeque<T> {
    fn drop(&mut self) {
        while let Some(value) = self.pop_front() {
            drop(value);
        }
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for HeapDeque<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
