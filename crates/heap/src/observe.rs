//! Observation: somebody is told of allocations, and chooses a number that is kept beside the block.
//!
//! Nobody is asked whether an allocation is observed. The counter of bytes asked for, which every allocation adds to,
//! is set so that it overflows with the allocation that is to be observed: the next one, or the one that reaches so
//! many bytes. Unobserved, an allocation pays for one branch on the carry of that addition. A release is observed by
//! way of the countdown of its pool, which is held at one as long as the pool has numbers of [`Side::Tracer`].

use crate::pool::{Counters, PoolPtr, State};
use crate::{Heap, Kind, Side};
use std::cell::Cell;
use std::ptr::NonNull;
use std::rc::Rc;

/// Is told of allocations and of the end of what it gave a number.
///
/// Called in the middle of an allocation or a release: it must not allocate from the heap that it observes, nor
/// release blocks of it, nor end its own observation.
pub trait Observer {
    /// A block of `size` bytes was allocated.
    fn allocated(&self, kind: Kind, size: usize) -> Observation;

    /// A block with a number is released, or gets another size and is then observed anew.
    ///
    /// Also called if there was no memory to keep the number in.
    fn released(&self, number: u32, size: usize);
}

/// What an observer makes of an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What to keep beside the block, which is released without a word if this is 0.
    pub number: u32,
    /// Observed next is the allocation of this kind that reaches so many bytes; 1: the very next. At least 1.
    pub bytes_to_next: usize,
}

/// A block that was given a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Where the block begins.
    pub block: NonNull<u8>,
    /// The number; never 0.
    pub number: u32,
    /// Bytes asked for.
    pub size: usize,
}

impl Counters {
    /// Makes the allocation that reaches this many bytes the one that is observed.
    fn arm(&self, bytes: usize) {
        let asked_for = self.bytes_allocated();
        let mark = 0_usize.wrapping_sub(bytes.max(1));
        self.mark.set(mark);
        self.bias.set(mark.wrapping_sub(asked_for));
    }

    fn disarm(&self) {
        self.mark.set(self.bytes_allocated());
        self.bias.set(0);
    }
}

impl Heap {
    /// Tells `observer` of allocations from the first on that reaches `bytes` of its kind (1: the very next).
    ///
    /// Replaces the observer that was there, and forgets the numbers that it gave.
    ///
    /// # Panics
    /// If an observer is at work.
    pub fn observe(&self, observer: Rc<dyn Observer>, bytes: usize) {
        self.stop_observing();
        *self.observer.borrow_mut() = Some(observer);
        for kind in Kind::ALL {
            self.counters(kind).arm(bytes);
        }
    }

    /// Lets go of the observer, without telling it of the blocks that live, and forgets the numbers that it gave.
    ///
    /// # Panics
    /// If an observer is at work.
    pub fn stop_observing(&self) {
        // The last handle to an observer goes when everything is in order again: it may hold blocks of this heap.
        let observer = self.observer.borrow_mut().take();
        if observer.is_some() {
            for kind in Kind::ALL {
                self.counters(kind).disarm();
            }
            self.forget_observed();
        }
    }

    /// Forgets the numbers that the observer gave so far, without telling it.
    pub fn forget_observed(&self) {
        // SAFETY: numbers of this side are handed out by `side`, whose callers keep them no longer than the block's
        // number, and to nobody else.
        unsafe { self.drop_side(Side::Tracer) };
    }

    /// Shows every block that has a number from an observer. Nothing is allocated on the heap for that.
    pub fn for_each_observed(&self, mut visit: impl FnMut(Observed)) {
        let walk = self.walk();
        for kind in Kind::ALL {
            for pool in walk.pools(kind) {
                let Some(numbers) = pool.side(Side::Tracer) else {
                    continue;
                };
                let numbered = numbers.iter().enumerate();
                for (index, number) in numbered.filter(|(_, number)| number.get() != 0) {
                    visit(Observed {
                        block: pool.block(index),
                        number: number.get(),
                        size: pool.size_of(number),
                    });
                }
            }
        }
    }

    /// Tells the observer of a block that was just allocated.
    #[cold]
    #[inline(never)]
    pub(crate) fn observe_block(&self, kind: Kind, block: NonNull<u8>, size: usize) {
        let observer = self.observer.borrow();
        let Some(observer) = observer.as_deref() else {
            return; // the counter itself has come round
        };
        let Observation {
            number,
            bytes_to_next,
        } = observer.allocated(kind, size);
        if number != 0 && !self.keep_number(block, number, size) {
            observer.released(number, size);
        }
        self.counters(kind).arm(bytes_to_next);
    }

    /// Keeps a number beside a block; whether there was memory for that.
    fn keep_number(&self, block: NonNull<u8>, number: u32, size: usize) -> bool {
        // SAFETY: the block was just allocated.
        let (pool, kept) = unsafe { (PoolPtr::of(block), Self::side_or_new(block, Side::Tracer)) };
        let Ok(kept) = kept else {
            return false;
        };
        kept.set(number);
        if !pool.is_large() {
            crate::side::size_beside(pool, kept).set(size as u16);
        }
        true
    }

    /// Takes the number of a block that ends or changes, and tells the observer.
    pub(crate) fn forget_block(&self, block: NonNull<u8>, size: usize) {
        // SAFETY: the block is still in use.
        let number = unsafe { Self::side(block, Side::Tracer) }.map_or(0, |kept| kept.replace(0));
        if number != 0
            && let Some(observer) = self.observer.borrow().as_deref()
        {
            observer.released(number, size);
        }
    }

    /// Whether releases into a pool of small blocks all take the slow path, its countdown being held.
    pub(crate) fn is_held(&self, pool: PoolPtr) -> bool {
        self.is_diverted.get() || !pool.sides[Side::Tracer as usize].get().is_null()
    }

    /// Makes a change after which a pool's countdown may be held or not, and keeps what it counts.
    pub(crate) fn keep_countdown(&self, pool: PoolPtr, change: impl FnOnce()) {
        let countdown = pool.countdown(self.is_held(pool));
        change();
        if !matches!(pool.state.get(), State::Large | State::Ended) {
            pool.set_countdown(countdown, self.is_held(pool));
        }
    }

    /// Whether a number is kept beside a free block, which H11 excludes.
    pub(crate) fn has_number(pool: PoolPtr, block: NonNull<u8>) -> bool {
        let numbers = crate::side::side_of(pool, Side::Tracer);
        // SAFETY: the array lives as long as the pool is in use.
        numbers.is_some_and(|numbers| unsafe {
            let numbers: &[Cell<u32>] = numbers.as_ref();
            numbers[pool.block_index(block.addr().get())].get() != 0
        })
    }
}
