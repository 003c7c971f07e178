use super::Task;
use asyncio_context::JoinError;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A task that is cancelled when this handle is dropped.
///
/// Awaiting it passes no cancellation on, but being dropped with the waiting code does the same. The
/// task still cleans up by itself: nobody waits for that.
///
/// # Cancel safety
///
/// Dropped, before its first poll or after any, it asks the task to stop.
///
/// ```
/// use asyncio_executor::{AbortOnDrop, LocalExecutor, ThreadPark, create_task};
///
/// LocalExecutor::new().run_until(async {
///     let task = AbortOnDrop::new(create_task(std::future::pending::<()>()));
///     let other = task.task_ref();
///     drop(task);
///     assert_eq!(other.cancelling(), 1);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
#[derive(Debug)]
#[must_use = "dropping this cancels the task"]
pub struct AbortOnDrop<T>(Option<Task<T>>);

impl<T> AbortOnDrop<T> {
    /// Cancels `task` when the new handle is dropped.
    pub fn new(task: Task<T>) -> AbortOnDrop<T> {
        AbortOnDrop(Some(task))
    }

    /// The plain handle again.
    pub fn into_inner(mut self) -> Task<T> {
        self.0.take().expect("taken by this function alone")
    }
}

impl<T> Deref for AbortOnDrop<T> {
    type Target = Task<T>;

    fn deref(&self) -> &Task<T> {
        self.0.as_ref().expect("there until the handle is consumed")
    }
}

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let task = self.0.as_mut().expect("there until the handle is consumed");
        Pin::new(&mut &mut *task).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.cancel();
        }
    }
}
