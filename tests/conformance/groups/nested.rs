//! Groups in groups.

use crate::stage::*;
use asyncio::{BoxError, TaskGroup, catch_cancel};

#[test]
fn tgr_16_the_group_of_the_inner_is_a_member_of_the_outer() {
    timed(async {
        let failed = TaskGroup::try_run(async |_| {
            TaskGroup::run(async |h| {
                h.create_task(after(1, Err::<(), _>("inner")));
            })
            .await?;
            Ok(())
        })
        .await
        .unwrap_err();
        assert_eq!(failed.show(), "Group(Group(inner))");
        assert!(failed.iter().next().unwrap().as_group().is_some());
    });
}

#[test]
fn tgr_17_the_outer_fails_while_the_inner_waits() {
    let trace = played(async {
        let r = TaskGroup::try_run(async |g| {
            g.create_task(after(1, Err::<(), _>("outer")));
            let inner = TaskGroup::run(async |h| {
                h.create_task(job("inner", 1, pending()));
            });
            match catch_cancel(inner).await {
                Ok(_) => say!("not here"),
                Err(token) => {
                    say!("cancelled");
                    token.propagate().await
                }
            }
            Ok(())
        });
        say!("{} {}", r.await.show(), count());
    });
    assert_eq!(trace, "1:inner+ · 2:inner- · 2:cancelled · 2:Group(outer) 0");
}

#[test]
fn tgr_18_both_fail_in_one_turn() {
    let trace = played(async {
        let r = TaskGroup::try_run(async |g| {
            g.create_task(after(1, Err::<(), _>("outer")));
            let inner = TaskGroup::run(async |h| {
                h.create_task(after(1, Err::<(), _>("inner")));
            });
            let caught = inner.await;
            say!("{} {}", caught.show(), count());
            Ok::<_, BoxError>(())
        });
        say!("{} {}", r.await.show(), count());
        sleep(1).await;
        say!("on");
    });
    assert_eq!(trace, "1:Group(inner) 1 · 1:Group(outer) 0 · 2:on");
}

#[test]
fn tgr_19_asked_from_outside_and_the_inner_children_fail() {
    let trace = played(cancelled_at(&[1], async {
        let r = TaskGroup::try_run(async |_| {
            TaskGroup::run(async |h| {
                h.create_task(stubborn(0, Err::<(), _>("inner")));
            })
            .await?;
            Ok(())
        });
        say!("{} {}", r.await.show(), count())
    }));
    assert_eq!(trace, "1:Group(Group(inner)) 1 · 1:t=ok");
}
