//! The executor of shared tasks.

use crate::support::{quiet, yield_now};
use asyncio_executor::{Executor, spawn};
use std::collections::HashSet;
use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;

#[test]
fn one_thread_runs_all() {
    let executor = Executor::new();
    let sum = executor.run(async {
        let tasks: Vec<_> = (0..1000)
            .map(|n| {
                spawn(async move {
                    yield_now().await;
                    n
                })
            })
            .collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 499_500);
}

#[test]
fn tasks_run_on_several_threads_at_once() {
    let executor = Executor::new();
    // Two tasks that each block their thread until the other runs, too.
    let barrier = Arc::new(Barrier::new(2));
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let barrier = barrier.clone();
            executor.spawn(async move {
                barrier.wait();
                thread::current().id()
            })
        })
        .collect();
    let (stop, stopped) = mpsc::channel::<Waker>();
    let over = Arc::new(AtomicUsize::new(0));
    let ids = thread::scope(|scope| {
        let done = over.clone();
        let executor = &executor;
        scope.spawn(move || {
            executor.run(poll_fn(move |cx| {
                if done.load(Ordering::Acquire) == 1 {
                    return Poll::Ready(());
                }
                let _ = stop.send(cx.waker().clone());
                Poll::Pending
            }));
        });
        let ids = executor.run(async {
            let mut ids = HashSet::new();
            for task in tasks {
                ids.insert(task.await.unwrap());
            }
            ids
        });
        over.store(1, Ordering::Release);
        stopped.recv().unwrap().wake();
        ids
    });
    assert_eq!(ids.len(), 2);
}

#[test]
fn a_burst_from_outside_reaches_sleeping_workers() {
    let executor = Executor::new();
    let count = Arc::new(AtomicUsize::new(0));
    let (threads, rounds, each) = (3, 50, 40);
    thread::scope(|scope| {
        let mut stops = Vec::new();
        for _ in 0..threads {
            let (send, receive) = mpsc::channel::<Waker>();
            let over = Arc::new(AtomicUsize::new(0));
            let (done, executor) = (over.clone(), &executor);
            scope.spawn(move || {
                executor.run(poll_fn(move |cx| {
                    if done.load(Ordering::Acquire) == 1 {
                        return Poll::Ready(());
                    }
                    let _ = send.send(cx.waker().clone());
                    Poll::Pending
                }));
            });
            stops.push((receive.recv().unwrap(), over));
        }
        for _ in 0..rounds {
            let (send, receive) = mpsc::channel();
            for _ in 0..each {
                let (count, send) = (count.clone(), send.clone());
                drop(executor.spawn(async move {
                    yield_now().await;
                    count.fetch_add(1, Ordering::Relaxed);
                    send.send(()).unwrap();
                }));
            }
            // Lost wake-ups would leave this waiting for ever.
            (0..each).for_each(|_| receive.recv().unwrap());
        }
        for (waker, over) in stops {
            over.store(1, Ordering::Release);
            waker.wake();
        }
    });
    assert_eq!(count.load(Ordering::Relaxed), rounds * each);
}

#[test]
fn fork_and_join() {
    fn fib(n: u32) -> std::pin::Pin<Box<dyn Future<Output = u32> + Send>> {
        Box::pin(async move {
            if n < 2 {
                return n;
            }
            let left = spawn(fib(n - 1));
            let right = fib(n - 2).await;
            left.await.unwrap() + right
        })
    }
    let executor = Executor::new();
    let (fib10, helper) = thread::scope(|scope| {
        let slow = executor.spawn(fib(13));
        let helper = scope.spawn(|| executor.run(async { slow.await.unwrap() }));
        (executor.run(fib(10)), helper.join().unwrap())
    });
    assert_eq!((fib10, helper), (55, 233));
}

#[test]
fn panics_and_cancellations_are_results() {
    quiet();
    let executor = Executor::new();
    executor.run(async {
        let panics = spawn(async { panic!("boom shared") });
        assert!(panics.await.unwrap_err().is_panic());
        let task = spawn(pending::<()>());
        yield_now().await;
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn dropping_the_executor_drops_its_tasks() {
    struct Note(Arc<Mutex<Vec<usize>>>, usize);
    impl Drop for Note {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(self.1);
        }
    }
    let dropped = Arc::new(Mutex::new(Vec::new()));
    let executor = Executor::new();
    let outside = executor.spawn({
        let note = Note(dropped.clone(), 0);
        async move {
            let _note = note;
            pending::<()>().await;
        }
    });
    let unpolled = Note(dropped.clone(), 2);
    let inside = executor.run(async {
        let note = Note(dropped.clone(), 1);
        let task = spawn(async move {
            let _note = note;
            pending::<()>().await;
        });
        yield_now().await;
        task
    });
    let unpolled = executor.spawn(async move { drop(unpolled) });
    assert!(dropped.lock().unwrap().is_empty());
    drop(executor);
    let mut dropped = std::mem::take(&mut *dropped.lock().unwrap());
    dropped.sort_unstable();
    assert_eq!(dropped, [0, 1, 2]);
    for mut task in [outside, inside, unpolled] {
        assert!(task.result().unwrap().unwrap_err().is_cancelled());
    }
}

#[test]
fn a_waker_may_outlive_the_executor() {
    let (send, receive) = mpsc::channel::<Waker>();
    let executor = Executor::new();
    drop(executor.spawn(poll_fn(move |cx| {
        send.send(cx.waker().clone()).unwrap();
        Poll::<()>::Pending
    })));
    executor.run(async {
        yield_now().await;
        yield_now().await
    });
    drop(executor);
    let waker = receive.recv().unwrap();
    waker.wake_by_ref();
    thread::spawn(move || waker.wake()).join().unwrap();
}
