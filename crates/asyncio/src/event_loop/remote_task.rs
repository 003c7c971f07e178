//! A task on a loop, made and awaited by another thread.

use super::try_get_running_loop;
use asyncio_context::report::{Report, report};
use asyncio_context::{JoinError, TaskRef, WaitKind, waiting};
use asyncio_executor::Remote;
use event_listener::{Event, EventListener, Listener};
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

/// A task on a loop of another thread: may be awaited by a task and waited for by a thread. Dropping it detaches; a panic
/// that nobody has read then is reported.
///
/// Made by [`LoopHandle::run_coroutine_threadsafe`](crate::LoopHandle::run_coroutine_threadsafe). asyncio: the
/// `concurrent.futures.Future` that function returns.
///
/// # Cancel safety
///
/// A wait that is dropped loses nothing: the task goes on, and so may another wait.
pub struct RemoteTask<T> {
    shared: Arc<Shared<T>>,
    listener: Option<EventListener>,
    remote: Remote,
}

/// Why a [`RemoteTask`] has no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum RemoteError {
    /// The task was cancelled or panicked.
    Join(JoinError),
    /// The loop was closed before it made the task or finished it.
    LoopClosed,
    /// The time given to [`RemoteTask::wait_timeout`] is over; the task goes on (LL46-4).
    Timeout,
    /// Cancelled before the loop made the task.
    Cancelled,
}

impl RemoteError {
    /// Whether it was cancelled: the task, or the request for one (RCT-5, RCT-6).
    pub fn is_cancelled(&self) -> bool {
        match self {
            RemoteError::Join(error) => error.is_cancelled(),
            RemoteError::Cancelled => true,
            RemoteError::LoopClosed | RemoteError::Timeout => false,
        }
    }

    /// Whether the task, or the closure that makes its future, panicked.
    pub fn is_panic(&self) -> bool {
        matches!(self, RemoteError::Join(error) if error.is_panic())
    }
}

struct Shared<T> {
    progress: Mutex<Progress<T>>,
    done: Event,
    made_at: &'static Location<'static>,
}

enum Progress<T> {
    Posted,
    Running(TaskRef),
    Done(Result<T, RemoteError>),
    Taken,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Progress<T>> {
        self.progress.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The task was made. False if it is not wanted any more.
    fn start(&self, task: TaskRef) -> bool {
        let mut progress = self.lock();
        let wanted = matches!(*progress, Progress::Posted);
        let spare = match wanted {
            true => std::mem::replace(&mut *progress, Progress::Running(task)),
            false => Progress::Running(task),
        };
        drop(progress);
        drop(spare);
        wanted
    }

    /// False if it is not in this state any more.
    fn cancel_posted(&self) -> bool {
        let mut progress = self.lock();
        if !matches!(*progress, Progress::Posted) {
            return false;
        }
        *progress = Progress::Done(Err(RemoteError::Cancelled));
        drop(progress);
        self.done.notify(usize::MAX);
        true
    }

    /// The first end counts: one that was cancelled before it began has had it.
    fn finish(&self, result: Result<T, RemoteError>) {
        let mut progress = self.lock();
        if matches!(*progress, Progress::Posted | Progress::Running(_)) {
            let before = std::mem::replace(&mut *progress, Progress::Done(result));
            drop(progress);
            drop(before);
            self.done.notify(usize::MAX);
        }
    }

    fn take(&self) -> Option<Result<T, RemoteError>> {
        let mut progress = self.lock();
        match std::mem::replace(&mut *progress, Progress::Taken) {
            Progress::Done(result) => Some(result),
            Progress::Taken => {
                drop(progress);
                panic!("the result of this remote task was taken before")
            }
            other => {
                *progress = other;
                None
            }
        }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        let progress = self.progress.get_mut().unwrap_or_else(|e| e.into_inner());
        if let Progress::Done(Err(error)) = std::mem::replace(progress, Progress::Taken)
            && error.is_panic()
        {
            let text = "the panic of a task made from another thread was never retrieved";
            report(Report::new(text).error(error).location(self.made_at));
        }
    }
}

/// Finishes the task in the other thread's eyes also when the loop drops it.
struct Duty<T>(Option<Arc<Shared<T>>>);

impl<T> Duty<T> {
    fn finish(mut self, result: Result<T, RemoteError>) {
        if let Some(shared) = self.0.take() {
            shared.finish(result);
        }
    }
}

impl<T> Drop for Duty<T> {
    fn drop(&mut self) {
        if let Some(shared) = self.0.take() {
            shared.finish(Err(RemoteError::LoopClosed));
        }
    }
}

#[track_caller]
pub(super) fn submit<F, Fut>(remote: &Remote, make: F) -> RemoteTask<Fut::Output>
where
    F: FnOnce() -> Fut + Send + 'static,
    Fut: Future<Output: Send + 'static> + 'static,
{
    let made_at = Location::caller();
    let progress = Mutex::new(Progress::Posted);
    let shared = Arc::new(Shared { progress, done: Event::new(), made_at });
    let duty = Duty(Some(shared.clone()));
    // Where the loop is closed the duty is dropped with the function, and says so.
    let _posted = remote.post(move || begin(make, duty));
    RemoteTask { shared, listener: None, remote: remote.clone() }
}

fn begin<F, Fut>(make: F, duty: Duty<Fut::Output>)
where
    F: FnOnce() -> Fut + 'static,
    Fut: Future<Output: 'static> + 'static,
{
    let Some(event_loop) = try_get_running_loop() else { return };
    if duty.0.as_ref().is_some_and(|shared| matches!(*shared.lock(), Progress::Done(_))) {
        return;
    }
    // Called inside the task, so that a panic of `make` is the task's (LL46-6).
    let task = event_loop.create_task(async move { make().await });
    if duty.0.as_ref().is_some_and(|shared| !shared.start(task.task_ref())) {
        task.cancel();
    }
    event_loop.spawn_hidden(async move { duty.finish(task.await.map_err(RemoteError::Join)) });
}

impl<T> RemoteTask<T> {
    /// Blocks this thread until the task is over.
    ///
    /// # Errors
    ///
    /// See [`RemoteError`].
    ///
    /// # Panics
    ///
    /// On the loop's own thread, where this would wait for ever: await it there.
    #[track_caller]
    pub fn wait(self) -> Result<T, RemoteError> {
        assert!(
            !self.remote.is_current(),
            "RemoteTask::wait() was called on the thread of the task's own loop, which could never finish it: await it"
        );
        loop {
            let listener = self.shared.done.listen();
            if let Some(result) = self.shared.take() {
                return result;
            }
            listener.wait();
        }
    }

    /// Blocks this thread until the task is over, for `timeout` at most. The task is not cancelled when that is over.
    ///
    /// # Errors
    ///
    /// See [`RemoteError`].
    ///
    /// # Panics
    ///
    /// If the result was taken before.
    pub fn wait_timeout(&mut self, timeout: Duration) -> Result<T, RemoteError> {
        let listener = self.shared.done.listen();
        if let Some(result) = self.shared.take() {
            return result;
        }
        listener.wait_timeout(timeout);
        self.shared.take().unwrap_or(Err(RemoteError::Timeout))
    }

    /// Cancels the task (LL46-3), which may clean up, and whose end is waited for. One that the loop has not made yet is
    /// never made, and over at once. False if it is over.
    pub fn cancel(&self) -> bool {
        let task = match &*self.shared.lock() {
            Progress::Posted => None,
            Progress::Running(task) => Some(task.clone()),
            Progress::Done(_) | Progress::Taken => return false,
        };
        if let Some(task) = task {
            return task.cancel();
        }
        self.shared.cancel_posted() || self.cancel()
    }

    /// Whether the task is over.
    pub fn done(&self) -> bool {
        matches!(*self.shared.lock(), Progress::Done(_) | Progress::Taken)
    }
}

impl<T> Future for RemoteTask<T> {
    type Output = Result<T, RemoteError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            if let Some(result) = self.shared.take() {
                return Poll::Ready(result);
            }
            match &mut self.listener {
                Some(listener) => match Pin::new(listener).poll(cx) {
                    Poll::Ready(()) => self.listener = None,
                    Poll::Pending => {
                        waiting(
                            WaitKind::Task,
                            Arc::as_ptr(&self.shared).addr(),
                            self.shared.made_at,
                        );
                        return Poll::Pending;
                    }
                },
                // Listening comes before the next look: an end in between is not missed.
                None => self.listener = Some(self.shared.done.listen()),
            }
        }
    }
}

impl<T> fmt::Debug for RemoteTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteTask").field("done", &self.done()).finish()
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RemoteError::Join(error) => error.fmt(f),
            RemoteError::LoopClosed => {
                f.write_str("the event loop was closed before the task was done")
            }
            RemoteError::Timeout => f.write_str("the task was not done in time"),
            RemoteError::Cancelled => f.write_str("the task was cancelled before it was made"),
        }
    }
}

impl Error for RemoteError {}
