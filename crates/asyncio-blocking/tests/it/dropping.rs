//! Every wait, dropped at every point of its life: the functions that were not taken back are called,
//! each once, and the place of one that was goes to the next.

use crate::occupy;
use asyncio_blocking::{
    Calls, Queued, ThreadPoolExecutor, default_executor, run_in_executor, to_thread,
};
use asyncio_context::testing::{assert_every_wait_is_dropped, drop_at_every_poll};
use futures_lite::future::{block_on, poll_once};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

/// Fails where there is a wait that nothing here drops.
#[test]
fn every_public_wait_is_dropped_at_every_point() {
    let scenarios: &[fn()] = &[
        ll42_4_a_dropped_call_leaves_its_place_to_the_next,
        a_dropped_submission_leaves_its_place_to_the_next,
        thr_8_a_dropped_call_is_called_once_or_never,
        others_that_wait_for_calls_are_told,
        a_shutdown_takes_its_course,
    ];
    assert_every_wait_is_dropped(env!("CARGO_MANIFEST_DIR"), &[], scenarios);
}

fn narrow() -> ThreadPoolExecutor {
    ThreadPoolExecutor::builder().max_workers(1).queue_capacity(1).build().unwrap()
}

#[test]
fn ll42_4_a_dropped_call_leaves_its_place_to_the_next() {
    // Its function was queued, or stood in line, when it was dropped; or it ran.
    for ahead in 0..2 {
        drop_at_every_poll(|drops| {
            let pool = narrow();
            let busy = occupy(&pool);
            let (called, calls) = mpsc::channel();
            let call = |n| {
                let called = called.clone();
                run_in_executor(&pool, move || called.send(n).unwrap())
            };
            let before: Vec<_> = (0..ahead).map(call).collect();
            let mut victim = pin!(drops.victim(call(7)));
            let behind = call(8);
            let mut end = block_on(poll_once(victim.as_mut()));
            drop(busy);
            if end.is_none() {
                end = Some(block_on(victim));
            }
            for call in before {
                block_on(call).unwrap();
            }
            block_on(behind).unwrap();
            drop(called);
            let calls: Vec<i32> = calls.iter().collect();
            let others: Vec<_> = calls.iter().copied().filter(|n| *n != 7).collect();
            assert_eq!(others, (0..ahead).chain([8]).collect::<Vec<_>>());
            if let Some(Some(value)) = end {
                value.unwrap();
                assert_eq!(calls.len(), others.len() + 1);
            }
            assert_eq!((pool.queued(), pool.waiting_for_room()), (0, 0));
        });
    }
}

#[test]
fn a_dropped_submission_leaves_its_place_to_the_next() {
    drop_at_every_poll(|drops| {
        let pool = narrow();
        let busy = occupy(&pool);
        let (called, calls) = mpsc::channel();
        let submit = |n: i32| {
            let called = called.clone();
            pool.submit(move || called.send(n).unwrap())
        };
        let first = block_on(submit(1));
        let mut victim = pin!(drops.victim(submit(2)));
        let third = submit(3);
        let mut end = block_on(poll_once(victim.as_mut()));
        drop(busy);
        if end.is_none() {
            end = Some(block_on(victim));
        }
        block_on(async { (first.await.unwrap(), third.await.await.unwrap()) });
        if let Some(Some(second)) = end {
            block_on(second).unwrap();
        }
        drop(called);
        let others: Vec<_> = calls.iter().filter(|n| *n != 2).collect();
        assert_eq!(others, [1, 3]);
        assert_eq!((pool.queued(), pool.waiting_for_room()), (0, 0));
    });
}

#[test]
fn thr_8_a_dropped_call_is_called_once_or_never() {
    drop_at_every_poll(|drops| {
        let calls = Calls::new();
        let entered = calls.enter();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = count.clone();
        let (go_on, wait) = mpsc::channel::<()>();
        let mut victim = pin!(drops.victim(to_thread(move || {
            let _ = wait.recv();
            counted.fetch_add(1, Ordering::Relaxed);
        })));
        let mut end = block_on(poll_once(victim.as_mut()));
        drop(go_on);
        if end.is_none() {
            end = Some(block_on(victim));
        }
        // Whoever ends its loop now still waits for a function that runs.
        block_on(calls.finished());
        assert_eq!(calls.count(), 0);
        let times = count.load(Ordering::Relaxed);
        assert!(if end.flatten().is_some() { times == 1 } else { times <= 1 });
        // The pool has a thread for the next.
        assert_eq!(block_on(to_thread(|| 5)).unwrap(), 5);
        drop(entered);
    });
}

#[test]
fn others_that_wait_for_calls_are_told() {
    drop_at_every_poll(|drops| {
        let calls = Calls::new();
        let entered = calls.enter();
        let (go_on, wait) = mpsc::channel::<()>();
        run_in_executor(&default_executor(), move || {
            let _ = wait.recv();
        })
        .detach();
        drop(entered);
        let mut victim = pin!(drops.victim(calls.finished()));
        let mut other = pin!(calls.finished());
        let over = block_on(poll_once(victim.as_mut())).is_some();
        assert!(block_on(poll_once(other.as_mut())).is_none());
        assert_eq!(calls.count(), 1);
        drop(go_on);
        if !over {
            block_on(victim);
        }
        block_on(other);
        assert_eq!(calls.count(), 0);
    });
}

#[test]
fn a_shutdown_takes_its_course() {
    drop_at_every_poll(|drops| {
        let pool = ThreadPoolExecutor::new(1);
        let busy = occupy(&pool);
        let queued = run_in_executor(&pool, || 5);
        let mut victim = pin!(drops.victim(pool.shutdown(Queued::Run)));
        let mut other = pin!(pool.shutdown(Queued::Run));
        let over = block_on(poll_once(victim.as_mut())).is_some();
        assert!(block_on(poll_once(other.as_mut())).is_none());
        assert!(pool.is_shut_down());
        drop(busy);
        if !over {
            block_on(victim);
        }
        block_on(other);
        assert_eq!((block_on(queued).unwrap(), pool.workers()), (5, 0));
    });
}
