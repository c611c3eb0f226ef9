//! The memory of a hash table: one heap block with counts, index and entries, and the only code that touches
//! it by address. [`table`](super::table) is the algorithm on top.
//!
//! ```text
//! head 16 | index: 2^log2 words of 1, 2 or 4 bytes | entries: capacity × (key, value) or (hash, key, value)
//! ```
//!
//! A *narrow* block has no hashes in its entries: its keys know their own. The first `len` entries are
//! initialized, a dead one is `None`. An index word is [`EMPTY`], [`DELETED`], or the hash with its low
//! `log2` bits replaced by the number of an entry, so that most probes that would miss are answered by the
//! index alone.

#![allow(unsafe_code, reason = "index and entries share one block of the heap")]

use super::table::{Policy, Probe, Table, usable};
use exuvia_object::{AnyRef, Heap, Kind, Label, OutOfMemory, Traverse, Visitor};
use std::marker::PhantomData;
use std::ptr::NonNull;

/// An index word that was never used since the block was made, as all ones of its width.
pub const EMPTY: u32 = u32::MAX;
/// An index word whose entry is gone, as all ones of its width but the lowest.
pub const DELETED: u32 = u32::MAX - 1;
/// The smallest index has 2^3 words.
pub const LOG2_MIN: u8 = 3;
/// The largest index has 2^31 words.
pub const LOG2_MAX: u8 = 31;

/// What stands at the start of a block.
#[repr(C)]
struct Head {
    /// Entries that hold a key.
    live: u32,
    /// Entries used, dead ones included.
    len: u32,
    /// Index words that are not empty.
    filled: u32,
    log2: u8,
    /// Room for entries, in sixteenths of the most that the index admits.
    sixteenths: u8,
    is_narrow: bool,
}

const HEAD_SIZE: usize = 16;
const _: () = assert!(size_of::<Head>() == HEAD_SIZE);

/// An entry of a table whose keys do not know their own hashes.
#[repr(C)]
#[derive(Debug)]
pub struct Wide<K, V> {
    /// The key's hash; what it was, if the entry is dead.
    pub hash: i64,
    /// Key and value; `None`: dead.
    pub item: Option<(K, V)>,
}

/// The index, by the width of its words.
#[derive(Debug)]
pub enum Index<'a> {
    /// Up to 2^8 words.
    Bytes(&'a [u8]),
    /// Up to 2^16 words.
    Halves(&'a [u16]),
    /// More.
    Words(&'a [u32]),
}

/// The index, by the width of its words, to be changed.
#[derive(Debug)]
enum IndexMut<'a> {
    Bytes(&'a mut [u8]),
    Halves(&'a mut [u16]),
    Words(&'a mut [u32]),
}

/// The entries in use, by their form.
#[derive(Debug)]
pub enum Entries<'a, K, V> {
    /// Keys know their own hashes.
    Narrow(&'a [Option<(K, V)>]),
    /// Hashes are kept.
    Wide(&'a [Wide<K, V>]),
}

/// A word of an index.
pub trait Word: Copy + Eq {
    /// The bits that a word of this width has.
    const ONES: u32;

    /// The word as 32 bits; the reserved ones are not [`EMPTY`] and [`DELETED`] then, but those less the bits
    /// that this width lacks.
    fn bits(self) -> u32;

    /// The word of this width with the low bits given.
    fn cut(bits: u32) -> Self;

    /// The word as 32 bits; the reserved ones are the same in all widths.
    #[inline]
    fn widen(self) -> u32 {
        let bits = self.bits();
        if bits >= Self::ONES - 1 {
            bits | !Self::ONES
        } else {
            bits
        }
    }

    /// Whether the word was never used.
    #[inline]
    fn is_empty(self) -> bool {
        self.bits() == Self::ONES
    }
}

macro_rules! words {
    ($($word:ty),+) => {
        $(impl Word for $word {
            const ONES: u32 = <$word>::MAX as u32;

            #[inline]
            fn bits(self) -> u32 {
                self.into()
            }

            #[inline]
            fn cut(bits: u32) -> Self {
                bits as Self
            }
        })+
    };
}
words!(u8, u16, u32);

/// Lets the first empty word of the probe for a hash name an entry.
///
/// `DELETED` words are not used again, so that a search in progress meets new keys (T8).
#[inline]
fn place<P: Policy, W: Word>(index: &mut [W], hash: i64, entry: usize) {
    let mask = index.len() - 1;
    let mut probe = P::Probe::new(hash, mask);
    while !index[probe.position() & mask].is_empty() {
        probe.advance(mask);
    }
    index[probe.position() & mask] =
        W::cut(hash.cast_unsigned() as u32 & !(mask as u32) | entry as u32);
}

/// Places every live entry in an empty index; tells how many there are.
#[inline]
fn place_all<K, V, P: Policy, W: Word>(
    index: &mut [W],
    entries: &Entries<'_, K, V>,
    own_hash: impl Fn(&K) -> i64,
) -> u32 {
    let mut placed = 0;
    let mut place = |entry, hash| {
        place::<P, W>(index, hash, entry);
        placed += 1;
    };
    match entries {
        Entries::Narrow(entries) => {
            let live = entries
                .iter()
                .enumerate()
                .filter_map(|(entry, item)| Some((entry, item.as_ref()?)));
            live.for_each(|(entry, (key, _))| place(entry, own_hash(key)));
        }
        Entries::Wide(entries) => {
            let live = entries
                .iter()
                .enumerate()
                .filter(|(_, wide)| wide.item.is_some());
            live.for_each(|(entry, wide)| place(entry, wide.hash));
        }
    }
    placed
}

/// A block of memory with an index and entries. Eight bytes; never empty-handed: `Option<Block>` is as small.
///
/// Every method is safe: numbers of entries and words are checked. Invariants, with those of the table, are
/// listed at [`Table`](super::table::Table).
pub struct Block<K, V, P: Policy> {
    head: NonNull<Head>,
    _owns: PhantomData<(K, V, P)>,
}

fn word_size(log2: u8) -> usize {
    match log2 {
        0..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}

impl<K, V, P: Policy> Block<K, V, P> {
    const NARROW_SIZE: usize = size_of::<Option<(K, V)>>();
    const WIDE_SIZE: usize = size_of::<Wide<K, V>>();
    const IS_ALIGNED: () =
        assert!(align_of::<Wide<K, V>>() == 8 && align_of::<Option<(K, V)>>() <= 8);

    /// A block with an empty index of 2^`log2` words and room for `room` entries or a few more.
    ///
    /// # Errors
    /// Out of memory, or the index would be too large.
    pub fn new(heap: &Heap, log2: u8, room: usize, is_narrow: bool) -> Result<Self, OutOfMemory> {
        const { Self::IS_ALIGNED };
        if !(LOG2_MIN..=LOG2_MAX).contains(&log2) {
            return Err(OutOfMemory);
        }
        let sixteenths = Self::sixteenths_for(log2, room);
        let head = Head {
            live: 0,
            len: 0,
            filled: 0,
            log2,
            sixteenths,
            is_narrow,
        };
        let block = heap
            .allocate(Kind::Buffer, Self::size_of(&head))?
            .cast::<Head>();
        // SAFETY: the block is ours and has room for the head and the index behind it.
        unsafe {
            block.write(head);
            block
                .add(1)
                .cast::<u8>()
                .write_bytes(0xFF, word_size(log2) << log2);
        }
        Ok(Self {
            head: block,
            _owns: PhantomData,
        })
    }

    fn sixteenths_for(log2: u8, room: usize) -> u8 {
        let usable = usable::<P>(log2);
        let room = room.clamp(1, usable);
        (room * 16).div_ceil(usable) as u8
    }

    fn entry_size(is_narrow: bool) -> usize {
        if is_narrow {
            Self::NARROW_SIZE
        } else {
            Self::WIDE_SIZE
        }
    }

    fn capacity_of(head: &Head) -> usize {
        usable::<P>(head.log2) * usize::from(head.sixteenths) / 16
    }

    fn entries_offset(head: &Head) -> usize {
        HEAD_SIZE + (word_size(head.log2) << head.log2)
    }

    fn size_of(head: &Head) -> usize {
        Self::entries_offset(head) + Self::capacity_of(head) * Self::entry_size(head.is_narrow)
    }

    #[inline]
    fn head(&self) -> &Head {
        // SAFETY: the block is ours and begins with a head.
        unsafe { self.head.as_ref() }
    }

    #[inline]
    fn head_mut(&mut self) -> &mut Head {
        // SAFETY: as above; the block is borrowed exclusively.
        unsafe { self.head.as_mut() }
    }

    /// Bytes asked of the heap.
    pub fn bytes(&self) -> usize {
        Self::size_of(self.head())
    }

    /// The number of entries that hold a key.
    #[inline]
    pub fn live(&self) -> usize {
        self.head().live as usize
    }

    /// The number of entries in use, dead ones included.
    #[inline]
    pub fn len(&self) -> usize {
        self.head().len as usize
    }

    /// The number of index words that are not empty.
    #[inline]
    pub fn filled(&self) -> usize {
        self.head().filled as usize
    }

    /// The binary logarithm of the number of index words.
    #[inline]
    pub fn log2(&self) -> u8 {
        self.head().log2
    }

    /// The number of index words less one.
    #[inline]
    pub fn mask(&self) -> usize {
        (1 << self.head().log2) - 1
    }

    /// The number of entries that there is room for.
    #[inline]
    pub fn capacity(&self) -> usize {
        Self::capacity_of(self.head())
    }

    /// Whether the keys know their own hashes.
    #[inline]
    pub fn is_narrow(&self) -> bool {
        self.head().is_narrow
    }

    /// Whether one more entry and index word can be used.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.len() < self.capacity() && self.filled() < usable::<P>(self.log2())
    }

    /// The index.
    #[inline]
    pub fn index(&self) -> Index<'_> {
        let (log2, first) = (self.head().log2, self.index_ptr());
        // SAFETY: 2^log2 words of this width lie behind the head, all written by `new`.
        unsafe {
            match word_size(log2) {
                1 => Index::Bytes(NonNull::slice_from_raw_parts(first, 1 << log2).as_ref()),
                2 => Index::Halves(NonNull::slice_from_raw_parts(first.cast(), 1 << log2).as_ref()),
                _ => Index::Words(NonNull::slice_from_raw_parts(first.cast(), 1 << log2).as_ref()),
            }
        }
    }

    #[inline]
    fn index_ptr(&self) -> NonNull<u8> {
        // SAFETY: the index follows the head in the same block.
        unsafe { self.head.add(1).cast() }
    }

    /// One index word, its position taken modulo their number.
    #[inline]
    pub fn word(&self, position: usize) -> u32 {
        let position = position & self.mask();
        match self.index() {
            Index::Bytes(index) => index[position].widen(),
            Index::Halves(index) => index[position].widen(),
            Index::Words(index) => index[position].widen(),
        }
    }

    /// The index, to be changed. It is borrowed for as long as the caller says, apart from the entries.
    ///
    /// # Safety
    /// Nothing else may borrow the index meanwhile.
    #[inline]
    unsafe fn index_mut<'a>(&mut self) -> IndexMut<'a> {
        let (log2, first) = (self.head().log2, self.index_ptr());
        // SAFETY: as in `index`; the caller sees to it that the borrow is the only one.
        unsafe {
            match word_size(log2) {
                1 => IndexMut::Bytes(NonNull::slice_from_raw_parts(first, 1 << log2).as_mut()),
                2 => IndexMut::Halves(
                    NonNull::slice_from_raw_parts(first.cast(), 1 << log2).as_mut(),
                ),
                _ => {
                    IndexMut::Words(NonNull::slice_from_raw_parts(first.cast(), 1 << log2).as_mut())
                }
            }
        }
    }

    /// Marks the word of an entry that is gone, its position taken modulo the number of words.
    ///
    /// # Panics
    /// If the word is empty.
    pub fn delete_word(&mut self, position: usize) {
        let position = position & self.mask();
        assert_ne!(
            self.word(position),
            EMPTY,
            "T2: only words in use are deleted"
        );
        // SAFETY: the borrow ends with this function.
        unsafe {
            match self.index_mut() {
                IndexMut::Bytes(index) => index[position] = u8::cut(DELETED),
                IndexMut::Halves(index) => index[position] = u16::cut(DELETED),
                IndexMut::Words(index) => index[position] = DELETED,
            }
        }
    }

    /// Lets a word name an entry.
    ///
    /// # Panics
    /// If no word can be used.
    #[inline]
    pub fn place(&mut self, hash: i64, entry: usize) {
        assert!(self.filled() < self.mask(), "T2: one word stays empty");
        self.head_mut().filled += 1;
        // SAFETY: the borrow ends with this function.
        unsafe {
            match self.index_mut() {
                IndexMut::Bytes(index) => place::<P, _>(index, hash, entry),
                IndexMut::Halves(index) => place::<P, _>(index, hash, entry),
                IndexMut::Words(index) => place::<P, _>(index, hash, entry),
            }
        }
    }

    /// Gives a dead entry, named by the word at a position, another key and value; returns its number.
    ///
    /// # Panics
    /// If the word names no dead entry.
    pub fn revive(&mut self, position: usize, hash: i64, item: (K, V)) -> usize {
        let (mask, word) = (self.mask(), self.word(position));
        let entry = word as usize & mask;
        assert!(
            word < DELETED && entry < self.len() && self.item(entry).is_none(),
            "T4: the word names a dead entry"
        );
        let word = hash.cast_unsigned() as u32 & !(mask as u32) | entry as u32;
        // SAFETY: the entry is initialized, in the form that the head tells; the borrow of the index ends here.
        unsafe {
            if self.is_narrow() {
                self.entries_ptr().add(entry).write(Some(item));
            } else {
                self.entries_ptr().add(entry).write(Wide {
                    hash,
                    item: Some(item),
                });
            }
            match self.index_mut() {
                IndexMut::Bytes(index) => index[position & mask] = u8::cut(word),
                IndexMut::Halves(index) => index[position & mask] = u16::cut(word),
                IndexMut::Words(index) => index[position & mask] = word,
            }
        }
        self.head_mut().live += 1;
        entry
    }

    /// Gives a dead entry that no word names another key and value.
    ///
    /// # Panics
    /// If the entry is not dead.
    pub fn fill(&mut self, entry: usize, hash: i64, item: (K, V)) {
        assert!(
            entry < self.len() && self.item(entry).is_none(),
            "T4: the entry is dead"
        );
        // SAFETY: the entry is initialized, in the form that the head tells.
        unsafe {
            if self.is_narrow() {
                self.entries_ptr().add(entry).write(Some(item));
            } else {
                self.entries_ptr().add(entry).write(Wide {
                    hash,
                    item: Some(item),
                });
            }
        }
        self.head_mut().live += 1;
    }

    /// Lets words of an empty index name all live entries.
    ///
    /// # Panics
    /// If the index is not empty.
    pub fn place_all(&mut self, own_hash: impl Fn(&K) -> i64) {
        assert!(
            self.filled() == 0 && self.live() < self.mask(),
            "T2: the index is empty and one word stays so"
        );
        // SAFETY: index and entries are apart, and the borrow of the index ends with this function.
        let index = unsafe { self.index_mut() };
        let entries = self.entries();
        let placed = match index {
            IndexMut::Bytes(index) => place_all::<K, V, P, _>(index, &entries, own_hash),
            IndexMut::Halves(index) => place_all::<K, V, P, _>(index, &entries, own_hash),
            IndexMut::Words(index) => place_all::<K, V, P, _>(index, &entries, own_hash),
        };
        self.head_mut().filled = placed;
    }

    #[inline]
    fn entries_ptr<E>(&self) -> NonNull<E> {
        // SAFETY: the entries follow the index in the same block.
        unsafe {
            self.head
                .cast::<u8>()
                .add(Self::entries_offset(self.head()))
                .cast()
        }
    }

    /// The entries in use.
    #[inline]
    pub fn entries(&self) -> Entries<'_, K, V> {
        // SAFETY: the first `len` entries are initialized, in the form that the head tells.
        unsafe {
            if self.is_narrow() {
                Entries::Narrow(
                    NonNull::slice_from_raw_parts(self.entries_ptr(), self.len()).as_ref(),
                )
            } else {
                Entries::Wide(
                    NonNull::slice_from_raw_parts(self.entries_ptr(), self.len()).as_ref(),
                )
            }
        }
    }

    /// Key and value of an entry; `None` if it is dead or there is none.
    #[inline]
    pub fn item(&self, entry: usize) -> Option<&(K, V)> {
        match self.entries() {
            Entries::Narrow(entries) => entries.get(entry)?.as_ref(),
            Entries::Wide(entries) => entries.get(entry)?.item.as_ref(),
        }
    }

    #[inline]
    fn item_mut(&mut self, entry: usize) -> Option<&mut Option<(K, V)>> {
        if entry >= self.len() {
            return None;
        }
        // SAFETY: the entry is initialized, in the form that the head tells; the block is borrowed exclusively.
        unsafe {
            Some(if self.is_narrow() {
                self.entries_ptr::<Option<(K, V)>>().add(entry).as_mut()
            } else {
                &mut self.entries_ptr::<Wide<K, V>>().add(entry).as_mut().item
            })
        }
    }

    /// The value of an entry, to be changed.
    #[inline]
    pub fn value_mut(&mut self, entry: usize) -> Option<&mut V> {
        self.item_mut(entry)?.as_mut().map(|(_, value)| value)
    }

    /// Appends an entry and returns its number. A narrow block drops the hash.
    ///
    /// # Panics
    /// If there is no room.
    #[inline]
    pub fn push(&mut self, hash: i64, item: Option<(K, V)>) -> usize {
        let entry = self.len();
        assert!(entry < self.capacity(), "T3: room was made for the entry");
        let is_live = item.is_some();
        // SAFETY: the entry lies in the block and holds nothing yet.
        unsafe {
            if self.is_narrow() {
                self.entries_ptr::<Option<(K, V)>>().add(entry).write(item);
            } else {
                self.entries_ptr::<Wide<K, V>>()
                    .add(entry)
                    .write(Wide { hash, item });
            }
        }
        let head = self.head_mut();
        head.len += 1;
        head.live += u32::from(is_live);
        entry
    }

    /// Moves all entries of another block behind those of this one. The other has none then, but the words of
    /// its index stand.
    ///
    /// # Panics
    /// If there is no room, or the two have different forms.
    pub fn move_entries(&mut self, from: &mut Self) {
        assert_eq!(self.is_narrow(), from.is_narrow(), "entries of one form");
        assert!(
            self.len() + from.len() <= self.capacity(),
            "T1: room was made for the entries"
        );
        let bytes = from.len() * Self::entry_size(self.is_narrow());
        let offset = self.len() * Self::entry_size(self.is_narrow());
        // SAFETY: there is room; the entries belong to this block only, once the other's count is 0.
        unsafe {
            self.entries_ptr::<u8>()
                .add(offset)
                .copy_from_nonoverlapping(from.entries_ptr::<u8>(), bytes)
        };
        let (len, live) = (from.head().len, from.head().live);
        (from.head_mut().len, from.head_mut().live) = (0, 0);
        self.head_mut().len += len;
        self.head_mut().live += live;
    }

    /// Takes key and value out of an entry, which is dead then.
    pub fn take(&mut self, entry: usize) -> Option<(K, V)> {
        let item = self.item_mut(entry)?.take()?;
        self.head_mut().live -= 1;
        Some(item)
    }

    /// Forgets dead entries at the end.
    pub fn trim(&mut self) {
        while self.len() > 0 && self.item(self.len() - 1).is_none() {
            self.head_mut().len -= 1;
        }
    }

    /// Gives the block room for `room` entries or a few more, at most as many as the index admits.
    ///
    /// # Errors
    /// Out of memory; nothing has changed.
    pub fn grow(&mut self, room: usize) -> Result<(), OutOfMemory> {
        let old = self.bytes();
        let sixteenths = Self::sixteenths_for(self.log2(), room).max(self.head().sixteenths);
        let mut grown = Head { ..*self.head() };
        grown.sixteenths = sixteenths;
        // SAFETY: the block is ours, of that size; what it holds moves with it.
        let block = unsafe { Heap::resize(self.head.cast(), old, Self::size_of(&grown))? };
        self.head = block.cast();
        self.head_mut().sixteenths = sixteenths;
        Ok(())
    }

    /// Takes over another block's index word for word.
    ///
    /// # Panics
    /// If the two indexes differ in size.
    pub fn copy_index(&mut self, from: &Self) {
        assert_eq!(self.log2(), from.log2(), "indexes of one size");
        let bytes = word_size(self.log2()) << self.log2();
        // SAFETY: both indexes have that many bytes.
        unsafe {
            self.index_ptr()
                .copy_from_nonoverlapping(from.index_ptr(), bytes)
        };
        self.head_mut().filled = from.head().filled;
    }
}

impl<K, V, P: Policy> Drop for Block<K, V, P> {
    fn drop(&mut self) {
        let (len, bytes) = (self.len(), self.bytes());
        if self.live() > 0 {
            // SAFETY: the entries are initialized, in this form, and dropped only here.
            unsafe {
                if self.is_narrow() {
                    NonNull::slice_from_raw_parts(self.entries_ptr::<Option<(K, V)>>(), len)
                        .drop_in_place();
                } else {
                    NonNull::slice_from_raw_parts(self.entries_ptr::<Wide<K, V>>(), len)
                        .drop_in_place();
                }
            }
        }
        // SAFETY: the block is ours, of that size.
        unsafe { Heap::release(self.head.cast(), bytes) }
    }
}

/// What a table keeps beside each key.
pub trait Value {
    /// Visits the references in it.
    fn visit(&self, key: &AnyRef, visitor: &mut Visitor<'_>);
}

impl Value for () {
    fn visit(&self, _: &AnyRef, _: &mut Visitor<'_>) {}
}

impl Value for AnyRef {
    #[inline]
    fn visit(&self, key: &AnyRef, visitor: &mut Visitor<'_>) {
        visitor.visit(self, || Label::Key(key.as_raw()));
    }
}

// SAFETY: visits key and value of each live entry, and nothing else is held.
unsafe impl<V: Value, P: Policy> Traverse for Block<AnyRef, V, P> {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        let mut visit = |(key, value): &(AnyRef, V)| {
            value.visit(key, visitor);
            visitor.visit(key, || Label::KeyItself);
        };
        match self.entries() {
            Entries::Narrow(entries) => entries.iter().flatten().for_each(visit),
            Entries::Wide(entries) => entries
                .iter()
                .filter_map(|entry| entry.item.as_ref())
                .for_each(&mut visit),
        }
    }
}

// SAFETY: visits the block, beside which a table has plain numbers.
unsafe impl<V: Value, P: Policy> Traverse for Table<AnyRef, V, P> {
    fn traverse(&self, visitor: &mut Visitor<'_>) {
        if let Some(block) = self.block() {
            block.traverse(visitor);
        }
    }
}

impl<K, V, P: Policy> std::fmt::Debug for Block<K, V, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block")
            .field("log2", &self.log2())
            .field("live", &self.live())
            .field("len", &self.len())
            .field("filled", &self.filled())
            .field("capacity", &self.capacity())
            .field("is_narrow", &self.is_narrow())
            .finish()
    }
}
