//! Every wait, dropped at every point of its life: nothing that others need is lost.

use crate::fifo::{Fifo, Log, at_once, yield_now};
use crate::in_both_confinements;
use asyncio_sync::confined::{Barrier, Condition, Confinement, Event, Lock, Queue, Semaphore};
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

in_both_confinements! {
    lck_9_lock_is_never_lost,
    lck_9_owned_lock_is_never_lost,
    sem_9_no_permit_is_lost,
    evt_8_every_other_waiter_is_released,
    cnd_12_no_notification_is_lost,
    cnd_12_wait_for_loses_nothing,
    bar_9_the_round_is_completed_by_another,
    que_11_no_item_is_lost_by_get,
    que_13_no_room_is_lost_by_put,
    qjn_3_every_other_joiner_is_released,
}

/// Where the victim of this run is dropped.
#[derive(Clone, Copy)]
enum Point {
    /// In place of its n-th poll: after it was woken, if that came first.
    Before(usize),
    /// Right after its n-th poll.
    After(usize),
}

#[derive(Clone)]
struct Drops {
    point: Point,
    finished: Rc<Cell<bool>>,
}

impl Drops {
    /// Makes the future that is to be dropped; one in a scenario. None, if it was.
    fn victim<F: Future>(&self, future: F) -> Victim<F> {
        Victim { future: Some(Box::pin(future)), polls: 0, drops: self.clone() }
    }
}

struct Victim<F> {
    future: Option<Pin<Box<F>>>,
    polls: usize,
    drops: Drops,
}

impl<F: Future> Future for Victim<F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.polls += 1;
        let future = this.future.as_mut().unwrap();
        if !matches!(this.drops.point, Point::Before(n) if n == this.polls)
            && let Poll::Ready(output) = future.as_mut().poll(cx)
        {
            this.drops.finished.set(true);
            return Poll::Ready(Some(output));
        }
        let (Point::Before(n) | Point::After(n)) = this.drops.point;
        if n == this.polls {
            this.future = None;
            return Poll::Ready(None);
        }
        Poll::Pending
    }
}

/// Runs the scenario with a drop at each point, until the victim ends by itself.
fn at_every_point(scenario: impl Fn(Drops)) {
    for point in [Point::Before as fn(usize) -> Point, Point::After] {
        for n in 1.. {
            assert!(n < 50, "the victim never ends");
            let drops = Drops { point: point(n), finished: Rc::default() };
            scenario(drops.clone());
            if drops.finished.get() {
                break;
            }
        }
    }
}

fn lck_9_lock_is_never_lost<R: Confinement>() {
    at_every_point(|drops| {
        let (lock, log) = (Lock::<_, R>::new(()), Log::default());
        let locks = async |number| {
            let guard = lock.lock().await;
            yield_now().await;
            log.add(number);
            drop(guard);
        };
        let fifo = Fifo::new();
        fifo.spawn(locks(0));
        fifo.spawn(async {
            let guard = drops.victim(lock.lock()).await;
            yield_now().await;
            drop(guard);
        });
        fifo.spawn(locks(1));
        fifo.run();
        assert_eq!(log.take(), [0, 1]);
        assert!(lock.try_lock().is_some());
    });
}

fn lck_9_owned_lock_is_never_lost<R: Confinement>() {
    at_every_point(|drops| {
        let lock = Arc::new(Lock::<_, R>::new(0));
        let locks = async |lock: Arc<Lock<usize, R>>| {
            let mut guard = lock.lock_arc().await;
            yield_now().await;
            *guard += 1;
        };
        let fifo = Fifo::new();
        fifo.spawn(locks(lock.clone()));
        fifo.spawn(async {
            let guard = drops.victim(lock.lock_arc()).await;
            yield_now().await;
            drop(guard);
        });
        fifo.spawn(locks(lock.clone()));
        fifo.run();
        assert_eq!(*at_once(lock.lock()), 2);
    });
}

fn sem_9_no_permit_is_lost<R: Confinement>() {
    at_every_point(|drops| {
        let (semaphore, log) = (Semaphore::<R>::new(2), Log::default());
        let acquires = async |number| {
            let permit = semaphore.acquire().await;
            yield_now().await;
            log.add(number);
            drop(permit);
        };
        let fifo = Fifo::new();
        fifo.spawn(acquires(0));
        fifo.spawn(acquires(1));
        fifo.spawn(async {
            let permit = drops.victim(semaphore.acquire()).await;
            yield_now().await;
            drop(permit);
        });
        fifo.spawn(acquires(2));
        fifo.spawn(acquires(3));
        fifo.run();
        assert_eq!((log.take().len(), semaphore.value()), (4, 2));
    });
}

fn evt_8_every_other_waiter_is_released<R: Confinement>() {
    at_every_point(|drops| {
        let (event, log) = (Event::<R>::new(), Log::default());
        let waits = async |number| {
            event.wait().await;
            log.add(number);
        };
        let fifo = Fifo::new();
        fifo.spawn(waits(0));
        fifo.spawn(async {
            drops.victim(event.wait()).await;
        });
        fifo.spawn(waits(1));
        fifo.spawn(async {
            yield_now().await;
            event.set();
        });
        fifo.run();
        assert_eq!(log.take(), [0, 1]);
    });
}

fn cnd_12_no_notification_is_lost<R: Confinement>() {
    at_every_point(|drops| {
        let (lock, condition, log) = (Lock::<_, R>::new(()), Condition::<R>::new(), Log::default());
        let fifo = Fifo::new();
        fifo.spawn(async {
            let guard = lock.lock().await;
            if drops.victim(condition.wait(guard)).await.is_some() {
                log.add(0);
            }
        });
        fifo.spawn(async {
            // After the victim: it queues behind it, if that waits.
            let guard = lock.lock().await;
            drop(condition.wait(guard).await);
            log.add(1);
        });
        fifo.spawn(async {
            yield_now().await;
            let guard = lock.lock().await;
            condition.notify(1);
            // The one woken waits for the lock meanwhile.
            yield_now().await;
            yield_now().await;
            drop(guard);
        });
        fifo.run();
        assert_eq!(log.take().len(), 1);
        assert!(lock.try_lock().is_some());
    });
}

fn cnd_12_wait_for_loses_nothing<R: Confinement>() {
    at_every_point(|drops| {
        let (lock, condition, log) = (Lock::<_, R>::new(0), Condition::<R>::new(), Log::default());
        let takes = |n: &mut usize| *n > 0;
        let fifo = Fifo::new();
        fifo.spawn(async {
            let guard = lock.lock().await;
            if let Some(mut n) = drops.victim(condition.wait_for(guard, takes)).await {
                *n -= 1;
                log.add(0);
            }
        });
        fifo.spawn(async {
            let guard = lock.lock().await;
            *condition.wait_for(guard, takes).await -= 1;
            log.add(1);
        });
        fifo.spawn(async {
            for _ in 0..2 {
                yield_now().await;
                let mut guard = lock.lock().await;
                *guard += 1;
                condition.notify(1);
                yield_now().await;
            }
        });
        fifo.run();
        let done = log.take();
        assert!(done.contains(&1));
        assert_eq!(done.len() + *at_once(lock.lock()), 2);
    });
}

fn bar_9_the_round_is_completed_by_another<R: Confinement>() {
    at_every_point(|drops| {
        let (barrier, log) = (Barrier::<R>::new(3), Log::default());
        let waits = async |number| {
            barrier.wait().await.unwrap();
            log.add(number);
        };
        let passed = Cell::new(false);
        let fifo = Fifo::new();
        fifo.spawn(waits(0));
        fifo.spawn(async {
            passed.set(drops.victim(barrier.wait()).await.is_some());
        });
        fifo.spawn(async {
            yield_now().await;
            waits(1).await;
        });
        fifo.run();
        // Where it left the round before that was complete, another takes its place.
        let released = log.take().len();
        if released == 0 {
            assert_eq!((barrier.n_waiting(), passed.get()), (2, false));
            at_once(barrier.wait()).unwrap();
            fifo.run();
            assert_eq!(log.take().len(), 2);
        } else {
            assert_eq!(released, 2);
        }
        assert_eq!(barrier.n_waiting(), 0);
    });
}

fn que_11_no_item_is_lost_by_get<R: Confinement>() {
    at_every_point(|drops| {
        let (queue, log) = (Queue::<_, R>::new(0), Log::default());
        let fifo = Fifo::new();
        fifo.spawn(async {
            if let Some(item) = drops.victim(queue.get()).await {
                log.add(item.unwrap());
            }
        });
        let gets = async || log.add(queue.get().await.unwrap());
        fifo.spawn(gets());
        fifo.spawn(async {
            yield_now().await;
            queue.put(1).await.unwrap();
            // Takes the item from under those who were woken, and puts it back.
            let item = queue.get_nowait();
            yield_now().await;
            if let Ok(item) = item {
                queue.put(item).await.unwrap();
            }
        });
        fifo.run();
        // One item, and a getter that was not dropped: it was taken.
        assert_eq!((log.take(), queue.qsize()), (vec![1], 0));
        queue.put_nowait(2).unwrap();
        fifo.run();
    });
}

fn que_13_no_room_is_lost_by_put<R: Confinement>() {
    at_every_point(|drops| {
        let (queue, item) = (Queue::<_, R>::new(1), Rc::new(()));
        queue.put_nowait((0, item.clone())).unwrap();
        let (inserted, taken) = (Cell::new(false), Log::default());
        let fifo = Fifo::new();
        fifo.spawn(async {
            let put = drops.victim(queue.put((1, item.clone()))).await;
            inserted.set(put.is_some());
        });
        let other = fifo.spawn(async { queue.put((2, item.clone())).await.unwrap() });
        fifo.spawn(async {
            for _ in 0..2 {
                yield_now().await;
                taken.add(queue.get().await.unwrap().0);
            }
        });
        fifo.run();
        assert!(fifo.done(other));
        let left: Vec<_> = std::iter::from_fn(|| queue.get_nowait().ok()).collect();
        let mut numbers = taken.take();
        numbers.extend(left.iter().map(|(number, _)| number));
        numbers.sort_unstable();
        let expected: &[usize] = if inserted.get() { &[0, 1, 2] } else { &[0, 2] };
        assert_eq!(numbers, expected);
        drop(left);
        assert_eq!(Rc::strong_count(&item), 1);
    });
}

fn qjn_3_every_other_joiner_is_released<R: Confinement>() {
    at_every_point(|drops| {
        let (queue, log) = (Queue::<_, R>::new(0), Log::default());
        queue.put_nowait(()).unwrap();
        let fifo = Fifo::new();
        fifo.spawn(async {
            drops.victim(queue.join()).await;
        });
        fifo.spawn(async {
            queue.join().await;
            log.add(1);
        });
        fifo.spawn(async {
            yield_now().await;
            queue.task_done();
        });
        fifo.run();
        assert_eq!(log.take(), [1]);
    });
}
