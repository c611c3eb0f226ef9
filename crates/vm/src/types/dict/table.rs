//! [`Table`]: the hash table under dict and set: entries in the order in which they came, and an index of
//! small words that finds them.
//!
//! It knows no Python: keys compare through a closure that the caller gives, or, where comparing can run
//! code that changes the table, through a [`Search`] that the caller drives and restarts. Source: PEP 412's
//! successor, the compact dict of PyPy and CPython 3.6; hash bits in the index as in Swiss tables.

use super::block::{Block, DELETED, EMPTY, Entries, Index, LOG2_MIN, Word};
use exuvia_object::{Heap, OutOfMemory};
use std::cell::Cell;

/// A key that may know its own hash.
pub trait Key {
    /// The hash of a key that was added as one that knows it.
    fn own_hash(&self) -> i64;
}

/// In which order index words are tried, and how full an index may be.
pub trait Policy {
    /// The order in which words are tried.
    type Probe: Probe;
    /// Whether the order of the index words is what iteration shows, so that entries must not be moved to
    /// other words unless the host says so.
    const SHOWS_INDEX: bool;

    /// The most words that may be filled, by the binary logarithm of their number: at most all but two.
    ///
    /// A constant, because blocks find their size by it.
    const USABLE: [u32; 32];
}

/// The most words of an index of 2^`log2` that may be filled.
#[inline]
pub fn usable<P: Policy>(log2: u8) -> usize {
    let usable: &'static [u32; 32] = const { &P::USABLE };
    usable[usize::from(log2 & 31)] as usize
}

/// The positions to try for a hash, one after the other.
pub trait Probe: Clone {
    /// Starts at the first.
    fn new(hash: i64, mask: usize) -> Self;
    /// The position to try.
    fn position(&self) -> usize;
    /// Goes on to the next.
    fn advance(&mut self, mask: usize);
}

/// How far the hash is shifted at each jump, so that its upper bits come to count.
const PERTURB_SHIFT: u32 = 5;

/// For how many entries a table makes room at first, and at least when it makes more.
const FIRST_ROOM: usize = 3;

/// The policy of dicts: CPython's recurrence `5i + 1 + perturb`, two thirds full.
#[derive(Debug)]
pub enum Ordered {}

/// The probe of [`Ordered`].
#[derive(Clone, Debug)]
pub struct Jumps {
    position: usize,
    perturb: u64,
}

impl Probe for Jumps {
    #[inline]
    fn new(hash: i64, mask: usize) -> Self {
        let perturb = hash.cast_unsigned();
        Self {
            position: perturb as usize & mask,
            perturb,
        }
    }

    #[inline]
    fn position(&self) -> usize {
        self.position
    }

    #[inline]
    fn advance(&mut self, mask: usize) {
        self.perturb >>= PERTURB_SHIFT;
        self.position = (self
            .position
            .wrapping_mul(5)
            .wrapping_add(1)
            .wrapping_add(self.perturb as usize))
            & mask;
    }
}

impl Policy for Ordered {
    type Probe = Jumps;
    const SHOWS_INDEX: bool = false;

    const USABLE: [u32; 32] = {
        let mut usable = [0; 32];
        let mut log2 = LOG2_MIN as usize;
        while log2 < 32 {
            usable[log2] = ((2_u64 << log2) / 3) as u32;
            log2 += 1;
        }
        // Six of the smallest eight: their bytes hold five bits of hash each, so a crowded index costs nothing.
        usable[LOG2_MIN as usize] = 6;
        usable
    };
}

/// A hash table of keys `K` with values `V`. 16 bytes, and a block once there is a key.
///
/// Invariants, checked by [`verify`](Self::verify):
///
/// - **T1** live = entries with a key ≤ len ≤ capacity ≤ usable(log2) ≤ 2^log2 - 2.
/// - **T2** filled = index words that are not empty; live ≤ filled ≤ usable(log2), so every probe ends.
/// - **T3** each live entry is named by exactly one word, which carries bits of its hash, and the probe for
///   its hash meets that word before any empty one.
/// - **T4** each word names an entry or is `DELETED` or `EMPTY`. Where the order of the index shows, dead entries
///   keep their words, which are used again for a key whose probe meets them; elsewhere their words are `DELETED`.
/// - **T5** no two live keys are equal.
/// - **T6** in a narrow table every key knows its own hash.
/// - **T7** `version` is 0 or a number that no other arrangement of keys ever had.
/// - **T8** words are emptied or used again only together with a change of `stamp`: as long as that stands, a
///   search may go on after anything.
pub struct Table<K, V, P: Policy> {
    block: Option<Block<K, V, P>>,
    version: Cell<u32>,
    stamp: u16,
    is_guarded: bool,
}

/// A lookup in progress; it holds no borrow, and is void once the table's stamp has changed.
#[derive(Clone, Debug)]
pub struct Search<Pr> {
    hash: i64,
    probe: Pr,
}

/// What a table's invariant says, and how it does not hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Violation(pub String);

macro_rules! ensure {
    ($condition:expr, $($message:tt)+) => {
        if !$condition {
            return Err(Violation(format!($($message)+)));
        }
    };
}

/// Finds the entry whose word carries the hash's bits and which `is_match` accepts.
#[inline]
fn probe_for<P: Policy, W: Word>(
    index: &[W],
    hash: i64,
    mut is_match: impl FnMut(usize) -> bool,
) -> Option<usize> {
    let mask = index.len() - 1;
    let (hash_bits, low) = (hash.cast_unsigned() as u32, mask as u32);
    // The bits of the hash that a word of this width has room for, above the number of the entry. A deleted
    // word may match, but there is never an entry with its number (T1).
    let compared = W::ONES & !low;
    let mut probe = P::Probe::new(hash, mask);
    loop {
        let word = index[probe.position() & mask].bits();
        if word == W::ONES {
            return None;
        }
        if (word ^ hash_bits) & compared == 0 && is_match((word & low) as usize) {
            return Some((word & low) as usize);
        }
        probe.advance(mask);
    }
}

/// The hash of a live entry.
#[inline]
fn hash_in<K: Key, V, P: Policy>(block: &Block<K, V, P>, entry: usize) -> Option<i64> {
    match block.entries() {
        Entries::Narrow(entries) => entries.get(entry)?.as_ref().map(|(key, _)| key.own_hash()),
        Entries::Wide(entries) => {
            let wide = entries.get(entry)?;
            wide.item.is_some().then_some(wide.hash)
        }
    }
}

/// The next live entry at or after number `from`.
#[inline]
fn next_live<K, V, P: Policy>(block: &Block<K, V, P>, from: usize) -> Option<usize> {
    let skipped = match block.entries() {
        Entries::Narrow(entries) => entries.get(from..)?.iter().position(Option::is_some),
        Entries::Wide(entries) => entries
            .get(from..)?
            .iter()
            .position(|entry| entry.item.is_some()),
    };
    skipped.map(|skipped| from + skipped)
}

/// The next live entry in the order of the index, at or after a position in it, and that position.
#[inline]
fn next_in_index<K, V, P: Policy>(block: &Block<K, V, P>, from: usize) -> Option<(usize, usize)> {
    #[inline]
    fn next<W: Word>(
        index: &[W],
        from: usize,
        is_live: impl Fn(usize) -> bool,
    ) -> Option<(usize, usize)> {
        let mask = index.len() - 1;
        let named = index.get(from..)?.iter().enumerate();
        let mut named = named.filter(|(_, word)| word.bits() < W::ONES - 1);
        let live = named.find(|(_, word)| is_live(word.bits() as usize & mask))?;
        Some((from + live.0, live.1.bits() as usize & mask))
    }
    let is_live = |entry| block.item(entry).is_some();
    match block.index() {
        Index::Bytes(index) => next(index, from, is_live),
        Index::Halves(index) => next(index, from, is_live),
        Index::Words(index) => next(index, from, is_live),
    }
}

/// The position of the last word in the probe for a hash that names a dead entry.
fn last_dead<K, V, P: Policy>(block: &Block<K, V, P>, hash: i64) -> Option<usize> {
    let mask = block.mask();
    let mut probe = P::Probe::new(hash, mask);
    let mut last = None;
    loop {
        let word = block.word(probe.position());
        if word == EMPTY {
            return last;
        }
        if block.item(word as usize & mask).is_none() {
            last = Some(probe.position());
        }
        probe.advance(mask);
    }
}

/// The next live entry in the order that iteration shows; `position`, at first 0, moves behind it.
#[inline]
fn next_shown<K, V, P: Policy>(block: &Block<K, V, P>, position: &mut usize) -> Option<usize> {
    let (found, entry) = if P::SHOWS_INDEX {
        next_in_index(block, *position)?
    } else {
        next_live(block, *position).map(|entry| (entry, entry))?
    };
    *position = found + 1;
    Some(entry)
}

impl<K: Key, V, P: Policy> Table<K, V, P> {
    /// An empty table without a block.
    pub const fn new() -> Self {
        Self {
            block: None,
            version: Cell::new(0),
            stamp: 0,
            is_guarded: false,
        }
    }

    /// An empty table with room for `count` entries. `is_narrow`: the first of them will know their hashes.
    ///
    /// # Errors
    /// Out of memory.
    pub fn with_room(heap: &Heap, count: usize, is_narrow: bool) -> Result<Self, OutOfMemory> {
        let mut table = Self::new();
        if count > 0 {
            table.block = Some(Block::new(heap, Self::log2_for(count)?, count, is_narrow)?);
        }
        Ok(table)
    }

    /// The size of the smallest index that admits `count` entries.
    fn log2_for(count: usize) -> Result<u8, OutOfMemory> {
        (LOG2_MIN..=super::block::LOG2_MAX)
            .find(|&log2| usable::<P>(log2) >= count)
            .ok_or(OutOfMemory)
    }

    /// The number of keys.
    #[inline]
    pub fn len(&self) -> usize {
        self.block.as_ref().map_or(0, Block::live)
    }

    /// Whether there are no keys.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of entries, dead ones included: every live entry's number is below it.
    #[inline]
    pub fn entry_count(&self) -> usize {
        self.block.as_ref().map_or(0, Block::len)
    }

    /// The number of entries that there is room for.
    pub fn capacity(&self) -> usize {
        self.block.as_ref().map_or(0, Block::capacity)
    }

    /// The number of index words that are not empty.
    pub fn filled(&self) -> usize {
        self.block.as_ref().map_or(0, Block::filled)
    }

    /// The size of the index, as a binary logarithm; that of the smallest if there is none yet.
    pub fn log2(&self) -> u8 {
        self.block.as_ref().map_or(LOG2_MIN, Block::log2)
    }

    /// Whether the keys are all such as know their hashes (also if there is none).
    #[inline]
    pub fn is_narrow(&self) -> bool {
        self.block.as_ref().is_none_or(Block::is_narrow)
    }

    /// Bytes of the block.
    pub fn buffer_bytes(&self) -> usize {
        self.block.as_ref().map_or(0, Block::bytes)
    }

    /// Tells one arrangement of keys from another, if a number was assigned since the last change; else 0.
    #[inline]
    pub fn version(&self) -> u32 {
        self.version.get()
    }

    /// Assigns a number that was never used before.
    pub fn set_version(&self, version: u32) {
        self.version.set(version);
    }

    /// Changes whenever a search in progress has become void (T8).
    #[inline]
    pub fn stamp(&self) -> u16 {
        self.stamp
    }

    /// Whether the host has asked to be careful with the table; means nothing here.
    #[inline]
    pub fn is_guarded(&self) -> bool {
        self.is_guarded
    }

    /// Sets what [`is_guarded`](Self::is_guarded) tells.
    pub fn set_guarded(&mut self, is_guarded: bool) {
        self.is_guarded = is_guarded;
    }

    fn note_rearranged(&mut self) {
        self.version.set(0);
        self.stamp = self.stamp.wrapping_add(1);
    }

    /// Key and value of an entry; `None` if it is dead or there is none.
    #[inline]
    pub fn item(&self, entry: usize) -> Option<&(K, V)> {
        self.block.as_ref()?.item(entry)
    }

    /// The value of an entry, to be changed.
    #[inline]
    pub fn value_mut(&mut self, entry: usize) -> Option<&mut V> {
        self.block.as_mut()?.value_mut(entry)
    }

    /// The live entries from number `from` on, in order, with their numbers.
    pub fn items_from(&self, from: usize) -> impl Iterator<Item = (usize, &(K, V))> {
        (from..self.entry_count()).filter_map(|entry| Some((entry, self.item(entry)?)))
    }

    /// The live entries in order.
    pub fn items(&self) -> impl Iterator<Item = &(K, V)> {
        self.items_from(0).map(|(_, item)| item)
    }

    /// The next live entry at or after number `from`.
    #[inline]
    pub fn next_live(&self, from: usize) -> Option<usize> {
        next_live(self.block.as_ref()?, from)
    }

    /// The last live entry before number `before`.
    pub fn previous_live(&self, before: usize) -> Option<usize> {
        (0..before.min(self.entry_count()))
            .rev()
            .find(|&entry| self.item(entry).is_some())
    }

    /// The next live entry in the order of the index, at or after a position in it, and that position.
    #[inline]
    pub fn next_in_index(&self, from: usize) -> Option<(usize, usize)> {
        next_in_index(self.block.as_ref()?, from)
    }

    /// The hash of a live entry.
    #[inline]
    pub fn hash_of(&self, entry: usize) -> Option<i64> {
        hash_in(self.block.as_ref()?, entry)
    }

    /// The entry with this hash whose key the closure recognizes. In a narrow table the closure sees keys
    /// whose hash may differ.
    #[inline]
    pub fn find(&self, hash: i64, mut is_key: impl FnMut(&K) -> bool) -> Option<usize> {
        let block = self.block.as_ref()?;
        match block.entries() {
            Entries::Narrow(entries) => {
                let is_match = |entry: usize| matches!(entries.get(entry), Some(Some((key, _))) if is_key(key));
                match block.index() {
                    Index::Bytes(index) => probe_for::<P, _>(index, hash, is_match),
                    Index::Halves(index) => probe_for::<P, _>(index, hash, is_match),
                    Index::Words(index) => probe_for::<P, _>(index, hash, is_match),
                }
            }
            Entries::Wide(entries) => {
                let is_match = |entry: usize| match entries.get(entry) {
                    Some(wide) if wide.hash == hash => {
                        matches!(&wide.item, Some((key, _)) if is_key(key))
                    }
                    _ => false,
                };
                match block.index() {
                    Index::Bytes(index) => probe_for::<P, _>(index, hash, is_match),
                    Index::Halves(index) => probe_for::<P, _>(index, hash, is_match),
                    Index::Words(index) => probe_for::<P, _>(index, hash, is_match),
                }
            }
        }
    }

    /// Begins a search that can be interrupted.
    #[inline]
    pub fn search(&self, hash: i64) -> Search<P::Probe> {
        let mask = self.block.as_ref().map_or(0, Block::mask);
        Search {
            hash,
            probe: P::Probe::new(hash, mask),
        }
    }

    /// The next entry whose hash is the one sought; `None` at the end.
    #[inline]
    pub fn next_match(&self, search: &mut Search<P::Probe>) -> Option<usize> {
        let block = self.block.as_ref()?;
        let mask = block.mask();
        loop {
            let word = block.word(search.probe.position());
            if word == EMPTY {
                return None;
            }
            search.probe.advance(mask);
            let entry = word as usize & mask;
            if word != DELETED && self.hash_of(entry) == Some(search.hash) {
                return Some(entry);
            }
        }
    }

    /// Whether a key can be added without memory. `is_narrow`: it knows its hash.
    #[inline]
    pub fn has_room(&self, is_narrow: bool) -> bool {
        self.block
            .as_ref()
            .is_some_and(|block| block.has_room() && (is_narrow || !block.is_narrow()))
    }

    /// Makes room for one more key. `is_narrow`: it knows its hash.
    ///
    /// # Errors
    /// Out of memory; the table is as it was.
    #[cold]
    #[inline(never)]
    pub fn make_room(&mut self, heap: &Heap, is_narrow: bool) -> Result<(), OutOfMemory> {
        let Some(block) = &mut self.block else {
            self.block = Some(Block::new(heap, LOG2_MIN, FIRST_ROOM, is_narrow)?);
            return Ok(());
        };
        let is_narrow = is_narrow && block.is_narrow();
        let live = block.live();
        if block.filled().max(block.len()) >= usable::<P>(block.log2()) {
            let room = live + live / 2 + 1;
            return self.rebuild(heap, Self::log2_for(room)?, room.max(FIRST_ROOM), is_narrow);
        }
        if is_narrow != block.is_narrow() {
            self.widen(heap)?;
        }
        self.grow_entries()
    }

    /// Makes room for one more entry under the same index, if there is none.
    fn grow_entries(&mut self) -> Result<(), OutOfMemory> {
        match &mut self.block {
            Some(block) if block.len() == block.capacity() => {
                block.grow(block.capacity() + (block.capacity() / 2).max(FIRST_ROOM))
            }
            _ => Ok(()),
        }
    }

    /// Makes room for `additional` more keys in one go. `is_narrow`: they all know their hashes.
    ///
    /// # Errors
    /// Out of memory; the table is as it was.
    pub fn reserve(
        &mut self,
        heap: &Heap,
        additional: usize,
        is_narrow: bool,
    ) -> Result<(), OutOfMemory> {
        let room = self.len().checked_add(additional).ok_or(OutOfMemory)?;
        let is_there = self.block.as_ref().is_some_and(|block| {
            let left =
                (block.capacity() - block.len()).min(usable::<P>(block.log2()) - block.filled());
            additional <= left
        });
        if is_there || additional == 0 {
            return Ok(());
        }
        let is_narrow = is_narrow && self.is_narrow();
        self.rebuild(heap, Self::log2_for(room)?, room, is_narrow)
    }

    /// Gives the table another block: an index of 2^`log2` words, room for `room` entries, no dead ones.
    ///
    /// # Errors
    /// Out of memory; the table is as it was.
    ///
    /// # Panics
    /// If the index is too small for the entries.
    pub fn rebuild(
        &mut self,
        heap: &Heap,
        log2: u8,
        room: usize,
        is_narrow: bool,
    ) -> Result<(), OutOfMemory> {
        debug_assert!(
            !is_narrow || self.is_narrow(),
            "T6: hashes are not forgotten"
        );
        let mut fresh = Block::new(heap, log2, room.max(self.len()), is_narrow)?;
        self.note_rearranged();
        if let Some(mut old) = self.block.take() {
            let is_dense = old.live() == old.len() && old.is_narrow() == is_narrow;
            if is_dense && !P::SHOWS_INDEX {
                fresh.move_entries(&mut old);
            } else {
                let mut position = 0;
                while let Some(entry) = next_shown(&old, &mut position) {
                    let hash = hash_in(&old, entry).unwrap_or_default();
                    fresh.push(hash, old.take(entry));
                }
            }
            fresh.place_all(K::own_hash);
        }
        self.block = Some(fresh);
        Ok(())
    }

    /// Makes a narrow table wide, with entries and index words where they are.
    fn widen(&mut self, heap: &Heap) -> Result<(), OutOfMemory> {
        let Some(old) = &self.block else {
            return Ok(());
        };
        let room = (old.len() + old.len() / 2 + 1).max(FIRST_ROOM);
        let mut fresh = Block::new(heap, old.log2(), room, false)?;
        fresh.copy_index(old);
        for entry in 0..old.len() {
            let hash = self.hash_of(entry).unwrap_or(0);
            let item = self.block.as_mut().and_then(|block| block.take(entry));
            fresh.push(hash, item);
        }
        self.block = Some(fresh);
        Ok(())
    }

    /// Adds a key that is not there and returns its entry. `is_narrow` is as it was for `has_room`.
    ///
    /// # Panics
    /// If no room was made.
    #[inline]
    pub fn insert_new(&mut self, hash: i64, key: K, value: V) -> usize {
        let block = self.block.as_mut().expect("T2: room was made for the key");
        assert!(block.has_room(), "T2: room was made for the key");
        self.version.set(0);
        if P::SHOWS_INDEX
            && block.live() < block.len()
            && let Some(position) = last_dead(block, hash)
        {
            self.stamp = self.stamp.wrapping_add(1);
            return block.revive(position, hash, (key, value));
        }
        let entry = block.push(hash, Some((key, value)));
        block.place(hash, entry);
        entry
    }

    /// Takes an entry out.
    pub fn remove(&mut self, entry: usize) -> Option<(K, V)> {
        let hash = self.hash_of(entry)?;
        let block = self.block.as_mut()?;
        self.version.set(0);
        if !P::SHOWS_INDEX {
            let mask = block.mask();
            let mut probe = P::Probe::new(hash, mask);
            loop {
                let word = block.word(probe.position());
                debug_assert_ne!(word, EMPTY, "T3: the probe meets the entry's word");
                if word < DELETED && word as usize & mask == entry || word == EMPTY {
                    break;
                }
                probe.advance(mask);
            }
            block.delete_word(probe.position());
        }
        block.take(entry)
    }

    /// Takes the last live entry out.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let last = self.previous_live(usize::MAX)?;
        let item = self.remove(last);
        if let Some(block) = &mut self.block {
            block.trim();
        }
        if self.is_empty() {
            // Entries are numbered from 0 again.
            self.stamp = self.stamp.wrapping_add(1);
        }
        item
    }

    /// Makes room for one more key before all others. `is_narrow`: it knows its hash.
    ///
    /// That takes a dead entry before the first live one. If there is none, all entries move up by a quarter of their
    /// number, so that adding many takes constant time each.
    ///
    /// # Errors
    /// Out of memory; the table is as it was.
    pub fn make_room_before(&mut self, heap: &Heap, is_narrow: bool) -> Result<(), OutOfMemory> {
        let is_narrow = is_narrow && self.block.as_ref().is_none_or(Block::is_narrow);
        let has_room = self.next_live(0).is_some_and(|first| first > 0)
            && self.filled() < usable::<P>(self.log2())
            && self.is_narrow() == is_narrow;
        if has_room {
            return Ok(());
        }
        let live = self.len();
        let gap = live / 4 + FIRST_ROOM;
        let room = gap + live + live / 4 + 1;
        let mut fresh = Block::new(heap, Self::log2_for(room)?, room, is_narrow)?;
        for _ in 0..gap {
            fresh.push(0, None);
        }
        self.note_rearranged();
        if let Some(mut old) = self.block.take() {
            let mut position = 0;
            while let Some(entry) = next_shown(&old, &mut position) {
                let hash = hash_in(&old, entry).unwrap_or_default();
                fresh.push(hash, old.take(entry));
            }
        }
        fresh.place_all(K::own_hash);
        self.block = Some(fresh);
        Ok(())
    }

    /// Adds a key that is not there before all others and returns its entry.
    ///
    /// # Panics
    /// If no room was made.
    pub fn insert_before(&mut self, hash: i64, key: K, value: V) -> usize {
        let first = self.next_live(0).unwrap_or(self.entry_count());
        let entry = first
            .checked_sub(1)
            .expect("room was made before the first");
        self.version.set(0);
        let block = self.block.as_mut().expect("T2: room was made for the key");
        block.fill(entry, hash, (key, value));
        block.place(hash, entry);
        entry
    }

    /// Empties the table. What was in it lives until the result is dropped.
    #[must_use = "the entries die with the result"]
    pub fn take_all(&mut self) -> Option<Block<K, V, P>> {
        self.note_rearranged();
        self.block.take()
    }

    /// Takes over what another table holds; what was in this one lives until the result is dropped.
    #[must_use = "the entries die with the result"]
    pub fn replace_with(&mut self, other: Self) -> Option<Block<K, V, P>> {
        self.note_rearranged();
        std::mem::replace(&mut self.block, other.block)
    }

    /// A table with clones of all keys and values in the same order, and no room to spare.
    ///
    /// # Errors
    /// Out of memory.
    pub fn try_clone(&self, heap: &Heap) -> Result<Self, OutOfMemory>
    where
        K: Clone,
        V: Clone,
    {
        // A copied index saves looking at every key, unless it would be larger than CPython's.
        let is_well_filled = self.len() > usable::<P>(self.log2()) / 3;
        let log2 = if is_well_filled {
            self.log2()
        } else {
            Self::log2_for(self.len())?
        };
        self.try_clone_sized(heap, log2)
    }

    /// As [`try_clone`](Self::try_clone), with an index of 2^`log2` words.
    ///
    /// # Errors
    /// Out of memory.
    ///
    /// # Panics
    /// If the index is too small for the entries.
    pub fn try_clone_sized(&self, heap: &Heap, log2: u8) -> Result<Self, OutOfMemory>
    where
        K: Clone,
        V: Clone,
    {
        let mut table = Self::new();
        let Some(block) = self.block.as_ref().filter(|block| block.live() > 0) else {
            return Ok(table);
        };
        let mut fresh = Block::new(heap, log2, block.live(), block.is_narrow())?;
        if block.log2() == log2 && block.filled() == block.live() {
            fresh.copy_index(block);
            match block.entries() {
                Entries::Narrow(entries) => entries
                    .iter()
                    .for_each(|item| _ = fresh.push(0, item.clone())),
                Entries::Wide(entries) => {
                    entries
                        .iter()
                        .for_each(|entry| _ = fresh.push(entry.hash, entry.item.clone()));
                }
            }
        } else {
            let mut position = 0;
            while let Some(entry) = next_shown(block, &mut position) {
                let hash = hash_in(block, entry).unwrap_or_default();
                fresh.push(hash, block.item(entry).cloned());
            }
            fresh.place_all(K::own_hash);
        }
        table.block = Some(fresh);
        Ok(table)
    }

    /// Checks every invariant; T5 with the closure, which tells whether two keys are equal.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn verify(&self, mut is_equal: impl FnMut(&K, &K) -> bool) -> Result<(), Violation> {
        let Some(block) = &self.block else {
            return Ok(());
        };
        let (live, len, mask, usable) = (
            block.live(),
            block.len(),
            block.mask(),
            usable::<P>(block.log2()),
        );
        let counted = (0..len)
            .filter(|&entry| block.item(entry).is_some())
            .count();
        ensure!(
            live == counted && live <= len,
            "T1: live {live}, counted {counted}, len {len}"
        );
        let capacity = block.capacity();
        ensure!(
            len <= capacity && capacity <= usable && usable < mask,
            "T1: {len} {capacity} {usable} {mask}"
        );
        let filled = (0..=mask)
            .filter(|&position| block.word(position) != EMPTY)
            .count();
        ensure!(
            filled == block.filled() && filled <= usable && live <= filled,
            "T2: {filled} filled, {}",
            block.filled()
        );
        let mut named = vec![0_u32; len];
        for position in 0..=mask {
            let word = block.word(position);
            if word < DELETED {
                let entry = word as usize & mask;
                let is_live = block.item(entry).is_some();
                ensure!(
                    entry < len && (is_live || P::SHOWS_INDEX),
                    "T4: word {position} names dead entry {entry}"
                );
                named[entry] += 1;
            }
        }
        for (entry, &names) in named.iter().enumerate() {
            let Some((key, _)) = block.item(entry) else {
                ensure!(
                    names == u32::from(P::SHOWS_INDEX),
                    "T4: dead entry {entry} is named {names} times"
                );
                continue;
            };
            ensure!(names == 1, "T3: entry {entry} is named {names} times");
            let hash = self.hash_of(entry).unwrap_or(0);
            ensure!(
                !block.is_narrow() || key.own_hash() == hash,
                "T6: entry {entry}"
            );
            let mut search = self.search(hash);
            let mut is_met = false;
            while let Some(found) = self.next_match(&mut search) {
                is_met |= found == entry;
                let is_double = found != entry
                    && block
                        .item(found)
                        .is_some_and(|(other, _)| is_equal(key, other));
                ensure!(!is_double, "T5: entries {entry} and {found} are equal");
            }
            ensure!(is_met, "T3: the probe does not meet entry {entry}");
            ensure!(
                self.find_entry(hash, entry),
                "T3: the word of entry {entry} lacks bits of its hash"
            );
        }
        Ok(())
    }

    /// Whether [`find`](Self::find) meets an entry.
    fn find_entry(&self, hash: i64, entry: usize) -> bool {
        let Some((sought, _)) = self.item(entry) else {
            return false;
        };
        self.find(hash, |key| std::ptr::eq(key, sought)) == Some(entry)
    }
}

impl<K, V, P: Policy> Table<K, V, P> {
    /// The block, if there is one.
    pub fn block(&self) -> Option<&Block<K, V, P>> {
        self.block.as_ref()
    }
}

impl<K: Key, V, P: Policy> Default for Table<K, V, P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V, P: Policy> std::fmt::Debug for Table<K, V, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Table")
            .field("block", &self.block)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
