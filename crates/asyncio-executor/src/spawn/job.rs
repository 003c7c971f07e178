use asyncio_context::TaskRef;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A task handed to an executor of the user's: poll it to its end, on any thread.
///
/// It does everything that makes it a task by itself: its record, cancellation, panics.
///
/// # Cancel safety
///
/// Dropped, it ends the task cancelled, and those who wait for the task are told.
#[must_use = "a task that is dropped ends cancelled"]
pub struct Job {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    task: TaskRef,
}

/// [`Job`] for executors of one thread.
///
/// # Cancel safety
///
/// As [`Job`].
#[must_use = "a task that is dropped ends cancelled"]
pub struct LocalJob {
    future: Pin<Box<dyn Future<Output = ()>>>,
    task: TaskRef,
}

impl Job {
    pub(super) fn new(future: Pin<Box<dyn Future<Output = ()> + Send>>, task: TaskRef) -> Job {
        Job { future, task }
    }

    /// The task this is.
    pub fn task(&self) -> &TaskRef {
        &self.task
    }
}

impl LocalJob {
    pub(super) fn new(future: Pin<Box<dyn Future<Output = ()>>>, task: TaskRef) -> LocalJob {
        LocalJob { future, task }
    }

    /// The task this is.
    pub fn task(&self) -> &TaskRef {
        &self.task
    }
}

impl Future for Job {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.future.as_mut().poll(cx)
    }
}

impl Future for LocalJob {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.future.as_mut().poll(cx)
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Job").field(&self.task).finish()
    }
}

impl fmt::Debug for LocalJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalJob").field(&self.task).finish()
    }
}
