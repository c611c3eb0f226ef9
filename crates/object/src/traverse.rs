//! [`Traverse`]: a type says once what it refers to (D9). [`Visitor`]: who is told.

use crate::{Header, HeapDeque, HeapVec, Ref};
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::slice;

/// Where inside an object a reference lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Not said.
    None,
    /// A field of the payload, by its name in Rust or in the program.
    Field(&'static str),
    /// An element, by its index.
    Index(usize),
    /// A value in a mapping, by its key.
    Key(NonNull<Header>),
    /// The key itself, or an element of a set.
    KeyItself,
    /// An attribute of an instance, by its name (a string object).
    Attribute(NonNull<Header>),
    /// A local variable or closure cell of a frame, by its name (a string object).
    Local(NonNull<Header>),
    /// A slot of an evaluation stack, by its depth.
    Stack(usize),
    /// The type of an instance.
    Class,
}

/// How many targets are gathered before the sink is called.
const BATCH: usize = 64;

/// Who is told of each reference.
///
/// Targets are handed over in batches, so that a collector can prefetch them and pays one indirect call for
/// many edges; when labels are wanted, one by one.
pub struct Visitor<'a> {
    /// The first `len` are written.
    batch: [MaybeUninit<NonNull<Header>>; BATCH],
    len: usize,
    /// So many targets are gathered before anything else is to be asked.
    quota: usize,
    sink: Sink<'a>,
}

enum Sink<'a> {
    Targets(&'a mut dyn FnMut(&[NonNull<Header>])),
    Window(Window<'a>),
    Labelled(&'a mut dyn FnMut(NonNull<Header>, Label)),
}

/// A sink that takes only some of an object's targets.
struct Window<'a> {
    sink: &'a mut dyn FnMut(&[NonNull<Header>]),
    /// How many targets are still to be left out.
    skip: usize,
    /// How many are to be taken after that. As soon as it is so far, this becomes the visitor's quota.
    take: usize,
    /// Whether there were more.
    is_cut: bool,
}

impl<'a> Visitor<'a> {
    /// A visitor that hands over targets in batches, but only some of each object's: see [`begin`](Self::begin).
    ///
    /// For visits of huge objects in pieces. Call [`flush`](Self::flush) when done.
    pub fn windowed(sink: &'a mut dyn FnMut(&[NonNull<Header>])) -> Self {
        Self {
            batch: [MaybeUninit::uninit(); BATCH],
            len: 0,
            quota: 0,
            sink: Sink::Window(Window {
                sink,
                skip: 0,
                take: 0,
                is_cut: false,
            }),
        }
    }

    /// Begins an object: the first `skip` targets that are told of now are left out, and at most `take` are taken.
    ///
    /// For [`windowed`](Self::windowed) visitors; others take all.
    pub fn begin(&mut self, skip: usize, take: usize) {
        if let Sink::Window(window) = &mut self.sink {
            window.skip = skip;
            window.take = if skip > 0 { take } else { 0 };
            window.is_cut = false;
            self.quota = take - window.take;
        }
    }

    /// How many more targets of this object will be taken, and whether there were more than that.
    pub fn window(&self) -> (usize, bool) {
        match &self.sink {
            Sink::Window(window) => (self.quota + window.take, window.is_cut),
            Sink::Targets(_) | Sink::Labelled(_) => (usize::MAX, false),
        }
    }

    /// A visitor that hands over targets in batches; call [`flush`](Self::flush) when done.
    pub fn targets(sink: &'a mut dyn FnMut(&[NonNull<Header>])) -> Self {
        Self {
            batch: [MaybeUninit::uninit(); BATCH],
            len: 0,
            quota: usize::MAX,
            sink: Sink::Targets(sink),
        }
    }

    /// A visitor that hands over each target with its label.
    pub fn labelled(sink: &'a mut dyn FnMut(NonNull<Header>, Label)) -> Self {
        Self {
            batch: [MaybeUninit::uninit(); BATCH],
            len: 0,
            quota: 0,
            sink: Sink::Labelled(sink),
        }
    }

    /// Tells of one reference.
    #[inline]
    pub fn visit<T>(&mut self, target: &Ref<T>, label: impl FnOnce() -> Label) {
        self.visit_raw(target.as_raw(), label);
    }

    /// Tells of one counted reference that is not kept as a [`Ref`].
    #[inline]
    pub fn visit_raw(&mut self, target: NonNull<Header>, label: impl FnOnce() -> Label) {
        if self.quota > 0 {
            self.quota -= 1;
            self.gather(target);
        } else {
            self.visit_otherwise(target, label);
        }
    }

    #[inline(always)]
    fn gather(&mut self, target: NonNull<Header>) {
        if self.len == BATCH {
            self.flush();
        }
        self.batch[self.len].write(target);
        self.len += 1;
    }

    /// Apart from the fast way, so that this can be inlined everywhere.
    #[inline(never)]
    fn visit_otherwise(&mut self, target: NonNull<Header>, label: impl FnOnce() -> Label) {
        match &mut self.sink {
            Sink::Targets(_) => self.gather(target),
            Sink::Labelled(sink) => sink(target, label()),
            Sink::Window(window) if window.skip > 0 => {
                window.skip -= 1;
                if window.skip == 0 {
                    self.quota = std::mem::take(&mut window.take);
                }
            }
            Sink::Window(window) => window.is_cut = true,
        }
    }

    /// Tells of many references without labels, if all are wanted and there is room for them; whether it did.
    #[inline]
    fn gather_all(&mut self, targets: &[NonNull<Header>]) -> bool {
        let room = &mut self.batch[self.len..];
        if targets.len() > self.quota || targets.len() > room.len() {
            return false;
        }
        // Mostly there are few, and a call would take longer.
        match targets {
            [] => {}
            [one] => {
                room[0].write(*one);
            }
            [one, two] => {
                room[0].write(*one);
                room[1].write(*two);
            }
            _ => {
                room[..targets.len()].write_copy_of_slice(targets);
            }
        }
        self.quota -= targets.len();
        self.len += targets.len();
        true
    }

    /// Which of `len` elements with one reference each are to be visited; counts the others as visited.
    fn elements_wanted(&mut self, len: usize) -> std::ops::Range<usize> {
        let Sink::Window(window) = &mut self.sink else {
            return 0..len;
        };
        let from = window.skip.min(len);
        window.skip -= from;
        if window.skip == 0 {
            self.quota += std::mem::take(&mut window.take);
        }
        let to = from + self.quota.min(len - from);
        window.is_cut |= to < len;
        from..to
    }

    /// Whether nothing more will be taken of this object.
    fn is_cut(&self) -> bool {
        matches!(&self.sink, Sink::Window(window) if window.is_cut)
    }

    /// Visits a part under a label, for parts that do not know their own (a field of a struct).
    #[inline]
    pub fn field<T: Traverse + ?Sized>(&mut self, name: &'static str, part: &T) {
        if matches!(self.sink, Sink::Labelled(_)) {
            self.field_labelled(name, part);
        } else {
            part.traverse(self);
        }
    }

    #[inline(never)]
    fn field_labelled<T: Traverse + ?Sized>(&mut self, name: &'static str, part: &T) {
        let Sink::Labelled(sink) = &mut self.sink else {
            return;
        };
        let mut relabel = |target, label| {
            let is_unlabelled = label == Label::None;
            sink(
                target,
                if is_unlabelled {
                    Label::Field(name)
                } else {
                    label
                },
            );
        };
        part.traverse(&mut Visitor::labelled(&mut relabel));
    }

    /// Hands over what is gathered.
    #[inline(never)]
    pub fn flush(&mut self) {
        // SAFETY: the first `len` are written.
        let targets = unsafe { self.batch[..self.len].assume_init_ref() };
        match &mut self.sink {
            Sink::Targets(sink) => sink(targets),
            Sink::Window(window) => (window.sink)(targets),
            Sink::Labelled(_) => {}
        }
        self.len = 0;
    }
}

impl std::fmt::Debug for Visitor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Visitor({} gathered)", self.len)
    }
}

/// Stands in the way of `impl Drop` for types that derive [`Traverse`]: see there.
#[doc(hidden)]
pub trait DropMustNotFollowReferences {}
#[allow(
    drop_bounds,
    reason = "to find out whether the type has a `Drop` of its own"
)]
impl<T: Drop> DropMustNotFollowReferences for T {}

/// What an object refers to.
///
/// Derive it (`#[derive(Traverse)]`); the derive visits every field. A field whose type holds no references
/// needs an implementation too: the ones for numbers, strings and cells of them are here, and
/// `#[traverse(skip)]` on a field says that it holds none.
///
/// The derive refuses types that implement `Drop`, because of the third duty below; `#[traverse(drop)]` on the type
/// says that its `Drop` keeps that duty.
///
/// ```compile_fail
/// use exuvia_object::{Slot, Traverse};
///
/// #[derive(Traverse)]
/// struct Node(Slot<Node>);
///
/// impl Drop for Node {
///     fn drop(&mut self) {
///         // In a circle of garbage the other node may have been dropped before.
///         self.0.get();
///     }
/// }
/// ```
///
/// # Safety
/// 1. `traverse` reports every counted reference that the value holds, each exactly once per reference.
/// 2. It runs nothing but visits: it does not clone or drop handles, allocate on the heap, or change anything.
/// 3. Dropping the value must not look into objects that it refers to: they may be dead already when a cycle
///    is taken apart. Dropping the handles is all that it may do with them.
/// 4. `traverse` does not panic, and says the same when called again without anything having changed.
/// 5. A type that says [`IS_ONE_REFERENCE`](Self::IS_ONE_REFERENCE) is a [`Ref`], or a transparent wrapper of one.
/// 6. Where [`BUFFER_AT`](Self::BUFFER_AT) says, eight bytes of the value can be read as an address at any time.
pub unsafe trait Traverse {
    /// Whether values can never hold a reference; objects of such types are not looked at by a collector.
    const ACYCLIC: bool = false;
    /// Whether a value is exactly one reference: then an array is visited as a whole, or in parts if it is long.
    const IS_ONE_REFERENCE: bool = false;

    /// Where in a value the address of memory lies that [`traverse`](Self::traverse) reads, if that can be said: so that
    /// it can be asked for beforehand. Whether the address is good does not matter.
    const BUFFER_AT: Option<usize> = None;

    /// Reports every reference that the value holds.
    fn traverse(&self, visitor: &mut Visitor<'_>);
}

// SAFETY: a handle is one reference.
unsafe impl<T> Traverse for Ref<T> {
    const IS_ONE_REFERENCE: bool = true;

    #[inline]
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        visitor.visit(self, || Label::None);
    }
}

// SAFETY: visits what is inside, if anything.
unsafe impl<T: Traverse> Traverse for Option<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    #[inline]
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        if let Some(inside) = self {
            inside.traverse(visitor);
        }
    }
}

/// Visits the elements of a slice, labelled by index where they have no label of their own.
fn traverse_slice<T: Traverse>(elements: &[T], visitor: &mut Visitor<'_>) {
    traverse_part(elements, 0, visitor);
}

/// Visits the elements of a slice that is a part of a sequence and begins there at the index `first`.
fn traverse_part<T: Traverse>(elements: &[T], first: usize, visitor: &mut Visitor<'_>) {
    if T::ACYCLIC {
        return;
    }
    if T::IS_ONE_REFERENCE {
        // SAFETY: every element is a handle, which is one address of an object (5).
        let targets: &[NonNull<Header>] =
            unsafe { slice::from_raw_parts(elements.as_ptr().cast(), elements.len()) };
        if visitor.gather_all(targets) {
            return;
        }
    }
    if let Sink::Labelled(sink) = &mut visitor.sink {
        for (index, element) in elements.iter().enumerate() {
            let mut relabel = |target, label| {
                sink(
                    target,
                    if label == Label::None {
                        Label::Index(first + index)
                    } else {
                        label
                    },
                );
            };
            element.traverse(&mut Visitor::labelled(&mut relabel));
        }
    } else if T::IS_ONE_REFERENCE {
        let wanted = visitor.elements_wanted(elements.len());
        for element in &elements[wanted] {
            element.traverse(visitor);
        }
    } else {
        for element in elements {
            element.traverse(visitor);
            if visitor.is_cut() {
                break;
            }
        }
    }
}

// SAFETY: visits each element.
unsafe impl<T: Traverse> Traverse for [T] {
    const ACYCLIC: bool = T::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        traverse_slice(self, visitor);
    }
}

// SAFETY: visits each element.
unsafe impl<T: Traverse, const N: usize> Traverse for [T; N] {
    const ACYCLIC: bool = T::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        traverse_slice(self, visitor);
    }
}

// SAFETY: visits each element.
unsafe impl<T: Traverse> Traverse for HeapVec<T> {
    const ACYCLIC: bool = T::ACYCLIC;
    const BUFFER_AT: Option<usize> = Some(HeapVec::<T>::BUFFER_AT);

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        traverse_slice(self, visitor);
    }
}

// SAFETY: visits each element.
unsafe impl<T: Traverse> Traverse for HeapDeque<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        let mut first = 0;
        for chunk in self.chunks() {
            traverse_part(chunk, first, visitor);
            first += chunk.len();
        }
    }
}

// SAFETY: visits each element.
unsafe impl<T: Traverse> Traverse for Vec<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        traverse_slice(self, visitor);
    }
}

// SAFETY: visits what is inside.
unsafe impl<T: Traverse + ?Sized> Traverse for Box<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        (**self).traverse(visitor);
    }
}

// SAFETY: visits the value if there is one.
unsafe impl<T: Traverse> Traverse for OnceCell<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    #[inline]
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        if let Some(inside) = self.get() {
            inside.traverse(visitor);
        }
    }
}

// SAFETY: visits what is inside, unless it is being changed. To leave references out is safe while it lasts: a
// reference not reported counts as one from outside, and keeps alive what it refers to.
unsafe impl<T: Traverse> Traverse for RefCell<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    #[inline]
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        if let Ok(inside) = self.try_borrow() {
            inside.traverse(visitor);
        }
    }
}

// SAFETY: visits each element.
unsafe impl<T: Traverse> Traverse for VecDeque<T> {
    const ACYCLIC: bool = T::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        let (front, back) = self.as_slices();
        traverse_slice(front, visitor);
        traverse_slice(back, visitor);
    }
}

// SAFETY: visits each key and each value. Dropping a map neither hashes nor compares its keys.
unsafe impl<K: Traverse, V: Traverse, S> Traverse for HashMap<K, V, S> {
    const ACYCLIC: bool = K::ACYCLIC && V::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for (key, value) in self {
            key.traverse(visitor);
            value.traverse(visitor);
        }
    }
}

// SAFETY: visits each key and each value. Dropping a map does not compare its keys.
unsafe impl<K: Traverse, V: Traverse> Traverse for BTreeMap<K, V> {
    const ACYCLIC: bool = K::ACYCLIC && V::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        for (key, value) in self {
            key.traverse(visitor);
            value.traverse(visitor);
        }
    }
}

// SAFETY: visits what is inside, whichever it is.
unsafe impl<T: Traverse, E: Traverse> Traverse for Result<T, E> {
    const ACYCLIC: bool = T::ACYCLIC && E::ACYCLIC;

    fn traverse(&self, visitor: &mut Visitor<'_>) {
        match self {
            Ok(inside) => inside.traverse(visitor),
            Err(inside) => inside.traverse(visitor),
        }
    }
}

macro_rules! traverse_tuple {
    ($($name:ident)+) => {
        // SAFETY: visits each part.
        unsafe impl<$($name: Traverse),+> Traverse for ($($name,)+) {
            const ACYCLIC: bool = $($name::ACYCLIC &&)+ true;

            #[allow(non_snake_case, reason = "the parts are named like their types")]
            fn traverse(&self, visitor: &mut Visitor<'_>) {
                let ($($name,)+) = self;
                $($name.traverse(visitor);)+
            }
        }
    };
}
traverse_tuple!(A);
traverse_tuple!(A B);
traverse_tuple!(A B C);
traverse_tuple!(A B C D);

macro_rules! acyclic {
    ($($type:ty),+ $(,)?) => {
        $(
            // SAFETY: holds no references.
            unsafe impl Traverse for $type {
                const ACYCLIC: bool = true;

                #[inline]
                fn traverse(&self, _: &mut Visitor<'_>) {}
            }
        )+
    };
}
acyclic!(
    (),
    bool,
    char,
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    f32,
    f64,
    str,
    String
);

// SAFETY: a `Cell` of something copyable cannot hold a counted reference.
unsafe impl<T: Copy> Traverse for Cell<T> {
    const ACYCLIC: bool = true;

    #[inline]
    fn traverse(&self, _: &mut Visitor<'_>) {}
}

// SAFETY: holds no references.
unsafe impl<T: ?Sized> Traverse for std::marker::PhantomData<T> {
    const ACYCLIC: bool = true;

    #[inline]
    fn traverse(&self, _: &mut Visitor<'_>) {}
}
