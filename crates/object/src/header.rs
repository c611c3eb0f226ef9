//! The 16 bytes that every object begins with.

use crate::Class;
use std::cell::Cell;
use std::ops::BitOr;
use std::ptr::NonNull;

/// What an immortal object's count reads: the sign bit is the test, the next bit keeps stray decrements
/// from clearing it. The value is CPython 3.14's (PEP 683).
pub const IMMORTAL_COUNT: u32 = 0xC000_0000;

/// The header of every object.
///
/// ```text
/// offset 0   count  u32   references; top bit set = immortal (saturating: 2^31 references make immortal)
/// offset 4   bits   u32   see `Flags`: generation 0–1, flags 2–10, birth 11–23, host byte 24–31
/// offset 8   class  ptr   how to size, visit and drop the object; null only in a free block
/// ```
#[repr(C)]
#[derive(Debug)]
pub struct Header {
    pub(crate) count: Cell<u32>,
    pub(crate) bits: Cell<u32>,
    pub(crate) class: Cell<Option<NonNull<Class>>>,
}

const _: () = assert!(size_of::<Header>() == 16);

/// Which part of the heap the collector counts an object to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Generation {
    /// Allocated since the last collection.
    Young = 0,
    /// Survived one.
    Middle = 1,
    /// Survived a collection of the middle generation.
    Old = 2,
    /// Frozen: no collection looks at it (`gc.freeze`).
    Permanent = 3,
}

/// The single-bit flags in [`Header::bits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub(crate) u32);

impl Flags {
    /// The two bits of the generation.
    pub(crate) const GENERATION: u32 = 0b11;
    /// The cycle collector looks at this object.
    pub const TRACKED: Flags = Flags(1 << 2);
    /// Its finalizer has run; it will not run again (PEP 442).
    pub const FINALIZED: Flags = Flags(1 << 3);
    /// The space's weak table has an entry for it.
    pub const HAS_WEAK: Flags = Flags(1 << 4);
    /// It is set aside, waiting for its finalizer ([`crate::Space::take_pending`]).
    pub const PENDING: Flags = Flags(1 << 5);
    /// For the collector's phases; meaning defined there.
    pub const MARK_A: Flags = Flags(1 << 6);
    /// For the collector's phases; meaning defined there.
    pub const MARK_B: Flags = Flags(1 << 7);
    /// For the collector's phases; meaning defined there.
    pub const MARK_C: Flags = Flags(1 << 8);
    /// For the collector's phases; meaning defined there.
    pub const MARK_D: Flags = Flags(1 << 9);
    /// For the collector's phases; meaning defined there.
    pub const MARK_E: Flags = Flags(1 << 10);
}

/// Where in the bits the birth is.
const BIRTH_SHIFT: u32 = 11;
const BIRTH_MASK: u32 = (1 << Header::BIRTH_BITS) - 1;

impl BitOr for Flags {
    type Output = Self;

    /// All flags of both.
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Header {
    /// A header with one reference, young, with the flags given.
    pub(crate) fn new(class: NonNull<Class>, bits: u32) -> Self {
        Self {
            count: Cell::new(1),
            bits: Cell::new(bits),
            class: Cell::new(Some(class)),
        }
    }

    /// How many bits of a tracked object's number in the order of births are kept.
    pub const BIRTH_BITS: u32 = 13;

    /// The bits of a new tracked object, of which so many have been allocated.
    #[inline(always)]
    pub(crate) fn tracked_bits(allocated: usize) -> u32 {
        Flags::TRACKED.0 | (allocated as u32 & BIRTH_MASK) << BIRTH_SHIFT
    }

    /// The low bits of a tracked object's number in the order of births: enough to order those born near each other.
    #[inline]
    pub fn birth(&self) -> u32 {
        self.bits.get() >> BIRTH_SHIFT & BIRTH_MASK
    }

    /// The number of references; [`IMMORTAL_COUNT`] or above means immortal.
    #[inline]
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// Whether the object is never freed by its count.
    #[inline]
    pub fn is_immortal(&self) -> bool {
        self.count.get().cast_signed() < 0
    }

    /// Makes the object immortal: its count stands still from now on.
    pub fn make_immortal(&self) {
        self.count.set(IMMORTAL_COUNT);
    }

    #[inline]
    pub(crate) fn change(&self, flag: Flags, is_set: bool) {
        let others = self.bits.get() & !flag.0;
        self.bits.set(if is_set { others | flag.0 } else { others });
    }

    #[inline]
    pub(crate) fn increment(&self) {
        let count = self.count.get();
        // Adding one to 2^31 - 1 sets the sign bit, which is what immortal means: the count saturates.
        if count.cast_signed() >= 0 {
            self.count.set(count + 1);
        }
    }

    /// Whether there is an object in a block: whether it has a class.
    ///
    /// # Safety
    /// `block` is a block in which objects are allocated; it may be free.
    #[inline]
    pub unsafe fn is_object(block: NonNull<Self>) -> bool {
        // SAFETY: the word where an object has its class can be read even in a free block (H3 of the heap).
        unsafe { (&raw const (*block.as_ptr()).class).read().get().is_some() }
    }

    /// How to size, visit and drop the object.
    #[inline]
    pub fn class(&self) -> &Class {
        // SAFETY: O1: the class pointer of a live object is not null, and the class outlives the object
        // (it is static, or the object counts a reference to what owns it).
        unsafe { self.class.get().unwrap_unchecked().as_ref() }
    }

    /// The address of the class, for comparison.
    #[inline]
    pub fn class_ptr(&self) -> NonNull<Class> {
        // SAFETY: O1.
        unsafe { self.class.get().unwrap_unchecked() }
    }

    /// Changes the class.
    ///
    /// # Safety
    /// 1. The new class must describe the object as it is: same payload type, same layout.
    /// 2. The caller settles the references that objects hold to the owners of counted classes.
    pub unsafe fn set_class(&self, class: NonNull<Class>) {
        self.class.set(Some(class));
    }

    /// Whether a flag, or one of several, is set.
    #[inline]
    pub fn has(&self, flag: Flags) -> bool {
        self.bits.get() & flag.0 != 0
    }

    /// Sets a flag that belongs to the host: [`Flags::FINALIZED`].
    ///
    /// # Panics
    /// For any other flag.
    #[inline]
    pub fn set(&self, flag: Flags) {
        assert!(
            flag == Flags::FINALIZED,
            "this flag is not the host's to set"
        );
        self.bits.set(self.bits.get() | flag.0);
    }

    /// Sets a flag.
    ///
    /// # Safety
    /// The flag says what is true: [`Flags::HAS_WEAK`] and [`Flags::PENDING`] are this crate's, the marks are the
    /// collector's between two of its phases, and [`Flags::TRACKED`] is for objects in pools of tracked ones, which
    /// the collector will find by their generation.
    #[inline]
    pub unsafe fn set_flag(&self, flag: Flags) {
        self.bits.set(self.bits.get() | flag.0);
    }

    /// Clears a flag.
    ///
    /// # Safety
    /// As for [`set_flag`](Self::set_flag).
    #[inline]
    pub unsafe fn unset_flag(&self, flag: Flags) {
        self.bits.set(self.bits.get() & !flag.0);
    }

    /// Takes the object out of the collector's sight: it and what it refers to will live until its count ends.
    #[inline]
    pub fn untrack(&self) {
        self.bits.set(self.bits.get() & !Flags::TRACKED.0);
    }

    /// The generation the object is in.
    #[inline]
    pub fn generation(&self) -> Generation {
        match self.bits.get() & Flags::GENERATION {
            0 => Generation::Young,
            1 => Generation::Middle,
            2 => Generation::Old,
            _ => Generation::Permanent,
        }
    }

    /// Moves the object to another generation.
    ///
    /// # Safety
    /// For the collector, which must find the object there.
    #[inline]
    pub unsafe fn set_generation(&self, generation: Generation) {
        self.bits
            .set(self.bits.get() & !Flags::GENERATION | generation as u32);
    }

    /// All 32 bits for the collector, the host byte included.
    #[inline]
    pub fn bits(&self) -> u32 {
        self.bits.get()
    }

    /// Replaces all 32 bits.
    ///
    /// # Safety
    /// As for [`set_flag`](Self::set_flag).
    #[inline]
    pub unsafe fn set_bits(&self, bits: u32) {
        self.bits.set(bits);
    }

    /// One byte that belongs to the host: what it means is up to the class.
    #[inline]
    pub fn host_byte(&self) -> u8 {
        (self.bits.get() >> 24) as u8
    }

    /// Sets the host's byte.
    #[inline]
    pub fn set_host_byte(&self, byte: u8) {
        self.bits
            .set(self.bits.get() & 0x00FF_FFFF | u32::from(byte) << 24);
    }

    /// Links a dead object to another through its count and the bits below the host byte.
    ///
    /// Objects lie at multiples of eight below 2^59, so 56 bits hold an address. The host byte stays: what
    /// drops the object may need it.
    pub(crate) fn link(&self, next: Option<NonNull<Header>>) {
        let link = next.map_or(0, |next| next.expose_provenance().get() as u64 >> 3);
        debug_assert!(link < 1 << 56);
        self.count.set(link as u32);
        self.bits
            .set(self.bits.get() & 0xFF00_0000 | (link >> 32) as u32);
    }

    /// What a dead object is linked to.
    pub(crate) fn linked(&self) -> Option<NonNull<Header>> {
        let link = u64::from(self.bits.get() & 0x00FF_FFFF) << 32 | u64::from(self.count.get());
        NonNull::new(std::ptr::with_exposed_provenance_mut((link << 3) as usize))
    }

    /// Replaces the count; for the collector and for [`crate::Space`] only, which keep O2.
    ///
    /// # Safety
    /// O2 must hold again before any handle to the object is dropped.
    #[inline]
    pub unsafe fn set_count(&self, count: u32) {
        self.count.set(count);
    }
}
