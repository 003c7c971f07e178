//! A timeout in a task that others ask to stop.

use crate::stage::*;
use asyncio::{Deadline, catch_cancel, current_task, timeout};
use std::cell::RefCell;
use std::rc::Rc;

/// Runs `body` for a second, asked from outside at `times`, and says how it ended, the state of the
/// deadline, and the count.
async fn limited<F>(times: &[u64], body: F)
where
    F: Future<Output = ()> + 'static,
{
    cancelled_at(times, async {
        let kept = Rc::new(RefCell::new(None));
        let k = kept.clone();
        let r = timeout(secs(2), move |t: Deadline| {
            k.replace(Some(t));
            body
        });
        let caught = catch_cancel(r).await;
        let expired = kept.take().unwrap().expired();
        match caught {
            Ok(r) => say!("{} expired={expired} {}", r.show(), count()),
            Err(token) => {
                say!("Cancelled expired={expired} {}", count());
                token.propagate().await
            }
        }
    })
    .await
}

#[test]
fn tmo_12_asked_before_the_time_is_over() {
    let trace = played(limited(&[1], pending_()));
    assert_eq!(trace, "1:Cancelled expired=false 1 · 1:t=Cancelled");
    // A clean-up that outlasts the deadline is interrupted by it.
    let trace = played(limited(&[1], job("a", 9, pending_())));
    assert_eq!(trace, "1:a+ · 2:Cancelled expired=true 1 · 2:t=Cancelled");
}

async fn pending_() {
    pending().await
}

#[test]
fn tmo_13_the_time_is_over_and_then_asked() {
    let trace = played(limited(&[3], job("a", 9, pending_())));
    assert_eq!(trace, "2:a+ · 3:Cancelled expired=true 1 · 3:t=Cancelled");
}

#[test]
fn tmo_14_requests_before_it_began_do_not_matter() {
    let trace = played(cancelled_at(&[1], async {
        if let Err(token) = catch_cancel(pending()).await {
            let r = timeout(secs(1), async |_| pending().await).await;
            say!("{} {}", r.show(), count());
            token.propagate().await
        }
    }));
    assert_eq!(trace, "2:TimeoutError 1 · 2:t=Cancelled");
}

#[test]
fn tmo_15_a_new_request_after_one_that_was_swallowed() {
    let trace = played(cancelled_at(&[1, 2], async {
        stubborn(0, ()).await;
        let caught = catch_cancel(timeout(secs(5), async |_| pending().await)).await;
        say!("{} {}", if caught.is_err() { "Cancelled" } else { "?" }, count());
        if let Err(token) = caught {
            token.propagate().await
        }
    }));
    assert_eq!(trace, "2:Cancelled 2 · 2:t=Cancelled");
}

#[test]
fn tmc_9_it_asks_its_own_task_and_takes_that_one_request_back() {
    let trace = played(async {
        let me = current_task();
        let r = timeout(secs(1), async |_| match catch_cancel(pending()).await {
            Ok(()) => (),
            Err(token) => {
                say!("{} {:?} {}", current_task() == me, token.message(), count());
                token.propagate().await
            }
        });
        let r = r.await;
        say!("{} {}", r.show(), count());
        // One of two stays.
        cancelled_at(&[3], async {
            stubborn(0, ()).await;
            let r = timeout(secs(1), async |_| stubborn(0, ()).await);
            say!("{} {}", r.await.show(), count());
        })
        .await;
    });
    assert_eq!(trace, "1:true None 1 · 1:TimeoutError 0 · 4:ok 1 · 4:t=ok");
}
