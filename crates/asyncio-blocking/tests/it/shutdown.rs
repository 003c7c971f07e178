use crate::occupy;
use asyncio_blocking::{Queued, ThreadPoolExecutor, run_in_executor};
use futures_lite::future::block_on;
use std::sync::mpsc;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

#[test]
fn ll44_7_queued_work_is_run_and_the_threads_end() {
    let pool = ThreadPoolExecutor::new(1);
    let busy = occupy(&pool);
    let calls: Vec<_> = (0..10).map(|n| run_in_executor(&pool, move || n)).collect();
    let end = pool.shutdown(Queued::Run);
    drop(busy);
    end.wait(LONG).unwrap();
    assert_eq!(pool.workers(), 0);
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(block_on(call).unwrap(), n);
    }
}

#[test]
fn ll44_7_queued_work_is_cancelled_on_demand_and_running_work_is_not() {
    let pool = ThreadPoolExecutor::new(1);
    let (began, has_begun) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let running = run_in_executor(&pool, move || {
        began.send(()).unwrap();
        let _ = wait.recv();
    });
    has_begun.recv().unwrap();
    let queued = run_in_executor(&pool, || ());
    let end = pool.shutdown(Queued::Cancel);
    assert!(block_on(queued).unwrap_err().is_cancelled());
    drop(go_on);
    block_on(running).unwrap();
    block_on(end);
    assert_eq!(pool.workers(), 0);
}

#[test]
fn ll44_5_nothing_is_taken_after_it() {
    let pool = ThreadPoolExecutor::new(1);
    block_on(pool.shutdown(Queued::Run));
    assert!(block_on(run_in_executor(&pool, || ())).unwrap_err().is_shut_down());
    assert!(!pool.try_submit(|| ()).unwrap_err().is_full());
    assert_eq!(pool.workers(), 0);
}

#[test]
fn ll44_7_it_may_be_called_twice() {
    let pool = ThreadPoolExecutor::new(2);
    block_on(run_in_executor(&pool, || ())).unwrap();
    let (a, b) = (pool.shutdown(Queued::Run), pool.shutdown(Queued::Cancel));
    a.wait(LONG).unwrap();
    b.wait(Duration::ZERO).unwrap();
}

#[test]
fn a_missed_deadline_says_how_many_are_left_and_they_end_later() {
    let pool = ThreadPoolExecutor::new(2);
    let busy = occupy(&pool);
    let error = pool.shutdown(Queued::Run).wait(Duration::from_millis(1)).unwrap_err();
    assert_eq!(error.workers(), 1);
    drop(busy);
    pool.shutdown(Queued::Run).wait(LONG).unwrap();
}

#[test]
fn all_roles_of_idle_threads_hear_of_it() {
    let pool = ThreadPoolExecutor::builder().max_workers(4).keep_alive(LONG).build().unwrap();
    let busy: Vec<_> = (0..4).map(|_| occupy(&pool)).collect();
    assert_eq!(pool.workers(), 4);
    drop(busy);
    pool.shutdown(Queued::Run).wait(LONG).unwrap();
}

#[test]
fn a_pool_that_is_dropped_runs_what_is_queued() {
    let pool = ThreadPoolExecutor::new(1);
    let busy = occupy(&pool);
    let calls: Vec<_> = (0..100).map(|n| run_in_executor(&pool, move || n)).collect();
    drop(pool);
    drop(busy);
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(block_on(call).unwrap(), n);
    }
}

#[test]
fn a_shutdown_beside_submissions_answers_every_one() {
    for _ in 0..300 {
        let pool = ThreadPoolExecutor::new(2);
        std::thread::scope(|scope| {
            let submits = scope.spawn(|| {
                let calls: Vec<_> = (0..20).map(|n| run_in_executor(&pool, move || n)).collect();
                for (n, call) in calls.into_iter().enumerate() {
                    match block_on(call) {
                        Ok(value) => assert_eq!(value, n),
                        Err(error) => assert!(error.is_shut_down(), "{error}"),
                    }
                }
            });
            pool.shutdown(Queued::Run).wait(LONG).unwrap();
            submits.join().unwrap();
        });
        assert_eq!((pool.workers(), pool.queued()), (0, 0));
    }
}
