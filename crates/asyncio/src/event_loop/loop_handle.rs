use super::remote_task::{self, RemoteTask};
use super::state::Flags;
use asyncio_context::copy_context;
use asyncio_executor::{LoopClosed, Remote};
use std::fmt;
use std::sync::{Arc, Mutex};

/// A loop as other threads see it. Cloneable, and usable everywhere.
///
/// ```
/// use asyncio::get_running_loop;
///
/// asyncio::run(async {
///     let handle = get_running_loop().handle();
///     let thread = std::thread::spawn(move || handle.run_coroutine_threadsafe(|| async { 6 * 7 }));
///     // The thread has ended when its task is awaited: both go on side by side.
///     assert_eq!(thread.join().unwrap().await.unwrap(), 42);
/// });
/// ```
#[derive(Clone)]
pub struct LoopHandle {
    remote: Remote,
    flags: Arc<Flags>,
}

impl LoopHandle {
    pub(super) fn new(remote: Remote, flags: Arc<Flags>) -> LoopHandle {
        LoopHandle { remote, flags }
    }

    /// Has the loop call `callback` soon, on its thread: [`call_soon`](crate::LoopRef::call_soon) from any thread. The calls
    /// of one thread keep their order, on the loop's own thread together with `call_soon` (LL18-2). Wakes the loop if it
    /// sleeps. The callback has a copy of the caller's context variables.
    ///
    /// # Errors
    ///
    /// If the loop is closed (LL18-3).
    #[track_caller]
    pub fn call_soon_threadsafe(
        &self,
        callback: impl FnOnce() + Send + 'static,
    ) -> Result<ThreadsafeHandle, LoopClosed> {
        let handle = ThreadsafeHandle(Arc::new(Mutex::new(Call {
            function: Some(Box::new(callback)),
            cancelled: false,
        })));
        let call = handle.clone();
        self.remote.call_soon(copy_context().inherited(), move || call.make())?;
        Ok(handle)
    }

    /// Has the loop make a task of the future that `make` gives, and returns what the other thread may wait for. Neither the
    /// future nor what it holds needs to be `Send`, for it is made on the loop's thread. asyncio:
    /// `run_coroutine_threadsafe`.
    #[track_caller]
    pub fn run_coroutine_threadsafe<F, Fut>(&self, make: F) -> RemoteTask<Fut::Output>
    where
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output: Send + 'static> + 'static,
    {
        remote_task::submit(&self.remote, make)
    }

    /// Whether the loop is inside a run or a turn (LL11-1).
    pub fn is_running(&self) -> bool {
        self.flags.is_running()
    }

    /// Whether the loop is closed (LL12-1).
    pub fn is_closed(&self) -> bool {
        self.flags.is_closed()
    }
}

impl fmt::Debug for LoopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopHandle")
            .field("running", &self.is_running())
            .field("closed", &self.is_closed())
            .finish()
    }
}

/// A callback on its way to a loop. Dropping the handle changes nothing.
///
/// ```
/// use asyncio::EventLoop;
///
/// let mut event_loop = EventLoop::new()?;
/// let callback = event_loop.handle().call_soon_threadsafe(|| unreachable!()).unwrap();
/// callback.cancel();
/// event_loop.run_until_complete(async {}).unwrap();
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct ThreadsafeHandle(Arc<Mutex<Call>>);

struct Call {
    function: Option<Box<dyn FnOnce() + Send>>,
    cancelled: bool,
}

impl ThreadsafeHandle {
    /// The callback is not called, and dropped here, unless its call has begun.
    pub fn cancel(&self) {
        let function = {
            let mut call = self.lock();
            call.cancelled = true;
            call.function.take()
        };
        drop(function);
    }

    /// Whether [`cancel`](ThreadsafeHandle::cancel) was called, in time or not.
    pub fn cancelled(&self) -> bool {
        self.lock().cancelled
    }

    fn make(&self) {
        let function = self.lock().function.take();
        if let Some(function) = function {
            function();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Call> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl fmt::Debug for ThreadsafeHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadsafeHandle").field("cancelled", &self.cancelled()).finish()
    }
}
