use crate::{occupy, poll};
use asyncio_blocking::{ThreadPoolExecutor, default_executor, run_in_executor, to_thread};
use asyncio_context::{WaitKind, context_var, recorded};
use futures_lite::future::{block_on, zip};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Waker};
use std::thread;

#[test]
fn thr_1_runs_on_another_thread_and_gives_the_result() {
    let here = thread::current().id();
    let there = block_on(to_thread(|| thread::current().id())).unwrap();
    assert_ne!(here, there);
}

#[test]
fn thr_2_ll42_3_a_panic_is_a_value_with_its_payload() {
    let error = block_on(to_thread(|| std::panic::panic_any(7_u8))).unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(*error.into_panic().downcast::<u8>().unwrap(), 7);
}

#[test]
fn thr_3_called_exactly_once() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    block_on(to_thread(move || counted.fetch_add(1, Ordering::SeqCst))).unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[test]
fn thr_4_calls_that_wait_for_each_other_run_at_once() {
    let barrier = Arc::new(Barrier::new(2));
    let (a, b) = (barrier.clone(), barrier);
    let (a, b) = block_on(zip(to_thread(move || a.wait()), to_thread(move || b.wait())));
    assert_ne!(a.unwrap().is_leader(), b.unwrap().is_leader());
}

context_var! {
    static USER: &'static str = "nobody";
}

#[test]
fn thr_5_thr_6_ll42_8_context_variables_travel_there_and_not_back() {
    let task = recorded("request", async {
        USER.set("ada");
        let there = to_thread(|| {
            let seen = USER.get();
            USER.set("changed");
            seen
        });
        assert_eq!(there.await.unwrap(), "ada");
        assert_eq!(USER.get(), "ada");
        let pool = ThreadPoolExecutor::new(1);
        assert_eq!(run_in_executor(&pool, || USER.get()).await.unwrap(), "nobody");
    });
    block_on(task).unwrap();
}

#[test]
fn thr_7_nothing_is_handed_in_before_the_first_poll() {
    let (called, was_called) = mpsc::channel();
    drop(to_thread(move || called.send(())));
    // The function was dropped with its sender, uncalled.
    assert!(was_called.recv().is_err());
}

#[test]
fn thr_8_a_running_function_goes_on_when_its_future_is_dropped() {
    let (began, has_begun) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let (ended, has_ended) = mpsc::channel();
    let mut call = to_thread(move || {
        began.send(()).unwrap();
        let _ = wait.recv();
        ended.send(()).unwrap();
    });
    assert!(poll(&mut call).is_pending());
    has_begun.recv().unwrap();
    drop(call);
    drop(go_on);
    has_ended.recv().unwrap();
}

#[test]
fn thr_8_ll42_4_a_queued_function_is_never_called_when_its_await_is_dropped() {
    let pool = ThreadPoolExecutor::new(1);
    let busy = occupy(&pool);
    let (called, was_called) = mpsc::channel();
    let mut call = run_in_executor(&pool, move || called.send(()));
    assert!(poll(&mut call).is_pending());
    drop(call);
    // Gone at once, not when a thread comes across it.
    assert!(was_called.recv().is_err());
    drop(busy);
    assert_eq!(block_on(run_in_executor(&pool, || 1)).unwrap(), 1);
}

#[test]
fn ll42_1_handed_in_by_the_call_awaited_or_not() {
    let pool = ThreadPoolExecutor::new(1);
    let (called, was_called) = mpsc::channel();
    drop(run_in_executor(&pool, move || called.send(()).unwrap()));
    was_called.recv().unwrap();
}

#[test]
fn ll44_4_work_starts_in_submission_order() {
    let pool = ThreadPoolExecutor::new(1);
    let busy = occupy(&pool);
    let (started, order) = mpsc::channel();
    for n in 0..1000 {
        let started = started.clone();
        run_in_executor(&pool, move || started.send(n).unwrap()).detach();
    }
    drop((started, busy));
    assert!(order.iter().eq(0..1000));
}

#[test]
fn ll44_9_cancel_succeeds_only_while_queued() {
    let pool = ThreadPoolExecutor::new(1);
    let (began, has_begun) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let running = run_in_executor(&pool, move || {
        began.send(()).unwrap();
        let _ = wait.recv();
        "ran"
    });
    has_begun.recv().unwrap();
    let queued = run_in_executor(&pool, || "never");
    assert!(!running.cancel());
    assert!(queued.cancel());
    assert!(!queued.cancel());
    assert!(block_on(queued).unwrap_err().is_cancelled());
    drop(go_on);
    assert_eq!(block_on(running).unwrap(), "ran");
}

#[test]
fn the_record_says_what_the_task_waits_for_and_where() {
    let (go_on, wait) = mpsc::channel::<()>();
    let mut task = pin!(recorded("reader", async move {
        let line = line!() + 1;
        let call = to_thread(move || wait.recv().unwrap_or_default());
        call.await.unwrap();
        line
    }));
    assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let wait = task.task().waits_for().unwrap();
    assert_eq!((wait.kind, wait.at.file()), (WaitKind::Thread, file!()));
    drop(go_on);
    assert_eq!(block_on(task).unwrap(), wait.at.line());
}

#[test]
fn a_hundred_thousand_calls_in_flight() {
    let pool = ThreadPoolExecutor::new(6);
    let calls: Vec<_> = (0..100_000_u64).map(|n| run_in_executor(&pool, move || n)).collect();
    let sum: u64 = block_on(async {
        let mut sum = 0;
        for call in calls {
            sum += call.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 99_999 * 50_000);
    assert_eq!(pool.queued(), 0);
}

#[test]
fn many_threads_hand_in_at_once_and_nothing_is_left_lying() {
    let pool = ThreadPoolExecutor::builder().max_workers(3).queue_capacity(5).build().unwrap();
    let counted = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    let counted = counted.clone();
                    let call =
                        run_in_executor(&pool, move || counted.fetch_add(1, Ordering::Relaxed));
                    block_on(call).unwrap();
                }
            });
        }
    });
    assert_eq!(counted.load(Ordering::SeqCst), 8_000);
}

#[test]
fn futures_are_send_and_unpin() {
    fn check<T: Send + Unpin + 'static>(_: &T) {}
    let pool = ThreadPoolExecutor::new(1);
    check(&to_thread(|| ()));
    check(&run_in_executor(&pool, || ()));
    check(&pool.submit(|| ()));
    check(&pool.shutdown(asyncio_blocking::Queued::Run));
    check(&pool);
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&default_executor());
}
