//! Random sequences of operations against a naive model: a vector of the blocks that live.

mod common;

use common::random::for_random_bytes;
use common::steps::{Step, run, run_bytes};
use exuvia_heap::{Config, Heap, HeapVec, Kind, Zeal};
use proptest::prelude::*;

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        6 => 0..130_usize,
        3 => 0..9_000_usize,
        1 => 8_000..70_000_usize,
        1 => 400_000..1_200_000_usize,
    ]
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (kind(), size(), 1..400_usize).prop_map(|(kind, size, count)| Step::Allocate {
            kind,
            size,
            count: count.min(1 + 100_000 / (size + 1)),
        }),
        4 => any::<usize>().prop_map(Step::Release),
        2 => (any::<usize>(), 1..4_usize).prop_map(|(from, step)| Step::ReleaseMany { from, step }),
        1 => (2..60_usize).prop_map(Step::KeepOneIn),
        4 => (any::<usize>(), size()).prop_map(|(index, size)| Step::Resize(index, size)),
        1 => Just(Step::Trim),
        1 => (1..100_usize).prop_map(Step::Tidy),
        1 => Just(Step::NextEpoch),
        2 => any::<usize>().prop_map(Step::Number),
        1 => Just(Step::DropNumbers),
        1 => prop::option::of(100_000..5_000_000_usize).prop_map(Step::Limit),
        1 => (1..20_usize).prop_map(Step::Walk),
    ]
}

/// Thirty-two sequences of each sort; `PROPTEST_CASES` asks for another number.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(32),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_heap_holds_what_the_model_holds(steps in prop::collection::vec(step(), 1..80)) {
        run(&Heap::new(Config::default()), steps);
    }

    #[test]
    fn a_zealous_heap_holds_what_the_model_holds(
        steps in prop::collection::vec(step(), 1..50),
        poison: bool,
        fences: bool,
    ) {
        let zeal = Zeal { poison, fences, ..Zeal::default() };
        run(&Heap::new(Config { zeal, ..Config::default() }), steps);
    }

    #[test]
    fn a_heap_vec_is_a_vec(steps in prop::collection::vec((0..14_u8, any::<usize>(), any::<usize>()), 1..200)) {
        let heap = Heap::new(Config::default());
        let (mut vec, mut model) = (HeapVec::new(), vec![]);
        for (number, (operation, a, b)) in steps.into_iter().enumerate() {
            let value = format!("{number}");
            let len = model.len();
            let (mut from, mut to) = (a % (len + 1), b % (len + 1));
            if from > to {
                std::mem::swap(&mut from, &mut to);
            }
            match operation {
                0..=2 => {
                    vec.push(&heap, value.clone()).unwrap();
                    model.push(value);
                }
                3 => {
                    vec.insert(&heap, from, value.clone()).unwrap();
                    model.insert(from, value);
                }
                4 if len > 0 => assert_eq!(vec.remove(a % len), model.remove(a % len)),
                5 if len > 0 => assert_eq!(vec.swap_remove(a % len), model.swap_remove(a % len)),
                6 => assert_eq!(vec.pop(), model.pop()),
                7 => {
                    let more: Vec<String> = (0..a % 30).map(|n| format!("{number}:{n}")).collect();
                    vec.extend_from_slice(&heap, &more).unwrap();
                    model.extend(more);
                }
                8 | 9 => {
                    let more: Vec<String> = (0..b % 20).map(|n| format!("{number}:{n}")).collect();
                    let with = HeapVec::from_slice(&heap, &more).unwrap();
                    let removed = vec.replace_range(&heap, from..to, with).unwrap();
                    let expected: Vec<String> = model.splice(from..to, more).collect();
                    assert_eq!(*removed, *expected);
                }
                10 => {
                    vec.remove_range(from..to);
                    model.drain(from..to);
                }
                11 => {
                    vec.retain(|text| !text.ends_with('3'));
                    model.retain(|text| !text.ends_with('3'));
                }
                12 => {
                    vec.truncate(to);
                    model.truncate(to);
                    vec.shrink_if_sparse();
                }
                _ => {
                    vec.shrink_to_fit();
                    assert_eq!(vec.capacity(), vec.len());
                }
            }
            assert_eq!(*vec, *model);
            assert_eq!(vec.buffer_bytes(), heap.bytes_live());
            assert!(vec.capacity() >= vec.len());
        }
        let from_back: Vec<String> = vec.into_iter().rev().collect();
        model.reverse();
        assert_eq!(from_back, model);
        assert_eq!(heap.bytes_live(), 0);
    }
}

/// What the fuzz target does, with bytes from a generator; `EXUVIA_STRESS_SECONDS` asks for more than a moment of it.
#[test]
fn steps_made_of_random_bytes_keep_heap_and_model_equal() {
    for_random_bytes(1000, run_bytes);
}
