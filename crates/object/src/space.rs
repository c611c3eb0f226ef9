//! [`Space`]: one heap full of objects; allocating them, and freeing them without recursion.

use crate::class::drop_payload;
use crate::weak::{self, WeakTable};
use crate::{AnyRef, Class, Flags, Header, Heap, Kind, OutOfMemory, Payload, Ref, Tail};
use exuvia_heap::{Config, OwnedHeap};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

/// How many objects deep freeing nests before the rest is put on the work list (O4).
const DEPTH_MAX: u32 = 40;

/// One heap full of objects, and what has to be known about all of them.
pub struct Space {
    heap: OwnedHeap,
    /// How deep freeing is nested just now.
    depth: Cell<u32>,
    /// Dead objects waiting to be dropped, linked through their counts ([`Header::link`]).
    deferred: Cell<Option<NonNull<Header>>>,
    /// Objects set aside alive, in the order of their deaths (O3).
    pending: RefCell<VecDeque<AnyRef>>,
    attention: Cell<u32>,
    host: Cell<*const ()>,
    pub(crate) weak: RefCell<WeakTable>,
}

/// Freeing is going on as long as this lives; see [`Space::freeing`].
///
/// Ends the level of nesting, and with the outermost level what waits on the work list. A drop that panics
/// ends it too, so a payload that panics costs the memory of that payload and nothing else.
#[derive(Debug)]
pub struct Freeing<'a> {
    space: &'a Space,
}

impl Drop for Freeing<'_> {
    #[inline]
    fn drop(&mut self) {
        let depth = self.space.depth.get() - 1;
        self.space.depth.set(depth);
        if depth == 0 && self.space.deferred.get().is_some() {
            self.space.drain_deferred();
        }
    }
}

impl Space {
    /// The bit of [`attention`](Self::attention) that says that objects wait in the pending list.
    pub const ATTENTION_PENDING: u32 = 1;

    /// An empty space with a heap of its own. Boxed because the heap names its address.
    pub fn new(config: Config) -> Box<Self> {
        let space = Box::new(Self {
            heap: Heap::new(config),
            depth: Cell::new(0),
            deferred: Cell::new(None),
            pending: RefCell::default(),
            attention: Cell::new(0),
            host: Cell::new(std::ptr::null()),
            weak: RefCell::default(),
        });
        space.heap.set_user_data(std::ptr::from_ref(&*space).cast());
        space
    }

    /// The heap.
    #[inline]
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The space that an object lies in.
    ///
    /// # Safety
    /// `object` must lie in a space's heap.
    #[inline]
    pub unsafe fn of<'a>(object: NonNull<Header>) -> &'a Space {
        // SAFETY: the caller says that the block is a heap's; `new` stored the space's address there.
        unsafe { &*Heap::of(object.cast()).user_data().cast::<Space>() }
    }

    /// Bits that ask the host to look up from what it does at its next safepoint; 0 means go on.
    ///
    /// Bit 0 is [`ATTENTION_PENDING`](Self::ATTENTION_PENDING); the others are the host's.
    #[inline]
    pub fn attention(&self) -> &Cell<u32> {
        &self.attention
    }

    /// A pointer that the host stores here, for its drop functions; null at first.
    #[inline]
    pub fn host(&self) -> &Cell<*const ()> {
        &self.host
    }

    /// A new object in the pools that its class names.
    ///
    /// # Errors
    /// The heap is at its limit; the payload is dropped.
    ///
    /// # Safety
    /// `class` must describe objects with payload `T` and nothing behind it, and outlive the object.
    #[inline]
    pub unsafe fn allocate<T: Payload>(
        &self,
        class: NonNull<Class>,
        payload: T,
    ) -> Result<Ref<T>, OutOfMemory> {
        let size = size_of::<Header>() + size_of::<T>();
        // SAFETY: the class outlives the object (caller).
        let kind = unsafe { class.as_ref() }.kind;
        // SAFETY: the block has room for header and payload, and the payload is written before anyone sees it.
        unsafe {
            let object = self.allocate_raw(class, kind, size)?;
            object.add(1).cast::<T>().write(payload);
            Ok(Ref::from_owned(object))
        }
    }

    /// A block with a header for an object of a class made by [`Class::of`]: less is to be found out than for others.
    ///
    /// # Errors
    /// The heap is at its limit.
    ///
    /// # Safety
    /// 1. `class` was made by `Class::of::<T>`, counts no reference to an owner, and outlives the object.
    /// 2. The caller writes the payload before anything else happens in the space.
    #[inline(always)]
    pub unsafe fn allocate_plain<T: Payload>(
        &self,
        class: NonNull<Class>,
    ) -> Result<NonNull<Header>, OutOfMemory> {
        const { assert!(align_of::<T>() <= 8, "payloads are aligned to eight bytes") };
        let kind = Class::kind_of::<T>();
        let size = size_of::<Header>() + size_of::<T>();
        let heap = self.heap();
        let object = heap.allocate(kind, size)?.cast::<Header>();
        let bits = match kind {
            Kind::Tracked => Header::tracked_bits(heap.tracked_allocated()),
            Kind::Untracked | Kind::Buffer => 0,
        };
        // SAFETY: the block is at least as large as a header and ours alone.
        unsafe { object.write(Header::new(class, bits)) };
        Ok(object)
    }

    /// A new object whose elements follow its payload, in pools of the kind given.
    ///
    /// # Errors
    /// The heap is at its limit, or `elements` yields an error, which is returned.
    ///
    /// # Panics
    /// If `elements` yields fewer than `len` elements.
    ///
    /// # Safety
    /// `class` must describe objects with payload `Tail<H, E>` and outlive the object.
    pub unsafe fn allocate_tail<H, E>(
        &self,
        class: NonNull<Class>,
        kind: Kind,
        head: H,
        len: usize,
        elements: impl IntoIterator<Item = E>,
    ) -> Result<Ref<Tail<H, E>>, OutOfMemory> {
        let size = Tail::<H, E>::object_size(len).ok_or(OutOfMemory)?;
        u32::try_from(len).map_err(|_| OutOfMemory)?;
        // SAFETY: the block has room for header, payload and elements; all are written before anyone sees it.
        unsafe {
            let object = self.allocate_raw(class, kind, size)?;
            Tail::write(object.add(1).cast(), head, len, elements);
            Ok(Ref::from_owned(object))
        }
    }

    /// A block with a header written and everything behind it not.
    ///
    /// # Errors
    /// The heap is at its limit.
    ///
    /// # Safety
    /// 1. `class` must outlive the object, and its functions must fit what the caller writes behind the header.
    /// 2. The caller writes the payload before anything else happens in the space.
    #[inline]
    pub unsafe fn allocate_raw(
        &self,
        class: NonNull<Class>,
        kind: Kind,
        size: usize,
    ) -> Result<NonNull<Header>, OutOfMemory> {
        let object = self.heap.allocate(kind, size)?.cast::<Header>();
        let bits = if kind == Kind::Tracked {
            Header::tracked_bits(self.heap.tracked_allocated())
        } else {
            0
        };
        // SAFETY: the block is at least as large as a header and ours alone.
        unsafe { object.write(Header::new(class, bits)) };
        // SAFETY: the class outlives the object (caller).
        let class = unsafe { class.as_ref() };
        if class.owner_is_counted.get() {
            // SAFETY: counted classes are the first field of their owner's payload.
            unsafe { class.owner().as_ref() }.increment();
        }
        Ok(object)
    }

    /// The objects set aside because code of the program must run before they die, oldest death first.
    ///
    /// For each, the host runs its finalizer unless [`Flags::FINALIZED`] is set, sets that flag, then, if the
    /// handle is the last reference, takes and calls the callbacks of its weak references, and drops the
    /// handle.
    pub fn take_pending(&self) -> Option<AnyRef> {
        let object = self.pending.borrow_mut().pop_front();
        match &object {
            Some(object) => object.header().change(Flags::PENDING, false),
            None => self
                .attention
                .set(self.attention.get() & !Self::ATTENTION_PENDING),
        }
        object
    }

    /// Visits the objects that wait in the pending list, as roots.
    pub fn visit_pending(&self, mut visit: impl FnMut(&AnyRef)) {
        self.pending.borrow().iter().for_each(&mut visit);
    }

    fn set_aside(&self, object: NonNull<Header>) {
        // SAFETY: the object is alive with the one reference that was about to go away; it goes to the list.
        let object = unsafe { AnyRef::from_owned(object) };
        object.header().change(Flags::PENDING, true);
        self.pending.borrow_mut().push_back(object);
        self.attention
            .set(self.attention.get() | Self::ATTENTION_PENDING);
    }

    /// Whether objects are being freed just now: some may be half dropped, so nobody may look around.
    ///
    /// Only code that runs inside of a payload's `Drop` can see this.
    #[inline]
    pub fn is_freeing(&self) -> bool {
        self.depth.get() != 0
    }

    /// Begins a level of freeing, for whoever frees objects by other means than dropping handles.
    #[inline]
    pub fn freeing(&self) -> Freeing<'_> {
        self.depth.set(self.depth.get() + 1);
        Freeing { space: self }
    }

    /// Puts a dead object on the work list.
    ///
    /// # Safety
    /// Nobody refers to `object` any more. Its host byte and its class stay readable for its size.
    #[cold]
    unsafe fn defer(&self, object: NonNull<Header>) {
        // SAFETY: the header is still there.
        unsafe { object.as_ref().link(self.deferred.get()) };
        self.deferred.set(Some(object));
    }

    /// Drops every object on the work list, and those that die by that.
    #[cold]
    fn drain_deferred(&self) {
        // If a payload panics, the level ends in unwinding, and the next one goes on with the list.
        let _freeing = self.freeing();
        while let Some(object) = self.deferred.take() {
            // SAFETY: `defer` linked it, and nobody refers to it.
            unsafe {
                self.deferred.set(object.as_ref().linked());
                let class = object.as_ref().class_ptr();
                drop_and_free(object, class.as_ref());
            }
        }
    }
}

impl Space {
    /// Ends the space with whatever still lives in it, and returns all its memory to the system. Nothing is dropped.
    ///
    /// # Safety
    /// No object, buffer or handle of the space, and no reference to it or its heap, is used after this.
    pub unsafe fn discard(self: Box<Self>) {
        let space = Box::into_raw(self);
        // SAFETY: each field is moved out at most once, and those that own blocks of the heap are not dropped; then
        // the box is freed without dropping its contents.
        unsafe {
            for object in (&raw const (*space).pending).read().into_inner() {
                object.into_raw();
            }
            (&raw const (*space).heap).read().discard();
            drop(Box::from_raw(space.cast::<MaybeUninit<Space>>()));
        }
    }
}

impl Drop for Space {
    /// Lets go of what waits for a finalizer: without the space's owner, none will run.
    fn drop(&mut self) {
        while let Some(object) = self.take_pending() {
            object.header().change(Flags::FINALIZED, true);
            weak::clear(&object);
        }
    }
}

impl std::fmt::Debug for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Space")
            .field("heap", &self.heap)
            .finish_non_exhaustive()
    }
}

/// Ends an object whose last reference goes away: frees it at once, or sets it aside.
///
/// The handle's type says what the payload probably is; then dropping that is inlined here.
///
/// # Safety
/// `object` must be alive with a count of one, and the caller gives that one reference away.
#[inline(never)]
pub(crate) unsafe fn release_last<T>(object: NonNull<Header>) {
    // SAFETY: the object is alive.
    let header = unsafe { object.as_ref() };
    // SAFETY: O1. The class is not counted by the object, or `is_plain` is false.
    let class = unsafe { header.class_ptr().as_ref() };
    if header.has(Flags::HAS_WEAK) || !class.is_plain() {
        // SAFETY: as the caller promises.
        return unsafe { release_last_slow(object) };
    }
    // SAFETY: the object lies in a space, nobody refers to it any more, and the size is the one it was allocated with.
    unsafe {
        let size = class.basic_size as usize;
        let Some(drop) = class.drop.get() else {
            return Heap::release_object(object.cast(), size);
        };
        let space = Space::of(object);
        if space.depth.get() >= DEPTH_MAX {
            return space.defer(object);
        }
        let _freeing = space.freeing();
        if std::ptr::fn_addr_eq(drop, drop_payload::<T> as unsafe fn(NonNull<Header>)) {
            object.add(1).cast::<T>().drop_in_place();
        } else {
            drop(object);
        }
        Heap::release_object(object.cast(), size);
    }
}

/// The same for objects that may have to be set aside, or whose class wants to be asked.
///
/// # Safety
/// As for [`release_last`].
#[inline(never)]
unsafe fn release_last_slow(object: NonNull<Header>) {
    // SAFETY: the object is alive.
    let header = unsafe { object.as_ref() };
    let class_ptr = header.class_ptr();
    // SAFETY: O1.
    let class = unsafe { class_ptr.as_ref() };
    let is_special = header.has(Flags::HAS_WEAK) || class.needs_finalizer.get().is_some();
    // SAFETY: as the caller promises.
    if is_special && unsafe { !may_die(object, class) } {
        return;
    }
    // SAFETY: nobody refers to the object any more.
    unsafe { destroy(object, class) }
}

/// Whether the object may be freed now; if not, it has been set aside.
///
/// # Safety
/// As for [`release_last`].
#[cold]
#[inline(never)]
unsafe fn may_die(object: NonNull<Header>, class: &Class) -> bool {
    // SAFETY: the object is alive and lies in a space.
    let (header, space) = unsafe { (object.as_ref(), Space::of(object)) };
    let wants_finalizer = !header.has(Flags::FINALIZED)
        && class.needs_finalizer.get().is_some_and(|needs| {
            // SAFETY: the object is alive and of this class.
            unsafe { needs(object) }
        });
    if wants_finalizer {
        space.set_aside(object);
        return false;
    }
    if header.has(Flags::HAS_WEAK) {
        if space.weak.borrow().has_callback(object) {
            space.set_aside(object);
            return false;
        }
        space.weak.borrow_mut().clear(object);
    }
    true
}

/// Drops and frees an object, now or, when freeing is nested deep, from the work list.
///
/// # Safety
/// Nobody refers to `object` any more, and `class` is its class.
#[inline]
unsafe fn destroy(object: NonNull<Header>, class: &Class) {
    // SAFETY: the object lies in a space, and nobody refers to it.
    unsafe {
        if class.drop.get().is_none() && !class.owner_is_counted.get() {
            return Heap::release_object(object.cast(), class.size_of(object));
        }
        let space = Space::of(object);
        if space.depth.get() >= DEPTH_MAX {
            return space.defer(object);
        }
        let _freeing = space.freeing();
        drop_and_free(object, class);
    }
}

/// Drops what is behind the header, frees the block, and lets go of the class's owner.
///
/// # Safety
/// As for [`destroy`].
unsafe fn drop_and_free(object: NonNull<Header>, class: &Class) {
    let owner_is_counted = class.owner_is_counted.get();
    // SAFETY: the size is read while the payload still lives; nobody refers to the object.
    unsafe {
        let size = class.size_of(object);
        if let Some(drop) = class.drop.get() {
            drop(object);
        }
        Heap::release_object(object.cast(), size);
        if owner_is_counted {
            // The class may go with this: it is not looked at again.
            drop(AnyRef::from_owned(class.owner()));
        }
    }
}
