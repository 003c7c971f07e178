//! Condition: notification, and the lock around it.

use crate::fifo::{Fifo, Log, at_once, poll};
use crate::in_both_confinements;
use asyncio_context::WaitKind;
use asyncio_sync::confined::{Condition, Confinement, Lock};
use std::pin::pin;
use std::task::Poll;

in_both_confinements! {
    cnd_1_one_lock_for_several_conditions,
    cnd_3_wait_releases_and_reacquires,
    cnd_5_notify_n_all_and_none,
    cnd_5_notify_does_not_reach_those_who_come_later,
    cnd_6_woken_tasks_go_on_one_by_one_after_the_release,
    cnd_7_8_wait_for,
    cnd_9_cancelled_while_waiting_holds_nothing,
    cnd_10_cancelled_while_reacquiring_holds_nothing,
    cnd_12_a_notification_is_passed_on,
    cnd_12_a_notification_is_passed_on_while_reacquiring,
    cnd_13_an_unnotified_waiter_wakes_nobody,
    cnd_16_text_and_record,
}

struct Pair<R: Confinement> {
    lock: Lock<usize, R>,
    condition: Condition<R>,
    log: Log,
}

impl<R: Confinement> Pair<R> {
    fn new() -> Pair<R> {
        Pair { lock: Lock::new(0), condition: Condition::new(), log: Log::default() }
    }

    /// Starts `n` tasks that wait once and log their number with the lock held.
    fn start<'a>(&'a self, fifo: &Fifo<'a>, n: usize) {
        for number in 0..n {
            fifo.spawn(async move {
                let guard = self.lock.lock().await;
                let mut guard = self.condition.wait(guard).await;
                self.log.add(number);
                *guard += 1;
            });
        }
        fifo.run();
    }
}

fn cnd_1_one_lock_for_several_conditions<R: Confinement>() {
    let (pair, other) = (Pair::<R>::new(), Condition::<R>::new());
    let fifo = Fifo::new();
    pair.start(&fifo, 1);
    fifo.spawn(async {
        let guard = pair.lock.lock().await;
        drop(other.wait(guard).await);
        pair.log.add(9);
    });
    fifo.run();
    other.notify_all();
    fifo.run();
    assert_eq!(pair.log.take(), [9]);
    pair.condition.notify_all();
    fifo.run();
    assert_eq!(pair.log.take(), [0]);
}

fn cnd_3_wait_releases_and_reacquires<R: Confinement>() {
    let pair = Pair::<R>::new();
    let mut wait = pin!(pair.condition.wait(at_once(pair.lock.lock())));
    assert!(pair.lock.locked());
    assert!(poll(wait.as_mut()).is_pending());
    assert!(!pair.lock.locked());
    let held = pair.lock.try_lock();
    pair.condition.notify(1);
    assert!(poll(wait.as_mut()).is_pending());
    drop(held);
    let Poll::Ready(guard) = poll(wait) else { panic!("notified, and the lock is free") };
    assert!(pair.lock.locked());
    drop(guard);
    assert!(!pair.lock.locked());
}

fn cnd_5_notify_n_all_and_none<R: Confinement>() {
    let pair = Pair::<R>::new();
    pair.condition.notify(3);
    let fifo = Fifo::new();
    pair.start(&fifo, 50);
    assert_eq!(pair.log.take(), []);
    pair.condition.notify(0);
    fifo.run();
    assert_eq!(pair.log.take(), []);
    pair.condition.notify(2);
    fifo.run();
    assert_eq!(pair.log.take(), [0, 1]);
    pair.condition.notify(34);
    fifo.run();
    assert_eq!(pair.log.take(), (2..36).collect::<Vec<_>>());
    pair.condition.notify_all();
    fifo.run();
    assert_eq!(pair.log.take(), (36..50).collect::<Vec<_>>());
    assert_eq!(*at_once(pair.lock.lock()), 50);
}

fn cnd_5_notify_does_not_reach_those_who_come_later<R: Confinement>() {
    let pair = Pair::<R>::new();
    let fifo = Fifo::new();
    pair.start(&fifo, 1);
    pair.condition.notify(2);
    fifo.run();
    pair.start(&fifo, 1);
    assert_eq!(pair.log.take(), [0]);
}

fn cnd_6_woken_tasks_go_on_one_by_one_after_the_release<R: Confinement>() {
    let pair = Pair::<R>::new();
    let fifo = Fifo::new();
    pair.start(&fifo, 3);
    let held = pair.lock.try_lock();
    pair.condition.notify_all();
    fifo.run();
    assert_eq!(pair.log.take(), []);
    drop(held);
    for number in 0..3 {
        fifo.turn();
        assert_eq!(pair.log.take(), [number]);
    }
}

fn cnd_7_8_wait_for<R: Confinement>() {
    let pair = Pair::<R>::new();
    let guard = at_once(pair.condition.wait_for(at_once(pair.lock.lock()), |n| *n == 0));
    assert!(pair.lock.locked());
    drop(guard);
    let asked = Log::default();
    let fifo = Fifo::new();
    fifo.spawn(async {
        let guard = pair.lock.lock().await;
        let held = pair.condition.wait_for(guard, |n| {
            asked.add(*n);
            *n >= 2
        });
        pair.log.add(*held.await);
    });
    for _ in 0..3 {
        fifo.run();
        *at_once(pair.lock.lock()) += 1;
        pair.condition.notify(1);
    }
    fifo.run();
    assert_eq!((asked.take(), pair.log.take()), (vec![0, 1, 2], vec![2]));
}

fn cnd_9_cancelled_while_waiting_holds_nothing<R: Confinement>() {
    let pair = Pair::<R>::new();
    let fifo = Fifo::new();
    pair.start(&fifo, 2);
    fifo.cancel(0);
    assert!(!pair.lock.locked());
    pair.condition.notify(1);
    fifo.run();
    assert_eq!(pair.log.take(), [1]);
    // Not polled once: the guard inside goes with it.
    drop(pair.condition.wait(at_once(pair.lock.lock())));
    assert!(!pair.lock.locked());
}

fn cnd_10_cancelled_while_reacquiring_holds_nothing<R: Confinement>() {
    let pair = Pair::<R>::new();
    let fifo = Fifo::new();
    pair.start(&fifo, 1);
    let held = pair.lock.try_lock();
    pair.condition.notify(1);
    fifo.run();
    assert_eq!(pair.lock.waiting_tasks().len(), 1);
    // Handed the lock, then cancelled.
    drop(held);
    fifo.cancel(0);
    assert!(pair.lock.try_lock().is_some());
}

fn cnd_12_a_notification_is_passed_on<R: Confinement>() {
    let pair = Pair::<R>::new();
    let fifo = Fifo::new();
    pair.start(&fifo, 3);
    pair.condition.notify(1);
    fifo.cancel(0);
    fifo.run();
    assert_eq!(pair.log.take(), [1]);
}

fn cnd_12_a_notification_is_passed_on_while_reacquiring<R: Confinement>() {
    let pair = Pair::<R>::new();
    let fifo = Fifo::new();
    pair.start(&fifo, 3);
    let held = pair.lock.try_lock();
    pair.condition.notify(1);
    fifo.run();
    fifo.cancel(0);
    drop(held);
    fifo.run();
    assert_eq!(pair.log.take(), [1]);
}

fn cnd_13_an_unnotified_waiter_wakes_nobody<R: Confinement>() {
    let pair = Pair::<R>::new();
    let fifo = Fifo::new();
    pair.start(&fifo, 2);
    fifo.cancel(0);
    fifo.run();
    assert_eq!(pair.log.take(), []);
}

fn cnd_16_text_and_record<R: Confinement>() {
    let pair = Pair::<R>::new();
    let fifo = Fifo::new();
    pair.start(&fifo, 1);
    assert_eq!(format!("{:?}", pair.condition), "Condition { waiters: 1 }");
    assert_eq!(pair.condition.waiting_tasks(), [Some(fifo.task(0).id())]);
    assert_eq!(fifo.task(0).waits_for().unwrap().kind, WaitKind::Condition);
    let _held = pair.lock.try_lock();
    pair.condition.notify(1);
    fifo.run();
    assert_eq!(fifo.task(0).waits_for().unwrap().kind, WaitKind::Lock);
}
