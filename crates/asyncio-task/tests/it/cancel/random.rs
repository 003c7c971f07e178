//! Random programs of scopes, one request each: whatever they are made of, a clean-up that starts
//! after the request finishes, the task ends, and it ends cancelled.

use crate::combinators::{join2, select2, unordered};
use crate::world::*;
use asyncio_context::random;
use asyncio_task::local::TaskGroup;
use asyncio_task::{BoxError, catch_cancel, gather};
use std::cell::Cell;
use std::rc::Rc;

/// Programs of each kind.
const SEEDS: u64 = 500;

/// What a program is made of.
struct Maker {
    next: Cell<u32>,
    /// With groups and gathers.
    groups: bool,
    /// Everything ends by itself, and nearly everything may happen: limits expire, children fail,
    /// races are lost, requests are swallowed.
    wild: bool,
}

impl Maker {
    fn name(&self) -> &'static str {
        let n = self.next.get();
        self.next.set(n + 1);
        // A few dozen bytes per test.
        Box::leak(format!("j{n}").into_boxed_str())
    }

    /// A future that suspends, of this depth at most.
    fn make(self: &Rc<Self>, depth: u32) -> Boxed<()> {
        let kinds = 7 + if self.groups { 2 } else { 0 } + if self.wild { 2 } else { 0 };
        let kind = if depth == 0 { 0 } else { random::random_below(kinds) };
        // Wide, so that no two things happen at once: ties between branches have no defined order.
        let time = |below: usize| 1 + random::random_below(below * 1_000_000) as u64;
        match kind {
            0 => {
                let seconds = time(6);
                Box::pin(async move { sleep(seconds).await })
            }
            1 | 2 => {
                let (name, inner) = (self.name(), self.make(depth - 1));
                // Its clean-up begins with a request or never: one that begins by itself is code like
                // any other, and goes with the whole (C88).
                let wild = self.wild;
                let body = async move {
                    inner.await;
                    if !wild {
                        pending().await
                    }
                };
                job(name, time(3), body)
            }
            3 => {
                let (a, b) = (self.make(depth - 1), self.make(depth - 1));
                Box::pin(async move {
                    a.await;
                    b.await;
                })
            }
            4 => {
                let (a, b) = (self.make(depth - 1), self.make(depth - 1));
                Box::pin(async move {
                    join2(a, b).await;
                })
            }
            5 => unordered_boxed(vec![self.make(depth - 1), self.make(depth - 1)]),
            6 => {
                // Ends by itself, later than the request: a limit that expires is no request.
                let inner = self.make(depth - 1);
                let limit = if self.wild { time(6) } else { 1 << 40 };
                Box::pin(async move {
                    let _ = timeout(limit, |_| inner).await;
                })
            }
            7 => {
                let members = [self.make(depth - 1), self.make(depth - 1)];
                Box::pin(async move {
                    gather(members).await;
                })
            }
            9 => {
                let inner = self.make(depth - 1);
                Box::pin(async move {
                    if let Err(token) = catch_cancel(inner).await {
                        token.swallow()
                    }
                })
            }
            10 => {
                let (a, b) = (self.make(depth - 1), self.make(depth - 1));
                Box::pin(select2(a, b))
            }
            _ => {
                let fails = self.wild && random::random_below(3) == 0;
                let (child, body) = (self.make(depth - 1), self.make(depth - 1));
                Box::pin(async move {
                    let ended = TaskGroup::try_run(async move |g| {
                        g.create_task(async move {
                            child.await;
                            if fails { Err("failed") } else { Ok(()) }
                        });
                        body.await;
                        Ok::<_, BoxError>(())
                    })
                    .await;
                    assert!(fails || ended.is_ok());
                })
            }
        }
    }
}

fn unordered_boxed(members: Vec<Boxed<()>>) -> Boxed<()> {
    Box::pin(unordered(members))
}

fn check(seed: u64, groups: bool) {
    random::seed(seed);
    let maker = Rc::new(Maker { next: Cell::new(0), groups, wild: false });
    let program = maker.make(4);
    let at = random::random_below(8_000_000) as u64;
    let trace = run(move || {
        let t = plain(async move {
            program.await;
            pending().await
        });
        other(async move {
            sleep(at).await;
            say!("request");
            t.cancel();
        });
    });
    let lines: Vec<&str> = trace.split(" · ").collect();
    let end = lines.iter().position(|line| line.ends_with(":t=Cancelled"));
    assert!(end.is_some(), "seed {seed}: {trace}");
    let asked = lines.iter().position(|line| line.ends_with(":request")).unwrap();
    for started in lines[asked..].iter().filter(|line| line.ends_with('+')) {
        let name = &started[started.find(':').unwrap()..started.len() - 1];
        let finished = lines.iter().any(|line| line.ends_with(&format!("{name}-")));
        assert!(finished, "seed {seed}: {name} did not finish: {trace}");
    }
    // Nothing happens in a task that is over.
    assert_eq!(end, Some(lines.len() - 1), "seed {seed}: {trace}");
}

#[test]
fn one_request_and_every_cleanup_finishes() {
    for seed in 0..SEEDS {
        check(seed, false);
    }
}

#[test]
fn one_request_with_groups_and_gathers() {
    for seed in 0..SEEDS {
        check(seed, true);
    }
}

/// Whatever happens, and however often the task is asked: it ends, and counts what it was asked.
#[test]
fn nothing_hangs() {
    for seed in 0..2 * SEEDS {
        random::seed(seed);
        let maker = Rc::new(Maker { next: Cell::new(0), groups: true, wild: true });
        let program = maker.make(5);
        let requests = random::random_below(6) as u64;
        let times: Vec<_> =
            (0..requests).map(|_| random::random_below(20_000_000) as u64).collect();
        let trace = run(move || {
            let t = plain(async move {
                program.await;
                // What is left is the requests, and not what timeouts and groups counted.
                assert!(n() as u64 <= requests);
            });
            for at in times {
                let t = t.clone();
                other(async move {
                    sleep(at).await;
                    t.cancel();
                });
            }
        });
        let end = trace.rsplit(" · ").next().unwrap();
        assert!(end.ends_with(":t=ok") || end.ends_with(":t=Cancelled"), "seed {seed}: {trace}");
    }
}
