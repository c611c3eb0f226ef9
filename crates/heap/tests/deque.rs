//! `HeapDeque` against the standard library's, and what it takes of the heap.

use exuvia_heap::{Config, Heap, HeapDeque};
use std::collections::VecDeque;

/// A small generator of numbers that look random (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }
}

/// One random operation on both queues; what they return must be the same.
fn step(
    heap: &Heap,
    ours: &mut HeapDeque<u64>,
    model: &mut VecDeque<u64>,
    numbers: &mut Numbers,
    n: u64,
) {
    let len = model.len();
    match numbers.below(12) {
        0..=2 => {
            ours.push_back(heap, n).unwrap();
            model.push_back(n);
        }
        3..=5 => {
            ours.push_front(heap, n).unwrap();
            model.push_front(n);
        }
        6 => assert_eq!(ours.pop_front(), model.pop_front()),
        7 => assert_eq!(ours.pop_back(), model.pop_back()),
        8 => {
            let index = numbers.below(len + 1);
            ours.insert(heap, index, n).unwrap();
            model.insert(index, n);
        }
        9 => {
            let index = numbers.below(len + 1);
            assert_eq!(ours.remove(index), model.remove(index));
        }
        10 => {
            let count = numbers.below(len + 1);
            ours.rotate_right(heap, count).unwrap();
            if len > 0 {
                model.rotate_right(count % len);
            }
        }
        _ => {
            let count = numbers.below(len + 1);
            ours.rotate_left(heap, count).unwrap();
            if len > 0 {
                model.rotate_left(count % len);
            }
        }
    }
}

#[test]
fn does_what_a_deque_does() {
    let heap = Heap::new(Config::default());
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut ours, mut model) = (HeapDeque::new(), VecDeque::new());
    for n in 0..4000 {
        step(&heap, &mut ours, &mut model, &mut numbers, n);
        assert_eq!(ours.len(), model.len());
        assert_eq!(heap.bytes_live(), ours.buffer_bytes(), "after {n}");
        if n % 16 == 0 {
            assert!(ours.iter().eq(model.iter()), "after {n}");
        }
        if n % 700 == 699 {
            ours.take();
            model.clear();
        }
    }
    drop(ours);
    assert_eq!(heap.blocks_live(), 0);
}

#[test]
fn a_single_element_can_face_the_end_at_which_more_will_come() {
    let heap = Heap::new(Config::default());
    let block_count = |deque: &HeapDeque<u64>| deque.buffer_bytes() / 512;
    let (mut to_back, mut to_front) = (HeapDeque::new(), HeapDeque::new());
    for n in 0..100 {
        to_back.push_back(&heap, n).unwrap();
        to_back.face_back();
        to_front.push_front(&heap, n).unwrap();
        to_front.face_front();
    }
    assert_eq!((block_count(&to_back), block_count(&to_front)), (2, 2));
    assert!(to_back.iter().copied().eq(0..100));
    assert!(to_front.iter().copied().eq((0..100).rev()));
}

#[test]
fn never_takes_more_than_linked_blocks_of_64() {
    // CPython 3.14: 232 bytes, and 528 for each block, of which one is always there; ours has 72 bytes before its
    // buffers.
    let heap = Heap::new(Config::default());
    let mut deque = HeapDeque::new();
    for n in 0..20_000_u64 {
        deque.push_back(&heap, n).unwrap();
        let linked_blocks = 1 + deque.len().saturating_sub(32).div_ceil(64);
        assert!(
            72 + deque.buffer_bytes() <= 232 + 528 * linked_blocks,
            "{n}"
        );
    }
    while deque.pop_front().is_some() {
        let linked_blocks = deque.len().div_ceil(64).max(1);
        assert!(
            72 + deque.buffer_bytes() <= 232 + 528 * linked_blocks,
            "{}",
            deque.len()
        );
    }
    assert_eq!((deque.buffer_bytes(), heap.blocks_live()), (0, 0));
}

#[test]
fn without_memory_nothing_changes() {
    let heap = Heap::new(Config {
        limit: Some(4 << 20),
        ..Config::default()
    });
    let mut deque = HeapDeque::new();
    let mut count = 0_u64;
    while deque.push_back(&heap, count).is_ok() {
        count += 1;
    }
    assert_eq!(deque.len() as u64, count);
    assert!(deque.iter().copied().eq(0..count));
}
