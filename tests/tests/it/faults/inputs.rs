//! Calls that make no sense where they are made.

use asyncio::{
    BoundedSemaphore, EventLoop, Queue, Runner, Semaphore, ThreadPoolExecutor, create_task,
    get_running_loop, local, run_in_executor, sleep,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The text that `f` panics with.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("it did not panic"),
        Err(payload) => payload,
    };
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .expect("a panic with a text")
}

#[test]
fn run_5_a_run_inside_a_run() {
    asyncio::run(async {
        let text = panic_of(|| asyncio::run(async { unreachable!("it is not started") }));
        assert_eq!(
            text,
            "asyncio::run() cannot be called from a running event loop: await the future, or make a task of it"
        );
        sleep(Duration::ZERO).await; // the outer run goes on
    });
}

#[test]
fn rnr_8_a_runner_inside_a_run() {
    asyncio::run(async {
        let text = panic_of(|| Runner::new().run(async {}));
        assert!(
            text.starts_with("Runner.run() cannot be called from a running event loop"),
            "{text}"
        );
    });
}

#[test]
fn ll8_3_a_second_loop_inside_a_run() {
    asyncio::run(async {
        let mut other = EventLoop::new().unwrap();
        let text = panic_of(|| other.run_until_complete(async {}));
        assert!(text.contains("cannot be called from a running event loop"), "{text}");
    });
}

#[test]
fn create_task_without_a_loop() {
    let text = panic_of(|| create_task(async {}));
    assert!(text.contains("no running"), "{text}");
}

#[test]
fn get_running_loop_without_a_loop() {
    assert_eq!(
        panic_of(get_running_loop),
        "get_running_loop() was called with no running event loop"
    );
}

#[test]
fn ll8_2_a_closed_loop() {
    let mut event_loop = EventLoop::new().unwrap();
    let handle = event_loop.handle();
    event_loop.close();
    event_loop.close();
    assert!(event_loop.is_closed() && handle.is_closed());
    assert!(panic_of(|| event_loop.run_until_complete(async {})).contains("closed"));
    assert!(panic_of(|| event_loop.create_task(async {})).contains("closed"));
    assert!(panic_of(|| event_loop.call_soon(|| ())).contains("closed"));
    assert_eq!(
        handle.call_soon_threadsafe(|| ()).unwrap_err().to_string(),
        "the event loop is closed"
    );
    let error = handle.run_coroutine_threadsafe(|| async {}).wait().unwrap_err();
    assert_eq!(error.to_string(), "the event loop was closed before the task was done");
}

#[test]
fn a_foreign_block_on_inside_a_task_works_for_what_needs_no_turn_of_the_loop() {
    asyncio::run(async {
        let n = futures_lite::future::block_on(async {
            let lock = asyncio::Lock::new(3);
            *lock.lock().await
        });
        assert_eq!(n, 3);
        sleep(Duration::ZERO).await;
    });
}

#[test]
fn que_1_a_queue_of_size_zero_has_no_limit() {
    let queue = Queue::new(0);
    for n in 0..1000 {
        queue.put_nowait(n).unwrap();
    }
    assert!(!queue.full());
}

#[test]
fn que_7_an_overfull_queue_gives_the_item_back() {
    let queue = local::Queue::new(1);
    queue.put_nowait("first").unwrap();
    let error = queue.put_nowait("second").unwrap_err();
    assert_eq!(error.into_inner(), "second");
}

#[test]
fn releasing_too_often() {
    let bounded = BoundedSemaphore::new(1);
    assert!(panic_of(|| bounded.release()).contains("released too many times"));
    let plain = Semaphore::new(1);
    plain.release(); // a plain one grows
}

#[test]
fn ll44_2_a_pool_without_threads() {
    assert_eq!(panic_of(|| ThreadPoolExecutor::new(0)), "max_workers must be greater than 0");
}

#[test]
fn a_thread_that_cannot_be_spawned_is_an_error_of_the_call() {
    // No system gives a thread so much stack.
    let pool = ThreadPoolExecutor::builder().stack_size(usize::MAX / 2).build().unwrap();
    asyncio::run(async {
        let error = run_in_executor(&pool, || ()).await.unwrap_err();
        assert!(error.to_string().contains("thread"), "{error}");
        sleep(Duration::ZERO).await;
    });
}

#[test]
fn a_loop_dropped_with_live_wakers_on_other_threads() {
    let (to_thread, wakers) = mpsc::channel::<std::task::Waker>();
    let (go, gone) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let wakers: Vec<_> = wakers.iter().take(100).collect();
        wakers.iter().for_each(|w| w.wake_by_ref());
        gone.recv().unwrap();
        for waker in wakers {
            let clone = waker.clone();
            drop(waker);
            clone.wake();
        }
    });
    let mut event_loop = EventLoop::new().unwrap();
    for _ in 0..100 {
        let to_thread = to_thread.clone();
        event_loop.create_task(std::future::poll_fn(move |cx| {
            let _ = to_thread.send(cx.waker().clone());
            std::task::Poll::<()>::Pending
        }));
    }
    while event_loop.turn(Some(Duration::ZERO)).unwrap().more {}
    drop(event_loop);
    go.send(()).unwrap();
    thread.join().unwrap();
}
