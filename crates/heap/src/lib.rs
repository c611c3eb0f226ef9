//! A private heap of arenas, pools and blocks, with exact accounting and an exact limit.
//!
//! It knows nothing of objects but their first two words, and nothing of Python.
//!
//! In reading order: [`Heap`] (allocate, release, resize), [`Kind`] (blocks that are never mixed), [`Walk`] (pools and
//! objects, all or the young ones), [`Side`] (numbers beside blocks), [`Observer`] (is told of allocations), [`Statistics`], [`Zeal`] (modes that make
//! mistakes show), [`HeapVec`] (an array on a heap), [`CountingAllocator`] (what everybody else allocates).
//!
//! ```
//! use exuvia_heap::{Config, Heap, Kind};
//!
//! let heap = Heap::new(Config { limit: Some(4 << 20), ..Config::default() });
//! let block = heap.allocate(Kind::Buffer, 100)?;
//! assert_eq!(heap.bytes_live(), 100);
//! assert!(heap.allocate(Kind::Buffer, 5 << 20).is_err());
//! // SAFETY: the block came from the heap, with this size, and is not used any more.
//! unsafe { Heap::release(block, 100) };
//! # Ok::<(), exuvia_heap::OutOfMemory>(())
//! ```
//!
//! An arena is 1 MiB of memory at a multiple of its size, a pool 16 KiB of it, with blocks of one kind and size.
//! A pool's header is found by masking a block's address, so a release looks nothing up; a release names the
//! block's size, so nothing is stored about it. (CPython 3.14 Objects/obmalloc.c has the same three levels.)
//!
//! What a wrong call can do: releasing a block twice, with another size, or writing beyond it damages this heap, and
//! with it whatever lies there; it cannot be told from a right call without [`Zeal`], which finds each of the three.
//!
//! Invariants; [`Heap::verify`] checks them under the same numbers:
//! - **H1** an arena is aligned to its size and names its heap; it is in the list of arenas with as many free pools;
//! - **H2** a pool is free, or has one kind, or lies inside a large block's run; memory is missing only from free
//!   pools, and from pages that no block in use touches;
//! - **H3** the free list, the dormant pages and the blocks in use share a pool's carved blocks among them; in pools
//!   of objects, the word where an object has its class is initialized in every carved block, and null in free ones;
//! - **H4** a pool's countdown is the number of releases until it has to change lists;
//! - **H5** a bin takes blocks from its attached pool and lists every other pool that has room, but for full ones
//!   that have not lost an eighth of their blocks yet;
//! - **H6** blocks found in use are blocks allocated minus blocks released, by kind, and hold the bytes asked for;
//! - **H7** a large block has as many pools or pages as it needs;
//! - **H8** what is committed and reserved is the sum over arenas, mappings and side arrays, and grows only within
//!   the limit;
//! - **H9** a pool of tracked objects that received a block in this epoch is young, and its arena is listed so;
//! - **H10** under [`Zeal`], fences and fillings are intact;
//! - **H11** releases into a pool with numbers of an observer take the slow path, and its free blocks have none.
#![allow(unsafe_code, reason = "an allocator hands out raw memory")]
#![warn(missing_docs)]

mod arena;
mod bins;
mod counting;
mod deque;
mod dormant;
mod heap;
mod large;
mod list;
mod observe;
mod os;
mod pool;
mod side;
mod size_class;
mod statistics;
mod vector;
mod verify;
mod walk;
mod zeal;

pub use counting::CountingAllocator;
pub use deque::HeapDeque;
pub use heap::{Config, Heap, Kind, OutOfMemory, OwnedHeap};
pub use observe::{Observation, Observed, Observer};
pub use side::Side;
pub use statistics::{ClassStatistics, KindStatistics, Statistics};
pub use vector::{HeapVec, IntoIter};
pub use verify::Violation;
pub use walk::{PoolFlag, PoolRef, Walk};
pub use zeal::{FILL_FENCE, FILL_NEW, FILL_RELEASED, FailAt, Zeal};
