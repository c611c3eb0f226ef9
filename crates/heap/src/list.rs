//! Intrusive doubly linked lists of pools and arenas; a node names its links for every list that it can be in.

use std::cell::Cell;
use std::marker::PhantomData;

/// A node's neighbours in one list. All zeros is a node alone.
pub(crate) struct Links<P> {
    next: Cell<Option<P>>,
    prev: Cell<Option<P>>,
}

impl<P> Links<P> {
    pub(crate) const fn new() -> Self {
        Self {
            next: Cell::new(None),
            prev: Cell::new(None),
        }
    }
}

/// Something that can be in the list named `L`.
pub(crate) trait Node<L>: Copy + Eq {
    fn links(&self) -> &Links<Self>;

    /// The node after this one.
    fn next(&self) -> Option<Self> {
        self.links().next.get()
    }

    /// The node before this one.
    fn prev(&self) -> Option<Self> {
        self.links().prev.get()
    }
}

/// A list named `L`.
pub(crate) struct List<P, L> {
    head: Cell<Option<P>>,
    tail: Cell<Option<P>>,
    name: PhantomData<L>,
}

impl<P: Node<L>, L> List<P, L> {
    pub(crate) const fn new() -> Self {
        Self {
            head: Cell::new(None),
            tail: Cell::new(None),
            name: PhantomData,
        }
    }

    pub(crate) fn head(&self) -> Option<P> {
        self.head.get()
    }

    pub(crate) fn tail(&self) -> Option<P> {
        self.tail.get()
    }

    pub(crate) fn push_front(&self, node: P) {
        let links = node.links();
        links.prev.set(None);
        links.next.set(self.head.get());
        match self.head.get() {
            Some(head) => head.links().prev.set(Some(node)),
            None => self.tail.set(Some(node)),
        }
        self.head.set(Some(node));
    }

    pub(crate) fn push_back(&self, node: P) {
        let links = node.links();
        links.next.set(None);
        links.prev.set(self.tail.get());
        match self.tail.get() {
            Some(tail) => tail.links().next.set(Some(node)),
            None => self.head.set(Some(node)),
        }
        self.tail.set(Some(node));
    }

    /// Takes out a node that is in this list.
    pub(crate) fn remove(&self, node: P) {
        let links = node.links();
        let (prev, next) = (links.prev.take(), links.next.take());
        match prev {
            Some(prev) => prev.links().next.set(next),
            None => self.head.set(next),
        }
        match next {
            Some(next) => next.links().prev.set(prev),
            None => self.tail.set(prev),
        }
    }

    /// Puts `new`, whose links are a copy of `old`'s, in the place of `old`, which may be gone already.
    pub(crate) fn replace(&self, old: P, new: P) {
        let links = new.links();
        match links.prev.get() {
            Some(prev) => prev.links().next.set(Some(new)),
            None => self.head.set(Some(new)),
        }
        match links.next.get() {
            Some(next) => next.links().prev.set(Some(new)),
            None => self.tail.set(Some(new)),
        }
        debug_assert!(self.head.get() != Some(old) && self.tail.get() != Some(old));
    }

    /// The nodes in order. The node just yielded may be taken out meanwhile, the one after it may not.
    pub(crate) fn iter(&self) -> impl Iterator<Item = P> + use<P, L> {
        std::iter::successors(self.head.get(), |node| Node::<L>::next(node))
    }
}
