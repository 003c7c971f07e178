//! Wakers and comparisons that panic.

use crate::fifo::{Count, panic_message};
use crate::in_both_confinements;
use asyncio_sync::confined::{
    Barrier, Condition, Confinement, Event, Lock, LoopLocal, Queue, Smallest,
};
use std::cell::RefCell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

in_both_confinements! {
    set_wakes_the_others_of_a_waker_that_panics,
    notify_wakes_the_others_of_a_waker_that_panics,
    abort_wakes_the_others_of_a_waker_that_panics,
    task_done_wakes_the_others_of_a_waker_that_panics,
    shutdown_wakes_everybody_although_wakers_panic,
}

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

/// Futures that wait; the first, and one in the midst, with a waker that panics.
struct Waiting<'a> {
    futures: Vec<Pin<Box<dyn Future<Output = ()> + 'a>>>,
    wakes: Arc<Count>,
    good: usize,
}

impl<'a> Waiting<'a> {
    fn start<F: Future + 'a>(make: impl Fn() -> F) -> Waiting<'a> {
        // More than are taken off the list at a time.
        let (wakes, bad) = (Arc::new(Count::default()), [0, 40]);
        let futures = (0..100).map(|n| {
            let waker =
                if bad.contains(&n) { Waker::from(Arc::new(Bad)) } else { wakes.clone().into() };
            let wait = make();
            let mut future: Pin<Box<dyn Future<Output = ()> + 'a>> = Box::pin(async {
                wait.await;
            });
            assert_eq!(future.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
            future
        });
        let futures = futures.collect::<Vec<_>>();
        Waiting { wakes, good: futures.len() - bad.len(), futures }
    }

    fn were_all_woken(self) -> bool {
        // Nothing is left that the end of these could wake.
        let all = self.wakes.get() == self.good;
        drop(self.futures);
        all
    }
}

fn set_wakes_the_others_of_a_waker_that_panics<R: Confinement>() {
    let event = Event::<R>::new();
    let waiting = Waiting::start(|| event.wait());
    assert_eq!(panic_message(|| event.set()), "a bad waker");
    assert!(waiting.were_all_woken());
}

fn notify_wakes_the_others_of_a_waker_that_panics<R: Confinement>() {
    let (lock, condition) = (Lock::<(), R>::new(()), Condition::<R>::new());
    let waiting = Waiting::start(|| condition.wait(lock.try_lock().unwrap()));
    assert_eq!(panic_message(|| condition.notify_all()), "a bad waker");
    assert!(waiting.were_all_woken());
}

fn abort_wakes_the_others_of_a_waker_that_panics<R: Confinement>() {
    let barrier = Barrier::<R>::new(1000);
    let waiting = Waiting::start(|| barrier.wait());
    assert_eq!(panic_message(|| barrier.abort()), "a bad waker");
    assert!(waiting.were_all_woken());
}

fn task_done_wakes_the_others_of_a_waker_that_panics<R: Confinement>() {
    let queue = Queue::<(), R>::new(0);
    queue.put_nowait(()).unwrap();
    let waiting = Waiting::start(|| queue.join());
    assert_eq!(panic_message(|| queue.task_done()), "a bad waker");
    assert!(waiting.were_all_woken());
}

fn shutdown_wakes_everybody_although_wakers_panic<R: Confinement>() {
    let queue = Queue::<(), R>::new(1);
    queue.put_nowait(()).unwrap();
    let putters = Waiting::start(|| queue.put(()));
    let joiners = Waiting::start(|| queue.join());
    assert_eq!(panic_message(|| queue.shutdown(true)), "a bad waker");
    assert!(putters.were_all_woken());
    assert!(joiners.were_all_woken());
}

/// An item whose comparison drops what is in `VICTIM`.
struct Item;

type Get = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static VICTIM: RefCell<Option<Get>> = const { RefCell::new(None) };
}

impl Ord for Item {
    fn cmp(&self, _: &Item) -> Ordering {
        drop(VICTIM.take());
        Ordering::Equal
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Item) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Item) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Item {}

const CHILD: &str = "ASYNCIO_SYNC_TEST_DROPS_IN_A_COMPARISON";

/// A waiter that is refused the exclusion cannot leave the list, which would then lead to freed
/// memory. Its process ends; so this runs in one of its own.
#[test]
fn a_wait_dropped_by_a_comparison_of_its_queue_is_not_left_in_the_list() {
    if std::env::var_os(CHILD).is_none() {
        let name = "panics::a_wait_dropped_by_a_comparison_of_its_queue_is_not_left_in_the_list";
        let mut child = Command::new(std::env::current_exe().unwrap());
        let child = child.args(["--exact", name, "--nocapture"]).env(CHILD, "1").output().unwrap();
        let said = String::from_utf8_lossy(&child.stderr);
        assert!(said.contains("a queue was used by a comparison of its own items"), "{said}");
        assert!(!said.contains("went on") && !child.status.success(), "{said}");
        return;
    }
    let queue: &'static Queue<Item, LoopLocal, Smallest> = Box::leak(Box::default());
    let waits = |_| {
        let mut get: Get = Box::pin(async { drop(queue.get().await) });
        assert!(get.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        get
    };
    let mut gets: Vec<Get> = (0..3).map(waits).collect();
    VICTIM.set(gets.pop());
    let put = || drop((queue.put_nowait(Item), queue.put_nowait(Item)));
    let caught = catch_unwind(AssertUnwindSafe(put)).is_err();
    eprintln!("went on, caught: {caught}");
    std::process::exit(0);
}
