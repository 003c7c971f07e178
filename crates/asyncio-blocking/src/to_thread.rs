use crate::call::RunInExecutor;
use crate::default_executor::default_executor;
use crate::error::CallError;
use asyncio_context::copy_context;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Calls `f` on a thread of the default pool. The task waits, its loop goes on.
///
/// The function sees the caller's context variables as they are when the future is first polled;
/// what it sets stays with it (THR-5, THR-6). A virtual clock stands still while it runs.
///
/// asyncio: `asyncio.to_thread(func)`.
///
/// ```
/// use asyncio_blocking::to_thread;
/// # use futures_lite::future::block_on;
///
/// # block_on(async {
/// let name = to_thread(|| std::thread::current().name().map(str::to_owned)).await.unwrap();
/// assert_eq!(name.as_deref(), Some("asyncio_0"));
/// # });
/// ```
///
/// # Errors
///
/// See [`CallError`]: `f` panicked (THR-2); or it was not called, because the default pool was
/// shut down or no thread could be started.
///
/// # Cancel safety
///
/// Nothing is handed in before the first poll (THR-7). After it, dropping the future returns
/// control at once: a function that runs goes on to its end, and its result is dropped on its
/// thread; one that is still queued is never called (THR-8).
#[track_caller]
pub fn to_thread<F, T>(f: F) -> ToThread<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    ToThread { state: State::New(f), location: Location::caller() }
}

/// The future of a call on another thread. Made by [`to_thread`].
///
/// # Cancel safety
///
/// Dropped before its first poll, nothing was handed in; after it, as [`RunInExecutor`].
#[must_use = "futures do nothing unless awaited"]
pub struct ToThread<F, T: Send + 'static> {
    state: State<F, T>,
    location: &'static Location<'static>,
}

enum State<F, T: Send + 'static> {
    New(F),
    Called(RunInExecutor<T>),
    Empty,
}

// The function is never pinned: it is moved to another thread.
impl<F, T: Send + 'static> Unpin for ToThread<F, T> {}

impl<F, T> Future for ToThread<F, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    type Output = Result<T, CallError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let mut call = match std::mem::replace(&mut this.state, State::Empty) {
            State::New(f) => {
                let mut context = copy_context();
                let f = move || context.run(f);
                RunInExecutor::submit(default_executor().pool(), f, true, this.location)
            }
            State::Called(call) => call,
            State::Empty => panic!("to_thread's future was polled after its end"),
        };
        let polled = Pin::new(&mut call).poll(cx);
        if polled.is_pending() {
            this.state = State::Called(call);
        }
        polled
    }
}

impl<F, T: Send + 'static> fmt::Debug for ToThread<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToThread").field("at", &format_args!("{}", self.location)).finish()
    }
}
