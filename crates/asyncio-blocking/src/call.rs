//! The futures of a call.

use crate::admission::Place;
use crate::calls::Calls;
use crate::default_executor::is_default;
use crate::error::{CallError, Refusal, TrySubmitError};
use crate::executor::ThreadPoolExecutor;
use crate::job::{Company, Job, Outcome, Run};
use crate::pool::Pool;
use asyncio_context::{WaitKind, clock, waiting};
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Calls `f` on a thread of `executor`. The future gives its result.
///
/// `f` is handed in by this call, and runs whether the future is awaited or not (LL42-1). Where
/// the queue is full it stands in line first. Context variables do not travel (LL42-8): that is
/// what [`to_thread`](crate::to_thread) does.
///
/// asyncio: `loop.run_in_executor(executor, f)`.
///
/// # Errors
///
/// See [`CallError`]: `f` panicked; or it was not called, because the executor was shut down or
/// has no thread.
///
/// # Cancel safety
///
/// A future that is dropped *while it is awaited* cancels: a function that has not begun is never
/// called (LL42-4), one that runs goes on to its end and its result is dropped on its thread. A
/// future that is dropped before it was ever polled lets the function run.
#[track_caller]
pub fn run_in_executor<F, T>(executor: &ThreadPoolExecutor, f: F) -> RunInExecutor<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let pool = executor.pool();
    RunInExecutor::submit(pool, f, is_default(pool), Location::caller())
}

/// The future of a call in a [`ThreadPoolExecutor`]. Made by [`run_in_executor`].
///
/// asyncio: the `Future` that `loop.run_in_executor` returns.
///
/// # Cancel safety
///
/// Dropped after a poll, it takes back a function that has not begun, whose place goes to the next;
/// one that runs goes on. Dropped before any, it lets the function run.
#[must_use = "the result and the panic of a call are in its future"]
pub struct RunInExecutor<T: Send + 'static> {
    outcome: Arc<dyn Outcome<T>>,
    pool: Arc<Pool>,
    // None where the queue has no limit.
    place: Option<Place>,
    awaited: bool,
    over: bool,
    location: &'static Location<'static>,
}

fn company(into_default: bool) -> Company {
    Company { _clock: clock::hold(), _call: into_default.then(Calls::open) }
}

impl<T: Send + 'static> RunInExecutor<T> {
    pub(crate) fn submit<F>(
        pool: &Arc<Pool>,
        f: F,
        into_default: bool,
        at: &'static Location<'static>,
    ) -> Self
    where
        F: FnOnce() -> T + Send + 'static,
    {
        let refused = into_default && Calls::are_refused();
        let job = Arc::new(Job::new(f, company(into_default), at));
        let place = if refused {
            job.refuse(Refusal::ShutDown);
            None
        } else {
            pool.submit(job.clone())
        };
        RunInExecutor::new(pool, job, place, at)
    }

    pub(crate) fn try_submit<F>(
        pool: &Arc<Pool>,
        f: F,
        at: &'static Location<'static>,
    ) -> Result<Self, TrySubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        let into_default = is_default(pool);
        if pool.is_closed() || (into_default && Calls::are_refused()) {
            return Err(TrySubmitError::ShutDown(f));
        }
        let job = Arc::new(Job::new(f, company(into_default), at));
        match pool.try_submit(job.clone()) {
            Ok(place) => Ok(RunInExecutor::new(pool, job, place, at)),
            Err(_) => {
                let f = job.take_back().expect("nobody else has seen the job");
                Err(TrySubmitError::Full(f))
            }
        }
    }

    fn new(
        pool: &Arc<Pool>,
        outcome: Arc<dyn Outcome<T>>,
        place: Option<Place>,
        location: &'static Location<'static>,
    ) -> Self {
        RunInExecutor { outcome, pool: pool.clone(), place, awaited: false, over: false, location }
    }

    /// Cancels the call if the function has not begun (LL44-9): it is never called, and the future
    /// gives an error that [`is_cancelled`](CallError::is_cancelled). False if it was too late.
    pub fn cancel(&self) -> bool {
        let cancelled = self.outcome.refuse(Refusal::Cancelled);
        if cancelled {
            self.withdraw();
        }
        cancelled
    }

    /// Lets the function run without anybody waiting for it. A panic of it is reported.
    pub fn detach(mut self) {
        self.awaited = false;
    }

    fn withdraw(&self) {
        if let Some(place) = &self.place {
            self.pool.withdraw(place.ticket());
        }
    }

    fn resource(&self) -> usize {
        Arc::as_ptr(&self.outcome).cast::<()>() as usize
    }
}

impl<T: Send + 'static> Future for RunInExecutor<T> {
    type Output = Result<T, CallError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.awaited = true;
        let polled = this.outcome.poll(cx);
        match polled {
            Poll::Ready(_) => this.over = true,
            Poll::Pending => waiting(WaitKind::Thread, this.resource(), this.location),
        }
        polled
    }
}

impl<T: Send + 'static> Drop for RunInExecutor<T> {
    fn drop(&mut self) {
        if !self.over && self.outcome.abandon(self.awaited) {
            self.withdraw();
        }
    }
}

impl<T: Send + 'static> fmt::Debug for RunInExecutor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunInExecutor").field("at", &format_args!("{}", self.location)).finish()
    }
}

/// Waits for room in the queue. Made by [`ThreadPoolExecutor::submit`].
///
/// # Cancel safety
///
/// Dropped, it takes the function back unless that has begun, and the place goes to the next.
#[must_use = "dropped, this takes the function back"]
pub struct Submit<T: Send + 'static> {
    call: Option<RunInExecutor<T>>,
}

impl<T: Send + 'static> Submit<T> {
    pub(crate) fn new(mut call: RunInExecutor<T>) -> Submit<T> {
        // Until it is over it takes the function back when it is dropped, polled or not.
        call.awaited = true;
        Submit { call: Some(call) }
    }
}

impl<T: Send + 'static> Future for Submit<T> {
    type Output = RunInExecutor<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<RunInExecutor<T>> {
        let this = self.get_mut();
        let call = this.call.as_ref().expect("a submission is not polled after its end");
        let in_line = matches!(call.place, Some(Place::Line(_)));
        if in_line && call.outcome.poll_admitted(cx).is_pending() {
            waiting(WaitKind::Thread, call.resource(), call.location);
            return Poll::Pending;
        }
        let mut call = this.call.take().expect("seen above");
        call.awaited = false;
        Poll::Ready(call)
    }
}

impl<T: Send + 'static> fmt::Debug for Submit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submit").field("call", &self.call).finish()
    }
}
