//! `async with`, as [`scoped`](asyncio::scoped): the release runs, whole, however the body ends.

use crate::stage::*;
use asyncio::{create_task, scoped};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Waits of the body and of the release, a second each.
const WAITS: u64 = 3;

/// What a run with requests at these half seconds left behind: how far body and release came, how often
/// the resource was dropped, whether the task was cancelled.
fn run(requests: &[u64]) -> (u64, u64, u32, bool) {
    struct Resource(Rc<Cell<u32>>);
    impl Drop for Resource {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    timed(async {
        let steps = Rc::new(RefCell::new((0, 0)));
        let dropped = Rc::new(Cell::new(0));
        let (s, resource) = (steps.clone(), Resource(dropped.clone()));
        let task = create_task(async move {
            let (body, release) = (s.clone(), s);
            scoped(
                resource,
                async move |_: &mut Resource| {
                    for _ in 0..WAITS {
                        sleep(1).await;
                        body.borrow_mut().0 += 1;
                    }
                },
                async move |resource: Resource| {
                    for _ in 0..WAITS {
                        sleep(1).await;
                        release.borrow_mut().1 += 1;
                    }
                    drop(resource);
                },
            )
            .await
        });
        let mut at = 0;
        for &request in requests {
            asyncio::sleep(std::time::Duration::from_millis(500 * (request - at))).await;
            at = request;
            task.cancel();
        }
        let cancelled = task.await.is_err();
        let (body, release) = *steps.borrow();
        (body, release, dropped.get(), cancelled)
    })
}

#[test]
fn a_request_at_every_wait_of_body_and_release() {
    assert_eq!(run(&[]), (WAITS, WAITS, 1, false));
    for wait in 0..WAITS {
        // In the body: it ends there, and the release runs to its end.
        assert_eq!(run(&[2 * wait + 1]), (wait, WAITS, 1, true));
        // In the release: that is interrupted, as in asyncio, and the resource is dropped.
        assert_eq!(run(&[2 * (WAITS + wait) + 1]), (WAITS, wait, 1, true));
        // In the body, and again in the release that it began.
        for again in 0..WAITS {
            let first = 2 * wait + 1;
            assert_eq!(run(&[first, first + 2 * again + 1]), (wait, again, 1, true));
        }
    }
}

#[test]
fn a_body_that_fails_or_panics_is_released_too() {
    let trace = played(async {
        let failed = scoped(
            (),
            async |_: &mut ()| Err::<(), _>("bad"),
            async |()| {
                sleep(1).await;
                say!("released");
            },
        );
        say!("{}", failed.await.show());
        let task = create_task(async {
            scoped(
                (),
                async |_: &mut ()| panics::<()>("boom").await,
                async |()| {
                    sleep(1).await;
                    say!("released");
                },
            )
            .await
        });
        say!("{}", task.await.show());
    });
    assert_eq!(trace, "1:released · 1:bad · 2:released · 2:Panic(boom)");
}
