use crate::ThreadPoolExecutor;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// What [`Builder::spawn_handler`] is given: the main function of a worker.
pub type WorkerMain = Box<dyn FnOnce() + Send>;

type Initializer = Arc<dyn Fn() + Send + Sync>;
type SpawnHandler = Arc<dyn Fn(thread::Builder, WorkerMain) -> io::Result<()> + Send + Sync>;

/// How to make a [`ThreadPoolExecutor`].
///
/// ```
/// use asyncio_blocking::ThreadPoolExecutor;
/// use std::time::Duration;
///
/// let pool = ThreadPoolExecutor::builder()
///     .max_workers(4)
///     .queue_capacity(1000)
///     .thread_name_prefix("resolver")
///     .keep_alive(Duration::from_secs(2))
///     .build()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Builder {
    pub(crate) max_workers: usize,
    pub(crate) queue_capacity: Option<usize>,
    pub(crate) thread_name_prefix: String,
    pub(crate) keep_alive: Duration,
    pub(crate) stack_size: Option<usize>,
    pub(crate) initializer: Option<Initializer>,
    pub(crate) spawn_handler: Option<SpawnHandler>,
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            max_workers: default_max_workers(),
            queue_capacity: None,
            thread_name_prefix: "asyncio-blocking".into(),
            keep_alive: Duration::from_secs(10),
            stack_size: None,
            initializer: None,
            spawn_handler: None,
        }
    }
}

/// asyncio's default: four more than the processors this process may use, at most 32 (LL44-1).
pub(crate) fn default_max_workers() -> usize {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    (processors + 4).min(32)
}

impl Builder {
    /// At most `n` threads. Default: four more than there are processors, at most 32.
    pub fn max_workers(mut self, n: usize) -> Builder {
        self.max_workers = n;
        self
    }

    /// At most `n` queued functions; who comes then waits for room, in order. Default: no limit.
    pub fn queue_capacity(mut self, n: usize) -> Builder {
        self.queue_capacity = Some(n);
        self
    }

    /// Threads are called `prefix_0`, `prefix_1` ... Default: `asyncio-blocking`.
    pub fn thread_name_prefix(mut self, prefix: impl Into<String>) -> Builder {
        self.thread_name_prefix = prefix.into();
        self
    }

    /// A thread that had nothing to do for this long ends. Default: 10 seconds.
    pub fn keep_alive(mut self, keep_alive: Duration) -> Builder {
        self.keep_alive = keep_alive;
        self
    }

    /// Bytes of stack of each thread. Default: that of `std::thread`.
    pub fn stack_size(mut self, bytes: usize) -> Builder {
        self.stack_size = Some(bytes);
        self
    }

    /// Called on each new thread before its first function. If it panics the pool is broken: what
    /// is queued and what comes later is refused (LL44-6).
    pub fn initializer(mut self, f: impl Fn() + Send + Sync + 'static) -> Builder {
        self.initializer = Some(Arc::new(f));
        self
    }

    /// Starts the threads by `f` in place of [`thread::Builder::spawn`]: to give them a priority,
    /// to count them. It gets the name and stack size ready set, and must run what it is given.
    pub fn spawn_handler(
        mut self,
        f: impl Fn(thread::Builder, WorkerMain) -> io::Result<()> + Send + Sync + 'static,
    ) -> Builder {
        self.spawn_handler = Some(Arc::new(f));
        self
    }

    /// Makes the executor. No thread is started yet.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for no workers, for a queue without room, and for a thread name with a NUL
    /// (LL44-2).
    pub fn build(self) -> io::Result<ThreadPoolExecutor> {
        let refuse = |why| Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        if self.max_workers == 0 {
            return refuse("max_workers must be greater than 0");
        }
        if self.queue_capacity == Some(0) {
            return refuse("queue_capacity must be greater than 0");
        }
        if self.thread_name_prefix.contains('\0') {
            return refuse("a thread's name cannot contain a NUL");
        }
        Ok(ThreadPoolExecutor::with(self))
    }

    pub(crate) fn spawn(&self, number: usize, main: WorkerMain) -> io::Result<()> {
        let mut builder =
            thread::Builder::new().name(format!("{}_{number}", self.thread_name_prefix));
        if let Some(bytes) = self.stack_size {
            builder = builder.stack_size(bytes);
        }
        match &self.spawn_handler {
            Some(spawn) => spawn(builder, main),
            None => builder.spawn(main).map(drop),
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("max_workers", &self.max_workers)
            .field("queue_capacity", &self.queue_capacity)
            .field("thread_name_prefix", &self.thread_name_prefix)
            .field("keep_alive", &self.keep_alive)
            .finish_non_exhaustive()
    }
}
