//! The old generation in slices: which of its objects may be garbage, found out while the program goes on.
//!
//! An *epoch* looks at every old object, a slice at each collection of a younger generation, and ends with a set of
//! *candidates*. Those are then put on trial together with the younger generations, in one go and exactly; what
//! passes is garbage like any other. An epoch goes through these phases, each pool by pool:
//!
//! 1. *update_refs*: notes the reference count of each old object as its trial count;
//! 2. *subtract_refs*: visits each old object once and takes one from the trial count of whatever it refers to;
//! 3. *move_unreachable*: marks objects with a trial count above zero, and all that can be reached from marked objects;
//! 4. *list*: what is not marked is a candidate. If there are many, the epoch goes through the phases again with the
//!    candidates alone, until that makes them no fewer.
//!
//! The program runs between slices, without a write barrier, so counts and references change while they are being
//! looked at, and the candidates are only an approximation. It errs on both sides, and neither does harm:
//!
//! **Sound.** Nothing is freed because of what an epoch found. The trial of the candidates is exact: it happens in one go,
//! with the counts and references of that moment. A live object among the candidates fails it, and lives on.
//!
//! **Complete.** Let G be the old objects that are garbage when an epoch begins, such that no younger object refers to
//! them. Nothing outside of G refers to G, so the program can get at no object of G: their counts and references
//! stand still, and nothing removes their numbers, for they are neither freed nor moved. So phase 1 notes their
//! counts, phase 2 takes away exactly their references, and each trial count becomes zero. Phase 3 marks nothing in
//! G: no trial count in G is above zero, and nothing that is marked refers to G. (A number of an object of G can only be
//! changed by visiting an object that refers to it, which is in G.) So all of G are candidates; the same holds when
//! the phases are repeated; and they pass the trial, because the references to G come from candidates only. What a
//! younger object refers to waits for the next epoch.
//!
//! **Bounded.** A slice ends when its budget is used up, even within an object with very many references, which is
//! visited in pieces. The trial takes as long as there are candidates, which is as much as there is garbage, unless
//! the program moves the only references to large structures around at the wrong moment; the repetition, itself in
//! slices, weeds those out.
//!
//! **No more memory than CPython.** Slices are paced so that the epoch is over when the rule of the quarter asks for a
//! collection of the old generation, which is when CPython would stop for all of it.
//!
//! All state lies in numbers beside the pools and in two flags per pool, where a number is:
//!
//! ```text
//! 0                  not part of this epoch
//! bit 31             part of the epoch
//!   bit 30           marked: reached from outside
//!   bit 29           visited by subtract_refs
//!   bit 28           marked, but its references are still to be followed
//!   bits 0 to 27     trial count; the highest value stands for as many or more, and is never lowered
//! ```
//!
//! When an object is freed, its number stays behind for whoever comes into its place. A new object is young, and its
//! number becomes 0 when it comes to the old generation. So no pointer is kept between slices.

use crate::numbers::{Locate, blocks, object_in};
use crate::trial::{Conveyor, Group, visit_references};
use exuvia_heap::{Heap, PoolFlag, PoolRef, Side, Walk};
use exuvia_object::{Flags, Generation, Header, OutOfMemory, Visitor};
use std::cell::Cell;
use std::ptr::NonNull;

const IN_EPOCH: u32 = 1 << 31;
const MARKED: u32 = 1 << 30;
const VISITED: u32 = 1 << 29;
const GREY: u32 = 1 << 28;
const COUNT: u32 = GREY - 1;

/// So many references of one object are visited before the budget is looked at.
const PIECE: usize = 1 << 12;
/// So few candidates are put on trial without being looked at again.
const FEW: usize = 2048;
/// So many times the phases are gone through at most.
const ROUNDS: u32 = 4;

/// Work still to be done in a slice. One unit is about ten nanoseconds: visiting an object, or two references.
#[derive(Debug)]
pub(crate) struct Budget {
    left: isize,
}

impl Budget {
    pub(crate) fn new(units: usize) -> Self {
        Self {
            left: units.try_into().unwrap_or(isize::MAX),
        }
    }

    fn spend(&mut self, units: usize) {
        self.left = self.left.saturating_sub_unsigned(units);
    }

    fn is_spent(&self) -> bool {
        self.left <= 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    UpdateRefs,
    SubtractRefs,
    MoveUnreachable,
    List,
    /// The candidates are known: the pools with some are flagged as [`PoolFlag::Found`].
    Ready,
    /// The candidates have been on trial; the numbers are being dropped.
    End,
}

/// Where an epoch stands.
#[derive(Debug)]
pub(crate) struct Epoch {
    phase: Phase,
    /// How many times the phases were begun.
    round: u32,
    /// Objects that take part in this round.
    population: usize,
    /// References that they hold, as far as they have been visited.
    edges: usize,
    candidates: usize,
    /// The addresses of objects that have been visited in part, and how many of their references were.
    partial: Vec<(usize, usize)>,
    /// Units of work done.
    done: usize,
}

/// The numbers of an epoch.
#[derive(Clone, Copy)]
struct Numbers;

impl Locate for Numbers {
    type Number<'a> = &'a Cell<u32>;

    #[inline]
    unsafe fn of<'a>(self, object: NonNull<Header>) -> Option<&'a Cell<u32>> {
        // SAFETY: an object is a block of a heap; no array is dropped in a slice that looks at numbers.
        unsafe { Heap::side(object.cast(), Side::Collector) }
    }

    #[inline]
    fn address(number: &Cell<u32>) -> *const u8 {
        number.as_ptr().cast()
    }
}

/// The places of a pool with their numbers, if it takes part.
fn places<'p>(pool: &'p PoolRef<'_>) -> impl Iterator<Item = (NonNull<Header>, &'p Cell<u32>)> {
    blocks(pool).zip(pool.side(Side::Collector).unwrap_or_default())
}

/// The header of the old object in a place, if there is one.
fn old_object<'a>(place: NonNull<Header>) -> Option<&'a Header> {
    // SAFETY: a block of a pool that a walk shows.
    unsafe { object_in(place) }
        .filter(|header| header.has(Flags::TRACKED) && header.generation() == Generation::Old)
}

/// Whether the old object with this number is a candidate for garbage.
pub(crate) fn is_candidate(number: u32) -> bool {
    is_white(number) && number & COUNT == 0
}

impl Epoch {
    /// Begins an epoch.
    pub(crate) fn new(heap: &Heap) -> Self {
        heap.flag_pools(PoolFlag::Found, None);
        heap.flag_pools(PoolFlag::Work, None);
        Self {
            phase: Phase::UpdateRefs,
            round: 1,
            population: 0,
            edges: 0,
            candidates: 0,
            partial: Vec::new(),
            done: 0,
        }
    }

    /// Whether the candidates are known.
    pub(crate) fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    /// How much work was done, and how much is left before the candidates are known, as far as can be said.
    pub(crate) fn work(&self, population_expected: usize) -> (usize, usize) {
        // Before they are counted: three references per object. An object is noted, visited twice and listed; a reference
        // is visited twice.
        let population = match self.phase {
            Phase::UpdateRefs if self.round == 1 => population_expected.max(self.population),
            _ => self.population,
        };
        let edges = self.edges.max(3 * population);
        let left = match self.phase {
            Phase::UpdateRefs => 5 * population / 2 + edges,
            Phase::SubtractRefs => 2 * population + edges,
            Phase::MoveUnreachable => population + edges / 2,
            Phase::List => population / 8,
            Phase::Ready | Phase::End => 0,
        };
        (self.done, left)
    }

    /// Works until the budget is spent or the candidates are known; whether the epoch is over.
    ///
    /// # Errors
    /// No memory for the numbers: the epoch cannot go on.
    pub(crate) fn advance(
        &mut self,
        heap: &Heap,
        budget: &mut Budget,
    ) -> Result<bool, OutOfMemory> {
        let before = budget.left;
        let mut is_over = false;
        while !budget.is_spent() && self.phase != Phase::Ready && !is_over {
            let walk = heap.walk();
            match self.phase {
                Phase::UpdateRefs => self.update_refs(&walk, budget)?,
                Phase::SubtractRefs => self.subtract_refs(&walk, budget),
                Phase::MoveUnreachable => self.move_unreachable(&walk, budget),
                Phase::List => self.list(&walk, budget),
                Phase::End => drop_numbers(&walk, budget),
                Phase::Ready => {}
            }
            if walk.flagged_pools(PoolFlag::Work).next().is_none() {
                is_over = self.phase == Phase::End;
                self.begin_next_phase(heap);
            }
        }
        self.done += before.abs_diff(budget.left);
        Ok(is_over)
    }

    fn begin_next_phase(&mut self, heap: &Heap) {
        self.partial.clear();
        self.phase = match self.phase {
            Phase::UpdateRefs => Phase::SubtractRefs,
            Phase::SubtractRefs => Phase::MoveUnreachable,
            Phase::MoveUnreachable => {
                self.candidates = 0;
                Phase::List
            }
            Phase::List if self.is_worth_another_round() => {
                self.round += 1;
                (self.population, self.edges) = (0, 0);
                Phase::UpdateRefs
            }
            Phase::List => Phase::Ready,
            Phase::Ready | Phase::End => return,
        };
        heap.flag_pools(PoolFlag::Work, Some(PoolFlag::Found));
    }

    /// Whether there are so many candidates that those which are alive should be weeded out before the trial.
    fn is_worth_another_round(&self) -> bool {
        let has_changed = self.round == 1 || self.candidates < self.population;
        self.candidates > FEW && has_changed && self.round < ROUNDS
    }

    /// Takes the pools to work on one by one, as long as there is budget. What `work` leaves undone, it flags again.
    fn for_each_pool<'w>(
        walk: &'w Walk<'_>,
        budget: &mut Budget,
        mut work: impl FnMut(&PoolRef<'w>, &mut Budget),
    ) {
        for pool in walk.flagged_pools(PoolFlag::Work) {
            if budget.is_spent() {
                return;
            }
            pool.set_flag(PoolFlag::Work, false);
            // Looking at the numbers of sixteen blocks is one unit.
            budget.spend(pool.slots() / 16 + 1);
            work(&pool, budget);
        }
    }

    /// Notes the counts of the objects that take part: at first the old ones, later the candidates.
    fn update_refs(&mut self, walk: &Walk<'_>, budget: &mut Budget) -> Result<(), OutOfMemory> {
        let mut result = Ok(());
        Self::for_each_pool(walk, budget, |pool, budget| {
            if pool.make_side(Side::Collector).is_err() {
                result = Err(OutOfMemory);
                return;
            }
            for (place, number) in places(pool) {
                let takes_part = self.round == 1 || is_candidate(number.get());
                let header = old_object(place).filter(|_| takes_part);
                number.set(header.map_or(0, |header| IN_EPOCH | header.count().min(COUNT)));
                self.population += usize::from(header.is_some());
            }
            budget.spend(pool.slots() / 4);
        });
        result
    }

    /// Visits each object that takes part once, and takes one away from the trial count of what it refers to.
    fn subtract_refs(&mut self, walk: &Walk<'_>, budget: &mut Budget) {
        let mut conveyor = Conveyor::new(Numbers);
        let mut sink = |targets: &[NonNull<Header>]| conveyor.put(targets, subtract);
        let mut visitor = Visitor::windowed(&mut sink);
        Self::for_each_pool(walk, budget, |pool, budget| {
            for (place, number) in places(pool) {
                if number.get() & (IN_EPOCH | VISITED) != IN_EPOCH || old_object(place).is_none() {
                    continue;
                }
                if budget.is_spent() {
                    pool.set_flag(PoolFlag::Work, true);
                    return;
                }
                // SAFETY: there is an old object in that place.
                if unsafe { self.visit(place, &mut visitor, budget) } {
                    number.set(number.get() | VISITED);
                }
            }
        });
        visitor.flush();
        conveyor.drain(subtract);
    }

    /// How many references of an object have been visited, if it was visited in part.
    #[cold]
    fn take_partial(&mut self, address: usize) -> usize {
        let begun = self.partial.iter().position(|(begun, _)| *begun == address);
        begun.map_or(0, |index| self.partial.swap_remove(index).1)
    }

    /// Visits the references of an object, or as many as the budget allows; whether that was all of them.
    ///
    /// If some are left, remembers that, and goes on from there the next time.
    ///
    /// # Safety
    /// `object` is alive.
    unsafe fn visit(
        &mut self,
        object: NonNull<Header>,
        visitor: &mut Visitor<'_>,
        budget: &mut Budget,
    ) -> bool {
        let address = object.addr().get();
        let mut visited = match self.partial.is_empty() {
            true => 0,
            false => self.take_partial(address),
        };
        loop {
            visitor.begin(visited, PIECE);
            // SAFETY: the caller's duty.
            unsafe { visit_references(object, visitor) };
            let (left, is_cut) = visitor.window();
            let count = PIECE - left;
            visited += count;
            budget.spend(1 + count / 2);
            if self.phase == Phase::SubtractRefs {
                self.edges += count;
            }
            if !is_cut {
                return true;
            }
            if budget.is_spent() {
                self.partial.push((address, visited));
                return false;
            }
        }
    }

    /// Marks what is referred to from outside, and what can be reached from marked objects.
    fn move_unreachable(&mut self, walk: &Walk<'_>, budget: &mut Budget) {
        let mut stack = Vec::new();
        Self::for_each_pool(walk, budget, |pool, budget| {
            for (place, number) in places(pool) {
                let value = number.get();
                let is_root = is_white(value) && value & COUNT != 0;
                if is_root || value & GREY != 0 {
                    number.set((value | MARKED) & !GREY);
                    if old_object(place).is_some() {
                        push(&mut stack, place);
                    }
                }
            }
            self.mark(&mut stack, budget);
        });
    }

    /// Follows the references of everything on the stack, as far as the budget allows; the rest is left grey.
    fn mark(&mut self, stack: &mut Vec<NonNull<Header>>, budget: &mut Budget) {
        if stack.is_empty() {
            return;
        }
        let mut conveyor = Conveyor::new(Numbers);
        let mut group = Group::pop(stack);
        while !group.is_empty() {
            let following = Group::pop(stack);
            // SAFETY: what is on the stack was found or reached in this slice, so it is alive.
            let objects = unsafe { group.arrived() };
            let done = self.mark_group(objects, stack, &mut conveyor, budget);
            if budget.is_spent() {
                let left = objects[done..].iter().chain(following.objects());
                left.for_each(|object| push(stack, *object));
                break;
            }
            group = following;
            if group.is_empty() {
                conveyor.drain(|target, number| reach(stack, target, number));
                group = Group::pop(stack);
            }
        }
        conveyor.drain(|target, number| reach(stack, target, number));
        stack.drain(..).for_each(leave_grey);
    }

    /// Follows the references of some marked objects, as far as the budget allows; with how many it is done.
    fn mark_group(
        &mut self,
        group: &[NonNull<Header>],
        stack: &mut Vec<NonNull<Header>>,
        conveyor: &mut Conveyor<'_, Numbers>,
        budget: &mut Budget,
    ) -> usize {
        let mut sink = |targets: &[NonNull<Header>]| {
            conveyor.put(targets, |target, number| reach(stack, target, number));
        };
        let mut visitor = Visitor::windowed(&mut sink);
        // SAFETY: what is on the stack was found or reached in this slice, so it is alive.
        let is_done = |object: &NonNull<Header>| unsafe {
            !budget.is_spent() && self.visit(*object, &mut visitor, budget)
        };
        let done = group.iter().copied().take_while(is_done).count();
        visitor.flush();
        done
    }

    /// Counts the candidates, and finds the pools that they lie in.
    fn list(&mut self, walk: &Walk<'_>, budget: &mut Budget) {
        Self::for_each_pool(walk, budget, |pool, _| {
            let candidates = candidates(pool).count();
            pool.set_flag(PoolFlag::Found, candidates > 0);
            self.candidates += candidates;
        });
    }

    /// The trial is over: what is left is to drop the numbers.
    pub(crate) fn end(&mut self, heap: &Heap) {
        self.phase = Phase::End;
        heap.flag_pools(PoolFlag::Work, None);
    }

    /// Ends an epoch at once, wherever it stands.
    pub(crate) fn abandon(self, heap: &Heap) {
        // SAFETY: no number is being looked at.
        unsafe { heap.drop_side(Side::Collector) };
    }
}

fn is_white(number: u32) -> bool {
    number & (IN_EPOCH | MARKED) == IN_EPOCH
}

/// The candidates in a pool.
fn candidates<'p>(pool: &'p PoolRef<'_>) -> impl Iterator<Item = &'p Header> {
    places(pool)
        .filter(|(_, number)| is_candidate(number.get()))
        .filter_map(|(place, _)| old_object(place))
}

/// Takes one from a trial count.
#[inline]
fn subtract(_: NonNull<Header>, number: &Cell<u32>) {
    let value = number.get();
    let count = value & COUNT;
    if value & IN_EPOCH != 0 && 0 < count && count < COUNT {
        number.set(value - 1);
    }
}

/// Marks an object, if it takes part and was not marked before, and puts it on the stack.
#[inline]
fn reach(stack: &mut Vec<NonNull<Header>>, target: NonNull<Header>, number: &Cell<u32>) {
    if is_white(number.get()) {
        number.set(number.get() | MARKED);
        push(stack, target);
    }
}

/// Puts a marked object on the stack; without memory for that, it is left for later.
fn push(stack: &mut Vec<NonNull<Header>>, object: NonNull<Header>) {
    if stack.try_reserve(1).is_ok() {
        stack.push(object);
    } else {
        leave_grey(object);
    }
}

/// Notes that the references of a marked object are still to be followed.
fn leave_grey(object: NonNull<Header>) {
    // SAFETY: the object was found or reached in this slice, so it is alive, and its pool has numbers.
    unsafe {
        if let Some(number) = Numbers.of(object) {
            number.set(number.get() | GREY);
            Heap::flag_pool_of(object.cast(), PoolFlag::Work);
        }
    }
}

/// Drops the numbers of pools, one by one.
fn drop_numbers(walk: &Walk<'_>, budget: &mut Budget) {
    Epoch::for_each_pool(walk, budget, |pool, _| {
        pool.set_flag(PoolFlag::Found, false);
        // SAFETY: no number is being looked at.
        unsafe { pool.drop_side(Side::Collector) };
    });
}
