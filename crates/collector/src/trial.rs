//! Trial deletion: which of the collected objects are referred to by nothing but each other?
//!
//! Each collected object has a *trial count* ([`Numbers`] says where). Opening the pools sets it to the reference count
//! (`update_refs` in CPython), `subtract_refs` takes one away for every reference from a collected object, so that what
//! is left counts the references from outside; `move_unreachable` reaches whatever can be reached from objects with such
//! references. What was not reached is garbage.
//!
//! Source: CPython `Python/gc.c`, `deduce_unreachable`. Differs from CPython: references are followed depth first, and
//! in batches, so that cache misses overlap.

use crate::garbage::Garbage;
use crate::numbers::{Locate, Numbers};
use crate::prefetch::prefetch;
use exuvia_heap::PoolRef;
use exuvia_object::{Generation, Header, Label, OutOfMemory, Visitor};
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// How many objects are taken from the stack at a time.
const GROUP: usize = 16;
/// How many roots are gathered before their references are followed: depth first, but with enough work at hand.
const ROOTS: usize = 256;
/// When so many objects were examined, garbage is counted before it is listed: a list that grows is copied.
const COUNTED_FROM: usize = 1 << 16;
/// How many trial counts are waited for at a time.
const BATCH: usize = 64;

/// Visits what an object refers to, its class's owner included.
///
/// # Safety
/// `object` is alive.
#[inline(always)]
pub(crate) unsafe fn visit_references(object: NonNull<Header>, visitor: &mut Visitor<'_>) {
    // SAFETY: the object is alive; its class describes it (O1).
    unsafe {
        let class = object.as_ref().class();
        if let Some(traverse) = class.traverse.get() {
            traverse(object, visitor);
        }
        if class.owner_is_counted.get() {
            visitor.visit_raw(class.owner(), || Label::Class);
        }
    }
}

/// What a trial found.
pub(crate) struct Verdict {
    pub(crate) garbage: Garbage,
    /// How many objects were collected.
    pub(crate) examined: usize,
}

/// The generation that survivors of a collection move to.
pub(crate) fn next_generation(generation: Generation) -> Generation {
    match generation {
        Generation::Young => Generation::Middle,
        _ => Generation::Old,
    }
}

/// Finds the garbage among the collected objects of `pools`, and moves the others to the next generation.
///
/// # Errors
/// No memory; nothing has changed but that some objects may have moved to the next generation.
pub(crate) fn deduce_unreachable<'w, N: Numbers>(
    numbers: N,
    pools: impl Iterator<Item = PoolRef<'w>>,
    next: Generation,
) -> Result<Verdict, OutOfMemory> {
    deduce_with_stack(numbers, pools, next, usize::MAX)
}

/// The same with a limit to the stack.
fn deduce_with_stack<'w, N: Numbers>(
    numbers: N,
    pools: impl Iterator<Item = PoolRef<'w>>,
    next: Generation,
    stack_max: usize,
) -> Result<Verdict, OutOfMemory> {
    let mut trial = Trial {
        numbers,
        pools: Vec::new(),
        stack: Stack::new(stack_max)?,
        next,
        examined: 0,
    };
    for pool in pools {
        trial.pools.try_reserve(1).map_err(|_| OutOfMemory)?;
        let (pool, collected) = numbers.open(pool)?;
        trial.pools.push(pool);
        trial.examined += collected;
    }
    trial.subtract_refs();
    trial.move_unreachable()?;
    Ok(Verdict {
        garbage: trial.hold_garbage()?,
        examined: trial.examined,
    })
}

/// A trial under way.
struct Trial<'w, N: Numbers> {
    numbers: N,
    pools: Vec<N::Pool<'w>>,
    stack: Stack,
    /// The generation that survivors move to.
    next: Generation,
    examined: usize,
}

impl<N: Numbers> Drop for Trial<'_, N> {
    fn drop(&mut self) {
        for pool in self.pools.drain(..) {
            self.numbers.close(pool, self.next);
        }
    }
}

/// The slots of all pools whose numbers pass.
#[inline]
fn select<'p, 'w: 'p, N: Numbers>(
    numbers: N,
    pools: &'p [N::Pool<'w>],
    passes: impl Fn(N, N::Number<'p>) -> bool + Copy,
) -> impl Iterator<Item = (NonNull<Header>, N::Number<'p>)> {
    pools
        .iter()
        .flat_map(move |pool| numbers.slots(pool))
        .filter(move |(_, number)| passes(numbers, *number))
}

impl<N: Numbers> Trial<'_, N> {
    /// Takes away from each trial count the references from collected objects.
    fn subtract_refs(&self) {
        let collected = select(self.numbers, &self.pools, N::is_collected);
        let objects = collected.map(|(object, _)| object);
        visit_all(self.numbers, objects, N::subtract);
    }

    /// Reaches what is referred to from outside, and everything that can be reached from there.
    ///
    /// # Errors
    /// No memory for the stack, and these numbers do not know what was forgotten.
    fn move_unreachable(&mut self) -> Result<(), OutOfMemory> {
        let (numbers, next) = (self.numbers, self.next);
        let mut forgot = false;
        let stack = &mut self.stack;
        select(numbers, &self.pools, N::is_root).for_each(|(object, number)| {
            numbers.reach_root(number);
            // There is room for so many.
            forgot |= !stack.push(object);
            if stack.objects.len() == ROOTS {
                forgot |= mark(numbers, stack, next);
            }
        });
        forgot |= mark(numbers, &mut self.stack, next);
        if forgot && !N::FINDS_FORGOTTEN {
            return Err(OutOfMemory);
        }
        while forgot {
            let forgotten = select(numbers, &self.pools, N::is_forgotten);
            let objects = forgotten.map(|(object, _)| object);
            self.stack.objects.extend(objects.take(ROOTS));
            forgot = !self.stack.objects.is_empty();
            mark(numbers, &mut self.stack, next);
        }
        Ok(())
    }

    /// Takes a reference to each unreachable object, and undoes what `subtract_refs` did for those that it holds.
    ///
    /// # Errors
    /// No memory for the list. All is undone nevertheless.
    fn hold_garbage(&self) -> Result<Garbage, OutOfMemory> {
        let expected = match self.examined > COUNTED_FROM {
            true => self.unreachable().count(),
            false => 0,
        };
        let mut garbage = Garbage::empty(self.next);
        let mut result = garbage.make_room(expected);
        let objects = self.unreachable().inspect(|object| {
            if result.is_ok() {
                result = garbage.push(*object);
            }
        });
        if N::MUST_RESTORE {
            visit_all(self.numbers, objects, N::restore);
        } else {
            objects.for_each(drop);
        }
        // Not before: to let go of objects whose counts are not as they should be would free them.
        result.map(|()| garbage)
    }

    /// The objects that nothing outside leads to.
    fn unreachable(&self) -> impl Iterator<Item = NonNull<Header>> {
        select(self.numbers, &self.pools, N::is_unreachable).map(|(object, _)| object)
    }
}

/// Calls `visit` with the number of everything that `objects` refer to.
pub(crate) fn visit_all<N: Numbers>(
    numbers: N,
    objects: impl Iterator<Item = NonNull<Header>>,
    visit: impl Fn(N, N::Number<'_>),
) {
    let mut conveyor = Conveyor::new(numbers);
    let mut sink = |targets: &[NonNull<Header>]| {
        conveyor.put(targets, |_, number| visit(numbers, number));
    };
    let mut visitor = Visitor::targets(&mut sink);
    // Not a `for` loop: over nested iterators this is the fast way round.
    objects.for_each(|object| {
        // SAFETY: the caller hands over live objects.
        unsafe { visit_references(object, &mut visitor) };
    });
    visitor.flush();
    conveyor.drain(|_, number| visit(numbers, number));
}

/// Trial counts on their way from memory.
///
/// Nearly every one is a cache miss. So each is asked for when its object is found to be referred to, and looked at
/// when the batch after it has been asked for.
pub(crate) struct Conveyor<'a, N: Locate> {
    numbers: N,
    /// One is under way, the second if it is the turn of the odd; the other is what comes next.
    batches: [Batch<N::Number<'a>>; 2],
    is_odd: bool,
}

/// Some objects with their numbers.
struct Batch<T> {
    /// The first `len` are written.
    places: [MaybeUninit<(NonNull<Header>, T)>; BATCH],
    len: usize,
}

impl<T: Copy> Batch<T> {
    fn new() -> Self {
        Self {
            places: [const { MaybeUninit::uninit() }; BATCH],
            len: 0,
        }
    }

    /// Takes everything out, in order.
    #[inline(always)]
    fn drain(&mut self, mut visit: impl FnMut(NonNull<Header>, T)) {
        for place in &self.places[..std::mem::take(&mut self.len)] {
            // SAFETY: it is one of the first `len`.
            let (object, number) = unsafe { place.assume_init() };
            visit(object, number);
        }
    }
}

impl<N: Locate> Conveyor<'_, N> {
    pub(crate) fn new(numbers: N) -> Self {
        Self {
            numbers,
            batches: [Batch::new(), Batch::new()],
            is_odd: false,
        }
    }

    /// Puts the numbers of `targets` on, as far as they have one, and calls `visit` with those put on before.
    #[inline(always)]
    pub(crate) fn put(
        &mut self,
        targets: &[NonNull<Header>],
        mut visit: impl FnMut(NonNull<Header>, N::Number<'_>),
    ) {
        for targets in targets.chunks(BATCH) {
            let [even, odd] = &mut self.batches;
            let (next, under_way) = match self.is_odd {
                true => (even, odd),
                false => (odd, even),
            };
            let mut len = 0;
            for &target in targets {
                // SAFETY: what a live object refers to is alive (O2), and stays as long as the trial lasts.
                if let Some(number) = unsafe { self.numbers.of(target) } {
                    prefetch(N::address(number));
                    next.places[len].write((target, number));
                    len += 1;
                }
            }
            next.len = len;
            under_way.drain(&mut visit);
            self.is_odd = !self.is_odd;
        }
    }

    /// Calls `visit` with all that are still under way.
    #[inline]
    pub(crate) fn drain(&mut self, visit: impl FnMut(NonNull<Header>, N::Number<'_>)) {
        self.batches[usize::from(self.is_odd)].drain(visit);
    }
}

/// Reached objects whose references are still to be followed.
struct Stack {
    objects: Vec<NonNull<Header>>,
    max: usize,
}

impl Stack {
    /// A stack with room for `ROOTS` objects, and more as long as there is memory.
    ///
    /// # Errors
    /// Not even that.
    fn new(max: usize) -> Result<Self, OutOfMemory> {
        let mut objects = Vec::new();
        objects.try_reserve(ROOTS).map_err(|_| OutOfMemory)?;
        Ok(Self { objects, max })
    }

    /// Puts an object on; whether there was room.
    #[inline]
    fn push(&mut self, object: NonNull<Header>) -> bool {
        if self.objects.len() == self.objects.capacity() && !self.grow() {
            return false;
        }
        self.objects.push(object);
        true
    }

    #[cold]
    fn grow(&mut self) -> bool {
        self.objects.len() < self.max && self.objects.try_reserve(1).is_ok()
    }
}

/// Objects taken from the stack together: memory for one such group arrives while another is worked on.
#[derive(Clone, Copy)]
pub(crate) struct Group {
    objects: [NonNull<Header>; GROUP],
    len: usize,
}

impl Group {
    /// Takes objects from a stack and asks for their memory.
    pub(crate) fn pop(stack: &mut Vec<NonNull<Header>>) -> Self {
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

    pub(crate) fn objects(&self) -> &[NonNull<Header>] {
        &self.objects[..self.len]
    }

    /// The objects, whose buffers are asked for now that they themselves have arrived.
    ///
    /// # Safety
    /// They are alive.
    pub(crate) unsafe fn arrived(&self) -> &[NonNull<Header>] {
        for object in self.objects() {
            // SAFETY: the caller's.
            if let Some(buffer) = unsafe { object.as_ref().class().buffer_of(*object) } {
                prefetch(buffer);
            }
        }
        self.objects()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// Follows the references of everything on the stack to what was not reached yet; whether some was forgotten, for lack
/// of memory.
fn mark<N: Numbers>(numbers: N, stack: &mut Stack, next: Generation) -> bool {
    let mut forgot = false;
    if stack.objects.is_empty() {
        return forgot;
    }
    let mut conveyor = Conveyor::new(numbers);
    let mut group = Group::pop(&mut stack.objects);
    while !group.is_empty() {
        let following = Group::pop(&mut stack.objects);
        let mut reach = |target, number: N::Number<'_>| {
            if numbers.reach(number) {
                forgot |= !stack.push(target);
            }
        };
        let mut sink = |targets: &[NonNull<Header>]| conveyor.put(targets, &mut reach);
        let mut visitor = Visitor::targets(&mut sink);
        // SAFETY: what is on the stack was reached, so it is alive.
        for &object in unsafe { group.arrived() } {
            // SAFETY: as above.
            unsafe {
                numbers.scan(object.as_ref(), next);
                visit_references(object, &mut visitor);
            }
        }
        visitor.flush();
        group = following;
        if group.is_empty() {
            conveyor.drain(&mut reach);
            group = Group::pop(&mut stack.objects);
        }
    }
    forgot
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::World;
    use crate::numbers::{Beside, Inside, Population};
    use exuvia_heap::Kind;
    use exuvia_object::{Ref, Traverse};
    use std::cell::RefCell;

    #[derive(Traverse)]
    struct Node(RefCell<Vec<Ref<Node>>>);

    /// A live fan of fans, beside as much garbage.
    fn fans(world: &World) -> Ref<Node> {
        world.collector().set_enabled(false);
        let node = || world.alloc(Node(RefCell::default())).unwrap();
        let fan = |hub: Ref<Node>| {
            (0..1000).for_each(|_| hub.0.borrow_mut().push(node()));
            hub
        };
        let fan_of_fans = || {
            let hub = node();
            (0..10).for_each(|_| hub.0.borrow_mut().push(fan(node())));
            hub
        };
        let garbage = fan_of_fans();
        garbage.0.borrow_mut().push(garbage.clone());
        fan_of_fans()
    }

    fn deduce<N: Numbers>(world: &World, numbers: N, stack_max: usize) -> Option<usize> {
        let walk = world.space().heap().walk();
        let pools = walk.pools(Kind::Tracked);
        let verdict = deduce_with_stack(numbers, pools, Generation::Old, stack_max).ok();
        verdict.map(|verdict| verdict.garbage.len())
    }

    #[test]
    fn counts_inside_and_beside_lead_to_the_same() {
        let world = World::new();
        let live = fans(&world);
        let generation = Generation::Old;
        let inside = Inside::new(Population::UpTo(generation));
        assert_eq!(deduce(&world, inside, usize::MAX), Some(10_011));
        assert_eq!(
            deduce(&world, Beside { generation }, usize::MAX),
            Some(10_011)
        );
        assert_eq!(live.count(), 1);
    }

    #[test]
    fn without_memory_for_the_stack_nothing_is_forgotten() {
        let world = World::new();
        let live = fans(&world);
        let generation = Generation::Old;
        assert_eq!(deduce(&world, Beside { generation }, ROOTS), None);
        let inside = Inside::new(Population::UpTo(generation));
        assert_eq!(deduce(&world, inside, ROOTS), Some(10_011));
        let mismatches = crate::audit(world.space(), &mut |visit| visit(live.as_raw()));
        assert_eq!(mismatches, []);
        world.collector().verify(world.space()).unwrap();
        assert_eq!(world.collect().collected, 10_011);
    }
}
