//! A wait for a task lends its reference to the task it waits for: whatever becomes of the wait, nobody
//! is woken who is gone. Run under AddressSanitizer, too, where `poll_in_tree` without its `forget` is
//! seen as a use after free.

use crate::support::{run, yield_now};
use asyncio_executor::{Joining, Task, create_task};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

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
