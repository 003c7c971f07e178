//! `Lock`: LCK.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// Tasks that take the lock one after the other and note their number; they wait in this order.
async fn waiters(lock: &Shared<Lock>, log: &Log<usize>, count: usize) -> Vec<Child<()>> {
    let mut children = Vec::new();
    for number in 0..count {
        let (lock, log) = (lock.clone(), log.clone());
        let child = spawn(async move {
            let _guard = lock.lock().await;
            log.add(number);
        });
        children.push(child.waits().await);
    }
    children
}

#[test]
fn lck_1_created_unlocked_and_locked_when_acquired() {
    run(async {
        let lock = Lock::new(());
        assert!(!lock.locked());
        let guard = lock.lock().await;
        assert!(lock.locked());
        assert!(lock.try_lock().is_none());
        drop(guard);
        assert!(!lock.locked());
        assert!(lock.try_lock().is_some());
    });
}

#[test]
fn lck_2_a_free_lock_is_taken_without_suspending() {
    run(async {
        let lock = Lock::new(0);
        for _ in 0..3 {
            *at_once(lock.lock()) += 1;
        }
        assert_eq!(*at_once(lock.lock()), 3);
    });
}

#[test]
fn lck_3_who_waited_first_is_first_one_per_release() {
    run(async {
        let (lock, log) = (Shared::new(Lock::new(())), Log::new());
        let held = lock.lock().await;
        let children = waiters(&lock, &log, 5).await;
        assert_eq!(lock.waiting_tasks().len(), 5);
        drop(held);
        for child in children {
            child.value().await;
        }
        assert_eq!(log.take(), [0, 1, 2, 3, 4]);
    });
}

#[test]
fn lck_4_a_release_wakes_one_waiter_for_its_next_turn() {
    run(async {
        let lock = Lock::new(());
        let held = lock.lock().await;
        let mut waiters = [(); 3].map(|()| Hand::waiting(lock.lock()));
        drop(held);
        assert_eq!(waiters.each_ref().map(Hand::wakes), [1, 0, 0]);
        let guard = waiters[0].poll().unwrap();
        assert_eq!(waiters.each_ref().map(Hand::wakes), [1, 0, 0]);
        drop(guard);
        assert_eq!(waiters.each_ref().map(Hand::wakes), [1, 1, 0]);
    });
}

#[test]
fn lck_5_between_release_and_resumption_it_is_unlocked_but_reserved() {
    run(async {
        let lock = Lock::new(());
        let held = lock.lock().await;
        let mut first = Hand::waiting(lock.lock());
        let mut second = Hand::waiting(lock.lock());
        drop(held);
        assert!(!lock.locked());
        assert!(lock.try_lock().is_none());
        let mut releaser = Hand::waiting(lock.lock());

        let guard = first.poll().unwrap();
        assert!(lock.locked());
        drop(guard);
        assert!(releaser.poll().is_none());
        drop(second.poll().unwrap());
        assert!(releaser.poll().is_some());
    });
}

#[test]
fn diff_lck_6_only_a_guard_releases_and_once() {
    run(async {
        let lock = Lock::new(());
        let guard = lock.lock().await;
        drop(guard);
        // What remains of asyncio's separate calls: a lock that is free stays free.
        assert!(!lock.locked());
        drop(lock.try_lock());
        assert!(!lock.locked());
    });
}

#[test]
fn lck_7_any_task_may_release_it_and_it_is_not_reentrant() {
    run(async {
        let lock = Shared::new(Lock::new(()));
        let guard = Box::new(own(&lock).await);
        let mut again = Hand::waiting(lock.lock());
        assert_eq!(again.wakes(), 0);
        // Taken here, released by another task.
        spawn(async move { drop(guard) }).value().await;
        assert_eq!(again.wakes(), 1);
        assert!(again.poll().is_some());
    });
}

#[test]
fn lck_8_a_cancelled_waiter_leaves_and_the_others_keep_their_order() {
    run(async {
        let (lock, log) = (Shared::new(Lock::new(())), Log::new());
        let held = lock.lock().await;
        let mut children = waiters(&lock, &log, 4).await;
        children.remove(1).stopped().await;
        assert_eq!(lock.waiting_tasks().len(), 3);
        drop(held);
        for child in children {
            child.value().await;
        }
        assert_eq!(log.take(), [0, 2, 3]);
    });
}

#[test]
fn lck_9_cancelled_after_being_chosen_it_passes_the_lock_on() {
    run(async {
        let lock = Lock::new(());
        let held = lock.lock().await;
        let chosen = Hand::waiting(lock.lock());
        let mut next = Hand::waiting(lock.lock());
        drop(held);
        assert_eq!((chosen.wakes(), next.wakes()), (1, 0));
        drop(chosen);
        assert_eq!(next.wakes(), 1);
        assert!(next.poll().is_some());
    });
    // With tasks, and with a request in place of a drop.
    run(async {
        let (lock, log) = (Shared::new(Lock::new(())), Log::new());
        let held = lock.lock().await;
        let mut children = waiters(&lock, &log, 3).await;
        drop(held);
        let chosen = children.remove(0);
        chosen.cancel();
        // Where there are threads it may have had the lock before it was asked.
        let was_late = chosen.end().await.is_ok();
        for child in children {
            child.value().await;
        }
        assert_eq!(log.take(), if was_late { vec![0, 1, 2] } else { vec![1, 2] });
        assert!(!lock.locked());
    });
}

/// Where one at a time may be.
struct Inside(Shared<AtomicBool>);

impl Inside {
    fn enter(inside: Shared<AtomicBool>) -> Inside {
        assert!(!inside.swap(true, SeqCst), "two hold it");
        Inside(inside)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.store(false, SeqCst);
    }
}

#[test]
fn lck_10_cancelling_one_and_releasing_at_once_makes_one_holder() {
    run(async {
        for released_first in [false, true] {
            let lock = Shared::new(Lock::new(()));
            let held = lock.lock().await;
            let log = Log::new();
            let inside = Shared::new(AtomicBool::new(false));
            let mut children = Vec::new();
            for number in 0..3 {
                let (lock, log, inside) = (lock.clone(), log.clone(), inside.clone());
                let child = spawn(async move {
                    let _guard = lock.lock().await;
                    // Leaves ahead of the guard, also where the request comes while it is inside.
                    let _inside = Inside::enter(inside);
                    turn().await;
                    log.add(number);
                });
                children.push(child.waits().await);
            }
            if released_first {
                drop(held);
                children[1].cancel();
            } else {
                children[1].cancel();
                drop(held);
            }
            let mut ended = Vec::new();
            for child in children {
                ended.push(child.end().await.is_ok());
            }
            assert!(ended[0] && ended[2]);
            assert_eq!(log.take().len(), ended.iter().filter(|ok| **ok).count());
            assert!(!lock.locked());
        }
    });
}

#[test]
fn lck_11_a_release_while_the_head_is_being_cancelled_finds_the_next() {
    run(async {
        let (lock, log) = (Shared::new(Lock::new(())), Log::new());
        let held = lock.lock().await;
        let mut children = waiters(&lock, &log, 2).await;
        let head = children.remove(0);
        assert!(head.cancel());
        drop(held);
        assert!(head.end().await.is_err());
        children.remove(0).value().await;
        assert_eq!(log.take(), [1]);
    });
}

#[test]
fn lck_12_the_guard_binds_nothing_but_the_value_and_releases_on_every_exit() {
    run(async {
        let lock = Shared::new(Lock::new(()));
        {
            let guard = lock.lock().await;
            assert_eq!(*guard, ());
            assert!(lock.locked());
        }
        assert!(!lock.locked());
        let raises = {
            let lock = lock.clone();
            spawn(async move {
                let _guard = lock.lock().await;
                panic!("the body raises");
            })
        };
        let end: End<()> = raises.end().await;
        assert!(end.unwrap_err().is_panic());
        assert!(!lock.locked());
    });
}

#[test]
fn lck_14_the_text_says_whether_it_is_locked_and_how_many_wait() {
    run(async {
        let lock = Lock::new(());
        assert_eq!(text(&lock), r#"Lock { state: "unlocked", waiters: 0 }"#);
        let guard = lock.lock().await;
        assert_eq!(text(&lock), r#"Lock { state: "locked", waiters: 0 }"#);
        let _waits = Hand::waiting(lock.lock());
        assert_eq!(text(&lock), r#"Lock { state: "locked", waiters: 1 }"#);
        drop(guard);
    });
}
