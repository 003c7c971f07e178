//! `Semaphore`: SEM.

use super::*;

async fn waiters(semaphore: &Shared<Semaphore>, log: &Log<usize>, count: usize) -> Vec<Child<()>> {
    let mut children = Vec::new();
    for number in 0..count {
        let (semaphore, log) = (semaphore.clone(), log.clone());
        let child = spawn(async move {
            let permit = semaphore.acquire().await;
            log.add(number);
            permit.forget();
        });
        children.push(child.waits().await);
    }
    children
}

#[test]
fn sem_1_zero_permits_are_allowed_and_make_it_locked() {
    run(async {
        let none = Semaphore::new(0);
        assert!(none.locked());
        assert_eq!(none.value(), 0);
        Hand::waiting(none.acquire());
        let one = Semaphore::default();
        assert!(!one.locked());
        assert_eq!(one.value(), 1);
        // What is less than zero there is too much here, and refused.
        assert_eq!(panics(|| Semaphore::new(usize::MAX)), "too many permits");
    });
}

#[test]
fn sem_2_acquire_takes_a_permit_and_waits_where_there_is_none() {
    run(async {
        let semaphore = Semaphore::new(2);
        let first = semaphore.acquire().await;
        assert_eq!(semaphore.value(), 1);
        let second = semaphore.acquire().await;
        assert!(semaphore.locked());
        assert!(semaphore.try_acquire().is_none());
        let mut third = Hand::waiting(semaphore.acquire());
        drop(first);
        let third = third.poll().unwrap();
        assert_eq!(semaphore.value(), 0);
        drop((second, third));
        assert_eq!(semaphore.value(), 2);
    });
}

#[test]
fn sem_3_who_waited_first_is_first_also_against_one_that_acquires_again_and_again() {
    run(async {
        let (semaphore, log) = (Shared::new(Semaphore::new(1)), Log::new());
        let held = semaphore.acquire().await;
        let mut children = Vec::new();
        for number in 0..3 {
            let (semaphore, log) = (semaphore.clone(), log.clone());
            let child = spawn(async move {
                for _ in 0..3 {
                    let _permit = semaphore.acquire().await;
                    log.add(number);
                    // The others are in line again before the next is let in.
                    until(|| semaphore.waiting_tasks().len() == 2 || log.len() > 6).await;
                }
            });
            children.push(child.waits().await);
        }
        drop(held);
        for child in children {
            child.value().await;
        }
        assert_eq!(log.take(), [0, 1, 2, 0, 1, 2, 0, 1, 2]);
    });
}

#[test]
fn sem_4_a_release_hands_the_permit_to_who_waited_longest() {
    run(async {
        let semaphore = Semaphore::new(0);
        let mut waits = [(); 2].map(|()| Hand::waiting(semaphore.acquire()));
        semaphore.release();
        semaphore.release();
        assert_eq!((semaphore.value(), semaphore.locked()), (0, true));
        assert!(semaphore.try_acquire().is_none());
        assert!(waits.iter_mut().all(|wait| wait.poll().map(|permit| permit.forget()).is_some()));
        assert_eq!(semaphore.value(), 0);
    });
}

#[test]
fn sem_5_locked_with_no_permit_and_while_anybody_waits() {
    run(async {
        let semaphore = Semaphore::new(1);
        assert!(!semaphore.locked());
        let permit = semaphore.acquire().await;
        assert!(semaphore.locked());
        let mut first = Hand::waiting(semaphore.acquire());
        let second = Hand::waiting(semaphore.acquire());
        drop(permit);
        assert!(semaphore.locked());
        let permit = first.poll().unwrap();
        assert!(semaphore.locked());
        drop(second);
        drop(permit);
        assert!(!semaphore.locked());
    });
}

#[test]
fn diff_sem_6_a_newcomer_queues_behind_those_who_wait_not_behind_those_who_were_served() {
    run(async {
        let semaphore = Semaphore::new(0);
        let mut first = Hand::waiting(semaphore.acquire());
        let mut second = Hand::waiting(semaphore.acquire());
        semaphore.release();
        // One waits still, so the newcomer is third.
        let mut newcomer = Hand::waiting(semaphore.acquire());
        semaphore.release();
        assert_eq!((second.wakes(), newcomer.wakes()), (1, 0));
        semaphore.release();
        assert_eq!(newcomer.wakes(), 1);
        // All are served and none has run. A permit that is left is free for anybody, where asyncio
        // would have the next one wait until they have run.
        semaphore.release();
        at_once(semaphore.acquire()).forget();
        for hand in [&mut first, &mut second, &mut newcomer] {
            hand.poll().unwrap().forget();
        }
        assert_eq!(semaphore.value(), 0);
    });
}

#[test]
fn sem_7_releases_beyond_the_first_number_are_allowed() {
    run(async {
        let semaphore = Semaphore::new(1);
        semaphore.release();
        semaphore.release();
        assert_eq!(semaphore.value(), 3);
        for _ in 0..3 {
            at_once(semaphore.acquire()).forget();
        }
        assert!(semaphore.locked());
    });
}

#[test]
fn sem_8_cancelled_waiters_are_skipped() {
    run(async {
        let (semaphore, log) = (Shared::new(Semaphore::new(0)), Log::new());
        let mut children = waiters(&semaphore, &log, 3).await;
        let last = children.pop().unwrap();
        for child in children {
            child.stopped().await;
        }
        semaphore.release();
        last.value().await;
        assert_eq!(log.take(), [2]);
        assert_eq!(semaphore.value(), 0);
    });
}

#[test]
fn sem_9_a_permit_handed_to_one_that_is_cancelled_goes_to_the_next() {
    run(async {
        let semaphore = Semaphore::new(0);
        let chosen = Hand::waiting(semaphore.acquire());
        let mut next = Hand::waiting(semaphore.acquire());
        semaphore.release();
        drop(chosen);
        assert_eq!(next.wakes(), 1);
        next.poll().unwrap().forget();
        assert_eq!(semaphore.value(), 0);

        // With nobody behind it, it is free.
        let chosen = Hand::waiting(semaphore.acquire());
        semaphore.release();
        drop(chosen);
        assert_eq!(semaphore.value(), 1);
    });
    run(async {
        let (semaphore, log) = (Shared::new(Semaphore::new(0)), Log::new());
        let mut children = waiters(&semaphore, &log, 2).await;
        semaphore.release();
        let chosen = children.remove(0);
        chosen.cancel();
        let was_late = chosen.end().await.is_ok();
        if was_late {
            semaphore.release();
        }
        children.remove(0).value().await;
        assert_eq!(log.take().last(), Some(&1));
        assert_eq!(semaphore.value(), 0);
    });
}

#[test]
fn sem_10_as_many_go_on_as_there_are_permits_in_order() {
    run(async {
        let semaphore = Semaphore::new(0);
        let mut waits = [(); 4].map(|()| Hand::waiting(semaphore.acquire()));
        for _ in 0..3 {
            semaphore.release();
        }
        assert_eq!(waits.each_ref().map(Hand::wakes), [1, 1, 1, 0]);
        for wait in &mut waits[..3] {
            wait.poll().unwrap().forget();
        }
        assert!(waits[3].poll().is_none());
    });
}

#[test]
fn sem_11_it_can_be_acquired_after_a_waiter_was_cancelled() {
    run(async {
        let (semaphore, log) = (Shared::new(Semaphore::new(1)), Log::new());
        let permit = semaphore.acquire().await;
        for child in waiters(&semaphore, &log, 2).await {
            child.stopped().await;
        }
        drop(permit);
        assert!(!semaphore.locked());
        drop(at_once(semaphore.acquire()));
    });
}

#[test]
fn sem_12_a_free_permit_is_taken_without_suspending() {
    run(async {
        let semaphore = Semaphore::new(3);
        let permits = [(); 3].map(|()| at_once(semaphore.acquire()));
        assert!(semaphore.locked());
        drop(permits);
        assert_eq!(semaphore.value(), 3);
    });
}

#[test]
fn sem_13_a_permit_is_released_on_every_exit() {
    run(async {
        let semaphore = Shared::new(Semaphore::new(1));
        {
            let _permit = semaphore.acquire().await;
            assert!(semaphore.locked());
        }
        assert!(!semaphore.locked());
        let raises = {
            let semaphore = semaphore.clone();
            spawn(async move {
                let _permit = semaphore.acquire().await;
                panic!("the body raises");
            })
        };
        let end: End<()> = raises.end().await;
        assert!(end.unwrap_err().is_panic());
        assert!(!semaphore.locked());
    });
}

#[test]
fn sem_14_the_text_says_how_many_are_free_and_how_many_wait() {
    run(async {
        let semaphore = Semaphore::new(2);
        assert_eq!(text(&semaphore), "Semaphore { value: 2, waiters: 0 }");
        let _permits = [semaphore.acquire().await, semaphore.acquire().await];
        let _waits = Hand::waiting(semaphore.acquire());
        assert_eq!(text(&semaphore), "Semaphore { value: 0, waiters: 1 }");
    });
}
