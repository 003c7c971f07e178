//! Requests to stop, as far as handles pass them on.

use crate::support::{Log, OnDrop, run, yield_now};
use asyncio_context::{catch_cancel, current_task};
use asyncio_executor::{
    AbortOnDrop, LocalExecutor, Shieldable, ThreadPark, Waitable, create_task, spawn,
};
use std::future::pending;

#[test]
fn can_1_a_task_that_is_over_refuses() {
    run(async {
        let task = create_task(async { 1 });
        yield_now().await;
        assert!(!task.cancel());
        assert_eq!(task.await.unwrap(), 1);
    });
}

#[test]
fn can_3_a_task_that_has_not_begun_never_does() {
    let log = Log::default();
    let never = log.clone();
    run(async move {
        let task = create_task(async move { never.say("begun") });
        assert!(task.cancel_with("why"));
        assert_eq!(task.cancelling(), 1);
        let error = task.await.unwrap_err();
        assert!(error.is_cancelled());
        assert_eq!(error.message(), Some("why"));
    });
    assert!(log.take().is_empty());
}

#[test]
fn unc_an_undelivered_request_can_be_withdrawn() {
    run(async {
        let task = create_task(async { 1 });
        task.cancel();
        assert_eq!(task.uncancel(), 0);
        assert_eq!(task.await.unwrap(), 1);
    });
}

#[test]
fn can_5_awaiting_by_value_passes_it_on_and_waits_for_the_end() {
    let log = Log::default();
    let (inside, between) = (log.clone(), log.clone());
    run(async move {
        let inner = create_task(async move {
            let caught = catch_cancel(pending::<()>()).await.unwrap_err();
            inside.say("cleaning");
            yield_now().await;
            yield_now().await;
            inside.say("clean");
            caught.propagate().await;
        });
        let outer = create_task(async move {
            let _gone = OnDrop(between, "outer unwound");
            let _ = inner.await;
            unreachable!("unwound");
        });
        yield_now().await;
        outer.cancel();
        let error = outer.await.unwrap_err();
        assert!(error.is_cancelled());
    });
    assert_eq!(log.take(), ["cleaning", "clean", "outer unwound"]);
}

#[test]
fn can_6_an_awaited_task_that_swallows_gives_its_value() {
    for shared in [false, true] {
        run(async move {
            let inner = async {
                catch_cancel(pending::<()>()).await.unwrap_err().swallow();
                "kept"
            };
            let outer = if shared {
                let inner = spawn(inner);
                create_task(async move { (inner.await.unwrap(), current_task().cancelling()) })
            } else {
                let inner = create_task(inner);
                create_task(async move { (inner.await.unwrap(), current_task().cancelling()) })
            };
            yield_now().await;
            yield_now().await;
            outer.cancel();
            assert_eq!(outer.await.unwrap(), ("kept", 1));
        });
    }
}

#[test]
fn can_25_a_task_that_was_over_already_stays_unread() {
    run(async {
        let inner = create_task(async { 1 });
        let outer = create_task(async move { inner.await.unwrap() });
        // The inner one ends in the turn in which the outer one begins to wait; the outer one is
        // cancelled before it is polled again.
        yield_now().await;
        outer.cancel();
        let ended = outer.await;
        assert!(ended.is_ok() || ended.unwrap_err().is_cancelled());
    });
}

#[test]
fn can_24_a_task_cancelled_by_others_is_a_value() {
    run(async {
        let inner = create_task(pending::<()>());
        let other = inner.task_ref();
        let outer = create_task(async move { inner.await.unwrap_err().is_cancelled() });
        yield_now().await;
        other.cancel();
        assert!(outer.await.unwrap());
    });
}

#[test]
fn by_reference_nothing_is_passed_on() {
    run(async {
        let inner = create_task(pending::<()>());
        let other = inner.task_ref();
        let outer = create_task(async move {
            let mut inner = inner;
            let _ = (&mut inner).await;
        });
        yield_now().await;
        outer.cancel();
        assert!(outer.await.unwrap_err().is_cancelled());
        assert_eq!(other.cancelling(), 0);
        assert!(!other.done());
    });
}

#[test]
fn shd_3_a_shielded_task_goes_on() {
    let log = Log::default();
    let inside = log.clone();
    run(async move {
        let outer = create_task(async move {
            async move {
                yield_now().await;
                yield_now().await;
                inside.say("work done");
            }
            .shield()
            .await
        });
        yield_now().await;
        outer.cancel();
        assert!(outer.await.unwrap_err().is_cancelled());
        for _ in 0..4 {
            yield_now().await;
        }
    });
    assert_eq!(log.take(), ["work done"]);
}

#[test]
fn a_hard_drop_of_the_wait_only_detaches() {
    run(async {
        let task = create_task(pending::<()>());
        let other = task.task_ref();
        let mut wait = Box::pin(task.into_wait());
        std::future::poll_fn(|cx| {
            assert!(wait.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        drop(wait);
        yield_now().await;
        assert_eq!((other.cancelling(), other.done()), (0, false));
    });
}

#[test]
fn abort_on_drop_cancels_and_into_inner_does_not() {
    run(async {
        let task = AbortOnDrop::new(create_task(async { 3 }));
        assert_eq!(task.await.unwrap(), 3);
        let task = AbortOnDrop::new(create_task(pending::<()>())).into_inner();
        assert_eq!(task.cancelling(), 0);
        let other = task.task_ref();
        drop(AbortOnDrop::new(task));
        yield_now().await;
        assert!(other.done());
    });
}

#[test]
fn from_another_thread() {
    run(async {
        let task = create_task(pending::<()>());
        let other = task.task_ref();
        yield_now().await;
        let canceller = std::thread::spawn(move || other.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        assert!(canceller.join().unwrap());
    });
}

#[test]
fn run_10_what_is_left_is_cancelled_and_awaited() {
    let log = Log::default();
    let executor = LocalExecutor::new();
    let mut park = ThreadPark::new();
    let (one, two) = (log.clone(), log.clone());
    executor
        .run_until(
            async move {
                drop(create_task(async move {
                    let caught = catch_cancel(pending::<()>()).await.unwrap_err();
                    yield_now().await;
                    one.say("cleaned up");
                    // RUN-14: made during the pass, neither cancelled nor waited for.
                    drop(create_task(pending::<()>()));
                    caught.propagate().await;
                }));
                drop(create_task(async move {
                    let _ = catch_cancel(pending::<()>()).await.map_err(|token| token.swallow());
                    two.say("swallowed, and over in its own time");
                }));
                yield_now().await;
            },
            &mut park,
        )
        .unwrap();
    executor.cancel_all(&mut park).unwrap();
    let said = log.take();
    assert!(said.contains(&"cleaned up".into()) && said.len() == 2, "{said:?}");
    assert_eq!(executor.all_tasks().len(), 1);
}

#[test]
fn can_5_the_text_of_a_request_is_passed_on_with_it() {
    async fn told() -> Option<String> {
        let caught = catch_cancel(pending::<()>()).await.unwrap_err();
        let message = caught.message().map(str::to_owned);
        caught.swallow();
        message
    }
    run(async {
        let (inner, shared) = (create_task(told()), spawn(told()));
        let between = create_task(async move { inner.await.unwrap() });
        let outer = create_task(async move { between.await.unwrap() });
        let beside = create_task(async move { shared.await.unwrap() });
        yield_now().await;
        yield_now().await;
        outer.cancel_with("why");
        beside.cancel_with("because");
        assert_eq!(outer.await.unwrap().as_deref(), Some("why"));
        assert_eq!(beside.await.unwrap().as_deref(), Some("because"));
    });
}
