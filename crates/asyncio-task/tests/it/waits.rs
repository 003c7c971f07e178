//! `sleep`, `wait`, `as_completed`, `shield`, `timeout`, `wait_for`: asyncio's `SLP`, `WAI`, `ASC`,
//! `SHD`, `TMO`, `WFR`.

use crate::world::*;
use asyncio_context::WaitKind;
use asyncio_executor::create_task;
use asyncio_task::{
    ReturnWhen, as_completed, catch_cancel, current_task, shield, timeout_at, wait, wait_for,
    yield_now,
};
use futures_lite::StreamExt;
use std::cell::RefCell;
use std::rc::Rc;

async fn after<T>(seconds: u64, value: T) -> T {
    sleep(seconds).await;
    value
}

#[test]
fn slp_2_zero_lets_everything_ready_run_once() {
    run_virtual(async {
        let order = Rc::new(RefCell::new(Vec::new()));
        for n in 0..3 {
            let order = order.clone();
            drop(create_task(async move { order.borrow_mut().push(n) }));
        }
        sleep(0).await;
        assert_eq!(*order.borrow(), [0, 1, 2]);
        assert_eq!(now(), 0);
    });
}

#[test]
fn slp_7_in_the_order_of_the_deadlines() {
    run_virtual(async {
        let mut done = as_completed([3, 1, 2].map(|n| after(n, n)));
        let mut order = Vec::new();
        while let Some(n) = done.next().await {
            order.push((n, now()));
        }
        assert_eq!(order, [(1, 1), (2, 2), (3, 3)]);
    });
}

#[test]
fn wai_1_and_8_first_completed_gives_the_others_back() {
    run_virtual(async {
        let tasks = [1, 2, 3].map(|n| create_task(after(n, n)));
        let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
        assert_eq!((done.len(), pending.len(), now()), (1, 2, 1));
        assert_eq!(*done[0].result.as_ref().unwrap(), 1);
        assert!(done[0].task.done());
        let (done, pending) = wait(pending, ReturnWhen::AllCompleted).await;
        assert_eq!((done.len(), pending.len(), now()), (2, 0, 3));
    });
}

#[test]
fn wai_2_nothing_to_wait_for() {
    run_virtual(async {
        let (done, pending) =
            wait(Vec::<asyncio_executor::Task<()>>::new(), ReturnWhen::default()).await;
        assert!(done.is_empty() && pending.is_empty());
    });
}

#[test]
fn wai_9_and_10_first_exception() {
    run_virtual(async {
        let cancelled = create_task(never::<Result<u8, &str>>());
        cancelled.cancel();
        let tasks = vec![
            cancelled,
            create_task(after(1, Ok(1))),
            create_task(after(2, Err("failed"))),
            create_task(never()),
        ];
        let (done, pending) = wait(tasks, ReturnWhen::FirstException).errors_count().await;
        assert_eq!((done.len(), pending.len(), now()), (3, 1, 2));

        let panics = || async {
            if n() == 0 {
                panic!("boom")
            }
        };
        let tasks = vec![create_task(async move { panics().await }), create_task(never())];
        let (done, pending) = wait(tasks, ReturnWhen::FirstException).await;
        assert!(done[0].result.as_ref().unwrap_err().is_panic());
        assert_eq!(pending.len(), 1);
    });
}

#[test]
fn wai_11_a_limit_of_time() {
    run_virtual(async {
        let tasks = [1, 5].map(|n| create_task(after(n, n)));
        let (done, pending) = wait(tasks, ReturnWhen::AllCompleted).timeout(secs(2)).await;
        assert_eq!((done.len(), pending.len(), now()), (1, 1, 2));
        assert_eq!(pending[0].cancelling(), 0);
        let (done, pending) = wait(pending, ReturnWhen::AllCompleted).timeout(secs(0)).await;
        assert_eq!((done.len(), pending.len(), now()), (0, 1, 2));
    });
}

#[test]
fn wai_12_a_request_interrupts_the_waiting_alone() {
    let trace = run(|| {
        let mut i = watched("i", after(3, ()));
        cancelled_at(&[1], async move {
            let caught = catch_cancel(wait([&mut i], ReturnWhen::AllCompleted)).await;
            if let Err(c) = caught {
                c.swallow()
            }
            say!("interrupted {}", i.done());
            i.await.unwrap();
        })
    });
    assert_eq!(trace, "1:interrupted false · 3:i=ok · 3:t=ok");
}

#[test]
fn wai_13_those_that_end_together_are_told_together() {
    run_virtual(async {
        let tasks = [1, 1, 2].map(|n| create_task(after(n, n)));
        let (done, pending) = wait(tasks, ReturnWhen::FirstCompleted).await;
        assert_eq!((done.len(), pending.len()), (2, 1));
    });
}

#[test]
fn wai_14_it_suspends_at_least_once() {
    run_virtual(async {
        let task = create_task(async {});
        yield_now().await;
        assert!(task.done());
        let other = create_task(async {});
        let (done, _) = wait([task], ReturnWhen::AllCompleted).await;
        assert_eq!(done.len(), 1);
        assert!(other.done());
    });
}

#[test]
fn asc_4_and_9_a_stream_that_can_be_taken_up_again() {
    run_virtual(async {
        let tasks = [2, 1, 3].map(|n| create_task(after(n, n)));
        let mut done = as_completed(tasks);
        assert_eq!(done.left(), 3);
        assert_eq!(StreamExt::next(&mut done).await.unwrap().unwrap(), 1);
        let rest: Vec<_> = done.map(Result::unwrap).collect().await;
        assert_eq!(rest, [2, 3]);
    });
}

#[test]
fn asc_10_and_12_a_limit_of_time_around_the_loop() {
    run_virtual(async {
        let task = create_task(after(5, ()));
        let other = task.task_ref();
        let mut seen = 0;
        let r = timeout(2, async |_| {
            let mut done = as_completed([create_task(after(1, ())), task]);
            while done.next().await.is_some() {
                seen += 1;
            }
        })
        .await;
        assert!(r.is_err());
        assert_eq!((seen, other.done(), other.cancelling()), (1, false, 0));
    });
}

/// Nothing is lost when the wait for the next one is given up (asyncio loses one: ASC-15).
#[test]
fn asc_15_a_given_up_wait_loses_nothing() {
    run_virtual(async {
        let mut done = as_completed([after(2, 'a'), after(3, 'b')]);
        assert!(wait_for(done.next(), secs(1)).await.is_err());
        sleep(9).await;
        assert_eq!(done.next().await, Some('a'));
        assert_eq!(done.next().await, Some('b'));
        assert_eq!(done.next().await, None);
    });
}

#[test]
fn shd_4_and_10_shield_inside_wait_for_and_cancelled_by_others() {
    let trace = run(|| {
        plain(async {
            let work = watched("work", after(3, ()));
            let other = work.task_ref();
            let r = wait_for(shield(work), secs(1)).await;
            say!("{} {}", r.is_err(), other.cancelling());

            let victim = create_task(pending());
            victim.cancel();
            say!("{}", shield(victim).await.show());
        });
    });
    assert_eq!(trace, "1:true 0 · 1:Cancelled · 1:t=ok · 3:work=ok");
}

#[test]
fn tmo_4_and_5_no_limit_and_a_body_in_time() {
    run_virtual(async {
        let mut kept = None;
        let r = asyncio_task::timeout(None, async |t| {
            kept = Some(t.clone());
            after(9, t.when()).await
        })
        .await;
        assert_eq!(r, Ok(None));
        assert!(!kept.unwrap().expired());

        let mut kept = None;
        timeout(5, async |t| kept = Some(t)).await.unwrap();
        let t = kept.unwrap();
        assert_eq!((t.when(), t.expired()), (Some(at(14)), false));
        assert!(!t.reschedule(secs(1)), "TMC-4: finished");
        sleep(9).await;
        assert!(!t.expired());
    });
}

#[test]
fn tmo_8_the_delay_counts_from_the_call() {
    run_virtual(async {
        let late = timeout(2, async |_| sleep(9).await);
        sleep(1).await;
        assert!(late.await.is_err());
        assert_eq!(now(), 2);
    });
}

#[test]
fn tmo_19_and_20_one_after_the_other_leaves_no_trace() {
    run_virtual(async {
        for round in 1..4 {
            let r = timeout(1, async |_| pending().await).await;
            assert!(r.is_err());
            assert_eq!((now(), current_task().cancelling()), (round, 0));
        }
        yield_now().await;
    });
}

#[test]
fn tma_3_a_deadline_in_the_past() {
    run_virtual(async {
        sleep(5).await;
        assert!(timeout_at(at(1), async |_| sleep(0).await).await.is_err());
        assert_eq!(timeout_at(at(1), async |_| 1).await, Ok(1));
        assert_eq!(now(), 5);
    });
}

#[test]
fn tmc_1_and_2_and_4_moved_from_elsewhere() {
    run_virtual(async {
        let slot = Rc::new(RefCell::new(None));
        let mover = create_task({
            let slot = slot.clone();
            async move {
                sleep(1).await;
                let t: asyncio_task::Deadline = slot.take().unwrap();
                assert!(t.reschedule(secs(1)));
                assert_eq!(t.when(), Some(at(2)));
                sleep(2).await;
                assert!(t.expired() && !t.reschedule_at(None), "TMC-4: expired");
            }
        });
        let r = timeout(60, async |t| {
            slot.replace(Some(t));
            pending().await
        })
        .await;
        assert!(r.is_err());
        assert_eq!(now(), 2);
        mover.await.unwrap();

        // To the past: the next turn. To never: no limit.
        let r = timeout(60, async |t| {
            yield_now().await;
            t.reschedule_at(at(0));
            pending().await
        });
        assert!(r.await.is_err());
        let r = timeout(1, async |t| {
            yield_now().await;
            t.reschedule(None);
            sleep(9).await
        });
        assert!(r.await.is_ok());
    });
}

#[test]
fn wfr_1_and_2_in_time_and_without_a_limit() {
    run_virtual(async {
        assert_eq!(wait_for(after(1, 5), secs(2)).await, Ok(5));
        assert_eq!(wait_for(after(9, 5), None).await, Ok(5));
        assert_eq!(wait_for(create_task(after(1, 5)), secs(2)).await.unwrap().unwrap(), 5);
    });
}

#[test]
fn wfr_7_and_9_and_10_zero_and_a_task() {
    let trace = run(|| {
        plain(async {
            let done = create_task(async { 1 });
            yield_now().await;
            say!("{}", wait_for(done, secs(0)).await.unwrap().unwrap());

            let slow = watched("slow", job("slow", 1, pending()));
            yield_now().await;
            say!("{}", wait_for(slow, secs(0)).await.is_err());

            let keeps = create_task(async {
                match catch_cancel(pending()).await {
                    Err(c) => {
                        c.swallow();
                        7
                    }
                    Ok(()) => 0,
                }
            });
            yield_now().await;
            say!("{}", wait_for(keeps, secs(0)).await.unwrap().unwrap());
        });
    });
    assert_eq!(trace, "0:1 · 0:slow+ · 1:slow- · 1:slow=Cancelled · 1:true · 1:7 · 1:t=ok");
}

#[test]
fn wfr_11_and_12_a_request_is_passed_on() {
    let trace = run(|| {
        cancelled_at(&[1], async {
            let _ = wait_for(job("i", 3, pending()), secs(9)).await;
            say!("not here")
        })
    });
    assert_eq!(trace, "1:i+ · 4:i- · 4:t=Cancelled");
}

#[test]
fn wfr_16_a_future_runs_inline() {
    run_virtual(async {
        let me = current_task();
        let inside = wait_for(async { current_task() }, secs(1)).await.unwrap();
        assert_eq!(inside, me);
    });
}

/// The timer of a timeout is not what the task waits for.
#[test]
fn the_record_says_what_the_body_waits_for() {
    run_virtual(async {
        let event = event();
        let e = event.clone();
        let task = create_task(async move { timeout(9, async |_| e.wait().await).await });
        yield_now().await;
        assert_eq!(task.task_ref().waits_for().unwrap().kind, WaitKind::Event);
        event.set();
        task.await.unwrap().unwrap();
    });
}
