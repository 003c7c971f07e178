//! What the bodies are written with, the same in all worlds.

use asyncio::{JoinError, TaskRef};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// How a task ended.
pub type End<T> = Result<T, JoinError>;

/// A task that was spawned. To be awaited by `end`: some executors stop what nobody has a handle of.
pub struct Child<T> {
    pub task: TaskRef,
    end: Pin<Box<dyn Future<Output = End<T>>>>,
}

impl<T> Child<T> {
    pub fn new(task: TaskRef, end: impl Future<Output = End<T>> + 'static) -> Child<T> {
        Child { task, end: Box::pin(end) }
    }

    /// Asks it to stop.
    pub fn cancel(&self) -> bool {
        self.task.cancel()
    }

    /// Waits until it waits for something.
    #[track_caller]
    pub fn waits(self) -> impl Future<Output = Child<T>> {
        let task = self.task.clone();
        let waits = until(move || task.waits_for().is_some());
        async {
            waits.await;
            self
        }
    }

    /// How it ended. Looked for again and again, so that a test in which it never does fails.
    #[track_caller]
    pub fn end(self) -> impl Future<Output = End<T>> {
        let Child { task, end } = self;
        let over = until(move || task.done());
        async {
            over.await;
            end.await
        }
    }

    /// What it gave.
    #[track_caller]
    pub fn value(self) -> impl Future<Output = T> {
        let end = self.end();
        async { end.await.unwrap() }
    }

    /// Asks it to stop and waits until it has.
    #[track_caller]
    pub fn stopped(self) -> impl Future<Output = ()> {
        assert!(self.cancel());
        let end = self.end();
        async { assert!(end.await.is_err_and(|error| error.is_cancelled())) }
    }
}

/// What tasks did, in order.
pub struct Log<T>(Arc<Mutex<Vec<T>>>);

impl<T> Log<T> {
    pub fn new() -> Log<T> {
        Log(Arc::default())
    }

    pub fn add(&self, entry: T) {
        self.0.lock().unwrap().push(entry);
    }

    /// What was added since the last call.
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    pub fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Log<T> {
        Log(self.0.clone())
    }
}

/// Lets others run.
pub async fn turn() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Lets others run until `condition` holds.
#[track_caller]
pub fn until<C: FnMut() -> bool>(mut condition: C) -> impl Future<Output = ()> + use<C> {
    let at = std::panic::Location::caller();
    async move {
        for _ in 0..1_000_000 {
            if condition() {
                return;
            }
            std::thread::yield_now();
            turn().await;
        }
        panic!("what is waited for at {at} never comes");
    }
}

/// The output of a future that must not suspend.
#[track_caller]
pub fn at_once<F: Future>(future: F) -> F::Output {
    match Hand::new(future).poll() {
        Some(output) => output,
        None => panic!("it suspended"),
    }
}

/// A future that is polled by the test itself, where a behaviour is about what happens between two
/// turns of a task. Dropping it is what a request does to a task without a boundary.
pub struct Hand<F: Future> {
    future: Pin<Box<F>>,
    wakes: Arc<Count>,
}

impl<F: Future> Hand<F> {
    pub fn new(future: F) -> Hand<F> {
        Hand { future: Box::pin(future), wakes: Arc::default() }
    }

    /// One that waits.
    #[track_caller]
    pub fn waiting(future: F) -> Hand<F> {
        let mut hand = Hand::new(future);
        assert!(hand.poll().is_none(), "it did not suspend");
        hand
    }

    pub fn poll(&mut self) -> Option<F::Output> {
        let waker = Waker::from(self.wakes.clone());
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// How often it was woken.
    pub fn wakes(&self) -> usize {
        self.wakes.0.load(SeqCst)
    }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The message with which `f` panics.
#[track_caller]
pub fn panics<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(|| drop(f()))) {
        Ok(()) => panic!("it did not panic"),
        Err(payload) => match payload.downcast::<String>() {
            Ok(text) => *text,
            Err(payload) => (*payload.downcast::<&str>().unwrap()).to_owned(),
        },
    }
}

/// The text form.
pub fn text(value: &impl fmt::Debug) -> String {
    format!("{value:?}")
}
