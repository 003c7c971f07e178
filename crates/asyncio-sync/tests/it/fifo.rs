//! A first-in first-out executor, as small as it can be and as strict: one batch is a turn.

use asyncio_context::{TaskRef, recorded};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

#[derive(Default)]
pub(crate) struct Fifo<'a> {
    tasks: RefCell<Vec<Option<Task<'a>>>>,
    refs: RefCell<Vec<TaskRef>>,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

struct Ready {
    task: usize,
    queued: AtomicBool,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::SeqCst) {
            self.ready.lock().unwrap().push_back(self.task);
        }
    }
}

impl<'a> Fifo<'a> {
    pub(crate) fn new() -> Fifo<'a> {
        Fifo::default()
    }

    /// Starts a task in the next turn.
    pub(crate) fn spawn<F: Future<Output = ()> + 'a>(&self, future: F) -> usize {
        let task = self.tasks.borrow().len();
        let future = recorded(format!("t{task}"), future);
        self.refs.borrow_mut().push(future.task());
        let wake = Ready { task, queued: AtomicBool::new(false), ready: self.ready.clone() };
        let wake = Arc::new(wake);
        wake.clone().wake();
        self.tasks.borrow_mut().push(Some(Box::pin(async move {
            let waker = Waker::from(wake.clone());
            let mut future = pin!(future);
            let result = poll_fn(|_| {
                wake.queued.store(false, Ordering::SeqCst);
                future.as_mut().poll(&mut Context::from_waker(&waker))
            });
            if let Err(error) = result.await
                && error.is_panic()
            {
                resume_unwind(error.into_panic());
            }
        })));
        task
    }

    /// Drops a task where it stands.
    pub(crate) fn cancel(&self, task: usize) {
        let task = self.tasks.borrow_mut()[task].take();
        drop(task);
    }

    pub(crate) fn done(&self, task: usize) -> bool {
        self.tasks.borrow()[task].is_none()
    }

    pub(crate) fn task(&self, task: usize) -> TaskRef {
        self.refs.borrow()[task].clone()
    }

    /// Polls what is ready now, and nothing that becomes so.
    pub(crate) fn turn(&self) {
        let batch = std::mem::take(&mut *self.ready.lock().unwrap());
        for task in batch {
            let Some(mut future) = self.tasks.borrow_mut()[task].take() else { continue };
            if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                self.tasks.borrow_mut()[task] = Some(future);
            }
        }
    }

    /// Turns until nothing is ready.
    pub(crate) fn run(&self) {
        while !self.ready.lock().unwrap().is_empty() {
            self.turn();
        }
    }
}

/// What tasks did, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Rc<RefCell<Vec<usize>>>);

impl Log {
    pub(crate) fn add(&self, entry: usize) {
        self.0.borrow_mut().push(entry);
    }

    /// What was added since the last call.
    pub(crate) fn take(&self) -> Vec<usize> {
        self.0.take()
    }
}

pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The output of a future that must not suspend.
#[track_caller]
pub(crate) fn at_once<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it suspended"),
    }
}

pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts its wakes.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// The message with which `f` panics.
#[track_caller]
pub(crate) fn panic_message(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it did not panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().unwrap()).to_string(),
    }
}
