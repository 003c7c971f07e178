//! One call: the function on its way to a thread, and its result on the way back.
//!
//! A job is one allocation, seen from two sides. The pool sees [`Run`], without types; the future
//! sees [`Outcome`], with the type of the result. Its phases, each left only once:
//!
//! ```text
//! Queued --run, refuse--> Running --> Done --poll--> Over
//!   |                        |                         ^
//!   |                        +--(nobody wants it)------+
//!   +--(its future was dropped while it was awaited)---+
//! ```
//!
//! The mutex is held for the moves alone. The function runs, and values and wakers are dropped and
//! woken, outside of it.

use crate::calls::CallGuard;
use crate::error::{CallError, Refusal};
use asyncio_context::clock::Hold;
use asyncio_context::report::{Report, report};
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

/// A job as the pool sees it.
pub(crate) trait Run: Send + Sync {
    /// Calls the function, unless somebody was faster. `begun` is called right before.
    fn run(&self, begun: &dyn Fn());
    /// Ends the job without a call. True if it was still queued.
    fn refuse(&self, why: Refusal) -> bool;
    /// The job has left the line of those who wait for room.
    fn admit(&self);
}

/// A job as its future sees it.
pub(crate) trait Outcome<T>: Run {
    /// The result, once.
    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<T, CallError>>;
    /// Ready when the job has found room in the queue (or is past that).
    fn poll_admitted(&self, cx: &mut Context<'_>) -> Poll<()>;
    /// Nobody wants the result. True if the job was still queued and `cancel` took it out.
    fn abandon(&self, cancel: bool) -> bool;
}

pub(crate) struct Job<F, T> {
    state: Mutex<State<F, T>>,
    location: &'static Location<'static>,
}

struct State<F, T> {
    phase: Phase<F, T>,
    admitted: bool,
    wanted: bool,
    waker: Option<Waker>,
    company: Option<Company>,
}

enum Phase<F, T> {
    Queued(F),
    Running,
    Done(Result<T, CallError>),
    Over,
}

/// What has to outlive the waking of the waiter, or the end of a call nobody waits for.
pub(crate) struct Company {
    pub(crate) _clock: Hold,
    pub(crate) _call: Option<CallGuard>,
}

impl<F, T> Job<F, T> {
    pub(crate) fn new(f: F, company: Company, location: &'static Location<'static>) -> Job<F, T> {
        let state = State {
            phase: Phase::Queued(f),
            admitted: false,
            wanted: true,
            waker: None,
            company: Some(company),
        };
        Job { state: Mutex::new(state), location }
    }

    fn lock(&self) -> MutexGuard<'_, State<F, T>> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// The function of a job that never got to a pool.
    pub(crate) fn take_back(&self) -> Option<F> {
        let mut state = self.lock();
        match mem::replace(&mut state.phase, Phase::Over) {
            Phase::Queued(f) => Some(f),
            phase => {
                state.phase = phase;
                None
            }
        }
    }

    fn finish(&self, result: Result<T, CallError>) {
        let mut state = self.lock();
        let company = state.company.take();
        if state.wanted {
            state.phase = Phase::Done(result);
            let waker = state.waker.take();
            drop(state);
            if let Some(waker) = waker {
                self.contain("a waker panicked", || waker.wake());
            }
        } else {
            state.phase = Phase::Over;
            drop(state);
            self.discard(result);
        }
        // Only now may a virtual clock jump: the loop has been told by now that it has work.
        drop(company);
    }

    /// Drops a result that nobody will read. A panic is never lost, so that one is reported.
    fn discard(&self, result: Result<T, CallError>) {
        match result {
            Ok(value) => self.contain("a result's destructor panicked", || drop(value)),
            Err(error) if error.is_panic() => {
                report(
                    Report::new("the panic of a blocking call was never retrieved")
                        .error(error)
                        .location(self.location),
                );
            }
            Err(_) => {}
        }
    }

    fn contain(&self, what: &'static str, f: impl FnOnce()) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
            let error = CallError::panic(payload);
            report(Report::new(what).error(error).location(self.location));
        }
    }
}

impl<F, T> Run for Job<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn run(&self, begun: &dyn Fn()) {
        let f = {
            let mut state = self.lock();
            match mem::replace(&mut state.phase, Phase::Running) {
                Phase::Queued(f) => f,
                phase => {
                    state.phase = phase;
                    return;
                }
            }
        };
        begun();
        self.finish(catch_unwind(AssertUnwindSafe(f)).map_err(CallError::panic));
    }

    fn refuse(&self, why: Refusal) -> bool {
        let f = {
            let mut state = self.lock();
            // `Running` while the function is dropped: not over for those who wait.
            match mem::replace(&mut state.phase, Phase::Running) {
                Phase::Queued(f) => f,
                phase => {
                    state.phase = phase;
                    return false;
                }
            }
        };
        self.contain("a function's destructor panicked", || drop(f));
        self.finish(Err(CallError::refused(why)));
        true
    }

    fn admit(&self) {
        let mut state = self.lock();
        state.admitted = true;
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            self.contain("a waker panicked", || waker.wake());
        }
    }
}

impl<F, T> Outcome<T> for Job<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<T, CallError>> {
        // Cloned before the lock is taken: a waker is foreign code.
        let waker = cx.waker().clone();
        let mut state = self.lock();
        match mem::replace(&mut state.phase, Phase::Over) {
            Phase::Done(result) => {
                drop(state);
                Poll::Ready(result)
            }
            Phase::Over => {
                drop(state);
                panic!("a blocking call's future was polled after its end")
            }
            phase => {
                state.phase = phase;
                let before = state.waker.replace(waker);
                drop(state);
                drop(before);
                Poll::Pending
            }
        }
    }

    fn poll_admitted(&self, cx: &mut Context<'_>) -> Poll<()> {
        let waker = cx.waker().clone();
        let mut state = self.lock();
        if state.admitted || !matches!(state.phase, Phase::Queued(_)) {
            return Poll::Ready(());
        }
        let before = state.waker.replace(waker);
        drop(state);
        drop(before);
        Poll::Pending
    }

    fn abandon(&self, cancel: bool) -> bool {
        let mut state = self.lock();
        state.wanted = false;
        let waker = state.waker.take();
        let (phase, company) = match &state.phase {
            Phase::Queued(_) if !cancel => (None, None),
            Phase::Running => (None, None),
            _ => (Some(mem::replace(&mut state.phase, Phase::Over)), state.company.take()),
        };
        drop(state);
        drop(waker);
        let cancelled = matches!(phase, Some(Phase::Queued(_)));
        match phase {
            Some(Phase::Queued(f)) => {
                self.contain("a function's destructor panicked", || drop(f));
            }
            Some(Phase::Done(result)) => self.discard(result),
            _ => {}
        }
        drop(company);
        cancelled
    }
}
