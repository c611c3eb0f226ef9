//! Workloads for allocators: blocks, without any objects in them.

use crate::{Random, bytes_resident, median, ns_each};
use std::hint::black_box;

/// Something that gives out blocks. Every release names the size, for those that make use of it.
pub trait Allocator {
    /// A block of at least `size` bytes.
    fn allocate(&self, size: usize) -> *mut u8;

    /// Takes a block back.
    ///
    /// # Safety
    /// The block came from this with the size given, and is not used any more.
    unsafe fn release(&self, block: *mut u8, size: usize);

    /// A block with the contents of `block` and another size.
    ///
    /// # Safety
    /// The block came from this with the size `old`, and is not used any more.
    unsafe fn resize(&self, block: *mut u8, old: usize, new: usize) -> *mut u8;

    /// Gives back to the system what can be given back, as far as there is a call for it.
    fn trim(&self) {}
}

/// The sizes of the rows that measure one size at a time.
const SIZES: [usize; 4] = [16, 48, 128, 512];
/// Blocks in a batch.
const BATCH: usize = 1000;
/// Blocks that live while others come and go.
const LIVE: usize = 100_000;
/// How many blocks there are at the peak whose memory is then to be given back.
const PEAK: usize = 2_000_000;

/// The names of the workloads.
pub fn rows() -> Vec<String> {
    let mut rows = Vec::new();
    for pattern in ["pair", "lifo", "fifo"] {
        rows.extend(SIZES.map(|size| format!("{pattern}-{size}")));
    }
    rows.extend(
        [
            "churn",
            "new",
            "random-release",
            "grow",
            "keep",
            "keep-trim",
        ]
        .map(String::from),
    );
    rows
}

/// Runs a workload; nanoseconds for each operation, or MiB. `None`: no such workload.
pub fn run(row: &str, allocator: &impl Allocator) -> Option<f64> {
    let (pattern, size) = row.split_once('-').unwrap_or((row, ""));
    let size = size.parse::<usize>();
    let work = || match (pattern, &size) {
        ("pair", &Ok(size)) => pair(allocator, size),
        ("lifo", &Ok(size)) => batches(allocator, size, true),
        ("fifo", &Ok(size)) => batches(allocator, size, false),
        _ => f64::NAN,
    };
    Some(match row {
        "churn" => churn(allocator),
        "new" => fresh(allocator).0,
        "random-release" => fresh(allocator).1,
        "grow" => median((0..5).map(|_| grow(allocator)).collect()),
        "keep" => keep(allocator, false),
        "keep-trim" => keep(allocator, true),
        _ if !rows().iter().any(|known| known == row) => return None,
        _ => median((0..5).map(|_| work()).collect()),
    })
}

/// A block, as somebody has it who writes to it.
#[inline(always)]
fn touched(allocator: &impl Allocator, size: usize) -> *mut u8 {
    let block = black_box(allocator.allocate(size));
    // SAFETY: a block of at least a byte.
    unsafe { block.write(1) };
    block
}

/// Allocate and release one block.
fn pair(allocator: &impl Allocator, size: usize) -> f64 {
    const COUNT: usize = 2_000_000;
    ns_each(COUNT, || {
        for _ in 0..COUNT {
            let size = black_box(size);
            let block = touched(allocator, size);
            // SAFETY: just allocated.
            unsafe { allocator.release(block, size) };
        }
    })
}

/// Allocate a thousand blocks, then release them.
fn batches(allocator: &impl Allocator, size: usize, is_last_first: bool) -> f64 {
    const BATCHES: usize = 2000;
    let mut blocks = Vec::with_capacity(BATCH);
    ns_each(BATCHES * BATCH, || {
        for _ in 0..BATCHES {
            let size = black_box(size);
            blocks.extend((0..BATCH).map(|_| touched(allocator, size)));
            // SAFETY: each was allocated above, and is released once.
            let release = |block| unsafe { allocator.release(block, size) };
            if is_last_first {
                blocks.drain(..).rev().for_each(release);
            } else {
                blocks.drain(..).for_each(release);
            }
        }
    })
}

/// Sizes of 16 to 512 bytes, small ones far more often.
fn skewed_size(random: &mut Random) -> usize {
    let most = 16 << random.below(6);
    8 + 8 * (1 + random.below(most / 8 - 1).min(most / 8 - 1))
}

/// With 100,000 live blocks of skewed sizes: release one at random, allocate another.
fn churn(allocator: &impl Allocator) -> f64 {
    const COUNT: usize = 2_000_000;
    let mut random = Random::new(1);
    let mut slots: Vec<(*mut u8, usize)> = (0..LIVE)
        .map(|_| {
            let size = skewed_size(&mut random);
            (touched(allocator, size), size)
        })
        .collect();
    let steps: Vec<(u32, u32)> = (0..COUNT)
        .map(|_| (random.below(LIVE) as u32, skewed_size(&mut random) as u32))
        .collect();
    let mut run = || {
        ns_each(COUNT, || {
            for &(index, size) in &steps {
                let slot = &mut slots[index as usize];
                // SAFETY: each slot holds a block with its size.
                unsafe { allocator.release(slot.0, slot.1) };
                *slot = (touched(allocator, size as usize), size as usize);
            }
        })
    };
    median((0..5).map(|_| run()).collect())
}

/// Three million new blocks of 48 bytes, and their release in random order.
fn fresh(allocator: &impl Allocator) -> (f64, f64) {
    const COUNT: usize = 3_000_000;
    let order = Random::new(2).permutation(COUNT);
    let mut blocks = Vec::with_capacity(COUNT);
    let allocate = ns_each(COUNT, || {
        blocks.extend((0..COUNT).map(|_| touched(allocator, 48)));
    });
    let release = ns_each(COUNT, || {
        for &index in &order {
            // SAFETY: each is released once.
            unsafe { allocator.release(blocks[index], 48) };
        }
    });
    (allocate, release)
}

/// Sixteen arrays that grow in turn by an eighth, as lists do, from 64 bytes to 4 MiB; for each KiB gained.
fn grow(allocator: &impl Allocator) -> f64 {
    const ARRAYS: usize = 16;
    const END: usize = 4 << 20;
    ns_each(ARRAYS * END / 1024, || {
        let mut size = 64;
        let mut arrays = [(); ARRAYS].map(|()| touched(allocator, size));
        while size < END {
            let new = (size + size / 8 + 16).next_multiple_of(8);
            for array in &mut arrays {
                // SAFETY: the array has that size; its new end is inside the new block.
                unsafe {
                    *array = allocator.resize(*array, size, new);
                    array.add(new - 1).write(1);
                }
            }
            size = new;
        }
        for array in arrays {
            // SAFETY: each has that size, and is released once.
            unsafe { allocator.release(array, size) };
        }
    })
}

/// MiB in memory after, of two million strings of 40 to 80 bytes, all but one in a thousand are gone.
fn keep(allocator: &impl Allocator, is_trimmed: bool) -> f64 {
    let mut random = Random::new(3);
    let mut blocks: Vec<(*mut u8, usize)> = Vec::with_capacity(PEAK);
    for _ in 0..PEAK {
        blocks.push((std::ptr::null_mut(), 40 + random.below(41)));
    }
    let before = bytes_resident();
    for (block, size) in &mut blocks {
        *block = touched(allocator, *size);
    }
    for (index, &(block, size)) in blocks.iter().enumerate() {
        if index % 1000 != 500 {
            // SAFETY: each is released once.
            unsafe { allocator.release(block, size) };
        }
    }
    if is_trimmed {
        allocator.trim();
    }
    bytes_resident().saturating_sub(before) as f64 / f64::from(1 << 20)
}
