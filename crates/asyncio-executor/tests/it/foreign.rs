//! Wakers and references in the hands of other threads. Run these under AddressSanitizer.

use crate::support::{run, yield_now};
use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Poll, Waker};
use std::thread;

/// A task that gives its waker away at every poll, and ends when `done` says so.
fn giver(
    executor: &LocalExecutor,
    send: mpsc::Sender<Waker>,
    mut done: impl FnMut() -> bool + 'static,
) -> asyncio_executor::Task<()> {
    executor.create_task(poll_fn(move |cx| {
        if done() {
            return Poll::Ready(());
        }
        let _ = send.send(cx.waker().clone());
        Poll::Pending
    }))
}

#[test]
fn a_wake_from_another_thread_wakes_a_loop_that_sleeps() {
    let (send, receive) = mpsc::channel::<Waker>();
    let polls = Arc::new(AtomicUsize::new(0));
    let seen = polls.clone();
    let waking = thread::spawn(move || {
        for waker in receive {
            waker.wake();
        }
    });
    let executor = LocalExecutor::new();
    let task = giver(&executor, send, move || seen.fetch_add(1, Ordering::Relaxed) == 1000);
    executor.run_until(async { task.await.unwrap() }, &mut ThreadPark::new()).unwrap();
    waking.join().unwrap();
    assert_eq!(polls.load(Ordering::Relaxed), 1001);
}

#[test]
fn p9_a_waker_outlives_its_loop() {
    for parts in 0..4 {
        let executor = LocalExecutor::new();
        let slot = Rc::new(RefCell::new(None::<Waker>));
        let keep = slot.clone();
        drop(executor.create_task(poll_fn(move |cx| {
            *keep.borrow_mut() = Some(cx.waker().clone());
            Poll::<()>::Pending
        })));
        executor.run_until(yield_now(), &mut ThreadPark::new()).unwrap();
        let waker = slot.take().unwrap();
        // The others are given back after the close, on this thread.
        let kept: Vec<_> = (0..parts).map(|_| waker.clone()).collect();
        drop(executor);
        thread::spawn(move || {
            waker.wake_by_ref();
            drop(waker.clone());
            let clone = waker.clone();
            clone.wake();
            drop(waker);
        })
        .join()
        .unwrap();
        drop(kept);
    }
}

#[test]
fn references_and_wakers_race_with_the_close() {
    for round in 0..300 {
        let barrier = Arc::new(Barrier::new(3));
        let executor = LocalExecutor::new();
        let (send, receive) = mpsc::channel();
        let tasks: Vec<_> = (0..4).map(|_| giver(&executor, send.clone(), || false)).collect();
        executor.run_until(yield_now(), &mut ThreadPark::new()).unwrap();
        let wakers: Vec<Waker> = receive.try_iter().collect();
        let refs: Vec<_> = tasks.iter().map(|task| task.task_ref()).collect();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (wakers, refs, barrier) = (wakers.clone(), refs.clone(), barrier.clone());
                thread::spawn(move || {
                    barrier.wait();
                    for (waker, task) in wakers.into_iter().zip(refs) {
                        waker.wake_by_ref();
                        drop(waker.clone());
                        task.cancel();
                        waker.wake();
                        assert!(!task.name().is_empty());
                    }
                })
            })
            .collect();
        drop((wakers, refs));
        if round % 2 == 0 {
            drop(tasks);
        }
        barrier.wait();
        drop(executor);
        for thread in threads {
            thread.join().unwrap();
        }
    }
}

#[test]
fn references_and_wakers_race_with_the_end_of_a_task() {
    let executor = LocalExecutor::new();
    let mut park = ThreadPark::new();
    for _ in 0..300 {
        let barrier = Arc::new(Barrier::new(2));
        let (send, receive) = mpsc::channel();
        let mut polls = 0;
        let task = giver(&executor, send, move || {
            polls += 1;
            polls == 2
        });
        executor.run_until(yield_now(), &mut park).unwrap();
        let waker = receive.try_recv().unwrap();
        let (task_ref, start) = (task.task_ref(), barrier.clone());
        let other = thread::spawn(move || {
            start.wait();
            waker.wake_by_ref();
            for _ in 0..10 {
                drop((waker.clone(), task_ref.clone()));
            }
            waker.wake();
            task_ref.done()
        });
        barrier.wait();
        executor.run_until(async { task.await.unwrap() }, &mut park).unwrap();
        other.join().unwrap();
    }
}

#[test]
fn a_post_wakes_a_loop_that_sleeps_and_keeps_its_order() {
    let executor = LocalExecutor::new();
    let remote = executor.remote();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (woken, to_wake) = (Arc::new(AtomicUsize::new(0)), mpsc::channel::<Waker>());
    let (send, receive) = to_wake;
    let (seen, lines) = (woken.clone(), order.clone());
    let poster = thread::spawn(move || {
        let waker = receive.recv().unwrap();
        for n in 0..100 {
            let lines = lines.clone();
            remote.post(move || lines.lock().unwrap().push(n)).unwrap();
        }
        remote
            .post(move || {
                seen.store(1, Ordering::Relaxed);
                waker.wake();
            })
            .unwrap();
    });
    executor
        .run_until(
            poll_fn(|cx| {
                if woken.load(Ordering::Relaxed) == 1 {
                    return Poll::Ready(());
                }
                send.send(cx.waker().clone()).unwrap();
                Poll::Pending
            }),
            &mut ThreadPark::new(),
        )
        .unwrap();
    poster.join().unwrap();
    assert!(order.lock().unwrap().iter().copied().eq(0..100));
}

#[test]
fn a_thread_without_a_loop_drops_what_the_owner_made() {
    // Clones are counted by the owner, drops elsewhere, and the other way round.
    run(async {
        let task = create_task(std::future::pending::<()>());
        let refs: Vec<_> = (0..100).map(|_| task.task_ref()).collect();
        let back = thread::spawn(move || {
            let more: Vec<_> = refs.to_vec();
            drop(refs);
            more
        })
        .join()
        .unwrap();
        yield_now().await;
        drop(back);
        task.cancel();
        assert!(task.await.is_err());
    });
}

#[test]
fn a_task_may_end_while_it_stands_in_the_inbox() {
    run(async {
        let (send, receive) = mpsc::channel::<Waker>();
        let mut polls = 0;
        drop(create_task(poll_fn(move |cx| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            send.send(cx.waker().clone()).unwrap();
            Poll::Pending
        })));
        yield_now().await;
        let waker = receive.recv().unwrap();
        // A clone and a drop elsewhere: the sum is as before, and the task in the inbox.
        let swapped = move || {
            let clone = waker.clone();
            drop(waker);
            clone
        };
        let waker = thread::spawn(swapped).join().unwrap();
        // Woken behind us, the task ends in the same batch as we go on in: before the inbox is read.
        let (wakes, woken) = (Rc::new(waker), create_task(yield_now()));
        let other = wakes.clone();
        drop(create_task(async move { other.wake_by_ref() }));
        yield_now().await;
        let waker = Rc::try_unwrap(wakes).expect("the other one is over");
        let waker = thread::spawn(move || drop(waker.clone())).join();
        waker.unwrap();
        woken.await.unwrap();
    });
}
