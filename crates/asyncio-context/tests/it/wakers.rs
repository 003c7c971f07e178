//! Wakers that are not as plain as most.

use asyncio_context::{catch_cancel, recorded, report};
use futures_lite::future::pending;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::ptr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_task_that_is_over_keeps_no_waker() {
    let count = Arc::new(Count::default());
    let waker = Waker::from(count.clone());
    let held = Arc::strong_count(&count);

    let mut polls = 0;
    let ends = recorded(
        "ends",
        poll_fn(|_| {
            polls += 1;
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        }),
    );
    let (handle, mut ends) = (ends.task(), pin!(ends));
    assert!(ends.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(Arc::strong_count(&count), held + 1);
    assert!(ends.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    assert_eq!((Arc::strong_count(&count), handle.done()), (held, true));

    let mut dropped = Box::pin(recorded("dropped", pending::<()>()));
    let handle = dropped.task();
    assert!(dropped.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(dropped);
    assert_eq!((Arc::strong_count(&count), handle.done()), (held, true));
}

thread_local! {
    /// What a clone of [`place_waker`] wakes.
    static HERE: RefCell<Arc<Count>> = RefCell::default();
}

/// A waker that is a place in an executor, where one task stands after the other: only its clones
/// belong to the task that stands there.
fn place_waker() -> Waker {
    fn clone(_: *const ()) -> RawWaker {
        let waker = Waker::from(HERE.with_borrow(Arc::clone));
        let raw = RawWaker::new(waker.data(), waker.vtable());
        std::mem::forget(waker);
        raw
    }
    fn nothing(_: *const ()) {}
    static PLACE: RawWakerVTable = RawWakerVTable::new(clone, nothing, nothing, nothing);
    // SAFETY: the data is not used, and what a clone holds goes by the vtable that it came with.
    unsafe { Waker::new(ptr::null(), &PLACE) }
}

#[test]
fn a_waker_is_known_by_the_clone_that_was_kept() {
    let (first, second) = (Arc::new(Count::default()), Arc::new(Count::default()));
    let place = place_waker();
    let task = recorded("t", async {
        let mut boundary = pin!(catch_cancel(pending::<()>()));
        poll_fn(|_| boundary.as_mut().poll(&mut Context::from_waker(&place))).await.unwrap_err()
    });
    let (handle, mut task) = (task.task(), pin!(task));
    for here in [&first, &second] {
        HERE.set(here.clone());
        assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    handle.cancel();
    assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!((first.get(), second.get()), (0, 1));
}

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a bad waker");
    }
}

#[test]
fn a_waker_that_panics_does_not_keep_a_request_from_the_others() {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let seen = reports.clone();
    let _handler = report::enter_handler(Rc::new(move |report: report::Report| {
        seen.borrow_mut().push(report.to_string());
    }));
    let (bad, stopped) = (Waker::from(Arc::new(Bad)), Cell::new(0));
    let task = recorded("t", async {
        let boundary = async || {
            let token = catch_cancel(pending::<()>()).await.unwrap_err();
            stopped.set(stopped.get() + 1);
            token.propagate().await
        };
        let (mut a, mut b) = (pin!(boundary()), pin!(boundary()));
        poll_fn(|_| -> Poll<()> {
            let _: Poll<()> = a.as_mut().poll(&mut Context::from_waker(&bad));
            let _: Poll<()> = b.as_mut().poll(&mut Context::from_waker(&bad));
            Poll::Pending
        })
        .await;
    });
    let (handle, mut task) = (task.task(), pin!(task));
    assert!(task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    handle.cancel();
    let Poll::Ready(end) = task.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it is not over");
    };
    assert!(end.unwrap_err().is_cancelled());
    assert_eq!(stopped.get(), 2);
    let reports = reports.borrow();
    assert!(!reports.is_empty() && reports.iter().all(|text| text.contains("a bad waker")));
}
