use crate::{occupy, poll};
use asyncio_blocking::{Queued, RunInExecutor, ThreadPoolExecutor, run_in_executor};
use futures_lite::future::block_on;
use std::sync::mpsc;
use std::task::Poll;

fn bounded(capacity: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::builder().max_workers(1).queue_capacity(capacity).build().unwrap()
}

fn ready<T>(polled: Poll<T>) -> T {
    match polled {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("pending"),
    }
}

#[test]
fn a_full_queue_gives_the_function_back() {
    let pool = bounded(1);
    let busy = occupy(&pool);
    let queued = pool.try_submit(|| 1).unwrap();
    let refused = pool.try_submit(|| 2).unwrap_err();
    assert!(refused.is_full());
    assert_eq!(refused.into_inner()(), 2);
    drop(busy);
    assert_eq!(block_on(queued).unwrap(), 1);
}

#[test]
fn waiting_for_room_ends_when_there_is_some() {
    let pool = bounded(1);
    let busy = occupy(&pool);
    let first = ready(poll(&mut pool.submit(|| 1)));
    let mut second = pool.submit(|| 2);
    assert!(poll(&mut second).is_pending());
    assert_eq!((pool.queued(), pool.waiting_for_room()), (1, 1));
    drop(busy);
    let second = block_on(second);
    assert_eq!((block_on(first).unwrap(), block_on(second).unwrap()), (1, 2));
}

#[test]
fn who_waits_for_room_gets_it_in_order_and_nobody_overtakes() {
    let pool = bounded(2);
    let busy = occupy(&pool);
    let (started, order) = mpsc::channel();
    let calls: Vec<_> = (0..100)
        .map(|n| {
            let started = started.clone();
            run_in_executor(&pool, move || started.send(n).unwrap())
        })
        .collect();
    assert_eq!((pool.queued(), pool.waiting_for_room()), (2, 98));
    assert!(pool.try_submit(|| ()).unwrap_err().is_full());
    drop((started, busy));
    assert!(order.iter().eq(0..100));
    calls.into_iter().for_each(RunInExecutor::detach);
}

#[test]
fn a_dropped_submission_leaves_the_line_and_the_room_goes_to_the_next() {
    let pool = bounded(1);
    let busy = occupy(&pool);
    let (called, calls) = mpsc::channel();
    let submit = |n| {
        let called = called.clone();
        pool.submit(move || called.send(n).unwrap())
    };
    let first = ready(poll(&mut submit(1)));
    let (mut second, mut third) = (submit(2), submit(3));
    assert!(poll(&mut second).is_pending() && poll(&mut third).is_pending());
    drop(second);
    assert_eq!(pool.waiting_for_room(), 1);
    drop(busy);
    block_on(async { (third.await.await.unwrap(), first.await.unwrap()) });
    drop(called);
    assert_eq!(calls.iter().collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn a_submission_dropped_when_it_had_got_room_gives_it_up() {
    let pool = bounded(1);
    let busy = occupy(&pool);
    let queued = pool.try_submit(|| 1).unwrap();
    let mut second = pool.submit(|| 2);
    let mut third = pool.submit(|| 3);
    assert!(poll(&mut second).is_pending() && poll(&mut third).is_pending());
    // Makes room for the second, which is told so but dropped before it looks.
    assert!(queued.cancel());
    assert_eq!((pool.queued(), pool.waiting_for_room()), (1, 1));
    drop(second);
    assert_eq!((pool.queued(), pool.waiting_for_room()), (1, 0));
    drop(busy);
    assert_eq!(block_on(async { third.await.await }).unwrap(), 3);
}

#[test]
fn cancelled_work_makes_room_at_once() {
    let pool = bounded(1);
    let busy = occupy(&pool);
    for _ in 0..10 {
        let mut call = pool.try_submit(|| ()).unwrap();
        assert!(poll(&mut call).is_pending());
        drop(call);
    }
    assert_eq!(pool.queued(), 0);
    drop(busy);
}

#[test]
fn a_shutdown_runs_those_in_line_or_refuses_them() {
    for (queued, ran) in [(Queued::Run, 5), (Queued::Cancel, 0)] {
        let pool = bounded(1);
        let busy = occupy(&pool);
        let calls: Vec<_> = (0..5).map(|_| run_in_executor(&pool, || ())).collect();
        let end = pool.shutdown(queued);
        drop(busy);
        block_on(end);
        let results: Vec<_> = calls.into_iter().map(block_on).collect();
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), ran);
        assert!(results.iter().flat_map(|r| r.as_ref().err()).all(|e| e.is_cancelled()));
    }
}

/// Cancels a call when it is dropped.
struct Cancel(Option<RunInExecutor<()>>);

impl Drop for Cancel {
    fn drop(&mut self) {
        assert!(self.0.take().unwrap().cancel());
    }
}

#[test]
fn one_in_line_that_is_cancelled_while_the_line_is_refused_gives_no_room_back() {
    let pool = bounded(1);
    let busy = occupy(&pool);
    let in_queue = run_in_executor(&pool, || ());
    // The function of the first in line is dropped by the shutdown, and cancels the second.
    let (first, second) = (std::sync::Arc::new(std::sync::Mutex::new(None)), ());
    let held = first.clone();
    let first_in_line = run_in_executor(&pool, move || drop(held));
    *first.lock().unwrap() = Some(Cancel(Some(run_in_executor(&pool, move || second))));
    drop(first);
    assert_eq!((pool.queued(), pool.waiting_for_room()), (1, 2));
    let end = pool.shutdown(Queued::Cancel);
    for call in [in_queue, first_in_line] {
        assert!(block_on(call).unwrap_err().is_cancelled());
    }
    assert_eq!((pool.queued(), pool.waiting_for_room()), (0, 0));
    drop(busy);
    block_on(end);
}
