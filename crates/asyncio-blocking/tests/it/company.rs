use crate::{occupy, poll};
use asyncio_blocking::{Calls, ThreadPoolExecutor, run_in_executor, to_thread};
use asyncio_context::clock::VirtualClock;
use futures_lite::future::block_on;
use std::pin::pin;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

/// Notes whether the clock was held when it was woken.
struct Witness {
    clock: VirtualClock,
    held: Mutex<mpsc::Sender<bool>>,
}

impl Wake for Witness {
    fn wake(self: Arc<Self>) {
        self.held.lock().unwrap().send(self.clock.is_held()).unwrap();
    }
}

#[test]
fn the_virtual_clock_is_held_until_the_waiter_was_woken() {
    let clock = VirtualClock::new();
    let _entered = clock.enter();
    let (go_on, wait) = mpsc::channel::<()>();
    let mut call = to_thread(move || wait.recv().unwrap_or_default());
    assert!(!clock.is_held());
    let (held, was_held) = mpsc::channel();
    let waker = Waker::from(Arc::new(Witness { clock: clock.clone(), held: Mutex::new(held) }));
    assert!(pin!(&mut call).poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(clock.is_held());
    drop(go_on);
    assert!(was_held.recv().unwrap());
    assert!(matches!(poll(&mut call), Poll::Ready(Ok(()))));
    while clock.is_held() {
        thread::yield_now();
    }
}

#[test]
fn a_cancelled_call_lets_the_virtual_clock_go() {
    let clock = VirtualClock::new();
    let _entered = clock.enter();
    let pool = ThreadPoolExecutor::new(1);
    let busy = thread::scope(|scope| scope.spawn(|| occupy(&pool)).join().unwrap());
    let mut call = run_in_executor(&pool, || ());
    assert!(poll(&mut call).is_pending() && clock.is_held());
    drop(call);
    assert!(!clock.is_held());
    drop(busy);
}

#[test]
fn the_pool_grows_whatever_the_submitter_s_clock_says() {
    let clock = VirtualClock::new();
    let _entered = clock.enter();
    clock.advance_to(clock.now() + Duration::from_secs(86_400));
    let pool = ThreadPoolExecutor::new(2);
    let busy = occupy(&pool);
    // A day ahead of the worker's clock: the queue seems never to have stood still.
    let (called, is_called) = mpsc::channel();
    run_in_executor(&pool, move || called.send(()).unwrap()).detach();
    is_called.recv_timeout(Duration::from_secs(30)).unwrap();
    drop(busy);
}

#[test]
fn calls_into_the_default_are_counted_also_when_it_is_made_the_default_again() {
    let pool = asyncio_blocking::default_executor();
    asyncio_blocking::set_default_executor(pool.clone());
    let busy = occupy(&pool);
    assert_eq!(Calls::of_this_thread().count(), 1);
    drop(busy);
    assert!(Calls::of_this_thread().wait(Duration::from_secs(60)));
}

#[test]
fn thr_9_run_16_open_calls_are_counted_by_thread_also_those_nobody_awaits() {
    let (began, has_begun) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let mut call = to_thread(move || {
        began.send(()).unwrap();
        let _ = wait.recv();
    });
    assert!(poll(&mut call).is_pending());
    has_begun.recv().unwrap();
    drop(call);

    let calls = Calls::of_this_thread();
    assert_eq!(calls.count(), 1);
    assert!(!calls.wait(Duration::from_millis(1)));
    let mut finished = calls.finished();
    assert!(poll(&mut finished).is_pending());
    thread::scope(|scope| {
        assert_eq!(scope.spawn(|| Calls::of_this_thread().count()).join().unwrap(), 0);
    });
    drop(go_on);
    block_on(finished);
    assert!(calls.wait(Duration::ZERO));
}

#[test]
fn a_loop_s_calls_are_its_own_and_may_have_an_executor_of_their_own() {
    let calls = Calls::new();
    let entered = calls.enter();
    let pool = ThreadPoolExecutor::builder().thread_name_prefix("own").build().unwrap();
    assert!(calls.set_executor(pool.clone()).is_none());
    let name = block_on(to_thread(|| thread::current().name().map(str::to_owned))).unwrap();
    assert_eq!(name.as_deref(), Some("own_0"));
    let busy = occupy(&pool);
    assert_eq!(calls.count(), 1);
    // Its executor is the default one here only.
    drop(entered);
    let elsewhere = occupy(&pool);
    assert_eq!((calls.count(), Calls::of_this_thread().count()), (1, 0));
    assert_ne!(asyncio_blocking::default_executor().max_workers(), 0);
    // One that was replaced is a pool like others, and runs on.
    let _entered = calls.enter();
    let before = calls.set_executor(ThreadPoolExecutor::new(1)).unwrap();
    assert!(!before.is_shut_down());
    let replaced = occupy(&before);
    assert_eq!(calls.count(), 1);
    drop((busy, elsewhere, replaced));
    assert!(calls.wait(Duration::from_secs(60)));
}

#[test]
fn ll42_6_a_loop_that_has_done_with_the_default_executor_gets_no_calls_into_it() {
    let calls = Calls::new();
    let entered = calls.enter();
    let busy = occupy(&asyncio_blocking::default_executor());
    calls.refuse();
    let default = asyncio_blocking::default_executor();
    assert!(block_on(to_thread(|| ())).unwrap_err().is_shut_down());
    assert!(block_on(run_in_executor(&default, || ())).unwrap_err().is_shut_down());
    assert!(!default.try_submit(|| ()).unwrap_err().is_full());
    // Its other pools and the calls of others are not concerned, nor is what runs.
    block_on(run_in_executor(&ThreadPoolExecutor::new(1), || ())).unwrap();
    assert_eq!(calls.count(), 1);
    drop((entered, busy));
    block_on(to_thread(|| ())).unwrap();
    assert!(calls.wait(Duration::from_secs(60)));
}
