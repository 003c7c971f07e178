use crate::builder::Builder;
use crate::call::{RunInExecutor, Submit};
use crate::default_executor::is_default;
use crate::error::{Refusal, TrySubmitError};
use crate::pool::Pool;
use crate::shutdown::{Queued, Shutdown};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// A pool of threads for functions that block.
///
/// Threads are started when there is work for them and end when there was none for a while. Work
/// begins in the order in which it was submitted. Clones are the same pool; when the last one is
/// dropped the pool is shut down, what is queued still runs, and nobody waits for it.
///
/// asyncio: `concurrent.futures.ThreadPoolExecutor`.
///
/// ```
/// use asyncio_blocking::{ThreadPoolExecutor, run_in_executor};
/// # use futures_lite::future::block_on;
///
/// # block_on(async {
/// let pool = ThreadPoolExecutor::new(2);
/// let sum = run_in_executor(&pool, || (1..=100).sum::<u32>());
/// assert_eq!(sum.await.unwrap(), 5050);
/// # });
/// ```
#[derive(Clone)]
pub struct ThreadPoolExecutor {
    handle: Arc<Handle>,
}

struct Handle {
    pool: Arc<Pool>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.pool.close(None);
    }
}

impl ThreadPoolExecutor {
    /// A pool of at most `max_workers` threads, without a limit to its queue.
    ///
    /// # Panics
    ///
    /// If `max_workers` is zero. [`Builder::build`] has an error for it.
    #[track_caller]
    pub fn new(max_workers: usize) -> ThreadPoolExecutor {
        assert!(max_workers > 0, "max_workers must be greater than 0");
        ThreadPoolExecutor::with(Builder { max_workers, ..Builder::default() })
    }

    /// A pool with other properties.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn with(config: Builder) -> ThreadPoolExecutor {
        ThreadPoolExecutor { handle: Arc::new(Handle { pool: Arc::new(Pool::new(config)) }) }
    }

    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.handle.pool
    }

    /// Hands `f` in and waits until there is room for it in the queue; what comes out then is the
    /// future of its result. For those who produce work and must not run ahead of the pool: where
    /// the queue has no limit this is ready at once.
    ///
    /// Who waits for room stands in line from this call on.
    ///
    /// # Cancel safety
    ///
    /// Dropped while it waits for room, it leaves the line and `f` is never called; the place in
    /// the queue goes to the next. The same holds between the moment it got room and the moment
    /// it was polled, unless the function has begun by then.
    #[track_caller]
    pub fn submit<F, T>(&self, f: F) -> Submit<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let pool = self.pool();
        Submit::new(RunInExecutor::submit(pool, f, is_default(pool), Location::caller()))
    }

    /// Hands `f` in if there is room for it in the queue.
    ///
    /// # Errors
    ///
    /// Gives `f` back if there is no room, or others stand in line for it, or the pool was shut
    /// down.
    #[track_caller]
    pub fn try_submit<F, T>(&self, f: F) -> Result<RunInExecutor<T>, TrySubmitError<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        RunInExecutor::try_submit(self.pool(), f, Location::caller())
    }

    /// Takes no work from now on (LL44-5). What is queued is run or refused as `queued` says, what
    /// runs is never interrupted (LL44-7). Returns a wait for the end of the threads, which may be
    /// dropped. May be called more than once.
    #[track_caller]
    pub fn shutdown(&self, queued: Queued) -> Shutdown {
        let why = match queued {
            Queued::Run => None,
            Queued::Cancel => Some(Refusal::Cancelled),
        };
        self.pool().close(why);
        Shutdown::new(self.pool().clone())
    }

    /// Whether it was shut down.
    pub fn is_shut_down(&self) -> bool {
        self.pool().is_closed()
    }

    /// The most threads it may have.
    pub fn max_workers(&self) -> usize {
        self.pool().config.max_workers
    }

    /// How many threads it has now.
    pub fn workers(&self) -> usize {
        self.pool().workers()
    }

    /// How many of them have nothing to do.
    pub fn idle_workers(&self) -> usize {
        self.pool().idle()
    }

    /// How many functions are queued now, cancelled ones that no thread has come across included.
    pub fn queued(&self) -> usize {
        self.pool().waiting().0
    }

    /// How many functions stand in line for room in the queue.
    pub fn waiting_for_room(&self) -> usize {
        self.pool().waiting().1
    }
}

impl fmt::Debug for ThreadPoolExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPoolExecutor")
            .field("max_workers", &self.max_workers())
            .field("workers", &self.workers())
            .field("queued", &self.queued())
            .field("shut_down", &self.is_shut_down())
            .finish()
    }
}
