//! `Condition`: CND.

use super::*;
use asyncio::WaitKind;

/// A lock and a condition that belong together, and what was noted.
struct Pair {
    lock: Lock<Vec<usize>>,
    condition: Condition,
}

fn pair() -> Shared<Pair> {
    Shared::new(Pair { lock: Lock::new(Vec::new()), condition: Condition::new() })
}

/// Tasks that wait to be notified and note their number; they wait in this order.
async fn waiters(pair: &Shared<Pair>, count: usize) -> Vec<Child<()>> {
    let mut children = Vec::new();
    for number in 0..count {
        let own = pair.clone();
        children.push(spawn(async move {
            let guard = own.lock.lock().await;
            let mut guard = own.condition.wait(guard).await;
            guard.push(number);
        }));
        until(|| pair.condition.waiting_tasks().len() == number + 1).await;
    }
    // The last one has released the lock, too.
    drop(pair.lock.lock().await);
    children
}

#[test]
fn diff_cnd_1_the_lock_stands_beside_and_may_serve_several_conditions() {
    run(async {
        let lock = Lock::new(0);
        let (odd, even) = (Condition::new(), Condition::default());
        let mut waits_odd = Hand::waiting(odd.wait(lock.lock().await));
        let mut waits_even = Hand::waiting(even.wait(lock.lock().await));
        *lock.lock().await += 2;
        even.notify(1);
        assert!(waits_odd.poll().is_none());
        let guard = waits_even.poll().unwrap();
        assert!(lock.locked());
        odd.notify(1);
        assert!(waits_odd.poll().is_none());
        drop(guard);
        assert_eq!(*waits_odd.poll().unwrap(), 2);
    });
}

#[test]
fn cnd_3_wait_releases_the_lock_suspends_and_takes_it_again() {
    run(async {
        let pair = pair();
        let child = waiters(&pair, 1).await.remove(0);
        assert!(!pair.lock.locked());
        assert_eq!(child.task.waits_for().unwrap().kind, WaitKind::Condition);
        {
            let mut guard = pair.lock.lock().await;
            guard.push(7);
            pair.condition.notify(1);
        }
        child.value().await;
        assert_eq!(*pair.lock.lock().await, [7, 0]);
    });
}

#[test]
fn diff_cnd_4_who_notifies_need_not_hold_the_lock() {
    run(async {
        let pair = pair();
        let children = waiters(&pair, 3).await;
        assert!(!pair.lock.locked());
        pair.condition.notify(1);
        pair.condition.notify_all();
        for child in children {
            child.value().await;
        }
    });
}

#[test]
fn cnd_5_notify_wakes_the_n_that_have_waited_longest_and_remembers_nothing() {
    run(async {
        let pair = pair();
        // Nobody is there, and nobody is told later.
        pair.condition.notify(3);
        pair.condition.notify_all();
        let mut children = waiters(&pair, 5).await;
        pair.condition.notify(0);
        assert_eq!(pair.condition.waiting_tasks().len(), 5);

        pair.condition.notify(2);
        for child in children.drain(..2) {
            child.value().await;
        }
        let mut first = pair.lock.lock().await.clone();
        first.sort_unstable();
        assert_eq!(first, [0, 1]);
        assert_eq!(pair.condition.waiting_tasks().len(), 3);

        pair.condition.notify(9);
        for child in children {
            child.value().await;
        }
        assert_eq!(pair.lock.lock().await.len(), 5);
        pair.condition.notify_all();
    });
}

#[test]
fn cnd_6_those_woken_go_on_one_after_the_other_once_the_notifier_has_released_the_lock() {
    run(async {
        let lock = Lock::new(());
        let condition = Condition::new();
        let mut waits = Vec::new();
        for _ in 0..3 {
            waits.push(Hand::waiting(condition.wait(lock.lock().await)));
        }
        let held = lock.lock().await;
        condition.notify_all();
        for wait in &mut waits {
            assert!(wait.poll().is_none());
        }
        drop(held);
        for _ in 0..3 {
            // The first one only, and nobody else while it holds the lock.
            let mut first = waits.remove(0);
            let guard = first.poll().unwrap();
            assert!(waits.iter_mut().all(|wait| wait.poll().is_none()));
            drop(guard);
        }
    });
}

#[test]
fn diff_cnd_7_wait_for_asks_the_predicate_and_gives_the_guard() {
    run(async {
        let pair = pair();
        let own = pair.clone();
        let child = spawn(async move {
            let mut asked = 0;
            let guard = own
                .condition
                .wait_for(own.lock.lock().await, |seen| {
                    asked += 1;
                    seen.len() == 2
                })
                .await;
            let seen = guard.clone();
            drop(guard);
            (seen, asked)
        })
        .waits()
        .await;
        for (number, asked) in [(1, 1), (2, 0)] {
            pair.lock.lock().await.push(number);
            pair.condition.notify_all();
            // It has looked, and waits again.
            until(|| pair.condition.waiting_tasks().len() == asked).await;
            if number == 1 {
                drop(pair.lock.lock().await);
            }
        }
        let (seen, asked) = child.value().await;
        assert_eq!(seen, [1, 2]);
        assert!((2..=3).contains(&asked), "asked {asked} times");
    });
}

#[test]
fn diff_cnd_8_a_predicate_that_holds_keeps_the_lock_that_was_given() {
    run(async {
        let (lock, condition) = (Lock::new(3), Condition::new());
        let guard = at_once(condition.wait_for(at_once(lock.lock()), |value| *value == 3));
        assert!(lock.locked());
        assert!(condition.waiting_tasks().is_empty());
        drop(guard);
    });
}

#[test]
fn diff_cnd_9_a_wait_that_is_cancelled_ends_without_the_lock() {
    run(async {
        let pair = pair();
        let child = waiters(&pair, 1).await.remove(0);
        // asyncio would have it wait for the lock first.
        let held = pair.lock.lock().await;
        child.stopped().await;
        assert!(pair.condition.waiting_tasks().is_empty());
        drop(held);
        assert!(!pair.lock.locked());
    });
}

#[test]
fn diff_cnd_10_a_request_ends_the_wait_for_the_lock_too() {
    run(async {
        let pair = pair();
        let child = waiters(&pair, 1).await.remove(0);
        let held = pair.lock.lock().await;
        pair.condition.notify(1);
        until(|| pair.lock.waiting_tasks().len() == 1).await;
        child.stopped().await;
        assert!(pair.lock.waiting_tasks().is_empty());
        assert_eq!(*held, []);
        drop(held);
        assert!(!pair.lock.locked());
    });
}

#[test]
fn cnd_11_the_request_that_ends_it_keeps_its_message() {
    run(async {
        let pair = pair();
        let children = waiters(&pair, 2).await;
        let held = pair.lock.lock().await;
        pair.condition.notify(1);
        until(|| pair.lock.waiting_tasks().len() == 1).await;
        // One waits for the lock, one to be notified.
        for (number, child) in children.into_iter().enumerate() {
            child.task.cancel_with(format!("number {number}"));
            let error = child.end().await.unwrap_err();
            assert!(error.to_string().ends_with(&format!("number {number}")), "{error}");
        }
        drop(held);
    });
}

#[test]
fn cnd_12_a_notification_of_one_that_is_cancelled_goes_to_another() {
    run(async {
        let (lock, condition) = (Lock::new(()), Condition::new());
        // Cancelled in the queue, after it was notified.
        let chosen = Hand::waiting(condition.wait(lock.lock().await));
        let mut next = Hand::waiting(condition.wait(lock.lock().await));
        condition.notify(1);
        drop(chosen);
        assert!(next.poll().is_some());

        // Cancelled while it waits for the lock.
        let mut chosen = Hand::waiting(condition.wait(lock.lock().await));
        let mut next = Hand::waiting(condition.wait(lock.lock().await));
        let held = lock.lock().await;
        condition.notify(1);
        assert!(chosen.poll().is_none());
        drop(chosen);
        drop(held);
        assert!(next.poll().is_some());
    });
    run(async {
        let pair = pair();
        let mut children = waiters(&pair, 2).await;
        let held = pair.lock.lock().await;
        pair.condition.notify(1);
        until(|| pair.lock.waiting_tasks().len() == 1).await;
        children.remove(0).stopped().await;
        drop(held);
        children.remove(0).value().await;
        assert_eq!(*pair.lock.lock().await, [1]);
    });
}

#[test]
fn diff_cnd_13_cancelling_a_waiter_that_was_not_notified_wakes_nobody() {
    run(async {
        let (lock, condition) = (Lock::new(()), Condition::new());
        let leaves = Hand::waiting(condition.wait(lock.lock().await));
        let stays = Hand::waiting(condition.wait(lock.lock().await));
        drop(leaves);
        assert_eq!(stays.wakes(), 0);
        assert_eq!(condition.waiting_tasks().len(), 1);
    });
}

#[test]
fn diff_cnd_16_the_text_says_how_many_wait_and_the_locks_text_the_rest() {
    run(async {
        let (lock, condition) = (Lock::new(()), Condition::new());
        assert_eq!(text(&condition), "Condition { waiters: 0 }");
        let _waits = Hand::waiting(condition.wait(lock.lock().await));
        assert_eq!(text(&condition), "Condition { waiters: 1 }");
        assert_eq!(text(&lock), r#"Lock { state: "unlocked", waiters: 0 }"#);
    });
}
