use crate::poll;
use asyncio_blocking::{ThreadPoolExecutor, run_in_executor};
use futures_lite::future::block_on;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

/// Panics when it is dropped, quietly, and says that it did.
struct Grenade(mpsc::Sender<()>);

impl Drop for Grenade {
    fn drop(&mut self) {
        self.0.send(()).unwrap();
        resume_unwind(Box::new("pulled"));
    }
}

struct PanickingWaker(Mutex<mpsc::Sender<()>>);

impl Wake for PanickingWaker {
    fn wake(self: Arc<Self>) {
        self.0.lock().unwrap().send(()).unwrap();
        resume_unwind(Box::new("woken"));
    }
}

/// The one thread of `pool` is still there and takes work.
fn still_works(pool: &ThreadPoolExecutor) {
    assert_eq!(block_on(run_in_executor(pool, || 1)).unwrap(), 1);
    assert_eq!(pool.workers(), 1);
}

#[test]
fn in_the_function() {
    let pool = ThreadPoolExecutor::new(1);
    for _ in 0..3 {
        let call = run_in_executor(&pool, || resume_unwind(Box::new("no")));
        let error = block_on(call).map(|_: ()| ()).unwrap_err();
        assert_eq!(error.to_string(), "the function panicked: no");
    }
    still_works(&pool);
}

#[test]
fn in_the_function_that_nobody_awaits() {
    let pool = ThreadPoolExecutor::new(1);
    run_in_executor(&pool, || -> () { resume_unwind(Box::new("no")) }).detach();
    still_works(&pool);
}

#[test]
fn in_the_destructor_of_a_result_that_nobody_wants() {
    let pool = ThreadPoolExecutor::new(1);
    let (dropped, was_dropped) = mpsc::channel();
    run_in_executor(&pool, move || Grenade(dropped)).detach();
    was_dropped.recv().unwrap();
    still_works(&pool);
}

#[test]
fn in_the_destructor_of_a_result_that_was_not_picked_up() {
    let pool = ThreadPoolExecutor::new(1);
    let (dropped, was_dropped) = mpsc::channel();
    let call = run_in_executor(&pool, move || Grenade(dropped));
    still_works(&pool);
    // The result is there by now, and goes with its future, on this thread.
    drop(call);
    was_dropped.recv().unwrap();
}

#[test]
fn in_the_destructor_of_a_cancelled_function() {
    let pool = ThreadPoolExecutor::new(1);
    let busy = crate::occupy(&pool);
    let (dropped, was_dropped) = mpsc::channel();
    let grenade = Grenade(dropped);
    let mut call = run_in_executor(&pool, move || drop(grenade));
    assert!(poll(&mut call).is_pending());
    drop(call);
    was_dropped.recv().unwrap();
    drop(busy);
    still_works(&pool);
}

#[test]
fn in_a_waker() {
    let pool = ThreadPoolExecutor::new(1);
    let (woken, was_woken) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let waker = Waker::from(Arc::new(PanickingWaker(Mutex::new(woken))));
    let mut call = run_in_executor(&pool, move || wait.recv().unwrap_or_default());
    assert!(pin!(&mut call).poll(&mut Context::from_waker(&waker)).is_pending());
    drop(go_on);
    was_woken.recv().unwrap();
    still_works(&pool);
    assert!(poll(&mut call).is_ready());
}

#[test]
fn ll44_6_in_the_initializer() {
    let pool = ThreadPoolExecutor::builder()
        .max_workers(1)
        .initializer(|| resume_unwind(Box::new("not today")))
        .build()
        .unwrap();
    assert!(block_on(run_in_executor(&pool, || 1)).unwrap_err().is_broken());
    assert!(block_on(run_in_executor(&pool, || 1)).unwrap_err().is_broken());
    assert!(pool.try_submit(|| 1).is_err());
}
