//! Trial deletion: which of the collected objects are referred to by nothing but each other?
//!
//! Each collected object has a *trial number* beside it, in the side array of its pool:
//!
//! ```text
//! 0                     not collected: free, untracked, older, permanent (or in a pool without an array)
//! 1                     trial count 0: no reference from outside found
//! 1 + n, below 2^31     trial count n
//! bit 31 set            reached from outside
//! ```
//!
//! `update_refs` sets each to the object's reference count, `subtract_refs` takes one away for every reference from
//! a collected object, so that what is left counts the references from outside; `move_unreachable` marks whatever
//! can be reached from objects with such references. The number 1 is then left to the unreachable ones alone.
//!
//! Source: CPython `Python/gc.c`, `deduce_unreachable`. Differs from CPython: the counts lie beside the pools and
//! not in the objects; targets are handled in batches, so that cache misses overlap; marking is depth first.

use crate::prefetch::prefetch;
use exuvia_heap::{Heap, PoolRef, Side};
use exuvia_object::{Flags, Generation, Header, OutOfMemory, Visitor};
use std::cell::Cell;
use std::ptr::NonNull;

const NOT_COLLECTED: u32 = 0;
const UNREACHABLE: u32 = 1;
const REACHED: u32 = 1 << 31;
const COUNT_MAX: u32 = REACHED - 2;

/// How many objects are taken from the stack at a time.
const GROUP: usize = 16;
/// How many roots are gathered before their references are followed: depth first, but with enough work at hand.
const ROOTS: usize = 256;
/// How many trial numbers are waited for at a time.
const BELT: usize = 64;

/// What an object's count and flags say about its trial number.
fn trial_number(count: u32) -> u32 {
    // Immortal objects and those with two thousand million references count as referred to from outside.
    count.min(COUNT_MAX) + 1
}

/// The trial number of an object, if its pool has an array.
///
/// # Safety
/// `object` is alive, and the result is not used after the arrays are dropped.
#[inline]
unsafe fn trial_of<'a>(object: NonNull<Header>) -> Option<&'a Cell<u32>> {
    // SAFETY: an object is a block of a heap.
    unsafe { Heap::side(object.cast(), Side::Collector) }
}

/// Visits what an object refers to, its class's owner included.
///
/// # Safety
/// `object` is alive.
#[inline]
pub(crate) unsafe fn visit_references(object: NonNull<Header>, visitor: &mut Visitor<'_>) {
    // SAFETY: the object is alive; its class describes it (O1).
    unsafe {
        let class = object.as_ref().class();
        if let Some(traverse) = class.traverse.get() {
            traverse(object, visitor);
        }
        if class.owner_is_counted.get() {
            visitor.visit_raw(class.owner(), || exuvia_object::Label::Class);
        }
    }
}

/// A pool's blocks with their trial numbers.
struct Slots<'w> {
    pool: PoolRef<'w>,
    first: NonNull<Header>,
    /// The distance of blocks in bytes.
    step: usize,
    numbers: &'w [Cell<u32>],
}

impl<'w> Slots<'w> {
    fn new(pool: PoolRef<'w>) -> Result<Self, OutOfMemory> {
        let numbers = pool.make_side(Side::Collector)?;
        Ok(Self {
            first: pool.first_slot().cast(),
            step: pool.block_size(),
            numbers: &numbers[..pool.slots()],
            pool,
        })
    }

    /// Every block with its number.
    #[inline]
    fn iter(&self) -> impl Iterator<Item = (NonNull<Header>, &Cell<u32>)> {
        let (first, step) = (self.first, self.step);
        self.numbers.iter().enumerate().map(move |(index, number)| {
            // SAFETY: the pool has that many blocks.
            (unsafe { first.byte_add(index * step) }, number)
        })
    }
}

/// The objects under trial, and the state of the trial.
pub(crate) struct Trial<'w> {
    pools: Vec<Slots<'w>>,
    /// Reached objects whose references are still to be followed.
    stack: Vec<NonNull<Header>>,
    /// The generation that survivors move to.
    next: Generation,
    pub(crate) examined: usize,
    pub(crate) survivors: usize,
}

impl<'w> Trial<'w> {
    /// Puts the tracked objects of `pools` up to `generation` on trial.
    ///
    /// # Errors
    /// No memory for the trial numbers; nothing has changed.
    pub(crate) fn new(
        pools: impl Iterator<Item = PoolRef<'w>>,
        generation: Generation,
    ) -> Result<Self, OutOfMemory> {
        let next = match generation {
            Generation::Young => Generation::Middle,
            _ => Generation::Old,
        };
        let mut trial = Self {
            pools: Vec::new(),
            stack: Vec::new(),
            next,
            examined: 0,
            survivors: 0,
        };
        for pool in pools {
            trial.pools.try_reserve(1).map_err(|_| OutOfMemory)?;
            trial.pools.push(Slots::new(pool)?);
        }
        trial.update_refs(generation);
        Ok(trial)
    }

    /// Sets the trial count of each object to its reference count.
    fn update_refs(&mut self, generation: Generation) {
        for slots in &self.pools {
            for (object, number) in slots.iter() {
                // SAFETY: H3: a block with a class is a live object; in a free one, the class may be read.
                let header = unsafe {
                    if !Header::is_object(object) {
                        continue;
                    }
                    object.as_ref()
                };
                if header.has(Flags::TRACKED) && header.generation() <= generation {
                    debug_assert_ne!(header.count(), 0, "O2: a live object is referred to");
                    number.set(trial_number(header.count()));
                    self.examined += 1;
                }
            }
        }
    }

    /// The collected objects with a trial number that passes, in order of their pools.
    #[inline]
    fn select(
        &self,
        passes: impl Fn(u32) -> bool + Copy,
    ) -> impl Iterator<Item = (NonNull<Header>, &Cell<u32>)> {
        self.pools
            .iter()
            .flat_map(|slots| slots.iter())
            .filter(move |(_, number)| passes(number.get()))
    }

    /// Takes away from each trial count the references from collected objects.
    pub(crate) fn subtract_refs(&self) {
        subtract_refs(
            self.select(|number| number != NOT_COLLECTED)
                .map(|(object, _)| object),
        );
    }

    /// Marks what is referred to from outside, and everything that can be reached from there.
    ///
    /// # Errors
    /// No memory for the stack; the trial is void.
    pub(crate) fn move_unreachable(&mut self) -> Result<(), OutOfMemory> {
        let mut stack = std::mem::take(&mut self.stack);
        let next = self.next;
        let mut survivors = 0;
        let roots = self.select(|number| UNREACHABLE < number && number < REACHED);
        for (object, number) in roots {
            number.set(REACHED);
            push(&mut stack, object)?;
            if stack.len() == ROOTS {
                survivors += mark(&mut stack, next)?;
            }
        }
        survivors += mark(&mut stack, next)?;
        self.stack = stack;
        self.survivors += survivors;
        Ok(())
    }

    /// The objects that nothing outside leads to.
    pub(crate) fn unreachable(&self) -> impl Iterator<Item = NonNull<Header>> {
        self.select(|number| number == UNREACHABLE)
            .map(|(object, _)| object)
    }

    /// Puts unreachable objects on trial again: some may have been resurrected.
    ///
    /// # Safety
    /// The objects are alive and were unreachable, and the caller alone holds one reference to each.
    ///
    /// # Errors
    /// No memory for the stack; the trial is void.
    pub(crate) unsafe fn retry(&mut self, held: &[NonNull<Header>]) -> Result<(), OutOfMemory> {
        for &object in held {
            // SAFETY: the object is alive, and was collected, so its pool has an array.
            let (header, number) = unsafe { (object.as_ref(), trial_of(object)) };
            let is_immortal = header.is_immortal();
            let holds = u32::from(!is_immortal);
            number
                .expect("C3: a collected object has a trial number")
                .set(trial_number(header.count() - holds));
        }
        subtract_refs(held.iter().copied());
        // SAFETY: as the caller says.
        unsafe { self.mark_if(held, |_, number| UNREACHABLE < number) }
    }

    /// Marks the objects that pass and were not reached yet, and everything unreached that they lead to.
    ///
    /// # Safety
    /// The objects are alive, and were collected.
    ///
    /// # Errors
    /// No memory for the stack; the trial is void.
    pub(crate) unsafe fn mark_if(
        &mut self,
        objects: &[NonNull<Header>],
        mut passes: impl FnMut(NonNull<Header>, u32) -> bool,
    ) -> Result<(), OutOfMemory> {
        for &object in objects {
            // SAFETY: the caller's duty.
            let number = unsafe { trial_of(object) }.expect("C3");
            if number.get() < REACHED && passes(object, number.get()) {
                number.set(REACHED);
                push(&mut self.stack, object)?;
            }
        }
        self.survivors += mark(&mut self.stack, self.next)?;
        Ok(())
    }

    /// Whether an object was collected and not reached.
    ///
    /// # Safety
    /// `object` is alive.
    pub(crate) unsafe fn is_unreachable(&self, object: NonNull<Header>) -> bool {
        // SAFETY: the caller's duty.
        unsafe { trial_of(object) }.is_some_and(|number| number.get() == UNREACHABLE)
    }

    /// The generation that survivors move to.
    pub(crate) fn next_generation(&self) -> Generation {
        self.next
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        for slots in self.pools.drain(..) {
            // SAFETY: references to the numbers do not outlive the trial.
            unsafe { slots.pool.drop_side(Side::Collector) };
        }
    }
}

/// Takes away from the trial count of each target the references from `objects`.
fn subtract_refs(objects: impl Iterator<Item = NonNull<Header>>) {
    let subtract = |_, number: &Cell<u32>| {
        let value = number.get();
        // Not those that are not collected, nor those reached in an earlier round.
        if UNREACHABLE < value && value < REACHED {
            number.set(value - 1);
        }
        debug_assert_ne!(value, UNREACHABLE, "O2: more references than counted");
    };
    let mut conveyor = Conveyor::new();
    let mut sink = |targets: &[NonNull<Header>]| conveyor.put(targets, subtract);
    let mut visitor = Visitor::targets(&mut sink);
    for object in objects {
        // SAFETY: the caller hands over live objects.
        unsafe { visit_references(object, &mut visitor) };
    }
    visitor.flush();
    conveyor.drain(subtract);
}

/// Trial numbers on their way from memory.
///
/// Nearly every number is a cache miss. So each is asked for when its object is found to be referred to, and looked
/// at when some more have come after it.
struct Conveyor<'a> {
    belt: [Option<(NonNull<Header>, &'a Cell<u32>)>; BELT],
    next: usize,
}

impl<'a> Conveyor<'a> {
    fn new() -> Self {
        Self {
            belt: [None; BELT],
            next: 0,
        }
    }

    /// Puts the trial numbers of `targets` on, as far as they have one, and calls `visit` with those that arrive.
    #[inline(always)]
    fn put(
        &mut self,
        targets: &[NonNull<Header>],
        mut visit: impl FnMut(NonNull<Header>, &Cell<u32>),
    ) {
        for &target in targets {
            // SAFETY: what a live object refers to is alive (O2).
            let Some(number) = (unsafe { trial_of(target) }) else {
                continue;
            };
            prefetch(number.as_ptr());
            let place = &mut self.belt[self.next % BELT];
            self.next += 1;
            if let Some((target, number)) = place.replace((target, number)) {
                visit(target, number);
            }
        }
    }

    /// Calls `visit` with all that are still under way.
    fn drain(&mut self, mut visit: impl FnMut(NonNull<Header>, &Cell<u32>)) {
        for (target, number) in self.belt.iter_mut().filter_map(Option::take) {
            visit(target, number);
        }
    }
}

/// Objects taken from the stack together: memory for one such group arrives while another is worked on.
#[derive(Clone, Copy)]
struct Group {
    objects: [NonNull<Header>; GROUP],
    len: usize,
}

impl Group {
    /// Takes objects from the stack and asks for their memory.
    fn pop(stack: &mut Vec<NonNull<Header>>) -> Self {
        let len = stack.len().min(GROUP);
        let rest = stack.len() - len;
        let mut objects = [NonNull::dangling(); GROUP];
        objects[..len].copy_from_slice(&stack[rest..]);
        stack.truncate(rest);
        for object in &objects[..len] {
            prefetch(object.as_ptr());
        }
        Self { objects, len }
    }
}

/// Follows the references of everything on the stack to what was not reached yet; how many objects that was.
fn mark(stack: &mut Vec<NonNull<Header>>, next: Generation) -> Result<usize, OutOfMemory> {
    let mut marked = 0;
    let mut conveyor = Conveyor::new();
    let mut group = Group::pop(stack);
    while group.len > 0 {
        let following = Group::pop(stack);
        let mut result = Ok(());
        let mut sink = |targets: &[NonNull<Header>]| {
            // As many arrive as are put on, or fewer.
            match stack.try_reserve(targets.len()) {
                Ok(()) => conveyor.put(targets, |target, number| reach(target, number, stack)),
                Err(_) => result = Err(OutOfMemory),
            }
        };
        let mut visitor = Visitor::targets(&mut sink);
        for &object in &group.objects[..group.len] {
            // SAFETY: what is on the stack was reached, so it is alive.
            unsafe {
                let header = object.as_ref();
                if header.generation() != next {
                    header.set_generation(next);
                }
                visit_references(object, &mut visitor);
            }
        }
        visitor.flush();
        result?;
        marked += group.len;
        group = following;
        if group.len == 0 {
            stack.try_reserve(BELT).map_err(|_| OutOfMemory)?;
            conveyor.drain(|target, number| reach(target, number, stack));
            group = Group::pop(stack);
        }
    }
    Ok(marked)
}

/// Puts an object on the stack, which has room, if it is collected and was not reached before.
#[inline(always)]
fn reach(target: NonNull<Header>, number: &Cell<u32>, stack: &mut Vec<NonNull<Header>>) {
    if number.get() != NOT_COLLECTED && number.get() < REACHED {
        number.set(REACHED);
        debug_assert!(stack.len() < stack.capacity());
        stack.push(target);
    }
}

fn push(stack: &mut Vec<NonNull<Header>>, object: NonNull<Header>) -> Result<(), OutOfMemory> {
    stack.try_reserve(1).map_err(|_| OutOfMemory)?;
    stack.push(object);
    Ok(())
}
