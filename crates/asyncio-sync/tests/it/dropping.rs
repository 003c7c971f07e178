//! Every wait, dropped at every point of its life: nothing that others need is lost.

use crate::fifo::{Fifo, Log, at_once, yield_now};
use crate::in_both_confinements;
use asyncio_context::testing::{Drops, Victim, drop_at_every_poll};
use asyncio_sync::confined::{
    Barrier, BoundedSemaphore, Condition, Confinement, Event, Lock, Queue, Semaphore,
};
use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

in_both_confinements! {
    lck_9_lock_is_never_lost,
    lck_9_owned_lock_is_never_lost,
    sem_9_no_permit_is_lost,
    sem_9_no_owned_permit_is_lost,
    bse_1_no_bounded_permit_is_lost,
    evt_8_every_other_waiter_is_released,
    cnd_12_no_notification_is_lost,
    cnd_12_wait_for_loses_nothing,
    bar_9_the_round_is_completed_by_another,
    que_11_no_item_is_lost_by_get,
    que_11_no_turn_is_lost_by_get,
    que_13_no_room_is_lost_by_put,
    qjn_3_every_other_joiner_is_released,
}

thread_local! {
    /// The types of the futures that were dropped on this thread.
    static DROPPED: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

fn victim<F: Future>(drops: &Drops, future: F) -> Victim<F> {
    DROPPED.with_borrow_mut(|types| types.insert(type_name::<F>()));
    drops.victim(future)
}

/// The names in the module of `lib.rs` that lists the futures.
fn public_waits() -> Vec<&'static str> {
    let lib = include_str!("../../src/lib.rs");
    let (_, list) = lib.split_once("pub mod futures {").unwrap();
    let (list, _) = list.split_once("\n}").unwrap();
    let names = list.split(|c: char| !c.is_alphanumeric() && c != '_');
    names.filter(|name| name.starts_with(char::is_uppercase)).collect()
}

/// Fails where there is a wait that nothing here drops.
#[test]
fn every_public_wait_is_dropped_at_every_point() {
    for scenarios in [thread_safe::all, local::all] {
        DROPPED.take();
        scenarios();
        let dropped = DROPPED.take();
        let waits = public_waits();
        assert!(waits.contains(&"LockFuture"));
        for wait in waits {
            let covered = dropped.iter().any(|name| {
                let name = name.split('<').next().unwrap_or(name);
                name.rsplit("::").next() == Some(wait)
            });
            assert!(covered, "nothing drops a {wait}");
        }
    }
}

fn lck_9_lock_is_never_lost<R: Confinement>() {
    drop_at_every_poll(|drops| {
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
            let guard = victim(drops, lock.lock()).await;
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
    drop_at_every_poll(|drops| {
        let lock = Arc::new(Lock::<_, R>::new(0));
        let locks = async |lock: Arc<Lock<usize, R>>| {
            let mut guard = lock.lock_arc().await;
            yield_now().await;
            *guard += 1;
        };
        let fifo = Fifo::new();
        fifo.spawn(locks(lock.clone()));
        fifo.spawn(async {
            let guard = victim(drops, lock.lock_arc()).await;
            yield_now().await;
            drop(guard);
        });
        fifo.spawn(locks(lock.clone()));
        fifo.run();
        assert_eq!(*at_once(lock.lock()), 2);
    });
}

fn sem_9_no_permit_is_lost<R: Confinement>() {
    drop_at_every_poll(|drops| {
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
            let permit = victim(drops, semaphore.acquire()).await;
            yield_now().await;
            drop(permit);
        });
        fifo.spawn(acquires(2));
        fifo.spawn(acquires(3));
        fifo.run();
        assert_eq!((log.take().len(), semaphore.value()), (4, 2));
    });
}

fn sem_9_no_owned_permit_is_lost<R: Confinement>() {
    drop_at_every_poll(|drops| {
        let (semaphore, log) = (Arc::new(Semaphore::<R>::new(1)), Log::default());
        let acquires = async |number| {
            let permit = semaphore.acquire_arc().await;
            yield_now().await;
            log.add(number);
            drop(permit);
        };
        let fifo = Fifo::new();
        fifo.spawn(acquires(0));
        fifo.spawn(async {
            let permit = victim(drops, semaphore.acquire_arc()).await;
            yield_now().await;
            drop(permit);
        });
        fifo.spawn(acquires(1));
        fifo.run();
        assert_eq!((log.take(), semaphore.value()), (vec![0, 1], 1));
        // The shares went with the permits and the waits.
        assert_eq!(Arc::strong_count(&semaphore), 1);
    });
}

fn bse_1_no_bounded_permit_is_lost<R: Confinement>() {
    drop_at_every_poll(|drops| {
        let (semaphore, log) = (BoundedSemaphore::<R>::new(1), Log::default());
        let acquires = async |number| {
            let permit = semaphore.acquire().await;
            yield_now().await;
            log.add(number);
            drop(permit);
        };
        let fifo = Fifo::new();
        fifo.spawn(acquires(0));
        fifo.spawn(async {
            let permit = victim(drops, semaphore.acquire()).await;
            yield_now().await;
            drop(permit);
        });
        fifo.spawn(acquires(1));
        fifo.run();
        assert_eq!((log.take(), semaphore.value()), (vec![0, 1], 1));
    });
}

fn evt_8_every_other_waiter_is_released<R: Confinement>() {
    drop_at_every_poll(|drops| {
        let (event, log) = (Event::<R>::new(), Log::default());
        let waits = async |number| {
            event.wait().await;
            log.add(number);
        };
        let fifo = Fifo::new();
        fifo.spawn(waits(0));
        fifo.spawn(async {
            victim(drops, event.wait()).await;
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
    drop_at_every_poll(|drops| {
        let (lock, condition, log) = (Lock::<_, R>::new(()), Condition::<R>::new(), Log::default());
        let fifo = Fifo::new();
        fifo.spawn(async {
            let guard = lock.lock().await;
            if victim(drops, condition.wait(guard)).await.is_some() {
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
    drop_at_every_poll(|drops| {
        let (lock, condition, log) = (Lock::<_, R>::new(0), Condition::<R>::new(), Log::default());
        let takes = |n: &mut usize| *n > 0;
        let fifo = Fifo::new();
        fifo.spawn(async {
            let guard = lock.lock().await;
            if let Some(mut n) = victim(drops, condition.wait_for(guard, takes)).await {
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
    drop_at_every_poll(|drops| {
        let (barrier, log) = (Barrier::<R>::new(3), Log::default());
        let waits = async |number| {
            barrier.wait().await.unwrap();
            log.add(number);
        };
        let passed = Cell::new(false);
        let fifo = Fifo::new();
        fifo.spawn(waits(0));
        fifo.spawn(async {
            passed.set(victim(drops, barrier.wait()).await.is_some());
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
        // It does not drain any more: the next round is complete with three.
        fifo.spawn(waits(2));
        fifo.spawn(waits(3));
        fifo.run();
        at_once(barrier.wait()).unwrap();
        fifo.run();
        assert_eq!(log.take(), [2, 3]);
    });
}

fn que_11_no_item_is_lost_by_get<R: Confinement>() {
    drop_at_every_poll(|drops| {
        let (queue, log) = (Queue::<_, R>::new(0), Log::default());
        let fifo = Fifo::new();
        fifo.spawn(async {
            if let Some(item) = victim(drops, queue.get()).await {
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

fn que_11_no_turn_is_lost_by_get<R: Confinement>() {
    drop_at_every_poll(|drops| {
        let (queue, log) = (Queue::<_, R>::new(0), Log::default());
        let fifo = Fifo::new();
        fifo.spawn(async {
            if let Some(item) = victim(drops, queue.get()).await {
                log.add(item.unwrap());
            }
        });
        // One item, for the victim or else for who waits behind it.
        fifo.spawn(async {
            if let Ok(item) = queue.get().await {
                log.add(item);
            }
        });
        fifo.spawn(async { queue.put(1).await.unwrap() });
        fifo.run();
        assert_eq!((log.take(), queue.qsize()), (vec![1], 0));
        queue.shutdown(true);
        fifo.run();
    });
}

fn que_13_no_room_is_lost_by_put<R: Confinement>() {
    drop_at_every_poll(|drops| {
        let (queue, item) = (Queue::<_, R>::new(1), Rc::new(()));
        queue.put_nowait((0, item.clone())).unwrap();
        let (inserted, taken) = (Cell::new(false), Log::default());
        let fifo = Fifo::new();
        fifo.spawn(async {
            let put = victim(drops, queue.put((1, item.clone()))).await;
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
    drop_at_every_poll(|drops| {
        let (queue, log) = (Queue::<_, R>::new(0), Log::default());
        queue.put_nowait(()).unwrap();
        let fifo = Fifo::new();
        fifo.spawn(async {
            victim(drops, queue.join()).await;
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
