//! Allocation sites and traces: what `tracemalloc` will be a face of.
//!
//! Nothing is traced yet; the crate marks the place in the order of layers, between the heap and the virtual machine.

#![forbid(unsafe_code)]
