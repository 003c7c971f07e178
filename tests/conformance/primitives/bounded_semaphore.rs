//! `BoundedSemaphore`: BSE.

use super::*;

#[test]
fn bse_1_as_a_semaphore_in_everything_else() {
    run(async {
        let semaphore = Shared::new(BoundedSemaphore::new(1));
        assert_eq!(BoundedSemaphore::default().value(), 1);
        let permit = semaphore.acquire().await;
        assert!(semaphore.locked());
        let log = Log::new();
        let mut children = Vec::new();
        for number in 0..3 {
            let (semaphore, log) = (semaphore.clone(), log.clone());
            let child = spawn(async move {
                let _permit = semaphore.acquire().await;
                log.add(number);
            });
            children.push(child.waits().await);
        }
        children.remove(1).stopped().await;
        drop(permit);
        for child in children {
            child.value().await;
        }
        assert_eq!(log.take(), [0, 2]);
        assert_eq!(text(&*semaphore), "BoundedSemaphore { value: 1, waiters: 0 }");
    });
}

#[test]
fn bse_2_one_release_too_many_is_refused_and_changes_nothing() {
    run(async {
        let semaphore = BoundedSemaphore::new(1);
        semaphore.acquire().await.forget();
        semaphore.release();
        for _ in 0..2 {
            let message = panics(|| semaphore.release());
            assert_eq!(message, "BoundedSemaphore released too many times");
            assert_eq!(semaphore.value(), 1);
        }
        // A permit is not one too many where somebody waits for it.
        let permit = semaphore.acquire().await;
        let mut waits = Hand::waiting(semaphore.acquire());
        drop(permit);
        drop(waits.poll().unwrap());
        assert_eq!(semaphore.value(), 1);
    });
}
