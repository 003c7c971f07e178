//! Task groups: asyncio's behaviours (`TGR`, `TGC`, `TGX`) beyond the scenarios.

use crate::world::*;
use asyncio_executor::create_task;
use asyncio_task::{
    BoxError, TaskGroup, catch_cancel, current_task, local, with_cleanup, yield_now,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn tgr_1_results_are_there_after_the_block() {
    run_virtual(async {
        let (a, b) = TaskGroup::run(async |g| {
            let slow = g.create_task(async {
                sleep(2).await;
                "slow"
            });
            (slow, g.create_task(async { Ok::<_, BoxError>(7) }))
        })
        .await
        .unwrap();
        assert_eq!(now(), 2);
        assert!(a.done() && !a.cancelled());
        assert_eq!((a.result().unwrap(), b.result().unwrap()), ("slow", 7));
        assert!(a.result().unwrap_err().to_string().contains("taken already"));
    });
}

#[test]
fn tgr_2_children_add_children_while_the_exit_waits() {
    run_virtual(async {
        let count = AtomicUsize::new(0);
        TaskGroup::run(async |g| {
            let (g2, count) = (g.clone(), &count);
            g.create_task(async move {
                sleep(1).await;
                let g3 = g2.clone();
                g2.create_task(async move {
                    sleep(1).await;
                    g3.create_task(async move {
                        count.fetch_add(1, Ordering::Relaxed);
                    });
                });
            });
        })
        .await
        .unwrap();
        assert_eq!((count.into_inner(), now()), (1, 2));
    });
}

#[test]
fn tgr_3_a_group_without_children_does_not_suspend() {
    let group = TaskGroup::run(async |_| 5);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let polled = std::pin::pin!(group).poll(&mut cx);
    assert!(matches!(polled, std::task::Poll::Ready(Ok(5))));
}

#[test]
fn tgr_3_children_start_in_the_turn_after_their_creation_in_order() {
    run_virtual(async {
        let order = RefCell::new(Vec::new());
        local::TaskGroup::run(async |g| {
            for n in 0..3 {
                let order = &order;
                g.create_task(async move { order.borrow_mut().push(n) });
            }
            order.borrow_mut().push(-1);
            yield_now().await;
            order.borrow_mut().push(-2);
        })
        .await
        .unwrap();
        // First in, first out: the children were ready before the body was again.
        assert_eq!(order.into_inner(), [-1, 0, 1, 2, -2]);
    });
}

#[test]
fn tgr_7_errors_of_siblings_that_are_cancelled_join_the_group_in_order() {
    run_virtual(async {
        let failed = TaskGroup::run(async |g| {
            g.create_task(async {
                let _ = catch_cancel(pending()).await.map_err(|c| c.swallow());
                sleep(1).await;
                Err::<(), _>("second")
            })
            .named("cleaning");
            g.create_task(async {
                sleep(1).await;
                Err::<(), _>("first")
            })
            .named("failing");
        })
        .await
        .unwrap_err();
        let told: Vec<_> =
            failed.iter().map(|e| (e.task().to_owned(), e.error().to_string())).collect();
        assert_eq!(
            told,
            [("failing".into(), "first".into()), ("cleaning".into(), "second".to_owned())]
        );
        assert_eq!(now(), 2);
    });
}

#[test]
fn tgr_10_a_body_that_answers_with_an_error_joins_last() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::try_run(async |g| {
                g.create_task(async { Err::<(), _>("child") });
                match catch_cancel(pending()).await {
                    Ok(()) => Ok(()),
                    Err(c) => {
                        c.swallow();
                        Err("body".into())
                    }
                }
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "0:Group(child,body) · 0:t=ok");
}

#[test]
fn tgr_19_nested_outside_request_inner_children_fail_in_their_cleanup() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = TaskGroup::try_run(async |_| {
                TaskGroup::run(async |h| {
                    h.create_task(async {
                        let _token = catch_cancel(pending()).await;
                        Err::<(), _>("inner")
                    });
                })
                .await?;
                Ok(())
            })
            .await;
            say!("{} {}", r.show(), n())
        })
    });
    assert_eq!(trace, "1:Group(Group(inner)) 1 · 1:t=ok");
}

#[test]
fn tgr_27_a_long_lived_group_stays_small() {
    run_virtual(async {
        let alive = Arc::new(());
        TaskGroup::run(async |g| {
            for _ in 0..1000 {
                let held = alive.clone();
                g.create_task(async move { drop(held) }).await.unwrap();
                assert!(Arc::strong_count(&alive) <= 2);
            }
        })
        .await
        .unwrap();
    });
}

#[test]
fn tgr_28_a_child_whose_child_fails_at_once_is_cancelled() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::run(async |g| {
                let g2 = g.clone();
                g.create_task(async move {
                    g2.create_task(async { Err::<(), _>("at once") });
                    yield_now().await;
                    yield_now().await;
                    sleep(1).await;
                    say!("not here")
                });
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "0:Group(at once) · 0:t=ok");
}

/// A self-cancelled task that fails: the group keeps the error.
#[test]
fn can_10_the_error_of_a_child_that_cancelled_itself_counts() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::run(async |g| {
                g.create_task(async {
                    current_task().cancel();
                    Err::<(), _>("all the same")
                });
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "0:Group(all the same) · 0:t=ok");
}

#[test]
fn tgc_1_a_child_is_a_task_of_its_own() {
    run_virtual(async {
        let parent = current_task();
        TaskGroup::run(async |g| {
            let parent = &parent;
            let child = g
                .create_task(async move {
                    let me = current_task();
                    assert_ne!(me, *parent);
                    assert_eq!(me.name(), "worker");
                    assert_eq!(me.parent(), Some(parent.id()));
                    yield_now().await;
                    assert_eq!(me, current_task());
                    me.id()
                })
                .named("worker");
            let id = child.id();
            assert_eq!(child.await.unwrap(), id);
            assert_eq!(current_task(), *parent);
        })
        .await
        .unwrap();
    });
}

#[test]
fn tgc_3_and_4_a_child_that_comes_too_late_never_runs() {
    run_virtual(async {
        let after = TaskGroup::run(async |g| g).await.unwrap();
        let child = after.create_task(async { unreachable!() });
        assert!(child.done() && child.cancelled());
        assert!(child.await.unwrap_err().is_cancelled());

        let failed = TaskGroup::try_run(async |g| {
            g.create_task(async { Err::<(), _>("no") });
            let cleanup = async || {
                let late = g.create_task(async { unreachable!() });
                assert!(late.cancelled());
            };
            with_cleanup(never::<Result<(), BoxError>>(), cleanup).await
        })
        .await;
        assert_eq!(failed.unwrap_err().len(), 1);
    });
}

#[test]
fn tgx_2_and_4_cancel_before_the_body_suspends_keeps_finished_results() {
    run_virtual(async {
        let kept = RefCell::new(None);
        let ended = local::TaskGroup::run(async |g| {
            *kept.borrow_mut() = Some(g.create_task(async { 1 }));
            let slow = g.create_task(pending());
            yield_now().await;
            yield_now().await;
            g.cancel();
            g.cancel();
            assert!(!slow.done());
            let _ = catch_cancel(pending()).await.map_err(|c| c.swallow());
            assert!(g.create_task(async {}).cancelled(), "TGX-6");
            slow
        })
        .await
        .unwrap();
        assert!(ended.cancelled());
        assert_eq!(kept.take().unwrap().result().unwrap(), 1);
        assert_eq!(current_task().cancelling(), 0);
        yield_now().await;
    });
}

#[test]
fn tgx_1_a_body_without_a_value_is_an_empty_error() {
    run_virtual(async {
        let ended = TaskGroup::run(async |g| {
            let g2 = g.clone();
            g.create_task(async move { g2.cancel() });
            never::<u8>().await
        })
        .await
        .unwrap_err();
        assert!(ended.is_empty());
        assert_eq!(current_task().cancelling(), 0);
        yield_now().await;
    });
}

#[test]
fn tgx_7_errors_while_unwinding_still_count() {
    let trace = run(|| {
        plain(async {
            let r = TaskGroup::run(async |g| {
                g.create_task(async {
                    let _token = catch_cancel(pending()).await;
                    Err::<(), _>("late")
                });
                sleep(1).await;
                g.cancel();
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "1:Group(late) · 1:t=ok");
}

#[test]
fn tgx_9_a_group_cancelled_by_name_and_from_outside_unwinds() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let _ = TaskGroup::run(async |g| {
                g.create_task(pending());
                g.cancel();
                pending().await
            })
            .await;
            say!("not here")
        })
    });
    // The child was cancelled before its first turn, so the group ends by itself at 0.
    assert_eq!(trace, "0:not here · 0:t=ok");
    let trace = run(|| {
        cancelled_at(&[1], async {
            let _ = local::TaskGroup::run(async |g| {
                g.create_task(job("a", 2, pending()));
                yield_now().await;
                yield_now().await;
                g.cancel();
                pending().await
            })
            .await;
            say!("not here")
        })
    });
    assert_eq!(trace, "0:a+ · 2:a- · 2:t=Cancelled");
}

/// Only woken children are polled, and at most 64 of them in a turn.
#[test]
fn a_crowd_lets_others_run_in_between() {
    run_virtual(async {
        let (started, seen) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(Vec::new())));
        let (watched, out) = (started.clone(), seen.clone());
        let watch = create_task(async move {
            while watched.get() < 200 {
                out.borrow_mut().push(watched.get());
                yield_now().await;
            }
        });
        local::TaskGroup::run(async |g| {
            for _ in 0..200 {
                let started = &started;
                g.create_task(async move {
                    started.set(started.get() + 1);
                    sleep(1).await;
                });
            }
        })
        .await
        .unwrap();
        watch.await.unwrap();
        let seen = seen.borrow();
        let most = seen.windows(2).map(|w| w[1] - w[0]).max().unwrap();
        assert!(most <= 64 && seen.len() >= 4, "{seen:?}");
    });
}

#[test]
fn only_woken_children_are_polled() {
    run_virtual(async {
        let polls = Cell::new(0);
        local::TaskGroup::run(async |g| {
            let polls = &polls;
            g.create_task(async move {
                let mut sleeping = Box::pin(sleep(9));
                std::future::poll_fn(|cx| {
                    polls.set(polls.get() + 1);
                    sleeping.as_mut().poll(cx)
                })
                .await
            });
            g.create_task(async {
                for _ in 0..100 {
                    yield_now().await;
                }
            });
        })
        .await
        .unwrap();
        assert_eq!(polls.get(), 2);
    });
}
