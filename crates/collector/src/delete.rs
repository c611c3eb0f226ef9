//! `delete_garbage`: frees a set of objects that are referred to by nothing but each other.
//!
//! There is no `tp_clear`: the whole set is dead at once, and each payload is dropped as a whole.
//!
//! **Why this is safe.** Let *S* be the set. Trial deletion has shown that every reference to a member of *S* is held by
//! a member of *S*, and its weak links are empty, so no code outside can come by a member any more.
//!
//! 1. We hold one reference to each member before anything is dropped. So no count in *S* reaches zero, and the
//!    ordinary way of freeing never touches a member.
//! 2. Then every payload is dropped in place. That drops handles: to members, which only lowers their counts
//!    (1); to others, which may die the ordinary way. Neither reads the *payload* of a member: a `Drop` that looked through
//!    a reference would break the third duty of [`Traverse`](exuvia_object::Traverse), and a handle's own drop
//!    reads the header alone, which stays. An object outside that dies cannot refer to a member, or it would have been
//!    a reference from outside.
//! 3. When all payloads are dropped, all references from members are gone, so each count is exactly the one we hold
//!    (checked in debug builds), and the blocks may be released.
//! 4. A class lives in its owner's payload, or outlives the heap. While members still need their classes (to drop, to
//!    find the owner), an owner outside *S* is kept by the references that they hold to it, which are let go of one
//!    by one after each member's own release; an owner in *S* is kept until the end: its payload is dropped after all
//!    others, and its block released after all others. What is needed of those few themselves is written down
//!    beforehand, so that the order among them does not matter.
//! 5. A payload that panics does not stop this: the rest is done while unwinding.

use crate::numbers::UNREACHABLE;
use exuvia_heap::Kind;
use exuvia_object::{AnyRef, Class, Flags, Header, Heap, Space, weak};
use std::collections::HashSet;
use std::ptr::NonNull;

/// The object is a member, and the class of other members lies in it.
pub(crate) const OWNER: Flags = Flags::MARK_B;

/// What must be known about a member that is freed last.
struct Last {
    object: NonNull<Header>,
    drop: Option<unsafe fn(NonNull<Header>)>,
    size: usize,
    /// The owner of its class, if that has to be let go of.
    owner: Option<NonNull<Header>>,
}

/// A deletion under way.
struct Deletion {
    /// Members that are not class owners. Once the payload is dropped, the header bits hold the size.
    members: Vec<NonNull<Header>>,
    last: Vec<Last>,
    /// Whether nothing but members refers to them.
    is_exact: bool,
    /// How many payloads have been dropped, or were at least begun.
    dropped: usize,
    /// How many blocks have been released, or were at least begun.
    released: usize,
}

/// Frees all of `members`; `counts_owners` says whether one of them counts a reference to the owner of its class.
///
/// # Errors
/// No memory for the notes on class owners; the members are returned, and nothing has changed.
///
/// # Safety
/// 1. Every reference to a member is held by a member, but one, which the caller gives away.
/// 2. No weak link leads to a member.
/// 3. All members are marked [`UNREACHABLE`], and nothing else is. No trial is under way.
pub(crate) unsafe fn delete_garbage(
    space: &Space,
    members: Vec<NonNull<Header>>,
    counts_owners: bool,
) -> Result<(), Vec<NonNull<Header>>> {
    // SAFETY: as the caller says.
    let owner_count = unsafe {
        match counts_owners {
            true => mark_counted_owners(&members),
            false => 0,
        }
    };
    // SAFETY: as the caller says.
    unsafe { delete(space, members, owner_count, true) }
}

/// Frees all of `members`; `is_exact` says that nothing but members refers to them, which is then checked.
///
/// `owner_count` of them are marked as owners of others' classes.
///
/// # Errors
/// As for [`delete_garbage`].
///
/// # Safety
/// As for [`delete_garbage`]; if not exact, other references are neither used nor dropped any more.
unsafe fn delete(
    space: &Space,
    members: Vec<NonNull<Header>>,
    owner_count: usize,
    is_exact: bool,
) -> Result<(), Vec<NonNull<Header>>> {
    // SAFETY: as the caller says.
    let mut deletion = unsafe { Deletion::new(members, owner_count, is_exact) }?;
    let _freeing = space.freeing();
    deletion.run();
    Ok(())
}

/// Frees every object of a space, immortal ones too, referred to or not, without running finalizers or callbacks.
///
/// The end of a host that has let go of its own handles: what is left are circles, immortal objects, and what those
/// refer to. Payloads are dropped, so what they own outside of the heap is freed as well. Without memory for a list
/// of the objects, nothing happens.
///
/// # Safety
/// 1. No handle to an object of the space is used or dropped after this, but for those inside of objects, which this
///    drops.
/// 2. No object of the space is being freed or looked at just now.
pub unsafe fn delete_everything(space: &Space) {
    let mut members = Vec::new();
    let count = [Kind::Tracked, Kind::Untracked].map(|kind| space.heap().blocks_live_of(kind));
    if members.try_reserve_exact(count.iter().sum()).is_err() {
        return;
    }
    while let Some(object) = space.take_pending() {
        object.into_raw();
    }
    for kind in [Kind::Tracked, Kind::Untracked] {
        space.heap().for_each_object(kind, |block| {
            // SAFETY: H3: a block with a class is a live object.
            let object = unsafe { AnyRef::from_borrowed(block.cast()) };
            weak::clear(&object);
            // SAFETY: the marks are ours.
            unsafe { object.header().set_flag(UNREACHABLE) };
            members.push(object.into_raw());
        });
    }
    // SAFETY: all objects are members and marked, and one reference to each is ours; the caller vouches for the rest.
    // There is nothing to be done if there is no memory for the notes on owners.
    let _ = unsafe {
        let owner_count = mark_all_owners(&members);
        delete(space, members, owner_count, false)
    };
}

/// The object in which the class of `object` lies, if `object` counts a reference to it.
///
/// # Safety
/// `object` is alive, or at least its header and its class are.
unsafe fn counted_owner(object: NonNull<Header>) -> Option<NonNull<Header>> {
    // SAFETY: the caller's duty; counted classes lie in their owner's payload.
    unsafe {
        let class = object.as_ref().class();
        class.owner_is_counted.get().then(|| class.owner())
    }
}

/// The owner of the class of `object` that has to be let go of: none if it is a member itself.
///
/// # Safety
/// As for [`counted_owner`].
unsafe fn owner_outside(object: NonNull<Header>) -> Option<NonNull<Header>> {
    // SAFETY: the caller's duty; an owner lives at least as long as the object.
    unsafe { counted_owner(object).filter(|owner| !owner.as_ref().has(OWNER)) }
}

/// Takes away the reference of `object` to the owner of its class, if that is a member.
///
/// # Safety
/// As for [`counted_owner`].
unsafe fn leave_owner_inside(object: NonNull<Header>) {
    // SAFETY: the caller's duty; the owner is released after all others (4), and does not die by its count (1).
    unsafe {
        let owner = counted_owner(object).map(|owner| owner.as_ref());
        if let Some(owner) = owner.filter(|owner| owner.has(OWNER) && !owner.is_immortal()) {
            owner.set_count(owner.count() - 1);
        }
    }
}

impl Deletion {
    /// Separates the members that must be freed last.
    ///
    /// # Safety
    /// As for [`delete_garbage`].
    unsafe fn new(
        mut members: Vec<NonNull<Header>>,
        owner_count: usize,
        is_exact: bool,
    ) -> Result<Self, Vec<NonNull<Header>>> {
        let mut last = Vec::new();
        if last.try_reserve_exact(owner_count).is_err() {
            return Err(members);
        }
        if owner_count > 0 {
            // SAFETY: members are alive.
            members.retain(|&object| unsafe {
                let is_owner = object.as_ref().has(OWNER);
                if is_owner {
                    let class = object.as_ref().class();
                    last.push(Last {
                        object,
                        drop: class.drop.get(),
                        size: class.size_of(object),
                        owner: owner_outside(object),
                    });
                }
                !is_owner
            });
        }
        Ok(Self {
            members,
            last,
            is_exact,
            dropped: 0,
            released: 0,
        })
    }

    fn run(&mut self) {
        self.drop_payloads();
        self.release_blocks();
    }

    fn drop_payloads(&mut self) {
        while let Some(&object) = self.members.get(self.dropped) {
            self.dropped += 1;
            // SAFETY: (2); the class is readable (4).
            unsafe {
                let class = object.as_ref().class();
                let size = class.size_of(object);
                let _note = SizeNote { object, size };
                leave_owner_inside(object);
                if let Some(drop) = class.drop.get() {
                    drop(object);
                }
            }
        }
        while let Some(last) = self.last.get(self.dropped - self.members.len()) {
            self.dropped += 1;
            // SAFETY: (2), (4): classes stay readable after their owners' payloads are dropped.
            unsafe {
                leave_owner_inside(last.object);
                if let Some(drop) = last.drop {
                    drop(last.object);
                }
            }
        }
    }

    fn release_blocks(&mut self) {
        while let Some(&object) = self.members.get(self.released) {
            self.released += 1;
            // SAFETY: (3); the owner's header is readable (4).
            unsafe {
                self.check(object);
                release(object, SizeNote::read(object), owner_outside(object));
            }
        }
        while let Some(last) = self.last.get(self.released - self.members.len()) {
            self.released += 1;
            // SAFETY: (3), (4).
            unsafe {
                self.check(last.object);
                release(last.object, last.size, last.owner);
            }
        }
    }
}

impl Deletion {
    /// Checks that only our reference is left.
    ///
    /// # Safety
    /// The header of `object` is still there.
    unsafe fn check(&self, object: NonNull<Header>) {
        // SAFETY: the caller's duty.
        let header = unsafe { object.as_ref() };
        debug_assert!(
            !self.is_exact || header.count() == 1 || header.is_immortal(),
            "C5: something else refers to garbage: {header:?}"
        );
    }
}

/// Marks the owners of members' classes that are members themselves; how many those are.
///
/// # Safety
/// `members` are alive.
unsafe fn mark_counted_owners(members: &[NonNull<Header>]) -> usize {
    let mut count = 0;
    for object in members {
        // SAFETY: members are alive, and so are the owners of their classes.
        let owner = unsafe { counted_owner(*object).map(|owner| owner.as_ref()) };
        if let Some(owner) = owner.filter(|owner| owner.has(UNREACHABLE) && !owner.has(OWNER)) {
            // SAFETY: the marks are ours.
            unsafe { owner.set_flag(OWNER) };
            count += 1;
        }
    }
    count
}

/// Marks the members in which the class of other members lies, counted or not; how many those are.
///
/// An owner that is not counted outlives the objects of its class, unless everything is deleted.
///
/// # Safety
/// `members` are alive.
unsafe fn mark_all_owners(members: &[NonNull<Header>]) -> usize {
    // SAFETY: members are alive.
    let class_of = |object: &NonNull<Header>| unsafe { object.as_ref() }.class_ptr();
    let classes: HashSet<NonNull<Class>> = members.iter().map(class_of).collect();
    let mut count = 0;
    for object in members {
        // SAFETY: an object is at least as long as its header.
        let payload = unsafe { object.add(1) };
        if classes.contains(&payload.cast()) {
            // SAFETY: members are alive; the marks are ours.
            unsafe { object.as_ref().set_flag(OWNER) };
            count += 1;
        }
    }
    count
}

/// Writes an object's size into its header bits when the payload has been dropped, be it with a panic.
///
/// From then on nobody but us looks at the bits. A size that does not fit goes where the payload was.
struct SizeNote {
    object: NonNull<Header>,
    size: usize,
}

impl SizeNote {
    const ELSEWHERE: u32 = u32::MAX;

    /// The size of a dropped object.
    ///
    /// # Safety
    /// A note was written for `object`.
    unsafe fn read(object: NonNull<Header>) -> usize {
        // SAFETY: the header is still there; the caller says that the rest was written.
        unsafe {
            match object.as_ref().bits() {
                Self::ELSEWHERE => object.add(1).cast::<usize>().read(),
                size => size as usize,
            }
        }
    }
}

impl Drop for SizeNote {
    fn drop(&mut self) {
        let bits = u32::try_from(self.size).unwrap_or(Self::ELSEWHERE);
        // SAFETY: the header is still there; the payload is dropped, and is large if the size is.
        unsafe {
            self.object.as_ref().set_bits(bits);
            if bits == Self::ELSEWHERE {
                self.object.add(1).cast::<usize>().write(self.size);
            }
        }
    }
}

/// Releases a block and lets go of the owner of its class.
///
/// # Safety
/// The payload is dropped, and nobody refers to the object but the caller.
unsafe fn release(object: NonNull<Header>, size: usize, owner: Option<NonNull<Header>>) {
    // SAFETY: the caller's duty.
    unsafe {
        Heap::release(object.cast(), size);
        drop(owner.map(|owner| AnyRef::from_owned(owner)));
    }
}

impl Drop for Deletion {
    fn drop(&mut self) {
        // Does nothing unless a payload panicked. If another does so now, the process ends, as is usual.
        self.run();
    }
}
