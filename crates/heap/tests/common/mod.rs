//! What the tests of the heap share: a model of what lives on a heap, and blocks that know what they hold.
#![allow(dead_code, reason = "not every test file needs all of it")]
#![allow(unsafe_code, reason = "blocks are raw memory")]

pub mod random;
pub mod steps;

use exuvia_heap::{Heap, Kind, OutOfMemory};
use std::ptr::NonNull;

/// A block with its contents: a pattern that depends on its seed.
#[derive(Debug)]
pub struct Block {
    pub kind: Kind,
    pub block: NonNull<u8>,
    pub size: usize,
    pub seed: u8,
}

/// Never dereferenced; only null or not matters.
const CLASS: *const () = std::ptr::without_provenance(0x1000);

impl Block {
    /// A new block, filled; an object gets a class.
    pub fn new(heap: &Heap, kind: Kind, size: usize, seed: u8) -> Result<Self, OutOfMemory> {
        let size = if kind == Kind::Buffer {
            size
        } else {
            size.max(16)
        };
        let block = heap.allocate(kind, size)?;
        assert_eq!(block.addr().get() % 8, 0);
        if kind != Kind::Buffer {
            // SAFETY: an object's second word is its class.
            let class = unsafe { block.add(8).cast::<*const ()>().read() };
            assert!(class.is_null(), "a new block is no object yet");
        }
        let block = Block {
            kind,
            block,
            size,
            seed,
        };
        block.fill(0);
        assert!(std::ptr::eq(block.heap(), heap));
        Ok(block)
    }

    fn header_len(&self) -> usize {
        if self.kind == Kind::Buffer { 0 } else { 16 }
    }

    fn byte(&self, offset: usize) -> u8 {
        (offset as u8).wrapping_mul(31).wrapping_add(self.seed)
    }

    fn fill(&self, from: usize) {
        // SAFETY: the block is ours and has that many bytes.
        unsafe {
            if self.kind != Kind::Buffer {
                self.block.cast::<u64>().write(1);
                self.block.add(8).cast::<*const ()>().write(CLASS);
            }
            for offset in samples(from.max(self.header_len()), self.size) {
                self.block.add(offset).write(self.byte(offset));
            }
        }
    }

    /// Asserts that the first `len` bytes hold what was written, of which only so much was as [`samples`] says.
    pub fn check(&self, len: usize) {
        for offset in samples(self.header_len(), self.size).take_while(|&offset| offset < len) {
            // SAFETY: the block is ours and has that many bytes.
            let byte = unsafe { self.block.add(offset).read() };
            assert_eq!(byte, self.byte(offset), "offset {offset} of {self:?}");
        }
    }

    pub fn heap(&self) -> &Heap {
        // SAFETY: the block lives.
        unsafe { Heap::of(self.block) }
    }

    pub fn resize(&mut self, size: usize) -> Result<(), OutOfMemory> {
        let size = if self.kind == Kind::Buffer {
            size
        } else {
            size.max(16)
        };
        // SAFETY: the block is ours.
        self.block = unsafe { Heap::resize(self.block, self.size, size)? };
        self.check(size.min(self.size));
        let old = std::mem::replace(&mut self.size, size);
        self.fill(old);
        Ok(())
    }

    pub fn release(self) {
        self.check(self.size);
        // SAFETY: the block is ours and not used any more.
        unsafe { Heap::release(self.block, self.size) };
    }
}

/// Offsets from `from` to `size` that are looked at: all in small blocks, one in every 251 in large ones.
fn samples(from: usize, size: usize) -> impl Iterator<Item = usize> {
    let dense = size.min(1024);
    let sparse = (dense.max(from).next_multiple_of(251)..size).step_by(251);
    (from..dense).chain(sparse)
}

/// Asserts that the heap counts and shows exactly these blocks.
pub fn assert_holds(heap: &Heap, blocks: &[Block]) {
    heap.verify().unwrap();
    for kind in Kind::ALL {
        let of_kind = || blocks.iter().filter(|block| block.kind == kind);
        assert_eq!(heap.blocks_live_of(kind), of_kind().count());
        assert_eq!(
            heap.bytes_live_of(kind),
            of_kind().map(|block| block.size).sum::<usize>()
        );
        if kind != Kind::Buffer {
            let mut found = vec![];
            heap.for_each_object(kind, |block| found.push(block));
            let mut expected: Vec<_> = of_kind().map(|block| block.block).collect();
            found.sort();
            expected.sort();
            assert_eq!(found, expected);
        }
    }
    assert!(heap.bytes_live() <= heap.bytes_committed());
    assert!(heap.bytes_committed() <= heap.bytes_reserved() + heap.statistics().bytes_side);
}

/// A small generator of numbers that look random, the same in every run.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        self.0 >> 33
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}
