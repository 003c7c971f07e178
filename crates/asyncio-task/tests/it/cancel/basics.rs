//! Scenarios A: what a request does to one task.

use crate::world::*;
use asyncio_task::{catch_cancel, current_task, with_cleanup};

#[test]
fn cancel_c01_before_the_first_poll() {
    let trace = run(|| {
        let t = plain(async { say!("ran") });
        t.cancel();
    });
    assert_eq!(trace, "0:t=Cancelled");
}

#[test]
fn cancel_c02_blocked_without_a_boundary_only_destructors_run() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let _g = OnDrop("dropped");
            pending().await
        })
    });
    assert_eq!(trace, "1:dropped · 1:t=Cancelled");
}

#[test]
fn cancel_c03_a_cleanup_that_awaits() {
    let trace = run(|| cancelled_at(&[1], job("a", 2, pending())));
    assert_eq!(trace, "1:a+ · 3:a- · 3:t=Cancelled");
}

#[test]
fn cancel_c04_nested_cleanups_innermost_first() {
    let trace = run(|| cancelled_at(&[1], job("out", 2, job("in", 2, pending()))));
    assert_eq!(trace, "1:in+ · 3:in- · 3:out+ · 5:out- · 5:t=Cancelled");
}

#[test]
fn cancel_c05_while_ready_the_value_is_not_delivered() {
    let trace = run(|| {
        let e = event();
        let e2 = e.clone();
        let t = plain(async move {
            e.wait().await;
            say!("got")
        });
        other(async move {
            sleep(1).await;
            e2.set();
            t.cancel();
        });
    });
    assert_eq!(trace, "1:t=Cancelled");
}

#[test]
fn cancel_c06_a_second_request_interrupts_the_cleanup() {
    let trace = run(|| cancelled_at(&[1, 2], async { job("a", 5, pending()).await }));
    assert_eq!(trace, "1:a+ · 2:t=Cancelled");
}

#[test]
fn cancel_c07_after_completion() {
    let trace = run(|| {
        let t = plain(async { 5 });
        other(async move {
            sleep(1).await;
            say!("{} {}", t.cancel(), t.cancelling())
        });
    });
    assert_eq!(trace, "0:t=ok 5 · 1:false 0");
}

#[test]
fn cancel_c08_by_itself_goes_on_to_the_next_suspension() {
    let trace = run(|| {
        plain(async {
            current_task().cancel();
            say!("still here {}", n());
            sleep(1).await;
            say!("not here")
        });
    });
    assert_eq!(trace, "0:still here 1 · 0:t=Cancelled");
}

#[test]
fn cancel_c09_by_itself_then_return_without_suspending() {
    let trace = run(|| {
        plain(async {
            current_task().cancel();
            5
        });
    });
    assert_eq!(trace, "0:t=Cancelled");
}

#[test]
fn cancel_c10_swallowed_the_count_stays_until_uncancel() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            if let Err(c) = catch_cancel(pending()).await {
                c.swallow()
            }
            sleep(2).await;
            say!("on {}", n());
            say!("{}", current_task().uncancel());
            7
        })
    });
    assert_eq!(trace, "3:on 1 · 3:0 · 3:t=ok 7");
}

#[test]
fn cancel_c11_three_requests_before_delivery_are_one() {
    let trace = run(|| {
        let t = plain(async {
            if let Err(c) = catch_cancel(pending()).await {
                c.swallow()
            }
            sleep(2).await;
            say!("once, {}", n())
        });
        other(async move {
            sleep(1).await;
            say!("{} {} {}", t.cancel(), t.cancel(), t.cancel())
        });
    });
    assert_eq!(trace, "1:true true true · 3:once, 3 · 3:t=ok");
}

#[test]
fn cancel_c12_the_first_message_arrives() {
    let trace = run(|| {
        let t = plain(async {
            if let Err(c) = catch_cancel(pending()).await {
                say!("{}", c.message().unwrap());
                c.propagate().await
            }
        });
        other(async move {
            sleep(1).await;
            t.cancel_with("m1");
            t.cancel_with("m2");
        });
    });
    assert_eq!(trace, "1:m1 · 1:t=Cancelled(m1)");
}

#[test]
fn cancel_c12_a_message_without_a_boundary_and_a_first_request_without_one() {
    let trace = run(|| {
        let t = plain(pending());
        t.cancel_with("plain");
    });
    assert_eq!(trace, "0:t=Cancelled(plain)");
    let trace = run(|| {
        let t = plain(pending());
        t.cancel();
        t.cancel_with("second");
    });
    assert_eq!(trace, "0:t=Cancelled");
    let trace = run(|| {
        let t = plain(pending());
        t.cancel_with("withdrawn");
        t.uncancel();
        t.cancel();
    });
    assert_eq!(trace, "0:t=Cancelled");
}

#[test]
fn cancel_c13_uncancel_before_delivery_task_ready() {
    let trace = run(|| {
        let e = event();
        let e2 = e.clone();
        let t = plain(async move {
            e.wait().await;
            say!("got {}", n());
            sleep(1).await
        });
        other(async move {
            sleep(1).await;
            e2.set();
            t.cancel();
            t.uncancel();
        });
    });
    assert_eq!(trace, "1:got 0 · 2:t=ok");
}

#[test]
fn cancel_c14_uncancel_before_delivery_task_blocked() {
    let trace = run(|| {
        let t = plain(async {
            sleep(3).await;
            say!("slept")
        });
        other(async move {
            sleep(1).await;
            t.cancel();
            t.uncancel();
        });
    });
    assert_eq!(trace, "3:slept · 3:t=ok");
}

#[test]
fn cancel_c15_the_cleanup_ends_in_an_error() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            match catch_cancel(pending()).await {
                Ok(()) => Ok(()),
                Err(_c) => {
                    sleep(1).await;
                    Err("boom")
                }
            }
        })
    });
    // The token lives over the sleep, so the sleep is not interrupted.
    assert_eq!(trace, "2:t=boom");
}

#[test]
fn cancel_c16_an_error_out_of_a_cleanup_does_not_eat_the_request() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let r: Result<(), _> = async {
                match catch_cancel(pending()).await {
                    Err(_c) => Err("boom"),
                    Ok(()) => Ok(()),
                }
            }
            .await;
            say!("caught {}", r.unwrap_err());
            sleep(5).await;
            say!("went on")
        })
    });
    assert_eq!(trace, "1:caught boom · 1:t=Cancelled");
}

#[test]
fn cancel_c17_panic_in_the_cleanup() {
    let trace = run(|| {
        cancelled_at(
            &[1],
            with_cleanup(pending(), || async {
                sleep(1).await;
                panic!("boom")
            }),
        )
    });
    assert_eq!(trace, "2:t=Panic(boom)");
}

#[test]
fn cancel_c18_panic_in_a_destructor_during_delivery() {
    struct D;
    impl Drop for D {
        fn drop(&mut self) {
            panic!("boom")
        }
    }
    let trace = run(|| {
        cancelled_at(&[1], async {
            let _d = D;
            pending().await
        })
    });
    assert_eq!(trace, "1:t=Panic(boom)");
    let trace = run(|| {
        cancelled_at(&[1], async {
            let inner = catch_cancel(async {
                let _d = D;
                pending().await
            });
            let _ = inner.await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:t=Panic(boom)");
}

#[test]
fn cancel_c19_a_token_propagated_inside_another_boundary() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            if let Err(c) = catch_cancel(pending()).await {
                job("flush", 1, async move {
                    sleep(1).await;
                    c.propagate().await
                })
                .await;
            }
            say!("not here")
        })
    });
    assert_eq!(trace, "2:flush+ · 3:flush- · 3:t=Cancelled");
}

#[test]
fn cancel_c19_through_two_boundaries_each_cleans_up() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            if let Err(c) = catch_cancel(pending()).await {
                job("out", 1, async move {
                    job("in", 1, async move { c.propagate().await }).await;
                    say!("not here")
                })
                .await;
            }
            say!("nor here")
        })
    });
    assert_eq!(trace, "1:in+ · 2:in- · 2:out+ · 3:out- · 3:t=Cancelled");
}

#[test]
fn cancel_c20_a_later_request_swallowed_then_the_earlier_goes_on() {
    let trace = run(|| {
        cancelled_at(&[1, 2], async {
            if let Err(c1) = catch_cancel(pending()).await {
                if let Err(c2) = catch_cancel(sleep(5)).await {
                    say!("again");
                    c2.swallow()
                }
                sleep(1).await;
                say!("done {}", n());
                c1.propagate().await
            }
        })
    });
    assert_eq!(trace, "2:again · 3:done 2 · 3:t=Cancelled");
}
