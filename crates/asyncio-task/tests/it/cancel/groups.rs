//! Scenarios D: groups.

use crate::world::*;
use asyncio_executor::create_task;
use asyncio_task::local::TaskGroup;
use asyncio_task::{BoxError, catch_cancel, with_cleanup};

/// What a child or a body returns that fails.
type Res<T> = Result<T, BoxError>;

/// Fails with `error` when it is cancelled.
async fn fail_when_cancelled(error: &'static str) -> Res<()> {
    let _token = catch_cancel(pending()).await;
    Err(error.into())
}

async fn fail_at(seconds: u64, error: &'static str) -> Res<()> {
    sleep(seconds).await;
    Err(error.into())
}

#[test]
fn cancel_c51_a_child_fails_siblings_and_body_are_cancelled() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(job("a", 2, pending()));
                g.create_task(fail_at(1, "bad"));
                job("body", 1, never::<Res<()>>()).await
            })
            .await;
            say!("{} {}", r.show(), n());
            sleep(1).await;
            say!("on")
        });
    });
    assert_eq!(trace, "1:a+ · 1:body+ · 2:body- · 3:a- · 3:Group(bad) 0 · 4:on · 4:t=ok");
}

#[test]
fn cancel_c52_from_outside_in_the_body_body_first() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(job("a", 2, pending()));
                job("body", 1, never::<Res<()>>()).await
            })
            .await;
            say!("not here {}", r.show())
        })
    });
    assert_eq!(trace, "1:body+ · 2:body- · 2:a+ · 4:a- · 4:t=Cancelled");
}

#[test]
fn cancel_c53_from_outside_while_the_exit_waits() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(job("a", 2, pending()));
                Ok(())
            })
            .await;
            say!("not here {}", r.show())
        })
    });
    assert_eq!(trace, "1:a+ · 3:a- · 3:t=Cancelled");
}

#[test]
fn cancel_c54_a_child_fails_in_its_cleanup_and_the_request_comes_back() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(fail_when_cancelled("bad"));
                Ok(())
            })
            .await;
            say!("{} {}", r.show(), n());
            sleep(1).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:Group(bad) 1 · 1:t=Cancelled");
}

#[test]
fn cancel_c55_a_second_outside_request_while_the_exit_waits() {
    let trace = run(|| {
        cancelled_at(&[1, 2], async {
            let group = TaskGroup::try_run(async move |g| {
                g.create_task(job("a", 3, pending()));
                Ok(())
            });
            match catch_cancel(group).await {
                Err(c) => {
                    say!("Cancelled {}", n());
                    c.propagate().await
                }
                Ok(r) => say!("{}", r.show()),
            }
        })
    });
    assert_eq!(trace, "1:a+ · 4:a- · 4:Cancelled 2 · 4:t=Cancelled");
}

#[test]
fn cancel_c56_the_body_fails_last_in_the_group() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(fail_when_cancelled("child"));
                fail_at(1, "body").await
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "1:Group(child,body) · 1:t=ok");
}

#[test]
fn cancel_c57_the_body_swallows_an_outside_request_the_group_goes_on() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(async {
                    sleep(3).await;
                    say!("child done")
                });
                if let Err(c) = catch_cancel(pending()).await {
                    c.swallow()
                }
                say!("body on");
                Ok(7)
            })
            .await;
            say!("{} {}", r.show(), n())
        })
    });
    assert_eq!(trace, "1:body on · 3:child done · 3:ok 7 1 · 3:t=ok");
}

#[test]
fn cancel_c58_one_child_cancelled_by_itself_is_no_error() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                let c = g.create_task(job("a", 1, pending()));
                g.create_task(async {
                    sleep(4).await;
                    say!("b done")
                });
                sleep(1).await;
                c.cancel();
                Ok(3)
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "1:a+ · 2:a- · 4:b done · 4:ok 3 · 4:t=ok");
}

#[test]
fn cancel_c59_nested_the_inner_ones_child_fails() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(job("o", 1, pending()));
                TaskGroup::try_run(async move |h| {
                    h.create_task(fail_at(1, "inner"));
                    never::<Res<()>>().await
                })
                .await?;
                Ok(())
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "1:o+ · 2:o- · 2:Group(Group(inner)) · 2:t=ok");
}

#[test]
fn cancel_c60_nested_the_outer_ones_child_fails_while_the_inner_exit_waits() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(fail_at(1, "outer"));
                let r = TaskGroup::try_run(async move |h| {
                    h.create_task(job("i", 2, pending()));
                    Ok(())
                })
                .await;
                say!("not here");
                Ok(r?)
            })
            .await;
            say!("{} {}", r.show(), n())
        });
    });
    assert_eq!(trace, "1:i+ · 3:i- · 3:Group(outer) 0 · 3:t=ok");
}

#[test]
fn cancel_c61_nested_both_fail_in_one_turn() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(fail_at(1, "outer"));
                let r = TaskGroup::try_run(async move |h| {
                    h.create_task(fail_at(1, "inner"));
                    never::<Res<()>>().await
                })
                .await;
                say!("{} {}", r.show(), n());
                sleep(1).await;
                say!("not here");
                Ok(())
            })
            .await;
            say!("{} {}", r.show(), n());
            sleep(1).await;
            say!("on")
        });
    });
    assert_eq!(trace, "1:Group(inner) 1 · 1:Group(outer) 0 · 2:on · 2:t=ok");
}

#[test]
fn cancel_c62_a_timeout_around_a_group() {
    let trace = run(|| {
        plain(async {
            let group = |_| {
                TaskGroup::try_run(async move |g| {
                    g.create_task(job("a", 2, pending()));
                    job("body", 1, never::<Res<()>>()).await
                })
            };
            let r = timeout(1, group).await;
            say!("{} {}", r.show(), n())
        });
    });
    assert_eq!(trace, "1:body+ · 2:body- · 2:a+ · 4:a- · 4:TimeoutError 0 · 4:t=ok");
}

#[test]
fn cancel_c63_a_timeout_around_a_group_whose_child_fails_in_its_cleanup() {
    let trace = run(|| {
        plain(async {
            let group = |_| {
                TaskGroup::try_run(async move |g| {
                    g.create_task(fail_when_cancelled("bad"));
                    never::<Res<()>>().await
                })
            };
            let r = timeout(1, group).await;
            say!("{} {}", r.unwrap().show(), n());
            sleep(1).await;
            say!("on")
        });
    });
    assert_eq!(trace, "1:Group(bad) 0 · 2:on · 2:t=ok");
}

#[test]
fn cancel_c64_group_cancel_ends_without_an_error() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(job("a", 1, pending()));
                sleep(1).await;
                g.cancel();
                Ok(1)
            })
            .await;
            say!("{} {}", r.show(), n());
            sleep(1).await;
            say!("on")
        });
    });
    assert_eq!(trace, "1:a+ · 2:a- · 2:ok 1 0 · 3:on · 3:t=ok");
}

#[test]
fn cancel_c65_a_child_panics() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(job("a", 1, pending()));
                g.create_task(async {
                    sleep(1).await;
                    if n() == 0 {
                        panic!("boom")
                    }
                });
                never::<Res<()>>().await
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "1:a+ · 2:a- · 2:Group(panic boom) · 2:t=ok");
}

#[test]
fn cancel_c66_the_body_panics_the_children_are_waited_for() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(job("a", 2, pending()));
                sleep(1).await;
                if n() == 0 {
                    panic!("boom")
                }
                Ok(())
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "1:a+ · 3:a- · 3:t=Panic(boom)");
}

#[test]
fn cancel_c67_before_a_childs_first_turn() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(async { say!("never") });
                Err::<(), _>("body".into())
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "0:Group(body) · 0:t=ok");
}

#[test]
fn cancel_c68_from_outside_while_the_body_cleans_up_after_a_childs_failure() {
    let trace = run(|| {
        cancelled_at(&[2], async {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(fail_at(1, "bad"));
                job("body", 9, never::<Res<()>>()).await
            })
            .await;
            say!("{} {}", r.show(), n());
            sleep(1).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:body+ · 2:Group(bad) 1 · 2:t=Cancelled");
}

#[test]
fn cancel_c100_a_cleanup_around_a_group_that_failed_is_not_cut_short() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let group = TaskGroup::try_run(async move |g| {
                g.create_task(fail_when_cancelled("bad"));
                Ok(())
            });
            let r = with_cleanup(group, async || {
                say!("+");
                sleep(2).await;
                say!("-")
            })
            .await;
            say!("{}", r.show());
            sleep(1).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:+ · 3:- · 3:Group(bad) · 3:t=Cancelled");
}

#[test]
fn cancel_c101_a_request_handed_back_that_meets_the_end_of_the_task() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            TaskGroup::try_run(async move |g| {
                g.create_task(fail_when_cancelled("bad"));
                Ok(())
            })
            .await
        })
    });
    assert_eq!(trace, "1:t=Group(bad)");
}

#[test]
fn cancel_c102_a_task_awaited_in_the_body_first() {
    let trace = run(|| {
        let i = create_task(job("i", 1, pending()));
        cancelled_at(&[1], async move {
            let r = TaskGroup::try_run(async move |g| {
                g.create_task(job("a", 1, pending()));
                let _ = i.await;
                Ok(())
            })
            .await;
            say!("not here {}", r.show())
        })
    });
    assert_eq!(trace, "1:i+ · 2:i- · 2:a+ · 3:a- · 3:t=Cancelled");
}

/// As C102, with a child of the same group.
#[test]
fn cancel_c102_a_child_awaited_in_the_body_first() {
    let trace = run(|| {
        cancelled_at(&[1], async move {
            let r = TaskGroup::try_run(async move |g| {
                let i = g.create_task(job("i", 1, pending()));
                g.create_task(job("a", 1, pending()));
                let _ = i.await;
                Ok(())
            })
            .await;
            say!("not here {}", r.show())
        })
    });
    assert_eq!(trace, "1:i+ · 2:i- · 2:a+ · 3:a- · 3:t=Cancelled");
}

/// A child that was ready in the delivering turn is asked and polled all the same.
#[test]
fn cancel_c53_a_child_that_is_ready_when_the_request_comes() {
    let trace = run(|| {
        let e = event();
        let e2 = e.clone();
        let t = plain(async move {
            let r = TaskGroup::run(async |g| {
                g.create_task(async move {
                    e.wait().await;
                    pending().await
                });
            })
            .await;
            say!("not here {}", r.show())
        });
        other(async move {
            sleep(1).await;
            e2.set();
            t.cancel();
        });
    });
    assert_eq!(trace, "1:t=Cancelled");
}
