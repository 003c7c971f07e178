use super::queues::Queues;
use super::worker::{self, Worker};
use crate::handle::{Carried, SharedTask};
use crate::local::{Park, ThreadPark};
use crate::spawn::{Job, Spawn, install_spawn};
use crate::sync::Arc;
use asyncio_context::{TaskRef, enter_thread};
use std::fmt;
use std::panic::Location;
use std::pin::pin;

/// Runs shared tasks on any number of threads: on each that calls [`run`](Executor::run).
///
/// A clone is the same executor. When the last is dropped its tasks are, too; they end cancelled,
/// without a chance to clean up.
///
/// ```
/// use asyncio_executor::Executor;
/// use std::thread;
///
/// let executor = Executor::new();
/// let tasks: Vec<_> = (0..10).map(|n| executor.spawn(async move { n * n })).collect();
/// let sum = thread::scope(|scope| {
///     let helper = executor.spawn(async { "done by one of two threads" });
///     scope.spawn(|| executor.run(async { helper.await.unwrap() }));
///     executor.run(async {
///         let mut sum = 0;
///         for task in tasks {
///             sum += task.await.unwrap();
///         }
///         sum
///     })
/// });
/// assert_eq!(sum, 285);
/// ```
#[derive(Clone)]
pub struct Executor {
    inner: Arc<Inner>,
}

struct Inner {
    queues: Arc<Queues>,
}

impl Executor {
    /// An executor without threads.
    pub fn new() -> Executor {
        Executor { inner: Arc::new(Inner { queues: Arc::new(Queues::new()) }) }
    }

    /// Makes a task of `future`, which some thread that runs this executor will poll.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> SharedTask<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (future, state) = Carried::new(None, future, Location::caller());
        self.start(future, state.task().clone());
        SharedTask::new(state)
    }

    fn start(&self, future: impl Future<Output = ()> + Send + 'static, task: TaskRef) {
        worker::note(&self.inner.queues, task);
        let queues = self.inner.queues.clone();
        let (runnable, task) =
            async_task::spawn(future, move |runnable| Queues::schedule(&queues, runnable));
        task.detach();
        runnable.schedule();
    }

    /// Runs tasks on this thread until `future` is ready, which is polled here and nowhere else, so it
    /// may borrow and need not be `Send`. The thread sleeps when there is nothing to run.
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.run_with(future, &mut ThreadPark::new())
    }

    /// [`run`](Executor::run), waiting for events in `park` where there is nothing to run.
    ///
    /// # Panics
    ///
    /// If `park` fails.
    pub fn run_with<F: Future, P: Park + ?Sized>(&self, future: F, park: &mut P) -> F::Output {
        let _hooks = enter_thread();
        let _installed = install_spawn(std::sync::Arc::new(self.clone()));
        let worker = Worker::new(self.inner.queues.clone());
        worker.run(pin!(future), park)
    }
}

impl Spawn for Executor {
    fn spawn(&self, task: Job) {
        let record = task.task().clone();
        self.start(task, record);
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.queues.close();
    }
}

impl Default for Executor {
    fn default() -> Executor {
        Executor::new()
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Executor")
    }
}
