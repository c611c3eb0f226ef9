//! Allocation sites and traces: which line made what is alive. What `tracemalloc` is a face of; knows no Python.
//!
//! A trace is a number beside a block, not an entry in a table: the heap keeps the number of the *site* where a block
//! was allocated in an array beside its pool. A site is a chain of frames, interned, so that all allocations from the
//! same line, called in the same way, share one number. What a frame is, the host knows: the tracer compares keys.
//! File names and lines are worked out when somebody asks.
//!
//! In reading order: [`Tracer`] (start, stop, totals, traces), [`Host`] (what it has to know of running code), [`Mode`]
//! (all allocations, or one in so many bytes), [`Site`] and [`Place`] (what a trace tells).
//!
//! ```
//! use exuvia_heap::{Config, Heap, Kind};
//! use exuvia_tracing::{Mode, Place, Static, Tracer};
//!
//! let heap = Heap::new(Config::default());
//! let tracer = Tracer::start(&heap, Static, 1, Mode::Exact);
//! tracer.enter(Place { code: 7, position: 42 });
//! let block = heap.allocate(Kind::Buffer, 100)?;
//! assert_eq!(tracer.bytes_traced(), 100);
//! tracer.for_each_trace(&heap, |trace| {
//!     assert_eq!((trace.block, trace.size), (block, 100));
//!     assert_eq!(tracer.places(trace.site)[0].position, 42);
//! });
//! // SAFETY: the block came from the heap, with this size, and is not used any more.
//! unsafe { Heap::release(block, 100) };
//! assert_eq!((tracer.bytes_traced(), tracer.bytes_traced_peak()), (0, 100));
//! tracer.stop(&heap);
//! # Ok::<(), exuvia_heap::OutOfMemory>(())
//! ```
//!
//! Invariants; [`Tracer::verify`] checks them under the same numbers:
//! - **T1** every number beside a live block is that of a site;
//! - **T2** the traces that the heap shows add up to what the tracer counted, and to no more than lives on the heap;
//! - **T3** a site's chain has at most as many frames as asked for, and no more than ran; its callers are sites.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod chain;
mod host;
mod sampling;
mod tracer;
mod verify;

pub use chain::{Place, Site};
pub use host::{Host, Static};
pub use sampling::Mode;
pub use tracer::{SiteUsage, Trace, Tracer};
pub use verify::Violation;
