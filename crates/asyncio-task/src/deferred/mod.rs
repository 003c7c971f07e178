//! A value that somebody will set.

mod error;
mod wait;

pub use error::DeferredError;
pub use wait::{DeferredWait, DeferredWatch};

use crate::BoxError;
use crate::waiters::{Waiters, wake_all};
use asyncio_context::Message;
use asyncio_context::report::{Report, report};
use error::Reason;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
}

struct State<T> {
    waiters: Waiters,
    callbacks: Vec<Callback<T>>,
}

type Callback<T> = Box<dyn FnOnce(&Deferred<T>) + Send>;

/// Makes a value that is to be set later: see [`Deferred`]. asyncio: `loop.create_future()`.
pub fn create_future<T>() -> Deferred<T> {
    let state = Mutex::new(State { waiters: Waiters::default(), callbacks: Vec::new() });
    Deferred { shared: Arc::new(Shared { result: OnceLock::new(), state }) }
}

impl<T> Deferred<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.shared.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn get(&self) -> Option<&Result<T, DeferredError>> {
        self.shared.result.get()
    }

    fn complete(&self, result: Result<T, DeferredError>) -> Result<(), Result<T, DeferredError>> {
        let mut state = self.lock();
        if let Err(result) = self.shared.result.set(result) {
            drop(state);
            return Err(result);
        }
        let waiters = state.waiters.take();
        let callbacks = std::mem::take(&mut state.callbacks);
        drop(state);
        wake_all(waiters);
        callbacks.into_iter().for_each(|callback| self.call(callback));
        Ok(())
    }

    fn call(&self, callback: Callback<T>) {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| callback(self))) {
            let text = asyncio_context::panic_text(&*payload).unwrap_or("of no text").to_owned();
            report(Report::new(format!("a callback of a Deferred panicked: {text}")));
        }
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
        self.complete(Err(DeferredError(Reason::Cancelled(message)))).is_ok()
    }

    /// Whether it has a value or an error, or was cancelled.
    pub fn done(&self) -> bool {
        self.get().is_some()
    }

    /// Whether it was cancelled.
    pub fn cancelled(&self) -> bool {
        matches!(self.get(), Some(Err(error)) if error.is_cancelled())
    }

    /// Has `callback` called when it is done, where it becomes so; here and now if it is. In the
    /// order of the calls. A panic in it is reported.
    pub fn add_done_callback(&self, callback: impl FnOnce(&Deferred<T>) + Send + 'static) {
        let callback: Callback<T> = Box::new(callback);
        let mut state = self.lock();
        if self.get().is_none() {
            state.callbacks.push(callback);
            return;
        }
        drop(state);
        self.call(callback);
    }
}

impl<T: Clone> Deferred<T> {
    /// The result so far: `None` if it is not done.
    pub fn result(&self) -> Option<Result<T, DeferredError>> {
        self.get().cloned()
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
