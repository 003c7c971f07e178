//! A value that somebody will set.

mod callback;
mod error;
mod wait;

pub use error::DeferredError;
pub use wait::{DeferredWait, DeferredWatch};

use crate::BoxError;
use crate::waiters::{Waiters, wake_all};
use asyncio_context::Message;
use asyncio_context::report::{Report, report};
use asyncio_executor::DoneCallback;
use callback::Callback;
use error::Reason;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

/// A value that somebody will set: the bridge from callbacks to `await`.
///
/// Clones are the same value: some set it, any number wait for it, on any thread (where `T` is
/// `Send`). Each reader gets a clone. A request that reaches a waiting task cancels what it waits
/// for (CAN-4), so that whoever was to set it can see that it is not wanted; a wait that is
/// dropped by foreign code only goes away.
///
/// asyncio: `Future`, made by `loop.create_future()`.
///
/// ```
/// use asyncio_task::create_future;
///
/// # futures_lite::future::block_on(async {
/// let answer = create_future::<u32>();
/// let setter = answer.clone();
/// std::thread::spawn(move || setter.set_result(42).unwrap());
/// assert_eq!(answer.await.unwrap(), 42);
/// # });
/// ```
pub struct Deferred<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    /// Set once, with the state locked, and read without a lock: cloning the value is foreign code.
    result: OnceLock<Result<T, DeferredError>>,
    state: Mutex<State<T>>,
    /// Somebody saw the result, or it is not to be reported.
    seen: AtomicBool,
}

struct State<T> {
    waiters: Waiters,
    callbacks: Vec<Callback<T>>,
    /// Called with the callbacks; set by who adds the first, and knows that `T` may leave the thread.
    schedule: fn(Vec<Callback<T>>, &Deferred<T>),
}

/// Makes a value that is to be set later: see [`Deferred`]. asyncio: `loop.create_future()`.
pub fn create_future<T>() -> Deferred<T> {
    let state = State {
        waiters: Waiters::default(),
        callbacks: Vec::new(),
        schedule: |callbacks, _| debug_assert!(callbacks.is_empty()),
    };
    let (result, state) = (OnceLock::new(), Mutex::new(state));
    Deferred { shared: Arc::new(Shared { result, state, seen: AtomicBool::new(false) }) }
}

impl<T> Deferred<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.shared.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn get(&self) -> Option<&Result<T, DeferredError>> {
        self.shared.result.get()
    }

    /// [`get`](Deferred::get) for a reader, to whom a failure is then known (LL23-10).
    fn look(&self) -> Option<&Result<T, DeferredError>> {
        let result = self.get();
        if matches!(result, Some(Err(_))) {
            self.shared.seen.store(true, Ordering::Relaxed);
        }
        result
    }

    fn complete(&self, result: Result<T, DeferredError>) -> Result<(), Result<T, DeferredError>> {
        let mut state = self.lock();
        if let Err(result) = self.shared.result.set(result) {
            drop(state);
            return Err(result);
        }
        let waiters = state.waiters.take();
        let (callbacks, schedule) = (std::mem::take(&mut state.callbacks), state.schedule);
        drop(state);
        wake_all(waiters);
        schedule(callbacks, self);
        Ok(())
    }

    /// Sets the value and wakes those who wait.
    ///
    /// # Errors
    ///
    /// Gives the value back if it is done already (FUT-2).
    pub fn set_result(&self, value: T) -> Result<(), T> {
        self.complete(Ok(value)).map_err(|back| match back {
            Ok(value) => value,
            Err(_) => unreachable!("it was a value"),
        })
    }

    /// Sets an error instead of a value. False if it is done already.
    pub fn set_exception(&self, error: impl Into<BoxError>) -> bool {
        self.complete(Err(DeferredError(Reason::Exception(Arc::from(error.into()))))).is_ok()
    }

    /// Says that there will be no value. False if it is done already (FUT-3).
    pub fn cancel(&self) -> bool {
        self.cancel_inner(None)
    }

    /// [`cancel`](Deferred::cancel) with a text for those who wait.
    pub fn cancel_with(&self, message: impl Into<Message>) -> bool {
        self.cancel_inner(Some(message.into()))
    }

    fn cancel_inner(&self, message: Option<Message>) -> bool {
        let cancelled = self.complete(Err(DeferredError(Reason::Cancelled(message)))).is_ok();
        // Who does not want it has no use for its failure either (LL30-2).
        self.shared.seen.store(true, Ordering::Relaxed);
        cancelled
    }

    /// Whether it has a value or an error, or was cancelled.
    pub fn done(&self) -> bool {
        self.get().is_some()
    }

    /// Whether it was cancelled.
    pub fn cancelled(&self) -> bool {
        matches!(self.get(), Some(Err(error)) if error.is_cancelled())
    }
}

impl<T: Send + Sync + 'static> Deferred<T> {
    /// Has `callback` called when it is done, by the loop that is running here and now, in the order of the
    /// calls and never at once (LL31-2), with the context variables of this code. Registered outside any loop it is
    /// called where the value is set, or here where it is set already. A panic in it is reported.
    pub fn add_done_callback(
        &self,
        callback: impl FnOnce(&Deferred<T>) + Send + 'static,
    ) -> DoneCallback {
        let callback = Callback::new(callback);
        let name = callback.name.clone();
        let mut state = self.lock();
        if self.get().is_none() {
            state.schedule = |callbacks, done| {
                callbacks.into_iter().for_each(|callback| callback.schedule(done));
            };
            state.callbacks.push(callback);
        } else {
            drop(state);
            callback.schedule(self);
        }
        name
    }

    /// Takes a callback back. False if there is none, or it is too late: the calls that a done value has scheduled
    /// happen (LL32-2).
    pub fn remove_done_callback(&self, callback: &DoneCallback) -> bool {
        let mut state = self.lock();
        let at = state.callbacks.iter().position(|other| other.name == *callback);
        let removed = at.map(|at| state.callbacks.remove(at));
        drop(state);
        removed.is_some()
    }
}

impl<T: Clone> Deferred<T> {
    /// The result so far: `None` if it is not done.
    pub fn result(&self) -> Option<Result<T, DeferredError>> {
        self.look().cloned()
    }
}

/// An error that nobody looked at is reported (LL23-9).
impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        if *self.seen.get_mut() {
            return;
        }
        if let Some(Err(error)) = self.result.get()
            && !error.is_cancelled()
        {
            report(
                Report::new("the exception of a Deferred was never retrieved").error(error.clone()),
            );
        }
    }
}

impl<T> Clone for Deferred<T> {
    fn clone(&self) -> Deferred<T> {
        Deferred { shared: self.shared.clone() }
    }
}

impl<T> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.get() {
            None => "pending",
            Some(Ok(_)) => "finished",
            Some(Err(error)) if error.is_cancelled() => "cancelled",
            Some(Err(_)) => "failed",
        };
        f.debug_struct("Deferred").field("state", &state).finish()
    }
}
