//! The thread-safe confinement between threads, with waits that are given up at random.

use asyncio_sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Queue};
use futures_lite::future::block_on;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::thread;

const THREADS: usize = 4;
const TIMES: usize = 3000;

/// A small generator, seeded: the schedules are the threads', the decisions repeatable.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize % n
    }
}

/// Gives up after `polls` polls, in between letting other threads run; never, if that is zero.
struct Patience<F> {
    future: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for Patience<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Poll::Ready(output) = this.future.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        match this.polls {
            0 => return Poll::Pending,
            1 => {
                // Handed over meanwhile, perhaps.
                thread::yield_now();
                return Poll::Ready(None);
            }
            _ => this.polls -= 1,
        }
        thread::yield_now();
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

fn patience<F: Future>(random: &mut Random, future: F) -> Patience<F> {
    Patience { future: Box::pin(future), polls: random.below(4) }
}

/// Runs `work` on some threads, each with a generator of its own.
fn on_threads(work: impl Fn(usize, Random) + Sync) {
    thread::scope(|scope| {
        for number in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(number, Random(0x9e37_79b9_7f4a_7c15 ^ number as u64)));
        }
    });
}

#[test]
fn lock_excludes_and_is_never_lost() {
    let (lock, got) = (Lock::new(0), AtomicUsize::new(0));
    on_threads(|_, mut random| {
        block_on(async {
            for _ in 0..TIMES {
                if let Some(mut value) = patience(&mut random, lock.lock()).await {
                    // Not atomic: two at once would lose some.
                    let before = *value;
                    if random.below(8) == 0 {
                        thread::yield_now();
                    }
                    *value = before + 1;
                    got.fetch_add(1, SeqCst);
                }
            }
        });
    });
    assert!(lock.waiting_tasks().is_empty());
    assert_eq!(*lock.try_lock().unwrap(), got.into_inner());
}

#[test]
fn semaphore_admits_its_number_and_loses_none() {
    let (semaphore, inside) = (BoundedSemaphore::new(2), AtomicUsize::new(0));
    on_threads(|_, mut random| {
        block_on(async {
            for _ in 0..TIMES {
                if let Some(permit) = patience(&mut random, semaphore.acquire()).await {
                    assert!(inside.fetch_add(1, SeqCst) < 2);
                    if random.below(8) == 0 {
                        thread::yield_now();
                    }
                    inside.fetch_sub(1, SeqCst);
                    drop(permit);
                }
            }
        });
    });
    assert_eq!((semaphore.value(), semaphore.waiting_tasks().len()), (2, 0));
}

#[test]
fn queue_keeps_every_item() {
    for capacity in [1, 3, 0] {
        let queue = Queue::new(capacity);
        let (put, got) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let producing = AtomicUsize::new(THREADS / 2);
        on_threads(|number, mut random| {
            block_on(async {
                if number % 2 == 0 {
                    for item in 1..=TIMES {
                        if patience(&mut random, queue.put(item)).await.is_some() {
                            put.fetch_add(item, SeqCst);
                        }
                    }
                    if producing.fetch_sub(1, SeqCst) == 1 {
                        queue.join().await;
                        queue.shutdown(false);
                    }
                } else {
                    loop {
                        match patience(&mut random, queue.get()).await {
                            Some(Ok(item)) => {
                                got.fetch_add(item, SeqCst);
                                queue.task_done();
                            }
                            Some(Err(_)) => break,
                            None => {}
                        }
                    }
                }
            });
        });
        assert_eq!((got.into_inner(), queue.qsize()), (put.into_inner(), 0));
    }
}

#[test]
fn event_releases_everybody_each_time() {
    let (events, arrived) = ([Event::new(), Event::new()], AtomicUsize::new(0));
    on_threads(|number, mut random| {
        block_on(async {
            for round in 0..TIMES / 10 {
                // Two in turn: who is released early must not pass the same one again.
                let event = &events[round % 2];
                if number == 0 {
                    let all = (THREADS - 1) * (round + 1);
                    while arrived.load(SeqCst) != all || event.waiting_tasks().len() != THREADS - 1
                    {
                        thread::yield_now();
                    }
                    // Who waits now is released although it is clear again at once.
                    event.set();
                    event.clear();
                } else {
                    if random.below(2) == 0 {
                        let mut wait = Box::pin(event.wait());
                        assert!(futures_lite::future::poll_once(&mut wait).await.is_none());
                        thread::yield_now();
                    }
                    arrived.fetch_add(1, SeqCst);
                    event.wait().await;
                }
            }
        });
    });
}

#[test]
fn condition_hands_on_every_notification() {
    let (items, more) = (Lock::new(0_usize), Condition::new());
    let taken = AtomicUsize::new(0);
    let all = TIMES / 2 * (THREADS / 2);
    on_threads(|number, mut random| {
        block_on(async {
            if number % 2 == 0 {
                for _ in 0..TIMES / 2 {
                    *items.lock().await += 1;
                    more.notify(1);
                }
            } else {
                while taken.load(SeqCst) < all {
                    let guard = items.lock().await;
                    let enough = |n: &mut usize| *n > 0 || taken.load(SeqCst) >= all;
                    if let Some(mut n) = patience(&mut random, more.wait_for(guard, enough)).await
                        && *n > 0
                    {
                        *n -= 1;
                        if taken.fetch_add(1, SeqCst) + 1 == all {
                            more.notify_all();
                        }
                    }
                }
            }
        });
    });
    assert_eq!((taken.into_inner(), *items.try_lock().unwrap()), (all, 0));
}

#[test]
fn barrier_keeps_the_rounds_apart() {
    let (barrier, indices) = (Barrier::new(THREADS), AtomicUsize::new(0));
    on_threads(|_, _| {
        block_on(async {
            for round in 1..=TIMES / 10 {
                indices.fetch_add(barrier.wait().await.unwrap(), SeqCst);
                // All have added before anybody passes this one.
                barrier.wait().await.unwrap();
                let sum = THREADS * (THREADS - 1) / 2;
                assert_eq!(indices.load(SeqCst), round * sum);
                barrier.wait().await.unwrap();
            }
        });
    });
}

#[test]
fn futures_are_send_under_any_executor() {
    fn sends<T: Send + Sync>(_: &T) {}
    let (lock, queue) = (Lock::new(std::cell::Cell::new(0)), Queue::<u8>::new(1));
    let (event, barrier, semaphore) = (Event::new(), Barrier::new(1), BoundedSemaphore::new(1));
    sends(&lock);
    sends(&lock.lock());
    sends(&(queue.get(), queue.put(1), queue.join()));
    sends(&(event.wait(), barrier.wait(), semaphore.acquire()));
    sends(&std::sync::Arc::new(Lock::new(0)).lock_arc());
}
