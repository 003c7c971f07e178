use super::join_state::SharedState;
use super::task::{not_itself, note_wait};
use super::{DoneCallback, SharedJoining};
use crate::local::callback::bound_send;
use asyncio_context::{JoinError, Message, TaskId, TaskRef};
use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// The handle of a shared task: `Send`, wherever the task runs. Otherwise as [`Task`](crate::Task).
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, spawn};
///
/// LocalExecutor::new().run_until(async {
///     let task = spawn(async { 6 * 7 });
///     assert_eq!(task.await.unwrap(), 42);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
pub struct SharedTask<T> {
    state: Arc<SharedState<T>>,
}

impl<T> SharedTask<T> {
    pub(crate) fn new(state: Arc<SharedState<T>>) -> SharedTask<T> {
        SharedTask { state }
    }

    /// The task, cloneable and untyped.
    pub fn task_ref(&self) -> TaskRef {
        self.state.task().clone()
    }

    /// The task's number.
    pub fn id(&self) -> TaskId {
        self.state.task().id()
    }

    /// The task's name. asyncio: `get_name`.
    pub fn name(&self) -> Cow<'static, str> {
        self.state.task().name()
    }

    /// Gives the task a name.
    pub fn set_name(&self, name: impl Into<Cow<'static, str>>) {
        self.state.task().set_name(name);
    }

    /// Asks the task to stop. False if it is over already (CAN-1).
    pub fn cancel(&self) -> bool {
        self.state.task().cancel()
    }

    /// [`cancel`](SharedTask::cancel) with a text for those who catch it.
    pub fn cancel_with(&self, message: impl Into<Message>) -> bool {
        self.state.task().cancel_with(message)
    }

    /// How many requests to stop are in force.
    pub fn cancelling(&self) -> usize {
        self.state.task().cancelling()
    }

    /// Takes one request back and says how many are left.
    pub fn uncancel(&self) -> usize {
        self.state.task().uncancel()
    }

    /// Whether the task is over and its result there (TSK-1).
    pub fn done(&self) -> bool {
        self.state.is_done()
    }

    /// Whether the task is over and ended cancelled, also when the result was taken (CLD-2).
    pub fn cancelled(&self) -> bool {
        self.state.task().cancelled()
    }

    /// Takes the result: `None` while the task is not over, and when the result was taken before.
    pub fn result(&mut self) -> Option<Result<T, JoinError>> {
        self.state.take()
    }

    /// Has `callback` called with the task when it is over: by the loop of the thread where it ends,
    /// or there at once if that has none; with the context variables of the code that registers it. A panic in it is reported.
    pub fn add_done_callback(
        &self,
        callback: impl FnOnce(TaskRef) + Send + 'static,
    ) -> DoneCallback {
        self.state.add_callback(bound_send(callback))
    }

    /// Takes a done-callback back, which is dropped here (TSK-9). False if it is none of this task's, or
    /// too late.
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> bool {
        self.state.remove_callback(callback)
    }

    pub(super) fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        self.state.poll(cx)
    }

    pub(super) fn forget_waker(&self) {
        self.state.forget_waker();
    }

    pub(crate) fn set_unread(&self, unread: crate::loop_task::Unread) {
        self.state.set_unread(unread);
    }
}

impl<T> Drop for SharedTask<T> {
    fn drop(&mut self) {
        self.state.detach();
    }
}

impl<T> IntoFuture for SharedTask<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = SharedJoining<T>;

    #[track_caller]
    fn into_future(self) -> SharedJoining<T> {
        SharedJoining::new(self, Location::caller())
    }
}

/// Waits without passing a cancellation on.
///
/// # Cancel safety
///
/// The task goes on, and can be waited for again.
///
/// # Panics
///
/// When the result was taken before, and when a task waits for itself.
impl<T> Future for &mut SharedTask<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.poll_result(cx);
        if polled.is_pending() {
            not_itself(self.id());
            note_wait(self.id(), self.state.task().location());
        }
        polled
    }
}

impl<T> fmt::Debug for SharedTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state.task().fmt(f)
    }
}
