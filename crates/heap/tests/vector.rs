//! `HeapVec` beyond what the model shows: growth, drops, sizes.

use exuvia_heap::{Config, Heap, HeapVec};
use std::cell::RefCell;
use std::rc::Rc;

#[test]
fn takes_three_words() {
    assert_eq!(size_of::<HeapVec<u64>>(), 24);
    assert_eq!(size_of::<Option<HeapVec<u64>>>(), 24);
}

#[test]
fn grows_as_lists_grow() {
    let heap = Heap::new(Config::default());
    let mut vec = HeapVec::new();
    let mut capacities = vec![];
    for n in 0..100_u64 {
        vec.push(&heap, n).unwrap();
        if capacities.last() != Some(&vec.capacity()) {
            capacities.push(vec.capacity());
        }
    }
    assert_eq!(capacities, [4, 8, 16, 24, 32, 40, 52, 64, 76, 92, 108]);
    vec.reserve(&heap, 1000).unwrap();
    assert_eq!(vec.capacity(), 1100, "a leap takes what it needs");
    vec.truncate(60);
    vec.shrink_if_sparse();
    assert_eq!(vec.capacity(), 72);
    vec.truncate(0);
    vec.shrink_if_sparse();
    assert_eq!((vec.capacity(), heap.blocks_live()), (0, 0));
}

struct Noisy(u32, Rc<RefCell<Vec<u32>>>);

impl Drop for Noisy {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

fn noisy(heap: &Heap, count: u32) -> (HeapVec<Noisy>, Rc<RefCell<Vec<u32>>>) {
    let log = Rc::new(RefCell::new(vec![]));
    let elements = (0..count).map(|n| Noisy(n, Rc::clone(&log)));
    (HeapVec::from_elements(heap, elements).unwrap(), log)
}

#[test]
fn drops_each_element_once_last_first() {
    let heap = Heap::new(Config::default());
    let (vec, log) = noisy(&heap, 4);
    drop(vec);
    assert_eq!(*log.borrow(), [3, 2, 1, 0]);
    let (mut vec, log) = noisy(&heap, 6);
    vec.remove_range(1..3);
    assert_eq!(*log.borrow(), [2, 1]);
    let mut elements = vec.into_iter();
    assert_eq!(elements.next().unwrap().0, 0);
    drop(elements);
    assert_eq!(*log.borrow(), [2, 1, 0, 5, 4, 3]);
    assert_eq!(heap.blocks_live(), 0);
}

/// A cell whose element reaches back into the array while it is dropped.
struct Reaching(Rc<RefCell<HeapVec<Reaching>>>);

impl Drop for Reaching {
    fn drop(&mut self) {
        // The array is borrowed while `truncate` runs, and free while a detached buffer is dropped.
        if let Ok(vec) = self.0.try_borrow() {
            assert!(vec.is_empty());
        }
    }
}

#[test]
fn clear_detaches_before_it_drops() {
    let heap = Heap::new(Config::default());
    let cell = Rc::new(RefCell::new(HeapVec::new()));
    for _ in 0..10 {
        cell.borrow_mut()
            .push(&heap, Reaching(Rc::clone(&cell)))
            .unwrap();
    }
    let detached = cell.borrow_mut().take();
    drop(detached);
    assert_eq!((cell.borrow().len(), heap.blocks_live()), (0, 0));
}

#[test]
fn elements_without_size_take_no_memory() {
    let heap = Heap::new(Config::default());
    let mut vec = HeapVec::new();
    for _ in 0..1000 {
        vec.push(&heap, ()).unwrap();
    }
    vec.shrink_to_fit();
    assert_eq!(
        (vec.len(), vec.buffer_bytes(), heap.blocks_live()),
        (1000, 0, 0)
    );
    assert_eq!(vec.into_iter().count(), 1000);
}
