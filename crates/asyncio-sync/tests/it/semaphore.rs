//! Semaphores: order, hand-over, bounds.

use crate::fifo::{Fifo, Log, at_once, panic_message, poll};
use crate::in_both_confinements;
use asyncio_sync::confined::{BoundedSemaphore, Confinement, Semaphore};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

in_both_confinements! {
    sem_1_zero_is_allowed,
    sem_2_acquire_takes_a_unit,
    sem_3_waiters_in_order_also_against_a_loop,
    sem_4_release_hands_over,
    sem_5_locked_while_somebody_waits,
    sem_6_a_newcomer_queues,
    sem_7_releases_beyond_the_first_value,
    sem_8_cancelled_waiters_are_skipped,
    sem_9_cancelled_after_being_handed_a_unit,
    sem_10_many_units_wake_many_in_order,
    sem_11_usable_after_a_cancelled_waiter,
    sem_12_a_free_unit_does_not_suspend,
    sem_14_text,
    bse_1_behaves_as_a_semaphore,
    bse_2_a_release_too_many,
    bse_2_a_guard_whose_unit_was_released,
    owned_permits,
}

fn start<'a, R: Confinement>(fifo: &Fifo<'a>, semaphore: &'a Semaphore<R>, log: &Log, n: usize) {
    for number in 0..n {
        let log = log.clone();
        fifo.spawn(async move {
            semaphore.acquire().await.forget();
            log.add(number);
        });
    }
    fifo.run();
}

fn sem_1_zero_is_allowed<R: Confinement>() {
    let semaphore = Semaphore::<R>::new(0);
    assert!(semaphore.locked() && semaphore.try_acquire().is_none());
    assert_eq!(Semaphore::<R>::default().value(), 1);
    assert_eq!(panic_message(|| drop(Semaphore::<R>::new(usize::MAX))), "too many permits");
}

fn sem_2_acquire_takes_a_unit<R: Confinement>() {
    let semaphore = Semaphore::<R>::new(2);
    let first = at_once(semaphore.acquire());
    let second = at_once(semaphore.acquire());
    assert_eq!(semaphore.value(), 0);
    let mut third = pin!(semaphore.acquire());
    assert!(poll(third.as_mut()).is_pending());
    drop(first);
    assert!(poll(third).is_ready());
    drop(second);
    assert_eq!(semaphore.value(), 2);
}

fn sem_3_waiters_in_order_also_against_a_loop<R: Confinement>() {
    let (semaphore, log) = (Semaphore::<R>::new(1), Log::default());
    let fifo = Fifo::new();
    for number in 0..3 {
        let (semaphore, log) = (&semaphore, log.clone());
        fifo.spawn(async move {
            for _ in 0..3 {
                let _permit = semaphore.acquire().await;
                log.add(number);
                crate::fifo::yield_now().await;
            }
        });
    }
    fifo.run();
    assert_eq!(log.take(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
}

fn sem_4_release_hands_over<R: Confinement>() {
    let (semaphore, log) = (Semaphore::<R>::new(0), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &semaphore, &log, 2);
    semaphore.release();
    semaphore.release();
    assert!(semaphore.locked() && semaphore.value() == 0);
    assert!(semaphore.try_acquire().is_none());
    fifo.run();
    assert_eq!(log.take(), [0, 1]);
}

fn sem_5_locked_while_somebody_waits<R: Confinement>() {
    let (semaphore, log) = (Semaphore::<R>::new(0), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &semaphore, &log, 1);
    assert!(semaphore.locked());
    semaphore.release();
    assert!(semaphore.locked());
    semaphore.release();
    assert!(!semaphore.locked() && semaphore.value() == 1);
}

fn sem_6_a_newcomer_queues<R: Confinement>() {
    let (semaphore, log) = (Semaphore::<R>::new(0), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &semaphore, &log, 2);
    semaphore.release();
    let mut newcomer = pin!(semaphore.acquire());
    assert!(poll(newcomer.as_mut()).is_pending());
    semaphore.release();
    assert!(poll(newcomer.as_mut()).is_pending());
    semaphore.release();
    fifo.run();
    assert_eq!(log.take(), [0, 1]);
    assert!(poll(newcomer).is_ready());
}

fn sem_7_releases_beyond_the_first_value<R: Confinement>() {
    let semaphore = Semaphore::<R>::new(1);
    semaphore.release();
    semaphore.release();
    assert_eq!(semaphore.value(), 3);
    for _ in 0..3 {
        at_once(semaphore.acquire()).forget();
    }
    assert!(semaphore.locked());
}

fn sem_8_cancelled_waiters_are_skipped<R: Confinement>() {
    let (semaphore, log) = (Semaphore::<R>::new(0), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &semaphore, &log, 4);
    fifo.cancel(0);
    fifo.cancel(2);
    for _ in 0..3 {
        semaphore.release();
    }
    fifo.run();
    assert_eq!((log.take(), semaphore.value()), (vec![1, 3], 1));
}

fn sem_9_cancelled_after_being_handed_a_unit<R: Confinement>() {
    let (semaphore, log) = (Semaphore::<R>::new(0), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &semaphore, &log, 4);
    semaphore.release();
    semaphore.release();
    fifo.cancel(0);
    fifo.cancel(1);
    fifo.run();
    assert_eq!((log.take(), semaphore.value()), (vec![2, 3], 0));
    start(&fifo, &semaphore, &log, 1);
    semaphore.release();
    fifo.cancel(4);
    assert_eq!(semaphore.value(), 1);
}

fn sem_10_many_units_wake_many_in_order<R: Confinement>() {
    let (semaphore, log) = (Semaphore::<R>::new(0), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &semaphore, &log, 4);
    for _ in 0..3 {
        semaphore.release();
    }
    fifo.turn();
    assert_eq!(log.take(), [0, 1, 2]);
}

fn sem_11_usable_after_a_cancelled_waiter<R: Confinement>() {
    let (semaphore, log) = (Semaphore::<R>::new(1), Log::default());
    let permit = semaphore.try_acquire();
    let fifo = Fifo::new();
    start(&fifo, &semaphore, &log, 1);
    fifo.cancel(0);
    drop(permit);
    assert_eq!(semaphore.value(), 1);
    drop(at_once(semaphore.acquire()));
}

fn sem_12_a_free_unit_does_not_suspend<R: Confinement>() {
    let semaphore = Semaphore::<R>::new(1);
    for _ in 0..3 {
        drop(at_once(semaphore.acquire()));
    }
}

fn sem_14_text<R: Confinement>() {
    let semaphore = Semaphore::<R>::new(1);
    assert_eq!(format!("{semaphore:?}"), "Semaphore { value: 1, waiters: 0 }");
    let _permit = semaphore.try_acquire();
    let mut waiter = pin!(semaphore.acquire());
    assert!(poll(waiter.as_mut()).is_pending());
    assert_eq!(format!("{semaphore:?}"), "Semaphore { value: 0, waiters: 1 }");
    assert_eq!(semaphore.waiting_tasks(), [None]);
}

fn bse_1_behaves_as_a_semaphore<R: Confinement>() {
    let bounded = BoundedSemaphore::<R>::new(1);
    let permit = at_once(bounded.acquire());
    let mut waiter = pin!(bounded.acquire());
    assert!(poll(waiter.as_mut()).is_pending() && bounded.locked());
    drop(permit);
    drop(poll(waiter));
    assert_eq!(bounded.value(), 1);
    assert!(bounded.try_acquire().is_some());
}

fn bse_2_a_release_too_many<R: Confinement>() {
    let bounded = BoundedSemaphore::<R>::new(2);
    at_once(bounded.acquire()).forget();
    bounded.release();
    let message = panic_message(|| bounded.release());
    assert_eq!(message, "BoundedSemaphore released too many times");
    assert_eq!(bounded.value(), 2);
}

fn bse_2_a_guard_whose_unit_was_released<R: Confinement>() {
    let bounded = BoundedSemaphore::<R>::new(1);
    let permit = at_once(bounded.acquire());
    bounded.release();
    let message = panic_message(move || drop(permit));
    assert_eq!(message, "BoundedSemaphore released too many times");
    assert_eq!(bounded.value(), 1);
}

fn owned_permits<R: Confinement>() {
    let semaphore = Arc::new(Semaphore::<R>::new(1));
    let permit = at_once(semaphore.acquire_arc());
    let mut waiter = Box::pin(semaphore.acquire_arc());
    assert!(poll(waiter.as_mut()).is_pending());
    drop(permit);
    drop(waiter);
    at_once(semaphore.acquire_arc()).forget();
    assert_eq!((semaphore.value(), Arc::strong_count(&semaphore)), (0, 1));
    assert!(semaphore.try_acquire_arc().is_none());
    let bounded = Rc::new(BoundedSemaphore::<R>::new(1));
    drop(at_once(bounded.acquire_rc()));
    assert_eq!(bounded.value(), 1);
    let permit = bounded.try_acquire_rc();
    assert_eq!((permit.is_some(), bounded.value(), Rc::strong_count(&bounded)), (true, 0, 2));
}
