//! A private heap: arenas, pools and blocks with exact accounting and an exact limit.
#![allow(unsafe_code, reason = "an allocator hands out raw memory")]
#![warn(missing_docs)]
#![allow(clippy::missing_safety_doc, missing_docs)]

use std::ptr::NonNull;

mod vector;
pub use vector::HeapVec;

/// Which pools a block comes from; never mixed inside one pool (D2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind { Tracked, Untracked, Buffer }

/// The heap could not give the memory asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

#[derive(Clone, Debug, Default)]
pub struct Config { pub limit: Option<usize> }

#[derive(Debug)]
pub struct Heap { _p: () }

impl Heap {
    pub fn new(_config: Config) -> Box<Heap> { unimplemented!() }
    #[inline]
    pub fn allocate(&self, _kind: Kind, _size: usize) -> Result<NonNull<u8>, OutOfMemory> { unimplemented!() }
    #[inline]
    pub unsafe fn release(_block: NonNull<u8>, _size: usize) { unimplemented!() }
    pub unsafe fn resize(_block: NonNull<u8>, _old: usize, _new: usize) -> Result<NonNull<u8>, OutOfMemory> { unimplemented!() }
    #[inline]
    pub unsafe fn of<'a>(_block: NonNull<u8>) -> &'a Heap { unimplemented!() }
    #[inline]
    pub fn user_data(&self) -> *const () { unimplemented!() }
    pub fn set_user_data(&self, _data: *const ()) { unimplemented!() }
}
