//! `as_completed`.

use crate::sleeping::{hand_turned, settle};
use crate::stage::*;
use asyncio::local::Lock;
use asyncio::{
    Task, as_completed, as_completed_tasks, catch_cancel, create_task, current_task, yield_now,
};
use futures_lite::future::block_on;
use futures_lite::{StreamExt, future};
use std::cell::Cell;
use std::rc::Rc;

#[test]
fn diff_asc_2_futures_need_no_loop() {
    block_on(async {
        let mut done = as_completed([1, 2].map(|n| async move { n }));
        assert_eq!(
            (done.next().await, done.next().await, done.next().await),
            (Some(1), Some(2), None)
        );
    });
}

#[test]
fn diff_asc_3_futures_stay_futures_and_run_while_they_are_waited_for() {
    timed(async {
        let began = Cell::new(0);
        let mut done = as_completed([1, 2].map(|n| {
            let began = &began;
            async move {
                began.set(began.get() + 1);
                (n, current_task())
            }
        }));
        sleep(1).await;
        assert_eq!(began.get(), 0);
        let (_, inside) = done.next().await.unwrap();
        assert_eq!(inside, current_task());
    });
}

#[test]
fn asc_4_a_stream_of_the_tasks_in_the_order_in_which_they_end() {
    timed(async {
        let tasks = [3, 1, 2].map(|n| Task::builder().name(format!("task {n}")).spawn(after(n, n)));
        let ids = [tasks[1].id(), tasks[2].id(), tasks[0].id()];
        let order: Vec<_> = as_completed_tasks(tasks)
            .map(|finished| {
                assert!(finished.task.done());
                assert_eq!(finished.result.unwrap(), second());
                finished.task.id()
            })
            .collect()
            .await;
        assert_eq!(order, ids);
    });
}

#[test]
fn asc_5_the_kth_wait_gives_the_kth_to_end() {
    timed(async {
        let mut done =
            as_completed([3, 1, 2].map(|n| after(n, if n == 2 { Err("bad") } else { Ok(n) })));
        assert_eq!(done.left(), 3);
        assert_eq!((done.next().await, second()), (Some(Ok(1)), 1));
        assert_eq!((done.next().await, second()), (Some(Err("bad")), 2));
        assert_eq!((done.next().await, second()), (Some(Ok(3)), 3));
        assert_eq!(done.next().await, None);
    });
}

#[test]
fn diff_asc_6_several_who_wait_take_turns() {
    timed(async {
        let done = Rc::new(Lock::new(as_completed([3, 1, 2].map(|n| create_task(after(n, n))))));
        let readers = [0, 1, 2].map(|_| {
            let done = done.clone();
            create_task(async move { done.lock().await.next().await.unwrap().unwrap() })
        });
        let mut got = Vec::new();
        for reader in readers {
            got.push(reader.await.unwrap());
        }
        assert_eq!((got, second()), (vec![1, 2, 3], 3));
    });
}

#[test]
fn diff_asc_7_each_reader_of_a_task_is_told() {
    timed(async {
        let task = create_task(after(1, 7)).shared();
        let done: Vec<_> = as_completed([task.clone(), task]).map(Result::unwrap).collect().await;
        assert_eq!(done, [7, 7]);
    });
}

#[test]
fn asc_8_nothing_comes_of_nothing() {
    let mut event_loop = hand_turned();
    let task = event_loop.create_task(async {
        let mut done = as_completed(Vec::<Task<()>>::new()).timeout(secs(60));
        assert!(done.next().await.is_none());
        drop(create_task(async move {
            pending().await;
            drop(done)
        }));
    });
    settle(&mut event_loop);
    assert!(task.done());
    assert_eq!(event_loop.next_deadline(), None);
}

#[test]
fn asc_9_a_broken_off_loop_can_be_taken_up() {
    timed(async {
        let mut done = as_completed([1, 2, 3].map(|n| create_task(after(n, n))));
        while let Some(n) = done.next().await {
            if n.unwrap() == 1 {
                break;
            }
        }
        sleep(5).await;
        let rest: Vec<_> = done.map(Result::unwrap).collect().await;
        assert_eq!(rest, [2, 3]);
    });
}

#[test]
fn asc_10_what_does_not_come_in_time_is_an_error_each() {
    timed(async {
        let mut done = as_completed([1, 8, 9].map(|n| create_task(after(n, n)))).timeout(secs(2));
        assert_eq!(done.next().await.unwrap().unwrap().unwrap(), 1);
        assert!(done.next().await.unwrap().is_err());
        assert_eq!((second(), done.left()), (2, 1));
        assert!(done.next().await.unwrap().is_err());
        assert!(done.next().await.is_none());
    });
}

#[test]
fn asc_11_what_is_done_comes_before_the_end_of_the_time() {
    timed(async {
        let mut done = as_completed([1, 2, 9].map(|n| create_task(after(n, n)))).timeout(secs(2));
        sleep(5).await;
        let mut told = Vec::new();
        while let Some(next) = done.next().await {
            told.push(next.map(Result::unwrap).ok());
        }
        assert_eq!((told, second()), (vec![Some(1), Some(2), None], 5));
    });
}

#[test]
fn asc_12_the_late_are_left_alone() {
    timed(async {
        let slow = create_task(after(5, 5));
        let slow_ref = slow.task_ref();
        let mut done = as_completed([slow]).timeout(secs(1));
        assert!(done.next().await.unwrap().is_err());
        assert_eq!((slow_ref.done(), slow_ref.cancelling()), (false, 0));
        assert_eq!(done.into_inner().next().await.unwrap().unwrap(), 5);
        assert_eq!(second(), 5);
    });
}

#[test]
fn asc_13_all_in_time_and_the_timer_is_gone() {
    let mut event_loop = hand_turned();
    let task = event_loop.create_task(async {
        let mut done = as_completed([1, 2].map(|n| async move {
            yield_now().await;
            n
        }))
        .timeout(secs(60));
        assert!(done.next().await.unwrap().is_ok());
        assert!(done.next().await.unwrap().is_ok());
        drop(create_task(async move {
            pending().await;
            drop(done)
        }));
    });
    settle(&mut event_loop);
    assert!(task.done());
    assert_eq!(event_loop.next_deadline(), None);
}

#[test]
fn asc_14_a_cancelled_one_is_told_like_the_others() {
    timed(async {
        let victim = create_task(never::<u64>());
        ask_at(1, victim.task_ref());
        let mut done = as_completed_tasks([create_task(after(2, 2)), victim]);
        let first = done.next().await.unwrap();
        assert!(first.task.done() && first.result.unwrap_err().is_cancelled());
        assert_eq!(done.next().await.unwrap().result.unwrap(), 2);
    });
}

#[test]
fn diff_asc_15_a_consumer_that_was_interrupted_loses_nothing() {
    timed(async {
        let consumer = create_task(async {
            let mut done = as_completed([2, 3].map(|n| create_task(after(n, n))));
            let interrupted = catch_cancel(done.next()).await;
            interrupted.unwrap_err().swallow();
            let rest: Vec<_> = done.map(Result::unwrap).collect().await;
            assert_eq!(rest, [2, 3]);
        });
        ask_at(1, consumer.task_ref());
        consumer.await.unwrap();
        // And one that lost a race.
        let mut done = as_completed([create_task(after(2, 5))]);
        future::or(async { drop(done.next().await) }, async { sleep(1).await }).await;
        assert_eq!(done.next().await.unwrap().unwrap(), 5);
    });
}
