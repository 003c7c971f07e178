//! Scenarios C: timeouts.

use crate::combinators::join2;
use crate::world::*;
use asyncio_task::{Deadline, TimeoutError, catch_cancel, current_task, wait_for};
use std::cell::RefCell;
use std::rc::Rc;

async fn swallowing() {
    if let Err(c) = catch_cancel(pending()).await {
        c.swallow()
    }
}

#[test]
fn cancel_c31_the_cleanup_runs_to_its_end() {
    let trace = run(|| {
        plain(async {
            let r = timeout(1, |_| job("a", 2, pending())).await;
            say!("{} {}", r.show(), n())
        });
    });
    assert_eq!(trace, "1:a+ · 3:a- · 3:TimeoutError 0 · 3:t=ok");
}

#[test]
fn cancel_c32_swallowed_inside_the_value_counts() {
    let trace = run(|| {
        plain(async {
            let r = timeout(1, async move |t: Deadline| match catch_cancel(pending()).await {
                Err(c) => {
                    c.swallow();
                    sleep(1).await;
                    say!("expired {} {}", t.expired(), n());
                    5
                }
                Ok(()) => 0,
            })
            .await;
            say!("{} {}", r.show(), n())
        });
    });
    assert_eq!(trace, "2:expired true 1 · 2:ok 5 0 · 2:t=ok");
}

#[test]
fn cancel_c33_nested_the_inner_expires_first() {
    let trace = run(|| {
        plain(async {
            let r = timeout(3, async |_| {
                let r = timeout(1, |_| pending()).await;
                say!("inner {}", r.show());
                sleep(9).await
            })
            .await;
            say!("outer {}", r.show())
        });
    });
    assert_eq!(trace, "1:inner TimeoutError · 3:outer TimeoutError · 3:t=ok");
}

#[test]
fn cancel_c34_nested_the_outer_expires_first() {
    let trace = run(|| {
        plain(async {
            let r = timeout(1, async |_| {
                let _ = timeout(3, |_| pending()).await;
                say!("not here")
            })
            .await;
            say!("outer {} {}", r.show(), n())
        });
    });
    assert_eq!(trace, "1:outer TimeoutError 0 · 1:t=ok");
}

#[test]
fn cancel_c35_nested_with_the_same_deadline_only_the_outermost_raises() {
    let trace = run(|| {
        plain(async {
            let h = Rc::new(RefCell::new(None));
            let h2 = h.clone();
            let r = timeout(1, move |_| async move {
                let r = timeout(1, move |t| {
                    *h2.borrow_mut() = Some(t);
                    pending()
                })
                .await;
                say!("inner {}", r.show())
            })
            .await;
            let inner = h.borrow().as_ref().unwrap().expired();
            say!("outer {} inner.expired {inner} {}", r.show(), n())
        });
    });
    assert_eq!(trace, "1:outer TimeoutError inner.expired true 0 · 1:t=ok");
}

#[test]
fn cancel_c36_from_outside_before_the_deadline() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = timeout(3, |_| job("a", 1, pending())).await;
            say!("not here {}", r.show())
        })
    });
    assert_eq!(trace, "1:a+ · 2:a- · 2:t=Cancelled");
}

#[test]
fn cancel_c37_expired_and_from_outside_during_the_cleanup() {
    let trace = run(|| {
        cancelled_at(&[2], async {
            match catch_cancel(timeout(1, |_| job("a", 9, pending()))).await {
                Ok(r) => say!("{}", r.show()),
                Err(c) => {
                    say!("Cancelled {}", n());
                    c.propagate().await
                }
            }
        })
    });
    assert_eq!(trace, "1:a+ · 2:Cancelled 1 · 2:t=Cancelled");
}

#[test]
fn cancel_c38_zero_a_body_that_never_suspends_completes() {
    let trace = run(|| {
        plain(async {
            let a = timeout(0, async |_| 1).await;
            let b = timeout(0, async |_| {
                sleep(0).await;
                2
            })
            .await;
            say!("{} {}", a.show(), b.show())
        });
    });
    assert_eq!(trace, "0:ok 1 TimeoutError · 0:t=ok");
}

#[test]
fn cancel_c39_wait_for_with_zero_never_starts_a_future() {
    let trace = run(|| {
        plain(async {
            let fut = async {
                say!("ran");
                1
            };
            let r = wait_for(fut, secs(0)).await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "0:TimeoutError · 0:t=ok");
}

#[test]
fn cancel_c40_in_the_cleanup_of_a_cancelled_task() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            if let Err(c) = catch_cancel(pending()).await {
                let r = timeout(1, |_| pending()).await;
                say!("{} {}", r.show(), n());
                c.propagate().await
            }
        })
    });
    assert_eq!(trace, "2:TimeoutError 1 · 2:t=Cancelled");
}

#[test]
fn cancel_c41_the_outer_deadline_interrupts_the_inner_cleanup() {
    let trace = run(|| {
        plain(async {
            let r = timeout(2, async |_| {
                let r = timeout(1, |_| job("a", 9, pending())).await;
                say!("inner {}", r.show())
            })
            .await;
            say!("outer {} {}", r.show(), n())
        });
    });
    assert_eq!(trace, "1:a+ · 2:outer TimeoutError 0 · 2:t=ok");
}

#[test]
fn cancel_c42_reschedule() {
    let trace = run(|| {
        plain(async {
            let r = timeout(1, async move |t: Deadline| {
                t.reschedule_at(at(5));
                sleep(2).await;
                say!("alive");
                sleep(9).await
            })
            .await;
            say!("{}", r.show())
        });
    });
    assert_eq!(trace, "2:alive · 5:TimeoutError · 5:t=ok");
}

#[test]
fn cancel_c43_another_error_leaves_the_body() {
    let trace = run(|| {
        plain(async {
            let r: Result<Result<(), _>, TimeoutError> =
                timeout(1, async |_| match catch_cancel(pending()).await {
                    Err(_c) => Err("boom"),
                    Ok(()) => Ok(()),
                })
                .await;
            say!("{} {}", r.unwrap().show(), n());
            sleep(1).await;
            say!("on")
        });
    });
    assert_eq!(trace, "1:boom 0 · 2:on · 2:t=ok");
}

/// A token that came of the timeout's own request ends with it, wherever it was carried.
#[test]
fn cancel_c43_a_token_that_outlives_its_timeout() {
    let trace = run(|| {
        plain(async {
            let token = timeout(1, |_| async { catch_cancel(pending()).await.err() }).await;
            drop(token.unwrap());
            sleep(1).await;
            say!("on {}", n())
        });
    });
    assert_eq!(trace, "2:on 0 · 2:t=ok");
}

#[test]
fn cancel_c44_wait_for_of_a_task_cancelled_and_waited_for() {
    let trace = run(|| {
        let i = watched("i", job("i", 2, pending()));
        plain(async move {
            let r = wait_for(i, secs(1)).await;
            say!("{}", if r.is_err() { "TimeoutError" } else { "?" })
        });
    });
    assert_eq!(trace, "1:i+ · 3:i- · 3:i=Cancelled · 3:TimeoutError · 3:t=ok");
}

#[test]
fn cancel_c45_two_side_by_side_each_stops_its_own_branch() {
    let trace = run(|| {
        plain(async {
            let a = timeout(1, |_| job("a", 3, pending()));
            let b = timeout(2, |_| job("b", 1, pending()));
            let (a, b) = join2(a, b).await;
            say!("{} {} {}", a.show(), b.show(), n())
        });
    });
    assert_eq!(trace, "1:a+ · 2:b+ · 3:b- · 4:a- · 4:TimeoutError TimeoutError 0 · 4:t=ok");
}

#[test]
fn cancel_c46_swallowed_without_uncancel_a_later_expiry_is_a_cancellation() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = timeout(3, async |_| {
                swallowing().await;
                say!("swallowed");
                sleep(9).await
            })
            .await;
            say!("not here {}", r.show())
        })
    });
    assert_eq!(trace, "1:swallowed · 3:t=Cancelled");
}

#[test]
fn cancel_c47_the_same_with_uncancel() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r = timeout(3, async |_| {
                swallowing().await;
                current_task().uncancel();
                say!("swallowed");
                sleep(9).await
            })
            .await;
            say!("{}", r.show())
        })
    });
    assert_eq!(trace, "1:swallowed · 3:TimeoutError · 3:t=ok");
}
