//! Lock: exclusion, order, hand-over.

use crate::fifo::{Count, Fifo, Log, at_once, panic_message, poll, yield_now};
use crate::in_both_confinements;
use asyncio_context::WaitKind;
use asyncio_sync::LockGuard;
use asyncio_sync::confined::{Confinement, Lock};
use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Waker};

in_both_confinements! {
    lck_1_created_unlocked,
    lck_2_a_free_lock_does_not_suspend,
    lck_3_waiters_in_order,
    lck_4_release_wakes_one_for_the_next_turn,
    lck_5_reserved_between_release_and_resumption,
    lck_7_any_task_may_release_and_it_is_not_reentrant,
    lck_8_a_cancelled_waiter_leaves,
    lck_9_cancelled_after_being_chosen,
    lck_10_cancel_and_release_in_one_callback,
    lck_11_release_while_the_head_is_being_cancelled,
    lck_12_released_when_the_body_panics,
    lck_14_text,
    a_waiter_moves_its_waker,
    a_waiter_shows_in_its_record_and_in_the_lock,
    owned_guards,
}

fn lck_1_created_unlocked<R: Confinement>() {
    let lock = Lock::<_, R>::new(7);
    assert!(!lock.locked());
    let guard = at_once(lock.lock());
    assert!(lock.locked());
    assert!(lock.try_lock().is_none());
    drop(guard);
    assert!(!lock.locked());
    assert_eq!(*lock.try_lock().unwrap(), 7);
    assert_eq!(lock.into_inner(), 7);
}

fn lck_2_a_free_lock_does_not_suspend<R: Confinement>() {
    let lock = Lock::<_, R>::new(0);
    for _ in 0..3 {
        *at_once(lock.lock()) += 1;
    }
    assert_eq!(*at_once(lock.lock()), 3);
}

/// Starts `n` tasks that log their number when they have the lock.
fn start<'a, R: Confinement>(fifo: &Fifo<'a>, lock: &'a Lock<(), R>, log: &Log, n: usize) {
    for number in 0..n {
        let log = log.clone();
        fifo.spawn(async move {
            let _guard = lock.lock().await;
            log.add(number);
        });
    }
    fifo.run();
}

fn lck_3_waiters_in_order<R: Confinement>() {
    let (lock, log) = (Lock::<_, R>::new(()), Log::default());
    let held = lock.try_lock();
    let fifo = Fifo::new();
    start(&fifo, &lock, &log, 4);
    assert_eq!(log.take(), []);
    drop(held);
    for number in 0..4 {
        fifo.turn();
        assert_eq!(log.take(), [number]);
    }
    assert!(!lock.locked());
}

fn lck_4_release_wakes_one_for_the_next_turn<R: Confinement>() {
    let lock = Lock::<_, R>::new(());
    let held = lock.try_lock();
    let (count, other) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let (mut first, mut second) = (pin!(lock.lock()), pin!(lock.lock()));
    let (a, b) = (Waker::from(count.clone()), Waker::from(other.clone()));
    assert!(first.as_mut().poll(&mut Context::from_waker(&a)).is_pending());
    assert!(second.as_mut().poll(&mut Context::from_waker(&b)).is_pending());
    drop(held);
    assert_eq!((count.get(), other.get()), (1, 0));
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(first).is_ready());
    assert!(poll(second).is_ready());
}

fn lck_5_reserved_between_release_and_resumption<R: Confinement>() {
    let (lock, log) = (Lock::<_, R>::new(()), Log::default());
    let fifo = Fifo::new();
    fifo.spawn({
        let (lock, log) = (&lock, log.clone());
        async move {
            let guard = lock.lock().await;
            yield_now().await;
            drop(guard);
            assert!(!lock.locked());
            assert!(lock.try_lock().is_none());
            let _again = lock.lock().await;
            log.add(9);
        }
    });
    start(&fifo, &lock, &log, 2);
    assert_eq!(log.take(), [0, 1, 9]);
}

fn lck_7_any_task_may_release_and_it_is_not_reentrant<R: Confinement>() {
    let (lock, log) = (Lock::<_, R>::new(()), Log::default());
    let slot: RefCell<Option<LockGuard<'_, (), R>>> = RefCell::new(None);
    let fifo = Fifo::new();
    let stuck = fifo.spawn({
        let (lock, log, slot) = (&lock, log.clone(), &slot);
        async move {
            *slot.borrow_mut() = Some(lock.lock().await);
            let _second = lock.lock().await;
            log.add(1);
        }
    });
    fifo.run();
    assert!(!fifo.done(stuck));
    fifo.spawn(async { drop(slot.take()) });
    fifo.run();
    assert_eq!(log.take(), [1]);
}

fn lck_8_a_cancelled_waiter_leaves<R: Confinement>() {
    for gone in 0..4 {
        let (lock, log) = (Lock::<_, R>::new(()), Log::default());
        let held = lock.try_lock();
        let fifo = Fifo::new();
        start(&fifo, &lock, &log, 4);
        fifo.cancel(gone);
        assert_eq!(lock.waiting_tasks().len(), 3);
        drop(held);
        fifo.run();
        let left: Vec<_> = (0..4).filter(|&n| n != gone).collect();
        assert_eq!(log.take(), left);
        assert!(lock.try_lock().is_some());
    }
}

fn lck_9_cancelled_after_being_chosen<R: Confinement>() {
    let (lock, log) = (Lock::<_, R>::new(()), Log::default());
    let held = lock.try_lock();
    let fifo = Fifo::new();
    start(&fifo, &lock, &log, 3);
    drop(held);
    fifo.cancel(0);
    fifo.cancel(1);
    fifo.run();
    assert_eq!(log.take(), [2]);
    assert!(!lock.locked() && lock.try_lock().is_some());
    // The last one, too: then it is free.
    let held = lock.try_lock();
    start(&fifo, &lock, &log, 1);
    drop(held);
    fifo.cancel(3);
    assert!(!lock.locked() && lock.try_lock().is_some());
}

fn lck_10_cancel_and_release_in_one_callback<R: Confinement>() {
    for release_first in [false, true] {
        let (lock, log) = (Lock::<_, R>::new(()), Log::default());
        let mut held = lock.try_lock();
        let fifo = Fifo::new();
        for number in 0..3 {
            let (lock, log) = (&lock, log.clone());
            fifo.spawn(async move {
                let _guard = lock.lock().await;
                log.add(number);
                std::future::pending::<()>().await;
            });
        }
        fifo.run();
        if release_first {
            held.take();
        }
        fifo.cancel(0);
        drop(held);
        fifo.run();
        assert_eq!(log.take(), [1]);
    }
}

fn lck_11_release_while_the_head_is_being_cancelled<R: Confinement>() {
    let (lock, log) = (Lock::<_, R>::new(()), Log::default());
    let held = lock.try_lock();
    let fifo = Fifo::new();
    let head = fifo.spawn(async {
        let _guard = lock.lock().await;
        log.add(0);
    });
    fifo.run();
    start(&fifo, &lock, &log, 1);
    // The request is made; the task has had no turn since, so it still waits.
    fifo.task(head).cancel();
    drop(held);
    fifo.turn();
    fifo.run();
    assert_eq!(log.take(), [0]);
    assert!(!lock.locked());
}

fn lck_12_released_when_the_body_panics<R: Confinement>() {
    let lock = Lock::<_, R>::new(());
    let message = panic_message(|| {
        let _guard = at_once(lock.lock());
        panic!("body");
    });
    assert_eq!(message, "body");
    assert!(lock.try_lock().is_some());
}

fn lck_14_text<R: Confinement>() {
    let lock = Lock::<_, R>::new(());
    assert_eq!(format!("{lock:?}"), r#"Lock { state: "unlocked", waiters: 0 }"#);
    let _held = lock.try_lock();
    let mut waiter = pin!(lock.lock());
    assert!(poll(waiter.as_mut()).is_pending());
    assert_eq!(format!("{lock:?}"), r#"Lock { state: "locked", waiters: 1 }"#);
}

fn a_waiter_moves_its_waker<R: Confinement>() {
    let lock = Lock::<_, R>::new(());
    let held = lock.try_lock();
    let (old, new) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let mut waiter = pin!(lock.lock());
    for count in [&old, &old, &new, &new] {
        let waker = Waker::from(count.clone());
        assert!(waiter.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 2));
    drop(held);
    assert_eq!((old.get(), new.get()), (0, 1));
    assert_eq!(Arc::strong_count(&new), 1);
    assert!(poll(waiter).is_ready());
}

fn a_waiter_shows_in_its_record_and_in_the_lock<R: Confinement>() {
    let lock = Lock::<_, R>::new(());
    let _held = lock.try_lock();
    let fifo = Fifo::new();
    let line = line!() + 1;
    let waiting = fifo.spawn(async { drop(lock.lock().await) });
    fifo.run();
    let wait = fifo.task(waiting).waits_for().unwrap();
    assert_eq!((wait.kind, wait.at.file(), wait.at.line()), (WaitKind::Lock, file!(), line));
    assert_eq!(lock.waiting_tasks(), [Some(fifo.task(waiting).id())]);
}

fn owned_guards<R: Confinement>() {
    let lock = Arc::new(Lock::<_, R>::new(1));
    let guard = at_once(lock.lock_arc());
    assert!(lock.try_lock_arc().is_none());
    let mut waiter = Box::pin(lock.lock_arc());
    assert!(poll(waiter.as_mut()).is_pending());
    drop(guard);
    // Chosen, and dropped as the last to know the lock.
    let weak = Arc::downgrade(&lock);
    drop(lock);
    drop(waiter);
    assert!(weak.upgrade().is_none());
    let lock = Rc::new(Lock::<_, R>::new(1));
    *at_once(lock.lock_rc()) += 1;
    assert_eq!(*lock.try_lock_rc().unwrap(), 2);
}

#[test]
fn a_local_lock_in_an_rc() {
    let lock = Rc::new(asyncio_sync::local::Lock::new(String::new()));
    at_once(lock.lock_rc()).push('x');
    assert_eq!(*at_once(lock.lock()), "x");
}
