//! Random programs against a model that knows reachability and nothing else.

mod graph;
#[path = "../../heap/tests/common/random.rs"]
mod random;

use exuvia_collector::{Generation, Mode};
use exuvia_heap::FailAt;
use graph::program::{Step, run, run_bytes};
use proptest::prelude::*;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Make),
        8 => (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Step::Link(from, to)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(from, index)| Step::Cut(from, index)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(from, index)| Step::Take(from, index)),
        6 => any::<usize>().prop_map(Step::Drop),
        1 => any::<usize>().prop_map(Step::Weaken),
        1 => any::<usize>().prop_map(Step::Strengthen),
        1 => any::<usize>().prop_map(Step::Resurrect),
        1 => prop_oneof![
            3 => Just(Generation::Young),
            2 => Just(Generation::Middle),
            1 => Just(Generation::Old)
        ].prop_map(Step::Collect),
        1 => fail_at().prop_map(Step::Fail),
    ];
    prop::collection::vec(step, 1..400)
}

fn fail_at() -> impl Strategy<Value = Option<FailAt>> {
    prop_oneof![
        2 => Just(None),
        2 => (0..20_u64).prop_map(|after| Some(FailAt::Once(after))),
        1 => (0..20_u64).prop_map(|after| Some(FailAt::From(after))),
    ]
}

/// Three hundred programs of each sort; `PROPTEST_CASES` asks for another number.
fn cases() -> u32 {
    let cases = std::env::var("PROPTEST_CASES");
    cases
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(300)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn exactly_the_reachable_survives(steps in steps()) {
        run(Mode::Synchronous, steps);
    }

    #[test]
    fn exactly_the_reachable_survives_slices(steps in steps()) {
        run(Mode::Sliced, steps);
    }
}

/// What the fuzz target does, with bytes from a generator; `EXUVIA_STRESS_SECONDS` asks for more than a moment of it.
#[test]
fn programs_made_of_random_bytes_leave_nothing_behind() {
    random::for_random_bytes(3000, run_bytes);
}
