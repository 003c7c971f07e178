//! The end of a task that some executor polls: what its handle and its future share.

use super::DoneCallback;
use crate::local::callback;
use crate::loop_task::{Here, Unread, caught};
use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering, lock};
use asyncio_context::report::{Report, never_retrieved, report};
use asyncio_context::{Context as Vars, JoinError, Recorded, TaskRef};
use pin_project_lite::pin_project;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A done-callback: for a shared task one that is `Send`.
pub(crate) trait OnDone: 'static {
    fn call(self, task: TaskRef);
}

impl OnDone for Box<dyn FnOnce(TaskRef)> {
    fn call(self, task: TaskRef) {
        self(task);
    }
}

impl OnDone for Box<dyn FnOnce(TaskRef) + Send> {
    fn call(self, task: TaskRef) {
        self(task);
    }
}

/// The state of a task of one thread.
pub(super) type LocalState<T> = JoinState<T, Box<dyn FnOnce(TaskRef)>>;

/// The state of a shared task.
pub(super) type SharedState<T> = JoinState<T, Box<dyn FnOnce(TaskRef) + Send>>;

/// What the handle and the future share. `C` are the callbacks.
pub(crate) struct JoinState<T, C> {
    task: TaskRef,
    /// Set once the result is in its place: a look without the lock.
    done: AtomicBool,
    slot: Mutex<Slot<T, C>>,
}

struct Slot<T, C> {
    result: Option<Result<T, JoinError>>,
    ended: bool,
    detached: bool,
    waker: Option<Waker>,
    /// How many of the callbacks were there before the reader began to wait.
    earlier: usize,
    callbacks: Vec<(DoneCallback, C)>,
    unread: Option<Unread>,
}

// Out of line: a `Task` has one branch for these and one for a loop's task, and the locks here would make
// the other one save registers for them.
impl<T, C: OnDone> JoinState<T, C> {
    pub(crate) fn new(task: TaskRef) -> JoinState<T, C> {
        let slot = Slot {
            result: None,
            ended: false,
            detached: false,
            waker: None,
            earlier: 0,
            callbacks: Vec::new(),
            unread: None,
        };
        JoinState { task, done: AtomicBool::new(false), slot: Mutex::new(slot) }
    }

    fn slot(&self) -> MutexGuard<'_, Slot<T, C>> {
        lock(&self.slot)
    }

    pub(crate) fn task(&self) -> &TaskRef {
        &self.task
    }

    #[inline(never)]
    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    pub(crate) fn set_unread(&self, unread: Unread) {
        self.slot().unread = Some(unread);
    }

    #[inline(never)]
    pub(crate) fn take(&self) -> Option<Result<T, JoinError>> {
        if self.is_done() { self.slot().result.take() } else { None }
    }

    #[inline(never)]
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        if !self.is_done() {
            // Cloned ahead of the lock: a waker's `clone` is somebody else's code.
            let new = cx.waker().clone();
            let mut slot = self.slot();
            if !slot.ended {
                if slot.waker.is_none() {
                    slot.earlier = slot.callbacks.len();
                }
                let before = slot.waker.replace(new);
                drop(slot);
                drop(before);
                return Poll::Pending;
            }
            drop(slot);
            drop(new);
        }
        let result = self.slot().result.take();
        Poll::Ready(result.expect("the result of this task was taken before"))
    }

    #[inline(never)]
    pub(crate) fn forget_waker(&self) {
        if !self.is_done() {
            let before = self.slot().waker.take();
            drop(before);
        }
    }

    pub(crate) fn add_callback(&self, callback: C) -> DoneCallback {
        let name = DoneCallback::new();
        let mut slot = self.slot();
        if slot.ended {
            drop(slot);
            run(callback, self.task.clone());
        } else {
            slot.callbacks.push((name.clone(), callback));
        }
        name
    }

    pub(crate) fn remove_callback(&self, name: &DoneCallback) -> bool {
        let mut slot = self.slot();
        let Some(at) = slot.callbacks.iter().position(|(other, _)| other == name) else {
            return false;
        };
        let removed = slot.callbacks.remove(at);
        slot.earlier -= usize::from(at < slot.earlier);
        drop(slot);
        drop(removed);
        true
    }

    /// The handle is dropped.
    #[inline(never)]
    pub(crate) fn detach(&self) {
        let mut slot = self.slot();
        slot.detached = true;
        let (result, unread) = (slot.result.take(), slot.unread);
        // Whoever waited by this handle does so no longer.
        let waker = slot.waker.take();
        drop(slot);
        if let Some(result) = result {
            discard(&self.task, result, unread);
        }
        drop(waker);
    }

    /// The task is over.
    pub(crate) fn complete(&self, result: Result<T, JoinError>) {
        let mut slot = self.slot();
        let unread = slot.unread;
        let lost = if slot.detached { Some(result) } else { slot.result.replace(result) };
        slot.ended = true;
        // Release, for the look without the lock.
        self.done.store(true, Ordering::Release);
        let (waker, earlier) = (slot.waker.take(), slot.earlier);
        let mut callbacks = std::mem::take(&mut slot.callbacks).into_iter();
        drop(slot);
        if let Some(result) = lost {
            discard(&self.task, result, unread);
        }
        for (_, callback) in callbacks.by_ref().take(earlier) {
            run(callback, self.task.clone());
        }
        if let Some(waker) = waker
            && let Some(payload) = caught(|| waker.wake())
        {
            callback::panicked("a waker panicked", payload, Some(self.task.location()));
        }
        for (_, callback) in callbacks {
            run(callback, self.task.clone());
        }
    }
}

/// Calls a done-callback: by the loop where one runs, else at once.
fn run<C: OnDone>(done: C, task: TaskRef) {
    let at = task.location();
    if Here::current().is_some() {
        callback::schedule(Vars::new(), Box::new(move || done.call(task)), at);
    } else if let Some(payload) = caught(|| done.call(task)) {
        callback::panicked("a callback panicked", payload, Some(at));
    }
}

/// Drops a result that nobody will read, and reports it if it is a failure.
fn discard<T>(task: &TaskRef, result: Result<T, JoinError>, unread: Option<Unread>) {
    let result = match result {
        Err(error) => return never_retrieved(task.clone(), error),
        ok => ok,
    };
    // SAFETY: the function was given for this type of result.
    let error = unread.and_then(|unread| unsafe { unread(NonNull::from(&result).cast()) });
    if let Some(error) = error {
        let message = "task exception was never retrieved";
        report(Report::new(message).error(error).task(task.clone()));
    }
    if let Some(payload) = caught(|| drop(result)) {
        let what = "a task's result panicked when it was dropped";
        callback::panicked(what, payload, Some(task.location()));
    }
}

pin_project! {
    /// A task for another executor: a recorded future that hands its result over.
    pub(crate) struct Carried<F: Future, C: OnDone> {
        #[pin]
        future: Option<Recorded<F>>,
        state: Arc<JoinState<F::Output, C>>,
    }

    impl<F: Future, C: OnDone> PinnedDrop for Carried<F, C> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                // Dropped by its executor: the destructors first, then the end.
                let result = match caught(|| this.future.set(None)) {
                    None => JoinError::cancelled(&this.state.task, None),
                    Some(payload) => JoinError::panic(&this.state.task, payload),
                };
                this.state.complete(Err(result));
            }
        }
    }
}

/// The end of the task that `F` is.
type End<F, C> = Arc<JoinState<<F as Future>::Output, C>>;

impl<F: Future, C: OnDone> Carried<F, C> {
    /// A task of `future`, with a copy of the current context or the one given, and what its handle needs.
    pub(crate) fn new(
        context: Option<Vars>,
        future: F,
        at: &'static Location<'static>,
    ) -> (Carried<F, C>, End<F, C>) {
        let future = match context {
            None => Recorded::new(future, at),
            // A recorded future copies the context it is made in.
            Some(mut context) => context.run(|| Recorded::new(future, at)),
        };
        let state = Arc::new(JoinState::new(future.task()));
        (Carried { future: Some(future), state: state.clone() }, state)
    }
}

impl<F: Future, C: OnDone> Future for Carried<F, C> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Ready(()) };
        let Poll::Ready(result) = future.poll(cx) else { return Poll::Pending };
        this.future.set(None);
        this.state.complete(result);
        Poll::Ready(())
    }
}
