//! The tutorials' programs print what they print under CPython, in the same time.

use crate::program::{Outcome, Program, alone};
use std::thread;
use std::time::Duration;

struct Seed {
    name: &'static str,
    expected: &'static str,
    /// How long its sleeps take.
    seconds: f64,
    /// It sleeps in threads, where no clock but the real one runs.
    blocks: bool,
}

macro_rules! seeds {
    ($($name:ident $seconds:literal $($blocks:ident)?,)*) => {
        &[$(Seed {
            name: stringify!($name),
            expected: include_str!(concat!("expected/", stringify!($name), ".out")),
            seconds: $seconds,
            blocks: seeds!(@ $($blocks)?),
        },)*]
    };
    (@ blocks) => { true };
    (@) => { false };
}

const SEEDS: &[Seed] = seeds![
    a1_say_hello 1.0,
    a3_event_loop 1.0,
    a4_tasks 2.0,
    a5_gather 2.0,
    a6_exceptions 0.0,
    b1_coroutine 1.0,
    b2_gather 3.0,
    b3_create_task 2.0,
    b4_sequential 4.0,
    b5_concurrent 2.0,
    b7_exceptions 0.0,
    b8_read_files 1.0,
    c1_basic 1.0,
    c2_gather 2.0,
    c4_background_task 3.0,
    c5_exceptions 2.0,
    c6_queue 5.0,
    c7_run_in_executor 3.0 blocks,
    d1_multiple_tasks 2.0,
    d2_timeout 2.0,
    d3_producer_consumer 2.0,
    d4_return_exceptions 0.0,
    d5_context_manager 2.0,
    e1_create_task 1.0,
    e2_gather_results 2.0,
    e3_fetch_data 2.0,
    e5_lock 3.0,
    e6_event 2.0,
    e7_executor 3.0 blocks,
    e8_error_handling 1.0,
    e9_practical 3.0 blocks,
];

impl Seed {
    fn start(&self, environment: &[(&str, &str)]) -> Program {
        Program::start(self.name, environment, &[])
    }

    fn outcome(&self, program: Program) -> Outcome {
        // The one that never ends is stopped after its last line.
        if self.name == "d3_producer_consumer" {
            program.stop_after(self.expected.lines().count())
        } else {
            program.finish()
        }
    }

    fn is_off(&self, outcome: &Outcome) -> bool {
        (outcome.took.as_secs_f64() - self.seconds).abs() > TOLERANCE
    }

    fn assert_same_lines(&self, outcome: &Outcome) {
        assert_eq!(
            outcome.lines,
            self.expected.lines().collect::<Vec<_>>(),
            "{} prints other lines",
            self.name
        );
    }
}

#[test]
fn the_seeds_are_complete() {
    assert_eq!(SEEDS.len(), 31);
}

/// How far an outcome may be from its nominal duration, in seconds.
const TOLERANCE: f64 = 0.3;

#[test]
fn in_real_time_each_takes_as_long_as_its_sleeps() {
    let _machine = alone();
    let running: Vec<_> = SEEDS
        .iter()
        .map(|seed| {
            let program = seed.start(&[]);
            (seed, thread::spawn(move || seed.outcome(program)))
        })
        .collect();
    let mut off = Vec::new();
    for (seed, waiter) in running {
        let outcome = waiter.join().expect("the program ends well");
        seed.assert_same_lines(&outcome);
        if seed.is_off(&outcome) {
            off.push(seed);
        }
    }
    // A busy machine may delay the start of some of 31 processes. A program that waits for the wrong
    // thing is off again, alone.
    for seed in off {
        let outcome = seed.outcome(seed.start(&[]));
        let took = outcome.took;
        assert!(!seed.is_off(&outcome), "{} took {took:?}, not {} s", seed.name, seed.seconds);
    }
}

#[test]
fn in_virtual_time_they_take_no_time() {
    let _machine = alone();
    for seed in SEEDS.iter().filter(|seed| !seed.blocks) {
        let outcome = seed.outcome(seed.start(&[("ASYNCIO_CLOCK", "virtual")]));
        seed.assert_same_lines(&outcome);
        assert!(outcome.took < Duration::from_millis(500), "{} took {:?}", seed.name, outcome.took);
    }
}
