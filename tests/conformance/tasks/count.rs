//! `cancelled`, `cancelling`, `uncancel`.

use crate::stage::{pending, played, say, secs, sleep, turns};
use asyncio::{catch_cancel, create_future, create_task, current_task, run_virtual, timeout};

#[test]
fn cld_1_false_while_pending() {
    run_virtual(async {
        let task = create_task(pending());
        assert!(!task.cancelled());
        task.cancel();
        assert!(!task.cancelled() && task.cancelling() == 1);
    });
}

#[test]
fn cld_2_true_when_the_request_came_out() {
    run_virtual(async {
        let cancelled = create_task(pending());
        let swallowed = create_task(async { catch_cancel(pending()).await.unwrap_err().swallow() });
        let panicked = create_task(async { panic!("boom") });
        turns(1).await;
        let all = || [cancelled.cancelled(), swallowed.cancelled(), panicked.cancelled()];
        cancelled.cancel();
        swallowed.cancel();
        turns(2).await;
        assert_eq!(all(), [true, false, false]);
        assert!(panicked.await.is_err());
    });
}

#[test]
fn cld_3_taking_back_afterwards_changes_nothing() {
    run_virtual(async {
        let task = create_task(pending());
        task.cancel();
        turns(1).await;
        assert_eq!(task.uncancel(), 0);
        assert!(task.cancelled());
    });
}

#[test]
fn clg_1_requests_less_those_taken_back() {
    run_virtual(async {
        let task = create_task(pending());
        let mut counts = vec![task.cancelling()];
        for ask in [true, true, false, true, false, false, false] {
            if ask {
                task.cancel();
            } else {
                task.uncancel();
            }
            counts.push(task.cancelling());
        }
        assert_eq!(counts, [0, 1, 2, 1, 2, 1, 0, 0]);
    });
}

#[test]
fn clg_2_catching_does_not_lower_it() {
    run_virtual(async {
        let task = create_task(async {
            catch_cancel(pending()).await.unwrap_err().swallow();
            let caught = current_task().cancelling();
            turns(2).await;
            (caught, current_task().cancelling(), current_task().uncancel())
        });
        turns(1).await;
        task.cancel();
        assert_eq!(task.await.unwrap(), (1, 1, 0));
    });
}

#[test]
fn clg_3_stays_after_the_end() {
    run_virtual(async {
        let task = create_task(pending());
        task.cancel();
        task.cancel();
        turns(1).await;
        assert!(task.done());
        assert_eq!(task.cancelling(), 2);
    });
}

#[test]
fn unc_1_lowers_by_one_and_tells_what_is_left() {
    run_virtual(async {
        let task = create_task(pending());
        task.cancel();
        task.cancel();
        assert_eq!((task.uncancel(), task.uncancel()), (1, 0));
    });
}

#[test]
fn unc_2_never_below_zero() {
    run_virtual(async {
        let task = create_task(pending());
        assert_eq!((task.uncancel(), task.cancelling()), (0, 0));
        task.cancel();
        assert_eq!(task.cancelling(), 1, "nothing was owed");
    });
}

#[test]
fn unc_3_at_zero_an_undelivered_request_is_withdrawn() {
    let trace = played(async {
        let future = create_future();
        let waited = future.clone();
        let task = create_task(async move {
            say!("got {}", waited.await.unwrap());
            current_task().cancel();
            current_task().uncancel();
            turns(1).await;
            say!("nor by its own");
        });
        turns(1).await;
        future.set_result(5).unwrap();
        task.cancel();
        task.uncancel();
        task.await.unwrap();
    });
    assert_eq!(trace, "0:got 5 · 0:nor by its own");
}

#[test]
fn diff_unc_4_also_one_that_a_waiting_task_was_sent() {
    let trace = played(async {
        let task = create_task(async {
            sleep(1).await;
            say!("not interrupted");
        });
        turns(1).await;
        task.cancel();
        task.uncancel();
        task.await.unwrap();
    });
    assert_eq!(trace, "1:not interrupted");
}

#[test]
fn unc_5_no_effect_after_the_end() {
    run_virtual(async {
        let (cancelled, finished) = (create_task(pending()), create_task(async {}));
        cancelled.cancel();
        turns(1).await;
        for task in [cancelled.task_ref(), finished.task_ref()] {
            task.uncancel();
            task.uncancel();
            assert!(task.done());
        }
        assert!(cancelled.cancelled() && !finished.cancelled());
    });
}

/// What a `timeout` does, by hand.
async fn limited(asked_by_others: bool) -> &'static str {
    let before = current_task().cancelling();
    let token = catch_cancel(async {
        current_task().cancel();
        if asked_by_others {
            current_task().cancel();
        }
        pending().await;
    })
    .await
    .unwrap_err();
    if current_task().uncancel() == before {
        token.swallow();
        return "its own";
    }
    token.propagate().await
}

#[test]
fn unc_6_a_block_takes_its_own_request_back() {
    run_virtual(async {
        assert_eq!(create_task(limited(false)).await.unwrap(), "its own");
        let both = create_task(limited(true));
        assert!(both.await.unwrap_err().is_cancelled(), "others asked, too");
        let timed = create_task(async {
            timeout(secs(1), async |_| pending().await).await.unwrap_err();
            current_task().cancelling()
        });
        assert_eq!(timed.await.unwrap(), 0);
    });
}
