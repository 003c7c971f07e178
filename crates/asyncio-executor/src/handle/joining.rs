//! Waiting for a task with cancellation passed on.

use super::task::{not_itself, note_wait};
use super::{SharedTask, Task};
use asyncio_context::tree::{Leaf, Step};
use asyncio_context::{JoinError, Message, TaskId, TaskRef};
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What both handles offer to a wait.
pub(super) trait Awaited {
    type Value;

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<Self::Value, JoinError>>;
    /// `poll_end` with a reference to the task that waits, which is kept until this is ready or
    /// `forget` was called. Pending, it is noted in that task's record.
    fn poll_end_held(
        &mut self,
        cx: &mut Context<'_>,
        waiting: &TaskRef,
        at: &'static Location<'static>,
    ) -> Poll<Result<Self::Value, JoinError>>;
    fn is_done(&self) -> bool;
    /// Passes a request on, with its text.
    fn ask(&self, message: Option<Message>);
    fn forget(&self);
    fn id(&self) -> TaskId;
}

/// A forward node of the cancellation tree over a handle.
struct Forward<H: Awaited> {
    // First: it is out of the tree before the handle is dropped.
    node: Leaf,
    handle: H,
    at: &'static Location<'static>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Not polled yet: a task that is over by the first poll costs no node (EXE-6).
    New,
    Waiting,
    /// The waker is not with the task any more: the wait is over, or unwound and never ends.
    Over,
}

impl<H: Awaited> Forward<H> {
    #[inline]
    fn new(handle: H, at: &'static Location<'static>) -> Forward<H> {
        Forward { node: Leaf::new(), handle, at, stage: Stage::New }
    }

    #[inline]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<H::Value, JoinError>> {
        match self.stage {
            Stage::New if self.handle.is_done() => {
                self.stage = Stage::Over;
                return self.handle.poll_end(cx);
            }
            Stage::New => self.stage = Stage::Waiting,
            Stage::Waiting => {}
            Stage::Over => return Poll::Pending,
        }
        let (handle, at) = (&mut self.handle, self.at);
        match self.node.poll_held(cx, |cx, task| handle.poll_end_held(cx, task, at)) {
            Some(Poll::Pending) => Poll::Pending,
            Some(Poll::Ready(end)) => {
                self.stage = Stage::Over;
                Poll::Ready(end)
            }
            None => self.poll_in_tree(cx),
        }
    }

    #[cold]
    #[inline(never)]
    fn poll_in_tree(&mut self, cx: &mut Context<'_>) -> Poll<Result<H::Value, JoinError>> {
        // Ahead of the node, which gives up the reference that was lent.
        self.handle.forget();
        loop {
            let handle = &mut self.handle;
            match self.node.poll(cx, |cx| handle.poll_end(cx)) {
                Step::Pending => {
                    not_itself(self.handle.id());
                    note_wait(self.handle.id(), self.at);
                    return Poll::Pending;
                }
                Step::Ready(end) => return self.end(end),
                // Over when the request came: the result stays unread, the cancellation wins.
                Step::Act if self.handle.is_done() => {
                    self.stage = Stage::Over;
                    self.node.unwind();
                    return Poll::Pending;
                }
                // And once more round: a waker must be with the task.
                Step::Act => self.handle.ask(self.node.message()),
            }
        }
    }

    fn end(&mut self, end: Result<H::Value, JoinError>) -> Poll<Result<H::Value, JoinError>> {
        self.stage = Stage::Over;
        if self.node.acted() {
            if let Err(error) = &end
                && error.is_cancelled()
            {
                let message = error.message().map(|message| message.to_owned().into());
                self.node.unwind_with(message);
                return Poll::Pending;
            }
            self.node.swallowed();
        }
        Poll::Ready(end)
    }
}

impl<H: Awaited> Drop for Forward<H> {
    #[inline]
    fn drop(&mut self) {
        if self.stage == Stage::Waiting {
            self.handle.forget();
        }
    }
}

impl<T> Awaited for Task<T> {
    type Value = T;

    #[inline]
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        self.poll_result(cx)
    }

    #[inline]
    fn poll_end_held(
        &mut self,
        cx: &mut Context<'_>,
        waiting: &TaskRef,
        at: &'static Location<'static>,
    ) -> Poll<Result<T, JoinError>> {
        // SAFETY: a `Forward` calls `forget` before its leaf lets go of the reference: in
        // `poll_in_tree` and in its own drop, and there is no other way but the result; where it is
        // leaked, so is the reference.
        unsafe { self.poll_result_held(cx, waiting, at) }
    }

    #[inline]
    fn is_done(&self) -> bool {
        self.done()
    }

    fn ask(&self, message: Option<Message>) {
        match message {
            Some(message) => self.cancel_with(message),
            None => self.cancel(),
        };
    }

    fn forget(&self) {
        self.forget_waker();
    }

    #[inline]
    fn id(&self) -> TaskId {
        self.id()
    }
}

impl<T> Awaited for SharedTask<T> {
    type Value = T;

    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        self.poll_result(cx)
    }

    fn poll_end_held(
        &mut self,
        cx: &mut Context<'_>,
        _: &TaskRef,
        at: &'static Location<'static>,
    ) -> Poll<Result<T, JoinError>> {
        let polled = self.poll_result(cx);
        if polled.is_pending() {
            not_itself(self.id());
            note_wait(self.id(), at);
        }
        polled
    }

    fn is_done(&self) -> bool {
        self.done()
    }

    fn ask(&self, message: Option<Message>) {
        match message {
            Some(message) => self.cancel_with(message),
            None => self.cancel(),
        };
    }

    fn forget(&self) {
        self.forget_waker();
    }

    fn id(&self) -> TaskId {
        self.id()
    }
}

/// Waits for a task and passes a cancellation on to it: what `task.await` makes.
///
/// # Cancel safety
///
/// A request that reaches the wait is passed on to the task, which is waited for; if it swallows the
/// request, its value is the result (CAN-5, CAN-6). If the task was over when the request came, the
/// cancellation wins and the result stays unread. Dropped, the wait leaves the task alone.
///
/// # Panics
///
/// When the result was taken before, and when a task waits for itself.
#[must_use = "futures do nothing unless polled"]
pub struct Joining<T>(Forward<Task<T>>);

impl<T> Joining<T> {
    #[inline]
    pub(super) fn new(task: Task<T>, at: &'static Location<'static>) -> Joining<T> {
        Joining(Forward::new(task, at))
    }
}

impl<T> Future for Joining<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx)
    }
}

impl<T> fmt::Debug for Joining<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Joining").field(&self.0.handle).finish()
    }
}

/// Waits for a shared task and passes a cancellation on to it: what `task.await` makes.
///
/// # Cancel safety
///
/// As [`Joining`].
///
/// # Panics
///
/// As [`Joining`].
#[must_use = "futures do nothing unless polled"]
pub struct SharedJoining<T>(Forward<SharedTask<T>>);

impl<T> SharedJoining<T> {
    pub(super) fn new(task: SharedTask<T>, at: &'static Location<'static>) -> SharedJoining<T> {
        SharedJoining(Forward::new(task, at))
    }
}

impl<T> Future for SharedJoining<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(cx)
    }
}

impl<T> fmt::Debug for SharedJoining<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedJoining").field(&self.0.handle).finish()
    }
}
