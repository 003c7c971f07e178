use super::task::note_wait;
use super::{SharedTask, Task};
use asyncio_context::JoinError;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Waits for a task and passes a cancellation on to it: what `task.await` makes.
///
/// # Cancel safety
///
/// A request that reaches the wait is passed on to the task, which is waited for; if it swallows the
/// request, its value is the result (CAN-5, CAN-6). Dropped, the wait leaves the task alone.
#[must_use = "futures do nothing unless polled"]
pub struct Joining<T> {
    task: Task<T>,
    at: &'static Location<'static>,
    done: bool,
}

impl<T> Joining<T> {
    #[inline]
    pub(super) fn new(task: Task<T>, at: &'static Location<'static>) -> Joining<T> {
        Joining { task, at, done: false }
    }
}

impl<T> Future for Joining<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.task.poll_result(cx);
        if polled.is_pending() {
            note_wait(self.task.id(), self.at);
        } else {
            self.done = true;
        }
        polled
    }
}

impl<T> Drop for Joining<T> {
    #[inline]
    fn drop(&mut self) {
        if !self.done {
            self.task.forget_waker();
        }
    }
}

impl<T> fmt::Debug for Joining<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Joining").field(&self.task).finish()
    }
}

/// Waits for a shared task and passes a cancellation on to it: what `task.await` makes.
///
/// # Cancel safety
///
/// As [`Joining`].
#[must_use = "futures do nothing unless polled"]
pub struct SharedJoining<T> {
    task: SharedTask<T>,
    at: &'static Location<'static>,
}

impl<T> SharedJoining<T> {
    pub(super) fn new(task: SharedTask<T>, at: &'static Location<'static>) -> SharedJoining<T> {
        SharedJoining { task, at }
    }
}

impl<T> Future for SharedJoining<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.task.poll_result(cx);
        if polled.is_pending() {
            note_wait(self.task.id(), self.at);
        }
        polled
    }
}

impl<T> Drop for SharedJoining<T> {
    fn drop(&mut self) {
        self.task.forget_waker();
    }
}

impl<T> fmt::Debug for SharedJoining<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedJoining").field(&self.task).finish()
    }
}
