//! `timeout` and `timeout_at` with nobody else asking.

use crate::sleeping::{hand_turned, settle};
use crate::stage::*;
use asyncio::{Deadline, TaskGroup, TimeoutError, catch_cancel, create_task, timeout, timeout_at};
use futures_lite::future::poll_once;
use std::cell::RefCell;
use std::rc::Rc;

#[test]
fn tmo_1_when_the_time_is_over_the_body_is_cancelled() {
    timed(async {
        let kept = RefCell::new(None);
        let r = timeout(secs(1), async |t: Deadline| {
            kept.replace(Some(t));
            pending().await
        })
        .await;
        assert_eq!((r.unwrap_err().to_string(), second()), ("timed out".into(), 1));
        assert!(kept.take().unwrap().expired());
    });
}

#[test]
fn tmo_2_inside_it_is_a_cancellation_and_outside_an_error() {
    let trace = played(async {
        let r = timeout(secs(1), async |_| match catch_cancel(pending()).await {
            Ok(()) => (),
            Err(token) => {
                say!("cancelled {}", count());
                sleep(2).await;
                say!("cleaned up");
                token.propagate().await
            }
        })
        .await;
        say!("{} {}", r.show(), count());
    });
    assert_eq!(trace, "1:cancelled 1 · 3:cleaned up · 3:TimeoutError 0");
}

#[test]
fn tmo_4_without_a_limit() {
    timed(async {
        let r = timeout(None, async |t: Deadline| {
            assert_eq!((t.when(), t.expired()), (None, false));
            after(1_000_000, t).await
        })
        .await;
        assert!(!r.unwrap().expired());
    });
}

#[test]
fn tmo_5_in_time_and_the_timer_is_gone() {
    let mut event_loop = hand_turned();
    let task = event_loop.create_task(async {
        let began = asyncio::now();
        let t = timeout(secs(60), async |t| {
            sleep(0).await;
            t
        })
        .await
        .unwrap();
        assert_eq!((t.when(), t.expired()), (Some(began + secs(60)), false));
        sleep(0).await;
    });
    event_loop.turn(Some(secs(0))).unwrap();
    settle(&mut event_loop);
    assert!(task.done());
    assert_eq!(event_loop.next_deadline(), None);
}

#[test]
fn tmo_6_no_time_ends_a_body_that_suspends_at_all() {
    timed(async {
        let r = timeout(secs(0), async |_| {
            sleep(0).await;
            1
        });
        assert!(r.await.is_err());
        assert_eq!((second(), count()), (0, 0));
    });
}

#[test]
fn tmo_7_a_body_that_never_suspends_completes() {
    timed(async {
        assert_eq!(poll_once(timeout(secs(0), async |_| 1)).await, Some(Ok(1)));
        sleep(5).await;
        let t = timeout_at(at(1), async |t: Deadline| t).await.unwrap();
        assert!(!t.expired());
    });
}

#[test]
fn tmo_8_the_time_counts_from_the_call() {
    timed(async {
        let limited = timeout(secs(3), async |_| pending().await);
        sleep(2).await;
        assert!(limited.await.is_err());
        assert_eq!(second(), 3);
    });
}

#[test]
fn tmo_9_an_error_before_the_time_is_over_goes_through() {
    timed(async {
        let r = timeout(secs(1), async |t: Deadline| (t, Err::<(), _>("bad"))).await;
        let (t, failed) = r.unwrap();
        assert_eq!((failed, t.expired(), count()), (Err("bad"), false, 0));
        let panicked =
            create_task(async { timeout(secs(1), async |_| panics::<()>("boom").await).await });
        assert!(panicked.await.unwrap_err().is_panic());
    });
}

#[test]
fn tmo_10_an_error_in_answer_to_the_request_goes_through() {
    let trace = played(async {
        let r = timeout(secs(1), |_| stubborn(0, Err::<(), _>("bad"))).await;
        let r: Result<Result<(), &str>, TimeoutError> = r;
        say!("{} {}", r.unwrap().show(), count());
        sleep(1).await;
        say!("on");
    });
    assert_eq!(trace, "1:bad 0 · 2:on");
}

#[test]
fn tmo_11_swallowed_inside_there_is_no_error() {
    timed(async {
        let kept = Rc::new(RefCell::new(None));
        let t2 = kept.clone();
        let r = timeout(secs(1), move |t: Deadline| {
            t2.replace(Some(t));
            stubborn(1, 5)
        });
        assert_eq!(r.await, Ok(5));
        assert_eq!((second(), kept.take().unwrap().expired(), count()), (2, true, 0));
        sleep(1).await;
    });
}

#[test]
fn tmo_16_nested_with_the_same_deadline_only_the_outermost_raises() {
    let trace = played(async {
        let kept = Rc::new(RefCell::new(Vec::new()));
        let (k1, k2) = (kept.clone(), kept.clone());
        let r = timeout_at(at(1), move |t: Deadline| async move {
            k1.borrow_mut().push(t);
            let r = timeout_at(at(1), move |t: Deadline| {
                k2.borrow_mut().push(t);
                pending()
            });
            say!("not here {}", r.await.show())
        });
        let r = r.await;
        let expired: Vec<_> = kept.borrow().iter().map(Deadline::expired).collect();
        say!("outer {} {expired:?} {}", r.show(), count())
    });
    assert_eq!(trace, "1:outer TimeoutError [true, true] 0");
}

#[test]
fn tmo_17_the_outer_first_leaves_the_inner_unexpired() {
    let trace = played(async {
        let kept = Rc::new(RefCell::new(None));
        let k = kept.clone();
        let r = timeout(secs(1), async move |_| {
            let _ = timeout(secs(3), move |t: Deadline| {
                k.replace(Some(t));
                pending()
            })
            .await;
            say!("not here")
        })
        .await;
        say!("outer {} {}", r.show(), kept.take().unwrap().expired())
    });
    assert_eq!(trace, "1:outer TimeoutError false");
}

#[test]
fn tmo_18_an_inner_error_leaves_the_outer_in_force() {
    let trace = played(async {
        let r = timeout(secs(3), async |_| {
            say!("inner {}", timeout(secs(1), async |_| pending().await).await.show());
            sleep(9).await
        });
        say!("outer {}", r.await.show());
        // And when both are over before the loop looks.
        let clock_moves = create_task(async {});
        let r = timeout(secs(2), async |_| {
            let r = timeout(secs(1), async |_| {
                let _ = clock_moves.await;
                pending().await
            });
            say!("inner {}", r.await.show());
            pending().await
        });
        say!("outer {} {}", r.await.show(), count());
    });
    assert_eq!(
        trace,
        "1:inner TimeoutError · 3:outer TimeoutError · 4:inner TimeoutError · 5:outer TimeoutError 0"
    );
}

#[test]
fn tmo_19_one_in_the_clean_up_of_another() {
    let trace = played(async {
        let r = timeout(secs(1), async |_| {
            asyncio::with_cleanup(pending(), async || {
                let r = timeout(secs(1), async |_| pending().await).await;
                say!("in the clean-up {}", r.show());
            })
            .await
        });
        say!("{} {}", r.await.show(), count());
    });
    assert_eq!(trace, "2:in the clean-up TimeoutError · 2:TimeoutError 0");
}

#[test]
fn tmo_20_behind_it_the_task_is_as_before() {
    let trace = played(async {
        let task = create_task(async {
            let _ = timeout(secs(1), async |_| pending().await).await;
            say!("{}", count());
            sleep(1).await;
            7
        });
        say!("{}", task.await.show());
    });
    assert_eq!(trace, "1:0 · 2:ok 7");
}

#[test]
fn tmo_21_around_a_group() {
    let trace = played(async {
        let r = timeout(secs(1), async |_| {
            TaskGroup::run(async |g| {
                g.create_task(job("child", 1, pending()));
                pending().await
            })
            .await
        });
        say!("{}", r.await.map(|_| ()).show());
        let r = timeout(secs(1), async |_| {
            TaskGroup::run(async |g| {
                g.create_task(stubborn(1, Err::<(), _>("bad")));
                pending().await
            })
            .await
        });
        say!("{} {}", r.await.unwrap().show(), count());
    });
    assert_eq!(trace, "1:child+ · 2:child- · 2:TimeoutError · 4:Group(bad) 0");
}

#[test]
fn tma_1_an_absolute_deadline() {
    timed(async {
        let kept = RefCell::new(None);
        let r = timeout_at(at(3), async |t: Deadline| {
            assert_eq!(t.when(), Some(at(3)));
            kept.replace(Some(t));
            pending().await
        });
        assert!(r.await.is_err());
        assert_eq!((second(), kept.take().unwrap().when()), (3, Some(at(3))));
    });
}

#[test]
fn tma_2_none_is_no_limit() {
    timed(async {
        let r = timeout_at(None, async |t: Deadline| after(1_000_000, t.when()).await);
        assert_eq!(r.await, Ok(None));
    });
}

#[test]
fn tma_3_a_deadline_in_the_past() {
    timed(async {
        sleep(5).await;
        let r = timeout_at(at(1), async |_| sleep(0).await);
        assert!(r.await.is_err());
        assert_eq!(second(), 5);
    });
}

#[test]
fn tma_4_made_before_there_is_a_loop() {
    let limited = timeout_at(None, async |_| 5);
    assert_eq!(timed(limited), Ok(5));
}
