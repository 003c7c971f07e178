//! `cancel` of a group.

use crate::stage::*;
use asyncio::{TaskGroup, catch_cancel, local, yield_now};
use std::cell::RefCell;

#[test]
fn diff_tgx_1_it_ends_without_a_failure() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            g.create_task(job("child", 1, pending()));
            let g2 = g.clone();
            g.create_task(async move {
                sleep(1).await;
                g2.cancel();
            });
            job("body", 2, pending()).await
        });
        let ended = r.await.unwrap_err();
        say!("empty {} {}", ended.is_empty(), count());
        // A body that has returned gives its value.
        let r = TaskGroup::run(async |g| {
            g.create_task(pending());
            let g2 = g.clone();
            g.create_task(async move { g2.cancel() });
            7
        });
        say!("{}", r.await.show());
        sleep(1).await;
        say!("on");
    });
    assert_eq!(trace, "1:body+ · 1:child+ · 2:child- · 3:body- · 3:empty true 0 · 3:ok 7 · 4:on");
}

#[test]
fn tgx_2_results_from_before_stay() {
    timed(async {
        let kept = RefCell::new(Vec::new());
        let _ = local::TaskGroup::run(async |g| {
            kept.borrow_mut().push(g.create_task(async { 1 }));
            kept.borrow_mut().push(g.create_task(never::<i32>()));
            sleep(1).await;
            g.cancel();
        })
        .await;
        let kept = kept.into_inner();
        assert_eq!((kept[0].result().unwrap(), kept[1].cancelled()), (1, true));
    });
}

#[test]
fn tgx_3_the_body_goes_on_to_its_next_suspension() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            g.cancel();
            say!("goes on");
            sleep(0).await;
            say!("not here")
        });
        say!("{}", r.await.is_err());
        let r = TaskGroup::run(async |g| {
            g.cancel();
            5
        });
        say!("{}", r.await.show());
    });
    assert_eq!(trace, "0:goes on · 0:true · 0:ok 5");
}

#[test]
fn tgx_4_before_the_body_begins() {
    let trace = played(async {
        let r = TaskGroup::run(|g| {
            g.cancel();
            async {
                say!("begins");
                sleep(0).await;
                say!("not here")
            }
        });
        say!("{} {}", r.await.is_err(), count());
    });
    assert_eq!(trace, "0:begins · 0:true 0");
}

#[test]
fn tgx_5_twice_is_once_and_after_the_end_it_is_nothing() {
    let trace = played(async {
        let kept = RefCell::new(None);
        let r = TaskGroup::run(async |g| {
            kept.replace(Some(g.clone()));
            g.create_task(job("child", 2, pending()));
            sleep(1).await;
            g.cancel();
            g.cancel();
            stubborn(0, ()).await;
            g.cancel();
            sleep(1).await;
            say!("body");
        });
        say!("{}", r.await.show());
        kept.take().unwrap().cancel();
        sleep(1).await;
        say!("on {}", count());
    });
    assert_eq!(trace, "1:child+ · 2:body · 3:child- · 3:ok · 4:on 0");
}

#[test]
fn diff_tgx_6_behind_it_a_child_is_cancelled_from_the_start() {
    timed(async {
        let r = TaskGroup::run(async |g| {
            sleep(0).await;
            g.cancel();
            stubborn(0, ()).await;
            assert!(g.create_task(async { unreachable!() }).cancelled());
        });
        r.await.unwrap();
    });
}

#[test]
fn tgx_7_errors_on_the_way_out_still_count() {
    timed(async {
        let r = TaskGroup::run(async |g| {
            g.create_task(stubborn(1, Err::<(), _>("late")));
            sleep(1).await;
            g.cancel();
        });
        assert_eq!((r.await.show(), second()), ("Group(late)".into(), 2));
    });
}

#[test]
fn tgx_8_the_count_is_as_before_and_nothing_comes_later() {
    let trace = played(async {
        for suspends in [false, true] {
            let r = TaskGroup::run(async |g| {
                g.cancel();
                if suspends {
                    yield_now().await;
                }
            });
            say!("{} {}", r.await.is_ok(), count());
            sleep(1).await;
        }
        say!("on");
    });
    assert_eq!(trace, "0:true 0 · 1:false 0 · 2:on");
}

#[test]
fn tgx_9_a_request_from_outside_is_not_swallowed() {
    let trace = played(cancelled_at(&[2], async {
        let r = TaskGroup::run(async |g| {
            g.create_task(job("child", 3, pending()));
            sleep(1).await;
            g.cancel();
            pending().await
        });
        match catch_cancel(r).await {
            Ok(_) => say!("not here"),
            Err(token) => {
                say!("cancelled {}", count());
                token.propagate().await
            }
        }
    }));
    assert_eq!(trace, "1:child+ · 4:child- · 4:cancelled 1 · 4:t=Cancelled");
}

#[test]
fn tgx_10_a_child_that_calls_it_in_its_first_turn_is_cancelled_too() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            let g2 = g.clone();
            g.create_task(async move {
                g2.cancel();
                say!("child");
                sleep(0).await;
                say!("not here")
            })
        });
        let child = r.await.unwrap();
        say!("{}", child.cancelled());
    });
    assert_eq!(trace, "0:child · 0:true");
}
