//! What is about a loop of ours, or its time: the rest of the primitives' behaviours is in `worlds`.

use asyncio::sync::confined::{Condition, Confinement, Lock};
use asyncio::{EventLoop, WaitKind, create_task, run_virtual, timeout, wait_for, yield_now};
use std::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

macro_rules! in_both_confinements {
    ($($name:ident,)*) => {
        mod thread_safe {
            $(#[test] fn $name() { super::$name::<asyncio::sync::confined::ThreadSafe>() })*
        }
        mod local {
            $(#[test] fn $name() { super::$name::<asyncio::sync::confined::LoopLocal>() })*
        }
    };
}

in_both_confinements! {
    diff_cnd_14_a_wait_that_timed_out_leaves_the_lock_free,
}

fn diff_cnd_14_a_wait_that_timed_out_leaves_the_lock_free<R: Confinement>() {
    run_virtual(async {
        let (lock, condition) = (Lock::<_, R>::new(0), Condition::<R>::new());
        let guard = lock.lock().await;
        assert!(wait_for(condition.wait(guard), SECOND).await.is_err());
        assert!(!lock.locked());
        // Whoever needs it afterwards takes it again, as the first statement after the timeout.
        let guard = lock.lock().await;
        let late = timeout(SECOND, async |_| *condition.wait_for(guard, |value| *value != 0).await);
        assert!(late.await.is_err());
        assert!(!lock.locked());
        assert!(condition.waiting_tasks().is_empty());
    });
}

#[test]
fn diff_cnd_15_a_lock_and_a_condition_serve_several_loops_at_once() {
    let shared = Arc::new((asyncio::Lock::new(false), asyncio::Condition::new()));
    let theirs = shared.clone();
    let other = std::thread::spawn(move || {
        asyncio::run(async {
            let (lock, condition) = &*theirs;
            *condition.wait_for(lock.lock().await, |done| *done).await
        })
    });
    let mut own = EventLoop::new().unwrap();
    let value = own.run_until_complete(async move {
        let (lock, condition) = &*shared;
        let waits = create_task({
            let shared = shared.clone();
            async move {
                let (lock, condition) = &*shared;
                *condition.wait_for(lock.lock().await, |done| *done).await
            }
        });
        while waits.task_ref().waits_for().is_none_or(|wait| wait.kind != WaitKind::Condition) {
            yield_now().await;
        }
        *lock.lock().await = true;
        condition.notify_all();
        waits.await.unwrap()
    });
    assert!(value.unwrap());
    assert!(other.join().unwrap());
}
