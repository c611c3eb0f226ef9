//! Links to an object that do not keep it alive, and the table in which a space finds them.
//!
//! An object has no field for its weak references: a header flag ([`Flags::HAS_WEAK`]) says that the space's
//! table has an entry, which is the head of a list through the [`WeakLink`]s, newest first. A host's weak
//! reference object embeds one link. Differs from CPython: there each weakly referenceable object carries
//! eight bytes for the list.

use crate::{AnyRef, Flags, Header, HeapVec, OutOfMemory, Ref, Space, Traverse, Visitor};
use std::cell::Cell;
use std::ptr::NonNull;

/// One weak link, inside the payload of an object.
#[derive(Debug, Default)]
pub struct WeakLink {
    referent: Cell<Option<NonNull<Header>>>,
    newer: Cell<Option<NonNull<WeakLink>>>,
    older: Cell<Option<NonNull<WeakLink>>>,
    /// The object that embeds this link.
    owner: Cell<Option<NonNull<Header>>>,
    has_callback: Cell<bool>,
}

impl WeakLink {
    /// A link to nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the link inside `owner` refer to `referent`.
    ///
    /// `has_callback` says that code of the program is to run when the referent dies; such referents are set
    /// aside at their death (O3).
    ///
    /// # Errors
    /// The table could not grow.
    ///
    /// # Panics
    /// If the link already refers to something, or does not lie in the payload of `owner`.
    pub fn attach<T>(
        owner: &Ref<T>,
        link: impl FnOnce(&T) -> &WeakLink,
        referent: &AnyRef,
        has_callback: bool,
    ) -> Result<(), OutOfMemory> {
        let link = link(owner);
        let offset = std::ptr::from_ref(link)
            .addr()
            .wrapping_sub(std::ptr::from_ref::<T>(owner).addr());
        assert!(offset < size_of::<T>(), "a weak link lies in its owner");
        assert!(
            link.referent.get().is_none(),
            "a weak link is attached once"
        );
        link.owner.set(Some(owner.as_raw()));
        link.has_callback.set(has_callback);
        // SAFETY: the referent is alive, so it lies in a space.
        let space = unsafe { Space::of(referent.as_raw()) };
        space
            .weak
            .borrow_mut()
            .insert(space, referent.as_raw(), NonNull::from(link))?;
        link.referent.set(Some(referent.as_raw()));
        referent.header().change(Flags::HAS_WEAK, true);
        Ok(())
    }

    /// A counted handle to the referent, if it still lives.
    #[inline]
    pub fn upgrade(&self) -> Option<AnyRef> {
        // SAFETY: the link is emptied before its referent is freed.
        self.referent
            .get()
            .map(|referent| unsafe { AnyRef::from_borrowed(referent) })
    }

    /// Whether the referent still lives.
    pub fn is_alive(&self) -> bool {
        self.referent.get().is_some()
    }

    /// Whether code of the program is to run when the referent dies.
    pub fn has_callback(&self) -> bool {
        self.has_callback.get()
    }

    /// A handle to the object that embeds the link.
    fn owner(&self) -> Option<AnyRef> {
        // SAFETY: the owner is alive as long as the link is, because the link is part of it.
        self.owner
            .get()
            .map(|owner| unsafe { AnyRef::from_borrowed(owner) })
    }

    /// Unlinks from the referent, as if it had died.
    pub fn detach(&self) {
        if let Some(referent) = self.referent.get() {
            // SAFETY: the link is emptied before its referent is freed, so the referent lives.
            unsafe { Space::of(referent) }
                .weak
                .borrow_mut()
                .remove(referent, self);
        }
    }
}

impl Drop for WeakLink {
    fn drop(&mut self) {
        self.detach();
    }
}

// SAFETY: a weak link holds no counted reference.
unsafe impl Traverse for WeakLink {
    const ACYCLIC: bool = true;

    fn traverse(&self, _: &mut Visitor<'_>) {}
}

/// Handles to the objects that embed a link to `referent`, newest first.
///
/// # Errors
/// None: an object without links yields nothing.
pub fn owners(referent: &AnyRef) -> Vec<AnyRef> {
    if !referent.header().has(Flags::HAS_WEAK) {
        return Vec::new();
    }
    // SAFETY: the referent is alive.
    let space = unsafe { Space::of(referent.as_raw()) };
    space
        .weak
        .borrow()
        .links(referent.as_raw())
        .filter_map(WeakLink::owner)
        .collect()
}

/// Empties every link to `referent`, callbacks or not.
pub fn clear(referent: &AnyRef) {
    if referent.header().has(Flags::HAS_WEAK) {
        // SAFETY: the referent is alive.
        let space = unsafe { Space::of(referent.as_raw()) };
        space.weak.borrow_mut().clear(referent.as_raw());
    }
}

/// The newest owner of a link to `referent` that `is_wanted` accepts. It must only look at the owner.
pub fn find_owner(referent: &AnyRef, mut is_wanted: impl FnMut(&AnyRef) -> bool) -> Option<AnyRef> {
    if !referent.header().has(Flags::HAS_WEAK) {
        return None;
    }
    // SAFETY: the referent is alive.
    let space = unsafe { Space::of(referent.as_raw()) };
    let table = space.weak.borrow();
    table
        .links(referent.as_raw())
        .filter_map(WeakLink::owner)
        .find(|owner| is_wanted(owner))
}

/// Empties every link to `referent` and returns the owners of those with a callback, newest first.
pub fn take_callbacks(referent: &AnyRef) -> Vec<AnyRef> {
    if !referent.header().has(Flags::HAS_WEAK) {
        return Vec::new();
    }
    // SAFETY: the referent is alive.
    let space = unsafe { Space::of(referent.as_raw()) };
    let owners = space
        .weak
        .borrow()
        .links(referent.as_raw())
        .filter(|link| link.has_callback.get())
        .filter_map(WeakLink::owner)
        .collect();
    space.weak.borrow_mut().clear(referent.as_raw());
    owners
}

/// The heads of the lists of links, by referent: open addressing with linear probing, in a heap buffer.
#[derive(Debug, Default)]
pub(crate) struct WeakTable {
    entries: HeapVec<Entry>,
    used: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    referent: Option<NonNull<Header>>,
    newest: Option<NonNull<WeakLink>>,
}

impl WeakTable {
    fn home(&self, referent: NonNull<Header>) -> usize {
        // Fibonacci hashing: the high bits of the product depend on all bits of the address.
        let mixed = (referent.addr().get() as u64 >> 3).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 20) as usize & (self.entries.len() - 1)
    }

    fn find(&self, referent: NonNull<Header>) -> Option<usize> {
        if self.entries.is_empty() {
            return None;
        }
        let mut index = self.home(referent);
        while let Some(found) = self.entries[index].referent {
            if found == referent {
                return Some(index);
            }
            index = (index + 1) & (self.entries.len() - 1);
        }
        None
    }

    fn insert(
        &mut self,
        space: &Space,
        referent: NonNull<Header>,
        link: NonNull<WeakLink>,
    ) -> Result<(), OutOfMemory> {
        let index = match self.find(referent) {
            Some(index) => index,
            None => self.insert_new(space, referent)?,
        };
        let older = self.entries[index].newest.replace(link);
        // SAFETY: links lie in live objects; they leave the list before they die.
        unsafe {
            link.as_ref().older.set(older);
            if let Some(older) = older {
                older.as_ref().newer.set(Some(link));
            }
        }
        Ok(())
    }

    fn insert_new(
        &mut self,
        space: &Space,
        referent: NonNull<Header>,
    ) -> Result<usize, OutOfMemory> {
        if (self.used + 1) * 4 > self.entries.len() * 3 {
            self.resize(space, (self.entries.len() * 2).max(16))?;
        }
        let mut index = self.home(referent);
        while self.entries[index].referent.is_some() {
            index = (index + 1) & (self.entries.len() - 1);
        }
        self.entries[index] = Entry {
            referent: Some(referent),
            newest: None,
        };
        self.used += 1;
        Ok(index)
    }

    fn resize(&mut self, space: &Space, capacity: usize) -> Result<(), OutOfMemory> {
        let mut entries = HeapVec::with_capacity(space.heap(), capacity)?;
        for _ in 0..capacity {
            entries.push(space.heap(), Entry::default())?;
        }
        let old = std::mem::replace(&mut self.entries, entries);
        for entry in old.iter().filter(|entry| entry.referent.is_some()) {
            let mut index = self.home(entry.referent.expect("filtered"));
            while self.entries[index].referent.is_some() {
                index = (index + 1) & (capacity - 1);
            }
            self.entries[index] = *entry;
        }
        Ok(())
    }

    fn links(&self, referent: NonNull<Header>) -> impl Iterator<Item = &WeakLink> {
        let newest = self
            .find(referent)
            .and_then(|index| self.entries[index].newest);
        // SAFETY: links leave the list before they die.
        std::iter::successors(newest.map(|link| unsafe { link.as_ref() }), |link| {
            // SAFETY: as above.
            link.older.get().map(|link| unsafe { link.as_ref() })
        })
    }

    /// How many objects have links.
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    /// Whether every link to `referent` is where it should be; `None` if there is none.
    pub(crate) fn verify(&self, referent: NonNull<Header>) -> Option<bool> {
        let newest = self.entries[self.find(referent)?].newest;
        let mut newer = None;
        let all_fit = self.links(referent).all(|link| {
            let fits = link.referent.get() == Some(referent) && link.newer.get() == newer;
            newer = Some(NonNull::from(link));
            // SAFETY: the owner of a link that is in the table is alive.
            fits && link
                .owner
                .get()
                .is_some_and(|owner| unsafe { owner.as_ref() }.count() > 0)
        });
        Some(all_fit && newest.is_some())
    }

    pub(crate) fn has_callback(&self, referent: NonNull<Header>) -> bool {
        self.links(referent).any(|link| link.has_callback.get())
    }

    /// Empties every link to `referent` and forgets it.
    pub(crate) fn clear(&mut self, referent: NonNull<Header>) {
        let Some(index) = self.find(referent) else {
            return;
        };
        let mut next = self.entries[index].newest;
        while let Some(link) = next {
            // SAFETY: links leave the list before they die.
            let link = unsafe { link.as_ref() };
            next = link.older.take();
            link.newer.set(None);
            link.referent.set(None);
        }
        self.forget(referent, index);
    }

    fn remove(&mut self, referent: NonNull<Header>, link: &WeakLink) {
        let (newer, older) = (link.newer.take(), link.older.take());
        link.referent.set(None);
        // SAFETY: the neighbours leave the list before they die.
        unsafe {
            if let Some(older) = older {
                older.as_ref().newer.set(newer);
            }
            if let Some(newer) = newer {
                newer.as_ref().older.set(older);
                return;
            }
        }
        let Some(index) = self.find(referent) else {
            return;
        };
        self.entries[index].newest = older;
        if older.is_none() {
            self.forget(referent, index);
        }
    }

    /// Removes an entry and moves those behind it that would no longer be found.
    fn forget(&mut self, referent: NonNull<Header>, mut hole: usize) {
        // SAFETY: the referent is being cleared, it still lives.
        unsafe { referent.as_ref() }.change(Flags::HAS_WEAK, false);
        let mask = self.entries.len() - 1;
        let mut index = hole;
        loop {
            index = (index + 1) & mask;
            let Some(other) = self.entries[index].referent else {
                break;
            };
            let home = self.home(other);
            // The entry may move into the hole if its home is not between the hole and itself.
            if (index.wrapping_sub(home) & mask) >= (index.wrapping_sub(hole) & mask) {
                self.entries[hole] = self.entries[index];
                hole = index;
            }
        }
        self.entries[hole] = Entry::default();
        self.used -= 1;
        if self.used == 0 {
            // An empty table keeps no memory.
            self.entries = HeapVec::new();
        }
    }
}
