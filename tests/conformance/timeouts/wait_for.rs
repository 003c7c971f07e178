//! `wait_for`.

use crate::stage::*;
use asyncio::{
    Condition, Lock, Queue, catch_cancel, context_var, create_future, create_task, current_task,
    wait_for, yield_now,
};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

context_var! {
    static COLOUR: &'static str = "none";
}

#[test]
fn wfr_1_what_ends_in_time_is_what_comes() {
    timed(async {
        assert_eq!(wait_for(after(1, 5), secs(2)).await, Ok(5));
        assert_eq!(wait_for(after(1, Err::<u8, _>("bad")), secs(2)).await, Ok(Err("bad")));
        assert_eq!(wait_for(create_task(after(1, 5)), secs(2)).await.unwrap().unwrap(), 5);
        let panicked = create_task(async { wait_for(panics::<u8>("boom"), secs(2)).await });
        assert!(panicked.await.unwrap_err().is_panic());
        assert_eq!(second(), 3);
    });
}

#[test]
fn wfr_2_without_a_limit() {
    timed(async {
        assert_eq!(wait_for(after(1_000_000, 5), None).await, Ok(5));
    });
}

#[test]
fn wfr_3_cancelled_and_waited_for_and_then_the_error() {
    let trace = played(async {
        let work = watched("work", job("work", 2, pending()));
        say!("{}", wait_for(work, secs(1)).await.map(|_| ()).show());
        say!("{}", wait_for(job("inline", 2, pending()), secs(1)).await.show());
    });
    assert_eq!(
        trace,
        "1:work+ · 3:work- · 3:work=Cancelled · 3:TimeoutError · 4:inline+ · 6:inline- · 6:TimeoutError"
    );
}

#[test]
fn wfr_5_a_value_in_spite_of_the_request_is_given() {
    timed(async {
        assert_eq!(wait_for(stubborn(1, 7), secs(1)).await, Ok(7));
        assert_eq!(wait_for(create_task(stubborn(1, 7)), secs(1)).await.unwrap().unwrap(), 7);
        assert_eq!(second(), 4);
        assert_eq!(count(), 0);
    });
}

#[test]
fn wfr_6_another_failure_in_answer_to_the_request_is_given() {
    timed(async {
        let failing = stubborn(0, Err::<u8, _>("bad"));
        assert_eq!(wait_for(failing, secs(1)).await, Ok(Err("bad")));
        let panicking = create_task(async {
            stubborn(0, ()).await;
            panics::<u8>("boom").await
        });
        assert!(wait_for(panicking, secs(1)).await.unwrap().unwrap_err().is_panic());
    });
}

#[test]
fn wfr_7_no_time_and_done_already() {
    timed(async {
        let done = create_task(async { 1 });
        let failed = create_task(async { Err::<u8, _>("bad") });
        yield_now().await;
        assert_eq!(wait_for(done, secs(0)).await.unwrap().unwrap(), 1);
        assert_eq!(wait_for(failed, secs(0)).await.unwrap().unwrap(), Err("bad"));
        let set = create_future();
        set.set_result(3).unwrap();
        assert_eq!(wait_for(set, secs(0)).await.unwrap().unwrap(), 3);
    });
}

#[test]
fn wfr_8_no_time_and_a_future_never_starts() {
    timed(async {
        let ran = Cell::new(false);
        assert!(wait_for(async { ran.set(true) }, secs(0)).await.is_err());
        assert!(!ran.get());
    });
}

#[test]
fn wfr_9_no_time_and_a_task_is_cancelled_and_waited_for() {
    let trace = played(async {
        let slow = watched("slow", job("slow", 1, pending()));
        yield_now().await;
        say!("{}", wait_for(slow, secs(0)).await.map(|_| ()).show());
    });
    assert_eq!(trace, "0:slow+ · 1:slow- · 1:slow=Cancelled · 1:TimeoutError");
}

#[test]
fn wfr_10_no_time_and_a_task_that_swallows_the_request() {
    timed(async {
        let keeps = create_task(stubborn(1, 7));
        yield_now().await;
        assert_eq!(wait_for(keeps, secs(0)).await.unwrap().unwrap(), 7);
    });
}

#[test]
fn wfr_11_a_request_is_passed_on_and_the_answer_waited_for() {
    let trace = played(async {
        cancelled_at(&[1], async {
            let work = watched("work", job("work", 3, pending()));
            let _ = wait_for(work, secs(9)).await;
            say!("not here")
        })
        .await;
        cancelled_at(&[5], async {
            let _ = wait_for(job("inline", 3, pending()), secs(9)).await;
            say!("not here")
        })
        .await;
    });
    assert_eq!(
        trace,
        "1:work+ · 4:work- · 4:work=Cancelled · 4:t=Cancelled · 5:inline+ · 8:inline- · 8:t=Cancelled"
    );
}

#[test]
fn wfr_12_a_request_that_was_swallowed_inside_does_not_reach_the_caller() {
    let trace = played(cancelled_at(&[1], async {
        let kept = wait_for(create_task(stubborn(1, 7)), secs(9)).await;
        say!("{} {}", kept.unwrap().unwrap(), count());
        sleep(1).await;
        say!("went on");
    }));
    assert_eq!(trace, "2:7 1 · 3:went on · 3:t=ok");
}

#[test]
fn wfr_13_done_and_cancelled_in_one_turn_is_cancelled() {
    timed(async {
        let work = create_future::<u8>();
        let setter = work.clone();
        let caller = create_task(async move { wait_for(work, secs(9)).await.unwrap().unwrap() });
        sleep(1).await;
        setter.set_result(5).unwrap();
        caller.cancel();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(setter.await.unwrap(), 5);
    });
}

#[test]
fn wfr_14_a_result_just_before_the_end_of_the_time() {
    timed(async {
        let close = std::time::Duration::from_nanos(999_999_000);
        let work = async {
            asyncio::sleep(close).await;
            5
        };
        assert_eq!(wait_for(work, secs(1)).await, Ok(5));
        let work = create_future::<u8>();
        let setter = work.clone();
        asyncio::get_running_loop().call_later(close, move || setter.set_result(6).unwrap());
        assert_eq!(wait_for(work, secs(1)).await.unwrap().unwrap(), 6);
    });
}

#[test]
fn wfr_15_what_was_cancelled_before_says_so() {
    timed(async {
        let cancelled = create_future::<u8>();
        cancelled.cancel();
        let error = wait_for(cancelled, secs(1)).await.expect("no timeout").unwrap_err();
        assert!(error.is_cancelled());
        let task = create_task(never::<u8>());
        task.cancel();
        assert!(wait_for(task, secs(1)).await.expect("no timeout").unwrap_err().is_cancelled());
        assert_eq!((second(), count()), (0, 0));
    });
}

#[test]
fn wfr_16_a_future_runs_in_the_task_that_waits() {
    timed(async {
        let me = current_task();
        let inside = wait_for(
            async {
                COLOUR.set("red");
                yield_now().await;
                current_task()
            },
            secs(1),
        );
        assert_eq!(inside.await.unwrap(), me);
        assert_eq!(COLOUR.get(), "red");
    });
}

#[test]
fn wfr_17_queues_and_conditions_stay_whole() {
    timed(async {
        let queue = Rc::new(Queue::<u8>::new(1));
        assert!(wait_for(queue.get(), secs(1)).await.is_err());
        queue.put_nowait(1).unwrap();
        assert!(wait_for(queue.put(2), secs(1)).await.is_err());
        assert_eq!((queue.qsize(), queue.get().await.unwrap()), (1, 1));
        assert!(queue.get_nowait().is_err());

        let lock = Arc::new(Lock::new(0));
        let condition = Condition::new();
        let late = wait_for(
            async {
                let guard = lock.lock().await;
                drop(catch_cancel(condition.wait(guard)).await.map_err(|token| token.swallow()));
            },
            secs(1),
        );
        let _ = late.await;
        assert!(lock.try_lock().is_some());
        condition.notify_all();
    });
}
