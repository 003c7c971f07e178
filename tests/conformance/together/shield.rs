//! `shield`.

use crate::stage::*;
use asyncio::{catch_cancel, create_task, current_task, shield, wait_for, yield_now};
use futures_lite::future::poll_once;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

#[test]
fn shd_1_it_gives_what_the_work_gives() {
    timed(async {
        assert_eq!(shield(create_task(after(1, 5))).await.unwrap(), 5);
        let failed: Result<u8, &str> = shield(async { Err("bad") }).await.unwrap();
        assert_eq!(failed, Err("bad"));
        assert!(shield(panics::<u8>("boom")).await.unwrap_err().is_panic());
    });
}

#[test]
fn shd_2_work_that_is_done_needs_no_turn() {
    timed(async {
        let task = create_task(async { 5 });
        yield_now().await;
        assert_eq!(poll_once(shield(task)).await.unwrap().unwrap(), 5);
    });
}

#[test]
fn shd_3_a_request_ends_the_waiting_and_not_the_work() {
    let trace = played(async {
        let work = watched("work", job("work", 1, after(3, ())));
        cancelled_at(&[1], async move { shield(work).await.unwrap() }).await;
        sleep(4).await;
    });
    assert_eq!(trace, "1:t=Cancelled · 3:work+ · 4:work- · 4:work=over");
}

#[test]
fn shd_4_work_that_others_cancelled() {
    timed(async {
        let work = create_task(never::<u8>());
        ask_at(1, work.task_ref());
        assert!(shield(work).await.unwrap_err().is_cancelled());
        assert_eq!((second(), current_task().cancelling()), (1, 0));
    });
}

#[test]
fn shd_5_the_waiting_task_is_cancelled_as_ever() {
    let trace = played(cancelled_at(&[1], async {
        if let Err(token) = catch_cancel(shield(after(5, ()))).await {
            say!("interrupted {}", count());
            token.propagate().await
        }
    }));
    assert_eq!(trace, "1:interrupted 1 · 1:t=Cancelled");
}

#[test]
fn shd_6_a_future_becomes_a_task_and_needs_a_loop() {
    timed(async {
        let me = current_task();
        let inside = shield(async { current_task() });
        assert_ne!(inside.await.unwrap(), me);
    });
    let alone = catch_unwind(AssertUnwindSafe(|| drop(shield(async {}))));
    assert!(alone.is_err());
}

#[test]
fn shd_7_a_value_that_nobody_waits_for_is_dropped_in_silence() {
    let reports = reported(async {
        cancelled_at(&[1], async { shield(after(2, ())).await.unwrap() }).await;
        sleep(3).await;
    });
    assert_eq!(reports, Vec::<String>::new());
}

#[test]
fn shd_8_a_failure_that_nobody_waits_for_is_reported_once() {
    let reports = reported(async {
        cancelled_at(&[1], async {
            let failing = async {
                sleep(2).await;
                panics::<()>("boom").await
            };
            shield(failing).await.unwrap()
        })
        .await;
        sleep(3).await;
    });
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(reports[0].contains("boom"));
}

fn reported(main: impl Future<Output = ()>) -> Vec<String> {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let kept = reports.clone();
    timed(async move {
        asyncio::get_running_loop().set_exception_handler(
            move |_loop: &asyncio::LoopRef, report: asyncio::Report| {
                kept.borrow_mut().push(report.to_string());
            },
        );
        main.await
    });
    reports.take()
}

#[test]
fn shd_9_a_waiting_that_is_over_leaves_nothing_with_the_work() {
    struct Counted;
    impl Wake for Counted {
        fn wake(self: Arc<Self>) {}
    }
    async fn check<S: asyncio::Shieldable>(work: S) {
        let counted = Arc::new(Counted);
        let waker = Waker::from(counted.clone());
        let mut waiting = Box::pin(shield(work));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        assert!(Arc::strong_count(&counted) > 1);
        drop(waiting);
        assert_eq!(Arc::strong_count(&counted), 1);
    }
    timed(async {
        check(create_task(pending())).await;
        check(asyncio::spawn(pending())).await;
    });
}

#[test]
fn shd_10_inside_wait_for() {
    let trace = played(async {
        let work = watched("work", after(3, ()));
        say!("{}", wait_for(shield(work), secs(1)).await.show());
        sleep(3).await;
    });
    assert_eq!(trace, "1:TimeoutError · 3:work=over");
}

#[test]
fn shd_11_no_help_against_a_request_to_the_work_itself() {
    let trace = played(async {
        let work = watched("work", job("work", 1, pending()));
        let shielding = create_task(async move { shield(work).await.show() });
        yield_now().await;
        yield_now().await;
        // The end of the run cancels what is left.
        drop(shielding);
    });
    assert_eq!(trace, "0:work+ · 1:work- · 1:work=Cancelled");
}
