//! Where trial counts are kept: [`Beside`] the pools, or [`Inside`] the objects.
//!
//! Beside, in the side arrays of the pools, the counts of a large heap lie close together, and the objects themselves
//! are read twice but not written. Inside, the reference counts themselves are changed and put right again: no
//! memory is needed, and nothing is to be set up, which is best for few objects that lie in the cache, and when there
//! is no memory left.

use crate::incremental::is_candidate;
use exuvia_heap::{Heap, PoolRef, Side};
use exuvia_object::{Flags, Generation, Header, OutOfMemory};
use std::cell::Cell;
use std::ptr::NonNull;

/// The object is garbage, as far as is known, and one reference to it is ours.
pub(crate) const UNREACHABLE: Flags = Flags::MARK_A;
/// The object was reached from outside in this trial (inside counts).
pub(crate) const REACHED: Flags = Flags::MARK_C;
/// Its references have been followed as well (inside counts).
const SCANNED: Flags = Flags::MARK_D;
/// The object is on trial (inside counts).
const COLLECTED: Flags = Flags::MARK_E;

/// Something that each object of some pools has, somewhere.
pub(crate) trait Locate: Copy {
    /// Where it is for one object.
    type Number<'a>: Copy;

    /// The number of an object, if it may have one.
    ///
    /// # Safety
    /// `object` is alive, and the number is not used after its pool is closed.
    unsafe fn of<'a>(self, object: NonNull<Header>) -> Option<Self::Number<'a>>;

    /// The address of the number.
    fn address(number: Self::Number<'_>) -> *const u8;
}

/// A way to keep the trial counts of the objects of some pools.
pub(crate) trait Numbers: Locate {
    /// A pool and what is kept for it.
    type Pool<'w>;
    /// Whether the counts are needed for something else afterwards.
    const MUST_RESTORE: bool;
    /// Whether objects that were reached, but not put on the stack for lack of memory, can be found again.
    const FINDS_FORGOTTEN: bool;

    /// Sets the trial count of each collected object in a pool to its reference count; how many those are.
    ///
    /// # Errors
    /// No memory.
    fn open<'w>(self, pool: PoolRef<'w>) -> Result<(Self::Pool<'w>, usize), OutOfMemory>;

    /// Puts everything right again in a pool, and moves the reached objects on to a generation.
    fn close(self, pool: Self::Pool<'_>, next: Generation);

    /// Places in a pool where a collected object may be. Whether there is one, its number knows.
    fn slots<'p, 'w: 'p>(
        self,
        pool: &'p Self::Pool<'w>,
    ) -> impl Iterator<Item = (NonNull<Header>, Self::Number<'p>)>;

    /// Whether the object is collected.
    fn is_collected(self, number: Self::Number<'_>) -> bool;

    /// Whether the object is collected, not reached yet, and referred to from outside.
    fn is_root(self, number: Self::Number<'_>) -> bool;

    /// When everything that can be reached is: whether the object is collected and was not reached.
    fn is_unreachable(self, number: Self::Number<'_>) -> bool;

    /// Takes one from the trial count, if the object is collected.
    fn subtract(self, number: Self::Number<'_>);

    /// Notes that a root is reached.
    fn reach_root(self, number: Self::Number<'_>);

    /// Notes that the object is referred to by a reached one; whether it is collected and was not reached before.
    fn reach(self, number: Self::Number<'_>) -> bool;

    /// Notes that the references of a reached object are being followed.
    fn scan(self, header: &Header, next: Generation);

    /// Whether the object is reached but its references were not followed yet.
    fn is_forgotten(self, number: Self::Number<'_>) -> bool;

    /// Notes that the object is referred to by an unreachable one, once that is settled.
    fn restore(self, number: Self::Number<'_>);
}

/// Counts in the side arrays of the pools.
///
/// ```text
/// 0                     not collected: free, untracked, older, permanent (or in a pool without an array)
/// 1                     trial count 0: no reference from outside found
/// 1 + n, below 2^31     trial count n
/// 2^31                  reached from outside
/// ```
#[derive(Clone, Copy)]
pub(crate) struct Beside {
    pub(crate) generation: Generation,
}

impl Beside {
    const NOT_COLLECTED: u32 = 0;
    const ZERO: u32 = 1;
    const REACHED: u32 = 1 << 31;
    /// Objects with so many references, and immortal ones, count as referred to from outside.
    const MANY: u32 = Self::REACHED - 1;
}

/// A pool's blocks with their trial numbers.
pub(crate) struct Numbered<'w> {
    pool: PoolRef<'w>,
    numbers: &'w [Cell<u32>],
}

/// The blocks of a pool in which there may be objects.
#[inline]
pub(crate) fn blocks(pool: &PoolRef<'_>) -> impl Iterator<Item = NonNull<Header>> {
    let first = pool.first_slot().cast::<Header>();
    let step = pool.block_size();
    // SAFETY: the pool has that many blocks.
    (0..pool.slots()).map(move |index| unsafe { first.byte_add(index * step) })
}

/// The header of the object in a block, if there is one.
///
/// # Safety
/// `block` is one of [`blocks`].
#[inline]
pub(crate) unsafe fn object_in<'a>(block: NonNull<Header>) -> Option<&'a Header> {
    // SAFETY: H3: a block with a class is a live object; in a free one, the class may be read.
    unsafe {
        if Header::is_object(block) {
            Some(block.as_ref())
        } else {
            None
        }
    }
}

#[inline]
fn is_tracked_up_to(header: &Header, generation: Generation) -> bool {
    header.has(Flags::TRACKED) && header.generation() <= generation
}

impl Locate for Beside {
    type Number<'a> = &'a Cell<u32>;

    #[inline]
    unsafe fn of<'a>(self, object: NonNull<Header>) -> Option<&'a Cell<u32>> {
        // SAFETY: an object is a block of a heap; the array stays until the pool is closed.
        unsafe { Heap::side(object.cast(), Side::Collector) }
    }

    #[inline]
    fn address(number: &Cell<u32>) -> *const u8 {
        number.as_ptr().cast()
    }
}

impl Numbers for Beside {
    type Pool<'w> = Numbered<'w>;
    const MUST_RESTORE: bool = false;
    // The trial is repeated with counts inside.
    const FINDS_FORGOTTEN: bool = false;

    fn open<'w>(self, pool: PoolRef<'w>) -> Result<(Numbered<'w>, usize), OutOfMemory> {
        let numbers = pool.make_side(Side::Collector)?;
        let mut collected = 0;
        for (block, number) in blocks(&pool).zip(numbers) {
            // SAFETY: a block of the pool.
            let Some(header) = (unsafe { object_in(block) }) else {
                continue;
            };
            if is_tracked_up_to(header, self.generation) {
                debug_assert_ne!(header.count(), 0, "C2");
                number.set(header.count().min(Self::MANY - 1) + 1);
                collected += 1;
            }
        }
        Ok((Numbered { pool, numbers }, collected))
    }

    fn close(self, pool: Numbered<'_>, _: Generation) {
        // SAFETY: numbers are not used after their pool is closed.
        unsafe { pool.pool.drop_side(Side::Collector) };
    }

    #[inline]
    fn slots<'p, 'w: 'p>(
        self,
        pool: &'p Numbered<'w>,
    ) -> impl Iterator<Item = (NonNull<Header>, &'p Cell<u32>)> {
        blocks(&pool.pool).zip(pool.numbers)
    }

    #[inline]
    fn is_collected(self, number: &Cell<u32>) -> bool {
        number.get() != Self::NOT_COLLECTED
    }

    #[inline]
    fn is_root(self, number: &Cell<u32>) -> bool {
        Self::ZERO < number.get() && number.get() < Self::REACHED
    }

    #[inline]
    fn is_unreachable(self, number: &Cell<u32>) -> bool {
        number.get() == Self::ZERO
    }

    #[inline]
    fn subtract(self, number: &Cell<u32>) {
        let value = number.get();
        debug_assert_ne!(value, Self::ZERO, "O2: more references than counted");
        if Self::ZERO < value && value < Self::MANY {
            number.set(value - 1);
        }
    }

    #[inline]
    fn reach_root(self, number: &Cell<u32>) {
        number.set(Self::REACHED);
    }

    #[inline]
    fn reach(self, number: &Cell<u32>) -> bool {
        let is_new = Self::NOT_COLLECTED < number.get() && number.get() < Self::REACHED;
        if is_new {
            number.set(Self::REACHED);
        }
        is_new
    }

    #[inline]
    fn scan(self, header: &Header, next: Generation) {
        if header.generation() != next {
            // SAFETY: every collection finds objects of the next generation in pools of this age.
            unsafe { header.set_generation(next) };
        }
    }

    fn is_forgotten(self, _: &Cell<u32>) -> bool {
        false
    }

    fn restore(self, _: &Cell<u32>) {}
}

/// Counts in the objects: the reference counts themselves.
///
/// What is subtracted is added again when the reference is visited for the second time: as that of a reached object, or
/// as that of an unreachable one, in the end. So all is as before when each collected object was visited twice.
#[derive(Clone, Copy)]
pub(crate) struct Inside {
    /// What is collected.
    population: Population,
    /// The flag that collected objects have.
    mark: Flags,
}

/// What is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Population {
    /// Tracked objects of this generation and younger ones.
    UpTo(Generation),
    /// Tracked objects of the younger generations, and old candidates for garbage.
    WithCandidates,
}

impl Population {
    fn contains(self, header: &Header, number: Option<&Cell<u32>>) -> bool {
        match self {
            Self::UpTo(generation) => is_tracked_up_to(header, generation),
            Self::WithCandidates => {
                is_tracked_up_to(header, Generation::Middle)
                    || (is_tracked_up_to(header, Generation::Old)
                        && number.is_some_and(|number| is_candidate(number.get())))
            }
        }
    }
}

impl Inside {
    /// Counts for a trial of pools.
    pub(crate) fn new(population: Population) -> Self {
        Self {
            population,
            mark: COLLECTED,
        }
    }

    /// Counts for a second trial of what is known to be unreachable; no pool is opened for it.
    pub(crate) fn unreachable() -> Self {
        Self {
            population: Population::UpTo(Generation::Old),
            mark: UNREACHABLE,
        }
    }
}

impl Locate for Inside {
    type Number<'a> = &'a Header;

    #[inline]
    unsafe fn of<'a>(self, object: NonNull<Header>) -> Option<&'a Header> {
        // SAFETY: the object is alive, and stays as long as the trial lasts.
        Some(unsafe { object.as_ref() })
    }

    #[inline]
    fn address(number: &Header) -> *const u8 {
        std::ptr::from_ref(number).cast()
    }
}

impl Numbers for Inside {
    type Pool<'w> = PoolRef<'w>;
    const MUST_RESTORE: bool = true;
    const FINDS_FORGOTTEN: bool = true;

    fn open<'w>(self, pool: PoolRef<'w>) -> Result<(PoolRef<'w>, usize), OutOfMemory> {
        let numbers = pool.side(Side::Collector).unwrap_or_default();
        let mut collected = 0;
        for (index, block) in blocks(&pool).enumerate() {
            // SAFETY: a block of the pool.
            let Some(header) = (unsafe { object_in(block) }) else {
                continue;
            };
            if self.population.contains(header, numbers.get(index)) {
                debug_assert_ne!(header.count(), 0, "C2");
                // SAFETY: the marks are ours.
                unsafe { header.set_flag(self.mark) };
                collected += 1;
            }
        }
        Ok((pool, collected))
    }

    fn close(self, pool: PoolRef<'_>, next: Generation) {
        // Where the slices of the old generation keep numbers, an object that comes to it must not find one of an
        // earlier object in its place.
        let numbers = pool
            .side(Side::Collector)
            .filter(|_| next == Generation::Old);
        for (object, header) in self.slots(&pool) {
            let is_promoted = header.has(REACHED) && header.generation() != next;
            // SAFETY: the marks are ours; every collection finds objects of the next generation in pools of this age.
            unsafe {
                header.unset_flag(COLLECTED | REACHED | SCANNED);
                if is_promoted {
                    header.set_generation(next);
                }
            }
            if let Some(numbers) = numbers.filter(|_| is_promoted) {
                numbers[pool.index_of(object.cast())].set(0);
            }
        }
    }

    #[inline]
    fn slots<'p, 'w: 'p>(
        self,
        pool: &'p PoolRef<'w>,
    ) -> impl Iterator<Item = (NonNull<Header>, &'p Header)> {
        // SAFETY: blocks of the pool.
        blocks(pool).filter_map(|block| unsafe { Some((block, object_in(block)?)) })
    }

    #[inline]
    fn is_collected(self, header: &Header) -> bool {
        header.has(self.mark)
    }

    #[inline]
    fn is_root(self, header: &Header) -> bool {
        header.count() != 0 && self.is_unreachable(header)
    }

    #[inline]
    fn is_unreachable(self, header: &Header) -> bool {
        self.is_collected(header) && !header.has(REACHED)
    }

    #[inline]
    fn subtract(self, header: &Header) {
        if self.is_collected(header) && !header.is_immortal() {
            debug_assert_ne!(header.count(), 0, "O2: more references than counted");
            // SAFETY: put right when the reference is visited for the second time.
            unsafe { header.set_count(header.count().wrapping_sub(1)) };
        }
    }

    #[inline]
    fn reach_root(self, header: &Header) {
        // SAFETY: the marks are ours.
        unsafe { header.set_flag(REACHED) };
    }

    #[inline]
    fn reach(self, header: &Header) -> bool {
        if !self.is_collected(header) {
            return false;
        }
        self.restore(header);
        let is_new = !header.has(REACHED);
        self.reach_root(header);
        is_new
    }

    #[inline]
    fn scan(self, header: &Header, _: Generation) {
        // SAFETY: the marks are ours.
        unsafe { header.set_flag(SCANNED) };
    }

    fn is_forgotten(self, header: &Header) -> bool {
        header.has(REACHED) && !header.has(SCANNED)
    }

    #[inline]
    fn restore(self, header: &Header) {
        if self.is_collected(header) && !header.is_immortal() {
            // SAFETY: this is the second visit of a reference, whose first took one away.
            unsafe { header.set_count(header.count().wrapping_add(1)) };
        }
    }
}
