use crate::BoxError;
use crate::waiters::{Place, Waiters};
use asyncio_context::report::{Report, report};
use asyncio_context::tree::{Node, Step};
use asyncio_context::{Message, WaitKind, waiting};
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

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
    state: Mutex<State<T>>,
}

struct State<T> {
    result: Option<Result<T, DeferredError>>,
    waiters: Waiters,
    callbacks: Vec<Callback<T>>,
}

type Callback<T> = Box<dyn FnOnce(&Deferred<T>) + Send>;

/// Makes a value that is to be set later: see [`Deferred`]. asyncio: `loop.create_future()`.
pub fn create_future<T>() -> Deferred<T> {
    let state = State { result: None, waiters: Waiters::default(), callbacks: Vec::new() };
    Deferred { shared: Arc::new(Shared { state: Mutex::new(state) }) }
}

impl<T> Deferred<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.shared.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn complete(&self, result: Result<T, DeferredError>) -> Result<(), Result<T, DeferredError>> {
        let mut state = self.lock();
        if state.result.is_some() {
            drop(state);
            return Err(result);
        }
        state.result = Some(result);
        let waiters = state.waiters.take();
        let callbacks = std::mem::take(&mut state.callbacks);
        drop(state);
        waiters.into_iter().for_each(Waker::wake);
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
        self.lock().result.is_some()
    }

    /// Whether it was cancelled.
    pub fn cancelled(&self) -> bool {
        matches!(&self.lock().result, Some(Err(error)) if error.is_cancelled())
    }

    /// Has `callback` called when it is done, where it becomes so; here and now if it is. In the
    /// order of the calls. A panic in it is reported.
    pub fn add_done_callback(&self, callback: impl FnOnce(&Deferred<T>) + Send + 'static) {
        let callback: Callback<T> = Box::new(callback);
        let mut state = self.lock();
        if state.result.is_none() {
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
        self.lock().result.clone()
    }
}

impl<T> Clone for Deferred<T> {
    fn clone(&self) -> Deferred<T> {
        Deferred { shared: self.shared.clone() }
    }
}

impl<T> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.lock().result {
            None => "pending",
            Some(Ok(_)) => "finished",
            Some(Err(error)) if error.is_cancelled() => "cancelled",
            Some(Err(_)) => "failed",
        };
        f.debug_struct("Deferred").field("state", &state).finish()
    }
}

/// Why a [`Deferred`] has no value.
#[derive(Clone)]
pub struct DeferredError(Reason);

#[derive(Clone)]
enum Reason {
    Cancelled(Option<Message>),
    Exception(Arc<dyn Error + Send + Sync>),
}

impl DeferredError {
    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0, Reason::Cancelled(_))
    }

    /// The error that was set: the same one for every reader.
    pub fn exception(&self) -> Option<&(dyn Error + Send + Sync + 'static)> {
        match &self.0 {
            Reason::Exception(error) => Some(&**error),
            Reason::Cancelled(_) => None,
        }
    }
}

impl fmt::Display for DeferredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Cancelled(None) => f.write_str("the awaited value was cancelled"),
            Reason::Cancelled(Some(message)) => {
                write!(f, "the awaited value was cancelled: {message}")
            }
            Reason::Exception(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for DeferredError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeferredError({self})")
    }
}

impl Error for DeferredError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.exception().and_then(|error| error.source())
    }
}

/// Waits for the value. Cancelled by somebody else it is an error, not an unwinding (CAN-19).
impl<T: Clone> IntoFuture for Deferred<T> {
    type Output = Result<T, DeferredError>;
    type IntoFuture = DeferredWait<T>;

    #[track_caller]
    fn into_future(self) -> DeferredWait<T> {
        let at = Location::caller();
        DeferredWait {
            node: Node::stop(),
            deferred: self,
            place: Place::default(),
            gone: false,
            at,
        }
    }
}

impl<T: Clone> IntoFuture for &Deferred<T> {
    type Output = Result<T, DeferredError>;
    type IntoFuture = DeferredWait<T>;

    #[track_caller]
    fn into_future(self) -> DeferredWait<T> {
        self.clone().into_future()
    }
}

/// Waits for a [`Deferred`]: what `deferred.await` makes.
///
/// # Errors
///
/// [`DeferredError`] when an error was set, or it was cancelled by others.
///
/// # Cancel safety
///
/// A request that reaches the wait cancels the value (CAN-4). Dropped, the wait only goes away.
#[must_use = "futures do nothing unless awaited"]
pub struct DeferredWait<T> {
    node: Node,
    deferred: Deferred<T>,
    place: Place,
    // Unwound: this future never completes.
    gone: bool,
    at: &'static Location<'static>,
}

impl<T: Clone> DeferredWait<T> {
    fn poll_result(&mut self, waker: &Waker) -> Poll<Result<T, DeferredError>> {
        {
            let state = self.deferred.lock();
            if let Some(result) = &state.result {
                return Poll::Ready(result.clone());
            }
            if state.waiters.knows(&self.place, waker) {
                return Poll::Pending;
            }
        }
        let new = waker.clone();
        let mut state = self.deferred.lock();
        if let Some(result) = &state.result {
            return Poll::Ready(result.clone());
        }
        let before = state.waiters.put(&mut self.place, new);
        drop(state);
        drop(before);
        Poll::Pending
    }
}

impl<T> Unpin for DeferredWait<T> {}

impl<T: Clone> Future for DeferredWait<T> {
    type Output = Result<T, DeferredError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.gone {
            return Poll::Pending;
        }
        let mut node = std::mem::replace(&mut self.node, Node::stop());
        let step = node.poll(cx, |cx| self.poll_result(cx.waker()));
        self.node = node;
        match step {
            Step::Ready(result) => return Poll::Ready(result),
            Step::Pending => {}
            Step::Act => {
                self.gone = true;
                self.deferred.cancel();
                self.node.unwind();
            }
        }
        let resource = Arc::as_ptr(&self.deferred.shared).addr();
        waiting(WaitKind::Deferred, resource, self.at);
        Poll::Pending
    }
}

impl<T> Drop for DeferredWait<T> {
    fn drop(&mut self) {
        let DeferredWait { deferred, place, .. } = self;
        let left = deferred.lock().waiters.leave(place);
        drop(left);
    }
}

impl<T> fmt::Debug for DeferredWait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeferredWait").field(&self.deferred).finish()
    }
}

/// Waits for a [`Deferred`] and leaves it alone when the wait is cancelled.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct DeferredWatch<T>(DeferredWait<T>);

impl<T> DeferredWatch<T> {
    pub(crate) fn new(wait: DeferredWait<T>) -> DeferredWatch<T> {
        DeferredWatch(wait)
    }
}

impl<T: Clone> Future for DeferredWatch<T> {
    type Output = Result<T, DeferredError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_result(cx.waker())
    }
}
