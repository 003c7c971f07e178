//! `to_thread`, and `run_coroutine_threadsafe` as its way back.

use asyncio::{
    Event, EventLoop, LoopHandle, Queue, RemoteError, RemoteTask, ThreadPoolExecutor, all_tasks,
    context_var, create_task, current_task, get_running_loop, run_virtual, sleep, to_thread,
    yield_now,
};
use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

context_var! {
    static USER: String = String::from("nobody");
}

/// A pool for this loop alone, so that other tests take no thread of it.
fn own_default(workers: usize) -> ThreadPoolExecutor {
    let pool = ThreadPoolExecutor::new(workers);
    get_running_loop().set_default_executor(pool.clone());
    pool
}

/// Calls `ask` on a thread, with a handle of this loop, which goes on meanwhile.
async fn from_outside<T: Send + 'static>(ask: impl FnOnce(LoopHandle) -> T + Send + 'static) -> T {
    let handle = get_running_loop().handle();
    to_thread(move || ask(handle)).await.unwrap()
}

#[test]
fn thr_1_the_loop_goes_on_while_the_function_runs() {
    run_virtual(async {
        let (send, receive) = mpsc::channel();
        let other = create_task(async move {
            sleep(Duration::from_millis(0)).await;
            send.send("from the loop").unwrap();
        });
        assert_eq!(to_thread(move || receive.recv().unwrap()).await.unwrap(), "from the loop");
        assert!(other.done());
    });
}

#[test]
fn thr_2_a_failure_arrives_at_the_await() {
    run_virtual(async {
        let error = to_thread(|| -> u8 { panic!("no such luck") }).await.unwrap_err();
        assert!(error.is_panic() && error.to_string().contains("no such luck"), "{error}");
        // What is a value in Rust is a value here.
        assert_eq!(to_thread(|| "x".parse::<u8>().map_err(drop)).await.unwrap(), Err(()));
    });
}

#[test]
fn thr_3_called_once_with_what_it_captured() {
    run_virtual(async {
        let called = Arc::new(AtomicUsize::new(0));
        let count = called.clone();
        let (a, b) = (String::from("a"), 2);
        let joined = to_thread(move || {
            count.fetch_add(1, SeqCst);
            format!("{a}{b}")
        });
        assert_eq!(joined.await.unwrap(), "a2");
        assert_eq!(called.load(SeqCst), 1);
    });
}

#[test]
fn thr_4_as_many_at_once_as_the_pool_has_threads() {
    run_virtual(async {
        let pool = ThreadPoolExecutor::builder().build().unwrap();
        get_running_loop().set_default_executor(pool.clone());
        let size = pool.max_workers();
        assert_eq!(size, (thread::available_parallelism().unwrap().get() + 4).min(32));
        // Each waits for all, so all run at the same time.
        let (together, release) =
            (Arc::new(Barrier::new(size + 1)), Arc::new(Barrier::new(size + 1)));
        let calls: Vec<_> = (0..size)
            .map(|_| {
                let (together, release) = (together.clone(), release.clone());
                create_task(to_thread(move || {
                    together.wait();
                    release.wait();
                }))
            })
            .collect();
        yield_now().await;
        together.wait();
        let rest = create_task(to_thread(|| "the rest"));
        yield_now().await;
        assert_eq!((pool.workers(), pool.queued(), rest.done()), (size, 1, false));
        release.wait();
        assert_eq!(rest.await.unwrap().unwrap(), "the rest");
        for call in calls {
            call.await.unwrap().unwrap();
        }
    });
}

#[test]
fn thr_5_the_caller_s_context_variables() {
    run_virtual(async {
        USER.set("ann".into());
        assert_eq!(to_thread(|| USER.get()).await.unwrap(), "ann");
    });
}

#[test]
fn thr_6_what_the_function_sets_stays_with_it() {
    run_virtual(async {
        USER.set("ann".into());
        let seen = to_thread(|| {
            USER.set("bob".into());
            USER.get()
        });
        assert_eq!(seen.await.unwrap(), "bob");
        assert_eq!(USER.get(), "ann");
        assert_eq!(to_thread(|| USER.get()).await.unwrap(), "ann");
    });
}

#[test]
fn thr_7_nothing_is_handed_in_before_the_first_await() {
    run_virtual(async {
        let pool = own_default(1);
        USER.set("at the call".into());
        let call = to_thread(|| USER.get());
        let (called, was_called) = mpsc::channel();
        drop(to_thread(move || called.send(())));
        assert!(was_called.recv().is_err());
        assert_eq!((pool.workers(), pool.queued()), (0, 0));
        USER.set("at the await".into());
        assert_eq!(call.await.unwrap(), "at the await");
    });
}

#[test]
fn thr_8_a_cancelled_wait_ends_at_once() {
    run_virtual(async {
        let pool = own_default(1);
        let (began, has_begun) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let (ended, has_ended) = mpsc::channel();
        let running = create_task(to_thread(move || {
            began.send(()).unwrap();
            let _ = wait.recv();
            ended.send(()).unwrap();
        }));
        let (called, was_called) = mpsc::channel();
        let queued = create_task(to_thread(move || called.send(())));
        yield_now().await;
        has_begun.recv().unwrap();
        assert_eq!(pool.queued(), 1);
        running.cancel();
        queued.cancel();
        assert!(running.await.unwrap_err().is_cancelled());
        assert!(queued.await.unwrap_err().is_cancelled());
        assert!(has_ended.try_recv().is_err());
        // The function was not interrupted, and the queued one is never called.
        drop(go_on);
        has_ended.recv_timeout(LONG).unwrap();
        assert_eq!(to_thread(|| "next").await.unwrap(), "next");
        assert!(was_called.recv().is_err());
    });
}

#[test]
fn thr_9_the_end_of_a_run_waits_for_what_still_runs() {
    let (go_on, wait) = mpsc::channel::<()>();
    let over = Arc::new(AtomicUsize::new(0));
    let count = over.clone();
    let (began, has_begun) = mpsc::channel();
    run_virtual(async move {
        drop(create_task(to_thread(move || {
            began.send(()).unwrap();
            let _ = wait.recv();
            count.fetch_add(1, SeqCst);
        })));
        // Dropped when main has ended, which lets the function go on.
        drop(create_task(async move {
            let _go_on = go_on;
            pending::<()>().await;
        }));
        yield_now().await;
        has_begun.recv().unwrap();
    });
    assert_eq!(over.load(SeqCst), 1);
}

#[test]
fn rct_1_another_thread_blocks_on_the_result() {
    run_virtual(async {
        let answer = from_outside(|handle| {
            let mut task = handle.run_coroutine_threadsafe(|| async {
                sleep(Duration::from_millis(0)).await;
                42
            });
            task.wait_timeout(LONG)
        });
        assert_eq!(answer.await.unwrap(), 42);
    });
}

#[test]
fn rct_2_it_is_a_task_of_the_loop() {
    run_virtual(async {
        let here = thread::current().id();
        let seen = from_outside(|handle| {
            let task = handle.run_coroutine_threadsafe(|| async {
                let me = current_task();
                // Not `Send`: made and run on the loop's thread.
                let rc = Rc::new(thread::current().id());
                yield_now().await;
                (all_tasks().iter().any(|task| task.id() == me.id()), *rc)
            });
            task.wait().unwrap()
        });
        assert_eq!(seen.await, (true, here));
    });
}

#[test]
fn rct_3_its_failure_is_what_the_wait_gives() {
    run_virtual(async {
        let error = from_outside(|handle| {
            handle.run_coroutine_threadsafe(|| async { panic!("inside") }).wait()
        });
        let error = error.await.unwrap_err();
        assert!(error.is_panic() && error.to_string().contains("inside"), "{error}");
    });
}

#[test]
fn rct_4_a_wait_that_was_too_short_leaves_the_task_running() {
    run_virtual(async {
        let handle = get_running_loop().handle();
        let (made, is_made) = mpsc::channel();
        let seen = to_thread(move || {
            let mut task = handle.run_coroutine_threadsafe(move || async move {
                made.send(current_task()).unwrap();
                pending::<()>().await;
            });
            assert!(matches!(task.wait_timeout(Duration::ZERO), Err(RemoteError::Timeout)));
            let inside = is_made.recv().unwrap();
            assert!(!task.done() && !inside.done());
            assert!(task.cancel());
            let error = task.wait_timeout(LONG).unwrap_err();
            (error.is_cancelled(), inside.done())
        });
        assert_eq!(seen.await.unwrap(), (true, true));
    });
}

#[test]
fn rct_5_cancelled_from_outside_and_on_the_loop_s_own_thread() {
    run_virtual(async {
        let cleaned = Arc::new(AtomicUsize::new(0));
        let wait_for_ever = |made: mpsc::Sender<()>, cleaned: Arc<AtomicUsize>| {
            move || async move {
                made.send(()).unwrap();
                asyncio::with_cleanup(pending::<()>(), async || {
                    yield_now().await;
                    cleaned.fetch_add(1, SeqCst);
                })
                .await;
            }
        };
        let (made, is_made) = mpsc::channel();
        let make = wait_for_ever(made.clone(), cleaned.clone());
        let (error, again) = from_outside(move |handle| {
            let mut task: RemoteTask<()> = handle.run_coroutine_threadsafe(make);
            is_made.recv().unwrap();
            assert!(task.cancel());
            (task.wait_timeout(LONG).unwrap_err(), task.cancel())
        })
        .await;
        // It has cleaned up, and a second request is too late.
        assert!(error.is_cancelled() && !again);
        assert_eq!(cleaned.load(SeqCst), 1);

        let (made, _is_made) = mpsc::channel();
        let make = wait_for_ever(made, cleaned.clone());
        let task = get_running_loop().handle().run_coroutine_threadsafe(make);
        sleep(Duration::from_millis(0)).await;
        yield_now().await;
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        assert_eq!(cleaned.load(SeqCst), 2);

        // One that was not made yet never is, and is over at once.
        let task = get_running_loop()
            .handle()
            .run_coroutine_threadsafe(|| async { unreachable!("never made") });
        assert!(task.cancel() && task.done());
        assert!(matches!(task.await, Err::<(), _>(RemoteError::Cancelled)));
    });
}

#[test]
fn rct_6_a_task_that_ends_cancelled_by_itself() {
    run_virtual(async {
        let error = from_outside(|handle| {
            let task = handle.run_coroutine_threadsafe(|| async {
                current_task().cancel();
                pending::<()>().await;
            });
            task.wait().unwrap_err()
        });
        assert!(error.await.is_cancelled());
    });
}

/// Runs `main`, and gives what was reported to its loop.
fn reported(main: impl Future<Output = ()>) -> Vec<String> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let list = seen.clone();
    run_virtual(async move {
        get_running_loop().set_exception_handler(
            move |_: &asyncio::LoopRef, report: asyncio::Report| {
                list.borrow_mut().push(report.to_string());
            },
        );
        main.await;
    });
    seen.take()
}

#[test]
fn diff_rct_7_a_failure_to_make_the_future_is_told_once() {
    let make = || -> std::future::Ready<()> { panic!("cannot make it") };
    let read = reported(async {
        let error = from_outside(move |handle| handle.run_coroutine_threadsafe(make).wait());
        let error = error.await.unwrap_err();
        assert!(error.is_panic() && error.to_string().contains("cannot make it"), "{error}");
    });
    assert_eq!(read, [""; 0]);
    // Where nobody waits for it, the loop's handler is told.
    let unread = reported(async {
        drop(get_running_loop().handle().run_coroutine_threadsafe(make));
        sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(unread.len(), 1, "{unread:?}");
    assert!(unread[0].contains("cannot make it") && unread[0].contains("threads.rs"), "{unread:?}");
}

#[test]
fn diff_rct_9_a_closed_loop_is_an_error_of_the_task_and_one_that_does_not_run_yet_is_waited_for() {
    let mut event_loop = EventLoop::builder().virtual_time(true).build().unwrap();
    let handle = event_loop.handle();
    let early = handle.run_coroutine_threadsafe(|| async { "run later" });
    assert!(!early.done());
    assert_eq!(event_loop.run_until_complete(early).unwrap().unwrap(), "run later");
    event_loop.close();
    let late = handle.run_coroutine_threadsafe(|| async { "never" });
    assert!(late.done());
    assert!(matches!(late.wait(), Err(RemoteError::LoopClosed)));
}

#[test]
fn diff_rct_10_waiting_on_the_loop_s_own_thread_panics() {
    run_virtual(async {
        let task = get_running_loop().handle().run_coroutine_threadsafe(|| async {});
        let waiting = create_task(async move { task.wait() });
        let error = waiting.await.unwrap_err();
        assert!(error.is_panic() && error.to_string().contains("await it"), "{error}");
        // To await it there is the way.
        get_running_loop().handle().run_coroutine_threadsafe(|| async {}).await.unwrap();
    });
}

/// The way between threads and tasks: a queue filled by a thread, an event set by one.
#[test]
fn a_thread_may_use_the_thread_safe_primitives() {
    run_virtual(async {
        let (queue, event) = (Arc::new(Queue::new(0)), Arc::new(Event::new()));
        let (q, e) = (queue.clone(), event.clone());
        let call = create_task(to_thread(move || {
            (0..3).for_each(|n| q.put_nowait(n).unwrap());
            e.set();
        }));
        event.wait().await;
        assert_eq!(
            (queue.get().await, queue.get().await, queue.get().await),
            (Ok(0), Ok(1), Ok(2))
        );
        call.await.unwrap().unwrap();
    });
}
