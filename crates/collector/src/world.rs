//! [`World`]: a heap, its objects and their collector, for ordinary Rust types and without any `unsafe`.

use crate::{Collector, Generation, Host, Outcome};
use exuvia_heap::{Config, Kind};
use exuvia_object::weak::{self, WeakLink};
use exuvia_object::{
    AnyRef, Class, Flags, Header, OutOfMemory, Payload, Ref, Space, Traverse, Visitor,
};
use std::any::TypeId;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::rc::Rc;

/// A heap full of counted, collected objects of ordinary Rust types.
///
/// An object is freed the moment the last [`Ref`] to it goes away; a circle of objects that nothing else refers
/// to is freed by a collection, which begins by itself when enough objects were made. Types say what they refer to
/// by `#[derive(Traverse)]`, and change their references in a [`Slot`](exuvia_object::Slot), a `RefCell` or a
/// `Cell`.
///
/// ```
/// use exuvia_collector::World;
/// use exuvia_object::{Ref, Slot, Traverse};
///
/// #[derive(Traverse)]
/// struct Person {
///     name: String,
///     friend: Slot<Person>,
/// }
///
/// let world = World::new();
/// let ann = world.alloc(Person { name: "Ann".into(), friend: Slot::empty() })?;
/// let bob = world.alloc(Person { name: "Bob".into(), friend: Slot::new(Some(ann.clone())) })?;
/// ann.friend.set(Some(bob.clone()));
/// assert_eq!(bob.friend.get().unwrap().name, "Ann");
///
/// let bob_if_alive = world.downgrade(&bob)?;
/// drop((ann, bob));
/// assert_eq!(world.collect().collected, 2);
/// assert!(bob_if_alive.upgrade().is_none());
/// # Ok::<(), exuvia_object::OutOfMemory>(())
/// ```
///
/// Finalizers and callbacks run inside of [`alloc`](Self::alloc), [`collect`](Self::collect) and
/// [`run_finalizers`](Self::run_finalizers), never inside a drop. Handles may outlive the world; the objects that they
/// keep alive then live on, and their memory is not returned.
pub struct World {
    space: ManuallyDrop<Box<Space>>,
    collector: Collector,
    kinds: RefCell<HashMap<TypeId, Box<TypeEntry>, BuildHasherDefault<TypeIdHasher>>>,
    /// The class looked up last.
    recent: Cell<Option<(TypeId, NonNull<Class>)>>,
    is_finalizing: Cell<bool>,
}

/// What a world knows of a Rust type.
struct TypeEntry {
    class: Class,
    finalizer: RefCell<Option<Rc<dyn Fn(&World, &AnyRef)>>>,
}

/// A `TypeId` is a good hash already.
#[derive(Default)]
struct TypeIdHasher(u64);

impl Hasher for TypeIdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// A world without a limit.
    pub fn new() -> Self {
        Self::with_config(Config::default())
    }

    /// A world that never takes more than so many bytes from the system.
    pub fn with_limit(bytes: usize) -> Self {
        Self::with_config(Config {
            limit: Some(bytes),
            ..Config::default()
        })
    }

    /// A world on a heap made so.
    pub fn with_config(config: Config) -> Self {
        Self {
            space: ManuallyDrop::new(Space::new(config)),
            collector: Collector::new(),
            kinds: RefCell::default(),
            recent: Cell::new(None),
            is_finalizing: Cell::new(false),
        }
    }

    /// A new object.
    ///
    /// May first collect garbage and run finalizers. If there is no room it collects everything and tries once more.
    ///
    /// # Errors
    /// There is still no room.
    #[inline(always)]
    pub fn alloc<T: Payload>(&self, payload: T) -> Result<Ref<T>, OutOfMemory> {
        self.safepoint();
        let class = self.class::<T>();
        // SAFETY: the class is that of `T`, which only its finalizer changes, and lives as long as its objects; the
        // block has room for header and payload, which is written before anything else happens.
        unsafe {
            let object = match self.space.allocate_plain::<T>(class) {
                Ok(object) => object,
                Err(OutOfMemory) => self.allocate_after_collection::<T>(class)?,
            };
            object.add(1).cast::<T>().write(payload);
            Ok(Ref::from_owned(object))
        }
    }

    /// A block for an object, after making room for it.
    ///
    /// # Safety
    /// As for [`Space::allocate_plain`].
    #[cold]
    #[inline(never)]
    unsafe fn allocate_after_collection<T: Payload>(
        &self,
        class: NonNull<Class>,
    ) -> Result<NonNull<Header>, OutOfMemory> {
        self.collect();
        // SAFETY: the caller's.
        unsafe { self.space.allocate_plain::<T>(class) }
    }

    /// The class of the objects with payload `T`.
    #[inline(always)]
    fn class<T: Payload>(&self) -> NonNull<Class> {
        match self.recent.get() {
            Some((id, class)) if id == TypeId::of::<T>() => class,
            _ => self.look_class_up::<T>(),
        }
    }

    #[cold]
    #[inline(never)]
    fn look_class_up<T: Payload>(&self) -> NonNull<Class> {
        let id = TypeId::of::<T>();
        let mut kinds = self.kinds.borrow_mut();
        let entry = kinds.entry(id).or_insert_with(|| {
            Box::new(TypeEntry {
                class: Class::of::<T>(),
                finalizer: RefCell::default(),
            })
        });
        let class = NonNull::from(&entry.class);
        self.recent.set(Some((id, class)));
        class
    }

    /// Calls `finalizer` with each object of type `T` before it dies, once.
    ///
    /// The finalizer may store a handle somewhere: then the object lives on.
    pub fn set_finalizer<T: Payload>(&self, finalizer: impl Fn(&World, &Ref<T>) + 'static) {
        self.look_class_up::<T>();
        let kinds = self.kinds.borrow();
        let entry = &kinds[&TypeId::of::<T>()];
        let finalizer = move |world: &World, object: &AnyRef| {
            // SAFETY: the entry of `T` is only used for objects with that payload.
            finalizer(world, unsafe { object.downcast_ref_unchecked::<T>() });
        };
        *entry.finalizer.borrow_mut() = Some(Rc::new(finalizer));
        entry.class.needs_finalizer.set(Some(always));
    }

    /// A handle that does not keep the object alive.
    ///
    /// # Errors
    /// There is no room.
    pub fn downgrade<T: Payload>(&self, referent: &Ref<T>) -> Result<Weak<T>, OutOfMemory> {
        let node = self.alloc(WeakNode(WeakLink::new()))?;
        WeakLink::attach(&node, |node| &node.0, referent.as_any(), false)?;
        Ok(Weak::new(node.into_any()))
    }

    /// The same, and calls `callback` after the object has died, unless the weak handle is gone by then, or dies in
    /// the same circle.
    ///
    /// # Errors
    /// There is no room.
    pub fn downgrade_with<T: Payload>(
        &self,
        referent: &Ref<T>,
        callback: impl Fn(&World) + 'static,
    ) -> Result<Weak<T>, OutOfMemory> {
        let node = self.alloc(CallbackNode {
            link: WeakLink::new(),
            callback: Box::new(callback),
        })?;
        WeakLink::attach(&node, |node| &node.link, referent.as_any(), true)?;
        Ok(Weak::new(node.into_any()))
    }

    /// Collects all garbage.
    pub fn collect(&self) -> Outcome {
        self.collect_generation(Generation::Old)
    }

    /// Collects the garbage of a generation and those younger.
    pub fn collect_generation(&self, generation: Generation) -> Outcome {
        // What waits for its finalizer keeps alive what it refers to.
        self.run_finalizers();
        let outcome = self
            .collector
            .collect(&self.space, generation, &mut WorldHost(self));
        self.run_finalizers();
        outcome
    }

    /// Runs the finalizers of the objects whose last handle is gone, and the callbacks of their weak handles.
    pub fn run_finalizers(&self) {
        if self.space.is_freeing() || self.is_finalizing.replace(true) {
            return;
        }
        let _finalizing = Finalizing(&self.is_finalizing);
        while let Some(object) = self.space.take_pending() {
            self.finalize_once(&object);
            if object.count() == 1 {
                for owner in weak::take_callbacks(&object) {
                    self.call_back(&owner);
                }
            }
        }
    }

    fn finalize_once(&self, object: &AnyRef) {
        if !object.header().has(Flags::FINALIZED) {
            object.header().set(Flags::FINALIZED);
            self.finalize(object);
        }
    }

    fn finalize(&self, object: &AnyRef) {
        let finalizer = {
            let kinds = self.kinds.borrow();
            let entry = kinds.get(&object.class().payload);
            entry.and_then(|entry| entry.finalizer.borrow().clone())
        };
        if let Some(finalizer) = finalizer {
            finalizer(self, object);
        }
    }

    fn call_back(&self, owner: &AnyRef) {
        if let Some(node) = owner.downcast_ref::<CallbackNode>() {
            (node.callback)(self);
        }
    }

    /// Does what is due: collects, or runs finalizers. [`alloc`](Self::alloc) does this too.
    #[inline(always)]
    pub fn safepoint(&self) {
        let due = self.collector.is_due(&self.space);
        if due.is_some() || self.space.attention().get() != 0 {
            self.attend(due);
        }
    }

    #[cold]
    #[inline(never)]
    fn attend(&self, due: Option<Generation>) {
        self.run_finalizers();
        if due.is_some() {
            self.collector
                .collect_due(&self.space, &mut WorldHost(self));
            self.run_finalizers();
        }
    }

    /// The collector: thresholds, statistics, freezing.
    pub fn collector(&self) -> &Collector {
        &self.collector
    }

    /// The space in which the objects lie: the heap and its figures.
    pub fn space(&self) -> &Space {
        &self.space
    }
}

/// Finalizers run as long as this lives.
struct Finalizing<'a>(&'a Cell<bool>);

impl Drop for Finalizing<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

/// The [`Class::needs_finalizer`] of types with a finalizer.
///
/// # Safety
/// None.
unsafe fn always(_: NonNull<Header>) -> bool {
    true
}

impl Drop for World {
    /// Collects what is garbage. If objects are still referred to from outside, they and their heap live on.
    fn drop(&mut self) {
        self.collect();
        let heap = self.space.heap();
        let objects = heap.blocks_live_of(Kind::Tracked) + heap.blocks_live_of(Kind::Untracked);
        if objects == 0 {
            // SAFETY: the field is not used after this.
            unsafe { ManuallyDrop::drop(&mut self.space) };
        } else {
            // The objects need their space and their classes. Finalizers would need the world, so none will run.
            for entry in self.kinds.get_mut().drain().map(|(_, entry)| entry) {
                entry.class.needs_finalizer.set(None);
                Box::leak(entry);
            }
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("space", &*self.space)
            .field("collector", &self.collector)
            .finish_non_exhaustive()
    }
}

/// A world as the host of its collector.
struct WorldHost<'a>(&'a World);

impl Host for WorldHost<'_> {
    fn call_weak_callback(&mut self, owner: &AnyRef) {
        self.0.call_back(owner);
    }

    fn finalize(&mut self, object: &AnyRef) {
        self.0.finalize(object);
    }
}

/// What a weak handle without a callback points to.
#[derive(Traverse)]
struct WeakNode(WeakLink);

/// What a weak handle with a callback points to. May be part of a cycle, through what the callback captured.
struct CallbackNode {
    link: WeakLink,
    callback: Box<dyn Fn(&World)>,
}

// SAFETY: the callback's references are not reported, so they keep alive what they refer to. Dropping it runs the
// drops of what it captured, which is not part of this object.
unsafe impl Traverse for CallbackNode {
    // So that a callback node that is garbage itself is known to be.
    const ACYCLIC: bool = false;

    fn traverse(&self, _: &mut Visitor<'_>) {}
}

/// A handle to an object that does not keep it alive; see [`World::downgrade`].
pub struct Weak<T> {
    node: AnyRef,
    referent: PhantomData<T>,
}

impl<T: Payload> Weak<T> {
    fn new(node: AnyRef) -> Self {
        Self {
            node,
            referent: PhantomData,
        }
    }

    /// A counted handle to the object, if it still lives.
    pub fn upgrade(&self) -> Option<Ref<T>> {
        // SAFETY: weak handles are made to link to objects of type `T` only.
        self.link()
            .upgrade()
            .map(|object| unsafe { Ref::from_owned(object.into_raw()) })
    }

    /// The object that the link lies in, which this is a counted handle to.
    pub fn as_any(&self) -> &AnyRef {
        &self.node
    }

    fn link(&self) -> &WeakLink {
        match self.node.downcast_ref::<WeakNode>() {
            Some(node) => &node.0,
            None => {
                let node = self.node.downcast_ref::<CallbackNode>();
                &node.expect("there are two kinds of nodes").link
            }
        }
    }
}

impl<T> Clone for Weak<T> {
    fn clone(&self) -> Self {
        Self {
            node: self.node.clone(),
            referent: PhantomData,
        }
    }
}

// SAFETY: the node is the one reference.
unsafe impl<T: 'static> Traverse for Weak<T> {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        self.node.traverse(visitor);
    }
}

impl<T: Payload> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Weak").field(&self.upgrade()).finish()
    }
}
