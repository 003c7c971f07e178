//! A request from outside reaches a group.

use crate::stage::*;
use asyncio::{TaskGroup, catch_cancel, create_task, with_cleanup};

#[test]
fn tgr_11_asked_in_the_body_or_while_the_exit_waits() {
    let trace = played(async {
        cancelled_at(&[1], async {
            let _ = TaskGroup::run(async |g| {
                g.create_task(job("child", 1, pending()));
                job("body", 1, pending()).await
            })
            .await;
            say!("not here")
        })
        .await;
        cancelled_at(&[4], async {
            let _ = TaskGroup::run(async |g| {
                g.create_task(job("child", 1, pending()));
            })
            .await;
            say!("not here")
        })
        .await;
    });
    assert_eq!(
        trace,
        "1:body+ · 2:body- · 2:child+ · 3:child- · 3:t=Cancelled · 4:child+ · 5:child- · 5:t=Cancelled"
    );
}

#[test]
fn tgr_12_asked_and_a_child_fails_meanwhile() {
    let trace = played(cancelled_at(&[1], async {
        let r = TaskGroup::run(async |g| {
            g.create_task(stubborn(1, Err::<(), _>("bad")));
            pending().await
        });
        say!("{}", r.await.show());
    }));
    assert_eq!(trace, "2:Group(bad) · 2:t=ok");
}

#[test]
fn tgr_13_then_the_request_comes_back_at_the_next_suspension() {
    let trace = played(cancelled_at(&[1], async {
        let r = TaskGroup::run(async |g| {
            g.create_task(stubborn(1, Err::<(), _>("bad")));
            pending().await
        });
        say!("{} {}", r.await.show(), count());
        sleep(1).await;
        say!("not here")
    }));
    assert_eq!(trace, "2:Group(bad) 1 · 2:t=Cancelled");
    // While a clean-up of the body ran after a child's failure, too.
    let trace = played(cancelled_at(&[2], async {
        let r = TaskGroup::run(async |g| {
            g.create_task(after(1, Err::<(), _>("bad")));
            job("body", 9, pending()).await
        });
        say!("{} {}", r.await.show(), count());
        sleep(1).await;
        say!("not here")
    }));
    assert_eq!(trace, "1:body+ · 2:Group(bad) 1 · 2:t=Cancelled");
    // It can be taken, as in an `except` around the next wait.
    let trace = played(cancelled_at(&[1], async {
        let r = TaskGroup::run(async |g| {
            g.create_task(stubborn(0, Err::<(), _>("bad")));
        });
        say!("{}", r.await.show());
        catch_cancel(sleep(1)).await.unwrap_err().swallow();
        sleep(1).await;
        say!("on {}", count());
    }));
    assert_eq!(trace, "1:Group(bad) · 2:on 1 · 2:t=ok");
}

#[test]
fn tgr_14_a_second_request_is_counted_and_not_passed_on() {
    let trace = played(async {
        let task = create_task(async {
            let r = with_cleanup(
                TaskGroup::run(async |g| {
                    g.create_task(job("child", 5, pending()));
                }),
                async || say!("count {}", count()),
            );
            let _ = r.await;
            say!("not here")
        });
        ask_at(1, task.task_ref());
        ask_at(2, task.task_ref());
        say!("{}", task.await.show());
    });
    assert_eq!(trace, "1:child+ · 6:child- · 6:count 2 · 6:Cancelled");
}
