//! Random programs of nested clean-ups, joins, sub-executors and timeouts, asked to stop at random
//! times: what must hold for all of them. Seeded; a failure prints its program.

use crate::combinators::{join2, one_per_turn, select2, unordered};
use crate::scopes::{job, pending, timeout};
use crate::world::*;
use asyncio_context::catch_cancel;
use std::pin::Pin;

const PROGRAMS: u64 = 3_000;

#[derive(Clone, Debug)]
enum Program {
    Sleep(u64),
    Pending,
    Job(u64, Box<Program>),
    Then(Box<Program>, Box<Program>),
    Join(Box<Program>, Box<Program>),
    Unordered(Vec<Program>),
    OnePerTurn(Vec<Program>),
    Timeout(u64, Box<Program>),
    Select(Box<Program>, Box<Program>),
    Swallow(Box<Program>),
    Drop(Box<Program>),
}

/// Which kinds a random program is made of: 0 to this, in the order above.
const TREE: u8 = 7;
const TIMEOUTS: u8 = 8;
const ALL: u8 = 11;

/// Delays are drawn from a wide range, so that ties between branches, which have no defined order,
/// hardly occur.
fn delay(random: &mut fastrand::Rng) -> u64 {
    random.u64(1..1_000)
}

fn program(random: &mut fastrand::Rng, kinds: u8, depth: u32) -> Program {
    let kind = if depth == 0 { random.u8(..2) } else { random.u8(..kinds) };
    let time = delay(random);
    let mut child = || Box::new(program(random, kinds, depth.saturating_sub(1)));
    match kind {
        0 => Program::Sleep(time),
        1 => Program::Pending,
        2 => Program::Job(time, child()),
        3 => Program::Then(child(), child()),
        4 => Program::Join(child(), child()),
        5 => Program::Unordered(vec![*child(), *child(), *child()]),
        6 => Program::OnePerTurn(vec![*child(), *child()]),
        7 => Program::Timeout(time, child()),
        8 => Program::Select(child(), child()),
        9 => Program::Swallow(child()),
        _ => Program::Drop(child()),
    }
}

fn start(program: Program) -> Pin<Box<dyn Future<Output = ()>>> {
    let all = |programs: Vec<Program>| programs.into_iter().map(start).collect();
    match program {
        Program::Sleep(time) => Box::pin(sleep(time)),
        Program::Pending => Box::pin(pending()),
        Program::Job(time, inner) => job("c", time, start(*inner)),
        Program::Then(a, b) => Box::pin(async move {
            start(*a).await;
            start(*b).await
        }),
        Program::Join(a, b) => Box::pin(async move {
            join2(start(*a), start(*b)).await;
        }),
        Program::Unordered(programs) => Box::pin(unordered(all(programs))),
        Program::OnePerTurn(programs) => Box::pin(one_per_turn(all(programs))),
        Program::Timeout(time, inner) => Box::pin(async move {
            let _ = timeout(time, |_| start(*inner)).await;
        }),
        Program::Select(a, b) => Box::pin(select2(start(*a), start(*b))),
        Program::Swallow(inner) => Box::pin(async move {
            if let Err(token) = catch_cancel(start(*inner)).await {
                token.swallow();
            }
        }),
        Program::Drop(inner) => Box::pin(async move {
            let _ = catch_cancel(start(*inner)).await;
        }),
    }
}

/// How often `line` is in the trace, at or after `from`.
fn count(trace: &str, line: &str, from: u64) -> usize {
    let at = |entry: &&str| {
        let (time, text) = entry.split_once(':').unwrap();
        text == line && time.parse::<u64>().unwrap() >= from
    };
    trace.split(" · ").filter(at).count()
}

fn each(kinds: u8, seed: u64, check: impl Fn(&Program, &mut fastrand::Rng)) {
    for i in 0..PROGRAMS {
        let mut random = fastrand::Rng::with_seed(seed + i);
        let program = program(&mut random, kinds, 4);
        let failed =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&program, &mut random)));
        if let Err(payload) = failed {
            eprintln!("seed {}: {program:?}", seed + i);
            std::panic::resume_unwind(payload);
        }
    }
}

/// Where nobody swallows and nothing else cuts in, a task that is asked while it runs ends
/// cancelled, and every clean-up that was begun is finished.
#[test]
fn one_request_and_every_cleanup_is_finished() {
    each(TREE, 1 << 32, |program, random| {
        let at = delay(random);
        let trace = run(|| cancelled_at(&[at], start(program.clone())));
        let before = count(&trace, "t=ok", 0) == 1;
        assert!(before || count(&trace, "t=Cancelled", at) == 1, "{trace}");
        // Those begun before the request, at the end of what they stood around, may be cut.
        assert!(before || count(&trace, "c+", at + 1) <= count(&trace, "c-", at + 1), "{trace}");
    });
}

#[test]
fn with_timeouts_a_task_that_was_asked_still_ends() {
    each(TIMEOUTS, 2 << 32, |program, random| {
        let at = delay(random);
        let trace = run(|| cancelled_at(&[at], start(program.clone())));
        let ends = count(&trace, "t=ok", 0) + count(&trace, "t=Cancelled", at);
        assert_eq!(ends, 1, "{trace}");
    });
}

/// With everything, and many requests: no panic and no circle (`run` looks for those), and a task
/// that cancelled futures left behind counts only what was asked of it.
#[test]
fn many_requests_and_everything() {
    each(ALL, 3 << 32, |program, random| {
        let mut times: Vec<u64> = (0..random.usize(1..6)).map(|_| delay(random)).collect();
        times.sort_unstable();
        let asked = times.len();
        let program = program.clone();
        let trace = run(|| {
            cancelled_at(&times, async move {
                start(program).await;
                assert!(n() <= asked, "{} of {asked}", n());
            })
        });
        assert!(!trace.contains("Panic"), "{trace}");
    });
}
