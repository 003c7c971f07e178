use super::join_state::LocalState;
use super::{Builder, DoneCallback, Joining, SharedResult};
use crate::local::callback;
use crate::loop_task::{self, Header, Here, Listed, Unread};
use asyncio_context::{
    Body, Context as Vars, JoinError, Message, TaskId, TaskRef, WaitKind, copy_context,
    current_task_id, waiting,
};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// The handle of a task: its one reader. asyncio: `asyncio.Task`.
///
/// Await it by value to have a cancellation of the waiting code passed on to the task; await `&mut
/// task` to wait without that. Dropping it detaches: the task goes on, and if it ends in a panic that
/// nobody can read any more, that is reported.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
///
/// LocalExecutor::new().run_until(async {
///     let task = create_task(async { 6 * 7 });
///     assert!(!task.done());
///     assert_eq!(task.await.unwrap(), 42);
/// }, &mut ThreadPark::new()).unwrap();
/// ```
pub struct Task<T> {
    repr: Repr<T>,
}

enum Repr<T> {
    /// A task of a loop of this thread, with a reference of ours and the HANDLE bit.
    Loop(NonNull<Header>, PhantomData<T>),
    /// A task of another executor of this thread.
    Elsewhere(Arc<LocalState<T>>),
}

// The pointer to the future within its task is not ours, so moving the handle moves nothing of it.
impl<T> Unpin for Task<T> {}

impl Task<()> {
    /// A task with a name or other particulars.
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl<T: 'static> Task<T> {
    #[inline]
    pub(crate) fn on_loop<F>(here: Here, future: F, at: &'static Location<'static>) -> Task<T>
    where
        F: Future<Output = T> + 'static,
    {
        Task::on_loop_with(here, copy_context(), future, at)
    }

    #[inline]
    pub(crate) fn on_loop_with<F>(
        here: Here,
        vars: Vars,
        future: F,
        at: &'static Location<'static>,
    ) -> Task<T>
    where
        F: Future<Output = T> + 'static,
    {
        if here.core().eager.get() && here.is_running() {
            return Task::eager(here, vars, None, future, at);
        }
        Task::later(here, vars, future, at)
    }

    /// A task that starts in a later turn.
    #[inline]
    pub(crate) fn later<F>(
        here: Here,
        vars: Vars,
        future: F,
        at: &'static Location<'static>,
    ) -> Task<T>
    where
        F: Future<Output = T> + 'static,
    {
        let body = Body::new(vars, future);
        // SAFETY: the future and its output are `'static`.
        let task = unsafe { loop_task::spawn::<F, Listed>(here, body, true, at) };
        Task { repr: Repr::Loop(task, PhantomData) }
    }

    /// A task whose first turn is taken here and now, for a loop that is running. Its name is set before that (EAG-7).
    #[inline(never)]
    pub(crate) fn eager<F>(
        here: Here,
        vars: Vars,
        name: Option<Cow<'static, str>>,
        future: F,
        at: &'static Location<'static>,
    ) -> Task<T>
    where
        F: Future<Output = T> + 'static,
    {
        let body = Body::new(vars, future);
        // SAFETY: the future and its output are `'static`.
        let header = unsafe { loop_task::spawn_unqueued::<F, Listed>(here, body, true, at) };
        let task = Task { repr: Repr::Loop(header, PhantomData) };
        if let Some(name) = name {
            task.set_name(name);
        }
        // SAFETY: the handle has a reference, the task is not queued, and the loop is running, say the callers.
        unsafe { loop_task::run_unqueued(header) };
        task
    }
}

impl<T> Task<T> {
    pub(crate) fn elsewhere(state: Arc<LocalState<T>>) -> Task<T> {
        Task { repr: Repr::Elsewhere(state) }
    }

    fn record(&self) -> &asyncio_context::Record {
        match &self.repr {
            // SAFETY: the handle has a reference.
            Repr::Loop(task, _) => unsafe { task.as_ref() }.record(),
            Repr::Elsewhere(state) => state.task().record(),
        }
    }

    /// The task, cloneable and untyped.
    pub fn task_ref(&self) -> TaskRef {
        self.record().to_ref()
    }

    /// The task's number.
    pub fn id(&self) -> TaskId {
        self.record().id()
    }

    /// The task's name. asyncio: `get_name`.
    pub fn name(&self) -> Cow<'static, str> {
        self.record().name()
    }

    /// Gives the task a name.
    pub fn set_name(&self, name: impl Into<Cow<'static, str>>) {
        self.record().set_name(name);
    }

    /// Asks the task to stop. False if it is over already (CAN-1).
    pub fn cancel(&self) -> bool {
        self.task_ref().cancel()
    }

    /// [`cancel`](Task::cancel) with a text for those who catch it.
    pub fn cancel_with(&self, message: impl Into<Message>) -> bool {
        self.task_ref().cancel_with(message)
    }

    /// How many requests to stop are in force.
    pub fn cancelling(&self) -> usize {
        self.task_ref().cancelling()
    }

    /// Takes one request back and says how many are left.
    pub fn uncancel(&self) -> usize {
        self.task_ref().uncancel()
    }

    /// Whether the task is over (TSK-1).
    #[inline]
    pub fn done(&self) -> bool {
        match &self.repr {
            // SAFETY: the handle has a reference, and is on the owner's thread.
            Repr::Loop(task, _) => unsafe { task.as_ref() }.is_done(),
            Repr::Elsewhere(state) => state.is_done(),
        }
    }

    /// Whether the task is over and ended cancelled, also when the result was taken (CLD-2).
    pub fn cancelled(&self) -> bool {
        self.record().is_cancelled()
    }

    /// Takes the result: `None` while the task is not over, and when the result was taken before.
    pub fn result(&mut self) -> Option<Result<T, JoinError>> {
        match &self.repr {
            Repr::Loop(task, _) => {
                // SAFETY: as in `done`.
                let header = unsafe { task.as_ref() };
                // SAFETY: it has OUTPUT, of the type that it was spawned with.
                header.has_output().then(|| unsafe { loop_task::take_output(*task) })
            }
            Repr::Elsewhere(state) => state.take(),
        }
    }

    /// Has `callback` called with the task when it is over, by the loop, in the order of the calls
    /// (TSK-7); in a coming turn if it is over already. It has the context variables of the code that
    /// registers it (CTX-4). A panic in it is reported (TSK-10).
    pub fn add_done_callback(&self, callback: impl FnOnce(TaskRef) + 'static) -> DoneCallback {
        let callback = callback::bound(callback);
        match &self.repr {
            Repr::Loop(task, _) => {
                // SAFETY: as in `done`.
                let header = unsafe { task.as_ref() };
                if header.is_done() {
                    let task = self.task_ref();
                    let at = task.location();
                    callback::schedule(Vars::new(), Box::new(move || callback(task)), at);
                    DoneCallback::new()
                } else {
                    header.watch().add_callback(callback)
                }
            }
            Repr::Elsewhere(state) => state.add_callback(callback),
        }
    }

    /// Takes a done-callback back, which is dropped here (TSK-9). False if it is none of this task's, or
    /// too late: the calls that the end of a task has scheduled happen.
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> bool {
        match &self.repr {
            // SAFETY: as in `done`.
            Repr::Loop(task, _) => unsafe { task.as_ref() }.watch().remove_callback(callback),
            Repr::Elsewhere(state) => state.remove_callback(callback),
        }
    }

    /// A handle for many readers of the result. It does not pass a cancellation on.
    pub fn shared(self) -> SharedResult<T>
    where
        T: Clone + 'static,
    {
        SharedResult::new(self)
    }

    pub(crate) fn set_unread(&self, unread: Unread) {
        match &self.repr {
            // SAFETY: as in `done`.
            Repr::Loop(task, _) => unsafe { task.as_ref() }.watch().set_unread(unread),
            Repr::Elsewhere(state) => state.set_unread(unread),
        }
    }

    /// The result, or a note of who is to be woken.
    #[inline]
    pub(crate) fn poll_result(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        match &self.repr {
            Repr::Loop(task, _) => {
                // SAFETY: as in `done`.
                let header = unsafe { task.as_ref() };
                if header.has_output() {
                    // SAFETY: it has OUTPUT, of the type that it was spawned with.
                    return Poll::Ready(unsafe { loop_task::take_output(*task) });
                }
                await_end(header, cx.waker());
                Poll::Pending
            }
            Repr::Elsewhere(state) => state.poll(cx),
        }
    }

    /// [`poll_result`](Task::poll_result) by the task `waiting`, of which the note then counts no
    /// reference. Pending, it is noted in that task's record, too.
    ///
    /// # Safety
    ///
    /// The reference is kept until this is ready or the note was taken back.
    #[inline]
    pub(super) unsafe fn poll_result_held(
        &mut self,
        cx: &mut Context<'_>,
        waiting: &TaskRef,
        at: &'static Location<'static>,
    ) -> Poll<Result<T, JoinError>> {
        let Repr::Loop(task, _) = &self.repr else { return self.poll_elsewhere(cx, at) };
        // SAFETY: as in `done`.
        let header = unsafe { task.as_ref() };
        if header.has_output() {
            // SAFETY: it has OUTPUT, of the type that it was spawned with.
            return Poll::Ready(unsafe { loop_task::take_output(*task) });
        }
        let (own, id) = (header.record(), header.record().id());
        assert!(!std::ptr::eq(own, waiting.record()), "a task cannot await itself");
        // SAFETY: says the caller.
        if header.is_done() || !unsafe { header.watch().lend(cx.waker(), waiting) } {
            await_end(header, cx.waker());
        }
        waiting.record().note_wait(WaitKind::Task, id.get() as usize, at);
        Poll::Pending
    }

    #[inline(never)]
    fn poll_elsewhere(
        &mut self,
        cx: &mut Context<'_>,
        at: &'static Location<'static>,
    ) -> Poll<Result<T, JoinError>> {
        let polled = self.poll_result(cx);
        if polled.is_pending() {
            not_itself(self.id());
            note_wait(self.id(), at);
        }
        polled
    }

    /// Takes the note back: for a wait that is given up.
    pub(crate) fn forget_waker(&self) {
        match &self.repr {
            // SAFETY: as in `done`.
            Repr::Loop(task, _) => unsafe { task.as_ref() }.watch().clear_waker(),
            Repr::Elsewhere(state) => state.forget_waker(),
        }
    }
}

impl<T> Drop for Task<T> {
    #[inline]
    fn drop(&mut self) {
        match &self.repr {
            Repr::Loop(task, _) => {
                // SAFETY: the handle's reference; the result's type is that of the spawn; the owner's
                // thread, as `Task` is `!Send`.
                unsafe { detach::<T>(*task) }
            }
            Repr::Elsewhere(state) => state.detach(),
        }
    }
}

/// Out of line: it is the last but one thing that a wait does, and what it needs the last does not.
#[inline(never)]
fn await_end(header: &Header, waker: &Waker) {
    assert!(!header.is_done(), "the result of this task was taken before");
    header.watch().set_waker(waker);
}

/// # Safety
///
/// The caller gives up a handle to a task whose result is a `T`, on the owner's thread.
#[inline]
unsafe fn detach<T>(task: NonNull<Header>) {
    // SAFETY: the handle's reference keeps it alive.
    let header = unsafe { task.as_ref() };
    header.drop_handle();
    if header.has_output() || !header.watch().is_empty() {
        // SAFETY: as this function.
        unsafe { drop_unread::<T>(task) };
    }
    // SAFETY: the handle's reference.
    unsafe { loop_task::drop_ref(task) };
}

/// # Safety
///
/// As `detach`.
#[cold]
#[inline(never)]
unsafe fn drop_unread<T>(task: NonNull<Header>) {
    // SAFETY: the handle's reference keeps it alive.
    let header = unsafe { task.as_ref() };
    if !header.is_done() {
        // Whoever waited by this handle does so no longer.
        return header.watch().clear_waker();
    }
    if header.has_output() {
        // SAFETY: it has OUTPUT.
        loop_task::discard(header, unsafe { loop_task::take_output::<T>(task) });
    }
    drop(header.watch().take());
}

impl<T> IntoFuture for Task<T> {
    type Output = Result<T, JoinError>;
    type IntoFuture = Joining<T>;

    #[track_caller]
    fn into_future(self) -> Joining<T> {
        Joining::new(self, Location::caller())
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
impl<T> Future for &mut Task<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.poll_result(cx);
        if polled.is_pending() {
            not_itself(self.id());
            note_wait(self.id(), self.record().location());
        }
        polled
    }
}

/// # Panics
///
/// If the current task is `task`, which is about to wait for it.
#[inline]
pub(super) fn not_itself(task: TaskId) {
    assert!(current_task_id() != Some(task), "a task cannot await itself");
}

/// Notes what the current task waits for.
#[inline]
pub(super) fn note_wait(task: TaskId, at: &'static Location<'static>) {
    waiting(WaitKind::Task, task.get() as usize, at);
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task_ref().fmt(f)
    }
}
