//! Who is in a group, and how long.

use crate::stage::*;
use asyncio::{BoxError, TaskGroup, catch_cancel, current_task, local, yield_now};
use futures_lite::future::{block_on, poll_once};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

#[test]
fn tgr_1_it_returns_when_all_have_ended() {
    timed(async {
        let words = ["a".to_string(), "bc".to_string()];
        let (a, b) = TaskGroup::run(async |g| {
            (g.create_task(after(2, words[0].len())), g.create_task(async { words[1].len() }))
        })
        .await
        .unwrap();
        assert_eq!((a.result().unwrap(), b.result().unwrap(), second()), (1, 2, 2));
    });
}

#[test]
fn tgr_2_children_may_add_children_while_the_exit_waits() {
    timed(async {
        let count = Cell::new(0);
        local::TaskGroup::run(async |g| {
            let (g2, count) = (g.clone(), &count);
            g.create_task(async move {
                sleep(1).await;
                let g3 = g2.clone();
                g2.create_task(async move {
                    sleep(1).await;
                    g3.create_task(async move { count.set(count.get() + 1) });
                });
            });
        })
        .await
        .unwrap();
        assert_eq!((count.get(), second()), (1, 2));
    });
}

#[test]
fn tgr_3_without_unfinished_children_it_does_not_suspend() {
    assert!(matches!(block_on(poll_once(TaskGroup::run(async |_| 5))), Some(Ok(5))));
    timed(async {
        let later = Rc::new(Cell::new(false));
        let l = later.clone();
        TaskGroup::run(async |g| {
            g.create_task(async {});
            yield_now().await;
            asyncio::get_running_loop().call_soon(move || l.set(true));
        })
        .await
        .unwrap();
        assert!(!later.get());
    });
}

#[test]
fn tgr_4_a_child_that_is_cancelled_alone_is_no_error() {
    let trace = played(async {
        let r = TaskGroup::run(async |g| {
            let child = g.create_task(job("child", 1, pending()));
            g.create_task(async {
                sleep(3).await;
                say!("sibling")
            });
            sleep(1).await;
            child.cancel();
            sleep(2).await;
            say!("body {}", child.cancelled());
        })
        .await;
        say!("{}", r.show());
    });
    assert_eq!(trace, "1:child+ · 2:child- · 3:sibling · 3:body true · 3:ok");
}

#[test]
fn diff_tgr_26_it_needs_no_task_around_it() {
    let child = block_on(TaskGroup::run(async |g| g.create_task(async { 5 }))).unwrap();
    assert_eq!(child.result().unwrap(), 5);
}

#[test]
fn tgr_27_who_has_ended_is_forgotten_at_once() {
    timed(async {
        let alive = Arc::new(());
        TaskGroup::run(async |g| {
            for _ in 0..1000 {
                let held = alive.clone();
                g.create_task(async move { drop(held) }).await.unwrap();
                assert!(Arc::strong_count(&alive) <= 2);
            }
            yield_now().await;
            assert!(format!("{g:?}").contains("tasks: 0"), "{g:?}");
        })
        .await
        .unwrap();
    });
}

#[test]
fn tgr_29_behind_it_nothing_is_kept() {
    timed(async {
        let (child, body) = (Rc::new(()), Rc::new(()));
        let (c, b) = (child.clone(), body.clone());
        let kept = Rc::new(Cell::new(None));
        let k = kept.clone();
        let failed = local::TaskGroup::try_run(async move |g| {
            k.set(Some(g.clone()));
            g.create_task(async move {
                let _c = c;
                Err::<(), _>("bad")
            });
            let _b = b;
            never::<Result<(), BoxError>>().await
        })
        .await
        .unwrap_err();
        assert_eq!((Rc::strong_count(&child), Rc::strong_count(&body)), (1, 1));
        let group = kept.take().unwrap();
        assert!(format!("{group:?}").contains("tasks: 0"), "{group:?}");
        drop(failed);
    });
}

#[test]
fn tgr_30_its_text() {
    timed(async {
        let r = TaskGroup::run(async |g| {
            g.create_task(job("child", 1, pending()));
            g.create_task(after(1, Err::<(), _>("bad")));
            assert_eq!(format!("{g:?}"), "Group { tasks: 2, errors: 0, state: entered }");
            let token = catch_cancel(pending()).await.unwrap_err();
            assert_eq!(format!("{g:?}"), "Group { tasks: 1, errors: 1, state: ending }");
            token.propagate().await
        });
        let r: Result<(), _> = r.await;
        assert_eq!(r.unwrap_err().len(), 1);
        assert_eq!(current_task().cancelling(), 0);
    });
}
