//! Random programs of tasks, groups, timeouts, primitives and requests: the runtime against asyncio on
//! paper.
//!
//! `program` is what they are made of, `paper` and `paper_sync` are asyncio's rules written down as
//! CPython has them, `reference` runs a program on paper, `runner` runs it here. Each task must say the
//! same at the same times, and the same must be left at the end.
//!
//! A few hundred programs at each run of the tests; `ci/random.sh` runs ten thousand.

mod paper;
mod paper_sync;
mod program;
mod reference;
mod runner;

use asyncio::sync::confined::{LoopLocal, ThreadSafe};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::Cell;

/// How many programs, unless `ASYNCIO_RANDOM_PROGRAMS` says another number.
const PROGRAMS: u32 = 300;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn random_programs_do_as_on_paper() {
    let cases = number("ASYNCIO_RANDOM_PROGRAMS", PROGRAMS.into()) as u32;
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("ASYNCIO_RANDOM_SEED", 1).to_le_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let turn = Cell::new(false);
    let ran = TestRunner::new_with_rng(config, rng).run(&program::program(), |program| {
        let expected = reference::run(&program);
        // The two confinements in turn.
        let local = turn.replace(!turn.get());
        let came = match local {
            true => runner::run::<LoopLocal>(&program),
            false => runner::run::<ThreadSafe>(&program),
        };
        proptest::prop_assert_eq!(came, expected);
        Ok(())
    });
    if let Err(error) = ran {
        panic!("{error}");
    }
}
