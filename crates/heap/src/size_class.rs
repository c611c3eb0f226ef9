//! Size classes: which block size serves a request, chosen at compile time where the request is constant.
//!
//! Steps of 8 bytes up to 128, of 16 up to 512; above, the sizes that divide a pool into a whole number of
//! blocks, so that a class wastes at most what lies between it and the next (a sixteenth at 1 KiB, a third
//! at 8 KiB).

/// Bytes in a pool; pools are aligned to their size.
pub(crate) const POOL_SIZE: usize = 16 << 10;
/// Bytes in an arena; arenas are aligned to their size.
pub(crate) const ARENA_SIZE: usize = 1 << 20;
/// Pools in an arena.
pub(crate) const POOLS: usize = ARENA_SIZE / POOL_SIZE;
/// The largest request that shares a pool with others; above it a block has pools of its own.
pub(crate) const SMALL_MAX: usize = POOL_SIZE / 2;
/// The smallest request that gets a mapping of its own.
pub(crate) const HUGE_MIN: usize = 512 << 10;
/// How many size classes there are.
pub(crate) const CLASSES: usize = 62;

/// Into how many blocks the classes above 512 bytes divide a pool.
const DIVISORS: [usize; 22] = [
    30, 28, 26, 24, 22, 20, 18, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2,
];

/// Block size in bytes of every class.
pub(crate) static SIZES: [u16; CLASSES] = sizes();
/// For every class the number that divides an offset in a pool by its size: `(offset * r) >> 32`.
pub(crate) static RECIPROCALS: [u32; CLASSES] = reciprocals();
static CLASS_OF: [u8; SMALL_MAX / 8 + 1] = class_of();

const fn sizes() -> [u16; CLASSES] {
    let mut sizes = [0; CLASSES];
    let mut i = 0;
    while i < CLASSES {
        let size = if i < 16 {
            8 * (i + 1)
        } else if i < 40 {
            128 + 16 * (i - 15)
        } else {
            POOL_SIZE / DIVISORS[i - 40] / 8 * 8
        };
        sizes[i] = size as u16;
        i += 1;
    }
    sizes
}

const fn reciprocals() -> [u32; CLASSES] {
    let sizes = sizes();
    let mut reciprocals = [0; CLASSES];
    let mut i = 0;
    while i < CLASSES {
        reciprocals[i] = (1_u64 << 32).div_ceil(sizes[i] as u64) as u32;
        i += 1;
    }
    reciprocals
}

const fn class_of() -> [u8; SMALL_MAX / 8 + 1] {
    let sizes = sizes();
    let mut table = [0; SMALL_MAX / 8 + 1];
    let mut class = 0;
    let mut words = 0;
    while words < table.len() {
        if words * 8 > sizes[class] as usize {
            class += 1;
        }
        table[words] = class as u8;
        words += 1;
    }
    table
}

/// A size class: an index into the table of block sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SizeClass(u8);

impl SizeClass {
    /// The class that serves `size` bytes, which must be at most [`SMALL_MAX`].
    #[inline(always)]
    pub(crate) fn of(size: usize) -> Self {
        debug_assert!(size <= SMALL_MAX);
        // SAFETY: the table has an entry for every multiple of eight up to SMALL_MAX.
        Self(unsafe { *CLASS_OF.get_unchecked((size + 7) >> 3) })
    }

    /// Every class, smallest first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..CLASSES as u8).map(Self)
    }

    /// The class with the index given, as stored in a pool's header.
    #[inline(always)]
    pub(crate) fn from_index(index: u8) -> Self {
        debug_assert!(usize::from(index) < CLASSES);
        Self(index)
    }

    #[inline(always)]
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Bytes in a block of the class.
    #[inline]
    pub(crate) fn block_size(self) -> usize {
        usize::from(SIZES[self.index()])
    }

    /// The requests that the class serves, in words of eight bytes.
    pub(crate) fn words(self) -> std::ops::Range<usize> {
        let smaller = match self.index() {
            0 => 0,
            index => usize::from(SIZES[index - 1]) / 8 + 1,
        };
        smaller..self.block_size() / 8 + 1
    }

    /// Which block of a pool the byte `offset` lies in, counted from the pool's first block.
    #[inline]
    pub(crate) fn block_index(self, offset: usize) -> usize {
        ((offset as u64 * u64::from(RECIPROCALS[self.index()])) >> 32) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_gets_the_smallest_class_that_holds_it() {
        for size in 0..=SMALL_MAX {
            let class = SizeClass::of(size);
            assert!(
                class.block_size() >= size,
                "{size} in {}",
                class.block_size()
            );
            if class.index() > 0 {
                assert!(usize::from(SIZES[class.index() - 1]) < size.max(1));
            }
        }
        assert_eq!(usize::from(SIZES[CLASSES - 1]), SMALL_MAX);
    }

    #[test]
    fn the_words_of_all_classes_are_all_words() {
        let words: Vec<usize> = SizeClass::all().flat_map(SizeClass::words).collect();
        assert!(words.into_iter().eq(0..=SMALL_MAX / 8));
        assert!(
            SizeClass::all()
                .all(|class| { class.words().all(|words| SizeClass::of(8 * words) == class) })
        );
    }

    #[test]
    fn classes_grow_and_are_multiples_of_eight() {
        assert!(SIZES.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(SIZES.iter().all(|size| size % 8 == 0));
    }

    #[test]
    fn a_block_is_found_from_any_byte_of_it() {
        for class in SizeClass::all() {
            let size = class.block_size();
            for offset in 0..POOL_SIZE {
                assert_eq!(
                    class.block_index(offset),
                    offset / size,
                    "{offset} / {size}"
                );
            }
        }
    }
}
