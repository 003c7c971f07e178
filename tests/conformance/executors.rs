//! `run_in_executor`, the default executor and pools of one's own; `run_coroutine_threadsafe` as the loop has it.

use asyncio::{
    EventLoop, Queued, RemoteError, ThreadPoolExecutor, context_var, create_task, get_running_loop,
    run_in_executor, run_virtual, sleep, to_thread, yield_now,
};
use std::future::pending;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

context_var! {
    static USER: String = String::from("nobody");
}

/// Keeps a worker of `pool` busy: returns when it is, and until the sender is dropped.
fn occupy(pool: &ThreadPoolExecutor) -> mpsc::Sender<()> {
    let (busy, is_busy) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    run_in_executor(pool, move || {
        busy.send(()).unwrap();
        let _ = wait.recv();
    })
    .detach();
    is_busy.recv().unwrap();
    go_on
}

fn thread_name() -> String {
    thread::current().name().unwrap().to_owned()
}

#[test]
fn ll42_1_the_call_hands_it_in_awaited_or_not() {
    run_virtual(async {
        let (called, is_called) = mpsc::channel();
        let call = get_running_loop().run_in_executor(None, move || called.send(()).unwrap());
        is_called.recv_timeout(LONG).unwrap();
        drop(call);
    });
}

#[test]
fn ll42_2_the_default_executor_s_threads() {
    run_virtual(async {
        for name in [
            get_running_loop().run_in_executor(None, thread_name).await.unwrap(),
            to_thread(thread_name).await.unwrap(),
        ] {
            let number = name.strip_prefix("asyncio_").unwrap();
            assert!(number.parse::<usize>().is_ok(), "{name}");
        }
        let pool = ThreadPoolExecutor::builder().thread_name_prefix("own").build().unwrap();
        assert_eq!(pool.workers(), 0);
        let own = get_running_loop().run_in_executor(Some(&pool), thread_name);
        assert_eq!(own.await.unwrap(), "own_0");
    });
}

#[test]
fn ll42_3_results_and_failures_arrive_on_the_loop_s_thread() {
    run_virtual(async {
        let here = thread::current().id();
        let event_loop = get_running_loop();
        let there = event_loop.run_in_executor(None, || thread::current().id()).await.unwrap();
        assert!(there != here && thread::current().id() == here);
        let error = event_loop.run_in_executor(None, || -> () { panic!("as asked") }).await;
        assert_eq!(error.unwrap_err().into_panic().downcast_ref(), Some(&"as asked"));
        assert_eq!(thread::current().id(), here);
    });
}

#[test]
fn ll42_4_cancelled_a_queued_one_never_runs_and_a_running_one_ends_unobserved() {
    run_virtual(async {
        let pool = ThreadPoolExecutor::new(1);
        let (began, has_begun) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let (ended, has_ended) = mpsc::channel();
        let running = create_task(run_in_executor(&pool, move || {
            began.send(()).unwrap();
            let _ = wait.recv();
            ended.send(()).unwrap();
        }));
        let (called, was_called) = mpsc::channel();
        let queued = create_task(run_in_executor(&pool, move || called.send(())));
        yield_now().await;
        has_begun.recv().unwrap();
        running.cancel();
        queued.cancel();
        assert!(queued.await.unwrap_err().is_cancelled());
        assert!(running.await.unwrap_err().is_cancelled());
        drop(go_on);
        has_ended.recv_timeout(LONG).unwrap();
        assert_eq!(run_in_executor(&pool, || "next").await.unwrap(), "next");
        assert!(was_called.recv().is_err());
    });
}

#[test]
fn ll42_5_a_loop_may_close_while_a_function_runs() {
    let pool = ThreadPoolExecutor::new(1);
    let mut event_loop = EventLoop::builder().virtual_time(true).build().unwrap();
    let (go_on, wait) = mpsc::channel::<()>();
    let call = run_in_executor(&pool, move || wait.recv().unwrap_or_default());
    drop(event_loop.create_task(call));
    event_loop.run_until_complete(yield_now()).unwrap();
    event_loop.close();
    drop(event_loop);
    // The worker wakes a task that is gone, and is none the worse.
    drop(go_on);
    let again = run_in_executor(&pool, || "works");
    assert_eq!(run_virtual(async { again.await.unwrap() }), "works");
}

#[test]
fn ll42_6_refused_by_a_closed_loop_and_after_the_shutdown() {
    run_virtual(async {
        let event_loop = get_running_loop();
        let pool = ThreadPoolExecutor::new(1);
        let (go_on, wait) = mpsc::channel::<()>();
        let running = event_loop.run_in_executor(None, move || wait.recv().unwrap_or_default());
        let mut shutdown = create_task(event_loop.shutdown_default_executor());
        yield_now().await;
        let refused = event_loop.run_in_executor(None, || ()).await.unwrap_err();
        assert!(refused.is_shut_down(), "{refused}");
        assert!(to_thread(|| ()).await.unwrap_err().is_shut_down());
        event_loop.run_in_executor(Some(&pool), || ()).await.unwrap();
        // It waits for what runs.
        assert!(!shutdown.done());
        drop(go_on);
        (&mut shutdown).await.unwrap();
        running.await.unwrap();
    });
    // Another loop has a default executor again.
    run_virtual(async { to_thread(|| ()).await.unwrap() });

    let mut event_loop = EventLoop::new().unwrap();
    let closed = event_loop.loop_ref();
    event_loop.close();
    let refused =
        catch_unwind(AssertUnwindSafe(|| closed.run_in_executor(None, || ()))).unwrap_err();
    assert!(refused.downcast_ref::<&str>().unwrap().contains("closed"));
}

#[test]
fn ll42_8_context_variables_do_not_travel() {
    run_virtual(async {
        USER.set("ann".into());
        let seen = get_running_loop().run_in_executor(None, || USER.get());
        assert_eq!(seen.await.unwrap(), "nobody");
    });
}

#[test]
fn ll43_2_the_default_executor_before_is_not_shut_down() {
    run_virtual(async {
        let event_loop = get_running_loop();
        let named = |name| ThreadPoolExecutor::builder().thread_name_prefix(name).build().unwrap();
        let first = named("first");
        assert!(event_loop.set_default_executor(first.clone()).is_none());
        assert_eq!(to_thread(thread_name).await.unwrap(), "first_0");
        let before = event_loop.set_default_executor(named("second")).unwrap();
        assert_eq!(event_loop.run_in_executor(None, thread_name).await.unwrap(), "second_0");
        assert!(!before.is_shut_down());
        assert_eq!(run_in_executor(&first, thread_name).await.unwrap(), "first_0");
    });
}

#[test]
fn ll44_1_the_default_size() {
    let processors = thread::available_parallelism().unwrap().get();
    let pool = ThreadPoolExecutor::builder().build().unwrap();
    assert_eq!(pool.max_workers(), (processors + 4).min(32));
}

#[test]
fn ll44_2_no_workers_are_refused() {
    let error = ThreadPoolExecutor::builder().max_workers(0).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(catch_unwind(|| ThreadPoolExecutor::new(0)).is_err());
}

#[test]
fn diff_ll44_3_threads_start_on_demand_and_end_when_they_are_idle_for_long() {
    let keep_alive = Duration::from_millis(1);
    let pool = ThreadPoolExecutor::builder().max_workers(3).build().unwrap();
    let short = ThreadPoolExecutor::builder().keep_alive(keep_alive).build().unwrap();
    run_virtual(async {
        assert_eq!(pool.workers(), 0);
        for _ in 0..10 {
            // One at a time: the idle one is used again.
            run_in_executor(&pool, || ()).await.unwrap();
            while pool.idle_workers() == 0 {
                thread::yield_now();
            }
        }
        assert_eq!(pool.workers(), 1);
        let busy = [occupy(&pool), occupy(&pool), occupy(&pool)];
        assert_eq!(pool.workers(), 3);
        drop(busy);

        run_in_executor(&short, || ()).await.unwrap();
        while short.workers() > 0 {
            thread::yield_now();
        }
        run_in_executor(&short, || ()).await.unwrap();
    });
}

#[test]
fn ll44_4_work_begins_in_the_order_of_the_calls() {
    let pool = ThreadPoolExecutor::new(1);
    let busy = occupy(&pool);
    let (began, order) = mpsc::channel();
    for n in 0..100 {
        let began = began.clone();
        run_in_executor(&pool, move || began.send(n).unwrap()).detach();
    }
    drop((began, busy));
    assert!(order.iter().eq(0..100));
}

#[test]
fn ll44_5_nothing_is_taken_after_the_shutdown() {
    run_virtual(async {
        let pool = ThreadPoolExecutor::new(1);
        run_in_executor(&pool, || ()).await.unwrap();
        pool.shutdown(Queued::Run).await;
        assert!(run_in_executor(&pool, || ()).await.unwrap_err().is_shut_down());
        assert!(!pool.try_submit(|| ()).unwrap_err().is_full());
    });
}

#[test]
fn ll44_6_a_failing_initializer_breaks_the_pool() {
    run_virtual(async {
        let (go_on, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let pool = ThreadPoolExecutor::builder()
            .max_workers(1)
            .initializer(move || {
                let _ = wait.lock().unwrap().recv();
                panic!("cannot begin")
            })
            .build()
            .unwrap();
        let pending = run_in_executor(&pool, || ());
        drop(go_on);
        assert!(pending.await.unwrap_err().is_broken());
        assert!(run_in_executor(&pool, || ()).await.unwrap_err().is_broken());
    });
}

#[test]
fn ll44_7_a_shutdown_runs_or_cancels_what_is_queued_and_never_what_runs() {
    run_virtual(async {
        for queued in [Queued::Run, Queued::Cancel] {
            let pool = ThreadPoolExecutor::new(1);
            let (began, has_begun) = mpsc::channel();
            let (go_on, wait) = mpsc::channel::<()>();
            let running = run_in_executor(&pool, move || {
                began.send(()).unwrap();
                let _ = wait.recv();
                "ran to its end"
            });
            has_begun.recv().unwrap();
            let waiting = run_in_executor(&pool, || "ran as well");
            let (end, again) = (pool.shutdown(queued), pool.shutdown(Queued::Run));
            drop(go_on);
            assert_eq!(running.await.unwrap(), "ran to its end");
            match (queued, waiting.await) {
                (Queued::Run, result) => assert_eq!(result.unwrap(), "ran as well"),
                (Queued::Cancel, result) => assert!(result.unwrap_err().is_cancelled()),
            }
            end.await;
            again.await;
            assert_eq!(pool.workers(), 0);
        }
    });
}

#[test]
fn diff_ll44_8_a_run_waits_for_the_default_executor_s_calls_alone() {
    let pool = ThreadPoolExecutor::new(1);
    let mut own = None;
    run_virtual(async { own = Some(occupy(&pool)) });
    // The run is over, the function is not.
    assert_eq!(pool.idle_workers(), 0);
    // Who wants to wait for it says for how long.
    let end = pool.shutdown(Queued::Run);
    drop(own);
    end.wait(LONG).unwrap();
}

/// Where it was woken.
struct Where(Mutex<mpsc::Sender<ThreadId>>);

impl Wake for Where {
    fn wake(self: Arc<Self>) {
        self.0.lock().unwrap().send(thread::current().id()).unwrap();
        panic!("a callback that fails")
    }
}

#[test]
fn ll44_9_a_call_of_the_pool() {
    let pool = ThreadPoolExecutor::new(1);
    let worker = run_in_executor(&pool, || thread::current().id());
    let worker = run_virtual(async { worker.await.unwrap() });
    let busy = occupy(&pool);
    let (called, was_called) = mpsc::channel();
    let queued = run_in_executor(&pool, move || called.send(()));
    assert!(queued.cancel() && !queued.cancel());
    assert!(was_called.recv().is_err());
    drop(queued);

    // Its waker is called on the worker, which survives a panic of it.
    let (woken, at) = mpsc::channel();
    let mut call = run_in_executor(&pool, || "value");
    let waker = Waker::from(Arc::new(Where(Mutex::new(woken))));
    assert!(Pin::new(&mut call).poll(&mut Context::from_waker(&waker)).is_pending());
    drop(busy);
    assert_eq!(at.recv_timeout(LONG).unwrap(), worker);
    assert!(!call.cancel());
    assert_eq!(run_virtual(async { call.await.unwrap() }), "value");
    let next = run_in_executor(&pool, || thread::current().id());
    assert_eq!(run_virtual(async { next.await.unwrap() }), worker);
}

#[test]
fn ll46_1_a_task_on_the_loop_for_another_thread() {
    run_virtual(async {
        let here = thread::current().id();
        let handle = get_running_loop().handle();
        let (ran_on, asked_on) = to_thread(move || {
            let task = handle.run_coroutine_threadsafe(|| async { thread::current().id() });
            (task.wait().unwrap(), thread::current().id())
        })
        .await
        .unwrap();
        assert!(ran_on == here && asked_on != here);
    });
}

#[test]
fn ll46_2_value_failure_and_cancellation_reach_the_thread() {
    run_virtual(async {
        let handle = get_running_loop().handle();
        to_thread(move || {
            assert_eq!(handle.run_coroutine_threadsafe(|| async { 1 }).wait().unwrap(), 1);
            let failed = handle.run_coroutine_threadsafe(|| async { panic!("failed") });
            assert!(failed.wait().unwrap_err().is_panic());
            let cancelled = handle.run_coroutine_threadsafe(|| async {
                asyncio::current_task().cancel();
                pending::<()>().await;
            });
            assert!(cancelled.wait().unwrap_err().is_cancelled());
        })
        .await
        .unwrap();
    });
}

#[test]
fn ll46_3_the_thread_cancels_the_task() {
    run_virtual(async {
        let handle = get_running_loop().handle();
        let (made, is_made) = mpsc::channel();
        let cancelled = to_thread(move || {
            let task = handle.run_coroutine_threadsafe(|| async move {
                made.send(()).unwrap();
                pending::<()>().await;
            });
            is_made.recv().unwrap();
            task.cancel();
            task.wait().unwrap_err().is_cancelled()
        });
        assert!(cancelled.await.unwrap());
    });
}

#[test]
fn ll46_4_a_wait_that_was_too_short_does_not_cancel() {
    run_virtual(async {
        let handle = get_running_loop().handle();
        let (go_on, wait) = (Arc::new(asyncio::Event::new()), Arc::new(asyncio::Event::new()));
        let (set, waited) = (go_on.clone(), wait.clone());
        let value = to_thread(move || {
            let mut task = handle.run_coroutine_threadsafe(move || async move {
                go_on.wait().await;
                "it went on"
            });
            assert!(matches!(task.wait_timeout(Duration::ZERO), Err(RemoteError::Timeout)));
            waited.set();
            task.wait().unwrap()
        });
        let call = create_task(value);
        wait.wait().await;
        sleep(Duration::from_millis(0)).await;
        set.set();
        assert_eq!(call.await.unwrap().unwrap(), "it went on");
    });
}

#[test]
fn diff_ll46_6_a_failure_to_make_the_future_is_told_once() {
    run_virtual(async {
        let handle = get_running_loop().handle();
        let make = || -> std::future::Ready<()> { panic!("cannot make it") };
        let error = to_thread(move || handle.run_coroutine_threadsafe(make).wait().unwrap_err());
        let error = error.await.unwrap();
        assert!(error.is_panic() && error.to_string().contains("cannot make it"), "{error}");
    });
}
