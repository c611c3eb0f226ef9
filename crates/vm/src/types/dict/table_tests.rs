//! Tables against a naive model: a vector of pairs. Every step verifies the invariants.

use super::table::{Key, Ordered, Policy, Table};
use crate::types::set::Scattered;
use exuvia_object::{Config, Heap};
use std::rc::Rc;

/// A key that counts its clones (so that leaks show) and has a hash of its own.
#[derive(Clone, Debug)]
struct Name {
    text: Rc<u64>,
    hash: i64,
}

impl Key for Name {
    fn own_hash(&self) -> i64 {
        self.hash
    }
}

/// A small generator of pseudorandom numbers (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// How texts are hashed: well, in few buckets, and like integers.
fn hashes() -> [fn(u64) -> i64; 4] {
    [
        |text| text.wrapping_mul(0x9E37_79B9_7F4A_7C15).cast_signed(),
        |text| (text % 7) as i64,
        |text| text as i64,
        |text| (text << 20) as i64,
    ]
}

struct Check<P: Policy> {
    table: Table<Name, Rc<u64>, P>,
    model: Vec<(u64, u64)>,
    hash: fn(u64) -> i64,
}

impl<P: Policy> Check<P> {
    fn new(hash: fn(u64) -> i64) -> Self {
        Self {
            table: Table::new(),
            model: Vec::new(),
            hash,
        }
    }

    fn find(&self, text: u64) -> Option<usize> {
        self.table.find((self.hash)(text), |key| *key.text == text)
    }

    /// Inserts or replaces; tells whether there was memory.
    fn insert(&mut self, heap: &Heap, text: u64, value: u64, is_narrow: bool) -> bool {
        if let Some(entry) = self.find(text) {
            *self.table.value_mut(entry).expect("found") = Rc::new(value);
            self.model
                .iter_mut()
                .find(|(known, _)| *known == text)
                .expect("in the model")
                .1 = value;
            return true;
        }
        if !self.table.has_room(is_narrow) && self.table.make_room(heap, is_narrow).is_err() {
            return false;
        }
        let hash = (self.hash)(text);
        self.table.insert_new(
            hash,
            Name {
                text: Rc::new(text),
                hash,
            },
            Rc::new(value),
        );
        self.model.push((text, value));
        true
    }

    fn remove(&mut self, text: u64) {
        let removed = self.find(text).and_then(|entry| self.table.remove(entry));
        let place = self.model.iter().position(|(known, _)| *known == text);
        assert_eq!(
            removed.map(|(_, value)| *value),
            place.map(|place| self.model.remove(place).1)
        );
    }

    fn pop_last(&mut self) {
        let popped = self
            .table
            .pop_last()
            .map(|(key, value)| (*key.text, *value));
        assert_eq!(popped, self.model.pop());
    }

    fn verify(&self) {
        self.table
            .verify(|left, right| left.text == right.text)
            .expect("the invariants hold");
        assert_eq!(self.table.len(), self.model.len());
        for &(text, value) in &self.model {
            let entry = self
                .find(text)
                .expect("what is in the model is in the table");
            assert_eq!(*self.table.item(entry).expect("live").1, value);
            let mut search = self.table.search((self.hash)(text));
            let met = std::iter::from_fn(|| self.table.next_match(&mut search))
                .any(|found| found == entry);
            assert!(met, "a search meets {text}");
        }
        let mut shown: Vec<_> = self
            .table
            .items()
            .map(|(key, value)| (*key.text, **value))
            .collect();
        let mut model = self.model.clone();
        if P::SHOWS_INDEX {
            shown.sort_unstable();
            model.sort_unstable();
        }
        assert_eq!(shown, model, "the entries are in order");
        let in_index = {
            let (mut position, mut count) = (0, 0);
            while let Some((found, _)) = self.table.next_in_index(position) {
                position = found + 1;
                count += 1;
            }
            count
        };
        assert_eq!(in_index, self.model.len());
    }
}

fn random_steps<P: Policy>(seed: u64, hash: fn(u64) -> i64, fail: bool) {
    let heap = Heap::new(Config::default());
    let mut check = Check::<P>::new(hash);
    let mut random = Random(seed);
    let range = 1 + random.below(200);
    let widens_at = random.below(600);
    for step in 0..400 {
        if fail {
            let attempts = random.below(4);
            heap.fail_allocations((attempts < 2).then_some(exuvia_heap::FailAt::Once(attempts)));
        }
        let (text, value) = (random.below(range), random.below(1000));
        match random.below(100) {
            0..60 => {
                let is_narrow = step < widens_at;
                check.insert(&heap, text, value, is_narrow);
            }
            60..85 => check.remove(text),
            85..93 if !P::SHOWS_INDEX => check.pop_last(),
            93..95 => _ = check.table.reserve(&heap, random.below(50) as usize, true),
            95..97 => {
                if let Ok(copy) = check.table.try_clone(&heap) {
                    drop(check.table.replace_with(copy));
                }
            }
            97..98 => {
                drop(check.table.take_all());
                check.model.clear();
            }
            _ => {}
        }
        check.verify();
    }
    drop(check);
    assert_eq!(heap.bytes_live(), 0, "everything is given back");
}

#[test]
fn ordered_tables_do_what_a_vector_of_pairs_does() {
    for seed in 1..12 {
        hashes()
            .iter()
            .for_each(|&hash| random_steps::<Ordered>(seed * 77, hash, false));
    }
}

#[test]
fn scattered_tables_do_what_a_vector_of_pairs_does() {
    for seed in 1..12 {
        hashes()
            .iter()
            .for_each(|&hash| random_steps::<Scattered>(seed * 99, hash, false));
    }
}

#[test]
fn tables_stay_whole_when_memory_runs_out() {
    for seed in 1..12 {
        for hash in hashes() {
            random_steps::<Ordered>(seed * 55, hash, true);
            random_steps::<Scattered>(seed * 33, hash, true);
        }
    }
}

#[test]
fn large_tables_use_wider_words() {
    let heap = Heap::new(Config::default());
    for hash in [hashes()[0], hashes()[2]] {
        let mut ordered = Check::<Ordered>::new(hash);
        for text in 0..100_000 {
            assert!(ordered.insert(&heap, text, text, true));
        }
        for text in 0..100_000 {
            assert!(ordered.find(text).is_some());
            assert!(ordered.find(text + 100_000).is_none());
        }
        ordered
            .table
            .verify(|left, right| left.text == right.text)
            .expect("the invariants hold");
    }
}

#[test]
fn dict_sizes_are_at_most_cpythons() {
    let heap = Heap::new(Config::default());
    // CPython 3.14: header and counts 64, then 32, the index and the entries.
    let cpython = |count: usize, entry: usize| {
        let size = (3..)
            .map(|log2| 1_usize << log2)
            .find(|size| size * 2 / 3 >= count)
            .expect("some size fits");
        let word = if size < 256 {
            1
        } else if size < 65536 {
            2
        } else {
            4
        };
        64 + 32 + size * word + size * 2 / 3 * entry
    };
    for (is_narrow, entry) in [(true, 16), (false, 24)] {
        let mut table = Table::<Name, Rc<u64>, Ordered>::new();
        for text in 1..20_000_u64 {
            let hash = text as i64;
            if !table.has_room(is_narrow) {
                table.make_room(&heap, is_narrow).expect("memory");
            }
            table.insert_new(
                hash,
                Name {
                    text: Rc::new(text),
                    hash,
                },
                Rc::new(0),
            );
            // The key of this test is wider than a handle.
            let handle = size_of::<Option<(Name, Rc<u64>)>>() - 16;
            let own = 32 + table.buffer_bytes() - table.capacity() * handle;
            assert!(
                own <= cpython(text as usize, entry),
                "{own} bytes for {text} entries"
            );
        }
    }
}

#[test]
fn a_search_goes_on_after_insertions_and_ends_with_the_stamp() {
    let heap = Heap::new(Config::default());
    let mut check = Check::<Ordered>::new(|_| 5);
    check.insert(&heap, 1, 1, true);
    let (stamp, mut search) = (check.table.stamp(), check.table.search(5));
    assert!(check.table.next_match(&mut search).is_some());
    check.insert(&heap, 2, 2, true);
    assert_eq!(check.table.stamp(), stamp);
    assert_eq!(check.table.next_match(&mut search), check.find(2));
    drop(check.table.take_all());
    assert_ne!(check.table.stamp(), stamp);
}
