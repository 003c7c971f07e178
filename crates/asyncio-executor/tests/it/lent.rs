//! A wait for a task lends its reference to the task it waits for: whatever becomes of the wait, nobody
//! is woken who is gone. Run under AddressSanitizer, too, where `poll_in_tree` without its `forget` is
//! seen as a use after free.

use crate::support::{run, yield_now};
use asyncio_context::catch_cancel;
use asyncio_executor::{Joining, LocalExecutor, Task, ThreadPark, create_task};
use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// A task that ends when `open` says so and it is woken, and its waker.
fn gate() -> (Task<u32>, impl FnOnce()) {
    let (open, waker) = (Rc::new(Cell::new(false)), Rc::new(RefCell::new(None::<Waker>)));
    let (open2, waker2) = (open.clone(), waker.clone());
    let task = create_task(poll_fn(move |cx| {
        *waker2.borrow_mut() = Some(cx.waker().clone());
        if open2.get() { Poll::Ready(7) } else { Poll::Pending }
    }));
    let end = move || {
        open.set(true);
        waker.take().expect("it was polled").wake();
    };
    (task, end)
}

type Wait = Pin<Box<Joining<u32>>>;

/// A wait for `task` that another task polled once before it ended.
async fn begun_by_a_task_that_ended(task: Task<u32>) -> Wait {
    let slot = Rc::new(RefCell::new(None));
    let begun = slot.clone();
    let beginner = create_task(async move {
        let mut wait = Box::pin(task.into_future());
        poll_fn(|cx| {
            assert!(wait.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        *begun.borrow_mut() = Some(wait);
    });
    beginner.await.unwrap();
    slot.take().expect("it was begun")
}

#[test]
fn a_wait_outlives_the_task_that_began_it() {
    run(async {
        let (task, end) = gate();
        let wait = begun_by_a_task_that_ended(task).await;
        end();
        yield_now().await;
        assert_eq!(wait.await.unwrap(), 7);
    });
}

#[test]
fn a_wait_is_dropped_after_the_task_that_began_it() {
    run(async {
        let (task, end) = gate();
        let other = task.task_ref();
        drop(begun_by_a_task_that_ended(task).await);
        end();
        yield_now().await;
        assert!(other.done());
    });
}

#[test]
fn a_wait_is_kept_and_the_task_that_began_it_has_ended() {
    run(async {
        let (task, end) = gate();
        let other = task.task_ref();
        let kept = begun_by_a_task_that_ended(task).await;
        end();
        yield_now().await;
        assert!(other.done());
        drop(kept);
    });
}

#[test]
fn a_wait_goes_on_in_another_task() {
    run(async {
        let (task, end) = gate();
        let mut wait = begun_by_a_task_that_ended(task).await;
        let waiting = create_task(async move { wait.as_mut().await.unwrap() });
        yield_now().await;
        end();
        assert_eq!(waiting.await.unwrap(), 7);
    });
}

#[test]
fn a_wait_goes_on_under_another_waker() {
    run(async {
        let (task, end) = gate();
        yield_now().await;
        let mut wait = Box::pin(task.into_future());
        let polled_by_the_task = poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending()));
        assert!(polled_by_the_task.await);
        assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        end();
        yield_now().await;
        assert_eq!(wait.await.unwrap(), 7);
    });
}

#[test]
fn a_callback_was_there_before_the_wait() {
    run(async {
        let (task, end) = gate();
        let called = Rc::new(Cell::new(false));
        let called2 = called.clone();
        task.add_done_callback(move |_| called2.set(true));
        let waiting = create_task(async move { task.await.unwrap() });
        yield_now().await;
        end();
        assert_eq!(waiting.await.unwrap(), 7);
        yield_now().await;
        assert!(called.get());
    });
}

/// Takes a turn without waiting.
fn turn(executor: &LocalExecutor) {
    executor.turn(&mut ThreadPark::new(), Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_task_of_another_loop_waits() {
    let (one, other) = (LocalExecutor::new(), LocalExecutor::new());
    let entered = one.enter();
    let (task, end) = gate();
    drop(entered);
    let waiting = other.create_task(async move { task.await.unwrap() });
    turn(&one);
    turn(&other);
    end();
    turn(&one);
    turn(&other);
    assert!(waiting.done());
}

#[test]
fn the_loop_of_the_task_that_waits_is_closed() {
    for kept in [false, true] {
        let (one, other) = (LocalExecutor::new(), LocalExecutor::new());
        let entered = one.enter();
        let (task, end) = gate();
        drop(entered);
        let ended = task.task_ref();
        let wait: Rc<RefCell<Wait>> = Rc::new(RefCell::new(Box::pin(task.into_future())));
        let outside = kept.then(|| wait.clone());
        drop(other.create_task(poll_fn(move |cx| wait.borrow_mut().as_mut().poll(cx).map(drop))));
        turn(&one);
        turn(&other);
        drop(other);
        end();
        turn(&one);
        assert!(ended.done());
        drop(outside);
    }
}

#[test]
fn the_loop_of_the_task_that_is_waited_for_is_closed() {
    let (one, other) = (LocalExecutor::new(), LocalExecutor::new());
    let task = one.create_task(pending::<()>());
    let waiting = other.create_task(async move { task.await.unwrap_err().is_cancelled() });
    turn(&other);
    drop(one);
    turn(&other);
    assert!(waiting.done());
}

#[test]
fn a_task_unwinds_that_waits() {
    crate::support::quiet();
    run(async {
        let (task, end) = gate();
        yield_now().await;
        let other = task.task_ref();
        let waiting = create_task(async move {
            let mut wait = Box::pin(task.into_future());
            assert!(poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await);
            panic!("boom");
        });
        assert!(waiting.await.unwrap_err().is_panic());
        end();
        yield_now().await;
        assert!(other.done());
    });
}

#[test]
fn a_task_that_waits_for_itself_may_wait_for_others_after() {
    crate::support::quiet();
    run(async {
        let slot = Rc::new(RefCell::new(None::<Task<u32>>));
        let own = slot.clone();
        let task = create_task(async move {
            let mut wait = Box::pin(own.take().unwrap().into_future());
            for _ in 0..2 {
                let panicked = poll_fn(|cx| {
                    let poll = AssertUnwindSafe(|| wait.as_mut().poll(cx).is_ready());
                    Poll::Ready(catch_unwind(poll).is_err())
                });
                assert!(panicked.await);
            }
            // With the wait that panicked still there, and without it.
            assert_eq!(create_task(async { 1 }).await.unwrap(), 1);
            drop(wait);
            create_task(async { 2 }).await.unwrap()
        });
        let done = task.task_ref();
        *slot.borrow_mut() = Some(task);
        for _ in 0..9 {
            yield_now().await;
        }
        assert!(done.done());
    });
}

#[test]
fn a_wait_is_moved_under_a_boundary() {
    run(async {
        let task = create_task(pending::<()>());
        let asked = task.task_ref();
        let waiting = create_task(async move {
            let mut wait = Box::pin(task.into_future());
            assert!(poll_fn(|cx| Poll::Ready(wait.as_mut().poll(cx).is_pending())).await);
            let cancelled = catch_cancel(wait).await.unwrap_err();
            cancelled.swallow();
            5
        });
        yield_now().await;
        waiting.cancel();
        assert_eq!(waiting.await.unwrap(), 5);
        assert!(asked.done());
    });
}
